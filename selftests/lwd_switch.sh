# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # from lwd_lib.sh
#
# The switches of layer 3: set, refused, and what is there then, in $ns.

# nl LINE: lines for lwd_link in $ns
nl()
{
	in_ns "$ns" "lwd_link batch <<-'END'"$'\n'"$1"$'\nEND'
}

# nl_ok WHAT LINES: they work
nl_ok()
{
	nl "$2" || lwd_fail "$1: expected success, got ${out//$'\n'/; }"
}

# nl_refused WHAT PATTERN LINES: each is refused, with words like PATTERN
nl_refused()
{
	local line

	nl "try ${3//$'\n'/$'\n'try }"
	while read -r line; do
		expect "$1" "$2" "$line"
	done <<< "$out"
}

# ip_refused WHAT PATTERN LINES: the same for ip
ip_refused()
{
	local line
	local asked tries=0

	mapfile -t asked <<< "$3"
	nsip "$ns" "$3"
	while read -r line; do
		case $line in
		"Command failed"*) ((tries++)) ;;
		*) expect "$1" "$2" "$line" ;;
		esac
	done <<< "$out"
	# not every command of ip lets the next ones run
	[[ $3 != @(neigh|ntable)* ]] || ((tries++))
	((tries == ${#asked[@]})) ||
		lwd_fail "$1: expected ${#asked[@]} refused, got $tries"
}

# is WHEN VALUES SET DEV...: the values "INET INET6 MPLS" are dumped, and the
# families of SET are there, "none" or such as "inet,mpls"
is()
{
	local dev look=

	for dev in "${@:4}"; do
		look+="show $dev"$'\nl3 '"$dev"$'\n'
	done
	nl "$look"
	mapfile -t lines <<< "$out"
	for dev in "${@:4}"; do
		shown "$1" "$2" "$3" "$dev"
	done
}

# shown WHEN VALUES SET DEV: the first two of $lines tell it
shown()
{
	local inet inet6 mpls

	read -r inet inet6 mpls <<< "$2"
	expect "$1: values" \
	       "name=$4 * lwd=1 inet=$inet inet6=$inet6 mpls=$mpls conf=*" \
	       "${lines[0]}"
	expect "$1: families" "name=$4 conf=$3 netconf=$3 *" "${lines[1]}"
	lines=("${lines[@]:2}")
}

# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # from lwd_lib.sh, which brings this file
#
# Links: make them, give them addresses, and look at what the system shows.

# Words that make a link of a kind: $words.  The kinds with a lower device
# use "under", an ordinary dummy that lwd_netns makes.
lwd_words()
{
	local kind=$1

	((++lwd_id))
	case $kind in
	vlan)
		words="link under type vlan id $lwd_id" ;;
	vrf)
		words="type vrf table $((1000 + lwd_id))" ;;
	vti)
		words="type vti local 192.0.2.1"
		words+=" remote 198.51.100.$((lwd_id % 250 + 1)) key $lwd_id" ;;
	veth)
		words="type veth peer name peer$lwd_id" ;;
	*)
		words="type $kind" ;;
	esac
}

# lwd_links NETNS: read lines "add NAME [lwd] ...", "set NAME ...", "del NAME"
# and "flush [NAME...]", which keeps only these, and do them in this order: by
# "ip", and by lwd_link what this ip cannot say, the word lwd.
lwd_links()
{
	local by=ip batch labels last='' line

	while read -r line; do
		by=ip
		case $line in
		'') continue ;;
		flush*) by='link' ;;
		add*' lwd '*)
			[[ $LWD_IP == new ]] || by='link'
			labels+="label $line"$'\n' ;;
		esac
		[[ $by == "$last" || -z $last ]] ||
			lwd_links_by "$last" "$1" "$batch" || return
		[[ $by == "$last" ]] || batch=
		[[ $by == link ]] || line="link $line"
		batch+=$line$'\n'
		last=$by
	done
	lwd_links_by "$last" "$1" "$batch" || return
	# lwd_link looks at each label itself
	[[ $LWD_IP != new || -z $labels ]] ||
		lwd_links_by link "$1" "$labels"
}

lwd_links_by()
{
	if [[ $1 == link ]]; then
		in_link "$2" "${3%$'\n'}"
	else
		in_ns "$2" "ip -batch - <<-'END'"$'\n'"$3"END
	fi && return
	echo "# ${out//$'\n'/$'\n# '}"
	return 1
}

# pairs KIND...: in $ns, which is emptied, lw_KIND with the label and or_KIND
# without as its control; $devs lists them all.
pairs()
{
	local kind labelled='' ordinary='' words

	devs=()
	# shellcheck disable=SC2048 # lists of kinds are words in a string
	for kind in $*; do
		lwd_words "$kind"
		ordinary+=$'\n'"add or_$kind $words"
		lwd_words "$kind"
		labelled+=$'\n'"add lw_$kind lwd $words"
		devs+=("or_$kind" "lw_$kind")
	done
	lwd_links "$ns" <<< "flush under$labelled$ordinary" ||
		lwd_fail "make pairs of $*"
}

# all TEMPLATE: do an ip command in $ns for each of $devs, which stands for @
all()
{
	all_in "$ns" "$1"
}

# all_in NETNS TEMPLATE: the same in a namespace
all_in()
{
	local batch dev

	for dev in "${devs[@]}"; do
		batch+="${2//@/$dev}"$'\n'
	done
	nsip "$1" "$batch" ||
		lwd_fail "$2: expected success, got ${out//$'\n'/; }"
}

NEAR=(or1 or2 lw3 lw4)
FAR=(ro1 rl2 ro3 rl4)

# Four veth pairs between $ns and $ns2, one for each way to label the two ends,
# up and without addresses; the first is the control.
#
#  or1 (ordinary)    ------ ro1 (ordinary)      198.51.100.(16N + 1 | 2)/28
#  or2 (ordinary)    ------ rl2 (lightweight)   2001:db8:N::(1 | 2)/64
#  lw3 (lightweight) ------ ro3 (ordinary)
#  lw4 (lightweight) ------ rl4 (lightweight)
veths()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or1 type veth peer name ro1 netns $ns2
		add or2 type veth peer lwd name rl2 netns $ns2
		add lw3 lwd type veth peer name ro3 netns $ns2
		add lw4 lwd type veth peer lwd name rl4 netns $ns2
		set or1 up
		set or2 up
		set lw3 up
		set lw4 up
	EOF
	check_err $? "make links"
	lwd_links "$ns2" <<-EOF
		flush under ${FAR[*]}
		set ro1 up
		set rl2 up
		set ro3 up
		set rl4 up
	EOF
	check_err $? "set the far ends up"
}

# on_all NETNS DEV... -- TEMPLATE...: ip commands for each device; @ stands for
# its name and % for the digit that ends it
on_all()
{
	local in=$1; shift
	local batch i line
	local on=()

	while [[ $1 != -- ]]; do
		on+=("$1"); shift
	done
	shift
	for line; do
		for i in "${!on[@]}"; do
			batch+="${line//@/${on[i]}}"$'\n'
			batch=${batch//%/${on[i]: -1}}
		done
	done
	nsip "$in" "$batch" ||
		lwd_fail "$*: expected success, got ${out//$'\n'/; }"
}

# 16 addresses a pair: .1 and .2 of each
add_v4()
{
	local far i near

	for i in 1 2 3 4; do
		near+="addr add 198.51.100.$((16 * i + 1))/28"
		near+=" dev ${NEAR[i - 1]}"$'\n'
		far+="addr add 198.51.100.$((16 * i + 2))/28"
		far+=" dev ${FAR[i - 1]}"$'\n'
	done
	nsip "$ns" "$near" || lwd_fail "add IPv4 addresses: $out"
	nsip "$ns2" "$far" || lwd_fail "add IPv4 addresses: $out"
}

add_v6()
{
	on_all "$ns" "${NEAR[@]}" -- "addr add 2001:db8:%::1/64 dev @ nodad"
	on_all "$ns2" "${FAR[@]}" -- "addr add 2001:db8:%::2/64 dev @ nodad"
}

##############################################################################
# What the system shows of a device

# Everything in sysfs and procfs whose name begins with one of these words, as
# it is or after lower_ or upper_, as seen from a namespace: $seen.
lwd_look()
{
	ns_lines "$1" "lwd_link find ${*:2}"
	seen=("${lines[@]}")
}

# seen_none WHEN WORD: lwd_look found nothing of this word
seen_none()
{
	local found=()
	local path

	for path in "${seen[@]}"; do
		case ${path##*/} in
		"$2"* | *"er_$2"*) found+=("$path") ;;
		esac
	done
	((${#found[@]} == 0)) ||
		lwd_fail "$1: expected no entry of $2, got ${#found[@]}:" \
			 "${found[*]:0:3}"
}

# seen_all WHEN PATH...: lwd_look found each of them
seen_all()
{
	local when=$1; shift
	local path

	for path in "$@"; do
		[[ " ${seen[*]} " == *" $path "* ]] ||
			lwd_fail "$when: expected $path, got no such entry"
	done
}

# deferred WHEN NETNS [DEV...]: of each lw* and rl* nothing of layer 3 is there,
# and of each or* and ro*, the controls, IPv4 and IPv6 are.  Without DEV: $devs.
deferred()
{
	local none="conf=none netconf=none parms=none addr=none mcast=none"
	local when=$1; shift
	local in=$1; shift
	local line

	(($#)) || set -- "${devs[@]}"
	ns_lines "$in" "lwd_link l3 $*"
	for line in "${lines[@]}"; do
		case $line in
		name=[lr][wl]*)
			expect "$when: layer 3" "${line%% *} $none" "$line" ;;
		name=[or][ro]*)
			expect "$when: control's layer 3" \
			       "* conf=inet,inet6* netconf=inet,inet6*" \
			       "$line" ;;
		*)
			lwd_fail "$when: expected a state, got $line" ;;
		esac
	done
}

# packets NETNS DEV: packets received and sent so far: $rx and $tx
packets()
{
	local line

	ns_lines "$1" "lwd_cat /proc/net/dev"
	# shellcheck disable=SC2034
	for line in "${lines[@]}"; do
		[[ $line == *" $2":* ]] || continue
		# shellcheck disable=SC2086 # cut into words
		set -- ${line#*:}
		rx=$2
		tx=${10}
		return
	done
	lwd_fail "$2: expected it in /proc/net/dev, got no such line"
}

# attr_is NETNS DEV KEY VALUE: one value that "lwd_link show" prints
attr_is()
{
	in_ns "$1" "lwd_link show $2"
	expect "$2" "* $3=$4 *" " $out "
}

# ping_ok WHAT NETNS ADDRESS...: each address answers
ping_ok()
{
	local what=$1; shift
	local in=$1; shift

	# all at once; those that do not answer are printed
	in_ns "$in" "declare -A to=()
		for addr in $*; do
			ping -q -n -c 1 -W $((LWD_WAIT / 1000)) \$addr \\
				> /dev/null &
			to[\$!]=\$addr
		done
		for pid in \${!to[*]}; do
			wait \$pid || echo \${to[\$pid]}
		done"
	[[ -z $out ]] ||
		lwd_fail "$what: expected answers, got none from ${out//$'\n'/ }"
}

# no_ping WHAT NETNS ADDRESS: it does not answer
no_ping()
{
	! in_ns "$2" "ping -q -n -c 1 -W 0.3 $3" ||
		lwd_fail "$1: expected no answer from $3, got one"
}

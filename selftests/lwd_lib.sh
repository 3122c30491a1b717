# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the lightweight-device tests share, on top of net/lib.sh.
#
# A test program is: source this file, lwd_start, one lwd_test line per case,
# lwd_end.  A case is a function; RET is reset for it and what it defers is
# undone after it.  Each case prints one KTAP line that carries the IDs of the
# requirements it proves.
#
# Environment: TESTS="case ..." runs these only; LWD_IP=stock|new tells
# whether "ip" makes the links (default: if it knows "lwd"); LWD_FORCE=1 goes
# on where the kernel does not know IFLA_LWD, to see the tests fail.

lwd_dir=$(dirname "$(readlink -e "${BASH_SOURCE[0]}")")
# shellcheck source=/dev/null
source "$lwd_dir/../lib.sh"
PATH=$lwd_dir:$PATH

# Milliseconds to wait for what takes the kernel some time.
# shellcheck disable=SC2034
LWD_WAIT=5000
[[ $KSFT_MACHINE_SLOW != yes ]] || LWD_WAIT=20000

# The kinds that most cases go through.
# shellcheck disable=SC2034
LWD_KINDS="dummy vlan vrf vti"

lwd_num=0
lwd_failed=0
lwd_passed=0
lwd_id=0

# Skip the whole program.
lwd_skip_all()
{
	echo "1..0 # SKIP $*"
	trap - EXIT
	exit "$ksft_skip"
}

# Begin a program; the arguments are the tools it needs besides ip.
lwd_start()
{
	local tool

	# shellcheck disable=SC2034
	retmsg=
	echo "TAP version 13"
	for tool in lwd_link ip "$@"; do
		command -v "$tool" > /dev/null ||
			lwd_skip_all "$tool is not installed"
	done
	if ! lwd_link probe && [[ $LWD_FORCE != 1 ]]; then
		lwd_skip_all "kernel does not know IFLA_LWD"
	fi
	((EUID == 0)) || lwd_skip_all "need root"
	if [[ -z $LWD_IP ]]; then
		LWD_IP=stock
		[[ $(ip link help 2>&1) != *lwd* ]] || LWD_IP=new
	fi
	trap lwd_cleanup EXIT
	defer_scope_push
}

lwd_cleanup()
{
	defer_scopes_cleanup
	cleanup_all_ns
}

# Run one case: lwd_test "IDS" FUNCTION [ARGUMENT...]
lwd_test()
{
	local ids=$1; shift

	[[ -z $TESTS || " $TESTS " == *" $1 "* ]] || return 0

	RET=0
	retmsg=
	lwd_deferred=0
	"$@"
	if ((lwd_deferred)); then
		defer_scope_pop
		defer_scope_push
	fi
	((lwd_num++))
	if ((RET == ksft_pass)); then
		((lwd_passed++))
		echo "ok $lwd_num $* [$ids]"
	elif ((RET == ksft_skip)); then
		echo "ok $lwd_num $* [$ids] # SKIP $retmsg"
	elif ((RET == ksft_xfail)); then
		((lwd_passed++))
		echo "ok $lwd_num $* [$ids] # XFAIL $retmsg"
	else
		((lwd_failed++))
		[[ -z $retmsg ]] || echo "# $retmsg"
		echo "not ok $lwd_num $* [$ids]"
	fi
}

# Undo this when the case ends.  (A scope of its own for each case would cost
# many forks, and few cases need one.)
lwd_defer()
{
	lwd_deferred=1
	defer "$@"
}

# The plan comes last; a program that ran no case has not passed.
lwd_end()
{
	echo "1..$lwd_num"
	if ((lwd_failed)); then
		EXIT_STATUS=$ksft_fail
	elif ((lwd_passed)); then
		EXIT_STATUS=$ksft_pass
	else
		EXIT_STATUS=$ksft_skip
		((lwd_num)) || EXIT_STATUS=$ksft_fail
	fi
	exit "$EXIT_STATUS"
}

# The case fails for this reason and goes on.
lwd_fail()
{
	echo "# $*"
	check_err 1
}

# expect WHAT EXPECTED GOT: EXPECTED may be a pattern
expect()
{
	# shellcheck disable=SC2053
	[[ $3 == $2 ]] || lwd_fail "$1: expected $2, got ${3:-nothing}"
}

# expect_ok WHAT COMMAND...: the command works
expect_ok()
{
	local what=$1; shift
	local out

	out=$("$@" 2>&1) ||
		lwd_fail "$what: expected success, got status $?: ${out//$'\n'/; }"
}

# expect_refused WHAT PATTERN COMMAND...: it fails, with words like PATTERN
expect_refused()
{
	local what=$1; shift
	local pattern=$1; shift
	local out

	if out=$("$@" 2>&1); then
		lwd_fail "$what: expected $pattern, got success"
	else
		expect "$what" "$pattern" "${out//$'\n'/; }"
	fi
}

##############################################################################
# Links

# Words that make a link of a kind: $words.  The kinds with a lower device
# use "under", an ordinary dummy that lwd_ns makes.
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
# and do them, by "ip" if it knows the word lwd and else by lwd_link.
lwd_links()
{
	local line

	if [[ $LWD_IP == new ]]; then
		while read -r line; do
			case $line in
			flush*) lwd_link -n "$1" batch <<< "$line" >&2 ;;
			?*) echo "link $line" ;;
			esac
		done | ip -n "$1" -batch -
	else
		lwd_link -n "$1" batch
	fi
}

# lwd_add NETNS NAME WORDS: a lightweight device, words as with ip link add
lwd_add()
{
	local ns=$1; shift
	local name=$1; shift

	lwd_links "$ns" <<< "add $name lwd $*"
}

# ord_add NETNS NAME WORDS: an ordinary one, always by ip
ord_add()
{
	local ns=$1; shift

	# a namespace without a name is the caller's own
	ip -n "$ns" link add name "$@"
}

# lwd_netns NAME...: the namespaces of a program, each with "under", a dummy
# that is up.  They are made once; a case begins by emptying them.
lwd_netns()
{
	local name

	setup_ns "$@" || lwd_skip_all "cannot make network namespaces"
	for name in "$@"; do
		ip -n "${!name}" -batch - <<-EOF
			link add under type dummy
			link set under address 02:00:5e:00:53:01 up
		EOF
	done
}

# pairs KIND...: in $ns, which is emptied, lw_KIND with the label and or_KIND
# without as its control; $devs lists them all.
pairs()
{
	local batch="flush under"
	local kind words

	devs=()
	for kind in "$@"; do
		lwd_words "$kind"
		batch+=$'\n'"add or_$kind $words"
		lwd_words "$kind"
		batch+=$'\n'"add lw_$kind lwd $words"
		devs+=("or_$kind" "lw_$kind")
	done
	lwd_links "$ns" <<< "$batch" || lwd_fail "make pairs of $*"
}

# all TEMPLATE: do an ip command in $ns for each of $devs, which stands for @
all()
{
	local batch= dev out

	for dev in "${devs[@]}"; do
		batch+="${1//@/$dev}"$'\n'
	done
	out=$(ip -n "$ns" -force -batch - <<< "$batch" 2>&1) ||
		lwd_fail "$1: expected success, got ${out//$'\n'/; }"
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
	lwd_links "$ns2" <<< "flush under"
	lwd_links "$ns" <<-EOF
		flush under
		add or1 type veth peer name ro1 netns $ns2
		add or2 type veth peer lwd name rl2 netns $ns2
		add lw3 lwd type veth peer name ro3 netns $ns2
		add lw4 lwd type veth peer lwd name rl4 netns $ns2
	EOF
	check_err $? "make links"
	on_all "$ns2" "${FAR[@]}" -- "link set @ up"
	on_all "$ns" "${NEAR[@]}" -- "link set @ up"
}

# on_all NETNS DEV... -- TEMPLATE...: ip commands for each device; @ stands for
# its name and % for the digit that ends it
on_all()
{
	local in=$1; shift
	local out batch= i line
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
	out=$(ip -n "$in" -force -batch - <<< "$batch" 2>&1) ||
		lwd_fail "$*: expected success, got ${out//$'\n'/; }"
}

# 16 addresses a pair: .1 and .2 of each
add_v4()
{
	local i

	for i in 1 2 3 4; do
		echo "addr add 198.51.100.$((16 * i + 1))/28 dev ${NEAR[i - 1]}"
	done | ip -n "$ns" -batch - || lwd_fail "add IPv4 addresses"
	for i in 1 2 3 4; do
		echo "addr add 198.51.100.$((16 * i + 2))/28 dev ${FAR[i - 1]}"
	done | ip -n "$ns2" -batch - || lwd_fail "add IPv4 addresses far"
}

add_v6()
{
	on_all "$ns" "${NEAR[@]}" -- "addr add 2001:db8:%::1/64 dev @ nodad"
	on_all "$ns2" "${FAR[@]}" -- "addr add 2001:db8:%::2/64 dev @ nodad"
}

##############################################################################
# What the system shows of a device

# Everything in sysfs and procfs whose name holds one of these words, as seen
# from a namespace: $seen.
lwd_look()
{
	local in=$1; shift
	local args=() word

	for word in "$@"; do
		args+=(-o -name "*$word*")
	done
	mapfile -t seen < <(ip netns exec "$in" find /sys/class/net/ \
		/sys/devices/virtual/net/ /proc/sys/net/ /proc/net/ \
		-maxdepth 3 "(" "${args[@]:1}" ")" 2> /dev/null)
}

# seen_none WHEN WORD: nothing that lwd_look found has this word
seen_none()
{
	local found=()
	local path

	for path in "${seen[@]}"; do
		[[ ${path##*/} != *"$2"* ]] || found+=("$path")
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

# deferred WHEN NETNS [DEV...]: of each lw_* nothing of layer 3 is there, and
# of each or_*, the controls, IPv4 and IPv6 are.  Without DEV: $devs.
deferred()
{
	local none="conf=none netconf=none parms=none addr=none mcast=none"
	local when=$1; shift
	local in=$1; shift
	local line

	(($#)) || set -- "${devs[@]}"
	while read -r line; do
		case $line in
		name=lw*)
			expect "$when: layer 3" "${line%% *} $none" "$line" ;;
		name=or*)
			expect "$when: control's layer 3" \
			       "* conf=inet,inet6* netconf=inet,inet6*" \
			       "$line" ;;
		*)
			lwd_fail "$when: expected a state, got $line" ;;
		esac
	done < <(lwd_link -n "$in" l3 "$@" 2>&1)
}

# attr NETNS DEV KEY: one value that "lwd_link show" prints
attr()
{
	local out

	out=$(lwd_link -n "$1" show "$2" 2> /dev/null)
	[[ " $out " =~ \ $3=([^ ]*)\  ]] && echo "${BASH_REMATCH[1]}"
}

# ping_ok WHAT NETNS ADDRESS...: each address answers
ping_ok()
{
	local what=$1; shift
	local in=$1; shift
	local out

	# shellcheck disable=SC2016 # for the inner shell
	out=$(ip netns exec "$in" bash -c '
		wait=$1; shift
		for to; do
			ping -q -n -c 1 -W "$wait" "$to" > /dev/null ||
				echo "$to"
		done' - $((LWD_WAIT / 1000)) "$@" 2>&1)
	[[ -z $out ]] ||
		lwd_fail "$what: expected answers, got none from ${out//$'\n'/ }"
}

# netns_sh NETNS SCRIPT [ARGUMENT...]: a shell script in a namespace
netns_sh()
{
	local in=$1; shift

	ip netns exec "$in" bash -c "$1" - "${@:2}"
}

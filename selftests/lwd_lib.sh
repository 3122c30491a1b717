# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # from net/lib.sh
#
# What the lightweight-device tests share, on top of net/lib.sh.
#
# A test program is: source this file, lwd_start, one lwd_test line per case,
# lwd_end.  A case is a function; RET is reset for it and what it defers is
# undone after it.  Each case prints one KTAP line, and before it another that
# names the requirements it proves: names of cases do not change with these.
#
# Environment: TESTS="case ..." runs these only; LWD_IP=stock|new tells
# whether "ip" makes the links (default: if it knows "lwd"); LWD_FORCE=1 goes
# on where the kernel does not know IFLA_LWD, to see the tests fail.

# kselftest's runner sets it for stdbuf, and each program would load that.
unset LD_PRELOAD

lwd_dir=$(dirname "$(readlink -e "${BASH_SOURCE[0]}")")
# shellcheck source=/dev/null
source "$lwd_dir/../lib.sh"
# Last: programs here have the names of tools, such as ethtool.
PATH=$PATH:$lwd_dir

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
	[[ -x $lwd_dir/lwd_link ]] || lwd_bail_out "lwd_link is not built"
	for tool in ip "$@"; do
		command -v "$tool" > /dev/null ||
			lwd_skip_all "$tool is not installed"
	done
	lwd_link probe || [[ $LWD_FORCE == 1 ]] ||
		lwd_skip_all "kernel does not know IFLA_LWD"
	((EUID == 0)) || lwd_skip_all "need root"
	lwd_link probe l3 || [[ $LWD_FORCE == 1 ]] ||
		lwd_skip_all "kernel does not know IFLA_INET_ENABLE"
	if [[ -z $LWD_IP ]]; then
		LWD_IP=stock
		[[ $(ip link help 2>&1) != *lwd* ]] || LWD_IP=new
	fi
	trap lwd_cleanup EXIT
	defer_scope_push
}

lwd_cleanup()
{
	local batch name

	defer_scopes_cleanup
	[[ -z ${lwd_agents[*]} ]] || kill "${lwd_agents[@]}" 2> /dev/null
	for name in "${lwd_namespaces[@]}"; do
		batch+="netns delete $name"$'\n'
	done
	[[ -z $batch ]] || ip -force -batch - <<< "$batch"
	[[ -z $lwd_tmp ]] || rm -rf "$lwd_tmp"
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
	((++lwd_num))
	[[ $RET != "$ksft_fail" || -z $retmsg ]] || echo "# $retmsg"
	echo "# proves: $ids"
	case $RET in
	"$ksft_pass")
		((++lwd_passed))
		echo "ok $lwd_num $*" ;;
	"$ksft_skip")
		echo "ok $lwd_num $* # SKIP $retmsg" ;;
	"$ksft_xfail")
		((++lwd_passed))
		echo "ok $lwd_num $* # XFAIL $retmsg" ;;
	*)
		((++lwd_failed))
		echo "not ok $lwd_num $*" ;;
	esac
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

# lwd_wait COMMAND...: until it succeeds, in this shell (busywait would fork)
lwd_wait()
{
	local end=$((${EPOCHREALTIME//[.,]/} + LWD_WAIT * 1000))

	until "$@"; do
		((${EPOCHREALTIME//[.,]/} < end)) || return 1
	done
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
# Work in a namespace
#
# A program is slow to start where this runs, on user-mode Linux above all.  So
# each namespace has a shell in it, the agent, that runs scripts from a file;
# what shell builtins can do costs no fork then.  A byte through one pipe starts
# a script and its status comes back through another.  Script and output are in
# files because bash reads a pipe byte by byte.  Beside it lwd_link waits for
# commands, which then cost nothing but what the kernel does.

declare -A lwd_to lwd_from	# of an agent, and of its lwd_link as NETNS.link
lwd_agents=()
lwd_namespaces=()
lwd_tmp=

lwd_agent()
{
	local dir=$1

	shopt -s nullglob
	while read -rn 1; do
		# shellcheck source=/dev/null
		source "$dir.do" > "$dir.out" 2>&1 < /dev/null
		echo $?
	done
}

# For scripts: files with builtins only
lwd_cat()
{
	local file
	local lines

	for file; do
		mapfile -t lines < "$file"
		printf '%s\n' "${lines[@]}"
	done
}

lwd_agent_start()
{
	local name=$1
	local code from pipe to

	code=$(declare -f lwd_agent lwd_cat)
	code+="
		echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter
		echo 0 > /proc/sys/net/ipv4/conf/default/rp_filter
		lwd_link serve $lwd_tmp/$name.link.out \
			< $lwd_tmp/to.$name.link > $lwd_tmp/from.$name.link &
		lwd_agent $lwd_tmp/$name"
	ip netns exec "$name" bash -c "$code" < "$lwd_tmp/to.$name" \
		> "$lwd_tmp/from.$name" &
	lwd_agents+=($!)
	disown
	for pipe in "$name" "$name.link"; do
		exec {to}<> "$lwd_tmp/to.$pipe" {from}<> "$lwd_tmp/from.$pipe"
		lwd_to[$pipe]=$to
		lwd_from[$pipe]=$from
	done
}

# answer_of AGENT: wait for its status and return it; its output is $out.  One
# that is dead or busy for ever ends the program: what it was to do is lost.
answer_of()
{
	local status

	read -rt 100 status <&"${lwd_from[$1]}" || {
		echo "Bail out! no answer from $1"
		exit "$ksft_fail"
	}
	lwd_answer=$lwd_tmp/$1.out
	IFS= read -rd '' out < "$lwd_answer"
	out=${out%$'\n'}
	return "$status"
}

# in_ns NETNS SCRIPT: its output is $out, its status is returned
in_ns()
{
	if [[ $2 =~ ^lwd_link\ [-a-z0-9_:.@/\ ]*$ ]]; then
		in_link "$1" "${2#lwd_link }"
		return
	fi
	echo "$2" > "$lwd_tmp/$1.do"
	echo -n x >&"${lwd_to[$1]}"
	answer_of "$1"
}

# in_link NETNS LINES: the same with lines for lwd_link
in_link()
{
	printf '%s\n.\n' "$2" >&"${lwd_to[$1.link]}"
	answer_of "$1.link"
}

# ns_lines NETNS SCRIPT: the same with the lines of its output in $lines
ns_lines()
{
	in_ns "$@"
	mapfile -t lines < "$lwd_answer"
}

# nsip NETNS COMMANDS: lines for ip
nsip()
{
	in_ns "$1" "ip -force -batch - <<-'END'"$'\n'"$2"$'\nEND'
}

# ns_ok WHAT NETNS SCRIPT: it works
ns_ok()
{
	in_ns "$2" "$3" ||
		lwd_fail "$1: expected success, got status $?:" \
			 "${out//$'\n'/; }"
}

# ns_refused WHAT PATTERN NETNS SCRIPT: it fails, with words like PATTERN
ns_refused()
{
	if in_ns "$3" "$4"; then
		lwd_fail "$1: expected $2, got success"
	else
		expect "$1" "$2" "${out//$'\n'/; }"
	fi
}

##############################################################################
# Links

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

# lwd_add NETNS NAME WORDS: a lightweight device, words as with ip link add
lwd_add()
{
	lwd_links "$1" <<< "add $2 lwd ${*:3}"
}

# Without what every case stands on there is no test: that is a failure.
lwd_bail_out()
{
	echo "Bail out! $*"
	exit "$ksft_fail"
}

# lwd_netns NAME...: the namespaces of a program, each with its agent and with
# "under", a dummy that is up.  They are made once; a case begins by emptying
# them.  What setup_ns does for each is done for all at once here, which is ten
# programs less to start for each.
lwd_netns()
{
	local batch name value
	local pipes=()

	lwd_tmp=$(mktemp -d) || lwd_bail_out "cannot make a directory"
	for name; do
		value=$name-$$
		eval "$name=\$value"
		lwd_namespaces+=("$value")
		batch+="netns add $value"$'\n'
		pipes+=("$lwd_tmp"/{to,from}."$value"{,.link})
	done
	mkfifo "${pipes[@]}"
	ip -batch - <<< "$batch" || lwd_bail_out "cannot make namespaces"
	for name in "${lwd_namespaces[@]}"; do
		lwd_agent_start "$name"
		in_link "$name" "set lo up
			add under address 02:00:5e:00:53:01 up type dummy" ||
			lwd_bail_out "cannot make a dummy: $out"
	done
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

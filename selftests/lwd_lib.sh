# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # from net/lib.sh
#
# What the lightweight-device tests share, on top of net/lib.sh.  Links have a
# file of their own, lwd_links.sh.
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
# shellcheck source=lwd_links.sh
source "$lwd_dir/lwd_links.sh"
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

# Without what every case stands on there is no test: that is a failure.
lwd_bail_out()
{
	echo "Bail out! $*"
	exit "$ksft_fail"
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

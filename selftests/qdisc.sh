#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Queueing disciplines, filters and actions on a lightweight device: made,
# shown, passed by packets and counted as on the ordinary device beside it.
#
#   netns ns                                   netns ns2
#  +----------------------------+             +-------------------+
#  |  or1 (ordinary)    .17/28  |-------------|  ro1 .18/28       |
#  |  lw3 (lightweight) .49/28  |-------------|  ro3 .50/28       |
#  |  lw4 (lightweight) L2 only |-------------|  rl4 L2 only      |
#  +----------------------------+             +-------------------+
#    198.51.100.0/24

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# The links and addresses above; they stay for all cases.
prepare()
{
	veths
	ip -n "$ns" -batch - <<-EOF
		addr add 198.51.100.17/28 dev or1
		addr add 198.51.100.49/28 dev lw3
		link add sink type dummy
		link set sink up
	EOF
	ip -n "$ns2" -batch - <<-EOF
		addr add 198.51.100.18/28 dev ro1
		addr add 198.51.100.50/28 dev ro3
	EOF
	check_err $? "prepare"
}

# tcs TEMPLATE...: tc commands for or1, lw3 and lw4; @ stands for the name
tcs()
{
	local lines

	printf -v lines '%s\n' "$@"
	lines=${lines//@/or1}${lines//@/lw3}${lines//@/lw4}
	in_ns "$ns" "tc -force -batch - <<-'END'"$'\n'"$lines"END ||
		lwd_fail "$*: expected success, got ${out//$'\n'/; }"
}

# Ten frames on each, and pings over those with addresses.
traffic()
{
	lwd_link -n "$ns" batch <<-EOF
		send or1 0x88b5 10
		send lw3 0x88b5 10
		send lw4 0x88b5 10
	EOF
	check_err $? "send"
	ping_ok "$1" "$ns" 198.51.100.18 198.51.100.50
}

# counted WHAT HANDLE COUNT: a qdisc of this name sent that many or more
counted()
{
	local dev line qdisc=
	local -A sent=()

	ns_lines "$ns" "tc -s qdisc show"
	for line in "${lines[@]}"; do
		case $line in
		"qdisc $2 "*)
			qdisc=${line#* dev }
			qdisc=${qdisc%% *} ;;
		qdisc*)
			qdisc= ;;
		*Sent*pkt*)
			line=${line%% pkt*}
			[[ -z $qdisc ]] || sent[$qdisc]=${line##* } ;;
		esac
	done
	for dev in or1 lw3 lw4; do
		((${sent[$dev]:--1} >= $3)) ||
			lwd_fail "$1 on $dev: expected $3 or more packets," \
				 "got ${sent[$dev]:-no such qdisc}"
	done
}

root_qdisc()
{
	local words

	for words in "pfifo limit 100" "fq_codel" "netem limit 100" \
		     "tbf rate 100mbit burst 32k latency 100ms"; do
		tcs "qdisc replace dev @ root handle 1: $words"
		traffic "$words"
		counted "$words" "${words%% *} 1:" 10
		tcs "qdisc del dev @ root"
	done
}

classes()
{
	local class dev

	tcs "qdisc add dev @ root handle 1: htb default 20" \
	    "class add dev @ parent 1: classid 1:1 htb rate 100mbit" \
	    "class add dev @ parent 1:1 classid 1:10 htb rate 50mbit" \
	    "class add dev @ parent 1:1 classid 1:20 htb rate 50mbit" \
	    "qdisc add dev @ parent 1:10 handle 10: pfifo" \
	    "qdisc add dev @ parent 1:20 handle 20: fq_codel" \
	    "filter add dev @ parent 1: protocol 0x88b5 matchall classid 1:10"
	traffic "htb"
	counted "class by filter" "pfifo 10:" 10
	for dev in or1 lw3 lw4; do
		in_ns "$ns" "tc class show dev $dev"
		for class in 1:1 1:10 1:20; do
			expect "classes of $dev" "*class htb $class *" "$out"
		done
	done
	tcs "qdisc del dev @ root"
}

# matched WHAT DIRECTION PREF COUNT: packets that a filter's action saw
matched()
{
	local dev

	for dev in or1 lw3 lw4; do
		in_ns "$ns" "tc -s filter show dev $dev $2 pref $3"
		out=${out%%" pkt"*}
		out=${out##* }
		((out >= $4)) ||
			lwd_fail "$1 on $dev: expected $4 or more packets," \
				 "got ${out:-none}"
	done
}

# Frames that arrive, on the L2-only device too.
arrive()
{
	lwd_link -n "$ns2" batch <<-EOF
		send ro1 0x88b5 10
		send ro3 0x88b5 10
		send rl4 0x88b5 10
	EOF
	check_err $? "send"
}

ingress()
{
	tcs "qdisc add dev @ ingress" \
	    "filter add dev @ ingress pref 1 protocol 0x88b5 matchall action drop" \
	    "filter add dev @ ingress pref 2 protocol ip flower ip_proto icmp action ok"
	arrive
	ping_ok "ingress" "$ns" 198.51.100.18 198.51.100.50
	matched "drop" ingress 1 10
	tcs "filter replace dev @ ingress pref 2 handle 1 protocol ip flower ip_proto icmp action drop"
	no_ping "drop" "$ns" 198.51.100.18
	no_ping "drop" "$ns" 198.51.100.50
	tcs "qdisc del dev @ ingress"
	ping_ok "no ingress" "$ns" 198.51.100.18 198.51.100.50
}

clsact()
{
	tcs "qdisc add dev @ clsact" \
	    "filter add dev @ ingress pref 1 protocol 0x88b5 matchall action pass" \
	    "filter add dev @ egress pref 1 protocol 0x88b5 matchall action pass" \
	    "filter add dev @ egress pref 2 protocol ip u32 match ip protocol 1 0xff action drop"
	arrive
	lwd_link -n "$ns" batch <<-EOF
		send or1 0x88b5 10
		send lw3 0x88b5 10
		send lw4 0x88b5 10
	EOF
	matched "clsact" ingress 1 10
	matched "clsact" egress 1 10
	no_ping "drop" "$ns" 198.51.100.18
	no_ping "drop" "$ns" 198.51.100.50
	tcs "qdisc del dev @ clsact"
}

# To and from a lightweight device by mirred.
mirred()
{
	local before

	tcs "qdisc add dev @ clsact" \
	    "filter add dev @ ingress pref 1 protocol 0x88b5 matchall action mirred egress redirect dev sink"
	packets "$ns" sink
	before=$tx
	arrive
	packets "$ns" sink
	((tx >= before + 30)) ||
		lwd_fail "redirected: expected 30 packets, got $((tx - before))"
	tcs "qdisc del dev @ clsact"

	tc -n "$ns" -batch - <<-EOF
		qdisc add dev sink clsact
		filter add dev sink egress pref 1 matchall action mirred egress mirror dev lw4
	EOF
	check_err $? "mirror to lw4"
	packets "$ns2" rl4
	before=$rx
	lwd_link -n "$ns" send sink 0x88b5 10
	packets "$ns2" rl4
	((rx >= before + 10)) ||
		lwd_fail "mirrored: expected 10 packets, got $((rx - before))"
	tc -n "$ns" qdisc del dev sink clsact
}

# A qdisc goes with its device, and one is set before the device goes up.
on_every_kind()
{
	local dev lines

	pairs "$LWD_KINDS"
	for dev in "${devs[@]}"; do
		lines+="qdisc add dev $dev root handle 1: tbf rate 1mbit \\
				burst 10k latency 1s
			qdisc add dev $dev clsact
			filter add dev $dev egress matchall action drop
			filter add dev $dev ingress matchall action drop
		"
	done
	ns_ok "add qdiscs" "$ns" "tc -force -batch - <<-'END'"$'\n'"$lines"$'\nEND'
	all "link set @ up"
	deferred "with qdiscs" "$ns"
	have_qdiscs ""
	all "link set @ name @.new"
	have_qdiscs .new
	lwd_links "$ns" <<< "flush under"
	in_ns "$ns" "tc qdisc show"
	[[ $out != *dev\ [lo][wr]_* ]] ||
		lwd_fail "expected no qdisc left, got ${out//$'\n'/; }"
}

have_qdiscs()
{
	local dev

	in_ns "$ns" "tc qdisc show"
	for dev in "${devs[@]}"; do
		expect "qdiscs of $dev" "*tbf 1: dev $dev$1 *" "$out"
		expect "qdiscs of $dev" "*clsact ffff: dev $dev$1 *" "$out"
	done
}

still_l2_only()
{
	deferred "after all" "$ns" lw4
	deferred "after all" "$ns2" rl4
}

lwd_start ping tc
lwd_netns ns ns2
prepare
lwd_test "KEEP-2" root_qdisc
lwd_test "KEEP-2" classes
lwd_test "KEEP-2" ingress
lwd_test "KEEP-2" clsact
lwd_test "KEEP-2" mirred
lwd_test "KEEP-2 DEFER-4" still_l2_only
lwd_test "KEEP-2" on_every_kind
lwd_end

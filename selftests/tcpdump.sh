#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# tcpdump on a lightweight device, in both directions, before layer 3 is there
# and after, with a filter, and on "any".  What was captured is read back and
# counted packet by packet.
#
#   netns ns                          netns ns2
#  +-----------------------+         +-----------------------+
#  |  or1 (ordinary)  .17  |---------|  ro1 (ordinary)  .18  |
#  |  lw3 (lightweight).49 |---------|  ro3 (ordinary)  .50  |
#  |  lw4 (lightweight)    |---------|  rl4 (lightweight)    |
#  +-----------------------+         +-----------------------+
#    198.51.100.0/28 and following

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

LAST=0x88b7	# a frame of this type ends what is captured

# capture DEV [-Q DIRECTION] FILTER...: begin; returns when tcpdump listens
capture()
{
	local dev=$1; shift
	local log=$lwd_tmp/$dev.log
	local args=()

	ends[$dev]=2
	[[ $dev != any ]] || ends[$dev]=6
	if [[ $1 == -Q ]]; then
		args=("$1" "$2"); shift 2
		ends[$dev]=1
	fi
	: > "$log"
	# short ones: of the longest there is room for eight, and more are sent
	ip netns exec "$ns" tcpdump -Z root -n -U --immediate-mode -s 256 \
		-i "$dev" -w "$lwd_tmp/$dev.pcap" "${args[@]}" \
		"${*:+($*) or ether proto $LAST}" 2> "$log" &
	pids+=($!)
	lwd_wait listens "$log" ||
		lwd_fail "tcpdump on $dev: expected it to listen, got" \
			 "$(< "$log")"
}

listens()
{
	local line

	while read -r line; do
		[[ $line != *"listening on"* ]] || return 0
	done < "$1"
	return 1
}

# All captures end.  tcpdump writes each packet as it comes, but what the kernel
# still holds for it when it is told to end can be lost: so it is told when the
# last frames, one each way on each device, are in the file.
stop()
{
	local dev pid

	in_link "$ns" "send or1 $LAST 1
		send lw3 $LAST 1
		send lw4 $LAST 1"
	in_link "$ns2" "send ro1 $LAST 1
		send ro3 $LAST 1
		send rl4 $LAST 1"
	for dev in "${!ends[@]}"; do
		lwd_wait ended "$dev" ||
			lwd_fail "tcpdump on $dev: expected the last frame"
	done
	ends=()
	for pid in "${pids[@]}"; do
		kill -INT "$pid"
		wait "$pid"
	done
	pids=()
}

# The capture has all of the last frames.  Its type ends a header, or comes before
# a zero: "any" has headers of its own.
ended()
{
	local LC_ALL=C
	local count=0 part parts

	mapfile -d "" parts < "$lwd_tmp/$1.pcap"
	for part in "${parts[@]%$'\0'}"; do
		[[ $part != *$'\x88\xb7' && $part != *$'\x88\xb7'EEEE* ]] ||
			((++count))
	done
	((count >= ends[$1]))
}

# has DEV COUNT FILTER...: so many packets of the capture match
has()
{
	local count=0 line

	ns_lines "$ns" "tcpdump -n -t -r $lwd_tmp/$1.pcap '${*:3}' 2> /dev/null"
	for line in "${lines[@]}"; do
		# the payload of what tcpdump does not know follows on such lines
		[[ $line == $'\t'* ]] || ((count++))
	done
	((count == $2)) ||
		lwd_fail "$1, ${*:3}: expected $2 packets, got $count"
}

addresses()
{
	nsip "$ns" "addr add 198.51.100.17/28 dev or1
		addr add 198.51.100.49/28 dev lw3" || lwd_fail "addresses: $out"
	nsip "$ns2" "addr add 198.51.100.18/28 dev ro1
		addr add 198.51.100.50/28 dev ro3" || lwd_fail "addresses: $out"
}

before_l3()
{
	local dev

	veths
	capture or1
	capture lw3
	capture lw4
	lwd_link -n "$ns" batch <<-EOF
		send or1 0x88b5 7
		send lw3 0x88b5 7
		send lw4 0x88b5 7
	EOF
	lwd_link -n "$ns2" batch <<-EOF
		send ro1 0x88b6 5
		send ro3 0x88b6 5
		send rl4 0x88b6 5
		send ro1 0x0800 3
		send ro3 0x0800 3
		send rl4 0x0800 3
	EOF
	check_err $? "send"
	stop
	for dev in or1 lw3 lw4; do
		has "$dev" 7 ether proto 0x88b5
		has "$dev" 5 ether proto 0x88b6
		has "$dev" 3 ether proto 0x0800
	done
	deferred "after tcpdump" "$ns" lw3 lw4
}

# begun before layer 3 was there, and it goes on
across_l3()
{
	local dev

	veths
	capture or1
	capture lw3
	lwd_link -n "$ns" batch <<-EOF
		send or1 0x88b5 2
		send lw3 0x88b5 2
	EOF
	addresses
	ping_ok "ping" "$ns" 198.51.100.18 198.51.100.50
	stop
	for dev in or1 lw3; do
		has "$dev" 2 ether proto 0x88b5
		has "$dev" 1 "icmp[icmptype] == icmp-echo"
		has "$dev" 1 "icmp[icmptype] == icmp-echoreply"
	done
}

with_l3()
{
	local dev

	veths
	addresses
	capture or1
	capture lw3
	ping_ok "ping" "$ns" 198.51.100.18 198.51.100.50
	ping_ok "ping back" "$ns2" 198.51.100.17 198.51.100.49
	stop
	for dev in or1 lw3; do
		has "$dev" 2 "icmp[icmptype] == icmp-echo"
		has "$dev" 2 "icmp[icmptype] == icmp-echoreply"
	done
	has or1 1 "icmp[icmptype] == icmp-echo and src host 198.51.100.17"
	has lw3 1 "icmp[icmptype] == icmp-echo and src host 198.51.100.49"
	has lw3 1 "icmp[icmptype] == icmp-echo and src host 198.51.100.50"
}

with_filter()
{
	local dev

	veths
	capture or1 -Q in ether proto 0x88b6
	capture lw3 -Q in ether proto 0x88b6
	capture lw4 -Q out ether proto 0x88b5
	lwd_link -n "$ns" batch <<-EOF
		send or1 0x88b5 7
		send or1 0x88b6 7
		send lw3 0x88b5 7
		send lw3 0x88b6 7
		send lw4 0x88b5 7
		send lw4 0x88b6 7
	EOF
	lwd_link -n "$ns2" batch <<-EOF
		send ro1 0x88b5 5
		send ro1 0x88b6 5
		send ro3 0x88b5 5
		send ro3 0x88b6 5
		send rl4 0x88b5 5
		send rl4 0x88b6 5
	EOF
	check_err $? "send"
	stop
	for dev in or1 lw3; do
		has "$dev" 0 ether proto 0x88b5
		has "$dev" 5 ether proto 0x88b6
	done
	has lw4 7 ether proto 0x88b5
	has lw4 0 ether proto 0x88b6
}

# "any" sees packets of all of them.
on_any()
{
	veths
	capture any ether proto 0x88b5 or ether proto 0x88b6
	lwd_link -n "$ns" batch <<-EOF
		send or1 0x88b5 7
		send lw3 0x88b5 7
		send lw4 0x88b5 7
	EOF
	lwd_link -n "$ns2" batch <<-EOF
		send ro3 0x88b6 5
		send rl4 0x88b6 5
	EOF
	check_err $? "send"
	stop
	has any 21 ether proto 0x88b5
	has any 10 ether proto 0x88b6
}

# promiscuous COUNT: of those who want each device to be so
promiscuous()
{
	local dev

	for dev in or1 lw4; do
		in_ns "$ns" "ip -d link show $dev"
		expect "$dev" "* promiscuity $1 *" "$out"
	done
}

# Promiscuous while it runs, and no longer
while_it_runs()
{
	veths
	promiscuous 0
	capture or1
	capture lw4
	promiscuous 1
	stop
	promiscuous 0
}

# tcpdump finds its devices by netlink, not in sysfs.
listed()
{
	veths
	in_ns "$ns" "tcpdump -D"
	expect "devices" "*or1*" "$out"
	expect "devices" "*lw3*" "$out"
	expect "devices" "*lw4*" "$out"
}

lwd_start ping tcpdump
lwd_netns ns ns2
pids=()
declare -A ends	# of a capture: how many last frames it gets
lwd_test "KEEP-4 KEEP-1" before_l3
lwd_test "KEEP-4" across_l3
lwd_test "KEEP-4" with_l3
lwd_test "KEEP-4" with_filter
lwd_test "KEEP-4" on_any
lwd_test "KEEP-4 KEEP-6" while_it_runs
lwd_test "KEEP-4 TOOL-2" listed
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Packets of layer 3 that arrive on a lightweight device without layer 3 are
# dropped, and routes, neighbours and joins that name it are refused with a
# reason.  Nothing of it turns layer 3 on.
#
#   netns ns                                 netns ns2
#  +----------------------------+           +----------------+
#  |  or1 (ordinary), addresses |-----------|  ro1 addresses |
#  |  lw3 (lightweight), none   |-----------|  ro3 addresses |
#  +----------------------------+           +----------------+

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# The far end knows the near one's MAC, so that it sends without asking.
near_without_l3()
{
	local mac

	veths
	mac=02:00:5e:00:53:33
	ip -n "$ns" -batch - <<-EOF
		link set lw3 address $mac
		addr add 198.51.100.17/28 dev or1
		addr add 2001:db8:1::1/64 dev or1 nodad
	EOF
	ip -n "$ns2" -batch - <<-EOF
		addr add 198.51.100.18/28 dev ro1
		addr add 2001:db8:1::2/64 dev ro1 nodad
		addr add 198.51.100.50/28 dev ro3
		addr add 2001:db8:3::2/64 dev ro3 nodad
		neigh add 198.51.100.49 lladdr $mac dev ro3 nud permanent
		neigh add 2001:db8:3::1 lladdr $mac dev ro3 nud permanent
	EOF
	check_err $? "prepare"
}

# no_answer WHAT ADDRESS...: pings that go out and are not answered
no_answer()
{
	local addr

	for addr in "${@:2}"; do
		! in_ns "$ns2" "ping -q -n -c 2 -i 0.01 -W 0.2 $addr" ||
			lwd_fail "$1: expected no answer from $addr, got one"
	done
}

# arrived WHAT BEFORE COUNT: lw3 received this many packets or more
arrived()
{
	packets "$ns" lw3
	((rx >= $2 + $3)) ||
		lwd_fail "$1: expected $3 packets received, got $((rx - $2))"
}

still_alive()
{
	deferred "$1" "$ns" lw3
	ping_ok "$1: control" "$ns2" 198.51.100.17 2001:db8:1::1
}

ip_packets()
{
	local before

	near_without_l3
	packets "$ns" lw3
	before=$rx
	no_answer "ping" 198.51.100.49 2001:db8:3::1
	# the sender itself answers these
	in_ns "$ns2" "ping -q -c 1 -W 0.2 ff02::1%ro3
		ping -q -c 1 -W 0.2 -I ro3 224.0.0.1
		ping -q -c 1 -W 0.2 -b 198.51.100.63"
	arrived "ping" "$before" 7
	still_alive "IP packets"
}

forwarded_packets()
{
	local before

	near_without_l3
	in_ns "$ns" "echo 1 > /proc/sys/net/ipv4/ip_forward
		echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"
	ip -n "$ns2" -batch - <<-EOF
		route add 203.0.113.0/24 via 198.51.100.49
		route add 2001:db8:f::/64 via 2001:db8:3::1
	EOF
	packets "$ns" lw3
	before=$rx
	no_answer "ping through" 203.0.113.1 2001:db8:f::1
	arrived "ping through" "$before" 4
	still_alive "packets to forward"
	in_ns "$ns" "echo 0 > /proc/sys/net/ipv4/ip_forward
		echo 0 > /proc/sys/net/ipv6/conf/all/forwarding"
}

mpls_packets()
{
	local before

	near_without_l3
	in_ns "$ns" "echo 1000 > /proc/sys/net/mpls/platform_labels"
	ip -n "$ns" -f mpls route add 100 via inet 198.51.100.18 dev or1
	ip -n "$ns2" -batch - <<-EOF
		route add 203.0.113.0/24 encap mpls 100 via 198.51.100.49 dev ro3
	EOF
	check_err $? "MPLS route"
	packets "$ns" lw3
	before=$rx
	no_answer "MPLS" 203.0.113.1
	arrived "MPLS" "$before" 2
	still_alive "MPLS packets"
}

# ARP and others, and what only looks like IP.
odd_packets()
{
	local before type

	near_without_l3
	packets "$ns" lw3
	before=$rx
	for type in 0x0800 0x0806 0x86dd 0x8847 0x8848 0x8863 0x88cc 0x8100; do
		echo "send ro3 $type 5"
	done | lwd_link -n "$ns2" batch || lwd_fail "send frames"
	arrived "frames" "$before" 40
	still_alive "odd packets"
}

# sent from an L2-only device: whatever a packet socket sends goes out
raw_send()
{
	local before

	near_without_l3
	packets "$ns2" ro3
	before=$rx
	lwd_link -n "$ns" batch <<-EOF
		send lw3 0x0800 5
		send lw3 0x88b5 5
	EOF
	check_err $? "send"
	packets "$ns2" ro3
	((rx >= before + 10)) ||
		lwd_fail "expected 10 packets sent, got $((rx - before))"
	deferred "after send" "$ns" lw3
}

# refused COMMAND: refused for lw3 with a text, done for or1
refused()
{
	ns_refused "ip ${1//@/lw3}" "?*" "$ns" "ip ${1//@/lw3}"
	ns_ok "ip ${1//@/or1}" "$ns" "ip ${1//@/or1}"
}

routes()
{
	near_without_l3
	refused "route add 203.0.113.0/25 dev @"
	refused "-6 route add 2001:db8:a::/64 dev @"
	refused "-6 route add 2001:db8:b::/64 via fe80::1 dev @"
	refused "nexthop add id 7 dev @"
	still_alive "routes"
}

neighbours()
{
	near_without_l3
	refused "neigh add 198.51.100.19 lladdr 02:00:5e:00:53:19 dev @"
	refused "-6 neigh add 2001:db8:1::9 lladdr 02:00:5e:00:53:19 dev @"
	refused "ntable change name arp_cache dev @ queue 9"
	still_alive "neighbours"
}

ipv6_settings()
{
	near_without_l3
	refused "token set ::1 dev @"
	refused "link set dev @ addrgenmode none"
	still_alive "IPv6 settings"
}

joins()
{
	local group

	near_without_l3
	for group in 233.252.0.1 ff0e::db8:1; do
		ns_refused "join $group on lw3" "E*: join" "$ns" \
			"lwd_link join lw3 $group"
		ns_ok "join $group on or1" "$ns" "lwd_link join or1 $group"
	done
	still_alive "joins"
}

# A socket bound to it gets an error and does not wait for ever.
bound_socket()
{
	near_without_l3
	# an error at once: no summary of packets that were sent and lost
	ns_refused "ping -I lw3" "*unreachable*" "$ns" \
		"ping -q -n -c 1 -W 9 -I lw3 198.51.100.50"
	[[ $out != *transmitted* ]] || lwd_fail "ping: expected none sent, got $out"
	ns_refused "ping -6 -I lw3" "*unreachable*" "$ns" \
		"ping -q -n -c 1 -W 9 -I lw3 2001:db8:3::2"
	[[ $out != *transmitted* ]] || lwd_fail "ping: expected none sent, got $out"
	ns_ok "ping -I or1" "$ns" "ping -q -n -c 1 -W 5 -I or1 198.51.100.18"
	still_alive "bound socket"
}

# An IPv4 error about what a tunnel sent is dealt with as one about the IPv6 in
# it, whether or not the device below the tunnel has IPv6: the sender hears as
# much of it.
errors_below_a_tunnel()
{
	local before=0 dev heard='' near via

	veths
	add_v4
	in_ns "$ns2" "echo 1 > /proc/sys/net/ipv4/ip_forward"
	while read -r dev near via; do
		on_all "$ns" "$dev" -- "route add 203.0.113.% via $via" \
			"link add s% type sit local $near remote 203.0.113.%" \
			"link set s% up" \
			"addr add 2001:db8:9%::1/64 dev s% nodad"
	done <<-EOF
		or1 198.51.100.17 198.51.100.18
		lw3 198.51.100.49 198.51.100.50
	EOF
	for dev in 1 3; do
		in_ns "$ns" "lwd_cat /proc/net/snmp"
		[[ $out =~ Icmp:\ ([0-9]+) ]] && before=${BASH_REMATCH[1]}
		in_ns "$ns" "ping -q -n -c 2 -i 0.2 -W 0.2 2001:db8:9$dev::2
			lwd_cat /proc/net/snmp"
		[[ $out =~ (2\ packets.*)%.*Icmp:\ ([0-9]+) ]]
		((BASH_REMATCH[2] >= before + 2)) ||
			lwd_fail "s$dev: expected 2 IPv4 errors, got $out"
		: "${heard:=${BASH_REMATCH[1]}}"
		expect "s$dev" "$heard" "${BASH_REMATCH[1]}"
	done
	in_ns "$ns2" "echo 0 > /proc/sys/net/ipv4/ip_forward"
}

lwd_start ping
lwd_netns ns ns2
lwd_test "DEFER-6" ip_packets
lwd_test "DEFER-6" forwarded_packets
lwd_test "DEFER-6" mpls_packets
lwd_test "DEFER-6" odd_packets
lwd_test "DEFER-6 KEEP-1" raw_send
lwd_test "DEFER-6" routes
lwd_test "DEFER-6" neighbours
lwd_test "DEFER-6" ipv6_settings
lwd_test "DEFER-6" joins
lwd_test "DEFER-6" bound_socket
lwd_test "ENABLE-4 KINDS" errors_below_a_tunnel
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Addresses, routes, VRF tables and forwarding: on a lightweight device they
# are what they are on an ordinary one.
#
#  ns                      ns2 (router)                       ns3
#  or1 .17/28 --- .18 ro1   forwards    or5 203.0.113.1/24 --- ro5 .2
#  lw4 .65/28 --- .66 rl4   forwards    lw6 192.0.2.1/24  --- rl6 .2

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# The same steps on both devices must leave the same addresses.
same_addresses()
{
	local or

	addresses_of "or_$1"
	or=$out
	addresses_of "lw_$1"
	[[ $out == "$or" ]] ||
		lwd_fail "$2: expected ${or//$'\n'/; }, got ${out//$'\n'/; }"
}

# ... without index and name: $out
addresses_of()
{
	local line

	ns_lines "$ns" "ip -o addr show dev $1"
	out=
	for line in "${lines[@]}"; do
		# of a device without addresses ip shows the device
		[[ $line != *' link/'* ]] || continue
		out+="${line#*: "$1" } "
	done
	out=${out//$1/DEV}
}

many_addresses()
{
	local batch i

	pairs dummy
	for i in {1..20}; do
		batch+="addr add 198.51.100.$i/24 dev @"$'\n'
		batch+="addr add 2001:db8::$i/64 dev @ nodad"$'\n'
	done
	all "$batch"
	same_addresses dummy "twenty of each"
	all "addr del 198.51.100.5/24 dev @
		addr del 2001:db8::5/64 dev @"
	same_addresses dummy "one removed"
	all "addr flush dev @"
	same_addresses dummy "flushed"
}

kinds_of_addresses()
{
	pairs dummy
	all "addr add 198.51.100.1 peer 198.51.100.2 dev @
		addr add 198.51.100.65/26 brd + label @:1 dev @
		addr add 198.51.100.66/26 dev @ valid_lft 1000 preferred_lft 500
		addr add 2001:db8::1/64 dev @ nodad noprefixroute
		addr add 2001:db8:1::1 peer 2001:db8:1::2 dev @ nodad
		addr add 192.0.2.1/24 dev @ scope link metric 77"
	all "addr replace 198.51.100.66/26 dev @ valid_lft forever preferred_lft forever"
	all "addr change 2001:db8::1/64 dev @ preferred_lft 0"
	same_addresses dummy "all kinds"
	expect "addresses" "*inet*inet*inet*inet*inet6*inet6*deprecated*" \
	       "$out"
}

address_on_every_kind()
{
	local batch dev id

	pairs "$LWD_KINDS"
	for dev in "${devs[@]}"; do
		id=$((++lwd_id % 250))
		batch+="link set $dev up
			addr add 198.51.100.$id/32 dev $dev
			addr add 2001:db8::$id/128 dev $dev nodad
			route add 203.0.113.$id/32 dev $dev
			route add 2001:db8:f::$id/128 dev $dev
		"
	done
	nsip "$ns" "$batch" || lwd_fail "addresses and routes: $out"
	for dev in "${devs[@]}"; do
		in_ns "$ns" "ip addr show dev $dev"
		expect "addresses of $dev" "*inet 198.51.100.*inet6 2001:db8::*" \
		       "$out"
	done
}

# snmp6 NAME: a counter of $ns: $count
snmp6()
{
	in_ns "$ns" "lwd_cat /proc/net/snmp6"
	count=0
	[[ ! $out =~ $1[[:space:]]+([0-9]+) ]] || count=${BASH_REMATCH[1]}
}

# What passes a device without counters counts in those of the namespace.
ipv6_counters()
{
	local count end got sent

	veths
	add_v6
	for end in 1 4; do
		snmp6 Ip6InReceives
		got=$count
		snmp6 Ip6OutRequests
		sent=$count
		ns_ok "ping" "$ns" "ping -q -n -c 20 -i 0.01 2001:db8:$end::2"
		snmp6 Ip6InReceives
		((count >= got + 20)) ||
			lwd_fail "${NEAR[end - 1]}: expected 20 received," \
				 "got $((count - got))"
		snmp6 Ip6OutRequests
		((count >= sent + 20)) ||
			lwd_fail "${NEAR[end - 1]}: expected 20 sent," \
				 "got $((count - sent))"
	done
}

# Down takes the routes, up brings the connected ones back.
routes_follow_the_link()
{
	local dev

	pairs dummy vlan
	all "link set @ up"
	ip -n "$ns" -batch - <<-EOF
		addr add 198.51.100.1/28 dev or_dummy
		addr add 198.51.100.17/28 dev lw_dummy
		addr add 198.51.100.33/28 dev or_vlan
		addr add 198.51.100.49/28 dev lw_vlan
	EOF
	nsip "$ns" "route show"
	for dev in "${devs[@]}"; do
		expect "routes up" "*dev $dev *scope link*" "$out"
	done
	all "link set @ down"
	nsip "$ns" "route show"
	expect "routes when down" "" "$out"
	all "link set @ up"
	nsip "$ns" "route show"
	for dev in "${devs[@]}"; do
		expect "routes up again" "*dev $dev *scope link*" "$out"
	done
}

# Chains from ns over ns2 to ns3, one of ordinary links and one of lwds.
chain()
{
	veths
	lwd_links "$ns3" <<< "flush under"
	lwd_links "$ns2" <<-EOF
		add or5 type veth peer name ro5 netns $ns3
		add lw6 lwd type veth peer lwd name rl6 netns $ns3
	EOF
	ip -n "$ns" -batch - <<-EOF
		addr add 198.51.100.17/28 dev or1
		addr add 2001:db8:1::1/64 dev or1 nodad
		addr add 198.51.100.65/28 dev lw4
		addr add 2001:db8:4::1/64 dev lw4 nodad
		route add 203.0.113.0/24 via 198.51.100.18
		route add 192.0.2.0/24 via 198.51.100.66
		route add 2001:db8:5::/64 via 2001:db8:1::2
		route add 2001:db8:6::/64 via 2001:db8:4::2
	EOF
	check_err $? "prepare ns"
	ip -n "$ns2" -batch - <<-EOF
		addr add 198.51.100.18/28 dev ro1
		addr add 2001:db8:1::2/64 dev ro1 nodad
		addr add 198.51.100.66/28 dev rl4
		addr add 2001:db8:4::2/64 dev rl4 nodad
		link set or5 up
		link set lw6 up
		addr add 203.0.113.1/24 dev or5
		addr add 2001:db8:5::1/64 dev or5 nodad
		addr add 192.0.2.1/24 dev lw6
		addr add 2001:db8:6::1/64 dev lw6 nodad
	EOF
	check_err $? "prepare ns2"
	ip -n "$ns3" -batch - <<-EOF
		link set ro5 up
		link set rl6 up
		addr add 203.0.113.2/24 dev ro5
		addr add 2001:db8:5::2/64 dev ro5 nodad
		addr add 192.0.2.2/24 dev rl6
		addr add 2001:db8:6::2/64 dev rl6 nodad
		route add 198.51.100.16/28 via 203.0.113.1
		route add 198.51.100.64/28 via 192.0.2.1
		route add 2001:db8:1::/64 via 2001:db8:5::1
		route add 2001:db8:4::/64 via 2001:db8:6::1
	EOF
	check_err $? "prepare ns3"
}

forward()
{
	in_ns "$ns2" "echo $1 > /proc/sys/net/ipv4/ip_forward
		echo $1 > /proc/sys/net/ipv6/conf/all/forwarding"
}

forwarding()
{
	chain
	forward 1
	ping_ok "through the router" "$ns" 203.0.113.2 192.0.2.2 \
		2001:db8:5::2 2001:db8:6::2
	ping_ok "through the router, back" "$ns3" 198.51.100.17 198.51.100.65 \
		2001:db8:1::1 2001:db8:4::1
}

# The router's device forwards by what all devices are told, once and later.
forwarding_off()
{
	chain
	forward 0
	no_ping "forwarding off" "$ns" 192.0.2.2
	no_ping "forwarding off" "$ns" 2001:db8:6::2
	forward 1
	ping_ok "forwarding on" "$ns" 192.0.2.2 2001:db8:6::2 \
		203.0.113.2 2001:db8:5::2
}

# The near ends of the router are in VRFs, which have no address.  The far ends
# are in others or, with "main", in none; routes leak from the one to the other.
vrf_leak()
{
	local or=102 lw=104

	chain
	forward 1
	lwd_links "$ns2" <<-EOF || lwd_fail "make VRFs: $out"
		add or_red up type vrf table 101
		add or_blue up type vrf table 102
		add lw_red lwd up type vrf table 103
		add lw_blue lwd up type vrf table 104
		set ro1 master or_red
		set rl4 master lw_red
	EOF
	if [[ $1 == main ]]; then
		or=main lw=main
	else
		nsip "$ns2" "link set or5 master or_blue
			     link set lw6 master lw_blue"
	fi
	# who gets or loses a master loses these
	ip -n "$ns2" -batch - <<-EOF
		addr replace 2001:db8:1::2/64 dev ro1 nodad
		addr replace 2001:db8:5::1/64 dev or5 nodad
		addr replace 2001:db8:4::2/64 dev rl4 nodad
		addr replace 2001:db8:6::1/64 dev lw6 nodad
	EOF
	check_err $? "addresses of ports"
	ping_ok "ports, from outside" "$ns" 198.51.100.18 198.51.100.66 \
		2001:db8:1::2 2001:db8:4::2
	ns_ok "out of the VRFs" "$ns2" "
		ping -q -n -c 1 -W 5 -I or_red 198.51.100.17 &&
		ping -q -n -c 1 -W 5 -I lw_red 198.51.100.65 &&
		ping -q -n -c 1 -W 5 -I or_red 2001:db8:1::1 &&
		ping -q -n -c 1 -W 5 -I lw_red 2001:db8:4::1"
	no_ping "apart" "$ns" 192.0.2.2
	no_ping "apart" "$ns" 203.0.113.2
	ip -n "$ns2" -batch - <<-EOF
		route add 203.0.113.0/24 table 101 dev or5
		route add 198.51.100.16/28 table $or dev ro1
		route add 192.0.2.0/24 table 103 dev lw6
		route add 198.51.100.64/28 table $lw dev rl4
		route add 2001:db8:5::/64 table 101 dev or5
		route add 2001:db8:1::/64 table $or dev ro1
		route add 2001:db8:6::/64 table 103 dev lw6
		route add 2001:db8:4::/64 table $lw dev rl4
	EOF
	check_err $? "leak routes"
	ping_ok "leaked" "$ns" 203.0.113.2 192.0.2.2 \
		2001:db8:5::2 2001:db8:6::2
	ping_ok "leaked, back" "$ns3" 198.51.100.17 198.51.100.65 \
		2001:db8:1::1 2001:db8:4::1
	deferred "VRFs" "$ns2" lw_red lw_blue or_red or_blue
}

# Two VRFs in ns2, an ordinary and a lightweight one.  Each keeps the networks
# of its own port, which are the same.
vrf_tables()
{
	veths
	lwd_links "$ns2" <<-EOF
		add or_red type vrf table 101
		add lw_red lwd type vrf table 102
	EOF
	ip -n "$ns2" -batch - <<-EOF
		addr add 192.0.2.101/32 dev or_red
		addr add 192.0.2.102/32 dev lw_red
		addr add 2001:db8:101::1/128 dev or_red nodad
		addr add 2001:db8:102::1/128 dev lw_red nodad
		link set or_red up
		link set lw_red up
		link set ro1 master or_red
		link set rl4 master lw_red
		addr add 198.51.100.18/28 dev ro1
		addr add 2001:db8:1::2/64 dev ro1 nodad
		addr add 198.51.100.66/28 dev rl4
		addr add 2001:db8:4::2/64 dev rl4 nodad
	EOF
	check_err $? "prepare VRFs"
	ip -n "$ns" -batch - <<-EOF
		addr add 198.51.100.17/28 dev or1
		addr add 2001:db8:1::1/64 dev or1 nodad
		addr add 198.51.100.65/28 dev lw4
		addr add 2001:db8:4::1/64 dev lw4 nodad
		route add 192.0.2.101/32 via 198.51.100.18
		route add 192.0.2.102/32 via 198.51.100.66
	EOF
	check_err $? "prepare ns"
	nsip "$ns2" "route show table 102"
	expect "table of lw_red" "*198.51.100.64/28 dev rl4*" "$out"
	nsip "$ns2" "route show"
	expect "main table" "" "$out"
	ping_ok "into the VRFs" "$ns" 198.51.100.18 198.51.100.66 \
		2001:db8:1::2 2001:db8:4::2 192.0.2.101 192.0.2.102
	ns_ok "out of or_red" "$ns2" \
		"ping -q -n -c 1 -W 5 -I or_red 198.51.100.17"
	ns_ok "out of lw_red" "$ns2" \
		"ping -q -n -c 1 -W 5 -I lw_red 198.51.100.65"
	ns_ok "out of lw_red, IPv6" "$ns2" \
		"ping -q -n -c 1 -W 5 -I lw_red 2001:db8:4::1"
}

lwd_start ping
lwd_netns ns ns2 ns3
lwd_test "KEEP-5" many_addresses
lwd_test "KEEP-5" kinds_of_addresses
lwd_test "KEEP-5" address_on_every_kind
lwd_test "KEEP-5 FOOT-6" ipv6_counters
lwd_test "KEEP-5" routes_follow_the_link
lwd_test "KEEP-5" forwarding
lwd_test "KEEP-5" forwarding_off
lwd_test "KEEP-5 DEFER-4" vrf_leak
lwd_test "KEEP-5 DEFER-4" vrf_leak main
lwd_test "KEEP-5" vrf_tables
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# nftables on lightweight devices: matches by name and index, the hooks of the
# netdev family, connection tracking and NAT across them.  The router has two
# ways: over ordinary devices, the control, and over lightweight ones.
#
#  ns                      ns2 (router)                       ns3
#  or1 .17/28 --- .18 ro1              or5 203.0.113.1/24 --- ro5 .2
#  lw4 .65/28 --- .66 rl4              lw6 192.0.2.1/24  ---- rl6 .2

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# Links, addresses and routes; they stay for all cases.
prepare()
{
	veths
	lwd_links "$ns2" <<-EOF
		add or5 up type veth peer name ro5 netns $ns3
		add lw6 lwd up type veth peer lwd name rl6 netns $ns3
	EOF
	on_all "$ns" or1 lw4 -- "addr add 2001:db8:%::1/64 dev @ nodad"
	on_all "$ns2" ro1 rl4 -- "addr add 2001:db8:%::2/64 dev @ nodad"
	nsip "$ns" "addr add 198.51.100.17/28 dev or1
		addr add 198.51.100.65/28 dev lw4
		route add 203.0.113.0/24 via 198.51.100.18
		route add 192.0.2.0/24 via 198.51.100.66" ||
		lwd_fail "prepare ns: $out"
	nsip "$ns2" "addr add 198.51.100.18/28 dev ro1
		addr add 198.51.100.66/28 dev rl4
		addr add 203.0.113.1/24 dev or5
		addr add 192.0.2.1/24 dev lw6" || lwd_fail "prepare ns2: $out"
	nsip "$ns3" "link set ro5 up
		link set rl6 up
		addr add 203.0.113.2/24 dev ro5
		addr add 192.0.2.2/24 dev rl6
		route add 198.51.100.16/28 via 203.0.113.1
		route add 198.51.100.64/28 via 192.0.2.1" ||
		lwd_fail "prepare ns3: $out"
	in_ns "$ns2" "echo 1 > /proc/sys/net/ipv4/ip_forward"
}

# rules RULESET: these and no others
rules()
{
	ns_ok "rules" "$ns2" "nft -f - <<-'END'
		flush ruleset
		$1
END"
}

# passed_by WORDS: how many packets the rule with these words saw: $passed
passed_by()
{
	local line

	passed=
	ns_lines "$ns2" "nft list ruleset"
	for line in "${lines[@]}"; do
		[[ $line == *"$1"* && $line == *"counter packets "* ]] ||
			continue
		passed=${line#*counter packets }
		passed=${passed%% *}
	done
}

# counters COUNT WORDS...: each of these rules saw so many or more
counters()
{
	local words

	for words in "${@:2}"; do
		passed_by "$words"
		((${passed:--1} >= $1)) ||
			lwd_fail "$words: expected $1 or more packets, got" \
				 "${passed:-no rule}"
	done
}

# ports_of WORDS WORDS: in the router, or_up and lw_up, made of these words,
# have the ports of the two ways
ports_of()
{
	lwd_links "$ns2" <<-EOF
		add or_up up $1
		add lw_up lwd up $2
		set ro1 master or_up
		set or5 master or_up
		set rl4 master lw_up
		set lw6 master lw_up
	EOF
	check_err $? "make masters"
}

# delete DEV DEV: in the router
delete()
{
	lwd_links "$ns2" <<< "del $1"$'\n'"del $2"
	check_err $? "delete"
}

pings()
{
	ping_ok "to the router" "$ns" 198.51.100.18 198.51.100.66
	ping_ok "through the router" "$ns" 203.0.113.2 192.0.2.2
}

names_and_indexes()
{
	rules '
	table inet t {
		chain in {
			type filter hook input priority 0
			iifname "ro1" counter
			iifname "rl4" counter
			iif "ro1" meta l4proto icmp counter
			iif "rl4" meta l4proto icmp counter
		}
		chain out {
			type filter hook output priority 0
			oifname "ro1" counter
			oifname "rl4" counter
			oif "rl4" meta l4proto icmp counter
		}
		chain through {
			type filter hook forward priority 0
			iifname "ro1" oifname "or5" counter
			iifname "rl4" oifname "lw6" counter
			iif "rl4" oif "lw6" meta l4proto icmp counter
		}
	}'
	pings
	counters 1 'iifname "ro1" counter' 'iifname "rl4" counter' \
		'iif "ro1" meta' 'iif "rl4" meta' 'oifname "ro1" counter' \
		'oifname "rl4" counter' 'oif "rl4" meta' \
		'iifname "ro1" oifname "or5"' 'iifname "rl4" oifname "lw6"' \
		'iif "rl4" oif "lw6"'
}

drop_by_name()
{
	rules '
	table ip t {
		chain in {
			type filter hook input priority 0
			iifname { "ro1", "rl4" } ip protocol icmp counter drop
		}
	}
	table ip6 t {
		chain in {
			type filter hook input priority 0
			iifname "rl4" icmpv6 type echo-request counter drop
			iifname "ro1" icmpv6 type echo-request counter drop
		}
	}'
	no_ping "IPv4 dropped" "$ns" 198.51.100.18
	no_ping "IPv4 dropped" "$ns" 198.51.100.66
	no_ping "IPv6 dropped" "$ns" 2001:db8:1::2
	no_ping "IPv6 dropped" "$ns" 2001:db8:4::2
	rules ''
	ping_ok "no rules" "$ns" 198.51.100.18 198.51.100.66 \
		2001:db8:1::2 2001:db8:4::2
}

# The family's hooks on devices with IP and on rl2, which has none.
netdev_hooks()
{
	local before

	rules '
	table netdev t {
		chain ro1_in {
			type filter hook ingress device "ro1" priority 0
			meta l4proto icmp counter comment "ro1"
		}
		chain rl4_in {
			type filter hook ingress device "rl4" priority 0
			meta l4proto icmp counter comment "rl4"
		}
		chain rl2_in {
			type filter hook ingress device "rl2" priority 0
			ether type 0x88b5 counter drop
		}
		chain ro1_out {
			type filter hook egress device "ro1" priority 0
			meta protocol ip counter
		}
		chain rl4_out {
			type filter hook egress device "rl4" priority 0
			meta protocol ip counter
		}
		chain rl2_out {
			type filter hook egress device "rl2" priority 0
			ether type 0x88b6 counter drop
		}
	}'
	pings
	lwd_link -n "$ns" send or2 0x88b5 10
	packets "$ns" or2
	before=$rx
	lwd_link -n "$ns2" send rl2 0x88b6 10
	counters 1 'meta l4proto icmp' 'meta protocol ip'
	counters 10 'ether type 0x88b5' 'ether type 0x88b6'
	# what the egress hook dropped did not reach the other end
	packets "$ns" or2
	((rx < before + 10)) ||
		lwd_fail "or2: expected no dropped frames, got $((rx - before))"
	deferred "device without IP" "$ns2" rl2
}

# new_one_way ORDINARY LIGHTWEIGHT: only what comes in there makes connections
new_one_way()
{
	rules "
	table inet t {
		chain through {
			type filter hook forward priority 0; policy drop
			ct state established counter accept
			iifname \"$1\" ct state new counter accept
			iifname \"$2\" ct state new counter accept
		}
	}"
	ping_ok "new one way" "$ns" 203.0.113.2 192.0.2.2
	counters 2 'ct state established'
	counters 1 "iifname \"$1\" ct state new" "iifname \"$2\" ct state new"
}

conntrack()
{
	new_one_way ro1 rl4
	no_ping "new the other way" "$ns3" 198.51.100.17
	no_ping "new the other way" "$ns3" 198.51.100.65
}

# The far end answers the router, which it could not otherwise reach back.
nat()
{
	rules '
	table ip t {
		chain post {
			type nat hook postrouting priority srcnat
			oifname "or5" counter masquerade
			oifname "lw6" counter masquerade
		}
		chain pre {
			type nat hook prerouting priority dstnat
			iifname "rl4" ip daddr 198.51.100.129 counter dnat to 192.0.2.2
			iifname "ro1" ip daddr 198.51.100.130 counter dnat to 203.0.113.2
		}
	}'
	nsip "$ns3" "route del 198.51.100.16/28
		route del 198.51.100.64/28"
	nsip "$ns" "route add 198.51.100.129 via 198.51.100.66
		route add 198.51.100.130 via 198.51.100.18"
	ping_ok "masqueraded" "$ns" 203.0.113.2 192.0.2.2
	ping_ok "to another address" "$ns" 198.51.100.129 198.51.100.130
	counters 1 'oifname "or5"' 'oifname "lw6"'
	nsip "$ns3" "route add 198.51.100.16/28 via 203.0.113.1
		route add 198.51.100.64/28 via 192.0.2.1"
	nsip "$ns" "route del 198.51.100.129
		route del 198.51.100.130"
}

# The same for IPv6, where there is no way back either.
nat6()
{
	rules '
	table ip6 t {
		chain post {
			type nat hook postrouting priority srcnat
			oifname "or5" counter masquerade
			oifname "lw6" counter masquerade
		}
		chain pre {
			type nat hook prerouting priority dstnat
			iifname "ro1" ip6 daddr 2001:db8:ff::5 counter dnat to 2001:db8:5::2
			iifname "rl4" ip6 daddr 2001:db8:ff::6 counter dnat to 2001:db8:6::2
		}
	}'
	in_ns "$ns2" "echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"
	on_all "$ns2" or5 lw6 -- "addr add 2001:db8:%::1/64 dev @ nodad"
	on_all "$ns3" ro5 rl6 -- "addr add 2001:db8:%::2/64 dev @ nodad"
	nsip "$ns" "route add 2001:db8:5::/64 via 2001:db8:1::2
		route add 2001:db8:6::/64 via 2001:db8:4::2
		route add 2001:db8:ff::5 via 2001:db8:1::2
		route add 2001:db8:ff::6 via 2001:db8:4::2" ||
		lwd_fail "ns: $out"
	ping_ok "masqueraded" "$ns" 2001:db8:5::2 2001:db8:6::2
	ping_ok "to another address" "$ns" 2001:db8:ff::5 2001:db8:ff::6
	counters 1 'oifname "or5"' 'oifname "lw6"' 'daddr 2001:db8:ff::5' \
		'daddr 2001:db8:ff::6'
}

# Connections of which a VRF is a part, by its name and by that of its port
vrf_conntrack()
{
	ports_of "type vrf table 101" "type vrf table 102"
	new_one_way or_up lw_up
	rules ''
	delete or_up lw_up
}

# twenty NETNS ADDRESS DEV: so many datagrams of $ns or more arrive, over DEV;
# few of them pass the rule that counts, as the others take the short cut
twenty()
{
	local before

	packets "$1" "$3"
	before=$rx
	# nobody listens: each time that the sender hears of it, one is not sent
	in_ns "$ns" "exec 3<> /dev/udp/$2/9
		for i in {1..40}; do echo \$i >&3; done 2> /dev/null
		exec 3>&-; true"
	packets "$1" "$3"
	((rx - before >= 20)) ||
		lwd_fail "$2: expected 20 to arrive, got $((rx - before))"
	passed_by "daddr $2 "
	((${passed:-99} >= 1 && ${passed:-99} <= 5)) ||
		lwd_fail "$2: expected 1 to 5 to pass the rule, got $passed"
}

flowtable()
{
	rules '
	table inet t {
		flowtable f {
			hook ingress priority 0
			devices = { "ro1", "or5", "rl4", "lw6" }
		}
		chain through {
			type filter hook forward priority 0
			meta l4proto { tcp, udp } flow add @f
			ip daddr 203.0.113.2 udp dport 9 counter
			ip daddr 192.0.2.2 udp dport 9 counter
		}
	}'
	pings
	twenty "$ns3" 203.0.113.2 ro5
	twenty "$ns3" 192.0.2.2 rl6
	rules ''
}

# Rules by name take hold of the device that has the name by now.
rules_by_name()
{
	rules '
	table inet t {
		chain in {
			type filter hook input priority 0
			iifname "or_new" counter
			iifname "lw_new" counter
		}
	}'
	nsip "$ns2" "link set ro1 name or_new
		link set rl4 name lw_new" || lwd_fail "rename: $out"
	ping_ok "renamed" "$ns" 198.51.100.18 198.51.100.66
	counters 1 'iifname "or_new"' 'iifname "lw_new"'
	nsip "$ns2" "link set or_new name ro1
		link set lw_new name rl4" || lwd_fail "rename: $out"
}

# Frames that a bridge passes on: it is light and so are the ports of one, all of
# the other, the control, is ordinary.  Of each, frames of one type are dropped.
#
#  ns: or1 --- ro1, bridge or_up, or5 --- ro5 :ns3
#      lw4 --- rl4, bridge lw_up, lw6 --- rl6
bridge_family()
{
	ports_of "type bridge" "type bridge"
	rules '
	table bridge t {
		chain through {
			type filter hook forward priority 0
			iifname "ro1" oifname "or5" ether type 0x88b5 counter
			iifname "rl4" oifname "lw6" ether type 0x88b5 counter
			iifname "ro1" ether type 0x88b6 counter drop
			iifname "rl4" ether type 0x88b6 counter drop
		}
	}'
	frames_through ro5 or1
	frames_through rl6 lw4
	counters 10 'iifname "ro1" oifname "or5"' 'iifname "rl4" oifname "lw6"'
	counters 5 'iifname "ro1" ether type 0x88b6' \
		'iifname "rl4" ether type 0x88b6'
	rules ''
	delete or_up lw_up
}

# frames_through TO FROM: of 10 and 5 that are sent, 10 come
frames_through()
{
	local before

	packets "$ns3" "$1"
	before=$rx
	in_link "$ns" "send $2 0x88b6 5
		send $2 0x88b5 10"
	lwd_wait received "$1" $((before + 10)) ||
		lwd_fail "$1: expected 10 frames, got $((rx - before))"
	((rx < before + 15)) ||
		lwd_fail "$1: expected the others dropped, got $((rx - before))"
}

received()
{
	packets "$ns3" "$1"
	((rx >= $2))
}

# A chain's device goes while the chain is there.
device_goes()
{
	lwd_links "$ns2" <<-EOF
		add or_gone type dummy
		add lw_gone lwd type dummy
	EOF
	rules '
	table netdev t {
		chain a {
			type filter hook ingress device "or_gone" priority 0; counter
		}
		chain b {
			type filter hook ingress device "lw_gone" priority 0; counter
		}
	}'
	delete or_gone lw_gone
	in_ns "$ns2" "nft list ruleset"
	expect "rules" "*chain a*chain b*" "$out"
	rules ''
}

lwd_start ping nft
lwd_netns ns ns2 ns3
prepare
lwd_test "KEEP-3" names_and_indexes
lwd_test "KEEP-3" drop_by_name
lwd_test "KEEP-3" netdev_hooks
lwd_test "KEEP-3" conntrack
lwd_test "KEEP-3" nat
lwd_test "KEEP-3" nat6
lwd_test "KEEP-3 KEEP-5" vrf_conntrack
lwd_test "KEEP-3" bridge_family
lwd_test "KEEP-3" flowtable
lwd_test "KEEP-3" rules_by_name
lwd_test "KEEP-3" device_goes
lwd_end

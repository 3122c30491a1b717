#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What is refused about layer 3 of a lightweight device: switches that have no
# sense, and what names a family that is not on.  Each is told why, and nothing
# has changed.

# shellcheck disable=SC2154,SC2317 # names from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"
source "$(dirname "$0")/lwd_switch.sh"

# A request that asks for off and for a setting has no sense, and no effect.
all_or_nothing()
{
	pairs dummy
	all "link set @ up"
	nsip "$ns" "addr add 198.51.100.1/28 dev lw_dummy
		    addr add 2001:db8:1::1/64 dev lw_dummy nodad" ||
		lwd_fail "addresses: $out"
	nl_refused "off and a setting" "* EINVAL: *is to be off*" \
		   "set lw_dummy inet off inet-conf 8 1
		    set lw_dummy inet6 off addrgenmode 1
		    set lw_dummy inet6 off token ::9"
	is "refused" "auto auto auto" inet,inet6 lw_dummy
	in_ns "$ns" "ip addr show dev lw_dummy"
	expect "addresses" "*198.51.100.1/28*2001:db8:1::1/64*" "$out"
}

# A setting of what the same message takes away by the MTU: nothing else of
# layer 3 in it is done.
setting_of_a_lost_family()
{
	local words

	pairs dummy
	all "link set @ up"
	for words in "inet6-conf 1 33" "addrgenmode 1"; do
		nl_ok "IPv6" "set lw_dummy mtu 1500 inet6 off
			      set lw_dummy inet6 on"
		nsip "$ns" "addr replace 198.51.100.1/28 dev lw_dummy"
		nl_refused "$words" "* EAFNOSUPPORT: *" \
			   "set lw_dummy mtu 1000 inet off $words"
		in_ns "$ns" "ip addr show dev lw_dummy"
		expect "$words" "*198.51.100.1/28*" "$out"
	done
	is "refused" "auto on auto" inet lw_dummy
}

# A token is refused by a dummy, which does no neighbour discovery, and that
# only after IPv6 was turned on for it.
refused_token()
{
	pairs dummy
	all "link set @ up"
	nl_refused "token" "* EINVAL: *neighbour discovery*" \
		   "set or_dummy token ::9
		    set lw_dummy inet6 on token ::9"
	is "refused" "auto auto auto" none lw_dummy
	deferred "refused" "$ns"
	nl_ok "inet6 on" "set lw_dummy inet6 on
			  set lw_dummy inet6 auto"
	nl_refused "token, IPv6 was on" "* EINVAL: *neighbour discovery*" \
		   "set lw_dummy inet6 on token ::9"
	is "IPv6 was on" "auto auto auto" inet6 lw_dummy
	nl_ok "a device that does it" \
	      "add lw_v lwd type veth peer lwd name lw_w
	       set lw_v inet6 on token ::9"
	is "token" "auto on auto" inet6 lw_v
}

# Without IPv4 there are no IPv4 routes, by whatever nexthop.
routes_need_the_family()
{
	local line
	local routes="route add 203.0.113.0/25 via inet6 fe80::1 dev lw_dummy
		route add local 203.0.113.1 dev lw_dummy
		route add 203.0.113.0/25 nhid 5
		route add 203.0.113.0/25 nhid 6
		route add 203.0.113.0/25 nhid 7"

	pairs dummy
	all "link set @ up"
	nl_ok "inet6 on" "set lw_dummy inet6 on"
	nsip "$ns" "nexthop add id 5 via fe80::1 dev lw_dummy
		    nexthop add id 6 group 5
		    nexthop add id 8 via fe80::1 dev or_dummy
		    nexthop add id 7 group 8/5" || lwd_fail "nexthops: $out"
	while read -r line; do
		ns_refused "$line" "*IPv4 is not enabled on nexthop device*" \
			"$ns" "ip $line"
	done <<< "$routes"

	nl_ok "inet on" "set lw_dummy inet on"
	nsip "$ns" "route add 203.0.113.0/26 nhid 5
		    route add 203.0.113.64/26 nhid 6
		    route add 203.0.113.128/26 nhid 7
		    route add local 203.0.113.1 dev lw_dummy" ||
		lwd_fail "routes: $out"
	nl_ok "inet off" "set lw_dummy inet off"
	in_ns "$ns" "ip route show
		     ip route show table local dev lw_dummy"
	expect "routes" "" "$out"
	in_ns "$ns" "ip nexthop show id 5"
	expect "the nexthop stays" "*fe80::1*lw_dummy*" "$out"
	# nothing that was refused holds the device
	ns_ok "delete" "$ns" "ip link del lw_dummy"

	routes=${routes//lw_dummy/or_dummy}
	nsip "$ns" "nexthop add id 5 via fe80::1 dev or_dummy
		    nexthop add id 6 group 5" || lwd_fail "nexthops: $out"
	while read -r line; do
		ns_ok "control: $line" "$ns" "ip $line && ip ${line/add/del}"
	done <<< "$routes"
}

# What is off refuses addresses, until it is on or auto again.
off_refuses_addresses()
{
	local state
	local addrs="addr add 198.51.100.1/28 dev lw_dummy
		     addr add 2001:db8:1::1/64 dev lw_dummy nodad"

	pairs dummy
	all "link set @ up"
	for state in auto on; do
		nl_ok "off" "set lw_dummy inet off inet6 off"
		ip_refused "off: addresses" "*Turned off on this device*" \
			   "$addrs"
		ns_refused "IPv4 by ioctl" "EOPNOTSUPP*" "$ns" \
			   "lwd_link siocsifaddr lw_dummy 198.51.100.1"
		ns_refused "IPv6 by ioctl" "EOPNOTSUPP*" "$ns" \
			   "lwd_link siocsifaddr lw_dummy 2001:db8:1::1"
		all "link set @ mtu 1400"$'\nlink set @ down\nlink set @ up'
		deferred "off" "$ns"
		nl_ok "$state" "set lw_dummy inet $state inet6 $state"
		nsip "$ns" "$addrs" || lwd_fail "$state: addresses: $out"
		is "$state" "$state $state auto" inet,inet6 lw_dummy
	done
}

# Why it is refused to name a family that is off is told.
refusals_say_why()
{
	local line
	local mac="lladdr 02:00:5e:00:53:09"

	pairs dummy
	all "link set @ up"
	nsip "$ns" "addr add 198.51.100.17/28 dev or_dummy
		    addr add 2001:db8:2::1/64 dev or_dummy nodad"
	ip_refused "multipath route" \
		"*@(IPv4 is not en|Multipath support not en)abled*" \
		"route add 203.0.113.0/25 nexthop via 198.51.100.18 dev or_dummy nexthop via 198.51.100.2 dev lw_dummy onlink"
	ip_refused "IPv4 routes" "*IPv4 is not enabled on nexthop device*" \
		"route add 203.0.113.0/25 dev lw_dummy
		 route add 203.0.113.0/25 via 198.51.100.2 dev lw_dummy onlink
		 route add 203.0.113.0/25 encap mpls 100 via 198.51.100.2 dev lw_dummy onlink
		 nexthop add id 7 dev lw_dummy
		 nexthop add id 7 via 198.51.100.2 dev lw_dummy onlink"
	ip_refused "IPv6 routes" "*IPv6 is not enabled on nexthop device*" \
		"route add 2001:db8:f::/64 dev lw_dummy
		 route add 2001:db8:f::/64 via fe80::1 dev lw_dummy
		 route add 2001:db8:f::/64 via 2001:db8:1::2 dev lw_dummy onlink
		 nexthop add id 7 via fe80::1 dev lw_dummy"
	# ip neigh ends at its first failure
	for line in "198.51.100.2 $mac" "proxy 198.51.100.2" \
		    "2001:db8:1::2 $mac" "proxy 2001:db8:1::2"; do
		ip_refused "$line" "*IPv? is *abled on this device*" \
			   "neigh add $line dev lw_dummy"
	done
	for line in arp_cache ndisc_cache; do
		ip_refused "$line" "*no parameters in this table*" \
			   "ntable change name $line dev lw_dummy queue 7"
	done
	ip_refused "input route" "*IPv4 is not enabled on this device*" \
		"route get 198.51.100.17 from 198.51.100.18 iif lw_dummy"
	deferred "after refusals" "$ns"
	nsip "$ns" "route add 203.0.113.0/25 dev or_dummy
		    nexthop add id 7 via 198.51.100.18 dev or_dummy
		    neigh add 198.51.100.18 $mac dev or_dummy
		    neigh add proxy 198.51.100.19 dev or_dummy
		    neigh add proxy 2001:db8:2::3 dev or_dummy
		    route add 2001:db8:f::/64 via fe80::1 dev or_dummy
		    route get 198.51.100.17 from 198.51.100.18 iif or_dummy
		    ntable change name arp_cache dev or_dummy queue 7" ||
		lwd_fail "control: expected success, got $out"
}

refused_on_ordinary()
{
	local family

	pairs dummy
	for family in inet inet6 mpls; do
		nl_refused "$family" "* EOPNOTSUPP: *ightweight* (at attribute)" \
			   "set or_dummy $family auto
			    set or_dummy $family on
			    set or_dummy $family off"
	done
	nl_refused "create" "* E*" "add or_new inet on type dummy
				    add or_new inet6 off type dummy
				    add or_new lwd off mpls on type dummy"
	nl "show"
	expect "ordinary one" \
	       "*name=or_dummy * inet=none inet6=none mpls=none conf=inet,inet6*" \
	       "$out"
	[[ $out != *or_new* ]] || lwd_fail "expected no or_new, got one"
}

bad_values()
{
	local family

	pairs dummy
	for family in inet inet6 mpls; do
		nl_refused "$family 3" "* ERANGE: * (at attribute)" \
			   "set lw_dummy $family 3
			    set lw_dummy $family 255"
		nl_refused "$family at create, or of other lengths" "* E*" \
			   "add lw_bad lwd $family 3 type dummy
			    set lw_dummy $family hex:
			    set lw_dummy $family hex:0100
			    add lw_bad lwd $family hex:01000000 type dummy"
	done
	is "after bad values" "auto auto auto" none lw_dummy
	nl "show"
	[[ $out != *lw_bad* ]] || lwd_fail "expected no lw_bad, got one"
}

# An AF_MPLS that says nothing is refused, and what is on already can be said
# again.
nothing_new()
{
	pairs dummy
	nl_refused "empty" "* EINVAL: *othing to set*" \
		   "set lw_dummy mpls -
		    add lw_new lwd mpls - type dummy"
	nl_refused "lw_new" "* ENODEV: *" "set lw_new up"
	is "refused" "auto auto auto" none lw_dummy
	nl_ok "on" "set lw_dummy mpls on
		    set lw_dummy mpls on"
	is "on twice" "auto auto on" mpls lw_dummy
	nl_ok "off" "set lw_dummy mpls off
		     set lw_dummy mpls off"
	is "off twice" "auto auto off" none lw_dummy
}

lwd_start ip
lwd_netns ns
lwd_test "ENABLE-3 ENABLE-6" all_or_nothing
lwd_test "ENABLE-3 ENABLE-6" setting_of_a_lost_family
lwd_test "ENABLE-3 ENABLE-9" refused_token
lwd_test "DEFER-6 ENABLE-6" routes_need_the_family
lwd_test "ENABLE-6 DEFER-4" off_refuses_addresses
lwd_test "DEFER-6" refusals_say_why
lwd_test "ENABLE-7" refused_on_ordinary
lwd_test "ENABLE-3" bad_values
lwd_test "ENABLE-3 ENABLE-5" nothing_new
lwd_end

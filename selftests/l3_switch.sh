#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# IFLA_INET_ENABLE, IFLA_INET6_ENABLE and IFLA_MPLS_ENABLE turn layer 3 of a
# lightweight device on and off, family by family, when it is made and later.
# "lwd_link show" prints the values that the kernel dumps, "lwd_link l3" which
# families are really there.
#
#   netns ns                          netns ns2
#  +-------------------------+      +----------+
#  |  or_KIND (ordinary)     | move |          |
#  |  lw_KIND (lightweight)  |----->|          |
#  |  under (dummy)          |<-----|          |
#  +-------------------------+      +----------+

# shellcheck disable=SC2154,SC2317 # names from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"
source "$(dirname "$0")/lwd_switch.sh"

default_is_auto()
{
	local dev

	pairs "$LWD_KINDS"
	is "default" "auto auto auto" none lw_dummy lw_vlan lw_vrf lw_vti
	nl $'show or_dummy\nshow or_vlan\nshow or_vrf\nshow or_vti'
	while read -r dev; do
		expect "ordinary ones have no values" \
		       "* lwd=0 inet=none inet6=none mpls=none conf=inet,inet6*" \
		       "$dev"
	done <<< "$out"
	deferred "default" "$ns"
}

at_create()
{
	local batch="flush under"
	local kind

	for kind in $LWD_KINDS; do
		lwd_words "$kind"
		batch+=$'\n'"add lw_${kind}4 lwd inet on inet6 off $words"
		lwd_words "$kind"
		batch+=$'\n'"add lw_${kind}6 lwd inet6 on mpls on $words"
		lwd_words "$kind"
		batch+=$'\n'"add lw_$kind lwd mpls off $words"
	done
	nl_ok "create" "$batch"
	is "inet on, inet6 off" "on off auto" inet \
	   lw_dummy4 lw_vlan4 lw_vrf4 lw_vti4
	is "inet6 on, mpls on" "auto on on" inet6,mpls \
	   lw_dummy6 lw_vlan6 lw_vrf6 lw_vti6
	is "mpls off" "auto auto off" none lw_dummy lw_vlan lw_vrf lw_vti
}

# Each way to set the three of them, from off and one after the other.
each_alone()
{
	local ways=("on on on" "on off on" "off on off" "off off on"
		    "on on off" "off on on" "on off off" "auto auto on"
		    "auto on auto" "on auto auto")
	local batch=$'flush under\nadd lw lwd type dummy\n'
	local inet inet6 mpls there way

	for way in "${ways[@]}"; do
		read -r inet inet6 mpls <<< "$way"
		batch+=$'set lw inet off inet6 off mpls off\n'
		batch+="set lw mpls $mpls"$'\n'"set lw inet6 $inet6"$'\n'
		batch+="set lw inet $inet"$'\nshow lw\nl3 lw\n'
	done
	nl_ok "set" "$batch"
	mapfile -t lines <<< "$out"
	for way in "${ways[@]}"; do
		read -r inet inet6 mpls <<< "$way"
		there=
		[[ $inet != on ]] || there+=,inet
		[[ $inet6 != on ]] || there+=,inet6
		[[ $mpls != on ]] || there+=,mpls
		shown "$way" "$way" "${there#,}" lw
	done
}

live()
{
	pairs "$LWD_KINDS"
	all "link set @ up"
	nl_ok "on" "set lw_dummy inet on inet6 on mpls on
		    set lw_vlan inet on inet6 on mpls on
		    set lw_vrf inet on inet6 on mpls on
		    set lw_vti inet on inet6 on mpls on"
	is "on" "on on on" inet,inet6,mpls lw_dummy lw_vlan lw_vrf lw_vti
	nl_ok "off" "set lw_dummy inet off inet6 off mpls off
		     set lw_vlan inet off inet6 off mpls off
		     set lw_vrf inet off inet6 off mpls off
		     set lw_vti inet off inet6 off mpls off"
	is "off" "off off off" none lw_dummy lw_vlan lw_vrf lw_vti
	deferred "off" "$ns"
}

# A peer has values of its own.
for_a_peer()
{
	nl_ok "create" "flush under
		add lw_v lwd inet on type veth peer lwd inet6 on name lw_w"
	is "first end" "on auto auto" inet lw_v
	is "other end" "auto on auto" inet6 lw_w
}

# Without an address, but as an ordinary device has it: a link-local address
# once it is up, and the groups.
on_configures_itself()
{
	local dev

	pairs dummy vlan
	nsip "$ns" "link set lw_dummy up"
	nl_ok "on" "set lw_dummy inet on inet6 on
		    set lw_vlan inet on inet6 on"
	in_ns "$ns" "ip -6 addr show dev lw_vlan"
	expect "lw_vlan, down" "" "$out"
	all "link set @ up"
	for dev in "${devs[@]}"; do
		lwd_wait link_local "$dev" ||
			lwd_fail "$dev: expected a link-local address, got none"
		in_ns "$ns" "ip maddr show dev $dev"
		expect "groups of $dev" "*224.0.0.1*ff02::1*" "$out"
	done
	nl "l3 lw_dummy"
	expect "lw_dummy" "name=lw_dummy * addr=inet6 mcast=inet,inet6" "$out"
}

link_local()
{
	in_ns "$ns" "ip -6 addr show dev $1 scope link -tentative"
	[[ $out == *fe80:* ]]
}

# use_l3 DEV N: ip commands for all that can be had of IPv4 and IPv6
use_l3()
{
	echo "addr add 198.51.100.$2/28 dev $1
	      addr add 2001:db8:$2::1/64 dev $1 nodad
	      addr add 233.252.0.$2/32 dev $1 autojoin
	      addr add ff0e::db8:$2/128 dev $1 autojoin
	      route add 203.0.113.$2/32 dev $1
	      route add 203.0.113.$(($2 + 1))/32 via 198.51.100.$(($2 + 1))
	      route add 2001:db8:f::$2/128 dev $1
	      route add 2001:db8:e::$2/128 via 2001:db8:$2::9
	      neigh add 198.51.100.$(($2 + 2)) lladdr 02:00:5e:00:53:99 dev $1
	      neigh add 2001:db8:$2::8 lladdr 02:00:5e:00:53:99 dev $1
	      neigh add proxy 198.51.100.$(($2 + 3)) dev $1
	      neigh add proxy 2001:db8:$2::7 dev $1
	      nexthop add id $2 via 198.51.100.$(($2 + 4)) dev $1
	      nexthop add id 1$2 via 2001:db8:$2::6 dev $1
	      route add 192.0.2.$2/32 nhid $2
	      route add 2001:db8:d::$2/128 nhid 1$2"
}

# left DEV FAMILY: $out is how many addresses, routes, neighbours and nexthops
# there are, without the neighbours that multicast makes when it is sent
left()
{
	local line

	ns_lines "$ns" "ip -$2 -batch - <<-END
		addr show dev $1
		route show table all dev $1
		neigh show nud all dev $1
		neigh show proxy dev $1
		nexthop show dev $1
	END"
	out=0
	for line in "${lines[@]}"; do
		[[ $line == *NOARP* ]] || ((++out))
	done
}

off_gives_back()
{
	local v6

	pairs dummy
	all "link set @ up"
	nsip "$ns" "$(use_l3 lw_dummy 16)"$'\n'"$(use_l3 or_dummy 32)" ||
		lwd_fail "use layer 3: $out"
	left lw_dummy 4
	((out >= 10)) || lwd_fail "expected routes of IPv4, got $out"
	left lw_dummy 6
	((out >= 10)) || lwd_fail "expected routes of IPv6, got $out"
	v6=$out

	nl_ok "inet off" "set lw_dummy inet off"
	is "IPv4 off" "off auto auto" inet6 lw_dummy
	left lw_dummy 4
	expect "left of IPv4" 0 "$out"
	left lw_dummy 6
	expect "all of IPv6" "$v6" "$out"

	nl_ok "inet6 off" "set lw_dummy inet6 off"
	deferred "both off" "$ns"
	left lw_dummy 6
	expect "left of IPv6" 0 "$out"
	left or_dummy 4
	((out >= 10)) || lwd_fail "control: expected IPv4 to stay, got $out"
	left or_dummy 6
	((out >= 10)) || lwd_fail "control: expected IPv6 to stay, got $out"
}

# The other way round.
off_leaves_ipv4()
{
	local v4

	pairs dummy
	all "link set @ up"
	nsip "$ns" "$(use_l3 lw_dummy 16)" || lwd_fail "use layer 3: $out"
	left lw_dummy 4
	v4=$out
	nl_ok "inet6 off" "set lw_dummy inet6 off"
	is "IPv6 off" "auto off auto" inet lw_dummy
	left lw_dummy 6
	expect "left of IPv6" 0 "$out"
	left lw_dummy 4
	expect "all of IPv4" "$v4" "$out"
}

# What is on stays on in auto; what is off stays off.
auto_changes_nothing()
{
	pairs dummy
	nl "set lw_dummy inet on inet6 on mpls on
	    set lw_dummy inet auto inet6 auto mpls auto"
	is "auto after on" "auto auto auto" inet,inet6 lw_dummy
	nl "set lw_dummy inet off inet6 off
	    set lw_dummy inet auto inet6 auto"
	is "auto after off" "auto auto auto" none lw_dummy
}

# 68 and 1280 are the least.  What is on comes back as the MTU is raised.
small_mtu()
{
	pairs dummy
	all "link set @ mtu 67"
	nl_refused "IPv4 with MTU 67" "* EINVAL: *MTU*too small*" \
		   "set lw_dummy inet on"
	all "link set @ mtu 1279"
	nl_refused "IPv6 with MTU 1279" "* EINVAL: *MTU*too small*" \
		   "set lw_dummy inet6 on"
	nl_refused "create with MTU 1279" "* EINVAL: *MTU*too small*" \
		   "add lw_bad lwd inet6 on mtu 1279 type dummy"
	is "small MTU" "auto auto auto" none lw_dummy
	nl_ok "IPv4 with MTU 1279" "set lw_dummy inet on"
	all "link set @ mtu 1280"
	nl_ok "IPv6 with MTU 1280" "set lw_dummy inet6 on"
	is "MTU 1280" "on on auto" inet,inet6 lw_dummy
	all "link set @ mtu 1279"
	is "MTU 1279" "on on auto" inet lw_dummy
	all "link set @ mtu 67"
	is "MTU 67" "on on auto" none lw_dummy
	all "link set @ mtu 1500"
	is "MTU 1500" "on on auto" inet,inet6 lw_dummy
	all "link set @ mtu 67 netns $ns2"
	ns=$ns2 is "moved with MTU 67" "on on auto" none lw_dummy
	all_in "$ns2" "link set @ mtu 1500"
	ns=$ns2 is "moved, MTU 1500" "on on auto" inet,inet6 lw_dummy
	# a route does not keep a device that has lost the family
	all_in "$ns2" "link set @ up"
	nsip "$ns2" "route add 203.0.113.0/25 dev lw_dummy" ||
		lwd_fail "route: $out"
	all_in "$ns2" "link set @ mtu 67"$'\nlink del @'
	in_ns "$ns2" "ip route show"
	expect "routes of the deleted" "" "$out"
}

# The values move with it; the families of those that are on come back.
after_move()
{
	local home=$ns
	local ns=$ns

	nl "flush under
	    add lw_1 lwd inet on inet6 on mpls on type dummy
	    add lw_2 lwd inet off inet6 off mpls off type dummy
	    add lw_3 lwd inet on type dummy"
	devs=(lw_1 lw_2 lw_3)
	all "link set @ netns $ns2"
	ns=$ns2
	moved "moved"
	all "link set @ netns $home"
	ns=$home
	moved "moved back"
}

moved()
{
	is "$1" "on on on" inet,inet6,mpls lw_1
	is "$1" "off off off" none lw_2
	is "$1" "on auto auto" inet lw_3
	ip_refused "$1: address" "*Turned off on this device*" \
		   "addr add 198.51.100.1/28 dev lw_2"
}

# The settings of a family are refused before it is on and work then.
settings()
{
	nl "flush under
	    add lw_v lwd type veth peer name or_v"
	devs=(lw_v or_v)
	# 1 is forwarding
	nl_refused "IPv4 setting" "*IPv4 is not enabled*" \
		   "set lw_v inet-conf 1 1"
	ip_refused "IPv6 settings" "*IPv6 is not enabled*" \
		   "link set lw_v addrgenmode none"
	ip_refused "IPv6 token" "?*" "token set ::9 dev lw_v"
	is "after settings" "auto auto auto" none lw_v
	nl_ok "on" "set lw_v inet on inet6 on"
	all "link set @ up"
	nl_ok "IPv4 setting" "set lw_v inet-conf 1 1
			      set or_v inet-conf 1 1"
	all "link set @ addrgenmode none"
	all "token set ::9 dev @"
	for dev in lw_v or_v; do
		in_ns "$ns" "ip -4 netconf show dev $dev
			     ip -d link show dev $dev
			     ip token get dev $dev"
		expect "$dev" "*forwarding on*addrgenmode none*::9*" "$out"
	done
}

# ns - ns2 - ns3, linked by veths that are lightweight (lw) or ordinary (or),
# with labels 100 and 200 on the way there, 300 and 400 on the way back.
label_path()
{
	local kind=$1
	local lwd='' netns

	[[ $kind == or ]] || lwd="lwd mpls on"
	for netns in "$ns3" "$ns2"; do
		in_ns "$netns" "lwd_link flush under"
	done
	nl_ok "make links" "flush under
		add ${kind}12 $lwd type veth peer $lwd name ${kind}21 netns $ns2
		add ${kind}23 $lwd netns $ns2 type veth peer $lwd name ${kind}32 netns $ns3"
	path_end "$ns" "$1"12 1 100 3 400 198.51.100.1 198.51.100.2
	path_end "$ns3" "$1"32 3 300 1 200 198.51.100.19 198.51.100.18
	ns_ok "middle" "$ns2" "
		ip -batch - <<-END || exit
			link set ${kind}21 up
			link set ${kind}23 up
			addr add 198.51.100.2/28 dev ${kind}21
			addr add 198.51.100.18/28 dev ${kind}23
		END
		ip -f mpls -batch - <<-END
			route replace 100 as 200 via inet 198.51.100.19
			route replace 300 as 400 via inet 198.51.100.1
		END"
	in_ns "$ns2" "lwd_link set ${kind}21 mpls-input 1"
	in_ns "$ns2" "lwd_link set ${kind}23 mpls-input 1"
}

# path_end NETNS DEV MY_ID OUT_LABEL ITS_ID IN_LABEL ADDRESS GATEWAY
path_end()
{
	ns_ok "end $2" "$1" "
		ip -batch - <<-END || exit
			link set $2 up
			addr add $7/28 dev $2
			addr replace 203.0.113.$3/32 dev under
			route add 203.0.113.$5/32 encap mpls $4 via $8 src 203.0.113.$3
		END
		ip -f mpls route replace $6 dev lo"
	in_ns "$1" "lwd_link set $2 mpls-input 1"
}

mpls_path()
{
	local state

	label_path or
	ping_ok "control" "$ns" 203.0.113.3
	ping_ok "control" "$ns3" 203.0.113.1

	label_path lw
	ping_ok "labels over lightweight devices" "$ns" 203.0.113.3
	ping_ok "labels back" "$ns3" 203.0.113.1

	# it is never on by itself: neither by auto nor because of IPv4
	for state in auto off; do
		ns_ok "$state" "$ns3" "lwd_link set lw32 mpls $state"
		ns=$ns3 is "$state" "auto auto $state" inet lw32
		no_ping "MPLS $state" "$ns" 203.0.113.3
	done
	ns_ok "on" "$ns3" "lwd_link set lw32 mpls on mpls-input 1"
	ping_ok "on again" "$ns" 203.0.113.3
}

# Routes of labels go with MPLS, and none can be made without it.
mpls_off_gives_back()
{
	local route="route add 101 via inet 198.51.100.2 dev lw_dummy"

	pairs dummy
	nsip "$ns" "link set lw_dummy up
		    link set or_dummy up
		    addr add 198.51.100.1/28 dev lw_dummy
		    addr add 198.51.100.17/28 dev or_dummy"
	ns_refused "auto" "*MPLS is not enabled on nexthop device*" "$ns" \
		   "ip -f mpls $route"
	ns_ok "control" "$ns" "ip -f mpls route add 102 \
		via inet 198.51.100.18 dev or_dummy"
	nl_ok "on" "set lw_dummy mpls on"
	ns_ok "route" "$ns" "ip -f mpls $route"
	nl_ok "off" "set lw_dummy mpls off"
	in_ns "$ns" "ip -f mpls route show"
	[[ $out == *102*or_dummy* && $out != *lw_dummy* ]] ||
		lwd_fail "expected the control's route only, got $out"
	is "off" "auto auto off" inet lw_dummy
	ns_refused "off" "*MPLS is not enabled on nexthop device*" "$ns" \
		   "ip -f mpls $route"
}

lwd_start ping
lwd_netns ns ns2 ns3
for netns in "$ns" "$ns2" "$ns3"; do
	in_ns "$netns" "echo 1000 > /proc/sys/net/mpls/platform_labels
		     echo 0 > /proc/sys/net/ipv4/conf/all/rp_filter
		     echo 0 > /proc/sys/net/ipv4/conf/default/rp_filter"
done
lwd_test "ENABLE-3 DEFER-1" default_is_auto
lwd_test "ENABLE-3 ENABLE-4" at_create
lwd_test "ENABLE-4" each_alone
lwd_test "ENABLE-3 ENABLE-6" live
lwd_test "ENABLE-3 LABEL-8" for_a_peer
lwd_test "ENABLE-3" on_configures_itself
lwd_test "ENABLE-6" off_gives_back
lwd_test "ENABLE-4 ENABLE-6" off_leaves_ipv4
lwd_test "ENABLE-3" auto_changes_nothing
lwd_test "ENABLE-3" small_mtu
lwd_test "ENABLE-3 ENABLE-6" after_move
lwd_test "ENABLE-9" settings
lwd_test "ENABLE-5 KEEP-5" mpls_path
lwd_test "ENABLE-5 ENABLE-6 DEFER-6" mpls_off_gives_back
lwd_end

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

# set_l3 DEV FAMILY STATE...
set_l3()
{
	local dev=$1; shift

	lwd_link -n "$ns" set "$dev" "$@"
}

# values WHEN INET INET6 MPLS DEV...: these are dumped
values()
{
	local when=$1; shift
	local want="inet=$1 inet6=$2 mpls=$3"; shift 3
	local dev

	for dev; do
		expect "$when: values of $dev" "name=$dev * lwd=1 $want conf=*" \
		       "$(lwd_link -n "$ns" show "$dev")"
	done
}

# families WHEN SET DEV...: these families are there, "none" or "inet,mpls"
families()
{
	local when=$1; shift
	local there=$1; shift
	local conf=${there%mpls}
	local line

	conf=${conf%,}
	while read -r line; do
		expect "$when" "name=* conf=${conf:-none} netconf=$there *" \
		       "$line"
	done < <(lwd_link -n "$ns" l3 "$@" 2>&1)
}

default_is_auto()
{
	local kind

	pairs $LWD_KINDS
	for kind in $LWD_KINDS; do
		values "default" auto auto auto "lw_$kind"
		expect "or_$kind has no values" \
		       "* lwd=0 inet=none inet6=none mpls=none conf=inet,inet6" \
		       "$(lwd_link -n "$ns" show "or_$kind")"
	done
	deferred "default" "$ns"
}

at_create()
{
	local kind

	for kind in $LWD_KINDS; do
		lwd_words "$kind"
		lwd_link -n "$ns" batch <<-EOF
			flush under
			add lw_4 lwd inet on $words
			del lw_4
			add lw_4 lwd inet on inet6 off $words
		EOF
		check_err $? "create $kind"
		values "$kind" on off auto lw_4
		families "$kind" inet lw_4
		lwd_link -n "$ns" batch <<-EOF
			del lw_4
			add lw_6 lwd inet6 on mpls on $words
		EOF
		check_err $? "create $kind"
		values "$kind" auto on on lw_6
		families "$kind" inet6,mpls lw_6
	done
}

# Each of the eight ways to set the three of them, and back.
each_alone()
{
	local inet inet6 mpls word

	lwd_link -n "$ns" batch <<-EOF
		flush under
		add lw lwd type dummy
	EOF
	for word in "on on on" "off off off" "on off on" "off on off" \
		    "off off on" "on on off" "off on on" "on off off" \
		    "auto on auto" "auto auto on" "on auto auto"; do
		read -r inet inet6 mpls <<< "$word"
		# from off, so that auto is not on because it was
		lwd_link -n "$ns" batch <<-EOF
			set lw inet off inet6 off mpls off
			set lw mpls $mpls
			set lw inet6 $inet6
			set lw inet $inet
		EOF
		check_err $? "set $word"
		values "$word" "$inet" "$inet6" "$mpls" lw
		word=
		[[ $inet != on ]] || word+=,inet
		[[ $inet6 != on ]] || word+=,inet6
		[[ $mpls != on ]] || word+=,mpls
		word=${word#,}
		families "$inet $inet6 $mpls" "${word:-none}" lw
	done
}

live()
{
	local dev

	pairs $LWD_KINDS
	all "link set @ up"
	for dev in lw_dummy lw_vlan lw_vrf lw_vti; do
		echo "set $dev inet on inet6 on mpls on"
	done | lwd_link -n "$ns" batch || lwd_fail "on"
	values "on" on on on lw_dummy lw_vlan lw_vrf lw_vti
	families "on" inet,inet6,mpls lw_dummy lw_vlan lw_vrf lw_vti
	for dev in lw_dummy lw_vlan lw_vrf lw_vti; do
		echo "set $dev inet off inet6 off mpls off"
	done | lwd_link -n "$ns" batch || lwd_fail "off"
	values "off" off off off lw_dummy lw_vlan lw_vrf lw_vti
	deferred "off" "$ns" lw_dummy lw_vlan lw_vrf lw_vti
}

# With ip's own words, if it has them.
live_by_ip()
{
	pairs dummy
	if [[ $LWD_IP != new ]]; then
		RET=$ksft_skip
		retmsg="ip does not know the switches"
		return
	fi
	expect_ok "ip" ip -n "$ns" link set dev lw_dummy inet on inet6 off
	values "by ip" on off auto lw_dummy
	families "by ip" inet lw_dummy
}

# A peer has values of its own.
for_a_peer()
{
	lwd_link -n "$ns" batch <<-EOF
		flush under
		add lw_v lwd inet on type veth peer lwd inet6 on name lw_w
	EOF
	check_err $? "create"
	values "first end" on auto auto lw_v
	values "other end" auto on auto lw_w
	families "first end" inet lw_v
	families "other end" inet6 lw_w
}

link_local()
{
	local out

	out=$(ip -n "$ns" -6 addr show dev "$1" scope link -tentative)
	[[ $out == *fe80:* ]]
}

# Without an address, but as an ordinary device has it: a link-local address
# once it is up, and the groups.
on_configures_itself()
{
	local dev

	pairs dummy vlan
	ip -n "$ns" link set lw_dummy up
	set_l3 lw_dummy inet on inet6 on
	set_l3 lw_vlan inet on inet6 on
	! link_local lw_vlan || lwd_fail "down: expected no address, got one"
	all "link set @ up"
	for dev in "${devs[@]}"; do
		busywait "$LWD_WAIT" link_local "$dev" > /dev/null ||
			lwd_fail "$dev: expected a link-local address, got none"
		expect "groups of $dev" "*224.0.0.1*ff02::1:ff*ff02::1*" \
		       "$(ip -n "$ns" maddr show dev "$dev")"
	done
	expect "addresses" "name=lw_dummy * addr=inet6 mcast=inet,inet6" \
	       "$(lwd_link -n "$ns" l3 lw_dummy)"
}

# use_l3 DEV N: all that can be had of IPv4 and IPv6
use_l3()
{
	echo "addr add 198.51.100.$2/28 dev $1"
	echo "addr add 2001:db8:$2::1/64 dev $1 nodad"
	echo "addr add 233.252.0.$2/32 dev $1 autojoin"
	echo "addr add ff0e::db8:$2/128 dev $1 autojoin"
	echo "route add 203.0.113.$2/32 dev $1"
	echo "route add 203.0.113.$(($2 + 1))/32 via 198.51.100.$(($2 + 1))"
	echo "route add 2001:db8:f::$2/128 dev $1"
	echo "route add 2001:db8:e::$2/128 via 2001:db8:$2::9"
	echo "neigh add 198.51.100.$(($2 + 2)) lladdr 02:00:5e:00:53:99 dev $1"
	echo "neigh add 2001:db8:$2::8 lladdr 02:00:5e:00:53:99 dev $1"
	echo "neigh add proxy 198.51.100.$(($2 + 3)) dev $1"
	echo "neigh add proxy 2001:db8:$2::7 dev $1"
	echo "nexthop add id $2 via 198.51.100.$(($2 + 4)) dev $1"
	echo "nexthop add id 1$2 via 2001:db8:$2::6 dev $1"
	echo "route add 192.0.2.$2/32 nhid $2"
	echo "route add 2001:db8:d::$2/128 nhid 1$2"
}

# left DEV FAMILY: how many addresses, routes, neighbours and nexthops
left()
{
	ip -n "$ns" "-$2" -batch - <<-EOF | grep -c .
		addr show dev $1
		route show table all dev $1
		neigh show nud all dev $1
		neigh show proxy dev $1
		nexthop show dev $1
	EOF
}

off_gives_back()
{
	local dev

	pairs dummy
	all "link set @ up"
	{
		use_l3 lw_dummy 16
		use_l3 or_dummy 32
	} | ip -n "$ns" -batch - || lwd_fail "use layer 3"
	(($(left lw_dummy 4) >= 10 && $(left lw_dummy 6) >= 10)) ||
		lwd_fail "expected addresses and routes, got" \
			 "$(left lw_dummy 4) and $(left lw_dummy 6)"

	expect_ok "inet off" set_l3 lw_dummy inet off
	families "IPv4 off" inet6 lw_dummy
	expect "left of IPv4" 0 "$(left lw_dummy 4)"
	(($(left lw_dummy 6) >= 10)) ||
		lwd_fail "expected IPv6 to stay, got $(left lw_dummy 6)"

	expect_ok "inet6 off" set_l3 lw_dummy inet6 off
	deferred "both off" "$ns"
	expect "left of IPv6" 0 "$(left lw_dummy 6)"
	(($(left or_dummy 4) >= 10 && $(left or_dummy 6) >= 10)) ||
		lwd_fail "control: expected all, got" \
			 "$(left or_dummy 4) and $(left or_dummy 6)"
}

# ... and then it refuses addresses, until it is on or auto again.
off_refuses_addresses()
{
	local state

	pairs dummy vlan
	all "link set @ up"
	for state in auto on; do
		expect_ok "off" set_l3 lw_dummy inet off inet6 off
		expect_refused "IPv4 address" "*Turned off on this device*" \
			ip -n "$ns" addr add 198.51.100.1/28 dev lw_dummy
		expect_refused "IPv6 address" "*Turned off on this device*" \
			ip -n "$ns" addr add 2001:db8:1::1/64 dev lw_dummy
		expect_refused "IPv4 by ioctl" "EOPNOTSUPP*" \
			lwd_link -n "$ns" siocsifaddr lw_dummy 198.51.100.1
		expect_refused "IPv6 by ioctl" "EOPNOTSUPP*" \
			lwd_link -n "$ns" siocsifaddr lw_dummy 2001:db8:1::1
		expect_refused "IPv4 route" "*not enabled on nexthop device*" \
			ip -n "$ns" route add 203.0.113.1/32 dev lw_dummy
		all "link set @ mtu 1400"
		all "link set @ down"
		all "link set @ up"
		deferred "off, refused" "$ns"
		expect_ok "$state" set_l3 lw_dummy inet "$state" inet6 "$state"
		expect_ok "IPv4 address" \
			ip -n "$ns" addr add 198.51.100.1/28 dev lw_dummy
		expect_ok "IPv6 address" \
			ip -n "$ns" addr add 2001:db8:1::1/64 dev lw_dummy nodad
		families "$state" inet,inet6 lw_dummy
	done
	expect_ok "control" ip -n "$ns" addr add 198.51.100.18/28 dev or_dummy
}

# What is on because of an address stays when the address goes; auto after on
# changes nothing at once.
auto_keeps()
{
	pairs dummy
	set_l3 lw_dummy inet on inet6 on mpls on
	set_l3 lw_dummy inet auto inet6 auto mpls auto
	values "auto" auto auto auto lw_dummy
	families "auto after on" inet,inet6 lw_dummy
	set_l3 lw_dummy inet off inet6 off
	set_l3 lw_dummy inet auto inet6 auto
	families "auto after off" none lw_dummy
}

refused_on_ordinary()
{
	local family state

	pairs dummy
	for family in inet inet6 mpls; do
		for state in auto on off; do
			expect_refused "$family $state on an ordinary device" \
				"EOPNOTSUPP: *lightweight* (at attribute)" \
				set_l3 or_dummy "$family" "$state"
		done
		expect_refused "$family on at create" "E*" \
			lwd_link -n "$ns" add or_new "$family" on type dummy
	done
	expect "control" "* inet=none inet6=none mpls=none conf=inet,inet6" \
	       "$(lwd_link -n "$ns" show or_dummy)"
	expect_refused "or_new" "no such device*" \
		lwd_link -n "$ns" show or_new
}

bad_values()
{
	local family value

	pairs dummy
	for family in inet inet6 mpls; do
		for value in 3 255 hex: hex:0100; do
			expect_refused "$family $value" "E*" \
				set_l3 lw_dummy "$family" "$value"
			expect_refused "$family $value at create" "E*" \
				lwd_link -n "$ns" add lw_bad lwd \
				"$family" "$value" type dummy
		done
		expect_refused "$family 3" "ERANGE: * (at attribute)" \
			set_l3 lw_dummy "$family" 3
	done
	values "after bad values" auto auto auto lw_dummy
	families "after bad values" none lw_dummy
	expect_refused "lw_bad" "no such device*" \
		lwd_link -n "$ns" show lw_bad
}

# 68 and 1280 are the least.  What is on comes back as the MTU is raised.
small_mtu()
{
	pairs dummy
	all "link set @ mtu 67"
	expect_refused "IPv4 with MTU 67" "EINVAL: *MTU*too small*" \
		set_l3 lw_dummy inet on
	all "link set @ mtu 1279"
	expect_refused "IPv6 with MTU 1279" "EINVAL: *MTU*too small*" \
		set_l3 lw_dummy inet6 on
	values "small MTU" auto auto auto lw_dummy
	families "small MTU" none lw_dummy
	expect_refused "create with MTU 1279" "EINVAL*" \
		lwd_link -n "$ns" add lw_bad lwd inet6 on mtu 1279 type dummy
	expect_ok "IPv4 with MTU 1279" set_l3 lw_dummy inet on
	families "MTU 1279" inet lw_dummy
	all "link set @ mtu 1280"
	expect_ok "IPv6 with MTU 1280" set_l3 lw_dummy inet6 on
	families "MTU 1280" inet,inet6 lw_dummy
	all "link set @ mtu 67"
	families "MTU 67, on" none lw_dummy
	values "MTU 67, on" on on auto lw_dummy
	all "link set @ mtu 1500"
	families "MTU 1500, on" inet,inet6 lw_dummy
}

# The values move with it; the families of those that are on come back.
after_move()
{
	local home=$ns
	local ns=$ns

	lwd_link -n "$ns" batch <<-EOF
		flush under
		add lw_1 lwd inet on inet6 on mpls on type dummy
		add lw_2 lwd inet off inet6 off mpls off type dummy
		add lw_3 lwd inet on type dummy
	EOF
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
	values "$1" on on on lw_1
	values "$1" off off off lw_2
	values "$1" on auto auto lw_3
	families "$1" inet,inet6,mpls lw_1
	families "$1" none lw_2
	families "$1" inet lw_3
	expect_refused "$1: address" "*Turned off on this device*" \
		ip -n "$ns" addr add 198.51.100.1/28 dev lw_2
}

# The settings of a family are refused before it is on and work then.
settings()
{
	pairs dummy
	# 1 is forwarding
	expect_refused "IPv4 setting, off" "*IPv4 is not enabled*" \
		set_l3 lw_dummy inet-conf 1 1
	expect_refused "addrgenmode, off" "*IPv6 is not enabled*" \
		ip -n "$ns" link set lw_dummy addrgenmode none
	expect_refused "token, off" "?*" \
		ip -n "$ns" token set ::9 dev lw_dummy
	set_l3 lw_dummy inet on inet6 on
	all "link set @ up"
	expect_ok "IPv4 setting" set_l3 lw_dummy inet-conf 1 1
	expect_ok "control's" set_l3 or_dummy inet-conf 1 1
	all "link set @ addrgenmode none"
	expect "forwarding" "*forwarding on*" \
	       "$(ip -n "$ns" -4 netconf show dev lw_dummy)"
	expect "control's forwarding" "*forwarding on*" \
	       "$(ip -n "$ns" -4 netconf show dev or_dummy)"
	expect "addrgenmode" "*addrgenmode none*" \
	       "$(ip -n "$ns" -d link show lw_dummy)"
	expect "control's addrgenmode" "*addrgenmode none*" \
	       "$(ip -n "$ns" -d link show or_dummy)"
	sysctls "$ns" 'echo 1 > ipv6/conf/or_dummy/accept_ra'
	all "token set ::9 dev @"
	expect "token" "*::9*" "$(ip -n "$ns" token get dev lw_dummy)"
}

# ns - ns2 - ns3, linked by veths that are lightweight (lw) or ordinary (or),
# with labels 100 and 200 on the way there, 300 and 400 on the way back.
label_path()
{
	local kind=$1
	local lwd='' ret=0

	[[ $kind == or ]] || lwd="lwd mpls on"
	for in in "$ns3" "$ns2" "$ns"; do
		lwd_link -n "$in" flush under
	done
	lwd_link -n "$ns" batch <<-EOF || ret=1
		add ${kind}12 $lwd up type veth peer $lwd up name ${kind}21 netns $ns2
	EOF
	lwd_link -n "$ns2" batch <<-EOF || ret=1
		add ${kind}23 $lwd up type veth peer $lwd up name ${kind}32 netns $ns3
	EOF
	ip -n "$ns" -batch - <<-EOF || ret=1
		addr add 198.51.100.1/28 dev ${kind}12
		addr replace 203.0.113.1/32 dev under
		route add 203.0.113.3/32 encap mpls 100 via 198.51.100.2 src 203.0.113.1
	EOF
	ip -n "$ns2" -batch - <<-EOF || ret=1
		addr add 198.51.100.2/28 dev ${kind}21
		addr add 198.51.100.18/28 dev ${kind}23
	EOF
	ip -n "$ns3" -batch - <<-EOF || ret=1
		addr add 198.51.100.19/28 dev ${kind}32
		addr replace 203.0.113.3/32 dev under
		route add 203.0.113.1/32 encap mpls 300 via 198.51.100.18 src 203.0.113.3
	EOF
	ip -n "$ns" -f mpls route replace 400 dev lo || ret=1
	ip -n "$ns2" -f mpls route replace 100 as 200 via inet 198.51.100.19 ||
		ret=1
	ip -n "$ns2" -f mpls route replace 300 as 400 via inet 198.51.100.1 ||
		ret=1
	ip -n "$ns3" -f mpls route replace 200 dev lo || ret=1
	check_err $ret "label-switched path"
}

# sysctls NETNS LINE: a shell command in the netns's /proc/sys/net
sysctls()
{
	ip netns exec "$1" bash -c "cd /proc/sys/net; $2"
}

mpls_path()
{
	local in

	label_path or
	sysctls "$ns" "echo 1 > mpls/conf/or12/input"
	sysctls "$ns2" "echo 1 > mpls/conf/or21/input
			echo 1 > mpls/conf/or23/input"
	sysctls "$ns3" "echo 1 > mpls/conf/or32/input"
	ping_ok "control" "$ns" 203.0.113.3

	label_path lw
	ping_ok "labels over lightweight devices" "$ns" 203.0.113.3
	ping_ok "labels back" "$ns3" 203.0.113.1

	# it is never on by itself: neither by auto nor because of IPv4
	ns=$ns3 set_l3 lw32 mpls auto
	no_ping "$ns" 203.0.113.3
	ns=$ns3 set_l3 lw32 mpls off
	no_ping "$ns" 203.0.113.3
	ns=$ns3 families "MPLS off" inet lw32
	ns=$ns3 set_l3 lw32 mpls on
	ping_ok "on again" "$ns" 203.0.113.3
}

# Routes of labels go with MPLS, and none can be made without it.
mpls_off_gives_back()
{
	pairs dummy
	ip -n "$ns" -batch - <<-EOF
		link set lw_dummy up
		link set or_dummy up
		addr add 198.51.100.1/28 dev lw_dummy
		addr add 198.51.100.17/28 dev or_dummy
	EOF
	expect_refused "route, auto" "*MPLS is not enabled on nexthop device*" \
		ip -n "$ns" -f mpls route add 101 via inet 198.51.100.2 \
		dev lw_dummy
	expect_ok "control" ip -n "$ns" -f mpls route add 102 \
		via inet 198.51.100.18 dev or_dummy
	expect_ok "on" set_l3 lw_dummy mpls on
	expect_ok "route, on" ip -n "$ns" -f mpls route add 101 \
		via inet 198.51.100.2 dev lw_dummy
	expect_ok "off" set_l3 lw_dummy mpls off
	expect "routes" "102 *or_dummy*" "$(ip -n "$ns" -f mpls route show)"
	families "off" inet lw_dummy
	expect_refused "route, off" "*MPLS is not enabled on nexthop device*" \
		ip -n "$ns" -f mpls route add 101 via inet 198.51.100.2 \
		dev lw_dummy
}

lwd_start ping
lwd_link probe l3 || [[ $LWD_FORCE == 1 ]] ||
	lwd_skip_all "kernel does not know IFLA_INET_ENABLE"
lwd_netns ns ns2 ns3
for in in "$ns" "$ns2" "$ns3"; do
	sysctls "$in" "echo 1000 > mpls/platform_labels
		       echo 0 > ipv4/conf/all/rp_filter
		       echo 0 > ipv4/conf/default/rp_filter"
done
lwd_test "ENABLE-3 DEFER-1" default_is_auto
lwd_test "ENABLE-3 ENABLE-4" at_create
lwd_test "ENABLE-4" each_alone
lwd_test "ENABLE-3" live
lwd_test "ENABLE-3" live_by_ip
lwd_test "ENABLE-3 LABEL-8" for_a_peer
lwd_test "ENABLE-3" on_configures_itself
lwd_test "ENABLE-6" off_gives_back
lwd_test "ENABLE-6 DEFER-4" off_refuses_addresses
lwd_test "ENABLE-3" auto_keeps
lwd_test "ENABLE-7" refused_on_ordinary
lwd_test "ENABLE-3" bad_values
lwd_test "ENABLE-3" small_mtu
lwd_test "ENABLE-3 ENABLE-6" after_move
lwd_test "ENABLE-9" settings
lwd_test "ENABLE-5 KEEP-5" mpls_path
lwd_test "ENABLE-5 ENABLE-6" mpls_off_gives_back
lwd_end

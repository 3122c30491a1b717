#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Layer 3 of a lightweight device is not there until it is asked for, and
# nothing but asking brings it: not up and down, not a change of MTU, MAC,
# name, master or namespace, not a sysctl.  "lwd_link l3" reads what the kernel
# tells: settings in RTM_GETLINK, RTM_GETNETCONF, neighbour parameters,
# addresses and joined groups.  The ordinary device beside it has them.
#
#   netns ns                          netns ns2
#  +-------------------------+      +----------+
#  |  or_KIND (ordinary)     | move |          |
#  |  lw_KIND (lightweight)  |----->|          |
#  |  under (dummy)          |<-----|          |
#  +-------------------------+      +----------+

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

MOVING_KINDS="dummy vlan vti"
ETHER_KINDS="dummy vlan vrf"

after_create()
{
	pairs "$LWD_KINDS"
	deferred "after create" "$ns"
}

after_up_and_down()
{
	pairs "$LWD_KINDS"
	all "link set @ up"
	deferred "up" "$ns"
	all "link set @ down"
	deferred "down" "$ns"
	all "link set @ up"
	deferred "up again" "$ns"
}

# A dummy has a switch for its carrier, a vlan takes that of its lower device.
after_carrier()
{
	pairs dummy vlan
	all "link set @ up"
	ip -n "$ns" -batch - <<-EOF
		link set lw_dummy carrier off
		link set or_dummy carrier off
		link set under carrier off
	EOF
	check_err $? "carrier off"
	deferred "carrier off" "$ns"
	ip -n "$ns" -batch - <<-EOF
		link set lw_dummy carrier on
		link set or_dummy carrier on
		link set under carrier on
	EOF
	check_err $? "carrier on"
	deferred "carrier on" "$ns"
}

# 68 is the least MTU for IPv4, 1280 for IPv6.  An ordinary device loses and
# gets back a family as its MTU crosses these.
after_mtu()
{
	local mtu

	pairs dummy
	all "link set @ up"
	for mtu in 1279 1280 67 68 1279 1280 1500; do
		all "link set @ mtu $mtu"
		if ((mtu >= 1280)); then
			deferred "MTU $mtu" "$ns"
		else
			deferred "MTU $mtu" "$ns" lw_dummy
		fi
	done
}

# While it is down, and for the kinds that do not allow every MTU.
after_mtu_of_others()
{
	pairs vlan vti
	all "link set @ mtu 1000"
	deferred "MTU 1000" "$ns" lw_vlan lw_vti
	all "link set @ mtu 1400"
	deferred "MTU 1400" "$ns"
	all "link set @ up"
	all "link set @ mtu 1000"
	all "link set @ mtu 1480"
	deferred "up, MTU 1000 and 1480" "$ns"
}

# An MTU given at create is set before the device is registered.
after_create_with_mtu()
{
	pairs dummy
	lwd_links "$ns" <<< "add lw_low lwd mtu 60 type dummy" ||
		lwd_fail "create"
	deferred "created with MTU 60" "$ns" lw_low
	ip -n "$ns" link set lw_low mtu 1500 up
	deferred "MTU raised to 1500" "$ns" lw_low
}

after_mac()
{
	local batch dev mac

	pairs "$ETHER_KINDS"
	for dev in "${devs[@]}"; do
		printf -v mac "02:00:5e:00:53:%02x" $((++lwd_id % 256))
		batch+="link set $dev address $mac"$'\n'
	done
	nsip "$ns" "$batch" || lwd_fail "set addresses: $out"
	all "link set @ up"
	deferred "after MAC change" "$ns"
}

after_rename()
{
	local i

	pairs "$LWD_KINDS"
	all "link set @ name @.new"
	for i in "${!devs[@]}"; do
		devs[i]+=.new
	done
	deferred "after rename" "$ns"
}

after_move()
{
	pairs "$MOVING_KINDS"
	all "link set @ netns $ns2"
	deferred "after move" "$ns2"
	all_in "$ns2" "link set @ up"
	deferred "after move, up" "$ns2"
	all_in "$ns2" "link set @ netns $ns"
	deferred "after move back" "$ns"
}

after_vrf()
{
	pairs dummy vlan vti
	ip -n "$ns" -batch - <<-EOF
		link add red type vrf table 900
		link set red up
	EOF
	all "link set @ up"
	all "link set @ master red"
	deferred "in a VRF" "$ns"
	all "link set @ nomaster"
	deferred "out of the VRF" "$ns"
}

after_bridge()
{
	pairs dummy vlan
	ip -n "$ns" -batch - <<-EOF
		link add br0 type bridge
		link set br0 up
	EOF
	all "link set @ up"
	all "link set @ master br0"
	deferred "in a bridge" "$ns"
	all "link set @ nomaster"
	deferred "out of the bridge" "$ns"
}

after_bond()
{
	pairs dummy
	ip -n "$ns" link add bo type bond mode active-backup
	all "link set @ master bo"
	deferred "in a bond" "$ns" lw_dummy
	all "link set @ nomaster"
	ip -n "$ns" link del bo
	deferred "out of the bond" "$ns"
}

after_promisc()
{
	pairs "$LWD_KINDS"
	all "link set @ up"
	all "link set @ promisc on"
	deferred "promiscuous" "$ns"
	all "link set @ promisc off"
	all "link set @ allmulticast on"
	deferred "all multicast" "$ns"
	all "link set @ allmulticast off"
	deferred "off again" "$ns"
}

after_features()
{
	local dev

	pairs dummy vlan
	all "link set @ up"
	for dev in "${devs[@]}"; do
		ns_ok "features of $dev off" "$ns" "ethtool -K $dev gro off"
		ns_ok "features of $dev on" "$ns" "ethtool -K $dev gro on"
	done
	deferred "after features" "$ns"
}

after_other_settings()
{
	pairs "$LWD_KINDS"
	all "link set @ group 7"
	all "link set @ alias @.alias"
	all "link set @ txqueuelen 10"
	all "link property add dev @ altname @.other"
	all "link set @ arp off"
	all "link set @ arp on"
	all "link set @ multicast off"
	all "link set @ multicast on"
	deferred "after settings" "$ns"
}

# ("ip -batch" only does the first of several of these.)
maddrs()
{
	local dev

	for dev in "${devs[@]}"; do
		ns_ok "maddr" "$ns" "ip maddr add 01:00:5e:00:00:42 dev $dev"
	done
}

# A MAC-layer multicast address is no join of an IP group.
after_maddr()
{
	pairs dummy vlan
	all "link set @ up"
	maddrs
	deferred "after maddr" "$ns"
}

# sysctls VALUE KEY...: write below /proc/sys/net
sysctls()
{
	ns_ok "sysctl $*" "$ns" "cd /proc/sys/net
		for key in ${*:2}; do
			echo $1 > \$key || return
		done"
}

after_ipv6_sysctls()
{
	local mode where

	pairs "$LWD_KINDS"
	all "link set @ up"
	for where in all default; do
		sysctls 1 "ipv6/conf/$where/disable_ipv6"
		deferred "$where disable_ipv6 on" "$ns" lw_dummy lw_vlan lw_vti
		sysctls 0 "ipv6/conf/$where/disable_ipv6"
		deferred "$where disable_ipv6 off" "$ns"
		sysctls 1 "ipv6/conf/$where/forwarding"
		sysctls 0 "ipv6/conf/$where/forwarding"
		sysctls 1 "ipv6/conf/$where/proxy_ndp"
		sysctls 1 "ipv6/conf/$where/ignore_routes_with_linkdown"
		deferred "$where forwarding and others" "$ns"
	done
	for mode in 1 2 3 0; do
		sysctls "$mode" ipv6/conf/{all,default}/addr_gen_mode
	done
	deferred "addr_gen_mode" "$ns"
}

after_ipv4_sysctls()
{
	pairs "$LWD_KINDS"
	all "link set @ up"
	sysctls 1 ipv4/ip_forward ipv4/conf/{all,default}/{forwarding,proxy_arp}
	sysctls 1 ipv4/conf/{all,default}/{rp_filter,arp_ignore,arp_notify}
	sysctls 0 ipv4/ip_forward ipv4/conf/{all,default}/{forwarding,proxy_arp}
	sysctls 0 ipv4/conf/{all,default}/{rp_filter,arp_ignore,arp_notify}
	deferred "after IPv4 sysctls" "$ns"
}

# A link-local address would come a moment after the device is up: wait until
# the ordinary devices have theirs.
no_link_local()
{
	local dev

	pairs dummy vlan
	all "link set @ up"
	for dev in or_dummy or_vlan; do
		lwd_wait has_link_local "$dev" ||
			lwd_fail "$dev: expected a link-local address, got none"
	done
	deferred "after the control's autoconfiguration" "$ns"
}

has_link_local()
{
	in_ns "$ns" "ip -6 addr show dev $1"
	[[ $out == *fe80:* ]]
}

no_ip_group()
{
	local dev

	pairs dummy vlan vti
	all "link set @ up"
	in_ns "$ns" "ip maddr show dev or_dummy"
	expect "groups of or_dummy" "*224.0.0.1*ff02::1*" "$out"
	for dev in lw_dummy lw_vlan lw_vti; do
		in_ns "$ns" "ip maddr show dev $dev"
		[[ $out != *inet* ]] ||
			lwd_fail "$dev: expected no IP group, got ${out//$'\n'/; }"
	done
}

lwd_start ethtool
lwd_netns ns ns2
lwd_test "DEFER-1 DEFER-2 DEFER-3 DEFER-5" after_create
lwd_test "DEFER-4" after_up_and_down
lwd_test "DEFER-4" after_carrier
lwd_test "DEFER-4" after_mtu
lwd_test "DEFER-4" after_mtu_of_others
lwd_test "DEFER-4" after_create_with_mtu
lwd_test "DEFER-4" after_mac
lwd_test "DEFER-4" after_rename
lwd_test "DEFER-4" after_move
lwd_test "DEFER-4" after_vrf
lwd_test "DEFER-4" after_bridge
lwd_test "DEFER-4" after_bond
lwd_test "DEFER-4" after_promisc
lwd_test "DEFER-4" after_features
lwd_test "DEFER-4" after_other_settings
lwd_test "DEFER-4" after_maddr
lwd_test "DEFER-4" after_ipv6_sysctls
lwd_test "DEFER-4" after_ipv4_sysctls
lwd_test "DEFER-5" no_link_local
lwd_test "DEFER-5" no_ip_group
lwd_end

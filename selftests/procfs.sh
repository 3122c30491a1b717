#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A lightweight device has no files of its own in procfs, neither before layer
# 3 is enabled nor after; files that list all devices list it too.
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

# look NETNS WHEN [SUFFIX]: no lw_* has a file, each or_* has all of them
look()
{
	local dev

	lwd_look "$1" lw_ or_
	seen_none "$2" lw_
	for dev in "${devs[@]}"; do
		[[ $dev == or_* ]] || continue
		dev+=$3
		seen_all "$2" /proc/sys/net/ipv{4,6}/{conf,neigh}/"$dev" \
			 /proc/sys/net/mpls/conf/"$dev" \
			 /proc/net/dev_snmp6/"$dev"
		[[ $dev != or_vlan* ]] ||
			seen_all "$2" "/proc/net/vlan/$dev"
	done
}

absent_before_l3()
{
	pairs "$LWD_KINDS"
	look "$ns" "after create"
	all "link set @ up"
	look "$ns" "when up"
}

# An address of each family: different networks, so that none is refused.
add_addresses()
{
	local batch dev

	for dev in "${devs[@]}"; do
		((++lwd_id))
		batch+="addr add 198.51.100.$((lwd_id % 250))/32 dev $dev"$'\n'
		batch+="addr add 2001:db8::$lwd_id/128 dev $dev nodad"$'\n'
	done
	nsip "$ns" "$batch" || lwd_fail "add addresses: $out"
}

absent_after_l3()
{
	pairs "$LWD_KINDS"
	add_addresses
	look "$ns" "with addresses"
	all "link set @ up"
	look "$ns" "with addresses, up"
	all "addr flush dev @"
	look "$ns" "addresses flushed"
}

absent_after_rename()
{
	pairs "$LWD_KINDS"
	all "link set @ name @.new"
	look "$ns" "after rename" .new
	all "link set @.new name @"
	add_addresses
	all "link set @ name @.new"
	look "$ns" "after rename with addresses" .new
}

absent_after_mtu()
{
	pairs "$LWD_KINDS"
	all "link set @ mtu 1400"
	look "$ns" "with MTU 1400"
	add_addresses
	all "link set @ mtu 1300"
	look "$ns" "with addresses and MTU 1300"
}

# The MTU at which an ordinary device loses and gets back IPv4 and IPv6.
absent_after_low_mtu()
{
	pairs dummy
	all "link set @ mtu 60"
	lwd_look "$ns" lw_
	seen_none "with MTU 60" lw_
	all "link set @ mtu 1500"
	look "$ns" "with MTU 1500 again"
}

absent_after_move()
{
	pairs "$MOVING_KINDS"
	add_addresses
	all "link set @ netns $ns2"
	look "$ns2" "after move"
	all_in "$ns2" "link set @ netns $ns"
	look "$ns" "after move back"
}

absent_when_stacked()
{
	pairs dummy
	ip -n "$ns" -batch - <<-EOF
		link add br0 type bridge
		link add red type vrf table 900
		link add link lw_dummy name over_lw type vlan id 9
		link add link or_dummy name over_or type vlan id 9
		link set lw_dummy master br0
		link set or_dummy master br0
	EOF
	check_err $? "stack"
	look "$ns" "under a vlan, in a bridge"
	all "link set @ master red"
	look "$ns" "in a VRF"
	all "link set @ nomaster"
	look "$ns" "released"
}

# A bond has a file that no search for the name of a device meets elsewhere.
absent_of_bonds()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_bond type bond mode active-backup
		add lw_bond lwd type bond mode active-backup
	EOF
	check_err $? "make bonds"
	in_ns "$ns" "cd /proc/net/bonding; echo *_bond"
	expect "bonds" "or_bond" "$out"
}

# The one family that no address turns on.
absent_with_mpls()
{
	local kind

	pairs "$LWD_KINDS"
	for kind in $LWD_KINDS; do
		ns_ok "mpls on" "$ns" "lwd_link set lw_$kind mpls on"
	done
	look "$ns" "with MPLS"
	all "link set @ down"$'\nlink set @ up\nlink set @ mtu 1400'
	look "$ns" "with MPLS, changed"
	all "link set @ name @.new"
	look "$ns" "with MPLS, renamed" .new
	all "link set @.new name @"
	# all but the VRFs, which stay where they are
	devs=({or,lw}_{dummy,vlan,vti})
	all "link set @ netns $ns2"
	look "$ns2" "with MPLS, moved"
	in_ns "$ns2" "lwd_link l3 lw_dummy lw_vlan lw_vti"
	expect "MPLS" "*netconf=mpls *netconf=mpls *netconf=mpls *" "$out"
	all_in "$ns2" "link set @ netns $ns"
	look "$ns" "with MPLS, moved back"
}

gone_after_delete()
{
	pairs "$LWD_KINDS"
	add_addresses
	all "link del @"
	lwd_look "$ns" lw_ or_
	seen_none "after delete" lw_
	seen_none "control after delete" or_
}

# listed FILE PATTERN: a file of /proc/net lists each of $devs, which stands for
# @ in the pattern
listed()
{
	local dev

	in_ns "$ns" "lwd_cat /proc/net/$1"
	for dev in "${devs[@]}"; do
		[[ $out == *"${2//@/$dev}"* ]] ||
			lwd_fail "expected $dev in $1, got no such line"
	done
}

listed_by_dev()
{
	local dev

	pairs dummy vlan
	for dev in "${devs[@]}"; do
		ns_ok "maddr" "$ns" "ip maddr add 01:00:5e:00:00:42 dev $dev"
	done
	listed dev "@:"
	listed dev_mcast " @ "
}

listed_by_vlan_config()
{
	pairs vlan
	listed vlan/config "@ "
}

listed_once_enabled()
{
	local batch dev file

	pairs dummy vlan
	all "link set @ up"
	add_addresses
	for dev in "${devs[@]}"; do
		batch+="route add 192.0.2.$((++lwd_id % 250))/32 dev $dev"$'\n'
		batch+="route add 2001:db8:1::$lwd_id/128 dev $dev"$'\n'
	done
	nsip "$ns" "$batch" || lwd_fail "add routes: $out"
	for file in igmp igmp6 if_inet6 route ipv6_route; do
		listed "$file" "@"
	done
}

lwd_start find
lwd_netns ns ns2
lwd_test "PROC-1" absent_before_l3
lwd_test "PROC-1" absent_after_l3
lwd_test "PROC-1" absent_after_rename
lwd_test "PROC-1" absent_after_mtu
lwd_test "PROC-1" absent_after_low_mtu
lwd_test "PROC-1" absent_after_move
lwd_test "PROC-1" absent_when_stacked
lwd_test "PROC-1" absent_of_bonds
lwd_test "PROC-1 ENABLE-5" absent_with_mpls
lwd_test "PROC-1" gone_after_delete
lwd_test "PROC-2" listed_by_dev
lwd_test "PROC-2" listed_by_vlan_config
lwd_test "PROC-2" listed_once_enabled
lwd_end

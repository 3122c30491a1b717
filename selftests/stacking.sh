#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A lightweight device above, below or beside others: stacking works, makes no
# link or directory for it in sysfs, and leaves those of ordinary neighbours
# as they are.  What is checked is the whole list of links between devices,
# "PORT/upper_MASTER" and so on, in the namespace: names begin with lw_ for
# lightweight and or_ for ordinary devices.
#
#   or_low  <- or_up     the control: links both ways, and "master"
#   or_low2 <- lw_up     no link
#   lw_low  <- or_up2    no link
#   lw_low2 <- lw_up2    no link

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# links_are WHEN LINK...: these are all the links between devices, in the order
# of a shell's "*"
links_are()
{
	in_ns "$ns" 'cd /sys/devices/virtual/net
		echo */bonding_slave */brif/* */lower_* */master */upper_*'
	expect "$1: links" "${*:2}" "$out"
}

# Four lower devices of a kind that can be anyone's port.
lowers()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_low type dummy
		add or_low2 type dummy
		add lw_low lwd type dummy
		add lw_low2 lwd type dummy
		set or_low up
		set or_low2 up
		set lw_low up
		set lw_low2 up
	EOF
	check_err $? "make lower devices"
}

# uppers WORDS WORDS WORDS WORDS: of or_up, lw_up, or_up2, lw_up2
uppers()
{
	lwd_links "$ns" <<-EOF
		add or_up $1
		add lw_up lwd $2
		add or_up2 $3
		add lw_up2 lwd $4
		set or_up up
		set lw_up up
		set or_up2 up
		set lw_up2 up
	EOF
	check_err $? "make upper devices"
}

labels()
{
	attr_is "$ns" or_up lwd 0
	attr_is "$ns" lw_up lwd 1
}

# Upper devices that are made on a lower one.
over()
{
	lowers
	uppers "link or_low $1" "link or_low2 $1" \
	       "link lw_low $1" "link lw_low2 $1"
	labels
	links_are "stacked" or_up/lower_or_low or_low/upper_or_up

	# names of both ends change
	ip -n "$ns" -batch - <<-EOF
		link set or_low name or_lov
		link set lw_low name lw_lov
		link set lw_up name lw_uq
		link set or_up name or_uq
	EOF
	check_err $? "rename"
	links_are "renamed" or_uq/lower_or_lov or_lov/upper_or_uq

	ip -n "$ns" -batch - <<-EOF
		link del or_uq
		link del lw_uq
		link del or_up2
		link del lw_up2
	EOF
	check_err $? "delete"
	links_are "deleted"
}

# The lower device goes first and takes the upper with it.
lower_goes_first()
{
	lowers
	uppers "link or_low type vlan id 5" "link or_low2 type vlan id 5" \
	       "link lw_low type vlan id 5" "link lw_low2 type vlan id 5"
	lwd_links "$ns" <<-EOF
		del lw_low
		del or_low2
		del lw_low2
		del or_low
	EOF
	check_err $? "delete lower devices"
	links_are "deleted"
	nsip "$ns" "-br link show"
	[[ $out != *lw_* && $out != *or_* ]] ||
		lwd_fail "expected no device left, got ${out//$'\n'/; }"
}

# master KIND LINKS...: ports that are enslaved and released; LINKS is what
# shows of the control beside upper_, lower_ and master
master()
{
	local words=$1; shift

	lowers
	uppers "$words 1" "$words 2" "$words 3" "$words 4"
	enslave "$@"
}

enslave()
{
	# a bond takes ports only while they are down
	ip -n "$ns" -batch - <<-EOF
		link set or_low down
		link set or_low2 down
		link set lw_low down
		link set lw_low2 down
		link set or_low master or_up
		link set or_low2 master lw_up
		link set lw_low master or_up2
		link set lw_low2 master lw_up2
	EOF
	check_err $? "enslave"
	links_are "enslaved" "$@"

	# release in another order than they came
	ip -n "$ns" -batch - <<-EOF
		link set lw_low nomaster
		link set or_low2 nomaster
		link set or_low nomaster
		link set lw_low2 nomaster
	EOF
	check_err $? "release"
	links_are "released"

	# once more, and the masters go while they have their ports
	ip -n "$ns" -batch - <<-EOF
		link set lw_low2 master lw_up2
		link set or_low master or_up
		link set or_low2 master lw_up
		link set lw_low master or_up2
	EOF
	check_err $? "enslave again"
	links_are "enslaved again" "$@"
	lwd_links "$ns" <<-EOF
		del lw_up
		del or_up2
		del or_up
		del lw_up2
	EOF
	check_err $? "delete masters"
	links_are "masters deleted"
}

over_vlan()	{ over "type vlan id 5"; }
over_macvlan()	{ over "type macvlan mode bridge"; }
over_ipvlan()	{ over "type ipvlan mode l2"; }

in_vrf()
{
	master "type vrf table" or_up/lower_or_low or_low/master \
	       or_low/upper_or_up
}

in_bridge()
{
	lowers
	uppers "type bridge" "type bridge" "type bridge" "type bridge"
	enslave or_up/brif/or_low or_up/lower_or_low or_low/master \
		or_low/upper_or_up
}

in_bond()
{
	lowers
	uppers "type bond mode active-backup" "type bond mode active-backup" \
	       "type bond mode active-backup" "type bond mode active-backup"
	# a directory of the port's own
	enslave or_low/bonding_slave or_low2/bonding_slave \
		or_up/lower_or_low or_low/master or_low/upper_or_up
}

in_team()
{
	lowers
	uppers "type team" "type team" "type team" "type team"
	enslave or_up/lower_or_low or_low/master or_low/upper_or_up
}

# An ordinary device between lightweight ones, a lightweight between ordinary.
three_deep()
{
	lowers
	lwd_links "$ns" <<-EOF
		add lw_mid lwd link or_low type vlan id 5
		add or_mid link lw_low type vlan id 5
		add or_up link lw_mid type vlan id 6
		add lw_up lwd link or_mid type vlan id 6
		add or_mid2 link or_low2 type vlan id 5
		add or_up2 link or_mid2 type vlan id 6
	EOF
	check_err $? "QinQ"
	links_are "three deep" or_mid2/lower_or_low2 or_up2/lower_or_mid2 \
		  or_low2/upper_or_mid2 or_mid2/upper_or_up2
	lwd_links "$ns" <<-EOF
		del lw_mid
		del lw_low
	EOF
	links_are "two chains deleted" or_mid2/lower_or_low2 \
		  or_up2/lower_or_mid2 or_low2/upper_or_mid2 \
		  or_mid2/upper_or_up2
}

# A bridge port's directory is the port's own: an ordinary port has it, a
# lightweight one has none, and neither has one outside of its own.
brport()
{
	lowers
	uppers "type bridge" "type bridge" "type bridge" "type bridge"
	ip -n "$ns" -batch - <<-EOF
		link set or_low master or_up
		link set or_low2 master lw_up
		link set lw_low master or_up2
		link set lw_low2 master lw_up2
	EOF
	check_err $? "enslave"
	in_ns "$ns" "cd /sys/devices/virtual/net; echo */brport /sys/*port*"
	expect "brport directories" "or_low/brport or_low2/brport" "$out"
	in_ns "$ns" "cd /sys/class/net; echo or_low*/brport/{bridge,path_cost}"
	expect "of ordinary ports" "or_low/brport/bridge or_low/brport/path_cost or_low2/brport/path_cost" "$out"
	nsip "$ns" "link set lw_low name lw_lov
		link set or_low2 name or_lov2
		link set lw_low2 name lw_lov2
		link set lw_up name lw_uq" || lwd_fail "rename ports: $out"
	links_are "renamed" or_up/brif/or_low or_up/lower_or_low \
		  or_low/master or_low/upper_or_up
}

# The second end of a veth pair is no neighbour in sysfs; its ends go together.
veth_ends()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_a type veth peer name or_b
		add or_c type veth peer lwd name lw_d
		add lw_e lwd type veth peer name or_f
		add lw_g lwd type veth peer lwd name lw_h
	EOF
	check_err $? "make pairs"
	links_are "veth pairs"
	lwd_look "$ns" lw_ or_
	seen_none "veth pairs" lw_
	seen_all "veth pairs" /sys/class/net/or_{a,b,c,f}
	lwd_links "$ns" <<-EOF
		del lw_d
		del or_f
		del lw_h
		del or_b
	EOF
	check_err $? "delete"
	lwd_look "$ns" lw_ or_
	seen_none "deleted" lw_
	seen_none "deleted control" or_
}

# Frames pass: over a vlan on a lightweight device, through a bridge with
# lightweight ports, and a VRF with them, without IP on the devices between.
#
#   ns: lw3.5 - lw3 ====== ro3 - ns2: ro3.5       vlan on lwd
#   ns: lw4 ====== rl4 - lw_br - rl2 ====== or2   bridge in ns2, L2 only
traffic()
{
	veths
	lwd_links "$ns" <<-EOF
		add lw_v3 lwd link lw3 type vlan id 5
		add or_v1 link or1 type vlan id 5
	EOF
	lwd_links "$ns2" <<-EOF
		add or_v3 link ro3 type vlan id 5
		add or_v1 link ro1 type vlan id 5
		add lw_br lwd type bridge
	EOF
	ip -n "$ns" -batch - <<-EOF
		link set lw_v3 up
		link set or_v1 up
		addr add 198.51.100.1/28 dev or_v1
		addr add 198.51.100.33/28 dev lw_v3
		addr add 203.0.113.1/24 dev lw4
	EOF
	check_err $? "prepare ns"
	ip -n "$ns2" -batch - <<-EOF
		link set or_v3 up
		link set or_v1 up
		addr add 198.51.100.2/28 dev or_v1
		addr add 198.51.100.34/28 dev or_v3
		link set lw_br up
		link set rl4 master lw_br
		link set rl2 master lw_br
	EOF
	check_err $? "prepare ns2"
	ip -n "$ns3" -batch - <<< "link set under up"
	ip -n "$ns" link set or2 netns "$ns3"
	ip -n "$ns3" -batch - <<-EOF
		link set or2 up
		addr add 203.0.113.2/24 dev or2
	EOF
	check_err $? "prepare ns3"
	ping_ok "over vlans" "$ns" 198.51.100.2 198.51.100.34
	ping_ok "through the bridge" "$ns3" 203.0.113.1
	deferred "L2 only devices" "$ns2" rl4 rl2 lw_br
	deferred "below the vlan" "$ns" lw3
	lwd_links "$ns3" <<< "flush under"
}

lwd_start ping find
lwd_netns ns ns2 ns3
lwd_test "SYSFS-3 KINDS" over_vlan
lwd_test "SYSFS-3 KINDS" over_macvlan
lwd_test "SYSFS-3 KINDS" over_ipvlan
lwd_test "SYSFS-3" lower_goes_first
lwd_test "SYSFS-3 KINDS" in_vrf
lwd_test "SYSFS-3 KINDS" in_bridge
lwd_test "SYSFS-3 KINDS" in_bond
lwd_test "SYSFS-3 KINDS" in_team
lwd_test "SYSFS-3" brport
lwd_test "SYSFS-3" three_deep
lwd_test "SYSFS-3 LABEL-8" veth_ends
lwd_test "KEEP-1 SYSFS-3" traffic
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The first address of a family turns that family on, and it works as on an
# ordinary device.  Each case runs over four veth pairs at once, one for each
# way to label the two ends; the pair of two ordinary ends is the control.
#
#   netns ns                            netns ns2
#  +-----------------------+             +-----------------------+
#  |  or1 (ordinary)       |-------------|  ro1 (ordinary)       |
#  |  or2 (ordinary)       |-------------|  rl2 (lightweight)    |
#  |  lw3 (lightweight)    |-------------|  ro3 (ordinary)       |
#  |  lw4 (lightweight)    |-------------|  rl4 (lightweight)    |
#  +-----------------------+             +-----------------------+
#    198.51.100.(16N + 1)/28               198.51.100.(16N + 2)/28
#    2001:db8:N::1/64                      2001:db8:N::2/64

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# state DEV PATTERN: the families that are on, by who tells
state()
{
	in_ns "$ns" "lwd_link l3 $1"
	expect "state" "name=$1 $2" "$out"
}

# only DEV FAMILY: this family is on and no other
only()
{
	state "$1" "conf=$2 netconf=$2 parms=$2 addr=$2 mcast=$2"
}

first_v4_address()
{
	veths
	add_v4
	only lw3 inet
	only lw4 inet
	state or1 "conf=inet,inet6*"
	ping_ok "ping from near" "$ns" 198.51.100.{18,34,50,66}
	ping_ok "ping from far" "$ns2" 198.51.100.{17,33,49,65}
}

first_v6_address()
{
	veths
	add_v6
	only lw3 inet6
	only lw4 inet6
	state or1 "conf=inet,inet6*"
	ping_ok "ping from near" "$ns" 2001:db8:{1..4}::2
	ping_ok "ping from far" "$ns2" 2001:db8:{1..4}::1
}

# The neighbour's entry comes from ARP and from neighbour discovery.
neighbours()
{
	local i

	veths
	add_v4
	add_v6
	ping_ok "ping" "$ns" 198.51.100.{18,34,50,66} 2001:db8:{1..4}::2
	nsip "$ns" "neigh show"
	for i in 1 2 3 4; do
		expect "ARP of ${NEAR[i - 1]}" \
		       "*198.51.100.$((16 * i + 2)) dev ${NEAR[i - 1]} lladdr*" "$out"
		expect "ND of ${NEAR[i - 1]}" \
		       "*2001:db8:$i::2 dev ${NEAR[i - 1]} lladdr*" "$out"
	done
}

# IPv6 of a device that is up gets a link-local address; it pings.
link_local()
{
	local dev

	veths
	on_all "$ns" lw3 lw4 or1 -- "addr add 2001:db8:%::1/64 dev @ nodad"
	for dev in or1 lw3 lw4; do
		lwd_wait has_link_local "$dev" ||
			lwd_fail "$dev: expected a link-local address, got none"
	done
	ping_ok "multicast ping" "$ns" ff02::1%{or1,lw3,lw4}
}

# ... and of one that is down gets it when it goes up.
link_local_later()
{
	local dev

	veths
	on_all "$ns" lw3 lw4 or1 -- "link set @ down" \
	       "addr add 2001:db8:%::1/64 dev @ nodad"
	for dev in or1 lw3 lw4; do
		! has_link_local "$dev" ||
			lwd_fail "$dev: expected no link-local address, got one"
	done
	on_all "$ns" lw3 lw4 or1 -- "link set @ up"
	for dev in or1 lw3 lw4; do
		lwd_wait has_link_local "$dev" ||
			lwd_fail "$dev: expected a link-local address, got none"
	done
}

# Not a tentative one: it must have passed duplicate address detection.
has_link_local()
{
	in_ns "$ns" "ip -6 addr show dev $1 scope link -tentative"
	[[ $out == *fe80:* ]]
}

# One family leaves the other alone.
families_apart()
{
	pairs "$LWD_KINDS"
	ip -n "$ns" -batch - <<-EOF
		addr add 198.51.100.1/32 dev lw_dummy
		addr add 198.51.100.2/32 dev lw_vti
		addr add 2001:db8::1/128 dev lw_vlan
		addr add 2001:db8::2/128 dev lw_vrf
	EOF
	all "link set @ up"
	all "link set @ mtu 1400"
	state lw_dummy "conf=inet netconf=inet parms=inet addr=inet *"
	state lw_vti "conf=inet netconf=inet parms=inet addr=inet *"
	state lw_vlan "conf=inet6 netconf=inet6 parms=inet6 addr=inet6 *"
	state lw_vrf "conf=inet6 netconf=inet6 parms=inet6 addr=inet6 *"
	state or_dummy "conf=inet,inet6* netconf=inet,inet6*"
}

by_ioctl()
{
	veths
	ns_ok "or1, IPv4" "$ns" "lwd_link siocsifaddr or1 198.51.100.1"
	ns_ok "lw3, IPv4" "$ns" "lwd_link siocsifaddr lw3 198.51.100.1"
	state lw3 "conf=inet netconf=inet parms=inet addr=inet *"
	ns_ok "or1, IPv6" "$ns" "lwd_link siocsifaddr or1 2001:db8::1"
	ns_ok "lw4, IPv6" "$ns" "lwd_link siocsifaddr lw4 2001:db8::1"
	state lw4 "conf=inet6 netconf=inet6 parms=inet6 addr=inet6 *"
}

# This takes an address away, which a device without any has already lost.
no_address_by_ioctl()
{
	veths
	ns_ok "or1" "$ns" "lwd_link siocsifaddr or1 0.0.0.0"
	ns_ok "lw3" "$ns" "lwd_link siocsifaddr lw3 0.0.0.0"
	only lw3 none
	ns_ok "lw3, IPv4" "$ns" "lwd_link siocsifaddr lw3 198.51.100.1"
	ns_ok "lw3" "$ns" "lwd_link siocsifaddr lw3 0.0.0.0"
	state lw3 "conf=inet netconf=inet parms=inet addr=none *"
}

# A refused address leaves nothing turned on that was not.
refused_address()
{
	veths
	# ip does not let this one pass
	ns_refused "IPv4, prefix of 128" "EINVAL*" "$ns" \
		"lwd_link addr add 198.51.100.1/128 dev lw3"
	ns_refused "IPv6 multicast" "@(RTNETLINK|Error)*" "$ns" \
		"ip addr add ff02::5/64 dev lw4"
	ns_refused "IPv6 loopback" "@(RTNETLINK|Error)*" "$ns" \
		"ip addr add ::1/64 dev lw4"
	ns_refused "IPv4 multicast, by ioctl" "EINVAL*" "$ns" \
		"lwd_link siocsifaddr lw3 233.252.0.1"
	ns_refused "IPv6 multicast, by ioctl" "E*: SIOCSIFADDR" "$ns" \
		"lwd_link siocsifaddr lw4 ff02::5"
	only lw3 none
	only lw4 none
	# only the driver knows that it is another's
	lwd_links "$ns" <<-EOF || lwd_fail "make ipvlans"
		add lw_v lwd up link under type ipvlan
		add lw_w lwd up link under type ipvlan
	EOF
	nsip "$ns" "addr add 198.51.100.9/24 dev lw_v" || lwd_fail "$out"
	ns_refused "another's address" "*already assigned to an ipvlan*" "$ns" \
		"ip addr add 198.51.100.9/24 dev lw_w"
	only lw_w none
	ns_ok "a good one" "$ns" "ip addr add 198.51.100.1/24 dev lw3"
	ns_ok "a good one" "$ns" "ip addr add 2001:db8::1/64 dev lw4"
	only lw3 inet
	only lw4 inet6
}

# How addresses are made is known before the first one is.
mode_with_the_switch()
{
	pairs dummy
	nsip "$ns" "link set lw_dummy up
		link set or_dummy up" || lwd_fail "$out"
	ns_ok "on" "$ns" "lwd_link set lw_dummy inet6 on addrgenmode 1"
	in_ns "$ns" "ip -d -o link show lw_dummy; ip -6 -o addr show"
	expect "none" "*addrgenmode none*" "$out"
	[[ $out == *or_dummy*fe80::* && $out != *"lw_dummy "*fe80::* ]] ||
		lwd_fail "expected the control's address only, got $out"
}

# A family is not turned on to tell its settings, nor for a proxy's entry.
only_asked()
{
	veths
	in_ns "$ns" "lwd_link netconf or1"
	expect "control's settings" $'inet ok\ninet6 ok' "$out"
	in_ns "$ns" "lwd_link netconf lw3"
	expect "settings" \
	       "inet E*: *enabled on this device*"$'\n'"inet6 E*: *enabled on this device*" "$out"
	ns_ok "proxy ARP for one on or1" "$ns" \
		"lwd_link siocsarp or1 198.51.100.3"
	ns_refused "proxy ARP for one on lw3" "ENXIO*" "$ns" \
		"lwd_link siocsarp lw3 198.51.100.3"
	ns_refused "proxy ARP for all on lw3" "ENXIO*" "$ns" \
		"lwd_link siocsarp lw3"
	only lw3 none
	in_ns "$ns" "ip neigh show proxy"
	expect "published" "198.51.100.3 dev or1 *" "$out"
}

# The first address can be the very one that comes with IPv6.
own_link_local()
{
	local dev

	lwd_links "$ns" <<-EOF || lwd_fail "add links: $out"
		flush under
		add lw_nl lwd address 02:00:5e:00:53:20 up type dummy
		add lw_io lwd address 02:00:5e:00:53:21 up type dummy
	EOF
	ns_ok "by netlink" "$ns" "ip addr add fe80::5eff:fe00:5320/64 dev lw_nl"
	ns_ok "by ioctl" "$ns" "lwd_link siocsifaddr lw_io fe80::5eff:fe00:5321"
	for dev in lw_nl lw_io; do
		state "$dev" "conf=inet6 netconf=inet6 parms=inet6 addr=inet6 *"
	done
}

joins()
{
	local dev

	veths
	add_v4
	add_v6
	for dev in or1 lw3 lw4; do
		in_ns "$ns" "lwd_link join $dev 233.252.0.1"
		expect "IPv4 join on $dev" \
		       "listed=yes name=$dev * mcast=inet*" "$out"
		in_ns "$ns" "lwd_link join $dev ff0e::db8:1"
		expect "IPv6 join on $dev" \
		       "listed=yes name=$dev * mcast=*inet6" "$out"
	done
}

# Routes over each device to networks behind the far end.
routes()
{
	local far i near

	veths
	add_v4
	add_v6
	for i in 1 2 3 4; do
		near+="route add 203.0.113.$i via 198.51.100.$((16 * i + 2))
			route add 2001:db8:f::$i via 2001:db8:$i::2
		"
		far+="addr add 203.0.113.$i/32 dev under
			addr add 2001:db8:f::$i/128 dev under nodad
		"
	done
	nsip "$ns" "$near" || lwd_fail "add routes: $out"
	nsip "$ns2" "$far" || lwd_fail "add far addresses: $out"
	ping_ok "routes" "$ns" 203.0.113.{1..4} 2001:db8:f::{1..4}
}

# The address, the routes that it brings, and the settings of the family are
# told.  An ordinary device's settings are told when it is created.  Those of MPLS
# are left out: no address turns MPLS on.
notifications()
{
	local log words

	lwd_links "$ns" <<< "flush under"
	log=$(mktemp) || return
	lwd_defer rm -f "$log" "$log.or" "$log.lw"

	tell or_m "" "$log.or"
	tell lw_m lwd "$log.lw"
	words=$(diff <(sort "$log.or") <(sort "$log.lw"))
	[[ -z $words ]] ||
		lwd_fail "notifications: expected those of an ordinary" \
			 "device, got ${words//$'\n'/; }"
}

# tell NAME LABEL FILE: make a device, give it addresses, remove it; write what
# was told.  The end is a rule that the monitor tells.
tell()
{
	local name=$1
	local pid

	ip -n "$ns" monitor link address route netconf rule > "$3.raw" 2>&1 &
	pid=$!
	lwd_defer rm -f "$3.raw"
	lwd_wait monitor_listens "$3.raw" || lwd_fail "expected a monitor"
	lwd_links "$ns" <<< "add $name $2 address 02:00:5e:00:53:10 type dummy"
	ip -n "$ns" -batch - <<-EOF
		link set $name up
		addr add 198.51.100.1/24 dev $name
		addr add 2001:db8::1/64 dev $name nodad
		addr add 198.51.100.2/24 dev $name
		addr del 198.51.100.2/24 dev $name
	EOF
	# IPv6 addresses are told when they have been checked
	lwd_wait has_all_addresses "$name" ||
		lwd_fail "$name: expected two IPv6 addresses, got $out"
	ip -n "$ns" -batch - <<-EOF
		link set $name down
		link del $name
		rule add pref 30000 table main
	EOF
	lwd_wait grep -q 30000: "$3.raw" || lwd_fail "expected its end"
	ip -n "$ns" rule del pref 30000
	kill_process "$pid"
	sed -e "s/$name/DEV/g" -e '/mpls/d' -e '/30000:/d' -e '/29999:/d' \
	    -e 's/^\(Deleted \)\?[0-9]*: /\1/' "$3.raw" > "$3"
	[[ -s $3 ]] || lwd_fail "$name: expected notifications, got none"
}

has_all_addresses()
{
	in_ns "$ns" "ip -6 addr show dev $1 -tentative"
	[[ $out == *2001:db8::1/64*fe80:* ]]
}

# It hears when a rule that is added and removed shows.
monitor_listens()
{
	ip -n "$ns" rule add pref 29999 table main
	ip -n "$ns" rule del pref 29999
	grep -q 29999: "$1"
}

lwd_start ping
lwd_netns ns ns2
lwd_test "ENABLE-1 KEEP-5" first_v4_address
lwd_test "ENABLE-2 KEEP-5" first_v6_address
lwd_test "ENABLE-1 ENABLE-2" neighbours
lwd_test "ENABLE-2" link_local
lwd_test "ENABLE-2" link_local_later
lwd_test "ENABLE-4" families_apart
lwd_test "ENABLE-1 ENABLE-2" by_ioctl
lwd_test "ENABLE-1" no_address_by_ioctl
lwd_test "ENABLE-1 ENABLE-2" refused_address
lwd_test "ENABLE-3 ENABLE-9" mode_with_the_switch
lwd_test "DEFER-5 DEFER-6" only_asked
lwd_test "ENABLE-2" own_link_local
lwd_test "ENABLE-1 ENABLE-2" joins
lwd_test "ENABLE-1 ENABLE-2 KEEP-5" routes
lwd_test "ENABLE-10" notifications
lwd_end

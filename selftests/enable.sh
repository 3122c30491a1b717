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

# shellcheck disable=SC2154,SC2317 # names from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# state DEV: the families that are on, by who tells
state()
{
	local out

	out=$(lwd_link -n "$ns" l3 "$1")
	echo "${out#name=* }"
}

first_v4_address()
{
	local i

	veths
	add_v4
	for i in 3 4; do
		expect "state of ${NEAR[i - 1]}" \
		       "conf=inet netconf=inet parms=inet addr=inet mcast=inet" \
		       "$(state "${NEAR[i - 1]}")"
	done
	expect "state of or1" "conf=inet,inet6*" "$(state or1)"
	ping_ok "ping from near" "$ns" 198.51.100.{18,34,50,66}
	ping_ok "ping from far" "$ns2" 198.51.100.{17,33,49,65}
}

first_v6_address()
{
	local i

	veths
	add_v6
	for i in 3 4; do
		expect "state of ${NEAR[i - 1]}" \
		       "conf=inet6 netconf=inet6 parms=inet6 addr=inet6 mcast=inet6" \
		       "$(state "${NEAR[i - 1]}")"
	done
	ping_ok "ping from near" "$ns" 2001:db8:{1..4}::2
	ping_ok "ping from far" "$ns2" 2001:db8:{1..4}::1
}

# The neighbour's entry comes from ARP and from neighbour discovery.
neighbours()
{
	local i out

	veths
	add_v4
	add_v6
	ping_ok "ping" "$ns" 198.51.100.{18,34,50,66} 2001:db8:{1..4}::2
	out=$(ip -n "$ns" neigh show)
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
		busywait "$LWD_WAIT" has_link_local "$dev" > /dev/null ||
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
		busywait "$LWD_WAIT" has_link_local "$dev" > /dev/null ||
			lwd_fail "$dev: expected a link-local address, got none"
	done
}

# Not a tentative one: it must have passed duplicate address detection.
has_link_local()
{
	local out

	out=$(ip -n "$ns" -6 addr show dev "$1" scope link -tentative)
	[[ $out == *fe80:* ]]
}

# One family leaves the other alone.
families_apart()
{
	pairs $LWD_KINDS
	ip -n "$ns" -batch - <<-EOF
		addr add 198.51.100.1/32 dev lw_dummy
		addr add 198.51.100.2/32 dev lw_vti
		addr add 2001:db8::1/128 dev lw_vlan
		addr add 2001:db8::2/128 dev lw_vrf
	EOF
	all "link set @ up"
	all "link set @ mtu 1400"
	expect "lw_dummy" "conf=inet netconf=inet parms=inet addr=inet *" \
	       "$(state lw_dummy)"
	expect "lw_vti" "conf=inet netconf=inet parms=inet addr=inet *" \
	       "$(state lw_vti)"
	expect "lw_vlan" "conf=inet6 netconf=inet6 parms=inet6 addr=inet6 *" \
	       "$(state lw_vlan)"
	expect "lw_vrf" "conf=inet6 netconf=inet6 parms=inet6 addr=inet6 *" \
	       "$(state lw_vrf)"
	expect "or_dummy" "conf=inet,inet6 netconf=inet,inet6*" \
	       "$(state or_dummy)"
}

by_ioctl()
{
	veths
	expect_ok "or1, IPv4" lwd_link -n "$ns" siocsifaddr or1 198.51.100.1
	expect_ok "lw3, IPv4" lwd_link -n "$ns" siocsifaddr lw3 198.51.100.1
	expect "state of lw3" "conf=inet netconf=inet parms=inet addr=inet*" \
	       "$(state lw3)"
	expect_ok "or1, IPv6" lwd_link -n "$ns" siocsifaddr or1 2001:db8::1
	expect_ok "lw4, IPv6" lwd_link -n "$ns" siocsifaddr lw4 2001:db8::1
	expect "state of lw4" "conf=inet6 netconf=inet6 parms=inet6 addr=inet6*" \
	       "$(state lw4)"
}

# A refused address leaves nothing turned on that was not.
refused_address()
{
	veths
	expect_refused "IPv4 multicast" "*" \
		ip -n "$ns" addr add 224.0.0.5/128 dev lw3
	expect_refused "IPv6 loopback" "*" \
		ip -n "$ns" addr add ff02::5/64 dev lw4
	expect_ok "a good one" ip -n "$ns" addr add 198.51.100.1/24 dev lw3
	expect_ok "a good one" ip -n "$ns" addr add 2001:db8::1/64 dev lw4
}

joins()
{
	local dev

	veths
	add_v4
	add_v6
	for dev in or1 lw3 lw4; do
		expect "IPv4 join on $dev" "name=$dev * mcast=inet*" \
		       "$(lwd_link -n "$ns" join "$dev" 233.252.0.1 2>&1)"
		expect "IPv6 join on $dev" "name=$dev * mcast=*inet6" \
		       "$(lwd_link -n "$ns" join "$dev" ff0e::db8:1 2>&1)"
		ip netns exec "$ns" cat /proc/net/igmp | grep -qw "$dev" ||
			lwd_fail "$dev: expected it in igmp, got no such line"
	done
}

# Routes over each device to networks behind the far end.
routes()
{
	local i

	veths
	add_v4
	add_v6
	for i in 1 2 3 4; do
		echo "route add 203.0.113.$i/32 via 198.51.100.$((16 * i + 2))"
		echo "route add 2001:db8:f::$i/128 via 2001:db8:$i::2"
	done | ip -n "$ns" -batch - || lwd_fail "add routes"
	for i in 1 2 3 4; do
		echo "addr add 203.0.113.$i/32 dev under"
		echo "addr add 2001:db8:f::$i/128 dev under nodad"
	done | ip -n "$ns2" -batch - || lwd_fail "add far addresses"
	ping_ok "routes" "$ns" 203.0.113.{1..4} 2001:db8:f::{1..4}
}

# The address, the routes that it brings, and the settings of the family are
# told.  An ordinary device's settings are told when it is created.
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

	ip -n "$ns" monitor address route netconf rule > "$3.raw" 2>&1 &
	pid=$!
	lwd_defer rm -f "$3.raw"
	expect_ok "monitor" busywait "$LWD_WAIT" monitor_listens "$3.raw"
	lwd_links "$ns" <<< "add $name $2 type dummy"
	ip -n "$ns" -batch - <<-EOF
		link set $name address 02:00:5e:00:53:10 up
		addr add 198.51.100.1/24 dev $name
		addr add 2001:db8::1/64 dev $name nodad
		addr add 198.51.100.2/24 dev $name
		addr del 198.51.100.2/24 dev $name
		link set $name down
		link del $name
		rule add pref 30000 table main
	EOF
	expect_ok "end of monitor" busywait "$LWD_WAIT" grep -q 30000: "$3.raw"
	ip -n "$ns" rule del pref 30000
	kill_process "$pid"
	sed -e "s/$name/DEV/g" -e '/30000:/d' -e '/29999:/d' \
	    -e 's/^\(Deleted \)\?[0-9]*: /\1/' "$3.raw" > "$3"
	[[ -s $3 ]] || lwd_fail "$name: expected notifications, got none"
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
lwd_test "ENABLE-1 ENABLE-2" refused_address
lwd_test "ENABLE-1 ENABLE-2" joins
lwd_test "ENABLE-1 ENABLE-2 KEEP-5" routes
lwd_test "ENABLE-10" notifications
lwd_end

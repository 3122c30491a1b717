#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Cases written from the requirements alone, without a look at the code: what
# a user would try on a lightweight device and on an ordinary one beside it.

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# make_two KIND [up]: an ordinary d0 in $ns, a lightweight one in $ns2
make_two()
{
	local label='' name

	for name in "$ns" "$ns2"; do
		lwd_words "$1"
		lwd_links "$name" <<-EOF
			flush under
			add d0 $label address 02:00:5e:00:53:12 $2 $words
		EOF
		check_err $? "make d0"
		label=lwd
	done
}

# What happens to both twins, a few things at a time: lines for ip, or for the
# shell.  %NS is where they are, and they are told apart by it when they meet.
EVENTS=(
	"link set d0 up
	addr add 192.0.2.1/24 dev d0
	addr add 192.0.2.2/24 dev d0 label d0:x
	addr add 2001:db8::1/64 dev d0 nodad
	addr add 2001:db8:7::/64 dev d0 anycast"
	"nexthop add id 1 via 192.0.2.254 dev d0
	nexthop add id 2 via fe80::9 dev d0
	nexthop add id 3 group 1
	route add 198.51.100.0/24 nhid 3
	route add 2001:db8:2::/64 nhid 2
	route add 203.0.113.0/24 via inet6 fe80::9 dev d0"
	"neigh add 192.0.2.50 lladdr 02:00:5e:00:53:50 dev d0
	neigh add proxy 192.0.2.60 dev d0
	link set d0 down"
	"link set d0 up
	link set d0 mtu 1200
	route add 2001:db8:3::/64 dev d0"
	"link set d0 mtu 1280
	addr add 2001:db8::2/64 dev d0 nodad
	link set d0 master vr
	route add 198.51.100.0/24 dev d0 table 99"
	"link set d0 nomaster
	route add 198.51.100.0/24 nhid 3"
	"! echo 1 > /proc/sys/net/ipv6/conf/all/forwarding
	echo 1 > /proc/sys/net/ipv6/conf/all/disable_ipv6"
	"neigh add proxy 2001:db8::60 dev d0
	addr add 2001:db8::3/64 dev d0 nodad"
	"! echo 0 > /proc/sys/net/ipv6/conf/all/disable_ipv6
	echo 0 > /proc/sys/net/ipv6/conf/all/forwarding"
	"link set d0 addrgenmode none
	link set d0 mtu 60
	addr add 192.0.2.3/24 dev under"
	"link set d0 mtu 1500
	addr add 192.0.2.3/24 dev d0
	link set d0 master br
	route add 198.51.100.0/24 dev d0"
	"link set d0 nomaster
	link set d0 name d1
	link set d1 name d0"
	"! ip link set d0 netns %AWAY name %NS &&
	ip -n %AWAY link set %NS netns %NS name d0 up"
	"addr add 192.0.2.1/24 dev d0
	addr flush dev d0"
)

# views NETNS: what a user can see of d0, but for what tells twins apart: the
# index
views()
{
	local index line

	ns_lines "$1" "ip -o -force -batch - <<-'END'
			addr show dev d0
			maddr show dev d0
			netconf show dev d0
			nexthop show
			route show table all dev d0
			neigh show nud permanent dev d0
			neigh show proxy dev d0
			stats show dev d0 group afstats
		END
		ip -o -6 route show table all dev d0"
	index=${lines[0]%%:*}
	view=
	for line in "${lines[@]}"; do
		line=${line#"$index"[:$'\t']}
		view+=$line$'\n'
	done
}

twins_agree()
{
	views "$ns"
	ordinary=$view
	views "$ns2"
	[[ $view == "$ordinary" ]]
}

# what_happens NETNS EVENT
what_happens()
{
	local event=${2//%NS/$1}

	event=${event//%AWAY/$away}
	if [[ $event == !* ]]; then
		in_ns "$1" "${event#!}"
	else
		nsip "$1" "$event"
	fi
}

# One with every family on is seen as the ordinary device with the same past.
twins()
{
	local event expected name

	make_two "$1"
	for name in "$ns" "$ns2"; do
		nsip "$name" "link add name br type bridge
			link add vr up type vrf table 99" ||
			lwd_fail "$out"
		in_ns "$name" "
			echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad
			echo 1000 > /proc/sys/net/mpls/platform_labels"
	done
	in_link "$ns2" "set d0 inet on inet6 on mpls on" || lwd_fail "$out"

	for event in "${EVENTS[@]}"; do
		what_happens "$ns" "$event"
		expected=$out
		what_happens "$ns2" "$event"
		[[ $out == "$expected" ]] ||
			lwd_fail "$event: expected $expected, got $out"
		lwd_wait twins_agree && continue
		lwd_fail "differs after $event:"
		diff <(echo "$ordinary") <(echo "$view") | sed 's/^/# /'
		return
	done
}

# What needs a family that is not there fails with a reason, and leaves nothing.
refused()
{
	local before line state
	local commands="addr add 192.0.2.1/24 dev d0
		addr add 2001:db8::1/64 dev d0
		route add 198.51.100.0/24 dev d0
		route add 2001:db8:2::/64 dev d0
		nexthop add id 9 dev d0
		neigh add 192.0.2.9 lladdr 02:00:5e:00:53:09 dev d0
		neigh add proxy 192.0.2.9 dev d0
		neigh add proxy 2001:db8::9 dev d0
		link set d0 addrgenmode none"

	make_two dummy up
	for state in off auto; do
		# There an address turns the family on.
		[[ $state == off ]] ||
			commands=${commands#*dev d0*dev d0$'\n'}
		in_link "$ns2" "set d0 inet $state inet6 $state" ||
			lwd_fail "$state: $out"
		views "$ns2"
		before=$view
		while read -r line; do
			ns_refused "$state: $line" "Error: *" "$ns2" "ip $line"
			[[ $state == auto ]] || ns_ok "$line" "$ns" "ip $line"
		done <<< "$commands"
		views "$ns2"
		[[ $view == "$before" ]] ||
			lwd_fail "$state: expected $before, got $view"
	done
}

# ping_sends NETNS: whether one to the labelled route leaves through d0
ping_sends()
{
	local before

	packets "$1" d0
	before=$tx
	in_ns "$1" "ping -c 1 -W 1 203.0.113.1"
	packets "$1" d0
	((tx > before))
}

# Labels are pushed out of a device only while MPLS is on.
push()
{
	local got name state

	make_two dummy up
	for name in "$ns" "$ns2"; do
		ns_ok "prepare" "$name" "
			echo 1000 > /proc/sys/net/mpls/platform_labels
			ip addr add 192.0.2.1/24 dev d0
			ip neigh add 192.0.2.2 lladdr 02:00:5e:00:53:02 dev d0
			ip route add 203.0.113.1 encap mpls 100 \
				via 192.0.2.2 dev d0"
	done
	ping_sends "$ns" || lwd_fail "ordinary: expected packets, got none"
	for state in auto on off; do
		in_link "$ns2" "set d0 mpls $state" || lwd_fail "$state: $out"
		ping_sends "$ns2"
		got=$?
		[[ $state == on ]]
		expect "$state: status of sending" $? "$got"
	done
}

# Both sorts share one space of names, can swap them, and go with their group.
names()
{
	local dev

	lwd_links "$ns" <<-EOF
		flush under
		add lw lwd type dummy
		add or type dummy
	EOF
	check_err $? "make links"
	ns_refused "rename" "*exists*" "$ns" "ip link set dev or name lw"
	ns_ok "swap" "$ns" "ip link set dev lw name x &&
		ip link set dev or name lw && ip link set dev x name or"
	ns_ok "sysfs" "$ns" "[[ -e /sys/class/net/lw && ! -e /sys/class/net/or ]]"
	for dev in lw or; do
		ns_ok "$dev" "$ns" "ip link property add dev $dev altname a_$dev
			ip link set dev a_$dev group 77"
	done
	ns_ok "delete" "$ns" "ip link delete group 77"
	for dev in lw or a_lw a_or; do
		ns_refused "$dev" "*" "$ns" "ip link show dev $dev"
	done
}

lwd_start ping
lwd_netns ns ns2 away
lwd_test "ENABLE-3 ENABLE-10 KEEP-5 KEEP-6" twins dummy
lwd_test "DEFER-6 ENABLE-6" refused
lwd_test "ENABLE-5" push
lwd_test "KEEP-6 SYSFS-1" names
lwd_end

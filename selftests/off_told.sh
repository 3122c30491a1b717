#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A protocol that is turned off takes addresses, routes, nexthops and neighbours
# with it while the link stays up: whoever listens is told of each of them.  The
# same deleted one by one on an ordinary device is the control.
#
#   netns ns                           netns ns2
#  +----------------------+           +------------+
#  |  or1 (ordinary)    . |-----------|  ro1       |
#  |  lw4 (lightweight)   |-----------|  rl4       |
#  +----------------------+           +------------+
#    198.51.100.0/24, 2001:db8:N::/64

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# Objects on a device, for "add" and "del" in ip's words: N is 1 or 4, and the
# addresses are those of add_v4 and add_v6.
objects4()
{
	local dev=$1 n=$2
	local gw=198.51.100.$((16 * n + 2))

	objects=(
		"addr @ 198.51.100.$((16 * n + 1))/28 dev $dev"
		"neigh @ $gw lladdr 02:00:5e:00:53:02 nud permanent dev $dev"
		"nexthop @ id ${n}1 via $gw dev $dev"
		"nexthop @ id ${n}2 group ${n}1"
		"route @ 203.0.113.${n}0/32 via $gw dev $dev"
		"route @ 203.0.113.${n}1/32 dev $dev"
		"route @ 203.0.113.${n}2/32 nhid ${n}1"
		"route @ 203.0.113.${n}3/32 nhid ${n}2"
	)
	# as ip monitor prints them, after a [
	lines=(
		"*ADDR]Deleted*$dev*inet 198.51.100.$((16 * n + 1))/28*"
		"*ROUTE]Deleted local 198.51.100.$((16 * n + 1)) dev $dev*"
		"*ROUTE]Deleted 198.51.100.$((16 * n))/28 dev $dev*"
		"*NEIGH]Deleted $gw dev $dev*"
		"*NEXTHOP]Deleted id ${n}1 via $gw dev $dev*"
		"*NEXTHOP]Deleted id ${n}2 group*"
		"*ROUTE]Deleted 203.0.113.${n}0 via $gw dev $dev*"
		"*ROUTE]Deleted 203.0.113.${n}1 dev $dev*"
		"*ROUTE]Deleted 203.0.113.${n}2 nhid ${n}1*"
		"*ROUTE]Deleted 203.0.113.${n}3 nhid ${n}2*"
	)
}

objects6()
{
	local dev=$1 n=$2
	local gw=2001:db8:$n::2

	objects=(
		"addr @ 2001:db8:$n::1/64 dev $dev"
		"neigh @ $gw lladdr 02:00:5e:00:53:02 nud permanent dev $dev"
		"nexthop @ id ${n}3 via $gw dev $dev"
		"nexthop @ id ${n}4 group ${n}3"
		"route @ 2001:db8:ff:${n}0::/64 via $gw dev $dev"
		"route @ 2001:db8:ff:${n}1::/64 dev $dev"
		"route @ 2001:db8:ff:${n}2::/64 nhid ${n}3"
		"route @ 2001:db8:ff:${n}3::/64 nhid ${n}4"
	)
	lines=(
		"*ADDR]Deleted*$dev*inet6 2001:db8:$n::1/64*"
		"*ROUTE]Deleted local 2001:db8:$n::1 dev $dev*"
		"*ROUTE]Deleted 2001:db8:$n::/64 dev $dev*"
		"*NEIGH]Deleted $gw dev $dev*"
		"*NEXTHOP]Deleted id ${n}3 via $gw dev $dev*"
		"*NEXTHOP]Deleted id ${n}4 group*"
		"*ROUTE]Deleted 2001:db8:ff:${n}0::/64 via $gw dev $dev*"
		"*ROUTE]Deleted 2001:db8:ff:${n}1::/64 dev $dev*"
		"*ROUTE]Deleted 2001:db8:ff:${n}2::/64 nhid ${n}3*"
		"*ROUTE]Deleted 2001:db8:ff:${n}3::/64 nhid ${n}4*"
	)
}

# add_objects: each of ${objects[@]}, the address being there
add_objects()
{
	local object batch=

	for object in "${objects[@]:1}"; do
		batch+="${object/@/add}"$'\n'
	done
	nsip "$ns" "$batch" || lwd_fail "add objects: $out"
}

# the last first, as a route keeps nothing of what it goes through
del_objects()
{
	local i word batch=

	for ((i = ${#objects[@]} - 1; i >= 0; i--)); do
		word=${objects[i]/@/del}
		[[ $word != nexthop* ]] || word=${word%% [vg][ir]*}
		[[ $word != neigh* ]] || word=${word/ lladdr*dev/ dev}
		batch+=$word$'\n'
	done
	nsip "$ns" "$batch" || lwd_fail "delete objects: $out"
}

# told FILE: each of ${lines[@]} is in it
told()
{
	local got line wanted
	local all

	mapfile -t all < "$1"
	for wanted in "${lines[@]}"; do
		got=
		for line in "${all[@]}"; do
			# shellcheck disable=SC2053
			[[ $line != $wanted ]] || got=1
		done
		[[ $got ]] || lwd_fail "$2: expected $wanted, got no such line"
	done
}

# Is the word in the file?
heard()
{
	[[ $(< "$1") == *"$2"* ]]
}

# monitor FILE: ip monitor begins to write there
monitor()
{
	local mtu=1400

	: > "$1"
	ip netns exec "$ns" ip -o monitor label all > "$1" 2>&1 &
	pid=$!
	while [[ ! -s $1 ]]; do
		kill -0 "$pid" 2> /dev/null || {
			lwd_fail "ip monitor: $(< "$1")"
			return 1
		}
		in_link "$ns" "set under mtu $((mtu++))"
	done
}

# The last thing it is to tell
monitor_end()
{
	in_link "$ns" "set under mtu 1400
		set under address 02:00:5e:00:53:99"
	lwd_wait heard "$1" 02:00:5e:00:53:99 ||
		lwd_fail "ip monitor: expected the last change, got none"
	kill "$pid"
	wait "$pid" 2> /dev/null
	in_link "$ns" "set under address 02:00:5e:00:53:01"
}

# tell OBJECTS FAMILY: of what goes by hand on or1, and at once on lw4
tell()
{
	local log=$lwd_tmp/monitor
	local pid

	veths
	if [[ $2 == inet ]]; then
		add_v4
	else
		add_v6
	fi
	"$1" or1 1
	add_objects
	monitor "$log" || return
	del_objects
	monitor_end "$log"
	told "$log" "control"

	"$1" lw4 4
	add_objects
	monitor "$log" || return
	in_link "$ns" "set lw4 $2 off" || lwd_fail "off: $out"
	monitor_end "$log"
	told "$log" "$2 off"
	lines=("*LINK]*lw4*" "*NETCONF]Deleted $2*lw4*")
	told "$log" "$2 off"
}

ipv4()
{
	tell objects4 inet
}

ipv6()
{
	tell objects6 inet6
}

# Who does not want to be told of IPv6 routes when a link goes down is told
# nevertheless, as the link stays up.
ipv6_no_skip()
{
	in_ns "$ns" "echo 1 > /proc/sys/net/ipv6/route/skip_notify_on_dev_down"
	tell objects6 inet6
	in_ns "$ns" "echo 0 > /proc/sys/net/ipv6/route/skip_notify_on_dev_down"
}

# never FILE WORDS: no line has them
never()
{
	! grep -F -- "$2" "$1" > "$lwd_tmp/never" ||
		lwd_fail "expected no such line, got $(head -n 1 "$lwd_tmp/never")"
}

# What an ordinary device loses is told, or not, as ever: routes that prefer an
# address go with it and are told, those that go with a nexthop that somebody
# deletes, or with the link, are for all to infer.
ordinary()
{
	local log=$lwd_tmp/monitor
	local pid

	veths
	add_v4
	nsip "$ns" "link add or9 up type dummy
		addr add 192.0.2.1/32 dev or1
		addr add 192.0.2.9/28 dev or9
		nexthop add id 91 via 198.51.100.18 dev or1
		route add 203.0.113.90/32 dev or1 src 192.0.2.1
		route add 203.0.113.91/32 nhid 91
		route add 203.0.113.92/32 dev or9
		route add 203.0.113.93/32 via 192.0.2.10 dev or9
		nexthop add id 92 via 192.0.2.11 dev or9" ||
		lwd_fail "add: $out"
	monitor "$log" || return
	nsip "$ns" "addr del 192.0.2.1/32 dev or1
		nexthop del id 91
		link del or9" || lwd_fail "delete: $out"
	monitor_end "$log"
	lines=("*ROUTE]Deleted 203.0.113.90 dev or1*src 192.0.2.1*"
		"*NEXTHOP]Deleted id 91 via*" "*ROUTE]Deleted local 192.0.2.9*"
		"*LINK]Deleted*or9*")
	told "$log" "ordinary"
	never "$log" "Deleted 203.0.113.91"
	never "$log" "Deleted 203.0.113.92"
	never "$log" "Deleted 203.0.113.93"
	never "$log" "Deleted id 92"
	nsip "$ns" "route show table all"
	[[ $out != *203.0.113.9* ]] ||
		lwd_fail "expected no such route, got $out"
}

lwd_start ip
lwd_netns ns ns2
lwd_test "SAME-1" ordinary
lwd_test "ENABLE-6 ENABLE-10" ipv4
lwd_test "ENABLE-6 ENABLE-10" ipv6
lwd_test "ENABLE-6 ENABLE-10" ipv6_no_skip
lwd_end

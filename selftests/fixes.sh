#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What was wrong with ordinary devices too, and can be seen from outside.  No
# lightweight device is needed: LWD_FORCE=1 runs it where there are none.

# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # of and for lib.sh
source "$(dirname "$0")/lwd_lib.sh"

# A PFCP device has nothing to send with.  It used to be called all the same.
pfcp_sends_nothing()
{
	local dropped

	adf_namespace
	if ! ip -n "$ns" link add p0 type pfcp 2>/dev/null; then
		RET=$ksft_skip retmsg="the kernel has no pfcp"
		return
	fi
	ip -n "$ns" link set p0 mtu 1500 up
	ip -n "$ns" addr add 192.0.2.1/24 dev p0
	ip netns exec "$ns" ping -c 1 -w 1 192.0.2.2 >/dev/null
	check_fail $? "a ping through pfcp was answered"
	dropped=$(ip -n "$ns" -s -j link show dev p0 |
		  jq '.[0].stats64.tx.dropped')
	((dropped > 0))
	check_err $? "expected dropped packets, got ${dropped:-nothing}"
	# and freed: there is room for more than a socket may have on its way
	# shellcheck disable=SC2016 # of the shell there
	timeout 20 ip netns exec "$ns" bash -c 'exec 3> /dev/udp/192.0.2.2/9
		for ((i = 0; i < 2000; i++)); do echo >&3; done'
	check_err $? "send 2,000 packets"
}

# IPv6 leaves a device when its MTU is too small, and its routes go.  Routes
# are added without RTNL meanwhile: none may be left that came too late.
routes_go_with_ipv6()
{
	local adder left=0 round

	adf_namespace
	ip -n "$ns" link add d0 type dummy
	ip -n "$ns" link set d0 up
	ip -n "$ns" -6 route add 2001:db8:1::/64 dev d0
	check_err $? "a route with IPv6 on the device"

	# shellcheck disable=SC2016 # awk's
	awk 'BEGIN {
		for (i = 0; i < 400000; i++)
			printf "route append 2001:db8:2:%x::/64 dev d0\n",
			       i % 65536
	}' | ip -n "$ns" -6 -force -batch - >/dev/null 2>&1 &
	adder=$!
	lwd_defer kill "$adder"

	for ((round = 0; round < ${ROUNDS:-50}; round++)); do
		ip -n "$ns" link set d0 mtu 1279
		left=$(ip -n "$ns" -6 route show table all dev d0 | wc -l)
		((left == 0)) || break
		ip -n "$ns" link set d0 mtu 1500
	done
	check_err "$left" "expected no route without IPv6, got $left in round $round"
	kill -0 "$adder" 2>/dev/null
	check_err $? "the routes ended before the rounds did"
	ip -n "$ns" link set d0 mtu 1279
	ip -n "$ns" -6 route add 2001:db8:1::/64 dev d0 2>/dev/null
	check_fail $? "a route on a device without IPv6 was taken"
}

adf_namespace()
{
	setup_ns ns || exit "$EXIT_STATUS"
	lwd_defer cleanup_ns "$ns"
}

lwd_start ping jq
lwd_test "SAME-1 KEEP-1" pfcp_sends_nothing
lwd_test "SAME-1 DEFER-6" routes_go_with_ipv6
lwd_end

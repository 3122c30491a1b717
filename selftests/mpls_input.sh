#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# MPLS on a lightweight device lets labels be popped towards it and pushed out
# of it.  Labelled packets are accepted from it only with IFLA_MPLS_INPUT, which
# an ordinary device, the control, has as well and calls the sysctl input.
#
#   netns ns                    netns ns2                     netns ns3
#  +---------------+  labels   +-------------------------+   +-----------+
#  |  or1 .17/28   |---------->|  ro1 .18/28  or5 .1/24  |---|  ro5 .2   | 203.0.113
#  |  lw4 .65/28   |---------->|  rl4 .66/28  lw6 .1/24  |---|  rl6 .2   | 192.0.2
#  +---------------+           +-------------------------+   +-----------+
#    198.51.100.0/24

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# Out of ns everything for ns3 has label 100 or 200, which the router takes off;
# what comes back has none.
prepare()
{
	local netns

	for netns in "$ns" "$ns2" "$ns3"; do
		in_ns "$netns" "echo 1000 > /proc/sys/net/mpls/platform_labels
			echo 1 > /proc/sys/net/ipv4/ip_forward"
	done || lwd_skip_all "kernel has no MPLS"
	veths
	lwd_links "$ns3" <<< "flush under"
	lwd_links "$ns2" <<-EOF
		add or5 up type veth peer name ro5 netns $ns3
		add lw6 lwd up type veth peer lwd name rl6 netns $ns3
	EOF
	check_err $? "make links"
	in_link "$ns2" "set rl4 mpls on
		set lw6 mpls on" || lwd_fail "$out"
	nsip "$ns" "addr add 198.51.100.17/28 dev or1
		addr add 198.51.100.65/28 dev lw4" || lwd_fail "$out"
	nsip "$ns2" "addr add 198.51.100.18/28 dev ro1
		addr add 198.51.100.66/28 dev rl4
		addr add 203.0.113.1/24 dev or5
		addr add 192.0.2.1/24 dev lw6" || lwd_fail "$out"
	nsip "$ns3" "link set ro5 up
		link set rl6 up
		addr add 203.0.113.2/24 dev ro5
		addr add 192.0.2.2/24 dev rl6
		route add 198.51.100.16/28 via 203.0.113.1
		route add 198.51.100.64/28 via 192.0.2.1" || lwd_fail "$out"
	in_link "$ns" "set lw4 mpls on"
	nsip "$ns" "route add 203.0.113.2 encap mpls 100 via 198.51.100.18
		route add 192.0.2.2 encap mpls 200 via 198.51.100.66" ||
		lwd_skip_all "kernel cannot push labels: $out"
	ns_ok "labels" "$ns2" "ip -f mpls -batch - <<-END
		route add 100 via inet 203.0.113.2 dev or5
		route add 200 via inet 192.0.2.2 dev lw6
	END"
}

# look NETNS DEV: $drops are the labelled packets that it has not accepted,
# $noroute those whose label has no route
look()
{
	local line

	ns_lines "$1" "ip stats show dev $2 group afstats subgroup mpls"
	for line in "${lines[@]}"; do
		read -ra words <<< "$line"
		[[ $line == *RX* ]] || { [[ $line == *[a-z]* ]] || break; }
	done
	# RX: bytes packets errors dropped noroute
	# shellcheck disable=SC2034 # by name
	drops=${words[3]} noroute=${words[4]}
}

# counting COUNTER NETNS DEV ADDRESS: it does not answer, and that is counted
counting()
{
	local before

	look "$2" "$3"
	before=${!1}
	no_ping "$3 with $1" "$ns" "$4"
	look "$2" "$3"
	((${!1} > before)) ||
		lwd_fail "$3: expected more than $before $1, got ${!1}"
}

dropping()
{
	counting drops "$@"
}

# It is closed until it is opened, by netlink or by the sysctl, and closed again.
input()
{
	dropping "$ns2" ro1 203.0.113.2
	dropping "$ns2" rl4 192.0.2.2
	in_link "$ns2" "set ro1 mpls-input 1
		set rl4 mpls-input 1" || lwd_fail "input: $out"
	ping_ok "with input" "$ns" 203.0.113.2 192.0.2.2
	# what comes is not what goes, which has no labels here
	ns_lines "$ns2" "ip stats show dev ro1 group afstats subgroup mpls"
	read -rd '' -a words <<< "${lines[*]}"
	expect "counted" "*noroute [1-9]* TX: bytes packets errors dropped 0 0 0 0*" "${words[*]}"
	in_ns "$ns2" "read -r value < /proc/sys/net/mpls/conf/ro1/input
		echo \$value"
	expect "sysctl" 1 "$out"
	in_link "$ns2" "set ro1 mpls-input 0
		set rl4 mpls-input 0" || lwd_fail "input: $out"
	dropping "$ns2" ro1 203.0.113.2
	dropping "$ns2" rl4 192.0.2.2
}

# What is accepted and has a label that nobody knows is counted too.
without_route()
{
	in_link "$ns2" "set ro1 mpls-input 1
		set rl4 mpls-input 1"
	nsip "$ns" "route add 203.0.113.9 encap mpls 300 via 198.51.100.18
		route add 192.0.2.9 encap mpls 300 via 198.51.100.66" ||
		lwd_fail "$out"
	counting noroute "$ns2" ro1 203.0.113.9
	counting noroute "$ns2" rl4 192.0.2.9
	in_link "$ns2" "set ro1 mpls-input 0
		set rl4 mpls-input 0"
}

# With MPLS goes input, and it does not come back by itself.
off_and_on()
{
	in_link "$ns2" "set rl4 mpls on mpls-input 1" || lwd_fail "$out"
	ping_ok "with input" "$ns" 192.0.2.2
	in_link "$ns2" "set rl4 mpls off"
	no_ping "off" "$ns" 192.0.2.2
	in_link "$ns2" "set rl4 mpls on"
	dropping "$ns2" rl4 192.0.2.2
}

# A provider's edge: labels end towards a device from which none are accepted.
popped_without_input()
{
	in_ns "$ns2" "echo 1 > /proc/sys/net/mpls/conf/ro1/input"
	ns_ok "towards lw6" "$ns2" "ip -f mpls route replace 100 via inet 192.0.2.2 dev lw6"
	nsip "$ns" "route add 192.0.2.3 encap mpls 100 via 198.51.100.18"
	nsip "$ns3" "addr add 192.0.2.3/24 dev rl6
		route replace 198.51.100.16/28 via 192.0.2.1"
	ping_ok "popped towards lw6" "$ns" 192.0.2.3
	nsip "$ns3" "route replace 198.51.100.16/28 via 203.0.113.1"
	ns_ok "back" "$ns2" "ip -f mpls route replace 100 via inet 203.0.113.2 dev or5"
	in_ns "$ns2" "echo 0 > /proc/sys/net/mpls/conf/ro1/input"
}

# Labels are pushed out of a device with MPLS only.  An ordinary one has it.
pushed()
{
	in_link "$ns2" "set rl4 mpls-input 1
		set ro1 mpls-input 1"
	ping_ok "on" "$ns" 203.0.113.2 192.0.2.2
	in_link "$ns" "set lw4 mpls off"
	no_ping "off" "$ns" 192.0.2.2
	ping_ok "without labels" "$ns" 198.51.100.66
	in_link "$ns" "set lw4 mpls on"
	ping_ok "on again" "$ns" 192.0.2.2
	in_link "$ns2" "set rl4 mpls-input 0
		set ro1 mpls-input 0"
}

# try WHAT PATTERN LINE: it is refused with words like that
try()
{
	in_link "$ns2" "try $3"
	expect "$1" "$2" "$out"
}

refused()
{
	try "value" "*at attribute*" "set ro1 mpls-input 2"
	try "value" "*at attribute*" "set rl4 mpls-input 2"
	try "length" "*at attribute*" "set rl4 mpls-input hex:0100"
	in_link "$ns2" "add lw_none lwd type dummy"
	try "no MPLS" "*EAFNOSUPPORT: *MPLS*" "set lw_none mpls-input 1"
	try "to be off" "*MPLS*" "set rl4 mpls off mpls-input 1"
	try "not made yet" "*MPLS*" \
	    "add lw_new lwd mpls on mpls-input 1 type dummy"
	in_link "$ns2" "show rl4"
	expect "still on" "* mpls=on *" "$out"
	in_link "$ns2" "del lw_none"
}

lwd_start ping
lwd_netns ns ns2 ns3
prepare
lwd_test "ENABLE-5" input
lwd_test "ENABLE-5 SAME-1" without_route
lwd_test "ENABLE-5" off_and_on
lwd_test "ENABLE-5" popped_without_input
lwd_test "ENABLE-5" pushed
lwd_test "ENABLE-5" refused
lwd_end

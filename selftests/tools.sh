#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What a user types, on an ordinary device and on a lightweight one of the same
# name, index and address: the machine's own tools do the same with it, and say
# the same of it.
#
#   netns ns                      netns ns2
#   dev0 (ordinary, veth)         dev0 (lightweight, veth)
#     |                             |
#   peer0 (ordinary)              peer0 (ordinary)
#   dum0 (ordinary, dummy)        dum0 (lightweight, dummy)

# shellcheck disable=SC2016,SC2154,SC2317 # for agents; names; cases
source "$(dirname "$0")/lwd_lib.sh"

prepare()
{
	local mac=02:00:5e:00:53

	lwd_links "$ns" <<-EOF
		add dev0 index 77 address $mac:77 type veth peer name peer0 index 78 address $mac:78
		add dum0 index 79 address $mac:79 type dummy
	EOF
	lwd_links "$ns2" <<-EOF
		add dev0 lwd index 77 address $mac:77 type veth peer name peer0 index 78 address $mac:78
		add dum0 lwd index 79 address $mac:79 type dummy
	EOF
	for dev in "$ns" "$ns2"; do
		nsip "$dev" "link set peer0 up
			link set dev0 up
			link set dum0 up
			addr add 198.51.100.1/24 dev dev0
			addr add 2001:db8:1::1/64 dev dev0 nodad
			addr add 203.0.113.1/24 dev dum0
			addr add 2001:db8:2::1/64 dev dum0 nodad"
		lwd_wait settled "$dev" || lwd_bail_out "no addresses: $out"
	done
}

settled()
{
	in_ns "$1" "ip -6 addr show tentative; ip -o -6 addr show scope link"
	[[ $out == *dev0*fe80* && $out == *dum0*fe80* && $out != *tentative* ]]
}

# Counters and times are those of the moment; and what an ip that knows the label
# says of it is not what others say.
steady()
{
	sed -E -e 's/(expires|valid_lft|preferred_lft|age|used|probes) [0-9a-z./]+/\1 T/g' \
	    -e 's/"(valid_life_time|preferred_life_time)":[0-9]+/"\1":T/g' \
	    -e 's/( lwd on| (inet|inet6|mpls) auto)+//' \
	    -e 's/"lwd":(true|false),|"(inet|inet6|mpls)_enable":"auto",//g' \
	    -e 's/"mpls_input":false,//' \
	    -e "s/$1/NS/g" -e 's/ *$//'
}

# alike WHAT SCRIPT [PATTERN]: it works in both namespaces and prints the same,
# like PATTERN.  Both run it: a counter that one has moved the other has moved.
alike()
{
	local ordinary status want=${3:-?*}

	in_ns "$ns" "$2"
	status=$?
	ordinary=$(steady "$ns" <<< "$out")
	((status == 0)) ||
		lwd_fail "$1: expected success of the control, got $out"
	# shellcheck disable=SC2053
	[[ ${ordinary//$'\n'/ } == $want ]] ||
		lwd_fail "$1: expected $want of the control, got $ordinary"
	in_ns "$ns2" "$2" || lwd_fail "$1: expected success, got $out"
	out=$(steady "$ns2" <<< "$out")
	[[ $out == "$ordinary" ]] ||
		lwd_fail "$1: expected what the control has, got" \
			 "$(diff <(echo "$ordinary") <(echo "$out") |
			    paste -sd ' ')"
}

ip_link()
{
	alike "link" "ip link show dev0; ip -br link show dum0" "*dev0*dum0*"
	alike "details" "ip -d link show dev0; ip -d link show dum0" "*veth*"
	alike "JSON" "ip -d -j link show dum0" '\[*"dum0"*'
	alike "by type" "ip -br link show type veth | sort" "*dev0*"
	alike "group" "ip link set dev0 group 5; ip -br link show group 5" "dev0*"
	alike "statistics" "ip -s link show dum0 | sed 's/[0-9]//g'" "*RX:*"
	alike "alias" "ip link set dum0 alias 'some words'
		ip link show dum0; ip link set dum0 alias ''" "*some words*"
	alike "altname" "ip link property add dev dum0 altname another-name
		ip link show another-name
		ip link property del dev dum0 altname another-name" "*altname*"
	alike "MTU" "ip link set dum0 mtu 1400 txqueuelen 50; ip link show dum0" \
	      "*mtu 1400*qlen 50*"
	alike "name" "ip link set dum0 down; ip link set dum0 name dum1 up
		ip -br link show dum1; ip link set dum1 name dum0
		ip -br link show dum0" "dum1*dum0*"
	alike "refused" "ip link set dum0 mtu 70000000 2>&1; ip link set dum0 name dev0 2>&1
		ip link set dum0 master dev0 2>&1; true" "*answers*"
}

ip_address()
{
	alike "addresses" "ip addr show dev0; ip -4 -br addr show dum0" \
	      "*198.51.100.1/24*fe80::*203.0.113.1/24*"
	alike "JSON" "ip -j addr show dum0" '\[*203.0.113.1*'
	alike "more" "ip addr add 198.51.100.9/24 dev dev0 label dev0:1
		ip addr change 198.51.100.9/24 dev dev0 valid_lft 1000 preferred_lft 900
		ip addr show dev0 secondary; ip addr del 198.51.100.9/24 dev dev0
		ip addr show dev0" "*dev0:1*"
	alike "again" "ip addr add 198.51.100.1/24 dev dev0 2>&1; true" "*assigned*"
	alike "flush" "ip addr add 192.0.2.1/32 dev dum0
		ip addr flush dev dum0 to 192.0.2.0/24; ip addr show dum0"
}

ip_route()
{
	alike "routes" "ip route show dev dev0; ip -6 route show dev dev0" \
	      "198.51.100.0/24*2001:db8:1::/64*"
	alike "tables" "ip route add 192.0.2.0/25 via 198.51.100.2 dev dev0 table 9
		ip -6 route add 2001:db8:9::/64 via fe80::2 dev dev0 table 9
		ip route show table 9; ip -6 route show table 9
		ip route get 198.51.100.7; ip -6 route get 2001:db8:1::7
		ip route flush table 9; ip -6 route flush table 9" "*192.0.2.0/25*"
	alike "local table" "ip route show table local
		ip -6 route show table local | sort"
	alike "nexthops" "ip nexthop add id 5 via 198.51.100.2 dev dev0
		ip route add 192.0.2.128/25 nhid 5; ip nexthop show; ip route show
		ip nexthop del id 5; ip route show" "*id 5 via*"
	alike "rules" "ip rule add iif dev0 table 9; ip rule show; ip rule del iif dev0 table 9" \
	      "*iif dev0*"
}

ip_neigh()
{
	alike "neighbours" "ip neigh add 198.51.100.2 lladdr 02:00:5e:00:53:02 dev dev0
		ip neigh add 2001:db8:1::2 lladdr 02:00:5e:00:53:02 dev dev0
		ip neigh add proxy 198.51.100.3 dev dev0
		ip neigh show dev dev0 nud permanent; ip neigh show proxy
		ip neigh flush dev dev0 nud permanent
		ip neigh del proxy 198.51.100.3 dev dev0
		ip neigh show dev dev0 nud permanent" "*198.51.100.2 lladdr*"
	alike "maddr" "ip maddr show dev dev0 | sort; ip maddr add 01:00:5e:00:00:42 dev dev0
		ip maddr show dev dev0 | grep 42; ip maddr del 01:00:5e:00:00:42 dev dev0" \
	      "*224.0.0.1*01:00:5e:00:00:42*"
	alike "token" "ip token list dev dev0" "token :: dev dev0"
	alike "multicast of netconf" "ip netconf show dev dev0 | grep -v mpls" "*dev0*"
}

# What a monitor says while something happens to the device
ip_monitor()
{
	alike "monitor" 'cd /tmp; ip monitor link address route >> mon.$$ & mon=$!
		for ((i = 0; i < 100; i++)); do
			ip rule add pref 9; ip rule del pref 9
			ip link set dum0 mtu 1300; ip link set dum0 mtu 1500
			[[ ! -s mon.$$ ]] || break
		done
		sleep 0.2
		: > mon.$$
		ip addr add 192.0.2.9/24 dev dum0
		ip link set dum0 mtu 1400
		ip route add 192.0.2.128/25 via 192.0.2.10
		ip addr del 192.0.2.9/24 dev dum0
		ip link set dum0 mtu 1500
		for ((i = 0; i < 100; i++)); do
			[[ $(< mon.$$) != *"mtu 1500"* ]] || break
			sleep 0.05
		done
		kill $mon; wait $mon 2> /dev/null; cat mon.$$; rm mon.$$' \
	      "*192.0.2.9/24*mtu 1400*Deleted*"
}

tc_tools()
{
	alike "qdisc" "tc qdisc add dev dev0 root handle 1: htb default 1
		tc class add dev dev0 parent 1: classid 1:1 htb rate 100mbit
		tc qdisc add dev dev0 clsact
		tc filter add dev dev0 ingress protocol ip pref 1 flower dst_ip 198.51.100.1 action pass
		tc filter add dev dev0 egress pref 2 matchall action gact ok
		tc qdisc show dev dev0; tc class show dev dev0
		tc filter show dev dev0 ingress | grep -v 'in_hw\|installed'
		tc filter show dev dev0 egress | grep -v installed" \
	      "*htb 1:*clsact*flower*matchall*"
	alike "statistics" "tc -s qdisc show dev dev0 | sed 's/[0-9]//g'" "*Sent*"
	alike "gone" "tc qdisc del dev dev0 root; tc qdisc del dev dev0 clsact
		tc qdisc show dev dev0"
}

nft_tool()
{
	alike "rules" 'nft -f - <<-END
		table netdev t {
			chain in {
				type filter hook ingress device "dev0" priority 0
				counter accept
			}
		}
		table inet t {
			chain in {
				type filter hook input priority 0
				iif "dev0" counter
				iifname "dev0" counter
				meta oifgroup 5 accept
			}
		}
	END
		nft list ruleset | sed "s/packets [0-9]* bytes [0-9]*//"
		nft flush ruleset' '*iif "dev0" counter*'
}

ethtool_tool()
{
	alike "ethtool" "ethtool dev0; ethtool dum0; ethtool -i dev0; ethtool -i dum0" \
	      "*Link detected*driver: veth*"
	alike "features" "ethtool -K dev0 gro off; ethtool -k dev0; ethtool -K dev0 gro on
		ethtool -k dum0" "*generic-receive-offload: off*"
	alike "others" "ethtool -l dev0; ethtool -T dev0; ethtool -P dev0" \
	      "*Channel*software-transmit*"
	alike "names of statistics" "ethtool -S dev0 | sed 's/:.*//'"
}

bridge_tool()
{
	alike "bridge" "ip link add br0 type bridge vlan_filtering 1
		ip link set dum0 master br0
		bridge link show dev dum0 | sed 's/@.*:/:/'
		bridge fdb show dev dum0; bridge fdb add 02:00:5e:00:53:55 dev dum0 master
		bridge fdb show dev dum0; bridge vlan add vid 5 dev dum0
		bridge vlan show dev dum0; bridge -d mdb show
		ip link set dum0 nomaster; bridge link show; ip link del br0" \
	      "*dum0*02:00:5e:00:53:55*5*"
}

sockets()
{
	alike "sockets" 'exec 3<> /dev/udp/198.51.100.7/9; ss -Hnu dst 198.51.100.7 |
		sed "s/:[0-9]* / /"; exec 3>&-' "*198.51.100.1*198.51.100.7*"
}

# tcpdump sees what goes out and what comes in.
tcpdump_tool()
{
	alike "tcpdump" 'cd /tmp; tcpdump -lnt -i dev0 -c 4 udp > dump.$$ 2> dump.err & dump=$!
		for ((i = 0; i < 100; i++)); do
			! grep -qs listening dump.err || break
			sleep 0.05
		done
		ip neigh replace 198.51.100.9 lladdr 02:00:5e:00:53:78 dev dev0
		exec 3<> /dev/udp/198.51.100.9/9
		for i in 1 2 3 4; do echo $i >&3; done
		wait $dump; exec 3>&-; ip neigh del 198.51.100.9 dev dev0
		sed "s/\.[0-9]* > / > /" dump.$$; rm dump.$$ dump.err' \
	      "*IP 198.51.100.1 > 198.51.100.9.9: UDP, length 2*"
	alike "devices" "tcpdump -D | grep -o '\(dev0\|dum0\) .*'" "*dev0*"
}

lwd_start tc nft ethtool bridge ss tcpdump
lwd_netns ns ns2
prepare
lwd_test "TOOL-2" ip_link
lwd_test "TOOL-2 KEEP-5" ip_address
lwd_test "TOOL-2 KEEP-5" ip_route
lwd_test "TOOL-2 KEEP-5" ip_neigh
lwd_test "TOOL-2 ENABLE-10" ip_monitor
lwd_test "TOOL-2 KEEP-2" tc_tools
lwd_test "TOOL-2 KEEP-3" nft_tool
lwd_test "TOOL-2 KEEP-6" ethtool_tool
lwd_test "TOOL-2 KEEP-1" bridge_tool
lwd_test "TOOL-2" sockets
lwd_test "TOOL-2 KEEP-4" tcpdump_tool
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# The IPv4 settings of a lightweight device begin as the default of its network
# namespace.  What is written to that later is for devices that come later, as it
# is for an ordinary device with an address.
#
#   ns2                 ns                                   ns3
#  +------+ .2     .1 +---------------------------+ .17    .18 +------+
#  | fla  |-----------| lwa (lightweight)     lwb |------------| flb  |
#  | foa  |-----------| ora (ordinary)        orb |------------| fob  |
#  +------+ .34   .33 +---------------------------+ .49    .50 +------+
#                     198.51.100.N/28

# shellcheck disable=SC2154,SC2317 # names from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

conf=/proc/sys/net/ipv4/conf
FORWARDING=1	# the numbers in IFLA_INET_CONF
RP_FILTER=8

# default NAME VALUE [NETNS]
default()
{
	ns_ok "write default" "${3:-$ns}" "echo $2 > $conf/default/$1"
}

# told WHEN DEV PATTERN [NETNS]: what RTM_GETNETCONF says
told()
{
	in_ns "${4:-$ns}" "ip -4 netconf show dev $2"
	expect "$1, $2" "*$3*" "$out"
}

# nl WHAT LINES: requests for lwd_link in $ns that work
nl()
{
	ns_ok "$1" "$ns" "lwd_link batch <<-'END'"$'\n'"$2"$'\nEND'
}

# Nothing forwards, nothing is filtered, no devices but the two pairs.
routers()
{
	in_ns "$ns2" "lwd_link flush under"
	in_ns "$ns3" "lwd_link flush under"
	in_ns "$ns" "echo 0 > $conf/all/forwarding
		     echo 0 > $conf/default/rp_filter"
	nl "make links" "flush under
		add lwa lwd type veth peer name fla netns $ns2
		add lwb lwd type veth peer name flb netns $ns3
		add ora type veth peer name foa netns $ns2
		add orb type veth peer name fob netns $ns3"
	nsip "$ns" "link set lwa up
		    link set lwb up
		    link set ora up
		    link set orb up
		    addr add 198.51.100.1/28 dev lwa
		    addr add 198.51.100.17/28 dev lwb
		    addr add 198.51.100.33/28 dev ora
		    addr add 198.51.100.49/28 dev orb"
	nsip "$ns2" "link set fla up
		     link set foa up
		     addr add 198.51.100.2/28 dev fla
		     addr add 198.51.100.34/28 dev foa
		     route add 198.51.100.16/28 via 198.51.100.1
		     route add 198.51.100.48/28 via 198.51.100.33"
	nsip "$ns3" "link set flb up
		     link set fob up
		     addr add 198.51.100.18/28 dev flb
		     addr add 198.51.100.50/28 dev fob
		     route add 198.51.100.0/28 via 198.51.100.17
		     route add 198.51.100.32/28 via 198.51.100.49"
}

default_forwarding()
{
	routers
	no_ping "at first" "$ns2" 198.51.100.18
	no_ping "control at first" "$ns2" 198.51.100.50

	default forwarding 1
	no_ping "default written" "$ns2" 198.51.100.18
	no_ping "control, default written" "$ns2" 198.51.100.50
	told "default written" lwa "forwarding off"
	told "default written" ora "forwarding off"

	in_ns "$ns" "echo 1 > $conf/ora/forwarding
		     echo 1 > $conf/orb/forwarding"
	nl "set" "set lwa inet-conf $FORWARDING 1
		  set lwb inet-conf $FORWARDING 1"
	ping_ok "device written" "$ns2" 198.51.100.18
	ping_ok "control, device written" "$ns2" 198.51.100.50

	default forwarding 0
	ping_ok "default written back" "$ns2" 198.51.100.18
	ping_ok "control, default written back" "$ns2" 198.51.100.50
}

default_others()
{
	routers
	default rp_filter 2
	told "default written" lwa "rp_filter off"
	told "default written" lwb "rp_filter off"
	told "default written" ora "rp_filter off"
	# nor does one follow that has no address
	nl "no address" "add lwc lwd inet on type dummy
			 add orc type dummy"
	told "made later" lwc "rp_filter loose"
	told "made later" orc "rp_filter loose"
	default rp_filter 1
	told "no address" lwc "rp_filter loose"
	told "with address" lwa "rp_filter off"
	default rp_filter 0
}

# One device's setting is not another's, nor the default.
own_setting()
{
	routers
	in_ns "$ns" "echo 1 > $conf/all/forwarding"
	nl "set" "set lwa inet-conf $RP_FILTER 1"
	told "set" lwa "forwarding on rp_filter strict"
	told "set" lwb "forwarding on rp_filter off"
	in_ns "$ns" "lwd_cat $conf/default/rp_filter"
	expect "default" 0 "$out"
	ping_ok "set" "$ns2" 198.51.100.18

	nl "set the other" "set lwb inet-conf $RP_FILTER 2"
	told "set the other" lwa "forwarding on rp_filter strict"
	told "set the other" lwb "forwarding on rp_filter loose"
	ping_ok "both set" "$ns2" 198.51.100.18
	nl "stop" "set lwa inet-conf $FORWARDING 0"
	no_ping "stopped" "$ns2" 198.51.100.18
}

# ... sets the default and all devices, whether or not they share it.
all_forwarding()
{
	local dev

	routers
	nl "set" "set lwb inet-conf $FORWARDING 0"
	in_ns "$ns" "echo 1 > $conf/all/forwarding"
	for dev in lwa lwb ora orb; do
		told "all on" "$dev" "forwarding on"
	done
	ping_ok "all on" "$ns2" 198.51.100.18 198.51.100.50
	in_ns "$ns" "echo 0 > $conf/all/forwarding"
	for dev in lwa lwb ora orb; do
		told "all off" "$dev" "forwarding off"
	done

	default rp_filter 2
	for dev in lwa lwb ora orb; do
		told "default written" "$dev" "rp_filter off"
	done
}

# SIOCSARP without an address: a setting of one device, and of no other.
proxy_arp()
{
	local dev

	routers
	ns_ok "SIOCSARP" "$ns" "lwd_link siocsarp lwa && lwd_link siocsarp ora"
	for dev in lwa ora; do
		told "SIOCSARP" "$dev" "proxy_neigh on"
	done
	for dev in lwb orb; do
		told "SIOCSARP for another" "$dev" "proxy_neigh off"
	done
	in_ns "$ns" "lwd_cat $conf/default/proxy_arp"
	expect "default" 0 "$out"
	default rp_filter 2
	told "default written" lwa "rp_filter off"
	told "default written" lwb "rp_filter off"
}

# Who asks for an address that is behind the router gets an answer from it, by
# proxy, after a random time; what waits for that is counted per device.
proxy_answers()
{
	local dev

	routers
	ns_ok "forward" "$ns" "echo 1 > $conf/all/forwarding"
	nsip "$ns" "neigh add proxy 198.51.100.18 dev lwa
		    neigh add proxy 198.51.100.50 dev ora"
	nsip "$ns2" "route add 198.51.100.18/32 dev fla
		     route add 198.51.100.50/32 dev foa"
	ping_ok "proxy" "$ns2" 198.51.100.18 198.51.100.50
	for dev in lwa ora; do
		ns_ok "parameters" "$ns" "ip ntable change name arp_cache \
			dev $dev retrans 2000"
		in_ns "$ns" "ip ntable show name arp_cache dev $dev"
		expect "$dev, set" "*retrans 2000*" "$out"
	done
	in_ns "$ns" "ip ntable show name arp_cache dev lwb"
	expect "lwb, set for lwa" "*retrans 1000*" "$out"
	ping_ok "parameters set" "$ns2" 198.51.100.18 198.51.100.50
	in_ns "$ns" "echo 0 > $conf/all/forwarding"
}

# heard PATTERN: a listener has heard this
heard()
{
	in_ns "$ns" "lwd_cat /proc/self/fd/0 < $lwd_tmp/monitor"
	[[ $out == *$1* ]]
}

# Listeners are told of the default, and of each device if "all" is written.
notified()
{
	local dev

	routers
	nl "set" "set lwb inet-conf $RP_FILTER 0"
	in_ns "$ns" "ip monitor netconf > $lwd_tmp/monitor & echo \$!"
	lwd_defer kill "$out"
	# until the listener listens
	lwd_wait listening || lwd_fail "expected a listener, got none"
	default forwarding 1
	lwd_wait heard "default forwarding on" ||
		lwd_fail "expected a message for the default, got $out"
	[[ $out != *@(lwa|lwb|ora|orb)\ forwarding* ]] ||
		lwd_fail "expected no message for a device, got $out"
	in_ns "$ns" "echo 1 > $conf/all/forwarding
		     echo 0 > $conf/all/forwarding"
	for dev in lwa lwb ora orb; do
		lwd_wait heard "$dev forwarding off" ||
			lwd_fail "expected a message for $dev, got $out"
	done
}

listening()
{
	in_ns "$ns" "echo 1 > $conf/default/proxy_arp
		     echo 0 > $conf/default/proxy_arp"
	heard "proxy_neigh"
}

# A namespace has a default of its own, and who moves there begins with that.
of_its_netns()
{
	pairs dummy
	in_ns "$ns" "echo 0 > $conf/default/rp_filter"
	default rp_filter 2 "$ns2"
	nl "on" "set lw_dummy inet on"
	told "here" lw_dummy "rp_filter off"
	all "link set @ netns $ns2"
	told "there" lw_dummy "rp_filter loose" "$ns2"
	told "there" or_dummy "rp_filter loose" "$ns2"
	default rp_filter 1
	told "home changed" lw_dummy "rp_filter loose" "$ns2"
	default rp_filter 1 "$ns2"
	told "there changed" lw_dummy "rp_filter loose" "$ns2"
	ns_ok "set" "$ns2" "lwd_link set lw_dummy inet-conf $RP_FILTER 0"
	told "set" lw_dummy "rp_filter off" "$ns2"
	all_in "$ns2" "link set @ netns $ns"
	told "back" lw_dummy "rp_filter strict"
	default rp_filter 0
	default rp_filter 0 "$ns2"
}

# Off and on, it begins anew; rename and MTU change nothing.
off_and_on()
{
	routers
	nl "set" "set lwa inet-conf $RP_FILTER 1"
	all_on lwa "link set @ name lwx
		    link set lwx mtu 1400
		    link set lwx name @"
	told "renamed" lwa "rp_filter strict"
	nl "off and on" "set lwa inet off
			 set lwa inet on"
	told "on again" lwa "rp_filter off"
	default rp_filter 2
	told "default written" lwa "rp_filter off"
	told "control" ora "rp_filter off"
}

# all_on DEV LINES: ip commands; @ stands for the device
all_on()
{
	nsip "$ns" "${2//@/$1}" || lwd_fail "$1: expected success, got $out"
}

# The settings may come with the switch, and are then its own.
with_the_switch()
{
	pairs dummy
	nl "on" "set lw_dummy inet on inet-conf $RP_FILTER 1"
	default rp_filter 2
	told "default written" lw_dummy "rp_filter strict"
	default rp_filter 0
}

# The default and its sysctls stay when the devices that share it go.
default_stays()
{
	routers
	default rp_filter 2
	all_on lwa "link set @ name lwx
		    link set lwx name @"
	nl "off and deleted" "set lwa inet off
			      set lwb inet-conf $RP_FILTER 1
			      set lwb inet off
			      set lwb inet on
			      del lwb"
	in_ns "$ns" "lwd_cat $conf/default/rp_filter"
	expect "default" 2 "$out"
	ns_ok "sysctl" "$ns" "echo 0 > $conf/default/rp_filter"
	in_ns "$ns" "lwd_cat $conf/default/rp_filter"
	expect "sysctl" 0 "$out"
}

# refused_copy WORDS: lwc is made with these, and each allocation of the request
# that follows fails once.  $out: what lwc is like with no memory for the copy.
refused_copy()
{
	local nth was

	for ((nth = 1; nth < 100; nth++)); do
		nl "make a device" "flush under lwa lwb ora orb
				    add lwc lwd $1 type dummy"
		in_ns "$ns" "lwd_link nth $nth set lwc inet on \
				inet-conf $RP_FILTER 1" && break
		[[ $out == *"No memory for the settings"* ]] || continue
		expect "error" "ENOMEM*" "$out"
		in_ns "$ns" "lwd_link show lwc
			     lwd_link l3 lwc
			     ip -4 netconf show dev lwc"
		was=$out
	done
	told "enough memory" lwc "rp_filter strict"
	out=$was
}

failslab=/sys/kernel/debug/failslab

# can_fail: allocations can fail here; $lines: the settings for that.  (The
# agent has mounts of its own, which go with it.)
can_fail()
{
	ns_lines "$ns" "[[ -d $failslab ]] ||
			mount -t debugfs none ${failslab%/*}
		[[ -w /proc/self/fail-nth ]] &&
		lwd_cat $failslab/ignore-gfp-wait $failslab/verbose"
	[[ ${#lines[@]} == 2 && ${lines[*]} == [YN]\ [0-9]* ]]
}

# set_failslab IGNORE-GFP-WAIT VERBOSE
set_failslab()
{
	ns_ok "failslab" "$ns" "echo $1 > $failslab/ignore-gfp-wait &&
				echo $2 > $failslab/verbose"
}

# If there is no memory for the copy then nothing is done of the request.
no_memory()
{
	lwd_defer set_failslab "${lines[@]}"
	# also where the kernel may sleep, and without a word
	set_failslab N 0
	routers
	refused_copy "inet off"
	expect "on, no memory" "*inet=off*conf=none*netconf=none*" "$out"
	refused_copy "inet on"
	expect "no memory" "*inet=on*conf=inet*netconf=inet*rp_filter off*" \
	       "$out"
}

lwd_start ping
lwd_netns ns ns2 ns3
lwd_test "FOOT-5 KEEP-5" default_forwarding
lwd_test "FOOT-5" default_others
lwd_test "FOOT-5 ENABLE-9" own_setting
lwd_test "FOOT-5" all_forwarding
lwd_test "FOOT-5" proxy_arp
lwd_test "FOOT-5 KEEP-5" proxy_answers
lwd_test "FOOT-5 ENABLE-10" notified
lwd_test "FOOT-5" of_its_netns
lwd_test "FOOT-5 ENABLE-6" off_and_on
lwd_test "FOOT-5 ENABLE-9" with_the_switch
lwd_test "FOOT-5" default_stays
if can_fail; then
	lwd_test "FOOT-5 ENABLE-8" no_memory
else
	echo "# no_memory: kernel cannot let an allocation fail"
fi
lwd_end

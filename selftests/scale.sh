#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What finds devices, names, VLANs, tunnels and routes where there are many of
# them.  Time is not looked at, only that the right one is found.  No lightweight
# device is needed: LWD_FORCE=1 runs it where there are none.

# shellcheck disable=SC1091,SC2034,SC2154,SC2317 # of and for lib.sh
source "$(dirname "$0")/lwd_lib.sh"

adf_namespace()
{
	setup_ns ns || exit "$EXIT_STATUS"
	lwd_defer cleanup_ns "$ns"
}

# batch FORMAT FIRST LAST: commands of ip, a line for each number
batch()
{
	awk -v format="$1" -v i="$2" -v last="$3" 'BEGIN {
		for (; i <= last; i++) {
			line = format
			gsub("@", i, line)
			print line
		}
	}' | ip -n "$ns" -batch -
}

# count PATTERN COMMAND...: expected number of lines that match
count()
{
	local expected=$1 pattern=$2 what=$3 got

	shift 3
	got=$("$@" | grep -cE "$pattern")
	((got == expected))
	check_err $? "$what: expected $expected, got $got"
}

# Links between devices, and the levels that limit how deep they nest.
many_uppers()
{
	adf_namespace
	ip -n "$ns" link add lower type dummy
	batch "link add link lower name v@ type vlan id @" 1 1000
	check_err $? "1,000 VLANs on a device"
	count 1000 "" "links to uppers" \
		ip netns exec "$ns" ls -d /sys/class/net/lower/upper_v1 \
		/sys/class/net/lower/upper_v{2..1000}
	count 1000 "v[0-9]+@lower" "VLANs shown on it" ip -n "$ns" -br link

	# The same one again, one of the middle, the first and the last.
	ip -n "$ns" link add link lower name again type vlan id 500 2>/dev/null
	check_fail $? "a VLAN ID twice"
	batch "link del v@" 500 500
	batch "link del v@" 1 1
	batch "link del v@" 1000 1000
	check_err $? "delete some"
	count 997 "v[0-9]+@lower" "VLANs left" ip -n "$ns" -br link
	count 0 "upper_v(1|500|1000)$" "links left to what is gone" \
		ip netns exec "$ns" ls /sys/class/net/lower/
	ip -n "$ns" link add link lower name v500 type vlan id 500
	check_err $? "the one of the middle again"

	# A tunnel can go from what is above to what is below.
	ip -n "$ns" link add vx type vxlan id 1 dstport 4789 dev v500
	ip -n "$ns" link set vx type vxlan id 1 dev lower
	check_err $? "the device below the VLAN that the tunnel is over"
	count 1 "" "links from the tunnel" \
		ip netns exec "$ns" find -H /sys/class/net/vx -name "lower_lower"
	ip -n "$ns" link del vx

	# A bridge with many ports: the long list is on the other side.
	ip -n "$ns" link add bridge0 type bridge
	batch "link set v@ master bridge0" 2 300
	check_err $? "299 ports"
	count 299 "" "links to ports" \
		ip netns exec "$ns" find -H /sys/class/net/bridge0 -name "lower_*"
	ip -n "$ns" link set v2 master bridge0
	check_err $? "a port again"
	ip -n "$ns" link add link bridge0 name top type vlan id 1
	ip -n "$ns" link set top master bridge0 2>/dev/null
	check_fail $? "a loop was made"
	batch "link set v@ nomaster" 2 300
	check_err $? "ports released"
	count 0 "" "links to ports left" \
		ip netns exec "$ns" find -H /sys/class/net/bridge0 -name "lower_*"
}

# Devices nest eight deep, and no deeper, after any change of what is below.
nesting()
{
	local i

	adf_namespace
	ip -n "$ns" link add l0 type dummy
	ip -n "$ns" link add other type dummy
	for i in 1 2 3 4 5 6 7 8; do
		ip -n "$ns" link add link l$((i - 1)) name "l$i" type vlan id 1 \
			2>/dev/null || break
	done
	ip -n "$ns" link add link "l$((i - 1))" name deeper type vlan id 1 \
		2>/dev/null
	check_fail $? "a device $((i + 1)) deep"
	((i >= 7))
	check_err $? "expected 8 levels, got $i"

	# A bridge takes the stack of seven as a port, and that is full again;
	# without it there is room.
	ip -n "$ns" link del "l$((i - 1))"
	ip -n "$ns" link add bridge0 type bridge
	ip -n "$ns" link set "l$((i - 2))" master bridge0
	check_err $? "a bridge on top of the stack"
	ip -n "$ns" link add link bridge0 name top type vlan id 1 2>/dev/null
	check_fail $? "a VLAN on the bridge on the full stack"
	ip -n "$ns" link set other master bridge0
	ip -n "$ns" link set "l$((i - 2))" nomaster
	ip -n "$ns" link add link bridge0 name top type vlan id 1
	check_err $? "a VLAN on the bridge with a single port"
	ip -n "$ns" link set "l$((i - 2))" master bridge0 2>/dev/null
	check_fail $? "the stack below a VLAN on a bridge"
	# What is far above counts as well, and no longer when it is gone.
	ip -n "$ns" link add link top name top2 type vlan id 1
	ip -n "$ns" link set "l$((i - 3))" master bridge0 2>/dev/null
	check_fail $? "a stack of six below two VLANs on a bridge"
	ip -n "$ns" link del top2
	ip -n "$ns" link set "l$((i - 3))" master bridge0
	check_err $? "a stack of six below a VLAN on a bridge"
	ip -n "$ns" link add link top name top2 type vlan id 1 2>/dev/null
	check_fail $? "another VLAN on the VLAN on a bridge"
	ip -n "$ns" link set "l$((i - 3))" nomaster
	ip -n "$ns" link del top
	ip -n "$ns" link set "l$((i - 2))" master bridge0
	check_err $? "the stack below a bridge without a VLAN"
}

# A tunnel of amt is found from the device that it is over.
amt_over_a_device()
{
	local mtu

	adf_namespace
	ip -n "$ns" link add other type dummy
	ip -n "$ns" link add lower type dummy
	ip -n "$ns" link set lower up
	ip -n "$ns" addr add 192.0.2.1/24 dev lower
	if ! ip -n "$ns" link add amt0 type amt mode gateway dev lower \
	     local 192.0.2.1 discovery 192.0.2.2 2>/dev/null; then
		RET=$ksft_skip retmsg="the kernel or ip has no amt"
		return
	fi
	ip -n "$ns" link set other mtu 1300
	mtu=$(ip -n "$ns" -j link show amt0 | jq '.[0].mtu')
	ip -n "$ns" link set lower mtu 1300
	count 0 " mtu $mtu " "the MTU before that below" \
		ip -n "$ns" link show amt0
	ip -n "$ns" link del other
	count 1 "^amt0[@ ]" "the tunnel" ip -n "$ns" -br link
	ip -n "$ns" link del lower
	count 0 "^amt0[@ ]" "the tunnel without the device below" \
		ip -n "$ns" -br link
}

# Both kinds of VLAN with the same IDs are told apart, and vid 0 with them.
vlan_ids()
{
	adf_namespace
	ip -n "$ns" link add lower type dummy
	batch "link add link lower name c@ type vlan id @" 1 200
	batch "link add link lower name s@ type vlan proto 802.1ad id @" 1 200
	check_err $? "400 VLANs"
	ip -n "$ns" link set lower up
	batch "link del c@" 1 100
	check_err $? "delete half of one kind"
	count 100 "c[0-9]+@lower" "C-VLANs left" ip -n "$ns" -br link
	count 200 "s[0-9]+@lower" "S-VLANs left" ip -n "$ns" -br link
	batch "link add link lower name c@ type vlan id @" 1 100
	check_err $? "and make it anew"
	ip -n "$ns" link del lower
	count 0 "^[cs][0-9]+@" "VLANs without the lower device" ip -n "$ns" -br link
}

# filters EXPECTED: the VLAN IDs that $sim filters for, without 0
filters()
{
	local got

	got=$(ip netns exec "$ns" bash -c "
		mount -t debugfs none /sys/kernel/debug
		cat /sys/kernel/debug/netdevsim/netdevsim$number/ports/0/vlan" |
		grep -v " 0$" | paste -sd " ")
	[[ $got == "$1" ]]
	check_err $? "$2: expected filters ${1:-for none}, got ${got:-none}"
}

# What a device filters for are the IDs of the VLANs on it, and on what it is a
# port of, by protocol.
vlan_filters()
{
	local number=$((RANDOM + 1000)) sim

	adf_namespace
	if [[ ! -e /sys/bus/netdevsim ]]; then
		RET=$ksft_skip retmsg="the kernel has no netdevsim"
		return
	fi
	ip netns exec "$ns" bash -c \
		"echo $number 1 > /sys/bus/netdevsim/new_device"
	check_err $? "make a device of netdevsim"
	lwd_defer bash -c "echo $number > /sys/bus/netdevsim/del_device"
	sim=$(ip netns exec "$ns" \
		ls "/sys/bus/netdevsim/devices/netdevsim$number/net")
	ip -n "$ns" link add link "$sim" name c5 type vlan id 5
	ip -n "$ns" link add link "$sim" name s5 type vlan proto 802.1ad id 5
	ip -n "$ns" link add link "$sim" name s6 type vlan proto 802.1ad id 6
	filters "ctag 5 stag 5 stag 6" "both"
	ip -n "$ns" link del c5
	filters "stag 5 stag 6" "the one deleted"
	ip netns exec "$ns" ethtool -K "$sim" rx-vlan-stag-filter off
	filters "" "turned off"
	ip netns exec "$ns" ethtool -K "$sim" rx-vlan-stag-filter on
	filters "stag 5 stag 6" "turned on"
	ip -n "$ns" link add bond0 type bond mode active-backup
	ip -n "$ns" link add link bond0 name c9 type vlan id 9
	ip -n "$ns" link set "$sim" master bond0
	filters "ctag 9 stag 5 stag 6" "slave"
	ip -n "$ns" link set "$sim" nomaster
	filters "stag 5 stag 6" "no slave"
}

# expect_name EXPECTED COMMAND...: a device without a name gets this one
expect_name()
{
	local expected=$1

	shift
	ip -n "$ns" link add "$@" type dummy
	check_err $? "a device without a name"
	ip -n "$ns" link show dev "$expected" >/dev/null 2>&1
	check_err $? "expected $expected to be there"
}

# The first free number, whatever holds the others.
free_numbers()
{
	adf_namespace
	batch "link add dummy@ type dummy" 0 9
	expect_name dummy10
	ip -n "$ns" link del dummy3
	expect_name dummy3
	ip -n "$ns" link set dummy5 name other
	expect_name dummy5
	ip -n "$ns" link set other name dummy11
	expect_name dummy12
	ip -n "$ns" link property add dev dummy0 altname dummy13
	expect_name dummy14
	ip -n "$ns" link property del dev dummy0 altname dummy13
	expect_name dummy13
	ip -n "$ns" link add dummy015 type dummy
	ip -n "$ns" link add dummy15x type dummy
	expect_name dummy15
	# not one that is cut off, where all that fit are taken
	{
		printf 'link property add dev dummy0'
		printf ' altname abcdefghijklm%d' {0..49}
		printf '\nlink property add dev dummy1'
		printf ' altname abcdefghijklm%d' {50..99}
	} | ip -n "$ns" -batch -
	check_err $? "100 names"
	ip -n "$ns" link add abcdefghijklm%d type dummy 2>/dev/null
	check_fail $? "a name that is too long"
	# another format in between, and one that has a suffix
	expect_name vlan0 vlan%d
	expect_name a0b a%db
	expect_name a1b a%db
	expect_name dummy16
	# a move takes a name along, and a name of a pattern comes with it
	ip -n "$ns" link set dummy16 netns "$ns" name "dummy%d"
	setup_ns ns2
	lwd_defer cleanup_ns "$ns2"
	ip -n "$ns" link set dummy7 netns "$ns2"
	expect_name dummy7
	ip -n "$ns2" link set dummy7 netns "$ns" name "dummy%d"
	check_err $? "back under a free name"
	count 1 "^dummy17 " "the free name" ip -n "$ns" -br link
}

names_beyond_a_page()
{
	adf_namespace
	# A name is what counts: 74 devices with 448 each, 32 a command.
	batch "link add n@ type dummy" 0 73
	seq 0 32767 | awk '{
		if ($1 % 32 == 0)
			printf "\nlink property add dev n%d", $1 / 448
		printf " altname dummy%d", $1
	} END { print "" }' | ip -n "$ns" -batch -
	check_err $? "32,768 names"
	expect_name dummy32768
	expect_name dummy32769
	ip -n "$ns" link property del dev n10 altname dummy4711
	expect_name dummy4711
	expect_name dummy32770
}

# refused WHAT NAME TABLE: no VRF of that name and table
refused()
{
	ip -n "$ns" link add "$2" type vrf table "$3" 2>/dev/null
	check_fail $? "$1"
}

# Which VRFs have the same table, which strict mode does not allow.
vrf_tables()
{
	local strict="echo 1 > /proc/sys/net/vrf/strict_mode"

	adf_namespace
	if ! ip -n "$ns" link add v1 type vrf table 1 2>/dev/null; then
		RET=$ksft_skip retmsg="the kernel has no vrf"
		return
	fi
	batch "link add v@ type vrf table @" 2 300
	check_err $? "299 VRFs"
	ip netns exec "$ns" bash -c "$strict"
	check_err $? "each has a table of its own"
	refused "a table that is taken" again 257
	ip -n "$ns" link del v257
	ip -n "$ns" link add again type vrf table 257
	check_err $? "a table that is free again"
	ip netns exec "$ns" bash -c "${strict/1/0}"
	batch "link add w@ type vrf table @" 1 2
	check_err $? "two tables shared"
	ip -n "$ns" link del w1
	ip netns exec "$ns" bash -c "$strict" 2>/dev/null
	check_fail $? "strict mode with a table that is shared"
	ip -n "$ns" link del v2
	ip netns exec "$ns" bash -c "$strict"
	check_err $? "strict mode without"
}

# Tunnels whose keys and addresses count up alike.
many_tunnels()
{
	local gre=(type gre local 192.0.2.1)

	adf_namespace
	if ! ip -n "$ns" link add probe "${gre[@]}" remote 192.0.2.2 2>/dev/null; then
		RET=$ksft_skip retmsg="the kernel has no gre"
		return
	fi
	batch "link add t@ ${gre[*]} remote 10.0.1.@ key @" 1 250
	check_err $? "250 tunnels"
	ip -n "$ns" link add again "${gre[@]}" remote 10.0.1.200 key 200 2>/dev/null
	check_fail $? "a tunnel twice"
	ip -n "$ns" link set t200 "${gre[@]}" remote 10.0.1.200 key 1200
	check_err $? "another key"
	ip -n "$ns" link add again "${gre[@]}" remote 10.0.1.200 key 200
	check_err $? "the key that is free now"
}

lwd_start awk ethtool jq
lwd_test "FOOT-4" many_uppers
lwd_test "FOOT-4" nesting
lwd_test "FOOT-4 SAME-1" amt_over_a_device
lwd_test "FOOT-4" vlan_ids
lwd_test "SAME-1" vlan_filters
lwd_test "FOOT-4" free_numbers
lwd_test "FOOT-4" names_beyond_a_page
lwd_test "FOOT-4 SAME-1" vrf_tables
lwd_test "FOOT-4" many_tunnels
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ordinary devices have all that they always had: entries in sysfs and procfs,
# names, queues, links.  What is expected here is what a kernel without
# lightweight devices does, so this runs, and passes, there too.
#
#   netns ns                                          netns ns2
#  +------------------------------------------+      +----------+
#  |  or_KIND, of each kind in $KINDS         | move |          |
#  |  under (dummy), below those that need it |----->|          |
#  +------------------------------------------+      +----------+

# shellcheck disable=SC2016,SC2154,SC2317 # for agents; names; cases
source "$(dirname "$0")/lwd_lib.sh"
source "$(dirname "$0")/lwd_ordinary.sh"

MOVING="dummy vlan veth macvlan vti gre"

# entries WHEN NETNS DEV YES|NO: each place has the device, or none has
entries()
{
	local when=$1 in=$2 dev=$3 want=$4
	local places="/sys/class/net/$dev /sys/devices/virtual/net/$dev"

	places+=" /proc/sys/net/ipv4/conf/$dev /proc/sys/net/ipv6/conf/$dev"
	places+=" /proc/sys/net/ipv4/neigh/$dev /proc/sys/net/ipv6/neigh/$dev"
	places+=" /proc/net/dev_snmp6/$dev"
	[[ $dev != *vlan* || $dev == *macvlan* ]] ||
		places+=" /proc/net/vlan/$dev"
	[[ $dev != *bond* ]] || places+=" /proc/net/bonding/$dev"
	# MPLS has one for the kinds that it can be sent over
	[[ $dev != *@(dummy|vlan|veth|bridge|bond|gre)* ]] ||
		places+=" /proc/sys/net/mpls/conf/$dev"
	in_ns "$in" "for place in $places; do
			if [[ -e \$place ]]; then [[ $want == yes ]]
			else [[ $want == no ]]; fi || echo \$place
		done"
	[[ -z $out ]] ||
		lwd_fail "$when: expected ${want/yes/an} entry, wrong:" \
			 "${out//$'\n'/ }"
}

everywhere()
{
	local dev i

	make_all
	for dev in "${devs[@]}"; do
		entries "made" "$ns" "$dev" yes
	done
	all "link set @ name @.x"
	for dev in "${devs[@]}"; do
		entries "renamed, old name" "$ns" "$dev" no
		entries "renamed" "$ns" "$dev.x" yes
	done
	for i in "${!devs[@]}"; do
		devs[i]+=.x
	done
	all "link set @ up"
	all "link del @"
	for dev in "${devs[@]}"; do
		entries "deleted" "$ns" "$dev" no
	done
}

moved()
{
	local dev

	make_all
	# shellcheck disable=SC2086
	printf -v devs 'or_%s ' $MOVING
	# shellcheck disable=SC2206
	devs=($devs)
	all "link set @ alias the-@ mtu 1400"
	all "link property add dev @ altname @.other"
	all "link set @ netns $ns2"
	for dev in "${devs[@]}"; do
		entries "moved, left" "$ns" "$dev" no
		entries "moved" "$ns2" "$dev" yes
	done
	all_in "$ns2" "link show @.other"
	all_in "$ns2" "link set @ up"
	in_ns "$ns2" "cat /sys/class/net/or_*/{ifalias,mtu}"
	expect "what goes with it" "the-or_dummy*the-or_vti*1400*" "$out"
	all_in "$ns2" "link set @ netns $ns"
	for dev in "${devs[@]}"; do
		entries "back, left" "$ns2" "$dev" no
		entries "back" "$ns" "$dev" yes
	done
}

# Everything in the folder of a device
ATTRS="addr_assign_type addr_len address broadcast carrier carrier_changes
carrier_down_count carrier_up_count dev_id dev_port dormant duplex flags
gro_flush_timeout ifalias ifindex iflink link_mode mtu name_assign_type
napi_defer_hard_irqs netdev_group operstate proto_down
queues/rx-0/rps_cpus
queues/rx-0/rps_flow_cnt queues/tx-0/tx_timeout queues/tx-0/tx_maxrate
queues/tx-0/traffic_class speed statistics/rx_bytes statistics/rx_packets
statistics/tx_bytes statistics/tx_dropped statistics/multicast subsystem
testing threaded tx_queue_len type uevent"

attributes()
{
	local dev

	make_all
	for dev in "${devs[@]}"; do
		in_ns "$ns" "cd /sys/class/net/$dev &&
			for attr in ${ATTRS//$'\n'/ }; do
				[[ -e \$attr ]] || echo no \$attr
			done
			lwd_cat uevent | grep -qx INTERFACE=$dev ||
				echo uevent
			[[ \$(readlink subsystem) == *class/net ]] ||
				echo subsystem"
		expect "$dev" "" "$out"
	done
}

# What is written there is so, and what is so is read there.
attribute_values()
{
	make_all
	in_ns "$ns" 'cd /sys/class/net/or_dummy || exit
		echo 1400 > mtu; echo some words > ifalias; echo 55 > netdev_group
		echo 77 > tx_queue_len; echo 0x1043 > flags; echo 1 > proto_down'
	in_ns "$ns" "ip -d -o link show or_dummy"
	expect "written" "*<*UP*> mtu 1400 *group 55 *qlen 77*" "$out"
	expect "written" "*alias some words*" "$out"
	nsip "$ns" "link set or_dummy mtu 1300 alias other group 5 txqueuelen 9
		link set or_dummy address 02:00:5e:00:53:99" ||
		lwd_fail "set: $out"
	in_ns "$ns" 'cd /sys/class/net/or_dummy
		lwd_cat mtu ifalias netdev_group tx_queue_len address operstate
		[[ $(< ifindex) == $(< iflink) ]] || echo iflink
		[[ $(ip -o link show or_dummy) == "$(< ifindex):"* ]] || echo ifindex
		cd ../or_vlan
		[[ $(< iflink) == $(< ../under/ifindex) ]] || echo iflink'
	expect "read" "1300 other 5 9 02:00:5e:00:53:99 unknown" \
	       "${out//$'\n'/ }"
}

queues()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_q numtxqueues 4 numrxqueues 3 type dummy
		add or_v numtxqueues 4 numrxqueues 4 type veth peer name or_p
	EOF
	check_err $? "make"
	in_ns "$ns" "cd /sys/class/net; echo or_q/queues/*"
	expect "queues" "or_q/queues/rx-0 or_q/queues/rx-1 or_q/queues/rx-2 or_q/queues/tx-0 or_q/queues/tx-1 or_q/queues/tx-2 or_q/queues/tx-3" \
	       "$out"
	ns_ok "channels" "$ns" "ethtool -L or_v rx 2 tx 1"
	in_ns "$ns" "cd /sys/class/net/or_v/queues; echo *"
	expect "fewer queues" "rx-0 rx-1 tx-0" "$out"
	ns_ok "channels" "$ns" "ethtool -L or_v rx 3 tx 2"
	in_ns "$ns" "cd /sys/class/net/or_v/queues; echo *"
	expect "more queues" "rx-0 rx-1 rx-2 tx-0 tx-1" "$out"
	in_ns "$ns" "cd /sys/class/net/or_v/queues; echo 1 > rx-2/rps_cpus
		lwd_cat rx-2/rps_cpus"
	expect "rps_cpus" "*1" "$out"
}

# links: what tells of the devices above and below, in $out
links()
{
	in_ns "$ns" 'cd /sys/class/net; shopt -s nullglob
		echo */{upper_,lower_}* */master */brport */brif/* */bonding \
			*/bonding_slave'
	# shellcheck disable=SC2086
	out=$(printf '%s\n' $out | LC_ALL=C sort | paste -sd ' ')
}

stacks()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_1 type dummy
		add or_2 link or_1 type vlan id 7
		add or_3 link or_2 type macvlan mode bridge
		add or_4 type dummy
		add or_br type bridge
		add or_5 type dummy
		add or_bo type bond mode active-backup
		add or_6 type dummy
		add or_red type vrf table 1008
		set or_4 master or_br
		set or_5 master or_bo
		set or_6 master or_red
	EOF
	check_err $? "stack"
	links
	expect "links" "or_1/upper_or_2 or_2/lower_or_1 or_2/upper_or_3 or_3/lower_or_2 or_4/brport or_4/master or_4/upper_or_br or_5/bonding_slave or_5/master or_5/upper_or_bo or_6/master or_6/upper_or_red or_bo/bonding or_bo/lower_or_5 or_br/brif/or_4 or_br/lower_or_4 or_red/lower_or_6" \
	       "$out"
	in_ns "$ns" 'cd /sys/class/net; for master in or_{4,5,6}/master; do
		readlink $master; done; echo or_4/brport/*
		echo or_br/bridge/* or_5/bonding_slave/*
		lwd_cat or_bo/bonding/slaves'
	expect "where they point" "*/or_br*/or_bo*/or_red*" "${out//$'\n'/ }"
	expect "port" "*or_4/brport/bridge *or_4/brport/path_cost *" "$out "
	expect "bridge" "*or_br/bridge/ageing_time *or_br/bridge/stp_state *" "$out "
	expect "slave" "*or_5/bonding_slave/state *" "${out//$'\n'/ } "
	expect "bond" "*or_5" "$out"
	nsip "$ns" "link set or_2 name or_2x
		link set or_4 name or_4x
		link set or_5 name or_5x
		link set or_br name or_brx" || lwd_fail "rename: $out"
	links
	expect "links when renamed" "or_1/upper_or_2x or_2x/lower_or_1 or_2x/upper_or_3 or_3/lower_or_2x or_4x/brport or_4x/master or_4x/upper_or_brx or_5x/bonding_slave or_5x/master or_5x/upper_or_bo or_6/master or_6/upper_or_red or_bo/bonding or_bo/lower_or_5x or_brx/brif/or_4x or_brx/lower_or_4x or_red/lower_or_6" \
	       "$out"
	nsip "$ns" "link set or_4x nomaster
		link set or_5x nomaster
		link set or_6 nomaster
		link del or_2x" || lwd_fail "take apart: $out"
	links
	expect "links when apart" "or_bo/bonding" "$out"
	in_ns "$ns" "ip -o link show or_3"
	expect "upper of an upper" "*does not exist*" "$out"
}

# modes WHEN DEV PROMISCUITY ALLMULTI
modes()
{
	in_ns "$ns" "ip -d -o link show dev $2"
	expect "$1, $2" "* promiscuity $3 *" "${out//\\/ } "
	[[ $out == *allmulti\ * ]] || return 0
	expect "$1, $2" "* allmulti $4 *" "${out//\\/ } "
}

# Each user of a mode is counted, in the lower device as well.
counts()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_1 up type dummy
		add or_2 up link or_1 type vlan id 7
		add or_3 up link or_1 type vlan id 8
		add or_br up type bridge
	EOF
	modes "made" or_1 0 0
	nsip "$ns" "link set or_2 promisc on
		link set or_3 promisc on
		link set or_2 allmulticast on
		link set or_1 promisc on" || lwd_fail "$out"
	modes "set" or_1 3 1
	modes "set" or_2 1 1
	nsip "$ns" "link set or_2 master or_br"
	modes "port" or_2 2 2
	nsip "$ns" "link set or_2 nomaster
		link set or_1 promisc off
		link set or_2 promisc off
		link set or_2 allmulticast off" || lwd_fail "$out"
	modes "some of" or_1 1 0
	nsip "$ns" "link set or_3 promisc off" || lwd_fail "$out"
	modes "none" or_1 0 0
	modes "none" or_2 0 0
}

MANY=1500

# Names are found among many, whatever is done to them meanwhile.
names()
{
	local batch='flush under' i

	for ((i = 0; i < MANY; i++)); do
		batch+=$'\n'"add or_n$i group 9 type dummy"
	done
	lwd_links "$ns" <<< "$batch"
	check_err $? "make many"
	batch=
	for ((i = 0; i < MANY; i += 100)); do
		batch+="link set or_n$i name or_m$i"$'\n'
		batch+="link property add dev or_m$i altname other$i"$'\n'
		batch+="link property add dev or_m$i altname more$i"$'\n'
	done
	nsip "$ns" "$batch" || lwd_fail "rename: $out"
	for i in 0 100 700 $((MANY - 100)); do
		in_ns "$ns" "for name in or_m$i other$i more$i; do
				ip -o link show dev \$name; done
			ip -o link show dev or_n$i; ip -o link show dev or_n$((i + 1))
			[[ -d /sys/class/net/or_m$i &&
			   ! -d /sys/class/net/or_n$i ]]" ||
			lwd_fail "expected or_m$i in sysfs, got or_n$i"
		expect "names" "*: or_m$i:*: or_m$i:*: or_m$i:*\"or_n$i\" does not exist*: or_n$((i + 1)):*" \
		       "${out//$'\n'/ }"
	done
	in_ns "$ns" "ip link set or_n1 name or_n2; ip link set or_n1 name other0
		ip link add or_n5 type dummy; ip link add more100 type dummy"
	expect "names that are taken" "*exists*exists*exists*exists*" "${out//$'\n'/ }"
	nsip "$ns" "link property del dev or_m0 altname other0
		link set or_n1 name other0" || lwd_fail "a name that is free: $out"
	# ip remembers the index of a name
	nsip "$ns" "link set other0 name or_n1" || lwd_fail "and back: $out"
	in_ns "$ns" "set -- /sys/class/net/or_*; echo \$#
		ip -o link | grep -c or_"
	expect "how many" "$MANY $MANY" "${out//$'\n'/ }"
	ns_ok "delete" "$ns" "ip link del group 9"
	in_ns "$ns" "ip -o link show dev other100; ip -o link show dev or_n7
		ip -o link show dev or_m0; echo /sys/class/net/or_*
		grep -c or_ /proc/net/dev"
	expect "gone" "*not exist*not exist*not exist* 0" "${out//$'\n'/ }"
	[[ $out != */sys/* ]] || lwd_fail "gone: expected none in sysfs, got $out"
	lwd_links "$ns" <<< "add or_n7 type dummy"
	entries "a name again" "$ns" or_n7 yes
}

# Which index a device was given is how it is found.
indexes()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_i index 500 type dummy
		add or_j index 100000 type dummy
		add or_k type dummy
		add or_m index $((500 + 65536)) type dummy
	EOF
	check_err $? "make"
	in_ns "$ns" "ip -o link; ip link add or_l index 500 type dummy"
	expect "indexes" "*500: or_i*100000: or_j*" "${out//$'\n'/ }"
	expect "index that is taken" "*RTNETLINK answers: File exists*" "${out//$'\n'/ }"
	# those that have the low bits of another
	nsip "$ns" "link set or_j up
		link set or_m up" || lwd_fail "up: $out"
	in_ns "$ns" "ip -o link show dev or_m; ip -o link show dev or_i"
	expect "up" "*or_m: <*UP*or_i: <BROADCAST,NOARP>*" "${out//$'\n'/ }"
	in_ns "$ns" "ip -o route get 192.0.2.1 oif or_m"
	expect "found" "*dev or_m *" "$out"
	nsip "$ns" "link del or_i
		link add or_l index 500 type dummy" || lwd_fail "again: $out"
	in_ns "$ns" "cat /sys/class/net/or_{j,l}/ifindex; ip -o route get 192.0.2.1 oif or_l"
	expect "found" "100000 500 *" "${out//$'\n'/ }"
}

lwd_start ethtool
lwd_netns ns ns2
lwd_test "SAME-1" everywhere
lwd_test "SAME-1" moved
lwd_test "SAME-1" attributes
lwd_test "SAME-1" attribute_values
lwd_test "SAME-1" queues
lwd_test "SAME-1" stacks
lwd_test "SAME-1" counts
lwd_test "SAME-1" names
lwd_test "SAME-1" indexes
lwd_end

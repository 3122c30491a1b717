#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ordinary devices have all that they always had: entries in sysfs and procfs,
# settings, addresses, names.  What is expected here is what a kernel without
# lightweight devices does, so this runs, and passes, there too.
#
#   netns ns                                          netns ns2
#  +------------------------------------------+      +----------+
#  |  or_KIND, of each kind in $KINDS         | move |          |
#  |  under (dummy), below those that need it |----->|          |
#  +------------------------------------------+      +----------+

# shellcheck disable=SC2016,SC2154,SC2317 # for agents; names; cases
source "$(dirname "$0")/lwd_lib.sh"

KINDS="dummy vlan vrf veth bridge bond macvlan vti gre vxlan"
MOVING="dummy vlan veth macvlan vti gre"

# One of each kind, and in $devs their names
make_all()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_dummy type dummy
		add or_vlan link under type vlan id 7
		add or_vrf type vrf table 1007
		add or_veth type veth peer name or_peer
		add or_bridge type bridge
		add or_bond type bond mode active-backup
		add or_macvlan link under type macvlan mode bridge
		add or_vti type vti local 192.0.2.1 remote 198.51.100.7 key 7
		add or_gre type gre local 192.0.2.1 remote 198.51.100.8
		add or_vxlan type vxlan id 7 dstport 4789
	EOF
	check_err $? "make one of each kind"
	# shellcheck disable=SC2086 # words
	printf -v devs 'or_%s ' $KINDS
	# shellcheck disable=SC2206
	devs=($devs)
}

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

# The settings of a device are those of the default.  The neighbours' are in
# the first namespace only.
PARAMETERS="anycast_delay app_solicit base_reachable_time
base_reachable_time_ms delay_first_probe_time gc_stale_time locktime
mcast_resolicit mcast_solicit proxy_delay proxy_qlen retrans_time
retrans_time_ms ucast_solicit unres_qlen unres_qlen_bytes"

settings()
{
	local dev

	make_all
	for dev in "${devs[@]}"; do
		in_ns "$ns" "cd /proc/sys/net
			for where in ipv4/conf ipv6/conf; do
				for file in \$where/{default,$dev}/*; do
					file=\${file##*/}
					[[ -e \$where/default/\$file &&
					   -e \$where/$dev/\$file ]] ||
						echo \$where/\$file
				done
			done
			for file in ${PARAMETERS//$'\n'/ }; do
				[[ -e ipv4/neigh/$dev/\$file &&
				   -e ipv6/neigh/$dev/\$file ]] ||
					echo neigh/\$file
			done"
		expect "$dev" "" "$out"
	done
	in_ns "$ns" 'echo /proc/sys/net/mpls/conf/or_dummy/*'
	expect "MPLS" "/proc/sys/net/mpls/conf/or_dummy/input" "$out"
	value "tunnel" "-1" ipv6/conf/or_vti/use_tempaddr
}

# value WHAT WANT FILE...: below /proc/sys/net in $ns
value()
{
	local what=$1 want=$2; shift 2

	in_ns "$ns" "cd /proc/sys/net; lwd_cat $*"
	expect "$what, $*" "$want" "${out//$'\n'/ }"
}

# write VALUE FILE...: below /proc/sys/net in $ns; each can be read then
write()
{
	ns_ok "write $*" "$ns" "cd /proc/sys/net
		for file in ${*:2}; do
			echo $1 > \$file || return
			[[ \$(< \$file) == $1 ]] || { lwd_cat \$file; return 1; }
		done"
}

# A device begins with the default as it is then.  IPv6's later ones are not for
# it; IPv4's are, until it has an address or a value of its own, and what the
# default has been given counts as that for who comes after.
defaults()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_old type dummy
		add or_addr type dummy
		add or_own type dummy
	EOF
	nsip "$ns" "addr add 198.51.100.1/24 dev or_addr" || lwd_fail "$out"
	write 3 ipv4/conf/or_own/tag
	write 7 ipv4/conf/default/tag
	write 77 ipv6/conf/default/hop_limit
	write 4 ipv6/conf/default/dad_transmits
	write 2 ipv6/conf/default/use_tempaddr
	write 0 ipv6/conf/default/accept_ra
	lwd_links "$ns" <<< "add or_new type dummy"
	value "new" "7" ipv4/conf/or_new/tag
	value "new" "77 4 0" ipv6/conf/or_new/{hop_limit,dad_transmits,accept_ra}
	value "temporary addresses" "2 0" ipv6/conf/or_{new,old}/use_tempaddr
	value "old" "64 1 1" \
	      ipv6/conf/or_old/{hop_limit,dad_transmits,accept_ra}
	value "old" "7 0 3" ipv4/conf/or_{old,addr,own}/tag
	write 0 ipv4/conf/default/tag
	write 64 ipv6/conf/default/hop_limit
	write 0 ipv6/conf/default/use_tempaddr
	write 1 ipv6/conf/default/{dad_transmits,accept_ra}
	value "back" "77 4 0" ipv6/conf/or_new/{hop_limit,dad_transmits,accept_ra}
	value "back" "0 7" ipv4/conf/or_{old,new}/tag
}

# references TABLE COUNT: to the parameters of or_b
references()
{
	in_ns "$ns" "ip ntable show dev or_b name $1"
	expect "$1" "*refcnt $2 *" "${out//$'\n'/ }"
}

# What is written to one is of that one.
own_settings()
{
	local setting

	lwd_links "$ns" <<-EOF
		flush under
		add or_a type dummy
		add or_b type dummy
	EOF
	for setting in ipv4/conf/@/arp_notify ipv4/conf/@/forwarding \
		       ipv4/conf/@/accept_local ipv6/conf/@/forwarding \
		       ipv6/conf/@/proxy_ndp ipv6/conf/@/addr_gen_mode \
		       ipv6/conf/@/use_tempaddr ipv6/conf/@/disable_ipv6 \
		       mpls/conf/@/input; do
		write 1 "${setting/@/or_a}"
		value "own" "1 0" "${setting/@/or_a}" "${setting/@/or_b}"
		[[ $setting == mpls* ]] ||
			value "default" 0 "${setting/@/default}"
	done
	write 11 ipv4/neigh/or_a/app_solicit ipv6/neigh/or_a/app_solicit
	value "parameters" "11 0 11 0" ipv{4,6}/neigh/or_{a,b}/app_solicit
	# which its neighbours have
	references arp_cache 1
	references ndisc_cache 1
	nsip "$ns" "neigh add 192.0.2.9 lladdr 02:00:5e:00:53:09 dev or_b
		neigh add 2001:db8::9 lladdr 02:00:5e:00:53:09 dev or_b" ||
		lwd_fail "neighbours: $out"
	references arp_cache 2
	references ndisc_cache 2
	# by netlink
	nsip "$ns" "ntable change name arp_cache dev or_a queue 9 ucast_probes 6" ||
		lwd_fail "ntable: $out"
	nsip "$ns" "ntable change name ndisc_cache dev or_a ucast_probes 5" ||
		lwd_fail "ntable: $out"
	value "by netlink" "6 3 5 3" ipv{4,6}/neigh/or_{a,b}/ucast_solicit
	in_ns "$ns" "ip ntable show dev or_a name arp_cache"
	expect "shown" "*queue 9 *ucast_probes 6 *" "${out//$'\n'/ } "
	ns_refused "thresholds of all" \
		   "*@(No such file or directory|initial namespace)*" "$ns" \
		   "ip ntable change name arp_cache thresh1 77"
	in_ns "$ns" "ip ntable show dev or_b name arp_cache"
	[[ $out == *arp_cache* && $out != *"queue 9 "* ]] ||
		lwd_fail "of another: expected its own, got $out"
}

# "all" is for every device in some, for none in others.
all_settings()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_a up type dummy
		add or_b type dummy
	EOF
	write 1 ipv4/conf/all/forwarding ipv6/conf/all/forwarding
	value "all" "1 1 1 1 1 1" ipv{4,6}/conf/{or_a,or_b,default}/forwarding
	value "all" 1 ipv4/ip_forward
	write 1 ipv6/conf/all/force_forwarding
	value "all" "1 1" ipv6/conf/{or_a,or_b}/force_forwarding
	write 0 ipv4/ip_forward ipv6/conf/all/forwarding
	value "all" "0 0 0 0 0 0" ipv{4,6}/conf/{or_a,or_b,default}/forwarding
	value "no longer" "0 0" ipv6/conf/{or_a,or_b}/force_forwarding
	write 0 ipv6/conf/all/force_forwarding
	write 1 ipv6/conf/all/disable_ipv6
	value "all" "1 1 1" ipv6/conf/{or_a,or_b,default}/disable_ipv6
	lwd_wait no_address or_a || lwd_fail "expected no address, got $out"
	write 0 ipv6/conf/all/disable_ipv6
	value "all" "0 0 0" ipv6/conf/{or_a,or_b,default}/disable_ipv6
	lwd_wait has_address or_a || lwd_fail "expected an address, got $out"
	write 1 ipv6/conf/all/{proxy_ndp,ignore_routes_with_linkdown}
	value "all" "0 0" ipv6/conf/{or_a,default}/proxy_ndp
	value "all" "1 1 1" \
	      ipv6/conf/{or_a,or_b,default}/ignore_routes_with_linkdown
	write 1 ipv4/conf/all/arp_notify
	value "all" "0 0" ipv4/conf/{or_a,default}/arp_notify
	write 1 ipv6/conf/all/addr_gen_mode
	value "all" "1 1 1" ipv6/conf/{or_a,or_b,default}/addr_gen_mode
	write 0 ipv6/conf/all/{proxy_ndp,ignore_routes_with_linkdown,addr_gen_mode}
	write 0 ipv4/conf/all/arp_notify
}

no_address()
{
	in_ns "$ns" "ip -6 addr show dev $1"
	[[ $out != *inet6* ]]
}

has_address()
{
	in_ns "$ns" "ip -6 addr show dev $1 scope link"
	[[ $out == *fe80:* ]]
}

# A device that is up has its link-local address, its groups and its routes; one
# that asks for neighbours has the group of its address as well.
on_its_own()
{
	local dev own

	make_all
	devs=(or_dummy or_vlan or_macvlan)
	all "link set @ up"
	for dev in "${devs[@]}"; do
		lwd_wait has_address "$dev" ||
			lwd_fail "$dev: expected an address, got $out"
		in_ns "$ns" "ip maddr show dev $dev"
		own="*inet6 *ff02::1:ff"
		[[ $dev == or_macvlan ]] || own=
		expect "$dev" "*inet *224.0.0.1$own*inet6 *ff02::1*inet6 *ff01::1*" \
		       "${out//$'\n'/ }"
		in_ns "$ns" "ip -6 route show table all dev $dev"
		expect "$dev" "*fe80::/64 *" "$out"
		expect "$dev" "*multicast ff00::/8 *" "$out"
		in_ns "$ns" "lwd_link netconf $dev"
		expect "$dev" $'inet ok\ninet6 ok' "$out"
	done
	all "link set @ down"
	for dev in "${devs[@]}"; do
		in_ns "$ns" "ip -6 addr show dev $dev"
		expect "$dev, down" "" "$out"
		in_ns "$ns" "ip maddr show dev $dev"
		[[ $out != *ff02::1:ff* && $out != *224.0.0.1* ]] ||
			lwd_fail "$dev, down: expected no such group, got $out"
		expect "$dev, down" "*ff02::1*ff01::1*" "${out//$'\n'/ }"
	done
}

# routes DEV PATTERN: its IPv6 routes
routes()
{
	in_ns "$ns" "ip -6 route show table all dev $1"
	# shellcheck disable=SC2053 # a pattern
	[[ $out == $2 ]]
}

# IPv6 routes go when the link does, be there one or many, with a gateway or
# without, before or after others were added and deleted.  They know whether
# there is a carrier.
routes6()
{
	local i via=("" "via fe80::1 onlink")

	lwd_links "$ns" <<-EOF
		flush under
		add or_r type dummy
	EOF
	write 1 ipv6/conf/or_r/addr_gen_mode
	for ((i = 0; i < 4; i++)); do
		nsip "$ns" "link set or_r up
			route add 2001:db8:1::/48 dev or_r ${via[i % 2]}
			route add 2001:db8:2::/48 dev or_r
			route del 2001:db8:2::/48 dev or_r
			route del ff00::/8 dev or_r table local" ||
			lwd_fail "add and delete: $out"
		routes or_r "2001:db8:1::/48 *" ||
			lwd_fail "up: expected a route, got $out"
		nsip "$ns" "link set or_r carrier off"
		lwd_wait routes or_r "*linkdown*" ||
			lwd_fail "no carrier: expected linkdown, got $out"
		nsip "$ns" "link set or_r carrier on"
		lwd_wait routes or_r "2001:db8:1::/48 !(*linkdown*)" ||
			lwd_fail "carrier: expected no linkdown, got $out"
		nsip "$ns" "link set or_r down"
		in_ns "$ns" "ip -6 route show table all dev or_r"
		expect "down, round $i" "" "$out"
	done
}

# Addresses that are to be kept stay when the link goes.
kept_addresses()
{
	local keep=ipv6/conf/or_k/keep_addr_on_down

	lwd_links "$ns" <<-EOF
		flush under
		add or_k up type dummy
	EOF
	write 1 "$keep"
	nsip "$ns" "addr add 2001:db8::1/64 dev or_k nodad
		link set or_k down" || lwd_fail "$out"
	in_ns "$ns" "ip -6 addr show dev or_k"
	expect "kept" "*2001:db8::1/64*" "$out"
	write 0 "$keep"
	nsip "$ns" "link set or_k up
		link set or_k down" || lwd_fail "$out"
	in_ns "$ns" "ip -6 addr show dev or_k"
	expect "not kept" "" "$out"
}

# What disable_policy is set to counts for addresses that are there.
policy()
{
	local all=ipv6/conf/all/disable_policy one=ipv6/conf/or_p/disable_policy

	lwd_links "$ns" <<-EOF
		flush under
		add or_p up type dummy
	EOF
	nsip "$ns" "addr add 2001:db8::1/64 dev or_p nodad
		link set lo up" || lwd_fail "$out"
	in_ns "$ns" "ping -6 -c 1 -W 1 2001:db8::1" ||
		lwd_fail "expected an answer, got $out"
	nsip "$ns" "xfrm policy add dir in src ::/0 dst ::/0 action block" ||
		lwd_fail "xfrm: $out"
	in_ns "$ns" "! ping -6 -c 1 -W 1 2001:db8::1" ||
		lwd_fail "blocked: expected no answer, got $out"
	write 1 "$one"
	in_ns "$ns" "ping -6 -c 1 -W 1 2001:db8::1" ||
		lwd_fail "one: expected an answer, got $out"
	write 0 "$one"
	in_ns "$ns" "! ping -6 -c 1 -W 1 2001:db8::1" ||
		lwd_fail "one no longer: expected no answer, got $out"
	write 1 "$all"
	in_ns "$ns" "ping -6 -c 1 -W 1 2001:db8::1" ||
		lwd_fail "all: expected an answer, got $out"
	write 0 "$all"
	nsip "$ns" "xfrm policy flush" || lwd_fail "xfrm: $out"
}

# Too small an MTU takes IPv6 away, then IPv4; they come back by themselves.
small_mtu()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_m up type dummy
	EOF
	nsip "$ns" "addr add 198.51.100.1/24 dev or_m
		addr add 2001:db8::1/64 dev or_m nodad
		link set or_m mtu 1279" || lwd_fail "$out"
	in_ns "$ns" 'ip addr show dev or_m; echo /proc/sys/net/ipv?/*/or_m'
	[[ $out == *"inet 198.51.100.1"* && $out != *inet6* ]] ||
		lwd_fail "MTU 1279: expected IPv4 only, got $out"
	expect "MTU 1279" "*/ipv4/conf/or_m /proc/sys/net/ipv4/neigh/or_m" "$out"
	nsip "$ns" "link set or_m mtu 67"
	in_ns "$ns" 'ip addr show dev or_m; echo /proc/sys/net/ipv?/*/or_m'
	[[ $out == *or_m* && $out != *inet* && $out != */proc* ]] ||
		lwd_fail "MTU 67: expected nothing, got $out"
	nsip "$ns" "link set or_m mtu 1280"
	in_ns "$ns" "echo /proc/sys/net/ipv?/conf/or_m; ip maddr show dev or_m"
	expect "MTU 1280" "/proc/sys/net/ipv4/conf/or_m /proc/sys/net/ipv6/conf/or_m*224.0.0.1*ff02::1*" \
	       "${out//$'\n'/ }"
	lwd_wait has_address or_m || lwd_fail "expected an address, got $out"
	nsip "$ns" "addr add 198.51.100.1/24 dev or_m
		addr add 2001:db8::1/64 dev or_m nodad" || lwd_fail "again: $out"
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
lwd_test "SAME-1" settings
lwd_test "SAME-1" defaults
lwd_test "SAME-1" own_settings
lwd_test "SAME-1" all_settings
lwd_test "SAME-1" on_its_own
lwd_test "SAME-1" routes6
lwd_test "SAME-1" kept_addresses
lwd_test "SAME-1" policy
lwd_test "SAME-1" small_mtu
lwd_test "SAME-1" counts
lwd_test "SAME-1" names
lwd_test "SAME-1" indexes
lwd_end

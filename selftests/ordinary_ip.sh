#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Ordinary devices have the settings, addresses, routes and neighbours that they
# always had.  What is expected here is what a kernel without lightweight
# devices does, so this runs, and passes, there too.

# shellcheck disable=SC2016,SC2154,SC2317 # for agents; names; cases
source "$(dirname "$0")/lwd_lib.sh"
source "$(dirname "$0")/lwd_ordinary.sh"

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
	value "without ARP" "-1" ipv6/conf/or_dummy/accept_dad
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

# Made of a secret that is drawn when the first address is made.
random_address()
{
	lwd_links "$ns" <<< "flush under
		add or_m type dummy"
	nsip "$ns" "link set or_m addrgenmode random
		link set or_m up" || lwd_fail "$out"
	lwd_wait has_address or_m || lwd_fail "expected an address, got $out"
	in_ns "$ns" "ip -d -o link show or_m; ip -6 -o addr show dev or_m"
	expect "random" "*addrgenmode random*inet6 fe80::*stable-privacy*" "$out"
}

# The MTU of IPv6 follows that of the device, even if it has been written.
mtu6()
{
	local dev

	lwd_links "$ns" <<< "flush under
		add or_m up mtu 1600 type dummy"
	for dev in lo or_m; do
		nsip "$ns" "link set $dev mtu 1500"
		value "MTU" 1500 "ipv6/conf/$dev/mtu"
		write 1400 "ipv6/conf/$dev/mtu"
		nsip "$ns" "link set $dev mtu 9000"
		value "another MTU" 9000 "ipv6/conf/$dev/mtu"
	done
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

lwd_start ip
lwd_netns ns
lwd_test "SAME-1" settings
lwd_test "SAME-1" defaults
lwd_test "SAME-1" own_settings
lwd_test "SAME-1" all_settings
lwd_test "SAME-1" on_its_own
lwd_test "SAME-1" routes6
lwd_test "SAME-1" kept_addresses
lwd_test "SAME-1" policy
lwd_test "SAME-1" random_address
lwd_test "SAME-1" mtu6
lwd_test "SAME-1" small_mtu
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Every kind of device that the kernel has either makes a lightweight device or
# refuses to.  What is expected of which kind stands in the table below; a kind
# that is not in it fails the last case.
#
#   netns ns                       netns ns2
#  +------------------------+     +------------------------+
#  |  lw_KIND (lightweight) |     |  or_KIND (ordinary)    |
#  |  low_KIND (dummy)      |     |  low_KIND (dummy)      |
#  +------------------------+     +------------------------+
#
# Both go to a third one, ns3, and come back.

# shellcheck disable=SC2154,SC2317 # names from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# The kind, what it does with the label, and the words for lwd_link that make
# one.  "never": it refuses, and RTM_NEWLINK makes no ordinary one either, or not
# without the hardware that it belongs to.  "other": it works, but is made by
# ioctl or for an open file, see tun.c and ppp.c.
KINDS="
amt		works	type amt dev low_amt mode 0 relay_port 2268 local 192.0.2.1 discovery 192.0.2.2
bareudp		works	type bareudp dstport 6635 ethertype mpls_uc
batadv		refuses	type batadv
bond		works	type bond mode active-backup
bridge		works	type bridge
can		never	type can
dsa		never	type dsa
dummy		works	type dummy
erspan		works	type erspan local 192.0.2.1 remote 192.0.2.2 key 9 erspan_ver 1 erspan 9
geneve		works	type geneve id 9 remote 192.0.2.2
gre		works	type gre local 192.0.2.1 remote 192.0.2.2
gretap		works	type gretap local 192.0.2.1 remote 192.0.2.2
gtp		works	type gtp create_sockets 1
hsr		refuses	type hsr slave1 low_hsr1 slave2 low_hsr2
ifb		works	type ifb
ip6erspan	works	type ip6erspan local 2001:db8::1 remote 2001:db8::2 key 9 erspan_ver 1 erspan 9
ip6gre		works	type ip6gre local 2001:db8::1 remote 2001:db8::2
ip6gretap	works	type ip6gretap local 2001:db8::1 remote 2001:db8::2
ip6tnl		works	type ip6tnl local 2001:db8::1 remote 2001:db8::2
ipip		works	type ipip local 192.0.2.1 remote 192.0.2.2
ipoib		never	type ipoib
ipvlan		works	link low_ipvlan type ipvlan mode l2
ipvtap		refuses	link low_ipvtap type ipvtap mode l2
lowpan		never	type lowpan
macsec		works	link low_macsec type macsec
macvlan		works	link low_macvlan type macvlan mode bridge
macvtap		refuses	link low_macvtap type macvtap mode bridge
netdevsim	never	type netdevsim
netkit		works	type netkit peer name peer_netkit
nlmon		works	type nlmon
openvswitch	never	type openvswitch
ovpn		works	type ovpn
pfcp		refuses	type pfcp
ppp		other	type ppp
rmnet		never	type rmnet
sit		works	type sit local 192.0.2.1 remote 192.0.2.2
team		works	type team
tun		other	type tun
vcan		works	type vcan
veth		works	type veth peer name peer_veth
virt_wifi	never	type virt_wifi
vlan		works	link low_vlan type vlan id 9
vrf		works	type vrf table 1009
vsockmon	works	type vsockmon
vti		works	type vti local 192.0.2.1 remote 192.0.2.2 key 9
vti6		works	type vti6 local 2001:db8::1 remote 2001:db8::2 key 9
vxcan		works	type vxcan peer name peer_vxcan
vxlan		works	type vxlan id 9 dstport 4789
wireguard	works	type wireguard
wwan		never	type wwan
xfrm		works	type xfrm if_id 9
"

declare -A does_of	# of a kind: what the table tells
declare -A words_of
declare -A why		# of a device: "ok", or why it was not made
declare -A label	# of a device: what RTM_NEWLINK tells
declare -A here		# of a stage and device: its entries
declare -A layer3	# of a stage and device: its layer 3
declare -A failed	# of a stage and device: commands that failed
kinds=()
made=()			# kinds that work of which both devices were made

# One pass for all kinds, as each command takes a while: make them, change
# them, and note what there is to see.  The cases then judge.
pass()
{
	local kind does words

	while read -r kind does words; do
		[[ -n $kind ]] || continue
		kinds+=("$kind")
		does_of[$kind]=$does
		words_of[$kind]=$words
	done <<< "$KINDS"

	lower "$ns"
	lower "$ns2"
	make_all "$ns2" or off
	make_all "$ns" lw on
	note "after create" "$ns" lw
	note "after create" "$ns2" or
	for kind in "${kinds[@]}"; do
		[[ ${does_of[$kind]} != works || ${why[or_$kind]} != ok ||
		   ${why[lw_$kind]} != ok ]] || made+=("$kind")
	done

	both "up and changed" "link set @ mtu 1400" "link set @ up" \
	     "link set @ mtu 1300" "link set @ mtu 1480"
	note "up and changed" "$ns" lw
	both "away" "link set @ name @x" "link set @x netns $ns3"
	note "away" "$ns3" lw x
	note_failed "back" "$ns3" lw_ 1 "$(each "link set @x netns $ns")"
	note_failed "back" "$ns3" or_ 1 "$(each "link set @x netns $ns2")"
	both "name" "link set @x name @"
	note "back" "$ns" lw
	both "with addresses" "addr add 198.51.100.1/32 dev @" \
	     "addr add 2001:db8:1::1/128 dev @ nodad" "link set @ up"
	note "with addresses" "$ns" lw
	both "delete" "link del @"
	note "after delete" "$ns" lw
	make_all "$ns" on "on inet on inet6 on mpls on"
	note "switched on" "$ns" on
}

# The devices that the words of the table use
lower()
{
	local todo='' word

	for word in $KINDS; do
		[[ $word != low_* ]] || todo+="add $word up type dummy"$'\n'
	done
	in_link "$1" "$todo" ||
		lwd_bail_out "cannot make a dummy: $out"
}

# make_all NETNS PREFIX LABEL: and note what is told of them
make_all()
{
	local kind line todo='' name result

	for kind in "${kinds[@]}"; do
		todo+="try add $2_$kind lwd $3 ${words_of[$kind]}"$'\n'
	done
	in_link "$1" "$todo"
	while read -r name result; do
		why[$name]=$result
	done < "$lwd_answer"
	in_link "$1" show
	while read -r line; do
		name=${line#name=}
		label[${name%% *}]=$line
	done < "$lwd_answer"
}

# note STAGE NETNS PREFIX [SUFFIX]: the entries and the layer 3 of all of them
note()
{
	local stage=$1; shift
	local in=$1; shift
	local line name
	local devs=()

	lwd_look "$in" "$1_"
	for line in "${seen[@]}"; do
		# a link to it, lower_NAME and upper_NAME, is an entry of it too
		name=${line##*/}
		here["$stage ${name#@(lower|upper)_}"]+=" $line"
	done
	for name in "${kinds[@]}"; do
		[[ ${why[$1_$name]} != ok ]] || devs+=("$1_$name$2")
	done
	in_link "$in" "l3 ${devs[*]}"
	while read -r line; do
		name=${line#name=}
		layer3["$stage ${name%% *}"]=${line#* }
	done < "$lwd_answer"
}

# each TEMPLATE...: ip commands for all; @ stands for the name
each()
{
	local kind word

	for kind in "${made[@]}"; do
		for word; do
			echo "${word//@/=$kind}"
		done
	done
}

# both STAGE TEMPLATE...: the same, done for both
both()
{
	local stage=$1; shift
	local batch

	batch=$(each "$@")
	note_failed "$stage" "$ns" lw_ $# "$batch"
	note_failed "$stage" "$ns2" or_ $# "$batch"
}

# ip tells by the number of the line what failed
note_failed()
{
	local line words='' name

	while read -r line; do
		if [[ $line =~ ^"Command failed".*:([0-9]+)$ ]]; then
			name=$3${made[(BASH_REMATCH[1] - 1) / $4]}
			failed["$1 $name"]+=$words
			words=
		else
			words+="${line//$3/} "
		fi
	done < <(ip -n "$2" -force -batch - <<< "${5//=/$3}" 2>&1)
}

# What people have by the thousand: a kernel that lacks one is configured wrong.
MUST="dummy vlan vrf vti vti6 veth macvlan ipvlan ipip sit gre gretap erspan"
MUST+=" ip6tnl ip6gre ip6gretap vxlan geneve ifb netkit bridge wireguard ppp tun"

absent()
{
	lwd_fail "expected a kernel with $1, got ${why[or_$1]}"
}

made()
{
	expect "create of the control" ok "${why[or_$1]}"
	expect "create" ok "${why[lw_$1]}"
	expect "label" "name=lw_$1 kind=$1 lwd=1 *" "${label[lw_$1]}"
	expect "control's label" "name=or_$1 kind=$1 lwd=0 *" "${label[or_$1]}"
}

# entries KIND WHERE: none there at any stage; the control's are
entries()
{
	local stage

	for stage in "after create" "up and changed" away back \
		     "with addresses" "switched on"; do
		no_entries "$stage lw_$1" "$2"
		no_entries "$stage lw_$1x" "$2"
		no_entries "$stage on_$1" "$2"
	done
}

no_entries()
{
	[[ " ${here[$1]}" != *" $2"* ]] ||
		lwd_fail "$1: expected no entries, got ${here[$1]}"
}

# control_has KIND PATH...
control_has()
{
	local path

	for path in "${@:2}"; do
		expect "control's entries" "* $path/or_$1 *" \
		       "${here[after create or_$1]} "
	done
}

sysfs()
{
	entries "$1" /sys/
	control_has "$1" /sys/class/net /sys/devices/virtual/net
}

procfs()
{
	entries "$1" /proc/
	control_has "$1" /proc/sys/net/ipv4/conf /proc/sys/net/ipv6/conf
}

# same_result KIND STAGE...: what ip could not do is the same for the control
same_result()
{
	local stage

	for stage in "${@:2}"; do
		expect "commands that failed, $stage" "${failed[$stage or_$1]}" \
		       "${failed[$stage lw_$1]}"
	done
}

none="conf=none netconf=none parms=none addr=none mcast=none"

layer2()
{
	expect "control's layer 3" "conf=inet,inet6* netconf=inet,inet6*" \
	       "${layer3[after create or_$1]}"
	expect "layer 3 after create" "$none" "${layer3[after create lw_$1]}"
	same_result "$1" "up and changed"
	expect "layer 3 up and changed" "$none" \
	       "${layer3[up and changed lw_$1]}"
}

# Some kinds never leave their namespace.
moves()
{
	same_result "$1" away back name
	[[ ${failed[away or_$1]} ]] ||
		expect "layer 3 away" "$none" "${layer3[away lw_$1x]}"
	expect "layer 3 back" "$none" "${layer3[back lw_$1]}"
}

addresses()
{
	same_result "$1" "with addresses"
	expect "layer 3 with addresses" \
	       "conf=inet,inet6* netconf=inet,inet6* addr=inet,inet6*" \
	       "${layer3[with addresses lw_$1]}"
}

# All three families on from the start
switched()
{
	expect "create" ok "${why[on_$1]}"
	expect "switches" "* inet=on inet6=on mpls=on *" "${label[on_$1]}"
	expect "layer 3" "conf=inet,inet6* netconf=inet,inet6,mpls *" \
	       "${layer3[switched on on_$1]}"
}

deleted()
{
	same_result "$1" delete
	expect "entries after delete" "" "${here[after delete lw_$1]}"
	expect "layer 3 after delete" "" "${layer3[after delete lw_$1]}"
}

# Not by these words, and with the label as without
other()
{
	local kind=$1

	expect "create of the control" "E*" "${why[or_$kind]}"
	expect "create" "${why[or_$kind]}" "${why[lw_$kind]}"
	expect "what is left" "" "${label[lw_$kind]}"
}

refuses()
{
	local kind=$1

	if [[ ${does_of[$kind]} == never ]]; then
		expect "create of the control" "E*" "${why[or_$kind]}"
	else
		expect "create of the control" ok "${why[or_$kind]}"
	fi
	expect "create" "EOPNOTSUPP: * $kind * (at attribute)" \
	       "${why[lw_$kind]}"
	expect "what is left" "" "${label[lw_$kind]}"
	expect "entries left" "" "${here[after create lw_$kind]}"
}

# What the kernel's modules, built in or not, say that they bring
alias_kinds()
{
	local dir

	dir=${LWD_MODULES:-/lib/modules/$(uname -r)}
	cat "$dir/modules.alias" "$dir/modules.builtin.modinfo" 2> /dev/null |
		tr '\0' '\n' | sed -n 's/.*alias[ =]rtnl-link-\([^ ]*\).*/\1/p'
}

# Words that may be the names of kinds: how the names of functions begin that a
# driver of links has
maybe_kinds()
{
	awk '$3 ~ /setup|xmit|link|ops/ {
		sub(/^_+/, "", $3)
		n = split($3, part, /[_.]+/)
		apart = joined = ""
		for (i = 1; i <= n && i <= 3; i++) {
			apart = apart (i > 1 ? "_" : "") part[i]
			joined = joined part[i]
			if (!seen[apart]++)
				print apart
			if (!seen[joined]++)
				print joined
		}
	}' /proc/kallsyms
}

# The kernel is asked about each word that may be one.  It would try to load a
# module for each that it does not have, which takes long: not now.  What a module
# says that it brings is one, loaded or not.
every_kind_is_known()
{
	local found kind

	if [[ -w /proc/sys/kernel/modprobe ]]; then
		lwd_defer set_modprobe "$(< /proc/sys/kernel/modprobe)"
		set_modprobe ""
	fi
	mapfile -t found < <(maybe_kinds | lwd_link -n "$ns" kinds)
	for kind in dummy vlan vrf; do
		[[ " ${found[*]} " == *" $kind "* ]] ||
			lwd_fail "expected $kind, got ${found[*]}"
	done
	mapfile -t -O "${#found[@]}" found < <(alias_kinds)
	for kind in "${found[@]}"; do
		[[ -n ${does_of[$kind]} ]] ||
			lwd_fail "expected kinds of the table, got $kind"
	done
}

set_modprobe()
{
	echo "$1" > /proc/sys/kernel/modprobe
}

lwd_start find
lwd_netns ns ns2 ns3
pass
for kind in "${kinds[@]}"; do
	if [[ ${why[or_$kind]} == *"Unknown device type"* ]]; then
		# the kinds of the contract are in this folder's config
		[[ " $MUST " != *" $kind "* ]] ||
			lwd_test "KINDS" absent "$kind"
		echo "# kernel has no $kind"
	elif [[ ${does_of[$kind]} == other ]]; then
		lwd_test "KINDS LABEL-6" other "$kind"
	elif [[ ${does_of[$kind]} != works ]]; then
		lwd_test "KINDS LABEL-6" refuses "$kind"
	else
		lwd_test "KINDS LABEL-5" made "$kind"
		[[ " ${made[*]} " == *" $kind "* ]] || continue
		lwd_test "SYSFS-1" sysfs "$kind"
		lwd_test "PROC-1" procfs "$kind"
		lwd_test "DEFER-1 DEFER-2" layer2 "$kind"
		lwd_test "DEFER-4 KEEP-6" moves "$kind"
		lwd_test "ENABLE-1 ENABLE-2" addresses "$kind"
		lwd_test "ENABLE-3" switched "$kind"
		lwd_test "KINDS" deleted "$kind"
	fi
done
lwd_test "KINDS" every_kind_is_known
lwd_end

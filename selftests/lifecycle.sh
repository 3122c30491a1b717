#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What can happen to a device in its life happens to a lightweight one as it
# does to the ordinary one beside it, from the first name to the last.
#
#   netns ns                          netns ns2, ns3
#  +-------------------------+      +----------+
#  |  or_KIND (ordinary)     | move |          |
#  |  lw_KIND (lightweight)  |----->|          |
#  |  under (dummy)          |<-----|          |
#  +-------------------------+      +----------+

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

MOVING_KINDS="dummy vlan vti"
ETHER_KINDS="dummy vlan vrf"

# told WHEN NETNS PATTERN [WORDS]: ip, with these words of which links to show,
# shows each of $devs like this; @ stands for the name
told()
{
	local dev line
	local -A shown=()

	ns_lines "$2" "ip -d -o link show $4"
	for line in "${lines[@]}"; do
		dev=${line#*: }
		dev=${dev%%:*}
		shown[${dev%%@*}]=${line//\\/}
	done
	for dev in "${devs[@]}"; do
		expect "$1: $dev" "${3//@/$dev}" "${shown[$dev]}"
	done
}

# labelled WHEN NETNS: each of $devs is there with its own label
labelled()
{
	local dev line
	local -A shown=()

	ns_lines "$2" "lwd_link show"
	for line in "${lines[@]}"; do
		dev=${line#name=}
		shown[${dev%% *}]=$line
	done
	for dev in "${devs[@]}"; do
		case $dev in
		lw*) expect "$1: label of $dev" "* lwd=1 *" "${shown[$dev]}" ;;
		*) expect "$1: label of $dev" "* lwd=0 *" "${shown[$dev]}" ;;
		esac
	done
}

# none_left WHEN NETNS: neither lightweight nor ordinary ones
none_left()
{
	in_ns "$2" "lwd_link show"
	[[ $out != *name=lw* ]] || lwd_fail "$1: expected no lw_*, got $out"
	[[ $out != *name=or* ]] || lwd_fail "$1: expected no or_*, got $out"
}

# alike WHAT TEMPLATE...: ip commands in $ns that go well or not for each
# lightweight device as they do for the ordinary one before it
alike()
{
	local what=$1; shift
	local batch dev i line words
	local failed=() numbers=()

	for dev in "${devs[@]}"; do
		for line; do
			batch+="${line//@/$dev}"$'\n'
			numbers+=("$dev")
		done
	done
	nsip "$ns" "$batch"
	while read -r line; do
		if [[ $line =~ ^"Command failed".*:([0-9]+)$ ]]; then
			failed[BASH_REMATCH[1] - 1]=$words
			words=
		else
			words+=$line
		fi
	done <<< "$out"
	for i in "${!numbers[@]}"; do
		dev=${numbers[i]}
		[[ $dev == lw* ]] || continue
		line=${failed[i - $#]}
		[[ ${failed[i]} == "${line//or_/lw_}" ]] ||
			lwd_fail "$what: expected ${line:-success} for $dev," \
				 "got ${failed[i]:-success}"
	done
}

rename()
{
	local i

	pairs "$LWD_KINDS"
	all "link set @ name @.new"
	for i in "${!devs[@]}"; do
		devs[i]+=.new
	done
	labelled "renamed" "$ns"
	all "link set @ up"
	alike "rename when up" "link set @ name @.up" "link set @.up name @"
	all "link set @ down"
	alike "a name that is taken" "link set @ name under"
	alike "a bad name" "link set @ name a/b"
	labelled "after bad names" "$ns"
	all "link del @"
	none_left "deleted" "$ns"
}

# The old name is free at once.
rename_and_replace()
{
	pairs dummy
	all "link set @ name @.old"
	lwd_links "$ns" <<-EOF
		add lw_dummy lwd type dummy
		add or_dummy type dummy
	EOF
	check_err $? "make again"
	devs+=(or_dummy.old lw_dummy.old)
	labelled "two of each" "$ns"
}

altname()
{
	pairs "$LWD_KINDS"
	all "link property add dev @ altname @.other altname @.an-even-longer-name"
	told "altnames" "$ns" "*altname @.other*altname @.an-even-longer-name*"
	all "link set dev @.an-even-longer-name mtu 1400 up"
	told "by altname" "$ns" "*UP*mtu 1400*"
	alike "altname that is taken" "link property add dev @ altname under"
	alike "name that is an altname" "link set under name @.other"
	labelled "with altnames" "$ns"
	all "link property del dev @ altname @.other"
	told "one altname" "$ns" "*altname @.an-even-longer-name*"
	[[ ${lines[*]} != *.other* ]] ||
		lwd_fail "expected one altname each, got ${lines[*]}"
	all "link del dev @.an-even-longer-name"
	none_left "deleted by altname" "$ns"
}

# names_memory: $bytes of all tables of names, if the kernel counts its memory.
# One that does has this function, whatever else it is called some day.
names_memory()
{
	bytes=
	[[ -r /proc/allocinfo ]] || return 0
	bytes=$(awk '/func:netdev_names_alloc/ { print $1 }' /proc/allocinfo)
	[[ -n $bytes ]] ||
		lwd_fail "expected netdev_names_alloc() in allocinfo, got none"
}

# grown HEADS COMMAND...: the tables have so many heads more than $before bytes
# have.  If not, there may have been readers of the last one, and the next name
# is the time to look again: the command adds one.
grown()
{
	names_memory
	# a namespace of something that ran before goes late, and its table with it
	((bytes >= before)) || before=$bytes
	((bytes - before < $1 * 8)) || return 0
	"${@:2}"
	return 1
}

# shrunk HEADS: the other way round; a name that goes, and freeing at once
shrunk()
{
	names_memory
	((bytes - before >= $1 * 8)) || return 0
	lwd_links "$ns" <<< $'add passes lwd type dummy\ndel passes'
	echo 2 > /proc/sys/vm/drop_caches
	return 1
}

more_crowd()
{
	local batch j

	for ((j = 0; j < ${1:-1}; j++, i++)); do
		batch+="add crowd$i lwd group 9 type dummy"$'\n'
	done
	lwd_links "$ns" <<< "$batch"
	check_err $? "make a crowd"
}

# The table of names is replaced while a crowd comes, twice, and again when it
# has gone: from 256 heads to 4096 and back.
crowd()
{
	local before bytes i=0

	pairs dummy
	all "link property add dev @ altname @.other"
	names_memory
	before=$bytes
	more_crowd 2100
	[[ -z $before ]] || lwd_wait grown 3840 more_crowd ||
		lwd_fail "expected $before bytes and 3840 heads, got $bytes"
	all "link set @ mtu 1400 up"
	told "in a crowd" "$ns" "*UP*mtu 1400*" "group default"
	all "link set @.other mtu 1300"
	told "by altname in a crowd" "$ns" "*mtu 1300*" "group default"
	all "link set @ down"$'\nlink set @ name @.new'
	alike "name of one in a crowd" "link set @.new name crowd2099"
	ns_ok "delete the crowd" "$ns" "ip link del group 9"
	[[ -z $before ]] || lwd_wait shrunk 3840 ||
		lwd_fail "expected about $before bytes, got $bytes"
	all "link set @.other name @"
	told "after a crowd" "$ns" "*mtu 1300*altname @.other*"
	in_ns "$ns" "lwd_link show"
	[[ $out != *crowd* ]] || lwd_fail "expected no crowd, got one"
}

# A device may have some 490.
more_altnames()
{
	local batch j

	for ((j = 0; j < ${1:-1}; j++, i++)); do
		((j % 20)) ||
			batch+=$'\n'"link property add dev ${devs[j / 20 % 2]}"
		batch+=" altname other$i"
	done
	nsip "$ns" "$batch" || lwd_fail "add altnames: $out"
}

# Devices with many names make the table grow too.
crowd_of_altnames()
{
	local before bytes i=0 name

	pairs dummy
	names_memory
	before=$bytes
	more_altnames 600
	[[ -z $before ]] || lwd_wait grown 768 more_altnames ||
		lwd_fail "expected $before bytes and 768 heads, got $bytes"
	for name in other0 other300 other599; do
		attr_is "$ns" "$name" kind dummy
	done
	lwd_links "$ns" <<< $'del or_dummy\ndel lw_dummy'
	for name in other0 other599; do
		ns_refused "gone" "*no such device*" "$ns" "lwd_link show $name"
	done
}

alias_and_group()
{
	pairs "$LWD_KINDS"
	all "link set @ alias the-alias-of-@"
	all "link set @ group 7"
	told "alias and group" "$ns" "*group 7 *alias the-alias-of-@*"
	in_ns "$ns" "ip link set group 7 up; ip -o link show group 7"
	[[ $out == *lw_dummy*UP*lw_vti*UP*or_dummy*UP* ]] ||
		lwd_fail "expected the group to be up, got $out"
	all "link set @ alias x"$'\nlink set @ group default'
	told "changed" "$ns" "*group default *alias x*"
	labelled "with a group" "$ns"
	all "link set @ alias ''"
	told "removed" "$ns" "*group default *"
	[[ ${lines[*]} != *alias* ]] ||
		lwd_fail "expected no alias, got ${lines[*]}"
}

mtu()
{
	pairs "$LWD_KINDS"
	all "link set @ mtu 1400"
	told "MTU 1400" "$ns" "* mtu 1400 *"
	alike "MTU" "link set @ mtu 10" "link set @ mtu 1279" \
	      "link set @ mtu 9000" "link set @ mtu 70000"
	all "link set @ mtu 1499"
	labelled "MTU 1499" "$ns"
	told "MTU 1499" "$ns" "* mtu 1499 *"
}

mac()
{
	pairs "$ETHER_KINDS"
	all "link set @ address 02:00:5e:00:53:77"
	told "address" "$ns" "*link/ether 02:00:5e:00:53:77 *"
	all "link set @ up"
	alike "address when up" "link set @ address 02:00:5e:00:53:78" \
	      "link set @ address 01:00:5e:00:53:77" \
	      "link set @ address 02:00:5e:00:53"
	told "address" "$ns" "*link/ether 02:00:5e:00:53:78 *"
	labelled "with another address" "$ns"
	alike "broadcast" "link set @ broadcast 02:00:5e:00:53:79"
}

promisc_and_allmulti()
{
	pairs "$LWD_KINDS"
	all "link set @ up"
	all "link set @ promisc on"$'\nlink set @ allmulticast on'
	told "on" "$ns" "*ALLMULTI*PROMISC* promiscuity 1 *"
	in_ns "$ns" "ip -d -o link show under"
	expect "the lower device" "*promiscuity 2 *" "$out"
	labelled "promiscuous" "$ns"
	all "link set @ promisc off"$'\nlink set @ allmulticast off'
	told "off" "$ns" "* promiscuity 0 *"
	in_ns "$ns" "ip -d -o link show under"
	expect "the lower device" "*promiscuity 0 *" "$out"
}

# What is set goes with it; it arrives down.
netns_and_back()
{
	local to

	pairs "$MOVING_KINDS"
	all "link set @ mtu 1400 alias my-@ group 7 up"
	all "link property add dev @ altname @.other"
	all_in "$ns" "link set @ netns $ns2"
	labelled "moved" "$ns2"
	told "moved" "$ns2" "*mtu 1400 *state DOWN*alias my-@*altname @.other*"
	none_left "moved away" "$ns"
	all_in "$ns2" "link set @ up"
	all_in "$ns2" "link set @ netns $ns"
	labelled "back" "$ns"
	told "back" "$ns" "*mtu 1400 *state DOWN*alias my-@*altname @.other*"
	none_left "moved back" "$ns2"
	# under a name of its own there
	all "link set @ netns $ns2 name @.x"
	all_in "$ns2" "link del @.x"
	none_left "deleted there" "$ns2"
}

# A move that is refused leaves it where it is.
netns_refused()
{
	pairs "$LWD_KINDS"
	lwd_links "$ns2" <<-EOF
		flush under
		add or_dummy type dummy
		add lw_dummy lwd type dummy
	EOF
	check_err $? "same names"
	devs=(or_dummy lw_dummy or_vrf lw_vrf)
	alike "refused moves" "link set @ netns $ns2"
	labelled "still here" "$ns"
	all "link set @ up"
	lwd_links "$ns2" <<< "flush under"
}

# The namespace goes with all that is in it: made there, moved there, with a
# lower device or peer elsewhere.
netns_destroyed()
{
	local i

	setup_ns ns3 || return
	pairs "$MOVING_KINDS"
	lwd_links "$ns" <<-EOF
		add or_v type veth peer name or_w netns $ns3
		add lw_v lwd type veth peer lwd name lw_w netns $ns3
	EOF
	check_err $? "make veths"
	labelled "before" "$ns"
	all "link set @ netns $ns3"
	in_ns "$ns" "lwd_link -n $ns3 batch <<-'END'
		add or_b up type bridge
		add lw_b lwd up type bridge
		add or_r up type vrf table 1
		add lw_r lwd up type vrf table 2
		add or_x up master or_b type dummy
		add lw_x lwd up master lw_b type dummy
		add or_y up master lw_r type dummy
		add lw_y lwd up master or_r type dummy
	END
	ip -n $ns3 -batch - <<-'END'
		link set lw_dummy up
		addr add 198.51.100.1/28 dev lw_dummy
		addr add 2001:db8:1::1/64 dev lw_dummy
		addr add 198.51.100.17/28 dev or_dummy
		addr add 198.51.100.33/28 dev lw_y
	END
	ip netns del $ns3"
	check_err $? "fill and delete"
	devs=()
	lwd_wait gone "$ns" or_v lw_v ||
		lwd_fail "expected the veths to go, got $out"
	# the vlans' identifiers are free again
	in_ns "$ns" 'ip -d -o link show type vlan'
	expect "vlans left" "" "$out"
	in_ns "$ns" 'ip -d -o link show under'
	expect "the lower device" "*promiscuity 0 *" "$out"
}

# gone NETNS DEV...: none of them is there
gone()
{
	in_ns "$1" "lwd_link show"
	for dev in "${@:2}"; do
		[[ $out != *name=$dev\ * ]] || return 1
	done
}

group_delete()
{
	pairs "$LWD_KINDS"
	all "link set @ group 9"
	lwd_links "$ns" <<< "add lw_stays lwd type dummy"
	all "link set @ up"
	ns_ok "delete the group" "$ns" "ip link del group 9"
	gone "$ns" "${devs[@]}" ||
		lwd_fail "expected none of the group, got $out"
	devs=(lw_stays)
	labelled "not of the group" "$ns"
}

# A device on top of another goes with it, whatever their labels are; a port or
# a tunnel stays.
lower_deleted()
{
	lwd_links "$ns" <<-EOF
		flush under
		add or_low type dummy
		add lw_low lwd type dummy
		add or_up1 link or_low type vlan id 2
		add lw_up1 lwd link or_low type vlan id 3
		add or_up2 link lw_low type vlan id 2
		add lw_up2 lwd link lw_low type vlan id 3
		add or_up3 link or_up2 type vlan id 4
		add lw_up3 lwd link lw_up2 type vlan id 4
		add or_up4 link lw_up2 type macvlan mode bridge
		add lw_up4 lwd link lw_up2 type macvlan mode bridge
		add or_red type vrf table 1
		add lw_red lwd type vrf table 2
		add or_port master lw_red type dummy
		add lw_port lwd master or_red type dummy
	EOF
	check_err $? "stack"
	devs=({or,lw}_low {or,lw}_up2 {or,lw}_{up1,up3,up4,port,red})
	all "link set @ up"
	in_ns "$ns" "ip link del or_low; ip link del lw_low
		     ip link del or_red; ip link del lw_red"
	check_err $? "delete"
	gone "$ns" {or,lw}_{low,red,up1,up2,up3,up4} ||
		lwd_fail "expected ports alone to stay, got $out"
	devs=(or_port lw_port)
	labelled "ports" "$ns"
	told "ports" "$ns" "*: @: *"
	in_ns "$ns" "ip -o link show master lw_red; ip -o link show or_port"
	[[ $out != *"master "* ]] || lwd_fail "expected no master, got $out"
}

# 50 rounds that each make and delete a pair of every kind; 1,000 where the
# kernel tracks references, and so tells of one too many.  A group is deleted
# by one request, so that the kernel waits once.
rounds()
{
	local batch=$'flush under\n'
	local i kind times=1

	! grep -qw ref_tracker_alloc /proc/kallsyms || times=20
	pairs "$LWD_KINDS"
	labelled "before" "$ns"
	for ((i = 0; i < 50; i++)); do
		for kind in $LWD_KINDS; do
			lwd_words "$kind"
			batch+="add or_$kind group 9 $words"$'\n'
			lwd_words "$kind"
			batch+="add lw_$kind lwd group 9 $words"$'\n'
		done
		batch+=$'del - group 9\n'
	done
	for ((i = 0; i < times; i++)); do
		ns_ok "rounds" "$ns" "lwd_link batch <<-'END'"$'\n'"${batch}END"
	done
	none_left "after the rounds" "$ns"
}

# Nothing was said in the kernel's log that would be about a bug.
quiet_log()
{
	local log

	log=$(dmesg)
	[[ $log == *"$begins"* ]] ||
		lwd_fail "log: expected \"$begins\", got no such line"
	mapfile -t lines < <(grep -E \
		'BUG|WARNING|Call Trace|refcount|leaked|waiting for|UBSAN' \
		<<< "${log##*"$begins"}")
	((!${#lines[@]})) ||
		lwd_fail "log: expected nothing of a bug, got ${lines[*]:0:3}"
}

lwd_start dmesg
lwd_netns ns ns2
begins="lwd lifecycle $$ begins"
echo "$begins" > /dev/kmsg
lwd_test "KEEP-6" rename
lwd_test "KEEP-6" rename_and_replace
lwd_test "KEEP-6" altname
lwd_test "KEEP-6 FOOT-4" crowd
lwd_test "KEEP-6 FOOT-4" crowd_of_altnames
lwd_test "KEEP-6" alias_and_group
lwd_test "KEEP-6" mtu
lwd_test "KEEP-6" mac
lwd_test "KEEP-6" promisc_and_allmulti
lwd_test "KEEP-6 LABEL-4" netns_and_back
lwd_test "KEEP-6" netns_refused
lwd_test "KEEP-6" netns_destroyed
lwd_test "KEEP-6" group_delete
lwd_test "KEEP-6 SYSFS-3" lower_deleted
lwd_test "KEEP-6 LABEL-2" rounds
lwd_test "KEEP-6" quiet_log
lwd_end

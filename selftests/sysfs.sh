#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A lightweight device has no entry in sysfs, in whatever namespace and at
# whatever time of its life; the ordinary device beside it has.
#
#   netns ns                          netns ns2
#  +-------------------------+      +----------+
#  |  or_KIND (ordinary)     | move |          |
#  |  lw_KIND (lightweight)  |----->|          |
#  |  under (dummy)          |<-----|          |
#  +-------------------------+      +----------+

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# A VRF never leaves its namespace.
MOVING_KINDS="dummy vlan vti"

# look NETNS WHEN: no lw_* has an entry, each or_* has both
look()
{
	local dev

	lwd_look "$1" lw_ or_
	seen_none "$2" lw_
	for dev in "${devs[@]}"; do
		[[ $dev == lw_* ]] ||
			seen_all "$2" "/sys/class/net/$dev$3" \
				 "/sys/devices/virtual/net/$dev$3"
	done
}

absent_after_create()
{
	pairs "$LWD_KINDS"
	look "$ns" "after create"
}

absent_when_up()
{
	pairs "$LWD_KINDS"
	all "link set @ up"
	look "$ns" "when up"
	all "link set @ down"
	look "$ns" "when down again"
}

absent_after_rename()
{
	pairs "$LWD_KINDS"
	all "link set @ name @.new"
	look "$ns" "after rename" .new
}

absent_after_change()
{
	pairs "$LWD_KINDS"
	all "link set @ mtu 1400"
	all "link set @ alias @.alias group 7"
	all "link property add dev @ altname @.other"
	all "link set @ promisc on allmulticast on"
	look "$ns" "after changes"
}

absent_after_move()
{
	pairs "$MOVING_KINDS"
	all "link set @ netns $ns2"
	look "$ns2" "after move"
	lwd_look "$ns" lw_ or_
	seen_none "left behind" lw_
	seen_none "control left behind" or_

	all_in "$ns2" "link set @ netns $ns"
	look "$ns" "after move back"
}

# Neither a second namespace nor the one the test began in shows it.
absent_elsewhere()
{
	local kind place

	pairs "$LWD_KINDS"
	for kind in $LWD_KINDS; do
		attr_is "$ns" "lw_$kind" lwd 1
		for place in /sys/class/net /sys/devices/virtual/net; do
			[[ ! -e $place/lw_$kind ]] ||
				lwd_fail "expected no $place/lw_$kind, got one"
		done
	done
	lwd_look "$ns2" lw_ or_
	seen_none "in another netns" lw_
}

# No class, bus, queue or block of any subsystem has its name.
absent_in_all_sys()
{
	pairs dummy
	in_ns "$ns" 'find /sys -name "*_dummy"'
	expect "entries in /sys" "*or_dummy*" "$out"
	[[ $out != *lw_* ]] ||
		lwd_fail "expected no entry of lw_, got ${out//$'\n'/ }"
}

# The entries' owner changes with the namespace's; without entries it must
# not go wrong.
absent_for_another_user()
{
	local pid

	pairs dummy
	setpriv --reuid 65534 --regid 65534 --clear-groups \
		unshare -U -r -n sleep 100 &
	pid=$!
	lwd_defer kill_process "$pid"
	lwd_wait other_netns "$pid" || lwd_fail "expected another namespace"
	all "link set @ netns $pid"
	expect "in the user's netns" "*name=lw_dummy kind=dummy lwd=1*" \
	       "$(nsenter -t "$pid" -n "$lwd_dir/lwd_link" show)"
	out=$(nsenter -t "$pid" -n unshare -m sh -c \
		"mount -t sysfs none /sys && ls /sys/class/net &&
		cd /sys/class/net/or_dummy && stat -c 'owner %u' . mtu")
	expect "owner of them" "*owner 65534*owner 65534*" "$out"
	expect "entries in the user's netns" "*or_dummy*" "$out"
	[[ $out != *lw_* ]] ||
		lwd_fail "expected no entry of lw_, got ${out//$'\n'/ }"
	nsenter -t "$pid" -n ip -batch - <<-EOF
		link set lw_dummy name lw_back
		link set lw_back up
	EOF
	check_err $? "use it there"
	kill_process "$pid"
	lwd_look "$ns" lw_ or_
	seen_none "after the end of the user's netns" lw_
}

other_netns()
{
	[[ ! /proc/$1/ns/net -ef /proc/self/ns/net ]]
}

gone_after_delete()
{
	pairs "$LWD_KINDS"
	all "link del @"
	lwd_look "$ns" lw_ or_
	seen_none "after delete" lw_
	seen_none "control after delete" or_
}

lwd_start find setpriv unshare
lwd_netns ns ns2
lwd_test "SYSFS-1" absent_after_create
lwd_test "SYSFS-1" absent_when_up
lwd_test "SYSFS-1" absent_after_rename
lwd_test "SYSFS-1" absent_after_change
lwd_test "SYSFS-1" absent_after_move
lwd_test "SYSFS-1" absent_elsewhere
lwd_test "SYSFS-1" absent_in_all_sys
lwd_test "SYSFS-1 SYSFS-5" absent_for_another_user
lwd_test "SYSFS-1" gone_after_delete
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# What registration in sysfs does besides sysfs is done for a lightweight
# device too: net.core.rps_default_mask applies to its receive queues.  Packets
# that CPU 0 sends over a veth pair are then taken by CPU 1, which counts them
# in the first column of /proc/net/softnet_stat.
#
#   netns ns          netns ns2 with rps_default_mask 2
#   orN, lwN --------- roN, rlN

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# Packets that CPU 1 took: $steered
read_steered()
{
	local line

	{ read -r line; read -r line; } < /proc/net/softnet_stat
	steered=$((16#${line%% *}))
}

# steered_by MASK FIRST LAST: pairs made under this mask, each of which steers
# (or, with mask 0, does not)
steered_by()
{
	local before dev steered

	in_ns "$ns" "echo $1 > /proc/sys/net/core/rps_default_mask"
	in_ns "$ns2" "echo $1 > /proc/sys/net/core/rps_default_mask"
	veths
	for dev in or1 or2 lw3 lw4; do
		read_steered
		before=$steered
		taskset -c 0 lwd_link -n "$ns" send "$dev" 0x88b5 500
		if (($1)); then
			lwd_wait steered_more $((before + 500)) ||
				lwd_fail "over $dev: expected 500 packets" \
					 "on CPU 1, got $((steered - before))"
		else
			read_steered
			((steered < before + 250)) ||
				lwd_fail "over $dev: expected no packets" \
					 "on CPU 1, got $((steered - before))"
		fi
	done
}

steered_more()
{
	read_steered
	((steered >= $1))
}

default_mask()
{
	steered_by 2
}

no_default_mask()
{
	steered_by 0
}

lwd_start taskset
[[ -e /proc/sys/net/core/rps_default_mask ]] ||
	lwd_skip_all "kernel has no net.core.rps_default_mask"
[[ $(taskset -cp $$) == *0[-,]1* ]] || lwd_skip_all "need CPUs 0 and 1"
lwd_netns ns ns2
lwd_test "SYSFS-4" default_mask
lwd_test "SYSFS-4" no_default_mask
lwd_end

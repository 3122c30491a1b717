#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# A session between two pppd over a terminal, each in a network namespace of its
# own: between lightweight devices, between a lightweight and an ordinary one,
# and between ordinary ones as the control.  pppd gets its lightweight device
# with the help of lwd_pppd.so.
#
#   netns ns                          netns ns2
#   ppp0  198.51.100.1  --- pty ---   ppp0  198.51.100.2

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

OPTIONS="nodetach noauth local nolock nodefaultroute noccp novj"
OPTIONS+=" nobsdcomp nodeflate +ipv6 maxfail 1"

# pppd_cmd NETNS LABEL: the command line begins so: $pppd
pppd_cmd()
{
	# one of them starts the other, which must not inherit it
	if (($2)); then
		pppd="ip netns exec $1 env LD_PRELOAD=$lwd_dir/lwd_pppd.so"
	else
		pppd="ip netns exec $1 env -u LD_PRELOAD"
	fi
	pppd+=" pppd $OPTIONS"
}

has_address()
{
	in_ns "$1" "ip -br addr show dev ppp0"
	[[ $out == *"$2"* && $out == *fe80::* ]]
}

gone()
{
	! in_ns "$1" "lwd_link show ppp0"
}

# session LABEL LABEL2
session()
{
	local far near pid

	pppd_cmd "$ns2" "$2"
	far="$pppd notty 198.51.100.2:198.51.100.1"
	pppd_cmd "$ns" "$1"
	near=$pppd
	# shellcheck disable=SC2086 # cut into words
	$near 198.51.100.1:198.51.100.2 pty "$far" > "$lwd_tmp/pppd" 2>&1 &
	pid=$!
	lwd_defer end_session "$pid"
	if ! lwd_wait has_address "$ns" 198.51.100.1 ||
	   ! lwd_wait has_address "$ns2" 198.51.100.2; then
		lwd_fail "expected a session, got $(tr '\n' ';' \
			< "$lwd_tmp/pppd")"
		return
	fi
	attr_is "$ns" ppp0 lwd "$1"
	attr_is "$ns2" ppp0 lwd "$2"
	lwd_look "$ns" ppp0
	if (($1)); then
		seen_none "session" ppp0
	else
		seen_all "control" /sys/class/net/ppp0 \
			 /proc/sys/net/ipv4/conf/ppp0
	fi
	ping_ok "IPv4" "$ns" 198.51.100.2
	ping_ok "IPv4 back" "$ns2" 198.51.100.1
	ping_ok "IPv6" "$ns" "ff02::1%ppp0"
	end_session "$pid"
	lwd_wait gone "$ns" || lwd_fail "expected ppp0 to go, got it still"
	lwd_wait gone "$ns2" || lwd_fail "expected ppp0 to go, got it still"
}

end_session()
{
	kill "$1" 2> /dev/null
	wait "$1" 2> /dev/null
}

lwd_start pppd
[[ -e $lwd_dir/lwd_pppd.so ]] || lwd_skip_all "lwd_pppd.so is not built"
[[ -c /dev/ppp ]] || lwd_skip_all "kernel has no /dev/ppp"
grep -q "^ppp " /proc/tty/ldiscs ||
	lwd_skip_all "kernel has no PPP over terminals"
lwd_netns ns ns2
in_link "$ns" "add ppp9 lwd on type ppp"
[[ $out != EOPNOTSUPP* ]] || lwd_skip_all "kernel refuses the label for ppp"
lwd_test "KINDS" session 0 0
lwd_test "KINDS ENABLE-1 ENABLE-2 SYSFS-1 PROC-1" session 1 1
lwd_test "KINDS ENABLE-1 ENABLE-2 SYSFS-1 PROC-1" session 1 0
lwd_test "KINDS ENABLE-1 ENABLE-2" session 0 1
lwd_end

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
#
# Tunnels of WireGuard between two network namespaces, over an ordinary veth
# pair, with the ends lightweight or not; ordinary at both is the control.
#
#   netns ns                                          netns ns2
#   wg0  198.51.100.1  2001:db8::1   ---------------  wg0  .2  ::2
#   veth0 192.0.2.1                  ---------------  veth0 192.0.2.2

# shellcheck disable=SC2154,SC2317 # from lwd_lib.sh; cases are arguments
source "$(dirname "$0")/lwd_lib.sh"

# ends LABEL LABEL2: the tunnel without addresses, up
ends()
{
	lwd_links "$ns" <<-EOF
		flush under
		add veth0 type veth peer name veth0 netns $ns2
		set veth0 up
	EOF
	check_err $? "make the pair"
	lwd_links "$ns2" <<-EOF
		flush under veth0
		set veth0 up
	EOF
	nsip "$ns" "addr add 192.0.2.1/24 dev veth0"
	nsip "$ns2" "addr add 192.0.2.2/24 dev veth0"
	end "$ns" "$1" 1 2
	end "$ns2" "$2" 2 1
}

# end NETNS LABEL NUMBER PEER
end()
{
	local label=

	(($2 == 0)) || label=lwd
	# shellcheck disable=SC2086 # a word or none
	lwd_links "$1" <<< "add wg0 $label type wireguard"
	check_err $? "make a device"
	ns_ok "settings" "$1" "wg set wg0 listen-port 5182$3 \
		private-key $lwd_tmp/private$3 peer ${public[$4]} \
		endpoint 192.0.2.$4:5182$4 allowed-ips 0.0.0.0/0,::/0"
	nsip "$1" "link set wg0 up"
	attr_is "$1" wg0 lwd "$2"
}

# traffic LABEL LABEL2
traffic()
{
	ends "$1" "$2"
	lwd_look "$ns" wg0
	if (($1)); then
		seen_none "up" wg0
		ns_lines "$ns" "lwd_link l3 wg0"
		expect "layer 3" "* conf=none netconf=none *" "${lines[0]}"
	else
		seen_all "control" /sys/class/net/wg0 \
			 /proc/sys/net/ipv4/conf/wg0
	fi
	nsip "$ns" "addr add 198.51.100.1/24 dev wg0
		addr add 2001:db8::1/64 dev wg0 nodad"
	nsip "$ns2" "addr add 198.51.100.2/24 dev wg0
		addr add 2001:db8::2/64 dev wg0 nodad"
	ping_ok "IPv4 and IPv6" "$ns" 198.51.100.2 2001:db8::2
	ping_ok "back" "$ns2" 198.51.100.1 2001:db8::1
	! (($1)) || seen_none_now
}

seen_none_now()
{
	lwd_look "$ns" wg0
	seen_none "with addresses" wg0
}

# A tunnel makes itself no link-local address, even if IPv6 comes when it is up.
no_link_local()
{
	local label

	for label in "" lwd; do
		lwd_links "$ns" <<< "flush under
			add wg0 $label up type wireguard"
		[[ ! $label ]] || in_link "$ns" "set wg0 inet6 on"
		nsip "$ns" "addr add 2001:db8::1/64 dev wg0 nodad"
		in_ns "$ns" "ip -d -o link show wg0; ip -6 -o addr show dev wg0"
		expect "${label:-ordinary}" "*addrgenmode none*2001:db8::1/64*" \
		       "$out"
		[[ $out != *fe80::* ]] ||
			lwd_fail "expected no link-local address, got $out"
	done
}

# It is gone, and the namespace of its socket with it.
gone_with_netns()
{
	local name=wg-gone-$$

	ip netns add "$name"
	lwd_defer ip netns delete "$name"
	lwd_link -n "$name" add wg0 lwd on type wireguard ||
		lwd_fail "make a device"
	ip -n "$name" addr add 198.51.100.1/24 dev wg0 ||
		lwd_fail "add an address"
	ip -n "$name" link set wg0 up || lwd_fail "set it up"
	ip netns delete "$name"
	ip netns add "$name"
}

lwd_start wg
lwd_netns ns ns2
in_ns "$ns" "ip link add wg0 type wireguard && ip link del wg0" ||
	lwd_skip_all "kernel has no wireguard"
lwd_link -n "$ns" add wg0 lwd on type wireguard > /dev/null ||
	lwd_skip_all "kernel refuses the label for wireguard"
umask 077
for end in 1 2; do
	wg genkey > "$lwd_tmp/private$end"
	public[end]=$(wg pubkey < "$lwd_tmp/private$end")
done
for labels in "0 0" "1 1" "1 0" "0 1"; do
	# shellcheck disable=SC2086 # two words
	lwd_test "KINDS KEEP-5 SYSFS-1 PROC-1" traffic $labels
done
lwd_test "KINDS KEEP-5" no_link_local
lwd_test "KINDS KEEP-6" gone_with_netns
lwd_end

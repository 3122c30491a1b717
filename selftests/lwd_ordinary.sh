# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
#
# What the tests of ordinary devices share.  Sourced after lwd_lib.sh; a test
# makes the namespace in $ns.

# shellcheck disable=SC2016,SC2154 # for agents; names

KINDS="dummy vlan vrf veth bridge bond macvlan vti gre vxlan"

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
			[[ \$(< \$file) == $1 ]] && continue
			lwd_cat \$file
			return 1
		done"
}

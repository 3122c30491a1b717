// SPDX-License-Identifier: GPL-2.0
/* The kinds of devices that the fuzzer makes, the usual ones more often. */

#include <linux/amt.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>

#include "fuzz.h"

static const struct attr no_attrs[] = { { } };

static const struct attr vlan_attrs[] = {
	{ IFLA_VLAN_ID, U16, 1, 1, 4 },
	{ IFLA_VLAN_PROTOCOL, BE16, 4, 0x8100, 0x8100 }, { }
};

static const struct attr vrf_attrs[] = {
	{ IFLA_VRF_TABLE, U32, 1, 10, 13 }, { }
};

static const struct attr vti_attrs[] = {
	{ IFLA_VTI_LOCAL, IP4, 1 }, { IFLA_VTI_REMOTE, IP4, 1 },
	{ IFLA_VTI_IKEY, BE32, 2, 1, 4 }, { IFLA_VTI_OKEY, BE32, 2, 1, 4 },
	{ IFLA_VTI_LINK, DEV, 4 }, { }
};

static const struct attr vti6_attrs[] = {
	{ IFLA_VTI_LOCAL, IP6, 1 }, { IFLA_VTI_REMOTE, IP6, 1 },
	{ IFLA_VTI_IKEY, BE32, 2, 1, 4 }, { IFLA_VTI_LINK, DEV, 4 }, { }
};

static const struct attr ipip_attrs[] = {
	{ IFLA_IPTUN_LOCAL, IP4, 1 }, { IFLA_IPTUN_REMOTE, IP4, 1 },
	{ IFLA_IPTUN_LINK, DEV, 4 }, { IFLA_IPTUN_TTL, U8, 3, 0, 255 },
	{ IFLA_IPTUN_COLLECT_METADATA, FLAG, 6 }, { }
};

static const struct attr ip6tnl_attrs[] = {
	{ IFLA_IPTUN_LOCAL, IP6, 1 }, { IFLA_IPTUN_REMOTE, IP6, 1 },
	{ IFLA_IPTUN_LINK, DEV, 4 }, { IFLA_IPTUN_PROTO, U8, 3, 0, 41 },
	{ IFLA_IPTUN_COLLECT_METADATA, FLAG, 6 }, { }
};

static const struct attr gre_attrs[] = {
	{ IFLA_GRE_LOCAL, IP4, 1 }, { IFLA_GRE_REMOTE, IP4, 1 },
	{ IFLA_GRE_LINK, DEV, 4 }, { IFLA_GRE_IFLAGS, BE16, 2, 0x2000, 0x2000 },
	{ IFLA_GRE_OFLAGS, BE16, 2, 0x2000, 0x2000 },
	{ IFLA_GRE_IKEY, BE32, 1, 1, 9 }, { IFLA_GRE_OKEY, BE32, 1, 1, 9 },
	{ IFLA_GRE_ERSPAN_VER, U8, 2, 1, 2 },
	{ IFLA_GRE_ERSPAN_INDEX, U32, 2, 1, 9 },
	{ IFLA_GRE_COLLECT_METADATA, FLAG, 6 }, { }
};

static const struct attr gre6_attrs[] = {
	{ IFLA_GRE_LOCAL, IP6, 1 }, { IFLA_GRE_REMOTE, IP6, 1 },
	{ IFLA_GRE_LINK, DEV, 4 }, { IFLA_GRE_IFLAGS, BE16, 2, 0x2000, 0x2000 },
	{ IFLA_GRE_IKEY, BE32, 1, 1, 9 }, { IFLA_GRE_OKEY, BE32, 1, 1, 9 },
	{ IFLA_GRE_ERSPAN_VER, U8, 2, 1, 2 },
	{ IFLA_GRE_ERSPAN_INDEX, U32, 2, 1, 9 },
	{ IFLA_GRE_COLLECT_METADATA, FLAG, 6 }, { }
};

static const struct attr vxlan_attrs[] = {
	{ IFLA_VXLAN_ID, U32, 1, 1, 4 }, { IFLA_VXLAN_GROUP, IP4, 2 },
	{ IFLA_VXLAN_GROUP6, IP6, 4 }, { IFLA_VXLAN_LINK, DEV, 2 },
	{ IFLA_VXLAN_PORT, BE16, 1, 4789, 4791 },
	{ IFLA_VXLAN_COLLECT_METADATA, U8, 6, 1, 1 }, { }
};

static const struct attr geneve_attrs[] = {
	{ IFLA_GENEVE_ID, U32, 1, 1, 4 }, { IFLA_GENEVE_REMOTE, IP4, 1 },
	{ IFLA_GENEVE_PORT, BE16, 1, 6081, 6082 }, { }
};

static const struct attr bareudp_attrs[] = {
	{ IFLA_BAREUDP_PORT, BE16, 1, 6635, 6638 },
	{ IFLA_BAREUDP_ETHERTYPE, BE16, 1, 0x8847, 0x8847 }, { }
};

static const struct attr macvlan_attrs[] = {
	{ IFLA_MACVLAN_MODE, U32, 1, 1, 8 }, { }
};

static const struct attr ipvlan_attrs[] = {
	{ IFLA_IPVLAN_MODE, U16, 1, 0, 2 }, { }
};

static const struct attr bridge_attrs[] = {
	{ IFLA_BR_STP_STATE, U32, 4, 0, 1 },
	{ IFLA_BR_VLAN_FILTERING, U8, 4, 0, 1 },
	{ IFLA_BR_MCAST_SNOOPING, U8, 4, 0, 1 },
	{ IFLA_BR_MCAST_QUERIER, U8, 3, 0, 1 }, { }
};

static const struct attr bond_attrs[] = {
	{ IFLA_BOND_MODE, U8, 1, 0, 6 }, { IFLA_BOND_MIIMON, U32, 3, 0, 100 },
	{ }
};

static const struct attr xfrm_attrs[] = {
	{ IFLA_XFRM_IF_ID, U32, 1, 1, 9 }, { IFLA_XFRM_LINK, DEV, 3 }, { }
};

static const struct attr amt_attrs[] = {
	{ IFLA_AMT_MODE, U32, 1, 0, 1 }, { IFLA_AMT_LINK, DEV, 1 },
	{ IFLA_AMT_RELAY_PORT, BE16, 1, 2268, 2269 },
	{ IFLA_AMT_LOCAL_IP, IP4, 1 },
	{ IFLA_AMT_DISCOVERY_IP, IP4, 1 }, { }
};

static const struct attr gtp_attrs[] = {
	{ IFLA_GTP_CREATE_SOCKETS, U8, 1, 1, 1 }, { }
};

static const struct attr hsr_attrs[] = {
	{ IFLA_HSR_SLAVE1, DEV, 1 }, { IFLA_HSR_SLAVE2, DEV, 1 }, { }
};

const struct kind fuzz_kinds[] = {
	{ "dummy", no_attrs }, { "dummy", no_attrs }, { "dummy", no_attrs },
	{ "veth", no_attrs, .peer = 1 }, { "veth", no_attrs, .peer = 1 },
	{ "veth", no_attrs, .peer = 1 }, { "netkit", no_attrs, .peer = 1 },
	{ "vlan", vlan_attrs, .link = true },
	{ "vlan", vlan_attrs, .link = true },
	{ "vrf", vrf_attrs }, { "vrf", vrf_attrs }, { "bridge", bridge_attrs },
	{ "bridge", bridge_attrs }, { "macvlan", macvlan_attrs, .link = true },
	{ "ipvlan", ipvlan_attrs, .link = true }, { "bond", bond_attrs },
	{ "team", no_attrs }, { "vti", vti_attrs }, { "vti6", vti6_attrs },
	{ "ipip", ipip_attrs }, { "sit", ipip_attrs },
	{ "ip6tnl", ip6tnl_attrs },
	{ "gre", gre_attrs }, { "gretap", gre_attrs }, { "erspan", gre_attrs },
	{ "ip6gre", gre6_attrs }, { "ip6gretap", gre6_attrs },
	{ "ip6erspan", gre6_attrs }, { "vxlan", vxlan_attrs },
	{ "geneve", geneve_attrs }, { "bareudp", bareudp_attrs },
	{ "macsec", no_attrs, .link = true }, { "xfrm", xfrm_attrs },
	{ "amt", amt_attrs }, { "gtp", gtp_attrs }, { "wireguard", no_attrs },
	{ "ovpn", no_attrs }, { "ifb", no_attrs }, { "nlmon", no_attrs },
	{ "vsockmon", no_attrs }, { "vcan", no_attrs },
	{ "vxcan", no_attrs, .peer = 1 },
	{ "hsr", hsr_attrs, .refuses = true },
	{ "batadv", no_attrs, .refuses = true },
	{ "macvtap", macvlan_attrs, .link = true, .refuses = true },
	{ "ipvtap", ipvlan_attrs, .link = true, .refuses = true },
	{ "pfcp", no_attrs, .refuses = true },
};

const unsigned int fuzz_kinds_count = ARRAY_SIZE(fuzz_kinds);

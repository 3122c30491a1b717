// SPDX-License-Identifier: GPL-2.0
/* The fuzzer's messages about layer 3 of links: addresses, routes, ... */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/fib_rules.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/lwtunnel.h>
#include <linux/mpls_iptunnel.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/nexthop.h>
#include <linux/pkt_sched.h>
#include <linux/rtnetlink.h>

#include "fuzz.h"

static int some_family(void)
{
	return chance(2) ? AF_INET : AF_INET6;
}

static int new_addr(struct world *w, int at)
{
	int family = some_family();
	bool del = chance(4);
	struct ifaddrmsg *ifa;
	struct msg m;

	ifa = msg_start(&m, del ? RTM_DELADDR : RTM_NEWADDR,
			del ? 0 :
			      NLM_F_CREATE | (chance(2) ? NLM_F_REPLACE : 0),
			sizeof(*ifa));
	ifa->ifa_family = family;
	ifa->ifa_prefixlen = family == AF_INET ? 24 : 64;
	if (chance(8))
		ifa->ifa_prefixlen = pick(130);
	ifa->ifa_index = some_dev();
	ifa->ifa_flags = chance(2) ? IFA_F_NODAD : 0;
	put_ip(&m, IFA_LOCAL, family);
	if (chance(3))
		put_ip(&m, IFA_ADDRESS, family);
	if (chance(4)) {
		struct ifa_cacheinfo life = { pick(3), 1 + pick(3) };

		put(&m, IFA_CACHEINFO, &life, sizeof(life));
	}
	if (chance(4))
		put_u32(&m, IFA_FLAGS, 1u << pick(13));
	if (chance(6))
		put_u32(&m, IFA_RT_PRIORITY, pick(3));
	return talk(w, at, &m);
}

static void put_encap(struct msg *m)
{
	uint32_t label = htonl((16 + pick(4)) << 12 | 1 << 8);
	size_t encap;

	put_u16(m, RTA_ENCAP_TYPE, LWTUNNEL_ENCAP_MPLS);
	encap = nest(m, RTA_ENCAP);
	put(m, MPLS_IPTUNNEL_DST, &label, sizeof(label));
	nest_end(m, encap);
}

static void put_multipath(struct msg *m, int family)
{
	size_t list = nest(m, RTA_MULTIPATH);
	int i, n = 1 + pick(3);

	for (i = 0; i < n; i++) {
		struct rtnexthop *hop =
			(void *)((char *)m->nlh + m->nlh->nlmsg_len);
		unsigned int from = m->nlh->nlmsg_len;

		memset(hop, 0, sizeof(*hop));
		hop->rtnh_ifindex = some_dev();
		hop->rtnh_hops = pick(3);
		m->nlh->nlmsg_len += sizeof(*hop);
		if (chance(2))
			put_ip(m, RTA_GATEWAY, family);
		hop->rtnh_len = m->nlh->nlmsg_len - from;
	}
	nest_end(m, list);
}

static int new_mpls_route(struct world *w, int at)
{
	uint32_t label = htonl((16 + pick(4)) << 12 | 1 << 8);
	bool del = chance(4);
	struct rtmsg *rtm;
	struct msg m;

	rtm = msg_start(&m, del ? RTM_DELROUTE : RTM_NEWROUTE,
			del ? 0 : NLM_F_CREATE | NLM_F_REPLACE, sizeof(*rtm));
	rtm->rtm_family = AF_MPLS;
	rtm->rtm_dst_len = 20;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_protocol = RTPROT_STATIC;
	put(&m, RTA_DST, &label, sizeof(label));
	if (chance(2)) {
		struct {
			uint16_t family;
			uint8_t addr[4];
		} via = { AF_INET, { 10, 0, pick(4), 1 + pick(4) } };

		put(&m, RTA_VIA, &via, sizeof(via));
	}
	put_u32(&m, RTA_OIF, some_dev());
	return talk(w, at, &m);
}

static int new_route(struct world *w, int at)
{
	static const uint8_t types[] = {
		RTN_LOCAL, RTN_MULTICAST, RTN_BLACKHOLE, RTN_ANYCAST, RTN_THROW,
	};
	int family = some_family();
	bool del = chance(4);
	struct rtmsg *rtm;
	struct msg m;

	rtm = msg_start(&m, del ? RTM_DELROUTE : RTM_NEWROUTE,
			del ? 0 :
			      NLM_F_CREATE | (chance(2) ? NLM_F_APPEND :
							  NLM_F_REPLACE),
			sizeof(*rtm));
	rtm->rtm_family = family;
	rtm->rtm_dst_len = family == AF_INET ? 24 : 64;
	rtm->rtm_table = chance(4) ? 10 + pick(4) : RT_TABLE_MAIN;
	rtm->rtm_type = chance(8) ? types[pick(sizeof(types))] : RTN_UNICAST;
	rtm->rtm_protocol = RTPROT_STATIC;
	if (chance(6))
		rtm->rtm_dst_len = pick(129);
	put_ip(&m, RTA_DST, family);
	m.buf[m.nlh->nlmsg_len - 1] = 0; /* a network, no host */
	switch (pick(4)) {
	case 0:
		put_u32(&m, RTA_NH_ID, 1 + pick(6));
		break;
	case 1:
		put_multipath(&m, family);
		break;
	case 2:
		put_ip(&m, RTA_GATEWAY, family);
		if (chance(2))
			break;
		rtm->rtm_flags = chance(2) ? RTNH_F_ONLINK : 0;
		__attribute__((fallthrough));
	default:
		if (m.nlh->nlmsg_len ==
		    m.first + NLA_ALIGN(NLA_HDRLEN +
					(family == AF_INET ? 4 : 16)))
			rtm->rtm_scope = RT_SCOPE_LINK;
		put_u32(&m, RTA_OIF, some_dev());
		if (chance(6))
			put_encap(&m);
	}
	if (chance(6))
		put_ip(&m, RTA_PREFSRC, family);
	if (chance(6))
		put_u32(&m, RTA_PRIORITY, pick(4));
	return talk(w, at, &m);
}

static int new_nexthop(struct world *w, int at)
{
	bool del = chance(4);
	struct nhmsg *nhm;
	struct msg m;

	nhm = msg_start(&m, del ? RTM_DELNEXTHOP : RTM_NEWNEXTHOP,
			del ? 0 :
			      NLM_F_CREATE | (chance(2) ? NLM_F_REPLACE : 0),
			sizeof(*nhm));
	put_u32(&m, NHA_ID, 1 + pick(6));
	if (del)
		return talk(w, at, &m);
	nhm->nh_family = some_family();
	nhm->nh_protocol = RTPROT_STATIC;
	if (chance(4)) {
		struct nexthop_grp group[2] = {
			{ .id = 1 + pick(4), .weight = pick(2) },
			{ .id = 1 + pick(4) },
		};

		nhm->nh_family = AF_UNSPEC;
		put(&m, NHA_GROUP, group, sizeof(group[0]) * (1 + pick(2)));
		if (chance(3))
			put_u16(&m, NHA_GROUP_TYPE, pick(2));
	} else if (chance(8)) {
		put(&m, NHA_BLACKHOLE, NULL, 0);
	} else {
		put_u32(&m, NHA_OIF, some_dev());
		if (chance(2))
			put_ip(&m, NHA_GATEWAY, nhm->nh_family);
		else if (chance(8))
			put(&m, NHA_FDB, NULL, 0);
	}
	return talk(w, at, &m);
}

static int new_neigh(struct world *w, int at)
{
	int family = some_family();
	bool del = chance(4);
	struct ndmsg *ndm;
	struct msg m;

	ndm = msg_start(&m, del ? RTM_DELNEIGH : RTM_NEWNEIGH,
			del ? 0 : NLM_F_CREATE | NLM_F_REPLACE, sizeof(*ndm));
	ndm->ndm_family = chance(5) ? AF_BRIDGE : family;
	ndm->ndm_ifindex = some_dev();
	/*
	 * Not NUD_INCOMPLETE: such an entry has no timer, and a datagram that
	 * waits for it holds its socket, and that its namespace, for ever (7.3,
	 * any device).
	 */
	ndm->ndm_state = 2u << pick(7);
	ndm->ndm_flags = chance(3) ? NTF_PROXY : chance(3) ? NTF_SELF : 0;
	if (ndm->ndm_family != AF_BRIDGE || chance(2))
		put_ip(&m, NDA_DST, family);
	if (!(ndm->ndm_flags & NTF_PROXY))
		put(&m, NDA_LLADDR, "\2\0\0\0\0\7", 6);
	if (chance(8))
		put_u32(&m, NDA_FLAGS_EXT, pick(4));
	return talk(w, at, &m);
}

static int neigh_table(struct world *w, int at)
{
	static const struct attr parms[] = {
		{ NDTPA_QUEUE_LEN, U32, 2, 1, 100 },
		{ NDTPA_APP_PROBES, U32, 3, 0, 3 },
		{ NDTPA_MCAST_PROBES, U32, 3, 0, 3 },
		{ NDTPA_UCAST_PROBES, U32, 3, 0, 3 },
		{ NDTPA_PROXY_QLEN, U32, 3, 0, 9 },
		{}
	};
	struct ndtmsg *ndt;
	uint64_t ms = 1000 + pick(9000);
	struct msg m;
	size_t list;

	ndt = msg_start(&m, RTM_SETNEIGHTBL, 0, sizeof(*ndt));
	ndt->ndtm_family = some_family();
	put_str(&m, NDTA_NAME,
		ndt->ndtm_family == AF_INET ? "arp_cache" : "ndisc_cache");
	list = nest(&m, NDTA_PARMS);
	if (!chance(6))
		put_u32(&m, NDTPA_IFINDEX, some_dev());
	put_attrs(&m, parms);
	if (chance(2))
		put(&m, NDTPA_BASE_REACHABLE_TIME, &ms, sizeof(ms));
	nest_end(&m, list);
	return talk(w, at, &m);
}

static int netconf(struct world *w, int at)
{
	static const uint8_t families[] = { AF_INET, AF_INET6, AF_MPLS };
	bool dump = chance(4);
	struct netconfmsg *ncm;
	struct msg m;

	ncm = msg_start(&m, RTM_GETNETCONF, dump ? NLM_F_DUMP : 0,
			sizeof(*ncm));
	ncm->ncm_family = families[pick(3)];
	if (!dump)
		put_u32(&m, NETCONFA_IFINDEX,
			chance(6) ? -1 - pick(2) : some_dev());
	return talk(w, at, &m);
}

static int dump_all(struct world *w, int at)
{
	static const struct {
		uint16_t type;
		uint8_t header;
	} dumps[] = {
		{ RTM_GETADDR, sizeof(struct ifaddrmsg) },
		{ RTM_GETROUTE, sizeof(struct rtmsg) },
		{ RTM_GETNEIGH, sizeof(struct ndmsg) },
		{ RTM_GETNEIGHTBL, sizeof(struct ndtmsg) },
		{ RTM_GETNEXTHOP, sizeof(struct nhmsg) },
		{ RTM_GETQDISC, sizeof(struct tcmsg) },
		{ RTM_GETRULE, sizeof(struct fib_rule_hdr) },
		{ RTM_GETMULTICAST, sizeof(struct ifaddrmsg) },
		{ RTM_GETANYCAST, sizeof(struct ifaddrmsg) },
	};
	unsigned int i = pick(ARRAY_SIZE(dumps));
	uint8_t *family;
	struct msg m;

	family = msg_start(&m, dumps[i].type, NLM_F_DUMP, dumps[i].header);
	*family = dumps[i].type == RTM_GETANYCAST  ? AF_INET6 :
		  dumps[i].type == RTM_GETNEIGHTBL ? AF_UNSPEC :
						     some_family();
	return talk(w, at, &m);
}

static int get_route(struct world *w, int at)
{
	struct rtmsg *rtm;
	struct msg m;

	rtm = msg_start(&m, RTM_GETROUTE, 0, sizeof(*rtm));
	rtm->rtm_family = some_family();
	rtm->rtm_dst_len = rtm->rtm_family == AF_INET ? 32 : 128;
	rtm->rtm_flags = chance(2) ? RTM_F_FIB_MATCH : 0;
	put_ip(&m, RTA_DST, rtm->rtm_family);
	if (chance(3))
		put_ip(&m, RTA_SRC, rtm->rtm_family);
	put_u32(&m, chance(2) ? RTA_OIF : RTA_IIF, some_dev());
	return talk(w, at, &m);
}

static int rule(struct world *w, int at)
{
	struct fib_rule_hdr *frh;
	struct msg m;

	frh = msg_start(&m, chance(3) ? RTM_DELRULE : RTM_NEWRULE, NLM_F_CREATE,
			sizeof(*frh));
	frh->family = some_family();
	frh->action = FR_ACT_TO_TBL;
	frh->table = 10 + pick(4);
	put_u32(&m, FRA_PRIORITY, 100 + pick(3));
	if (chance(2))
		put_str(&m, FRA_IIFNAME, "f2");
	if (chance(4))
		put_u8(&m, FRA_L3MDEV, 1);
	return talk(w, at, &m);
}

static int qdisc(struct world *w, int at)
{
	static const char *const names[] = {
		"pfifo",   "fq",      "fq_codel",   "prio",  "clsact",
		"ingress", "noqueue", "pfifo_fast", "bfifo",
	};
	const char *name = names[pick(ARRAY_SIZE(names))];
	bool del = chance(4);
	struct tcmsg *tcm;
	struct msg m;

	tcm = msg_start(&m, del ? RTM_DELQDISC : RTM_NEWQDISC,
			del ? 0 : NLM_F_CREATE | NLM_F_REPLACE, sizeof(*tcm));
	tcm->tcm_ifindex = some_dev();
	if (!strcmp(name, "clsact") || !strcmp(name, "ingress")) {
		tcm->tcm_parent = TC_H_INGRESS;
		tcm->tcm_handle = TC_H_MAKE(TC_H_INGRESS, 0);
	} else {
		tcm->tcm_parent = TC_H_ROOT;
		tcm->tcm_handle = del ? 0 : TC_H_MAKE(1 << 16, 0);
	}
	put_str(&m, TCA_KIND, name);
	return talk(w, at, &m);
}

const struct op net_ops[] = {
	{ new_addr, 16, "address", true },
	{ new_route, 16, "route", true },
	{ new_mpls_route, 3, "label route", true },
	{ new_nexthop, 8, "nexthop", true },
	{ new_neigh, 6, "neighbour", true },
	{ neigh_table, 3, "neighbour table", true },
	{ netconf, 2, "netconf", true },
	{ dump_all, 2, "dump" },
	{ get_route, 3, "get route", true },
	{ rule, 1, "rule" },
	{ qdisc, 4, "qdisc" },
	{ }
};

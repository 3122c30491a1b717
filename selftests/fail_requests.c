// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation on the way of a request fails once (lwd_fail.h): entries,
 * addresses, names, groups, routers, kinds.  fail_settings.c has the settings.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/mroute.h>
#include <linux/mroute6.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>

#include "lwd_fail.h"
#include "lwd_frame.h"

static int sock = -1;

static void parm_now(const struct request *r, struct nl_ack *ack)
{
	neigh_parm_set(ack, r->af, DEV, NDTPA_MCAST_PROBES, 11);
}

static bool parm_done(const struct request *r)
{
	return neigh_parm(r->af, DEV, NDTPA_MCAST_PROBES) == 11;
}

/* To see it fail again the device must have none of its own. */
static void parm_undo(const struct request *r)
{
	cmd("set " DEV " mtu 60");
	cmd("set " DEV " mtu 1500");
	if (!fail_label)
		return;
	cmd("set " DEV " inet off inet6 off");
	cmd("set " DEV " inet on inet6 on");
}

/* A neighbour or a proxy's entry, a nexthop, a route: of an address */
static void entry(const struct request *r, struct nl_ack *ack, int type)
{
	unsigned char mac[6] = { 2, 0, 0x5e, 0, 0x53, 1 }, addr[16];
	int index = if_nametoindex(DEV), len = r->af == AF_INET ? 4 : 16;
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	struct nhmsg *nhm;
	struct ndmsg *ndm;
	char buf[256] = {};

	inet_pton(r->af, r->words, addr);
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	if (type == r->type)
		nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	switch (type) {
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
		ndm->ndm_family = r->af;
		ndm->ndm_ifindex = index;
		ndm->ndm_state = NUD_PERMANENT;
		ndm->ndm_flags = r->again ? NTF_PROXY : 0;
		mnl_attr_put(nlh, NDA_DST, len, addr);
		if (!r->again)
			mnl_attr_put(nlh, NDA_LLADDR, sizeof(mac), mac);
		break;
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
		rtm->rtm_family = r->af;
		rtm->rtm_dst_len = len * 8;
		rtm->rtm_table = RT_TABLE_MAIN;
		rtm->rtm_protocol = RTPROT_STATIC;
		rtm->rtm_scope = r->af == AF_INET ? RT_SCOPE_LINK :
						   RT_SCOPE_UNIVERSE;
		rtm->rtm_type = RTN_UNICAST;
		mnl_attr_put(nlh, RTA_DST, len, addr);
		mnl_attr_put_u32(nlh, RTA_OIF, index);
		break;
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		nhm = mnl_nlmsg_put_extra_header(nlh, sizeof(*nhm));
		nhm->nh_family = type == RTM_NEWNEXTHOP ? r->af : AF_UNSPEC;
		mnl_attr_put_u32(nlh, NHA_ID, 7);
		if (type == RTM_DELNEXTHOP)
			break;
		mnl_attr_put_u32(nlh, NHA_OIF, index);
		break;
	}
	nl_talk(nlh, ack, NULL, NULL);
}

static void entry_now(const struct request *r, struct nl_ack *ack)
{
	entry(r, ack, r->type);
}

/* What takes it away is the next number. */
static void entry_undo(const struct request *r)
{
	struct nl_ack ack;

	entry(r, &ack, r->type + 1);
}

static void addr_now(const struct request *r, struct nl_ack *ack)
{
	addr_cmd(ack, RTM_NEWADDR, DEV, r->words, r->af == AF_INET ? 24 : 64);
}

static void addr_undo(const struct request *r)
{
	struct nl_ack ack;

	addr_cmd(&ack, RTM_DELADDR, DEV, r->words, r->af == AF_INET ? 24 : 64);
}

/* As ifconfig does */
static void ioctl_now(const struct request *r, struct nl_ack *ack)
{
	struct ifreq ifr = { .ifr_name = DEV };
	struct sockaddr_storage ss;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	to_sockaddr(r->words, 0, &ss);
	memcpy(&ifr.ifr_addr, &ss, sizeof(ifr.ifr_addr));
	ack->err = fd < 0 || ioctl(fd, SIOCSIFADDR, &ifr) ? errno : 0;
	close(fd);
}

static void link_now(const struct request *r, struct nl_ack *ack)
{
	link_cmd(ack, r->words, fail_label);
}

static void link_undo(const struct request *r)
{
	struct nl_ack ack;

	link_cmd(&ack, "%s", r->again);
}

static bool renamed(const struct request *r)
{
	return if_nametoindex("other");
}

/* With the first address, and what comes by itself with it */
static void entries(void)
{
	static const struct request requests[] = {
		{ "parameters of neighbours", parm_now, parm_undo, parm_done,
		  .af = AF_INET },
		{ "parameters of neighbours", parm_now, parm_undo, parm_done,
		  .af = AF_INET6 },
#define ENTRY(what, type, addr, again, af) \
		{ what, entry_now, entry_undo, NULL, addr, again, af, type }
		ENTRY("neighbour", RTM_NEWNEIGH, "198.51.100.9", NULL, AF_INET),
		ENTRY("neighbour", RTM_NEWNEIGH, "2001:db8::9", NULL, AF_INET6),
		ENTRY("proxy", RTM_NEWNEIGH, "198.51.100.9", "", AF_INET),
		ENTRY("proxy", RTM_NEWNEIGH, "2001:db8::9", "", AF_INET6),
		ENTRY("route", RTM_NEWROUTE, "203.0.113.9", NULL, AF_INET),
		ENTRY("route", RTM_NEWROUTE, "2001:db8:9::9", NULL, AF_INET6),
		ENTRY("nexthop", RTM_NEWNEXTHOP, "203.0.113.9", NULL, AF_INET),
		ENTRY("nexthop", RTM_NEWNEXTHOP, "2001:db8:9::9", NULL,
		      AF_INET6),
		{ "address", addr_now, addr_undo, NULL, "198.51.100.1",
		  .af = AF_INET },
		{ "address", addr_now, addr_undo, NULL, "2001:db8::1",
		  .af = AF_INET6 },
		{ "SIOCSIFADDR", ioctl_now, addr_undo, NULL, "198.51.100.1",
		  .af = AF_INET },
		{ "alias", link_now, link_undo, NULL, "set " DEV " alias new",
		  "set " DEV " alias old" },
	};

	fail_labels(requests, ARRAY_SIZE(requests));
}

/* As if it had never had any */
static void families_undo(const struct request *r)
{
	cmd("set " DEV " inet off inet6 off mpls off");
	cmd("set " DEV " inet auto inet6 auto mpls auto");
}

/* What gives a lightweight device its layer 3 */
static void first(void)
{
	static const struct request requests[] = {
		{ "first address", addr_now, families_undo, NULL,
		  "198.51.100.1", .af = AF_INET },
		{ "first address", addr_now, families_undo, NULL,
		  "2001:db8::1", .af = AF_INET6 },
		{ "first SIOCSIFADDR", ioctl_now, families_undo, NULL,
		  "198.51.100.1", .af = AF_INET },
		{ "inet6 with a token", link_now, families_undo, NULL,
		  "set " DEV " inet6 on inet6-conf 1 33 token ::7" },
		{ "all", link_now, families_undo, NULL,
		  "set " DEV " inet on inet6 on mpls on mpls-input 1" },
	};

	fail_label = 1;
	cmd("add " DEV " lwd on up arp on type dummy");
	fail_all(requests, ARRAY_SIZE(requests));
}

/*
 * An ordinary device's old name does not come back if all fails, as sysfs has
 * to be told of it: this is of lightweight ones.
 */
static void name(void)
{
	static const struct request requests[] = {
		{ "name", link_now, link_undo, renamed,
		  "set " DEV " name other", "set other name " DEV },
	};

	fail_label = 1;
	cmd("add " DEV " lwd on up inet on inet6 on type dummy");
	fail_all(requests, ARRAY_SIZE(requests));
}

static void join_now(const struct request *r, struct nl_ack *ack)
{
	struct group_source_req gsr = { .gsr_interface = if_nametoindex(DEV) };
	int level = r->af == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	struct ipv6_mreq mreq = {};

	if (sock < 0)
		sock = socket(r->af, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	to_sockaddr(r->words, 0, &gsr.gsr_group);
	if (r->type == IPV6_JOIN_ANYCAST) {
		inet_pton(AF_INET6, r->words, &mreq.ipv6mr_multiaddr);
		mreq.ipv6mr_interface = gsr.gsr_interface;
		ack->err = setsockopt(sock, level, r->type, &mreq,
				      sizeof(mreq)) ? errno : 0;
		return;
	}
	if (r->again)
		to_sockaddr(r->again, 0, &gsr.gsr_source);
	ack->err = setsockopt(sock, level, r->type, &gsr, r->again ?
			      sizeof(gsr) : sizeof(struct group_req)) ?
		   errno : 0;
}

static void join_undo(const struct request *r)
{
	close(sock);
	sock = -1;
}

static void groups(void)
{
	static const struct request requests[] = {
#define JOIN(what, group, source, af, type) \
		{ what, join_now, join_undo, NULL, group, source, af, type }
		JOIN("group", "233.252.0.1", NULL, AF_INET, MCAST_JOIN_GROUP),
		JOIN("group", "ff15::db8:1", NULL, AF_INET6, MCAST_JOIN_GROUP),
		JOIN("source", "233.252.0.1", "198.51.100.9", AF_INET,
		     MCAST_JOIN_SOURCE_GROUP),
		JOIN("source", "ff15::db8:1", "2001:db8::9", AF_INET6,
		     MCAST_JOIN_SOURCE_GROUP),
		JOIN("anycast", "2001:db8::a", NULL, AF_INET6,
		     IPV6_JOIN_ANYCAST),
	};

	fail_labels(requests, ARRAY_SIZE(requests));
}

/* An interface of a multicast router */
static void router_now(const struct request *r, struct nl_ack *ack)
{
	struct mif6ctl mif = { .mif6c_pifi = if_nametoindex(DEV) };
	struct vifctl vif = {
		.vifc_flags = VIFF_USE_IFINDEX,
		.vifc_threshold = 1,
		.vifc_lcl_ifindex = if_nametoindex(DEV),
	};
	bool v4 = r->af == AF_INET;

	ack->err = setsockopt(sock, v4 ? IPPROTO_IP : IPPROTO_IPV6,
			      v4 ? MRT_ADD_VIF : MRT6_ADD_MIF,
			      v4 ? (void *)&vif : (void *)&mif,
			      v4 ? sizeof(vif) : sizeof(mif)) ? errno : 0;
}

static void router_undo(const struct request *r)
{
	bool v4 = r->af == AF_INET;
	struct vifctl vif = {};
	mifi_t mifi = 0;

	setsockopt(sock, v4 ? IPPROTO_IP : IPPROTO_IPV6,
		   v4 ? MRT_DEL_VIF : MRT6_DEL_MIF,
		   v4 ? (void *)&vif : (void *)&mifi,
		   v4 ? sizeof(vif) : sizeof(mifi));
}

static void routers(void)
{
	static const struct request requests[] = {
		{ "IPv4 router", router_now, router_undo, .af = AF_INET },
		{ "IPv6 router", router_now, router_undo, .af = AF_INET6 },
	};
	unsigned int i;
	int one = 1;
	bool v4;

	for (i = 0; i < ARRAY_SIZE(requests); i++) {
		v4 = requests[i].af == AF_INET;
		sock = socket(requests[i].af, SOCK_RAW | SOCK_CLOEXEC,
			      v4 ? IPPROTO_IGMP : IPPROTO_ICMPV6);
		if (setsockopt(sock, v4 ? IPPROTO_IP : IPPROTO_IPV6,
			       v4 ? MRT_INIT : MRT6_INIT, &one, sizeof(one)))
			case_skip("kernel has no multicast routing");
		else
			fail_labels(&requests[i], 1);
		close(sock);
		sock = -1;
	}
}

/* fail_nth lets one by itself fail on the way of some of these. */
static void kinds(void)
{
	static const struct request requests[] = {
#define KIND(words) \
		{ words, link_now, link_undo, NULL, "add x0 lwd %d " words, \
		  "del x0" }
		KIND("numtxqueues 3 numrxqueues 3 type dummy"),
		KIND("link under type vlan id 9"),
		KIND("type vrf table 99"),
		KIND("type ipip local 192.0.2.1 remote 192.0.2.2"),
	};
	unsigned int i;

	cmd("add under type dummy");
	for (fail_label = 0; fail_label < 2; fail_label++)
		for (i = 0; i < ARRAY_SIZE(requests); i++)
			fail_each(&requests[i], true);
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-8", entries),
	CASE("ENABLE-8", first),
	CASE("LABEL-6", name),
	CASE("ENABLE-8", groups),
	CASE("ENABLE-8", routers),
	CASE("LABEL-6", kinds),
};

int main(void)
{
	fail_prepare();
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

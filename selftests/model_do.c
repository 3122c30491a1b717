// SPDX-License-Identifier: GPL-2.0
/* The requests that make devices, and do an event to one of them. */

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/neighbour.h>
#include <linux/nexthop.h>

#include "lwd_case.h"
#include "model.h"
#include "model_world.h"

#define OUT_SIZE	262144

/* Requests that are not sent yet, and where to put the answers */
struct batch {
	struct mnl_socket *nl;
	unsigned int first, seq;
	size_t len;
	int *answers[2 * SEQS_MAX * PARTS];
	char data[OUT_SIZE];
};

/* In the namespace where the devices are, and in the one that they move to */
static struct batch here, there;
static int home, away;

static void *put(struct batch *batch, int type, int flags, size_t hdr,
		 int *answer, struct nlmsghdr **nlh)
{
	*answer = ENODATA;	/* until one comes */
	*nlh = mnl_nlmsg_put_header(batch->data + batch->len);
	(*nlh)->nlmsg_type = type;
	(*nlh)->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
	batch->answers[batch->seq - batch->first] = answer;
	(*nlh)->nlmsg_seq = batch->seq++;
	return mnl_nlmsg_put_extra_header(*nlh, hdr);
}

static void end(struct batch *batch, struct nlmsghdr *nlh)
{
	batch->len += MNL_ALIGN(nlh->nlmsg_len);
	if (batch->len > OUT_SIZE - 4096)
		ksft_exit_fail_msg("too many requests for one message\n");
}

/* Send what there is, and wait for its answers. */
static void flush(struct batch *batch)
{
	unsigned int left = batch->seq - batch->first, i;
	static char buf[65536];
	struct nlmsghdr *nlh;
	int len;

	if (left && mnl_socket_sendto(batch->nl, batch->data, batch->len) < 0)
		ksft_exit_fail_msg("send: %s\n", strerror(errno));
	while (left) {
		len = mnl_socket_recvfrom(batch->nl, buf, sizeof(buf));
		if (len <= 0)
			ksft_exit_fail_msg("answer: %s\n", strerror(errno));
		nlh = (struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);

			i = nlh->nlmsg_seq - batch->first;
			if (nlh->nlmsg_type != NLMSG_ERROR ||
			    i >= batch->seq - batch->first)
				continue;
			*batch->answers[i] = -err->error;
			if (err->error && nlh->nlmsg_flags & NLM_F_ACK_TLVS &&
			    message_attr(nlh, sizeof(*err), NLMSGERR_ATTR_MSG))
				*batch->answers[i] |= SAYS_WHY;
			left--;
		}
	}
	batch->first = batch->seq;
	batch->len = 0;
}

static void put_link(struct batch *batch, struct slot *slot, int netns,
		     unsigned int flags, unsigned int change, int attr,
		     unsigned int value, int *answer)
{
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;

	ifm = put(batch, RTM_SETLINK, 0, sizeof(*ifm), answer, &nlh);
	ifm->ifi_index = slot->ifindex;
	ifm->ifi_flags = flags;
	ifm->ifi_change = change;
	if (attr)
		mnl_attr_put_u32(nlh, attr, value);
	if (netns >= 0)
		mnl_attr_put_u32(nlh, IFLA_NET_NS_FD, netns);
	end(batch, nlh);
}

static void put_switch(struct slot *slot, int family, int attr, int state)
{
	struct nlattr *spec, *nest;
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;

	ifm = put(&here, RTM_SETLINK, 0, sizeof(*ifm), slot->err, &nlh);
	ifm->ifi_index = slot->ifindex;
	spec = mnl_attr_nest_start(nlh, IFLA_AF_SPEC);
	nest = mnl_attr_nest_start(nlh, family);
	mnl_attr_put_u8(nlh, attr, state);
	mnl_attr_nest_end(nlh, nest);
	mnl_attr_nest_end(nlh, spec);
	end(&here, nlh);
}

static void put_label(struct slot *slot)
{
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;

	ifm = put(&here, RTM_SETLINK, 0, sizeof(*ifm), slot->err, &nlh);
	ifm->ifi_index = slot->ifindex;
	mnl_attr_put_u8(nlh, IFLA_LWD, 1);
	end(&here, nlh);
}

static void put_addr(struct slot *slot, bool v6, int type, int *answer)
{
	struct ifaddrmsg *ifa;
	struct nlmsghdr *nlh;
	unsigned char addr[16];

	ifa = put(&here, type, type == RTM_NEWADDR ?
		  NLM_F_CREATE | NLM_F_EXCL : 0, sizeof(*ifa), answer, &nlh);
	ifa->ifa_family = v6 ? AF_INET6 : AF_INET;
	ifa->ifa_prefixlen = v6 ? 64 : 28;
	ifa->ifa_index = slot->ifindex;
	slot_addr(slot, v6, OF_ADDR, addr);
	addr[v6 ? 15 : 3]++;
	mnl_attr_put(nlh, IFA_LOCAL, v6 ? 16 : 4, addr);
	end(&here, nlh);
}

static void put_route(struct slot *slot, bool v6, enum slot_addr what,
		      int *answer)
{
	struct nlmsghdr *nlh;
	struct rtmsg *rtm;
	unsigned char addr[16];

	rtm = put(&here, RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, sizeof(*rtm),
		  answer, &nlh);
	rtm->rtm_family = v6 ? AF_INET6 : AF_INET;
	rtm->rtm_dst_len = v6 ? 64 : 30;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_type = RTN_UNICAST;
	rtm->rtm_scope = v6 || what != OF_ROUTE ? RT_SCOPE_UNIVERSE :
						  RT_SCOPE_LINK;
	slot_addr(slot, v6, what, addr);
	mnl_attr_put(nlh, RTA_DST, v6 ? 16 : 4, addr);
	if (what == OF_NHROUTE || what == OF_CROSS) {
		if (!v6)
			rtm->rtm_scope = RT_SCOPE_LINK;
		mnl_attr_put_u32(nlh, RTA_NH_ID,
				 nexthop_id(slot, v6 || what == OF_CROSS));
	} else {
		mnl_attr_put_u32(nlh, RTA_OIF, slot->ifindex);
	}
	if (what == OF_VIA) {
		slot_addr(slot, v6, OF_ADDR, addr);
		addr[v6 ? 15 : 3] += 2;
		mnl_attr_put(nlh, RTA_GATEWAY, v6 ? 16 : 4, addr);
	}
	end(&here, nlh);
}

static void put_nexthop(struct slot *slot, bool v6, int *answer)
{
	struct nlmsghdr *nlh;
	struct nhmsg *nhm;

	nhm = put(&here, RTM_NEWNEXTHOP, NLM_F_CREATE | NLM_F_EXCL,
		  sizeof(*nhm), answer, &nlh);
	nhm->nh_family = v6 ? AF_INET6 : AF_INET;
	nhm->nh_protocol = RTPROT_STATIC;
	mnl_attr_put_u32(nlh, NHA_ID, nexthop_id(slot, v6));
	mnl_attr_put_u32(nlh, NHA_OIF, slot->ifindex);
	end(&here, nlh);
}

static void put_neigh(struct slot *slot, bool v6, int *answer)
{
	static const unsigned char mac[6] = { 2, 0, 0x5e, 0, 0x53, 2 };
	unsigned char addr[16];
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;

	ndm = put(&here, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ndm),
		  answer, &nlh);
	ndm->ndm_family = v6 ? AF_INET6 : AF_INET;
	ndm->ndm_ifindex = slot->ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	slot_addr(slot, v6, OF_ADDR, addr);
	addr[v6 ? 15 : 3] += 2;
	mnl_attr_put(nlh, NDA_DST, v6 ? 16 : 4, addr);
	mnl_attr_put(nlh, NDA_LLADDR, sizeof(mac), mac);
	end(&here, nlh);
}

/* A socket joins the group of its family, or leaves it. */
static void change_group(struct slot *slot, bool v6, int option, int *answer)
{
	int k = option == MCAST_JOIN_GROUP ? model_joins(&slot->model, v6) :
					     model_leaves(&slot->model, v6);
	struct group_req req = { .gr_interface = slot->ifindex };
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)&req.gr_group;
	struct sockaddr_in *sin = (struct sockaddr_in *)&req.gr_group;

	req.gr_group.ss_family = v6 ? AF_INET6 : AF_INET;
	if (v6)
		memcpy(&sin6->sin6_addr, group6, sizeof(group6));
	else
		memcpy(&sin->sin_addr, group4, sizeof(group4));
	if (slot->sock[v6][k] < 0)
		slot->sock[v6][k] = socket(req.gr_group.ss_family,
					   SOCK_DGRAM | SOCK_CLOEXEC, 0);
	*answer = setsockopt(slot->sock[v6][k], v6 ? IPPROTO_IPV6 : IPPROTO_IP,
			     option, &req, sizeof(req)) ? errno : 0;
}

/* Both families, if an event is about both: IPv4 comes first. */
void request_event(struct slot *slot, enum model_event event)
{
	int i, *err = slot->err;

	memset(slot->err, 0, sizeof(slot->err));
	switch (event) {
	case EV_UP:
		put_link(&here, slot, -1, IFF_UP, IFF_UP, 0, 0, err);
		break;
	case EV_DOWN:
		put_link(&here, slot, -1, 0, IFF_UP, 0, 0, err);
		break;
	case EV_MTU_1500:
		put_link(&here, slot, -1, 0, 0, IFLA_MTU, 1500, err);
		break;
	case EV_MTU_1279:
		put_link(&here, slot, -1, 0, 0, IFLA_MTU, 1279, err);
		break;
	case EV_MTU_67:
		put_link(&here, slot, -1, 0, 0, IFLA_MTU, 67, err);
		break;
	case EV_INET_AUTO:
	case EV_INET_ON:
	case EV_INET_OFF:
		put_switch(slot, AF_INET, IFLA_INET_ENABLE,
			   IFLA_L3_AUTO + event - EV_INET_AUTO);
		break;
	case EV_INET6_AUTO:
	case EV_INET6_ON:
	case EV_INET6_OFF:
		put_switch(slot, AF_INET6, IFLA_INET6_ENABLE,
			   IFLA_L3_AUTO + event - EV_INET6_AUTO);
		break;
	case EV_MPLS_ON:
	case EV_MPLS_OFF:
		put_switch(slot, LWD_AF_MPLS, IFLA_MPLS_ENABLE,
			   event == EV_MPLS_ON ? IFLA_L3_ON : IFLA_L3_OFF);
		break;
	case EV_ADDR4:
	case EV_ADDR6:
		put_addr(slot, event == EV_ADDR6, RTM_NEWADDR, err);
		break;
	case EV_LABEL:
		put_label(slot);
		break;
	case EV_MOVE:
		put_link(&here, slot, away, 0, 0, 0, 0, err);
		put_link(&there, slot, home, 0, 0, 0, 0, err + 1);
		break;
	default:
		break;
	}
	for (i = 0; i < 2; i++) {
		if (event == EV_NO_ADDR)
			put_addr(slot, i, RTM_DELADDR, err + i);
		else if (event == EV_ROUTE)
			put_route(slot, i, OF_ROUTE, err + i);
		else if (event == EV_ROUTE_VIA)
			put_route(slot, i, OF_VIA, err + i);
		else if (event == EV_NEIGH)
			put_neigh(slot, i, err + i);
		else if (event == EV_JOIN)
			change_group(slot, i, MCAST_JOIN_GROUP, err + i);
		else if (event == EV_LEAVE)
			change_group(slot, i, MCAST_LEAVE_GROUP, err + i);
		if (event != EV_NEXTHOP)
			continue;
		put_nexthop(slot, i, err + i);
		put_route(slot, i, OF_NHROUTE, err + 2 + i);
	}
	if (event == EV_NEXTHOP)
		put_route(slot, false, OF_CROSS, err + 4);
}

/* One that is up from the beginning */
void request_device(struct slot *slot)
{
	unsigned char mac[6] = { 2, 0, 0, 0x40, 0, slot->number };
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;
	struct nlattr *info;
	char name[IFNAMSIZ];

	ifm = put(&here, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(*ifm),
		  slot->err, &nlh);
	ifm->ifi_index = slot->ifindex;
	ifm->ifi_flags = IFF_UP;
	ifm->ifi_change = IFF_UP;
	snprintf(name, sizeof(name), "d%d", slot->number);
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u8(nlh, IFLA_LWD, slot->model.lwd);
	mnl_attr_put(nlh, IFLA_ADDRESS, sizeof(mac), mac);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "dummy");
	mnl_attr_nest_end(nlh, info);
	end(&here, nlh);
}

void requests_begin(struct mnl_socket *home_nl, int home_fd,
		    struct mnl_socket *away_nl, int away_fd)
{
	here.nl = home_nl;
	there.nl = away_nl;
	home = home_fd;
	away = away_fd;
}

/* Those in the other namespace come after those here. */
void requests_send(void)
{
	flush(&here);
	flush(&there);
}

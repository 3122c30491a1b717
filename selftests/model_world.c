// SPDX-License-Identifier: GPL-2.0
/*
 * Events, done to many devices at once, and what is there of these afterwards.
 *
 * All devices are in one network namespace, each with addresses, routes and
 * nexthops of its own. The requests of a step go to the kernel in one message,
 * and one dump of each kind tells of all devices.
 */

#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/netconf.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>

#include "lwd_case.h"
#include "model.h"
#include "model_world.h"

static int home, away, wire;
static struct mnl_socket *home_nl, *away_nl, *told_nl;
static struct slot slots[2 * SEQS_MAX];
static int nslots;

struct slot *slot_of(unsigned int ifindex)
{
	unsigned int i = ifindex - FIRST_INDEX;

	return i < (unsigned int)nslots ? &slots[i] : NULL;
}

static struct mnl_socket *open_big(void)
{
	struct mnl_socket *nl = nl_open(0);
	int size = 1 << 24;

	if (!nl)
		ksft_exit_fail_msg("netlink: %s\n", strerror(errno));
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE, &size,
		   sizeof(size));
	setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_SNDBUFFORCE, &size,
		   sizeof(size));
	return nl;
}

/* From now on, for the steps that are looked at */
static void listen_told(void)
{
	static const unsigned int groups[] = {
		RTNLGRP_LINK, RTNLGRP_NEIGH, RTNLGRP_IPV4_IFADDR,
		RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_IFADDR, RTNLGRP_IPV6_ROUTE,
		RTNLGRP_IPV6_IFINFO, RTNLGRP_NEXTHOP, RTNLGRP_IPV4_NETCONF,
		RTNLGRP_IPV6_NETCONF, RTNLGRP_MPLS_NETCONF,
		LWD_RTNLGRP_IPV4_MCADDR, LWD_RTNLGRP_IPV6_MCADDR,
	};
	unsigned int i, group;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		group = groups[i];
		mnl_socket_setsockopt(told_nl, NETLINK_ADD_MEMBERSHIP, &group,
				      sizeof(group));
	}
}

static void leave_home(void)
{
	int i, k;

	if (!home_nl)
		return;
	for (i = 0; i < nslots; i++)
		for (k = 0; k < 4; k++)
			if (slots[i].sock[k / 2][k % 2] >= 0)
				close(slots[i].sock[k / 2][k % 2]);
	nslots = 0;
	mnl_socket_close(home_nl);
	mnl_socket_close(told_nl);
	close(wire);
	close(home);
}

/*
 * Each run has a namespace of its own. The kernel removes that of the last one
 * with its devices meanwhile, while to delete them means to wait.
 */
static void new_home(void)
{
	if (!away_nl) {
		away = netns_new();
		away_nl = open_big();
	}
	leave_home();
	home = netns_new();
	home_nl = open_big();
	told_nl = open_big();
	wire = socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC, htons(ETH_P_ALL));
	if (wire < 0)
		ksft_exit_fail_msg("packet socket: %s\n", strerror(errno));
	requests_begin(home_nl, home, away_nl, away);
}

static void dump(int type, int family, size_t hdr)
{
	static char buf[1 << 17];
	struct nlmsghdr *nlh;
	char req[64] = {};
	int len;

	nlh = mnl_nlmsg_put_header(req);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
	nlh->nlmsg_seq = 0;
	*(__u8 *)mnl_nlmsg_put_extra_header(nlh, hdr) = family;
	if (type == RTM_GETLINK)
		mnl_attr_put_u32(nlh, IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
	if (mnl_socket_sendto(home_nl, nlh, nlh->nlmsg_len) < 0)
		ksft_exit_fail_msg("dump: %s\n", strerror(errno));
	for (;;) {
		len = mnl_socket_recvfrom(home_nl, buf, sizeof(buf));
		if (len <= 0)
			ksft_exit_fail_msg("dump: %s\n", strerror(errno));
		nlh = (struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				ksft_exit_fail_msg("dump of type %d, family %d is refused\n",
						   type, family);
			message_seen(nlh);
		}
	}
}

static void look(void)
{
	int i;

	for (i = 0; i < nslots; i++)
		slots[i].seen = 0;
	dump(RTM_GETLINK, AF_UNSPEC, sizeof(struct ifinfomsg));
	dump(RTM_GETADDR, AF_UNSPEC, sizeof(struct ifaddrmsg));
	dump(RTM_GETROUTE, AF_INET, sizeof(struct rtmsg));
	dump(RTM_GETROUTE, AF_INET6, sizeof(struct rtmsg));
	dump(RTM_GETNEXTHOP, AF_UNSPEC, sizeof(struct nhmsg));
	dump(RTM_GETNEIGH, AF_UNSPEC, sizeof(struct ndmsg));
	dump(RTM_GETNEIGHTBL, AF_UNSPEC, sizeof(struct ndtmsg));
	dump(RTM_GETNETCONF, AF_INET, sizeof(struct netconfmsg));
	dump(RTM_GETNETCONF, AF_INET6, sizeof(struct netconfmsg));
	dump(RTM_GETNETCONF, LWD_AF_MPLS, sizeof(struct netconfmsg));
	dump(RTM_GETMULTICAST, AF_INET, sizeof(struct ifaddrmsg));
	dump(RTM_GETMULTICAST, AF_INET6, sizeof(struct ifaddrmsg));
}

/*
 * A work queue ends what there is to do about a new IPv6 address, also without
 * looking for duplicates: the address is a tentative one until then.
 */
static void settle(void)
{
	bool waiting;
	int i, k;

	for (k = 0; k < wait_ms(); k++) {
		waiting = false;
		for (i = 0; i < nslots; i++)
			slots[i].tentative = false;
		dump(RTM_GETADDR, AF_INET6, sizeof(struct ifaddrmsg));
		for (i = 0; i < nslots; i++)
			waiting |= slots[i].tentative;
		if (!waiting)
			return;
		/* mostly it is ready to run and waits for this CPU only */
		if (k < 20)
			sched_yield();
		else
			usleep(1000);
	}
}

static void hear(bool forget)
{
	static char buf[1 << 17];
	struct sockaddr_ll sll;
	socklen_t size = sizeof(sll);
	struct nlmsghdr *nlh;
	int i, len;

	while ((len = recv(mnl_socket_get_fd(told_nl), buf, sizeof(buf),
			   MSG_DONTWAIT)) > 0) {
		nlh = (struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			message_told(nlh);
	}
	if (errno != EAGAIN)
		ksft_exit_fail_msg("told: %s\n", strerror(errno));
	while ((len = recvfrom(wire, buf, sizeof(buf), MSG_DONTWAIT,
			       (struct sockaddr *)&sll, &size)) > 0) {
		struct slot *slot = slot_of(sll.sll_ifindex);

		if (slot)
			packet_told(slot, (unsigned char *)buf, len);
		size = sizeof(sll);
	}
	for (i = 0; i < nslots && forget; i++) {
		slots[i].told = 0;
		slots[i].told_gone = 0;
	}
}

static void make_devices(struct sequence *seqs, int count)
{
	int i;

	nslots = 2 * count;
	for (i = 0; i < nslots; i++) {
		struct slot *slot = &slots[i];

		memset(slot, 0, sizeof(*slot));
		slot->number = i;
		slot->ifindex = FIRST_INDEX + i;
		slot->seq = &seqs[i / 2];
		memset(slot->sock, -1, sizeof(slot->sock));
		model_init(&slot->model, i % 2);
		request_device(slot);
	}
	requests_send();
	for (i = 0; i < nslots; i++)
		if (slots[i].err[0])
			ksft_exit_fail_msg("create: %s\n",
					   strerror(slots[i].err[0]));
}

/*
 * Do the sequences, each to an ordinary and to a lightweight device, and hold
 * these against the model after the last step, or after each. One that has
 * failed does not go on.
 */
void world_run(struct sequence *seqs, int count, int len, bool each_step)
{
	bool check;
	int i, step;

	for (i = 0; i < count; i++)
		seqs[i].failed_at = -1;
	new_home();
	make_devices(seqs, count);
	settle();
	for (step = 0; step < len; step++) {
		check = each_step || step == len - 1;
		if (check && (!step || !each_step))
			listen_told();
		hear(true);
		for (i = 0; i < nslots; i++) {
			struct slot *slot = &slots[i];

			if (slot->seq->failed_at >= 0)
				continue;
			request_event(slot, slot->seq->event[step]);
			model_event(&slot->model, slot->seq->event[step],
				    &slot->want);
		}
		requests_send();
		settle();
		if (!check)
			continue;
		look();
		hear(false);
		for (i = 0; i < nslots; i++)
			if (slots[i].seq->failed_at < 0 ||
			    slots[i].seq->failed_at == step)
				slot_compare(&slots[i], step);
	}
}

// SPDX-License-Identifier: GPL-2.0
/* Ethernet frames that belong to no protocol, sent and received. */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "lwd_case.h"
#include "lwd_frame.h"

struct links {
	unsigned int count;
	char names[32][IFNAMSIZ];
};

static int name_cb(const struct nlmsghdr *nlh, void *data)
{
	struct links *links = data;
	struct link_state st;

	link_parse(nlh, &st);
	if (links->count < ARRAY_SIZE(links->names))
		snprintf(links->names[links->count++], IFNAMSIZ, "%s", st.name);
	return MNL_CB_OK;
}

/*
 * Who is asked about one link does first what there is to do about its carrier;
 * there may be something about one that is down, too.
 */
static const char *not_running(const struct links *links)
{
	const char *name = NULL;
	struct link_state st;
	unsigned int i;

	for (i = 0; i < links->count; i++)
		if (!link_get(links->names[i], &st) && st.flags & IFF_UP &&
		    !(st.flags & IFF_RUNNING))
			name = links->names[i];
	return name;
}

static void sync_links(struct links *links)
{
	int i;

	links->count = 0;
	link_dump(name_cb, links);
	/* a lower device passes its carrier on: three for three in a stack */
	for (i = 0; i < 3; i++)
		not_running(links);
}

void links_sync(void)
{
	struct links links;

	sync_links(&links);
}

void links_running(void)
{
	const char *name = NULL;
	struct links links;
	int i;

	sync_links(&links);
	for (i = 0; i < wait_ms(); i++) {
		name = not_running(&links);
		if (!name)
			return;
		usleep(1000);
	}
	CHECK(!name, "expected %s to run, got it waiting", name);
}

struct addrs {
	const struct in6_addr *only;	/* no others count */
	bool tentative;
	unsigned int count;
	struct in6_addr addr[32];
};

static int addrs_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct in6_addr *addr;
	const struct nlattr *attr;
	struct addrs *addrs = data;

	if (nlh->nlmsg_type != RTM_NEWADDR)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		addr = mnl_attr_get_payload(attr);
		if (mnl_attr_get_type(attr) != IFA_ADDRESS ||
		    (addrs->only && memcmp(addrs->only, addr, sizeof(*addr))))
			continue;
		if (ifa->ifa_flags & IFA_F_TENTATIVE)
			addrs->tentative = true;
		else if (addrs->count < ARRAY_SIZE(addrs->addr))
			addrs->addr[addrs->count++] = *addr;
	}
	return MNL_CB_OK;
}

/* Leave those that have no route yet. */
static int routes_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	struct addrs *addrs = data;
	unsigned int i;

	if (nlh->nlmsg_type != RTM_NEWROUTE || rtm->rtm_type != RTN_LOCAL)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_type(attr) != RTA_DST)
			continue;
		for (i = 0; i < addrs->count; i++)
			if (!memcmp(&addrs->addr[i], mnl_attr_get_payload(attr),
				    sizeof(addrs->addr[0])))
				addrs->addr[i--] = addrs->addr[--addrs->count];
	}
	return MNL_CB_OK;
}

void inet6_dump(int type, mnl_cb_t cb, void *data)
{
	struct nlmsghdr *nlh;
	char buf[256] = {};

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_DUMP;
	/* others are no longer, and begin with the family too */
	*(__u8 *)mnl_nlmsg_put_extra_header(nlh, sizeof(struct rtmsg)) =
		AF_INET6;
	nl_talk(nlh, NULL, cb, data);
}

void addrs_ready(const char *addr)
{
	struct addrs addrs;
	struct in6_addr in6;
	int i;

	if (addr && inet_pton(AF_INET6, addr, &in6) != 1)
		return;
	for (i = 0; i < wait_ms(); i++) {
		memset(&addrs, 0, sizeof(addrs));
		addrs.only = addr ? &in6 : NULL;
		inet6_dump(RTM_GETADDR, addrs_cb, &addrs);
		if (addrs.count)
			inet6_dump(RTM_GETROUTE, routes_cb, &addrs);
		if (!addrs.tentative && !addrs.count)
			return;
		usleep(1000);
	}
	CHECK(false, "expected addresses that can be used, got %s",
	      addrs.tentative ? "a tentative one" : "one without a route");
}

__u16 inet_sum(__u32 sum, const void *data, size_t len)
{
	const unsigned char *byte = data;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += byte[i] << 8 | byte[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return htons(~sum);
}

int frame_socket(int type, const char *name, int protocol)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex(name),
	};
	/* no protocol before it is bound: nothing of other devices comes in */
	int fd = socket(AF_PACKET, type | SOCK_CLOEXEC, 0);

	CHECK(sll.sll_ifindex, "expected a device %s", name);
	CHECK(fd >= 0, "packet socket: %s", strerror(errno));
	CHECK(!bind(fd, (struct sockaddr *)&sll, sizeof(sll)),
	      "bind to %s: %s", name, strerror(errno));
	return fd;
}

void packet_send(int fd, int protocol, const unsigned char *mac,
		 const void *data, size_t len)
{
	struct sockaddr_ll to;
	socklen_t size = sizeof(to);

	/* the device that it is bound to */
	CHECK(!getsockname(fd, (struct sockaddr *)&to, &size),
	      "packet socket: %s", strerror(errno));
	to.sll_protocol = htons(protocol);
	to.sll_halen = ETH_ALEN;
	memcpy(to.sll_addr, mac, ETH_ALEN);
	CHECK(sendto(fd, data, len, 0, (struct sockaddr *)&to, sizeof(to)) ==
	      (ssize_t)len, "send: %s", strerror(errno));
}

bool frame_send(const char *name, const char *to, int count)
{
	int fd = frame_socket(SOCK_RAW, name, 0);
	unsigned char frame[FRAME_LEN];
	struct ethhdr *eth = (struct ethhdr *)frame;
	struct ifreq ifr = {};
	bool ok = true;
	int i;

	memset(frame, 0x45, sizeof(frame));
	memset(eth->h_dest, 0xff, ETH_ALEN);
	if (to) {
		snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", to);
		CHECK(!ioctl(fd, SIOCGIFHWADDR, &ifr), "address of %s: %s", to,
		      strerror(errno));
		memcpy(eth->h_dest, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	}
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	CHECK(!ioctl(fd, SIOCGIFHWADDR, &ifr), "address of %s: %s", name,
	      strerror(errno));
	memcpy(eth->h_source, ifr.ifr_hwaddr.sa_data, ETH_ALEN);
	eth->h_proto = htons(FRAME_TYPE);
	/* ENOBUFS: a program on the way has dropped it, as it may */
	for (i = 0; i < count && ok; i++)
		ok = send(fd, frame, sizeof(frame), 0) > 0 || errno == ENOBUFS;
	CHECK(ok, "send on %s: %s", name, strerror(errno));
	close(fd);
	return ok;
}

int frame_read(int fd, int count, bool outgoing, struct sockaddr_ll *from)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	unsigned char frame[2048];
	struct sockaddr_ll sll;
	bool went_out;
	socklen_t len;
	int seen = 0;

	while ((!count || seen < count) &&
	       poll(&pfd, 1, count ? wait_ms() : 0) == 1) {
		len = sizeof(sll);
		if (recvfrom(fd, frame, sizeof(frame), 0,
			     (struct sockaddr *)&sll, &len) < 0)
			break;
		if (sll.sll_protocol != htons(FRAME_TYPE))
			continue;
		went_out = sll.sll_pkttype == PACKET_OUTGOING;
		if (went_out != outgoing)
			continue;
		if (from)
			*from = sll;
		seen++;
	}
	return seen;
}

bool frame_pass(const char *from, const char *to, int count)
{
	int fd = frame_socket(SOCK_RAW, to, FRAME_TYPE);
	int seen = 0;

	if (frame_send(from, NULL, count))
		seen = frame_read(fd, count, false, NULL);
	close(fd);
	CHECK(seen == count, "%s to %s: expected %d frames, got %d", from, to,
	      count, seen);
	return seen == count;
}

void add_addr(const char *name, const char *addr, int len)
{
	struct nl_ack ack;

	addr_cmd(&ack, RTM_NEWADDR, name, addr, len);
	CHECK(!ack.err, "%s on %s: expected success, got %s (%s)", addr, name,
	      strerror(ack.err), ack.msg);
}

void add_route(const char *dst, int len, const char *via)
{
	int family = strchr(dst, ':') ? AF_INET6 : AF_INET;
	int size = family == AF_INET6 ? 16 : 4;
	unsigned char bytes[16];
	struct nlmsghdr *nlh;
	char buf[256] = {};
	struct nl_ack ack;
	struct rtmsg *rtm;

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_NEWROUTE;
	nlh->nlmsg_flags = NLM_F_CREATE;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = family;
	rtm->rtm_dst_len = len;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_type = RTN_UNICAST;
	inet_pton(family, dst, bytes);
	mnl_attr_put(nlh, RTA_DST, size, bytes);
	inet_pton(family, via, bytes);
	mnl_attr_put(nlh, RTA_GATEWAY, size, bytes);
	nl_talk(nlh, &ack, NULL, NULL);
	CHECK(!ack.err, "route to %s: expected success, got %s (%s)", dst,
	      strerror(ack.err), ack.msg);
}

socklen_t to_sockaddr(const char *addr, int port, struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	if (inet_pton(AF_INET6, addr, &sin6->sin6_addr) == 1) {
		ss->ss_family = AF_INET6;
		sin6->sin6_port = htons(port);
		return sizeof(*sin6);
	}
	ss->ss_family = AF_INET;
	sin->sin_port = htons(port);
	inet_pton(AF_INET, addr, &sin->sin_addr);
	return sizeof(*sin);
}

int udp_socket(int ns, const char *addr, int port)
{
	struct timeval wait = { .tv_sec = wait_ms() / 1000 };
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(addr, port, &ss);
	int fd;

	netns_go(ns);
	links_running();
	addrs_ready(addr);
	fd = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(!bind(fd, (struct sockaddr *)&ss, len), "bind to %s: %s", addr,
	      strerror(errno));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	return fd;
}

bool udp_pass(const char *what, int from_ns, const char *from, int to_ns,
	      const char *to, int count)
{
	int out = udp_socket(from_ns, from, 7001);
	int in = udp_socket(to_ns, to, 7002);
	struct sockaddr_storage dst, peer;
	socklen_t dst_len, len;
	char text[8];
	int i;

	dst_len = to_sockaddr(to, 7002, &dst);
	for (i = 0; i < count; i++) {
		len = sizeof(peer);
		if (sendto(out, "there", 6, 0, (struct sockaddr *)&dst,
			   dst_len) != 6 ||
		    recvfrom(in, text, sizeof(text), 0,
			     (struct sockaddr *)&peer, &len) != 6)
			break;
		if (sendto(in, "back", 5, 0, (struct sockaddr *)&peer,
			   len) != 5 ||
		    recv(out, text, sizeof(text), 0) != 5)
			break;
	}
	CHECK(i == count, "%s: expected %d datagrams from %s to %s and back, got %d: %s",
	      what, count, from, to, i, strerror(errno));
	close(in);
	close(out);
	return i == count;
}

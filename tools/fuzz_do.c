// SPDX-License-Identifier: GPL-2.0
/* What the fuzzer does besides messages: sockets, traffic, sysctls. */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <netinet/icmp6.h>

#include "fuzz.h"

static int result(int ret)
{
	return ret < 0 ? errno : 0;
}

/* Sockets that stay open, of some kinds */
static const struct {
	int family, type, protocol;
} kinds[] = {
	{ AF_INET, SOCK_DGRAM, 0 },
	{ AF_INET6, SOCK_DGRAM, 0 },
	{ AF_PACKET, SOCK_RAW, 0 },
	{ AF_INET, SOCK_RAW, IPPROTO_IGMP },
	{ AF_INET6, SOCK_RAW, IPPROTO_ICMPV6 },
	{ },	/* a tap */
};

#define TAP 5
#define LWD_TUNSETLWD _IOW('T', 228, int)	/* TUNSETLWD */

static int *some_socket(struct world *w, int at, unsigned int kind)
{
	unsigned int i = pick(SOCKS);
	int *sock = &w->sock[at][i];

	if (*sock >= 0 && (w->sock_is[at][i] != (int)kind || chance(6))) {
		close(*sock);
		*sock = -1;
	}
	if (*sock < 0 && kind == TAP) {
		*sock = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
		w->sock_is[at][i] = kind;
	} else if (*sock < 0) {
		*sock = socket(kinds[kind].family,
			       kinds[kind].type | SOCK_NONBLOCK | SOCK_CLOEXEC,
			       kinds[kind].protocol);
		w->sock_is[at][i] = kind;
	}
	return sock;
}

void sockets_close(struct world *w, int at)
{
	int i;

	for (i = 0; i < SOCKS; i++) {
		if (w->sock[at][i] >= 0)
			close(w->sock[at][i]);
		w->sock[at][i] = -1;
	}
}

/* The first two know no source. */
static const int joins[] = {
	MCAST_JOIN_GROUP,
	MCAST_LEAVE_GROUP,
	MCAST_JOIN_SOURCE_GROUP,
	MCAST_BLOCK_SOURCE,
};

static int join4(struct world *w, int at)
{
	struct group_source_req req = { .gsr_interface = some_dev() };
	struct sockaddr_in *group = (void *)&req.gsr_group;
	struct sockaddr_in *source = (void *)&req.gsr_source;
	int sock = *some_socket(w, at, 0), what = pick(4);

	note("%u", req.gsr_interface);
	group->sin_family = AF_INET;
	group->sin_addr.s_addr = htonl(0xe0000100 | pick(4));
	source->sin_family = AF_INET;
	source->sin_addr.s_addr = htonl(0x0a000001 + pick(4));
	return result(setsockopt(sock, IPPROTO_IP, joins[what], &req,
				 what < 2 ? sizeof(struct group_req) :
					    sizeof(req)));
}

static int join6(struct world *w, int at)
{
	struct group_source_req req = { .gsr_interface = some_dev() };
	struct sockaddr_in6 *group = (void *)&req.gsr_group;
	struct sockaddr_in6 *source = (void *)&req.gsr_source;
	int sock = *some_socket(w, at, 1), what = pick(5);

	note("%u", req.gsr_interface);
	group->sin6_family = AF_INET6;
	group->sin6_addr.s6_addr[0] = 0xff;
	group->sin6_addr.s6_addr[1] = chance(2) ? 2 : 5;
	group->sin6_addr.s6_addr[15] = 0x80 + pick(4);
	source->sin6_family = AF_INET6;
	source->sin6_addr.s6_addr[0] = 0x20;
	source->sin6_addr.s6_addr[15] = pick(4);
	if (what == 4) {
		struct ipv6_mreq any = { .ipv6mr_interface =
						 req.gsr_interface };

		any.ipv6mr_multiaddr.s6_addr[0] = 0x20;
		any.ipv6mr_multiaddr.s6_addr[15] = pick(4);
		return result(setsockopt(sock, IPPROTO_IPV6, IPV6_JOIN_ANYCAST,
					 &any, sizeof(any)));
	}
	return result(setsockopt(sock, IPPROTO_IPV6, joins[what], &req,
				 what < 2 ? sizeof(struct group_req) :
					    sizeof(req)));
}

static int join_packet(struct world *w, int at)
{
	static const int types[] = {
		PACKET_MR_PROMISC,
		PACKET_MR_ALLMULTI,
		PACKET_MR_MULTICAST,
	};
	struct packet_mreq req = {
		.mr_ifindex = some_dev(),
		.mr_type = types[pick(ARRAY_SIZE(types))],
		.mr_alen = ETH_ALEN,
		.mr_address = { 1, 0, 0x5e, 0, 0, pick(4) },
	};
	int sock = *some_socket(w, at, 2);

	return result(setsockopt(sock, SOL_PACKET,
				 chance(3) ? PACKET_DROP_MEMBERSHIP :
					     PACKET_ADD_MEMBERSHIP,
				 &req, sizeof(req)));
}

static int mroute(struct world *w, int at)
{
	struct vifctl vif = {
		.vifc_vifi = pick(4),
		.vifc_flags = VIFF_USE_IFINDEX,
		.vifc_lcl_ifindex = some_dev(),
	};
	struct mfcctl mfc = {
		.mfcc_origin.s_addr = htonl(0x0a000001),
		.mfcc_parent = pick(4),
		.mfcc_mcastgrp.s_addr = htonl(0xe0000100 | pick(4)),
		.mfcc_ttls = { 1, 1, 1, 1 },
	};
	int sock = *some_socket(w, at, 3), on = 1;

	note("%u at %u", vif.vifc_lcl_ifindex, vif.vifc_vifi);
	switch (pick(4)) {
	case 0:
		return result(setsockopt(sock, IPPROTO_IP, MRT_INIT, &on,
					 sizeof(on)));
	case 1:
		return result(setsockopt(sock, IPPROTO_IP, MRT_ADD_VIF, &vif,
					 sizeof(vif)));
	case 2:
		return result(setsockopt(sock, IPPROTO_IP, MRT_DEL_VIF, &vif,
					 sizeof(vif)));
	}
	return result(setsockopt(sock, IPPROTO_IP, MRT_ADD_MFC, &mfc,
				 sizeof(mfc)));
}

static int mroute6(struct world *w, int at)
{
	struct mif6ctl mif = { .mif6c_mifi = pick(4),
			       .mif6c_pifi = some_dev() };
	int sock = *some_socket(w, at, 4), on = 1;

	note("%u at %u", mif.mif6c_pifi, mif.mif6c_mifi);
	switch (pick(3)) {
	case 0:
		return result(setsockopt(sock, IPPROTO_IPV6, MRT6_INIT, &on,
					 sizeof(on)));
	case 1:
		return result(setsockopt(sock, IPPROTO_IPV6, MRT6_ADD_MIF, &mif,
					 sizeof(mif)));
	}
	return result(setsockopt(sock, IPPROTO_IPV6, MRT6_DEL_MIF,
				 &mif.mif6c_mifi, sizeof(mif.mif6c_mifi)));
}

/* A datagram; whether it can be sent depends on what goes on meanwhile. */
static int send_udp(struct world *w, int at)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(9),
		.sin_addr.s_addr =
			htonl(0x0a000000 | pick(4) << 8 | (1 + pick(4))),
	};
	struct sockaddr_in6 to6 = { .sin6_family = AF_INET6,
				    .sin6_port = htons(9) };
	int one = 1, v6 = pick(2), sock = *some_socket(w, at, v6);
	char name[IFNAMSIZ];

	if (chance(6))
		to.sin_addr.s_addr = htonl(chance(2) ? 0xe0000101 : 0xffffffff);
	setsockopt(sock, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one));
	snprintf(name, sizeof(name), "f%u", pick(DEVS));
	setsockopt(sock, SOL_SOCKET, SO_BINDTODEVICE, name,
		   chance(2) ? strlen(name) : 0);
	if (v6) {
		to6.sin6_addr.s6_addr[0] = chance(4) ? 0xff : 0x20;
		to6.sin6_addr.s6_addr[1] =
			to6.sin6_addr.s6_addr[0] == 0xff ? 2 : 1;
		to6.sin6_addr.s6_addr[2] = 0x0d;
		to6.sin6_addr.s6_addr[3] = 0xb8;
		to6.sin6_addr.s6_addr[5] = pick(4);
		to6.sin6_addr.s6_addr[15] = 1 + pick(4);
		to6.sin6_scope_id = some_dev();
		sendto(sock, "fuzz", 4, 0, (void *)&to6, sizeof(to6));
	} else {
		sendto(sock, "fuzz", 4, 0, (void *)&to, sizeof(to));
	}
	return -1;
}

/*
 * A frame, as somebody on the link might send it. All that is sure is that it
 * begins like one of some protocol.
 */
static int send_frame(struct world *w, int at)
{
	static const struct {
		uint16_t proto;
		uint8_t len, head[44];
	} frames[] = {
		{ ETH_P_ARP,
		  28,
		  { 0,	1, 8, 0, 6, 4, 0, 1, 2, 0, 0,  0, 0, 9,
		    10, 0, 0, 2, 0, 0, 0, 0, 0, 0, 10, 0, 0, 1 } },
		{ ETH_P_IP, 32, { 0x46, 0xc0, 0,   32,	 0,   0,    0,
				  0,	1,    2,   0,	 0,   10,   0,
				  0,	2,    224, 0,	 0,   1,    0x94,
				  4,	0,    0,   0x11, 100, 0xee, 0x9b } },
		{ ETH_P_IP,
		  32,
		  { 0x45, 0, 0, 32, 0, 0, 0, 0, 64, 17, 0, 0, 10,
		    0,	  0, 2, 10, 0, 0, 1, 0, 9,  0,	9, 0, 12 } },
		{ ETH_P_IPV6,
		  44,
		  { 0x60, 0, 0, 0, 0, 4, 58, 255, 0xfe, 0x80, 0,    0, 0,  0,
		    0,	  0, 0, 0, 0, 0, 0,  0,	  0,	2,    0xff, 2, 0,  0,
		    0,	  0, 0, 0, 0, 0, 0,  0,	  0,	0,    0,    1, 130 } },
		{ ETH_P_MPLS_UC, 28, { 0,  1, 1, 64, 0x45, 0,  0, 24,
				       0,  0, 0, 0,  64,   17, 0, 0,
				       10, 0, 0, 2,  10,   0,  0, 1 } },
		{ ETH_P_8021Q,
		  32,
		  { 0,	1,  8, 0, 0x45, 0, 0, 28, 0,  0, 0, 0,
		    64, 17, 0, 0, 10,	0, 0, 2,  10, 0, 0, 1 } },
	};
	struct sockaddr_ll to = {
		.sll_family = AF_PACKET,
		.sll_ifindex = some_dev(),
		.sll_halen = 6,
	};
	unsigned int which = pick(6), i, len;
	int sock = *some_socket(w, at, 2);
	uint8_t frame[128] = {};

	memset(frame, chance(2) ? 0xff : 2, ETH_ALEN);
	frame[6] = 2;
	frame[12] = frames[which].proto >> 8;
	frame[13] = frames[which].proto;
	memcpy(frame + ETH_HLEN, frames[which].head, frames[which].len);
	/* an IPv4 header without its sum would not go far */
	if (frames[which].proto == ETH_P_IP) {
		unsigned int words = (frame[ETH_HLEN] & 15) * 2, sum = 0;

		for (i = 0; i < words; i++)
			sum += frame[ETH_HLEN + 2 * i] << 8 |
			       frame[ETH_HLEN + 2 * i + 1];
		sum = (sum & 0xffff) + (sum >> 16);
		sum = ~(sum + (sum >> 16));
		frame[ETH_HLEN + 10] = sum >> 8;
		frame[ETH_HLEN + 11] = sum;
	}
	len = ETH_HLEN + frames[which].len + pick(20);
	if (chance(3))
		frame[ETH_HLEN + pick(48)] = pick(256);
	/* half of them by the one that leads to the other namespace */
	if (chance(2))
		to.sll_ifindex = FIRST + at;
	if (chance(4) && write(*some_socket(w, at, TAP), frame, len) >= 0)
		return -1;
	sendto(sock, frame, len, 0, (void *)&to, sizeof(to));
	return -1;
}

/* A tap with the index of one that may not be there */
static int tap(struct world *w, int at)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = *some_socket(w, at, TAP), index = no_dev(), err;

	note("%d", index);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "f%d", index - FIRST);
	if (chance(6))
		ifr.ifr_flags = IFF_TUN | (chance(2) ? IFF_NO_PI : 0);
	ioctl(fd, LWD_TUNSETLWD, w->lwd);
	ioctl(fd, TUNSETIFINDEX, &index);
	err = result(ioctl(fd, TUNSETIFF, &ifr));
	if (!err && w->lwd && fuzz_mode == ON)
		switch_on(w, index);
	return err;
}

static int sysctl(struct world *w, int at)
{
	static const char *const v4[] = {
		"forwarding",
		"arp_filter",
		"arp_announce",
		"rp_filter",
		"proxy_arp",
		"accept_redirects",
		"promote_secondaries",
		"mc_forwarding",
		"arp_evict_nocarrier",
		"force_igmp_version",
		"igmpv3_unsolicited_report_interval",
		"medium_id",
	};
	static const char *const v6[] = {
		"forwarding",
		"disable_ipv6",
		"accept_ra",
		"addr_gen_mode",
		"mtu",
		"hop_limit",
		"proxy_ndp",
		"use_tempaddr",
		"autoconf",
		"force_mld_version",
		"ignore_routes_with_linkdown",
		"keep_addr_on_down",
		"accept_dad",
	};
	int v = pick(2);
	const char *name = v ? v6[pick(13)] : v4[pick(12)];
	char path[128], value[16];
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv%d/conf/%s/%s",
		 v ? 6 : 4, chance(2) ? "all" : "default", name);
	snprintf(value, sizeof(value), "%u", chance(3) ? pick(1500) : pick(3));
	note("%s = %s", path, value);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	ret = result(write(fd, value, strlen(value)));
	close(fd);
	return ret;
}

/* What net-tools does */
static int ioctls(struct world *w, int at)
{
	struct ifreq ifr = {};
	struct sockaddr_in *addr = (void *)&ifr.ifr_addr;
	int sock = *some_socket(w, at, 0);
	static const int requests[] = {
		SIOCSIFADDR,  SIOCSIFNETMASK, SIOCSIFBRDADDR, SIOCGIFADDR,
		SIOCSIFFLAGS, SIOCGIFCONF,    SIOCSIFTXQLEN,
	};
	int request = requests[pick(6)];

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "f%u%s", pick(DEVS),
		 chance(6) ? ":1" : "");
	addr->sin_family = AF_INET;
	addr->sin_addr.s_addr = htonl(request == SIOCSIFNETMASK ? 0xffffff00 :
				      chance(6)			? 0 :
						  0x0a000001 | pick(4) << 8);
	if (request == SIOCSIFFLAGS)
		ifr.ifr_flags = chance(4) ? 0 : IFF_UP;
	if (request == SIOCGIFCONF)
		return -1;
	note("%x %s", request, ifr.ifr_name);
	return result(ioctl(sock, request, &ifr));
}

const struct op do_ops[] = {
	{ join4, 6, "join IPv4", true },
	{ join6, 6, "join IPv6", true },
	{ join_packet, 2, "join packet" },
	{ mroute, 3, "mroute IPv4", true },
	{ mroute6, 3, "mroute IPv6", true },
	{ send_udp, 8, "datagram", true },
	{ send_frame, 10, "frame" },
	{ tap, 3, "tap" },
	{ sysctl, 6, "sysctl", true },
	{ ioctls, 4, "ioctl", true },
	{ }
};

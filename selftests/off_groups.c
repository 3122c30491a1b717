// SPDX-License-Identifier: GPL-2.0
/*
 * A protocol that is turned off on a lightweight device takes the memberships
 * of its groups along and says so on the wire; they do not come back with it,
 * and what they were ends no later one.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lwd_frame.h"
#include "lwd_path.h"

#define GROUP4	"233.252.0.1"
#define GROUP6	"ff0e::db8:1"

/*
 * An ordinary device loses IPv6 by its MTU; that of a veth is never too small
 * for IPv4, which stays then.
 */
static void off_and_on(int lwd, const char *name, bool v6)
{
	const char *family = v6 ? "inet6" : "inet";

	if (lwd) {
		cmd("set %s %s off", name, family);
		cmd("set %s %s on", name, family);
	} else if (v6) {
		cmd("set %s mtu 1200", name);
		cmd("set %s mtu 1500", name);
	}
}

/* A socket that has joined: with a source only what it sends is heard. */
static int join_group(int domain, const char *name, const char *source)
{
	const char *group = domain == AF_INET ? GROUP4 : GROUP6;
	int level = domain == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
	struct group_source_req gsr = {
		.gsr_interface = if_nametoindex(name),
	};
	struct group_req req = { .gr_interface = if_nametoindex(name) };
	struct timeval wait = { .tv_sec = wait_ms() / 1000 };
	struct sockaddr_storage any;
	socklen_t len;
	int err, fd, one = 1;

	fd = socket(domain, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	len = to_sockaddr(group, 7003, &any);
	CHECK(!bind(fd, (struct sockaddr *)&any, len), "bind to %s: %s", group,
	      strerror(errno));
	to_sockaddr(group, 0, &req.gr_group);
	to_sockaddr(group, 0, &gsr.gsr_group);
	if (source) {
		to_sockaddr(source, 0, &gsr.gsr_source);
		err = setsockopt(fd, level, MCAST_JOIN_SOURCE_GROUP, &gsr,
				 sizeof(gsr));
	} else {
		err = setsockopt(fd, level, MCAST_JOIN_GROUP, &req,
				 sizeof(req));
	}
	CHECK(!err, "expected to join %s: %s", group, strerror(errno));
	return fd;
}

/* What is sent to the group at the other end is heard. */
static bool hears(int fd, int domain, const char *from)
{
	const char *group = domain == AF_INET ? GROUP4 : GROUP6;
	struct sockaddr_storage to;
	socklen_t len = to_sockaddr(group, 7003, &to);
	int index, out = udp_socket(path_near, from, 0);
	char text[8];

	index = if_nametoindex("n0");
	if (domain == AF_INET) {
		struct ip_mreqn mreq = { .imr_ifindex = index };

		setsockopt(out, IPPROTO_IP, IP_MULTICAST_IF, &mreq,
			   sizeof(mreq));
	} else {
		setsockopt(out, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index,
			   sizeof(index));
	}
	CHECK(sendto(out, "word", 5, 0, (struct sockaddr *)&to, len) == 5,
	      "send to %s: %s", group, strerror(errno));
	close(out);
	netns_go(path_router);
	return recv(fd, text, sizeof(text), 0) == 5;
}

/* Who joined before the protocol went does not leave for who joined after. */
static void listen_on(int domain, bool with_source)
{
	const char *from = domain == AF_INET ? "198.51.100.1" : "2001:db8:1::1";
	const char *source = with_source ? from : NULL;
	int a, b, i;

	for (i = 0; i < 2; i++) {
		path_make(i);
		a = join_group(domain, "a0", source);
		CHECK(hears(a, domain, from),
		      "%s: expected the first to hear", path_labels[i]);
		off_and_on(i, "a0", domain == AF_INET6);
		if (domain == AF_INET6)
			add_addr("a0", "2001:db8:1::2", 64);
		else if (i)
			add_addr("a0", "198.51.100.2", 24);
		b = join_group(domain, "a0", source);
		CHECK(hears(b, domain, from),
		      "%s: expected the second to hear", path_labels[i]);
		close(a);
		CHECK(hears(b, domain, from),
		      "%s: expected the second to hear without the first",
		      path_labels[i]);
		close(b);
	}
}

static void listen_ipv4(void)
{
	listen_on(AF_INET, false);
}

static void listen_ipv6(void)
{
	listen_on(AF_INET6, false);
}

static void listen_ipv4_source(void)
{
	listen_on(AF_INET, true);
}

static void listen_ipv6_source(void)
{
	listen_on(AF_INET6, true);
}

/* A tunnel to the group leaves only what it has joined, too. */
static void tunnel_to_a_group(void)
{
	static const char listed[] = "ip maddr show dev d0 | grep -qw " GROUP4;
	int fd, i;

	for (i = 0; i < 2; i++) {
		cmd("add d0 lwd %d up type dummy", i);
		add_addr("d0", "198.51.100.1", 24);
		if (!cmd_or_skip("add g0 up type gre local 198.51.100.1 remote "
				 GROUP4))
			return;
		CHECK(!system(listed), "%s: expected the tunnel to join",
		      path_labels[i]);
		cmd("set d0 %s", i ? "inet off" : "mtu 60");
		cmd("set d0 %s", i ? "inet on" : "mtu 1500");
		add_addr("d0", "198.51.100.1", 24);
		fd = join_group(AF_INET, "d0", NULL);
		cmd("set g0 down");
		CHECK(!system(listed), "%s: expected the socket to stay joined",
		      path_labels[i]);
		close(fd);
		cmd("del g0");
		cmd("del d0");
	}
}

/* Without an interface a socket's membership is found on whichever it is. */
static void block_on_any(void)
{
	struct group_source_req req = {};
	char name[] = "d0";
	int fd, i;

	to_sockaddr(GROUP6, 0, &req.gsr_group);
	to_sockaddr("2001:db8:1::1", 0, &req.gsr_source);
	for (i = 0; i < 2; i++) {
		cmd("add d0 lwd %d up type dummy", i);
		cmd("add d1 lwd %d up type dummy", i);
		add_addr("d0", "2001:db8:1::2", 64);
		add_addr("d1", "2001:db8:2::2", 64);
		/* the group is routed to one of them */
		for (name[1] = '0'; name[1] < '2'; name[1]++) {
			fd = join_group(AF_INET6, name, NULL);
			CHECK(!setsockopt(fd, IPPROTO_IPV6, MCAST_BLOCK_SOURCE,
					  &req, sizeof(req)),
			      "%s, %s: expected to block a source: %s",
			      path_labels[i], name, strerror(errno));
			close(fd);
		}
		cmd("del d0");
		cmd("del d1");
	}
}

/* Is this a report of IGMPv3 or MLDv2 whose last word of the group is that it
 * is left?  Behind the type is the record as long as it has no sources.
 */
static bool is_leave(const unsigned char *frame, int len)
{
	static const unsigned char igmp[] = { 0, 0, 0, 233, 252, 0, 1 };
	unsigned char mld[19] = {};
	int i, type = 0;

	inet_pton(AF_INET6, GROUP6, mld + 3);
	for (i = 15; i + (int)sizeof(igmp) <= len; i++)
		if (!memcmp(frame + i, igmp, sizeof(igmp)))
			type = frame[i - 1];
	for (i = 15; i + (int)sizeof(mld) <= len; i++)
		if (!memcmp(frame + i, mld, sizeof(mld)))
			type = frame[i - 1];
	return type == 3;
}

/* The same of IGMPv2 and MLDv1: a message of a type about the group */
static bool is_old(const unsigned char *frame, int len, int igmp_type,
		   int mld_type)
{
	static const unsigned char igmp[] = { 233, 252, 0, 1 };
	unsigned char mld[16];

	inet_pton(AF_INET6, GROUP6, mld);
	return (len >= 14 + 24 + 8 && frame[14 + 24] == igmp_type &&
		!memcmp(frame + 14 + 24 + 4, igmp, sizeof(igmp))) ||
	       (len >= 14 + 48 + 24 && frame[14 + 48] == mld_type &&
		!memcmp(frame + 14 + 48 + 8, mld, sizeof(mld)));
}

static bool is_old_report(const unsigned char *frame, int len)
{
	return is_old(frame, len, 0x16, 131);
}

static bool is_old_leave(const unsigned char *frame, int len)
{
	return is_old(frame, len, 0x17, 132);
}

/* Wait for one on the wire. */
static bool seen(int wire, bool (*is)(const unsigned char *frame, int len))
{
	struct timeval wait = { .tv_usec = 10000 };
	unsigned char frame[2048];
	int i, len;

	setsockopt(wire, SOL_SOCKET, SO_RCVTIMEO, &wait, sizeof(wait));
	for (i = 0; i < 2 * wait_ms() / 10; i++) {
		len = recv(wire, frame, sizeof(frame), 0);
		if (len > 0 && is(frame, len))
			return true;
	}
	return false;
}

/*
 * The routers on the link are told that the group is left: by a socket that
 * ends, which is the control, and by a protocol that does.
 */
static void goodbye(int domain, bool old)
{
	bool v6 = domain == AF_INET6;
	const char *version;
	int fd, i, wire;

	version = v6 ? "/proc/sys/net/ipv6/conf/all/force_mld_version" :
		       "/proc/sys/net/ipv4/conf/all/force_igmp_version";
	for (i = 0; i < 2; i++) {
		path_make(i);
		if (old)
			write_text(version, v6 ? "1" : "2");
		addrs_ready(v6 ? "2001:db8:1::2" : "198.51.100.2");
		netns_go(path_near);
		wire = frame_socket(SOCK_RAW, "n0", ETH_P_ALL);
		netns_go(path_router);
		fd = join_group(domain, "a0", NULL);
		/* only who has reported the group last leaves it */
		CHECK(!old || seen(wire, is_old_report),
		      "%s: expected a report on the wire", path_labels[i]);
		if (i)
			cmd("set a0 %s off", v6 ? "inet6" : "inet");
		else
			close(fd);
		CHECK(seen(wire, old ? is_old_leave : is_leave),
		      "%s: expected a leave on the wire", path_labels[i]);
		if (i)
			close(fd);
		close(wire);
	}
}

static void igmp_leave(void)
{
	goodbye(AF_INET, false);
}

static void mld_leave(void)
{
	goodbye(AF_INET6, false);
}

static void igmp_leave_v2(void)
{
	goodbye(AF_INET, true);
}

static void mld_leave_v1(void)
{
	goodbye(AF_INET6, true);
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-6", listen_ipv4),
	CASE("ENABLE-6", listen_ipv6),
	CASE("ENABLE-6", listen_ipv4_source),
	CASE("ENABLE-6", listen_ipv6_source),
	CASE("ENABLE-6 SAME-1", tunnel_to_a_group),
	CASE("ENABLE-2 SAME-1", block_on_any),
	CASE("ENABLE-6", igmp_leave),
	CASE("ENABLE-6", mld_leave),
	CASE("ENABLE-6", igmp_leave_v2),
	CASE("ENABLE-6", mld_leave_v1),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

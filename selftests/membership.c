// SPDX-License-Identifier: GPL-2.0
/*
 * A socket that joined a group before a device lost and got back IPv4 or IPv6
 * has no part in who joins after that: it neither ends the membership of
 * another socket when it leaves or is closed, nor is it in its own way when it
 * joins again. The MTU takes a protocol from any device, so do its deletion and
 * creation with the same index.
 */

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/sock_diag.h>

#include "kselftest_harness.h"
#include "lwd_nl.h"

#define PORT	4711
#define ADDRESS4 "ip addr replace 192.0.2.1/24 dev d0"
#define ADDRESS6 "ip addr replace 2001:db8::1/64 dev d0 nodad"

static int run(const char *command)
{
	return system(command);
}

FIXTURE(membership)
{
	int index;
};

FIXTURE_VARIANT(membership)
{
	int family;
	const char *group, *own, *other, *address, *away, *back;
};

FIXTURE_VARIANT_ADD(membership, ipv4_mtu) {
	.family = AF_INET, .group = "233.252.0.1",
	.own = "192.0.2.1", .other = "192.0.2.9",
	.address = ADDRESS4,
	.away = "ip link set d0 mtu 60",
	.back = "ip link set d0 mtu 1500",
};

FIXTURE_VARIANT_ADD(membership, ipv4_anew) {
	.family = AF_INET, .group = "233.252.0.1",
	.own = "192.0.2.1", .other = "192.0.2.9",
	.address = ADDRESS4,
	.away = "ip link del d0",
	.back = "ip link add d0 index 77 type dummy && ip link set d0 up",
};

FIXTURE_VARIANT_ADD(membership, ipv6_mtu) {
	.family = AF_INET6, .group = "ff15::db8:1",
	.own = "2001:db8::1", .other = "2001:db8::9",
	.address = ADDRESS6,
	.away = "ip link set d0 mtu 1279",
	.back = "ip link set d0 mtu 1500",
};

FIXTURE_VARIANT_ADD(membership, ipv6_anew) {
	.family = AF_INET6, .group = "ff15::db8:1",
	.own = "2001:db8::1", .other = "2001:db8::9",
	.address = ADDRESS6,
	.away = "ip link del d0",
	.back = "ip link add d0 index 77 type dummy && ip link set d0 up",
};

FIXTURE_SETUP(membership)
{
	self->index = 77;
	ASSERT_EQ(unshare(CLONE_NEWNET), 0)
		TH_LOG("unshare: %s", strerror(errno));
	ASSERT_EQ(run("ip link set lo up"), 0);
	ASSERT_EQ(run("ip link add d0 index 77 type dummy"), 0);
	ASSERT_EQ(run("ip link set d0 up"), 0);
	ASSERT_EQ(run(variant->address), 0);
}

FIXTURE_TEARDOWN(membership)
{
}

static int level(int family)
{
	return family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
}

/* A socket for what is sent to the group: it hears what it has joined only. */
static int receiver(int family)
{
	struct sockaddr_in6 any6 = {
		.sin6_family = AF_INET6, .sin6_port = htons(PORT),
	};
	struct sockaddr_in any = {
		.sin_family = AF_INET, .sin_port = htons(PORT),
	};
	int fd = socket(family, SOCK_DGRAM, 0), one = 1, zero = 0;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (family == AF_INET) {
		setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &zero,
			   sizeof(zero));
		if (bind(fd, (struct sockaddr *)&any, sizeof(any)))
			return -1;
	} else {
		setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_ALL, &zero,
			   sizeof(zero));
		if (bind(fd, (struct sockaddr *)&any6, sizeof(any6)))
			return -1;
	}
	return fd;
}

static void group_address(int family, const char *group,
			  struct sockaddr_storage *ss)
{
	struct sockaddr_in6 *sin6 = (struct sockaddr_in6 *)ss;
	struct sockaddr_in *sin = (struct sockaddr_in *)ss;

	memset(ss, 0, sizeof(*ss));
	ss->ss_family = family;
	if (family == AF_INET) {
		sin->sin_port = htons(PORT);
		inet_pton(AF_INET, group, &sin->sin_addr);
	} else {
		sin6->sin6_port = htons(PORT);
		sin6->sin6_scope_id = if_nametoindex("d0");
		inet_pton(AF_INET6, group, &sin6->sin6_addr);
	}
}

static int membership_change(int fd, int option, int family, const char *group,
			     int index)
{
	struct group_req req = { .gr_interface = index };

	group_address(family, group, &req.gr_group);
	if (setsockopt(fd, level(family), option, &req, sizeof(req)))
		return -errno;
	return 0;
}

/* 1 if fd gets what is sent to the group by way of the device, 0 if not. */
static int hears(int fd, int family, const char *group, int index)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct ip_mreqn out = { .imr_ifindex = index };
	struct sockaddr_storage to;
	int from = socket(family, SOCK_DGRAM, 0);
	char buf[8];
	int n;

	if (family == AF_INET)
		setsockopt(from, IPPROTO_IP, IP_MULTICAST_IF, &out,
			   sizeof(out));
	else
		setsockopt(from, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index,
			   sizeof(index));
	group_address(family, group, &to);
	n = sendto(from, "x", 1, 0, (struct sockaddr *)&to,
		   family == AF_INET ? sizeof(struct sockaddr_in) :
		   sizeof(struct sockaddr_in6));
	close(from);
	if (n != 1)
		return -errno;

	/* It is looped back before sendto() returns, or not at all. */
	n = poll(&pfd, 1, 500);
	if (n == 1)
		n = recv(fd, buf, sizeof(buf), 0);
	return n;
}

static void go_and_come(struct __test_metadata *_metadata,
			const struct _fixture_variant_membership *variant)
{
	ASSERT_EQ(run(variant->away), 0);
	ASSERT_EQ(run(variant->back), 0);
	ASSERT_EQ(run(variant->address), 0);
}

TEST_F(membership, control)
{
	int a = receiver(variant->family), b = receiver(variant->family);

	ASSERT_GE(a, 0);
	ASSERT_GE(b, 0);
	ASSERT_EQ(membership_change(a, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	EXPECT_EQ(hears(b, variant->family, variant->group, self->index), 0);
	ASSERT_EQ(membership_change(b, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	close(a);
	EXPECT_EQ(hears(b, variant->family, variant->group, self->index), 1);
}

TEST_F(membership, close_after_loss)
{
	int a = receiver(variant->family), b = receiver(variant->family);

	ASSERT_EQ(membership_change(a, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	go_and_come(_metadata, variant);
	ASSERT_EQ(membership_change(b, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	ASSERT_EQ(hears(b, variant->family, variant->group, self->index), 1);
	close(a);
	EXPECT_EQ(hears(b, variant->family, variant->group, self->index), 1);
}

TEST_F(membership, leave_after_loss)
{
	int a = receiver(variant->family), b = receiver(variant->family);

	ASSERT_EQ(membership_change(a, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	go_and_come(_metadata, variant);
	ASSERT_EQ(membership_change(b, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	EXPECT_EQ(membership_change(a, MCAST_LEAVE_GROUP, variant->family,
				    variant->group, self->index), 0);
	EXPECT_EQ(hears(b, variant->family, variant->group, self->index), 1);
	/* and there is nothing left of it */
	EXPECT_EQ(membership_change(a, MCAST_LEAVE_GROUP, variant->family,
				    variant->group, self->index),
		  -EADDRNOTAVAIL);
}

TEST_F(membership, join_again)
{
	const char *one = "echo 1 > /proc/sys/net/ipv4/igmp_max_memberships";
	int a = receiver(variant->family);

	/* one that has ended does not count */
	if (variant->family == AF_INET)
		ASSERT_EQ(run(one), 0);
	ASSERT_EQ(membership_change(a, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	EXPECT_EQ(membership_change(a, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), -EADDRINUSE);
	go_and_come(_metadata, variant);
	EXPECT_EQ(hears(a, variant->family, variant->group, self->index), 0);
	ASSERT_EQ(membership_change(a, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	EXPECT_EQ(hears(a, variant->family, variant->group, self->index), 1);
	EXPECT_EQ(membership_change(a, MCAST_LEAVE_GROUP, variant->family,
				    variant->group, self->index), 0);
	EXPECT_EQ(hears(a, variant->family, variant->group, self->index), 0);
}

static int source_change(int fd, int option, int family, const char *group,
			 const char *source, int index)
{
	struct group_source_req req = { .gsr_interface = index };

	group_address(family, group, &req.gsr_group);
	group_address(family, source, &req.gsr_source);
	if (setsockopt(fd, level(family), option, &req, sizeof(req)))
		return -errno;
	return 0;
}

/* Sources that are asked for by the one do not count for the other. */
TEST_F(membership, source_after_loss)
{
	int a = receiver(variant->family), b = receiver(variant->family);
	struct group_filter filter = {
		.gf_interface = self->index, .gf_fmode = MCAST_EXCLUDE,
	};

	ASSERT_EQ(membership_change(a, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	group_address(variant->family, variant->group, &filter.gf_group);
	ASSERT_EQ(setsockopt(a, level(variant->family), MCAST_MSFILTER,
			     &filter, GROUP_FILTER_SIZE(0)), 0);
	go_and_come(_metadata, variant);
	ASSERT_EQ(membership_change(b, MCAST_JOIN_GROUP, variant->family,
				    variant->group, self->index), 0);
	EXPECT_EQ(source_change(a, MCAST_BLOCK_SOURCE, variant->family,
				variant->group, variant->other, self->index),
		  -EINVAL);
	EXPECT_EQ(setsockopt(a, level(variant->family), MCAST_MSFILTER,
			     &filter, GROUP_FILTER_SIZE(0)), -1);
	EXPECT_EQ(errno, EINVAL);
}

/* What the one does not ask for any more, the other one still does. */
TEST_F(membership, source_stays)
{
	int a = receiver(variant->family), b = receiver(variant->family);

	ASSERT_EQ(source_change(a, MCAST_JOIN_SOURCE_GROUP, variant->family,
				variant->group, variant->own, self->index), 0);
	go_and_come(_metadata, variant);
	ASSERT_EQ(source_change(b, MCAST_JOIN_SOURCE_GROUP, variant->family,
				variant->group, variant->own, self->index), 0);
	ASSERT_EQ(hears(b, variant->family, variant->group, self->index), 1);
	close(a);
	EXPECT_EQ(hears(b, variant->family, variant->group, self->index), 1);
}

/* What the memberships of a socket are charged to it */
static int charged(int fd)
{
	__u32 info[SK_MEMINFO_VARS] = {};
	socklen_t len = sizeof(info);

	if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, info, &len))
		return -errno;
	return info[SK_MEMINFO_OPTMEM];
}

TEST_F(membership, charge)
{
	int a = receiver(variant->family), before;

	ASSERT_EQ(charged(a), 0);
	ASSERT_EQ(source_change(a, MCAST_JOIN_SOURCE_GROUP, variant->family,
				variant->group, variant->own, self->index), 0);
	before = charged(a);
	ASSERT_GT(before, 0);
	go_and_come(_metadata, variant);
	/* instead of the one that has ended */
	ASSERT_EQ(source_change(a, MCAST_JOIN_SOURCE_GROUP, variant->family,
				variant->group, variant->own, self->index), 0);
	EXPECT_EQ(charged(a), before);
	go_and_come(_metadata, variant);
	EXPECT_EQ(membership_change(a, MCAST_LEAVE_GROUP, variant->family,
				    variant->group, self->index), 0);
	EXPECT_EQ(charged(a), 0);
}

/* The same for anycast, of which only the kernel's list tells. */
static int anycast_listed(void)
{
	return !run("grep -q 20010db8000000000000000000000099 /proc/net/anycast6");
}

FIXTURE(anycast)
{
	int index;
};

FIXTURE_VARIANT(anycast)
{
	const char *away, *back;
};

FIXTURE_VARIANT_ADD(anycast, mtu) {
	.away = "ip link set d0 mtu 1279",
	.back = "ip link set d0 mtu 1500",
};

FIXTURE_VARIANT_ADD(anycast, anew) {
	.away = "ip link del d0",
	.back = "ip link add d0 index 77 type dummy && ip link set d0 up",
};

FIXTURE_SETUP(anycast)
{
	self->index = 77;
	ASSERT_EQ(unshare(CLONE_NEWNET), 0)
		TH_LOG("unshare: %s", strerror(errno));
	ASSERT_EQ(run("ip link add d0 index 77 type dummy"), 0);
	ASSERT_EQ(run("ip link set d0 up"), 0);
	ASSERT_EQ(run(ADDRESS6), 0);
}

FIXTURE_TEARDOWN(anycast)
{
}

TEST_F(anycast, close_after_loss)
{
	struct ipv6_mreq req = { .ipv6mr_interface = self->index };
	int a = receiver(AF_INET6), b = receiver(AF_INET6);

	inet_pton(AF_INET6, "2001:db8::99", &req.ipv6mr_multiaddr);
	ASSERT_EQ(setsockopt(a, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &req,
			     sizeof(req)), 0);
	ASSERT_EQ(anycast_listed(), 1);
	ASSERT_EQ(run(variant->away), 0);
	ASSERT_EQ(run(variant->back), 0);
	ASSERT_EQ(run(ADDRESS6), 0);
	ASSERT_EQ(anycast_listed(), 0);
	ASSERT_EQ(setsockopt(b, IPPROTO_IPV6, IPV6_JOIN_ANYCAST, &req,
			     sizeof(req)), 0);
	close(a);
	EXPECT_EQ(anycast_listed(), 1);
	close(b);
	EXPECT_EQ(anycast_listed(), 0);
}

/* Ordinary devices are tested, but who knows if the fixes are there. */
static void __attribute__((constructor)) need_label(void)
{
	const char *force = getenv("LWD_FORCE");

	if (link_known() || (force && !strcmp(force, "1")))
		return;
	ksft_print_header();
	ksft_exit_skip("kernel does not know IFLA_LWD\n");
}

TEST_HARNESS_MAIN

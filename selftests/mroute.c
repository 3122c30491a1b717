// SPDX-License-Identifier: GPL-2.0
/*
 * A multicast router on a lightweight device: it is refused while the protocol
 * is off, counts as a setting of the device and not of the default, and goes
 * away when the protocol is turned off; while it is there it forwards.
 * Ordinary devices are the control.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mroute.h>
#include <linux/mroute6.h>

#include "lwd_case.h"
#include "lwd_frame.h"
#include "lwd_setting.h"

struct family {
	const char *name, *word, *interfaces, *dflt;
	int domain, protocol, level, init, done, add, add_route, hops, counted;
	/* the far end has the near one's network: packets come the right way */
	const char *group, *near, *in, *out, *far;
};

static const struct family inet = {
	"IPv4", "inet", "/proc/net/ip_mr_vif",
	"/proc/sys/net/ipv4/conf/default/mc_forwarding",
	AF_INET, IPPROTO_IGMP, IPPROTO_IP, MRT_INIT, MRT_DONE, MRT_ADD_VIF,
	MRT_ADD_MFC, IP_MULTICAST_TTL, IPV4_DEVCONF_MC_FORWARDING,
	"233.252.0.1", "198.51.100.1", "198.51.100.2", "203.0.113.1",
	"198.51.100.3",
};

static const struct family inet6 = {
	"IPv6", "inet6", "/proc/net/ip6_mr_vif",
	"/proc/sys/net/ipv6/conf/default/mc_forwarding",
	AF_INET6, IPPROTO_ICMPV6, IPPROTO_IPV6, MRT6_INIT, MRT6_DONE,
	MRT6_ADD_MIF, MRT6_ADD_MFC, IPV6_MULTICAST_HOPS, DEVCONF_MC_FORWARDING,
	"ff0e::db8:1", "2001:db8:1::1", "2001:db8:1::2", "2001:db8:2::1",
	"2001:db8:1::3",
};

static int set(int fd, int level, int option, const void *value, size_t size)
{
	return setsockopt(fd, level, option, value, size) ? errno : 0;
}

/* Make the device an interface of the router: 0 or an errno. */
static int add_interface(const struct family *family, int fd, int number,
			 const char *name)
{
	struct mif6ctl mif = {
		.mif6c_mifi = number,
		.mif6c_pifi = if_nametoindex(name),
	};
	struct vifctl vif = {
		.vifc_vifi = number,
		.vifc_flags = VIFF_USE_IFINDEX,
		.vifc_threshold = 1,
		.vifc_lcl_ifindex = if_nametoindex(name),
	};
	bool v6 = family->domain == AF_INET6;

	mif.vifc_threshold = 1;
	return set(fd, family->level, family->add,
		   v6 ? (void *)&mif : (void *)&vif,
		   v6 ? sizeof(mif) : sizeof(vif));
}

/* What comes from the sender for the group goes from interface 0 to 1. */
static int add_mfc(const struct family *family, int fd)
{
	struct mf6cctl mf6c = {};
	struct mfcctl mfc = {};

	if (family->domain == AF_INET6) {
		inet_pton(AF_INET6, family->near, &mf6c.mf6cc_origin.sin6_addr);
		inet_pton(AF_INET6, family->group,
			  &mf6c.mf6cc_mcastgrp.sin6_addr);
		IF_SET(1, &mf6c.mf6cc_ifset);
		return set(fd, family->level, family->add_route, &mf6c,
			   sizeof(mf6c));
	}
	inet_pton(AF_INET, family->near, &mfc.mfcc_origin);
	inet_pton(AF_INET, family->group, &mfc.mfcc_mcastgrp);
	mfc.mfcc_ttls[1] = 1;
	return set(fd, family->level, family->add_route, &mfc, sizeof(mfc));
}

/* The router's socket, or less than 0. */
static int router_socket(const struct family *family)
{
	int fd, one = 1;

	fd = socket(family->domain, SOCK_RAW | SOCK_CLOEXEC, family->protocol);
	if (!set(fd, family->level, family->init, &one, sizeof(one)))
		return fd;
	case_skip("kernel has no %s multicast routing", family->name);
	close(fd);
	return -1;
}

static bool is_interface(const struct family *family, const char *name)
{
	char line[256], word[32];
	bool found = false;
	FILE *f;

	f = fopen(family->interfaces, "r");
	while (f && fgets(line, sizeof(line), f))
		found |= sscanf(line, "%*s %31s", word) == 1 &&
			 !strcmp(word, name);
	if (f)
		fclose(f);
	return found;
}

static int default_of(const struct family *family)
{
	int value = -1;
	FILE *f;

	f = fopen(family->dflt, "r");
	if (f && fscanf(f, "%d", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

static int allmulti_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
		if (mnl_attr_get_type(attr) == IFLA_ALLMULTI)
			*(int *)data = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

/* How many want all multicast from it */
static int allmulti_of(const char *name)
{
	int count = -1;

	link_ask(name, allmulti_cb, &count);
	return count;
}

static void expect(const struct family *family, const char *name, bool yes,
		   const char *when)
{
	int counted = nl_get(family->domain, name, family->counted);

	CHECK(is_interface(family, name) == yes,
	      "%s, %s %s: expected an interface: %s", family->name, name, when,
	      yes ? "yes" : "no");
	/* less than 0: it has begun anew, or the protocol is not there */
	CHECK(yes ? counted == 1 : counted <= 0,
	      "%s, %s %s: expected mc_forwarding %d, got %d", family->name,
	      name, when, yes, counted);
	CHECK(allmulti_of(name) == yes, "%s, %s %s: expected allmulti %d, got %d",
	      family->name, name, when, yes, allmulti_of(name));
	CHECK(!default_of(family), "%s, %s %s: expected the default 0, got %d",
	      family->name, name, when, default_of(family));
}

static void add(const struct family *family, int fd, const char *name,
		int want)
{
	int err = add_interface(family, fd, 0, name);

	CHECK(err == want, "%s, %s: expected %s, got %s", family->name, name,
	      strerror(want), strerror(err));
	expect(family, name, !want, want ? "refused" : "added");
}

static void router(const struct family *family, const char *kind)
{
	const char *other = family == &inet ? inet6.word : inet.word;
	int err, fd;

	cmd("add or0 up type %s", kind);
	cmd("add lw0 lwd on up type %s", kind);
	fd = router_socket(family);
	if (fd < 0)
		return;
	add(family, fd, "lw0", EADDRNOTAVAIL);
	cmd("set lw0 %s on", family->word);
	add(family, fd, "lw0", 0);
	cmd("set lw0 %s on", other);
	cmd("set lw0 %s off", other);
	expect(family, "lw0", true, "the other one off");
	cmd("set lw0 %s off", family->word);
	expect(family, "lw0", false, "turned off");
	add(family, fd, "lw0", EADDRNOTAVAIL);
	cmd("set lw0 %s on", family->word);
	add(family, fd, "lw0", 0);
	cmd("del lw0");
	CHECK(!is_interface(family, "lw0"), "%s: expected lw0 gone, got it",
	      family->name);

	add(family, fd, "or0", 0);
	close(fd);
	expect(family, "or0", false, "without the router");

	cmd("add lw0 lwd on %s on up type %s", family->word, kind);
	fd = router_socket(family);
	add(family, fd, "lw0", 0);
	/* what begins anew meanwhile does not count the interface */
	if (!strcmp(kind, "dummy")) {
		cmd("set lw0 mtu 60");
		cmd("set lw0 mtu 1500");
	}
	err = set(fd, family->level, family->done, NULL, 0);
	CHECK(!err, "%s: expected MRT_DONE to work, got %s", family->name,
	      strerror(err));
	expect(family, "lw0", false, "without the router");
	close(fd);
}

/* A dummy has a lock of its own, which the router takes; a veth has none. */
static void ipv4(void)
{
	router(&inet, "dummy");
}

static void ipv4_veth(void)
{
	router(&inet, "veth");
}

static void ipv6(void)
{
	router(&inet6, "dummy");
}

static void ipv6_veth(void)
{
	router(&inet6, "veth");
}

/* A tunnel that the router makes lets all in, whatever the default is. */
static void ipv4_tunnel(void)
{
	struct vifctl vif = {
		.vifc_flags = VIFF_TUNNEL,
		.vifc_threshold = 1,
	};
	int err, fd, filter;

	write_text("/proc/sys/net/ipv4/conf/default/rp_filter", "1");
	if (!cmd_or_skip("add or0 type ipip remote %s", inet.far))
		return;
	filter = nl_get(AF_INET, "or0", IPV4_DEVCONF_RP_FILTER);
	CHECK(filter == 1, "or0: expected rp_filter 1, got %d", filter);
	fd = router_socket(&inet);
	if (fd < 0)
		return;
	inet_pton(AF_INET, inet.in, &vif.vifc_lcl_addr);
	inet_pton(AF_INET, inet.out, &vif.vifc_rmt_addr);
	err = set(fd, inet.level, inet.add, &vif, sizeof(vif));
	CHECK(!err, "tunnel: expected success, got %s", strerror(err));
	filter = nl_get(AF_INET, "dvmrp0", IPV4_DEVCONF_RP_FILTER);
	CHECK(!filter, "dvmrp0: expected rp_filter 0, got %d", filter);
	close(fd);
}

static void end(int ns, const char *name, const char *addr)
{
	netns_go(ns);
	cmd("set %s up", name);
	add_addr(name, addr, strchr(addr, ':') ? 64 : 24);
}

/* near n0 --- a0 router b0 --- f0 far, where the group has a member */
static void forward_over(const struct family *family, int lwd)
{
	int err, far, fd, from, near, router, to, hops = 4;
	struct group_req join = {};
	socklen_t len;
	char text[8];

	near = netns_new();
	far = netns_new();
	router = netns_new();
	cmd("add a0 lwd %d type veth peer lwd %d name n0 netns /proc/self/fd/%d",
	    lwd, lwd, near);
	cmd("add b0 lwd %d type veth peer lwd %d name f0 netns /proc/self/fd/%d",
	    lwd, lwd, far);
	end(near, "n0", family->near);
	end(far, "f0", family->far);
	end(router, "a0", family->in);
	end(router, "b0", family->out);
	links_running();
	fd = router_socket(family);
	if (fd < 0)
		return;
	err = add_interface(family, fd, 0, "a0") ?:
	      add_interface(family, fd, 1, "b0") ?: add_mfc(family, fd);
	CHECK(!err, "%s, lwd %d: expected a router, got %s", family->name, lwd,
	      strerror(err));

	to = udp_socket(far, family->group, 7002);
	join.gr_interface = if_nametoindex("f0");
	len = to_sockaddr(family->group, 7002, &join.gr_group);
	err = set(to, family->level, MCAST_JOIN_GROUP, &join, sizeof(join));
	CHECK(!err, "%s, lwd %d: expected a member, got %s", family->name, lwd,
	      strerror(err));
	from = udp_socket(near, family->near, 7001);
	set(from, family->level, family->hops, &hops, sizeof(hops));
	CHECK(sendto(from, "there", 6, 0, (struct sockaddr *)&join.gr_group,
		     len) == 6 && recv(to, text, sizeof(text), 0) == 6,
	      "%s, lwd %d: expected a datagram, got %s", family->name, lwd,
	      strerror(errno));
	close(from);
	close(to);
	close(fd);
	close(near);
	close(far);
	close(router);
}

static void forward(const struct family *family)
{
	forward_over(family, 0);
	forward_over(family, 1);
}

static void ipv4_forward(void)
{
	forward(&inet);
}

static void ipv6_forward(void)
{
	forward(&inet6);
}

static const struct lwd_case cases[] = {
	CASE("DEFER-6 ENABLE-6 FOOT-5", ipv4),
	CASE("DEFER-6 ENABLE-6 FOOT-5", ipv4_veth),
	CASE("SAME-1", ipv4_tunnel),
	CASE("DEFER-6 ENABLE-6", ipv6),
	CASE("DEFER-6 ENABLE-6", ipv6_veth),
	CASE("KEEP-5", ipv4_forward),
	CASE("KEEP-5", ipv6_forward),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The IPv6 settings of a lightweight device, and its neighbour parameters,
 * begin as the default is, as those of an ordinary device, the control, do, and
 * what is written to the default later is for devices that come later.
 *
 *	near: n0, n1 (ordinary) --- lw0 (lightweight), or0 (ordinary)
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/ipv6.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <netinet/icmp6.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define CONF		"/proc/sys/net/ipv6/conf/"
#define ALL_ROUTERS	"ff020000000000000000000000000002"
#define HOPS		64	/* the kernel's default */

static int near;
static const char * const both[] = { "lw0", "or0" };

/* IFLA_INET6_CONF of a device */
struct conf6 {
	int value[256];
	unsigned int count;
};

static int conf6_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *spec, *af, *attr;
	struct conf6 *conf = data;

	mnl_attr_for_each(spec, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(spec) != IFLA_AF_SPEC)
			continue;
		mnl_attr_for_each_nested(af, spec) {
			if (mnl_attr_get_type(af) != AF_INET6)
				continue;
			mnl_attr_for_each_nested(attr, af) {
				if (mnl_attr_get_type(attr) != IFLA_INET6_CONF)
					continue;
				conf->count = mnl_attr_get_payload_len(attr) /
					      sizeof(int);
				if (conf->count > ARRAY_SIZE(conf->value))
					conf->count = ARRAY_SIZE(conf->value);
				memcpy(conf->value, mnl_attr_get_payload(attr),
				       conf->count * sizeof(int));
			}
		}
	}
	return MNL_CB_OK;
}

static int conf6(const char *name, unsigned int which)
{
	struct conf6 conf = {};

	link_ask(name, conf6_cb, &conf);
	return which < conf.count ? conf.value[which] : INT_MIN;
}

static void expect_conf(const char *when, const char *name, unsigned int which,
			int want)
{
	int got = conf6(name, which);

	CHECK(got == want, "%s: %s: expected setting %u to be %d, got %d",
	      when, name, which, want, got);
}

static void dflt(const char *setting, const char *value)
{
	char path[128];

	snprintf(path, sizeof(path), CONF "default/%s", setting);
	write_text(path, value);
}

static int read_dflt(const char *setting)
{
	char path[128];
	int value = INT_MIN;
	FILE *f;

	snprintf(path, sizeof(path), CONF "default/%s", setting);
	f = fopen(path, "r");
	if (f && fscanf(f, "%d", &value) != 1)
		value = INT_MIN;
	if (f)
		fclose(f);
	return value;
}

static long long parm(const char *name, int which)
{
	return neigh_parm(AF_INET6, name, which);
}

static void set_parm(const char *name, unsigned int which, uint64_t value)
{
	struct nl_ack ack;

	neigh_parm_set(&ack, AF_INET6, name, which, value);
	CHECK(!ack.err, "%s: parameter %u: expected success, got %s", name,
	      which, strerror(ack.err));
}

static void expect_parm(const char *when, const char *name, unsigned int which,
			long long want)
{
	long long got = parm(name, which);

	CHECK(got == want, "%s: %s: expected parameter %u to be %lld, got %lld",
	      when, name ?: "default", which, want, got);
}

static bool is_member(const char *name, const char *group)
{
	char line[256], dev[32], addr[64];
	bool found = false;
	FILE *f;

	f = fopen("/proc/net/igmp6", "r");
	while (f && fgets(line, sizeof(line), f))
		found |= sscanf(line, "%*d %31s %63s", dev, addr) == 2 &&
			 !strcmp(dev, name) && !strcmp(addr, group);
	if (f)
		fclose(f);
	return found;
}

/* The last 16 hex digits of a device's link-local address; empty if none. */
static void link_local(const char *name, char id[static 17])
{
	char line[256], dev[32], addr[33];
	FILE *f;

	id[0] = 0;
	f = fopen("/proc/net/if_inet6", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%32s %*x %*x %*x %*x %31s", addr, dev) == 2 &&
		    !strcmp(dev, name) && !strncmp(addr, "fe80", 4))
			snprintf(id, 17, "%s", addr + 16);
	if (f)
		fclose(f);
}

static bool setup(void)
{
	return cmd("add lw0 lwd on up inet6 on type dummy") &&
	       cmd("add or0 up type dummy");
}

static void begins(void)
{
	expect_conf("at first", "lw0", DEVCONF_HOPLIMIT, HOPS);
	dflt("hop_limit", "33");
	expect_conf("default written", "lw0", DEVCONF_HOPLIMIT, HOPS);
	expect_conf("default written", "or0", DEVCONF_HOPLIMIT, HOPS);
	cmd("add lw1 lwd on inet6 on type dummy");
	cmd("add or1 type dummy");
	expect_conf("made later", "lw1", DEVCONF_HOPLIMIT, 33);
	expect_conf("made later", "or1", DEVCONF_HOPLIMIT, 33);
	dflt("hop_limit", "34");
	expect_conf("written again", "lw1", DEVCONF_HOPLIMIT, 33);
	expect_conf("written again", "or1", DEVCONF_HOPLIMIT, 33);
}

/* Was it, or does this kernel not have the kind? */
static bool made(const char *kind, const struct nl_ack *ack)
{
	CHECK(!ack->err || !strcmp(ack->msg, "Unknown device type"),
	      "%s: expected success, got %s (%s)", kind, strerror(ack->err),
	      ack->msg);
	return !ack->err;
}

/* What depends on the type of a device is what it is for an ordinary one. */
static void as_ordinary(void)
{
	static const char * const kinds[] = {
		"dummy", "vrf table 9%d", "vti6 local ::1 remote 2001:db8::%d",
		"sit local 192.0.2.1 remote 192.0.2.1%d",
		"gre local 192.0.2.1 remote 192.0.2.1%d",
		"ipip local 192.0.2.1 remote 192.0.2.1%d", "netkit",
	};
	struct conf6 lw, or;
	struct nl_ack ack;
	unsigned int i, n;
	char words[128];
	int tested = 0;

	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		for (n = 0; n < 2; n++) {
			snprintf(words, sizeof(words), kinds[i], n + 2);
			link_cmd(&ack, "add %s%u%s type %s", n ? "or" : "lw",
				 i + 2, n ? "" : " lwd on inet6 on", words);
			if (ack.err)
				break;
		}
		if (!made(words, &ack))
			continue;
		tested++;
		memset(&lw, 0, sizeof(lw));
		memset(&or, 0, sizeof(or));
		snprintf(words, sizeof(words), "lw%u", i + 2);
		link_ask(words, conf6_cb, &lw);
		snprintf(words, sizeof(words), "or%u", i + 2);
		link_ask(words, conf6_cb, &or);
		CHECK(lw.count && lw.count == or.count,
		      "%s: expected %u settings, got %u", kinds[i], or.count,
		      lw.count);
		for (n = 0; n < lw.count && n < or.count; n++)
			CHECK(lw.value[n] == or.value[n],
			      "%s: expected setting %u to be %d, got %d",
			      kinds[i], n, or.value[n], lw.value[n]);
	}
	CHECK(tested, "expected a kind that this kernel has, got none");

	/* without a hardware address; what follows from it is its own */
	link_cmd(&ack, "add lw9 lwd on up inet6 on type xfrm if_id 9");
	made("xfrm", &ack);
	CHECK(!read_dflt("addr_gen_mode"),
	      "xfrm: expected the default as it was, got %d",
	      read_dflt("addr_gen_mode"));

	/* and when the default is not what the kernel begins with */
	dflt("accept_dad", "2");
	dflt("use_tempaddr", "2");
	expect_conf("no ARP", "lw0", DEVCONF_ACCEPT_DAD,
		    conf6("or0", DEVCONF_ACCEPT_DAD));
	expect_conf("no ARP", "lw0", DEVCONF_USE_TEMPADDR,
		    conf6("or0", DEVCONF_USE_TEMPADDR));
	cmd("set lw0 addrgenmode 1");
	expect_conf("set", "lw0", DEVCONF_ACCEPT_DAD,
		    conf6("or0", DEVCONF_ACCEPT_DAD));
	expect_conf("set", "lw0", DEVCONF_USE_TEMPADDR,
		    conf6("or0", DEVCONF_USE_TEMPADDR));
}

/* One device's setting is not another's, nor the default. */
static void own_setting(void)
{
	cmd("add lw1 lwd on up inet6 on type dummy");
	cmd("set lw0 addrgenmode 1");
	cmd("set or0 addrgenmode 1");
	expect_conf("set", "lw0", DEVCONF_ADDR_GEN_MODE, 1);
	expect_conf("set", "lw1", DEVCONF_ADDR_GEN_MODE, 0);
	CHECK(!read_dflt("addr_gen_mode"), "expected the default as it was");
	dflt("hop_limit", "33");
	expect_conf("default written", "lw0", DEVCONF_HOPLIMIT, HOPS);
	expect_conf("default written", "lw1", DEVCONF_HOPLIMIT, HOPS);
	expect_conf("default written", "or0", DEVCONF_HOPLIMIT, HOPS);

	/* until the protocol begins anew */
	cmd("set lw0 inet6 off");
	cmd("set lw0 inet6 on");
	expect_conf("on again", "lw0", DEVCONF_ADDR_GEN_MODE, 0);
	expect_conf("on again", "lw0", DEVCONF_HOPLIMIT, 33);

	/* with the switch, it is there before the first address */
	cmd("add lw2 lwd on up type dummy");
	cmd("set lw2 inet6 on addrgenmode 1");
	dflt("hop_limit", "34");
	expect_conf("with the switch", "lw2", DEVCONF_ADDR_GEN_MODE, 1);
	expect_conf("with the switch", "lw2", DEVCONF_HOPLIMIT, 33);
}

/* The MTU is a device's own and does not make the others its own. */
static void own_mtu(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		cmd("set %s mtu 1400", both[i]);
		expect_conf("set", both[i], DEVCONF_MTU6, 1400);
	}
	CHECK(read_dflt("mtu") == 1280, "expected the default as it was");
}

/* How many messages about a device's forwarding are there? */
static int messages_of(struct mnl_socket *nl, const char *name)
{
	struct pollfd pfd = {
		.fd = mnl_socket_get_fd(nl),
		.events = POLLIN,
	};
	int index = if_nametoindex(name);
	const struct nlattr *attr;
	struct nlmsghdr *nlh;
	char buf[8192];
	int len, count = 0;

	/* those of a write are there when it is done */
	while (poll(&pfd, 1, 0) > 0) {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		nlh = (void *)buf;
		for (; mnl_nlmsg_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			mnl_attr_for_each(attr, nlh, sizeof(struct netconfmsg))
				count += mnl_attr_get_type(attr) ==
					 NETCONFA_IFINDEX &&
					 (int)mnl_attr_get_u32(attr) == index;
	}
	return count;
}

static void forwards(void)
{
	int group = RTNLGRP_IPV6_NETCONF;
	struct mnl_socket *nl = nl_open(0);
	int i;

	mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group,
			      sizeof(group));
	cmd("add lw1 lwd on up inet6 on type dummy");
	cmd("set lw1 addrgenmode 0");
	/* routers have groups of their own */
	for (i = 0; i < 3; i++)
		cmd("set %s multicast on", i < 2 ? both[i] : "lw1");
	messages_of(nl, "lw0");

	dflt("forwarding", "1");
	dflt("proxy_ndp", "1");
	i = messages_of(nl, "lw0");
	CHECK(!i, "default: expected no message, got %d", i);
	for (i = 0; i < 3; i++) {
		const char *name = i < 2 ? both[i] : "lw1";

		expect_conf("default", name, DEVCONF_FORWARDING, 0);
		CHECK(!is_member(name, ALL_ROUTERS),
		      "%s: expected no router", name);
	}
	dflt("forwarding", "0");

	messages_of(nl, "lw0");
	write_text(CONF "all/forwarding", "1");
	i = messages_of(nl, "lw0");
	CHECK(i == 1, "all: expected one message, got %d", i);
	for (i = 0; i < 3; i++) {
		const char *name = i < 2 ? both[i] : "lw1";

		expect_conf("all", name, DEVCONF_FORWARDING, 1);
		CHECK(is_member(name, ALL_ROUTERS), "%s: expected a router",
		      name);
	}
	write_text(CONF "all/forwarding", "0");
	for (i = 0; i < 3; i++) {
		const char *name = i < 2 ? both[i] : "lw1";

		expect_conf("all", name, DEVCONF_FORWARDING, 0);
		CHECK(!is_member(name, ALL_ROUTERS),
		      "%s: expected no router", name);
	}
	mnl_socket_close(nl);
}

/* Packets go from one device to the other because of what the default was. */
static void packets(void)
{
	int home, far;

	if (access(CONF "default/force_forwarding", F_OK)) {
		case_skip("kernel has no force_forwarding");
		return;
	}
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	near = netns_new();
	far = netns_new();
	netns_go(home);
	dflt("forwarding", "1");
	dflt("force_forwarding", "1");
	cmd("add a0 lwd on up type veth peer name n0 netns /proc/self/fd/%d",
	    near);
	cmd("add b0 lwd on up type veth peer name f0 netns /proc/self/fd/%d",
	    far);
	add_addr("a0", "2001:db8:1::1", 64);
	add_addr("b0", "2001:db8:2::1", 64);
	netns_go(near);
	cmd("set n0 up");
	add_addr("n0", "2001:db8:1::2", 64);
	add_route("2001:db8:2::", 64, "2001:db8:1::1");
	netns_go(far);
	cmd("set f0 up");
	add_addr("f0", "2001:db8:2::2", 64);
	add_route("2001:db8:1::", 64, "2001:db8:2::1");
	netns_go(home);
	links_running();
	addrs_ready(NULL);
	udp_pass("default written", near, "2001:db8:1::2", far,
		 "2001:db8:2::2", 3);
	netns_go(home);
	close(far);
	close(near);
	close(home);
}

static void disable(void)
{
	char id[17], was[17];
	struct nl_ack ack;

	link_local("lw0", was);
	CHECK(was[0], "lw0: expected a link-local address, got none");
	dflt("disable_ipv6", "1");
	link_local("lw0", id);
	CHECK(!strcmp(id, was), "lw0: expected %s, got %s", was, id);
	link_local("or0", id);
	CHECK(id[0], "or0: expected a link-local address, got none");
	addr_cmd(&ack, RTM_NEWADDR, "or0", "2001:db8::1", 64);
	CHECK(!ack.err, "or0: expected success, got %s", strerror(ack.err));
	cmd("add lw1 lwd on up inet6 on type dummy");
	link_local("lw1", id);
	CHECK(!id[0], "lw1, disabled: expected no address, got %s", id);
	dflt("disable_ipv6", "0");
	add_addr("lw0", "2001:db8:1::1", 64);

	write_text(CONF "all/disable_ipv6", "1");
	link_local("lw0", id);
	CHECK(!id[0], "lw0, all disabled: expected no address, got %s", id);
	link_local("or0", id);
	CHECK(!id[0], "or0, all disabled: expected no address, got %s", id);
	write_text(CONF "all/disable_ipv6", "0");
	link_local("lw0", id);
	CHECK(!strcmp(id, was), "lw0, all enabled: expected %s, got %s", was,
	      id);
}

/* The mode in which addresses are generated, and the secret for it */
static void addresses(void)
{
	char eui[17], id[17], again[17];

	link_local("lw0", eui);
	CHECK(eui[0], "expected a link-local address, got none");
	/* none: those that come later have none */
	dflt("addr_gen_mode", "1");
	expect_conf("none", "lw0", DEVCONF_ADDR_GEN_MODE, 0);
	expect_conf("none", "or0", DEVCONF_ADDR_GEN_MODE, 0);
	cmd("add lw1 lwd on up inet6 on type dummy");
	cmd("add or1 up type dummy");
	link_local("lw1", id);
	CHECK(!id[0], "none: expected no address, got %s", id);
	/* and it stays so */
	dflt("addr_gen_mode", "0");
	link_local("lw1", id);
	CHECK(!id[0], "lw1: expected no address, got %s", id);
	link_local("or1", id);
	CHECK(!id[0], "or1: expected no address, got %s", id);
	dflt("addr_gen_mode", "1");
	/* a secret: all devices use it */
	dflt("stable_secret", "2001:db8::53");
	expect_conf("secret", "lw0", DEVCONF_ADDR_GEN_MODE, 2);
	expect_conf("secret", "or0", DEVCONF_ADDR_GEN_MODE, 2);
	link_local("lw1", again);
	cmd("set lw1 down");
	cmd("set lw1 up");
	link_local("lw1", id);
	CHECK(id[0] && strcmp(id, again),
	      "secret: expected another address than %s, got %s", again, id);
	cmd("add lw2 lwd on up inet6 on type dummy");
	expect_conf("secret", "lw2", DEVCONF_ADDR_GEN_MODE, 2);
	cmd("set lw0 addrgenmode 2");
	cmd("set lw1 down");
	cmd("set lw1 addrgenmode 2");
	cmd("set lw1 up");
	link_local("lw1", again);
	CHECK(!strcmp(id, again), "its own secret: expected %s, got %s", id,
	      again);

	/* all: as for any device, also for those that have a secret */
	write_text(CONF "all/addr_gen_mode", "0");
	expect_conf("all", "lw0", DEVCONF_ADDR_GEN_MODE, 0);
	expect_conf("all", "lw2", DEVCONF_ADDR_GEN_MODE, 0);
	expect_conf("all", "or0", DEVCONF_ADDR_GEN_MODE, 0);
}

/* A random secret is for one device; the default gets none. */
static void random_secret(void)
{
	char one[17], two[17];

	dflt("addr_gen_mode", "3");
	cmd("add lw1 lwd on up inet6 on address 02:00:5e:00:53:0a type dummy");
	link_local("lw1", one);
	cmd("del lw1");
	cmd("add lw1 lwd on up inet6 on address 02:00:5e:00:53:0a type dummy");
	link_local("lw1", two);
	CHECK(one[0] && two[0], "expected addresses, got %s and %s", one, two);
	CHECK(strcmp(one, two), "expected two secrets, got %s twice", one);
	expect_conf("random", "lw1", DEVCONF_ADDR_GEN_MODE, 3);
	CHECK(access(CONF "default/stable_secret", F_OK) ||
	      read_dflt("stable_secret") == INT_MIN,
	      "expected no secret of the default");
}

/* all.force_forwarding leaves the default alone. */
static void forced_to_forward(void)
{
	struct conf6 conf = {};
	unsigned int which;

	if (access(CONF "all/force_forwarding", F_OK)) {
		case_skip("kernel has no force_forwarding");
		return;
	}
	/* the last setting when this was written */
	link_ask("or0", conf6_cb, &conf);
	dflt("force_forwarding", "1");
	cmd("add or1 type dummy");
	for (which = 0; which < conf.count; which++)
		if (conf6("or1", which) != conf6("or0", which) &&
		    conf6("or1", which) == 1)
			break;
	expect_conf("default", "lw0", which, 0);
	dflt("force_forwarding", "0");

	write_text(CONF "all/force_forwarding", "1");
	expect_conf("all", "lw0", which, 1);
	expect_conf("all", "or0", which, 1);
	CHECK(!read_dflt("force_forwarding"), "expected the default as it was");
	cmd("add lw1 lwd on inet6 on type dummy");
	expect_conf("made later", "lw1", which, 0);

	/* all.forwarding 0 clears it, also where it comes from the default */
	dflt("force_forwarding", "1");
	cmd("add lw2 lwd on inet6 on type dummy");
	expect_conf("default", "lw2", which, 1);
	write_text(CONF "all/forwarding", "0");
	expect_conf("forwarding 0", "lw2", which, 0);
	expect_conf("forwarding 0", "or0", which, 0);
	CHECK(read_dflt("force_forwarding") == 1,
	      "expected the default as it was");
}

/* A namespace has a default of its own, which can go before a device does. */
static void of_its_netns(void)
{
	int home, i;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	near = netns_new();
	dflt("hop_limit", "44");
	netns_go(home);
	dflt("hop_limit", "33");
	cmd("set lw0 netns /proc/self/fd/%d", near);
	netns_go(near);
	cmd("set lw0 up");
	expect_conf("there", "lw0", DEVCONF_HOPLIMIT, 44);
	netns_go(home);
	dflt("hop_limit", "34");
	netns_go(near);
	expect_conf("home written", "lw0", DEVCONF_HOPLIMIT, 44);
	dflt("hop_limit", "45");
	expect_conf("there written", "lw0", DEVCONF_HOPLIMIT, 44);
	cmd("set lw0 netns /proc/self/fd/%d", home);
	netns_go(home);
	close(near);
	expect_conf("back", "lw0", DEVCONF_HOPLIMIT, 34);

	/* namespaces that go with devices in them, and after they left */
	for (i = 0; i < 3; i++) {
		near = netns_new();
		cmd("add lw1 lwd on up inet6 on type dummy");
		cmd("add lw2 lwd on up inet6 on type dummy");
		cmd("set lw1 netns /proc/self/fd/%d", home);
		netns_go(home);
		close(near);
		cmd("set lw1 up");
		expect_conf("moved", "lw1", DEVCONF_HOPLIMIT, 34);
		cmd("del lw1");
	}
	close(home);
}

/* Two pairs; the far ends are where routers are. */
static void pairs(void)
{
	int home;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	near = netns_new();
	netns_go(home);
	cmd("del lw0");
	cmd("del or0");
	cmd("add lw0 lwd on up inet6 on type veth peer name n0 netns /proc/self/fd/%d",
	    near);
	cmd("add or0 up type veth peer name n1 netns /proc/self/fd/%d", near);
	cmd("add lw1 lwd on up inet6 on type dummy");
	netns_go(near);
	cmd("set n0 up");
	cmd("set n1 up");
	links_running();
	addrs_ready(NULL);
	netns_go(home);
	close(home);
	links_running();
	addrs_ready(NULL);
}

/* A router advertises itself to both. */
static void advertise(int hops, int reachable, int retrans)
{
	struct {
		struct nd_router_advert ra;
		struct nd_opt_mtu mtu;
	} msg = {
		.ra = {
			.nd_ra_type = ND_ROUTER_ADVERT,
			.nd_ra_reachable = htonl(reachable),
			.nd_ra_retransmit = htonl(retrans),
		},
		.mtu = {
			.nd_opt_mtu_type = ND_OPT_MTU,
			.nd_opt_mtu_len = 1,
			.nd_opt_mtu_mtu = htonl(1400),
		},
	};
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	int fd, home, i, limit = 255;
	char name[8];

	msg.ra.nd_ra_curhoplimit = hops;
	msg.ra.nd_ra_router_lifetime = htons(1800);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	netns_go(near);
	for (i = 0; i < 2; i++) {
		fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
		setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &limit,
			   sizeof(limit));
		inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
		snprintf(name, sizeof(name), "n%d", i);
		to.sin6_scope_id = if_nametoindex(name);
		CHECK(sendto(fd, &msg, sizeof(msg), 0, (struct sockaddr *)&to,
			     sizeof(to)) == sizeof(msg),
		      "%s: expected an advertisement sent, got %s", name,
		      strerror(errno));
		close(fd);
	}
	netns_go(home);
	close(home);
}

/* Until both have the reachable time of an advertisement that was sent. */
static void advertised(int reachable)
{
	int i;

	for (i = 0; i < wait_ms(); i++) {
		if (parm("lw0", NDTPA_BASE_REACHABLE_TIME) == reachable &&
		    parm("or0", NDTPA_BASE_REACHABLE_TIME) == reachable)
			break;
		usleep(1000);
	}
	expect_parm("advertised", "lw0", NDTPA_BASE_REACHABLE_TIME, reachable);
	expect_parm("advertised", "or0", NDTPA_BASE_REACHABLE_TIME, reachable);
}

/* The hop limit of what is sent on a device */
static int hops_of(const char *name)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(9),
		.sin6_scope_id = if_nametoindex(name),
	};
	int fd, hops = -1;
	socklen_t len = sizeof(hops);

	inet_pton(AF_INET6, "fe80::9", &to.sin6_addr);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    getsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, &len))
		hops = -errno;
	close(fd);
	return hops;
}

static void advertisement(void)
{
	long long was, retrans;
	int i;

	pairs();
	was = parm(NULL, NDTPA_BASE_REACHABLE_TIME);
	retrans = parm(NULL, NDTPA_RETRANS_TIME);
	CHECK(was > 0 && retrans > 0, "expected defaults, got %lld and %lld",
	      was, retrans);

	/* a router that leaves the hop limit to others */
	advertise(0, 40000, 2000);
	advertised(40000);
	for (i = 0; i < 2; i++) {
		expect_parm("first", both[i], NDTPA_RETRANS_TIME, 2000);
		expect_parm("first", both[i], NDTPA_GC_STALETIME, 120000);
		expect_conf("first", both[i], DEVCONF_MTU6, 1400);
	}
	expect_conf("first", "lw1", DEVCONF_MTU6, 1500);
	CHECK(read_dflt("mtu") == 1280, "expected the default MTU as it was");
	expect_parm("first", NULL, NDTPA_BASE_REACHABLE_TIME, was);
	expect_parm("first", "lw1", NDTPA_BASE_REACHABLE_TIME, was);
	expect_parm("first", NULL, NDTPA_RETRANS_TIME, retrans);
	expect_parm("first", "lw1", NDTPA_RETRANS_TIME, retrans);

	advertise(44, 50000, 0);
	advertised(50000);
	for (i = 0; i < 2; i++) {
		expect_conf("second", both[i], DEVCONF_HOPLIMIT, 44);
		CHECK(hops_of(both[i]) == 44, "%s: expected 44 hops, got %d",
		      both[i], hops_of(both[i]));
	}
	expect_conf("second", "lw1", DEVCONF_HOPLIMIT, HOPS);
	CHECK(read_dflt("hop_limit") == HOPS, "expected the default as it was");
}

/* With accept_dad 2 a duplicate turns IPv6 off, on that device. */
static void duplicate(void)
{
	static const struct {
		const char *name, *label, *mac, *far, *addr;
	} ends[] = {
		{ "lw5", "lwd on inet6 on", "02:00:5e:00:53:30", "far0",
		  "fe80::5eff:fe00:5330" },
		{ "or5", "lwd off", "02:00:5e:00:53:31", "far1",
		  "fe80::5eff:fe00:5331" },
	};
	unsigned int i;
	int k;

	dflt("accept_dad", "2");
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		cmd("add %s %s address %s type veth peer name %s",
		    ends[i].name, ends[i].label, ends[i].mac, ends[i].far);
		cmd("set %s up", ends[i].far);
		add_addr(ends[i].far, ends[i].addr, 64);
		cmd("set %s up", ends[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		for (k = 0; k < wait_ms(); k++) {
			if (conf6(ends[i].name, DEVCONF_DISABLE_IPV6) == 1)
				break;
			usleep(1000);
		}
		expect_conf("failed", ends[i].name, DEVCONF_DISABLE_IPV6, 1);
	}
	CHECK(!read_dflt("disable_ipv6"), "expected the default as it was");
	expect_conf("not its address", "lw0", DEVCONF_DISABLE_IPV6, 0);
}

/*
 * The parameters: the table's, until there are own ones.  (Only the first
 * namespace can write the table's, so nobody writes them here.)
 */
static void parameters(void)
{
	long long was = parm(NULL, NDTPA_RETRANS_TIME);
	int i;

	CHECK(was > 0, "expected a default, got %lld", was);
	cmd("add lw1 lwd on up inet6 on type dummy");
	for (i = 0; i < 2; i++) {
		expect_parm("at first", both[i], NDTPA_RETRANS_TIME, was);
		set_parm(both[i], NDTPA_RETRANS_TIME, 3000);
		expect_parm("set", both[i], NDTPA_RETRANS_TIME, 3000);
	}
	expect_parm("set for others", "lw1", NDTPA_RETRANS_TIME, was);
	expect_parm("set for others", NULL, NDTPA_RETRANS_TIME, was);
	/* off and on it begins anew */
	cmd("set lw0 inet6 off");
	expect_parm("off", "lw0", NDTPA_RETRANS_TIME, -1);
	cmd("set lw0 inet6 on");
	expect_parm("on again", "lw0", NDTPA_RETRANS_TIME, was);
}

static const struct lwd_case cases[] = {
	CASE("FOOT-5", begins),
	CASE("FOOT-5 ENABLE-3", as_ordinary),
	CASE("FOOT-5 ENABLE-9", own_setting),
	CASE("FOOT-5", own_mtu),
	CASE("FOOT-5 ENABLE-10", forwards),
	CASE("FOOT-5 KEEP-5", packets),
	CASE("FOOT-5", disable),
	CASE("FOOT-5 ENABLE-9", addresses),
	CASE("FOOT-5", random_secret),
	CASE("FOOT-5", forced_to_forward),
	CASE("FOOT-5", of_its_netns),
	CASE("FOOT-5", advertisement),
	CASE("FOOT-5 ENABLE-2", duplicate),
	CASE("FOOT-5", parameters),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), setup);
}

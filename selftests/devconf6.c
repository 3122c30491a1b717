// SPDX-License-Identifier: GPL-2.0
/*
 * The IPv6 settings of a lightweight device, and its neighbour parameters,
 * begin as the default is, as those of an ordinary device, the control, do, and
 * what is written to the default later is for devices that come later.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/ipv6.h>
#include <linux/neighbour.h>

#include "lwd_frame.h"
#include "lwd_setting.h"

#define ALL_ROUTERS	"ff020000000000000000000000000002"
#define HOPS		64	/* the kernel's default */

static const char * const both[] = { "lw0", "or0" };

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

static bool setup(void)
{
	return cmd("add lw0 lwd on up inet6 on type dummy") &&
	       cmd("add or0 up type dummy");
}

static void begins(void)
{
	expect_conf6("at first", "lw0", DEVCONF_HOPLIMIT, HOPS);
	conf6_write("default", "hop_limit", "33");
	expect_conf6("default written", "lw0", DEVCONF_HOPLIMIT, HOPS);
	expect_conf6("default written", "or0", DEVCONF_HOPLIMIT, HOPS);
	cmd("add lw1 lwd on inet6 on type dummy");
	cmd("add or1 type dummy");
	expect_conf6("made later", "lw1", DEVCONF_HOPLIMIT, 33);
	expect_conf6("made later", "or1", DEVCONF_HOPLIMIT, 33);
	conf6_write("default", "hop_limit", "34");
	expect_conf6("written again", "lw1", DEVCONF_HOPLIMIT, 33);
	expect_conf6("written again", "or1", DEVCONF_HOPLIMIT, 33);
}

/* Was it, or does this kernel not have the kind? */
static bool made(const char *kind, const struct nl_ack *ack)
{
	CHECK(!ack->err || !strcmp(ack->msg, "Unknown device type"),
	      "%s: expected success, got %s (%s)", kind, strerror(ack->err),
	      ack->msg);
	return !ack->err;
}

static void same_settings(const char *kind, const char *lw, const char *or)
{
	int got, want, n = -1;

	do {
		n++;
		got = nl_get(AF_INET6, lw, n);
		want = nl_get(AF_INET6, or, n);
		CHECK(got == want,
		      "%s: expected setting %d to be %d, got %d", kind, n,
		      want, got);
	} while (got != INT_MIN && want != INT_MIN);
	CHECK(n, "%s: expected settings, got none", kind);
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
	char words[128], lw[8], or[8];
	struct nl_ack ack;
	unsigned int i, n;
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
		snprintf(lw, sizeof(lw), "lw%u", i + 2);
		snprintf(or, sizeof(or), "or%u", i + 2);
		same_settings(kinds[i], lw, or);
	}
	CHECK(tested, "expected a kind that this kernel has, got none");

	/* without a hardware address; what follows from it is its own */
	link_cmd(&ack, "add lw9 lwd on up inet6 on type xfrm if_id 9");
	made("xfrm", &ack);
	CHECK(!conf6_default("addr_gen_mode"),
	      "xfrm: expected the default as it was, got %lld",
	      conf6_default("addr_gen_mode"));

	/* and when the default is not what the kernel begins with */
	conf6_write("default", "accept_dad", "2");
	conf6_write("default", "use_tempaddr", "2");
	expect_conf6("no ARP", "lw0", DEVCONF_ACCEPT_DAD,
		     nl_get(AF_INET6, "or0", DEVCONF_ACCEPT_DAD));
	expect_conf6("no ARP", "lw0", DEVCONF_USE_TEMPADDR,
		     nl_get(AF_INET6, "or0", DEVCONF_USE_TEMPADDR));
	cmd("set lw0 addrgenmode 1");
	expect_conf6("set", "lw0", DEVCONF_ACCEPT_DAD,
		     nl_get(AF_INET6, "or0", DEVCONF_ACCEPT_DAD));
	expect_conf6("set", "lw0", DEVCONF_USE_TEMPADDR,
		     nl_get(AF_INET6, "or0", DEVCONF_USE_TEMPADDR));
}

/* One device's setting is not another's, nor the default. */
static void own_setting(void)
{
	cmd("add lw1 lwd on up inet6 on type dummy");
	cmd("set lw0 addrgenmode 1");
	cmd("set or0 addrgenmode 1");
	expect_conf6("set", "lw0", DEVCONF_ADDR_GEN_MODE, 1);
	expect_conf6("set", "lw1", DEVCONF_ADDR_GEN_MODE, 0);
	CHECK(!conf6_default("addr_gen_mode"),
	      "expected the default as it was");
	conf6_write("default", "hop_limit", "33");
	expect_conf6("default written", "lw0", DEVCONF_HOPLIMIT, HOPS);
	expect_conf6("default written", "lw1", DEVCONF_HOPLIMIT, HOPS);
	expect_conf6("default written", "or0", DEVCONF_HOPLIMIT, HOPS);

	/* until the protocol begins anew */
	cmd("set lw0 inet6 off");
	cmd("set lw0 inet6 on");
	expect_conf6("on again", "lw0", DEVCONF_ADDR_GEN_MODE, 0);
	expect_conf6("on again", "lw0", DEVCONF_HOPLIMIT, 33);

	/* with the switch, it is there before the first address */
	cmd("add lw2 lwd on up type dummy");
	cmd("set lw2 inet6 on addrgenmode 1");
	conf6_write("default", "hop_limit", "34");
	expect_conf6("with the switch", "lw2", DEVCONF_ADDR_GEN_MODE, 1);
	expect_conf6("with the switch", "lw2", DEVCONF_HOPLIMIT, 33);
}

/* The MTU is a device's own and does not make the others its own. */
static void own_mtu(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		cmd("set %s mtu 1400", both[i]);
		expect_conf6("set", both[i], DEVCONF_MTU6, 1400);
	}
	CHECK(conf6_default("mtu") == 1280, "expected the default as it was");
}

static void expect_routers(const char *when, bool are)
{
	static const char * const names[] = { "lw0", "or0", "lw1" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		expect_conf6(when, names[i], DEVCONF_FORWARDING, are);
		CHECK(is_member(names[i], ALL_ROUTERS) == are,
		      "%s: %s: expected %s router", when, names[i],
		      are ? "a" : "no");
	}
}

static void forwards(void)
{
	struct mnl_socket *nl = listen_to(RTNLGRP_IPV6_NETCONF);
	const char *text;

	cmd("add lw1 lwd on up inet6 on type dummy");
	cmd("set lw1 addrgenmode 0");
	/* routers have groups of their own */
	cmd("set lw0 multicast on");
	cmd("set or0 multicast on");
	cmd("set lw1 multicast on");
	told(nl, "lw0");

	conf6_write("default", "forwarding", "1");
	conf6_write("default", "proxy_ndp", "1");
	text = told(nl, "lw0");
	CHECK(!*text, "default: expected no message, got %s", text);
	expect_routers("default", false);
	conf6_write("default", "forwarding", "0");

	told(nl, "lw0");
	conf6_write("all", "forwarding", "1");
	text = told(nl, "lw0");
	CHECK(*text && strchr(text, ';') == strrchr(text, ';'),
	      "all: expected one message, got '%s'", text);
	expect_routers("all", true);
	conf6_write("all", "forwarding", "0");
	expect_routers("all, no longer", false);
	mnl_socket_close(nl);
}

/* Packets go from one device to the other because of what the default was. */
static void packets(void)
{
	int home, far, near;

	if (conf6_default("force_forwarding") == LLONG_MIN) {
		case_skip("kernel has no force_forwarding");
		return;
	}
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	near = netns_new();
	far = netns_new();
	netns_go(home);
	conf6_write("default", "forwarding", "1");
	conf6_write("default", "force_forwarding", "1");
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

/* all.force_forwarding leaves the default alone. */
static void forced_to_forward(void)
{
	if (conf6_default("force_forwarding") == LLONG_MIN) {
		case_skip("kernel has no force_forwarding");
		return;
	}
	conf6_write("default", "force_forwarding", "1");
	cmd("add or1 type dummy");
	expect_conf6("default", "or1", FORCE_FORWARDING, 1);
	expect_conf6("default", "or0", FORCE_FORWARDING, 0);
	expect_conf6("default", "lw0", FORCE_FORWARDING, 0);
	conf6_write("default", "force_forwarding", "0");

	conf6_write("all", "force_forwarding", "1");
	expect_conf6("all", "lw0", FORCE_FORWARDING, 1);
	expect_conf6("all", "or0", FORCE_FORWARDING, 1);
	CHECK(!conf6_default("force_forwarding"),
	      "expected the default as it was");
	cmd("add lw1 lwd on inet6 on type dummy");
	expect_conf6("made later", "lw1", FORCE_FORWARDING, 0);

	/* all.forwarding 0 clears it, also where it comes from the default */
	conf6_write("default", "force_forwarding", "1");
	cmd("add lw2 lwd on inet6 on type dummy");
	expect_conf6("default", "lw2", FORCE_FORWARDING, 1);
	conf6_write("all", "forwarding", "0");
	expect_conf6("forwarding 0", "lw2", FORCE_FORWARDING, 0);
	expect_conf6("forwarding 0", "or0", FORCE_FORWARDING, 0);
	CHECK(conf6_default("force_forwarding") == 1,
	      "expected the default as it was");
}

/* A namespace has a default of its own, which can go before a device does. */
static void of_its_netns(void)
{
	int home, near, i;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	near = netns_new();
	conf6_write("default", "hop_limit", "44");
	netns_go(home);
	conf6_write("default", "hop_limit", "33");
	cmd("set lw0 netns /proc/self/fd/%d", near);
	netns_go(near);
	cmd("set lw0 up");
	expect_conf6("there", "lw0", DEVCONF_HOPLIMIT, 44);
	netns_go(home);
	conf6_write("default", "hop_limit", "34");
	netns_go(near);
	expect_conf6("home written", "lw0", DEVCONF_HOPLIMIT, 44);
	conf6_write("default", "hop_limit", "45");
	expect_conf6("there written", "lw0", DEVCONF_HOPLIMIT, 44);
	cmd("set lw0 netns /proc/self/fd/%d", home);
	netns_go(home);
	close(near);
	expect_conf6("back", "lw0", DEVCONF_HOPLIMIT, 34);

	/* namespaces that go with devices in them, and after they left */
	for (i = 0; i < 3; i++) {
		near = netns_new();
		cmd("add lw1 lwd on up inet6 on type dummy");
		cmd("add lw2 lwd on up inet6 on type dummy");
		cmd("set lw1 netns /proc/self/fd/%d", home);
		netns_go(home);
		close(near);
		cmd("set lw1 up");
		expect_conf6("moved", "lw1", DEVCONF_HOPLIMIT, 34);
		cmd("del lw1");
	}
	close(home);
}

/*
 * The parameters: the table's, until there are own ones.  (Only the first
 * namespace can write the table's, so nobody writes them here.)
 */
static void parameters(void)
{
	long long was = neigh_parm(AF_INET6, NULL, NDTPA_RETRANS_TIME);
	struct nl_ack ack;
	int i;

	CHECK(was > 0, "expected a default, got %lld", was);
	cmd("add lw1 lwd on up inet6 on type dummy");
	for (i = 0; i < 2; i++) {
		expect_parm6("at first", both[i], NDTPA_RETRANS_TIME, was);
		neigh_parm_set(&ack, AF_INET6, both[i], NDTPA_RETRANS_TIME,
			       3000);
		CHECK(!ack.err, "%s: expected success, got %s", both[i],
		      strerror(ack.err));
		expect_parm6("set", both[i], NDTPA_RETRANS_TIME, 3000);
	}
	expect_parm6("set for others", "lw1", NDTPA_RETRANS_TIME, was);
	expect_parm6("set for others", NULL, NDTPA_RETRANS_TIME, was);
	/* off and on it begins anew */
	cmd("set lw0 inet6 off");
	expect_parm6("off", "lw0", NDTPA_RETRANS_TIME, -1);
	cmd("set lw0 inet6 on");
	expect_parm6("on again", "lw0", NDTPA_RETRANS_TIME, was);
}

static const struct lwd_case cases[] = {
	CASE("FOOT-5", begins),
	CASE("FOOT-5 ENABLE-3", as_ordinary),
	CASE("FOOT-5 ENABLE-9", own_setting),
	CASE("FOOT-5", own_mtu),
	CASE("FOOT-5 ENABLE-10", forwards),
	CASE("FOOT-5 KEEP-5", packets),
	CASE("FOOT-5", forced_to_forward),
	CASE("FOOT-5", of_its_netns),
	CASE("FOOT-5", parameters),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), setup);
}

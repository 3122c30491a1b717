// SPDX-License-Identifier: GPL-2.0
/*
 * The IPv6 settings that decide about addresses: written to the default, to all
 * devices or, by the kernel, to one, they do to a lightweight device (lw0) what
 * they do to an ordinary one, the control (or0).
 */

#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/ipv6.h>

#include "lwd_frame.h"
#include "lwd_setting.h"

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

static void disable(void)
{
	char id[17], was[17];
	struct nl_ack ack;

	link_local("lw0", was);
	CHECK(was[0], "lw0: expected a link-local address, got none");
	conf6_write("default", "disable_ipv6", "1");
	link_local("lw0", id);
	CHECK(!strcmp(id, was), "lw0: expected %s, got %s", was, id);
	link_local("or0", id);
	CHECK(id[0], "or0: expected a link-local address, got none");
	addr_cmd(&ack, RTM_NEWADDR, "or0", "2001:db8::1", 64);
	CHECK(!ack.err, "or0: expected success, got %s", strerror(ack.err));
	cmd("add lw1 lwd on up inet6 on type dummy");
	link_local("lw1", id);
	CHECK(!id[0], "lw1, disabled: expected no address, got %s", id);
	conf6_write("default", "disable_ipv6", "0");
	add_addr("lw0", "2001:db8:1::1", 64);

	conf6_write("all", "disable_ipv6", "1");
	link_local("lw0", id);
	CHECK(!id[0], "lw0, all disabled: expected no address, got %s", id);
	link_local("or0", id);
	CHECK(!id[0], "or0, all disabled: expected no address, got %s", id);
	conf6_write("all", "disable_ipv6", "0");
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
	conf6_write("default", "addr_gen_mode", "1");
	expect_conf6("none", "lw0", DEVCONF_ADDR_GEN_MODE, 0);
	expect_conf6("none", "or0", DEVCONF_ADDR_GEN_MODE, 0);
	cmd("add lw1 lwd on up inet6 on type dummy");
	cmd("add or1 up type dummy");
	link_local("lw1", id);
	CHECK(!id[0], "none: expected no address, got %s", id);
	/* and it stays so */
	conf6_write("default", "addr_gen_mode", "0");
	link_local("lw1", id);
	CHECK(!id[0], "lw1: expected no address, got %s", id);
	link_local("or1", id);
	CHECK(!id[0], "or1: expected no address, got %s", id);
	conf6_write("default", "addr_gen_mode", "1");
	/* a secret: all devices use it */
	conf6_write("default", "stable_secret", "2001:db8::53");
	expect_conf6("secret", "lw0", DEVCONF_ADDR_GEN_MODE, 2);
	expect_conf6("secret", "or0", DEVCONF_ADDR_GEN_MODE, 2);
	link_local("lw1", again);
	cmd("set lw1 down");
	cmd("set lw1 up");
	link_local("lw1", id);
	CHECK(id[0] && strcmp(id, again),
	      "secret: expected another address than %s, got %s", again, id);
	cmd("add lw2 lwd on up inet6 on type dummy");
	expect_conf6("secret", "lw2", DEVCONF_ADDR_GEN_MODE, 2);
	cmd("set lw0 addrgenmode 2");
	cmd("set lw1 down");
	cmd("set lw1 addrgenmode 2");
	cmd("set lw1 up");
	link_local("lw1", again);
	CHECK(!strcmp(id, again), "its own secret: expected %s, got %s", id,
	      again);

	/* all: as for any device, also for those that have a secret */
	conf6_write("all", "addr_gen_mode", "0");
	expect_conf6("all", "lw0", DEVCONF_ADDR_GEN_MODE, 0);
	expect_conf6("all", "lw2", DEVCONF_ADDR_GEN_MODE, 0);
	expect_conf6("all", "or0", DEVCONF_ADDR_GEN_MODE, 0);
}

/* A random secret is for one device; the default gets none. */
static void random_secret(void)
{
	char one[17], two[17];

	conf6_write("default", "addr_gen_mode", "3");
	cmd("add lw1 lwd on up inet6 on address 02:00:5e:00:53:0a type dummy");
	link_local("lw1", one);
	cmd("del lw1");
	cmd("add lw1 lwd on up inet6 on address 02:00:5e:00:53:0a type dummy");
	link_local("lw1", two);
	CHECK(one[0] && two[0], "expected addresses, got %s and %s", one, two);
	CHECK(strcmp(one, two), "expected two secrets, got %s twice", one);
	expect_conf6("random", "lw1", DEVCONF_ADDR_GEN_MODE, 3);
	CHECK(conf6_default("stable_secret") == LLONG_MIN,
	      "expected no secret of the default");
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

	conf6_write("default", "accept_dad", "2");
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		cmd("add %s %s address %s type veth peer name %s",
		    ends[i].name, ends[i].label, ends[i].mac, ends[i].far);
		cmd("set %s up", ends[i].far);
		add_addr(ends[i].far, ends[i].addr, 64);
		cmd("set %s up", ends[i].name);
	}
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		for (k = 0; k < wait_ms(); k++) {
			if (nl_get(AF_INET6, ends[i].name,
				   DEVCONF_DISABLE_IPV6) == 1)
				break;
			usleep(1000);
		}
		expect_conf6("failed", ends[i].name, DEVCONF_DISABLE_IPV6, 1);
	}
	CHECK(!conf6_default("disable_ipv6"), "expected the default as it was");
	expect_conf6("not its address", "lw0", DEVCONF_DISABLE_IPV6, 0);
}

static bool setup(void)
{
	return cmd("add lw0 lwd on up inet6 on type dummy") &&
	       cmd("add or0 up type dummy");
}

static const struct lwd_case cases[] = {
	CASE("FOOT-5", disable),
	CASE("FOOT-5 ENABLE-9", addresses),
	CASE("FOOT-5", random_secret),
	CASE("FOOT-5 ENABLE-2", duplicate),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), setup);
}

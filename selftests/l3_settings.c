// SPDX-License-Identifier: GPL-2.0
/*
 * Drivers that insist on settings of IPv4 and IPv6: no redirects, no link-local
 * address, a group.  A lightweight device has them however its layer 3 comes,
 * before it is up or after, by an address or by a switch, and again after it
 * was off.
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/ip.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define ANY_MODE	-2
#define ALL_REDIRECTS	"/proc/sys/net/ipv4/conf/all/send_redirects"

struct settings {
	int redirects;
	int mode;	/* addr_gen_mode */
};

static void inet_conf(const struct nlattr *af, struct settings *set)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, af)
		if (mnl_attr_get_type(attr) == IFLA_INET_CONF)
			set->redirects = ((int *)mnl_attr_get_payload(attr))
					 [IPV4_DEVCONF_SEND_REDIRECTS - 1];
}

static void inet6_conf(const struct nlattr *af, struct settings *set)
{
	const struct nlattr *attr;

	mnl_attr_for_each_nested(attr, af)
		if (mnl_attr_get_type(attr) == IFLA_INET6_ADDR_GEN_MODE)
			set->mode = mnl_attr_get_u8(attr);
}

static int settings_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *af;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_AF_SPEC)
			continue;
		mnl_attr_for_each_nested(af, attr) {
			if (mnl_attr_get_type(af) == AF_INET)
				inet_conf(af, data);
			else if (mnl_attr_get_type(af) == AF_INET6)
				inet6_conf(af, data);
		}
	}
	return MNL_CB_OK;
}

static void expect_settings(const char *name, const char *when, int redirects,
			    int mode)
{
	struct settings set = { LWD_ABSENT, LWD_ABSENT };

	link_ask(name, settings_cb, &set);
	CHECK(set.redirects == redirects,
	      "%s, %s: expected send_redirects %d, got %d", name, when,
	      redirects, set.redirects);
	CHECK(set.mode == mode || mode == ANY_MODE,
	      "%s, %s: expected addr_gen_mode %d, got %d", name, when, mode,
	      set.mode);
}

static int all_redirects(void)
{
	FILE *file = fopen(ALL_REDIRECTS, "r");
	int value = -1;

	if (file) {
		if (fscanf(file, "%d", &value) != 1)
			value = -1;
		fclose(file);
	}
	return value;
}

static void expect_all_redirects(int value)
{
	CHECK(all_redirects() == value,
	      "expected send_redirects of all %d, got %d", value,
	      all_redirects());
}

static bool make(const char *name, int lwd, const char *type)
{
	struct nl_ack ack;

	if (!link_cmd(&ack, "add %s lwd %d type %s", name, lwd, type))
		return true;
	if (ack.err == EOPNOTSUPP)
		case_skip("no such device: %s", ack.msg);
	else
		CHECK(false, "add %s: %s", name, strerror(ack.err));
	return false;
}

/* The default of a new namespace, to tell what a driver writes from it */
static void redirects_on(void)
{
	write_text(ALL_REDIRECTS, "1");
	write_text("/proc/sys/net/ipv4/conf/default/send_redirects", "1");
	expect_all_redirects(1);
}

static void wireguard_address_after_up(void)
{
	int lwd;

	for (lwd = 0; lwd < 2; lwd++) {
		const char *name = lwd ? "lw0" : "or0";

		redirects_on();
		if (!make(name, lwd, "wireguard"))
			return;
		cmd("set %s up", name);
		add_addr(name, lwd ? "198.51.100.1" : "198.51.100.2", 32);
		add_addr(name, lwd ? "2001:db8::1" : "2001:db8::2", 128);
		expect_settings(name, "up first", 0, IN6_ADDR_GEN_MODE_NONE);
		expect_all_redirects(0);
	}
}

static void wireguard_address_before_up(void)
{
	int lwd;

	for (lwd = 0; lwd < 2; lwd++) {
		const char *name = lwd ? "lw0" : "or0";

		redirects_on();
		if (!make(name, lwd, "wireguard"))
			return;
		add_addr(name, lwd ? "198.51.100.1" : "198.51.100.2", 32);
		add_addr(name, lwd ? "2001:db8::1" : "2001:db8::2", 128);
		cmd("set %s up", name);
		expect_settings(name, "address first", 0,
				IN6_ADDR_GEN_MODE_NONE);
		expect_all_redirects(0);
	}
}

static void wireguard_switched(void)
{
	redirects_on();
	if (!make("or0", 0, "wireguard") || !make("lw0", 1, "wireguard"))
		return;
	cmd("set or0 up");
	expect_settings("or0", "up", 0, IN6_ADDR_GEN_MODE_NONE);
	redirects_on();
	cmd("set lw0 up");
	expect_settings("lw0", "up", LWD_ABSENT, LWD_ABSENT);
	expect_all_redirects(1);
	cmd("set lw0 inet on inet6 on");
	expect_settings("lw0", "switched on", 0, IN6_ADDR_GEN_MODE_NONE);
	expect_all_redirects(0);
	cmd("set lw0 inet off inet6 off");
	expect_settings("lw0", "off", LWD_ABSENT, LWD_ABSENT);
	cmd("set lw0 inet on inet6 on");
	expect_settings("lw0", "on again", 0, IN6_ADDR_GEN_MODE_NONE);
}

/* What a user has set stays: the driver has its say only when layer 3 comes. */
static void wireguard_neighbours(void)
{
	redirects_on();
	if (!make("lw0", 1, "wireguard"))
		return;
	cmd("add other lwd on up type dummy");
	cmd("set lw0 inet on inet6 on");
	cmd("set other inet on inet6 on");
	/* what is shared with others is not written to */
	expect_settings("other", "beside it", 1, IN6_ADDR_GEN_MODE_EUI64);
	cmd("set lw0 addrgenmode %d", IN6_ADDR_GEN_MODE_RANDOM);
	expect_settings("lw0", "set by hand", 0, IN6_ADDR_GEN_MODE_RANDOM);
}

/* IPv6 that comes later is not IPv4 that comes. */
static void wireguard_second_family(void)
{
	redirects_on();
	if (!make("lw0", 1, "wireguard"))
		return;
	cmd("set lw0 up inet on");
	expect_settings("lw0", "IPv4", 0, LWD_ABSENT);
	cmd("set lw0 inet-conf %d 1", IPV4_DEVCONF_SEND_REDIRECTS);
	write_text(ALL_REDIRECTS, "1");
	cmd("set lw0 inet6 on");
	expect_settings("lw0", "IPv6 as well", 1, IN6_ADDR_GEN_MODE_NONE);
	expect_all_redirects(1);
}

/* ovpn has a say in it if there can be several peers, and not in IPv6. */
static void ovpn_address_after_up(void)
{
	static const char * const names[] = { "or0", "lw0" };
	char type[32];
	int lwd, mode;

	for (lwd = 0; lwd < 2; lwd++) {
		for (mode = OVPN_MODE_P2P; mode <= OVPN_MODE_MP; mode++) {
			snprintf(type, sizeof(type), "ovpn mode %d", mode);
			redirects_on();
			if (!make(names[lwd], lwd, type))
				return;
			cmd("set %s up", names[lwd]);
			add_addr(names[lwd], "198.51.100.1", 32);
			add_addr(names[lwd], "2001:db8::1", 128);
			expect_settings(names[lwd], type,
					mode == OVPN_MODE_P2P, ANY_MODE);
			expect_all_redirects(mode == OVPN_MODE_P2P);
			cmd("del %s", names[lwd]);
		}
	}
}

static void expect_snoopers(const char *name, const char *when, int joined)
{
	char line[80];
	int i;

	for (i = 0; i < 2; i++) {
		const char *group = i ? "ff02::6a" : "224.0.0.106";

		snprintf(line, sizeof(line),
			 "ip maddr show dev %s | grep -qw %s", name, group);
		CHECK(joined == !system(line), "%s, %s: expected %s %s", name,
		      when, group, joined ? "joined" : "not joined");
	}
}

/* A bridge with snooping is in the groups of all snoopers while it is up. */
static void bridge_snoopers(void)
{
	int lwd;

	for (lwd = 0; lwd < 2; lwd++) {
		const char *name = lwd ? "lw0" : "or0";

		if (!make(name, lwd, "bridge"))
			return;
		cmd("set %s up", name);
		add_addr(name, "198.51.100.1", 24);
		add_addr(name, "2001:db8::1", 64);
		expect_snoopers(name, "up, then addresses", 1);
		cmd("set %s down", name);
		expect_snoopers(name, "down", 0);
		cmd("set %s up", name);
		expect_snoopers(name, "up again", 1);
		if (lwd) {
			cmd("set lw0 inet off inet6 off");
			expect_snoopers(name, "off", 0);
			cmd("set lw0 inet on inet6 on");
			expect_snoopers(name, "on", 1);
			cmd("set lw0 down");
			expect_snoopers(name, "down in the end", 0);
		}
		cmd("del %s", name);
	}
}

static const struct lwd_case cases[] = {
	CASE("KINDS ENABLE-1 ENABLE-2", wireguard_address_after_up),
	CASE("KINDS ENABLE-1 ENABLE-2", wireguard_address_before_up),
	CASE("KINDS ENABLE-3 ENABLE-6", wireguard_switched),
	CASE("KINDS FOOT-5 ENABLE-9", wireguard_neighbours),
	CASE("KINDS ENABLE-1 ENABLE-4", wireguard_second_family),
	CASE("KINDS ENABLE-1", ovpn_address_after_up),
	CASE("KINDS ENABLE-1 ENABLE-2 ENABLE-6", bridge_snoopers),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
	return 0;
}

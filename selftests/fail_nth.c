// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation on the way to a lightweight device, and to its layer 3,
 * fails once.  A create that fails leaves nothing; a family that could not be
 * turned on is off, wholly; the same request then works; and what was
 * allocated is freed when the device is gone.  The control is an ordinary
 * device that goes the same way.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lwd_fail.h"

/* Words that make a device, with the label in the place of %s. */
struct make {
	const char *words;
	const char *peer;	/* which must not be left either */
};

/*
 * Make it with each allocation failing once, until the create has failed often
 * enough; how often it did.
 */
static int fail_create(const struct make *make, const char *name, int lwd,
		       int enough)
{
	char words[128], line[192];
	int nth, failed = 0;
	struct nl_ack ack;
	bool hit = true;

	snprintf(words, sizeof(words), make->words, lwd);
	snprintf(line, sizeof(line), "add %s %s", name, words);
	for (nth = 0; hit && nth < NTH_MAX && failed < enough; nth++) {
		/* the first round is for what is allocated only once */
		if (nth == 1)
			memory_note();
		fail_arm(nth, false);
		link_cmd(&ack, "%s", line);
		hit = fail_disarm() || !nth;
		if (ack.err) {
			failed++;
			CHECK(hit, "%s: expected success, got %s (%s)", line,
			      strerror(ack.err), ack.msg);
			if (exists(name) && ack.lost) {
				link_cmd(NULL, "del %s", name);
				continue;
			}
			CHECK(!exists(name), "%s: expected no %s after %d",
			      line, name, nth);
			CHECK(!make->peer || !exists(make->peer),
			      "%s: expected no %s after %d", line, make->peer,
			      nth);
			link_cmd(NULL, "del %s", name);
			link_cmd(&ack, "%s", line);
			CHECK(!ack.err, "%s after %d: expected success, got %s",
			      line, nth, strerror(ack.err));
		}
		link_cmd(NULL, "del %s", name);
	}
	CHECK(!hit || failed == enough, "%s: expected an end, got none by %d",
	      line, nth);
	expect_freed(line);
	return failed;
}

/* With the label all of them, and as the control some. */
static void create(const char *words, const char *peer)
{
	struct make make = { words, peer };
	int lwd, control;

	lwd = fail_create(&make, "lw0", 1, NTH_MAX);
	/* it is there to show that they do fail */
	control = fail_create(&make, "or0", 0, 5);
	CHECK(lwd >= 5, "%s: expected 5 or more to fail, got %d", words, lwd);
	CHECK(control == 5, "%s: expected 5 of the control, got %d", words,
	      control);
}

static void create_dummy(void)
{
	create("lwd %d type dummy", NULL);
}

static void create_vlan(void)
{
	cmd("add under type dummy");
	create("lwd %d link under type vlan id 5", NULL);
}

static void create_vrf(void)
{
	create("lwd %d type vrf table 9", NULL);
}

static void create_vti(void)
{
	create("lwd %d type vti local 192.0.2.1 remote 192.0.2.2 key 9", NULL);
}

static void create_veth(void)
{
	create("lwd %1$d type veth peer lwd %1$d name peer0", "peer0");
}

static void create_bridge(void)
{
	create("lwd %d type bridge", NULL);
}

/* Layer 3 is asked for with the create: all of it is there, or no device. */
static void create_with_l3(void)
{
	struct make make = { "lwd %d inet on inet6 on mpls on type dummy" };
	int lwd = fail_create(&make, "lw0", 1, NTH_MAX);

	CHECK(lwd >= 10, "expected 10 or more to fail, got %d", lwd);
}

/* A refusal is one whatever fails on the way. */
static void refused_create(void)
{
	struct nl_ack ack;
	bool hit = true;
	int nth;

	if (!cmd_or_skip("add or0 type batadv"))
		return;
	for (nth = 1; hit && nth < NTH_MAX; nth++) {
		fail_arm(nth, false);
		link_cmd(&ack, "add lw0 lwd on type batadv");
		hit = fail_disarm();
		CHECK(ack.err, "batadv: expected it refused, got success");
		CHECK(!exists("lw0"), "expected no lw0 after %d", nth);
	}
	CHECK(ack.err == EOPNOTSUPP, "batadv: expected %s, got %s",
	      strerror(EOPNOTSUPP), strerror(ack.err));
}

/* One way to turn a family on, on a device that is up. */
struct turn_on {
	enum l3_family family;
	const char *words;	/* of lwd_link, or an address */
	int addr_len;
	unsigned int groups;	/* that it has to be in then */
	const char *kind;
};

static int turn_on(const struct turn_on *on, const char *name,
		   struct nl_ack *ack)
{
	if (on->addr_len)
		return addr_cmd(ack, RTM_NEWADDR, name, on->words,
				on->addr_len);
	return link_cmd(ack, "set %s %s", name, on->words);
}

/*
 * How many of the groups that it has to be in is a device in?  Those of IPv4
 * have no name beside them: no other device is up.
 */
static unsigned int in_groups(const char *name, enum l3_family family)
{
	static const char * const groups6[] = {
		"ff010000000000000000000000000001",
		"ff020000000000000000000000000001",
		"ff020000000000000000000000000002",
	};
	const char *path = family == L3_INET6 ? "/proc/net/igmp6" :
						"/proc/net/igmp";
	unsigned int i, addr, found = 0;
	char line[128], dev[16], group[33];
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (family == L3_INET)
			found += sscanf(line, " %8X", &addr) == 1 &&
				 addr == htonl(INADDR_ALLHOSTS_GROUP);
		else if (sscanf(line, "%*d %15s %32s", dev, group) == 2 &&
			 !strcmp(dev, name))
			for (i = 0; i < ARRAY_SIZE(groups6); i++)
				found += !strcmp(group, groups6[i]);
	}
	if (f)
		fclose(f);
	return found;
}

/* How much of a family there is: all, none or a part of it. */
enum amount { NONE, PART, ALL };

static enum amount amount_of(const char *name, const struct turn_on *on,
			     char *text, size_t size)
{
	unsigned int bit = 1 << on->family;
	struct link_state st;
	struct l3_view view;
	bool conf, netconf, parms, addr, mcast;

	l3_get(name, &view);
	link_get(name, &st);
	conf = view.conf & bit;
	netconf = view.netconf & bit;
	parms = view.parms & bit;
	addr = view.addr & bit;
	mcast = view.mcast & bit;
	snprintf(text, size,
		 "settings %d netconf %d neighbours %d addresses %d groups %d",
		 conf, netconf, parms, addr, mcast);
	if (!conf && !netconf && !parms && !addr && !mcast)
		return NONE;
	if (on->family == L3_MPLS)
		return netconf ? ALL : PART;
	return conf && netconf && parms && (!on->addr_len || addr) &&
	       in_groups(name, on->family) == on->groups ? ALL : PART;
}

static void fail_turn_on(const struct turn_on *on)
{
	char text[128], after[128];
	int nth, failed = 0;
	struct nl_ack ack;
	enum amount is;
	bool hit = true;

	for (nth = 0; hit && nth < NTH_MAX; nth++) {
		if (nth == 1)
			memory_note();
		cmd("add lw0 lwd on up type %s", on->kind);
		fail_arm(nth, false);
		turn_on(on, "lw0", &ack);
		hit = fail_disarm() || !nth;
		snprintf(after, sizeof(after), "%s, %d failed", on->words,
			 nth);
		is = amount_of("lw0", on, text, sizeof(text));
		if (!ack.err) {
			CHECK(is == ALL, "%s: expected it on, got %s", after,
			      text);
		} else {
			failed++;
			CHECK(hit, "%s: expected success, got %s (%s)", after,
			      strerror(ack.err), ack.msg);
			CHECK(is == NONE || (ack.lost && is == ALL),
			      "%s: expected it off, got %s", after, text);
			turn_on(on, "lw0", &ack);
			is = amount_of("lw0", on, text, sizeof(text));
			CHECK(!ack.err || ack.err == EEXIST,
			      "%s: expected a retry to work, got %s (%s)",
			      after, strerror(ack.err), ack.msg);
			CHECK(is == ALL, "%s: expected a retry, got %s", after,
			      text);
		}
		cmd("del lw0");
	}
	CHECK(!hit, "%s: expected an end, got none by %d", on->words, nth);
	CHECK(failed >= 3, "%s: expected 3 or more to fail, got %d", on->words,
	      failed);
	expect_freed(on->words);
}

static void inet_by_address(void)
{
	static const struct turn_on on = {
		L3_INET, "198.51.100.1", 24, 1, "dummy"
	};

	fail_turn_on(&on);
}

/* Which has joined another group by itself */
static void inet_of_bridge(void)
{
	static const struct turn_on on = {
		L3_INET, "198.51.100.1", 24, 1, "bridge"
	};

	fail_turn_on(&on);
}

static void inet6_by_address(void)
{
	static const struct turn_on on = {
		L3_INET6, "2001:db8::1", 64, 2, "dummy"
	};

	fail_turn_on(&on);
}

static void inet_by_switch(void)
{
	static const struct turn_on on = { L3_INET, "inet on", 0, 1, "dummy" };

	fail_turn_on(&on);
}

static void inet6_by_switch(void)
{
	static const struct turn_on on = {
		L3_INET6, "inet6 on", 0, 2, "dummy"
	};

	fail_turn_on(&on);
}

/* It is in that of all routers, too. */
static void inet6_of_router(void)
{
	static const struct turn_on on = {
		L3_INET6, "inet6 on", 0, 3, "bridge"
	};

	write_text("/proc/sys/net/ipv6/conf/default/forwarding", "1");
	fail_turn_on(&on);
}

/* A setting of its own takes a copy of all that it shared. */
static void inet6_with_setting(void)
{
	static const struct turn_on on = {
		L3_INET6, "inet6 on addrgenmode 1", 0, 2, "dummy"
	};

	fail_turn_on(&on);
}

static void mpls_by_switch(void)
{
	static const struct turn_on on = { L3_MPLS, "mpls on", 0, 0, "dummy" };

	fail_turn_on(&on);
}

/* The control: its addresses fail for want of memory too, and work then. */
static void ordinary_address(void)
{
	int nth, failed = 0;
	struct nl_ack ack;
	bool hit = true;

	for (nth = 1; hit && nth < NTH_MAX; nth++) {
		cmd("add or0 up type dummy");
		fail_arm(nth, false);
		addr_cmd(&ack, RTM_NEWADDR, "or0", "198.51.100.1", 24);
		hit = fail_disarm();
		if (ack.err) {
			failed++;
			addr_cmd(&ack, RTM_NEWADDR, "or0", "198.51.100.1", 24);
			CHECK(!ack.err || ack.err == EEXIST,
			      "address, %d failed: expected success, got %s",
			      nth, strerror(ack.err));
		}
		cmd("del or0");
	}
	CHECK(failed >= 3, "expected 3 or more to fail, got %d", failed);
}

/* Into a master and out of it: in or out, and no trace of a failure. */
static void fail_enslave(const char *master, const char *words)
{
	int nth, failed = 0;
	struct nl_ack ack;
	bool hit = true;

	if (!cmd_or_skip("add %s %s", master, words))
		return;
	for (nth = 0; hit && nth < NTH_MAX; nth++) {
		if (nth == 1)
			memory_note();
		cmd("add lw0 lwd on type dummy");
		fail_arm(nth, false);
		link_cmd(&ack, "set lw0 master %s", master);
		hit = fail_disarm() || !nth;
		if (ack.err) {
			failed++;
			CHECK(hit, "enslave: expected success, got %s (%s)",
			      strerror(ack.err), ack.msg);
			link_cmd(&ack, "set lw0 master %s", master);
			CHECK(!ack.err,
			      "enslave, %d failed: expected success, got %s",
			      nth, strerror(ack.err));
		}
		cmd("del lw0");
	}
	CHECK(!hit, "%s: expected an end, got none by %d", words, nth);
	CHECK(failed >= 3, "%s: expected 3 or more to fail, got %d", words,
	      failed);
	expect_freed(words);
}

static void into_bridge(void)
{
	fail_enslave("br0", "lwd on type bridge");
	fail_enslave("br1", "type bridge");
}

static void into_bond(void)
{
	fail_enslave("bond1", "type bond mode active-backup");
}

static void into_vrf(void)
{
	fail_enslave("vrf0", "lwd on type vrf table 9");
}

static const struct lwd_case cases[] = {
	CASE("LABEL-6", create_dummy),
	CASE("LABEL-6", create_vlan),
	CASE("LABEL-6", create_vrf),
	CASE("LABEL-6", create_vti),
	CASE("LABEL-6 LABEL-8", create_veth),
	CASE("LABEL-6", create_bridge),
	CASE("LABEL-6 ENABLE-8", create_with_l3),
	CASE("LABEL-6", refused_create),
	CASE("ENABLE-8", inet_by_address),
	CASE("ENABLE-8", inet_of_bridge),
	CASE("ENABLE-8", inet6_by_address),
	CASE("ENABLE-8", inet_by_switch),
	CASE("ENABLE-8", inet6_by_switch),
	CASE("ENABLE-8", inet6_of_router),
	CASE("ENABLE-8 FOOT-5", inet6_with_setting),
	CASE("ENABLE-8", mpls_by_switch),
	CASE("ENABLE-8", ordinary_address),
	CASE("SYSFS-3 ENABLE-8", into_bridge),
	CASE("SYSFS-3 ENABLE-8", into_bond),
	CASE("SYSFS-3 ENABLE-8", into_vrf),
};

int main(void)
{
	fail_prepare();
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * The settings of a device begin as what the default is when IPv4 or IPv6 is
 * turned on.  A default that is written later changes no device, "all" does to
 * a lightweight device (lw0) what it does to an ordinary one (or0), and what
 * is written for one device is written for no other (lw1, or1).
 */

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/ip.h>
#include <linux/neighbour.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define MAX_CONF	256

/* All settings of a family of a device: IFLA_INET_CONF or IFLA_INET6_CONF */
struct conf {
	int family;
	unsigned int count;
	int value[MAX_CONF];
};

static int conf_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *spec, *af, *attr;
	struct conf *conf = data;
	int type;

	type = conf->family == AF_INET ? IFLA_INET_CONF : IFLA_INET6_CONF;
	mnl_attr_for_each(spec, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(spec) != IFLA_AF_SPEC)
			continue;
		mnl_attr_for_each_nested(af, spec) {
			if (mnl_attr_get_type(af) != conf->family)
				continue;
			mnl_attr_for_each_nested(attr, af) {
				if (mnl_attr_get_type(attr) != type)
					continue;
				conf->count = mnl_attr_get_payload_len(attr) /
					      sizeof(int);
				if (conf->count > MAX_CONF)
					conf->count = MAX_CONF;
				memcpy(conf->value, mnl_attr_get_payload(attr),
				       conf->count * sizeof(int));
			}
		}
	}
	return MNL_CB_OK;
}

static void get_conf(const char *name, int family, struct conf *conf)
{
	memset(conf, 0, sizeof(*conf));
	conf->family = family;
	link_ask(name, conf_cb, conf);
	CHECK(conf->count, "%s: expected settings, got none", name);
}

static void expect_same(const char *when, const char *name,
			const struct conf *want)
{
	struct conf got;
	unsigned int i;

	get_conf(name, want->family, &got);
	for (i = 0; i < want->count; i++)
		CHECK(got.value[i] == want->value[i],
		      "%s: %s: expected setting %u to be %d, got %d", when,
		      name, i, want->value[i], got.value[i]);
}

/* How many settings differ? */
static int differences(const struct conf *a, const struct conf *b)
{
	unsigned int i;
	int n = 0;

	for (i = 0; i < a->count; i++)
		n += a->value[i] != b->value[i];
	return n;
}

static bool read_int(const char *path, long long *value)
{
	FILE *f = fopen(path, "r");
	bool ok;

	ok = f && fscanf(f, "%lld", value) == 1;
	if (f)
		fclose(f);
	return ok;
}

static bool write_int(const char *path, long long value)
{
	FILE *f = fopen(path, "w");
	bool ok;

	if (!f)
		return false;
	ok = fprintf(f, "%lld\n", value) > 0;
	return !fclose(f) && ok;
}

/* Write something else to a sysctl, if it takes anything else. */
static bool change(const char *path, long long was)
{
	const long long others[] = { !was, was + 1, was - 1, 2 };
	unsigned int i;
	long long now;

	for (i = 0; i < ARRAY_SIZE(others); i++)
		if (write_int(path, others[i]) && read_int(path, &now) &&
		    now != was)
			return true;
	return false;
}

/* For each sysctl in @dir: @check between a write of another value to it and
 * one of what it was.  How many took another?
 */
static int each_sysctl(const char *dir,
		       void (*check)(const char *name, void *data), void *data)
{
	char path[PATH_MAX];
	struct dirent *de;
	long long was;
	int n = 0;
	DIR *d;

	d = opendir(dir);
	CHECK(d, "%s: expected a folder, got %s", dir, strerror(errno));
	while (d && (de = readdir(d))) {
		snprintf(path, sizeof(path), "%s/%s", dir, de->d_name);
		/* some begin with what cannot be written */
		if (de->d_name[0] == '.' || !read_int(path, &was) ||
		    !write_int(path, was) || !change(path, was))
			continue;
		n++;
		if (check) {
			check(de->d_name, data);
			CHECK(write_int(path, was),
			      "%s: expected it as it was", path);
		}
	}
	if (d)
		closedir(d);
	return n;
}

static bool setup(void)
{
	bool ok = cmd("add lw0 lwd on up inet on inet6 on type dummy") &&
		  cmd("add or0 up type dummy") &&
		  cmd("add lw1 lwd on up inet on inet6 on type dummy") &&
		  cmd("add or1 up type dummy");

	/* from then on an ordinary device does not follow IPv4's default */
	add_addr("lw0", "192.0.2.1", 24);
	add_addr("or0", "192.0.2.2", 24);
	add_addr("lw1", "192.0.2.3", 24);
	add_addr("or1", "192.0.2.4", 24);
	return ok;
}

static const char *dir_of(int family, const char *which)
{
	static char dir[128];

	snprintf(dir, sizeof(dir), "/proc/sys/net/ipv%d/conf/%s",
		 family == AF_INET ? 4 : 6, which);
	return dir;
}

struct twins {
	struct conf lw, or;
};

static void unchanged(const char *name, void *data)
{
	struct twins *was = data;

	expect_same(name, "lw0", &was->lw);
	expect_same(name, "or0", &was->or);
}

static void default_written(int family)
{
	struct conf or;
	struct twins was;
	int n;

	get_conf("lw0", family, &was.lw);
	get_conf("or0", family, &was.or);
	n = each_sysctl(dir_of(family, "default"), unchanged, &was);
	CHECK(n > 20, "expected more than 20 settings, got %d", n);

	/* all at once, for those that come later */
	each_sysctl(dir_of(family, "default"), NULL, NULL);
	cmd("add lw2 lwd on inet on inet6 on type dummy");
	cmd("add or2 type dummy");
	get_conf("or2", family, &or);
	n = differences(&or, &was.or);
	CHECK(n > 20, "expected more than 20 differences, got %d", n);
	expect_same("made later", "lw2", &or);
	unchanged("made before", &was);
}

static void default4(void)
{
	default_written(AF_INET);
}

static void default6(void)
{
	default_written(AF_INET6);
}

static void as_ordinary(const char *name, void *data)
{
	int family = *(int *)data;
	struct conf or;

	get_conf("or0", family, &or);
	expect_same(name, "lw0", &or);
	expect_same(name, "lw1", &or);
}

static void all_written(int family)
{
	int n;

	as_ordinary("at first", &family);
	n = each_sysctl(dir_of(family, "all"), as_ordinary, &family);
	CHECK(n > 20, "expected more than 20 settings, got %d", n);
	as_ordinary("at last", &family);
}

static void all4(void)
{
	all_written(AF_INET);
}

static void all6(void)
{
	all_written(AF_INET6);
}

/* What is written for one is written for no other, nor for the default. */
static void one(void)
{
	struct conf lw4, lw6, or;
	struct nl_ack ack;
	unsigned int i;
	int n = 0;

	get_conf("lw1", AF_INET, &lw4);
	get_conf("lw1", AF_INET6, &lw6);
	for (i = 1; i <= lw4.count; i++) {
		link_cmd(&ack, "set or0 inet-conf %u %d", i,
			 !lw4.value[i - 1]);
		if (ack.err)	/* one that cannot be set, by nobody */
			continue;
		cmd("set lw0 inet-conf %u %d", i, !lw4.value[i - 1]);
		n++;
		get_conf("or0", AF_INET, &or);
		expect_same("set", "lw0", &or);
		expect_same("set for another", "lw1", &lw4);
	}
	CHECK(n > 20, "expected more than 20 settings, got %d", n);
	cmd("set lw0 addrgenmode 1");
	cmd("set or0 addrgenmode 1");
	get_conf("or0", AF_INET6, &or);
	expect_same("set", "lw0", &or);
	expect_same("set for another", "lw1", &lw6);
	cmd("add lw2 lwd on inet on inet6 on type dummy");
	expect_same("made later", "lw2", &lw6);

	/* one that shares no longer goes on when those it shared with go */
	cmd("del lw1");
	cmd("del lw2");
	expect_same("others deleted", "lw0", &or);
}

/* There, a device begins anew, and what is written here is nothing to it. */
static void moved(void)
{
	int home, there, i;
	struct conf or;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	there = netns_new();
	each_sysctl(dir_of(AF_INET, "default"), NULL, NULL);
	each_sysctl(dir_of(AF_INET6, "default"), NULL, NULL);
	netns_go(home);
	for (i = 0; i < 2; i++) {
		cmd("set %s netns /proc/self/fd/%d", i ? "or0" : "lw0", there);
		netns_go(there);
		cmd("set %s up", i ? "or0" : "lw0");
		netns_go(home);
	}
	netns_go(there);
	for (i = 0; i < 2; i++) {
		get_conf("or0", i ? AF_INET : AF_INET6, &or);
		expect_same("there", "lw0", &or);
	}
	netns_go(home);
	get_conf("or1", AF_INET6, &or);
	expect_same("here", "lw1", &or);
	close(there);
	close(home);
}

/* The one that these cases change */
static long long parm(const char *name, int family)
{
	return neigh_parm(family, name, NDTPA_MCAST_PROBES);
}

/* The first namespace writes the default of all. */
static void neighbours(void)
{
	static const struct {
		int family;
		const char *path;
	} tables[] = {
		{ AF_INET, "/proc/sys/net/ipv4/neigh/default/mcast_solicit" },
		{ AF_INET6, "/proc/sys/net/ipv6/neigh/default/mcast_solicit" },
	};
	long long was, lw, or;
	unsigned int i;
	int home, first;

	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	first = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	for (i = 0; i < ARRAY_SIZE(tables); i++) {
		lw = parm("lw0", tables[i].family);
		or = parm("or0", tables[i].family);
		CHECK(lw > 0 && lw == or, "expected %lld, got %lld", or, lw);

		netns_go(first);
		if (!read_int(tables[i].path, &was)) {
			netns_go(home);
			case_skip("not in the first network namespace");
			break;
		}
		CHECK(write_int(tables[i].path, was + 4),
		      "%s: expected it written", tables[i].path);
		netns_go(home);
		CHECK(parm("lw0", tables[i].family) == lw,
		      "lw0: expected %lld, got %lld", lw,
		      parm("lw0", tables[i].family));
		CHECK(parm("or0", tables[i].family) == or,
		      "or0: expected %lld, got %lld", or,
		      parm("or0", tables[i].family));
		/* what is without addresses goes on to follow it */
		netns_go(first);
		cmd("add orfollows type dummy");
		write_int(tables[i].path, was + 5);
		CHECK(parm("orfollows", tables[i].family) == was + 5,
		      "orfollows: expected %lld, got %lld", was + 5,
		      parm("orfollows", tables[i].family));
		cmd("del orfollows");
		write_int(tables[i].path, was + 4);
		netns_go(home);
		cmd("add lw%u lwd on inet on inet6 on type dummy", i + 2);
		cmd("add or%u type dummy", i + 2);
		lw = parm(i ? "lw3" : "lw2", tables[i].family);
		or = parm(i ? "or3" : "or2", tables[i].family);
		CHECK(or == was + 4 && lw == or,
		      "made later: expected %lld, got %lld and %lld", was + 4,
		      or, lw);
		netns_go(first);
		write_int(tables[i].path, was);
		netns_go(home);
	}
	close(first);
	close(home);
}

static const struct lwd_case cases[] = {
	CASE("FOOT-5", default4),
	CASE("FOOT-5", default6),
	CASE("FOOT-5", all4),
	CASE("FOOT-5", all6),
	CASE("FOOT-5 ENABLE-9", one),
	CASE("FOOT-5", moved),
	CASE("FOOT-5", neighbours),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), setup);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What can be set of a device in the folders neigh of /proc/sys/net can be set
 * by RTM_SETNEIGHTBL too: the same values, refusals and messages.
 */

#include <errno.h>
#include <limits.h>
#include <string.h>

#include <linux/neighbour.h>

#include "lwd_setting.h"

/* The sysctls of the folders neigh, and their numbers in RTM_SETNEIGHTBL */
static const struct setting neigh[] = {
	{ "mcast_solicit", NDTPA_MCAST_PROBES, 7, 0, INT_MAX },
	{ "ucast_solicit", NDTPA_UCAST_PROBES, 8, 0, INT_MAX },
	{ "app_solicit", NDTPA_APP_PROBES, 9, 0, INT_MAX },
	{ "mcast_resolicit", NDTPA_MCAST_REPROBES, 6, 0, INT_MAX },
	{ "unres_qlen_bytes", NDTPA_QUEUE_LENBYTES, 5000, 0, INT_MAX },
	{ "proxy_qlen", NDTPA_PROXY_QLEN, 70, 0, INT_MAX },
	/* times the size of a packet an int */
	{ "unres_qlen", NDTPA_QUEUE_LEN, 33, 0, 1999999 },
	{ "retrans_time_ms", NDTPA_RETRANS_TIME, 2000, .ms = 1 },
	{ "base_reachable_time_ms", NDTPA_BASE_REACHABLE_TIME, 40000, .ms = 1 },
	{ "delay_first_probe_time", NDTPA_DELAY_PROBE_TIME, 9, .ms = 1000 },
	{ "interval_probe_time_ms", NDTPA_INTERVAL_PROBE_TIME_MS, 7000,
	  1, 86400000, .ms = 1 },
	{ "gc_stale_time", NDTPA_GC_STALETIME, 70, .ms = 1000 },
	{ "anycast_delay", NDTPA_ANYCAST_DELAY, 300, .ms = 10 },
	{ "proxy_delay", NDTPA_PROXY_DELAY, 200, .ms = 10 },
	{ "locktime", NDTPA_LOCKTIME, 500, .ms = 10 },
};

static int parm_set(struct nl_ack *ack, int af, const char *dev, int type,
		    unsigned long long value)
{
	struct nl_ack mine;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct ndtmsg *ndt;
	char buf[256];

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_SETNEIGHTBL;
	ndt = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndt));
	ndt->ndtm_family = af;
	mnl_attr_put_strz(nlh, NDTA_NAME,
			  af == AF_INET ? "arp_cache" : "ndisc_cache");
	nest = mnl_attr_nest_start(nlh, NDTA_PARMS);
	mnl_attr_put_u32(nlh, NDTPA_IFINDEX, if_nametoindex(dev));
	/* a good one before it */
	mnl_attr_put_u32(nlh, NDTPA_MCAST_PROBES, 11);
	if (neigh_parm_is_u64(type))
		mnl_attr_put_u64(nlh, type, value);
	else
		mnl_attr_put_u32(nlh, type, value);
	mnl_attr_nest_end(nlh, nest);
	return nl_talk(nlh, ack ?: &mine, NULL, NULL);
}

static void neigh_values(void)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct setting *s;
	struct nl_ack ack;
	unsigned int i;
	int f, af, err;

	for (f = 0; f < 2; f++) {
		af = families[f];
		for (i = 0; i < ARRAY_SIZE(neigh); i++) {
			s = &neigh[i];
			CHECK(sysctl_get(af, "neigh", NL, s->name) != s->value,
			      "%s: expected another value at first", s->name);
			err = sysctl_set(af, "neigh", SYS, s->name, s->value);
			parm_set(&ack, af, NL, s->type,
				 (long long)s->value * (s->ms ?: 1));
			CHECK(!err && !ack.err,
			      "%s: expected success, rtnetlink got %s, sysctl %s",
			      s->name, strerror(ack.err), strerror(err));
			CHECK(sysctl_get(af, "neigh", NL, s->name) ==
			      s->value &&
			      sysctl_get(af, "neigh", SYS, s->name) == s->value,
			      "%s: expected %d, got %lld by rtnetlink and %lld by sysctl",
			      s->name, s->value,
			      sysctl_get(af, "neigh", NL, s->name),
			      sysctl_get(af, "neigh", SYS, s->name));
			CHECK(neigh_parm(af, NL, s->type) ==
			      neigh_parm(af, SYS, s->type),
			      "%s: expected the same shown, got %lld and %lld",
			      s->name, neigh_parm(af, NL, s->type),
			      neigh_parm(af, SYS, s->type));
		}
	}
}

/* What is too much for an int is refused, and then nothing else is set. */
static void neigh_range(void)
{
	unsigned long long value;
	const struct setting *s;
	struct nl_ack ack;
	long long old;
	unsigned int i;
	int err;

	if (!settable6())
		return;
	for (i = 0; i < ARRAY_SIZE(neigh); i++) {
		s = &neigh[i];
		old = neigh_parm(AF_INET, NL, s->type);
		value = neigh_parm_is_u64(s->type) ? 1ULL << 32 : 1U << 31;
		if (s->max && s->max != INT_MAX)
			value = s->max + 1ULL;
		/* a sysctl in seconds may take more than int milliseconds */
		if (s->ms <= 1) {
			err = sysctl_set(AF_INET, "neigh", SYS, s->name, value);
			CHECK(err == EINVAL,
			      "sysctl %s=%llu: expected EINVAL, got %s",
			      s->name, value, strerror(err));
		}
		parm_set(&ack, AF_INET, NL, s->type, value);
		CHECK(ack.err == ERANGE && ack.msg[0],
		      "%s=%llu: expected ERANGE and why, got %s '%s'", s->name,
		      value, strerror(ack.err), ack.msg);
		CHECK(neigh_parm(AF_INET, NL, s->type) == old &&
		      neigh_parm(AF_INET, NL, NDTPA_MCAST_PROBES) == 3,
		      "%s: expected nothing changed", s->name);
	}
}

/* Who listens for what IPv6 knows of a link hears of its times. */
static void neigh_told(void)
{
	static const struct {
		const char *name;
		int type, ms;
	} times[] = {
		{ "retrans_time_ms", NDTPA_RETRANS_TIME, 3000 },
		{ "base_reachable_time_ms", NDTPA_BASE_REACHABLE_TIME, 50000 },
	};
	const char *by_nl, *by_sys;
	struct mnl_socket *nl;
	unsigned int i;

	if (!settable6())
		return;
	nl = listen_to(RTNLGRP_IPV6_IFINFO);
	told(nl, NL);
	for (i = 0; i < ARRAY_SIZE(times); i++) {
		parm_set(NULL, AF_INET6, NL, times[i].type, times[i].ms);
		by_nl = told(nl, NL);
		sysctl_set(AF_INET6, "neigh", SYS, times[i].name, times[i].ms);
		by_sys = told(nl, SYS);
		CHECK(!strcmp(by_sys, "NEWLINK ") && !strcmp(by_nl, by_sys),
		      "%s: expected a message each, got '%s' and '%s'",
		      times[i].name, by_nl, by_sys);
	}
	CHECK(neigh_parm(AF_INET6, NL, NDTPA_REACHABLE_TIME) >= 25000 &&
	      neigh_parm(AF_INET6, SYS, NDTPA_REACHABLE_TIME) >= 25000,
	      "expected a reachable time of about 50 s, got %lld and %lld ms",
	      neigh_parm(AF_INET6, NL, NDTPA_REACHABLE_TIME),
	      neigh_parm(AF_INET6, SYS, NDTPA_REACHABLE_TIME));
	mnl_socket_close(nl);
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-9", neigh_values),
	CASE("ENABLE-9", neigh_range),
	CASE("ENABLE-9", neigh_told),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), twins);
	return 0;
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What can be set of a device in /proc/sys/net can be set by rtnetlink too:
 * the same values, the same refusals, the same messages.
 */

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "lwd_setting.h"

static void ipv6_values(void)
{
	unsigned int i;

	if (!settable6())
		return;
	for (i = 0; i < inet6_count; i++)
		each_value(AF_INET6, &inet6_settings[i]);
}

/* Every sysctl that there is has been tried. */
static void ipv6_complete(void)
{
	static const char * const others[] = { "stable_secret",
					       "mc_forwarding" };
	char line[128];
	unsigned int i, n = 0;
	bool known;
	FILE *f;

	f = popen("ls /proc/sys/net/ipv6/conf/" NL, "r");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		known = false;
		for (i = 0; i < inet6_count; i++)
			known |= !strcmp(line, inet6_settings[i].name);
		for (i = 0; i < ARRAY_SIZE(others); i++)
			known |= !strcmp(line, others[i]);
		CHECK(known, "%s: expected a case for it, there is none", line);
		n++;
	}
	if (f)
		pclose(f);
	CHECK(n > 40, "expected more than 40 sysctls, got %u", n);
}

static void ipv6_range(void)
{
	const struct setting *s;
	unsigned int i;

	if (!settable6())
		return;
	for (i = 0; i < inet6_count; i++) {
		s = &inet6_settings[i];
		if (sysctl_get(AF_INET6, "conf", NL, s->name) == LLONG_MIN)
			continue;
		if (s->min || s->max) {
			if (s->type == DEVCONF_ADDR_GEN_MODE)
				refused_both(AF_INET6, s, 2);	/* no secret */
			set_both(AF_INET6, s, s->min);
			expect_both(AF_INET6, s, s->min);
			set_both(AF_INET6, s, s->max);
			expect_both(AF_INET6, s, s->max);
			/* the sysctl's limit of these is UINT_MAX */
			if (s->type != DEVCONF_RA_DEFRTR_METRIC &&
			    s->type != DEVCONF_IOAM6_ID_WIDE &&
			    s->max != INT_MAX)
				refused_both(AF_INET6, s, s->max + 1LL);
			if (s->type != DEVCONF_IOAM6_ID_WIDE)
				refused_both(AF_INET6, s, s->min - 1LL);
		} else if (!s->ms) {
			set_both(AF_INET6, s, -5);
			expect_both(AF_INET6, s, -5);
			set_both(AF_INET6, s, 0);
		} else {
			CHECK(nl_set(NULL, AF_INET6, NL, s->type, -1) == ERANGE,
			      "%s: expected no negative time", s->name);
		}
	}
}

static void refused6(const char *what, struct msg *m, int err, const char *word)
{
	struct nl_ack ack;

	msg_send(m, &ack);
	CHECK(ack.err == err && strstr(ack.msg, word),
	      "%s: expected %s with '%s', got %s with '%s'", what,
	      strerror(err), word, strerror(ack.err), ack.msg);
}

static void ipv6_refused(void)
{
	uint32_t flat[DEVCONF_MAX] = { 1 };
	struct msg m;

	if (!settable6())
		return;

	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_MC_FORWARDING, 1);
	msg_family_end(&m);
	refused6("mc_forwarding", &m, EINVAL, "read-only");

	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	msg_put(&m, 9999, 1);
	msg_family_end(&m);
	refused6("unknown", &m, EOPNOTSUPP, "no such");

	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	mnl_attr_put_u8(m.nlh, DEVCONF_HOPLIMIT, 9);
	msg_family_end(&m);
	refused6("a byte", &m, EINVAL, "length");

	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_STABLE_SECRET, 1);
	msg_family_end(&m);
	refused6("short secret", &m, EINVAL, "length");

	msg_begin(&m, NL);
	m.af = mnl_attr_nest_start(m.nlh, AF_INET6);
	mnl_attr_put(m.nlh, IFLA_INET6_CONF, sizeof(flat), flat);
	msg_family_end(&m);
	refused6("as it is shown", &m, EINVAL, "nest");
	CHECK(nl_get(AF_INET6, NL, DEVCONF_FORWARDING) == 0,
	      "expected no change by what is refused");
}

/* One bad setting, and none of the good ones before and after it is made. */
static void all_or_nothing(void)
{
	struct nl_ack ack;
	struct msg m;

	if (!settable6())
		return;
	msg_begin(&m, NL);
	msg_family(&m, AF_INET);
	msg_put(&m, IPV4_DEVCONF_RP_FILTER, 2);
	msg_family_end(&m);
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_HOPLIMIT, 33);
	msg_put(&m, DEVCONF_NDISC_TCLASS, 256);
	msg_put(&m, DEVCONF_DAD_TRANSMITS, 5);
	msg_family_end(&m);
	CHECK(msg_send(&m, &ack) == ERANGE, "expected ERANGE, got %s",
	      strerror(ack.err));
	CHECK(nl_get(AF_INET, NL, IPV4_DEVCONF_RP_FILTER) == 0 &&
	      nl_get(AF_INET6, NL, DEVCONF_HOPLIMIT) == 64 &&
	      nl_get(AF_INET6, NL, DEVCONF_DAD_TRANSMITS) == 1,
	      "expected 0, 64 and 1, got %d, %d and %d",
	      nl_get(AF_INET, NL, IPV4_DEVCONF_RP_FILTER),
	      nl_get(AF_INET6, NL, DEVCONF_HOPLIMIT),
	      nl_get(AF_INET6, NL, DEVCONF_DAD_TRANSMITS));

	/* without the bad one they are, all at once */
	msg_begin(&m, NL);
	msg_family(&m, AF_INET);
	msg_put(&m, IPV4_DEVCONF_RP_FILTER, 2);
	msg_family_end(&m);
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_HOPLIMIT, 33);
	msg_put(&m, DEVCONF_DAD_TRANSMITS, 5);
	msg_family_end(&m);
	CHECK(!msg_send(&m, &ack), "good ones: %s (%s)", strerror(ack.err),
	      ack.msg);
	CHECK(nl_get(AF_INET, NL, IPV4_DEVCONF_RP_FILTER) == 2 &&
	      nl_get(AF_INET6, NL, DEVCONF_HOPLIMIT) == 33 &&
	      nl_get(AF_INET6, NL, DEVCONF_DAD_TRANSMITS) == 5,
	      "expected the settings of both families made");
}

/* A device without the family, and one that is not there yet */
static void family_missing(void)
{
	struct ifinfomsg *ifm;
	struct nlattr *info;
	struct nl_ack ack;
	struct msg m;

	if (!settable6())
		return;
	cmd("add small mtu 1000 type dummy");
	CHECK(nl_set(&ack, AF_INET6, "small", DEVCONF_HOPLIMIT, 9) ==
	      EAFNOSUPPORT && ack.msg[0],
	      "IPv6: expected EAFNOSUPPORT and why, got %s '%s'",
	      strerror(ack.err), ack.msg);
	cmd("add tiny type dummy");
	cmd("set tiny mtu 60");
	CHECK(nl_set(&ack, AF_INET, "tiny", IPV4_DEVCONF_TAG, 9) ==
	      EAFNOSUPPORT && ack.msg[0],
	      "IPv4: expected EAFNOSUPPORT and why, got %s '%s'",
	      strerror(ack.err), ack.msg);

	/* a family that no device has, and one that has nothing to set */
	cmd("add br0 type bridge");
	CHECK(nl_set(&ack, AF_APPLETALK, NL, 1, 9) == EAFNOSUPPORT &&
	      ack.msg[0],
	      "AppleTalk: expected EAFNOSUPPORT and why, got %s '%s'",
	      strerror(ack.err), ack.msg);
	CHECK(nl_set(&ack, AF_BRIDGE, NL, 1, 9) == EOPNOTSUPP && ack.msg[0],
	      "bridge: expected EOPNOTSUPP and why, got %s '%s'",
	      strerror(ack.err), ack.msg);

	msg_begin(&m, NL);
	m.nlh->nlmsg_type = RTM_NEWLINK;
	m.nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	ifm = mnl_nlmsg_get_payload(m.nlh);
	ifm->ifi_index = 0;
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_HOPLIMIT, 9);
	msg_family_end(&m);
	mnl_attr_nest_end(m.nlh, m.spec);
	mnl_attr_put_strz(m.nlh, IFLA_IFNAME, "new0");
	info = mnl_attr_nest_start(m.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(m.nlh, IFLA_INFO_KIND, "dummy");
	mnl_attr_nest_end(m.nlh, info);
	nl_talk(m.nlh, &ack, NULL, NULL);
	CHECK(ack.err == EAFNOSUPPORT && ack.msg[0],
	      "create: expected EAFNOSUPPORT and why, got %s '%s'",
	      strerror(ack.err), ack.msg);
	CHECK(!if_nametoindex("new0"), "expected no device made");
}

static void not_permitted(void)
{
	int status = 0, pid;
	struct nl_ack ack;

	if (!settable6())
		return;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (setuid(65534))
			_exit(1);
		nl_reopen();
		_exit(nl_set(&ack, AF_INET6, NL, DEVCONF_HOPLIMIT, 9) != EPERM);
	}
	waitpid(pid, &status, 0);
	CHECK(!status, "expected EPERM without CAP_NET_ADMIN");
	CHECK(nl_get(AF_INET6, NL, DEVCONF_HOPLIMIT) == 64,
	      "expected no change");
}

static void ipv4_values(void)
{
	unsigned int i;

	for (i = 0; i < inet_count; i++)
		each_value(AF_INET, &inet_settings[i]);
}

static void mpls_input(void)
{
	const struct setting *s = &mpls_input_setting;
	struct nl_ack ack;

	if (!settable_mpls())
		return;
	each_value(AF_MPLS, s);
	same_told(AF_MPLS, RTNLGRP_MPLS_NETCONF, s);
	CHECK(nl_set(&ack, AF_MPLS, NL, MPLS_INPUT, 2) == ERANGE && ack.msg[0],
	      "2: expected ERANGE and why, got %s '%s'", strerror(ack.err),
	      ack.msg);
	/* the sysctl takes any number; all but 0 accept packets */
	sysctl_set(AF_MPLS, "conf", SYS, "input", 7);
	CHECK(nl_get(AF_MPLS, SYS, MPLS_INPUT) == 1,
	      "7 by sysctl: expected 1 shown, got %d",
	      nl_get(AF_MPLS, SYS, MPLS_INPUT));
}

/*
 * A lightweight device has only this way.
 */

static void lwd_same(int af, const struct setting *s)
{
	long long old = sysctl_get(af, "conf", SYS, s->name);

	if (old == LLONG_MIN)
		return;
	set_both(af, s, s->value);
	CHECK(nl_get(af, NL, s->type) == nl_get(af, SYS, s->type),
	      "%s: expected %d as the ordinary one, got %d", s->name,
	      nl_get(af, SYS, s->type), nl_get(af, NL, s->type));
	set_both(af, s, old);
	CHECK(nl_get(af, NL, s->type) == nl_get(af, SYS, s->type),
	      "%s: expected %d again, got %d", s->name,
	      nl_get(af, SYS, s->type), nl_get(af, NL, s->type));
}

static void lwd_values(void)
{
	unsigned int i;

	if (!lwd_twin())
		return;
	for (i = 0; i < inet6_count; i++)
		lwd_same(AF_INET6, &inet6_settings[i]);
	for (i = 0; i < inet_count; i++)
		lwd_same(AF_INET, &inet_settings[i]);
	lwd_same(AF_MPLS, &mpls_input_setting);
}

static void lwd_told(void)
{
	if (!lwd_twin())
		return;
	ipv6_told();
	ipv4_told();
	same_told(AF_MPLS, RTNLGRP_MPLS_NETCONF, &mpls_input_setting);
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-9", ipv6_values),
	CASE("ENABLE-9", ipv6_complete),
	CASE("ENABLE-9", ipv6_range),
	CASE("ENABLE-9", ipv6_refused),
	CASE("ENABLE-9", all_or_nothing),
	CASE("ENABLE-9", ipv6_told),
	CASE("ENABLE-9", family_missing),
	CASE("ENABLE-9", not_permitted),
	CASE("ENABLE-9", ipv4_values),
	CASE("ENABLE-9", ipv4_told),
	CASE("ENABLE-5 ENABLE-9", mpls_input),
	CASE("ENABLE-9", lwd_values),
	CASE("ENABLE-9", lwd_told),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), twins);
	return 0;
}

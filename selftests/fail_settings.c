// SPDX-License-Identifier: GPL-2.0
/*
 * Each allocation on the way of a setting fails once (lwd_fail.h): those that
 * rtnetlink sets, and the sysctls that are written to all devices or to the
 * default.
 */

#include <limits.h>

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "lwd_fail.h"
#include "lwd_setting.h"

static int old_value;

static void set_now(const struct request *r, struct nl_ack *ack)
{
	nl_set(ack, r->af, DEV, r->type, r->value);
}

static void set_undo(const struct request *r)
{
	nl_set(NULL, r->af, DEV, r->type, old_value);
}

static bool set_done(const struct request *r)
{
	return nl_get(r->af, DEV, r->type) == r->value;
}

/* All that rtnetlink sets of a family */
static void settings(int af, const struct setting *setting, unsigned int count)
{
	struct request r = {
		.now = set_now, .undo = set_undo, .done = set_done, .af = af,
	};
	struct nl_ack ack;
	unsigned int i;

	for (fail_label = 0; fail_label < 2; fail_label++) {
		cmd("add " DEV " lwd %d up type dummy", fail_label);
		if (fail_label)
			cmd("set " DEV " inet on inet6 on");
		fail_note();
		for (i = 0; i < count; i++) {
			r.what = setting[i].name;
			r.type = setting[i].type;
			r.value = setting[i].value * (setting[i].ms ?: 1);
			old_value = nl_get(af, DEV, setting[i].type);
			if (sysctl_get(af, "conf", "default",
				       setting[i].name) == LLONG_MIN)
				continue;	/* not in this kernel */
			set_now(&r, &ack);
			set_undo(&r);
			fail_each(&r, false);
		}
		expect_freed(fail_label ? "lwd" : "ordinary");
		cmd("del " DEV);
	}
}

static void settings4(void)
{
	settings(AF_INET, inet_settings, inet_count);
}

static void settings6(void)
{
	settings(AF_INET6, inet6_settings, inet6_count);
}

/* The sysctls that are written to all devices, and the ones for new devices */
static void sysctl_now(const struct request *r, struct nl_ack *ack)
{
	ack->err = sysctl_text(r->af, "conf", r->words, r->what, "1");
}

static void sysctl_undo(const struct request *r)
{
	sysctl_text(r->af, "conf", r->words, r->what, "0");
}

/* What is written to all is so of each. */
static bool sysctl_done(const struct request *r)
{
	return nl_get(r->af, DEV, r->type) == 1;
}

static void sysctls(void)
{
	static const struct request requests[] = {
#define OF(name, family, dev, done, type) \
		{ name, sysctl_now, sysctl_undo, done, dev, NULL, family, \
		  type }
#define ALL(name, family, type)	OF(name, family, "all", sysctl_done, type)
#define DEFAULT(name, family)	OF(name, family, "default", NULL, 0)
		DEFAULT("forwarding", AF_INET),
		ALL("forwarding", AF_INET6, DEVCONF_FORWARDING),
		DEFAULT("forwarding", AF_INET6),
		ALL("disable_ipv6", AF_INET6, DEVCONF_DISABLE_IPV6),
		ALL("ignore_routes_with_linkdown", AF_INET6,
		    DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN),
		ALL("addr_gen_mode", AF_INET6, DEVCONF_ADDR_GEN_MODE),
		/* to write the value again is no change for these two, so a
		 * retry does not reach a device that had no memory
		 */
		OF("forwarding", AF_INET, "all", NULL, 0),
		OF("force_forwarding", AF_INET6, "all", NULL, 0),
		/* is not one of each device */
		OF("disable_policy", AF_INET6, "all", NULL, 0),
	};

	fail_labels(requests, ARRAY_SIZE(requests));
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-8 FOOT-5", settings4),
	CASE("ENABLE-8 FOOT-5", settings6),
	CASE("ENABLE-8 FOOT-5", sysctls),
};

int main(void)
{
	fail_prepare();
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

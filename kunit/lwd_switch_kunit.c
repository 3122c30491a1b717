// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for switching layer 3 on a lightweight network device on and off,
 * one protocol at a time, with IFLA_AF_SPEC
 */
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "lwd_kunit_util.h"

/* Here, as the attributes come later than what the rest of the helpers needs */
int lwd_kunit_switch(struct kunit *test, struct net_device *dev, int family,
		     u8 state)
{
	struct sk_buff *skb = lwd_kunit_setlink_new(test, dev);
	struct nlattr *spec, *af;
	int attr;

	switch (family) {
	case AF_INET:
		attr = IFLA_INET_ENABLE;
		break;
	case AF_INET6:
		attr = IFLA_INET6_ENABLE;
		break;
	default:
		attr = IFLA_MPLS_ENABLE;
		break;
	}

	spec = nla_nest_start(skb, IFLA_AF_SPEC);
	KUNIT_ASSERT_NOT_NULL(test, spec);
	af = nla_nest_start(skb, family);
	KUNIT_ASSERT_NOT_NULL(test, af);
	KUNIT_ASSERT_EQ(test, nla_put_u8(skb, attr, state), 0);
	nla_nest_end(skb, af);
	nla_nest_end(skb, spec);

	return lwd_kunit_rtnl(test, skb);
}

#define SWITCH_STEPS	6

static const struct switch_case {
	const char *desc;
	u32 flags;
	bool up;
	struct {
		int family;
		u8 state;
		/* the answer, and what is on then */
		int err;
		bool ipv4;
		bool ipv6;
		bool mpls;
	} step[SWITCH_STEPS];
} switch_cases[] = {
	{
		.desc = "ordinary",
		.step = {
			{ AF_INET, IFLA_L3_ON, -EOPNOTSUPP, 1, 1, 1 },
			{ AF_INET, IFLA_L3_OFF, -EOPNOTSUPP, 1, 1, 1 },
			{ AF_INET6, IFLA_L3_AUTO, -EOPNOTSUPP, 1, 1, 1 },
			{ AF_INET6, IFLA_L3_OFF, -EOPNOTSUPP, 1, 1, 1 },
			{ AF_MPLS, IFLA_L3_ON, -EOPNOTSUPP, 1, 1, 1 },
			{ AF_MPLS, IFLA_L3_OFF, -EOPNOTSUPP, 1, 1, 1 },
		},
	},
	{
		.desc = "lwd, IPv4",
		.flags = NETDEV_ALLOC_LWD,
		.step = {
			{ AF_INET, IFLA_L3_ON, 0, 1, 0, 0 },
			{ AF_INET, IFLA_L3_OFF, 0, 0, 0, 0 },
			{ AF_INET, IFLA_L3_AUTO, 0, 0, 0, 0 },
			{ AF_INET, IFLA_L3_ON, 0, 1, 0, 0 },
		},
	},
	{
		.desc = "lwd, IPv6",
		.flags = NETDEV_ALLOC_LWD,
		.step = {
			{ AF_INET6, IFLA_L3_ON, 0, 0, 1, 0 },
			{ AF_INET6, IFLA_L3_OFF, 0, 0, 0, 0 },
			{ AF_INET6, IFLA_L3_AUTO, 0, 0, 0, 0 },
			{ AF_INET6, IFLA_L3_ON, 0, 0, 1, 0 },
		},
	},
	{
		.desc = "lwd, MPLS",
		.flags = NETDEV_ALLOC_LWD,
		.step = {
			{ AF_MPLS, IFLA_L3_AUTO, 0, 0, 0, 0 },
			{ AF_MPLS, IFLA_L3_ON, 0, 0, 0, 1 },
			{ AF_MPLS, IFLA_L3_OFF, 0, 0, 0, 0 },
			{ AF_MPLS, IFLA_L3_ON, 0, 0, 0, 1 },
		},
	},
	{
		.desc = "lwd, all on, all off",
		.flags = NETDEV_ALLOC_LWD,
		.step = {
			{ AF_INET, IFLA_L3_ON, 0, 1, 0, 0 },
			{ AF_INET6, IFLA_L3_ON, 0, 1, 1, 0 },
			{ AF_MPLS, IFLA_L3_ON, 0, 1, 1, 1 },
			{ AF_INET6, IFLA_L3_OFF, 0, 1, 0, 1 },
			{ AF_MPLS, IFLA_L3_OFF, 0, 1, 0, 0 },
			{ AF_INET, IFLA_L3_OFF, 0, 0, 0, 0 },
		},
	},
	{
		.desc = "lwd, up, all on, all off",
		.flags = NETDEV_ALLOC_LWD,
		.up = true,
		.step = {
			{ AF_MPLS, IFLA_L3_ON, 0, 0, 0, 1 },
			{ AF_INET6, IFLA_L3_ON, 0, 0, 1, 1 },
			{ AF_INET, IFLA_L3_ON, 0, 1, 1, 1 },
			{ AF_INET, IFLA_L3_OFF, 0, 0, 1, 1 },
			{ AF_MPLS, IFLA_L3_OFF, 0, 0, 1, 0 },
			{ AF_INET6, IFLA_L3_OFF, 0, 0, 0, 0 },
		},
	},
	{
		.desc = "lwd, no such state",
		.flags = NETDEV_ALLOC_LWD,
		.step = {
			{ AF_INET, IFLA_L3_OFF + 1, -ERANGE, 0, 0, 0 },
			{ AF_INET6, IFLA_L3_OFF + 1, -ERANGE, 0, 0, 0 },
			{ AF_MPLS, IFLA_L3_OFF + 1, -ERANGE, 0, 0, 0 },
			{ AF_INET, 255, -ERANGE, 0, 0, 0 },
		},
	},
};

KUNIT_ARRAY_PARAM_DESC(switch, switch_cases, desc);

/* Is the family there? MPLS as a module may not have been loaded. */
static bool have(int family)
{
	switch (family) {
	case AF_INET6:
		return IS_ENABLED(CONFIG_IPV6) && ipv6_mod_enabled();
	case AF_MPLS:
		return IS_BUILTIN(CONFIG_MPLS_ROUTING);
	}
	return true;
}

static void need(struct kunit *test, int family)
{
	if (!have(family))
		kunit_skip(test, "kernel has no protocol family %d", family);
}

static void set_up(struct kunit *test, struct net_device *dev)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(dev, NULL), 0);
	rtnl_unlock();
}

static void set_mtu(struct kunit *test, struct net_device *dev, int mtu)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mtu(dev, mtu), 0);
	rtnl_unlock();
}

/*
 * The test verifies that each protocol of a lightweight device can be switched
 * on and off as often as one likes, with no effect on the others, that a state
 * that does not exist is refused, and that an ordinary device refuses them all.
 *
 * Proves: ENABLE-3, ENABLE-4, ENABLE-5, ENABLE-6, ENABLE-7.
 */
static void switched(struct kunit *test)
{
	const struct switch_case *p = test->param_value;
	struct net_device *dev;
	char when[32];
	int i, err, done = 0;

	dev = lwd_kunit_register(test, p->flags);
	if (p->up)
		set_up(test, dev);

	for (i = 0; i < SWITCH_STEPS && p->step[i].family; i++) {
		if (!have(p->step[i].family))
			continue;
		done++;
		snprintf(when, sizeof(when), "step %d", i + 1);
		err = lwd_kunit_switch(test, dev, p->step[i].family,
				       p->step[i].state);
		KUNIT_EXPECT_EQ_MSG(test, err, p->step[i].err, "%s", when);
		lwd_kunit_expect_l3(test, dev, p->step[i].ipv4,
				    p->step[i].ipv6, p->step[i].mpls, when);
	}
	if (!done)
		kunit_skip(test, "kernel has none of these protocol families");
}

static const struct l2_only_case {
	const char *desc;
	struct lwd_kunit_addr addr;
} l2_only_cases[] = {
	{
		.desc = "IPv4",
		.addr = { AF_INET, "192.0.2.1", 24 },
	},
	{
		.desc = "IPv6",
		.addr = { AF_INET6, "2001:db8::1", 64, IFA_F_NODAD },
	},
};

KUNIT_ARRAY_PARAM_DESC(l2_only, l2_only_cases, desc);

/*
 * The test verifies that a protocol which is switched off is gone, the address
 * that it had notwithstanding, and that it refuses one until it is at auto
 * again, when the address turns it on.
 *
 * Proves: ENABLE-6.
 */
static void l2_only(struct kunit *test)
{
	const struct l2_only_case *p = test->param_value;
	int family = p->addr.family;
	struct net_device *dev;
	bool ipv4, ipv6;

	need(test, family);
	ipv4 = family == AF_INET;
	ipv6 = family == AF_INET6;

	dev = lwd_kunit_register(test, NETDEV_ALLOC_LWD);
	set_up(test, dev);
	KUNIT_EXPECT_EQ(test, lwd_kunit_add_addr(test, dev, &p->addr), 0);
	lwd_kunit_expect_l3(test, dev, ipv4, ipv6, false, "with an address");

	KUNIT_EXPECT_EQ(test, lwd_kunit_switch(test, dev, family, IFLA_L3_OFF),
			0);
	lwd_kunit_expect_l3(test, dev, false, false, false, "switched off");
	KUNIT_EXPECT_EQ(test, lwd_kunit_add_addr(test, dev, &p->addr),
			-EOPNOTSUPP);
	lwd_kunit_expect_l3(test, dev, false, false, false,
			    "after it refused an address");

	KUNIT_EXPECT_EQ(test, lwd_kunit_switch(test, dev, family, IFLA_L3_AUTO),
			0);
	lwd_kunit_expect_l3(test, dev, false, false, false, "back at auto");
	KUNIT_EXPECT_EQ(test, lwd_kunit_add_addr(test, dev, &p->addr), 0);
	lwd_kunit_expect_l3(test, dev, ipv4, ipv6, false,
			    "with an address again");
}

static const struct small_mtu_case {
	const char *desc;
	int family;
	int mtu;
	int min_mtu;
} small_mtu_cases[] = {
	{
		.desc = "IPv4",
		.family = AF_INET,
		.mtu = 67,
		.min_mtu = 68,
	},
	{
		.desc = "IPv6",
		.family = AF_INET6,
		.mtu = 1279,
		.min_mtu = 1280,
	},
};

KUNIT_ARRAY_PARAM_DESC(small_mtu, small_mtu_cases, desc);

/*
 * The test verifies that a protocol cannot be switched on with an MTU that it
 * cannot live with, and that once it is on it goes and comes back with the MTU,
 * as it does on an ordinary device.
 *
 * Proves: ENABLE-3, ENABLE-8.
 */
static void small_mtu(struct kunit *test)
{
	const struct small_mtu_case *p = test->param_value;
	bool ipv4 = p->family == AF_INET;
	struct net_device *dev;
	int err;

	need(test, p->family);

	dev = lwd_kunit_register(test, NETDEV_ALLOC_LWD);
	set_mtu(test, dev, p->mtu);
	err = lwd_kunit_switch(test, dev, p->family, IFLA_L3_ON);
	KUNIT_EXPECT_EQ(test, err, -EINVAL);
	lwd_kunit_expect_l3(test, dev, false, false, false, "too small");
	set_mtu(test, dev, p->min_mtu);
	lwd_kunit_expect_l3(test, dev, false, false, false, "never on");

	err = lwd_kunit_switch(test, dev, p->family, IFLA_L3_ON);
	KUNIT_EXPECT_EQ(test, err, 0);
	lwd_kunit_expect_l3(test, dev, ipv4, !ipv4, false, "large enough");
	set_mtu(test, dev, p->mtu);
	lwd_kunit_expect_l3(test, dev, false, false, false, "too small again");
	set_mtu(test, dev, p->min_mtu);
	lwd_kunit_expect_l3(test, dev, ipv4, !ipv4, false,
			    "large enough again");
}

/*
 * The test verifies that what is switched on or off stays so when the device
 * moves to another network namespace, where all protocols meet it anew.
 *
 * Proves: ENABLE-3, ENABLE-5.
 */
static void switched_netns(struct kunit *test)
{
	struct net *net = lwd_kunit_new_net(test);
	struct net_device *dev;
	int err;

	dev = lwd_kunit_register(test, NETDEV_ALLOC_LWD);
	err = lwd_kunit_switch(test, dev, AF_INET, IFLA_L3_ON);
	KUNIT_EXPECT_EQ(test, err, 0);
	if (have(AF_INET6)) {
		err = lwd_kunit_switch(test, dev, AF_INET6, IFLA_L3_OFF);
		KUNIT_EXPECT_EQ(test, err, 0);
	}
	if (have(AF_MPLS)) {
		err = lwd_kunit_switch(test, dev, AF_MPLS, IFLA_L3_ON);
		KUNIT_EXPECT_EQ(test, err, 0);
	}

	rtnl_lock();
	err = dev_change_net_namespace(dev, net, "lwdkunit%d");
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
	lwd_kunit_expect_l3(test, dev, true, false, have(AF_MPLS),
			    "in another netns");

	rtnl_lock();
	err = dev_change_net_namespace(dev, &init_net, "lwdkunit%d");
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
	lwd_kunit_expect_l3(test, dev, true, false, have(AF_MPLS),
			    "back from another netns");
}

static struct kunit_case lwd_switch_test_cases[] = {
	KUNIT_CASE_PARAM(switched, switch_gen_params),
	KUNIT_CASE_PARAM(l2_only, l2_only_gen_params),
	KUNIT_CASE_PARAM(small_mtu, small_mtu_gen_params),
	KUNIT_CASE(switched_netns),
	{}
};

static struct kunit_suite lwd_switch_test_suite = {
	.name = "lwd_switch",
	.test_cases = lwd_switch_test_cases,
};

kunit_test_suite(lwd_switch_test_suite);

// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for the IPv4 settings of a lightweight network device, which
 * begin as the default of its network namespace, and of which devices that have
 * the same share a copy
 */
#include <linux/if_link.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>

#include "lwd_kunit_util.h"

/* A setting that has an effect only where it is used on purpose */
#define DFLT_TAG(net)	IPV4_DEVCONF(*(net)->ipv4.devconf_dflt, TAG)

#define DEFAULT_TAG	7
#define OWN_TAG		11

static const struct lwd_kunit_addr addrs[] = {
	{ AF_INET, "192.0.2.1", 24 },
	{ AF_INET, "198.51.100.1", 24 },
};

/* With an address: an ordinary device has settings of its own from then on. */
static struct net_device *with_addr(struct kunit *test, u32 flags, int i)
{
	struct net_device *dev = lwd_kunit_register(test, flags);

	KUNIT_ASSERT_EQ(test, lwd_kunit_add_addr(test, dev, &addrs[i]), 0);

	return dev;
}

static void expect_tag(struct kunit *test, struct net_device *dev, int tag,
		       const char *when)
{
	struct in_device *in_dev;

	rtnl_lock();
	in_dev = __in_dev_get_rtnl(dev);
	KUNIT_EXPECT_NOT_NULL(test, in_dev);
	if (in_dev)
		KUNIT_EXPECT_EQ_MSG(test, IN_DEV_CONF_GET(in_dev, TAG), tag,
				    "%s", when);
	rtnl_unlock();
}

static void expect_shared(struct kunit *test, struct net_device *dev,
			  struct net_device *other, bool shared,
			  const char *when)
{
	struct in_device *in_dev, *other_in_dev;

	rtnl_lock();
	in_dev = __in_dev_get_rtnl(dev);
	other_in_dev = __in_dev_get_rtnl(other);
	KUNIT_EXPECT_NOT_NULL(test, in_dev);
	KUNIT_EXPECT_NOT_NULL(test, other_in_dev);
	if (in_dev && other_in_dev)
		KUNIT_EXPECT_EQ_MSG(test, in_dev_conf(in_dev) ==
				    in_dev_conf(other_in_dev), shared,
				    "%s", when);
	rtnl_unlock();
}

static void set_tag(struct kunit *test, struct net_device *dev, int tag)
{
	struct in_device *in_dev;

	rtnl_lock();
	in_dev = __in_dev_get_rtnl(dev);
	KUNIT_EXPECT_NOT_NULL(test, in_dev);
	if (in_dev)
		KUNIT_EXPECT_EQ(test, IN_DEV_CONF_SET(in_dev, TAG, tag), 0);
	rtnl_unlock();
}

static int lwd_devconf_init(struct kunit *test)
{
	DFLT_TAG(&init_net) = 0;

	return 0;
}

static void lwd_devconf_exit(struct kunit *test)
{
	DFLT_TAG(&init_net) = 0;
}

/*
 * The test verifies that a change of the default is seen by devices that get
 * IPv4 later, and by none that has it.
 *
 * Proves: FOOT-5.
 */
static void begins_with_default(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = with_addr(test, p->flags, 0);
	struct net_device *later;

	expect_tag(test, dev, 0, "at first");
	DFLT_TAG(&init_net) = DEFAULT_TAG;
	expect_tag(test, dev, 0, "default changed");

	later = with_addr(test, p->flags, 1);
	expect_tag(test, later, DEFAULT_TAG, "made later");
	expect_tag(test, dev, 0, "made before");
	expect_shared(test, dev, later, false, "default changed between");
}

/*
 * The test verifies that a setting of one device is seen on that device only,
 * and that lightweight devices share a copy as long as their settings are the
 * same, and again when they are.
 *
 * Proves: FOOT-5.
 */
static void own_setting(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = with_addr(test, p->flags, 0);
	struct net_device *other = with_addr(test, p->flags, 1);

	expect_shared(test, dev, other, p->lwd, "at first");

	set_tag(test, dev, OWN_TAG);
	expect_tag(test, dev, OWN_TAG, "set");
	expect_tag(test, other, 0, "the other one, set");
	KUNIT_EXPECT_EQ(test, DFLT_TAG(&init_net), 0);
	expect_shared(test, dev, other, false, "set");

	set_tag(test, other, OWN_TAG);
	expect_tag(test, dev, OWN_TAG, "the other one set");
	expect_tag(test, other, OWN_TAG, "the other one, set");
	expect_shared(test, dev, other, p->lwd, "the same again");

	set_tag(test, other, OWN_TAG + 1);
	expect_tag(test, dev, OWN_TAG, "the other one set again");
	expect_tag(test, other, OWN_TAG + 1, "the other one, set again");
	KUNIT_EXPECT_EQ(test, DFLT_TAG(&init_net), 0);
}

/*
 * The test verifies that a setting is gone when IPv4 is turned off and on.
 *
 * Proves: FOOT-5, ENABLE-6.
 */
static void off_and_on(struct kunit *test)
{
	struct net_device *dev = with_addr(test, NETDEV_ALLOC_LWD, 0);
	int err;

	set_tag(test, dev, OWN_TAG);
	err = lwd_kunit_switch(test, dev, AF_INET, IFLA_L3_OFF);
	KUNIT_EXPECT_EQ(test, err, 0);
	err = lwd_kunit_switch(test, dev, AF_INET, IFLA_L3_ON);
	KUNIT_EXPECT_EQ(test, err, 0);
	expect_tag(test, dev, 0, "on again");
}

/*
 * The test verifies that a device that moves has the default of the network
 * namespace that it is in.
 *
 * Proves: FOOT-5.
 */
static void moved(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net *net = lwd_kunit_new_net(test);
	struct net_device *dev;
	int err;

	dev = lwd_kunit_register(test, p->flags);
	if (p->lwd) {
		err = lwd_kunit_switch(test, dev, AF_INET, IFLA_L3_ON);
		KUNIT_EXPECT_EQ(test, err, 0);
	}
	set_tag(test, dev, OWN_TAG);
	DFLT_TAG(net) = DEFAULT_TAG;

	rtnl_lock();
	err = dev_change_net_namespace(dev, net, "lwdkunit%d");
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
	expect_tag(test, dev, DEFAULT_TAG, "in another netns");

	rtnl_lock();
	err = dev_change_net_namespace(dev, &init_net, "lwdkunit%d");
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
	expect_tag(test, dev, 0, "back from another netns");
}

static struct kunit_case lwd_devconf_test_cases[] = {
	KUNIT_CASE_PARAM(begins_with_default, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(own_setting, lwd_kunit_gen_labels),
	KUNIT_CASE(off_and_on),
	KUNIT_CASE_PARAM(moved, lwd_kunit_gen_labels),
	{}
};

static struct kunit_suite lwd_devconf_test_suite = {
	.name = "lwd_devconf",
	.init = lwd_devconf_init,
	.exit = lwd_devconf_exit,
	.test_cases = lwd_devconf_test_cases,
};

kunit_test_suite(lwd_devconf_test_suite);

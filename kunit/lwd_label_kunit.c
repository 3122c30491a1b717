// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for the label of lightweight network devices: what decides about
 * it, who sees it, and what becomes of a device that is never registered
 */
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "lwd_kunit_util.h"

/* The points in a device's life where the label is looked at, in order */
enum label_point {
	AT_SETUP,
	AT_NDO_INIT,
	AT_POST_INIT,
	AT_REGISTER,
	AT_UP,
	AT_DOWN,
	AT_UNREGISTER,
	AT_NDO_UNINIT,
	AT_DESTRUCTOR,
	LABEL_POINTS,
};

static const char * const label_point_names[LABEL_POINTS] = {
	[AT_SETUP]	= "setup()",
	[AT_NDO_INIT]	= "ndo_init",
	[AT_POST_INIT]	= "NETDEV_POST_INIT",
	[AT_REGISTER]	= "NETDEV_REGISTER",
	[AT_UP]		= "NETDEV_UP",
	[AT_DOWN]	= "NETDEV_DOWN",
	[AT_UNREGISTER]	= "NETDEV_UNREGISTER",
	[AT_NDO_UNINIT]	= "ndo_uninit",
	[AT_DESTRUCTOR]	= "priv_destructor",
};

/* The private data of the devices here: what was seen at which point, and
 * where to make the registration fail.
 */
struct label_priv {
	bool reached[LABEL_POINTS];
	bool lwd[LABEL_POINTS];
	enum label_point fail_at;
};

static int label_look(struct net_device *dev, enum label_point point)
{
	struct label_priv *priv = netdev_priv(dev);

	priv->reached[point] = true;
	priv->lwd[point] = netif_is_lwd(dev);

	/* setup() is the first point and cannot fail */
	return point && point == priv->fail_at ? -EPERM : 0;
}

static int label_ndo_init(struct net_device *dev)
{
	return label_look(dev, AT_NDO_INIT);
}

static void label_ndo_uninit(struct net_device *dev)
{
	label_look(dev, AT_NDO_UNINIT);
}

static void label_destructor(struct net_device *dev)
{
	label_look(dev, AT_DESTRUCTOR);
}

static netdev_tx_t label_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb_any(skb);

	return NETDEV_TX_OK;
}

static const struct net_device_ops label_netdev_ops = {
	.ndo_init	= label_ndo_init,
	.ndo_uninit	= label_ndo_uninit,
	.ndo_start_xmit	= label_xmit,
};

static void label_setup(struct net_device *dev)
{
	lwd_kunit_setup(dev);
	dev->netdev_ops = &label_netdev_ops;
	dev->priv_destructor = label_destructor;
	label_look(dev, AT_SETUP);
}

static void label_setup_sets(struct net_device *dev)
{
	label_setup(dev);
	dev->lwd = true;
}

static void label_setup_clears(struct net_device *dev)
{
	label_setup(dev);
	dev->lwd = false;
}

/* A device of this file's kind that goes away with the test */
static struct net_device *label_alloc(struct kunit *test, u32 flags,
				      void (*setup)(struct net_device *dev))
{
	struct net_device *dev;

	dev = alloc_netdev_mqs(sizeof(struct label_priv), "lwdkunit%d",
			       NET_NAME_ENUM, setup, 1, 1, flags);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	lwd_kunit_free_later(test, dev);

	return dev;
}

static const struct alloc_label_case {
	const char *desc;
	u32 flags;
	void (*setup)(struct net_device *dev);
	bool lwd;
} alloc_label_cases[] = {
	{
		.desc = "no flag",
		.flags = 0,
		.setup = label_setup,
		.lwd = false,
	},
	{
		.desc = "no flag, setup() sets the label",
		.flags = 0,
		.setup = label_setup_sets,
		.lwd = false,
	},
	{
		.desc = "NETDEV_ALLOC_LWD",
		.flags = NETDEV_ALLOC_LWD,
		.setup = label_setup,
		.lwd = true,
	},
	{
		.desc = "NETDEV_ALLOC_LWD, setup() clears the label",
		.flags = NETDEV_ALLOC_LWD,
		.setup = label_setup_clears,
		.lwd = true,
	},
};

KUNIT_ARRAY_PARAM_DESC(alloc_label, alloc_label_cases, desc);

/*
 * The test verifies that the flag, and nothing that setup() does, decides about
 * the label, that setup() sees it already, and that it lasts until the end of
 * the device.
 *
 * Proves: LABEL-2, LABEL-3.
 */
static void alloc_label(struct kunit *test)
{
	const struct alloc_label_case *p = test->param_value;
	struct label_priv *priv;
	struct net_device *dev;

	dev = label_alloc(test, p->flags, p->setup);
	priv = netdev_priv(dev);

	KUNIT_EXPECT_TRUE(test, priv->reached[AT_SETUP]);
	KUNIT_EXPECT_EQ(test, priv->lwd[AT_SETUP], p->lwd);
	KUNIT_EXPECT_EQ(test, netif_is_lwd(dev), p->lwd);

	KUNIT_ASSERT_EQ(test, register_netdev(dev), 0);
	KUNIT_EXPECT_EQ(test, netif_is_lwd(dev), p->lwd);
	unregister_netdev(dev);
	KUNIT_EXPECT_EQ(test, netif_is_lwd(dev), p->lwd);
}

/* Notes down the label, or refuses the device, for one device only: notifiers
 * see all that happens in the machine.
 */
struct label_watch {
	struct notifier_block nb;
	struct net_device *dev;
};

static int label_event(struct notifier_block *nb, unsigned long event,
		       void *ptr)
{
	struct label_watch *watch = container_of(nb, struct label_watch, nb);
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);
	enum label_point point;

	if (dev != watch->dev)
		return NOTIFY_DONE;

	switch (event) {
	case NETDEV_POST_INIT:
		point = AT_POST_INIT;
		break;
	case NETDEV_REGISTER:
		point = AT_REGISTER;
		break;
	case NETDEV_UP:
		point = AT_UP;
		break;
	case NETDEV_DOWN:
		point = AT_DOWN;
		break;
	case NETDEV_UNREGISTER:
		point = AT_UNREGISTER;
		break;
	default:
		return NOTIFY_DONE;
	}

	return notifier_from_errno(label_look(dev, point));
}

KUNIT_DEFINE_ACTION_WRAPPER(label_unwatch, unregister_netdevice_notifier,
			    struct notifier_block *);

/* Comes last on the chain: when it refuses a device all others have seen it. */
static void label_watch_dev(struct kunit *test, struct net_device *dev)
{
	struct label_watch *watch;
	int err;

	watch = kunit_kzalloc(test, sizeof(*watch), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, watch);
	watch->dev = dev;
	watch->nb.notifier_call = label_event;
	watch->nb.priority = INT_MIN;

	KUNIT_ASSERT_EQ(test, register_netdevice_notifier(&watch->nb), 0);
	err = kunit_add_action_or_reset(test, label_unwatch, &watch->nb);
	KUNIT_ASSERT_EQ(test, err, 0);
}

/*
 * The test verifies that everyone who is called in the course of a device's
 * life, the driver and the notifiers, finds the same label.
 *
 * Proves: LABEL-2.
 */
static void label_seen_by_all(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev;
	struct label_priv *priv;
	int i;

	dev = label_alloc(test, p->flags, label_setup);
	priv = netdev_priv(dev);
	label_watch_dev(test, dev);

	KUNIT_ASSERT_EQ(test, register_netdev(dev), 0);
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(dev, NULL), 0);
	dev_close(dev);
	rtnl_unlock();
	unregister_netdev(dev);

	for (i = 0; i < LABEL_POINTS; i++) {
		KUNIT_EXPECT_TRUE_MSG(test, priv->reached[i],
				      "%s not called", label_point_names[i]);
		KUNIT_EXPECT_EQ_MSG(test, priv->lwd[i], p->lwd,
				    "label in %s", label_point_names[i]);
	}
}

static const struct label_fixed_case {
	const char *desc;
	u32 flags;
	u8 label;
	int err;
} label_fixed_cases[] = {
	{
		.desc = "ordinary, to ordinary",
		.flags = 0,
		.label = 0,
		.err = 0,
	},
	{
		.desc = "ordinary, to lwd",
		.flags = 0,
		.label = 1,
		.err = -EOPNOTSUPP,
	},
	{
		.desc = "lwd, to ordinary",
		.flags = NETDEV_ALLOC_LWD,
		.label = 0,
		.err = -EOPNOTSUPP,
	},
	{
		.desc = "lwd, to lwd",
		.flags = NETDEV_ALLOC_LWD,
		.label = 1,
		.err = 0,
	},
	{
		.desc = "lwd, to something else",
		.flags = NETDEV_ALLOC_LWD,
		.label = 2,
		.err = -ERANGE,
	},
};

KUNIT_ARRAY_PARAM_DESC(label_fixed, label_fixed_cases, desc);

/*
 * The test verifies that RTM_SETLINK takes the label that a device has and
 * refuses any other, and that it stays what it is either way.
 *
 * Proves: LABEL-4.
 */
static void label_fixed(struct kunit *test)
{
	const struct label_fixed_case *p = test->param_value;
	struct net_device *dev = lwd_kunit_register(test, p->flags);

	KUNIT_EXPECT_EQ(test, lwd_kunit_relabel(test, dev, p->label), p->err);
	KUNIT_EXPECT_EQ(test, netif_is_lwd(dev),
			p->flags == NETDEV_ALLOC_LWD);
}

static const struct register_fails_case {
	const char *desc;
	u32 flags;
	enum label_point fail_at;
} register_fails_cases[] = {
	{
		.desc = "ordinary, in ndo_init",
		.flags = 0,
		.fail_at = AT_NDO_INIT,
	},
	{
		.desc = "ordinary, in NETDEV_POST_INIT",
		.flags = 0,
		.fail_at = AT_POST_INIT,
	},
	{
		.desc = "ordinary, in NETDEV_REGISTER",
		.flags = 0,
		.fail_at = AT_REGISTER,
	},
	{
		.desc = "lwd, in ndo_init",
		.flags = NETDEV_ALLOC_LWD,
		.fail_at = AT_NDO_INIT,
	},
	{
		.desc = "lwd, in NETDEV_POST_INIT",
		.flags = NETDEV_ALLOC_LWD,
		.fail_at = AT_POST_INIT,
	},
	{
		.desc = "lwd, in NETDEV_REGISTER",
		.flags = NETDEV_ALLOC_LWD,
		.fail_at = AT_REGISTER,
	},
};

KUNIT_ARRAY_PARAM_DESC(register_fails, register_fails_cases, desc);

/*
 * The test verifies that a registration which fails half way reports the error,
 * undoes what the driver has done, and leaves nothing in sysfs and no layer 3
 * state: the device can be freed, and an ordinary one can have its name.
 *
 * Proves: LABEL-2, SYSFS-1, DEFER-1, DEFER-2, DEFER-3.
 */
static void register_fails(struct kunit *test)
{
	const struct register_fails_case *p = test->param_value;
	struct net_device *dev, *next;
	struct label_priv *priv;

	dev = label_alloc(test, p->flags, label_setup);
	priv = netdev_priv(dev);
	priv->fail_at = p->fail_at;
	label_watch_dev(test, dev);

	KUNIT_ASSERT_EQ(test, register_netdev(dev), -EPERM);
	KUNIT_EXPECT_TRUE(test, priv->reached[p->fail_at]);
	KUNIT_EXPECT_EQ(test, priv->reached[AT_NDO_UNINIT],
			p->fail_at != AT_NDO_INIT);
	if (p->flags & NETDEV_ALLOC_LWD)
		KUNIT_EXPECT_FALSE(test, dev->dev.kobj.state_in_sysfs);
	lwd_kunit_expect_l3(test, dev, false, false, false,
			    "after it was refused");

	next = alloc_netdev(0, dev->name, NET_NAME_USER, lwd_kunit_setup);
	KUNIT_ASSERT_NOT_NULL(test, next);
	lwd_kunit_free_later(test, next);
	KUNIT_EXPECT_EQ(test, register_netdev(next), 0);
}

static struct kunit_case lwd_label_test_cases[] = {
	KUNIT_CASE_PARAM(alloc_label, alloc_label_gen_params),
	KUNIT_CASE_PARAM(label_seen_by_all, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(label_fixed, label_fixed_gen_params),
	KUNIT_CASE_PARAM(register_fails, register_fails_gen_params),
	{}
};

static struct kunit_suite lwd_label_test_suite = {
	.name = "lwd_label",
	.test_cases = lwd_label_test_cases,
};

kunit_test_suite(lwd_label_test_suite);

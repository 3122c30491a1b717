// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for the allocation of lightweight network devices: flags, queues,
 * the functions that know nothing of them, and the kobject that there is not
 */
#include <linux/etherdevice.h>
#include <linux/netdevice.h>

#include "lwd_kunit_util.h"

/* The lowest bit that has no meaning yet */
#define UNKNOWN_FLAG	(NETDEV_ALLOC_ALL + 1)

static const struct alloc_flags_case {
	const char *desc;
	u32 flags;
	bool valid;
} alloc_flags_cases[] = {
	{
		.desc = "none",
		.flags = 0,
		.valid = true,
	},
	{
		.desc = "all that are known",
		.flags = NETDEV_ALLOC_ALL,
		.valid = true,
	},
	{
		.desc = "lowest unknown",
		.flags = UNKNOWN_FLAG,
	},
	{
		.desc = "second unknown",
		.flags = UNKNOWN_FLAG << 1,
	},
	{
		.desc = "bit 15",
		.flags = BIT(15),
	},
	{
		.desc = "bit 16",
		.flags = BIT(16),
	},
	{
		.desc = "highest",
		.flags = BIT(31),
	},
	{
		.desc = "lowest unknown with a known one",
		.flags = UNKNOWN_FLAG | NETDEV_ALLOC_LWD,
	},
	{
		.desc = "highest with a known one",
		.flags = BIT(31) | NETDEV_ALLOC_LWD,
	},
	{
		.desc = "all that are unknown",
		.flags = ~(u32)NETDEV_ALLOC_ALL,
	},
	{
		.desc = "all",
		.flags = ~0U,
	},
};

KUNIT_ARRAY_PARAM_DESC(alloc_flags, alloc_flags_cases, desc);

/*
 * The test verifies that alloc_netdev_mqs() takes the flags that it knows, and
 * gives no device if there is one among them that it does not.
 *
 * Proves: LABEL-3.
 */
static void alloc_flags(struct kunit *test)
{
	const struct alloc_flags_case *p = test->param_value;
	struct net_device *dev;

	dev = alloc_netdev_mqs(0, "lwdkunit%d", NET_NAME_ENUM, lwd_kunit_setup,
			       1, 1, p->flags);
	KUNIT_EXPECT_EQ(test, !!dev, p->valid);
	if (dev)
		free_netdev(dev);
}

static const struct alloc_queues_case {
	const char *desc;
	unsigned int txqs;
	unsigned int rxqs;
	u32 flags;
	bool valid;
} alloc_queues_cases[] = {
	{
		.desc = "ordinary, one of each",
		.txqs = 1,
		.rxqs = 1,
		.valid = true,
	},
	{
		.desc = "ordinary, no tx queue",
		.txqs = 0,
		.rxqs = 1,
	},
	{
		.desc = "ordinary, no rx queue",
		.txqs = 1,
		.rxqs = 0,
	},
	{
		.desc = "lwd, one of each",
		.txqs = 1,
		.rxqs = 1,
		.flags = NETDEV_ALLOC_LWD,
		.valid = true,
	},
	{
		.desc = "lwd, no tx queue",
		.txqs = 0,
		.rxqs = 1,
		.flags = NETDEV_ALLOC_LWD,
	},
	{
		.desc = "lwd, no rx queue",
		.txqs = 1,
		.rxqs = 0,
		.flags = NETDEV_ALLOC_LWD,
	},
};

KUNIT_ARRAY_PARAM_DESC(alloc_queues, alloc_queues_cases, desc);

/*
 * The test verifies that a lightweight device needs at least one queue in each
 * direction, as an ordinary one does.
 *
 * Proves: LABEL-3.
 */
static void alloc_queues(struct kunit *test)
{
	const struct alloc_queues_case *p = test->param_value;
	struct net_device *dev;

	dev = alloc_netdev_mqs(0, "lwdkunit%d", NET_NAME_ENUM, lwd_kunit_setup,
			       p->txqs, p->rxqs, p->flags);
	KUNIT_EXPECT_EQ(test, !!dev, p->valid);
	if (dev)
		free_netdev(dev);
}

static struct net_device *wrapper_alloc_netdev(void)
{
	return alloc_netdev(0, "lwdkunit%d", NET_NAME_ENUM, lwd_kunit_setup);
}

static struct net_device *wrapper_alloc_netdev_mq(void)
{
	return alloc_netdev_mq(0, "lwdkunit%d", NET_NAME_ENUM, lwd_kunit_setup,
			       LWD_KUNIT_QUEUES);
}

static struct net_device *wrapper_alloc_netdev_dummy(void)
{
	return alloc_netdev_dummy(0);
}

static struct net_device *wrapper_alloc_etherdev(void)
{
	return alloc_etherdev(0);
}

static const struct alloc_wrapper_case {
	const char *desc;
	struct net_device *(*alloc)(void);
	unsigned int queues;
} alloc_wrapper_cases[] = {
	{
		.desc = "alloc_netdev",
		.alloc = wrapper_alloc_netdev,
		.queues = 1,
	},
	{
		.desc = "alloc_netdev_mq",
		.alloc = wrapper_alloc_netdev_mq,
		.queues = LWD_KUNIT_QUEUES,
	},
	{
		.desc = "alloc_netdev_dummy",
		.alloc = wrapper_alloc_netdev_dummy,
		.queues = 1,
	},
	{
		.desc = "alloc_etherdev",
		.alloc = wrapper_alloc_etherdev,
		.queues = 1,
	},
};

KUNIT_ARRAY_PARAM_DESC(alloc_wrapper, alloc_wrapper_cases, desc);

/*
 * The test verifies that drivers which know nothing of the flags go on getting
 * ordinary devices, with as many queues as they ask for, and settings of a NAPI
 * instance for each.
 *
 * Proves: LABEL-2, LABEL-3, SAME-1.
 */
static void alloc_wrapper(struct kunit *test)
{
	const struct alloc_wrapper_case *p = test->param_value;
	struct net_device *dev;

	dev = p->alloc();
	KUNIT_ASSERT_NOT_NULL(test, dev);
	lwd_kunit_free_later(test, dev);

	KUNIT_EXPECT_FALSE(test, netif_is_lwd(dev));
	KUNIT_EXPECT_PTR_EQ(test, netdev_kobject(dev), &dev->dev.kobj);
	KUNIT_EXPECT_EQ(test, dev->num_tx_queues, p->queues);
	KUNIT_EXPECT_EQ(test, dev->num_rx_queues, p->queues);
	KUNIT_EXPECT_EQ(test, dev->num_napi_configs, p->queues);
}

/*
 * The test verifies that netdev_kobject() gives no kobject for a lightweight
 * device, be it before registration, after it, or when it is gone, and the one
 * kobject of an ordinary device.
 *
 * Proves: SYSFS-5.
 */
static void accessor(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = lwd_kunit_alloc(test, p->flags);
	struct kobject *kobj = p->lwd ? NULL : &dev->dev.kobj;

	KUNIT_EXPECT_PTR_EQ(test, netdev_kobject(dev), kobj);
	KUNIT_ASSERT_EQ(test, register_netdev(dev), 0);
	KUNIT_EXPECT_PTR_EQ(test, netdev_kobject(dev), kobj);
	unregister_netdev(dev);
	KUNIT_EXPECT_PTR_EQ(test, netdev_kobject(dev), kobj);
}

static struct kunit_case lwd_alloc_test_cases[] = {
	KUNIT_CASE_PARAM(alloc_flags, alloc_flags_gen_params),
	KUNIT_CASE_PARAM(alloc_queues, alloc_queues_gen_params),
	KUNIT_CASE_PARAM(alloc_wrapper, alloc_wrapper_gen_params),
	KUNIT_CASE_PARAM(accessor, lwd_kunit_gen_labels),
	{}
};

static struct kunit_suite lwd_alloc_test_suite = {
	.name = "lwd_alloc",
	.test_cases = lwd_alloc_test_cases,
};

kunit_test_suite(lwd_alloc_test_suite);

MODULE_DESCRIPTION("KUnit tests for lightweight network devices");
MODULE_LICENSE("GPL");

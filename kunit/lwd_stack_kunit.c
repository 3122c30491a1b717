// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for stacking lightweight and ordinary network devices, on each
 * other and on what is below them in the tree of all devices
 *
 *	upper		/sys/class/net/upper/lower_LOWER
 *	  |
 *	lower		/sys/class/net/lower/upper_UPPER
 *			/sys/class/net/lower/master, if it is the only upper
 *
 * A link needs both ends to be in sysfs.
 */
#include <kunit/device.h>
#include <linux/kernfs.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>

#include "lwd_kunit_util.h"

static const struct stack_case {
	const char *desc;
	u32 lower;
	u32 upper;
	bool master;
	bool links;
} stack_cases[] = {
	{
		.desc = "ordinary below ordinary",
		.links = true,
	},
	{
		.desc = "lwd below ordinary",
		.lower = NETDEV_ALLOC_LWD,
	},
	{
		.desc = "ordinary below lwd",
		.upper = NETDEV_ALLOC_LWD,
	},
	{
		.desc = "lwd below lwd",
		.lower = NETDEV_ALLOC_LWD,
		.upper = NETDEV_ALLOC_LWD,
	},
	{
		.desc = "ordinary below ordinary master",
		.master = true,
		.links = true,
	},
	{
		.desc = "lwd below ordinary master",
		.lower = NETDEV_ALLOC_LWD,
		.master = true,
	},
	{
		.desc = "ordinary below lwd master",
		.upper = NETDEV_ALLOC_LWD,
		.master = true,
	},
	{
		.desc = "lwd below lwd master",
		.lower = NETDEV_ALLOC_LWD,
		.upper = NETDEV_ALLOC_LWD,
		.master = true,
	},
};

KUNIT_ARRAY_PARAM_DESC(stack, stack_cases, desc);

/* Does a directory have an entry? No directory, no entry. */
static bool has_entry(struct kernfs_node *dir, const char *name)
{
	struct kernfs_node *kn;

	if (!dir)
		return false;

	kn = kernfs_find_and_get(dir, name);
	kernfs_put(kn);

	return kn;
}

/* The directory of an ordinary device, and the root of sysfs, where an entry
 * ends up that is made below no kobject, for a lightweight one.
 */
static struct kernfs_node *dir_of(struct net_device *dev,
				  struct net_device *ordinary)
{
	struct kernfs_node *dir = ordinary->dev.kobj.sd;

	if (netdev_kobject(dev))
		return dev->dev.kobj.sd;

	/* cannot go away as long as the ordinary device is below it */
	while (dir && rcu_access_pointer(dir->__parent))
		dir = rcu_dereference_protected(dir->__parent, true);

	return dir;
}

struct stack {
	struct net_device *ordinary;
	struct net_device *lower;
	struct net_device *upper;
};

static void expect_links(struct kunit *test, struct stack *s, bool links,
			 bool master, const char *when)
{
	char name[IFNAMSIZ + 7];
	struct kernfs_node *dir;

	if (!IS_ENABLED(CONFIG_SYSFS))
		return;

	dir = dir_of(s->lower, s->ordinary);
	snprintf(name, sizeof(name), "upper_%s", s->upper->name);
	KUNIT_EXPECT_EQ_MSG(test, has_entry(dir, name), links,
			    "link from lower to upper, %s", when);
	KUNIT_EXPECT_EQ_MSG(test, has_entry(dir, "master"), links && master,
			    "link from lower to master, %s", when);

	dir = dir_of(s->upper, s->ordinary);
	snprintf(name, sizeof(name), "lower_%s", s->lower->name);
	KUNIT_EXPECT_EQ_MSG(test, has_entry(dir, name), links,
			    "link from upper to lower, %s", when);
}

static int stack_link(struct stack *s, bool master)
{
	if (master)
		return netdev_master_upper_dev_link(s->lower, s->upper, NULL,
						    NULL, NULL);

	return netdev_upper_dev_link(s->lower, s->upper, NULL);
}

static void stack_unlink(void *ctx)
{
	struct stack *s = ctx;

	rtnl_lock();
	netdev_upper_dev_unlink(s->lower, s->upper);
	rtnl_unlock();
}

/* Two devices, and an ordinary one beside them */
static struct stack *stack_new(struct kunit *test, const struct stack_case *p)
{
	struct stack *s;

	s = kunit_kzalloc(test, sizeof(*s), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, s);
	s->ordinary = lwd_kunit_register(test, 0);
	s->lower = lwd_kunit_register(test, p->lower);
	s->upper = lwd_kunit_register(test, p->upper);

	return s;
}

/*
 * The test verifies that devices of any two labels can be stacked and taken
 * apart again, as plain upper and as master, and that the links between their
 * directories are there if, and only if, both have one.
 *
 * Proves: SYSFS-3.
 */
static void stacked(struct kunit *test)
{
	const struct stack_case *p = test->param_value;
	struct stack *s = stack_new(test, p);
	struct net_device *master;

	rtnl_lock();
	KUNIT_EXPECT_EQ(test, stack_link(s, p->master), 0);
	KUNIT_EXPECT_TRUE(test, netdev_has_upper_dev(s->lower, s->upper));
	master = netdev_master_upper_dev_get(s->lower);
	KUNIT_EXPECT_PTR_EQ(test, master, p->master ? s->upper : NULL);
	expect_links(test, s, p->links, p->master, "stacked");

	netdev_upper_dev_unlink(s->lower, s->upper);
	KUNIT_EXPECT_FALSE(test, netdev_has_upper_dev(s->lower, s->upper));
	KUNIT_EXPECT_FALSE(test, netdev_has_any_upper_dev(s->lower));
	expect_links(test, s, false, p->master, "taken apart");
	rtnl_unlock();
}

/*
 * The test verifies that renaming either of two stacked devices works, and that
 * the links between their directories follow where there are any.
 *
 * Proves: SYSFS-3.
 */
static void stack_renamed(struct kunit *test)
{
	const struct stack_case *p = test->param_value;
	struct stack *s = stack_new(test, p);
	int err;

	rtnl_lock();
	err = stack_link(s, p->master);
	rtnl_unlock();
	KUNIT_ASSERT_EQ(test, err, 0);
	err = kunit_add_action_or_reset(test, stack_unlink, s);
	KUNIT_ASSERT_EQ(test, err, 0);

	KUNIT_EXPECT_EQ(test, lwd_kunit_rename(test, s->lower, "lwdlower"), 0);
	KUNIT_EXPECT_EQ(test, lwd_kunit_rename(test, s->upper, "lwdupper"), 0);
	KUNIT_EXPECT_STREQ(test, s->lower->name, "lwdlower");
	KUNIT_EXPECT_STREQ(test, s->upper->name, "lwdupper");
	expect_links(test, s, p->links, p->master, "renamed");
}

/*
 * The test verifies that the parent of either kind of device is held as long as
 * the device is registered, and not longer.
 *
 * Proves: SYSFS-5.
 */
static void parent_held(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct device *parent = kunit_device_register(test, "lwdkunit");
	struct net_device *dev;
	unsigned int users;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, parent);
	users = kref_read(&parent->kobj.kref);
	dev = lwd_kunit_alloc(test, p->flags);
	SET_NETDEV_DEV(dev, parent);

	KUNIT_ASSERT_EQ(test, register_netdev(dev), 0);
	KUNIT_EXPECT_GT(test, kref_read(&parent->kobj.kref), users);
	unregister_netdev(dev);
	KUNIT_EXPECT_EQ(test, kref_read(&parent->kobj.kref), users);
}

static struct kunit_case lwd_stack_test_cases[] = {
	KUNIT_CASE_PARAM(stacked, stack_gen_params),
	KUNIT_CASE_PARAM(stack_renamed, stack_gen_params),
	KUNIT_CASE_PARAM(parent_held, lwd_kunit_gen_labels),
	{}
};

static struct kunit_suite lwd_stack_test_suite = {
	.name = "lwd_stack",
	.test_cases = lwd_stack_test_cases,
};

kunit_test_suite(lwd_stack_test_suite);

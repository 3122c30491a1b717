// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for what a lightweight network device has in sysfs: nothing
 */
#include <linux/cpumask.h>
#include <linux/device.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/netdev_rx_queue.h>
#include <net/netlink.h>
#include <net/rps.h>

#include "lwd_kunit_util.h"

/* One device of the label under test, and an ordinary one beside it */
struct sysfs_test {
	struct net_device *dev;
	struct net_device *ordinary;
};

static struct sysfs_test sysfs_test_register(struct kunit *test, u32 flags)
{
	struct sysfs_test t;

	t.ordinary = lwd_kunit_register(test, 0);
	t.dev = lwd_kunit_register(test, flags);

	return t;
}

static bool is_initialized(const struct kobject *kobj)
{
	return kobj->state_initialized;
}

/*
 * Look for everything that registration initialises or adds for an ordinary
 * device. The kobject of the device itself is initialised for a lightweight one
 * too, but not added.
 *
 * A queue that is not in use any longer gives back its kobject at some later
 * time if somebody has it open, so only those in use are looked at if they are
 * expected to have one.
 */
static void expect_kobjects(struct kunit *test, struct sysfs_test *t,
			    bool expected, const char *when)
{
	struct net_device *dev = t->dev;
	bool in_sysfs = dev->dev.kobj.state_in_sysfs;
	unsigned int rxqs, txqs, i;

	KUNIT_EXPECT_TRUE_MSG(test, is_initialized(&dev->dev.kobj),
			      "kobject of the device, %s", when);
	KUNIT_EXPECT_EQ_MSG(test, in_sysfs, expected,
			    "kobject of the device in sysfs, %s", when);
	KUNIT_EXPECT_EQ_MSG(test, lwd_kunit_in_class(t->ordinary, dev),
			    expected, "device in its class, %s", when);

	if (!IS_ENABLED(CONFIG_SYSFS))
		return;

	KUNIT_EXPECT_EQ_MSG(test, !!dev->dev.kobj.sd, expected,
			    "directory of the device, %s", when);
	KUNIT_EXPECT_EQ_MSG(test, !!dev->queues_kset, expected,
			    "kset of the queues, %s", when);

	rxqs = expected ? dev->real_num_rx_queues : dev->num_rx_queues;
	for (i = 0; IS_ENABLED(CONFIG_RPS) && i < rxqs; i++)
		KUNIT_EXPECT_EQ_MSG(test, is_initialized(&dev->_rx[i].kobj),
				    expected, "kobject of rx queue %u, %s", i,
				    when);

	txqs = expected ? dev->real_num_tx_queues : dev->num_tx_queues;
	for (i = 0; i < txqs; i++)
		KUNIT_EXPECT_EQ_MSG(test, is_initialized(&dev->_tx[i].kobj),
				    expected, "kobject of tx queue %u, %s", i,
				    when);
}

/*
 * The test verifies that registration adds the kobjects of an ordinary device
 * and of its queues, and none of a lightweight one.
 *
 * Proves: SYSFS-1.
 */
static void registered(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct sysfs_test t = sysfs_test_register(test, p->flags);

	expect_kobjects(test, &t, !p->lwd, "registered");
}

/*
 * The test verifies that a lightweight device can be brought up and down and be
 * given an alias, and that neither puts it into sysfs.
 *
 * Proves: SYSFS-1.
 */
static void up_and_down(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct sysfs_test t = sysfs_test_register(test, p->flags);

	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(t.dev, NULL), 0);
	rtnl_unlock();
	expect_kobjects(test, &t, !p->lwd, "up");

	/* freed with the device; leak checkers tell if it is not */
	KUNIT_EXPECT_EQ(test, dev_set_alias(t.dev, "alias", 5), 5);

	rtnl_lock();
	dev_close(t.dev);
	rtnl_unlock();
	expect_kobjects(test, &t, !p->lwd, "down again");
}

/*
 * The test verifies that a lightweight device can get a new name without a
 * kobject to rename, and that the kobject of an ordinary one follows.
 *
 * Proves: SYSFS-1.
 */
static void renamed(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct sysfs_test t = sysfs_test_register(test, p->flags);

	KUNIT_ASSERT_EQ(test, lwd_kunit_rename(test, t.dev, "lwdrenamed"), 0);

	KUNIT_EXPECT_STREQ(test, t.dev->name, "lwdrenamed");
	KUNIT_EXPECT_STREQ(test, dev_name(&t.dev->dev), "lwdrenamed");
	expect_kobjects(test, &t, !p->lwd, "renamed");
}

/*
 * The test verifies that a lightweight device can use fewer queues and more
 * again without a kobject for any of them.
 *
 * Proves: SYSFS-1.
 */
static void queues_changed(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct sysfs_test t = sysfs_test_register(test, p->flags);

	rtnl_lock();
	KUNIT_EXPECT_EQ(test, netif_set_real_num_queues(t.dev, 1, 1), 0);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, t.dev->real_num_rx_queues, 1);
	KUNIT_EXPECT_EQ(test, t.dev->real_num_tx_queues, 1);
	expect_kobjects(test, &t, !p->lwd, "one queue each way");

	/* the kobjects that go away above may do so with some delay */
	if (IS_ENABLED(CONFIG_DEBUG_KOBJECT_RELEASE) && !p->lwd)
		return;

	rtnl_lock();
	KUNIT_EXPECT_EQ(test,
			netif_set_real_num_queues(t.dev, LWD_KUNIT_QUEUES,
						  LWD_KUNIT_QUEUES), 0);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, t.dev->real_num_rx_queues, LWD_KUNIT_QUEUES);
	KUNIT_EXPECT_EQ(test, t.dev->real_num_tx_queues, LWD_KUNIT_QUEUES);
	expect_kobjects(test, &t, !p->lwd, "all queues again");
}

/*
 * The test verifies that a device can be moved to another network namespace and
 * back, which removes a kobject and adds it again, without having one.
 *
 * Proves: SYSFS-1.
 */
static void netns_changed(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net *net = lwd_kunit_new_net(test);
	struct sysfs_test t = sysfs_test_register(test, p->flags);

	rtnl_lock();
	KUNIT_EXPECT_EQ(test,
			dev_change_net_namespace(t.dev, net, "lwdkunit%d"), 0);
	rtnl_unlock();
	KUNIT_EXPECT_PTR_EQ(test, dev_net(t.dev), net);
	expect_kobjects(test, &t, !p->lwd, "in another netns");

	rtnl_lock();
	KUNIT_EXPECT_EQ(test,
			dev_change_net_namespace(t.dev, &init_net,
						 "lwdkunit%d"), 0);
	rtnl_unlock();
	KUNIT_EXPECT_PTR_EQ(test, dev_net(t.dev), &init_net);
	expect_kobjects(test, &t, !p->lwd, "back from another netns");
}

/*
 * The test verifies that a lightweight device can be unregistered without
 * anything in sysfs to remove, that its queues are out of use then as are those
 * of an ordinary device, and that its name is free for another one.
 *
 * Proves: SYSFS-1.
 */
static void unregistered(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct sysfs_test t = sysfs_test_register(test, p->flags);
	struct net_device *next;

	unregister_netdev(t.dev);

	KUNIT_EXPECT_EQ(test, t.dev->reg_state, NETREG_UNREGISTERED);
	KUNIT_EXPECT_EQ(test, t.dev->real_num_rx_queues, 0);
	KUNIT_EXPECT_EQ(test, t.dev->real_num_tx_queues, 0);
	KUNIT_EXPECT_FALSE(test, lwd_kunit_in_class(t.ordinary, t.dev));
	if (p->lwd)
		expect_kobjects(test, &t, false, "unregistered");

	next = alloc_netdev(0, t.dev->name, NET_NAME_USER, lwd_kunit_setup);
	KUNIT_ASSERT_NOT_NULL(test, next);
	lwd_kunit_free_later(test, next);
	KUNIT_EXPECT_EQ(test, register_netdev(next), 0);
}

/* free_netdev() is asked for here and done by the last put_device() */
static void free_while_held(struct kunit *test, struct net_device *dev)
{
	get_device(&dev->dev);
	free_netdev(dev);

	KUNIT_EXPECT_EQ(test, dev->reg_state, NETREG_RELEASED);
	KUNIT_EXPECT_EQ(test, kref_read(&dev->dev.kobj.kref), 1);
	KUNIT_EXPECT_STREQ(test, dev_name(&dev->dev), dev->name);
	put_device(&dev->dev);
}

/*
 * The test verifies that the struct device of either kind of device is a valid
 * one: it has the name and the class that a log message shows, who holds it
 * keeps the memory, after free_netdev() too, and the alias goes with it.
 *
 * Proves: SYSFS-5.
 */
static void struct_device(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev;

	dev = alloc_netdev_mqs(0, "lwdkunit%d", NET_NAME_ENUM, lwd_kunit_setup,
			       1, 1, p->flags);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	if (register_netdev(dev)) {
		free_netdev(dev);
		KUNIT_FAIL(test, "cannot register");
		return;
	}

	KUNIT_EXPECT_STREQ(test, dev_name(&dev->dev), dev->name);
	KUNIT_EXPECT_NOT_NULL(test, dev->dev.class);
	KUNIT_EXPECT_TRUE(test, list_empty(&dev->dev.devres_head));
	dev_dbg(&dev->dev, "has a name\n");
	KUNIT_EXPECT_EQ(test, dev_set_alias(dev, "alias", 5), 5);

	unregister_netdev(dev);
	free_while_held(test, dev);
}

#if defined(CONFIG_RPS) && defined(CONFIG_SYSCTL)
/* What net.core.rps_default_mask is while the mask of a test replaces it */
static struct cpumask *rps_saved_mask;

static void rps_restore(void *unused)
{
	rtnl_lock();
	init_net.core.rps_default_mask = rps_saved_mask;
	rtnl_unlock();
}

/* Devices get the mask under RTNL. @mask has to outlive the test's devices. */
static void rps_replace(struct kunit *test, struct cpumask *mask)
{
	int err;

	rtnl_lock();
	rps_saved_mask = init_net.core.rps_default_mask;
	init_net.core.rps_default_mask = mask;
	rtnl_unlock();

	err = kunit_add_action_or_reset(test, rps_restore, NULL);
	KUNIT_ASSERT_EQ(test, err, 0);
}

static void expect_rps(struct kunit *test, struct net_device *dev,
		       unsigned int first, unsigned int end, bool expected,
		       const char *when)
{
	struct rps_map *map;
	unsigned int i;

	rtnl_lock();
	for (i = first; i < end; i++) {
		map = rcu_dereference_rtnl(dev->_rx[i].rps_map);
		KUNIT_EXPECT_EQ_MSG(test, !!map, expected,
				    "CPUs of rx queue %u, %s", i, when);
		if (!map || !expected)
			continue;
		KUNIT_EXPECT_EQ(test, map->len, 1);
		KUNIT_EXPECT_EQ(test, map->cpus[0],
				cpumask_first(cpu_online_mask));
	}
	rtnl_unlock();
}

/*
 * The test verifies that net.core.rps_default_mask reaches the rx queues of
 * either kind of device when they come into use, that no other queue has it,
 * and that a queue of a lightweight device loses it when it goes out of use.
 *
 * Proves: SYSFS-4.
 */
static void rps_default_mask(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *none, *dev;
	struct cpumask *mask;

	mask = kunit_kzalloc(test, cpumask_size(), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, mask);

	rps_replace(test, mask);
	none = lwd_kunit_register(test, p->flags);
	expect_rps(test, none, 0, LWD_KUNIT_QUEUES, false, "empty mask");

	cpumask_set_cpu(cpumask_first(cpu_online_mask), mask);
	dev = lwd_kunit_alloc(test, p->flags);
	KUNIT_ASSERT_EQ(test, netif_set_real_num_queues(dev, 1, 2), 0);
	KUNIT_ASSERT_EQ(test, register_netdev(dev), 0);
	expect_rps(test, dev, 0, 2, true, "registered");
	expect_rps(test, dev, 2, LWD_KUNIT_QUEUES, false, "registered");

	rtnl_lock();
	KUNIT_EXPECT_EQ(test,
			netif_set_real_num_rx_queues(dev, LWD_KUNIT_QUEUES), 0);
	rtnl_unlock();
	expect_rps(test, dev, 0, LWD_KUNIT_QUEUES, true, "all queues");

	rtnl_lock();
	KUNIT_EXPECT_EQ(test, netif_set_real_num_rx_queues(dev, 1), 0);
	rtnl_unlock();
	expect_rps(test, dev, 0, 1, true, "one queue");
	if (p->lwd)
		expect_rps(test, dev, 1, LWD_KUNIT_QUEUES, false, "one queue");
}
#else
static void rps_default_mask(struct kunit *test)
{
	kunit_skip(test, "needs CONFIG_RPS and CONFIG_SYSCTL");
}
#endif

#define REFUSED		"lwd_refused"

/* What refuse() has kept of the device that it refused */
static struct device *refused;

static int refuse(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event != NETDEV_REGISTER || refused ||
	    strcmp(dev->name, REFUSED))
		return NOTIFY_DONE;

	refused = get_device(&dev->dev);

	return notifier_from_errno(-EPERM);
}

/*
 * The test verifies that nothing holds a bridge any more that a notifier has
 * refused after the bridge's own: it used to leak.
 *
 * Proves: SYSFS-1.
 */
static void refused_bridge(struct kunit *test)
{
	struct notifier_block last = {
		.notifier_call = refuse,
		.priority = INT_MIN,
	};
	const struct lwd_kunit_label *p = test->param_value;
	struct sk_buff *skb = lwd_kunit_nlmsg_new(test);
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;
	struct nlattr *info;
	int err;

	/* nobody may be there to load a module */
	if (!IS_BUILTIN(CONFIG_BRIDGE))
		kunit_skip(test, "needs CONFIG_BRIDGE=y");

	nlh = nlmsg_put(skb, 0, 0, RTM_NEWLINK, sizeof(*ifm),
			NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	KUNIT_ASSERT_NOT_NULL(test, nlh);
	ifm = nlmsg_data(nlh);
	memset(ifm, 0, sizeof(*ifm));
	KUNIT_ASSERT_EQ(test, nla_put_string(skb, IFLA_IFNAME, REFUSED), 0);
	if (p->lwd)
		KUNIT_ASSERT_EQ(test, nla_put_u8(skb, IFLA_LWD, 1), 0);
	info = nla_nest_start(skb, IFLA_LINKINFO);
	KUNIT_ASSERT_NOT_NULL(test, info);
	KUNIT_ASSERT_EQ(test, nla_put_string(skb, IFLA_INFO_KIND, "bridge"), 0);
	nla_nest_end(skb, info);

	KUNIT_ASSERT_EQ(test, register_netdevice_notifier(&last), 0);
	err = lwd_kunit_rtnl(test, skb);
	unregister_netdevice_notifier(&last);

	KUNIT_EXPECT_EQ(test, err, -EPERM);
	KUNIT_ASSERT_NOT_NULL(test, refused);
	KUNIT_EXPECT_EQ(test, kref_read(&refused->kobj.kref), 1);
	put_device(refused);
	refused = NULL;
}

static struct kunit_case lwd_sysfs_test_cases[] = {
	KUNIT_CASE_PARAM(registered, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(up_and_down, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(renamed, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(queues_changed, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(netns_changed, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(unregistered, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(struct_device, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(rps_default_mask, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(refused_bridge, lwd_kunit_gen_labels),
	{}
};

static struct kunit_suite lwd_sysfs_test_suite = {
	.name = "lwd_sysfs",
	.test_cases = lwd_sysfs_test_cases,
};

kunit_test_suite(lwd_sysfs_test_suite);

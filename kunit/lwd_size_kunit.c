// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for what keeps lightweight network devices small and their number
 * without influence on the time of a lookup
 */
#include <linux/etherdevice.h>
#include <linux/ethtool.h>
#include <linux/ipv6.h>
#include <linux/kthread.h>
#include <linux/mm.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/net_namespace.h>
#include <net/netdev_rx_queue.h>

#include "lwd_kunit_util.h"

/* So many that the table of names grows twice, and shrinks when they are gone.
 * It has been replaced once with SOME_DEVICES.
 */
#define SOME_DEVICES	600
#define MANY_DEVICES	2300

static const struct one_piece_case {
	const char *desc;
	u32 flags;
	int priv;
	unsigned int txqs;
	unsigned int rxqs;
	bool queues_apart;	/* they would make the piece too large */
} one_piece_cases[] = {
	{
		.desc = "ordinary",
		.flags = 0,
		.priv = 100,
		.txqs = 1,
		.rxqs = 1,
	},
	{
		.desc = "no private data",
		.flags = NETDEV_ALLOC_LWD,
		.priv = 0,
		.txqs = 1,
		.rxqs = 1,
	},
	{
		.desc = "one byte of private data",
		.flags = NETDEV_ALLOC_LWD,
		.priv = 1,
		.txqs = 1,
		.rxqs = 1,
	},
	{
		.desc = "more private data than any cache has room for",
		.flags = NETDEV_ALLOC_LWD,
		.priv = SZ_8K + 1,
		.txqs = 1,
		.rxqs = 1,
		.queues_apart = true,
	},
	{
		.desc = "more tx queues",
		.flags = NETDEV_ALLOC_LWD,
		.priv = 100,
		.txqs = 3,
		.rxqs = 1,
	},
	{
		.desc = "more rx queues",
		.flags = NETDEV_ALLOC_LWD,
		.priv = 100,
		.txqs = 1,
		.rxqs = 3,
	},
	{
		.desc = "more queues than any cache has room for",
		.flags = NETDEV_ALLOC_LWD,
		.priv = 100,
		.txqs = 64,
		.rxqs = 64,
		.queues_apart = true,
	},
};

KUNIT_ARRAY_PARAM_DESC(one_piece, one_piece_cases, desc);

/* Does the memory at @start lie in that of @dev, behind its private data? */
static bool one_piece_inside(const struct net_device *dev, const void *start,
			     size_t size)
{
	const void *first = (const void *)netdev_priv(dev) + dev->priv_len;
	const void *end = (const void *)dev + ksize(dev);

	return start >= first && start + size <= end;
}

/*
 * The test verifies that a lightweight device comes with its queues and the
 * rest in one piece, each part aligned and none on top of another: what is
 * written to the private data and to the queues is still there after a life as
 * a registered device.
 *
 * Proves: FOOT-1.
 */
static void one_piece(struct kunit *test)
{
	const struct one_piece_case *p = test->param_value;
	size_t tx_size = p->txqs * sizeof(struct netdev_queue);
	size_t rx_size = p->rxqs * sizeof(struct netdev_rx_queue);
	bool lwd = p->flags & NETDEV_ALLOC_LWD;
	struct net_device *dev;
	unsigned int i;

	dev = alloc_netdev_mqs(p->priv, "lwdkunit%d", NET_NAME_ENUM,
			       lwd_kunit_setup, p->txqs, p->rxqs, p->flags);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	lwd_kunit_free_later(test, dev);

	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((long)dev->_tx, SMP_CACHE_BYTES));
	KUNIT_EXPECT_TRUE(test, IS_ALIGNED((long)dev->_rx, SMP_CACHE_BYTES));
	KUNIT_EXPECT_PTR_EQ(test, dev->ethtool,
			    PTR_ALIGN(dev->ethtool, sizeof(long)));
	/* no lightweight kind has NAPI instances with a configuration */
	KUNIT_EXPECT_EQ(test, lwd, !dev->napi_config);
	KUNIT_EXPECT_EQ(test, lwd, !dev->num_napi_configs);

	/* ksize() is for kmalloc(); a large device may not come from there */
	if (!is_vmalloc_addr(dev)) {
		bool queues = lwd && !p->queues_apart;

		KUNIT_ASSERT_EQ(test, queues,
				one_piece_inside(dev, dev->_tx, tx_size));
		KUNIT_ASSERT_EQ(test, queues,
				one_piece_inside(dev, dev->_rx, rx_size));
		KUNIT_ASSERT_EQ(test, lwd,
				one_piece_inside(dev, dev->dev_addr,
						 MAX_ADDR_LEN));
		KUNIT_ASSERT_EQ(test, lwd,
				one_piece_inside(dev, dev->ethtool,
						 sizeof(*dev->ethtool)));
	}

	memset(netdev_priv(dev), 0xa5, p->priv);
	for (i = 0; i < p->txqs; i++)
		netdev_get_tx_queue(dev, i)->tx_maxrate = ~i;
	for (i = 0; i < p->rxqs; i++)
		__netif_get_rx_queue(dev, i)->qcfg.rx_page_size = ~i;

	KUNIT_ASSERT_EQ(test, register_netdev(dev), 0);
	KUNIT_EXPECT_EQ(test, lwd_kunit_rename(test, dev, "lwdkunitpiece"), 0);
	unregister_netdev(dev);

	KUNIT_EXPECT_NULL(test, memchr_inv(netdev_priv(dev), 0xa5, p->priv));
	for (i = 0; i < p->txqs; i++)
		KUNIT_EXPECT_EQ(test, netdev_get_tx_queue(dev, i)->tx_maxrate,
				(unsigned long)~i);
	for (i = 0; i < p->rxqs; i++)
		KUNIT_EXPECT_EQ(test,
				__netif_get_rx_queue(dev, i)->qcfg.rx_page_size,
				~i);
}

/*
 * The test verifies that the address that is part of a lightweight device is
 * treated as that of an ordinary one: it can be changed, it cannot be deleted,
 * and others can be added, which go with the device if nobody deletes them.
 *
 * Proves: KEEP-6.
 */
static void more_addresses(struct kunit *test)
{
	static const u8 own[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	static const u8 more[][ETH_ALEN] = {
		{ 2, 0, 0, 0, 0, 2 },
		{ 2, 0, 0, 0, 0, 3 },
	};
	const struct lwd_kunit_label *label = test->param_value;
	struct net_device *dev = lwd_kunit_register(test, label->flags);
	int add[2], del_own, del_more;

	rtnl_lock();
	eth_hw_addr_set(dev, own);
	add[0] = dev_addr_add(dev, more[0], NETDEV_HW_ADDR_T_SAN);
	add[1] = dev_addr_add(dev, more[1], NETDEV_HW_ADDR_T_SAN);
	del_own = dev_addr_del(dev, own, NETDEV_HW_ADDR_T_LAN);
	del_more = dev_addr_del(dev, more[0], NETDEV_HW_ADDR_T_SAN);
	rtnl_unlock();

	KUNIT_EXPECT_EQ(test, add[0], 0);
	KUNIT_EXPECT_EQ(test, add[1], 0);
	KUNIT_EXPECT_EQ(test, del_own, -ENOENT);
	KUNIT_EXPECT_EQ(test, del_more, 0);
	KUNIT_EXPECT_MEMEQ(test, dev->dev_addr, own, ETH_ALEN);
}

/* Somebody who always looks for one that is there and for one that is not */
struct names_reader {
	struct net *net;
	const char *name;
	unsigned long rounds;
	unsigned long missed;
	unsigned long ghosts;
};

static int names_read(void *data)
{
	struct names_reader *reader = data;

	while (!kthread_should_stop()) {
		rcu_read_lock();
		if (!dev_get_by_name_rcu(reader->net, READ_ONCE(reader->name)))
			reader->missed++;
		if (dev_get_by_name_rcu(reader->net, "lwdkunitnosuch"))
			reader->ghosts++;
		rcu_read_unlock();
		reader->rounds++;
		cond_resched();
	}

	return 0;
}

KUNIT_DEFINE_ACTION_WRAPPER(names_stop_action, kthread_stop,
			    struct task_struct *);

/* What the table takes: only dev.c knows its size. */
static size_t names_size(struct net *net)
{
	const void *names = rtnl_dereference(net->dev_names);

	return is_vmalloc_addr(names) ? SIZE_MAX : ksize(names);
}

/* A table is not replaced before the readers of the last one are gone, and
 * nobody has to wait for that but we.
 */
static void names_readers_gone(void)
{
	unsigned long gone = start_poll_synchronize_rcu();

	while (!poll_state_synchronize_rcu(gone))
		schedule_timeout_uninterruptible(1);
}

/* Register devices number @i to @end; returns how many there are then. */
static unsigned int names_register(struct net *net, struct net_device **devs,
				   u32 flags, unsigned int i, unsigned int end)
{
	char name[IFNAMSIZ];

	for (; i < end; i++) {
		snprintf(name, sizeof(name), "lwdkunitn%u", i);
		devs[i] = alloc_netdev_mqs(0, name, NET_NAME_USER,
					   lwd_kunit_setup, 1, 1, flags);
		if (!devs[i])
			break;
		dev_net_set(devs[i], net);
		devs[i]->needs_free_netdev = true;
		if (register_netdevice(devs[i])) {
			free_netdev(devs[i]);
			break;
		}
	}

	return i;
}

/*
 * The test verifies that devices are found by name and by index however many
 * there are, and no longer once they are gone, that the table of names follows
 * their number up and down, and that somebody who looks for one that stays
 * never misses it meanwhile.
 *
 * Proves: FOOT-4.
 */
static void many_names(struct kunit *test)
{
	const struct lwd_kunit_label *label = test->param_value;
	struct net *net = lwd_kunit_new_net(test);
	unsigned int i, n, by_name = 0, by_index = 0, left = 0;
	struct names_reader reader = { .net = net, .name = "lo" };
	size_t size_none, size_some, size_many, size_left;
	struct task_struct *task;
	struct net_device **devs;
	char name[IFNAMSIZ], last[IFNAMSIZ];
	LIST_HEAD(all);
	int *indices;

	devs = kunit_kcalloc(test, MANY_DEVICES, sizeof(*devs), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, devs);
	indices = kunit_kcalloc(test, MANY_DEVICES, sizeof(*indices),
				GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, indices);

	task = kthread_run(names_read, &reader, "lwd_names");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	n = kunit_add_action_or_reset(test, names_stop_action, task);
	KUNIT_ASSERT_EQ(test, n, 0);

	rtnl_lock();
	size_none = names_size(net);
	n = names_register(net, devs, label->flags, 0, SOME_DEVICES);
	size_some = names_size(net);
	names_readers_gone();
	if (n == SOME_DEVICES) {
		/* not the first of those that are put into the next table */
		strscpy(last, devs[n - 1]->name);
		WRITE_ONCE(reader.name, last);
		n = names_register(net, devs, label->flags, n, MANY_DEVICES);
	}
	size_many = names_size(net);
	names_readers_gone();
	for (i = 0; i < n; i++) {
		indices[i] = devs[i]->ifindex;
		by_name += __dev_get_by_name(net, devs[i]->name) == devs[i];
		by_index += __dev_get_by_index(net, indices[i]) == devs[i];
	}
	WRITE_ONCE(reader.name, "lo");
	names_readers_gone();
	for (i = 0; i < n; i++)
		unregister_netdevice_queue(devs[i], &all);
	unregister_netdevice_many(&all);
	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "lwdkunitn%u", i);
		left += !!__dev_get_by_name(net, name);
		left += !!__dev_get_by_index(net, indices[i]);
	}
	size_left = names_size(net);
	rtnl_unlock();

	kunit_release_action(test, names_stop_action, task);

	KUNIT_EXPECT_EQ(test, n, MANY_DEVICES);
	KUNIT_EXPECT_EQ(test, by_name, n);
	KUNIT_EXPECT_EQ(test, by_index, n);
	KUNIT_EXPECT_EQ(test, left, 0);
	KUNIT_EXPECT_GT(test, size_some, size_none);
	KUNIT_EXPECT_GT(test, size_many, size_some);
	KUNIT_EXPECT_EQ(test, size_left, size_none);
	KUNIT_EXPECT_GT(test, reader.rounds, 0);
	KUNIT_EXPECT_EQ(test, reader.missed, 0);
	KUNIT_EXPECT_EQ(test, reader.ghosts, 0);
}

/*
 * The test verifies that a lightweight device has no IPv6 counters of its own,
 * and an ordinary one does. Nothing
 * takes their place.
 *
 * Proves: FOOT-6.
 */
static void no_counters(struct kunit *test)
{
	static const struct lwd_kunit_addr addr = {
		AF_INET6, "2001:db8::1", 64, IFA_F_NODAD
	};
	const struct lwd_kunit_label *label = test->param_value;
	struct inet6_dev *idev;
	struct net_device *dev;

	if (!IS_ENABLED(CONFIG_IPV6) || !ipv6_mod_enabled())
		kunit_skip(test, "needs IPv6");

	dev = lwd_kunit_register(test, label->flags);
	KUNIT_ASSERT_EQ(test, lwd_kunit_add_addr(test, dev, &addr), 0);

	rtnl_lock();
	idev = __in6_dev_get(dev);
	KUNIT_EXPECT_NOT_NULL(test, idev);
	if (idev) {
		KUNIT_EXPECT_EQ(test, label->lwd, !idev->stats.ipv6);
		KUNIT_EXPECT_EQ(test, label->lwd, !idev->stats.icmpv6dev);
		KUNIT_EXPECT_EQ(test, label->lwd, !idev->stats.icmpv6msgdev);
	}
	rtnl_unlock();
}

static struct kunit_case lwd_size_test_cases[] = {
	KUNIT_CASE_PARAM(one_piece, one_piece_gen_params),
	KUNIT_CASE_PARAM(more_addresses, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM_ATTR(many_names, lwd_kunit_gen_labels,
			      { .speed = KUNIT_SPEED_SLOW }),
	KUNIT_CASE_PARAM(no_counters, lwd_kunit_gen_labels),
	{}
};

static struct kunit_suite lwd_size_test_suite = {
	.name = "lwd_size",
	.test_cases = lwd_size_test_cases,
};

kunit_test_suite(lwd_size_test_suite);

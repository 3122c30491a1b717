// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for what lightweight network devices share that have the same:
 * IPv6 settings and the parameters of their neighbours
 */
#include <linux/if_link.h>
#include <linux/inetdevice.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ndisc.h>
#include <net/net_namespace.h>

#include "lwd_kunit_util.h"

#define OWN_MSECS	7

/* Both protocols on, as they are on an ordinary device anyway */
static struct net_device *with_l3(struct kunit *test,
				  const struct lwd_kunit_label *p)
{
	struct net_device *dev = lwd_kunit_register(test, p->flags);
	int err;

	if (p->lwd) {
		err = lwd_kunit_switch(test, dev, AF_INET, IFLA_L3_ON);
		KUNIT_ASSERT_EQ(test, err, 0);
		if (IS_ENABLED(CONFIG_IPV6) && ipv6_mod_enabled()) {
			err = lwd_kunit_switch(test, dev, AF_INET6, IFLA_L3_ON);
			KUNIT_ASSERT_EQ(test, err, 0);
		}
	}

	return dev;
}

/* What sets is not exported to modules. */
static bool is_module(struct kunit *test)
{
	if (IS_MODULE(CONFIG_NET_LWD_KUNIT_TEST))
		kunit_skip(test, "not exported to modules");

	return IS_MODULE(CONFIG_NET_LWD_KUNIT_TEST);
}

#if IS_ENABLED(CONFIG_IPV6)
static int set_proxy_ndp(struct inet6_dev *idev, int val)
{
	int err;

	rtnl_lock();
	err = in6_conf_set(idev, proxy_ndp, val);
	rtnl_unlock();

	return err;
}

/*
 * The test verifies that lightweight devices with IPv6 share their settings as
 * long as these are the same, whatever their hop limits are, and again when
 * these are; that what is set for one is set for no other; and that the default
 * is for those who come later.
 *
 * Proves: FOOT-5.
 */
static void settings(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = with_l3(test, p);
	struct ipv6_devconf *dflt = dev_net(dev)->ipv6.devconf_dflt;
	struct inet6_dev *idev, *other_idev;
	struct net_device *other, *later;

	if (is_module(test))
		return;

	dflt->hop_limit++;
	other = with_l3(test, p);
	dflt->hop_limit--;

	/* they are there until the test ends */
	idev = rcu_dereference_protected(dev->ip6_ptr, true);
	other_idev = rcu_dereference_protected(other->ip6_ptr, true);
	KUNIT_ASSERT_NOT_NULL(test, idev);
	KUNIT_ASSERT_NOT_NULL(test, other_idev);
	KUNIT_EXPECT_EQ(test, rcu_access_pointer(idev->cnf) ==
			rcu_access_pointer(other_idev->cnf), p->lwd);
	KUNIT_EXPECT_EQ(test, idev->mtu6, dev->mtu);
	KUNIT_EXPECT_EQ(test, idev->hop_limit, dflt->hop_limit);
	KUNIT_EXPECT_EQ(test, other_idev->hop_limit, dflt->hop_limit + 1);

	KUNIT_EXPECT_EQ(test, set_proxy_ndp(idev, 1), 0);
	KUNIT_EXPECT_EQ(test, in6_conf(idev, proxy_ndp), 1);
	KUNIT_EXPECT_EQ(test, in6_conf(other_idev, proxy_ndp), 0);
	KUNIT_EXPECT_EQ(test, dflt->proxy_ndp, 0);
	KUNIT_EXPECT_PTR_NE(test, rcu_access_pointer(idev->cnf),
			    rcu_access_pointer(other_idev->cnf));

	KUNIT_EXPECT_EQ(test, set_proxy_ndp(other_idev, 1), 0);
	KUNIT_EXPECT_EQ(test, rcu_access_pointer(idev->cnf) ==
			rcu_access_pointer(other_idev->cnf), p->lwd);

	dflt->proxy_ndp = 2;
	later = with_l3(test, p);
	dflt->proxy_ndp = 0;
	KUNIT_EXPECT_EQ(test, in6_conf(idev, proxy_ndp), 1);
	idev = rcu_dereference_protected(later->ip6_ptr, true);
	KUNIT_ASSERT_NOT_NULL(test, idev);
	KUNIT_EXPECT_EQ(test, in6_conf(idev, proxy_ndp), 2);
}
#else
static void settings(struct kunit *test)
{
	kunit_skip(test, "no IPv6");
}
#endif

static struct neighbour *neighbour(struct net_device *dev, __be32 addr)
{
	return __neigh_lookup_errno(&arp_tbl, &addr, dev);
}

/*
 * The test verifies that lightweight devices share the parameters that they
 * begin with, that the neighbours of one go over to its own when there are
 * some, that those of another device do not, and that what is written to the
 * table's is for those who come later.
 *
 * Proves: FOOT-5.
 */
static void parameters(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = with_l3(test, p);
	struct net_device *other = with_l3(test, p);
	struct neighbour *n, *later, *others;
	struct neigh_parms *parms, *shared;

	if (is_module(test))
		return;

	n = neighbour(dev, htonl(0xc0000202));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, n);
	others = neighbour(other, htonl(0xc0000202));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, others);
	shared = others->parms;
	KUNIT_EXPECT_EQ(test, n->parms == shared, p->lwd);
	KUNIT_EXPECT_PTR_NE(test, shared, &arp_tbl.parms);

	rcu_read_lock();
	parms = neigh_parms_unshare(&arp_tbl, dev);
	rcu_read_unlock();
	KUNIT_ASSERT_NOT_NULL(test, parms);
	KUNIT_EXPECT_PTR_NE(test, parms, shared);
	KUNIT_EXPECT_PTR_EQ(test, parms->dev, dev);
	KUNIT_EXPECT_PTR_EQ(test, n->parms, parms);
	KUNIT_EXPECT_PTR_EQ(test, others->parms, shared);

	NEIGH_VAR_SET(parms, RETRANS_TIME, OWN_MSECS);
	KUNIT_EXPECT_EQ(test, NEIGH_VAR(n->parms, RETRANS_TIME), OWN_MSECS);
	KUNIT_EXPECT_NE(test, NEIGH_VAR(others->parms, RETRANS_TIME),
			OWN_MSECS);
	KUNIT_EXPECT_NE(test, NEIGH_VAR(&arp_tbl.parms, RETRANS_TIME),
			OWN_MSECS);

	later = neighbour(dev, htonl(0xc0000203));
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, later);
	if (!IS_ERR_OR_NULL(later)) {
		KUNIT_EXPECT_PTR_EQ(test, later->parms, parms);
		neigh_release(later);
	}

	__NEIGH_VAR(&arp_tbl.parms, MCAST_PROBES) += 1;
	dev = with_l3(test, p);
	later = neighbour(dev, htonl(0xc0000202));
	__NEIGH_VAR(&arp_tbl.parms, MCAST_PROBES) -= 1;
	KUNIT_EXPECT_NOT_ERR_OR_NULL(test, later);
	if (!IS_ERR_OR_NULL(later)) {
		KUNIT_EXPECT_EQ(test, NEIGH_VAR(later->parms, MCAST_PROBES),
				NEIGH_VAR(others->parms, MCAST_PROBES) + 1);
		neigh_release(later);
	}
	neigh_release(others);
	neigh_release(n);
}

/*
 * The test verifies that the neighbours of a lightweight device and what it
 * has of the shared parameters are gone when IPv4 is turned off, and that
 * there are no new ones.
 *
 * Proves: FOOT-5, ENABLE-6.
 */
static void off(struct kunit *test)
{
	struct net_device *dev = with_l3(test, &lwd_kunit_labels[1]);
	struct net_device *other = with_l3(test, &lwd_kunit_labels[1]);
	struct neighbour *n;
	int err, users;

	if (is_module(test))
		return;

	n = neighbour(dev, htonl(0xc0000202));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, n);
	users = arp_tbl.shared->users;
	err = lwd_kunit_switch(test, dev, AF_INET, IFLA_L3_OFF);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_TRUE(test, n->dead);
	neigh_release(n);
	KUNIT_EXPECT_EQ(test, arp_tbl.shared->users, users - 1);

	n = neighbour(dev, htonl(0xc0000203));
	KUNIT_EXPECT_TRUE(test, IS_ERR(n));
	if (!IS_ERR(n))
		neigh_release(n);

	/* the last one takes them with it */
	if (users == 2) {
		err = lwd_kunit_switch(test, other, AF_INET, IFLA_L3_OFF);
		KUNIT_EXPECT_EQ(test, err, 0);
		KUNIT_EXPECT_NULL(test, arp_tbl.shared);
	}
}

static struct kunit_case lwd_devconf6_test_cases[] = {
	KUNIT_CASE_PARAM(settings, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(parameters, lwd_kunit_gen_labels),
	KUNIT_CASE(off),
	{}
};

static struct kunit_suite lwd_devconf6_test_suite = {
	.name = "lwd_devconf6",
	.test_cases = lwd_devconf6_test_cases,
};

kunit_test_suite(lwd_devconf6_test_suite);

// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for what a lightweight network device shares until something of
 * its own is written: IPv6 settings and the parameters of its neighbours
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

/* What is shared is copied by the protocols, which cannot be modules. */
static bool is_module(struct kunit *test)
{
	if (IS_MODULE(CONFIG_NET_LWD_KUNIT_TEST))
		kunit_skip(test, "not exported to modules");

	return IS_MODULE(CONFIG_NET_LWD_KUNIT_TEST);
}

#if IS_ENABLED(CONFIG_IPV6)
/*
 * The test verifies that a lightweight device with IPv6 points to the default
 * settings, and that its copy is for it alone and stays. An ordinary one has
 * its copy from the beginning.
 *
 * Proves: FOOT-5.
 */
static void settings(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = with_l3(test, p);
	struct net_device *other = with_l3(test, p);
	struct ipv6_devconf *dflt = dev_net(dev)->ipv6.devconf_dflt;
	struct inet6_dev *idev, *other_idev;
	struct ipv6_devconf *cnf;
	int err, hop_limit;

	if (is_module(test))
		return;

	/* they are there until the test ends */
	idev = rcu_dereference_protected(dev->ip6_ptr, true);
	other_idev = rcu_dereference_protected(other->ip6_ptr, true);
	KUNIT_ASSERT_NOT_NULL(test, idev);
	KUNIT_ASSERT_NOT_NULL(test, other_idev);
	KUNIT_EXPECT_EQ(test, idev->cnf == dflt, p->lwd);
	KUNIT_EXPECT_EQ(test, idev->cnf_shared, p->lwd);
	KUNIT_EXPECT_EQ(test, idev->mtu6, dev->mtu);

	cnf = idev->cnf;
	rtnl_lock();
	err = ipv6_devconf_unshare(idev, GFP_KERNEL);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_EQ(test, idev->cnf != cnf, p->lwd);
	KUNIT_EXPECT_FALSE(test, idev->cnf_shared);
	KUNIT_EXPECT_EQ(test, other_idev->cnf == dflt, p->lwd);
	KUNIT_EXPECT_EQ(test, !idev->cnf->sysctl_header,
			p->lwd || !IS_ENABLED(CONFIG_SYSCTL));
	KUNIT_EXPECT_EQ(test, !!dflt->sysctl_header,
			IS_ENABLED(CONFIG_SYSCTL));

	hop_limit = dflt->hop_limit;
	dflt->hop_limit++;
	KUNIT_EXPECT_EQ(test, idev->cnf->hop_limit, hop_limit);
	KUNIT_EXPECT_EQ(test, other_idev->cnf->hop_limit, hop_limit + p->lwd);
	dflt->hop_limit--;

	/* once is enough */
	cnf = idev->cnf;
	rtnl_lock();
	err = ipv6_devconf_unshare(idev, GFP_KERNEL);
	rtnl_unlock();
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_PTR_EQ(test, idev->cnf, cnf);
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
 * The test verifies that a lightweight device uses the parameters of the
 * neighbour tables, that its neighbours go over to its own when there are some,
 * and that those of another device do not.
 *
 * Proves: FOOT-5.
 */
static void parameters(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = with_l3(test, p);
	struct net_device *other = with_l3(test, p);
	struct neighbour *n, *later, *others;
	struct neigh_parms *parms;
	int refs;

	if (is_module(test))
		return;

	refs = refcount_read(&arp_tbl.parms.refcnt);
	n = neighbour(dev, htonl(0xc0000202));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, n);
	others = neighbour(other, htonl(0xc0000202));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, others);
	KUNIT_EXPECT_EQ(test, n->parms == &arp_tbl.parms, p->lwd);
	KUNIT_EXPECT_EQ(test, refcount_read(&arp_tbl.parms.refcnt),
			refs + 2 * p->lwd);

	rcu_read_lock();
	parms = neigh_parms_unshare(&arp_tbl, dev);
	rcu_read_unlock();
	KUNIT_ASSERT_NOT_NULL(test, parms);
	KUNIT_EXPECT_PTR_NE(test, parms, &arp_tbl.parms);
	KUNIT_EXPECT_PTR_EQ(test, parms->dev, dev);
	KUNIT_EXPECT_PTR_EQ(test, n->parms, parms);
	KUNIT_EXPECT_EQ(test, others->parms == &arp_tbl.parms, p->lwd);
	KUNIT_EXPECT_EQ(test, refcount_read(&arp_tbl.parms.refcnt),
			refs + p->lwd);

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
	neigh_release(others);
	neigh_release(n);
}

/*
 * The test verifies that the neighbours of a lightweight device and what it
 * has of the table's parameters are gone when IPv4 is turned off, and that
 * there are no new ones.
 *
 * Proves: FOOT-5, ENABLE-6.
 */
static void off(struct kunit *test)
{
	struct net_device *dev = with_l3(test, &lwd_kunit_labels[1]);
	int refs = refcount_read(&arp_tbl.parms.refcnt);
	struct neighbour *n;
	int err;

	n = neighbour(dev, htonl(0xc0000202));
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, n);
	err = lwd_kunit_switch(test, dev, AF_INET, IFLA_L3_OFF);
	KUNIT_EXPECT_EQ(test, err, 0);
	KUNIT_EXPECT_TRUE(test, n->dead);
	neigh_release(n);
	KUNIT_EXPECT_EQ(test, refcount_read(&arp_tbl.parms.refcnt), refs);

	n = neighbour(dev, htonl(0xc0000203));
	KUNIT_EXPECT_TRUE(test, IS_ERR(n));
	if (!IS_ERR(n))
		neigh_release(n);
	KUNIT_EXPECT_EQ(test, refcount_read(&arp_tbl.parms.refcnt), refs);
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

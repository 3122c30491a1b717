// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for the first address of a lightweight network device, which
 * turns on the layer 3 protocol that it belongs to
 */
#include <linux/igmp.h>
#include <linux/inet.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/if_inet6.h>

#include "lwd_kunit_util.h"

#define ADDR_V4		{ AF_INET, "192.0.2.1", 24 }
#define ADDR_V6		{ AF_INET6, "2001:db8::1", 64, IFA_F_NODAD }

static const struct address_case {
	const char *desc;
	u32 flags;
	bool up;
	struct lwd_kunit_addr addr[2];
	bool ipv4;
	bool ipv6;
} address_cases[] = {
	{
		.desc = "ordinary, IPv4",
		.addr = { ADDR_V4 },
		.ipv4 = true,
		.ipv6 = true,
	},
	{
		.desc = "ordinary, IPv6",
		.addr = { ADDR_V6 },
		.ipv4 = true,
		.ipv6 = true,
	},
	{
		.desc = "ordinary, up, IPv4 and IPv6",
		.up = true,
		.addr = { ADDR_V4, ADDR_V6 },
		.ipv4 = true,
		.ipv6 = true,
	},
	{
		.desc = "lwd, IPv4",
		.flags = NETDEV_ALLOC_LWD,
		.addr = { ADDR_V4 },
		.ipv4 = true,
	},
	{
		.desc = "lwd, IPv6",
		.flags = NETDEV_ALLOC_LWD,
		.addr = { ADDR_V6 },
		.ipv6 = true,
	},
	{
		.desc = "lwd, IPv4, then IPv6",
		.flags = NETDEV_ALLOC_LWD,
		.addr = { ADDR_V4, ADDR_V6 },
		.ipv4 = true,
		.ipv6 = true,
	},
	{
		.desc = "lwd, IPv6, then IPv4",
		.flags = NETDEV_ALLOC_LWD,
		.addr = { ADDR_V6, ADDR_V4 },
		.ipv4 = true,
		.ipv6 = true,
	},
	{
		.desc = "lwd, up, IPv4",
		.flags = NETDEV_ALLOC_LWD,
		.up = true,
		.addr = { ADDR_V4 },
		.ipv4 = true,
	},
	{
		.desc = "lwd, up, IPv6",
		.flags = NETDEV_ALLOC_LWD,
		.up = true,
		.addr = { ADDR_V6 },
		.ipv6 = true,
	},
	{
		.desc = "lwd, up, IPv4, then IPv6",
		.flags = NETDEV_ALLOC_LWD,
		.up = true,
		.addr = { ADDR_V4, ADDR_V6 },
		.ipv4 = true,
		.ipv6 = true,
	},
};

KUNIT_ARRAY_PARAM_DESC(address, address_cases, desc);

static void set_up(struct kunit *test, struct net_device *dev)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(dev, NULL), 0);
	rtnl_unlock();
}

static bool has_ipv4_addr(const struct in_device *in_dev, const char *text)
{
	const struct in_ifaddr *ifa;
	__be32 addr = in_aton(text);

	in_dev_for_each_ifa_rtnl(ifa, in_dev)
		if (ifa->ifa_local == addr)
			return true;

	return false;
}

static bool has_ipv4_group(const struct in_device *in_dev, __be32 group)
{
	const struct ip_mc_list *im;

	for (im = rtnl_dereference(in_dev->mc_list); im;
	     im = rtnl_dereference(im->next_rcu))
		if (im->multiaddr == group)
			return true;

	return false;
}

/* The address is there, and all hosts are listened to if the device is up. */
static void expect_ipv4(struct kunit *test, struct net_device *dev,
			const struct lwd_kunit_addr *addr, bool up)
{
	struct in_device *in_dev;

	rtnl_lock();
	in_dev = __in_dev_get_rtnl(dev);
	KUNIT_EXPECT_NOT_NULL(test, in_dev);
	if (in_dev) {
		KUNIT_EXPECT_TRUE(test, has_ipv4_addr(in_dev, addr->text));
		KUNIT_EXPECT_EQ(test,
				has_ipv4_group(in_dev,
					       htonl(INADDR_ALLHOSTS_GROUP)),
				up);
	}
	rtnl_unlock();
}

static bool has_ipv6_linklocal(struct inet6_dev *idev)
{
	struct inet6_ifaddr *ifp;
	bool found = false;

	read_lock_bh(&idev->lock);
	list_for_each_entry(ifp, &idev->addr_list, if_list)
		if (ipv6_addr_type(&ifp->addr) & IPV6_ADDR_LINKLOCAL)
			found = true;
	read_unlock_bh(&idev->lock);

	return found;
}

/* The address is there, and all that comes with bringing up a device that has
 * IPv6 has been caught up with if it is up.
 */
static void expect_ipv6(struct kunit *test, struct net_device *dev,
			const struct lwd_kunit_addr *addr, bool up)
{
	struct in6_addr bin = {};
	struct inet6_dev *idev;

	if (!IS_ENABLED(CONFIG_IPV6) || !ipv6_mod_enabled())
		return;

	in6_pton(addr->text, -1, bin.s6_addr, -1, NULL);

	rtnl_lock();
	KUNIT_EXPECT_EQ(test, ipv6_chk_addr(&init_net, &bin, dev, 0), 1);
	idev = __in6_dev_get(dev);
	KUNIT_EXPECT_NOT_NULL(test, idev);
	if (idev) {
		KUNIT_EXPECT_EQ(test, !!(idev->if_flags & IF_READY), up);
		KUNIT_EXPECT_EQ(test, has_ipv6_linklocal(idev), up);
	}
	rtnl_unlock();
}

/*
 * The test verifies that the first address turns on the family that it belongs
 * to and no other, be the device down or up, that it is there then, and that
 * the device has joined and configured what an ordinary one has.
 *
 * Proves: ENABLE-1, ENABLE-2, ENABLE-4.
 */
static void first_address(struct kunit *test)
{
	const struct address_case *p = test->param_value;
	const struct lwd_kunit_addr *addr;
	struct net_device *dev;
	int i;

	dev = lwd_kunit_register(test, p->flags);
	if (p->up)
		set_up(test, dev);

	for (i = 0; i < ARRAY_SIZE(p->addr) && p->addr[i].family; i++) {
		addr = &p->addr[i];
		KUNIT_ASSERT_EQ(test, lwd_kunit_add_addr(test, dev, addr), 0);
		if (addr->family == AF_INET)
			expect_ipv4(test, dev, addr, p->up);
		else
			expect_ipv6(test, dev, addr, p->up);
	}

	lwd_kunit_expect_l3(test, dev, p->ipv4, p->ipv6,
			    !(p->flags & NETDEV_ALLOC_LWD),
			    "after it got an address");
}

/*
 * The test verifies that a family that has been turned on is gone with all that
 * belongs to it when the device is unregistered.
 *
 * Proves: ENABLE-1, ENABLE-2.
 */
static void unregistered_with_l3(struct kunit *test)
{
	static const struct lwd_kunit_addr v4 = ADDR_V4, v6 = ADDR_V6;
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = lwd_kunit_register(test, p->flags);

	set_up(test, dev);
	KUNIT_ASSERT_EQ(test, lwd_kunit_add_addr(test, dev, &v4), 0);
	KUNIT_ASSERT_EQ(test, lwd_kunit_add_addr(test, dev, &v6), 0);
	unregister_netdev(dev);

	lwd_kunit_expect_l3(test, dev, false, false, false, "unregistered");
}

static const struct refused_case {
	const char *desc;
	bool up;
	bool veto;
	int mtu;
	struct lwd_kunit_addr addr;
	int err;
	/* what there is to be had after the obstacle is out of the way */
	struct lwd_kunit_addr retry;
} refused_cases[] = {
	{
		.desc = "IPv4, prefix length",
		.addr = { AF_INET, "192.0.2.1", 33 },
		.err = -EINVAL,
		.retry = ADDR_V4,
	},
	{
		.desc = "IPv4, MTU",
		.mtu = 60,
		.addr = ADDR_V4,
		.err = -EINVAL,
		.retry = ADDR_V4,
	},
	{
		.desc = "IPv4, somebody objects",
		.veto = true,
		.addr = ADDR_V4,
		.err = -EPERM,
		.retry = ADDR_V4,
	},
	{
		.desc = "IPv4, up, somebody objects",
		.up = true,
		.veto = true,
		.addr = ADDR_V4,
		.err = -EPERM,
		.retry = ADDR_V4,
	},
	{
		.desc = "IPv6, prefix length",
		.addr = { AF_INET6, "2001:db8::1", 129 },
		.err = -EINVAL,
		.retry = ADDR_V6,
	},
	{
		.desc = "IPv6, MTU",
		.mtu = 1279,
		.addr = ADDR_V6,
		.err = -EINVAL,
		.retry = ADDR_V6,
	},
	{
		.desc = "IPv6, multicast address",
		.addr = { AF_INET6, "ff02::1", 64 },
		.err = -EADDRNOTAVAIL,
		.retry = ADDR_V6,
	},
	{
		.desc = "IPv6, somebody objects",
		.veto = true,
		.addr = ADDR_V6,
		.err = -EPERM,
		.retry = ADDR_V6,
	},
	{
		.desc = "IPv6, up, somebody objects",
		.up = true,
		.veto = true,
		.addr = ADDR_V6,
		.err = -EPERM,
		.retry = ADDR_V6,
	},
};

KUNIT_ARRAY_PARAM_DESC(refused, refused_cases, desc);

/* Which device nobody may give an address, for one of the validator chains */
struct veto {
	struct notifier_block nb;
	struct net_device *dev;
};

static int veto_ipv4(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct veto *veto = container_of(nb, struct veto, nb);
	struct in_validator_info *ivi = ptr;

	if (ivi->ivi_dev->dev != veto->dev)
		return NOTIFY_DONE;

	return notifier_from_errno(-EPERM);
}

static int veto_ipv6(struct notifier_block *nb, unsigned long event, void *ptr)
{
	struct veto *veto = container_of(nb, struct veto, nb);
	struct in6_validator_info *i6vi = ptr;

	/* link-local addresses come by themselves */
	if (i6vi->i6vi_dev->dev != veto->dev ||
	    ipv6_addr_type(&i6vi->i6vi_addr) & IPV6_ADDR_LINKLOCAL)
		return NOTIFY_DONE;

	return notifier_from_errno(-EPERM);
}

KUNIT_DEFINE_ACTION_WRAPPER(unveto_ipv4, unregister_inetaddr_validator_notifier,
			    struct notifier_block *);
KUNIT_DEFINE_ACTION_WRAPPER(unveto_ipv6,
			    unregister_inet6addr_validator_notifier,
			    struct notifier_block *);

/* Add an address while somebody objects to it. */
static int veto_addr(struct kunit *test, struct net_device *dev,
		     const struct lwd_kunit_addr *addr)
{
	kunit_action_t *unveto;
	struct veto *veto;
	int err;

	veto = kunit_kzalloc(test, sizeof(*veto), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, veto);
	veto->dev = dev;

	if (addr->family == AF_INET) {
		unveto = unveto_ipv4;
		veto->nb.notifier_call = veto_ipv4;
		register_inetaddr_validator_notifier(&veto->nb);
	} else {
		unveto = unveto_ipv6;
		veto->nb.notifier_call = veto_ipv6;
		register_inet6addr_validator_notifier(&veto->nb);
	}
	err = kunit_add_action_or_reset(test, unveto, &veto->nb);
	KUNIT_ASSERT_EQ(test, err, 0);

	err = lwd_kunit_add_addr(test, dev, addr);
	kunit_release_action(test, unveto, &veto->nb);

	return err;
}

static void set_mtu(struct kunit *test, struct net_device *dev, int mtu)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mtu(dev, mtu), 0);
	rtnl_unlock();
}

/*
 * The test verifies that an address which is refused, early or late, leaves the
 * family off with nothing of it behind, and that a valid one works afterwards.
 * An ordinary device, which has the family before, is no good for comparison.
 *
 * Proves: ENABLE-1, ENABLE-2, ENABLE-8.
 */
static void refused_address(struct kunit *test)
{
	const struct refused_case *p = test->param_value;
	bool ipv4 = p->retry.family == AF_INET;
	struct net_device *dev;
	int err;

	dev = lwd_kunit_register(test, NETDEV_ALLOC_LWD);
	if (p->up)
		set_up(test, dev);
	if (p->mtu)
		set_mtu(test, dev, p->mtu);

	if (p->veto)
		err = veto_addr(test, dev, &p->addr);
	else
		err = lwd_kunit_add_addr(test, dev, &p->addr);
	KUNIT_EXPECT_EQ(test, err, p->err);
	lwd_kunit_expect_l3(test, dev, false, false, false,
			    "after an address was refused");

	if (p->mtu)
		set_mtu(test, dev, ETH_DATA_LEN);
	KUNIT_EXPECT_EQ(test, lwd_kunit_add_addr(test, dev, &p->retry), 0);
	lwd_kunit_expect_l3(test, dev, ipv4, !ipv4, false,
			    "after an address was accepted");
}

static struct kunit_case lwd_enable_test_cases[] = {
	KUNIT_CASE_PARAM(first_address, address_gen_params),
	KUNIT_CASE_PARAM(unregistered_with_l3, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(refused_address, refused_gen_params),
	{}
};

static struct kunit_suite lwd_enable_test_suite = {
	.name = "lwd_enable",
	.test_cases = lwd_enable_test_cases,
};

kunit_test_suite(lwd_enable_test_suite);

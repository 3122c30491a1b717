// SPDX-License-Identifier: GPL-2.0
/*
 * What the KUnit tests for lightweight network devices have in common
 */
#include <linux/device/class.h>
#include <linux/etherdevice.h>
#include <linux/if_addr.h>
#include <linux/inet.h>
#include <linux/inetdevice.h>
#include <linux/ipv6.h>
#include <linux/net.h>
#include <linux/rtnetlink.h>
#include <net/addrconf.h>
#include <net/arp.h>
#include <net/ndisc.h>
#include <net/neighbour.h>
#include <net/net_namespace.h>
#include <net/netlink.h>

#include "lwd_kunit_util.h"

const struct lwd_kunit_label lwd_kunit_labels[2] = {
	{
		.desc = "ordinary",
		.flags = 0,
		.lwd = false,
	},
	{
		.desc = "lwd",
		.flags = NETDEV_ALLOC_LWD,
		.lwd = true,
	},
};

KUNIT_ARRAY_PARAM_DESC(label, lwd_kunit_labels, desc);

const void *lwd_kunit_gen_labels(struct kunit *test, const void *prev,
				 char *desc)
{
	return label_gen_params(test, prev, desc);
}

static netdev_tx_t lwd_kunit_xmit(struct sk_buff *skb, struct net_device *dev)
{
	dev_kfree_skb_any(skb);

	return NETDEV_TX_OK;
}

const struct net_device_ops lwd_kunit_netdev_ops = {
	.ndo_start_xmit		= lwd_kunit_xmit,
	.ndo_set_mac_address	= eth_mac_addr,
	.ndo_validate_addr	= eth_validate_addr,
};

void lwd_kunit_setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &lwd_kunit_netdev_ops;
	dev->flags |= IFF_NOARP;
	dev->priv_flags |= IFF_LIVE_ADDR_CHANGE;
	dev->tx_queue_len = 0;
	dev->min_mtu = 0;
	dev->max_mtu = ETH_MAX_MTU;
	eth_hw_addr_random(dev);
}

static void lwd_kunit_free(struct net_device *dev)
{
	if (dev->reg_state == NETREG_REGISTERED)
		unregister_netdev(dev);

	free_netdev(dev);
}

KUNIT_DEFINE_ACTION_WRAPPER(lwd_kunit_free_action, lwd_kunit_free,
			    struct net_device *);

void lwd_kunit_free_later(struct kunit *test, struct net_device *dev)
{
	int err;

	err = kunit_add_action_or_reset(test, lwd_kunit_free_action, dev);
	KUNIT_ASSERT_EQ(test, err, 0);
}

struct net_device *lwd_kunit_alloc(struct kunit *test, u32 flags)
{
	struct net_device *dev;

	dev = alloc_netdev_mqs(0, "lwdkunit%d", NET_NAME_ENUM, lwd_kunit_setup,
			       LWD_KUNIT_QUEUES, LWD_KUNIT_QUEUES, flags);
	KUNIT_ASSERT_NOT_NULL(test, dev);
	lwd_kunit_free_later(test, dev);

	return dev;
}

struct net_device *lwd_kunit_register(struct kunit *test, u32 flags)
{
	struct net_device *dev = lwd_kunit_alloc(test, flags);

	KUNIT_ASSERT_EQ(test, register_netdev(dev), 0);

	return dev;
}

#if IS_BUILTIN(CONFIG_NET_LWD_KUNIT_TEST) && IS_ENABLED(CONFIG_NET_NS)
KUNIT_DEFINE_ACTION_WRAPPER(lwd_kunit_put_net_action, put_net, struct net *);

struct net *lwd_kunit_new_net(struct kunit *test)
{
	struct net *net;
	int err;

	net = copy_net_ns(CLONE_NEWNET, &init_user_ns, &init_net);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, net);
	err = kunit_add_action_or_reset(test, lwd_kunit_put_net_action, net);
	KUNIT_ASSERT_EQ(test, err, 0);

	return net;
}
#else
struct net *lwd_kunit_new_net(struct kunit *test)
{
	kunit_skip(test, "cannot create a network namespace from here");

	return NULL;
}
#endif

KUNIT_DEFINE_ACTION_WRAPPER(lwd_kunit_release_action, sock_release,
			    struct socket *);
KUNIT_DEFINE_ACTION_WRAPPER(lwd_kunit_nlmsg_free_action, nlmsg_free,
			    struct sk_buff *);

struct sk_buff *lwd_kunit_nlmsg_new(struct kunit *test)
{
	struct sk_buff *skb;
	int err;

	skb = nlmsg_new(NLMSG_GOODSIZE, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	err = kunit_add_action_or_reset(test, lwd_kunit_nlmsg_free_action, skb);
	KUNIT_ASSERT_EQ(test, err, 0);

	return skb;
}

int lwd_kunit_rtnl(struct kunit *test, struct sk_buff *skb)
{
	/* A message with an address is checked against who runs the test, one
	 * without against who opened the file of the socket, which has none.
	 */
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	struct msghdr msg = {
		.msg_name = &kernel,
		.msg_namelen = sizeof(kernel),
	};
	struct kvec out = { .iov_base = skb->data, .iov_len = skb->len };
	struct msghdr reply = {};
	struct nlmsghdr *nlh;
	struct socket *sock;
	struct kvec in;
	int err;

	nlmsg_end(skb, nlmsg_hdr(skb));

	err = sock_create_kern(&init_net, AF_NETLINK, SOCK_RAW, NETLINK_ROUTE,
			       &sock);
	KUNIT_ASSERT_EQ(test, err, 0);
	err = kunit_add_action_or_reset(test, lwd_kunit_release_action, sock);
	KUNIT_ASSERT_EQ(test, err, 0);

	err = kernel_sendmsg(sock, &msg, &out, 1, out.iov_len);
	KUNIT_ASSERT_EQ(test, err, skb->len);

	in.iov_len = PAGE_SIZE;
	in.iov_base = kunit_kzalloc(test, in.iov_len, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, in.iov_base);
	nlh = in.iov_base;

	/* rtnetlink is done with a request when it has been sent */
	err = kernel_recvmsg(sock, &reply, &in, 1, in.iov_len, MSG_DONTWAIT);
	KUNIT_ASSERT_GE(test, err, nlmsg_total_size(sizeof(struct nlmsgerr)));
	KUNIT_ASSERT_EQ(test, nlh->nlmsg_type, NLMSG_ERROR);
	err = ((struct nlmsgerr *)nlmsg_data(nlh))->error;

	kunit_release_action(test, lwd_kunit_release_action, sock);

	return err;
}

struct sk_buff *lwd_kunit_setlink_new(struct kunit *test,
				      const struct net_device *dev)
{
	struct sk_buff *skb = lwd_kunit_nlmsg_new(test);
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;

	nlh = nlmsg_put(skb, 0, 0, RTM_SETLINK, sizeof(*ifm),
			NLM_F_REQUEST | NLM_F_ACK);
	KUNIT_ASSERT_NOT_NULL(test, nlh);
	ifm = nlmsg_data(nlh);
	memset(ifm, 0, sizeof(*ifm));
	ifm->ifi_index = dev->ifindex;

	return skb;
}

int lwd_kunit_rename(struct kunit *test, struct net_device *dev,
		     const char *name)
{
	struct sk_buff *skb = lwd_kunit_setlink_new(test, dev);

	KUNIT_ASSERT_EQ(test, nla_put_string(skb, IFLA_IFNAME, name), 0);

	return lwd_kunit_rtnl(test, skb);
}

int lwd_kunit_relabel(struct kunit *test, struct net_device *dev, u8 label)
{
	struct sk_buff *skb = lwd_kunit_setlink_new(test, dev);

	KUNIT_ASSERT_EQ(test, nla_put_u8(skb, IFLA_LWD, label), 0);

	return lwd_kunit_rtnl(test, skb);
}

int lwd_kunit_add_addr(struct kunit *test, struct net_device *dev,
		       const struct lwd_kunit_addr *addr)
{
	struct sk_buff *skb = lwd_kunit_nlmsg_new(test);
	struct in6_addr bin = {};
	struct ifaddrmsg *ifm;
	struct nlmsghdr *nlh;
	int len, ok;

	if (addr->family == AF_INET) {
		ok = in4_pton(addr->text, -1, bin.s6_addr, -1, NULL);
		len = sizeof(struct in_addr);
	} else {
		ok = in6_pton(addr->text, -1, bin.s6_addr, -1, NULL);
		len = sizeof(struct in6_addr);
	}
	KUNIT_ASSERT_EQ(test, ok, 1);

	nlh = nlmsg_put(skb, 0, 0, RTM_NEWADDR, sizeof(*ifm),
			NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL);
	KUNIT_ASSERT_NOT_NULL(test, nlh);
	ifm = nlmsg_data(nlh);
	memset(ifm, 0, sizeof(*ifm));
	ifm->ifa_family = addr->family;
	ifm->ifa_prefixlen = addr->plen;
	ifm->ifa_index = dev->ifindex;
	KUNIT_ASSERT_EQ(test, nla_put(skb, IFA_LOCAL, len, &bin), 0);
	KUNIT_ASSERT_EQ(test, nla_put_u32(skb, IFA_FLAGS, addr->flags), 0);

	return lwd_kunit_rtnl(test, skb);
}

static int lwd_kunit_match(struct device *d, const void *data)
{
	const struct net_device *dev = data;

	return d == &dev->dev || !strcmp(dev_name(d), dev->name);
}

bool lwd_kunit_in_class(const struct net_device *ordinary,
			const struct net_device *dev)
{
	struct device *found;

	found = class_find_device(ordinary->dev.class, NULL, dev,
				  lwd_kunit_match);
	put_device(found);

	return found;
}

/* @parms are those of the protocol's state, if there is any: they may be shared
 * if the device is lightweight, and are listed with it otherwise.
 */
static bool lwd_kunit_has_neigh_parms(struct neigh_table *tbl,
				      const struct net_device *dev,
				      const struct neigh_parms *parms)
{
	/* those that are shared belong to no device */
	bool found = netif_is_lwd(dev) && parms && !parms->dev;
	struct neigh_parms *p;

	spin_lock_bh(&tbl->lock);
	list_for_each_entry(p, &tbl->parms_list, list)
		if (p->dev == dev)
			found = true;
	spin_unlock_bh(&tbl->lock);

	return found;
}

static bool lwd_kunit_has_mpls(const struct net_device *dev)
{
#if IS_ENABLED(CONFIG_MPLS_ROUTING)
	return rcu_access_pointer(dev->mpls_ptr);
#else
	return false;
#endif
}

void lwd_kunit_expect_l3(struct kunit *test, struct net_device *dev,
			 bool ipv4, bool ipv6, bool mpls, const char *when)
{
	const char *label = netif_is_lwd(dev) ? "lwd" : "ordinary device";
	const struct neigh_parms *parms;
	struct inet6_dev *in6_dev;
	struct in_device *in_dev;

	rtnl_lock();

	in_dev = __in_dev_get_rtnl(dev);
	parms = in_dev ? in_dev->arp_parms : NULL;
	KUNIT_EXPECT_EQ_MSG(test, !!in_dev, ipv4, "in_device of the %s, %s",
			    label, when);
	KUNIT_EXPECT_EQ_MSG(test,
			    lwd_kunit_has_neigh_parms(&arp_tbl, dev, parms),
			    ipv4, "ARP parameters of the %s, %s", label, when);

	/* built in, but switched off on the kernel's command line? */
	if (IS_ENABLED(CONFIG_IPV6) && ipv6_mod_enabled()) {
		in6_dev = __in6_dev_get(dev);
		parms = in6_dev ? in6_dev->nd_parms : NULL;
		KUNIT_EXPECT_EQ_MSG(test, !!in6_dev, ipv6,
				    "inet6_dev of the %s, %s", label, when);
		KUNIT_EXPECT_EQ_MSG(test,
				    lwd_kunit_has_neigh_parms(&nd_tbl, dev,
							      parms),
				    ipv6, "ND parameters of the %s, %s",
				    label, when);
	}

	/* as a module, it may not have been loaded */
	if (!mpls || IS_BUILTIN(CONFIG_MPLS_ROUTING))
		KUNIT_EXPECT_EQ_MSG(test, lwd_kunit_has_mpls(dev), mpls,
				    "mpls_dev of the %s, %s", label, when);

	rtnl_unlock();
}

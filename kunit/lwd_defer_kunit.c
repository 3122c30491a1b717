// SPDX-License-Identifier: GPL-2.0
/*
 * KUnit tests for layer 3 that a lightweight network device does not get before
 * it is asked for
 *
 * Everything is done to an ordinary device first: its state shows that what is
 * done does reach IPv4 and IPv6.
 */
#include <linux/if_arp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/rtnetlink.h>
#include <net/checksum.h>
#include <net/inet_dscp.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/route.h>

#include "lwd_kunit_util.h"

/* What can be done to a device; each of these takes RTNL when it needs it. */

static void do_up(struct kunit *test, struct net_device *dev)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(dev, NULL), 0);
	rtnl_unlock();
}

static void do_up_down(struct kunit *test, struct net_device *dev)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_open(dev, NULL), 0);
	dev_close(dev);
	rtnl_unlock();
}

/* NETDEV_CHANGE comes from a work item in the end, here it does at once. */
static void do_carrier(struct kunit *test, struct net_device *dev)
{
	rtnl_lock();
	netif_carrier_off(dev);
	netdev_state_change(dev);
	netif_carrier_on(dev);
	netdev_state_change(dev);
	rtnl_unlock();
}

static void do_mac(struct kunit *test, struct net_device *dev)
{
	struct sockaddr_storage ss = { .ss_family = dev->type };
	static const u8 mac[ETH_ALEN] = { 0x02, 0, 0x5e, 0x10, 0, 0x01 };

	memcpy(((struct sockaddr *)&ss)->sa_data, mac, ETH_ALEN);

	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_mac_address(dev, &ss, NULL), 0);
	rtnl_unlock();
	KUNIT_EXPECT_MEMEQ(test, dev->dev_addr, mac, ETH_ALEN);
}

static void do_rename(struct kunit *test, struct net_device *dev)
{
	KUNIT_EXPECT_EQ(test, lwd_kunit_rename(test, dev, "lwdrenamed"), 0);
	KUNIT_EXPECT_STREQ(test, dev->name, "lwdrenamed");
}

static void do_promiscuous(struct kunit *test, struct net_device *dev)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_promiscuity(dev, 1), 0);
	KUNIT_EXPECT_EQ(test, dev_set_promiscuity(dev, -1), 0);
	rtnl_unlock();
}

static void do_allmulti(struct kunit *test, struct net_device *dev)
{
	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_set_allmulti(dev, 1), 0);
	KUNIT_EXPECT_EQ(test, dev_set_allmulti(dev, -1), 0);
	rtnl_unlock();
}

static void do_features(struct kunit *test, struct net_device *dev)
{
	netdev_features_t before = dev->features;

	rtnl_lock();
	dev->wanted_features ^= NETIF_F_GRO;
	netdev_change_features(dev);
	KUNIT_EXPECT_NE(test, dev->features, before);
	dev->wanted_features ^= NETIF_F_GRO;
	netdev_change_features(dev);
	KUNIT_EXPECT_EQ(test, dev->features, before);
	rtnl_unlock();
}

static void do_notify_peers(struct kunit *test, struct net_device *dev)
{
	netdev_notify_peers(dev);
}

/* What bonding and team send when they take over the type of a first port */
static void do_type(struct kunit *test, struct net_device *dev)
{
	rtnl_lock();
	call_netdevice_notifiers(NETDEV_PRE_TYPE_CHANGE, dev);
	call_netdevice_notifiers(NETDEV_POST_TYPE_CHANGE, dev);
	rtnl_unlock();
}

static void do_enslave(struct kunit *test, struct net_device *dev)
{
	struct net_device *master = lwd_kunit_register(test, 0);
	int err;

	rtnl_lock();
	err = netdev_master_upper_dev_link(dev, master, NULL, NULL, NULL);
	KUNIT_EXPECT_EQ(test, err, 0);
	netdev_upper_dev_unlink(dev, master);
	rtnl_unlock();
}

static void do_netns(struct kunit *test, struct net_device *dev)
{
	struct net *net = lwd_kunit_new_net(test);

	rtnl_lock();
	KUNIT_EXPECT_EQ(test, dev_change_net_namespace(dev, net, "lwdkunit%d"),
			0);
	KUNIT_EXPECT_PTR_EQ(test, dev_net(dev), net);
	rtnl_unlock();

	lwd_kunit_expect_l3(test, dev, !netif_is_lwd(dev), !netif_is_lwd(dev),
			    !netif_is_lwd(dev), "in another netns");

	rtnl_lock();
	KUNIT_EXPECT_EQ(test,
			dev_change_net_namespace(dev, &init_net, "lwdkunit%d"),
			0);
	KUNIT_EXPECT_PTR_EQ(test, dev_net(dev), &init_net);
	rtnl_unlock();
}

static const struct change_case {
	const char *desc;

	/* what is done, in this order */
	bool up;
	int mtu[2];
	void (*change)(struct kunit *test, struct net_device *dev);

	/* what is not there afterwards on an ordinary device */
	bool no_ipv4;
	bool no_ipv6;
} change_cases[] = {
	{ "registered" },
	{ "up", .change = do_up },
	{ "up and down", .change = do_up_down },
	{ "carrier lost and found", .up = true, .change = do_carrier },
	{ "MTU 60", .mtu = { 60 }, .no_ipv4 = true, .no_ipv6 = true },
	{ "MTU 60, then 68", .mtu = { 60, 68 }, .no_ipv6 = true },
	{ "MTU 60, then 1500", .mtu = { 60, 1500 } },
	{ "MTU 1279", .mtu = { 1279 }, .no_ipv6 = true },
	{ "MTU 1279, then 1280", .mtu = { 1279, 1280 } },
	{ "MTU 9000", .mtu = { 9000 } },
	{ "up, MTU 60, then 1500", .up = true, .mtu = { 60, 1500 } },
	{ "up, MTU 1279, then 1280", .up = true, .mtu = { 1279, 1280 } },
	{ "MTU 1279, up", .mtu = { 1279 }, .change = do_up, .no_ipv6 = true },
	{ "up, MAC address", .up = true, .change = do_mac },
	{ "renamed", .change = do_rename },
	{ "up, promiscuous", .up = true, .change = do_promiscuous },
	{ "up, all multicast", .up = true, .change = do_allmulti },
	{ "up, features", .up = true, .change = do_features },
	{ "up, peers notified", .up = true, .change = do_notify_peers },
	{ "type", .change = do_type },
	{ "up, enslaved and released", .up = true, .change = do_enslave },
	{ "moved to another netns and back", .change = do_netns },
};

KUNIT_ARRAY_PARAM_DESC(change, change_cases, desc);

static void change_dev(struct kunit *test, struct net_device *dev,
		       const struct change_case *p)
{
	int i;

	if (p->up)
		do_up(test, dev);

	for (i = 0; i < ARRAY_SIZE(p->mtu) && p->mtu[i]; i++) {
		rtnl_lock();
		KUNIT_EXPECT_EQ(test, dev_set_mtu(dev, p->mtu[i]), 0);
		rtnl_unlock();
	}

	if (p->change)
		p->change(test, dev);
}

/*
 * The test verifies that a lightweight device has no in_device, inet6_dev,
 * mpls_dev or neigh_parms, and that no change of the device brings them about
 * by the way, as some do for an ordinary device.
 *
 * Proves: DEFER-1, DEFER-2, DEFER-3, DEFER-4.
 */
static void changed(struct kunit *test)
{
	const struct change_case *p = test->param_value;
	struct net_device *dev;

	dev = lwd_kunit_register(test, 0);
	change_dev(test, dev, p);
	lwd_kunit_expect_l3(test, dev, !p->no_ipv4, !p->no_ipv6, true,
			    p->desc);
	/* makes room for the other one if there is a new name */
	unregister_netdev(dev);

	dev = lwd_kunit_register(test, NETDEV_ALLOC_LWD);
	change_dev(test, dev, p);
	lwd_kunit_expect_l3(test, dev, false, false, false, p->desc);
}

/*
 * The test verifies that nothing is left of either kind of device once it is
 * unregistered.
 *
 * Proves: DEFER-1, DEFER-2, DEFER-3.
 */
static void unregistered_without_l3(struct kunit *test)
{
	const struct lwd_kunit_label *p = test->param_value;
	struct net_device *dev = lwd_kunit_register(test, p->flags);

	do_up(test, dev);
	unregister_netdev(dev);
	lwd_kunit_expect_l3(test, dev, false, false, false, "unregistered");
}

static void put_ipv4(struct sk_buff *skb)
{
	struct iphdr *iph = skb_put_zero(skb, sizeof(*iph));

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->tot_len = htons(sizeof(*iph));
	iph->ttl = 64;
	iph->protocol = 253; /* for experiments, RFC 3692 */
	iph->saddr = htonl(0xc6336402);	/* 198.51.100.2 */
	iph->daddr = htonl(0xc6336401);	/* 198.51.100.1 */
	iph->check = ip_fast_csum(iph, iph->ihl);
}

static void put_ipv6(struct sk_buff *skb)
{
	struct ipv6hdr *ip6h = skb_put_zero(skb, sizeof(*ip6h));

	ip6h->version = 6;
	ip6h->nexthdr = NEXTHDR_NONE;
	ip6h->hop_limit = 64;
	/* 2001:db8::2 to 2001:db8::1 */
	ip6h->saddr.s6_addr32[0] = htonl(0x20010db8);
	ip6h->saddr.s6_addr32[3] = htonl(2);
	ip6h->daddr.s6_addr32[0] = htonl(0x20010db8);
	ip6h->daddr.s6_addr32[3] = htonl(1);
}

static const struct receive_case {
	const char *desc;
	u16 protocol;
	void (*put)(struct sk_buff *skb);
} receive_cases[] = {
	{
		.desc = "IPv4",
		.protocol = ETH_P_IP,
		.put = put_ipv4,
	},
	{
		.desc = "IPv6",
		.protocol = ETH_P_IPV6,
		.put = put_ipv6,
	},
};

KUNIT_ARRAY_PARAM_DESC(receive, receive_cases, desc);

static struct sk_buff *packet_new(struct kunit *test, struct net_device *dev,
				  const struct receive_case *p)
{
	struct sk_buff *skb;

	skb = netdev_alloc_skb(dev, 256);
	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_reserve(skb, 64);
	skb_reset_mac_header(skb);
	p->put(skb);
	skb_reset_network_header(skb);
	skb->protocol = htons(p->protocol);
	skb->pkt_type = PACKET_HOST;

	return skb;
}

static int receive_dev(struct kunit *test, struct net_device *dev,
		       const struct receive_case *p)
{
	struct sk_buff *skb = packet_new(test, dev, p);
	int ret;

	local_bh_disable();
	ret = netif_receive_skb(skb);
	local_bh_enable();

	return ret;
}

/*
 * The test verifies that a packet of a family that is not on is dropped, where
 * an ordinary device looks for a route, and that the family stays off.
 *
 * Proves: DEFER-6.
 */
static void packet_received(struct kunit *test)
{
	const struct receive_case *p = test->param_value;
	struct net_device *dev;

	dev = lwd_kunit_register(test, 0);
	do_up(test, dev);
	KUNIT_EXPECT_EQ(test, receive_dev(test, dev, p), NET_RX_SUCCESS);

	dev = lwd_kunit_register(test, NETDEV_ALLOC_LWD);
	do_up(test, dev);
	KUNIT_EXPECT_EQ(test, receive_dev(test, dev, p), NET_RX_DROP);
	lwd_kunit_expect_l3(test, dev, false, false, false,
			    "after it received a packet");
}

/*
 * The test verifies that the reason for which an IPv4 packet is dropped tells
 * that IPv4 is not on, whether it is for one or for many.
 *
 * Proves: DEFER-6.
 */
static void drop_reason(struct kunit *test)
{
	/* 198.51.100.1 and 233.252.0.1, which nobody has joined */
	static const u32 daddrs[] = { 0xc6336401, 0xe9fc0001 };
	const struct lwd_kunit_label *p = test->param_value;
	enum skb_drop_reason reason;
	struct net_device *dev;
	struct sk_buff *skb;
	int i;

	dev = lwd_kunit_register(test, p->flags);
	do_up(test, dev);

	for (i = 0; i < ARRAY_SIZE(daddrs); i++) {
		skb = packet_new(test, dev, &receive_cases[0]);
		local_bh_disable();
		reason = ip_route_input_noref(skb, htonl(daddrs[i]),
					      ip_hdr(skb)->saddr,
					      inet_dsfield_to_dscp(0), dev);
		kfree_skb(skb);
		local_bh_enable();
		KUNIT_EXPECT_EQ_MSG(test, p->lwd,
				    reason == SKB_DROP_REASON_IPV4DISABLED,
				    "reason %d for %08x", reason, daddrs[i]);
	}
}

static struct kunit_case lwd_defer_test_cases[] = {
	KUNIT_CASE_PARAM(changed, change_gen_params),
	KUNIT_CASE_PARAM(unregistered_without_l3, lwd_kunit_gen_labels),
	KUNIT_CASE_PARAM(packet_received, receive_gen_params),
	KUNIT_CASE_PARAM(drop_reason, lwd_kunit_gen_labels),
	{}
};

static struct kunit_suite lwd_defer_test_suite = {
	.name = "lwd_defer",
	.test_cases = lwd_defer_test_cases,
};

kunit_test_suite(lwd_defer_test_suite);

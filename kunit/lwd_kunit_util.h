/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the KUnit tests for lightweight network devices have in common
 *
 * Nothing in here may be called under RTNL unless it says so: the helpers that
 * create something end the test if they cannot.
 */
#ifndef _NET_CORE_TESTS_LWD_KUNIT_UTIL_H
#define _NET_CORE_TESTS_LWD_KUNIT_UTIL_H

#include <kunit/test.h>
#include <linux/netdevice.h>

/* Every queue is there for registration to find something to leave out, and
 * for a change of their number to go both ways.
 */
#define LWD_KUNIT_QUEUES	4

/**
 * struct lwd_kunit_label - one parameter of a case that compares the two labels
 * @desc: name of the parameter
 * @flags: how to allocate the device
 * @lwd: what netif_is_lwd() has to say about it
 */
struct lwd_kunit_label {
	const char *desc;
	u32 flags;
	bool lwd;
};

extern const struct lwd_kunit_label lwd_kunit_labels[2];

/* For KUNIT_CASE_PARAM(): runs a case with each of lwd_kunit_labels[] */
const void *lwd_kunit_gen_labels(struct kunit *test, const void *prev,
				 char *desc);

/**
 * struct lwd_kunit_addr - an address to add to a device
 * @family: AF_INET or AF_INET6
 * @text: the address as people write it
 * @plen: prefix length
 * @flags: IFA_F_* bits
 */
struct lwd_kunit_addr {
	int family;
	const char *text;
	u8 plen;
	u32 flags;
};

/* An Ethernet device that drops what it is to send. */
extern const struct net_device_ops lwd_kunit_netdev_ops;
void lwd_kunit_setup(struct net_device *dev);

/* When the test ends: unregister @dev if it is registered, and free it. */
void lwd_kunit_free_later(struct kunit *test, struct net_device *dev);

/* A device that goes away with the test, and the same one registered */
struct net_device *lwd_kunit_alloc(struct kunit *test, u32 flags);
struct net_device *lwd_kunit_register(struct kunit *test, u32 flags);

/* A network namespace that goes away with the test. The test is skipped if it
 * is a module, as copy_net_ns() is not exported.
 */
struct net *lwd_kunit_new_net(struct kunit *test);

/* A message that is freed with the test, the beginning of a request to change
 * @dev, and what rtnetlink answers to the one that is in @skb
 */
struct sk_buff *lwd_kunit_nlmsg_new(struct kunit *test);
struct sk_buff *lwd_kunit_setlink_new(struct kunit *test,
				      const struct net_device *dev);
int lwd_kunit_rtnl(struct kunit *test, struct sk_buff *skb);

/* Ask rtnetlink as userspace does; they return what the kernel answers. */
int lwd_kunit_rename(struct kunit *test, struct net_device *dev,
		     const char *name);
int lwd_kunit_relabel(struct kunit *test, struct net_device *dev, u8 label);
int lwd_kunit_switch(struct kunit *test, struct net_device *dev, int family,
		     u8 state);
int lwd_kunit_add_addr(struct kunit *test, struct net_device *dev,
		       const struct lwd_kunit_addr *addr);

/* Is the device, or another one with its name, in /sys/class/net? Any ordinary
 * registered device will do as @ordinary: it knows the class.
 */
bool lwd_kunit_in_class(const struct net_device *ordinary,
			const struct net_device *dev);

/* Is there layer 3 on @dev, and nothing left of it if not? @when goes into the
 * message of a failed expectation.
 */
void lwd_kunit_expect_l3(struct kunit *test, struct net_device *dev,
			 bool ipv4, bool ipv6, bool mpls, const char *when);

#endif /* _NET_CORE_TESTS_LWD_KUNIT_UTIL_H */

// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel tells of an ordinary device, and counts and keeps for it, is
 * what it always was, and so on a kernel without lightweight devices too.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netconf.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define SYSCTL		"/proc/sys/net/"
#define MANY		300
#define OUT_REQUESTS	8	/* older headers name another number */

/* An attribute of IFLA_AF_SPEC, if it is there */
struct spec {
	int family;
	int attr;
	unsigned char data[1024];
	int len;
};

static int spec_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *af, *one;
	struct spec *spec = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_AF_SPEC)
			continue;
		mnl_attr_for_each_nested(af, attr) {
			if (mnl_attr_get_type(af) != spec->family)
				continue;
			mnl_attr_for_each_nested(one, af) {
				if (mnl_attr_get_type(one) != spec->attr)
					continue;
				spec->len = mnl_attr_get_payload_len(one);
				memcpy(spec->data, mnl_attr_get_payload(one),
				       spec->len < (int)sizeof(spec->data) ?
				       spec->len : (int)sizeof(spec->data));
			}
		}
	}
	return MNL_CB_OK;
}

static const struct spec *spec_of(const char *name, int family, int attr)
{
	static struct spec spec;

	memset(&spec, 0, sizeof(spec));
	spec.family = family;
	spec.attr = attr;
	spec.len = -1;
	link_ask(name, spec_cb, &spec);
	return &spec;
}

static void expect_setting(const char *name, int family, int attr,
			   int setting, int want)
{
	const struct spec *spec = spec_of(name, family, attr);
	int got = -1;

	if (spec->len >= (setting + 1) * (int)sizeof(got))
		memcpy(&got, spec->data + setting * sizeof(got), sizeof(got));
	CHECK(got == want, "%s, family %d: expected setting %d to be %d, got %d",
	      name, family, setting, want, got);
}

static void settings(void)
{
	static const int inet6[] = {
		IFLA_INET6_FLAGS, IFLA_INET6_CONF, IFLA_INET6_STATS,
		IFLA_INET6_CACHEINFO, IFLA_INET6_ICMP6STATS,
		IFLA_INET6_TOKEN, IFLA_INET6_ADDR_GEN_MODE,
	};
	unsigned int i;

	write_text(SYSCTL "ipv4/conf/default/tag", "5");
	write_text(SYSCTL "ipv6/conf/default/hop_limit", "66");
	cmd("add a up type dummy");
	cmd("add b up type dummy");
	CHECK(spec_of("a", AF_INET, IFLA_INET_CONF)->len >= 4 * 30,
	      "expected IPv4 settings, got %d bytes",
	      spec_of("a", AF_INET, IFLA_INET_CONF)->len);
	for (i = 0; i < ARRAY_SIZE(inet6); i++)
		CHECK(spec_of("a", AF_INET6, inet6[i])->len > 0,
		      "expected IFLA_INET6 %d, got none", inet6[i]);
	write_text(SYSCTL "ipv4/conf/a/arp_notify", "1");
	write_text(SYSCTL "ipv6/conf/a/proxy_ndp", "1");
	/* those of IPv4 are counted from 1, and told from 0 */
	expect_setting("a", AF_INET, IFLA_INET_CONF,
		       IPV4_DEVCONF_TAG - 1, 5);
	expect_setting("a", AF_INET, IFLA_INET_CONF,
		       IPV4_DEVCONF_ARP_NOTIFY - 1, 1);
	expect_setting("b", AF_INET, IFLA_INET_CONF,
		       IPV4_DEVCONF_ARP_NOTIFY - 1, 0);
	expect_setting("a", AF_INET6, IFLA_INET6_CONF, DEVCONF_HOPLIMIT, 66);
	expect_setting("a", AF_INET6, IFLA_INET6_CONF, DEVCONF_PROXY_NDP, 1);
	expect_setting("b", AF_INET6, IFLA_INET6_CONF, DEVCONF_PROXY_NDP, 0);
	cmd("set a mtu 1279");
	CHECK(spec_of("a", AF_INET6, IFLA_INET6_CONF)->len < 0,
	      "MTU 1279: expected no IPv6 settings, got some");
	cmd("set a mtu 67");
	CHECK(spec_of("a", AF_INET, IFLA_INET_CONF)->len < 0,
	      "MTU 67: expected no IPv4 settings, got some");
}

/* How many messages of a type and family come, of a device if it is named */
struct count {
	int type;
	int family;
	int ifindex;
	int seen;
};

static int count_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct netconfmsg *ncm = mnl_nlmsg_get_payload(nlh);
	struct count *count = data;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != count->type || ncm->ncm_family != count->family)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ncm))
		if (mnl_attr_get_type(attr) == NETCONFA_IFINDEX &&
		    (int)mnl_attr_get_u32(attr) == count->ifindex)
			count->seen++;
	return MNL_CB_OK;
}

/* Of each of the three families, in one reading */
static void expect_told(const char *when, struct mnl_socket *nl, int type,
			int ifindex, const int *want)
{
	struct pollfd pfd = { .fd = mnl_socket_get_fd(nl), .events = POLLIN };
	struct count count[] = {
		{ type, AF_INET, ifindex },
		{ type, AF_INET6, ifindex },
		{ type, 28, ifindex },	/* AF_MPLS */
	};
	char buf[65536];
	unsigned int i;
	int len;

	while (poll(&pfd, 1, 100) > 0) {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		for (i = 0; len > 0 && i < ARRAY_SIZE(count); i++)
			mnl_cb_run(buf, len, 0, 0, count_cb, &count[i]);
	}
	for (i = 0; i < ARRAY_SIZE(count); i++)
		CHECK(want[i] < 0 || count[i].seen == want[i],
		      "%s, family %d: expected %d messages, got %d", when,
		      count[i].family, want[i], count[i].seen);
}

static void notifications(void)
{
	static const unsigned int groups[] = {
		RTNLGRP_IPV4_NETCONF, RTNLGRP_IPV6_NETCONF,
		RTNLGRP_MPLS_NETCONF,
	};
	/* a kernel may be without MPLS */
	int mpls = access(SYSCTL "mpls", F_OK) ? 0 : 1;
	const int each[] = { 1, 1, mpls }, ipv4[] = { 1, 0, 0 };
	const int ipv6[] = { 0, 1, 0 }, none[] = { 0, 0, 0 };
	struct mnl_socket *nl = nl_open(0);
	unsigned int i, group;
	int a;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		group = groups[i];
		mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group,
				      sizeof(group));
	}
	cmd("add a index 50 type dummy");
	a = if_nametoindex("a");
	expect_told("created", nl, RTM_NEWNETCONF, a, each);
	cmd("set a up");
	expect_told("up", nl, RTM_NEWNETCONF, a, none);
	write_text(SYSCTL "ipv4/conf/a/forwarding", "1");
	expect_told("IPv4 forwards", nl, RTM_NEWNETCONF, a, ipv4);
	write_text(SYSCTL "ipv6/conf/a/forwarding", "1");
	expect_told("IPv6 forwards", nl, RTM_NEWNETCONF, a, ipv6);
	write_text(SYSCTL "ipv4/conf/a/forwarding", "1");
	expect_told("no change", nl, RTM_NEWNETCONF, a, none);
	cmd("set a mtu 1279");
	expect_told("MTU 1279", nl, RTM_DELNETCONF, a, ipv6);
	cmd("set a mtu 1500");
	expect_told("MTU 1500", nl, RTM_NEWNETCONF, a, ipv6);
	cmd("del a");
	expect_told("deleted", nl, RTM_DELNETCONF, a, each);
	mnl_socket_close(nl);
}

/* A line "NAME VALUE" of a file of counters */
static long counter(const char *path, const char *name)
{
	char line[128], word[64];
	long value, found = -1;
	FILE *f;

	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%63s %ld", word, &value) == 2 &&
		    !strcmp(word, name))
			found = value;
	if (f)
		fclose(f);
	return found;
}

/* An IPv6 device counts for itself and for its namespace. */
static void counters(void)
{
	static const char * const names[] = {
		"Ip6OutRequests", "Ip6OutOctets", "Icmp6OutMsgs",
		"Icmp6OutNeighborSolicits", "Icmp6OutType135",
	};
	long a[ARRAY_SIZE(names)], b[ARRAY_SIZE(names)];
	long all[ARRAY_SIZE(names)], now;
	struct sockaddr_storage to;
	const struct spec *spec;
	__u64 told;
	unsigned int i;
	int fd, k;

	cmd("add a up type veth peer name pa");
	cmd("add b up type veth peer name pb");
	cmd("set pa up");
	cmd("set pb up");
	add_addr("a", "2001:db8:1::1", 64);
	add_addr("b", "2001:db8:2::1", 64);
	links_running();
	addrs_ready(NULL);
	usleep(1500000);
	CHECK(counter("/proc/net/dev_snmp6/a", "ifIndex") ==
	      (long)if_nametoindex("a"), "expected the index of a, got %ld",
	      counter("/proc/net/dev_snmp6/a", "ifIndex"));
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		a[i] = counter("/proc/net/dev_snmp6/a", names[i]);
		b[i] = counter("/proc/net/dev_snmp6/b", names[i]);
		all[i] = counter("/proc/net/snmp6", names[i]);
	}
	/* nobody is there: its address is asked for */
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	for (k = 0; k < 5; k++) {
		char addr[40];

		snprintf(addr, sizeof(addr), "2001:db8:1::%d", k + 9);
		sendto(fd, "x", 1, 0, (struct sockaddr *)&to,
		       to_sockaddr(addr, 9, &to));
	}
	close(fd);
	usleep(200000);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		now = counter("/proc/net/dev_snmp6/a", names[i]);
		CHECK(now >= a[i] + 5, "%s of a: expected 5 more than %ld, got %ld",
		      names[i], a[i], now);
		now = counter("/proc/net/dev_snmp6/b", names[i]);
		CHECK(now == b[i], "%s of b: expected %ld, got %ld", names[i],
		      b[i], now);
		now = counter("/proc/net/snmp6", names[i]);
		CHECK(now >= all[i] + 5,
		      "%s of all: expected 5 more than %ld, got %ld", names[i],
		      all[i], now);
	}
	/* the same by netlink; the first word says how many there are */
	spec = spec_of("a", AF_INET6, IFLA_INET6_STATS);
	memcpy(&told, spec->data + 8 * OUT_REQUESTS, 8);
	now = counter("/proc/net/dev_snmp6/a", "Ip6OutRequests");
	CHECK(spec->len > 8 * OUT_REQUESTS && told >= (__u64)a[0] + 5 &&
	      told <= (__u64)now, "by netlink: expected %ld, got %llu", now,
	      (unsigned long long)told);
}

/* How many of the addresses of a prefix a device has in dev_mcast, and the use
 * of the last of them
 */
static int maddrs(const char *name, const char *prefix, int *users)
{
	char line[128], dev[32], addr[64];
	int found = 0, n, global;
	FILE *f;

	f = fopen("/proc/net/dev_mcast", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d %31s %d %d %63s", dev, &n, &global,
			   addr) == 4 && !strcmp(dev, name) &&
		    !strncmp(addr, prefix, strlen(prefix))) {
			found++;
			if (users)
				*users = n;
		}
	if (f)
		fclose(f);
	return found;
}

static int maddr(int cmd, const char *name, int i)
{
	struct ifreq ifr = {};
	unsigned char *mac = (unsigned char *)ifr.ifr_hwaddr.sa_data;
	int fd = socket(AF_INET, SOCK_DGRAM, 0), ret;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	mac[0] = 1;
	mac[2] = 0x5e;
	mac[3] = 0x77;
	mac[4] = i >> 8;
	mac[5] = i;
	ret = ioctl(fd, cmd, &ifr) ? errno : 0;
	close(fd);
	return ret;
}

#define PREFIX	"01005e77"

/* Many addresses, used more than once, and those of the device above */
static void multicast_addresses(void)
{
	int i, err, users = 0;

	cmd("add low up type dummy");
	cmd("add a up link low type vlan id 5");
	cmd("add b up link low type macvlan mode bridge");
	for (i = 0; i < MANY; i++) {
		err = maddr(SIOCADDMULTI, "a", i);
		CHECK(!err, "add: expected success, got %s", strerror(err));
	}
	CHECK(maddrs("a", PREFIX, NULL) == MANY, "expected %d, got %d", MANY,
	      maddrs("a", PREFIX, NULL));
	CHECK(maddrs("low", PREFIX, NULL) == MANY,
	      "below: expected %d, got %d", MANY, maddrs("low", PREFIX, NULL));
	/* it counts those that programs ask for by name once */
	CHECK(!maddr(SIOCADDMULTI, "a", 8), "add again: expected success");
	CHECK(!maddr(SIOCADDMULTI, "b", 7), "add to another: expected success");
	CHECK(maddrs("low", PREFIX "0007", &users) == 1 && users == 2,
	      "below: expected two users, got %d", users);
	for (i = 0; i < MANY; i += 2)
		maddr(SIOCDELMULTI, "a", i);
	CHECK(maddrs("a", PREFIX, NULL) == MANY / 2, "expected %d, got %d",
	      MANY / 2, maddrs("a", PREFIX, NULL));
	CHECK(maddrs("low", PREFIX, NULL) == MANY / 2,
	      "below: expected %d, got %d", MANY / 2,
	      maddrs("low", PREFIX, NULL));
	CHECK(maddr(SIOCDELMULTI, "a", 0) == ENOENT,
	      "delete again: expected %s", strerror(ENOENT));
	cmd("del a");
	CHECK(maddrs("low", PREFIX, &users) == 1 && users == 1,
	      "below, one deleted: expected one user of one, got %d of %d",
	      users, maddrs("low", PREFIX, NULL));
	cmd("set b down");
	CHECK(!maddrs("low", PREFIX, NULL),
	      "below, the other down: expected none, got %d",
	      maddrs("low", PREFIX, NULL));
	cmd("set b up");
	CHECK(maddrs("low", PREFIX, NULL) == 1,
	      "below, the other up: expected 1, got %d",
	      maddrs("low", PREFIX, NULL));
	cmd("del b");
	CHECK(!maddrs("low", PREFIX, NULL), "below, all deleted: got %d",
	      maddrs("low", PREFIX, NULL));
}

static const struct lwd_case cases[] = {
	CASE("SAME-1", settings),
	CASE("SAME-1 ENABLE-10", notifications),
	CASE("SAME-1 FOOT-6", counters),
	CASE("SAME-1", multicast_addresses),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

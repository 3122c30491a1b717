// SPDX-License-Identifier: GPL-2.0
/*
 * What the kernel tells those who listen is the same for a lightweight device
 * as for an ordinary one that goes through the same, message by message and
 * attribute by attribute.  The differences that belong to the label stand in
 * tables; any other fails, and so does one of these that is not seen.
 */

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/genetlink.h>

#include "lwd_case.h"
#include "lwd_twin.h"

#define NAMES	"address 02:00:5e:00:53:01 index 77"

/* of netdev-genl's enum, for installed headers that are older */
#define NETDEV_GROUP	"mgmt"

static void listen_rtnl(void)
{
	/* whatever there is of links, addresses, routes, settings, rules */
	unsigned int groups[40];
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		groups[i] = i + 1;
	twins_listen(NETLINK_ROUTE, groups, ARRAY_SIZE(groups));
}

/* Layer 3 is off: its settings and counters are missing, its switches there. */
static const struct twin_diff link_diffs[] = {
	{ "NEWLINK.70", VALUE, "IFLA_LWD" },
	{ "NEWLINK.26.2.1", ONLY_ORDINARY, "IFLA_INET_CONF" },
	{ "NEWLINK.26.2.2", ONLY_LIGHTWEIGHT, "IFLA_INET_ENABLE" },
	{ "NEWLINK.26.10.*", ONLY_ORDINARY, "IPv6's settings, counters" },
	{ "NEWLINK.26.10.3", MAY_DIFFER, "IFLA_INET6_STATS" },
	{ "NEWLINK.26.10.5", MAY_DIFFER, "IFLA_INET6_CACHEINFO: times" },
	{ "NEWLINK.26.10.6", MAY_DIFFER, "IFLA_INET6_ICMP6STATS" },
	{ "NEWLINK.26.10.10", ONLY_LIGHTWEIGHT, "IFLA_INET6_ENABLE" },
	{ "CARRIER.26.10.1", ONLY_ORDINARY, "IFLA_INET6_FLAGS" },
	{ "NEWLINK.26.28.1", ONLY_LIGHTWEIGHT, "IFLA_MPLS_ENABLE" },
	{ "NEWLINK.26.28.2", ONLY_ORDINARY, "IFLA_MPLS_INPUT" },
	{ "NEWLINK.7", MAY_DIFFER, "IFLA_STATS: IPv6 talks by itself" },
	{ "NEWLINK.23", MAY_DIFFER, "IFLA_STATS64: the same" },
	{ "DELLINK.7", MAY_DIFFER, "IFLA_STATS" },
	{ "DELLINK.23", MAY_DIFFER, "IFLA_STATS64" },
	/* sent when the state of layer 3 is gone already, or not quite */
	{ "DELLINK.70", VALUE, "IFLA_LWD" },
	{ "DELLINK.26.2.1", MAY_DIFFER, "IFLA_INET_CONF" },
	{ "DELLINK.26.2.2", ONLY_LIGHTWEIGHT, "IFLA_INET_ENABLE" },
	{ "DELLINK.26.10.10", ONLY_LIGHTWEIGHT, "IFLA_INET6_ENABLE" },
	{ "DELLINK.26.10.*", MAY_DIFFER, "IPv6's settings, counters" },
	{ "DELLINK.26.28.1", ONLY_LIGHTWEIGHT, "IFLA_MPLS_ENABLE" },
	{ "DELLINK.26.28.2", MAY_DIFFER, "IFLA_MPLS_INPUT" },
};

/* Layer 3 is on: nothing is missing but the counters. */
static const struct twin_diff l3_diffs[] = {
	{ "NEWLINK.70", VALUE, "IFLA_LWD" },
	{ "NEWLINK.26.2.2", ONLY_LIGHTWEIGHT, "IFLA_INET_ENABLE" },
	{ "NEWLINK.26.10.10", ONLY_LIGHTWEIGHT, "IFLA_INET6_ENABLE" },
	{ "NEWLINK.26.28.1", ONLY_LIGHTWEIGHT, "IFLA_MPLS_ENABLE" },
	{ "NEWLINK.26.28.2", ONLY_ORDINARY, "IFLA_MPLS_INPUT" },
	{ "NEWLINK.26.10.3", ONLY_ORDINARY, "IFLA_INET6_STATS" },
	{ "NEWLINK.26.10.6", ONLY_ORDINARY, "IFLA_INET6_ICMP6STATS" },
	{ "NEWLINK.26.10.5", MAY_DIFFER, "IFLA_INET6_CACHEINFO: times" },
	{ "NEWLINK.7", MAY_DIFFER, "IFLA_STATS: solicitations, by a timer" },
	{ "NEWLINK.23", MAY_DIFFER, "IFLA_STATS64: the same" },
	{ "NEWLINK10.12", MAY_DIFFER, "IFLA_PROTINFO: times, counters" },
	{ "NEWLINK10.70", VALUE, "IFLA_LWD" },
	{ "NEWADDR.6", MAY_DIFFER, "IFA_CACHEINFO: times" },
	{ "DELADDR.6", MAY_DIFFER, "IFA_CACHEINFO: times" },
	{ "NEWROUTE.12", MAY_DIFFER, "RTA_CACHEINFO: times" },
	{ "DELROUTE.12", MAY_DIFFER, "RTA_CACHEINFO: times" },
	{ "NEWNEIGH.3", MAY_DIFFER, "NDA_CACHEINFO: times" },
	{ "DELNEIGH.3", MAY_DIFFER, "NDA_CACHEINFO: times" },
};

static const char * const l3_types[] = {
	"NEWADDR", "DELADDR", "NEWROUTE", "DELROUTE", "NEWNEIGH", "DELNEIGH",
	"NEWNETCONF", "DELNETCONF", "NEWPREFIX", "NEWLINK10", "DELLINK10",
};

/* All of a device's life without layer 3; a VRF never leaves its namespace. */
static void life(const char *words, bool moves)
{
	static const char * const changes[] = {
		"mtu 1400", "up", "mtu 1300", "group 7", "down", "group 0",
		"up", "down",
	};
	unsigned int i, heard;

	twins_setup();
	twins_cmd("add under up address 02:00:5e:00:53:09 index 70 type dummy");
	/* an ordinary one in both: its addresses are not the point */
	twins_settle();
	listen_rtnl();
	twins_cmd("add dev0 LWD " NAMES " %s", words);
	twins_settle();
	for (i = 0; i < ARRAY_SIZE(changes); i++) {
		twins_cmd("set dev0 %s", changes[i]);
		twins_settle();
	}
	twins_cmd("set - index 77 name dev1");
	twins_settle();
	if (moves)
		twins_move("dev1");
	twins_cmd("del dev1");
	twins_settle();
	for (i = 0; i < ARRAY_SIZE(l3_types); i++) {
		heard = twin_heard(LIGHTWEIGHT, l3_types[i]);
		CHECK(!heard, "%s: expected no %s, got %u", words, l3_types[i],
		      heard);
	}
	CHECK(twin_heard(ORDINARY, "NEWNETCONF"),
	      "%s: expected NEWNETCONF of the control, got none", words);
	twins_compare(words, "NEWLINK DELLINK CARRIER", link_diffs,
		      ARRAY_SIZE(link_diffs));
}

static void link_dummy(void)
{
	life("type dummy", true);
}

static void link_vlan(void)
{
	life("link under type vlan id 5", true);
}

static void link_vrf(void)
{
	life("type vrf table 9", false);
}

static void link_macvlan(void)
{
	life("link under type macvlan mode bridge", true);
}

static void link_vti(void)
{
	life("type vti local 192.0.2.1 remote 192.0.2.2 key 9", true);
}

static void link_veth(void)
{
	life("type veth peer LWD name peer index 78 address 02:00:5e:00:53:02",
	     true);
}

static void link_gre(void)
{
	life("type gre local 192.0.2.1 remote 192.0.2.2", true);
}

/* In and out of a master, which is ordinary. */
static void link_port(void)
{
	static const struct twin_diff bridge_diffs[] = {
		{ "NEWLINK.70", VALUE, "IFLA_LWD" },
		{ "NEWLINK.26.2*", MAY_DIFFER, "IPv4's" },
		{ "NEWLINK.26.10*", MAY_DIFFER, "IPv6's" },
		{ "NEWLINK.26.28*", MAY_DIFFER, "MPLS's" },
		{ "NEWLINK.7", MAY_DIFFER, "IFLA_STATS" },
		{ "NEWLINK.18", MAY_DIFFER, "IFLA_LINKINFO: timers" },
		{ "NEWLINK.23", MAY_DIFFER, "IFLA_STATS64" },
		{ "CARRIER.26.10.1", MAY_DIFFER, "IPv6's" },
		{ "DELLINK.*", MAY_DIFFER, "see above" },
	};

	twins_setup();
	twins_cmd("add br0 up address 02:00:5e:00:53:09 index 70 type bridge");
	twins_cmd("add dev0 LWD " NAMES " type dummy");
	twins_cmd("set dev0 up");
	/* what the kernel has to say about that is not the point */
	twins_settle();
	listen_rtnl();
	twins_cmd("set dev0 master br0");
	twins_settle();
	twins_cmd("set dev0 mtu 1400");
	twins_settle();
	/* the bridge goes, and its port stays */
	twins_cmd("del br0");
	twins_settle();
	twins_compare("port", "NEWLINK DELLINK CARRIER", bridge_diffs,
		      ARRAY_SIZE(bridge_diffs));
}

/* Layer 3 is on from the start; addresses come and go, all with the link. */
static void layer3(void)
{
	twins_setup();
	twin_go(LIGHTWEIGHT);
	cmd("add dev0 lwd 1 inet on inet6 on " NAMES " type dummy");
	twin_go(ORDINARY);
	cmd("add dev0 " NAMES " type dummy");
	twins_settle();
	listen_rtnl();
	twins_cmd("set dev0 up");
	twins_settle();
	twins_addr(RTM_NEWADDR, "dev0", "198.51.100.1", 24);
	twins_addr(RTM_NEWADDR, "dev0", "2001:db8::1", 64);
	twins_addr(RTM_NEWADDR, "dev0", "198.51.100.2", 24);
	twins_addr(RTM_DELADDR, "dev0", "198.51.100.1", 24);
	twins_addr(RTM_DELADDR, "dev0", "2001:db8::1", 64);
	twins_addr(RTM_NEWADDR, "dev0", "2001:db8:1::1", 64);
	twins_cmd("set dev0 mtu 1400");
	twins_settle();
	twins_cmd("set dev0 down");
	twins_settle();
	twins_compare("layer 3", NULL, l3_diffs, ARRAY_SIZE(l3_diffs));
}

/* What the first address sends beside its own: the settings that it makes. */
static void first_address(void)
{
	static const struct twin_diff diffs[] = {
		{ "NEWADDR.6", MAY_DIFFER, "IFA_CACHEINFO: times" },
		{ "NEWROUTE.12", MAY_DIFFER, "RTA_CACHEINFO: times" },
	};

	twins_setup();
	twins_cmd("add dev0 LWD " NAMES " up type dummy");
	twins_settle();
	listen_rtnl();
	twins_addr(RTM_NEWADDR, "dev0", "198.51.100.1", 24);
	CHECK(twin_heard(LIGHTWEIGHT, "NEWNETCONF") == 1,
	      "expected one NEWNETCONF, got %u",
	      twin_heard(LIGHTWEIGHT, "NEWNETCONF"));
	twins_compare("first address", "NEWADDR NEWROUTE", diffs,
		      ARRAY_SIZE(diffs));
}

/* MPLS has no sysctl here: its switch tells what the sysctl's writer tells. */
static void mpls_switch(void)
{
	twins_setup();
	twins_cmd("add dev0 LWD " NAMES " type dummy");
	twin_go(LIGHTWEIGHT);
	cmd("set dev0 mpls on");
	listen_rtnl();
	twin_go(LIGHTWEIGHT);
	cmd("set dev0 mpls-input 1");
	twin_go(ORDINARY);
	write_text("/proc/sys/net/mpls/conf/dev0/input", "1");
	twins_settle();
	CHECK(twin_heard(LIGHTWEIGHT, "NEWNETCONF") == 1,
	      "input: expected one NEWNETCONF, got %u",
	      twin_heard(LIGHTWEIGHT, "NEWNETCONF"));
	twins_compare("input", "NEWNETCONF", NULL, 0);
	/* the control's settings go with it, those of IPv4 and IPv6 as well */
	twin_go(LIGHTWEIGHT);
	cmd("set dev0 mpls off");
	twin_go(ORDINARY);
	cmd("del dev0");
	twins_settle();
	CHECK(twin_heard(LIGHTWEIGHT, "DELNETCONF") == 1,
	      "off: expected one DELNETCONF, got %u",
	      twin_heard(LIGHTWEIGHT, "DELNETCONF"));
	CHECK(twin_heard(ORDINARY, "DELNETCONF") == 3,
	      "expected three DELNETCONF of the control, got %u",
	      twin_heard(ORDINARY, "DELNETCONF"));
	twin_go(LIGHTWEIGHT);
	cmd("set dev0 mpls on");
	twins_settle();
	CHECK(twin_heard(LIGHTWEIGHT, "NEWNETCONF") == 1,
	      "on: expected one NEWNETCONF, got %u",
	      twin_heard(LIGHTWEIGHT, "NEWNETCONF"));
}

/* Settings that come with a family are told, as those of a new device are. */
static void on_told(void)
{
	static const char * const states[] = {
		"inet on", "inet6 on", "mpls on",
	};
	unsigned int i;

	twins_setup();
	twins_cmd("add dev0 LWD " NAMES " type dummy");
	listen_rtnl();
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		twin_go(LIGHTWEIGHT);
		cmd("set dev0 %s", states[i]);
		twins_settle();
		CHECK(twin_heard(LIGHTWEIGHT, "NEWNETCONF") == i + 1,
		      "%s: expected %u NEWNETCONF in all, got %u", states[i],
		      i + 1, twin_heard(LIGHTWEIGHT, "NEWNETCONF"));
	}
	twin_go(ORDINARY);
	cmd("add dev1 type dummy");
	twins_settle();
	CHECK(twin_heard(ORDINARY, "NEWNETCONF") == ARRAY_SIZE(states),
	      "control: expected %zu NEWNETCONF, got %u", ARRAY_SIZE(states),
	      twin_heard(ORDINARY, "NEWNETCONF"));
}

/* A change of the state of a family is told like one of the link. */
static void states_told(void)
{
	/* IFLA_AF_SPEC, the family, and IFLA_*_ENABLE in it */
	static const struct {
		const char *words;
		const char *path;
		const char *told;
	} states[] = {
		{ "inet on", "NEWLINK.26.2.2", "01" },
		{ "inet6 on", "NEWLINK.26.10.10", "01" },
		{ "mpls on", "NEWLINK.26.28.1", "01" },
		{ "inet auto", "NEWLINK.26.2.2", "00" },
		{ "inet6 off", "NEWLINK.26.10.10", "02" },
		{ "mpls off", "NEWLINK.26.28.1", "02" },
	};
	unsigned int i, before;
	const char *told;

	twins_setup();
	twins_cmd("add dev0 LWD up " NAMES " type dummy");
	listen_rtnl();
	twin_go(LIGHTWEIGHT);
	twins_settle();
	for (i = 0; i < ARRAY_SIZE(states); i++) {
		before = twin_heard(LIGHTWEIGHT, "NEWLINK");
		cmd("set dev0 %s", states[i].words);
		twins_settle();
		CHECK(twin_heard(LIGHTWEIGHT, "NEWLINK") > before,
		      "%s: expected a NEWLINK, got none", states[i].words);
		told = twin_told(LIGHTWEIGHT, states[i].path) ?: "nothing";
		CHECK(!strcmp(told, states[i].told),
		      "%s: expected %s to be told as %s, got %s",
		      states[i].words, states[i].path, states[i].told, told);
	}
}

static bool listen_netdev(void)
{
	unsigned int group = 0;

	twins_setup();
	if (!genl_family("netdev", NETDEV_GROUP, &group)) {
		case_skip("kernel has no netdev-genl");
		return false;
	}
	CHECK(group, "netdev-genl: expected a group " NETDEV_GROUP ", got none");
	if (!group)
		return false;
	twins_listen(NETLINK_GENERIC, &group, 1);
	return true;
}

/* netdev-genl tells of devices that come and go, and of their XDP features. */
static void netdev_genl(void)
{
	if (!listen_netdev())
		return;
	twins_cmd("add dev0 LWD " NAMES " type dummy");
	twins_cmd("add dev1 LWD index 79 type veth peer LWD name dev2 index 80");
	twins_cmd("set dev0 up");
	twins_cmd("set dev0 mtu 1400");
	twins_cmd("del dev0");
	twins_cmd("del dev1");
	twins_settle();
	/* NETDEV_CMD_DEV_ADD_NTF, DEV_DEL_NTF */
	CHECK(twin_heard(LIGHTWEIGHT, "CMD2") == 3,
	      "expected 3 devices to come, got %u",
	      twin_heard(LIGHTWEIGHT, "CMD2"));
	CHECK(twin_heard(LIGHTWEIGHT, "CMD3") == 3,
	      "expected 3 devices to go, got %u",
	      twin_heard(LIGHTWEIGHT, "CMD3"));
	twins_compare("netdev-genl", NULL, NULL, 0);
}

/* Requests of netdev-genl: the device, its queues, NAPIs, counters. */
static void netdev_requests(void)
{
	struct nlmsghdr *nlh;
	char buf[256] = {};
	int family, i;

	if (!listen_netdev())
		return;
	family = genl_family("netdev", NULL, NULL);
	twins_cmd("add dev0 LWD " NAMES " type veth peer name dev1 index 78");
	twins_cmd("set dev0 up");
	twins_settle();
	twins_compare("before", NULL, NULL, 0);
	for (i = 1; i < 16; i++) {
		memset(buf, 0, sizeof(buf));
		nlh = genl_msg(buf, family, i);
		mnl_attr_put_u32(nlh, 1, 77);
		twins_request(nlh);
		memset(buf, 0, sizeof(buf));
		nlh = genl_msg(buf, family, i);
		nlh->nlmsg_flags = NLM_F_DUMP;
		mnl_attr_put_u32(nlh, 1, 77);
		twins_request(nlh);
	}
	twins_compare("requests", NULL, NULL, 0);
}

static const struct lwd_case cases[] = {
	CASE("LABEL-5 KEEP-6", link_dummy),
	CASE("LABEL-5 KEEP-6 KINDS", link_vlan),
	CASE("LABEL-5 KEEP-6 KINDS", link_vrf),
	CASE("LABEL-5 KEEP-6 KINDS", link_macvlan),
	CASE("LABEL-5 KEEP-6 KINDS", link_vti),
	CASE("LABEL-5 KEEP-6 KINDS", link_veth),
	CASE("LABEL-5 KEEP-6 KINDS", link_gre),
	CASE("KEEP-6 SYSFS-3", link_port),
	CASE("ENABLE-10 FOOT-6", layer3),
	CASE("ENABLE-10 ENABLE-1", first_address),
	CASE("ENABLE-10 ENABLE-5", mpls_switch),
	CASE("ENABLE-10", on_told),
	CASE("ENABLE-10 ENABLE-3", states_told),
	CASE("KEEP-6", netdev_genl),
	CASE("KEEP-6", netdev_requests),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

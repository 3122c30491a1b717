// SPDX-License-Identifier: GPL-2.0
/* The fuzzer's messages about links: all kinds, label, switches, settings. */

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_bridge.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include "fuzz.h"

/* Numbers of 7.3 and the series; the machine's headers may be older. */
#define LWD_INET_ENABLE 2
#define LWD_INET6_ENABLE 10
#define LWD_MPLS_ENABLE 1
#define LWD_MPLS_INPUT 2
#define LWD_ON 1

static void put_name(struct msg *m, unsigned int index)
{
	char name[IFNAMSIZ];

	snprintf(name, sizeof(name), "f%u", index - FIRST);
	put_str(m, IFLA_IFNAME, name);
}

static void put_mac(struct msg *m)
{
	uint8_t mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 + pick(4) };

	mac[0] += chance(8); /* a group's */
	put(m, IFLA_ADDRESS, mac, sizeof(mac));
}

static unsigned int some_mtu(void)
{
	static const unsigned int mtus[] = {
		0, 60, 67, 68, 576, 1279, 1280, 1400, 1500, 9000, 65535, 70000,
	};

	return mtus[pick(ARRAY_SIZE(mtus))];
}

static void put_setting(struct msg *m, int attr, unsigned int max)
{
	size_t at = nest(m, attr);

	do
		put_u32(m, 1 + pick(max), chance(4) ? pick(3000) : pick(3));
	while (chance(2));
	nest_end(m, at);
}

static void put_family(struct msg *m, int family, bool settings)
{
	size_t at = nest(m, family);

	switch (family) {
	case AF_INET:
		if (fuzz_mode >= SWITCH && chance(2))
			put_u8(m, LWD_INET_ENABLE, chance(20) ? 3 : pick(3));
		if (settings && chance(2))
			put_setting(m, IFLA_INET_CONF, 34);
		break;
	case AF_INET6:
		if (fuzz_mode >= SWITCH && chance(2))
			put_u8(m, LWD_INET6_ENABLE, chance(20) ? 3 : pick(3));
		if (settings && chance(2))
			put_setting(m, IFLA_INET6_CONF, 62);
		if (settings && chance(4))
			put_ip(m, IFLA_INET6_TOKEN, AF_INET6);
		if (settings && chance(3))
			put_u8(m, IFLA_INET6_ADDR_GEN_MODE, pick(5));
		break;
	default:
		if (fuzz_mode >= SWITCH && chance(2))
			put_u8(m, LWD_MPLS_ENABLE, chance(20) ? 3 : pick(3));
		if (settings && chance(2))
			put_u8(m, LWD_MPLS_INPUT, pick(2));
	}
	nest_end(m, at);
}

/* In any order, and maybe more than once */
static void put_families(struct msg *m, bool settings)
{
	static const int families[] = { AF_INET, AF_INET6, AF_MPLS };
	size_t at = nest(m, IFLA_AF_SPEC);

	do
		put_family(m, families[pick(ARRAY_SIZE(families))], settings);
	while (chance(2));
	nest_end(m, at);
}

static void put_net(struct world *w, struct msg *m, int at)
{
	put_u32(m, IFLA_NET_NS_FD, w->net[at]);
}

static void put_label(struct world *w, struct msg *m, bool label)
{
	put_u8(m, LWD_LABEL, w->lwd && label);
}

/* All families of a device that may be in one namespace or the other */
void switch_on(struct world *w, unsigned int index)
{
	static const int families[][2] = {
		{ AF_INET, LWD_INET_ENABLE },
		{ AF_INET6, LWD_INET6_ENABLE },
		{ AF_MPLS, LWD_MPLS_ENABLE },
	};
	struct ifinfomsg *ifi;
	struct msg m;
	size_t a, b;
	int i;

	for (i = 0; i < 6; i++) {
		ifi = msg_start(&m, RTM_SETLINK, 0, sizeof(*ifi));
		ifi->ifi_index = index;
		a = nest(&m, IFLA_AF_SPEC);
		b = nest(&m, families[i / 2][0]);
		put_u8(&m, families[i / 2][1], LWD_ON);
		nest_end(&m, b);
		nest_end(&m, a);
		exchange(w, i % 2, &m);
	}
}

static int new_link(struct world *w, int at)
{
	const struct kind *kind = &fuzz_kinds[pick(fuzz_kinds_count)];
	unsigned int index = no_dev(), other = no_dev();
	bool label = !kind->refuses && !chance(6);
	struct ifinfomsg *ifi;
	size_t info, data;
	struct msg m;
	int err;

	ifi = msg_start(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
			sizeof(*ifi));
	ifi->ifi_index = index;
	if (chance(3)) {
		ifi->ifi_flags = IFF_UP;
		ifi->ifi_change = IFF_UP;
	}
	put_name(&m, index);
	put_label(w, &m, label);
	if (kind->link)
		put_u32(&m, IFLA_LINK, some_dev());
	if (fuzz_mode != ON && chance(6))
		put_u32(&m, IFLA_MTU, some_mtu());
	if (chance(6))
		put_mac(&m);
	if (chance(6))
		put_u32(&m, IFLA_NUM_TX_QUEUES, 1 + pick(4));
	if (chance(10))
		put_u32(&m, IFLA_MASTER, some_dev());
	/* An ordinary twin would refuse it. */
	if (fuzz_mode == NOISE && chance(3))
		put_families(&m, true);
	if (chance(8))
		put_net(w, &m, !at);
	info = nest(&m, IFLA_LINKINFO);
	put_str(&m, IFLA_INFO_KIND, kind->name);
	data = nest(&m, IFLA_INFO_DATA);
	put_attrs(&m, kind->attrs);
	if (kind->peer) {
		size_t peer = nest(&m, kind->peer);

		ifi = (void *)((char *)m.nlh + m.nlh->nlmsg_len);
		memset(ifi, 0, sizeof(*ifi));
		m.nlh->nlmsg_len += NLMSG_ALIGN(sizeof(*ifi));
		ifi->ifi_index = other;
		put_name(&m, other);
		put_label(w, &m, !chance(4));
		if (chance(2))
			put_net(w, &m, !at);
		nest_end(&m, peer);
	}
	nest_end(&m, data);
	nest_end(&m, info);
	note("%s %u", kind->name, index);
	err = talk(w, at, &m);
	if (!err && w->lwd && fuzz_mode == ON) {
		switch_on(w, index);
		if (kind->peer)
			switch_on(w, other);
	}
	return err;
}

/* For those that refuse the label: only the lightweight one is asked. */
static int bad_link(struct world *w, int at)
{
	const struct kind *kind = &fuzz_kinds[pick(fuzz_kinds_count)];
	unsigned int index = some_dev();
	struct ifinfomsg *ifi;
	struct msg m;
	size_t info;

	ifi = msg_start(&m, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL,
			sizeof(*ifi));
	ifi->ifi_index = index;
	put_name(&m, index);
	put_u8(&m, LWD_LABEL, kind->refuses ? 1 : 2 + pick(200));
	info = nest(&m, IFLA_LINKINFO);
	put_str(&m, IFLA_INFO_KIND, kind->name);
	nest_end(&m, info);
	return talk(w, at, &m);
}

static int change_link(struct world *w, int at)
{
	struct ifinfomsg *ifi;
	struct msg m;

	ifi = msg_start(&m, chance(3) ? RTM_SETLINK : RTM_NEWLINK, 0,
			sizeof(*ifi));
	ifi->ifi_index = some_dev();
	switch (pick(13)) {
	case 0 ... 2:
		ifi->ifi_change = IFF_UP;
		ifi->ifi_flags = chance(4) ? 0 : IFF_UP;
		break;
	case 3:
		put_u32(&m, IFLA_MTU, some_mtu());
		break;
	case 4:
		put_u32(&m, IFLA_MASTER, chance(3) ? 0 : some_dev());
		break;
	case 5:
		put_net(w, &m, !at);
		if (chance(4))
			put_name(&m, some_dev());
		break;
	case 6:
		put_name(&m, some_dev());
		break;
	case 7:
		put_mac(&m);
		break;
	case 8:
		ifi->ifi_change = chance(2) ? IFF_PROMISC :
					      IFF_NOARP | IFF_MULTICAST;
		ifi->ifi_flags = ifi->ifi_change & (pick(2) - 1);
		break;
	case 9:
		put_str(&m, IFLA_IFALIAS, chance(2) ? "" : "an alias");
		put_u32(&m, IFLA_GROUP, pick(3));
		break;
	case 10:
		put_u8(&m, IFLA_OPERSTATE, pick(8));
		put_u8(&m, IFLA_LINKMODE, pick(3));
		put_u8(&m, IFLA_CARRIER, pick(2));
		break;
	case 11:
		put_u32(&m, IFLA_TXQLEN, pick(2000));
		put_u8(&m, IFLA_PROTO_DOWN, pick(2));
		break;
	default:
		put_u32(&m, IFLA_MTU, some_mtu());
		put_u32(&m, IFLA_MASTER, some_dev());
	}
	return talk(w, at, &m);
}

/* Settings and switches of the families */
static int set_families(struct world *w, int at)
{
	struct ifinfomsg *ifi;
	struct msg m;

	ifi = msg_start(&m, chance(3) ? RTM_NEWLINK : RTM_SETLINK, 0,
			sizeof(*ifi));
	ifi->ifi_index = some_dev();
	put_families(&m, true);
	return talk(w, at, &m);
}

/* VLANs of a bridge and of its ports, in another IFLA_AF_SPEC */
static int bridge_vlan(struct world *w, int at)
{
	struct bridge_vlan_info vlan = { .vid = 1 + pick(4) };
	struct ifinfomsg *ifi;
	struct msg m;
	size_t spec;

	ifi = msg_start(&m, chance(3) ? RTM_DELLINK : RTM_SETLINK, 0,
			sizeof(*ifi));
	ifi->ifi_family = AF_BRIDGE;
	ifi->ifi_index = some_dev();
	spec = nest(&m, IFLA_AF_SPEC);
	put_u16(&m, IFLA_BRIDGE_FLAGS, 1 + pick(2));
	vlan.flags = chance(2) ? BRIDGE_VLAN_INFO_PVID : 0;
	put(&m, IFLA_BRIDGE_VLAN_INFO, &vlan, sizeof(vlan));
	nest_end(&m, spec);
	return talk(w, at, &m);
}

/* The label cannot be changed. Which one it is only a twin would know. */
static int set_label(struct world *w, int at)
{
	struct ifinfomsg *ifi;
	struct msg m;

	if (fuzz_mode != NOISE)
		return -1;
	ifi = msg_start(&m, chance(2) ? RTM_NEWLINK : RTM_SETLINK, 0,
			sizeof(*ifi));
	ifi->ifi_index = some_dev();
	put_u8(&m, LWD_LABEL, pick(3));
	return talk(w, at, &m);
}

static int del_link(struct world *w, int at)
{
	struct ifinfomsg *ifi;
	struct msg m;

	ifi = msg_start(&m, RTM_DELLINK, 0, sizeof(*ifi));
	if (chance(30))
		put_u32(&m, IFLA_GROUP, 1 + pick(2));
	else
		ifi->ifi_index = some_dev();
	return talk(w, at, &m);
}

static int altname(struct world *w, int at)
{
	static const char *const names[] = { "f1", "other", "another", "f11x" };
	struct ifinfomsg *ifi;
	struct msg m;
	size_t list;

	ifi = msg_start(&m, chance(2) ? RTM_NEWLINKPROP : RTM_DELLINKPROP,
			chance(2) ? NLM_F_CREATE | NLM_F_EXCL : 0,
			sizeof(*ifi));
	ifi->ifi_index = some_dev();
	list = nest(&m, IFLA_PROP_LIST);
	put_str(&m, IFLA_ALT_IFNAME, names[pick(4)]);
	nest_end(&m, list);
	return talk(w, at, &m);
}

static int get_link(struct world *w, int at)
{
	bool dump = chance(3);
	struct ifinfomsg *ifi;
	struct msg m;

	ifi = msg_start(&m, RTM_GETLINK, dump ? NLM_F_DUMP : 0, sizeof(*ifi));
	ifi->ifi_family = chance(3) ? AF_INET6 : chance(4) ? AF_BRIDGE : 0;
	ifi->ifi_index = dump ? 0 : some_dev();
	return talk(w, at, &m);
}

/* A veth pair between the namespaces that is up: packets arrive. */
int link_pair(struct world *w)
{
	struct ifinfomsg *ifi;
	size_t info, data, peer;
	struct msg m;
	int at;

	ifi = msg_start(&m, RTM_NEWLINK, NLM_F_CREATE, sizeof(*ifi));
	ifi->ifi_index = FIRST;
	put_name(&m, FIRST);
	put_label(w, &m, true);
	info = nest(&m, IFLA_LINKINFO);
	put_str(&m, IFLA_INFO_KIND, "veth");
	data = nest(&m, IFLA_INFO_DATA);
	peer = nest(&m, 1);
	ifi = (void *)((char *)m.nlh + m.nlh->nlmsg_len);
	memset(ifi, 0, sizeof(*ifi));
	m.nlh->nlmsg_len += NLMSG_ALIGN(sizeof(*ifi));
	ifi->ifi_index = FIRST + 1;
	put_name(&m, FIRST + 1);
	put_label(w, &m, true);
	put_net(w, &m, 1);
	nest_end(&m, peer);
	nest_end(&m, data);
	nest_end(&m, info);
	if (exchange(w, 0, &m))
		return -1;
	for (at = 0; at < 2; at++) {
		ifi = msg_start(&m, RTM_SETLINK, 0, sizeof(*ifi));
		ifi->ifi_index = FIRST + at;
		ifi->ifi_change = IFF_UP;
		ifi->ifi_flags = IFF_UP;
		if (exchange(w, at, &m))
			return -1;
		if (w->lwd && fuzz_mode == ON)
			switch_on(w, FIRST + at);
	}
	return 0;
}

const struct op link_ops[] = {
	{ new_link, 24, "new link" },
	{ bad_link, 1, "bad link" },
	{ change_link, 24, "change link" },
	{ set_families, 8, "families", true },
	{ bridge_vlan, 2, "VLAN" },
	{ set_label, 1, "label" },
	{ del_link, 6, "delete link" },
	{ altname, 2, "altname" },
	{ get_link, 2, "get link" },
	{ }
};

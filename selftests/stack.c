// SPDX-License-Identifier: GPL-2.0
/*
 * Frames pass through stacks of lightweight devices, of ordinary ones, and of
 * both in turn: what is sent on top of the one end arrives on top of the
 * other, both ways.  The devices below are on layer 2 all the time.
 *
 *   near            far
 *   n2              f2
 *    | (the stack)   |
 *   n0 ============ f0
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/if_team.h>

#include "lwd_case.h"
#include "lwd_frame.h"
#include "lwd_twin.h"

#define COUNT	10

static int near = -1, far = -1;

/* The labels of the devices in a stack, from the bottom: bit 0 is n0's. */
static const struct {
	const char *name;
	unsigned int bits;
} labels[] = {
	{ "ordinary", 0 },
	{ "lightweight", ~0 },
	{ "in turn", 0x55555555 },
	{ "in turn, the other way", 0xaaaaaaaa },
};

/* Words with @ for n or f; LWD takes the next label. */
static bool stacked(const char *words, char end, unsigned int *bits)
{
	char line[256];
	size_t len = 0;

	for (; *words && len < sizeof(line) - 8; words++) {
		if (*words == '@') {
			line[len++] = end;
		} else if (!strncmp(words, "LWD", 3)) {
			len += sprintf(line + len, "lwd %u", *bits & 1);
			*bits >>= 1;
			words += 2;
		} else {
			line[len++] = *words;
		}
	}
	line[len] = 0;
	return cmd_or_skip("%s", line);
}

static bool make_end(int ns, char end, const char * const *lines,
		     unsigned int bits)
{
	netns_go(ns);
	for (; *lines; lines++)
		if (!stacked(*lines, end, &bits))
			return false;
	return true;
}

/* Two namespaces with the pair at the bottom. */
static void make_pair(unsigned int bits)
{
	static bool made;

	if (made) {
		close(near);
		close(far);
	}
	made = true;
	far = netns_new();
	near = netns_new();
	cmd("add n0 lwd %u up mtu 1200 type veth peer lwd %u mtu 1200 name f0 netns /proc/self/fd/%d",
	    bits & 1, bits & 1, far);
	/* a peer can go up when both are there */
	netns_go(far);
	cmd("set f0 up");
	netns_go(near);
}

/* Frames from the one namespace arrive in the other. */
static void cross(const char *what, int from_ns, const char *from, int to_ns,
		  const char *to)
{
	int fd, seen;

	netns_go(to_ns);
	links_running();
	fd = frame_socket(SOCK_RAW, to, FRAME_TYPE);
	netns_go(from_ns);
	links_running();
	frame_send(from, NULL, COUNT);
	seen = frame_read(fd, COUNT, false, NULL);
	CHECK(seen == COUNT, "%s: expected %d frames from %s to %s, got %d",
	      what, COUNT, from, to, seen);
	close(fd);
}

static void no_layer3(const char *what, const char *name, int ns)
{
	struct l3_view view;
	struct link_state st;

	netns_go(ns);
	if (link_get(name, &st) || st.lwd != 1)
		return;
	l3_get(name, &view);
	CHECK(!(view.conf | view.netconf | view.parms | view.addr |
		view.mcast), "%s: expected no layer 3 on %s, got some", what,
	      name);
}

/* @0 is there; the last word of the far end is the same or another. */
static void frames(const char * const *lines, const char *top,
		   const char * const *far_lines, const char *far_top)
{
	static const char * const names[] = { "n0", "n1", "n2", "n3" };
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(labels) && !case_failed; i++) {
		make_pair(labels[i].bits);
		if (!make_end(near, 'n', lines, labels[i].bits >> 1) ||
		    !make_end(far, 'f', far_lines, labels[i].bits >> 1))
			return;
		cross(labels[i].name, near, top, far, far_top);
		cross(labels[i].name, far, far_top, near, top);
		for (k = 0; k < ARRAY_SIZE(names); k++)
			no_layer3(labels[i].name, names[k], near);
		/* the lowest goes, and takes what is on it along */
		netns_go(near);
		cmd("del n0");
	}
}

static const char * const nothing[] = { NULL };

static void through_vlan(void)
{
	static const char * const lines[] = {
		"add @1 LWD link @0 up type vlan id 5", NULL
	};

	frames(lines, "n1", lines, "f1");
}

static void through_qinq(void)
{
	static const char * const lines[] = {
		"add @1 LWD link @0 up type vlan protocol 802.1ad id 5",
		"add @2 LWD link @1 up type vlan id 6", NULL
	};

	frames(lines, "n2", lines, "f2");
}

static void through_macvlan(void)
{
	static const char * const lines[] = {
		/* its filter is set after "set", not always after "add" */
		"add @1 LWD link @0 type macvlan mode bridge",
		"set @1 up", NULL
	};

	frames(lines, "n1", nothing, "f0");
}

static void through_macvlan_on_vlan(void)
{
	static const char * const lines[] = {
		"add @1 LWD link @0 up type vlan id 5",
		"add @2 LWD link @1 type macvlan mode bridge",
		"set @2 up", NULL
	};
	static const char * const far_lines[] = {
		"add @1 LWD link @0 up type vlan id 5", NULL
	};

	frames(lines, "n2", far_lines, "f1");
}

/* Through a bridge, to and from another port. */
static void through_bridge(void)
{
	static const char * const lines[] = {
		"add @1 LWD up type bridge",
		"set @0 master @1",
		"add @2 LWD up master @1 type veth peer lwd 1 name @3",
		"set @3 up", NULL
	};

	frames(lines, "n3", nothing, "f0");
}

static void through_bridge_with_vlans(void)
{
	static const char * const lines[] = {
		"add @1 LWD up type bridge vlan_filtering 1",
		"set @0 master @1",
		"add @2 LWD up master @1 type veth peer lwd 1 name @3",
		"set @3 up", NULL
	};

	frames(lines, "n3", nothing, "f0");
}

static void through_bond(void)
{
	static const char * const lines[] = {
		"add @1 LWD type bond mode active-backup",
		"set @0 down", "set @0 master @1", "set @1 up", NULL
	};

	frames(lines, "n1", nothing, "f0");
}

static void through_netkit(void)
{
	static const char * const lines[] = {
		"add @1 LWD up type bridge",
		"set @0 master @1",
		"add @2 LWD up master @1 type netkit mode l2 peer lwd 1 name @3",
		"set @3 up", NULL
	};

	frames(lines, "n3", nothing, "f0");
}

/* A team has no mode until it is told one, in words of its own. */
static void team_mode(const char *name)
{
	struct nlattr *list, *item;
	struct nlmsghdr *nlh;
	char buf[256] = {};
	struct nl_ack ack;
	int family;

	family = genl_family(TEAM_GENL_NAME, NULL, NULL);
	nlh = genl_msg(buf, family, TEAM_CMD_OPTIONS_SET);
	mnl_attr_put_u32(nlh, TEAM_ATTR_TEAM_IFINDEX, if_nametoindex(name));
	list = mnl_attr_nest_start(nlh, TEAM_ATTR_LIST_OPTION);
	item = mnl_attr_nest_start(nlh, TEAM_ATTR_ITEM_OPTION);
	mnl_attr_put_strz(nlh, TEAM_ATTR_OPTION_NAME, "mode");
	mnl_attr_put_u8(nlh, TEAM_ATTR_OPTION_TYPE, MNL_TYPE_STRING);
	mnl_attr_put_strz(nlh, TEAM_ATTR_OPTION_DATA, "roundrobin");
	mnl_attr_nest_end(nlh, item);
	mnl_attr_nest_end(nlh, list);
	nl_talk_family(NETLINK_GENERIC, nlh, &ack, NULL, NULL);
	/* ESRCH: it is done, but nobody wanted to hear of it */
	CHECK(!ack.err || ack.err == ESRCH,
	      "mode of %s: expected success, got %s (%s)", name,
	      strerror(ack.err), ack.msg);
}

static void through_team(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(labels) && !case_failed; i++) {
		make_pair(labels[i].bits);
		if (!cmd_or_skip("add n1 lwd %u type team",
				 labels[i].bits >> 1 & 1))
			return;
		team_mode("n1");
		cmd("set n0 down");
		cmd("set n0 master n1");
		cmd("set n1 up");
		cross(labels[i].name, near, "n1", far, "f0");
		cross(labels[i].name, far, "f0", near, "n1");
		no_layer3(labels[i].name, "n1", near);
		no_layer3(labels[i].name, "n0", near);
		cmd("del n1");
		no_layer3("released", "n0", near);
	}
}

/* A tunnel over IP at the bottom is a port of a bridge on top. */
static void tunnel_in_bridge(const char *near_words, const char *far_words)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(labels) && !case_failed; i++) {
		unsigned int bits = labels[i].bits;

		make_pair(bits);
		netns_go(far);
		add_addr("f0", "198.51.100.2", 24);
		if (!cmd_or_skip("add f1 lwd %u up %s", bits >> 1 & 1,
				 far_words))
			return;
		netns_go(near);
		add_addr("n0", "198.51.100.1", 24);
		cmd("add n2 lwd %u up type bridge", bits >> 2 & 1);
		cmd("add n1 lwd %u up master n2 %s", bits >> 1 & 1,
		    near_words);
		cmd("add n3 lwd %u up master n2 type veth peer lwd 1 name n4",
		    bits >> 3 & 1);
		cmd("set n4 up");
		cross(labels[i].name, near, "n4", far, "f1");
		cross(labels[i].name, far, "f1", near, "n4");
		no_layer3(labels[i].name, "n1", near);
		no_layer3(labels[i].name, "n2", near);
		no_layer3(labels[i].name, "n3", near);
	}
}

static void vxlan_in_bridge(void)
{
	tunnel_in_bridge("type vxlan id 9 dstport 4789 local 198.51.100.1 remote 198.51.100.2",
			 "type vxlan id 9 dstport 4789 local 198.51.100.2 remote 198.51.100.1");
}

static void geneve_in_bridge(void)
{
	tunnel_in_bridge("type geneve id 9 remote 198.51.100.2",
			 "type geneve id 9 remote 198.51.100.1");
}

static void gretap_in_bridge(void)
{
	tunnel_in_bridge("type gretap local 198.51.100.1 remote 198.51.100.2",
			 "type gretap local 198.51.100.2 remote 198.51.100.1");
}

/* ipvlan tells its devices apart by their addresses. */
static void over_ipvlan_mode(const char *mode)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(labels) && !case_failed; i++) {
		make_pair(labels[i].bits);
		if (!cmd_or_skip("add n1 lwd %u link n0 up type ipvlan mode %s",
				 labels[i].bits >> 1 & 1, mode))
			return;
		add_addr("n1", "198.51.100.1", 24);
		netns_go(far);
		add_addr("f0", "198.51.100.2", 24);
		udp_pass(labels[i].name, near, "198.51.100.1", far,
			 "198.51.100.2", 1);
		no_layer3(labels[i].name, "n0", near);
	}
}

static void over_ipvlan(void)
{
	over_ipvlan_mode("l2");
}

/* A tunnel over IP carries IP, over devices of either sort. */
static void ip_over_ip(const char *kind)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(labels) && !case_failed; i++) {
		unsigned int bit = labels[i].bits >> 1 & 1;

		make_pair(labels[i].bits);
		netns_go(far);
		add_addr("f0", "198.51.100.2", 24);
		if (!cmd_or_skip("add f1 lwd %u up type %s local 198.51.100.2 remote 198.51.100.1",
				 bit, kind))
			return;
		add_addr("f1", "203.0.113.2", 24);
		netns_go(near);
		add_addr("n0", "198.51.100.1", 24);
		cmd("add n1 lwd %u up type %s local 198.51.100.1 remote 198.51.100.2",
		    bit, kind);
		add_addr("n1", "203.0.113.1", 24);
		udp_pass(labels[i].name, near, "203.0.113.1", far,
			 "203.0.113.2", 1);
	}
}

static void over_ipip(void)
{
	ip_over_ip("ipip");
}

static void over_gre(void)
{
	ip_over_ip("gre");
}

static const struct lwd_case cases[] = {
	CASE("KEEP-1 KINDS", through_vlan),
	CASE("KEEP-1 KINDS", through_qinq),
	CASE("KEEP-1 KINDS", through_macvlan),
	CASE("KEEP-1 KINDS", through_macvlan_on_vlan),
	CASE("KEEP-1 KINDS", through_bridge),
	CASE("KEEP-1 KINDS", through_bridge_with_vlans),
	CASE("KEEP-1 KINDS", through_bond),
	CASE("KEEP-1 KINDS", through_team),
	CASE("KEEP-1 KINDS", through_netkit),
	CASE("KEEP-1 KINDS", vxlan_in_bridge),
	CASE("KEEP-1 KINDS", geneve_in_bridge),
	CASE("KEEP-1 KINDS", gretap_in_bridge),
	CASE("KEEP-5 KINDS", over_ipvlan),
	CASE("KEEP-5 KINDS", over_ipip),
	CASE("KEEP-5 KINDS", over_gre),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

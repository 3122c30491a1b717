// SPDX-License-Identifier: GPL-2.0
/*
 * The label is told of each device whenever the kernel tells of it: in dumps,
 * in notifications, and in the messages of bridges and of IPv6.
 */

#include <string.h>

#include "lwd_case.h"
#include "lwd_frame.h"

struct dump_count {
	int links;
	int lwd;
	int ordinary;
	int wrong;
};

static int dump_cb(const struct nlmsghdr *nlh, void *data)
{
	struct dump_count *count = data;
	struct link_state st;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	link_parse(nlh, &st);
	count->links++;
	if (st.lwd == 1)
		count->lwd++;
	else if (st.lwd == 0)
		count->ordinary++;
	if (st.lwd != !strncmp(st.name, "lw", 2) && !count->wrong++)
		CHECK(false, "dump of %s: expected label %d, got %d", st.name,
		      !strncmp(st.name, "lw", 2), st.lwd);
	return MNL_CB_OK;
}

static void dump_tells_all(void)
{
	struct dump_count count = {};
	int i;

	for (i = 0; i < 20; i++) {
		cmd("add lw%d lwd on type dummy", i);
		cmd("add or%d type dummy", i);
	}
	link_dump(dump_cb, &count);
	CHECK(count.lwd == 20, "dump: expected 20 lwds, got %d", count.lwd);
	CHECK(count.ordinary >= 21,
	      "dump: expected 21 or more ordinary, got %d of %d links",
	      count.ordinary, count.links);
	expect_label("lo", 0);
}

/* Read notifications up to the one of a device; all of them carry the label. */
static void notification_tells(void)
{
	struct mnl_socket *nl = nl_open(RTMGRP_LINK);
	static char buf[65536];
	struct link_state st;
	struct nlmsghdr *nlh;
	int seen_lw = 0, len;
	bool end = false;

	cmd("add lw0 lwd on type dummy");
	cmd("set lw0 up");
	cmd("set lw0 mtu 1400");
	cmd("set lw0 down");
	cmd("add end0 type dummy");
	while (!end) {
		len = mnl_socket_recvfrom(nl, buf, sizeof(buf));
		if (len <= 0)
			break;
		nlh = (struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(nlh, len);
		     nlh = mnl_nlmsg_next(nlh, &len)) {
			/* messages of the bridge family know less */
			if (nlh->nlmsg_type != RTM_NEWLINK ||
			    *(uint8_t *)mnl_nlmsg_get_payload(nlh))
				continue;
			link_parse(nlh, &st);
			seen_lw += st.lwd == 1 && !strcmp(st.name, "lw0");
			CHECK(st.lwd == !strcmp(st.name, "lw0"),
			      "notification of %s: expected label %d, got %d",
			      st.name, !strcmp(st.name, "lw0"), st.lwd);
			end |= !strcmp(st.name, "end0");
		}
	}
	mnl_socket_close(nl);
	CHECK(seen_lw >= 4, "notifications of lw0: expected 4 or more, got %d",
	      seen_lw);
}

static int port_cb(const struct nlmsghdr *nlh, void *data)
{
	struct link_state st;
	int *labels = data;

	link_parse(nlh, &st);
	if (!strcmp(st.name, "or0"))
		labels[0] = st.lwd;
	if (!strcmp(st.name, "lw0"))
		labels[1] = st.lwd;
	return MNL_CB_OK;
}

/* What a family tells of links it tells in messages of its own. */
static void told_by(unsigned char family)
{
	int labels[] = { LWD_ABSENT, LWD_ABSENT };
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;
	char buf[256] = {};

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_DUMP;
	ifm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifm));
	ifm->ifi_family = family;
	nl_talk(nlh, NULL, port_cb, labels);
	CHECK(labels[0] == 0, "or0: expected 0, got %d", labels[0]);
	CHECK(labels[1] == 1, "lw0: expected 1, got %d", labels[1]);
}

static void told_by_bridges(void)
{
	cmd("add br0 type bridge");
	cmd("add or0 master br0 type dummy");
	cmd("add lw0 lwd on master br0 type dummy");
	told_by(AF_BRIDGE);
}

static void told_by_ipv6(void)
{
	cmd("add or0 type dummy");
	cmd("add lw0 lwd on type dummy");
	add_addr("or0", "2001:db8::1", 64);
	add_addr("lw0", "2001:db8:1::1", 64);
	told_by(AF_INET6);
}

static const struct lwd_case cases[] = {
	CASE("LABEL-5", told_by_bridges),
	CASE("LABEL-5", told_by_ipv6),
	CASE("LABEL-5", dump_tells_all),
	CASE("LABEL-5", notification_tells),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * ethtool's netlink requests get the same answers for a lightweight device as
 * for an ordinary one, and its changes are made and told in the same way.
 */

#include <stdio.h>
#include <string.h>

#include <linux/ethtool_netlink.h>
#include <linux/genetlink.h>

#include "lwd_case.h"
#include "lwd_twin.h"

#define NAMES	"address 02:00:5e:00:53:01 index 77"
#define QUEUES	"numtxqueues 4 numrxqueues 4"
#define REQUESTS	60	/* more than there are */

static int family;

static bool listen_ethtool(const char *words)
{
	unsigned int group = 0;

	twins_setup();
	family = genl_family(ETHTOOL_GENL_NAME, ETHTOOL_MCGRP_MONITOR_NAME,
			     &group);
	if (!family) {
		case_skip("kernel has no ethtool netlink");
		return false;
	}
	twins_cmd("add under up address 02:00:5e:00:53:09 index 70 type dummy");
	twins_cmd("add dev0 LWD " NAMES " %s", words);
	twins_cmd("set dev0 up");
	twins_listen(NETLINK_GENERIC, &group, 1);
	return true;
}

/* A request about dev0; all of them begin with the same header. */
static struct nlmsghdr *request(char *buf, int cmd)
{
	struct nlmsghdr *nlh = genl_msg(buf, family, cmd);
	struct nlattr *nest;

	nest = mnl_attr_nest_start(nlh, ETHTOOL_A_LINKINFO_HEADER);
	mnl_attr_put_strz(nlh, ETHTOOL_A_HEADER_DEV_NAME, "dev0");
	mnl_attr_nest_end(nlh, nest);
	return nlh;
}

/* Each request there is, for one device and for all; most are refused. */
static void every_request(const char *words)
{
	struct nlmsghdr *nlh;
	char buf[512], what[96];
	int cmd;

	if (!listen_ethtool(words))
		return;
	for (cmd = 1; cmd < REQUESTS; cmd++) {
		memset(buf, 0, sizeof(buf));
		twins_request(request(buf, cmd));
		memset(buf, 0, sizeof(buf));
		nlh = genl_msg(buf, family, cmd);
		nlh->nlmsg_flags = NLM_F_DUMP;
		twins_request(nlh);
		twins_settle();
		snprintf(what, sizeof(what), "%s, request %d", words, cmd);
		twins_compare(what, NULL, NULL, 0);
	}
}

static void on_dummy(void)
{
	every_request("type dummy");
}

static void on_vlan(void)
{
	every_request("link under type vlan id 5");
}

static void on_vrf(void)
{
	every_request("type vrf table 9");
}

static void on_vti(void)
{
	every_request("type vti local 192.0.2.1 remote 192.0.2.2 key 9");
}

static void on_veth(void)
{
	every_request("type veth peer name dev1 index 78");
}

static void on_bridge(void)
{
	every_request("type bridge");
}

/* A change, which is told to those who listen. */
static void changed(const char *what, struct nlmsghdr *nlh, int ntf)
{
	unsigned int heard;
	char type[16];

	twins_request(nlh);
	twins_settle();
	snprintf(type, sizeof(type), "CMD%d", ntf);
	heard = twin_heard(LIGHTWEIGHT, type);
	CHECK(heard == 1, "%s: expected to hear of it once, got %u", what,
	      heard);
	twins_compare(what, NULL, NULL, 0);
}

static void features(void)
{
	struct nlattr *wanted, *bits, *bit;
	struct nlmsghdr *nlh;
	char buf[512];
	int on;

	if (!listen_ethtool("type dummy"))
		return;
	for (on = 0; on < 2; on++) {
		memset(buf, 0, sizeof(buf));
		nlh = request(buf, ETHTOOL_MSG_FEATURES_SET);
		wanted = mnl_attr_nest_start(nlh, ETHTOOL_A_FEATURES_WANTED);
		bits = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS);
		bit = mnl_attr_nest_start(nlh, ETHTOOL_A_BITSET_BITS_BIT);
		mnl_attr_put_strz(nlh, ETHTOOL_A_BITSET_BIT_NAME,
				  "tx-scatter-gather");
		if (on)
			mnl_attr_put(nlh, ETHTOOL_A_BITSET_BIT_VALUE, 0, NULL);
		mnl_attr_nest_end(nlh, bit);
		mnl_attr_nest_end(nlh, bits);
		mnl_attr_nest_end(nlh, wanted);
		changed(on ? "feature on" : "feature off", nlh,
			ETHTOOL_MSG_FEATURES_NTF);
	}
}

static void channels(void)
{
	struct nlmsghdr *nlh;
	char buf[512];
	int count;

	if (!listen_ethtool(QUEUES " type veth peer name dev1 " QUEUES))
		return;
	for (count = 1; count <= 3; count += 2) {
		memset(buf, 0, sizeof(buf));
		nlh = request(buf, ETHTOOL_MSG_CHANNELS_SET);
		mnl_attr_put_u32(nlh, ETHTOOL_A_CHANNELS_RX_COUNT, count);
		mnl_attr_put_u32(nlh, ETHTOOL_A_CHANNELS_TX_COUNT, count);
		changed("channels", nlh, ETHTOOL_MSG_CHANNELS_NTF);
	}
}

static const struct lwd_case cases[] = {
	CASE("KEEP-6", on_dummy),
	CASE("KEEP-6 KINDS", on_vlan),
	CASE("KEEP-6 KINDS", on_vrf),
	CASE("KEEP-6 KINDS", on_vti),
	CASE("KEEP-6 KINDS", on_veth),
	CASE("KEEP-6 KINDS", on_bridge),
	CASE("KEEP-6", features),
	CASE("KEEP-6", channels),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Packets are routed over lightweight devices as over ordinary ones, the
 * control, while netfilter changes their addresses or takes them past the
 * stack, and while IPsec encrypts them.
 *
 *   near                    router                      far
 *   n0 198.51.100.1/24 --- a0 .2      b0 203.0.113.2 --- f0 .1
 *      2001:db8:1::1/64       ::2        2001:db8:2::2      ::1
 */

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lwd_case.h"
#include "lwd_frame.h"

static int near, router, far;
static const char * const labels[] = { "ordinary", "lightweight" };

/* Feed text to a tool. */
static bool tool(const char *command, const char *input)
{
	FILE *f = popen(command, "w");
	int status;

	if (f)
		fputs(input, f);
	status = f ? pclose(f) : -1;
	CHECK(!status, "%s: expected success, got status %d", command,
	      status);
	return !status;
}

static bool have(const char *name)
{
	char line[64];

	snprintf(line, sizeof(line), "command -v %s > /dev/null", name);
	if (!system(line))
		return true;
	case_skip("%s is not installed", name);
	return false;
}

/* The three namespaces above; the labels are the same everywhere. */
static void topology(int lwd)
{
	static bool made;

	if (made) {
		close(near);
		close(router);
		close(far);
	}
	made = true;
	near = netns_new();
	far = netns_new();
	router = netns_new();
	cmd("add a0 lwd %d up type veth peer lwd %d name n0 netns /proc/self/fd/%d",
	    lwd, lwd, near);
	cmd("add b0 lwd %d up type veth peer lwd %d name f0 netns /proc/self/fd/%d",
	    lwd, lwd, far);
	add_addr("a0", "198.51.100.2", 24);
	add_addr("b0", "203.0.113.2", 24);
	add_addr("a0", "2001:db8:1::2", 64);
	add_addr("b0", "2001:db8:2::2", 64);
	write_text("/proc/sys/net/ipv4/ip_forward", "1");
	write_text("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	netns_go(near);
	cmd("set n0 up");
	add_addr("n0", "198.51.100.1", 24);
	add_addr("n0", "2001:db8:1::1", 64);
	add_route("203.0.113.0", 24, "198.51.100.2");
	add_route("2001:db8:2::", 64, "2001:db8:1::2");
	netns_go(far);
	cmd("set f0 up");
	add_addr("f0", "203.0.113.1", 24);
	add_addr("f0", "2001:db8:2::1", 64);
}

/* And the way back, which a masquerade does without. */
static void way_back(void)
{
	netns_go(far);
	add_route("198.51.100.0", 24, "203.0.113.2");
	add_route("2001:db8:1::", 64, "2001:db8:2::2");
}

/* The packets that a named counter has seen. */
static int count_of(const char *name)
{
	char line[256];
	int count = -1;
	FILE *f;

	snprintf(line, sizeof(line), "nft list counter inet t %s", name);
	f = popen(line, "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, " packets %d", &count);
	if (f)
		pclose(f);
	return count;
}

static void source_nat(void)
{
	int i;

	if (!have("nft"))
		return;
	for (i = 0; i < 2; i++) {
		topology(i);
		netns_go(router);
		tool("nft -f -",
		     "table inet t {\n"
		     "counter src { }\n"
		     "chain post {\n"
		     "type nat hook postrouting priority srcnat\n"
		     "oifname \"b0\" meta l4proto udp counter name src masquerade\n"
		     "}\n"
		     "}\n");
		/* there is no way back but to the router itself */
		udp_pass(labels[i], near, "198.51.100.1", far, "203.0.113.1",
			 10);
		udp_pass(labels[i], near, "2001:db8:1::1", far,
			 "2001:db8:2::1", 10);
		netns_go(router);
		CHECK(count_of("src") == 2,
		      "%s: expected two flows masqueraded, got %d", labels[i],
		      count_of("src"));
	}
}

/*
 * A flow that is known goes past the forward hook: the first packets both ways
 * are seen there, the others are not.
 */
static void past_forward_hook(void)
{
	char what[64];
	int i, seen;

	if (!have("nft"))
		return;
	for (i = 0; i < 2; i++) {
		topology(i);
		way_back();
		netns_go(router);
		tool("nft -f -",
		     "table inet t {\n"
		     "counter seen { }\n"
		     "flowtable f {\n"
		     "hook ingress priority 0\n"
		     "devices = { \"a0\", \"b0\" }\n"
		     "}\n"
		     "chain through {\n"
		     "type filter hook forward priority 0\n"
		     "meta l4proto udp flow add @f\n"
		     "meta l4proto udp counter name seen\n"
		     "}\n"
		     "}\n");
		snprintf(what, sizeof(what), "%s, IPv4", labels[i]);
		udp_pass(what, near, "198.51.100.1", far, "203.0.113.1", 50);
		netns_go(router);
		seen = count_of("seen");
		CHECK(seen > 0 && seen < 10,
		      "%s: expected less than 10 of 100 packets in the hook, got %d",
		      what, seen);
		snprintf(what, sizeof(what), "%s, IPv6", labels[i]);
		udp_pass(what, near, "2001:db8:1::1", far, "2001:db8:2::1",
			 50);
		netns_go(router);
		seen = count_of("seen") - seen;
		CHECK(seen > 0 && seen < 10,
		      "%s: expected less than 10 of 100 packets in the hook, got %d",
		      what, seen);
	}
}

#define ESP \
	"mode tunnel flag af-unspec auth hmac(sha256) 0x%064x enc cbc(aes) 0x%032x\n"
#define POLICY \
	"xfrm policy add src %1$s dst %1$s dir %2$s mark 9" \
	" tmpl src %3$s dst %4$s proto esp mode tunnel\n"

/* The states of both ways, and policies that only what goes by vti matches. */
static void add_states(const char *near_addr, const char *far_addr,
		       bool is_near)
{
	const char *here = is_near ? near_addr : far_addr;
	const char *there = is_near ? far_addr : near_addr;
	static const char * const all[] = { "0.0.0.0/0", "::/0" };
	char text[2048];
	unsigned int i;
	int len;

	len = snprintf(text, sizeof(text),
		       "xfrm state add src %s dst %s proto esp spi 0x100 " ESP
		       "xfrm state add src %s dst %s proto esp spi 0x200 " ESP,
		       near_addr, far_addr, 1, 2, far_addr, near_addr, 3, 4);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		len += snprintf(text + len, sizeof(text) - len, POLICY,
				all[i], "out", here, there);
		len += snprintf(text + len, sizeof(text) - len, POLICY,
				all[i], "in", there, here);
	}
	tool("ip -batch -", text);
}

/* Counters of one device: did what was sent go through it, or by another? */
struct counters {
	unsigned long long rx, tx;
};

static int counters_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct rtnl_link_stats64 *stats;
	struct counters *counters = data;
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_STATS64)
			continue;
		stats = mnl_attr_get_payload(attr);
		counters->rx = stats->rx_packets;
		counters->tx = stats->tx_packets;
	}
	return MNL_CB_OK;
}

static struct counters counters_of(const char *name)
{
	struct counters counters = {};

	link_ask(name, counters_cb, &counters);
	return counters;
}

/* Frames with ESP that went out through the device below. */
static int esp_seen(int fd, bool v6)
{
	unsigned char frame[2048];
	int len, count = 0;

	while ((len = recv(fd, frame, sizeof(frame), MSG_DONTWAIT)) > 0)
		if (len > 40)
			count += v6 ? frame[14 + 6] == IPPROTO_ESP :
				      frame[14 + 9] == IPPROTO_ESP;
	return count;
}

static void ipsec(const char *kind, const char *near_addr,
		  const char *far_addr)
{
	bool v6 = strchr(near_addr, ':');
	struct counters vti;
	int fd, i, esp;

	if (!have("ip"))
		return;
	for (i = 0; i < 2; i++) {
		topology(i);
		way_back();
		add_states(near_addr, far_addr, false);
		if (!cmd_or_skip("add v1 lwd %d up type %s local %s remote %s key 9",
				 i, kind, far_addr, near_addr))
			return;
		add_addr("v1", "192.0.2.2", 24);
		add_addr("v1", "2001:db8:9::2", 64);
		netns_go(near);
		add_states(near_addr, far_addr, true);
		cmd("add v0 lwd %d up type %s local %s remote %s key 9", i,
		    kind, near_addr, far_addr);
		add_addr("v0", "192.0.2.1", 24);
		add_addr("v0", "2001:db8:9::1", 64);
		fd = frame_socket(SOCK_RAW, "n0", ETH_P_ALL);
		udp_pass(labels[i], near, "192.0.2.1", far, "192.0.2.2", 10);
		udp_pass(labels[i], near, "2001:db8:9::1", far,
			 "2001:db8:9::2", 10);
		netns_go(near);
		esp = esp_seen(fd, v6);
		CHECK(esp >= 40, "%s: expected 40 packets with ESP, got %d",
		      labels[i], esp);
		vti = counters_of("v0");
		CHECK(vti.tx >= 20 && vti.rx >= 20,
		      "%s: expected 20 packets each way on v0, got %llu, %llu",
		      labels[i], vti.tx, vti.rx);
		close(fd);
	}
}

static void ipsec_vti(void)
{
	ipsec("vti", "198.51.100.1", "203.0.113.1");
}

static void ipsec_vti6(void)
{
	ipsec("vti6", "2001:db8:1::1", "2001:db8:2::1");
}

static const struct lwd_case cases[] = {
	CASE("KEEP-3 KEEP-5", source_nat),
	CASE("KEEP-3 KEEP-5", past_forward_hook),
	CASE("KEEP-5 KINDS", ipsec_vti),
	CASE("KEEP-5 KINDS", ipsec_vti6),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

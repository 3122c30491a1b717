// SPDX-License-Identifier: GPL-2.0
/*
 * A protocol that is turned off on a lightweight device takes with it all that
 * hangs on it, although the device and its link stay, and nothing of it comes
 * back when the protocol is turned on again.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lwd_case.h"
#include "lwd_frame.h"
#include "lwd_path.h"

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

/* Lines that a command prints in the present namespace */
static int lines_of(const char *command)
{
	int c, count = 0;
	FILE *f;

	f = popen(command, "r");
	while (f && (c = fgetc(f)) != EOF)
		count += c == '\n';
	return f && !pclose(f) ? count : -1;
}

static void expect_lines(const char *when, const char *command, int want)
{
	int got = lines_of(command);

	CHECK(got == want, "%s, %s: expected %d lines, got %d", when, command,
	      want, got);
}

static void out_of_b0(void)
{
	netns_go(path_router);
	add_addr("b0", "203.0.113.2", 24);
	add_addr("b0", "2001:db8:2::2", 64);
}

/*
 * The MTU has taken the protocol, but not what has no address: routes and
 * nexthops live again with it, which is the control.  Off takes them as well.
 */
static void after_the_mtu(void)
{
	const char *when;
	int i;

	if (!have("ip"))
		return;
	for (i = 0; i < 2; i++) {
		when = i ? "after off" : "control";
		cmd("add d0 lwd 1 up type dummy");
		cmd("set d0 inet on");
		cmd("set d0 inet6 on");
		tool("ip -batch -",
		     "route add 192.0.2.0/24 dev d0\n"
		     "nexthop add id 1 dev d0\n"
		     "route add 203.0.113.0/24 nhid 1\n");
		tool("ip -6 -batch -",
		     "nexthop add id 2 dev d0\n"
		     "route add 2001:db8:3::/64 nhid 2\n");
		cmd("set d0 mtu 60");
		if (i) {
			cmd("set d0 inet off");
			cmd("set d0 inet6 off");
		}
		cmd("set d0 mtu 1500");
		if (i) {
			cmd("set d0 inet on");
			cmd("set d0 inet6 on");
		}
		expect_lines(when, "ip -4 route show dev d0", i ? 0 : 2);
		expect_lines(when, "ip -6 route show 2001:db8:3::/64",
			     i ? 0 : 1);
		expect_lines(when, "ip nexthop show dev d0", i ? 0 : 2);
		cmd("del d0");
	}
}

static void expect_inet(const char *when, int enable, bool there)
{
	struct link_state st = {};

	link_get("d0", &st);
	CHECK(st.enable[L3_INET] == enable && st.conf[L3_INET] == there,
	      "%s: expected IPv4 %d, there: %d, got %d, %d", when, enable,
	      there, st.enable[L3_INET], st.conf[L3_INET]);
}

/* A message with several families: none is changed if one is refused. */
static void several_families(void)
{
	struct nl_ack ack;

	cmd("add d0 lwd 1 up mtu 1200 type dummy");
	add_addr("d0", "198.51.100.1", 24);
	CHECK(link_cmd(&ack, "set d0 inet off inet6 on") &&
	      ack.err == EINVAL && strstr(ack.msg, "MTU"),
	      "expected EINVAL because of the MTU, got %d: %s", ack.err,
	      ack.msg);
	expect_inet("refused", IFLA_L3_AUTO, true);
	CHECK(link_cmd(&ack,
		       "add d1 lwd 1 mtu 1200 inet on inet6 on type dummy") &&
	      ack.err == EINVAL && strstr(ack.msg, "MTU"),
	      "expected EINVAL because of the MTU, got %d: %s", ack.err,
	      ack.msg);
	CHECK(!if_nametoindex("d1"), "expected no d1, got one");
	/* the MTU that counts is the one of the same message */
	cmd("set d0 mtu 1500 inet off inet6 on");
	expect_inet("not refused", IFLA_L3_OFF, false);
}

static void put_route(struct nlmsghdr *nlh, int index, unsigned int number)
{
	struct in6_addr dst = {};
	struct rtmsg *rtm;

	inet_pton(AF_INET6, "2001:db8:9::", &dst);
	dst.s6_addr[7] = number;
	nlh->nlmsg_type = RTM_NEWROUTE;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_REPLACE |
			   NLM_F_ACK;
	rtm = mnl_nlmsg_put_extra_header(nlh, sizeof(*rtm));
	rtm->rtm_family = AF_INET6;
	rtm->rtm_dst_len = 64;
	rtm->rtm_table = RT_TABLE_MAIN;
	rtm->rtm_protocol = RTPROT_STATIC;
	rtm->rtm_scope = RT_SCOPE_UNIVERSE;
	rtm->rtm_type = RTN_UNICAST;
	mnl_attr_put(nlh, RTA_DST, sizeof(dst), &dst);
	mnl_attr_put_u32(nlh, RTA_OIF, index);
}

static pid_t flood(int index)
{
	char buf[256];
	struct nl_ack ack;
	unsigned int i;
	pid_t pid;

	pid = fork();
	if (pid)
		return pid;
	nl_reopen();
	for (i = 0;; i++) {
		struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

		put_route(nlh, index, i % 64);
		nl_talk(nlh, &ack, NULL, NULL);
	}
}

/*
 * Routes are added all the while: none is left on a device that has lost IPv6.
 * LWD_ROUNDS=10000 does it for long.  An ordinary device loses it by its MTU.
 */
static void routes_meanwhile(void)
{
	const char *rounds = getenv("LWD_ROUNDS");
	int count = rounds ? atoi(rounds) : 300;
	int i, lwd, round, index;
	pid_t pids[2];

	if (!have("ip"))
		return;
	for (lwd = 0; lwd < 2; lwd++) {
		cmd("add d0 lwd %d up type dummy", lwd);
		index = if_nametoindex("d0");
		for (i = 0; i < 2; i++)
			pids[i] = flood(index);
		for (round = 0; round < count && !case_failed; round++) {
			cmd(lwd ? "set d0 inet6 on" : "set d0 mtu 1500");
			sched_yield();
			cmd(lwd ? "set d0 inet6 off" : "set d0 mtu 1200");
			if (round % 50)
				continue;
			expect_lines(path_labels[lwd],
				     "ip -6 route show table all dev d0", 0);
		}
		for (i = 0; i < 2; i++) {
			kill(pids[i], SIGKILL);
			waitpid(pids[i], NULL, 0);
		}
		expect_lines(path_labels[lwd], "ip -6 route show table all dev d0",
			     0);
		cmd("del d0");
	}
}

static int connections(void)
{
	int count = -1;
	FILE *f;

	f = fopen("/proc/sys/net/netfilter/nf_conntrack_count", "r");
	if (f && fscanf(f, "%d", &count) != 1)
		count = -1;
	if (f)
		fclose(f);
	return count;
}

static void expect_connections(const char *what, int want)
{
	int i;

	for (i = 0; i < wait_ms() && connections() != want; i++)
		usleep(1000);
	CHECK(connections() == want, "%s: expected %d connections, got %d",
	      what, want, connections());
}

/*
 * Masqueraded connections end with the addresses that they are behind, those
 * of the other protocol go on.  A link that goes down is the control.
 */
static void masqueraded(void)
{
	static const char * const first[] = { NULL, "inet", "inet6" };
	const char *label;
	int i, lwd;

	if (!have("nft"))
		return;
	for (i = 0; i < 3; i++) {
		lwd = !!first[i];
		label = path_labels[lwd];
		path_make(lwd);
		out_of_b0();
		tool("nft -f -",
		     "table inet t {\n"
		     "chain post {\n"
		     "type nat hook postrouting priority srcnat\n"
		     "oifname \"b0\" meta l4proto udp masquerade\n"
		     "}\n"
		     "}\n");
		udp_pass(label, path_near, "198.51.100.1", path_far,
			 "203.0.113.1", 2);
		udp_pass(label, path_near, "2001:db8:1::1", path_far,
			 "2001:db8:2::1", 2);
		netns_go(path_router);
		expect_connections("before", 2);
		if (!lwd) {
			cmd("set b0 down");
			expect_connections("control", 0);
			continue;
		}
		cmd("set b0 %s off", first[i]);
		expect_connections(first[i], 1);
		cmd("set b0 inet off inet6 off");
		expect_connections("both off", 0);
	}
}

/*
 * A flow that is sent directly by the port of a bridge knows neither the bridge
 * nor a route.  It ends with the bridge's protocol.
 */
static void direct_flow(void)
{
	struct sockaddr_storage to, peer;
	socklen_t len, peer_len;
	int i, in, out, round;
	char text[8];
	bool passed;

	if (!have("nft"))
		return;
	for (i = 0; i < 2; i++) {
		path_make(i);
		cmd("add br0 lwd %d up type bridge", i);
		cmd("set b0 master br0");
		add_addr("br0", "203.0.113.2", 24);
		netns_go(path_far);
		add_route("198.51.100.0", 24, "203.0.113.2");
		netns_go(path_router);
		links_running();
		tool("nft -f -",
		     "table inet t {\n"
		     "flowtable f {\n"
		     "hook ingress priority 0\n"
		     "devices = { \"a0\", \"b0\" }\n"
		     "}\n"
		     "chain through {\n"
		     "type filter hook forward priority 0\n"
		     "meta l4proto udp flow add @f\n"
		     "}\n"
		     "}\n");
		len = to_sockaddr("203.0.113.1", 7002, &to);
		out = udp_socket(path_near, "198.51.100.1", 7001);
		in = udp_socket(path_far, "203.0.113.1", 7002);
		for (round = 0; round < 20; round++) {
			peer_len = sizeof(peer);
			passed = sendto(out, "there", 6, 0,
					(struct sockaddr *)&to, len) == 6 &&
				 recvfrom(in, text, sizeof(text), 0,
					  (struct sockaddr *)&peer,
					  &peer_len) == 6 &&
				 sendto(in, "back", 5, 0,
					(struct sockaddr *)&peer,
					peer_len) == 5 &&
				 recv(out, text, sizeof(text), 0) == 5;
			if (!passed)
				break;
		}
		CHECK(round == 20, "%s: expected 20 datagrams, got %d",
		      path_labels[i], round);
		netns_go(path_router);
		if (i)
			cmd("set br0 inet off");
		else
			cmd("set br0 down");
		sendto(out, "there", 6, 0, (struct sockaddr *)&to, len);
		usleep(200 * 1000);
		CHECK(recv(in, text, sizeof(text), MSG_DONTWAIT) < 0,
		      "%s: expected no datagram after the end", path_labels[i]);
		close(in);
		close(out);
	}
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-6", after_the_mtu),
	CASE("ENABLE-8", several_families),
	CASE("ENABLE-6", masqueraded),
	CASE("ENABLE-6", direct_flow),
	CASE("ENABLE-6", routes_meanwhile),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

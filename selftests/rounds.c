// SPDX-License-Identifier: GPL-2.0
/*
 * Lightweight devices come and go many times, in stacks, with layer 3 on and
 * with their namespace: all of them go, and so does what was allocated for
 * them. Ordinary ones that go the same way are the control.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/icmpv6.h>
#include <net/if.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define ROUNDS	50	/* of which each makes 20 devices: a thousand */
#define COPIES	5
#define QUERIED	1000	/* what failed did so after 40 to 480 */

static void expect_gone(const char *what, const char *name)
{
	int i;

	for (i = 0; i < wait_ms() && exists(name); i++)
		usleep(1000);
	CHECK(!exists(name), "%s: expected no %s, got one", what, name);
}

/*
 * Each line makes a device; "@ " is the label and # a digit, as there are some
 * copies of all.  One request deletes them, so that the kernel waits once for
 * those who may still use them.
 */
static bool make(const char *words, const char *label, char digit)
{
	char line[256];
	size_t len = 0;

	for (; *words && len < sizeof(line) - 8; words++) {
		if (*words == '@')
			len += sprintf(line + len, "%s", label);
		else
			line[len++] = *words == '#' ? digit : *words;
	}
	line[len] = 0;
	return cmd("%s", line);
}

static void rounds(const char *what, const char * const *lines,
		   const char *addr, int len, int count)
{
	static const char * const labels[] = { "lwd 1", "lwd 0" };
	unsigned int label;
	int i, k, copy;

	for (label = 0; label < 2; label++) {
		/* a few of the control are enough */
		for (i = 0; i < (label ? 6 : count); i++) {
			if (i == 2)
				memory_note();
			for (copy = 0; copy < COPIES; copy++)
				for (k = 0; lines[k]; k++)
					if (!make(lines[k], labels[label],
						  '1' + copy))
						return;
			if (addr)
				add_addr("d1", addr, len);
			if (!cmd("del - group 9"))
				return;
		}
		CHECK(!exists("a1") && !exists("d5"),
		      "%s: expected no device, got one", what);
		expect_freed(what);
	}
}

static void on_layer_2(void)
{
	static const char * const lines[] = {
		"add a# @ up group 9 type dummy",
		"add b# @ up group 9 link a# type vlan id 5",
		"add c# @ up group 9 type vrf table 9#",
		"add d# @ up group 9 master c# type dummy", NULL
	};

	rounds("layer 2", lines, NULL, 0, ROUNDS);
}

static void with_ipv4(void)
{
	static const char * const lines[] = {
		"add a# @ up group 9 type dummy",
		"add b# @ up group 9 link a# type vlan id 5",
		"add c# @ up group 9 type bridge",
		"add d# @ up group 9 type dummy", NULL
	};

	rounds("IPv4", lines, "198.51.100.1", 24, ROUNDS / 5);
}

static void with_ipv6(void)
{
	static const char * const lines[] = {
		"add a# @ up group 9 type dummy",
		"add b# @ up group 9 link a# type macvlan mode bridge",
		"add c# @ up group 9 type vti local 192.0.2.1 remote 198.51.100.# key #",
		"add d# @ up group 9 type dummy", NULL
	};

	rounds("IPv6", lines, "2001:db8::1", 64, ROUNDS / 5);
}

/*
 * Layer 3 comes and goes, and the device stays.  An ordinary one is without if
 * its MTU is too small.
 */
static void layer3_off(void)
{
	static const struct {
		const char *label;
		const char *on;
		const char *off;
	} ways[] = {
		{ "lwd 1", "inet on inet-conf 8 1 inet6 on mpls on",
		  "inet off inet6 off mpls off" },
		{ "lwd 0", "mtu 1500", "mtu 60" },
	};
	struct l3_view view;
	unsigned int i;
	int round;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		cmd("add d0 %s up type dummy", ways[i].label);
		for (round = 0; round < 4; round++) {
			if (round == 1)
				memory_note();
			cmd("set d0 %s", ways[i].on);
			add_addr("d0", "198.51.100.1", 24);
			add_addr("d0", "2001:db8::1", 64);
			cmd("set d0 %s", ways[i].off);
			l3_get("d0", &view);
			CHECK(!view.parms && !view.addr && !view.mcast,
			      "%s: expected it without layer 3, got some",
			      ways[i].off);
		}
		expect_freed(ways[i].off);
		cmd("del d0");
	}
}

/* Multicast listener queries by a device of here, one after the other. */
static void query(const char *name)
{
	/* next header, length, router alert, padding */
	static const uint8_t alert[8] = { 0, 0, 5, 2, 0, 0, 1, 0 };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	uint8_t general[28] = { ICMPV6_MGM_QUERY, [5] = 1 };
	int fd;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	setsockopt(fd, IPPROTO_IPV6, IPV6_HOPOPTS, alert, sizeof(alert));
	inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
	to.sin6_scope_id = if_nametoindex(name);
	for (;;)
		sendto(fd, general, sizeof(general), 0,
		       (struct sockaddr *)&to, sizeof(to));
}

static long queries(void)
{
	char line[128];
	long count = 0;
	FILE *f;

	f = fopen("/proc/net/snmp6", "r");
	while (f && fgets(line, sizeof(line), f))
		sscanf(line, "Icmp6InGroupMembQueries %ld", &count);
	if (f)
		fclose(f);
	return count;
}

/*
 * IPv6 goes and comes back before the kernel's work on a query that came before
 * goes on.  For that all happens on one CPU, and what is done here comes first.
 */
static void queried_meanwhile(void)
{
	static const char * const ways[][3] = {
		{ "lwd 0", "mtu 1270", "mtu 1500" },
		{ "lwd 1", "inet6 off", "inet6 on" },
	};
	const struct sched_param first = { 1 }, usual = { 0 };
	unsigned int i, round;
	cpu_set_t cpus, one;
	pid_t child;
	long before;

	CPU_ZERO(&one);
	sched_getaffinity(0, sizeof(cpus), &cpus);
	for (i = 0; !CPU_COUNT(&one); i++)
		if (CPU_ISSET(i, &cpus))
			CPU_SET(i, &one);
	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		if (i)
			memory_note();
		cmd("add near lwd 0 up type veth peer %s name far", ways[i][0]);
		cmd("set far up");
		cmd("set far %s", ways[i][2]);
		links_running();
		addrs_ready(NULL);
		before = queries();
		sched_setaffinity(0, sizeof(one), &one);
		child = fork();
		if (!child)
			query("near");
		CHECK(child > 0, "expected a process, got %s", strerror(errno));
		if (child < 0)
			return;
		sched_setscheduler(0, SCHED_FIFO, &first);
		for (round = 0; round < QUERIED; round++) {
			usleep(300 + round % 100);	/* any moment */
			cmd("set far %s", ways[i][1]);
			cmd("set far %s", ways[i][2]);
		}
		sched_setscheduler(0, SCHED_OTHER, &usual);
		sched_setaffinity(0, sizeof(cpus), &cpus);
		kill(child, SIGKILL);
		waitpid(child, NULL, 0);
		CHECK(queries() > before + QUERIED / 10,
		      "%s: expected a query in many rounds, got %ld",
		      ways[i][0], queries() - before);
		cmd("del near");
		if (i)
			expect_freed("queries");
	}
}

/* A namespace goes with all that is in it; the end of a pair tells when. */
static void netns_destroyed(void)
{
	static const char * const labels[] = { "lwd 1", "lwd 0" };
	int here = netns_new(), there, round;

	for (round = 0; round < 6; round++) {
		const char *label = labels[round & 1];

		if (round == 2)
			memory_note();
		there = netns_new();
		cmd("add d0 %s up type dummy", label);
		cmd("add d1 %s up link d0 type vlan id 5", label);
		cmd("add d2 %s up type bridge", label);
		cmd("set d1 master d2");
		cmd("add d3 %s up type vrf table 9", label);
		cmd("add d4 %s up master d3 type dummy", label);
		cmd("add d5 %s up link d0 type macvlan mode bridge", label);
		cmd("add end %s up type veth peer %s name seen netns /proc/self/fd/%d",
		    label, label, here);
		add_addr("d4", "198.51.100.1", 24);
		add_addr("d5", "2001:db8::1", 64);
		add_addr("end", "203.0.113.1", 24);
		if (!(round & 1))
			cmd("set d0 inet on inet6 on mpls on");
		netns_go(here);
		CHECK(exists("seen"), "expected the pair's end, got none");
		close(there);
		expect_gone("netns", "seen");
	}
	expect_freed("netns");
	close(here);
}

static const struct lwd_case cases[] = {
	CASE("KEEP-6", on_layer_2),
	CASE("KEEP-6 ENABLE-6", with_ipv4),
	CASE("KEEP-6 ENABLE-6", with_ipv6),
	CASE("FOOT-3 ENABLE-6", layer3_off),
	CASE("ENABLE-6", queried_meanwhile),
	CASE("KEEP-6", netns_destroyed),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

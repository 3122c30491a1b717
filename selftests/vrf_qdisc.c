// SPDX-License-Identifier: GPL-2.0
/*
 * What a host sends over a VRF goes through the VRF's own transmit path if that
 * has a qdisc or several queues, or if it is for an address of the host in the
 * VRF.  An ordinary VRF is the control, a lightweight one has no layer 3 of its
 * own.
 *
 *   near                                  far
 *   v0 (VRF) - n0 198.51.100.1/24 ------- f0 198.51.100.2/24
 *                 2001:db8:1::1/64           2001:db8:1::2/64
 */

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <sys/socket.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define COUNT	5

static const char * const labels[] = { "ordinary", "lightweight" };
static int near, far;

static bool run(const char *command)
{
	int status = system(command);

	CHECK(!status, "%s: expected success, got status %d", command, status);
	return !status;
}

static bool topology(int lwd, const char *words)
{
	static bool made;

	if (made) {
		close(near);
		close(far);
	}
	made = true;
	far = netns_new();
	near = netns_new();
	if (!cmd_or_skip("add v0 lwd %d up %s type vrf table 101", lwd, words))
		return false;
	cmd("add n0 up master v0 type veth peer name f0 netns /proc/self/fd/%d",
	    far);
	add_addr("n0", "198.51.100.1", 24);
	add_addr("n0", "2001:db8:1::1", 64);
	netns_go(far);
	cmd("set f0 up");
	add_addr("f0", "198.51.100.2", 24);
	add_addr("f0", "2001:db8:1::2", 64);
	netns_go(near);
	return true;
}

/* Datagrams of a socket that is bound to the VRF come to the far end. */
static void udp(const char *what, const char *from, const char *to)
{
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(to, 7002, &ss);
	int in = udp_socket(far, to, 7002);
	char text[8];
	int got, i, out;

	netns_go(near);
	links_running();
	addrs_ready(from);
	out = socket(ss.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(!setsockopt(out, SOL_SOCKET, SO_BINDTODEVICE, "v0", 3),
	      "%s: expected to bind to the VRF", what);
	for (i = 0, got = 0; i < COUNT; i++)
		if (sendto(out, "word", 5, 0, (struct sockaddr *)&ss,
			   len) == 5 &&
		    recv(in, text, sizeof(text), 0) == 5)
			got++;
		else
			break;
	CHECK(got == COUNT, "%s: expected %d datagrams at %s, got %d", what,
	      COUNT, to, got);
	close(in);
	close(out);
}

static void echo(const char *what, const char *to)
{
	char line[128];
	int status;

	snprintf(line, sizeof(line),
		 "ping -q -n -c 1 -W %d -I v0 %s > /dev/null 2>&1",
		 wait_ms() / 1000, to);
	status = system(line);
	CHECK(!status, "%s: expected an answer from %s, got status %d", what,
	      to, status);
}

/* The VRF is the loopback of its ports: a connection to an own address */
static void own(const char *what, const char *addr)
{
	struct timeval wait = { .tv_sec = wait_ms() / 1000 };
	struct sockaddr_storage ss;
	socklen_t len = to_sockaddr(addr, 7003, &ss);
	struct sockaddr *sa = (struct sockaddr *)&ss;
	int in, out;

	addrs_ready(addr);
	in = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	out = socket(ss.ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	CHECK(!setsockopt(in, SOL_SOCKET, SO_BINDTODEVICE, "v0", 3) &&
	      !setsockopt(out, SOL_SOCKET, SO_BINDTODEVICE, "v0", 3) &&
	      !setsockopt(out, SOL_SOCKET, SO_SNDTIMEO, &wait, sizeof(wait)),
	      "%s: expected to bind to the VRF", what);
	CHECK(!bind(in, sa, len) && !listen(in, 1),
	      "%s: expected to listen on %s: %s", what, addr, strerror(errno));
	CHECK(!connect(out, sa, len), "%s: expected to connect to %s, got %s",
	      what, addr, strerror(errno));
	close(in);
	close(out);
}

/* Packets that the qdisc or the queues of the VRF have sent */
static int sent(void)
{
	unsigned long long bytes;
	int count = -1, packets;
	char line[256];
	FILE *f;

	f = popen("tc -s qdisc show dev v0", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, " Sent %llu bytes %d pkt", &bytes,
			   &packets) == 2 && packets > count)
			count = packets;
	if (f)
		pclose(f);
	return count;
}

static void traffic(const char *words, const char *qdisc)
{
	char what[64], line[128];
	int i;

	for (i = 0; i < 2; i++) {
		if (!topology(i, words))
			return;
		snprintf(line, sizeof(line), "tc qdisc replace dev v0 %s",
			 qdisc);
		if (*qdisc && !run(line))
			return;
		snprintf(what, sizeof(what), "%s, %s%s", labels[i], words,
			 qdisc);
		udp(what, "198.51.100.1", "198.51.100.2");
		udp(what, "2001:db8:1::1", "2001:db8:1::2");
		echo(what, "198.51.100.2");
		echo(what, "2001:db8:1::2");
		CHECK(!*qdisc || sent() > 2 * COUNT,
		      "%s: expected the qdisc to send more than %d, got %d",
		      what, 2 * COUNT, sent());
	}
}

static void no_qdisc(void)
{
	traffic("", "");
}

static void queues(void)
{
	traffic("numtxqueues 4", "");
}

static void fq_codel(void)
{
	traffic("", "root fq_codel");
}

static void netem(void)
{
	traffic("", "root netem delay 1ms");
}

static void tbf(void)
{
	traffic("", "root tbf rate 100mbit burst 64k latency 50ms");
}

static void htb(void)
{
	traffic("", "root htb");
}

static void mq(void)
{
	traffic("numtxqueues 4", "root mq");
}

static void own_addresses(void)
{
	int i;

	for (i = 0; i < 2; i++) {
		if (!topology(i, ""))
			return;
		own(labels[i], "198.51.100.1");
		own(labels[i], "2001:db8:1::1");
		echo(labels[i], "198.51.100.1");
		echo(labels[i], "2001:db8:1::1");
		if (!run("tc qdisc replace dev v0 root fq_codel"))
			return;
		own(labels[i], "198.51.100.1");
		own(labels[i], "2001:db8:1::1");
	}
}

static const struct lwd_case cases[] = {
	CASE("KEEP-2 KINDS", no_qdisc),
	CASE("KEEP-2 KINDS", queues),
	CASE("KEEP-2 KINDS", fq_codel),
	CASE("KEEP-2 KINDS", netem),
	CASE("KEEP-2 KINDS", tbf),
	CASE("KEEP-2 KINDS", htb),
	CASE("KEEP-2 KINDS", mq),
	CASE("KEEP-5 KINDS", own_addresses),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

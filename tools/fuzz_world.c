// SPDX-License-Identifier: GPL-2.0
/* The fuzzer's worlds, how it sees that they go, and the log of a round. */

#define _GNU_SOURCE
#include <err.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>
#include <sys/socket.h>

#include <linux/net_namespace.h>
#include <linux/rtnetlink.h>

#include "fuzz.h"

#define PATIENCE 120 /* seconds for namespaces to go */

static int home = -1, home_nl = -1; /* the worker's own namespace */

/* The log of a round */

static int log_fd = -1;
static char line[16384];
static size_t line_len;

void log_open(const char *folder, unsigned int number)
{
	char path[512];

	if (log_fd >= 0)
		close(log_fd);
	snprintf(path, sizeof(path), "%s/worker-%u.log", folder, number);
	log_fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC,
		      0644);
	if (log_fd < 0)
		err(1, "%s", path);
}

void log_write(void)
{
	if (write(log_fd, line, line_len) < 0)
		err(1, "the log");
	line_len = 0;
}

void note(const char *fmt, ...)
{
	va_list ap;

	line[line_len++] = ' ';
	va_start(ap, fmt);
	line_len += vsnprintf(line + line_len, 256, fmt, ap);
	va_end(ap);
}

void note_bytes(const void *data, size_t len)
{
	const uint8_t *byte = data;

	line[line_len++] = ' ';
	for (; len--; byte++)
		line_len += sprintf(line + line_len, "%02x", *byte);
	log_write();
}

/* Worlds */

void enter(int net)
{
	if (setns(net, CLONE_NEWNET))
		err(1, "setns");
}

int rtnl_socket(unsigned int groups)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK,
				    .nl_groups = groups };
	struct timeval patience = { .tv_sec = PATIENCE };
	int sock, one = 1;

	sock = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (sock < 0 || bind(sock, (void *)&addr, sizeof(addr)))
		err(1, "rtnetlink");
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
	setsockopt(sock, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	return sock;
}

void go_home(void)
{
	if (home >= 0)
		return enter(home);
	if (unshare(CLONE_NEWNET))
		err(1, "unshare");
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	home_nl = rtnl_socket(0);
}

/* Give the namespace an ID at home, which is there as long as it is. */
static void give_id(int net)
{
	struct world at_home = { .nl = { home_nl } };
	struct rtgenmsg *gen;
	struct msg m;

	gen = msg_start(&m, RTM_NEWNSID, 0, sizeof(*gen));
	gen->rtgen_family = AF_UNSPEC;
	put_u32(&m, NETNSA_FD, net);
	put_u32(&m, NETNSA_NSID, -1);
	if (exchange(&at_home, 0, &m))
		errx(1, "no ID for a namespace");
}

void world_open(struct world *w, bool lwd)
{
	int at, i;

	w->lwd = lwd;
	for (at = 0; at < 2; at++) {
		if (unshare(CLONE_NEWNET))
			err(1, "unshare");
		w->net[at] =
			open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
		w->nl[at] = rtnl_socket(0);
		w->ear[at] = rtnl_socket(~0u);
		for (i = 0; i < SOCKS; i++)
			w->sock[at][i] = -1;
		enter(home);
		give_id(w->net[at]);
	}
}

void world_close(struct world *w)
{
	int at;

	for (at = 0; at < 2; at++) {
		sockets_close(w, at);
		close(w->net[at]);
		close(w->nl[at]);
		close(w->ear[at]);
	}
}

/* How many namespaces have an ID at home */
static int ids(void)
{
	struct {
		struct nlmsghdr nlh;
		struct rtgenmsg gen;
	} req = {
		.nlh = {
			.nlmsg_len = sizeof(req), .nlmsg_type = RTM_GETNSID,
			.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP,
		},
	};
	struct nlmsghdr *nlh;
	char reply[16384];
	unsigned int len;
	int n = 0;

	if (send(home_nl, &req, sizeof(req), 0) < 0)
		err(1, "RTM_GETNSID");
	for (;;) {
		len = recv(home_nl, reply, sizeof(reply), 0);
		if ((int)len < 0)
			err(1, "RTM_GETNSID");
		for (nlh = (void *)reply; NLMSG_OK(nlh, len);
		     nlh = NLMSG_NEXT(nlh, len)) {
			if (nlh->nlmsg_type == NLMSG_DONE)
				return n;
			n += nlh->nlmsg_type == RTM_NEWNSID;
		}
	}
}

/*
 * They go one after the other: when the ID of one that was made last has gone,
 * nobody waits any more for a device of those before.
 */
bool all_go(void)
{
	time_t until = time(NULL) + PATIENCE;
	int i, net;

	for (i = 0; i < 2; i++) {
		while (ids()) {
			if (time(NULL) > until)
				return false;
			poll(NULL, 0, 1);
		}
		if (i || unshare(CLONE_NEWNET))
			break;
		net = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
		enter(home);
		give_id(net);
		close(net);
	}
	return true;
}

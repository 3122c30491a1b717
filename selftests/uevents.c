// SPDX-License-Identifier: GPL-2.0
/*
 * No uevent tells of a lightweight device: not when it comes, goes, changes
 * its name, its namespace or its number of queues.  An ordinary device does the
 * same thing after it, and its uevent both proves that the listener works and
 * ends the wait: uevents arrive in the order of what caused them.
 */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ethtool.h>
#include <linux/sockios.h>

#include "lwd_case.h"

static int listener = -1;	/* in the namespace of the cases */
static int listener2 = -1;	/* in a second one */
static int netns2 = -1;

static int open_listener(void)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = 1 };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC,
			NETLINK_KOBJECT_UEVENT);
	int size = 1 << 20;

	if (fd < 0 || bind(fd, (struct sockaddr *)&addr, sizeof(addr)))
		return -1;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	return fd;
}

/*
 * Read up to the control's event, whose "ACTION@path" holds both words.
 * Whatever comes before must not have "lw" as a device's name in its path.
 */
static void read_to(int fd, const char *action, const char *name)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int wrong = 0, len;
	char buf[8192];

	while (poll(&pfd, 1, wait_ms()) == 1) {
		len = recv(fd, buf, sizeof(buf) - 1, 0);
		if (len <= 0)
			break;
		buf[len] = 0;
		if (strstr(buf, "/lw") && !wrong++)
			CHECK(false, "expected no uevent, got %s", buf);
		if (!strncmp(buf, action, strlen(action)) && strstr(buf, name))
			return;
	}
	CHECK(false, "control: expected uevent %s of %s, got none", action,
	      name);
}

/* Each kind, once with the label and then as the control. */
static const struct {
	const char *name;
	const char *words;
} kinds[] = {
	{ "dummy", "type dummy" },
	{ "vlan", "link under type vlan id " },
	{ "vrf", "type vrf table " },
	{ "vti", "type vti local 192.0.2.1 remote 192.0.2." },
};

static int serial;

static void make(const char *prefix, int kind, const char *label)
{
	char num[16] = "";

	if (kind)
		snprintf(num, sizeof(num), "%d", ++serial);
	/* the last word ends in a number of its own */
	cmd("add %s%s lwd %s %s%s", prefix, kinds[kind].name, label,
	    kinds[kind].words, num);
}

static void add_all(void)
{
	char name[64];
	unsigned int i;

	cmd("add under up type dummy");
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		make("lw", i, "on");
		make("or", i, "off");
		snprintf(name, sizeof(name), "/or%s", kinds[i].name);
		read_to(listener, "add", name);
	}
}

static void on_add(void)
{
	add_all();
}

static void on_remove(void)
{
	char name[64];
	unsigned int i;

	add_all();
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		cmd("del lw%s", kinds[i].name);
		cmd("del or%s", kinds[i].name);
		snprintf(name, sizeof(name), "/or%s", kinds[i].name);
		read_to(listener, "remove", name);
	}
}

static void rename_one(const char *from, const char *to)
{
	struct ifreq ifr = {};
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", from);
	snprintf(ifr.ifr_newname, sizeof(ifr.ifr_newname), "%s", to);
	CHECK(!ioctl(fd, SIOCSIFNAME, &ifr),
	      "rename %s: expected success, got %s", from, strerror(errno));
	close(fd);
}

static void on_rename(void)
{
	char from[16], to[16];
	unsigned int i;

	add_all();
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		snprintf(from, sizeof(from), "lw%s", kinds[i].name);
		snprintf(to, sizeof(to), "lw2%s", kinds[i].name);
		rename_one(from, to);
		snprintf(from, sizeof(from), "or%s", kinds[i].name);
		snprintf(to, sizeof(to), "or2%s", kinds[i].name);
		rename_one(from, to);
		read_to(listener, "move", to);
	}
}

/* To the second namespace, in which the listener hears an add. */
static void on_netns_move(void)
{
	add_all();
	cmd("set lwdummy netns /proc/self/fd/%d", netns2);
	cmd("set ordummy netns /proc/self/fd/%d", netns2);
	read_to(listener, "remove", "/ordummy");
	read_to(listener2, "add", "/ordummy");
}

/* The queues are kobjects of their own below the device's. */
static void set_channels(const char *name, int count)
{
	struct ethtool_channels ch = {
		.cmd = ETHTOOL_SCHANNELS,
		.rx_count = count,
		.tx_count = count,
	};
	struct ifreq ifr = { .ifr_data = (void *)&ch };
	int fd = socket(AF_INET, SOCK_DGRAM, 0);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	CHECK(!ioctl(fd, SIOCETHTOOL, &ifr),
	      "%s, %d queues: expected success, got %s", name, count,
	      strerror(errno));
	close(fd);
}

static void on_queue_change(void)
{
	static const char queues[] = "numtxqueues 4 numrxqueues 4";

	cmd("add lwq lwd on %s type veth peer lwd on name lwp %s", queues,
	    queues);
	cmd("add orq %s type veth peer name orp %s", queues, queues);
	read_to(listener, "add", "/orq");
	set_channels("lwq", 1);
	set_channels("orq", 1);
	read_to(listener, "remove", "/orq/queues/");
	set_channels("lwq", 3);
	set_channels("orq", 3);
	read_to(listener, "add", "/orq/queues/");
}

/* Whatever else is done to it: the control is another device's add. */
static void on_settings(void)
{
	static const char * const words[] = {
		"up", "mtu 1400", "group 7", "down", "up",
	};
	unsigned int i, k;

	add_all();
	for (k = 0; k < ARRAY_SIZE(kinds); k++)
		for (i = 0; i < ARRAY_SIZE(words); i++)
			cmd("set lw%s %s", kinds[k].name, words[i]);
	cmd("add orend type dummy");
	read_to(listener, "add", "/orend");
}

/* With masters and ports, in both roles. */
static void on_stacking(void)
{
	cmd("add lwbr lwd on type bridge");
	cmd("add lwport lwd on master lwbr type dummy");
	cmd("add orport master lwbr type dummy");
	read_to(listener, "add", "/orport");
	cmd("del lwport");
	cmd("del lwbr");
	cmd("del orport");
	read_to(listener, "remove", "/orport");
}

static const struct lwd_case cases[] = {
	CASE("SYSFS-2", on_add),
	CASE("SYSFS-2", on_remove),
	CASE("SYSFS-2", on_rename),
	CASE("SYSFS-2", on_netns_move),
	CASE("SYSFS-2", on_queue_change),
	CASE("SYSFS-2", on_settings),
	CASE("SYSFS-2 SYSFS-3", on_stacking),
};

/* Two new namespaces, a listener in each; ends in the first. */
static bool setup(void)
{
	if (listener >= 0) {
		close(listener);
		close(listener2);
		close(netns2);
	}
	if (unshare(CLONE_NEWNET))
		return false;
	netns2 = open("/proc/self/ns/net", O_RDONLY);
	listener2 = open_listener();
	if (unshare(CLONE_NEWNET))
		return false;
	listener = open_listener();
	nl_reopen();
	return listener >= 0 && listener2 >= 0 && netns2 >= 0;
}

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), setup);
}

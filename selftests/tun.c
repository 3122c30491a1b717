// SPDX-License-Identifier: GPL-2.0
/*
 * tun and tap devices that are lightweight: asked for by TUNSETLWD before
 * TUNSETIFF creates them.  Persistence, owner, group and queues work without
 * sysfs, and packets go both ways between the file and the kernel.  The same is
 * done with an ordinary device each time, as its control.
 */

#define _GNU_SOURCE	/* unshare() */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <unistd.h>

#include <linux/if_tun.h>
#include <net/if_arp.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#ifndef TUNSETLWD
#define TUNSETLWD	_IOW('T', 228, int)
#endif

static const struct {
	const char *name;
	int type;
	int lwd;
} devs[] = {
	{ "or_tun", IFF_TUN, 0 },
	{ "or_tap", IFF_TAP, 0 },
	{ "lw_tun", IFF_TUN, 1 },
	{ "lw_tap", IFF_TAP, 1 },
};

static unsigned int next_dev(unsigned int i, int types)
{
	while (i < ARRAY_SIZE(devs) && !(devs[i].type & types))
		i++;
	return i;
}

#define for_each_dev(i, types)						\
	for (i = next_dev(0, types); i < ARRAY_SIZE(devs);		\
	     i = next_dev(i + 1, types))

/* A file that asks for the label or not */
static int tun_file(int lwd)
{
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	CHECK(fd >= 0, "open /dev/net/tun: %s", strerror(errno));
	CHECK(!lwd || !ioctl(fd, TUNSETLWD, lwd), "TUNSETLWD: %s",
	      strerror(errno));
	return fd;
}

/* 0 or an errno */
static int tun_attach(int fd, const char *name, int flags)
{
	struct ifreq ifr = { .ifr_flags = flags };

	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
	return ioctl(fd, TUNSETIFF, &ifr) ? errno : 0;
}

/* The same of device i, with more flags; -1 if there is none */
static int tun_ask(unsigned int i, int lwd, int flags, int want)
{
	int fd = tun_file(lwd);
	int err = tun_attach(fd, devs[i].name,
			     devs[i].type | IFF_NO_PI | flags);

	CHECK(err == want, "%s, %sasked for: expected %s, got %s", devs[i].name,
	      lwd ? "" : "not ", strerror(want), strerror(err));
	if (!err)
		return fd;
	/* to wait for what comes from it would never end */
	close(fd);
	return -1;
}

/* The file of a new one */
static int tun_make(unsigned int i, int flags)
{
	return tun_ask(i, devs[i].lwd, flags, 0);
}

static void expect_sysfs(const char *name, bool there)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/class/net/%s", name);
	CHECK(!access(path, F_OK) == there, "%s: expected %s", path,
	      there ? "an entry" : "none");
	snprintf(path, sizeof(path), "/sys/devices/virtual/net/%s", name);
	CHECK(!access(path, F_OK) == there, "%s: expected %s", path,
	      there ? "an entry" : "none");
}

static void asked_for(void)
{
	unsigned int i;
	int fd;

	for_each_dev(i, IFF_TUN | IFF_TAP) {
		fd = tun_make(i, 0);
		expect_label(devs[i].name, devs[i].lwd);
		expect_sysfs(devs[i].name, !devs[i].lwd);
		cmd("set %s up", devs[i].name);
		if (devs[i].lwd)
			expect_no_l3(devs[i].name);
		close(fd);
	}
}

/* Zero takes it back; the next device of the same file has it again. */
static void asked_for_again(void)
{
	int fd = tun_file(1);

	CHECK(!ioctl(fd, TUNSETLWD, 0), "TUNSETLWD 0: %s", strerror(errno));
	CHECK(!tun_attach(fd, "tun7", IFF_TUN), "expected a device");
	expect_label("tun7", 0);
	cmd("del tun7");
	CHECK(!ioctl(fd, TUNSETLWD, 1), "TUNSETLWD 1: %s", strerror(errno));
	CHECK(!tun_attach(fd, "tun7", IFF_TUN), "expected a device");
	expect_label("tun7", 1);
	cmd("del tun7");
	CHECK(!tun_attach(fd, "tap7", IFF_TAP), "expected a device");
	expect_label("tap7", 1);
	close(fd);
}

static void bad_values(void)
{
	static const unsigned long values[] = { 2, 256, -1UL };
	unsigned int i;
	int fd = tun_file(1);

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		errno = 0;
		CHECK(ioctl(fd, TUNSETLWD, values[i]) && errno == EINVAL,
		      "TUNSETLWD %ld: expected EINVAL, got %s",
		      (long)values[i], strerror(errno));
	}
	CHECK(!tun_attach(fd, "tun7", IFF_TUN), "expected a device");
	for (i = 0; i < 2; i++) {
		errno = 0;
		CHECK(ioctl(fd, TUNSETLWD, i) && errno == EPERM,
		      "TUNSETLWD %u of a device: expected EPERM, got %s", i,
		      strerror(errno));
	}
	expect_label("tun7", 1);
	cmd("set tun7 lwd 1");
	CHECK(link_cmd(NULL, "set tun7 lwd 0"), "expected to be refused");
	close(fd);
}

/* The device of a file that asks is lightweight, or there is none for it. */
static void persistent(void)
{
	unsigned int i;
	int fd;

	for_each_dev(i, IFF_TUN | IFF_TAP) {
		fd = tun_make(i, 0);
		CHECK(!ioctl(fd, TUNSETPERSIST, 1), "persist: %s",
		      strerror(errno));
		close(fd);
		expect_label(devs[i].name, devs[i].lwd);

		/* who does not ask gets either kind */
		close(tun_ask(i, 0, 0, 0));
		expect_label(devs[i].name, devs[i].lwd);
		close(tun_ask(i, 1, 0, devs[i].lwd ? 0 : EINVAL));
		expect_label(devs[i].name, devs[i].lwd);

		fd = tun_ask(i, 0, 0, 0);
		CHECK(!ioctl(fd, TUNSETPERSIST, 0), "no persist");
		close(fd);
		CHECK(!if_nametoindex(devs[i].name), "%s: expected to be gone",
		      devs[i].name);
	}
}

static void expect_owner(const char *name, long owner, long group, long persist)
{
	long has_owner = link_data(name, IFLA_TUN_OWNER);
	long has_group = link_data(name, IFLA_TUN_GROUP);
	long persists = link_data(name, IFLA_TUN_PERSIST);

	CHECK(has_owner == owner && has_group == group && persists == persist,
	      "%s: expected %ld, %ld, %ld, got %ld, %ld, %ld", name, owner,
	      group, persist, has_owner, has_group, persists);
}

/* What sysfs has of an ordinary device is in RTM_NEWLINK of each. */
static void owner_and_group(void)
{
	unsigned int i;
	int fd;

	for_each_dev(i, IFF_TUN | IFF_TAP) {
		fd = tun_make(i, 0);
		expect_owner(devs[i].name, LWD_ABSENT, LWD_ABSENT, 0);
		ioctl(fd, TUNSETOWNER, 1234);
		ioctl(fd, TUNSETGROUP, 5678);
		ioctl(fd, TUNSETPERSIST, 1);
		expect_owner(devs[i].name, 1234, 5678, 1);
		ioctl(fd, TUNSETPERSIST, 0);
		close(fd);
	}
}

static int set_queue(int fd, int flag)
{
	struct ifreq ifr = { .ifr_flags = flag };

	return ioctl(fd, TUNSETQUEUE, &ifr) ? errno : 0;
}

static void expect_queues(const char *name, long queues, long disabled)
{
	long has = link_data(name, IFLA_TUN_NUM_QUEUES);
	long off = link_data(name, IFLA_TUN_NUM_DISABLED_QUEUES);

	CHECK(has == queues && off == disabled,
	      "%s: expected %ld queues and %ld disabled, got %ld and %ld",
	      name, queues, disabled, has, off);
}

static void queues(void)
{
	int fd[3];
	unsigned int i, q;

	for_each_dev(i, IFF_TUN | IFF_TAP) {
		fd[0] = tun_make(i, IFF_MULTI_QUEUE);
		for (q = 1; q < ARRAY_SIZE(fd); q++)
			fd[q] = tun_ask(i, q == 1 && devs[i].lwd,
					IFF_MULTI_QUEUE, 0);
		expect_queues(devs[i].name, 3, 0);
		cmd("set %s up", devs[i].name);
		CHECK(!set_queue(fd[1], IFF_DETACH_QUEUE), "detach");
		expect_queues(devs[i].name, 2, 1);
		CHECK(!set_queue(fd[1], IFF_ATTACH_QUEUE), "attach");
		expect_queues(devs[i].name, 3, 0);
		close(fd[0]);
		close(fd[2]);
		expect_queues(devs[i].name, 1, 0);
		expect_label(devs[i].name, devs[i].lwd);
		expect_sysfs(devs[i].name, !devs[i].lwd);
		close(fd[1]);
		CHECK(!if_nametoindex(devs[i].name), "%s: expected to be gone",
		      devs[i].name);
	}
}

/* Read from the file until what is there begins with these bytes. */
static bool tun_read(int fd, unsigned char *buf, size_t size, const void *head,
		     size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	while (poll(&pfd, 1, wait_ms()) == 1) {
		if (read(fd, buf, size) < (ssize_t)len)
			continue;
		if (!memcmp(buf, head, len))
			return true;
	}
	return false;
}

static void frames(void)
{
	/* to everybody */
	unsigned char frame[FRAME_LEN] = {
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0x02, 0x00, 0x5e, 0x00, 0x53, 0x07,
		FRAME_TYPE >> 8, FRAME_TYPE & 0xff,
	};
	struct sockaddr_ll from = {};
	unsigned char buf[2048];
	unsigned int i;
	int fd, sock;

	for_each_dev(i, IFF_TAP) {
		fd = tun_make(i, 0);
		cmd("set %s up", devs[i].name);
		sock = frame_socket(SOCK_RAW, devs[i].name, FRAME_TYPE);
		CHECK(write(fd, frame, sizeof(frame)) == sizeof(frame),
		      "write to %s: %s", devs[i].name, strerror(errno));
		CHECK(frame_read(sock, 1, false, &from) == 1,
		      "%s: expected a frame from the file, got none",
		      devs[i].name);
		CHECK(frame_send(devs[i].name, NULL, 1) &&
		      tun_read(fd, buf, sizeof(buf), frame, ETH_ALEN),
		      "%s: expected a frame in the file, got none",
		      devs[i].name);
		if (devs[i].lwd)
			expect_no_l3(devs[i].name);
		close(sock);
		close(fd);
	}
}

/* Somebody behind the file pings the kernel's address. */
static void packets(void)
{
	struct {
		struct iphdr ip;
		struct icmphdr icmp;
		char payload[32];
	} ping = {
		.ip.version = 4,
		.ip.ihl = 5,
		.ip.tot_len = htons(sizeof(ping)),
		.ip.ttl = 64,
		.ip.protocol = IPPROTO_ICMP,
		.icmp.type = ICMP_ECHO,
		.icmp.un.echo.id = htons(7),
	};
	unsigned char buf[2048];
	struct iphdr reply = {};
	unsigned int i;
	int fd;

	inet_pton(AF_INET, "198.51.100.2", &ping.ip.saddr);
	inet_pton(AF_INET, "198.51.100.1", &ping.ip.daddr);
	ping.ip.check = inet_sum(0, &ping.ip, sizeof(ping.ip));
	ping.icmp.checksum = inet_sum(0, &ping.icmp,
				      sizeof(ping) - sizeof(ping.ip));
	for_each_dev(i, IFF_TUN) {
		fd = tun_make(i, 0);
		cmd("set %s up", devs[i].name);
		if (devs[i].lwd) {
			/* nobody is there yet */
			CHECK(write(fd, &ping, sizeof(ping)) == sizeof(ping),
			      "write: %s", strerror(errno));
			expect_no_l3(devs[i].name);
		}
		add_addr(devs[i].name, "198.51.100.1", 24);
		CHECK(write(fd, &ping, sizeof(ping)) == sizeof(ping),
		      "write: %s", strerror(errno));
		do {
			if (!tun_read(fd, buf, sizeof(buf), "\x45", 1))
				break;
			memcpy(&reply, buf, sizeof(reply));
		} while (reply.protocol != IPPROTO_ICMP);
		CHECK(reply.protocol == IPPROTO_ICMP &&
		      reply.saddr == ping.ip.daddr &&
		      buf[sizeof(reply)] == ICMP_ECHOREPLY,
		      "%s: expected an answer, got none", devs[i].name);
		memset(&reply, 0, sizeof(reply));
		close(fd);
	}
}

/* It goes by RTM_DELLINK as well; the file stays, without a device. */
static void deleted(void)
{
	struct ifreq ifr = {};
	unsigned int i;
	int fd;

	for_each_dev(i, IFF_TUN | IFF_TAP) {
		fd = tun_make(i, 0);
		CHECK(!ioctl(fd, TUNSETLINK, ARPHRD_PPP), "%s: TUNSETLINK: %s",
		      devs[i].name, strerror(errno));
		cmd("set %s up", devs[i].name);
		cmd("set %s name renamed", devs[i].name);
		CHECK(!ioctl(fd, TUNGETIFF, &ifr) &&
		      !strcmp(ifr.ifr_name, "renamed"),
		      "%s: expected its file to know it", devs[i].name);
		cmd("del renamed");
		errno = 0;
		CHECK(ioctl(fd, TUNGETIFF, &ifr) && errno == EBADFD,
		      "%s: expected a file without device, got %s",
		      devs[i].name, strerror(errno));
		close(fd);
	}
}

/* What sysfs shows is that of the namespace in which it was mounted. */
static bool mount_sysfs(void)
{
	static bool private;

	private = private || (!unshare(CLONE_NEWNS) &&
			      !mount("none", "/", NULL, MS_REC | MS_PRIVATE,
				     NULL));
	return private && !mount("sysfs", "/sys", "sysfs", 0, NULL);
}

static const struct lwd_case cases[] = {
	CASE("KINDS LABEL-2 SYSFS-1 DEFER-1 DEFER-2", asked_for),
	CASE("KINDS LABEL-1", asked_for_again),
	CASE("KINDS LABEL-1 LABEL-4", bad_values),
	CASE("KINDS LABEL-4", persistent),
	CASE("KINDS SYSFS-1", owner_and_group),
	CASE("KINDS SYSFS-1 SYSFS-4", queues),
	CASE("KINDS KEEP-1", frames),
	CASE("KINDS ENABLE-1 KEEP-5", packets),
	CASE("KINDS KEEP-6", deleted),
};

int main(void)
{
	int fd;

	cases_need_label();
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (fd < 0)
		ksft_exit_skip("there is no /dev/net/tun\n");
	if (ioctl(fd, TUNSETLWD, 1) && errno == EBADFD)
		ksft_exit_skip("kernel does not know TUNSETLWD\n");
	close(fd);
	cases_run(cases, ARRAY_SIZE(cases), mount_sysfs);
}

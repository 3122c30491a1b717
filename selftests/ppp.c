// SPDX-License-Identifier: GPL-2.0
/*
 * ppp devices that are lightweight: made with a flag of PPPIOCNEWUNITF or by
 * RTM_NEWLINK with IFLA_LWD.  The same is done with an ordinary device each
 * time, as its control.  ppp.sh has a session.
 */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "lwd_case.h"
#include "lwd_frame.h"
#include "lwd_ppp.h"

/* An unattached file, or -1: the case is over. */
static int ppp_file(void)
{
	int fd = open("/dev/ppp", O_RDWR | O_CLOEXEC);

	if (fd < 0)
		case_skip("open /dev/ppp: %s", strerror(errno));
	return fd;
}

/* 0 or an errno; ENOTTY ends the case. */
static int new_unit(int fd, int *unit, unsigned int flags)
{
	struct ppp_new_unit req = { .unit = *unit, .flags = flags };

	if (!ioctl(fd, PPPIOCNEWUNITF, &req)) {
		*unit = req.unit;
		return 0;
	}
	if (errno == ENOTTY)
		case_skip("kernel does not know PPPIOCNEWUNITF");
	return errno;
}

static void expect_unit(int fd, int unit)
{
	int got = -1;

	CHECK(!ioctl(fd, PPPIOCGUNIT, &got) && got == unit,
	      "expected unit %d, got %d", unit, got);
}

/* It is a device like any other; the first address turns IPv4 on. */
static void use(const char *name, int label)
{
	struct l3_view view;

	expect_label(name, label);
	l3_get(name, &view);
	CHECK((view.conf | view.netconf | view.parms) ? !label : label,
	      "%s: expected %s layer 3", name, label ? "no" : "a");
	cmd("set %s up", name);
	add_addr(name, "198.51.100.1", 32);
	l3_get(name, &view);
	CHECK(view.addr & 1 << L3_INET, "%s: expected an address", name);
}

static void by_ioctl(void)
{
	static const unsigned int flags[] = { 0, PPP_UNIT_LWD };
	unsigned int i;
	char name[IFNAMSIZ];
	int fd, unit, err;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		fd = ppp_file();
		if (fd < 0)
			return;
		unit = -1;
		err = new_unit(fd, &unit, flags[i]);
		if (err == ENOTTY)
			goto out;
		CHECK(!err && !unit, "expected unit 0, got %d, %s", unit,
		      strerror(err));
		expect_unit(fd, unit);
		use("ppp0", flags[i] == PPP_UNIT_LWD);
		CHECK(ioctl(fd, PPPIOCNEWUNITF, &(struct ppp_new_unit){ -1 }),
		      "expected one unit for a file, got two");
		close(fd);

		/* with a number of its own */
		fd = ppp_file();
		unit = 77;
		err = new_unit(fd, &unit, flags[i]);
		CHECK(!err && unit == 77, "expected unit 77, got %d, %s", unit,
		      strerror(err));
		expect_label("ppp77", flags[i] == PPP_UNIT_LWD);
		close(fd);
		snprintf(name, sizeof(name), "ppp%d", unit);
		CHECK(!if_nametoindex(name), "%s: expected to be gone", name);
	}
	return;
out:
	close(fd);
}

/* Who does not know of the label goes on to make ordinary ones. */
static void old_ioctl(void)
{
	int fd = ppp_file();
	int unit = -1;

	if (fd < 0)
		return;
	CHECK(!ioctl(fd, PPPIOCNEWUNIT, &unit), "PPPIOCNEWUNIT: %s",
	      strerror(errno));
	use("ppp0", 0);
	close(fd);
}

static void bad_flags(void)
{
	static const unsigned int flags[] = {
		PPP_UNIT_LWD << 1, PPP_UNIT_LWD | 1U << 31, ~0U,
	};
	unsigned int i;
	int fd = ppp_file();
	int unit, err;

	if (fd < 0)
		return;
	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		unit = -1;
		err = new_unit(fd, &unit, flags[i]);
		if (err == ENOTTY)
			goto out;
		CHECK(err == EINVAL, "flags %x: expected EINVAL, got %s",
		      flags[i], strerror(err));
	}
	CHECK(!if_nametoindex("ppp0"), "expected no device");
	/* the file can be used all the same */
	unit = -1;
	err = new_unit(fd, &unit, PPP_UNIT_LWD);
	CHECK(!err, "expected a unit, got %s", strerror(err));
	expect_label("ppp0", 1);
	CHECK(link_cmd(NULL, "set ppp0 lwd 0"), "expected to be refused");
	cmd("set ppp0 lwd 1");
out:
	close(fd);
}

/* An RTM_NEWLINK for the file */
static int newlink(const char *name, int fd, int label)
{
	char buf[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *info, *data;
	struct nl_ack ack;

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE |
			   NLM_F_EXCL;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u8(nlh, IFLA_LWD, label);
	info = mnl_attr_nest_start(nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(nlh, IFLA_INFO_KIND, "ppp");
	data = mnl_attr_nest_start(nlh, IFLA_INFO_DATA);
	mnl_attr_put_u32(nlh, IFLA_PPP_DEV_FD, fd);
	mnl_attr_nest_end(nlh, data);
	mnl_attr_nest_end(nlh, info);
	nl_talk(nlh, &ack, NULL, NULL);
	return ack.err;
}

static void by_netlink(void)
{
	static const char * const names[] = { "or_ppp", "lw_ppp" };
	int fd, err, label;

	for (label = 0; label < 2; label++) {
		fd = ppp_file();
		if (fd < 0)
			return;
		err = newlink(names[label], fd, label);
		if (label && err == EOPNOTSUPP) {
			case_skip("kernel refuses the label for ppp");
			close(fd);
			return;
		}
		CHECK(!err, "%s: expected to be made, got %s", names[label],
		      strerror(err));
		expect_unit(fd, 0);
		use(names[label], label);
		close(fd);
		CHECK(!if_nametoindex(names[label]), "%s: expected to be gone",
		      names[label]);
	}
}

/* It can go before its file, which is of no use any longer then. */
static void deleted(void)
{
	int fd = ppp_file();
	int unit = -1;

	if (fd < 0)
		return;
	if (!new_unit(fd, &unit, PPP_UNIT_LWD)) {
		use("ppp0", 1);
		CHECK(newlink("second", fd, 1),
		      "expected a file with a unit to be refused");
		/* ppp has no dellink of its own: the default */
		cmd("del ppp0");
		CHECK(!if_nametoindex("ppp0"), "expected it to be gone");
		CHECK(write(fd, "\xc0\x21", 2) < 0, "expected an error");
	}
	close(fd);
}

static const struct lwd_case cases[] = {
	CASE("KINDS LABEL-2 DEFER-1 ENABLE-1", by_ioctl),
	CASE("KINDS SAME-1", old_ioctl),
	CASE("KINDS LABEL-1 LABEL-4", bad_flags),
	CASE("KINDS LABEL-1 ENABLE-1", by_netlink),
	CASE("KINDS KEEP-6", deleted),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
	return 0;
}

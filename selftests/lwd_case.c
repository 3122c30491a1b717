// SPDX-License-Identifier: GPL-2.0
/* Run a table of cases. */

#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lwd_case.h"

bool case_failed;
const struct lwd_case *case_now;
static char skipped[256];

void case_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(skipped, sizeof(skipped), fmt, ap);
	va_end(ap);
}

static bool vcmd(bool may_skip, const char *fmt, va_list ap)
{
	const char *kind;
	struct nl_ack ack;
	char line[256];

	vsnprintf(line, sizeof(line), fmt, ap);
	link_cmd(&ack, "%s", line);
	if (may_skip && !strcmp(ack.msg, "Unknown device type")) {
		kind = strstr(line, "type ") + strlen("type ");
		case_skip("kernel has no %.*s", (int)strcspn(kind, " "), kind);
		return false;
	}
	CHECK(!ack.err, "%s: expected success, got %s (%s)", line,
	      strerror(ack.err), ack.msg);
	return !ack.err;
}

bool cmd(const char *fmt, ...)
{
	va_list ap;
	bool ret;

	va_start(ap, fmt);
	ret = vcmd(false, fmt, ap);
	va_end(ap);
	return ret;
}

bool cmd_or_skip(const char *fmt, ...)
{
	va_list ap;
	bool ret;

	va_start(ap, fmt);
	ret = vcmd(true, fmt, ap);
	va_end(ap);
	return ret;
}

bool exists(const char *name)
{
	struct link_state st;

	return !link_get(name, &st);
}

void expect_label(const char *name, int label)
{
	struct link_state st;

	link_get(name, &st);
	CHECK(st.lwd == label, "label of %s: expected %d, got %d", name, label,
	      st.lwd);
}

void expect_no_l3(const char *name)
{
	struct l3_view view;

	l3_get(name, &view);
	CHECK(!(view.conf | view.netconf | view.parms | view.addr |
		view.mcast), "%s: expected no layer 3, got some", name);
}

int wait_ms(void)
{
	const char *slow = getenv("KSFT_MACHINE_SLOW");

	return slow && !strcmp(slow, "yes") ? 4 * WAIT_MS : WAIT_MS;
}

void write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t len = strlen(text);

	CHECK(fd >= 0 && write(fd, text, len) == len,
	      "%s: expected to write it, got %s", path, strerror(errno));
	close(fd);
}

int netns_new(void)
{
	int fd;

	if (unshare(CLONE_NEWNET))
		ksft_exit_fail_msg("unshare: %s\n", strerror(errno));
	nl_reopen();
	fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		ksft_exit_fail_msg("ns/net: %s\n", strerror(errno));
	return fd;
}

bool netns_go(int fd)
{
	nl_reopen();
	CHECK(!setns(fd, CLONE_NEWNET), "setns: %s", strerror(errno));
	return true;
}

/*
 * What the places in these files have allocated: only files of which all memory
 * belongs to devices.
 */
struct place {
	char name[128];
	long bytes;
};

static struct place before[400];
static unsigned int places;

static bool of_devices(const char *line)
{
	static const char * const files[] = {
		" net/core/dev.c:", " net/core/dev_addr_lists.c:",
		" net/core/net-sysfs.c:", " net/core/neighbour.c:",
		" net/ipv4/devinet.c:", " net/ipv4/igmp.c:",
		" net/ipv4/fib_semantics.c:", " net/ipv6/addrconf.c:",
		" net/ipv6/mcast.c:", " net/mpls/af_mpls.c:",
		" net/8021q/vlan", " drivers/net/vrf.c:",
		" net/bridge/br_if.c:", " net/bridge/br_vlan.c:",
		" drivers/net/bonding/bond_main.c:",
	};
	unsigned int i;

	/* one for all neighbours, which grows with them and stays */
	if (strstr(line, "func:neigh_hash_alloc"))
		return false;
	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (strstr(line, files[i]))
			return true;
	return false;
}

/* Lines are "BYTES CALLS FILE:LINE func:NAME". */
static unsigned int read_places(struct place *list, unsigned int max)
{
	unsigned int count = 0;
	char line[256];
	FILE *f;

	f = fopen("/proc/allocinfo", "r");
	while (f && count < max && fgets(line, sizeof(line), f))
		if (of_devices(line) &&
		    sscanf(line, "%ld %*d %127[^\n]", &list[count].bytes,
			   list[count].name) == 2)
			count++;
	if (f)
		fclose(f);
	return count;
}

/*
 * What kfree_rcu() gets stays in sheaves, one a CPU and size, until they are
 * full; to shrink a cache empties them.
 */
void memory_settle(void)
{
	glob_t found;
	size_t i;
	int fd;

	if (glob("/sys/kernel/slab/{kmalloc-*,fib6_info,ifmcaddr6,in_device_lwd,inet6_*,ip_mc_list,neigh_parms,net_device_lwd-*,netdev_hw_addr}/shrink",
		 GLOB_BRACE, NULL, &found))
		return;
	for (i = 0; i < found.gl_pathc; i++) {
		fd = open(found.gl_pathv[i], O_WRONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (write(fd, "1", 1) != 1)
			ksft_print_msg("cannot write %s\n", found.gl_pathv[i]);
		close(fd);
	}
	globfree(&found);
}

/*
 * Most of what a device takes is of net/core/dev.c: a kernel that counts has
 * places there, whatever its functions are called.
 */
void memory_note(void)
{
	unsigned int i;

	memory_settle();
	usleep(20000);
	places = read_places(before, ARRAY_SIZE(before));
	if (access("/proc/allocinfo", R_OK)) {
		case_skip("kernel does not count its memory");
		return;
	}
	for (i = 0; i < places; i++)
		if (before[i].bytes &&
		    strstr(before[i].name, "net/core/dev.c:"))
			return;
	CHECK(false, "allocinfo: expected bytes of net/core/dev.c, got none");
}

const char *memory_but;

/* The first place that has more than it had, if there is one. */
static const char *grown(void)
{
	static struct place now[ARRAY_SIZE(before)];
	static char text[256];
	unsigned int count = read_places(now, ARRAY_SIZE(now)), i, k = 0;

	for (i = 0; i < count; i++) {
		/* the order stays, but a module's places come and go */
		for (k = 0; k < places; k++)
			if (!strcmp(now[i].name, before[k].name))
				break;
		if (k == places || now[i].bytes <= before[k].bytes ||
		    (memory_but && strstr(now[i].name, memory_but)))
			continue;
		snprintf(text, sizeof(text), "expected %ld bytes, got %ld of %.99s",
			 before[k].bytes, now[i].bytes, now[i].name);
		return text;
	}
	return NULL;
}

/* What a device leaves is freed a little later, by RCU and work queues. */
void expect_freed(const char *what)
{
	const char *where = NULL;
	int i;

	/* memory_note() has said so */
	if (!places)
		return;
	for (i = 0; i < wait_ms() / 100; i++) {
		where = grown();
		if (!where)
			return;
		memory_settle();
		usleep(50000);
	}
	CHECK(!where, "%s: %s", what, where);
}

/* Is it among those that TESTS names? */
static bool chosen(const char *name)
{
	const char *tests = getenv("TESTS");
	char all[1024], word[128];

	if (!tests || !*tests)
		return true;
	snprintf(all, sizeof(all), " %s ", tests);
	snprintf(word, sizeof(word), " %s ", name);
	return strstr(all, word);
}

void cases_need_label(void)
{
	const char *value = getenv("LWD_FORCE");
	bool force = value && !strcmp(value, "1");
	static bool begun;

	if (begun)
		return;
	begun = true;
	ksft_print_header();
	if (!link_known() && !force)
		ksft_exit_skip("kernel does not know IFLA_LWD\n");
	if (geteuid())
		ksft_exit_skip("need root\n");
	if (!link_l3_known() && !force)
		ksft_exit_skip("kernel does not know IFLA_INET_ENABLE\n");
}

void cases_run(const struct lwd_case *cases, unsigned int count,
	       bool (*setup)(void))
{
	unsigned int i, plan = 0;

	cases_need_label();
	for (i = 0; i < count; i++)
		plan += chosen(cases[i].name);
	ksft_set_plan(plan);
	for (i = 0; i < count; i++) {
		if (!chosen(cases[i].name))
			continue;
		case_failed = false;
		skipped[0] = 0;
		/* a namespace for each case; the last one's end cleans up */
		if (unshare(CLONE_NEWNET))
			ksft_exit_fail_msg("unshare: %s\n", strerror(errno));
		nl_reopen();
		if (setup && !setup())
			ksft_exit_fail_msg("setup: %s\n", strerror(errno));
		case_now = &cases[i];
		cases[i].fn();
		ksft_print_msg("proves: %s\n", cases[i].ids);
		if (case_failed || !skipped[0]) {
			ksft_test_result(!case_failed, "%s\n", cases[i].name);
			continue;
		}
		/* ksft_test_result_skip() would take the name for the reason */
		ksft_cnt.ksft_xskip++;
		printf("ok %u %s # SKIP %s\n", ksft_test_num(), cases[i].name,
		       skipped);
	}
	ksft_finished();
}

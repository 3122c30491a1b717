// SPDX-License-Identifier: GPL-2.0
/*
 * fail-nth of a thread lets one allocation fail.  Those after it do as failslab
 * is set to: all fail, of a thread with make-it-fail.
 */

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "lwd_fail.h"
#include "lwd_frame.h"

#define FAILSLAB	"/sys/kernel/debug/failslab/"

static int nth_fd = -1, rest_fd = -1;

static void write_number(int fd, int number)
{
	char text[12];
	int len = snprintf(text, sizeof(text), "%d", number);

	if (pwrite(fd, text, len, 0) != len)
		ksft_exit_fail_msg("fault injection: %s\n", strerror(errno));
}

void fail_arm(int nth, bool rest)
{
	link_label_unseen = nth;
	write_number(rest_fd, nth && rest);
	write_number(nth_fd, nth);
}

bool fail_disarm(void)
{
	char num[12] = {};

	write_number(rest_fd, 0);
	if (pread(nth_fd, num, sizeof(num) - 1, 0) <= 0)
		ksft_exit_fail_msg("fail-nth: %s\n", strerror(errno));
	fail_arm(0, false);
	return !atoi(num);
}

/* Allocations that may sleep fail too, and say nothing. */
static struct setting {
	const char *path;
	char value[16];
} settings[] = {
	{ FAILSLAB "task-filter", "Y" },
	{ FAILSLAB "ignore-gfp-wait", "N" },
	{ FAILSLAB "verbose", "0" },
	{ FAILSLAB "times", "-1" },
	{ FAILSLAB "probability", "100" },
};

/* Write the value, and note the one that was there: twice restores it. */
static bool swap_setting(struct setting *setting)
{
	int fd = open(setting->path, O_RDWR | O_CLOEXEC);
	char was[sizeof(setting->value)] = {};
	bool ok;

	if (fd < 0)
		return false;
	ok = read(fd, was, sizeof(was) - 1) > 0 &&
	     write(fd, setting->value, strlen(setting->value)) > 0;
	close(fd);
	memcpy(setting->value, was, sizeof(was));
	return ok;
}

/* The filter is the last to go. */
static void restore(void)
{
	unsigned int i;

	for (i = ARRAY_SIZE(settings); i--;)
		swap_setting(&settings[i]);
}

static bool prepare(void)
{
	unsigned int i;

	if (access(FAILSLAB, F_OK)) {
		/* the mount ends with the program */
		if (unshare(CLONE_NEWNS) ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL))
			return false;
		mount("none", "/sys/kernel/debug", "debugfs", 0, NULL);
	}
	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	rest_fd = open("/proc/thread-self/make-it-fail", O_RDWR);
	if (nth_fd < 0 || rest_fd < 0)
		return false;
	for (i = 0; i < ARRAY_SIZE(settings); i++)
		if (!swap_setting(&settings[i]))
			return false;
	return !atexit(restore);
}

void fail_prepare(void)
{
	if (link_known() && !prepare()) {
		ksft_print_header();
		ksft_exit_skip("kernel has no CONFIG_FAILSLAB\n");
	}
}

static const char * const labels[] = { "ordinary", "lwd" };
int fail_label;

void fail_each(const struct request *r, bool rest)
{
	char when[128];
	struct nl_ack ack;
	bool hit = true;
	int nth;

	for (nth = 1; hit && nth < NTH_MAX; nth++) {
		memset(&ack, 0, sizeof(ack));
		fail_arm(nth, rest);
		r->now(r, &ack);
		hit = fail_disarm();
		snprintf(when, sizeof(when), "%s, %s, %d%s", r->what,
			 labels[fail_label], nth,
			 rest ? " and all others" : "");
		if (ack.err) {
			CHECK(hit, "%s: expected success, got %s (%s)", when,
			      strerror(ack.err), ack.msg);
			CHECK(!r->done || ack.lost || !r->done(r),
			      "%s: expected it not done after %s", when,
			      strerror(ack.err));
			/* without an answer it may have been done */
			if (!ack.lost || !r->done || !r->done(r))
				r->now(r, &ack);
			else
				ack.err = 0;
			CHECK(!ack.err || ack.err == EEXIST ||
			      ack.err == EADDRINUSE,
			      "%s: expected a retry to work, got %s (%s)", when,
			      strerror(ack.err), ack.msg);
		}
		CHECK(!r->done || r->done(r), "%s: expected it done", when);
		r->undo(r);
	}
	CHECK(!hit, "%s: expected an end, got none by %d", when, nth);
	CHECK(nth > 2, "%s: expected an allocation, got none", when);
}

void fail_note(void)
{
	/* an ordinary one keeps spare entries of its lists of addresses */
	memory_but = fail_label ? NULL : "func:__hw_addr_create";
	memory_note();
}

void fail_all(const struct request *requests, unsigned int count)
{
	unsigned int i;
	struct nl_ack ack;

	for (i = 0; i < count; i++) {
		requests[i].now(&requests[i], &ack);
		CHECK(!ack.err, "%s: expected success, got %s (%s)",
		      requests[i].what, strerror(ack.err), ack.msg);
		requests[i].undo(&requests[i]);
	}
	fail_note();
	for (i = 0; i < count; i++)
		fail_each(&requests[i], false);
	expect_freed(labels[fail_label]);
	/* the kernel counts memory with memory, which fails here too */
	for (i = 0; i < count; i++)
		fail_each(&requests[i], true);
}

void fail_labels(const struct request *requests, unsigned int count)
{
	for (fail_label = 0; fail_label < 2; fail_label++) {
		cmd("add " DEV " lwd %d up type dummy", fail_label);
		if (fail_label)
			cmd("set " DEV " inet on inet6 on mpls on");
		add_addr(DEV, "2001:db8::ff", 64);
		fail_all(requests, count);
		cmd("del " DEV);
	}
}

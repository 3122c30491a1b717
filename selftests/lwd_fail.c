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

// SPDX-License-Identifier: GPL-2.0
/*
 * MLD: who listens to a group says so when it joins, when it is asked, when it
 * comes up and when it leaves.  An ordinary device does so on any kernel, a
 * lightweight one (if the kernel has them) like it.
 */

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "lwd_listener.h"

static void mld2_join_and_leave(void)
{
	int fds[2];

	join(fds, GROUP6, NULL);
	expect_heard("join", "mld2 to_ex " GROUP6);
	expect_heard("join, again", "mld2 to_ex " GROUP6);
	leave(fds);
	expect_heard("leave", "mld2 to_in " GROUP6);
	expect_heard("leave, again", "mld2 to_in " GROUP6);
	forget_heard();
	join(fds, GROUP6, NULL);
	expect_heard("join once more", "mld2 to_ex " GROUP6);
	leave(fds);
}

static void mld2_queries(void)
{
	int fds[2], one[2];

	join(fds, GROUP6, NULL);
	join(one, "ff0e::db8:2", SOURCE6);
	expect_heard("join a source", "mld2 allow ff0e::db8:2");
	query6(2, NULL, NULL);
	expect_heard("query", "mld2 is_ex " GROUP6);
	query6(2, NULL, NULL);
	expect_heard("query", "mld2 is_in ff0e::db8:2");
	/* the group by which others ask for its address */
	query6(2, NULL, NULL);
	expect_heard("query", "mld2 is_ex ff02::1:ff00:1");
	query6(2, GROUP6, NULL);
	expect_heard("query of the group", "mld2 is_ex " GROUP6);
	query6(2, "ff0e::db8:2", SOURCE6);
	expect_heard("query of the source", "mld2 is_in ff0e::db8:2");
	forget_heard();
	query6(2, "ff0e::db8:3", NULL);
	expect_quiet("query of another group", "mld2 is_ex " GROUP6);
	leave(one);
	leave(fds);
	expect_heard("leave", "mld2 to_in " GROUP6);
	forget_heard();
	query6(2, NULL, NULL);
	expect_quiet("query when it has left", "mld2 is_ex " GROUP6);
}

/* What a device has allocated for queries goes with it. */
static void mld2_query_freed(void)
{
	unsigned int i;
	int fds[2];

	memory_note();
	join(fds, GROUP6, NULL);
	expect_heard("join", "mld2 to_ex " GROUP6);
	query6(2, NULL, NULL);
	expect_heard("query", "mld2 is_ex " GROUP6);
	leave(fds);
	for (i = 0; i < count; i++)
		cmd("del %s", ends[i].name);
	expect_freed("queried");
}

/* All that are there are said at once, more than one packet has room for. */
static void mld2_many_groups(void)
{
	char group[32], want[64];
	int fds[100][2], i;

	for (i = 0; i < 100; i++) {
		snprintf(group, sizeof(group), "ff0e::db8:1:%x", i + 1);
		join(fds[i], group, NULL);
	}
	expect_heard("joins", "mld2 to_ex ff0e::db8:1:64");
	usleep(1200000);
	for (i = 1; i <= 100; i += 33) {
		forget_heard();
		snprintf(want, sizeof(want), "mld2 is_ex ff0e::db8:1:%x", i);
		query6(2, NULL, NULL);
		expect_heard("query", want);
	}
	for (i = 0; i < 100; i++)
		leave(fds[i]);
	expect_heard("leave", "mld2 to_in ff0e::db8:1:32");
}

static void mld1(void)
{
	int fds[2];

	query6(1, NULL, NULL);
	usleep(200000);
	join(fds, GROUP6, NULL);
	expect_heard("join", "mld1 report " GROUP6);
	forget_heard();
	query6(1, NULL, NULL);
	expect_heard("query", "mld1 report " GROUP6);
	query6(1, GROUP6, NULL);
	expect_heard("query of the group", "mld1 report " GROUP6);
	leave(fds);
	expect_heard("leave", "mld1 leave " GROUP6);
}

/* Who hears another one answer a query of the old kind need not do so. */
static void mld1_answered_by_another(void)
{
	unsigned char mld[24] = { 130, 0, 0, 0, 0xff, 0xff };	/* a minute */
	int fds[2];

	query6(1, NULL, NULL);
	usleep(200000);
	join(fds, GROUP6, NULL);
	expect_heard("join", "mld1 report " GROUP6);
	inet_pton(AF_INET6, GROUP6, mld + 8);
	send_mld(GROUP6, mld, sizeof(mld));
	report6(GROUP6);
	leave(fds);
	/* who was not the last to report says nothing when it leaves */
	expect_quiet("leave", "mld1 leave " GROUP6);
}

/* Nor if nobody has asked before; of a group that is its own it does. */
static void mld1_reported_by_another(void)
{
	int fds[2], others[2];

	write_text("/proc/sys/net/ipv6/conf/all/force_mld_version", "1");
	join(fds, GROUP6, NULL);
	expect_heard("join", "mld1 report " GROUP6);
	join(others, "ff0e::db8:2", NULL);
	expect_heard("join", "mld1 report ff0e::db8:2");
	report6(GROUP6);
	/* what was sent before it has been dealt with */
	query6(1, "ff02::1:ff00:1", NULL);
	expect_heard("query", "mld1 report ff02::1:ff00:1");
	leave(fds);
	leave(others);
	expect_without("leave", "mld1 leave ff0e::db8:2",
		       "mld1 leave " GROUP6);
}

/* Who goes before its answer is due has nothing left that waits for it. */
static void mld2_gone_before_the_answer(void)
{
	static const unsigned char mld[28] = {
		130, 0, 0, 0, 0xff, 0xff	/* hours */
	};
	unsigned int i;

	memory_note();
	send_mld("ff02::1", mld, sizeof(mld));
	/* what was sent before it has been dealt with */
	query6(2, "ff02::1:ff00:1", NULL);
	expect_heard("query of a group", "mld2 is_ex ff02::1:ff00:1");
	for (i = 0; i < count; i++) {
		cmd("set %s down", ends[i].name);
		cmd("del %s", ends[i].name);
	}
	expect_freed("asked");
}

/* Groups outlive down and up, and are told when it comes up. */
static void up_again(void)
{
	int fds4[2], fds6[2];
	unsigned int i;

	join(fds4, GROUP4, NULL);
	join(fds6, GROUP6, NULL);
	expect_heard("join", "igmp3 to_ex " GROUP4);
	expect_heard("join", "mld2 to_ex " GROUP6);
	for (i = 0; i < count; i++)
		cmd("set %s down", ends[i].name);
	forget_heard();
	for (i = 0; i < count; i++)
		cmd("set %s up", ends[i].name);
	expect_heard("up", "igmp3 to_ex " GROUP4);
	expect_heard("up", "mld2 to_ex " GROUP6);
	usleep(1200000);
	forget_heard();
	query4(3, NULL, NULL);
	expect_heard("query", "igmp3 is_ex " GROUP4);
	query6(2, NULL, NULL);
	expect_heard("query", "mld2 is_ex " GROUP6);
	leave(fds4);
	leave(fds6);
}

/* How many use a group, as the file tells; 0: it is not there */
static int users(const char *name, const char *group)
{
	unsigned char addr[16];
	char line[256], want[40], dev[32], grp[40];
	int found = 0, n;
	size_t i;
	FILE *f;

	inet_pton(AF_INET6, group, addr);
	for (i = 0; i < 16; i++)
		sprintf(want + 2 * i, "%02x", addr[i]);
	f = fopen("/proc/net/igmp6", "r");
	while (f && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*d %31s %39s %d", dev, grp, &n) == 3 &&
		    !strcmp(dev, name) && !strcmp(grp, want))
			found = n;
	if (f)
		fclose(f);
	return found;
}

static void groups_of_its_own(void)
{
	int a[2], b[2];
	unsigned int i;

	join(a, GROUP6, NULL);
	join(b, GROUP6, NULL);
	for (i = 0; i < count; i++) {
		CHECK(users(ends[i].name, "ff02::1") == 1,
		      "%s: expected ff02::1 once, got %d", ends[i].name,
		      users(ends[i].name, "ff02::1"));
		CHECK(users(ends[i].name, "ff01::1") == 1,
		      "%s: expected ff01::1 once, got %d", ends[i].name,
		      users(ends[i].name, "ff01::1"));
		CHECK(users(ends[i].name, "ff02::1:ff00:1") == 1,
		      "%s: expected ff02::1:ff00:1 once, got %d",
		      ends[i].name, users(ends[i].name, "ff02::1:ff00:1"));
		CHECK(users(ends[i].name, GROUP6) == 2,
		      "%s: expected %s twice, got %d", ends[i].name, GROUP6,
		      users(ends[i].name, GROUP6));
	}
	leave(a);
	for (i = 0; i < count; i++)
		CHECK(users(ends[i].name, GROUP6) == 1,
		      "%s: expected %s once, got %d", ends[i].name, GROUP6,
		      users(ends[i].name, GROUP6));
	leave(b);
	for (i = 0; i < count; i++)
		CHECK(!users(ends[i].name, GROUP6),
		      "%s: expected no %s, got it", ends[i].name, GROUP6);
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-2 SAME-1", mld2_join_and_leave),
	CASE("ENABLE-2 SAME-1", mld2_queries),
	CASE("FOOT-3 SAME-1", mld2_query_freed),
	CASE("FOOT-3 SAME-1", mld2_gone_before_the_answer),
	CASE("ENABLE-2 SAME-1", mld2_many_groups),
	CASE("ENABLE-2 SAME-1", mld1),
	CASE("ENABLE-2 SAME-1", mld1_answered_by_another),
	CASE("ENABLE-2 SAME-1", mld1_reported_by_another),
	CASE("ENABLE-1 ENABLE-2 SAME-1", up_again),
	CASE("ENABLE-2 SAME-1", groups_of_its_own),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), listeners);
}

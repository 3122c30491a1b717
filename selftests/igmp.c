// SPDX-License-Identifier: GPL-2.0
/*
 * IGMP: who listens to a group says so when it joins, when it is asked and
 * when it leaves.  An ordinary device does so on any kernel, a lightweight one
 * (if the kernel has them) like it.
 */

#include <unistd.h>

#include "lwd_listener.h"

static void igmp3_join_and_leave(void)
{
	int fds[2];

	join(fds, GROUP4, NULL);
	expect_heard("join", "igmp3 to_ex " GROUP4);
	expect_heard("join, again", "igmp3 to_ex " GROUP4);
	leave(fds);
	expect_heard("leave", "igmp3 to_in " GROUP4);
	expect_heard("leave, again", "igmp3 to_in " GROUP4);
	forget_heard();
	join(fds, GROUP4, NULL);
	expect_heard("join once more", "igmp3 to_ex " GROUP4);
	leave(fds);
}

static void igmp3_queries(void)
{
	int fds[2], one[2];

	join(fds, GROUP4, NULL);
	join(one, "233.252.0.2", SOURCE4);
	expect_heard("join a source", "igmp3 allow 233.252.0.2");
	query4(3, NULL, NULL);
	expect_heard("query", "igmp3 is_ex " GROUP4);
	query4(3, NULL, NULL);
	expect_heard("query", "igmp3 is_in 233.252.0.2");
	query4(3, GROUP4, NULL);
	expect_heard("query of the group", "igmp3 is_ex " GROUP4);
	query4(3, "233.252.0.2", SOURCE4);
	expect_heard("query of the source", "igmp3 is_in 233.252.0.2");
	forget_heard();
	query4(3, "233.252.0.3", NULL);
	expect_quiet("query of another group", "igmp3 is_ex " GROUP4);
	leave(one);
	leave(fds);
	expect_heard("leave", "igmp3 to_in " GROUP4);
	forget_heard();
	query4(3, NULL, NULL);
	expect_quiet("query when it has left", "igmp3 is_ex " GROUP4);
}

static void igmp2(void)
{
	int fds[2];

	query4(2, NULL, NULL);
	usleep(200000);
	join(fds, GROUP4, NULL);
	expect_heard("join", "igmp2 report " GROUP4);
	forget_heard();
	query4(2, NULL, NULL);
	expect_heard("query", "igmp2 report " GROUP4);
	query4(2, GROUP4, NULL);
	expect_heard("query of the group", "igmp2 report " GROUP4);
	leave(fds);
	expect_heard("leave", "igmp2 leave " GROUP4);
}

/* Who was not the last to report a group says nothing when it leaves. */
static void igmp2_reported_by_another(void)
{
	int fds[2], others[2];

	write_text("/proc/sys/net/ipv4/conf/all/force_igmp_version", "2");
	join(fds, GROUP4, NULL);
	expect_heard("join", "igmp2 report " GROUP4);
	join(others, "233.252.0.2", NULL);
	expect_heard("join", "igmp2 report 233.252.0.2");
	report4(GROUP4);
	/* what was sent before it has been dealt with */
	query4(2, "233.252.0.2", NULL);
	expect_heard("query", "igmp2 report 233.252.0.2");
	leave(fds);
	leave(others);
	expect_without("leave", "igmp2 leave 233.252.0.2",
		       "igmp2 leave " GROUP4);
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-1 SAME-1", igmp3_join_and_leave),
	CASE("ENABLE-1 SAME-1", igmp3_queries),
	CASE("ENABLE-1 SAME-1", igmp2),
	CASE("ENABLE-1 SAME-1", igmp2_reported_by_another),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), listeners);
}

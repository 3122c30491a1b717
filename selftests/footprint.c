// SPDX-License-Identifier: GPL-2.0
/*
 * What a device takes of memory and of time.  What bounds refer to are ordinary
 * devices in the same kernel, in the same run.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lwd_many.h"

/* What a device has taken since the last look, and what network code has of it,
 * in how many pieces
 */
struct taken {
	long bytes;
	long net_bytes;
	long pieces;
};

static struct taken taken_each(void)
{
	static long bytes, net_bytes, pieces;
	struct taken each;

	memory_settle();
	usleep(50000);
	memory_settle();
	take(&now);
	each.bytes = (now.bytes - bytes) / count;
	each.net_bytes = (now.net_bytes - net_bytes + count / 2) / count;
	each.pieces = (now.pieces - pieces + count / 2) / count;
	bytes = now.bytes;
	net_bytes = now.net_bytes;
	pieces = now.pieces;
	return each;
}

static void bound(const char *what, long lwd, long ordinary, double share)
{
	ksft_print_msg("%s: lightweight %ld, ordinary %ld bytes\n", what, lwd,
		       ordinary);
	CHECK(lwd > 0 && lwd <= ordinary * share,
	      "%s: expected up to %.0f bytes, got %ld", what,
	      ordinary * share, lwd);
}

/* What network code takes on the kernel that these bounds were measured on: one
 * for user-mode Linux, without what debugging adds to structures.  Elsewhere
 * only the number of pieces counts.
 */
static bool measured_here(void)
{
	static const char * const larger[] = {
		"do_raw_spin_lock", "kasan_report", "ref_tracker_alloc",
	};
	char line[256], name[128];
	bool here = false;
	unsigned int i;
	FILE *f;

	f = fopen("/proc/cpuinfo", "r");
	while (f && fgets(line, sizeof(line), f))
		here |= !!strstr(line, "User Mode Linux");
	if (f)
		fclose(f);
	f = fopen("/proc/kallsyms", "r");
	if (!f)
		return false;
	while (here && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %127s", name) != 1)
			continue;
		for (i = 0; i < ARRAY_SIZE(larger); i++)
			here &= !!strcmp(name, larger[i]);
	}
	fclose(f);
	return here;
}

/*
 * What comes back as a piece of its own is found however small it is, and so is
 * a piece that gets larger.
 */
static void bound_network(const char *what, int label, struct taken each,
			  long pieces, long bytes)
{
	static int here = -1;

	if (here < 0)
		here = measured_here();
	ksft_print_msg("%s: %s %ld bytes of network code in %ld pieces\n",
		       what, label_names[label], each.net_bytes, each.pieces);
	CHECK(each.pieces > 0 && each.pieces <= pieces,
	      "%s, %s: expected up to %ld allocations, got %ld", what,
	      label_names[label], pieces, each.pieces);
	CHECK(!here || each.net_bytes <= bytes + NOISE,
	      "%s, %s: expected up to %ld bytes of network code, got %ld",
	      what, label_names[label], bytes, each.net_bytes);
}

static void bytes_per_device(void)
{
	static const struct {
		long pieces, bytes;
	} most[][2] = {
		{ { 27, 22284 }, { 4, 3292 } },
		{ { 30, 22501 }, { 7, 3829 } },
		{ { 30, 22812 }, { 7, 3820 } },
		{ { 26, 22172 }, { 4, 3628 } },
	};
	struct taken each[2];
	unsigned int i;
	int label;

	cmd("add under up type dummy");
	/* the four of which people have many */
	for (i = 0; i < ARRAY_SIZE(most); i++) {
		for (label = 1; label >= 0; label--) {
			if (!make(&kinds[i], label))
				return;
			end();
			taken_each();
			make(&kinds[i], label);
			each[label] = taken_each();
			end();
			bound_network(kinds[i].name, label, each[label],
				      most[i][label].pieces,
				      most[i][label].bytes);
		}
		bound(kinds[i].name, each[1].bytes, each[0].bytes, 1.0 / 6);
	}
}

/* An ordinary device gets IPv4, then IPv6, if its MTU is large enough. */
static void bytes_per_family(void)
{
	static const struct {
		const char *name;
		double share;	/* of what an ordinary device has */
		long pieces, bytes, ordinary_pieces, ordinary_bytes;
	} most[] = {
		{ "IPv4", 1.0 / 10, 3, 548, 6, 5088 },
		{ "IPv6", 1.0 / 5, 14, 3138, 20, 14187 },
		{ "MPLS", 1.0 / 16, 2, 96 },
	};
	struct taken each[2][3];
	unsigned int i;

	make(&kinds[0], 0);
	on_each("", "set d# up");
	on_each("", "set d# mtu 67");
	usleep(500000);
	taken_each();
	on_each("", "set d# mtu 1279");
	each[0][0] = taken_each();
	on_each("", "set d# mtu 1500");
	usleep(500000);
	each[0][1] = taken_each();
	/* its MPLS cannot be taken away; IPv4's measure is good enough */
	each[0][2] = each[0][0];
	end();

	make(&kinds[0], 1);
	on_each("", "set d# up");
	taken_each();
	on_each("", "set d# inet on");
	each[1][0] = taken_each();
	on_each("", "set d# inet6 on");
	usleep(500000);
	each[1][1] = taken_each();
	on_each("", "set d# mpls on");
	each[1][2] = taken_each();
	end();

	for (i = 0; i < ARRAY_SIZE(most); i++) {
		bound(most[i].name, each[1][i].bytes, each[0][i].bytes,
		      most[i].share);
		bound_network(most[i].name, 1, each[1][i], most[i].pieces,
			      most[i].bytes);
		if (most[i].ordinary_pieces)
			bound_network(most[i].name, 0, each[0][i],
				      most[i].ordinary_pieces,
				      most[i].ordinary_bytes);
	}
}

static int size_cb(const struct nlmsghdr *nlh, void *data)
{
	struct link_state st;

	link_parse(nlh, &st);
	if (st.name[0] == 'd')
		*(long *)data += nlh->nlmsg_len;
	return MNL_CB_OK;
}

static void bytes_of_a_dump(void)
{
	long bytes[2] = {};
	int label;

	for (label = 0; label < 2; label++) {
		make(&kinds[0], label);
		link_dump(size_cb, &bytes[label]);
		end();
	}
	bound("dump", bytes[1] / count, bytes[0] / count, 0.75);
}

static long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* By turns, the best of some each, as others may be at work on the machine */
static void time_per_device(void)
{
	long best[2][2] = {}, took[2];
	int round, label, i;

	cmd("add under up type dummy");
	for (round = 0; round < 6; round++) {
		for (label = 0; label < 2; label++) {
			took[0] = now_us();
			make(&kinds[1], label);
			took[1] = now_us();
			took[0] = took[1] - took[0];
			end();
			took[1] = now_us() - took[1];
			for (i = 0; i < 2; i++)
				if (!best[label][i] ||
				    took[i] < best[label][i])
					best[label][i] = took[i];
		}
	}
	for (i = 0; i < 2; i++) {
		const char *what = i ? "delete" : "create";

		ksft_print_msg("%s: lightweight %ld, ordinary %ld us for %d\n",
			       what, best[1][i], best[0][i], count);
		CHECK(best[1][i] < best[0][i],
		      "%s: expected less than %ld us, got %ld", what,
		      best[0][i], best[1][i]);
	}
}

static const struct lwd_case cases[] = {
	CASE("FOOT-1", bytes_per_device),
	CASE("FOOT-2", bytes_per_family),
	CASE("FOOT-8", bytes_of_a_dump),
	CASE("FOOT-4", time_per_device),
};

int main(void)
{
	cases_run_counted(cases, ARRAY_SIZE(cases));
}

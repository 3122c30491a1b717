// SPDX-License-Identifier: GPL-2.0
/* Many devices, and what the kernel has allocated for them. */

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lwd_frame.h"
#include "lwd_many.h"

#define PLACES_MAX	12000

struct place {
	char name[112];
	long bytes;
	long calls;
};

struct snapshot before, now;
int count = COUNT;

/* Pages of slabs and of processes are no place's own, and what follows
 * references is there to find faults only.
 */
static bool counts(const char *name)
{
	static const char * const threads[] = {
		/* the kernel starts those of its queues when it is busy */
		"kernel/fork.c", "kernel/kthread.c", "kernel/cred.c",
		"kernel/pid.c", "kernel/sched/",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(threads); i++)
		if (!strncmp(name, threads[i], strlen(threads[i])))
			return false;
	if (strstr(name, "func:alloc_worker"))
		return false;
	return (strncmp(name, "mm/", 3) || !strncmp(name, "mm/util.c", 9)) &&
	       strncmp(name, "lib/ref_tracker.c", 17);
}

/* What the rest of the kernel does meanwhile is as much as a piece a device. */
static bool of_network(const char *name)
{
	return (!strncmp(name, "net/", 4) ||
		!strncmp(name, "drivers/net/", 12)) &&
	       strncmp(name, "net/core/skbuff.c", 17) &&
	       strncmp(name, "net/netlink/", 12);
}

bool take(struct snapshot *snap)
{
	char line[256], *at;
	struct place *place;
	FILE *f;

	if (!snap->places)
		snap->places = calloc(PLACES_MAX, sizeof(*place));
	snap->count = 0;
	snap->bytes = 0;
	snap->calls = 0;
	snap->net_bytes = 0;
	snap->pieces = 0;
	f = fopen("/proc/allocinfo", "r");
	if (!f)
		return false;
	while (snap->count < PLACES_MAX && fgets(line, sizeof(line), f)) {
		place = &snap->places[snap->count];
		place->bytes = strtol(line, &at, 10);
		place->calls = strtol(at, &at, 10);
		if (sscanf(at, " %111[^\n]", place->name) != 1 ||
		    !place->calls || !counts(place->name))
			continue;
		snap->bytes += place->bytes;
		snap->calls += place->calls;
		if (of_network(place->name)) {
			snap->net_bytes += place->bytes;
			snap->pieces += place->calls;
		}
		snap->count++;
	}
	fclose(f);
	return snap->count > 0;
}

/* The place that grew by so many allocations, or bytes, or more; or NULL */
static const char *grown(long calls, long bytes)
{
	static const struct place none;
	static char text[200];
	const struct place *was;
	int i, k = 0;

	for (i = 0; i < now.count; i++) {
		/* both lists have the same order */
		int from = k;

		while (k < before.count &&
		       strcmp(before.places[k].name, now.places[i].name))
			k++;
		was = k < before.count ? &before.places[k] : &none;
		if (k == before.count)
			k = from;
		if (now.places[i].calls - was->calls < calls &&
		    now.places[i].bytes - was->bytes < bytes)
			continue;
		snprintf(text, sizeof(text), "%ld more (%ld bytes) of %s",
			 now.places[i].calls - was->calls,
			 now.places[i].bytes - was->bytes, now.places[i].name);
		return text;
	}
	return NULL;
}

bool as_before(char *why, size_t size)
{
	const char *where = NULL;
	long more = 0;
	int i;

	for (i = 0; i < 10; i++) {
		memory_settle();
		usleep(20000 + 20000 * i);
		take(&now);
		where = grown(count / 2, LONG_MAX);
		more = now.bytes - before.bytes;
		if (!where && more < NOISE * count)
			return true;
	}
	snprintf(why, size, "%ld bytes more a device, %s", more / count,
		 where ?: grown(LONG_MAX, more / 4) ?: "here and there");
	return false;
}

/* The kernel counts, and devices are among what it counts. */
void expect_counted(const char *what)
{
	take(&now);
	CHECK(grown(count, LONG_MAX), "%s: expected some place with %d more, got none",
	      what, count);
}

void note_memory(void)
{
	memory_settle();
	usleep(20000);
	memory_settle();
	take(&before);
}

const struct kind kinds[] = {
	{ "dummy", "type dummy" },
	{ "vlan", "link under type vlan id #" },
	{ "vrf", "type vrf table 1#" },
	{ "vti", "type vti local 192.0.2.1 remote 192.0.3.# key #" },
	{ "veth", "type veth peer LWD name p#" },
	{ "macvlan", "link under type macvlan mode bridge" },
	{ "vxlan", "type vxlan id # dstport 4789" },
	{ "bridge", "type bridge" },
	{ "bond", "type bond mode active-backup" },
	{ "vti6", "type vti6 local 2001:db8::1 remote 2001:db8::# key #" },
	{ "many queues", "numtxqueues 40 numrxqueues 40 type dummy" },
};

const unsigned int kinds_count = ARRAY_SIZE(kinds);

const char * const labels[] = { "", "lwd 1" };
const char * const label_names[] = { "ordinary", "lightweight" };

bool on_each(const char *label, const char *template)
{
	char line[256];
	const char *at;
	size_t len;
	int i;

	for (i = 1; i <= count; i++) {
		len = 0;
		for (at = template; *at && len < sizeof(line) - 16; at++) {
			if (!strncmp(at, "LWD", 3)) {
				len += sprintf(line + len, "%s", label);
				at += 2;
			} else if (*at == '#') {
				len += sprintf(line + len, "%d", i);
			} else {
				line[len++] = *at;
			}
		}
		line[len] = 0;
		if (!cmd_or_skip("%s", line))
			return false;
	}
	return true;
}

bool make(const struct kind *kind, int label)
{
	char line[160];

	snprintf(line, sizeof(line), "add d# LWD " GROUP " %s", kind->words);
	return on_each(labels[label], line);
}

void end(void)
{
	link_cmd(NULL, "del - " GROUP);
}

void each_addr(const char *format4, const char *format6)
{
	char name[16], addr[48];
	int i;

	for (i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		if (format4) {
			snprintf(addr, sizeof(addr), format4, i);
			add_addr(name, addr, 24);
		}
		if (format6) {
			snprintf(addr, sizeof(addr), format6, i);
			add_addr(name, addr, 64);
		}
	}
}

void cases_run_counted(const struct lwd_case *cases, unsigned int n)
{
	char on[4] = "";
	FILE *f;

	cases_need_label();
	f = fopen("/proc/sys/vm/mem_profiling", "r");
	if (!f || !fgets(on, sizeof(on), f) || on[0] != '1' || !take(&before))
		ksft_exit_skip("kernel does not count its memory\n");
	fclose(f);
	cases_run(cases, n, NULL);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * Every sequence of up to three events, and random ones of a hundred, done to
 * an ordinary and to a lightweight device and held against a model after each.
 * Of those of three that have a move to another namespace or the label in them
 * it is one in eight.
 *
 * A case has the sequences that begin with the event that it is called after.
 * Environment: LWD_MODEL_LENGTH=4 for longer sequences (a slow machine does two
 * events), LWD_MODEL_SHARE=1 for all of them; LWD_MODEL_SEED=N for other
 * random ones, LWD_MODEL_RANDOM=N for more of them.
 */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lwd_case.h"
#include "model.h"

#define PRINT_MAX	8	/* mismatches that a case prints */
#define RANDOM_LENGTH	100
#define AT_ONCE		92	/* sequences */

static unsigned long sequences, mismatches;

static void walk(void);
static void random_ones(void);

static const char * const event_words[EVENTS] = {
	[EV_UP] = "link set d0 up",
	[EV_DOWN] = "link set d0 down",
	[EV_MTU_1500] = "link set d0 mtu 1500",
	[EV_MTU_1279] = "link set d0 mtu 1279",
	[EV_MTU_67] = "link set d0 mtu 67",
	[EV_INET_AUTO] = "link set d0 inet auto",
	[EV_INET_ON] = "link set d0 inet on",
	[EV_INET_OFF] = "link set d0 inet off",
	[EV_INET6_AUTO] = "link set d0 inet6 auto",
	[EV_INET6_ON] = "link set d0 inet6 on",
	[EV_INET6_OFF] = "link set d0 inet6 off",
	[EV_MPLS_ON] = "link set d0 mpls on",
	[EV_MPLS_OFF] = "link set d0 mpls off",
	[EV_ADDR4] = "addr add 198.18.0.1/28 dev d0",
	[EV_ADDR6] = "addr add 2001:db8:1::1/64 dev d0",
	[EV_NO_ADDR] =
		"addr del 198.18.0.1/28 dev d0; "
		"addr del 2001:db8:1::1/64 dev d0",
	[EV_ROUTE] =
		"route add 198.19.0.0/30 dev d0; "
		"route add 2001:db8:2::/64 dev d0",
	[EV_ROUTE_VIA] =
		"route add 198.19.0.4/30 via 198.18.0.2 dev d0; "
		"route add 2001:db8:3::/64 via 2001:db8:1::2 dev d0",
	[EV_NEXTHOP] =
		"nexthop add id 1 dev d0; "
		"-6 nexthop add id 2 dev d0; "
		"route add 198.19.0.8/30 nhid 1; "
		"route add 2001:db8:4::/64 nhid 2; "
		"route add 198.19.0.12/30 nhid 2",
	[EV_NEIGH] =
		"neigh add 198.18.0.2 dev d0; "
		"neigh add 2001:db8:1::2 dev d0",
	[EV_JOIN] = "join 233.252.0.1 dev d0; join ff0e::db8:1 dev d0",
	[EV_LEAVE] = "leave 233.252.0.1 dev d0; leave ff0e::db8:1 dev d0",
	[EV_LABEL] = "link set d0 lwd on",
	[EV_MOVE] = "link set d0 netns away; -n away link set d0 netns home",
};

const char * const fact_words[FACTS] = {
	[FACT_LINK] = "link",
	[FACT_LWD] = "label",
	[FACT_UP] = "up",
	[FACT_MTU_1500] = "MTU 1500",
	[FACT_MTU_1279] = "MTU 1279",
	[FACT_MTU_67] = "MTU 67",
	[FACT_SWITCHES] = "switches",
	[FACT_MPLS_ON] = "mpls on",
	[FACT_MPLS_OFF] = "mpls off",
	[FACT_CONF_MPLS] = "MPLS settings",
	[FACT_NETCONF_MPLS] = "MPLS netconf",
	[FACT_ON4] = "inet on",
	[FACT_OFF4] = "inet off",
	[FACT_CONF4] = "IPv4 settings",
	[FACT_NETCONF4] = "IPv4 netconf",
	[FACT_PARMS4] = "ARP parameters",
	[FACT_ADDR4] = "IPv4 address",
	[FACT_CONN4] = "IPv4 prefix route",
	[FACT_LOCAL4] = "IPv4 local route",
	[FACT_WIDE4] = "IPv4 broadcast route",
	[FACT_ROUTE4] = "IPv4 route",
	[FACT_VIA4] = "IPv4 route via gateway",
	[FACT_NH4] = "IPv4 nexthop",
	[FACT_NHROUTE4] = "IPv4 route by nexthop",
	[FACT_NEIGH4] = "IPv4 neighbour",
	[FACT_ALL4] = "224.0.0.1",
	[FACT_GROUP4] = "233.252.0.1",
	[FACT_ON6] = "inet6 on",
	[FACT_OFF6] = "inet6 off",
	[FACT_CONF6] = "IPv6 settings",
	[FACT_NETCONF6] = "IPv6 netconf",
	[FACT_PARMS6] = "neighbour parameters of IPv6",
	[FACT_ADDR6] = "IPv6 address",
	[FACT_CONN6] = "IPv6 prefix route",
	[FACT_LOCAL6] = "IPv6 local route",
	[FACT_WIDE6] = "ff00::/8 route",
	[FACT_ROUTE6] = "IPv6 route",
	[FACT_VIA6] = "IPv6 route via gateway",
	[FACT_NH6] = "IPv6 nexthop",
	[FACT_NHROUTE6] = "IPv6 route by nexthop",
	[FACT_NEIGH6] = "IPv6 neighbour",
	[FACT_ALL6] = "ff02::1",
	[FACT_GROUP6] = "ff0e::db8:1",
	[FACT_LINK6] = "IPv6 link",
	[FACT_LLADDR] = "link-local address",
	[FACT_LLCONN] = "fe80::/64 route",
	[FACT_LLLOCAL] = "link-local's local route",
	[FACT_NODES6] = "ff01::1",
	[FACT_CROSS] = "IPv4 route by IPv6 nexthop",
	[FACT_LEAVE4] = "IGMP leave",
	[FACT_LEAVE6] = "MLD leave",
	[FACT_OTHER] = "something else",
};

/* Each with what begins with its event */
static const struct lwd_case cases[] = {
	[EV_UP] = { "up", "DEFER-4", walk },
	[EV_DOWN] = { "down", "DEFER-4", walk },
	[EV_MTU_1500] = { "mtu_1500", "DEFER-4", walk },
	[EV_MTU_1279] = { "mtu_1279", "DEFER-4", walk },
	[EV_MTU_67] = { "mtu_67", "DEFER-4", walk },
	[EV_INET_AUTO] = { "inet_auto", "ENABLE-3 ENABLE-4 ENABLE-7", walk },
	[EV_INET_ON] = { "inet_on", "ENABLE-3 ENABLE-4 ENABLE-7", walk },
	[EV_INET_OFF] = { "inet_off",
		"ENABLE-3 ENABLE-4 ENABLE-6 ENABLE-7", walk },
	[EV_INET6_AUTO] = { "inet6_auto", "ENABLE-3 ENABLE-4 ENABLE-7", walk },
	[EV_INET6_ON] = { "inet6_on", "ENABLE-3 ENABLE-4 ENABLE-7", walk },
	[EV_INET6_OFF] = { "inet6_off",
		"ENABLE-3 ENABLE-4 ENABLE-6 ENABLE-7", walk },
	[EV_MPLS_ON] = { "mpls_on", "ENABLE-3 ENABLE-4 ENABLE-5", walk },
	[EV_MPLS_OFF] = { "mpls_off", "ENABLE-3 ENABLE-4 ENABLE-5", walk },
	[EV_ADDR4] = { "addr4", "ENABLE-1 ENABLE-4", walk },
	[EV_ADDR6] = { "addr6", "ENABLE-2 ENABLE-4", walk },
	[EV_NO_ADDR] = { "no_addr", "ENABLE-1 ENABLE-2", walk },
	[EV_ROUTE] = { "route", "DEFER-6 KEEP-5", walk },
	[EV_ROUTE_VIA] = { "route_via", "DEFER-6 KEEP-5", walk },
	[EV_NEXTHOP] = { "nexthop", "DEFER-6 KEEP-5", walk },
	[EV_NEIGH] = { "neigh", "DEFER-6", walk },
	[EV_JOIN] = { "join", "DEFER-6 ENABLE-1 ENABLE-2", walk },
	[EV_LEAVE] = { "leave", "ENABLE-6", walk },
	[EV_LABEL] = { "label", "LABEL-4", walk },
	[EV_MOVE] = { "move", "DEFER-4 KEEP-6", walk },
	CASE("ENABLE-4 ENABLE-6 DEFER-4 SAME-1", random_ones),
};

static int number_from(const char *name, int dflt)
{
	const char *value = getenv(name);

	return value && *value ? atoi(value) : dflt;
}

static void print_sum(void)
{
	printf("# model: %lu sequences, %lu mismatches\n", sequences,
	       mismatches);
}

/* Each of the sequences that leave out as many events at one place as that */
static int leave_out(const struct sequence *from, int len, int chunk,
		     struct sequence *to)
{
	int at, count = 0;

	for (at = 0; at < len && count < SEQS_MAX; at += chunk, count++) {
		int rest = len - at - chunk;

		memcpy(to[count].event, from->event, at);
		if (rest > 0)
			memcpy(to[count].event + at, from->event + at + chunk,
			       rest);
	}
	return count;
}

/* The shortest that still fails, by leaving out what is not needed */
static int shrink(struct sequence *seq)
{
	static struct sequence tries[SEQS_MAX];
	int len = seq->failed_at + 1, chunk = len / 2, i, best, count;

	while (chunk) {
		/* the last of these may be shorter than its length says */
		count = leave_out(seq, len, chunk, tries);
		if (len % chunk)
			count--;
		world_run(tries, count, len - chunk, true);
		best = -1;
		for (i = 0; i < count; i++)
			if (tries[i].failed_at >= 0 &&
			    (best < 0 ||
			     tries[i].failed_at < tries[best].failed_at))
				best = i;
		if (best < 0) {
			chunk /= 2;
			continue;
		}
		*seq = tries[best];
		len = seq->failed_at + 1;
		if (chunk > len / 2)
			chunk = len / 2;
	}
	return len;
}

static void report(struct sequence *seq)
{
	static struct sequence printed[1000];
	static int lens[1000], count;
	char words[8192] = "";
	bool again = false;
	int i, len;

	mismatches++;
	case_failed = true;
	len = shrink(seq);
	for (i = 0; i < count; i++)
		again |= lens[i] == len &&
			 !memcmp(printed[i].event, seq->event, len);
	if (!again && count < 1000) {
		printed[count] = *seq;
		lens[count++] = len;
	}
	for (i = 0; i < len; i++)
		snprintf(words + strlen(words), sizeof(words) - strlen(words),
			 "%s%s", i ? "; " : "", event_words[seq->event[i]]);
	CHECK(false, "%s: %s", words, again ? "as before" : seq->why);
}

static struct sequence seqs[SEQS_MAX];

/* Those that are full, or the last ones */
static void run(int count, int len, bool *bad, int *printed)
{
	int i;

	world_run(seqs, count, len, false);
	sequences += count;
	/* it takes long: say that it goes on */
	if (len > 3 && !(sequences / AT_ONCE % 5))
		ksft_print_msg("%lu sequences\n", sequences);
	for (i = 0; i < count; i++) {
		if (seqs[i].failed_at < 0)
			continue;
		if (len == 2)
			bad[seqs[i].event[1]] = true;
		if ((*printed)++ < PRINT_MAX)
			report(&seqs[i]);
		else
			mismatches++;
	}
}

/*
 * To move a device takes 15 ms, as the kernel waits for RCU; all the rest of a
 * sequence takes three. So of the longer ones with a move not all are done, nor
 * of those with a label, which does nothing.
 */
static bool left_out(const struct sequence *seq, int len, unsigned long number)
{
	int share = number_from("LWD_MODEL_SHARE", 8);

	return (memchr(seq->event, EV_MOVE, len) ||
		memchr(seq->event, EV_LABEL, len)) && number % share;
}

/*
 * All of a length that begin with an event, as many at once as there is room
 * for; those that go on where one of two has failed are left out.
 */
static void walk_length(enum model_event first, int len, bool *bad)
{
	unsigned long number, count = 1, k;
	int at, fill = 0, printed = 0;

	for (at = 1; at < len; at++)
		count *= EVENTS;
	for (number = 0; number < count; number++) {
		struct sequence *seq = &seqs[fill];

		seq->event[0] = first;
		for (k = number, at = len - 1; at > 0; at--, k /= EVENTS)
			seq->event[at] = k % EVENTS;
		if (len < 3 || (!bad[seq->event[1]] &&
				!left_out(seq, len, number)))
			fill++;
		if (fill < AT_ONCE && number + 1 < count)
			continue;
		if (fill)
			run(fill, len, bad, &printed);
		fill = 0;
	}
}

static void walk(void)
{
	/* a slow machine waits longer */
	int max = number_from("LWD_MODEL_LENGTH", wait_ms() > WAIT_MS ? 2 : 3);
	bool bad[EVENTS] = {};
	int len;

	for (len = 1; len <= max && !(len == 2 && case_failed); len++)
		walk_length(case_now - cases, len, bad);
}

static void random_ones(void)
{
	int count = number_from("LWD_MODEL_RANDOM", 10), i, k;
	unsigned int seed = number_from("LWD_MODEL_SEED", 1);

	ksft_print_msg("LWD_MODEL_SEED=%u\n", seed);
	srandom(seed);
	for (i = 0; i < count && i < SEQS_MAX; i++)
		for (k = 0; k < RANDOM_LENGTH; k++)
			seqs[i].event[k] = random() % EVENTS;
	if (!i)
		return;
	world_run(seqs, i, RANDOM_LENGTH, true);
	sequences += i;
	for (k = 0; k < i; k++)
		if (seqs[k].failed_at >= 0)
			report(&seqs[k]);
}

/* It may come with a module, which the switch loads. */
static bool have_mpls(void)
{
	link_cmd(NULL, "add lwd_probe lwd 1 mpls on type dummy");
	link_cmd(NULL, "del lwd_probe");
	return !access("/proc/sys/net/mpls", F_OK);
}

int main(void)
{
	cases_need_label();
	if (!have_mpls())
		ksft_exit_skip("kernel has no MPLS\n");
	atexit(print_sum);
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

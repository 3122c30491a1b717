// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzz the kernel that this runs in with rtnetlink messages, sockets, packets
 * and sysctls; tools/part/fuzz boots one for it.
 *
 * usage: fuzz SEED SECONDS FOLDER [WORKER ROUND]
 *
 * A round has new network namespaces, the worlds, a seed and a mode of its own,
 * and at its end they must go. There are two sorts of rounds:
 *  twins  all is done to ordinary devices in one world and to lightweight ones
 *         in another. The errors must be the same, except where the family must
 *         be on, unless it was turned on at once
 *  noise  two processes do different things to the same lightweight devices
 *
 * FOLDER/worker-N.log has all that was done in the current round, written
 * before it is done: WORKER and ROUND repeat the round alone. FOLDER/count has
 * the messages so far. Standard output is KTAP.
 */

#define _GNU_SOURCE
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"

#define WORKERS 2

enum fuzz_mode fuzz_mode;

/* What all processes see */
struct shared {
	bool stop;
	unsigned long count[2 * WORKERS], rounds[WORKERS];
	unsigned int unsteady;
	struct found {
		unsigned int times;
		char what[256];	/* the last one */
	} different, stay, bugs;
};

static struct shared *shared;

static const char *folder;
static unsigned long seed;
static unsigned int me; /* worker; those of noise come after them */

/* Told at once, as the kernel may not live to the end, and again there */
__attribute__((format(printf, 2, 3)))
static void found(struct found *f, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(f->what, sizeof(f->what), fmt, ap);
	va_end(ap);
	f->times++;
	printf("# %s\n", f->what);
	fflush(stdout);
}

static void verdict(unsigned int n, const char *name, const struct found *f)
{
	if (f->times)
		printf("# %u times, such as %s\nnot ", f->times, f->what);
	printf("ok %u %s\n", n, name);
}

/* Operations */

/*
 * Where the answers of twins may differ, besides what is left out by "l3" of
 * the operations: what needs a family, in rounds in which lightweight devices
 * do not have it from the beginning. The worlds are not the same any more then,
 * and the round ends.
 */
static const struct difference {
	const char *op;
	int ordinary, lightweight;
	const char *why;
} differences[] = {
	{ "mroute IPv6", 0, EADDRNOTAVAIL,
	  "an interface without IPv6, as its MTU is too small, is refused" },
	{ "address", ENOBUFS, EINVAL, "and here, with the reason as text" },
	{ "neighbour", ENOBUFS, EINVAL, "and here" },
	{ "new link", 0, ENODEV,
	  "a vxlan joins its group on a device that needs IPv4 for that" },
	{ "change link", 0, ENODEV, "the same" },
	{}
};

static bool is_known(const char *op, int ordinary, int lightweight)
{
	const struct difference *d;

	for (d = differences; d->op; d++)
		if (!strcmp(d->op, op) && d->ordinary == ordinary &&
		    d->lightweight == lightweight)
			return true;
	return false;
}

static const struct op *some_op(void)
{
	const struct op *const tables[] = { link_ops, net_ops, do_ops };
	const struct op *op = tables[chance(4) ? 2 : pick(2)];
	unsigned int sum = 0, i;

	for (i = 0; op[i].fn; i++)
		sum += op[i].weight;
	sum = pick(sum);
	for (; sum >= op->weight; op++)
		sum -= op->weight;
	return op;
}

static int do_op(const struct op *op, struct world *w, int at)
{
	int ret;

	note("%s %c%d", op->name, w->lwd ? 'L' : 'o', at);
	enter(w->net[at]);
	fuzz_here = w->nl[at];
	log_write();
	ret = op->fn(w, at);
	note("= %d\n", ret);
	log_write();
	return ret;
}

struct outcome {
	const char *op;
	unsigned int step;
	int ordinary, lightweight;
};

/* The same to both until they differ; 0: they never did */
static struct outcome twins(struct world *w, unsigned int steps)
{
	struct outcome o = {};
	uint64_t before, after;
	const struct op *op;
	int at;

	for (o.step = 1; o.step <= steps && !shared->stop; o.step++) {
		op = some_op();
		at = chance(3);
		before = fuzz_rng;
		o.ordinary = do_op(op, &w[0], at);
		after = fuzz_rng;
		fuzz_rng = before;
		o.lightweight = do_op(op, &w[1], at);
		if (fuzz_rng != after)
			errx(1, "%s does not do the same again", op->name);
		shared->count[me] = fuzz_count;
		if (o.ordinary == o.lightweight || (op->l3 && fuzz_mode != ON))
			continue;
		o.op = op->name;
		return o;
	}
	return o;
}

static void noise(struct world *w, unsigned int steps)
{
	while (steps-- && !shared->stop) {
		const struct op *op = some_op();

		do_op(op, w, chance(3));
		shared->count[me] = fuzz_count;
	}
}

/* Another process in the same world, with sockets of its own */
static pid_t noise_beside(struct world *w, unsigned int steps)
{
	pid_t pid = fork();
	int at, i;

	if (pid)
		return pid;
	me += WORKERS;
	fuzz_count = shared->count[me];
	fuzz_rng ^= 0x9e3779b97f4a7c15;
	log_open(folder, me);
	for (at = 0; at < 2; at++) {
		for (i = 0; i < SOCKS; i++)
			w->sock[at][i] = -1;
		enter(w->net[at]);
		w->nl[at] = rtnl_socket(0);
	}
	noise(w, steps);
	_exit(0);
}

static struct outcome one_round(unsigned long number)
{
	struct world worlds[2];
	static const enum fuzz_mode modes[] = {
		ON, ON, AUTO, SWITCH, NOISE, NOISE,
	};
	struct outcome o = {};
	unsigned int steps;
	pid_t pid;
	int i;

	fuzz_rng = (seed + 1) * 0x9e3779b97f4a7c15 ^
		   (me + 1) * 0xbf58476d1ce4e5b9 ^
		   (number + 1) * 0x94d049bb133111eb;
	for (i = 0; i < 8; i++)
		pick(2);
	log_open(folder, me);
	fuzz_mode = modes[pick(ARRAY_SIZE(modes))];
	steps = 50 + pick(400);
	note("seed %lu worker %u round %lu mode %d\n", seed, me, number,
	     fuzz_mode);
	log_write();
	for (i = 0; i < 2; i++) {
		world_open(&worlds[i], i);
		if (link_pair(&worlds[i]))
			errx(1, "no veth pair");
		note("pair\n");
	}
	if (fuzz_mode == NOISE) {
		pid = noise_beside(&worlds[1], steps);
		noise(&worlds[1], steps);
		waitpid(pid, NULL, 0);
	} else {
		o = twins(worlds, steps);
	}
	go_home();
	world_close(&worlds[0]);
	world_close(&worlds[1]);
	return o;
}

static void work(long only)
{
	struct outcome o, again;
	unsigned long number = only < 0 ? 0 : only;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(me, &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus); /* if there is one */
	go_home();
	do {
		o = one_round(number);
		if (o.op && !is_known(o.op, o.ordinary, o.lightweight)) {
			again = only < 0 ? one_round(number) : o;
			if (again.op == o.op && again.step == o.step) {
				found(&shared->different,
				      "worker %u round %lu step %u: %s: %s, lightweight %s",
				      me, number, o.step, o.op,
				      strerror(o.ordinary),
				      strerror(o.lightweight));
			} else {
				shared->unsteady++;
			}
		}
		if (!all_go()) {
			found(&shared->stay,
			      "worker %u round %lu: a namespace stays", me,
			      number);
			shared->stop = true;
		}
		shared->rounds[me] = ++number;
	} while (only < 0 && !shared->stop);
}

/* The kernel's log */

static const char *const splats[] = {
	"BUG:",
	"WARNING:",
	"cut here",
	"Oops",
	"KASAN",
	"UBSAN",
	"possible ",
	"suspicious RCU",
	"unreferenced object",
	"refcount_t",
	"unregister_netdevice: waiting",
	"ref_tracker",
	"blocked for more",
	"general protection",
	"memory leak detector disabled",
	"ODEBUG",
	"list_add corruption",
	"list_del corruption",
	"sleeping function",
};

static void read_kmsg(int fd)
{
	char record[2048], *text;
	unsigned int i;
	ssize_t len;

	while ((len = read(fd, record, sizeof(record) - 1)) > 0) {
		record[len] = 0;
		text = strchr(record, ';');
		for (i = 0; text && i < ARRAY_SIZE(splats);
		     i++) {
			if (!strstr(text, splats[i]))
				continue;
			text[strcspn(text, "\n")] = 0;
			found(&shared->bugs,
			      "rounds %lu, %lu: the kernel said: %s",
			      shared->rounds[0], shared->rounds[1], text + 1);
			shared->stop = true;
			break;
		}
	}
}

static unsigned long total(void)
{
	unsigned long sum = 0;
	unsigned int i;

	for (i = 0; i < 2 * WORKERS; i++)
		sum += shared->count[i];
	return sum;
}

static void write_count(time_t since)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/count", folder);
	file = fopen(path, "w");
	if (!file)
		err(1, "%s", path);
	fprintf(file, "%lu %u %lu\n", total(), shared->bugs.times,
		(unsigned long)(time(NULL) - since));
	fclose(file);
}

int main(int argc, char **argv)
{
	unsigned int i, alive = 0, failed = 0;
	time_t since = time(NULL), until;
	long only = -1;
	int kmsg, status;
	pid_t pid;

	if (argc != 4 && argc != 6)
		errx(2, "usage: fuzz SEED SECONDS FOLDER [WORKER ROUND]");
	seed = strtoul(argv[1], NULL, 0);
	until = since + atol(argv[2]);
	folder = argv[3];
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	kmsg = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (shared == MAP_FAILED || kmsg < 0)
		err(1, "/dev/kmsg");
	lseek(kmsg, 0, SEEK_END);
	puts("TAP version 13");
	printf("# seed %lu\n", seed);
	fflush(stdout);
	if (argc == 6)
		only = atol(argv[5]);
	for (i = 0; i < WORKERS; i++) {
		if (argc == 6 && i != (unsigned int)atoi(argv[4]))
			continue;
		me = i;
		pid = fork();
		if (!pid) {
			work(only);
			exit(0);
		}
		alive++;
	}
	while (alive) {
		poll(&(struct pollfd){ .fd = kmsg, .events = POLLIN }, 1, 1000);
		read_kmsg(kmsg);
		write_count(since);
		if (time(NULL) >= until)
			shared->stop = true;
		while (alive && waitpid(-1, &status, WNOHANG) > 0) {
			failed += status != 0;
			alive--;
			shared->stop |= status != 0;
		}
	}
	read_kmsg(kmsg);
	write_count(since);
	printf("# %lu messages, %lu rounds, %u differences that did not come again\n",
	       total(), shared->rounds[0] + shared->rounds[1],
	       shared->unsteady);
	puts("1..4");
	printf("%sok 1 all rounds are done\n", failed ? "not " : "");
	verdict(2, "the kernel does not complain", &shared->bugs);
	verdict(3, "namespaces go", &shared->stay);
	verdict(4, "twins give the same answers", &shared->different);
	return failed || shared->bugs.times || shared->stay.times ||
	       shared->different.times;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the fuzzer's files share, see fuzz.c.
 *
 * An operation is done in a world: two network namespaces, with the devices of
 * both. All that it does comes from pick() and the arguments, so that it can be
 * done again in the other world, where the devices are ordinary ones.
 */
#ifndef FUZZ_H
#define FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <linux/netlink.h>

#define DEVS 12 /* of a world; index FIRST + 0 and so on */
#define FIRST 200
#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))
#define SOCKS 8 /* of a namespace, that stay open */
#define LWD_LABEL 70 /* IFLA_LWD: the machine's headers may be older */

struct world {
	bool lwd;
	int net[2]; /* the namespaces */
	int nl[2]; /* rtnetlink in them */
	int ear[2]; /* hears all that is told there, and is not read */
	int sock[2][SOCKS];
	int sock_is[2][SOCKS];
};

extern uint64_t fuzz_rng;
/* How lightweight devices get layer 3 */
extern enum fuzz_mode {
	ON, /* at once: the twins can do the same */
	AUTO, /* with addresses */
	SWITCH, /* that, and by switches */
	NOISE, /* the same; two processes, no twins */
} fuzz_mode;
extern unsigned long fuzz_count;
extern int fuzz_here; /* a socket of the namespace that this is in */

unsigned int pick(unsigned int n); /* 0 to n - 1 */
static inline bool chance(unsigned int n)
{
	return !pick(n);
}

/* The index of a device that is in this namespace, or is not, most often */
unsigned int some_dev(void);
unsigned int no_dev(void);

/* A message that is built. */
struct msg {
	char buf[4096] __attribute__((aligned(NLMSG_ALIGNTO)));
	struct nlmsghdr *nlh;
	unsigned int first; /* attribute is there */
};

void *msg_start(struct msg *m, int type, int flags, size_t header);
void put(struct msg *m, int type, const void *data, size_t len);
void put_u8(struct msg *m, int type, uint8_t val);
void put_u16(struct msg *m, int type, uint16_t val);
void put_u32(struct msg *m, int type, uint32_t val);
void put_str(struct msg *m, int type, const char *text);
void put_ip(struct msg *m, int type, int family);
size_t nest(struct msg *m, int type);
void nest_end(struct msg *m, size_t start);

/* Attributes that come with a chance of 1/odds, between lo and hi. */
enum gen { NONE, U8, U16, BE16, U32, BE32, FLAG, IP4, IP6, DEV };

struct attr {
	uint16_t type;
	uint8_t gen;
	uint8_t odds;
	uint32_t lo, hi;
};

extern const struct kind {
	const char *name;
	const struct attr *attrs;
	bool link; /* IFLA_LINK is needed */
	bool refuses; /* the label */
	int peer; /* the attribute for the other end */
} fuzz_kinds[];
extern const unsigned int fuzz_kinds_count;
void put_attrs(struct msg *m, const struct attr *attrs);

/* The error, 0 or positive; talk() spoils a message now and then. */
int exchange(struct world *w, int at, struct msg *m);
int talk(struct world *w, int at, struct msg *m);

/* To the log of this round, before it is done */
void log_open(const char *folder, unsigned int number);
void log_write(void);
void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void note_bytes(const void *data, size_t len);

void enter(int net);
void go_home(void);
int rtnl_socket(unsigned int groups);
void world_open(struct world *w, bool lwd);
void world_close(struct world *w);
bool all_go(void);

/* An operation: the error, or -1 if there is nothing to compare. */
typedef int (*op_fn)(struct world *w, int at);
struct op {
	op_fn fn;
	unsigned int weight;
	const char *name;
	bool l3; /* needs a family that is on */
};

extern const struct op link_ops[], net_ops[], do_ops[];
void switch_on(struct world *w, unsigned int index);
int link_pair(struct world *w);
void sockets_close(struct world *w, int at);

#endif /* FUZZ_H */

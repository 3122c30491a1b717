/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two devices that listen to groups, and what they say of it on the wire:
 *
 *	netns home                      netns far
 *	or0 (ordinary)    ------------- of0	listener, querier
 *	lw0 (lightweight) ------------- lf0
 */
#ifndef LWD_LISTENER_H
#define LWD_LISTENER_H

#include "lwd_case.h"

#define GROUP4		"233.252.0.1"
#define GROUP6		"ff0e::db8:1"
#define SOURCE4		"203.0.113.9"
#define SOURCE6		"2001:db8:9::9"

struct end {
	const char *name;
	const char *far;
	const char *label;
	int fd4;		/* packet sockets of the far end */
	int fd6;
};

extern struct end ends[];
extern unsigned int count;	/* of ends: without the label, one */

/* For cases_run(): both, with addresses, when what they say of these is over */
bool listeners(void);

/* A socket for each end that listens to a group, of a source if one is given */
void join(int *fds, const char *group, const char *source);
void leave(int *fds);

/*
 * Each end says it, or does not: "igmp2 report 233.252.0.1", "igmp3 to_ex
 * 233.252.0.1", "mld1 done ff0e::db8:1", "mld2 is_in ff0e::db8:1"; first the
 * version, then the type of the message or record.
 */
void expect_heard(const char *when, const char *want);
void expect_quiet(const char *when, const char *want);
/* Each end says it, and has not said the other when it does. */
void expect_without(const char *when, const char *want, const char *other);
void forget_heard(void);

/* Ask all ends in a version of the protocol; no group: for all of them */
void query4(int version, const char *group, const char *source);
void query6(int version, const char *group, const char *source);

/* Another one on each link reports a group in the older version */
void report4(const char *group);
void report6(const char *group);

/* An MLD message of len bytes, without its checksum, to a group on each link */
void send_mld(const char *dst, const unsigned char *mld, size_t len);

#endif /* LWD_LISTENER_H */

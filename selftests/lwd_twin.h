/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Twins: the same device twice, an ordinary one in one network namespace and
 * a lightweight one in another.  They have the same name, index and address,
 * so that all that the kernel tells about them can be compared byte by byte.
 *
 * Messages are taken apart: see lwd_note.h for the paths of attributes.
 */
#ifndef LWD_TWIN_H
#define LWD_TWIN_H

#include "lwd_case.h"

enum { ORDINARY, LIGHTWEIGHT };

/* A difference that is expected; one that is never seen fails the case. */
struct twin_diff {
	const char *path;	/* "X*": all that begin with X */
	enum {
		ONLY_ORDINARY,
		ONLY_LIGHTWEIGHT,
		VALUE,
		MAY_DIFFER,	/* a time, say: need not be seen */
	} how;
	const char *why;
};

/* New namespaces, with a listener each; stays in that of the ordinary one. */
void twins_setup(void);
void twins_listen(int family, const unsigned int *groups, unsigned int count);

/* In both of them, where LWD stands for "lwd 0" and "lwd 1". */
__attribute__((format(printf, 1, 2)))
void twins_cmd(const char *fmt, ...);
void twins_addr(int type, const char *name, const char *addr, int len);
void twins_move(const char *name);	/* to another namespace and back */
void twin_go(int which);

/* Send a request to each, and note what comes back, the error as well. */
void twins_request(struct nlmsghdr *nlh);

/*
 * Wait until the kernel has done what it does later; note all that was told.
 * Of the links' carriers just the last is noted, in notes named CARRIER.
 */
void twins_settle(void);

/* Notes of these types only ("NEWLINK DELLINK"; NULL: all) are compared. */
void twins_compare(const char *what, const char *types,
		   const struct twin_diff *diffs, unsigned int count);

/* Did the one of them hear a message of a type? How often? */
unsigned int twin_heard(int which, const char *type);

/* What one of them heard last of an attribute, as hex; NULL: nothing. */
const char *twin_told(int which, const char *path);

#endif /* LWD_TWIN_H */

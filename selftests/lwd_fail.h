/* SPDX-License-Identifier: GPL-2.0 */
/* Allocations of this thread that fail on purpose (CONFIG_FAULT_INJECTION) */
#ifndef LWD_FAIL_H
#define LWD_FAIL_H

#include "lwd_case.h"

#define NTH_MAX		500

/* For main(): ends the program with a SKIP if the kernel cannot do it. */
void fail_prepare(void);

/*
 * From here on the nth allocation fails (0: none), and with rest all that come
 * after it; until fail_disarm(), which says if one did.
 */
void fail_arm(int nth, bool rest);
bool fail_disarm(void);

/*
 * A request of which each allocation fails once, by itself and with all that
 * come after it.  What was refused has not been done, the same request then
 * works, and what was allocated is freed.  Each is made of an ordinary device
 * too.
 */
struct request {
	const char *what;
	void (*now)(const struct request *r, struct nl_ack *ack);
	void (*undo)(const struct request *r);
	bool (*done)(const struct request *r);	/* NULL: cannot be told */
	const char *words, *again;		/* for these functions */
	int af, type, value;
};

#define DEV		"d0"

extern int fail_label;		/* of the device, 0 or 1 */

/* memory_note(), but for what a device of this label keeps */
void fail_note(void);

void fail_each(const struct request *r, bool rest);

/* Some, of a device that is there, and before that each once without failure */
void fail_all(const struct request *requests, unsigned int count);

/* The same of DEV of each sort, which is up, with all families */
void fail_labels(const struct request *requests, unsigned int count);

#endif /* LWD_FAIL_H */

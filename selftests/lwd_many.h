/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many devices at once, and what each place in the kernel has allocated for
 * them (/proc/allocinfo): so a leak of one of anything stands out, wherever it
 * is and whatever the function is called.
 */
#ifndef LWD_MANY_H
#define LWD_MANY_H

#include <stdbool.h>
#include <stddef.h>

#include "lwd_case.h"

#define COUNT		100
#define GROUP		"group 9"
#define NOISE		16	/* bytes a device that are nobody's */

struct snapshot {
	struct place *places;
	int count;
	long bytes;
	long calls;
	/* what network code has allocated, no packets */
	long net_bytes;
	long pieces;
};

extern struct snapshot before, now;
extern int count;	/* of the devices: COUNT, or less for a while */

/* Look; false: the kernel does not count. */
bool take(struct snapshot *snap);

/* From now on this is before; the kernel counts what there is more since. */
void note_memory(void);
void expect_counted(const char *what);

/* Is neither a place nor the sum larger?  What is freed later has some time. */
bool as_before(char *why, size_t size);

struct kind {
	const char *name;
	const char *words;	/* # is a number of its own */
};

extern const struct kind kinds[];
extern const unsigned int kinds_count;
extern const char * const labels[2], * const label_names[2];

/*
 * A command for each of the devices d1, d2, ...: "LWD" becomes the label and
 * "#" the number.  False: the kernel has no such kind, the case is skipped.
 */
bool on_each(const char *label, const char *template);
bool make(const struct kind *kind, int label);
void end(void);

/* Addresses, of a format with a number; NULL: none of the family */
void each_addr(const char *format4, const char *format6);

/* As cases_run(), or the program is skipped where the kernel does not count. */
void cases_run_counted(const struct lwd_case *cases, unsigned int n);

#endif /* LWD_MANY_H */

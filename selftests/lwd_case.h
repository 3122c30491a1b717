/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The cases of a C test: a table of functions, each of which runs in a new
 * network namespace and is told as one KTAP line, after another that names the
 * requirements it proves.
 *
 * Environment: TESTS="case ..." runs these only; LWD_FORCE=1 goes on where the
 * kernel does not know IFLA_LWD, to see the tests fail.
 */
#ifndef LWD_CASE_H
#define LWD_CASE_H

#include <stdbool.h>
#include <stdio.h>

#include "kselftest.h"
#include "lwd_nl.h"

#define WAIT_MS		5000

struct lwd_case {
	const char *name;
	const char *ids;
	void (*fn)(void);
};

#define CASE(ids, fn)	{ #fn, ids, fn }

extern bool case_failed;
extern const struct lwd_case *case_now;

/* The case fails if not; it goes on. */
#define CHECK(cond, ...)						\
	do {								\
		if (!(cond)) {						\
			case_failed = true;				\
			ksft_print_msg(__VA_ARGS__);			\
			printf("\n");					\
		}							\
	} while (0)

/* The case is skipped; it returns after this. */
__attribute__((format(printf, 1, 2)))
void case_skip(const char *fmt, ...);

/* A link command that works, and one of which only the result counts. */
__attribute__((format(printf, 1, 2)))
bool cmd(const char *fmt, ...);

/* The same for the kinds that a kernel may lack: false skips the case. */
__attribute__((format(printf, 1, 2)))
bool cmd_or_skip(const char *fmt, ...);

/* Is a device there?  Its label, and that it has no layer 3. */
bool exists(const char *name);
void expect_label(const char *name, int label);
void expect_no_l3(const char *name);

/* Milliseconds to wait for what takes the kernel some time. */
int wait_ms(void);

/* For sysctls, which are those of the namespace where this is. */
void write_text(const char *path, const char *text);

/* Make a namespace and go there; go to one again. */
int netns_new(void);
bool netns_go(int fd);

/*
 * Note what devices have allocated; and wait until no place in the kernel has
 * more than that.  The case is skipped where the kernel does not count it.
 */
void memory_note(void);
extern const char *memory_but; /* places with this in their name do not count */
void memory_settle(void);	/* free what waits in per-CPU lists */
void expect_freed(const char *what);

/*
 * End the program with a SKIP if the kernel does not know the label or its
 * switches; for what has to be asked before cases_run(), which does it too.
 */
void cases_need_label(void);

/* setup, if any, runs before each case, in its namespace. */
void cases_run(const struct lwd_case *cases, unsigned int count,
	       bool (*setup)(void));

#endif /* LWD_CASE_H */

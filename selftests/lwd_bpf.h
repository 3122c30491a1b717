/* SPDX-License-Identifier: GPL-2.0 */
/*
 * BPF programs that count what they see and then drop it, let it pass, send it
 * back or to another device:
 *
 *   or0 ======= or1     or2 ======= or3     ordinary, the control
 *   lw0 ======= lw1     lw2 ======= lw3     lightweight
 *
 * The programs are for the 0-ends; frames are sent from the 1-ends.  MTUs are
 * below IPv6's least, which keeps the ordinary ones quiet.
 */
#ifndef LWD_BPF_H
#define LWD_BPF_H

#include "lwd_case.h"

#define COUNT		10	/* frames that are sent */

extern const char * const prefixes[2];

/* For cases_run(): the devices */
bool bpf_pairs(void);

/* Where a program is, and its counter */
struct bpf_place {
	int type;		/* of the program, BPF_PROG_TYPE_* */
	int map;
	char near[IFNAMSIZ];	/* has the program */
	char far[IFNAMSIZ];
	char next[IFNAMSIZ];	/* frames are redirected to this one */
	char next_far[IFNAMSIZ];
};

void bpf_begin(struct bpf_place *p, const char *prefix, int type);

/* Load one that returns a number, or redirects to a device if there is one. */
int bpf_load(const struct bpf_place *p, int action, int ifindex);
int bpf_link(int prog, const char *name, int where, int flags);

/*
 * Frames go from one device, and those that come in at another are counted;
 * the program is to see all of them.
 */
void expect_frames(const char *what, const char *from, const char *at,
		   int map, int want);

#endif /* LWD_BPF_H */

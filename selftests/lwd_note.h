/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A message is taken apart into attributes, each with a path: "NEWLINK.26.2.1"
 * is attribute 1 in 2 in 26 of RTM_NEWLINK, "NEWLINK.hdr" its fixed header.
 */
#ifndef LWD_NOTE_H
#define LWD_NOTE_H

#include <stdbool.h>
#include <stddef.h>
#include <libmnl/libmnl.h>

#define ATTRS_MAX	120

struct attr {
	char path[48];
	char *hex;
};

struct note {
	char type[16];		/* "NEWLINK" */
	int ifindex;		/* of NEWLINK and DELLINK */
	struct note *carrier;	/* what it tells of the carrier */
	unsigned int count;
	struct attr attrs[ATTRS_MAX];
};

void note_read(struct note *note, int family, const struct nlmsghdr *nlh);
void note_add(struct note *note, const char *path, const void *data,
	      size_t len);
void note_free(struct note *note);

/* The nth attribute of a path: there can be several, in a list. */
const char *note_find(const struct note *note, const char *path,
		      unsigned int nth);
unsigned int note_nth(const struct note *note, unsigned int index);

/* Is there nothing new in a note of a link, beside what is of its carrier? */
bool note_repeats(const struct note *note, const struct note *last);

#endif /* LWD_NOTE_H */

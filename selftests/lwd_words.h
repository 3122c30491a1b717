/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A request that is made from words: what lwd_words.c, lwd_kinds.c and
 * lwd_link_cmd.c share.  Functions that put something return -1 if the word is
 * wrong, and r->bad says why.
 */
#ifndef LWD_WORDS_H
#define LWD_WORDS_H

#include "lwd_nl.h"

/* State of one request while its words are read. */
struct req {
	struct nlmsghdr *nlh;
	struct nl_ack *ack;
	int argc;
	char **argv;
	int netns;		/* a descriptor, to close when it is sent */
	char bad[128];
};

int bad_word(struct req *r, const char *what, const char *word);
const char *next(struct req *r);	/* NULL: there is none */
int get_num(struct req *r, const char *word, unsigned int *value);
int put_ip(struct req *r, int attr, const char *word);
int put_dev(struct req *r, int attr, const char *word);

/* The words that any kind takes, up to "type"; what comes after it. */
int put_generic(struct req *r);
int put_kind(struct req *r, const char *kind);

#endif /* LWD_WORDS_H */

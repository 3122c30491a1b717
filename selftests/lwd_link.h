/* SPDX-License-Identifier: GPL-2.0 */
/* The commands of lwd_link that show something: each gets its words. */
#ifndef LWD_LINK_H
#define LWD_LINK_H

#include <stdio.h>

#include "lwd_nl.h"

#define ARGS_MAX	128

const char *err_name(int err);	/* "EINVAL" */

/* Why a request was refused: "NAME EINVAL: text"; a NAME of "" is left out */
void show_refused(FILE *f, const char *name, const struct nl_ack *ack);

int show_links(int argc, char **argv);
int show_l3(int argc, char **argv);
int show_netconf(int argc, char **argv);
int show_found(int argc, char **argv);
int show_kinds(int argc, char **argv);

#endif /* LWD_LINK_H */

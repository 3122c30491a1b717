/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A router between two hosts, each in a network namespace:
 *
 *   near                    router                      far
 *   n0 198.51.100.1/24 --- a0 .2      b0 203.0.113.2 --- f0 .1
 *      2001:db8:1::1/64       ::2        2001:db8:2::2      ::1
 *
 * b0 has its addresses when a test needs them.
 */
#ifndef LWD_PATH_H
#define LWD_PATH_H

#include "lwd_case.h"

extern const char * const path_labels[2];
extern int path_near, path_router, path_far;	/* namespaces */

/* All of it anew, of ordinary or lightweight devices; ends in the router. */
void path_make(int lwd);

#endif /* LWD_PATH_H */

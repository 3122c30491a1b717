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

#endif /* LWD_FAIL_H */

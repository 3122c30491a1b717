/* SPDX-License-Identifier: GPL-2.0 */
/* PPPIOCNEWUNITF, for a tree without it. */
#ifndef LWD_PPP_H
#define LWD_PPP_H

#include <linux/ioctl.h>
#include <linux/types.h>
#include <linux/ppp-ioctl.h>

#ifndef PPPIOCNEWUNITF
#define PPP_UNIT_LWD	0x1

struct ppp_new_unit {
	__s32	unit;
	__u32	flags;
};

#define PPPIOCNEWUNITF	_IOWR('t', 51, struct ppp_new_unit)
#endif

#endif /* LWD_PPP_H */

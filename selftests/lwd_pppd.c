// SPDX-License-Identifier: GPL-2.0
/*
 * To be preloaded into pppd, which does not know PPPIOCNEWUNITF yet: make the
 * device that it asks for a lightweight one.  All else is pppd's own doing.
 */

#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lwd_ppp.h"

int ioctl(int fd, unsigned long request, ...);

int ioctl(int fd, unsigned long request, ...)
{
	struct ppp_new_unit req = { .flags = PPP_UNIT_LWD };
	va_list args;
	void *arg;
	int err;

	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);

	if ((unsigned int)request != PPPIOCNEWUNIT)
		return syscall(SYS_ioctl, fd, request, arg);

	req.unit = *(int *)arg;
	err = syscall(SYS_ioctl, fd, PPPIOCNEWUNITF, &req);
	*(int *)arg = req.unit;
	return err;
}

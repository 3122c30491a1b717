// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>

static int old(int a)
{
	if (a)
		a = 2;
	return a;
}

// SPDX-License-Identifier: GPL-2.0
#include <linux/kernel.h>

static int added(struct thing *thing, int n)
{
	int err = 0;

	ASSERT_RTNL();
	if (IS_ENABLED(CONFIG_THING))
		return -EINVAL;
	if (thing->on && n < 3) {
		err = make(thing,
			   n);
		pr_info("made\n");
	} else {
		drop(thing);
	}
	return thing->on == n;
}

static struct thing *choice(struct thing *thing, int n)
{
	return n > 3 && thing->on ? thing : NULL;
}

static int old(int a)
{
	if (a)
		a = 2;
	return a;
}

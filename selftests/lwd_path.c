// SPDX-License-Identifier: GPL-2.0
/* A router between two hosts. */

#include <unistd.h>

#include "lwd_frame.h"
#include "lwd_path.h"

const char * const path_labels[2] = { "ordinary", "lightweight" };
int path_near, path_router, path_far;

void path_make(int lwd)
{
	static bool made;

	if (made) {
		close(path_near);
		close(path_router);
		close(path_far);
	}
	made = true;
	path_near = netns_new();
	path_far = netns_new();
	path_router = netns_new();
	cmd("add a0 lwd %d up type veth peer lwd %d name n0 netns /proc/self/fd/%d",
	    lwd, lwd, path_near);
	cmd("add b0 lwd %d up type veth peer lwd %d name f0 netns /proc/self/fd/%d",
	    lwd, lwd, path_far);
	add_addr("a0", "198.51.100.2", 24);
	add_addr("a0", "2001:db8:1::2", 64);
	write_text("/proc/sys/net/ipv4/ip_forward", "1");
	write_text("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	netns_go(path_near);
	cmd("set n0 up");
	add_addr("n0", "198.51.100.1", 24);
	add_addr("n0", "2001:db8:1::1", 64);
	add_route("203.0.113.0", 24, "198.51.100.2");
	add_route("2001:db8:2::", 64, "2001:db8:1::2");
	netns_go(path_far);
	cmd("set f0 up");
	add_addr("f0", "203.0.113.1", 24);
	add_addr("f0", "2001:db8:2::1", 64);
	netns_go(path_router);
}

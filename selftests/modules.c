// SPDX-License-Identifier: GPL-2.0
/*
 * A kind of device that is a module takes its devices along when it is
 * unloaded, and what was refused keeps no hold of it.  A program of its own, as
 * a kernel may have the kind built in.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "lwd_case.h"
#include "lwd_frame.h"

static bool module_loaded(const char *name)
{
	char line[256], word[64];
	bool found = false;
	FILE *f;

	f = fopen("/proc/modules", "r");
	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%63s", word) == 1 && !strcmp(word, name);
	if (f)
		fclose(f);
	return found;
}

/* Only a module is unloaded that was loaded here, for this. */
static bool load_ifb(void)
{
	if (module_loaded("ifb")) {
		case_skip("ifb is in use");
		return false;
	}
	if (!cmd_or_skip("add ifb lwd on type ifb") || !cmd("del ifb"))
		return false;
	if (!module_loaded("ifb")) {
		case_skip("ifb is no module");
		return false;
	}
	return true;
}

static void unload_ifb(const char *what)
{
	CHECK(!syscall(SYS_delete_module, "ifb", O_NONBLOCK),
	      "%s, unload: expected success, got %s", what, strerror(errno));
	CHECK(!module_loaded("ifb"), "%s: expected no ifb, got it", what);
}

/* A create that is refused, early or late, keeps no hold of the module. */
static void module_refused(void)
{
	static const char * const words[] = {
		"numtxqueues 5000",		/* before it is allocated */
		"index 1",			/* after that: lo has it */
		"master lo",			/* after it is registered */
		"inet on inet6 on mpls on master lo",
		"mtu 60 inet on",		/* before it is registered */
	};
	static const char * const labels[] = { "lwd 1", "lwd 0" };
	struct nl_ack ack;
	unsigned int i;

	if (!load_ifb())
		return;
	for (i = 0; i < 2 * ARRAY_SIZE(words); i++) {
		const char *word = words[i / 2], *label = labels[i % 2];

		if (i == 2)
			memory_note();
		link_cmd(&ack, "add a1 %s %s type ifb", label, word);
		CHECK(ack.err && strcmp(ack.msg, "Unknown device type"),
		      "%s %s: expected an error, got %s (%s)", label, word,
		      strerror(ack.err), ack.msg);
		CHECK(!exists("a1"), "%s %s: expected no device, got one",
		      label, word);
		unload_ifb(word);
	}
	expect_freed("refused");
}

/* A module takes its devices along, in each namespace. */
static void module_unloaded(void)
{
	int here, there, round;

	if (!load_ifb())
		return;
	here = netns_new();
	for (round = 0; round < 3; round++) {
		if (round == 1)
			memory_note();
		there = netns_new();
		cmd("add lw0 lwd on up type ifb");
		cmd("add or0 lwd off up type ifb");
		add_addr("lw0", "198.51.100.1", 24);
		add_addr("or0", "203.0.113.1", 24);
		netns_go(here);
		cmd("add lw1 lwd on up inet on inet6 on mpls on type ifb");
		cmd("add lw2 lwd on link lw1 type vlan id 5");
		cmd("add lw3 lwd on type bridge");
		cmd("set lw1 master lw3");
		unload_ifb("devices");
		CHECK(!exists("lw1") && !exists("lw2"),
		      "expected no lw1 and no lw2, got one");
		cmd("del lw3");
		netns_go(there);
		CHECK(!exists("lw0") && !exists("or0"),
		      "expected no lw0 and no or0, got one");
		netns_go(here);
		close(there);
	}
	expect_freed("module");
	close(here);
}

static const struct lwd_case cases[] = {
	CASE("KEEP-6 LABEL-6", module_refused),
	CASE("KEEP-6", module_unloaded),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

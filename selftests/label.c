// SPDX-License-Identifier: GPL-2.0
/*
 * The label of a lightweight device as netlink sees it: it is given at create
 * by IFLA_LWD, never changed, and bad values are refused with a pointer to the
 * attribute.  How it is told is label_told.c's.
 */

#include <errno.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lwd_case.h"

static int label_of(const char *name)
{
	struct link_state st;

	link_get(name, &st);
	return st.lwd;
}

/* The kernel refuses it with one of two errors, at the marked attribute. */
static void expect_refused(const char *line, int err1, int err2)
{
	struct nl_ack ack;

	link_cmd(&ack, "%s", line);
	CHECK(ack.err == err1 || ack.err == err2,
	      "%s: expected %s, got %s", line, strerror(err1),
	      ack.err ? strerror(ack.err) : "success");
	if (!ack.err)
		return;
	CHECK(ack.msg[0], "%s: expected a text, got none", line);
	CHECK(ack.has_offset && ack.offset == ack.want,
	      "%s: expected an error at offset %u, got %d", line, ack.want,
	      ack.has_offset ? (int)ack.offset : -1);
}

static void absent_is_ordinary(void)
{
	cmd("add or0 type dummy");
	expect_label("or0", 0);
}

static void zero_is_ordinary(void)
{
	cmd("add or0 lwd 0 type dummy");
	expect_label("or0", 0);
}

static void one_is_lightweight(void)
{
	cmd("add lw0 lwd 1 type dummy");
	expect_label("lw0", 1);
}

static void expect_bad(const char *value, int err1, int err2)
{
	char line[64];

	snprintf(line, sizeof(line), "add bad0 lwd %s type dummy", value);
	expect_refused(line, err1, err2);
	CHECK(!exists("bad0"), "%s: expected no device, got one", line);
	link_cmd(NULL, "del bad0");
}

static void bad_values(void)
{
	static const char * const values[] = { "2", "3", "127", "128", "255" };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		expect_bad(values[i], ERANGE, EINVAL);
	/* the control: the same create with good values */
	cmd("add or0 lwd 0 type dummy");
	cmd("add lw0 lwd 1 type dummy");
}

static void bad_lengths(void)
{
	static const char * const values[] = {
		"hex:", "hex:0100", "hex:010000", "hex:01000000",
		"hex:0100000000000000",
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++)
		expect_bad(values[i], EINVAL, ERANGE);
	cmd("add lw0 lwd hex:01 type dummy");
	expect_label("lw0", 1);
}

/* Bad values are refused by RTM_SETLINK and RTM_NEWLINK of what exists, too. */
static void bad_values_later(void)
{
	cmd("add or0 type dummy");
	cmd("add lw0 lwd on type dummy");
	expect_refused("set lw0 lwd 2", ERANGE, EINVAL);
	expect_refused("change lw0 lwd hex:0100", EINVAL, ERANGE);
	expect_refused("set or0 lwd 2", ERANGE, EINVAL);
	expect_label("lw0", 1);
	expect_label("or0", 0);
}

static void change_refused(void)
{
	static const char * const verbs[] = { "set", "change" };
	char line[64];
	unsigned int i;

	cmd("add or0 type dummy");
	cmd("add lw0 lwd on type dummy");
	for (i = 0; i < ARRAY_SIZE(verbs); i++) {
		snprintf(line, sizeof(line), "%s lw0 lwd off", verbs[i]);
		expect_refused(line, EOPNOTSUPP, EOPNOTSUPP);
		snprintf(line, sizeof(line), "%s or0 lwd on", verbs[i]);
		expect_refused(line, EOPNOTSUPP, EOPNOTSUPP);
		snprintf(line, sizeof(line), "%s lo lwd on", verbs[i]);
		expect_refused(line, EOPNOTSUPP, EOPNOTSUPP);
	}
	expect_label("lw0", 1);
	expect_label("or0", 0);
	expect_label("lo", 0);
}

/* A refused change changes nothing else that the request asked for. */
static void refused_change_is_whole(void)
{
	struct link_state st;

	cmd("add lw0 lwd on type dummy");
	expect_refused("set lw0 lwd off up", EOPNOTSUPP, EOPNOTSUPP);
	link_get("lw0", &st);
	CHECK(!(st.flags & IFF_UP), "expected lw0 down, got it up");
	cmd("set lw0 lwd on up");
	link_get("lw0", &st);
	CHECK(st.flags & IFF_UP, "expected lw0 up, got it down");
}

static void expect_mode(const char *name, int mode)
{
	long is = link_data(name, IFLA_MACVLAN_MODE);

	CHECK(is == mode, "%s: expected mode %d, got %ld", name, mode, is);
}

/* What only the type of the device understands comes first, after the label. */
static void refused_change_of_type(void)
{
	cmd("add under type dummy");
	cmd("add lw0 lwd on link under type macvlan mode bridge");
	cmd("add or0 lwd off link under type macvlan mode bridge");
	expect_refused("change lw0 lwd off type macvlan mode vepa", EOPNOTSUPP,
		       EOPNOTSUPP);
	expect_refused("change or0 lwd on type macvlan mode vepa", EOPNOTSUPP,
		       EOPNOTSUPP);
	expect_mode("lw0", MACVLAN_MODE_BRIDGE);
	expect_mode("or0", MACVLAN_MODE_BRIDGE);
	cmd("change lw0 lwd on type macvlan mode vepa");
	cmd("change or0 lwd off type macvlan mode vepa");
	expect_mode("lw0", MACVLAN_MODE_VEPA);
	expect_mode("or0", MACVLAN_MODE_VEPA);
}

static void same_value_is_no_change(void)
{
	cmd("add or0 type dummy");
	cmd("add lw0 lwd on type dummy");
	cmd("set lw0 lwd on");
	cmd("change lw0 lwd on");
	cmd("set or0 lwd off");
	cmd("change or0 lwd off");
	cmd("set lo lwd off");
	expect_label("lw0", 1);
	expect_label("or0", 0);
}

/* RTM_NEWLINK without a name changes all links of a group. */
static void group_change_refused(void)
{
	cmd("add lw0 lwd on group 77 type dummy");
	cmd("add or0 group 77 type dummy");
	expect_refused("change - group 77 lwd off", EOPNOTSUPP, EOPNOTSUPP);
	expect_refused("change - group 77 lwd on", EOPNOTSUPP, EOPNOTSUPP);
	expect_label("lw0", 1);
	expect_label("or0", 0);
	cmd("change - group 77 mtu 1400");
}

/* A create that fails for another reason leaves nothing. */
static void failed_create(void)
{
	struct nl_ack ack;

	cmd("add lw0 lwd on type dummy");
	link_cmd(&ack, "add lw0 lwd on type dummy");
	CHECK(ack.err == EEXIST, "second lw0: expected %s, got %s",
	      strerror(EEXIST), strerror(ack.err));
	link_cmd(&ack, "add bad0 lwd on mtu 4000000000 type dummy");
	CHECK(ack.err == EINVAL, "MTU 4000000000: expected %s, got %s",
	      strerror(EINVAL), strerror(ack.err));
	CHECK(!exists("bad0"), "expected no bad0, got one");
	link_cmd(&ack, "add bad0 lwd on type no_such_kind");
	CHECK(ack.err == EOPNOTSUPP, "unknown kind: expected %s, got %s",
	      strerror(EOPNOTSUPP), strerror(ack.err));
	cmd("add bad0 lwd on type dummy");
	expect_label("bad0", 1);
}

/* The four ways to label two ends; the peer's attributes are its own. */
static void peers(const char *kind)
{
	static const struct {
		const char *end, *far;
		int main, peer;
	} ways[] = {
		{ "end00", "far00", 0, 0 },
		{ "end01", "far01", 0, 1 },
		{ "end10", "far10", 1, 0 },
		{ "end11", "far11", 1, 1 },
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ways); i++) {
		cmd("add %s lwd %d type %s peer name %s lwd %d", ways[i].end,
		    ways[i].main, kind, ways[i].far, ways[i].peer);
		expect_label(ways[i].end, ways[i].main);
		expect_label(ways[i].far, ways[i].peer);
	}
	/* the peer does not inherit */
	cmd("add lwmain lwd on type %s peer name ormain", kind);
	expect_label("lwmain", 1);
	expect_label("ormain", 0);
}

static void veth_peers(void)
{
	peers("veth");
}

static void netkit_peers(void)
{
	peers("netkit mode l2");
}

static void bad_peer(void)
{
	struct nl_ack ack;

	link_cmd(&ack, "add bad0 lwd on type veth peer lwd 2 name bad1");
	CHECK(ack.err == ERANGE || ack.err == EINVAL,
	      "peer's label 2: expected %s, got %s", strerror(ERANGE),
	      ack.err ? strerror(ack.err) : "success");
	CHECK(ack.has_offset && ack.offset == ack.want,
	      "peer's label 2: expected an error at offset %u, got %d",
	      ack.want, ack.has_offset ? (int)ack.offset : -1);
	CHECK(!exists("bad0") && !exists("bad1"),
	      "expected no device, got one");
}

/* The attribute is refused before the kind is made: see also kinds.sh. */
static void create_in_other_netns(void)
{
	int fds[2], ready[2];
	char c = 0;
	pid_t pid;
	int ret;

	if (pipe(fds) || pipe(ready)) {
		CHECK(false, "pipe: expected success, got an error");
		return;
	}
	pid = fork();
	if (!pid) {
		unshare(CLONE_NEWNET);
		nl_reopen();
		if (write(ready[1], &c, 1) != 1 || read(fds[0], &c, 1) != 1)
			_exit(2);
		_exit(label_of("lw0") == 1 && label_of("or0") == 0 ? 0 : 1);
	}
	if (read(ready[0], &c, 1) != 1)
		CHECK(false, "child: expected a byte, got none");
	cmd("add lw0 lwd on netns %d type dummy", pid);
	cmd("add or0 netns %d type dummy", pid);
	CHECK(!exists("lw0"), "expected lw0 elsewhere, got it here");
	if (write(fds[1], &c, 1) != 1)
		CHECK(false, "child: expected to write, got an error");
	waitpid(pid, &ret, 0);
	CHECK(!ret, "labels in the other netns: expected 1 and 0, got others");
}

/* Run one command in a child that changed who it is: its errno. */
static int as_other(int (*become)(void), const char *line)
{
	struct nl_ack ack;
	pid_t pid;
	int ret;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (become())
			_exit(255);
		nl_reopen();
		link_cmd(&ack, "%s", line);
		if (!ack.err && strstr(line, "lwd on") && label_of("lw0") != 1)
			_exit(254);
		_exit(ack.err);
	}
	waitpid(pid, &ret, 0);
	return WIFEXITED(ret) ? WEXITSTATUS(ret) : 253;
}

static int become_nobody(void)
{
	return setgid(65534) || setuid(65534);
}

static int become_user_root(void)
{
	return unshare(CLONE_NEWUSER | CLONE_NEWNET);
}

static void no_capability(void)
{
	int ord = as_other(become_nobody, "add or0 type dummy");
	int lwd = as_other(become_nobody, "add lw0 lwd on type dummy");

	CHECK(lwd == EPERM, "lwd by nobody: expected %d, got %d", EPERM, lwd);
	CHECK(ord == EPERM, "ordinary by nobody: expected %d, got %d", EPERM,
	      ord);
	CHECK(!exists("lw0"), "expected no lw0, got one");
}

static void user_namespace(void)
{
	int ord = as_other(become_user_root, "add or0 type dummy");
	int lwd = as_other(become_user_root, "add lw0 lwd on type dummy");

	CHECK(ord == 0, "ordinary in a user namespace: expected 0, got %d",
	      ord);
	CHECK(lwd == 0, "lwd in a user namespace: expected 0, got %d", lwd);
}

static const struct lwd_case cases[] = {
	CASE("LABEL-1", absent_is_ordinary),
	CASE("LABEL-1", zero_is_ordinary),
	CASE("LABEL-1 LABEL-2", one_is_lightweight),
	CASE("LABEL-1", bad_values),
	CASE("LABEL-1", bad_lengths),
	CASE("LABEL-1 LABEL-4", bad_values_later),
	CASE("LABEL-1", failed_create),
	CASE("LABEL-1 LABEL-2", create_in_other_netns),
	CASE("LABEL-4", change_refused),
	CASE("LABEL-4", refused_change_is_whole),
	CASE("LABEL-4", refused_change_of_type),
	CASE("LABEL-4", same_value_is_no_change),
	CASE("LABEL-4", group_change_refused),
	CASE("LABEL-7", no_capability),
	CASE("LABEL-7", user_namespace),
	CASE("LABEL-8", veth_peers),
	CASE("LABEL-8", netkit_peers),
	CASE("LABEL-8 LABEL-1", bad_peer),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

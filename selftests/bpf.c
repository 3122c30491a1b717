// SPDX-License-Identifier: GPL-2.0
/*
 * BPF programs on a lightweight device: XDP, generic and in the driver, by
 * netlink and by link; tcx and the bpf classifier, both ways; netkit.  The
 * program counts what it sees and then drops it, lets it pass, sends it back
 * or to another device.
 *
 *   or0 ======= or1     or2 ======= or3     ordinary, the control
 *   lw0 ======= lw1     lw2 ======= lw3     lightweight
 *
 * The programs are for the 0-ends; frames are sent from the 1-ends.  MTUs are
 * below IPv6's least, which keeps the ordinary ones quiet.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

#include "lwd_case.h"
#include "lwd_frame.h"

/* of enum bpf_attach_type, for installed headers that are older */
#define ATTACH_XDP		37
#define ATTACH_TCX_INGRESS	46
#define ATTACH_TCX_EGRESS	47
#define ATTACH_NETKIT_PRIMARY	54

#define COUNT		10

static const char * const prefixes[] = { "or", "lw" };

static bool make_pairs(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		const char *p = prefixes[i];

		/* a peer can go up when both are there */
		if (!cmd("add %s0 lwd %u up mtu 1000 type veth peer lwd %u mtu 1000 name %s1",
			 p, i, i, p) ||
		    !cmd("add %s2 lwd %u up mtu 1000 type veth peer lwd %u mtu 1000 name %s3",
			 p, i, i, p) ||
		    !cmd("set %s1 up", p) || !cmd("set %s3 up", p))
			return false;
	}
	links_running();
	return true;
}

static int sys_bpf(int op, union bpf_attr *attr)
{
	return syscall(__NR_bpf, op, attr, sizeof(*attr));
}

static int make_map(void)
{
	union bpf_attr attr = {
		.map_type = BPF_MAP_TYPE_ARRAY,
		.key_size = 4,
		.value_size = 8,
		.max_entries = 1,
	};

	return sys_bpf(BPF_MAP_CREATE, &attr);
}

static __u64 read_map(int map)
{
	__u32 key = 0;
	__u64 count = 0;
	union bpf_attr attr = {
		.map_fd = map,
		.key = (unsigned long)&key,
		.value = (unsigned long)&count,
	};

	sys_bpf(BPF_MAP_LOOKUP_ELEM, &attr);
	return count;
}

#define INSN(c, d, s, o, i) \
	{ .code = (c), .dst_reg = (d), .src_reg = (s), .off = (o), .imm = (i) }
#define MOV_IMM(d, i)	INSN(BPF_ALU64 | BPF_MOV | BPF_K, d, 0, 0, i)
#define CALL(i)		INSN(BPF_JMP | BPF_CALL, 0, 0, 0, i)

/* Count, then return a number, or redirect to a device if there is one. */
static int load(int type, int map, int action, int ifindex)
{
	struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_W | BPF_MEM, BPF_REG_10, 0, -4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD,
		     0, map),
		INSN(0, 0, 0, 0, 0),
		CALL(BPF_FUNC_map_lookup_elem),
		INSN(BPF_JMP | BPF_JEQ | BPF_K, BPF_REG_0, 0, 2, 0),
		MOV_IMM(BPF_REG_1, 1),
		INSN(BPF_STX | BPF_DW | BPF_ATOMIC, BPF_REG_0, BPF_REG_1, 0,
		     BPF_ADD),
		MOV_IMM(BPF_REG_1, ifindex),
		MOV_IMM(BPF_REG_2, 0),
		ifindex ? (struct bpf_insn)CALL(BPF_FUNC_redirect) :
			  (struct bpf_insn)MOV_IMM(BPF_REG_0, action),
		INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0),
	};
	union bpf_attr attr = {
		.prog_type = type,
		.insns = (unsigned long)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (unsigned long)"GPL",
	};

	return sys_bpf(BPF_PROG_LOAD, &attr);
}

static int attach_link(int prog, const char *name, int where, int flags)
{
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = prog,
			.target_ifindex = if_nametoindex(name),
			.attach_type = where,
			.flags = flags,
		},
	};

	return sys_bpf(BPF_LINK_CREATE, &attr);
}

/* IFLA_XDP: attach, or with -1 detach. */
static int set_xdp(const char *name, int prog, unsigned int flags)
{
	struct ifinfomsg *ifm;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	char buf[256] = {};
	struct nl_ack ack;

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_SETLINK;
	ifm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifm));
	ifm->ifi_index = if_nametoindex(name);
	nest = mnl_attr_nest_start(nlh, IFLA_XDP);
	mnl_attr_put_u32(nlh, IFLA_XDP_FD, prog);
	mnl_attr_put_u32(nlh, IFLA_XDP_FLAGS, flags);
	mnl_attr_nest_end(nlh, nest);
	nl_talk(nlh, &ack, NULL, NULL);
	CHECK(!ack.err, "XDP on %s: expected success, got %s (%s)", name,
	      strerror(ack.err), ack.msg);
	return ack.err;
}

struct xdp {
	int attached;
	unsigned int prog_id;
};

static int xdp_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *nest;
	struct xdp *xdp = data;

	mnl_attr_for_each(nest, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(nest) != IFLA_XDP)
			continue;
		mnl_attr_for_each_nested(attr, nest) {
			if (mnl_attr_get_type(attr) == IFLA_XDP_ATTACHED)
				xdp->attached = mnl_attr_get_u8(attr);
			if (mnl_attr_get_type(attr) == IFLA_XDP_PROG_ID)
				xdp->prog_id = mnl_attr_get_u32(attr);
		}
	}
	return MNL_CB_OK;
}

static void expect_xdp(const char *name, int attached)
{
	struct xdp xdp = { .attached = -1 };

	link_ask(name, xdp_cb, &xdp);
	CHECK(xdp.attached == attached && !!xdp.prog_id == !!attached,
	      "%s: expected XDP mode %d, got %d with program %u", name,
	      attached, xdp.attached, xdp.prog_id);
}

/*
 * Frames go from one device, and those that come in at another are counted;
 * the program is to see all of them.
 */
static void expect_frames(const char *what, const char *from, const char *at,
			  int map, int want)
{
	__u64 before = read_map(map), counted;
	int fd = frame_socket(SOCK_RAW, at, FRAME_TYPE);
	int i, seen;

	frame_send(from, NULL, COUNT);
	for (i = 0; i < wait_ms() && read_map(map) < before + COUNT; i++)
		usleep(1000);
	counted = read_map(map) - before;
	CHECK(counted == COUNT, "%s: expected a program to see %d, got %llu",
	      what, COUNT, counted);
	seen = want ? frame_read(fd, want, false, NULL) : 0;
	seen += frame_read(fd, 0, false, NULL);
	CHECK(seen == want, "%s: expected %d frames on %s, got %d", what, want,
	      at, seen);
	close(fd);
}

/* Load a program and say where it is: the name of its device ends in 0. */
struct what {
	const char *prefix;
	int map;
	char near[IFNAMSIZ];	/* has the program */
	char far[IFNAMSIZ];
	char next[IFNAMSIZ];	/* frames are redirected to this one */
	char next_far[IFNAMSIZ];
};

static void begin(struct what *what, const char *prefix)
{
	what->prefix = prefix;
	snprintf(what->near, IFNAMSIZ, "%s0", prefix);
	snprintf(what->far, IFNAMSIZ, "%s1", prefix);
	snprintf(what->next, IFNAMSIZ, "%s2", prefix);
	snprintf(what->next_far, IFNAMSIZ, "%s3", prefix);
	what->map = make_map();
	CHECK(what->map >= 0, "map: %s", strerror(errno));
}

static int xdp_prog(struct what *what, int action, int ifindex)
{
	int prog = load(BPF_PROG_TYPE_XDP, what->map, action, ifindex);

	CHECK(prog >= 0, "program: %s", strerror(errno));
	return prog;
}

static void xdp(unsigned int flags, int mode)
{
	struct what what;
	unsigned int i;
	int prog;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		begin(&what, prefixes[i]);
		expect_xdp(what.near, 0);

		prog = xdp_prog(&what, XDP_PASS, 0);
		set_xdp(what.near, prog, flags);
		close(prog);	/* the device holds it */
		expect_xdp(what.near, mode);
		expect_frames("XDP pass", what.far, what.near, what.map, COUNT);

		prog = xdp_prog(&what, XDP_DROP, 0);
		set_xdp(what.near, prog, flags);
		close(prog);
		expect_frames("XDP drop", what.far, what.near, what.map, 0);

		set_xdp(what.near, -1, flags);
		expect_xdp(what.near, 0);
		frame_pass(what.far, what.near, COUNT);
		close(what.map);
	}
}

static void xdp_generic(void)
{
	xdp(XDP_FLAGS_SKB_MODE, XDP_ATTACHED_SKB);
}

static void xdp_driver(void)
{
	xdp(XDP_FLAGS_DRV_MODE, XDP_ATTACHED_DRV);
}

static void xdp_back_and_on(void)
{
	struct what what;
	unsigned int i;
	int prog;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		begin(&what, prefixes[i]);
		prog = xdp_prog(&what, XDP_TX, 0);
		set_xdp(what.near, prog, XDP_FLAGS_SKB_MODE);
		close(prog);
		expect_frames("XDP back", what.far, what.far, what.map, COUNT);

		prog = xdp_prog(&what, 0, if_nametoindex(what.next));
		set_xdp(what.near, prog, XDP_FLAGS_SKB_MODE);
		close(prog);
		expect_frames("XDP redirect", what.far, what.next_far,
			      what.map, COUNT);
		close(what.map);
	}
}

/* The program ends with its link, and the link with its device. */
static void xdp_link(void)
{
	struct what what;
	unsigned int i;
	int prog, link;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		begin(&what, prefixes[i]);
		prog = xdp_prog(&what, XDP_DROP, 0);
		link = attach_link(prog, what.near, ATTACH_XDP,
				   XDP_FLAGS_SKB_MODE);
		CHECK(link >= 0, "link: %s", strerror(errno));
		expect_frames("XDP drop", what.far, what.near, what.map, 0);
		close(link);
		expect_xdp(what.near, 0);
		frame_pass(what.far, what.near, COUNT);

		link = attach_link(prog, what.near, ATTACH_XDP,
				   XDP_FLAGS_SKB_MODE);
		CHECK(link >= 0, "link: %s", strerror(errno));
		cmd("del %s", what.near);
		close(link);
		close(prog);
		close(what.map);
	}
}

/* Layer 3 that comes and goes does not matter to it. */
static void xdp_across_l3(void)
{
	struct what what;
	int prog;

	begin(&what, "lw");
	prog = xdp_prog(&what, XDP_DROP, 0);
	set_xdp(what.near, prog, XDP_FLAGS_SKB_MODE);
	close(prog);
	cmd("set lw0 inet on mpls on");
	expect_frames("with IPv4", what.far, what.near, what.map, 0);
	cmd("set lw0 inet off mpls off");
	expect_frames("without again", what.far, what.near, what.map, 0);
	expect_xdp(what.near, XDP_ATTACHED_SKB);
	close(what.map);
}

/* Each kind takes a generic program as its ordinary control does. */
static void xdp_on_kinds(void)
{
	static const char * const kinds[] = {
		"link or2 type vlan id 5", "type dummy", "type bridge",
		"type vrf table 9", "link or2 type macvlan mode bridge",
		"type vti local 192.0.2.1 remote 192.0.2.2 key 9",
		"type gretap local 192.0.2.1 remote 192.0.2.2",
	};
	struct what what;
	unsigned int i;
	int prog;

	begin(&what, "lw");
	prog = xdp_prog(&what, XDP_PASS, 0);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		cmd("add or9 lwd off %s", kinds[i]);
		set_xdp("or9", prog, XDP_FLAGS_SKB_MODE);
		expect_xdp("or9", XDP_ATTACHED_SKB);
		cmd("del or9");
		cmd("add lw9 lwd on %s", kinds[i]);
		set_xdp("lw9", prog, XDP_FLAGS_SKB_MODE);
		expect_xdp("lw9", XDP_ATTACHED_SKB);
		cmd("set lw9 up");
		expect_xdp("lw9", XDP_ATTACHED_SKB);
		cmd("del lw9");
	}
	close(prog);
	close(what.map);
}

static int tc_prog(struct what *what, int action, int ifindex)
{
	int prog = load(BPF_PROG_TYPE_SCHED_CLS, what->map, action, ifindex);

	CHECK(prog >= 0, "program: %s", strerror(errno));
	return prog;
}

/* One program on the way in or out, attached by link. */
static void linked(struct what *what, const char *name, int where, int action,
		   int ifindex, const char *from, const char *at, int want)
{
	int prog = tc_prog(what, action, ifindex);
	int link = attach_link(prog, name, where, 0);

	CHECK(link >= 0, "link to %s: %s", name, strerror(errno));
	expect_frames("by link", from, at, what->map, want);
	close(link);
	close(prog);
}

static void tcx(void)
{
	struct what what;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		begin(&what, prefixes[i]);
		linked(&what, what.near, ATTACH_TCX_INGRESS, TC_ACT_OK, 0,
		       what.far, what.near, COUNT);
		linked(&what, what.near, ATTACH_TCX_EGRESS, TC_ACT_OK, 0,
		       what.near, what.far, COUNT);
		linked(&what, what.near, ATTACH_TCX_EGRESS, TC_ACT_SHOT, 0,
		       what.near, what.far, 0);
		linked(&what, what.near, ATTACH_TCX_INGRESS, 0,
		       if_nametoindex(what.next), what.far, what.next_far,
		       COUNT);
		frame_pass(what.far, what.near, COUNT);
		close(what.map);
	}
}

/* On both ends of the pair; the peer is ordinary or lightweight too. */
static void netkit_link(void)
{
	static const char * const labels[] = { "off", "on" };
	struct what what;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(labels); i++) {
		begin(&what, prefixes[i]);
		if (!cmd_or_skip("add nk0 lwd %s up mtu 1000 type netkit mode l2 peer lwd %s mtu 1000 name nk1",
				 labels[i], labels[i]))
			return;
		cmd("set nk1 up");
		links_running();
		linked(&what, "nk0", ATTACH_NETKIT_PRIMARY, TC_ACT_OK, 0,
		       "nk0", "nk1", COUNT);
		linked(&what, "nk0", ATTACH_NETKIT_PRIMARY, TC_ACT_SHOT, 0,
		       "nk0", "nk1", 0);
		cmd("del nk0");
		close(what.map);
	}
}

static struct nlmsghdr *tc_msg(char *buf, int type, int flags,
			       const char *name, unsigned int parent)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct tcmsg *tcm;

	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = flags;
	tcm = mnl_nlmsg_put_extra_header(nlh, sizeof(*tcm));
	tcm->tcm_ifindex = if_nametoindex(name);
	tcm->tcm_parent = parent;
	return nlh;
}

static void set_clsact(int type, const char *name)
{
	struct nlmsghdr *nlh;
	char buf[256] = {};
	struct tcmsg *tcm;
	struct nl_ack ack;

	nlh = tc_msg(buf, type,
		     type == RTM_NEWQDISC ? NLM_F_CREATE | NLM_F_EXCL : 0,
		     name, TC_H_CLSACT);
	tcm = mnl_nlmsg_get_payload(nlh);
	tcm->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	mnl_attr_put_strz(nlh, TCA_KIND, "clsact");
	nl_talk(nlh, &ack, NULL, NULL);
	CHECK(!ack.err, "clsact on %s: expected success, got %s (%s)", name,
	      strerror(ack.err), ack.msg);
}

/* A filter of the bpf classifier; the next replaces it. */
static void set_filter(const char *name, unsigned int where, int prog)
{
	struct nlattr *nest;
	struct nlmsghdr *nlh;
	char buf[256] = {};
	struct tcmsg *tcm;
	struct nl_ack ack;

	nlh = tc_msg(buf, RTM_NEWTFILTER, NLM_F_CREATE, name,
		     TC_H_MAKE(TC_H_CLSACT, where));
	tcm = mnl_nlmsg_get_payload(nlh);
	tcm->tcm_info = TC_H_MAKE(1 << 16, htons(ETH_P_ALL));
	tcm->tcm_handle = 1;
	mnl_attr_put_strz(nlh, TCA_KIND, "bpf");
	nest = mnl_attr_nest_start(nlh, TCA_OPTIONS);
	mnl_attr_put_u32(nlh, TCA_BPF_FD, prog);
	mnl_attr_put_strz(nlh, TCA_BPF_NAME, "count");
	mnl_attr_put_u32(nlh, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	mnl_attr_nest_end(nlh, nest);
	nl_talk(nlh, &ack, NULL, NULL);
	CHECK(!ack.err, "filter on %s: expected success, got %s (%s)", name,
	      strerror(ack.err), ack.msg);
	close(prog);
}

static void tc_classifier(void)
{
	struct what what;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		begin(&what, prefixes[i]);
		set_clsact(RTM_NEWQDISC, what.near);
		set_filter(what.near, TC_H_MIN_INGRESS,
			   tc_prog(&what, TC_ACT_OK, 0));
		expect_frames("tc in", what.far, what.near, what.map, COUNT);
		set_filter(what.near, TC_H_MIN_INGRESS,
			   tc_prog(&what, 0, if_nametoindex(what.next)));
		expect_frames("tc redirect", what.far, what.next_far, what.map,
			      COUNT);
		set_filter(what.near, TC_H_MIN_EGRESS,
			   tc_prog(&what, TC_ACT_SHOT, 0));
		expect_frames("tc out", what.near, what.far, what.map, 0);
		set_clsact(RTM_DELQDISC, what.near);
		frame_pass(what.near, what.far, COUNT);
		close(what.map);
	}
}

static const struct lwd_case cases[] = {
	CASE("KEEP-6", xdp_generic),
	CASE("KEEP-6", xdp_driver),
	CASE("KEEP-6", xdp_back_and_on),
	CASE("KEEP-6", xdp_link),
	CASE("KEEP-6 ENABLE-3", xdp_across_l3),
	CASE("KEEP-6 KINDS", xdp_on_kinds),
	CASE("KEEP-6", tcx),
	CASE("KEEP-6 KINDS", netkit_link),
	CASE("KEEP-6 KEEP-2", tc_classifier),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), make_pairs);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * XDP on a lightweight device: generic and in the driver, by netlink and by
 * link.  lwd_bpf.h has the devices and what the programs do.
 */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "lwd_bpf.h"
#include "lwd_frame.h"

/* of enum bpf_attach_type, for installed headers that are older */
#define ATTACH_XDP		37

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

static void attach(struct bpf_place *p, unsigned int flags, int action,
		   int ifindex)
{
	int prog = bpf_load(p, action, ifindex);

	set_xdp(p->near, prog, flags);
	close(prog);	/* the device holds it */
}

static void xdp(unsigned int flags, int mode)
{
	struct bpf_place p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		bpf_begin(&p, prefixes[i], BPF_PROG_TYPE_XDP);
		expect_xdp(p.near, 0);

		attach(&p, flags, XDP_PASS, 0);
		expect_xdp(p.near, mode);
		expect_frames("XDP pass", p.far, p.near, p.map, COUNT);

		attach(&p, flags, XDP_DROP, 0);
		expect_frames("XDP drop", p.far, p.near, p.map, 0);

		set_xdp(p.near, -1, flags);
		expect_xdp(p.near, 0);
		frame_pass(p.far, p.near, COUNT);
		close(p.map);
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
	struct bpf_place p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		bpf_begin(&p, prefixes[i], BPF_PROG_TYPE_XDP);
		attach(&p, XDP_FLAGS_SKB_MODE, XDP_TX, 0);
		expect_frames("XDP back", p.far, p.far, p.map, COUNT);

		attach(&p, XDP_FLAGS_SKB_MODE, 0, if_nametoindex(p.next));
		expect_frames("XDP redirect", p.far, p.next_far,
			      p.map, COUNT);
		close(p.map);
	}
}

/* The program ends with its link, and the link with its device. */
static void xdp_link(void)
{
	struct bpf_place p;
	unsigned int i;
	int prog, link;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		bpf_begin(&p, prefixes[i], BPF_PROG_TYPE_XDP);
		prog = bpf_load(&p, XDP_DROP, 0);
		link = bpf_link(prog, p.near, ATTACH_XDP, XDP_FLAGS_SKB_MODE);
		expect_frames("XDP drop", p.far, p.near, p.map, 0);
		close(link);
		expect_xdp(p.near, 0);
		frame_pass(p.far, p.near, COUNT);

		link = bpf_link(prog, p.near, ATTACH_XDP, XDP_FLAGS_SKB_MODE);
		cmd("del %s", p.near);
		close(link);
		close(prog);
		close(p.map);
	}
}

/* Layer 3 that comes and goes does not matter to it. */
static void xdp_across_l3(void)
{
	struct bpf_place p;

	bpf_begin(&p, "lw", BPF_PROG_TYPE_XDP);
	attach(&p, XDP_FLAGS_SKB_MODE, XDP_DROP, 0);
	cmd("set lw0 inet on mpls on");
	expect_frames("with IPv4", p.far, p.near, p.map, 0);
	cmd("set lw0 inet off mpls off");
	expect_frames("without again", p.far, p.near, p.map, 0);
	expect_xdp(p.near, XDP_ATTACHED_SKB);
	close(p.map);
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
	struct bpf_place p;
	unsigned int i;
	int prog;

	bpf_begin(&p, "lw", BPF_PROG_TYPE_XDP);
	prog = bpf_load(&p, XDP_PASS, 0);
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
	close(p.map);
}

static const struct lwd_case cases[] = {
	CASE("KEEP-6", xdp_generic),
	CASE("KEEP-6", xdp_driver),
	CASE("KEEP-6", xdp_back_and_on),
	CASE("KEEP-6", xdp_link),
	CASE("KEEP-6 ENABLE-3", xdp_across_l3),
	CASE("KEEP-6 KINDS", xdp_on_kinds),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), bpf_pairs);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * BPF programs on the way in and out of a lightweight device: tcx, the bpf
 * classifier and netkit.  lwd_bpf.h has the devices and what the programs do.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/bpf.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>

#include "lwd_bpf.h"
#include "lwd_frame.h"

/* of enum bpf_attach_type, for installed headers that are older */
#define ATTACH_TCX_INGRESS	46
#define ATTACH_TCX_EGRESS	47
#define ATTACH_NETKIT_PRIMARY	54

/* One program on the way in or out, attached by link. */
static void linked(struct bpf_place *p, const char *name, int where,
		   int action, int ifindex, const char *from, const char *at,
		   int want)
{
	int prog = bpf_load(p, action, ifindex);
	int link = bpf_link(prog, name, where, 0);

	expect_frames("by link", from, at, p->map, want);
	close(link);
	close(prog);
}

static void tcx(void)
{
	struct bpf_place p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		bpf_begin(&p, prefixes[i], BPF_PROG_TYPE_SCHED_CLS);
		linked(&p, p.near, ATTACH_TCX_INGRESS, TC_ACT_OK, 0,
		       p.far, p.near, COUNT);
		linked(&p, p.near, ATTACH_TCX_EGRESS, TC_ACT_OK, 0,
		       p.near, p.far, COUNT);
		linked(&p, p.near, ATTACH_TCX_EGRESS, TC_ACT_SHOT, 0,
		       p.near, p.far, 0);
		linked(&p, p.near, ATTACH_TCX_INGRESS, 0,
		       if_nametoindex(p.next), p.far, p.next_far,
		       COUNT);
		frame_pass(p.far, p.near, COUNT);
		close(p.map);
	}
}

/* On both ends of the pair; the peer is ordinary or lightweight too. */
static void netkit_link(void)
{
	static const char * const labels[] = { "off", "on" };
	struct bpf_place p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(labels); i++) {
		bpf_begin(&p, prefixes[i], BPF_PROG_TYPE_SCHED_CLS);
		if (!cmd_or_skip("add nk0 lwd %s up mtu 1000 type netkit mode l2 peer lwd %s mtu 1000 name nk1",
				 labels[i], labels[i]))
			return;
		cmd("set nk1 up");
		links_running();
		linked(&p, "nk0", ATTACH_NETKIT_PRIMARY, TC_ACT_OK, 0,
		       "nk0", "nk1", COUNT);
		linked(&p, "nk0", ATTACH_NETKIT_PRIMARY, TC_ACT_SHOT, 0,
		       "nk0", "nk1", 0);
		cmd("del nk0");
		close(p.map);
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
	struct bpf_place p;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(prefixes); i++) {
		bpf_begin(&p, prefixes[i], BPF_PROG_TYPE_SCHED_CLS);
		set_clsact(RTM_NEWQDISC, p.near);
		set_filter(p.near, TC_H_MIN_INGRESS,
			   bpf_load(&p, TC_ACT_OK, 0));
		expect_frames("tc in", p.far, p.near, p.map, COUNT);
		set_filter(p.near, TC_H_MIN_INGRESS,
			   bpf_load(&p, 0, if_nametoindex(p.next)));
		expect_frames("tc redirect", p.far, p.next_far, p.map, COUNT);
		set_filter(p.near, TC_H_MIN_EGRESS,
			   bpf_load(&p, TC_ACT_SHOT, 0));
		expect_frames("tc out", p.near, p.far, p.map, 0);
		set_clsact(RTM_DELQDISC, p.near);
		frame_pass(p.near, p.far, COUNT);
		close(p.map);
	}
}

static const struct lwd_case cases[] = {
	CASE("KEEP-6", tcx),
	CASE("KEEP-6 KINDS", netkit_link),
	CASE("KEEP-6 KEEP-2", tc_classifier),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), bpf_pairs);
}

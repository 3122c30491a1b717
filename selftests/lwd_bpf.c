// SPDX-License-Identifier: GPL-2.0
/* BPF programs that count: loaded, attached by link, and what they see. */

#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <linux/bpf.h>

#include "lwd_bpf.h"
#include "lwd_frame.h"

const char * const prefixes[2] = { "or", "lw" };

bool bpf_pairs(void)
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

int bpf_load(const struct bpf_place *p, int action, int ifindex)
{
	struct bpf_insn insns[] = {
		INSN(BPF_ST | BPF_W | BPF_MEM, BPF_REG_10, 0, -4, 0),
		INSN(BPF_ALU64 | BPF_MOV | BPF_X, BPF_REG_2, BPF_REG_10, 0, 0),
		INSN(BPF_ALU64 | BPF_ADD | BPF_K, BPF_REG_2, 0, 0, -4),
		INSN(BPF_LD | BPF_DW | BPF_IMM, BPF_REG_1, BPF_PSEUDO_MAP_FD,
		     0, p->map),
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
		.prog_type = p->type,
		.insns = (unsigned long)insns,
		.insn_cnt = ARRAY_SIZE(insns),
		.license = (unsigned long)"GPL",
	};
	int prog = sys_bpf(BPF_PROG_LOAD, &attr);

	CHECK(prog >= 0, "program: %s", strerror(errno));
	return prog;
}

int bpf_link(int prog, const char *name, int where, int flags)
{
	union bpf_attr attr = {
		.link_create = {
			.prog_fd = prog,
			.target_ifindex = if_nametoindex(name),
			.attach_type = where,
			.flags = flags,
		},
	};
	int link = sys_bpf(BPF_LINK_CREATE, &attr);

	CHECK(link >= 0, "link to %s: %s", name, strerror(errno));
	return link;
}

void bpf_begin(struct bpf_place *p, const char *prefix, int type)
{
	p->type = type;
	snprintf(p->near, IFNAMSIZ, "%s0", prefix);
	snprintf(p->far, IFNAMSIZ, "%s1", prefix);
	snprintf(p->next, IFNAMSIZ, "%s2", prefix);
	snprintf(p->next_far, IFNAMSIZ, "%s3", prefix);
	p->map = make_map();
	CHECK(p->map >= 0, "map: %s", strerror(errno));
}

void expect_frames(const char *what, const char *from, const char *at,
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

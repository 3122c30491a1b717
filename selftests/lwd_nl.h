/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Make, change and look at links from words like those of "ip link".
 *
 * The words are read by link_cmd(); lwd_link.c is a command line around it
 * and the C tests call it directly.  See lwd_link.c for the grammar.
 *
 * lwd_nl.c sends and receives, lwd_link_cmd.c makes requests of words (of any
 * kind: lwd_words.c, of one: lwd_kinds.c), lwd_seen.c reads what is told.
 */
#ifndef LWD_NL_H
#define LWD_NL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <net/if.h>

#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include "lwd_uapi.h"

#ifndef AF_MPLS
#define AF_MPLS		28
#endif

#define LWD_ABSENT	(-1)

enum l3_family {
	L3_INET,
	L3_INET6,
	L3_MPLS,
	L3_MAX,
};

extern const char * const l3_name[L3_MAX];
extern const int l3_af[L3_MAX];		/* AF_INET, ... */
extern const int l3_enable[L3_MAX];	/* IFLA_INET_ENABLE, ... */

/* The kernel's answer to one request. */
struct nl_ack {
	int err;		/* 0 or a positive errno */
	bool lost;		/* no answer came: it may have been done */
	char msg[256];		/* text of the extended acknowledgment */
	bool has_offset;
	unsigned int offset;	/* of the attribute that was refused */
	unsigned int want;	/* offset of the attribute that was marked */
};

/* What RTM_NEWLINK tells about one device. */
struct link_state {
	int ifindex;
	unsigned int flags;
	char name[IFNAMSIZ];
	char kind[32];
	int lwd;		/* 0, 1 or LWD_ABSENT */
	bool conf[L3_MAX];	/* AF_SPEC carries the family's settings */
	bool spec[L3_MAX];	/* AF_SPEC carries the family at all */
	int enable[L3_MAX];	/* IFLA_L3_*, or LWD_ABSENT */
};

struct mnl_socket *nl_open(unsigned int groups);
void nl_reopen(void);
int nl_talk(struct nlmsghdr *nlh, struct nl_ack *ack, mnl_cb_t cb, void *data);
int nl_talk_family(int family, struct nlmsghdr *nlh, struct nl_ack *ack,
		   mnl_cb_t cb, void *data);

/* A generic netlink family and, if asked for, one of its groups. */
int genl_family(const char *name, const char *group, unsigned int *group_id);
struct nlmsghdr *genl_msg(char *buf, int family, int cmd);

__attribute__((format(printf, 2, 3)))
int link_cmd(struct nl_ack *ack, const char *fmt, ...);
int link_argv(struct nl_ack *ack, int argc, char **argv);
int link_label(struct nl_ack *ack, int argc, char **argv);
int addr_argv(struct nl_ack *ack, int argc, char **argv);

/* Set while allocations fail on purpose: who looks at labels needs some. */
extern bool link_label_unseen;

/* Which families have state for a device, by who tells; bits of l3_family. */
struct l3_view {
	int ifindex;
	unsigned int conf;	/* RTM_GETLINK, IFLA_AF_SPEC */
	unsigned int netconf;	/* RTM_GETNETCONF */
	unsigned int parms;	/* RTM_GETNEIGHTBL */
	unsigned int addr;	/* RTM_GETADDR */
	unsigned int mcast;	/* /proc/net/igmp and igmp6 */
};

void link_parse(const struct nlmsghdr *nlh, struct link_state *st);
int link_ask(const char *name, mnl_cb_t cb, void *data);
int link_get(const char *name, struct link_state *st);
int link_dump(mnl_cb_t cb, void *data);

/* A number that only its kind has (IFLA_INFO_DATA), or LWD_ABSENT */
long link_data(const char *name, int type);

bool link_known(void);
bool link_l3_known(void);
int addr_cmd(struct nl_ack *ack, int type, const char *name, const char *addr,
	     int len);
int netconf_get(struct nl_ack *ack, enum l3_family fam, int ifindex);
void l3_get(const char *name, struct l3_view *view);
void l3_get_many(char **names, int n, struct l3_view *views);

/* A parameter (NDTPA_*) of a device, or with NULL of the table; -1: none */
long long neigh_parm(int af, const char *dev, int type);
int neigh_parm_set(struct nl_ack *ack, int af, const char *dev, int type,
		   uint64_t value);	/* 0 or errno */
bool neigh_parm_is_u64(int type);

int netns_enter(const char *name);

#endif /* LWD_NL_H */

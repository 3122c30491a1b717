/* SPDX-License-Identifier: GPL-2.0 */
/* The devices of model_world.c, and what the kernel's messages say of them. */
#ifndef MODEL_WORLD_H
#define MODEL_WORLD_H

#include <netinet/in.h>

#include <libmnl/libmnl.h>

#include "model.h"

#define FIRST_INDEX	100

/* for older headers */
#define LWD_AF_MPLS		28
#define LWD_RTM_NEWMULTICAST	56
#define LWD_RTM_DELMULTICAST	57
#define LWD_RTNLGRP_IPV4_MCADDR		37
#define LWD_RTNLGRP_IPV6_MCADDR		38

/* A device */
struct slot {
	int number;
	int ifindex;
	struct sequence *seq;
	struct model model;
	int sock[2][2];			/* two of each family, for its group */
	struct outcome want;		/* of the last event, by the model */
	int err[PARTS];			/* answers to it */
	uint64_t seen, told, told_gone;
	bool tentative;			/* has a new IPv6 address */
};

/*
 * Its networks are told from those of others and from each other by a part
 * of the address: 198.18.0.16/28 has the addresses of number 1, its routes go
 * to 198.19.0.{16,20,24,28}/30. So it is with 2001:db8:1:1::/64 and
 * 2001:db8:{2,3,4}:1::/64.
 */
enum slot_addr { OF_ADDR, OF_ROUTE, OF_VIA, OF_NHROUTE, OF_CROSS };

extern const unsigned char group4[4], group6[16];

struct slot *slot_of(unsigned int ifindex);
void slot_addr(const struct slot *slot, bool v6, enum slot_addr what,
	       unsigned char *addr);
unsigned int nexthop_id(const struct slot *slot, bool v6);

void requests_begin(struct mnl_socket *home_nl, int home_fd,
		    struct mnl_socket *away_nl, int away_fd);
void request_device(struct slot *slot);
void request_event(struct slot *slot, enum model_event event);
void requests_send(void);

const struct nlattr *message_attr(const struct nlmsghdr *nlh, size_t hdr,
				  int type);
void message_seen(const struct nlmsghdr *nlh);
void packet_told(struct slot *slot, const unsigned char *data, size_t len);
void message_told(const struct nlmsghdr *nlh);
void slot_compare(struct slot *slot, int step);

#endif /* MODEL_WORLD_H */

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A model of one device: what is there of it, as a set of facts, after each
 * event. model_ref.c says what ought to be there, model_world.c what is there,
 * model.c holds the one against the other.
 */
#ifndef MODEL_H
#define MODEL_H

#include <stdbool.h>
#include <stdint.h>

/* In words of ip: event_words[] in model.c; each is to all families it fits. */
enum model_event {
	EV_UP, EV_DOWN, EV_MTU_1500, EV_MTU_1279, EV_MTU_67, EV_INET_AUTO,
	EV_INET_ON, EV_INET_OFF, EV_INET6_AUTO, EV_INET6_ON, EV_INET6_OFF,
	EV_MPLS_ON, EV_MPLS_OFF, EV_ADDR4, EV_ADDR6, EV_NO_ADDR, EV_ROUTE,
	EV_ROUTE_VIA, EV_NEXTHOP, EV_NEIGH, EV_JOIN, EV_LEAVE, EV_LABEL,
	EV_MOVE,
	EVENTS
};

/*
 * What can be there of a device, or be told to be there or gone; the words for
 * it are in fact_words[]. What IPv4 and IPv6 both have comes in the same order.
 */
enum model_fact {
	FACT_LINK, FACT_LWD, FACT_UP, FACT_MTU_1500, FACT_MTU_1279,
	FACT_MTU_67, FACT_SWITCHES, FACT_MPLS_ON, FACT_MPLS_OFF,
	FACT_CONF_MPLS, FACT_NETCONF_MPLS,
	FACT_ON4, FACT_OFF4, FACT_CONF4, FACT_NETCONF4, FACT_PARMS4,
	FACT_ADDR4, FACT_CONN4, FACT_LOCAL4, FACT_WIDE4, FACT_ROUTE4,
	FACT_VIA4, FACT_NH4, FACT_NHROUTE4, FACT_NEIGH4, FACT_ALL4,
	FACT_GROUP4,
	FACT_ON6, FACT_OFF6, FACT_CONF6, FACT_NETCONF6, FACT_PARMS6,
	FACT_ADDR6, FACT_CONN6, FACT_LOCAL6, FACT_WIDE6, FACT_ROUTE6,
	FACT_VIA6, FACT_NH6, FACT_NHROUTE6, FACT_NEIGH6, FACT_ALL6,
	FACT_GROUP6,
	FACT_LINK6, FACT_LLADDR, FACT_LLCONN, FACT_LLLOCAL, FACT_NODES6,
	FACT_CROSS, FACT_LEAVE4, FACT_LEAVE6, FACT_OTHER,
	FACTS
};

#define BIT64(n)	((uint64_t)1 << (n))
#define HAS(name)	BIT64(FACT_##name)
#define V6		(FACT_ON6 - FACT_ON4)

#define PARTS		5	/* requests that an event has at most */
#define SAYS_WHY	0x10000	/* beside an errno: there is a text as well */

/* What an event brings about. */
struct outcome {
	int err[PARTS];
	uint64_t facts;
	uint64_t told, told_gone;	/* RTM_NEW... and RTM_DEL... */
	uint64_t perhaps;		/* may be told, either way */
};

/* The model of a device */
struct model {
	bool lwd;
	uint64_t facts;
	/* of two sockets of each family: are they in its group? */
	enum { NOT_IN, IN, WAS_IN } member[2][2];
	uint64_t silent;	/* what goes with the present event untold */
	uint64_t goodbye;	/* what is told on the wire */
	uint64_t late;		/* what may be told again with a later event */
};

/* The socket that joins, or the one that leaves */
int model_joins(const struct model *model, bool v6);
int model_leaves(const struct model *model, bool v6);

extern const char * const fact_words[FACTS];

void model_init(struct model *model, bool lwd);
void model_event(struct model *model, enum model_event event,
		 struct outcome *outcome);

/* Sequences of events, done side by side to devices of both labels. */
#define SEQ_MAX		100	/* events */
#define SEQS_MAX	100

struct sequence {
	unsigned char event[SEQ_MAX];
	int failed_at;		/* the first step that went wrong, or -1 */
	char why[512];
};

void world_run(struct sequence *seqs, int count, int len, bool each_step);

#endif /* MODEL_H */

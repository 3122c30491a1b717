// SPDX-License-Identifier: GPL-2.0
/*
 * The model: what is there of a device after each event, what is refused, and
 * what is told. IPv4 and IPv6 are alike but for what is said here; where a
 * lightweight device differs from an ordinary one, lwd is asked for.
 */

#include <errno.h>
#include <string.h>

#include "model.h"

/* A fact of one of the families, by its name in IPv4 */
#define OF(name)	(HAS(name##4) << (v6 ? V6 : 0))
#define BOTH(name)	(HAS(name##4) | HAS(name##6))

#define MTUS		(HAS(MTU_1500) | HAS(MTU_1279) | HAS(MTU_67))
#define FAMILY		(OF(CONF) | OF(NETCONF) | OF(PARMS))
#define ADDR_ROUTES	(OF(CONN) | OF(LOCAL) | OF(WIDE))
#define GONE_ROUTES	(OF(ROUTE) | OF(VIA))
#define OWN_ROUTES	(GONE_ROUTES | OF(NHROUTE))
#define LINK_LOCAL	(HAS(LLADDR) | HAS(LLCONN) | HAS(LLLOCAL))
/* all that is told of by messages of its own */
#define OBJECTS		(HAS(NETCONF_MPLS) | BOTH(NETCONF) | BOTH(ADDR) | \
			 BOTH(CONN) | BOTH(LOCAL) | BOTH(WIDE) |	\
			 BOTH(ROUTE) | BOTH(VIA) | BOTH(NH) |		\
			 BOTH(NHROUTE) | BOTH(NEIGH) | BOTH(ALL) |	\
			 BOTH(GROUP) | LINK_LOCAL | HAS(NODES6) | HAS(CROSS))

/* who hears that the link is down knows that it is the end of these */
#define LINK_DOWN	(BOTH(NH) | HAS(CONN4) | HAS(WIDE4) | HAS(ROUTE4) | \
			 HAS(VIA4) | HAS(NHROUTE4) | HAS(CROSS))
#define SWITCHED	(BOTH(ON) | BOTH(OFF) | HAS(MPLS_ON) | HAS(MPLS_OFF))

void model_init(struct model *model, bool lwd)
{
	memset(model, 0, sizeof(*model));
	model->lwd = lwd;
	model->facts = HAS(UP) | HAS(MTU_1500);
	if (lwd) {
		model->facts |= HAS(LWD) | HAS(SWITCHES);
		return;
	}
	model->facts |= HAS(CONF_MPLS) | HAS(NETCONF_MPLS) | BOTH(CONF) |
			BOTH(NETCONF) | BOTH(PARMS) | BOTH(ALL) | LINK_LOCAL |
			HAS(WIDE6) | HAS(NODES6);
}

static bool there(const struct model *model, bool v6)
{
	return model->facts & OF(CONF);
}

static bool large_enough(const struct model *model, bool v6)
{
	return model->facts & (v6 ? HAS(MTU_1500) :
				    HAS(MTU_1500) | HAS(MTU_1279));
}

static void add_addr_routes(struct model *model, bool v6)
{
	if (model->facts & HAS(UP) && model->facts & OF(ADDR))
		model->facts |= OF(CONN) | OF(LOCAL) | (v6 ? 0 : HAS(WIDE4));
}

/* A device that is up has more of a family. */
static void start(struct model *model, bool v6)
{
	if (!there(model, v6) || !(model->facts & HAS(UP)))
		return;
	if (large_enough(model, v6))
		model->facts |= OF(ALL);
	if (v6)
		model->facts |= LINK_LOCAL | HAS(WIDE6);
	add_addr_routes(model, v6);
}

static void turn_on(struct model *model, bool v6)
{
	model->facts |= FAMILY;
	if (v6)
		model->facts |= HAS(ALL6) | HAS(NODES6);
	start(model, v6);
}

static void turn_off(struct model *model, bool v6)
{
	uint64_t all = FAMILY | OF(ADDR) | ADDR_ROUTES | OF(ALL) | OF(GROUP) |
		       OF(NEIGH);
	int k;

	/* those that only sockets are in, and IPv6's second one of all nodes */
	model->silent |= BOTH(GROUP) | HAS(NODES6);
	/* routes by nexthops stay, and those of IPv4 if no address goes */
	if (v6)
		all |= GONE_ROUTES | LINK_LOCAL | HAS(NODES6) | HAS(WIDE6);
	else if (model->facts & HAS(ADDR4))
		all |= GONE_ROUTES;
	if (!v6)
		model->silent |= GONE_ROUTES;
	model->facts &= ~all;
	for (k = 0; k < 2; k++)
		if (model->member[v6][k] == IN)
			model->member[v6][k] = WAS_IN;
}

static void down(struct model *model, bool v6)
{
	uint64_t all = OF(NH) | OF(NHROUTE) | HAS(CROSS);

	model->silent |= LINK_DOWN;
	if (there(model, v6)) {
		all |= OF(CONN) | OF(WIDE) | OWN_ROUTES | OF(NEIGH);
		if (v6)
			all |= HAS(ADDR6) | HAS(LOCAL6) | LINK_LOCAL;
		else
			all |= HAS(ALL4);
	}
	model->facts &= ~all;
}

/* Does the state of the switch turn the family on, if the MTU allows it? */
static bool wanted(const struct model *model, bool v6)
{
	return !model->lwd || model->facts & OF(ON);
}

static void set_mtu(struct model *model, uint64_t mtu)
{
	int i;

	if (model->facts & mtu)
		return;
	model->facts &= ~MTUS;
	model->facts |= mtu;
	for (i = 0; i < 2; i++) {
		if (!large_enough(model, i))
			turn_off(model, i);
		else if (wanted(model, i) && !there(model, i))
			turn_on(model, i);
	}
}

/* Lightweight devices are new: what only they refuse has a reason. */
static int refuse(const struct model *model, int err)
{
	return model->lwd ? err | SAYS_WHY : err;
}

static int set_switch(struct model *model, bool v6, uint64_t state)
{
	if (!model->lwd)
		return EOPNOTSUPP | SAYS_WHY;
	if (state == OF(ON) && !there(model, v6)) {
		if (!large_enough(model, v6))
			return EINVAL | SAYS_WHY;
		turn_on(model, v6);
	}
	if (state == OF(OFF) && !(model->facts & OF(OFF))) {
		if (model->facts & HAS(UP) && model->facts & OF(GROUP))
			model->goodbye = v6 ? HAS(LEAVE6) : HAS(LEAVE4);
		turn_off(model, v6);
		model->facts &= ~(OWN_ROUTES | OF(NH) | HAS(CROSS));
		/* the link stays: each of them is told */
		model->silent &= ~OWN_ROUTES;
	}
	model->facts &= ~(OF(ON) | OF(OFF));
	model->facts |= state;
	return 0;
}

static int set_mpls(struct model *model, bool on)
{
	uint64_t there = HAS(CONF_MPLS) | HAS(NETCONF_MPLS);

	if (!model->lwd)
		return EOPNOTSUPP | SAYS_WHY;
	model->facts &= ~(HAS(MPLS_ON) | HAS(MPLS_OFF) | there);
	model->facts |= on ? HAS(MPLS_ON) | there : HAS(MPLS_OFF);
	return 0;
}

static int add_addr(struct model *model, bool v6)
{
	if (!there(model, v6)) {
		if (!model->lwd)
			return v6 ? EINVAL : ENOBUFS;
		if (model->facts & OF(OFF))
			return EOPNOTSUPP | SAYS_WHY;
		if (!large_enough(model, v6))
			return EINVAL | SAYS_WHY;
		turn_on(model, v6);
	}
	if (model->facts & OF(ADDR))
		return EEXIST;
	model->facts |= OF(ADDR) | OF(LOCAL);
	add_addr_routes(model, v6);
	return 0;
}

static int del_addr(struct model *model, bool v6)
{
	if (!there(model, v6))
		return v6 ? ENXIO : ENODEV;
	if (!(model->facts & OF(ADDR)))
		return EADDRNOTAVAIL;
	model->facts &= ~(OF(ADDR) | OF(CONN) | OF(LOCAL));
	/* the last address of IPv4 takes all but nexthops with it */
	if (!v6) {
		model->facts &= ~(HAS(WIDE4) | GONE_ROUTES | HAS(NEIGH4));
		model->silent |= GONE_ROUTES;
	}
	return 0;
}

static int add_route(struct model *model, bool v6, uint64_t route)
{
	if (route == OF(VIA) && !v6 && !(model->facts & HAS(CONN4)))
		return ENETUNREACH;
	if (!there(model, v6))
		return refuse(model, ENODEV);
	if (route == OF(VIA) && v6 && !(model->facts & HAS(CONN6)))
		return EHOSTUNREACH;
	if (!(model->facts & HAS(UP)))
		return ENETDOWN;
	if (model->facts & route)
		return EEXIST;
	model->facts |= route;
	return 0;
}

/* By a nexthop, which can be there without the protocol of the route */
static int add_by_nexthop(struct model *model, bool v6, uint64_t nexthop,
			  uint64_t route)
{
	if (!(model->facts & nexthop))
		return EINVAL;
	if (model->facts & route)
		return EEXIST;
	if (model->lwd && !there(model, v6))
		return ENODEV | SAYS_WHY;
	model->facts |= route;
	return 0;
}

static int add_nexthop(struct model *model, bool v6)
{
	if (!(model->facts & HAS(UP)))
		return ENETDOWN;
	if (!there(model, v6))
		return refuse(model, ENODEV);
	if (model->facts & OF(NH))
		return EEXIST;
	model->facts |= OF(NH);
	return 0;
}

static int add_neigh(struct model *model, bool v6)
{
	if (!there(model, v6))
		return refuse(model, EINVAL);
	if (model->facts & OF(NEIGH))
		return EEXIST;
	model->facts |= OF(NEIGH);
	return 0;
}

int model_joins(const struct model *model, bool v6)
{
	return model->member[v6][0] != NOT_IN &&
	       model->member[v6][1] == NOT_IN;
}

int model_leaves(const struct model *model, bool v6)
{
	return model->member[v6][0] == NOT_IN &&
	       model->member[v6][1] != NOT_IN;
}

static int join(struct model *model, bool v6)
{
	int k = model_joins(model, v6);

	if (!there(model, v6)) {
		/* what it was in before is forgotten all the same */
		if (v6)
			model->member[v6][k] = NOT_IN;
		return v6 ? EINVAL : ENODEV;
	}
	if (model->member[v6][k] == IN)
		return EADDRINUSE;
	model->facts |= OF(GROUP);
	model->member[v6][k] = IN;
	return 0;
}

/* A socket can leave what is gone already, which is nothing to the others. */
static int leave(struct model *model, bool v6)
{
	int k = model_leaves(model, v6);

	if (model->member[v6][k] == NOT_IN)
		return EADDRNOTAVAIL;
	model->member[v6][k] = NOT_IN;
	if (model->member[v6][!k] != IN)
		model->facts &= ~OF(GROUP);
	return 0;
}

/* Of one namespace to another and back: all goes, and it is down then. */
static void move(struct model *model)
{
	int i;
	bool v6;

	for (i = 0; i < 2; i++) {
		v6 = i;
		if (model->facts & HAS(UP))
			down(model, v6);
		turn_off(model, v6);
		model->facts &= ~(OWN_ROUTES | OF(NH) | HAS(CROSS));
	}
	model->silent |= LINK_DOWN;
	model->facts &= ~HAS(UP);
	/* IPv4 of an ordinary device does not look at its MTU then */
	for (i = 0; i < 2; i++)
		if (wanted(model, i) &&
		    (large_enough(model, i) || (!model->lwd && !i)))
			turn_on(model, i);
}

static void model_do(struct model *model, enum model_event event, int *err)
{
	int i;
	bool v6;

	switch (event) {
	case EV_UP:
		if (model->facts & HAS(UP))
			return;
		model->facts |= HAS(UP);
		start(model, false);
		start(model, true);
		return;
	case EV_DOWN:
		if (model->facts & HAS(UP)) {
			down(model, false);
			down(model, true);
		}
		model->facts &= ~HAS(UP);
		return;
	case EV_MTU_1500:
		set_mtu(model, HAS(MTU_1500));
		return;
	case EV_MTU_1279:
		set_mtu(model, HAS(MTU_1279));
		return;
	case EV_MTU_67:
		set_mtu(model, HAS(MTU_67));
		return;
	case EV_INET_AUTO:
	case EV_INET6_AUTO:
		err[0] = set_switch(model, event == EV_INET6_AUTO, 0);
		return;
	case EV_INET_ON:
	case EV_INET6_ON:
		v6 = event == EV_INET6_ON;
		err[0] = set_switch(model, v6, OF(ON));
		return;
	case EV_INET_OFF:
	case EV_INET6_OFF:
		v6 = event == EV_INET6_OFF;
		err[0] = set_switch(model, v6, OF(OFF));
		return;
	case EV_MPLS_ON:
	case EV_MPLS_OFF:
		err[0] = set_mpls(model, event == EV_MPLS_ON);
		return;
	case EV_ADDR4:
	case EV_ADDR6:
		err[0] = add_addr(model, event == EV_ADDR6);
		return;
	case EV_LABEL:
		err[0] = model->lwd ? 0 : EOPNOTSUPP | SAYS_WHY;
		return;
	case EV_MOVE:
		move(model);
		return;
	default:
		break;
	}
	for (i = 0; i < 2; i++) {
		v6 = i;
		if (event == EV_NO_ADDR)
			err[i] = del_addr(model, v6);
		else if (event == EV_ROUTE)
			err[i] = add_route(model, v6, OF(ROUTE));
		else if (event == EV_ROUTE_VIA)
			err[i] = add_route(model, v6, OF(VIA));
		else if (event == EV_NEIGH)
			err[i] = add_neigh(model, v6);
		else if (event == EV_JOIN)
			err[i] = join(model, v6);
		else if (event == EV_LEAVE)
			err[i] = leave(model, v6);
		if (event != EV_NEXTHOP)
			continue;
		err[i] = add_nexthop(model, v6);
		err[2 + i] = add_by_nexthop(model, v6, OF(NH),
					    OF(NHROUTE));
	}
	if (event == EV_NEXTHOP)
		err[4] = add_by_nexthop(model, false, HAS(NH6), HAS(CROSS));
}

void model_event(struct model *model, enum model_event event,
		 struct outcome *outcome)
{
	uint64_t before = model->facts, changed;

	memset(outcome, 0, sizeof(*outcome));
	model->silent = 0;
	model->goodbye = 0;
	model_do(model, event, outcome->err);
	changed = before ^ model->facts;
	outcome->facts = model->facts;
	/* a timer may send a leave later, a work queue a new address again:
	 * nobody waits for that on a link that is down
	 */
	if (model->facts & HAS(UP) || event == EV_ADDR6)
		model->late = model->facts & HAS(UP) ? 0 :
			      HAS(ADDR6) | HAS(LOCAL6);
	outcome->perhaps = HAS(LINK6) | (BOTH(LEAVE) & ~model->goodbye) |
			   (model->late & ~changed);
	outcome->told_gone = model->goodbye;
	if (event == EV_MOVE) {
		/* the one that comes back is another one */
		changed = before | model->facts;
		outcome->told_gone |= HAS(LINK);
	}
	outcome->told |= model->facts & changed & OBJECTS;
	outcome->told_gone |= before & changed & OBJECTS & ~model->silent;
	/* of a link that is down, what IFLA_AF_SPEC changes is not told */
	if (event == EV_MOVE || changed & (HAS(UP) | MTUS) ||
	    (changed & SWITCHED && model->facts & HAS(UP)))
		outcome->told |= HAS(LINK);
	else if (event < EV_ADDR4 || event == EV_LABEL)
		outcome->perhaps |= HAS(LINK);
}

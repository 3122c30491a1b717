// SPDX-License-Identifier: GPL-2.0
/* What the kernel's messages say of the devices, and whether it ought to be. */

#include <errno.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <linux/netconf.h>
#include <linux/neighbour.h>
#include <linux/nexthop.h>

#include "lwd_case.h"
#include "model.h"
#include "model_world.h"

const unsigned char group4[4] = { 233, 252, 0, 1 };
const unsigned char group6[16] = {
	0xff, 0x0e, [12] = 0x0d, [13] = 0xb8, [15] = 1
};

/* For IPv4 the number is before the last 4 bits, of which 2 are what. */
void slot_addr(const struct slot *slot, bool v6, enum slot_addr what,
	       unsigned char *addr)
{
	memset(addr, 0, v6 ? 16 : 4);
	if (v6) {
		memcpy(addr, "\x20\x01\x0d\xb8", 4);
		addr[5] = what + 1;
		addr[7] = slot->number;
		return;
	}
	addr[0] = 198;
	addr[1] = what == OF_ADDR ? 18 : 19;
	addr[2] = slot->number >> 4;
	addr[3] = slot->number << 4;
	if (what != OF_ADDR)
		addr[3] |= (what - OF_ROUTE) << 2;
}

/* Whose network is it, and which one? */
static struct slot *addr_slot(const unsigned char *addr, bool v6,
			      enum slot_addr *what)
{
	if (v6) {
		if (memcmp(addr, "\x20\x01\x0d\xb8", 4))
			return NULL;
		*what = addr[5] - 1;
		return slot_of(FIRST_INDEX + addr[7]);
	}
	if (addr[0] != 198 || (addr[1] & ~1) != 18)
		return NULL;
	*what = addr[1] == 18 ? OF_ADDR : OF_ROUTE + (addr[3] >> 2 & 3);
	return slot_of(FIRST_INDEX + (addr[2] << 4 | addr[3] >> 4));
}

unsigned int nexthop_id(const struct slot *slot, bool v6)
{
	return 2 * slot->ifindex + v6;
}

/* The last attribute of a type */
const struct nlattr *message_attr(const struct nlmsghdr *nlh, size_t hdr,
				  int type)
{
	const struct nlattr *attr, *found = NULL;

	mnl_attr_for_each(attr, nlh, hdr)
		if (mnl_attr_get_type(attr) == type)
			found = attr;
	return found;
}

static unsigned int attr_u32(const struct nlmsghdr *nlh, size_t hdr, int type)
{
	const struct nlattr *attr = message_attr(nlh, hdr, type);

	return attr ? mnl_attr_get_u32(attr) : 0;
}

/* IFLA_AF_SPEC: the settings of a family that is there, and its switch */
static uint64_t spec_facts(const struct nlattr *spec, unsigned int *switches)
{
	const struct nlattr *af, *attr;
	uint64_t facts = 0;

	mnl_attr_for_each_nested(af, spec) {
		int family = mnl_attr_get_type(af), sw, shift;
		uint64_t conf;

		if (family != AF_INET && family != AF_INET6 &&
		    family != LWD_AF_MPLS)
			continue;
		sw = family == AF_INET ? IFLA_INET_ENABLE :
		     family == AF_INET6 ? IFLA_INET6_ENABLE : IFLA_MPLS_ENABLE;
		conf = family == LWD_AF_MPLS ? HAS(CONF_MPLS) : HAS(CONF4);
		shift = family == AF_INET6 ? V6 : 0;
		mnl_attr_for_each_nested(attr, af) {
			int state;

			if (mnl_attr_get_type(attr) != sw) {
				facts |= conf << shift;
				continue;
			}
			(*switches)++;
			state = mnl_attr_get_u8(attr);
			if (state == IFLA_L3_ON)
				facts |= family == LWD_AF_MPLS ? HAS(MPLS_ON) :
					 HAS(ON4) << shift;
			else if (state == IFLA_L3_OFF)
				facts |= family == LWD_AF_MPLS ?
					 HAS(MPLS_OFF) : HAS(OFF4) << shift;
		}
	}
	return facts;
}

static uint64_t link_facts(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	unsigned int switches = 0;
	const struct nlattr *attr;
	uint64_t facts = 0;

	if (ifm->ifi_flags & IFF_UP)
		facts |= HAS(UP);
	mnl_attr_for_each(attr, nlh, sizeof(*ifm)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_MTU:
			switch (mnl_attr_get_u32(attr)) {
			case 1500:
				facts |= HAS(MTU_1500);
				break;
			case 1279:
				facts |= HAS(MTU_1279);
				break;
			case 67:
				facts |= HAS(MTU_67);
				break;
			}
			break;
		case IFLA_LWD:
			if (mnl_attr_get_u8(attr))
				facts |= HAS(LWD);
			break;
		case IFLA_AF_SPEC:
			facts |= spec_facts(attr, &switches);
			break;
		}
	}
	return facts | (switches == L3_MAX ? HAS(SWITCHES) : 0) |
	       (switches && switches != L3_MAX ? HAS(OTHER) : 0);
}

static uint64_t route_fact(const struct nlmsghdr *nlh, struct slot **slot)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr = message_attr(nlh, sizeof(*rtm), RTA_DST);
	bool v6 = rtm->rtm_family == AF_INET6, ll;
	static const unsigned char none[16];
	const unsigned char *dst;
	enum slot_addr what;
	uint64_t fact;

	dst = attr ? mnl_attr_get_payload(attr) : none;
	*slot = addr_slot(dst, v6, &what);
	if (*slot && what == OF_CROSS)
		return v6 ? HAS(OTHER) : HAS(CROSS);
	if (*slot) {
		fact = what == OF_ROUTE ? HAS(ROUTE4) :
		       what == OF_VIA ? HAS(VIA4) :
		       what == OF_NHROUTE ? HAS(NHROUTE4) :
		       rtm->rtm_type == RTN_LOCAL ? HAS(LOCAL4) :
		       rtm->rtm_type == RTN_BROADCAST ? HAS(WIDE4) :
		       rtm->rtm_type == RTN_UNICAST ? HAS(CONN4) : 0;
		if (!fact || (v6 && fact == HAS(WIDE4)))
			return HAS(OTHER);
		return fact << (v6 ? V6 : 0);
	}
	*slot = slot_of(attr_u32(nlh, sizeof(*rtm), RTA_OIF));
	if (!v6)
		return HAS(OTHER);
	ll = dst[0] == 0xfe && dst[1] == 0x80;
	if (ll && rtm->rtm_type == RTN_LOCAL)
		return HAS(LLLOCAL);
	if (ll && rtm->rtm_type == RTN_UNICAST)
		return HAS(LLCONN);
	return rtm->rtm_type == RTN_MULTICAST ? HAS(WIDE6) : HAS(OTHER);
}

static uint64_t addr_fact(const struct nlmsghdr *nlh, struct slot *slot)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	const unsigned char *addr;
	enum slot_addr what;

	attr = message_attr(nlh, sizeof(*ifa), IFA_ADDRESS);
	if (ifa->ifa_flags & IFA_F_TENTATIVE)
		slot->tentative = true;
	addr = attr ? mnl_attr_get_payload(attr) : NULL;
	if (addr && addr_slot(addr, ifa->ifa_family == AF_INET6, &what) == slot)
		return ifa->ifa_family == AF_INET6 ? HAS(ADDR6) : HAS(ADDR4);
	return addr && addr[0] == 0xfe ? HAS(LLADDR) : HAS(OTHER);
}

static uint64_t group_fact(const struct nlmsghdr *nlh)
{
	static const unsigned char all4[] = { 224, 0, 0, 1 };
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;
	const unsigned char *addr;

	attr = message_attr(nlh, sizeof(*ifa), IFA_MULTICAST);
	if (!attr)
		return HAS(OTHER);
	addr = mnl_attr_get_payload(attr);
	if (ifa->ifa_family == AF_INET)
		return !memcmp(addr, all4, 4) ? HAS(ALL4) :
		       !memcmp(addr, group4, 4) ? HAS(GROUP4) : HAS(OTHER);
	if (!memcmp(addr, group6, 16))
		return HAS(GROUP6);
	if (addr[1] == 1)
		return HAS(NODES6);
	/* not those of its addresses: a dummy looks for no neighbours */
	return addr[1] == 2 && addr[15] == 1 ? HAS(ALL6) : HAS(OTHER);
}

static uint64_t neigh_fact(const struct nlmsghdr *nlh, struct slot *slot)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr = message_attr(nlh, sizeof(*ndm), NDA_DST);
	bool v6 = ndm->ndm_family == AF_INET6;
	enum slot_addr what;

	/* others come with the packets that the kernel itself sends */
	if (!attr || addr_slot(mnl_attr_get_payload(attr), v6, &what) != slot)
		return 0;
	return v6 ? HAS(NEIGH6) : HAS(NEIGH4);
}

/* Parameters of a device, in a message about a table */
static void parms_seen(const struct nlmsghdr *nlh)
{
	const struct ndtmsg *ndt = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *parm;
	struct slot *slot;

	attr = message_attr(nlh, sizeof(*ndt), NDTA_PARMS);
	if (!attr)
		return;
	mnl_attr_for_each_nested(parm, attr) {
		if (mnl_attr_get_type(parm) != NDTPA_IFINDEX)
			continue;
		slot = slot_of(mnl_attr_get_u32(parm));
		if (slot)
			slot->seen |= ndt->ndtm_family == AF_INET6 ?
				      HAS(PARMS6) : HAS(PARMS4);
	}
}

/* What a message is about; of a link in particular, LINK. */
static uint64_t message_fact(const struct nlmsghdr *nlh, struct slot **slot)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const struct nhmsg *nhm = mnl_nlmsg_get_payload(nlh);
	int family = *(const __u8 *)mnl_nlmsg_get_payload(nlh);

	*slot = NULL;
	switch (nlh->nlmsg_type) {
	case RTM_NEWLINK:
	case RTM_DELLINK:
		*slot = slot_of(ifm->ifi_index);
		return family == AF_INET6 ? HAS(LINK6) : HAS(LINK);
	case RTM_NEWADDR:
	case RTM_DELADDR:
		*slot = slot_of(ifa->ifa_index);
		return *slot ? addr_fact(nlh, *slot) : 0;
	case LWD_RTM_NEWMULTICAST:
	case LWD_RTM_DELMULTICAST:
	case RTM_GETMULTICAST:	/* IPv6 answers with it */
		*slot = slot_of(ifa->ifa_index);
		return group_fact(nlh);
	case RTM_NEWROUTE:
	case RTM_DELROUTE:
		return route_fact(nlh, slot);
	case RTM_NEWNEXTHOP:
	case RTM_DELNEXTHOP:
		*slot = slot_of(attr_u32(nlh, sizeof(*nhm), NHA_ID) / 2);
		return family == AF_INET6 ? HAS(NH6) : HAS(NH4);
	case RTM_NEWNEIGH:
	case RTM_DELNEIGH:
		*slot = slot_of(ndm->ndm_ifindex);
		return *slot ? neigh_fact(nlh, *slot) : 0;
	case RTM_NEWNETCONF:
	case RTM_DELNETCONF:
		*slot = slot_of(attr_u32(nlh, sizeof(struct netconfmsg),
					 NETCONFA_IFINDEX));
		return family == AF_INET ? HAS(NETCONF4) :
		       family == AF_INET6 ? HAS(NETCONF6) : HAS(NETCONF_MPLS);
	}
	return HAS(OTHER);
}

void message_seen(const struct nlmsghdr *nlh)
{
	struct slot *slot;
	uint64_t fact;

	if (nlh->nlmsg_type == RTM_NEWNEIGHTBL) {
		parms_seen(nlh);
		return;
	}
	fact = message_fact(nlh, &slot);
	if (slot)
		slot->seen |= fact == HAS(LINK) ? link_facts(nlh) : fact;
}

/* A record in a report of IGMPv3 or MLDv2 that says that the group is left */
void packet_told(struct slot *slot, const unsigned char *data, size_t len)
{
	unsigned char record4[8] = { 3 }, record6[20] = { 3 };

	memcpy(record4 + 4, group4, sizeof(group4));
	memcpy(record6 + 4, group6, sizeof(group6));
	if (memmem(data, len, record4, sizeof(record4)))
		slot->told_gone |= HAS(LEAVE4);
	if (memmem(data, len, record6, sizeof(record6)))
		slot->told_gone |= HAS(LEAVE6);
}

void message_told(const struct nlmsghdr *nlh)
{
	struct slot *slot;
	uint64_t fact = message_fact(nlh, &slot);

	if (!slot)
		return;
	/* RTM_DEL... come after RTM_NEW..., in fours */
	if (nlh->nlmsg_type & 1)
		slot->told_gone |= fact;
	else
		slot->told |= fact;
}

__attribute__((format(printf, 2, 3)))
static void say(struct sequence *seq, const char *fmt, ...)
{
	size_t len = strlen(seq->why);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(seq->why + len, sizeof(seq->why) - len, fmt, ap);
	va_end(ap);
}

static void say_facts(struct sequence *seq, const char *what, uint64_t facts)
{
	int i;

	for (i = 0; i < FACTS; i++) {
		if (!(facts & BIT64(i)))
			continue;
		say(seq, "%s %s", what, fact_words[i]);
		what = ",";
	}
}

/* A text may be there without need. */
static bool answered(int err, int want)
{
	return err == want || err == (want | SAYS_WHY);
}

/* Did the device do what the model says? */
void slot_compare(struct slot *slot, int step)
{
	struct sequence *seq = slot->seq;
	struct outcome want = slot->want;
	uint64_t told, gone;
	bool same = true;
	int i;

	told = (slot->told ^ want.told) & ~want.perhaps;
	gone = (slot->told_gone ^ want.told_gone) & ~want.perhaps;
	for (i = 0; i < PARTS; i++)
		same &= answered(slot->err[i], want.err[i]);
	if (same && slot->seen == want.facts && !told && !gone)
		return;
	if (seq->failed_at < 0)
		seq->why[0] = 0;
	seq->failed_at = step;
	say(seq, "%s%s:", seq->why[0] ? "; " : "",
	    slot->model.lwd ? "lightweight" : "ordinary");
	for (i = 0; i < PARTS; i++)
		if (!answered(slot->err[i], want.err[i]))
			say(seq, " [request %d: expected %s%s, got %s%s]",
			    i + 1, strerror(want.err[i] & ~SAYS_WHY),
			    want.err[i] & SAYS_WHY ? " and why" : "",
			    strerror(slot->err[i] & ~SAYS_WHY),
			    slot->err[i] & SAYS_WHY ? " and why" : "");
	say_facts(seq, " [there, expected none:", slot->seen & ~want.facts);
	say_facts(seq, " [expected, not there:", want.facts & ~slot->seen);
	say_facts(seq, " [told as new, expected none:", told & slot->told);
	say_facts(seq, " [not told as new:", told & want.told);
	say_facts(seq, " [told as gone, expected none:",
		  gone & slot->told_gone);
	say_facts(seq, " [not told as gone:", gone & want.told_gone);
}

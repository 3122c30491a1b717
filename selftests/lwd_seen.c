// SPDX-License-Identifier: GPL-2.0
/* What the kernel tells of links, and which families have state for them. */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/neighbour.h>
#include <linux/netconf.h>

#include "lwd_nl.h"

static void parse_af_spec(const struct nlattr *spec, struct link_state *st)
{
	const struct nlattr *af, *attr;
	int fam;

	mnl_attr_for_each_nested(af, spec) {
		for (fam = 0; fam < L3_MAX; fam++)
			if (mnl_attr_get_type(af) == l3_af[fam])
				break;
		if (fam == L3_MAX)
			continue;
		st->spec[fam] = true;
		mnl_attr_for_each_nested(attr, af) {
			if (mnl_attr_get_type(attr) == l3_enable[fam])
				st->enable[fam] = mnl_attr_get_u8(attr);
			else
				st->conf[fam] = true;
		}
	}
}

void link_parse(const struct nlmsghdr *nlh, struct link_state *st)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *info;
	int fam;

	memset(st, 0, sizeof(*st));
	st->lwd = LWD_ABSENT;
	for (fam = 0; fam < L3_MAX; fam++)
		st->enable[fam] = LWD_ABSENT;
	st->ifindex = ifm->ifi_index;
	st->flags = ifm->ifi_flags;

	mnl_attr_for_each(attr, nlh, sizeof(*ifm)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			snprintf(st->name, sizeof(st->name), "%s",
				 mnl_attr_get_str(attr));
			break;
		case IFLA_LWD:
			/* a label of the wrong size is none */
			if (mnl_attr_get_payload_len(attr) == 1)
				st->lwd = mnl_attr_get_u8(attr);
			break;
		case IFLA_AF_SPEC:
			parse_af_spec(attr, st);
			break;
		case IFLA_LINKINFO:
			mnl_attr_for_each_nested(info, attr)
				if (mnl_attr_get_type(info) == IFLA_INFO_KIND)
					snprintf(st->kind, sizeof(st->kind),
						 "%s", mnl_attr_get_str(info));
			break;
		}
	}
}

static int get_cb(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type == RTM_NEWLINK)
		link_parse(nlh, data);
	return MNL_CB_OK;
}

int link_ask(const char *name, mnl_cb_t cb, void *data)
{
	char buf[256] = {};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return nl_talk(nlh, NULL, cb, data);
}

int link_get(const char *name, struct link_state *st)
{
	memset(st, 0, sizeof(*st));
	st->lwd = LWD_ABSENT;
	return link_ask(name, get_cb, st);
}

/* Of one byte or of four */
static long get_number(const struct nlattr *attr)
{
	return mnl_attr_get_payload_len(attr) == 1 ? mnl_attr_get_u8(attr) :
						     mnl_attr_get_u32(attr);
}

struct number {
	int type;
	long value;
};

static int data_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *info, *one;
	struct number *number = data;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(attr) != IFLA_LINKINFO)
			continue;
		mnl_attr_for_each_nested(info, attr) {
			if (mnl_attr_get_type(info) != IFLA_INFO_DATA)
				continue;
			mnl_attr_for_each_nested(one, info)
				if (mnl_attr_get_type(one) == number->type)
					number->value = get_number(one);
		}
	}
	return MNL_CB_OK;
}

long link_data(const char *name, int type)
{
	struct number number = { type, LWD_ABSENT };

	link_ask(name, data_cb, &number);
	return number.value;
}

int link_dump(mnl_cb_t cb, void *data)
{
	char buf[256] = {};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	return nl_talk(nlh, NULL, cb, data);
}

/* Every link carries the label on a kernel that knows it; lo is one. */
bool link_known(void)
{
	struct link_state st;

	return !link_get("lo", &st) && st.lwd != LWD_ABSENT;
}

/* The switches are known when an lwd's dump has them: make one in passing. */
bool link_l3_known(void)
{
	struct link_state st;
	struct nl_ack ack;

	if (link_cmd(&ack, "add lwd_probe lwd on type dummy"))
		return false;
	link_get("lwd_probe", &st);
	link_cmd(&ack, "del lwd_probe");
	return st.enable[L3_INET] != LWD_ABSENT;
}

/* RTM_GETNETCONF of one device; 0 if the kernel has it, or an errno. */
int netconf_get(struct nl_ack *ack, enum l3_family fam, int ifindex)
{
	struct netconfmsg *ncm;
	struct nlmsghdr *nlh;
	char buf[256] = {};

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETNETCONF;
	ncm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ncm));
	ncm->ncm_family = l3_af[fam];
	mnl_attr_put_u32(nlh, NETCONFA_IFINDEX, ifindex);
	return nl_talk(nlh, ack, NULL, NULL);
}

/* The devices that are looked at together: a dump tells about all at once. */
struct l3_scan {
	struct l3_view *views;
	int n;
};

static struct l3_view *view_of(const struct l3_scan *scan, int ifindex)
{
	int i;

	for (i = 0; i < scan->n; i++)
		if (scan->views[i].ifindex == ifindex)
			return &scan->views[i];
	return NULL;
}

static int af_bit(int af)
{
	int fam;

	for (fam = 0; fam < L3_MAX; fam++)
		if (l3_af[fam] == af)
			return 1 << fam;
	return 0;
}

static int addr_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct l3_view *view = view_of(data, ifa->ifa_index);

	if (nlh->nlmsg_type == RTM_NEWADDR && view)
		view->addr |= af_bit(ifa->ifa_family);
	return MNL_CB_OK;
}

static int parms_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ndtmsg *ndt = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *parm;
	struct l3_view *view;

	if (nlh->nlmsg_type != RTM_NEWNEIGHTBL)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ndt)) {
		if (mnl_attr_get_type(attr) != NDTA_PARMS)
			continue;
		mnl_attr_for_each_nested(parm, attr) {
			if (mnl_attr_get_type(parm) != NDTPA_IFINDEX)
				continue;
			view = view_of(data, mnl_attr_get_u32(parm));
			if (view)
				view->parms |= af_bit(ndt->ndtm_family);
		}
	}
	return MNL_CB_OK;
}

static void dump(int type, size_t hdr, mnl_cb_t cb, void *data)
{
	struct nlmsghdr *nlh;
	char buf[256] = {};

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, hdr);
	nl_talk(nlh, NULL, cb, data);
}

/*
 * The lines that tell of a device begin with its index.  (To ask for the index
 * of a name that no device has loads a module, which takes a program.)
 */
static void read_groups(struct l3_scan *scan, const char *path, int fam)
{
	struct l3_view *view;
	char line[256];
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		view = isdigit(line[0]) ? view_of(scan, atoi(line)) : NULL;
		if (view)
			view->mcast |= 1 << fam;
	}
	fclose(f);
}

/* Look at n devices; one that does not exist gets an ifindex of 0. */
void l3_get_many(char **names, int n, struct l3_view *views)
{
	struct l3_scan scan = { .views = views, .n = n };
	struct link_state st;
	int fam, i;

	memset(views, 0, n * sizeof(*views));
	for (i = 0; i < n; i++) {
		if (link_get(names[i], &st))
			continue;
		views[i].ifindex = st.ifindex;
		for (fam = 0; fam < L3_MAX; fam++) {
			if (st.conf[fam])
				views[i].conf |= 1 << fam;
			if (!netconf_get(NULL, fam, st.ifindex))
				views[i].netconf |= 1 << fam;
		}
	}
	dump(RTM_GETADDR, sizeof(struct ifaddrmsg), addr_cb, &scan);
	dump(RTM_GETNEIGHTBL, sizeof(struct ndtmsg), parms_cb, &scan);
	read_groups(&scan, "/proc/thread-self/net/igmp", L3_INET);
	read_groups(&scan, "/proc/thread-self/net/igmp6", L3_INET6);
}

void l3_get(const char *name, struct l3_view *view)
{
	l3_get_many((char **)&name, 1, view);
}

/* One parameter of a neighbour table, as a dump tells it */
struct parm {
	unsigned int ifindex;
	int type;
	long long value;
};

bool neigh_parm_is_u64(int type)
{
	switch (type) {
	case NDTPA_REACHABLE_TIME:
	case NDTPA_BASE_REACHABLE_TIME:
	case NDTPA_RETRANS_TIME:
	case NDTPA_GC_STALETIME:
	case NDTPA_DELAY_PROBE_TIME:
	case NDTPA_ANYCAST_DELAY:
	case NDTPA_PROXY_DELAY:
	case NDTPA_LOCKTIME:
	case NDTPA_INTERVAL_PROBE_TIME_MS:
		return true;
	}
	return false;
}

static int parm_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *p;
	struct parm *parm = data;
	unsigned int ifindex = 0;
	long long value = -1;

	if (nlh->nlmsg_type != RTM_NEWNEIGHTBL)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(struct ndtmsg)) {
		if (mnl_attr_get_type(attr) != NDTA_PARMS)
			continue;
		mnl_attr_for_each_nested(p, attr) {
			if (mnl_attr_get_type(p) == NDTPA_IFINDEX)
				ifindex = mnl_attr_get_u32(p);
			if (mnl_attr_get_type(p) == parm->type)
				value = neigh_parm_is_u64(parm->type) ?
					(long long)mnl_attr_get_u64(p) :
					mnl_attr_get_u32(p);
		}
	}
	if (ifindex == parm->ifindex)
		parm->value = value;
	return MNL_CB_OK;
}

long long neigh_parm(int af, const char *dev, int type)
{
	struct parm parm = { dev ? if_nametoindex(dev) : 0, type, -1 };
	struct nlmsghdr *nlh;
	struct ndtmsg *ndt;
	char buf[256] = {};

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETNEIGHTBL;
	nlh->nlmsg_flags = NLM_F_DUMP;
	ndt = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndt));
	ndt->ndtm_family = af;
	nl_talk(nlh, NULL, parm_cb, &parm);
	return parm.value;
}

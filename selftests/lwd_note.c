// SPDX-License-Identifier: GPL-2.0
/* Messages of the kernel, taken apart into attributes. */

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/genetlink.h>
#include <linux/netconf.h>

#include "lwd_case.h"
#include "lwd_note.h"

/* IFF_RUNNING and IFF_LOWER_UP; net/if.h has no name for this one */
#define CARRIER_FLAGS	(IFF_RUNNING | 1 << 16)
#define HDR_HEX		(2 * offsetof(struct ifinfomsg, ifi_change))

static const struct {
	int type;
	const char *name;
	size_t hdr;
} types[] = {
	{ RTM_NEWLINK, "NEWLINK", sizeof(struct ifinfomsg) },
	{ RTM_DELLINK, "DELLINK", sizeof(struct ifinfomsg) },
	{ RTM_NEWADDR, "NEWADDR", sizeof(struct ifaddrmsg) },
	{ RTM_DELADDR, "DELADDR", sizeof(struct ifaddrmsg) },
	{ RTM_NEWROUTE, "NEWROUTE", sizeof(struct rtmsg) },
	{ RTM_DELROUTE, "DELROUTE", sizeof(struct rtmsg) },
	{ RTM_NEWNEIGH, "NEWNEIGH", sizeof(struct ndmsg) },
	{ RTM_DELNEIGH, "DELNEIGH", sizeof(struct ndmsg) },
	{ RTM_NEWNETCONF, "NEWNETCONF", sizeof(struct netconfmsg) },
	{ RTM_DELNETCONF, "DELNETCONF", sizeof(struct netconfmsg) },
	{ RTM_NEWPREFIX, "NEWPREFIX", sizeof(struct prefixmsg) },
};

/* Attributes of which the inner ones are compared one by one. */
static const char * const nests[] = {
	"NEWLINK.26", "NEWLINK.26.2", "NEWLINK.26.10", "NEWLINK.26.28",
	"DELLINK.26", "DELLINK.26.2", "DELLINK.26.10", "DELLINK.26.28",
};

/*
 * The kernel sees to carriers when it gets to it, and tells of them then: for
 * one twin before a message of something else and for the other after it.  So
 * what that work changes is taken out of each message; one that tells nothing
 * else that is new goes; and what was told last of each link stands in a note
 * of its own, CARRIER, after what happened between two calls of twins_settle().
 */
static const char * const carriers[] = {
	".16",		/* IFLA_OPERSTATE */
	".26.10.1",	/* IFLA_INET6_FLAGS: IF_READY */
	".33",		/* IFLA_CARRIER */
	".35",		/* IFLA_CARRIER_CHANGES */
	".47",		/* IFLA_CARRIER_UP_COUNT */
	".48",		/* IFLA_CARRIER_DOWN_COUNT */
};

/* Not news: counters, times, and why the message is sent. */
static const char * const no_news[] = {
	".7",		/* IFLA_STATS */
	".18",		/* IFLA_LINKINFO: timers of a bridge */
	".23",		/* IFLA_STATS64 */
	".26.10.3",	/* IFLA_INET6_STATS */
	".26.10.5",	/* IFLA_INET6_CACHEINFO */
	".26.10.6",	/* IFLA_INET6_ICMP6STATS */
	".44",		/* IFLA_EVENT */
};

static bool among(const char * const *list, size_t count, const char *word)
{
	while (count--)
		if (!strcmp(list[count], word))
			return true;
	return false;
}

static bool is_nest(const char *path)
{
	return among(nests, ARRAY_SIZE(nests), path);
}

void note_add(struct note *note, const char *path, const void *data,
	      size_t len)
{
	struct attr *attr = &note->attrs[note->count];
	const unsigned char *byte = data;
	size_t i;

	if (note->count == ATTRS_MAX)
		ksft_exit_fail_msg("%s has too many attributes\n", note->type);
	snprintf(attr->path, sizeof(attr->path), "%s", path);
	attr->hex = calloc(1, 2 * len + 1);
	for (i = 0; i < len; i++)
		sprintf(attr->hex + 2 * i, "%02x", byte[i]);
	note->count++;
}

static void add_carrier(struct note *note, const char *path,
			const struct nlattr *attr)
{
	char sub[64];

	snprintf(sub, sizeof(sub), "%s%s", note->type, path);
	note_add(note, sub, mnl_attr_get_payload(attr),
		 mnl_attr_get_payload_len(attr));
}

static void add_attrs(struct note *note, const char *path,
		      const struct nlattr *first, size_t len)
{
	const struct nlattr *attr = first;
	size_t type = strlen(note->type);
	int left = len;
	char sub[64];

	for (; mnl_attr_ok(attr, left);
	     left -= MNL_ALIGN(attr->nla_len), attr = mnl_attr_next(attr)) {
		snprintf(sub, sizeof(sub), "%s.%u", path,
			 mnl_attr_get_type(attr));
		if (is_nest(sub))
			add_attrs(note, sub, mnl_attr_get_payload(attr),
				  mnl_attr_get_payload_len(attr));
		else if (note->carrier && among(carriers, ARRAY_SIZE(carriers),
						sub + type))
			add_carrier(note->carrier, sub + type, attr);
		else
			note_add(note, sub, mnl_attr_get_payload(attr),
				 mnl_attr_get_payload_len(attr));
	}
}

void note_free(struct note *note)
{
	if (!note)
		return;
	note_free(note->carrier);
	while (note->count)
		free(note->attrs[--note->count].hex);
	free(note);
}

/* The header of a link's message, which has flags of the carrier. */
static void add_ifinfomsg(struct note *note, const char *path,
			  const struct ifinfomsg *data)
{
	struct ifinfomsg ifi = *data;

	note->ifindex = ifi.ifi_index;
	note->carrier = calloc(1, sizeof(*note));
	memcpy(note->carrier->type, "CARRIER", sizeof("CARRIER"));
	ifi.ifi_change = 0;
	ifi.ifi_flags &= CARRIER_FLAGS;
	note_add(note->carrier, "CARRIER.hdr", &ifi, sizeof(ifi));
	ifi = *data;
	ifi.ifi_flags &= ~CARRIER_FLAGS;
	note_add(note, path, &ifi, sizeof(ifi));
}

void note_read(struct note *note, int family, const struct nlmsghdr *nlh)
{
	const void *data = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh), hdr = GENL_HDRLEN;
	unsigned int i;
	char path[24];

	if (family == NETLINK_GENERIC)
		snprintf(note->type, sizeof(note->type), "CMD%u",
			 *(const __u8 *)data);
	else
		snprintf(note->type, sizeof(note->type), "TYPE%u",
			 nlh->nlmsg_type);
	for (i = 0; i < ARRAY_SIZE(types) && family == NETLINK_ROUTE; i++) {
		if (types[i].type != nlh->nlmsg_type)
			continue;
		snprintf(note->type, sizeof(note->type), "%s", types[i].name);
		/* IPv6 and bridges tell of links in messages of their own */
		if (types[i].hdr == sizeof(struct ifinfomsg) &&
		    *(const __u8 *)data)
			sprintf(note->type + strlen(note->type), "%u",
				*(const __u8 *)data);
		hdr = types[i].hdr;
	}
	snprintf(path, sizeof(path), "%s.hdr", note->type);
	if (!strcmp(note->type, "NEWLINK") || !strcmp(note->type, "DELLINK"))
		add_ifinfomsg(note, path, data);
	else
		note_add(note, path, data, hdr);
	hdr = MNL_ALIGN(hdr);
	if (len > hdr)
		add_attrs(note, note->type, data + hdr, len - hdr);
}

const char *note_find(const struct note *note, const char *path,
		      unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < note->count; i++)
		if (!strcmp(note->attrs[i].path, path) && !nth--)
			return note->attrs[i].hex;
	return NULL;
}

unsigned int note_nth(const struct note *note, unsigned int index)
{
	unsigned int i, nth = 0;

	for (i = 0; i < index; i++)
		nth += !strcmp(note->attrs[i].path, note->attrs[index].path);
	return nth;
}

/* How many attributes of a message of a link are not in another. */
static unsigned int news(const struct note *note, const struct note *other)
{
	size_t type = strlen(note->type);
	unsigned int i, count = 0;

	for (i = 0; i < note->count; i++) {
		const struct attr *attr = &note->attrs[i];
		const char *hex = note_find(other, attr->path,
					    note_nth(note, i));

		if (among(no_news, ARRAY_SIZE(no_news), attr->path + type))
			continue;
		if (!strcmp(attr->path + type, ".hdr"))
			count += !hex || strncmp(hex, attr->hex, HDR_HEX);
		else
			count += !hex || strcmp(hex, attr->hex);
	}
	return count;
}

bool note_repeats(const struct note *note, const struct note *last)
{
	/* as the work on carriers sends it: no flags that changed, no event */
	return !strcmp(note->type, "NEWLINK") &&
	       !note_find(note, "NEWLINK.44", 0) &&
	       strspn(note_find(note, "NEWLINK.hdr", 0) + HDR_HEX, "0") == 8 &&
	       !news(note, last) && !news(last, note);
}

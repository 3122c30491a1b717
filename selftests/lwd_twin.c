// SPDX-License-Identifier: GPL-2.0
/* The same device twice: what is told about the two is compared. */

#include <errno.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/genetlink.h>
#include <linux/netconf.h>

#include "lwd_frame.h"
#include "lwd_twin.h"

#define NOTES_MAX	400
#define ATTRS_MAX	120
#define DIFFS_MAX	64
/* IFF_RUNNING and IFF_LOWER_UP; net/if.h has no name for this one */
#define CARRIER_FLAGS	(IFF_RUNNING | 1 << 16)
#define HDR_HEX		(2 * offsetof(struct ifinfomsg, ifi_change))

struct attr {
	char path[48];
	char *hex;
};

struct note {
	char type[16];
	int ifindex;		/* of NEWLINK and DELLINK */
	struct note *carrier;	/* what it tells of the carrier */
	unsigned int count;
	struct attr attrs[ATTRS_MAX];
};

struct twin {
	int netns;
	struct mnl_socket *nl[4];
	int family[4];
	unsigned int nls;
	unsigned int count;
	unsigned int settled;	/* this many are folded */
	struct note *notes[NOTES_MAX];
};

static const char * const label[] = { "ordinary", "lightweight" };
static struct twin twins[2];

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

static void add_attr(struct note *note, const char *path, const void *data,
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
	add_attr(note, sub, mnl_attr_get_payload(attr),
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
			add_attr(note, sub, mnl_attr_get_payload(attr),
				 mnl_attr_get_payload_len(attr));
	}
}

static void append(struct twin *twin, struct note *note)
{
	if (twin->count == NOTES_MAX)
		ksft_exit_fail_msg("too many messages\n");
	twin->notes[twin->count++] = note;
}

static struct note *new_note(struct twin *twin)
{
	struct note *note = calloc(1, sizeof(*note));

	append(twin, note);
	return note;
}

static void free_note(struct note *note)
{
	if (!note)
		return;
	free_note(note->carrier);
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
	add_attr(note->carrier, "CARRIER.hdr", &ifi, sizeof(ifi));
	ifi = *data;
	ifi.ifi_flags &= ~CARRIER_FLAGS;
	add_attr(note, path, &ifi, sizeof(ifi));
}

static void add_note(struct twin *twin, int family, const struct nlmsghdr *nlh)
{
	const void *data = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh), hdr = GENL_HDRLEN;
	struct note *note = new_note(twin);
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
		add_attr(note, path, data, hdr);
	hdr = MNL_ALIGN(hdr);
	if (len > hdr)
		add_attrs(note, note->type, data + hdr, len - hdr);
}

static void forget(struct twin *twin)
{
	while (twin->count)
		free_note(twin->notes[--twin->count]);
	twin->settled = 0;
}

void twin_go(int which)
{
	netns_go(twins[which].netns);
}

void twins_setup(void)
{
	int i;

	for (i = LIGHTWEIGHT; i >= ORDINARY; i--) {
		forget(&twins[i]);
		while (twins[i].nls)
			mnl_socket_close(twins[i].nl[--twins[i].nls]);
		if (twins[i].netns)
			close(twins[i].netns);
		twins[i].netns = netns_new();
	}
}

void twins_listen(int family, const unsigned int *groups, unsigned int count)
{
	int size = 1 << 20, i;
	struct mnl_socket *nl;
	unsigned int k, group;

	for (i = ORDINARY; i <= LIGHTWEIGHT; i++) {
		twin_go(i);
		nl = mnl_socket_open(family);
		if (!nl || mnl_socket_bind(nl, 0, MNL_SOCKET_AUTOPID) < 0)
			ksft_exit_fail_msg("netlink: %s\n", strerror(errno));
		setsockopt(mnl_socket_get_fd(nl), SOL_SOCKET, SO_RCVBUFFORCE,
			   &size, sizeof(size));
		for (k = 0; k < count; k++) {
			group = groups[k];
			/* a kernel may lack one */
			mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP,
					      &group, sizeof(group));
		}
		twins[i].family[twins[i].nls] = family;
		twins[i].nl[twins[i].nls++] = nl;
	}
	twin_go(ORDINARY);
}

void twins_cmd(const char *fmt, ...)
{
	char line[256], labelled[256], *at;
	va_list ap;
	int i;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (i = LIGHTWEIGHT; i >= ORDINARY; i--) {
		/* lwd_link's word for the label is longer by two letters */
		memcpy(labelled, line, sizeof(line));
		while ((at = strstr(labelled, "LWD ")) &&
		       strlen(labelled) + 3 < sizeof(labelled)) {
			memmove(at + 6, at + 4, strlen(at + 4) + 1);
			memcpy(at, i ? "lwd 1 " : "lwd 0 ", 6);
		}
		twin_go(i);
		cmd("%s", labelled);
	}
}

void twins_addr(int type, const char *name, const char *addr, int len)
{
	struct nl_ack ack;
	int i;

	for (i = LIGHTWEIGHT; i >= ORDINARY; i--) {
		twin_go(i);
		addr_cmd(&ack, type, name, addr, len);
		CHECK(!ack.err, "%s on %s: expected success, got %s (%s)",
		      addr, label[i], strerror(ack.err), ack.msg);
	}
	twins_settle();
}

void twins_move(const char *name)
{
	int i, there;

	for (i = LIGHTWEIGHT; i >= ORDINARY; i--) {
		there = netns_new();
		twin_go(i);
		cmd("set %s netns /proc/self/fd/%d", name, there);
		netns_go(there);
		cmd("set %s netns /proc/self/fd/%d", name, twins[i].netns);
		close(there);
	}
	twins_settle();
}

static int request_cb(const struct nlmsghdr *nlh, void *data)
{
	add_note(data, NETLINK_GENERIC, nlh);
	return MNL_CB_OK;
}

void twins_request(struct nlmsghdr *nlh)
{
	unsigned int flags = nlh->nlmsg_flags;
	struct note *note;
	struct nl_ack ack;
	int i;

	for (i = LIGHTWEIGHT; i >= ORDINARY; i--) {
		twin_go(i);
		nlh->nlmsg_flags = flags;
		nl_talk_family(NETLINK_GENERIC, nlh, &ack, request_cb,
			       &twins[i]);
		note = new_note(&twins[i]);
		snprintf(note->type, sizeof(note->type), "ACK");
		add_attr(note, "ACK.error", &ack.err, sizeof(ack.err));
		add_attr(note, "ACK.text", ack.msg, strlen(ack.msg));
	}
}

/* The nth attribute of a path: there can be several, in a list. */
static const char *find(const struct note *note, const char *path,
			unsigned int nth)
{
	unsigned int i;

	for (i = 0; i < note->count; i++)
		if (!strcmp(note->attrs[i].path, path) && !nth--)
			return note->attrs[i].hex;
	return NULL;
}

static unsigned int nth_of(const struct note *note, unsigned int index)
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
		const char *hex = find(other, attr->path, nth_of(note, i));

		if (among(no_news, ARRAY_SIZE(no_news), attr->path + type))
			continue;
		if (!strcmp(attr->path + type, ".hdr"))
			count += !hex || strncmp(hex, attr->hex, HDR_HEX);
		else
			count += !hex || strcmp(hex, attr->hex);
	}
	return count;
}

/* As the work on carriers sends it: no flags that changed, and no event. */
static bool may_be_carrier(const struct note *note)
{
	return !strcmp(note->type, "NEWLINK") &&
	       !find(note, "NEWLINK.44", 0) &&
	       strspn(find(note, "NEWLINK.hdr", 0) + HDR_HEX, "0") == 8;
}

/* What was told last of a link in the first of a twin's notes. */
static struct note *last_of(const struct twin *twin, unsigned int count,
			    int ifindex)
{
	while (count--)
		if (twin->notes[count]->ifindex == ifindex)
			return twin->notes[count];
	return NULL;
}

static void fold(struct twin *twin)
{
	unsigned int i, kept = twin->settled, all = twin->count;
	struct note *last, *note;

	for (i = kept; i < all; i++) {
		note = twin->notes[i];
		last = note->ifindex ? last_of(twin, kept, note->ifindex) :
				       NULL;
		if (!last || !may_be_carrier(note) || news(note, last) ||
		    news(last, note)) {
			twin->notes[kept++] = note;
			continue;
		}
		free_note(last->carrier);
		last->carrier = note->carrier;
		note->carrier = NULL;
		free_note(note);
	}
	twin->count = kept;
	for (i = 0; i < kept; i++) {
		note = twin->notes[i];
		if (note->carrier && !strcmp(note->type, "NEWLINK") &&
		    note == last_of(twin, kept, note->ifindex))
			append(twin, note->carrier);
		else
			free_note(note->carrier);
		note->carrier = NULL;
	}
	twin->settled = twin->count;
}

/*
 * A message is with those who listen before the kernel lets go of the lock
 * under which it was sent.  So when the work that is known to be left is done
 * and the lock was taken once more, there is no need to wait for any.
 */
void twins_settle(void)
{
	static char buf[65536];
	struct nlmsghdr *nlh;
	unsigned int i, k;
	int len;

	for (i = ORDINARY; i <= LIGHTWEIGHT; i++) {
		twin_go(i);
		links_sync();
		addrs_ready(NULL);
		links_sync();
		for (k = 0; k < twins[i].nls; k++) {
			while ((len = recv(mnl_socket_get_fd(twins[i].nl[k]),
					   buf, sizeof(buf),
					   MSG_DONTWAIT)) > 0) {
				nlh = (struct nlmsghdr *)buf;
				for (; mnl_nlmsg_ok(nlh, len);
				     nlh = mnl_nlmsg_next(nlh, &len))
					add_note(&twins[i], twins[i].family[k],
						 nlh);
			}
			CHECK(errno == EAGAIN, "%s: expected messages, got %s",
			      label[i], strerror(errno));
		}
		fold(&twins[i]);
	}
}

static bool listed(const char *types, const char *type)
{
	char word[32], all[128];

	snprintf(word, sizeof(word), " %s ", type);
	snprintf(all, sizeof(all), " %s ", types ? types : type);
	return strstr(all, word);
}

static bool expected(const struct twin_diff *diffs, unsigned int count,
		     bool *seen, const char *path, int how)
{
	size_t len;
	unsigned int i;

	for (i = 0; i < count; i++) {
		len = strlen(diffs[i].path);
		if (diffs[i].path[len - 1] == '*' ?
		    strncmp(diffs[i].path, path, len - 1) :
		    strcmp(diffs[i].path, path))
			continue;
		if ((int)diffs[i].how != how && diffs[i].how != MAY_DIFFER)
			continue;
		seen[i] = true;
		return true;
	}
	return false;
}

static void compare_notes(const char *what, const struct note *ord,
			  const struct note *lwd,
			  const struct twin_diff *diffs, unsigned int count,
			  bool *seen)
{
	const char *other;
	unsigned int i;

	for (i = 0; i < ord->count; i++) {
		const struct attr *attr = &ord->attrs[i];

		other = find(lwd, attr->path, nth_of(ord, i));
		if (!other) {
			CHECK(expected(diffs, count, seen, attr->path,
				       ONLY_ORDINARY),
			      "%s: expected %s %.80s, got none", what,
			      attr->path, attr->hex);
			continue;
		}
		if (strcmp(other, attr->hex))
			CHECK(expected(diffs, count, seen, attr->path, VALUE),
			      "%s: expected %s %.80s, got %.80s", what,
			      attr->path, attr->hex, other);
	}
	for (i = 0; i < lwd->count; i++)
		if (!find(ord, lwd->attrs[i].path, nth_of(lwd, i)))
			CHECK(expected(diffs, count, seen, lwd->attrs[i].path,
				       ONLY_LIGHTWEIGHT),
			      "%s: expected no %s, got %.80s", what,
			      lwd->attrs[i].path, lwd->attrs[i].hex);
}

void twins_compare(const char *what, const char *types,
		   const struct twin_diff *diffs, unsigned int count)
{
	const struct twin *ord = &twins[ORDINARY], *lwd = &twins[LIGHTWEIGHT];
	bool seen[DIFFS_MAX] = {};
	unsigned int i = 0, k = 0;
	char where[96];

	for (;;) {
		while (i < ord->count && !listed(types, ord->notes[i]->type))
			i++;
		while (k < lwd->count && !listed(types, lwd->notes[k]->type))
			k++;
		if (i == ord->count || k == lwd->count)
			break;
		if (strcmp(ord->notes[i]->type, lwd->notes[k]->type)) {
			CHECK(false, "%s: expected %s, got %s", what,
			      ord->notes[i]->type, lwd->notes[k]->type);
			break;
		}
		snprintf(where, sizeof(where), "%s, message %u", what, i);
		compare_notes(where, ord->notes[i++], lwd->notes[k++], diffs,
			      count, seen);
	}
	CHECK(i == ord->count || k < lwd->count, "%s: expected %s, got none",
	      what, ord->notes[i < ord->count ? i : 0]->type);
	CHECK(k == lwd->count || i < ord->count, "%s: expected none, got %s",
	      what, lwd->notes[k < lwd->count ? k : 0]->type);
	CHECK(i, "%s: expected messages, got none", what);
	for (i = 0; i < count; i++)
		CHECK(seen[i] || diffs[i].how == MAY_DIFFER || case_failed,
		      "%s: expected a difference in %s (%s), got none", what,
		      diffs[i].path, diffs[i].why);
	forget(&twins[ORDINARY]);
	forget(&twins[LIGHTWEIGHT]);
}

unsigned int twin_heard(int which, const char *type)
{
	unsigned int i, count = 0;

	for (i = 0; i < twins[which].count; i++)
		count += !strcmp(twins[which].notes[i]->type, type);
	return count;
}

const char *twin_told(int which, const char *path)
{
	const char *told = NULL;
	unsigned int i;

	for (i = 0; i < twins[which].count; i++)
		told = find(twins[which].notes[i], path, 0) ?: told;
	return told;
}

struct genl {
	int id;
	const char *group;
	unsigned int group_id;
};

static int family_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr, *group, *word;
	struct genl *genl = data;
	unsigned int id;
	bool found;

	mnl_attr_for_each(attr, nlh, GENL_HDRLEN) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			genl->id = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) != CTRL_ATTR_MCAST_GROUPS ||
		    !genl->group)
			continue;
		mnl_attr_for_each_nested(group, attr) {
			found = false;
			id = 0;
			mnl_attr_for_each_nested(word, group) {
				if (mnl_attr_get_type(word) ==
				    CTRL_ATTR_MCAST_GRP_ID)
					id = mnl_attr_get_u32(word);
				else
					found = !strcmp(mnl_attr_get_str(word),
							genl->group);
			}
			if (found)
				genl->group_id = id;
		}
	}
	return MNL_CB_OK;
}

int genl_family(const char *name, const char *group, unsigned int *group_id)
{
	struct genl genl = { .group = group };
	struct nlmsghdr *nlh;
	char buf[256] = {};

	nlh = genl_msg(buf, GENL_ID_CTRL, CTRL_CMD_GETFAMILY);
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, name);
	nl_talk_family(NETLINK_GENERIC, nlh, NULL, family_cb, &genl);
	if (group_id)
		*group_id = genl.group_id;
	return genl.id;
}

struct nlmsghdr *genl_msg(char *buf, int family, int cmd)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = family;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = 1;
	return nlh;
}

// SPDX-License-Identifier: GPL-2.0
/* The same device twice: what is told about the two is compared. */

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
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
#define QUIET_MS	30

struct attr {
	char path[48];
	char *hex;
};

struct note {
	char type[16];
	unsigned int count;
	struct attr attrs[ATTRS_MAX];
};

struct twin {
	int netns;
	struct mnl_socket *nl[4];
	int family[4];
	unsigned int nls;
	unsigned int count;
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

static bool is_nest(const char *path)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nests); i++)
		if (!strcmp(nests[i], path))
			return true;
	return false;
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

static void add_attrs(struct note *note, const char *path,
		      const struct nlattr *first, size_t len)
{
	const struct nlattr *attr = first;
	int left = len;
	char sub[64];

	for (; mnl_attr_ok(attr, left);
	     left -= MNL_ALIGN(attr->nla_len), attr = mnl_attr_next(attr)) {
		snprintf(sub, sizeof(sub), "%s.%u", path,
			 mnl_attr_get_type(attr));
		if (is_nest(sub))
			add_attrs(note, sub, mnl_attr_get_payload(attr),
				  mnl_attr_get_payload_len(attr));
		else
			add_attr(note, sub, mnl_attr_get_payload(attr),
				 mnl_attr_get_payload_len(attr));
	}
}

static struct note *new_note(struct twin *twin)
{
	struct note *note = calloc(1, sizeof(*note));

	if (twin->count == NOTES_MAX)
		ksft_exit_fail_msg("too many messages\n");
	twin->notes[twin->count++] = note;
	return note;
}

static void add_note(struct twin *twin, int family, const struct nlmsghdr *nlh)
{
	const void *data = mnl_nlmsg_get_payload(nlh);
	size_t len = mnl_nlmsg_get_payload_len(nlh), hdr = GENL_HDRLEN;
	struct note *note = new_note(twin);
	unsigned int i;
	char path[64];

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
	add_attr(note, path, data, hdr);
	hdr = MNL_ALIGN(hdr);
	if (len > hdr)
		add_attrs(note, note->type, data + hdr, len - hdr);
}

static void forget(struct twin *twin)
{
	unsigned int i;

	while (twin->count) {
		struct note *note = twin->notes[--twin->count];

		for (i = 0; i < note->count; i++)
			free(note->attrs[i].hex);
		free(note);
	}
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

static int tentative_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);

	if (nlh->nlmsg_type == RTM_NEWADDR)
		*(int *)data |= ifa->ifa_flags & IFA_F_TENTATIVE;
	return MNL_CB_OK;
}

/* A new IPv6 address takes the kernel some work later. */
static void wait_for_addresses(void)
{
	struct nlmsghdr *nlh;
	char buf[256] = {};
	int i, tentative;

	for (i = 0; i < wait_ms(); i++) {
		nlh = mnl_nlmsg_put_header(buf);
		nlh->nlmsg_type = RTM_GETADDR;
		nlh->nlmsg_flags = NLM_F_DUMP;
		mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifaddrmsg));
		tentative = 0;
		nl_talk(nlh, NULL, tentative_cb, &tentative);
		if (!tentative)
			return;
		usleep(1000);
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

void twins_settle(void)
{
	struct pollfd pfds[8];
	static char buf[65536];
	unsigned int i, k, n = 0;
	struct nlmsghdr *nlh;
	bool heard;
	int len;

	for (i = 0; i < 2; i++) {
		twin_go(i);
		links_sync();
		wait_for_addresses();
	}
	for (i = 0; i < 2; i++)
		for (k = 0; k < twins[i].nls; k++) {
			pfds[n].fd = mnl_socket_get_fd(twins[i].nl[k]);
			pfds[n++].events = POLLIN;
		}
	do {
		heard = poll(pfds, n, QUIET_MS) > 0;
		for (k = 0; k < n && heard; k++) {
			if (!(pfds[k].revents & POLLIN))
				continue;
			len = recv(pfds[k].fd, buf, sizeof(buf), 0);
			nlh = (struct nlmsghdr *)buf;
			for (; mnl_nlmsg_ok(nlh, len);
			     nlh = mnl_nlmsg_next(nlh, &len))
				add_note(&twins[k >= n / 2],
					 twins[0].family[k % (n / 2)], nlh);
		}
	} while (heard);
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

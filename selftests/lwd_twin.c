// SPDX-License-Identifier: GPL-2.0
/* The same device twice: what is told about the two is compared. */

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lwd_frame.h"
#include "lwd_note.h"
#include "lwd_twin.h"

#define NOTES_MAX	400
#define DIFFS_MAX	64

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

static void forget(struct twin *twin)
{
	while (twin->count)
		note_free(twin->notes[--twin->count]);
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
	note_read(new_note(data), NETLINK_GENERIC, nlh);
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
		note_add(note, "ACK.error", &ack.err, sizeof(ack.err));
		note_add(note, "ACK.text", ack.msg, strlen(ack.msg));
	}
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
		if (!last || !note_repeats(note, last)) {
			twin->notes[kept++] = note;
			continue;
		}
		note_free(last->carrier);
		last->carrier = note->carrier;
		note->carrier = NULL;
		note_free(note);
	}
	twin->count = kept;
	for (i = 0; i < kept; i++) {
		note = twin->notes[i];
		if (note->carrier && !strcmp(note->type, "NEWLINK") &&
		    note == last_of(twin, kept, note->ifindex))
			append(twin, note->carrier);
		else
			note_free(note->carrier);
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
					note_read(new_note(&twins[i]),
						  twins[i].family[k], nlh);
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

		other = note_find(lwd, attr->path, note_nth(ord, i));
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
		if (!note_find(ord, lwd->attrs[i].path, note_nth(lwd, i)))
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
		told = note_find(twins[which].notes[i], path, 0) ?: told;
	return told;
}

// SPDX-License-Identifier: GPL-2.0
/* Requests by rtnetlink and other families, and the kernel's answers. */

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/genetlink.h>

#include "kselftest.h"
#include "lwd_nl.h"

#define BUF_SIZE	65536

const int l3_af[L3_MAX] = { AF_INET, AF_INET6, AF_MPLS };
const int l3_enable[L3_MAX] = {
	IFLA_INET_ENABLE, IFLA_INET6_ENABLE, IFLA_MPLS_ENABLE
};

const char * const l3_name[L3_MAX] = { "inet", "inet6", "mpls" };

/* One socket a family for requests; nl_reopen() for another namespace. */
static struct mnl_socket *nl_socks[NETLINK_GENERIC + 1];
static unsigned int nl_seq;

static struct mnl_socket *nl_open_family(int family, unsigned int groups)
{
	struct mnl_socket *nl = mnl_socket_open(family);
	int one = 1;

	if (!nl)
		return NULL;
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one));
	if (mnl_socket_bind(nl, groups, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(nl);
		return NULL;
	}
	return nl;
}

struct mnl_socket *nl_open(unsigned int groups)
{
	return nl_open_family(NETLINK_ROUTE, groups);
}

void nl_reopen(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nl_socks); i++) {
		if (nl_socks[i])
			mnl_socket_close(nl_socks[i]);
		nl_socks[i] = NULL;
	}
}

static int ack_attr(const struct nlattr *attr, void *data)
{
	struct nl_ack *ack = data;

	switch (mnl_attr_get_type(attr)) {
	case NLMSGERR_ATTR_MSG:
		snprintf(ack->msg, sizeof(ack->msg), "%s",
			 mnl_attr_get_str(attr));
		break;
	case NLMSGERR_ATTR_OFFS:
		ack->has_offset = true;
		ack->offset = mnl_attr_get_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

static void ack_parse(const struct nlmsghdr *nlh, struct nl_ack *ack)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	unsigned int skip = sizeof(*err);

	ack->err = -err->error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	mnl_attr_parse(nlh, skip, ack_attr, ack);
}

/* Send one request and read up to its acknowledgment or the dump's end. */
int nl_talk_family(int family, struct nlmsghdr *nlh, struct nl_ack *ack,
		   mnl_cb_t cb, void *data)
{
	struct mnl_socket **nl = &nl_socks[family];
	static char buf[BUF_SIZE];
	struct nl_ack dummy = {};
	struct nlmsghdr *rep;
	int len;

	if (!ack)
		ack = &dummy;
	ack->err = 0;
	ack->lost = false;
	ack->msg[0] = 0;
	ack->has_offset = false;

	if (!*nl)
		*nl = nl_open_family(family, 0);
	if (!*nl)
		return ack->err = errno;
	nlh->nlmsg_seq = ++nl_seq;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(*nl, nlh, nlh->nlmsg_len) < 0)
		return ack->err = errno;

	for (;;) {
		len = mnl_socket_recvfrom(*nl, buf, sizeof(buf));
		if (len <= 0) {
			ack->lost = true;
			return ack->err = len ? errno : EPIPE;
		}
		rep = (struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(rep, len);
		     rep = mnl_nlmsg_next(rep, &len)) {
			if (rep->nlmsg_seq != nl_seq)
				continue;
			if (rep->nlmsg_type == NLMSG_DONE)
				return 0;
			if (rep->nlmsg_type == NLMSG_ERROR) {
				ack_parse(rep, ack);
				return ack->err;
			}
			if (cb)
				cb(rep, data);
		}
	}
}

int nl_talk(struct nlmsghdr *nlh, struct nl_ack *ack, mnl_cb_t cb, void *data)
{
	return nl_talk_family(NETLINK_ROUTE, nlh, ack, cb, data);
}

int netns_enter(const char *name)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "/var/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	nl_reopen();
	return ret;
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

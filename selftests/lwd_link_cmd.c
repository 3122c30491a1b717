// SPDX-License-Identifier: GPL-2.0
/* Make and change links and addresses from words like those of ip. */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kselftest.h"
#include "lwd_words.h"

#define BUF_SIZE	65536
#define ARGS_MAX	64

/* One end of what "add" makes: name, label and namespace as they were given */
struct made {
	const char *name;
	const char *netns;
	const char *label;
};

static bool has_label(const struct made *made)
{
	bool want = made->label && (!strcmp(made->label, "on") ||
				    !strcmp(made->label, "1") ||
				    !strcmp(made->label, "hex:01"));
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	struct link_state st;
	char path[256];
	bool has = true;
	int fd = -1;

	if (made->netns && !isdigit(made->netns[0])) {
		snprintf(path, sizeof(path), "%s%s",
			 made->netns[0] == '/' ? "" : "/var/run/netns/",
			 made->netns);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (made->netns && (fd < 0 || setns(fd, CLONE_NEWNET)))
		goto out;
	if (fd >= 0)
		nl_reopen();
	/* one that has gone again has no label to look at */
	if (!link_get(made->name, &st))
		has = (st.lwd == 1) == want;
	if (fd >= 0) {
		if (setns(home, CLONE_NEWNET))
			ksft_exit_fail_msg("setns: %s\n", strerror(errno));
		nl_reopen();
	}
out:
	if (fd >= 0)
		close(fd);
	close(home);
	return has;
}

/*
 * Did "add NAME ..." make what it was to make?  Here, and so wherever a device
 * is made: a kernel that takes the label and forgets it fails every test.
 */
int link_label(struct nl_ack *ack, int argc, char **argv)
{
	struct made made[2] = {};
	int ends = 1, i, end;

	made[0].name = argc > 1 && strcmp(argv[1], "-") ? argv[1] : NULL;
	for (i = 2; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		struct made *last = &made[ends - 1];

		if (!strcmp(argv[i], "peer") && ends == 1) {
			ends = 2;
		} else if (!strcmp(argv[i], "lwd")) {
			last->label = isdigit(value[0]) ||
				      !strncmp(value, "hex:", 4) ||
				      !strcmp(value, "off") ? value : "on";
		} else if (!strcmp(argv[i], "name")) {
			last->name = value;
		} else if (!strcmp(argv[i], "netns")) {
			last->netns = value;
		} else if (!strcmp(argv[i], "alias")) {
			i++;
		}
	}
	for (end = 0; end < ends; end++) {
		if (!made[end].name || has_label(&made[end]))
			continue;
		snprintf(ack->msg, sizeof(ack->msg),
			 "%s was made with another label than it was to have",
			 made[end].name);
		return ack->err = EPROTO;
	}
	return 0;
}

bool link_label_unseen;

/* Read one command; returns 0 or a positive errno, as ack->err. */
int link_argv(struct nl_ack *ack, int argc, char **argv)
{
	static char buf[BUF_SIZE];
	struct req r = { .ack = ack, .argc = argc, .argv = argv, .netns = -1 };
	const char *verb = next(&r), *name = next(&r);
	struct ifinfomsg *ifm;
	bool renames = false;
	int i, ret;

	memset(ack, 0, sizeof(*ack));
	memset(buf, 0, 4096);
	if (!verb || !name) {
		snprintf(ack->msg, sizeof(ack->msg), "words missing");
		return ack->err = EINVAL;
	}

	r.nlh = mnl_nlmsg_put_header(buf);
	ifm = mnl_nlmsg_put_extra_header(r.nlh, sizeof(*ifm));
	ifm->ifi_family = AF_UNSPEC;

	if (!strcmp(verb, "add")) {
		r.nlh->nlmsg_type = RTM_NEWLINK;
		r.nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	} else if (!strcmp(verb, "change")) {	/* RTM_NEWLINK of what exists */
		r.nlh->nlmsg_type = RTM_NEWLINK;
	} else if (!strcmp(verb, "replace")) {
		r.nlh->nlmsg_type = RTM_NEWLINK;
		r.nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	} else if (!strcmp(verb, "set")) {
		r.nlh->nlmsg_type = RTM_SETLINK;
	} else if (!strcmp(verb, "del")) {
		r.nlh->nlmsg_type = RTM_DELLINK;
	} else {
		snprintf(ack->msg, sizeof(ack->msg), "no such verb: %s", verb);
		return ack->err = EINVAL;
	}
	/*
	 * "-" is for requests that name no single device.  In one that renames
	 * it, the name is the new one, as with ip.
	 */
	for (i = 0; i < r.argc; i++)
		renames |= !strcmp(r.argv[i], "name") && !strcmp(verb, "set");
	if (renames)
		ifm->ifi_index = if_nametoindex(name);
	else if (strcmp(name, "-"))
		mnl_attr_put_strz(r.nlh, IFLA_IFNAME, name);
	if (put_generic(&r)) {
		snprintf(ack->msg, sizeof(ack->msg), "%s", r.bad);
		ack->err = EINVAL;
		ret = EINVAL;
	} else {
		ret = nl_talk(r.nlh, ack, NULL, NULL);
	}
	if (r.netns >= 0)
		close(r.netns);
	if (!ret && !strcmp(verb, "add") && !link_label_unseen)
		ret = link_label(ack, argc, argv);
	return ret;
}

static int addr_talk(struct nl_ack *ack, int type, const char *name,
		     const char *addr, int len, int flags)
{
	char buf[256] = {}, bytes[16];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	size_t size;

	memset(ack, 0, sizeof(*ack));
	ifa->ifa_family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	ifa->ifa_prefixlen = len;
	ifa->ifa_flags = flags;
	ifa->ifa_index = if_nametoindex(name);
	if (inet_pton(ifa->ifa_family, addr, bytes) != 1 || !ifa->ifa_index) {
		snprintf(ack->msg, sizeof(ack->msg), "no address or no device");
		return ack->err = EINVAL;
	}
	nlh->nlmsg_type = type;
	if (type == RTM_NEWADDR)
		nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	size = ifa->ifa_family == AF_INET ? 4 : 16;
	mnl_attr_put(nlh, IFA_LOCAL, size, bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, size, bytes);
	return nl_talk(nlh, ack, NULL, NULL);
}

/* RTM_NEWADDR or RTM_DELADDR; IPv6 ones do not wait for duplicates. */
int addr_cmd(struct nl_ack *ack, int type, const char *name, const char *addr,
	     int len)
{
	return addr_talk(ack, type, name, addr, len,
			 strchr(addr, ':') ? IFA_F_NODAD : 0);
}

/* RTM_SETNEIGHTBL: one parameter (NDTPA_*) of a device */
int neigh_parm_set(struct nl_ack *ack, int af, const char *dev, int type,
		   uint64_t value)
{
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct ndtmsg *ndt;
	char buf[256] = {};

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_SETNEIGHTBL;
	ndt = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndt));
	ndt->ndtm_family = af;
	mnl_attr_put_strz(nlh, NDTA_NAME,
			  af == AF_INET ? "arp_cache" : "ndisc_cache");
	nest = mnl_attr_nest_start(nlh, NDTA_PARMS);
	mnl_attr_put_u32(nlh, NDTPA_IFINDEX, if_nametoindex(dev));
	if (neigh_parm_is_u64(type))
		mnl_attr_put_u64(nlh, type, value);
	else
		mnl_attr_put_u32(nlh, type, value);
	mnl_attr_nest_end(nlh, nest);
	return nl_talk(nlh, ack, NULL, NULL);
}

/* addr add|del ADDRESS/LENGTH dev NAME [nodad]; as link_argv() */
int addr_argv(struct nl_ack *ack, int argc, char **argv)
{
	bool nodad = argc == 6 && !strcmp(argv[5], "nodad");
	bool add = argc > 1 && !strcmp(argv[1], "add");
	char *slash = argc > 2 ? strchr(argv[2], '/') : NULL;

	if (!slash || argc < 5 || strcmp(argv[3], "dev") || argc > 5 + nodad ||
	    (!add && strcmp(argv[1], "del"))) {
		memset(ack, 0, sizeof(*ack));
		snprintf(ack->msg, sizeof(ack->msg),
			 "not addr add|del ADDRESS/LENGTH dev NAME [nodad]");
		return ack->err = EINVAL;
	}
	*slash = 0;
	return addr_talk(ack, add ? RTM_NEWADDR : RTM_DELADDR, argv[4], argv[2],
			 atoi(slash + 1), nodad ? IFA_F_NODAD : 0);
}

int link_cmd(struct nl_ack *ack, const char *fmt, ...)
{
	char line[512], *argv[ARGS_MAX], *save, *word;
	struct nl_ack dummy;
	int argc = 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (word = strtok_r(line, " ", &save); word && argc < ARGS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return link_argv(ack ? ack : &dummy, argc, argv);
}

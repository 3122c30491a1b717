// SPDX-License-Identifier: GPL-2.0
/*
 * Settings of a device by its sysctls and by rtnetlink, and twins of which each
 * is set in one of these ways.
 */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netconf.h>

#include "lwd_setting.h"

/*
 * The way through sysctls
 */

static void sysctl_path(char *path, size_t len, int af, const char *dir,
			const char *dev, const char *name)
{
	snprintf(path, len, "/proc/sys/net/%s/%s/%s/%s",
		 af == AF_INET ? "ipv4" : af == AF_INET6 ? "ipv6" : "mpls",
		 dir, dev, name);
}

int sysctl_text(int af, const char *dir, const char *dev,
		const char *name, const char *text)
{
	char path[160];
	int err = 0, fd;

	sysctl_path(path, sizeof(path), af, dir, dev, name);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return errno;
	if (write(fd, text, strlen(text)) < 0)
		err = errno;
	close(fd);
	return err;
}

int sysctl_set(int af, const char *dir, const char *dev,
	       const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	return sysctl_text(af, dir, dev, name, text);
}

long long sysctl_get(int af, const char *dir, const char *dev,
		     const char *name)
{
	long long value = LLONG_MIN;
	char path[160];
	FILE *f;

	sysctl_path(path, sizeof(path), af, dir, dev, name);
	f = fopen(path, "r");
	if (f && fscanf(f, "%lld", &value) != 1)
		value = LLONG_MIN;
	if (f)
		fclose(f);
	return value;
}

/*
 * The way through rtnetlink: a message with settings of one or more families
 */

void msg_begin(struct msg *m, const char *dev)
{
	struct ifinfomsg *ifm;

	memset(m, 0, sizeof(*m));
	m->nlh = mnl_nlmsg_put_header(m->buf);
	m->nlh->nlmsg_type = RTM_SETLINK;
	ifm = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*ifm));
	ifm->ifi_index = if_nametoindex(dev);
	m->spec = mnl_attr_nest_start(m->nlh, IFLA_AF_SPEC);
}

void msg_family(struct msg *m, int af)
{
	m->af = mnl_attr_nest_start(m->nlh, af);
	if (af != AF_MPLS)
		m->conf = mnl_attr_nest_start(m->nlh, af == AF_INET ?
					      IFLA_INET_CONF : IFLA_INET6_CONF);
}

void msg_put(struct msg *m, int type, uint32_t value)
{
	m->last = mnl_nlmsg_get_payload_tail(m->nlh);
	mnl_attr_put_u32(m->nlh, type, value);
}

void msg_family_end(struct msg *m)
{
	if (m->conf)
		mnl_attr_nest_end(m->nlh, m->conf);
	m->conf = NULL;
	mnl_attr_nest_end(m->nlh, m->af);
}

int msg_send(struct msg *m, struct nl_ack *ack)
{
	mnl_attr_nest_end(m->nlh, m->spec);
	return nl_talk(m->nlh, ack, NULL, NULL);
}

int nl_set(struct nl_ack *ack, int af, const char *dev, int type,
	   uint32_t value)
{
	struct nl_ack mine;
	struct msg m;

	msg_begin(&m, dev);
	msg_family(&m, af);
	if (af == AF_MPLS)
		mnl_attr_put_u8(m.nlh, type, value);
	else
		msg_put(&m, type, value);
	msg_family_end(&m);
	return msg_send(&m, ack ?: &mine);
}

/* What RTM_GETLINK tells of a family's settings */
struct conf {
	int af;
	int value[128];
	int count;
};

static int conf_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *spec, *af, *attr;
	struct conf *conf = data;

	mnl_attr_for_each(spec, nlh, sizeof(struct ifinfomsg)) {
		if (mnl_attr_get_type(spec) != IFLA_AF_SPEC)
			continue;
		mnl_attr_for_each_nested(af, spec) {
			if (mnl_attr_get_type(af) != conf->af)
				continue;
			mnl_attr_for_each_nested(attr, af) {
				int type = mnl_attr_get_type(attr);
				int len = mnl_attr_get_payload_len(attr);

				if (conf->af == AF_MPLS) {
					if (type != MPLS_INPUT)
						continue;
					conf->value[type] =
						mnl_attr_get_u8(attr);
					conf->count = type + 1;
				} else if (type == (conf->af == AF_INET ?
						    IFLA_INET_CONF :
						    IFLA_INET6_CONF)) {
					/* IPv4's numbers begin with 1 */
					int first = conf->af == AF_INET;

					memcpy(conf->value + first,
					       mnl_attr_get_payload(attr), len);
					conf->count = len / 4 + first;
				}
			}
		}
	}
	return MNL_CB_OK;
}

int nl_get(int af, const char *dev, int type)
{
	struct conf conf = { .af = af };

	link_ask(dev, conf_cb, &conf);
	return type < conf.count ? conf.value[type] : INT_MIN;
}

/* One of IPv6's settings: of "all" or "default", and of a device */

void conf6_write(const char *dev, const char *name, const char *text)
{
	int err = sysctl_text(AF_INET6, "conf", dev, name, text);

	CHECK(!err, "%s of %s: expected to write %s, got %s", name, dev, text,
	      strerror(err));
}

long long conf6_default(const char *name)
{
	return sysctl_get(AF_INET6, "conf", "default", name);
}

void expect_conf6(const char *when, const char *dev, int type, int want)
{
	int got = nl_get(AF_INET6, dev, type);

	CHECK(got == want, "%s: %s: expected setting %d to be %d, got %d",
	      when, dev, type, want, got);
}

void expect_parm6(const char *when, const char *dev, int type, long long want)
{
	long long got = neigh_parm(AF_INET6, dev, type);

	CHECK(got == want, "%s: %s: expected parameter %d to be %lld, got %lld",
	      when, dev ?: "default", type, want, got);
}

/*
 * What is told meanwhile: of a device, the attributes of RTM_NEWNETCONF or how
 * many RTM_NEWLINK
 */

struct mnl_socket *listen_to(int group)
{
	struct mnl_socket *nl = nl_open(0);
	int fd = mnl_socket_get_fd(nl);

	CHECK(!mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)),
	      "group %d: %s", group, strerror(errno));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return nl;
}

const char *told(struct mnl_socket *nl, const char *dev)
{
	static char text[2][512];
	static int which;
	char *p = text[which ^= 1], *end = p + sizeof(text[0]);
	const struct nlattr *attr;
	struct nlmsghdr *nlh;
	char buf[16384];
	int len, index;

	*p = 0;
	while ((len = mnl_socket_recvfrom(nl, buf, sizeof(buf))) > 0) {
		nlh = (struct nlmsghdr *)buf;
		if (nlh->nlmsg_type == RTM_NEWLINK) {
			struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);

			if (ifm->ifi_index == (int)if_nametoindex(dev))
				p += snprintf(p, end - p, "NEWLINK ");
			continue;
		}
		if (nlh->nlmsg_type != RTM_NEWNETCONF)
			continue;
		index = 0;
		mnl_attr_for_each(attr, nlh, sizeof(struct netconfmsg))
			if (mnl_attr_get_type(attr) == NETCONFA_IFINDEX)
				index = mnl_attr_get_u32(attr);
		if (index != (int)if_nametoindex(dev))
			continue;
		p += snprintf(p, end - p, "NEWNETCONF");
		mnl_attr_for_each(attr, nlh, sizeof(struct netconfmsg))
			if (mnl_attr_get_type(attr) != NETCONFA_IFINDEX)
				p += snprintf(p, end - p, " %d=%d",
					      mnl_attr_get_type(attr),
					      mnl_attr_get_u32(attr));
		p += snprintf(p, end - p, "; ");
	}
	return text[which];
}

/*
 * Twins
 */

bool twins(void)
{
	return cmd("add " NL " up address 02:00:5e:00:53:01 type dummy") &&
	       cmd("add " SYS " up address 02:00:5e:00:53:01 type dummy");
}

static bool settable(int af, int type, uint32_t value)
{
	struct nl_ack ack;

	if (!nl_set(&ack, af, NL, type, value))
		return true;
	case_skip("kernel cannot set it by rtnetlink (%s)", strerror(ack.err));
	return false;
}

bool settable6(void)
{
	return settable(AF_INET6, DEVCONF_DAD_TRANSMITS, 1);
}

void set_both(int af, const struct setting *s, long long value)
{
	int err = sysctl_set(af, "conf", SYS, s->name, value);
	struct nl_ack ack;

	nl_set(&ack, af, NL, s->type, value * (s->ms ?: 1));
	CHECK(!ack.err && !err,
	      "%s=%lld: expected success, rtnetlink got %s (%s), sysctl %s",
	      s->name, value, strerror(ack.err), ack.msg, strerror(err));
}

void refused_both(int af, const struct setting *s, long long value)
{
	int err = sysctl_set(af, "conf", SYS, s->name, value);
	int old = nl_get(af, NL, s->type);
	struct nl_ack ack;
	struct msg m;

	msg_begin(&m, NL);
	msg_family(&m, af);
	msg_put(&m, s->type, value);
	msg_family_end(&m);
	msg_send(&m, &ack);
	CHECK(err == EINVAL, "sysctl %s=%lld: expected EINVAL, got %s",
	      s->name, value, strerror(err));
	CHECK(ack.err == ERANGE || ack.err == EINVAL,
	      "%s=%lld: expected ERANGE or EINVAL, got %s", s->name, value,
	      strerror(ack.err));
	CHECK(ack.msg[0] && ack.has_offset &&
	      ack.offset == (const char *)m.last - m.buf,
	      "%s=%lld: expected a reason at %ld, got '%s' at %u", s->name,
	      value, (long)((const char *)m.last - m.buf), ack.msg, ack.offset);
	CHECK(nl_get(af, NL, s->type) == old,
	      "%s=%lld: expected it to stay %d, got %d", s->name, value, old,
	      nl_get(af, NL, s->type));
}

void expect_both(int af, const struct setting *s, long long value)
{
	long long by_nl = sysctl_get(af, "conf", NL, s->name);
	long long by_sys = sysctl_get(af, "conf", SYS, s->name);
	int want = value * (s->ms ?: 1);

	CHECK(by_nl == value && by_sys == value,
	      "%s: expected %lld, got %lld by rtnetlink and %lld by sysctl",
	      s->name, value, by_nl, by_sys);
	CHECK(nl_get(af, NL, s->type) == want &&
	      nl_get(af, SYS, s->type) == want,
	      "%s: expected %d shown, got %d by rtnetlink and %d by sysctl",
	      s->name, want, nl_get(af, NL, s->type),
	      nl_get(af, SYS, s->type));
}

void each_value(int af, const struct setting *s)
{
	long long old = sysctl_get(af, "conf", NL, s->name);
	struct nl_ack ack;

	if (old == LLONG_MIN) {
		/* this configuration has none */
		CHECK(nl_set(&ack, af, NL, s->type, s->value) == EOPNOTSUPP,
		      "%s, which is not here: expected EOPNOTSUPP, got %s",
		      s->name, strerror(ack.err));
		return;
	}
	CHECK(old != s->value, "%s: expected another value than %lld",
	      s->name, old);
	set_both(af, s, s->value);
	expect_both(af, s, s->value);
	set_both(af, s, old);
	expect_both(af, s, old);
}

bool settable_mpls(void)
{
	if (sysctl_get(AF_MPLS, "conf", SYS, "input") == LLONG_MIN) {
		case_skip("kernel has no MPLS");
		return false;
	}
	return settable(AF_MPLS, MPLS_INPUT, 0);
}

/* The same RTM_NEWNETCONF: with a new value, none with the one it has. */
void same_told(int af, int group, const struct setting *s)
{
	struct mnl_socket *nl = listen_to(group);
	static const int values[] = { 1, 1, 0 };
	const char *by_nl, *by_sys;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		nl_set(NULL, af, NL, s->type, values[i]);
		by_nl = told(nl, NL);
		sysctl_set(af, "conf", SYS, s->name, values[i]);
		by_sys = told(nl, SYS);
		CHECK(!strcmp(by_nl, by_sys),
		      "%s=%d: expected the same told, got '%s' by rtnetlink and '%s' by sysctl",
		      s->name, values[i], by_nl, by_sys);
		CHECK(!!*by_nl == (i != 1),
		      "%s=%d: expected %s told, got '%s'", s->name, values[i],
		      i == 1 ? "nothing" : "it", by_nl);
	}
	mnl_socket_close(nl);
}

void ipv6_told(void)
{
	unsigned int i;

	if (!settable6())
		return;
	for (i = 0; i < inet6_count; i++)
		switch (inet6_settings[i].type) {
		case DEVCONF_FORWARDING:
		case DEVCONF_PROXY_NDP:
		case DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN:
		case FORCE_FORWARDING:
			same_told(AF_INET6, RTNLGRP_IPV6_NETCONF,
				  &inet6_settings[i]);
		}
}

void ipv4_told(void)
{
	unsigned int i;

	for (i = 0; i < inet_count; i++)
		switch (inet_settings[i].type) {
		case IPV4_DEVCONF_FORWARDING:
		case IPV4_DEVCONF_PROXY_ARP:
		case IPV4_DEVCONF_RP_FILTER:
		case IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN:
			same_told(AF_INET, RTNLGRP_IPV4_NETCONF,
				  &inet_settings[i]);
		}
}

bool lwd_twin(void)
{
	if (!link_known() || !link_l3_known()) {
		case_skip("kernel does not know IFLA_INET_ENABLE");
		return false;
	}
	if (!settable6())
		return false;
	cmd("del " NL);
	return cmd("add " NL " lwd address 02:00:5e:00:53:01 type dummy") &&
	       cmd("set " NL " inet on inet6 on mpls on") &&
	       cmd("set " NL " up");
}

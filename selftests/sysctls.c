// SPDX-License-Identifier: GPL-2.0
/*
 * What can be set of a device in /proc/sys/net can be set by rtnetlink too:
 * the same values, the same refusals, the same effects, the same messages.
 *
 * Two ordinary twins, "nl" is set by rtnetlink and "sys" by its sysctls.  A
 * lightweight device has no sysctls; it is set by rtnetlink and compared with
 * the ordinary one.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/mpls.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <netinet/icmp6.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define NL	"nl"
#define SYS	"sys"

/* later than some headers */
#define ACCEPT_RA_MIN_LFT	58
#define FORCE_FORWARDING	59
#define REGEN_MIN_ADVANCE	60
#define RA_HONOR_PIO_LIFE	61
#define RA_HONOR_PIO_PFLAG	62
#define MPLS_INPUT		2	/* IFLA_MPLS_INPUT */

/* A setting: its sysctl and its number in IFLA_INET_CONF or IFLA_INET6_CONF. */
struct setting {
	const char *name;
	int type;
	int value;	/* for the sysctl, not what it is by default */
	int min, max;	/* 0 and 0: any int */
	int ms;		/* milliseconds per unit of the sysctl */
};

static const struct setting inet6[] = {
	{ "forwarding", DEVCONF_FORWARDING, 1 },
	{ "hop_limit", DEVCONF_HOPLIMIT, 33, 1, 255 },
	{ "mtu", DEVCONF_MTU6, 1400, 1280, 1500 },
	{ "accept_ra", DEVCONF_ACCEPT_RA, 2 },
	{ "accept_redirects", DEVCONF_ACCEPT_REDIRECTS, 0 },
	{ "autoconf", DEVCONF_AUTOCONF, 0 },
	{ "dad_transmits", DEVCONF_DAD_TRANSMITS, 3 },
	{ "router_solicitations", DEVCONF_RTR_SOLICITS, 7, -1, INT_MAX },
	{ "router_solicitation_interval", DEVCONF_RTR_SOLICIT_INTERVAL, 9,
	  .ms = 1000 },
	{ "router_solicitation_max_interval", DEVCONF_RTR_SOLICIT_MAX_INTERVAL,
	  90, .ms = 1000 },
	{ "router_solicitation_delay", DEVCONF_RTR_SOLICIT_DELAY, 4,
	  .ms = 1000 },
	{ "use_tempaddr", DEVCONF_USE_TEMPADDR, 2 },
	{ "temp_valid_lft", DEVCONF_TEMP_VALID_LFT, 5000 },
	{ "temp_prefered_lft", DEVCONF_TEMP_PREFERED_LFT, 4000 },
	{ "regen_min_advance", REGEN_MIN_ADVANCE, 6 },
	{ "regen_max_retry", DEVCONF_REGEN_MAX_RETRY, 8 },
	{ "max_desync_factor", DEVCONF_MAX_DESYNC_FACTOR, 77 },
	{ "max_addresses", DEVCONF_MAX_ADDRESSES, 5 },
	{ "force_mld_version", DEVCONF_FORCE_MLD_VERSION, 1 },
	{ "accept_ra_defrtr", DEVCONF_ACCEPT_RA_DEFRTR, 0 },
	{ "ra_defrtr_metric", DEVCONF_RA_DEFRTR_METRIC, 55, 1, INT_MAX },
	{ "accept_ra_min_hop_limit", DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT, 12 },
	{ "accept_ra_min_lft", ACCEPT_RA_MIN_LFT, 13 },
	{ "accept_ra_pinfo", DEVCONF_ACCEPT_RA_PINFO, 0 },
	{ "ra_honor_pio_life", RA_HONOR_PIO_LIFE, 1, 0, 1 },
	{ "ra_honor_pio_pflag", RA_HONOR_PIO_PFLAG, 1, 0, 1 },
	{ "accept_ra_rtr_pref", DEVCONF_ACCEPT_RA_RTR_PREF, 0 },
	{ "router_probe_interval", DEVCONF_RTR_PROBE_INTERVAL, 61,
	  .ms = 1000 },
	{ "accept_ra_rt_info_min_plen", DEVCONF_ACCEPT_RA_RT_INFO_MIN_PLEN, 9 },
	{ "accept_ra_rt_info_max_plen", DEVCONF_ACCEPT_RA_RT_INFO_MAX_PLEN, 9 },
	{ "proxy_ndp", DEVCONF_PROXY_NDP, 1 },
	{ "optimistic_dad", DEVCONF_OPTIMISTIC_DAD, 1 },
	{ "use_optimistic", DEVCONF_USE_OPTIMISTIC, 1 },
	{ "accept_source_route", DEVCONF_ACCEPT_SOURCE_ROUTE, 1 },
	{ "disable_ipv6", DEVCONF_DISABLE_IPV6, 1 },
	{ "accept_dad", DEVCONF_ACCEPT_DAD, 2 },
	{ "force_tllao", DEVCONF_FORCE_TLLAO, 1 },
	{ "ndisc_notify", DEVCONF_NDISC_NOTIFY, 1 },
	{ "mldv1_unsolicited_report_interval",
	  DEVCONF_MLDV1_UNSOLICITED_REPORT_INTERVAL, 3000, .ms = 1 },
	{ "mldv2_unsolicited_report_interval",
	  DEVCONF_MLDV2_UNSOLICITED_REPORT_INTERVAL, 4000, .ms = 1 },
	{ "suppress_frag_ndisc", DEVCONF_SUPPRESS_FRAG_NDISC, 0 },
	{ "accept_ra_from_local", DEVCONF_ACCEPT_RA_FROM_LOCAL, 1 },
	{ "accept_ra_mtu", DEVCONF_ACCEPT_RA_MTU, 0 },
	{ "use_oif_addrs_only", DEVCONF_USE_OIF_ADDRS_ONLY, 1 },
	{ "ignore_routes_with_linkdown", DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN,
	  1 },
	{ "drop_unicast_in_l2_multicast", DEVCONF_DROP_UNICAST_IN_L2_MULTICAST,
	  1 },
	{ "drop_unsolicited_na", DEVCONF_DROP_UNSOLICITED_NA, 1 },
	{ "keep_addr_on_down", DEVCONF_KEEP_ADDR_ON_DOWN, 1 },
	{ "seg6_enabled", DEVCONF_SEG6_ENABLED, 1 },
	{ "seg6_require_hmac", DEVCONF_SEG6_REQUIRE_HMAC, 1 },
	{ "enhanced_dad", DEVCONF_ENHANCED_DAD, 0 },
	{ "addr_gen_mode", DEVCONF_ADDR_GEN_MODE, 1, 0, 3 },
	{ "disable_policy", DEVCONF_DISABLE_POLICY, 1 },
	{ "ndisc_tclass", DEVCONF_NDISC_TCLASS, 200, 0, 255 },
	{ "rpl_seg_enabled", DEVCONF_RPL_SEG_ENABLED, 1, 0, 1 },
	{ "ioam6_enabled", DEVCONF_IOAM6_ENABLED, 1, 0, 1 },
	{ "ioam6_id", DEVCONF_IOAM6_ID, 4242, 0, 0xffff },
	{ "ioam6_id_wide", DEVCONF_IOAM6_ID_WIDE, 424242, 0, INT_MAX },
	{ "ndisc_evict_nocarrier", DEVCONF_NDISC_EVICT_NOCARRIER, 0, 0, 1 },
	{ "accept_untracked_na", DEVCONF_ACCEPT_UNTRACKED_NA, 2, 0, 2 },
	{ "force_forwarding", FORCE_FORWARDING, 1, 0, 1 },
};

/* rtnetlink has always been stricter than these sysctls. */
static const struct setting inet[] = {
	{ "forwarding", IPV4_DEVCONF_FORWARDING, 1 },
	{ "proxy_arp", IPV4_DEVCONF_PROXY_ARP, 1 },
	{ "accept_redirects", IPV4_DEVCONF_ACCEPT_REDIRECTS, 0 },
	{ "secure_redirects", IPV4_DEVCONF_SECURE_REDIRECTS, 0 },
	{ "send_redirects", IPV4_DEVCONF_SEND_REDIRECTS, 0 },
	{ "shared_media", IPV4_DEVCONF_SHARED_MEDIA, 0 },
	{ "rp_filter", IPV4_DEVCONF_RP_FILTER, 2 },
	{ "accept_source_route", IPV4_DEVCONF_ACCEPT_SOURCE_ROUTE, 0 },
	{ "bootp_relay", IPV4_DEVCONF_BOOTP_RELAY, 1 },
	{ "log_martians", IPV4_DEVCONF_LOG_MARTIANS, 1 },
	{ "tag", IPV4_DEVCONF_TAG, 99 },
	{ "arp_filter", IPV4_DEVCONF_ARPFILTER, 1 },
	{ "medium_id", IPV4_DEVCONF_MEDIUM_ID, -1 },
	{ "disable_xfrm", IPV4_DEVCONF_NOXFRM, 1 },
	{ "disable_policy", IPV4_DEVCONF_NOPOLICY, 1 },
	{ "force_igmp_version", IPV4_DEVCONF_FORCE_IGMP_VERSION, 2 },
	{ "arp_announce", IPV4_DEVCONF_ARP_ANNOUNCE, 2 },
	{ "arp_ignore", IPV4_DEVCONF_ARP_IGNORE, 8 },
	{ "promote_secondaries", IPV4_DEVCONF_PROMOTE_SECONDARIES, 1 },
	{ "arp_accept", IPV4_DEVCONF_ARP_ACCEPT, 2 },
	{ "arp_notify", IPV4_DEVCONF_ARP_NOTIFY, 1 },
	{ "accept_local", IPV4_DEVCONF_ACCEPT_LOCAL, 1 },
	{ "src_valid_mark", IPV4_DEVCONF_SRC_VMARK, 1 },
	{ "proxy_arp_pvlan", IPV4_DEVCONF_PROXY_ARP_PVLAN, 1 },
	{ "route_localnet", IPV4_DEVCONF_ROUTE_LOCALNET, 1 },
	{ "bc_forwarding", IPV4_DEVCONF_BC_FORWARDING, 1 },
	{ "igmpv2_unsolicited_report_interval",
	  IPV4_DEVCONF_IGMPV2_UNSOLICITED_REPORT_INTERVAL, 4321 },
	{ "igmpv3_unsolicited_report_interval",
	  IPV4_DEVCONF_IGMPV3_UNSOLICITED_REPORT_INTERVAL, 4322 },
	{ "ignore_routes_with_linkdown",
	  IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN, 1 },
	{ "drop_unicast_in_l2_multicast",
	  IPV4_DEVCONF_DROP_UNICAST_IN_L2_MULTICAST, 1 },
	{ "drop_gratuitous_arp", IPV4_DEVCONF_DROP_GRATUITOUS_ARP, 1 },
	{ "arp_evict_nocarrier", IPV4_DEVCONF_ARP_EVICT_NOCARRIER, 0 },
};

/* The same of the folders neigh and of RTM_SETNEIGHTBL. */
static const struct setting neigh[] = {
	{ "mcast_solicit", NDTPA_MCAST_PROBES, 7, 0, INT_MAX },
	{ "ucast_solicit", NDTPA_UCAST_PROBES, 8, 0, INT_MAX },
	{ "app_solicit", NDTPA_APP_PROBES, 9, 0, INT_MAX },
	{ "mcast_resolicit", NDTPA_MCAST_REPROBES, 6, 0, INT_MAX },
	{ "unres_qlen_bytes", NDTPA_QUEUE_LENBYTES, 5000, 0, INT_MAX },
	{ "proxy_qlen", NDTPA_PROXY_QLEN, 70, 0, INT_MAX },
	/* times the size of a packet an int */
	{ "unres_qlen", NDTPA_QUEUE_LEN, 33, 0, 1999999 },
	{ "retrans_time_ms", NDTPA_RETRANS_TIME, 2000, .ms = 1 },
	{ "base_reachable_time_ms", NDTPA_BASE_REACHABLE_TIME, 40000, .ms = 1 },
	{ "delay_first_probe_time", NDTPA_DELAY_PROBE_TIME, 9, .ms = 1000 },
	{ "interval_probe_time_ms", NDTPA_INTERVAL_PROBE_TIME_MS, 7000,
	  1, 86400000, .ms = 1 },
	{ "gc_stale_time", NDTPA_GC_STALETIME, 70, .ms = 1000 },
	{ "anycast_delay", NDTPA_ANYCAST_DELAY, 300, .ms = 10 },
	{ "proxy_delay", NDTPA_PROXY_DELAY, 200, .ms = 10 },
	{ "locktime", NDTPA_LOCKTIME, 500, .ms = 10 },
};

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

/* 0 or errno */
static int sysctl_text(int af, const char *dir, const char *dev,
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

static int sysctl_set(int af, const char *dir, const char *dev,
		      const char *name, long long value)
{
	char text[32];

	snprintf(text, sizeof(text), "%lld", value);
	return sysctl_text(af, dir, dev, name, text);
}

/* LLONG_MIN if there is no such file */
static long long sysctl_get(int af, const char *dir, const char *dev,
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

struct msg {
	char buf[2048];
	struct nlmsghdr *nlh;
	struct nlattr *spec, *af, *conf;
	const void *last;	/* the attribute that was put last */
};

static void msg_begin(struct msg *m, const char *dev)
{
	struct ifinfomsg *ifm;

	memset(m, 0, sizeof(*m));
	m->nlh = mnl_nlmsg_put_header(m->buf);
	m->nlh->nlmsg_type = RTM_SETLINK;
	ifm = mnl_nlmsg_put_extra_header(m->nlh, sizeof(*ifm));
	ifm->ifi_index = if_nametoindex(dev);
	m->spec = mnl_attr_nest_start(m->nlh, IFLA_AF_SPEC);
}

static void msg_family(struct msg *m, int af)
{
	m->af = mnl_attr_nest_start(m->nlh, af);
	if (af != AF_MPLS)
		m->conf = mnl_attr_nest_start(m->nlh, af == AF_INET ?
					      IFLA_INET_CONF : IFLA_INET6_CONF);
}

static void msg_put(struct msg *m, int type, uint32_t value)
{
	m->last = mnl_nlmsg_get_payload_tail(m->nlh);
	mnl_attr_put_u32(m->nlh, type, value);
}

static void msg_family_end(struct msg *m)
{
	if (m->conf)
		mnl_attr_nest_end(m->nlh, m->conf);
	m->conf = NULL;
	mnl_attr_nest_end(m->nlh, m->af);
}

static int msg_send(struct msg *m, struct nl_ack *ack)
{
	mnl_attr_nest_end(m->nlh, m->spec);
	return nl_talk(m->nlh, ack, NULL, NULL);
}

static int nl_set(struct nl_ack *ack, int af, const char *dev, int type,
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

static int nl_get(int af, const char *dev, int type)
{
	struct conf conf = { .af = af };

	link_ask(dev, conf_cb, &conf);
	return type < conf.count ? conf.value[type] : INT_MIN;
}

/*
 * What is told meanwhile: of a device, the attributes of RTM_NEWNETCONF or how
 * many RTM_NEWLINK
 */

static struct mnl_socket *listen_to(int group)
{
	struct mnl_socket *nl = nl_open(0);
	int fd = mnl_socket_get_fd(nl);

	CHECK(!mnl_socket_setsockopt(nl, NETLINK_ADD_MEMBERSHIP, &group,
				     sizeof(group)),
	      "group %d: %s", group, strerror(errno));
	fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
	return nl;
}

static const char *told(struct mnl_socket *nl, const char *dev)
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
 * Helpers of the cases
 */

static bool twins(void)
{
	return cmd("add " NL " up address 02:00:5e:00:53:01 type dummy") &&
	       cmd("add " SYS " up address 02:00:5e:00:53:01 type dummy");
}

/* Does rtnetlink know a family's settings at all?  If not, skip. */
static bool settable(int af, int type, uint32_t value)
{
	struct nl_ack ack;

	if (!nl_set(&ack, af, NL, type, value))
		return true;
	case_skip("kernel cannot set it by rtnetlink (%s)", strerror(ack.err));
	return false;
}

static bool settable6(void)
{
	return settable(AF_INET6, DEVCONF_DAD_TRANSMITS, 1);
}

static void set_both(int af, const struct setting *s, long long value)
{
	int err = sysctl_set(af, "conf", SYS, s->name, value);
	struct nl_ack ack;

	nl_set(&ack, af, NL, s->type, value * (s->ms ?: 1));
	CHECK(!ack.err && !err,
	      "%s=%lld: expected success, rtnetlink got %s (%s), sysctl %s",
	      s->name, value, strerror(ack.err), ack.msg, strerror(err));
}

static void refused_both(int af, const struct setting *s, long long value)
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

/* Both are as expected, whoever is asked. */
static void expect_both(int af, const struct setting *s, long long value)
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

static void each_value(int af, const struct setting *s)
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

/*
 * IPv6
 */

static void ipv6_values(void)
{
	unsigned int i;

	if (!settable6())
		return;
	for (i = 0; i < ARRAY_SIZE(inet6); i++)
		each_value(AF_INET6, &inet6[i]);
}

/* Every sysctl that there is has been tried. */
static void ipv6_complete(void)
{
	static const char * const others[] = { "stable_secret",
					       "mc_forwarding" };
	char line[128];
	unsigned int i, n = 0;
	bool known;
	FILE *f;

	f = popen("ls /proc/sys/net/ipv6/conf/" NL, "r");
	while (f && fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = 0;
		known = false;
		for (i = 0; i < ARRAY_SIZE(inet6); i++)
			known |= !strcmp(line, inet6[i].name);
		for (i = 0; i < ARRAY_SIZE(others); i++)
			known |= !strcmp(line, others[i]);
		CHECK(known, "%s: expected a case for it, there is none", line);
		n++;
	}
	if (f)
		pclose(f);
	CHECK(n > 40, "expected more than 40 sysctls, got %u", n);
}

static void ipv6_range(void)
{
	const struct setting *s;
	unsigned int i;

	if (!settable6())
		return;
	for (i = 0; i < ARRAY_SIZE(inet6); i++) {
		s = &inet6[i];
		if (sysctl_get(AF_INET6, "conf", NL, s->name) == LLONG_MIN)
			continue;
		if (s->min || s->max) {
			if (s->type == DEVCONF_ADDR_GEN_MODE)
				refused_both(AF_INET6, s, 2);	/* no secret */
			set_both(AF_INET6, s, s->min);
			expect_both(AF_INET6, s, s->min);
			set_both(AF_INET6, s, s->max);
			expect_both(AF_INET6, s, s->max);
			/* the sysctl's limit of these is UINT_MAX */
			if (s->type != DEVCONF_RA_DEFRTR_METRIC &&
			    s->type != DEVCONF_IOAM6_ID_WIDE &&
			    s->max != INT_MAX)
				refused_both(AF_INET6, s, s->max + 1LL);
			if (s->type != DEVCONF_IOAM6_ID_WIDE)
				refused_both(AF_INET6, s, s->min - 1LL);
		} else if (!s->ms) {
			set_both(AF_INET6, s, -5);
			expect_both(AF_INET6, s, -5);
			set_both(AF_INET6, s, 0);
		} else {
			CHECK(nl_set(NULL, AF_INET6, NL, s->type, -1) == ERANGE,
			      "%s: expected no negative time", s->name);
		}
	}
}

static void refused6(const char *what, struct msg *m, int err, const char *word)
{
	struct nl_ack ack;

	msg_send(m, &ack);
	CHECK(ack.err == err && strstr(ack.msg, word),
	      "%s: expected %s with '%s', got %s with '%s'", what,
	      strerror(err), word, strerror(ack.err), ack.msg);
}

static void ipv6_refused(void)
{
	uint32_t flat[DEVCONF_MAX] = { 1 };
	struct msg m;

	if (!settable6())
		return;

	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_MC_FORWARDING, 1);
	msg_family_end(&m);
	refused6("mc_forwarding", &m, EINVAL, "read-only");

	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	msg_put(&m, 9999, 1);
	msg_family_end(&m);
	refused6("unknown", &m, EOPNOTSUPP, "no such");

	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	mnl_attr_put_u8(m.nlh, DEVCONF_HOPLIMIT, 9);
	msg_family_end(&m);
	refused6("a byte", &m, EINVAL, "length");

	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_STABLE_SECRET, 1);
	msg_family_end(&m);
	refused6("short secret", &m, EINVAL, "length");

	msg_begin(&m, NL);
	m.af = mnl_attr_nest_start(m.nlh, AF_INET6);
	mnl_attr_put(m.nlh, IFLA_INET6_CONF, sizeof(flat), flat);
	msg_family_end(&m);
	refused6("as it is shown", &m, EINVAL, "nest");
	CHECK(nl_get(AF_INET6, NL, DEVCONF_FORWARDING) == 0,
	      "expected no change by what is refused");
}

/* One bad setting, and none of the good ones before and after it is made. */
static void all_or_nothing(void)
{
	struct nl_ack ack;
	struct msg m;

	if (!settable6())
		return;
	msg_begin(&m, NL);
	msg_family(&m, AF_INET);
	msg_put(&m, IPV4_DEVCONF_RP_FILTER, 2);
	msg_family_end(&m);
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_HOPLIMIT, 33);
	msg_put(&m, DEVCONF_NDISC_TCLASS, 256);
	msg_put(&m, DEVCONF_DAD_TRANSMITS, 5);
	msg_family_end(&m);
	CHECK(msg_send(&m, &ack) == ERANGE, "expected ERANGE, got %s",
	      strerror(ack.err));
	CHECK(nl_get(AF_INET, NL, IPV4_DEVCONF_RP_FILTER) == 0 &&
	      nl_get(AF_INET6, NL, DEVCONF_HOPLIMIT) == 64 &&
	      nl_get(AF_INET6, NL, DEVCONF_DAD_TRANSMITS) == 1,
	      "expected 0, 64 and 1, got %d, %d and %d",
	      nl_get(AF_INET, NL, IPV4_DEVCONF_RP_FILTER),
	      nl_get(AF_INET6, NL, DEVCONF_HOPLIMIT),
	      nl_get(AF_INET6, NL, DEVCONF_DAD_TRANSMITS));

	/* without the bad one they are, all at once */
	msg_begin(&m, NL);
	msg_family(&m, AF_INET);
	msg_put(&m, IPV4_DEVCONF_RP_FILTER, 2);
	msg_family_end(&m);
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_HOPLIMIT, 33);
	msg_put(&m, DEVCONF_DAD_TRANSMITS, 5);
	msg_family_end(&m);
	CHECK(!msg_send(&m, &ack), "good ones: %s (%s)", strerror(ack.err),
	      ack.msg);
	CHECK(nl_get(AF_INET, NL, IPV4_DEVCONF_RP_FILTER) == 2 &&
	      nl_get(AF_INET6, NL, DEVCONF_HOPLIMIT) == 33 &&
	      nl_get(AF_INET6, NL, DEVCONF_DAD_TRANSMITS) == 5,
	      "expected the settings of both families made");
}

/* The same RTM_NEWNETCONF: with a new value, none with the one it has. */
static void same_told(int af, int group, const struct setting *s)
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

static void ipv6_told(void)
{
	unsigned int i;

	if (!settable6())
		return;
	for (i = 0; i < ARRAY_SIZE(inet6); i++)
		switch (inet6[i].type) {
		case DEVCONF_FORWARDING:
		case DEVCONF_PROXY_NDP:
		case DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN:
		case FORCE_FORWARDING:
			same_told(AF_INET6, RTNLGRP_IPV6_NETCONF, &inet6[i]);
		}
}

/* Lines of a file in /proc/net that have a device's name and a word */
static int lines(const char *file, const char *dev, const char *word)
{
	char path[64], line[256], name[IFNAMSIZ + 2];
	int n = 0;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/thread-self/net/%s", file);
	snprintf(name, sizeof(name), " %s ", dev);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line) - 1, f)) {
		line[strcspn(line, "\n")] = ' ';
		n += strstr(line, name) && strstr(line, word);
	}
	if (f)
		fclose(f);
	return n;
}

#define ALL_ROUTERS	"ff020000000000000000000000000002"

/* A host's default routers are none of a router's. */
static void advertise(const char *dev)
{
	struct nd_router_advert ra = { .nd_ra_type = ND_ROUTER_ADVERT };
	struct sockaddr_in6 to = { .sin6_family = AF_INET6 };
	int fd, limit = 255;

	ra.nd_ra_router_lifetime = htons(1800);
	fd = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	setsockopt(fd, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &limit,
		   sizeof(limit));
	inet_pton(AF_INET6, "ff02::1", &to.sin6_addr);
	to.sin6_scope_id = if_nametoindex(dev);
	/* not yet, if its address is new: there is another one soon */
	CHECK(sendto(fd, &ra, sizeof(ra), 0, (struct sockaddr *)&to,
		     sizeof(to)) == sizeof(ra) || errno == EADDRNOTAVAIL,
	      "expected an advertisement sent, got %s", strerror(errno));
	close(fd);
}

#define DEFAULT_ROUTE	"00000000000000000000000000000000 00 " \
			"00000000000000000000000000000000 00 fe80"

static int default_routes(const char *dev)
{
	return lines("ipv6_route", dev, DEFAULT_ROUTE);
}

static void ipv6_forwarding(void)
{
	static const char * const both[] = { NL, SYS };
	int far, home, i, ms;

	if (!settable6())
		return;
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	far = netns_new();
	netns_go(home);
	for (i = 0; i < 2; i++) {
		cmd("del %s", both[i]);
		netns_go(far);
		cmd("add far%d type dummy", i);
		write_text("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
		cmd("del far%d", i);
		netns_go(home);
		write_text("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
		cmd("add %s type veth peer name far%d", both[i], i);
	}
	for (i = 0; i < 2; i++) {
		char far_name[8];

		snprintf(far_name, sizeof(far_name), "far%d", i);
		cmd("set %s up", both[i]);
		cmd("set %s up", far_name);
		links_running();
		for (ms = 0; ms < wait_ms() && !default_routes(both[i]);
		     ms += 20) {
			advertise(far_name);
			usleep(20000);
		}
		CHECK(default_routes(both[i]) == 1,
		      "%s: expected a default route, got %d", both[i],
		      default_routes(both[i]));
		CHECK(!lines("igmp6", both[i], ALL_ROUTERS),
		      "%s: expected a host, got a router", both[i]);
		if (i)
			sysctl_set(AF_INET6, "conf", SYS, "forwarding", 1);
		else
			nl_set(NULL, AF_INET6, NL, DEVCONF_FORWARDING, 1);
		CHECK(!default_routes(both[i]),
		      "%s: expected the default route gone", both[i]);
		CHECK(lines("igmp6", both[i], ALL_ROUTERS) == 1,
		      "%s: expected it in ff02::2", both[i]);
		if (i)
			sysctl_set(AF_INET6, "conf", SYS, "forwarding", 0);
		else
			nl_set(NULL, AF_INET6, NL, DEVCONF_FORWARDING, 0);
		CHECK(!lines("igmp6", both[i], ALL_ROUTERS),
		      "%s: expected it to leave ff02::2", both[i]);
	}
	netns_go(home);
	close(far);
	close(home);
}

static void ipv6_disable(void)
{
	int i;

	if (!settable6())
		return;
	for (i = 0; i < 2; i++) {
		CHECK(lines("if_inet6", i ? SYS : NL, "fe80") == 1,
		      "expected a link-local address at first");
		if (i)
			sysctl_set(AF_INET6, "conf", SYS, "disable_ipv6", 1);
		else
			nl_set(NULL, AF_INET6, NL, DEVCONF_DISABLE_IPV6, 1);
		CHECK(!lines("if_inet6", i ? SYS : NL, "fe80"),
		      "%s: expected no address while disabled", i ? SYS : NL);
		if (i)
			sysctl_set(AF_INET6, "conf", SYS, "disable_ipv6", 0);
		else
			nl_set(NULL, AF_INET6, NL, DEVCONF_DISABLE_IPV6, 0);
		CHECK(lines("if_inet6", i ? SYS : NL, "fe80") == 1,
		      "%s: expected its address again", i ? SYS : NL);
	}
}

/* The link-local address of a device as /proc/net/if_inet6 has it, or "" */
static const char *link_local(const char *dev)
{
	static char addr[2][33];
	static int which;
	char line[128], name[16];
	bool found = false;
	FILE *f;

	which ^= 1;
	f = fopen("/proc/thread-self/net/if_inet6", "r");
	while (f && !found && fgets(line, sizeof(line), f))
		found = sscanf(line, "%32s %*s %*s %*s %*s %15s", addr[which],
			       name) == 2 && !strcmp(name, dev) &&
			!strncmp(line, "fe80", 4);
	if (f)
		fclose(f);
	return found ? addr[which] : "";
}

/* made from the twins' MAC address */
#define EUI64	"fe8000000000000000005efffe005301"

static void ipv6_addr_gen_mode(void)
{
	const struct setting mode = { "addr_gen_mode", DEVCONF_ADDR_GEN_MODE };
	struct in6_addr secret;
	struct nl_ack ack;
	struct msg m;
	char text[64];
	FILE *f;

	if (!settable6())
		return;

	/* an address is made at once */
	set_both(AF_INET6, &mode, 1);
	cmd("set " NL " down");
	cmd("set " SYS " down");
	cmd("set " NL " up");
	cmd("set " SYS " up");
	CHECK(!*link_local(NL) && !*link_local(SYS),
	      "expected no address with mode none");
	set_both(AF_INET6, &mode, 0);
	CHECK(!strcmp(link_local(NL), EUI64) && !strcmp(link_local(SYS), EUI64),
	      "expected " EUI64 " with mode eui64, got '%s' and '%s'",
	      link_local(NL), link_local(SYS));

	/* from a secret, the one that rtnetlink has been told */
	inet_pton(AF_INET6, "2001:db8:1:2:3:4:5:6", &secret);
	msg_begin(&m, NL);
	msg_family(&m, AF_INET6);
	mnl_attr_put(m.nlh, DEVCONF_STABLE_SECRET, sizeof(secret), &secret);
	msg_family_end(&m);
	CHECK(!msg_send(&m, &ack), "secret: expected success, got %s (%s)",
	      strerror(ack.err), ack.msg);
	CHECK(!sysctl_text(AF_INET6, "conf", SYS, "stable_secret",
			   "2001:db8:1:2:3:4:5:6"), "stable_secret: %s",
	      strerror(errno));
	expect_both(AF_INET6, &mode, 2);
	f = fopen("/proc/sys/net/ipv6/conf/" NL "/stable_secret", "r");
	CHECK(f && fscanf(f, "%63s", text) == 1 &&
	      !strcmp(text, "2001:0db8:0001:0002:0003:0004:0005:0006"),
	      "expected the secret in the sysctl");
	if (f)
		fclose(f);
	CHECK(nl_get(AF_INET6, NL, DEVCONF_STABLE_SECRET) == 0,
	      "expected a secret that is not shown");
	cmd("set " NL " down");
	cmd("set " SYS " down");
	cmd("set " NL " up");
	cmd("set " SYS " up");
	CHECK(*link_local(NL) && strcmp(link_local(NL), EUI64) &&
	      *link_local(SYS) && strcmp(link_local(SYS), EUI64),
	      "expected addresses from the secret, got '%s' and '%s'",
	      link_local(NL), link_local(SYS));
}

/*
 * netdevsim has an instance lock, which rtnetlink holds and a sysctl does not:
 * what takes it in the wrong place never comes back.
 */
static void ipv6_instance_lock(void)
{
	static const char * const names[] = { "forwarding", "disable_ipv6",
					      "addr_gen_mode", "proxy_ndp",
					      "disable_policy" };
	static const int types[] = { DEVCONF_FORWARDING, DEVCONF_DISABLE_IPV6,
				     DEVCONF_ADDR_GEN_MODE, DEVCONF_PROXY_NDP,
				     DEVCONF_DISABLE_POLICY };
	const char * const bus = "/sys/bus/netdevsim/";
	struct if_nameindex *all, *dev;
	char name[IFNAMSIZ] = "", path[64];
	struct nl_ack ack;
	unsigned int i;

	if (!settable6())
		return;
	snprintf(path, sizeof(path), "%snew_device", bus);
	if (access(path, W_OK)) {
		case_skip("kernel has no netdevsim");
		return;
	}
	write_text(path, "5353 1");
	all = if_nameindex();
	for (dev = all; dev && dev->if_index; dev++)
		if (strcmp(dev->if_name, "lo") && strcmp(dev->if_name, NL) &&
		    strcmp(dev->if_name, SYS))
			snprintf(name, sizeof(name), "%s", dev->if_name);
	if_freenameindex(all);
	cmd("set %s up", name);
	for (i = 0; i < 2 * ARRAY_SIZE(names); i++) {
		bool on = !(i % 2);

		CHECK(!nl_set(&ack, AF_INET6, name, types[i / 2], on),
		      "%s=%d: %s (%s)", names[i / 2], on, strerror(ack.err),
		      ack.msg);
		CHECK(sysctl_get(AF_INET6, "conf", name, names[i / 2]) == on,
		      "%s: expected %d", names[i / 2], on);
		sysctl_set(AF_INET6, "conf", name, names[i / 2], !on);
		sysctl_set(AF_INET6, "conf", name, names[i / 2], on);
		CHECK(nl_get(AF_INET6, name, types[i / 2]) == on,
		      "%s: expected %d", names[i / 2], on);
	}
	/* for all devices there is another loop */
	write_text("/proc/sys/net/ipv6/conf/all/forwarding", "1");
	write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "1");
	write_text("/proc/sys/net/ipv6/conf/all/disable_ipv6", "0");
	write_text("/proc/sys/net/ipv6/conf/all/addr_gen_mode", "1");
	CHECK(nl_get(AF_INET6, name, DEVCONF_FORWARDING) == 1 &&
	      nl_get(AF_INET6, name, DEVCONF_ADDR_GEN_MODE) == 1,
	      "expected it set by what is written for all");
	snprintf(path, sizeof(path), "%sdel_device", bus);
	write_text(path, "5353");
}

/* A device without the family, and one that is not there yet */
static void family_missing(void)
{
	struct ifinfomsg *ifm;
	struct nlattr *info;
	struct nl_ack ack;
	struct msg m;

	if (!settable6())
		return;
	cmd("add small mtu 1000 type dummy");
	CHECK(nl_set(&ack, AF_INET6, "small", DEVCONF_HOPLIMIT, 9) ==
	      EAFNOSUPPORT && ack.msg[0],
	      "IPv6: expected EAFNOSUPPORT and why, got %s '%s'",
	      strerror(ack.err), ack.msg);
	cmd("add tiny type dummy");
	cmd("set tiny mtu 60");
	CHECK(nl_set(&ack, AF_INET, "tiny", IPV4_DEVCONF_TAG, 9) ==
	      EAFNOSUPPORT && ack.msg[0],
	      "IPv4: expected EAFNOSUPPORT and why, got %s '%s'",
	      strerror(ack.err), ack.msg);

	/* a family that no device has, and one that has nothing to set */
	cmd("add br0 type bridge");
	CHECK(nl_set(&ack, AF_APPLETALK, NL, 1, 9) == EAFNOSUPPORT &&
	      ack.msg[0],
	      "AppleTalk: expected EAFNOSUPPORT and why, got %s '%s'",
	      strerror(ack.err), ack.msg);
	CHECK(nl_set(&ack, AF_BRIDGE, NL, 1, 9) == EOPNOTSUPP && ack.msg[0],
	      "bridge: expected EOPNOTSUPP and why, got %s '%s'",
	      strerror(ack.err), ack.msg);

	msg_begin(&m, NL);
	m.nlh->nlmsg_type = RTM_NEWLINK;
	m.nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	ifm = mnl_nlmsg_get_payload(m.nlh);
	ifm->ifi_index = 0;
	msg_family(&m, AF_INET6);
	msg_put(&m, DEVCONF_HOPLIMIT, 9);
	msg_family_end(&m);
	mnl_attr_nest_end(m.nlh, m.spec);
	mnl_attr_put_strz(m.nlh, IFLA_IFNAME, "new0");
	info = mnl_attr_nest_start(m.nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(m.nlh, IFLA_INFO_KIND, "dummy");
	mnl_attr_nest_end(m.nlh, info);
	nl_talk(m.nlh, &ack, NULL, NULL);
	CHECK(ack.err == EAFNOSUPPORT && ack.msg[0],
	      "create: expected EAFNOSUPPORT and why, got %s '%s'",
	      strerror(ack.err), ack.msg);
	CHECK(!if_nametoindex("new0"), "expected no device made");
}

static void not_permitted(void)
{
	int status = 0, pid;
	struct nl_ack ack;

	if (!settable6())
		return;
	fflush(stdout);
	pid = fork();
	if (!pid) {
		if (setuid(65534))
			_exit(1);
		nl_reopen();
		_exit(nl_set(&ack, AF_INET6, NL, DEVCONF_HOPLIMIT, 9) != EPERM);
	}
	waitpid(pid, &status, 0);
	CHECK(!status, "expected EPERM without CAP_NET_ADMIN");
	CHECK(nl_get(AF_INET6, NL, DEVCONF_HOPLIMIT) == 64,
	      "expected no change");
}

/*
 * IPv4
 */

static void ipv4_values(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(inet); i++)
		each_value(AF_INET, &inet[i]);
}

static void ipv4_told(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(inet); i++)
		switch (inet[i].type) {
		case IPV4_DEVCONF_FORWARDING:
		case IPV4_DEVCONF_PROXY_ARP:
		case IPV4_DEVCONF_RP_FILTER:
		case IPV4_DEVCONF_IGNORE_ROUTES_WITH_LINKDOWN:
			same_told(AF_INET, RTNLGRP_IPV4_NETCONF, &inet[i]);
		}
}

/*
 * MPLS
 */

static const struct setting mpls_input_setting = { "input", MPLS_INPUT, 1 };

static bool settable_mpls(void)
{
	if (sysctl_get(AF_MPLS, "conf", SYS, "input") == LLONG_MIN) {
		case_skip("kernel has no MPLS");
		return false;
	}
	return settable(AF_MPLS, MPLS_INPUT, 0);
}

static void mpls_input(void)
{
	const struct setting *s = &mpls_input_setting;
	struct nl_ack ack;

	if (!settable_mpls())
		return;
	each_value(AF_MPLS, s);
	same_told(AF_MPLS, RTNLGRP_MPLS_NETCONF, s);
	CHECK(nl_set(&ack, AF_MPLS, NL, MPLS_INPUT, 2) == ERANGE && ack.msg[0],
	      "2: expected ERANGE and why, got %s '%s'", strerror(ack.err),
	      ack.msg);
	/* the sysctl takes any number; all but 0 accept packets */
	sysctl_set(AF_MPLS, "conf", SYS, "input", 7);
	CHECK(nl_get(AF_MPLS, SYS, MPLS_INPUT) == 1,
	      "7 by sysctl: expected 1 shown, got %d",
	      nl_get(AF_MPLS, SYS, MPLS_INPUT));
}

/* Packets with a label that nobody has: dropped, or seen to have no route */
struct mpls_seen {
	uint64_t dropped, noroute;
};

static int stats_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *spec, *af, *attr;
	struct mpls_seen *seen = data;
	struct mpls_link_stats stats;

	if (nlh->nlmsg_type != RTM_NEWSTATS)
		return MNL_CB_OK;
	mnl_attr_for_each(spec, nlh, sizeof(struct if_stats_msg))
		mnl_attr_for_each_nested(af, spec)
			mnl_attr_for_each_nested(attr, af) {
				if (mnl_attr_get_type(attr) != MPLS_STATS_LINK)
					continue;
				memcpy(&stats, mnl_attr_get_payload(attr),
				       sizeof(stats));
				seen->dropped = stats.rx_dropped;
				seen->noroute = stats.rx_noroute;
			}
	return MNL_CB_OK;
}

static struct mpls_seen mpls_seen(const char *dev)
{
	struct mpls_seen seen = {};
	struct if_stats_msg *ism;
	struct nlmsghdr *nlh;
	char buf[256];

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETSTATS;
	ism = mnl_nlmsg_put_extra_header(nlh, sizeof(*ism));
	ism->ifindex = if_nametoindex(dev);
	ism->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_AF_SPEC);
	nl_talk(nlh, NULL, stats_cb, &seen);
	return seen;
}

static void send_label(const char *from)
{
	unsigned char frame[64] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
				    2, 0, 0x5e, 0, 0x53, 9, 0x88, 0x47,
				    0x00, 0x7b, 0x01, 0x40 };
	struct sockaddr_ll to = { .sll_family = AF_PACKET };
	int fd = frame_socket(SOCK_RAW, from, 0);

	/* to the device's own address: only what is for the host counts */
	to.sll_ifindex = if_nametoindex(from);
	to.sll_halen = ETH_ALEN;
	frame[0] = 2;
	memcpy(frame + 1, "\x00\x5e\x00\x53\x0a", 5);
	CHECK(sendto(fd, frame, sizeof(frame), 0, (struct sockaddr *)&to,
		     sizeof(to)) == sizeof(frame), "send: %s", strerror(errno));
	close(fd);
}

static void input_acts(const char *dev, const char *from, bool sysctl)
{
	struct mpls_seen old = mpls_seen(dev), seen = old;
	int ms;

	send_label(from);
	for (ms = 0; ms < wait_ms(); ms += 10) {
		seen = mpls_seen(dev);
		if (seen.dropped != old.dropped || seen.noroute != old.noroute)
			break;
		usleep(10000);
	}
	CHECK(seen.dropped == old.dropped + 1 && seen.noroute == old.noroute,
	      "%s: expected a packet dropped without input", dev);
	if (sysctl)
		sysctl_set(AF_MPLS, "conf", dev, "input", 1);
	else
		nl_set(NULL, AF_MPLS, dev, MPLS_INPUT, 1);
	old = seen;
	send_label(from);
	for (ms = 0; ms < wait_ms(); ms += 10) {
		seen = mpls_seen(dev);
		if (seen.dropped != old.dropped || seen.noroute != old.noroute)
			break;
		usleep(10000);
	}
	CHECK(seen.dropped == old.dropped && seen.noroute == old.noroute + 1,
	      "%s: expected a packet looked at with input", dev);
}

#define VETH	" address 02:00:5e:00:53:0a type veth peer name "

static void mpls_input_acts(void)
{
	if (!settable_mpls())
		return;
	cmd("del " NL);
	cmd("del " SYS);
	cmd("add " NL VETH "far0");
	cmd("add " SYS VETH "far1");
	cmd("set " NL " up");
	cmd("set " SYS " up");
	cmd("set far0 up");
	cmd("set far1 up");
	links_running();
	input_acts(NL, "far0", false);
	input_acts(SYS, "far1", true);
}

/*
 * Parameters of the neighbour tables
 */

struct parm {
	unsigned int ifindex;
	int type;
	long long value;
};

static bool parm_is_u64(int type)
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
				value = parm_is_u64(parm->type) ?
					(long long)mnl_attr_get_u64(p) :
					mnl_attr_get_u32(p);
		}
	}
	if (ifindex == parm->ifindex)
		parm->value = value;
	return MNL_CB_OK;
}

static long long parm_get(int af, const char *dev, int type)
{
	struct parm parm = { if_nametoindex(dev), type, -1 };
	struct nlmsghdr *nlh;
	struct ndtmsg *ndt;
	char buf[256];

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETNEIGHTBL;
	nlh->nlmsg_flags = NLM_F_DUMP;
	ndt = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndt));
	ndt->ndtm_family = af;
	nl_talk(nlh, NULL, parm_cb, &parm);
	return parm.value;
}

static int parm_set(struct nl_ack *ack, int af, const char *dev, int type,
		    unsigned long long value)
{
	struct nl_ack mine;
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	struct ndtmsg *ndt;
	char buf[256];

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_SETNEIGHTBL;
	ndt = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndt));
	ndt->ndtm_family = af;
	mnl_attr_put_strz(nlh, NDTA_NAME,
			  af == AF_INET ? "arp_cache" : "ndisc_cache");
	nest = mnl_attr_nest_start(nlh, NDTA_PARMS);
	mnl_attr_put_u32(nlh, NDTPA_IFINDEX, if_nametoindex(dev));
	/* a good one before it */
	mnl_attr_put_u32(nlh, NDTPA_MCAST_PROBES, 11);
	if (parm_is_u64(type))
		mnl_attr_put_u64(nlh, type, value);
	else
		mnl_attr_put_u32(nlh, type, value);
	mnl_attr_nest_end(nlh, nest);
	return nl_talk(nlh, ack ?: &mine, NULL, NULL);
}

static void neigh_values(void)
{
	static const int families[] = { AF_INET, AF_INET6 };
	const struct setting *s;
	struct nl_ack ack;
	unsigned int i;
	int f, af, err;

	for (f = 0; f < 2; f++) {
		af = families[f];
		for (i = 0; i < ARRAY_SIZE(neigh); i++) {
			s = &neigh[i];
			CHECK(sysctl_get(af, "neigh", NL, s->name) != s->value,
			      "%s: expected another value at first", s->name);
			err = sysctl_set(af, "neigh", SYS, s->name, s->value);
			parm_set(&ack, af, NL, s->type,
				 (long long)s->value * (s->ms ?: 1));
			CHECK(!err && !ack.err,
			      "%s: expected success, rtnetlink got %s, sysctl %s",
			      s->name, strerror(ack.err), strerror(err));
			CHECK(sysctl_get(af, "neigh", NL, s->name) ==
			      s->value &&
			      sysctl_get(af, "neigh", SYS, s->name) == s->value,
			      "%s: expected %d, got %lld by rtnetlink and %lld by sysctl",
			      s->name, s->value,
			      sysctl_get(af, "neigh", NL, s->name),
			      sysctl_get(af, "neigh", SYS, s->name));
			CHECK(parm_get(af, NL, s->type) ==
			      parm_get(af, SYS, s->type),
			      "%s: expected the same shown, got %lld and %lld",
			      s->name, parm_get(af, NL, s->type),
			      parm_get(af, SYS, s->type));
		}
	}
}

/* What is too much for an int is refused, and then nothing else is set. */
static void neigh_range(void)
{
	unsigned long long value;
	const struct setting *s;
	struct nl_ack ack;
	long long old;
	unsigned int i;
	int err;

	if (!settable6())
		return;
	for (i = 0; i < ARRAY_SIZE(neigh); i++) {
		s = &neigh[i];
		old = parm_get(AF_INET, NL, s->type);
		value = parm_is_u64(s->type) ? 1ULL << 32 : 1U << 31;
		if (s->max && s->max != INT_MAX)
			value = s->max + 1ULL;
		/* a sysctl in seconds may take more than int milliseconds */
		if (s->ms <= 1) {
			err = sysctl_set(AF_INET, "neigh", SYS, s->name, value);
			CHECK(err == EINVAL,
			      "sysctl %s=%llu: expected EINVAL, got %s",
			      s->name, value, strerror(err));
		}
		parm_set(&ack, AF_INET, NL, s->type, value);
		CHECK(ack.err == ERANGE && ack.msg[0],
		      "%s=%llu: expected ERANGE and why, got %s '%s'", s->name,
		      value, strerror(ack.err), ack.msg);
		CHECK(parm_get(AF_INET, NL, s->type) == old &&
		      parm_get(AF_INET, NL, NDTPA_MCAST_PROBES) == 3,
		      "%s: expected nothing changed", s->name);
	}
}

/* Who listens for what IPv6 knows of a link hears of its times. */
static void neigh_told(void)
{
	const char *by_nl, *by_sys;
	struct mnl_socket *nl;

	if (!settable6())
		return;
	nl = listen_to(RTNLGRP_IPV6_IFINFO);
	told(nl, NL);
	parm_set(NULL, AF_INET6, NL, NDTPA_RETRANS_TIME, 3000);
	by_nl = told(nl, NL);
	sysctl_set(AF_INET6, "neigh", SYS, "retrans_time_ms", 3000);
	by_sys = told(nl, SYS);
	CHECK(!strcmp(by_sys, "NEWLINK ") && !strcmp(by_nl, by_sys),
	      "retransmission: expected a message each, got '%s' and '%s'",
	      by_nl, by_sys);

	parm_set(NULL, AF_INET6, NL, NDTPA_BASE_REACHABLE_TIME, 50000);
	by_nl = told(nl, NL);
	sysctl_set(AF_INET6, "neigh", SYS, "base_reachable_time_ms", 50000);
	by_sys = told(nl, SYS);
	CHECK(!strcmp(by_sys, "NEWLINK ") && !strcmp(by_nl, by_sys),
	      "reachable: expected a message each, got '%s' and '%s'",
	      by_nl, by_sys);
	CHECK(parm_get(AF_INET6, NL, NDTPA_REACHABLE_TIME) >= 25000 &&
	      parm_get(AF_INET6, SYS, NDTPA_REACHABLE_TIME) >= 25000,
	      "expected a reachable time of about 50 s, got %lld and %lld ms",
	      parm_get(AF_INET6, NL, NDTPA_REACHABLE_TIME),
	      parm_get(AF_INET6, SYS, NDTPA_REACHABLE_TIME));
	mnl_socket_close(nl);
}

/*
 * A lightweight device has only this way.
 */

static bool lwd_twin(void)
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

static void lwd_same(int af, const struct setting *s)
{
	long long old = sysctl_get(af, "conf", SYS, s->name);

	if (old == LLONG_MIN)
		return;
	set_both(af, s, s->value);
	CHECK(nl_get(af, NL, s->type) == nl_get(af, SYS, s->type),
	      "%s: expected %d as the ordinary one, got %d", s->name,
	      nl_get(af, SYS, s->type), nl_get(af, NL, s->type));
	set_both(af, s, old);
	CHECK(nl_get(af, NL, s->type) == nl_get(af, SYS, s->type),
	      "%s: expected %d again, got %d", s->name,
	      nl_get(af, SYS, s->type), nl_get(af, NL, s->type));
}

static void lwd_values(void)
{
	unsigned int i;

	if (!lwd_twin())
		return;
	for (i = 0; i < ARRAY_SIZE(inet6); i++)
		lwd_same(AF_INET6, &inet6[i]);
	for (i = 0; i < ARRAY_SIZE(inet); i++)
		lwd_same(AF_INET, &inet[i]);
	lwd_same(AF_MPLS, &mpls_input_setting);
}

static void lwd_told(void)
{
	if (!lwd_twin())
		return;
	ipv6_told();
	ipv4_told();
	same_told(AF_MPLS, RTNLGRP_MPLS_NETCONF, &mpls_input_setting);
}

static void lwd_acts(void)
{
	if (!lwd_twin())
		return;
	ipv6_disable();
	cmd("del " NL);
	cmd("add " NL " lwd" VETH "far0");
	cmd("set " NL " inet6 on mpls on");
	cmd("set " NL " up");
	nl_set(NULL, AF_INET6, NL, DEVCONF_FORWARDING, 1);
	CHECK(lines("igmp6", NL, ALL_ROUTERS) == 1, "expected it in ff02::2");
	cmd("set far0 up");
	links_running();
	input_acts(NL, "far0", false);
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-9", ipv6_values),
	CASE("ENABLE-9", ipv6_complete),
	CASE("ENABLE-9", ipv6_range),
	CASE("ENABLE-9", ipv6_refused),
	CASE("ENABLE-9", all_or_nothing),
	CASE("ENABLE-9", ipv6_told),
	CASE("ENABLE-9", ipv6_forwarding),
	CASE("ENABLE-9", ipv6_disable),
	CASE("ENABLE-9", ipv6_addr_gen_mode),
	CASE("ENABLE-9", ipv6_instance_lock),
	CASE("ENABLE-9", family_missing),
	CASE("ENABLE-9", not_permitted),
	CASE("ENABLE-9", ipv4_values),
	CASE("ENABLE-9", ipv4_told),
	CASE("ENABLE-5 ENABLE-9", mpls_input),
	CASE("ENABLE-5 ENABLE-9", mpls_input_acts),
	CASE("ENABLE-9", neigh_values),
	CASE("ENABLE-9", neigh_range),
	CASE("ENABLE-9", neigh_told),
	CASE("ENABLE-9", lwd_values),
	CASE("ENABLE-9", lwd_told),
	CASE("ENABLE-5 ENABLE-9", lwd_acts),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), twins);
	return 0;
}

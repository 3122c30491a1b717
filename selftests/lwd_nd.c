// SPDX-License-Identifier: GPL-2.0
/* What comes of packets of Neighbour Discovery, as text. */

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/icmp6.h>
#include <poll.h>
#include <sched.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_addr.h>
#include <linux/ipv6.h>
#include <linux/neighbour.h>

#include "lwd_frame.h"
#include "lwd_nd.h"
#include "lwd_setting.h"

#define QUIET								\
	"addr_gen_mode 1 dad_transmits 0 router_solicitation_delay 0"
/* Others ask for an address, after what was sent before: it has to answer. */
#define ASK(from)							\
	"ns from " from " to ff02::1:ff00:1 target " ND_OWN " lladdr 153"
#define ANSWER(from)	"na " ND_OWN " to " from " "
#define WHILE_WAITING	"fe80::98"
#define AT_LAST		"fe80::99"

static const char * const labels[] = { "ordinary", "lightweight" };
static int near, far, wire;

/* What is seen of the device, and what came out of it */
static char seen[16384], heard[16384];

__attribute__((format(printf, 2, 3)))
static void say(char *text, const char *fmt, ...)
{
	size_t len = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text + len, sizeof(seen) - len, fmt, ap);
	va_end(ap);
}

static const char *in6(const void *addr)
{
	static char text[4][INET6_ADDRSTRLEN];
	static unsigned int next;

	next = (next + 1) % ARRAY_SIZE(text);
	return inet_ntop(AF_INET6, addr, text[next], sizeof(text[0]));
}

/* Put what comes out of the device into words, up to an answer. */
static bool hear(const char *answer, int ms)
{
	struct pollfd pfd = { .fd = wire, .events = POLLIN };
	unsigned char data[2048], *icmp = data + 40;
	unsigned int tclass;
	struct sockaddr_ll from;
	socklen_t size;
	size_t begin;
	ssize_t len;

	while (poll(&pfd, 1, ms) == 1) {
		size = sizeof(from);
		len = recvfrom(wire, data, sizeof(data), 0,
			       (struct sockaddr *)&from, &size);
		if (len < 48 || from.sll_pkttype == PACKET_OUTGOING ||
		    data[6] != IPPROTO_ICMPV6)
			continue;
		tclass = (data[0] & 15) << 4 | data[1] >> 4;
		begin = strlen(heard);
		if (icmp[0] == ND_ROUTER_SOLICIT)
			say(heard, "rs %s; ", in6(data + 8));
		else if (icmp[0] == ND_NEIGHBOR_SOLICIT && len >= 64)
			say(heard, "ns %s from %s%s; ", in6(icmp + 8),
			    in6(data + 8),
			    len > 64 && icmp[24] == 14 ? " nonce" : "");
		else if (icmp[0] == ND_NEIGHBOR_ADVERT && len >= 64)
			say(heard, "na %s to %s %s%s%s%stclass %u; ",
			    in6(icmp + 8), in6(data + 24),
			    icmp[4] & 0x80 ? "router " : "",
			    icmp[4] & 0x40 ? "solicited " : "",
			    icmp[4] & 0x20 ? "override " : "",
			    len > 64 && icmp[24] == ND_OPT_TARGET_LINKADDR ?
				"tllao " : "", tclass);
		if (!strncmp(heard + begin, answer, strlen(answer))) {
			heard[begin] = 0;
			return true;
		}
	}
	return false;
}

static unsigned int minute(unsigned int seconds)
{
	return (seconds + 59ULL) / 60 * 60;
}

static int route_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct rtmsg *rtm = mnl_nlmsg_get_payload(nlh);
	static const struct in6_addr any;
	const void *dst = &any, *via = NULL;
	const struct nlattr *attr;

	if (rtm->rtm_type != RTN_UNICAST)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_type(attr) == RTA_DST)
			dst = mnl_attr_get_payload(attr);
		else if (mnl_attr_get_type(attr) == RTA_GATEWAY)
			via = mnl_attr_get_payload(attr);
	}
	say(data, "route %s/%u%s%s; ", in6(dst), rtm->rtm_dst_len,
	    via ? " via " : "", via ? in6(via) : "");
	return MNL_CB_OK;
}

static int addr_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	const struct ifa_cacheinfo *ci = NULL;
	unsigned int flags = ifa->ifa_flags;
	const struct nlattr *attr;
	const void *addr = NULL;

	mnl_attr_for_each(attr, nlh, sizeof(*ifa)) {
		if (mnl_attr_get_type(attr) == IFA_ADDRESS)
			addr = mnl_attr_get_payload(attr);
		else if (mnl_attr_get_type(attr) == IFA_CACHEINFO)
			ci = mnl_attr_get_payload(attr);
		else if (mnl_attr_get_type(attr) == IFA_FLAGS)
			flags = mnl_attr_get_u32(attr);
	}
	if (!addr || !ci)
		return MNL_CB_OK;
	say(data, "addr %s%s%s%s", flags & IFA_F_DADFAILED ? "dadfailed " : "",
	    flags & IFA_F_TENTATIVE ? "tentative " : "",
	    flags & IFA_F_TEMPORARY ? "temporary " : "",
	    flags & IFA_F_STABLE_PRIVACY ? "stable " : "");
	if (ci->ifa_valid != UINT_MAX)
		say(data, "valid %u preferred %u ", minute(ci->ifa_valid),
		    minute(ci->ifa_prefered));
	say(data, "%s/%u; ", in6(addr), ifa->ifa_prefixlen);
	return MNL_CB_OK;
}

static int neigh_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ndmsg *ndm = mnl_nlmsg_get_payload(nlh);
	const unsigned char *lladdr = NULL;
	const struct nlattr *attr;
	const void *dst = NULL;

	mnl_attr_for_each(attr, nlh, sizeof(*ndm)) {
		if (mnl_attr_get_type(attr) == NDA_DST)
			dst = mnl_attr_get_payload(attr);
		else if (mnl_attr_get_type(attr) == NDA_LLADDR)
			lladdr = mnl_attr_get_payload(attr);
	}
	if (!dst)
		return MNL_CB_OK;
	say(data, "neigh %s", in6(dst));
	if (lladdr)
		say(data, " lladdr %u", lladdr[5]);
	say(data, "%s; ", ndm->ndm_flags & NTF_ROUTER ? " router" : "");
	return MNL_CB_OK;
}

static bool sees(const char *effect)
{
	seen[0] = 0;
	inet6_dump(RTM_GETROUTE, route_cb, seen);
	inet6_dump(RTM_GETADDR, addr_cb, seen);
	inet6_dump(RTM_GETNEIGH, neigh_cb, seen);
	say(seen, "hop_limit %d; disable_ipv6 %d; %s",
	    nl_get(AF_INET6, "d0", DEVCONF_HOPLIMIT),
	    nl_get(AF_INET6, "d0", DEVCONF_DISABLE_IPV6), heard);
	return strstr(seen, effect);
}

static void set_parm(int type, const char *ms)
{
	struct nl_ack ack;

	CHECK(!neigh_parm_set(&ack, AF_INET6, "d0", type, atoll(ms)),
	      "parameter %d: %s", type, strerror(ack.err));
}

static void proxy_add(const char *addr)
{
	unsigned char bytes[16];
	struct nlmsghdr *nlh;
	char buf[256] = {};
	struct nl_ack ack;
	struct ndmsg *ndm;

	inet_pton(AF_INET6, addr, bytes);
	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_NEWNEIGH;
	nlh->nlmsg_flags = NLM_F_CREATE;
	ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
	ndm->ndm_family = AF_INET6;
	ndm->ndm_ifindex = if_nametoindex("d0");
	ndm->ndm_flags = NTF_PROXY;
	mnl_attr_put(nlh, NDA_DST, sizeof(bytes), bytes);
	nl_talk(nlh, &ack, NULL, NULL);
	CHECK(!ack.err, "proxy %s: %s", addr, strerror(ack.err));
}

static void set_one(const char *name, char *value)
{
	char *add[5] = { "addr", "add", value, "dev", "d0" };
	const struct setting *s = inet6_settings;
	struct nl_ack ack;

	if (!strcmp(name, "proxy_delay")) {
		set_parm(NDTPA_PROXY_DELAY, value);
	} else if (!strcmp(name, "retrans_time")) {
		set_parm(NDTPA_RETRANS_TIME, value);
	} else if (!strcmp(name, "proxy")) {
		proxy_add(value);
	} else if (!strcmp(name, "addr")) {
		addr_argv(&ack, ARRAY_SIZE(add), add);
		CHECK(!ack.err, "%s: %s", value, strerror(ack.err));
	} else {
		while (s < inet6_settings + inet6_count &&
		       strcmp(s->name, name))
			s++;
		if (s == inet6_settings + inet6_count) {
			CHECK(false, "unknown setting %s", name);
			return;
		}
		nl_set(&ack, AF_INET6, "d0", s->type, atoi(value));
		CHECK(!ack.err, "%s %s: %s (%s)", name, value,
		      strerror(ack.err), ack.msg);
	}
}

static void set_words(const char *words)
{
	char line[256], *name, *save;

	snprintf(line, sizeof(line), "%s", words);
	for (name = strtok_r(line, " ", &save); name;
	     name = strtok_r(NULL, " ", &save))
		set_one(name, strtok_r(NULL, " ", &save));
}

static void connect_ends(int label, const char *settings)
{
	heard[0] = 0;
	cmd("add d0 lwd %d address 02:00:00:00:00:01 type veth peer lwd 0 name p0 netns /proc/self/fd/%d",
	    label, far);
	if (label)
		cmd("set d0 inet6 on");
	/* no address and no delay that a row does not ask for */
	set_words(QUIET);
	netns_go(far);
	cmd("set p0 up");
	wire = frame_socket(SOCK_DGRAM, "p0", ETH_P_IPV6);
	netns_go(near);
	cmd("set d0 up");
	links_running();
	set_words(settings);
	add_addr("d0", ND_OWN, 64);
	add_addr("d0", "2001:db8::1", 64);
	addrs_ready(ND_OWN);
	addrs_ready("2001:db8::1");
}

/* Until it is seen; what is sent before an answer has been dealt with then. */
static bool wait_for(const char *effect)
{
	int i;

	for (i = 0; i < wait_ms() / 10; i++) {
		nd_send(wire, ASK(WHILE_WAITING));
		hear(ANSWER(WHILE_WAITING), 10);
		if (sees(effect))
			return true;
	}
	return false;
}

static void run_row(const struct nd_row *row, int label, bool with)
{
	const char *settings = with ? row->with : row->without;

	connect_ends(label, settings);
	if (row->packets)
		nd_send(wire, row->packets);
	if (with) {
		CHECK(wait_for(row->effect),
		      "%s, %s: expected \"%s\", got \"%s\"", labels[label],
		      settings, row->effect, seen);
	} else {
		if (row->until)
			CHECK(wait_for(row->until),
			      "%s, %s: expected \"%s\", got \"%s\"",
			      labels[label], settings, row->until, seen);
		/* who is at it has let go of the lock when this is done */
		cmd("set d0 up");
		nd_send(wire, ASK(AT_LAST));
		CHECK(hear(ANSWER(AT_LAST), wait_ms()),
		      "%s, %s: expected an answer, got none", labels[label],
		      settings);
		CHECK(!sees(row->effect),
		      "%s, %s: expected no \"%s\", got \"%s\"", labels[label],
		      settings, row->effect, seen);
	}
	close(wire);
	cmd("del d0");
}

void nd_rows(const struct nd_row *rows, unsigned int count)
{
	cpu_set_t one;
	unsigned int i;
	int label;

	/* what is sent from one CPU comes in its order */
	CPU_ZERO(&one);
	CPU_SET(sched_getcpu(), &one);
	CHECK(!sched_setaffinity(0, sizeof(one), &one), "affinity: %s",
	      strerror(errno));
	far = netns_new();
	write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	near = netns_new();
	/* else all devices do, whatever their own setting says */
	write_text("/proc/sys/net/ipv6/conf/all/enhanced_dad", "0");
	for (i = 0; i < count; i++) {
		for (label = 0; label < 2; label++) {
			run_row(&rows[i], label, true);
			run_row(&rows[i], label, false);
		}
	}
	close(far);
	close(near);
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What a router advertises is taken as the settings of the device say, of an
 * ordinary device and of a lightweight one.
 *
 *	netns near                     netns far
 *	d0 (of either sort) ---------- p0, fe80::1, the router
 *
 * Each advertisement has all that there is to take.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ipv6.h>
#include <linux/neighbour.h>

#include "lwd_frame.h"
#include "lwd_setting.h"

#define MAC		"02:00:5e:00:53:33"
#define OWN		"fe80::5eff:fe00:5333"	/* made of it */
#define ROUTER		"fe80::1"
#define PREFIX		"2001:db8:5::"
#define ADDRESS		"2001:db8:5::5eff:fe00:5333"
#define PROXIED		"2001:db8:5::99"

#define LIFETIME	1800		/* of the default route */
#define VALID		7200		/* of the addresses */
#define MTU		1400
#define HOPS		33
#define RETRANS		2500
#define REACHABLE	45000

static const char * const labels[] = { "ordinary", "lwd" };
static int near, far, router;

struct advertisement {
	struct nd_router_advert ra;
	struct nd_opt_prefix_info prefix;
	struct nd_opt_mtu mtu;
	/* RFC 4191, 2.3 */
	struct {
		uint8_t type, len, prefix_len, flags;
		uint32_t lifetime, prefix[2];
	} route;
};

static void send_to(const char *to, const void *message, size_t len)
{
	struct sockaddr_in6 addr = {
		.sin6_family = AF_INET6,
		.sin6_scope_id = if_nametoindex("p0"),
	};

	inet_pton(AF_INET6, to, &addr.sin6_addr);
	CHECK(sendto(router, message, len, 0, (struct sockaddr *)&addr,
		     sizeof(addr)) == (ssize_t)len,
	      "to %s: %s", to, strerror(errno));
}

/* When it answers, all that came before has been taken or not. */
static void wait_for_answer(void)
{
	struct icmp6_hdr ping = { .icmp6_type = ICMP6_ECHO_REQUEST };
	struct pollfd pfd = { .fd = router, .events = POLLIN };
	static unsigned short number;
	struct icmp6_hdr pong;

	ping.icmp6_seq = htons(++number);
	send_to(OWN, &ping, sizeof(ping));
	while (poll(&pfd, 1, wait_ms()) == 1) {
		if (recv(router, &pong, sizeof(pong), 0) == sizeof(pong) &&
		    pong.icmp6_type == ICMP6_ECHO_REPLY &&
		    pong.icmp6_seq == ping.icmp6_seq)
			return;
	}
	CHECK(false, "expected an answer of " OWN ", got none");
}

/* A new device; stays near. */
static void connect_router(int label)
{
	struct nl_ack ack;
	int hops = 255, index;

	netns_go(near);
	cmd("add d0 lwd %d address " MAC
	    " type veth peer lwd 0 name p0 netns /proc/self/fd/%d", label, far);
	if (label)
		cmd("set d0 inet6 on");
	cmd("set d0 up");
	netns_go(far);
	cmd("set p0 addrgenmode 1");
	cmd("set p0 up");
	addr_cmd(&ack, RTM_NEWADDR, "p0", ROUTER, 64);
	CHECK(!ack.err, ROUTER ": %s", strerror(ack.err));
	links_running();
	addrs_ready(ROUTER);
	index = if_nametoindex("p0");
	router = socket(AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_ICMPV6);
	setsockopt(router, IPPROTO_IPV6, IPV6_MULTICAST_HOPS, &hops,
		   sizeof(hops));
	setsockopt(router, IPPROTO_IPV6, IPV6_MULTICAST_IF, &index,
		   sizeof(index));
	netns_go(near);
	links_running();
	addrs_ready(OWN);
}

static void disconnect(void)
{
	close(router);
	netns_go(near);
	cmd("del d0");
}

/* New namespaces, in which nobody looks for duplicates */
static void two_ends(void)
{
	far = netns_new();
	near = netns_new();
	write_text("/proc/sys/net/ipv6/conf/default/accept_dad", "0");
}

static void set(const char *what, int type, int value)
{
	struct nl_ack ack;

	nl_set(&ack, AF_INET6, "d0", type, value);
	CHECK(!ack.err, "%s %d: expected success, got %s (%s)", what, value,
	      strerror(ack.err), ack.msg);
}

static bool shows(const char *command, const char *text)
{
	bool found = false;
	char line[256];
	FILE *f;

	f = popen(command, "r");
	while (f && fgets(line, sizeof(line), f))
		found |= !!strstr(line, text);
	return f && !pclose(f) && found;
}

/*
 * With the first value of the setting it is taken, with the other one not; the
 * third is needed for both.
 */
struct row {
	const char *name;
	int type, taken, left;
	const char *command, *text;
	int shown, value;	/* or a setting that has a value then */
	int also, also_value;
};

#define DEFAULT		"ip -6 route show default dev d0"
#define ADDRESSES	"ip -6 addr show dev d0"

static const struct row rows[] = {
	{ "accept_ra", DEVCONF_ACCEPT_RA, 1, 0, ADDRESSES, ADDRESS },
	{ "accept_ra of a router", DEVCONF_ACCEPT_RA, 2, 1, ADDRESSES, ADDRESS,
	  .also = DEVCONF_FORWARDING + 1, .also_value = 1 },
	{ "accept_ra_defrtr", DEVCONF_ACCEPT_RA_DEFRTR, 1, 0, DEFAULT, ROUTER },
	{ "accept_ra_min_lft of the route", ACCEPT_RA_MIN_LFT, LIFETIME,
	  LIFETIME + 1, DEFAULT, ROUTER },
	{ "ra_defrtr_metric", DEVCONF_RA_DEFRTR_METRIC, 77, 78, DEFAULT,
	  "metric 77 " },
	{ "accept_ra_min_hop_limit", DEVCONF_ACCEPT_RA_MIN_HOP_LIMIT, HOPS,
	  HOPS + 1, .shown = DEVCONF_HOPLIMIT, .value = HOPS },
	{ "accept_ra_mtu", DEVCONF_ACCEPT_RA_MTU, 1, 0,
	  .shown = DEVCONF_MTU6, .value = MTU },
	{ "accept_ra_pinfo", DEVCONF_ACCEPT_RA_PINFO, 1, 0, ADDRESSES,
	  ADDRESS },
	{ "autoconf", DEVCONF_AUTOCONF, 1, 0, ADDRESSES, ADDRESS },
	{ "accept_ra_min_lft of the prefix", ACCEPT_RA_MIN_LFT, VALID,
	  VALID + 1, "ip -6 route show " PREFIX "/64 dev d0", "proto kernel" },
	{ "ra_honor_pio_pflag", RA_HONOR_PIO_PFLAG, 0, 1, ADDRESSES, ADDRESS },
	{ "max_addresses", DEVCONF_MAX_ADDRESSES, 2, 1, ADDRESSES, ADDRESS },
	{ "addr_gen_mode", DEVCONF_ADDR_GEN_MODE, 0, 3, ADDRESSES, ADDRESS },
	{ "use_tempaddr", DEVCONF_USE_TEMPADDR, 2, 0, ADDRESSES, "temporary" },
};

/* Those that CONFIG_IPV6_ROUTER_PREF and CONFIG_IPV6_ROUTE_INFO are for */
static const struct row preferences[] = {
	{ "accept_ra_rtr_pref", DEVCONF_ACCEPT_RA_RTR_PREF, 1, 0, DEFAULT,
	  "pref high" },
	{ "accept_ra_rt_info_max_plen", DEVCONF_ACCEPT_RA_RT_INFO_MAX_PLEN, 48,
	  47, "ip -6 route show 2001:db8:77::/48 dev d0", ROUTER },
	{ "accept_ra_rt_info_min_plen", DEVCONF_ACCEPT_RA_RT_INFO_MIN_PLEN, 48,
	  49, "ip -6 route show 2001:db8:77::/48 dev d0", ROUTER,
	  .also = DEVCONF_ACCEPT_RA_RT_INFO_MAX_PLEN + 1, .also_value = 64 },
};

static void advertise(int hops, int reachable, int retrans)
{
	struct advertisement ad = {
		.ra = {
			.nd_ra_type = ND_ROUTER_ADVERT,
			.nd_ra_reachable = htonl(reachable),
			.nd_ra_retransmit = htonl(retrans),
		},
		.prefix = {
			.nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION,
			.nd_opt_pi_len = sizeof(ad.prefix) / 8,
			.nd_opt_pi_prefix_len = 64,
			/* the last: prefixes are delegated too, RFC 9762 */
			.nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK |
						    ND_OPT_PI_FLAG_AUTO | 0x10,
			.nd_opt_pi_valid_time = htonl(VALID),
			.nd_opt_pi_preferred_time = htonl(VALID / 2),
		},
		.mtu = {
			.nd_opt_mtu_type = ND_OPT_MTU,
			.nd_opt_mtu_len = sizeof(ad.mtu) / 8,
			.nd_opt_mtu_mtu = htonl(MTU),
		},
		.route = {
			.type = 24,
			.len = sizeof(ad.route) / 8,
			.prefix_len = 48,
			.lifetime = htonl(LIFETIME),
			.prefix = { htonl(0x20010db8), htonl(0x00770000) },
		},
	};

	/* the members of a union */
	ad.ra.nd_ra_curhoplimit = hops;
	ad.ra.nd_ra_flags_reserved = 0x08;	/* preferred */
	ad.ra.nd_ra_router_lifetime = htons(LIFETIME);
	inet_pton(AF_INET6, PREFIX, &ad.prefix.nd_opt_pi_prefix);
	send_to("ff02::1", &ad, sizeof(ad));
	wait_for_answer();
}

static void one_row(const struct row *row, int label, bool taken)
{
	int value = taken ? row->taken : row->left;
	bool got;

	connect_router(label);
	if (row->also)
		set("what is needed", row->also - 1, row->also_value);
	set(row->name, row->type, value);
	advertise(HOPS, REACHABLE, RETRANS);
	got = row->command ? shows(row->command, row->text) :
	      nl_get(AF_INET6, "d0", row->shown) == row->value;
	CHECK(got == taken, "%s %d, %s: expected it %s, it was %s", row->name,
	      value, labels[label], taken ? "taken" : "left",
	      got ? "taken" : "left");
	disconnect();
}

static void each_row(const struct row *list, unsigned int count)
{
	unsigned int i;
	int label;

	two_ends();
	for (i = 0; i < count; i++) {
		for (label = 0; label < 2; label++) {
			one_row(&list[i], label, true);
			one_row(&list[i], label, false);
		}
	}
}

static void settings(void)
{
	each_row(rows, ARRAY_SIZE(rows));
}

static void preferred(void)
{
	if (sysctl_get(AF_INET6, "conf", "default",
		       "accept_ra_rt_info_max_plen") == LLONG_MIN)
		case_skip("kernel has no CONFIG_IPV6_ROUTE_INFO");
	else
		each_row(preferences, ARRAY_SIZE(preferences));
}

/* Times for the neighbours of this device, and of no other */
static void times(void)
{
	int label;

	two_ends();
	cmd("add other lwd on up inet6 on type dummy");
	for (label = 0; label < 2; label++) {
		connect_router(label);
		advertise(HOPS, REACHABLE, RETRANS);
		expect_parm6(labels[label], "d0", NDTPA_RETRANS_TIME, RETRANS);
		expect_parm6(labels[label], "d0", NDTPA_BASE_REACHABLE_TIME,
			     REACHABLE);
		CHECK(neigh_parm(AF_INET6, "other", NDTPA_RETRANS_TIME) ==
		      neigh_parm(AF_INET6, NULL, NDTPA_RETRANS_TIME) &&
		      neigh_parm(AF_INET6, "other", NDTPA_RETRANS_TIME) !=
		      RETRANS, "%s: expected other's to stay", labels[label]);
		disconnect();
	}
}

/* The hop limit of what is sent on a device */
static int hops_of(const char *name)
{
	struct sockaddr_in6 to = {
		.sin6_family = AF_INET6,
		.sin6_port = htons(9),
		.sin6_scope_id = if_nametoindex(name),
	};
	int fd, hops = -1;
	socklen_t len = sizeof(hops);

	inet_pton(AF_INET6, "fe80::9", &to.sin6_addr);
	fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (connect(fd, (struct sockaddr *)&to, sizeof(to)) ||
	    getsockopt(fd, IPPROTO_IPV6, IPV6_UNICAST_HOPS, &hops, &len))
		hops = -errno;
	close(fd);
	return hops;
}

/*
 * A device that shared all with others has its own of what is advertised, and
 * the others and the default are as they were.
 */
static void advertisement(void)
{
	static const char * const others[] = { "other", NULL };
	long long reachable, retrans;
	unsigned int i;
	int label;

	two_ends();
	cmd("add other lwd on up inet6 on type dummy");
	reachable = neigh_parm(AF_INET6, NULL, NDTPA_BASE_REACHABLE_TIME);
	retrans = neigh_parm(AF_INET6, NULL, NDTPA_RETRANS_TIME);
	CHECK(reachable > 0 && retrans > 0,
	      "expected defaults, got %lld and %lld", reachable, retrans);
	for (label = 0; label < 2; label++) {
		const char *when = labels[label];

		connect_router(label);
		/* a router that leaves the hop limit to others */
		advertise(0, 40000, 2000);
		expect_parm6(when, "d0", NDTPA_BASE_REACHABLE_TIME, 40000);
		expect_parm6(when, "d0", NDTPA_RETRANS_TIME, 2000);
		expect_parm6(when, "d0", NDTPA_GC_STALETIME, 120000);
		expect_conf6(when, "d0", DEVCONF_MTU6, MTU);

		advertise(44, 50000, 0);
		expect_parm6(when, "d0", NDTPA_BASE_REACHABLE_TIME, 50000);
		expect_conf6(when, "d0", DEVCONF_HOPLIMIT, 44);
		CHECK(hops_of("d0") == 44, "%s: expected 44 hops, got %d",
		      when, hops_of("d0"));

		for (i = 0; i < ARRAY_SIZE(others); i++) {
			expect_parm6(when, others[i], NDTPA_BASE_REACHABLE_TIME,
				     reachable);
			expect_parm6(when, others[i], NDTPA_RETRANS_TIME,
				     retrans);
		}
		expect_conf6(when, "other", DEVCONF_MTU6, 1500);
		expect_conf6(when, "other", DEVCONF_HOPLIMIT, 64);
		CHECK(conf6_default("mtu") == 1280 &&
		      conf6_default("hop_limit") == 64,
		      "%s: expected the default as it was", when);
		disconnect();
	}
}

/* It answers for another one, at once, if it is told to on this device. */
static void proxy(void)
{
	struct icmp6_hdr ping = { .icmp6_type = ICMP6_ECHO_REQUEST };
	struct nl_ack ack;
	int label, on;

	two_ends();
	for (label = 0; label < 2; label++) {
		for (on = 1; on >= 0; on--) {
			connect_router(label);
			set("forwarding", DEVCONF_FORWARDING, 1);
			set("proxy_ndp", DEVCONF_PROXY_NDP, on);
			neigh_parm_set(&ack, AF_INET6, "d0", NDTPA_PROXY_DELAY,
				       0);
			CHECK(!ack.err, "proxy_delay: %s", strerror(ack.err));
			CHECK(!system("ip -6 neigh add proxy " PROXIED
				      " dev d0"), "expected success");
			netns_go(far);
			addr_cmd(&ack, RTM_NEWADDR, "p0", "2001:db8:5::1", 64);
			addrs_ready("2001:db8:5::1");
			send_to(PROXIED, &ping, sizeof(ping));
			wait_for_answer();
			CHECK(shows("ip -6 neigh show " PROXIED " dev p0",
				    MAC) == on, "%s, proxy_ndp %d: expected %s",
			      labels[label], on, on ? "an answer" : "none");
			disconnect();
		}
	}
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-9 FOOT-5", settings),
	CASE("ENABLE-9 FOOT-5", preferred),
	CASE("ENABLE-2 FOOT-5", times),
	CASE("FOOT-5", advertisement),
	CASE("ENABLE-9 FOOT-5", proxy),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

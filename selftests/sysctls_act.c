// SPDX-License-Identifier: GPL-2.0
/*
 * A setting that is made by rtnetlink does what it does as a sysctl: addresses,
 * routes and memberships come and go, packets are dropped.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/ipv6.h>
#include <linux/mpls.h>
#include <netinet/icmp6.h>

#include "lwd_frame.h"
#include "lwd_setting.h"

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
	/* to the device's own address: only what is for the host counts */
	static const unsigned char mac[] = { 2, 0, 0x5e, 0, 0x53, 0x0a };
	static const unsigned char packet[50] = { 0x00, 0x7b, 0x01, 0x40 };
	int fd = frame_socket(SOCK_DGRAM, from, 0);

	packet_send(fd, ETH_P_MPLS_UC, mac, packet, sizeof(packet));
	close(fd);
}

/* What has been seen when a packet more has come */
static struct mpls_seen after_label(const char *dev, const char *from,
				    struct mpls_seen old)
{
	struct mpls_seen seen = old;
	int ms;

	send_label(from);
	for (ms = 0; ms < wait_ms(); ms += 10) {
		seen = mpls_seen(dev);
		if (seen.dropped != old.dropped || seen.noroute != old.noroute)
			break;
		usleep(10000);
	}
	return seen;
}

static void input_acts(const char *dev, const char *from, bool sysctl)
{
	struct mpls_seen old = mpls_seen(dev), seen;

	seen = after_label(dev, from, old);
	CHECK(seen.dropped == old.dropped + 1 && seen.noroute == old.noroute,
	      "%s: expected a packet dropped without input", dev);
	if (sysctl)
		sysctl_set(AF_MPLS, "conf", dev, "input", 1);
	else
		nl_set(NULL, AF_MPLS, dev, MPLS_INPUT, 1);
	old = seen;
	seen = after_label(dev, from, old);
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
	CASE("ENABLE-9", ipv6_forwarding),
	CASE("ENABLE-9", ipv6_disable),
	CASE("ENABLE-9", ipv6_addr_gen_mode),
	CASE("ENABLE-9", ipv6_instance_lock),
	CASE("ENABLE-5 ENABLE-9", mpls_input_acts),
	CASE("ENABLE-5 ENABLE-9", lwd_acts),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), twins);
	return 0;
}

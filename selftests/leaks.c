// SPDX-License-Identifier: GPL-2.0
/*
 * All that a device has taken of memory is given back, whatever was done with
 * it.  Ordinary devices are the control.
 */

#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "lwd_frame.h"
#include "lwd_many.h"

#define MOVED		30	/* each waits for all readers */
#define ROUNDS		4

static void set_altname(int type, const char *name, const char *alt)
{
	char buf[256] = {};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nlattr *list;
	struct nl_ack ack;

	nlh->nlmsg_type = type;
	if (type == RTM_NEWLINKPROP)
		nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	list = mnl_attr_nest_start(nlh, IFLA_PROP_LIST);
	mnl_attr_put_strz(nlh, IFLA_ALT_IFNAME, alt);
	mnl_attr_nest_end(nlh, list);
	nl_talk(nlh, &ack, NULL, NULL);
	CHECK(!ack.err, "altname %s: expected success, got %s", alt,
	      strerror(ack.err));
}

/* What is done with the devices between their creation and their end */
static void use_nothing(int label)
{
}

static void use_names(int label)
{
	char name[16], alt[64];
	int i;

	on_each("", "set d# alias the-first-alias-of-d#");
	on_each("", "set d# alias another");
	for (i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		snprintf(alt, sizeof(alt), "a-name-that-goes-before-d%d", i);
		set_altname(RTM_NEWLINKPROP, name, alt);
		set_altname(RTM_DELLINKPROP, name, alt);
		snprintf(alt, sizeof(alt), "a-name-that-goes-with-d%d", i);
		set_altname(RTM_NEWLINKPROP, name, alt);
	}
	on_each("", "set d# name e#");
}

static void use_families(int label)
{
	on_each("", "set d# up");
	each_addr("198.51.%d.1", "2001:db8:%x::1");
	if (label)
		on_each("", "set d# mpls on");
}

/* Settings that no other device has, each made of others that none has */
static void use_settings(int label)
{
	static int value = 1;
	int i, twice;

	if (label)
		on_each("", "set d# inet on inet6 on");
	for (i = 1; i <= count; i++)
		for (twice = 0; twice < 2; twice++, value++)
			cmd("set d%d inet-conf %d %d inet6-conf %d %d", i,
			    IPV4_DEVCONF_TAG, value, DEVCONF_IOAM6_ID_WIDE,
			    value);
}

/* Each begins with parameters of neighbours that are the default only for it */
static void use_parameters(int label)
{
	static const char * const paths[] = {
		"/proc/sys/net/ipv4/neigh/default/app_solicit",
		"/proc/sys/net/ipv6/neigh/default/app_solicit",
	};
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int first = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	static int value = 1;
	bool writable;
	char text[16];
	int i, k;

	netns_go(first);
	writable = !access(paths[0], W_OK);
	netns_go(home);
	if (!writable)
		case_skip("not in the first network namespace");
	for (i = 0; i <= count && writable; i++, value++) {
		/* the last time it is what it was */
		snprintf(text, sizeof(text), "%d", i < count ? value : 0);
		netns_go(first);
		for (k = 0; k < 2; k++)
			write_text(paths[k], text);
		netns_go(home);
		if (label && i < count)
			cmd("set d%d inet on inet6 on", i + 1);
	}
	close(first);
	close(home);
}

/* Taken away and given back by the MTU, with what was set before */
static void use_mtu(int label)
{
	use_families(label);
	on_each("", "set d# mtu 60");
	on_each("", "set d# mtu 1500");
	each_addr("198.51.%d.2", "2001:db8:%x::2");
}

static void use_up_and_down(int label)
{
	use_families(label);
	on_each("", "set d# down");
	on_each("", "set d# up");
	on_each("", "set d# down");
}

/* More names than the first table of a namespace is for, so that another one
 * is made where they go to
 */
static void use_move(int label)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	char line[64], name[16], alt[32];
	int away, i, k;

	use_families(label);
	for (i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		for (k = 0; k < 600 / MOVED; k++) {
			snprintf(alt, sizeof(alt), "another-%d-%d", i, k);
			set_altname(RTM_NEWLINKPROP, name, alt);
		}
	}
	away = netns_new();
	netns_go(home);
	snprintf(line, sizeof(line), "set d# netns /proc/self/fd/%d", away);
	on_each("", line);
	netns_go(away);
	each_addr("198.51.%d.3", "2001:db8:%x::3");
	snprintf(line, sizeof(line), "set d# netns /proc/self/fd/%d", home);
	on_each("", line);
	netns_go(home);
	close(away);
	close(home);
}

/* Parameters of the neighbour table of each, and entries in it */
static void use_neighbours(int label)
{
	char buf[256], mac[6] = { 2, 0, 0x5e, 0, 0x53, 1 };
	unsigned char dst[4] = { 198, 51, 0, 9 };
	struct nlmsghdr *nlh;
	struct ndmsg *ndm;
	struct nl_ack ack;
	char name[16];
	int i;

	use_families(label);
	for (i = 1; i <= count; i++) {
		memset(buf, 0, sizeof(buf));
		nlh = mnl_nlmsg_put_header(buf);
		nlh->nlmsg_type = RTM_NEWNEIGH;
		nlh->nlmsg_flags = NLM_F_CREATE;
		ndm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ndm));
		snprintf(name, sizeof(name), "d%d", i);
		ndm->ndm_family = AF_INET;
		ndm->ndm_ifindex = if_nametoindex(name);
		ndm->ndm_state = NUD_PERMANENT;
		dst[2] = i;
		mnl_attr_put(nlh, NDA_DST, sizeof(dst), dst);
		mnl_attr_put(nlh, NDA_LLADDR, sizeof(mac), mac);
		nl_talk(nlh, &ack, NULL, NULL);
		CHECK(!ack.err, "neighbour: expected success, got %s",
		      strerror(ack.err));
	}
}

/* What grows once does so in the first round; a leak grows in each. */
static void give_back(const char *what, const struct kind *kind, int label,
		      void (*use)(int label))
{
	char when[64], why[256];
	int round;

	snprintf(when, sizeof(when), "%s, %s %s", what, label_names[label],
		 kind->name);
	for (round = 0; round < ROUNDS; round++) {
		if (!make(kind, label)) {
			end();
			return;
		}
		if (round)
			expect_counted(when);
		use(label);
		end();
		if (round && as_before(why, sizeof(why)))
			return;
		note_memory();
	}
	CHECK(false, "%s: expected all to be given back, got %s", when, why);
}

static void deleted(void)
{
	const char *mask = "/proc/sys/net/core/rps_default_mask";
	unsigned int i;
	int label;

	cmd("add under up type dummy");
	/* which each receive queue has a copy of */
	if (!access(mask, W_OK))
		write_text(mask, "1");
	for (i = 0; i < kinds_count; i++)
		for (label = 0; label < 2; label++)
			give_back("deleted", &kinds[i], label, use_nothing);
}

/* A socket that has asked for a source of a group, or -1 */
static int join_source(const char *dev, const char *group, const char *source)
{
	struct group_source_req req = { .gsr_interface = if_nametoindex(dev) };
	int level = strchr(group, ':') ? IPPROTO_IPV6 : IPPROTO_IP, fd;

	to_sockaddr(group, 0, &req.gsr_group);
	to_sockaddr(source, 0, &req.gsr_source);
	fd = socket(req.gsr_group.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	CHECK(!setsockopt(fd, level, MCAST_JOIN_SOURCE_GROUP, &req,
			  sizeof(req)), "join on %s: %s", dev, strerror(errno));
	return fd;
}

/* Half of them leave before the protocol is lost, the others after that. */
static void use_memberships(int label)
{
	int fds[2 * COUNT], i;
	char name[16];

	use_families(label);
	for (i = 0; i < count; i++) {
		snprintf(name, sizeof(name), "d%d", i + 1);
		fds[2 * i] = join_source(name, "233.252.0.1", "198.51.100.9");
		fds[2 * i + 1] = join_source(name, "ff15::db8:1",
					     "2001:db8::9");
	}
	for (i = 0; i < count; i++)
		close(fds[i]);
	on_each("", "set d# mtu 60");
	for (; i < 2 * count; i++)
		close(fds[i]);
}

/* Routes of both families through IPv6 nexthops, for ip */
static void use_nexthops(int label)
{
	FILE *ip;
	int i;

	use_families(label);
	ip = popen("ip -force -batch -", "w");
	for (i = 1; ip && i <= count; i++)
		fprintf(ip, "nexthop add id %d via fe80::1 dev d%d\n"
			"route add 203.0.113.%d/32 nhid %d\n"
			"route add 2001:db8:9:%x::/64 nhid %d\n",
			i, i, i, i, i, i);
	CHECK(ip && !pclose(ip), "nexthops: expected success");
}

/* Each makes another format the one whose numbers are kept; it has a number
 * that does not come for nothing.
 */
static void use_numbers(int label)
{
	on_each("", "add d#-777 " GROUP " type dummy");
	on_each("", "add d#-%d " GROUP " type dummy");
}

/* What is first on a device, and what a port has */
static void use_uppers(int label)
{
	on_each(labels[label], "add v# link d# LWD " GROUP " type vlan id 7");
	on_each(labels[label], "add b# LWD " GROUP " type bridge");
	on_each("", "set v# master b#");
}

/* One labelled packet each, which is not accepted and counted so. */
static void use_labelled(int label)
{
	/* label 100, the last one */
	static const unsigned char packet[64] = { 0, 6, 0x41, 64 };
	static const unsigned char mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	char name[16];
	int i, fd;

	on_each("", "set d# address 02:00:00:00:00:01 up");
	on_each("", "set p# up");
	if (label)
		on_each("", "set d# mpls on");
	for (i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "p%d", i);
		fd = frame_socket(SOCK_DGRAM, name, 0);
		packet_send(fd, ETH_P_MPLS_UC, mac, packet, sizeof(packet));
		close(fd);
	}
}

/* The kinds do not differ in this. */
static void of_both(const char *what, void (*use)(int label))
{
	int label;

	for (label = 0; label < 2; label++)
		give_back(what, &kinds[0], label, use);
}

static void names(void)
{
	of_both("names", use_names);
}

static void labelled(void)
{
	static const struct kind veth = {
		"veth", "type veth peer LWD name p#",
	};
	int label;

	for (label = 0; label < 2; label++)
		give_back("a labelled packet", &veth, label, use_labelled);
}

static void families(void)
{
	of_both("with addresses", use_families);
}

static void settings(void)
{
	of_both("values of its own", use_settings);
}

static void parameters(void)
{
	of_both("other neighbours", use_parameters);
}

static void mtu(void)
{
	of_both("other MTUs", use_mtu);
}

static void up_and_down(void)
{
	of_both("up and down", use_up_and_down);
}

static void move(void)
{
	count = MOVED;
	of_both("moved", use_move);
	count = COUNT;
}

static void memberships(void)
{
	of_both("memberships", use_memberships);
}

static void nexthops(void)
{
	of_both("nexthops", use_nexthops);
}

static void numbers(void)
{
	of_both("numbers", use_numbers);
}

static void uppers(void)
{
	of_both("uppers", use_uppers);
}

/* What a namespace has for its devices goes with it. */
static void namespaces(void)
{
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	int label, round, i;
	char why[256];

	count = MOVED;
	for (label = 0; label < 2; label++) {
		for (round = 0; round < ROUNDS; round++) {
			for (i = 0; i < count; i++) {
				close(netns_new());
				cmd("add d%%d %s type dummy", labels[label]);
			}
			if (round)
				expect_counted("namespaces");
			netns_go(home);
			if (round && as_before(why, sizeof(why)))
				break;
			note_memory();
		}
		CHECK(round < ROUNDS,
		      "%s: expected all to be given back, got %s",
		      label_names[label], why);
	}
	count = COUNT;
	close(home);
}

static void neighbours(void)
{
	of_both("neighbours", use_neighbours);
}

/* Turned on and off, each family gives back what it took. */
static void switched(void)
{
	static const char * const family[] = { "inet", "inet6", "mpls" };
	unsigned int i, k;
	char line[64], why[256];
	int round;

	cmd("add under up type dummy");
	for (i = 0; i < 2; i++) {
		if (!make(&kinds[i], 1))
			return;
		on_each("", "set d# up");
		for (k = 0; k < ARRAY_SIZE(family); k++) {
			for (round = 0; round < ROUNDS; round++) {
				snprintf(line, sizeof(line), "set d# %s on",
					 family[k]);
				on_each("", line);
				if (round)
					expect_counted(family[k]);
				if (k < 2)
					each_addr(k ? NULL : "198.51.%d.1",
						  k ? "2001:db8:%x::1" : NULL);
				snprintf(line, sizeof(line), "set d# %s off",
					 family[k]);
				on_each("", line);
				if (round && as_before(why, sizeof(why)))
					break;
				note_memory();
			}
			CHECK(round < ROUNDS,
			      "%s, %s: expected all to be given back, got %s",
			      kinds[i].name, family[k], why);
		}
		end();
	}
}

static const struct lwd_case cases[] = {
	CASE("FOOT-3", deleted),
	CASE("FOOT-3 KEEP-6", names),
	CASE("FOOT-3", families),
	CASE("FOOT-3", labelled),
	CASE("FOOT-3 FOOT-5", settings),
	CASE("FOOT-3 FOOT-5", parameters),
	CASE("FOOT-3", mtu),
	CASE("FOOT-3", up_and_down),
	CASE("FOOT-3 KEEP-6", move),
	CASE("FOOT-3", memberships),
	CASE("FOOT-3", nexthops),
	CASE("FOOT-3", numbers),
	CASE("FOOT-3", uppers),
	CASE("FOOT-3", namespaces),
	CASE("FOOT-3", neighbours),
	CASE("FOOT-3 ENABLE-6", switched),
};

int main(void)
{
	cases_run_counted(cases, ARRAY_SIZE(cases));
}

// SPDX-License-Identifier: GPL-2.0
/*
 * What a device takes of memory, and that all of it is given back.  The kernel
 * counts what each place in it has allocated (/proc/allocinfo); COUNT devices
 * at once make a leak of one of anything stand out, wherever it is and whatever
 * the function is called.  Ordinary devices are the control, and what bounds
 * refer to: in the same kernel, in the same run.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/ip.h>
#include <linux/ipv6.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define COUNT		100
#define MOVED		30	/* each waits for all readers */
#define PLACES_MAX	12000
#define GROUP		"group 9"
#define ROUNDS		4
#define NOISE		16	/* bytes a device that are nobody's */

struct place {
	char name[112];
	long bytes;
	long calls;
};

struct snapshot {
	struct place *places;
	int count;
	long bytes;
	long calls;
	/* what network code has allocated, no packets */
	long net_bytes;
	long pieces;
};

static struct snapshot before, now;
static int count = COUNT;

/* Pages of slabs and of processes are no place's own, and what follows
 * references is there to find faults only.
 */
static bool counts(const char *name)
{
	return (strncmp(name, "mm/", 3) || !strncmp(name, "mm/util.c", 9)) &&
	       strncmp(name, "lib/ref_tracker.c", 17);
}

/* What the rest of the kernel does meanwhile is as much as a piece a device. */
static bool of_network(const char *name)
{
	return (!strncmp(name, "net/", 4) ||
		!strncmp(name, "drivers/net/", 12)) &&
	       strncmp(name, "net/core/skbuff.c", 17) &&
	       strncmp(name, "net/netlink/", 12);
}

static bool take(struct snapshot *snap)
{
	char line[256], *at;
	struct place *place;
	FILE *f;

	if (!snap->places)
		snap->places = calloc(PLACES_MAX, sizeof(*place));
	snap->count = 0;
	snap->bytes = 0;
	snap->calls = 0;
	snap->net_bytes = 0;
	snap->pieces = 0;
	f = fopen("/proc/allocinfo", "r");
	if (!f)
		return false;
	while (snap->count < PLACES_MAX && fgets(line, sizeof(line), f)) {
		place = &snap->places[snap->count];
		place->bytes = strtol(line, &at, 10);
		place->calls = strtol(at, &at, 10);
		if (sscanf(at, " %111[^\n]", place->name) != 1 ||
		    !place->calls || !counts(place->name))
			continue;
		snap->bytes += place->bytes;
		snap->calls += place->calls;
		if (of_network(place->name)) {
			snap->net_bytes += place->bytes;
			snap->pieces += place->calls;
		}
		snap->count++;
	}
	fclose(f);
	return snap->count > 0;
}

/* The place that grew by so many allocations or more, or NULL */
static const char *grown(long calls)
{
	static char text[200];
	int i, k = 0;
	long was;

	for (i = 0; i < now.count; i++) {
		/* both lists have the same order */
		int from = k;

		while (k < before.count &&
		       strcmp(before.places[k].name, now.places[i].name))
			k++;
		was = k < before.count ? before.places[k].calls : 0;
		if (k == before.count)
			k = from;
		if (now.places[i].calls - was < calls)
			continue;
		snprintf(text, sizeof(text), "%ld more of %s",
			 now.places[i].calls - was, now.places[i].name);
		return text;
	}
	return NULL;
}

/*
 * Is neither a place nor the sum larger?  What is freed later has some time for
 * that.
 */
static bool as_before(char *why, size_t size)
{
	const char *where = NULL;
	long more = 0;
	int i;

	for (i = 0; i < 10; i++) {
		memory_settle();
		usleep(20000 + 20000 * i);
		take(&now);
		where = grown(count / 2);
		more = now.bytes - before.bytes;
		if (!where && more < NOISE * count)
			return true;
	}
	snprintf(why, size, "%ld bytes more a device, %s", more / count,
		 where ?: "here and there");
	return false;
}

/* The kernel counts, and devices are among what it counts. */
static void expect_counted(const char *what)
{
	take(&now);
	CHECK(grown(count), "%s: expected some place with %d more, got none",
	      what, count);
}

static void note_memory(void)
{
	memory_settle();
	usleep(20000);
	memory_settle();
	take(&before);
}

static const struct kind {
	const char *name;
	const char *words;	/* # is a number of its own */
} kinds[] = {
	{ "dummy", "type dummy" },
	{ "vlan", "link under type vlan id #" },
	{ "vrf", "type vrf table 1#" },
	{ "vti", "type vti local 192.0.2.1 remote 192.0.3.# key #" },
	{ "veth", "type veth peer LWD name p#" },
	{ "macvlan", "link under type macvlan mode bridge" },
	{ "vxlan", "type vxlan id # dstport 4789" },
	{ "bridge", "type bridge" },
	{ "bond", "type bond mode active-backup" },
	{ "vti6", "type vti6 local 2001:db8::1 remote 2001:db8::# key #" },
	{ "many queues", "numtxqueues 40 numrxqueues 40 type dummy" },
};

static const char * const labels[] = { "", "lwd 1" };
static const char * const label_names[] = { "ordinary", "lightweight" };

/* "LWD" becomes the label and "#" the number. */
static bool on_each(const char *label, const char *template)
{
	char line[256];
	const char *at;
	size_t len;
	int i;

	for (i = 1; i <= count; i++) {
		len = 0;
		for (at = template; *at && len < sizeof(line) - 16; at++) {
			if (!strncmp(at, "LWD", 3)) {
				len += sprintf(line + len, "%s", label);
				at += 2;
			} else if (*at == '#') {
				len += sprintf(line + len, "%d", i);
			} else {
				line[len++] = *at;
			}
		}
		line[len] = 0;
		if (!cmd_or_skip("%s", line))
			return false;
	}
	return true;
}

static bool make(const struct kind *kind, int label)
{
	char line[160];

	snprintf(line, sizeof(line), "add d# LWD " GROUP " %s", kind->words);
	return on_each(labels[label], line);
}

static void end(void)
{
	link_cmd(NULL, "del - " GROUP);
}

static void each_addr(const char *format4, const char *format6)
{
	char name[16], addr[48];
	int i;

	for (i = 1; i <= count; i++) {
		snprintf(name, sizeof(name), "d%d", i);
		if (format4) {
			snprintf(addr, sizeof(addr), format4, i);
			add_addr(name, addr, 24);
		}
		if (format6) {
			snprintf(addr, sizeof(addr), format6, i);
			add_addr(name, addr, 64);
		}
	}
}

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
	for (i = 0; i < ARRAY_SIZE(kinds); i++)
		for (label = 0; label < 2; label++)
			give_back("deleted", &kinds[i], label, use_nothing);
}

static void set_addr(struct sockaddr_storage *ss, int family, const char *addr)
{
	ss->ss_family = family;
	inet_pton(family, addr, family == AF_INET ?
		  (void *)&((struct sockaddr_in *)ss)->sin_addr :
		  (void *)&((struct sockaddr_in6 *)ss)->sin6_addr);
}

/* A socket that has asked for a source of a group, or -1 */
static int join_source(const char *dev, int family, const char *group,
		       const char *source)
{
	struct group_source_req req = { .gsr_interface = if_nametoindex(dev) };
	int fd = socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	set_addr(&req.gsr_group, family, group);
	set_addr(&req.gsr_source, family, source);
	CHECK(!setsockopt(fd, family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6,
			  MCAST_JOIN_SOURCE_GROUP, &req, sizeof(req)),
	      "join on %s: %s", dev, strerror(errno));
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
		fds[2 * i] = join_source(name, AF_INET, "233.252.0.1",
					 "198.51.100.9");
		fds[2 * i + 1] = join_source(name, AF_INET6, "ff15::db8:1",
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

/* What a device has taken since the last look, and what network code has of it,
 * in how many pieces
 */
struct taken {
	long bytes;
	long net_bytes;
	long pieces;
};

static struct taken taken_each(void)
{
	static long bytes, net_bytes, pieces;
	struct taken each;

	memory_settle();
	usleep(50000);
	memory_settle();
	take(&now);
	each.bytes = (now.bytes - bytes) / count;
	each.net_bytes = (now.net_bytes - net_bytes + count / 2) / count;
	each.pieces = (now.pieces - pieces + count / 2) / count;
	bytes = now.bytes;
	net_bytes = now.net_bytes;
	pieces = now.pieces;
	return each;
}

static void bound(const char *what, long lwd, long ordinary, double share)
{
	ksft_print_msg("%s: lightweight %ld, ordinary %ld bytes\n", what, lwd,
		       ordinary);
	CHECK(lwd > 0 && lwd <= ordinary * share,
	      "%s: expected up to %.0f bytes, got %ld", what,
	      ordinary * share, lwd);
}

/* What network code takes on the kernel that these bounds were measured on: one
 * for user-mode Linux, without what debugging adds to structures.  Elsewhere
 * only the number of pieces counts.
 */
static bool measured_here(void)
{
	static const char * const larger[] = {
		"do_raw_spin_lock", "kasan_report", "ref_tracker_alloc",
	};
	char line[256], name[128];
	bool here = false;
	unsigned int i;
	FILE *f;

	f = fopen("/proc/cpuinfo", "r");
	while (f && fgets(line, sizeof(line), f))
		here |= !!strstr(line, "User Mode Linux");
	if (f)
		fclose(f);
	f = fopen("/proc/kallsyms", "r");
	if (!f)
		return false;
	while (here && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "%*s %*s %127s", name) != 1)
			continue;
		for (i = 0; i < ARRAY_SIZE(larger); i++)
			here &= !!strcmp(name, larger[i]);
	}
	fclose(f);
	return here;
}

/*
 * What comes back as a piece of its own is found however small it is, and so is
 * a piece that gets larger.
 */
static void bound_network(const char *what, int label, struct taken each,
			  long pieces, long bytes)
{
	static int here = -1;

	if (here < 0)
		here = measured_here();
	ksft_print_msg("%s: %s %ld bytes of network code in %ld pieces\n",
		       what, label_names[label], each.net_bytes, each.pieces);
	CHECK(each.pieces > 0 && each.pieces <= pieces,
	      "%s, %s: expected up to %ld allocations, got %ld", what,
	      label_names[label], pieces, each.pieces);
	CHECK(!here || each.net_bytes <= bytes + NOISE,
	      "%s, %s: expected up to %ld bytes of network code, got %ld",
	      what, label_names[label], bytes, each.net_bytes);
}

static void bytes_per_device(void)
{
	static const struct {
		long pieces, bytes;
	} most[][2] = {
		{ { 27, 22284 }, { 4, 3292 } },
		{ { 30, 22501 }, { 7, 3829 } },
		{ { 30, 22812 }, { 7, 3820 } },
		{ { 26, 22172 }, { 4, 3628 } },
	};
	struct taken each[2];
	unsigned int i;
	int label;

	cmd("add under up type dummy");
	/* the four of which people have many */
	for (i = 0; i < ARRAY_SIZE(most); i++) {
		for (label = 1; label >= 0; label--) {
			if (!make(&kinds[i], label))
				return;
			end();
			taken_each();
			make(&kinds[i], label);
			each[label] = taken_each();
			end();
			bound_network(kinds[i].name, label, each[label],
				      most[i][label].pieces,
				      most[i][label].bytes);
		}
		bound(kinds[i].name, each[1].bytes, each[0].bytes, 1.0 / 6);
	}
}

/* An ordinary device gets IPv4, then IPv6, if its MTU is large enough. */
static void bytes_per_family(void)
{
	static const struct {
		const char *name;
		double share;	/* of what an ordinary device has */
		long pieces, bytes, ordinary_pieces, ordinary_bytes;
	} most[] = {
		{ "IPv4", 1.0 / 10, 3, 548, 6, 5088 },
		{ "IPv6", 1.0 / 5, 14, 3138, 20, 14187 },
		{ "MPLS", 1.0 / 16, 2, 96 },
	};
	struct taken each[2][3];
	unsigned int i;

	make(&kinds[0], 0);
	on_each("", "set d# up");
	on_each("", "set d# mtu 67");
	usleep(500000);
	taken_each();
	on_each("", "set d# mtu 1279");
	each[0][0] = taken_each();
	on_each("", "set d# mtu 1500");
	usleep(500000);
	each[0][1] = taken_each();
	/* its MPLS cannot be taken away; IPv4's measure is good enough */
	each[0][2] = each[0][0];
	end();

	make(&kinds[0], 1);
	on_each("", "set d# up");
	taken_each();
	on_each("", "set d# inet on");
	each[1][0] = taken_each();
	on_each("", "set d# inet6 on");
	usleep(500000);
	each[1][1] = taken_each();
	on_each("", "set d# mpls on");
	each[1][2] = taken_each();
	end();

	for (i = 0; i < ARRAY_SIZE(most); i++) {
		bound(most[i].name, each[1][i].bytes, each[0][i].bytes,
		      most[i].share);
		bound_network(most[i].name, 1, each[1][i], most[i].pieces,
			      most[i].bytes);
		if (most[i].ordinary_pieces)
			bound_network(most[i].name, 0, each[0][i],
				      most[i].ordinary_pieces,
				      most[i].ordinary_bytes);
	}
}

static int size_cb(const struct nlmsghdr *nlh, void *data)
{
	struct link_state st;

	link_parse(nlh, &st);
	if (st.name[0] == 'd')
		*(long *)data += nlh->nlmsg_len;
	return MNL_CB_OK;
}

static void bytes_of_a_dump(void)
{
	long bytes[2] = {};
	int label;

	for (label = 0; label < 2; label++) {
		make(&kinds[0], label);
		link_dump(size_cb, &bytes[label]);
		end();
	}
	bound("dump", bytes[1] / count, bytes[0] / count, 0.75);
}

static long now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* By turns, the best of some each, as others may be at work on the machine */
static void time_per_device(void)
{
	long best[2][2] = {}, took[2];
	int round, label, i;

	cmd("add under up type dummy");
	for (round = 0; round < 6; round++) {
		for (label = 0; label < 2; label++) {
			took[0] = now_us();
			make(&kinds[1], label);
			took[1] = now_us();
			took[0] = took[1] - took[0];
			end();
			took[1] = now_us() - took[1];
			for (i = 0; i < 2; i++)
				if (!best[label][i] ||
				    took[i] < best[label][i])
					best[label][i] = took[i];
		}
	}
	for (i = 0; i < 2; i++) {
		const char *what = i ? "delete" : "create";

		ksft_print_msg("%s: lightweight %ld, ordinary %ld us for %d\n",
			       what, best[1][i], best[0][i], count);
		CHECK(best[1][i] < best[0][i],
		      "%s: expected less than %ld us, got %ld", what,
		      best[0][i], best[1][i]);
	}
}

static const struct lwd_case cases[] = {
	CASE("FOOT-3", deleted),
	CASE("FOOT-3 KEEP-6", names),
	CASE("FOOT-3", families),
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
	CASE("FOOT-1", bytes_per_device),
	CASE("FOOT-2", bytes_per_family),
	CASE("FOOT-8", bytes_of_a_dump),
	CASE("FOOT-4", time_per_device),
};

int main(void)
{
	char on[4] = "";
	FILE *f;

	cases_need_label();
	f = fopen("/proc/sys/vm/mem_profiling", "r");
	if (!f || !fgets(on, sizeof(on), f) || on[0] != '1' || !take(&before))
		ksft_exit_skip("kernel does not count its memory\n");
	fclose(f);
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

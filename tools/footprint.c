// SPDX-License-Identifier: GPL-2.0
/*
 * footprint - what one network device costs
 *
 * Makes N devices of one kind through batched rtnetlink in the running
 * kernel, brings them into a state, takes them away again, and prints what a
 * device cost in memory and in time. One JSON object per row, or a table.
 *
 * A row goes through stages, and memory is read after each of them:
 *
 *	create -> [up] -> [ipv4] -> [ipv6] -> [mpls] -> [off] -> delete
 *
 * Memory is the free pages of the whole kernel (MemFree and the pages that
 * wait on per-cpu lists), read once caches are dropped and RCU has settled.
 * Nothing else may run meanwhile: use a machine booted for the purpose, and
 * a fresh boot for each row if rows are to be compared.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <net/if.h>	/* before linux/if.h, which steps back for it */
#include <dirent.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <limits.h>
#include <linux/if_addr.h>
#include <linux/if_link.h>
#include <linux/if_tunnel.h>
#include <linux/membarrier.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <sched.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <stdnoreturn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

/*
 * Numbers that the headers of this machine need not know yet. FP_IFLA_LWD is
 * only used on a kernel that puts the attribute into its own dumps.
 */
#define FP_IFLA_LWD		70
#define FP_IFLA_INET_ENABLE	2
#define FP_IFLA_INET6_ENABLE	10
#define FP_IFLA_MPLS_ENABLE	1
#define FP_L3_ON		1
#define FP_L3_OFF		2

#ifndef AF_MPLS
#define AF_MPLS			28
#endif

#define BATCH			64	/* messages in one send */
#define WARMUP			512	/* devices made before the first read */
#define PER_PARENT		4000	/* vlan ids are 12 bits */
#define GROUP			0x6c7764
#define TOP			10	/* caches in a row, sites in a table */
#define TOP_SITES		64	/* sites in a row */
#define MAX_SITES		32768
#define MAX_SLABS		1024
#define MAX_COUNT		2000000
#define SETTLE_ROUNDS		200
#define SETTLE_PAGES		4	/* two reads that agree within this */
#define SETTLE_SAME		2	/* ... so many times in a row */

enum stage_id {
	ST_CREATE,
	ST_UP,
	ST_IPV4,
	ST_IPV6,
	ST_MPLS,
	ST_OFF,
	ST_DELETE,
	ST_MAX,
};

static const char * const stage_names[ST_MAX] = {
	"create", "up", "ipv4", "ipv6", "mpls", "off", "delete",
};

#define S(x)			(1u << ST_##x)

static const struct state {
	const char *name;
	unsigned int stages;
} states[] = {
	{ "down",	0 },
	{ "up",		S(UP) },
	{ "ipv4",	S(UP) | S(IPV4) },
	{ "ipv6",	S(UP) | S(IPV6) },
	{ "both",	S(UP) | S(IPV4) | S(IPV6) },
	{ "mpls",	S(UP) | S(MPLS) },
	{ }
};

struct kind;

struct msg {
	struct nlmsghdr *nlh;
	size_t room;
};

struct kind {
	const char *name;
	void (*data)(struct msg *m, unsigned int i, bool lwd);
	bool parent;		/* sits on another device */
	unsigned int ends;	/* devices made by one message */
};

struct site {
	char tag[144];
	long long bytes;
	long long calls;
};

struct slab {
	char name[48];
	long long bytes;
};

/* What the kernel says about its memory at one moment, in bytes */
struct snap {
	long long free;
	long long slab;
	long long percpu;
	struct site *sites;
	unsigned int nr_sites;
	struct slab *slabs;
	unsigned int nr_slabs;
};

struct stage {
	bool done;
	long long bytes;	/* all devices, against before create */
	double us;		/* all devices */
};

struct row {
	const struct kind *kind;
	const struct state *state;
	bool lwd;
	unsigned int n;
	struct stage stages[ST_MAX];
	double dump_us;
	unsigned int rounds;
	unsigned long errors;
	long long slab, percpu, total;
	struct snap before, up, after, off, end;
};

static int nl_fd = -1;
static unsigned int nl_seq;
static char sndbuf[BATCH * 512];
static size_t snd_len;
static unsigned int snd_msgs;
static char rcvbuf[65536];
static long page_size;

/* Errors of one row: all are counted, the first one is told */
static unsigned long nr_errors;
static char first_error[256];

static int *ifindexes;
static int *parents;

static void row_error(const char *what, const char *why, const char *more)
{
	if (!nr_errors++)
		snprintf(first_error, sizeof(first_error), "%s: %s %s", what,
			 why, more);
}

static double now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e6 + ts.tv_nsec / 1e3;
}

/* netlink: messages are put into one buffer and sent BATCH at a time */

static void nl_open(void)
{
	struct sockaddr_nl sa = { .nl_family = AF_NETLINK };
	int one = 1, size = 4 << 20;

	nl_fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
	if (nl_fd < 0 || bind(nl_fd, (void *)&sa, sizeof(sa)))
		err(1, "netlink socket");
	setsockopt(nl_fd, SOL_NETLINK, NETLINK_EXT_ACK, &one, sizeof(one));
	setsockopt(nl_fd, SOL_NETLINK, NETLINK_CAP_ACK, &one, sizeof(one));
	setsockopt(nl_fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	setsockopt(nl_fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
}

static void put(struct msg *m, unsigned short type, const void *data,
		size_t len)
{
	struct nlmsghdr *nlh = m->nlh;
	struct rtattr *rta;

	if (NLMSG_ALIGN(nlh->nlmsg_len) + RTA_SPACE(len) > m->room)
		errx(1, "a message of more than %zu bytes", m->room);
	rta = (void *)((char *)nlh + NLMSG_ALIGN(nlh->nlmsg_len));
	memset(rta, 0, RTA_SPACE(len));
	rta->rta_type = type;
	rta->rta_len = RTA_LENGTH(len);
	if (len)
		memcpy(RTA_DATA(rta), data, len);
	nlh->nlmsg_len = NLMSG_ALIGN(nlh->nlmsg_len) + RTA_SPACE(len);
}

static void put_u8(struct msg *m, unsigned short type, uint8_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put_u16(struct msg *m, unsigned short type, uint16_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put_u32(struct msg *m, unsigned short type, uint32_t v)
{
	put(m, type, &v, sizeof(v));
}

static void put_str(struct msg *m, unsigned short type, const char *s)
{
	put(m, type, s, strlen(s) + 1);
}

static struct rtattr *nest(struct msg *m, unsigned short type)
{
	struct rtattr *rta;

	rta = (void *)((char *)m->nlh + NLMSG_ALIGN(m->nlh->nlmsg_len));
	put(m, type | NLA_F_NESTED, NULL, 0);
	return rta;
}

static void nest_end(struct msg *m, struct rtattr *rta)
{
	rta->rta_len = (char *)m->nlh + m->nlh->nlmsg_len - (char *)rta;
}

static struct msg msg_new(unsigned short type, unsigned short flags,
			  const void *hdr, size_t len)
{
	struct msg m = {
		.nlh = (void *)(sndbuf + snd_len),
		.room = sizeof(sndbuf) - snd_len,
	};

	if (NLMSG_SPACE(len) > m.room)
		errx(1, "the send buffer is full");
	memset(m.nlh, 0, NLMSG_SPACE(len));
	m.nlh->nlmsg_type = type;
	m.nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	m.nlh->nlmsg_seq = ++nl_seq;
	m.nlh->nlmsg_len = NLMSG_LENGTH(len);
	memcpy(NLMSG_DATA(m.nlh), hdr, len);
	return m;
}

static int nl_recv(void)
{
	int len;

	do {
		len = recv(nl_fd, rcvbuf, sizeof(rcvbuf), 0);
	} while (len < 0 && errno == EINTR);
	return len;
}

static const char *extack(const struct nlmsghdr *nlh)
{
	const struct nlmsgerr *e = NLMSG_DATA(nlh);
	int off = NLMSG_LENGTH(sizeof(*e));
	const struct rtattr *rta;
	int len;

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return "";
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		off += NLMSG_ALIGN(e->msg.nlmsg_len) - sizeof(e->msg);
	len = nlh->nlmsg_len - off;
	for (rta = (void *)((char *)nlh + off); RTA_OK(rta, len);
	     rta = RTA_NEXT(rta, len))
		if (rta->rta_type == NLMSGERR_ATTR_MSG)
			return RTA_DATA(rta);
	return "";
}

/* Send what is waiting; the kernel is done with it when the ACK is here */
static void flush_batch(const char *what)
{
	unsigned int last = nl_seq;
	bool acked = false;

	if (!snd_msgs)
		return;
	if (send(nl_fd, sndbuf, snd_len, 0) != (ssize_t)snd_len)
		err(1, "%s: send", what);
	snd_len = 0;
	snd_msgs = 0;

	while (!acked) {
		struct nlmsghdr *nlh = (void *)rcvbuf;
		int len = nl_recv();

		if (len < 0)
			err(1, "%s: receive", what);
		for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			struct nlmsgerr *e = NLMSG_DATA(nlh);

			if (nlh->nlmsg_type != NLMSG_ERROR)
				continue;
			if (e->error)
				row_error(what, strerror(-e->error),
					  extack(nlh));
			if (nlh->nlmsg_seq == last)
				acked = true;
		}
	}
}

/* Only the last message of a batch asks for an ACK, all of them get errors */
static void msg_done(struct msg *m, bool last, const char *what)
{
	snd_len += NLMSG_ALIGN(m->nlh->nlmsg_len);
	last = ++snd_msgs == BATCH || last;
	if (!last)
		return;
	m->nlh->nlmsg_flags |= NLM_F_ACK;
	flush_batch(what);
}

/* The kinds. Each device of a kind differs from all others in its data. */

static uint32_t tunnel_remote(unsigned int i)
{
	return htonl(0x64400001 + i);	/* 100.64.0.0/10 */
}

static uint32_t tunnel_local(void)
{
	return htonl(0xc0000201);	/* 192.0.2.1 */
}

static struct in6_addr tunnel6(uint32_t hi, uint32_t lo)
{
	struct in6_addr a = { };

	a.s6_addr32[0] = htonl(0x20010db8);	/* 2001:db8::/32 */
	a.s6_addr32[1] = htonl(hi);
	a.s6_addr32[3] = htonl(lo);
	return a;
}

static void vlan_data(struct msg *m, unsigned int i, bool lwd)
{
	put_u16(m, IFLA_VLAN_ID, 1 + i % PER_PARENT);
}

static void vrf_data(struct msg *m, unsigned int i, bool lwd)
{
	put_u32(m, IFLA_VRF_TABLE, 1000 + i);
}

static void vti_data(struct msg *m, unsigned int i, bool lwd)
{
	put_u32(m, IFLA_VTI_LOCAL, tunnel_local());
	put_u32(m, IFLA_VTI_REMOTE, tunnel_remote(i));
	put_u32(m, IFLA_VTI_IKEY, htonl(1 + i));
	put_u32(m, IFLA_VTI_OKEY, htonl(1 + i));
}

static void vti6_data(struct msg *m, unsigned int i, bool lwd)
{
	struct in6_addr local = tunnel6(1, 1), remote = tunnel6(2, 1 + i);

	put(m, IFLA_VTI_LOCAL, &local, sizeof(local));
	put(m, IFLA_VTI_REMOTE, &remote, sizeof(remote));
	put_u32(m, IFLA_VTI_IKEY, htonl(1 + i));
	put_u32(m, IFLA_VTI_OKEY, htonl(1 + i));
}

static void gre_data(struct msg *m, unsigned int i, bool lwd)
{
	put_u16(m, IFLA_GRE_IFLAGS, GRE_KEY);
	put_u16(m, IFLA_GRE_OFLAGS, GRE_KEY);
	put_u32(m, IFLA_GRE_LOCAL, tunnel_local());
	put_u32(m, IFLA_GRE_REMOTE, tunnel_remote(i));
	put_u32(m, IFLA_GRE_IKEY, htonl(1 + i));
	put_u32(m, IFLA_GRE_OKEY, htonl(1 + i));
}

static void vxlan_data(struct msg *m, unsigned int i, bool lwd)
{
	put_u32(m, IFLA_VXLAN_ID, 1 + i);
	put_u16(m, IFLA_VXLAN_PORT, htons(4789));
}

/*
 * Private and L3 mode: else every multicast packet of one device is copied to
 * all others of the parent, and the time of 4,000 devices coming up is that
 * of 16 million copies.
 */
static void macvlan_data(struct msg *m, unsigned int i, bool lwd)
{
	put_u32(m, IFLA_MACVLAN_MODE, MACVLAN_MODE_PRIVATE);
}

static void ipvlan_data(struct msg *m, unsigned int i, bool lwd)
{
	put_u16(m, IFLA_IPVLAN_MODE, IPVLAN_MODE_L3);
}

static void veth_data(struct msg *m, unsigned int i, bool lwd)
{
	struct rtattr *peer = nest(m, VETH_INFO_PEER);
	struct ifinfomsg *ifi;
	char name[IFNAMSIZ];

	ifi = (void *)((char *)m->nlh + NLMSG_ALIGN(m->nlh->nlmsg_len));
	memset(ifi, 0, sizeof(*ifi));
	m->nlh->nlmsg_len += NLMSG_ALIGN(sizeof(*ifi));
	snprintf(name, sizeof(name), "fv%u", i);
	put_str(m, IFLA_IFNAME, name);
	put_u32(m, IFLA_GROUP, GROUP);
	if (lwd)
		put_u8(m, FP_IFLA_LWD, 1);
	nest_end(m, peer);
}

static const struct kind kinds[] = {
	{ "dummy",	.ends = 1 },
	{ "vlan",	vlan_data,	.ends = 1, .parent = true },
	{ "vrf",	vrf_data,	.ends = 1 },
	{ "vti",	vti_data,	.ends = 1 },
	{ "vti6",	vti6_data,	.ends = 1 },
	{ "veth",	veth_data,	.ends = 2 },
	{ "macvlan",	macvlan_data,	.ends = 1, .parent = true },
	{ "ipvlan",	ipvlan_data,	.ends = 1, .parent = true },
	{ "gre",	gre_data,	.ends = 1 },
	{ "vxlan",	vxlan_data,	.ends = 1 },
	{ "bridge",	.ends = 1 },
	{ }
};

static void new_link(const struct kind *k, unsigned int i, bool lwd, bool last)
{
	struct ifinfomsg ifi = { };
	struct rtattr *info, *data;
	char name[IFNAMSIZ];
	struct msg m;

	m = msg_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi, sizeof(ifi));
	snprintf(name, sizeof(name), "f%u", i);
	put_str(&m, IFLA_IFNAME, name);
	put_u32(&m, IFLA_GROUP, GROUP);
	if (k->parent)
		put_u32(&m, IFLA_LINK, parents[i / PER_PARENT]);
	if (lwd)
		put_u8(&m, FP_IFLA_LWD, 1);
	info = nest(&m, IFLA_LINKINFO);
	put_str(&m, IFLA_INFO_KIND, k->name);
	if (k->data) {
		data = nest(&m, IFLA_INFO_DATA);
		k->data(&m, i, lwd);
		nest_end(&m, data);
	}
	nest_end(&m, info);
	msg_done(&m, last, "create");
}

static void create(const struct kind *k, unsigned int n, bool lwd)
{
	unsigned int i;

	n /= k->ends;
	for (i = 0; i < n; i++)
		new_link(k, i, lwd, i == n - 1);
}

static void delete(void)
{
	struct ifinfomsg ifi = { };
	struct msg m = msg_new(RTM_DELLINK, 0, &ifi, sizeof(ifi));

	put_u32(&m, IFLA_GROUP, GROUP);
	msg_done(&m, true, "delete");
}

/*
 * Reads all links, as `ip link` would. Stores the ifindex of those in GROUP,
 * at most @max, and returns how many they are; sees that their label is right.
 */
static unsigned int dump(unsigned int max, bool lwd)
{
	struct ifinfomsg ifi = { .ifi_family = AF_UNSPEC };
	struct msg m = msg_new(RTM_GETLINK, NLM_F_DUMP, &ifi, sizeof(ifi));
	unsigned int seen = 0;
	bool done = false;

	if (send(nl_fd, m.nlh, m.nlh->nlmsg_len, 0) < 0)
		err(1, "links: send");
	while (!done) {
		struct nlmsghdr *nlh = (void *)rcvbuf;
		int len = nl_recv();

		if (len < 0)
			err(1, "links: receive");
		for (; NLMSG_OK(nlh, len); nlh = NLMSG_NEXT(nlh, len)) {
			struct ifinfomsg *link = NLMSG_DATA(nlh);
			bool ours = false, label = false;
			int left = IFLA_PAYLOAD(nlh);
			struct rtattr *rta;

			if (nlh->nlmsg_type == NLMSG_DONE) {
				done = true;
				break;
			}
			if (nlh->nlmsg_type == NLMSG_ERROR)
				errx(1, "the kernel refuses to list links");
			if (nlh->nlmsg_type != RTM_NEWLINK)
				continue;
			for (rta = IFLA_RTA(link); RTA_OK(rta, left);
			     rta = RTA_NEXT(rta, left)) {
				unsigned short type;

				type = rta->rta_type & NLA_TYPE_MASK;
				if (type == IFLA_GROUP)
					ours = *(uint32_t *)RTA_DATA(rta) ==
					       GROUP;
				else if (type == FP_IFLA_LWD)
					label = *(uint8_t *)RTA_DATA(rta);
			}
			if (!ours)
				continue;
			if (lwd && !label)
				row_error("create", "a device has no label",
					  "");
			if (seen < max)
				ifindexes[seen] = link->ifi_index;
			seen++;
		}
	}
	return seen;
}

/* Does RTM_NEWLINK of the loopback device carry IFLA_LWD? */
static bool kernel_knows_lwd(void)
{
	struct ifinfomsg ifi = { .ifi_index = 1 };
	struct msg m = msg_new(RTM_GETLINK, 0, &ifi, sizeof(ifi));
	struct nlmsghdr *nlh = (void *)rcvbuf;
	struct rtattr *rta;
	int len;

	if (send(nl_fd, m.nlh, m.nlh->nlmsg_len, 0) < 0)
		err(1, "probe: send");
	len = nl_recv();
	if (len < 0 || !NLMSG_OK(nlh, len))
		err(1, "probe: receive");
	if (nlh->nlmsg_type != RTM_NEWLINK)
		errx(1, "probe: no loopback device");
	len = IFLA_PAYLOAD(nlh);
	for (rta = IFLA_RTA(NLMSG_DATA(nlh)); RTA_OK(rta, len);
	     rta = RTA_NEXT(rta, len))
		if ((rta->rta_type & NLA_TYPE_MASK) == FP_IFLA_LWD)
			return RTA_PAYLOAD(rta) == 1;
	return false;
}

static void set_up(unsigned int n)
{
	struct ifinfomsg ifi = { .ifi_flags = IFF_UP, .ifi_change = IFF_UP };
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct msg m;

		ifi.ifi_index = ifindexes[i];
		m = msg_new(RTM_NEWLINK, 0, &ifi, sizeof(ifi));
		msg_done(&m, i == n - 1, "up");
	}
}

/* One address of its own for each device, out of 10.0.0.0/8 */
static void add_ipv4(unsigned int n)
{
	struct ifaddrmsg ifa = {
		.ifa_family = AF_INET,
		.ifa_prefixlen = 32,
	};
	unsigned int i;

	for (i = 0; i < n; i++) {
		uint32_t addr = htonl(0x0a000001 + i);
		struct msg m;

		ifa.ifa_index = ifindexes[i];
		m = msg_new(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &ifa,
			    sizeof(ifa));
		put(&m, IFA_LOCAL, &addr, sizeof(addr));
		put(&m, IFA_ADDRESS, &addr, sizeof(addr));
		msg_done(&m, i == n - 1, "ipv4");
	}
}

static void put_enable(struct msg *m, int family, unsigned short type,
		       uint8_t value)
{
	struct rtattr *af = nest(m, family);

	put_u8(m, type, value);
	nest_end(m, af);
}

/* Turn the families in @stages on or off: the switch that an lwd has */
static void set_families(unsigned int n, unsigned int stages, uint8_t value,
			 const char *what)
{
	struct ifinfomsg ifi = { };
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct rtattr *spec;
		struct msg m;

		ifi.ifi_index = ifindexes[i];
		m = msg_new(RTM_NEWLINK, 0, &ifi, sizeof(ifi));
		spec = nest(&m, IFLA_AF_SPEC);
		if (stages & S(IPV4))
			put_enable(&m, AF_INET, FP_IFLA_INET_ENABLE, value);
		if (stages & S(IPV6))
			put_enable(&m, AF_INET6, FP_IFLA_INET6_ENABLE, value);
		if (stages & S(MPLS))
			put_enable(&m, AF_MPLS, FP_IFLA_MPLS_ENABLE, value);
		nest_end(&m, spec);
		msg_done(&m, i == n - 1, what);
	}
}

static int write_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	int err = 0;

	if (fd < 0)
		return -errno;
	if (write(fd, text, strlen(text)) < 0)
		err = -errno;
	close(fd);
	return err;
}

/* An ordinary device takes labelled packets once its sysctl says so */
static void set_mpls_sysctl(unsigned int n)
{
	char path[128], name[IFNAMSIZ];
	unsigned int i;
	int err;

	for (i = 0; i < n; i++) {
		if (!if_indextoname(ifindexes[i], name)) {
			row_error("mpls", "a device is gone", "");
			continue;
		}
		snprintf(path, sizeof(path), "/proc/sys/net/mpls/conf/%s/input",
			 name);
		err = write_file(path, "1");
		if (err)
			row_error("mpls", path, strerror(-err));
	}
}

/* Memory, as the kernel accounts for it */

/*
 * All free pages, also those that a CPU keeps for itself and MemFree leaves
 * out. One pass over one file sees both; the sum of two files would change
 * with each page that goes from one place to the other in between.
 */
static long long read_free(void)
{
	static char buf[1 << 16];
	long long pages = 0, n;
	size_t len = 0;
	ssize_t ret;
	char *line;
	int fd;

	write_file("/proc/sys/vm/stat_refresh", "1");
	fd = open("/proc/zoneinfo", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		err(1, "/proc/zoneinfo");
	do {
		ret = read(fd, buf + len, sizeof(buf) - 1 - len);
		len += ret > 0 ? ret : 0;
	} while (ret > 0);
	close(fd);
	buf[len] = '\0';
	for (line = strtok(buf, "\n"); line; line = strtok(NULL, "\n"))
		if (sscanf(line, " pages free %lld", &n) == 1 ||
		    sscanf(line, " count: %lld", &n) == 1)
			pages += n;
	return pages * page_size;
}

static void read_meminfo(struct snap *s)
{
	FILE *f = fopen("/proc/meminfo", "re");
	char line[256];
	long long kb;

	if (!f)
		err(1, "/proc/meminfo");
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Slab: %lld", &kb) == 1)
			s->slab = kb * 1024;
		else if (sscanf(line, "Percpu: %lld", &kb) == 1)
			s->percpu = kb * 1024;
	}
	fclose(f);
}

static void shrink_slabs(void)
{
	DIR *dir = opendir("/sys/kernel/slab");
	struct dirent *de;
	char path[512];

	if (!dir)
		return;
	while ((de = readdir(dir))) {
		if (de->d_name[0] == '.' || de->d_type == DT_LNK)
			continue;
		snprintf(path, sizeof(path), "/sys/kernel/slab/%s/shrink",
			 de->d_name);
		write_file(path, "1");
	}
	closedir(dir);
}

/* Drop caches and wait for RCU until the free memory stands still */
static unsigned int wait_free(struct snap *s)
{
	unsigned int rounds, same = 0;
	int ret;

	s->free = LLONG_MIN / 2;
	for (rounds = 1; rounds <= SETTLE_ROUNDS; rounds++) {
		long long last = s->free;

		syscall(SYS_membarrier, MEMBARRIER_CMD_GLOBAL, 0, 0);
		ret = write_file("/proc/sys/vm/drop_caches", "3");
		if (ret)
			errx(1, "/proc/sys/vm/drop_caches: %s", strerror(-ret));
		s->free = read_free();
		if (llabs(s->free - last) <= SETTLE_PAGES * page_size)
			same++;
		else
			same = 0;
		if (same == SETTLE_SAME)
			return rounds;
	}
	row_error("memory", "does not come to rest", "");
	return SETTLE_ROUNDS;
}

/*
 * Give back whatever is only cached and read what is left. Slabs are shrunk
 * once all that RCU will free is in them; and again, as the first time may
 * free lists of free objects into slabs that have had their turn. Returns the
 * rounds that this took.
 */
static unsigned int settle(struct snap *s)
{
	unsigned int rounds = wait_free(s);

	shrink_slabs();
	shrink_slabs();
	rounds += wait_free(s);
	read_meminfo(s);
	return rounds;
}

static bool profiling(void)
{
	char c = '0';
	int fd;

	fd = open("/proc/sys/vm/mem_profiling", O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	if (read(fd, &c, 1) != 1)
		c = '0';
	close(fd);
	return c == '1' && !access("/proc/allocinfo", R_OK);
}

static void read_sites(struct snap *s)
{
	char line[512], *name;
	size_t len;
	FILE *f;

	s->nr_sites = 0;
	if (!profiling())
		return;
	f = fopen("/proc/allocinfo", "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f) && s->nr_sites < MAX_SITES) {
		struct site *site = &s->sites[s->nr_sites];

		if (sscanf(line, "%lld %lld %143[^\n]", &site->bytes,
			   &site->calls, site->tag) != 3)
			continue;
		/* built out of tree: ../linux/net/core/dev.c */
		name = site->tag;
		while (!strncmp(name, "../", 3))
			name += 3;
		if (name != site->tag && strchr(name, '/'))
			name = strchr(name, '/') + 1;
		memmove(site->tag, name, strlen(name) + 1);
		/* the pages behind slabs and per-cpu data: counted above */
		if (strstr(site->tag, "func:alloc_slab_page") ||
		    !strncmp(site->tag, "mm/percpu", 9))
			continue;
		len = strlen(site->tag);
		while (len && site->tag[len - 1] == ' ')
			site->tag[--len] = '\0';
		s->nr_sites++;
	}
	fclose(f);
}

static void read_slabs(struct snap *s)
{
	unsigned long slabs, pages;
	char line[512], *data;
	FILE *f;

	s->nr_slabs = 0;
	f = fopen("/proc/slabinfo", "re");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f) && s->nr_slabs < MAX_SLABS) {
		struct slab *slab = &s->slabs[s->nr_slabs];

		data = strstr(line, ": slabdata");
		if (!data || sscanf(data, ": slabdata %*u %lu", &slabs) != 1 ||
		    sscanf(line, "%47s %*u %*u %*u %*u %lu", slab->name,
			   &pages) != 2)
			continue;
		slab->bytes = (long long)slabs * pages * page_size;
		s->nr_slabs++;
	}
	fclose(f);
}

static void snap_alloc(struct snap *s)
{
	s->sites = calloc(MAX_SITES, sizeof(*s->sites));
	s->slabs = calloc(MAX_SLABS, sizeof(*s->slabs));
	if (!s->sites || !s->slabs)
		errx(1, "out of memory");
}

static int by_bytes(const void *a, const void *b)
{
	const struct site *x = a, *y = b;

	return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

static int slab_by_bytes(const void *a, const void *b)
{
	const struct slab *x = a, *y = b;

	return (x->bytes < y->bytes) - (x->bytes > y->bytes);
}

/* Leave in @after what came in addition to @before, largest first */
static void snap_diff(struct snap *after, const struct snap *before)
{
	unsigned int i, j;

	if (after->nr_sites != before->nr_sites)
		after->nr_sites = 0;
	for (i = 0; i < after->nr_sites; i++) {
		if (strcmp(after->sites[i].tag, before->sites[i].tag)) {
			row_error("allocinfo", "changed its order", "");
			after->nr_sites = 0;
			break;
		}
		after->sites[i].bytes -= before->sites[i].bytes;
		after->sites[i].calls -= before->sites[i].calls;
	}
	qsort(after->sites, after->nr_sites, sizeof(*after->sites), by_bytes);

	for (i = 0; i < after->nr_slabs; i++)
		for (j = 0; j < before->nr_slabs; j++)
			if (!strcmp(after->slabs[i].name,
				    before->slabs[j].name)) {
				after->slabs[i].bytes -=
					before->slabs[j].bytes;
				break;
			}
	qsort(after->slabs, after->nr_slabs, sizeof(*after->slabs),
	      slab_by_bytes);
}

/* Parents are ordinary devices, made before the first read of memory */
static void make_parents(unsigned int n)
{
	unsigned int i, nr = (n + PER_PARENT - 1) / PER_PARENT;

	for (i = 0; i < nr; i++) {
		struct ifinfomsg ifi = {
			.ifi_flags = IFF_UP,
			.ifi_change = IFF_UP,
		};
		char name[IFNAMSIZ];
		struct rtattr *info;
		struct msg m;

		m = msg_new(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &ifi,
			    sizeof(ifi));
		snprintf(name, sizeof(name), "fparent%u", i);
		put_str(&m, IFLA_IFNAME, name);
		info = nest(&m, IFLA_LINKINFO);
		put_str(&m, IFLA_INFO_KIND, "dummy");
		nest_end(&m, info);
		msg_done(&m, true, "parent");
		parents[i] = if_nametoindex(name);
		if (!parents[i])
			errx(1, "no parent device: %s", first_error);
	}
}

static void drop_parents(unsigned int n)
{
	unsigned int i, nr = (n + PER_PARENT - 1) / PER_PARENT;

	for (i = 0; i < nr; i++) {
		struct ifinfomsg ifi = { .ifi_index = parents[i] };
		struct msg m = msg_new(RTM_DELLINK, 0, &ifi, sizeof(ifi));

		msg_done(&m, i == nr - 1, "parent");
	}
}

static void run_stage(struct row *r, enum stage_id id)
{
	struct stage *st = &r->stages[id];
	double start = now_us();
	struct snap s = { };

	switch (id) {
	case ST_CREATE:
		create(r->kind, r->n, r->lwd);
		break;
	case ST_UP:
		set_up(r->n);
		break;
	case ST_IPV4:
		add_ipv4(r->n);
		break;
	case ST_IPV6:
		/* an ordinary device has had IPv6 since it was made */
		if (r->lwd)
			set_families(r->n, S(IPV6), FP_L3_ON, "ipv6");
		break;
	case ST_MPLS:
		if (r->lwd)
			set_families(r->n, S(MPLS), FP_L3_ON, "mpls");
		else
			set_mpls_sysctl(r->n);
		break;
	case ST_OFF:
		set_families(r->n, r->state->stages, FP_L3_OFF, "off");
		break;
	case ST_DELETE:
		delete();
		break;
	default:
		break;
	}
	st->us = now_us() - start;
	r->rounds += settle(&s);
	st->bytes = r->before.free - s.free;
	st->done = true;
	if (id < ST_OFF) {
		r->total = st->bytes;
		r->slab = s.slab - r->before.slab;
		r->percpu = s.percpu - r->before.percpu;
	}
}

static bool run_row(struct row *r)
{
	const unsigned int l3 = S(IPV4) | S(IPV6) | S(MPLS);
	unsigned int warmup, found, id;
	double start;

	nr_errors = 0;
	first_error[0] = '\0';
	if (r->kind->parent)
		make_parents(r->n);

	/* what only the first devices cost is not a price per device */
	warmup = r->n < WARMUP ? r->n : WARMUP;
	create(r->kind, warmup, r->lwd);
	if (nr_errors) {
		fprintf(stderr, "footprint: %s %s: %s\n", r->kind->name,
			r->lwd ? "lwd" : "ordinary", first_error);
		r->errors = nr_errors;
		if (dump(0, false))
			delete();
		return false;
	}
	dump(r->n, r->lwd);
	if (r->state->stages & S(UP))
		set_up(warmup);
	delete();

	r->rounds = settle(&r->before);
	read_slabs(&r->before);
	read_sites(&r->before);
	/* reading them took memory of its own, once */
	r->rounds += settle(&r->before);

	run_stage(r, ST_CREATE);
	start = now_us();
	found = dump(r->n, r->lwd);
	r->dump_us = now_us() - start;
	if (found != r->n)
		row_error("create", "another number of devices is there", "");

	for (id = ST_UP; id < ST_OFF; id++) {
		if (r->state->stages & (1u << id))
			run_stage(r, id);
		if (id == ST_UP)
			read_sites(&r->up);
	}
	if (r->state->stages) {
		start = now_us();
		dump(r->n, r->lwd);
		r->dump_us = now_us() - start;
	}
	read_slabs(&r->after);
	read_sites(&r->after);
	snap_diff(&r->after, &r->before);

	if (r->lwd && (r->state->stages & l3)) {
		run_stage(r, ST_OFF);
		read_sites(&r->off);
		snap_diff(&r->off, &r->up);
	}
	run_stage(r, ST_DELETE);
	read_sites(&r->end);
	snap_diff(&r->end, &r->before);
	found = dump(0, false);
	if (found)
		row_error("delete", "devices are left", "");
	if (r->kind->parent)
		drop_parents(r->n);

	r->errors = nr_errors;
	if (nr_errors)
		fprintf(stderr, "footprint: %s %s %s: %lu errors, first: %s\n",
			r->kind->name, r->lwd ? "lwd" : "ordinary",
			r->state->name, nr_errors, first_error);
	return !nr_errors;
}

/* Output */

static double each(const struct row *r, double all)
{
	return all / r->n;
}

static void print_string(const char *s)
{
	putchar('"');
	for (; *s; s++) {
		if (*s == '"' || *s == '\\')
			putchar('\\');
		if ((unsigned char)*s >= ' ')
			putchar(*s);
	}
	putchar('"');
}

/* What the last family left behind once it was turned off again */
static long long off_leftover(const struct row *r)
{
	return r->stages[ST_OFF].bytes - r->stages[ST_UP].bytes;
}

static void print_sites(const struct row *r, const struct snap *s,
			const char *name)
{
	const char *sep = "";
	double sum = 0;
	unsigned int i;

	if (!s->nr_sites)
		return;
	for (i = 0; i < s->nr_sites; i++)
		sum += s->sites[i].bytes;
	printf("\"%s_bytes\": %.1f, \"%s\": [", name, each(r, sum), name);
	for (i = 0; i < TOP_SITES && i < s->nr_sites; i++) {
		if (s->sites[i].bytes < (long long)r->n)
			break;
		printf("%s{\"site\": ", sep);
		print_string(s->sites[i].tag);
		printf(", \"bytes\": %.1f, \"calls\": %.2f}",
		       each(r, s->sites[i].bytes), each(r, s->sites[i].calls));
		sep = ", ";
	}
	printf("], ");
}

static void print_json(const struct row *r, const char *netns)
{
	const struct snap *a = &r->after;
	const char *sep = "";
	struct utsname uts;
	unsigned int i;

	uname(&uts);
	printf("{\"kind\": \"%s\", \"label\": \"%s\", \"state\": \"%s\", ",
	       r->kind->name, r->lwd ? "lwd" : "ordinary", r->state->name);
	printf("\"n\": %u, \"bytes_per_device\": %.0f, ", r->n,
	       each(r, r->total));
	printf("\"create_us\": %.2f, \"delete_us\": %.2f, ",
	       each(r, r->stages[ST_CREATE].us),
	       each(r, r->stages[ST_DELETE].us));
	printf("\"dump_us\": %.0f, \"leftover\": %.1f, ", r->dump_us,
	       each(r, r->stages[ST_DELETE].bytes));
	if (r->stages[ST_OFF].done)
		printf("\"off_leftover\": %.1f, ", each(r, off_leftover(r)));
	printf("\"slab_bytes\": %.0f, \"percpu_bytes\": %.0f, ",
	       each(r, r->slab), each(r, r->percpu));
	printf("\"page_bytes\": %.0f, ",
	       each(r, r->total - r->slab - r->percpu));

	printf("\"stages\": {");
	for (i = 0; i < ST_MAX; i++) {
		if (!r->stages[i].done)
			continue;
		printf("%s\"%s\": {\"bytes\": %.0f, \"us\": %.2f}", sep,
		       stage_names[i], each(r, r->stages[i].bytes),
		       each(r, r->stages[i].us));
		sep = ", ";
	}
	printf("}, \"slabs\": [");
	for (i = 0, sep = ""; i < a->nr_slabs && i < TOP; i++, sep = ", ") {
		if (a->slabs[i].bytes < (long long)r->n)
			break;
		printf("%s{\"cache\": ", sep);
		print_string(a->slabs[i].name);
		printf(", \"bytes\": %.0f}", each(r, a->slabs[i].bytes));
	}
	printf("], ");
	print_sites(r, &r->after, "sites");
	if (r->stages[ST_OFF].done)
		print_sites(r, &r->off, "off_sites");
	print_sites(r, &r->end, "leftover_sites");
	printf("\"profiling\": %s, \"netns\": \"%s\", ",
	       profiling() ? "true" : "false", netns);
	printf("\"kernel\": \"%s\", \"rounds\": %u, \"errors\": %lu}\n",
	       uts.release, r->rounds, r->errors);
	fflush(stdout);
}

static void print_table(const struct row *r, bool header)
{
	unsigned int i;

	if (header)
		printf("%-8s %-8s %-5s %8s %9s %9s %9s %9s %9s\n", "kind",
		       "label", "state", "devices", "bytes", "create us",
		       "delete us", "dump ms", "left over");
	printf("%-8s %-8s %-5s %8u %9.0f %9.1f %9.1f %9.1f %9.1f%s\n",
	       r->kind->name, r->lwd ? "lwd" : "ordinary", r->state->name,
	       r->n, each(r, r->total), each(r, r->stages[ST_CREATE].us),
	       each(r, r->stages[ST_DELETE].us), r->dump_us / 1000,
	       each(r, r->stages[ST_DELETE].bytes),
	       r->errors ? "  ERRORS" : "");
	for (i = 0; i < TOP && i < r->after.nr_sites; i++) {
		if (r->after.sites[i].bytes < (long long)r->n)
			break;
		printf("%40.0f %s\n", each(r, r->after.sites[i].bytes),
		       r->after.sites[i].tag);
	}
	fflush(stdout);
}

static void usage(FILE *out)
{
	unsigned int i;

	fprintf(out,
		"Usage: footprint [OPTION]...\n"
		"Measure what a network device costs in the running kernel.\n"
		"Wants root and a machine that does nothing else.\n"
		"\n"
		"  -k, --kind KIND,...    kinds of device (dummy)\n"
		"  -n, --count N,...      how many devices (4000)\n"
		"  -l, --label LABEL,...  ordinary, lwd (ordinary)\n"
		"  -s, --state STATE,...  what is read as bytes (down)\n"
		"  -N, --netns WHERE      init or fresh (init)\n"
		"  -t, --table            print a table instead of JSON\n"
		"      --probe            say whether the kernel knows lwd\n"
		"  -h, --help             print this text\n"
		"\nkinds: ");
	for (i = 0; kinds[i].name; i++)
		fprintf(out, " %s", kinds[i].name);
	fprintf(out,
		"\n\nstates:\n"
		"  down  as created\n"
		"  up    and set up (ordinary: IPv6 has a link-local then)\n"
		"  ipv4  up, and an IPv4 address\n"
		"  ipv6  up, and IPv6 on with its link-local address\n"
		"  both  up, ipv4 and ipv6\n"
		"  mpls  up, and labelled packets are accepted\n"
		"\n"
		"Bytes by allocation site are added if the kernel was booted\n"
		"with sysctl.vm.mem_profiling=1; bytes and times are best\n"
		"read with sysctl.vm.mem_profiling=never.\n"
		"\n"
		"Exit status: 0 all rows done, 1 errors, 2 bad options,\n"
		"4 a row asked for lwd and the kernel does not know it.\n");
}

static noreturn void bad_option(const char *what, const char *arg)
{
	fprintf(stderr,
		"footprint: %s: %s\nTry 'footprint --help'.\n", what, arg);
	exit(2);
}

static const struct kind *find_kind(const char *name)
{
	const struct kind *k;

	for (k = kinds; k->name; k++)
		if (!strcmp(k->name, name))
			return k;
	bad_option("no such kind", name);
}

static const struct state *find_state(const char *name)
{
	const struct state *s;

	for (s = states; s->name; s++)
		if (!strcmp(s->name, name))
			return s;
	bad_option("no such state", name);
}

static bool find_label(const char *name)
{
	if (!strcmp(name, "lwd"))
		return true;
	if (!strcmp(name, "ordinary"))
		return false;
	bad_option("no such label", name);
}

static unsigned int find_count(const char *text)
{
	unsigned long n;
	char *end;

	errno = 0;
	n = strtoul(text, &end, 10);
	if (errno || *end || *text < '0' || *text > '9' || n < 2 ||
	    n > MAX_COUNT || n % 2)
		bad_option("not an even number from 2 to 2000000", text);
	return n;
}

#define MAX_LIST	16

static unsigned int split(char *text, char **list)
{
	unsigned int n = 0;
	char *word;

	list[0] = text;
	while ((word = strsep(&text, ","))) {
		if (!*word || n == MAX_LIST)
			bad_option("an empty word, or too many", list[0]);
		list[n++] = word;
	}
	return n;
}

/*
 * Addresses that take a second to become usable, and solicitations, would
 * run into the timings. They take no memory that stays.
 */
static void quiet_ipv6(void)
{
	static const char * const names[] = {
		"accept_dad", "router_solicitations",
	};
	char path[128];
	unsigned int i;
	int err;

	for (i = 0; i < 2; i++) {
		snprintf(path, sizeof(path),
			 "/proc/sys/net/ipv6/conf/default/%s", names[i]);
		err = write_file(path, "0");
		if (err && err != -ENOENT)
			errx(1, "%s: %s", path, strerror(-err));
	}
}

enum { OPT_PROBE = 256 };

int main(int argc, char **argv)
{
	static const struct option longopts[] = {
		{ "kind",	required_argument,	NULL, 'k' },
		{ "count",	required_argument,	NULL, 'n' },
		{ "label",	required_argument,	NULL, 'l' },
		{ "state",	required_argument,	NULL, 's' },
		{ "netns",	required_argument,	NULL, 'N' },
		{ "table",	no_argument,		NULL, 't' },
		{ "probe",	no_argument,		NULL, OPT_PROBE },
		{ "help",	no_argument,		NULL, 'h' },
		{ }
	};
	char *klist[MAX_LIST] = { "dummy" }, *nlist[MAX_LIST] = { "4000" };
	char *llist[MAX_LIST] = { "ordinary" }, *slist[MAX_LIST] = { "down" };
	unsigned int nk = 1, nn = 1, nl = 1, ns = 1, max = 0, i, shift;
	bool table = false, probe = false, failed = false;
	bool refused = false, header = true, knows;
	const char *netns = "init";
	struct snap snaps[5] = { };
	int opt;

	while ((opt = getopt_long(argc, argv, "k:n:l:s:N:th", longopts,
				  NULL)) != -1) {
		switch (opt) {
		case 'k':
			nk = split(optarg, klist);
			break;
		case 'n':
			nn = split(optarg, nlist);
			break;
		case 'l':
			nl = split(optarg, llist);
			break;
		case 's':
			ns = split(optarg, slist);
			break;
		case 'N':
			netns = optarg;
			break;
		case 't':
			table = true;
			break;
		case OPT_PROBE:
			probe = true;
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			fprintf(stderr, "Try 'footprint --help'.\n");
			return 2;
		}
	}
	if (optind < argc)
		bad_option("not an option", argv[optind]);
	if (strcmp(netns, "init") && strcmp(netns, "fresh"))
		bad_option("netns is init or fresh", netns);
	for (i = 0; i < nk; i++)
		find_kind(klist[i]);
	for (i = 0; i < nl; i++)
		find_label(llist[i]);
	for (i = 0; i < ns; i++)
		find_state(slist[i]);
	for (i = 0; i < nn; i++)
		if (find_count(nlist[i]) > max)
			max = find_count(nlist[i]);

	if (!strcmp(netns, "fresh") && unshare(CLONE_NEWNET))
		err(1, "a fresh netns");
	page_size = sysconf(_SC_PAGESIZE);
	nl_open();
	knows = kernel_knows_lwd();
	if (probe) {
		puts(knows ? "lwd" : "no lwd");
		return knows ? 0 : 4;
	}

	/* all memory of our own is there before the first read */
	ifindexes = calloc(max, sizeof(*ifindexes));
	parents = calloc(max / PER_PARENT + 1, sizeof(*parents));
	if (!ifindexes || !parents)
		errx(1, "out of memory");
	for (i = 0; i < 5; i++)
		snap_alloc(&snaps[i]);
	if (mlockall(MCL_CURRENT | MCL_FUTURE))
		err(1, "mlockall");
	quiet_ipv6();

	/* the last word of a row's name runs fastest: ordinary, lwd, ... */
	for (i = 0; i < nk * nn * ns * nl; i++) {
		struct row r = {
			.before = snaps[0],
			.up = snaps[1],
			.after = snaps[2],
			.off = snaps[3],
			.end = snaps[4],
		};

		shift = i;
		r.lwd = find_label(llist[shift % nl]);
		shift /= nl;
		r.state = find_state(slist[shift % ns]);
		shift /= ns;
		r.n = find_count(nlist[shift % nn]);
		shift /= nn;
		r.kind = find_kind(klist[shift]);

		if (r.lwd && !knows) {
			fprintf(stderr,
				"footprint: %s %s: this kernel does not know the label lwd\n",
				r.kind->name, r.state->name);
			refused = true;
			continue;
		}
		if (!run_row(&r)) {
			failed = true;
			if (!r.stages[ST_CREATE].done)
				continue;
		}
		if (table)
			print_table(&r, header);
		else
			print_json(&r, netns);
		header = false;
	}
	if (failed)
		return 1;
	return refused ? 4 : 0;
}

// SPDX-License-Identifier: GPL-2.0
/* Listeners of groups, and who hears and asks them. */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/igmp.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lwd_frame.h"
#include "lwd_listener.h"

#define QUIET_MS	700

struct end ends[] = {
	{ "or0", "of0", "lwd 0" },
	{ "lw0", "lf0", "lwd 1" },
};

unsigned int count;
static int home, far;

/* What a report is called in these cases, by its type or that of its record */
static const char *record_name(unsigned int type)
{
	static const char * const names[] = {
		"?", "is_in", "is_ex", "to_in", "to_ex", "allow", "block",
	};

	return type < ARRAY_SIZE(names) ? names[type] : "?";
}

/*
 * Does a packet say this?  Such as "igmp2 report 233.252.0.1",
 * "igmp3 to_ex 233.252.0.1", "mld1 done ff0e::db8:1", "mld2 is_in ff0e::db8:1".
 * The newer versions' packets have records: header of 8, then each of 8 or 20
 * bytes and its sources.
 */
static bool says(const unsigned char *data, size_t len, int af,
		 const char *want)
{
	size_t size = af == AF_INET ? 4 : 16, at = 8, rec;
	char addr[INET6_ADDRSTRLEN], text[96];
	unsigned int i, n;

	if (len < 8)
		return false;
	if (data[0] != (af == AF_INET ? 0x22 : 143)) {
		const char *what = "?";

		if (data[0] == (af == AF_INET ? 0x16 : 131))
			what = "report";
		else if (data[0] == (af == AF_INET ? 0x17 : 132))
			what = "leave";
		at = af == AF_INET ? 4 : 8;
		if (at + size > len)
			return false;
		inet_ntop(af, data + at, addr, sizeof(addr));
		snprintf(text, sizeof(text), "%s %s %s",
			 af == AF_INET ? "igmp2" : "mld1", what, addr);
		return !strcmp(text, want);
	}
	n = data[6] << 8 | data[7];
	for (i = 0; i < n; i++, at += rec) {
		if (at + 4 + size > len)
			return false;
		rec = 4 + size * (1 + (data[at + 2] << 8 | data[at + 3])) +
		      4 * data[at + 1];
		inet_ntop(af, data + at + 4, addr, sizeof(addr));
		snprintf(text, sizeof(text), "%s %s %s",
			 af == AF_INET ? "igmp3" : "mld2",
			 record_name(data[at]), addr);
		if (!strcmp(text, want))
			return true;
	}
	return false;
}

/* The IGMP or MLD message in a packet, behind its headers */
static size_t message_at(const unsigned char *data, ssize_t len, int af)
{
	if (af == AF_INET)
		return len > 20 && data[9] == IPPROTO_IGMP ?
		       (data[0] & 15) * 4 : 0;
	if (len < 56 || data[6] != IPPROTO_HOPOPTS ||
	    data[40] != IPPROTO_ICMPV6)
		return 0;
	return 40 + 8 * (1 + data[41]);
}

static long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/*
 * Read what comes until one of them says it, and none before it the other; no
 * text: until it is quiet.
 */
static bool heard(const struct end *end, const char *want, const char *other,
		  int ms)
{
	int af = !want || want[0] == 'm' ? AF_INET6 : AF_INET;
	long until = now_ms() + ms, left;
	int fd = af == AF_INET ? end->fd4 : end->fd6;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	unsigned char data[2048];
	struct sockaddr_ll from;
	ssize_t len;
	size_t at;

	while ((left = until - now_ms()) >= 0) {
		socklen_t size = sizeof(from);

		if (poll(&pfd, 1, left) <= 0)
			continue;
		len = recvfrom(fd, data, sizeof(data), MSG_DONTWAIT,
			       (struct sockaddr *)&from, &size);
		if (len <= 0 || from.sll_pkttype == PACKET_OUTGOING || !want)
			continue;
		at = message_at(data, len, af);
		if (!at || at >= (size_t)len)
			continue;
		CHECK(!other || !says(data + at, len - at, af, other),
		      "%s: expected no \"%s\", got one", end->name, other);
		if (says(data + at, len - at, af, want))
			return true;
	}
	return false;
}

void expect_without(const char *when, const char *want, const char *other)
{
	unsigned int i;
	int ms;

	for (i = 0; i < count; i++) {
		/* of a case that has failed the rest is only for the reader */
		ms = wait_ms();
		if (case_failed)
			ms = QUIET_MS;
		CHECK(heard(&ends[i], want, other, ms),
		      "%s, %s: expected \"%s\", got none", when, ends[i].name,
		      want);
	}
}

void expect_heard(const char *when, const char *want)
{
	expect_without(when, want, NULL);
}

void expect_quiet(const char *when, const char *want)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		CHECK(!heard(&ends[i], want, NULL, QUIET_MS),
		      "%s, %s: expected no \"%s\", got one", when,
		      ends[i].name, want);
}

void forget_heard(void)
{
	unsigned char data[64];
	unsigned int i;

	for (i = 0; i < count; i++) {
		while (recv(ends[i].fd4, data, sizeof(data), MSG_DONTWAIT) > 0)
			;
		while (recv(ends[i].fd6, data, sizeof(data), MSG_DONTWAIT) > 0)
			;
	}
}

static void send_packet(const struct end *end, int af, const void *data,
			size_t len, const unsigned char *mac)
{
	int fd;

	netns_go(far);
	fd = frame_socket(SOCK_DGRAM, end->far, 0);
	packet_send(fd, af == AF_INET ? ETH_P_IP : ETH_P_IPV6, mac, data, len);
	close(fd);
	netns_go(home);
}

/* An IGMP message of len bytes to a group, on each link */
static void send_igmp(const char *dst, const unsigned char *igmp, size_t len)
{
	unsigned char data[128] = {}, mac[ETH_ALEN] = { 1, 0, 0x5e };
	struct iphdr *iph = (struct iphdr *)data;
	unsigned int i;
	__u16 sum;

	iph->version = 4;
	iph->ihl = 5;
	iph->tot_len = htons(20 + len);
	iph->ttl = 1;
	iph->protocol = IPPROTO_IGMP;
	inet_pton(AF_INET, "198.51.100.2", &iph->saddr);
	inet_pton(AF_INET, dst, &iph->daddr);
	iph->check = inet_sum(0, data, 20);
	sum = inet_sum(0, igmp, len);
	memcpy(data + 20, igmp, len);
	memcpy(data + 22, &sum, 2);
	memcpy(mac + 3, data + 17, 3);
	mac[3] &= 0x7f;
	for (i = 0; i < count; i++)
		send_packet(&ends[i], AF_INET, data, 20 + len, mac);
}

/* An MLD message, with the router alert that it must have */
void send_mld(const char *dst, const unsigned char *mld, size_t len)
{
	unsigned char data[192] = {}, mac[ETH_ALEN] = { 0x33, 0x33 };
	static const unsigned char alert[8] = {
		IPPROTO_ICMPV6, 0, 5, 2, 0, 0, 1, 0
	};
	struct ip6_hdr *ip6h = (struct ip6_hdr *)data;
	unsigned int i;
	__u16 sum;

	ip6h->ip6_vfc = 0x60;
	ip6h->ip6_plen = htons(sizeof(alert) + len);
	ip6h->ip6_nxt = IPPROTO_HOPOPTS;
	ip6h->ip6_hlim = 1;
	inet_pton(AF_INET6, "fe80::2", &ip6h->ip6_src);
	inet_pton(AF_INET6, dst, &ip6h->ip6_dst);
	memcpy(data + 40, alert, sizeof(alert));
	memcpy(data + 48, mld, len);
	/* of the pseudo header, whose addresses are just before, and of this */
	sum = ntohs(inet_sum(len + IPPROTO_ICMPV6, data + 8, 32));
	sum = inet_sum((__u16)~sum, mld, len);
	memcpy(data + 50, &sum, 2);
	memcpy(mac + 2, data + 36, 4);
	for (i = 0; i < count; i++)
		send_packet(&ends[i], AF_INET6, data, 48 + len, mac);
}

/* Ask all ends in a version of the protocol; no group: for all of them */
void query4(int version, const char *group, const char *source)
{
	unsigned char igmp[16] = { 0x11, 1 };	/* answer in 0.1 s */
	size_t len = version == 2 ? 8 : 12;

	if (group)
		inet_pton(AF_INET, group, igmp + 4);
	if (version == 3)
		igmp[8] = 2;			/* robustness */
	if (source) {
		igmp[11] = 1;
		inet_pton(AF_INET, source, igmp + 12);
		len += 4;
	}
	send_igmp(group ?: "224.0.0.1", igmp, len);
}

void query6(int version, const char *group, const char *source)
{
	unsigned char mld[44] = { 130, 0, 0, 0, 0, 100 };	/* in 100 ms */
	size_t len = version == 1 ? 24 : 28;

	if (group)
		inet_pton(AF_INET6, group, mld + 8);
	if (version == 2)
		mld[24] = 2;
	if (source) {
		mld[27] = 1;
		inet_pton(AF_INET6, source, mld + 28);
		len += 16;
	}
	send_mld(group ?: "ff02::1", mld, len);
}

/* Another one on each link says that it listens to a group. */
void report4(const char *group)
{
	unsigned char igmp[8] = { 0x16 };

	inet_pton(AF_INET, group, igmp + 4);
	send_igmp(group, igmp, sizeof(igmp));
}

void report6(const char *group)
{
	unsigned char mld[24] = { 131 };

	inet_pton(AF_INET6, group, mld + 8);
	send_mld(group, mld, sizeof(mld));
}

/* A socket for each end that listens to a group, of a source if one is given */
void join(int *fds, const char *group, const char *source)
{
	struct group_source_req gsr = {};
	struct group_req gr = {};
	unsigned int i;
	int level;

	for (i = 0; i < count; i++) {
		gr.gr_interface = if_nametoindex(ends[i].name);
		to_sockaddr(group, 0, &gr.gr_group);
		gsr.gsr_interface = gr.gr_interface;
		gsr.gsr_group = gr.gr_group;
		if (source)
			to_sockaddr(source, 0, &gsr.gsr_source);
		level = gr.gr_group.ss_family == AF_INET ? IPPROTO_IP :
							   IPPROTO_IPV6;
		fds[i] = socket(gr.gr_group.ss_family, SOCK_DGRAM, 0);
		CHECK(!(source ?
			setsockopt(fds[i], level, MCAST_JOIN_SOURCE_GROUP,
				   &gsr, sizeof(gsr)) :
			setsockopt(fds[i], level, MCAST_JOIN_GROUP, &gr,
				   sizeof(gr))),
		      "%s joins %s: %s", ends[i].name, group,
		      strerror(errno));
	}
}

void leave(int *fds)
{
	unsigned int i;

	for (i = 0; i < count; i++)
		close(fds[i]);
}

bool listeners(void)
{
	unsigned int i;

	count = link_known() ? 2 : 1;
	if (home)
		close(home);
	if (far)
		close(far);
	home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	far = netns_new();
	for (i = 0; i < ARRAY_SIZE(ends); i++) {
		if (ends[i].fd4)
			close(ends[i].fd4);
		if (ends[i].fd6)
			close(ends[i].fd6);
		ends[i].fd4 = 0;
		ends[i].fd6 = 0;
	}
	for (i = 0; i < count; i++) {
		netns_go(home);
		/* the label only where it says something */
		cmd("add %s %s up type veth peer name %s netns /proc/self/fd/%d",
		    ends[i].name, i ? ends[i].label : "", ends[i].far, far);
		netns_go(far);
		/* itself it says nothing */
		write_text("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
		cmd("set %s up", ends[i].far);
		ends[i].fd4 = frame_socket(SOCK_DGRAM, ends[i].far, ETH_P_IP);
		ends[i].fd6 = frame_socket(SOCK_DGRAM, ends[i].far, ETH_P_IPV6);
		netns_go(home);
		links_running();
		add_addr(ends[i].name, i ? "198.51.100.17" : "198.51.100.1",
			 28);
		add_addr(ends[i].name, i ? "2001:db8:2::1" : "2001:db8:1::1",
			 64);
	}
	addrs_ready(NULL);
	/* what they say of their own groups is over when this comes back */
	for (i = 0; i < count; i++)
		heard(&ends[i], NULL, NULL, 1500 / count);
	forget_heard();
	return !case_failed;
}

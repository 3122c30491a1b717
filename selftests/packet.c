// SPDX-License-Identifier: GPL-2.0
/*
 * Packet sockets on a lightweight device: what is sent on one end of a pair
 * comes in at the other, in each way in which a socket can be set up, and the
 * counters tell how many frames and bytes that were.  Nobody asks for layer 3.
 *
 *   or0 ======= or1     ordinary, the control
 *   lw0 ======= lw1     lightweight
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "lwd_case.h"
#include "lwd_frame.h"

#define COUNT	10

static const char * const pairs[][2] = {
	{ "or0", "or1" },
	{ "lw0", "lw1" },
};

static bool make_pairs(void)
{
	/* a peer can go up when both are there */
	if (!cmd("add or0 lwd off up type veth peer lwd off name or1") ||
	    !cmd("add lw0 lwd on up type veth peer lwd on name lw1") ||
	    !cmd("set or1 up") || !cmd("set lw1 up"))
		return false;
	links_running();
	return true;
}

/* After each case: the lightweight ones have been on layer 2 all the time. */
static void expect_deferred(void)
{
	expect_no_l3(pairs[1][0]);
	expect_no_l3(pairs[1][1]);
}

/* A frame comes with the device, its type, and whom it was for. */
static void receive(const char *from, const char *to)
{
	int fd = frame_socket(SOCK_RAW, to, FRAME_TYPE);
	struct sockaddr_ll sll = {};

	frame_send(from, NULL, COUNT);
	CHECK(frame_read(fd, COUNT, false, &sll) == COUNT,
	      "%s: expected %d frames, got less", to, COUNT);
	CHECK(sll.sll_ifindex == (int)if_nametoindex(to),
	      "%s: expected its index, got %d", to, sll.sll_ifindex);
	CHECK(sll.sll_hatype == ARPHRD_ETHER, "%s: expected Ethernet, got %u",
	      to, sll.sll_hatype);
	CHECK(sll.sll_pkttype == PACKET_BROADCAST,
	      "%s: expected a broadcast, got %u", to, sll.sll_pkttype);
	frame_send(from, to, COUNT);
	CHECK(frame_read(fd, COUNT, false, &sll) == COUNT,
	      "%s: expected %d frames, got less", to, COUNT);
	CHECK(sll.sll_pkttype == PACKET_HOST,
	      "%s: expected a frame to itself, got %u", to, sll.sll_pkttype);
	close(fd);
}

static void raw_sockets(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		receive(pairs[i][0], pairs[i][1]);
		receive(pairs[i][1], pairs[i][0]);
	}
	expect_deferred();
}

/* The kernel makes the header, and takes it off. */
static void cooked_sockets(void)
{
	unsigned char payload[64];
	unsigned char all[ETH_ALEN];
	struct pollfd pfd = { .events = POLLIN };
	unsigned int i;
	int out, len;

	memset(all, 0xff, sizeof(all));
	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		pfd.fd = frame_socket(SOCK_DGRAM, pairs[i][1], FRAME_TYPE);
		out = frame_socket(SOCK_DGRAM, pairs[i][0], 0);
		memset(payload, i + 1, sizeof(payload));
		packet_send(out, FRAME_TYPE, all, payload, sizeof(payload));
		len = poll(&pfd, 1, wait_ms()) == 1 ?
		      recv(pfd.fd, payload, sizeof(payload), 0) : -1;
		CHECK(len == sizeof(payload) && payload[63] == i + 1,
		      "%s: expected 64 bytes, got %d", pairs[i][1], len);
		close(pfd.fd);
		close(out);
	}
	expect_deferred();
}

/* A socket for everything sees what goes out, too. */
static void outgoing_copies(void)
{
	struct sockaddr_ll sll;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		fd = frame_socket(SOCK_RAW, pairs[i][0], ETH_P_ALL);
		frame_send(pairs[i][0], NULL, COUNT);
		CHECK(frame_read(fd, COUNT, true, &sll) == COUNT,
		      "%s: expected %d copies, got less", pairs[i][0], COUNT);
		CHECK(sll.sll_ifindex == (int)if_nametoindex(pairs[i][0]),
		      "%s: expected its index, got %d", pairs[i][0],
		      sll.sll_ifindex);
		frame_send(pairs[i][1], NULL, COUNT);
		CHECK(frame_read(fd, COUNT, false, &sll) == COUNT,
		      "%s: expected %d frames, got less", pairs[i][0], COUNT);
		close(fd);
	}
	expect_deferred();
}

/* Sockets of a group share the frames: in turn, each the half of them. */
static void fanout_group(void)
{
	int type, fds[2], seen[2];
	unsigned int i, k;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		for (k = 0; k < 2; k++) {
			fds[k] = frame_socket(SOCK_RAW, pairs[i][1],
					      FRAME_TYPE);
			type = (i + 1) | PACKET_FANOUT_LB << 16;
			CHECK(!setsockopt(fds[k], SOL_PACKET, PACKET_FANOUT,
					  &type, sizeof(type)),
			      "fanout on %s: %s", pairs[i][1],
			      strerror(errno));
		}
		frame_send(pairs[i][0], NULL, COUNT);
		for (k = 0; k < 2; k++)
			seen[k] = frame_read(fds[k], COUNT / 2, false, NULL);
		for (k = 0; k < 2; k++) {
			seen[k] += frame_read(fds[k], 0, false, NULL);
			CHECK(seen[k] == COUNT / 2,
			      "%s: expected %d for socket %d, got %d",
			      pairs[i][1], COUNT / 2, k, seen[k]);
			close(fds[k]);
		}
	}
	expect_deferred();
}

/* A ring in memory, for frames that come in and others to be sent. */
static void *map_ring(int fd, int what)
{
	struct tpacket_req req = {
		.tp_block_size = 8192,
		.tp_block_nr = 4,
		.tp_frame_size = 2048,
		.tp_frame_nr = 16,
	};
	int version = TPACKET_V2;
	void *map;

	CHECK(!setsockopt(fd, SOL_PACKET, PACKET_VERSION, &version,
			  sizeof(version)), "TPACKET_V2: %s", strerror(errno));
	CHECK(!setsockopt(fd, SOL_PACKET, what, &req, sizeof(req)),
	      "ring: %s", strerror(errno));
	map = mmap(NULL, 8192 * 4, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	CHECK(map != MAP_FAILED, "ring: %s", strerror(errno));
	return map;
}

static void rings(void)
{
	struct tpacket2_hdr *rx, *tx;
	unsigned int i, k, seen;
	struct pollfd pfd = {};
	struct ethhdr *eth;
	int out;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		pfd.fd = frame_socket(SOCK_RAW, pairs[i][1], FRAME_TYPE);
		pfd.events = POLLIN;
		rx = map_ring(pfd.fd, PACKET_RX_RING);
		out = frame_socket(SOCK_RAW, pairs[i][0], 0);
		tx = map_ring(out, PACKET_TX_RING);
		if (case_failed)
			return;
		for (k = 0; k < COUNT; k++) {
			struct tpacket2_hdr *slot = (void *)tx + k * 2048;

			eth = (void *)slot + TPACKET2_HDRLEN -
			      sizeof(struct sockaddr_ll);
			memset(eth, 0xff, FRAME_LEN);
			eth->h_proto = htons(FRAME_TYPE);
			slot->tp_len = FRAME_LEN;
			slot->tp_status = TP_STATUS_SEND_REQUEST;
		}
		CHECK(send(out, NULL, 0, 0) == COUNT * FRAME_LEN,
		      "%s: expected to send %d bytes, got %s", pairs[i][0],
		      COUNT * FRAME_LEN, strerror(errno));
		for (seen = 0; seen < COUNT; seen++) {
			struct tpacket2_hdr *slot = (void *)rx + seen * 2048;

			if (!(slot->tp_status & TP_STATUS_USER))
				poll(&pfd, 1, wait_ms());
			if (!(slot->tp_status & TP_STATUS_USER) ||
			    slot->tp_len != FRAME_LEN)
				break;
		}
		CHECK(seen == COUNT, "%s: expected %d frames, got %u",
		      pairs[i][1], COUNT, seen);
		munmap(rx, 8192 * 4);
		munmap(tx, 8192 * 4);
		close(pfd.fd);
		close(out);
	}
	expect_deferred();
}

static int promisc_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
		if (mnl_attr_get_type(attr) == IFLA_PROMISCUITY)
			*(int *)data = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int promiscuity(const char *name)
{
	int count = -1;

	link_ask(name, promisc_cb, &count);
	return count;
}

/* Memberships count on the device, and end with their socket. */
static void memberships(void)
{
	struct packet_mreq mreq = { .mr_type = PACKET_MR_PROMISC };
	const char *name;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		name = pairs[i][0];
		fd = frame_socket(SOCK_RAW, name, FRAME_TYPE);
		mreq.mr_ifindex = if_nametoindex(name);
		CHECK(!setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq,
				  sizeof(mreq)), "%s: %s", name,
		      strerror(errno));
		CHECK(promiscuity(name) == 1,
		      "%s: expected it promiscuous once, got %d", name,
		      promiscuity(name));
		close(fd);
		CHECK(promiscuity(name) == 0,
		      "%s: expected it promiscuous no more, got %d", name,
		      promiscuity(name));
	}
	expect_deferred();
}

/* A socket hears of it when its device goes down, and when it goes. */
static void device_goes(void)
{
	unsigned int i;
	socklen_t len;
	char byte;
	int err, fd;

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		fd = frame_socket(SOCK_RAW, pairs[i][0], FRAME_TYPE);
		cmd("set %s down", pairs[i][0]);
		len = sizeof(err);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len);
		CHECK(err == ENETDOWN, "%s: expected %s, got %s", pairs[i][0],
		      strerror(ENETDOWN), strerror(err));
		cmd("set %s up", pairs[i][0]);
		links_running();
		frame_send(pairs[i][1], NULL, COUNT);
		CHECK(frame_read(fd, COUNT, false, NULL) == COUNT,
		      "%s: expected %d frames when up again, got less",
		      pairs[i][0], COUNT);
		cmd("del %s", pairs[i][0]);
		CHECK(recv(fd, &byte, 1, MSG_DONTWAIT) < 0 && errno == ENETDOWN,
		      "%s: expected %s, got %s", pairs[i][0],
		      strerror(ENETDOWN), strerror(errno));
		close(fd);
	}
}

struct stats {
	struct rtnl_link_stats64 link;	/* RTM_GETLINK */
	struct rtnl_link_stats64 rtm;	/* RTM_GETSTATS */
	struct rtnl_link_stats64 proc;	/* /proc/net/dev */
};

static int link_stats_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
		if (mnl_attr_get_type(attr) == IFLA_STATS64)
			memcpy(data, mnl_attr_get_payload(attr),
			       sizeof(struct rtnl_link_stats64));
	return MNL_CB_OK;
}

static int rtm_stats_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct if_stats_msg))
		if (mnl_attr_get_type(attr) == IFLA_STATS_LINK_64)
			memcpy(data, mnl_attr_get_payload(attr),
			       sizeof(struct rtnl_link_stats64));
	return MNL_CB_OK;
}

static void get_stats(const char *name, struct stats *stats)
{
	unsigned long long rx_bytes, rx, tx_bytes, tx;
	struct if_stats_msg *ifsm;
	struct nlmsghdr *nlh;
	char line[256], word[32];
	char buf[256] = {};
	FILE *f;

	memset(stats, 0, sizeof(*stats));
	link_ask(name, link_stats_cb, &stats->link);

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETSTATS;
	ifsm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifsm));
	ifsm->ifindex = if_nametoindex(name);
	ifsm->filter_mask = IFLA_STATS_FILTER_BIT(IFLA_STATS_LINK_64);
	nl_talk(nlh, NULL, rtm_stats_cb, &stats->rtm);

	snprintf(word, sizeof(word), "%s:", name);
	f = fopen("/proc/thread-self/net/dev", "r");
	while (f && fgets(line, sizeof(line), f)) {
		char *at = strstr(line, word);

		if (!at || sscanf(at + strlen(word),
				  "%llu %llu %*u %*u %*u %*u %*u %*u %llu %llu",
				  &rx_bytes, &rx, &tx_bytes, &tx) != 4)
			continue;
		stats->proc.rx_bytes = rx_bytes;
		stats->proc.rx_packets = rx;
		stats->proc.tx_bytes = tx_bytes;
		stats->proc.tx_packets = tx;
	}
	if (f)
		fclose(f);
}

static void expect_count(const char *name, const char *what,
			 const struct rtnl_link_stats64 *is,
			 const struct rtnl_link_stats64 *was, __u64 rx,
			 __u64 tx, int len)
{
	CHECK(is->rx_packets - was->rx_packets == rx &&
	      is->rx_bytes - was->rx_bytes == rx * len,
	      "%s, %s: expected %llu packets in, %llu bytes, got %llu, %llu",
	      name, what, rx, rx * len, is->rx_packets - was->rx_packets,
	      is->rx_bytes - was->rx_bytes);
	CHECK(is->tx_packets - was->tx_packets == tx &&
	      is->tx_bytes - was->tx_bytes == tx * len,
	      "%s, %s: expected %llu packets out, %llu bytes, got %llu, %llu",
	      name, what, tx, tx * len, is->tx_packets - was->tx_packets,
	      is->tx_bytes - was->tx_bytes);
}

/* What left from and came in at to, by each way to ask; others are quiet. */
static void count(const char *from, const char *to, int len)
{
	struct stats from_was, to_was, is;

	get_stats(from, &from_was);
	get_stats(to, &to_was);
	if (!frame_pass(from, to, COUNT))
		return;
	get_stats(from, &is);
	expect_count(from, "RTM_GETLINK", &is.link, &from_was.link, 0, COUNT,
		     len);
	expect_count(from, "RTM_GETSTATS", &is.rtm, &from_was.rtm, 0, COUNT,
		     len);
	expect_count(from, "/proc/net/dev", &is.proc, &from_was.proc, 0, COUNT,
		     len);
	get_stats(to, &is);
	expect_count(to, "RTM_GETLINK", &is.link, &to_was.link, COUNT, 0, len);
	expect_count(to, "RTM_GETSTATS", &is.rtm, &to_was.rtm, COUNT, 0, len);
	expect_count(to, "/proc/net/dev", &is.proc, &to_was.proc, COUNT, 0,
		     len);
}

/* An ordinary device that is up talks by itself: it is to keep quiet here. */
static void statistics(void)
{
	unsigned int i;

	cmd("add or2 lwd off type veth peer lwd off name or3");
	cmd("add lw2 lwd on type veth peer lwd on name lw3");
	/* below IPv6's least */
	cmd("set or2 mtu 1000 up");
	cmd("set or3 mtu 1000 up");
	cmd("set lw2 up");
	cmd("set lw3 up");
	links_running();
	for (i = 0; i < 2; i++) {
		count("or2", "or3", FRAME_LEN);
		count("lw2", "lw3", FRAME_LEN);
		count("lw3", "lw2", FRAME_LEN);
	}
	expect_deferred();
}

static const struct lwd_case cases[] = {
	CASE("KEEP-1", raw_sockets),
	CASE("KEEP-1", cooked_sockets),
	CASE("KEEP-1 KEEP-4", outgoing_copies),
	CASE("KEEP-1", fanout_group),
	CASE("KEEP-1", rings),
	CASE("KEEP-1 KEEP-6", memberships),
	CASE("KEEP-1", device_goes),
	CASE("KEEP-6", statistics),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), make_pairs);
}

// SPDX-License-Identifier: GPL-2.0
/* Packets of Neighbour Discovery, made of words. */

#include <arpa/inet.h>
#include <netinet/icmp6.h>
#include <netinet/ip6.h>
#include <stdlib.h>
#include <string.h>

#include "lwd_frame.h"
#include "lwd_nd.h"

/* A packet that is being made: its header, the message, a frame around it */
struct packet {
	struct ip6_hdr ip6;
	unsigned char icmp[256];
	size_t len;
	bool broadcast, fragment;
};

static void *put(struct packet *p, size_t len)
{
	p->len += len;
	return p->icmp + p->len - len;
}

static void begin(struct packet *p, const char *kind)
{
	static const struct {
		const char *name;
		int type;
		size_t len;
		const char *to;
	} kinds[] = {
		{ "ra", ND_ROUTER_ADVERT, 16, "ff02::1" },
		{ "rs", ND_ROUTER_SOLICIT, 8, ND_OWN },
		{ "ns", ND_NEIGHBOR_SOLICIT, 24, ND_OWN },
		{ "na", ND_NEIGHBOR_ADVERT, 24, "ff02::1" },
		{ "redirect", ND_REDIRECT, 40, ND_OWN },
	};
	unsigned int i;

	memset(p, 0, sizeof(*p));
	p->ip6.ip6_vfc = 0x60;
	p->ip6.ip6_hlim = 255;
	inet_pton(AF_INET6, "fe80::2", &p->ip6.ip6_src);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, kind))
			continue;
		inet_pton(AF_INET6, kinds[i].to, &p->ip6.ip6_dst);
		put(p, kinds[i].len);
		p->icmp[0] = kinds[i].type;
	}
	CHECK(p->len, "expected a packet, got \"%s\"", kind);
}

static void put_lladdr(struct packet *p, int last)
{
	int type = p->icmp[0] == ND_NEIGHBOR_ADVERT ||
		   p->icmp[0] == ND_REDIRECT ? ND_OPT_TARGET_LINKADDR :
					       ND_OPT_SOURCE_LINKADDR;
	unsigned char opt[8] = { type, 1, 2, 0, 0, 0, 0, last };

	memcpy(put(p, sizeof(opt)), opt, sizeof(opt));
}

static void put_prefix(struct packet *p, const char *prefix, int valid,
		       int preferred)
{
	struct nd_opt_prefix_info *pi = put(p, sizeof(*pi));

	pi->nd_opt_pi_type = ND_OPT_PREFIX_INFORMATION;
	pi->nd_opt_pi_len = sizeof(*pi) / 8;
	pi->nd_opt_pi_prefix_len = 64;
	pi->nd_opt_pi_flags_reserved = ND_OPT_PI_FLAG_ONLINK |
				       ND_OPT_PI_FLAG_AUTO;
	pi->nd_opt_pi_valid_time = htonl(valid);
	pi->nd_opt_pi_preferred_time = htonl(preferred);
	inet_pton(AF_INET6, prefix, &pi->nd_opt_pi_prefix);
}

/* RFC 4191, 2.3 */
static void put_route(struct packet *p, char *prefix, int life)
{
	unsigned char *opt = put(p, 24);
	char *slash = strchr(prefix, '/');
	__u32 seconds = htonl(life);

	*slash = 0;
	opt[0] = 24;
	opt[1] = 3;
	opt[2] = atoi(slash + 1);
	memcpy(opt + 4, &seconds, 4);
	inet_pton(AF_INET6, prefix, opt + 8);
}

static void send_packet(int fd, struct packet *p)
{
	/* the next header; what follows is all there is */
	static const unsigned char whole[8] = { IPPROTO_ICMPV6 };
	unsigned char data[512], *at = data + sizeof(p->ip6);
	unsigned char mac[ETH_ALEN] = { 2, 0, 0, 0, 0, 1 };
	__u16 sum;

	/* of the pseudo header, in which the addresses are side by side */
	sum = inet_sum(p->len + IPPROTO_ICMPV6, &p->ip6.ip6_src, 32);
	sum = inet_sum((__u16)~ntohs(sum), p->icmp, p->len);
	memcpy(p->icmp + 2, &sum, 2);
	p->ip6.ip6_nxt = p->fragment ? IPPROTO_FRAGMENT : IPPROTO_ICMPV6;
	p->ip6.ip6_plen = htons(p->len + (p->fragment ? sizeof(whole) : 0));
	memcpy(data, &p->ip6, sizeof(p->ip6));
	if (p->fragment) {
		memcpy(at, whole, sizeof(whole));
		at += sizeof(whole);
	}
	memcpy(at, p->icmp, p->len);
	at += p->len;
	if (p->broadcast) {
		memset(mac, 0xff, ETH_ALEN);
	} else if (p->ip6.ip6_dst.s6_addr[0] == 0xff) {
		memset(mac, 0x33, 2);
		memcpy(mac + 2, p->ip6.ip6_dst.s6_addr + 12, 4);
	}
	packet_send(fd, ETH_P_IPV6, mac, data, at - data);
}

/* Words that stand for themselves */
static bool put_flag(struct packet *p, const char *word)
{
	if (!strcmp(word, "broadcast"))
		p->broadcast = true;
	else if (!strcmp(word, "fragment"))
		p->fragment = true;
	else if (!strcmp(word, "solicited"))
		p->icmp[4] |= 0x40;
	else if (!strcmp(word, "override"))
		p->icmp[4] |= 0x20;
	else
		return false;
	return true;
}

/* Words with a value, or more of them in rest */
static void put_value(struct packet *p, const char *word, char *value,
		      char **rest)
{
	__u16 seconds = htons(atoi(value));
	int valid;

	if (!strcmp(word, "from")) {
		inet_pton(AF_INET6, value, &p->ip6.ip6_src);
	} else if (!strcmp(word, "to")) {
		inet_pton(AF_INET6, value, &p->ip6.ip6_dst);
	} else if (!strcmp(word, "target")) {
		inet_pton(AF_INET6, value, p->icmp + 8);
	} else if (!strcmp(word, "dest")) {
		inet_pton(AF_INET6, value, p->icmp + 24);
	} else if (!strcmp(word, "lladdr")) {
		put_lladdr(p, atoi(value));
	} else if (!strcmp(word, "hops")) {
		p->icmp[4] = atoi(value);
	} else if (!strcmp(word, "life")) {
		memcpy(p->icmp + 6, &seconds, 2);
	} else if (!strcmp(word, "rio")) {
		put_route(p, value, atoi(strtok_r(NULL, " ", rest)));
	} else if (!strcmp(word, "pio")) {
		valid = atoi(strtok_r(NULL, " ", rest));
		put_prefix(p, value, valid, atoi(strtok_r(NULL, " ", rest)));
	} else {
		CHECK(false, "unknown word %s", word);
	}
}

void nd_send(int fd, const char *words)
{
	char line[512], *one, *word, *packets, *rest;
	struct packet p;

	snprintf(line, sizeof(line), "%s", words);
	for (one = strtok_r(line, ";", &packets); one;
	     one = strtok_r(NULL, ";", &packets)) {
		begin(&p, strtok_r(one, " ", &rest));
		while ((word = strtok_r(NULL, " ", &rest)))
			if (!put_flag(&p, word))
				put_value(&p, word, strtok_r(NULL, " ", &rest),
					  &rest);
		send_packet(fd, &p);
	}
}

// SPDX-License-Identifier: GPL-2.0
/* The fuzzer's messages: how they are built, spoilt and sent. */

#include <arpa/inet.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include "fuzz.h"

uint64_t fuzz_rng;
unsigned long fuzz_count;
int fuzz_here;

unsigned int pick(unsigned int n)
{
	fuzz_rng ^= fuzz_rng >> 12;
	fuzz_rng ^= fuzz_rng << 25;
	fuzz_rng ^= fuzz_rng >> 27;
	return (fuzz_rng * 0x2545f4914f6cdd1d >> 33) % n;
}

/* The same number of picks, whatever there is */
static unsigned int a_dev(bool there)
{
	struct ifreq ifr;
	int index, i;
	bool found = false;

	for (i = 0; i < 3; i++) {
		unsigned int other = FIRST + pick(DEVS);

		ifr.ifr_ifindex = other;
		if (found)
			continue;
		index = other;
		found = !ioctl(fuzz_here, SIOCGIFNAME, &ifr) == there;
	}
	return index;
}

unsigned int some_dev(void)
{
	return a_dev(true);
}

unsigned int no_dev(void)
{
	return a_dev(false);
}

void *msg_start(struct msg *m, int type, int flags, size_t header)
{
	memset(m, 0, sizeof(*m));
	m->nlh = (void *)m->buf;
	m->nlh->nlmsg_type = type;
	m->nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	m->nlh->nlmsg_len = NLMSG_ALIGN(NLMSG_LENGTH(header));
	m->first = m->nlh->nlmsg_len;
	return NLMSG_DATA(m->nlh);
}

void put(struct msg *m, int type, const void *data, size_t len)
{
	struct nlattr *nla = (void *)(m->buf + m->nlh->nlmsg_len);

	nla->nla_type = type;
	nla->nla_len = NLA_HDRLEN + len;
	if (len)
		memcpy((char *)nla + NLA_HDRLEN, data, len);
	m->nlh->nlmsg_len += NLA_ALIGN(nla->nla_len);
}

void put_u8(struct msg *m, int type, uint8_t val)
{
	put(m, type, &val, sizeof(val));
}

void put_u16(struct msg *m, int type, uint16_t val)
{
	put(m, type, &val, sizeof(val));
}

void put_u32(struct msg *m, int type, uint32_t val)
{
	put(m, type, &val, sizeof(val));
}

void put_str(struct msg *m, int type, const char *text)
{
	put(m, type, text, strlen(text) + 1);
}

/* Few, so that they meet again: the same networks, hosts, groups */
void put_ip(struct msg *m, int type, int family)
{
	uint8_t ip6[16] = { 0x20, 1, 0x0d, 0xb8, 0, pick(4) };
	uint32_t ip4 = 0x0a000000 | pick(4) << 8;
	unsigned int host = pick(5);

	switch (pick(20)) {
	case 0:
		ip4 = 0xe0000100;
		ip6[0] = 0xff;
		ip6[1] = 2;
		break;
	case 1:
		ip4 = 0;
		host = 0;
		memset(ip6, 0, sizeof(ip6));
		break;
	case 2:
		ip4 = 0x7f000000;
		memset(ip6, 0, sizeof(ip6));
		break;
	case 3 ... 5:
		memset(ip6, 0, sizeof(ip6));
		ip6[0] = 0xfe;
		ip6[1] = 0x80;
	}
	ip4 = htonl(ip4 | host);
	ip6[15] = host;
	if (family == AF_INET)
		put(m, type, &ip4, sizeof(ip4));
	else
		put(m, type, ip6, sizeof(ip6));
}

size_t nest(struct msg *m, int type)
{
	size_t start = m->nlh->nlmsg_len;

	put(m, type | NLA_F_NESTED, NULL, 0);
	return start;
}

void nest_end(struct msg *m, size_t start)
{
	struct nlattr *nla = (void *)(m->buf + start);

	nla->nla_len = m->nlh->nlmsg_len - start;
}

void put_attrs(struct msg *m, const struct attr *a)
{
	uint32_t val;

	for (; a->gen; a++) {
		if (!chance(a->odds))
			continue;
		val = a->lo + pick(a->hi - a->lo + 1);
		switch (a->gen) {
		case U8:
			put_u8(m, a->type, val);
			break;
		case U16:
			put_u16(m, a->type, val);
			break;
		case BE16:
			put_u16(m, a->type, htons(val));
			break;
		case U32:
			put_u32(m, a->type, val);
			break;
		case BE32:
			put_u32(m, a->type, htonl(val));
			break;
		case FLAG:
			put(m, a->type, NULL, 0);
			break;
		case IP4:
			put_ip(m, a->type, AF_INET);
			break;
		case IP6:
			put_ip(m, a->type, AF_INET6);
			break;
		case DEV:
			put_u32(m, a->type, some_dev());
			break;
		}
	}
}

/* One of the first attributes between two places of a message */
static struct nlattr *an_attr(struct msg *m, unsigned int at, unsigned int end)
{
	struct nlattr *nla = NULL;
	unsigned int n = 1 + pick(6);

	while (n-- && at + NLA_HDRLEN <= end) {
		nla = (void *)(m->buf + at);
		at += NLA_ALIGN(nla->nla_len);
	}
	return nla;
}

/*
 * One attribute gets another length or value, or the message another end; but
 * no value where there is a label or a switch, or the twins would be others.
 */
static void spoil(struct msg *m)
{
	struct nlmsghdr *nlh = m->nlh;
	struct nlattr *nla = an_attr(m, m->first, nlh->nlmsg_len), *inner;
	unsigned int at, type;
	bool deep = false;

	if (!nla)
		return;
	type = nla->nla_type & NLA_TYPE_MASK;
	while (nla->nla_type & NLA_F_NESTED && chance(2)) {
		at = (char *)nla - m->buf;
		inner = an_attr(m, at + NLA_HDRLEN, at + nla->nla_len);
		if (!inner)
			break;
		nla = inner;
		deep = true;
	}
	switch (pick(deep ? 2 : 4)) {
	case 0:
		nla->nla_len -= pick(NLA_HDRLEN + 1);
		break;
	case 1:
		nla->nla_len += 1 + pick(8);
		break;
	case 2:
		nlh->nlmsg_len -= 1 + pick(NLA_HDRLEN);
		break;
	default:
		if ((nlh->nlmsg_type == RTM_NEWLINK ||
		     nlh->nlmsg_type == RTM_SETLINK) &&
		    (type == LWD_LABEL || type == IFLA_LINKINFO ||
		     type == IFLA_AF_SPEC))
			return;
		if (nla->nla_len > NLA_HDRLEN)
			((char *)nla)[NLA_HDRLEN +
				      pick(nla->nla_len - NLA_HDRLEN)] ^=
				1 << pick(8);
	}
}

int exchange(struct world *w, int at, struct msg *m)
{
	static char reply[65536] __attribute__((aligned(NLMSG_ALIGNTO)));
	static uint32_t seq;
	struct nlmsghdr *nlh = m->nlh, *got;
	unsigned int left;
	ssize_t len;

	nlh->nlmsg_seq = ++seq;
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	note_bytes(nlh, nlh->nlmsg_len);
	fuzz_count++;
	if (send(w->nl[at], nlh, nlh->nlmsg_len, 0) < 0)
		return errno;
	for (;;) {
		len = recv(w->nl[at], reply, sizeof(reply), 0);
		if (len < 0)
			return errno == EINTR ? -1 : errno;
		left = len;
		for (got = (void *)reply; NLMSG_OK(got, left);
		     got = NLMSG_NEXT(got, left)) {
			struct nlmsgerr *answer = NLMSG_DATA(got);

			if (got->nlmsg_seq != seq)
				continue;
			if (got->nlmsg_type == NLMSG_ERROR)
				return -answer->error;
			if (got->nlmsg_type == NLMSG_DONE)
				return answer->error < 0 ? -answer->error : 0;
		}
	}
}

int talk(struct world *w, int at, struct msg *m)
{
	if (chance(40))
		spoil(m);
	return exchange(w, at, m);
}

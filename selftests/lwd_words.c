// SPDX-License-Identifier: GPL-2.0
/* The words of a link that any kind takes, as attributes. */

#include <arpa/inet.h>
#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kselftest.h"
#include "lwd_words.h"

int bad_word(struct req *r, const char *what, const char *word)
{
	snprintf(r->bad, sizeof(r->bad), "%s '%s'", what, word ? word : "");
	return -1;
}

const char *next(struct req *r)
{
	if (!r->argc)
		return NULL;
	r->argc--;
	return *r->argv++;
}

int get_num(struct req *r, const char *word, unsigned int *value)
{
	char *end;

	if (!word || !*word)
		return bad_word(r, "number missing", word);
	*value = strtoul(word, &end, 0);
	if (*end)
		return bad_word(r, "not a number:", word);
	return 0;
}

/* Put a u8, or with hex:0100 any bytes, and remember where it stands. */
static int put_raw(struct req *r, int attr, const char *word, bool mark)
{
	unsigned char raw[32];
	unsigned int value, n = 0;

	if (mark)
		r->ack->want = r->nlh->nlmsg_len;
	if (word && !strncmp(word, "hex:", 4)) {
		for (word += 4; *word && n < sizeof(raw); word += 2, n++) {
			if (sscanf(word, "%2x", &value) != 1)
				return bad_word(r, "not hex:", word);
			raw[n] = value;
		}
		mnl_attr_put(r->nlh, attr, n, raw);
		return 0;
	}
	if (get_num(r, word, &value))
		return -1;
	mnl_attr_put_u8(r->nlh, attr, value);
	return 0;
}

/* Is the next word a state, or the next keyword? */
static bool is_value(const struct req *r)
{
	const char *word = r->argc ? r->argv[0] : "";

	return isdigit(word[0]) || !strncmp(word, "hex:", 4) ||
	       !strcmp(word, "on") || !strcmp(word, "off");
}

static int put_lwd(struct req *r, const char *word)
{
	if (word && !strcmp(word, "on"))
		word = "1";
	else if (word && !strcmp(word, "off"))
		word = "0";
	return put_raw(r, IFLA_LWD, word, true);
}

/* A family of IFLA_AF_SPEC: "inet on", "inet6 hex:0000"; "mpls -" is empty. */
static int put_l3(struct req *r, enum l3_family fam, const char *word)
{
	static const char * const states[] = { "auto", "on", "off" };
	char num[8];
	unsigned int i;

	if (word && !strcmp(word, "-"))
		return 0;
	for (i = 0; word && i < 3; i++) {
		if (!strcmp(word, states[i])) {
			snprintf(num, sizeof(num), "%u", i);
			word = num;
		}
	}
	return put_raw(r, l3_enable[fam], word, true);
}

static int put_conf(struct req *r, int conf, const char *id, const char *val)
{
	unsigned int idx, value;
	struct nlattr *nest;

	if (get_num(r, id, &idx) || get_num(r, val, &value))
		return -1;
	nest = mnl_attr_nest_start(r->nlh, conf);
	mnl_attr_put_u32(r->nlh, idx, value);
	mnl_attr_nest_end(r->nlh, nest);
	return 0;
}

int put_ip(struct req *r, int attr, const char *word)
{
	unsigned char addr[16];

	if (word && inet_pton(AF_INET, word, addr) == 1)
		mnl_attr_put(r->nlh, attr, 4, addr);
	else if (word && inet_pton(AF_INET6, word, addr) == 1)
		mnl_attr_put(r->nlh, attr, 16, addr);
	else
		return bad_word(r, "not an address:", word);
	return 0;
}

int put_dev(struct req *r, int attr, const char *word)
{
	unsigned int idx = word ? if_nametoindex(word) : 0;

	if (!idx)
		return bad_word(r, "no such device:", word);
	mnl_attr_put_u32(r->nlh, attr, idx);
	return 0;
}

static int put_netns(struct req *r, const char *word)
{
	char path[256];

	if (!word)
		return bad_word(r, "netns missing", word);
	if (isdigit(word[0])) {
		mnl_attr_put_u32(r->nlh, IFLA_NET_NS_PID, atoi(word));
		return 0;
	}
	snprintf(path, sizeof(path), "%s%s",
		 word[0] == '/' ? "" : "/var/run/netns/", word);
	r->netns = open(path, O_RDONLY | O_CLOEXEC);
	if (r->netns < 0)
		return bad_word(r, "no such netns:", word);
	mnl_attr_put_u32(r->nlh, IFLA_NET_NS_FD, r->netns);
	return 0;
}

static int put_mac(struct req *r, const char *word)
{
	unsigned char mac[6];

	if (!word || sscanf(word, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac,
			    mac + 1, mac + 2, mac + 3, mac + 4, mac + 5) != 6)
		return bad_word(r, "not a MAC address:", word);
	mnl_attr_put(r->nlh, IFLA_ADDRESS, sizeof(mac), mac);
	return 0;
}

/*
 * All "inet", "inet6" and "mpls" words of one link share one IFLA_AF_SPEC, so
 * they are collected first.
 */
static int put_af_spec(struct req *r, int argc, char **argv)
{
	struct nlattr *spec = NULL, *nest;
	char conf[16];
	int fam, i;

	for (fam = 0; fam < L3_MAX; fam++) {
		nest = NULL;
		snprintf(conf, sizeof(conf), "%s-conf", l3_name[fam]);
		for (i = 0; i + 1 < argc && strcmp(argv[i], "type"); i++) {
			bool is_mode = fam == L3_INET6 &&
				       !strcmp(argv[i], "addrgenmode");
			bool is_token = fam == L3_INET6 &&
					!strcmp(argv[i], "token");
			bool is_conf = !strcmp(argv[i], conf);
			bool is_input = fam == L3_MPLS &&
					!strcmp(argv[i], "mpls-input");
			bool is_state = !strcmp(argv[i], l3_name[fam]);

			if (!is_conf && !is_mode && !is_token && !is_input &&
			    !is_state)
				continue;
			if (!spec)
				spec = mnl_attr_nest_start(r->nlh,
							   IFLA_AF_SPEC);
			if (!nest)
				nest = mnl_attr_nest_start(r->nlh, l3_af[fam]);
			if (is_conf &&
			    put_conf(r, fam == L3_INET ? IFLA_INET_CONF :
						IFLA_INET6_CONF, argv[i + 1],
				     i + 2 < argc ? argv[i + 2] : NULL))
				return -1;
			if (is_mode && put_raw(r, IFLA_INET6_ADDR_GEN_MODE,
					       argv[i + 1], true))
				return -1;
			if (is_token &&
			    put_ip(r, IFLA_INET6_TOKEN, argv[i + 1]))
				return -1;
			if (is_input && put_raw(r, LWD_MPLS_INPUT,
						argv[i + 1], true))
				return -1;
			if (is_state && put_l3(r, fam, argv[i + 1]))
				return -1;
			i += 1 + is_conf;
		}
		if (nest)
			mnl_attr_nest_end(r->nlh, nest);
	}
	if (spec)
		mnl_attr_nest_end(r->nlh, spec);
	return 0;
}

/* "promisc on" and the like */
static int put_flag(struct req *r, struct ifinfomsg *ifm, const char *word)
{
	static const struct {
		const char *name;
		unsigned int flag;
		bool negated;
	} flags[] = {
		{ "promisc", IFF_PROMISC, false },
		{ "allmulticast", IFF_ALLMULTI, false },
		{ "multicast", IFF_MULTICAST, false },
		{ "arp", IFF_NOARP, true },
	};
	unsigned int i;
	bool on;

	for (i = 0; i < ARRAY_SIZE(flags); i++)
		if (!strcmp(flags[i].name, word))
			break;
	if (i == ARRAY_SIZE(flags))
		return bad_word(r, "unknown word", word);
	word = next(r);
	if (!word || (strcmp(word, "on") && strcmp(word, "off")))
		return bad_word(r, "not on or off:", word);
	on = !strcmp(word, "on");
	ifm->ifi_change |= flags[i].flag;
	if (on != flags[i].negated)
		ifm->ifi_flags |= flags[i].flag;
	return 0;
}

/* The words that any kind takes; up to "type", which must come last. */
int put_generic(struct req *r)
{
	struct ifinfomsg *ifm = mnl_nlmsg_get_payload(r->nlh);
	unsigned int value;
	const char *word;

	if (put_af_spec(r, r->argc, r->argv))
		return -1;

	while ((word = next(r))) {
		int attr = 0;

		if (!strcmp(word, "type"))
			return put_kind(r, next(r));

		if (!strcmp(word, "up")) {
			ifm->ifi_flags |= IFF_UP;
			ifm->ifi_change |= IFF_UP;
		} else if (!strcmp(word, "down")) {
			ifm->ifi_flags &= ~IFF_UP;
			ifm->ifi_change |= IFF_UP;
		} else if (!strcmp(word, "lwd")) {
			/* as with ip, "lwd" alone is "lwd on" */
			if (put_lwd(r, is_value(r) ? next(r) : "on"))
				return -1;
		} else if (!strcmp(word, "inet") || !strcmp(word, "inet6") ||
			   !strcmp(word, "mpls")) {
			next(r);
		} else if (!strcmp(word, "inet-conf") ||
			   !strcmp(word, "inet6-conf")) {
			next(r);
			next(r);
		} else if (!strcmp(word, "addrgenmode") ||
			   !strcmp(word, "mpls-input") ||
			   !strcmp(word, "token")) {
			next(r);
		} else if (!strcmp(word, "name")) {
			word = next(r);
			if (!word)
				return bad_word(r, "name missing", word);
			mnl_attr_put_strz(r->nlh, IFLA_IFNAME, word);
		} else if (!strcmp(word, "link")) {
			if (put_dev(r, IFLA_LINK, next(r)))
				return -1;
		} else if (!strcmp(word, "master")) {
			if (put_dev(r, IFLA_MASTER, next(r)))
				return -1;
		} else if (!strcmp(word, "nomaster")) {
			mnl_attr_put_u32(r->nlh, IFLA_MASTER, 0);
		} else if (!strcmp(word, "alias")) {
			word = next(r);
			if (!word)
				return bad_word(r, "alias missing", word);
			mnl_attr_put_str(r->nlh, IFLA_IFALIAS, word);
		} else if (!strcmp(word, "address")) {
			if (put_mac(r, next(r)))
				return -1;
		} else if (!strcmp(word, "netns")) {
			if (put_netns(r, next(r)))
				return -1;
		} else if (!strcmp(word, "index")) {
			if (get_num(r, next(r), &value))
				return -1;
			ifm->ifi_index = value;
		} else {
			if (!strcmp(word, "mtu"))
				attr = IFLA_MTU;
			else if (!strcmp(word, "group"))
				attr = IFLA_GROUP;
			else if (!strcmp(word, "numtxqueues"))
				attr = IFLA_NUM_TX_QUEUES;
			else if (!strcmp(word, "numrxqueues"))
				attr = IFLA_NUM_RX_QUEUES;
			if (!attr) {
				if (put_flag(r, ifm, word))
					return -1;
				continue;
			}
			if (get_num(r, next(r), &value))
				return -1;
			mnl_attr_put_u32(r->nlh, attr, value);
		}
	}
	return 0;
}

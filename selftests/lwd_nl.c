// SPDX-License-Identifier: GPL-2.0
/* Make, change and look at links from words like those of "ip link". */

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/amt.h>
#include <linux/if_tunnel.h>
#include <linux/neighbour.h>
#include <linux/netconf.h>
#include <linux/veth.h>

#include "kselftest.h"
#include "lwd_nl.h"

#define BUF_SIZE	65536
#define ARGS_MAX	64

#ifndef AF_MPLS
#define AF_MPLS		28
#endif

static const int l3_af[L3_MAX] = { AF_INET, AF_INET6, AF_MPLS };
static const int l3_enable[L3_MAX] = {
	IFLA_INET_ENABLE, IFLA_INET6_ENABLE, IFLA_MPLS_ENABLE
};

const char * const l3_name[L3_MAX] = { "inet", "inet6", "mpls" };

/* One socket a family for requests; nl_reopen() for another namespace. */
static struct mnl_socket *nl_socks[NETLINK_GENERIC + 1];
static unsigned int nl_seq;

static struct mnl_socket *nl_open_family(int family, unsigned int groups)
{
	struct mnl_socket *nl = mnl_socket_open(family);
	int one = 1;

	if (!nl)
		return NULL;
	mnl_socket_setsockopt(nl, NETLINK_EXT_ACK, &one, sizeof(one));
	mnl_socket_setsockopt(nl, NETLINK_CAP_ACK, &one, sizeof(one));
	if (mnl_socket_bind(nl, groups, MNL_SOCKET_AUTOPID) < 0) {
		mnl_socket_close(nl);
		return NULL;
	}
	return nl;
}

struct mnl_socket *nl_open(unsigned int groups)
{
	return nl_open_family(NETLINK_ROUTE, groups);
}

void nl_reopen(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(nl_socks); i++) {
		if (nl_socks[i])
			mnl_socket_close(nl_socks[i]);
		nl_socks[i] = NULL;
	}
}

static int ack_attr(const struct nlattr *attr, void *data)
{
	struct nl_ack *ack = data;

	switch (mnl_attr_get_type(attr)) {
	case NLMSGERR_ATTR_MSG:
		snprintf(ack->msg, sizeof(ack->msg), "%s",
			 mnl_attr_get_str(attr));
		break;
	case NLMSGERR_ATTR_OFFS:
		ack->has_offset = true;
		ack->offset = mnl_attr_get_u32(attr);
		break;
	}
	return MNL_CB_OK;
}

static void ack_parse(const struct nlmsghdr *nlh, struct nl_ack *ack)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	unsigned int skip = sizeof(*err);

	ack->err = -err->error;
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
		skip += mnl_nlmsg_get_payload_len(&err->msg);
	mnl_attr_parse(nlh, skip, ack_attr, ack);
}

/* Send one request and read up to its acknowledgment or the dump's end. */
int nl_talk_family(int family, struct nlmsghdr *nlh, struct nl_ack *ack,
		   mnl_cb_t cb, void *data)
{
	struct mnl_socket **nl = &nl_socks[family];
	static char buf[BUF_SIZE];
	struct nl_ack dummy = {};
	struct nlmsghdr *rep;
	int len;

	if (!ack)
		ack = &dummy;
	ack->err = 0;
	ack->lost = false;
	ack->msg[0] = 0;
	ack->has_offset = false;

	if (!*nl)
		*nl = nl_open_family(family, 0);
	if (!*nl)
		return ack->err = errno;
	nlh->nlmsg_seq = ++nl_seq;
	nlh->nlmsg_flags |= NLM_F_REQUEST;
	if ((nlh->nlmsg_flags & NLM_F_DUMP) != NLM_F_DUMP)
		nlh->nlmsg_flags |= NLM_F_ACK;
	if (mnl_socket_sendto(*nl, nlh, nlh->nlmsg_len) < 0)
		return ack->err = errno;

	for (;;) {
		len = mnl_socket_recvfrom(*nl, buf, sizeof(buf));
		if (len <= 0) {
			ack->lost = true;
			return ack->err = len ? errno : EPIPE;
		}
		rep = (struct nlmsghdr *)buf;
		for (; mnl_nlmsg_ok(rep, len);
		     rep = mnl_nlmsg_next(rep, &len)) {
			if (rep->nlmsg_seq != nl_seq)
				continue;
			if (rep->nlmsg_type == NLMSG_DONE)
				return 0;
			if (rep->nlmsg_type == NLMSG_ERROR) {
				ack_parse(rep, ack);
				return ack->err;
			}
			if (cb)
				cb(rep, data);
		}
	}
}

int nl_talk(struct nlmsghdr *nlh, struct nl_ack *ack, mnl_cb_t cb, void *data)
{
	return nl_talk_family(NETLINK_ROUTE, nlh, ack, cb, data);
}

int netns_enter(const char *name)
{
	char path[256];
	int fd, ret;

	snprintf(path, sizeof(path), "/var/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	ret = setns(fd, CLONE_NEWNET);
	close(fd);
	nl_reopen();
	return ret;
}

/* Options of the kinds: a word, where its value goes and how it is packed. */
enum opt_type {
	OPT_U8,
	OPT_U16,
	OPT_BE16,
	OPT_U32,
	OPT_BE32,
	OPT_DEV,
	OPT_IP,
	OPT_WORD32,		/* a word of words[] as u32 */
	OPT_WORD16,
	OPT_WORD8,
	OPT_FLAG,
	OPT_GREKEY,		/* both keys and the flags that say so */
	OPT_PEER,		/* the other end, a link of its own */
};

struct opt {
	const char *kinds;	/* words, each kind that has the option */
	const char *name;
	enum opt_type type;
	int attr;
	int attr2;
};

struct word {
	const char *kinds;
	const char *name;
	unsigned int value;
};

#define GRE4		" gre gretap erspan "
#define GRE6		" ip6gre ip6gretap ip6erspan "
#define IPTUN4		" ipip sit "

static const struct opt opts[] = {
	{ " vlan ", "id", OPT_U16, IFLA_VLAN_ID },
	{ " vlan ", "protocol", OPT_BE16, IFLA_VLAN_PROTOCOL },
	{ " vrf ", "table", OPT_U32, IFLA_VRF_TABLE },
	{ " vti vti6 ", "local", OPT_IP, IFLA_VTI_LOCAL },
	{ " vti vti6 ", "remote", OPT_IP, IFLA_VTI_REMOTE },
	{ " vti vti6 ", "key", OPT_BE32, IFLA_VTI_IKEY, IFLA_VTI_OKEY },
	{ " veth vxcan ", "peer", OPT_PEER, VETH_INFO_PEER },
	{ " netkit ", "peer", OPT_PEER, IFLA_NETKIT_PEER_INFO },
	{ " netkit ", "mode", OPT_WORD32, IFLA_NETKIT_MODE },
	{ " macvlan macvtap ", "mode", OPT_WORD32, IFLA_MACVLAN_MODE },
	{ " ipvlan ipvtap ", "mode", OPT_WORD16, IFLA_IPVLAN_MODE },
	{ " vxlan ", "id", OPT_U32, IFLA_VXLAN_ID },
	{ " vxlan ", "local", OPT_IP, IFLA_VXLAN_LOCAL },
	{ " vxlan ", "remote", OPT_IP, IFLA_VXLAN_GROUP },
	{ " vxlan ", "dstport", OPT_BE16, IFLA_VXLAN_PORT },
	{ " vxlan ", "dev", OPT_DEV, IFLA_VXLAN_LINK },
	{ " geneve ", "id", OPT_U32, IFLA_GENEVE_ID },
	{ " geneve ", "remote", OPT_IP, IFLA_GENEVE_REMOTE },
	{ GRE4 GRE6, "local", OPT_IP, IFLA_GRE_LOCAL },
	{ GRE4 GRE6, "remote", OPT_IP, IFLA_GRE_REMOTE },
	{ GRE4 GRE6, "key", OPT_GREKEY, IFLA_GRE_IKEY, IFLA_GRE_OKEY },
	{ " erspan ip6erspan ", "erspan_ver", OPT_U8, IFLA_GRE_ERSPAN_VER },
	{ " erspan ip6erspan ", "erspan", OPT_U32, IFLA_GRE_ERSPAN_INDEX },
	{ IPTUN4 " ip6tnl ", "local", OPT_IP, IFLA_IPTUN_LOCAL },
	{ IPTUN4 " ip6tnl ", "remote", OPT_IP, IFLA_IPTUN_REMOTE },
	{ " bond ", "mode", OPT_WORD8, IFLA_BOND_MODE },
	{ " bridge ", "vlan_filtering", OPT_U8, IFLA_BR_VLAN_FILTERING },
	{ " bridge ", "stp_state", OPT_U32, IFLA_BR_STP_STATE },
	{ " xfrm ", "if_id", OPT_U32, IFLA_XFRM_IF_ID },
	{ " bareudp ", "dstport", OPT_BE16, IFLA_BAREUDP_PORT },
	{ " bareudp ", "ethertype", OPT_BE16, IFLA_BAREUDP_ETHERTYPE },
	{ " amt ", "mode", OPT_U32, IFLA_AMT_MODE },
	{ " amt ", "dev", OPT_DEV, IFLA_AMT_LINK },
	{ " amt ", "local", OPT_IP, IFLA_AMT_LOCAL_IP },
	{ " amt ", "discovery", OPT_IP, IFLA_AMT_DISCOVERY_IP },
	{ " amt ", "relay_port", OPT_BE16, IFLA_AMT_RELAY_PORT },
	{ " gtp ", "create_sockets", OPT_U8, IFLA_GTP_CREATE_SOCKETS },
	{ " ovpn ", "mode", OPT_U8, IFLA_OVPN_MODE },
	{ " hsr ", "slave1", OPT_DEV, IFLA_HSR_SLAVE1 },
	{ " hsr ", "slave2", OPT_DEV, IFLA_HSR_SLAVE2 },
	{ " rmnet ", "mux_id", OPT_U16, IFLA_RMNET_MUX_ID },
};

static const struct word words[] = {
	{ " netkit ", "l2", 0 },
	{ " netkit ", "l3", 1 },
	{ " macvlan macvtap ", "private", 1 },
	{ " macvlan macvtap ", "vepa", 2 },
	{ " macvlan macvtap ", "bridge", 4 },
	{ " ipvlan ipvtap ", "l2", 0 },
	{ " ipvlan ipvtap ", "l3", 1 },
	{ " ipvlan ipvtap ", "l3s", 2 },
	{ " bond ", "balance-rr", 0 },
	{ " bond ", "active-backup", 1 },
	{ " vlan ", "802.1Q", 0x8100 },
	{ " vlan ", "802.1ad", 0x88a8 },
	{ " bareudp ", "ipv4", 0x0800 },
	{ " bareudp ", "mpls_uc", 0x8847 },
};

/* State of one request while its words are read. */
struct req {
	struct nlmsghdr *nlh;
	struct nl_ack *ack;
	int argc;
	char **argv;
	int netns;		/* a descriptor, to close when it is sent */
	char bad[128];
};

static bool kind_in(const char *kinds, const char *kind)
{
	char word[40];

	snprintf(word, sizeof(word), " %s ", kind);
	return strstr(kinds, word);
}

static int bad_word(struct req *r, const char *what, const char *word)
{
	snprintf(r->bad, sizeof(r->bad), "%s '%s'", what, word ? word : "");
	return -1;
}

static const char *next(struct req *r)
{
	if (!r->argc)
		return NULL;
	r->argc--;
	return *r->argv++;
}

static int get_num(struct req *r, const char *word, unsigned int *value)
{
	char *end;

	if (!word || !*word)
		return bad_word(r, "number missing", word);
	*value = strtoul(word, &end, 0);
	if (*end)
		return bad_word(r, "not a number:", word);
	return 0;
}

static int get_word(struct req *r, const char *kind, const char *word,
		    unsigned int *value)
{
	unsigned int i;

	if (!word)
		return bad_word(r, "value missing for", kind);
	for (i = 0; i < ARRAY_SIZE(words); i++) {
		if (kind_in(words[i].kinds, kind) &&
		    !strcmp(words[i].name, word)) {
			*value = words[i].value;
			return 0;
		}
	}
	return get_num(r, word, value);
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

static int put_ip(struct req *r, int attr, const char *word)
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

static int put_dev(struct req *r, int attr, const char *word)
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

static int put_kind(struct req *r, const char *kind);

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
static int put_generic(struct req *r)
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

/* The peer is a message within the message; its attributes come last. */
static int put_peer(struct req *r, int attr)
{
	unsigned int main_flags, main_change, main_index;
	struct ifinfomsg *ifm, *main;
	struct nlattr *nest;
	int ret;

	nest = mnl_attr_nest_start(r->nlh, attr);
	ifm = mnl_nlmsg_put_extra_header(r->nlh, sizeof(*ifm));

	/* put_generic() writes to the outer header: lend it to the peer */
	main = mnl_nlmsg_get_payload(r->nlh);
	main_flags = main->ifi_flags;
	main_change = main->ifi_change;
	main_index = main->ifi_index;
	main->ifi_flags = 0;
	main->ifi_change = 0;
	ret = put_generic(r);
	ifm->ifi_flags = main->ifi_flags;
	ifm->ifi_change = main->ifi_change;
	main->ifi_flags = main_flags;
	main->ifi_change = main_change;
	main->ifi_index = main_index;
	mnl_attr_nest_end(r->nlh, nest);
	return ret;
}

static int put_opt(struct req *r, const char *kind, const struct opt *opt)
{
	bool gre = kind_in(GRE4 GRE6, kind);
	unsigned int value = 0;

	switch (opt->type) {
	case OPT_PEER:
		return put_peer(r, opt->attr);
	case OPT_FLAG:
		mnl_attr_put(r->nlh, opt->attr, 0, NULL);
		return 0;
	case OPT_IP:
		return put_ip(r, opt->attr, next(r));
	case OPT_DEV:
		return put_dev(r, opt->attr, next(r));
	default:
		break;
	}

	if (get_word(r, kind, next(r), &value))
		return -1;
	switch (opt->type) {
	case OPT_U8:
	case OPT_WORD8:
		mnl_attr_put_u8(r->nlh, opt->attr, value);
		break;
	case OPT_U16:
	case OPT_WORD16:
		mnl_attr_put_u16(r->nlh, opt->attr, value);
		break;
	case OPT_BE16:
		mnl_attr_put_u16(r->nlh, opt->attr, htons(value));
		break;
	case OPT_U32:
	case OPT_WORD32:
		mnl_attr_put_u32(r->nlh, opt->attr, value);
		break;
	case OPT_GREKEY:
		if (gre) {
			mnl_attr_put_u16(r->nlh, IFLA_GRE_IFLAGS, GRE_KEY);
			/* erspan wants a sequence number too */
			mnl_attr_put_u16(r->nlh, IFLA_GRE_OFLAGS,
					 strstr(kind, "erspan") ?
					 GRE_KEY | GRE_SEQ : GRE_KEY);
		}
		mnl_attr_put_u32(r->nlh, opt->attr, htonl(value));
		mnl_attr_put_u32(r->nlh, opt->attr2, htonl(value));
		break;
	case OPT_BE32:
		mnl_attr_put_u32(r->nlh, opt->attr, htonl(value));
		mnl_attr_put_u32(r->nlh, opt->attr2, htonl(value));
		break;
	default:
		break;
	}
	return 0;
}

static int put_kind(struct req *r, const char *kind)
{
	struct nlattr *info, *data = NULL;
	const char *word;
	unsigned int i;

	if (!kind)
		return bad_word(r, "type missing", kind);
	info = mnl_attr_nest_start(r->nlh, IFLA_LINKINFO);
	mnl_attr_put_strz(r->nlh, IFLA_INFO_KIND, kind);
	while ((word = next(r))) {
		for (i = 0; i < ARRAY_SIZE(opts); i++) {
			if (kind_in(opts[i].kinds, kind) &&
			    !strcmp(opts[i].name, word))
				break;
		}
		if (i == ARRAY_SIZE(opts))
			return bad_word(r, "unknown option", word);
		if (!data)
			data = mnl_attr_nest_start(r->nlh, IFLA_INFO_DATA);
		if (put_opt(r, kind, &opts[i]))
			return -1;
	}
	if (data)
		mnl_attr_nest_end(r->nlh, data);
	mnl_attr_nest_end(r->nlh, info);
	return 0;
}

/* One end of what "add" makes: name, label and namespace as they were given */
struct made {
	const char *name;
	const char *netns;
	const char *label;
};

static bool has_label(const struct made *made)
{
	bool want = made->label && (!strcmp(made->label, "on") ||
				    !strcmp(made->label, "1") ||
				    !strcmp(made->label, "hex:01"));
	int home = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	struct link_state st;
	char path[256];
	bool has = true;
	int fd = -1;

	if (made->netns && !isdigit(made->netns[0])) {
		snprintf(path, sizeof(path), "%s%s",
			 made->netns[0] == '/' ? "" : "/var/run/netns/",
			 made->netns);
		fd = open(path, O_RDONLY | O_CLOEXEC);
	}
	if (made->netns && (fd < 0 || setns(fd, CLONE_NEWNET)))
		goto out;
	if (fd >= 0)
		nl_reopen();
	/* one that has gone again has no label to look at */
	if (!link_get(made->name, &st))
		has = (st.lwd == 1) == want;
	if (fd >= 0) {
		if (setns(home, CLONE_NEWNET))
			ksft_exit_fail_msg("setns: %s\n", strerror(errno));
		nl_reopen();
	}
out:
	if (fd >= 0)
		close(fd);
	close(home);
	return has;
}

/*
 * Did "add NAME ..." make what it was to make?  Here, and so wherever a device
 * is made: a kernel that takes the label and forgets it fails every test.
 */
int link_label(struct nl_ack *ack, int argc, char **argv)
{
	struct made made[2] = {};
	int ends = 1, i, end;

	made[0].name = argc > 1 && strcmp(argv[1], "-") ? argv[1] : NULL;
	for (i = 2; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";
		struct made *last = &made[ends - 1];

		if (!strcmp(argv[i], "peer") && ends == 1) {
			ends = 2;
		} else if (!strcmp(argv[i], "lwd")) {
			last->label = isdigit(value[0]) ||
				      !strncmp(value, "hex:", 4) ||
				      !strcmp(value, "off") ? value : "on";
		} else if (!strcmp(argv[i], "name")) {
			last->name = value;
		} else if (!strcmp(argv[i], "netns")) {
			last->netns = value;
		} else if (!strcmp(argv[i], "alias")) {
			i++;
		}
	}
	for (end = 0; end < ends; end++) {
		if (!made[end].name || has_label(&made[end]))
			continue;
		snprintf(ack->msg, sizeof(ack->msg),
			 "%s was made with another label than it was to have",
			 made[end].name);
		return ack->err = EPROTO;
	}
	return 0;
}

bool link_label_unseen;

/* Read one command; returns 0 or a positive errno, as ack->err. */
int link_argv(struct nl_ack *ack, int argc, char **argv)
{
	static char buf[BUF_SIZE];
	struct req r = { .ack = ack, .argc = argc, .argv = argv, .netns = -1 };
	const char *verb = next(&r), *name = next(&r);
	struct ifinfomsg *ifm;
	bool renames = false;
	int i, ret;

	memset(ack, 0, sizeof(*ack));
	memset(buf, 0, 4096);
	if (!verb || !name) {
		snprintf(ack->msg, sizeof(ack->msg), "words missing");
		return ack->err = EINVAL;
	}

	r.nlh = mnl_nlmsg_put_header(buf);
	ifm = mnl_nlmsg_put_extra_header(r.nlh, sizeof(*ifm));
	ifm->ifi_family = AF_UNSPEC;

	if (!strcmp(verb, "add")) {
		r.nlh->nlmsg_type = RTM_NEWLINK;
		r.nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	} else if (!strcmp(verb, "change")) {	/* RTM_NEWLINK of what exists */
		r.nlh->nlmsg_type = RTM_NEWLINK;
	} else if (!strcmp(verb, "replace")) {
		r.nlh->nlmsg_type = RTM_NEWLINK;
		r.nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE;
	} else if (!strcmp(verb, "set")) {
		r.nlh->nlmsg_type = RTM_SETLINK;
	} else if (!strcmp(verb, "del")) {
		r.nlh->nlmsg_type = RTM_DELLINK;
	} else {
		snprintf(ack->msg, sizeof(ack->msg), "no such verb: %s", verb);
		return ack->err = EINVAL;
	}
	/*
	 * "-" is for requests that name no single device.  In one that renames
	 * it, the name is the new one, as with ip.
	 */
	for (i = 0; i < r.argc; i++)
		renames |= !strcmp(r.argv[i], "name") && !strcmp(verb, "set");
	if (renames)
		ifm->ifi_index = if_nametoindex(name);
	else if (strcmp(name, "-"))
		mnl_attr_put_strz(r.nlh, IFLA_IFNAME, name);
	if (put_generic(&r)) {
		snprintf(ack->msg, sizeof(ack->msg), "%s", r.bad);
		ack->err = EINVAL;
		ret = EINVAL;
	} else {
		ret = nl_talk(r.nlh, ack, NULL, NULL);
	}
	if (r.netns >= 0)
		close(r.netns);
	if (!ret && !strcmp(verb, "add") && !link_label_unseen)
		ret = link_label(ack, argc, argv);
	return ret;
}

static int addr_talk(struct nl_ack *ack, int type, const char *name,
		     const char *addr, int len, int flags)
{
	char buf[256] = {}, bytes[16];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct ifaddrmsg *ifa = mnl_nlmsg_put_extra_header(nlh, sizeof(*ifa));
	size_t size;

	memset(ack, 0, sizeof(*ack));
	ifa->ifa_family = strchr(addr, ':') ? AF_INET6 : AF_INET;
	ifa->ifa_prefixlen = len;
	ifa->ifa_flags = flags;
	ifa->ifa_index = if_nametoindex(name);
	if (inet_pton(ifa->ifa_family, addr, bytes) != 1 || !ifa->ifa_index) {
		snprintf(ack->msg, sizeof(ack->msg), "no address or no device");
		return ack->err = EINVAL;
	}
	nlh->nlmsg_type = type;
	if (type == RTM_NEWADDR)
		nlh->nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL;
	size = ifa->ifa_family == AF_INET ? 4 : 16;
	mnl_attr_put(nlh, IFA_LOCAL, size, bytes);
	mnl_attr_put(nlh, IFA_ADDRESS, size, bytes);
	return nl_talk(nlh, ack, NULL, NULL);
}

/* RTM_NEWADDR or RTM_DELADDR; IPv6 ones do not wait for duplicates. */
int addr_cmd(struct nl_ack *ack, int type, const char *name, const char *addr,
	     int len)
{
	return addr_talk(ack, type, name, addr, len,
			 strchr(addr, ':') ? IFA_F_NODAD : 0);
}

/* addr add|del ADDRESS/LENGTH dev NAME [nodad]; as link_argv() */
int addr_argv(struct nl_ack *ack, int argc, char **argv)
{
	bool nodad = argc == 6 && !strcmp(argv[5], "nodad");
	bool add = argc > 1 && !strcmp(argv[1], "add");
	char *slash = argc > 2 ? strchr(argv[2], '/') : NULL;

	if (!slash || argc < 5 || strcmp(argv[3], "dev") || argc > 5 + nodad ||
	    (!add && strcmp(argv[1], "del"))) {
		memset(ack, 0, sizeof(*ack));
		snprintf(ack->msg, sizeof(ack->msg),
			 "not addr add|del ADDRESS/LENGTH dev NAME [nodad]");
		return ack->err = EINVAL;
	}
	*slash = 0;
	return addr_talk(ack, add ? RTM_NEWADDR : RTM_DELADDR, argv[4], argv[2],
			 atoi(slash + 1), nodad ? IFA_F_NODAD : 0);
}

int link_cmd(struct nl_ack *ack, const char *fmt, ...)
{
	char line[512], *argv[ARGS_MAX], *save, *word;
	struct nl_ack dummy;
	int argc = 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	for (word = strtok_r(line, " ", &save); word && argc < ARGS_MAX;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return link_argv(ack ? ack : &dummy, argc, argv);
}

static void parse_af_spec(const struct nlattr *spec, struct link_state *st)
{
	const struct nlattr *af, *attr;
	int fam;

	mnl_attr_for_each_nested(af, spec) {
		for (fam = 0; fam < L3_MAX; fam++)
			if (mnl_attr_get_type(af) == l3_af[fam])
				break;
		if (fam == L3_MAX)
			continue;
		st->spec[fam] = true;
		mnl_attr_for_each_nested(attr, af) {
			if (mnl_attr_get_type(attr) == l3_enable[fam])
				st->enable[fam] = mnl_attr_get_u8(attr);
			else
				st->conf[fam] = true;
		}
	}
}

void link_parse(const struct nlmsghdr *nlh, struct link_state *st)
{
	const struct ifinfomsg *ifm = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *info;
	int fam;

	memset(st, 0, sizeof(*st));
	st->lwd = LWD_ABSENT;
	for (fam = 0; fam < L3_MAX; fam++)
		st->enable[fam] = LWD_ABSENT;
	st->ifindex = ifm->ifi_index;
	st->flags = ifm->ifi_flags;

	mnl_attr_for_each(attr, nlh, sizeof(*ifm)) {
		switch (mnl_attr_get_type(attr)) {
		case IFLA_IFNAME:
			snprintf(st->name, sizeof(st->name), "%s",
				 mnl_attr_get_str(attr));
			break;
		case IFLA_LWD:
			/* a label of the wrong size is none */
			if (mnl_attr_get_payload_len(attr) == 1)
				st->lwd = mnl_attr_get_u8(attr);
			break;
		case IFLA_AF_SPEC:
			parse_af_spec(attr, st);
			break;
		case IFLA_LINKINFO:
			mnl_attr_for_each_nested(info, attr)
				if (mnl_attr_get_type(info) == IFLA_INFO_KIND)
					snprintf(st->kind, sizeof(st->kind),
						 "%s", mnl_attr_get_str(info));
			break;
		}
	}
}

static int get_cb(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type == RTM_NEWLINK)
		link_parse(nlh, data);
	return MNL_CB_OK;
}

int link_ask(const char *name, mnl_cb_t cb, void *data)
{
	char buf[256] = {};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETLINK;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	return nl_talk(nlh, NULL, cb, data);
}

int link_get(const char *name, struct link_state *st)
{
	memset(st, 0, sizeof(*st));
	st->lwd = LWD_ABSENT;
	return link_ask(name, get_cb, st);
}

int link_dump(mnl_cb_t cb, void *data)
{
	char buf[256] = {};
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	return nl_talk(nlh, NULL, cb, data);
}

/* Every link carries the label on a kernel that knows it; lo is one. */
bool link_known(void)
{
	struct link_state st;

	return !link_get("lo", &st) && st.lwd != LWD_ABSENT;
}

/* The switches are known when an lwd's dump has them: make one in passing. */
bool link_l3_known(void)
{
	struct link_state st;
	struct nl_ack ack;

	if (link_cmd(&ack, "add lwd_probe lwd on type dummy"))
		return false;
	link_get("lwd_probe", &st);
	link_cmd(&ack, "del lwd_probe");
	return st.enable[L3_INET] != LWD_ABSENT;
}

/* RTM_GETNETCONF of one device; 0 if the kernel has it, or an errno. */
int netconf_get(struct nl_ack *ack, enum l3_family fam, int ifindex)
{
	struct netconfmsg *ncm;
	struct nlmsghdr *nlh;
	char buf[256] = {};

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = RTM_GETNETCONF;
	ncm = mnl_nlmsg_put_extra_header(nlh, sizeof(*ncm));
	ncm->ncm_family = l3_af[fam];
	mnl_attr_put_u32(nlh, NETCONFA_IFINDEX, ifindex);
	return nl_talk(nlh, ack, NULL, NULL);
}

/* The devices that are looked at together: a dump tells about all at once. */
struct l3_scan {
	struct l3_view *views;
	int n;
};

static struct l3_view *view_of(const struct l3_scan *scan, int ifindex)
{
	int i;

	for (i = 0; i < scan->n; i++)
		if (scan->views[i].ifindex == ifindex)
			return &scan->views[i];
	return NULL;
}

static int af_bit(int af)
{
	int fam;

	for (fam = 0; fam < L3_MAX; fam++)
		if (l3_af[fam] == af)
			return 1 << fam;
	return 0;
}

static int addr_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct l3_view *view = view_of(data, ifa->ifa_index);

	if (nlh->nlmsg_type == RTM_NEWADDR && view)
		view->addr |= af_bit(ifa->ifa_family);
	return MNL_CB_OK;
}

static int parms_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct ndtmsg *ndt = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr, *parm;
	struct l3_view *view;

	if (nlh->nlmsg_type != RTM_NEWNEIGHTBL)
		return MNL_CB_OK;
	mnl_attr_for_each(attr, nlh, sizeof(*ndt)) {
		if (mnl_attr_get_type(attr) != NDTA_PARMS)
			continue;
		mnl_attr_for_each_nested(parm, attr) {
			if (mnl_attr_get_type(parm) != NDTPA_IFINDEX)
				continue;
			view = view_of(data, mnl_attr_get_u32(parm));
			if (view)
				view->parms |= af_bit(ndt->ndtm_family);
		}
	}
	return MNL_CB_OK;
}

static void dump(int type, size_t hdr, mnl_cb_t cb, void *data)
{
	struct nlmsghdr *nlh;
	char buf[256] = {};

	nlh = mnl_nlmsg_put_header(buf);
	nlh->nlmsg_type = type;
	nlh->nlmsg_flags = NLM_F_DUMP;
	mnl_nlmsg_put_extra_header(nlh, hdr);
	nl_talk(nlh, NULL, cb, data);
}

/*
 * The lines that tell of a device begin with its index.  (To ask for the index
 * of a name that no device has loads a module, which takes a program.)
 */
static void read_groups(struct l3_scan *scan, const char *path, int fam)
{
	struct l3_view *view;
	char line[256];
	FILE *f;

	f = fopen(path, "r");
	if (!f)
		return;
	while (fgets(line, sizeof(line), f)) {
		view = isdigit(line[0]) ? view_of(scan, atoi(line)) : NULL;
		if (view)
			view->mcast |= 1 << fam;
	}
	fclose(f);
}

/* Look at n devices; one that does not exist gets an ifindex of 0. */
void l3_get_many(char **names, int n, struct l3_view *views)
{
	struct l3_scan scan = { .views = views, .n = n };
	struct link_state st;
	int fam, i;

	memset(views, 0, n * sizeof(*views));
	for (i = 0; i < n; i++) {
		if (link_get(names[i], &st))
			continue;
		views[i].ifindex = st.ifindex;
		for (fam = 0; fam < L3_MAX; fam++) {
			if (st.conf[fam])
				views[i].conf |= 1 << fam;
			if (!netconf_get(NULL, fam, st.ifindex))
				views[i].netconf |= 1 << fam;
		}
	}
	dump(RTM_GETADDR, sizeof(struct ifaddrmsg), addr_cb, &scan);
	dump(RTM_GETNEIGHTBL, sizeof(struct ndtmsg), parms_cb, &scan);
	read_groups(&scan, "/proc/thread-self/net/igmp", L3_INET);
	read_groups(&scan, "/proc/thread-self/net/igmp6", L3_INET6);
}

void l3_get(const char *name, struct l3_view *view)
{
	l3_get_many((char **)&name, 1, view);
}

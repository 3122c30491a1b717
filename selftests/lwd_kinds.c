// SPDX-License-Identifier: GPL-2.0
/* The words of a link after its kind, as attributes. */

#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <linux/amt.h>
#include <linux/if_tunnel.h>
#include <linux/veth.h>

#include "kselftest.h"
#include "lwd_words.h"

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

static bool kind_in(const char *kinds, const char *kind)
{
	char word[40];

	snprintf(word, sizeof(word), " %s ", kind);
	return strstr(kinds, word);
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

int put_kind(struct req *r, const char *kind)
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

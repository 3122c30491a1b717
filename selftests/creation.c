// SPDX-License-Identifier: GPL-2.0
/*
 * Only who asks gets a lightweight device: the older ways to create one, and
 * the devices that come with a network namespace, make ordinary ones, over
 * lightweight ones too.  A request that cannot be done changes nothing, and the
 * label is told however the kernel is asked.
 */

#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tunnel.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/sockios.h>

#include "lwd_case.h"

static int do_ioctl(unsigned long request, void *arg)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err = ioctl(fd, request, arg) ? errno : 0;

	close(fd);
	return err;
}

static int mtu_of(const char *name)
{
	struct ifreq ifr = {};

	snprintf(ifr.ifr_name, IFNAMSIZ, "%s", name);
	return do_ioctl(SIOCGIFMTU, &ifr) ? -1 : ifr.ifr_mtu;
}

/* What one of a group refuses is done to none of it, in either order. */
static void group_is_whole(void)
{
	static const char * const names[] = { "or0", "lw1", "or2", "lw3" };
	struct nl_ack ack;
	unsigned int i;
	int lwd;

	for (i = 0; i < ARRAY_SIZE(names); i++)
		cmd("add %s lwd %d mtu 1500 group 77 type dummy", names[i],
		    names[i][0] == 'l');
	for (lwd = 0; lwd < 2; lwd++) {
		link_cmd(&ack, "change - group 77 mtu 1400 lwd %d", lwd);
		CHECK(ack.err == EOPNOTSUPP, "lwd %d: expected %s, got %s", lwd,
		      strerror(EOPNOTSUPP), strerror(ack.err));
		CHECK(ack.has_offset && ack.offset == ack.want,
		      "lwd %d: expected an error at the attribute", lwd);
		for (i = 0; i < ARRAY_SIZE(names); i++)
			CHECK(mtu_of(names[i]) == 1500,
			      "lwd %d: mtu of %s: expected 1500, got %d", lwd,
			      names[i], mtu_of(names[i]));
	}
	cmd("change - group 77 mtu 1300");
	for (i = 0; i < ARRAY_SIZE(names); i++)
		CHECK(mtu_of(names[i]) == 1300,
		      "mtu of %s: expected 1300, got %d", names[i],
		      mtu_of(names[i]));
}

static int label_cb(const struct nlmsghdr *nlh, void *data)
{
	struct link_state st;
	int *found = data;

	if (nlh->nlmsg_type != RTM_NEWLINK)
		return MNL_CB_OK;
	link_parse(nlh, &st);
	if (st.lwd == LWD_ABSENT)
		found[2]++;
	else
		found[st.lwd]++;
	return MNL_CB_OK;
}

/* Ask for one by name, or for all, with a mask. */
static void ask(const char *name, unsigned int mask)
{
	char buf[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	int found[3] = {};
	struct nl_ack ack;

	nlh->nlmsg_type = RTM_GETLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | (name ? NLM_F_ACK : NLM_F_DUMP);
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	if (name)
		mnl_attr_put_strz(nlh, IFLA_IFNAME, name);
	mnl_attr_put_u32(nlh, IFLA_EXT_MASK, mask);
	nl_talk(nlh, &ack, label_cb, found);
	CHECK(!ack.err && !found[2] && found[1] == 1 &&
	      found[0] >= (name ? 0 : 1),
	      "%s, mask %x: expected the label, got %d, %d, %d times absent",
	      name ? name : "dump", mask, found[0], found[1], found[2]);
}

static void told_with_masks(void)
{
	static const unsigned int masks[] = {
		0, RTEXT_FILTER_VF, RTEXT_FILTER_BRVLAN,
		RTEXT_FILTER_BRVLAN_COMPRESSED, RTEXT_FILTER_SKIP_STATS,
		RTEXT_FILTER_VF | RTEXT_FILTER_SKIP_STATS,
	};
	unsigned int i;

	cmd("add or0 type dummy");
	cmd("add lw0 lwd on type dummy");
	for (i = 0; i < ARRAY_SIZE(masks); i++) {
		ask("lw0", masks[i]);
		ask(NULL, masks[i]);
	}
}

/* A kind that nobody knows, and none at all */
static void no_kind(void)
{
	char buf[512];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct nl_ack ack;

	link_cmd(&ack, "add lw0 lwd on type nosuchkind");
	CHECK(ack.err == EOPNOTSUPP, "unknown kind: expected %s, got %s",
	      strerror(EOPNOTSUPP), strerror(ack.err));

	nlh->nlmsg_type = RTM_NEWLINK;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE |
			   NLM_F_EXCL;
	mnl_nlmsg_put_extra_header(nlh, sizeof(struct ifinfomsg));
	mnl_attr_put_strz(nlh, IFLA_IFNAME, "lw0");
	mnl_attr_put_u8(nlh, IFLA_LWD, 1);
	nl_talk(nlh, &ack, NULL, NULL);
	CHECK(ack.err == EOPNOTSUPP, "no kind: expected %s, got %s",
	      strerror(EOPNOTSUPP), strerror(ack.err));
	CHECK(!if_nametoindex("lw0"), "expected no device, got one");
}

/* The number in a name that was refused after it was chosen is free again. */
static void number_of_a_refused_name(void)
{
	int home = netns_new(), far = netns_new(), lwd;
	struct nl_ack ack;

	cmd("add taken index 500 type dummy");
	for (lwd = 0; lwd < 2; lwd++) {
		netns_go(home);
		/* the index is looked for here, where nobody has it */
		link_cmd(&ack, "replace a%%d lwd %d index 500 netns /proc/self/fd/%d type dummy",
			 lwd, far);
		CHECK(ack.err == EBUSY, "lwd %d: expected %s, got %s", lwd,
		      strerror(EBUSY), strerror(ack.err));
		netns_go(far);
		cmd("add a%%d lwd %d type dummy", lwd);
		expect_label("a0", lwd);
		cmd("del a0");
	}
	close(home);
	close(far);
}

/* A device that is there takes the first free number, as a new one does. */
static void rename_to_a_format(void)
{
	char name[IFNAMSIZ];
	int i;

	for (i = 0; i < 4; i++) {
		cmd("add d0 lwd %d type dummy", i % 2);
		cmd("set d0 name foo%%d");
		snprintf(name, sizeof(name), "foo%d", i);
		expect_label(name, i % 2);
	}
	cmd("del foo0");
	cmd("set foo3 name foo%%d");
	expect_label("foo0", 1);
}

static void bridge_by_ioctl(void)
{
	char name[IFNAMSIZ] = "br0";
	int err = do_ioctl(SIOCBRADDBR, name);

	if (err == ENOPKG || err == EINVAL || err == ENOTTY) {
		case_skip("kernel has no bridge");
		return;
	}
	CHECK(!err, "SIOCBRADDBR: %s", strerror(err));
	expect_label("br0", 0);
}

static void vlan_by_ioctl(void)
{
	struct vlan_ioctl_args args = { .cmd = ADD_VLAN_CMD, .u.VID = 7 };
	int err;

	cmd("add lw0 lwd on up type dummy");
	snprintf(args.device1, sizeof(args.device1), "lw0");
	err = do_ioctl(SIOCSIFVLAN, &args);
	if (err == ENOPKG || err == EINVAL || err == ENOTTY) {
		case_skip("kernel has no vlan");
		return;
	}
	CHECK(!err, "SIOCSIFVLAN: %s", strerror(err));
	expect_label("lw0", 1);
	expect_label("lw0.7", 0);
}

static void tunnel_by_ioctl(void)
{
	struct ip_tunnel_parm parm = {
		.name = "tunnel7",
		.iph.version = 4,
		.iph.ihl = 5,
		.iph.protocol = IPPROTO_IPIP,
		.iph.daddr = htonl(0xc0000202),
	};
	struct ifreq ifr = { .ifr_name = "tunl0" };
	int err;

	ifr.ifr_data = (void *)&parm;
	err = do_ioctl(SIOCADDTUNNEL, &ifr);
	if (err == ENODEV) {
		case_skip("kernel has no ipip");
		return;
	}
	CHECK(!err, "SIOCADDTUNNEL: %s", strerror(err));
	expect_label("tunl0", 0);
	expect_label("tunnel7", 0);
}

/* The first tunnel of a kind, lightweight or not, may bring them. */
static void fallback_devices(void)
{
	static const char * const names[] = {
		"tunl0", "gre0", "gretap0", "erspan0", "ip_vti0", "sit0",
		"ip6tnl0", "ip6gre0", "ip6_vti0",
	};
	unsigned int i, found = 0;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		if (!if_nametoindex(names[i]))
			continue;
		found++;
		expect_label(names[i], 0);
	}
	expect_label("lo", 0);
	if (!found)
		case_skip("kernel makes no fallback devices");
}

static const struct lwd_case cases[] = {
	CASE("LABEL-4", group_is_whole),
	CASE("LABEL-5", told_with_masks),
	CASE("LABEL-6", no_kind),
	CASE("SAME-1 KEEP-6", number_of_a_refused_name),
	CASE("SAME-1 KEEP-6", rename_to_a_format),
	CASE("LABEL-6 LABEL-2", bridge_by_ioctl),
	CASE("LABEL-6 LABEL-2", vlan_by_ioctl),
	CASE("LABEL-6 LABEL-2", tunnel_by_ioctl),
	CASE("LABEL-6 LABEL-2", fallback_devices),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
	return 0;
}

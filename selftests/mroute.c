// SPDX-License-Identifier: GPL-2.0
/*
 * A multicast router on a lightweight device: it is refused while the protocol
 * is off, counts as a setting of the device and not of the default, and goes
 * away when the protocol is turned off.  Ordinary devices are the control.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <linux/mroute.h>
#include <linux/mroute6.h>

#include "lwd_case.h"

struct family {
	const char *name, *word, *interfaces, *dflt;
	int domain, protocol, level, init, add;
};

static const struct family inet = {
	"IPv4", "inet", "/proc/net/ip_mr_vif",
	"/proc/sys/net/ipv4/conf/default/mc_forwarding",
	AF_INET, IPPROTO_IGMP, IPPROTO_IP, MRT_INIT, MRT_ADD_VIF,
};

static const struct family inet6 = {
	"IPv6", "inet6", "/proc/net/ip6_mr_vif",
	"/proc/sys/net/ipv6/conf/default/mc_forwarding",
	AF_INET6, IPPROTO_ICMPV6, IPPROTO_IPV6, MRT6_INIT, MRT6_ADD_MIF,
};

/* Make the device the only interface of the router: 0 or an errno. */
static int add_interface(const struct family *family, int fd, const char *name)
{
	struct mif6ctl mif = { .mif6c_pifi = if_nametoindex(name) };
	struct vifctl vif = {
		.vifc_flags = VIFF_USE_IFINDEX,
		.vifc_threshold = 1,
		.vifc_lcl_ifindex = if_nametoindex(name),
	};
	bool v6 = family->domain == AF_INET6;

	mif.vifc_threshold = 1;
	return setsockopt(fd, family->level, family->add,
			  v6 ? (void *)&mif : (void *)&vif,
			  v6 ? sizeof(mif) : sizeof(vif)) ? errno : 0;
}

static bool is_interface(const struct family *family, const char *name)
{
	char line[256], word[32];
	bool found = false;
	FILE *f;

	f = fopen(family->interfaces, "r");
	while (f && fgets(line, sizeof(line), f))
		found |= sscanf(line, "%*s %31s", word) == 1 &&
			 !strcmp(word, name);
	if (f)
		fclose(f);
	return found;
}

static int default_of(const struct family *family)
{
	int value = -1;
	FILE *f;

	f = fopen(family->dflt, "r");
	if (f && fscanf(f, "%d", &value) != 1)
		value = -1;
	if (f)
		fclose(f);
	return value;
}

static int allmulti_cb(const struct nlmsghdr *nlh, void *data)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct ifinfomsg))
		if (mnl_attr_get_type(attr) == IFLA_ALLMULTI)
			*(int *)data = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

/* How many want all multicast from it */
static int allmulti_of(const char *name)
{
	int count = -1;

	link_ask(name, allmulti_cb, &count);
	return count;
}

static void expect(const struct family *family, const char *name, bool yes,
		   const char *when)
{
	CHECK(is_interface(family, name) == yes,
	      "%s, %s %s: expected an interface: %s", family->name, name, when,
	      yes ? "yes" : "no");
	CHECK(allmulti_of(name) == yes, "%s, %s %s: expected allmulti %d, got %d",
	      family->name, name, when, yes, allmulti_of(name));
	CHECK(!default_of(family), "%s, %s %s: expected the default 0, got %d",
	      family->name, name, when, default_of(family));
}

static void add(const struct family *family, int fd, const char *name,
		int want)
{
	int err = add_interface(family, fd, name);

	CHECK(err == want, "%s, %s: expected %s, got %s", family->name, name,
	      strerror(want), strerror(err));
	expect(family, name, !want, want ? "refused" : "added");
}

static void router(const struct family *family, const char *kind)
{
	int fd, one = 1;

	cmd("add or0 up type %s", kind);
	cmd("add lw0 lwd on up type %s", kind);
	fd = socket(family->domain, SOCK_RAW | SOCK_CLOEXEC, family->protocol);
	if (setsockopt(fd, family->level, family->init, &one, sizeof(one))) {
		case_skip("kernel has no %s multicast routing", family->name);
		close(fd);
		return;
	}
	add(family, fd, "lw0", EADDRNOTAVAIL);
	cmd("set lw0 %s on", family->word);
	add(family, fd, "lw0", 0);
	cmd("set lw0 %s off", family->word);
	expect(family, "lw0", false, "turned off");
	add(family, fd, "lw0", EADDRNOTAVAIL);
	cmd("set lw0 %s on", family->word);
	add(family, fd, "lw0", 0);
	cmd("del lw0");
	CHECK(!is_interface(family, "lw0"), "%s: expected lw0 gone, got it",
	      family->name);

	add(family, fd, "or0", 0);
	close(fd);
	expect(family, "or0", false, "without the router");
}

/* A dummy has a lock of its own, which the router takes; a veth has none. */
static void ipv4(void)
{
	router(&inet, "dummy");
}

static void ipv4_veth(void)
{
	router(&inet, "veth");
}

static void ipv6(void)
{
	router(&inet6, "dummy");
}

static void ipv6_veth(void)
{
	router(&inet6, "veth");
}

static const struct lwd_case cases[] = {
	CASE("DEFER-6 ENABLE-6 FOOT-5", ipv4),
	CASE("DEFER-6 ENABLE-6 FOOT-5", ipv4_veth),
	CASE("DEFER-6 ENABLE-6", ipv6),
	CASE("DEFER-6 ENABLE-6", ipv6_veth),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

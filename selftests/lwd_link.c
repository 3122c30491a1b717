// SPDX-License-Identifier: GPL-2.0
/*
 * lwd_link: make and look at lightweight devices with any iproute2.
 *
 *	lwd_link [-n NETNS] add NAME [lwd V] [GENERIC] type KIND [OPTIONS]
 *	lwd_link [-n NETNS] set|change|replace NAME [lwd V] [GENERIC]
 *	lwd_link [-n NETNS] del NAME
 *	lwd_link [-n NETNS] show [NAME]
 *	lwd_link [-n NETNS] l3 NAME...		who knows layer 3 of it
 *	lwd_link [-n NETNS] send NAME ETHERTYPE COUNT	broadcast raw frames
 *	lwd_link [-n NETNS] flush [NAME...]	delete all but lo and these
 *	lwd_link [-n NETNS] siocsifaddr NAME ADDRESS
 *	lwd_link [-n NETNS] siocsarp NAME [ADDRESS]	proxy ARP for it, or all
 *	lwd_link [-n NETNS] netconf NAME	ask for inet's, then inet6's
 *	lwd_link [-n NETNS] join NAME GROUP	join, then show as l3 does; and
 *		does the kernel list the group meanwhile: listed=yes|no
 *	lwd_link [-n NETNS] addr add|del ADDRESS/LENGTH dev NAME [nodad]
 *	lwd_link find WORD...	what is called WORD* in sysfs and procfs
 *	lwd_link [-n NETNS] batch		commands on stdin, one a line
 *	lwd_link [-n NETNS] serve FILE		the same, many times: a line "."
 *		ends each, its output replaces FILE, its status goes to stdout
 *	lwd_link [-n NETNS] try add NAME ...	print "NAME ok" or NAME and why
 *	lwd_link [-n NETNS] label add NAME ...	does it have the label it should
 *	lwd_link [-n NETNS] nth N set NAME ...	its Nth allocation fails
 *	lwd_link [-n NETNS] kinds		which words on stdin are kinds
 *	lwd_link probe [l3]			exit 0: kernel knows it, 4: not
 *
 *	V: on|off|N
 *	GENERIC: up down name link master nomaster address netns mtu group index
 *		 alias numtxqueues numrxqueues,
 *		 promisc|allmulticast|multicast|arp on|off,
 *		 inet|inet6|mpls auto|on|off|N, inet-conf|inet6-conf ID VALUE,
 *		 addrgenmode N, token ADDRESS, mpls-input N
 *
 * KIND and OPTIONS are those of "ip link".  "peer" takes words of its own up
 * to the end: peer [lwd V] name NAME.  Wherever lwd, inet, inet6 and mpls take
 * a number they take hex:0102 too: these bytes, for tests of bad input.
 * A NAME of "-" leaves the name out of the request, a state of "-" the state.
 *
 * show prints one line a device, made to be read by a shell:
 *	name=foo kind=dummy lwd=1 inet=auto inet6=on mpls=auto conf=inet6
 * with "none" for what the kernel did not tell; conf lists the families whose
 * settings are in IFLA_AF_SPEC.
 *
 * "set" ends with status 2 when the kernel refuses and prints its reason with
 * the name of the error: "EOPNOTSUPP: text (at attribute)".
 */

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if_arp.h>
#include <netinet/in.h>

#include "kselftest.h"
#include "lwd_link.h"

#define EXIT_REFUSED	2
#define EXIT_UNKNOWN	4
#define LINE_MAX_LEN	2048
#define FLUSH_GROUP	4242

static int refused(const char *what)
{
	fprintf(stderr, "%s: %s\n", err_name(errno), what);
	return EXIT_REFUSED;
}

static int do_ioctl(int domain, unsigned long request, void *arg,
		    const char *what)
{
	int fd = socket(domain, SOCK_DGRAM, 0);
	int ret = ioctl(fd, request, arg) ? refused(what) : 0;

	close(fd);
	return ret;
}

static int siocsifaddr(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct in6_ifreq {
		struct in6_addr addr;
		__u32 prefixlen;
		int ifindex;
	} ifr6 = { .prefixlen = 64 };
	const char *name = argv[1], *addr = argv[2];
	struct ifreq ifr = {};

	if (inet_pton(AF_INET6, addr, &ifr6.addr) == 1) {
		ifr6.ifindex = if_nametoindex(name);
		return do_ioctl(AF_INET6, SIOCSIFADDR, &ifr6, "SIOCSIFADDR");
	}
	inet_pton(AF_INET, addr, &sin.sin_addr);
	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", name);
	memcpy(&ifr.ifr_addr, &sin, sizeof(sin));
	return do_ioctl(AF_INET, SIOCSIFADDR, &ifr, "SIOCSIFADDR");
}

/* What is published for no address in particular is so for all. */
static int siocsarp(int argc, char **argv)
{
	struct sockaddr_in sin = { .sin_family = AF_INET };
	struct arpreq req = {
		.arp_pa.sa_family = AF_INET,
		.arp_flags = ATF_PUBL | ATF_NETMASK,
	};

	if (argc > 2) {
		inet_pton(AF_INET, argv[2], &sin.sin_addr);
		memcpy(&req.arp_pa, &sin, sizeof(sin));
		sin.sin_addr.s_addr = INADDR_NONE;
		memcpy(&req.arp_netmask, &sin, sizeof(sin));
	}
	snprintf(req.arp_dev, sizeof(req.arp_dev), "%s", argv[1]);
	return do_ioctl(AF_INET, SIOCSARP, &req, "SIOCSARP");
}

/* Is the group among those that a device listens to? */
static bool listed(const char *name, const char *group)
{
	unsigned char addr[16];
	char line[256], want[40] = "";
	bool here = false, found = false;
	bool v6 = inet_pton(AF_INET6, group, addr) == 1;
	size_t i;
	FILE *f;

	if (v6)
		for (i = 0; i < 16; i++)
			sprintf(want + 2 * i, "%02x", addr[i]);
	else if (inet_pton(AF_INET, group, addr) == 1)
		sprintf(want, "%08X", *(__u32 *)addr);
	f = fopen(v6 ? "/proc/net/igmp6" : "/proc/net/igmp", "r");
	while (f && fgets(line, sizeof(line), f)) {
		char first[32] = "", second[40] = "", third[40] = "";

		if (sscanf(line, "%31s %39s %39s", first, second, third) < 1)
			continue;
		/* IPv6: "INDEX NAME GROUP"; IPv4: "INDEX NAME", then groups */
		if (line[0] != '\t')
			here = !strcmp(second, name);
		found |= here && !strcmp(v6 ? third : first, want);
	}
	if (f)
		fclose(f);
	return found;
}

static int join(int argc, char **argv)
{
	const char *name = argv[1], *group = argv[2];
	int fd, ret, index = if_nametoindex(name);
	struct ipv6_mreq mreq6 = { .ipv6mr_interface = index };
	struct ip_mreqn mreq = { .imr_ifindex = index };

	if (inet_pton(AF_INET6, group, &mreq6.ipv6mr_multiaddr) == 1) {
		fd = socket(AF_INET6, SOCK_DGRAM, 0);
		ret = setsockopt(fd, IPPROTO_IPV6, IPV6_ADD_MEMBERSHIP, &mreq6,
				 sizeof(mreq6));
	} else {
		inet_pton(AF_INET, group, &mreq.imr_multiaddr);
		fd = socket(AF_INET, SOCK_DGRAM, 0);
		ret = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq,
				 sizeof(mreq));
	}
	if (!ret)
		printf("listed=%s ", listed(name, group) ? "yes" : "no");
	ret = ret ? refused("join") : show_l3(2, argv);
	close(fd);
	return ret;
}

/* Frames that name no IP host: a header and a payload of 0x45 bytes. */
static int send_frames(int argc, char **argv)
{
	struct sockaddr_ll sll = {
		.sll_family = AF_PACKET,
		.sll_ifindex = if_nametoindex(argv[1]),
		.sll_halen = ETH_ALEN,
		.sll_addr = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	};
	unsigned char payload[64];
	int n = atoi(argv[3]), fd;

	sll.sll_protocol = htons(strtoul(argv[2], NULL, 0));
	memset(payload, 0x45, sizeof(payload));
	/* a cooked socket: the kernel makes the header, whatever the kind */
	fd = socket(AF_PACKET, SOCK_DGRAM, 0);
	while (n-- > 0)
		/* ENOBUFS: a hook or a queue has dropped it, as it may */
		if (sendto(fd, payload, sizeof(payload), 0,
			   (struct sockaddr *)&sll, sizeof(sll)) < 0 &&
		    errno != ENOBUFS)
			return refused("send");
	close(fd);
	return 0;
}

struct flush {
	int argc;
	char **argv;
	int n;
	char names[128][IFNAMSIZ];
};

static int flush_cb(const struct nlmsghdr *nlh, void *data)
{
	struct flush *flush = data;
	struct link_state st;
	int i;

	link_parse(nlh, &st);
	for (i = 1; i < flush->argc; i++)
		if (!strcmp(flush->argv[i], st.name))
			return MNL_CB_OK;
	/* only what can be made can be deleted; leaves lo and the like */
	if (st.kind[0] && flush->n < 128)
		snprintf(flush->names[flush->n++], sizeof(flush->names[0]),
			 "%s", st.name);
	return MNL_CB_OK;
}

/*
 * Delete every link but the named.  In one group they go at once, which saves
 * the waits for each.
 */
static int flush(int argc, char **argv)
{
	static struct flush flush;
	struct nl_ack ack;
	int i;

	flush.argc = argc;
	flush.argv = argv;
	flush.n = 0;
	if (link_dump(flush_cb, &flush))
		return 1;
	for (i = 0; i < flush.n; i++)
		link_cmd(&ack, "set %s group %d", flush.names[i], FLUSH_GROUP);
	if (flush.n && link_cmd(&ack, "del - group %d", FLUSH_GROUP))
		while (flush.n)
			link_cmd(&ack, "del %s", flush.names[--flush.n]);
	return 0;
}

/* For a batch of which some are refused: who was is told on stdout. */
static int try(int argc, char **argv)
{
	struct nl_ack ack;

	if (!link_argv(&ack, argc - 1, argv + 1))
		printf("%s ok\n", argv[2]);
	else
		show_refused(stdout, argv[2], &ack);
	return 0;
}

static int label(int argc, char **argv)
{
	struct nl_ack ack;

	if (!link_label(&ack, argc - 1, argv + 1))
		return 0;
	fprintf(stderr, "%s\n", ack.msg);
	return EXIT_REFUSED;
}

/* A request of which the Nth allocation fails; without so many it is done. */
static int fail_nth(int argc, char **argv)
{
	const char *n = argv[1];
	int fd = open("/proc/thread-self/fail-nth", O_RDWR);
	struct nl_ack ack = {};
	char left[12] = {};

	if (pwrite(fd, n, strlen(n), 0) < 0) {
		perror("fail-nth");
		return EXIT_UNKNOWN;
	}
	link_label_unseen = true;
	link_argv(&ack, argc - 2, argv + 2);
	link_label_unseen = false;
	if (pread(fd, left, sizeof(left) - 1, 0) <= 0 ||
	    pwrite(fd, "0", 1, 0) < 0)
		return EXIT_UNKNOWN;
	if (atoi(left))
		return ack.err ? EXIT_UNKNOWN : 0;
	printf("%s: %s\n", ack.err ? err_name(ack.err) : "done", ack.msg);
	return EXIT_REFUSED;
}

/* The words that are no requests about a link; argc: with that many words. */
static const struct command {
	const char *name;
	int argc;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "find", 1, show_found },
	{ "flush", 1, flush },
	{ "join", 3, join },
	{ "kinds", 1, show_kinds },
	{ "l3", 1, show_l3 },
	{ "label", 3, label },
	{ "netconf", 2, show_netconf },
	{ "nth", 3, fail_nth },
	{ "send", 4, send_frames },
	{ "show", 1, show_links },
	{ "siocsarp", 2, siocsarp },
	{ "siocsifaddr", 3, siocsifaddr },
	{ "try", 3, try },
};

static int run(int argc, char **argv)
{
	struct nl_ack ack;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(commands); i++)
		if (argc >= commands[i].argc &&
		    !strcmp(argv[0], commands[i].name))
			return commands[i].run(argc, argv);
	if (!strcmp(argv[0], "addr") ? !addr_argv(&ack, argc, argv) :
				       !link_argv(&ack, argc, argv))
		return 0;
	show_refused(stderr, "", &ack);
	return EXIT_REFUSED;
}

static int run_line(char *line)
{
	char *argv[ARGS_MAX], *save, *word;
	int argc = 0;

	for (word = strtok_r(line, " \t\n", &save); word && argc < ARGS_MAX;
	     word = strtok_r(NULL, " \t\n", &save))
		argv[argc++] = word;
	return argc ? run(argc, argv) : 0;
}

static int batch(void)
{
	char line[LINE_MAX_LEN];
	int ret = 0;

	while (fgets(line, sizeof(line), stdin))
		if (run_line(line))
			ret = EXIT_REFUSED;
	return ret;
}

/* For a shell, to which starting a program for each batch is slow. */
static int serve(const char *file)
{
	int answers = dup(STDOUT_FILENO), ret = 0;
	bool fresh = true;
	char line[LINE_MAX_LEN];

	if (!freopen(file, "w", stdout) ||
	    dup2(fileno(stdout), STDERR_FILENO) < 0)
		return 1;
	while (fgets(line, sizeof(line), stdin)) {
		bool end = !strcmp(line, ".\n");

		if (fresh) {
			ret = 0;
			rewind(stdout);
			if (ftruncate(fileno(stdout), 0))
				return 1;
		}
		if (!end)
			ret = run_line(line) ?: ret;
		fflush(stdout);
		if (end)
			dprintf(answers, "%d\n", ret);
		fresh = end;
	}
	return 0;
}

int main(int argc, char **argv)
{
	argc--;
	argv++;
	if (argc >= 2 && !strcmp(argv[0], "-n")) {
		if (netns_enter(argv[1])) {
			fprintf(stderr, "no such netns: %s\n", argv[1]);
			return 1;
		}
		argc -= 2;
		argv += 2;
	}
	if (!argc) {
		fprintf(stderr,
			"usage: lwd_link [-n NETNS] add|set|change|replace|del|show|batch|probe ...\n");
		return 1;
	}
	if (!strcmp(argv[0], "probe")) {
		if (!link_known())
			return EXIT_UNKNOWN;
		return argc > 1 && !strcmp(argv[1], "l3") && !link_l3_known() ?
		       EXIT_UNKNOWN : 0;
	}
	if (!strcmp(argv[0], "batch"))
		return batch();
	if (!strcmp(argv[0], "serve") && argc == 2)
		return serve(argv[1]);
	return run(argc, argv);
}

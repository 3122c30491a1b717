// SPDX-License-Identifier: GPL-2.0
/* What lwd_link shows: of links, of who knows their layer 3, of names. */

#define _GNU_SOURCE	/* strerrorname_np() */
#include <glob.h>
#include <stdio.h>
#include <string.h>

#include "lwd_link.h"

static const char *l3_state(int state)
{
	static char num[16];

	switch (state) {
	case LWD_ABSENT:
		return "none";
	case IFLA_L3_AUTO:
		return "auto";
	case IFLA_L3_ON:
		return "on";
	case IFLA_L3_OFF:
		return "off";
	}
	snprintf(num, sizeof(num), "%d", state);
	return num;
}

/* Print " conf=inet,inet6", or " conf=none". */
static void show_set(const char *what, unsigned int set)
{
	const char *sep = "";
	int fam;

	printf(" %s=%s", what, set ? "" : "none");
	for (fam = 0; fam < L3_MAX; fam++) {
		if (!(set & (1 << fam)))
			continue;
		printf("%s%s", sep, l3_name[fam]);
		sep = ",";
	}
}

static void show(const struct link_state *st)
{
	unsigned int conf = 0;
	int fam;

	printf("name=%s kind=%s", st->name, st->kind[0] ? st->kind : "none");
	if (st->lwd == LWD_ABSENT)
		printf(" lwd=none");
	else
		printf(" lwd=%d", st->lwd);
	for (fam = 0; fam < L3_MAX; fam++)
		printf(" %s=%s", l3_name[fam], l3_state(st->enable[fam]));
	for (fam = 0; fam < L3_MAX; fam++)
		conf |= st->conf[fam] << fam;
	show_set("conf", conf);
	printf("\n");
}

static int show_cb(const struct nlmsghdr *nlh, void *data)
{
	struct link_state st;

	link_parse(nlh, &st);
	show(&st);
	return MNL_CB_OK;
}

int show_links(int argc, char **argv)
{
	struct link_state st;

	if (argc == 1)
		return link_dump(show_cb, NULL) ? 1 : 0;
	if (link_get(argv[1], &st)) {
		fprintf(stderr, "no such device: %s\n", argv[1]);
		return 1;
	}
	show(&st);
	return 0;
}

const char *err_name(int err)
{
	const char *name = strerrorname_np(err);

	return name ? name : "E?";
}

void show_refused(FILE *f, const char *name, const struct nl_ack *ack)
{
	bool at = ack->has_offset && ack->want && ack->offset == ack->want;

	fprintf(f, "%s%s%s: %s%s\n", name, *name ? " " : "",
		err_name(ack->err), ack->msg[0] ? ack->msg : "no text",
		at ? " (at attribute)" : "");
}

/*
 * Who knows layer 3 of a device: its settings in RTM_GETLINK, RTM_GETNETCONF,
 * neighbour parameters, addresses, multicast groups.  One line, such as
 *	name=foo conf=inet netconf=inet parms=inet addr=inet mcast=inet
 */
int show_l3(int argc, char **argv)
{
	struct l3_view views[ARGS_MAX];
	char **names = argv + 1;
	int i, ret = 0;

	l3_get_many(names, argc - 1, views);
	for (i = 0; i < argc - 1; i++) {
		if (!views[i].ifindex) {
			fprintf(stderr, "no such device: %s\n", names[i]);
			ret = 1;
			continue;
		}
		printf("name=%s", names[i]);
		show_set("conf", views[i].conf);
		show_set("netconf", views[i].netconf);
		show_set("parms", views[i].parms);
		show_set("addr", views[i].addr);
		show_set("mcast", views[i].mcast);
		printf("\n");
	}
	return ret;
}

/* One line a family: "inet ok", or why not. */
int show_netconf(int argc, char **argv)
{
	int index = if_nametoindex(argv[1]);
	struct nl_ack ack = {};
	int fam;

	for (fam = L3_INET; fam <= L3_INET6; fam++)
		if (!netconf_get(&ack, fam, index))
			printf("%s ok\n", l3_name[fam]);
		else
			show_refused(stdout, l3_name[fam], &ack);
	return 0;
}

/*
 * Print the words on stdin that are kinds of devices.  The kernel is asked for
 * one with too many queues, which no kind can make.
 */
int show_kinds(int argc, char **argv)
{
	struct nl_ack ack;
	char word[128];

	while (scanf("%127s", word) == 1) {
		link_cmd(&ack, "add lwd_kind numtxqueues 5000 type %s", word);
		if (strcmp(ack.msg, "Unknown device type"))
			printf("%s\n", word);
	}
	return 0;
}

/* Names as they are, and after lower_ or upper_. */
int show_found(int argc, char **argv)
{
	static const char * const where[] = {
		"/sys/class/net/%s*",
		"/sys/class/net/*/*er_%s*",
		"/sys/class/net/*/*/%s*",
		"/sys/devices/virtual/net/%s*",
		"/proc/sys/net/%s*",
		"/proc/sys/net/*/%s*",
		"/proc/sys/net/*/*/%s*",
		"/proc/net/%s*",
		"/proc/net/*/%s*",
		NULL
	};
	char pattern[128];
	size_t i, j;
	glob_t found;

	while (--argc > 0) {
		argv++;
		for (i = 0; where[i]; i++) {
			snprintf(pattern, sizeof(pattern), where[i], *argv);
			if (glob(pattern, 0, NULL, &found))
				continue;
			for (j = 0; j < found.gl_pathc; j++)
				printf("%s\n", found.gl_pathv[j]);
			globfree(&found);
		}
	}
	return 0;
}

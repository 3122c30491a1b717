/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The settings of a device that are sysctls and attributes of rtnetlink: both
 * ways to set them, and what is told of it.
 *
 * Two ordinary twins, "nl" is set by rtnetlink and "sys" by its sysctls.  A
 * lightweight device has no sysctls; it is set by rtnetlink and compared with
 * the ordinary one.
 */
#ifndef LWD_SETTING_H
#define LWD_SETTING_H

#include <stdbool.h>
#include <stdint.h>

#include "lwd_case.h"

#define NL	"nl"
#define SYS	"sys"

/* later than some headers */
#define ACCEPT_RA_MIN_LFT	58
#define FORCE_FORWARDING	59
#define REGEN_MIN_ADVANCE	60
#define RA_HONOR_PIO_LIFE	61
#define RA_HONOR_PIO_PFLAG	62
#define MPLS_INPUT		2	/* IFLA_MPLS_INPUT */

/* A setting: its sysctl and its number in IFLA_INET_CONF or IFLA_INET6_CONF. */
struct setting {
	const char *name;
	int type;
	int value;	/* for the sysctl, not what it is by default */
	int min, max;	/* 0 and 0: any int */
	int ms;		/* milliseconds per unit of the sysctl */
};

extern const struct setting inet6_settings[], inet_settings[];
extern const unsigned int inet6_count, inet_count;
extern const struct setting mpls_input_setting;

/* For a case: two ordinary devices. */
bool twins(void);

/*
 * For a case: "nl" is a lightweight one now, with all families; false skips the
 * case.
 */
bool lwd_twin(void);

/* Does rtnetlink know a family's settings at all?  If not, the case skips. */
bool settable6(void);
bool settable_mpls(void);

/* By a sysctl, in folder "conf" or "neigh": 0 or errno; LLONG_MIN: no file */
int sysctl_text(int af, const char *dir, const char *dev, const char *name,
		const char *text);
int sysctl_set(int af, const char *dir, const char *dev, const char *name,
	       long long value);
long long sysctl_get(int af, const char *dir, const char *dev,
		     const char *name);

/* By rtnetlink: a message with settings of one or more families */
struct msg {
	char buf[2048];
	struct nlmsghdr *nlh;
	struct nlattr *spec, *af, *conf;
	const void *last;	/* the attribute that was put last */
};

void msg_begin(struct msg *m, const char *dev);
void msg_family(struct msg *m, int af);
void msg_put(struct msg *m, int type, uint32_t value);
void msg_family_end(struct msg *m);
int msg_send(struct msg *m, struct nl_ack *ack);	/* 0 or errno */

/* One setting: 0 or errno; what RTM_GETLINK tells of it, INT_MIN: nothing */
int nl_set(struct nl_ack *ack, int af, const char *dev, int type,
	   uint32_t value);
int nl_get(int af, const char *dev, int type);

/* Of IPv6: to "all" or "default"; of the default; what a device is to have */
void conf6_write(const char *dev, const char *name, const char *text);
long long conf6_default(const char *name);
void expect_conf6(const char *when, const char *dev, int type, int want);

/* A parameter of IPv6's neighbours, as neigh_parm() has it */
void expect_parm6(const char *when, const char *dev, int type, long long want);

/*
 * What was told of a device since then: the attributes of RTM_NEWNETCONF, a
 * word for each RTM_NEWLINK
 */
struct mnl_socket *listen_to(int group);
const char *told(struct mnl_socket *nl, const char *dev);

/* To both twins, and both are as expected, whoever is asked */
void set_both(int af, const struct setting *s, long long value);
void refused_both(int af, const struct setting *s, long long value);
void expect_both(int af, const struct setting *s, long long value);
void each_value(int af, const struct setting *s);
void same_told(int af, int group, const struct setting *s);
void ipv6_told(void);
void ipv4_told(void);

#endif /* LWD_SETTING_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Numbers of the lightweight device's attributes, for a tree without them. */
#ifndef LWD_UAPI_H
#define LWD_UAPI_H

#include <linux/if_link.h>

#ifndef HAVE_IFLA_LWD
#define IFLA_LWD	70
#endif

#ifndef HAVE_IFLA_INET_ENABLE
#define IFLA_INET_ENABLE	2
#define IFLA_INET6_ENABLE	10
#define IFLA_MPLS_ENABLE	1
#define IFLA_L3_AUTO	0
#define IFLA_L3_ON	1
#define IFLA_L3_OFF	2
#endif

/* IFLA_MPLS_INPUT */
#define LWD_MPLS_INPUT	2

#endif /* LWD_UAPI_H */

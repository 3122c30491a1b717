/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Packets of Neighbour Discovery that come to a device, and what comes of them:
 *
 *	netns near                           netns far
 *	d0 (of either sort) ---------------- p0, a packet socket
 *	02:00:00:00:00:01, fe80::1/64, 2001:db8::1/64
 *
 * Settings are words: "accept_ra 2 forwarding 1".  Besides the names of sysctls
 * there are "proxy_delay MS" and "retrans_time MS", of neighbours, "addr
 * ADDR/LEN" (which is looked for on the link first) and "proxy ADDR".
 *
 * Packets are words, with ";" between two: "ra", "rs", "ns", "na" or
 * "redirect"; then "from ADDR" (else fe80::2), "to ADDR" (else ff02::1 of ra
 * and na, fe80::1 of others), "target ADDR", "dest ADDR", "lladdr N" (an option
 * of the address 02:00:00:00:00:N), "hops N", "life SECONDS", "pio PREFIX VALID
 * PREFERRED", "rio PREFIX/LEN SECONDS", "override", "solicited", "broadcast"
 * (the frame), "fragment" (a whole packet in one).
 *
 * What came of it is a text such as
 *	route ::/0 via fe80::2; addr valid 7200 preferred 60 2001:db8:1::1/64;
 *	neigh fe80::2 lladdr 2 router; hop_limit 64; disable_ipv6 0; rs fe80::1;
 *	na fe80::1 to fe80::5 solicited tclass 0; ns fe80::7 from :: nonce;
 * with seconds rounded up to minutes.
 */
#ifndef LWD_ND_H
#define LWD_ND_H

#include "lwd_case.h"

/* The address of d0 that others ask for */
#define ND_OWN		"fe80::1"

struct nd_row {
	const char *with, *without;	/* settings */
	const char *packets;		/* NULL: it is to act by itself */
	const char *effect;		/* is seen with, not without */
	const char *until;		/* without, wait for this to be seen */
};

/* Each of them on an ordinary and a lightweight device, with and without */
void nd_rows(const struct nd_row *rows, unsigned int count);

/* Packets by a packet socket */
void nd_send(int fd, const char *words);

#endif /* LWD_ND_H */

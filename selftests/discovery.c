// SPDX-License-Identifier: GPL-2.0
/*
 * Neighbour Discovery goes by the settings of the device, of an ordinary device
 * and of a lightweight one: what it answers, what it learns of others, what it
 * says itself.  Most of what routers advertise is in router.c.
 */

#include "lwd_nd.h"

#define NS_OWN	"ns from fe80::5 target fe80::1 lladdr 5"

static void answers(void)
{
	static const struct nd_row rows[] = {
		{ "forwarding 1", "forwarding 0", NS_OWN,
		  "na fe80::1 to fe80::5 router " },
		{ "force_tllao 1", "force_tllao 0", NS_OWN,
		  "na fe80::1 to fe80::5 solicited tllao " },
		{ "ndisc_tclass 200", "ndisc_tclass 0", NS_OWN,
		  "na fe80::1 to fe80::5 solicited tclass 200;" },
		/* the address of all routers of the subnet */
		{ "forwarding 1", "forwarding 0",
		  "ns from fe80::5 target 2001:db8:: lladdr 5",
		  "na 2001:db8:: to fe80::5 " },
		{ "drop_unicast_in_l2_multicast 0",
		  "drop_unicast_in_l2_multicast 1", NS_OWN " broadcast",
		  "na fe80::1 to fe80::5 " },
		{ "suppress_frag_ndisc 0", "suppress_frag_ndisc 1",
		  NS_OWN " fragment", "na fe80::1 to fe80::5 " },
	};

	nd_rows(rows, ARRAY_SIZE(rows));
}

#define PROXIED	"proxy 2001:db8::7 forwarding 1 "
#define NS_PROXIED							\
	"ns from fe80::5 to ff02::1:ff00:7 target 2001:db8::7 lladdr 5"

static void proxies(void)
{
	static const struct nd_row rows[] = {
		{ PROXIED "proxy_delay 0 proxy_ndp 1",
		  PROXIED "proxy_delay 0 proxy_ndp 0", NS_PROXIED,
		  "na 2001:db8::7 to fe80::5 " },
		{ "proxy_delay 0 proxy_ndp 1 " PROXIED,
		  "proxy_delay 0 proxy_ndp 1 " PROXIED "forwarding 0",
		  NS_PROXIED, "na 2001:db8::7 to fe80::5 " },
		/* at any time up to then: not at once, of eleven days */
		{ PROXIED "proxy_ndp 1 proxy_delay 20",
		  PROXIED "proxy_ndp 1 proxy_delay 1000000000", NS_PROXIED,
		  "na 2001:db8::7 to fe80::5 " },
	};

	nd_rows(rows, ARRAY_SIZE(rows));
}

#define NA_KNOWN							\
	NS_OWN ";na from fe80::5 target fe80::5 override lladdr 6"
#define NA_UNKNOWN	"na from fe80::5 target fe80::5 lladdr 5"

static void advertisements_of_neighbours(void)
{
	static const struct nd_row rows[] = {
		{ "drop_unsolicited_na 0", "drop_unsolicited_na 1", NA_KNOWN,
		  "neigh fe80::5 lladdr 6;" },
		{ "forwarding 1 accept_untracked_na 1",
		  "forwarding 1 accept_untracked_na 0", NA_UNKNOWN,
		  "neigh fe80::5 lladdr 5;" },
		{ "forwarding 1 accept_untracked_na 1",
		  "forwarding 0 accept_untracked_na 1", NA_UNKNOWN,
		  "neigh fe80::5 lladdr 5;" },
		{ "forwarding 1 accept_untracked_na 2",
		  "forwarding 1 accept_untracked_na 0", NA_UNKNOWN,
		  "neigh fe80::5 lladdr 5;" },
		/* of another subnet */
		{ "forwarding 1 accept_untracked_na 1",
		  "forwarding 1 accept_untracked_na 2",
		  "na from 2001:db8:9::5 target fe80::5 lladdr 5",
		  "neigh fe80::5 lladdr 5;" },
		{ "forwarding 1 accept_untracked_na 1",
		  "forwarding 1 accept_untracked_na 1 drop_unsolicited_na 1",
		  NA_UNKNOWN, "neigh fe80::5 lladdr 5;" },
	};

	nd_rows(rows, ARRAY_SIZE(rows));
}

#define REDIRECT							\
	"ra life 600;"							\
	"redirect to 2001:db8::1 target fe80::3 dest 2001:db8:9::1 lladdr 3"

static void solicitations_and_redirects(void)
{
	static const struct nd_row rows[] = {
		{ "forwarding 1", "forwarding 0", "rs from fe80::5 lladdr 5",
		  "neigh fe80::5 lladdr 5;" },
		{ "accept_redirects 1", "accept_redirects 0", REDIRECT,
		  "neigh fe80::3 lladdr 3 router;" },
		{ "accept_ra 2 forwarding 0", "accept_ra 2 forwarding 1",
		  REDIRECT, "neigh fe80::3 lladdr 3 router;" },
	};

	nd_rows(rows, ARRAY_SIZE(rows));
}

/* What it says when it gets an address */
#define NEW_ADDR	"addr 2001:db8::7/64"

static void own_messages(void)
{
	static const struct nd_row rows[] = {
		{ "router_solicitations 3", "router_solicitations 0", NULL,
		  "rs fe80::1;" },
		{ "accept_ra 1", "accept_ra 0", NULL, "rs fe80::1;" },
		{ "forwarding 1 accept_ra 2", "forwarding 1 accept_ra 1", NULL,
		  "rs fe80::1;" },
		{ "ndisc_notify 1 " NEW_ADDR, "ndisc_notify 0 " NEW_ADDR, NULL,
		  "na 2001:db8::7 to ff02::1 override tllao tclass 0;",
		  .until = "addr 2001:db8::7" },
		{ "ndisc_notify 1 forwarding 1 " NEW_ADDR,
		  "ndisc_notify 1 forwarding 0 " NEW_ADDR, NULL,
		  "na 2001:db8::7 to ff02::1 router override tllao tclass 0;",
		  .until = "na 2001:db8::7 to ff02::1 " },
		{ "dad_transmits 1 retrans_time 10 " NEW_ADDR,
		  "dad_transmits 0 retrans_time 10 " NEW_ADDR, NULL,
		  "ns 2001:db8::7 from ::",
		  .until = "addr 2001:db8::7" },
		{ "accept_dad 1 dad_transmits 1 retrans_time 10 " NEW_ADDR,
		  "accept_dad 0 dad_transmits 1 retrans_time 10 " NEW_ADDR,
		  NULL, "ns 2001:db8::7 from ::",
		  .until = "addr 2001:db8::7" },
		{ "dad_transmits 1 enhanced_dad 1 " NEW_ADDR,
		  "dad_transmits 1 enhanced_dad 0 " NEW_ADDR, NULL,
		  "ns 2001:db8::7 from :: nonce;",
		  .until = "ns 2001:db8::7 from ::;" },
	};

	nd_rows(rows, ARRAY_SIZE(rows));
}

/* Another one has the address that is looked for, which never ends here. */
#define LOOKING		"dad_transmits 1 retrans_time 3600000 "
#define MADE_OF_MAC	"fe80::ff:fe00:1"

static void duplicates(void)
{
	static const struct nd_row rows[] = {
		{ LOOKING "accept_dad 2 addr_gen_mode 0",
		  LOOKING "accept_dad 1 addr_gen_mode 0",
		  "na from fe80::5 target " MADE_OF_MAC, "disable_ipv6 1;",
		  .until = "addr dadfailed " },
	};

	nd_rows(rows, ARRAY_SIZE(rows));
}

#define PIO	"ra pio 2001:db8:1:: 7200 3600"
#define MADE	"2001:db8:1::ff:fe00:1/64;"

/* What router.c has no packets for */
static void advertisements_of_routers(void)
{
	static const struct nd_row rows[] = {
		/* there is no route by way of the device's own address */
		{ "accept_ra_from_local 1", "accept_ra_from_local 0",
		  "ra from fe80::1 hops 33", "hop_limit 33;" },
		{ "accept_ra_defrtr 1", "accept_ra_defrtr 0", "ra rio ::/0 600",
		  "route ::/0 via fe80::2;" },
		{ "accept_ra_rt_info_max_plen 64 accept_ra_min_lft 600",
		  "accept_ra_rt_info_max_plen 64 accept_ra_min_lft 601",
		  "ra rio 2001:db8:9::/48 600",
		  "route 2001:db8:9::/48 via fe80::2;" },
		{ "accept_ra_rt_info_max_plen 64 accept_ra_rtr_pref 1",
		  "accept_ra_rt_info_max_plen 64 accept_ra_rtr_pref 0",
		  "ra rio 2001:db8:9::/48 600",
		  "route 2001:db8:9::/48 via fe80::2;" },
		/* less than two hours are left, at once or never */
		{ "ra_honor_pio_life 1", "ra_honor_pio_life 0",
		  PIO ";ra pio 2001:db8:1:: 60 60",
		  "addr valid 60 preferred 60 " MADE },
		{ "addr_gen_mode 3", "addr_gen_mode 0", PIO,
		  "addr stable valid 7200 preferred 3600 2001:db8:1:" },
		{ "max_desync_factor 0 use_tempaddr 2 temp_valid_lft 600",
		  "max_desync_factor 0 use_tempaddr 2 temp_valid_lft 1200", PIO,
		  "addr temporary valid 600 preferred 600 2001:db8:1:" },
		{ "max_desync_factor 0 use_tempaddr 2 temp_prefered_lft 600",
		  "max_desync_factor 0 use_tempaddr 2 temp_prefered_lft 1200",
		  PIO, "addr temporary valid 7200 preferred 600 2001:db8:1:" },
	};

	nd_rows(rows, ARRAY_SIZE(rows));
}

static const struct lwd_case cases[] = {
	CASE("ENABLE-2 ENABLE-9 FOOT-5", answers),
	CASE("ENABLE-9 FOOT-5", proxies),
	CASE("ENABLE-9 FOOT-5", advertisements_of_neighbours),
	CASE("ENABLE-9 FOOT-5", solicitations_and_redirects),
	CASE("ENABLE-9 FOOT-5", own_messages),
	CASE("ENABLE-9 FOOT-5", duplicates),
	CASE("ENABLE-9 FOOT-5", advertisements_of_routers),
};

int main(void)
{
	cases_run(cases, ARRAY_SIZE(cases), NULL);
}

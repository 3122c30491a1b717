/* SPDX-License-Identifier: GPL-2.0 */
/* Frames that belong to no protocol, and datagrams: send them, receive them. */
#ifndef LWD_FRAME_H
#define LWD_FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <libmnl/libmnl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <sys/socket.h>

#define FRAME_TYPE	0x88b5	/* for experiments */
#define FRAME_LEN	100	/* with its header */

/* Let the kernel do here what it does later of the links' carriers. */
void links_sync(void);

/* Wait until all that is up here is running. */
void links_running(void);

/*
 * Wait until an address here, or each of them, can be used: the kernel makes
 * the route to a new IPv6 one some work later, also without looking for
 * duplicates, and until then drops what comes for it.
 */
void addrs_ready(const char *addr);

/* What the kernel tells of IPv6: routes, addresses, neighbours */
void inet6_dump(int type, mnl_cb_t cb, void *data);

/* The checksum of the Internet, of an even number of bytes; sum: of others */
__u16 inet_sum(__u32 sum, const void *data, size_t len);

/* A packet socket on a device: SOCK_RAW or SOCK_DGRAM. */
int frame_socket(int type, const char *name, int protocol);

/* Send a packet by one of SOCK_DGRAM, for which the kernel makes the header. */
void packet_send(int fd, int protocol, const unsigned char *mac,
		 const void *data, size_t len);

/* Send some to everybody, or to a device's address. */
bool frame_send(const char *name, const char *to, int count);

/*
 * Read up to count of those that came in (or with outgoing, that went out);
 * how many there were before the time was up.  No count: those that are there.
 */
int frame_read(int fd, int count, bool outgoing, struct sockaddr_ll *from);

/* Do count frames that are sent on one device come in on the other? */
bool frame_pass(const char *from, const char *to, int count);

void add_addr(const char *name, const char *addr, int len);
void add_route(const char *dst, int len, const char *via);

socklen_t to_sockaddr(const char *addr, int port, struct sockaddr_storage *ss);

/* A socket in a namespace, bound to an address that can be used; it stays. */
int udp_socket(int ns, const char *addr, int port);

/* Do count datagrams get to an address in another namespace and back? */
bool udp_pass(const char *what, int from_ns, const char *from, int to_ns,
	      const char *to, int count);

#endif /* LWD_FRAME_H */

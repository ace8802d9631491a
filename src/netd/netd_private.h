/* SPDX-License-Identifier: AGPL-3.0-or-later
 * netd_private.h - what the files of the caller share. */
#pragma once
#include "netd/netd.h"

#include <netinet/in.h>
#include <sys/socket.h>

/* --- address.c: where it may go ----------------------------------------------------------- */

enum { HOST_MAX = 253, PLACES_MAX = 4, ADDRESSES_MAX = 8 };
enum scheme { SCHEME_HTTPS, SCHEME_SMTPS, SCHEME_SMTP };
struct place {
    enum scheme scheme;
    char host[HOST_MAX + 1]; /* lower case */
    int port;
};
union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_storage room;
};
/* https, smtps and smtp alone, no user, no fragment; *ret_path: from the first slash, or "". */
bool place_parse(const char *url, struct place *ret, const char **ret_path);
bool place_eq(const struct place *a, const struct place *b);
/* Of the public Internet: no private, loopback, link-local, shared, multicast, documentation,
 * reserved or translated address (IANA special-purpose registries, RFC 6890). */
bool address_is_public(const struct sockaddr *a);
bool address_eq(const union address *a, const union address *b);
/* Looks the place up, once. Any address that is not public spoils it. `here`: reach_here, or NULL.
 */
enum netd_fault place_resolve(const struct place *p, const char *here,
                              union address ret[static ADDRESSES_MAX], int *ret_n);
/* Are all of its words "HOST:PORT@ADDRESS" with an address of this computer? */
bool here_is_good(const char *here);

/* --- message.c: what passes the socket ------------------------------------------------------ */

enum { MESSAGE_MAX = NETD_MAX_BYTES + 1024 };
struct message {
    uint32_t n[2]; /* form, 0; or fault, status */
    struct bytes s[NETD_STRINGS];
};
/* How many bytes of out[MESSAGE_MAX]; 0: too long. */
size_t message_encode(const struct message *m, unsigned char out[static MESSAGE_MAX]);
/* Byte strings point into b. RC_BROKEN: not a message. */
enum rc message_decode(struct bytes b, struct message *ret) MUST_USE;

/* --- the process ---------------------------------------------------------------------------- */

struct caller {
    struct netd_config c;
    struct place places[PLACES_MAX];
    int n_places;
    char password[256];
    int log_fd; /* -1: none */
};
/* transfer.c; *ret_body: NETD_MAX_BYTES, of the caller's, valid until the next one. */
enum netd_fault post(struct caller *c, const char *url, const char *type, struct bytes body,
                     struct message *ret);
enum netd_fault mail(struct caller *c, const char *to, struct bytes message, struct message *ret);
/* stamp.c */
enum netd_fault stamp(struct caller *c, struct bytes text, struct message *ret);
/* mail.c: a whole message of RFC 5322. RC_INVALID: an address or subject that may not be. */
enum rc mail_write(struct arena *a, const char *from, const char *to, const char *subject,
                   struct bytes text, int64_t now_s, struct bytes *ret) MUST_USE;
bool mail_address_is_good(const char *s);
/* answer.c: ret->n[0] is the fault. */
void caller_answer(struct caller *c, struct arena *a, const struct message *asked,
                   struct message *ret);
enum rc caller_init(struct caller *c, const struct netd_config *config,
                    const char **ret_why) MUST_USE;

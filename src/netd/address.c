/* SPDX-License-Identifier: AGPL-3.0-or-later
 * address.c - which places there are, and which addresses are of the public Internet. */
#include "netd/netd_private.h"

#include <arpa/inet.h>
#include <netdb.h>

/* --- places ------------------------------------------------------------------------------- */

static const struct {
    const char *name;
    int port;
} schemes[] = {
    [SCHEME_HTTPS] = {"https://", 443},
    [SCHEME_SMTPS] = {"smtps://", 465},
    [SCHEME_SMTP] = {"smtp://", 587},
};

static bool is_host(const char *s, size_t n)
{
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.";
    bool is_edge_good = n > 0 && n <= HOST_MAX && s[0] != '.' && s[0] != '-' && s[n - 1] != '-';
    return is_edge_good && strspn(s, allowed) >= n;
}

static bool port_parse(const char *s, size_t n, int *ret)
{
    int port = 0;
    if (n == 0 || n > 5)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (s[i] < '0' || s[i] > '9')
            return false;
        port = port * 10 + (s[i] - '0');
    }
    *ret = port;
    return port > 0 && port <= 65535;
}

/* "HOST" or "HOST:PORT" of n bytes; the port stays as it is when none is named. */
static bool host_parse(const char *s, size_t n, struct place *p)
{
    const char *colon = memchr(s, ':', n);
    size_t n_host = colon != NULL ? (size_t)(colon - s) : n;
    if (!is_host(s, n_host) || (colon != NULL && !port_parse(colon + 1, n - n_host - 1, &p->port)))
        return false;
    for (size_t i = 0; i < n_host; i++)
        p->host[i] = s[i] >= 'A' && s[i] <= 'Z' ? (char)(s[i] - 'A' + 'a') : s[i];
    p->host[n_host] = '\0';
    return true;
}

bool place_parse(const char *url, struct place *ret, const char **ret_path)
{
    for (size_t i = 0; i < N_ELEMS(schemes); i++) {
        size_t n = strlen(schemes[i].name);
        if (strncmp(url, schemes[i].name, n) != 0)
            continue;
        struct place p = {.scheme = (enum scheme)i, .port = schemes[i].port};
        const char *host = url + n, *path = host + strcspn(host, "/");
        for (const char *c = path; *c != '\0'; c++)
            if (*c <= ' ' || *c >= 0x7f || *c == '#')
                return false;
        if (!host_parse(host, (size_t)(path - host), &p))
            return false;
        *ret = p;
        *ret_path = path;
        return true;
    }
    return false;
}

bool place_eq(const struct place *a, const struct place *b)
{
    return a->scheme == b->scheme && a->port == b->port && strcmp(a->host, b->host) == 0;
}

/* --- addresses ------------------------------------------------------------------------------ */

static bool v4_is_public(uint32_t a)
{
    static const struct {
        uint32_t net;
        int bits;
    } closed[] = {
        {0x00000000, 8},  /* this network */
        {0x0a000000, 8},  /* private */
        {0x64400000, 10}, /* shared by a provider's customers */
        {0x7f000000, 8},  /* loopback */
        {0xa9fe0000, 16}, /* link-local, and clouds' metadata */
        {0xac100000, 12}, /* private */
        {0xc0000000, 24}, /* protocol assignments */
        {0xc0000200, 24}, /* documentation */
        {0xc0586300, 24}, /* relays to IPv6 */
        {0xc0a80000, 16}, /* private */
        {0xc6120000, 15}, /* benchmarks */
        {0xc6336400, 24}, /* documentation */
        {0xcb007100, 24}, /* documentation */
        {0xe0000000, 4},  /* multicast */
        {0xf0000000, 4},  /* reserved, broadcast */
    };
    for (size_t i = 0; i < N_ELEMS(closed); i++)
        if ((a ^ closed[i].net) >> (32 - closed[i].bits) == 0)
            return false;
    return true;
}

static bool has_prefix(const unsigned char *a, const unsigned char *prefix, int bits)
{
    for (int i = 0; i < bits; i++)
        if (((a[i / 8] ^ prefix[i / 8]) >> (7 - i % 8) & 1) != 0)
            return false;
    return true;
}

/* Only 2000::/3 is handed out; the rest is local, mapped, translated or nobody's. */
static bool v6_is_public(const unsigned char *a)
{
    static const unsigned char global[16] = {0x20};
    static const struct {
        unsigned char net[4];
        int bits;
    } closed[] = {
        {{0x20, 0x01, 0x00, 0x00}, 23}, /* protocol assignments; tunnels with an IPv4 in them */
        {{0x20, 0x01, 0x0d, 0xb8}, 32}, /* documentation */
        {{0x20, 0x02, 0x00, 0x00}, 16}, /* tunnels with an IPv4 in them */
        {{0x3f, 0xff, 0x00, 0x00}, 20}, /* documentation */
    };
    for (size_t i = 0; i < N_ELEMS(closed); i++)
        if (has_prefix(a, closed[i].net, closed[i].bits))
            return false;
    return has_prefix(a, global, 3);
}

bool address_is_public(const struct sockaddr *a)
{
    union address u = {.any.sa_family = AF_UNSPEC};
    if (a->sa_family == AF_INET)
        memcpy(&u.v4, a, sizeof(u.v4));
    else if (a->sa_family == AF_INET6)
        memcpy(&u.v6, a, sizeof(u.v6));
    return a->sa_family == AF_INET    ? v4_is_public(ntohl(u.v4.sin_addr.s_addr))
           : a->sa_family == AF_INET6 ? v6_is_public(u.v6.sin6_addr.s6_addr)
                                      : false;
}

bool address_eq(const union address *a, const union address *b)
{
    if (a->any.sa_family != b->any.sa_family)
        return false;
    return a->any.sa_family == AF_INET
               ? a->v4.sin_port == b->v4.sin_port && a->v4.sin_addr.s_addr == b->v4.sin_addr.s_addr
               : a->v6.sin6_port == b->v6.sin6_port &&
                     memcmp(&a->v6.sin6_addr, &b->v6.sin6_addr, sizeof(a->v6.sin6_addr)) == 0;
}

/* --- this computer in their stead ---------------------------------------------------------------
 */

/* The next word of `here`; false: it is none, or there is no more (then *s is NULL). */
static bool here_next(const char **s, struct place *ret, union address *ret_at)
{
    char address[INET6_ADDRSTRLEN];
    const char *word = *s + strspn(*s, " "), *at = word + strcspn(word, " @");
    size_t n = *at == '@' ? strcspn(at + 1, " ") : 0;
    *s = *word == '\0' ? NULL : at;
    *ret = (struct place){0};
    if (n == 0 || n >= sizeof(address) || !host_parse(word, (size_t)(at - word), ret))
        return false;
    memcpy(address, at + 1, n);
    address[n] = '\0';
    *s = at + 1 + n;
    *ret_at =
        (union address){.v4 = {.sin_family = AF_INET, .sin_port = htons((uint16_t)ret->port)}};
    return ret->port != 0 && inet_pton(AF_INET, address, &ret_at->v4.sin_addr) == 1 &&
           ntohl(ret_at->v4.sin_addr.s_addr) >> 24 == 127;
}

bool here_is_good(const char *here)
{
    struct place p;
    union address at;
    while (here != NULL)
        if (!here_next(&here, &p, &at) && here != NULL)
            return false;
    return true;
}

static bool is_here(const struct place *p, const char *here, union address *ret)
{
    struct place other;
    while (here != NULL)
        if (here_next(&here, &other, ret) && other.port == p->port &&
            strcmp(other.host, p->host) == 0)
            return true;
    return false;
}

/* --- looking up ----------------------------------------------------------------------------------
 */

enum netd_fault place_resolve(const struct place *p, const char *here,
                              union address ret[static ADDRESSES_MAX], int *ret_n)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found = NULL;
    char port[8];
    int n = 0;
    bool is_public = true;
    if (is_here(p, here, &ret[0])) {
        *ret_n = 1;
        return NETD_OK;
    }
    snprintf(port, sizeof(port), "%d", p->port);
    if (getaddrinfo(p->host, port, &hints, &found) != 0)
        return NETD_NO_NAME;
    for (struct addrinfo *i = found; i != NULL; i = i->ai_next) {
        is_public = is_public && address_is_public(i->ai_addr);
        if (n < ADDRESSES_MAX && i->ai_addrlen <= sizeof(ret[n]))
            memcpy(&ret[n++], i->ai_addr, i->ai_addrlen);
    }
    freeaddrinfo(found);
    *ret_n = n;
    return n == 0 ? NETD_NO_NAME : is_public ? NETD_OK : NETD_NOT_PUBLIC;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * transfer.c - one connection to one checked address. */
#include "netd/netd_private.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <unistd.h>

enum { CONNECT_MS = 10000, WHOLE_MS = 30000, STALL_SECONDS = 10, MIN_RATE = 16 };

struct transfer {
    struct place place;
    union address addresses[ADDRESSES_MAX];
    int n_addresses;
    struct bytes out; /* a mail that is being sent */
    unsigned char *in;
    size_t n_in;
    bool is_too_long;
    char pin[HOST_MAX + ADDRESSES_MAX * (INET6_ADDRSTRLEN + 3) + 16];
};

static size_t take(char *p, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    n *= size;
    if (n > NETD_MAX_BYTES - t->n_in) {
        t->is_too_long = true;
        return 0;
    }
    memcpy(t->in + t->n_in, p, n);
    t->n_in += n;
    return n;
}

static size_t give(char *p, size_t size, size_t n, void *arg)
{
    struct transfer *t = arg;
    n = n * size < t->out.len ? n * size : t->out.len;
    memcpy(p, t->out.p, n);
    t->out = (struct bytes){t->out.p + n, t->out.len - n};
    return n;
}

/* Whatever the library thinks of names: no socket but to what was checked. */
static curl_socket_t open_checked(void *arg, curlsocktype purpose, struct curl_sockaddr *to)
{
    struct transfer *t = arg;
    union address at = {0};
    if (purpose != CURLSOCKTYPE_IPCXN || to->addrlen > sizeof(at))
        return CURL_SOCKET_BAD;
    memcpy(&at, &to->addr, to->addrlen);
    for (int i = 0; i < t->n_addresses; i++)
        if (address_eq(&at, &t->addresses[i]))
            return socket(to->family, to->socktype | SOCK_CLOEXEC, to->protocol);
    return CURL_SOCKET_BAD;
}

static const char *address_text(const union address *a, char ret[static INET6_ADDRSTRLEN])
{
    const void *bytes = a->any.sa_family == AF_INET ? (const void *)&a->v4.sin_addr
                                                    : (const void *)&a->v6.sin6_addr;
    return inet_ntop(a->any.sa_family, bytes, ret, INET6_ADDRSTRLEN);
}

static void write_pin(struct transfer *t)
{
    char address[INET6_ADDRSTRLEN];
    int n = snprintf(t->pin, sizeof(t->pin), "%s:%d:", t->place.host, t->place.port);
    for (int i = 0; i < t->n_addresses; i++) {
        bool is_v6 = t->addresses[i].any.sa_family == AF_INET6;
        n += snprintf(t->pin + n, sizeof(t->pin) - (size_t)n, "%s%s%s%s", i > 0 ? "," : "",
                      is_v6 ? "[" : "", address_text(&t->addresses[i], address), is_v6 ? "]" : "");
    }
}

static enum netd_fault fault_of(const struct transfer *t, CURLcode r)
{
    switch (r) {
    case CURLE_OK:
        return NETD_OK;
    case CURLE_OPERATION_TIMEDOUT:
        return NETD_TOO_SLOW;
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_USE_SSL_FAILED:
        return NETD_NO_TRUST;
    case CURLE_LOGIN_DENIED:
    case CURLE_RECV_ERROR:
    case CURLE_SEND_ERROR:
    case CURLE_WEIRD_SERVER_REPLY:
        return t->place.scheme != SCHEME_HTTPS ? NETD_REFUSED : NETD_NO_CONNECTION;
    default:
        return t->is_too_long ? NETD_TOO_LONG : NETD_NO_CONNECTION;
    }
}

/* What holds for every transfer; verification of TLS is the library's default, and stays. */
static bool configure(CURL *h, const struct caller *c, struct transfer *t, const char *url,
                      struct curl_slist *pins)
{
    const char *protocols = t->place.scheme == SCHEME_HTTPS   ? "https"
                            : t->place.scheme == SCHEME_SMTPS ? "smtps"
                                                              : "smtp";
    return curl_easy_setopt(h, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_PROTOCOLS_STR, protocols) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_RESOLVE, pins) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_OPENSOCKETFUNCTION, open_checked) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_OPENSOCKETDATA, t) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_FOLLOWLOCATION, 0L) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_USE_SSL, (long)CURLUSESSL_ALL) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_TIMEOUT_MS, (long)WHOLE_MS) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_LOW_SPEED_TIME, (long)STALL_SECONDS) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_LOW_SPEED_LIMIT, (long)MIN_RATE) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_WRITEFUNCTION, take) == CURLE_OK &&
           curl_easy_setopt(h, CURLOPT_WRITEDATA, t) == CURLE_OK &&
           (c->c.ca_file == NULL ||
            (curl_easy_setopt(h, CURLOPT_CAINFO, c->c.ca_file) == CURLE_OK &&
             curl_easy_setopt(h, CURLOPT_CAPATH, NULL) == CURLE_OK));
}

static enum netd_fault prepare(const struct caller *c, const char *url, struct transfer *t)
{
    static unsigned char in[NETD_MAX_BYTES];
    const char *path;
    bool is_listed = false;
    *t = (struct transfer){.in = in};
    if (!place_parse(url, &t->place, &path))
        return NETD_NOT_ALLOWED;
    for (int i = 0; i < c->n_places; i++)
        is_listed = is_listed || place_eq(&t->place, &c->places[i]);
    if (!is_listed)
        return NETD_NOT_ALLOWED;
    enum netd_fault f = place_resolve(&t->place, c->c.reach_here, t->addresses, &t->n_addresses);
    if (f == NETD_OK)
        write_pin(t);
    return f;
}

/* Takes `more` and `list`: what the protocol wants besides, and what CURLOPT it is for. */
static enum netd_fault carry_out(const struct caller *c, struct transfer *t, CURL *h,
                                 const char *url, bool is_set, struct message *ret)
{
    long status = 0;
    struct curl_slist *pins = curl_slist_append(NULL, t->pin);
    enum netd_fault f = NETD_NO_CONNECTION;
    if (is_set && pins != NULL && configure(h, c, t, url, pins)) {
        f = fault_of(t, curl_easy_perform(h));
        curl_easy_getinfo(h, CURLINFO_RESPONSE_CODE, &status);
        if (f == NETD_OK && (status < 200 || status > 299))
            f = NETD_REFUSED;
    }
    curl_slist_free_all(pins);
    ret->n[1] = (uint32_t)status;
    ret->s[0] = (struct bytes){t->in, f == NETD_OK ? t->n_in : 0};
    return f;
}

enum netd_fault post(struct caller *c, const char *url, const char *type, struct bytes body,
                     struct message *ret)
{
    struct transfer t;
    char header[160];
    enum netd_fault f = prepare(c, url, &t);
    if (f != NETD_OK)
        return f;
    if (t.place.scheme != SCHEME_HTTPS || strpbrk(type, "\r\n") != NULL || strlen(type) > 100)
        return NETD_NOT_ALLOWED;
    CURL *h = curl_easy_init();
    snprintf(header, sizeof(header), "Content-Type: %s", type);
    struct curl_slist *headers = curl_slist_append(NULL, header);
    bool is_set = h != NULL && headers != NULL &&
                  curl_easy_setopt(h, CURLOPT_HTTPHEADER, headers) == CURLE_OK &&
                  curl_easy_setopt(h, CURLOPT_POSTFIELDSIZE, (long)body.len) == CURLE_OK &&
                  curl_easy_setopt(h, CURLOPT_POSTFIELDS, body.p) == CURLE_OK;
    f = carry_out(c, &t, h, url, is_set, ret);
    curl_slist_free_all(headers);
    curl_easy_cleanup(h);
    return f;
}

enum netd_fault mail(struct caller *c, const char *to, struct bytes message, struct message *ret)
{
    struct transfer t;
    char url[HOST_MAX * 2 + 32];
    if (c->c.smtp_url == NULL)
        return NETD_NOT_SET_UP;
    enum netd_fault f = prepare(c, c->c.smtp_url, &t);
    if (f != NETD_OK)
        return f;
    /* the path is what it calls itself: the domain it writes from, not this computer's name */
    const char *at = strrchr(c->c.mail_from, '@');
    snprintf(url, sizeof(url), "%s://%s:%d/%s", t.place.scheme == SCHEME_SMTPS ? "smtps" : "smtp",
             t.place.host, t.place.port, at + 1);
    CURL *h = curl_easy_init();
    t.out = message;
    struct curl_slist *whom = curl_slist_append(NULL, to);
    bool is_set = h != NULL && whom != NULL &&
                  curl_easy_setopt(h, CURLOPT_MAIL_FROM, c->c.mail_from) == CURLE_OK &&
                  curl_easy_setopt(h, CURLOPT_MAIL_RCPT, whom) == CURLE_OK &&
                  curl_easy_setopt(h, CURLOPT_UPLOAD, 1L) == CURLE_OK &&
                  curl_easy_setopt(h, CURLOPT_READFUNCTION, give) == CURLE_OK &&
                  curl_easy_setopt(h, CURLOPT_READDATA, &t) == CURLE_OK &&
                  (c->c.smtp_user == NULL ||
                   (curl_easy_setopt(h, CURLOPT_USERNAME, c->c.smtp_user) == CURLE_OK &&
                    curl_easy_setopt(h, CURLOPT_PASSWORD, c->password) == CURLE_OK));
    f = carry_out(c, &t, h, url, is_set, ret);
    ret->s[0] = (struct bytes){0};
    curl_slist_free_all(whom);
    curl_easy_cleanup(h);
    return f;
}

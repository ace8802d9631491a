/* SPDX-License-Identifier: AGPL-3.0-or-later
 * site.c - the public address. Sources: RFC 9110, 4.2 and 7.2; RFC 6454. */
#include "app/site.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { HOST_MAX_BYTES = 253 };

/* Bytes of the name before ":PORT"; 0 when this is no host. */
static size_t name_bytes(const char *host)
{
    size_t n = host[0] == '[' ? strcspn(host, "]") + 1 : strcspn(host, ":");
    if (n > strlen(host) || n > HOST_MAX_BYTES || (host[n] != ':' && host[n] != '\0'))
        return 0;
    if (host[n] == ':') {
        const char *port = host + n + 1;
        size_t digits = strspn(port, "0123456789");
        if (digits == 0 || digits > 5 || port[digits] != '\0' || port[0] == '0' ||
            strtol(port, NULL, 10) > 65535)
            return 0;
    }
    return n;
}

bool site_is_loopback(const char *host)
{
    char name[HOST_MAX_BYTES + 1] = "";
    struct in_addr v4;
    size_t n = host != NULL ? name_bytes(host) : 0;
    if (n == 0)
        return false;
    memcpy(name, host, n);
    return strcasecmp(name, "localhost") == 0 || strcmp(name, "[::1]") == 0 ||
           (inet_pton(AF_INET, name, &v4) == 1 && ntohl(v4.s_addr) >> 24 == 127);
}

static bool is_name(const char *s, size_t n)
{
    char v6[HOST_MAX_BYTES + 1] = "";
    if (s[0] == '[') {
        memcpy(v6, s + 1, n - 2);
        return inet_pton(AF_INET6, v6, (unsigned char[16]){0}) == 1;
    }
    for (size_t i = 0; i < n; i++) {
        bool is_edge = i == 0 || i == n - 1 || s[i - 1] == '.' || s[i + 1] == '.';
        bool is_letter =
            ((s[i] | 0x20) >= 'a' && (s[i] | 0x20) <= 'z') || (s[i] >= '0' && s[i] <= '9');
        if (!is_letter && (is_edge || (s[i] != '-' && s[i] != '.')))
            return false;
    }
    return n > 0;
}

/* The host without the port that the scheme has anyway. */
static size_t without_own_port(bool is_https, const char *host)
{
    const char *own = is_https ? ":443" : ":80";
    size_t n = strlen(host), n_own = strlen(own);
    return n > n_own && strcmp(host + n - n_own, own) == 0 ? n - n_own : n;
}

const char *site_parse(struct arena *a, const char *url, struct site *ret)
{
    static const char form[] =
        "The public address must be https://HOST or https://HOST:PORT, without a path.";
    *ret = (struct site){0};
    if (url == NULL)
        return NULL;
    bool is_https = strncasecmp(url, "https://", 8) == 0;
    if (!is_https && strncasecmp(url, "http://", 7) != 0)
        return form;
    const char *s = url + (is_https ? 8 : 7);
    char *host = arena_strndup(a, s, strcspn(s, "/"));
    size_t n = strlen(host), n_name = name_bytes(host);
    if (n_name == 0 || !is_name(host, n_name) || (s[n] == '/' && s[n + 1] != '\0'))
        return form;
    if (!is_https && !site_is_loopback(host))
        return "The public address must begin with https://: what is sent in clear can be read on "
               "the way.";
    host[without_own_port(is_https, host)] = '\0';
    *ret = (struct site){.host = host, .is_https = is_https};
    return NULL;
}

bool site_serves(const struct site *s, const char *host)
{
    if (s->host == NULL || host == NULL)
        return site_is_loopback(host);
    size_t n = without_own_port(s->is_https, host);
    return n == strlen(s->host) && strncasecmp(host, s->host, n) == 0;
}

bool site_is_origin(const struct site *s, const char *origin, const char *host)
{
    const char *slashes = strstr(origin, "://");
    if (slashes == NULL)
        return false;
    if (s->host == NULL)
        return host != NULL && strcasecmp(slashes + 3, host) == 0;
    const char *scheme = s->is_https ? "https" : "http";
    return (size_t)(slashes - origin) == strlen(scheme) &&
           strncasecmp(origin, scheme, strlen(scheme)) == 0 && site_serves(s, slashes + 3);
}

const char *site_name(struct arena *a, const struct site *s, const char *host)
{
    if (s->host != NULL)
        host = s->host;
    size_t n = host != NULL ? name_bytes(host) : 0;
    char *name = arena_strndup(a, or_empty(host), n);
    if (n == 0 || name[0] == '[' || inet_pton(AF_INET, name, &(struct in_addr){0}) == 1)
        return NULL;
    for (char *c = name; *c != '\0'; c++)
        *c = (char)tolower((unsigned char)*c);
    return name;
}

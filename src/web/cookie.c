/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cookie.c - reads cookies; signs the flash sentence. */
#include "web/cookie.h"

#include "base/utf8.h"

#include <string.h>

enum { COOKIE_MAX_BYTES = 4096, FLASH_MAC_BYTES = 16, FLASH_MAX_BYTES = 900 };
static const char hex[] = "0123456789abcdef";

static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.~";

static bool is_value(const char *s, size_t n)
{
    size_t i = 0;
    while (i < n && (strchr(plain, s[i]) != NULL || s[i] == '%'))
        i++;
    return i == n && n > 0 && n <= COOKIE_MAX_BYTES;
}

const char *cookie_get(struct arena *a, const char *header, const char *name)
{
    size_t n_name = strlen(name);
    const char *found = NULL;
    for (const char *s = header; s != NULL && *s != '\0';) {
        s += strspn(s, "; \t");
        size_t n = strcspn(s, ";");
        if (n > n_name && memcmp(s, name, n_name) == 0 && s[n_name] == '=') {
            const char *v = s + n_name + 1;
            size_t n_value = n - n_name - 1;
            if (!is_value(v, n_value))
                return NULL;
            if (found != NULL && (strlen(found) != n_value || memcmp(found, v, n_value) != 0))
                return NULL;
            found = arena_strndup(a, v, n_value);
        }
        s += n;
    }
    return found;
}

const char *cookie_name(struct arena *a, bool is_https, const char *name)
{
    return is_https ? arena_printf(a, "__Host-%s", name) : name;
}

const char *cookie_set(struct arena *a, bool is_https, const char *name, const char *value,
                       int64_t max_age_s)
{
    return arena_printf(a, "%s=%s; HttpOnly; SameSite=Strict; Path=/; Max-Age=%lld%s",
                        cookie_name(a, is_https, name), value, (long long)max_age_s,
                        is_https ? "; Secure" : "");
}

static void flash_mac(const char *token, const char *msgid,
                      char ret[static 2 * FLASH_MAC_BYTES + 1])
{
    unsigned char mac[32];
    seal_mac(token, "flash", (struct bytes){(const unsigned char *)msgid, strlen(msgid)}, mac);
    for (int i = 0; i < FLASH_MAC_BYTES; i++) {
        ret[2 * i] = hex[mac[i] >> 4];
        ret[2 * i + 1] = hex[mac[i] & 15];
    }
    ret[2 * FLASH_MAC_BYTES] = '\0';
}

const char *flash_write(struct arena *a, const char *token, const char *msgid)
{
    char mac[2 * FLASH_MAC_BYTES + 1];
    flash_mac(token, msgid, mac);
    struct buf b;
    buf_init(&b, a, 3 * FLASH_MAX_BYTES + sizeof(mac));
    buf_puts(&b, mac);
    for (const char *s = msgid; *s != '\0'; s++) {
        if (strchr(plain, *s) != NULL)
            buf_putc(&b, *s);
        else
            buf_printf(&b, "%%%02X", (unsigned char)*s);
    }
    return b.s;
}

static int hex_digit(char c)
{
    const char *at = c != '\0' ? strchr(hex, c >= 'A' && c <= 'F' ? c | 0x20 : c) : NULL;
    return at != NULL ? (int)(at - hex) : -1;
}

const char *flash_read(struct arena *a, const char *token, const char *value)
{
    enum { N = 2 * FLASH_MAC_BYTES };
    char mac[N + 1];
    if (token == NULL || value == NULL || strlen(value) <= N ||
        strlen(value) > 3 * FLASH_MAX_BYTES + N)
        return NULL;
    char *msgid = arena_alloc(a, strlen(value)), *out = msgid;
    for (const char *s = value + N; *s != '\0'; s++) {
        if (*s != '%') {
            *out++ = *s;
            continue;
        }
        int high = hex_digit(s[1]), low = high >= 0 ? hex_digit(s[2]) : -1;
        if (low < 0)
            return NULL;
        *out++ = (char)(high << 4 | low);
        s += 2;
    }
    if (strlen(msgid) != (size_t)(out - msgid) || !utf8_is_valid(msgid, strlen(msgid)))
        return NULL;
    flash_mac(token, msgid, mac);
    return seal_equal(mac, value, N) ? msgid : NULL;
}

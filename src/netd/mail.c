/* SPDX-License-Identifier: AGPL-3.0-or-later
 * mail.c - a mail as RFC 5322 and 2045 write it: one text, nothing that a word can break out of. */
#include "base/days.h"
#include "base/id.h"
#include "netd/netd_private.h"

#include <openssl/evp.h>

enum { LINE_BYTES = 57 /* 76 characters of base64 */, SUBJECT_MAX = 180, WORD_BYTES = 36 };

bool mail_address_is_good(const char *s)
{
    static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                  "!#$%&'*+-/=?^_`{|}~.@";
    const char *at = strchr(s, '@');
    struct place p;
    const char *rest;
    char url[HOST_MAX + 16];
    if (at == NULL || at == s || at - s > 64 || strlen(at + 1) > HOST_MAX ||
        s[strspn(s, allowed)] != '\0')
        return false;
    snprintf(url, sizeof(url), "https://%s", at + 1);
    return place_parse(url, &p, &rest) && rest[0] == '\0' && strchr(at, ':') == NULL;
}

static void put_base64(struct buf *b, const unsigned char *p, size_t n)
{
    char line[(LINE_BYTES + 2) / 3 * 4 + 1];
    int len = EVP_EncodeBlock((unsigned char *)line, p, (int)n);
    buf_add(b, line, (size_t)len);
}

/* Encoded words, cut between characters; what is no character is cut anywhere. */
static void put_subject(struct buf *b, const char *s)
{
    buf_puts(b, "Subject:");
    for (size_t left = strlen(s); left > 0;) {
        size_t n = left < WORD_BYTES ? left : WORD_BYTES;
        while (n < left && n > WORD_BYTES - 4 && ((unsigned char)s[n] & 0xc0) == 0x80)
            n--;
        buf_puts(b, " =?UTF-8?B?");
        put_base64(b, (const unsigned char *)s, n);
        buf_puts(b, "?=\r\n");
        s += n;
        left -= n;
    }
}

static void put_date(struct buf *b, int64_t now_s)
{
    static const char names[] = "MonTueWedThuFriSatSun"
                                "JanFebMarAprMayJunJulAugSepOctNovDec";
    int y, m, d, s = (int)(now_s % 86400);
    int32_t days = (int32_t)(now_s / 86400);
    civil_from_days(days, &y, &m, &d);
    buf_printf(b, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n", names + 3 * days_weekday(days),
               d, names + 3 * (7 + m - 1), y, s / 3600, s / 60 % 60, s % 60);
}

static bool is_subject(const char *s)
{
    for (const char *c = s; *c != '\0'; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f)
            return false;
    return s[0] != '\0' && strlen(s) <= SUBJECT_MAX;
}

enum rc mail_write(struct arena *a, const char *from, const char *to, const char *subject,
                   struct bytes text, int64_t now_s, struct bytes *ret)
{
    struct buf b;
    if (!mail_address_is_good(from) || !mail_address_is_good(to) || !is_subject(subject))
        return RC_INVALID;
    buf_init(&b, a, NETD_MAX_BYTES * 2);
    buf_printf(&b, "From: %s\r\nTo: %s\r\n", from, to);
    put_subject(&b, subject);
    put_date(&b, now_s);
    buf_printf(&b,
               "Message-ID: <%s%s>\r\nMIME-Version: 1.0\r\n"
               "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n"
               "Auto-Submitted: auto-generated\r\n\r\n",
               id_new().s, strrchr(from, '@'));
    for (size_t at = 0; at < text.len; at += LINE_BYTES) {
        put_base64(&b, text.p + at, text.len - at < LINE_BYTES ? text.len - at : LINE_BYTES);
        buf_puts(&b, "\r\n");
    }
    *ret = (struct bytes){(const unsigned char *)b.s, b.len};
    return b.full ? RC_INVALID : RC_OK;
}

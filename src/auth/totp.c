/* SPDX-License-Identifier: AGPL-3.0-or-later
 * totp.c - one-time codes. */
#include "auth/totp.h"

#include <ctype.h>
#include <liboath/oath.h>
#include <pthread.h>
#include <string.h>

static void begin(void)
{
    if (oath_init() != OATH_OK)
        abort();
}

enum rc totp_code(const unsigned char *secret, size_t n_bytes, int64_t step, unsigned digits,
                  char ret[static 9])
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, begin);
    if (digits < 6 || digits > 8 || step < 0)
        return RC_INVALID;
    int r = oath_hotp_generate((const char *)secret, n_bytes, (uint64_t)step, digits, false,
                               OATH_HOTP_DYNAMIC_TRUNCATION, ret);
    return r == OATH_OK ? RC_OK : RC_BROKEN;
}

/* The digits alone; false when there is anything else, or not as many as there must be. */
static bool read_digits(const char *s, char ret[static TOTP_DIGITS])
{
    int n = 0;
    for (; *s != '\0'; s++) {
        if (*s == ' ')
            continue;
        if (*s < '0' || *s > '9' || n == TOTP_DIGITS)
            return false;
        ret[n++] = *s;
    }
    return n == TOTP_DIGITS;
}

enum rc totp_check(const unsigned char secret[static TOTP_SECRET_BYTES], int64_t now_ms,
                   int64_t last_step, const char *code, int64_t *ret_step)
{
    char typed[TOTP_DIGITS], want[9];
    int64_t now = now_ms / TOTP_STEP_MS, found = -1;
    if (!read_digits(code, typed))
        return RC_DENIED;
    for (int64_t step = now - 1; step <= now + 1; step++) {
        unsigned char differs = 0; /* each is looked at to its end: time says nothing */
        TRY(totp_code(secret, TOTP_SECRET_BYTES, step, TOTP_DIGITS, want));
        for (int i = 0; i < TOTP_DIGITS; i++)
            differs |= (unsigned char)(typed[i] ^ want[i]);
        if (differs == 0 && step > last_step)
            found = step;
    }
    explicit_bzero(want, sizeof(want));
    if (found < 0)
        return RC_DENIED;
    *ret_step = found;
    return RC_OK;
}

static void wipe_and_free(char **s)
{
    if (*s != NULL)
        explicit_bzero(*s, strlen(*s));
    free(*s);
}

enum rc totp_secret_format(struct arena *a, const unsigned char secret[static TOTP_SECRET_BYTES],
                           const char **ret)
{
    CLEANUP(wipe_and_free) char *s = NULL;
    struct buf b;
    if (oath_base32_encode((const char *)secret, TOTP_SECRET_BYTES, &s, NULL) != OATH_OK)
        return RC_BROKEN;
    buf_init(&b, a, 80);
    for (int i = 0; s[i] != '\0' && s[i] != '='; i++) {
        if (i > 0 && i % 4 == 0)
            buf_putc(&b, ' ');
        buf_putc(&b, (char)tolower((unsigned char)s[i]));
    }
    *ret = b.s;
    return RC_OK;
}

static void percent(struct buf *b, const char *s)
{
    for (; *s != '\0'; s++) {
        unsigned char c = (unsigned char)*s;
        if (isalnum(c) || strchr("-._~", c) != NULL)
            buf_putc(b, (char)c);
        else
            buf_printf(b, "%%%02X", c);
    }
}

enum rc totp_uri(struct arena *a, const unsigned char secret[static TOTP_SECRET_BYTES],
                 const char *account, const char **ret)
{
    const char *words;
    struct buf b;
    TRY(totp_secret_format(a, secret, &words));
    buf_init(&b, a, 1024);
    buf_puts(&b, "otpauth://totp/Entracte:");
    percent(&b, account);
    buf_puts(&b, "?secret=");
    for (; *words != '\0'; words++)
        if (*words != ' ')
            buf_putc(&b, (char)toupper((unsigned char)*words));
    buf_puts(&b, "&issuer=Entracte");
    if (b.full)
        return RC_INVALID;
    *ret = b.s;
    return RC_OK;
}

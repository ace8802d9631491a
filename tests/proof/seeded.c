/* SPDX-License-Identifier: AGPL-3.0-or-later
 * seeded.c - bugs, so that a test can show that it would find them.
 *
 * build/entracte-seeded is the program with this file between its parts (the linker's --wrap):
 * SEEDED_BUG names the one that is on, none is when it is empty. It is never installed, and the
 * program itself has no line of it. */
#include "base/base.h"
#include "db/db.h"
#include "hijack.h"
#include "sandbox/sandbox.h"
#include "seal/seal_private.h"
#include "text/html.h"
#include "web/web_private.h"

#include <stdlib.h>
#include <string.h>

#define WRAP(type_, name_, args_)                                                                  \
    type_ __real_##name_ args_;                                                                    \
    type_ __wrap_##name_ args_;                                                                    \
    type_ __wrap_##name_ args_

static bool is_on(const char *bug)
{
    const char *s = getenv("SEEDED_BUG");
    return s != NULL && strcmp(s, bug) == 0;
}

/* --- what comes in and goes out ------------------------------------------------------------- */

WRAP(const char *, guard_refuses, (const struct head *h))
{
    if (is_on("hijacked") && strncmp(h->target, "/hijack/", 8) == 0)
        hijack((int)strtol(h->target + 8, NULL, 10));
    return is_on("no_guard") ? NULL : __real_guard_refuses(h);
}

/* "hijacked" has the sandbox, this one has none. */
WRAP(enum rc, sandbox_files, (const struct sandbox *s))
{
    return getenv("SEEDED_BARE") != NULL ? RC_OK : __real_sandbox_files(s);
}

WRAP(enum rc, sandbox_calls, (const struct sandbox *s))
{
    return getenv("SEEDED_BARE") != NULL ? RC_OK : __real_sandbox_calls(s);
}

WRAP(void, reply_security_headers, (struct reply * rp))
{
    if (!is_on("no_headers"))
        __real_reply_security_headers(rp);
}

static void unescaped(struct html h, const char *s)
{
    if (s != NULL)
        buf_puts(h.out, s);
}

WRAP(void, html_text, (struct html h, const char *s))
{
    if (is_on("hoards") && s != NULL && strdup(s) == NULL) /* a page's words stay in memory */
        abort();
    (is_on("unescaped") ? unescaped : __real_html_text)(h, s);
}

WRAP(void, html_attr, (struct html h, const char *s))
{
    (is_on("unescaped") ? unescaped : __real_html_attr)(h, s);
}

/* --- the database ---------------------------------------------------------------------------- */

/* Says that all is well: of one transaction in four ("lost_commit"), or of those that a full
 * disk or a lost server refused ("blind_commit"). */
WRAP(enum rc, db_commit, (struct db_tx * tx))
{
    static _Atomic unsigned n;
    if (is_on("lost_commit") && ++n % 4 == 0)
        return RC_OK; /* rolled back when tx leaves its scope */
    enum rc rc = __real_db_commit(tx);
    return is_on("blind_commit") ? RC_OK : rc;
}

WRAP(enum rc, db_wall_check, (struct db * db, struct arena *a, const char **ret_why))
{
    return is_on("no_wall_check") ? RC_OK : __real_db_wall_check(db, a, ret_why);
}

/* --- keys and memory ------------------------------------------------------------------------- */

WRAP(enum rc, session_meter, (struct keys * k, int64_t practice, struct id client))
{
    return is_on("no_meter") ? RC_OK : __real_session_meter(k, practice, client);
}

/* A value is bound to its place twice: by the key that is derived from it, and as associated data.
 */
static bool is_place(const unsigned char *p, unsigned long long n)
{
    return p != NULL && n > 64 && memcmp(p, "entr1", 5) == 0;
}

WRAP(int, crypto_generichash,
     (unsigned char *out, size_t out_len, const unsigned char *in, unsigned long long in_len,
      const unsigned char *key, size_t key_len))
{
    if (is_on("unbound") && out_len == 64 && is_place(in, in_len))
        in_len = 5;
    return __real_crypto_generichash(out, out_len, in, in_len, key, key_len);
}

WRAP(int, crypto_aead_xchacha20poly1305_ietf_encrypt,
     (unsigned char *c, unsigned long long *c_len, const unsigned char *m, unsigned long long m_len,
      const unsigned char *ad, unsigned long long ad_len, const unsigned char *nsec,
      const unsigned char *npub, const unsigned char *k))
{
    if (is_on("unbound") && is_place(ad, ad_len))
        ad_len = 0;
    return __real_crypto_aead_xchacha20poly1305_ietf_encrypt(c, c_len, m, m_len, ad, ad_len, nsec,
                                                             npub, k);
}

WRAP(int, crypto_aead_xchacha20poly1305_ietf_decrypt,
     (unsigned char *m, unsigned long long *m_len, unsigned char *nsec, const unsigned char *c,
      unsigned long long c_len, const unsigned char *ad, unsigned long long ad_len,
      const unsigned char *npub, const unsigned char *k))
{
    if (is_on("unbound") && is_place(ad, ad_len))
        ad_len = 0;
    return __real_crypto_aead_xchacha20poly1305_ietf_decrypt(m, m_len, nsec, c, c_len, ad, ad_len,
                                                             npub, k);
}

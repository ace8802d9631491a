/* SPDX-License-Identifier: AGPL-3.0-or-later
 * log_check.c - the rules of docs/audit-format.md, one after the other. */
#include "verify/log_check.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SEQ_AT = 8,
    TIME_AT = 16,
    ID_AT = 64,
    SIGNATURE_AT = 104,
    COMMITMENT_AT = 192,
    PREV_AT = 224,
    HASH_AT = 288,
    BEGIN = 1,
    CHANGE = 3,
    CHECKPOINT = 4,
    LAST_KIND = 5,
};

static struct log_verdict says(const char *word, int64_t seq)
{
    return (struct log_verdict){word, seq};
}

static uint64_t number(const unsigned char *p, int n)
{
    uint64_t v = 0;
    for (int i = n - 1; i >= 0; i--)
        v = v << 8 | p[i];
    return v;
}

static int64_t seq_of(const unsigned char *r)
{
    return (int64_t)number(r + SEQ_AT, 8);
}

static int64_t time_of(const unsigned char *r)
{
    return (int64_t)number(r + TIME_AT, 8);
}

static const unsigned char *record(const struct checked_log *l, int64_t seq)
{
    return l->p + (seq - 1) * RECORD_SIZE;
}

bool parse_hex(const char *s, size_t len, unsigned char *ret, size_t n)
{
    size_t got = 0;
    const char *end = NULL;
    return len == 2 * n && sodium_hex2bin(ret, n, s, len, NULL, &got, &end) == 0 && got == n &&
           end == s + len;
}

/* --- the log ------------------------------------------------------------------- */

static bool is_whole(const unsigned char *r)
{
    unsigned char hash[32];
    crypto_generichash(hash, sizeof(hash), r, HASH_AT, NULL, 0);
    return memcmp(hash, r + HASH_AT, sizeof(hash)) == 0 && r[0] == 1 && r[1] >= BEGIN &&
           r[1] <= LAST_KIND;
}

static bool is_signed(const char *text, size_t len, const unsigned char signature[64],
                      const unsigned char key[32])
{
    return crypto_sign_verify_detached(signature, (const unsigned char *)text, len, key) == 0;
}

static bool checkpoint_holds(const struct checked_log *l, const unsigned char *r)
{
    char id[33], head[65], text[256];
    sodium_bin2hex(id, sizeof(id), l->p + ID_AT, 16);
    sodium_bin2hex(head, sizeof(head), r + PREV_AT, 32);
    int n = snprintf(text, sizeof(text), "entracte-checkpoint 1 %s %lld %lld %s", id,
                     (long long)seq_of(r) - 1, (long long)time_of(r), head);
    return is_signed(text, (size_t)n, r + SIGNATURE_AT, l->key);
}

static bool comes_later(const struct checked_log *l, const unsigned char *from, int64_t seq)
{
    for (const unsigned char *r = from; r + RECORD_SIZE <= l->p + l->n_bytes; r += RECORD_SIZE)
        if (seq_of(r) == seq)
            return true;
    return false;
}

/* Rules 4 to 6: a whole record that does not follow. */
static struct log_verdict stranger(const struct checked_log *l, const unsigned char *r, int64_t e)
{
    const unsigned char *next = r + RECORD_SIZE;
    bool has_next = next + RECORD_SIZE <= l->p + l->n_bytes;
    if (seq_of(r) == e && e > 1 && has_next && memcmp(next + PREV_AT, r + HASH_AT, 32) == 0)
        return says("altered", e - 1);
    if (seq_of(r) == e)
        return says("altered", e);
    if (seq_of(r) > e)
        return says(comes_later(l, next, e) ? "reordered" : "removed", e);
    if (e > 1 && seq_of(r) == e - 1 && memcmp(r + PREV_AT, r - RECORD_SIZE + PREV_AT, 32) == 0)
        return says("inserted", e - 1);
    return says("inserted", e);
}

struct log_verdict check_log(const void *p, size_t len, const unsigned char *key,
                             struct checked_log *ret)
{
    static const unsigned char zero[32];
    struct checked_log *l = ret;
    const unsigned char *head = zero;
    int64_t held = 0, time_before = INT64_MIN;
    *l = (struct checked_log){.p = p, .n_bytes = (int64_t)len};
    for (int64_t at = 0, e = 1; at < l->n_bytes; at += RECORD_SIZE, e++) {
        const unsigned char *r = l->p + at;
        if (l->n_bytes - at < RECORD_SIZE)
            return says("truncated", e);
        if (!is_whole(r))
            return says("altered", e);
        if (seq_of(r) != e || memcmp(r + PREV_AT, head, 32) != 0)
            return stranger(l, r, e);
        if (time_of(r) < time_before || (r[1] == BEGIN) != (e == 1))
            return says("altered", e);
        if (e == 1)
            memcpy(l->key, r + COMMITMENT_AT, 32);
        if (e == 1 && key != NULL && memcmp(l->key, key, 32) != 0)
            return says("key", 1);
        if (r[1] == CHECKPOINT && !checkpoint_holds(l, r))
            return says("resigned", held + 1);
        if (r[1] == CHECKPOINT)
            held = e;
        head = r + HASH_AT;
        time_before = time_of(r);
        l->n = e;
    }
    l->n_tail = l->n - held;
    return l->n > 0 ? says("good", l->n) : says("truncated", 1);
}

/* --- lines ------------------------------------------------------------------------ */

/* The words of the next line, at most max; false at the end of the text. */
struct word {
    const char *s;
    size_t len;
};
static bool next_line(const char **text, struct word *words, int max, int *ret_n)
{
    const char *s = *text;
    int n = 0;
    if (s == NULL || *s == '\0')
        return false;
    while (*s != '\0' && *s != '\n') {
        size_t len = strcspn(s, " \n");
        if (n < max)
            words[n] = (struct word){s, len};
        n++;
        s += len + (s[len] == ' ');
    }
    *text = *s == '\n' ? s + 1 : s;
    *ret_n = n;
    return true;
}

static int64_t integer(struct word w)
{
    int64_t v = 0;
    for (size_t i = 0; i < w.len; i++) {
        if (w.s[i] < '0' || w.s[i] > '9' || v > INT64_MAX / 10 - 10)
            return -1;
        v = v * 10 + (w.s[i] - '0');
    }
    return w.len > 0 ? v : -1;
}

static bool is_word(struct word w, const char *s)
{
    return strlen(s) == w.len && memcmp(w.s, s, w.len) == 0;
}

struct log_verdict check_checkpoints(const struct checked_log *l, const char *text)
{
    struct word w[8];
    unsigned char id[16], head[32], key[32], signature[64];
    int64_t agreed = 0;
    for (int n; next_line(&text, w, 8, &n);) {
        int64_t at = n > 3 ? integer(w[3]) : -1;
        if (n != 8 || !is_word(w[0], "entracte-checkpoint") || !is_word(w[1], "1") || at < 0 ||
            !parse_hex(w[2].s, w[2].len, id, 16) || memcmp(id, l->p + ID_AT, 16) != 0 ||
            !parse_hex(w[5].s, w[5].len, head, 32) || !parse_hex(w[6].s, w[6].len, key, 32) ||
            memcmp(key, l->key, 32) != 0 || !parse_hex(w[7].s, w[7].len, signature, 64) ||
            !is_signed(w[0].s, (size_t)(w[5].s + w[5].len - w[0].s), signature, l->key))
            return says("checkpoint", at < 0 ? 0 : at);
        if (at > l->n)
            return says("truncated", l->n + 1);
        if (at > 0 && memcmp(head, record(l, at) + HASH_AT, 32) != 0)
            return says("rolled-back", agreed + 1);
        agreed = at;
    }
    return says("good", l->n);
}

/* --- details and records -------------------------------------------------------------- */

struct content {
    char name[96]; /* record and id, with a blank between */
    int64_t seq;
    unsigned char hash[32];
};
struct contents {
    struct content *c;
    size_t n, cap;
};

static int by_name(const void *a, const void *b)
{
    const struct content *x = a, *y = b;
    int d = strcmp(x->name, y->name);
    return d != 0 ? d : x->seq < y->seq ? -1 : x->seq > y->seq;
}

/* The fields that a content hash belongs to: record, id, ... , the hash. */
static void note_content(struct contents *all, const unsigned char *d, size_t len, int64_t seq)
{
    struct word f[9] = {{NULL, 0}};
    size_t at = 0;
    for (int i = 0; i < 9; i++) {
        size_t n = len - at >= 4 ? (size_t)number(d + at, 4) : SIZE_MAX;
        if (len - at < 4 || n > len - at - 4)
            return;
        f[i] = (struct word){(const char *)d + at + 4, n};
        at += 4 + n;
    }
    if (at != len || f[8].len != 32)
        return;
    if (all->n == all->cap) {
        all->cap = all->cap > 0 ? 2 * all->cap : 1024;
        all->c = realloc(all->c, all->cap * sizeof(*all->c));
        if (all->c == NULL)
            abort();
    }
    struct content *c = &all->c[all->n++];
    *c = (struct content){.seq = seq};
    snprintf(c->name, sizeof(c->name), "%.*s %.*s", (int)f[4].len, f[4].s, (int)f[5].len, f[5].s);
    memcpy(c->hash, f[8].s, 32);
}

static bool detail_holds(const struct checked_log *l, const struct word *w, int64_t seq,
                         struct contents *all)
{
    unsigned char salt[16], hash[32];
    size_t len = w[2].len / 2;
    if (seq < 1 || seq > l->n || record(l, seq)[1] != CHANGE ||
        !parse_hex(w[1].s, w[1].len, salt, sizeof(salt)))
        return false;
    unsigned char *salted = malloc(16 + len + 1);
    if (salted == NULL)
        abort();
    bool holds = parse_hex(w[2].s, w[2].len, salted + 16, len);
    if (holds) {
        memcpy(salted, salt, 16);
        crypto_generichash(hash, 32, salted, 16 + len, NULL, 0);
        holds = memcmp(hash, record(l, seq) + COMMITMENT_AT, 32) == 0;
        if (holds)
            note_content(all, salted + 16, len, seq);
    }
    free(salted);
    return holds;
}

/* The last of this name, after sorting. */
static const struct content *last_content(const struct contents *all, const char *name)
{
    size_t low = 0, high = all->n;
    while (low < high) {
        size_t mid = (low + high) / 2;
        if (strcmp(all->c[mid].name, name) <= 0)
            low = mid + 1;
        else
            high = mid;
    }
    return low > 0 && strcmp(all->c[low - 1].name, name) == 0 ? &all->c[low - 1] : NULL;
}

static struct log_verdict check_record(const struct contents *all, const struct word *w, int n)
{
    char name[96];
    unsigned char hash[32];
    size_t len = n == 3 ? w[2].len / 2 : 0;
    unsigned char *stored = malloc(len + 1);
    if (stored == NULL)
        abort();
    snprintf(name, sizeof(name), "%.*s", (int)(n == 3 ? w[1].s + w[1].len - w[0].s : 0), w[0].s);
    const struct content *c = n == 3 ? last_content(all, name) : NULL;
    bool is_same = c != NULL && parse_hex(w[2].s, w[2].len, stored, len) &&
                   crypto_generichash(hash, 32, stored, len, NULL, 0) == 0 &&
                   memcmp(hash, c->hash, 32) == 0;
    free(stored);
    return is_same ? says("good", c->seq) : says("record", c != NULL ? c->seq : 0);
}

struct log_verdict check_details(const struct checked_log *l, const char *details,
                                 const char *records)
{
    struct word w[3];
    struct contents all = {NULL, 0, 0};
    struct log_verdict v = says("good", l->n);
    for (int n; strcmp(v.word, "good") == 0 && next_line(&details, w, 3, &n);) {
        int64_t seq = n > 0 ? integer(w[0]) : -1;
        if (n != 3 || !detail_holds(l, w, seq, &all))
            v = says("details", seq < 0 ? 0 : seq);
    }
    if (all.n > 0)
        qsort(all.c, all.n, sizeof(*all.c), by_name);
    for (int n; strcmp(v.word, "good") == 0 && next_line(&records, w, 3, &n);)
        v = check_record(&all, w, n);
    free(all.c);
    return strcmp(v.word, "good") == 0 ? says("good", l->n) : v;
}

/* --- a proof ------------------------------------------------------------------------------ */

static void tree_hash(unsigned char prefix, const unsigned char *a, size_t n_a,
                      const unsigned char *b, unsigned char ret[32])
{
    crypto_hash_sha256_state st;
    crypto_hash_sha256_init(&st);
    crypto_hash_sha256_update(&st, &prefix, 1);
    crypto_hash_sha256_update(&st, a, n_a);
    if (b != NULL)
        crypto_hash_sha256_update(&st, b, 32);
    crypto_hash_sha256_final(&st, ret);
}

/* Source: RFC 9162, 2.1.3.2. */
static bool climb(const char *text, int64_t index, int64_t size, unsigned char h[32])
{
    int64_t at = index, last = size - 1;
    struct word w[2];
    unsigned char p[32];
    for (int n; next_line(&text, w, 2, &n);) {
        if (n != 2 || !is_word(w[0], "path") || !parse_hex(w[1].s, w[1].len, p, 32) || last == 0)
            return false;
        if ((at & 1) == 1 || at == last) {
            tree_hash(1, p, 32, h, h);
            for (; (at & 1) == 0 && at != 0; at >>= 1)
                last >>= 1;
        } else {
            tree_hash(1, h, 32, p, h);
        }
        at >>= 1;
        last >>= 1;
    }
    return last == 0;
}

struct log_verdict check_proof(const char *text, const unsigned char *key,
                               unsigned char ret_key[32])
{
    struct word w[8], i[2], r[2];
    unsigned char root[32], signature[64], leaf[RECORD_SIZE], h[32];
    int n, n_i = 0, n_r = 0;
    if (!next_line(&text, w, 8, &n) || n != 8 || !is_word(w[0], "entracte-day") ||
        !is_word(w[1], "1") || !parse_hex(w[5].s, w[5].len, root, 32) ||
        !parse_hex(w[6].s, w[6].len, ret_key, 32) || !parse_hex(w[7].s, w[7].len, signature, 64) ||
        (key != NULL && memcmp(key, ret_key, 32)) ||
        !is_signed(w[0].s, (size_t)(w[5].s + w[5].len - w[0].s), signature, ret_key))
        return says("resigned", 0);
    if (!next_line(&text, i, 2, &n_i) || n_i != 2 || !is_word(i[0], "index") ||
        !next_line(&text, r, 2, &n_r) || n_r != 2 || !is_word(r[0], "record") ||
        !parse_hex(r[1].s, r[1].len, leaf, RECORD_SIZE))
        return says("altered", 0);
    int64_t index = integer(i[1]), size = integer(w[4]);
    tree_hash(0, leaf, RECORD_SIZE, NULL, h);
    if (index < 0 || index >= size || time_of(leaf) / 86400000 != integer(w[3]) ||
        !climb(text, index, size, h) || memcmp(h, root, 32) != 0)
        return says("altered", seq_of(leaf));
    return says("good", seq_of(leaf));
}

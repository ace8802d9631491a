/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kit_words.c - a seed as words that can be written down, and back; three sheets of which two are
 * enough.
 *
 * 256 bits and a checksum of 8, in 24 groups of 11. The checksum is BIP-39's, plus the number of
 * the sheet, so that a sheet says which one it is and cannot be taken for a kit.
 * Source: BIP-39, github.com/bitcoin/bips */
#include "kit_words.h"

#include "seal/kit.h"
#include "seal/seal_private.h"

#include <libgfshare.h>
#include <string.h>

enum { BITS_A_WORD = 11, N_WORDS = 2048, LANGUAGES = 2, TYPED_MAX = KIT_SHEETS_NEEDED * KIT_WORDS };

static unsigned char checksum(const struct kit_seed *seed)
{
    unsigned char h[crypto_hash_sha256_BYTES];
    crypto_hash_sha256(h, seed->b, KIT_SEED_BYTES);
    return h[0];
}

static void seed_wipe(struct kit_seed *s)
{
    sodium_memzero(s, sizeof(*s));
}
#define _cleanup_seed_ CLEANUP(seed_wipe)

/* --- sheets ------------------------------------------------------------------------- */

/* libgfshare asks for random bytes by a function without an argument. Where a seed is shared they
 * follow from it: sheets of one kit fit each other whenever they were printed. The library wipes
 * with the same function. */
static _Thread_local const struct key *slopes;

static void give_slopes(unsigned char *p, unsigned n)
{
    if (slopes != NULL)
        randombytes_buf_deterministic(p, n, slopes->b);
    else
        randombytes_buf(p, n);
}
static pthread_once_t set_once = PTHREAD_ONCE_INIT;
static void set_source(void)
{
    gfshare_fill_rand = give_slopes;
}

static unsigned char numbers[KIT_SHEETS] = {1, 2, 3}; /* not const: libgfshare's pointers are not */

static void share_of(const struct kit_seed *seed, int sheet, struct kit_seed *ret)
{
    struct key _cleanup_key_ whole, from;
    struct kit_seed _cleanup_seed_ copy = *seed;
    memcpy(whole.b, seed->b, KIT_SEED_BYTES);
    derive(&whole, "entr1 kit sheets", &from);
    pthread_once(&set_once, set_source);
    slopes = &from;
    gfshare_ctx *c = gfshare_ctx_init_enc(numbers, KIT_SHEETS, KIT_SHEETS_NEEDED, KIT_SEED_BYTES);
    if (c == NULL)
        abort();
    gfshare_ctx_enc_setsecret(c, copy.b);
    gfshare_ctx_enc_getshare(c, (unsigned char)(sheet - 1), ret->b);
    gfshare_ctx_free(c); /* wipes */
    slopes = NULL;
}

static void combine(struct kit_seed share[KIT_SHEETS_NEEDED], const int sheet[KIT_SHEETS_NEEDED],
                    struct kit_seed *ret)
{
    unsigned char nr[KIT_SHEETS_NEEDED] = {(unsigned char)sheet[0], (unsigned char)sheet[1]};
    pthread_once(&set_once, set_source);
    gfshare_ctx *c = gfshare_ctx_init_dec(nr, KIT_SHEETS_NEEDED, KIT_SEED_BYTES);
    if (c == NULL)
        abort();
    for (unsigned char i = 0; i < KIT_SHEETS_NEEDED; i++)
        gfshare_ctx_dec_giveshare(c, i, share[i].b);
    gfshare_ctx_dec_extract(c, ret->b);
    gfshare_ctx_free(c);
}

/* --- to words ------------------------------------------------------------------------- */

void kit_words(const struct kit_seed *seed, int sheet, enum kit_language l,
               const char *ret[static KIT_WORDS])
{
    struct kit_seed _cleanup_seed_ s = *seed;
    if (sheet > 0)
        share_of(seed, sheet, &s);
    unsigned char last = (unsigned char)(checksum(&s) + sheet);
    for (int i = 0; i < KIT_WORDS; i++) {
        unsigned index = 0;
        for (int bit = i * BITS_A_WORD; bit < (i + 1) * BITS_A_WORD; bit++) {
            unsigned char byte = bit / 8 < KIT_SEED_BYTES ? s.b[bit / 8] : last;
            index = index << 1 | (byte >> (7 - bit % 8) & 1);
        }
        ret[i] = words_shown[l][index];
    }
}

/* --- and back ---------------------------------------------------------------------------- */

/* Letters of Latin-1 (UTF-8 0xC3 ..) that the lists have with an accent, and their capitals. */
static char without_accent(unsigned char second)
{
    static const char of[] = "aaaaaaaceeeeiiiidnooooo*ouuuuyts";
    unsigned i = (unsigned)(second & 0x3F) % 32;
    return of[i] == '*' ? '\0' : of[i];
}

enum { NO_LETTER = 0, ACCENT = 1 };

/* The letter at p without its accent, ACCENT for one that stands alone, or NO_LETTER. */
static char letter(const unsigned char *p, size_t *ret_bytes)
{
    *ret_bytes = 1;
    if ((*p | 0x20) >= 'a' && (*p | 0x20) <= 'z')
        return (char)(*p | 0x20);
    if (*p < 0xC3 || *p > 0xCD || p[1] == '\0')
        return NO_LETTER;
    *ret_bytes = 2;
    return *p == 0xC3 ? without_accent(p[1]) : *p >= 0xCC ? ACCENT : NO_LETTER;
}

/* The next word of *at as small letters; its length, 0 at the end. ret_raw: as it was typed. */
static size_t next_word(const char **at, char *ret, size_t size, struct bytes *ret_raw)
{
    const unsigned char *p = (const unsigned char *)*at;
    size_t n = 0, took;
    *ret_raw = (struct bytes){0};
    for (; *p != '\0'; p += took) {
        char c = letter(p, &took);
        if (n > 0 && c == NO_LETTER)
            break;
        if (c > ACCENT && n == 0)
            ret_raw->p = p;
        if (c > ACCENT && n + 1 < size)
            ret[n++] = c;
        if (ret_raw->p != NULL)
            ret_raw->len = (size_t)(p - ret_raw->p) + took;
    }
    ret[n] = '\0';
    *at = (const char *)p;
    return n;
}

static int index_of(const char *word, int language)
{
    for (int i = 0; i < N_WORDS; i++)
        if (strcmp(words_plain[language][i], word) == 0)
            return i;
    return -1;
}

struct typed {
    int index[LANGUAGES][TYPED_MAX]; /* -1: not in this list */
    struct bytes raw[TYPED_MAX];
    int n;
};

static void read_words(const char *text, struct typed *ret)
{
    char word[32];
    struct bytes raw;
    memset(ret, 0, sizeof(*ret));
    while (next_word(&text, word, sizeof(word), &raw) > 0) {
        for (int l = 0; l < LANGUAGES && ret->n < TYPED_MAX; l++)
            ret->index[l][ret->n] = index_of(word, l);
        if (ret->n < TYPED_MAX)
            ret->raw[ret->n] = raw;
        ret->n++;
    }
}

/* 24 words from `first` on; *ret_sheet as the checksum says. False: they do not belong together. */
static bool gather(const int *index, struct kit_seed *ret, int *ret_sheet)
{
    unsigned char bits[KIT_SEED_BYTES + 1] = {0};
    for (int i = 0; i < KIT_WORDS; i++)
        for (int k = 0; k < BITS_A_WORD; k++) {
            int bit = i * BITS_A_WORD + k;
            if ((index[i] >> (BITS_A_WORD - 1 - k) & 1) != 0)
                bits[bit / 8] |= (unsigned char)(0x80 >> bit % 8);
        }
    memcpy(ret->b, bits, KIT_SEED_BYTES);
    *ret_sheet = (unsigned char)(bits[KIT_SEED_BYTES] - checksum(ret));
    sodium_memzero(bits, sizeof(bits));
    return *ret_sheet <= KIT_SHEETS;
}

static bool is_all(const struct typed *t, int language, int first)
{
    for (int i = first; i < first + KIT_WORDS; i++)
        if (t->index[language][i] < 0)
            return false;
    return true;
}

/* A kit or a sheet, in the language it was printed in. */
static bool part(const struct typed *t, int nth, struct kit_seed *ret, int *ret_sheet)
{
    int first = nth * KIT_WORDS;
    bool is_one = t->n == KIT_WORDS;
    for (int l = 0; l < LANGUAGES; l++)
        if (is_all(t, l, first) && gather(&t->index[l][first], ret, ret_sheet) &&
            (*ret_sheet == 0) == is_one)
            return true;
    return false;
}

static bool join(const struct typed *t, struct kit_seed *ret)
{
    struct kit_seed found[KIT_SHEETS_NEEDED];
    int sheet[KIT_SHEETS_NEEDED];
    if (t->n == KIT_WORDS)
        return part(t, 0, ret, &sheet[0]);
    bool ok = t->n == TYPED_MAX && part(t, 0, &found[0], &sheet[0]) &&
              part(t, 1, &found[1], &sheet[1]) && sheet[0] != sheet[1];
    if (ok)
        combine(found, sheet, ret);
    sodium_memzero(found, sizeof(found));
    return ok;
}

/* Of these words, the first that the list which has most of them has not; -1: none. */
static int bad_among(const struct typed *t, int from, int to)
{
    int n[LANGUAGES] = {0}, first[LANGUAGES] = {-1, -1};
    for (int l = 0; l < LANGUAGES; l++)
        for (int i = from; i < to; i++) {
            n[l] += t->index[l][i] >= 0;
            if (t->index[l][i] < 0 && first[l] < 0)
                first[l] = i;
        }
    return first[n[KIT_SPANISH] > n[KIT_ENGLISH] ? KIT_SPANISH : KIT_ENGLISH];
}

static const char *bad_word(struct arena *a, const struct typed *t)
{
    int n = t->n < TYPED_MAX ? t->n : TYPED_MAX, at = -1;
    for (int from = 0; from < n && at < 0; from += KIT_WORDS)
        at = bad_among(t, from, from + KIT_WORDS < n ? from + KIT_WORDS : n);
    return at < 0 ? NULL : arena_strndup(a, (const char *)t->raw[at].p, t->raw[at].len);
}

enum rc kit_parse(struct arena *a, const char *typed, struct kit_seed *ret, const char **ret_bad)
{
    struct typed t;
    read_words(typed, &t);
    bool fits = join(&t, ret);
    *ret_bad = fits ? NULL : bad_word(a, &t);
    sodium_memzero(&t, sizeof(t));
    return fits ? RC_OK : RC_INVALID;
}

bool kit_is_word(const char *typed, const char *word)
{
    char one[32], other[32];
    struct bytes raw;
    const char *p = typed, *q = word;
    (void)next_word(&q, other, sizeof(other), &raw);
    return next_word(&p, one, sizeof(one), &raw) > 0 && strcmp(one, other) == 0;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fold.c - folding for search, and initials. */
#include "text/locale.h"

#include <pthread.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>
#include <unicode/utf8.h>

/* The longest folding of one code point (U+FDFA, 18 letters) has 33 bytes. */
enum { FOLD_MAX_BYTES = 64, TABLE_FROM = 0x80, TABLE_TO = 0x250 };

struct folded {
    char s[FOLD_MAX_BYTES];
    uint8_t n;
};

/* NFKD, without marks, case folded. A mark alone folds to nothing, a blank to ' '. */
static struct folded fold_point(const UNormalizer2 *nfkd, UChar32 c)
{
    struct folded f = {.n = 0};
    UChar parts[64], kept[64], lower[64];
    UErrorCode e = U_ZERO_ERROR;
    int32_t n = unorm2_getDecomposition(nfkd, c, parts, 64, &e), n_kept = 0, n_bytes = 0;
    if (n < 0) { /* does not decompose */
        n = 0;
        U16_APPEND_UNSAFE(parts, n, c);
    }
    for (int32_t i = 0; i < n;) {
        UChar32 part;
        U16_NEXT(parts, i, n, part);
        if (u_isUWhiteSpace(part))
            part = ' ';
        if (u_charType(part) != U_NON_SPACING_MARK)
            U16_APPEND_UNSAFE(kept, n_kept, part);
    }
    int32_t n_lower = u_strFoldCase(lower, 64, kept, n_kept, U_FOLD_CASE_DEFAULT, &e);
    u_strToUTF8(f.s, FOLD_MAX_BYTES, &n_bytes, lower, n_lower, &e);
    f.n = U_SUCCESS(e) ? (uint8_t)n_bytes : 0;
    return f;
}

/* Latin letters are folded from a table, made once. */
static struct {
    const UNormalizer2 *nfkd;
    struct folded latin[TABLE_TO - TABLE_FROM];
} table;
static pthread_once_t table_once = PTHREAD_ONCE_INIT;

static void make_table(void)
{
    UErrorCode e = U_ZERO_ERROR;
    table.nfkd = unorm2_getNFKDInstance(&e);
    if (U_FAILURE(e))
        abort(); /* ICU without its data */
    for (UChar32 c = TABLE_FROM; c < TABLE_TO; c++)
        table.latin[c - TABLE_FROM] = fold_point(table.nfkd, c);
}

struct out {
    struct arena *arena;
    char *s;
    size_t n, cap;
};

/* Appends a folded byte for which there is room; blanks only between words. */
static inline void put(struct out *o, char c)
{
    o->s[o->n] = c;
    o->n += c != ' ' || (o->n > 0 && o->s[o->n - 1] != ' ');
}

static void reserve(struct out *o, size_t n)
{
    if (o->cap - o->n > n)
        return;
    o->cap = 2 * o->cap + n;
    char *s = arena_alloc(o->arena, o->cap);
    memcpy(s, o->s, o->n);
    o->s = s;
}

static void put_point(struct out *o, UChar32 c)
{
    pthread_once(&table_once, make_table);
    struct folded f = c < TABLE_TO ? table.latin[c - TABLE_FROM] : fold_point(table.nfkd, c);
    for (int i = 0; i < f.n; i++)
        put(o, f.s[i]);
}

static char fold_ascii(unsigned char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c >= '\t' && c <= '\r' ? ' ' : c);
}

const char *text_fold(struct arena *a, const char *s)
{
    if (s == NULL)
        return "";
    size_t len = strlen(s);
    struct out o = {.arena = a, .s = arena_alloc(a, len + 2), .cap = len + 2};
    for (size_t i = 0; i < len;) {
        UChar32 c = (unsigned char)s[i];
        if (c < 0x80) {
            put(&o, fold_ascii((unsigned char)c)); /* a byte for a byte: always fits */
            i++;
        } else {
            reserve(&o, len - i + FOLD_MAX_BYTES);
            U8_NEXT_OR_FFFD(s, i, len, c);
            put_point(&o, c);
        }
    }
    o.n -= o.n > 0 && o.s[o.n - 1] == ' ';
    o.s[o.n] = '\0';
    return o.s;
}

/* --- words ------------------------------------------------------------------------ */

static bool continues_word(char c)
{
    return (c & 0x80) || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool starts_a_word(const char *text, const char *word, size_t n)
{
    for (const char *p = text; (p = memmem(p, strlen(p), word, n)) != NULL; p++)
        if (p == text || !continues_word(p[-1]))
            return true;
    return false;
}

bool text_matches(const char *folded_text, const char *folded_query)
{
    for (const char *p = folded_query; *p != '\0';) {
        size_t n = strcspn(p, " ");
        if (n > 0 && !starts_a_word(folded_text, p, n))
            return false;
        p += n + (p[n] == ' ');
    }
    return true;
}

/* --- initials ----------------------------------------------------------------------- */

static bool is_mark(UChar32 c)
{
    return (U_MASK(u_charType(c)) & U_GC_M_MASK) != 0;
}

/* The first letter or digit, as a capital, with the marks that follow it. */
static void put_initial(struct buf *b, const char *s)
{
    UChar32 c;
    int32_t i = 0, end, n = 0;
    do
        U8_NEXT(s, i, -1, c);
    while (c > 0 && !u_isalnum(c));
    if (c <= 0)
        return;
    char capital[U8_MAX_LENGTH];
    U8_APPEND_UNSAFE(capital, n, u_totitle(c));
    buf_add(b, capital, (size_t)n);
    const char *marks = s + i;
    i = 0;
    do {
        end = i;
        U8_NEXT(marks, i, -1, c);
    } while (c > 0 && is_mark(c));
    buf_add(b, marks, (size_t)end);
}

const char *locale_initials(struct arena *a, const char *given, const char *family)
{
    struct buf b;
    buf_init(&b, a, 64);
    put_initial(&b, given != NULL ? given : "");
    put_initial(&b, family != NULL ? family : "");
    return b.s;
}

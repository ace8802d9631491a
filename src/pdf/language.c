/* SPDX-License-Identifier: AGPL-3.0-or-later
 * language.c - says in the file's catalogue which language the text is in, for whoever has it read
 * aloud. cairo does not write it: it goes into the finished file, and what moves is found again.
 * Source: ISO 32000-1, 7.5.4 (cross-reference table), 14.9.2 (Lang). */
#include "pdf/flow.h"

#include <stdio.h>
#include <stdlib.h>

enum { ENTRY_BYTES = 20, OFFSET_DIGITS = 10 };

static bool is_language(const char *s)
{
    return s != NULL && s[0] != '\0' && strlen(s) <= 35 &&
           s[strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-")] == '\0';
}

static char *last_of(char *s, size_t len, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = len >= n ? len - n + 1 : 0; i-- > 0;)
        if (memcmp(s + i, word, n) == 0)
            return s + i;
    return NULL;
}

/* Adds n_more to every offset of the table that lies behind `at`. */
static void move_offsets(char *xref, const char *end, size_t at, size_t n_more)
{
    for (char *s = xref; s + ENTRY_BYTES <= end; s++) {
        if (s[-1] != '\n' || memcmp(s + OFFSET_DIGITS, " 00000 n", 8) != 0)
            continue;
        char digits[OFFSET_DIGITS + 2];
        size_t offset = strtoul(s, NULL, 10);
        if (offset > at) {
            snprintf(digits, sizeof(digits), "%010zu", offset + n_more);
            memcpy(s, digits, OFFSET_DIGITS);
        }
        s += ENTRY_BYTES - 1;
    }
}

struct bytes pdf_with_language(struct arena *a, struct bytes file, const char *lang)
{
    static const char catalogue[] = "/Type /Catalog\n";
    char *old = (char *)(uintptr_t)file.p, *start = last_of(old, file.len, "startxref\n"),
         *place = last_of(old, file.len, catalogue);
    if (!is_language(lang) || start == NULL || place == NULL)
        return file;
    size_t xref = strtoul(start + 10, NULL, 10), at = (size_t)(place - old) + sizeof(catalogue) - 1;
    if (xref + 4 > file.len || memcmp(old + xref, "xref", 4) != 0 || at > xref)
        return file; /* no table that we know */
    const char *entry = arena_printf(a, "   /Lang (%s)\n", lang);
    size_t n_more = strlen(entry), n_table = (size_t)(start - old);
    struct buf b;
    buf_init(&b, a, file.len + n_more + 64);
    buf_add(&b, old, at);
    buf_add(&b, entry, n_more);
    buf_add(&b, old + at, n_table - at);
    move_offsets(b.s + xref + n_more + 5, b.s + b.len, at, n_more);
    buf_printf(&b, "startxref\n%zu\n%%%%EOF\n", xref + n_more);
    return (struct bytes){(const unsigned char *)b.s, b.len};
}

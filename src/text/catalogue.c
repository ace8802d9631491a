/* SPDX-License-Identifier: AGPL-3.0-or-later
 * catalogue.c - reads .mo images: checks them wholly once, then finds texts by hash.
 *
 * Source: GNU gettext manual, 10.3 "The format of GNU MO files". */
#include "text/catalogue.h"

#include "base/utf8.h"
#include "text/plural.h"

#include <stdlib.h>
#include <string.h>

enum { MO_MAGIC = 0x950412de, MO_HEAD_BYTES = 20, MAX_PLURALS = 6, SMALL_NUMBERS = 128 };

struct entry {
    const char *id, *text; /* into the image */
    size_t text_bytes;     /* more than one plural form: separated by NUL */
};
struct catalogue {
    char language[12];
    const char *plural; /* expression in the image, or NULL: English rule */
    uint64_t n_plurals;
    unsigned char form_of_small[SMALL_NUMBERS]; /* most numbers on a page: evaluated once */
    uint32_t mask;                              /* slots - 1 */
    struct entry slots[];                       /* open addressing; id NULL: free */
};

static uint32_t hash(const char *s)
{
    uint32_t h = 2166136261u; /* FNV-1a */
    for (; *s != '\0'; s++)
        h = (h ^ (unsigned char)*s) * 16777619u;
    return h;
}

static const struct entry *find(const struct catalogue *c, const char *id)
{
    uint32_t i = hash(id) & c->mask;
    while (c->slots[i].id != NULL && strcmp(c->slots[i].id, id) != 0)
        i = (i + 1) & c->mask;
    return &c->slots[i];
}

/* --- reading ------------------------------------------------------------ */

struct image {
    struct bytes mo;
    bool swapped; /* written on a machine of the other byte order */
};

static uint32_t word(const struct image *im, size_t at)
{
    uint32_t v;
    memcpy(&v, im->mo.p + at, sizeof(v));
    return im->swapped ? __builtin_bswap32(v) : v;
}

/* The i-th string of the table at `table`: inside the image, ended by NUL, UTF-8 between NULs. */
static bool string(const struct image *im, uint32_t table, uint32_t i, const char **ret,
                   size_t *ret_n)
{
    size_t at = (size_t)table + (size_t)i * 8;
    size_t len = word(im, at), offset = word(im, at + 4);
    if (offset >= im->mo.len || len >= im->mo.len - offset || im->mo.p[offset + len] != '\0')
        return false;
    const char *s = (const char *)im->mo.p + offset;
    for (size_t from = 0; from <= len; from += strlen(s + from) + 1)
        if (!utf8_is_valid(s + from, strlen(s + from)))
            return false;
    *ret = s;
    *ret_n = len;
    return true;
}

/* "Plural-Forms: nplurals=2; plural=(n != 1);" in the header entry, the translation of "". */
static bool read_plural(struct catalogue *c, const char *header)
{
    const char *line = strstr(header, "Plural-Forms:");
    if (line == NULL)
        return true;
    const char *count = strstr(line, "nplurals="), *rule = strstr(line, "plural=");
    while (rule != NULL && rule > line && rule[-1] == 'n') /* inside "nplural=" is not it */
        rule = strstr(rule + 1, "plural=");
    if (count == NULL || rule == NULL)
        return false;
    c->n_plurals = strtoul(count + strlen("nplurals="), NULL, 10);
    c->plural = rule + strlen("plural=");
    uint64_t form;
    return c->n_plurals >= 1 && c->n_plurals <= MAX_PLURALS && plural_form(c->plural, 1, &form);
}

/* The number of the form that n takes; more than any entry has when the rule says nonsense. */
static uint64_t evaluate(const struct catalogue *c, uint64_t n)
{
    uint64_t form;
    if (c->plural == NULL)
        return n != 1;
    return plural_form(c->plural, n, &form) && form < c->n_plurals ? form : MAX_PLURALS;
}

static bool read_entries(struct catalogue *c, const struct image *im)
{
    uint32_t n = word(im, 8), ids = word(im, 12), texts = word(im, 16);
    for (uint32_t i = 0; i < n; i++) {
        struct entry e;
        size_t id_bytes;
        if (!string(im, ids, i, &e.id, &id_bytes) || !string(im, texts, i, &e.text, &e.text_bytes))
            return false;
        if (e.id[0] == '\0' && !read_plural(c, e.text))
            return false;
        struct entry *slot = (struct entry *)find(c, e.id);
        if (slot->id != NULL)
            return false; /* twice */
        *slot = e;
    }
    return true;
}

static bool is_image(struct image *im)
{
    if (im->mo.len < MO_HEAD_BYTES)
        return false;
    if (word(im, 0) != MO_MAGIC)
        im->swapped = true;
    if (word(im, 0) != MO_MAGIC || word(im, 4) >> 16 > 1)
        return false;
    uint64_t n = word(im, 8), ids = word(im, 12), texts = word(im, 16);
    return ids + n * 8 <= im->mo.len && texts + n * 8 <= im->mo.len;
}

struct catalogue *catalogue_open(const char *language, struct bytes mo)
{
    struct image im = {.mo = mo};
    if (!is_image(&im) || strlen(language) >= sizeof((struct catalogue){0}.language))
        return NULL;
    size_t n_slots = 8;
    while (n_slots < (size_t)word(&im, 8) * 2)
        n_slots *= 2;
    struct catalogue *c = calloc(1, sizeof(*c) + n_slots * sizeof(c->slots[0]));
    if (c == NULL)
        abort();
    memcpy(c->language, language, strlen(language));
    c->mask = (uint32_t)n_slots - 1;
    if (!read_entries(c, &im)) {
        catalogue_free(c);
        return NULL;
    }
    for (uint64_t n = 0; n < SMALL_NUMBERS; n++)
        c->form_of_small[n] = (unsigned char)evaluate(c, n);
    return c;
}

void catalogue_free(struct catalogue *c)
{
    free(c);
}

/* --- looking up --------------------------------------------------------- */

const char *catalogue_language(const struct catalogue *c)
{
    return c->language;
}

const char *tr(const struct catalogue *c, const char *msgid)
{
    if (msgid[0] == '\0')
        return msgid; /* not the header entry */
    const struct entry *e = find(c, msgid);
    return e->id != NULL && e->text[0] != '\0' ? e->text : msgid;
}

static uint64_t form_of(const struct catalogue *c, int64_t n)
{
    uint64_t size = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
    return size < SMALL_NUMBERS ? c->form_of_small[size] : evaluate(c, size);
}

const char *trn(const struct catalogue *c, const char *one, const char *many, int64_t n)
{
    const struct entry *e = find(c, one);
    if (e->id != NULL && one[0] != '\0') {
        const char *s = e->text, *end = s + e->text_bytes;
        for (uint64_t skip = form_of(c, n); skip > 0 && s <= end; skip--)
            s += strlen(s) + 1;
        if (s <= end && s[0] != '\0')
            return s;
    }
    return n == 1 ? one : many;
}

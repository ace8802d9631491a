/* SPDX-License-Identifier: AGPL-3.0-or-later
 * content.c - what a note says: its sections, packed for sealing, read from a form. */
#include "base/utf8.h"
#include "notes_private.h"

#include <string.h>

enum { MAX_PACKED_BYTES = 1 << 20, PACKED_FORMAT = 1 };

/* --- packed ---------------------------------------------------------------------------- */

static void put(struct buf *b, const char *s)
{
    buf_add(b, or_empty(s), strlen(or_empty(s)) + 1);
}

enum rc note_pack(struct cx *cx, const struct note *n, struct bytes *ret)
{
    struct buf b;
    size_t n_chars = 0;
    for (int i = 0; i < n->n_sections; i++)
        n_chars += n->section[i].text != NULL ? (size_t)utf8_length(n->section[i].text) : 0;
    if (n_chars > NOTE_MAX_CHARS)
        return refusef(cx, RC_INVALID, "note", N_("A note has up to %d characters."),
                       NOTE_MAX_CHARS);
    buf_init(&b, cx->arena, MAX_PACKED_BYTES);
    buf_putc(&b, PACKED_FORMAT);
    put(&b, n->template_key);
    for (int i = 0; i < n->n_sections; i++) {
        put(&b, n->section[i].key);
        put(&b, n->section[i].title);
        put(&b, n->section[i].text);
    }
    if (b.full)
        return refuse(cx, RC_INVALID, "note", N_("This note is too long."));
    *ret = (struct bytes){(unsigned char *)b.s, b.len};
    return RC_OK;
}

static const char *take(const char **p, const char *end)
{
    const char *s = *p, *nul = s < end ? memchr(s, '\0', (size_t)(end - s)) : NULL;
    if (nul == NULL)
        return NULL;
    *p = nul + 1;
    return s;
}

enum rc note_unpack(struct bytes plain, struct note *ret)
{
    const char *p = (const char *)plain.p, *end = p + plain.len;
    if (plain.len < 2 || *p++ != PACKED_FORMAT)
        return RC_BROKEN;
    ret->template_key = take(&p, end);
    if (ret->template_key == NULL)
        return RC_BROKEN;
    ret->n_sections = 0;
    while (p < end) {
        struct note_section s = {.key = take(&p, end), .prompt = ""};
        s.title = take(&p, end);
        s.text = take(&p, end);
        if (s.text == NULL || ret->n_sections == NOTE_MAX_SECTIONS)
            return RC_BROKEN;
        ret->section[ret->n_sections++] = s;
    }
    return RC_OK;
}

/* --- what stands in it --------------------------------------------------------------------- */

static int index_of(const struct note_section *s, int n, const char *key)
{
    for (int i = 0; i < n; i++)
        if (strcmp(s[i].key, key) == 0)
            return i;
    return -1;
}

const char *note_section_text(const struct note *n, const char *key)
{
    int i = index_of(n->section, n->n_sections, key);
    return i >= 0 ? n->section[i].text : "";
}

const char *note_plan(const struct note *n)
{
    const char *plan = note_section_text(n, "plan");
    if (plan[0] != '\0' || n->n_sections < 2)
        return plan;
    return n->section[n->n_sections - 1].text;
}

static bool is_blank(const char *s)
{
    return s[strspn(s, " \t\r\n")] == '\0';
}

const char *note_summary(struct arena *a, const struct note *n, int max_chars)
{
    for (int i = 0; i < n->n_sections; i++)
        if (!is_blank(n->section[i].text)) {
            const char *cut = utf8_cut(a, n->section[i].text, max_chars);
            return cut == n->section[i].text ? cut : arena_printf(a, "%s…", cut);
        }
    return "";
}

bool note_is_empty(const struct note *n)
{
    for (int i = 0; i < n->n_sections; i++)
        if (!is_blank(n->section[i].text))
            return false;
    return true;
}

bool note_says_the_same(const struct note *a, const struct note *b)
{
    for (int i = 0; i < a->n_sections; i++)
        if (strcmp(a->section[i].text, note_section_text(b, a->section[i].key)) != 0)
            return false;
    for (int i = 0; i < b->n_sections; i++)
        if (strcmp(b->section[i].text, note_section_text(a, b->section[i].key)) != 0)
            return false;
    return true;
}

int64_t note_words(const struct note *n)
{
    int64_t count = 0;
    for (int i = 0; i < n->n_sections; i++)
        for (const char *p = n->section[i].text; *(p += strspn(p, " \t\r\n")) != '\0'; count++)
            p += strcspn(p, " \t\r\n");
    return count;
}

void note_json(struct json *j, const struct note *n)
{
    json_key(j, "version");
    json_i64(j, n->version);
    json_key(j, "note");
    json_open(j, '{');
    json_key(j, "template");
    json_str(j, n->template_key);
    for (int i = 0; i < n->n_sections; i++) {
        json_key(j, n->section[i].key);
        json_str(j, n->section[i].text);
    }
    json_close(j, '}');
}

/* --- templates ----------------------------------------------------------------------------- */

void note_begin(struct note *n, const struct note_template *t)
{
    n->template_key = t->key;
    n->n_sections = t->n_sections;
    memcpy(n->section, t->section, sizeof(n->section));
}

/* Words go to the section of the same key; those that have none there keep their own section, at
 * the end: a change of template loses nothing. */
static enum rc change_template(struct cx *cx, struct note *n, const char *key)
{
    struct note_template t;
    struct note was = *n;
    if (n->template_key != NULL && strcmp(key, n->template_key) == 0)
        return RC_OK;
    enum rc rc = note_template_load(cx, key, &t);
    if (rc != RC_OK)
        return rc == RC_NOT_FOUND ? RC_INVALID : rc; /* the form's mistake, not the address's */
    note_begin(n, &t);
    for (int i = 0; i < t.n_sections; i++)
        n->section[i].text = note_section_text(&was, t.section[i].key);
    for (int i = 0; i < was.n_sections; i++) {
        if (is_blank(was.section[i].text) ||
            index_of(t.section, t.n_sections, was.section[i].key) >= 0)
            continue;
        if (n->n_sections == NOTE_MAX_SECTIONS)
            return refuse(cx, RC_INVALID, "note",
                          N_("This template has no room for everything that is written."));
        n->section[n->n_sections++] = was.section[i];
    }
    return RC_OK;
}

/* --- from a form ----------------------------------------------------------------------------- */

static bool is_about_template(const char *key)
{
    return strcmp(key, "template") == 0 || strcmp(key, "use") == 0 || strcmp(key, "change") == 0;
}

static enum rc put_text(struct cx *cx, struct note *n, const struct form_pair *p)
{
    const char *key = p->key + strlen("note.");
    int i = index_of(n->section, n->n_sections, key);
    if (is_about_template(key))
        return RC_OK;
    if (i < 0)
        return refusef(cx, RC_INVALID, p->key, N_("There is no field called \"%s\" here."), p->key);
    n->section[i].text = p->value;
    if (utf8_length(p->value) > NOTE_MAX_SECTION_CHARS)
        return refusef(cx, RC_INVALID, p->key, N_("A section has up to %d characters."),
                       NOTE_MAX_SECTION_CHARS);
    return RC_OK;
}

enum rc note_parse(struct cx *cx, const struct form *f, struct note *n)
{
    const char *key = form_get(f, "note.template"), *use = form_get(f, "note.use");
    enum rc rc = RC_OK;
    if (key != NULL)
        TRY(change_template(cx, n, key));
    for (int i = 0; i < f->n; i++)
        if (strncmp(f->pair[i].key, "note.", 5) == 0 && put_text(cx, n, &f->pair[i]) != RC_OK)
            rc = RC_INVALID;
    TRY(rc);
    return note_wants_template(f) && use != NULL ? change_template(cx, n, use) : RC_OK;
}

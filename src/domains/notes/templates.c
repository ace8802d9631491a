/* SPDX-License-Identifier: AGPL-3.0-or-later
 * templates.c - the built-in note formats, and each clinician's own.
 *
 * Source of the formats: SOAP (Weed 1968), DAP, BIRP, GIRP and PIE as described in clinical
 * documentation guides; prompts are our own words. */
#include "app/audit.h"
#include "base/utf8.h"
#include "notes_private.h"
#include "notes_sql.h"

#include <string.h>

enum { MAX_NAME = 60, MAX_TITLE = 60, MAX_PROMPT = 200, MAX_SECTIONS_CHARS = 4000 };

struct builtin {
    const char *key, *name;
    struct note_section section[NOTE_MAX_SECTIONS];
};
#define S(key_, title_, prompt_)                                                                   \
    {                                                                                              \
        .key = (key_), .title = (title_), .prompt = (prompt_)                                      \
    }
static const struct builtin builtins[] = {
    {"soap",
     N_("SOAP"),
     {S("s", N_("Subjective"), N_("What the client says, in their words.")),
      S("o", N_("Objective"), N_("What you saw and heard; measures.")),
      S("a", N_("Assessment"), N_("How you understand it; change since last time.")),
      S("plan", N_("Plan"), N_("What comes next."))}},
    {"dap",
     N_("DAP"),
     {S("d", N_("Data"), N_("What happened and was said.")),
      S("a", N_("Assessment"), N_("How you understand it; change since last time.")),
      S("plan", N_("Plan"), N_("What comes next."))}},
    {"birp",
     N_("BIRP"),
     {S("b", N_("Behaviour"), N_("What the client showed and reported.")),
      S("i", N_("Intervention"), N_("What you did.")),
      S("r", N_("Response"), N_("How the client took it.")),
      S("plan", N_("Plan"), N_("What comes next."))}},
    {"girp",
     N_("GIRP"),
     {S("g", N_("Goal"), N_("Which goal of the plan this session worked on.")),
      S("i", N_("Intervention"), N_("What you did.")),
      S("r", N_("Response"), N_("How the client took it.")),
      S("plan", N_("Plan"), N_("What comes next."))}},
    {"pie",
     N_("PIE"),
     {S("p", N_("Problem"), N_("What was brought.")),
      S("i", N_("Intervention"), N_("What you did.")),
      S("e", N_("Evaluation"), N_("What it led to; what comes next."))}},
    {"free", N_("Free text"), {S("text", N_("Note"), N_("Write as you like."))}},
    {"intake",
     N_("Intake"),
     {S("reason", N_("Reason for consultation"), N_("In the client's words.")),
      S("history", N_("History"), N_("Onset, course, what was tried before.")),
      S("context", N_("Life now"), N_("Family, work, health, supports.")),
      S("risk", N_("Risk"), N_("Asked and answered; what was agreed.")),
      S("a", N_("First understanding"), N_("Hypotheses, strengths.")),
      S("plan", N_("Plan"), N_("What was agreed."))}},
    {"phone",
     N_("Phone contact"),
     {S("who", N_("Who called and why"), N_("With whom, who began it, how long.")),
      S("text", N_("What was said"), NULL), S("plan", N_("Agreed"), N_("What comes next."))}},
    {"noshow",
     N_("No-show"),
     {S("text", N_("What happened"), N_("Notice given, attempts to reach the client.")),
      S("plan", N_("Plan"), N_("What comes next."))}},
};
#undef S

static struct note_template from_builtin(struct cx *cx, const struct builtin *b)
{
    struct note_template t = {.key = b->key, .name = trc(cx, b->name), .is_builtin = true};
    while (t.n_sections < NOTE_MAX_SECTIONS && b->section[t.n_sections].key != NULL) {
        struct note_section s = b->section[t.n_sections];
        s.title = trc(cx, s.title);
        s.prompt = s.prompt != NULL ? trc(cx, s.prompt) : "";
        s.text = "";
        t.section[t.n_sections++] = s;
    }
    return t;
}

void note_translate(struct cx *cx, struct note *n)
{
    for (size_t i = 0; i < N_ELEMS(builtins); i++) {
        if (strcmp(builtins[i].key, n->template_key) != 0)
            continue;
        struct note_template t = from_builtin(cx, &builtins[i]);
        for (int k = 0; k < n->n_sections; k++)
            for (int j = 0; j < t.n_sections; j++)
                if (strcmp(t.section[j].key, n->section[k].key) == 0) {
                    n->section[k].title = t.section[j].title;
                    n->section[k].prompt = t.section[j].prompt;
                }
    }
}

/* The n bytes at s without blanks around them. */
static const char *trimmed(struct arena *a, const char *s, size_t n)
{
    size_t blank = strspn(s, " \t\r");
    for (; n > 0 && strchr(" \t\r", s[n - 1]) != NULL; n--)
        ;
    return n > blank ? arena_strndup(a, s + blank, n - blank) : "";
}

/* Lines "Title<TAB>prompt" or "Title | prompt" to sections s1, s2, ...; false: more than fit. */
static bool read_sections(struct cx *cx, const char *lines, struct note_template *t)
{
    for (const char *p = lines; *p != '\0';) {
        size_t len = strcspn(p, "\n"), cut = strcspn(p, "\t|\n");
        const char *title = trimmed(cx->arena, p, cut);
        if (title[0] != '\0') {
            if (t->n_sections == NOTE_MAX_SECTIONS)
                return false;
            struct note_section *s = &t->section[t->n_sections++];
            s->key = arena_printf(cx->arena, "s%d", t->n_sections);
            s->title = title;
            s->prompt = cut < len ? trimmed(cx->arena, p + cut + 1, len - cut - 1) : "";
            s->text = "";
        }
        p += len + (p[len] == '\n');
    }
    return true;
}

static struct note_template from_row(struct cx *cx, struct db_rows *rows)
{
    struct note_template t = {
        .key = db_text(rows, 0), .version = db_i64(rows, 1), .name = db_text(rows, 2)};
    (void)read_sections(cx, db_text(rows, 3), &t); /* what is stored was checked */
    return t;
}

enum rc note_template_list(struct cx *cx, struct note_template **ret, int *ret_n)
{
    struct note_template *list = NULL;
    int n = 0, cap = 0;
    for (size_t i = 0; i < N_ELEMS(builtins); i++) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = from_builtin(cx, &builtins[i]);
    }
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_S(cx->actor.user.s), DB_I(1)};
    TRY(db_query(cx->db, cx->arena, &SQL_TEMPLATE_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = from_row(cx, rows);
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc note_template_load(struct cx *cx, const char *key, struct note_template *ret)
{
    for (size_t i = 0; i < N_ELEMS(builtins) && key != NULL; i++)
        if (strcmp(builtins[i].key, key) == 0) {
            *ret = from_builtin(cx, &builtins[i]);
            return RC_OK;
        }
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_S(or_empty(key)), DB_S(cx->actor.user.s)};
    TRY(db_query(cx->db, cx->arena, &SQL_TEMPLATE_BY_ID, v, N_ELEMS(v), &rows));
    bool found = db_next(rows);
    if (found)
        *ret = from_row(cx, rows);
    TRY(found ? RC_OK : db_end(rows));
    return found ? RC_OK : refuse(cx, RC_NOT_FOUND, "template", N_("There is no such template."));
}

/* --- own templates ----------------------------------------------------------------------- */

static enum rc check(struct cx *cx, const void *rec)
{
    const struct own_template *own = rec;
    struct note_template t = {0};
    if (!read_sections(cx, own->sections, &t))
        return refusef(cx, RC_INVALID, "sections", N_("A template has up to %d sections."),
                       NOTE_MAX_SECTIONS);
    if (t.n_sections == 0)
        return refuse(cx, RC_INVALID, "sections", N_("Write at least one section, one a line."));
    for (int i = 0; i < t.n_sections; i++)
        if (utf8_length(t.section[i].title) > MAX_TITLE ||
            utf8_length(t.section[i].prompt) > MAX_PROMPT)
            return refusef(cx, RC_INVALID, "sections",
                           N_("A section's title has up to %d characters, its prompt up to %d."),
                           MAX_TITLE, MAX_PROMPT);
    return RC_OK;
}

static const struct field own_fields[] = {
    TEXT(struct own_template, name, N_("Name"), .flags = REQUIRED, .max = MAX_NAME),
    NOTE(struct own_template, sections, N_("Sections"), .flags = REQUIRED | LARGE,
         .max = MAX_SECTIONS_CHARS,
         .help = N_("One a line: the title, then | and what helps you remember what to write.")),
    BOOL(struct own_template, is_active, N_("Offered when a note is begun")),
};
const struct record_type own_template_type = {.table = "note_template",
                                              .name = "NoteTemplate",
                                              .fields = own_fields,
                                              .n_fields = N_ELEMS(own_fields),
                                              .check = check};

static struct own_template own_from_row(struct db_rows *rows)
{
    return (struct own_template){.id = db_id(rows, 0),
                                 .version = db_i64(rows, 1),
                                 .name = db_text(rows, 2),
                                 .sections = db_text(rows, 3),
                                 .is_active = db_i64(rows, 4) != 0};
}

enum rc own_template_load(struct cx *cx, struct id id, struct own_template *ret)
{
    struct own_template own = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_S(cx->actor.user.s)};
    TRY(db_query(cx->db, cx->arena, &SQL_TEMPLATE_BY_ID, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        own = own_from_row(rows);
    TRY(db_end(rows));
    if (!id_is_set(own.id))
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such template."));
    *ret = own;
    return RC_OK;
}

enum rc own_template_list_away(struct cx *cx, struct own_template **ret, int *ret_n)
{
    struct own_template *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_S(cx->actor.user.s), DB_I(0)};
    TRY(db_query(cx->db, cx->arena, &SQL_TEMPLATE_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = own_from_row(rows);
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc own_template_save(struct cx *cx, struct own_template *own)
{
    bool is_new = !id_is_set(own->id);
    struct id id = is_new ? id_new() : own->id;
    int64_t n_changed = 1;
    TRY(check(cx, own));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (is_new) {
        struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_ID(cx->actor.user), DB_S(own->name),
                             DB_S(own->sections)};
        TRY(db_exec(cx->db, &SQL_TEMPLATE_INSERT, v, N_ELEMS(v), NULL));
    } else {
        struct db_val v[] = {DB_S(own->name),    DB_S(own->sections), DB_I(own->is_active),
                             DB_I(cx->practice), DB_ID(id),           DB_ID(cx->actor.user),
                             DB_I(own->version)};
        TRY(db_exec(cx->db, &SQL_TEMPLATE_UPDATE, v, N_ELEMS(v), &n_changed));
    }
    if (n_changed == 0)
        return refuse(cx, RC_CONFLICT, "version",
                      N_("This template was changed on another device."));
    TRY(audit_change(cx, "note_template", id, is_new ? "create" : "change", NULL));
    TRY(db_commit(&tx));
    own->id = id;
    own->version = is_new ? 1 : own->version + 1;
    return RC_OK;
}

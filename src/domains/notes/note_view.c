/* SPDX-License-Identifier: AGPL-3.0-or-later
 * note_view.c - a note as pages, JSON and paper show it. */
#include "notes_view.h"

#include <string.h>

enum { SUMMARY_CHARS = 160 };

static const struct choice kind_choices[] = {[NOTE_PROGRESS] = {"note", N_("Note")},
                                             [NOTE_ADDENDUM] = {"addendum", N_("Addendum")},
                                             [NOTE_AMENDMENT] = {"amendment", N_("Amendment")}};
static const struct choice state_choices[] = {
    [NOTE_DRAFT] = {"draft", N_("Draft")}, [NOTE_SIGNED] = {"signed", N_("Signed")}};

/* --- shapes ------------------------------------------------------------------------------- */

static const struct member part_members[] = {
    SHAPE_STR(struct note_part, key),
    SHAPE_STR(struct note_part, title),
    SHAPE_STR(struct note_part, text),
    SHAPE_BOOL(struct note_part, differs),
};
static const struct shape part_shape = SHAPE("NoteSection", part_members);

#define FACTS                                                                                      \
    SHAPE_ID(struct note_view, id), SHAPE_INT(struct note_view, version),                          \
        SHAPE_KEY(struct note_view, kind, kind_choices, (int)N_ELEMS(kind_choices)),               \
        SHAPE_KEY(struct note_view, state, state_choices, (int)N_ELEMS(state_choices)),            \
        SHAPE_INSTANT(struct note_view, about), SHAPE_INSTANT(struct note_view, signed_at),        \
        SHAPE_BOOL(struct note_view, is_late), SHAPE_STR(struct note_view, template),              \
        SHAPE_ID(struct note_view, author_id), SHAPE_STR(struct note_view, author)

static const struct member read_members[] = {
    FACTS,
    SHAPE_ID(struct note_view, client_id),
    SHAPE_ID(struct note_view, appointment_id),
    SHAPE_ID(struct note_view, parent_id),
    SHAPE_LIST(struct note_view, sections, &part_shape),
};
const struct shape note_read_shape = SHAPE("Note", read_members);

static const struct member correction_members[] = {FACTS, SHAPE_STR(struct note_view, summary)};
static const struct shape correction_shape = SHAPE("NoteCorrection", correction_members);
static const struct member row_members[] = {
    FACTS,
    SHAPE_ID(struct note_view, appointment_id),
    SHAPE_STR(struct note_view, summary),
    SHAPE_LIST(struct note_view, corrections, &correction_shape),
};
const struct shape note_row_shape = SHAPE("NoteRow", row_members);

static const struct member page_members[] = {
    SHAPE_OBJECT(struct note_page_view, note, &note_read_shape),
    SHAPE_LIST(struct note_page_view, corrections, &note_read_shape),
};
const struct shape note_page_shape = SHAPE("NotePage", page_members);

/* --- views ----------------------------------------------------------------------------------- */

static void view_sections(struct cx *cx, const struct note *n, const struct note *original,
                          struct note_view *v)
{
    v->n_sections = n->n_sections;
    v->sections = arena_array(cx->arena, struct note_part, n->n_sections);
    for (int i = 0; i < n->n_sections; i++) {
        const struct note_section *s = &n->section[i];
        v->sections[i] = (struct note_part){
            .key = s->key,
            .title = s->title,
            .text = s->text,
            .is_written = s->text[0] != '\0',
            .differs = original != NULL && n->kind == NOTE_AMENDMENT &&
                       strcmp(s->text, note_section_text(original, s->key)) != 0,
        };
    }
}

static const char *template_name(struct cx *cx, const char *key)
{
    struct note_template t;
    int n_errs = cx->n_errs;
    if (note_template_load(cx, key, &t) != RC_OK)
        t.name = ""; /* another author's own */
    cx->n_errs = n_errs;
    return t.name;
}

static struct note_view view_of(struct cx *cx, const struct note *n)
{
    struct note_view v = {.id = n->id,
                          .version = n->version,
                          .client_id = n->client,
                          .appointment_id = n->appointment,
                          .author_id = n->author,
                          .parent_id = n->parent,
                          .kind = n->kind,
                          .state = n->state,
                          .about_ms = n->about_ms,
                          .signed_at_ms = n->signed_ms,
                          .is_late = n->is_late,
                          .template = n->template_key};
    v.summary = note_summary(cx->arena, n, SUMMARY_CHARS);
    v.kind_text = trc(cx, kind_choices[n->kind].label);
    v.template_text = template_name(cx, n->template_key);
    v.about_text = cx_moment(cx, n->about_ms, DATE_FULL);
    v.about_short = cx_moment(cx, n->about_ms, DATE_MEDIUM);
    v.about_iso = zone_format_iso(cx->arena, cx->zone, n->about_ms);
    v.is_draft = n->state == NOTE_DRAFT;
    v.is_amendment = n->kind == NOTE_AMENDMENT;
    return v;
}

enum rc note_views(struct cx *cx, const struct note *list, int n, const struct note *original,
                   struct note_view **ret)
{
    struct note_view *v = arena_array(cx->arena, struct note_view, n + 1);
    for (int i = 0; i < n; i++) {
        struct person author;
        v[i] = view_of(cx, &list[i]);
        view_sections(cx, &list[i], original, &v[i]);
        if (i > 0 && id_eq(v[i].author_id, v[i - 1].author_id)) {
            v[i].author = v[i - 1].author;
        } else {
            TRY(person_load(cx, list[i].author, &author));
            v[i].author = person_name(cx, &author);
        }
        if (!v[i].is_draft)
            v[i].signed_text = trf(cx, N_("Signed by %s, %s"), v[i].author,
                                   cx_moment(cx, list[i].signed_ms, DATE_LONG));
    }
    *ret = v;
    return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * edit_web.c - writing a note: the editor's page, autosave, conflicts, signing, discarding. */
#include "notes_pages.h"

#include <string.h>

static const struct member new_members[] = {
    SHAPE_OBJECT(struct note_edit_view, note, &note_read_shape),
};
const struct shape note_new_shape = SHAPE("NewNote", new_members);

/* --- the page ------------------------------------------------------------------------------ */

static const char *heading(const struct note *n)
{
    static const char *const draft[] = {[NOTE_PROGRESS] = N_("Draft of a note"),
                                        [NOTE_ADDENDUM] = N_("Draft of an addendum"),
                                        [NOTE_AMENDMENT] = N_("Draft of an amendment")};
    return n->version == 0 ? N_("New note") : draft[n->kind];
}

/* What one looks at while writing: the original of a correction, or what was written last time. */
static enum rc view_beside(struct cx *cx, const struct note *n, struct note_edit_view *v)
{
    struct note *beside = arena_new(cx->arena, struct note);
    struct note_view *view;
    int n_before = 0;
    v->is_correction = n->kind != NOTE_PROGRESS;
    if (v->is_correction)
        TRY(note_load(cx, n->parent, beside));
    else
        TRY(note_list_client(cx, n->client, n->about_ms, 1, &beside, &n_before));
    v->has_before = n_before > 0;
    if (!v->is_correction && !v->has_before)
        return RC_OK;
    TRY(note_views(cx, beside, 1, NULL, &view));
    v->beside = view[0];
    return RC_OK;
}

/* What the other device stored, where it differs from what was typed here. */
static void view_others(struct cx *cx, const struct note *n, const struct note *stored,
                        struct note_edit_view *v)
{
    v->is_conflict = true;
    v->is_signed = stored->state == NOTE_SIGNED;
    v->others = arena_array(cx->arena, struct note_other, stored->n_sections);
    for (int i = 0; i < stored->n_sections; i++) {
        const struct note_section *s = &stored->section[i];
        if (strcmp(s->text, note_section_text(n, s->key)) != 0)
            v->others[v->n_others++] = (struct note_other){s->title, s->text};
    }
}

static enum rc view_draft(struct req *rq, const struct note *n, struct note_edit_view *v)
{
    struct cx *cx = rq->cx;
    struct note_view *view;
    struct practice p;
    TRY(practice_load(cx, &p));
    TRY(note_views(cx, n, 1, NULL, &view));
    v->note = view[0];
    TRY(client_header_load(cx, n->client, TAB_NOTES, &v->header));
    TRY(note_editor_load(cx, n, &v->editor));
    TRY(view_beside(cx, n, v));
    v->heading = trc(cx, heading(n));
    v->action = n->version == 0 ? "/notes" : path_of(rq, "/notes/%s", n->id.s);
    v->discard = path_of(rq, "/notes/%s/discard", v->editor.note_id.s);
    v->may_set_about = n->kind == NOTE_PROGRESS && !id_is_set(n->appointment);
    v->about = local_format(cx->arena, zone_local(cx->zone, n->about_ms));
    v->about_text = v->note.about_text;
    v->about_problem = cx_err(cx, "about");
    v->is_late = n->kind == NOTE_PROGRESS && note_is_late(cx, &p, n->about_ms);
    page_init(rq, &v->page, N_("Note"), NAV_CLIENTS);
    return RC_OK;
}

/* The editor with n in it. stored: what another device stored meanwhile, or NULL. */
static enum rc reply_editor(struct req *rq, enum rc rc, const struct note *n,
                            const struct note *stored)
{
    struct note_edit_view *v = arena_new(rq->cx->arena, struct note_edit_view);
    TRY(view_draft(rq, n, v));
    if (stored != NULL)
        view_others(rq->cx, n, stored, v);
    rq->n_disclosed = 1;
    rq->client = n->client;
    return reply_page(rq, rc, &note_new_shape, v, PAGE(notes_edit_html));
}

enum rc note_edit(struct req *rq, const struct note *n)
{
    struct note_view *view;
    if (!rq->wants_json)
        return reply_editor(rq, RC_OK, n, NULL);
    struct note_page_view v = {0};
    TRY(note_views(rq->cx, n, 1, NULL, &view));
    v.note = view[0];
    rq->n_disclosed = 1;
    rq->client = n->client;
    return reply_page(rq, RC_OK, &note_page_shape, &v, PAGE(notes_note_html));
}

/* --- a note that is begun -------------------------------------------------------------------- */

/* An id in the form or the query; RC_NOT_FOUND when it is none. *ret unset: not sent. */
static enum rc id_in(struct req *rq, const struct form *f, const char *key, struct id *ret)
{
    const char *s = form_get(f, key);
    *ret = (struct id){{0}};
    if (!is_filled(s) || id_parse(s, ret))
        return RC_OK;
    return refuse(rq->cx, RC_NOT_FOUND, key, N_("There is nobody of this id."));
}

/* The draft for what the form or query names: an appointment, or a client alone. */
static enum rc begin(struct req *rq, const struct form *f, const char *template_key,
                     struct note *ret)
{
    struct id client, appointment;
    TRY(id_in(rq, f, "client", &client));
    TRY(id_in(rq, f, "appointment", &appointment));
    if (id_is_set(appointment))
        return note_draft_for(rq->cx, appointment, ret);
    if (!id_is_set(client))
        return refuse(rq->cx, RC_INVALID, "client",
                      N_("Say whom the note is about: a client or an appointment."));
    return note_begin_for(rq->cx, client, template_key, ret);
}

enum rc note_new(struct req *rq)
{
    struct note n;
    TRY(begin(rq, &rq->query, form_get(&rq->query, "template"), &n));
    if (id_is_set(n.id))
        return reply_redirect(rq, path_of(rq, "/notes/%s", n.id.s));
    rq->disclosed = n.client;
    return reply_editor(rq, RC_OK, &n, NULL);
}

/* --- what was typed ---------------------------------------------------------------------- */

const struct form_key note_keys[] = {{"client", FORM_STRING},
                                     {"appointment", FORM_STRING},
                                     {"about", FORM_STRING},
                                     {"sign", FORM_BOOL},
                                     {"note_id", FORM_STRING},
                                     {"note.", FORM_STRING},
                                     {0}};

static enum rc read_about(struct cx *cx, const struct form *f, struct note *n)
{
    const char *s = form_get(f, "about");
    int64_t about_ms;
    if (s == NULL)
        return RC_OK;
    if (n->kind != NOTE_PROGRESS || id_is_set(n->appointment))
        return refuse(cx, RC_INVALID, "about", N_("The time of this note is fixed."));
    if (!zone_parse_iso(cx->zone, s, &about_ms))
        return refuse(cx, RC_INVALID, "about", N_("Write date and time of the contact."));
    if (about_ms > cx->now_ms)
        return refuse(cx, RC_INVALID, "about", N_("The contact lies in the future."));
    if (about_ms / 60000 != n->about_ms / 60000) /* the input has no seconds */
        n->about_ms = about_ms;
    return RC_OK;
}

static enum rc read_form(struct cx *cx, const struct form *f, struct note *n)
{
    enum rc rc[] = {read_about(cx, f, n), note_parse(cx, f, n)};
    n->version = form_version(f);
    for (size_t i = 0; i < N_ELEMS(rc); i++)
        TRY(rc[i]);
    return RC_OK;
}

static bool has_words(const struct form *f)
{
    for (int i = 0; i < f->n; i++)
        if (strncmp(f->pair[i].key, "note.", 5) == 0 || strcmp(f->pair[i].key, "about") == 0)
            return true;
    return false;
}

/* --- storing ---------------------------------------------------------------------------------- */

/* Both versions, to choose from: nothing was overwritten. */
static enum rc reply_conflict(struct req *rq, const struct note *n, const struct note *stored)
{
    if (!rq->wants_json) {
        struct note mine = *n;
        mine.id = stored->id;
        mine.version = stored->version;
        return reply_editor(rq, RC_CONFLICT, &mine, stored);
    }
    struct json *j = reply_json(rq, RC_CONFLICT);
    json_key(j, "current");
    json_open(j, '{');
    json_key(j, "id");
    json_str(j, stored->id.s);
    note_json(j, stored);
    json_close(j, '}');
    json_close(j, '}');
    return reply_json_end(rq);
}

static enum rc stale(struct req *rq, const struct note *n)
{
    struct note stored;
    if (id_is_set(n->appointment))
        TRY(note_draft_for(rq->cx, n->appointment, &stored));
    else
        TRY(note_load(rq->cx, n->id, &stored));
    return reply_conflict(rq, n, &stored);
}

static enum rc done(struct req *rq, const struct note *n, bool is_new, bool is_signed)
{
    struct id at = is_signed && n->kind != NOTE_PROGRESS ? n->parent : n->id;
    return reply_done(rq, path_of(rq, "/notes/%s", at.s), n->id, n->version, is_new,
                      is_signed ? N_("Signed. It does not change any more.") : N_("Saved."));
}

/* Somebody was faster with signing; the same words a second time are no conflict (a double click).
 */
static enum rc already_signed(struct req *rq, const struct note *stored, bool sign)
{
    struct note n = *stored;
    enum rc rc = has_words(&rq->form) ? read_form(rq->cx, &rq->form, &n) : RC_OK;
    if (rc == RC_OK && sign && note_says_the_same(&n, stored))
        return done(rq, stored, false, true);
    (void)refuse(rq->cx, RC_CONFLICT, "version",
                 N_("This note was already signed. Write what is missing as an addendum."));
    return reply_conflict(rq, &n, stored);
}

static enum rc write(struct cx *cx, const struct form *f, bool sign, struct note *n)
{
    if (has_words(f) || !sign || n->version == 0)
        TRY(note_save_draft(cx, n));
    return sign ? note_sign(cx, n->id, n->version) : RC_OK;
}

static enum rc store(struct req *rq, struct note *n, bool sign)
{
    bool is_new = n->version == 0;
    if (n->state == NOTE_SIGNED)
        return already_signed(rq, n, sign);
    enum rc rc = read_form(rq->cx, &rq->form, n);
    if (rc == RC_OK && note_wants_template(&rq->form)) /* the words are kept, the sections change */
        return reply_editor(rq, RC_OK, n, NULL);
    if (rc == RC_OK)
        rc = write(rq->cx, &rq->form, sign, n);
    if (rc == RC_INVALID)
        return reply_editor(rq, rc, n, NULL);
    if (rc == RC_CONFLICT)
        return stale(rq, n);
    TRY(rc);
    return done(rq, n, is_new, sign);
}

/* A note that had no row when its page was made. The page's note_id makes a repeated request meet
 * the note that the first one stored. */
enum rc note_store_new(struct req *rq)
{
    struct note n;
    bool sign;
    struct id id = note_id_of(&rq->form);
    TRY(form_flag(rq->cx, &rq->form, "sign", &sign));
    enum rc rc = id_is_set(id) ? note_load(rq->cx, id, &n) : RC_NOT_FOUND;
    if (rc == RC_NOT_FOUND) {
        rq->cx->n_errs = 0;
        rc = begin(rq, &rq->form, form_get(&rq->form, "note.template"), &n);
        if (rc == RC_OK && !id_is_set(n.id)) {
            if (form_version(&rq->form) != 0) /* of a note that the actor may not read */
                return refuse(rq->cx, RC_NOT_FOUND, NULL, N_("There is no such note."));
            n.id = id;
        }
    }
    TRY(rc);
    return store(rq, &n, sign);
}

enum rc note_store(struct req *rq)
{
    struct note n;
    bool sign;
    TRY(form_flag(rq->cx, &rq->form, "sign", &sign));
    TRY(note_load(rq->cx, rq->id[0], &n));
    return store(rq, &n, sign);
}

enum rc note_sign_now(struct req *rq)
{
    struct note n;
    TRY(note_load(rq->cx, rq->id[0], &n));
    return store(rq, &n, true);
}

/* Version 0: the page's note was never stored, and there is nothing to forget. */
enum rc note_discard_now(struct req *rq)
{
    struct note n;
    int64_t version = form_version(&rq->form);
    if (version == 0 && form_has(&rq->form, "client"))
        TRY(begin(rq, &rq->form, "free", &n));
    else
        TRY(note_load(rq->cx, rq->id[0], &n));
    if (version != 0)
        TRY(note_discard(rq->cx, n.id, version));
    return reply_done(rq, path_of(rq, "/clients/%s/notes", n.client.s), n.id, 0, false,
                      N_("Discarded."));
}

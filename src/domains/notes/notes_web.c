/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes_web.c - routes; the client's notes, one note, its corrections, search. */
#include "notes_pages.h"
#include "notes_sql.h"

#include <string.h>

enum { PAGE_NOTES = 20, MAX_HITS = 50 };

/* --- the client's notes -------------------------------------------------------------------- */

static const struct member list_members[] = {
    SHAPE_ID(struct note_list_view, client_id),
    SHAPE_LIST(struct note_list_view, notes, &note_row_shape),
    SHAPE_STR(struct note_list_view, next),
};
static const struct shape list_shape = SHAPE("NoteList", list_members);

/* How many notes of the page have all their corrections among these, which were cut: those before
 * the note of the last one, and the first note in any case. */
static int complete(const struct note_view *notes, int n, const struct note *last)
{
    for (int i = 1; i < n; i++)
        if (notes[i].about_ms < last->about_ms ||
            (notes[i].about_ms == last->about_ms && strcmp(notes[i].id.s, last->parent.s) <= 0))
            return i;
    return n;
}

/* Puts each correction beneath its note; both are in order already. Fewer notes than *n stay when
 * their corrections are too many for one page. */
static enum rc attach_corrections(struct cx *cx, struct note_view *notes, int *n)
{
    struct note_list all;
    struct note_view *views;
    if (*n == 0)
        return RC_OK;
    const struct note_view *oldest = &notes[*n - 1];
    TRY(note_list_corrections(cx, notes[0].client_id,
                              (struct note_place){notes[0].about_ms, notes[0].id},
                              (struct note_place){oldest->about_ms, oldest->id}, &all));
    TRY(note_views(cx, all.note, all.n, NULL, &views));
    if (all.more && all.n > 0)
        *n = complete(notes, *n, &all.note[all.n - 1]);
    for (int i = 0; i < *n; i++) {
        notes[i].corrections = arena_array(cx->arena, struct note_view, all.n);
        for (int k = 0; k < all.n; k++)
            if (id_eq(views[k].parent_id, notes[i].id))
                notes[i].corrections[notes[i].n_corrections++] = views[k];
    }
    return RC_OK;
}

static enum rc choices(struct cx *cx, struct note_list_view *v)
{
    struct note_template *all, usual;
    TRY(note_template_usual(cx, &usual));
    TRY(note_template_list(cx, &all, &v->n_choices));
    v->choices = arena_array(cx->arena, struct note_choice, v->n_choices);
    for (int i = 0; i < v->n_choices; i++)
        v->choices[i] =
            (struct note_choice){all[i].key, all[i].name, strcmp(all[i].key, usual.key) == 0};
    return RC_OK;
}

static enum rc list(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct note_list l;
    struct note_list_view v = {.client_id = rq->id[0]};
    struct id from = {{0}};
    const char *before = form_get(&rq->query, "before");
    if (before != NULL && !id_parse(before, &from))
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such note."));
    TRY(note_list_page(cx, v.client_id, from, PAGE_NOTES + 1, &l));
    v.n_notes = l.n > PAGE_NOTES ? PAGE_NOTES : l.n;
    TRY(note_views(cx, l.note, v.n_notes, NULL, &v.notes));
    TRY(attach_corrections(cx, v.notes, &v.n_notes));
    if (v.n_notes > 0 && (l.more || v.n_notes < l.n))
        v.next =
            path_of(rq, "/clients/%s/notes?before=%s", v.client_id.s, v.notes[v.n_notes - 1].id.s);
    TRY(client_header_load(cx, v.client_id, TAB_NOTES, &v.header));
    TRY(choices(cx, &v));
    v.is_first = before == NULL;
    rq->n_disclosed = v.n_notes;
    page_init(rq, &v.page, N_("Notes"), NAV_CLIENTS);
    return reply_page(rq, RC_OK, &list_shape, &v, PAGE(notes_list_html));
}

/* --- one note -------------------------------------------------------------------------------- */

static enum rc show(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct note n, parent;
    struct note_list l;
    struct note_page_view v = {0};
    struct note_view *view;
    int n_before = page_number(&rq->query) - 1; /* corrections on the pages before this one */
    TRY(note_load(cx, rq->id[0], &n));
    if (n.state == NOTE_DRAFT)
        return note_edit(rq, &n);
    if (n.kind != NOTE_PROGRESS) {
        if (!rq->wants_json) /* a correction is read beneath what it corrects */
            return reply_redirect(rq, path_of(rq, "/notes/%s", n.parent.s));
        TRY(note_load(cx, n.parent, &parent));
    }
    TRY(note_list_children(cx, n.id, n.client, n_before, &l));
    v.n_corrections = l.n;
    if (l.more && l.n > 0)
        v.next = path_of(rq, "/notes/%s?page=%d", n.id.s, n_before + l.n + 1);
    v.is_first = n_before == 0;
    TRY(note_views(cx, &n, 1, n.kind == NOTE_PROGRESS ? NULL : &parent, &view));
    v.note = view[0];
    TRY(note_views(cx, l.note, l.n, &n, &v.corrections));
    TRY(client_header_load(cx, n.client, TAB_NOTES, &v.header));
    v.may_correct = v.header.writes_notes;
    TRY(authorized(cx, ACT_EXPORT, n.client, PURPOSE_CARE, &v.may_print));
    rq->n_disclosed = 1 + v.n_corrections;
    rq->client = n.client;
    page_init(rq, &v.page, N_("Note"), NAV_CLIENTS);
    return reply_page(rq, RC_OK, &note_page_shape, &v, PAGE(notes_note_html));
}

static enum rc pdf(struct req *rq)
{
    struct bytes file;
    struct note n;
    TRY(note_load(rq->cx, rq->id[0], &n));
    TRY(note_pdf(rq->cx, n.id, &file));
    rq->n_disclosed = 1;
    rq->client = n.client;
    return reply_file(rq, "application/pdf", "note.pdf", true, file);
}

static enum rc correct(struct req *rq, enum note_kind kind)
{
    struct id id;
    struct note n;
    TRY(note_correct(rq->cx, rq->id[0], kind, &id));
    TRY(note_load(rq->cx, id, &n));
    return reply_done(rq, path_of(rq, "/notes/%s", id.s), id, n.version, n.version == 1, NULL);
}

static enum rc addendum(struct req *rq)
{
    return correct(rq, NOTE_ADDENDUM);
}

static enum rc amendment(struct req *rq)
{
    return correct(rq, NOTE_AMENDMENT);
}

/* --- search ---------------------------------------------------------------------------------- */

static const struct member hit_members[] = {
    SHAPE_ID(struct note_hit_view, id),         SHAPE_ID(struct note_hit_view, client_id),
    SHAPE_STR(struct note_hit_view, client),    SHAPE_INSTANT(struct note_hit_view, about),
    SHAPE_BOOL(struct note_hit_view, is_draft), SHAPE_STR(struct note_hit_view, before),
    SHAPE_STR(struct note_hit_view, hit),       SHAPE_STR(struct note_hit_view, after),
};
static const struct shape hit_shape = SHAPE("NoteHit", hit_members);
static const struct member search_members[] = {
    SHAPE_STR(struct note_search_view, q),
    SHAPE_INT(struct note_search_view, n_opened),
    SHAPE_BOOL(struct note_search_view, is_cut),
    SHAPE_LIST(struct note_search_view, hits, &hit_shape),
};
static const struct shape search_shape = SHAPE("NoteSearch", search_members);

static enum rc view_hits(struct cx *cx, const struct note_hit *hits, struct note_search_view *v)
{
    struct client_name *name;
    struct id *clients = arena_array(cx->arena, struct id, v->n_hits + 1);
    for (int i = 0; i < v->n_hits; i++)
        clients[i] = hits[i].client;
    TRY(client_names(cx, clients, v->n_hits, &name));
    v->hits = arena_array(cx->arena, struct note_hit_view, v->n_hits + 1);
    for (int i = 0; i < v->n_hits; i++)
        v->hits[i] = (struct note_hit_view){
            .id = hits[i].id,
            .client_id = hits[i].client,
            .about_ms = hits[i].about_ms,
            .is_draft = hits[i].is_draft,
            .client = name[i].name,
            .before = hits[i].before,
            .hit = hits[i].hit,
            .after = hits[i].after,
            .about_text = cx_moment(cx, hits[i].about_ms, DATE_MEDIUM),
            .about_iso = zone_format_iso(cx->arena, cx->zone, hits[i].about_ms),
        };
    return RC_OK;
}

/* The words come in a body only: an address would keep them. */
struct note_query {
    const char *q;
};
static const struct field query_fields[] = {
    TEXT(struct note_query, q, N_("Words to look for"), .max = NOTE_MAX_QUERY_CHARS),
};
static const struct record_type query_type = {.table = "note",
                                              .name = "NoteQuery",
                                              .fields = query_fields,
                                              .n_fields = N_ELEMS(query_fields)};

static enum rc search(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct note_hit *hits = NULL;
    struct note_query asked = {0};
    struct note_search_view v = {.q = form_get(&rq->form, "q")};
    record_init(&query_type, &asked);
    enum rc rc = record_parse(cx, &query_type, &rq->form, NULL, &asked);
    if (rc == RC_OK && asked.q != NULL) /* trimmed: never blanks alone */
        v.was_asked = asked.q[0] != '\0';
    v.q = or_empty(v.q);
    if (v.was_asked)
        rc = note_search(cx, asked.q, MAX_HITS + 1, &hits, &v.n_hits, &v.n_opened);
    if (rc != RC_OK && rc != RC_INVALID)
        return rc;
    v.problem = cx_err(cx, "q");
    v.is_cut = v.n_hits > MAX_HITS;
    v.n_hits = v.is_cut ? MAX_HITS : v.n_hits;
    TRY(view_hits(cx, hits, &v));
    v.found = trnf(cx, "%d note was opened for this search.",
                   "%d notes were opened for this search.", v.n_opened);
    rq->n_disclosed = v.n_hits;
    page_init(rq, &v.page, N_("Search in my notes"), NAV_CLIENTS);
    return reply_page(rq, rc, &search_shape, &v, PAGE(notes_search_html));
}

/* --- the table --------------------------------------------------------------------------- */

enum {
    MAX_NOTE_BODY = 2 * MiB
}; /* twelve sections of 20,000 characters, percent-encoded letters */

static const struct route routes[] = {
    {GET, "/clients/{id}/notes", PERM_CLINICAL_READ, NO_BODY, list, N_("A client's notes"),
     .discloses = "notes", .answer = &list_shape},
    {GET, "/clients/{id}/process-notes", PERM_CLINICAL_WRITE, NO_BODY, process_show,
     N_("One's own process notes on a client"), .discloses = "process notes",
     .answer = &process_shape},
    {POST, "/clients/{id}/process-notes", PERM_CLINICAL_WRITE, 256 * KiB, process_store,
     N_("Store one's own process notes"), .takes = &process_note_type},
    {GET, "/notes/new", PERM_CLINICAL_WRITE, NO_BODY, note_new, N_("Form for a new note"),
     .discloses = "client", .answer = &note_new_shape},
    {GET, "/notes/search", PERM_CLINICAL_READ, NO_BODY, search,
     N_("Form for a search in one's own notes"), .answer = &search_shape},
    {POST, "/notes/search", PERM_CLINICAL_READ, 4 * KiB, search, N_("Search in one's own notes"),
     .discloses = "notes", .answer = &search_shape, .takes = &query_type, .flags = ONLY_READS},
    {POST, "/notes", PERM_CLINICAL_WRITE, MAX_NOTE_BODY, note_store_new, N_("Store a draft"),
     .reads = note_keys},
    {GET, "/notes/{id}", PERM_CLINICAL_READ, NO_BODY, show, N_("One note"), .discloses = "note",
     .answer = &note_page_shape},
    {POST, "/notes/{id}", PERM_CLINICAL_WRITE, MAX_NOTE_BODY, note_store,
     N_("Store a changed draft"), .reads = note_keys},
    {POST, "/notes/{id}/sign", PERM_CLINICAL_WRITE, MAX_NOTE_BODY, note_sign_now,
     N_("Sign a note: it never changes after that"), .reads = note_keys},
    {POST, "/notes/{id}/discard", PERM_CLINICAL_WRITE, MAX_NOTE_BODY, note_discard_now,
     N_("Discard a draft"), .reads = note_keys},
    {POST, "/notes/{id}/addendum", PERM_CLINICAL_WRITE, 4 * KiB, addendum,
     N_("Begin an addendum to a signed note")},
    {POST, "/notes/{id}/amendment", PERM_CLINICAL_WRITE, 4 * KiB, amendment,
     N_("Begin an amendment of a signed note")},
    {GET, "/notes/{id}/pdf", PERM_CLINICAL_READ, NO_BODY, pdf, N_("A note on paper (PDF)"),
     .discloses = "note", .flags = SLOW},
    {GET, "/notes/templates", PERM_CLINICAL_READ, NO_BODY, templates_list,
     N_("Templates: built in and one's own"), .answer = &template_list_shape},
    {GET, "/notes/templates/new", PERM_CLINICAL_WRITE, NO_BODY, template_new,
     N_("Form for a new template"), .answer = &template_shape},
    {POST, "/notes/templates", PERM_CLINICAL_WRITE, 64 * KiB, template_create,
     N_("Make an own template"), .takes = &own_template_type},
    {GET, "/notes/templates/{id}", PERM_CLINICAL_READ, NO_BODY, template_show,
     N_("One of one's own templates"), .answer = &template_shape},
    {POST, "/notes/templates/{id}", PERM_CLINICAL_WRITE, 64 * KiB, template_store,
     N_("Change an own template"), .takes = &own_template_type},
};

const struct domain domain_notes = {
    .name = "notes",
    ROUTES(routes),
    .statements = NOTES_STATEMENTS,
    .n_statements = (int)N_ELEMS(NOTES_STATEMENTS),
    .on_event = notes_event,
    .check = notes_check,
    .check_sealed = notes_check_sealed,
};

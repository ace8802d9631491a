/* SPDX-License-Identifier: AGPL-3.0-or-later
 * process_web.c - the page of the own process notes on a client. */
#include "notes_pages.h"

static const struct member members[] = {
    SHAPE_INT(struct process_view, version),
    SHAPE_RECORD(struct process_view, note, &process_note_type),
};
const struct shape process_shape = SHAPE("ProcessNotePage", members);

static enum rc again(struct req *rq, enum rc rc, const struct process_note *n,
                     const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct process_view v = {.note = *n, .version = n->version, .is_lost = n->is_lost};
    v.form =
        (struct record_form){.cx = cx, .t = &process_note_type, .rec = &v.note, .typed = typed};
    v.action = path_of(rq, "/clients/%s/process-notes", rq->id[0].s);
    TRY(client_header_load(cx, rq->id[0], TAB_NOTES, &v.header));
    rq->n_disclosed = 1;
    page_init(rq, &v.page, N_("Process notes"), NAV_CLIENTS);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &process_shape, &v, PAGE(notes_process_html));
}

enum rc process_show(struct req *rq)
{
    struct process_note n;
    TRY(process_note_load(rq->cx, rq->id[0], &n));
    return again(rq, RC_OK, &n, NULL);
}

enum rc process_store(struct req *rq)
{
    struct process_note n, stored;
    record_init(&process_note_type, &n);
    n.version = form_number(&rq->form, "version"); /* 0: the first words */
    enum rc rc = record_parse(rq->cx, &process_note_type, &rq->form, NULL, &n);
    if (rc == RC_OK)
        rc = process_note_save(rq->cx, rq->id[0], &n);
    if (rc == RC_INVALID)
        return again(rq, rc, &n, &rq->form);
    if (rc == RC_CONFLICT) {
        TRY(process_note_load(rq->cx, rq->id[0], &stored));
        return again(rq, rc, &stored, &rq->form);
    }
    TRY(rc);
    return reply_done(rq, path_of(rq, "/clients/%s/process-notes", rq->id[0].s), rq->id[0],
                      n.version, n.version == 1, N_("Saved."));
}

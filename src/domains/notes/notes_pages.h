/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes_pages.h - handlers and shapes, for the table of routes in notes_web.c. */
#pragma once
#include "notes_view.h"

/* edit_web.c */
extern const struct shape note_new_shape;
extern const struct form_key note_keys[];
handler_fn note_new, note_store_new, note_store, note_sign_now, note_discard_now;
enum rc note_edit(struct req *rq, const struct note *n) MUST_USE; /* the author's draft */
/* templates_web.c */
extern const struct shape template_list_shape, template_shape;
handler_fn templates_list, template_new, template_create, template_show, template_store;
/* process_web.c */
extern const struct shape process_shape;
handler_fn process_show, process_store;
/* note_pdf.c */
enum rc note_pdf(struct cx *cx, struct id id, struct bytes *ret) MUST_USE;

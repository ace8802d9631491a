/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_pages.h - handlers of the pages, for the table in agenda_web.c, and what they share. */
#pragma once
#include "agenda_private.h"
#include "agenda_view.h"

handler_fn agenda_day_pdf;
handler_fn appointment_new_show, appointment_create, appointment_show, appointment_save_form,
    appointment_move, appointment_state, appointment_cancel_rest;
handler_fn leave_show, leave_do;
handler_fn client_agenda_show, self_note_save_form;
extern const struct form_key state_keys[];
extern const struct shape appointment_row_shape, appointment_shape, client_agenda_shape,
    leave_shape;

/* A list's row; with_clinician: the list mixes several. */
struct agenda_row agenda_row_of(struct req *rq, const struct appointment_row *a,
                                bool with_clinician);
const char *agenda_chip_class(enum appointment_state s);
bool agenda_id_of(const struct form *f, const char *key,
                  struct id *ret); /* false: none, or no id */

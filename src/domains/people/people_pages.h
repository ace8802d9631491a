/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people_pages.h - handlers of the account and staff pages, for the table in people_web.c. */
#pragma once
#include "people_view.h"

handler_fn account_show, account_save, account_password, account_sign_out;
handler_fn account_session_end;
handler_fn factor_show, factor_do, step_up_show, step_up_do;
handler_fn enrol_show, enrol_app, enrol_passkey, codes_do, app_drop, passkey_drop_do;
handler_fn forgotten_show, invitation_show, invitation_do, staff_link, tokens_show, tokens_do;
handler_fn staff_list, staff_new, staff_create, staff_show, staff_save, staff_hours, staff_access;
enum rc account_page(struct req *rq, enum rc rc) MUST_USE; /* with what was refused */
/* Shows the link once. */
enum rc link_reply(struct req *rq, const struct person *p, const char *token) MUST_USE;
extern const struct shape link_shape, tokens_shape;
extern const struct shape account_shape, staff_shape, person_shape;
extern const struct record_type set_up_type;

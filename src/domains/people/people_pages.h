/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people_pages.h - handlers of the account and staff pages, for the table in people_web.c. */
#pragma once
#include "people_view.h"

handler_fn account_show, account_save, account_password, account_sign_out;
handler_fn staff_list, staff_new, staff_create, staff_show, staff_save, staff_hours;
extern const struct shape account_shape, staff_shape, person_shape;
extern const struct record_type set_up_type;

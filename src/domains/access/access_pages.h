/* SPDX-License-Identifier: AGPL-3.0-or-later
 * access_pages.h - between the files of this folder that make pages. */
#pragma once
#include "access_view.h"

handler_fn emergency_show, emergency_ask, emergencies_show, emergency_close;
extern const struct shape emergencies_shape, emergency_row_shape;

/* cap NULL: the practice's. */
enum rc emergency_rows(struct cx *cx, const struct cap *cap, struct emergency_row **ret,
                       int *ret_n) MUST_USE;

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * practice_pages.h - handlers of rooms and services, for the table in practice_web.c. */
#pragma once
#include "practice_view.h"

handler_fn rooms_show, room_show, room_create, room_store;
handler_fn services_show, service_show, service_create, service_store;
extern const struct shape rooms_shape, room_shape, services_shape, service_shape;

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * agenda_world.h - rooms, services and clients for the tests of the agenda. */
#pragma once
#include "agenda_sql.h"
#include "domains/agenda/agenda_private.h"
#include "domains/agenda/agenda_view.h"
#include "domains/clients/clients_view.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

static struct world w;
static struct id room1, room2, individual, couple, group, ana, berta,
    carla; /* carla is B's client */

static struct id new_room(const char *name)
{
    struct room r = {.name = name, .capacity = 4, .is_active = true};
    OK(room_save(&w.cx, &r));
    return r.id;
}

static struct id new_service(const char *name, enum service_kind kind, enum modality modality)
{
    struct service s = {
        .code = name, .name = name, .duration_min = 50, .kind = kind, .is_active = true};
    s.modality = modality;
    OK(service_save(&w.cx, &s));
    return s.id;
}

static int open_world(void **state)
{
    (void)state;
    if (world_open(&w, &domain_clients, &domain_agenda, NULL) != 0)
        return -1;
    room1 = new_room("Room 1");
    room2 = new_room("Room 2");
    individual = new_service("Individual session", SERVICE_INDIVIDUAL, MODALITY_IN_PERSON);
    couple = new_service("Couple session", SERVICE_COUPLE, MODALITY_VIDEO);
    group = new_service("Grief group", SERVICE_GROUP, MODALITY_IN_PERSON);
    ana = world_client(&w, CLINICIAN_A, "Ana", "Sanz");
    berta = world_client(&w, CLINICIAN_A, "Berta", "Sanz");
    carla = world_client(&w, CLINICIAN_B, "Carla", "Sanz");
    return 0;
}

/* The instant of a wall time in the practice: 1000 is 10:00. */
static int64_t at(int y, int m, int d, int hhmm)
{
    int64_t ms;
    struct local l = {days_from_civil(y, m, d), hhmm / 100 * 60 + hhmm % 100};
    (void)zone_instant(w.cx.zone, l, &ms);
    return ms;
}

static UNUSED struct appointment draft(enum who clinician, struct id client, int64_t start_ms)
{
    struct appointment a = {0};
    record_init(&appointment_type, &a);
    a.clinician = w.person[clinician];
    a.service = individual;
    a.start_ms = start_ms;
    a.end_ms = start_ms + 50 * MS_PER_MIN;
    a.client[0] = client;
    a.n_clients = 1;
    return a;
}

static UNUSED struct appointment booked(enum who clinician, struct id client, int64_t start_ms)
{
    struct appointment a = draft(clinician, client, start_ms);
    OK(appointment_save(&w.cx, &a));
    return a;
}

/* Leaves the agenda empty for the next test. */
static UNUSED int empty_agenda(void **state)
{
    (void)state;
    world_as(&w, OWNER);
    world_at(&w, at(2026, 11, 23, 1000));
    OK(db_script(
        w.db,
        "DELETE FROM appointment_slot; DELETE FROM appointment_client; DELETE FROM appointment;"
        "DELETE FROM self_note;"));
    return 0;
}

/* After each test the invariants of `entracte check` hold. */
static UNUSED int holds_together(void **state)
{
    (void)state;
    return world_check(&w, &domain_agenda);
}

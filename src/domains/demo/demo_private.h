/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo_private.h - between the files of this folder. */
#pragma once
#include "demo_dice.h"
#include "demo_words.h"
#include "domains/demo/demo.h"

enum { HOURS_A_DAY = 8, SLOTS_A_WEEK = 5 * HOURS_A_DAY };

struct demo_client {
    struct id id, clinician;
    struct client_keys keys;
    bool is_spanish; /* speaks it in sessions: notes, tasks and all about them are in Spanish */
    int from_week, to_week; /* in treatment, weeks since the practice began */
    int slot;               /* of the clinician's week */
    int second_slot;        /* -1: once a week */
    bool is_couple, is_video;
    int64_t n_held;
    struct charge pending[12]; /* of this month */
    int n_pending;
};
struct demo_clinician {
    struct id id, room;
    const char *template_key;
    struct note_template template, template_es;
    int *slot_client[SLOTS_A_WEEK]; /* indexes of clients in the order they have the slot */
    int n_slot_clients[SLOTS_A_WEEK], cap_slot_clients[SLOTS_A_WEEK];
    int n_slots;
};
struct demo {
    struct cx *cx;
    struct arena *keep; /* lives through the whole run; cx->arena is wiped each week */
    struct dice dice;
    struct demo_options o;
    struct demo_clinician *clinician;
    struct demo_client *client;
    int n_clients;
    struct service individual, video, couple, phone;
    struct practice practice;
    int32_t first_monday, today;
    int n_weeks; /* from the beginning to today */
    int64_t now_ms;
    int64_t last_number; /* of the invoice series of the year */
    int number_year;
};

enum rc demo_people(struct demo *d, struct demo_sign_in **ret, int *ret_n) MUST_USE;
enum rc demo_years(struct demo *d) MUST_USE;

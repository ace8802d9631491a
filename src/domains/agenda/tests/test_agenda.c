/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_agenda.c - booking: what may overlap, repetition, lists, and who sees what. */
#include "agenda_world.h"

#include <pthread.h>

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_agenda);
}

/* --- overlaps ---------------------------------------------------------------------- */

static void what_is_booked_is_loaded(void **state)
{
    (void)state;
    struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000)), is;
    a.room = room1;
    a.remark = "Brings the form";
    OK(appointment_save(&w.cx, &a));
    OK(appointment_load(&w.cx, a.id, &is));
    assert_int_equal(is.version, 1);
    assert_int_equal(is.start_ms, a.start_ms);
    assert_int_equal(is.end_ms, a.end_ms);
    assert_true(id_eq(is.room, room1));
    assert_int_equal(is.n_clients, 1);
    assert_true(id_eq(is.client[0], ana));
    assert_string_equal(is.remark, "Brings the form");
}

static void without_an_end_it_lasts_as_long_as_the_service(void **state)
{
    (void)state;
    struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000));
    a.end_ms = 0;
    OK(appointment_save(&w.cx, &a));
    assert_int_equal(a.end_ms - a.start_ms, 50 * MS_PER_MIN);
}

/* Every way in which two times can lie, against one from 10:00 to 11:00. */
static const struct {
    int start, end;
    bool overlaps;
} positions[] = {
    {800, 900, false},  {900, 1000, false}, {930, 1001, true},   {900, 1100, true},
    {900, 1200, true},  {1000, 1100, true}, {1000, 1030, true},  {1015, 1045, true},
    {1030, 1100, true}, {1059, 1200, true}, {1100, 1200, false}, {1200, 1300, false},
};

static struct appointment one_hour(enum who clinician, struct id client, struct id room, int start,
                                   int end)
{
    struct appointment a = draft(clinician, client, at(2026, 11, 24, start));
    a.end_ms = at(2026, 11, 24, end);
    a.room = room;
    return a;
}

static void overlap_matrix(enum who second, struct id client, struct id room, const char *field,
                           const char *sentence)
{
    const struct id none = {{0}};
    struct id of_first = strcmp(field, "room") == 0 ? room : none;
    for (size_t i = 0; i < N_ELEMS(positions); i++) {
        empty_agenda(NULL);
        struct appointment first = one_hour(CLINICIAN_A, ana, of_first, 1000, 1100);
        struct appointment other =
            one_hour(second, client, room, positions[i].start, positions[i].end);
        OK(appointment_save(&w.cx, &first));
        if (positions[i].overlaps) {
            REFUSED(appointment_save(&w.cx, &other), RC_CONFLICT, field, sentence);
            assert_int_equal(w.cx.n_errs, 1);
        } else {
            OK(appointment_save(&w.cx, &other));
        }
    }
}

static void a_clinician_is_in_one_place(void **state)
{
    (void)state;
    overlap_matrix(CLINICIAN_A, berta, (struct id){{0}}, "clinician",
                   "Ana Alba is already taken then: Tue, 24 Nov, 10:00 to 11:00.");
}

static void a_room_holds_one_appointment(void **state)
{
    (void)state;
    overlap_matrix(CLINICIAN_B, carla, room2, "room",
                   "Room 2 is already taken then: Tue, 24 Nov, 10:00 to 11:00.");
}

static void a_client_is_in_one_place(void **state)
{
    (void)state;
    overlap_matrix(CLINICIAN_B, ana, (struct id){{0}}, "clients",
                   "Ana Sanz is already taken then: Tue, 24 Nov, 10:00 to 11:00.");
}

static void nothing_in_common_may_be_at_once(void **state)
{
    (void)state;
    struct appointment a = one_hour(CLINICIAN_A, ana, room1, 1000, 1100),
                       b = one_hour(CLINICIAN_B, carla, room2, 1000, 1100);
    OK(appointment_save(&w.cx, &a));
    OK(appointment_save(&w.cx, &b));
}

static void all_that_is_in_the_way_is_named(void **state)
{
    (void)state;
    struct appointment a = one_hour(CLINICIAN_A, ana, room1, 1000, 1100),
                       b = one_hour(CLINICIAN_A, ana, room1, 1030, 1130);
    OK(appointment_save(&w.cx, &a));
    assert_int_equal(appointment_save(&w.cx, &b), RC_CONFLICT);
    assert_int_equal(w.cx.n_errs, 3);
}

static void across_midnight_counts_too(void **state)
{
    (void)state;
    struct appointment night = draft(CLINICIAN_A, ana, at(2026, 11, 24, 2300)), early;
    night.end_ms = at(2026, 11, 25, 900);
    OK(appointment_save(&w.cx, &night));
    early = draft(CLINICIAN_A, berta, at(2026, 11, 25, 830));
    assert_int_equal(appointment_save(&w.cx, &early), RC_CONFLICT);
    early.start_ms = at(2026, 11, 25, 900);
    early.end_ms = at(2026, 11, 25, 950);
    OK(appointment_save(&w.cx, &early));
}

/* The trigger and the constraint hold even when nobody looked before. */
static void the_database_itself_refuses(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 24, 1000)),
                       b = booked(CLINICIAN_B, carla, at(2026, 11, 24, 1000));
    for (size_t i = 0; i < N_ELEMS(positions); i++) {
        int64_t start =
            a.start_ms + (at(2026, 11, 24, positions[i].start) - at(2026, 11, 24, 1000));
        int64_t end = a.start_ms + (at(2026, 11, 24, positions[i].end) - at(2026, 11, 24, 1000));
        struct db_tx tx = {0};
        struct db_val v[] = {DB_I(w.cx.practice), DB_ID(a.clinician), DB_I(start),
                             DB_I(end),           DB_ID(b.id),        DB_I(0)};
        OK(db_begin(w.db, &tx));
        bool overlaps = start < a.end_ms && a.start_ms < end;
        assert_int_equal(db_exec(w.db, &SQL_SLOT_INSERT, v, N_ELEMS(v), NULL),
                         overlaps ? RC_CONFLICT : RC_OK);
        db_rollback(&tx);
    }
}

/* --- at the same time --------------------------------------------------------------------- */

enum { N_THREADS = 8, N_ATTEMPTS = 40 };
struct attempt {
    struct appointment a;
    enum rc rc;
    const char *sentence;
};
static pthread_barrier_t gate;

/* A connection of its own, and run again when busy, as the web does. */
static void *book_at_once(void *arg)
{
    struct attempt *t = arg;
    struct arena arena;
    struct cx cx = w.cx;
    arena_init(&arena, (size_t)16 << 20);
    cx.arena = &arena;
    t->rc = db_open(w.url, false, &cx.db);
    pthread_barrier_wait(&gate);
    if (t->rc != RC_OK)
        return NULL;
    cx_practice(&cx, w.cx.practice);
    for (int n = 0; n < N_ATTEMPTS; n++) {
        cx.n_errs = 0;
        t->rc = appointment_save(&cx, &t->a);
        if (t->rc != RC_BUSY)
            break;
    }
    t->sentence = cx.n_errs > 0 ? strdup(cx.errs[0].user) : NULL;
    db_close(cx.db);
    arena_wipe(&arena);
    return NULL;
}

static void of_eight_at_once_one_wins(void **state)
{
    (void)state;
    pthread_t thread[N_THREADS];
    struct attempt t[N_THREADS];
    int n_won = 0;
    assert_int_equal(pthread_barrier_init(&gate, NULL, N_THREADS), 0);
    for (int i = 0; i < N_THREADS; i++) {
        t[i] = (struct attempt){.a = one_hour(i % 2 ? CLINICIAN_A : CLINICIAN_B,
                                              i % 2 ? ana : carla, room1, 1000, 1100)};
        assert_int_equal(pthread_create(&thread[i], NULL, book_at_once, &t[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++)
        pthread_join(thread[i], NULL);
    for (int i = 0; i < N_THREADS; i++) {
        n_won += t[i].rc == RC_OK;
        if (t[i].rc != RC_OK) {
            assert_int_equal(t[i].rc, RC_CONFLICT);
            assert_non_null(
                strstr(t[i].sentence, "is already taken then: Tue, 24 Nov, 10:00 to 11:00."));
        }
        free((void *)(uintptr_t)t[i].sentence);
    }
    assert_int_equal(n_won, 1);
    pthread_barrier_destroy(&gate);
}

/* --- moving --------------------------------------------------------------------------------- */

static void moving_frees_the_old_time(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 24, 1000)), b;
    a.start_ms = at(2026, 11, 24, 1020); /* over itself */
    a.end_ms = at(2026, 11, 24, 1110);
    OK(appointment_save(&w.cx, &a));
    assert_int_equal(a.version, 2);
    b = booked(CLINICIAN_A, berta, at(2026, 11, 24, 930));
    b.start_ms = at(2026, 11, 24, 1100);
    b.end_ms = at(2026, 11, 24, 1150);
    REFUSED(appointment_save(&w.cx, &b), RC_CONFLICT, "clinician",
            "Ana Alba is already taken then: Tue, 24 Nov, 10:20 to 11:10.");
    OK(appointment_load(&w.cx, b.id, &b));
    assert_int_equal(b.start_ms, at(2026, 11, 24, 930));
}

static void a_stale_version_changes_nothing(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 24, 1000)), stale = a;
    a.remark = "first";
    OK(appointment_save(&w.cx, &a));
    stale.start_ms += MS_PER_DAY;
    stale.end_ms += MS_PER_DAY;
    REFUSED(appointment_save(&w.cx, &stale), RC_CONFLICT, "version",
            "Somebody else changed this appointment meanwhile.");
    OK(appointment_load(&w.cx, a.id, &stale));
    assert_int_equal(stale.start_ms, a.start_ms);
    assert_string_equal(stale.remark, "first");
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000)), bad = a;
    bad.end_ms = bad.start_ms;
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "end",
            "The appointment ends before it starts.");
    bad = a;
    bad.end_ms = bad.start_ms + MS_PER_DAY + 1;
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "end",
            "An appointment lasts at most a day.");
    bad = a;
    bad.clinician = w.person[RECEPTION];
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "clinician",
            "Choose a clinician of the practice.");
    bad.clinician = id_new();
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "clinician",
            "Choose a clinician of the practice.");
    assert_int_equal(w.cx.n_errs, 1);
    bad = a;
    bad.room = id_new();
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "room", "Choose a room of the list.");
    bad = a;
    bad.service = id_new();
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "service", "Choose a service of the list.");
    bad = a;
    bad.client[0] = id_new();
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "clients", "Choose a client of the list.");
    bad = a;
    bad.n_clients = 0;
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "clients", "Choose who comes.");
    bad = a;
    bad.client[bad.n_clients++] = berta;
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "clients",
            "An individual session has one client. Choose a couple, family or group service.");
    bad.service = couple;
    bad.client[1] = ana;
    REFUSED(appointment_save(&w.cx, &bad), RC_INVALID, "clients",
            "The same client is named twice.");
}

/* --- repetition ------------------------------------------------------------------------------- */

static int n_stored(void)
{
    struct db_val v[] = {DB_I(w.cx.practice), DB_I(0), DB_I(INT64_MAX)};
    return world_count(&w, &SQL_APPOINTMENT_BETWEEN, v, N_ELEMS(v));
}

static void a_row_is_booked_whole_or_not_at_all(void **state)
{
    (void)state;
    struct id series;
    struct appointment second = booked(CLINICIAN_A, berta, at(2026, 12, 1, 1030));
    struct appointment fourth = booked(CLINICIAN_A, berta, at(2026, 12, 15, 930));
    struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000));
    (void)second, (void)fourth;
    w.cx.n_errs = 0;
    assert_int_equal(appointment_save_weekly(&w.cx, &a, 5, &series), RC_CONFLICT);
    assert_int_equal(w.cx.n_errs, 2);
    assert_string_equal(w.cx.errs[0].user,
                        "Ana Alba is already taken then: Tue, 1 Dec, 10:30 to 11:20.");
    assert_string_equal(w.cx.errs[1].user,
                        "Ana Alba is already taken then: Tue, 15 Dec, 09:30 to 10:20.");
    assert_int_equal(n_stored(), 2);
    a.start_ms = at(2026, 11, 24, 1130);
    a.end_ms = at(2026, 11, 24, 1220);
    OK(appointment_save_weekly(&w.cx, &a, 5, &series));
    assert_int_equal(n_stored(), 7);
    assert_true(id_is_set(series));
}

static void a_row_has_its_limits(void **state)
{
    (void)state;
    struct id series;
    struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000));
    REFUSED(appointment_save_weekly(&w.cx, &a, 0, &series), RC_INVALID, "repeat",
            "Repeat between 1 and 60 times.");
    REFUSED(appointment_save_weekly(&w.cx, &a, 61, &series), RC_INVALID, "repeat",
            "Repeat between 1 and 60 times.");
    OK(appointment_save_weekly(&w.cx, &a, 1, &series));
    assert_false(id_is_set(series));
}

static void local_time_stays(int y, int m, int d)
{
    struct id series;
    struct appointment_row *row;
    int n;
    struct appointment a = draft(CLINICIAN_A, ana, at(y, m, d, 1000));
    OK(appointment_save_weekly(&w.cx, &a, 3, &series));
    OK(appointment_list(&w.cx, at(y, m, d, 0), at(y, m, d, 0) + 30 * MS_PER_DAY,
                        w.person[CLINICIAN_A], &row, &n));
    assert_int_equal(n, 3);
    for (int i = 0; i < n; i++) {
        assert_int_equal(zone_local(w.cx.zone, row[i].start_ms).minute, 10 * 60);
        assert_int_equal(zone_local(w.cx.zone, row[i].end_ms).minute, 10 * 60 + 50);
        assert_int_equal(zone_local(w.cx.zone, row[i].start_ms).days,
                         days_from_civil(y, m, d) + 7 * i);
    }
    assert_int_not_equal(row[2].start_ms - row[0].start_ms,
                         14 * MS_PER_DAY); /* the clocks did change */
}

static void a_weekly_row_keeps_its_time_when_clocks_go_back(void **state)
{
    (void)state;
    local_time_stays(2026, 10, 20); /* 25 October 2026 */
}

static void a_weekly_row_keeps_its_time_when_clocks_go_forward(void **state)
{
    (void)state;
    local_time_stays(2027, 3, 23); /* 28 March 2027 */
}

static void the_rest_of_a_row_is_cancelled_together(void **state)
{
    (void)state;
    struct id series;
    struct appointment_row *row;
    int n, n_cancelled;
    struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000));
    OK(appointment_save_weekly(&w.cx, &a, 5, &series));
    OK(appointment_list_client(&w.cx, ana, INT64_MAX, 10, &row, &n));
    assert_int_equal(n, 5);
    REFUSED(appointment_cancel_series(&w.cx, row[2].id, 7, "moves away", &n_cancelled), RC_CONFLICT,
            "version", "Somebody else changed this appointment meanwhile.");
    OK(appointment_cancel_series(&w.cx, row[2].id, 1, "moves away", &n_cancelled));
    assert_int_equal(n_cancelled, 3);
    OK(appointment_list_client(&w.cx, ana, INT64_MAX, 10, &row, &n));
    for (int i = 0; i < n; i++)
        assert_int_equal(row[i].state, i < 3 ? APPT_CANCELLED : APPT_BOOKED);
    OK(appointment_load(&w.cx, row[0].id, &a));
    assert_string_equal(a.cancel_reason, "moves away");
    a = booked(CLINICIAN_A, berta, at(2026, 12, 22, 1000)); /* the time is free again */
    REFUSED(appointment_cancel_series(&w.cx, a.id, 1, NULL, &n_cancelled), RC_INVALID, NULL,
            "This appointment is not repeated.");
}

/* --- lists ------------------------------------------------------------------------------- */

static void a_day_is_listed_in_order_with_names(void **state)
{
    (void)state;
    struct appointment_row *row;
    int n;
    struct appointment late = booked(CLINICIAN_A, ana, at(2026, 11, 24, 1500)), pair, early;
    early = booked(CLINICIAN_A, berta, at(2026, 11, 24, 900));
    pair = draft(CLINICIAN_B, ana, at(2026, 11, 24, 1200));
    pair.service = couple;
    pair.modality = MODALITY_VIDEO;
    pair.client[pair.n_clients++] = berta;
    pair.remark = "second visit";
    OK(appointment_save(&w.cx, &pair));
    OK(appointment_list(&w.cx, at(2026, 11, 24, 0), at(2026, 11, 25, 0), (struct id){{0}}, &row,
                        &n));
    assert_int_equal(n, 3);
    assert_true(id_eq(row[0].id, early.id) && id_eq(row[1].id, pair.id) &&
                id_eq(row[2].id, late.id));
    assert_string_equal(row[0].title, "Berta Sanz");
    assert_non_null(strstr(row[1].title, " and "));
    assert_int_equal(row[1].n_all_clients, 2);
    assert_string_equal(row[1].place, "Video");
    assert_string_equal(row[1].hint, "Couple");
    assert_string_equal(row[1].remark, "second visit");
    assert_string_equal(row[1].clinician, "Berta Blanco");
    assert_string_equal(row[1].service, "Couple session");
    OK(appointment_list(&w.cx, at(2026, 11, 24, 0), at(2026, 11, 25, 0), w.person[CLINICIAN_A],
                        &row, &n));
    assert_int_equal(n, 2);
    OK(appointment_list(&w.cx, at(2026, 11, 24, 900), at(2026, 11, 24, 1500), w.person[CLINICIAN_A],
                        &row, &n));
    assert_int_equal(n, 1); /* from is in, to is out */
    OK(appointment_list_client(&w.cx, ana, late.start_ms, 10, &row, &n));
    assert_int_equal(n, 1);
    assert_int_equal(row[0].n_all_clients, 2);
    OK(appointment_list_client(&w.cx, ana, INT64_MAX, 1, &row, &n));
    assert_int_equal(n, 1);
    assert_true(id_eq(row[0].id, late.id));
}

/* However many appointments there are, reading a week costs the same number of queries. */
static void a_list_costs_the_same_number_of_queries(void **state)
{
    (void)state;
    struct appointment_row *row;
    int n;
    int64_t calls[2];
    booked(CLINICIAN_A, ana, at(2026, 11, 24, 900));
    for (int k = 0; k < 2; k++) {
        db_fail_nth(w.db, 0);
        OK(appointment_list(&w.cx, at(2026, 11, 23, 0), at(2026, 11, 30, 0), w.person[CLINICIAN_A],
                            &row, &n));
        calls[k] = db_fail_nth(w.db, 0);
        for (int i = 0; i < 8 && k == 0; i++)
            booked(CLINICIAN_A, i % 2 ? ana : berta, at(2026, 11, 25, 900 + 100 * i));
    }
    assert_int_equal(n, 9);
    assert_int_equal(calls[0], calls[1]);
    assert_true(calls[0] > 0 && calls[0] <= 5);
}

static void a_colleagues_time_is_busy_and_nothing_else(void **state)
{
    (void)state;
    struct appointment_row *row;
    struct appointment is;
    int n;
    struct appointment a = draft(CLINICIAN_B, carla, at(2026, 11, 24, 1000)), gone;
    a.room = room2;
    a.remark = "secret";
    OK(appointment_save(&w.cx, &a));
    OK(appointment_set_state(&w.cx, a.id, 1, APPT_CONFIRMED, NULL));
    gone = booked(CLINICIAN_B, carla, at(2026, 11, 24, 1200));
    OK(appointment_set_state(&w.cx, gone.id, 1, APPT_CANCELLED, "ill"));
    world_as(&w, CLINICIAN_A);
    OK(appointment_list(&w.cx, at(2026, 11, 24, 0), at(2026, 11, 25, 0), (struct id){{0}}, &row,
                        &n));
    assert_int_equal(n, 1); /* that one was cancelled is not A's business */
    assert_string_equal(row[0].title, "Busy");
    assert_string_equal(row[0].remark, "");
    assert_string_equal(row[0].service, "");
    assert_string_equal(row[0].hint, "");
    assert_string_equal(row[0].room, "Room 2");
    assert_false(id_is_set(row[0].client_id));
    assert_int_equal(row[0].state, APPT_BOOKED);
    assert_false(row[0].may_open || row[0].may_move);
    REFUSED(appointment_load(&w.cx, a.id, &is), RC_NOT_FOUND, NULL,
            "There is no such appointment.");
    REFUSED(appointment_row_load(&w.cx, a.id, row), RC_NOT_FOUND, NULL,
            "There is no such appointment.");
    world_as(&w, RECEPTION);
    OK(appointment_list(&w.cx, at(2026, 11, 24, 0), at(2026, 11, 25, 0), (struct id){{0}}, &row,
                        &n));
    assert_int_equal(n, 2);
    assert_string_equal(row[0].title, "Carla Sanz");
    assert_string_equal(row[0].hint, "Confirmed");
    assert_true(row[0].may_open && row[0].may_move);
}

static void conflicts_do_not_name_clients_of_others(void **state)
{
    (void)state;
    struct appointment a = draft(CLINICIAN_B, carla, at(2026, 11, 24, 1000)),
                       b = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1030));
    a.room = b.room = room2;
    OK(appointment_save(&w.cx, &a));
    world_as(&w, CLINICIAN_A);
    REFUSED(appointment_save(&w.cx, &b), RC_CONFLICT, "room",
            "Room 2 is already taken then: Tue, 24 Nov, 10:00 to 10:50.");
    assert_int_equal(w.cx.n_errs, 1);
}

static void a_clinician_books_in_the_own_agenda_with_own_clients(void **state)
{
    (void)state;
    struct appointment a = draft(CLINICIAN_B, ana, at(2026, 11, 24, 1000));
    world_as(&w, CLINICIAN_A);
    REFUSED(appointment_save(&w.cx, &a), RC_INVALID, "clinician",
            "You can book only in your own agenda.");
    a = draft(CLINICIAN_A, carla, at(2026, 11, 24, 1000));
    REFUSED(appointment_save(&w.cx, &a), RC_INVALID, "clients", "Choose a client of the list.");
    a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000));
    OK(appointment_save(&w.cx, &a));
    world_as(&w, CLINICIAN_B);
    a.start_ms += MS_PER_DAY;
    a.end_ms += MS_PER_DAY;
    a.clinician = w.person[CLINICIAN_B];
    assert_int_not_equal(appointment_save(&w.cx, &a), RC_OK);
}

static void another_practice_sees_nothing(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 24, 1000));
    cx_practice(&w.cx, 2);
    enum rc rc = appointment_load(&w.cx, a.id, &a);
    cx_practice(&w.cx, 1);
    assert_int_equal(rc, RC_NOT_FOUND);
}

static void the_free_same_slot_is_suggested(void **state)
{
    (void)state;
    int64_t ms[3];
    int n;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 900));
    booked(CLINICIAN_A, berta, at(2026, 11, 30, 930));
    OK(appointment_suggest(&w.cx, &a, 3, ms, &n));
    assert_int_equal(n, 3);
    assert_int_equal(ms[0], at(2026, 12, 7, 900));
    assert_int_equal(ms[2], at(2026, 12, 21, 900));
    a = booked(CLINICIAN_A, ana, at(2027, 3, 22, 900)); /* the clocks change on the 28th */
    OK(appointment_suggest(&w.cx, &a, 1, ms, &n));
    assert_int_equal(ms[0], at(2027, 3, 29, 900));
}

/* The n-th call of the database fails, n = 1, 2, ... until all goes well: never half a write. */
static void a_booking_that_fails_anywhere_leaves_nothing(void **state)
{
    (void)state;
    int n = 0;
    enum rc rc;
    struct id series;
    do {
        struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 24, 1000));
        db_fail_nth(w.db, ++n);
        rc = appointment_save_weekly(&w.cx, &a, 2, &series);
        db_fail_nth(w.db, 0);
        assert_int_equal(n_stored(), rc == RC_OK ? 2 : 0);
    } while (rc != RC_OK && n < 80);
    assert_int_equal(rc, RC_OK);
    assert_true(n > 10);
}

#define test(f_) cmocka_unit_test_setup_teardown(f_, empty_agenda, holds_together)

int main(void)
{
    const struct CMUnitTest t[] = {
        cmocka_unit_test(every_statement_prepares),
        test(what_is_booked_is_loaded),
        test(without_an_end_it_lasts_as_long_as_the_service),
        test(a_clinician_is_in_one_place),
        test(a_room_holds_one_appointment),
        test(a_client_is_in_one_place),
        test(nothing_in_common_may_be_at_once),
        test(all_that_is_in_the_way_is_named),
        test(across_midnight_counts_too),
        test(the_database_itself_refuses),
        test(of_eight_at_once_one_wins),
        test(moving_frees_the_old_time),
        test(a_stale_version_changes_nothing),
        test(what_makes_no_sense_is_refused),
        test(a_row_is_booked_whole_or_not_at_all),
        test(a_row_has_its_limits),
        test(a_weekly_row_keeps_its_time_when_clocks_go_back),
        test(a_weekly_row_keeps_its_time_when_clocks_go_forward),
        test(the_rest_of_a_row_is_cancelled_together),
        test(a_day_is_listed_in_order_with_names),
        test(a_list_costs_the_same_number_of_queries),
        test(a_colleagues_time_is_busy_and_nothing_else),
        test(conflicts_do_not_name_clients_of_others),
        test(a_clinician_books_in_the_own_agenda_with_own_clients),
        test(another_practice_sees_nothing),
        test(the_free_same_slot_is_suggested),
        test(a_booking_that_fails_anywhere_leaves_nothing),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}

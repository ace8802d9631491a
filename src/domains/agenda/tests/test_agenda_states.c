/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_agenda_states.c - from booked to held, cancelled or missed; attendance; the note to self. */
#include "agenda_world.h"

static int64_t version_of(struct id id)
{
    struct appointment a;
    OK(appointment_load(&w.cx, id, &a));
    return a.version;
}

static enum rc set(struct id id, enum appointment_state s)
{
    return appointment_set_state(&w.cx, id, version_of(id), s, NULL);
}

static int64_t ordinal_of(struct id id)
{
    struct appointment_row r;
    OK(appointment_row_load(&w.cx, id, &r));
    return r.ordinal;
}

static void cancelling_frees_the_time_and_keeps_the_reason(void **state)
{
    (void)state;
    static const enum appointment_state ends[] = {APPT_CANCELLED, APPT_LATE_CANCEL, APPT_NO_SHOW};
    for (size_t i = 0; i < N_ELEMS(ends); i++) {
        empty_agenda(NULL);
        struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 900)), b;
        OK(appointment_set_state(&w.cx, a.id, a.version, ends[i], "ill"));
        OK(appointment_load(&w.cx, a.id, &b));
        assert_int_equal(b.state, ends[i]);
        assert_string_equal(b.cancel_reason, "ill");
        booked(CLINICIAN_A, berta, at(2026, 11, 23, 900));
        REFUSED(set(a.id, APPT_BOOKED), RC_CONFLICT, "clinician",
                "Ana Alba is already taken then: Mon, 23 Nov, 09:00 to 09:50.");
    }
}

static void what_was_cancelled_by_a_slip_is_taken_back(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 900)),
                       b = draft(CLINICIAN_A, berta, a.start_ms);
    OK(appointment_set_state(&w.cx, a.id, a.version, APPT_CANCELLED, "ill"));
    OK(set(a.id, APPT_BOOKED));
    OK(appointment_load(&w.cx, a.id, &a));
    assert_true(a.cancel_reason == NULL || a.cancel_reason[0] == '\0');
    assert_int_equal(appointment_save(&w.cx, &b), RC_CONFLICT);
}

static void a_stale_state_changes_nothing(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 900));
    OK(set(a.id, APPT_CONFIRMED));
    REFUSED(appointment_set_state(&w.cx, a.id, a.version, APPT_CANCELLED, NULL), RC_CONFLICT,
            "version", "Somebody else changed this appointment meanwhile.");
    OK(appointment_load(&w.cx, a.id, &a));
    assert_int_equal(a.state, APPT_CONFIRMED);
}

/* From each state to each: booked, confirmed, arrived, held, late, no-show, cancelled. */
static void only_sensible_steps_are_taken(void **state)
{
    (void)state;
    static const char allowed[APPT_N_][APPT_N_ + 1] = {
        "1111111", "1111111", "1111111", /* open: anything */
        "1111000",                       /* held: opened again first */
        "1110111", "1110111", "1110111", /* did not take place: not held at once */
    };
    for (int from = 0; from < APPT_N_; from++)
        for (int to = 0; to < APPT_N_; to++) {
            empty_agenda(NULL);
            struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 900));
            OK(set(a.id, (enum appointment_state)from));
            enum rc rc = set(a.id, (enum appointment_state)to);
            if (rc != (allowed[from][to] == '1' ? RC_OK : RC_INVALID))
                fail_msg("from %s to %s: rc %d", appointment_state_choices[from].key,
                         appointment_state_choices[to].key, rc);
            assert_int_equal(holds_together(NULL), 0);
        }
}

static void what_is_still_to_come_was_not_missed(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 24, 900));
    REFUSED(set(a.id, APPT_NO_SHOW), RC_INVALID, "state", "This appointment is still to come.");
    REFUSED(set(a.id, APPT_HELD), RC_INVALID, "state", "This appointment is still to come.");
    OK(set(a.id, APPT_LATE_CANCEL));
}

static void what_is_over_is_not_moved(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 900)), moved;
    OK(appointment_close(&w.cx, a.id, APPT_HELD, 0, 0));
    OK(appointment_load(&w.cx, a.id, &a));
    moved = a;
    moved.start_ms += MS_PER_DAY;
    moved.end_ms += MS_PER_DAY;
    REFUSED(appointment_save(&w.cx, &moved), RC_INVALID, "state",
            "This session is over and cannot be moved or changed here.");
    REFUSED(set(a.id, APPT_CANCELLED), RC_INVALID, "state",
            "This session is closed. Its Close page corrects what was recorded.");
    a.remark = "paid in cash";
    OK(appointment_save(&w.cx, &a)); /* a remark may be added */
    assert_int_equal(ordinal_of(a.id), 1);
    a = booked(CLINICIAN_A, berta, at(2026, 11, 25, 900));
    OK(set(a.id, APPT_CANCELLED));
    OK(appointment_load(&w.cx, a.id, &moved));
    moved.room = room1;
    REFUSED(appointment_save(&w.cx, &moved), RC_INVALID, "state",
            "This appointment was cancelled or missed. Book it again before you move it.");
}

static void closing_twice_is_closing_once(void **state)
{
    (void)state;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 23, 900)), first, second;
    OK(appointment_close(&w.cx, a.id, APPT_HELD, a.start_ms, a.end_ms));
    OK(appointment_load(&w.cx, a.id, &first));
    assert_int_equal(first.closed_ms, w.cx.now_ms);
    world_at(&w, w.cx.now_ms + 60000);
    OK(appointment_close(&w.cx, a.id, APPT_HELD, a.start_ms, a.end_ms));
    OK(appointment_load(&w.cx, a.id, &second));
    assert_int_equal(second.version, first.version);
    assert_int_equal(second.closed_ms, first.closed_ms);
    OK(appointment_close(&w.cx, a.id, APPT_NO_SHOW, 0, 0)); /* corrected */
    OK(appointment_load(&w.cx, a.id, &second));
    assert_int_equal(second.state, APPT_NO_SHOW);
    assert_int_equal(second.closed_ms, first.closed_ms);
    REFUSED(appointment_close(&w.cx, a.id, APPT_CANCELLED, 0, 0), RC_INVALID, "attendance",
            "Say whether the session was held.");
}

static void held_sessions_are_numbered_in_the_order_of_time(void **state)
{
    (void)state;
    struct appointment a[4];
    for (int i = 0; i < 4; i++)
        a[i] = booked(CLINICIAN_A, ana, at(2026, 11, 2 + i, 900));
    OK(appointment_close(&w.cx, a[0].id, APPT_HELD, 0, 0));
    OK(appointment_close(&w.cx, a[3].id, APPT_HELD, 0, 0));
    assert_int_equal(ordinal_of(a[3].id), 2);
    OK(appointment_close(&w.cx, a[1].id, APPT_HELD, 0,
                         0)); /* closed late: the later one moves on */
    assert_int_equal(ordinal_of(a[1].id), 2);
    assert_int_equal(ordinal_of(a[3].id), 3);
    OK(appointment_close(&w.cx, a[2].id, APPT_NO_SHOW, 0, 0));
    assert_int_equal(ordinal_of(a[2].id), 0);
    OK(appointment_close(&w.cx, a[0].id, APPT_LATE_CANCEL, 0, 0)); /* corrected: it was not held */
    assert_int_equal(ordinal_of(a[1].id), 1);
    assert_int_equal(ordinal_of(a[3].id), 2);
}

static void attendance_counts_what_was(void **state)
{
    (void)state;
    static const enum appointment_state was[] = {APPT_HELD,        APPT_NO_SHOW,   APPT_HELD,
                                                 APPT_LATE_CANCEL, APPT_CANCELLED, APPT_BOOKED};
    struct attendance t;
    for (size_t i = 0; i < N_ELEMS(was); i++) {
        struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 2 + (int)i, 900));
        OK(set(a.id, was[i]));
    }
    struct appointment next = booked(CLINICIAN_A, ana, at(2026, 12, 1, 900)),
                       gone = booked(CLINICIAN_A, ana, at(2026, 11, 25, 900));
    OK(set(gone.id, APPT_CANCELLED));
    OK(attendance_load(&w.cx, ana, w.cx.now_ms, &t));
    assert_int_equal(t.n_last, 5); /* what is booked is no outcome */
    assert_int_equal(t.last[0], APPT_CANCELLED);
    assert_int_equal(t.last[4], APPT_HELD);
    assert_int_equal(t.n_held, 2);
    assert_int_equal(t.n_last_held, 2);
    assert_int_equal(t.n_last_missed, 2);
    assert_int_equal(t.n_last_moved, 1);
    assert_int_equal(t.next_start_ms, next.start_ms);
    world_as(&w, CLINICIAN_B);
    assert_int_equal(attendance_load(&w.cx, ana, w.cx.now_ms, &t), RC_NOT_FOUND);
}

static void the_number_of_sessions_outlives_twenty_cancellations(void **state)
{
    (void)state;
    struct attendance t;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 10, 1, 900));
    OK(set(a.id, APPT_HELD));
    for (int i = 0; i < 21; i++) {
        a = booked(CLINICIAN_A, ana, at(2026, 11, 1 + i, 900));
        OK(set(a.id, APPT_CANCELLED));
    }
    OK(attendance_load(&w.cx, ana, w.cx.now_ms, &t));
    assert_int_equal(t.n_last, 20);
    assert_int_equal(t.n_held, 1);
}

static void what_nobody_closed_waits_oldest_first(void **state)
{
    (void)state;
    struct appointment_row *row;
    int n;
    struct appointment a = booked(CLINICIAN_A, ana, at(2026, 11, 20, 900)),
                       b = booked(CLINICIAN_A, berta, at(2026, 11, 19, 900)),
                       c = booked(CLINICIAN_A, ana, at(2026, 11, 18, 900)),
                       d = booked(CLINICIAN_A, ana, at(2026, 11, 17, 900));
    booked(CLINICIAN_B, carla, at(2026, 11, 20, 900));
    booked(CLINICIAN_A, ana, at(2026, 11, 24, 900));
    OK(appointment_close(&w.cx, c.id, APPT_HELD, 0, 0));
    OK(set(d.id, APPT_CANCELLED));
    OK(appointment_list_unclosed(&w.cx, w.person[CLINICIAN_A], w.cx.now_ms, 10, &row, &n));
    assert_int_equal(n, 2);
    assert_true(id_eq(row[0].id, b.id) && id_eq(row[1].id, a.id));
    OK(appointment_list_unclosed(&w.cx, w.person[CLINICIAN_A], w.cx.now_ms, 1, &row, &n));
    assert_int_equal(n, 1);
}

static void the_checker_sees_what_is_wrong(void **state)
{
    (void)state;
    static const char *const harm[] = {
        "DELETE FROM appointment_slot WHERE kind = 1",
        "UPDATE appointment SET state = 6",
        "UPDATE appointment_client SET start_ms = start_ms + 1",
        "UPDATE appointment_client SET ordinal = 7",
    };
    for (size_t i = 0; i < N_ELEMS(harm); i++) {
        empty_agenda(NULL);
        struct appointment a = draft(CLINICIAN_A, ana, at(2026, 11, 23, 900));
        a.room = room1;
        OK(appointment_save(&w.cx, &a));
        OK(set(a.id, APPT_HELD));
        OK(db_script(w.db, harm[i]));
        assert_true(world_check(&w, &domain_agenda) > 0);
    }
    empty_agenda(NULL);
}

/* --- the note to self ------------------------------------------------------------------- */

static void a_note_to_self_is_its_writers(void **state)
{
    (void)state;
    const char *text;
    int64_t version;
    world_as(&w, CLINICIAN_A);
    OK(self_note_load(&w.cx, ana, &text, &version));
    assert_string_equal(text, "");
    assert_int_equal(version, 0);
    OK(self_note_save(&w.cx, ana, "Go slower", 0));
    OK(self_note_load(&w.cx, ana, &text, &version));
    assert_string_equal(text, "Go slower");
    assert_int_equal(version, 1);
    REFUSED(self_note_save(&w.cx, ana, "Faster", 0), RC_CONFLICT, "version",
            "This note to self was changed on another device.");
    OK(self_note_save(&w.cx, ana, NULL, 1));
    OK(self_note_load(&w.cx, ana, &text, &version));
    assert_string_equal(text, "");
    for (enum who who = OWNER; who <= BILLING; who++) {
        world_as(&w, who);
        if (who != CLINICIAN_A)
            assert_int_equal(self_note_load(&w.cx, ana, &text, &version), RC_NOT_FOUND);
    }
}

#define test(f_) cmocka_unit_test_setup_teardown(f_, empty_agenda, holds_together)

int main(void)
{
    const struct CMUnitTest t[] = {
        test(cancelling_frees_the_time_and_keeps_the_reason),
        test(what_was_cancelled_by_a_slip_is_taken_back),
        test(a_stale_state_changes_nothing),
        test(only_sensible_steps_are_taken),
        test(what_is_still_to_come_was_not_missed),
        test(what_is_over_is_not_moved),
        test(closing_twice_is_closing_once),
        test(held_sessions_are_numbered_in_the_order_of_time),
        test(attendance_counts_what_was),
        test(the_number_of_sessions_outlives_twenty_cancellations),
        test(what_nobody_closed_waits_oldest_first),
        test(the_checker_sees_what_is_wrong),
        test(a_note_to_self_is_its_writers),
    };
    return cmocka_run_group_tests(t, open_world, world_close);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_encounters.c - preparing and closing a session: all or nothing, and twice is once. */
#include "app/jobs.h"
#include "domains/billing/billing_view.h"
#include "domains/encounters/encounters_view.h"
#include "domains/notes/notes_view.h"
#include "support.h"

static struct world w;
static struct id client, service, room;
static struct appointment session;

static int open_world(void **state)
{
    (void)state;
    int r = world_open(&w, &domain_encounters, &domain_notes, &domain_billing, NULL);
    struct service s = {.code = "IND",
                        .name = "Individual",
                        .duration_min = 50,
                        .fee_cents = 7000,
                        .is_active = true};
    struct room place = {.name = "Room 1", .capacity = 2, .is_active = true};
    OK(service_save(&w.cx, &s));
    OK(room_save(&w.cx, &place));
    client = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    service = s.id;
    room = place.id;
    session = (struct appointment){.clinician = w.person[CLINICIAN_A],
                                   .service = service,
                                   .room = room,
                                   .start_ms = w.cx.now_ms - INT64_C(3600000),
                                   .client = {client},
                                   .n_clients = 1};
    OK(appointment_save(&w.cx, &session));
    world_as(&w, CLINICIAN_A);
    return r;
}

/* What the Close page would send for a session that was held, with everything filled in. */
static struct close_request full(void)
{
    struct close_request r = {.appointment = session.id,
                              .attendance = APPT_HELD,
                              .actual_start_ms = session.start_ms + 120000,
                              .actual_end_ms = session.end_ms,
                              .sign = true,
                              .charges = true,
                              .fee_cents = 7000,
                              .n_tasks = 1,
                              .next_start_ms = session.start_ms + 7 * MS_PER_DAY};
    OK(note_draft_for(&w.cx, session.id, &r.note));
    r.note.section[0].text = "Slept better.";
    r.note.section[r.note.n_sections - 1].text = "Bring the diary.";
    record_init(&task_type, &r.task[0]);
    r.task[0].kind = TASK_HOMEWORK;
    r.task[0].title = "Sleep diary";
    return r;
}

static void closing_does_everything_at_once(void **state)
{
    (void)state;
    struct id invoice;
    struct close_request r = full();
    OK(encounter_close(&w.cx, &r, &invoice));
    struct appointment a;
    OK(appointment_load(&w.cx, session.id, &a));
    assert_int_equal(a.state, APPT_HELD);
    assert_true(a.closed_ms != 0);
    struct note n;
    OK(note_draft_for(&w.cx, session.id, &n));
    assert_int_equal(n.state, NOTE_SIGNED);
    struct task *t;
    int n_tasks;
    OK(task_list_client(&w.cx, client, 0, 10, &t, &n_tasks));
    assert_int_equal(n_tasks, 1);
    assert_int_equal(t[0].due_days, cx_today(&w.cx) + 7); /* until next time */
    struct balance b;
    OK(balance_load(&w.cx, client, &b));
    assert_int_equal(b.uninvoiced_cents, 7000);
    struct attendance att;
    OK(attendance_load(&w.cx, client, w.cx.now_ms, &att));
    assert_int_equal(att.n_held, 1);
    assert_int_equal(att.next_start_ms, r.next_start_ms);
}

static void closing_twice_charges_and_books_once(void **state)
{
    (void)state;
    struct id invoice;
    struct close_request r = full(), again;
    OK(encounter_close(&w.cx, &r, &invoice));
    again = full();
    again.note.section[0].text = "ignored: the note is signed";
    OK(encounter_close(&w.cx, &again, &invoice));
    struct balance b;
    OK(balance_load(&w.cx, client, &b));
    assert_int_equal(b.uninvoiced_cents, 7000);
    struct task *tasks;
    int n_tasks;
    OK(task_list_client(&w.cx, client, 0, 10, &tasks, &n_tasks));
    assert_int_equal(n_tasks, 1);
    struct appointment_row *rows;
    int n;
    OK(appointment_list_client(&w.cx, client, INT64_MAX, 10, &rows, &n));
    assert_int_equal(n, 2);
}

static void paying_at_once_issues_the_invoice(void **state)
{
    (void)state;
    struct id id;
    struct invoice v;
    struct close_request r = full();
    r.is_paid = true;
    r.method = PAY_CARD;
    OK(encounter_close(&w.cx, &r, &id));
    assert_true(id_is_set(id));
    OK(invoice_load(&w.cx, id, &v));
    assert_int_equal(v.total_cents, 7000);
    assert_int_equal(v.open_cents, 0);
    assert_string_equal(v.full_number, "2026-0001");
}

static void a_taken_next_slot_undoes_the_whole_closing(void **state)
{
    (void)state;
    struct id invoice;
    struct close_request r = full();
    world_as(&w, OWNER);
    struct client other;
    record_init(&client_type, &other);
    other.given_name = "Other";
    other.family_name = "Client";
    other.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &other));
    struct appointment block = {.clinician = w.person[CLINICIAN_A],
                                .service = service,
                                .start_ms = r.next_start_ms,
                                .client = {other.id},
                                .n_clients = 1};
    OK(appointment_save(&w.cx, &block));
    world_as(&w, CLINICIAN_A);
    assert_int_equal(encounter_close(&w.cx, &r, &invoice), RC_CONFLICT);
    w.cx.n_errs = 0;
    struct appointment a;
    OK(appointment_load(&w.cx, session.id, &a));
    assert_int_equal(a.closed_ms, 0);
    struct balance b;
    OK(balance_load(&w.cx, client, &b));
    assert_int_equal(b.uninvoiced_cents, 0);
    struct note n;
    OK(note_draft_for(&w.cx, session.id, &n));
    assert_int_equal(n.version, 0); /* not even the draft */
}

/* The n-th call of the database fails, n = 1, 2, ... until it succeeds: never a half of it. */
static void whatever_fails_closing_is_whole_or_nothing(void **state)
{
    (void)state;
    struct id invoice;
    enum rc rc = RC_BUSY;
    int64_t nth = 0;
    for (nth = 1; rc != RC_OK && nth < 500; nth++) {
        struct close_request r = full();
        struct balance b;
        struct appointment a;
        db_fail_nth(w.db, nth);
        rc = encounter_close(&w.cx, &r, &invoice);
        db_fail_nth(w.db, 0);
        w.cx.n_errs = 0;
        OK(balance_load(&w.cx, client, &b));
        OK(appointment_load(&w.cx, session.id, &a));
        assert_int_equal(a.closed_ms != 0, rc == RC_OK);
        assert_int_equal(b.uninvoiced_cents, rc == RC_OK ? 7000 : 0);
    }
    assert_int_equal(rc, RC_OK);
    assert_true(nth > 20);
}

static void a_no_show_leaves_no_empty_note(void **state)
{
    (void)state;
    struct id invoice;
    struct close_request r = {.appointment = session.id, .attendance = APPT_NO_SHOW};
    OK(note_draft_for(&w.cx, session.id, &r.note));
    OK(encounter_close(&w.cx, &r, &invoice));
    struct note n;
    OK(note_draft_for(&w.cx, session.id, &n));
    assert_int_equal(n.version, 0);
}

static void signing_an_empty_note_is_refused_and_nothing_happens(void **state)
{
    (void)state;
    struct id invoice;
    struct close_request r = {.appointment = session.id,
                              .attendance = APPT_HELD,
                              .sign = true,
                              .charges = true,
                              .fee_cents = 7000};
    OK(note_draft_for(&w.cx, session.id, &r.note));
    assert_int_equal(encounter_close(&w.cx, &r, &invoice), RC_INVALID);
    w.cx.n_errs = 0;
    struct balance b;
    OK(balance_load(&w.cx, client, &b));
    assert_int_equal(b.uninvoiced_cents, 0);
}

static void nobody_else_prepares_or_closes(void **state)
{
    (void)state;
    struct id invoice;
    struct prepare *p = arena_new(&w.arena, struct prepare);
    static const enum who others[] = {OWNER, CLINICIAN_B, RECEPTION, BILLING};
    for (size_t i = 0; i < N_ELEMS(others); i++) {
        struct close_request r = {.appointment = session.id, .attendance = APPT_HELD};
        world_as(&w, others[i]);
        assert_int_equal(prepare_load(&w.cx, session.id, p), RC_NOT_FOUND);
        assert_int_equal(encounter_close(&w.cx, &r, &invoice), RC_NOT_FOUND);
    }
}

static void prepare_knows_what_was_said_and_promised(void **state)
{
    (void)state;
    struct id invoice;
    struct close_request r = full();
    struct prepare *p = arena_new(&w.arena, struct prepare);
    OK(encounter_close(&w.cx, &r, &invoice));
    OK(self_note_save(&w.cx, client, "Go slower.", 0));
    struct appointment_row *rows;
    int n;
    OK(appointment_list_client(&w.cx, client, INT64_MAX, 1, &rows, &n));
    OK(prepare_load(&w.cx, rows[0].id, p));
    assert_string_equal(note_plan(&p->last), "Bring the diary.");
    assert_string_equal(p->self_note, "Go slower.");
    assert_int_equal(p->n_tasks, 1);
    assert_int_equal(p->attendance.n_held, 1);
    assert_int_equal(p->balance.uninvoiced_cents, 7000);
    assert_string_equal(p->row.title, "Marta Sanz");
}

static void the_pages_answer_as_html_and_json(void **state)
{
    (void)state;
    const char *prepare = TEXT_OF("/appointments/%s/prepare", session.id.s);
    const char *close = TEXT_OF("/appointments/%s/close", session.id.s);
    struct web_answer a = world_call(&w, GET, prepare, CLINICIAN_A, NULL);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(answer_text(&w, &a), "Marta Sanz"));
    a = world_get_json(&w, close, CLINICIAN_A);
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(answer_text(&w, &a), "\"fee\":\"70.00\""));
    assert_int_equal(world_call(&w, GET, prepare, CLINICIAN_B, NULL).status, 404);
    assert_int_equal(world_call(&w, GET, prepare, RECEPTION, NULL).status, 403);
}

static void the_close_form_shows_every_error_and_keeps_what_was_typed(void **state)
{
    (void)state;
    const char *close = TEXT_OF("/appointments/%s/close", session.id.s);
    struct web_answer a = world_call(&w, POST, close, CLINICIAN_A,
                                     "attendance=perhaps&actual_start=25%3A00&fee=seventy&note.d="
                                     "kept%20words&tasks.0.title=Diary&tasks.0.kind=homework");
    assert_int_equal(a.status, 422);
    const char *text = answer_text(&w, &a);
    assert_non_null(strstr(text, "kept words"));
    assert_non_null(strstr(text, "Say whether the session was held."));
    assert_non_null(strstr(text, "Write the time as 09:00."));
    assert_non_null(strstr(text, "Write the fee as 70.00."));
    a = world_call(&w, POST, close, CLINICIAN_A, "attendance=held&surprise=1");
    assert_int_equal(a.status, 422);
    assert_non_null(strstr(answer_text(&w, &a), "surprise"));
}

static void a_next_time_that_is_taken_is_said_of_the_next_appointment(void **state)
{
    (void)state;
    world_as(&w, OWNER);
    struct appointment other = session;
    other.id = (struct id){{0}};
    other.version = 0;
    other.start_ms += 7 * MS_PER_DAY;
    other.end_ms += 7 * MS_PER_DAY;
    other.client[0] = world_client(&w, CLINICIAN_A, "Jon", "Sanz");
    OK(appointment_save(&w.cx, &other));
    struct web_answer a =
        POSTED(TEXT_OF("/appointments/%s/close", session.id.s), CLINICIAN_A,
               "attendance=held&fee=70.00&note.d=kept&sign=0&next_other=2026-11-30T09%3A00");
    assert_status(&a, 409);
    assert_holds(&a, "<a href=\"#f-next_other\">Next appointment: Ana Alba is already taken then");
    assert_holds(&a, "id=\"e-next_other\">Ana Alba is already taken then");
}

static int64_t reminder_of(struct id note)
{
    static const struct db_stmt st = {.name = "job",
                                      .n_params = 1,
                                      .text = {"SELECT due_ms FROM job WHERE practice_id = 1 AND "
                                               "kind = 'draft_reminder' AND subject_id = ?1",
                                               "SELECT due_ms FROM job WHERE practice_id = 1 AND "
                                               "kind = 'draft_reminder' AND subject_id = $1"}};
    int64_t due_ms = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    OK(db_query(w.db, &w.arena, &st, (struct db_val[]){DB_ID(note)}, 1, &rows));
    while (db_next(rows))
        due_ms = db_i64(rows, 0);
    OK(db_end(rows));
    return due_ms;
}

static struct note kept(void)
{
    struct note d;
    OK(note_draft_for(&w.cx, session.id, &d));
    d.section[0].text = "x";
    OK(note_save_draft(&w.cx, &d));
    return d;
}

static int n_tasks(void)
{
    struct task *t;
    int n;
    OK(task_list_client(&w.cx, client, 0, 10, &t, &n));
    return n;
}

static void a_draft_is_reminded_of_until_it_is_signed_or_discarded(void **state)
{
    (void)state;
    struct note d = kept();
    int64_t due_ms = session.start_ms + (48 - 24) * INT64_C(3600000);
    assert_int_equal(reminder_of(d.id), due_ms);
    OK(note_discard(&w.cx, d.id, d.version));
    assert_int_equal(reminder_of(d.id), 0);
    d = kept();
    assert_int_equal(reminder_of(d.id), due_ms);
    OK(note_sign(&w.cx, d.id, d.version));
    assert_int_equal(reminder_of(d.id), 0);
}

static void draft_and_reminder_are_written_both_or_neither(void **state)
{
    (void)state;
    struct note d, back;
    enum rc rc = RC_BUSY;
    int64_t nth;
    OK(note_draft_for(&w.cx, session.id, &d));
    d.section[0].text = "x";
    for (nth = 1; rc != RC_OK && nth < 100; nth++) {
        db_fail_nth(w.db, nth);
        rc = note_save_draft(&w.cx, &d);
        db_fail_nth(w.db, 0);
        assert_int_equal(note_load(&w.cx, d.id, &back) == RC_OK, rc == RC_OK);
        assert_int_equal(reminder_of(d.id) != 0, rc == RC_OK);
    }
    assert_true(nth > 5);
    rc = RC_BUSY;
    for (nth = 1; rc != RC_OK && nth < 100; nth++) {
        db_fail_nth(w.db, nth);
        rc = note_sign(&w.cx, d.id, d.version);
        db_fail_nth(w.db, 0);
        OK(note_load(&w.cx, d.id, &back));
        assert_int_equal(back.state == NOTE_SIGNED, rc == RC_OK);
        assert_int_equal(reminder_of(d.id) == 0, rc == RC_OK);
    }
    assert_true(nth > 5);
}

/* As after a crash at that place: the transaction is gone, the claim's postponement may stand. */
static void a_reminder_cut_off_anywhere_makes_one_task_in_the_end(void **state)
{
    (void)state;
    int n_ran = 0;
    int64_t nth, now_ms = w.cx.now_ms + 3 * MS_PER_DAY;
    kept();
    w.app.jobs = domain_encounters.jobs;
    for (nth = 1; n_ran == 0 && nth < 100; nth++, now_ms += MS_PER_DAY) {
        db_fail_nth(w.db, nth);
        enum rc rc = jobs_run(&w.app, w.db, &w.arena, now_ms, 10, &n_ran);
        db_fail_nth(w.db, 0);
        n_ran = rc == RC_OK ? n_ran : 0;
        assert_int_equal(n_tasks(), n_ran);
    }
    assert_true(nth > 5);
    OK(jobs_run(&w.app, w.db, &w.arena, now_ms + MS_PER_DAY, 10, &n_ran));
    assert_int_equal(n_ran, 0);
    assert_int_equal(n_tasks(), 1);
}

static void an_unsigned_draft_becomes_a_task_a_day_before_it_is_late(void **state)
{
    (void)state;
    int n = 0;
    struct task *t;
    kept();
    w.app.jobs = domain_encounters.jobs;
    OK(jobs_run(&w.app, w.db, &w.arena, w.cx.now_ms + 3600000, 10, &n));
    assert_int_equal(n, 0); /* not yet */
    for (int twice = 0; twice < 2; twice++)
        OK(jobs_run(&w.app, w.db, &w.arena, w.cx.now_ms + 3 * MS_PER_DAY, 10, &n));
    OK(task_list_client(&w.cx, client, 0, 10, &t, &n));
    assert_int_equal(n, 1);
    assert_string_equal(t[0].title, "Sign your draft note");
    assert_int_equal(t[0].due_days, cx_today(&w.cx) + 2); /* the session's day and 48 hours */
}

static void the_reminder_of_a_correction_is_not_as_old_as_its_session(void **state)
{
    (void)state;
    struct note d = kept();
    struct task *t;
    int n;
    OK(note_sign(&w.cx, d.id, d.version));
    world_at(&w, w.cx.now_ms + 60 * MS_PER_DAY);
    struct note correction = d;
    correction.id = correction.appointment = (struct id){{0}};
    correction.version = 0;
    correction.kind = NOTE_ADDENDUM;
    correction.parent = d.id;
    OK(note_save_draft(&w.cx, &correction));
    w.app.jobs = domain_encounters.jobs;
    OK(jobs_run(&w.app, w.db, &w.arena, w.cx.now_ms + MS_PER_DAY, 10, &n));
    assert_int_equal(n, 1);
    OK(task_list_client(&w.cx, client, 0, 10, &t, &n));
    assert_int_equal(n, 1);
    assert_int_equal(t[0].due_days, cx_today(&w.cx) + 2);
}

static void the_draft_is_kept_while_writing_and_two_devices_do_not_overwrite(void **state)
{
    (void)state;
    const char *draft = TEXT_OF("/appointments/%s/draft", session.id.s);
    struct web_answer a = world_call(&w, POST, draft, CLINICIAN_A,
                                     "{\"version\":0,\"note\":{\"d\":\"first device\"}}");
    assert_int_equal(a.status, 200);
    assert_non_null(strstr(answer_text(&w, &a), "\"version\":1"));
    a = world_call(&w, POST, draft, CLINICIAN_A,
                   "{\"version\":1,\"note\":{\"d\":\"first device, more\"}}");
    assert_non_null(strstr(answer_text(&w, &a), "\"version\":2"));
    a = world_call(&w, POST, draft, CLINICIAN_A,
                   "{\"version\":1,\"note\":{\"d\":\"second device\"}}");
    assert_int_equal(a.status, 409);
    assert_non_null(strstr(answer_text(&w, &a), "first device, more"));
}

static void a_refused_closing_shows_the_version_that_is_stored(void **state)
{
    (void)state;
    const char *path = TEXT_OF("/appointments/%s/", session.id.s);
    struct web_answer a = world_call(&w, POST, TEXT_OF("%sdraft", path), CLINICIAN_A,
                                     "{\"version\":0,\"note\":{\"d\":\"words\"}}");
    assert_int_equal(a.status, 200);
    char taken[32];
    ms_format_iso(session.start_ms + 10 * MS_PER_MIN, taken);
    a = world_call(&w, POST, TEXT_OF("%sclose", path), CLINICIAN_A,
                   TEXT_OF("attendance=held&version=1&note.d=words&next_other=%s", taken));
    assert_int_equal(a.status, 409);
    assert_non_null(strstr(answer_text(&w, &a), "name=\"version\" value=\"1\""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(closing_does_everything_at_once),
        ALONE(closing_twice_charges_and_books_once),
        ALONE(paying_at_once_issues_the_invoice),
        ALONE(a_taken_next_slot_undoes_the_whole_closing),
        ALONE(whatever_fails_closing_is_whole_or_nothing),
        ALONE(a_no_show_leaves_no_empty_note),
        ALONE(signing_an_empty_note_is_refused_and_nothing_happens),
        ALONE(nobody_else_prepares_or_closes),
        ALONE(prepare_knows_what_was_said_and_promised),
        ALONE(the_pages_answer_as_html_and_json),
        ALONE(a_next_time_that_is_taken_is_said_of_the_next_appointment),
        ALONE(the_close_form_shows_every_error_and_keeps_what_was_typed),
        ALONE(a_draft_is_reminded_of_until_it_is_signed_or_discarded),
        ALONE(draft_and_reminder_are_written_both_or_neither),
        ALONE(a_reminder_cut_off_anywhere_makes_one_task_in_the_end),
        ALONE(an_unsigned_draft_becomes_a_task_a_day_before_it_is_late),
        ALONE(the_reminder_of_a_correction_is_not_as_old_as_its_session),
        ALONE(the_draft_is_kept_while_writing_and_two_devices_do_not_overwrite),
        ALONE(a_refused_closing_shows_the_version_that_is_stored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

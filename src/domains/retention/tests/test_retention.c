/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_retention.c - the clock, restriction, erasure: what goes, what stays, what opens no more. */
#include "app/audit.h"
#include "app/jobs.h"
#include "domains/access/access_view.h"
#include "domains/agenda/agenda_view.h"
#include "domains/billing/billing_view.h"
#include "domains/clients/clients_private.h"
#include "domains/clients/clients_view.h"
#include "domains/keys/keys_private.h"
#include "domains/keys/keys_view.h"
#include "domains/notes/notes_view.h"
#include "domains/people/people_view.h"
#include "domains/practice/practice_view.h"
#include "domains/retention/retention_view.h"
#include "domains/tasks/tasks_view.h"
#include "retention_sql.h"
#include "retention_test_sql.h"
#include "support.h"
#include "support_db.h"

#include <stdio.h>
#include <stdlib.h>

static struct world w;
static struct id marta, jon; /* treated by CLINICIAN_A */

static int open_world(void **state)
{
    (void)state;
    world_open(&w, &domain_practice, &domain_people, &domain_clients, &domain_keys, &domain_agenda,
               &domain_notes, &domain_tasks, &domain_billing, &domain_access, &domain_retention,
               NULL);
    marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    jon = world_client(&w, CLINICIAN_A, "Jon", "Pons");
    return 0;
}

static void close_file(struct id client, int32_t birth_date)
{
    struct client c;
    world_as(&w, OWNER);
    OK(client_load(&w.cx, world_cap(&w, client), &c));
    c.status = CLIENT_CLOSED;
    c.birth_date = birth_date;
    OK(client_save(&w.cx, &c));
}

static void years_pass(int n)
{
    world_at(&w, w.cx.now_ms + n * INT64_C(366) * MS_PER_DAY);
}

static const struct cap *officer(enum action action, struct id client)
{
    const struct cap *cap = NULL;
    world_as(&w, PRIVACY);
    OK(authorize(&w.cx, action, client, PURPOSE_OVERSIGHT, &cap));
    return cap;
}

static enum rc erase(struct id client, bool is_early, const char *words, bool *ret_erased)
{
    struct erasure e = {.reason = ERASE_ASKED, .is_early = is_early, .words = words};
    const struct cap *cap = officer(ACT_BLOCK, client);
    return retention_erase(&w.cx, cap, &e, ret_erased);
}

static void erased(struct id client)
{
    bool yes = false;
    OK(erase(client, true, "A court says so", &yes));
    assert_true(yes);
}

static struct client_name name_for(enum who who, struct id client)
{
    struct client_name *name;
    world_as(&w, who);
    OK(client_names(&w.cx, &client, 1, &name));
    return name[0];
}

static bool exists(enum who who, struct id client)
{
    bool may;
    world_as(&w, who);
    OK(authorized(&w.cx, ACT_KNOW, client, PURPOSE_OVERSIGHT, &may));
    return may;
}

static int n_due(void)
{
    struct retention *list;
    int n;
    world_as(&w, PRIVACY);
    OK(retention_list(&w.cx, 100, &list, &n));
    return n;
}

static int n_broken(void)
{
    int n = 0;
    world_as(&w, PROGRAM);
    for (int i = 0; w.domains[i] != NULL; i++)
        n += w.domains[i]->check != NULL ? world_check(&w, w.domains[i]) : 0;
    return n;
}

/* --- the clock --------------------------------------------------------------------------- */

static void the_clock_runs_from_the_end_of_treatment(void **state)
{
    (void)state;
    struct retention r;
    close_file(marta, DATE_NONE);
    OK(retention_load(&w.cx, officer(ACT_BLOCK, marta), &r));
    assert_int_equal(r.ended_days, cx_today(&w.cx));
    assert_int_equal(r.until_days, days_from_civil(2036, 11, 23));
    assert_false(r.is_over);
    assert_int_equal(n_due(), 0);
    world_at(&w, zone_day_start(w.cx.zone, r.until_days) - 1);
    assert_int_equal(n_due(), 0);
    world_at(&w, zone_day_start(w.cx.zone, r.until_days));
    assert_int_equal(n_due(), 1); /* and not who is in treatment */
}

static void a_file_that_came_closed_keeps_its_end_when_it_is_changed(void **state)
{
    (void)state;
    struct retention r;
    world_as(&w, OWNER);
    struct client c;
    OK(client_load(&w.cx, world_cap(&w, marta), &c));
    c.id = (struct id){{0}};
    c.version = 0;
    c.status = CLIENT_CLOSED;
    OK(client_save(&w.cx, &c));
    OK(retention_load(&w.cx, officer(ACT_BLOCK, c.id), &r));
    int32_t ended = r.ended_days;
    years_pass(2);
    close_file(c.id, DATE_NONE);
    OK(retention_load(&w.cx, officer(ACT_BLOCK, c.id), &r));
    assert_int_equal(r.ended_days, ended);
}

static void for_a_minor_it_runs_from_majority_and_as_long_as_the_practice_says(void **state)
{
    (void)state;
    struct retention r;
    struct practice p;
    close_file(marta, days_from_civil(2012, 5, 1));
    OK(practice_load(&w.cx, &p));
    p.retention_years = 20;
    OK(practice_save(&w.cx, &p));
    OK(retention_load(&w.cx, officer(ACT_BLOCK, marta), &r));
    assert_true(r.is_minor);
    assert_int_equal(r.until_days, days_from_civil(2050, 5, 1));
}

static void who_asks_too_early_is_blocked_and_erased_when_the_time_is_over(void **state)
{
    (void)state;
    bool yes = true;
    struct retention *list;
    int n;
    close_file(marta, DATE_NONE);
    OK(erase(marta, false, NULL, &yes));
    assert_false(yes);
    assert_false(exists(CLINICIAN_A, marta));
    assert_true(exists(PRIVACY, marta));
    OK(retention_list(&w.cx, 100, &list, &n));
    assert_int_equal(n, 1);
    assert_true(list[0].asked_ms != 0 && list[0].is_blocked && !list[0].is_over);
    years_pass(11);
    OK(erase(marta, false, NULL, &yes));
    assert_true(yes);
    assert_int_equal(n_due(), 0);
    assert_int_equal(n_broken(), 0);
}

static void early_erasure_needs_its_reason_in_words(void **state)
{
    (void)state;
    bool yes;
    REFUSED(erase(marta, true, "", &yes), RC_INVALID, "words", "Say why it cannot wait.");
    erased(marta);
}

/* In memory of their own: what the test holds stays. */
static void jobs_done(void)
{
    struct arena a;
    int n = 1;
    arena_init(&a, 16 << 20);
    while (n > 0)
        OK(jobs_run(&w.app, w.db, &a, w.cx.now_ms, 20, &n));
    arena_wipe(&a);
}

/* --- what goes, what stays ---------------------------------------------------------------- */

static void an_erased_client_is_nobody_and_lists_go_on(void **state)
{
    (void)state;
    struct client_name *found;
    struct erasure *e;
    int n;
    erased(marta);
    for (enum who who = OWNER; who <= PRIVACY; who++) {
        assert_false(exists(who, marta));
        assert_string_equal(name_for(who, marta).name, "(erased)");
        assert_false(name_for(who, marta).is_visible);
        world_as(&w, who);
        OK(client_find(&w.cx, "", 100, &found, &n));
        for (int i = 0; i < n; i++)
            assert_string_equal(found[i].name, "Jon Pons");
    }
    assert_false(exists(PROGRAM, marta));
    world_as(&w, PRIVACY);
    OK(erasure_list(&w.cx, 9, &e, &n));
    assert_int_equal(n, 1);
    assert_true(e[0].is_early);
    assert_string_equal(e[0].words, "A court says so");
    assert_false(id_eq(e[0].id, marta));
    assert_int_equal(n_broken(), 0);
    struct web_answer a = GOT(TEXT_OF("/clients/%s", marta.s), OWNER);
    assert_status(&a, 404);
    a = GOT("/clients", OWNER);
    assert_status(&a, 200);
    assert_holds(&a, "Pons");
    assert_lacks(&a, "Sanz");
}

static struct id invoice_of(struct id client)
{
    struct id id;
    struct charge c = {.client = client,
                       .service_days = cx_today(&w.cx) - 1,
                       .amount_cents = 7000,
                       .description = "Individual session"};
    world_as(&w, OWNER);
    OK(charge_save(&w.cx, &c));
    OK(invoice_issue(&w.cx, client, NULL, 0, &id));
    return id;
}

static enum rc load_invoice(enum who who, struct id id, struct invoice *ret)
{
    world_as(&w, who);
    return invoice_load(&w.cx, id, ret);
}

static void a_settled_invoice_is_readable_for_the_tax_office_until_its_period_ends(void **state)
{
    (void)state;
    const struct job_kind *kinds[] = {domain_billing.jobs[0], &keys_epoch_job, NULL};
    struct invoice v;
    bool yes;
    struct id id = invoice_of(marta);
    REFUSED(erase(marta, true, "Asked", &yes), RC_INVALID, NULL,
            "An invoice of this client is not settled. Settle or credit it before the client is "
            "erased.");
    world_as(&w, OWNER);
    struct payment p = {.invoice = id,
                        .amount_cents = 7000,
                        .paid_days = cx_today(&w.cx),
                        .method = PAY_TRANSFER,
                        .reference = "from Marta"};
    OK(payment_save(&w.cx, &p));
    erased(marta);
    OK(load_invoice(BILLING, id, &v));
    assert_string_equal(v.buyer.name, "Marta Sanz");
    assert_int_equal(v.total_cents, 7000);
    assert_int_equal(load_invoice(CLINICIAN_A, id, &v), RC_NOT_FOUND);
    struct web_answer a = GOT(TEXT_OF("/invoices/%s", id.s), BILLING);
    assert_status(&a, 200);
    assert_holds(&a, "Marta Sanz");
    assert_lacks(&a, "from Marta");
    a = GOT("/invoices", BILLING);
    assert_lacks(&a, "Sanz");
    assert_int_equal(n_broken(), 0);
    w.app.jobs = (const struct job_kind *const *)kinds;
    world_at(&w, zone_day_start(w.cx.zone, days_from_civil(2036, 12, 31)));
    jobs_done();
    OK(load_invoice(BILLING, id, &v));
    world_at(&w, zone_day_start(w.cx.zone, days_from_civil(2037, 1, 1)));
    jobs_done();
    assert_int_equal(load_invoice(BILLING, id, &v), RC_NOT_FOUND);
    assert_int_equal(n_broken(), 0);
    w.app.jobs = NULL;
}

static void drafts_go_and_signed_notes_stay_shut(void **state)
{
    (void)state;
    struct note draft, said;
    world_as(&w, CLINICIAN_A);
    OK(note_begin_for(&w.cx, marta, "free", &said));
    said.section[0].text = "signed words";
    OK(note_save_draft(&w.cx, &said));
    OK(note_sign(&w.cx, said.id, said.version));
    OK(note_begin_for(&w.cx, marta, "free", &draft));
    draft.section[0].text = "a draft";
    OK(note_save_draft(&w.cx, &draft));
    erased(marta);
    world_as(&w, CLINICIAN_A);
    assert_int_equal(note_load(&w.cx, said.id, &said), RC_NOT_FOUND);
    assert_int_equal(note_load(&w.cx, draft.id, &draft), RC_NOT_FOUND);
    assert_int_equal(n_broken(), 0);
}

static void rename_to(struct id client, const char *family_name)
{
    struct client c;
    world_as(&w, OWNER);
    OK(client_load(&w.cx, world_cap(&w, client), &c));
    c.family_name = family_name;
    OK(client_save(&w.cx, &c));
}

/* --- failures --------------------------------------------------------------------------------- */

static int n_tombstones(void)
{
    struct erasure *e;
    int n;
    world_as(&w, PRIVACY);
    OK(erasure_list(&w.cx, 9, &e, &n));
    return n;
}

/* Something of each kind that goes; returns a draft. */
static struct id a_full_file(struct id client)
{
    static const unsigned char png[] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0, 0};
    const struct cap *cap;
    struct note draft;
    struct task task = {.kind = TASK_HOMEWORK, .client = client, .title = "Walk"};
    rename_to(client, "Soler");
    OK(authorize(&w.cx, ACT_CHANGE, client, PURPOSE_OFFICE, &cap));
    OK(client_photo_save(&w.cx, cap, (struct bytes){png, sizeof(png)}));
    world_as(&w, CLINICIAN_A);
    OK(note_begin_for(&w.cx, client, "free", &draft));
    draft.section[0].text = "a draft";
    OK(note_save_draft(&w.cx, &draft));
    struct web_answer a =
        POSTED(TEXT_OF("/clients/%s/process-notes", client.s), CLINICIAN_A, "version=0&text=mine");
    assert_status(&a, 303);
    OK(task_save(&w.cx, &task));
    return draft.id;
}

struct traces {
    bool exists, has_key, has_draft, has_process_note, has_photo, has_task, has_words;
    int n_tombstones;
};

static struct traces traces_of(struct id client, struct id draft)
{
    struct note n;
    struct bytes key;
    struct traces t = {.exists = exists(PRIVACY, client), .n_tombstones = n_tombstones()};
    struct db_val one[] = {DB_I(1), DB_ID(client)};
    world_as(&w, PROGRAM);
    t.has_key = client_identity_key(&w.cx, client, &key) == RC_OK;
    t.has_photo = world_count(&w, &SQL_TEST_PHOTO, one, 2) == 1;
    t.has_task = world_count(&w, &SQL_TEST_TASK, one, 2) == 1;
    t.has_process_note = world_count(&w, &SQL_TEST_PROCESS_NOTE, one, 2) == 1;
    t.has_words = world_count(&w, &SQL_TEST_WORDS, one, 2) > 0;
    world_as(&w, CLINICIAN_A);
    t.has_draft = note_load(&w.cx, draft, &n) == RC_OK;
    return t;
}

static void whatever_fails_erasing_is_whole_or_nothing(void **state)
{
    (void)state;
    struct id draft = a_full_file(marta);
    enum rc rc = RC_BUSY;
    int64_t nth;
    bool yes;
    for (nth = 1; rc != RC_OK && nth < 500; nth++) {
        struct erasure e = {.reason = ERASE_ASKED, .is_early = true, .words = "A court says so"};
        const struct cap *cap = officer(ACT_BLOCK, marta);
        db_fail_nth(w.db, nth);
        rc = retention_erase(&w.cx, cap, &e, &yes);
        db_fail_nth(w.db, 0);
        struct traces t = traces_of(marta, draft);
        bool is_there = rc != RC_OK;
        assert_int_equal(t.exists, is_there);
        assert_int_equal(t.has_key, is_there);
        assert_int_equal(t.has_draft, is_there);
        assert_int_equal(t.has_process_note, is_there);
        assert_int_equal(t.has_photo, is_there);
        assert_int_equal(t.has_task, is_there);
        assert_int_equal(t.has_words, is_there);
        assert_int_equal(t.n_tombstones, !is_there);
        assert_int_equal(n_broken(), 0);
    }
    assert_in_range(nth, 25, 499);
}

/* --- once more, in a copy ----------------------------------------------------------------------
 */

static struct tombstone stone_of(struct id client)
{
    struct tombstone t = {.reason = ERASE_ASKED};
    OK(seal_index(w.cx.keys, "erased client",
                  (struct bytes){(const unsigned char *)client.s, strlen(client.s)},
                  t.client_hash));
    return t;
}

/* What keeps a client from being erased was settled where the tombstone comes from. */
static void a_tombstone_erases_again_whatever_speaks_against_it(void **state)
{
    (void)state;
    struct id draft = a_full_file(marta);
    struct tombstone list[2];
    struct erasure *e;
    int n = 0;
    (void)invoice_of(marta);
    world_as(&w, PROGRAM);
    list[0] = stone_of(id_new()); /* of nobody here */
    list[1] = stone_of(marta);
    OK(retention_replay(&w.cx, list, 2, &n));
    assert_int_equal(n, 1);
    assert_false(w.cx.is_replay);
    struct traces t = traces_of(marta, draft);
    assert_false(t.exists || t.has_key || t.has_draft || t.has_process_note || t.has_photo ||
                 t.has_task || t.has_words);
    assert_true(exists(PRIVACY, jon));
    assert_int_equal(n_broken(), 0);
    struct web_answer a = GOT("/retention", PRIVACY);
    assert_status(&a, 200);
    assert_holds(&a, "again, in a backup that was put back");
    world_as(&w, PROGRAM);
    OK(retention_replay(&w.cx, list, 2, &n));
    assert_int_equal(n, 0);
    OK(erasure_list(&w.cx, 9, &e, &n));
    assert_int_equal(n, 1);
}

/* --- what the log says ---------------------------------------------------------------------- */

static void log_keeps_up(void)
{
    bool more = true;
    world_as(&w, PROGRAM);
    cx_practice(&w.cx, 0); /* as the job runner does it */
    while (more)
        OK(audit_log_changes(&w.app, w.db, &w.arena, &more));
    cx_practice(&w.cx, 1);
}

struct told { /* by the rows of changes in the log, of one client */
    int n, n_words;
};

static struct told told_of(struct id client)
{
    struct told t = {0};
    struct logged_change *c;
    unsigned char log[16];
    int n;
    audit_log_id(w.app.audit, log);
    world_as(&w, PROGRAM);
    OK(changes_logged(w.db, &w.arena, log, 0, &c, &n));
    for (int i = 0; i < n; i++) {
        if (!id_eq(c[i].client, client))
            continue;
        assert_null(c[i].fields);
        OK(change_open(&w.cx, &c[i]));
        t.n++;
        t.n_words += c[i].fields != NULL && strcmp(c[i].fields, "family_name") == 0;
    }
    return t;
}

static void what_the_log_said_of_the_erased_is_gone_and_it_stays_whole(void **state)
{
    (void)state;
    struct told t;
    int64_t n, bad = 0;
    rename_to(marta, "Soler");
    rename_to(jon, "Prats");
    log_keeps_up();
    t = told_of(marta);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.n_words, 1);
    rename_to(marta, "Sala"); /* the log has not heard of this one when the key goes */
    erased(marta);
    log_keeps_up();
    t = told_of(marta);
    assert_int_equal(t.n, 2);
    assert_int_equal(t.n_words, 0);
    t = told_of(jon);
    assert_int_equal(t.n, 1);
    assert_int_equal(t.n_words, 1);
    OK(audit_verify(w.folder, w.cx.keys->ring, &n, &bad));
    assert_int_equal(bad, 0);
}

/* --- keys ------------------------------------------------------------------------------------ */

struct copy { /* of a client, as an old backup has it */
    struct id client;
    struct bytes wrapped[SEAL_KEYS_N_], said[SEAL_KEYS_N_];
};

static struct seal_item item_of(const struct copy *o, int c, struct bytes in)
{
    return (struct seal_item){
        .where = {w.cx.practice, o->client, "copy", o->client, (enum seal_class)c, 1},
        .wrapped = o->wrapped[c],
        .in = in};
}

static struct copy copied(struct id client)
{
    struct copy o = {.client = client};
    struct client_keys keys;
    world_as(&w, PROGRAM);
    OK(client_keys_load(&w.cx, world_cap(&w, client), &keys));
    for (int c = SEAL_IDENTITY; c <= SEAL_CLINICAL; c++) {
        o.wrapped[c] = keys.wrapped[c];
        struct seal_item item =
            item_of(&o, c, (struct bytes){(const unsigned char *)"zebracanary", 11});
        OK(seal_close_many(&w.arena, w.cx.keys, &item, 1));
        o.said[c] = item.out;
    }
    return o;
}

static enum rc opens(const struct copy *o, int c)
{
    struct seal_item item = item_of(o, c, o->said[c]);
    return seal_open_many(&w.arena, w.cx.keys, &item, 1);
}

/* Copies of these bytes in the database's file and log; SQLite only. */
static int n_in_files(struct bytes want)
{
    static const char *const suffixes[] = {"", "-wal"};
    int n = 0;
    for (size_t i = 0; i < N_ELEMS(suffixes); i++) {
        FILE *f = fopen(TEXT_OF("%s%s", w.url + strlen("sqlite:"), suffixes[i]), "rb");
        if (f == NULL)
            continue;
        assert_int_equal(fseek(f, 0, SEEK_END), 0);
        size_t len = (size_t)ftell(f);
        rewind(f);
        unsigned char *all = malloc(len + 1), *p = all;
        assert_non_null(all);
        assert_int_equal(fread(all, 1, len, f), len);
        fclose(f);
        while ((p = memmem(p, (size_t)(all + len - p), want.p, want.len)) != NULL)
            n++, p++;
        free(all);
    }
    return n;
}

static void the_keys_are_in_no_page_of_the_file_and_not_in_its_log(void **state)
{
    (void)state;
    struct copy o = copied(marta), other = copied(jon);
    if (!support_db_is_sqlite())
        skip(); /* its files are the cluster's */
    for (int c = SEAL_IDENTITY; c <= SEAL_CLINICAL; c++)
        assert_true(n_in_files(o.wrapped[c]) > 0);
    erased(marta);
    for (int c = SEAL_IDENTITY; c <= SEAL_CLINICAL; c++) {
        assert_int_equal(n_in_files(o.wrapped[c]), 0);
        assert_true(n_in_files(other.wrapped[c]) > 0);
    }
}

static void turn_epochs(void)
{
    static const struct job_kind *const kinds[] = {&keys_epoch_job, NULL};
    w.app.jobs = kinds;
    for (int i = 0; i < 2; i++) {
        world_at(&w, w.cx.now_ms + 31 * MS_PER_DAY);
        jobs_done();
    }
}

static void an_old_copy_opens_nothing_once_the_epoch_is_destroyed(void **state)
{
    (void)state;
    struct copy o = copied(marta), other = copied(jon);
    erased(marta);
    for (int c = SEAL_IDENTITY; c <= SEAL_CLINICAL; c++) {
        OK(opens(&other, c)); /* an old backup of a living client; so the test can fail */
        OK(opens(&o, c));     /* and, until the epoch is destroyed, of the erased one */
    }
    turn_epochs();
    for (int c = SEAL_IDENTITY; c <= SEAL_CLINICAL; c++) {
        assert_int_equal(opens(&o, c), RC_BROKEN);
        assert_int_equal(opens(&other, c), RC_BROKEN); /* the old row of it */
    }
    struct copy now = copied(jon);
    for (int c = SEAL_IDENTITY; c <= SEAL_CLINICAL; c++) {
        now.said[c] = other.said[c];
        OK(opens(&now, c)); /* old words under the new row */
    }
    assert_int_equal(n_broken(), 0);
}

/* --- pages ------------------------------------------------------------------------------------ */

static void the_page_says_what_goes_and_erases(void **state)
{
    (void)state;
    const char *path = TEXT_OF("/clients/%s/erase", marta.s);
    struct web_answer a = GOT(path, PRIVACY);
    assert_status(&a, 200);
    assert_holds(&a, "This file must still be kept");
    assert_holds(&a, "name=\"is_early\" value=\"1\" data-confirm=\"Erase this client?");
    a = GOT(path, OWNER);
    assert_status(&a, 403);
    a = POSTED(path, PRIVACY, "reason=asked");
    assert_status(&a, 303);
    a = GOT("/retention", PRIVACY);
    assert_holds(&a, "Marta Sanz");
    assert_holds(&a, "blocked");
    a = POSTED(path, PRIVACY, "reason=asked&is_early=1");
    assert_status(&a, 422);
    assert_holds(&a, "Say why it cannot wait.");
    a = POSTED(path, PRIVACY, "reason=asked&is_early=1&words=A+court");
    assert_status(&a, 303);
    a = GOT("/retention", OWNER);
    assert_holds(&a, "A court");
    assert_lacks(&a, "Sanz");
    a = GOT(path, PRIVACY);
    assert_status(&a, 404);
}

static void statements_prepare(void **state)
{
    (void)state;
    world_prepares(&w, &domain_retention);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(statements_prepare),
        ALONE(the_clock_runs_from_the_end_of_treatment),
        ALONE(a_file_that_came_closed_keeps_its_end_when_it_is_changed),
        ALONE(for_a_minor_it_runs_from_majority_and_as_long_as_the_practice_says),
        ALONE(who_asks_too_early_is_blocked_and_erased_when_the_time_is_over),
        ALONE(early_erasure_needs_its_reason_in_words),
        ALONE(an_erased_client_is_nobody_and_lists_go_on),
        ALONE(a_settled_invoice_is_readable_for_the_tax_office_until_its_period_ends),
        ALONE(drafts_go_and_signed_notes_stay_shut),
        ALONE(whatever_fails_erasing_is_whole_or_nothing),
        ALONE(a_tombstone_erases_again_whatever_speaks_against_it),
        ALONE(what_the_log_said_of_the_erased_is_gone_and_it_stays_whole),
        ALONE(the_keys_are_in_no_page_of_the_file_and_not_in_its_log),
        ALONE(an_old_copy_opens_nothing_once_the_epoch_is_destroyed),
        ALONE(the_page_says_what_goes_and_erases),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_exports_web.c - who may take what along by page. What is in the files is
 * tests/test_export.py and the story tests/e2e/yours.story.mjs. */
#include "domains/clients/clients_view.h"
#include "domains/exports/exports_view.h"
#include "support.h"

#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct world w;

static int open_world(void **state UNUSED)
{
    int r = world_open(&w, &domain_clients, &domain_exports, NULL);
    w.app.settings.db = w.url;
    w.app.settings.data_dir = w.folder;
    OK(db_script(w.db, "DROP TABLE example")); /* the model's: nobody exports it */
    mkdir(TEXT_OF("%s/outgoing", w.folder), 0700);
    return r;
}

static int close_world(void **state)
{
    exports_stop();
    rmdir(TEXT_OF("%s/outgoing", w.folder));
    return world_close(state);
}
#define BY_PAGE(f_) cmocka_unit_test_setup_teardown(f_, open_world, close_world)

static const char *form_of(const char *more)
{
    return TEXT_OF("password=%s%s", WORLD_PASSWORD, more);
}

/* Until it is no longer being prepared. */
static struct web_answer waited(const char *path, enum who who)
{
    for (int i = 0; i < 500; i++) {
        struct web_answer a = GOT(path, who);
        if (!holds(&a, "It is being prepared"))
            return a;
        nanosleep(&(struct timespec){.tv_nsec = 20 * 1000 * 1000}, NULL);
    }
    fail_msg("it is prepared for ever");
    return (struct web_answer){0};
}

static void the_owner_prepares_everything_with_the_password(void **state UNUSED)
{
    (void)world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    struct web_answer a = POSTED("/exports", OWNER, "password=wrong+wrong+wrong");
    assert_status(&a, 422);
    static const enum who others[] = {CLINICIAN_A, RECEPTION, BILLING, SUPERVISOR, PRIVACY, ADMIN};
    for (size_t i = 0; i < N_ELEMS(others); i++) {
        a = POSTED("/exports", others[i], form_of(""));
        assert_status(&a, 403);
    }
}

static void a_stale_second_factor_prepares_nothing(void **state UNUSED)
{
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    w.is_stale = true;
    struct web_answer a = POSTED(TEXT_OF("/clients/%s/export", client.s), CLINICIAN_A, "");
    assert_string_equal(a.location, "/step-up");
    struct export_run run;
    world_as(&w, CLINICIAN_A);
    assert_int_equal(export_look(&w.cx, (struct id){0}, &run), RC_NOT_FOUND);
}

static void who_treats_a_client_takes_the_record_and_nobody_else(void **state UNUSED)
{
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    const char *path = TEXT_OF("/clients/%s/export", client.s);
    struct web_answer a = GOT(path, CLINICIAN_A);
    assert_status(&a, 200);
    a = GOT(path, CLINICIAN_B);
    assert_status(&a, 404);
    a = POSTED(path, CLINICIAN_B, "");
    assert_status(&a, 404);
    a = POSTED(path, RECEPTION, "");
    assert_status(&a, 403);
    a = POSTED(path, CLINICIAN_A, "");
    assert_status(&a, 303);
    const char *run = a.location;
    a = waited(run, CLINICIAN_A);
    assert_holds(&a, "It is ready.");
    a = GOT(run, CLINICIAN_B); /* neither seen nor taken by others */
    assert_status(&a, 404);
    a = GOT(TEXT_OF("%s/file", run), CLINICIAN_B);
    assert_status(&a, 404);
    a = POSTED(TEXT_OF("%s/cancel", run), CLINICIAN_B, "");
    assert_status(&a, 404);
    a = GOT(TEXT_OF("%s/file", run), CLINICIAN_A);
    assert_status(&a, 200);
    assert_string_equal(a.type, "application/zip");
    assert_true(a.body.len > 1000 && memcmp(a.body.p, "PK\3\4", 4) == 0);
    assert_null(strstr(a.headers, "Sanz"));
    a = POSTED(TEXT_OF("%s/cancel", run), CLINICIAN_A, "");
    assert_status(&a, 303);
    a = GOT(TEXT_OF("%s/file", run), CLINICIAN_A);
    assert_status(&a, 404);
}

static void it_is_taken_three_times_and_is_gone(void **state UNUSED)
{
    struct id client = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    struct web_answer a = POSTED(TEXT_OF("/clients/%s/export", client.s), CLINICIAN_A, "");
    const char *run = a.location;
    (void)waited(run, CLINICIAN_A);
    for (int i = 0; i < 3; i++) {
        a = GOT(TEXT_OF("%s/file", run), CLINICIAN_A);
        assert_status(&a, 200);
    }
    a = GOT(TEXT_OF("%s/file", run), CLINICIAN_A);
    assert_status(&a, 404);
}

static void the_owner_releases_only_of_the_caseload(void **state UNUSED)
{
    struct id mine = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    struct id theirs = world_client(&w, CLINICIAN_B, "Jon", "Etxe");
    const char *path = TEXT_OF("/practice/staff/%s/release", w.person[CLINICIAN_A].s);
    struct web_answer a = GOT(path, OWNER);
    assert_holds(&a, "Marta");
    assert_lacks(&a, "Etxe");
    a = POSTED(path, CLINICIAN_A, TEXT_OF("clients=%s", mine.s));
    assert_status(&a, 403); /* nobody releases to oneself */
    a = POSTED(path, OWNER, TEXT_OF("clients=%s&clients=%s", mine.s, theirs.s));
    assert_status(&a, 422);
    struct release r;
    world_as(&w, OWNER);
    OK(release_load(&w.cx, w.person[CLINICIAN_A], &r));
    assert_int_equal(r.n, 0);
    a = POSTED(path, OWNER, TEXT_OF("clients=%s&with_money=1", mine.s));
    assert_status(&a, 303);
    OK(release_load(&w.cx, w.person[CLINICIAN_A], &r));
    assert_int_equal(r.n, 1);
    assert_true(r.with_money);
    a = POSTED(path, OWNER, "");
    assert_status(&a, 303);
    OK(release_load(&w.cx, w.person[CLINICIAN_A], &r));
    assert_int_equal(r.n, 0);
}

static void nobody_takes_along_who_was_not_released(void **state UNUSED)
{
    (void)world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    struct web_answer a = POSTED("/exports/caseload", CLINICIAN_A, form_of(""));
    assert_status(&a, 422);
    assert_holds(&a, "Nobody was released to you.");
    a = POSTED("/exports/caseload", RECEPTION, form_of(""));
    assert_status(&a, 403);
}

static void every_statement_prepares(void **state UNUSED)
{
    world_prepares(&w, &domain_exports);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        BY_PAGE(the_owner_prepares_everything_with_the_password),
        BY_PAGE(a_stale_second_factor_prepares_nothing),
        BY_PAGE(who_treats_a_client_takes_the_record_and_nobody_else),
        BY_PAGE(it_is_taken_three_times_and_is_gone),
        BY_PAGE(the_owner_releases_only_of_the_caseload),
        BY_PAGE(nobody_takes_along_who_was_not_released),
        BY_PAGE(every_statement_prepares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

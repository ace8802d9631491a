/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_backup.c - which backups are kept, what the owner hears, the page. There and back is
 * tests/test_backup.py. */
#include "backup_sql.h"
#include "domains/backup/backup_view.h"
#include "support.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static struct world w;
static const int64_t hour_ms = 60 * MS_PER_MIN;
static char dir[64];

static int open_world(void **state UNUSED)
{
    snprintf(dir, sizeof(dir), "/tmp/entracte-bk-XXXXXX");
    assert_non_null(mkdtemp(dir));
    return world_open(&w, &domain_backup, NULL);
}

static int close_world(void **state)
{
    rmdir(dir);
    return world_close(state);
}

/* A file and its row, made so long ago. */
static struct id made(int64_t hours_ago, bool is_proven)
{
    struct id id = id_new();
    const char *path = TEXT_OF("%s/%s.age", dir, id.s);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fclose(f);
    struct db_val v[] = {DB_ID(id),  DB_I(w.cx.now_ms - hours_ago * hour_ms),
                         DB_I(1000), DB_I(10),
                         DB_S(path), DB_NIL};
    OK(db_exec(w.cx.db, &SQL_BACKUP_INSERT, v, N_ELEMS(v), NULL));
    if (is_proven)
        OK(backup_proven(&w.cx, id));
    return id;
}

static bool is_there(struct id id)
{
    struct backup *list;
    int n;
    bool is_noted = false, is_file = access(TEXT_OF("%s/%s.age", dir, id.s), F_OK) == 0;
    OK(backup_list(&w.cx, 600, &list, &n));
    for (int i = 0; i < n; i++)
        is_noted = is_noted || id_eq(list[i].id, id);
    assert_int_equal(is_noted, is_file);
    return is_file;
}

static void remove_all(void)
{
    struct backup *list;
    int n;
    OK(backup_list(&w.cx, 600, &list, &n));
    for (int i = 0; i < n; i++)
        (void)unlink(list[i].path);
}

static void days_weeks_and_months_are_kept_and_no_more(void **state UNUSED)
{
    enum { DAYS = 500 };
    struct id daily[DAYS];
    int n_kept = 0;
    world_as(&w, PROGRAM);
    for (int i = 0; i < DAYS; i++)
        daily[i] = made(24 * i, true);
    OK(backup_prune(&w.cx, dir));
    for (int i = 0; i < DAYS; i++)
        n_kept += is_there(daily[i]);
    for (int i = 0; i < 7; i++)
        assert_true(is_there(daily[i]));
    assert_in_range(n_kept, 7 + 3 + 10, 7 + 5 + 12);
    assert_false(is_there(daily[DAYS - 1]));
    remove_all();
}

static void of_one_day_the_newest_is_kept(void **state UNUSED)
{
    world_as(&w, PROGRAM);
    struct id old = made(3, true), new = made(1, true);
    OK(backup_prune(&w.cx, dir));
    assert_false(is_there(old));
    assert_true(is_there(new));
    remove_all();
}

/* What may be the only one is not thrown away because it was not tried out. */
static void what_was_not_proven_goes_when_a_later_one_was(void **state UNUSED)
{
    world_as(&w, PROGRAM);
    struct id old = made(30, false), proven = made(20, true), new = made(1, false);
    OK(backup_prune(&w.cx, dir));
    assert_false(is_there(old));
    assert_true(is_there(proven));
    assert_true(is_there(new));
    remove_all();
}

/* Ten days were made with a clock that was a year ahead. */
static void a_clock_that_was_wrong_costs_no_backup_and_hides_no_alarm(void **state UNUSED)
{
    enum { DAYS = 10, A_YEAR = 365 * 24 };
    struct id ahead[DAYS], daily[DAYS];
    struct notice notice = {0};
    int64_t last_ms = 0;
    world_as(&w, OWNER);
    w.app.settings.backup_to = dir;
    for (int i = 0; i < DAYS; i++)
        ahead[i] = made(24 * i - A_YEAR, true);
    OK(backup_last_proof(&w.cx, &last_ms));
    assert_int_equal(last_ms, 0);
    OK(backup_notice(&w.cx, &notice));
    assert_string_equal(notice.text, "No backup has been made and tried out yet.");
    struct id untried = made(1, false);
    OK(backup_prune(&w.cx, dir));
    assert_true(is_there(untried)); /* the only one of its time */
    for (int i = 0; i < DAYS; i++)
        daily[i] = made(24 * i + 2, true);
    OK(backup_prune(&w.cx, dir));
    for (int i = 0; i < 7; i++)
        assert_true(is_there(daily[i]));
    for (int i = 0; i < DAYS; i++)
        assert_true(is_there(ahead[i]));
    OK(backup_last_proof(&w.cx, &last_ms));
    assert_int_equal(last_ms, w.cx.now_ms - 2 * hour_ms);
    remove_all();
}

static void files_elsewhere_are_left_alone(void **state UNUSED)
{
    world_as(&w, PROGRAM);
    struct id old = made(3, true), new = made(1, true);
    OK(backup_prune(&w.cx, "/tmp"));
    assert_true(is_there(old) && is_there(new));
    OK(backup_prune(&w.cx, TEXT_OF("%s-gone", dir)));
    assert_true(is_there(old) && is_there(new));
    remove_all();
}

static void an_owner_hears_when_no_backup_is_proven_for_a_day(void **state UNUSED)
{
    struct notice n = {0};
    world_as(&w, OWNER);
    OK(backup_notice(&w.cx, &n));
    assert_null(n.text); /* no place for backups: nothing to expect */
    w.app.settings.backup_to = dir;
    OK(backup_notice(&w.cx, &n));
    assert_string_equal(n.text, "No backup has been made and tried out yet.");
    made(25, true);
    n = (struct notice){0};
    OK(backup_notice(&w.cx, &n));
    assert_null(n.text);
    world_at(&w, w.cx.now_ms + 3 * hour_ms);
    world_as(&w, OWNER);
    OK(backup_notice(&w.cx, &n));
    assert_string_equal(n.text, "The last backup that was tried out is 28 hours old.");
    n = (struct notice){0};
    world_as(&w, RECEPTION);
    OK(backup_notice(&w.cx, &n));
    assert_null(n.text);
    remove_all();
}

static void the_page_shows_what_there_is_and_takes_a_wish(void **state UNUSED)
{
    w.app.settings.backup_to = NULL;
    struct web_answer a = GOT("/your-data", OWNER);
    assert_status(&a, 200);
    assert_holds(&a, "No nightly backups are set up");
    assert_lacks(&a, "Back up now");
    a = POSTED("/your-data/backup", OWNER, "");
    assert_status(&a, 404);
    w.app.settings.backup_to = dir;
    world_as(&w, PROGRAM);
    made(2, true);
    OK(backup_failed(&w.cx,
                     "The backup could not be written: the disk is full or not there. Nothing "
                     "of it was kept."));
    a = GOT("/your-data", OWNER);
    assert_holds(&a, "restored and checked");
    assert_holds(&a, "did not work");
    assert_holds(&a, "the disk is full");
    assert_lacks(&a, "<figure"); /* one is no line */
    made(50, true);
    a = GOT("/your-data", OWNER);
    assert_holds(&a, "d=\"M0 10 L600 10\"");
    a = POSTED("/your-data/backup", OWNER, "");
    assert_status(&a, 303);
    assert_true(w.app.wants_backup);
    a = GOT("/your-data", OWNER);
    assert_holds(&a, "A backup is being made.");
    a = GOT("/your-data", CLINICIAN_A); /* what they may take along, and nothing of the copies */
    assert_status(&a, 200);
    assert_lacks(&a, dir);
    assert_lacks(&a, "restored and checked");
    static const enum who others[] = {RECEPTION, BILLING, ADMIN};
    for (size_t i = 0; i < N_ELEMS(others); i++) {
        a = GOT("/your-data", others[i]);
        assert_status(&a, 403);
    }
    remove_all();
}

static void every_statement_prepares(void **state UNUSED)
{
    world_prepares(&w, &domain_backup);
}

#define HERE(f_) cmocka_unit_test_setup_teardown(f_, open_world, close_world)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HERE(days_weeks_and_months_are_kept_and_no_more),
        HERE(of_one_day_the_newest_is_kept),
        HERE(what_was_not_proven_goes_when_a_later_one_was),
        HERE(a_clock_that_was_wrong_costs_no_backup_and_hides_no_alarm),
        HERE(files_elsewhere_are_left_alone),
        HERE(an_owner_hears_when_no_backup_is_proven_for_a_day),
        HERE(the_page_shows_what_there_is_and_takes_a_wish),
        HERE(every_statement_prepares),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_audit_chain.c - changes reach the log after their commit, each at least once, none before.
 */
#include "app_fixture.h"
#include "app_test_sql.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static char dir[64];

static int open_log(void **state)
{
    assert_int_equal(set_up(state), 0);
    struct fixture *f = *state;
    const char *why = NULL;
    snprintf(dir, sizeof(dir), "/tmp/test_audit_chain.XXXXXX");
    assert_non_null(mkdtemp(dir));
    const struct audit_config c = {.dir = dir, .keys = f->app.keys, .clock_ms = at_t0};
    assert_int_equal(audit_open(&c, &f->app.audit, &why), RC_OK);
    return 0;
}

static int close_log(void **state)
{
    struct fixture *f = *state;
    char path[96];
    audit_close(f->app.audit);
    snprintf(path, sizeof(path), "%s/audit.log", dir);
    unlink(path);
    snprintf(path, sizeof(path), "%s/audit.key", dir);
    unlink(path);
    rmdir(dir);
    return tear_down(state);
}
#define WITH_LOG(test_) cmocka_unit_test_setup_teardown(test_, open_log, close_log)

#define OK_(expr_) assert_int_equal((expr_), RC_OK)

static struct logged_change *logged(struct fixture *f, int *ret_n)
{
    struct logged_change *c;
    unsigned char id[16];
    audit_log_id(f->app.audit, id);
    assert_int_equal(changes_logged(f->db, &f->arena, id, 0, &c, ret_n), RC_OK);
    return c;
}

static int hand_over(struct fixture *f)
{
    bool more;
    int n;
    assert_int_equal(audit_log_changes(&f->app, f->db, &f->arena, &more), RC_OK);
    (void)logged(f, &n);
    return n;
}

static struct audit_record record(int64_t seq)
{
    struct audit_log l;
    struct audit_record r;
    int64_t n;
    assert_int_equal(audit_log_open(dir, &l), RC_OK);
    assert_int_equal(audit_log_read(&l, seq, &r, 1, &n), RC_OK);
    assert_int_equal(n, 1);
    audit_log_close(&l);
    return r;
}

static void a_change_stands_in_the_log_and_names_its_record(void **state)
{
    struct fixture *f = *state;
    struct id what = id_derive(2, 2);
    unsigned char commitment[32];
    int n;
    assert_int_equal(audit_change(&f->cx, "client", what, "change", "phone"), RC_OK);
    assert_int_equal(hand_over(f), 1);
    struct logged_change *c = logged(f, &n);
    struct audit_record r = record(c[0].log_seq);
    assert_int_equal(r.kind, AUDIT_CHANGE);
    assert_string_equal(r.what, "client");
    assert_string_equal(r.object, what.s);
    assert_string_equal(r.client, what.s);
    change_commitment(&f->arena, &c[0], commitment);
    assert_memory_equal(r.commitment, commitment, 32);
}

static void what_changed_of_a_client_is_sealed_and_the_log_commits_to_it(void **state)
{
    struct fixture *f = *state;
    struct id client = id_derive(9, 9);
    unsigned char commitment[32];
    int n;
    OK_(audit_change_about(&f->cx, client, "task", id_derive(2, 2), "change", "zebra_field"));
    assert_int_equal(hand_over(f), 1);
    struct logged_change *c = logged(f, &n);
    assert_null(c->fields);
    assert_null(c->salt.p);
    assert_null(memmem(c->sealed.p, c->sealed.len, "zebra", 5));
    struct audit_record r = record(c->log_seq);
    assert_string_equal(r.client, client.s);
    OK_(change_open(&f->cx, c));
    assert_string_equal(c->fields, "zebra_field");
    change_commitment(&f->arena, c, commitment);
    assert_memory_equal(r.commitment, commitment, 32);
}

static void what_is_shredded_before_it_is_handed_over_stands_in_the_log(void **state)
{
    struct fixture *f = *state;
    struct id client = id_derive(9, 9);
    unsigned char commitment[32];
    int n;
    OK_(audit_change_about(&f->cx, client, "task", id_derive(2, 2), "change", "zebra_field"));
    struct logged_change before;
    OK_(change_load(f->db, &f->arena, 1, &before));
    OK_(change_open(&f->cx, &before));
    OK_(audit_change_shred(&f->cx, client));
    assert_int_equal(hand_over(f), 1);
    struct logged_change *c = logged(f, &n);
    OK_(change_open(&f->cx, c));
    assert_null(c->salt.p);
    assert_null(c->fields);
    change_commitment(&f->arena, &before, commitment);
    assert_memory_equal(record(c->log_seq).commitment, commitment, 32);
}

static void of_who_is_erased_no_word_is_kept(void **state)
{
    struct fixture *f = *state;
    unsigned char commitment[32];
    int n;
    OK_(audit_change_about(&f->cx, id_derive(8, 8), "appointment", id_derive(2, 2), "change",
                           "zebra_field"));
    assert_int_equal(hand_over(f), 1);
    struct logged_change *c = logged(f, &n);
    assert_null(c->fields);
    assert_null(c->sealed.p);
    change_commitment(&f->arena, c, commitment);
    assert_memory_equal(record(c->log_seq).commitment, commitment, 32);
}

static void words_of_one_row_do_not_open_in_another(void **state)
{
    struct fixture *f = *state;
    struct logged_change a, b;
    OK_(audit_change_about(&f->cx, id_derive(9, 9), "task", id_derive(2, 2), "change", "one"));
    OK_(audit_change_about(&f->cx, id_derive(9, 9), "task", id_derive(3, 3), "change", "two"));
    OK_(change_load(f->db, &f->arena, 1, &a));
    OK_(change_load(f->db, &f->arena, 2, &b));
    a.sealed = b.sealed;
    assert_int_equal(change_open(&f->cx, &a), RC_BROKEN);
    OK_(change_open(&f->cx, &b));
}

static void a_change_is_handed_over_once_and_never_before_its_commit(void **state)
{
    struct fixture *f = *state;
    struct db_tx tx = {0};
    assert_int_equal(db_begin(f->db, &tx), RC_OK);
    assert_int_equal(audit_change(&f->cx, "client", id_derive(2, 2), "create", NULL), RC_OK);
    db_rollback(&tx);
    assert_int_equal(hand_over(f), 0);
    assert_int_equal(audit_change(&f->cx, "client", id_derive(2, 3), "create", NULL), RC_OK);
    assert_int_equal(hand_over(f), 1);
    assert_int_equal(hand_over(f), 1);
}

static void a_hand_over_that_fails_is_made_good(void **state)
{
    struct fixture *f = *state;
    bool more;
    for (int i = 0; i < 300; i++)
        assert_int_equal(audit_change(&f->cx, "client", id_derive(2, (uint64_t)i), "create", NULL),
                         RC_OK);
    for (int nth = 1;; nth++) { /* every call of the database fails once */
        db_fail_nth(f->db, nth);
        enum rc rc = audit_log_changes(&f->app, f->db, &f->arena, &more);
        db_fail_nth(f->db, 0);
        if (rc == RC_OK)
            break;
        arena_reset(&f->arena);
    }
    assert_int_equal(hand_over(f), 250); /* a page */
    unsigned char id[16];
    struct logged_change *c;
    int n;
    audit_log_id(f->app.audit, id);
    assert_int_equal(changes_logged(f->db, &f->arena, id, logged(f, &n)[249].log_seq, &c, &n),
                     RC_OK);
    assert_int_equal(n, 50);
}

static void what_never_changes_again_is_known_by_its_hash(void **state)
{
    struct fixture *f = *state;
    static const unsigned char stored[] = "sealed";
    unsigned char hash[32];
    int n;
    assert_int_equal(
        audit_change_of(&f->cx, "note", id_derive(3, 3), "sign", (struct bytes){stored, 6}), RC_OK);
    assert_int_equal(hand_over(f), 1);
    seal_hash((struct bytes){stored, 6}, hash);
    struct logged_change *c = logged(f, &n);
    assert_int_equal(c[0].content_hash.len, 32);
    assert_memory_equal(c[0].content_hash.p, hash, 32);
}

static void a_row_of_a_change_is_neither_rewritten_nor_removed(void **state)
{
    struct fixture *f = *state;
    struct id what = id_derive(2, 2);
    struct db_val rewrite[] = {DB_S("create"), DB_ID(what)}, it[] = {DB_ID(what)};
    assert_int_equal(audit_change(&f->cx, "client", what, "change", "phone"), RC_OK);
    assert_int_equal(hand_over(f), 1);
    assert_int_equal(db_exec(f->db, &SQL_TEST_CHANGE_REWRITE, rewrite, 2, NULL), RC_CONFLICT);
    assert_int_equal(db_exec(f->db, &SQL_TEST_CHANGE_REMOVE, it, 1, NULL), RC_CONFLICT);
    assert_int_equal(db_exec(f->db, &SQL_TEST_CHANGE_SHRED, it, 1, NULL), RC_OK);
}

static void the_database_knows_how_far_the_log_has_come(void **state)
{
    struct fixture *f = *state;
    int64_t seq;
    struct audit_entry e = {.kind = AUDIT_SYSTEM, .action = "test"};
    assert_int_equal(audit_append(f->app.audit, T0, &e, &seq), RC_OK);
    assert_int_equal(audit_anchor(&f->app, f->db), RC_OK);
    _cleanup_rows_ struct db_rows *rows = NULL;
    assert_int_equal(db_query(f->db, &f->arena, &SQL_TEST_ANCHORS, NULL, 0, &rows), RC_OK);
    assert_true(db_next(rows));
    assert_int_equal(db_i64(rows, 0), seq);
    assert_int_equal(db_end(rows), RC_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_LOG(what_changed_of_a_client_is_sealed_and_the_log_commits_to_it),
        WITH_LOG(what_is_shredded_before_it_is_handed_over_stands_in_the_log),
        WITH_LOG(of_who_is_erased_no_word_is_kept),
        WITH_LOG(words_of_one_row_do_not_open_in_another),
        WITH_LOG(a_change_stands_in_the_log_and_names_its_record),
        WITH_LOG(a_change_is_handed_over_once_and_never_before_its_commit),
        WITH_LOG(a_hand_over_that_fails_is_made_good),
        WITH_LOG(what_never_changes_again_is_known_by_its_hash),
        WITH_LOG(a_row_of_a_change_is_neither_rewritten_nor_removed),
        WITH_LOG(the_database_knows_how_far_the_log_has_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

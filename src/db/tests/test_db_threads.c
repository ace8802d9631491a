/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_db_threads.c - threads write, each on its connection: no write is lost, nobody starves. */
#include "db_fixture.h"

#include <pthread.h>
#include <sched.h>

enum { N_THREADS = 2, N_WRITES = 60, MAX_TRIES = 1000 };

struct writer {
    pthread_t thread;
    struct db *db;
    enum rc rc;
};

static enum rc count_up(struct db *db)
{
    _cleanup_tx_ struct db_tx tx = {0};
    struct db_rows *rows = NULL;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    TRY(db_begin(db, &tx));
    enum rc rc = db_query(db, &arena, &SQL_COUNTER_READ, VALS(DB_S("a")), &rows);
    if (rc == RC_OK && db_next(rows))
        rc = db_end(rows);
    db_rows_free(rows);
    arena_wipe(&arena);
    TRY(rc);
    TRY(db_exec(db, &SQL_COUNTER_ADD, VALS(DB_S("a")), NULL));
    return db_commit(&tx);
}

/* As the web layer does: a serialization failure runs the whole operation again. */
static enum rc count_up_in_the_end(struct db *db)
{
    enum rc rc = RC_BUSY;
    for (int i = 0; rc == RC_BUSY && i < MAX_TRIES; i++)
        rc = count_up(db);
    return rc;
}

static void *write_all(void *arg)
{
    struct writer *w = arg;
    for (int i = 0; i < N_WRITES && w->rc == RC_OK; i++)
        w->rc = i % 3 == 0 && db_engine(w->db) == DB_SQLITE
                    ? db_exec(w->db, &SQL_COUNTER_ADD, VALS(DB_S("a")), NULL)
                    : count_up_in_the_end(w->db);
    return NULL;
}

static void writers_at_once_lose_nothing(void **state)
{
    struct fixture *f = *state;
    struct writer w[N_THREADS] = {0};
    for (int i = 0; i < N_THREADS; i++) {
        w[i] = (struct writer){.db = opened(f->url, false)};
        assert_int_equal(pthread_create(&w[i].thread, NULL, write_all, &w[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(w[i].thread, NULL);
        ok(w[i].db, w[i].rc);
        db_close(w[i].db);
    }
    assert_int_equal(number_of(f, f->db, &SQL_COUNTER_READ, VALS(DB_S("a"))), N_THREADS * N_WRITES);
}

/* One thread writes without a pause; another must get its turn after the write in progress. */
struct greedy {
    struct db *db;
    _Atomic bool stop;
    _Atomic int n_writes;
    enum rc rc;
};

static void *write_without_pause(void *arg)
{
    struct greedy *g = arg;
    for (; !g->stop && g->rc == RC_OK; g->n_writes++)
        g->rc = db_exec(g->db, &SQL_COUNTER_ADD, VALS(DB_S("a")), NULL);
    return NULL;
}

static void a_greedy_writer_starves_nobody(void **state)
{
    enum { N_TURNS = 50, MAX_OVERTAKEN = 4 * N_TURNS }; /* one each, and some for the scheduler */
    struct fixture *f = *state;
    if (db_engine(f->db) != DB_SQLITE)
        skip();
    struct greedy g = {.db = opened(f->url, false)};
    pthread_t thread;
    int n_overtaken = 0;
    assert_int_equal(pthread_create(&thread, NULL, write_without_pause, &g), 0);
    while (g.n_writes == 0)
        sched_yield();
    for (int i = 0; i < N_TURNS; i++) {
        struct db_tx tx = {0};
        int n_before = g.n_writes;
        ok(f->db, db_begin(f->db, &tx));
        n_overtaken += g.n_writes - n_before;
        ok(f->db, db_exec(f->db, &SQL_COUNTER_ADD, VALS(DB_S("a")), NULL));
        ok(f->db, db_commit(&tx));
    }
    g.stop = true;
    pthread_join(thread, NULL);
    ok(g.db, g.rc);
    db_close(g.db);
    if (n_overtaken > MAX_OVERTAKEN)
        fail_msg("overtaken %d times in %d turns", n_overtaken, (int)N_TURNS);
}

static void *open_and_read(void *arg)
{
    struct db *db = NULL;
    enum rc rc = db_open(arg, false, &db);
    if (rc == RC_OK)
        rc = db_script(db, "CREATE TABLE IF NOT EXISTS t (n INTEGER)");
    db_close(db);
    return rc == RC_OK ? arg : NULL;
}

static void connections_opened_at_once_do_not_collide(void **state)
{
    (void)state;
    if (!support_db_is_sqlite())
        skip();
    for (int i = 0; i < 10; i++) {
        char *url = (char *)(uintptr_t)support_db_url();
        pthread_t threads[4];
        for (size_t k = 0; k < N_ELEMS(threads); k++)
            assert_int_equal(pthread_create(&threads[k], NULL, open_and_read, url), 0);
        for (size_t k = 0; k < N_ELEMS(threads); k++) {
            void *opened_url = NULL;
            pthread_join(threads[k], &opened_url);
            assert_ptr_equal(opened_url, url);
        }
    }
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        db_test(writers_at_once_lose_nothing),
        db_test(a_greedy_writer_starves_nobody),
        cmocka_unit_test(connections_opened_at_once_do_not_collide),
    };
    return cmocka_run_group_tests_name("db_threads", cases, NULL, NULL);
}

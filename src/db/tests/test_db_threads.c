/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_db_threads.c - several threads write, each on its connection: no write is lost, nobody starves. */
#include "db_fixture.h"
#include <pthread.h>

enum { N_THREADS = 2, N_WRITES = 60, MAX_TRIES = 1000 };

struct writer {
    pthread_t thread;
    struct db *db;
    int id, *n_finished; /* of N_THREADS * N_WRITES, under lock */
    pthread_mutex_t *lock;
    int finished_before[N_WRITES]; /* how many writes of all threads were done before each of ours */
    enum rc rc;
};

static enum rc count_up(struct db *db)
{
    _cleanup_tx_ struct db_tx tx = {0};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct arena arena;
    arena_init(&arena, 1024 * 1024);
    TRY(db_begin(db, &tx));
    enum rc rc = db_query(db, &arena, &SQL_COUNTER_READ, VALS(DB_S("a")), &rows);
    if (rc == RC_OK && db_next(rows))
        rc = db_end(rows);
    db_rows_free(rows);
    rows = NULL;
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
    for (int i = 0; i < N_WRITES && w->rc == RC_OK; i++) {
        w->rc = i % 3 == 0 && db_engine(w->db) == DB_SQLITE
                    ? db_exec(w->db, &SQL_COUNTER_ADD, VALS(DB_S("a")), NULL)
                    : count_up_in_the_end(w->db);
        pthread_mutex_lock(w->lock);
        w->finished_before[i] = (*w->n_finished)++;
        pthread_mutex_unlock(w->lock);
    }
    return NULL;
}

static void writers_lose_nothing_and_take_turns(void **state)
{
    struct fixture *f = *state;
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    int n_finished = 0;
    struct writer w[N_THREADS] = {0};
    for (int i = 0; i < N_THREADS; i++) {
        w[i] = (struct writer){.db = opened(f->url, false), .lock = &lock, .n_finished = &n_finished};
        assert_int_equal(pthread_create(&w[i].thread, NULL, write_all, &w[i]), 0);
    }
    for (int i = 0; i < N_THREADS; i++) {
        pthread_join(w[i].thread, NULL);
        ok(w[i].db, w[i].rc);
        db_close(w[i].db);
    }
    assert_int_equal(number_of(f, f->db, &SQL_COUNTER_READ, VALS(DB_S("a"))), N_THREADS * N_WRITES);
}

/* One thread holds the turn and always wants it back; another must still get it soon. */
struct greedy {
    struct db *db;
    _Atomic bool stop;
    enum rc rc;
};

static void *write_without_pause(void *arg)
{
    struct greedy *g = arg;
    while (!g->stop && g->rc == RC_OK)
        g->rc = db_exec(g->db, &SQL_COUNTER_ADD, VALS(DB_S("a")), NULL);
    return NULL;
}

static void a_greedy_writer_starves_nobody(void **state)
{
    struct fixture *f = *state;
    if (db_engine(f->db) != DB_SQLITE)
        skip();
    struct greedy g = {.db = opened(f->url, false)};
    pthread_t thread;
    assert_int_equal(pthread_create(&thread, NULL, write_without_pause, &g), 0);
    struct timespec from, to;
    clock_gettime(CLOCK_MONOTONIC, &from);
    for (int i = 0; i < 50; i++)
        ok(f->db, count_up(f->db));
    clock_gettime(CLOCK_MONOTONIC, &to);
    g.stop = true;
    pthread_join(thread, NULL);
    ok(g.db, g.rc);
    db_close(g.db);
    assert_true(to.tv_sec - from.tv_sec < 5); /* SQLite's own waiting needs more for a single one */
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
        db_test(writers_lose_nothing_and_take_turns),
        db_test(a_greedy_writer_starves_nobody),
        cmocka_unit_test(connections_opened_at_once_do_not_collide),
    };
    return cmocka_run_group_tests_name("db_threads", cases, NULL, NULL);
}

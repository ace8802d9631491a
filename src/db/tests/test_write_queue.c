/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_write_queue.c - first come, first served; who waits too long is told. */
#include "db/write_queue.h"

#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { N_WAITERS = 8, LONG_MS = 20000 };

struct served {
    pthread_mutex_t lock;
    int order[N_WAITERS], n;
};
struct waiter {
    pthread_t thread;
    struct write_queue *q;
    struct served *served;
    int number;
};

static void *wait_for_turn(void *arg)
{
    struct waiter *w = arg;
    if (write_queue_enter(w->q, LONG_MS) != RC_OK)
        return NULL;
    pthread_mutex_lock(&w->served->lock);
    w->served->order[w->served->n++] = w->number;
    pthread_mutex_unlock(&w->served->lock);
    write_queue_leave(w->q);
    return NULL;
}

static void threads_are_served_in_the_order_they_came(void **state)
{
    (void)state;
    struct write_queue *q = write_queue_open("/");
    struct served served = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct waiter w[N_WAITERS];
    assert_non_null(q);
    assert_int_equal(write_queue_enter(q, 0), RC_OK);
    for (int i = 0; i < N_WAITERS; i++) {
        w[i] = (struct waiter){.q = q, .served = &served, .number = i};
        assert_int_equal(pthread_create(&w[i].thread, NULL, wait_for_turn, &w[i]), 0);
        while (write_queue_waiting(q) != i + 1)
            sched_yield();
    }
    write_queue_leave(q);
    for (int i = 0; i < N_WAITERS; i++)
        pthread_join(w[i].thread, NULL);
    assert_int_equal(served.n, N_WAITERS);
    for (int i = 0; i < N_WAITERS; i++)
        assert_int_equal(served.order[i], i);
    write_queue_close(q);
}

static void one_who_waits_too_long_is_busy_and_leaves_the_line(void **state)
{
    (void)state;
    struct write_queue *q = write_queue_open("/");
    assert_int_equal(write_queue_enter(q, 0), RC_OK);
    assert_int_equal(write_queue_enter(q, 0), RC_BUSY);
    assert_int_equal(write_queue_enter(q, 2), RC_BUSY);
    assert_int_equal(write_queue_waiting(q), 0);
    write_queue_leave(q);
    assert_int_equal(write_queue_enter(q, 0), RC_OK);
    write_queue_leave(q);
    write_queue_close(q);
}

static void a_waiter_behind_one_who_left_is_still_served(void **state)
{
    (void)state;
    struct write_queue *q = write_queue_open("/");
    struct served served = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct waiter w = {.q = q, .served = &served};
    assert_int_equal(write_queue_enter(q, 0), RC_OK);
    assert_int_equal(write_queue_enter(q, 0), RC_BUSY); /* came and left */
    assert_int_equal(pthread_create(&w.thread, NULL, wait_for_turn, &w), 0);
    while (write_queue_waiting(q) != 1)
        sched_yield();
    assert_int_equal(write_queue_enter(q, 0), RC_BUSY); /* joins behind, leaves from the end */
    write_queue_leave(q);
    pthread_join(w.thread, NULL);
    assert_int_equal(served.n, 1);
    write_queue_close(q);
}

static void a_file_has_one_queue_by_whatever_path(void **state)
{
    (void)state;
    struct write_queue *a = write_queue_open("/"), *b = write_queue_open("/proc/.."),
                       *c = write_queue_open("/proc");
    assert_ptr_equal(a, b);
    assert_ptr_not_equal(a, c);
    write_queue_close(a);
    assert_int_equal(write_queue_enter(b, 0), RC_OK); /* still there for the other */
    write_queue_leave(b);
    write_queue_close(c);
    write_queue_close(b);
}

static void without_a_file_there_is_nobody_to_wait_for(void **state)
{
    (void)state;
    assert_null(write_queue_open("/nonexistent"));
    assert_null(write_queue_open(NULL));
    assert_int_equal(write_queue_enter(NULL, 0), RC_OK);
    assert_int_equal(write_queue_enter(NULL, 0), RC_OK);
    write_queue_leave(NULL);
    write_queue_close(NULL);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(threads_are_served_in_the_order_they_came),
        cmocka_unit_test(one_who_waits_too_long_is_busy_and_leaves_the_line),
        cmocka_unit_test(a_waiter_behind_one_who_left_is_still_served),
        cmocka_unit_test(a_file_has_one_queue_by_whatever_path),
        cmocka_unit_test(without_a_file_there_is_nobody_to_wait_for),
    };
    return cmocka_run_group_tests_name("write_queue", cases, NULL, NULL);
}

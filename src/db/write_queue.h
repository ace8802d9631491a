/* SPDX-License-Identifier: AGPL-3.0-or-later
 * write_queue.h - who may write to an SQLite file next: first come, first served.
 *
 * SQLite lets one connection write at a time and makes the others sleep and try again, so that
 * two busy writers starve each other for seconds. Here they wait in line and are woken in order.
 * One queue per database file in the process, found by device and inode; the list of queues is
 * the only state in src/db/ that threads share. */
#pragma once
#include "base/base.h"

struct write_queue;

/* The queue of an existing file; NULL when there is no such file (a database in memory). */
struct write_queue *write_queue_open(const char *path);
void write_queue_close(struct write_queue *q);

/* Waits for the turn. A NULL queue has no others in it.
 * Errors: RC_BUSY after max_wait_ms: the one in front is stuck. */
enum rc write_queue_enter(struct write_queue *q, int64_t max_wait_ms) MUST_USE;
void write_queue_leave(struct write_queue *q);
int write_queue_waiting(struct write_queue *q); /* how many wait behind the one whose turn it is */

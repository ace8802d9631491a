/* SPDX-License-Identifier: AGPL-3.0-or-later
 * jobs.h - durable background work: the outbox of every transaction (docs/adr/0007-outbox.md).
 *
 * A job is put in the transaction of its cause and runs at least once after commit, when it is due;
 * its function must be idempotent. One row per (kind, subject): putting it again moves it.
 * Failures, and crashes in the middle, back off 1, 2, 4 ... 60 minutes; two processes on one
 * database do not run the same job twice at once. */
#pragma once
#include "app/app.h"

enum rc job_put(struct cx *cx, const char *kind, struct id subject, int64_t due_ms) MUST_USE;
enum rc job_drop(struct cx *cx, const char *kind, struct id subject) MUST_USE;
/* Runs what is due, at most `max`; each in its own transaction. *ret_n: how many ran. */
enum rc jobs_run(struct app *app, struct db *db, struct arena *a, int64_t now_ms, int max,
                 int *ret_n) MUST_USE;
/* A thread that calls jobs_run every few seconds until stopped; opens its own connection. */
struct job_runner;
enum rc job_runner_start(struct app *app, struct job_runner **ret) MUST_USE;
void job_runner_stop(struct job_runner *r);

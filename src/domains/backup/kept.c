/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kept.c - which backups there are, which are kept, and what is said of them. */
#include "backup_private.h"
#include "backup_sql.h"
#include "base/days.h"

#include <string.h>
#include <unistd.h>

enum { PRUNE_MAX = 500, DAYS_KEPT = 7, WEEKS_KEPT = 5, MONTHS_KEPT = 12 };
static const int64_t clock_ms = 60 * MS_PER_MIN; /* so much two clocks may differ */

/* Made while a clock was wrong, this one now or that one then. It proves nothing of today, takes
 * no other's place, and stays until its time has come. */
static bool is_of_the_future(const struct cx *cx, int64_t made_ms)
{
    return made_ms > cx->now_ms + clock_ms;
}

enum rc backup_note(struct cx *cx, const struct backup *b)
{
    const struct db_val v[] = {DB_ID(b->id),    DB_I(b->made_ms), DB_I(b->n_bytes),
                               DB_I(b->n_rows), DB_S(b->path),    DB_S(b->fault)};
    return db_exec(cx->db, &SQL_BACKUP_INSERT, v, N_ELEMS(v), NULL);
}

enum rc backup_failed(struct cx *cx, const char *why)
{
    const struct backup b = {.id = id_new(), .made_ms = cx->now_ms, .path = "", .fault = why};
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(db_exec(cx->db, &SQL_BACKUP_FORGET_FAULTS, NULL, 0, NULL));
    TRY(backup_note(cx, &b));
    return db_commit(&tx);
}

enum rc backup_proven(struct cx *cx, struct id id)
{
    const struct db_val v[] = {DB_I(cx->now_ms), DB_ID(id)};
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(db_exec(cx->db, &SQL_BACKUP_PROVEN, v, N_ELEMS(v), NULL));
    TRY(db_exec(cx->db, &SQL_BACKUP_FORGET_FAULTS, NULL, 0, NULL));
    return db_commit(&tx);
}

enum rc backup_list(struct cx *cx, int max, struct backup **ret, int *ret_n)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct backup *list = arena_array(cx->arena, struct backup, max);
    int n = 0;
    TRY(db_query(cx->db, cx->arena, &SQL_BACKUP_NEWEST, (struct db_val[]){DB_I(max)}, 1, &rows));
    while (n < max && db_next(rows))
        list[n++] = (struct backup){.id = db_id(rows, 0),
                                    .made_ms = db_i64(rows, 1),
                                    .proven_ms = db_i64(rows, 2),
                                    .n_bytes = db_i64(rows, 3),
                                    .n_rows = db_i64(rows, 4),
                                    .path = db_text(rows, 5),
                                    .fault = db_text(rows, 6)};
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc backup_last_proof(struct cx *cx, int64_t *ret_ms)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    const struct db_val until[] = {DB_I(cx->now_ms + clock_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_BACKUP_LAST_PROOF, until, 1, &rows));
    if (db_next(rows))
        *ret_ms = db_i64(rows, 0);
    return db_end(rows);
}

enum rc backup_notice(struct cx *cx, struct notice *ret)
{
    int64_t proven_ms = 0;
    if ((cx->actor.roles & ROLE_OWNER) == 0 || cx->app->settings.backup_to == NULL)
        return RC_OK;
    TRY(backup_last_proof(cx, &proven_ms));
    int64_t hours = (cx->now_ms - proven_ms) / (60 * (int64_t)MS_PER_MIN);
    if (hours < BACKUP_LATE_HOURS)
        return RC_OK;
    *ret = (struct notice){proven_ms == 0
                               ? trc(cx, N_("No backup has been made and tried out yet."))
                               : trnf(cx, "The last backup that was tried out is %d hour old.",
                                      "The last backup that was tried out is %d hours old.", hours),
                           "/your-data", trc(cx, N_("Look at the backups"))};
    return RC_OK;
}

/* --- grandfather, father, son ------------------------------------------------------------------
 */

struct keeping {
    int64_t day[DAYS_KEPT], week[WEEKS_KEPT], month[MONTHS_KEPT];
    int n_days, n_weeks, n_months;
    bool has_proven;
};

/* The first of its day, week or month, as long as there are not enough of them. */
static bool is_first(int64_t *seen, int *n, int max, int64_t which)
{
    for (int i = 0; i < *n; i++)
        if (seen[i] == which)
            return false;
    if (*n == max)
        return false;
    seen[(*n)++] = which;
    return true;
}

/* Asked from the newest one back. */
static bool is_kept(struct keeping *k, const struct backup *b)
{
    int32_t day = (int32_t)(b->made_ms / 86400000);
    int year, month, of_the_month;
    civil_from_days(day, &year, &month, &of_the_month);
    if (b->proven_ms == 0)
        return !k->has_proven;
    k->has_proven = true;
    bool of_day = is_first(k->day, &k->n_days, DAYS_KEPT, day);
    bool of_week = is_first(k->week, &k->n_weeks, WEEKS_KEPT, days_week_start(day));
    bool of_month = is_first(k->month, &k->n_months, MONTHS_KEPT, year * 12 + month);
    return of_day || of_week || of_month;
}

enum rc backup_prune(struct cx *cx, const char *dir)
{
    struct backup *list;
    struct keeping k = {0};
    int n;
    size_t n_dir = strlen(dir);
    TRY(backup_list(cx, PRUNE_MAX, &list, &n));
    for (int i = 0; i < n; i++) {
        const struct backup *b = &list[i];
        bool is_in = strncmp(b->path, dir, n_dir) == 0 && b->path[n_dir] == '/' &&
                     strchr(b->path + n_dir + 1, '/') == NULL;
        if (b->fault != NULL || !is_in || is_of_the_future(cx, b->made_ms) || is_kept(&k, b))
            continue;
        if (access(dir, W_OK) != 0)
            return RC_OK; /* a disk that is not there keeps what it has */
        (void)unlink(b->path);
        TRY(db_exec(cx->db, &SQL_BACKUP_FORGET, (struct db_val[]){DB_ID(b->id)}, 1, NULL));
    }
    return RC_OK;
}

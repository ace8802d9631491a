/* SPDX-License-Identifier: AGPL-3.0-or-later
 * imports.c - files on their way in: storage, choices, end. */
#include "domains/imports/imports.h"

#include "app/audit.h"
#include "app/jobs.h"
#include "imports_private.h"
#include "imports_sql.h"

#include <ctype.h>
#include <string.h>

enum { WORK_ARENA_BYTES = 640 * 1024 * 1024, DAYS_AHEAD = 366 };

static const struct id no_id;

/* --- room to work ------------------------------------------------------------------------ */

void work_open(struct work *w, struct cx *cx)
{
    *w = (struct work){.cx = cx, .outer = cx->arena};
    arena_init(&w->arena, WORK_ARENA_BYTES);
    cx->arena = &w->arena;
}

void work_rest(struct work *w)
{
    struct cx *cx = w->cx;
    if (cx == NULL || cx->arena != &w->arena)
        return;
    cx->arena = w->outer;
    for (int i = 0; i < cx->n_errs; i++) {
        struct err *e = &cx->errs[i];
        e->user = arena_strdup(cx->arena, e->user);
        if (e->field != NULL)
            e->field = arena_strdup(cx->arena, e->field);
    }
    if (cx->detail != NULL)
        cx->detail = arena_strdup(cx->arena, cx->detail);
}

void work_close(struct work *w)
{
    work_rest(w);
    if (w->cx != NULL)
        arena_wipe(&w->arena);
}

/* --- sealing --------------------------------------------------------------------------------- */

static struct seal_item item_of(const struct cx *cx, struct id id, int64_t version, struct bytes in)
{
    return (struct seal_item){
        .where = {cx->practice, no_id, "import_file", id, SEAL_IDENTITY, version}, .in = in};
}

enum rc import_seal(struct cx *cx, struct id id, int64_t version, struct bytes plain,
                    struct bytes *ret)
{
    struct seal_item item = item_of(cx, id, version, plain);
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    *ret = item.out;
    return RC_OK;
}

static enum rc none(struct cx *cx)
{
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such import. It may have run out."));
}

enum rc import_content(struct cx *cx, struct id id, bool is_done, struct bytes *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_IMPORT_CONTENT, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    int64_t version = db_i64(rows, 0);
    struct seal_item item = item_of(cx, id, version, db_bytes(rows, 1));
    TRY(db_end(rows));
    if ((version == 2) != is_done)
        return refuse(cx, RC_CONFLICT, NULL,
                      is_done ? N_("This file has not been taken in yet.")
                              : N_("This file was taken in meanwhile."));
    TRY(seal_open_many(cx->arena, cx->keys, &item, 1));
    *ret = item.out;
    return RC_OK;
}

/* --- what it is -------------------------------------------------------------------------- */

static bool begins(struct bytes file, const char *want)
{
    size_t i = 0;
    for (; i < file.len && i < 200 && *want != '\0'; i++) {
        unsigned char c = file.p[i];
        if (c == (unsigned char)*want || toupper(c) == *want)
            want++;
        else if (c > 0x20 && c < 0x80) /* marks, zeros of UTF-16 and blanks are passed over */
            return false;
    }
    return *want == '\0';
}

static enum import_kind kind_of(struct bytes file)
{
    if (begins(file, "BEGIN:VCALENDAR"))
        return IMPORT_CALENDAR;
    return begins(file, "BEGIN:VCARD") ? IMPORT_CARDS : IMPORT_TABLE;
}

/* Who brings it, when treating; else the only clinician there is. */
static enum rc likely_clinician(struct cx *cx, struct id *ret)
{
    struct person *list;
    int n;
    TRY(clinician_list(cx, &list, &n));
    *ret = n == 1 ? list[0].id : no_id;
    for (int i = 0; i < n; i++)
        if (id_eq(list[i].id, cx->actor.user))
            *ret = cx->actor.user;
    return RC_OK;
}

static enum rc likely_service(struct cx *cx, struct id *ret)
{
    struct service *list;
    int n;
    TRY(service_list(cx, true, &list, &n));
    *ret = no_id;
    for (int i = n - 1; i >= 0; i--)
        if (list[i].kind == SERVICE_INDIVIDUAL)
            *ret = list[i].id;
    return RC_OK;
}

static enum rc likely(struct cx *cx, struct bytes file, struct import *ret)
{
    struct import i;
    record_init(&import_type, &i);
    i.kind = kind_of(file);
    i.is_done = false;
    i.progress = 0;
    i.created_ms = cx->now_ms;
    i.id = id_new();
    i.mapping = "";
    i.dates = DATES_GUESSED;
    i.status = CLIENT_ACTIVE;
    i.from_days = cx_today(cx);
    i.until_days = i.from_days + DAYS_AHEAD;
    i.past_held = true;
    TRY(likely_clinician(cx, &i.clinician));
    TRY(likely_service(cx, &i.service));
    *ret = i;
    return RC_OK;
}

/* --- storing --------------------------------------------------------------------------------- */

static enum rc insert(struct cx *cx, const struct import *i, struct bytes file)
{
    struct bytes sealed;
    TRY(import_seal(cx, i->id, 1, file, &sealed));
    struct db_val v[] = {DB_I(cx->practice),    DB_ID(i->id),           DB_ID(cx->actor.user),
                         DB_I(i->kind),         DB_S(i->mapping),       DB_I(i->dates),
                         DB_I(i->status),       DB_ID(i->clinician),    DB_ID(i->service),
                         DB_DAYS(i->from_days), DB_DAYS(i->until_days), DB_I(i->past_held),
                         DB_B(sealed),          DB_I(cx->now_ms)};
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(db_exec(cx->db, &SQL_IMPORT_INSERT, v, N_ELEMS(v), NULL));
    TRY(job_put(cx, import_erase_job.name, i->id, cx->now_ms + MS_PER_DAY));
    TRY(audit_change(cx, "import_file", i->id, "create", NULL));
    return db_commit(&tx);
}

static enum rc plan_file(struct cx *cx, const struct import *i, struct bytes file,
                         struct import_plan *ret)
{
    if (i->kind == IMPORT_CALENDAR)
        return plan_calendar(cx, i, file, ret);
    return i->kind == IMPORT_CARDS ? plan_cards(cx, i, file, ret) : plan_table(cx, i, file, ret);
}

enum rc import_put(struct cx *cx, struct bytes file, struct import *ret)
{
    struct import i;
    struct import_plan plan;
    if (file.len == 0)
        return refuse(cx, RC_INVALID, "file", N_("The file is empty."));
    if (file.len > IMPORT_MAX_BYTES)
        return refuse(cx, RC_INVALID, "file", N_("The file is too large."));
    _cleanup_work_ struct work w = {0};
    work_open(&w, cx);
    TRY(likely(cx, file, &i));
    TRY(plan_file(cx, &i, file, &plan)); /* it can be read */
    TRY(insert(cx, &i, file));
    *ret = i;
    return RC_OK;
}

static struct import read_row(struct db_rows *rows)
{
    struct import i;
    record_init(&import_type, &i);
    i.id = db_id(rows, 0);
    i.is_done = db_i64(rows, 1) == 2;
    i.kind = (enum import_kind)db_i64(rows, 2);
    i.progress = db_i64(rows, 3);
    i.mapping = db_text(rows, 4);
    i.dates = (enum date_order)db_i64(rows, 5);
    i.status = (enum client_status)db_i64(rows, 6);
    i.clinician = db_id(rows, 7);
    i.service = db_id(rows, 8);
    i.from_days = db_days(rows, 9);
    i.until_days = db_days(rows, 10);
    i.past_held = db_i64(rows, 11) != 0;
    i.created_ms = db_i64(rows, 12);
    return i;
}

enum rc import_load(struct cx *cx, struct id id, struct import *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_IMPORT_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    struct import i = read_row(rows);
    TRY(db_end(rows));
    *ret = i;
    return RC_OK;
}

enum rc import_list(struct cx *cx, struct import **ret, int *ret_n)
{
    struct import *list = arena_array(cx->arena, struct import, IMPORT_LIST_MAX);
    int n = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(cx->actor.user), DB_I(IMPORT_LIST_MAX)};
    TRY(db_query(cx->db, cx->arena, &SQL_IMPORT_OF_OWNER, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        list[n++] = read_row(rows);
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* --- choosing ---------------------------------------------------------------------------- */

static enum rc mapping_check(struct cx *cx, const char *mapping)
{
    for (int column = 0; *mapping != '\0'; column++) {
        size_t len = strcspn(mapping, ",");
        const char *key = arena_strndup(cx->arena, mapping, len);
        if (key[0] != '\0' && !import_is_target(key))
            return refuse(cx, RC_INVALID, arena_printf(cx->arena, "column.%d", column),
                          N_("Choose one of the list."));
        mapping += len + (mapping[len] == ',');
    }
    return RC_OK;
}

static enum rc who_and_what_check(struct cx *cx, const struct import *i)
{
    struct person *people;
    struct service s;
    int n, n_errs = cx->n_errs;
    bool found = !id_is_set(i->clinician) && i->kind != IMPORT_CALENDAR;
    TRY(clinician_list(cx, &people, &n));
    for (int k = 0; k < n; k++)
        found = found || id_eq(people[k].id, i->clinician);
    if (!found)
        return refuse(cx, RC_INVALID, "clinician", N_("Choose a clinician of the practice."));
    if (i->kind != IMPORT_CALENDAR)
        return RC_OK;
    enum rc rc = id_is_set(i->service) ? service_load(cx, i->service, &s) : RC_NOT_FOUND;
    if (rc == RC_OK && s.kind == SERVICE_INDIVIDUAL)
        return RC_OK;
    if (rc != RC_OK && rc != RC_NOT_FOUND)
        return rc;
    cx->n_errs = n_errs;
    return refuse(cx, RC_INVALID, "service", N_("Choose an individual service of the list."));
}

enum rc import_choose(struct cx *cx, const struct import *i)
{
    int64_t n_changed;
    TRY(import_type.check(cx, i));
    TRY(mapping_check(cx, i->mapping));
    TRY(who_and_what_check(cx, i));
    struct db_val v[] = {DB_S(i->mapping),       DB_I(i->dates),       DB_I(i->status),
                         DB_ID(i->clinician),    DB_ID(i->service),    DB_DAYS(i->from_days),
                         DB_DAYS(i->until_days), DB_I(i->past_held),   DB_I(cx->practice),
                         DB_ID(i->id),           DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_IMPORT_CHOOSE, v, N_ELEMS(v), &n_changed));
    return n_changed == 1 ? RC_OK : none(cx);
}

/* --- the end ----------------------------------------------------------------------------- */

static enum rc erase(struct cx *cx, struct id id)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    return db_exec(cx->db, &SQL_IMPORT_ERASE, v, N_ELEMS(v), NULL);
}

const struct job_kind import_erase_job = {.name = "import_erase", .run = erase};

enum rc import_erase(struct cx *cx, struct id id)
{
    struct import i;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(import_load(cx, id, &i));
    TRY(erase(cx, id));
    TRY(job_drop(cx, import_erase_job.name, id));
    TRY(audit_change(cx, "import_file", id, "erase", NULL));
    return db_commit(&tx);
}

/* --- what would become of it ------------------------------------------------------------- */

enum rc import_plan(struct cx *cx, const struct import *i, struct import_plan *ret)
{
    struct bytes file;
    TRY(import_content(cx, i->id, false, &file));
    return plan_file(cx, i, file, ret);
}

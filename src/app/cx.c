/* SPDX-License-Identifier: AGPL-3.0-or-later
 * cx.c - errors with their sentences, and text in the actor's language. */
#include "app/cx.h"

#include "app/app.h"

#include <string.h>

void cx_init(struct cx *cx, struct app *app, struct arena *a, struct db *db)
{
    *cx = (struct cx){
        .app = app,
        .arena = a,
        .db = db,
        .keys = keys_new(a, app->keys),
        .locale = locale_get("en-GB"),
        .cat = catalogue_get("en"),
        .actor = {.roles = ROLE_ALL, .name = "entracte"},
        .now_ms = app->clock_ms(),
    };
    if (db != NULL)
        (void)db_practice(db, 0);
}

void cx_practice(struct cx *cx, int64_t practice)
{
    cx->practice = practice;
    (void)db_practice(cx->db, practice);
}

enum rc cx_once(struct cx *cx, enum rc (*load)(struct cx *cx, void *value), size_t size, void **ret)
{
    struct cx_known *k = cx->known, *end = k + N_ELEMS(cx->known);
    while (k < end && k->load != NULL && k->load != load)
        k++;
    if (k < end && k->load == load) {
        *ret = k->value;
        return RC_OK;
    }
    *ret = arena_alloc(cx->arena, size);
    TRY(load(cx, *ret));
    if (k < end && db_is_reading(cx->db))
        *k = (struct cx_known){load, *ret};
    return RC_OK;
}

int32_t cx_today(const struct cx *cx)
{
    if (cx->zone != NULL)
        return zone_local(cx->zone, cx->now_ms).days;
    int64_t days = cx->now_ms / MS_PER_DAY;
    return (int32_t)(days - (cx->now_ms % MS_PER_DAY < 0));
}

const char *cx_time(struct cx *cx, int64_t ms)
{
    return locale_time(cx->arena, cx->locale, zone_local(cx->zone, ms).minute);
}

const char *cx_date(struct cx *cx, int64_t ms, enum date_style style)
{
    return locale_date(cx->arena, cx->locale, zone_local(cx->zone, ms).days, style);
}

const char *cx_moment(struct cx *cx, int64_t ms, enum date_style style)
{
    return arena_printf(cx->arena, "%s, %s", cx_date(cx, ms, style), cx_time(cx, ms));
}

const char *cx_span(struct cx *cx, int64_t start_ms, int64_t end_ms)
{
    return arena_printf(cx->arena, "%s – %s", cx_time(cx, start_ms), cx_time(cx, end_ms));
}

/* When all places are taken the newest error replaces the last. */
static enum rc record(struct cx *cx, enum rc rc, const char *field, const char *sentence)
{
    if (cx->n_errs < (int)N_ELEMS(cx->errs))
        cx->n_errs++;
    cx->errs[cx->n_errs - 1] = (struct err){.field = field, .user = sentence};
    return rc;
}

enum rc refuse(struct cx *cx, enum rc rc, const char *field, const char *user_msgid)
{
    return record(cx, rc, field, trc(cx, user_msgid));
}

enum rc refusef(struct cx *cx, enum rc rc, const char *field, const char *user_msgid, ...)
{
    va_list ap;
    va_start(ap, user_msgid);
    const char *sentence = arena_vprintf(cx->arena, trc(cx, user_msgid), ap);
    va_end(ap);
    return record(cx, rc, field, sentence);
}

const char *cx_err(const struct cx *cx, const char *field)
{
    for (int i = 0; i < cx->n_errs; i++) {
        const char *at = cx->errs[i].field;
        if (at == field || (at != NULL && field != NULL && strcmp(at, field) == 0))
            return cx->errs[i].user;
    }
    return NULL;
}

const char *trf(struct cx *cx, const char *msgid, ...)
{
    va_list ap;
    va_start(ap, msgid);
    const char *s = arena_vprintf(cx->arena, trc(cx, msgid), ap);
    va_end(ap);
    return s;
}

/* The number is written with %d, as translators know it, whatever its width here. */
const char *trnf(struct cx *cx, const char *one, const char *many, int64_t n)
{
    const char *fmt = trn(cx->cat, one, many, n), *mark = strstr(fmt, "%d");
    if (mark == NULL)
        return fmt;
    return arena_printf(cx->arena, "%.*s%s%s", (int)(mark - fmt), fmt,
                        locale_int(cx->arena, cx->locale, n), mark + 2);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * backup_web.c - the page of the backups: what there is, what was tried out, one now. */
#include "backup_private.h"
#include "backup_sql.h"
#include "backup_view.h"
#include "domains/keys/keys.h"
#include "domains/retention/retention.h"

#include <stdatomic.h>

enum { SHOWN_MAX = 60 };

static const struct member row_members[] = {
    SHAPE_ID(struct backup_row, id),          SHAPE_INSTANT(struct backup_row, made),
    SHAPE_INSTANT(struct backup_row, proven), SHAPE_INT(struct backup_row, n_bytes),
    SHAPE_INT(struct backup_row, n_rows),     SHAPE_STR(struct backup_row, path),
    SHAPE_STR(struct backup_row, fault)};
static const struct shape row_shape = SHAPE("Backup", row_members);
static const struct member members[] = {SHAPE_STR(struct backups_view, place),
                                        SHAPE_BOOL(struct backups_view, is_late),
                                        SHAPE_BOOL(struct backups_view, is_wanted),
                                        SHAPE_BOOL(struct backups_view, has_kit),
                                        SHAPE_INT(struct backups_view, n_in_treatment),
                                        SHAPE_INT(struct backups_view, n_kept),
                                        SHAPE_INT(struct backups_view, n_over),
                                        SHAPE_INT(struct backups_view, n_blocked),
                                        SHAPE_LIST(struct backups_view, rows, &row_shape)};
static const struct shape backups_shape = SHAPE("Backups", members);

static const char *size_text(struct cx *cx, int64_t n_bytes)
{
    double mb = (double)n_bytes / 1e6;
    return arena_printf(cx->arena, mb < 10 ? "%.1f MB" : "%.0f MB", mb);
}

static void fill_row(struct cx *cx, const struct backup *b, struct backup_row *r)
{
    *r = (struct backup_row){.id = b->id,
                             .made_ms = b->made_ms,
                             .proven_ms = b->proven_ms,
                             .n_bytes = b->n_bytes,
                             .n_rows = b->n_rows,
                             .path = b->path,
                             .fault = b->fault != NULL ? trc(cx, b->fault) : "",
                             .made = cx_moment(cx, b->made_ms, DATE_MEDIUM),
                             .size = b->fault == NULL ? size_text(cx, b->n_bytes) : ""};
    r->chip = b->fault != NULL ? "chip risk" : b->proven_ms != 0 ? "chip ok" : "chip need";
    r->state = b->fault != NULL    ? trc(cx, N_("did not work"))
               : b->proven_ms != 0 ? trc(cx, N_("restored and checked"))
                                   : trc(cx, N_("not tried out"));
}

/* What a month adds, when there is a month to look at. */
static const char *growth(struct cx *cx, const struct backup *list, int n)
{
    const struct backup *newest = NULL;
    for (int i = 0; i < n; i++) {
        if (list[i].fault != NULL)
            continue;
        if (newest == NULL)
            newest = &list[i];
        int64_t days = (newest->made_ms - list[i].made_ms) / MS_PER_DAY;
        if (days >= 28)
            return trf(cx, N_("%s more in %d days"),
                       size_text(cx, newest->n_bytes - list[i].n_bytes), (int)days);
    }
    return "";
}

/* From the first to the last day, from nothing to the largest. The table below says the same. */
static void draw_sizes(struct cx *cx, const struct backup *list, int n, struct size_plot *ret)
{
    const struct backup *first = NULL, *last = NULL;
    int64_t most = 1;
    struct buf b;
    *ret = (struct size_plot){.path = ""};
    for (int i = 0; i < n; i++) { /* newest first */
        if (list[i].fault != NULL)
            continue;
        last = last == NULL ? &list[i] : last;
        first = &list[i];
        most = list[i].n_bytes > most ? list[i].n_bytes : most;
    }
    if (first == last)
        return;
    int64_t span_ms = last->made_ms > first->made_ms ? last->made_ms - first->made_ms : 1;
    buf_init(&b, cx->arena, 8 * KiB);
    for (int i = n - 1; i >= 0; i--)
        if (list[i].fault == NULL)
            buf_printf(&b, "%s%lld %lld", b.len == 0 ? "M" : " L",
                       (long long)((list[i].made_ms - first->made_ms) * 600 / span_ms),
                       (long long)(120 - list[i].n_bytes * 110 / most));
    *ret = (struct size_plot){.path = b.s,
                              .from = cx_date(cx, first->made_ms, DATE_MEDIUM),
                              .to = cx_date(cx, last->made_ms, DATE_MEDIUM),
                              .top = size_text(cx, most)};
}

static enum rc fill_retention(struct cx *cx, struct backups_view *v)
{
    struct retention_counts c;
    TRY(retention_count(cx, &c));
    v->n_in_treatment = c.n_in_treatment;
    v->n_kept = c.n_kept;
    v->n_over = c.n_over;
    v->n_blocked = c.n_blocked;
    v->next_end = c.next_days != DATE_NONE
                      ? locale_date(cx->arena, cx->locale, c.next_days, DATE_MEDIUM)
                      : "";
    v->sees_retention = cx_may(cx, PERM_WALL);
    return RC_OK;
}

static enum rc fill(struct cx *cx, struct backups_view *v)
{
    struct backup *list;
    struct recovery_kit *kits;
    int n_kits;
    TRY(backup_list(cx, SHOWN_MAX, &list, &v->n_rows));
    TRY(backup_last_proof(cx, &v->last_proof_ms));
    TRY(kit_list(cx, &kits, &n_kits));
    for (int i = 0; i < n_kits; i++)
        v->has_kit = v->has_kit || kits[i].confirmed_ms != 0;
    v->rows = arena_array(cx->arena, struct backup_row, v->n_rows + 1);
    for (int i = 0; i < v->n_rows; i++)
        fill_row(cx, &list[i], &v->rows[i]);
    draw_sizes(cx, list, v->n_rows, &v->plot);
    TRY(fill_retention(cx, v));
    v->growth = growth(cx, list, v->n_rows);
    v->last_proof = v->last_proof_ms != 0 ? cx_moment(cx, v->last_proof_ms, DATE_MEDIUM) : "";
    v->is_late = cx->now_ms - v->last_proof_ms >= BACKUP_LATE_HOURS * 60 * MS_PER_MIN;
    return RC_OK;
}

static enum rc show(struct req *rq)
{
    struct cx *cx = rq->cx;
    const char *place = cx->app->settings.backup_to;
    struct backups_view v = {.tabs = practice_tabs_of(cx, (struct practice_tabs){.data = true}),
                             .place = cx_may(cx, PERM_KEYS) ? or_empty(place) : "",
                             .is_wanted = atomic_load(&cx->app->wants_backup),
                             .may_make = place != NULL && cx_may(cx, PERM_KEYS)};
    v.is_owner = cx_may(cx, PERM_KEYS);
    if (v.is_owner)
        TRY(fill(cx, &v));
    TRY(export_panel_load(cx, &v.exports));
    page_init(rq, &v.page, N_("Your data"), NAV_PRACTICE);
    v.exports.csrf = v.page.csrf;
    return reply_page(rq, RC_OK, &backups_shape, &v, PAGE(backup_list_html));
}

static enum rc make_now(struct req *rq)
{
    struct cx *cx = rq->cx;
    if (cx->app->settings.backup_to == NULL)
        return RC_NOT_FOUND;
    atomic_store(&cx->app->wants_backup, true);
    return reply_done(rq, "/your-data", (struct id){{0}}, 0, false,
                      N_("The backup begins within a minute; it stands here when it "
                         "was restored and checked."));
}

static const struct route routes[] = {
    {GET, "/your-data", PERM_EXPORT, NO_BODY, show,
     N_("Your data: backups and whether they were tried out, what is kept, what can be taken "
        "along"),
     .answer = &backups_shape},
    {POST, "/your-data/backup", PERM_KEYS, 4 * KiB, make_now, N_("Make a backup now")},
};

static const struct job_kind *const jobs[] = {&before_upgrade_job, NULL};

const struct domain domain_backup = {.name = "backup",
                                     ROUTES(routes),
                                     .on_event = before_upgrade_event,
                                     .jobs = jobs,
                                     .statements = BACKUP_STATEMENTS,
                                     .n_statements = (int)N_ELEMS(BACKUP_STATEMENTS)};

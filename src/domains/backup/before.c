/* SPDX-License-Identifier: AGPL-3.0-or-later
 * before.c - the copy that an upgrade makes first, and its end: after a week, or when a client is
 * erased, whose rows it still has. */
#include "app/jobs.h"
#include "backup_private.h"
#include "base/days.h"

#include <errno.h>
#include <unistd.h>

enum { DAYS_KEPT = 7 };
static const struct id of_the_practice;

static enum rc drop_copy(struct cx *cx, struct id subject UNUSED)
{
    return unlink(before_upgrade_path(cx->arena, &cx->app->settings)) == 0 || errno == ENOENT
               ? RC_OK
               : RC_BUSY;
}

const struct job_kind before_upgrade_job = {.name = "before_upgrade", .run = drop_copy};

const char *before_upgrade_path(struct arena *a, const struct settings *s)
{
    return arena_printf(a, "%s/outgoing/before-upgrade.db", s->data_dir);
}

enum rc before_upgrade_made(struct cx *cx)
{
    return job_put(cx, before_upgrade_job.name, of_the_practice,
                   cx->now_ms + DAYS_KEPT * MS_PER_DAY);
}

enum rc before_upgrade_event(struct cx *cx, enum event e, struct id client UNUSED)
{
    return e == EV_CLIENT_ERASED ? job_put(cx, before_upgrade_job.name, of_the_practice, cx->now_ms)
                                 : RC_OK;
}

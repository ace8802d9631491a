/* SPDX-License-Identifier: AGPL-3.0-or-later
 * app.c - the clock, the news, and the statements of this layer. */
#include "app/app.h"

#include "app_sql.h"

#include <time.h>

int64_t app_clock_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

enum rc app_emit(struct cx *cx, enum event e, struct id subject)
{
    event_fn *const *on_event = cx->app->on_event;
    for (; on_event != NULL && *on_event != NULL; on_event++)
        TRY((*on_event)(cx, e, subject));
    return RC_OK;
}

const struct db_stmt *const *const app_statements = APP_STATEMENTS;
const int n_app_statements = N_ELEMS(APP_STATEMENTS);

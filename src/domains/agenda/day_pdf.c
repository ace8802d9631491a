/* SPDX-License-Identifier: AGPL-3.0-or-later
 * day_pdf.c - a day of the agenda on paper, one table for each clinician. */
#include "agenda_pages.h"
#include "pdf/pdf.h"

#include <string.h>

static void put_table(struct req *rq, struct pdf *p, const struct appointment_row *a, int n,
                      struct id clinician)
{
    struct cx *cx = rq->cx;
    const struct pdf_column columns[] = {
        {trc(cx, N_("Time")), 28, PDF_LEFT},          {trc(cx, N_("Who")), 0, PDF_LEFT},
        {trc(cx, N_("What and where")), 0, PDF_LEFT}, {trc(cx, N_("State")), 28, PDF_LEFT},
        {trc(cx, N_("Came")), 16, PDF_LEFT}, /* for a tick */
    };
    bool is_open = false;
    for (int i = 0; i < n; i++) {
        if (!id_eq(a[i].clinician_id, clinician))
            continue;
        if (!is_open) {
            pdf_heading(p, 2, a[i].clinician);
            pdf_table(p, columns, N_ELEMS(columns));
            is_open = true;
        }
        struct agenda_row r = agenda_row_of(rq, &a[i], false);
        const char *cells[] = {r.time, r.title, r.about, r.state, ""};
        pdf_row(p, cells);
    }
}

static bool is_first_of_clinician(const struct appointment_row *a, int i)
{
    for (int k = 0; k < i; k++)
        if (id_eq(a[k].clinician_id, a[i].clinician_id))
            return false;
    return true;
}

static enum rc draw(struct req *rq, int32_t day, const struct appointment_row *a, int n,
                    struct bytes *ret)
{
    struct cx *cx = rq->cx;
    char created[32];
    ms_format_iso(cx->now_ms, created);
    struct pdf_style style = {.lang = locale_name(cx->locale),
                              .title = trc(cx, N_("Agenda")),
                              .created_iso = created,
                              .footer = trc(cx, N_("Confidential. Shred after the day.")),
                              .page_of = trc(cx, N_("Page {page} of {pages}"))};
    struct pdf *p = pdf_new(cx->arena, &style);
    pdf_heading(p, 1, locale_date(cx->arena, cx->locale, day, DATE_FULL));
    if (n == 0)
        pdf_paragraph(p, trc(cx, N_("Nothing booked")));
    for (int i = 0; i < n; i++)
        if (is_first_of_clinician(a, i))
            put_table(rq, p, a, n, a[i].clinician_id);
    return pdf_finish(p, ret);
}

enum rc agenda_day_pdf(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct appointment_row *a;
    struct bytes file;
    struct id clinician = {{0}};
    int32_t day = cx_today(cx);
    int n;
    char iso[11];
    const char *date = form_get(&rq->query, "date"), *who = form_get(&rq->query, "clinician");
    if (date != NULL && !days_parse_iso(date, &day))
        return refuse(cx, RC_INVALID, "date", N_("Write the date as 2026-11-23."));
    if (!agenda_id_of(&rq->query, "clinician", &clinician) && who == NULL &&
        (cx->actor.roles & ROLE_CLINICIAN) != 0)
        clinician = cx->actor.user;
    TRY(appointment_list(cx, zone_day_start(cx->zone, day), zone_day_start(cx->zone, day + 1),
                         clinician, &a, &n));
    TRY(draw(rq, day, a, n, &file));
    rq->n_disclosed = n;
    days_format_iso(day, iso);
    return reply_file(rq, "application/pdf", path_of(rq, "agenda-%s.pdf", iso), true, file);
}

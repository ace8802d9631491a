/* SPDX-License-Identifier: AGPL-3.0-or-later
 * note_pdf.c - a note on paper, with what corrects it. Neutral outside: title and file name say
 * what it is, never about whom. */
#include "notes_pages.h"
#include "pdf/pdf.h"

static void sections(struct cx *cx, struct pdf *pdf, const struct note_view *v)
{
    for (int i = 0; i < v->n_sections; i++) {
        const struct note_part *s = &v->sections[i];
        if (!s->is_written)
            continue;
        pdf_heading(pdf, 3,
                    s->differs ? trf(cx, N_("%s (differs from the original)"), s->title)
                               : s->title);
        pdf_paragraph(pdf, s->text);
    }
    pdf_space(pdf, 3);
    pdf_small(pdf, v->is_draft ? trc(cx, N_("Draft, not signed")) : v->signed_text);
    if (v->is_late)
        pdf_small(pdf, trc(cx, N_("Late entry")));
}

static enum rc facts(struct cx *cx, struct pdf *pdf, const struct note_view *v)
{
    struct practice p;
    struct client c;
    const struct cap *cap;
    TRY(practice_load(cx, &p));
    TRY(authorize(cx, ACT_EXPORT, v->client_id, PURPOSE_CARE, &cap));
    TRY(client_load(cx, cap, &c));
    pdf_heading(pdf, 1, trc(cx, N_("Progress note")));
    pdf_pair(pdf, trc(cx, N_("Practice")), p.name);
    pdf_pair(pdf, cx->says_patient ? trc(cx, N_("Patient")) : trc(cx, N_("Client")),
             client_display_name(cx, &c));
    if (c.birth_date != DATE_NONE)
        pdf_pair(pdf, trc(cx, N_("Date of birth")),
                 locale_date(cx->arena, cx->locale, c.birth_date, DATE_LONG));
    pdf_pair(pdf, trc(cx, N_("About")), v->about_text);
    pdf_pair(pdf, trc(cx, N_("Written by")), v->author);
    pdf_rule(pdf);
    return RC_OK;
}

enum rc note_pdf(struct cx *cx, struct id id, struct bytes *ret)
{
    struct note n;
    struct note_list children;
    struct note_view *v, *more;
    char created[32];
    TRY(note_load(cx, id, &n));
    TRY(note_list_children(cx, n.id, n.client, 0, &children));
    TRY(note_views(cx, &n, 1, NULL, &v));
    TRY(note_views(cx, children.note, children.n, &n, &more));
    ms_format_iso(cx->now_ms, created);
    const struct pdf_style style = {.page = PDF_A4,
                                    .lang = locale_name(cx->locale),
                                    .title = trc(cx, N_("Progress note")),
                                    .created_iso = created,
                                    .footer = trc(cx, N_("Confidential")),
                                    .page_of = trc(cx, N_("Page {page} of {pages}"))};
    struct pdf *pdf = pdf_new(cx->arena, &style);
    TRY(facts(cx, pdf, v));
    sections(cx, pdf, v);
    for (int i = 0; i < children.n; i++) {
        pdf_space(pdf, 6);
        pdf_heading(pdf, 2, more[i].kind_text);
        sections(cx, pdf, &more[i]);
    }
    if (children.more)
        pdf_small(pdf, trc(cx, N_("There are more corrections. Read them on the note's page.")));
    return pdf_finish(pdf, ret);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * clients_header.c - the head of every page of a client: who it is, and how to reach them safely.
 */
#include "app/app.h"
#include "clients_pages.h"

enum { MAJORITY_YEARS = 18 };

const char *client_status_kind(enum client_status s)
{
    static const char *const kind[CLIENT_STATUS_N_] = {
        [CLIENT_WAITING] = "need", [CLIENT_ACTIVE] = "ok", [CLIENT_PAUSED] = "info",
        [CLIENT_CLOSED] = "",      [CLIENT_ARCHIVED] = "",
    };
    return kind[s];
}

/* "Phone call, E-mail · weekdays after 18:00 · say it is the dentist". */
static const char *safe_contact(struct cx *cx, const struct client *c)
{
    const char *part[] = {
        c->contact_channels != 0 ? record_show(cx, &client_type, c, "contact_channels") : NULL,
        c->contact_hours, c->contact_wording};
    struct buf b;
    buf_init(&b, cx->arena, 2048);
    for (size_t i = 0; i < N_ELEMS(part); i++) {
        if (!is_filled(part[i]))
            continue;
        if (b.len > 0)
            buf_puts(&b, " · ");
        buf_puts(&b, part[i]);
    }
    return b.s;
}

static void about_person(struct cx *cx, const struct client *c, struct client_header *h)
{
    h->pronouns = c->pronouns;
    h->contact = safe_contact(cx, c);
    h->age = days_age(c->birth_date, cx_today(cx));
    h->is_minor = h->age >= 0 && h->age < MAJORITY_YEARS;
    if (h->age >= 0)
        h->age_text = trnf(cx, "%d year", "%d years", h->age);
    if (h->is_minor && is_filled(c->guardian_name))
        h->guardian = c->guardian_name;
}

/* Does the actor's page of it open? */
static enum rc opens(struct cx *cx, const struct client_header *h, enum perm perm,
                     enum action action, enum purpose purpose, bool *ret)
{
    TRY(authorized(cx, action, h->id, purpose, ret));
    *ret = *ret && cx_may(cx, perm);
    return RC_OK;
}

static enum rc tabs(struct cx *cx, enum client_tab tab, struct client_header *h)
{
    TRY(opens(cx, h, PERM_CLINICAL_READ, ACT_READ_NOTES, PURPOSE_CARE, &h->sees_clinical));
    TRY(opens(cx, h, PERM_CLINICAL_READ, ACT_WRITE_NOTES, PURPOSE_CARE, &h->sees_tasks));
    h->writes_notes = h->sees_tasks && cx_may(cx, PERM_CLINICAL_WRITE);
    TRY(opens(cx, h, PERM_AGENDA_READ, ACT_AGENDA, PURPOSE_OFFICE, &h->sees_agenda));
    TRY(opens(cx, h, PERM_MONEY_READ, ACT_MONEY, PURPOSE_BILLING, &h->sees_money));
    TRY(opens(cx, h, PERM_TEAM, ACT_SEE_TEAM, PURPOSE_OVERSIGHT, &h->sees_team));
    h->tab_overview = tab == TAB_OVERVIEW;
    h->tab_notes = tab == TAB_NOTES;
    h->tab_agenda = tab == TAB_AGENDA;
    h->tab_tasks = tab == TAB_TASKS;
    h->tab_money = tab == TAB_MONEY;
    h->tab_team = tab == TAB_TEAM;
    h->path = arena_printf(cx->arena, "/clients/%s", h->id.s);
    h->path_notes = arena_printf(cx->arena, "%s/notes", h->path);
    h->path_agenda = arena_printf(cx->arena, "%s/appointments", h->path);
    h->path_tasks = arena_printf(cx->arena, "%s/tasks", h->path);
    h->path_money = arena_printf(cx->arena, "%s/money", h->path);
    h->path_team = arena_printf(cx->arena, "%s/team", h->path);
    h->path_edit = arena_printf(cx->arena, "%s/edit", h->path);
    return RC_OK;
}

/* Whoever reads for an hour only is told so on each page. */
static enum rc emergency(struct cx *cx, struct client_header *h)
{
    int64_t until_ms = 0;
    enum emergency_reason reason = REASON_OTHER;
    if (h->sees_clinical && !h->writes_notes)
        TRY(client_emergency(cx, h->id, &until_ms, &reason));
    if (until_ms == 0)
        return RC_OK;
    h->emergency_until = cx_time(cx, until_ms);
    h->emergency_reason = trc(cx, emergency_reason_choices[reason].label);
    return RC_OK;
}

/* Who sees the agenda sees when the client comes next. */
static enum rc next_session(struct cx *cx, struct client_header *h)
{
    int64_t ms = 0;
    if (cx->app->next_session == NULL || !h->sees_agenda)
        return RC_OK;
    TRY(cx->app->next_session(cx, h->id, &ms));
    if (ms != 0)
        h->next = trf(cx, N_("%s at %s"), cx_date(cx, ms, DATE_TINY), cx_time(cx, ms));
    return RC_OK;
}

enum rc client_header_load(struct cx *cx, struct id client, enum client_tab tab,
                           struct client_header *ret)
{
    struct client c;
    const struct cap *cap;
    struct client_header h = {.id = client,
                              .age = -1,
                              .pronouns = "",
                              .contact = "",
                              .age_text = "",
                              .guardian = "",
                              .next = ""};
    TRY(authorize(cx, ACT_KNOW, client, PURPOSE_OFFICE, &cap));
    TRY(client_open(cx, cap, &c, &h.has_photo));
    TRY(tabs(cx, tab, &h));
    TRY(emergency(cx, &h));
    TRY(next_session(cx, &h));
    h.name = client_display_name(cx, &c);
    h.initials = locale_initials(cx->arena, is_filled(c.name_used) ? c.name_used : c.given_name,
                                 c.family_name);
    h.status_label = trc(cx, client_status_choices[c.status].label);
    h.status_kind = client_status_kind(c.status);
    if (client_sees_contact(cx))
        about_person(cx, &c, &h);
    else
        h.has_photo = false;
    *ret = h;
    return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * accounts_web.c - the own account, and the staff's accounts for the owner. */
#include "factors.h"
#include "invitations.h"
#include "people_pages.h"
#include "people_private.h"
#include "seal/password.h"

#include <string.h>

static const struct id no_id;

/* "Firefox on Windows" of what a browser calls itself; the text itself when it is none we know. */
static const char *device_name(struct cx *cx, const char *agent)
{
    static const struct {
        const char *mark, *name;
    } browsers[] = {{"Edg", "Edge"},
                    {"OPR/", "Opera"},
                    {"Firefox/", "Firefox"},
                    {"Chrome/", "Chrome"},
                    {"Safari/", "Safari"}},
      platforms[] = {{"iPhone", "iPhone"},   {"iPad", "iPad"},    {"Android", "Android"},
                     {"Windows", "Windows"}, {"Mac OS X", "Mac"}, {"Linux", "Linux"}};
    const char *browser = NULL, *platform = NULL;
    for (size_t i = 0; agent != NULL && browser == NULL && i < N_ELEMS(browsers); i++)
        if (strstr(agent, browsers[i].mark) != NULL)
            browser = browsers[i].name;
    for (size_t i = 0; agent != NULL && platform == NULL && i < N_ELEMS(platforms); i++)
        if (strstr(agent, platforms[i].mark) != NULL)
            platform = platforms[i].name;
    if (browser == NULL || platform == NULL)
        return is_filled(agent) ? agent : trc(cx, N_("A device without a name"));
    return trf(cx, N_("%s on %s"), browser, platform);
}

/* Those of notes/templates.c that fit every session; own ones are made usual where they are
 * written. */
static const struct choice note_templates[] = {
    {"dap", N_("DAP: data, assessment, plan")},
    {"soap", N_("SOAP: subjective, objective, assessment, plan")},
    {"birp", N_("BIRP: behaviour, intervention, response, plan")},
    {"girp", N_("GIRP: goal, intervention, response, plan")},
    {"pie", N_("PIE: problem, intervention, evaluation")},
    {"free", N_("Free text")},
};

/* --- the own account ------------------------------------------------------------------ */

static const struct member session_members[] = {
    SHAPE_ID(struct session_view, id),          SHAPE_STR(struct session_view, device),
    SHAPE_INSTANT(struct session_view, used),   SHAPE_INSTANT(struct session_view, created),
    SHAPE_BOOL(struct session_view, is_bearer), SHAPE_BOOL(struct session_view, is_this)};
static const struct shape session_shape = SHAPE("Session", session_members);
static const struct member passkey_members[] = {
    SHAPE_ID(struct passkey_line, id), SHAPE_STR(struct passkey_line, name),
    SHAPE_INSTANT(struct passkey_line, created), SHAPE_INSTANT(struct passkey_line, used)};
static const struct shape passkey_shape = SHAPE("Passkey", passkey_members);
static const struct member account_members[] = {
    SHAPE_INT(struct account_view, version),
    SHAPE_RECORD(struct account_view, person, &person_type),
    SHAPE_BOOL(struct account_view, has_app),
    SHAPE_COUNT(struct account_view, n_codes),
    SHAPE_LIST(struct account_view, passkeys, &passkey_shape),
    SHAPE_LIST(struct account_view, sessions, &session_shape)};
const struct shape account_shape = SHAPE("Account", account_members);

static enum rc account_sessions(struct req *rq, struct account_view *v)
{
    struct cx *cx = rq->cx;
    struct session_row *row;
    int n;
    TRY(session_list(cx, v->person.id, rq->token, &row, &n));
    v->sessions = arena_array(cx->arena, struct session_view, n + 1);
    for (int i = 0; i < n; i++)
        if (!row[i].is_bearer && row[i].is_complete)
            v->sessions[v->n_sessions++] = (struct session_view){
                .id = row[i].place,
                .device = device_name(cx, row[i].device),
                .used_ms = row[i].used_ms,
                .created_ms = row[i].created_ms,
                .is_locked = row[i].is_locked,
                .is_this = row[i].is_this,
                .end_path = path_of(rq, "/account/sessions/%s/end", row[i].place.s),
                .used = cx_moment(cx, row[i].used_ms, DATE_MEDIUM),
                .created = cx_moment(cx, row[i].created_ms, DATE_MEDIUM)};
    return RC_OK;
}

static enum rc account_factors(struct req *rq, struct account_view *v)
{
    struct cx *cx = rq->cx;
    struct factors f;
    struct passkey_row *k;
    TRY(factors_of(cx, cx->practice, v->person.id, &f));
    TRY(passkey_list(cx, v->person.id, &k, &v->n_passkeys));
    v->has_app = f.has_totp;
    v->n_codes = f.n_codes;
    v->codes_left = trnf(cx, "%d code left", "%d codes left", f.n_codes);
    v->factor_problem = cx_err(cx, "factor");
    v->passkeys = arena_array(cx->arena, struct passkey_line, v->n_passkeys + 1);
    for (int i = 0; i < v->n_passkeys; i++)
        v->passkeys[i] = (struct passkey_line){
            .id = k[i].id,
            .name = k[i].name,
            .created_ms = k[i].created_ms,
            .used_ms = k[i].used_ms,
            .created = cx_moment(cx, k[i].created_ms, DATE_MEDIUM),
            .used = k[i].used_ms > 0 ? cx_moment(cx, k[i].used_ms, DATE_MEDIUM) : NULL,
            .drop_path = path_of(rq, "/account/passkeys/%s/drop", k[i].id.s)};
    return RC_OK;
}

static enum rc account_again(struct req *rq, enum rc rc, const struct person *p,
                             const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct account_view v = {.person = *p, .version = p->version};
    v.form = (struct record_form){.cx = cx, .t = &person_type, .rec = &v.person, .typed = typed};
    v.locale = select_locale(&v.form, "locale");
    v.note_template =
        select_of(&v.form, "note_template", note_templates, (int)N_ELEMS(note_templates));
    *(typed != NULL ? &v.email_problem : &v.password_problem) = cx_err(cx, "old");
    v.new_password_problem = cx_err(cx, "password");
    TRY(account_sessions(rq, &v));
    TRY(account_factors(rq, &v));
    page_init(rq, &v.page, N_("My account"), NAV_NONE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &account_shape, &v, PAGE(people_account_html));
}

enum rc account_page(struct req *rq, enum rc rc)
{
    struct person p;
    TRY(person_load(rq->cx, rq->cx->actor.user, &p));
    if (p.note_template == NULL)
        p.note_template = note_templates[0].key;
    return account_again(rq, rc, &p, NULL);
}

enum rc account_show(struct req *rq)
{
    return account_page(rq, RC_OK);
}

/* What somebody may change of the own account: not roles, not whether it is open. */
static bool keeps_office(const struct person *was, const struct person *is)
{
    return was->roles == is->roles && was->is_active == is->is_active;
}

/* One sentence for both, so that nobody learns here who else has an account. */
static const char not_moved[] = N_("The e-mail address was not changed: the password is not right, "
                                   "or the address cannot be used.");

/* Whoever has the address can have the account: a screen left open is not enough to move it. */
static enum rc may_move(struct req *rq, const struct person *was, const struct person *is)
{
    const char *old = form_get(&rq->form, "old");
    if (strcmp(was->email, is->email) == 0)
        return RC_OK;
    if (old == NULL || *old == '\0')
        return refuse(rq->cx, RC_INVALID, "old",
                      N_("Write your present password to change the e-mail address."));
    return password_confirm_or(rq->cx, "old", old, not_moved);
}

enum rc account_save(struct req *rq)
{
    static const struct form_key also[] = {{"old", FORM_STRING}, {0}};
    struct person was, p;
    TRY(person_load(rq->cx, rq->cx->actor.user, &was));
    p = was;
    p.version = form_version(&rq->form);
    enum rc rc = record_parse(rq->cx, &person_type, &rq->form, also, &p);
    if (rc == RC_OK && !keeps_office(&was, &p))
        rc = refuse(rq->cx, RC_INVALID, "roles",
                    N_("Only the owner changes roles, under Practice."));
    if (rc == RC_OK)
        rc = may_move(rq, &was, &p);
    if (rc == RC_OK && (rc = person_save(rq->cx, &p, NULL)) == RC_INVALID &&
        cx_err(rq->cx, "email") != NULL) { /* another's */
        rq->cx->n_errs = 0;
        rc = refuse(rq->cx, rc, "old", not_moved);
    }
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return account_again(rq, rc, rc == RC_CONFLICT ? &was : &p, &rq->form);
    TRY(rc);
    return reply_done(rq, "/account", p.id, p.version, false, N_("Saved."));
}

enum rc account_password(struct req *rq)
{
    struct person p;
    char token[44];
    const char *old = form_get(&rq->form, "old"), *password = form_get(&rq->form, "password");
    TRY(person_load(rq->cx, rq->cx->actor.user, &p));
    enum rc rc = password_confirm(rq->cx, "old", or_empty(old));
    if (rc == RC_OK)
        rc = person_save(rq->cx, &p, or_empty(password));
    if (rc == RC_INVALID)
        return account_again(rq, rc, &p, NULL);
    TRY(rc); /* every session ended with the old password; this browser gets a new one */
    TRY(session_renew(rq->cx, rq->token, GAIN_PASSWORD, rq->user_agent, token));
    reply_session(rq, token, 12 * 3600);
    return reply_done(rq, "/account", p.id, 0, false,
                      N_("The password is changed. Other devices are signed out."));
}

enum rc account_session_end(struct req *rq)
{
    TRY(session_end(rq->cx, rq->cx->actor.user, rq->id[0]));
    const char *next = form_get(&rq->form, "next");
    bool is_token = next != NULL && strcmp(next, "/account/tokens") == 0;
    return reply_done(rq, is_token ? next : "/account", no_id, 0, false,
                      is_token ? N_("The token is revoked.") : N_("This device is signed out."));
}

enum rc account_sign_out(struct req *rq)
{
    TRY(session_end_all(rq->cx, rq->cx->actor.user));
    reply_session(rq, NULL, 0);
    return reply_done(rq, "/sign-in", no_id, 0, false, NULL);
}

/* --- staff -------------------------------------------------------------------------------- */

static const struct member staff_members[] = {
    SHAPE_ID(struct staff_row, id), SHAPE_STR(struct staff_row, name),
    SHAPE_STR(struct staff_row, roles), SHAPE_BOOL(struct staff_row, is_active),
    SHAPE_BOOL(struct staff_row, is_invited)};
static const struct shape staff_row_shape = SHAPE("StaffRow", staff_members);
static const struct member staff_list_members[] = {
    SHAPE_LIST(struct staff_view, staff, &staff_row_shape)};
const struct shape staff_shape = SHAPE("StaffList", staff_list_members);

/* Those who have a new password, or whom somebody made a clinician who could not give the key. */
static enum rc waiting(struct cx *cx, struct staff_view *v)
{
    struct person *p;
    TRY(person_waiting(cx, &p, &v->n_waiting));
    v->waiting = arena_array(cx->arena, struct staff_row, v->n_waiting + 1);
    for (int i = 0; i < v->n_waiting; i++)
        v->waiting[i] = (struct staff_row){.id = p[i].id, .name = person_name(cx, &p[i])};
    v->may_give = cx_may(cx, PERM_CLINICAL_WRITE) && seal_is_open(cx->keys, cx->practice);
    return RC_OK;
}

enum rc staff_access(struct req *rq)
{
    TRY(person_give_access(rq->cx, rq->id[0]));
    return reply_done(rq, "/practice/staff", rq->id[0], 0, false,
                      N_("The clinical records are open to them from their next sign-in on."));
}

enum rc staff_list(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct person *p;
    struct invited *invited;
    int n_invited;
    struct staff_view v = {.tabs = practice_tabs_of(cx, (struct practice_tabs){.staff = true}),
                           .may_write = cx_may(cx, PERM_STAFF_WRITE)};
    TRY(person_list(cx, false, &p, &v.n_staff));
    TRY(invited_list(cx, &invited, &n_invited));
    TRY(waiting(cx, &v));
    v.staff = arena_array(cx->arena, struct staff_row, v.n_staff + 1);
    for (int i = 0; i < v.n_staff; i++)
        v.staff[i] = (struct staff_row){.id = p[i].id,
                                        .name = person_name(cx, &p[i]),
                                        .email = p[i].email,
                                        .roles = record_show(cx, &person_type, &p[i], "roles"),
                                        .is_active = p[i].is_active};
    for (int i = 0; i < v.n_staff; i++)
        for (int k = 0; k < n_invited; k++)
            v.staff[i].is_invited |= !p[i].is_active && id_eq(p[i].id, invited[k].person);
    rq->n_disclosed = v.n_staff;
    page_init(rq, &v.page, N_("Staff"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, &staff_shape, &v, PAGE(people_staff_html));
}

static const struct member person_members[] = {
    SHAPE_ID(struct person_view, id), SHAPE_INT(struct person_view, version),
    SHAPE_RECORD(struct person_view, person, &person_type)};
const struct shape person_shape = SHAPE("StaffMember", person_members);

static enum rc week(struct cx *cx, struct id person, struct opening_row *days)
{
    struct opening *o;
    int n;
    int32_t monday = days_week_start(cx_today(cx));
    for (int d = 0; d < 7; d++)
        days[d] = (struct opening_row){
            .weekday = d,
            .start1 = "",
            .end1 = "",
            .start2 = "",
            .end2 = "",
            .day = locale_date(cx->arena, cx->locale, monday + d, DATE_WEEKDAY)};
    TRY(opening_list(cx, person, &o, &n));
    for (int i = 0; i < n; i++) {
        struct opening_row *r = &days[o[i].weekday];
        const char *start = minutes_format(cx->arena, o[i].start_min),
                   *end = minutes_format(cx->arena, o[i].end_min == 1440 ? 1439 : o[i].end_min);
        if (r->start1[0] == '\0') {
            r->start1 = start;
            r->end1 = end;
        } else {
            r->start2 = start;
            r->end2 = end;
        }
    }
    return RC_OK;
}

static enum rc person_again(struct req *rq, enum rc rc, const struct person *p,
                            const struct form *typed)
{
    struct cx *cx = rq->cx;
    struct person_view v = {.tabs = practice_tabs_of(cx, (struct practice_tabs){.staff = true}),
                            .id = p->id,
                            .version = p->version,
                            .person = *p,
                            .may_write = cx_may(cx, PERM_STAFF_WRITE),
                            .is_new = !id_is_set(p->id),
                            .action = "/practice/staff",
                            .n_days = 7};
    v.form = (struct record_form){.cx = cx, .t = &person_type, .rec = &v.person, .typed = typed};
    v.locale = select_locale(&v.form, "locale");
    v.password_problem = cx_err(cx, "password");
    v.problem = cx_err(cx, "openings");
    v.days = arena_array(cx->arena, struct opening_row, 7);
    if (!v.is_new) {
        v.action = path_of(rq, "/practice/staff/%s", p->id.s);
        v.openings_action = path_of(rq, "/practice/staff/%s/hours", p->id.s);
        if (!id_eq(p->id, cx->actor.user))
            v.link_action = path_of(rq, "/practice/staff/%s/link", p->id.s);
        if (p->is_active && v.link_action != NULL)
            v.leave_path = path_of(rq, "/practice/staff/%s/leave", p->id.s);
        TRY(week(cx, p->id, v.days));
    }
    page_init(rq, &v.page, N_("Account"), NAV_PRACTICE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, &person_shape, &v, PAGE(people_person_html));
}

enum rc staff_new(struct req *rq)
{
    struct person p;
    record_init(&person_type, &p);
    p.is_active = true;
    p.locale = locale_name(rq->cx->locale);
    p.lock_min = 15;
    return person_again(rq, RC_OK, &p, NULL);
}

enum rc staff_show(struct req *rq)
{
    struct person p;
    TRY(person_load(rq->cx, rq->id[0], &p));
    rq->n_disclosed = 1;
    return person_again(rq, RC_OK, &p, NULL);
}

static const struct form_key also[] = {{"password", FORM_STRING}, {0}};

enum rc staff_create(struct req *rq)
{
    struct person p;
    char token[44];
    const char *password = form_get(&rq->form, "password");
    record_init(&person_type, &p);
    p.is_active = true;
    enum rc rc = record_parse(rq->cx, &person_type, &rq->form, also, &p);
    bool is_invited = !is_filled(password);
    if (rc == RC_OK)
        rc = is_invited ? person_invite(rq->cx, &p, token) : person_save(rq->cx, &p, password);
    if (rc == RC_INVALID)
        return person_again(rq, rc, &p, &rq->form);
    TRY(rc);
    if (is_invited)
        return link_reply(rq, &p, token);
    return reply_done(rq, path_of(rq, "/practice/staff/%s", p.id.s), p.id, p.version, true,
                      N_("The account is made."));
}

enum rc staff_save(struct req *rq)
{
    struct person was, p;
    const char *password = form_get(&rq->form, "password");
    TRY(person_load(rq->cx, rq->id[0], &was));
    p = was;
    p.version = form_version(&rq->form);
    enum rc rc = record_parse(rq->cx, &person_type, &rq->form, also, &p);
    if (rc == RC_OK)
        rc = person_save(rq->cx, &p, is_filled(password) ? password : NULL);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return person_again(rq, rc, rc == RC_CONFLICT ? &was : &p, &rq->form);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/practice/staff/%s", p.id.s), p.id, p.version, false,
                      N_("Saved."));
}

/* --- opening hours --------------------------------------------------------------------------- */

/* Reads one stretch of a day; an empty pair is none. */
static enum rc stretch(struct req *rq, int day, int nth, struct opening *o, int *n)
{
    const char *start =
        form_get(&rq->form, arena_printf(rq->cx->arena, "day.%d.start%d", day, nth));
    const char *end = form_get(&rq->form, arena_printf(rq->cx->arena, "day.%d.end%d", day, nth));
    bool no_start = !is_filled(start), no_end = !is_filled(end);
    if (no_start && no_end)
        return RC_OK;
    struct opening *x = &o[*n];
    *x = (struct opening){.weekday = day};
    if (no_start || no_end || !minutes_parse(start, &x->start_min) ||
        !minutes_parse(end, &x->end_min))
        return refuse(rq->cx, RC_INVALID, "openings",
                      N_("Write both times, such as 09:00 and 14:00."));
    ++*n;
    return RC_OK;
}

enum rc staff_hours(struct req *rq)
{
    struct person p;
    struct opening o[14];
    int n = 0;
    enum rc rc = RC_OK;
    TRY(person_load(rq->cx, rq->id[0], &p));
    for (int day = 0; day < 7 && rc == RC_OK; day++)
        for (int nth = 1; nth <= 2 && rc == RC_OK; nth++)
            rc = stretch(rq, day, nth, o, &n);
    if (rc == RC_OK)
        rc = opening_replace(rq->cx, p.id, o, n);
    if (rc == RC_INVALID)
        return person_again(rq, rc, &p, NULL);
    TRY(rc);
    return reply_done(rq, path_of(rq, "/practice/staff/%s", p.id.s), p.id, p.version, false,
                      N_("The hours are saved."));
}

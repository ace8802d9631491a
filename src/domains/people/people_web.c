/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people_web.c - who a request is; sign-in, lock, set-up and the own account. */
#include "domains/people/people_web.h"

#include "factors_web.h"
#include "people_pages.h"
#include "people_private.h"
#include "people_sql.h"
#include "web/template.h"

#include <string.h>

enum { FRESH_MS = 5 * 60000 };

static const char *const theme_names[] = {
    [THEME_AUTO] = "auto", [THEME_LIGHT] = "light", [THEME_DARK] = "dark"};
static const char *const density_names[] = {
    [DENSITY_COMFORTABLE] = "comfortable", [DENSITY_COMPACT] = "compact"};

/* A demo on this computer asks nobody for a second factor who has none. */
static bool is_fresh(const struct cx *cx, const struct session_facts *f)
{
    if (f->verified_ms == 0)
        return settings_are_local_demo(&cx->app->settings);
    return cx->now_ms - f->verified_ms < FRESH_MS;
}

enum rc people_authenticate(struct cx *cx, const char *token, bool is_bearer,
                            struct web_session *ret)
{
    static const char hex[] = "0123456789abcdef";
    struct session_facts f;
    unsigned char mac[32];
    if (token == NULL)
        return RC_DENIED;
    TRY(session_open(cx, token, &f));
    if (f.is_bearer != is_bearer)
        return RC_DENIED;
    seal_mac(token, "csrf", (struct bytes){0}, mac);
    char *csrf = arena_alloc(cx->arena, 2 * sizeof(mac) + 1);
    for (size_t i = 0; i < sizeof(mac); i++) {
        csrf[2 * i] = hex[mac[i] >> 4];
        csrf[2 * i + 1] = hex[mac[i] & 15];
    }
    struct seal_item *names = arena_array(cx->arena, struct seal_item, 2);
    memcpy(names, f.names, sizeof(f.names));
    *ret = (struct web_session){.csrf = csrf,
                                .theme = theme_names[f.theme],
                                .density = density_names[f.density],
                                .sealed_names = names,
                                .lock_min = (int)f.lock_min,
                                .is_locked = f.is_locked,
                                .is_token = f.is_bearer,
                                .state = f.state,
                                .is_fresh = is_fresh(cx, &f),
                                .wants_touch = f.wants_touch};
    return RC_OK;
}

enum rc people_names(struct cx *cx, struct web_session *s)
{
    return session_names(cx, s->sealed_names, &s->practice_name);
}

enum rc people_touch(struct cx *cx, const char *token)
{
    return session_touch(cx, token);
}

/* Where the password would not help, it is not asked for. */
enum rc people_lock(struct cx *cx, const char *token)
{
    bool lacks_key;
    TRY(person_lacks_key(cx, cx->actor.user, &lacks_key));
    if (lacks_key)
        return refuse(cx, RC_DENIED, NULL,
                      N_("Your account cannot open clinical records yet. A colleague who can gives "
                         "you access on the page Staff; or the recovery kit does."));
    return session_lock(cx, token, true);
}

/* Of every account that `entracte demo` makes. */
static const char demo_password[] = "entracte-demo-2026";

/* --- sign-in ------------------------------------------------------------------------- */

/* Two of each set of roles. */
static enum rc demo_people(struct req *rq, struct sign_in_view *v)
{
    struct cx *cx = rq->cx;
    struct person *p;
    int n, n_of[ROLE_ALL + 1] = {0};
    cx_practice(cx, 1);
    TRY(person_list(cx, true, &p, &n));
    v->demo = arena_array(cx->arena, struct demo_person, n + 1);
    for (int i = 0; i < n; i++)
        if (n_of[p[i].roles & ROLE_ALL]++ < 2)
            v->demo[v->n_demo++] =
                (struct demo_person){.email = p[i].email,
                                     .name = person_name(cx, &p[i]),
                                     .roles = record_show(cx, &person_type, &p[i], "roles")};
    return RC_OK;
}

static enum rc sign_in_again(struct req *rq, enum rc rc, const struct form *f)
{
    const char *email = form_get(f, "email");
    struct sign_in_view v = {.email = or_empty(email), .next = path_next(f, "/")};
    v.problem = rc == RC_OK ? NULL : cx_err(rq->cx, "password");
    if (v.problem == NULL)
        v.problem = cx_err(rq->cx, "passkey");
    v.has_site = req_site_name(rq) != NULL;
    v.passkey = passkey_ask_of(rq, CHALLENGE_SIGN_IN, N_("Sign in with a passkey"));
    if (settings_are_local_demo(&rq->cx->app->settings))
        TRY(demo_people(rq, &v));
    page_init(rq, &v.page, N_("Sign in"), NAV_NONE);
    return reply_page(rq, rc, NULL, &v, PAGE(people_sign_in_html));
}

static enum rc sign_in_show(struct req *rq)
{
    bool is_set_up;
    TRY(practice_exists(rq->cx, &is_set_up));
    if (!is_set_up)
        return reply_redirect(rq, "/set-up");
    return sign_in_again(rq, RC_OK, &rq->query);
}

static enum rc sign_in_do(struct req *rq)
{
    char token[44];
    const char *email = form_get(&rq->form, "email"), *password = form_get(&rq->form, "password");
    enum rc rc = sign_in(rq->cx, or_empty(email), or_empty(password), rq->user_agent, token);
    if (rc == RC_DENIED || rc == RC_INVALID)
        return sign_in_again(rq, rc, &rq->form);
    TRY(rc);
    reply_session(rq, token, 12 * 3600);
    return reply_done(rq, path_next(&rq->form, "/"), rq->cx->actor.user, 0, false, NULL);
}

/* One click, and only where there is nothing to protect. */
static enum rc sign_in_demo(struct req *rq)
{
    char token[44];
    const char *email = form_get(&rq->form, "email");
    if (!settings_are_local_demo(&rq->cx->app->settings))
        return refuse(rq->cx, RC_NOT_FOUND, NULL, N_("This is not a demo practice."));
    enum rc rc = sign_in(rq->cx, or_empty(email), demo_password, rq->user_agent, token);
    if (rc == RC_DENIED || rc == RC_INVALID)
        return sign_in_again(rq, rc, &rq->form);
    TRY(rc);
    reply_session(rq, token, 12 * 3600);
    return reply_done(rq, path_next(&rq->form, "/"), rq->cx->actor.user, 0, false, NULL);
}

/* Without a password: the key itself says whose it is. */
static enum rc sign_in_passkey(struct req *rq)
{
    char token[44];
    const char *flash = NULL;
    struct passkey_owner who = {0};
    struct passkey_site site = passkey_site_of(rq);
    struct passkey_sent s = passkey_sent_of(&rq->form);
    enum rc rc = passkey_use(rq->cx, &site, CHALLENGE_SIGN_IN, &s, &who);
    if (rc == RC_OK)
        rc = session_by_passkey(rq->cx, who.practice, who.person, rq->user_agent, token);
    if (rc == RC_DENIED)
        rc = refuse(rq->cx, RC_INVALID, "passkey", N_("This account is closed."));
    if (rc == RC_INVALID) {
        rq->cx->actor = (struct actor){0};
        return sign_in_again(rq, rc, &rq->form);
    }
    TRY(rc);
    reply_session(rq, token, 12 * 3600);
    TRY(devices_meet(rq, &flash));
    return reply_done(rq, path_next(&rq->form, "/"), who.person, 0, false, flash);
}

static enum rc sign_out_do(struct req *rq)
{
    TRY(sign_out(rq->cx, rq->token));
    reply_session(rq, NULL, 0);
    return reply_done(rq, "/sign-in", (struct id){{0}}, 0, false, NULL);
}

/* --- lock -------------------------------------------------------------------------------- */

static enum rc lock_do(struct req *rq)
{
    TRY(session_lock(rq->cx, rq->token, true));
    reply_clear_cache(rq);
    struct buf b;
    buf_init(&b, rq->cx->arena, 4096);
    buf_puts(&b, "/locked?next=");
    template_url_part((struct html){&b, NULL}, path_next(&rq->form, "/"));
    return reply_done(rq, b.s, (struct id){{0}}, 0, false, NULL);
}

static enum rc locked_again(struct req *rq, enum rc rc, const struct form *f)
{
    struct locked_view v = {.next = path_next(f, "/")};
    TRY(session_precedes_key(rq->cx, rq->token, &v.is_new_key));
    v.problem = rc == RC_OK ? NULL : cx_err(rq->cx, "password");
    page_init(rq, &v.page, N_("Locked"), NAV_NONE);
    v.name = or_empty(rq->cx->actor.name);
    v.page.is_signed_in = false; /* the calm card, without the frame's links */
    return reply_page(rq, rc, NULL, &v, PAGE(people_locked_html));
}

/* The page tells every tab to lock: it is there only when the session is locked already, so that a
 * link to it, or one followed too late, changes nothing. */
static enum rc locked_show(struct req *rq)
{
    if (!rq->is_locked)
        return reply_redirect(rq, path_next(&rq->query, "/"));
    return locked_again(rq, RC_OK, &rq->query);
}

static enum rc locked_do(struct req *rq)
{
    const char *password = form_get(&rq->form, "password");
    enum rc rc = password_confirm(rq->cx, "password", or_empty(password));
    if (rc == RC_INVALID)
        return locked_again(rq, rc, &rq->form);
    TRY(rc);
    TRY(session_lock(rq->cx, rq->token, false));
    return reply_done(rq, path_next(&rq->form, "/"), (struct id){{0}}, 0, false, NULL);
}

/* --- first start ----------------------------------------------------------------------------- */

static const struct field set_up_fields[] = {
    TEXT(struct set_up, token, N_("Token"), .flags = REQUIRED | NOEXPORT, .max = 40,
         .help =
             N_("The program printed it where it was started: whoever reads it there may begin.")),
    TEXT(struct set_up, practice, N_("Name of the practice"), .flags = REQUIRED, .max = 120),
    TEXT(struct set_up, given_name, N_("Your given name"), .flags = REQUIRED, .max = 80),
    TEXT(struct set_up, family_name, N_("Your family name"), .flags = REQUIRED, .max = 80),
    TEXT(struct set_up, email, N_("Your e-mail"), .flags = REQUIRED | EMAIL, .max = 200),
    TEXT(struct set_up, password, N_("Password"), .flags = REQUIRED | NOEXPORT, .max = 200),
    TEXT(struct set_up, time_zone, N_("Time zone"), .flags = REQUIRED, .max = 60),
    TEXT(struct set_up, locale, N_("Language and region"), .flags = REQUIRED, .max = 20),
    TEXT(struct set_up, currency, N_("Currency"), .flags = REQUIRED, .max = 3),
};
const struct record_type set_up_type = {.table = "set_up",
                                        .name = "SetUp",
                                        .fields = set_up_fields,
                                        .n_fields = N_ELEMS(set_up_fields)};

/* Others reach this page too: on this computer, or through a proxy that is open already. */
static bool is_start_token(const struct cx *cx, const char *token)
{
    const char *want = cx->app->start_token;
    return want != NULL && token != NULL && strlen(token) == strlen(want) &&
           seal_equal(token, want, strlen(want));
}

static enum rc knows_token(struct cx *cx, const char *token)
{
    return is_start_token(cx, token)
               ? RC_OK
               : refuse(cx, RC_INVALID, "token",
                        N_("This is not the token. A new one is printed whenever the program "
                           "starts."));
}

static enum rc set_up_again(struct req *rq, enum rc rc, const struct set_up *s,
                            const struct form *typed)
{
    struct set_up_view v = {.form = {.cx = rq->cx, .t = &set_up_type, .rec = s, .typed = typed}};
    const char *token = typed != NULL ? form_get(typed, "token") : s->token;
    v.token = is_start_token(rq->cx, token) ? token : NULL; /* asked for once */
    v.zone = select_zone(&v.form, "time_zone");
    v.locale = select_locale(&v.form, "locale");
    v.password_problem = cx_err(rq->cx, "password");
    page_init(rq, &v.page, N_("Set up"), NAV_NONE);
    v.page.errors = typed != NULL ? &v.form : NULL;
    return reply_page(rq, rc, NULL, &v, PAGE(people_set_up_html));
}

static enum rc no_practice_yet(struct cx *cx)
{
    bool is_set_up;
    TRY(practice_exists(cx, &is_set_up));
    return is_set_up ? refuse(cx, RC_NOT_FOUND, NULL, N_("This practice is already set up."))
                     : RC_OK;
}

static enum rc set_up_show(struct req *rq)
{
    struct set_up s = {
        .time_zone = "Europe/Madrid", .locale = locale_name(rq->cx->locale), .currency = "EUR"};
    TRY(no_practice_yet(rq->cx));
    s.token = form_get(&rq->query, "token");
    return set_up_again(rq, RC_OK, &s, NULL);
}

static enum rc set_up_make(struct cx *cx, const struct set_up *s)
{
    struct practice p;
    struct person owner;
    record_init(&practice_type, &p);
    record_init(&person_type, &owner);
    p.name = s->practice;
    p.time_zone = s->time_zone;
    p.locale = s->locale;
    p.currency = s->currency;
    p.invoice_due_days = 14;
    p.note_late_hours = 72;
    owner.given_name = s->given_name;
    owner.family_name = s->family_name;
    owner.email = s->email;
    owner.locale = s->locale;
    owner.roles = ROLE_OWNER | ROLE_CLINICIAN;
    owner.is_active = true;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(no_practice_yet(cx)); /* two may have had the form open */
    TRY(practice_create(cx, &p));
    TRY(person_save(cx, &owner, s->password));
    return db_commit(&tx);
}

static enum rc set_up_do(struct req *rq)
{
    struct set_up s;
    char token[44];
    TRY(no_practice_yet(rq->cx));
    record_init(&set_up_type, &s);
    enum rc rc = record_parse(rq->cx, &set_up_type, &rq->form, NULL, &s);
    if (rc == RC_OK)
        rc = knows_token(rq->cx, s.token);
    if (rc == RC_OK)
        rc = set_up_make(rq->cx, &s);
    TRY(seal_lock(rq->cx->keys)); /* from here on the clinical tier is open to whoever signs in */
    if (rc == RC_INVALID)
        return set_up_again(rq, rc, &s, &rq->form);
    TRY(rc);
    TRY(sign_in(rq->cx, s.email, s.password, rq->user_agent, token));
    reply_session(rq, token, 12 * 3600);
    return reply_done(rq, "/recovery-kit", (struct id){{0}}, 0, true,
                      N_("Your practice is ready. One thing is left: its recovery kit."));
}

/* --- the table ----------------------------------------------------------------------------------
 */

static const struct form_key sign_in_keys[] = {
    {"email", FORM_STRING}, {"password", FORM_STRING}, {0}};
static const struct form_key password_keys[] = {
    {"old", FORM_STRING}, {"password", FORM_STRING}, {0}};
static const struct form_key passkey_keys[] = {{"passkey.", FORM_STRING}, {0}};
static const struct form_key demo_keys[] = {{"email", FORM_STRING}, {0}};
static const struct form_key factor_keys[] = {
    {"code", FORM_STRING}, {"passkey.", FORM_STRING}, {0}};
static const struct form_key step_up_keys[] = {{"code", FORM_STRING},
                                               {"passkey.", FORM_STRING},
                                               {"back", FORM_STRING},
                                               {"f.", FORM_WORDS},
                                               {0}};
static const struct form_key code_keys[] = {{"code", FORM_STRING}, {0}};
static const struct form_key enrol_keys[] = {{"passkey.", FORM_STRING}, {"name", FORM_STRING}, {0}};
static const struct form_key link_keys[] = {{"drops_factors", FORM_BOOL}, {0}};
static const struct form_key invitation_keys[] = {
    {"token", FORM_STRING}, {"password", FORM_STRING}, {0}};
static const struct form_key token_keys[] = {
    {"name", FORM_STRING}, {"days", FORM_NUMBER}, {"scope.", FORM_BOOL}, {0}};
static const struct form_key hours_keys[] = {{"day.", FORM_STRING}, {0}};

static const struct route routes[] = {
    {GET, "/sign-in", PERM_PUBLIC, NO_BODY, sign_in_show, N_("Sign-in form")},
    {POST, "/sign-in", PERM_PUBLIC, 4 * KiB, sign_in_do, N_("Sign in"), .reads = sign_in_keys,
     .flags = NO_CSRF | SLOW},
    {POST, "/sign-in/passkey", PERM_PUBLIC, 16 * KiB, sign_in_passkey, N_("Sign in with a passkey"),
     .reads = passkey_keys, .flags = NO_CSRF},
    {POST, "/sign-in/demo", PERM_PUBLIC, 4 * KiB, sign_in_demo,
     N_("Sign in to a demo on this computer"), .reads = demo_keys, .flags = NO_CSRF | SLOW},
    {GET, "/forgotten", PERM_PUBLIC, NO_BODY, forgotten_show,
     N_("How a lost password is replaced")},
    {GET, "/second-factor", PERM_SIGNED_IN, NO_BODY, factor_show, N_("Form for the second factor"),
     .flags = FACTOR_TOO},
    {POST, "/second-factor", PERM_SIGNED_IN, 16 * KiB, factor_do, N_("Show the second factor"),
     .reads = factor_keys, .flags = FACTOR_TOO},
    {GET, "/step-up", PERM_SIGNED_IN, NO_BODY, step_up_show,
     N_("Form for the second factor, once more")},
    {POST, "/step-up", PERM_SIGNED_IN, 64 * KiB, step_up_do, N_("Show the second factor once more"),
     .reads = step_up_keys},
    {GET, "/second-factor/new", PERM_SIGNED_IN, NO_BODY, enrol_show,
     N_("Page to set up a second factor"), .flags = ENROL_TOO | STEP_UP},
    {POST, "/second-factor/app", PERM_SIGNED_IN, 4 * KiB, enrol_app,
     N_("Set up one-time codes of an app"), .reads = code_keys, .flags = ENROL_TOO | STEP_UP},
    {POST, "/second-factor/passkey", PERM_SIGNED_IN, 16 * KiB, enrol_passkey,
     N_("Set up a passkey"), .reads = enrol_keys, .flags = ENROL_TOO | STEP_UP},
    {POST, "/account/app/drop", PERM_SIGNED_IN, 4 * KiB, app_drop,
     N_("Take the own app's codes away"), .flags = STEP_UP},
    {POST, "/account/passkeys/{id}/drop", PERM_SIGNED_IN, 4 * KiB, passkey_drop_do,
     N_("Take an own passkey away"), .flags = STEP_UP},
    {POST, "/account/recovery-codes", PERM_SIGNED_IN, 4 * KiB, codes_do,
     N_("Make new recovery codes, shown once"), .flags = STEP_UP},
    {GET, "/account/tokens", PERM_SIGNED_IN, NO_BODY, tokens_show,
     N_("The own tokens for programs"), .answer = &tokens_shape},
    {POST, "/account/tokens", PERM_SIGNED_IN, 4 * KiB, tokens_do,
     N_("Make a token for a program, shown once"), .reads = token_keys, .flags = STEP_UP},
    {GET, "/invitation", PERM_PUBLIC, NO_BODY, invitation_show,
     N_("Form to choose a password by a link of one use")},
    {POST, "/invitation", PERM_PUBLIC, 4 * KiB, invitation_do,
     N_("Choose a password by a link of one use"), .reads = invitation_keys,
     .flags = NO_CSRF | SLOW},
    {POST, "/practice/staff/{id}/link", PERM_STAFF_WRITE, 4 * KiB, staff_link,
     N_("Make a link of one use, shown once"), .reads = link_keys, .flags = STEP_UP},
    {POST, "/account/sessions/{id}/end", PERM_SIGNED_IN, 4 * KiB, account_session_end,
     N_("End an own session or token")},
    {POST, "/sign-out", PERM_SIGNED_IN, 4 * KiB, sign_out_do, N_("Sign out"),
     .flags = LOCKED_TOO | FACTOR_TOO | ENROL_TOO},
    {POST, "/lock", PERM_SIGNED_IN, 4 * KiB, lock_do, N_("Lock the screen"), .flags = LOCKED_TOO},
    {GET, "/locked", PERM_SIGNED_IN, NO_BODY, locked_show, N_("Unlock form"), .flags = LOCKED_TOO},
    {POST, "/locked", PERM_SIGNED_IN, 4 * KiB, locked_do, N_("Unlock"), .reads = password_keys,
     .flags = LOCKED_TOO | SLOW},
    {GET, "/set-up", PERM_PUBLIC, NO_BODY, set_up_show,
     N_("First start: form for practice and owner")},
    {POST, "/set-up", PERM_PUBLIC, 16 * KiB, set_up_do, N_("First start: make practice and owner"),
     .takes = &set_up_type, .flags = NO_CSRF | SLOW},
    {GET, "/account", PERM_SIGNED_IN, NO_BODY, account_show, N_("The own account and sessions"),
     .answer = &account_shape},
    {POST, "/account", PERM_SIGNED_IN, 16 * KiB, account_save, N_("Change the own account"),
     .takes = &person_type, .flags = SLOW},
    {POST, "/account/password", PERM_SIGNED_IN, 4 * KiB, account_password,
     N_("Change the own password"), .reads = password_keys, .flags = SLOW},
    {POST, "/account/sign-out-everywhere", PERM_SIGNED_IN, 4 * KiB, account_sign_out,
     N_("End all own sessions")},
    {GET, "/practice/staff", PERM_PRACTICE_READ, NO_BODY, staff_list, N_("Members of staff"),
     .discloses = "staff", .answer = &staff_shape},
    {GET, "/practice/staff/new", PERM_STAFF_WRITE, NO_BODY, staff_new,
     N_("Form for a new account")},
    {POST, "/practice/staff", PERM_STAFF_WRITE, 16 * KiB, staff_create, N_("Make an account"),
     .takes = &person_type, .flags = SLOW | STEP_UP},
    {GET, "/practice/staff/{id}", PERM_STAFF_WRITE, NO_BODY, staff_show, N_("One account"),
     .discloses = "person", .answer = &person_shape},
    {POST, "/practice/staff/{id}", PERM_STAFF_WRITE, 16 * KiB, staff_save, N_("Change an account"),
     .takes = &person_type, .flags = SLOW | STEP_UP},
    {POST, "/practice/staff/{id}/access", PERM_CLINICAL_WRITE, 4 * KiB, staff_access,
     N_("Give a clinician access to clinical records"), .flags = STEP_UP},
    {POST, "/practice/staff/{id}/hours", PERM_STAFF_WRITE, 16 * KiB, staff_hours,
     N_("Set opening hours"), .reads = hours_keys},
};

static const struct sealed_table sealed_person = {.name = "person",
                                                  .class = SEAL_IDENTITY,
                                                  .others = &SQL_PERSON_OTHER_KEY,
                                                  .put = &SQL_PERSON_RESEAL};
static const struct sealed_table sealed_session = {.name = "session",
                                                   .class = SEAL_IDENTITY,
                                                   .others = &SQL_SESSION_OTHER_KEY,
                                                   .put = &SQL_SESSION_RESEAL,
                                                   .row = session_row_of};
static const struct sealed_table sealed_passkey = {.name = "passkey",
                                                   .class = SEAL_IDENTITY,
                                                   .others = &SQL_PASSKEY_OTHER_KEY,
                                                   .put = &SQL_PASSKEY_RESEAL};
static const struct sealed_table sealed_totp = {
    .name = "totp", .class = SEAL_IDENTITY, .others = &SQL_TOTP_OTHER_KEY, .put = &SQL_TOTP_RESEAL};
static const struct sealed_table *const sealed[] = {&sealed_person, &sealed_session,
                                                    &sealed_passkey, &sealed_totp, NULL};

const struct domain domain_people = {
    .name = "people",
    ROUTES(routes),
    .statements = PEOPLE_STATEMENTS,
    .n_statements = (int)N_ELEMS(PEOPLE_STATEMENTS),
    .sealed = sealed,
};

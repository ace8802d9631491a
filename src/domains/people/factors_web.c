/* SPDX-License-Identifier: AGPL-3.0-or-later
 * factors_web.c - pages of second factors: shown at sign-in, set up, asked for again. */
#include "factors_web.h"

#include "domains/people/people_web.h"
#include "people_pages.h"
#include "people_private.h"

#include <string.h>

static const struct id no_id;

/* --- what a browser's authenticator needs and gives ----------------------------------------- */

static bool is_origin(void *arg, const char *origin)
{
    return req_is_origin(arg, origin);
}

struct passkey_site passkey_site_of(struct req *rq)
{
    struct passkey_site s = {.rp.id = req_site_name(rq), .is_origin = is_origin, .arg = rq};
    if (s.rp.id != NULL)
        seal_sha256((struct bytes){(const unsigned char *)s.rp.id, strlen(s.rp.id)}, s.rp.hash);
    return s;
}

struct passkey_sent passkey_sent_of(const struct form *f)
{
    return (struct passkey_sent){.credential = form_get(f, "passkey.credential"),
                                 .client_data = form_get(f, "passkey.client_data"),
                                 .auth_data = form_get(f, "passkey.auth_data"),
                                 .signature = form_get(f, "passkey.signature"),
                                 .user = form_get(f, "passkey.user")};
}

struct passkey_ask passkey_ask_of(struct req *rq, enum challenge_use use, const char *label_msgid)
{
    struct cx *cx = rq->cx;
    return (struct passkey_ask){.use = use == CHALLENGE_REGISTER ? "create" : "get",
                                .site = or_empty(req_site_name(rq)),
                                .challenge = challenge_make(cx, use),
                                .user = "",
                                .user_name = "",
                                .known = "",
                                .label = trc(cx, label_msgid)};
}

/* --- devices --------------------------------------------------------------------------------- */

enum rc devices_meet(struct req *rq, const char **ret_flash)
{
    static const char new_here[] = N_("This browser is new here. Your other devices will be told.");
    static const char told[] = N_("Somebody signed in to your account with a browser that was new. "
                                  "If it was not you, sign out everywhere.");
    char fresh[44];
    const char *device = req_device(rq);
    enum device_news news = DEVICE_KNOWN;
    if (device == NULL || strlen(device) != sizeof(fresh) - 1) {
        seal_token(fresh);
        device = arena_strdup(rq->cx->arena, fresh);
    }
    reply_device(rq, device);
    TRY(device_meet(rq->cx, device, &news));
    if (news == DEVICE_OTHERS_NEW)
        reply_offer_page(rq, "/account", N_("My account"));
    if (news != DEVICE_KNOWN)
        *ret_flash = news == DEVICE_NEW ? new_here : told;
    return RC_OK;
}

/* --- asking for a factor ------------------------------------------------------------------------
 */

/* What was typed, under names of its own: "f.given_name". */
static void keep_fields(struct req *rq, const char *prefix, const char *as, struct kept_view *k)
{
    struct arena *a = rq->cx->arena;
    size_t n = strlen(prefix);
    k->fields = arena_array(a, struct form_pair, rq->form.n + 1);
    for (int i = 0; i < rq->form.n; i++) {
        const struct form_pair *p = &rq->form.pair[i];
        if (strcmp(p->key, "csrf") != 0 && strncmp(p->key, prefix, n) == 0)
            k->fields[k->n_fields++] = (struct form_pair){
                .key = arena_printf(a, "%s%s", as, p->key + n), .value = p->value};
    }
}

/* One of ours that is posted to; nothing else is gone on to with fields. */
static const char *back_of(const struct form *f)
{
    const char *back = form_get(f, "back");
    return path_is_own(back) ? back : NULL;
}

static enum rc ask(struct req *rq, enum rc rc, bool is_step_up, struct kept_view kept)
{
    struct cx *cx = rq->cx;
    struct factors f;
    struct factor_view v = {.action = is_step_up ? "/step-up" : "/second-factor",
                            .is_step_up = is_step_up,
                            .kept = kept};
    TRY(factors_of(cx, cx->practice, cx->actor.user, &f));
    v.kept.csrf = rq->csrf;
    v.has_passkeys = f.n_passkeys > 0 && req_site_name(rq) != NULL;
    v.lacks_factor = f.n_passkeys == 0 && !f.has_totp;
    v.problem = cx_err(cx, "code") != NULL ? cx_err(cx, "code") : cx_err(cx, "passkey");
    v.passkey = passkey_ask_of(rq, CHALLENGE_FACTOR, N_("Use a passkey"));
    page_init(rq, &v.page, is_step_up ? N_("Once more, please") : N_("Second factor"), NAV_NONE);
    return reply_page(rq, rc, NULL, &v, PAGE(people_factor_html));
}

/* Outside of any transaction: a guess counts whatever becomes of it. */
static enum rc shown(struct req *rq)
{
    struct passkey_owner who;
    const char *code = form_get(&rq->form, "code");
    struct passkey_sent s = passkey_sent_of(&rq->form);
    struct passkey_site site = passkey_site_of(rq);
    if (is_filled(s.credential))
        return passkey_use(rq->cx, &site, CHALLENGE_FACTOR, &s, &who);
    return code_use(rq->cx, or_empty(code));
}

static enum rc renew(struct req *rq)
{
    char token[44];
    TRY(session_renew(rq->cx, rq->token, GAIN_FACTOR, rq->user_agent, token));
    reply_session(rq, token, 12 * 3600);
    return RC_OK;
}

enum rc factor_show(struct req *rq)
{
    if (rq->state == SESSION_OPEN)
        return reply_redirect(rq, path_next(&rq->query, "/"));
    return ask(rq, RC_OK, false, (struct kept_view){.next = path_next(&rq->query, "/")});
}

enum rc factor_do(struct req *rq)
{
    const char *flash = NULL;
    if (rq->state == SESSION_OPEN)
        return reply_redirect(rq, path_next(&rq->form, "/"));
    enum rc rc = shown(rq);
    if (rc == RC_INVALID)
        return ask(rq, rc, false, (struct kept_view){.next = path_next(&rq->form, "/")});
    TRY(rc);
    TRY(renew(rq));
    TRY(devices_meet(rq, &flash));
    return reply_done(rq, path_next(&rq->form, "/"), rq->cx->actor.user, 0, false, flash);
}

enum rc step_up_show(struct req *rq)
{
    return ask(rq, RC_OK, true, (struct kept_view){.next = path_next(&rq->query, "/")});
}

/* In the place of a handler: what was posted waits in the form that asks. */
enum rc people_step_up(struct req *rq)
{
    struct kept_view kept = {.next = "/", .back = rq->path};
    keep_fields(rq, "", "f.", &kept);
    return ask(rq, RC_DENIED, true, kept);
}

/* The token is a new one, and the csrf token with it. */
static enum rc go_on(struct req *rq, const char *back)
{
    struct go_on_view v = {.kept.back = back, .kept.next = "/"};
    struct web_session fresh;
    keep_fields(rq, "f.", "", &v.kept);
    TRY(people_authenticate(rq->cx, rq->token, false, &fresh));
    rq->csrf = v.kept.csrf = fresh.csrf;
    page_init(rq, &v.page, N_("Thank you"), NAV_NONE);
    return reply_page(rq, RC_OK, NULL, &v, PAGE(people_go_on_html));
}

enum rc step_up_do(struct req *rq)
{
    const char *back = back_of(&rq->form);
    if (rq->is_token) /* a program's token does not become a person's session */
        return RC_DENIED;
    enum rc rc = shown(rq);
    if (rc == RC_INVALID) {
        struct kept_view kept = {.next = path_next(&rq->form, "/"), .back = back};
        keep_fields(rq, "f.", "f.", &kept);
        return ask(rq, rc, true, kept);
    }
    TRY(rc);
    TRY(renew(rq));
    if (back != NULL)
        return go_on(rq, back);
    return reply_done(rq, path_next(&rq->form, "/"), rq->cx->actor.user, 0, false, NULL);
}

/* --- setting one up ------------------------------------------------------------------------- */

static const char *known_keys(struct cx *cx, const struct passkey_row *k, int n)
{
    struct buf b;
    buf_init(&b, cx->arena, 32 * KiB);
    for (int i = 0; i < n; i++)
        buf_printf(&b, "%s%s", i > 0 ? " " : "", k[i].credential);
    return b.s;
}

static enum rc enrol_again(struct req *rq, enum rc rc, const char *next)
{
    struct cx *cx = rq->cx;
    struct person p;
    struct factors f;
    struct passkey_row *k;
    int n;
    unsigned char secret[TOTP_SECRET_BYTES];
    const char *uri;
    struct enrol_view v = {.next = next, .is_first = rq->state != SESSION_OPEN};
    TRY(person_load(cx, cx->actor.user, &p));
    TRY(factors_of(cx, cx->practice, p.id, &f));
    TRY(passkey_list(cx, p.id, &k, &n));
    totp_secret_of(cx, rq->token, secret);
    TRY(totp_uri(cx->arena, secret, p.email, &uri));
    TRY(totp_secret_format(cx->arena, secret, &v.secret));
    TRY(qr_draw(cx->arena, uri, &v.qr));
    v.has_totp = f.has_totp;
    v.has_site = req_site_name(rq) != NULL;
    v.problem = cx_err(cx, "code");
    v.passkey_problem = cx_err(cx, "passkey");
    v.passkey = passkey_ask_of(rq, CHALLENGE_REGISTER, N_("Make a passkey"));
    v.passkey.user = p.id.s;
    v.passkey.user_name = p.email;
    v.passkey.known = known_keys(cx, k, n);
    page_init(rq, &v.page, N_("Second factor"), NAV_NONE);
    return reply_page(rq, rc, NULL, &v, PAGE(people_enrol_html));
}

enum rc enrol_show(struct req *rq)
{
    return enrol_again(rq, RC_OK, path_next(&rq->query, "/"));
}

static const struct member code_members[] = {SHAPE_STR(struct code_view, code)};
static const struct shape code_shape = SHAPE("RecoveryCode", code_members);
static const struct member codes_members[] = {SHAPE_LIST(struct codes_view, codes, &code_shape)};
const struct shape codes_shape = SHAPE("RecoveryCodes", codes_members);

static enum rc show_codes(struct req *rq, bool is_first, const char *next)
{
    const char *code[RECOVERY_CODES];
    struct codes_view v = {.is_first = is_first, .next = next, .n_codes = RECOVERY_CODES};
    TRY(recovery_make(rq->cx, code));
    v.codes = arena_array(rq->cx->arena, struct code_view, RECOVERY_CODES);
    for (int i = 0; i < RECOVERY_CODES; i++)
        v.codes[i].code = code[i];
    page_init(rq, &v.page, N_("Your recovery codes"), NAV_NONE);
    return reply_page(rq, RC_OK, &codes_shape, &v, PAGE(people_codes_html));
}

/* The first one opens the session, and brings the paper for the day it is lost. */
static enum rc enrolled(struct req *rq)
{
    struct factors f;
    const char *flash = NULL;
    TRY(renew(rq));
    TRY(factors_of(rq->cx, rq->cx->practice, rq->cx->actor.user, &f));
    if (f.n_codes > 0)
        return reply_done(rq, "/account", rq->cx->actor.user, 0, false,
                          N_("The second factor is set up. Other devices are signed out."));
    TRY(devices_meet(rq, &flash));
    return show_codes(rq, true, path_next(&rq->form, "/"));
}

enum rc enrol_app(struct req *rq)
{
    const char *code = form_get(&rq->form, "code");
    enum rc rc = totp_enrol(rq->cx, rq->token, or_empty(code));
    if (rc == RC_INVALID)
        return enrol_again(rq, rc, path_next(&rq->form, "/"));
    TRY(rc);
    return enrolled(rq);
}

enum rc enrol_passkey(struct req *rq)
{
    const char *name = form_get(&rq->form, "name");
    struct passkey_site site = passkey_site_of(rq);
    struct passkey_sent s = passkey_sent_of(&rq->form);
    if (!is_filled(name))
        name = trc(rq->cx, N_("Passkey"));
    enum rc rc = passkey_add(rq->cx, &site, &s, name);
    if (rc == RC_INVALID)
        return enrol_again(rq, rc, path_next(&rq->form, "/"));
    TRY(rc);
    return enrolled(rq);
}

enum rc codes_do(struct req *rq)
{
    return show_codes(rq, false, "/account");
}

/* The stamp went up: every session ended but the one that gets a new token here. */
static enum rc dropped(struct req *rq, enum rc rc)
{
    if (rc == RC_INVALID)
        return account_page(rq, rc);
    TRY(rc);
    TRY(renew(rq));
    return reply_done(rq, "/account", no_id, 0, false,
                      N_("It is taken away. Other devices are signed out."));
}

enum rc app_drop(struct req *rq)
{
    return dropped(rq, totp_drop(rq->cx));
}

enum rc passkey_drop_do(struct req *rq)
{
    return dropped(rq, passkey_drop(rq->cx, rq->id[0]));
}

enum rc forgotten_show(struct req *rq)
{
    struct forgotten_view v = {0};
    page_init(rq, &v.page, N_("Forgotten your password?"), NAV_NONE);
    return reply_page(rq, RC_OK, NULL, &v, PAGE(people_forgotten_html));
}

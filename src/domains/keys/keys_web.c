/* SPDX-License-Identifier: AGPL-3.0-or-later
 * keys_web.c - the recovery kit: its page, its sheets for paper, and the way back in with it. */
#include "app/root_key.h"
#include "keys_private.h"
#include "keys_sql.h"
#include "keys_view.h"

#include <string.h>

static const struct id no_id;

/* --- the owner's page ------------------------------------------------------------------ */

static enum rc fill(struct req *rq, const struct recovery_kit *kit, struct kit_view *v)
{
    struct cx *cx = rq->cx;
    int nth[KIT_ASKED];
    kit_asks(kit, nth);
    v->has_kit = true;
    v->is_confirmed = kit->confirmed_ms != 0;
    v->is_due = cx->now_ms - kit->drilled_ms > KIT_DRILL_DAYS * MS_PER_DAY;
    v->made = cx_date(cx, kit->made_ms, DATE_LONG);
    v->checked = v->is_confirmed ? cx_date(cx, kit->drilled_ms, DATE_LONG) : NULL;
    v->ask1 = trf(cx, N_("Word %d"), nth[0]);
    v->ask2 = trf(cx, N_("Word %d"), nth[1]);
    return RC_OK;
}

static enum rc fill_keys(struct cx *cx, struct kit_view *v)
{
    struct practice_key_row clinical, operational;
    struct epochs e;
    int64_t boot_ms;
    TRY(practice_key(cx, SEAL_CLINICAL, &clinical));
    TRY(practice_key(cx, SEAL_IDENTITY, &operational));
    TRY(practice_epoch(cx, &e));
    TRY(root_key_made(cx, &boot_ms));
    v->clinical = cx_date(cx, clinical.made_ms, DATE_LONG);
    v->operational = cx_date(cx, operational.made_ms, DATE_LONG);
    v->epoch = cx_date(cx, e.made_ms, DATE_LONG);
    v->boot = cx_date(cx, boot_ms, DATE_LONG);
    v->is_key_due = clinical.due_ms != 0;
    v->is_moving = operational.phase != KEY_SETTLED;
    v->key_problem = cx_err(cx, NULL);
    return keys_clinical_is_left(cx, &v->is_key_left);
}

static enum rc kit_again(struct req *rq, enum rc rc)
{
    struct cx *cx = rq->cx;
    struct recovery_kit kit, *all;
    int n;
    struct kit_view v = {.tabs = practice_tabs_of(cx, (struct practice_tabs){.keys = true}),
                         .is_open = seal_is_open(cx->keys, cx->practice),
                         .problem = cx_err(cx, "words")};
    enum rc found = kit_own(cx, &kit);
    if (found == RC_OK)
        found = fill(rq, &kit, &v);
    if (found != RC_NOT_FOUND)
        TRY(found);
    TRY(kit_list(cx, &all, &n));
    for (int i = 0; i < n; i++)
        v.has_others |= all[i].confirmed_ms != 0 && !id_eq(all[i].person, cx->actor.user);
    TRY(fill_keys(cx, &v));
    page_init(rq, &v.page, N_("Recovery kit"), NAV_PRACTICE);
    return reply_page(rq, rc, NULL, &v, PAGE(keys_kit_html));
}

static enum rc kit_page(struct req *rq)
{
    return kit_again(rq, RC_OK);
}

static enum rc kit_new(struct req *rq)
{
    TRY(kit_make(rq->cx));
    return reply_done(rq, "/recovery-kit", no_id, 0, true, NULL);
}

static enum rc clinical_key(struct req *rq)
{
    enum rc rc = keys_rotate_clinical(rq->cx);
    if (rc == RC_CONFLICT)
        return kit_again(rq, rc);
    TRY(rc);
    return reply_done(rq, "/recovery-kit", no_id, 0, false, N_("The clinical key is a new one."));
}

static enum rc kit_check(struct req *rq)
{
    struct recovery_kit kit;
    const char *typed[KIT_ASKED] = {form_get(&rq->form, "word1"), form_get(&rq->form, "word2")};
    TRY(kit_own(rq->cx, &kit));
    enum rc rc = kit_confirm(rq->cx, &kit, typed);
    if (rc == RC_INVALID)
        return kit_again(rq, rc);
    TRY(rc);
    return reply_done(rq, kit.confirmed_ms == 0 ? "/practice" : "/recovery-kit", kit.id, 0, false,
                      kit.confirmed_ms == 0 ? N_("The recovery kit is complete.")
                                            : N_("Thank you: that is the kit."));
}

/* --- on paper -------------------------------------------------------------------------------- */

static enum rc sheet(struct cx *cx, const struct recovery_kit *kit, int nth, struct sheet_view *ret)
{
    const char *word[KIT_WORDS];
    struct buf b;
    TRY(kit_show(cx, kit, nth, word));
    buf_init(&b, cx->arena, QR_MAX_BYTES);
    ret->n_words = KIT_WORDS;
    for (int i = 0; i < KIT_WORDS; i++) {
        ret->words[i].word = word[i];
        buf_printf(&b, "%s%s", i > 0 ? " " : "", word[i]);
    }
    ret->title = nth == 0 ? trc(cx, N_("Recovery kit"))
                          : trf(cx, N_("Recovery kit, sheet %d of %d"), nth, KIT_SHEETS);
    return qr_draw(cx->arena, b.s, &ret->qr);
}

static enum rc kit_print(struct req *rq)
{
    struct cx *cx = rq->cx;
    struct recovery_kit kit;
    struct practice p;
    const char *as = form_get(&rq->query, "as");
    struct print_view v = {.is_split = as != NULL && strcmp(as, "sheets") == 0};
    TRY(kit_own(cx, &kit));
    TRY(practice_load(cx, &p));
    v.practice = p.name;
    v.made = cx_date(cx, kit.made_ms, DATE_LONG);
    for (size_t i = 0; i < sizeof(kit.sealed.root); i++)
        v.has_root |= kit.sealed.root[i] != 0;
    v.n_sheets = v.is_split ? KIT_SHEETS : 1;
    v.sheets = arena_array(cx->arena, struct sheet_view, v.n_sheets);
    for (int i = 0; i < v.n_sheets; i++)
        TRY(sheet(cx, &kit, v.is_split ? i + 1 : 0, &v.sheets[i]));
    rq->n_disclosed = 1;
    rq->disclosed = kit.id;
    page_init(rq, &v.page, N_("Recovery kit"), NAV_PRACTICE);
    return reply_page(rq, RC_OK, NULL, &v, PAGE(keys_print_html));
}

/* --- back in with it ---------------------------------------------------------------------------
 */

static enum rc recover_again(struct req *rq, enum rc rc)
{
    struct cx *cx = rq->cx;
    struct recover_view v = {.email = or_empty(form_get(&rq->form, "email")),
                             .email_problem = cx_err(cx, "email"),
                             .words_problem = cx_err(cx, "words"),
                             .password_problem = cx_err(cx, "password")};
    page_init(rq, &v.page, N_("Use the recovery kit"), NAV_NONE);
    return reply_page(rq, rc, NULL, &v, PAGE(keys_recover_html));
}

static enum rc recover_show(struct req *rq)
{
    return recover_again(rq, RC_OK);
}

/* What the kit opened was for the new password; from here on it is open to whoever signs in. */
static enum rc recover_do(struct req *rq)
{
    struct cx *cx = rq->cx;
    const char *email = form_get(&rq->form, "email"), *words = form_get(&rq->form, "words"),
               *password = form_get(&rq->form, "password");
    enum rc rc = kit_recover_person(cx, or_empty(email), or_empty(words), or_empty(password));
    TRY(seal_lock(cx->keys));
    if (rc == RC_INVALID)
        return recover_again(rq, rc);
    TRY(rc);
    return reply_done(rq, "/sign-in", no_id, 0, false,
                      N_("You have a new password. Sign in with it."));
}

static const struct form_key check_keys[] = {{"word1", FORM_STRING}, {"word2", FORM_STRING}, {0}};
static const struct form_key recover_keys[] = {
    {"email", FORM_STRING}, {"words", FORM_STRING}, {"password", FORM_STRING}, {0}};

static const struct route routes[] = {
    {GET, "/recovery-kit", PERM_KEYS, NO_BODY, kit_page, N_("The recovery kit")},
    {POST, "/recovery-kit", PERM_KEYS, 4 * KiB, kit_new, N_("Make a recovery kit"),
     .flags = STEP_UP},
    {POST, "/recovery-kit/clinical-key", PERM_KEYS, 4 * KiB, clinical_key,
     N_("Change the clinical key, or go on with it"), .flags = STEP_UP},
    {GET, "/recovery-kit/print", PERM_KEYS, NO_BODY, kit_print,
     N_("The recovery kit, or its three sheets, for paper"), .discloses = "recovery kit",
     .flags = STEP_UP},
    {POST, "/recovery-kit/check", PERM_KEYS, 4 * KiB, kit_check, N_("Type two of the kit's words"),
     .reads = check_keys},
    {GET, "/recover", PERM_PUBLIC, NO_BODY, recover_show,
     N_("Form for a new password by the recovery kit")},
    {POST, "/recover", PERM_PUBLIC, 16 * KiB, recover_do,
     N_("Set a new password by the recovery kit"), .reads = recover_keys, .flags = NO_CSRF | SLOW},
};

static const struct job_kind *const jobs[] = {&keys_epoch_job, &keys_clinical_job,
                                              &keys_operational_job, NULL};

const struct domain domain_keys = {
    .name = "keys",
    ROUTES(routes),
    .statements = KEYS_STATEMENTS,
    .n_statements = (int)N_ELEMS(KEYS_STATEMENTS),
    .on_event = keys_event,
    .jobs = jobs,
};

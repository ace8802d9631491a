/* SPDX-License-Identifier: AGPL-3.0-or-later
 * support.c - a practice with its staff on a fresh database. */
#include "support.h"

#include "app/audit.h"
#include "app/root_key.h"
#include "db/migrate.h"
#include "domains/clients/clients.h"
#include "domains/people/people.h"
#include "support_db.h"
#include "support_schema.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const char WORLD_PASSWORD[] = "fourteen blue umbrellas";
static const char csrf[] = "csrf-of-the-tests";

static const struct {
    const char *key, *given_name, *family_name;
    unsigned roles;
} staff[WHO_N_] = {
    [OWNER] = {"owner", "Olga", "Owen", ROLE_OWNER},
    [CLINICIAN_A] = {"clinician_a", "Ana", "Alba", ROLE_CLINICIAN},
    [CLINICIAN_B] = {"clinician_b", "Berta", "Blanco", ROLE_CLINICIAN},
    [RECEPTION] = {"reception", "Rosa", "Rey", ROLE_RECEPTION},
    [BILLING] = {"billing", "Bruno", "Bravo", ROLE_BILLING},
    [SUPERVISOR] = {"supervisor", "Sara", "Sol", ROLE_SUPERVISOR},
    [PRIVACY] = {"privacy", "Petra", "Vidal", ROLE_PRIVACY},
    [ADMIN] = {"admin", "Adam", "Zamora", ROLE_ADMIN},
    [A_CLIENT] = {"a_client", "Clara", "Zurita", ROLE_CLIENT},
    [A_PROXY] = {"a_proxy", "Xenia", "Xirau", ROLE_PROXY},
};

/* --- time ------------------------------------------------------------------------ */

static int64_t clock_now_ms; /* the seam of the tests: app->clock_ms takes no argument */

static int64_t clock_ms(void)
{
    return clock_now_ms;
}

void world_at(struct world *w, int64_t now_ms)
{
    clock_now_ms = w->cx.now_ms = now_ms;
}

/* --- the practice ------------------------------------------------------------------ */

void ok_(enum rc rc, const char *expr, const char *file, int line, const struct cx *cx)
{
    if (rc == RC_OK)
        return;
    print_error("%s:%d: %s: rc %d\n", file, line, expr, rc);
    print_error("  database: %s\n", cx->db != NULL ? db_error(cx->db) : "none");
    for (int i = 0; i < cx->n_errs; i++)
        print_error("  %s: %s\n", cx->errs[i].field != NULL ? cx->errs[i].field : "(all)",
                    cx->errs[i].user);
    if (cx->detail != NULL)
        print_error("  detail: %s\n", cx->detail);
    _fail(file, line);
}
#define DONE(w_, expr_) ok_((expr_), #expr_, __FILE__, __LINE__, &(w_)->cx)

static void make_practice(struct world *w)
{
    struct practice p;
    record_init(&practice_type, &p);
    p.version = 0;
    p.name = "Practice of the tests";
    p.legal_name = "Olga Owen";
    p.tax_id = "00000000T";
    p.street = "Calle Mayor 1";
    p.postal_code = "08001";
    p.city = "Barcelona";
    p.country = "ES";
    p.time_zone = "Europe/Madrid";
    p.locale = "en-GB";
    p.currency = "EUR";
    p.is_demo = true;
    p.invoice_due_days = 14;
    p.note_late_hours = 48;
    DONE(w, practice_create(&w->cx, &p));
    w->app.settings.is_demo = true;
}

static void make_staff(struct world *w)
{
    for (int i = 0; i < WHO_N_; i++) {
        struct person p = {.roles = staff[i].roles, .is_active = true, .color = i};
        p.given_name = staff[i].given_name;
        p.family_name = staff[i].family_name;
        p.email = arena_printf(&w->arena, "%s@example.org", staff[i].key);
        p.locale = "en-GB";
        p.lock_min = 15;
        DONE(w, person_save(&w->cx, &p, WORLD_PASSWORD));
        w->person[i] = p.id;
    }
}

void world_as(struct world *w, enum who who)
{
    struct actor program = {.roles = ROLE_ALL, .name = "entracte"}, nobody = {0};
    w->cx.n_errs = 0;
    w->cx.detail = NULL;
    w->cx.actor = who == PROGRAM ? program : nobody;
    if (who >= WHO_N_)
        return;
    w->cx.actor.user = w->person[who];
    w->cx.actor.roles = staff[who].roles;
    w->cx.actor.name = staff[who].given_name;
    w->cx.actor.is_fresh = true;
}

const struct cap *world_cap(struct world *w, struct id client)
{
    struct actor was = w->cx.actor;
    const struct cap *cap;
    world_as(w, PROGRAM);
    DONE(w, authorize(&w->cx, ACT_WRITE_NOTES, client, PURPOSE_CARE, &cap));
    w->cx.actor = was;
    return cap;
}

struct id world_client(struct world *w, enum who clinician, const char *given_name,
                       const char *family_name)
{
    struct client c = {0};
    record_init(&client_type, &c);
    c.status = CLIENT_ACTIVE;
    c.clinician = w->person[clinician];
    c.given_name = given_name;
    c.family_name = family_name;
    world_as(w, OWNER);
    DONE(w, client_save(&w->cx, &c));
    return c.id;
}

/* --- requests ------------------------------------------------------------------------ */

/* A token is the key of who it is. */
static enum rc authenticate(struct cx *cx, const char *token, bool is_bearer,
                            struct web_session *ret)
{
    const struct world *w =
        (const struct world *)((const char *)cx->app - offsetof(struct world, app));
    cx_practice(cx, w->cx.practice);
    cx->zone = w->cx.zone;
    cx->currency = w->cx.currency;
    cx->locale = w->cx.locale;
    cx->cat = w->cx.cat;
    for (int i = 0; i < WHO_N_; i++) {
        if (token == NULL || strcmp(token, staff[i].key) != 0)
            continue;
        cx->actor = (struct actor){
            .user = w->person[i], .roles = staff[i].roles, .name = staff[i].given_name};
        *ret = (struct web_session){.csrf = csrf,
                                    .theme = "auto",
                                    .density = "comfortable",
                                    .practice_name = "Practice of the tests",
                                    .lock_min = 15,
                                    .is_token = is_bearer,
                                    .is_fresh = !w->is_stale};
        return RC_OK;
    }
    return RC_DENIED;
}

static enum rc touch(struct cx *cx, const char *token)
{
    (void)cx;
    (void)token;
    return RC_OK;
}

static struct web_answer call(struct world *w, const struct web_call *c)
{
    struct web_answer answer = {0};
    web_call(w->web, w->db, &w->arena, c, &answer);
    (void)db_practice(w->db, w->cx.practice);
    if (c->bearer == NULL || answer.status != 200)
        return answer;
    const struct route *r = schema_route(w->domains, c->method, c->target);
    if (r != NULL && r->answer != NULL) /* what the API document promises */
        schema_check(&w->arena, r->answer, c->target, answer.body);
    return answer;
}

struct web_answer world_call(struct world *w, enum method method, const char *target, enum who who,
                             const char *body)
{
    const char *key = who < WHO_N_ ? staff[who].key : NULL;
    bool is_json = body != NULL && body[0] == '{';
    struct web_call c = {.method = method, .target = target, .accept = "text/html"};
    if (is_json) {
        c.bearer = key;
        c.accept = c.content_type = "application/json";
    } else if (key != NULL) {
        c.cookie = arena_printf(&w->arena, "entracte_s=%s", key);
    }
    if (!is_json && method == POST) {
        c.content_type = "application/x-www-form-urlencoded";
        body = arena_printf(&w->arena, "csrf=%s&%s", csrf, body != NULL ? body : "");
    }
    if (body != NULL)
        c.body = (struct bytes){(const unsigned char *)body, strlen(body)};
    return call(w, &c);
}

struct web_answer world_follow(struct world *w, const struct web_answer *a, enum who who)
{
    size_t n = a->cookie != NULL ? strcspn(a->cookie, ";") : 0;
    struct web_call c = {.method = GET, .target = a->location, .accept = "text/html"};
    c.cookie = arena_printf(&w->arena, "entracte_s=%s; %.*s", staff[who].key, (int)n,
                            a->cookie != NULL ? a->cookie : "");
    return call(w, &c);
}

struct web_answer world_get_json(struct world *w, const char *target, enum who who)
{
    struct web_call c = {.method = GET, .target = target, .accept = "application/json"};
    c.bearer = who < WHO_N_ ? staff[who].key : NULL;
    return call(w, &c);
}

const char *answer_text(struct world *w, const struct web_answer *a)
{
    return arena_strndup(&w->arena, (const char *)a->body.p, a->body.len);
}

bool holds(const struct web_answer *a, const char *part)
{
    return memmem(a->body.p, a->body.len, part, strlen(part)) != NULL;
}

static void refuse_answer(const struct web_answer *a, const char *file, int line)
{
    print_error("%s:%d: in: %.*s\n", file, line, (int)a->body.len, (const char *)a->body.p);
    _fail(file, line);
}

void answer_is_(const struct web_answer *a, int status, const char *file, int line)
{
    if (a->status == status)
        return;
    print_error("status %d, want %d\n", a->status, status);
    refuse_answer(a, file, line);
}

void answer_holds_(const struct web_answer *a, const char *part, bool wanted, const char *file,
                   int line)
{
    if (holds(a, part) == wanted)
        return;
    print_error("\"%s\" is%s there\n", part, wanted ? " not" : "");
    refuse_answer(a, file, line);
}

/* --- statements ------------------------------------------------------------------------- */

void world_prepares(struct world *w, const struct domain *d)
{
    assert_true(d->n_statements > 0);
    for (int i = 0; i < d->n_statements; i++)
        if (db_check(w->db, d->statements[i]) != RC_OK)
            fail_msg("%s: %s", d->statements[i]->name, db_error(w->db));
}

static void count_violation(void *arg, const char *invariant, const char *detail)
{
    print_message("violation: %s: %s\n", invariant, detail);
    ++*(int *)arg;
}

static void hear_nothing(void *arg, int64_t n_opened, int64_t n_all)
{
    (void)arg;
    assert_true(n_opened <= n_all);
}

int world_check(struct world *w, const struct domain *d)
{
    int n = 0;
    DONE(w, d->check(&w->cx, count_violation, &n));
    const struct sealed_check all = {
        .max = INT64_MAX, .report = count_violation, .tell = hear_nothing, .arg = &n};
    if (d->check_sealed != NULL)
        DONE(w, d->check_sealed(&w->cx, &all));
    return n;
}

int world_count(struct world *w, const struct db_stmt *st, const struct db_val *v, int n)
{
    int count = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    DONE(w, db_query(w->db, &w->arena, st, v, n, &rows));
    while (db_next(rows))
        count++;
    DONE(w, db_end(rows));
    return count;
}

/* --- opening and closing -------------------------------------------------------------------- */

static void open_audit(struct world *w)
{
    const char *why = NULL;
    snprintf(w->folder, sizeof(w->folder), "/tmp/entracte-world-XXXXXX");
    assert_non_null(mkdtemp(w->folder));
    w->app.settings.data_dir = w->folder;
    const struct audit_config c = {.dir = w->folder, .keys = w->app.keys, .clock_ms = clock_ms};
    if (audit_open(&c, &w->app.audit, &why) != RC_OK)
        fail_msg("audit_open: %s", why != NULL ? why : "no sentence");
}

static void close_audit(struct world *w)
{
    char path[sizeof(w->folder) + 16];
    audit_close(w->app.audit);
    snprintf(path, sizeof(path), "%s/audit.log", w->folder);
    assert_int_equal(unlink(path), 0);
    snprintf(path, sizeof(path), "%s/audit.key", w->folder);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(w->folder), 0);
}

static void open_web(struct world *w)
{
    const char *why = NULL;
    struct web_config config = {.app = &w->app,
                                .domains = w->domains,
                                .authenticate = authenticate,
                                .touch = touch,
                                .n_workers = 1,
                                .n_loops = 1};
    if (web_new(&config, &w->web, &why) != RC_OK)
        fail_msg("web_new: %s", why != NULL ? why : "no sentence");
}

static event_fn *const *events_of(struct world *w)
{
    event_fn **list = arena_array(&w->arena, event_fn *, N_ELEMS(w->domains));
    for (int i = 0, n = 0; w->domains[i] != NULL; i++)
        if (w->domains[i]->on_event != NULL)
            list[n++] = w->domains[i]->on_event;
    return list;
}

static const struct sealed_table *const *sealed_of(struct world *w)
{
    const struct sealed_table **list = arena_array(&w->arena, const struct sealed_table *, 64);
    for (int i = 0, n = 0; w->domains[i] != NULL; i++)
        for (int k = 0; w->domains[i]->sealed != NULL && w->domains[i]->sealed[k] != NULL; k++)
            list[n++] = w->domains[i]->sealed[k];
    return list;
}

int world_open(struct world *w, ...)
{
    const struct domain *list[N_ELEMS(w->domains)] = {0};
    va_list domains;
    va_start(domains, w);
    for (size_t i = 0; i + 1 < N_ELEMS(list); i++)
        if ((list[i] = va_arg(domains, const struct domain *)) == NULL)
            break;
    va_end(domains);
    return world_open_list(w, list);
}

static struct world *opened; /* cmocka's teardown of a group is given nothing */

int world_open_list(struct world *w, const struct domain *const *list)
{
    *w = (struct world){0};
    arena_init(&w->arena, (size_t)256 << 20);
    catalogue_init();
    for (size_t i = 0; i + 1 < N_ELEMS(w->domains) && list[i] != NULL; i++)
        w->domains[i] = list[i];

    clock_now_ms = days_from_civil(2026, 11, 23) * MS_PER_DAY + 9 * 60 * MS_PER_MIN;
    w->app = (struct app){.keys = keyring_for_tests(),
                          .clock_ms = clock_ms,
                          .on_event = events_of(w),
                          .sealed = sealed_of(w),
                          .access_facts = client_access_facts,
                          .client_key = client_identity_key,
                          .enter = practice_enter};
    w->url = support_db_url();
    assert_int_equal(db_open(w->url, false, &w->db), RC_OK);
    cx_init(&w->cx, &w->app, &w->arena, w->db);
    DONE(w, migrate_run(w->db));
    DONE(w, root_key_load(&w->cx));
    make_practice(w);
    make_staff(w);
    world_as(w, OWNER);
    open_audit(w);
    open_web(w);
    opened = w;
    return 0;
}

int world_close(void **state UNUSED)
{
    struct world *w = opened;
    web_free(w->web);
    close_audit(w);
    db_close(w->db);
    keyring_free(w->app.keys);
    arena_wipe(&w->arena);
    return 0;
}

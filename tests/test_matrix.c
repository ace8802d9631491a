/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_matrix.c - every route as every role about every kind of client: own, of the team, a
 * colleague's, behind a wall, blocked, of another practice. What the server answers is what was
 * reviewed (access_cells.txt; ACCEPT=1 writes it anew), and what somebody must not find gives the
 * very bytes of what is not there. The battery is shown to see: with authorize() saying yes it
 * fails.
 */
#include "domains/access/access.h"
#include "domains/agenda/agenda.h"
#include "domains/billing/billing.h"
#include "domains/domains.h"
#include "domains/notes/notes.h"
#include "domains/tasks/tasks.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum object { OWN, TEAM, FOREIGN, WALLED, BLOCKED, OTHER_PRACTICE, OBJECT_N_ };
static const char *const object_names[] = {"own", "team", "foreign", "walled", "blocked", "other"};

static struct world w;
static const struct {
    enum who who;
    const char *name;
} roles[] = {{OWNER, "owner"},         {CLINICIAN_A, "clinician"}, {SUPERVISOR, "supervisor"},
             {RECEPTION, "reception"}, {BILLING, "billing"},       {PRIVACY, "privacy"},
             {ADMIN, "admin"},         {A_CLIENT, "client"},       {A_PROXY, "proxy"},
             {NOBODY, "nobody"}};

/* A client and what hangs on it. */
static struct about {
    struct id client, appointment, note, task, charge, invoice;
} about[OBJECT_N_];
static const struct id absent = {"AAAAAAAAAAAAAAAAAAAAAA"};

/* --- the practice ------------------------------------------------------------------------- */

static struct id service;

static void make_money(struct about *a)
{
    struct charge invoiced = {.client = a->client,
                              .service_days = cx_today(&w.cx),
                              .amount_cents = 5000,
                              .description = "Session"};
    struct charge open = invoiced;
    world_as(&w, OWNER);
    OK(charge_save(&w.cx, &invoiced));
    OK(invoice_issue(&w.cx, a->client, NULL, 0, &a->invoice));
    OK(charge_save(&w.cx, &open));
    a->charge = open.id;
}

static void make_about(enum object o, enum who treats)
{
    struct about *a = &about[o];
    struct note n;
    struct task t = {.title = "Homework", .due_days = DATE_NONE, .kind = TASK_HOMEWORK};
    struct appointment p = {.clinician = w.person[treats], .service = service, .n_clients = 1};
    a->client = world_client(&w, treats, "Marta", arena_printf(&w.arena, "Canary%d", (int)o));
    p.client[0] = a->client;
    p.start_ms = w.cx.now_ms + ((int)o + 1) * MS_PER_DAY;
    OK(appointment_save(&w.cx, &p));
    a->appointment = p.id;
    world_as(&w, treats);
    OK(note_draft_for(&w.cx, p.id, &n));
    n.section[0].text = "Said";
    OK(note_save_draft(&w.cx, &n));
    OK(note_sign(&w.cx, n.id, n.version));
    a->note = n.id;
    t.client = a->client;
    OK(task_save(&w.cx, &t));
    a->task = t.id;
    make_money(a);
}

static const struct cap *to(enum who who, enum action action, enum object o)
{
    const struct cap *cap = NULL;
    world_as(&w, who);
    OK(authorize(&w.cx, action, about[o].client, PURPOSE_OVERSIGHT, &cap));
    return cap;
}

/* Everybody but B, who treats there, stands before the wall. */
static void put_up_walls(void)
{
    for (int i = 0; i < WHO_N_; i++) {
        struct wall wall = {.against = w.person[i], .reason = "Family"};
        if (i != CLINICIAN_B && i != OWNER)
            OK(wall_add(&w.cx, to(OWNER, ACT_WALL, WALLED), &wall));
    }
    struct wall last = {.against = w.person[OWNER], .reason = "Family"};
    OK(wall_add(&w.cx, to(OWNER, ACT_WALL, WALLED), &last));
}

static void make_second_practice(void)
{
    struct practice p;
    struct client c = {0};
    struct cx second = w.cx;
    OK(practice_load(&w.cx, &p));
    OK(practice_create(&second, &p));
    second.actor = (struct actor){.roles = ROLE_ALL, .name = "entracte"};
    record_init(&client_type, &c);
    c.given_name = "Elsa";
    c.family_name = "Elsewhere";
    OK(client_save(&second, &c));
    about[OTHER_PRACTICE].client = c.id;
    cx_practice(&w.cx, 1);
}

static int open_world(void **state)
{
    struct service s = {0};
    (void)state;
    world_open_list(&w, domains);
    record_init(&service_type, &s);
    s.code = "IND";
    s.name = "Session";
    s.duration_min = 50;
    s.fee_cents = 5000;
    s.is_active = true;
    OK(service_save(&w.cx, &s));
    service = s.id;
    make_about(OWN, CLINICIAN_A);
    make_about(TEAM, CLINICIAN_B);
    make_about(FOREIGN, CLINICIAN_B);
    make_about(WALLED, CLINICIAN_B);
    make_about(BLOCKED, CLINICIAN_A);
    struct team_member co = {w.person[CLINICIAN_A], TEAM_CO_THERAPIST, DATE_NONE, false};
    struct team_member sv = {w.person[SUPERVISOR], TEAM_SUPERVISOR, cx_today(&w.cx) + 9, false};
    OK(team_add(&w.cx, to(CLINICIAN_B, ACT_TEAM, TEAM), &co));
    OK(team_add(&w.cx, to(CLINICIAN_B, ACT_TEAM, TEAM), &sv));
    OK(client_block(&w.cx, to(PRIVACY, ACT_BLOCK, BLOCKED), true));
    put_up_walls();
    if (db_engine(w.db) == DB_PGSQL) /* a SQLite file holds one: there it is as absent */
        make_second_practice();
    return 0;
}

/* --- one cell -------------------------------------------------------------------------------- */

static struct id id_for(const char *path, const struct about *a)
{
    const struct {
        const char *prefix;
        struct id id;
    } by[] = {{"/clients/{id}", a->client},   {"/appointments/{id}", a->appointment},
              {"/notes/{id}", a->note},       {"/tasks/{id}", a->task},
              {"/invoices/{id}", a->invoice}, {"/charges/{id}", a->charge}};
    for (size_t i = 0; i < N_ELEMS(by); i++)
        if (strncmp(path, by[i].prefix, strlen(by[i].prefix)) == 0 && id_is_set(by[i].id))
            return by[i].id;
    return absent;
}

static const char *target_of(const struct route *r, struct id id)
{
    struct buf b;
    buf_init(&b, &w.arena, 400);
    for (const char *p = r->path; *p != '\0'; p++) {
        if (*p != '{') {
            buf_putc(&b, *p);
            continue;
        }
        buf_puts(&b, strncmp(p, "{id}", 4) == 0 ? id.s : "word");
        p += strcspn(p, "}");
    }
    return b.s;
}

/* The body, with the id that was asked for put out of sight: it may stand in links of the error. */
static const char *answer(const struct route *r, enum who who, struct id id, int *ret_status)
{
    struct web_answer a;
    do {
        a = world_call(&w, r->method, target_of(r, id), who, r->method == POST ? "x=1" : NULL);
        if (a.status == 429)
            usleep(20000);
    } while (a.status == 429);
    char *body = arena_strndup(&w.arena, (const char *)a.body.p, a.body.len);
    for (char *p = body; (p = strstr(p, id.s)) != NULL;)
        memset(p, '-', ID_LEN);
    *ret_status = a.status;
    return body;
}

static char letter(int status, enum who who)
{
    if (status == 403 || status == 401 || (who == NOBODY && status == 303))
        return 'x';
    return status == 200   ? 'y'
           : status == 303 ? 'r'
           : status == 404 ? '-'
           : status == 409 ? 'c'
           : status == 422 ? 'i'
           : status < 500  ? '?'
                           : '!';
}

/* Must this actor take the client for absent? */
static bool is_hidden(enum who who, enum object o)
{
    bool treats = who == CLINICIAN_A, supervises = who == SUPERVISOR;
    return o == WALLED || o == OTHER_PRACTICE || (o == BLOCKED && who != PRIVACY) ||
           (o == FOREIGN && (treats || supervises)) || (o == OWN && supervises);
}

/* All cells of a route: a line for the reviewed file, and what was wrong. */
static int cells(const struct route *r, struct buf *out)
{
    int n_wrong = 0;
    buf_printf(out, "%-4s %s", r->method == GET ? "GET" : "POST", r->path);
    for (size_t i = 0; i < N_ELEMS(roles); i++) {
        int status, none;
        bool has_id = strstr(r->path, "{id}") != NULL;
        const char *nothing = answer(r, roles[i].who, absent, &none);
        buf_printf(out, " %s=", roles[i].name);
        for (enum object o = OWN; o < OBJECT_N_; o++) {
            const char *body = answer(r, roles[i].who, id_for(r->path, &about[o]), &status);
            bool same = status == none && strcmp(body, nothing) == 0;
            buf_putc(out, letter(status, roles[i].who));
            n_wrong += status >= 500;
            if (has_id && is_hidden(roles[i].who, o) && !same) {
                n_wrong++;
                if (!w.app.tests_grant_all)
                    print_message("%s %s: %s tells %s (%d) from absent (%d)\n", r->path,
                                  r->method == GET ? "GET" : "POST", roles[i].name, object_names[o],
                                  status, none);
            }
            const char *canary = "Canary3"; /* the walled one's name, wherever it might stand */
            n_wrong += roles[i].who != NOBODY && strstr(body, canary) != NULL;
        }
    }
    buf_putc(out, '\n');
    return n_wrong;
}

static void all_cells(struct buf *out, int *ret_n, int *ret_n_wrong)
{
    *ret_n = *ret_n_wrong = 0;
    for (int i = 0; domains[i] != NULL; i++)
        for (int k = 0; k < domains[i]->n_routes; k++) {
            *ret_n_wrong += cells(&domains[i]->routes[k], out);
            *ret_n += (int)N_ELEMS(roles) * OBJECT_N_;
        }
}

static void every_cell_is_the_reviewed_one_and_hides_what_it_must(void **state)
{
    (void)state;
    struct buf b;
    int n, n_wrong;
    buf_init(&b, &w.arena, 1 << 20);
    all_cells(&b, &n, &n_wrong);
    print_message("%d cells\n", n);
    assert_true(n >= 5000);
    assert_int_equal(n_wrong, 0);
    if (getenv("ACCEPT") != NULL) {
        FILE *f = fopen(SRCDIR "/tests/access_cells.txt", "w");
        assert_non_null(f);
        fputs(b.s, f);
        fclose(f);
    }
    FILE *f = fopen(SRCDIR "/tests/access_cells.txt", "r");
    assert_non_null(f);
    char *want = arena_alloc(&w.arena, 1 << 20);
    size_t len = fread(want, 1, (1 << 20) - 1, f);
    fclose(f);
    want[len] = '\0';
    assert_string_equal(b.s, want);
}

/* The positive control. */
static void with_authorize_saying_yes_the_battery_fails(void **state)
{
    (void)state;
    struct buf b;
    int n_wrong = 0;
    buf_init(&b, &w.arena, 1 << 20);
    w.app.tests_grant_all = true;
    for (int i = 0; domains[i] != NULL; i++)
        for (int k = 0; k < domains[i]->n_routes; k++)
            if (strncmp(domains[i]->routes[k].path, "/clients/{id}", 13) == 0)
                n_wrong += cells(&domains[i]->routes[k], &b);
    w.app.tests_grant_all = false;
    print_message("%d cells tell what they must not\n", n_wrong);
    assert_true(n_wrong > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cell_is_the_reviewed_one_and_hides_what_it_must),
        cmocka_unit_test(with_authorize_saying_yes_the_battery_fails),
    };
    return cmocka_run_group_tests(tests, open_world, world_close);
}

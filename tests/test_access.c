/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_access.c - every route as every role: the table is what was reviewed (access_matrix.txt),
 * and what the server does is what the table says. ACCEPT=1 writes the file anew, to be reviewed.
 */
#include "domains/domains.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

static struct world w;
static const enum who roles[] = {OWNER, CLINICIAN_A, RECEPTION, BILLING, NOBODY};
static const unsigned masks[] = {ROLE_OWNER, ROLE_CLINICIAN, ROLE_RECEPTION, ROLE_BILLING, 0};
static const char *const names[] = {"owner", "clinician", "reception", "billing", "nobody"};

static int open_world(void **state)
{
    (void)state;
    return world_open_list(&w, domains);
}

static bool may(const struct route *r, size_t role)
{
    return r->needs == PERM_PUBLIC || perm_has(masks[role], r->needs);
}

static const char *line_of(const struct route *r)
{
    struct buf b;
    buf_init(&b, &w.arena, 400);
    buf_printf(&b, "%-4s %-40s %-15s", r->method == GET ? "GET" : "POST", r->path,
               perm_name(r->needs));
    for (size_t i = 0; i < N_ELEMS(roles); i++)
        buf_printf(&b, " %s", may(r, i) ? names[i] : "-");
    return b.s;
}

/* A well-formed target whose ids belong to nobody. */
static const char *target_of(const struct route *r)
{
    struct buf b;
    buf_init(&b, &w.arena, 400);
    for (const char *p = r->path; *p != '\0'; p++) {
        if (*p != '{') {
            buf_putc(&b, *p);
            continue;
        }
        buf_puts(&b, strncmp(p, "{id}", 4) == 0 ? "AAAAAAAAAAAAAAAAAAAAAA" : "word");
        p += strcspn(p, "}");
    }
    return b.s;
}

static void the_matrix_is_the_reviewed_one(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, &w.arena, 1 << 20);
    for (int i = 0; domains[i] != NULL; i++)
        for (int k = 0; k < domains[i]->n_routes; k++)
            buf_printf(&b, "%s\n", line_of(&domains[i]->routes[k]));
    if (getenv("ACCEPT") != NULL) {
        FILE *f = fopen(SRCDIR "/tests/access_matrix.txt", "w");
        assert_non_null(f);
        fputs(b.s, f);
        fclose(f);
    }
    FILE *f = fopen(SRCDIR "/tests/access_matrix.txt", "r");
    assert_non_null(f);
    char *want = arena_alloc(&w.arena, 1 << 20);
    size_t n = fread(want, 1, (1 << 20) - 1, f);
    fclose(f);
    want[n] = '\0';
    assert_string_equal(b.s, want);
}

/* Denied is decided before anything is looked up: 403 for who is signed in, sign-in for who is not.
 */
static void check(const struct route *r, size_t role)
{
    struct web_answer a =
        world_call(&w, r->method, target_of(r), roles[role], r->method == POST ? "x=1" : NULL);
    bool refused = a.status == 403 || a.status == 401 || (roles[role] == NOBODY && a.status == 303);
    bool public = r->needs == PERM_PUBLIC;
    if (public ? a.status == 401 || (a.status == 403 && (r->flags & NO_CSRF) == 0)
               : refused == may(r, role))
        fail_msg("%s: %s got %d", line_of(r), names[role], a.status);
    if (a.status >= 500)
        fail_msg("%s: %s got %d", line_of(r), names[role], a.status);
}

static void the_server_does_what_the_matrix_says(void **state)
{
    (void)state;
    int n = 0;
    for (int i = 0; domains[i] != NULL; i++)
        for (int k = 0; k < domains[i]->n_routes; k++)
            for (size_t role = 0; role < N_ELEMS(roles); role++, n++)
                check(&domains[i]->routes[k], role);
    print_message("%d cells\n", n);
    assert_true(n > 100);
}

static void every_statement_of_every_domain_prepares(void **state)
{
    (void)state;
    for (int i = 0; domains[i] != NULL; i++)
        if (domains[i]->n_statements > 0)
            world_prepares(&w, domains[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_matrix_is_the_reviewed_one),
        cmocka_unit_test(the_server_does_what_the_matrix_says),
        cmocka_unit_test(every_statement_of_every_domain_prepares),
    };
    return cmocka_run_group_tests(tests, open_world, world_close);
}

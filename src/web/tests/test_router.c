/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_router.c - which route a path is, and tables that do not start. */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */
#include "base/log.h"
#include "web/router.h"

#include <string.h>

static enum rc nothing(struct req *rq)
{
    (void)rq;
    return RC_OK;
}
#define ROUTE(method_, path_)                                                                      \
    {                                                                                              \
        method_, path_, PERM_PUBLIC, NO_BODY, nothing, "x"                                         \
    }
#define ID "AAAAAAAAAAAAAAAAAAAAAA"

static const struct route routes[] = {
    ROUTE(GET, "/"),
    ROUTE(GET, "/clients"),
    ROUTE(POST, "/clients"),
    ROUTE(GET, "/clients/new"),
    ROUTE(GET, "/clients/{id}"),
    ROUTE(GET, "/clients/{id}/notes/{id}"),
    ROUTE(GET, "/clients/{word}/by-word"),
    ROUTE(POST, "/sign-out"),
    ROUTE(GET, "/help/{word}"),
    ROUTE(GET, "/api/openapi.json"),
};
static const struct domain domain = {.name = "d", ROUTES(routes)};

static struct arena arena;
static struct router *router;

static int open(void **state)
{
    (void)state;
    const char *why = "";
    arena_init(&arena, 1 * MiB);
    return router_new((const struct domain *const[]){&domain, NULL}, &router, &why);
}

static int close_router(void **state)
{
    (void)state;
    router_free(router);
    arena_wipe(&arena);
    return 0;
}

static void paths_lead_to_their_routes(void **state)
{
    (void)state;
    static const struct {
        const char *path, *route;
        int method;
    } cases[] = {
        {"/", "/", GET},
        {"/clients", "/clients", GET},
        {"/clients/new", "/clients/new", GET},
        {"/clients/" ID, "/clients/{id}", GET},
        {"/clients/" ID "/notes/" ID, "/clients/{id}/notes/{id}", GET},
        {"/clients/" ID "/by-word", NULL, GET}, /* capitals are no word */
        {"/clients/some-word/by-word", "/clients/{word}/by-word", GET},
        {"/clients/new/by-word", "/clients/{word}/by-word", GET}, /* the literal leads nowhere */
        {"/help/first_steps", "/help/{word}", GET},
        {"/api/openapi.json", "/api/openapi.json", GET},
        {"/clients/", NULL, GET},
        {"//clients", NULL, GET},
        {"/clients//new", NULL, GET},
        {"/clients/new/", NULL, GET},
        {"/Clients", NULL, GET},
        {"/clients/short", NULL, GET},
        {"/clients/" ID "x", NULL, GET},
        {"/help/Caps", NULL, GET},
        {"/help/a-word-that-is-longer-than-forty-characters", NULL, GET},
        {"/help/", NULL, GET},
        {"", NULL, GET},
        {"clients", NULL, GET},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct match m;
        enum match_result found = router_find(router, &arena, cases[i].method, cases[i].path, &m);
        if ((found == MATCH_ROUTE) != (cases[i].route != NULL))
            fail_msg("%s", cases[i].path);
        if (found == MATCH_ROUTE && strcmp(m.route->path, cases[i].route) != 0)
            fail_msg("%s led to %s", cases[i].path, m.route->path);
    }
}

static void parameters_are_given_in_order(void **state)
{
    (void)state;
    struct match m;
    assert_int_equal(
        router_find(router, &arena, GET, "/clients/" ID "/notes/AAAAAAAAAAAAAAAAAAAAAQ", &m),
        MATCH_ROUTE);
    assert_int_equal(m.n_params, 2);
    assert_string_equal(m.param[0], ID);
    assert_string_equal(m.id[1].s, "AAAAAAAAAAAAAAAAAAAAAQ");
    assert_int_equal(router_find(router, &arena, GET, "/help/word", &m), MATCH_ROUTE);
    assert_string_equal(m.param[0], "word");
    assert_false(id_is_set(m.id[0]));
}

static void another_method_is_told_apart_from_nothing(void **state)
{
    (void)state;
    struct match m;
    assert_int_equal(router_find(router, &arena, POST, "/clients/" ID, &m), MATCH_OTHER_METHOD);
    assert_int_equal(m.route->method, GET);
    assert_int_equal(router_find(router, &arena, GET, "/sign-out", &m), MATCH_OTHER_METHOD);
    assert_int_equal(m.route->method, POST);
    assert_int_equal(router_find(router, &arena, -1, "/clients", &m), MATCH_OTHER_METHOD);
    assert_int_equal(router_find(router, &arena, POST, "/nowhere", &m), MATCH_NONE);
    assert_int_equal(router_find(router, &arena, GET, "/clients/" ID "/notes", &m), MATCH_NONE);
}

static void bad_tables_do_not_start(void **state)
{
    (void)state;
    static const struct {
        struct route route;
        const char *why;
    } cases[] = {
        {{GET, "/x", PERM_UNSET, NO_BODY, nothing, "x"}, "a route has no permission"},
        {{GET, "/x", PERM_N_, NO_BODY, nothing, "x"}, "a route has no permission"},
        {{GET, "/clients", PERM_PUBLIC, NO_BODY, nothing, "x"}, "a route exists twice"},
        {{GET, "/clients/{id}", PERM_PUBLIC, NO_BODY, nothing, "x"}, "a route exists twice"},
        {{GET, "/x", PERM_PUBLIC, 5, nothing, "x"}, "a GET route takes a body"},
        {{GET, "/x", PERM_PUBLIC, NO_BODY, NULL, "x"},
         "a route lacks its handler or its description"},
        {{GET, "/x", PERM_PUBLIC, NO_BODY, nothing, NULL},
         "a route lacks its handler or its description"},
        {{(enum method)7, "/x", PERM_PUBLIC, NO_BODY, nothing, "x"}, "a route has no method"},
        {{GET, NULL, PERM_PUBLIC, NO_BODY, nothing, "x"}, "the path of a route is malformed"},
        {{GET, "x", PERM_PUBLIC, NO_BODY, nothing, "x"}, "the path of a route is malformed"},
        {{GET, "/x/", PERM_PUBLIC, NO_BODY, nothing, "x"}, "the path of a route is malformed"},
        {{GET, "/X", PERM_PUBLIC, NO_BODY, nothing, "x"}, "the path of a route is malformed"},
        {{GET, "/x/{name}", PERM_PUBLIC, NO_BODY, nothing, "x"},
         "the path of a route is malformed"},
        {{GET, "/x/../y", PERM_PUBLIC, NO_BODY, nothing, "x"}, "the path of a route is malformed"},
        {{GET, "/{id}/{id}/{id}/{id}/{id}/{id}/{id}", PERM_PUBLIC, NO_BODY, nothing, "x"},
         "the path of a route is malformed"},
    };
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct domain other = {.name = "other", .routes = &cases[i].route, .n_routes = 1};
        struct router *r = NULL;
        const char *why = "";
        assert_int_equal(
            router_new((const struct domain *const[]){&domain, &other, NULL}, &r, &why),
            RC_INVALID);
        assert_string_equal(why, cases[i].why);
        assert_null(r);
    }
}

static void where_to_go_on_is_a_path_of_this_site(void **state)
{
    (void)state;
    static const struct {
        const char *body, *next;
    } cases[] = {
        {"next=/tasks%3Fowner%3Dme", "/tasks?owner=me"},
        {"", "/else"},
        {"next=", "/else"},
        {"next=tasks", "/else"},
        {"next=//evil.example", "/else"},
        {"next=/%5Cevil.example", "/else"},
        {"next=/%09/evil.example", "/else"},
        {"next=https://evil.example/", "/else"},
    };
    struct arena a;
    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < N_ELEMS(cases); i++) {
        struct form f;
        assert_int_equal(form_parse_urlencoded(&a, cases[i].body, strlen(cases[i].body), &f),
                         RC_OK);
        assert_string_equal(path_next(&f, "/else"), cases[i].next);
    }
    arena_wipe(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(paths_lead_to_their_routes),
        cmocka_unit_test(parameters_are_given_in_order),
        cmocka_unit_test(another_method_is_told_apart_from_nothing),
        cmocka_unit_test(bad_tables_do_not_start),
        cmocka_unit_test(where_to_go_on_is_a_path_of_this_site),
    };
    return cmocka_run_group_tests(tests, open, close_router);
}

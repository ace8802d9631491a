/* SPDX-License-Identifier: AGPL-3.0-or-later
 * support.h - a practice with its staff on a fresh database, for the tests of all domains.
 *
 * A test file is:
 *     static struct world w;
 *     static int open_world(void **state) { return world_open(&w, &domain_clients, NULL); }
 *     static void a_sentence(void **state) { world_as(&w, RECEPTION); OK(client_save(&w.cx, &c)); }
 *     ... ALONE(a_sentence) ... or cmocka_run_group_tests(t, open_world, world_close)
 * Time stands still (2026-11-23 10:00 in Madrid, a Monday) until world_at() moves it. The macros in
 * capitals speak of the file's `w`. */
#pragma once
#include "web/web.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
/* clang-format off: cmocka.h needs the headers above */
#include <cmocka.h>
/* clang-format on */

enum who {
    OWNER,
    CLINICIAN_A,
    CLINICIAN_B,
    RECEPTION,
    BILLING,
    SUPERVISOR,
    PRIVACY,
    ADMIN,
    A_CLIENT, /* of whom no page of the staff is */
    A_PROXY,
    WHO_N_,
    NOBODY = WHO_N_,
    PROGRAM
};
extern const char WORLD_PASSWORD[]; /* of each of them; the address is "owner@example.org" ... */

struct world {
    struct arena arena;
    struct app app;  /* keyring and audit file of its own, clock of the test, fast passwords */
    const char *url; /* of the database, for further connections */
    struct db *db;
    struct cx cx; /* practice 1: Europe/Madrid, en-GB, EUR; acts as OWNER until world_as() */
    struct id person[WHO_N_];
    struct web *web; /* serves the domains given to world_open() */
    const struct domain *domains[32];
    char folder[64]; /* of the audit file */
    bool is_stale;   /* nobody's second factor was shown in the last minutes */
};
/* In: the domains whose routes world_call() reaches and whose events are heard, NULL-ended.
 * Returns 0, for cmocka; fails when anything does. */
int world_open(struct world *w, ...) __attribute__((sentinel));
/* the same from an array, NULL-ended */
int world_open_list(struct world *w, const struct domain *const *domains);
int world_close(void **state);                /* closes the one that is open; for cmocka too */
void world_as(struct world *w, enum who who); /* also forgets errors */
void world_at(struct world *w, int64_t now_ms);
/* The program's for this client: to look behind the pages. */
const struct cap *world_cap(struct world *w, struct id client);
/* A new, active client of this clinician, made by OWNER, as whom the world goes on. */
struct id world_client(struct world *w, enum who clinician, const char *given_name,
                       const char *family_name);
/* A test with a world of its own. */
#define ALONE(f_) cmocka_unit_test_setup_teardown(f_, open_world, world_close)
#define TEXT_OF(...) arena_printf(&w.arena, __VA_ARGS__)

/* One request through router, permissions and CSRF, without a socket. Errors of w->cx are not
 * touched. body: NULL for none; "{..." is sent, and answered, as JSON with a bearer token; else a
 * form with the session's cookie, to which the CSRF token is added. */
struct web_answer world_call(struct world *w, enum method method, const char *target, enum who who,
                             const char *body);
/* The page a write leads to, with the sentence it left. */
struct web_answer world_follow(struct world *w, const struct web_answer *a, enum who who);
struct web_answer world_get_json(struct world *w, const char *target, enum who who);
const char *answer_text(struct world *w, const struct web_answer *a); /* the body, NUL-terminated */
#define GOT(target_, who_) world_call(&w, GET, (target_), (who_), NULL)
#define POSTED(target_, who_, body_) world_call(&w, POST, (target_), (who_), (body_))

/* What an answer is and says; a failure shows its body. */
bool holds(const struct web_answer *a, const char *part);
#define assert_status(a_, status_) answer_is_((a_), (status_), __FILE__, __LINE__)
#define assert_holds(a_, part_) answer_holds_((a_), (part_), true, __FILE__, __LINE__)
#define assert_lacks(a_, part_) answer_holds_((a_), (part_), false, __FILE__, __LINE__)
void answer_is_(const struct web_answer *a, int status, const char *file, int line);
void answer_holds_(const struct web_answer *a, const char *part, bool wanted, const char *file,
                   int line);

/* Every statement of the domain prepares on this database. */
void world_prepares(struct world *w, const struct domain *d);
/* How many invariants of the domain are broken; each is printed. */
int world_check(struct world *w, const struct domain *d);
/* The number of rows that the statement finds or changes, values as for db_query(). */
int world_count(struct world *w, const struct db_stmt *st, const struct db_val *v, int n);

/* Fails the test with what is known when the expression is not RC_OK. */
#define OK(expr_) ok_((expr_), #expr_, __FILE__, __LINE__, &w.cx)
void ok_(enum rc rc, const char *expr, const char *file, int line, const struct cx *cx);
/* The expression is refused with rc, and with this sentence for the field (NULL: for none). */
#define REFUSED(expr_, rc_, field_, sentence_)                                                     \
    do {                                                                                           \
        w.cx.n_errs = 0;                                                                           \
        assert_int_equal((expr_), (rc_));                                                          \
        assert_non_null(cx_err(&w.cx, (field_)));                                                  \
        assert_string_equal(cx_err(&w.cx, (field_)), (sentence_));                                 \
    } while (0)

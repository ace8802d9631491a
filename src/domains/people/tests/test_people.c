/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_people.c - accounts, sign-in, sessions and opening hours, on both databases. */
#include "domains/people/people_view.h"
#include "people_private.h"
#include "people_sql.h"
#include "support.h"

#include <pthread.h>

static struct world w;

static int open_world(void **state)
{
    (void)state;
    int r = world_open(&w, &domain_people, NULL);
    w.app.settings.listen = "127.0.0.1:8080"; /* a demo: no second factor */
    return r;
}

static struct person loaded(enum who who)
{
    struct person p;
    world_as(&w, OWNER);
    OK(person_load(&w.cx, w.person[who], &p));
    return p;
}

static enum rc try_in(const char *email, const char *password)
{
    char token[44];
    w.cx.n_errs = 0;
    return sign_in(&w.cx, email, password, "test", token);
}

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_people);
}

/* --- accounts ---------------------------------------------------------------------------- */

static void an_account_comes_back_and_a_stale_version_is_refused(void **state)
{
    (void)state;
    struct person p = loaded(CLINICIAN_A), second = p;
    p.title = "Dra.";
    p.theme = THEME_DARK;
    OK(person_save(&w.cx, &p, NULL));
    second.phone = "600";
    REFUSED(person_save(&w.cx, &second, NULL), RC_CONFLICT, "version",
            "Somebody else changed this account meanwhile.");
    p = loaded(CLINICIAN_A);
    assert_string_equal(person_name(&w.cx, &p), "Dra. Ana Alba");
    assert_int_equal(p.theme, THEME_DARK);
}

static void an_address_has_one_account_however_it_is_written(void **state)
{
    (void)state;
    struct person p = loaded(CLINICIAN_A);
    p.email = "Reception@Example.ORG";
    REFUSED(person_save(&w.cx, &p, NULL), RC_INVALID, "email",
            "Another account has this e-mail address.");
    p = (struct person){.given_name = "A", .family_name = "B", .roles = ROLE_BILLING};
    p.email = "owner@example.org";
    assert_int_equal(person_save(&w.cx, &p, WORLD_PASSWORD), RC_INVALID);
    OK(try_in("OWNER@example.org", WORLD_PASSWORD));
}

static void weak_passwords_and_empty_roles_are_refused(void **state)
{
    (void)state;
    struct person p = {.given_name = "Marta", .family_name = "Sanz", .email = "m@example.org"};
    REFUSED(person_save(&w.cx, &p, WORLD_PASSWORD), RC_INVALID, "roles",
            "Choose at least one role.");
    p.roles = ROLE_CLINICIAN;
    static const char *const weak[] = {"", "short", "aaaaaaaaaaaaaaaa", "martasanzmarta"};
    for (size_t i = 0; i < N_ELEMS(weak); i++) {
        w.cx.n_errs = 0;
        assert_int_equal(person_save(&w.cx, &p, weak[i]), RC_INVALID);
        assert_non_null(cx_err(&w.cx, "password"));
    }
    p.locale = "xx-YY";
    REFUSED(person_save(&w.cx, &p, WORLD_PASSWORD), RC_INVALID, "locale",
            "Choose a language and region of the list.");
}

static void the_last_owner_stays(void **state)
{
    (void)state;
    static const char sentence[] = "The practice needs at least one owner who may sign in.";
    struct person owner = loaded(OWNER), other = loaded(BILLING);
    owner.roles = ROLE_CLINICIAN;
    REFUSED(person_save(&w.cx, &owner, NULL), RC_INVALID, "roles", sentence);
    owner = loaded(OWNER);
    owner.is_active = false;
    REFUSED(person_save(&w.cx, &owner, NULL), RC_INVALID, "roles", sentence);
    other.roles |= ROLE_OWNER;
    OK(person_save(&w.cx, &other, NULL));
    OK(person_save(&w.cx, &owner, NULL)); /* another one is there now */
}

static void names_stand_in_no_column(void **state)
{
    (void)state;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(w.cx.practice), DB_ID(w.person[RECEPTION])};
    OK(db_query(w.db, &w.arena, &SQL_PERSON_BY_ID, v, N_ELEMS(v), &rows));
    assert_true(db_next(rows));
    struct bytes sealed = db_bytes(rows, 10);
    OK(db_end(rows));
    assert_null(memmem(sealed.p, sealed.len, "Rosa", 4));
    assert_null(memmem(sealed.p, sealed.len, "reception@", 10));
}

static void people_are_listed_by_family_name(void **state)
{
    (void)state;
    struct person *p, bravo = loaded(BILLING);
    int n;
    bravo.is_active = false;
    OK(person_save(&w.cx, &bravo, NULL));
    OK(person_list(&w.cx, false, &p, &n));
    assert_int_equal(n, WHO_N_);
    assert_string_equal(p[0].family_name, "Alba");
    assert_string_equal(p[1].family_name, "Blanco");
    OK(person_list(&w.cx, true, &p, &n));
    assert_int_equal(n, WHO_N_ - 1);
    OK(clinician_list(&w.cx, &p, &n));
    assert_int_equal(n, 2);
}

/* --- sign-in ---------------------------------------------------------------------------------- */

static void wrong_password_unknown_and_closed_accounts_get_one_answer(void **state)
{
    (void)state;
    struct person closed = loaded(BILLING);
    closed.is_active = false;
    OK(person_save(&w.cx, &closed, NULL));
    static const char *const email[] = {"reception@example.org", "nobody@example.org",
                                        "billing@example.org"};
    for (int attempt = 0; attempt < 2; attempt++) { /* the second has to wait, each of them */
        for (size_t i = 0; i < N_ELEMS(email); i++) {
            assert_int_equal(try_in(email[i], i == 2 ? WORLD_PASSWORD : "not the password"),
                             attempt == 0 ? RC_DENIED : RC_INVALID);
            assert_string_equal(cx_err(&w.cx, "password"),
                                attempt == 0 ? "The e-mail address or the password is not right."
                                             : "Too many attempts. Wait 1 seconds and try again.");
        }
    }
}

static void each_failure_doubles_the_wait_up_to_a_minute(void **state)
{
    (void)state;
    static const int wait_s[] = {1, 2, 4, 8, 16, 32, 60, 60};
    for (size_t i = 0; i < N_ELEMS(wait_s); i++) {
        assert_int_equal(try_in("reception@example.org", "not the password"), RC_DENIED);
        world_at(&w, w.cx.now_ms + wait_s[i] * 1000 - 1); /* even the right one must wait */
        assert_int_equal(try_in("reception@example.org", WORLD_PASSWORD), RC_INVALID);
        world_at(&w, w.cx.now_ms + 1);
    }
    OK(try_in("reception@example.org", WORLD_PASSWORD));
    assert_int_equal(try_in("reception@example.org", "not the password"), RC_DENIED);
    world_at(&w, w.cx.now_ms + 1000); /* success began the count anew */
    OK(try_in("reception@example.org", WORLD_PASSWORD));
}

/* Somebody with a connection of their own; what came of the guess is in rc. */
struct guesser {
    pthread_t thread;
    enum rc rc;
};

static void *guess(void *arg)
{
    struct guesser *g = arg;
    struct arena arena;
    struct cx cx;
    struct db *db;
    char token[44];
    arena_init(&arena, 4 << 20);
    g->rc = db_open(w.url, false, &db);
    if (g->rc != RC_OK)
        return NULL;
    cx_init(&cx, &w.app, &arena, db);
    g->rc = sign_in(&cx, "reception@example.org", "not the password", "test", token);
    db_close(db);
    arena_wipe(&arena);
    return NULL;
}

static void of_guesses_at_the_same_moment_one_is_looked_at(void **state)
{
    (void)state;
    struct guesser g[8];
    int n_looked_at = 0;
    for (size_t i = 0; i < N_ELEMS(g); i++)
        assert_int_equal(pthread_create(&g[i].thread, NULL, guess, &g[i]), 0);
    for (size_t i = 0; i < N_ELEMS(g); i++) {
        pthread_join(g[i].thread, NULL);
        assert_true(g[i].rc == RC_DENIED || g[i].rc == RC_INVALID || g[i].rc == RC_BUSY);
        n_looked_at += g[i].rc == RC_DENIED;
    }
    assert_int_equal(n_looked_at, 1);
    world_at(&w, w.cx.now_ms + 1000); /* one failure, one second */
    OK(try_in("reception@example.org", WORLD_PASSWORD));
}

static void old_failures_are_forgotten(void **state)
{
    (void)state;
    assert_int_equal(try_in("nobody@example.org", "x"), RC_DENIED);
    world_at(&w, w.cx.now_ms + 2 * MS_PER_DAY);
    assert_int_equal(try_in("nobody2@example.org", "x"), RC_DENIED);
    unsigned char index[32];
    OK(email_index(&w.cx, "nobody@example.org", index));
    struct db_val v[] = {DB_B(((struct bytes){index, sizeof(index)}))};
    assert_int_equal(world_count(&w, &SQL_FAILURE_OF, v, 1), 0);
}

static void extreme_input_does_not_sign_in(void **state)
{
    (void)state;
    char *long_text = arena_alloc(&w.arena, 5001);
    memset(long_text, 'a', 5000);
    assert_int_equal(try_in("", ""), RC_DENIED);
    assert_int_equal(try_in(long_text, "x"), RC_DENIED);
    assert_int_equal(try_in("owner@example.org", long_text), RC_DENIED);
}

/* --- sessions ------------------------------------------------------------------------------ */

static void a_session_says_who_and_ends_after_twelve_hours(void **state)
{
    (void)state;
    char token[44];
    const char *practice_name;
    struct session_facts f;
    OK(sign_in(&w.cx, "clinician_a@example.org", WORLD_PASSWORD, "Firefox", token));
    world_as(&w, NOBODY);
    OK(session_open(&w.cx, token, &f));
    assert_true(id_eq(w.cx.actor.user, w.person[CLINICIAN_A]));
    assert_int_equal(w.cx.actor.roles, ROLE_CLINICIAN);
    OK(session_names(&w.cx, f.names, &practice_name));
    assert_string_equal(w.cx.actor.name, "Ana Alba");
    assert_string_equal(practice_name, "Practice of the tests");
    assert_false(f.is_locked || f.is_bearer || f.wants_touch);
    world_at(&w, w.cx.now_ms + 12 * 3600 * INT64_C(1000) - 1);
    OK(session_open(&w.cx, token, &f));
    assert_true(f.is_locked); /* long idle */
    world_at(&w, w.cx.now_ms + 1);
    assert_int_equal(session_open(&w.cx, token, &f), RC_DENIED);
    token[0] = token[0] == 'A' ? 'B' : 'A';
    assert_int_equal(session_open(&w.cx, token, &f), RC_DENIED);
}

static void an_idle_session_locks_and_opens_again_with_the_password(void **state)
{
    (void)state;
    char token[44];
    struct session_facts f;
    OK(sign_in(&w.cx, "clinician_a@example.org", WORLD_PASSWORD, NULL, token));
    world_at(&w, w.cx.now_ms + 17 * MS_PER_MIN); /* 15 and a minute's grace */
    OK(session_open(&w.cx, token, &f));
    assert_true(f.is_locked);
    assert_false(f.wants_touch);
    OK(session_touch(&w.cx, token));
    OK(session_open(&w.cx, token, &f));
    assert_true(f.is_locked); /* asking once more is no key */
    REFUSED(password_confirm(&w.cx, "password", "wrong"), RC_INVALID, "password",
            "The password is not right.");
    world_at(&w, w.cx.now_ms + 1000);
    OK(password_confirm(&w.cx, "password", WORLD_PASSWORD));
    OK(session_lock(&w.cx, token, false));
    OK(session_open(&w.cx, token, &f));
    assert_false(f.is_locked);
    OK(session_lock(&w.cx, token, true));
    OK(session_open(&w.cx, token, &f));
    assert_true(f.is_locked);
}

static void strangers_who_guess_do_not_keep_the_owner_from_unlocking(void **state)
{
    (void)state;
    char token[44];
    OK(sign_in(&w.cx, "clinician_a@example.org", WORLD_PASSWORD, NULL, token));
    assert_int_equal(try_in("clinician_a@example.org", "not the password"), RC_DENIED);
    assert_int_equal(try_in("clinician_a@example.org", WORLD_PASSWORD), RC_INVALID);
    world_as(&w, CLINICIAN_A);
    OK(password_confirm(&w.cx, "password", WORLD_PASSWORD));
    REFUSED(password_confirm(&w.cx, "password", "wrong"), RC_INVALID, "password",
            "The password is not right.");
    REFUSED(password_confirm(&w.cx, "password", WORLD_PASSWORD), RC_INVALID, "password",
            "Too many attempts. Wait 1 seconds and try again.");
}

static void a_token_for_programs_never_locks(void **state)
{
    (void)state;
    char token[44];
    struct session_facts f;
    REFUSED(token_make(&w.cx, "nobody@example.org", token), RC_NOT_FOUND, "email",
            "There is no account with this e-mail address.");
    OK(token_make(&w.cx, "billing@example.org", token));
    world_at(&w, w.cx.now_ms + 300 * MS_PER_DAY);
    OK(session_open(&w.cx, token, &f));
    assert_true(f.is_bearer);
    assert_false(f.is_locked);
}

static void signing_out_ends_one_session_or_all(void **state)
{
    (void)state;
    char one[44], two[44], three[44];
    struct session_facts f;
    struct session_row *row;
    int n;
    OK(sign_in(&w.cx, "billing@example.org", WORLD_PASSWORD, "A", one));
    OK(sign_in(&w.cx, "billing@example.org", WORLD_PASSWORD, "B", two));
    OK(sign_in(&w.cx, "billing@example.org", WORLD_PASSWORD, "C", three));
    OK(session_list(&w.cx, w.person[BILLING], two, &row, &n));
    assert_int_equal(n, 3);
    int n_this = 0;
    for (int i = 0; i < n; i++)
        n_this += row[i].is_this && strcmp(row[i].device, "B") == 0;
    assert_int_equal(n_this, 1);
    OK(sign_out(&w.cx, one));
    assert_int_equal(session_open(&w.cx, one, &f), RC_DENIED);
    OK(session_open(&w.cx, two, &f));
    OK(session_end_all(&w.cx, w.person[BILLING]));
    assert_int_equal(session_open(&w.cx, two, &f), RC_DENIED);
    assert_int_equal(session_open(&w.cx, three, &f), RC_DENIED);
}

static void a_change_of_roles_or_password_ends_sessions(void **state)
{
    (void)state;
    char token[44];
    struct session_facts f;
    struct session_row *row;
    int n;
    OK(sign_in(&w.cx, "reception@example.org", WORLD_PASSWORD, "A", token));
    struct person p = loaded(RECEPTION);
    p.phone = "600";
    OK(person_save(&w.cx, &p, NULL));
    OK(session_open(&w.cx, token, &f)); /* a phone number changes no rights */
    world_as(&w, OWNER);
    p.roles |= ROLE_BILLING;
    OK(person_save(&w.cx, &p, NULL));
    assert_int_equal(session_open(&w.cx, token, &f), RC_DENIED);
    OK(session_list(&w.cx, p.id, NULL, &row, &n));
    assert_int_equal(n, 0); /* nor is it listed any more */

    OK(sign_in(&w.cx, "reception@example.org", WORLD_PASSWORD, "A", token));
    world_as(&w, OWNER);
    OK(person_save(&w.cx, &p, "another sentence of mine"));
    assert_int_equal(session_open(&w.cx, token, &f), RC_DENIED);
    assert_int_equal(try_in("reception@example.org", WORLD_PASSWORD), RC_DENIED);
    world_at(&w, w.cx.now_ms + 1000);
    OK(try_in("reception@example.org", "another sentence of mine"));
}

/* --- opening hours ---------------------------------------------------------------------------- */

static void opening_hours_are_replaced_whole(void **state)
{
    (void)state;
    struct id who = w.person[CLINICIAN_A];
    struct opening *list, o[] = {{.weekday = 0, .start_min = 540, .end_min = 840},
                                 {.weekday = 0, .start_min = 840, .end_min = 1440},
                                 {.weekday = 6, .start_min = 0, .end_min = 60}};
    int n;
    OK(opening_replace(&w.cx, who, o, 3));
    OK(opening_list(&w.cx, who, &list, &n));
    assert_int_equal(n, 3);
    assert_int_equal(list[1].end_min, 1440);
    OK(opening_replace(&w.cx, who, o, 1));
    OK(opening_list(&w.cx, (struct id){{0}}, &list, &n));
    assert_int_equal(n, 1);
    o[0].end_min = 540;
    REFUSED(opening_replace(&w.cx, who, o, 1), RC_INVALID, "openings",
            "Opening hours end after they start.");
    o[0].end_min = 900;
    REFUSED(opening_replace(&w.cx, who, o, 3), RC_INVALID, "openings",
            "Two opening hours of one day overlap.");
    OK(opening_list(&w.cx, who, &list, &n));
    assert_int_equal(n, 1);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(every_statement_prepares),
        ALONE(an_account_comes_back_and_a_stale_version_is_refused),
        ALONE(an_address_has_one_account_however_it_is_written),
        ALONE(weak_passwords_and_empty_roles_are_refused),
        ALONE(the_last_owner_stays),
        ALONE(names_stand_in_no_column),
        ALONE(people_are_listed_by_family_name),
        ALONE(wrong_password_unknown_and_closed_accounts_get_one_answer),
        ALONE(each_failure_doubles_the_wait_up_to_a_minute),
        ALONE(of_guesses_at_the_same_moment_one_is_looked_at),
        ALONE(old_failures_are_forgotten),
        ALONE(extreme_input_does_not_sign_in),
        ALONE(a_session_says_who_and_ends_after_twelve_hours),
        ALONE(an_idle_session_locks_and_opens_again_with_the_password),
        ALONE(strangers_who_guess_do_not_keep_the_owner_from_unlocking),
        ALONE(a_token_for_programs_never_locks),
        ALONE(signing_out_ends_one_session_or_all),
        ALONE(a_change_of_roles_or_password_ends_sessions),
        ALONE(opening_hours_are_replaced_whole),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_practice_keys.c - the practice's keys are changed, with every domain: what was sealed opens
 * all the while, after a kill in the middle too, and what is left opens by the new key alone. */
#include "app/jobs.h"
#include "domains/access/access.h"
#include "domains/agenda/agenda.h"
#include "domains/clients/clients.h"
#include "domains/domains.h"
#include "domains/people/people.h"
#include "domains/tasks/tasks.h"
#include "keys_private.h"
#include "people_sql.h"
#include "practice_keys_test_sql.h"
#include "seal/password.h"
#include "support.h"

static struct world w;
static struct id marta;

/* With a session of their own, as after a sign-in. */
static void as(enum who who)
{
    static const char *const email[] = {"owner@example.org", "clinician_a@example.org",
                                        "clinician_b@example.org"};
    w.cx.keys = keys_new(&w.arena, w.app.keys);
    OK(person_unlock(&w.cx, email[who], WORLD_PASSWORD));
    world_as(&w, who);
}

static void task(struct id client, const char *title)
{
    struct task t = {.client = client, .title = title, .due_days = DATE_NONE};
    OK(task_save(&w.cx, &t));
}

static int open_world(void **state)
{
    (void)state;
    world_open_list(&w, domains);
    w.app.jobs = domain_jobs();
    marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    world_client(&w, CLINICIAN_B, "Eva", "Luna");
    keyring_close(w.app.keys);
    as(CLINICIAN_A);
    task(marta, "said");
    task((struct id){{0}}, "general");
    w.cx.keys = keys_new(&w.arena, w.app.keys); /* nobody typed a password */
    task(marta, "taken in");
    return 0;
}

static bool is_among(const struct task *t, int n, const char *title)
{
    for (int i = 0; i < n; i++)
        if (t[i].title != NULL && strcmp(t[i].title, title) == 0)
            return true;
    return false;
}

/* Whoever has the key reads what was said, what was taken in, and who it is. */
static bool reads(void)
{
    struct task *t;
    struct client c;
    int n;
    if (task_list_client(&w.cx, marta, 0, 10, &t, &n) != RC_OK || n != 2)
        return false;
    OK(client_load(&w.cx, world_cap(&w, marta), &c));
    return is_among(t, n, "said") && is_among(t, n, "taken in") &&
           strcmp(c.given_name, "Marta") == 0;
}

static bool reads_general(void)
{
    struct task *t;
    int n;
    OK(task_list_open(&w.cx, 10, &t, &n));
    return is_among(t, n, "general");
}

/* What another process knows, or this one after a kill: what is stored, and nothing opened. */
static void start_again(void)
{
    keyring_close(w.app.keys);
    OK(practice_open(&w.cx, w.cx.practice));
    as(CLINICIAN_A);
}

static void jobs_after(int64_t ms)
{
    int n;
    world_at(&w, w.cx.now_ms + ms);
    do
        OK(jobs_run(&w.app, w.db, &w.arena, w.cx.now_ms, 20, &n));
    while (n > 0);
}

static struct practice_key_row key_of(enum seal_class c)
{
    struct practice_key_row row;
    OK(practice_key(&w.cx, c, &row));
    return row;
}

/* --- the clinical pair ------------------------------------------------------------------------ */

static void killed_after_any_step_all_opens_and_it_goes_on(void **state)
{
    (void)state;
    for (enum pair_step last = PAIR_STORED; last <= PAIR_MOVED; last++) {
        struct bytes was = key_of(SEAL_CLINICAL).wrapped;
        bool is_moved;
        as(CLINICIAN_A);
        OK(keys_rotate_clinical_until(&w.cx, last));
        start_again();
        assert_true(reads());
        OK(client_keys_are_moved(&w.cx, SEAL_CLINICAL, &is_moved));
        assert_int_equal(is_moved, last == PAIR_MOVED);
        jobs_after(EPOCH_KNOWN_MS + 1);
        assert_int_equal(key_of(SEAL_CLINICAL).phase, is_moved ? KEY_SETTLED : KEY_GOES);
        OK(keys_rotate_clinical(&w.cx));
        jobs_after(EPOCH_KNOWN_MS + 1);
        assert_int_equal(key_of(SEAL_CLINICAL).phase, KEY_SETTLED);
        start_again();
        assert_true(reads());
        assert_memory_not_equal(key_of(SEAL_CLINICAL).wrapped.p, was.p, SEAL_WRAPPED_BYTES);
    }
}

static void whatever_the_database_refuses_all_opens_and_it_goes_on(void **state)
{
    (void)state;
    enum rc rc = RC_BUSY;
    for (int64_t n = 1; rc != RC_OK; n++) {
        as(CLINICIAN_A);
        OK(keys_rotate_clinical(&w.cx)); /* what the one before left */
        jobs_after(EPOCH_KNOWN_MS + 1);
        assert_int_equal(key_of(SEAL_CLINICAL).phase, KEY_SETTLED);
        (void)db_fail_nth(w.db, n);
        rc = keys_rotate_clinical(&w.cx);
        (void)db_fail_nth(w.db, 0);
        start_again();
        assert_true(reads());
    }
}

static void other_sessions_and_tokens_type_the_password_again(void **state)
{
    (void)state;
    char token[44];
    struct db_val v[] = {DB_I(w.cx.practice)};
    OK(sign_in(&w.cx, "clinician_b@example.org", WORLD_PASSWORD, "browser", token));
    assert_int_equal(world_count(&w, &SQL_SESSION_THAT_CARRIES, v, N_ELEMS(v)), 1);
    as(CLINICIAN_B);
    struct keys *other = w.cx.keys;
    as(CLINICIAN_A);
    struct keys *mine = w.cx.keys;
    OK(keys_rotate_clinical(&w.cx));
    assert_int_equal(world_count(&w, &SQL_SESSION_THAT_CARRIES, v, N_ELEMS(v)), 0);
    assert_true(seal_is_open(mine, w.cx.practice));
    assert_true(reads());
    assert_false(seal_is_open(other, w.cx.practice));
    as(CLINICIAN_B); /* the grant is for the new pair */
    assert_true(seal_is_open(w.cx.keys, w.cx.practice));
}

/* Another process seals for the former pair until it has heard of the new one. */
static void what_came_in_meanwhile_is_moved_before_the_former_pair_is_dropped(void **state)
{
    (void)state;
    struct practice_key_row was = key_of(SEAL_CLINICAL);
    as(CLINICIAN_A);
    struct keys *mine = w.cx.keys;
    OK(keys_rotate_clinical(&w.cx));
    OK(seal_practice_load(w.cx.keys, w.cx.practice, SEAL_CLINICAL, was.wrapped));
    w.cx.keys = keys_new(&w.arena, w.app.keys);
    struct id late = world_client(&w, CLINICIAN_A, "Late", "Sanz");
    world_as(&w, CLINICIAN_A);
    task(late, "taken in late");
    OK(practice_refresh(&w.cx));
    jobs_after(EPOCH_KNOWN_MS + 1);
    assert_int_equal(key_of(SEAL_CLINICAL).phase, KEY_GOES);
    w.app.notice = keys_notice;
    world_at(&w, w.cx.now_ms + 2 * EPOCH_KNOWN_MS);
    struct notice notice = {0};
    world_as(&w, OWNER);
    OK(keys_notice(&w.cx, &notice));
    assert_string_equal(notice.text, "Changing the clinical key was interrupted.");
    (void)mine;
    as(CLINICIAN_A);
    OK(keys_rotate_clinical(&w.cx));
    jobs_after(EPOCH_KNOWN_MS + 1);
    assert_int_equal(key_of(SEAL_CLINICAL).phase, KEY_SETTLED);
    struct task *t;
    int n;
    OK(task_list_client(&w.cx, late, 0, 10, &t, &n));
    assert_true(is_among(t, n, "taken in late"));
}

/* --- who leaves --------------------------------------------------------------------------------
 */

struct thief {
    struct bytes own, public_key, grant, pair;
    const char *hash;
};

/* Copied while they worked here. */
static struct thief copied(enum who who)
{
    struct thief t = {.pair = key_of(SEAL_CLINICAL).wrapped};
    struct db_val v[] = {DB_I(w.cx.practice), DB_ID(w.person[who])};
    unsigned char index[32];
    const char email[] = "clinician_b@example.org";
    OK(seal_index(w.cx.keys, "email", (struct bytes){(const unsigned char *)email, strlen(email)},
                  index));
    _cleanup_rows_ struct db_rows *rows = NULL;
    (void)v;
    struct db_val by[] = {DB_B(((struct bytes){index, sizeof(index)}))};
    OK(db_query(w.db, &w.arena, &SQL_PERSON_BY_EMAIL, by, N_ELEMS(by), &rows));
    while (db_next(rows)) {
        t.hash = db_text(rows, 2);
        t.own = db_bytes(rows, 5);
        t.public_key = db_bytes(rows, 6);
        t.grant = db_bytes(rows, 7);
    }
    OK(db_end(rows));
    return t;
}

/* With the disk as it is now, its key file, what was copied, and the password. */
static bool opens(const struct thief *t)
{
    static unsigned char session = 1;
    struct password_stored s = {.practice = w.cx.practice,
                                .person = w.person[CLINICIAN_B],
                                .hash = t->hash,
                                .own = t->own,
                                .public_key = t->public_key,
                                .grant = t->grant};
    struct keys *was = w.cx.keys;
    w.cx.keys = keys_new(&w.arena, w.app.keys);
    memset(w.cx.keys->session, session++, sizeof(w.cx.keys->session));
    OK(seal_practice_load(w.cx.keys, w.cx.practice, SEAL_CLINICAL, t->pair));
    OK(password_check(w.cx.keys, WORLD_PASSWORD, &s));
    assert_true(seal_is_open(w.cx.keys, w.cx.practice));
    world_as(&w, CLINICIAN_A);
    struct task *list;
    int n;
    bool any = false;
    if (task_list_client(&w.cx, marta, 0, 10, &list, &n) == RC_OK)
        any = is_among(list, n, "said") || is_among(list, n, "taken in");
    w.cx.keys = was;
    OK(practice_open(&w.cx, w.cx.practice));
    return any;
}

static void what_a_leaver_kept_opens_nothing_that_is_stored_now(void **state)
{
    (void)state;
    struct thief b = copied(CLINICIAN_B);
    assert_true(opens(&b)); /* so it would have, while they worked here */
    as(CLINICIAN_A);
    OK(person_close(&w.cx, w.person[CLINICIAN_B]));
    assert_true(opens(&b)); /* that no grant is left does not help */
    as(CLINICIAN_A);
    OK(keys_rotate_clinical(&w.cx));
    assert_true(reads());
    assert_false(opens(&b));
    jobs_after(EPOCH_KNOWN_MS + 1);
    assert_int_equal(key_of(SEAL_CLINICAL).phase, KEY_SETTLED);
    assert_false(opens(&b));
    start_again();
    assert_true(reads());
}

static void the_page_on_which_somebody_leaves_changes_the_key(void **state)
{
    (void)state;
    struct bytes was = key_of(SEAL_CLINICAL).wrapped;
    const char *leave = TEXT_OF("/practice/staff/%s/leave", w.person[CLINICIAN_B].s);
    keyring_keep_open(w.app.keys); /* the world's pages have no password */
    w.cx.keys = keys_new(&w.arena, w.app.keys);
    OK(person_unlock(&w.cx, "clinician_a@example.org", WORLD_PASSWORD));
    struct web_answer r = POSTED(leave, OWNER, TEXT_OF("to_all=%s", w.person[CLINICIAN_A].s));
    assert_status(&r, 303);
    assert_int_not_equal(key_of(SEAL_CLINICAL).due_ms, 0); /* nobody had it open there */
    assert_memory_equal(key_of(SEAL_CLINICAL).wrapped.p, was.p, SEAL_WRAPPED_BYTES);
    struct notice notice = {0};
    world_as(&w, OWNER);
    OK(keys_notice(&w.cx, &notice));
    assert_string_equal(notice.path, "/recovery-kit");
    as(CLINICIAN_A);
    w.cx.follow_up = NULL;
    OK(keys_event(&w.cx, EV_GRANT_TAKEN, w.person[CLINICIAN_B]));
    assert_non_null(w.cx.follow_up);
    OK(w.cx.follow_up(&w.cx));
    assert_int_equal(key_of(SEAL_CLINICAL).due_ms, 0);
    assert_memory_not_equal(key_of(SEAL_CLINICAL).wrapped.p, was.p, SEAL_WRAPPED_BYTES);
    assert_true(reads());
}

/* Within ten minutes the former pair is still there, and there is room for one. */
static void a_second_change_waits_for_the_first(void **state)
{
    (void)state;
    as(CLINICIAN_A);
    OK(keys_rotate_clinical(&w.cx));
    OK(person_close(&w.cx, w.person[CLINICIAN_B]));
    REFUSED(keys_rotate_clinical(&w.cx), RC_CONFLICT, NULL,
            "The clinical key was changed minutes ago. Change it again in ten minutes.");
    world_at(&w, w.cx.now_ms + EPOCH_KNOWN_MS + 1);
    OK(keys_rotate_clinical(&w.cx));
    assert_int_equal(key_of(SEAL_CLINICAL).due_ms, 0);
    assert_true(reads());
}

/* --- the operational key ------------------------------------------------------------------------
 */

/* What is sealed by the practice itself, of each domain; rows with all their columns. */
static void filled(void)
{
    world_as(&w, OWNER);
    w.cx.keys = keys_new(&w.arena, w.app.keys);
}

static bool all_opens(void)
{
    struct person *p;
    struct practice practice;
    int n, broken = 0;
    OK(person_list(&w.cx, false, &p, &n));
    OK(practice_load(&w.cx, &practice));
    for (int i = 0; domains[i] != NULL; i++)
        if (domains[i]->check != NULL)
            broken += world_check(&w, domains[i]);
    world_as(&w, CLINICIAN_A);
    return broken == 0 && n == WHO_N_ && reads_general();
}

static int n_under_another_key(void)
{
    unsigned char id[SEAL_KEY_ID_BYTES];
    int n = 0;
    OK(seal_practice_id(w.cx.keys, w.cx.practice, SEAL_IDENTITY, id));
    for (const struct sealed_table *const *t = w.app.sealed; *t != NULL; t++) {
        struct db_val v[] = {DB_I(w.cx.practice), DB_B(((struct bytes){id, sizeof(id)})),
                             DB_I(1000)};
        if ((*t)->class == SEAL_IDENTITY)
            n += world_count(&w, (*t)->others, v, N_ELEMS(v));
    }
    return n;
}

static void the_operational_key_goes_step_by_step_and_all_opens_after_each(void **state)
{
    (void)state;
    bool is_moved;
    filled();
    struct practice_key_row was = key_of(SEAL_IDENTITY);
    OK(keys_rotate_operational(&w.cx));
    OK(keys_rotate_operational(&w.cx)); /* twice is once */
    assert_int_equal(key_of(SEAL_IDENTITY).phase, KEY_COMES);
    start_again();
    assert_true(all_opens());
    jobs_after(EPOCH_KNOWN_MS + 1);
    assert_int_equal(key_of(SEAL_IDENTITY).phase, KEY_GOES);
    start_again();
    assert_true(all_opens());
    assert_true(n_under_another_key() > 10);
    jobs_after(EPOCH_KNOWN_MS + 1);
    assert_int_equal(key_of(SEAL_IDENTITY).phase, KEY_SETTLED);
    assert_memory_not_equal(key_of(SEAL_IDENTITY).wrapped.p, was.wrapped.p, SEAL_WRAPPED_BYTES);
    start_again();
    assert_true(all_opens());
    assert_true(reads());
    assert_int_equal(n_under_another_key(), 0);
    OK(client_keys_are_moved(&w.cx, SEAL_IDENTITY, &is_moved));
    assert_true(is_moved);
    OK(seal_practice_load(w.cx.keys, w.cx.practice, SEAL_IDENTITY, was.wrapped));
    struct practice p; /* the former key opens nothing */
    assert_int_equal(practice_load(&w.cx, &p), RC_BROKEN);
    OK(practice_open(&w.cx, w.cx.practice));
}

/* Hashes, keys, and what is under a client's own key. */
static const char *const stay[] = {
    "audit_anchor.head",
    "audit_anchor.log_id",
    "audit_attest.hash",
    "audit_change.commitment",
    "audit_change.content_hash",
    "audit_change.log_id",
    "audit_change.salt",
    "audit_change.sealed",
    "charge.sealed_identity",
    "client.identity_key",
    "client.sealed_identity",
    "client_key.wrapped",
    "client_photo.sealed_identity",
    "epoch_key.wrapped",
    "erasure.client_hash",
    "erasure_request.sealed_identity",
    "example.sealed_identity", /* no domain of the program */
    "invoice.sealed_identity",
    "known_device.device_hash",
    "note.sealed_clinical",
    "passkey.credential_hash",
    "passkey_challenge.challenge_hash",
    "payment.sealed_identity",
    "person.clinical_grant",
    "person.email_hash",
    "person.own_key",
    "person.public_key",
    "person_link.token_hash",
    "practice_key.other",
    "practice_key.wrapped",
    "process_note.sealed_private",
    "recovery_code.code_hash",
    "recovery_kit.clinical_box",
    "recovery_kit.own_box",
    "recovery_kit.public_key",
    "recovery_kit.root_box",
    "recovery_kit.seed",
    "root_key.wrapped",
    "self_note.sealed_clinical",
    "session.token_hash",
    "session.unlock_key",
    "sign_in_failure.email_hash",
};

static bool is_moved(const char *table, const char *column)
{
    const char *from = TEXT_OF("FROM %s WHERE", table),
               *where = TEXT_OF("substr(%s, 2, 4)", column);
    for (const struct sealed_table *const *t = w.app.sealed; *t != NULL; t++) {
        const char *text = (*t)->others->text[DB_SQLITE];
        if ((*t)->class == SEAL_IDENTITY && strstr(text, from) != NULL &&
            strstr(text, where) != NULL)
            return true;
    }
    return false;
}

static void whatever_is_sealed_is_moved_or_of_a_client(void **state)
{
    (void)state;
    int n_moved = 0, n_unknown = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val type[] = {DB_S(db_engine(w.db) == DB_SQLITE ? "BLOB" : "bytea")};
    OK(db_query(w.db, &w.arena, &SQL_COLUMNS_OF_TYPE, type, N_ELEMS(type), &rows));
    while (db_next(rows)) {
        const char *name = TEXT_OF("%s.%s", db_text(rows, 0), db_text(rows, 1));
        bool is_known = is_moved(db_text(rows, 0), db_text(rows, 1));
        n_moved += is_known;
        for (size_t i = 0; i < N_ELEMS(stay); i++)
            is_known |= strcmp(stay[i], name) == 0;
        if (!is_known)
            print_error("who moves %s when the practice's key is changed?\n", name);
        n_unknown += !is_known;
    }
    OK(db_end(rows));
    assert_int_equal(n_unknown, 0);
    assert_true(n_moved >= 14);
}

static void killed_anywhere_the_operational_key_goes_on(void **state)
{
    (void)state;
    int n = 0;
    filled();
    OK(keys_rotate_operational(&w.cx));
    for (int64_t nth = 1; key_of(SEAL_IDENTITY).phase != KEY_SETTLED; nth++) {
        world_at(&w, w.cx.now_ms + EPOCH_KNOWN_MS + 1);
        (void)db_fail_nth(w.db, nth);
        enum rc rc = keys_operational_job.run(&w.cx, (struct id){{0}});
        (void)db_fail_nth(w.db, 0);
        start_again();
        assert_true(all_opens());
        n += rc != RC_OK;
    }
    assert_true(n > 10);
    assert_int_equal(n_under_another_key(), 0);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(killed_after_any_step_all_opens_and_it_goes_on),
        ALONE(whatever_the_database_refuses_all_opens_and_it_goes_on),
        ALONE(other_sessions_and_tokens_type_the_password_again),
        ALONE(what_came_in_meanwhile_is_moved_before_the_former_pair_is_dropped),
        ALONE(what_a_leaver_kept_opens_nothing_that_is_stored_now),
        ALONE(the_page_on_which_somebody_leaves_changes_the_key),
        ALONE(a_second_change_waits_for_the_first),
        ALONE(the_operational_key_goes_step_by_step_and_all_opens_after_each),
        ALONE(whatever_is_sealed_is_moved_or_of_a_client),
        ALONE(killed_anywhere_the_operational_key_goes_on),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_rotate.c - new keys in the place of old ones, and what a kill in the middle leaves. */
#include "app/jobs.h"
#include "app/root_key.h"
#include "domains/clients/clients_view.h"
#include "domains/keys/keys_view.h"
#include "domains/people/people_view.h"
#include "domains/practice/practice_view.h"
#include "keys_private.h"
#include "support.h"

#include <unistd.h>

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_practice, &domain_people, &domain_clients, &domain_keys, NULL);
}

/* --- the boot key ------------------------------------------------------------------- */

static const char *key_file(void)
{
    return TEXT_OF("%s/boot.key", w.folder);
}

static void index_of(struct keyring *k, unsigned char ret[32])
{
    OK(seal_index(keys_new(&w.arena, k), "x", (struct bytes){0}, ret));
}

/* A key file of its own for the database, instead of the world's, which has none. */
static void move_in(void)
{
    const char *why = NULL;
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    struct keyring *k = NULL;
    struct bytes root;
    OK(keyring_make_file(key_file()));
    OK(keyring_open(key_file(), &k, &why));
    OK(root_key_stored(&w.cx, &root));
    OK(seal_root_rewrap(w.app.keys, k, root, wrapped));
    OK(root_key_add(&w.cx, (struct bytes){wrapped, sizeof(wrapped)}));
    OK(root_key_drop_others(&w.cx, k));
    keyring_free(w.app.keys);
    w.app.keys = k;
    w.cx.keys = keys_new(&w.arena, k);
}

/* As the program starts: the file as it stands opens the root key that it was before. */
static bool starts(const unsigned char want[32])
{
    const char *why = NULL;
    unsigned char got[32];
    struct keyring *k = NULL, *was = w.app.keys;
    if (keyring_open(key_file(), &k, &why) != RC_OK)
        return false;
    w.app.keys = k;
    bool ok = root_key_load(&w.cx) == RC_OK;
    if (ok)
        index_of(k, got);
    w.app.keys = was;
    keyring_free(k);
    return ok && memcmp(got, want, 32) == 0;
}

static void killed_after_any_step_it_starts_and_goes_on(void **state)
{
    (void)state;
    unsigned char want[32];
    move_in();
    index_of(w.app.keys, want);
    for (enum boot_step last = BOOT_FILE; last <= BOOT_DROP; last++) {
        OK(keys_rotate_boot_until(&w.cx, key_file(), last));
        assert_true(starts(want));
        const char *why = NULL;
        struct keyring *k = NULL; /* the program that is started to go on */
        OK(keyring_open(key_file(), &k, &why));
        keyring_free(w.app.keys);
        w.app.keys = k;
        w.cx.keys = keys_new(&w.arena, k);
        OK(root_key_load(&w.cx));
        OK(keys_rotate_boot(&w.cx, key_file()));
        assert_true(starts(want));
        assert_int_not_equal(access(TEXT_OF("%s.next", key_file()), F_OK), 0);
        keyring_free(w.app.keys);
        OK(keyring_open(key_file(), &w.app.keys, &why));
        OK(root_key_load(&w.cx));
    }
    unlink(key_file());
}

static void the_old_key_file_opens_nothing_any_more(void **state)
{
    (void)state;
    unsigned char want[32];
    const char *old = TEXT_OF("%s/old.key", w.folder);
    move_in();
    index_of(w.app.keys, want);
    assert_int_equal(link(key_file(), old), 0);
    OK(keys_rotate_boot(&w.cx, key_file()));
    assert_int_equal(unlink(key_file()), 0);
    assert_int_equal(rename(old, key_file()), 0);
    assert_false(starts(want));
    unlink(key_file());
}

/* --- epochs -------------------------------------------------------------------------- */

static int n_jobs(void)
{
    int n;
    OK(jobs_run(&w.app, w.db, &w.arena, w.cx.now_ms, 20, &n));
    return n;
}

static void turn(int64_t after_ms)
{
    static const struct job_kind *const kinds[] = {&keys_epoch_job, NULL};
    w.app.jobs = kinds;
    world_at(&w, w.cx.now_ms + after_ms);
    while (n_jobs() > 0)
        ;
}

static struct bytes stored_key(struct id client)
{
    struct client_keys keys;
    OK(client_keys_load(&w.cx, world_cap(&w, client), &keys));
    return keys.wrapped[SEAL_IDENTITY];
}

static const char *name_of(struct id client)
{
    struct client c;
    OK(client_load(&w.cx, world_cap(&w, client), &c));
    return c.given_name;
}

static void after_a_month_keys_move_under_a_new_epoch_and_the_old_one_is_gone(void **state)
{
    (void)state;
    struct epochs e;
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    struct bytes before = stored_key(marta);
    turn(0);
    OK(practice_epoch(&w.cx, &e));
    assert_int_equal(e.newest, 1);
    turn(31 * MS_PER_DAY);
    OK(practice_epoch(&w.cx, &e));
    assert_int_equal(e.newest, 2);
    assert_int_equal(e.n, 2);
    assert_int_equal(seal_client_epoch(stored_key(marta)), 1);
    struct id eva = world_client(&w, CLINICIAN_A, "Eva", "Luna"); /* in between */
    turn(EPOCH_KNOWN_MS + 1);
    OK(practice_epoch(&w.cx, &e));
    assert_int_equal(e.n, 1);
    assert_int_equal(seal_client_epoch(stored_key(marta)), 2);
    assert_int_equal(seal_client_epoch(stored_key(eva)), 2);
    assert_string_equal(name_of(marta), "Marta");
    assert_string_equal(name_of(eva), "Eva");
    assert_int_equal(world_check(&w, &domain_clients), 0);

    struct bytes renewed; /* an old copy of the table: nothing opens it */
    assert_int_equal(seal_client_renew(&w.arena, w.cx.keys, w.cx.practice, marta, SEAL_IDENTITY,
                                       before, &renewed),
                     RC_BROKEN);
}

static void another_process_hears_of_a_new_epoch(void **state)
{
    (void)state;
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    turn(31 * MS_PER_DAY);
    OK(seal_epoch_forget(w.cx.keys, w.cx.practice, 2)); /* as if it had been made elsewhere */
    OK(practice_refresh(&w.cx));
    turn(EPOCH_KNOWN_MS + 1);
    assert_string_equal(name_of(marta), "Marta");
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(killed_after_any_step_it_starts_and_goes_on),
        ALONE(the_old_key_file_opens_nothing_any_more),
        ALONE(after_a_month_keys_move_under_a_new_epoch_and_the_old_one_is_gone),
        ALONE(another_process_hears_of_a_new_epoch),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * rotate.c - new keys in the place of old ones; a kill at any moment leaves what works. */
#include "app/jobs.h"
#include "app/root_key.h"
#include "domains/clients/clients.h"
#include "keys.h"
#include "keys_private.h"

#include <unistd.h>

/* --- the boot key ------------------------------------------------------------------- */

static void ring_free(struct keyring **k)
{
    keyring_free(*k);
}

/* A file that a killed run left is taken up when the database knows it, else made anew. */
static enum rc next_ring(struct cx *cx, const char *file, struct keyring **ret, bool *ret_is_known)
{
    const char *why = NULL;
    CLEANUP(ring_free) struct keyring *left = NULL;
    *ret_is_known = false;
    if (keyring_open(file, &left, &why) == RC_OK) {
        TRY(root_key_is_known(cx, left, ret_is_known));
        if (*ret_is_known) {
            *ret = left;
            left = NULL;
            return RC_OK;
        }
    }
    (void)unlink(file);
    if (keyring_make_file(file) != RC_OK)
        return refuse(cx, RC_BUSY, NULL,
                      N_("The new key file cannot be written beside the old one."));
    return keyring_open(file, ret, &why);
}

enum rc keys_rotate_boot_until(struct cx *cx, const char *key_file, enum boot_step last)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    struct bytes root;
    bool is_known;
    CLEANUP(ring_free) struct keyring *next = NULL;
    const char *file = arena_printf(cx->arena, "%s.next", key_file);
    TRY(next_ring(cx, file, &next, &is_known));
    if (last == BOOT_FILE)
        return RC_OK;
    if (!is_known) {
        TRY(root_key_stored(cx, &root));
        TRY(seal_root_rewrap(cx->app->keys, next, root, wrapped));
        TRY(root_key_add(cx, (struct bytes){wrapped, sizeof(wrapped)}));
    }
    if (last == BOOT_ROW)
        return RC_OK;
    if (keyring_replace_file(file, key_file) != RC_OK)
        return refuse(cx, RC_BUSY, NULL,
                      N_("The new key file could not take the place of the old one."));
    if (last == BOOT_RENAME)
        return RC_OK;
    return root_key_drop_others(cx, next);
}

enum rc keys_rotate_boot(struct cx *cx, const char *key_file)
{
    return keys_rotate_boot_until(cx, key_file, BOOT_DROP);
}

/* --- epochs -------------------------------------------------------------------------- */

enum { EPOCH_DAYS = 30, AT_ONCE = 400 };

static enum rc again(struct cx *cx, int64_t due_ms)
{
    return job_put(cx, keys_epoch_job.name, (struct id){{0}}, due_ms);
}

/* A new one is stored; when every process has heard of it, keys move under it, so many at a time;
 * when none is left, the old one is destroyed. */
static enum rc epoch_run(struct cx *cx, struct id subject UNUSED)
{
    struct epochs e;
    int n;
    TRY(practice_epoch(cx, &e));
    int64_t due_ms = e.made_ms + EPOCH_DAYS * MS_PER_DAY;
    if (e.n == 1 && cx->now_ms < due_ms)
        return again(cx, due_ms);
    if (e.n == 1) {
        TRY(practice_epoch_begin(cx));
        return again(cx, cx->now_ms + EPOCH_KNOWN_MS);
    }
    if (cx->now_ms < e.made_ms + EPOCH_KNOWN_MS)
        return again(cx, e.made_ms + EPOCH_KNOWN_MS);
    TRY(client_keys_renew(cx, e.newest, AT_ONCE, &n));
    if (n == AT_ONCE)
        return again(cx, cx->now_ms);
    TRY(practice_epoch_end(cx, e.newest));
    return again(cx, due_ms);
}

const struct job_kind keys_epoch_job = {"epoch", epoch_run};

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * answer.c - the key holder's side of each call. What comes in is taken for what it says only after
 * its lengths were looked at: whoever speaks may have been taken over. */
#include "seal/call.h"
#include "seal/kit.h"
#include "seal/password.h"

#include <string.h>

static bool is_id(struct bytes b, struct id *ret)
{
    if (b.len > ID_LEN)
        return false;
    *ret = (struct id){{0}};
    if (b.len > 0)
        memcpy(ret->s, b.p, b.len);
    return true;
}

static unsigned char *out(struct arena *a, struct call *c, int i, size_t n)
{
    unsigned char *p = arena_alloc(a, n);
    c->out[i] = (struct bytes){p, n};
    return p;
}

static enum rc client_key_call(struct arena *a, struct call *c)
{
    struct id client;
    if (!is_id(c->in[0], &client))
        return RC_BROKEN;
    enum seal_class cls = (enum seal_class)c->n[1];
    if (c->op == CALL_CLIENT_FORGET)
        return seal_client_forget(c->keys, c->n[0], client);
    if (c->op == CALL_CLIENT_MAKE)
        return seal_client_make(a, c->keys, c->n[0], client, cls, &c->out[0]);
    TRY(seal_client_renew(a, c->keys, c->n[0], client, cls, c->in[1], &c->out[0]));
    c->n[0] = c->out[0].p == c->in[1].p;
    return RC_OK;
}

static enum rc password_make_call(struct arena *a, struct call *c)
{
    struct password_for who = {
        .practice = c->n[0], .fast = c->n[1] != 0, .keeps_own = c->n[2] != 0};
    struct seal_person p;
    const char *password = call_string(a, c->in[1]);
    if (!is_id(c->in[0], &who.person) || password == NULL)
        return RC_BROKEN;
    char *hash = (char *)out(a, c, 0, PASSWORD_HASH_BYTES);
    TRY(password_make(c->keys, &who, password, hash, &p));
    memcpy(out(a, c, 1, sizeof(p.own)), p.own, sizeof(p.own));
    memcpy(out(a, c, 2, sizeof(p.public_key)), p.public_key, sizeof(p.public_key));
    return RC_OK;
}

static enum rc password_check_call(struct arena *a, struct call *c)
{
    struct password_stored w = {.practice = c->n[0],
                                .hash = call_string(a, c->in[1]),
                                .own = c->in[3],
                                .public_key = c->in[4],
                                .grant = c->in[5]};
    const char *password = call_string(a, c->in[0]);
    if (!is_id(c->in[2], &w.person) || password == NULL)
        return RC_BROKEN;
    return password_check(c->keys, password, &w);
}

static enum rc kit_call(struct arena *a, struct call *c)
{
    struct kit_seed seed;
    struct seal_kit kit;
    struct id id;
    if (c->op == CALL_KIT_OPEN) {
        if (c->in[0].len != sizeof(seed) || c->in[1].len != sizeof(kit))
            return RC_BROKEN;
        memcpy(&seed, c->in[0].p, sizeof(seed));
        memcpy(&kit, c->in[1].p, sizeof(kit));
        return seal_kit_open(c->keys, c->n[0], &seed, &kit, c->n[1] != 0);
    }
    if (!is_id(c->in[0], &id))
        return RC_BROKEN;
    if (c->op == CALL_KIT_MAKE)
        return seal_kit_make(c->keys, c->n[0], id, c->in[1],
                             (struct seal_kit *)out(a, c, 0, sizeof(kit)));
    return c->in[1].len != SEAL_WRAPPED_BYTES
               ? RC_BROKEN
               : seal_kit_seed(c->keys, c->n[0], id, c->in[1].p,
                               (struct kit_seed *)out(a, c, 0, sizeof(seed)));
}

static enum rc pair_call(struct arena *a, struct call *c)
{
    struct seal_pair pair;
    struct keys *k = c->keys;
    if (c->op == CALL_PAIR_MAKE)
        return seal_pair_make(k, c->n[0], (struct seal_pair *)out(a, c, 0, sizeof(pair)));
    struct bytes given = c->op == CALL_PAIR_KIT ? c->in[1] : c->in[0];
    if (given.len != sizeof(pair))
        return RC_BROKEN;
    memcpy(&pair, given.p, sizeof(pair));
    if (c->op == CALL_PAIR_TAKE)
        return seal_pair_take(k, c->n[0], &pair);
    if (c->op == CALL_PAIR_GRANT)
        return c->in[1].len != SEAL_PUBLIC_BYTES || c->in[2].len != SEAL_GRANT_BYTES
                   ? RC_BROKEN
                   : seal_pair_grant(k, c->n[0], &pair, c->in[1].p, c->in[2].p,
                                     out(a, c, 0, SEAL_GRANT_BYTES));
    struct id id;
    struct seal_kit *kit = (struct seal_kit *)out(a, c, 0, sizeof(*kit));
    if (!is_id(c->in[0], &id) || c->in[2].len != sizeof(*kit))
        return RC_BROKEN;
    memcpy(kit, c->in[2].p, sizeof(*kit));
    return seal_pair_kit(k, c->n[0], &pair, id, kit);
}

static enum rc session_call(struct arena *a, struct call *c)
{
    struct keys *k = c->keys;
    switch (c->op) {
    case CALL_GRANT:
        if (c->in[0].len != SEAL_PUBLIC_BYTES)
            return RC_BROKEN;
        return seal_grant(k, c->n[0], c->in[0].p, out(a, c, 0, SEAL_GRANT_BYTES));
    case CALL_IS_OPEN:
        return seal_is_open(k, c->n[0]) ? RC_OK : RC_DENIED;
    case CALL_UNLOCK_WRAP: {
        const char *token = call_string(a, c->in[0]);
        return token == NULL ? RC_BROKEN
                             : seal_unlock_wrap(k, c->n[0], token, out(a, c, 0, SEAL_UNLOCK_BYTES));
    }
    case CALL_UNLOCK_TOKEN:
        return seal_unlock_token(k, c->n[0]);
    case CALL_LOCK:
        return seal_lock(k);
    case CALL_BULK:
        return seal_bulk(k, c->n[0]);
    case CALL_METER:
        return keyring_meter(k->ring, c->n[0]);
    default:
        return RC_BROKEN;
    }
}

static enum rc practice_call(struct arena *a, struct call *c)
{
    struct keys *k = c->keys;
    switch (c->op) {
    case CALL_ROOT_MAKE:
        return seal_root_make(k->ring, out(a, c, 0, SEAL_WRAPPED_BYTES));
    case CALL_ROOT_LOAD:
        return seal_root_load(k->ring, c->in[0]);
    case CALL_PRACTICE_MAKE:
        return seal_practice_make(k, c->n[0], (enum seal_class)c->n[1],
                                  out(a, c, 0, SEAL_WRAPPED_BYTES));
    case CALL_PRACTICE_LOAD:
        return seal_practice_load_both(k, c->n[0], (enum seal_class)c->n[1], c->in[0], c->in[1]);
    case CALL_PRACTICE_ID:
        return seal_practice_id(k, c->n[0], (enum seal_class)c->n[1],
                                out(a, c, 0, SEAL_KEY_ID_BYTES));
    case CALL_PRACTICE_NEXT:
        return seal_practice_next(k, c->n[0], out(a, c, 0, SEAL_WRAPPED_BYTES));
    case CALL_EPOCH_MAKE:
        return seal_epoch_make(k, c->n[0], c->n[1], out(a, c, 0, SEAL_WRAPPED_BYTES));
    case CALL_EPOCH_LOAD:
        return seal_epoch_load(k, c->n[0], c->n[1], c->in[0]);
    case CALL_EPOCH_FORGET:
        return seal_epoch_forget(k, c->n[0], c->n[1]);
    default:
        return RC_BROKEN;
    }
}

static enum rc index_call(struct arena *a, struct call *c)
{
    const char *purpose = call_string(a, c->in[0]);
    if (purpose == NULL)
        return RC_BROKEN;
    return seal_index(c->keys, purpose, c->in[1], out(a, c, 0, 32));
}

/* Names every call and has no default: the compiler misses the one that nobody answers. */
static enum rc answer_of(struct arena *a, struct call *c)
{
    switch (c->op) {
    case CALL_OPEN_MANY:
        return seal_open_many(a, c->keys, c->items, c->n_items);
    case CALL_CLOSE_MANY:
        return seal_close_many(a, c->keys, c->items, c->n_items);
    case CALL_MOVE_MANY:
        return seal_move_many(a, c->keys, c->items, c->n_items);
    case CALL_PAIR_MAKE:
    case CALL_PAIR_GRANT:
    case CALL_PAIR_KIT:
    case CALL_PAIR_TAKE:
        return pair_call(a, c);
    case CALL_CLIENT_MAKE:
    case CALL_CLIENT_RENEW:
    case CALL_CLIENT_FORGET:
        return client_key_call(a, c);
    case CALL_PASSWORD_MAKE:
        return password_make_call(a, c);
    case CALL_PASSWORD_CHECK:
        return password_check_call(a, c);
    case CALL_KIT_MAKE:
    case CALL_KIT_SEED:
    case CALL_KIT_OPEN:
        return kit_call(a, c);
    case CALL_INDEX:
        return index_call(a, c);
    case CALL_ROOT_MAKE:
    case CALL_ROOT_LOAD:
    case CALL_PRACTICE_MAKE:
    case CALL_PRACTICE_LOAD:
    case CALL_PRACTICE_ID:
    case CALL_PRACTICE_NEXT:
    case CALL_EPOCH_MAKE:
    case CALL_EPOCH_LOAD:
    case CALL_EPOCH_FORGET:
        return practice_call(a, c);
    case CALL_GRANT:
    case CALL_IS_OPEN:
    case CALL_BULK:
    case CALL_UNLOCK_WRAP:
    case CALL_UNLOCK_TOKEN:
    case CALL_LOCK:
    case CALL_METER:
        return session_call(a, c);
    case CALL_KEY_FILE: /* the process's own (keyd.c) */
    case CALL_AUDIT_OPEN:
    case CALL_AUDIT_LAST:
    case CALL_UNSET:
    case CALL_OP_N_:
        break;
    }
    return RC_BROKEN;
}

void call_answer(struct arena *a, struct keyring *ring, struct call *c)
{
    c->keys->ring = ring;
    c->rc = answer_of(a, c);
}

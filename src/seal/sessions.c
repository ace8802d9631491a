/* SPDX-License-Identifier: AGPL-3.0-or-later
 * sessions.c - what each session has open of the clinical tier, and how many clients it has
 * opened. The secrets are here and nowhere else: wiped when the screen locks, when the session
 * ends, and after a while without use. */
#include "seal/call.h"
#include "seal/door.h"

#include <string.h>
#include <time.h>

enum {
    IDLE_MAX_MS = 4 * 3600 * 1000,
    HOUR_MS = 3600 * 1000,
    CONFIRMED_MS = 5 * 60 * 1000,
    BULK_MS = 15 * 60 * 1000,
    DAY_MS = 24 * HOUR_MS,
    LIMITS_MAX = 4
};

static int64_t monotonic_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

void sessions_init(struct sessions *s)
{
    pthread_mutex_init(&s->lock, NULL);
    s->slot = secret_alloc(SESSIONS_MAX, sizeof(*s->slot));
    s->meter = calloc(METERS_MAX, sizeof(*s->meter));
    if (s->meter == NULL)
        abort();
}

void sessions_done(struct sessions *s)
{
    pthread_mutex_destroy(&s->lock);
    sodium_free(s->slot);
    free(s->meter);
}

static bool is_of(const struct session_slot *s, const unsigned char session[16], int64_t practice)
{
    return s->practice == practice && memcmp(s->session, session, 16) == 0;
}

/* With the lock held. What lay idle is wiped on the way. */
static struct session_slot *find(struct sessions *t, const unsigned char session[16],
                                 int64_t practice)
{
    int64_t now_ms = monotonic_ms();
    struct session_slot *found = NULL;
    for (int i = 0; i < t->n; i++) {
        struct session_slot *s = &t->slot[i];
        if (s->practice == 0)
            continue;
        if (!t->keeps_open && now_ms - s->used_ms > IDLE_MAX_MS)
            sodium_memzero(s, sizeof(*s));
        else if (is_of(s, session, practice))
            found = s;
    }
    if (found != NULL)
        found->used_ms = now_ms;
    return found;
}

/* An empty slot, or the one that was used longest ago. */
static struct session_slot *vacate(struct sessions *t)
{
    struct session_slot *s = &t->slot[0];
    for (int i = 1; i < t->n && s->practice != 0; i++)
        if (t->slot[i].practice == 0 || t->slot[i].used_ms < s->used_ms)
            s = &t->slot[i];
    if (s->practice != 0 && t->n < SESSIONS_MAX)
        s = &t->slot[t->n++];
    t->n = t->n == 0 ? 1 : t->n;
    sodium_memzero(s, sizeof(*s));
    return s;
}

static struct session_slot *place_for(struct sessions *t, const unsigned char session[16],
                                      int64_t practice)
{
    struct session_slot *s = find(t, session, practice);
    if (s != NULL)
        return s;
    s = vacate(t);
    s->practice = practice;
    memcpy(s->session, session, 16);
    s->used_ms = monotonic_ms();
    return s;
}

static uint64_t short_name(const unsigned char *p, size_t n)
{
    uint64_t ret;
    crypto_generichash((unsigned char *)&ret, sizeof(ret), p, n, NULL, 0);
    return ret | 1; /* never 0 */
}

/* By the public half of the own key, under which the clinical key was given. */
static uint64_t person_of(const struct opened *o)
{
    struct key _cleanup_key_ box;
    unsigned char public_key[KEY_BYTES];
    derive(&o->own, "entr1 box", &box);
    crypto_scalarmult_base(public_key, box.b);
    return short_name(public_key, sizeof(public_key));
}

/* With the lock held: whose meter counts. */
static uint64_t meter_name(const struct sessions *t, uint64_t person)
{
    int64_t now_ms = monotonic_ms();
    for (int i = 0; i < HEIRS_MAX; i++)
        if (t->heir[i].person == person && now_ms - t->heir[i].at_ms < DAY_MS)
            return t->heir[i].giver;
    return person;
}

/* With the lock held; false: too many in a day. */
static bool inherit(struct sessions *t, uint64_t person, uint64_t giver)
{
    int64_t now_ms = monotonic_ms();
    if (t->keeps_open)
        return true;
    for (int i = 0; i < HEIRS_MAX; i++)
        if (t->heir[i].person == 0 || t->heir[i].person == person ||
            now_ms - t->heir[i].at_ms >= DAY_MS) {
            t->heir[i] = (struct heir){person, giver, now_ms};
            return true;
        }
    return false;
}

void session_put(struct keyring *k, const unsigned char session[static 16], int64_t practice,
                 const struct opened *o, bool has_clinical)
{
    uint64_t person = person_of(o);
    unsigned char pair[KEY_BYTES] = {0};
    if (has_clinical)
        crypto_scalarmult_base(pair, o->clinical.b);
    pthread_mutex_lock(&k->sessions.lock);
    struct session_slot *s = place_for(&k->sessions, session, practice);
    s->opened = *o;
    memcpy(s->pair, pair, sizeof(s->pair));
    s->has_clinical = has_clinical;
    s->person = meter_name(&k->sessions, person);
    pthread_mutex_unlock(&k->sessions.lock);
}

/* What it has open is of the pair before: here or in another process the key was changed. */
static struct session_slot *current(struct session_slot *s, const struct practice_key *above)
{
    if (s == NULL || !s->has_clinical || above->cls == SEAL_NONE ||
        memcmp(s->pair, above->now.public_key.b, KEY_BYTES) == 0)
        return s;
    sodium_memzero(s, sizeof(*s));
    return NULL;
}

/* *ret_has: what the session has open. */
static bool look(struct keys *k, int64_t practice, struct opened *ret, bool *ret_has_clinical)
{
    static const unsigned char nobody[16];
    struct sessions *t = &k->ring->sessions;
    struct practice_key above = {0};
    if (practice_key_find(k->ring, practice, SEAL_CLINICAL, &above) != RC_OK)
        above.cls = SEAL_NONE; /* not loaded yet: nothing to compare with */
    pthread_mutex_lock(&t->lock);
    struct session_slot *s = current(find(t, k->session, practice), &above);
    bool is_nobody = memcmp(k->session, nobody, sizeof(nobody)) == 0;
    if (s == NULL && t->keeps_open && !is_nobody)
        s = current(find(t, nobody, practice), &above);
    if (s != NULL) {
        *ret = s->opened;
        *ret_has_clinical = s->has_clinical;
    }
    pthread_mutex_unlock(&t->lock);
    return s != NULL;
}

/* 0x04 | nonce | practice, clinical, own | tag. */
struct carried {
    unsigned char practice[8];
    struct opened opened;
};
static void carried_wipe(struct carried *c)
{
    sodium_memzero(c, sizeof(*c));
}
#define _cleanup_carried_ CLEANUP(carried_wipe)
_Static_assert(SEAL_UNLOCK_BYTES == 1 + NONCE_BYTES + sizeof(struct carried) + TAG_BYTES,
               "the stored form has no gaps");

static void token_key(const struct keyring *k, const char *token, struct key *ret)
{
    struct key _cleanup_key_ h;
    crypto_generichash(h.b, KEY_BYTES, (const unsigned char *)token, strlen(token), NULL, 0);
    derive(&h, "entr1 unlock by token", ret);
    mix(&k->boot->carry, ret);
}

enum rc seal_unlock_wrap(struct keys *k, int64_t practice, const char *token,
                         unsigned char ret[static SEAL_UNLOCK_BYTES])
{
    if (k->ring->door != NULL)
        return door_unlock_wrap(k, practice, token, ret);
    struct key _cleanup_key_ key;
    struct carried _cleanup_carried_ c;
    TRY(session_get(k, practice, &c.opened));
    put_i64(c.practice, practice);
    token_key(k->ring, token, &key);
    ret[0] = WRAP_BY_TOKEN;
    randombytes_buf(ret + 1, NONCE_BYTES);
    crypto_aead_xchacha20poly1305_ietf_encrypt(ret + 1 + NONCE_BYTES, NULL,
                                               (const unsigned char *)&c, sizeof(c), NULL, 0, NULL,
                                               ret + 1, key.b);
    return RC_OK;
}

enum rc seal_unlock_token(struct keys *k, int64_t practice)
{
    if (k->ring->door != NULL)
        return door_unlock_token(k, practice);
    struct key _cleanup_key_ key;
    struct carried _cleanup_carried_ c;
    unsigned char want[8];
    if (k->token == NULL || k->unlock.len != SEAL_UNLOCK_BYTES || k->unlock.p[0] != WRAP_BY_TOKEN)
        return RC_DENIED;
    token_key(k->ring, k->token, &key);
    put_i64(want, practice);
    if (crypto_aead_xchacha20poly1305_ietf_decrypt(
            (unsigned char *)&c, NULL, NULL, k->unlock.p + 1 + NONCE_BYTES, sizeof(c) + TAG_BYTES,
            NULL, 0, k->unlock.p + 1, key.b) != 0 ||
        memcmp(c.practice, want, sizeof(want)) != 0)
        return RC_DENIED;
    session_put(k->ring, k->session, practice, &c.opened, true);
    return RC_OK;
}

enum rc session_get(struct keys *k, int64_t practice, struct opened *ret)
{
    bool has_clinical = false;
    bool found = look(k, practice, ret, &has_clinical);
    if (!found && seal_unlock_token(k, practice) == RC_OK)
        found = look(k, practice, ret, &has_clinical);
    if (found && has_clinical)
        return RC_OK;
    opened_wipe(ret);
    k->was_closed |= !found;
    k->was_ungranted |= found;
    return RC_DENIED;
}

enum rc session_own(struct keys *k, int64_t practice, struct opened *ret)
{
    bool has_clinical;
    if (look(k, practice, ret, &has_clinical))
        return RC_OK;
    if (seal_unlock_token(k, practice) == RC_OK && look(k, practice, ret, &has_clinical))
        return RC_OK;
    opened_wipe(ret);
    return RC_DENIED;
}

bool seal_is_open(struct keys *k, int64_t practice)
{
    if (k->ring->door != NULL)
        return door_is_open(k, practice);
    struct opened _cleanup_opened_ o;
    bool was_closed = k->was_closed;
    bool is_open = session_get(k, practice, &o) == RC_OK;
    k->was_closed = was_closed;
    return is_open;
}

/* Says of a grant that it was given here. */
static void vouch_for_grant(const struct keyring *k, int64_t practice,
                            const unsigned char *public_key, const unsigned char *box,
                            unsigned char ret[static VOUCH_BYTES])
{
    unsigned char text[8 + KEY_BYTES + BOX_BYTES];
    put_bytes(put_bytes(put_i64(text, practice), public_key, KEY_BYTES), box, BOX_BYTES);
    crypto_generichash(ret, VOUCH_BYTES, text, sizeof(text), k->boot->vouch.b, KEY_BYTES);
}

enum rc grant_make(const struct keyring *k, int64_t practice, const struct key *clinical,
                   const unsigned char *public_key, unsigned char ret[static SEAL_GRANT_BYTES])
{
    if (crypto_box_seal(ret, clinical->b, KEY_BYTES, public_key) != 0)
        return RC_BROKEN;
    vouch_for_grant(k, practice, public_key, ret, ret + BOX_BYTES);
    return RC_OK;
}

bool grant_was_made(const struct keyring *k, int64_t practice, const unsigned char *public_key,
                    const unsigned char grant[static SEAL_GRANT_BYTES])
{
    unsigned char want[VOUCH_BYTES];
    vouch_for_grant(k, practice, public_key, grant, want);
    return seal_equal(want, grant + BOX_BYTES, VOUCH_BYTES);
}

static enum rc bequeath(struct keys *k, int64_t practice, const unsigned char *public_key)
{
    struct sessions *t = &k->ring->sessions;
    pthread_mutex_lock(&t->lock);
    struct session_slot *s = find(t, k->session, practice);
    bool ok = s == NULL || inherit(t, short_name(public_key, KEY_BYTES), s->person);
    pthread_mutex_unlock(&t->lock);
    return ok ? RC_OK : RC_DENIED;
}

enum rc seal_grant(struct keys *k, int64_t practice,
                   const unsigned char public_key[static SEAL_PUBLIC_BYTES],
                   unsigned char ret[static SEAL_GRANT_BYTES])
{
    if (k->ring->door != NULL)
        return door_grant(k, practice, public_key, ret);
    struct opened _cleanup_opened_ o;
    TRY(session_get(k, practice, &o));
    if (!is_vouched_for(k->ring, practice, public_key, public_key + KEY_BYTES))
        return RC_DENIED;
    TRY(bequeath(k, practice, public_key));
    return grant_make(k->ring, practice, &o.clinical, public_key, ret);
}

enum rc seal_lock(struct keys *k)
{
    k->unlock = (struct bytes){0};
    if (k->ring->door != NULL)
        return door_lock(k);
    struct sessions *t = &k->ring->sessions;
    pthread_mutex_lock(&t->lock);
    for (int i = 0; i < t->n; i++)
        if (memcmp(t->slot[i].session, k->session, 16) == 0 && !t->keeps_open)
            sodium_memzero(&t->slot[i], sizeof(t->slot[i]));
    pthread_mutex_unlock(&t->lock);
    return RC_OK;
}

void keyring_keep_open(struct keyring *k)
{
    k->sessions.keeps_open = true;
}

void keyring_close(struct keyring *k)
{
    struct sessions *t = &k->sessions;
    pthread_mutex_lock(&t->lock);
    t->keeps_open = false;
    sodium_memzero(t->slot, SESSIONS_MAX * sizeof(*t->slot));
    pthread_mutex_unlock(&t->lock);
}

/* --- the meter ------------------------------------------------------------------ */

/* Once: whoever takes over a server does not lift it. */
enum rc keyring_meter(struct keyring *k, int64_t clients_an_hour)
{
    if (k->door != NULL)
        return door_meter(k, clients_an_hour);
    struct sessions *t = &k->sessions;
    if (t->has_max && t->max_clients != clients_an_hour)
        return RC_DENIED;
    t->has_max = true;
    t->max_clients = clients_an_hour;
    return RC_OK;
}

/* With the lock held: the person's own, or the one that was used longest ago. */
static struct meter *meter_of(struct sessions *t, uint64_t person)
{
    struct meter *m = &t->meter[0];
    for (int i = 0; i < METERS_MAX; i++) {
        if (t->meter[i].person == person)
            return &t->meter[i];
        if (t->meter[i].used_ms < m->used_ms)
            m = &t->meter[i];
    }
    *m = (struct meter){.person = person, .used_ms = monotonic_ms()};
    return m;
}

void session_confirm(struct keyring *k, const struct opened *o)
{
    struct sessions *t = &k->sessions;
    uint64_t person = person_of(o);
    pthread_mutex_lock(&t->lock);
    struct meter *m = meter_of(t, meter_name(t, person));
    int64_t now_ms = monotonic_ms(), n = 0;
    for (int i = 0; i < METER_SLOTS; i++)
        n += m->seen[i].at_ms != 0 && now_ms - m->seen[i].at_ms < HOUR_MS;
    m->allowance = n; /* the limit is counted from here */
    m->confirmed_ms = now_ms;
    pthread_mutex_unlock(&t->lock);
}

enum rc seal_bulk(struct keys *k, int64_t practice)
{
    if (k->ring->door != NULL)
        return door_bulk(k, practice);
    struct sessions *t = &k->ring->sessions;
    enum rc rc = RC_DENIED;
    pthread_mutex_lock(&t->lock);
    struct session_slot *s = find(t, k->session, practice);
    struct meter *m = s != NULL && s->has_clinical ? meter_of(t, s->person) : NULL;
    int64_t now_ms = monotonic_ms();
    if (m != NULL && m->confirmed_ms != 0 && now_ms - m->confirmed_ms < CONFIRMED_MS) {
        m->bulk_until_ms = now_ms + BULK_MS;
        memcpy(m->bulk_session, k->session, sizeof(m->bulk_session));
        rc = RC_OK;
    }
    pthread_mutex_unlock(&t->lock);
    return rc;
}

/* With the lock held. */
static bool is_bulk(const struct meter *m, const struct keys *k)
{
    return monotonic_ms() < m->bulk_until_ms &&
           memcmp(m->bulk_session, k->session, sizeof(m->bulk_session)) == 0;
}

/* A stranger's id in 8 bytes: two clients that share them count as one, which nobody can choose. */
static uint64_t short_id(struct id client)
{
    uint64_t ret;
    crypto_generichash((unsigned char *)&ret, sizeof(ret), (const unsigned char *)client.s,
                       sizeof(client.s), NULL, 0);
    return ret;
}

/* More than there are slots cannot be counted, and is refused whatever the limit. */
static enum rc count(struct meter *m, int64_t max, uint64_t client, bool *ret_is_fresh)
{
    int64_t now_ms = monotonic_ms(), n = 0;
    int oldest = 0;
    for (int i = 0; i < METER_SLOTS; i++) {
        bool is_recent = m->seen[i].at_ms != 0 && now_ms - m->seen[i].at_ms < HOUR_MS;
        if (is_recent && m->seen[i].client == client) {
            *ret_is_fresh = !m->seen[i].is_told;
            return RC_OK;
        }
        n += is_recent;
        if (m->seen[i].at_ms < m->seen[oldest].at_ms)
            oldest = i;
    }
    m->used_ms = now_ms;
    int64_t allowed = max + m->allowance < LIMITS_MAX * max ? max + m->allowance : LIMITS_MAX * max;
    if (max > 0 && (n >= allowed || n == METER_SLOTS))
        return RC_DENIED;
    m->seen[oldest].client = client;
    m->seen[oldest].at_ms = now_ms;
    m->seen[oldest].is_told = false;
    *ret_is_fresh = true;
    return RC_OK;
}

/* Of the same call: each client is written down once. */
static void add_fresh(struct keys *k, struct id client)
{
    for (int i = k->n_fresh - 1; i >= 0; i--)
        if (id_eq(k->fresh[i], client))
            return;
    arena_grow(k->arena, k->fresh, k->n_fresh, k->cap_fresh);
    k->fresh[k->n_fresh++] = client;
}

enum rc session_meter(struct keys *k, int64_t practice, struct id client)
{
    struct sessions *t = &k->ring->sessions;
    enum rc rc = RC_OK;
    bool is_fresh = false;
    uint64_t name = short_id(client);
    pthread_mutex_lock(&t->lock);
    struct session_slot *s = find(t, k->session, practice);
    struct meter *m = s != NULL ? meter_of(t, s->person) : NULL;
    if (m != NULL && is_bulk(m, k))
        is_fresh = true; /* written down, and not counted */
    else if (m != NULL)
        rc = count(m, t->max_clients, name, &is_fresh);
    pthread_mutex_unlock(&t->lock);
    k->was_metered |= rc != RC_OK;
    if (is_fresh && k->arena != NULL)
        add_fresh(k, client);
    return rc;
}

static void tell(struct meter *m, uint64_t client)
{
    for (int i = 0; i < METER_SLOTS; i++)
        m->seen[i].is_told |= m->seen[i].client == client;
}

/* Until then whoever asks again is written down again: also after the disk was full, and beside
 * another call that still waits for it. */
void call_was_told(const struct call *c)
{
    const struct keys *k = c->keys;
    struct sessions *t = &k->ring->sessions;
    pthread_mutex_lock(&t->lock);
    for (int s = 0; s < t->n; s++) {
        if (t->slot[s].practice == 0 || memcmp(t->slot[s].session, k->session, 16) != 0)
            continue;
        struct meter *m = meter_of(t, t->slot[s].person);
        for (int i = 0; i < k->n_fresh; i++)
            tell(m, short_id(k->fresh[i]));
    }
    pthread_mutex_unlock(&t->lock);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * door.c - a keyring without keys: every question goes to the process that has them. */
#include "seal/door.h"

#include "base/log.h"

#include <string.h>
#include <unistd.h>

enum { DOOR_MAX = 64, EXIT_HOLDER_GONE = 70 /* sysexits EX_SOFTWARE */ };

/* What one caller has for itself while it waits. */
struct way {
    int fd;
    struct call_room *room;
};
struct door {
    pthread_mutex_t lock;
    pthread_cond_t freed;
    struct way free[DOOR_MAX]; /* the one used last is taken first */
    int n_free, n;
    int line;
};

struct door *door_new(const int *fds, int n)
{
    struct door *d = calloc(1, sizeof(*d));
    if (d == NULL || n < 2 || n > DOOR_MAX)
        abort();
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->freed, NULL);
    d->line = fds[n - 1];
    d->n = d->n_free = n - 1;
    for (int i = 0; i < d->n; i++) {
        d->free[i] = (struct way){fds[i], calloc(1, sizeof(struct call_room))};
        if (d->free[i].room == NULL)
            abort();
    }
    return d;
}

/* Nobody calls any more. */
void door_free(struct door *d)
{
    if (d == NULL)
        return;
    for (int i = 0; i < d->n_free; i++) {
        close(d->free[i].fd);
        free(d->free[i].room);
    }
    close(d->line);
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->freed);
    free(d);
}

int door_line(const struct door *d)
{
    return d->line;
}

static struct way enter(struct door *d)
{
    pthread_mutex_lock(&d->lock);
    while (d->n_free == 0)
        pthread_cond_wait(&d->freed, &d->lock);
    struct way w = d->free[--d->n_free];
    pthread_mutex_unlock(&d->lock);
    return w;
}

static void leave(struct door *d, struct way w)
{
    pthread_mutex_lock(&d->lock);
    d->free[d->n_free++] = w;
    pthread_cond_signal(&d->freed);
    pthread_mutex_unlock(&d->lock);
}

/* Every page would be an error, and a new start mends it. */
static void give_up(void)
{
    log_error("the process that holds the keys is gone; this one ends too");
    _exit(EXIT_HOLDER_GONE);
}

enum rc door_call(struct door *d, struct arena *a, struct call *c)
{
    struct bytes answer;
    struct way w = enter(d);
    struct bytes asked = call_encode(a, w.room, c);
    enum rc rc = call_write(w.fd, asked);
    call_room_wipe(w.room, asked);
    if (rc == RC_OK)
        rc = call_read(w.fd, a, NULL, &answer); /* its bytes last as long as the arena */
    if (rc == RC_OK)
        rc = call_decode_answer(a, answer, c);
    if (rc != RC_OK)
        give_up();
    leave(d, w);
    return c->rc;
}

/* --- one function each --------------------------------------------------------------- */

/* What is small needs no arena of the caller's. */
static enum rc ask(const struct keyring *ring, struct call *c, struct arena *scratch)
{
    arena_init(scratch, 1 << 20);
    return door_call(ring->door, scratch, c);
}
#define _cleanup_scratch_ CLEANUP(arena_wipe)

static enum rc copy(struct bytes from, unsigned char *to, size_t n)
{
    if (from.len != n)
        return RC_BROKEN;
    memcpy(to, from.p, n);
    return RC_OK;
}

/* An answer of one byte string of known length. */
static enum rc ask_bytes(const struct keyring *ring, struct call *c, unsigned char *ret, size_t n)
{
    struct arena _cleanup_scratch_ scratch;
    TRY(ask(ring, c, &scratch));
    return copy(c->out[0], ret, n);
}

static enum rc ask_only(const struct keyring *ring, struct call *c)
{
    struct arena _cleanup_scratch_ scratch;
    return ask(ring, c, &scratch);
}

enum rc door_root_make(struct keyring *k, unsigned char *ret)
{
    return ask_bytes(k, &(struct call){.op = CALL_ROOT_MAKE}, ret, SEAL_WRAPPED_BYTES);
}

enum rc door_root_load(struct keyring *k, struct bytes wrapped)
{
    return ask_only(k, &(struct call){.op = CALL_ROOT_LOAD, .in = {wrapped}});
}

enum rc door_practice_make(struct keys *k, int64_t practice, enum seal_class c, unsigned char *ret)
{
    struct call call = {.op = CALL_PRACTICE_MAKE, .keys = k, .n = {practice, (int64_t)c}};
    return ask_bytes(k->ring, &call, ret, SEAL_WRAPPED_BYTES);
}

enum rc door_practice_load(struct keys *k, int64_t practice, enum seal_class c,
                           struct bytes wrapped, struct bytes other)
{
    struct call call = {
        .op = CALL_PRACTICE_LOAD, .keys = k, .n = {practice, (int64_t)c}, .in = {wrapped, other}};
    return ask_only(k->ring, &call);
}

enum rc door_practice_id(struct keys *k, int64_t practice, enum seal_class c, unsigned char *ret)
{
    struct call call = {.op = CALL_PRACTICE_ID, .keys = k, .n = {practice, (int64_t)c}};
    return ask_bytes(k->ring, &call, ret, SEAL_KEY_ID_BYTES);
}

enum rc door_practice_next(struct keys *k, int64_t practice, unsigned char *ret)
{
    struct call call = {.op = CALL_PRACTICE_NEXT, .keys = k, .n = {practice}};
    return ask_bytes(k->ring, &call, ret, SEAL_WRAPPED_BYTES);
}

static struct bytes pair_bytes(const struct seal_pair *pair)
{
    return (struct bytes){(const unsigned char *)pair, sizeof(*pair)};
}

enum rc door_pair_make(struct keys *k, int64_t practice, struct seal_pair *ret)
{
    struct call call = {.op = CALL_PAIR_MAKE, .keys = k, .n = {practice}};
    return ask_bytes(k->ring, &call, (unsigned char *)ret, sizeof(*ret));
}

enum rc door_pair_grant(struct keys *k, int64_t practice, const struct seal_pair *pair,
                        const unsigned char *public_key, const unsigned char *grant,
                        unsigned char *ret)
{
    struct call call = {
        .op = CALL_PAIR_GRANT,
        .keys = k,
        .n = {practice},
        .in = {pair_bytes(pair), {public_key, SEAL_PUBLIC_BYTES}, {grant, SEAL_GRANT_BYTES}}};
    return ask_bytes(k->ring, &call, ret, SEAL_GRANT_BYTES);
}

enum rc door_pair_kit(struct keys *k, int64_t practice, const struct seal_pair *pair, struct id id,
                      struct seal_kit *kit)
{
    struct call call = {
        .op = CALL_PAIR_KIT,
        .keys = k,
        .n = {practice},
        .in = {call_text(id.s), pair_bytes(pair), {(const unsigned char *)kit, sizeof(*kit)}}};
    return ask_bytes(k->ring, &call, (unsigned char *)kit, sizeof(*kit));
}

enum rc door_pair_take(struct keys *k, int64_t practice, const struct seal_pair *pair)
{
    struct call call = {.op = CALL_PAIR_TAKE, .keys = k, .n = {practice}, .in = {pair_bytes(pair)}};
    return ask_only(k->ring, &call);
}

enum rc door_epoch_make(struct keys *k, int64_t practice, int64_t epoch, unsigned char *ret)
{
    struct call call = {.op = CALL_EPOCH_MAKE, .keys = k, .n = {practice, epoch}};
    return ask_bytes(k->ring, &call, ret, SEAL_WRAPPED_BYTES);
}

enum rc door_epoch_load(struct keys *k, int64_t practice, int64_t epoch, struct bytes wrapped)
{
    struct call call = {.op = CALL_EPOCH_LOAD, .keys = k, .n = {practice, epoch}, .in = {wrapped}};
    return ask_only(k->ring, &call);
}

enum rc door_epoch_forget(struct keys *k, int64_t practice, int64_t epoch)
{
    struct call call = {.op = CALL_EPOCH_FORGET, .keys = k, .n = {practice, epoch}};
    return ask_only(k->ring, &call);
}

enum rc door_client_forget(struct keys *k, int64_t practice, struct id client)
{
    struct call call = {
        .op = CALL_CLIENT_FORGET, .keys = k, .n = {practice}, .in = {call_text(client.s)}};
    return ask_only(k->ring, &call);
}

enum rc door_client_make(struct arena *a, struct keys *k, int64_t practice, struct id client,
                         enum seal_class c, struct bytes *ret)
{
    struct call call = {.op = CALL_CLIENT_MAKE,
                        .keys = k,
                        .n = {practice, (int64_t)c},
                        .in = {call_text(client.s)}};
    TRY(door_call(k->ring->door, a, &call));
    *ret = call.out[0];
    return RC_OK;
}

enum rc door_client_renew(struct arena *a, struct keys *k, int64_t practice, struct id client,
                          enum seal_class c, struct bytes stored, struct bytes *ret)
{
    struct call call = {.op = CALL_CLIENT_RENEW,
                        .keys = k,
                        .n = {practice, (int64_t)c},
                        .in = {call_text(client.s), stored}};
    TRY(door_call(k->ring->door, a, &call));
    *ret = call.n[0] != 0 ? stored : call.out[0];
    return RC_OK;
}

enum rc door_grant(struct keys *k, int64_t practice, const unsigned char *public_key,
                   unsigned char *ret)
{
    struct call call = {
        .op = CALL_GRANT, .keys = k, .n = {practice}, .in = {{public_key, SEAL_PUBLIC_BYTES}}};
    return ask_bytes(k->ring, &call, ret, SEAL_GRANT_BYTES);
}

bool door_is_open(struct keys *k, int64_t practice)
{
    struct call call = {.op = CALL_IS_OPEN, .keys = k, .n = {practice}};
    return ask_only(k->ring, &call) == RC_OK;
}

enum rc door_unlock_wrap(struct keys *k, int64_t practice, const char *token, unsigned char *ret)
{
    struct call call = {
        .op = CALL_UNLOCK_WRAP, .keys = k, .n = {practice}, .in = {call_text(token)}};
    return ask_bytes(k->ring, &call, ret, SEAL_UNLOCK_BYTES);
}

enum rc door_unlock_token(struct keys *k, int64_t practice)
{
    return ask_only(k->ring, &(struct call){.op = CALL_UNLOCK_TOKEN, .keys = k, .n = {practice}});
}

enum rc door_lock(struct keys *k)
{
    return ask_only(k->ring, &(struct call){.op = CALL_LOCK, .keys = k});
}

enum rc door_bulk(struct keys *k, int64_t practice)
{
    return ask_only(k->ring, &(struct call){.op = CALL_BULK, .keys = k, .n = {practice}});
}

enum rc door_meter(struct keyring *k, int64_t clients_an_hour)
{
    return ask_only(k, &(struct call){.op = CALL_METER, .n = {clients_an_hour}});
}

/* --- values: asked once, and only for what there is ------------------------------------------ */

/* What this request has opened, and what it will ask for. */
struct seal_known {
    struct seal_item item;
    uint64_t mark; /* of its tag: tells two values apart at a glance */
    enum seal_state { EXPECTED, OPENED, NOT_OPENED } state;
};
enum {
    KNOWN_MAX = 64,
    KNOWN_BYTES = 4096, /* longer ones are not read twice */
    EXPECTED_MAX = 64,
    EXPECTED_BYTES = 256 << 10 /* together: what comes along makes no call too long */
};

static uint64_t mark_of(struct bytes in)
{
    uint64_t mark = 0;
    if (in.len >= sizeof(mark))
        memcpy(&mark, in.p + in.len - sizeof(mark), sizeof(mark));
    return mark;
}

static bool is_same_place(const struct seal_where *a, const struct seal_where *b)
{
    return a->practice == b->practice && a->version == b->version && a->cls == b->cls &&
           id_eq(a->client, b->client) && id_eq(a->row, b->row) && strcmp(a->table, b->table) == 0;
}

static struct seal_known *known(const struct keys *k, const struct seal_item *it)
{
    uint64_t mark = mark_of(it->in);
    for (int i = 0; i < k->n_known; i++) {
        struct seal_known *o = &k->known[i];
        if (o->mark == mark && o->item.in.len == it->in.len && it->where.table != NULL &&
            is_same_place(&o->item.where, &it->where) &&
            memcmp(o->item.in.p, it->in.p, it->in.len) == 0)
            return o;
    }
    return NULL;
}

static void know(struct keys *k, const struct seal_item *it, enum seal_state state)
{
    arena_grow(k->arena, k->known, k->n_known, k->cap_known);
    k->known[k->n_known++] = (struct seal_known){*it, mark_of(it->in), state};
}

static void keep(struct keys *k, const struct seal_item *it, bool was_known)
{
    if (it->rc != RC_OK)
        return;
    struct seal_known *o = was_known ? known(k, it) : NULL;
    if (o != NULL)
        *o = (struct seal_known){*it, o->mark, OPENED};
    else if (it->in.len <= KNOWN_BYTES && k->n_known < KNOWN_MAX)
        know(k, it, OPENED);
}

void door_expect(struct keys *k, const struct seal_item *items, int n)
{
    for (int i = 0; i < n && k->n_expected < EXPECTED_MAX; i++) {
        size_t len = items[i].in.len;
        if (items[i].in.p == NULL || len > EXPECTED_BYTES - k->expected_bytes ||
            known(k, &items[i]) != NULL)
            continue;
        struct seal_item it = items[i];
        it.out = (struct bytes){0};
        know(k, &it, EXPECTED);
        k->n_expected++;
        k->expected_bytes += len;
    }
}

/* One call's values, and where each answer goes. */
struct asked {
    struct seal_item *item, **to;
    int n, n_own;    /* the first ones were asked for; the others come along */
    bool were_known; /* some of the first ones: expected before, or not opened */
};

static void ask_for(struct asked *q, struct seal_item *it)
{
    q->item[q->n] = *it;
    q->to[q->n++] = it;
}

static void expect_no_more(struct keys *k, struct seal_known *o)
{
    o->state = o->item.rc == RC_OK && o->item.out.p != NULL ? OPENED : NOT_OPENED;
    k->n_expected--;
    k->expected_bytes -= o->item.in.len;
}

static void take_answer(struct seal_item *to, const struct seal_item *from)
{
    to->rc = from->rc;
    to->out = from->out;
}

/* Answers what is known already; what is expected comes with the others. */
static void choose(struct keys *k, struct seal_item *items, int n, bool takes_along,
                   struct asked *q)
{
    for (int i = 0; i < n; i++) {
        struct seal_known *o = items[i].in.p != NULL ? known(k, &items[i]) : NULL;
        items[i].rc = RC_OK;
        items[i].out = (struct bytes){0};
        if (o != NULL && o->state == OPENED)
            take_answer(&items[i], &o->item);
        else if (items[i].in.p != NULL)
            ask_for(q, &items[i]);
        q->were_known |= o != NULL;
        if (o != NULL && o->state == EXPECTED && takes_along)
            expect_no_more(k, o); /* it is asked for now */
    }
    q->n_own = q->n;
    for (int i = 0; i < k->n_known && q->n > 0 && takes_along && k->n_expected > 0; i++)
        if (k->known[i].state == EXPECTED)
            ask_for(q, &k->known[i].item);
}

/* The first failure among those that were asked for. */
static enum rc answers(struct keys *k, struct asked *q, enum rc rc)
{
    enum rc first = RC_OK;
    bool all_open = true;
    for (int i = 0; i < q->n; i++) {
        take_answer(q->to[i], &q->item[i]);
        all_open &= q->item[i].rc == RC_OK;
        if (first == RC_OK && i < q->n_own)
            first = q->item[i].rc;
    }
    for (int i = 0; i < k->n_known && q->n > q->n_own; i++)
        if (k->known[i].state == EXPECTED)
            expect_no_more(k, &k->known[i]);
    return all_open ? rc : first;
}

enum rc door_open_many(struct arena *a, struct keys *k, struct seal_item *items, int n)
{
    bool is_lasting = a == k->arena; /* the answers live as long as the request */
    int max = n + k->n_expected;
    struct asked q = {.item = arena_array(a, struct seal_item, max + 1),
                      .to = arena_array(a, struct seal_item *, max + 1)};
    choose(k, items, n, is_lasting, &q);
    if (q.n == 0)
        return RC_OK;
    struct call call = {.op = CALL_OPEN_MANY, .keys = k, .items = q.item, .n_items = q.n};
    enum rc rc = answers(k, &q, door_call(k->ring->door, a, &call));
    for (int i = 0; i < q.n_own && is_lasting; i++)
        keep(k, q.to[i], q.were_known);
    return rc;
}

enum rc door_close_many(struct arena *a, struct keys *k, struct seal_item *items, int n)
{
    struct call call = {.op = CALL_CLOSE_MANY, .keys = k, .items = items, .n_items = n};
    return n == 0 ? RC_OK : door_call(k->ring->door, a, &call);
}

enum rc door_move_many(struct arena *a, struct keys *k, struct seal_item *items, int n)
{
    struct call call = {.op = CALL_MOVE_MANY, .keys = k, .items = items, .n_items = n};
    return n == 0 ? RC_OK : door_call(k->ring->door, a, &call);
}

enum rc door_index(const struct keys *k, const char *purpose, struct bytes value,
                   unsigned char *ret)
{
    struct call call = {.op = CALL_INDEX, .in = {call_text(purpose), value}};
    return ask_bytes(k->ring, &call, ret, 32);
}

enum rc door_password_make(struct keys *k, const struct password_for *who, const char *password,
                           char *ret_hash, struct seal_person *ret_person)
{
    struct arena _cleanup_scratch_ scratch;
    struct call call = {.op = CALL_PASSWORD_MAKE,
                        .keys = k,
                        .n = {who->practice, who->fast, who->keeps_own},
                        .in = {call_text(who->person.s), call_text(password)}};
    TRY(ask(k->ring, &call, &scratch));
    TRY(copy(call.out[0], (unsigned char *)ret_hash, PASSWORD_HASH_BYTES));
    TRY(copy(call.out[1], ret_person->own, sizeof(ret_person->own)));
    return copy(call.out[2], ret_person->public_key, sizeof(ret_person->public_key));
}

enum rc door_password_check(struct keys *k, const char *password, const struct password_stored *w)
{
    static const struct password_stored none;
    w = w != NULL ? w : &none;
    struct call call = {.op = CALL_PASSWORD_CHECK,
                        .keys = k,
                        .n = {w->practice},
                        .in = {call_text(password), call_text(w->hash), call_text(w->person.s),
                               w->own, w->public_key, w->grant}};
    return ask_only(k->ring, &call);
}

enum rc door_kit_make(struct keys *k, int64_t practice, struct id kit, struct bytes root,
                      struct seal_kit *ret)
{
    struct call call = {
        .op = CALL_KIT_MAKE, .keys = k, .n = {practice}, .in = {call_text(kit.s), root}};
    return ask_bytes(k->ring, &call, (unsigned char *)ret, sizeof(*ret));
}

enum rc door_kit_seed(struct keys *k, int64_t practice, struct id kit, const unsigned char *sealed,
                      struct kit_seed *ret)
{
    struct call call = {.op = CALL_KIT_SEED,
                        .keys = k,
                        .n = {practice},
                        .in = {call_text(kit.s), {sealed, SEAL_WRAPPED_BYTES}}};
    return ask_bytes(k->ring, &call, ret->b, sizeof(ret->b));
}

enum rc door_kit_open(struct keys *k, int64_t practice, const struct kit_seed *seed,
                      const struct seal_kit *kit, bool with_own)
{
    struct call call = {
        .op = CALL_KIT_OPEN,
        .keys = k,
        .n = {practice, with_own},
        .in = {{seed->b, sizeof(seed->b)}, {(const unsigned char *)kit, sizeof(*kit)}}};
    return ask_only(k->ring, &call);
}

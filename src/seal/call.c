/* SPDX-License-Identifier: AGPL-3.0-or-later
 * call.c - calls to the key holder as bytes, and back. */
#include "seal/call.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

enum { ITEMS_MAX = 200000, NO_BYTES = 0xffffffff, TABLE_MAX = 24 };
enum { WAS_CLOSED = 1, WAS_METERED = 2, WAS_UNGRANTED = 4 };

/* --- writing ------------------------------------------------------------------------ */

struct writer {
    unsigned char *p, *end;
};

static void put(struct writer *w, const void *v, size_t n)
{
    if (n > (size_t)(w->end - w->p))
        abort();
    if (n > 0)
        memcpy(w->p, v, n);
    w->p += n;
}

static void put_u32(struct writer *w, uint32_t v)
{
    const unsigned char b[4] = {(unsigned char)v, (unsigned char)(v >> 8), (unsigned char)(v >> 16),
                                (unsigned char)(v >> 24)};
    put(w, b, sizeof(b));
}

static void put_i64(struct writer *w, int64_t v)
{
    put_u32(w, (uint32_t)v);
    put_u32(w, (uint32_t)((uint64_t)v >> 32));
}

static void put_string(struct writer *w, struct bytes b)
{
    put_u32(w, b.p == NULL ? (uint32_t)NO_BYTES : (uint32_t)b.len);
    put(w, b.p, b.p == NULL ? 0 : b.len);
}

static size_t string_bytes(struct bytes b)
{
    return 4 + (b.p == NULL ? 0 : b.len);
}

static void begin(struct arena *a, struct call_room *room, size_t body, struct writer *ret)
{
    if (body > CALL_MAX_BYTES)
        abort();
    bool fits = room != NULL && 4 + body <= sizeof(room->b);
    unsigned char *p = fits ? room->b : arena_alloc(a, 4 + body);
    *ret = (struct writer){p, p + 4 + body};
    put_u32(ret, (uint32_t)body);
}

enum { ITEM_HEAD_BYTES = 8 + ID_LEN + ID_LEN + 4 + 8 };

static void put_item(struct writer *w, const struct seal_item *it)
{
    put_i64(w, it->where.practice);
    put(w, it->where.client.s, ID_LEN);
    put(w, it->where.row.s, ID_LEN);
    put_u32(w, it->where.cls);
    put_i64(w, it->where.version);
    put_string(w, call_text(it->where.table));
    put_string(w, it->wrapped);
    put_string(w, it->in);
}

struct bytes call_encode(struct arena *a, struct call_room *room, const struct call *c)
{
    static const struct keys nobody;
    const struct keys *k = c->keys != NULL ? c->keys : &nobody;
    struct bytes token = call_text(k->token);
    size_t size =
        4 + sizeof(k->session) + string_bytes(token) + string_bytes(k->unlock) + CALL_N * 8 + 4;
    for (int i = 0; i < CALL_IN; i++)
        size += string_bytes(c->in[i]);
    for (int i = 0; i < c->n_items; i++)
        size += ITEM_HEAD_BYTES + string_bytes(call_text(c->items[i].where.table)) +
                string_bytes(c->items[i].wrapped) + string_bytes(c->items[i].in);
    struct writer w;
    begin(a, room, size, &w);
    struct bytes message = {w.p - 4, 4 + size};
    put_u32(&w, c->op);
    put(&w, k->session, sizeof(k->session));
    put_string(&w, token);
    put_string(&w, k->unlock);
    for (int i = 0; i < CALL_N; i++)
        put_i64(&w, c->n[i]);
    for (int i = 0; i < CALL_IN; i++)
        put_string(&w, c->in[i]);
    put_u32(&w, (uint32_t)c->n_items);
    for (int i = 0; i < c->n_items; i++)
        put_item(&w, &c->items[i]);
    return message;
}

struct bytes call_encode_answer(struct arena *a, const struct call *c)
{
    size_t size = 4 + 4 + CALL_N * 8 + 4;
    for (int i = 0; i < CALL_OUT; i++)
        size += string_bytes(c->out[i]);
    for (int i = 0; i < c->n_items; i++)
        size += 4 + string_bytes(c->items[i].out);
    struct writer w;
    begin(a, NULL, size, &w);
    struct bytes message = {w.p - 4, 4 + size};
    put_u32(&w, c->rc);
    put_u32(&w, (c->keys != NULL && c->keys->was_closed ? WAS_CLOSED : 0U) |
                    (c->keys != NULL && c->keys->was_metered ? WAS_METERED : 0U) |
                    (c->keys != NULL && c->keys->was_ungranted ? WAS_UNGRANTED : 0U));
    for (int i = 0; i < CALL_N; i++)
        put_i64(&w, c->n[i]);
    for (int i = 0; i < CALL_OUT; i++)
        put_string(&w, c->out[i]);
    put_u32(&w, (uint32_t)c->n_items);
    for (int i = 0; i < c->n_items; i++) {
        put_u32(&w, c->items[i].rc);
        put_string(&w, c->items[i].out);
    }
    return message;
}

/* --- reading ----------------------------------------------------------------------- */

/* Runs on zeros once it is broken, so that only the end asks. */
struct reader {
    const unsigned char *p, *end;
    bool is_broken;
};

static const unsigned char *take(struct reader *r, size_t n)
{
    static const unsigned char zeros[64];
    if (r->is_broken || n > (size_t)(r->end - r->p)) {
        r->is_broken = true;
        return zeros;
    }
    r->p += n;
    return r->p - n;
}

static uint32_t take_u32(struct reader *r)
{
    const unsigned char *b = take(r, 4);
    return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

static int64_t take_i64(struct reader *r)
{
    uint64_t low = take_u32(r);
    return (int64_t)(low | (uint64_t)take_u32(r) << 32);
}

static struct bytes take_string(struct reader *r)
{
    uint32_t n = take_u32(r);
    if (n == (uint32_t)NO_BYTES || r->is_broken)
        return (struct bytes){0};
    const unsigned char *p = take(r, n);
    return r->is_broken ? (struct bytes){0} : (struct bytes){p, n};
}

const char *call_string(struct arena *a, struct bytes b)
{
    return b.p == NULL ? NULL : arena_strndup(a, (const char *)b.p, b.len);
}

static void take_id(struct reader *r, struct id *ret)
{
    memcpy(ret->s, take(r, ID_LEN), ID_LEN);
    ret->s[ID_LEN] = '\0';
}

static void take_item(struct reader *r, struct arena *a, struct seal_item *ret)
{
    ret->where.practice = take_i64(r);
    take_id(r, &ret->where.client);
    take_id(r, &ret->where.row);
    ret->where.cls = (enum seal_class)take_u32(r);
    ret->where.version = take_i64(r);
    struct bytes table = take_string(r);
    r->is_broken |= table.len > TABLE_MAX;
    ret->where.table = r->is_broken ? NULL : call_string(a, table);
    ret->wrapped = take_string(r);
    ret->in = take_string(r);
}

enum rc call_decode(struct arena *a, struct bytes b, struct call *ret)
{
    struct reader r = {b.p, b.p + b.len, false};
    struct keys *k = keys_new(a, NULL);
    *ret = (struct call){.op = (enum call_op)take_u32(&r), .keys = k};
    memcpy(k->session, take(&r, sizeof(k->session)), sizeof(k->session));
    k->token = call_string(a, take_string(&r));
    k->unlock = take_string(&r);
    for (int i = 0; i < CALL_N; i++)
        ret->n[i] = take_i64(&r);
    for (int i = 0; i < CALL_IN; i++)
        ret->in[i] = take_string(&r);
    uint32_t n = take_u32(&r);
    if (r.is_broken || n > ITEMS_MAX || n * (size_t)ITEM_HEAD_BYTES > (size_t)(r.end - r.p))
        return RC_BROKEN;
    ret->n_items = (int)n;
    ret->items = arena_array(a, struct seal_item, n + 1);
    for (uint32_t i = 0; i < n && !r.is_broken; i++)
        take_item(&r, a, &ret->items[i]);
    bool is_whole = !r.is_broken && r.p == r.end && ret->op > CALL_UNSET && ret->op < CALL_OP_N_;
    return is_whole ? RC_OK : RC_BROKEN;
}

enum rc call_decode_answer(struct arena *a UNUSED, struct bytes b, struct call *c)
{
    struct reader r = {b.p, b.p + b.len, false};
    c->rc = (enum rc)take_u32(&r);
    uint32_t flags = take_u32(&r);
    for (int i = 0; i < CALL_N; i++)
        c->n[i] = take_i64(&r);
    for (int i = 0; i < CALL_OUT; i++)
        c->out[i] = take_string(&r);
    if (take_u32(&r) != (uint32_t)c->n_items)
        return RC_BROKEN;
    for (int i = 0; i < c->n_items; i++) {
        c->items[i].rc = (enum rc)take_u32(&r);
        c->items[i].out = take_string(&r);
    }
    if (c->keys != NULL) {
        c->keys->was_closed |= (flags & WAS_CLOSED) != 0;
        c->keys->was_metered |= (flags & WAS_METERED) != 0;
        c->keys->was_ungranted |= (flags & WAS_UNGRANTED) != 0;
    }
    return !r.is_broken && r.p == r.end ? RC_OK : RC_BROKEN;
}

/* --- sockets ------------------------------------------------------------------------- */

static enum rc read_all(int fd, unsigned char *p, size_t n)
{
    while (n > 0) {
        ssize_t got = read(fd, p, n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return RC_BUSY;
        p += got;
        n -= (size_t)got;
    }
    return RC_OK;
}

/* A message comes alone: one read has all of a short one. */
enum rc call_read(int fd, struct arena *a, struct call_room *room, struct bytes *ret)
{
    enum { HEAD = 4, FIRST_BYTES = 16 << 10 };
    size_t max = room != NULL ? sizeof(room->b) : FIRST_BYTES;
    unsigned char *first = room != NULL ? room->b : arena_alloc(a, FIRST_BYTES);
    ssize_t got;
    while ((got = read(fd, first, max)) < 0 && errno == EINTR)
        ;
    if (got <= 0)
        return RC_BUSY;
    size_t have = (size_t)got;
    if (have < HEAD)
        TRY(read_all(fd, first + have, HEAD - have));
    have = have < HEAD ? HEAD : have;
    struct reader r = {first, first + HEAD, false};
    size_t n = take_u32(&r);
    have -= HEAD;
    if (n > CALL_MAX_BYTES || have > n)
        return RC_BROKEN;
    unsigned char *p = n > max - HEAD ? arena_alloc(a, n) : first + HEAD;
    if (p != first + HEAD)
        memcpy(p, first + HEAD, have);
    TRY(read_all(fd, p + have, n - have));
    *ret = (struct bytes){p, n};
    return RC_OK;
}

void call_room_wipe(struct call_room *room, struct bytes message)
{
    size_t n = message.len + 4; /* its length stands before it */
    explicit_bzero(room->b, n < sizeof(room->b) ? n : sizeof(room->b));
}

enum rc call_write(int fd, struct bytes m)
{
    for (size_t done = 0; done < m.len;) {
        ssize_t w = write(fd, m.p + done, m.len - done);
        if (w < 0 && errno == EINTR)
            continue;
        if (w <= 0)
            return RC_BUSY;
        done += (size_t)w;
    }
    return RC_OK;
}

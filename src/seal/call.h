/* SPDX-License-Identifier: AGPL-3.0-or-later
 * call.h - what is asked of the process that has the keys, and what it answers, as bytes.
 *
 * A call is a few numbers and byte strings, the same shape for all, so that one encoder and one
 * decoder (fuzzed) carry every question. On the wire, numbers little-endian:
 *   length of what follows u32 | op u32 | session 16 | token | unlock | n[] i64 | in[] | items
 * and back:
 *   length u32 | rc u32 | flags u32 | n[] i64 | out[] | items
 * where a byte string is its length u32 (UINT32_MAX: none) and its bytes. */
#pragma once
#include "seal/seal.h"

enum call_op {
    CALL_UNSET,
    CALL_KEY_FILE, /* n0: make it when it is missing; out0: why not */
    CALL_ROOT_MAKE,
    CALL_ROOT_LOAD,
    CALL_PRACTICE_MAKE,
    CALL_PRACTICE_LOAD,
    CALL_PRACTICE_ID,
    CALL_PRACTICE_NEXT,
    CALL_EPOCH_MAKE,
    CALL_EPOCH_LOAD,
    CALL_EPOCH_FORGET,
    CALL_CLIENT_MAKE,
    CALL_CLIENT_RENEW,
    CALL_CLIENT_FORGET,
    CALL_GRANT,
    CALL_PAIR_MAKE,
    CALL_PAIR_GRANT,
    CALL_PAIR_KIT,
    CALL_PAIR_TAKE,
    CALL_IS_OPEN,
    CALL_UNLOCK_WRAP,
    CALL_UNLOCK_TOKEN,
    CALL_LOCK,
    CALL_METER,
    CALL_BULK,
    CALL_OPEN_MANY,
    CALL_CLOSE_MANY,
    CALL_MOVE_MANY,
    CALL_INDEX,
    CALL_PASSWORD_MAKE,
    CALL_PASSWORD_CHECK,
    CALL_KIT_MAKE,
    CALL_KIT_SEED,
    CALL_KIT_OPEN,
    CALL_AUDIT_OPEN,
    CALL_AUDIT_LAST,
    CALL_OP_N_
};
enum { CALL_N = 4, CALL_IN = 6, CALL_OUT = 3, CALL_MAX_BYTES = 32 << 20 };

struct call {
    enum call_op op;
    struct keys *keys; /* whose session; NULL: nobody's */
    int64_t n[CALL_N]; /* asked, and overwritten by what is answered */
    struct bytes in[CALL_IN];
    struct seal_item *items;
    int n_items;
    /* answered: */
    enum rc rc;
    struct bytes out[CALL_OUT];
};

static inline struct bytes call_text(const char *s)
{
    return (struct bytes){(const unsigned char *)s, s != NULL ? __builtin_strlen(s) : 0};
}
/* A byte string of the wire as text: NULL stays NULL. */
const char *call_string(struct arena *a, struct bytes b);

/* Memory for one message, used again and again: not zeroed before, wiped after. What does not fit
 * is in the arena, as all is where there is no room (NULL). */
enum { CALL_ROOM_BYTES = 64 << 10 };
struct call_room {
    unsigned char b[CALL_ROOM_BYTES];
};

/* Whole messages, their length included. */
struct bytes call_encode(struct arena *a, struct call_room *room, const struct call *c);
struct bytes call_encode_answer(struct arena *a, const struct call *c);
/* Of what stands behind the length. RC_BROKEN: not a message. ret->keys and ret->items are new, in
 * the arena; byte strings point into `b`. */
enum rc call_decode(struct arena *a, struct bytes b, struct call *ret) MUST_USE;
/* Into the call that was asked: its keys' flags, n, out, and the out and rc of its items. */
enum rc call_decode_answer(struct arena *a, struct bytes b, struct call *c) MUST_USE;

/* One message, read whole. RC_BUSY: the other side is gone. */
enum rc call_read(int fd, struct arena *a, struct call_room *room, struct bytes *ret) MUST_USE;
enum rc call_write(int fd, struct bytes message) MUST_USE;
/* After a message that was read into the room or encoded there. */
void call_room_wipe(struct call_room *room, struct bytes message);

/* --- asking ------------------------------------------------------------------------- */

/* Connections to the other process; a caller takes one for itself while it waits. */
struct door;
/* The last one is not for calls: what else the two processes tell each other goes there. */
struct door *door_new(const int *fds, int n);
int door_line(const struct door *d);
void door_free(struct door *d);
/* A keyring that has no keys but asks behind the door. It owns the door. */
struct keyring *keyring_behind(struct door *d);
struct door *keyring_door(const struct keyring *k); /* NULL: the keys are here */
/* Returns c->rc. When the other process is gone this one ends too: it can do nothing without. */
enum rc door_call(struct door *d, struct arena *a, struct call *c) MUST_USE;

/* --- answering --------------------------------------------------------------------------- */

/* Answers a call of this folder with the keys of `ring`: all ops but CALL_KEY_FILE and the audit's.
 */
void call_answer(struct arena *a, struct keyring *ring, struct call *c);
/* The log has whose records this call opened (c->keys->fresh). */
void call_was_told(const struct call *c);

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * audit_change.c - one row for each change, in the change's own transaction; what it says of a
 * client in words is sealed under that client's key. */
#include "app/app.h"
#include "app/audit.h"
#include "app_sql.h"

#include <string.h>

enum { SALT_BYTES = 16, SEALED_MAX_BYTES = 16 << 10 };

static struct seal_item item_of(const struct logged_change *c, struct bytes wrapped,
                                struct bytes in)
{
    return (struct seal_item){
        .where = {c->practice, c->client, "audit_change", c->id, SEAL_IDENTITY, c->at_ms},
        .wrapped = wrapped,
        .in = in};
}

/* --- writing --------------------------------------------------------------------------- */

/* From here on the row has neither salt nor fields in clear. */
static enum rc seal_words(struct cx *cx, struct logged_change *c, struct bytes wrapped)
{
    struct buf b;
    buf_init(&b, cx->arena, SEALED_MAX_BYTES);
    buf_add(&b, (const char *)c->salt.p, c->salt.len);
    buf_puts(&b, c->fields);
    struct seal_item item = item_of(c, wrapped, (struct bytes){(const unsigned char *)b.s, b.len});
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    c->sealed = item.out;
    c->salt = (struct bytes){0};
    c->fields = NULL;
    return RC_OK;
}

static enum rc put(struct cx *cx, struct logged_change *c)
{
    unsigned char salt[SALT_BYTES], commitment[32];
    struct bytes wrapped = {0};
    bool is_about_client = id_is_set(c->client) && c->fields != NULL;
    seal_random(salt, sizeof(salt));
    c->salt = (struct bytes){salt, sizeof(salt)};
    c->practice = cx->practice;
    c->at_ms = cx->now_ms;
    c->actor = cx->actor.user;
    enum rc rc = is_about_client ? cx->app->client_key(cx, c->client, &wrapped) : RC_OK;
    if (rc == RC_NOT_FOUND) /* erased: nothing is said any more */
        c->fields = NULL;
    else
        TRY(rc);
    change_commitment(cx->arena, c, commitment);
    if (wrapped.p != NULL)
        TRY(seal_words(cx, c, wrapped));
    const struct db_val v[] = {
        DB_I(c->practice), DB_I(c->at_ms),  DB_ID(c->actor),
        DB_S(c->record),   DB_ID(c->id),    DB_S(c->action),
        DB_S(c->fields),   DB_B(c->salt),   DB_B(c->content_hash),
        DB_ID(c->client),  DB_B(c->sealed), DB_B(((struct bytes){commitment, sizeof(commitment)})),
    };
    return db_exec(cx->db, &SQL_AUDIT_CHANGE_INSERT, v, N_ELEMS(v), NULL);
}

enum rc audit_change(struct cx *cx, const char *record, struct id id, const char *action,
                     const char *fields)
{
    struct logged_change c = {.record = record, .id = id, .action = action, .fields = fields};
    return put(cx, &c);
}

enum rc audit_change_about(struct cx *cx, struct id client, const char *record, struct id id,
                           const char *action, const char *fields)
{
    struct logged_change c = {
        .client = client, .record = record, .id = id, .action = action, .fields = fields};
    return put(cx, &c);
}

enum rc audit_change_of(struct cx *cx, const char *record, struct id id, const char *action,
                        struct bytes content)
{
    unsigned char hash[32];
    seal_hash(content, hash);
    struct logged_change c = {
        .record = record, .id = id, .action = action, .content_hash = {hash, sizeof(hash)}};
    return put(cx, &c);
}

/* --- reading and shredding ----------------------------------------------------------------- */

static enum rc open_words(struct cx *cx, struct logged_change *c)
{
    struct bytes wrapped;
    enum rc rc = cx->app->client_key(cx, c->client, &wrapped);
    if (rc != RC_OK)
        return rc == RC_NOT_FOUND ? RC_OK : rc;
    struct seal_item item = item_of(c, wrapped, c->sealed);
    TRY(seal_open_many(cx->arena, cx->keys, &item, 1));
    if (item.out.len < SALT_BYTES)
        return RC_BROKEN;
    c->salt = (struct bytes){item.out.p, SALT_BYTES};
    c->fields =
        arena_strndup(cx->arena, (const char *)item.out.p + SALT_BYTES, item.out.len - SALT_BYTES);
    return RC_OK;
}

enum rc change_open(struct cx *cx, struct logged_change *c)
{
    if (c->sealed.p == NULL)
        return RC_OK;
    int64_t was = cx->practice, was_told = db_practice(cx->db, c->practice);
    cx->practice = c->practice;
    enum rc rc = open_words(cx, c);
    cx->practice = was;
    (void)db_practice(cx->db, was_told);
    return rc;
}

enum rc audit_change_shred(struct cx *cx, struct id client)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    return db_exec(cx->db, &SQL_AUDIT_CHANGE_SHRED, v, N_ELEMS(v), NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * self_notes.c - what the clinician wants to remember before the next session; nobody else reads
 * it. */
#include "agenda_private.h"
#include "agenda_sql.h"
#include "app/audit.h"

#include <string.h>

static const struct field fields[] = {
    NOTE(struct self_note, text, N_("Note to self"), .seal = SEAL_CLINICAL, .max = 2000)};
const struct record_type self_note_type = {
    .table = "self_note", .name = "SelfNote", .fields = fields, .n_fields = N_ELEMS(fields)};

enum rc self_note_find(struct cx *cx, struct id client, struct self_note_found *ret)
{
    struct client_keys keys;
    const struct cap *cap;
    struct self_note_found f = {0};
    TRY(authorize(cx, ACT_PRIVATE, client, PURPOSE_CARE, &cap));
    TRY(client_keys_load(cx, cap, &keys));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_SELF_NOTE_GET, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        f.version = db_i64(rows, 0);
        f.item = (struct seal_item){.where = {cx->practice, client, self_note_type.table,
                                              cx->actor.user, SEAL_CLINICAL, f.version},
                                    .wrapped = keys.wrapped[SEAL_CLINICAL],
                                    .in = db_bytes(rows, 1)};
    }
    TRY(db_end(rows));
    seal_expect(cx->keys, &f.item, 1);
    *ret = f;
    return RC_OK;
}

enum rc self_note_open(struct cx *cx, struct self_note_found *f, const char **ret_text)
{
    struct self_note n = {""};
    TRY(seal_open_many(cx->arena, cx->keys, &f->item, 1));
    TRY(record_unpack(cx, &self_note_type, SEAL_CLINICAL, f->item.out, &n));
    *ret_text = or_empty(n.text);
    return RC_OK;
}

enum rc self_note_load(struct cx *cx, struct id client, const char **ret_text, int64_t *ret_version)
{
    struct self_note_found f;
    TRY(self_note_find(cx, client, &f));
    TRY(self_note_open(cx, &f, ret_text));
    *ret_version = f.version;
    return RC_OK;
}

enum rc self_note_save(struct cx *cx, struct id client, const char *text, int64_t version)
{
    struct client_keys keys;
    const struct cap *cap;
    struct bytes sealed;
    struct self_note n = {or_empty(text)};
    int64_t n_changed = 0;
    TRY(authorize(cx, ACT_PRIVATE, client, PURPOSE_CARE, &cap));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(client_keys_load(cx, cap, &keys));
    TRY(record_seal(cx, &self_note_type, SEAL_CLINICAL, client, keys.wrapped[SEAL_CLINICAL],
                    cx->actor.user, version + 1, &n, &sealed));
    enum rc rc;
    if (version == 0) {
        struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_ID(cx->actor.user), DB_B(sealed),
                             DB_I(cx->now_ms)};
        rc = db_exec(cx->db, &SQL_SELF_NOTE_INSERT, v, N_ELEMS(v), &n_changed);
    } else {
        struct db_val v[] = {DB_B(sealed),  DB_I(cx->now_ms),      DB_I(cx->practice),
                             DB_ID(client), DB_ID(cx->actor.user), DB_I(version)};
        rc = db_exec(cx->db, &SQL_SELF_NOTE_UPDATE, v, N_ELEMS(v), &n_changed);
    }
    if (rc == RC_CONFLICT || (rc == RC_OK && n_changed == 0))
        return refuse(cx, RC_CONFLICT, "version",
                      N_("This note to self was changed on another device."));
    TRY(rc);
    TRY(audit_change_about(cx, client, "self_note", client, "change", NULL));
    return db_commit(&tx);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * photos.c - a client's photo: an image as it was uploaded, sealed like the name. */
#include "app/audit.h"
#include "clients_private.h"
#include "clients_sql.h"

#include <string.h>

static bool starts_with(struct bytes image, size_t at, const char *magic, size_t n)
{
    return image.len >= at + n && memcmp(image.p + at, magic, n) == 0;
}

const char *client_photo_type(struct bytes image)
{
    if (starts_with(image, 0, "\xff\xd8\xff", 3))
        return "image/jpeg";
    if (starts_with(image, 0, "\x89PNG\r\n\x1a\n", 8))
        return "image/png";
    if (starts_with(image, 0, "RIFF", 4) && starts_with(image, 8, "WEBP", 4))
        return "image/webp";
    return NULL;
}

static struct seal_where place(const struct cx *cx, struct id client, int64_t version)
{
    return (struct seal_where){.practice = cx->practice,
                               .client = client,
                               .table = "client_photo",
                               .row = client,
                               .cls = SEAL_IDENTITY,
                               .version = version};
}

enum rc client_photo_load(struct cx *cx, const struct cap *cap, struct bytes *ret_image)
{
    struct id client = cap_client(cap);
    TRY(cap_admits(cx, cap, ACT_CONTACT));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_query(cx->db, cx->arena, &SQL_CLIENT_PHOTO_GET, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no photo."));
    }
    struct seal_item item = {.where = place(cx, client, db_i64(rows, 0)),
                             .wrapped = db_bytes(rows, 2),
                             .in = db_bytes(rows, 1)};
    TRY(db_end(rows));
    TRY(seal_open_many(cx->arena, cx->keys, &item, 1));
    *ret_image = item.out;
    return RC_OK;
}

enum rc client_photo_save(struct cx *cx, const struct cap *cap, struct bytes image)
{
    struct id client = cap_client(cap);
    struct client_keys keys;
    if (image.len > CLIENT_PHOTO_MAX_BYTES)
        return refuse(cx, RC_INVALID, "photo",
                      N_("The photo is larger than 2 MB. Choose a smaller one."));
    if (client_photo_type(image) == NULL)
        return refuse(cx, RC_INVALID, "photo", N_("Choose a photo in JPEG, PNG or WebP."));
    TRY(cap_admits(cx, cap, ACT_CHANGE));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(client_keys_load(cx, cap, &keys));
    struct seal_item item = {.where = place(cx, client, cx->now_ms),
                             .wrapped = keys.wrapped[SEAL_IDENTITY],
                             .in = image};
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client), DB_I(cx->now_ms), DB_B(item.out)};
    TRY(db_exec(cx->db, &SQL_CLIENT_PHOTO_PUT, v, N_ELEMS(v), NULL));
    TRY(audit_change_about(cx, client, "client", client, "change", "photo"));
    return db_commit(&tx);
}

enum rc client_photo_drop(struct cx *cx, const struct cap *cap)
{
    struct id client = cap_client(cap);
    TRY(cap_admits(cx, cap, ACT_CHANGE));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(client)};
    TRY(db_exec(cx->db, &SQL_CLIENT_PHOTO_DROP, v, N_ELEMS(v), NULL));
    TRY(audit_change_about(cx, client, "client", client, "change", "photo"));
    return db_commit(&tx);
}

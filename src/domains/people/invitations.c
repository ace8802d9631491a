/* SPDX-License-Identifier: AGPL-3.0-or-later
 * invitations.c - links of one use: invitations, and passwords that were forgotten. */
#include "invitations.h"

#include "app/audit.h"
#include "factors.h"
#include "people_private.h"
#include "people_sql.h"

#include <string.h>

static void link_hash(const char *token, unsigned char ret[static 32])
{
    seal_hash((struct bytes){(const unsigned char *)token, strlen(token)}, ret);
}

static enum rc drop_links(struct cx *cx, struct id person)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(person)};
    return db_exec(cx->db, &SQL_LINK_DELETE_PERSON, v, N_ELEMS(v), NULL);
}

static enum rc store(struct cx *cx, struct id person, enum link_kind kind,
                     char ret_token[static 44])
{
    unsigned char hash[32];
    seal_token(ret_token);
    link_hash(ret_token, hash);
    TRY(drop_links(cx, person));
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)})), DB_I(cx->practice),
                         DB_ID(person), DB_I(kind), DB_I(cx->now_ms + LINK_DAYS * MS_PER_DAY)};
    TRY(db_exec(cx->db, &SQL_LINK_INSERT, v, N_ELEMS(v), NULL));
    return audit_change(cx, "person", person, kind == LINK_INVITATION ? "invite" : "password_link",
                        kind == LINK_PASSWORD_AND_FACTOR ? "factor" : NULL);
}

enum rc person_invite(struct cx *cx, struct person *p, char ret_token[static 44])
{
    char nobody_knows[44];
    seal_token(nobody_knows);
    p->is_active = false;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(person_save(cx, p, nobody_knows));
    TRY(store(cx, p->id, LINK_INVITATION, ret_token));
    return db_commit(&tx);
}

enum rc link_make(struct cx *cx, struct id person, bool drops_factors, char ret_token[static 44])
{
    struct person p;
    if (id_eq(person, cx->actor.user))
        return refuse(cx, RC_INVALID, "link", N_("Your own password is changed under My account."));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(person_load(cx, person, &p));
    enum link_kind kind = drops_factors ? LINK_PASSWORD_AND_FACTOR : LINK_PASSWORD;
    TRY(store(cx, person, p.is_active ? kind : LINK_INVITATION, ret_token));
    return db_commit(&tx);
}

enum rc link_open(struct cx *cx, const char *token, struct link *ret)
{
    unsigned char hash[32];
    struct id person = {{0}};
    link_hash(token, hash);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_B(((struct bytes){hash, sizeof(hash)})), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_LINK_BY_TOKEN, v, N_ELEMS(v), &rows));
    int64_t practice = 0;
    while (db_next(rows)) {
        practice = db_i64(rows, 0);
        person = db_id(rows, 1);
        ret->kind = (enum link_kind)db_i64(rows, 2);
    }
    TRY(db_end(rows));
    if (!id_is_set(person))
        return refuse(cx, RC_NOT_FOUND, NULL,
                      N_("This link was used already, or is too old. Ask for another one."));
    cx->actor = (struct actor){0};
    cx_practice(cx, practice);
    const struct locale *reader = cx->locale; /* of the browser: nobody is signed in */
    TRY(practice_open(cx, practice));
    cx->locale = reader;
    cx->cat = catalogue_get(locale_language(reader));
    TRY(person_load(cx, person, &ret->who));
    bool is_closed = ret->kind != LINK_INVITATION && !ret->who.is_active;
    return is_closed ? refuse(cx, RC_NOT_FOUND, NULL, N_("This account is closed.")) : RC_OK;
}

static bool is_same_language(const struct locale *a, const struct locale *b)
{
    return strcmp(locale_language(a), locale_language(b)) == 0;
}

enum rc link_use(struct cx *cx, const char *token, const char *password, struct link *ret)
{
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(link_open(cx, token, ret));
    struct person *p = &ret->who;
    p->is_active = true;
    if (ret->kind == LINK_INVITATION && !is_same_language(cx->locale, locale_get(p->locale)))
        p->locale = locale_name(cx->locale); /* as the page was read in which they chose */
    TRY(person_save(cx, p, password));
    TRY(drop_links(cx, p->id));
    TRY(sign_in_forgive(cx, p->email));
    if (ret->kind == LINK_PASSWORD_AND_FACTOR)
        TRY(factors_drop_all(cx, p->id));
    TRY(audit_change(cx, "person", p->id, "link_used", NULL));
    return db_commit(&tx);
}

enum rc invited_list(struct cx *cx, struct invited **ret, int *ret_n)
{
    struct invited *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_LINK_OF_PRACTICE, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        if (db_i64(rows, 1) != LINK_INVITATION)
            continue;
        arena_grow(cx->arena, list, n, cap);
        list[n++] = (struct invited){.person = db_id(rows, 0), .expires_ms = db_i64(rows, 2)};
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * people.c - accounts of the staff and their opening hours. */
#include "domains/people/people.h"

#include "app/app.h"
#include "app/audit.h"
#include "people_private.h"
#include "people_sql.h"
#include "seal/password.h"

#include <string.h>

static const struct id no_id;

enum rc email_index(struct cx *cx, const char *email, unsigned char ret[static 32])
{
    const char *folded = text_fold(cx->arena, email);
    return seal_index(cx->keys, "email",
                      (struct bytes){(const unsigned char *)folded, strlen(folded)}, ret);
}

/* The clear columns, and what is sealed. */
static struct person read_row(const struct cx *cx, struct db_rows *rows, struct seal_item *ret)
{
    struct person p;
    record_init(&person_type, &p);
    p.id = db_id(rows, 0);
    p.version = db_i64(rows, 1);
    p.roles = (unsigned)db_i64(rows, 2);
    p.is_active = db_i64(rows, 3) != 0;
    p.color = db_i64(rows, 4);
    p.locale = db_text(rows, 5);
    p.theme = (enum theme)db_i64(rows, 6);
    p.density = (enum density)db_i64(rows, 7);
    p.lock_min = db_i64(rows, 8);
    p.note_template = db_text(rows, 9);
    *ret = (struct seal_item){
        .where = {cx->practice, no_id, person_type.table, p.id, SEAL_IDENTITY, p.version},
        .in = db_bytes(rows, 10)};
    return p;
}

static enum rc open_rows(struct cx *cx, struct seal_item *item, struct person *p, int n)
{
    enum rc rc = seal_open_many(cx->arena, cx->keys, item, n);
    for (int i = 0; i < n && rc != RC_OK; i++)
        if (item[i].rc != RC_OK)
            cx->detail = arena_printf(cx->arena, "person %s cannot be opened", p[i].id.s);
    TRY(rc);
    for (int i = 0; i < n; i++)
        TRY(record_unpack(cx, &person_type, SEAL_IDENTITY, item[i].out, &p[i]));
    return RC_OK;
}

enum rc person_load(struct cx *cx, struct id id, struct person *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such person."));
    }
    struct seal_item item;
    struct person p = read_row(cx, rows, &item);
    TRY(open_rows(cx, &item, &p, 1));
    *ret = p;
    return RC_OK;
}

static int by_name(const void *a, const void *b, void *locale)
{
    const struct person *p = a, *q = b;
    int r = locale_compare(locale, p->family_name, q->family_name);
    return r != 0 ? r : locale_compare(locale, p->given_name, q->given_name);
}

struct all {
    struct person *list;
    int n;
};

static enum rc load_all(struct cx *cx, void *value)
{
    struct all *ret = value;
    struct seal_item *item = NULL;
    int cap = 0, cap_items = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_ALL, v, N_ELEMS(v), &rows));
    for (; db_next(rows); ret->n++) {
        arena_grow(cx->arena, ret->list, ret->n, cap);
        arena_grow(cx->arena, item, ret->n, cap_items);
        ret->list[ret->n] = read_row(cx, rows, &item[ret->n]);
    }
    TRY(db_end(rows));
    TRY(open_rows(cx, item, ret->list, ret->n));
    if (ret->n > 1)
        qsort_r(ret->list, (size_t)ret->n, sizeof(*ret->list), by_name,
                (void *)(uintptr_t)cx->locale);
    return RC_OK;
}

enum rc person_list(struct cx *cx, bool active_only, struct person **ret, int *ret_n)
{
    void *once = NULL;
    TRY(cx_once(cx, load_all, sizeof(struct all), &once));
    const struct all *all = once;
    struct person *list = arena_array(cx->arena, struct person, all->n + 1);
    int n = 0;
    for (int i = 0; i < all->n; i++)
        if (!active_only || all->list[i].is_active)
            list[n++] = all->list[i];
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc clinician_list(struct cx *cx, struct person **ret, int *ret_n)
{
    struct person *all;
    int n_all, n = 0;
    TRY(person_list(cx, true, &all, &n_all));
    for (int i = 0; i < n_all; i++)
        if (all[i].roles & ROLE_CLINICIAN)
            all[n++] = all[i];
    *ret = all;
    *ret_n = n;
    return RC_OK;
}

const char *person_name(struct cx *cx, const struct person *p)
{
    const char *name = locale_person(cx->arena, cx->locale, p->given_name, p->family_name, false);
    if (!is_filled(p->title))
        return name;
    return arena_printf(cx->arena, "%s %s", p->title, name);
}

/* Somebody must always be able to keep the accounts. */
static enum rc keeps_an_owner(struct cx *cx, const struct person *p)
{
    int64_t n = 0;
    if ((p->roles & ROLE_OWNER) != 0 && p->is_active)
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(p->id)};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_OWNERS, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        n = db_i64(rows, 0);
    TRY(db_end(rows));
    if (n == 0)
        return refuse(cx, RC_INVALID, "roles",
                      N_("The practice needs at least one owner who may sign in."));
    return RC_OK;
}

/* What a new password makes: its hash, and the person's own key wrapped by it. */
struct credentials {
    char hash[PASSWORD_HASH_BYTES];
    struct seal_person keys;
};

static struct db_val blob(const void *p, size_t n)
{
    return DB_B(((struct bytes){p, n}));
}

/* Who sets the own password keeps the own key. Somebody else's new password makes a new one: what
 * only that person could read stays closed, and a colleague gives the clinical key again. */
static enum rc credentials_make(struct cx *cx, const struct person *p, const char *password,
                                struct credentials *ret)
{
    const char *words[] = {p->given_name, p->family_name, p->email, NULL};
    const char *weak = password_weakness(password, words);
    if (weak != NULL)
        return refuse(cx, RC_INVALID, "password", weak);
    struct password_for who = {.practice = cx->practice,
                               .person = p->id,
                               .fast = cx->app->settings.is_demo,
                               .keeps_own = id_eq(cx->actor.user, p->id)};
    enum rc rc = password_make(cx->keys, &who, password, ret->hash, &ret->keys);
    if (rc == RC_DENIED)
        return refuse(cx, RC_INVALID, "password", N_("Sign in again to change the password."));
    return rc;
}

enum rc person_grant(struct cx *cx, struct id person, unsigned roles)
{
    struct bytes public_key = {0}, grant = {0};
    unsigned char made[SEAL_GRANT_BYTES];
    bool is_clinician = perm_has(roles, PERM_CLINICAL_READ);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val of[] = {DB_I(cx->practice), DB_ID(person)};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_KEYS, of, N_ELEMS(of), &rows));
    while (db_next(rows)) {
        public_key = db_bytes(rows, 0);
        grant = db_bytes(rows, 1);
    }
    TRY(db_end(rows));
    bool is_due = is_clinician && grant.p == NULL && public_key.len == SEAL_PUBLIC_BYTES &&
                  seal_is_open(cx->keys, cx->practice);
    if (!is_due && (is_clinician || grant.p == NULL))
        return RC_OK;
    if (is_due)
        TRY(seal_grant(cx->keys, cx->practice, public_key.p, made));
    struct db_val v[] = {is_due ? blob(made, sizeof(made)) : DB_NIL, DB_I(cx->practice),
                         DB_ID(person)};
    TRY(db_exec(cx->db, &SQL_PERSON_GRANT, v, N_ELEMS(v), NULL));
    TRY(audit_change(cx, "person", person, is_due ? "grant" : "revoke", NULL));
    return is_due ? RC_OK : app_emit(cx, EV_GRANT_TAKEN, person);
}

enum rc person_first_password(struct cx *cx, struct id person, const char *password)
{
    struct credentials new;
    struct person p;
    char nobody_knows[44];
    seal_token(nobody_knows);
    TRY(person_load(cx, person, &p));
    TRY(credentials_make(cx, &p, password != NULL ? password : nobody_knows, &new));
    struct db_val v[] = {
        DB_S(new.hash), password != NULL ? blob(new.keys.own, sizeof(new.keys.own)) : DB_NIL,
        password != NULL ? blob(new.keys.public_key, sizeof(new.keys.public_key)) : DB_NIL,
        DB_I(cx->practice), DB_ID(person)};
    TRY(db_exec(cx->db, &SQL_PERSON_PASSWORD, v, N_ELEMS(v), NULL));
    return person_grant(cx, person, p.is_active ? p.roles : 0);
}

struct granted {
    struct id id;
    bool stays;
    struct bytes public_key, grant;
};

static enum rc granted_list(struct cx *cx, struct granted **ret, int *ret_n)
{
    struct granted *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_GRANTED, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        struct bytes public_key = db_bytes(rows, 3), grant = db_bytes(rows, 4);
        arena_grow(cx->arena, list, n, cap);
        list[n++] = (struct granted){
            .id = db_id(rows, 0),
            .stays = db_i64(rows, 2) != 0 &&
                     perm_has((unsigned)db_i64(rows, 1), PERM_CLINICAL_READ) &&
                     public_key.len == SEAL_PUBLIC_BYTES && grant.len == SEAL_GRANT_BYTES,
            .public_key = public_key,
            .grant = grant};
    }
    *ret = list;
    *ret_n = n;
    return db_end(rows);
}

/* A grant that was not given here is taken, and a colleague may give another. */
static enum rc give_pair(struct cx *cx, const struct seal_pair *pair, const struct granted *g)
{
    unsigned char made[SEAL_GRANT_BYTES];
    enum rc rc = RC_DENIED;
    if (g->stays)
        rc = seal_pair_grant(cx->keys, cx->practice, pair, g->public_key.p, g->grant.p, made);
    if (rc != RC_DENIED)
        TRY(rc);
    struct db_val v[] = {rc == RC_OK ? blob(made, sizeof(made)) : DB_NIL, DB_I(cx->practice),
                         DB_ID(g->id)};
    TRY(db_exec(cx->db, &SQL_PERSON_GRANT, v, N_ELEMS(v), NULL));
    return rc == RC_OK ? RC_OK : audit_change(cx, "person", g->id, "revoke", NULL);
}

enum rc person_give_pair(struct cx *cx, const struct seal_pair *pair)
{
    struct granted *list;
    int n;
    TRY(granted_list(cx, &list, &n));
    for (int i = 0; i < n; i++)
        TRY(give_pair(cx, pair, &list[i]));
    struct db_val v[] = {DB_I(cx->practice)};
    return db_exec(cx->db, &SQL_SESSION_CLOSE_ALL, v, N_ELEMS(v), NULL);
}

static enum rc insert(struct cx *cx, const struct person *p, const struct credentials *new)
{
    unsigned char index[32];
    struct bytes sealed;
    TRY(email_index(cx, p->email, index));
    TRY(record_seal(cx, &person_type, SEAL_IDENTITY, no_id, (struct bytes){0}, p->id, 1, p,
                    &sealed));
    struct db_val v[] = {DB_I(cx->practice),
                         DB_ID(p->id),
                         DB_B(((struct bytes){index, sizeof(index)})),
                         DB_I(p->roles),
                         DB_I(p->is_active),
                         DB_I(p->color),
                         DB_S(p->locale),
                         DB_I(p->theme),
                         DB_I(p->density),
                         DB_I(p->lock_min),
                         DB_S(p->note_template),
                         DB_S(new->hash),
                         DB_B(sealed),
                         DB_I(cx->now_ms),
                         blob(new->keys.own, sizeof(new->keys.own)),
                         blob(new->keys.public_key, sizeof(new->keys.public_key)),
                         DB_NIL};
    return db_exec(cx->db, &SQL_PERSON_INSERT, v, N_ELEMS(v), NULL);
}

static enum rc update(struct cx *cx, const struct person *p, bool ends_sessions)
{
    unsigned char index[32];
    struct bytes sealed;
    int64_t n_changed;
    TRY(email_index(cx, p->email, index));
    TRY(record_seal(cx, &person_type, SEAL_IDENTITY, no_id, (struct bytes){0}, p->id,
                    p->version + 1, p, &sealed));
    struct db_val v[] = {DB_B(((struct bytes){index, sizeof(index)})),
                         DB_I(p->roles),
                         DB_I(p->is_active),
                         DB_I(p->color),
                         DB_S(p->locale),
                         DB_I(p->theme),
                         DB_I(p->density),
                         DB_I(p->lock_min),
                         DB_S(p->note_template),
                         DB_I(ends_sessions),
                         DB_B(sealed),
                         DB_I(cx->now_ms),
                         DB_I(cx->practice),
                         DB_ID(p->id),
                         DB_I(p->version)};
    enum rc rc = db_exec(cx->db, &SQL_PERSON_UPDATE, v, N_ELEMS(v), &n_changed);
    if (rc == RC_OK && n_changed == 0)
        return refuse(cx, RC_CONFLICT, "version",
                      N_("Somebody else changed this account meanwhile."));
    return rc;
}

static enum rc password_store(struct cx *cx, const struct person *p, const struct credentials *new)
{
    struct db_val v[] = {DB_S(new->hash), blob(new->keys.own, sizeof(new->keys.own)),
                         blob(new->keys.public_key, sizeof(new->keys.public_key)),
                         DB_I(cx->practice), DB_ID(p->id)};
    TRY(db_exec(cx->db, &SQL_PERSON_PASSWORD, v, N_ELEMS(v), NULL));
    TRY(audit_change(cx, "person", p->id, "password", NULL));
    if (id_eq(cx->actor.user, p->id))
        return RC_OK;
    struct db_val none[] = {DB_NIL, DB_I(cx->practice), DB_ID(p->id)}; /* it was for the old key */
    return db_exec(cx->db, &SQL_PERSON_GRANT, none, N_ELEMS(none), NULL);
}

enum rc person_give_access(struct cx *cx, struct id person)
{
    struct person p;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(person_load(cx, person, &p));
    if (!seal_is_open(cx->keys, cx->practice))
        return refuse(cx, RC_DENIED, NULL,
                      N_("Only a clinician who signed in with the password can give this access."));
    TRY(person_grant(cx, person, p.is_active ? p.roles : 0));
    return db_commit(&tx);
}

enum rc person_waiting(struct cx *cx, struct person **ret, int *ret_n)
{
    struct person *list;
    struct id *waits = NULL;
    int n, n_waits = 0, cap = 0;
    TRY(clinician_list(cx, &list, &n));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_WITHOUT_GRANT, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, waits, n_waits, cap);
        waits[n_waits++] = db_id(rows, 0);
    }
    TRY(db_end(rows));
    *ret = arena_array(cx->arena, struct person, n + 1);
    *ret_n = 0;
    for (int i = 0; i < n; i++)
        for (int k = 0; k < n_waits; k++)
            if (id_eq(list[i].id, waits[k]))
                (*ret)[(*ret_n)++] = list[i];
    return RC_OK;
}

enum rc person_lacks_key(struct cx *cx, struct id person, bool *ret)
{
    bool lacks = false;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_WITHOUT_GRANT, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        lacks |= id_eq(db_id(rows, 0), person);
    TRY(db_end(rows));
    *ret = lacks;
    return RC_OK;
}

enum rc person_recover(struct cx *cx, struct id person, const char *password)
{
    struct person p;
    cx->actor.user = person; /* whose own key cx has: it is kept, or a new one takes its place */
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(person_load(cx, person, &p));
    TRY(person_save(cx, &p, password));
    struct db_val none[] = {DB_NIL, DB_I(cx->practice), DB_ID(person)};
    TRY(db_exec(cx->db, &SQL_PERSON_GRANT, none, N_ELEMS(none), NULL));
    TRY(person_grant(cx, person, p.roles));
    TRY(audit_change(cx, "person", person, "recover", NULL));
    return db_commit(&tx);
}

static void defaults(struct cx *cx, struct person *p)
{
    if (!is_filled(p->locale))
        p->locale = locale_name(cx->locale);
    if (p->lock_min == 0)
        p->lock_min = 15;
}

enum rc person_save(struct cx *cx, struct person *p, const char *password)
{
    struct credentials new;
    struct person was, is = *p;
    bool is_new = !id_is_set(p->id);
    defaults(cx, &is);
    TRY(person_type.check(cx, &is));
    if (is_new)
        is.id = id_new();
    if (is_new || password != NULL) /* before the transaction: it takes long */
        TRY(credentials_make(cx, &is, or_empty(password), &new));

    record_init(&person_type, &was);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (!is_new) {
        TRY(person_load(cx, is.id, &was));
        TRY(keeps_an_owner(cx, &is));
    }
    enum rc rc = is_new ? insert(cx, &is, &new)
                        : update(cx, &is, was.roles != is.roles || was.is_active != is.is_active);
    if (rc == RC_CONFLICT && cx_err(cx, "version") == NULL)
        return refuse(cx, RC_INVALID, "email", N_("Another account has this e-mail address."));
    TRY(rc);
    if (!is_new && password != NULL) {
        TRY(password_store(cx, &is, &new));
    }
    TRY(person_grant(cx, is.id, is.is_active ? is.roles : 0));
    TRY(app_emit(cx, EV_ROLES_SET, is.id));
    TRY(audit_change(cx, "person", is.id, is_new ? "create" : "change",
                     record_changed(cx->arena, &person_type, &was, &is)));
    TRY(db_commit(&tx));
    is.version = is_new ? 1 : is.version + 1;
    *p = is;
    return RC_OK;
}

enum rc person_close(struct cx *cx, struct id id)
{
    struct person p;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(person_load(cx, id, &p));
    p.is_active = false;
    TRY(person_save(cx, &p, NULL));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id)};
    TRY(db_exec(cx->db, &SQL_SESSION_DELETE_PERSON, v, N_ELEMS(v), NULL));
    TRY(db_exec(cx->db, &SQL_LINK_DELETE_PERSON, v, N_ELEMS(v), NULL));
    TRY(audit_change(cx, "person", id, "leave", NULL));
    return db_commit(&tx);
}

enum rc opening_list(struct cx *cx, struct id person, struct opening **ret, int *ret_n)
{
    struct opening *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(person)};
    bool all = !id_is_set(person);
    TRY(db_query(cx->db, cx->arena, all ? &SQL_OPENING_ALL : &SQL_OPENING_OF, v, all ? 1 : 2,
                 &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        list[n++] = (struct opening){.id = db_id(rows, 0),
                                     .person = db_id(rows, 1),
                                     .weekday = (int)db_i64(rows, 2),
                                     .start_min = (int32_t)db_i64(rows, 3),
                                     .end_min = (int32_t)db_i64(rows, 4)};
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

static enum rc opening_check(struct cx *cx, const struct opening *o, int n)
{
    for (int i = 0; i < n; i++) {
        if (o[i].end_min <= o[i].start_min)
            return refuse(cx, RC_INVALID, "openings", N_("Opening hours end after they start."));
        for (int k = 0; k < i; k++)
            if (o[k].weekday == o[i].weekday && o[k].start_min < o[i].end_min &&
                o[i].start_min < o[k].end_min)
                return refuse(cx, RC_INVALID, "openings",
                              N_("Two opening hours of one day overlap."));
    }
    return RC_OK;
}

enum rc opening_replace(struct cx *cx, struct id person, const struct opening *o, int n)
{
    TRY(opening_check(cx, o, n));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val who[] = {DB_I(cx->practice), DB_ID(person)};
    TRY(db_exec(cx->db, &SQL_OPENING_DELETE, who, N_ELEMS(who), NULL));
    for (int i = 0; i < n; i++) {
        struct id id = id_new();
        struct db_val v[] = {DB_I(cx->practice),   DB_ID(id),
                             DB_ID(person),        DB_I(o[i].weekday),
                             DB_I(o[i].start_min), DB_I(o[i].end_min)};
        TRY(db_exec(cx->db, &SQL_OPENING_INSERT, v, N_ELEMS(v), NULL));
    }
    TRY(audit_change(cx, "person", person, "change", "openings"));
    return db_commit(&tx);
}

enum rc grant_notice(struct cx *cx, struct notice *ret)
{
    bool is_mine = false, is_others = false;
    if (!cx_may(cx, PERM_CLINICAL_READ))
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_PERSON_WITHOUT_GRANT, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        bool reads = perm_has((unsigned)db_i64(rows, 1), PERM_CLINICAL_READ);
        is_mine |= reads && id_eq(db_id(rows, 0), cx->actor.user);
        is_others |= reads;
    }
    TRY(db_end(rows));
    if (is_mine)
        *ret = (struct notice){
            trc(cx, N_("Clinical records open to you once a colleague gives you access. Until then "
                       "you cannot write notes.")),
            "/practice/staff", trc(cx, N_("Who can do that"))};
    else if (is_others)
        *ret = (struct notice){trc(cx, N_("A colleague waits for access to clinical records.")),
                               "/practice/staff", trc(cx, N_("Let them in"))};
    return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * take.c - the rows of an export into an empty database, some hundred at a time: read, sealed under
 * new keys, stored. What rows.c writes is read here, by the same tables and columns. */
#include "app/audit.h"
#include "domains/billing/billing.h"
#include "domains/notes/notes.h"
#include "domains/people/people.h"
#include "domains/practice/practice.h"
#include "domains/trust/trust.h"
#include "exports_sql.h"
#include "take_private.h"

#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 512 << 20, TAKE_BATCH_BYTES = 16 << 20 };

static enum rc not_stored(struct cx *cx, enum rc rc)
{
    return rc != RC_BUSY ? rc
                         : refuse(cx, rc, NULL,
                                  N_("The import cannot be stored: the disk is full, or the "
                                     "database is lost. Nothing was imported."));
}

/* --- whose it is ---------------------------------------------------------------------------------
 */

static int by_pair_id(const void *a, const void *b)
{
    return strcmp(((const struct id_pair *)a)->id.s, ((const struct id_pair *)b)->id.s);
}

static struct id client_of_invoice(const struct taking *x, struct id invoice)
{
    struct id_pair key = {.id = invoice};
    const struct id_pair *p = x->n_invoices > 0 ? bsearch(&key, x->invoices, (size_t)x->n_invoices,
                                                          sizeof(key), by_pair_id)
                                                : NULL;
    return p != NULL ? p->client : (struct id){0};
}

/* Of a client who came before: the files are in the order in which they are read. */
static enum rc find_client(struct take_batch *b, struct take_row *r)
{
    bool needs = b->s->part[0].is_of_client || b->s->part[1].is_of_client;
    struct id of = row_id(b->t, r->v, b->s->of);
    if (!needs)
        return RC_OK;
    r->client = b->s->owner == OF_INVOICE ? client_of_invoice(b->x, of) : of;
    bool is_named = id_is_set(of);
    return is_named && client_of(b->x, r->client) == NULL ? wrong_value(b, r->nth, b->s->of)
                                                          : RC_OK;
}

static enum rc new_client(struct take_batch *b, const struct take_row *r)
{
    struct taking *x = b->x;
    struct arena *a = x->cx->arena;
    int erased = column_at(b->t, "erased_ms");
    struct taken_client c = {.id = row_id(b->t, r->v, "id"),
                             .clinician = row_id(b->t, r->v, "clinician_id"),
                             .erased_ms = r->v[erased].kind == DB_INT ? r->v[erased].i : 0};
    if (x->n_clients > 0 && strcmp(x->clients[x->n_clients - 1].id.s, c.id.s) >= 0)
        return wrong_value(b, r->nth, "id");
    for (int k = SEAL_IDENTITY; k < SEAL_KEYS_N_ && c.erased_ms == 0; k++)
        TRY(seal_client_make(a, x->cx->keys, x->cx->practice, c.id, (enum seal_class)k,
                             &c.wrapped[k]));
    arena_grow(a, x->clients, x->n_clients, x->cap_clients);
    x->clients[x->n_clients++] = c;
    return RC_OK;
}

static enum rc new_person(struct take_batch *b, const struct take_row *r)
{
    struct taking *x = b->x;
    const char *email = "";
    for (int i = 0; i < b->cols.n; i++)
        if (strcmp(b->cols.list[i].key, "email") == 0)
            email = arena_strdup(x->cx->arena, r->plain[i]);
    arena_grow(x->cx->arena, x->people, x->n_people, x->cap_people);
    x->people[x->n_people++] =
        (struct taken_person){.id = row_id(b->t, r->v, "id"),
                              .roles = (unsigned)r->v[column_at(b->t, "roles")].i,
                              .is_active = r->v[column_at(b->t, "is_active")].i != 0,
                              .email = email};
    return RC_OK;
}

/* Its keys, before anything is sealed; and the first line of the new log. */
static enum rc new_practice(struct take_batch *b, const struct take_row *r)
{
    struct taking *x = b->x;
    struct practice p;
    record_init(&practice_type, &p);
    p.time_zone = arena_strdup(x->cx->arena, or_empty(row_text(b->t, r->v, "time_zone")));
    p.locale = arena_strdup(x->cx->arena, or_empty(row_text(b->t, r->v, "locale")));
    p.currency = arena_strdup(x->cx->arena, or_empty(row_text(b->t, r->v, "currency")));
    p.says_patient = r->v[column_at(b->t, "says_patient")].i != 0;
    if (r->nth != 1)
        return wrong_value(b, r->nth, "created_at");
    if (zone_get(p.time_zone) == NULL)
        return wrong_value(b, r->nth, "time_zone");
    TRY(practice_begin(x->cx, &p));
    x->in.practice = x->cx->practice;
    x->in.zone = x->cx->zone;
    return audit_change(x->cx, "practice", (struct id){0}, "import",
                        arena_printf(x->cx->arena, "export %s, log %s", x->ask->seen->sha256,
                                     x->ask->seen->log_head));
}

/* --- what no file has ---------------------------------------------------------------------------
 */

static struct db_val treats(const struct take_batch *b, const struct take_row *r)
{
    const struct taken_client *c = client_of(b->x, row_id(b->t, r->v, "client_id"));
    return c != NULL ? DB_ID(c->clinician) : DB_NIL;
}

/* Of a client who was erased in that moment, each once. */
static enum rc erased_hash(struct take_batch *b, const struct take_row *r, struct db_val *ret)
{
    struct taking *x = b->x;
    unsigned char *hash = arena_alloc(&x->batch, 32);
    int64_t at_ms = r->v[column_at(b->t, "erased_ms")].i;
    struct taken_client *c = NULL;
    for (int i = 0; i < x->n_clients && c == NULL; i++)
        if (x->clients[i].erased_ms == at_ms && !x->clients[i].has_tombstone)
            c = &x->clients[i];
    if (c != NULL)
        c->has_tombstone = true;
    const char *client = c != NULL ? c->id.s : "";
    *ret = DB_B(((struct bytes){hash, 32}));
    return seal_index(x->cx->keys, "erased client",
                      (struct bytes){(const unsigned char *)client, strlen(client)}, hash);
}

static enum rc email_hash(struct take_batch *b, struct db_val *ret)
{
    struct taking *x = b->x;
    unsigned char *hash = arena_alloc(&x->batch, 32);
    *ret = DB_B(((struct bytes){hash, 32}));
    return email_index(&x->in, x->people[x->n_people - 1].email, hash);
}

static enum rc fill_column(struct take_batch *b, const struct take_row *r, const char *col,
                           struct db_val *ret)
{
    static const unsigned char nothing[1];
    if (strcmp(col, "practice_id") == 0)
        *ret = DB_I(b->x->cx->practice);
    else if (strcmp(col, "treats_id") == 0)
        *ret = treats(b, r);
    else if (strcmp(col, "stamp") == 0)
        *ret = DB_I(1);
    else if (strcmp(col, "password_hash") == 0)
        *ret = DB_S("");
    else if (strcmp(col, "email_hash") == 0)
        return email_hash(b, ret);
    else if (strcmp(col, "client_hash") == 0)
        return erased_hash(b, r, ret);
    else if (strcmp(col, "identity_key") == 0) {
        const struct taken_client *c = &b->x->clients[b->x->n_clients - 1];
        *ret = c->erased_ms == 0 ? DB_B(c->wrapped[SEAL_IDENTITY])
                                 : DB_B(((struct bytes){nothing, sizeof(nothing)}));
    }
    return RC_OK;
}

/* Private notes are sealed to the one who was let in. */
static enum rc check_author(struct take_batch *b, const struct take_row *r)
{
    return b->s->author == NULL || id_eq(row_id(b->t, r->v, b->s->author), b->x->author)
               ? RC_OK
               : refuse(b->x->cx, RC_INVALID, NULL,
                        N_("The export has private notes, which open for their author alone: give "
                           "--email of the clinician who wrote them. Nothing was imported."));
}

static enum rc fill_rest(struct take_batch *b, struct take_row *r)
{
    const char *table = b->s->table;
    TRY(check_author(b, r));
    if (strcmp(table, "client") == 0)
        TRY(new_client(b, r));
    if (strcmp(table, "person") == 0)
        TRY(new_person(b, r));
    if (strcmp(table, "practice") == 0)
        TRY(new_practice(b, r));
    for (int i = 0; i < b->t->n_cols; i++) {
        int k = 0;
        while (k < b->cols.n && b->cols.list[k].col != i)
            k++;
        if (k == b->cols.n)
            TRY(fill_column(b, r, b->t->cols[i], &r->v[i]));
    }
    if (strcmp(table, "invoice") == 0) {
        struct taking *x = b->x;
        arena_grow(x->cx->arena, x->invoices, x->n_invoices, x->cap_invoices);
        x->invoices[x->n_invoices++] =
            (struct id_pair){row_id(b->t, r->v, "id"), row_id(b->t, r->v, "client_id")};
    }
    return find_client(b, r);
}

/* --- a batch, stored
 * ------------------------------------------------------------------------------ */

static enum rc put_signature(struct take_batch *b, const struct take_row *r)
{
    static const char *const cols[] = {"at_ms",     "actor_id", "record",
                                       "record_id", "action",   "content_hash"};
    const struct import_seen *seen = b->x->ask->seen;
    struct db_val v[N_ELEMS(cols) + 2] = {DB_I(b->x->cx->practice)};
    for (size_t i = 0; i < N_ELEMS(cols); i++)
        v[i + 1] = r->v[column_at(b->t, cols[i])];
    v[N_ELEMS(v) - 1] = DB_B(((struct bytes){seen->log_id, sizeof(seen->log_id)}));
    return db_exec(b->x->cx->db, &SQL_IMPORT_SIGNATURE, v, N_ELEMS(v), NULL);
}

static enum rc put_row(struct take_batch *b, const struct take_row *r)
{
    struct taking *x = b->x;
    enum rc rc =
        strcmp(b->s->table, "audit_change") == 0 ? put_signature(b, r) : db_load_row(x->load, r->v);
    if (rc == RC_INVALID || rc == RC_CONFLICT)
        return refusef(x->cx, RC_INVALID, NULL,
                       N_("%s, row %lld: the database does not take it: something in it is out of "
                          "bounds, or stands twice. Nothing was imported."),
                       b->file.path, (long long)r->nth);
    TRY(not_stored(x->cx, rc));
    if (strcmp(b->s->table, "invoice_kept") == 0)
        TRY(invoice_keep_until(x->cx, row_id(b->t, r->v, "invoice_id"),
                               (int32_t)r->v[column_at(b->t, "until_days")].i));
    return RC_OK;
}

/* It belongs to a row of the next batch, and is read again there. */
static void put_back(struct taking *x, struct lines *l, int which)
{
    if (x->has_within[which]) {
        x->has_within[which] = false;
        l->at = l->before;
        l->n--;
    }
}

static enum rc flush(struct take_batch *b)
{
    for (int k = 0; k < PARTS_MAX && b->s->part[k].col != NULL; k++)
        TRY(take_seal(b, k));
    for (int i = 0; i < b->n; i++)
        TRY(put_row(b, &b->row[i]));
    b->x->done.n_rows += b->n;
    b->n = 0;
    put_back(b->x, &b->x->sections, 0);
    put_back(b->x, &b->x->lines, 1);
    arena_reset(&b->x->batch);
    return RC_OK;
}

/* --- a table
 * -------------------------------------------------------------------------------------- */

static enum rc check_count(struct taking *x, const struct lines *l, const char *name)
{
    const char *said = form_get(x->ask->seen->head, arena_printf(x->cx->arena, "rows.%s", name));
    const char *there = arena_printf(x->cx->arena, "%lld", (long long)l->n);
    return said != NULL && strcmp(said, there) == 0 ? RC_OK : altered(x->cx, l->path);
}

static enum rc take_rows(struct take_batch *b)
{
    struct taking *x = b->x;
    for (;;) {
        struct form f;
        bool more;
        TRY(lines_next(&x->in, &b->file, &f, &more));
        if (!more)
            break;
        TRY(take_read(b, &f));
        TRY(fill_rest(b, &b->row[b->n - 1]));
        if (b->n == BATCH_ROWS || x->batch.used_bytes > TAKE_BATCH_BYTES)
            TRY(flush(b));
    }
    TRY(flush(b));
    return check_count(x, &b->file, b->s->file);
}

static enum rc put_client_keys(struct taking *x, const struct dump_table *t)
{
    int client = column_at(t, "client_id"), class = column_at(t, "class");
    int wrapped = column_at(t, "wrapped"), epoch = column_at(t, "epoch");
    struct db_val *v = arena_array(x->cx->arena, struct db_val, t->n_cols);
    TRY(db_load_table(x->load, t));
    v[column_at(t, "practice_id")] = DB_I(x->cx->practice);
    for (int i = 0; i < x->n_clients; i++)
        for (int k = SEAL_IDENTITY; k < SEAL_KEYS_N_ && x->clients[i].erased_ms == 0; k++) {
            v[client] = DB_ID(x->clients[i].id);
            v[class] = DB_I(k);
            v[wrapped] = DB_B(x->clients[i].wrapped[k]);
            v[epoch] = DB_I(seal_client_epoch(x->clients[i].wrapped[k]));
            TRY(not_stored(x->cx, db_load_row(x->load, v)));
        }
    return RC_OK;
}

static const struct dump_table *table_of(const struct taking *x, const char *name)
{
    for (int i = 0; i < x->n_tables; i++)
        if (strcmp(x->tables[i].name, name) == 0)
            return &x->tables[i];
    return NULL;
}

static enum rc open_within(struct taking *x, const struct table_spec *s)
{
    if (s->part[0].kind == PART_NOTE && s->part[0].col != NULL && x->sections.path == NULL)
        TRY(lines_open(x->cx, x->ask->seen, "json/note_sections.json", &x->sections));
    if (s->part[0].kind == PART_INVOICE && x->lines.path == NULL)
        TRY(lines_open(x->cx, x->ask->seen, "json/invoice_lines.json", &x->lines));
    return RC_OK;
}

static enum rc take_table(struct taking *x, const struct table_spec *s)
{
    bool is_signatures = strcmp(s->table, "audit_change") == 0;
    struct take_batch *b = arena_new(x->cx->arena, struct take_batch);
    const char *path = arena_printf(x->cx->arena, "json/%s.json", s->file);
    *b = (struct take_batch){.x = x, .s = s, .t = table_of(x, s->table)};
    if (b->t == NULL)
        return RC_BROKEN;
    if (s->author != NULL &&
        !form_has(x->ask->seen->head, arena_printf(x->cx->arena, "rows.%s", s->file)))
        return RC_OK; /* they did not come along */
    TRY(columns_of(x->cx->arena, s, b->t, false, &b->cols));
    TRY(open_within(x, s));
    TRY(lines_open(x->cx, x->ask->seen, path, &b->file));
    enum rc rc = is_signatures ? RC_OK : db_load_table(x->load, b->t);
    if (rc == RC_OK)
        rc = take_rows(b);
    lines_close(&b->file);
    return rc;
}

/* --- people --------------------------------------------------------------------------------------
 */

/* Who can open what was said from now on: without one it is lost with this process. */
static enum rc let_in(struct taking *x)
{
    const struct import_ask *ask = x->ask;
    bool has_clinician = false;
    for (int i = 0; i < x->n_people; i++) {
        const struct taken_person *p = &x->people[i];
        bool is_them = ask->email != NULL && strcmp(text_fold(x->cx->arena, p->email),
                                                    text_fold(x->cx->arena, ask->email)) == 0;
        bool is_let_in = ask->is_for_all ? p->is_active : is_them;
        bool opens = ask->email != NULL ? is_them : is_let_in;
        TRY(person_first_password(x->cx, p->id, is_let_in ? ask->password : NULL));
        if (opens && p->is_active && perm_has(p->roles, PERM_CLINICAL_READ) && !has_clinician) {
            has_clinician = true;
            x->author = p->id;
            TRY(person_unlock(x->cx, p->email, ask->password));
        }
    }
    if (!has_clinician)
        return refuse(x->cx, RC_INVALID, NULL,
                      N_("Give --email of a clinician who works in this practice, as it is in the "
                         "export: without one nobody could open what was said. Nothing was "
                         "imported."));
    return RC_OK;
}

/* --- all of it
 * ------------------------------------------------------------------------------------ */

static enum rc take_tables(struct taking *x)
{
    for (int i = 0; i < n_exported; i++) {
        TRY(take_table(x, &exported[i]));
        if (strcmp(exported[i].table, "person") == 0)
            TRY(let_in(x));
        if (strcmp(exported[i].table, "client") == 0)
            TRY(put_client_keys(x, table_of(x, "client_key")));
        if (strcmp(exported[i].table, "invoice") == 0 && x->n_invoices > 0)
            qsort(x->invoices, (size_t)x->n_invoices, sizeof(*x->invoices), by_pair_id);
    }
    const struct lines *within[] = {&x->sections, &x->lines};
    const char *const names[] = {"note_sections", "invoice_lines"};
    for (int i = 0; i < 2; i++) {
        bool more = x->has_within[i];
        struct form f;
        if (!more)
            TRY(lines_next(x->cx, i == 0 ? &x->sections : &x->lines, &f, &more));
        if (more)
            return wrong_within(x, within[i]);
        TRY(check_count(x, within[i], names[i]));
    }
    return RC_OK;
}

static enum rc sign_anew(void *arg, const struct stored *s)
{
    struct taking *x = arg;
    arena_reset(&x->batch);
    return audit_change_of(&x->in, s->record, s->id, EXPORT_SEALED_ANEW, s->bytes);
}

/* What follows from the rows, and what is said of them from now on. */
static enum rc conclude(struct taking *x)
{
    const struct db_stmt *const slots[] = {
        &SQL_IMPORT_SLOTS_OF_CLINICIANS, &SQL_IMPORT_SLOTS_OF_ROOMS, &SQL_IMPORT_SLOTS_OF_CLIENTS};
    const struct db_val v[] = {DB_I(x->cx->practice)};
    for (size_t i = 0; i < N_ELEMS(slots); i++) {
        enum rc rc = db_exec(x->cx->db, slots[i], v, N_ELEMS(v), NULL);
        if (rc == RC_CONFLICT)
            return refuse(x->cx, RC_INVALID, NULL,
                          N_("Two appointments in the export are at the same time, of the same "
                             "person or in the same room. Nothing was imported."));
        TRY(rc);
    }
    return trust_each_stored(x->cx, INT64_MAX, sign_anew, x);
}

static enum rc whole(struct cx *cx, enum rc rc)
{
    return rc != RC_CONFLICT
               ? rc
               : refuse(cx, RC_INVALID, NULL,
                        N_("A row of the export names another that is not in it. Nothing was "
                           "imported."));
}

static enum rc take_all(struct taking *x, struct db_tx *tx)
{
    struct cx *cx = x->cx;
    struct arena *a = cx->arena;
    enum rc rc = db_load_begin(cx->db, a, true, &x->load);
    if (rc == RC_CONFLICT)
        return refuse(cx, rc, NULL, IMPORT_OCCUPIED);
    TRY(not_stored(cx, rc));
    TRY(db_dump_tables(cx->db, a, &x->tables, &x->n_tables));
    TRY(take_tables(x));
    TRY(whole(cx, db_load_end(x->load)));
    x->load = NULL;
    cx_practice(cx, cx->practice);
    TRY(conclude(x));
    return whole(cx, db_commit(tx)); /* SQLite looks at its foreign keys here */
}

enum rc import_take(struct cx *cx, const struct import_ask *ask, struct import_done *ret)
{
    struct taking *x = arena_new(cx->arena, struct taking);
    struct db_tx tx = {0};
    *x = (struct taking){.cx = cx, .ask = ask};
    arena_init(&x->batch, ARENA_BYTES);
    x->in = *cx;
    x->in.arena = &x->batch;
    enum rc rc = db_begin(cx->db, &tx);
    if (rc == RC_OK)
        rc = take_all(x, &tx);
    if (rc != RC_OK) {
        db_load_free(x->load);
        db_rollback(&tx);
    }
    for (int i = 0; i < x->in.n_errs && rc != RC_OK; i++)
        (void)refuse(cx, rc, NULL, arena_strdup(cx->arena, x->in.errs[i].user));
    lines_close(&x->sections);
    lines_close(&x->lines);
    x->done.n_clients = x->n_clients;
    *ret = x->done;
    arena_wipe(&x->batch);
    return cx->n_errs > 0 ? rc : not_stored(cx, rc);
}

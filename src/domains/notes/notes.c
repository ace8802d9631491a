/* SPDX-License-Identifier: AGPL-3.0-or-later
 * notes.c - drafts, signing, addenda and amendments. */
#include "domains/notes/notes.h"

#include "app/audit.h"
#include "app/jobs.h"
#include "base/utf8.h"
#include "notes_private.h"
#include "notes_sql.h"

#include <string.h>

enum { MAX_PACKED_BYTES = 1 << 20 };

static enum rc none(struct cx *cx)
{
    return refuse(cx, RC_NOT_FOUND, NULL, N_("There is no such note."));
}

/* --- content ------------------------------------------------------------------------ */

static void put(struct buf *b, const char *s)
{
    buf_add(b, s != NULL ? s : "", s != NULL ? strlen(s) + 1 : 1);
}

enum rc note_pack(struct cx *cx, const struct note *n, struct bytes *ret)
{
    struct buf b;
    buf_init(&b, cx->arena, MAX_PACKED_BYTES);
    buf_putc(&b, 1);
    put(&b, n->template_key);
    for (int i = 0; i < n->n_sections; i++) {
        put(&b, n->section[i].key);
        put(&b, n->section[i].title);
        put(&b, n->section[i].text);
    }
    if (b.full)
        return refuse(cx, RC_INVALID, NULL, N_("This note is too long."));
    *ret = (struct bytes){(unsigned char *)b.s, b.len};
    return RC_OK;
}

static const char *take(const char **p, const char *end)
{
    const char *s = *p, *nul = s < end ? memchr(s, '\0', (size_t)(end - s)) : NULL;
    if (nul == NULL)
        return NULL;
    *p = nul + 1;
    return s;
}

enum rc note_unpack(struct cx *cx, struct bytes plain, struct note *ret)
{
    const char *p = (const char *)plain.p, *end = p + plain.len;
    struct note_template t;
    if (plain.len < 2 || *p++ != 1)
        return RC_BROKEN;
    ret->template_key = take(&p, end);
    if (ret->template_key == NULL)
        return RC_BROKEN;
    int n_errs = cx->n_errs;
    if (note_template_load(cx, ret->template_key, &t) != RC_OK) {
        t.n_sections = 0; /* a template that was put away: its titles stand with the note */
        cx->n_errs = n_errs;
    }
    ret->n_sections = 0;
    while (p < end && ret->n_sections < NOTE_MAX_SECTIONS) {
        struct note_section s = {
            .key = take(&p, end), .title = take(&p, end), .text = take(&p, end), .prompt = ""};
        if (s.text == NULL)
            return RC_BROKEN;
        for (int i = 0; i < t.n_sections; i++)
            if (strcmp(t.section[i].key, s.key) == 0) {
                s.prompt = t.section[i].prompt;
                s.title = t.is_builtin ? t.section[i].title : s.title;
            }
        ret->section[ret->n_sections++] = s;
    }
    return RC_OK;
}

const char *note_section_text(const struct note *n, const char *key)
{
    for (int i = 0; i < n->n_sections; i++)
        if (strcmp(n->section[i].key, key) == 0)
            return n->section[i].text;
    return "";
}

const char *note_plan(const struct note *n)
{
    const char *plan = note_section_text(n, "plan");
    if (plan[0] != '\0' || n->n_sections == 0)
        return plan;
    return n->n_sections > 1 ? n->section[n->n_sections - 1].text : "";
}

const char *note_summary(struct arena *a, const struct note *n, int max_chars)
{
    for (int i = 0; i < n->n_sections; i++)
        if (n->section[i].text[0] != '\0') {
            const char *cut = utf8_cut(a, n->section[i].text, max_chars);
            return cut == n->section[i].text ? cut : arena_printf(a, "%s...", cut);
        }
    return "";
}

static bool is_empty(const struct note *n)
{
    for (int i = 0; i < n->n_sections; i++)
        if (n->section[i].text[strspn(n->section[i].text, " \t\r\n")] != '\0')
            return false;
    return true;
}

/* --- reading ---------------------------------------------------------------------------- */

enum rc note_query(struct cx *cx, const struct db_stmt *st, const struct db_val *v, int n_v,
                   struct id client, struct note **ret, int *ret_n)
{
    struct note *list = NULL;
    struct seal_item *item = NULL;
    struct client_keys keys;
    int n = 0, cap = 0, cap_items = 0;
    TRY(client_keys_load(cx, client, &keys));
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, st, v, n_v, &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        arena_grow(cx->arena, item, n, cap_items);
        list[n] = (struct note){.id = db_id(rows, 0),
                                .version = db_i64(rows, 1),
                                .client = db_id(rows, 2),
                                .appointment = db_id(rows, 3),
                                .author = db_id(rows, 4),
                                .kind = (enum note_kind)db_i64(rows, 5),
                                .parent = db_id(rows, 6),
                                .state = (enum note_state)db_i64(rows, 7),
                                .about_ms = db_i64(rows, 8),
                                .signed_ms = db_i64(rows, 9),
                                .is_late = db_i64(rows, 10) != 0,
                                .changed_ms = db_i64(rows, 11)};
        item[n] = (struct seal_item){
            .where = {cx->practice, client, "note", list[n].id, SEAL_CLINICAL, list[n].version},
            .wrapped = keys.wrapped[SEAL_CLINICAL],
            .in = db_bytes(rows, 12)};
        n++;
    }
    TRY(db_end(rows));
    TRY(seal_open_many(cx->arena, cx->keys, item, n));
    for (int i = 0; i < n; i++)
        TRY(note_unpack(cx, item[i].out, &list[i]));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

static enum rc client_of(struct cx *cx, struct id id, struct id *ret)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_S(cx->actor.user.s)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_BY_ID, v, N_ELEMS(v), &rows));
    if (!db_next(rows)) {
        TRY(db_end(rows));
        return none(cx);
    }
    *ret = db_id(rows, 2);
    return RC_OK;
}

enum rc note_load(struct cx *cx, struct id id, struct note *ret)
{
    struct id client;
    struct note *list;
    int n;
    TRY(client_of(cx, id, &client));
    if (client_treated(cx, client) != RC_OK) {
        cx->n_errs = 0;
        return none(cx);
    }
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_S(cx->actor.user.s)};
    TRY(note_query(cx, &SQL_NOTE_BY_ID, v, N_ELEMS(v), client, &list, &n));
    if (n == 0)
        return none(cx);
    *ret = list[0];
    return RC_OK;
}

static enum rc find_for(struct cx *cx, const struct appointment *a, struct id client,
                        struct id *ret)
{
    *ret = (struct id){{0}};
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_ID(a->id), DB_ID(client), DB_ID(cx->actor.user)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_OF_APPOINTMENT, v, N_ELEMS(v), &rows));
    while (db_next(rows))
        *ret = db_id(rows, 0);
    return db_end(rows);
}

enum rc note_draft_for(struct cx *cx, struct id appointment, struct note *ret)
{
    struct appointment a;
    struct note_template t;
    struct person me;
    struct id id;
    TRY(appointment_load(cx, appointment, &a));
    if (a.n_clients == 0)
        return none(cx);
    TRY(client_treated(cx, a.client[0]));
    TRY(find_for(cx, &a, a.client[0], &id));
    if (id_is_set(id))
        return note_load(cx, id, ret);
    TRY(person_load(cx, cx->actor.user, &me));
    const char *usual =
        me.note_template != NULL && me.note_template[0] != '\0' ? me.note_template : "dap";
    if (note_template_load(cx, usual, &t) != RC_OK)
        TRY(note_template_load(cx, "dap", &t));
    struct note n = {.client = a.client[0],
                     .appointment = a.id,
                     .author = cx->actor.user,
                     .about_ms = a.start_ms,
                     .template_key = t.key,
                     .n_sections = t.n_sections};
    memcpy(n.section, t.section, sizeof(n.section));
    *ret = n;
    return RC_OK;
}

/* --- writing ------------------------------------------------------------------------------ */

static enum rc seal(struct cx *cx, const struct note *n, int64_t version, struct bytes *ret)
{
    struct client_keys keys;
    struct seal_item item = {
        .where = {cx->practice, n->client, "note", n->id, SEAL_CLINICAL, version}};
    TRY(client_keys_load(cx, n->client, &keys));
    item.wrapped = keys.wrapped[SEAL_CLINICAL];
    TRY(note_pack(cx, n, &item.in));
    TRY(seal_close_many(cx->arena, cx->keys, &item, 1));
    *ret = item.out;
    return RC_OK;
}

/* The one real user of the job runner: a task reminds of a draft that nobody signs. */
static enum rc remind_later(struct cx *cx, const struct note *n)
{
    struct practice p;
    TRY(practice_load(cx, &p));
    int64_t hours = p.note_late_hours > 0 ? p.note_late_hours : 72;
    return job_put(cx, "draft_reminder", n->id,
                   n->about_ms + hours * INT64_C(3600000) - 24 * INT64_C(3600000));
}

static enum rc insert(struct cx *cx, struct note *n)
{
    struct bytes sealed;
    n->id = id_new();
    n->author = cx->actor.user;
    TRY(seal(cx, n, 1, &sealed));
    struct db_val v[] = {DB_I(cx->practice),    DB_ID(n->id),      DB_ID(n->client),
                         DB_ID(n->appointment), DB_ID(n->author),  DB_I(n->kind),
                         DB_ID(n->parent),      DB_I(n->about_ms), DB_B(sealed),
                         DB_I(cx->now_ms)};
    TRY(db_exec(cx->db, &SQL_NOTE_INSERT, v, N_ELEMS(v), NULL));
    n->version = 1;
    TRY(remind_later(cx, n));
    return audit_change(cx, "note", n->id, "create", NULL);
}

static enum rc stale(struct cx *cx)
{
    return refuse(cx, RC_CONFLICT, "version",
                  N_("This note was changed on another device. Both versions are shown; nothing "
                     "was overwritten."));
}

static enum rc update(struct cx *cx, struct note *n)
{
    struct bytes sealed;
    int64_t n_changed;
    TRY(seal(cx, n, n->version + 1, &sealed));
    struct db_val v[] = {DB_B(sealed), DB_I(n->about_ms), DB_I(cx->now_ms),     DB_I(cx->practice),
                         DB_ID(n->id), DB_I(n->version),  DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_NOTE_UPDATE, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return stale(cx);
    n->version++;
    return RC_OK;
}

static enum rc lengths(struct cx *cx, const struct note *n)
{
    enum rc rc = RC_OK;
    for (int i = 0; i < n->n_sections; i++)
        if (utf8_length(n->section[i].text) > NOTE_MAX_SECTION_CHARS)
            rc = refusef(cx, RC_INVALID, arena_printf(cx->arena, "note.%s", n->section[i].key),
                         N_("A section has up to %d characters."), NOTE_MAX_SECTION_CHARS);
    return rc;
}

enum rc note_save_draft(struct cx *cx, struct note *n)
{
    struct note is = *n;
    struct id other = {{0}};
    struct appointment a = {.id = n->appointment};
    TRY(client_treated(cx, n->client));
    TRY(lengths(cx, n));
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    if (!id_is_set(is.id) &&
        id_is_set(is.appointment)) { /* another device may have begun the same note */
        TRY(find_for(cx, &a, is.client, &other));
        if (id_is_set(other))
            return stale(cx);
    }
    TRY(id_is_set(is.id) ? update(cx, &is) : insert(cx, &is));
    TRY(db_commit(&tx));
    *n = is;
    return RC_OK;
}

static enum rc is_late(struct cx *cx, const struct note *n, bool *ret)
{
    struct practice p;
    TRY(practice_load(cx, &p));
    *ret = p.note_late_hours > 0 && cx->now_ms > n->about_ms + p.note_late_hours * INT64_C(3600000);
    return RC_OK;
}

enum rc note_sign(struct cx *cx, struct id id, int64_t version)
{
    struct note n;
    bool late;
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(note_load(cx, id, &n));
    if (n.state == NOTE_SIGNED)
        return n.version == version ? db_commit(&tx)
                                    : refuse(cx, RC_CONFLICT, "version",
                                             N_("This note was already signed with other words."));
    if (!id_eq(n.author, cx->actor.user))
        return none(cx);
    if (is_empty(&n))
        return refuse(cx, RC_INVALID, "note",
                      N_("The note is empty. Write something, or leave it as a draft."));
    TRY(is_late(cx, &n, &late));
    struct db_val v[] = {DB_I(cx->now_ms),   DB_I(late && n.kind == NOTE_PROGRESS),
                         DB_I(cx->practice), DB_ID(id),
                         DB_I(version),      DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_NOTE_SIGN, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return stale(cx);
    TRY(job_drop(cx, "draft_reminder", id));
    TRY(audit_change(cx, "note", id, "sign", NULL));
    TRY(app_emit(cx, EV_NOTE_SIGNED, id));
    return db_commit(&tx);
}

enum rc note_discard(struct cx *cx, struct id id, int64_t version)
{
    int64_t n_changed;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val v[] = {DB_I(cx->practice), DB_ID(id), DB_I(version), DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_NOTE_DISCARD, v, N_ELEMS(v), &n_changed));
    if (n_changed == 0)
        return stale(cx);
    TRY(job_drop(cx, "draft_reminder", id));
    TRY(audit_change(cx, "note", id, "discard", NULL));
    return db_commit(&tx);
}

enum rc note_correct(struct cx *cx, struct id parent, enum note_kind kind, struct id *ret_id)
{
    struct note p, n;
    struct note_template t;
    TRY(note_load(cx, parent, &p));
    if (p.state != NOTE_SIGNED || kind == NOTE_PROGRESS)
        return refuse(cx, RC_INVALID, NULL,
                      N_("Only a signed note is corrected; a draft is simply changed."));
    n = p;
    if (kind == NOTE_ADDENDUM) {
        TRY(note_template_load(cx, "free", &t));
        n.template_key = t.key;
        n.n_sections = t.n_sections;
        memcpy(n.section, t.section, sizeof(n.section));
    }
    n.id = (struct id){{0}};
    n.appointment = (struct id){{0}};
    n.version = 0;
    n.kind = kind;
    n.state = NOTE_DRAFT;
    n.parent = p.kind == NOTE_PROGRESS ? p.id : p.parent;
    TRY(note_save_draft(cx, &n));
    *ret_id = n.id;
    return RC_OK;
}

enum rc note_parse(struct cx *cx, const struct form *f, struct note *n)
{
    const char *key = form_get(f, "note.template");
    struct note_template t;
    if (key != NULL && (n->template_key == NULL || strcmp(key, n->template_key) != 0)) {
        TRY(note_template_load(cx, key, &t));
        for (int i = 0; i < t.n_sections; i++) /* what fits the new template is kept */
            t.section[i].text = note_section_text(n, t.section[i].key);
        n->template_key = t.key;
        n->n_sections = t.n_sections;
        memcpy(n->section, t.section, sizeof(n->section));
    }
    for (int i = 0; i < n->n_sections; i++) {
        const char *text = form_get(f, arena_printf(cx->arena, "note.%s", n->section[i].key));
        if (text != NULL)
            n->section[i].text = text;
    }
    return lengths(cx, n);
}

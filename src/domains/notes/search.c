/* SPDX-License-Identifier: AGPL-3.0-or-later
 * search.c - search in one's own notes by opening them: there is no index of words at rest.
 *
 * Notes are taken in batches, newest first; a batch lives in an arena of its own and is wiped
 * before the next, so memory does not grow with the number of notes. */
#include "base/utf8.h"
#include "notes_private.h"
#include "notes_sql.h"

#include <stdlib.h>
#include <string.h>

/* A sealed note and its words have up to 1 MiB each. */
enum { BATCH = 64, BATCH_MAX_BYTES = 256 << 20, FOLD_MAX_BYTES = 64 << 20 };
enum { MAX_WORDS = 8, AROUND_BYTES = 90 };

struct client_key {
    struct id client;
    struct bytes wrapped;
};

struct search {
    struct cx *cx;
    struct client_key *key; /* of the actor's clients, by id */
    int n_keys;
    const char *word[MAX_WORDS]; /* folded */
    int n_words, max;
    struct arena batch, folded; /* opened notes; their words as compared, of one note at a time */
    int64_t before_ms;          /* where the next batch begins */
    struct id before_id;
    struct note_hit *hit;
    int n_hits, cap;
    int64_t n_opened;
};

static void search_done(struct search *s)
{
    arena_wipe(&s->batch);
    arena_wipe(&s->folded);
}

static enum rc read_words(struct search *s, const char *words)
{
    if (utf8_length(words) > NOTE_MAX_QUERY_CHARS)
        return refusef(s->cx, RC_INVALID, "q", N_("Search for up to %d characters."),
                       NOTE_MAX_QUERY_CHARS);
    for (const char *p = text_fold(s->cx->arena, words); *p != '\0' && s->n_words < MAX_WORDS;) {
        size_t n = strcspn(p, " ");
        if (n > 0)
            s->word[s->n_words++] = arena_strndup(s->cx->arena, p, n);
        p += n + (p[n] == ' ');
    }
    return s->n_words > 0 ? RC_OK : refuse(s->cx, RC_INVALID, "q", N_("Write a word to look for."));
}

/* --- whose notes ---------------------------------------------------------------------------- */

static int by_client(const void *a, const void *b)
{
    return strcmp(((const struct client_key *)a)->client.s,
                  ((const struct client_key *)b)->client.s);
}

static enum rc load_keys(struct search *s)
{
    struct cx *cx = s->cx;
    int cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(SEAL_CLINICAL), DB_I(cx->practice), DB_S(cx->actor.user.s),
                         DB_I(cx->now_ms)};
    TRY(db_query(cx->db, cx->arena, &SQL_NOTE_CLIENT_KEYS, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, s->key, s->n_keys, cap);
        s->key[s->n_keys++] = (struct client_key){db_id(rows, 0), db_bytes(rows, 1)};
    }
    TRY(db_end(rows));
    if (s->n_keys > 0)
        qsort(s->key, (size_t)s->n_keys, sizeof(*s->key), by_client);
    return RC_OK;
}

/* NULL: the client is treated by somebody else now. */
static const struct client_key *key_of(const struct search *s, struct id client)
{
    struct client_key want = {.client = client};
    return s->n_keys == 0 ? NULL
                          : bsearch(&want, s->key, (size_t)s->n_keys, sizeof(want), by_client);
}

/* --- the words around a hit ------------------------------------------------------------------- */

static size_t point_bytes(const char *p)
{
    size_t n = 1;
    while (((unsigned char)p[n] & 0xC0) == 0x80)
        n++;
    return n;
}

/* How many bytes a point becomes when folded, and whether it is a blank then. */
static size_t folded_bytes(struct arena *a, const char *p, size_t n, bool *ret_is_blank)
{
    /* between letters, because blanks at the ends of a text fold to nothing */
    const char *f = text_fold(a, arena_printf(a, "x%.*sx", (int)n, p));
    *ret_is_blank = strcmp(f, "x x") == 0;
    return strlen(f) - 2;
}

/* Folding changes lengths: the point of `text` that holds byte n of its folding. */
static size_t unfolded(struct arena *a, const char *text, size_t n)
{
    size_t at = 0, folded = 0;
    bool after_blank = true;
    while (text[at] != '\0') {
        bool is_blank;
        size_t bytes = point_bytes(text + at),
               becomes = folded_bytes(a, text + at, bytes, &is_blank);
        if (!is_blank || !after_blank) /* blanks fold to one, and to none at the start */
            folded += becomes;
        if (folded > n)
            break;
        after_blank = is_blank || (after_blank && becomes == 0);
        at += bytes;
    }
    return at;
}

/* Cuts at the last blank before the place, so that words are whole. */
static size_t whole_words(const char *text, size_t from, size_t to)
{
    size_t at = from;
    while (at < to && text[at] != ' ' && text[at] != '\n')
        at++;
    return at < to ? at + 1 : to;
}

static void show_hit(struct search *s, struct note_hit *h, const char *text, size_t at, size_t n)
{
    struct arena *a = s->cx->arena;
    size_t len = strlen(text), from = unfolded(&s->folded, text, at),
           last_point = unfolded(&s->folded, text, at + n - 1),
           to = unfolded(&s->folded, text, at + n);
    if (to == last_point) /* a part of what one letter folds to: "weis" in "Weiß" */
        to += point_bytes(text + to);
    size_t first = from > AROUND_BYTES ? whole_words(text, from - AROUND_BYTES, from) : 0;
    size_t last = len - to > AROUND_BYTES ? to + AROUND_BYTES : len;
    while (last < len && text[last] != ' ' && text[last] != '\n')
        last++;
    h->before = arena_printf(a, "%s%.*s", first > 0 ? "… " : "", (int)(from - first), text + first);
    h->hit = arena_strndup(a, text + from, to - from);
    h->after = arena_printf(a, "%.*s%s", (int)(last - to), text + to, last < len ? " …" : "");
}

/* --- one note, one batch ----------------------------------------------------------------- */

/* Does the note hold every word? Its first word's first place goes into the hit. */
static bool look_into(struct search *s, const struct note *n, struct note_hit *h)
{
    const char *folded[NOTE_MAX_SECTIONS];
    arena_reset(&s->folded);
    for (int i = 0; i < n->n_sections; i++)
        folded[i] = text_fold(&s->folded, n->section[i].text);
    for (int w = s->n_words - 1; w >= 0; w--) {
        const char *at = NULL;
        for (int i = 0; i < n->n_sections && at == NULL; i++) {
            at = strstr(folded[i], s->word[w]);
            if (at != NULL && w == 0)
                show_hit(s, h, n->section[i].text, (size_t)(at - folded[i]), strlen(s->word[0]));
        }
        if (at == NULL)
            return false;
    }
    return true;
}

static enum rc look_through(struct search *s, struct seal_item *item, const struct note_hit *row,
                            int n)
{
    TRY(seal_open_many(&s->batch, s->cx->keys, item, n));
    for (int i = 0; i < n && s->n_hits < s->max; i++) {
        struct note content;
        struct note_hit h = row[i];
        TRY(note_unpack(item[i].out, &content));
        s->n_opened++;
        if (!look_into(s, &content, &h))
            continue;
        arena_grow(s->cx->arena, s->hit, s->n_hits, s->cap);
        s->hit[s->n_hits++] = h;
    }
    return RC_OK;
}

/* *ret_n: how many notes there were; fewer than BATCH: the last batch. */
static enum rc take_batch(struct search *s, int *ret_n)
{
    struct cx *cx = s->cx;
    struct seal_item item[BATCH];
    struct note_hit row[BATCH];
    int n = 0, n_rows = 0;
    arena_reset(&s->batch);
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice), DB_S(cx->actor.user.s), DB_I(s->before_ms),
                         DB_S(s->before_id.s), DB_I(BATCH)};
    TRY(db_query(cx->db, &s->batch, &SQL_NOTE_MINE, v, N_ELEMS(v), &rows));
    for (; db_next(rows); n_rows++) {
        struct note_hit h = {.id = db_id(rows, 0),
                             .client = db_id(rows, 2),
                             .about_ms = db_i64(rows, 3),
                             .is_draft = db_i64(rows, 4) == NOTE_DRAFT};
        const struct client_key *key = key_of(s, h.client);
        s->before_ms = h.about_ms;
        s->before_id = h.id;
        if (key == NULL)
            continue;
        row[n] = h;
        item[n++] = (struct seal_item){
            .where = {cx->practice, h.client, "note", h.id, SEAL_CLINICAL, db_i64(rows, 1)},
            .wrapped = key->wrapped,
            .in = db_bytes(rows, 5)};
    }
    TRY(db_end(rows));
    *ret_n = n_rows;
    return look_through(s, item, row, n);
}

enum rc note_search(struct cx *cx, const char *words, int max, struct note_hit **ret, int *ret_n,
                    int64_t *ret_n_opened)
{
    CLEANUP(search_done) struct search s = {.cx = cx, .max = max, .before_ms = INT64_MAX};
    arena_init(&s.batch, BATCH_MAX_BYTES);
    arena_init(&s.folded, FOLD_MAX_BYTES);
    TRY(read_words(&s, words));
    TRY(load_keys(&s));
    for (int n = BATCH; n == BATCH && s.n_hits < max;)
        TRY(take_batch(&s, &n));
    *ret = s.hit;
    *ret_n = s.n_hits;
    *ret_n_opened = s.n_opened;
    return RC_OK;
}

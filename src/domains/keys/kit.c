/* SPDX-License-Identifier: AGPL-3.0-or-later
 * kit.c - recovery kits: made, asked for, used. docs/adr/0013-recovery-kit.md */
#include "app/audit.h"
#include "app/root_key.h"
#include "keys_private.h"
#include "keys_sql.h"

#include <string.h>
#include <unistd.h>

static struct db_val blob(const void *p, size_t n)
{
    return DB_B(((struct bytes){p, n}));
}

/* --- storage ----------------------------------------------------------------------- */

static bool fixed(struct db_rows *rows, int col, unsigned char *ret, size_t size)
{
    struct bytes b = db_bytes(rows, col);
    if (b.len == size)
        memcpy(ret, b.p, size);
    return b.len == size;
}

static enum rc read_row(struct db_rows *rows, struct recovery_kit *ret)
{
    struct recovery_kit k = {.id = db_id(rows, 0),
                             .person = db_id(rows, 1),
                             .made_ms = db_i64(rows, 2),
                             .confirmed_ms = db_i64(rows, 3),
                             .drilled_ms = db_i64(rows, 4),
                             .n_asked = db_i64(rows, 5)};
    struct seal_kit *s = &k.sealed;
    if (!fixed(rows, 6, s->public_key, sizeof(s->public_key)) ||
        (db_bytes(rows, 7).p != NULL && !fixed(rows, 7, s->root, sizeof(s->root))) ||
        !fixed(rows, 8, s->clinical, sizeof(s->clinical)) ||
        !fixed(rows, 9, s->own, sizeof(s->own)) || !fixed(rows, 10, s->seed, sizeof(s->seed)))
        return RC_BROKEN;
    *ret = k;
    return RC_OK;
}

enum rc kit_list(struct cx *cx, struct recovery_kit **ret, int *ret_n)
{
    struct recovery_kit *list = NULL;
    int n = 0, cap = 0;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_KIT_ALL, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        arena_grow(cx->arena, list, n, cap);
        TRY(read_row(rows, &list[n++]));
    }
    TRY(db_end(rows));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

enum rc kit_own(struct cx *cx, struct recovery_kit *ret)
{
    struct recovery_kit *list;
    int n;
    TRY(kit_list(cx, &list, &n));
    for (int i = 0; i < n; i++)
        if (id_eq(list[i].person, cx->actor.user)) {
            *ret = list[i];
            return RC_OK;
        }
    return RC_NOT_FOUND;
}

/* --- making ---------------------------------------------------------------------------- */

/* One practice of many does not get what opens them all. */
static enum rc root_for(struct cx *cx, struct bytes *ret)
{
    bool is_alone;
    *ret = (struct bytes){0};
    TRY(practice_is_alone(cx, &is_alone));
    return is_alone ? root_key_stored(cx, ret) : RC_OK;
}

static enum rc not_open(struct cx *cx, enum rc rc)
{
    if (rc != RC_DENIED)
        return rc;
    return refuse(cx, rc, NULL,
                  N_("Sign in with your password as a clinician: the recovery kit opens what only "
                     "clinicians open."));
}

enum rc kit_make(struct cx *cx)
{
    struct id id = id_new();
    struct seal_kit s;
    struct bytes root;
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    TRY(root_for(cx, &root));
    enum rc rc = seal_kit_make(cx->keys, cx->practice, id, root, &s);
    TRY(not_open(cx, rc));
    struct db_val who[] = {DB_I(cx->practice), DB_ID(cx->actor.user)};
    TRY(db_exec(cx->db, &SQL_KIT_DROP_UNCONFIRMED, who, N_ELEMS(who), NULL));
    struct db_val v[] = {DB_I(cx->practice),
                         DB_ID(id),
                         DB_ID(cx->actor.user),
                         DB_I(cx->now_ms),
                         blob(s.public_key, sizeof(s.public_key)),
                         root.p != NULL ? blob(s.root, sizeof(s.root)) : DB_NIL,
                         blob(s.clinical, sizeof(s.clinical)),
                         blob(s.own, sizeof(s.own)),
                         blob(s.seed, sizeof(s.seed))};
    TRY(db_exec(cx->db, &SQL_KIT_INSERT, v, N_ELEMS(v), NULL));
    TRY(audit_change(cx, "recovery_kit", id, "create", NULL));
    return db_commit(&tx);
}

enum rc kit_drop_unowned(struct cx *cx)
{
    struct db_val v[] = {DB_I(cx->practice)};
    return db_exec(cx->db, &SQL_KIT_DROP_UNOWNED, v, N_ELEMS(v), NULL);
}

enum rc kit_renew_all(struct cx *cx, const struct seal_pair *pair)
{
    struct recovery_kit *kit;
    int n;
    struct db_val gone[] = {DB_I(cx->practice)};
    TRY(db_exec(cx->db, &SQL_KIT_DROP_GONE, gone, N_ELEMS(gone), NULL));
    TRY(kit_list(cx, &kit, &n));
    for (int i = 0; i < n; i++) {
        struct seal_kit *s = &kit[i].sealed;
        TRY(seal_pair_kit(cx->keys, cx->practice, pair, kit[i].id, s));
        struct db_val v[] = {blob(s->clinical, sizeof(s->clinical)), blob(s->seed, sizeof(s->seed)),
                             DB_I(cx->practice), DB_ID(kit[i].id)};
        TRY(db_exec(cx->db, &SQL_KIT_BOXES, v, N_ELEMS(v), NULL));
    }
    return RC_OK;
}

enum rc kit_show(struct cx *cx, const struct recovery_kit *kit, int sheet,
                 const char *ret[static KIT_WORDS])
{
    struct kit_seed seed;
    bool is_spanish = strcmp(catalogue_language(cx->cat), "es") == 0;
    enum rc rc = seal_kit_seed(cx->keys, cx->practice, kit->id, kit->sealed.seed, &seed);
    TRY(not_open(cx, rc));
    kit_words(&seed, sheet, is_spanish ? KIT_SPANISH : KIT_ENGLISH, ret);
    explicit_bzero(&seed, sizeof(seed));
    return RC_OK;
}

/* --- asking ------------------------------------------------------------------------------ */

void kit_asks(const struct recovery_kit *kit, int ret_nth[static KIT_ASKED])
{
    unsigned char h[32];
    char what[64];
    int n = snprintf(what, sizeof(what), "%s %lld", kit->id.s, (long long)kit->n_asked);
    seal_hash((struct bytes){(const unsigned char *)what, (size_t)n}, h);
    ret_nth[0] = h[0] % KIT_WORDS + 1;
    ret_nth[1] = (h[0] % KIT_WORDS + 1 + h[1] % (KIT_WORDS - 1)) % KIT_WORDS + 1; /* another */
    if (ret_nth[0] > ret_nth[1]) {
        int first = ret_nth[1];
        ret_nth[1] = ret_nth[0];
        ret_nth[0] = first;
    }
}

static enum rc wrong_words(struct cx *cx, const struct recovery_kit *kit)
{
    struct db_val v[] = {DB_I(cx->practice), DB_ID(kit->id)};
    TRY(db_exec(cx->db, &SQL_KIT_ASKED, v, N_ELEMS(v), NULL));
    return refuse(cx, RC_INVALID, "words",
                  N_("These are not the words. Look at the printed sheet: two others are asked "
                     "now."));
}

static bool are_of(const struct kit_seed *seed, int sheet, enum kit_language l,
                   const int nth[static KIT_ASKED], const char *const typed[static KIT_ASKED])
{
    const char *words[KIT_WORDS];
    bool ok = true;
    kit_words(seed, sheet, l, words);
    for (int i = 0; i < KIT_ASKED; i++)
        ok = kit_is_word(or_empty(typed[i]), words[nth[i] - 1]) && ok;
    return ok;
}

/* Of the kit or of one of its sheets, in whatever language it was printed. */
static bool are_right(const struct kit_seed *seed, const int nth[static KIT_ASKED],
                      const char *const typed[static KIT_ASKED])
{
    bool ok = false;
    for (int sheet = 0; sheet <= KIT_SHEETS; sheet++)
        ok = ok || are_of(seed, sheet, KIT_ENGLISH, nth, typed) ||
             are_of(seed, sheet, KIT_SPANISH, nth, typed);
    return ok;
}

enum rc kit_confirm(struct cx *cx, const struct recovery_kit *kit,
                    const char *const typed[static KIT_ASKED])
{
    struct kit_seed seed;
    int nth[KIT_ASKED];
    kit_asks(kit, nth);
    enum rc rc = seal_kit_seed(cx->keys, cx->practice, kit->id, kit->sealed.seed, &seed);
    TRY(not_open(cx, rc));
    bool ok = are_right(&seed, nth, typed);
    explicit_bzero(&seed, sizeof(seed));
    if (!ok)
        return wrong_words(cx, kit);
    _cleanup_tx_ struct db_tx tx = {0};
    TRY(db_begin(cx->db, &tx));
    struct db_val now[] = {DB_I(cx->now_ms), DB_I(cx->practice), DB_ID(kit->id)};
    TRY(db_exec(cx->db, &SQL_KIT_CONFIRM, now, N_ELEMS(now), NULL));
    struct db_val others[] = {DB_I(cx->practice), DB_ID(kit->person), DB_ID(kit->id)};
    TRY(db_exec(cx->db, &SQL_KIT_DROP_OTHERS, others, N_ELEMS(others), NULL));
    TRY(audit_change(cx, "recovery_kit", kit->id, kit->confirmed_ms == 0 ? "confirm" : "drill",
                     NULL));
    return db_commit(&tx);
}

enum rc kit_notice(struct cx *cx, struct notice *ret)
{
    bool has_kit = false;
    int64_t drilled_ms = 0;
    if ((cx->actor.roles & ROLE_OWNER) == 0 || cx->app->settings.is_demo)
        return RC_OK;
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(cx->practice)};
    TRY(db_query(cx->db, cx->arena, &SQL_KIT_STATE, v, N_ELEMS(v), &rows));
    while (db_next(rows)) {
        has_kit = db_i64(rows, 0) != 0;
        drilled_ms = db_i64(rows, 1);
    }
    TRY(db_end(rows));
    if (!has_kit)
        *ret = (struct notice){trc(cx, N_("There is no recovery kit yet. Without one, a lost "
                                          "password or key file is the end of every record.")),
                               "/recovery-kit", trc(cx, N_("Make the recovery kit"))};
    else if (cx->now_ms - drilled_ms > KIT_DRILL_DAYS * (int64_t)MS_PER_DAY)
        *ret = (struct notice){trc(cx, N_("A year has passed: is the recovery kit still where you "
                                          "put it?")),
                               "/recovery-kit", trc(cx, N_("Look and answer"))};
    return RC_OK;
}

/* --- using it ---------------------------------------------------------------------------- */

enum rc kit_seed_of_words(struct cx *cx, const char *words, struct kit_seed *ret)
{
    const char *bad;
    if (strlen(words) <= KIT_TEXT_MAX && kit_parse(cx->arena, words, ret, &bad) == RC_OK)
        return RC_OK;
    if (strlen(words) <= KIT_TEXT_MAX && bad != NULL)
        return refusef(cx, RC_INVALID, "words",
                       N_("\"%s\" is not a word of a recovery kit. Look at the sheet again."), bad);
    return refuse(cx, RC_INVALID, "words",
                  N_("These words do not belong together. A kit has 24 words, two sheets have 48; "
                     "write them in their order."));
}

static enum rc other_kit(struct cx *cx)
{
    return refuse(cx, RC_INVALID, "words",
                  N_("The e-mail address and these words do not belong together."));
}

/* Opens the tier with the kit the words are of. RC_DENIED: of none. As many are tried as most
 * practices have, whether they are there or not: the time that it takes tells nothing. */
static enum rc open_with(struct cx *cx, struct id person, const struct kit_seed *seed)
{
    enum { TRIED = 4 };
    const struct recovery_kit none = {0};
    struct recovery_kit *list;
    int n;
    TRY(kit_list(cx, &list, &n));
    for (int i = 0; i < n || i < TRIED; i++) {
        const struct recovery_kit *kit = i < n ? &list[i] : &none;
        bool is_own = id_eq(kit->person, person);
        enum rc rc = seal_kit_open(cx->keys, cx->practice, seed, &kit->sealed, is_own);
        if (rc != RC_DENIED)
            return rc;
    }
    return RC_DENIED;
}

enum rc kit_recover_person(struct cx *cx, const char *email, const char *words,
                           const char *password)
{
    struct kit_seed seed;
    struct sign_in_attempt who;
    TRY(kit_seed_of_words(cx, words, &seed));
    TRY(attempt_begin(cx, email, "email", &who));
    enum rc rc = open_with(cx, who.person, &seed);
    explicit_bzero(&seed, sizeof(seed));
    if (rc == RC_DENIED || who.practice == 0)
        return other_kit(cx);
    TRY(rc);
    TRY(attempt_right(cx, &who));
    return person_recover(cx, who.person, password);
}

enum rc kit_unlock(struct cx *cx, const char *words)
{
    struct kit_seed seed;
    struct recovery_kit *list;
    int n;
    enum rc rc = RC_DENIED;
    TRY(kit_list(cx, &list, &n));
    TRY(kit_seed_of_words(cx, words, &seed));
    session_of_own(cx);
    for (int i = 0; i < n && rc == RC_DENIED; i++) {
        rc = seal_kit_open(cx->keys, cx->practice, &seed, &list[i].sealed, false);
        if (rc == RC_OK)
            cx->actor.user = list[i].person;
    }
    explicit_bzero(&seed, sizeof(seed));
    return rc == RC_DENIED ? refuse(cx, RC_INVALID, "words",
                                    N_("This recovery kit is not one of this database."))
                           : rc;
}

/* --- the key file ----------------------------------------------------------------------- */

static enum rc root_from_kit(struct cx *cx, struct keyring *k, const struct kit_seed *seed,
                             unsigned char ret[static SEAL_WRAPPED_BYTES])
{
    enum rc rc = RC_DENIED;
    _cleanup_rows_ struct db_rows *rows = NULL;
    TRY(db_query(cx->db, cx->arena, &SQL_KIT_WITH_ROOT, NULL, 0, &rows));
    while (db_next(rows)) {
        struct seal_kit s = {0};
        if (!fixed(rows, 2, s.public_key, sizeof(s.public_key)) ||
            !fixed(rows, 3, s.root, sizeof(s.root)))
            return RC_BROKEN;
        if (rc == RC_DENIED)
            rc = seal_kit_root(k, seed, &s, ret);
    }
    TRY(db_end(rows));
    return rc;
}

static void ring_free(struct keyring **k)
{
    keyring_free(*k);
}

/* The file is there when the row says so, and not the other way round: what a crash leaves between
 * the two is a file that opens nothing, beside a database that its old file opens. */
static enum rc new_key(struct cx *cx, const struct kit_seed *seed, const char *key_file)
{
    unsigned char wrapped[SEAL_WRAPPED_BYTES];
    const char *why = NULL;
    CLEANUP(ring_free) struct keyring *k = NULL;
    TRY(keyring_open(key_file, &k, &why));
    enum rc rc = root_from_kit(cx, k, seed, wrapped);
    if (rc == RC_DENIED)
        return refuse(cx, RC_INVALID, "words",
                      N_("This recovery kit is not one of this database."));
    TRY(rc);
    TRY(root_key_add(cx, (struct bytes){wrapped, sizeof(wrapped)}));
    return root_key_drop_others(cx, k);
}

enum rc kit_recover_key(struct cx *cx, const char *words, const char *key_file)
{
    struct kit_seed seed;
    TRY(kit_seed_of_words(cx, words, &seed));
    enum rc rc = keyring_make_file(key_file);
    if (rc == RC_CONFLICT)
        return refuse(cx, rc, NULL,
                      N_("There is a key file already. Move it away first, if it is not the "
                         "right one."));
    if (rc != RC_OK)
        return refuse(cx, rc, NULL,
                      N_("The key file cannot be written. Its directory must exist."));
    rc = new_key(cx, &seed, key_file);
    explicit_bzero(&seed, sizeof(seed));
    if (rc != RC_OK)
        (void)unlink(key_file);
    return rc;
}

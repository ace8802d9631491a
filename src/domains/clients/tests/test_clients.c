/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_clients.c - rules and storage of clients, on both databases. */
#include "clients_private.h"
#include "clients_sql.h"
#include "domains/clients/clients_view.h"
#include "support.h"

#include <limits.h>

static struct world w;

static const struct cap *photo_cap(struct id id)
{
    const struct cap *cap = NULL;
    OK(authorize(&w.cx, ACT_CHANGE, id, PURPOSE_OFFICE, &cap));
    return cap;
}

/* As the actor of the test. */
static enum rc known(struct id id)
{
    const struct cap *cap;
    return authorize(&w.cx, ACT_KNOW, id, PURPOSE_OFFICE, &cap);
}

static enum rc treated(struct id id)
{
    const struct cap *cap;
    return authorize(&w.cx, ACT_WRITE_NOTES, id, PURPOSE_CARE, &cap);
}

static enum rc loaded(struct id id, struct client *ret)
{
    const struct cap *cap;
    TRY(authorize(&w.cx, ACT_CONTACT, id, PURPOSE_OFFICE, &cap));
    return client_load(&w.cx, cap, ret);
}
static int open_world(void **state)
{
    (void)state;
    return world_open(&w, &domain_clients, NULL);
}

/* A world per test: lists count. */

static struct client named(const char *given, const char *family)
{
    struct client c = {0};
    record_init(&client_type, &c);
    c.given_name = given;
    c.family_name = family;
    c.status = CLIENT_ACTIVE;
    return c;
}

static struct client stored(const char *given, const char *family, enum who clinician)
{
    struct client c = named(given, family);
    world_as(&w, OWNER);
    if (clinician < WHO_N_)
        c.clinician = w.person[clinician];
    OK(client_save(&w.cx, &c));
    return c;
}

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_clients);
}

static void what_is_stored_comes_back(void **state)
{
    (void)state;
    struct client c = named("Zoë", "Ñíguez"), back;
    c.name_used = "Zo";
    c.birth_date = days_from_civil(1992, 2, 29);
    c.contact_channels = 1 << 1 | 1 << 2;
    c.remark = "Two\nlines";
    OK(client_save(&w.cx, &c));
    assert_int_equal(c.version, 1);
    OK(client_load(&w.cx, world_cap(&w, c.id), &back));
    assert_string_equal(back.given_name, "Zoë");
    assert_string_equal(back.remark, "Two\nlines");
    assert_int_equal(back.birth_date, c.birth_date);
    assert_int_equal(back.contact_channels, 6);
    assert_int_equal(back.status, CLIENT_ACTIVE);
    assert_string_equal(client_display_name(&w.cx, &back), "Zo Ñíguez");
}

static void a_stale_version_changes_nothing(void **state)
{
    (void)state;
    struct client first = stored("Marta", "Sanz", CLINICIAN_A), second = first;
    first.phone = "1";
    OK(client_save(&w.cx, &first));
    second.phone = "2";
    REFUSED(client_save(&w.cx, &second), RC_CONFLICT, NULL,
            "Somebody else changed this file meanwhile. Both versions are shown.");
    OK(client_load(&w.cx, world_cap(&w, first.id), &second));
    assert_string_equal(second.phone, "1");
    assert_int_equal(second.version, 2);
}

/* The family names of the page, "Abel,Sanz". */
static const char *page_by_name(enum who who, int offset, int max)
{
    struct client_query q = {.status = CLIENTS_NOT_ARCHIVED, .offset = offset, .max = max};
    struct client_row *row;
    struct buf b;
    int n, n_all;
    world_as(&w, who);
    buf_init(&b, &w.arena, 1000);
    OK(client_list(&w.cx, &q, &row, &n, &n_all));
    for (int i = 0; i < n; i++) {
        buf_puts(&b, i > 0 ? "," : "");
        buf_puts(&b, or_empty(row[i].family_name));
    }
    return b.s;
}

static void the_remembered_order_follows_every_change(void **state)
{
    (void)state;
    struct client z = stored("Ana", "Zorita", CLINICIAN_A), b = stored("Ana", "Bosch", CLINICIAN_B);
    assert_string_equal(page_by_name(OWNER, 0, 9), "Bosch,Zorita");
    (void)stored("Ana", "Moreno", CLINICIAN_A);
    assert_string_equal(page_by_name(OWNER, 0, 9), "Bosch,Moreno,Zorita");
    assert_string_equal(page_by_name(CLINICIAN_A, 0, 9), "Moreno,Zorita");
    assert_string_equal(page_by_name(OWNER, 1, 1), "Moreno");
    assert_string_equal(page_by_name(OWNER, 1, INT_MAX), "Moreno,Zorita"); /* all there are */
    world_as(&w, OWNER);
    z.family_name = "Abel";
    OK(client_save(&w.cx, &z));
    b.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &b));
    assert_string_equal(page_by_name(CLINICIAN_A, 0, 9), "Abel,Bosch,Moreno");
    assert_string_equal(page_by_name(CLINICIAN_B, 0, 9), "");
    world_as(&w, OWNER);
    b.status = CLIENT_ARCHIVED;
    OK(client_save(&w.cx, &b));
    assert_string_equal(page_by_name(OWNER, 0, 9), "Abel,Moreno");
}

static void one_damaged_file_leaves_the_others_to_be_read(void **state)
{
    (void)state;
    struct client a = stored("Ana", "Moreno", CLINICIAN_A), b = stored("Eva", "Pons", CLINICIAN_A);
    struct client_name *name;
    OK(db_script(w.db, TEXT_OF("UPDATE client SET sealed_identity = (SELECT sealed_identity FROM "
                               "client WHERE id = '%s') WHERE id = '%s'",
                               b.id.s, a.id.s)));
    assert_string_equal(page_by_name(CLINICIAN_A, 0, 9), ",Pons");
    OK(client_names(&w.cx, (struct id[]){a.id, b.id}, 2, &name));
    assert_string_equal(name[0].name, "(file cannot be opened)");
    assert_string_equal(name[1].name, "Eva Pons");
    assert_int_equal(client_load(&w.cx, world_cap(&w, a.id), &a), RC_BROKEN);
    assert_non_null(strstr(w.cx.detail, a.id.s));
}

static void pickers_offer_whom_the_actor_has_in_treatment(void **state)
{
    (void)state;
    struct client a = stored("Ana", "Moreno", CLINICIAN_A), b = stored("Eva", "Bosch", CLINICIAN_A);
    struct client_name *name;
    int n;
    (void)stored("Luis", "Ferrer", CLINICIAN_B);
    world_as(&w, CLINICIAN_A);
    OK(client_choices(&w.cx, 9, &name, &n));
    assert_int_equal(n, 2);
    assert_string_equal(name[0].name, "Eva Bosch");
    assert_true(id_eq(name[1].id, a.id));
    OK(client_choices(&w.cx, 1, &name, &n));
    assert_int_equal(n, 1);
    b.status = CLIENT_CLOSED;
    OK(client_save(&w.cx, &b));
    OK(client_choices(&w.cx, 9, &name, &n));
    assert_int_equal(n, 1);
    assert_string_equal(name[0].name, "Ana Moreno");
}

static void an_order_seen_before_a_rollback_is_not_kept(void **state)
{
    (void)state;
    struct client c = stored("Ana", "Moreno", CLINICIAN_A);
    assert_string_equal(page_by_name(OWNER, 0, 9), "Moreno");
    {
        _cleanup_tx_ struct db_tx tx = {0};
        OK(db_begin(w.db, &tx));
        c.family_name = "Zorita";
        OK(client_save(&w.cx, &c));
        assert_string_equal(page_by_name(OWNER, 0, 9), "Zorita");
    }
    (void)stored("Ana", "Pons", CLINICIAN_A);
    assert_string_equal(page_by_name(OWNER, 0, 9), "Moreno,Pons");
}

static void dates_in_the_future_and_nameless_contacts_are_refused(void **state)
{
    (void)state;
    struct client c = named("Marta", "Sanz");
    c.birth_date = cx_today(&w.cx);
    OK(client_save(&w.cx, &c)); /* born today */
    c.birth_date++;
    REFUSED(client_save(&w.cx, &c), RC_INVALID, "birth_date",
            "The date of birth lies in the future.");
    c = named("Marta", "Sanz");
    c.guardian_phone = "600";
    REFUSED(client_save(&w.cx, &c), RC_INVALID, "guardian_name", "Write the guardian's name too.");
    c = named("Marta", "Sanz");
    c.emergency_phone = "600";
    REFUSED(client_save(&w.cx, &c), RC_INVALID, "emergency_name",
            "Write the emergency contact's name too.");
}

static void only_clinicians_of_the_practice_treat(void **state)
{
    (void)state;
    struct client c = named("Marta", "Sanz");
    c.clinician = w.person[RECEPTION];
    REFUSED(client_save(&w.cx, &c), RC_INVALID, "clinician", "Choose a clinician of the practice.");
    c.clinician = id_new();
    assert_int_equal(client_save(&w.cx, &c), RC_INVALID);
    world_as(&w, CLINICIAN_B); /* files only own clients, whatever is asked for */
    c.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &c));
    assert_true(id_eq(c.clinician, w.person[CLINICIAN_B]));
}

static void the_front_desk_does_not_hand_clients_over(void **state)
{
    (void)state;
    static const char why[] = "Only the treating clinician or the owner hands a client over.";
    struct client c = stored("Marta", "Sanz", WHO_N_);
    world_as(&w, RECEPTION);
    c.clinician = w.person[CLINICIAN_A]; /* nobody's before */
    OK(client_save(&w.cx, &c));
    c.clinician = w.person[CLINICIAN_B];
    REFUSED(client_save(&w.cx, &c), RC_INVALID, "clinician", why);
    c.clinician = (struct id){{0}}; /* nor in two steps */
    REFUSED(client_save(&w.cx, &c), RC_INVALID, "clinician", why);
    c.clinician = w.person[CLINICIAN_A];
    c.given_name = "Martina";
    OK(client_save(&w.cx, &c));
    world_as(&w, OWNER);
    c.clinician = w.person[CLINICIAN_B];
    OK(client_save(&w.cx, &c));
    world_as(&w, CLINICIAN_B);
    w.cx.actor.roles |= ROLE_RECEPTION;
    c.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &c));
}

static void a_clinician_sees_only_own_clients(void **state)
{
    (void)state;
    struct client mine = stored("Marta", "Sanz", CLINICIAN_A), c;
    struct client theirs = stored("Omar", "Vega", CLINICIAN_B);
    struct client nobodys = stored("Luis", "Ferrer", NOBODY);
    world_as(&w, CLINICIAN_A);
    OK(loaded(mine.id, &c));
    OK(known(mine.id));
    OK(treated(mine.id));
    const struct id hidden[] = {theirs.id, nobodys.id, id_new()};
    for (size_t i = 0; i < N_ELEMS(hidden); i++) {
        REFUSED(loaded(hidden[i], &c), RC_NOT_FOUND, NULL, "There is no such client.");
        assert_int_equal(known(hidden[i]), RC_NOT_FOUND);
        assert_int_equal(treated(hidden[i]), RC_NOT_FOUND);
        c = theirs;
        c.id = hidden[i];
        assert_int_equal(client_save(&w.cx, &c), RC_NOT_FOUND);
    }
}

static void clinical_content_is_for_who_treats(void **state)
{
    (void)state;
    struct client c = stored("Marta", "Sanz", CLINICIAN_A);
    static const enum who others[] = {OWNER, CLINICIAN_B, RECEPTION, BILLING};
    for (size_t i = 0; i < N_ELEMS(others); i++) {
        world_as(&w, others[i]);
        assert_int_equal(treated(c.id), RC_NOT_FOUND);
    }
    world_as(&w, PROGRAM);
    OK(treated(c.id));
}

static void an_owner_who_treats_sees_all_and_treats_own(void **state)
{
    (void)state;
    struct client c = stored("Marta", "Sanz", CLINICIAN_A);
    world_as(&w, CLINICIAN_B);
    w.cx.actor.roles = ROLE_OWNER | ROLE_CLINICIAN;
    OK(known(c.id));
    assert_int_equal(treated(c.id), RC_NOT_FOUND);
}

static void names_come_in_the_order_asked(void **state)
{
    (void)state;
    struct client a = stored("Marta", "Sanz", CLINICIAN_A), b = stored("Omar", "", CLINICIAN_A);
    struct client hidden = stored("Luis", "Ferrer", CLINICIAN_B);
    const struct id ids[] = {b.id, hidden.id, a.id, {{0}}, b.id};
    struct client_name *name;
    world_as(&w, CLINICIAN_A);
    OK(client_names(&w.cx, ids, N_ELEMS(ids), &name));
    assert_string_equal(name[0].name, "Omar");
    assert_string_equal(name[0].short_name, "Omar");
    assert_string_equal(name[1].name, "");
    assert_false(name[1].is_visible);
    assert_string_equal(name[2].name, "Marta Sanz");
    assert_string_equal(name[2].short_name, "Marta S.");
    assert_false(name[3].is_visible);
    assert_string_equal(name[4].name, "Omar");
    OK(client_names(&w.cx, ids, 0, &name));
}

/* --- the list ----------------------------------------------------------------------------- */

static const char *listed(struct client_query q)
{
    struct client_row *row;
    int n, n_all;
    struct buf b;
    buf_init(&b, &w.arena, 4096);
    q.max = q.max > 0 ? q.max : 50;
    OK(client_list(&w.cx, &q, &row, &n, &n_all));
    for (int i = 0; i < n; i++)
        buf_printf(&b, "%s%s", i > 0 ? ", " : "", row[i].name);
    buf_printf(&b, " of %d", n_all);
    return b.s;
}
#define LISTED(...) listed((struct client_query){.status = CLIENTS_NOT_ARCHIVED, __VA_ARGS__})

static void some_clients(void)
{
    struct client c = named("Álvaro", "Ñíguez");
    c.phone = "+34 600 123 456";
    c.tags = "trauma, Late evening";
    c.birth_date = days_from_civil(2012, 1, 1);
    c.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &c));
    c = named("Berta", "Norte");
    c.tags = "trauma2";
    c.birth_date = days_from_civil(1960, 1, 1);
    c.status = CLIENT_WAITING;
    c.clinician = w.person[CLINICIAN_B];
    OK(client_save(&w.cx, &c));
    world_at(&w, w.cx.now_ms + 1000);
    c = named("Carla", "Ortiz");
    c.status = CLIENT_ARCHIVED;
    OK(client_save(&w.cx, &c));
    c = named("Dario", "Ortiz");
    c.name_used = "Dar";
    OK(client_save(&w.cx, &c));
}

static void the_list_is_sorted_by_name_as_the_language_does(void **state)
{
    (void)state;
    some_clients();
    w.cx.locale = locale_get("es-ES"); /* n before ñ before o */
    assert_string_equal(LISTED(.text = ""), "Berta Norte, Álvaro Ñíguez, Dar Ortiz of 3");
    assert_string_equal(LISTED(.descending = true), "Dar Ortiz, Álvaro Ñíguez, Berta Norte of 3");
}

static void search_finds_beginnings_of_words_without_accents(void **state)
{
    (void)state;
    some_clients();
    assert_string_equal(LISTED(.text = "alv"), "Álvaro Ñíguez of 1");
    assert_string_equal(LISTED(.text = "NIGUEZ alvaro"), "Álvaro Ñíguez of 1");
    assert_string_equal(LISTED(.text = "ÁLVARO"), "Álvaro Ñíguez of 1");
    assert_string_equal(LISTED(.text = "123"), "Álvaro Ñíguez of 1");
    assert_string_equal(LISTED(.text = "dar ortiz"), "Dar Ortiz of 1");
    assert_string_equal(LISTED(.text = "trauma"), "Álvaro Ñíguez, Berta Norte of 2");
    assert_string_equal(LISTED(.text = "guez"), " of 0");
}

static void filters_narrow_the_list(void **state)
{
    (void)state;
    some_clients();
    assert_string_equal(listed((struct client_query){.status = CLIENT_ARCHIVED}),
                        "Carla Ortiz of 1");
    assert_string_equal(listed((struct client_query){.status = CLIENTS_ALL, .text = "ortiz"}),
                        "Carla Ortiz, Dar Ortiz of 2");
    assert_string_equal(LISTED(.clinician = w.person[CLINICIAN_B]), "Berta Norte of 1");
    assert_string_equal(LISTED(.tag = "trauma"), "Álvaro Ñíguez of 1"); /* whole tags only */
    assert_string_equal(LISTED(.tag = "late EVENING"), "Álvaro Ñíguez of 1");
    assert_string_equal(LISTED(.tag = "evening"), " of 0");
}

static void the_list_sorts_by_other_columns_and_pages(void **state)
{
    (void)state;
    some_clients();
    assert_string_equal(LISTED(.sort = SORT_AGE), "Álvaro Ñíguez, Berta Norte, Dar Ortiz of 3");
    assert_string_equal(LISTED(.sort = SORT_AGE, .descending = true),
                        "Berta Norte, Álvaro Ñíguez, Dar Ortiz of 3"); /* age not known: last */
    assert_string_equal(LISTED(.sort = SORT_STATUS), "Berta Norte, Álvaro Ñíguez, Dar Ortiz of 3");
    assert_string_equal(LISTED(.sort = SORT_RECENT, .descending = true),
                        "Dar Ortiz, Álvaro Ñíguez, Berta Norte of 3");
    assert_string_equal(LISTED(.offset = 1, .max = 1), "Berta Norte of 3");
    assert_string_equal(LISTED(.offset = 7), " of 3");
}

static void each_sees_the_list_of_the_own_work(void **state)
{
    (void)state;
    some_clients();
    world_as(&w, CLINICIAN_A);
    assert_string_equal(LISTED(.text = ""), "Álvaro Ñíguez of 1");
    world_as(&w, BILLING); /* by name alone: a phone number is not theirs to probe */
    assert_string_equal(LISTED(.text = "123"), " of 0");
    assert_string_equal(LISTED(.text = "dar"), "Dar Ortiz of 1");
}

/* --- at rest ------------------------------------------------------------------------------- */

static void nothing_that_says_who_stands_in_a_column(void **state)
{
    (void)state;
    struct client c = named("Canaria", "Kanarienvogel");
    c.id_number = "CANARY-77";
    OK(client_save(&w.cx, &c));
    OK(client_photo_save(&w.cx, photo_cap(c.id),
                         (struct bytes){(const unsigned char *)"\xff\xd8\xff-canary-photo", 16}));
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(w.cx.practice), DB_ID(c.id)};
    OK(db_query(w.db, &w.arena, &SQL_CLIENT_BY_ID, v, N_ELEMS(v), &rows));
    assert_true(db_next(rows));
    struct bytes sealed = db_bytes(rows, 5);
    OK(db_end(rows));
    static const char *const plain[] = {"Canaria", "Kanarienvogel", "CANARY-77", "given_name"};
    for (size_t i = 0; i < N_ELEMS(plain); i++)
        assert_null(memmem(sealed.p, sealed.len, plain[i], strlen(plain[i])));
    assert_int_equal(world_count(&w, &SQL_CLIENT_WITHOUT_KEYS,
                                 (struct db_val[]){DB_I(w.cx.practice), DB_I(SEAL_IDENTITY),
                                                   DB_I(SEAL_CLINICAL)},
                                 3),
                     0);
}

static void photos_are_known_by_their_first_bytes(void **state)
{
    (void)state;
    struct client c = stored("Marta", "Sanz", CLINICIAN_A);
    struct bytes jpeg = {(const unsigned char *)"\xff\xd8\xff\xe0JFIF", 8}, back;
    struct bytes webp = {(const unsigned char *)"RIFF0000WEBPVP8 ", 16};
    struct bytes svg = {(const unsigned char *)"<svg onload='x'/>", 17};
    OK(client_photo_save(&w.cx, photo_cap(c.id), jpeg));
    OK(client_photo_save(&w.cx, photo_cap(c.id), webp)); /* takes the place of the first */
    OK(client_photo_load(&w.cx, photo_cap(c.id), &back));
    assert_memory_equal(back.p, webp.p, webp.len);
    assert_string_equal(client_photo_type(back), "image/webp");
    REFUSED(client_photo_save(&w.cx, photo_cap(c.id), svg), RC_INVALID, "photo",
            "Choose a photo in JPEG, PNG or WebP.");
    struct bytes large = {arena_alloc(&w.arena, CLIENT_PHOTO_MAX_BYTES + 1),
                          CLIENT_PHOTO_MAX_BYTES + 1};
    REFUSED(client_photo_save(&w.cx, photo_cap(c.id), large), RC_INVALID, "photo",
            "The photo is larger than 2 MB. Choose a smaller one.");
    memcpy((void *)(uintptr_t)large.p, jpeg.p, jpeg.len);
    large.len--;
    OK(client_photo_save(&w.cx, photo_cap(c.id), large));
    world_as(&w, CLINICIAN_B);
    assert_int_equal(known(c.id), RC_NOT_FOUND); /* so that there is no capability to ask with */
    world_as(&w, OWNER);
    OK(client_photo_drop(&w.cx, photo_cap(c.id)));
    REFUSED(client_photo_load(&w.cx, photo_cap(c.id), &back), RC_NOT_FOUND, NULL,
            "There is no photo.");
}

static enum rc comes_tomorrow(struct cx *cx, struct id client, int64_t *ret_ms)
{
    (void)client;
    *ret_ms = cx->now_ms + MS_PER_DAY;
    return RC_OK;
}

static void the_header_says_what_its_reader_may_know(void **state)
{
    (void)state;
    struct client c = named("Leo", "Ferrer");
    struct client_header h;
    c.birth_date = days_from_civil(2011, 11, 24); /* tomorrow fifteen */
    c.guardian_name = "Clara Vidal";
    c.contact_channels = 1 << 1;
    c.contact_hours = "after 18:00";
    c.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &c));
    world_as(&w, CLINICIAN_A);
    OK(client_header_load(&w.cx, c.id, TAB_NOTES, &h));
    assert_string_equal(h.name, "Leo Ferrer");
    assert_string_equal(h.initials, "LF");
    assert_string_equal(h.age_text, "14 years");
    assert_true(h.is_minor);
    assert_string_equal(h.guardian, "Clara Vidal");
    assert_string_equal(h.contact, "Text message · after 18:00");
    assert_true(h.tab_notes && h.sees_clinical && h.sees_money && h.sees_agenda && h.sees_tasks);
    assert_false(h.tab_overview || h.has_photo);
    assert_int_equal(w.cx.n_errs, 0);

    w.app.next_session = comes_tomorrow;
    OK(client_header_load(&w.cx, c.id, TAB_NOTES, &h));
    assert_string_equal(h.next, "Tue, 24 Nov at 10:00");
    world_as(&w, BILLING); /* has no agenda */
    OK(client_header_load(&w.cx, c.id, TAB_MONEY, &h));
    assert_string_equal(h.next, "");
    w.app.next_session = NULL;

    world_as(&w, RECEPTION);
    OK(client_header_load(&w.cx, c.id, TAB_OVERVIEW, &h));
    assert_false(h.sees_clinical || h.sees_money || h.sees_tasks);
    assert_true(h.sees_agenda);
    assert_string_equal(h.contact, "Text message · after 18:00");
    assert_int_equal(w.cx.n_errs, 0); /* not treating is no error */

    world_as(&w, BILLING);
    OK(client_header_load(&w.cx, c.id, TAB_MONEY, &h));
    assert_string_equal(h.contact, "");
    assert_int_equal(h.age, -1);
    assert_false(h.is_minor || h.sees_agenda || h.sees_clinical);
    assert_true(h.sees_money);
    world_as(&w, CLINICIAN_B);
    assert_int_equal(client_header_load(&w.cx, c.id, TAB_OVERVIEW, &h), RC_NOT_FOUND);
}

/* The n-th database call fails, for every n: nothing half done, and the next try succeeds. */
static void a_failing_database_leaves_nothing_half_done(void **state)
{
    (void)state;
    struct client_row *row;
    int n, n_all;
    for (int nth = 1;; nth++) {
        struct client c = named("Marta", "Sanz");
        w.cx.n_errs = 0;
        db_fail_nth(w.db, nth);
        enum rc rc = client_save(&w.cx, &c);
        db_fail_nth(w.db, 0);
        struct client_query q = {.status = CLIENTS_ALL, .max = 50};
        OK(client_list(&w.cx, &q, &row, &n, &n_all));
        assert_int_equal(n_all, rc == RC_OK ? 1 : 0);
        if (rc == RC_OK)
            break;
        assert_true(nth < 50);
    }
}

static void the_check_finds_a_file_that_does_not_open(void **state)
{
    (void)state;
    static const struct db_stmt move = {
        .name = "move",
        .writes = true,
        .n_params = 1,
        .text = {"UPDATE client SET version = 9 WHERE practice_id = 1 AND id = ?1",
                 "UPDATE client SET version = 9 WHERE practice_id = 1 AND id = $1"}};
    stored("Ada", "Lovelace", WHO_N_);
    struct client c = stored("Grace", "Hopper", WHO_N_);
    world_as(&w, PROGRAM);
    assert_int_equal(world_check(&w, &domain_clients), 0);
    OK(db_exec(w.db, &move, (struct db_val[]){DB_ID(c.id)}, 1, NULL));
    assert_int_equal(world_check(&w, &domain_clients), 1);
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(every_statement_prepares),
        ALONE(what_is_stored_comes_back),
        ALONE(a_stale_version_changes_nothing),
        ALONE(the_remembered_order_follows_every_change),
        ALONE(one_damaged_file_leaves_the_others_to_be_read),
        ALONE(pickers_offer_whom_the_actor_has_in_treatment),
        ALONE(an_order_seen_before_a_rollback_is_not_kept),
        ALONE(dates_in_the_future_and_nameless_contacts_are_refused),
        ALONE(only_clinicians_of_the_practice_treat),
        ALONE(the_front_desk_does_not_hand_clients_over),
        ALONE(a_clinician_sees_only_own_clients),
        ALONE(clinical_content_is_for_who_treats),
        ALONE(an_owner_who_treats_sees_all_and_treats_own),
        ALONE(names_come_in_the_order_asked),
        ALONE(the_list_is_sorted_by_name_as_the_language_does),
        ALONE(search_finds_beginnings_of_words_without_accents),
        ALONE(filters_narrow_the_list),
        ALONE(the_list_sorts_by_other_columns_and_pages),
        ALONE(each_sees_the_list_of_the_own_work),
        ALONE(nothing_that_says_who_stands_in_a_column),
        ALONE(photos_are_known_by_their_first_bytes),
        ALONE(the_header_says_what_its_reader_may_know),
        ALONE(the_check_finds_a_file_that_does_not_open),
        ALONE(a_failing_database_leaves_nothing_half_done),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}

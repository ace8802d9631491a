/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_care_access.c - care teams, walls, blocked records and emergencies, by what each actor then
 * may: one record and the lists agree. */
#include "access_sql.h"
#include "app/app.h"
#include "domains/access/access.h"
#include "domains/access/access_view.h"
#include "domains/clients/clients_view.h"
#include "support.h"

static struct world w;
static struct id marta, jon; /* treated by CLINICIAN_A and CLINICIAN_B */

static int open_world(void **state)
{
    (void)state;
    world_open(&w, &domain_clients, &domain_access, NULL);
    marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    jon = world_client(&w, CLINICIAN_B, "Jon", "Pons");
    return 0;
}

static const struct cap *as(enum who who, enum action action, struct id client)
{
    const struct cap *cap = NULL;
    world_as(&w, who);
    OK(authorize(&w.cx, action, client, PURPOSE_OVERSIGHT, &cap));
    return cap;
}

static bool may(enum who who, enum action action, enum purpose purpose, struct id client)
{
    bool yes;
    world_as(&w, who);
    OK(authorized(&w.cx, action, client, purpose, &yes));
    return yes;
}

static bool reads(enum who who, struct id client)
{
    return may(who, ACT_READ_NOTES, PURPOSE_CARE, client);
}

static bool writes(enum who who, struct id client)
{
    return may(who, ACT_WRITE_NOTES, PURPOSE_CARE, client);
}

/* As the file shows it, and as every list does: they must agree. "": not there. */
static const char *known_as(enum who who, struct id client)
{
    struct client_name *name, *found;
    int n, n_listed = 0;
    world_as(&w, who);
    OK(client_names(&w.cx, &client, 1, &name));
    OK(client_find(&w.cx, "", 100, &found, &n));
    for (int i = 0; i < n; i++)
        n_listed += id_eq(found[i].id, client);
    assert_int_equal(n_listed, name[0].is_visible);
    assert_int_equal(may(who, ACT_KNOW, PURPOSE_OFFICE, client), name[0].is_visible);
    return name[0].name;
}

static struct team_member member(enum who who, enum team_role role, int32_t days)
{
    return (struct team_member){.person = w.person[who],
                                .role = role,
                                .until = days == 0 ? DATE_NONE : cx_today(&w.cx) + days};
}

static void a_co_therapist_reads_and_writes_until_taken_out(void **state)
{
    (void)state;
    struct team_member m = member(CLINICIAN_B, TEAM_CO_THERAPIST, 0), *list;
    int n;
    assert_string_equal(known_as(CLINICIAN_B, marta), "");
    OK(team_add(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), &m));
    assert_string_equal(known_as(CLINICIAN_B, marta), "Marta Sanz");
    assert_true(writes(CLINICIAN_B, marta));
    assert_false(may(CLINICIAN_B, ACT_MONEY, PURPOSE_BILLING, marta));
    assert_false(may(CLINICIAN_B, ACT_TEAM, PURPOSE_CARE, marta));
    OK(team_list(&w.cx, as(CLINICIAN_B, ACT_SEE_TEAM, marta), &list, &n));
    assert_int_equal(n, 1);
    OK(team_remove(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), w.person[CLINICIAN_B],
                   TEAM_CO_THERAPIST));
    assert_string_equal(known_as(CLINICIAN_B, marta), "");
    assert_false(reads(CLINICIAN_B, marta));
}

static void a_place_ends_with_its_last_day(void **state)
{
    (void)state;
    struct team_member m = member(CLINICIAN_B, TEAM_SUBSTITUTE, 1);
    int64_t now_ms = w.cx.now_ms;
    OK(team_add(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), &m));
    assert_true(writes(CLINICIAN_B, marta));
    world_at(&w, now_ms + 2 * MS_PER_DAY);
    assert_false(reads(CLINICIAN_B, marta));
    assert_string_equal(known_as(CLINICIAN_B, marta), "");
    world_at(&w, now_ms);
    OK(team_remove(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), w.person[CLINICIAN_B],
                   TEAM_SUBSTITUTE));
}

static void a_supervisor_reads_for_a_time_and_without_the_name(void **state)
{
    (void)state;
    struct team_member m = member(SUPERVISOR, TEAM_SUPERVISOR, 0);
    struct client c;
    struct client_name *found;
    const struct cap *cap;
    int n;
    REFUSED(team_add(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), &m), RC_INVALID, "until",
            "Say until when, within a year.");
    m = member(SUPERVISOR, TEAM_SUPERVISOR, 30);
    OK(team_add(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), &m));
    assert_true(reads(SUPERVISOR, marta));
    assert_false(writes(SUPERVISOR, marta));
    assert_false(may(SUPERVISOR, ACT_CONTACT, PURPOSE_CARE, marta));
    const char *name = known_as(SUPERVISOR, marta);
    assert_int_equal(strncmp(name, "Client ", 7), 0);
    assert_non_null(strstr(name, "(MS)"));
    assert_null(strstr(name, "Marta"));
    OK(authorize(&w.cx, ACT_READ_NOTES, marta, PURPOSE_CARE, &cap));
    OK(client_load(&w.cx, cap, &c));
    assert_null(strstr(client_display_name(&w.cx, &c), "Marta"));
    assert_int_equal(c.birth_date, DATE_NONE);
    OK(client_find(&w.cx, "Marta", 9, &found, &n)); /* nor can the name be guessed by search */
    assert_int_equal(n, 0);
    m.is_unmasked = true;
    OK(team_add(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), &m));
    assert_string_equal(known_as(SUPERVISOR, marta), "Marta Sanz");
    OK(team_remove(&w.cx, as(OWNER, ACT_TEAM, marta), w.person[SUPERVISOR], TEAM_SUPERVISOR));
    assert_string_equal(known_as(SUPERVISOR, marta), "");
}

static void who_treats_hands_over_and_no_longer_reads(void **state)
{
    (void)state;
    struct id eva = world_client(&w, CLINICIAN_A, "Eva", "Riu");
    OK(hand_over(&w.cx, as(CLINICIAN_A, ACT_TEAM, eva), w.person[CLINICIAN_B]));
    assert_true(writes(CLINICIAN_B, eva));
    assert_false(reads(CLINICIAN_A, eva));
    assert_string_equal(known_as(CLINICIAN_A, eva), "");
}

/* What B treats hides A's partner from B, in one record and in every list, whatever B is besides.
 */
static void a_wall_between_two_clients_hides_each_from_the_others_team(void **state)
{
    (void)state;
    struct wall wall = {.against = jon, .reason = "Partners in a conflict"}, *list;
    struct team_member m = member(CLINICIAN_B, TEAM_SUBSTITUTE, 1);
    int n;
    OK(wall_add(&w.cx, as(PRIVACY, ACT_WALL, marta), &wall));
    assert_string_equal(known_as(CLINICIAN_A, jon), "");
    assert_string_equal(known_as(CLINICIAN_B, marta), "");
    REFUSED(team_add(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), &m), RC_INVALID, "person",
            "Choose somebody else.");
    REFUSED(hand_over(&w.cx, as(CLINICIAN_A, ACT_TEAM, marta), w.person[CLINICIAN_B]), RC_INVALID,
            "clinician", "Choose another clinician.");
    world_as(&w, CLINICIAN_A);
    w.cx.actor.roles |= ROLE_OWNER | ROLE_RECEPTION; /* of all clients, but for the wall */
    bool yes;
    OK(authorized(&w.cx, ACT_KNOW, jon, PURPOSE_OFFICE, &yes));
    assert_false(yes);
    assert_string_equal(known_as(OWNER, jon), "Jon Pons");
    OK(wall_list(&w.cx, as(OWNER, ACT_WALL, jon), &list, &n)); /* it stands on both sides */
    assert_int_equal(n, 1);
    assert_string_equal(list[0].reason, "Partners in a conflict");
    OK(wall_lift(&w.cx, as(OWNER, ACT_WALL, jon), list[0].id));
    OK(wall_list(&w.cx, as(OWNER, ACT_WALL, marta), &list, &n));
    assert_int_equal(n, 0);
}

static void a_wall_keeps_one_person_away(void **state)
{
    (void)state;
    struct wall wall = {.against = w.person[RECEPTION], .reason = "Neighbours"};
    assert_string_equal(known_as(RECEPTION, marta), "Marta Sanz");
    OK(wall_add(&w.cx, as(OWNER, ACT_WALL, marta), &wall));
    assert_string_equal(known_as(RECEPTION, marta), "");
    assert_string_equal(known_as(BILLING, marta), "Marta Sanz");
    OK(wall_lift(&w.cx, as(OWNER, ACT_WALL, marta), wall.id));
    wall.against = w.person[CLINICIAN_A];
    enum rc rc = wall_add(&w.cx, as(OWNER, ACT_WALL, marta), &wall);
    assert_int_equal(rc, RC_INVALID); /* who treats cannot be walled off */
    assert_string_equal(known_as(CLINICIAN_A, marta), "Marta Sanz");
}

static void a_blocked_record_is_the_privacy_officers_alone(void **state)
{
    (void)state;
    static const enum who others[] = {OWNER, CLINICIAN_A, RECEPTION, BILLING};
    OK(client_block(&w.cx, as(PRIVACY, ACT_BLOCK, marta), true));
    for (size_t i = 0; i < N_ELEMS(others); i++)
        assert_string_equal(known_as(others[i], marta), "");
    assert_string_equal(known_as(PRIVACY, marta), "Marta Sanz");
    OK(client_block(&w.cx, as(PRIVACY, ACT_BLOCK, marta), false));
    assert_string_equal(known_as(CLINICIAN_A, marta), "Marta Sanz");
}

static struct emergency_ask asks(const char *given, const char *family)
{
    return (struct emergency_ask){.given_name = given,
                                  .family_name = family,
                                  .birth_date = DATE_NONE,
                                  .reason = REASON_RISK,
                                  .words = "Called at night, Ana is on a plane"};
}

static const char *told(int who)
{
    struct notice n = {0};
    world_as(&w, who);
    OK(emergency_notice(&w.cx, &n));
    return n.text != NULL ? n.path : "";
}

static struct client_header header_seen_by(int who)
{
    struct client_header h;
    world_as(&w, who);
    OK(client_header_load(&w.cx, marta, TAB_NOTES, &h));
    return h;
}

static void an_emergency_opens_one_record_to_read_for_an_hour(void **state)
{
    (void)state;
    struct emergency_ask ask = asks("marta", "SANZ"), second = asks("Jon", "Pons");
    struct emergency *list;
    struct id got;
    int n;
    int64_t now_ms = w.cx.now_ms;
    world_as(&w, CLINICIAN_B);
    w.cx.actor.is_fresh = false;
    assert_int_equal(emergency_open(&w.cx, &ask, &got), RC_DENIED);
    assert_true(w.cx.needs_factor);
    world_as(&w, CLINICIAN_B);
    OK(emergency_open(&w.cx, &ask, &got));
    assert_false(w.cx.needs_factor);
    assert_true(id_eq(got, marta));
    assert_true(reads(CLINICIAN_B, marta));
    assert_false(writes(CLINICIAN_B, marta));
    assert_false(may(CLINICIAN_B, ACT_EXPORT, PURPOSE_CARE, marta));
    assert_false(may(CLINICIAN_B, ACT_PRIVATE, PURPOSE_CARE, marta));
    assert_string_equal(known_as(CLINICIAN_B, marta), "Marta Sanz");
    assert_string_equal(header_seen_by(CLINICIAN_B).emergency_until, "11:00");
    assert_string_equal(header_seen_by(CLINICIAN_B).emergency_reason,
                        "Danger to the client or to others");
    assert_false(header_seen_by(CLINICIAN_B).writes_notes);
    assert_null(header_seen_by(CLINICIAN_A).emergency_until);
    assert_true(header_seen_by(CLINICIAN_A).writes_notes);
    world_as(&w, CLINICIAN_B);
    assert_int_equal(emergency_open(&w.cx, &second, &got), RC_INVALID); /* one at a time */
    OK(emergency_list(&w.cx, as(CLINICIAN_A, ACT_SEE_TEAM, marta), 9, &list, &n));
    assert_int_equal(n, 1);
    assert_string_equal(list[0].words, "Called at night, Ana is on a plane");
    assert_string_equal(told(OWNER), "/emergencies");
    assert_string_equal(told(CLINICIAN_A),
                        arena_printf(&w.arena, "/clients/%s/team", marta.s)); /* who treats */
    assert_string_equal(told(CLINICIAN_B), "");                               /* did it */
    assert_string_equal(told(RECEPTION), "");
    world_at(&w, now_ms + 60 * MS_PER_MIN);
    assert_false(reads(CLINICIAN_B, marta));
    assert_string_equal(known_as(CLINICIAN_B, marta), "");
    world_at(&w, now_ms);
}

static void its_review_is_somebody_elses_once_and_cannot_be_deleted(void **state)
{
    (void)state;
    struct emergency_review r = {.finding = FINDING_JUSTIFIED, .words = "It was night."};
    struct emergency *list;
    int n;
    world_as(&w, OWNER);
    OK(emergency_list(&w.cx, NULL, 9, &list, &n));
    struct id id = list[0].id;
    world_as(&w, CLINICIAN_B); /* who opened it */
    assert_int_equal(emergency_review(&w.cx, id, &r), RC_NOT_FOUND);
    world_as(&w, PRIVACY);
    OK(emergency_review(&w.cx, id, &r));
    assert_int_equal(emergency_review(&w.cx, id, &r), RC_NOT_FOUND); /* once */
    assert_string_equal(told(OWNER), "");
    OK(emergency_list(&w.cx, NULL, 9, &list, &n));
    assert_string_equal(list[0].finding_words, "It was night.");
    assert_int_equal(db_script(w.db, "DELETE FROM emergency"), RC_CONFLICT);
    assert_int_equal(db_script(w.db, "UPDATE emergency SET finding = 2"), RC_CONFLICT);
}

static void behind_a_wall_the_review_says_neither_who_nor_what(void **state)
{
    (void)state;
    struct wall wall = {.against = w.person[OWNER], .reason = "Family"};
    struct web_answer a = world_call(&w, GET, "/emergencies", OWNER, NULL);
    assert_holds(&a, "Ana is on a plane");
    assert_holds(&a, "<a href=\"/recovery-kit\">"); /* the same tabs as everywhere */
    OK(wall_add(&w.cx, as(PRIVACY, ACT_WALL, marta), &wall));
    a = world_call(&w, GET, "/emergencies", OWNER, NULL);
    assert_holds(&a, "Somebody you may not see");
    assert_lacks(&a, "Ana is on a plane");
    assert_lacks(&a, "It was night.");
    OK(wall_lift(&w.cx, as(PRIVACY, ACT_WALL, marta), wall.id));
}

static void nobody_is_found_behind_a_wall_or_a_block_not_even_in_an_emergency(void **state)
{
    (void)state;
    struct wall wall = {.against = w.person[CLINICIAN_B], .reason = "Family"};
    struct emergency_ask ask = asks("Marta", "Sanz"), nobody = asks("No", "Body");
    struct id got;
    OK(wall_add(&w.cx, as(OWNER, ACT_WALL, marta), &wall));
    world_at(&w, w.cx.now_ms + MS_PER_DAY); /* the first one is over */
    world_as(&w, CLINICIAN_B);
    REFUSED(emergency_open(&w.cx, &nobody, &got), RC_INVALID, "family_name",
            "Nobody of this practice has this name, and this date of birth or contact.");
    world_as(&w, CLINICIAN_B);
    REFUSED(emergency_open(&w.cx, &ask, &got), RC_INVALID, "family_name",
            "Nobody of this practice has this name, and this date of birth or contact.");
    OK(wall_lift(&w.cx, as(OWNER, ACT_WALL, marta), wall.id));
}

static void a_name_is_not_enough_where_the_file_knows_more(void **state)
{
    (void)state;
    struct client c;
    struct id got;
    struct emergency_ask ask = asks("Nora", "Gil");
    record_init(&client_type, &c);
    c.given_name = "Nora";
    c.family_name = "Gil";
    c.phone = "+34 600 123 456";
    c.clinician = w.person[CLINICIAN_A];
    world_as(&w, CLINICIAN_A);
    OK(client_save(&w.cx, &c));
    const char *const wrong[] = {"", "600 123 457", "nora@example.org", "+"};
    for (size_t i = 0; i < N_ELEMS(wrong); i++) {
        ask.contact = wrong[i];
        world_as(&w, CLINICIAN_B);
        REFUSED(emergency_open(&w.cx, &ask, &got), RC_INVALID, "family_name",
                "Nobody of this practice has this name, and this date of birth or contact.");
    }
    ask.contact = "600-123456"; /* as it is said on the telephone */
    OK(emergency_open(&w.cx, &ask, &got));
    assert_true(id_eq(got, c.id));
}

/* --- pages ------------------------------------------------------------------------------------ */

static int status(enum method m, const char *fmt, struct id id, enum who who, const char *body)
{
    struct web_answer a =
        world_call(&w, m, arena_printf(&w.arena, fmt, id.s), who, body); /* fmt: of this file */
    return a.status;
}

static void the_pages_change_the_team_and_hand_over(void **state)
{
    (void)state;
    struct id eva = world_client(&w, CLINICIAN_A, "Eva", "Rius");
    assert_int_equal(status(GET, "/clients/%s/team", eva, CLINICIAN_A, NULL), 200);
    assert_int_equal(status(GET, "/clients/%s/team", eva, CLINICIAN_B, NULL), 404);
    const char *take_in =
        arena_printf(&w.arena, "person=%s&role=co_therapist&until=", w.person[CLINICIAN_B].s);
    assert_int_equal(status(POST, "/clients/%s/team", eva, CLINICIAN_B, take_in), 404);
    assert_int_equal(status(POST, "/clients/%s/team", eva, CLINICIAN_A, take_in), 303);
    assert_true(writes(CLINICIAN_B, eva));
    assert_int_equal(status(POST, "/clients/%s/team", eva, CLINICIAN_B, take_in), 404);
    const char *wrong =
        arena_printf(&w.arena, "person=%s&role=supervisor", w.person[CLINICIAN_B].s);
    assert_int_equal(status(POST, "/clients/%s/team", eva, CLINICIAN_A, wrong), 422);
    const char *to = arena_printf(&w.arena, "clinician=%s", w.person[CLINICIAN_B].s);
    assert_int_equal(status(POST, "/clients/%s/hand-over", eva, CLINICIAN_A, to), 303);
    assert_int_equal(status(GET, "/clients/%s", eva, CLINICIAN_A, NULL), 404);
}

static void the_pages_put_up_walls_and_block(void **state)
{
    (void)state;
    struct id eva = world_client(&w, CLINICIAN_A, "Eva", "Rocas");
    assert_int_equal(status(POST, "/clients/%s/walls", eva, PRIVACY,
                            "against=&client_name=Jon+Pons&reason=Divorce"),
                     303);
    assert_int_equal(status(GET, "/clients/%s", eva, CLINICIAN_B, NULL), 404);
    assert_int_equal(status(GET, "/clients/%s", jon, CLINICIAN_A, NULL), 404);
    assert_int_equal(status(GET, "/clients/%s/team", eva, PRIVACY, NULL), 200);
    assert_int_equal(status(POST, "/clients/%s/block", eva, OWNER, "block=1"), 403);
    assert_int_equal(status(POST, "/clients/%s/block", eva, PRIVACY, "block=1"), 303);
    assert_int_equal(status(GET, "/clients/%s", eva, CLINICIAN_A, NULL), 404);
    assert_int_equal(status(GET, "/clients/%s/team", eva, PRIVACY, NULL), 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_co_therapist_reads_and_writes_until_taken_out),
        cmocka_unit_test(a_place_ends_with_its_last_day),
        cmocka_unit_test(a_supervisor_reads_for_a_time_and_without_the_name),
        cmocka_unit_test(who_treats_hands_over_and_no_longer_reads),
        cmocka_unit_test(a_wall_between_two_clients_hides_each_from_the_others_team),
        cmocka_unit_test(a_wall_keeps_one_person_away),
        cmocka_unit_test(a_blocked_record_is_the_privacy_officers_alone),
        cmocka_unit_test(an_emergency_opens_one_record_to_read_for_an_hour),
        cmocka_unit_test(its_review_is_somebody_elses_once_and_cannot_be_deleted),
        cmocka_unit_test(behind_a_wall_the_review_says_neither_who_nor_what),
        cmocka_unit_test(nobody_is_found_behind_a_wall_or_a_block_not_even_in_an_emergency),
        cmocka_unit_test(a_name_is_not_enough_where_the_file_knows_more),
        cmocka_unit_test(the_pages_change_the_team_and_hand_over),
        cmocka_unit_test(the_pages_put_up_walls_and_block),
    };
    return cmocka_run_group_tests(tests, open_world, world_close);
}

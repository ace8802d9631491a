/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_trust_web.c - pages about who looked: what they say, to whom, and what they do not. */
#include "domains/access/access.h"
#include "domains/access/access_view.h"
#include "domains/clients/clients_view.h"
#include "domains/notes/notes_view.h"
#include "domains/trust/trust_view.h"
#include "netd/netd.h"
#include "support.h"
#include "support_db.h"
#include "trust_test_sql.h"

#include <sys/wait.h>
#include <unistd.h>

static struct world w;

static int open_world(void **state UNUSED)
{
    return world_open(&w, &domain_clients, &domain_notes, &domain_access, &domain_trust, NULL);
}

static void open_file(struct id client, enum who who)
{
    struct web_answer a = GOT(TEXT_OF("/clients/%s", client.s), who);
    assert_status(&a, 200);
}

static void the_log_says_who_opened_whose_record(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    open_file(marta, CLINICIAN_A);
    struct web_answer a = GOT("/audit", OWNER);
    assert_status(&a, 200);
    assert_holds(&a, "Marta Sanz");
    assert_holds(&a, "Ana Alba");
    assert_holds(&a, "opened: client’s file");
    a = world_get_json(&w, "/audit", OWNER);
    assert_holds(&a, "\"who\":\"Ana Alba\"");
}

static void the_log_is_for_owner_and_privacy_officer_alone(void **state UNUSED)
{
    const enum who others[] = {CLINICIAN_A, RECEPTION, BILLING};
    for (size_t i = 0; i < N_ELEMS(others); i++) {
        struct web_answer a = GOT("/audit", others[i]);
        assert_status(&a, 403);
        a = GOT("/audit/unusual", others[i]);
        assert_status(&a, 403);
    }
}

static void the_log_is_asked_by_person_client_action_and_day(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    struct id pablo = world_client(&w, CLINICIAN_A, "Pablo", "Ruiz");
    open_file(marta, CLINICIAN_A);
    open_file(pablo, RECEPTION);
    struct web_answer a = GOT(TEXT_OF("/audit?client=%s", marta.s), OWNER);
    assert_holds(&a, "Ana Alba");
    assert_lacks(&a, "Pablo Ruiz");
    a = GOT(TEXT_OF("/audit?person=%s", w.person[RECEPTION].s), OWNER);
    assert_holds(&a, "Pablo Ruiz");
    assert_lacks(&a, "Marta Sanz");
    a = GOT("/audit?action=sign", OWNER);
    assert_holds(&a, "Nothing of this kind was recorded.");
    a = GOT("/audit?from=2026-11-24", OWNER);
    assert_lacks(&a, "Marta Sanz");
    a = GOT("/audit?from=2026-11-23&to=2026-11-23", OWNER);
    assert_holds(&a, "Marta Sanz");
    a = GOT("/audit?to=2026-11-22", OWNER);
    assert_lacks(&a, "Marta Sanz");
}

static void older_entries_are_a_page_away(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    for (int i = 0; i < 60; i++)
        open_file(marta, CLINICIAN_A);
    struct web_answer a = GOT(TEXT_OF("/audit?client=%s", marta.s), OWNER);
    const char *text = answer_text(&w, &a), *next = strstr(text, "rel=\"next\"");
    assert_non_null(next);
    const char *before = strstr(text, "before=");
    assert_non_null(before);
    a = GOT(TEXT_OF("/audit?client=%s&before=%lld", marta.s, strtoll(before + 7, NULL, 10)), OWNER);
    assert_holds(&a, "Marta Sanz");
    assert_lacks(&a, "rel=\"next\"");
}

static void a_refusal_stands_in_the_log(void **state UNUSED)
{
    struct web_answer a = GOT("/audit", RECEPTION);
    assert_status(&a, 403);
    a = GOT("/audit", OWNER);
    assert_holds(&a, "refused");
    assert_holds(&a, "Rosa Rey");
}

/* Keys of the program are no words for whoever reads the log. */
static void the_log_speaks_in_words(void **state UNUSED)
{
    static const char *const keys[] = {"factor_add",     "factor_drop", "recovery_codes",
                                       "password_shown", "link_used",   "hand_over"};
    static const char *const things[] = {"client_team", "client_wall", "process_note",
                                         "recovery_kit", "emergencies"};
    world_as(&w, OWNER);
    for (size_t i = 0; i < N_ELEMS(keys); i++)
        assert_null(strchr(log_action_text(&w.cx, keys[i]), '_'));
    for (size_t i = 0; i < N_ELEMS(things); i++)
        assert_null(strchr(log_thing_text(&w.cx, things[i]), '_'));
    assert_string_equal(log_thing_text(&w.cx, "client_team"), "care team");
    assert_string_equal(log_thing_text(&w.cx, "/clients/new"), "page /clients/new");
}

static void log_keeps_up(void)
{
    bool more = true;
    world_as(&w, PROGRAM);
    cx_practice(&w.cx, 0); /* as the job runner does it */
    while (more)
        OK(audit_log_changes(&w.app, w.db, &w.arena, &more));
    cx_practice(&w.cx, 1);
}

static void the_log_says_what_was_changed_until_the_client_is_erased(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    struct client c;
    OK(client_load(&w.cx, world_cap(&w, marta), &c));
    c.family_name = "Soler";
    OK(client_save(&w.cx, &c));
    log_keeps_up();
    const char *path = TEXT_OF("/audit?client=%s", marta.s);
    struct web_answer a = GOT(path, OWNER);
    assert_holds(&a, "changed: client’s file <span class=\"sub\">Family name</span>");
    a = world_get_json(&w, path, OWNER);
    assert_holds(&a, "\"detail\":\"Family name\"");
    OK(audit_change_shred(&w.cx, marta));
    a = GOT(path, OWNER);
    assert_holds(&a, "changed: client’s file");
    assert_lacks(&a, "Family name");
    assert_lacks(&a, "altered");
}

static void what_a_change_says_is_not_shown_behind_a_wall(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    const struct cap *cap;
    OK(authorize(&w.cx, ACT_TEAM, marta, PURPOSE_CARE, &cap));
    struct team_member m = {
        .person = w.person[CLINICIAN_B], .role = TEAM_SUBSTITUTE, .until = DATE_NONE};
    OK(team_add(&w.cx, cap, &m));
    log_keeps_up();
    struct web_answer a = GOT("/audit", OWNER);
    assert_holds(&a, "Substitute");
    world_as(&w, PRIVACY);
    OK(authorize(&w.cx, ACT_WALL, marta, PURPOSE_OVERSIGHT, &cap));
    struct wall wall = {.against = w.person[OWNER], .reason = "family"};
    OK(wall_add(&w.cx, cap, &wall));
    a = GOT("/audit", OWNER);
    assert_holds(&a, "(somebody you may not see)");
    assert_lacks(&a, "Substitute");
}

static void words_altered_in_the_database_are_told(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    OK(audit_change_about(&w.cx, marta, "client", marta, "change", "photo"));
    OK(audit_change_about(&w.cx, marta, "client", marta, "change", "status"));
    log_keeps_up();
    struct web_answer a = GOT("/audit", OWNER);
    assert_lacks(&a, "was altered");
    OK(db_script(w.db, support_db_is_sqlite()
                           ? "DROP TRIGGER audit_change_shredded"
                           : "DROP TRIGGER audit_change_shredded ON audit_change"));
    OK(db_exec(w.db, &SQL_TEST_SWAP_WORDS, NULL, 0, NULL));
    a = GOT("/audit", OWNER);
    assert_holds(&a, "what it says was altered");
}

static void a_client_may_be_told_who_opened_the_record(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    open_file(marta, RECEPTION);
    open_file(marta, RECEPTION);
    open_file(marta, CLINICIAN_A);
    struct web_answer a = GOT(TEXT_OF("/clients/%s/audit", marta.s), CLINICIAN_A);
    assert_status(&a, 200);
    assert_holds(&a, "Rosa Rey");
    assert_holds(&a, "Reception");
    assert_holds(&a, "Ana Alba");
    assert_holds(&a, "data-label=\"Times that day\">2<"); /* once a day, with how often */
    a = GOT(TEXT_OF("/clients/%s/audit", marta.s), OWNER);
    assert_status(&a, 200);
    a = GOT(TEXT_OF("/clients/%s/audit", marta.s), CLINICIAN_B);
    assert_status(&a, 404);
    a = GOT(TEXT_OF("/clients/%s/audit", marta.s), RECEPTION);
    assert_status(&a, 403);
}

static void that_somebody_keeps_notes_of_their_own_is_nobody_elses_to_know(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz");
    const char *notes = TEXT_OF("/clients/%s/process-notes", marta.s);
    struct web_answer a = GOT(notes, CLINICIAN_A);
    assert_status(&a, 200);
    a = POSTED(notes, CLINICIAN_A, "text=Mine+alone&version=0");
    assert_status(&a, 303);
    log_keeps_up();
    a = GOT("/audit", OWNER);
    assert_holds(&a, "made: client’s file");
    assert_lacks(&a, "process notes");
    const enum who readers[] = {CLINICIAN_A, OWNER};
    for (size_t i = 0; i < N_ELEMS(readers); i++) {
        a = GOT(TEXT_OF("/clients/%s/audit", marta.s), readers[i]);
        assert_status(&a, 200);
        assert_lacks(&a, "process notes");
    }
    a = GOT(notes, CLINICIAN_B);
    assert_status(&a, 404);
    a = GOT("/audit", OWNER); /* whoever tried it is told */
    assert_holds(&a, "process notes");
    assert_holds(&a, "Berta Blanco");
}

static void bare_views_of_pages_are_shown_when_asked_for(void **state UNUSED)
{
    struct web_answer a = GOT("/emergency", CLINICIAN_A);
    assert_status(&a, 200);
    a = GOT("/audit", OWNER);
    assert_lacks(&a, "page /emergency");
    a = GOT("/audit?views=1", OWNER);
    assert_holds(&a, "page /emergency");
    assert_holds(&a, "name=\"views\" value=\"1\" checked");
}

static void what_an_emergency_opened_says_so(void **state UNUSED)
{
    struct id marta = world_client(&w, CLINICIAN_A, "Marta", "Sanz"), got;
    struct emergency_ask ask = {.given_name = "Marta",
                                .family_name = "Sanz",
                                .birth_date = DATE_NONE,
                                .reason = REASON_RISK,
                                .words = "Called at night"};
    world_as(&w, CLINICIAN_B);
    OK(emergency_open(&w.cx, &ask, &got));
    open_file(marta, CLINICIAN_B);
    struct web_answer a = GOT(TEXT_OF("/clients/%s/audit", marta.s), CLINICIAN_A);
    assert_holds(&a, "Berta Blanco");
    assert_holds(&a, "data-label=\"Purpose\">emergency<");
}

static void opening_a_relatives_record_is_asked_about(void **state UNUSED)
{
    struct id other = world_client(&w, CLINICIAN_A, "Marta", "Sanz"),
              kin = world_client(&w, CLINICIAN_A, "Luis", "Alba Gil");
    open_file(other, CLINICIAN_A);
    struct web_answer a = GOT("/audit/unusual", OWNER);
    assert_holds(&a, "Nothing unusual in the last 30 days.");
    open_file(kin, CLINICIAN_A);
    a = GOT("/audit/unusual", OWNER);
    assert_holds(&a, "bears the same family name");
    assert_holds(&a, "Luis Alba Gil");
    assert_lacks(&a, "Marta Sanz");
}

static void opening_a_colleagues_record_is_asked_about(void **state UNUSED)
{
    struct id colleague = world_client(&w, CLINICIAN_A, "Berta", "Blanco");
    open_file(colleague, CLINICIAN_A);
    struct web_answer a = GOT("/audit/unusual", OWNER);
    assert_holds(&a, "the client works in the practice");
}

static void names_tried_for_emergency_access_are_asked_about(void **state UNUSED)
{
    struct id got;
    struct emergency_ask ask = {
        .given_name = "Some", .family_name = "Body", .birth_date = DATE_NONE, .words = "Curious"};
    world_as(&w, CLINICIAN_B);
    for (int i = 0; i < 2; i++)
        assert_int_equal(emergency_open(&w.cx, &ask, &got), RC_INVALID);
    w.cx.n_errs = 0;
    log_keeps_up();
    struct web_answer a = GOT("/audit/unusual", OWNER);
    assert_holds(&a, "asked for emergency access and found nobody");
    assert_holds(&a, "Berta Blanco");
    assert_holds(&a, "2 times");
    a = GOT("/audit", OWNER);
    assert_holds(&a, "nobody found: emergency access");
}

static void nights_and_many_at_once_are_asked_about(void **state UNUSED)
{
    struct id client[UNUSUAL_BULK_CLIENTS + 1];
    for (int i = 0; i <= UNUSUAL_BULK_CLIENTS; i++) {
        client[i] = world_client(&w, CLINICIAN_A, "Marta", TEXT_OF("Sanz%d", i));
        if (i < UNUSUAL_BULK_CLIENTS)
            open_file(client[i], CLINICIAN_A);
    }
    struct web_answer a = GOT("/audit/unusual", OWNER);
    assert_lacks(&a, "many clients within an hour");
    open_file(client[UNUSUAL_BULK_CLIENTS], CLINICIAN_A);
    a = GOT("/audit/unusual", OWNER);
    assert_holds(&a, "many clients within an hour");
    assert_holds(&a, "31 clients");
    assert_lacks(&a, "at night");
    world_at(&w, w.cx.now_ms + 14 * INT64_C(3600000)); /* midnight */
    open_file(client[0], CLINICIAN_A);
    a = GOT("/audit/unusual", OWNER);
    assert_holds(&a, "at night");
}

static void in_an_incident_only_its_page_is_left(void **state UNUSED)
{
    w.app.is_incident = true;
    struct web_answer a = GOT("/clients", OWNER);
    assert_status(&a, 303);
    assert_string_equal(a.location, "/incidents?next=%2Fclients");
    a = world_get_json(&w, "/clients", OWNER);
    assert_status(&a, 423);
    a = GOT("/incidents", RECEPTION);
    assert_status(&a, 200);
    assert_holds(&a, "Something was changed outside of this program.");
    a = POSTED("/incidents/close", OWNER, "reason=x");
    assert_status(&a, 404); /* none is on record */
    w.app.is_incident = false;
    a = GOT("/clients", OWNER);
    assert_status(&a, 200);
}

static void statements_prepare(void **state UNUSED)
{
    world_prepares(&w, &domain_trust);
}

static void clients_read_without_an_account_how_their_words_are_kept(void **state UNUSED)
{
    struct web_answer a = GOT("/how-your-words-are-kept", NOBODY);
    assert_status(&a, 200);
    assert_holds(&a, "Two locks");
    assert_holds(&a, "What nobody can promise");
}

/* --- checkpoints that leave ------------------------------------------------------------------- */

static int64_t n_failed(enum sent_kind k)
{
    struct sent s[SENT_N_];
    sent_load(&w.app.settings, s);
    return s[k].n_failed;
}

static void send_off_at(int64_t ms)
{
    world_at(&w, ms);
    trust_send_off(&w.app, w.db);
}

/* A place that the settings name, and that the caller refuses for its address. */
static void what_does_not_go_waits_longer_each_time_and_is_told(void **state UNUSED)
{
    const int64_t began_ms = w.cx.now_ms;
    const char *sent = TEXT_OF("%s/" SENT_DIR "/sent", w.app.settings.data_dir);
    OK(trust_start(&w.app, w.db)); /* with a checkpoint */
    struct web_answer a = GOT("/audit", OWNER);
    assert_holds(&a, "Nothing is sent anywhere.");
    w.app.settings.net = (struct netd_config){.time_stamp_url = "https://127.0.0.1:1/tsr"};
    OK(netd_start(&w.app.settings.net, &w.app.net));
    int64_t at_ms = began_ms;
    for (int i = 1; i <= 9; i++) {
        int64_t wait_min = i <= 6 ? INT64_C(1) << (i - 1) : 60;
        send_off_at(at_ms);
        assert_int_equal(n_failed(SENT_STAMP), i);
        send_off_at(at_ms + wait_min * MS_PER_MIN - 1);
        assert_int_equal(n_failed(SENT_STAMP), i);
        at_ms += wait_min * MS_PER_MIN;
    }
    assert_int_equal(n_failed(SENT_MAIL), 0); /* nobody wants one */
    world_at(&w, began_ms);
    a = GOT("/audit", OWNER);
    assert_holds(&a, "Checkpoints of this log do not go");
    assert_holds(&a, "is not one of the public Internet");
    a = world_get_json(&w, "/audit", OWNER);
    assert_holds(&a, "\"n_failed\":9");
    netd_free(w.app.net);
    w.app.net = NULL;
    w.app.settings.net = (struct netd_config){0};
    assert_true(wait(NULL) > 0);
    assert_int_equal(unlink(sent), 0);
    assert_int_equal(rmdir(TEXT_OF("%s/" SENT_DIR, w.app.settings.data_dir)), 0);
}

/* What cannot be remembered is not sent: else a full disk would send it every few seconds. */
static void what_cannot_be_remembered_is_not_sent(void **state UNUSED)
{
    OK(trust_start(&w.app, w.db));
    const char *dir = w.app.settings.data_dir;
    enum netd_fault f = NETD_FAULT_N_;
    const struct audit_checkpoint at = {.n = 1};
    w.app.settings.net = (struct netd_config){.time_stamp_url = "https://127.0.0.1:1/tsr"};
    OK(netd_start(&w.app.settings.net, &w.app.net));
    w.app.settings.data_dir = "/nonexistent";
    assert_int_equal(trust_stamp(&w.app, &at, "line", &f), RC_BUSY);
    assert_int_equal(f, NETD_FAULT_N_); /* nobody was asked */
    w.app.settings.data_dir = dir;
    w.app.settings.net = (struct netd_config){0};
    netd_free(w.app.net);
    w.app.net = NULL;
    assert_true(wait(NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(the_log_says_who_opened_whose_record),
        ALONE(the_log_is_for_owner_and_privacy_officer_alone),
        ALONE(the_log_is_asked_by_person_client_action_and_day),
        ALONE(older_entries_are_a_page_away),
        ALONE(a_refusal_stands_in_the_log),
        ALONE(the_log_speaks_in_words),
        ALONE(the_log_says_what_was_changed_until_the_client_is_erased),
        ALONE(what_a_change_says_is_not_shown_behind_a_wall),
        ALONE(words_altered_in_the_database_are_told),
        ALONE(a_client_may_be_told_who_opened_the_record),
        ALONE(that_somebody_keeps_notes_of_their_own_is_nobody_elses_to_know),
        ALONE(bare_views_of_pages_are_shown_when_asked_for),
        ALONE(what_an_emergency_opened_says_so),
        ALONE(opening_a_relatives_record_is_asked_about),
        ALONE(opening_a_colleagues_record_is_asked_about),
        ALONE(names_tried_for_emergency_access_are_asked_about),
        ALONE(nights_and_many_at_once_are_asked_about),
        ALONE(in_an_incident_only_its_page_is_left),
        ALONE(statements_prepare),
        ALONE(clients_read_without_an_account_how_their_words_are_kept),
        ALONE(what_does_not_go_waits_longer_each_time_and_is_told),
        ALONE(what_cannot_be_remembered_is_not_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_today.c - the home page: the day, and what is owed. */
#include "domains/agenda/agenda_view.h"
#include "domains/notes/notes_view.h"
#include "domains/today/today_view.h"
#include "support.h"

static struct world w;
static struct id service;

static int open_world(void **state)
{
    (void)state;
    int r = world_open(&w, &domain_today, &domain_agenda, &domain_notes, NULL);
    struct service s = {.code = "IND",
                        .name = "Individual",
                        .duration_min = 50,
                        .fee_cents = 7000,
                        .is_active = true};
    OK(service_save(&w.cx, &s));
    service = s.id;
    return r;
}

static struct id booked(const char *given_name, int hours)
{
    world_as(&w, OWNER);
    struct appointment a = {.clinician = w.person[CLINICIAN_A],
                            .service = service,
                            .start_ms = w.cx.now_ms + hours * INT64_C(3600000),
                            .client = {world_client(&w, CLINICIAN_A, given_name, "Sanz")},
                            .n_clients = 1};
    OK(appointment_save(&w.cx, &a));
    return a.id;
}

static void reception_says_of_everybody_of_the_day_who_has_arrived(void **state)
{
    (void)state;
    booked("Marta", 1);
    struct id later = booked("Jon", 3);
    const char *path = TEXT_OF("/appointments/%s/state", later.s);
    struct web_answer a = GOT("/", RECEPTION);
    assert_holds(&a, TEXT_OF("action=\"%s\"", path));
    a = GOT("/", CLINICIAN_A); /* who has the next one before the eyes */
    assert_lacks(&a, TEXT_OF("action=\"%s\"", path));

    a = POSTED(path, RECEPTION, "version=1&state=arrived&next=/");
    assert_status(&a, 303);
    assert_string_equal(a.location, "/");
    a = GOT("/", RECEPTION);
    assert_lacks(&a, TEXT_OF("action=\"%s\"", path));
}

static int64_t proven_ms;

static enum rc last_proof(struct cx *cx, int64_t *ret_ms)
{
    (void)cx;
    *ret_ms = proven_ms;
    return RC_OK;
}

static void the_owner_reads_how_old_the_last_proven_backup_is(void **state)
{
    (void)state;
    w.app.last_proof = last_proof;
    w.app.settings.is_demo = false;
    proven_ms = 0;
    struct web_answer a = GOT("/", OWNER);
    assert_holds(&a, "There is no proven backup yet");
    a = GOT("/", CLINICIAN_A);
    assert_lacks(&a, "proven backup");
    proven_ms = w.cx.now_ms - 3 * INT64_C(3600000);
    a = GOT("/", OWNER);
    assert_holds(&a, "Last proven backup 3 hours ago");
    w.app.settings.is_demo = true;
    proven_ms = 0;
    a = GOT("/", OWNER);
    assert_lacks(&a, "proven backup");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(reception_says_of_everybody_of_the_day_who_has_arrived),
        ALONE(the_owner_reads_how_old_the_last_proven_backup_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

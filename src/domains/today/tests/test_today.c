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

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(reception_says_of_everybody_of_the_day_who_has_arrived),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

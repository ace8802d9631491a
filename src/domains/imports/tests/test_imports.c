/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_imports.c - files of real programs, bad files, and the same file twice. */
#include "app/jobs.h"
#include "domains/imports/imports_private.h"
#include "domains/imports/imports_view.h"
#include "imports_sql.h"
#include "support.h"

#include <stdio.h>
#include <stdlib.h>

static struct world w;
static struct id service;

static int open_world(void **state)
{
    (void)state;
    if (world_open(&w, &domain_imports, NULL) != 0)
        return -1;
    static const struct job_kind *const jobs[] = {&import_erase_job, NULL};
    w.app.jobs = jobs;
    struct service s = {.code = "I50", .name = "Individual", .duration_min = 50, .is_active = true};
    OK(service_save(&w.cx, &s));
    service = s.id;
    return 0;
}

/* --- words of these tests ------------------------------------------------------------- */

static struct bytes bytes_of(const char *s)
{
    return (struct bytes){(const unsigned char *)s, strlen(s)};
}

static struct bytes fixture(const char *name)
{
    const char *path = TEXT_OF(SRCDIR "/tests/fixtures/interop/%s", name);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char *s = arena_alloc(&w.arena, 65536);
    size_t n = fread(s, 1, 65535, f);
    assert_int_equal(fclose(f), 0);
    return (struct bytes){(const unsigned char *)s, n};
}

static struct import put(struct bytes file)
{
    struct import i;
    OK(import_put(&w.cx, file, &i));
    return i;
}

static struct import_plan plan_of(const struct import *i)
{
    struct import_plan p;
    OK(import_plan(&w.cx, i, &p));
    return p;
}

static void planned(const struct import_plan *p, int n_taken, int n_skipped, int n_refused)
{
    if (p->n[IMPORT_TAKEN] != n_taken || p->n[IMPORT_SKIPPED] != n_skipped ||
        p->n[IMPORT_REFUSED] != n_refused)
        for (int i = 0; i < p->n_rows; i++)
            print_error("row %d %d %s: %s\n", p->rows[i].number, p->rows[i].outcome, p->rows[i].who,
                        p->rows[i].reason);
    assert_int_equal(p->n[IMPORT_TAKEN], n_taken);
    assert_int_equal(p->n[IMPORT_SKIPPED], n_skipped);
    assert_int_equal(p->n[IMPORT_REFUSED], n_refused);
}

/* Takes a file in and says what became of it. */
static void taken(struct bytes file, int n_taken, int n_skipped, int n_refused)
{
    struct import i = put(file);
    struct import_row *rows;
    int n, count[IMPORT_OUTCOME_N_] = {0};
    OK(import_run(&w.cx, i.id));
    OK(import_report(&w.cx, i.id, &rows, &n));
    for (int k = 0; k < n; k++)
        count[rows[k].outcome]++;
    assert_int_equal(count[IMPORT_TAKEN], n_taken);
    assert_int_equal(count[IMPORT_SKIPPED], n_skipped);
    assert_int_equal(count[IMPORT_REFUSED], n_refused);
}

static int n_clients(void)
{
    struct client_identity *all;
    int n;
    OK(client_identities(&w.cx, &all, &n));
    return n;
}

static struct client client_called(const char *given)
{
    struct client_identity *all;
    struct client c = {0};
    int n, n_found = 0;
    OK(client_identities(&w.cx, &all, &n));
    for (int i = 0; i < n; i++)
        if (strcmp(all[i].given_name, given) == 0) {
            OK(client_load(&w.cx, world_cap(&w, all[i].id), &c));
            n_found++;
        }
    assert_int_equal(n_found, 1);
    return c;
}

static struct id make_client(const char *given, const char *family, const char *email)
{
    struct client c;
    record_init(&client_type, &c);
    c.id = (struct id){{0}};
    c.given_name = given;
    c.family_name = family;
    c.email = email;
    c.status = CLIENT_ACTIVE;
    c.clinician = w.person[CLINICIAN_A];
    OK(client_save(&w.cx, &c));
    return c.id;
}

static struct import calendar_put(struct bytes file, const char *from, const char *until)
{
    struct import i = put(file);
    assert_int_equal(i.kind, IMPORT_CALENDAR);
    i.clinician = w.person[CLINICIAN_A];
    i.service = service;
    assert_true(days_parse_iso(from, &i.from_days) && days_parse_iso(until, &i.until_days));
    OK(import_choose(&w.cx, &i));
    return i;
}

static int n_appointments(struct id client)
{
    struct appointment_row *rows;
    int n;
    OK(appointment_list_client(&w.cx, client, INT64_MAX, 1000, &rows, &n));
    return n;
}

static const char *reason_of(const struct import_plan *p, int number)
{
    for (int i = 0; i < p->n_rows; i++)
        if (p->rows[i].number == number)
            return p->rows[i].reason;
    fail_msg("row %d is not in the plan", number);
    return NULL;
}

/* --- clients --------------------------------------------------------------------------- */

static void every_statement_prepares(void **state)
{
    (void)state;
    world_prepares(&w, &domain_imports);
}

static void cards_of_vdirsyncer_become_clients(void **state)
{
    (void)state;
    taken(fixture("vdirsyncer.vcf"), 2, 0, 0);
    struct client c = client_called("Ana");
    int32_t birth;
    assert_true(days_parse_iso("1985-04-12", &birth));
    assert_string_equal(c.family_name, "Núñez García");
    assert_string_equal(c.name_used, "Anita");
    assert_int_equal(c.birth_date, birth);
    assert_string_equal(c.phone, "+34 600 000 000");
    assert_string_equal(c.email, "ana@example.org");
    assert_string_equal(c.street, "Calle Mayor 1, 2º");
    assert_string_equal(c.tags, "friends, practice");
    assert_non_null(strstr(c.remark, "First line\nsecond line, with a comma"));
    assert_non_null(strstr(c.remark, "+34 910 000 000"));
}

static void cards_of_radicale_are_the_same_people(void **state)
{
    (void)state;
    taken(fixture("vdirsyncer.vcf"), 2, 0, 0);
    taken(fixture("radicale.vcf"), 0, 2, 0);
    assert_int_equal(n_clients(), 2);
}

static void the_table_of_google_is_understood(void **state)
{
    (void)state;
    struct import i = put(fixture("google_contacts.csv"));
    struct import_plan p = plan_of(&i);
    assert_string_equal(p.program, "Google Contacts");
    planned(&p, 3, 0, 0);
    OK(import_run(&w.cx, i.id));
    struct client c = client_called("Ana");
    assert_string_equal(c.street, "Calle Mayor 1");
    assert_string_equal(c.tags, "Clients");
    assert_string_equal(c.remark, "Prefers mornings,\ncalls after 18:00");
    c = client_called("李");
    assert_string_equal(c.family_name, "小龙");
    assert_string_equal(c.remark, "=1+1");
}

static void the_table_of_outlook_is_understood(void **state)
{
    (void)state;
    struct import i = put(fixture("outlook.csv"));
    struct import_plan p = plan_of(&i);
    int32_t birth;
    assert_true(days_parse_iso("1985-04-12", &birth));
    assert_string_equal(p.encoding, "windows-1252");
    assert_int_equal(p.separator, ';');
    OK(import_run(&w.cx, i.id));
    struct client c = client_called("Jördis");
    assert_string_equal(c.family_name, "Ægir");
    assert_int_equal(c.birth_date, birth);
    assert_string_equal(c.country, "Deutschland");
    assert_non_null(strstr(c.remark, "95 €"));
    assert_int_equal(client_called("Karl").birth_date, DATE_NONE);
}

static void the_table_of_simplepractice_says_how_its_dates_are_written(void **state)
{
    (void)state;
    struct import i = put(fixture("simplepractice.csv"));
    struct import_plan p = plan_of(&i);
    int32_t birth;
    assert_true(days_parse_iso("1985-04-12", &birth));
    assert_string_equal(p.program, "SimplePractice");
    assert_int_equal(p.dates, DATES_MONTH_FIRST);
    assert_string_equal(p.columns[11].key, ""); /* the clinician's name has no field */
    OK(import_run(&w.cx, i.id));
    assert_int_equal(client_called("Sam").birth_date, birth);
    assert_string_equal(client_called("Pat").name_used, "Patty");
}

static void a_spanish_table_with_one_column_of_names_is_divided(void **state)
{
    (void)state;
    taken(bytes_of("Nombre;Fecha de nacimiento;Teléfono móvil;Código postal\r\n"
                   "\"Núñez García, Ana\";13/01/1985;600 000 000;08001\r\n"
                   "Marta Sanz;;;\r\n"),
          2, 0, 0);
    assert_string_equal(client_called("Ana").family_name, "Núñez García");
    assert_string_equal(client_called("Ana").postal_code, "08001");
    assert_string_equal(client_called("Marta").family_name, "Sanz");
}

static void the_columns_can_be_chosen(void **state)
{
    (void)state;
    struct import i = put(bytes_of("A,B,C\nAna,Alba,secret\n"));
    struct import_plan p = plan_of(&i);
    planned(&p, 0, 0, 1);
    assert_string_equal(reason_of(&p, 2), "There is no name.");
    i.mapping = "given_name,family_name,";
    i.status = CLIENT_WAITING;
    i.clinician = w.person[CLINICIAN_B];
    OK(import_choose(&w.cx, &i));
    OK(import_run(&w.cx, i.id));
    struct client c = client_called("Ana");
    assert_true(id_eq(c.clinician, w.person[CLINICIAN_B]));
    assert_int_equal(c.status, CLIENT_WAITING);
    assert_null(c.remark);
}

static void choices_that_do_not_exist_are_refused(void **state)
{
    (void)state;
    struct import i = put(bytes_of("A,B\nAna,Alba\n"));
    i.mapping = "given_name,version";
    REFUSED(import_choose(&w.cx, &i), RC_INVALID, "column.1", "Choose one of the list.");
    i.mapping = "";
    i.clinician = w.person[RECEPTION];
    REFUSED(import_choose(&w.cx, &i), RC_INVALID, "clinician",
            "Choose a clinician of the practice.");
}

/* --- bad rows -------------------------------------------------------------------------------- */

static void a_row_that_is_not_taken_says_why(void **state)
{
    (void)state;
    const char *file = TEXT_OF("given name,family name,date of birth,email\n"
                               ",,,\n"
                               "Ana,,,\n"
                               "%0100d,Alba,,\n"
                               "Ana,Alba,1985-04-12,ana@example.org\n"
                               "ana,ALBÁ,12/04/1985,\n"
                               "Ana,Alba,1999-01-01,\n"
                               "Leo,Lara,1985-02-31,not an address,too,many\n"
                               "Eva\n"
                               "Tea,\"not closed\n",
                               0);
    struct import i = put(bytes_of(file));
    i.dates = DATES_DAY_FIRST;
    OK(import_choose(&w.cx, &i));
    struct import_plan p = plan_of(&i);
    assert_string_equal(reason_of(&p, 3), "The family name is missing.");
    assert_string_equal(reason_of(&p, 4), "Given name: Shorten this to 80 characters; it has 100.");
    assert_string_equal(reason_of(&p, 5), "");
    assert_string_equal(reason_of(&p, 6), "The same person stands in row 5.");
    assert_string_equal(reason_of(&p, 7), "");
    assert_non_null(strstr(reason_of(&p, 8), "Date of birth: could not be read"));
    assert_non_null(strstr(reason_of(&p, 8), "E-mail: could not be read"));
    assert_non_null(strstr(reason_of(&p, 8), "more cells than the first row"));
    assert_string_equal(reason_of(&p, 9), "The family name is missing.");
    OK(import_run(&w.cx, i.id));
    struct client c = client_called("Leo");
    assert_int_equal(c.birth_date, DATE_NONE);
    assert_non_null(strstr(c.remark, "Date of birth: 1985-02-31"));
    assert_non_null(strstr(c.remark, "E-mail: not an address"));
}

static void a_telephone_of_nobody_and_a_birth_to_come_go_to_the_remarks(void **state)
{
    (void)state;
    taken(bytes_of("first name,last name,emergency phone,dob\nAna,Alba,600 000 000,2031-01-01\n"),
          1, 0, 0);
    struct client c = client_called("Ana");
    assert_non_null(strstr(c.remark, "Emergency phone: 600 000 000"));
    assert_non_null(strstr(c.remark, "Date of birth: 2031-01-01"));
}

static void dates_that_can_be_read_in_two_ways_are_asked_for(void **state)
{
    (void)state;
    static const char table[] = "first name,last name,dob\nAna,Alba,04/05/1985\nEva,Egea,\n";
    struct import i = put(bytes_of(table));
    struct import_plan p = plan_of(&i);
    assert_int_equal(p.dates, DATES_GUESSED);
    assert_non_null(strstr(p.note, "04/05/1985 can be read in two ways."));
    REFUSED(import_run(&w.cx, i.id), RC_INVALID, "dates", "Say how the dates are written.");
    assert_int_equal(n_clients(), 0);
    i.dates = DATES_MONTH_FIRST;
    OK(import_choose(&w.cx, &i));
    p = plan_of(&i);
    assert_null(p.note);
    OK(import_run(&w.cx, i.id));
    assert_int_equal(client_called("Ana").birth_date, days_from_civil(1985, 4, 5));
}

static void dates_that_contradict_each_other_are_asked_for_too(void **state)
{
    (void)state;
    static const char *const mixed[] = {"31/12/1985", "12/31/1985", "04/05/1985"},
                             *const told[] = {"31/12/1985", "04/05/1985", "1985-12-31", "5/5/1985"},
                             *const same[] = {"5/5/1985", "1985-04-05", "soon", ""};
    const char *open;
    assert_int_equal(dates_guess(mixed, 3, &open), DATES_GUESSED);
    assert_string_equal(open, "04/05/1985");
    assert_int_equal(dates_guess(mixed, 2, &open), DATES_DAY_FIRST); /* each tells for itself */
    assert_null(open);
    assert_int_equal(dates_guess(told, 4, &open), DATES_DAY_FIRST);
    assert_null(open);
    assert_int_equal(dates_guess(same, 4, &open), DATES_DAY_FIRST);
    assert_null(open);
}

static void columns_show_three_values_and_what_is_odd_about_them(void **state)
{
    (void)state;
    struct import i = put(bytes_of("first name,last name,phone,phone,\n"
                                   "Ana,Alba,1,2,x\nAna,Egea,,3,\nEva,Lara,,4,\nLeo,Sanz,,5,\n"
                                   "Tea,Vila,,6,\n"));
    struct import_plan p = plan_of(&i);
    assert_string_equal(p.columns[0].sample, "Ana · Eva · Leo");
    assert_true(p.columns[0].is_guess);
    assert_false(p.columns[0].has_twin);
    assert_true(p.columns[2].has_twin && p.columns[3].has_twin);
    i.mapping = "given_name,family_name,,phone,";
    p = plan_of(&i);
    assert_false(p.columns[0].is_guess);
}

static void what_the_file_says_otherwise_is_named_and_not_changed(void **state)
{
    (void)state;
    make_client("Ana", "Alba", "old@example.org");
    struct import i =
        put(bytes_of("name,email,dob\nAna Alba,,\nAna Alba,old@example.org,1985-04-12\n"));
    struct import_plan p = plan_of(&i);
    planned(&p, 0, 2, 0);
    assert_null(strstr(reason_of(&p, 2), "stands in the file alone"));
    assert_non_null(strstr(reason_of(&p, 3), "The date of birth stands in the file alone."));
    OK(import_run(&w.cx, i.id));
    assert_int_equal(client_called("Ana").birth_date, DATE_NONE);
}

static const char *left_out_of(struct id id)
{
    struct bytes csv;
    OK(import_left_out_csv(&w.cx, id, &csv));
    return arena_strndup(&w.arena, (const char *)csv.p, csv.len);
}

static void what_was_left_out_is_corrected_and_brought_again(void **state)
{
    (void)state;
    struct bytes none;
    struct import i = put(bytes_of("First name;Last name;Phone;Notes;\"Odd, \"\"head\"\"\"\r\n"
                                   "Ana;Alba;+34 600 000 000;;\r\n"
                                   "Eva;;+34 600 000 001;\"=cmd|'x'!A1\r\nsecond; line\";-\r\n"
                                   ";Lara;;;\r\n"));
    OK(import_run(&w.cx, i.id));
    const char *csv = left_out_of(i.id);
    assert_string_equal(
        csv, "\xef\xbb\xbf"
             "First name,Last name,Phone,Notes,\"Odd, \"\"head\"\"\",Why it was left out\r\n"
             "Eva,,'+34 600 000 001,\"'=cmd|'x'!A1\r\nsecond; line\",'-,"
             "The family name is missing.\r\n"
             ",Lara,,,,The given name is missing.\r\n");
    const char *mended = strstr(csv, "Eva,,");
    csv = TEXT_OF("%.*sEva,Egea,%s", (int)(mended - csv), csv, mended + 5);
    taken(bytes_of(csv), 1, 0, 1);
    assert_string_equal(client_called("Eva").phone, "+34 600 000 001");
    assert_non_null(strstr(client_called("Eva").remark, "=cmd|'x'!A1"));
    taken(bytes_of(csv), 0, 1, 1);
    assert_int_equal(n_clients(), 2);
    i = put(bytes_of("name\nLeo Lara\n"));
    OK(import_run(&w.cx, i.id));
    REFUSED(import_left_out_csv(&w.cx, i.id, &none), RC_NOT_FOUND, NULL,
            "No row of this file was left out.");
}

static void a_file_that_is_none_is_refused(void **state)
{
    (void)state;
    struct import i;
    char *line = arena_alloc(&w.arena, 10 << 20);
    REFUSED(import_put(&w.cx, bytes_of(""), &i), RC_INVALID, "file", "The file is empty.");
    REFUSED(import_put(&w.cx, bytes_of("BEGIN:VCARD"), &i), RC_INVALID, "file",
            "The card has no end; the file may be cut off.");
    REFUSED(import_put(&w.cx, bytes_of("name,email\n"), &i), RC_INVALID, "file",
            "There are no rows below the headings.");
    static const unsigned char zeros[64];
    w.cx.n_errs = 0;
    assert_int_equal(import_put(&w.cx, (struct bytes){zeros, sizeof(zeros)}, &i), RC_INVALID);
    memset(line, 'x', 10 << 20);
    w.cx.n_errs = 0;
    assert_int_equal(import_put(&w.cx, (struct bytes){(unsigned char *)line, 10 << 20}, &i),
                     RC_INVALID);
    assert_non_null(cx_err(&w.cx, "file"));
    memset(line, ',', 10 << 20);
    w.cx.n_errs = 0;
    assert_int_equal(import_put(&w.cx, (struct bytes){(unsigned char *)line, 10 << 20}, &i),
                     RC_INVALID);
}

/* --- calendars ------------------------------------------------------------------------------ */

static void a_series_of_khal_is_taken_date_by_date(void **state)
{
    (void)state;
    struct id c = make_client("Weekly", "Sessión", NULL);
    struct import i = calendar_put(fixture("khal.ics"), "2026-03-01", "2026-10-31");
    struct import_plan p = plan_of(&i);
    planned(&p, 7, 0, 3);
    OK(import_run(&w.cx, i.id));
    struct appointment_row *rows;
    int n;
    OK(appointment_list_client(&w.cx, c, INT64_MAX, 100, &rows, &n));
    assert_int_equal(n, 7);
    struct local l = zone_local(w.cx.zone, rows[n - 1].start_ms);
    assert_int_equal(l.days, days_from_civil(2026, 3, 16));
    assert_int_equal(l.minute, 9 * 60);
    assert_int_equal(rows[n - 1].state, APPT_HELD); /* it is past */
    assert_true(rows[n - 1].is_closed);
}

static void whom_radicale_invited_is_whose_appointment_it_is(void **state)
{
    (void)state;
    struct id c = make_client("Ana", "Alba", "Ana@example.org");
    struct import i = calendar_put(fixture("radicale.ics"), "2026-01-01", "2026-12-31");
    struct import_plan p = plan_of(&i);
    planned(&p, 5, 0, 1); /* one moved, one called off */
    OK(import_run(&w.cx, i.id));
    assert_int_equal(n_appointments(c), 5);
    i = calendar_put(fixture("radicale.ics"), "2026-01-01", "2026-12-31");
    p = plan_of(&i);
    planned(&p, 0, 5, 1);
}

static const char event[] = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\n"
                            "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261201T100000\r\n"
                            "DTEND:20261201T105000\r\nSUMMARY:  sanz,  MARTA \r\nEND:VEVENT\r\n"
                            "BEGIN:VEVENT\r\nUID:2\r\nDTSTART:20261201T103000\r\n"
                            "DTEND:20261201T112000\r\nSUMMARY:Jon Alonso\r\nEND:VEVENT\r\n"
                            "BEGIN:VEVENT\r\nUID:3\r\nDTSTART:20261202T100000\r\n"
                            "SUMMARY:Jon Alonso\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

static void what_is_in_the_way_is_named(void **state)
{
    (void)state;
    struct id marta = make_client("Marta", "Sanz", NULL), jon = make_client("Jon", "Alonso", NULL);
    struct appointment a;
    record_init(&appointment_type, &a);
    a.id = (struct id){{0}};
    a.clinician = w.person[CLINICIAN_A];
    a.service = service;
    a.state = APPT_BOOKED;
    a.client[0] = marta;
    a.n_clients = 1;
    (void)zone_instant(w.cx.zone, (struct local){days_from_civil(2026, 12, 2), 10 * 60 + 30},
                       &a.start_ms);
    a.end_ms = a.start_ms + 50 * MS_PER_MIN;
    OK(appointment_save(&w.cx, &a));
    struct import i = calendar_put(bytes_of(event), "2026-12-01", "2026-12-31");
    struct import_plan p = plan_of(&i);
    planned(&p, 1, 0, 2);
    assert_string_equal(reason_of(&p, 2), "Another event of this file takes the same time.");
    assert_non_null(strstr(reason_of(&p, 3), "Ana Alba is already taken then: Wed, 2 Dec"));
    OK(import_run(&w.cx, i.id));
    assert_int_equal(n_appointments(marta), 2);
    assert_int_equal(n_appointments(jon), 0);
}

static void two_clients_of_one_name_are_not_guessed(void **state)
{
    (void)state;
    make_client("Jon", "Alonso", "a@example.org");
    make_client("Jon", "Alonso", "b@example.org");
    struct import i = calendar_put(bytes_of(event), "2026-12-01", "2026-12-31");
    struct import_plan p = plan_of(&i);
    planned(&p, 0, 0, 3);
    assert_string_equal(reason_of(&p, 3), "Several clients have this name or address.");
    assert_string_equal(reason_of(&p, 1), "No client has this name.");
}

static void what_was_cancelled_here_does_not_come_back(void **state)
{
    (void)state;
    struct id jon = make_client("Jon", "Alonso", NULL);
    struct import i = calendar_put(bytes_of(event), "2026-12-02", "2026-12-31");
    struct appointment_row *rows;
    int n;
    OK(import_run(&w.cx, i.id));
    OK(appointment_list_client(&w.cx, jon, INT64_MAX, 10, &rows, &n));
    assert_int_equal(n, 1);
    assert_int_equal(rows[0].end_ms - rows[0].start_ms, 50 * MS_PER_MIN); /* as the service takes */
    OK(appointment_set_state(&w.cx, rows[0].id, rows[0].version, APPT_CANCELLED, NULL));
    i = calendar_put(bytes_of(event), "2026-12-02", "2026-12-31");
    struct import_plan p = plan_of(&i);
    planned(&p, 0, 1, 0);
}

/* --- many, twice, broken off ------------------------------------------------------------- */

static struct bytes big_table(int n)
{
    struct buf b;
    buf_init(&b, &w.arena, 4 << 20);
    buf_puts(&b, "First Name,Last Name,DOB,Email,Phone,Notes\n");
    for (int i = 0; i < n; i++)
        buf_printf(&b, "Ana%d,Alba,1985-04-%02d,a%d@example.org,600 %06d,=cmd|' /C calc'!A%d\n", i,
                   i % 30 + 1, i, i, i);
    return (struct bytes){(const unsigned char *)b.s, b.len};
}

static void five_thousand_rows_are_taken_once(void **state)
{
    (void)state;
    struct bytes file = big_table(5000);
    taken(file, 5000, 0, 0);
    taken(file, 0, 5000, 0);
    assert_int_equal(n_clients(), 5000);
    assert_string_equal(client_called("Ana7").remark, "=cmd|' /C calc'!A7");
}

static void a_database_that_fails_anywhere_loses_and_doubles_nothing(void **state)
{
    (void)state;
    struct bytes file = bytes_of("first name,last name\nAna,Alba\nEva,Egea\nLeo,Lara\n");
    for (int nth = 1; nth < 60; nth++) {
        struct import i = put(file);
        db_fail_nth(w.db, nth);
        enum rc rc = import_run(&w.cx, i.id);
        db_fail_nth(w.db, 0);
        assert_true(rc == RC_OK || rc == RC_BUSY || rc == RC_BROKEN);
        OK(import_run(&w.cx, i.id));
        assert_int_equal(n_clients(), 3);
        OK(import_erase(&w.cx, i.id));
        w.cx.n_errs = 0;
    }
}

/* --- what stays and what goes ------------------------------------------------------------ */

static bool still_has(struct id id, const char *needle)
{
    _cleanup_rows_ struct db_rows *rows = NULL;
    struct db_val v[] = {DB_I(w.cx.practice), DB_ID(id), DB_ID(w.cx.actor.user)};
    OK(db_query(w.db, &w.arena, &SQL_IMPORT_CONTENT, v, 3, &rows));
    assert_true(db_next(rows));
    struct bytes b = db_bytes(rows, 1);
    bool found = memmem(b.p, b.len, needle, strlen(needle)) != NULL;
    OK(db_end(rows));
    return found;
}

static void the_file_lies_sealed_and_gives_way_to_its_report(void **state)
{
    (void)state;
    struct import i = put(fixture("vdirsyncer.vcf"));
    struct import_row *rows;
    struct import_plan p;
    int n;
    assert_false(still_has(i.id, "Rivers"));
    REFUSED(import_report(&w.cx, i.id, &rows, &n), RC_CONFLICT, NULL,
            "This file has not been taken in yet.");
    OK(import_run(&w.cx, i.id));
    assert_false(still_has(i.id, "Rivers"));
    REFUSED(import_plan(&w.cx, &i, &p), RC_CONFLICT, NULL, "This file was taken in meanwhile.");
    OK(import_run(&w.cx, i.id)); /* a second click */
    OK(import_report(&w.cx, i.id, &rows, &n));
    assert_int_equal(n, 2);
    assert_int_equal(rows[0].outcome, IMPORT_TAKEN);
    assert_int_equal(n_clients(), 2);
}

static void the_table_of_the_report_calculates_nothing(void **state)
{
    (void)state;
    struct import i = put(bytes_of("name\n\"=HYPERLINK(1)\"\n"));
    struct bytes csv;
    OK(import_run(&w.cx, i.id));
    OK(import_report_csv(&w.cx, i.id, &csv));
    const char *s = arena_strndup(&w.arena, (const char *)csv.p, csv.len);
    assert_non_null(strstr(s, "2,Left out,'=HYPERLINK(1),,The family name is missing."));
}

static void a_file_is_its_owner_s_and_goes_after_a_day(void **state)
{
    (void)state;
    struct import i = put(fixture("vdirsyncer.vcf")), again;
    int n;
    world_as(&w, RECEPTION);
    REFUSED(import_load(&w.cx, i.id, &again), RC_NOT_FOUND, NULL,
            "There is no such import. It may have run out.");
    world_as(&w, OWNER);
    OK(import_load(&w.cx, i.id, &again));
    OK(jobs_run(&w.app, w.db, &w.arena, w.cx.now_ms + MS_PER_DAY - 1, 10, &n));
    assert_int_equal(n, 0);
    OK(jobs_run(&w.app, w.db, &w.arena, w.cx.now_ms + MS_PER_DAY, 10, &n));
    assert_int_equal(n, 1);
    assert_int_equal(import_load(&w.cx, i.id, &again), RC_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ALONE(every_statement_prepares),
        ALONE(cards_of_vdirsyncer_become_clients),
        ALONE(cards_of_radicale_are_the_same_people),
        ALONE(the_table_of_google_is_understood),
        ALONE(the_table_of_outlook_is_understood),
        ALONE(the_table_of_simplepractice_says_how_its_dates_are_written),
        ALONE(a_spanish_table_with_one_column_of_names_is_divided),
        ALONE(the_columns_can_be_chosen),
        ALONE(choices_that_do_not_exist_are_refused),
        ALONE(a_row_that_is_not_taken_says_why),
        ALONE(a_telephone_of_nobody_and_a_birth_to_come_go_to_the_remarks),
        ALONE(dates_that_can_be_read_in_two_ways_are_asked_for),
        ALONE(dates_that_contradict_each_other_are_asked_for_too),
        ALONE(columns_show_three_values_and_what_is_odd_about_them),
        ALONE(what_the_file_says_otherwise_is_named_and_not_changed),
        ALONE(what_was_left_out_is_corrected_and_brought_again),
        ALONE(a_file_that_is_none_is_refused),
        ALONE(a_series_of_khal_is_taken_date_by_date),
        ALONE(whom_radicale_invited_is_whose_appointment_it_is),
        ALONE(what_is_in_the_way_is_named),
        ALONE(two_clients_of_one_name_are_not_guessed),
        ALONE(what_was_cancelled_here_does_not_come_back),
        ALONE(five_thousand_rows_are_taken_once),
        ALONE(a_database_that_fails_anywhere_loses_and_doubles_nothing),
        ALONE(the_file_lies_sealed_and_gives_way_to_its_report),
        ALONE(the_table_of_the_report_calculates_nothing),
        ALONE(a_file_is_its_owner_s_and_goes_after_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * demo_people.c - the fictitious practice, its staff and its clients. */
#include "app/app.h"
#include "demo_private.h"

#include <stdlib.h>
#include <string.h>

struct known {
    const char *given, *family, *title, *email, *locale, *template_key;
    unsigned roles;
};
/* The same three in every demo, so that a manual can show them. */
static const struct known known[] = {
    {"Inés", "Robles", "Dr.", "ines.robles@example.org", "en-GB", "dap",
     ROLE_OWNER | ROLE_CLINICIAN},
    {"Clara", "Prat", NULL, "clara.prat@example.org", "en-GB", "soap", ROLE_CLINICIAN},
    {"Tomás", "Gil", NULL, "tomas.gil@example.org", "en-GB", "birp", ROLE_CLINICIAN},
};
static const struct known office[] = {
    {"Rosa", "Vela", NULL, "rosa.vela@example.org", "en-GB", NULL, ROLE_RECEPTION},
    {"Marc", "Soler", NULL, "marc.soler@example.org", "en-GB", NULL, ROLE_BILLING},
};

static enum rc practice(struct demo *d)
{
    struct practice p;
    record_init(&practice_type, &p);
    p.name = "Consulta Alameda";
    p.legal_name = "Consulta Alameda, S.L.P.";
    p.tax_id = "B00000000";
    p.street = "Calle de la Alameda 14, 2.º";
    p.postal_code = "28014";
    p.city = "Madrid";
    p.country = "ES";
    p.phone = "+34 910 000 000";
    p.email = "consulta@example.org";
    p.bank_account = "ES00 0000 0000 0000 0000 0000";
    p.exemption_text = "Exempt from VAT under article 20.1.3 of the Spanish Law 37/1992.";
    p.time_zone = "Europe/Madrid";
    p.locale = "en-GB";
    p.currency = "EUR";
    p.invoice_due_days = 14;
    p.note_late_hours = 72;
    p.is_demo = true;
    TRY(practice_create(d->cx, &p));
    d->practice = p;
    return RC_OK;
}

static const struct service services[] = {
    {.code = "IND", .name = "Individual, 50 min", .duration_min = 50, .fee_cents = 7000},
    {.code = "IND-V",
     .name = "Individual by video, 50 min",
     .duration_min = 50,
     .modality = MODALITY_VIDEO,
     .fee_cents = 6500},
    {.code = "COU",
     .name = "Couple, 50 min",
     .duration_min = 50,
     .kind = SERVICE_COUPLE,
     .fee_cents = 9500},
    {.code = "TEL",
     .name = "Phone contact, 20 min",
     .duration_min = 20,
     .modality = MODALITY_PHONE},
    {.code = "FAM",
     .name = "Family, 80 min",
     .duration_min = 80,
     .kind = SERVICE_FAMILY,
     .fee_cents = 11000},
    {.code = "GRP",
     .name = "Grief group, 90 min",
     .duration_min = 90,
     .kind = SERVICE_GROUP,
     .fee_cents = 3500},
};

static enum rc places(struct demo *d)
{
    struct service *const keep[] = {&d->individual, &d->video, &d->couple, &d->phone};
    for (size_t i = 0; i < N_ELEMS(services); i++) {
        struct service s = services[i];
        s.position = (int64_t)i;
        s.is_active = true;
        TRY(service_save(d->cx, &s));
        if (i < N_ELEMS(keep))
            *keep[i] = s;
    }
    for (int i = 0; i < d->o.n_clinicians; i++) {
        struct room r = {.name = arena_printf(d->keep, "Room %d", i + 1),
                         .capacity = 3,
                         .position = i,
                         .is_active = true};
        TRY(room_save(d->cx, &r));
        d->clinician[i].room = r.id;
    }
    struct room group = {.name = "Group room", .capacity = 10, .position = 1000, .is_active = true};
    return room_save(d->cx, &group);
}

static enum rc staff(struct demo *d, const struct known *k, int color, struct demo_sign_in *ret,
                     struct id *ret_id)
{
    struct person p;
    record_init(&person_type, &p);
    p.given_name = k->given;
    p.family_name = k->family;
    p.title = k->title;
    p.email = k->email;
    p.locale = k->locale;
    p.note_template = k->template_key;
    p.roles = k->roles;
    p.is_active = true;
    p.color = color;
    p.lock_min = 60;
    p.licence = k->roles & ROLE_CLINICIAN ? "M-00000" : NULL;
    TRY(person_save(d->cx, &p, DEMO_PASSWORD));
    *ret = (struct demo_sign_in){k->email, role_names(d->keep, k->roles)};
    *ret_id = p.id;
    return RC_OK;
}

static enum rc hours(struct demo *d, struct id person)
{
    struct opening o[10];
    int n = 0;
    for (int day = 0; day < 5; day++) {
        o[n++] = (struct opening){.weekday = day, .start_min = 9 * 60, .end_min = 14 * 60};
        o[n++] = (struct opening){.weekday = day, .start_min = 16 * 60, .end_min = 20 * 60};
    }
    return opening_replace(d->cx, person, o, n);
}

static enum rc clinicians(struct demo *d, struct demo_sign_in *sign_ins, int *n)
{
    for (int i = 0; i < d->o.n_clinicians; i++) {
        struct demo_clinician *c = &d->clinician[i];
        struct known k;
        if (i < (int)N_ELEMS(known)) {
            k = known[i];
        } else {
            struct demo_name name = demo_name(&d->dice);
            k = (struct known){
                name.given,    name.family,
                NULL,          arena_printf(d->keep, "clinician%d@example.org", i + 1),
                "en-GB",       i % 2 == 0 ? "dap" : "soap",
                ROLE_CLINICIAN};
        }
        TRY(staff(d, &k, i % 12, &sign_ins[(*n)++], &c->id));
        TRY(hours(d, c->id));
        c->template_key = k.template_key;
        d->cx->cat = catalogue_get("es");
        TRY(note_template_load(d->cx, k.template_key, &c->template_es));
        d->cx->cat = catalogue_get("en");
        TRY(note_template_load(d->cx, k.template_key, &c->template));
    }
    struct id ignored;
    for (size_t i = 0; i < N_ELEMS(office); i++)
        TRY(staff(d, &office[i], 11, &sign_ins[(*n)++], &ignored));
    return RC_OK;
}

/* --- clients --------------------------------------------------------------------------------- */

static const char *phone(struct demo *d)
{
    return arena_printf(d->keep, "+34 6%02d %03d %03d", dice_below(&d->dice, 100),
                        dice_below(&d->dice, 1000), dice_below(&d->dice, 1000));
}

/* The age is the one at which treatment began. */
static void identity(struct demo *d, int i, struct client *c, struct demo_client *x)
{
    static const char *const pronouns[] = {"she / her", "he / him", "they / them", NULL, NULL};
    static const char *const referral[] = {"GP", "a friend", "the insurer", "the web page",
                                           "Dr. Vidal, psychiatrist"};
    static const char *const insurer[] = {NULL, NULL, NULL, "Mutua Norte", "Sanivida"};
    struct dice *g = &d->dice;
    struct demo_name n = demo_name(g);
    int age = dice_percent(g, 7) ? 12 + dice_below(g, 6) : 19 + dice_below(g, 55);
    x->is_spanish = strcmp(n.language, "es") == 0 && i % 5 == 3;
    c->given_name = n.given;
    c->family_name = n.family;
    c->pronouns = pronouns[dice_below(g, (int)N_ELEMS(pronouns))];
    int32_t began = d->first_monday + 7 * x->from_week;
    c->birth_date = (began < d->today ? began : d->today) - age * 365 - dice_below(g, 365);
    c->profession = age < 18 ? "pupil" : demo_profession(g);
    c->phone = phone(d);
    c->email = arena_printf(d->keep, "client%d@example.net", i + 1);
    c->street = demo_street(g);
    c->city = demo_city(g);
    c->postal_code = arena_printf(d->keep, "28%03d", dice_below(g, 60));
    c->country = "ES";
    c->languages = x->is_spanish ? "Spanish" : "English, Spanish";
    c->referral_source = referral[dice_below(g, (int)N_ELEMS(referral))];
    c->insurer = insurer[dice_below(g, (int)N_ELEMS(insurer))];
    c->id_number = arena_printf(d->keep, "%08dT", dice_below(g, 100000000));
    c->contact_channels = 1u | (unsigned)dice_below(g, 8);
    if (age < 18) {
        c->guardian_name = arena_printf(d->keep, "%s %s", demo_name(g).given, n.family);
        c->guardian_phone = phone(d);
        c->guardian_relation = "parent";
    }
    if (dice_percent(g, 20)) {
        c->contact_hours = "weekdays after 18:00";
        c->contact_wording = "say it is the dentist; never leave a message";
    }
    if (dice_percent(g, 30))
        c->tags = dice_percent(g, 50) ? "evening" : "reduced fee, evening";
}

/* Whose slot, from when to when: slots are handed on from one client to the next. */
static void treatment(struct demo *d, int i, struct demo_client *x)
{
    int c = i % d->o.n_clinicians, nth = i / d->o.n_clinicians;
    struct demo_clinician *k = &d->clinician[c];
    int per_clinician = (d->o.n_clients + d->o.n_clinicians - 1) / d->o.n_clinicians;
    int slot = nth % k->n_slots, rounds = (per_clinician + k->n_slots - 1) / k->n_slots,
        round = nth / k->n_slots;
    int span = d->n_weeks / (rounds > 0 ? rounds : 1);
    x->clinician = k->id;
    x->slot = slot;
    x->second_slot = -1;
    x->from_week = round * span + (round > 0 ? 1 + dice_below(&d->dice, 3) : 0);
    x->to_week =
        round == rounds - 1 ? d->n_weeks + 8 : (round + 1) * span - dice_below(&d->dice, 4);
    x->is_video = slot % 6 == 4;
    x->is_couple = slot % 9 == 8 && !x->is_video;
    arena_grow(d->keep, k->slot_client[slot], k->n_slot_clients[slot], k->cap_slot_clients[slot]);
    k->slot_client[slot][k->n_slot_clients[slot]++] = i;
}

/* The first comes twice a week for all the years. */
static void comes_often(const struct demo *d, struct demo_client *x)
{
    x->to_week = d->n_weeks + 8;
    x->second_slot = (x->slot + SLOTS_A_WEEK / 2 + 2) % SLOTS_A_WEEK /* on another day */;
}

static enum client_status status(struct demo *d, const struct demo_client *x)
{
    if (x->to_week < d->n_weeks)
        return x->to_week < d->n_weeks - 260 ? CLIENT_ARCHIVED : CLIENT_CLOSED;
    return CLIENT_ACTIVE;
}

static enum rc clients(struct demo *d)
{
    struct cx *cx = d->cx;
    for (int i = 0; i < d->n_clients; i++) {
        struct demo_client *x = &d->client[i];
        struct client c;
        record_init(&client_type, &c);
        treatment(d, i, x);
        if (i == 0)
            comes_often(d, x);
        identity(d, i, &c, x);
        c.status = status(d, x);
        c.clinician = x->clinician;
        cx->now_ms =
            zone_day_start(cx->zone, d->first_monday + 7 * x->from_week) + INT64_C(36000000);
        if (cx->now_ms > d->now_ms)
            cx->now_ms = d->now_ms;
        TRY(client_save(cx, &c));
        struct client_keys keys;
        const struct cap *cap;
        TRY(authorize(cx, ACT_WRITE_NOTES, c.id, PURPOSE_CARE, &cap));
        TRY(client_keys_load(cx, cap, &keys));
        x->id = c.id;
        for (int k = 0; k < SEAL_KEYS_N_; k++)
            if (keys.wrapped[k].p != NULL)
                x->keys.wrapped[k] = (struct bytes){
                    (unsigned char *)arena_strndup(d->keep, (const char *)keys.wrapped[k].p,
                                                   keys.wrapped[k].len),
                    keys.wrapped[k].len};
    }
    cx->now_ms = d->now_ms;
    return RC_OK;
}

/* A few who wait or are paused. */
static enum rc others(struct demo *d)
{
    struct cx *cx = d->cx;
    for (int i = 0; i < 6; i++) {
        struct client c;
        struct demo_client ignored = {.from_week = d->n_weeks};
        record_init(&client_type, &c);
        identity(d, d->n_clients + i, &c, &ignored);
        c.status = i < 4 ? CLIENT_WAITING : CLIENT_PAUSED;
        c.clinician = i % 2 == 0 ? d->clinician[0].id : (struct id){{0}};
        c.remark = i == 0 ? "Prefers mornings; can come at short notice." : NULL;
        TRY(client_save(cx, &c));
    }
    return RC_OK;
}

enum rc demo_people(struct demo *d, struct demo_sign_in **ret, int *ret_n)
{
    struct demo_sign_in *list =
        arena_array(d->keep, struct demo_sign_in, d->o.n_clinicians + (int)N_ELEMS(office));
    int n = 0;
    int per_clinician = (d->o.n_clients + d->o.n_clinicians - 1) / d->o.n_clinicians;
    d->clinician = arena_array(d->keep, struct demo_clinician, d->o.n_clinicians);
    d->client = arena_array(d->keep, struct demo_client, d->n_clients);
    for (int i = 0; i < d->o.n_clinicians; i++) {
        int want = per_clinician > 60 ? SLOTS_A_WEEK : per_clinician * 6 / 10;
        d->clinician[i].n_slots = want < 1 ? 1 : want > SLOTS_A_WEEK ? SLOTS_A_WEEK : want;
    }
    TRY(practice(d));
    d->cx->app->settings.is_demo = true;
    TRY(clinicians(d, list, &n));
    TRY(places(d));
    TRY(clients(d));
    TRY(others(d));
    *ret = list;
    *ret_n = n;
    return RC_OK;
}

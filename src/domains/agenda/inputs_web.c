/* SPDX-License-Identifier: AGPL-3.0-or-later
 * inputs_web.c - the form of an appointment: its inputs, and what comes back in them. */
#include "inputs_web.h"

#include <string.h>

enum { FIND_MAX = 6, N_MORE = 3 };

/* Keys besides the fields. */
static const struct form_key appointment_also[] = {{"clients", FORM_EMPTY},
                                                   {"clients.", FORM_STRING},
                                                   {"client_name", FORM_STRING},
                                                   {"minutes", FORM_NUMBER},
                                                   {"repeat", FORM_NUMBER},
                                                   {"given_name", FORM_STRING},
                                                   {"family_name", FORM_STRING},
                                                   {"phone", FORM_STRING},
                                                   {"email", FORM_STRING},
                                                   {"birth_date", FORM_STRING},
                                                   {0}};

/* --- reading: who comes -------------------------------------------------------------- */

static enum rc add_client(struct cx *cx, struct appointment *a, struct id client)
{
    if (a->n_clients == APPT_MAX_CLIENTS)
        return refusef(cx, RC_INVALID, "clients",
                       N_("At most %d clients fit into one appointment."), APPT_MAX_CLIENTS);
    a->client[a->n_clients++] = client;
    return RC_OK;
}

static enum rc add_id(struct cx *cx, struct appointment *a, const char *s)
{
    struct id client;
    if (!id_parse(s, &client))
        return refuse(cx, RC_INVALID, "clients", N_("Choose a client of the list."));
    return add_client(cx, a, client);
}

/* A name that no script has turned into a choice: taken when it can mean one client only. */
static enum rc add_name(struct cx *cx, struct appointment *a, const char *name,
                        struct typed_clients *t)
{
    struct client_name *found;
    int n;
    const char *folded = text_fold(cx->arena, name);
    t->typed = name;
    TRY(client_find(cx, name, FIND_MAX, &found, &n));
    for (int i = 0; i < n; i++)
        if (n == 1 || strcmp(text_fold(cx->arena, found[i].name), folded) == 0) {
            t->typed = NULL;
            return add_client(cx, a, found[i].id);
        }
    if (n == 0)
        return refusef(cx, RC_INVALID, "clients", N_("No client is called \"%s\"."), name);
    t->found = found;
    t->n_found = n;
    return refusef(cx, RC_INVALID, "clients", N_("Several clients fit \"%s\". Tick who comes."),
                   name);
}

static bool is_clients_key(const char *key)
{
    return strcmp(key, "clients") == 0 || strncmp(key, "clients.", 8) == 0;
}

bool has_new_client(const struct form *f)
{
    return is_filled(form_get(f, "given_name")) || is_filled(form_get(f, "family_name"));
}

/* Each picker sends its name and then the id of the choice, which is empty when nothing was chosen.
 */
static enum rc read_clients(struct cx *cx, const struct form *f, struct appointment *a,
                            struct typed_clients *t)
{
    const char *name = NULL;
    bool is_sent = false, is_new = has_new_client(f); /* whose name still stands in the picker */
    enum rc rc = RC_OK;
    *t = (struct typed_clients){0};
    for (int i = 0; i <= f->n && rc == RC_OK; i++) {
        const char *key = i < f->n ? f->pair[i].key : "client_name",
                   *value = i < f->n ? f->pair[i].value : "";
        bool is_name = strcmp(key, "client_name") == 0;
        if (!is_name && !is_clients_key(key))
            continue;
        if (i < f->n && !is_sent) {
            is_sent = true;
            a->n_clients = 0;
        }
        if (!is_name && is_filled(value))
            rc = add_id(cx, a, value);
        else if (is_filled(name) && !is_new)
            rc = add_name(cx, a, name, t);
        name = is_name ? value : NULL;
    }
    return rc;
}

/* Given and family name, as clients are made anywhere. */
enum rc read_new_client(struct cx *cx, const struct form *f, struct client *ret)
{
    static const char *const keys[] = {"given_name", "family_name", "phone", "email", "birth_date"};
    struct form own = {.is_json = f->is_json};
    *ret = (struct client){0};
    record_init(&client_type, ret);
    ret->status = CLIENT_ACTIVE;
    for (size_t i = 0; i < N_ELEMS(keys); i++)
        if (form_has(f, keys[i]))
            form_add(cx->arena, &own, keys[i], form_get(f, keys[i]));
    return record_parse(cx, &client_type, &own, NULL, ret);
}

/* --- reading: how long, how often -------------------------------------------------------- */

static enum rc read_number(struct cx *cx, const struct form *f, const char *key, int max, int *ret)
{
    const char *s = form_get(f, key);
    int n = 0;
    if (!is_filled(s))
        return RC_OK;
    for (const char *c = s; *c >= '0' && *c <= '9' && n <= max; c++)
        n = 10 * n + (*c - '0');
    if (s[strspn(s, "0123456789")] != '\0' || n < 1 || n > max)
        return refusef(cx, RC_INVALID, key, N_("Write a number from 1 to %d."), max);
    *ret = n;
    return RC_OK;
}

enum rc read_repeat(struct cx *cx, const struct form *f, int *ret)
{
    *ret = 1;
    return read_number(cx, f, "repeat", APPT_MAX_REPEAT, ret);
}

/* The fields, then what the form says in its own way. All errors are collected. */
enum rc read_appointment(struct cx *cx, const struct form *f, struct appointment *a,
                         struct typed_clients *t)
{
    int minutes = 0;
    int64_t length_ms = a->end_ms - a->start_ms; /* stays when only the start is moved */
    bool moves = form_has(f, "start") && !form_has(f, "end");
    if (moves)
        a->end_ms = 0;
    enum rc fields = record_parse(cx, &appointment_type, f, appointment_also, a);
    enum rc clients = read_clients(cx, f, a, t);
    enum rc length = read_number(cx, f, "minutes", 1440, &minutes);
    if (minutes > 0)
        a->end_ms = a->start_ms + minutes * MS_PER_MIN;
    else if (moves && length_ms > 0)
        a->end_ms = a->start_ms + length_ms;
    TRY(fields);
    TRY(clients);
    return length;
}

/* --- drawing ------------------------------------------------------------------------------- */

static const char *or_else(const char *s, const char *otherwise)
{
    return s != NULL ? s : otherwise;
}

const char *typed_or(const struct form *typed, const char *key, const char *otherwise)
{
    const char *s = typed != NULL ? form_get(typed, key) : NULL;
    return or_else(s, otherwise);
}

static struct agenda_pick pick(struct cx *cx, struct id id, const char *name, const char *chosen)
{
    return (struct agenda_pick){arena_strdup(cx->arena, id.s), name, strcmp(id.s, chosen) == 0};
}

static enum rc fill_clinicians(struct cx *cx, const char *chosen, struct appointment_inputs *in)
{
    struct person *list;
    struct id only = agenda_filter(cx);
    int n;
    TRY(clinician_list(cx, &list, &n));
    in->clinicians = arena_array(cx->arena, struct agenda_pick, n + 1);
    for (int i = 0; i < n; i++)
        if (!id_is_set(only) || id_eq(only, list[i].id))
            in->clinicians[in->n_clinicians++] =
                pick(cx, list[i].id, person_name(cx, &list[i]), chosen);
    return RC_OK;
}

static enum rc fill_rooms(struct cx *cx, const char *chosen, struct appointment_inputs *in)
{
    struct room *list;
    int n;
    TRY(room_list(cx, true, &list, &n));
    in->rooms = arena_array(cx->arena, struct agenda_pick, n + 1);
    for (int i = 0; i < n; i++)
        in->rooms[in->n_rooms++] = pick(cx, list[i].id, list[i].name, chosen);
    return RC_OK;
}

static enum rc fill_services(struct cx *cx, const char *chosen, struct appointment_inputs *in)
{
    struct service *list;
    int n;
    TRY(service_list(cx, true, &list, &n));
    in->services = arena_array(cx->arena, struct agenda_pick, n + 1);
    for (int i = 0; i < n; i++)
        in->services[in->n_services++] =
            pick(cx, list[i].id,
                 agenda_names_services(cx)
                     ? list[i].name
                     : arena_printf(cx->arena, "%s · %s (%s)",
                                    trc(cx, service_kind_choices[list[i].kind].label),
                                    trnf(cx, "%d minute", "%d minutes", list[i].duration_min),
                                    list[i].code),
                 chosen);
    return RC_OK;
}

static bool is_picked(const struct appointment_inputs *in, struct id client)
{
    for (int i = 0; i < in->n_clients; i++)
        if (strcmp(in->clients[i].value, client.s) == 0)
            return true;
    return false;
}

static enum rc fill_clients(struct cx *cx, const struct appointment *a,
                            const struct typed_clients *t, struct appointment_inputs *in)
{
    struct client_name *name;
    TRY(client_names(cx, a->client, a->n_clients, &name));
    in->clients = arena_array(cx->arena, struct agenda_pick, APPT_MAX_CLIENTS + FIND_MAX);
    for (int i = 0; i < a->n_clients; i++) {
        in->clients[in->n_clients] = pick(cx, a->client[i], name[i].name, a->client[i].s);
        if (!name[i].is_visible)
            in->clients[in->n_clients].name = trc(cx, N_("A client of a colleague"));
        in->n_clients++;
    }
    for (int i = 0; t != NULL && i < t->n_found; i++)
        if (!is_picked(in, t->found[i].id))
            in->clients[in->n_clients++] = pick(cx, t->found[i].id, t->found[i].name, "");
    return RC_OK;
}

/* One picker in sight as long as nobody is chosen, the others for couples, families and groups
 * behind it. */
static void fill_combos(struct cx *cx, const struct typed_clients *t, struct appointment_inputs *in)
{
    bool needs_one = in->n_clients == 0 || (t != NULL && t->typed != NULL);
    in->combos = arena_array(cx->arena, struct agenda_combo, 1);
    in->more = arena_array(cx->arena, struct agenda_combo, N_MORE);
    if (needs_one)
        in->combos[in->n_combos++] =
            (struct agenda_combo){"f-clients", t != NULL ? or_empty(t->typed) : ""};
    for (int i = 0; i < N_MORE; i++)
        in->more[in->n_more++] =
            (struct agenda_combo){arena_printf(cx->arena, "f-clients-%d", i + 1), ""};
}

static const char *minutes_of(struct cx *cx, const struct appointment *a)
{
    if (a->end_ms == 0 || a->start_ms == 0)
        return "";
    return arena_printf(cx->arena, "%d", (int)((a->end_ms - a->start_ms) / MS_PER_MIN));
}

enum rc inputs_fill(struct cx *cx, const struct appointment *a, const struct form *typed,
                    const struct typed_clients *t, struct appointment_inputs *in)
{
    *in = (struct appointment_inputs){
        .form = {.cx = cx, .t = &appointment_type, .rec = a, .typed = typed},
        .clinician_error = cx_err(cx, "clinician"),
        .room_error = cx_err(cx, "room"),
        .service_error = cx_err(cx, "service"),
        .clients_error = cx_err(cx, "clients"),
        .end_error = or_else(cx_err(cx, "minutes"), cx_err(cx, "end")),
        .minutes = typed_or(typed, "minutes", minutes_of(cx, a)),
        .client_word = trc(cx, cx->says_patient ? N_("Patient") : N_("Client")),
        .new_client = "",
    };
    TRY(fill_clinicians(cx, typed_or(typed, "clinician", a->clinician.s), in));
    TRY(fill_rooms(cx, typed_or(typed, "room", a->room.s), in));
    TRY(fill_services(cx, typed_or(typed, "service", a->service.s), in));
    TRY(fill_clients(cx, a, t, in));
    fill_combos(cx, t, in);
    return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * plan_clients.c - tables and cards: who would become a client.
 *
 * Both are brought to pairs of field and value, and these through the fields of a client like a
 * form. What a field refuses is not lost: it goes to the remarks, and the row says so. */
#include "base/utf8.h"
#include "imports_private.h"

#include <string.h>

/* --- values ------------------------------------------------------------------------------- */

/* Adds a value to what the field has: names by a blank, remarks by a line, others by a comma. */
static void pair_add(struct cx *cx, struct form *f, const char *key, const char *value)
{
    const char *sep = strcmp(key, "remark") == 0 ? "\n" : strstr(key, "_name") != NULL ? " " : ", ";
    bool is_single =
        strcmp(key, "phone") == 0 || strcmp(key, "email") == 0 || strcmp(key, "birth_date") == 0;
    while (*value == ' ')
        value++;
    if (*value == '\0')
        return;
    for (int i = 0; i < f->n; i++) {
        if (strcmp(f->pair[i].key, key) != 0)
            continue;
        if (!is_single)
            f->pair[i].value = arena_printf(cx->arena, "%s%s%s", f->pair[i].value, sep, value);
        else if (strcmp(f->pair[i].value, value) != 0) /* a second telephone is worth keeping */
            pair_add(cx, f, "remark", value);
        return;
    }
    form_add(cx->arena, f, key, value);
}

/* Lines of an address in one: "Calle Mayor 1, 28013 Madrid". */
static const char *in_one_line(struct cx *cx, const char *s)
{
    struct buf b;
    buf_init(&b, cx->arena, 2 * strlen(s) + 1);
    for (; *s != '\0'; s++)
        if (*s == '\n')
            buf_puts(&b, s[1] != '\0' ? ", " : "");
        else if (*s != '\r')
            buf_putc(&b, *s);
    return b.s;
}

/* "Clients ::: * myContacts" of Google: the groups of the program itself are no tags. */
static const char *tags_of(struct cx *cx, const char *s)
{
    struct buf b;
    buf_init(&b, cx->arena, 2 * strlen(s) + 1);
    while (*s != '\0') {
        s += strspn(s, " :;,");
        size_t n = strcspn(s, ":;,"), len = n;
        while (len > 0 && s[len - 1] == ' ')
            len--;
        if (len > 0 && *s != '*') {
            buf_puts(&b, b.len > 0 ? ", " : "");
            buf_add(&b, s, len);
        }
        s += n;
    }
    return b.s;
}

/* "Wu, Pat" says which is which; else the language of the reader decides, Spanish having two
 * family names. */
static void divide_name(struct cx *cx, struct form *f, const char *name)
{
    const char *comma = strchr(name, ','), *first = strchr(name, ' '), *last = strrchr(name, ' ');
    bool is_spanish = strcmp(locale_language(cx->locale), "es") == 0;
    const char *cut = is_spanish ? first : last;
    if (comma != NULL) {
        pair_add(cx, f, "family_name", arena_strndup(cx->arena, name, (size_t)(comma - name)));
        pair_add(cx, f, "given_name", comma + 1);
    } else if (cut != NULL) {
        pair_add(cx, f, "given_name", arena_strndup(cx->arena, name, (size_t)(cut - name)));
        pair_add(cx, f, "family_name", cut + 1);
    } else {
        pair_add(cx, f, "given_name", name);
    }
}

/* --- one person ------------------------------------------------------------------------------- */

struct reading {
    struct cx *cx;
    const struct import *import;
    struct known known;
    enum date_order dates;
    int32_t today;
};

/* Values as the fields expect them; what is no date stays as it is and will be refused. */
static struct form canonical(struct reading *rd, const struct form *raw)
{
    struct cx *cx = rd->cx;
    struct form f = {.is_json = true};
    for (int i = 0; i < raw->n; i++) {
        const char *key = raw->pair[i].key, *value = raw->pair[i].value;
        int32_t days;
        char iso[11];
        if (strcmp(key, "birth_date") == 0 && date_read(value, rd->dates, rd->today, &days)) {
            days_format_iso(days, iso);
            value = arena_strdup(cx->arena, iso);
        } else if (strcmp(key, "tags") == 0) {
            value = tags_of(cx, value);
        } else if (strcmp(key, "remark") != 0) {
            value = in_one_line(cx, value);
        }
        form_add(cx->arena, &f, key, value);
    }
    return f;
}

static bool is_name(const char *key)
{
    return strcmp(key, "given_name") == 0 || strcmp(key, "family_name") == 0;
}

/* Moves one value to the remarks. False: there is none. */
static bool move_to_remarks(struct cx *cx, struct form *f, const char *key, struct import_row *r)
{
    for (int i = 0; i < f->n; i++) {
        if (strcmp(f->pair[i].key, key) != 0)
            continue;
        const char *label = trc(cx, field_find(&client_type, key)->label),
                   *value = f->pair[i].value;
        f->pair[i] = f->pair[--f->n];
        pair_add(cx, f, "remark", arena_printf(cx->arena, "%s: %s", label, value));
        row_note(cx, r, trf(cx, N_("%s: could not be read and stands in the remarks."), label));
        return true;
    }
    return false;
}

/* What was refused goes to the remarks; of a contact without a name, the telephone.
 * False: a name, or the remarks, are at fault. */
static bool set_aside(struct cx *cx, struct form *f, int n_errs, struct import_row *r)
{
    bool done = false;
    for (int e = n_errs; e < cx->n_errs; e++) {
        const char *key = cx->errs[e].field;
        if (key == NULL || field_find(&client_type, key) == NULL || is_name(key) ||
            strcmp(key, "remark") == 0)
            return false;
        if (move_to_remarks(cx, f, key, r) ||
            (strcmp(key, "guardian_name") == 0 && move_to_remarks(cx, f, "guardian_phone", r)) ||
            (strcmp(key, "emergency_name") == 0 && move_to_remarks(cx, f, "emergency_phone", r)))
            done = true;
    }
    return done;
}

static const char *first_error(struct cx *cx, int n_errs)
{
    const struct err *e = &cx->errs[n_errs];
    const struct field *f = e->field != NULL ? field_find(&client_type, e->field) : NULL;
    return f != NULL ? arena_printf(cx->arena, "%s: %s", trc(cx, f->label), e->user) : e->user;
}

/* Through the fields of a client; twice at most, then what is wrong is wrong. */
static bool fill_client(struct reading *rd, struct form f, struct client *c, struct import_row *r)
{
    struct cx *cx = rd->cx;
    int n_errs = cx->n_errs;
    for (int pass = 0; pass < 3; pass++) {
        memset(c, 0, sizeof(*c));
        record_init(&client_type, c);
        c->status = rd->import->status;
        c->clinician = rd->import->clinician;
        if (record_parse(cx, &client_type, &f, NULL, c) == RC_OK)
            return true;
        if (!set_aside(cx, &f, n_errs, r))
            break;
        cx->n_errs = n_errs;
    }
    row_refuse(r, first_error(cx, n_errs));
    cx->n_errs = n_errs;
    return false;
}

static const char *missing_name(const struct client *c)
{
    if (!is_filled(c->given_name) && !is_filled(c->family_name))
        return N_("There is no name.");
    return !is_filled(c->given_name) ? N_("The given name is missing.")
                                     : N_("The family name is missing.");
}

/* What the file says otherwise of somebody who is here: named, never changed. */
static void note_difference(struct cx *cx, struct import_row *r, const struct known_person *k,
                            const char *email)
{
    if (is_filled(email) && strcmp(k->email, email) != 0)
        row_note(cx, r, trc(cx, N_("The file has another e-mail; what is here stays.")));
    if (k->birth_date == DATE_NONE && r->client->birth_date != DATE_NONE)
        row_note(cx, r, trc(cx, N_("The date of birth stands in the file alone.")));
}

/* The same person: nothing contradicts, and birth or address agree, or there is nothing to tell
 * them apart by. Never take somebody twice is the rule; the report says who was skipped. */
static const char *same_person(struct reading *rd, const struct known_person *k,
                               const struct client *c, const char *email)
{
    struct cx *cx = rd->cx;
    bool has_birth = k->birth_date != DATE_NONE && c->birth_date != DATE_NONE;
    bool has_email = is_filled(k->email) && is_filled(email), is_client = id_is_set(k->id);
    if (has_birth ? k->birth_date != c->birth_date : has_email && strcmp(k->email, email) != 0)
        return NULL;
    if (!is_client)
        return trf(cx, N_("The same person stands in row %d."), k->row);
    if (has_birth)
        return trc(cx, N_("Already here: same name and date of birth."));
    if (has_email)
        return trc(cx, N_("Already here: same name and e-mail."));
    return trc(cx, N_("Already here: same name, and nothing tells them apart."));
}

static void look_up(struct reading *rd, struct import_row *r)
{
    struct cx *cx = rd->cx;
    const struct client *c = r->client;
    const char *name = person_key(cx, c->given_name, c->family_name);
    const char *email = !is_filled(c->email) ? "" : text_fold(cx->arena, c->email);
    for (int at = known_first(&rd->known, name); at >= 0; at = known_next(&rd->known, at)) {
        const struct known_person *k = &rd->known.list[at];
        const char *why = same_person(rd, k, c, email);
        if (why != NULL) {
            row_skip(r, why);
            if (id_is_set(k->id))
                note_difference(cx, r, k, email);
            return;
        }
    }
    struct known_person p = {.email = email, .birth_date = c->birth_date, .row = r->number};
    known_add(cx, &rd->known, name, p);
}

static void plan_person(struct reading *rd, struct import_plan *p, int number,
                        const struct form *raw)
{
    struct cx *cx = rd->cx;
    struct import_row *r = plan_row(p, number);
    struct client *c = arena_new(cx->arena, struct client);
    struct form f = canonical(rd, raw);
    const char *full = form_get(&f, "full_name");
    if (full != NULL) {
        struct form divided = {.is_json = true};
        for (int i = 0; i < f.n; i++)
            if (strcmp(f.pair[i].key, "full_name") != 0)
                form_add(cx->arena, &divided, f.pair[i].key, f.pair[i].value);
        if (form_get(&f, "given_name") == NULL && form_get(&f, "family_name") == NULL)
            divide_name(cx, &divided, full);
        f = divided;
    }
    struct client named = {.given_name = form_get(&f, "given_name"),
                           .family_name = form_get(&f, "family_name")};
    r->who = locale_person(cx->arena, cx->locale, or_empty(named.given_name),
                           or_empty(named.family_name), true);
    if (!is_filled(named.given_name) || !is_filled(named.family_name)) {
        row_refuse(r, trc(cx, missing_name(&named)));
        return;
    }
    if (!fill_client(rd, f, c, r))
        return;
    r->client = c;
    look_up(rd, r);
}

static enum rc reading_init(struct cx *cx, const struct import *i, int n_rows, struct reading *rd)
{
    *rd = (struct reading){.cx = cx, .import = i, .today = cx_today(cx)};
    return known_load(cx, n_rows, &rd->known);
}

/* Rows read, and room for those the reader complains of. */
static void make_rows(struct cx *cx, struct import_plan *p, int n, int n_problems)
{
    p->n_read = n;
    p->rows = arena_array(cx->arena, struct import_row, n + n_problems + 1);
    if (n > IMPORT_MAX_ROWS && p->note == NULL)
        p->note = trf(cx, N_("Only the first %s are taken. Divide the file, and bring the rest."),
                      locale_int(cx->arena, cx->locale, IMPORT_MAX_ROWS));
}

/* --- tables ------------------------------------------------------------------------------ */

/* "Ana · Eva · Leo": three values at most, no two alike. */
static const char *some_values(struct cx *cx, const struct csv_table *t, int column)
{
    enum { SAMPLES = 3, SAMPLE_BYTES = 40, ROWS_SEEN = 200 };
    const char *seen[SAMPLES], *all = "";
    int n = 0;
    for (int i = 0; i < t->n_rows && i < ROWS_SEEN && n < SAMPLES; i++) {
        const char *value = t->rows[i].cells[column];
        bool is_new = value[0] != '\0';
        for (int k = 0; k < n; k++)
            is_new = is_new && strcmp(seen[k], value) != 0;
        if (!is_new)
            continue;
        seen[n++] = value;
        value = utf8_cut(cx->arena, value, SAMPLE_BYTES);
        all = n == 1 ? value : arena_printf(cx->arena, "%s · %s", all, value);
    }
    return all;
}

/* A spreadsheet's apostrophe, which says that a value is no formula, is no part of the value. */
static const char *value_of(const char *cell)
{
    return cell[0] == '\'' && cell[1] != '\0' && strchr("=+-@\t\r", cell[1]) != NULL ? cell + 1
                                                                                     : cell;
}

static bool has_twin(const struct csv_table *t, int column)
{
    for (int k = 0; k < t->n_columns; k++)
        if (k != column && strcmp(t->heads[k], t->heads[column]) == 0)
            return true;
    return false;
}

static void name_columns(struct cx *cx, const struct import *i, const struct csv_table *t,
                         struct import_plan *p)
{
    p->n_columns = t->n_columns;
    p->columns = arena_array(cx->arena, struct import_column, t->n_columns + 1);
    for (int k = 0; k < t->n_columns; k++) {
        p->columns[k].head = t->heads[k];
        p->columns[k].sample = some_values(cx, t, k);
        p->columns[k].has_twin = has_twin(t, k);
    }
    p->program = columns_program(cx, p->columns, p->n_columns);
    if (!is_filled(i->mapping))
        columns_guess(cx, p->columns, p->n_columns);
    else
        columns_from(cx, i->mapping, p->columns, p->n_columns);
}

/* The order of the dates, as chosen or as all columns that hold some tell; else it is asked. */
static void order_dates(struct cx *cx, const struct import *i, const struct csv_table *t,
                        struct import_plan *p)
{
    int n_columns = 0, n = 0;
    for (int k = 0; k < p->n_columns; k++)
        n_columns += strcmp(p->columns[k].key, "birth_date") == 0;
    const char **values =
        arena_array(cx->arena, const char *, (size_t)t->n_rows *(size_t)n_columns + 1);
    for (int k = 0; k < p->n_columns; k++)
        if (strcmp(p->columns[k].key, "birth_date") == 0)
            for (int r = 0; r < t->n_rows; r++)
                values[n++] = t->rows[r].cells[k];
    p->has_dates = n_columns > 0;
    p->dates = i->dates == DATES_GUESSED ? dates_guess(values, n, &p->open_date) : i->dates;
    if (p->open_date != NULL)
        p->note = trf(cx,
                      N_("%s can be read in two ways. Say how the dates are written; until then "
                         "nothing is taken."),
                      utf8_cut(cx->arena, p->open_date, 20));
}

enum rc plan_table(struct cx *cx, const struct import *i, struct bytes file,
                   struct import_plan *ret)
{
    struct csv_table t = {0};
    struct reading rd;
    struct import_plan p = {0};
    enum rc rc = csv_read(cx->arena, file, &t);
    if (rc == RC_INVALID)
        return plan_unreadable(cx, &t.info.problems);
    TRY(rc);
    if (t.n_rows == 0)
        return refuse(cx, RC_INVALID, "file", N_("There are no rows below the headings."));
    p.encoding = t.info.encoding;
    p.separator = t.info.separator;
    name_columns(cx, i, &t, &p);
    order_dates(cx, i, &t, &p);
    make_rows(cx, &p, t.n_rows, t.info.problems.n);
    TRY(reading_init(cx, i, t.n_rows, &rd));
    rd.dates = p.dates;
    for (int r = 0; r < t.n_rows && r < IMPORT_MAX_ROWS; r++) {
        struct form raw = {0};
        for (int k = 0; k < p.n_columns; k++)
            if (p.columns[k].key[0] != '\0')
                pair_add(cx, &raw, p.columns[k].key, value_of(t.rows[r].cells[k]));
        plan_person(&rd, &p, t.rows[r].number, &raw);
        p.rows[p.n_rows - 1].cells = t.rows[r].cells;
    }
    plan_problems(cx, &p, &t.info.problems);
    plan_count(&p);
    *ret = p;
    return RC_OK;
}

/* --- cards ------------------------------------------------------------------------------- */

static void add_values(struct cx *cx, struct form *f, const char *key, const struct vcard_value *v,
                       int n)
{
    for (int i = 0; i < n && form_get(f, key) == NULL; i++)
        if (v[i].is_preferred)
            pair_add(cx, f, key, v[i].value);
    for (int i = 0; i < n; i++)
        pair_add(cx, f, key, v[i].value); /* after the first: to the remarks */
}

static const struct vcard_address *home_of(const struct vcard *card)
{
    for (int i = 0; i < card->n_addresses; i++)
        if (strstr(card->addresses[i].type, "home") != NULL)
            return &card->addresses[i];
    return card->n_addresses > 0 ? &card->addresses[0] : NULL;
}

static struct form pairs_of(struct cx *cx, const struct vcard *card)
{
    struct form f = {0};
    const struct vcard_address *home = home_of(card);
    const bool has_parts = is_filled(card->family) || is_filled(card->given);
    char iso[11];
    pair_add(cx, &f, "given_name", card->given);
    pair_add(cx, &f, "given_name", card->additional);
    pair_add(cx, &f, "family_name", card->family);
    if (!has_parts)
        pair_add(cx, &f, "full_name", card->name);
    pair_add(cx, &f, "name_used", card->nickname);
    days_format_iso(card->birth_days, iso);
    pair_add(cx, &f, "birth_date",
             arena_strdup(cx->arena, card->birth_days != DATE_NONE ? iso : card->birth_text));
    pair_add(cx, &f, "gender", card->gender);
    pair_add(cx, &f, "profession", card->title);
    pair_add(cx, &f, "remark", card->note);
    add_values(cx, &f, "phone", card->phones, card->n_phones);
    add_values(cx, &f, "email", card->mails, card->n_mails);
    pair_add(cx, &f, "tags", card->categories);
    if (home != NULL) {
        pair_add(cx, &f, "street", home->street);
        pair_add(cx, &f, "street", home->extended);
        pair_add(cx, &f, "postal_code", home->postcode);
        pair_add(cx, &f, "city", home->city);
        pair_add(cx, &f, "country", home->country);
    }
    return f;
}

static bool is_organisation(const struct vcard *card)
{
    return !is_filled(card->family) && !is_filled(card->given) && is_filled(card->organisation) &&
           strcmp(card->name, card->organisation) == 0;
}

enum rc plan_cards(struct cx *cx, const struct import *i, struct bytes file,
                   struct import_plan *ret)
{
    struct vcards cards = {0};
    struct reading rd;
    struct import_plan p = {0};
    enum rc rc = vcard_read(cx->arena, file, &cards);
    if (rc == RC_INVALID || (rc == RC_OK && cards.n == 0))
        return plan_unreadable(cx, &cards.problems);
    TRY(rc);
    make_rows(cx, &p, cards.n, cards.problems.n);
    TRY(reading_init(cx, i, cards.n, &rd));
    for (int k = 0; k < cards.n; k++) {
        const struct vcard *card = &cards.list[k];
        struct form raw = pairs_of(cx, card);
        if (is_organisation(card)) {
            struct import_row *r = plan_row(&p, card->number);
            r->who = card->name;
            row_refuse(r, trc(cx, N_("This is an organisation, not a person.")));
        } else {
            plan_person(&rd, &p, card->number, &raw);
        }
    }
    plan_problems(cx, &p, &cards.problems);
    plan_count(&p);
    *ret = p;
    return RC_OK;
}

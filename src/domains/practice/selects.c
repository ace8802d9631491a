/* SPDX-License-Identifier: AGPL-3.0-or-later
 * selects.c - text fields that are chosen from a list: languages, time zones. */
#include "domains/practice/practice.h"

#include <string.h>

/* In their own words, so that one finds one's own; not translated. */
static const struct choice locales[] = {
    {"en-GB", "English (United Kingdom)"}, {"en-IE", "English (Ireland)"},
    {"en-US", "English (United States)"},  {"en-CA", "English (Canada)"},
    {"en-AU", "English (Australia)"},      {"es-ES", "Español (España)"},
    {"es-MX", "Español (México)"},         {"es-AR", "Español (Argentina)"},
    {"es-CL", "Español (Chile)"},          {"es-CO", "Español (Colombia)"},
    {"ca-ES", "Català (Espanya)"},         {"eu-ES", "Euskara (Espainia)"},
    {"gl-ES", "Galego (España)"},
};

/* What was typed, else what is stored; the field is a text. */
static const char *value_of(const struct record_form *f, const struct field *field)
{
    const char *typed = f->typed != NULL ? form_get(f->typed, field->key) : NULL;
    const char *stored = *(const char *const *)((const char *)f->rec + field->offset);
    return typed != NULL ? typed : or_empty(stored);
}

static struct select_view begin(const struct record_form *f, const char *key, int n_max,
                                const char **ret_value)
{
    const struct field *field = field_find(f->t, key);
    struct select_view s = {.name = key, .label = trc(f->cx, field->label)};
    s.help = field->help != NULL ? trc(f->cx, field->help) : NULL;
    s.error = cx_err(f->cx, key);
    s.options = arena_array(f->cx->arena, struct select_option, n_max + 1);
    *ret_value = value_of(f, field);
    return s;
}

static void offer(struct select_view *s, const char *value, const char *label, const char *chosen)
{
    s->options[s->n_options++] = (struct select_option){value, label, strcmp(value, chosen) == 0};
}

/* What stands there now is not lost by opening the page. */
static void offer_present(struct select_view *s, const char *value)
{
    for (int i = 0; i < s->n_options; i++)
        if (s->options[i].is_chosen)
            return;
    offer(s, value, value, value);
}

struct select_view select_of(const struct record_form *f, const char *key,
                             const struct choice *choices, int n_choices)
{
    const char *value;
    struct select_view s = begin(f, key, n_choices, &value);
    for (int i = 0; i < n_choices; i++)
        offer(&s, choices[i].key, trc(f->cx, choices[i].label), value);
    offer_present(&s, value);
    return s;
}

struct select_view select_locale(const struct record_form *f, const char *key)
{
    return select_of(f, key, locales, (int)N_ELEMS(locales));
}

struct select_view select_zone(const struct record_form *f, const char *key)
{
    int n;
    const char *value;
    const char *const *zones = zone_names(&n);
    struct select_view s = begin(f, key, n, &value);
    for (int i = 0; i < n; i++)
        offer(&s, zones[i], zones[i], value);
    offer_present(&s, value);
    return s;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ics_time.c - zones and moments of calendar files. */
#include "base/utf8.h"
#include "interop/ics_parts.h"

#include <ctype.h>

enum { MAX_ZONES = 100, MAX_ZONE_NAME = 100 };

/* --- zones --------------------------------------------------------------- */

/* Area/City with nothing else: the library makes a file name of it. */
static bool is_zone_name(const char *s)
{
    if (strlen(s) > MAX_ZONE_NAME)
        return false;
    for (const char *p = s; *p != '\0'; p++) {
        bool is_first = p == s || p[-1] == '/';
        if (is_first ? !isupper((unsigned char)*p)
                     : !isalnum((unsigned char)*p) && !strchr("_+-/", *p))
            return false;
    }
    return s[0] != '\0' && s[strlen(s) - 1] != '/';
}

/* Some programs put their own words before the name: "/example.org/2026/Europe/Berlin". */
static icaltimezone *builtin_zone(const char *tzid, const char **ret_name)
{
    static const char *const utc[] = {"UTC", "Etc/UTC", "GMT", "Etc/GMT", "Z"};
    for (size_t i = 0; i < N_ELEMS(utc); i++)
        if (strcmp(tzid, utc[i]) == 0) {
            *ret_name = "UTC";
            return icaltimezone_get_utc_timezone();
        }
    for (const char *name = tzid; name != NULL; name = strchr(name, '/')) {
        name += *name == '/';
        icaltimezone *zone = is_zone_name(name) ? icaltimezone_get_builtin_timezone(name) : NULL;
        if (zone != NULL) {
            *ret_name = name;
            return zone;
        }
    }
    return NULL;
}

static struct zone_entry *add_entry(struct ics_reader *r, const char *tzid)
{
    arena_grow(r->arena, r->zones, r->n_zones, r->cap_zones);
    struct zone_entry *z = &r->zones[r->n_zones++];
    *z = (struct zone_entry){.tzid = arena_strdup(r->arena, tzid)};
    z->name = utf8_is_valid(z->tzid, strlen(z->tzid)) ? z->tzid : "";
    return z;
}

static icaltimezone *zone_from(const char *vtimezone)
{
    icalcomponent *c = icalparser_parse_string(vtimezone);
    icaltimezone *zone = icaltimezone_new();
    if (c != NULL && icalcomponent_isa(c) == ICAL_VTIMEZONE_COMPONENT &&
        icaltimezone_set_component(zone, c))
        return zone;
    if (c != NULL)
        icalcomponent_free(c);
    icaltimezone_free(zone, 1);
    return NULL;
}

void zones_add(struct ics_reader *r, const char *vtimezone, const char *tzid, const char *location)
{
    if (r->n_zones >= MAX_ZONES || tzid[0] == '\0')
        return;
    struct zone_entry *z = add_entry(r, tzid);
    z->zone = builtin_zone(z->tzid, &z->name);
    if (z->zone == NULL)
        z->zone = builtin_zone(arena_strdup(r->arena, location), &z->name);
    if (z->zone == NULL) {
        z->zone = zone_from(vtimezone);
        z->is_own = z->zone != NULL;
    }
}

void zones_done(struct ics_reader *r)
{
    for (int i = 0; i < r->n_zones; i++)
        if (r->zones[i].is_own)
            icaltimezone_free(r->zones[i].zone, 1);
}

const struct zone_entry *zone_find(struct ics_reader *r, const char *tzid)
{
    static const struct zone_entry unknown = {.tzid = "", .name = ""};
    for (int i = 0; i < r->n_zones; i++)
        if (strcmp(r->zones[i].tzid, tzid) == 0)
            return &r->zones[i];
    if (r->n_zones >= 2 * MAX_ZONES)
        return &unknown;
    struct zone_entry *z = add_entry(r, tzid);
    z->zone = builtin_zone(z->tzid, &z->name);
    return z;
}

/* --- moments ------------------------------------------------------------- */

int64_t local_ms(icaltimetype t)
{
    int64_t ms = days_from_civil(t.year, t.month, t.day) * MS_PER_DAY;
    return t.is_date ? ms : ms + ((t.hour * 60 + t.minute) * 60 + t.second) * INT64_C(1000);
}

struct moment moment_from(icaltimetype t)
{
    struct moment m = {t, local_ms(t)};
    if (t.zone != NULL && !t.is_date)
        m.key_ms -= icaltimezone_get_utc_offset((icaltimezone *)t.zone, &t, NULL) * INT64_C(1000);
    return m;
}

icaltimetype time_of(icalproperty *p)
{
    icalvalue *v = p != NULL ? icalproperty_get_value(p) : NULL;
    switch (v != NULL ? icalvalue_isa(v) : ICAL_NO_VALUE) {
    case ICAL_DATE_VALUE:
        return icalvalue_get_date(v);
    case ICAL_DATETIME_VALUE:
        return icalvalue_get_datetime(v);
    default: /* VALUE=TEXT and the like */
        return icaltime_null_time();
    }
}

const char *tzid_of(icalproperty *p)
{
    icalparameter *param = icalproperty_get_first_parameter(p, ICAL_TZID_PARAMETER);
    return param != NULL ? icalparameter_get_tzid(param) : NULL;
}

struct moment moment_of(struct ics_reader *r, icalproperty *p, icaltimetype t, bool *ret_unknown)
{
    const char *tzid = tzid_of(p);
    t.zone = icaltime_is_utc(t) ? icaltimezone_get_utc_timezone() : NULL;
    if (t.zone == NULL && !t.is_date && tzid != NULL) {
        t.zone = zone_find(r, tzid)->zone;
        *ret_unknown |= t.zone == NULL;
    }
    return moment_from(t);
}

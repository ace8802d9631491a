/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ics_parts.h - private to interop/: what the parts of the calendar reader share. */
#pragma once
#include "interop/ics.h"

#include <libical/ical.h>

/* A moment of the file. Its key orders moments and tells them apart: UTC ms, or the local time as
 * if it were UTC when it has no zone. */
struct moment {
    icaltimetype time; /* local, with its zone */
    int64_t key_ms;
};

/* One VEVENT, read. */
struct source {
    struct ics_event event;   /* fields that all occurrences share */
    const char *text;         /* its lines that count */
    icalcomponent *component; /* NULL once it is not needed */
    struct moment start;
    int64_t length_ms;      /* all-day: whole days */
    bool is_override;       /* has a RECURRENCE-ID */
    struct moment replaces; /* of an override */
};

struct zone_entry {
    const char *tzid, *name;
    icaltimezone *zone; /* NULL: not known */
    bool is_own;        /* made from the file, to be freed */
};

struct ics_reader {
    struct arena *arena;
    struct ics_calendar *calendar;
    struct ics_window window;
    struct zone_entry *zones;
    int n_zones, cap_zones;
    struct source *sources;
    int n_sources, cap_sources;
    struct source **overrides; /* by UID, then by moment replaced */
    int n_overrides;
    int cap_events;
    int64_t work_ms, rule_began_ms; /* processor time of repetitions; of the one at work */
    bool is_full;
};

/* --- ics_time.c: zones and moments --------------------------------------- */

void zones_add(struct ics_reader *r, const char *vtimezone, const char *tzid, const char *location);
void zones_done(struct ics_reader *r);
const struct zone_entry *zone_find(struct ics_reader *r, const char *tzid);
icaltimetype time_of(icalproperty *p); /* null time: none, or of another kind */
bool is_usable(icaltimetype t);        /* a time that exists, within the years we reckon with */
const char *tzid_of(icalproperty *p);  /* NULL: none */
/* t, a time of this property, in its zone; *ret_unknown is set when that is not known. */
struct moment moment_of(struct ics_reader *r, icalproperty *p, icaltimetype t, bool *ret_unknown);
struct moment moment_from(icaltimetype t);
int64_t local_ms(icaltimetype t); /* as if it were UTC */

/* --- ics_expand.c: occurrences ------------------------------------------- */

void expand(struct ics_reader *r, const struct source *s);

/* --- ics_never.c ---------------------------------------------------------- */

/* A monthly or yearly rule that no day fulfils, for an event that begins on this day of a month. */
bool ics_never_comes(const struct icalrecurrencetype *rule, int start_day);

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ics.h - calendars: iCalendar files, repetitions laid out within a window.
 *
 * Source: RFC 5545; RFC 7986 is read as far as it names the same fields. To-dos, journals and
 * alarms are passed over in silence. The file is cut into events by ourselves, and the library
 * sees one small flat event at a time, so that no file can make it work without bound.
 * Problems count events (VEVENT) from 1, changed occurrences of a series included.
 *
 * Threads: any; readers take turns (the library's time zones are process-wide, and kept). */
#pragma once
#include "base/days.h"
#include "interop/problems.h"

enum {
    ICS_MAX_BYTES = 32 * 1024 * 1024,
    ICS_MAX_EVENTS = 20000,            /* in the file */
    ICS_MAX_OCCURRENCES = 2000,        /* of one event within the window */
    ICS_MAX_TOTAL_OCCURRENCES = 50000, /* of the file */
    ICS_MAX_VALUE_BYTES = 64 * 1024,
    ICS_MAX_MAILS = 100,
};

/* [from_ms, until_ms): occurrences that touch it are given. Local times without a zone, and whole
 * days, are compared as if they were UTC. */
struct ics_window {
    int64_t from_ms, until_ms;
};

/* One occurrence. Texts are never NULL. */
struct ics_event {
    int number; /* of the VEVENT in the file, from 1 */
    const char *uid, *summary, *location, *description;
    const char *const *mails; /* of organiser and attendees, without "mailto:" */
    int n_mails;
    bool is_all_day;
    bool is_floating;             /* local time of whoever reads it; start_ms and end_ms are 0 */
    bool is_cancelled;            /* STATUS:CANCELLED */
    bool is_recurring;            /* one of a series, or a change of one */
    int64_t start_ms, end_ms;     /* UTC; 0 when all-day or floating */
    int32_t start_days, end_days; /* local date; all-day: the end is the day after the last */
    int32_t start_min, end_min;   /* minute of the local day; 0 when all-day */
    const char *zone;       /* IANA name, "UTC", or the file's own name; "" all-day or floating */
    const char *recurrence; /* the RRULE as written, or "" */
};

struct ics_calendar {
    const char *name;       /* X-WR-CALNAME, or "" */
    struct ics_event *list; /* by local start ascending, then by place in the file */
    int n;
    int n_events; /* VEVENTs seen */
    struct problems problems;
};

/* In:     a  room for about eight times the file
 * Out:    ret  written also on failure: its problems say what is wrong
 * Errors: RC_INVALID  above ICS_MAX_BYTES, or not a calendar */
enum rc ics_read(struct arena *a, struct bytes file, struct ics_window window,
                 struct ics_calendar *ret) MUST_USE;

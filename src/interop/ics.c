/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ics.c - cuts a calendar file into events, reads their fields. */
#include "interop/decode.h"
#include "interop/ics_parts.h"

#include <pthread.h>

enum { MAX_EVENT_BYTES = 1024 * 1024, MAX_ZONE_LINES = 400, MAX_ZONE_RULE = 100 };
enum { FIRST_YEAR = 1583, LAST_YEAR = 2500 }; /* of a start */

/* --- cutting ------------------------------------------------------------- */

enum part { PART_NONE, PART_EVENT, PART_ZONE };

struct cutter {
    struct ics_reader *reader;
    enum part part;
    int depth; /* of components within the part that are passed over */
    bool is_calendar;
    struct buf text; /* of the part, only lines that count */
    int n_lines;
    bool has_long;
    struct ics_event event; /* so far */
    const char **mails;
    int cap_mails;
    const char *tzid, *location; /* of a zone */
};

static bool is_one_of(const struct line *l, const char *const *names, size_t n_names)
{
    for (size_t i = 0; i < n_names; i++)
        if (line_is(l, names[i]))
            return true;
    return false;
}

static bool is_value(const struct line *l, const char *name)
{
    size_t n = strlen(name);
    return strncasecmp(l->value, name, n) == 0 && l->value[n + strspn(l->value + n, " \t")] == '\0';
}

static void keep_line(struct cutter *c, const struct line *l)
{
    buf_add(&c->text, l->text, l->len);
    buf_puts(&c->text, "\r\n");
}

static void begin_part(struct cutter *c, enum part part, const struct line *l)
{
    if (c->part == PART_EVENT)
        problems_add(&c->reader->calendar->problems, c->reader->calendar->n_events,
                     "event_not_closed");
    c->part = part;
    c->depth = 0;
    c->n_lines = 0;
    c->has_long = false;
    c->tzid = c->location = "";
    c->mails = NULL;
    c->cap_mails = 0;
    if (c->text.s == NULL)
        buf_init(&c->text, c->reader->arena, MAX_EVENT_BYTES);
    c->text.len = 0;
    c->text.full = false;
    keep_line(c, l);
    c->reader->calendar->n_events += part == PART_EVENT;
    c->event = (struct ics_event){.number = c->reader->calendar->n_events,
                                  .uid = "",
                                  .summary = "",
                                  .location = "",
                                  .description = "",
                                  .zone = "",
                                  .recurrence = ""};
}

static void end_part(struct cutter *c, const struct line *l)
{
    struct ics_reader *r = c->reader;
    keep_line(c, l);
    if (c->part == PART_ZONE && !c->text.full) {
        zones_add(r, c->text.s, c->tzid, c->location);
    } else if (c->part == PART_EVENT && c->text.full) {
        problems_add(&r->calendar->problems, r->calendar->n_events, "value_too_long");
    } else if (c->part == PART_EVENT) {
        arena_grow(r->arena, r->sources, r->n_sources, r->cap_sources);
        struct source *s = &r->sources[r->n_sources++];
        *s = (struct source){.text = arena_strndup(r->arena, c->text.s, c->text.len)};
        s->event = c->event;
        s->event.mails = c->mails;
    }
    c->part = PART_NONE;
}

static void take_mail(struct cutter *c, const struct line *l)
{
    const char *uri = l->value + (strncasecmp(l->value, "mailto:", 7) == 0 ? 7 : 0);
    if (strchr(uri, '@') == NULL || c->event.n_mails == ICS_MAX_MAILS)
        return;
    arena_grow(c->reader->arena, c->mails, c->event.n_mails, c->cap_mails);
    c->mails[c->event.n_mails++] = arena_strdup(c->reader->arena, uri);
}

/* Texts are taken here: the library would lose what stands after a backslash. */
static void take_text(struct cutter *c, const struct line *l)
{
    const struct {
        const char *name, **member;
    } fields[] = {{"UID", &c->event.uid},
                  {"SUMMARY", &c->event.summary},
                  {"LOCATION", &c->event.location},
                  {"DESCRIPTION", &c->event.description},
                  {"RRULE", &c->event.recurrence}};
    for (size_t i = 0; i < N_ELEMS(fields); i++) {
        if (!line_is(l, fields[i].name))
            continue;
        char *value = arena_strdup(c->reader->arena, l->value);
        text_unescape(value);
        *fields[i].member = value;
    }
}

static void take_event_line(struct cutter *c, const struct line *l)
{
    static const char *const times[] = {"DTSTART", "DTEND",  "DURATION",     "RRULE",
                                        "RDATE",   "EXDATE", "RECURRENCE-ID"};
    struct problems *problems = &c->reader->calendar->problems;
    bool is_person = line_is(l, "ATTENDEE") || line_is(l, "ORGANIZER");
    if (l->len > ICS_MAX_VALUE_BYTES) {
        bool is_picture = line_is(l, "ATTACH") || strncasecmp(l->name, "X-", 2) == 0;
        if (!c->has_long && !is_picture)
            problems_add(problems, c->event.number, "value_too_long");
        c->has_long |= !is_picture;
        return;
    }
    if (line_is(l, "STATUS"))
        c->event.is_cancelled = is_value(l, "CANCELLED");
    else if (is_person)
        take_mail(c, l);
    else
        take_text(c, l);
    if (is_one_of(l, times, N_ELEMS(times)))
        keep_line(c, l);
}

/* A zone of the file repeats its changes by simple yearly rules, or it is not believed. */
static void take_zone_line(struct cutter *c, const struct line *l)
{
    static const char *const wanted[] = {"TZID",  "DTSTART",      "RRULE",
                                         "RDATE", "TZOFFSETFROM", "TZOFFSETTO"};
    if (line_is(l, "TZID") && l->len < MAX_ZONE_RULE)
        c->tzid = arena_strdup(c->reader->arena, l->value);
    else if (line_is(l, "X-LIC-LOCATION") && l->len < MAX_ZONE_RULE)
        c->location = arena_strdup(c->reader->arena, l->value);
    bool is_wild =
        line_is(l, "RRULE") &&
        (strcasestr(l->value, "FREQ=YEARLY") == NULL || l->len > MAX_ZONE_RULE ||
         strcasestr(l->value, "BYHOUR") != NULL || strcasestr(l->value, "BYMIN") != NULL ||
         strcasestr(l->value, "BYSEC") != NULL || strcasestr(l->value, "RSCALE") != NULL);
    if (is_one_of(l, wanted, N_ELEMS(wanted)) && !is_wild && ++c->n_lines <= MAX_ZONE_LINES)
        keep_line(c, l);
}

static bool is_zone_part(const struct line *l)
{
    return is_value(l, "STANDARD") || is_value(l, "DAYLIGHT");
}

static void take_begin(struct cutter *c, const struct line *l)
{
    if (is_value(l, "VCALENDAR"))
        c->is_calendar = true;
    else if (c->is_calendar && is_value(l, "VEVENT"))
        begin_part(c, PART_EVENT, l);
    else if (c->is_calendar && is_value(l, "VTIMEZONE"))
        begin_part(c, PART_ZONE, l);
    else if (c->part == PART_ZONE && c->depth == 0 && is_zone_part(l))
        keep_line(c, l);
    else
        c->depth++;
}

static void take_end(struct cutter *c, const struct line *l)
{
    if (c->depth > 0)
        c->depth--;
    else if (c->part == PART_ZONE && is_zone_part(l))
        keep_line(c, l);
    else if ((c->part == PART_EVENT && is_value(l, "VEVENT")) ||
             (c->part == PART_ZONE && is_value(l, "VTIMEZONE")))
        end_part(c, l);
}

/* False when there is no room for more. */
static bool take_line(struct cutter *c, const struct line *l)
{
    struct ics_reader *r = c->reader;
    bool is_begin = line_is(l, "BEGIN");
    if ((is_begin && is_value(l, "VEVENT") && r->calendar->n_events == ICS_MAX_EVENTS) ||
        !arena_has_room(r->arena,
                        2 * MAX_EVENT_BYTES + sizeof(struct source) * 2 * (size_t)r->cap_sources)) {
        problems_add(&r->calendar->problems, r->calendar->n_events + 1, "too_many_events");
        c->part = PART_NONE;
        return false;
    }
    if (is_begin)
        take_begin(c, l);
    else if (line_is(l, "END"))
        take_end(c, l);
    else if (c->depth == 0 && c->part == PART_EVENT)
        take_event_line(c, l);
    else if (c->depth == 0 && c->part == PART_ZONE)
        take_zone_line(c, l);
    else if (c->depth == 0 && line_is(l, "X-WR-CALNAME") && l->len < 1000) {
        text_unescape(l->value);
        r->calendar->name = arena_strdup(r->arena, l->value);
    }
    return true;
}

static enum rc cut(struct ics_reader *r, struct text *text)
{
    struct cutter c = {.reader = r};
    struct line_reader lines = {.at = text->s, .end = text->s + text->len};
    struct line line;
    while (line_next(&lines, &line) && take_line(&c, &line))
        continue;
    if (c.part == PART_EVENT)
        problems_add(&r->calendar->problems, r->calendar->n_events, "event_not_closed");
    if (!c.is_calendar)
        problems_add(&r->calendar->problems, 0, "not_a_calendar");
    return c.is_calendar ? RC_OK : RC_INVALID;
}

/* --- fields of an event -------------------------------------------------- */

static icalproperty *first(const struct source *s, icalproperty_kind kind)
{
    return icalcomponent_get_first_property(s->component, kind);
}

/* The value of a property when it is of the kind it should be. */
static icalvalue *value_of(icalproperty *p, icalvalue_kind kind)
{
    icalvalue *v = p != NULL ? icalproperty_get_value(p) : NULL;
    return v != NULL && icalvalue_isa(v) == kind ? v : NULL;
}

bool is_usable(icaltimetype t)
{
    bool has_day = t.year >= FIRST_YEAR && t.year <= LAST_YEAR && t.month >= 1 && t.month <= 12 &&
                   t.day >= 1 && t.day <= icaltime_days_in_month(t.month, t.year);
    bool has_time = t.hour >= 0 && t.hour < 24 && t.minute >= 0 && t.minute < 60 && t.second >= 0 &&
                    t.second <= 60; /* with the second that is put in at times */
    return !icaltime_is_null_time(t) && has_day && has_time;
}

/* NULL, or why the event is not taken. */
static const char *read_times(struct ics_reader *r, struct source *s)
{
    bool is_unknown = false;
    icalproperty *start = first(s, ICAL_DTSTART_PROPERTY), *end = first(s, ICAL_DTEND_PROPERTY);
    icalvalue *duration = value_of(first(s, ICAL_DURATION_PROPERTY), ICAL_DURATION_VALUE);
    if (!is_usable(time_of(start)))
        return "no_start";
    s->start = moment_of(r, start, time_of(start), &is_unknown);
    bool is_date = s->start.time.is_date;
    int64_t length_ms = 0;
    if (is_usable(time_of(end))) {
        icaltimetype t = time_of(end);
        t.is_date |= is_date;
        length_ms = moment_of(r, end, t, &is_unknown).key_ms - s->start.key_ms;
    } else if (duration != NULL) {
        length_ms = icaldurationtype_as_int(icalvalue_get_duration(duration)) * INT64_C(1000);
    }
    if (length_ms < 0)
        return "end_before_start";
    s->length_ms = length_ms;
    if (is_date) /* whole days, and at least one, also when a program ends it on its first day */
        s->length_ms = (length_ms / MS_PER_DAY + (length_ms < MS_PER_DAY)) * MS_PER_DAY;
    if (is_unknown)
        problems_add(&r->calendar->problems, s->event.number, "unknown_zone");
    s->event.is_all_day = is_date;
    s->event.is_floating = !is_date && s->start.time.zone == NULL;
    return NULL;
}

static void read_recurrence(struct ics_reader *r, struct source *s)
{
    bool ignored = false;
    icalproperty *p = first(s, ICAL_RECURRENCEID_PROPERTY);
    if (is_usable(time_of(p))) {
        s->is_override = true;
        s->replaces = moment_of(r, p, time_of(p), &ignored);
        if (icalproperty_get_first_parameter(p, ICAL_RANGE_PARAMETER) != NULL)
            problems_add(&r->calendar->problems, s->event.number, "range_not_supported");
    }
    s->event.is_recurring =
        s->is_override || s->event.recurrence[0] != '\0' || first(s, ICAL_RDATE_PROPERTY) != NULL;
}

/* The file's words for the zone when the library does not know it. */
static const char *zone_name_of(struct ics_reader *r, const struct source *s)
{
    const char *tzid = tzid_of(first(s, ICAL_DTSTART_PROPERTY));
    if (s->start.time.is_date)
        return "";
    if (icaltime_is_utc(s->start.time))
        return "UTC";
    return tzid != NULL ? zone_find(r, tzid)->name : "";
}

/* NULL, or why the event is not taken. */
static const char *read_fields(struct ics_reader *r, struct source *s)
{
    if (s->component == NULL || icalcomponent_isa(s->component) != ICAL_VEVENT_COMPONENT)
        return "no_start";
    const char *reason = read_times(r, s);
    if (reason != NULL)
        return reason;
    read_recurrence(r, s);
    s->event.zone = zone_name_of(r, s);
    return NULL;
}

static void drop_component(struct source *s)
{
    if (s->component != NULL)
        icalcomponent_free(s->component);
    s->component = NULL;
}

/* Reads every event; those that cannot be read are noted and left out. */
static void read_sources(struct ics_reader *r)
{
    int n = 0;
    for (int i = 0; i < r->n_sources; i++) {
        struct source *s = &r->sources[i];
        s->component = icalparser_parse_string(s->text);
        const char *reason =
            arena_has_room(r->arena, 4 * MAX_EVENT_BYTES) ? read_fields(r, s) : "too_many_events";
        if (reason != NULL)
            problems_add(&r->calendar->problems, s->event.number, reason);
        if (reason != NULL || s->is_override || !s->event.is_recurring)
            drop_component(s); /* the rest needs it for its repetitions */
        if (reason == NULL)
            r->sources[n++] = *s;
    }
    r->n_sources = n;
}

/* --- the calendar -------------------------------------------------------- */

static int by_uid_and_moment(const void *a, const void *b)
{
    const struct source *const *x = a, *const *y = b;
    int order = strcmp((*x)->event.uid, (*y)->event.uid);
    int64_t p = (*x)->replaces.key_ms, q = (*y)->replaces.key_ms;
    return order != 0 ? order : (p > q) - (p < q);
}

static void sort_overrides(struct ics_reader *r)
{
    r->overrides = arena_array(r->arena, struct source *, r->n_sources);
    for (int i = 0; i < r->n_sources; i++)
        if (r->sources[i].is_override)
            r->overrides[r->n_overrides++] = &r->sources[i];
    qsort(r->overrides, (size_t)r->n_overrides, sizeof(*r->overrides), by_uid_and_moment);
}

static int by_start(const void *a, const void *b)
{
    const struct ics_event *x = a, *y = b;
    int64_t p = x->start_days * INT64_C(1440) + x->start_min;
    int64_t q = y->start_days * INT64_C(1440) + y->start_min;
    return p != q ? (p > q) - (p < q) : x->number - y->number;
}

static void unlock(pthread_mutex_t **mutex)
{
    pthread_mutex_unlock(*mutex);
}

static void read_events(struct ics_reader *r)
{
    read_sources(r);
    sort_overrides(r);
    for (int i = 0; i < r->n_sources; i++) {
        if (!r->is_full)
            expand(r, &r->sources[i]);
        drop_component(&r->sources[i]);
    }
    if (r->calendar->n > 1)
        qsort(r->calendar->list, (size_t)r->calendar->n, sizeof(*r->calendar->list), by_start);
}

enum rc ics_read(struct arena *a, struct bytes file, struct ics_window window,
                 struct ics_calendar *ret)
{
    static pthread_mutex_t library = PTHREAD_MUTEX_INITIALIZER;
    struct text text;
    struct ics_reader r = {.arena = a, .calendar = ret, .window = window};
    *ret = (struct ics_calendar){.name = "", .problems.arena = a};
    if (file.len > ICS_MAX_BYTES || text_decode(a, file, &ret->problems, &text) != RC_OK) {
        problems_add(&ret->problems, 0, "too_large");
        return RC_INVALID;
    }
    pthread_mutex_lock(&library);
    CLEANUP(unlock) UNUSED pthread_mutex_t *held = &library;
    icalerror_set_errors_are_fatal(0); /* a file must not end the process */
    enum rc rc = cut(&r, &text);
    if (rc == RC_OK)
        read_events(&r);
    zones_done(&r);
    icalmemory_free_ring();
    return rc;
}

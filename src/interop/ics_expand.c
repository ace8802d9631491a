/* SPDX-License-Identifier: AGPL-3.0-or-later
 * ics_expand.c - occurrences of an event within the window.
 *
 * Bounds, since a file of a hundred bytes may ask for years of work: frequencies finer than a day
 * are refused, steps and occurrences are counted, filters of days are applied here, and all
 * repetitions of a file together have a budget of processor time. */
#include "interop/ics_parts.h"

enum { MAX_STEPS = 50000, MAX_WORK_MS = 2000, ZONE_MARGIN_DAYS = 2 };

/* Occurrences being collected, and moments that are excluded. */
struct series {
    struct ics_reader *reader;
    const struct source *source;
    struct moment *list;
    int n, cap;
    int64_t *excluded; /* keys */
    int n_excluded, cap_excluded;
    int64_t *excluded_days; /* first ms of local days */
    int n_excluded_days, cap_excluded_days;
    bool is_cut;
};

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;
    return (*x > *y) - (*x < *y);
}

static int by_key(const void *a, const void *b)
{
    const struct moment *x = a, *y = b;
    return (x->key_ms > y->key_ms) - (x->key_ms < y->key_ms);
}

/* --- exclusions ---------------------------------------------------------- */

static void read_excluded(struct series *s)
{
    struct arena *a = s->reader->arena;
    icalcomponent *c = s->source->component;
    bool is_date = s->source->start.time.is_date;
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_EXDATE_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_EXDATE_PROPERTY)) {
        bool ignored = false;
        if (!is_usable(time_of(p)))
            continue;
        struct moment m = moment_of(s->reader, p, time_of(p), &ignored);
        if (m.time.is_date && !is_date) { /* a whole day, as some programs write */
            arena_grow(a, s->excluded_days, s->n_excluded_days, s->cap_excluded_days);
            s->excluded_days[s->n_excluded_days++] = m.key_ms;
        } else {
            arena_grow(a, s->excluded, s->n_excluded, s->cap_excluded);
            s->excluded[s->n_excluded++] = m.key_ms;
        }
    }
    if (s->n_excluded > 0)
        qsort(s->excluded, (size_t)s->n_excluded, sizeof(int64_t), by_number);
    if (s->n_excluded_days > 0)
        qsort(s->excluded_days, (size_t)s->n_excluded_days, sizeof(int64_t), by_number);
}

static bool contains(const int64_t *list, int n, int64_t key)
{
    return n > 0 && bsearch(&key, list, (size_t)n, sizeof(key), by_number) != NULL;
}

static bool is_replaced(const struct series *s, int64_t key_ms)
{
    const struct ics_reader *r = s->reader;
    int low = 0, high = r->n_overrides;
    while (low < high) {
        int mid = low + (high - low) / 2;
        const struct source *o = r->overrides[mid];
        int order = strcmp(o->event.uid, s->source->event.uid);
        if (order == 0)
            order = (o->replaces.key_ms > key_ms) - (o->replaces.key_ms < key_ms);
        if (order == 0)
            return true;
        if (order < 0)
            low = mid + 1;
        else
            high = mid;
    }
    return false;
}

static bool is_left_out(const struct series *s, const struct moment *m)
{
    int64_t local = local_ms(m->time), day = local - (local % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY;
    return contains(s->excluded, s->n_excluded, m->key_ms) ||
           contains(s->excluded_days, s->n_excluded_days, day) || is_replaced(s, m->key_ms);
}

/* --- collecting ---------------------------------------------------------- */

static void collect(struct series *s, icaltimetype t)
{
    const struct ics_window *w = &s->reader->window;
    struct moment m = moment_from(t);
    int64_t end_ms = m.key_ms + (s->source->length_ms > 0 ? s->source->length_ms : 1);
    if (m.key_ms >= w->until_ms || end_ms <= w->from_ms || is_left_out(s, &m))
        return;
    if (s->n >= ICS_MAX_OCCURRENCES) {
        s->is_cut = true;
        return;
    }
    arena_grow(s->reader->arena, s->list, s->n, s->cap);
    s->list[s->n++] = m;
}

static bool is_given(const short *list)
{
    return list[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

static int64_t cpu_ms(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000) + t.tv_nsec / 1000000;
}

static bool is_supported(const struct icalrecurrencetype *rule)
{
    bool is_short = rule->freq == ICAL_DAILY_RECURRENCE || rule->freq == ICAL_WEEKLY_RECURRENCE;
    bool is_long = rule->freq == ICAL_MONTHLY_RECURRENCE || rule->freq == ICAL_YEARLY_RECURRENCE;
    bool is_odd =
        is_given(rule->by_set_pos) || is_given(rule->by_year_day) || is_given(rule->by_week_no);
    return (is_long || (is_short && !is_odd)) && rule->rscale == NULL && rule->interval > 0;
}

/* What only leaves days out of a daily or weekly rule is taken from it and checked here: the
 * library would search through centuries for a day that never comes ("daily, 30 February"). */
static struct icalrecurrencetype without_filters(struct icalrecurrencetype rule)
{
    if (rule.freq == ICAL_DAILY_RECURRENCE)
        rule.by_month_day[0] = rule.by_day[0] = ICAL_RECURRENCE_ARRAY_MAX;
    if (rule.freq == ICAL_DAILY_RECURRENCE || rule.freq == ICAL_WEEKLY_RECURRENCE) {
        rule.by_month[0] = ICAL_RECURRENCE_ARRAY_MAX;
        rule.count = 0;
    }
    return rule;
}

static bool passes_filters(const struct icalrecurrencetype *rule, icaltimetype t)
{
    bool month = !is_given(rule->by_month), day = !is_given(rule->by_month_day);
    bool weekday = !is_given(rule->by_day) || rule->freq != ICAL_DAILY_RECURRENCE;
    int n_days = icaltime_days_in_month(t.month, t.year);
    if (rule->freq == ICAL_MONTHLY_RECURRENCE || rule->freq == ICAL_YEARLY_RECURRENCE)
        return true;
    for (int i = 0; i < ICAL_BY_MONTH_SIZE && rule->by_month[i] != ICAL_RECURRENCE_ARRAY_MAX; i++)
        month |= rule->by_month[i] == t.month;
    for (int i = 0; !day && rule->by_month_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++)
        day = rule->by_month_day[i] == t.day || rule->by_month_day[i] + n_days + 1 == t.day;
    for (int i = 0; !weekday && rule->by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++)
        weekday =
            (int)icalrecurrencetype_day_day_of_week(rule->by_day[i]) == icaltime_day_of_week(t);
    return month && weekday && (day || rule->freq != ICAL_DAILY_RECURRENCE);
}

static bool is_overworked(const struct ics_reader *r)
{
    return r->work_ms + cpu_ms() - r->rule_began_ms > MAX_WORK_MS;
}

static void collect_rule(struct series *s, const struct icalrecurrencetype *rule)
{
    const struct ics_window *w = &s->reader->window;
    const int64_t margin_ms = ZONE_MARGIN_DAYS * MS_PER_DAY;
    icalrecur_iterator *it = icalrecur_iterator_new(without_filters(*rule), s->source->start.time);
    int n_found = 0;
    for (int n_steps = 0; it != NULL && !s->is_cut && !is_overworked(s->reader); n_steps++) {
        icaltimetype t = icalrecur_iterator_next(it);
        if (icaltime_is_null_time(t) || local_ms(t) > w->until_ms + margin_ms ||
            (rule->count > 0 && n_found == rule->count))
            break;
        s->is_cut = n_steps == MAX_STEPS;
        if (!passes_filters(rule, t))
            continue;
        n_found++;
        if (local_ms(t) + s->source->length_ms + margin_ms >= w->from_ms)
            collect(s, t);
    }
    if (it != NULL)
        icalrecur_iterator_free(it);
}

static void collect_rules(struct series *s)
{
    icalcomponent *c = s->source->component;
    icalproperty *p = icalcomponent_get_first_property(c, ICAL_RRULE_PROPERTY);
    struct icalrecurrencetype rule = {.freq = ICAL_NO_RECURRENCE};
    if (s->source->event.recurrence[0] == '\0')
        return;
    if (p != NULL && icalvalue_isa(icalproperty_get_value(p)) == ICAL_RECUR_VALUE)
        rule = icalproperty_get_rrule(p);
    struct ics_reader *r = s->reader;
    r->rule_began_ms = cpu_ms();
    if (!is_supported(&rule))
        problems_add(&r->calendar->problems, s->source->event.number, "rule_not_supported");
    else if (!is_overworked(r) && !ics_never_comes(&rule, s->source->start.time.day))
        collect_rule(s, &rule);
    if (is_overworked(r))
        problems_add(&r->calendar->problems, s->source->event.number, "too_much_work");
    r->work_ms += cpu_ms() - r->rule_began_ms;
}

/* A period's own length is not kept: its event has one. */
static icaltimetype time_of_rdate(icalproperty *p)
{
    icalvalue *v = icalproperty_get_value(p);
    bool is_period = v != NULL && icalvalue_isa(v) == ICAL_PERIOD_VALUE;
    return is_period ? icalvalue_get_period(v).start : time_of(p);
}

static void collect_dates(struct series *s)
{
    icalcomponent *c = s->source->component;
    for (icalproperty *p = icalcomponent_get_first_property(c, ICAL_RDATE_PROPERTY); p != NULL;
         p = icalcomponent_get_next_property(c, ICAL_RDATE_PROPERTY)) {
        bool ignored = false;
        icaltimetype t = time_of_rdate(p);
        if (!is_usable(t))
            continue;
        t.is_date = s->source->start.time.is_date;
        collect(s, moment_of(s->reader, p, t, &ignored).time);
    }
}

/* --- giving out ---------------------------------------------------------- */

static void set_local(int64_t ms, int32_t *ret_days, int32_t *ret_min)
{
    int64_t rest = (ms % MS_PER_DAY + MS_PER_DAY) % MS_PER_DAY;
    *ret_days = (int32_t)((ms - rest) / MS_PER_DAY);
    *ret_min = (int32_t)(rest / MS_PER_MIN);
}

static int64_t local_of_utc(const icaltimezone *zone, int64_t ms)
{
    int32_t days, min;
    int y, m, d;
    set_local(ms, &days, &min);
    civil_from_days(days, &y, &m, &d);
    icaltimetype t = {.year = y, .month = m, .day = d, .hour = min / 60, .minute = min % 60};
    t.zone = icaltimezone_get_utc_timezone();
    return ms +
           icaltimezone_get_utc_offset_of_utc_time((icaltimezone *)zone, &t, NULL) * INT64_C(1000);
}

static void give(struct ics_reader *r, const struct source *s, const struct moment *m)
{
    struct ics_calendar *c = r->calendar;
    if (c->n >= ICS_MAX_TOTAL_OCCURRENCES ||
        !arena_has_room(r->arena, sizeof(*c->list) * 2 * (size_t)c->n)) {
        if (!r->is_full)
            problems_add(&c->problems, s->event.number, "too_many_events");
        r->is_full = true;
        return;
    }
    arena_grow(r->arena, c->list, c->n, r->cap_events);
    struct ics_event *e = &c->list[c->n++];
    *e = s->event;
    int64_t end_ms = m->key_ms + s->length_ms;
    const icaltimezone *zone = m->time.zone;
    set_local(local_ms(m->time), &e->start_days, &e->start_min);
    set_local(zone != NULL ? local_of_utc(zone, end_ms) : end_ms, &e->end_days, &e->end_min);
    if (zone != NULL) {
        e->start_ms = m->key_ms;
        e->end_ms = end_ms;
    }
}

void expand(struct ics_reader *r, const struct source *source)
{
    struct series s = {.reader = r, .source = source};
    if (!source->is_override)
        read_excluded(&s);
    if (source->is_override) {
        struct source alone = *source; /* its own moment is not replaced */
        alone.event.uid = "";
        s.source = &alone;
        collect(&s, source->start.time);
    } else {
        collect(&s, source->start.time);
        collect_rules(&s);
        collect_dates(&s);
    }
    if (s.is_cut)
        problems_add(&r->calendar->problems, source->event.number, "too_many_occurrences");
    if (s.n > 1)
        qsort(s.list, (size_t)s.n, sizeof(*s.list), by_key);
    for (int i = 0; i < s.n && !r->is_full; i++)
        if (i == 0 || s.list[i].key_ms != s.list[i - 1].key_ms)
            give(r, source, &s.list[i]);
}

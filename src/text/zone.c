/* SPDX-License-Identifier: AGPL-3.0-or-later
 * zone.c - reads a zone's clock changes from ICU once; the rest is arithmetic. */
#include "text/zone.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/ucal.h>
#include <unicode/uenum.h>
#include <unicode/ustring.h>

enum { NAME_MAX_BYTES = 64, MAX_NAMES = 1000 };
static const int64_t FROM_MS = -7305 * MS_PER_DAY;  /* 1950-01-01 */
static const int64_t UNTIL_MS = 47847 * MS_PER_DAY; /* 2101-01-01 */

/* A stretch of time with one offset; it ends where the next begins. */
struct span {
    int64_t from_ms;
    int64_t offset_ms; /* local time minus UTC */
};
struct zone {
    struct zone *next;
    char name[NAME_MAX_BYTES];
    int n;
    struct span span[]; /* ascending; the first reaches back for ever */
};

/* Only ever pushed to, under `making`; readers walk it without lock. */
static _Atomic(struct zone *) zones;
static pthread_mutex_t making = PTHREAD_MUTEX_INITIALIZER;

static void *must(void *p)
{
    if (p == NULL)
        abort();
    return p;
}

/* --- from ICU -------------------------------------------------------------------- */

static int64_t offset_now(const UCalendar *c, UErrorCode *e)
{
    return (int64_t)ucal_get(c, UCAL_ZONE_OFFSET, e) + ucal_get(c, UCAL_DST_OFFSET, e);
}

static struct zone *read_spans(UCalendar *c, UErrorCode *e)
{
    int cap = 64;
    UDate at = (UDate)FROM_MS;
    struct zone *z = must(calloc(1, sizeof(*z) + (size_t)cap * sizeof(z->span[0])));
    do {
        ucal_setMillis(c, at, e);
        int64_t offset_ms = offset_now(c, e);
        if (z->n == cap) {
            cap *= 2;
            z = must(realloc(z, sizeof(*z) + (size_t)cap * sizeof(z->span[0])));
        }
        if (z->n == 0 || z->span[z->n - 1].offset_ms != offset_ms) /* else only the name changed */
            z->span[z->n++] = (struct span){(int64_t)at, offset_ms};
    } while (ucal_getTimeZoneTransitionDate(c, UCAL_TZ_TRANSITION_NEXT, &at, e) && U_SUCCESS(*e) &&
             at < (UDate)UNTIL_MS);
    return z;
}

/* ICU takes any "GMT+3" and gives GMT for what it does not know; only names of its table count. */
static bool is_zone(const UChar *id)
{
    UChar canonical[NAME_MAX_BYTES];
    UBool is_system = false;
    UErrorCode e = U_ZERO_ERROR;
    ucal_getCanonicalTimeZoneID(id, -1, canonical, NAME_MAX_BYTES, &is_system, &e);
    return U_SUCCESS(e) && is_system && u_strcmp(canonical, u"Etc/Unknown") != 0;
}

static struct zone *make(const char *name)
{
    UChar id[NAME_MAX_BYTES];
    UErrorCode e = U_ZERO_ERROR;
    u_strFromUTF8(id, NAME_MAX_BYTES, NULL, name, -1, &e);
    if (U_FAILURE(e) || !is_zone(id))
        return NULL;
    UCalendar *c = ucal_open(id, -1, "en", UCAL_GREGORIAN, &e);
    if (U_FAILURE(e))
        abort(); /* ICU without its data */
    struct zone *z = read_spans(c, &e);
    ucal_close(c);
    memcpy(z->name, name, strlen(name));
    return z;
}

static const struct zone *find(const char *name)
{
    for (const struct zone *z = atomic_load(&zones); z != NULL; z = z->next)
        if (strcmp(z->name, name) == 0)
            return z;
    return NULL;
}

const struct zone *zone_get(const char *iana_name)
{
    if (iana_name == NULL || strlen(iana_name) >= NAME_MAX_BYTES)
        return NULL;
    const struct zone *z = find(iana_name);
    if (z != NULL)
        return z;
    pthread_mutex_lock(&making);
    if ((z = find(iana_name)) == NULL) {
        struct zone *made = make(iana_name);
        if (made != NULL) {
            made->next = atomic_load(&zones);
            atomic_store(&zones, made);
        }
        z = made;
    }
    pthread_mutex_unlock(&making);
    return z;
}

const char *zone_name(const struct zone *z)
{
    return z->name;
}

static const char *names[MAX_NAMES];
static int n_names;

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void read_names(void)
{
    UErrorCode e = U_ZERO_ERROR;
    UEnumeration *all =
        ucal_openTimeZoneIDEnumeration(UCAL_ZONE_TYPE_CANONICAL_LOCATION, NULL, NULL, &e);
    for (const char *s;
         n_names < MAX_NAMES && (s = uenum_next(all, NULL, &e)) != NULL && U_SUCCESS(e);)
        names[n_names++] = must(strdup(s));
    uenum_close(all);
    qsort(names, (size_t)n_names, sizeof(names[0]), by_name);
}

const char *const *zone_names(int *ret_n)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_names);
    *ret_n = n_names;
    return names;
}

/* --- arithmetic ---------------------------------------------------------------------- */

static int span_at(const struct zone *z, int64_t ms)
{
    int low = 0, high = z->n; /* the span is in [low, high) */
    while (high - low > 1) {
        int mid = low + (high - low) / 2;
        if (z->span[mid].from_ms <= ms)
            low = mid;
        else
            high = mid;
    }
    return low;
}

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

struct local zone_local(const struct zone *z, int64_t ms)
{
    int64_t local_ms = ms + z->span[span_at(z, ms)].offset_ms;
    int64_t days = floor_div(local_ms, MS_PER_DAY);
    return (struct local){(int32_t)days, (int32_t)((local_ms - days * MS_PER_DAY) / MS_PER_MIN)};
}

int32_t zone_offset_min(const struct zone *z, int64_t ms)
{
    return (int32_t)floor_div(z->span[span_at(z, ms)].offset_ms, MS_PER_MIN);
}

/* Goes through the few spans around the local time: it lies in one, in two, or between two, and
 * then *ret_gap is the span after the gap. */
static enum zone_fit fit(const struct zone *z, int64_t local_ms, int64_t *ret_ms, int *ret_gap)
{
    int n_fits = 0;
    for (int i = span_at(z, local_ms - 2 * MS_PER_DAY); i < z->n; i++) {
        int64_t ms = local_ms - z->span[i].offset_ms;
        if (ms < z->span[i].from_ms && i > 0) {
            *ret_gap = i;
            break;
        }
        if ((i + 1 == z->n || ms < z->span[i + 1].from_ms) && n_fits++ == 0)
            *ret_ms = ms;
    }
    return n_fits == 0 ? ZONE_GAP : n_fits == 1 ? ZONE_ONE : ZONE_TWICE;
}

static int64_t local_ms(struct local l)
{
    return (int64_t)l.days * MS_PER_DAY + l.minute * MS_PER_MIN;
}

enum zone_fit zone_instant(const struct zone *z, struct local l, int64_t *ret_ms)
{
    int gap;
    enum zone_fit f = fit(z, local_ms(l), ret_ms, &gap);
    if (f == ZONE_GAP) /* as a clock shows it that was not put forward */
        *ret_ms = local_ms(l) - z->span[gap - 1].offset_ms;
    return f;
}

int64_t zone_day_start(const struct zone *z, int32_t days)
{
    int gap;
    int64_t ms;
    return fit(z, (int64_t)days * MS_PER_DAY, &ms, &gap) == ZONE_GAP ? z->span[gap].from_ms : ms;
}

/* --- ISO 8601 ---------------------------------------------------------------------------- */

void ms_format_iso(int64_t ms, char ret[static 32])
{
    char date[11] = "";
    int64_t days = floor_div(ms, MS_PER_DAY);
    int s = (int)((ms - days * MS_PER_DAY) / 1000);
    if (days >= INT32_MIN && days <= INT32_MAX)
        days_format_iso((int32_t)days, date);
    ret[0] = '\0';
    if (date[0] != '\0')
        snprintf(ret, 32, "%sT%02d:%02d:%02dZ", date, s / 3600, s / 60 % 60, s % 60);
}

const char *local_format(struct arena *a, struct local l)
{
    char date[11];
    days_format_iso(l.days, date);
    return arena_printf(a, "%sT%s", date, minutes_format(a, l.minute));
}

const char *zone_format_iso(struct arena *a, const struct zone *z, int64_t ms)
{
    int32_t offset = zone_offset_min(z, ms);
    return arena_printf(a, "%s%c%s", local_format(a, zone_local(z, ms)), offset < 0 ? '-' : '+',
                        minutes_format(a, abs(offset)));
}

/* "HH:MM" at s, which may go on. */
static bool take_minutes(const char **s, int32_t *ret)
{
    char text[6] = "";
    memcpy(text, *s, strnlen(*s, 5));
    if (!minutes_parse(text, ret))
        return false;
    *s += 5;
    return true;
}

/* ":07" and ".125", each optional, as milliseconds. */
static bool take_seconds(const char **s, int64_t *ret)
{
    const char *p = *s;
    *ret = 0;
    if (*p != ':')
        return true;
    if (p[1] < '0' || p[1] > '5' || p[2] < '0' || p[2] > '9')
        return false;
    *ret = ((p[1] - '0') * 10 + (p[2] - '0')) * 1000;
    p += 3;
    if (*p == '.') {
        if (strspn(++p, "0123456789") == 0)
            return false;
        for (int weight = 100; *p >= '0' && *p <= '9'; p++, weight /= 10)
            *ret += (*p - '0') * weight;
    }
    *s = p;
    return true;
}

bool zone_parse_iso(const struct zone *z, const char *s, int64_t *ret_ms)
{
    struct local l;
    int64_t ms, seconds_ms;
    int32_t offset = 0;
    if (s == NULL || strnlen(s, 11) < 11 || s[10] != 'T')
        return false;
    char date[11] = "";
    memcpy(date, s, 10);
    s += 11;
    if (!days_parse_iso(date, &l.days) || !take_minutes(&s, &l.minute) ||
        !take_seconds(&s, &seconds_ms))
        return false;
    if (*s == '\0' && z != NULL) {
        zone_instant(z, l, &ms);
        *ret_ms = ms + seconds_ms;
        return true;
    }
    char sign = *s++;
    if (sign == '\0' || strchr("Z+-", sign) == NULL ||
        (sign != 'Z' && !take_minutes(&s, &offset)) || *s != '\0')
        return false;
    *ret_ms = local_ms(l) + seconds_ms - (sign == '-' ? -1 : 1) * offset * MS_PER_MIN;
    return true;
}

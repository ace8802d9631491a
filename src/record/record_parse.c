/* SPDX-License-Identifier: AGPL-3.0-or-later
 * record_parse.c - forms and JSON to values; every refusal says how to mend it. */
#include "base/utf8.h"
#include "record/record_private.h"

#include <ctype.h>
#include <string.h>

/* One value on its way into one field. */
struct reading {
    struct cx *cx;
    const struct field *f;
    bool is_json;
    void *rec;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* Without blanks around. */
static const char *trimmed(struct arena *a, const char *s)
{
    while (is_blank(*s))
        s++;
    size_t n = strlen(s);
    while (n > 0 && is_blank(s[n - 1]))
        n--;
    return s[n] == '\0' ? s : arena_strndup(a, s, n);
}

/* --- texts ------------------------------------------------------------------------ */

/* A copy whose line ends are LF; in one line of text, tabs are blanks. */
static const char *normalised(struct arena *a, const char *s, bool one_line)
{
    char *copy = arena_strdup(a, s), *to = copy;
    for (const char *p = s; *p != '\0'; p++) {
        if (*p == '\r' && p[1] == '\n')
            continue;
        *to++ = (char)(*p == '\r' ? '\n' : *p == '\t' && one_line ? ' ' : *p);
    }
    *to = '\0';
    return one_line ? trimmed(a, copy) : copy;
}

/* U+0000 to U+001F but for newline and tab, U+007F to U+009F. */
static bool has_control(const char *s)
{
    for (const unsigned char *p = (const unsigned char *)s; *p != '\0'; p++)
        if ((*p < 0x20 && *p != '\n' && *p != '\t') || *p == 0x7f ||
            (*p == 0xc2 && p[1] >= 0x80 && p[1] <= 0x9f))
            return true;
    return false;
}

/* Plausible, not proven: something, one @, and a name with a dot that has no empty part. */
static bool looks_like_email(const char *s)
{
    const char *at = strchr(s, '@');
    if (at == NULL || at == s || at - s > 64 || strlen(s) > 254 ||
        strpbrk(s, " \t,;<>\"()") != NULL)
        return false;
    const char *host = at + 1, *last = host + strlen(host) - 1;
    return strchr(host, '@') == NULL && strchr(host, '.') != NULL && *host != '.' && *last != '.' &&
           strstr(s, "..") == NULL && at[-1] != '.' && *s != '.';
}

/* Digits as people group them, with the plus only in front: 5 to 15 of them (ITU-T E.164). */
static bool looks_like_phone(const char *s)
{
    int n_digits = 0;
    for (const char *p = s; *p != '\0'; p++) {
        if (isdigit((unsigned char)*p))
            n_digits++;
        else if (strchr(" ()-./", *p) == NULL && (*p != '+' || p != s))
            return false;
    }
    return n_digits >= 5 && n_digits <= 15;
}

static enum rc read_text(struct reading r, const char *s)
{
    struct cx *cx = r.cx;
    const char *key = r.f->key, *text = normalised(cx->arena, s, r.f->kind == FIELD_TEXT);
    int64_t n = utf8_length(text);

    if (has_control(text))
        return refuse(cx, RC_INVALID, key,
                      N_("This text holds a character that cannot be printed."));
    if (r.f->kind == FIELD_TEXT && strchr(text, '\n') != NULL)
        return refuse(cx, RC_INVALID, key, N_("Write this in one line."));
    if (n > field_max(r.f))
        return refusef(cx, RC_INVALID, key, N_("Shorten this to %s characters; it has %s."),
                       locale_int(cx->arena, cx->locale, field_max(r.f)),
                       locale_int(cx->arena, cx->locale, n));
    if (n > 0 && n < r.f->min)
        return refusef(cx, RC_INVALID, key, N_("Write at least %s characters; it has %s."),
                       locale_int(cx->arena, cx->locale, r.f->min),
                       locale_int(cx->arena, cx->locale, n));
    if (n > 0 && (r.f->flags & EMAIL) && !looks_like_email(text))
        return refuse(cx, RC_INVALID, key, N_("Write the address as name@example.org."));
    if (n > 0 && (r.f->flags & PHONE) && !looks_like_phone(text))
        return refuse(cx, RC_INVALID, key, N_("Write the number in digits, as +34 600 123 456."));
    field_set_text(r.f, r.rec, text);
    return RC_OK;
}

/* --- dates and times ---------------------------------------------------------------- */

/* Three numbers in the order of the locale, or ISO: *ret_month is the first day of the month. */
static bool date_parts(struct cx *cx, const char *s, int *ret_day, int32_t *ret_month)
{
    int n[3], used = 0;
    if (sscanf(s, "%4d%*1[-/.]%2d%*1[-/.]%4d%n", &n[0], &n[1], &n[2], &used) != 3 ||
        s[used] != '\0')
        return false;
    /* How the locale writes the 23rd of November tells its order. */
    const char *sample =
        locale_date(cx->arena, cx->locale, days_from_civil(2026, 11, 23), DATE_SHORT);
    bool year_first = n[0] > 99, month_first = !year_first && sample[0] == '1';
    int year = year_first ? n[0] : n[2] < 100 ? 2000 + n[2] : n[2];
    int month = month_first ? n[0] : n[1];
    *ret_day = year_first ? n[2] : month_first ? n[1] : n[0];
    if (year < 1 || month < 1 || month > 12 || *ret_day < 1 || *ret_day > 31)
        return false;
    *ret_month = days_from_civil(year, month, 1);
    return true;
}

static enum rc read_date(struct reading r, const char *s, int64_t *ret)
{
    struct cx *cx = r.cx;
    int32_t days, month;
    int day;
    if (r.is_json ? days_parse_iso(s, &days) : locale_parse_date(cx->locale, s, &days)) {
        *ret = days;
        return RC_OK;
    }
    if (date_parts(cx, s, &day, &month)) { /* e.g. "29 February 2026" */
        const char *name = locale_date(cx->arena, cx->locale, month, DATE_MONTH);
        int32_t last = month + day - 1; /* of another month: that day does not exist */
        int y, m, d, y2, m2, d2;
        civil_from_days(month, &y, &m, &d);
        civil_from_days(last, &y2, &m2, &d2);
        if (m != m2)
            return refusef(cx, RC_INVALID, r.f->key, N_("There is no %d %s."), day, name);
    }
    const char *example =
        r.is_json ? "2026-11-23"
                  : locale_date(cx->arena, cx->locale, days_from_civil(2026, 11, 23), DATE_SHORT);
    return refusef(cx, RC_INVALID, r.f->key, N_("Write the date as %s."), example);
}

static enum rc read_minutes(struct reading r, const char *s, int64_t *ret)
{
    int32_t minutes;
    if (!minutes_parse(s, &minutes))
        return refuse(r.cx, RC_INVALID, r.f->key, N_("Write the time as 09:30."));
    *ret = minutes;
    return RC_OK;
}

/* "2026-11-23T10:00", what an input of type datetime-local sends. */
static bool local_parse(const char *s, struct local *ret)
{
    char date[11] = "";
    if (strlen(s) != 16 || (s[10] != 'T' && s[10] != ' '))
        return false;
    memcpy(date, s, 10);
    return days_parse_iso(date, &ret->days) && minutes_parse(s + 11, &ret->minute);
}

static bool has_offset(const char *s)
{
    size_t n = strlen(s);
    return n > 16 && (s[n - 1] == 'Z' || s[n - 6] == '+' || s[n - 6] == '-');
}

static enum rc read_instant(struct reading r, const char *s, int64_t *ret)
{
    struct cx *cx = r.cx;
    struct local l;
    if (r.is_json) {
        if (has_offset(s) && zone_parse_iso(cx->zone, s, ret))
            return RC_OK;
        return refuse(cx, RC_INVALID, r.f->key, N_("Write the time as 2026-11-23T10:00+01:00."));
    }
    if (!local_parse(s, &l))
        return refuse(cx, RC_INVALID, r.f->key, N_("Write date and time as 2026-11-23T10:00."));
    if (zone_instant(cx->zone, l, ret) == ZONE_GAP)
        return refusef(cx, RC_INVALID, r.f->key,
                       N_("The clocks go forward on %s and skip %s. Choose a later time."),
                       locale_date(cx->arena, cx->locale, l.days, DATE_LONG),
                       locale_time(cx->arena, cx->locale, l.minute));
    return RC_OK;
}

/* --- numbers and choices ---------------------------------------------------------------- */

static enum rc read_number(struct reading r, const char *s, int64_t *ret)
{
    struct cx *cx = r.cx;
    if (r.f->kind == FIELD_INT)
        return int_parse(s, ret) ? RC_OK
                                 : refuse(cx, RC_INVALID, r.f->key, N_("Write a whole number."));
    if (r.is_json)
        return int_parse(s, ret) ? RC_OK
                                 : refuse(cx, RC_INVALID, r.f->key,
                                          N_("Write the amount in cents, as a whole number."));
    if (!locale_parse_cents(cx->locale, s, ret))
        return refusef(cx, RC_INVALID, r.f->key, N_("Write the amount as %s."),
                       locale_amount(cx->arena, cx->locale, 7050));
    return RC_OK;
}

static enum rc read_choice(struct reading r, const char *s, int64_t *ret)
{
    int i = choice_find(r.f, s);
    if (i >= 0) {
        *ret = i;
        return RC_OK;
    }
    if (!r.is_json)
        return refuse(r.cx, RC_INVALID, r.f->key, N_("Choose one of the list."));
    struct buf keys;
    buf_init(&keys, r.cx->arena, 2000);
    for (i = 0; i < r.f->n_choices; i++)
        buf_printf(&keys, "%s%s", i > 0 ? ", " : "", r.f->choices[i].key);
    return refusef(r.cx, RC_INVALID, r.f->key, N_("Choose one of: %s."), keys.s);
}

static enum rc read_bool(struct reading r, const char *s, int64_t *ret)
{
    if (strcmp(s, "1") != 0 && strcmp(s, "0") != 0)
        return refuse(r.cx, RC_INVALID, r.f->key, N_("Tick the box or leave it empty."));
    *ret = *s == '1';
    return RC_OK;
}

static enum rc read_id(struct reading r, const char *s)
{
    struct id id;
    if (!id_parse(s, &id))
        return refuse(r.cx, RC_INVALID, r.f->key, N_("Choose one of the list."));
    field_set_id(r.f, r.rec, id);
    return RC_OK;
}

static enum rc check_range(struct reading r, int64_t v)
{
    static const char *const sentence[] = {
        [FIELD_DATE] = N_("Write a date from %s to %s."),
        [FIELD_MINUTES] = N_("Write a time from %s to %s."),
        [FIELD_INT] = N_("Write a number from %s to %s."),
        [FIELD_CENTS] = N_("Write an amount from %s to %s."),
        [FIELD_INSTANT] = N_("Write a date and time from %s to %s."),
    };
    int64_t lo = field_min(r.f), hi = field_max(r.f);
    if (r.f->kind == FIELD_CHOICE || r.f->kind == FIELD_BOOL || (v >= lo && v <= hi))
        return RC_OK;
    if (r.is_json && r.f->kind != FIELD_INSTANT)
        return refusef(r.cx, RC_INVALID, r.f->key, sentence[r.f->kind],
                       field_plain_int(r.cx->arena, r.f, lo),
                       field_plain_int(r.cx->arena, r.f, hi));
    return refusef(r.cx, RC_INVALID, r.f->key, sentence[r.f->kind], field_show_int(r.cx, r.f, lo),
                   field_show_int(r.cx, r.f, hi));
}

static enum rc read_int_kind(struct reading r, const char *s)
{
    int64_t v;
    switch (r.f->kind) {
    case FIELD_DATE:
        TRY(read_date(r, s, &v));
        break;
    case FIELD_MINUTES:
        TRY(read_minutes(r, s, &v));
        break;
    case FIELD_INSTANT:
        TRY(read_instant(r, s, &v));
        break;
    case FIELD_CHOICE:
        TRY(read_choice(r, s, &v));
        break;
    case FIELD_BOOL:
        TRY(read_bool(r, s, &v));
        break;
    default:
        TRY(read_number(r, s, &v));
        break;
    }
    TRY(check_range(r, v));
    field_set_int(r.f, r.rec, v);
    return RC_OK;
}

static enum rc read_one(struct reading r, const char *s)
{
    if (field_is_text(r.f))
        return read_text(r, s);
    s = trimmed(r.cx->arena, s);
    bool may_be_unset = r.f->kind != FIELD_CHOICE || (r.f->flags & REQUIRED);
    if (*s == '\0' && may_be_unset) {
        field_clear(r.f, r.rec);
        return RC_OK;
    }
    return r.f->kind == FIELD_ID ? read_id(r, s) : read_int_kind(r, s);
}

/* --- which pair is which field's ------------------------------------------------------- */

/* "days", or of a set in JSON "days.0". */
static bool is_for(const struct field *f, const char *key)
{
    size_t n = strlen(f->key);
    if (strncmp(f->key, key, n) != 0)
        return false;
    if (key[n] == '\0')
        return true;
    const char *index = key + n + 1;
    return f->kind == FIELD_SET && key[n] == '.' && *index != '\0' &&
           index[strspn(index, "0123456789")] == '\0';
}

/* Every key sent counts; an empty one is the mark that none is ticked. */
static enum rc read_set(struct reading r, const struct form *form)
{
    int64_t bits = 0, i;
    for (int k = 0; k < form->n; k++) {
        if (!is_for(r.f, form->pair[k].key) || form->pair[k].value[0] == '\0')
            continue;
        TRY(read_choice(r, form->pair[k].value, &i));
        bits |= INT64_C(1) << i;
    }
    field_set_int(r.f, r.rec, bits);
    return RC_OK;
}

static const struct form_key *find_key(const struct form_key *list, const char *key)
{
    for (; list != NULL && list->key != NULL; list++) {
        size_t n = strlen(list->key);
        bool is_prefix = n > 0 && list->key[n - 1] == '.';
        if (is_prefix ? strncmp(list->key, key, n) == 0 : strcmp(list->key, key) == 0)
            return list;
    }
    return NULL;
}

static enum form_kind json_kind(const struct field *f, const char *key)
{
    switch (f->kind) {
    case FIELD_INT:
    case FIELD_CENTS:
        return FORM_NUMBER;
    case FIELD_BOOL:
        return FORM_BOOL;
    case FIELD_SET: /* the array itself, or one of it */
        return strcmp(f->key, key) == 0 ? FORM_EMPTY : FORM_STRING;
    default:
        return FORM_STRING;
    }
}

static enum rc check_kind(struct cx *cx, const struct form_pair *p, enum form_kind want)
{
    static const char *const sentence[] = {
        [FORM_STRING] = N_("Send a text here, in quotes."),
        [FORM_NUMBER] = N_("Send a number here, without quotes."),
        [FORM_BOOL] = N_("Send true or false here."),
        [FORM_EMPTY] = N_("Send a list here."),
    };
    bool ok =
        want == FORM_WORDS || p->kind == FORM_WORDS || p->kind == FORM_NULL || p->kind == want;
    return ok ? RC_OK : refuse(cx, RC_INVALID, p->key, sentence[want]);
}

/* t may be NULL: all is read by hand. */
static enum rc check_keys(struct cx *cx, const struct record_type *t, const struct form *form,
                          const struct form_key *also)
{
    static const struct form_key frame[] = {
        {"csrf", FORM_STRING}, {"version", FORM_NUMBER}, {"next", FORM_STRING}, {0}};
    enum rc rc = RC_OK;
    for (int k = 0; k < form->n; k++) {
        const struct form_pair *p = &form->pair[k];
        const struct form_key *by_hand = find_key(also, p->key);
        const struct field *f = NULL;
        if (by_hand == NULL)
            by_hand = find_key(frame, p->key);
        for (int i = 0; t != NULL && i < t->n_fields && f == NULL; i++)
            f = is_for(&t->fields[i], p->key) ? &t->fields[i] : NULL;
        if (by_hand == NULL && f == NULL)
            rc = refusef(cx, RC_INVALID, p->key, N_("There is no field called \"%s\" here."),
                         p->key);
        else if (check_kind(cx, p, by_hand != NULL ? by_hand->kind : json_kind(f, p->key)) != RC_OK)
            rc = RC_INVALID;
    }
    return rc;
}

enum rc form_check(struct cx *cx, const struct form *f, const struct form_key *keys)
{
    return check_keys(cx, NULL, f, keys);
}

enum rc form_flag(struct cx *cx, const struct form *f, const char *key, bool *ret)
{
    const char *s = form_get(f, key);
    bool is_on = s != NULL && strcmp(s, "1") == 0;
    if (s != NULL && !is_on && s[0] != '\0' && strcmp(s, "0") != 0)
        return refuse(cx, RC_INVALID, key, N_("Tick the box or leave it empty."));
    *ret = is_on;
    return RC_OK;
}

static enum rc read_field(struct reading r, const struct form *form, const struct form_key *also)
{
    static const char *const needed[] = {
        [FIELD_TEXT] = N_("Fill this in."),           [FIELD_NOTE] = N_("Fill this in."),
        [FIELD_DATE] = N_("Write a date."),           [FIELD_MINUTES] = N_("Write a time."),
        [FIELD_INT] = N_("Write a number."),          [FIELD_CENTS] = N_("Write an amount."),
        [FIELD_CHOICE] = N_("Choose one."),           [FIELD_SET] = N_("Choose at least one."),
        [FIELD_BOOL] = N_("Tick this box."),          [FIELD_ID] = N_("Choose one."),
        [FIELD_INSTANT] = N_("Write date and time."),
    };
    const char *sent = NULL; /* the last: an unticked box is "0", a ticked one "0" and then "1" */
    for (int k = 0; k < form->n; k++)
        if (is_for(r.f, form->pair[k].key) && find_key(also, form->pair[k].key) == NULL)
            sent = form->pair[k].value;

    if (r.f->flags & READONLY)
        return sent == NULL ? RC_OK
                            : refusef(r.cx, RC_INVALID, r.f->key,
                                      N_("\"%s\" cannot be changed here."), trc(r.cx, r.f->label));
    if (sent != NULL)
        TRY(r.f->kind == FIELD_SET ? read_set(r, form) : read_one(r, sent));
    if ((r.f->flags & REQUIRED) && !field_is_set(r.f, r.rec))
        return refuse(r.cx, RC_INVALID, r.f->key, needed[r.f->kind]);
    return RC_OK;
}

enum rc record_parse(struct cx *cx, const struct record_type *t, const struct form *f,
                     const struct form_key *also, void *rec)
{
    bool ok = check_keys(cx, t, f, also) == RC_OK;
    for (int i = 0; i < t->n_fields; i++) {
        struct reading r = {.cx = cx, .f = &t->fields[i], .is_json = f->is_json, .rec = rec};
        if (read_field(r, f, also) != RC_OK)
            ok = false;
    }
    if (!ok)
        return RC_INVALID;
    return t->check != NULL ? t->check(cx, rec) : RC_OK;
}

enum rc record_parse_row(struct cx *cx, const struct record_type *t, const struct form *f,
                         const char *prefix, int i, const struct form_key *also, void *rec)
{
    struct form row = form_row(cx->arena, f, prefix, i);
    int n_before = cx->n_errs;
    enum rc rc = record_parse(cx, t, &row, also, rec);
    for (int k = n_before; k < cx->n_errs; k++)
        if (cx->errs[k].field != NULL)
            cx->errs[k].field = arena_printf(cx->arena, "%s.%d.%s", prefix, i, cx->errs[k].field);
    return rc;
}

int64_t form_number(const struct form *f, const char *key)
{
    const char *s = form_get(f, key);
    int64_t v;
    return s != NULL && int_parse(s, &v) ? v : 0;
}

int64_t form_version(const struct form *f)
{
    return form_number(f, "version");
}

/* --- twice is once --------------------------------------------------------------------- */

const struct form_key once_key[] = {{"once", FORM_STRING}, {0}};

enum rc form_once(struct cx *cx, const struct form *f, struct id *ret)
{
    const char *s = form_get(f, "once");
    *ret = (struct id){{0}};
    if (s == NULL || *s == '\0' || id_parse(s, ret))
        return RC_OK;
    return refuse(cx, RC_INVALID, "once", N_("Send 22 characters of A-Z, a-z, 0-9, - and _ here."));
}

enum rc record_repeats(struct cx *cx, const struct record_type *t, const void *was, const void *is)
{
    if (record_changed(cx->arena, t, was, is)[0] == '\0')
        return RC_OK;
    return refuse(
        cx, RC_CONFLICT, "once",
        N_("This form was sent before, with other entries. Look at what was stored then."));
}

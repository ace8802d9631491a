/* SPDX-License-Identifier: AGPL-3.0-or-later
 * vcard.c - reads cards line by line. */
#include "interop/vcard.h"

#include "base/utf8.h"
#include "interop/decode.h"

#include <ctype.h>

struct reader {
    struct arena *arena;
    struct vcards *cards;
    struct vcard *card; /* the open one; NULL between cards */
    int n_seen, cap;    /* cards begun; capacity of the list */
    int depth;          /* of cards within the card */
    bool is_agent;      /* one such follows (AGENT of 2.1) */
    bool is_old;        /* version 2.1 */
    bool is_group;
    bool has_many, has_long; /* a problem already noted for this card */
};

/* --- values -------------------------------------------------------------- */

static int hex(char c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
                                  : -1;
}

/* Decodes in place; =00 and what is not a code stay as they are. */
static void undo_quoted_printable(char *s)
{
    char *to = s;
    for (; *s != '\0'; s++) {
        int hi = s[0] == '=' ? hex(s[1]) : -1, lo = hi >= 0 ? hex(s[2]) : -1;
        if (lo >= 0 && hi + lo > 0) {
            *to++ = (char)(hi << 4 | lo);
            s += 2;
        } else {
            *to++ = *s;
        }
    }
    *to = '\0';
}

/* The value of the line as text of its own, decoded but still escaped. */
static char *value_of(struct reader *r, const struct line *l)
{
    const char *encoding = line_param(r->arena, l, "ENCODING");
    const char *bare = line_param(r->arena, l, "TYPE");
    char *value = arena_strdup(r->arena, l->value);
    if ((encoding != NULL && strcasecmp(encoding, "QUOTED-PRINTABLE") == 0) ||
        (bare != NULL && strcasestr(bare, "QUOTED-PRINTABLE") != NULL)) {
        undo_quoted_printable(value);
        struct text text;
        struct problems ignored = {.arena = r->arena};
        struct bytes raw = {(const unsigned char *)value, strlen(value)};
        if (!utf8_is_valid(value, raw.len) && text_decode(r->arena, raw, &ignored, &text) == RC_OK)
            value = text.s;
    }
    for (char *s = value + strlen(value); s > value && isspace((unsigned char)s[-1]); s--)
        s[-1] = '\0';
    return value;
}

/* Cuts at ';' that are not escaped into at most n parts; the rest of them are "". In 2.1 a
 * backslash protects a semicolon alone. */
static void split(struct reader *r, char *value, const char **parts, int n)
{
    char *start = value, *p = value;
    int i = 0;
    for (; i < n; p++) {
        if (*p == '\\' && p[1] != '\0') {
            p++;
            continue;
        }
        if (*p != ';' && *p != '\0')
            continue;
        bool is_last = *p == '\0';
        *p = '\0';
        if (!r->is_old || strstr(start, "\\;") != NULL)
            text_unescape(start);
        parts[i++] = start;
        start = p + 1;
        if (is_last)
            break;
    }
    for (; i < n; i++)
        parts[i] = "";
}

static const char *text_of(struct reader *r, const struct line *l)
{
    char *value = value_of(r, l);
    if (!r->is_old)
        text_unescape(value);
    return value;
}

/* The words of TYPE that say where or what; "pref" goes to *ret_preferred. */
static const char *type_of(struct reader *r, const struct line *l, bool *ret_preferred)
{
    static const char *const technical[] = {"pref", "internet", "quoted-printable", "base64",
                                            "8bit"};
    const char *type = line_param(r->arena, l, "TYPE");
    *ret_preferred = line_param(r->arena, l, "PREF") != NULL;
    if (type == NULL)
        return "";
    struct buf b;
    buf_init(&b, r->arena, 256);
    while (*type != '\0') {
        size_t n = strcspn(type, ",");
        bool is_technical = n == 0;
        for (size_t i = 0; i < N_ELEMS(technical); i++)
            is_technical |= n == strlen(technical[i]) && strncasecmp(type, technical[i], n) == 0;
        *ret_preferred |= n == 4 && strncasecmp(type, "pref", 4) == 0;
        if (!is_technical && b.len > 0)
            buf_putc(&b, ',');
        for (size_t i = 0; i < n && !is_technical; i++)
            buf_putc(&b, (char)tolower((unsigned char)type[i]));
        type += n + (type[n] == ',');
    }
    return b.full ? "" : b.s;
}

/* --- fields -------------------------------------------------------------- */

static bool has_room(struct reader *r, int n)
{
    if (n < VCARD_MAX_VALUES)
        return true;
    if (!r->has_many)
        problems_add(&r->cards->problems, r->n_seen, "too_many_values");
    r->has_many = true;
    return false;
}

static void add_value(struct reader *r, const struct line *l, struct vcard_value **list, int *n)
{
    const char *value = text_of(r, l);
    if (strncasecmp(value, "tel:", 4) == 0)
        value += 4;
    else if (strncasecmp(value, "mailto:", 7) == 0)
        value += 7;
    if (*value == '\0' || !has_room(r, *n))
        return;
    if (*list == NULL)
        *list = arena_array(r->arena, struct vcard_value, VCARD_MAX_VALUES);
    struct vcard_value *v = &(*list)[(*n)++];
    v->value = value;
    v->type = type_of(r, l, &v->is_preferred);
}

static void add_address(struct reader *r, const struct line *l)
{
    struct vcard *c = r->card;
    const char *parts[7];
    bool is_empty = true;
    split(r, value_of(r, l), parts, N_ELEMS(parts));
    for (size_t i = 0; i < N_ELEMS(parts); i++)
        is_empty &= parts[i][0] == '\0';
    if (is_empty || !has_room(r, c->n_addresses))
        return;
    if (c->addresses == NULL)
        c->addresses = arena_array(r->arena, struct vcard_address, VCARD_MAX_VALUES);
    struct vcard_address *a = &c->addresses[c->n_addresses++];
    *a = (struct vcard_address){parts[0], parts[1], parts[2], parts[3],
                                parts[4], parts[5], parts[6]};
    a->type = type_of(r, l, &a->is_preferred);
}

/* "1985-04-12" or "19850412", a time after it is ignored. */
static int32_t date_of(const char *s)
{
    char iso[11];
    int32_t days;
    bool is_basic = strspn(s, "0123456789") >= 8;
    if (is_basic)
        snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2s", s, s + 4, s + 6);
    else
        snprintf(iso, sizeof(iso), "%.10s", s);
    const char *rest = s + strnlen(s, is_basic ? 8 : 10);
    if (*rest != '\0' && *rest != 'T' && *rest != ' ')
        return DATE_NONE;
    return days_parse_iso(iso, &days) ? days : DATE_NONE;
}

static void set_birthday(struct reader *r, const struct line *l)
{
    const char *no_year = line_param(r->arena, l, "X-APPLE-OMIT-YEAR");
    r->card->birth_text = text_of(r, l);
    r->card->birth_days = date_of(r->card->birth_text);
    size_t n = no_year != NULL ? strlen(no_year) : 0;
    if (n > 0 && strncmp(r->card->birth_text, no_year, n) == 0) {
        r->card->birth_text = arena_printf(r->arena, "-%s", r->card->birth_text + n);
        r->card->birth_days = DATE_NONE;
    }
}

static void set_name_parts(struct reader *r, const struct line *l)
{
    const char *p[5];
    split(r, value_of(r, l), p, N_ELEMS(p));
    struct vcard *c = r->card;
    c->family = p[0], c->given = p[1], c->additional = p[2], c->prefix = p[3], c->suffix = p[4];
}

static void set_gender(struct reader *r, const struct line *l)
{
    const char *p[2];
    split(r, value_of(r, l), p, N_ELEMS(p));
    bool is_code = strlen(p[0]) == 1 && strchr("MFONUmfonu", p[0][0]) != NULL;
    r->card->sex = is_code ? arena_printf(r->arena, "%c", toupper((unsigned char)p[0][0])) : "";
    r->card->gender = is_code || p[0][0] == '\0' ? p[1] : p[0];
}

static void set_organisation(struct reader *r, const struct line *l)
{
    const char *p[1]; /* units after the first part are left out */
    split(r, value_of(r, l), p, N_ELEMS(p));
    r->card->organisation = p[0];
}

static const struct {
    const char *name;
    size_t offset;
} text_fields[] = {
    {"FN", offsetof(struct vcard, name)},
    {"NICKNAME", offsetof(struct vcard, nickname)},
    {"TITLE", offsetof(struct vcard, title)},
    {"ROLE", offsetof(struct vcard, role)},
    {"NOTE", offsetof(struct vcard, note)},
    {"UID", offsetof(struct vcard, uid)},
    {"CATEGORIES", offsetof(struct vcard, categories)},
};

static bool set_text(struct reader *r, const struct line *l)
{
    for (size_t i = 0; i < N_ELEMS(text_fields); i++) {
        if (!line_is(l, text_fields[i].name))
            continue;
        const char **member = (const char **)((char *)r->card + text_fields[i].offset);
        if ((*member)[0] == '\0') /* the first one counts: others are translations */
            *member = text_of(r, l);
        return true;
    }
    return false;
}

static const char *const other_fields[] = {"N",      "TEL", "EMAIL",   "ADR", "BDAY",
                                           "GENDER", "ORG", "VERSION", "KIND"};

static bool is_wanted(const struct line *l)
{
    for (size_t i = 0; i < N_ELEMS(other_fields); i++)
        if (line_is(l, other_fields[i]))
            return true;
    for (size_t i = 0; i < N_ELEMS(text_fields); i++)
        if (line_is(l, text_fields[i].name))
            return true;
    return false;
}

static void take_field(struct reader *r, const struct line *l)
{
    struct vcard *c = r->card;
    if (!is_wanted(l))
        return;
    if (l->len > VCARD_MAX_VALUE_BYTES) {
        if (!r->has_long)
            problems_add(&r->cards->problems, r->n_seen, "value_too_long");
        r->has_long = true;
        return;
    }
    if (set_text(r, l))
        return;
    if (line_is(l, "N"))
        set_name_parts(r, l);
    else if (line_is(l, "TEL"))
        add_value(r, l, &c->phones, &c->n_phones);
    else if (line_is(l, "EMAIL"))
        add_value(r, l, &c->mails, &c->n_mails);
    else if (line_is(l, "ADR"))
        add_address(r, l);
    else if (line_is(l, "BDAY"))
        set_birthday(r, l);
    else if (line_is(l, "GENDER"))
        set_gender(r, l);
    else if (line_is(l, "ORG"))
        set_organisation(r, l);
    else if (line_is(l, "VERSION"))
        r->is_old = strncmp(l->value, "2.1", 3) == 0;
    else if (line_is(l, "KIND"))
        r->is_group = strcasecmp(l->value, "group") == 0;
}

/* --- cards --------------------------------------------------------------- */

static void begin_card(struct reader *r)
{
    r->card = arena_new(r->arena, struct vcard);
    *r->card = (struct vcard){.number = ++r->n_seen,
                              .name = "",
                              .family = "",
                              .given = "",
                              .additional = "",
                              .prefix = "",
                              .suffix = "",
                              .nickname = "",
                              .organisation = "",
                              .title = "",
                              .role = "",
                              .note = "",
                              .uid = "",
                              .categories = "",
                              .sex = "",
                              .gender = "",
                              .birth_days = DATE_NONE,
                              .birth_text = ""};
    r->is_old = r->is_agent = r->is_group = r->has_many = r->has_long = false;
}

/* A name for a card without FN, as 2.1 allows: the parts in the order of speaking. */
static const char *name_of(struct reader *r, const struct vcard *c)
{
    const char *const parts[] = {c->prefix, c->given, c->additional, c->family, c->suffix};
    struct buf b;
    buf_init(&b, r->arena, VCARD_MAX_VALUE_BYTES);
    for (size_t i = 0; i < N_ELEMS(parts); i++) {
        if (parts[i][0] != '\0' && b.len > 0)
            buf_putc(&b, ' ');
        buf_puts(&b, parts[i]);
    }
    return b.len > 0 ? b.s : c->organisation;
}

static void end_card(struct reader *r)
{
    struct vcard *c = r->card;
    struct vcards *v = r->cards;
    r->card = NULL;
    if (c->name[0] == '\0')
        c->name = name_of(r, c);
    if (r->is_group) {
        problems_add(&v->problems, c->number, "not_a_person");
    } else if (c->name[0] == '\0') {
        problems_add(&v->problems, c->number, "no_name");
    } else {
        arena_grow(r->arena, v->list, v->n, r->cap);
        v->list[v->n++] = *c;
    }
}

static bool names_card(const char *value)
{
    return strncasecmp(value, "VCARD", 5) == 0 && value[5 + strspn(value + 5, " \t")] == '\0';
}

static void take_begin(struct reader *r)
{
    if (r->is_agent) { /* the card of an assistant within the card */
        r->depth++;
        r->is_agent = false;
        return;
    }
    if (r->card != NULL)
        problems_add(&r->cards->problems, r->card->number, "card_not_closed");
    r->depth = 0;
    begin_card(r);
}

/* Takes one line; false when there is no room for more. */
static bool take_line(struct reader *r, const struct line *l)
{
    bool is_begin = line_is(l, "BEGIN") && names_card(l->value);
    if ((is_begin && r->n_seen == VCARD_MAX_CARDS) || !arena_has_room(r->arena, 1024 * 1024)) {
        problems_add(&r->cards->problems, r->n_seen + (r->card == NULL), "too_many_cards");
        r->card = NULL;
        return false;
    }
    if (is_begin)
        take_begin(r);
    else if (r->card == NULL)
        return true;
    else if (line_is(l, "AGENT"))
        r->is_agent = l->value[0] == '\0';
    else if (line_is(l, "END") && r->depth > 0)
        r->depth--;
    else if (line_is(l, "END"))
        end_card(r);
    else if (r->depth == 0)
        take_field(r, l);
    return true;
}

enum rc vcard_read(struct arena *a, struct bytes file, struct vcards *ret)
{
    struct text text;
    struct line line;
    struct reader r = {.arena = a, .cards = ret};
    *ret = (struct vcards){.problems.arena = a};
    if (file.len > VCARD_MAX_BYTES || text_decode(a, file, &ret->problems, &text) != RC_OK) {
        problems_add(&ret->problems, 0, "too_large");
        return RC_INVALID;
    }
    struct line_reader lines = {.at = text.s, .end = text.s + text.len};
    while (line_next(&lines, &line) && take_line(&r, &line))
        continue;
    if (r.card != NULL)
        problems_add(&ret->problems, r.card->number, "card_not_closed");
    if (r.n_seen == 0) {
        problems_add(&ret->problems, 0, "not_a_card");
        return RC_INVALID;
    }
    return RC_OK;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * csv.c - a table is cut in place: cells are pieces of the decoded text. */
#include "interop/csv.h"

#include "interop/decode.h"

#include <ctype.h>

struct reader {
    char *at, *end; /* *end is NUL */
    char separator;
    const char *cells[CSV_MAX_COLUMNS];
    int n_cells;
    const char *reason; /* why this row is not taken; NULL: it is */
    bool has_text_after_quote;
};

static bool is_eol(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_end_of_cell(const struct reader *r, const char *p)
{
    return p >= r->end || *p == r->separator || is_eol(*p);
}

/* Undoes the quotes of the cell at r->at; leaves r->at behind it. Text after the closing quote
 * belongs to the cell: programs that do not double their quotes write such. */
static char *take_quoted(struct reader *r)
{
    char *start = r->at, *to = start, *from = start + 1;
    for (;;) {
        char *quote = memchr(from, '"', (size_t)(r->end - from));
        if (quote == NULL) {
            r->reason = "quote_not_closed";
            r->at = r->end;
            return start;
        }
        memmove(to, from, (size_t)(quote - from));
        to += quote - from;
        from = quote + 1;
        if (*from != '"')
            break;
        *to++ = '"';
        from++;
    }
    while (!is_end_of_cell(r, from)) {
        r->has_text_after_quote |= *from != ' ';
        *to++ = *from++;
    }
    r->at = from;
    return to;
}

/* Reads one cell; false when it ends the row. */
static bool take_cell(struct reader *r)
{
    char *start = r->at, *cell_end;
    if (*r->at == '"') {
        cell_end = take_quoted(r);
    } else {
        while (!is_end_of_cell(r, r->at))
            r->at++;
        cell_end = r->at;
    }
    bool has_next = r->at < r->end && *r->at == r->separator;
    if (has_next)
        r->at++;
    else if (r->at < r->end)
        r->at += r->at[0] == '\r' && r->at[1] == '\n' ? 2 : 1;
    *cell_end = '\0';
    if (cell_end - start > CSV_MAX_CELL_BYTES && r->reason == NULL)
        r->reason = "cell_too_long";
    if (r->n_cells < CSV_MAX_COLUMNS)
        r->cells[r->n_cells++] = start;
    else if (r->reason == NULL)
        r->reason = "too_many_columns";
    return has_next;
}

/* Reads the next row that is not an empty line; false at the end. */
static bool take_row(struct reader *r)
{
    while (r->at < r->end && is_eol(*r->at))
        r->at++;
    if (r->at >= r->end)
        return false;
    r->n_cells = 0;
    r->reason = NULL;
    while (take_cell(r))
        continue;
    return true;
}

static const char candidates[] = ",;\t|"; /* for separators, the likeliest first */

/* The separator the first row has most of, outside quotes. */
static char detect_separator(const char *s, const char *end)
{
    size_t counts[sizeof(candidates)] = {0}, best = 0;
    bool in_quotes = false;
    while (s < end && is_eol(*s))
        s++;
    for (; s < end && (in_quotes || !is_eol(*s)); s++) {
        in_quotes ^= *s == '"';
        const char *found = in_quotes ? NULL : strchr(candidates, *s);
        if (found != NULL)
            counts[found - candidates]++;
    }
    for (size_t i = 1; i < sizeof(candidates) - 1; i++)
        if (counts[i] > counts[best])
            best = i;
    return candidates[best];
}

/* Spreadsheets name the separator in a line of its own before the headings. */
static char separator_of(struct reader *r)
{
    if (r->end - r->at >= 5 && strncasecmp(r->at, "sep=", 4) == 0 &&
        strchr(candidates, r->at[4]) != NULL && (r->end - r->at == 5 || is_eol(r->at[5]))) {
        char named = r->at[4];
        r->at += 5;
        return named;
    }
    return detect_separator(r->at, r->end);
}

/* Text of a table has no control characters but tabs and ends of lines. */
static bool is_binary(const struct text *t)
{
    size_t n_controls = 0, n = t->len < 4096 ? t->len : 4096;
    for (size_t i = 0; i < n; i++)
        n_controls += (unsigned char)t->s[i] < 0x20 && !strchr("\t\r\n\f\v", t->s[i]);
    return n_controls > n / 20;
}

static enum rc open_table(struct arena *a, struct bytes file, struct csv_info *info,
                          struct reader *ret)
{
    struct text text;
    *info = (struct csv_info){.problems.arena = a};
    if (file.len > CSV_MAX_BYTES || text_decode(a, file, &info->problems, &text) != RC_OK) {
        problems_add(&info->problems, 0, "too_large");
        return RC_INVALID;
    }
    info->encoding = text.encoding;
    if (text.len == 0 || is_binary(&text)) {
        problems_add(&info->problems, 0, "not_a_table");
        return RC_INVALID;
    }
    *ret = (struct reader){.at = text.s, .end = text.s + text.len};
    info->separator = ret->separator = separator_of(ret);
    return RC_OK;
}

enum rc csv_each(struct arena *a, struct bytes file,
                 bool (*on_row)(void *context, const struct csv_row *row), void *context,
                 struct csv_info *ret)
{
    struct reader r;
    TRY(open_table(a, file, ret, &r));
    int number = 0;
    while (take_row(&r)) {
        if (++number > CSV_MAX_ROWS) {
            problems_add(&ret->problems, number, "too_many_rows");
            break;
        }
        if (r.reason != NULL) {
            problems_add(&ret->problems, number, r.reason);
            if (number == 1) /* without headings the rest has no meaning */
                return RC_INVALID;
            continue;
        }
        if (r.has_text_after_quote)
            problems_add(&ret->problems, number, "text_after_quote");
        r.has_text_after_quote = false;
        ret->n_rows++;
        if (!on_row(context, &(struct csv_row){number, r.n_cells, r.cells}))
            break;
    }
    if (number == 0) {
        problems_add(&ret->problems, 0, "not_a_table");
        return RC_INVALID;
    }
    return RC_OK;
}

/* --- the whole table ----------------------------------------------------- */

struct collector {
    struct arena *arena;
    struct csv_table *table;
    struct csv_row *rows;
    int cap;
    bool is_full;
};

static bool collect(void *context, const struct csv_row *row)
{
    struct collector *c = context;
    struct csv_table *t = c->table;
    if (row->number == 1)
        t->n_columns = row->n_cells;
    size_t row_bytes = sizeof(char *) * (size_t)t->n_columns;
    c->is_full = !arena_has_room(c->arena, row_bytes + sizeof(*c->rows) * 2 * (size_t)c->cap);
    if (c->is_full)
        return false;
    const char **cells = arena_array(c->arena, const char *, t->n_columns);
    for (int i = 0; i < t->n_columns; i++)
        cells[i] = i < row->n_cells ? row->cells[i] : "";
    for (int i = t->n_columns; i < row->n_cells; i++)
        if (row->cells[i][0] != '\0') {
            problems_add(&t->info.problems, row->number, "extra_cells");
            break;
        }
    if (row->number == 1) {
        t->heads = cells;
        return true;
    }
    arena_grow(c->arena, c->rows, t->n_rows, c->cap);
    c->rows[t->n_rows++] = (struct csv_row){row->number, t->n_columns, cells};
    return true;
}

enum rc csv_read(struct arena *a, struct bytes file, struct csv_table *ret)
{
    struct collector c = {.arena = a, .table = ret};
    *ret = (struct csv_table){0};
    enum rc rc = csv_each(a, file, collect, &c, &ret->info);
    ret->rows = c.rows;
    if (c.is_full) {
        problems_add(&ret->info.problems, ret->n_rows + 2, "too_large");
        return RC_INVALID;
    }
    return rc;
}

void csv_put_row(struct buf *b, const char *const *cells, int n_cells)
{
    for (int i = 0; i < n_cells; i++) {
        if (i > 0)
            buf_putc(b, ',');
        bool is_lone_empty =
            n_cells == 1 && cells[i][0] == '\0'; /* else an empty line, not a row */
        if (strpbrk(cells[i], "\",;|\t\r\n") == NULL && !is_lone_empty) {
            buf_puts(b, cells[i]);
            continue;
        }
        buf_putc(b, '"');
        for (const char *s = cells[i]; *s != '\0'; s++) {
            if (*s == '"')
                buf_putc(b, '"');
            buf_putc(b, *s);
        }
        buf_putc(b, '"');
    }
    buf_puts(b, "\r\n");
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * flow.c - places blocks on pages, and decides how they look.
 *
 * Blocks are placed in order at f->y. Keeping blocks together needs no second pass: the pieces
 * placed since f->kept_from are moved to the next page when a break comes. */
#include "pdf/flow.h"

#define SANS "Inter,DejaVu Sans,Noto Sans,sans-serif"
#define SERIF "Source Serif 4,Source Serif Pro,DejaVu Serif,Noto Serif,serif"

enum { KEEP_LINES = 2 }; /* of a paragraph on each side of a page break */
enum { LONGEST_WORD_BYTES = 300, BREAK_EVERY = 40 };

static const struct {
    const char *family;
    double size, leading; /* points; line height as a factor of the font's own */
    PangoWeight weight;
    double grey;
} faces[N_FACES] = {
    [FACE_H1] = {SANS, 19, 1.0, PANGO_WEIGHT_SEMIBOLD, 0.1},
    [FACE_H2] = {SANS, 12.5, 1.0, PANGO_WEIGHT_SEMIBOLD, 0.1},
    [FACE_H3] = {SANS, 10, 1.0, PANGO_WEIGHT_SEMIBOLD, 0.1},
    [FACE_PROSE] = {SERIF, 9.5, 1.22, PANGO_WEIGHT_NORMAL, 0.1},
    [FACE_FACT] = {SANS, 9, 1.1, PANGO_WEIGHT_NORMAL, 0.1},
    [FACE_STRONG] = {SANS, 9, 1.1, PANGO_WEIGHT_SEMIBOLD, 0.1},
    [FACE_LABEL] = {SANS, 8, 1.1, PANGO_WEIGHT_NORMAL, 0.4},
    [FACE_SMALL] = {SANS, 7.5, 1.15, PANGO_WEIGHT_NORMAL, 0.35},
    [FACE_SUM] = {SANS, 11, 1.0, PANGO_WEIGHT_SEMIBOLD, 0.0},
};

/* Vertical rhythm, points. */
enum {
    GAP_PARAGRAPH = 7,
    GAP_PARTIES = 18,
    GAP_RULE = 7,
    PAD_ROW = 5,
    PAD_COLUMN = 8,
    GAP_FOOTER = 6,
    KEY_WIDTH = 110,
    MIN_WIDTH = 24, /* of a text; a table wider than the page is cut, not set letter by letter */
};

void flow_init(struct flow *f, struct pdf *p)
{
    *f = (struct flow){.pdf = p, .y = p->margin, .kept_from = -1};
    f->bottom = p->page_height - p->margin - GAP_FOOTER;
    f->context = pango_font_map_create_context(pango_cairo_font_map_get_default());
    pango_cairo_context_set_resolution(f->context, 72);
    pango_context_set_round_glyph_positions(f->context, FALSE);
    pango_context_set_language(f->context,
                               pango_language_from_string(p->style.lang ? p->style.lang : "en"));
    cairo_font_options_t *options = cairo_font_options_create();
    cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
    cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
    pango_cairo_context_set_font_options(f->context, options);
    cairo_font_options_destroy(options);
    for (int i = 0; i < N_FACES; i++) {
        f->fonts[i] = pango_font_description_new();
        pango_font_description_set_family_static(f->fonts[i], faces[i].family);
        pango_font_description_set_weight(f->fonts[i], faces[i].weight);
        pango_font_description_set_size(f->fonts[i], (int)(faces[i].size * PANGO_SCALE));
    }
    f->tabular = pango_attr_list_new();
    pango_attr_list_insert(f->tabular, pango_attr_font_features_new("tnum=1, lnum=1"));
}

void flow_done(struct flow *f)
{
    for (int i = 0; i < f->n_layouts; i++)
        g_object_unref(f->layouts[i]);
    for (int i = 0; i < N_FACES; i++)
        pango_font_description_free(f->fonts[i]);
    pango_attr_list_unref(f->tabular);
    g_object_unref(f->context);
}

double flow_colour(enum face face)
{
    return faces[face].grey;
}

/* Where nothing may break, Pango tries every letter again for each line: time grows with the square
 * of the length. A run longer than any word gets invisible places to break. */
static const char *with_breaks(struct arena *a, const char *text)
{
    size_t run = 0, longest = 0;
    for (const char *s = text; *s != '\0'; s++) {
        run = *s == ' ' || *s == '\n' ? 0 : run + 1;
        longest = run > longest ? run : longest;
    }
    if (longest <= LONGEST_WORD_BYTES)
        return text;
    struct buf b;
    buf_init(&b, a, 4 * strlen(text) + 16);
    run = 0;
    for (const char *s = text; *s != '\0';) {
        const char *next = g_utf8_next_char(s);
        gunichar c = g_utf8_get_char(s);
        run = *s == ' ' || *s == '\n' ? 0 : run + 1;
        if (run > BREAK_EVERY && g_unichar_isalnum(c) && !g_unichar_ismark(c)) {
            buf_puts(&b, "\u200b");
            run = 1;
        }
        buf_add(&b, s, (size_t)(next - s));
        s = next;
    }
    return b.s;
}

PangoLayout *flow_layout(struct flow *f, enum face face, const char *text, double width,
                         PangoAlignment align)
{
    struct arena *a = f->pdf->arena;
    PangoLayout *l = pango_layout_new(f->context);
    pango_layout_set_font_description(l, f->fonts[face]);
    pango_layout_set_line_spacing(l, (float)faces[face].leading);
    pango_layout_set_width(l, (int)((width > MIN_WIDTH ? width : MIN_WIDTH) * PANGO_SCALE));
    pango_layout_set_wrap(l, PANGO_WRAP_WORD_CHAR);
    pango_layout_set_alignment(l, align);
    if (face != FACE_PROSE)
        pango_layout_set_attributes(l, f->tabular);
    pango_layout_set_text(l, with_breaks(a, text), -1);
    arena_grow(a, f->layouts, f->n_layouts, f->cap_layouts);
    return f->layouts[f->n_layouts++] = l;
}

/* Shows at most n_lines lines and an ellipsis. */
static void shorten(PangoLayout *l, int n_lines)
{
    pango_layout_set_height(l, -n_lines);
    pango_layout_set_ellipsize(l, PANGO_ELLIPSIZE_END);
}

/* --- slices of a layout -------------------------------------------------- */

/* Height of the lines first..last-1. */
static double height_of(PangoLayout *l, int first, int last)
{
    PangoLayoutIter *it = pango_layout_get_iter(l);
    int top = 0, end = 0, n = 0;
    do {
        int y0, y1;
        pango_layout_iter_get_line_yrange(it, &y0, &y1);
        if (n == first)
            top = end = y0;
        if (n >= first && n < last)
            end = y1;
    } while (++n < last && pango_layout_iter_next_line(it));
    pango_layout_iter_free(it);
    return (double)(end - top) / PANGO_SCALE;
}

/* The line after the last one that fits into room, counted from first. */
static int fit_lines(PangoLayout *l, int first, double room)
{
    PangoLayoutIter *it = pango_layout_get_iter(l);
    int top = 0, n = 0;
    do {
        int y0, y1;
        pango_layout_iter_get_line_yrange(it, &y0, &y1);
        if (n == first)
            top = y0;
        if (n >= first && (double)(y1 - top) / PANGO_SCALE > room)
            break;
        n++;
    } while (pango_layout_iter_next_line(it));
    pango_layout_iter_free(it);
    return n;
}

static void put_lines(struct flow *f, PangoLayout *l, enum face face, double x, double y, int first,
                      int last)
{
    arena_grow(f->pdf->arena, f->pieces, f->n_pieces, f->cap_pieces);
    f->pieces[f->n_pieces++] = (struct piece){.layout = l,
                                              .face = face,
                                              .page = f->page,
                                              .first = first,
                                              .last = last,
                                              .x = f->pdf->margin + x,
                                              .y = y};
}

static void put_rule(struct flow *f, double x, double y, double width, double thickness)
{
    arena_grow(f->pdf->arena, f->pieces, f->n_pieces, f->cap_pieces);
    f->pieces[f->n_pieces++] = (struct piece){
        .page = f->page, .x = f->pdf->margin + x, .y = y, .width = width, .thickness = thickness};
}

/* --- page breaks --------------------------------------------------------- */

static void place_head(struct flow *f, const struct table *t);

static bool is_at_top(const struct flow *f)
{
    return f->y <= f->pdf->margin + 0.01;
}

/* Starts a page. What is kept moves along, unless it fills the page and keeping it has no sense. */
static void break_page(struct flow *f, const struct table *t)
{
    int from = f->kept_from >= 0 ? f->kept_from : f->n_pieces, n = f->n_pieces;
    double top = f->y, old_y = f->y;
    for (int i = from; i < n; i++)
        top = f->pieces[i].y < top ? f->pieces[i].y : top;
    if (old_y - top > (f->bottom - f->pdf->margin) / 2)
        from = n;
    bool needs_head = t != NULL && (from == n || f->is_kept_in_table);

    f->kept_from = -1;
    f->y = f->pdf->margin;
    if (++f->page >= PDF_MAX_PAGES) {
        f->page = PDF_MAX_PAGES - 1;
        f->is_too_long = true;
    }
    if (needs_head)
        place_head(f, t);
    for (int i = from; i < n; i++) {
        f->pieces[i].page = f->page;
        f->pieces[i].y += f->y - top;
    }
    if (from < n)
        f->y += old_y - top;
    f->start = f->n_pieces;
}

/* Makes room for a block of this height that is not split. */
static void need(struct flow *f, double height, const struct table *t)
{
    if (f->y + height > f->bottom && !is_at_top(f))
        break_page(f, t);
}

/* --- blocks -------------------------------------------------------------- */

static void place_text(struct flow *f, const char *text, enum face face, double gap)
{
    PangoLayout *l = flow_layout(f, face, text, f->pdf->body_width, PANGO_ALIGN_LEFT);
    int n = pango_layout_get_line_count(l);
    for (int first = 0; first < n && !f->is_too_long;) {
        int last = fit_lines(l, first, f->bottom - f->y);
        if (last < n && n - last < KEEP_LINES)
            last = n - KEEP_LINES;
        if (last < n && last - first < KEEP_LINES) {
            if (!is_at_top(f)) {
                break_page(f, NULL);
                continue;
            }
            last = last > first ? last : first + 1;
        }
        put_lines(f, l, face, 0, f->y, first, last);
        f->y += height_of(l, first, last);
        first = last;
        if (first < n) {
            f->kept_from = -1; /* its beginning is placed: what was kept with it stays */
            break_page(f, NULL);
        }
    }
    f->y += gap;
}

static void place_heading(struct flow *f, const struct block *b)
{
    enum face face = b->level == 1 ? FACE_H1 : b->level == 2 ? FACE_H2 : FACE_H3;
    double above = b->level == 1 ? 6 : b->level == 2 ? 12 : 8, below = b->level == 1 ? 10 : 5;
    PangoLayout *l = flow_layout(f, face, b->texts[0], f->pdf->body_width, PANGO_ALIGN_LEFT);
    int n = pango_layout_get_line_count(l);
    double height = height_of(l, 0, n);
    if (height > f->bottom - f->pdf->margin) { /* nobody means this as a heading */
        place_text(f, b->texts[0], FACE_PROSE, GAP_PARAGRAPH);
        return;
    }
    need(f, above + height + below, NULL);
    if (!is_at_top(f))
        f->y += above;
    put_lines(f, l, face, 0, f->y, 0, n);
    f->y += height + below;
}

struct cell {
    PangoLayout *layout;
    enum face face;
    double x;
    double drop; /* of the first slice, so that all first lines stand on one baseline */
    int first, n_lines;
};

/* Measures the cells; returns the height of the row without padding. */
static double align_cells(struct cell *cells, int n)
{
    double height = 0, deepest = 0;
    for (int i = 0; i < n; i++) {
        cells[i].n_lines = pango_layout_get_line_count(cells[i].layout);
        cells[i].drop = (double)pango_layout_get_baseline(cells[i].layout) / PANGO_SCALE;
        deepest = cells[i].drop > deepest ? cells[i].drop : deepest;
    }
    for (int i = 0; i < n; i++) {
        cells[i].drop = deepest - cells[i].drop;
        double h = cells[i].drop + height_of(cells[i].layout, 0, cells[i].n_lines);
        height = h > height ? h : height;
    }
    return height;
}

/* Places cells side by side. A row that is higher than half a page goes on on the next one;
 * a lower one moves there whole. */
static void place_cells(struct flow *f, struct cell *cells, int n, double pad,
                        const struct table *t)
{
    double height = align_cells(cells, n);
    if (height + 2 * pad < (f->bottom - f->pdf->margin) / 2)
        need(f, height + 2 * pad, t);
    for (bool is_open = true, is_fresh = is_at_top(f); is_open && !f->is_too_long;
         is_fresh = true) {
        double used = 0, room = f->bottom - f->y - 2 * pad;
        is_open = false;
        for (int i = 0; i < n; i++) {
            struct cell *c = &cells[i];
            double drop = c->first == 0 ? c->drop : 0;
            int last = fit_lines(c->layout, c->first, room - drop);
            if (last == c->first && last < c->n_lines && is_fresh)
                last++; /* even a line higher than the page ends somewhere */
            if (last > c->first)
                put_lines(f, c->layout, c->face, c->x, f->y + pad + drop, c->first, last);
            double h = drop + height_of(c->layout, c->first, last);
            used = h > used ? h : used;
            c->first = last;
            is_open |= last < c->n_lines;
        }
        f->y += used + 2 * pad;
        if (is_open) {
            f->kept_from = used > 0 ? -1 : f->kept_from;
            break_page(f, t);
        }
    }
}

/* Layouts of the row above are used again where the text is the same: columns repeat. */
static void place_table_cells(struct flow *f, const struct table *t, const char *const *texts,
                              bool is_head)
{
    static const PangoAlignment aligns[] = {[PDF_LEFT] = PANGO_ALIGN_LEFT,
                                            [PDF_RIGHT] = PANGO_ALIGN_RIGHT,
                                            [PDF_CENTRE] = PANGO_ALIGN_CENTER};
    struct cell cells[PDF_MAX_COLUMNS] = {0};
    for (int i = 0; i < t->n_columns; i++) {
        double pad_left = i > 0 ? PAD_COLUMN / 2.0 : 0;
        double pad_right = i < t->n_columns - 1 ? PAD_COLUMN / 2.0 : 0;
        PangoLayout *above = is_head || f->above_table != t ? NULL : f->above[i];
        cells[i].face = is_head ? FACE_LABEL : FACE_FACT;
        cells[i].x = t->lefts[i] + pad_left;
        if (above != NULL && strcmp(pango_layout_get_text(above), texts[i]) == 0)
            cells[i].layout = above;
        else
            cells[i].layout =
                flow_layout(f, cells[i].face, texts[i], t->widths[i] - pad_left - pad_right,
                            aligns[t->aligns[i]]);
        if (!is_head)
            f->above[i] = cells[i].layout;
        else
            shorten(cells[i].layout, 3); /* heads leave room for rows on each page */
    }
    if (!is_head)
        f->above_table = t;
    place_cells(f, cells, t->n_columns, PAD_ROW, is_head ? NULL : t);
}

static void place_head(struct flow *f, const struct table *t)
{
    place_table_cells(f, t, t->heads, true);
    put_rule(f, 0, f->y, f->pdf->body_width, 0.8);
}

static void place_row(struct flow *f, const struct block *b)
{
    place_table_cells(f, b->table, b->texts, false);
    put_rule(f, 0, f->y, f->pdf->body_width, 0.25);
}

static void place_total(struct flow *f, const struct block *b)
{
    const struct table *t = b->table;
    int last = t->n_columns - 1;
    bool is_sum = b->kind == BLOCK_SUM;
    double half = f->pdf->body_width / 2; /* the value may be wider than its column */
    PangoLayout *value = flow_layout(f, is_sum ? FACE_SUM : FACE_FACT, b->texts[1],
                                     half - PAD_COLUMN, PANGO_ALIGN_RIGHT);
    PangoRectangle inked;
    pango_layout_get_extents(value, NULL, &inked);
    double value_width = (double)inked.width / PANGO_SCALE + PAD_COLUMN;
    if (value_width < t->widths[last] && t->widths[last] < half)
        value_width = t->widths[last];
    double label_width = f->pdf->body_width - value_width - PAD_COLUMN;
    struct cell cells[] = {
        {.layout = flow_layout(f, is_sum ? FACE_STRONG : FACE_LABEL, b->texts[0], label_width,
                               PANGO_ALIGN_RIGHT),
         .face = is_sum ? FACE_STRONG : FACE_LABEL},
        {.layout = value,
         .face = is_sum ? FACE_SUM : FACE_FACT,
         .x = f->pdf->body_width - half + PAD_COLUMN},
    };
    if (is_sum) {
        need(f, 30, t);
        put_rule(f, half, f->y + 2, half, 0.8);
        f->y += 3;
    }
    place_cells(f, cells, N_ELEMS(cells), is_sum ? PAD_ROW : PAD_ROW / 2.0, t);
}

static void place_pair(struct flow *f, const struct block *b)
{
    double rest = f->pdf->body_width - KEY_WIDTH;
    struct cell cells[] = {
        {.layout =
             flow_layout(f, FACE_LABEL, b->texts[0], KEY_WIDTH - PAD_COLUMN, PANGO_ALIGN_LEFT),
         .face = FACE_LABEL},
        {.layout = flow_layout(f, FACE_FACT, b->texts[1], rest, PANGO_ALIGN_LEFT),
         .face = FACE_FACT,
         .x = KEY_WIDTH},
    };
    place_cells(f, cells, N_ELEMS(cells), 1.5, NULL);
}

static void place_parties(struct flow *f, const struct block *b)
{
    static const enum face party_faces[] = {FACE_LABEL, FACE_STRONG, FACE_FACT};
    double width = f->pdf->body_width / 2;
    for (int part = 0; part < 3; part++) {
        struct cell cells[2];
        if (b->texts[part][0] == '\0' && b->texts[3 + part][0] == '\0')
            continue;
        for (int side = 0; side < 2; side++)
            cells[side] = (struct cell){
                .layout = flow_layout(f, party_faces[part], b->texts[3 * side + part],
                                      width - PAD_COLUMN, PANGO_ALIGN_LEFT),
                .face = party_faces[part],
                .x = side * width,
            };
        place_cells(f, cells, 2, 1, NULL);
    }
    f->y += GAP_PARTIES;
}

static void place(struct flow *f, const struct block *b)
{
    switch (b->kind) {
    case BLOCK_HEADING:
        place_heading(f, b);
        break;
    case BLOCK_PARAGRAPH:
        place_text(f, b->texts[0], FACE_PROSE, GAP_PARAGRAPH);
        break;
    case BLOCK_SMALL:
        place_text(f, b->texts[0], FACE_SMALL, GAP_PARAGRAPH / 2.0);
        break;
    case BLOCK_SPACE:
        f->y += is_at_top(f) ? 0 : b->height;
        break;
    case BLOCK_RULE:
        need(f, 2 * GAP_RULE, NULL);
        put_rule(f, 0, f->y + GAP_RULE, f->pdf->body_width, 0.25);
        f->y += 2 * GAP_RULE;
        break;
    case BLOCK_PAIR:
        place_pair(f, b);
        break;
    case BLOCK_PARTIES:
        place_parties(f, b);
        break;
    case BLOCK_HEAD:
        place_head(f, b->table);
        break;
    case BLOCK_ROW:
        place_row(f, b);
        break;
    case BLOCK_TOTAL:
    case BLOCK_SUM:
        place_total(f, b);
        break;
    }
}

void flow_blocks(struct flow *f)
{
    for (const struct block *b = f->pdf->first; b != NULL && !f->is_too_long; b = b->next) {
        f->start = f->n_pieces;
        place(f, b);
        if (!b->is_kept) {
            f->kept_from = -1;
        } else if (f->kept_from < 0) {
            f->kept_from = f->start;
            f->is_kept_in_table = b->kind >= BLOCK_ROW;
        }
    }
}

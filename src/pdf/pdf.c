/* SPDX-License-Identifier: AGPL-3.0-or-later
 * pdf.c - records the blocks of a document. */
#include "pdf/flow.h"

static double points(double mm)
{
    return mm * 72 / 25.4;
}

struct pdf *pdf_new(struct arena *a, const struct pdf_style *style)
{
    struct pdf *p = arena_new(a, struct pdf);
    p->arena = a;
    p->style = *style;
    p->page_width = style->page == PDF_LETTER ? 612 : points(210);
    p->page_height = style->page == PDF_LETTER ? 792 : points(297);
    double mm = style->margin_mm;
    p->margin = points(mm == 0 ? 20 : mm < 8 ? 8 : mm > 60 ? 60 : mm);
    p->body_width = p->page_width - 2 * p->margin;
    return p;
}

static struct block *add(struct pdf *p, enum block_kind kind, const char *const *texts, int n_texts)
{
    struct block *b = arena_new(p->arena, struct block);
    b->kind = kind;
    b->n_texts = n_texts;
    b->texts = arena_array(p->arena, const char *, n_texts);
    for (int i = 0; i < n_texts; i++)
        b->texts[i] = texts[i] != NULL ? arena_strdup(p->arena, texts[i]) : "";
    if (p->last != NULL)
        p->last->next = b;
    else
        p->first = b;
    return p->last = b;
}

void pdf_heading(struct pdf *p, int level, const char *text)
{
    struct block *b = add(p, BLOCK_HEADING, &text, 1);
    b->level = level < 1 ? 1 : level > 3 ? 3 : level;
    b->is_kept = true;
}

void pdf_paragraph(struct pdf *p, const char *text)
{
    add(p, BLOCK_PARAGRAPH, &text, 1);
}

void pdf_small(struct pdf *p, const char *text)
{
    add(p, BLOCK_SMALL, &text, 1);
}

void pdf_space(struct pdf *p, double mm)
{
    bool is_kept = p->last != NULL && p->last->is_kept;
    struct block *b = add(p, BLOCK_SPACE, NULL, 0);
    b->height = points(mm);
    b->is_kept = is_kept; /* a heading stays with what follows the space */
}

void pdf_rule(struct pdf *p)
{
    add(p, BLOCK_RULE, NULL, 0);
}

void pdf_keep_next(struct pdf *p)
{
    if (p->last != NULL)
        p->last->is_kept = true;
}

void pdf_pair(struct pdf *p, const char *key, const char *value)
{
    add(p, BLOCK_PAIR, (const char *const[]){key, value}, 2);
}

void pdf_parties(struct pdf *p, const struct pdf_party *left, const struct pdf_party *right)
{
    const char *const texts[] = {left->label,  left->name,  left->lines,
                                 right->label, right->name, right->lines};
    add(p, BLOCK_PARTIES, texts, N_ELEMS(texts));
}

void pdf_table(struct pdf *p, const struct pdf_column *columns, int n_columns)
{
    if (n_columns < 1 || n_columns > PDF_MAX_COLUMNS)
        abort();
    struct table *t = arena_new(p->arena, struct table);
    t->n_columns = n_columns;
    double rest = p->body_width, left = 0;
    int n_open = 0;
    for (int i = 0; i < n_columns; i++) {
        rest -= points(columns[i].width_mm);
        n_open += columns[i].width_mm == 0;
    }
    for (int i = 0; i < n_columns; i++) {
        t->widths[i] = columns[i].width_mm != 0 ? points(columns[i].width_mm) : rest / n_open;
        t->lefts[i] = left;
        left += t->widths[i];
        t->aligns[i] = columns[i].align;
        t->heads[i] = columns[i].head;
    }
    struct block *b = add(p, BLOCK_HEAD, t->heads, n_columns);
    b->is_kept = true;
    b->table = p->table = t;
    for (int i = 0; i < n_columns; i++)
        t->heads[i] = b->texts[i];
}

static struct block *add_to_table(struct pdf *p, enum block_kind kind, const char *const *texts,
                                  int n)
{
    if (p->table == NULL) /* a row without a table is a bug of the caller */
        abort();
    struct block *b = add(p, kind, texts, n);
    b->table = p->table;
    return b;
}

void pdf_row(struct pdf *p, const char *const *cells)
{
    add_to_table(p, BLOCK_ROW, cells, p->table != NULL ? p->table->n_columns : 0);
}

void pdf_total(struct pdf *p, const char *label, const char *value, bool is_sum)
{
    pdf_keep_next(p);
    add_to_table(p, is_sum ? BLOCK_SUM : BLOCK_TOTAL, (const char *const[]){label, value}, 2);
}

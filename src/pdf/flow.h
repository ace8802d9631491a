/* SPDX-License-Identifier: AGPL-3.0-or-later
 * flow.h - private to pdf/: recorded blocks, and the pieces they become on pages.
 *
 * All lengths are PostScript points (1/72 inch), y grows downwards from the top of the page. */
#pragma once
#include "pdf/pdf.h"

#include <pango/pangocairo.h>

enum block_kind {
    BLOCK_HEADING,
    BLOCK_PARAGRAPH,
    BLOCK_SMALL,
    BLOCK_SPACE,
    BLOCK_RULE,
    BLOCK_PAIR,
    BLOCK_PARTIES,
    BLOCK_HEAD, /* of a table */
    BLOCK_ROW,
    BLOCK_TOTAL,
    BLOCK_SUM,
};

struct table {
    int n_columns;
    double widths[PDF_MAX_COLUMNS], lefts[PDF_MAX_COLUMNS]; /* lefts from the left margin */
    enum pdf_align aligns[PDF_MAX_COLUMNS];
    const char *heads[PDF_MAX_COLUMNS];
};

struct block {
    struct block *next;
    enum block_kind kind;
    bool is_kept; /* with the next block */
    int level;
    double height; /* of a space */
    int n_texts;
    const char **texts;
    const struct table *table;
};

struct pdf {
    struct arena *arena;
    struct pdf_style style;
    double page_width, page_height, margin, body_width;
    struct block *first, *last;
    const struct table *table; /* the open one */
};

/* The few ways a text may look; typography is decided in flow.c alone. */
enum face {
    FACE_H1,
    FACE_H2,
    FACE_H3,
    FACE_PROSE,
    FACE_FACT,
    FACE_STRONG,
    FACE_LABEL,
    FACE_SMALL,
    FACE_SUM,
    N_FACES
};

/* Lines first..last-1 of a layout at a place, or a hairline when layout is NULL. */
struct piece {
    PangoLayout *layout; /* owned by flow.layouts */
    enum face face;
    int page, first, last;
    double x, y, width, thickness;
};

struct flow {
    struct pdf *pdf;
    PangoContext *context;
    PangoFontDescription *fonts[N_FACES];
    PangoAttrList *tabular; /* tabular figures, lining */
    PangoLayout **layouts;
    int n_layouts, cap_layouts;
    struct piece *pieces;
    int n_pieces, cap_pieces;
    int page; /* from 0 */
    double y, bottom;
    int start;             /* first piece of the block being placed, on its last page */
    int kept_from;         /* first piece that moves when the page breaks now; -1: none */
    bool is_kept_in_table; /* and it is a row, which needs its heads there */
    bool is_too_long;
    const struct table *above_table; /* of the last row, whose layouts are above[] */
    PangoLayout *above[PDF_MAX_COLUMNS];
};

void flow_init(struct flow *f, struct pdf *p);
void flow_done(struct flow *f);
void flow_blocks(struct flow *f); /* places every block */
PangoLayout *flow_layout(struct flow *f, enum face face, const char *text, double width,
                         PangoAlignment align);
double flow_colour(enum face face); /* a grey, 0 black to 1 white */

/* The file with its language (BCP 47) in the catalogue; as it is when there is none to say. */
struct bytes pdf_with_language(struct arena *a, struct bytes file, const char *lang);

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * pdf.h - printed documents: invoices, notes, a day of the agenda.
 *
 * A document is a list of blocks recorded in the caller's arena; pdf_finish() lays them out on
 * pages and returns the file, in memory alone. Until then nothing is held outside the arena, so an
 * operation that fails half-way has nothing to release.
 *
 * Texts are valid UTF-8 in any script and are copied; no markup is read in them. A line feed in a
 * text starts a new line. Fonts are chosen by family with fallbacks and embedded as subsets:
 * Inter for facts, a serif (Source Serif, else DejaVu Serif) for what is read as prose.
 *
 * Threads: any thread may build its own documents. Process-wide, and kept: the font configuration
 * and the glyph caches; per thread: one font map, released when the thread ends.
 * What it is not: a page description language. There are no positions, colours or font sizes here.
 */
#pragma once
#include "base/base.h"

enum {
    PDF_MAX_PAGES = 2000,
    PDF_MAX_COLUMNS = 12,
    PDF_MAX_BYTES = 64 * 1024 * 1024,
};

enum pdf_page { PDF_A4, PDF_LETTER };

struct pdf_style {
    enum pdf_page page;
    double margin_mm;  /* on all four sides, 8 to 60; 0: 20 */
    const char *lang;  /* BCP 47: glyph forms, line breaks, and in the file; NULL: "en", unsaid */
    const char *title; /* metadata; kind and number of the document, never a name; NULL: none */
    const char *created_iso; /* metadata, "2026-03-01T10:00:00Z"; equal input gives equal bytes */
    const char *footer;      /* on the left at the foot of each page; NULL: none */
    const char *page_of;     /* at its right; {page} and {pages} are replaced; NULL: English */
};

struct pdf;

struct pdf *pdf_new(struct arena *a, const struct pdf_style *style);

/* --- blocks, from top to bottom ----------------------------------------- */

void pdf_heading(struct pdf *p, int level, const char *text); /* 1 to 3; stays with what follows */
void pdf_paragraph(struct pdf *p, const char *text); /* prose; at least two lines on each page */
void pdf_small(struct pdf *p, const char *text);     /* small print */
void pdf_space(struct pdf *p, double mm);            /* vanishes at the top of a page */
void pdf_rule(struct pdf *p);                        /* a hairline over the whole width */
void pdf_keep_next(struct pdf *p); /* the block before and the one after share a page */

/* One fact: its name in a narrow column on the left, its value beside it. */
void pdf_pair(struct pdf *p, const char *key, const char *value);

/* Two parties side by side, as seller and buyer; a part that is NULL or "" takes no room. */
struct pdf_party {
    const char *label; /* "Bill to" */
    const char *name;  /* set off from the lines */
    const char *lines; /* address, tax number ..., one each line */
};
void pdf_parties(struct pdf *p, const struct pdf_party *left, const struct pdf_party *right);

/* --- tables -------------------------------------------------------------
 * pdf_table() opens one, which stays until the next; its heads are repeated after a page break.
 * Figures are tabular everywhere in it, so amounts line up in a column that is aligned right. */
enum pdf_align { PDF_LEFT, PDF_RIGHT, PDF_CENTRE };

struct pdf_column {
    const char *head;
    double width_mm; /* 0: an equal part of what the others leave */
    enum pdf_align align;
};

/* In: n_columns  1 to PDF_MAX_COLUMNS; anything else aborts, it is a bug of the caller. */
void pdf_table(struct pdf *p, const struct pdf_column *columns, int n_columns);
void pdf_row(struct pdf *p, const char *const *cells); /* as many as columns; NULL: empty */
/* The value in the last column, the label on its left; stays with the row before it.
 * is_sum sets off the one figure the document is about. */
void pdf_total(struct pdf *p, const char *label, const char *value, bool is_sum);

/* --- the file ----------------------------------------------------------- */

/* Lays out and writes the document.
 *
 * Out:    ret_file  owned by the arena of pdf_new(); at least one page, also without blocks
 * Errors: RC_INVALID  more than PDF_MAX_PAGES or PDF_MAX_BYTES
 *         RC_BROKEN   the library refused (no font at all, out of memory) */
enum rc pdf_finish(struct pdf *p, struct bytes *ret_file) MUST_USE;

/* Reads the font configuration and makes one page with every font, so that the first document of a
 * user does not wait for it. Called once at start; calling it is never needed. */
void pdf_warm_up(void);

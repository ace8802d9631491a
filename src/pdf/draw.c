/* SPDX-License-Identifier: AGPL-3.0-or-later
 * draw.c - writes placed pieces as a PDF file in memory. */
#include "pdf/flow.h"

#include <cairo-pdf.h>

static void flow_cleanup(struct flow *f)
{
    flow_done(f);
}

static void canvas_cleanup(cairo_t **cr)
{
    cairo_destroy(*cr);
}

static void surface_cleanup(cairo_surface_t **surface)
{
    cairo_surface_destroy(*surface);
}

static cairo_status_t write_chunk(void *closure, const unsigned char *p, unsigned n_bytes)
{
    struct buf *b = closure;
    buf_add(b, (const char *)p, n_bytes);
    return b->full ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void draw_lines(cairo_t *cr, const struct piece *piece)
{
    PangoLayoutIter *it = pango_layout_get_iter(piece->layout);
    int n = 0, top = 0;
    do {
        if (n < piece->first)
            continue;
        int y0;
        PangoRectangle line;
        pango_layout_iter_get_line_yrange(it, &y0, NULL);
        pango_layout_iter_get_line_extents(it, NULL, &line);
        if (n == piece->first)
            top = y0;
        int baseline = pango_layout_iter_get_baseline(it) - top;
        cairo_move_to(cr, piece->x + (double)line.x / PANGO_SCALE,
                      piece->y + (double)baseline / PANGO_SCALE);
        pango_cairo_show_layout_line(cr, pango_layout_iter_get_line_readonly(it));
    } while (++n < piece->last && pango_layout_iter_next_line(it));
    pango_layout_iter_free(it);
}

static void draw_piece(cairo_t *cr, const struct piece *piece)
{
    double grey = piece->layout != NULL    ? flow_colour(piece->face)
                  : piece->thickness > 0.5 ? 0.2
                                           : 0.7;
    cairo_set_source_rgb(cr, grey, grey, grey);
    if (piece->layout != NULL) {
        draw_lines(cr, piece);
        return;
    }
    cairo_rectangle(cr, piece->x, piece->y - piece->thickness / 2, piece->width, piece->thickness);
    cairo_fill(cr);
}

/* "Page {page} of {pages}" with its two numbers. */
static const char *page_text(struct arena *a, const char *format, int page, int n_pages)
{
    struct buf b;
    buf_init(&b, a, 256);
    for (const char *s = format; *s != '\0';) {
        if (strncmp(s, "{page}", 6) == 0) {
            buf_int(&b, page);
            s += 6;
        } else if (strncmp(s, "{pages}", 7) == 0) {
            buf_int(&b, n_pages);
            s += 7;
        } else {
            buf_putc(&b, *s++);
        }
    }
    return b.full ? "" : b.s;
}

static void draw_footer(struct flow *f, cairo_t *cr, int page, int n_pages)
{
    const struct pdf_style *style = &f->pdf->style;
    const char *format = style->page_of != NULL ? style->page_of : "Page {page} of {pages}";
    const char *number = page_text(f->pdf->arena, format, page, n_pages);
    double width = f->pdf->body_width, number_width = width / 4;
    struct piece piece = {.face = FACE_SMALL, .last = 1};
    piece.y = f->pdf->page_height - f->pdf->margin + 6;
    piece.x = f->pdf->margin + width - number_width;
    piece.layout = flow_layout(f, FACE_SMALL, number, number_width, PANGO_ALIGN_RIGHT);
    draw_piece(cr, &piece);
    if (style->footer == NULL)
        return;
    piece.x = f->pdf->margin;
    piece.layout =
        flow_layout(f, FACE_SMALL, style->footer, width - number_width, PANGO_ALIGN_LEFT);
    pango_layout_set_ellipsize(piece.layout, PANGO_ELLIPSIZE_END);
    draw_piece(cr, &piece);
}

static void draw_pages(struct flow *f, cairo_t *cr)
{
    int n_pages = f->page + 1, i = 0;
    if (n_pages > 1 && f->n_pieces > 0 && f->pieces[f->n_pieces - 1].page < f->page)
        n_pages--; /* a break after the last block */
    for (int page = 0; page < n_pages; page++) {
        for (; i < f->n_pieces && f->pieces[i].page == page; i++)
            draw_piece(cr, &f->pieces[i]);
        draw_footer(f, cr, page + 1, n_pages);
        cairo_show_page(cr);
    }
}

enum rc pdf_finish(struct pdf *p, struct bytes *ret_file)
{
    struct buf file;
    CLEANUP(flow_cleanup) struct flow f = {0};
    flow_init(&f, p);
    flow_blocks(&f);
    if (f.is_too_long)
        return RC_INVALID;

    buf_init(&file, p->arena, PDF_MAX_BYTES);
    CLEANUP(surface_cleanup)
    cairo_surface_t *surface =
        cairo_pdf_surface_create_for_stream(write_chunk, &file, p->page_width, p->page_height);
    if (p->style.title != NULL)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, p->style.title);
    if (p->style.created_iso != NULL)
        cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATE_DATE,
                                       p->style.created_iso);
    CLEANUP(canvas_cleanup) cairo_t *cr = cairo_create(surface);
    draw_pages(&f, cr);
    cairo_surface_finish(surface);
    if (file.full)
        return RC_INVALID;
    if (cairo_status(cr) != CAIRO_STATUS_SUCCESS ||
        cairo_surface_status(surface) != CAIRO_STATUS_SUCCESS)
        return RC_BROKEN;
    *ret_file = pdf_with_language(p->arena, (struct bytes){(const unsigned char *)file.s, file.len},
                                  p->style.lang);
    return RC_OK;
}

void pdf_warm_up(void)
{
    struct arena a;
    struct bytes file;
    arena_init(&a, 4 * 1024 * 1024);
    struct pdf *p = pdf_new(&a, &(struct pdf_style){.created_iso = "2000-01-01T00:00:00Z"});
    for (int level = 1; level <= 3; level++)
        pdf_heading(p, level, "Aa");
    pdf_paragraph(p, "Aa");
    pdf_pair(p, "Aa", "1");
    enum rc rc = pdf_finish(p, &file);
    (void)rc; /* a system without fonts says so when a user asks for a document */
    arena_wipe(&a);
}

/* The leak checker cannot see that fontconfig's process-wide configuration is held: it stores
 * offsets instead of pointers. Read by the sanitizers' run-time alone. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libfontconfig\n";
}

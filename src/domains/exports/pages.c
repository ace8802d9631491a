/* SPDX-License-Identifier: AGPL-3.0-or-later
 * pages.c - what a person reads: an index, one page a client, and on request the same as a PDF.
 * They open from a disk and have no script. In the practice's language: whoever makes the export,
 * it is the same. */
#include "domains/clients/clients.h"
#include "domains/practice/practice.h"
#include "exports_private.h"
#include "text/html.h"

#include <stdlib.h>
#include <string.h>

enum { PAGE_PART_MAX = 4 << 20, INDEX_MAX = 64 << 20 };

static const char style[] =
    "body { font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 "
    "1rem; color: #1c1c1c; background: #fff }\n"
    "h1 { font-size: 1.7rem } h2 { font-size: 1.2rem; border-bottom: 1px solid #bbb; margin-top: "
    "2.5rem }\n"
    "h3 { font-size: 1rem; margin: 1rem 0 0 }\n"
    "dl { display: grid; grid-template-columns: 12rem 1fr; gap: .1rem 1rem; margin: 1.2rem 0 .4rem "
    "}\n"
    "dl.line { margin: 0 }\n"
    "dt { color: #555 } dd { margin: 0; overflow-wrap: anywhere }\n"
    "p { white-space: pre-wrap; overflow-wrap: anywhere; margin: .2rem 0 .6rem }\n"
    "li { margin: .3rem 0 } img { max-width: 8rem; max-height: 10rem }\n"
    "@media (max-width: 36rem) { dl { grid-template-columns: 1fr } dt { font-size: .85rem } }\n"
    "@media (prefers-color-scheme: dark) { body { color: #e8e8e8; background: #161616 } dt { "
    "color: "
    "#aaa } a { color: #9cc4ff } }\n"
    "@media print { body { margin: 0; max-width: none; color: #000; background: #fff } dl, h2, h3 "
    "{ "
    "break-inside: avoid; break-after: avoid } dl { break-after: auto } }\n";

/* --- names
 * ------------------------------------------------------------------------------------------
 */

static int by_client_id(const void *a, const void *b)
{
    return strcmp(((const struct known_client *)a)->id.s, ((const struct known_client *)b)->id.s);
}

struct known_client *client_known(struct export *x, struct id id)
{
    struct known_client key = {.id = id};
    return x->n_clients > 0 && id_is_set(id)
               ? bsearch(&key, x->clients, (size_t)x->n_clients, sizeof(key), by_client_id)
               : NULL;
}

static int by_name_id(const void *a, const void *b)
{
    return strcmp(((const struct known_name *)a)->id.s, ((const struct known_name *)b)->id.s);
}

void visits_sort(struct export *x)
{
    if (x->n_visits > 0)
        qsort(x->visits, (size_t)x->n_visits, sizeof(*x->visits), by_name_id);
}

const char *name_known(const struct export *x, struct id id)
{
    struct known_name key = {.id = id};
    for (int i = 0; i < x->n_names; i++)
        if (id_eq(x->names[i].id, id))
            return x->names[i].name;
    const struct known_name *v =
        x->n_visits > 0 ? bsearch(&key, x->visits, (size_t)x->n_visits, sizeof(key), by_name_id)
                        : NULL;
    return v != NULL ? v->name : "";
}

/* --- writing
 * ----------------------------------------------------------------------------------------
 */

static struct html begin(struct export *x, struct buf *b, size_t max)
{
    buf_init(b, &x->batch, max);
    return (struct html){b, x->cx->cat};
}

static void head(struct export *x, struct html h, const char *title, const char *up)
{
    buf_puts(h.out, "<!doctype html>\n<html lang=\"");
    html_attr(h, locale_language(x->cx->locale));
    buf_puts(h.out, "\">\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" "
                    "content=\"width=device-width\">\n<meta name=\"referrer\" "
                    "content=\"no-referrer\">\n<link rel=\"stylesheet\" href=\"");
    buf_puts(h.out, up);
    buf_puts(h.out, "style.css\">\n<title>");
    html_text(h, title);
    buf_puts(h.out, "</title>\n<h1>");
    html_text(h, title);
    buf_puts(h.out, "</h1>\n");
}

static enum rc put(struct export *x, FILE *f, const struct buf *b)
{
    if (b->full)
        return RC_BROKEN;
    return fwrite(b->s, 1, b->len, f) == b->len ? RC_OK : not_written(x->cx);
}

static const char *page_path(struct export *x, struct id client)
{
    return arena_printf(&x->batch, "clients/%s.html", client.s);
}

/* Rows come by table: a page is gone back to once for each, and one page is open at a time. */
static enum rc turn_to(struct export *x, struct known_client *of)
{
    struct buf b;
    if (x->page_of == of)
        return RC_OK;
    if (x->page != NULL)
        TRY(file_end(x, &x->page));
    x->page_of = of;
    if (of->last_title != NULL)
        return file_again(x, of->file, &x->page);
    TRY(file_new(x, page_path(x, of->id), &x->page));
    of->file = x->n_files - 1;
    struct html h = begin(x, &b, PAGE_PART_MAX);
    head(x, h, of->name, "../");
    if (x->pdf != NULL)
        pdf_heading(x->pdf, 1, of->name);
    of->last_title = "";
    x->done.n_clients++;
    return put(x, x->page, &b);
}

static void put_title(struct export *x, struct html h, struct known_client *of, const char *title)
{
    if (strcmp(of->last_title, title) == 0)
        return;
    of->last_title = title;
    buf_puts(h.out, "<h2>");
    html_text(h, trc(x->cx, title));
    buf_puts(h.out, "</h2>\n");
    if (x->pdf != NULL)
        pdf_heading(x->pdf, 2, trc(x->cx, title));
}

static const char *shown(struct export *x, const struct column *c, const struct cell *v)
{
    struct id id = {0};
    if (!v->is_set)
        return "";
    if (c->kind == FIELD_ID)
        return id_parse(or_empty(v->text), &id) ? name_known(x, id) : "";
    return cell_shown(&x->in, c, v);
}

static void put_pair(struct export *x, struct html h, const char *label, const char *value)
{
    buf_puts(h.out, "<dt>");
    html_text(h, label);
    buf_puts(h.out, "</dt><dd>");
    html_lines(h, value);
    buf_puts(h.out, "</dd>\n");
    if (x->pdf != NULL)
        pdf_pair(x->pdf, label, value);
}

/* Each labelled value on its own. */
static void put_block(struct export *x, struct html h, const struct columns *cols,
                      const struct cell *cells)
{
    buf_puts(h.out, "<dl>\n");
    for (int i = 0; i < cols->n; i++) {
        const struct column *c = &cols->list[i];
        const char *value = c->label != NULL ? shown(x, c, &cells[i]) : "";
        if (value[0] != '\0')
            put_pair(x, h, trc(x->cx, c->label), value);
    }
    buf_puts(h.out, "</dl>\n");
    if (x->pdf != NULL)
        pdf_space(x->pdf, 3);
}

/* When, and then the rest. */
static void put_line(struct export *x, struct html h, const char *const *keys,
                     const struct columns *cols, const struct cell *cells)
{
    const char *when = "";
    struct buf rest;
    buf_init(&rest, &x->batch, PAGE_PART_MAX);
    for (int k = 0; keys[k] != NULL; k++)
        for (int i = 0; i < cols->n; i++) {
            if (strcmp(cols->list[i].key, keys[k]) != 0)
                continue;
            const char *value = shown(x, &cols->list[i], &cells[i]);
            if (k == 0)
                when = value;
            else if (value[0] != '\0')
                buf_printf(&rest, "%s%s", rest.len > 0 ? " · " : "", value);
        }
    buf_puts(h.out, "<dl class=\"line\">\n");
    put_pair(x, h, when, rest.s);
    buf_puts(h.out, "</dl>\n");
}

enum rc page_row(struct export *x, struct known_client *of, const struct table_spec *s,
                 const struct columns *cols, const struct cell *cells)
{
    struct buf b;
    TRY(turn_to(x, of));
    struct html h = begin(x, &b, PAGE_PART_MAX);
    put_title(x, h, of, s->title);
    if (s->line[0] != NULL)
        put_line(x, h, s->line, cols, cells);
    else
        put_block(x, h, cols, cells);
    return put(x, x->page, &b);
}

enum rc page_words(struct export *x, const char *title, const char *text)
{
    struct buf b;
    struct html h = begin(x, &b, PAGE_PART_MAX);
    if (is_filled(title)) {
        buf_puts(h.out, "<h3>");
        html_text(h, title);
        buf_puts(h.out, "</h3>\n");
    }
    buf_puts(h.out, "<p>");
    html_text(h, text);
    buf_puts(h.out, "</p>\n");
    if (x->pdf != NULL && is_filled(title))
        pdf_heading(x->pdf, 3, title);
    if (x->pdf != NULL)
        pdf_paragraph(x->pdf, text);
    return put(x, x->page, &b);
}

enum rc page_photo(struct export *x, struct known_client *of, const char *file)
{
    struct buf b;
    TRY(turn_to(x, of));
    struct html h = begin(x, &b, PAGE_PART_MAX);
    buf_puts(h.out, "<img alt=\"\" src=\"../");
    html_attr(h, file);
    buf_puts(h.out, "\">\n");
    return put(x, x->page, &b);
}

/* --- beginning and end
 * ---------------------------------------------------------------------------- */

enum rc pages_begin(struct export *x)
{
    const struct bytes css = {(const unsigned char *)style, sizeof(style) - 1};
    const struct pdf_style paper = {.lang = locale_name(x->cx->locale),
                                    .title = trc(x->cx, N_("Record")),
                                    .footer = trc(x->cx, N_("Confidential")),
                                    .page_of = trc(x->cx, N_("Page {page} of {pages}"))};
    TRY(dir_new(x, "clients"));
    if (is_of_client(x)) {
        x->pdf = pdf_new(x->cx->arena, &paper);
        pdf_small(x->pdf, x->practice->name);
    }
    return file_whole(x, "style.css", css);
}

struct named {
    const struct locale *locale;
    const struct known_client *client;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = locale_compare(x->locale, x->client->name, y->client->name);
    return order != 0 ? order : strcmp(x->client->id.s, y->client->id.s);
}

static void put_link(struct html h, const char *dir, const char *file, const char *end,
                     const char *text)
{
    buf_puts(h.out, "<li><a href=\"");
    html_attr(h, dir);
    html_attr(h, file);
    html_attr(h, end);
    buf_puts(h.out, "\">");
    html_text(h, text);
    buf_puts(h.out, "</a></li>\n");
}

static void put_clients(struct export *x, struct html h)
{
    struct named *list = arena_array(&x->batch, struct named, x->n_clients + 1);
    for (int i = 0; i < x->n_clients; i++)
        list[i] = (struct named){x->cx->locale, &x->clients[i]};
    if (x->n_clients > 0)
        qsort(list, (size_t)x->n_clients, sizeof(*list), by_name);
    buf_puts(h.out, "<h2>");
    html_text(h, x->cx->says_patient ? trc(x->cx, N_("Patients")) : trc(x->cx, N_("Clients")));
    buf_puts(h.out, "</h2>\n<ul>\n");
    for (int i = 0; i < x->n_clients; i++)
        put_link(h, "clients/", list[i].client->id.s, ".html", list[i].client->name);
    if (x->pdf != NULL)
        put_link(h, "", "record", ".pdf",
                 trc(x->cx, N_("The same as one document, to be printed")));
    buf_puts(h.out, "</ul>\n");
}

static enum rc put_index(struct export *x)
{
    struct buf b;
    FILE *f;
    struct html h = begin(x, &b, INDEX_MAX);
    head(x, h, x->practice->name, "");
    put_clients(x, h);
    buf_puts(h.out, "<h2>");
    html_text(h, trc(x->cx, N_("Tables, for a spreadsheet or another program")));
    buf_puts(h.out, "</h2>\n<ul>\n");
    for (int i = 0; i < x->n_out; i++)
        put_link(h, "csv/", x->out[i].name, ".csv", x->out[i].name);
    buf_puts(h.out, "</ul>\n");
    TRY(file_new(x, "index.html", &f));
    enum rc rc = put(x, f, &b);
    enum rc ended = file_end(x, &f);
    return rc != RC_OK ? rc : ended;
}

static enum rc put_pdf(struct export *x)
{
    struct bytes file;
    enum rc rc = pdf_finish(x->pdf, &file);
    if (rc == RC_INVALID)
        return refuse(x->cx, rc, NULL,
                      N_("This record is too long for one PDF. Export the whole practice, or print "
                         "the client's page of it."));
    TRY(rc);
    return file_whole(x, "record.pdf", file);
}

enum rc pages_end(struct export *x)
{
    if (x->page != NULL)
        TRY(file_end(x, &x->page));
    TRY(put_index(x));
    return x->pdf != NULL ? put_pdf(x) : RC_OK;
}

void pages_drop(struct export *x)
{
    if (x->page != NULL)
        fclose(x->page);
    x->page = NULL;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * exports_private.h - between the files of this folder. */
#pragma once
#include "db/dump.h"
#include "domains/exports/exports.h"
#include "pdf/pdf.h"
#include "record/record.h"
#include "seal/spool.h"

#include <stdio.h>

/* What was signed before an import is sealed anew by it, which the new log says. */
#define EXPORT_SEALED_ANEW "import"

/* --- what is exported (tables.c) ------------------------------------------------------------- */

enum {
    ORDER_MAX = 4,
    LEFT_OUT_MAX = 10,
    CODED_MAX = 3,
    PARTS_MAX = 2,
    COLUMNS_MAX = 96,
    BATCH_ROWS = 500,
};

/* A number in a column that no field table names. */
struct coded {
    const char *col;
    const struct choice *choices;
    int n;
};

enum part_kind { PART_RECORD, PART_WORDS, PART_NOTE, PART_INVOICE, PART_PHOTO };
/* A sealed column, and where it was sealed. */
struct part {
    const char *col; /* NULL: there is none */
    enum part_kind kind;
    enum seal_class cls;
    const struct record_type *type; /* of PART_RECORD */
    const char *key;                /* of PART_WORDS */
    const char *sealed_as;          /* table in the seal; NULL: its own */
    const char *row;                /* column of the row's id in the seal; NULL: none */
    int64_t version;                /* 0: as the column "version" says */
    bool is_of_client;              /* under that client's key; else the practice's */
};

/* How a row is known to be of one client. */
enum owner {
    OF_NOBODY,      /* of the practice: in its own export alone */
    OF_ALL,         /* in every export: what other rows name */
    OF_CLIENT,      /* the column `of` */
    OF_APPOINTMENT, /* through the appointment in `of` */
    OF_INVOICE,     /* through the invoice in `of` */
    OF_NOTE,        /* a signed note of the client */
    OF_SIGNED,      /* what was signed or issued, whose id is in `of` */
};

struct table_spec {
    const char *table, *file;
    const char *title;              /* on a client's page; NULL: not there */
    const struct record_type *type; /* names and choices of clear columns; NULL: none */
    const char *order[ORDER_MAX];   /* ends with what is unique */
    const char *left_out[LEFT_OUT_MAX];
    struct coded coded[CODED_MAX];
    struct part part[PARTS_MAX];
    enum owner owner;
    const char *of;
    const char *author;                   /* the author's alone: the column */
    const char *hex;                      /* bytes that are shown as digits */
    const char *for_client[LEFT_OUT_MAX]; /* all that a client's export has of it */
    const char *line[ORDER_MAX + 1];      /* on a page a row is a line of these; else a block */
    bool is_named;                        /* other rows show its name */
    const char *not_action;               /* rows of this action are this installation's own */
    bool needs_hex;                       /* rows without it are no business of this file */
    const char *by;                       /* who did it: for who leaves theirs alone */
    bool is_money;
};
extern const struct table_spec exported[];
extern const int n_exported;
/* Is this table known and stays at home? What is neither stops an export. */
bool stays_at_home(const char *table);

/* --- columns and cells (columns.c) -------------------------------------------------------------
 */

struct column {
    const char *key, *label; /* label NULL: not on pages */
    enum field_kind kind;
    const struct choice *choices;
    int n_choices;
    int col, part;             /* where from; -1: not from there */
    const struct field *field; /* of a record in the part */
};
struct cell {
    bool is_set;
    int64_t number;
    const char *text; /* NULL: a number, as the column's kind says */
};
struct columns {
    struct column list[COLUMNS_MAX];
    int n;
};
/* A sealed record as it is in memory. */
enum { REC_BYTES = 4096 };
extern const char *const invoice_keys[]; /* of PART_INVOICE */
extern const int n_invoice_keys;
int column_at(const struct dump_table *t, const char *name); /* -1: none */
/* RC_BROKEN: bytes that nobody says how to read. */
enum rc columns_of(struct arena *a, const struct table_spec *s, const struct dump_table *t,
                   bool is_of_client, struct columns *ret) MUST_USE;
struct cell cell_of(struct arena *a, const struct column *c, const struct db_val *v);
struct cell cell_text(const char *s); /* "" and NULL: not set */
struct cell cell_number(int64_t n);
/* Of what a part unpacked to; `cells` has a place for each column. */
enum rc cells_of_part(struct cx *cx, const struct part *p, int nth, struct bytes plain,
                      const struct columns *cols, struct cell *cells) MUST_USE;
const char *cell_plain(struct arena *a, const struct column *c, const struct cell *v);
/* The other way, from what cell_plain() gives: a number of this kind. False: it is none. */
bool cell_number_of(const struct column *c, const char *plain, int64_t *ret);
const char *cell_shown(struct cx *cx, const struct column *c, const struct cell *v);

/* A column of a row, by name; NULL or unset: it is not there, or empty. */
const char *row_text(const struct dump_table *t, const struct db_val *v, const char *col);
struct id row_id(const struct dump_table *t, const struct db_val *v, const char *col);
/* Where a part of the row is sealed. */
struct seal_where part_where(const struct table_spec *s, const struct part *p,
                             const struct dump_table *t, const struct db_val *v, int64_t practice,
                             struct id client);

/* --- files (files.c) ----------------------------------------------------------------------------
 */

struct out_piece {
    int64_t at, n;
};
struct out_file {
    const char *path;
    int64_t n_bytes;
    struct seal_sha256 hash;
    unsigned char sha256[32];
    struct out_piece *piece; /* in the spool */
    int n_pieces, cap_pieces;
};
/* One kind of rows, as JSON and CSV. */
struct out_table {
    const char *name;
    struct columns cols;
    FILE *json, *csv;
    int64_t n_rows;
};
struct export
{
    struct cx *cx; /* of the caller; its arena lives through the export */
    const struct export_ask *ask;
    struct spool *spool; /* instead of the directory */
    struct db *db;
    struct arena batch; /* of the rows at hand */
    struct cx in;       /* cx that works in it */
    const struct dump_table *tables;
    int n_tables;
    struct out_file *files;
    int n_files, cap_files;
    struct out_table *out;
    int n_out;
    struct out_table *sections, *lines; /* of notes and invoices */
    struct client_wrapped *keys;        /* sorted */
    int n_keys;
    struct id_map {
        struct id_pair *list; /* sorted */
        int n, size;
    } invoices, appointments, shared, notes;
    struct known_name {
        struct id id;
        const char *name;
    } * names, *visits; /* visits: of appointments, which are many; sorted */
    int n_names, cap_names, n_visits, cap_visits;
    struct known_client {
        struct id id;
        const char *name;
        const char *last_title; /* the heading that its page has last */
        int file;               /* of the page, once it is begun */
    } * clients;                /* sorted by id: the order of the table */
    int n_clients, cap_clients;
    FILE *page;
    struct known_client *page_of;
    struct pdf *pdf;
    struct practice *practice;
    struct export_done done;
};
struct client_wrapped {
    struct id client;
    enum seal_class cls;
    struct bytes wrapped;
};
struct id_pair {
    struct id id, client;
};

static inline bool is_of_client(const struct export *x)
{
    return id_is_set(x->ask->client);
}
static inline bool is_of_clinician(const struct export *x)
{
    return id_is_set(x->ask->clinician);
}
/* Not of the whole practice: nobody else is named in it. */
static inline bool is_part(const struct export *x)
{
    return is_of_client(x) || is_of_clinician(x);
}
static inline bool is_cancelled(const struct export *x)
{
    return x->ask->progress != NULL && x->ask->progress->is_cancelled;
}
bool is_asked_for(const struct export_ask *ask, struct id client);
/* RC_BUSY, with the sentence. */
enum rc not_written(struct cx *cx);
/* A new file, the last of x->files from now on. */
enum rc file_new(struct export *x, const char *path, FILE **ret) MUST_USE;
enum rc file_again(struct export *x, int file, FILE **ret) MUST_USE; /* at its end */
enum rc file_end(struct export *x, FILE **f) MUST_USE;
enum rc file_whole(struct export *x, const char *path, struct bytes b) MUST_USE;
enum rc dir_new(struct export *x, const char *path) MUST_USE;

struct out_table *table_new(struct export *x, const char *name);
enum rc table_begin(struct export *x, struct out_table *t) MUST_USE;
enum rc table_row(struct export *x, struct out_table *t, const struct cell *cells) MUST_USE;
enum rc tables_end(struct export *x) MUST_USE;
void tables_drop(struct export *x); /* when it failed */
/* What the columns say of themselves; then hashes of all there is, which comes last. */
enum rc schema_put(struct export *x) MUST_USE;
enum rc manifest_put(struct export *x) MUST_USE;

/* --- rows (rows.c) ------------------------------------------------------------------------------
 */

enum rc maps_load(struct export *x) MUST_USE;
enum rc table_export(struct export *x, const struct table_spec *s) MUST_USE;

/* --- pages (pages.c) ----------------------------------------------------------------------------
 */

enum rc pages_begin(struct export *x) MUST_USE;
/* A row as a person reads it, and prose that belongs to it. */
enum rc page_row(struct export *x, struct known_client *of, const struct table_spec *s,
                 const struct columns *cols, const struct cell *cells) MUST_USE;
enum rc page_words(struct export *x, const char *title, const char *text) MUST_USE;
enum rc page_photo(struct export *x, struct known_client *of, const char *file) MUST_USE;
enum rc pages_end(struct export *x) MUST_USE;
void pages_drop(struct export *x);
const char *name_known(const struct export *x, struct id id); /* "": nothing that has a name */
void visits_sort(struct export *x);
struct known_client *client_known(struct export *x, struct id id); /* NULL: none */

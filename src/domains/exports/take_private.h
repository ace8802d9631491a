/* SPDX-License-Identifier: AGPL-3.0-or-later
 * take_private.h - between the files that read an export. */
#pragma once
#include "domains/billing/billing.h"
#include "domains/notes/notes.h"
#include "exports_private.h"

struct in_file {
    const char *path;
    int64_t n_bytes;
    unsigned char sha256[32];
};

/* A file as it lies there, an object of JSON on each line. */
struct lines {
    const char *path; /* in the export; NULL: not opened */
    struct bytes file;
    size_t at, before; /* before: where the last one began */
    int64_t n;         /* lines with an object so far */
};
/* RC_INVALID: it is not in the manifest, or not there. */
enum rc lines_open(struct cx *cx, const struct import_seen *seen, const char *path,
                   struct lines *ret) MUST_USE;
void lines_close(struct lines *l);
#define _cleanup_lines_ CLEANUP(lines_close)
/* The next object; false: there is none. */
enum rc lines_next(struct cx *cx, struct lines *l, struct form *ret, bool *ret_more) MUST_USE;
/* A file of the manifest, whole. */
enum rc whole_file(struct cx *cx, const struct import_seen *seen, const char *path,
                   struct bytes *ret) MUST_USE;
enum rc altered(struct cx *cx, const char *path);

/* --- rows (take_read.c) --- */

struct taken_client {
    struct id id, clinician;
    int64_t erased_ms; /* 0: is not */
    bool has_tombstone;
    struct bytes wrapped[SEAL_KEYS_N_];
};
struct taken_person {
    struct id id;
    unsigned roles;
    bool is_active;
    const char *email;
};
struct taking {
    struct cx *cx;
    const struct import_ask *ask;
    struct arena batch; /* of the rows at hand */
    struct cx in;       /* cx that works in it */
    struct load *load;
    const struct dump_table *tables;
    int n_tables;
    struct taken_client *clients; /* in the order of ids */
    int n_clients, cap_clients;
    struct id_pair *invoices; /* sorted once they are all there */
    int n_invoices, cap_invoices;
    struct taken_person *people;
    int n_people, cap_people;
    struct lines sections, lines; /* of notes and invoices */
    struct form within[2];        /* the next one of each */
    bool has_within[2];
    struct id author; /* who was let in: whose private notes may come along */
    struct import_done done;
};

struct take_row {
    int64_t nth; /* in its file, from 1 */
    struct db_val *v;
    const char **plain; /* of each column */
    struct id client;
    struct bytes part[PARTS_MAX];
};
struct take_batch {
    struct taking *x;
    const struct table_spec *s;
    const struct dump_table *t;
    struct columns cols;
    struct lines file;
    struct take_row row[BATCH_ROWS];
    int n;
};

/* RC_INVALID, with the sentence: of a row by its number and column, of a file's columns. */
enum rc wrong_value(const struct take_batch *b, int64_t nth, const char *column);
enum rc unknown_column(const struct take_batch *b, const char *column);
/* Appends it to the batch, without what no file has. */
enum rc take_read(struct take_batch *b, const struct form *f) MUST_USE;

/* --- what is sealed (take_seal.c) --- */

struct taken_client *client_of(const struct taking *x, struct id id); /* NULL: there is none */
/* Seals a part of each row of the batch, with one call to the keys. */
enum rc take_seal(struct take_batch *b, int nth) MUST_USE;
enum rc wrong_within(struct taking *x, const struct lines *l);

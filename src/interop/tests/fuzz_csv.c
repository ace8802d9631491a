/* SPDX-License-Identifier: AGPL-3.0-or-later
 * fuzz_csv.c - any bytes as a table; what is read, written and read again is the same. */
#include "base/utf8.h"
#include "interop/csv.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_round_trip(struct arena *a, const struct csv_table *t)
{
    struct buf b;
    struct csv_table again;
    buf_init(&b, a, CSV_MAX_BYTES);
    buf_puts(&b, "sep=,\r\n");
    csv_put_row(&b, t->heads, t->n_columns);
    for (int i = 0; i < t->n_rows; i++)
        csv_put_row(&b, t->rows[i].cells, t->n_columns);
    struct bytes written = {(const unsigned char *)b.s, b.len};
    if (csv_read(a, written, &again) != RC_OK)
        return; /* characters that no table has */
    if (again.n_rows != t->n_rows || again.n_columns != t->n_columns)
        abort();
    for (int i = 0; i < t->n_rows; i++)
        for (int k = 0; k < t->n_columns; k++)
            if (strcmp(again.rows[i].cells[k], t->rows[i].cells[k]) != 0)
                abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct csv_table t;
    arena_init(&a, 64 * 1024 * 1024);
    if (csv_read(&a, (struct bytes){data, size}, &t) == RC_OK) {
        for (int i = 0; i < t.n_rows; i++)
            for (int k = 0; k < t.n_columns; k++)
                if (!utf8_is_valid(t.rows[i].cells[k], strlen(t.rows[i].cells[k])))
                    abort();
        check_round_trip(&a, &t);
    }
    for (int i = 0; i < t.info.problems.n; i++)
        (void)problem_sentence(t.info.problems.list[i].reason);
    arena_wipe(&a);
    return 0;
}

/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_exported.c - of every table it is said what an export does with it, before one is made; and
 * of every column how it is read. */
#include "domains/domains.h"
#include "exports_private.h"
#include "support.h"

static struct world w;

static int open_world(void **state)
{
    (void)state;
    return world_open_list(&w, domains);
}

static const struct table_spec *spec_of(const char *table)
{
    for (int i = 0; i < n_exported; i++)
        if (strcmp(exported[i].table, table) == 0)
            return &exported[i];
    return NULL;
}

static void tables(const struct dump_table **ret, int *ret_n)
{
    OK(db_begin_read(w.cx.db));
    OK(db_dump_tables(w.cx.db, &w.arena, ret, ret_n));
    db_end_read(w.cx.db);
}

static void every_table_is_exported_or_stays_at_home(void **state)
{
    (void)state;
    const struct dump_table *t;
    int n;
    tables(&t, &n);
    for (int i = 0; i < n; i++) {
        bool is_model = strcmp(t[i].name, "example") == 0; /* no part of the program */
        bool is_exported = spec_of(t[i].name) != NULL;
        if (!is_model && is_exported == stays_at_home(t[i].name))
            fail_msg("src/domains/exports/tables.c: is the table %s exported[] or at_home[]?",
                     t[i].name);
    }
}

static void every_column_is_read_or_left_out(void **state)
{
    (void)state;
    const struct dump_table *t;
    int n, n_seen = 0;
    tables(&t, &n);
    for (int i = 0; i < n; i++) {
        const struct table_spec *s = spec_of(t[i].name);
        struct columns *cols = arena_new(&w.arena, struct columns);
        if (s == NULL)
            continue;
        if (columns_of(&w.arena, s, &t[i], false, cols) != RC_OK)
            fail_msg("src/domains/exports/tables.c: how is each column of %s read?", s->table);
        n_seen++;
    }
    assert_int_equal(n_seen, n_exported); /* and none is named that is no longer there */
}

int main(void)
{
    const struct CMUnitTest t[] = {
        ALONE(every_table_is_exported_or_stays_at_home),
        ALONE(every_column_is_read_or_left_out),
    };
    return cmocka_run_group_tests(t, NULL, NULL);
}

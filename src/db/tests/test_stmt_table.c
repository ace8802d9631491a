/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_stmt_table.c - each text finds its own slot, also after growing. */
#include "db/stmt_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void each_address_keeps_its_slot_while_the_table_grows(void **state)
{
    (void)state;
    static char texts[1000];
    struct stmt_table t = {0};
    for (size_t i = 0; i < N_ELEMS(texts); i++) {
        struct stmt_slot *s = stmt_table_at(&t, &texts[i]);
        assert_null(s->prepared);
        s->prepared = &texts[i];
    }
    assert_int_equal(t.n, N_ELEMS(texts));
    for (size_t i = 0; i < N_ELEMS(texts); i++)
        assert_ptr_equal(stmt_table_at(&t, &texts[i])->prepared, &texts[i]);
    assert_int_equal(t.n, N_ELEMS(texts));
    stmt_table_done(&t);
    assert_int_equal(t.n, 0);
    assert_null(stmt_table_at(&t, texts)->prepared);
    stmt_table_done(&t);
}

int main(void)
{
    const struct CMUnitTest cases[] = {
        cmocka_unit_test(each_address_keeps_its_slot_while_the_table_grows),
    };
    return cmocka_run_group_tests_name("stmt_table", cases, NULL, NULL);
}

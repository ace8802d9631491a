/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_catalogue_embedded.c - what po/ embeds opens, and is Spanish. */
#include "text/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static void spanish_is_embedded(void **state UNUSED)
{
    assert_int_equal(n_embedded_mos, 1);
    assert_string_equal(catalogue_language(catalogue_get("es")), "es");
    assert_string_equal(catalogue_language(catalogue_get("en")), "en");
    assert_ptr_not_equal(catalogue_get("es"), catalogue_get("en"));
    assert_string_equal(tr(catalogue_get("es"), "not a text"), "not a text");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(spanish_is_embedded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

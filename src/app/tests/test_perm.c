/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_perm.c - the table of roles and permissions, against the whole of it written out once more.
 */
#include "app/perm.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void each_role_has_what_it_needs_and_no_more(void **state UNUSED)
{
    static const struct {
        enum perm perm;
        const char *name, *who;
    } matrix[] = {
        {PERM_UNSET, "unset", ""},
        {PERM_PUBLIC, "public", "OCRBSPAXY"},
        {PERM_SIGNED_IN, "signed_in", "OCRBSPA"},
        {PERM_PRACTICE_READ, "practice_read", "OCRBSPA"},
        {PERM_PRACTICE_SETTINGS, "practice_settings", "OBA"},
        {PERM_PRACTICE_WRITE, "practice_write", "OA"},
        {PERM_STAFF_WRITE, "staff_write", "OA"},
        {PERM_CLIENT_READ, "client_read", "OCRBSP"},
        {PERM_CLIENT_WRITE, "client_write", "OCR"},
        {PERM_AGENDA_READ, "agenda_read", "OCR"},
        {PERM_AGENDA_WRITE, "agenda_write", "OCR"},
        {PERM_CLINICAL_READ, "clinical_read", "CS"},
        {PERM_CLINICAL_WRITE, "clinical_write", "C"},
        {PERM_TASK_READ, "task_read", "OCRBSPA"},
        {PERM_TASK_WRITE, "task_write", "OCRBSPA"},
        {PERM_MONEY_READ, "money_read", "OCB"},
        {PERM_MONEY_WRITE, "money_write", "OCB"},
        {PERM_IMPORT, "import", "O"},
        {PERM_TEAM, "team", "OCP"},
        {PERM_WALL, "wall", "OP"},
        {PERM_EMERGENCY, "emergency", "C"},
        {PERM_BLOCK, "block", "P"},
        {PERM_AUDIT, "audit", "OP"},
        {PERM_EXPORT, "export", "OC"},
        {PERM_KEYS, "keys", "O"},
    };
    assert_int_equal(N_ELEMS(matrix), PERM_N_);
    for (size_t i = 0; i < N_ELEMS(matrix); i++) {
        assert_int_equal(matrix[i].perm, i);
        assert_string_equal(perm_name(matrix[i].perm), matrix[i].name);
        for (int r = 0; r < 9; r++)
            if (perm_has(1u << r, matrix[i].perm) !=
                (strchr(matrix[i].who, "OCRBSPAXY"[r]) != NULL))
                fail_msg("%s for role %c", matrix[i].name, "OCRBSPAXY"[r]);
    }
}

static void without_a_role_only_public_pages_open(void **state UNUSED)
{
    for (enum perm p = PERM_UNSET; p < PERM_N_; p++)
        assert_int_equal(perm_has(0, p), p == PERM_PUBLIC);
}

static void roles_add_up(void **state UNUSED)
{
    assert_false(perm_has(ROLE_OWNER | ROLE_BILLING, PERM_CLINICAL_READ));
    assert_true(perm_has(ROLE_OWNER | ROLE_CLINICIAN, PERM_CLINICAL_READ));
    assert_true(perm_has(ROLE_RECEPTION | ROLE_BILLING, PERM_MONEY_WRITE));
    for (enum perm p = PERM_PUBLIC; p < PERM_N_; p++)
        assert_true(perm_has(ROLE_ALL, p));
}

static void what_is_no_permission_is_nobodys(void **state UNUSED)
{
    assert_false(perm_has(ROLE_ALL, PERM_UNSET));
    assert_false(perm_has(ROLE_ALL, PERM_N_));
    assert_string_equal(perm_name(PERM_N_), "unset");
}

static void roles_are_read_and_written(void **state UNUSED)
{
    struct arena a;
    arena_init(&a, 1 << 20);
    for (unsigned roles = 1; roles < 2 * ROLE_PROXY; roles++) {
        unsigned back = 0;
        assert_true(role_parse(role_names(&a, roles), &back));
        assert_int_equal(back, roles);
    }
    assert_string_equal(role_names(&a, ROLE_OWNER | ROLE_BILLING), "owner,billing");
    assert_string_equal(role_names(&a, 0), "");
    arena_wipe(&a);
}

static void unknown_roles_are_refused(void **state UNUSED)
{
    static const char *const bad[] = {"",       ",",     "owner,",         ",owner", "own",
                                      "owners", "Owner", "owner, billing", "root"};
    unsigned roles = 77;
    for (size_t i = 0; i < N_ELEMS(bad); i++)
        assert_false(role_parse(bad[i], &roles));
    assert_int_equal(roles, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_role_has_what_it_needs_and_no_more),
        cmocka_unit_test(without_a_role_only_public_pages_open),
        cmocka_unit_test(roles_add_up),
        cmocka_unit_test(what_is_no_permission_is_nobodys),
        cmocka_unit_test(roles_are_read_and_written),
        cmocka_unit_test(unknown_roles_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

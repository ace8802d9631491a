/* SPDX-License-Identifier: AGPL-3.0-or-later
 * test_authorize.c - the one decision, against the table written out once more, over every role,
 * relation, action and purpose; and each condition by itself turns a yes into its own no. */
#include "app/authorize.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char letters[] = "OCRBSPAXY"; /* of the roles, by bit */

/* Of every client: whose role suffices. Of the own: what a clinician must be to the client: treats,
 * team, emergency; and whether supervising does. What for: care, office, billing, oversight. */
static const struct {
    enum action action;
    const char *anyone, *relations, *purposes;
    bool of_blocked; /* the privacy officer's also while it is blocked */
} want[] = {
    {ACT_KNOW, "ORBP", "tmes", "cobv", true}, {ACT_CONTACT, "ORP", "tme", "cov", true},
    {ACT_CHANGE, "OR", "tm", "co", false},    {ACT_AGENDA, "OR", "tm", "co", false},
    {ACT_READ_NOTES, "", "tmes", "c", false}, {ACT_WRITE_NOTES, "", "tm", "c", false},
    {ACT_PRIVATE, "", "tm", "c", false},      {ACT_EXPORT, "", "tm", "c", false},
    {ACT_EMERGENCY, "C", "", "c", false},     {ACT_MONEY, "OB", "t", "cb", false},
    {ACT_SEE_TEAM, "OP", "tm", "cv", true},   {ACT_TEAM, "O", "t", "cv", false},
    {ACT_WALL, "OP", "", "v", true},          {ACT_BLOCK, "P", "", "v", true},
};

static bool has(const char *set, char c)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* The same question, asked of the table above. */
static bool is_wanted(size_t row, unsigned role, unsigned relations, enum purpose purpose)
{
    static const char relation[] = "tms?e";
    bool yes = false;
    for (int r = 0; r < 9; r++)
        yes |= (role & 1u << r) != 0 && has(want[row].anyone, letters[r]);
    for (int k = 0; k < 5; k++) {
        if ((relations & 1u << k) == 0 || !has(want[row].relations, relation[k]))
            continue;
        yes |= (role & ROLE_CLINICIAN) != 0;
        yes |= (role & ROLE_SUPERVISOR) != 0 && relation[k] == 's';
    }
    return yes && has(want[row].purposes, "?cobv"[purpose]);
}

static struct access asking(size_t row, unsigned role, unsigned relations, enum purpose purpose)
{
    return (struct access){.practice = 1,
                           .roles = role,
                           .action = want[row].action,
                           .purpose = purpose,
                           .is_author = true,
                           .is_fresh = true,
                           .facts = {.practice = 1, .relations = relations}};
}

static void every_role_relation_action_and_purpose_is_decided_as_written(void **state UNUSED)
{
    int n = 0;
    assert_int_equal(N_ELEMS(want), ACT_N_ - 1);
    for (size_t row = 0; row < N_ELEMS(want); row++)
        for (unsigned roles = 0; roles < 512; roles++)
            for (unsigned relations = 0; relations < 32; relations++)
                for (enum purpose p = PURPOSE_UNSET; p < PURPOSE_N_; p++, n++) {
                    struct access a = asking(row, roles, relations, p);
                    if ((access_decide(&a) == GRANTED) != is_wanted(row, roles, relations, p))
                        fail_msg("action %d, roles %u, relations %u, purpose %d", want[row].action,
                                 roles, relations, p);
                }
    assert_true(n > 500000);
}

/* The purpose that suits the row. */
static enum purpose suiting(size_t row)
{
    return (enum purpose)(strchr("?cobv", want[row].purposes[0]) - "?cobv");
}

static bool wants_factor(enum action action)
{
    return action == ACT_EXPORT || action == ACT_EMERGENCY;
}

/* From a yes, one condition is turned at a time, and the answer names it. */
static void each_condition_alone_refuses(void **state UNUSED)
{
    for (size_t row = 0; row < N_ELEMS(want); row++) {
        bool has_team = want[row].relations[0] != '\0';
        bool is_officers = !has_team && has(want[row].anyone, 'P');
        unsigned role = is_officers ? ROLE_PRIVACY : ROLE_CLINICIAN;
        const struct access yes = asking(row, role, has_team ? REL_TREATING : 0, suiting(row));
        struct access a = yes;
        assert_int_equal(access_decide(&a), GRANTED);
        a = yes, a.facts.practice = 2;
        assert_int_equal(access_decide(&a), NO_TENANT);
        a = yes, a.facts.practice = 0, a.practice = 0; /* absent is nobody's, also of no practice */
        assert_int_equal(access_decide(&a), NO_TENANT);
        a = yes, a.facts.is_walled = true;
        assert_int_equal(access_decide(&a), NO_WALL);
        a = yes, a.is_fresh = false;
        assert_int_equal(access_decide(&a), wants_factor(want[row].action) ? NO_FACTOR : GRANTED);
        a.facts.is_walled = true; /* who may not is not asked for one */
        assert_int_equal(access_decide(&a), NO_WALL);
        a = yes, a.purpose = PURPOSE_UNSET;
        assert_int_equal(access_decide(&a), NO_PURPOSE);
        a = yes, a.roles = 0;
        assert_int_equal(access_decide(&a), NO_TEAM);
        a = yes, a.is_author = false;
        assert_int_equal(access_decide(&a),
                         want[row].action == ACT_PRIVATE ? NO_SENSITIVITY : GRANTED);
        a = yes, a.facts.is_blocked = true;
        assert_int_equal(access_decide(&a),
                         role == ROLE_PRIVACY && want[row].of_blocked ? GRANTED : NO_OBJECT);
        a = yes, a.action = ACT_UNSET;
        assert_int_equal(access_decide(&a), NO_ROLE);
        a = yes, a.action = ACT_N_;
        assert_int_equal(access_decide(&a), NO_ROLE);
    }
}

static void a_blocked_record_is_seen_by_the_privacy_officer_alone(void **state UNUSED)
{
    for (size_t row = 0; row < N_ELEMS(want); row++)
        for (int r = 0; r < 9; r++) {
            struct access a = asking(row, 1u << r, REL_TREATING | REL_TEAM, suiting(row));
            a.facts.is_blocked = true;
            bool may = letters[r] == 'P' && want[row].of_blocked && has(want[row].anyone, 'P');
            assert_int_equal(access_decide(&a) == GRANTED, may);
        }
}

static void the_wall_stands_before_every_role(void **state UNUSED)
{
    for (size_t row = 0; row < N_ELEMS(want); row++)
        for (unsigned roles = 0; roles < 512; roles++) {
            struct access a = asking(row, roles, REL_TREATING | REL_EMERGENCY, suiting(row));
            a.facts.is_walled = true;
            assert_int_equal(access_decide(&a), NO_WALL);
        }
}

static void the_program_works_in_its_own_practice_only(void **state UNUSED)
{
    struct access a = asking(0, ROLE_ALL, 0, PURPOSE_UNSET);
    a.is_program = true;
    a.facts.is_blocked = a.facts.is_walled = true;
    assert_int_equal(access_decide(&a), GRANTED);
    a.facts.practice = 2;
    assert_int_equal(access_decide(&a), NO_TENANT);
}

static void nothing_to_the_client_and_not_enough_are_told_apart_here_only(void **state UNUSED)
{
    struct access a = asking(5, ROLE_CLINICIAN, REL_EMERGENCY, PURPOSE_CARE); /* writing notes */
    assert_int_equal(access_decide(&a), NO_ROLE);
    a.facts.relations = 0;
    assert_int_equal(access_decide(&a), NO_TEAM);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_role_relation_action_and_purpose_is_decided_as_written),
        cmocka_unit_test(each_condition_alone_refuses),
        cmocka_unit_test(a_blocked_record_is_seen_by_the_privacy_officer_alone),
        cmocka_unit_test(the_wall_stands_before_every_role),
        cmocka_unit_test(the_program_works_in_its_own_practice_only),
        cmocka_unit_test(nothing_to_the_client_and_not_enough_are_told_apart_here_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

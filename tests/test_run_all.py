#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What run_all.py makes of the output of test programs."""
import json
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
from run_all import Tally, add_meson_result  # noqa: E402

GOOD = """[==========] Running 2 test(s).
[ RUN      ] zone_of_madrid_changes_in_march
[       OK ] zone_of_madrid_changes_in_march
[ RUN      ] needs_a_vector_file
[  SKIPPED ] needs_a_vector_file
[==========] 2 test(s) run.
[  PASSED  ] 1 test(s).
"""
BAD = """[       OK ] one_holds
[  ERROR   ] --- 1 != 2
[  FAILED  ] two_does_not
[==========] 2 test(s) run.
[  PASSED  ] 1 test(s).
[  FAILED  ] 1 test(s), listed below:
[  FAILED  ] two_does_not

 1 FAILED TEST(S)
"""


def tally_of(result, stdout="", stderr=""):
    tally = Tally()
    add_meson_result(tally, json.dumps(
        {"name": "test_x", "result": result, "stdout": stdout, "stderr": stderr}))
    return tally.passed, tally.failed, tally.skipped


class AddMesonResult(unittest.TestCase):
    def test_each_cmocka_function_counts(self):
        self.assertEqual(tally_of("OK", stderr=GOOD), (1, 0, 1))

    def test_a_failed_function_counts_once(self):
        self.assertEqual(tally_of("FAIL", stderr=BAD), (1, 1, 0))

    def test_a_crash_after_good_functions_is_a_failure(self):
        self.assertEqual(tally_of("FAIL", "[       OK ] a\n[       OK ] b\n[ RUN      ] c\n"),
                         (2, 1, 0))

    def test_a_leak_found_at_the_end_is_a_failure(self):
        self.assertEqual(tally_of("FAIL", stderr=GOOD + "ERROR: LeakSanitizer"), (1, 1, 1))

    def test_python_tests_count_by_their_number(self):
        self.assertEqual(tally_of("OK", stderr="Ran 6 tests in 0.1s\n\nOK\n"), (6, 0, 0))

    def test_a_program_that_says_nothing_counts_one(self):
        self.assertEqual(tally_of("OK"), (1, 0, 0))
        self.assertEqual(tally_of("TIMEOUT"), (0, 1, 0))

    def test_a_skipped_program_is_neither(self):
        self.assertEqual(tally_of("SKIP"), (0, 0, 1))


if __name__ == "__main__":
    unittest.main()

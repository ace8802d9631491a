#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""check_style.py on small files."""
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from check_style import check  # noqa: E402

HEAD = "/* SPDX-License-Identifier: AGPL-3.0-or-later */\n"


def function(n):
    return "int f(void)\n{\n" + "    x();\n" * n + "}\n"


class Style(unittest.TestCase):
    def lines(self, text, name="x.c"):
        return [n for n, _ in check(name, text)]

    def test_good_code_passes(self):
        self.assertEqual(self.lines(HEAD + function(60) + "/* see https://example.org */\n"), [])

    def test_long_functions_and_files_are_found(self):
        self.assertEqual(self.lines(HEAD + function(61)), [3])
        self.assertEqual(self.lines(HEAD + "int x;\n" * 800), [800])

    def test_a_file_without_licence_is_found(self):
        self.assertEqual(self.lines("int x;\n"), [1])
        self.assertEqual(self.lines("SELECT 1;\n", "x.sql"), [])

    def test_what_is_left_to_do_has_a_number(self):
        self.assertEqual(self.lines(HEAD + "/* TO" "DO: this */\n/* TODO #12: that */\n"), [2])

    def test_words_in_strings_are_no_code(self):
        self.assertEqual(self.lines(HEAD + 'f("http://a", "goto");\n'), [])
        self.assertEqual(self.lines(HEAD + "f('\"'); /* \" */ g(\"//\");\n"), [])

    def test_what_is_cleaned_up_begins_with_a_value(self):
        self.assertEqual(self.lines(HEAD + "CLEANUP(wipe) struct a a;\n_cleanup_tx_ struct t t = {0};\n_cleanup_x_ struct x x;\n"), [2, 4])

    def test_goto_and_other_comments_are_found(self):
        self.assertEqual(self.lines(HEAD + "goto end; // why\n"), [2, 2])

    def test_blanks_at_the_end_are_found(self):
        self.assertEqual(self.lines(HEAD + "int x; \n"), [2])


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What embed_migrations.py makes of migrations, and what it refuses."""
import os
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import embed_migrations as em  # noqa: E402


class Migrations(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def file(self, name, sql="SELECT 1;\n", sub=""):
        folder = os.path.join(self.folder.name, sub)
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, name), "w", encoding="utf-8", newline="") as f:
            f.write(sql)
        return f.name

    def test_they_are_sorted_by_number(self):
        found = em.read([self.file("0020_b.sql"), self.file("0003_a.sql", "SELECT 2;")])
        self.assertEqual(found, [(3, "0003_a", "SELECT 2;"), (20, "0020_b", "SELECT 1;\n")])

    def test_text_is_escaped(self):
        c = em.to_c([(1, "0001_a", 'SELECT "a\\b";\n\tSELECT 2')])
        self.assertIn('{1, "0001_a",\n     "SELECT \\"a\\\\b\\";\\n"\n     "\\tSELECT 2",', c)
        self.assertIn("const int n_migrations = 1;", c)

    def test_the_checksum_is_fnv_1a(self):  # Source: the authors' test vectors
        self.assertEqual(em.fnv1a(b""), 0xCBF29CE484222325)
        self.assertEqual(em.fnv1a(b"foobar"), 0x85944171F73967E8)

    def test_bad_names_are_refused(self):
        for name in ["1_a.sql", "0001.sql", "0001_A.sql", "00001_a.sql", "0001_a.txt", "0000_a.sql", "0001_a b.sql"]:
            with self.assertRaises(em.Refused, msg=name):
                em.read([self.file(name)])

    def test_a_number_used_twice_is_refused(self):
        with self.assertRaises(em.Refused):
            em.read([self.file("0001_a.sql"), self.file("0001_b.sql", sub="other")])

    def test_bad_text_is_refused(self):
        for sql in ["CREATE TABLE t (a @int@);", "-- only: mysql\n", "  -- only: sqlite\n", "-- only sqlite\n",
                    "BEGIN;\n", "  commit ;", "ROLLBACK;", "BEGIN IMMEDIATE;"]:
            with self.assertRaises(em.Refused, msg=sql):
                em.read([self.file("0001_a.sql", sql)])

    def test_triggers_and_tokens_pass(self):
        em.read([self.file("0001_a.sql", "CREATE TABLE t (a @i64@, b @blob@, c @serial@) @strict@;\n-- only: sqlite\n"
                           "CREATE TRIGGER x BEFORE INSERT ON t BEGIN\n    SELECT 1;\nEND;\n"
                           "CREATE TRIGGER y BEFORE INSERT ON t\nBEGIN SELECT 1; END;\n-- only: both\n")])


if __name__ == "__main__":
    unittest.main()

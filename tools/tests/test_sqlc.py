#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What sqlc.py makes of statements, and what it refuses."""
import os
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TOOLS)
import sqlc  # noqa: E402


def made(text):
    return sqlc.to_c("things.sql", sqlc.parse(text.split("\n")))


def one(text):
    """(parameters, writes, [sqlite, pgsql]) of a single statement."""
    (variants,) = sqlc.parse(text.split("\n")).values()
    return sqlc.statement(variants)


class Made(unittest.TestCase):
    def test_parameters_are_numbered_by_first_use(self):
        params, writes, texts = one("-- name: x\nSELECT a FROM t\n WHERE b = :b -- why\n AND c = :c AND d = :b;")
        self.assertEqual(params, ["b", "c"])
        self.assertFalse(writes)
        self.assertEqual(texts, ["SELECT a FROM t WHERE b = ?1 AND c = ?2 AND d = ?1",
                                 "SELECT a FROM t WHERE b = $1 AND c = $2 AND d = $1"])

    def test_a_twin_overrides_one_database_with_the_same_numbers(self):
        params, _, texts = one("-- name: x\nSELECT :a, :b\n-- name: x pgsql\nSELECT :b::bigint, :a::text")
        self.assertEqual(params, ["a", "b"])
        self.assertEqual(texts, ["SELECT ?1, ?2", "SELECT $2::bigint, $1::text"])
        _, _, texts = one("-- name: x sqlite\nSELECT :a\n-- name: x pgsql\nSELECT 1 + :a")
        self.assertEqual(texts, ["SELECT ?1", "SELECT 1 + $1"])
        _, _, texts = one("-- name: x\nSELECT 1\n-- name: x sqlite\nSELECT 2")
        self.assertEqual(texts, ["SELECT 2", "SELECT 1"])

    def test_writes_are_found_wherever_they_stand(self):
        for text, expected in [
                ("INSERT INTO t VALUES (1)", True), ("update t SET a = 1", True), ("DELETE FROM t", True),
                ("WITH x AS (SELECT 1) INSERT INTO t SELECT 1 FROM x", True),
                ("WITH x AS (DELETE FROM t RETURNING a) SELECT a FROM x", True),
                ("WITH x AS (SELECT 1) SELECT 1 FROM x", False),
                ("SELECT a FROM t FOR UPDATE", False), ("SELECT a FROM t FOR UPDATE SKIP LOCKED", False),
                ("SELECT last_update, deleted FROM inserts", False)]:
            self.assertEqual(one(f"-- name: x\n{text}")[1], expected, text)

    def test_the_header_has_constants_and_an_array(self):
        c = made('-- name: x_list\nSELECT "a" FROM t;\n-- name: x_add\nINSERT INTO t (a) VALUES (:one);\n')
        self.assertIn("/* no parameters */\nstatic const struct db_stmt SQL_X_LIST __attribute__((unused)) = {\n"
                      '    "x_list", 0, false,\n    {"SELECT \\"a\\" FROM t",\n', c)
        self.assertIn('/* 1 one */\nstatic const struct db_stmt SQL_X_ADD __attribute__((unused)) = {\n'
                      '    "x_add", 1, true,', c)
        self.assertIn("static const struct db_stmt *const THINGS_STATEMENTS[] __attribute__((unused)) = {\n"
                      "    &SQL_X_LIST,\n    &SQL_X_ADD,\n};\n", c)


class Refused(unittest.TestCase):
    def test_what_would_be_dangerous_or_wrong(self):
        for text in [
                "SELECT 1",                                            # before a name
                "-- name: X\nSELECT 1", "-- name: x mysql\nSELECT 1", "-- name:\nSELECT 1",
                "-- name: x\nSELECT 1\n-- name: x\nSELECT 2",          # twice
                "-- name: x\nSELECT 1\n-- name: x pgsql\nSELECT 2\n-- name: x sqlite\nSELECT 3",
                "-- name: x pgsql\nSELECT 1",                          # nothing for SQLite
                "-- name: x\n", "-- name: x\n-- only a comment",
                "-- name: x\nSELECT 'a'", "-- name: x\nSELECT a || b FROM t",
                "-- name: x\nSELECT 1; SELECT 2", "-- name: x\nSELECT /* y */ 1",
                "-- name: x\nSELECT ?1", "-- name: x\nSELECT $1", "-- name: x\nSELECT :Name",
                "-- name: x\nSELECT a::bigint FROM t",                 # SQLite has no ::
                "-- name: x\nDROP TABLE t", "-- name: x\nPRAGMA foreign_keys", "-- name: x\nREPLACE INTO t VALUES (1)",
                "-- name: x\nSELECT :a\n-- name: x pgsql\nSELECT :b",  # other parameters
                "-- name: x\nSELECT :a\n-- name: x pgsql\nSELECT 1",
                "-- name: x\nSELECT 1\n-- name: x pgsql\nDELETE FROM t",
                "-- name: x\nSELECT " + ", ".join(f":p{i}" for i in range(65))]:
            with self.assertRaises(sqlc.Refused, msg=text):
                made(text)

    def test_the_command_names_file_and_statement_and_writes_nothing(self):
        with tempfile.TemporaryDirectory() as folder:
            source, target = os.path.join(folder, "bad.sql"), os.path.join(folder, "out.h")
            for text in ["-- name: oops\nSELECT 'a'\n", ""]:
                with open(source, "w", encoding="utf-8") as f:
                    f.write(text)
                run = subprocess.run([sys.executable, os.path.join(TOOLS, "sqlc.py"), source, target],
                                     capture_output=True, text=True, check=False)
                self.assertEqual(run.returncode, 1)
                self.assertIn("bad.sql: oops: " if text else "bad.sql: 1: ", run.stderr)
                self.assertFalse(os.path.exists(target))


if __name__ == "__main__":
    unittest.main()

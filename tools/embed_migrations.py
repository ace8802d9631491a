#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Migrations to C. Usage: embed_migrations.py OUT.c FILE.sql...

Defines migrations[] and n_migrations of db/migrate.h, by number ascending. Refuses what would
go wrong later: names that are not NNNN_name.sql, a number used twice, unknown tokens, unknown
engines, text that ends the transaction it runs in."""
import os
import re
import sys

TOKENS = {"@i64@", "@blob@", "@serial@", "@strict@", "@strict_key@"}
# but not the BEGIN of a trigger, which goes on
TRANSACTION = re.compile(r"\s*(BEGIN(\s+(TRANSACTION|WORK|DEFERRED|IMMEDIATE|EXCLUSIVE)\b[^;]*)?\s*;|COMMIT\b|ROLLBACK\b)",
                         re.IGNORECASE)


class Refused(Exception):
    pass


def check(name, sql):
    for token in re.findall(r"@\w+@", sql):
        if token not in TOKENS:
            raise Refused(f"{name}: unknown token {token}")
    for line in sql.split("\n"):
        mark = re.match(r"\s*--\s*only\b(.*)", line, re.IGNORECASE)
        if mark and not re.fullmatch(r"-- only: (sqlite|pgsql|both)", line):
            raise Refused(f"{name}: not '-- only: sqlite|pgsql|both': {line}")
        if TRANSACTION.match(line):
            raise Refused(f"{name}: a migration runs in one transaction: {line}")
    if "\0" in sql:
        raise Refused(f"{name}: holds a NUL")


def read(paths):
    """[(number, name, sql)], ascending."""
    found = {}
    for path in paths:
        file = os.path.basename(path)
        m = re.fullmatch(r"((\d{4})_[a-z0-9_]+)\.sql", file)
        if not m or int(m.group(2)) == 0:
            raise Refused(f"{file}: a migration is named NNNN_name.sql")
        number = int(m.group(2))
        if number in found:
            raise Refused(f"{file}: number {m.group(2)} is that of {found[number][0]}.sql")
        with open(path, encoding="utf-8", newline="") as f:
            sql = f.read()
        check(file, sql)
        found[number] = (m.group(1), sql)
    return [(number, *found[number]) for number in sorted(found)]


def fnv1a(data):
    h = 0xCBF29CE484222325
    for byte in data:
        h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


def c_string(text):
    def one(line):
        escaped = line.replace("\\", "\\\\").replace('"', '\\"').replace("\t", "\\t")
        return '"' + escaped.replace("\r", "\\r").replace("\n", "\\n") + '"'

    return "\n     ".join(one(line) for line in text.splitlines(keepends=True)) or '""'


def to_c(migrations):
    rows = "".join(
        f'    {{{number}, "{name}",\n     {c_string(sql)},\n'
        f'     UINT64_C(0x{fnv1a(sql.encode()):016x})}},\n'
        for number, name, sql in migrations)
    return ("/* made by tools/embed_migrations.py; do not edit */\n"
            '#include "db/migrate.h"\n'
            f"const struct migration migrations[] = {{\n{rows or '    {0}'}}};\n"
            f"const int n_migrations = {len(migrations)};\n")


def main(out, *paths):
    try:
        text = to_c(read(paths))
    except Refused as e:
        sys.exit(str(e))
    with open(out, "w", encoding="utf-8") as f:
        f.write(text)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])

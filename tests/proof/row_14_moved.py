# SPDX-License-Identifier: AGPL-3.0-or-later
"""Cut and paste in the database: sealed values of every table and column, each put in the place of others (another
row, column, client, class, table, or an older version of the same row) while the server runs: none opens there.
src/seal/tests/test_seal.c does it for each part of a place alone, and for other practices.

Positive control: without the binding to a place (SEEDED_BUG=unbound) a client's record shows somebody else."""
import re, sqlite3, unittest

import practice
from practice import Practice

EACH = 9  # rows of a column whose values are taken
READERS = {  # table -> where its row is read
    "client": "/clients/{id}",
    "note": "/notes/{id}",
    "task": "/tasks/{id}",
    "appointment": "/appointments/{id}",
    "invoice": "/invoices/{id}",
    "charge": "/clients/{client_id}/money",
    "person": "/practice/staff/{id}",
}


class Moved(unittest.TestCase):
    def practice(self, bug=""):
        p = Practice(bug=bug, demo=("--clients", "8", "--years", "1", "--clinicians", "1"))
        self.addCleanup(p.done)
        p.start("--clients-per-hour", "0")
        self.token = p.token()
        self.db = sqlite3.connect(f"{p.dir}/db", isolation_level=None, timeout=30)
        self.db.row_factory = sqlite3.Row
        self.addCleanup(self.db.close)
        return p

    def columns(self):
        """(table, column) of every sealed column."""
        for (table,) in self.db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for row in self.db.execute(f"PRAGMA table_info({table})").fetchall():
                if row["name"].startswith("sealed_"):
                    yield table, row["name"]

    def put(self, table, column, rowid, value):
        """What a thief of the database may do: signed rows are fixed by triggers, until these are away."""
        triggers = self.db.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = ?",
                                   (table,)).fetchall()
        self.db.execute("BEGIN IMMEDIATE")
        for t in triggers:
            self.db.execute(f"DROP TRIGGER {t['name']}")
        self.db.execute(f"UPDATE {table} SET {column} = ? WHERE rowid = ?", (value, rowid))
        for t in triggers:
            self.db.execute(t["sql"])
        self.db.execute("COMMIT")

    def places(self):
        """(table, column, row) with a value."""
        for table, column in self.columns():
            for row in self.db.execute(f"SELECT rowid AS at, * FROM {table} WHERE {column} IS NOT NULL"
                                       f" ORDER BY rowid LIMIT {EACH}").fetchall():
                yield table, column, row

    def path(self, table, row):
        return re.sub(r"\{(\w+)\}", lambda m: row[m.group(1)], READERS[table])

    def move(self, p, targets, sources):
        """(pairs that were tried, pairs that opened)."""
        n, opened = 0, []
        for table, column, row in targets:
            path, own = self.path(table, row), row[column]
            self.put(table, column, row["at"], own[:-1] + bytes([own[-1] ^ 1]))
            is_read = p.call("GET", path, token=self.token)[0] == 500
            self.put(table, column, row["at"], own)
            if not is_read or p.call("GET", path, token=self.token)[0] != 200:
                continue  # not a page of this role, or it does not show this row
            for from_table, from_column, other in sources:
                if other[from_column] == own:
                    continue
                self.put(table, column, row["at"], other[from_column])
                status, said = p.call("GET", path, token=self.token)
                n += 1
                if status != 500:
                    opened.append((table, from_table, from_column, status, str(said)[:200]))
            self.put(table, column, row["at"], own)
            self.assertEqual(p.call("GET", path, token=self.token)[0], 200, path)
        return n, opened

    def test_no_value_opens_in_another_place(self):
        p = self.practice()
        every = list(self.places())
        self.assertGreaterEqual(len(every), 40)
        targets = [place for place in every if place[0] in READERS]
        seen = {}
        for place in targets:  # two rows of each kind are read
            seen.setdefault(place[0], []).append(place)
        targets = [place for some in seen.values() for place in (some if practice.NIGHT else some[:2])]
        n, opened = self.move(p, targets, every)
        self.assertEqual(opened, [])
        self.assertGreater(n, 250)
        self.said = [f"{n} pairs of {len(every)} places of {len(set(t for t, _, _ in every))} tables, 0 open"]

    def test_an_older_version_does_not_open(self):
        p = self.practice()
        table, column, row = next(place for place in self.places() if place[0] == "client")
        old = p.call("GET", f"/clients/{row['id']}", token=self.token)[1]
        body = {"given_name": "Kim", "family_name": "Later", "version": old["version"]}
        status, said = p.call("POST", f"/clients/{row['id']}/edit", body, self.token)
        self.assertEqual(status, 200, said)
        self.put(table, column, row["at"], row[column])
        self.assertEqual(p.call("GET", f"/clients/{row['id']}", token=self.token)[0], 500)

    def test_values_that_are_not_bound_are_caught(self):
        p = self.practice("unbound")
        clients = [place for place in self.places() if place[0] in ("client", "person")]
        n, opened = self.move(p, [c for c in clients if c[0] == "person"][:1], clients)
        self.assertGreater(len(opened), 0, f"{n} pairs")

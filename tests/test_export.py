#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""An export as a stranger finds it, with docs/export-format.md and no code of ours.

    tests/test_export.py build/entracte build/entracte-verify"""
import csv, hashlib, json, os, shutil, subprocess, sys, tempfile, unittest

PROGRAM = VERIFY = None
HERE = os.path.dirname(os.path.abspath(__file__))
HAS_PG = os.path.exists("/usr/lib/postgresql/15/bin/postgres")


def run(*args, stdin=""):
    return subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, text=True, timeout=120)


class Export(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="entracte-ex-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.chmod(self.dir, 0o755)
        os.mkdir(f"{self.dir}/keys")
        self.where = self.place("old", f"sqlite:{self.dir}/db")

    def place(self, name, db):
        return ["--db", db, "--data", f"{self.dir}/{name}-data", "--key-file", f"{self.dir}/keys/{name}"]

    def ok(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def demo(self):
        self.ok(run("demo", *self.where, "--clients", "12", "--years", "1", "--clinicians", "2"))

    def everything_in(self, folder):
        text = b""
        for at, _, names in os.walk(folder):
            for n in names:
                with open(os.path.join(at, n), "rb") as f:
                    text += f.read()
        return text

    def export(self, name, *more, where=None):
        self.ok(run("export", "--out", f"{self.dir}/{name}", *(where or self.where), *more))
        return f"{self.dir}/{name}"

    def table(self, folder, name):
        with open(f"{folder}/csv/{name}.csv", encoding="utf-8", newline="") as f:
            rows = list(csv.DictReader(f))
        # an apostrophe keeps a spreadsheet from taking a cell for a formula
        return [{k: v[1:] if v[:1] == "'" and v[1:2] in list("=+-@'\t\r") else v for k, v in r.items()} for r in rows]

    def test_the_client_list_is_rebuilt_from_the_table_alone(self):
        self.demo()
        folder = self.export("out")
        clients = self.table(folder, "clients")
        with open(f"{folder}/json/clients.json", encoding="utf-8") as f:
            same = json.load(f)
        self.assertGreater(len(clients), 10)
        self.assertEqual([(c["id"], c["given_name"], c["family_name"]) for c in clients],
                         [(c["id"], c["given_name"], c["family_name"]) for c in same])
        self.assertTrue(all(c["family_name"] for c in clients))
        with open(f"{folder}/index.html", encoding="utf-8") as f:
            index = f.read()
        for c in clients:
            self.assertIn(f"clients/{c['id']}.html", index)
            self.assertIn(c["family_name"], index)
        self.assertNotIn("<script", index)

    def test_the_format_names_every_column(self):
        self.demo()
        folder = self.export("out")
        with open(f"{HERE}/../docs/export-format.md", encoding="utf-8") as f:
            rows = [line.strip().strip("|").split("|") for line in f if line.startswith("| `")]
        named = {name.strip().strip("`"): columns.strip() for name, columns, *_ in rows}
        for name in os.listdir(f"{folder}/csv"):
            with open(f"{folder}/csv/{name}", encoding="utf-8", newline="") as f:
                columns = next(csv.reader(f))
            kind = name.removesuffix(".csv")
            self.assertEqual(named.get(kind), ", ".join(columns), f"docs/export-format.md: {kind}")

    def test_every_file_is_in_the_manifest_with_its_hash(self):
        self.demo()
        folder = self.export("out")
        with open(f"{folder}/manifest.json", encoding="utf-8") as f:
            manifest = json.load(f)
        self.assertEqual((manifest["format"], manifest["version"]), ("entracte-export", 1))
        named = {f["path"]: f for f in manifest["files"]}
        for path, f in named.items():
            with open(f"{folder}/{path}", "rb") as opened:
                self.assertEqual(hashlib.sha256(opened.read()).hexdigest(), f["sha256"], path)
        there = {os.path.relpath(os.path.join(at, n), folder) for at, _, names in os.walk(folder) for n in names}
        loose = {p for p in there - set(named) if not p.startswith("audit/")}
        self.assertEqual(loose, {"manifest.json", "README.txt"})
        for kind, n in manifest["rows"].items():
            if os.path.exists(f"{folder}/csv/{kind}.csv"):
                self.assertEqual(len(self.table(folder, kind)), n, kind)
        self.assertEqual(os.stat(folder).st_mode & 0o777, 0o700)

    def test_the_same_data_have_the_same_hash(self):
        self.demo()
        one, two = self.export("one"), self.export("two")
        self.assertEqual(self.hash_of(one), self.hash_of(two))

    def hash_of(self, folder):
        with open(f"{folder}/manifest.json", encoding="utf-8") as f:
            return json.load(f)["sha256"]

    @unittest.skipUnless(HAS_PG, "PostgreSQL 15 is not installed")
    def test_the_same_hash_comes_out_of_the_other_database(self):
        def cluster(verb):
            return subprocess.run(["sh", f"{HERE}/pgcluster.sh", verb, f"{self.dir}/pg", "--fast"], check=True,
                                  capture_output=True, text=True).stdout.strip().splitlines()
        self.demo()
        self.ok(run("recovery-kit", "--out", f"{self.dir}/kit", *self.where))
        archive = self.ok(run("backup", "--to", self.dir, *self.where))
        url = cluster("start")[-1]
        self.addCleanup(cluster, "stop")
        big = self.place("big", url)
        self.ok(run("restore", archive, "--recovery-kit", f"{self.dir}/kit", *big))
        small = self.place("small", f"sqlite:{self.dir}/small")
        self.ok(run("restore", archive, "--recovery-kit", f"{self.dir}/kit", *small))
        hashes = {self.hash_of(self.export("out-big", where=big)), self.hash_of(self.export("out-small", where=small))}
        self.assertEqual(len(hashes), 1)

    def test_others_check_the_log_that_came_along(self):
        self.demo()
        folder = self.export("out")
        with open(f"{folder}/audit/key.txt", encoding="utf-8") as f:
            key = f.read().strip()
        said = subprocess.run([VERIFY, f"{folder}/audit", "--key", key], capture_output=True, text=True)
        self.assertEqual(said.returncode, 0, said.stdout + said.stderr)
        self.assertIn("good", said.stdout)

    def test_of_one_client_nobody_else_is_named(self):
        self.demo()
        clients = self.table(self.export("all"), "clients")
        mine = clients[0]
        folder = self.export("one", "--client", mine["id"])
        self.assertEqual([c["id"] for c in self.table(folder, "clients")], [mine["id"]])
        text = self.everything_in(folder)
        for other in clients[1:]:
            self.assertNotIn(other["id"].encode(), text)
            if other["email"]:
                self.assertNotIn(other["email"].encode(), text)

    def test_who_leaves_takes_their_own_caseload_and_nobody_elses(self):
        self.demo()
        whole = self.export("all")
        clients, notes = self.table(whole, "clients"), self.table(whole, "notes")
        who = next(c["clinician_id"] for c in clients if c["clinician_id"])
        theirs = {c["id"] for c in clients if c["clinician_id"] == who}
        others = [c for c in clients if c["clinician_id"] != who]
        self.assertTrue(theirs and others)
        folder = self.export("leaves", "--clinician", who)
        with open(f"{folder}/manifest.json", encoding="utf-8") as f:
            manifest = json.load(f)
        self.assertEqual((manifest["client"], manifest["clinician"]), (None, who))
        self.assertEqual({c["id"] for c in self.table(folder, "clients")}, theirs)
        self.assertEqual({n["id"] for n in self.table(folder, "notes")},
                         {n["id"] for n in notes if n["author_id"] == who and n["client_id"] in theirs and n["state"] == "signed"})
        self.assertTrue(all(a["clinician_id"] == who for a in self.table(folder, "appointments")))
        self.assertFalse(os.path.exists(f"{folder}/audit"))
        for table in "charges", "invoices", "payments":
            self.assertFalse(os.path.exists(f"{folder}/csv/{table}.csv"))
        text = self.everything_in(folder)
        for other in others: # a canary each: nobody outside of the caseload is named
            self.assertNotIn(other["id"].encode(), text)
            if other["email"]:
                self.assertNotIn(other["email"].encode(), text)
        paid = self.export("paid", "--clinician", who, "--with-money")
        self.assertTrue(all(c["clinician_id"] == who and c["client_id"] in theirs for c in self.table(paid, "charges")))
        self.assertGreater(len(self.table(paid, "invoices")), 0)

    def test_nobody_leaves_who_is_not_there(self):
        self.demo()
        for who in "nonsense", "A" * 22:
            done = run("export", "--out", f"{self.dir}/out", "--clinician", who, *self.where)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn("There is no such clinician", done.stderr)
            self.assertFalse(os.path.exists(f"{self.dir}/out"))

    def test_nothing_comes_out_without_a_clinician(self):
        self.ok(run("init", *self.where, "--email", "ada@example.org", "--name", "Ada Example",
                    stdin="fourteen blue umbrellas\n"))
        done = run("export", "--out", f"{self.dir}/out", *self.where)
        self.assertNotEqual(done.returncode, 0)
        self.assertRegex(done.stderr, "Nothing was exported")
        self.assertFalse(os.path.exists(f"{self.dir}/out"))

    def test_a_directory_that_holds_something_is_left_alone(self):
        self.demo()
        os.mkdir(f"{self.dir}/out")
        with open(f"{self.dir}/out/mine", "w") as f:
            f.write("x")
        done = run("export", "--out", f"{self.dir}/out", *self.where)
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(os.listdir(f"{self.dir}/out"), ["mine"])


if __name__ == "__main__":
    PROGRAM, VERIFY = os.path.abspath(sys.argv.pop(1)), os.path.abspath(sys.argv.pop(1))
    unittest.main()

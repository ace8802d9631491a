#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""An export into an empty installation, and out of it again: nothing is lost, whatever it was and wherever it goes;
and what is refused changes nothing.

    tests/test_import.py build/entracte        (KILLS: how many, 8 unless given)"""
import contextlib, hashlib, json, os, random, shutil, signal, socket, sqlite3, subprocess, sys, tempfile, time, unittest
import urllib.error, urllib.parse, urllib.request

PROGRAM = None
HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = int(os.environ.get("KILLS", "8"))
HAS_PG = os.path.exists("/usr/lib/postgresql/15/bin/postgres")
NEW = "three green bicycles\n"
PIXEL = bytes.fromhex("89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060"
                      "000000050001a5f645400000000049454e44ae426082")


def run(*args, stdin=""):
    return subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, text=True, timeout=180)


class Place:
    """Where an installation lies, or is to lie."""

    def __init__(self, dir, name, db=None):
        self.dir = f"{dir}/{name}"
        os.makedirs(f"{self.dir}/keys", mode=0o700)
        self.where = ["--db", db or f"sqlite:{self.dir}/db", "--data", f"{self.dir}/data", "--key-file", f"{self.dir}/keys/key"]

    def exists(self):
        return sorted(n for n in os.listdir(self.dir) if n != "keys") + os.listdir(f"{self.dir}/keys")


class Folder:
    """An export as somebody changes it by hand, and makes its hashes right again."""

    def __init__(self, path):
        self.path = path

    def manifest(self):
        with open(f"{self.path}/manifest.json", encoding="utf-8") as f:
            return json.load(f)

    def rows(self, table):
        with open(f"{self.path}/json/{table}.json", encoding="utf-8") as f:
            return json.load(f)

    def put(self, table, rows):
        lines = ",\n".join(json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in rows)
        with open(f"{self.path}/json/{table}.json", "w", encoding="utf-8") as f:
            f.write("[\n" + lines + "\n]\n" if rows else "[]\n")

    def sign(self, **changes):
        m = {**self.manifest(), **changes}
        names = sorted(os.path.relpath(os.path.join(at, n), self.path) for at, _, found in os.walk(self.path) for n in found)
        m["files"], listing = [], ""
        for n in names:
            if n not in ("manifest.json", "README.txt") and not n.startswith("audit/"):
                with open(f"{self.path}/{n}", "rb") as f:
                    data = f.read()
                m["files"].append({"path": n, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()})
                listing += f"{m['files'][-1]['sha256']}  {n}\n"
                if n.startswith("json/"):
                    m["rows"][n[5:-5]] = len(json.loads(data))
        m["sha256"] = hashlib.sha256(listing.encode()).hexdigest()
        files = "\n,".join(json.dumps(f, separators=(",", ":")) for f in m.pop("files"))
        with open(f"{self.path}/manifest.json", "w", encoding="utf-8") as f:
            f.write(json.dumps(m, separators=(",", ":"))[:-1] + ',"files":[\n' + files + "\n]}\n")


class Imports(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="entracte-im-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.chmod(self.dir, 0o755)
        self.n = 0

    def ok(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def refused(self, done, words):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        said = [l for l in done.stderr.splitlines() if l.startswith("entracte: ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertRegex(said[0], words)

    def place(self, db=None):
        self.n += 1
        return Place(self.dir, f"p{self.n}", db)

    def demo(self, place):
        self.ok(run("demo", *place.where, "--clients", "8", "--years", "1", "--clinicians", "2"))
        return place

    def export(self, place, *more, stdin=""):
        self.n += 1
        out = f"{self.dir}/out{self.n}"
        self.ok(run("export", "--out", out, *place.where, *more, stdin=stdin))
        return out

    def hash_of(self, folder):
        return Folder(folder).manifest()["sha256"]

    def take(self, folder, place, *more, stdin=""):
        return run("import", folder, *place.where, *more, stdin=stdin)

    def is_sound(self, place):
        said = json.loads(run("check", *place.where, "--full", "--json").stdout)
        self.assertEqual((said["ok"], said["violations"]), (True, []))
        self.assertEqual(run("audit", "verify", *place.where).returncode, 0)
        return said

    def pg(self):
        def cluster(verb, *more):
            return subprocess.run(["sh", f"{HERE}/pgcluster.sh", verb, f"{self.dir}/pg{self.n}", *more], check=True,
                                  capture_output=True, text=True).stdout.strip().splitlines()
        self.n += 1
        n = self.n
        url = cluster("start", "--fast")[-1]
        def stop(at=f"{self.dir}/pg{n}"):
            subprocess.run(["sh", f"{HERE}/pgcluster.sh", "stop", at], check=True, capture_output=True)
        self.addCleanup(stop)
        return url


class ThereAndBack(Imports):
    def test_the_same_export_comes_out_of_it_again(self):
        first = self.export(self.demo(self.place()))
        new = self.place()
        self.assertIn("Imported", self.ok(self.take(first, new)))
        self.assertEqual(self.hash_of(self.export(new)), self.hash_of(first))
        said = self.is_sound(new)
        self.assertGreater(said["notes"], 0)
        self.assertEqual(said["notes_opened"], said["notes"])
        self.assertEqual(sorted(os.listdir(f"{new.dir}/data/log-before-import")), sorted(os.listdir(f"{first}/audit")))

    @unittest.skipUnless(HAS_PG, "PostgreSQL 15 is not installed")
    def test_the_same_hash_on_either_database_and_across(self):
        small = self.demo(self.place())
        first = self.export(small)
        big = self.place(self.pg())
        self.ok(self.take(first, big))
        second = self.export(big)
        self.assertEqual(self.hash_of(second), self.hash_of(first))
        self.is_sound(big)
        for db in None, self.pg():
            new = self.place(db)
            self.ok(self.take(second, new))
            self.assertEqual(self.hash_of(self.export(new)), self.hash_of(first))
            self.is_sound(new)

    def test_the_log_begins_with_where_it_comes_from(self):
        first = self.export(self.demo(self.place()))
        new = self.place()
        self.ok(self.take(first, new))
        with contextlib.closing(sqlite3.connect(f"{new.dir}/db")) as db:
            action, fields = db.execute("SELECT action, fields FROM audit_change ORDER BY seq LIMIT 1").fetchone()
            n, = db.execute("SELECT COUNT(*) FROM audit_change WHERE log_seq IS NULL").fetchone()
        with open(f"{first}/audit/checkpoint.txt", encoding="utf-8") as f:
            checkpoint = f.read().split()
        self.assertEqual(action, "import")
        self.assertIn(self.hash_of(first), fields)
        self.assertIn(checkpoint[2], fields)  # the log
        self.assertEqual(n, 0)


class WithEverything(Imports):
    """A practice in which all happened that an export can have."""

    @contextlib.contextmanager
    def served(self, place):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        server = subprocess.Popen([PROGRAM, "serve", *place.where, "--listen", f"127.0.0.1:{self.port}"],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", self.port)).close()
                    break
                time.sleep(0.05)
            yield
        finally:
            server.terminate()
            server.wait(20)

    def ask(self, path, who, body=None, kind="application/x-www-form-urlencoded", **fields):
        body = body or (urllib.parse.urlencode(fields).encode() if fields else None)
        r = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", data=body,
                                   headers={"Authorization": f"Bearer {self.tokens[who]}", "Accept": "application/json",
                                            "Content-Type": kind})
        try:
            with urllib.request.urlopen(r, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as e:
            self.fail(f"{path}: {e.code} {e.read().decode()}")

    def sign_in(self, place, who):
        self.tokens = {**getattr(self, "tokens", {}), who: self.ok(run("token", *place.where, "--email", who))}

    def client(self, who, given, family):
        return self.ask("/clients", who, given_name=given, family_name=family)["id"]

    def live(self, place, ines, other):
        one, gone, two = self.client(ines, "Alma", "Uno"), self.client(ines, "Carla", "Tres"), self.client(other, "Bruno", "Dos")
        self.ask(f"/clients/{one}/process-notes", ines, version=0, text="Quincunce = mine alone\n\ttwo lines \u00f1 \U0001f600")
        self.ask(f"/clients/{one}/walls", ines, against=two, reason="they were married")
        self.ask(f"/clients/{one}/photo", ines, kind="multipart/form-data; boundary=x",
                 body=b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a.png"\r\n'
                      b"Content-Type: image/png\r\n\r\n" + PIXEL + b"\r\n--x--\r\n")
        self.ask("/notes", ines, **{"client": gone, "version": 0, "note.template": "free", "note.use": "free",
                                    "note.text": "Mandragora"})
        self.client(ines, "Eva", "Cuatro")
        self.ask("/emergency", other, given_name="Eva", family_name="Cuatro", reason="risk", words="rang in a crisis")
        self.ask(f"/clients/{gone}/erase", "pia@example.org", reason="asked", is_early=1, words="A court says so")
        self.ask("/invoices/issue-all", ines, body=b"{}", kind="application/json")
        folder = Folder(self.export(place))
        credited = {i["credit_of"] for i in folder.rows("invoices")}
        unpaid = next(i for i in folder.rows("invoices") if not i["credit_of"] and i["id"] not in credited
                      and i["open_cents"] == i["total_cents"])
        self.ask(f"/invoices/{unpaid['id']}/credit", ines, version=unpaid["version"])
        return one

    def everything(self):
        place = self.demo(self.place())
        self.ok(run("user", "add", *place.where, "--email", "pia@example.org", "--name", "Pia Ofic", "--roles", "privacy",
                    stdin="Clef-de-voute-2026\n"))
        staff = [s for s in Folder(self.export(place)).rows("staff") if "clinician" in s["roles"]]
        ines = "ines.robles@example.org"
        other = next(s["email"] for s in staff if s["email"] != ines)
        for who in ines, other, "pia@example.org":
            self.sign_in(place, who)
        with self.served(place):
            self.one = self.live(place, ines, other)
        self.ines = ines
        return place

    def test_it_is_all_there_and_opens_for_whom_it_did(self):
        old = self.everything()
        with_private = "--process-notes", "--email", self.ines
        first = self.export(old, *with_private)
        has = Folder(first)
        for table in "walls", "photos", "process_notes", "erasures", "emergency_access", "signatures":
            self.assertGreater(len(has.rows(table)), 0, table)
        self.assertTrue(any(i["credit_of"] for i in has.rows("invoices")))
        self.assertTrue(any(c["erased_at"] for c in has.rows("clients")))
        for db in [None] + ([self.pg()] if HAS_PG else []):
            new = self.place(db)
            self.ok(self.take(first, new, "--email", self.ines))
            self.assertEqual(self.hash_of(self.export(new, *with_private)), self.hash_of(first))
            self.is_sound(new)
            self.sign_in(new, self.ines)
            me = next(s["id"] for s in has.rows("staff") if s["email"] == self.ines)
            note = next(n for n in has.rows("notes") if n["state"] == "signed" and n["author_id"] == me)
            text = next(s["text"] for s in has.rows("note_sections") if s["note_id"] == note["id"] and s["text"])
            with self.served(new):
                self.assertIn(json.dumps(text)[1:-1], json.dumps(self.ask(f"/notes/{note['id']}", self.ines)))
                said = self.ask(f"/clients/{self.one}/process-notes", self.ines)
            self.assertIn("Quincunce", json.dumps(said))

    def test_private_notes_go_to_their_author_alone(self):
        first = self.export(self.everything(), "--process-notes", "--email", self.ines)
        other = next(w for w in self.tokens if w not in (self.ines, "pia@example.org"))
        new = self.place()
        self.refused(self.take(first, new, "--email", other), "open for their author alone")
        self.assertEqual(new.exists(), [])

    def test_what_was_saved_by_page_has_no_log_and_comes_in(self):
        first = self.export(self.demo(self.place()))
        shutil.rmtree(f"{first}/audit")
        new = self.place()
        self.ok(self.take(first, new))
        self.assertEqual(self.hash_of(self.export(new)), self.hash_of(first))
        self.is_sound(new)


class Refusals(Imports):
    def setUp(self):
        super().setUp()
        self.old = self.demo(self.place())
        self.good = self.export(self.old)

    def copy(self):
        self.n += 1
        to = f"{self.dir}/copy{self.n}"
        shutil.copytree(self.good, to)
        return Folder(to)

    def changes_nothing(self, folder, words, *more, stdin=""):
        new = self.place()
        self.refused(self.take(folder, new, *more, stdin=stdin), words)
        self.assertEqual(new.exists(), [])

    def test_something_else_is_no_export(self):
        os.mkdir(f"{self.dir}/empty")
        for what in f"{self.dir}/empty", f"{self.dir}/nowhere":
            self.changes_nothing(what, "is not an export")
        m = self.copy()
        with open(f"{m.path}/manifest.json", "w") as f:
            f.write("{}\n")
        self.changes_nothing(m.path, "is not an export")

    def test_a_newer_one_says_so(self):
        m = self.copy()
        m.sign(version=2)
        self.changes_nothing(m.path, "newer version")
        m = self.copy()
        m.put("dreams", [])
        m.sign()
        self.changes_nothing(m.path, "does not know: dreams")
        m = self.copy()
        m.put("rooms", [{**r, "wallpaper": "green"} for r in m.rows("rooms")])
        m.sign()
        self.changes_nothing(m.path, "rooms.json has other columns.*: wallpaper")

    def test_what_one_client_was_given_is_not_the_practice(self):
        client = next(c for c in Folder(self.good).rows("clients") if c["clinician_id"])
        self.changes_nothing(self.export(self.old, "--client", client["id"]), "export of one client")
        self.changes_nothing(self.export(self.old, "--clinician", client["clinician_id"]), "export of one client")

    def test_a_file_that_is_missing_cut_or_altered_is_named(self):
        names = [f["path"] for f in Folder(self.good).manifest()["files"]]
        dice = random.Random(4)
        for name in dice.sample(names, 12) + ["json/notes.json", "audit/audit.log"]:
            m = self.copy()
            os.unlink(f"{m.path}/{name}")
            self.changes_nothing(m.path, f"{name} is missing")
            shutil.rmtree(m.path)
        for at in range(60):
            m = self.copy()
            name = dice.choice(names + ["manifest.json", "audit/audit.log"])
            with open(f"{m.path}/{name}", "r+b") as f:
                size = f.seek(0, os.SEEK_END)
                if at % 2 == 0:
                    f.truncate(dice.randrange(size))
                else:
                    k = dice.randrange(size)
                    f.seek(k)
                    byte = f.read(1)[0] ^ 1 << dice.randrange(8)
                    f.seek(k)
                    f.write(bytes([byte]))
            self.changes_nothing(m.path, "was cut or altered|is missing|is not an export|newer version|does not know|export of one")
            shutil.rmtree(m.path)

    def test_a_value_that_cannot_be_is_named_with_row_and_column(self):
        for table, column, value, words in (
                ("clients", "birth_date", "2001-02-30", "row 2, column birth_date"),
                ("clients", "status", "eaten", "row 2, column status"),
                ("clients", "version", "one", "row 2, column version"),
                ("clients", "created_at", "yesterday", "row 2, column created_at"),
                ("clients", "contact_channels", ["pigeon"], "row 2, column contact_channels"),
                ("appointments", "start_at", None, "row 2"),
                ("notes", "client_id", "A" * 22, "row 2, column client_id"),
                ("services", "duration_min", -5, "row 2.*out of bounds"),
                ("services", "code", Folder(self.good).rows("services")[0]["code"], "row 2.*stands twice"),
                ("attendance", "appointment_id", "B" * 22, "names another"),
                ("note_sections", "position", 99, "note_sections.json, row 2"),
                ("signatures", "content_hash", "xyz", "row 2, column content_hash")):
            with self.subTest(table=table, column=column):
                m = self.copy()
                rows = m.rows(table)
                rows[1][column] = value
                m.put(table, rows)
                m.sign()
                self.changes_nothing(m.path, words)
                shutil.rmtree(m.path)

    def test_where_a_practice_is_nothing_is_changed(self):
        before = self.hash_of(self.good)
        self.refused(self.take(self.good, self.old), "There is a practice already")
        self.assertEqual(self.hash_of(self.export(self.old)), before)
        self.is_sound(self.old)

    def test_without_a_clinician_nobody_could_open_it(self):
        m = self.copy()
        m.put("practice", [{**m.rows("practice")[0], "is_demo": False}])
        m.sign()
        self.changes_nothing(m.path, "Give --email")
        self.changes_nothing(m.path, "Give --email", "--email", "nobody@example.org", stdin=NEW)
        self.changes_nothing(m.path, "password", "--email", "ines.robles@example.org", stdin="short\n")
        self.changes_nothing(m.path, "password", "--email", "ines.robles@example.org")

    def test_two_at_once_make_one(self):
        new = self.place()
        both = [subprocess.Popen([PROGRAM, "import", self.good, *new.where], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                 text=True) for _ in range(2)]
        said = [p.communicate(timeout=120) for p in both]
        self.assertEqual(sorted(p.returncode != 0 for p in both), [False, True], said)
        self.assertEqual(self.hash_of(self.export(new)), self.hash_of(self.good))
        self.is_sound(new)

    def test_killed_at_any_moment_it_is_there_or_it_is_not(self):
        started = time.monotonic()
        self.ok(self.take(self.good, self.place()))
        within = time.monotonic() - started
        for i in range(KILLS):
            new = self.place()
            p = subprocess.Popen([PROGRAM, "import", self.good, *new.where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(random.random() * within)
            p.send_signal(signal.SIGKILL)
            p.wait()
            again = self.take(self.good, new)
            if again.returncode != 0:
                self.refused(again, "There is a practice already")
            self.assertEqual(self.hash_of(self.export(new)), self.hash_of(self.good))
            self.is_sound(new)
            shutil.rmtree(new.dir)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()

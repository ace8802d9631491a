#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Backup and restore as whoever keeps the machine meets them: there and back on either database, what is refused, and
a kill at any moment.

    tests/test_backup.py build/entracte        (KILLS: how many, 12 unless given)"""
import contextlib, glob, json, os, random, shutil, socket, sqlite3, subprocess, sys, tempfile, time, unittest, urllib.request

PROGRAM = None
HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = int(os.environ.get("KILLS", "12"))
HAS_PG = os.path.exists("/usr/lib/postgresql/15/bin/postgres")


def run(*args):
    return subprocess.run([PROGRAM, *args], capture_output=True, text=True, timeout=120)


class Place:
    """Where an installation lies, or is to lie."""

    def __init__(self, dir, name, db=None):
        self.dir = f"{dir}/{name}"
        os.makedirs(f"{self.dir}/keys", mode=0o700)
        self.key = f"{self.dir}/keys/key"
        self.where = ["--db", db or f"sqlite:{self.dir}/db", "--data", f"{self.dir}/data", "--key-file", self.key]

    def exists(self):
        return sorted(n for n in os.listdir(self.dir) if n != "keys") + os.listdir(f"{self.dir}/keys")


class Backups(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="entracte-bk-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.chmod(self.dir, 0o755)
        self.out = f"{self.dir}/out"
        os.mkdir(self.out)

    def ok(self, done):
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout.strip()

    def refused(self, done, words):
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        said = [l for l in done.stderr.splitlines() if l.startswith("entracte: ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertRegex(said[0], words)

    def demo(self, place):
        self.ok(run("demo", *place.where, "--clients", "8", "--years", "1", "--clinicians", "1"))
        self.kit = f"{self.dir}/kit"
        self.ok(run("recovery-kit", "--out", self.kit, *place.where))
        return self.ok(run("backup", "--to", self.out, *place.where))

    def restore(self, archive, place, kit=None):
        return run("restore", archive, "--recovery-kit", kit or self.kit, *place.where)

    def holds(self, place):
        """What a clinician finds there: every note opens, and these are the clients."""
        said = json.loads(run("check", *place.where, "--full", "--json").stdout)
        self.assertEqual((said["ok"], said["violations"]), (True, []))
        self.assertEqual(said["notes_opened"], said["notes"])
        self.assertEqual(run("audit", "verify", *place.where).returncode, 0)
        return said["notes"]


class ThereAndBack(Backups):
    def test_with_archive_and_kit_alone_everything_is_back(self):
        old, new = Place(self.dir, "old"), Place(self.dir, "new")
        archive = self.demo(old)
        self.assertEqual(os.stat(archive).st_mode & 0o777, 0o600)
        n = self.holds(old)
        shutil.rmtree(old.dir)
        self.ok(self.restore(archive, new))
        self.assertEqual(self.holds(new), n)
        self.assertEqual(new.exists(), ["data", "db", "key"])
        again = self.ok(run("backup", "--to", self.out, *new.where))
        self.ok(self.restore(again, Place(self.dir, "newer")))

    def test_nobody_is_let_in_by_what_may_have_been_taken_back_since(self):
        old, new = Place(self.dir, "old"), Place(self.dir, "new")
        self.demo(old)
        self.ok(run("token", *old.where, "--email", "ines.robles@example.org"))
        with contextlib.closing(sqlite3.connect(f"{old.dir}/db")) as db, db:
            db.execute("INSERT INTO person_link (token_hash, practice_id, person_id, kind, expires_ms)"
                       " SELECT randomblob(32), practice_id, id, 1, 4102444800000 FROM person LIMIT 1")
            db.execute("INSERT INTO passkey_challenge VALUES (randomblob(32), 4102444800000)")
        archive = self.ok(run("backup", "--to", self.out, *old.where))
        self.ok(self.restore(archive, new))
        for table in ("session", "person_link", "passkey_challenge"):
            n = []
            for place in (old, new):
                with contextlib.closing(sqlite3.connect(f"{place.dir}/db")) as db:
                    n += db.execute(f"SELECT COUNT(*) FROM {table}").fetchone()
            self.assertGreater(n[0], 0, table)
            self.assertEqual(n[1], 0, table)

    @unittest.skipUnless(HAS_PG, "PostgreSQL 15 is not installed")
    def test_it_moves_to_the_bigger_machine_and_back(self):
        def cluster(verb, name):
            return subprocess.run(["sh", f"{HERE}/pgcluster.sh", verb, f"{self.dir}/{name}", "--fast"], check=True,
                                  capture_output=True, text=True).stdout.strip().splitlines()
        url = cluster("start", "pg")[-1]
        self.addCleanup(cluster, "stop", "pg")
        small = Place(self.dir, "small")
        archive = self.demo(small)
        n = self.holds(small)
        big = Place(self.dir, "big", url)
        self.ok(self.restore(archive, big))
        self.assertEqual(self.holds(big), n)
        back = Place(self.dir, "back")
        self.ok(self.restore(self.ok(run("backup", "--to", self.out, *big.where)), back))
        self.assertEqual(self.holds(back), n)
        self.refused(self.restore(archive, Place(self.dir, "full", url)), "There are data already")

    @unittest.skipUnless(shutil.which("age") and shutil.which("zstd"), "age and zstd are not installed")
    def test_it_opens_without_this_program(self):
        archive = self.demo(Place(self.dir, "old"))
        with open(self.kit) as f, open(f"{self.dir}/identity", "w") as to:
            to.write("".join(l[2:] for l in f if l.startswith("# AGE-SECRET-KEY-")))
        with open(f"{self.dir}/tar", "wb") as f:
            subprocess.run(["age", "-d", "-i", f"{self.dir}/identity", archive], stdout=f, check=True)
        listed = subprocess.run(["tar", "--zstd", "-tf", f"{self.dir}/tar"], check=True, capture_output=True, text=True).stdout
        self.assertLessEqual({"manifest.txt", "tables/client.1.tsv", "files/audit.log"}, set(listed.split()))


class Refusals(Backups):
    def setUp(self):
        super().setUp()
        self.old, self.new = Place(self.dir, "old"), Place(self.dir, "new")

    def test_without_a_kit_there_is_no_backup(self):
        self.ok(run("demo", *self.old.where, "--clients", "2", "--years", "1", "--clinicians", "1"))
        self.refused(run("backup", "--to", self.out, *self.old.where), "no recovery kit yet")
        self.assertEqual(os.listdir(self.out), [])

    def test_another_kit_a_cut_and_an_altered_archive_have_each_their_sentence_and_change_nothing(self):
        archive = self.demo(self.old)
        with open(archive, "rb") as f:
            whole = f.read()
        broken = f"{self.dir}/broken.age"

        def with_bytes(data):
            with open(broken, "wb") as f:
                f.write(data)
            return self.restore(broken, self.new)

        other = Place(self.dir, "other")
        self.ok(run("demo", *other.where, "--clients", "2", "--years", "1", "--clinicians", "1"))
        self.ok(run("recovery-kit", "--out", f"{self.dir}/other-kit", *other.where))
        self.refused(self.restore(archive, self.new, f"{self.dir}/other-kit"), "made for another recovery kit")
        for n in (0, 1, 4096, 65536, len(whole) // 2, len(whole) - 65552, len(whole) - 1):
            self.refused(with_bytes(whole[:n]), "not complete: its end is missing")
        for at in (30, 100, 200, 400, 1000, len(whole) // 2, len(whole) - 1):
            self.refused(with_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1:]), "altered or damaged")
        self.refused(with_bytes(b"PK\3\4 something else\n" * 100), "not a backup of Entracte")
        self.refused(self.restore(f"{self.dir}/nothing.age", self.new), "not there, or cannot be read")
        self.assertEqual(self.new.exists(), [])

    def test_words_that_are_none(self):
        archive = self.demo(self.old)
        with open(f"{self.dir}/words", "w") as f:
            f.write("these are not the words of a kit\n")
        self.refused(self.restore(archive, self.new, f"{self.dir}/words"), "is not a word of a recovery kit")
        self.assertEqual(self.new.exists(), [])

    def test_what_is_there_already_stays(self):
        archive = self.demo(self.old)
        before = os.stat(f"{self.old.dir}/db").st_mtime_ns
        self.refused(self.restore(archive, self.old), "There are data already")
        self.assertEqual(os.stat(f"{self.old.dir}/db").st_mtime_ns, before)
        with open(self.new.key, "w") as f:
            f.write("x")
        self.refused(self.restore(archive, self.new), "There is a key file already")
        self.assertEqual(self.new.exists(), ["key"])

    def test_a_directory_that_is_not_there(self):
        self.demo(self.old)
        self.refused(run("backup", "--to", f"{self.dir}/gone", *self.old.where), "directory for backups is not there")

    def test_a_directory_that_goes_away_in_the_middle(self):
        self.demo(self.old)
        gone, n_refused = f"{self.dir}/gone", 0
        started = time.monotonic()
        self.ok(run("backup", "--to", self.out, *self.old.where))
        within = time.monotonic() - started
        for i in range(KILLS):
            p = subprocess.Popen([PROGRAM, "backup", "--to", self.out, *self.old.where], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True)
            time.sleep(within * (i + 1) / (KILLS + 1))
            os.rename(self.out, gone)
            out, err = p.communicate(timeout=120)
            os.rename(gone, self.out)
            if p.returncode == 0:
                self.assertTrue(os.path.exists(out.strip()), err)
                continue
            n_refused += 1
            self.refused(subprocess.CompletedProcess(p.args, p.returncode, out, err), "director|no such file|not there|cannot")
        self.assertGreater(n_refused, 0)
        self.holds(self.old)
        self.ok(run("backup", "--to", self.out, *self.old.where))

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "a small file system can be mounted by root alone")
    def test_a_full_disk_keeps_nothing_half(self):
        archive = self.demo(self.old)
        disk = f"{self.dir}/disk"
        os.mkdir(disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", disk], capture_output=True).returncode != 0:
            self.skipTest("this machine mounts nothing")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        self.refused(run("backup", "--to", disk, *self.old.where), "disk is full")
        self.assertEqual(os.listdir(disk), [])
        place = Place(disk, "new")
        self.refused(self.restore(archive, place), "disk is full|not to be written")
        self.assertEqual(place.exists(), [])

    def test_two_at_once(self):
        self.demo(self.old)
        both = [subprocess.Popen([PROGRAM, "backup", "--to", self.out, *self.old.where], stdout=subprocess.PIPE,
                                 stderr=subprocess.PIPE, text=True) for _ in range(2)]
        said = [p.communicate(timeout=120) for p in both]
        self.assertIn(0, [p.returncode for p in both], said)
        for p, (_, err) in zip(both, said):
            if p.returncode:
                self.assertRegex(err, "being made already")


class Nightly(Backups):
    """A server makes them by itself, and the page says what came of it."""

    def served(self, place):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.token = self.ok(run("token", *place.where, "--email", "ines.robles@example.org"))
        server = subprocess.Popen([PROGRAM, "serve", *place.where, "--backup-to", self.out, "--listen",
                                   f"127.0.0.1:{self.port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.end, server)
        return server

    def end(self, server):
        server.terminate()
        server.wait(20)

    def page(self, path, kind="application/json"):
        r = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}",
                                   headers={"Authorization": f"Bearer {self.token}", "Accept": kind})
        with urllib.request.urlopen(r, timeout=10) as answer:
            return answer.read().decode()

    def until(self, n_proven):
        for _ in range(240):
            try:
                said = json.loads(self.page("/your-data"))
                if sum(b["proven"] is not None for b in said["rows"]) == n_proven:
                    return said
            except OSError:
                pass
            time.sleep(0.25)
        self.fail("no backup was made and proven in a minute")

    def test_a_server_makes_one_and_tries_it_out(self):
        place = Place(self.dir, "old")
        self.demo(place)
        shutil.rmtree(self.out)
        os.mkdir(self.out)
        with contextlib.closing(sqlite3.connect(f"{place.dir}/db")) as db, db:  # a day and three hours ago
            db.execute("UPDATE backup SET made_ms = made_ms - 97200000, proven_ms = proven_ms - 97200000")
        server = self.served(place)
        said = self.until(2)
        self.assertEqual((said["is_late"], said["place"], said["rows"][0]["fault"]), (False, self.out, ""))
        self.assertIn("Last proven backup less than an hour ago", self.page("/today", "text/html"))
        self.end(server)
        found = glob.glob(f"{self.out}/*.age")
        self.assertEqual(len(found), 1)
        self.ok(self.restore(found[0], Place(self.dir, "new")))

    def test_what_a_killed_one_left_of_the_copy_is_gone_when_a_server_starts(self):
        place = Place(self.dir, "old")
        self.demo(place)
        left = f"{place.dir}/data/outgoing/proof"
        os.makedirs(f"{left}/files")
        shutil.copy(f"{place.dir}/db", f"{left}/db")
        self.served(place)
        for _ in range(120):
            if not os.path.exists(left):
                return
            time.sleep(0.25)
        self.fail("a whole copy stays in the data folder")

    def test_a_place_that_is_gone_is_told_to_the_owner(self):
        place = Place(self.dir, "old")
        self.ok(run("demo", *place.where, "--clients", "2", "--years", "1", "--clinicians", "1"))
        self.kit = f"{self.dir}/kit"
        self.ok(run("recovery-kit", "--out", self.kit, *place.where))
        shutil.rmtree(self.out)
        self.served(place)
        for _ in range(120):
            try:
                rows = json.loads(self.page("/your-data"))["rows"]
                if rows:
                    break
            except OSError:
                pass
            time.sleep(0.25)
        self.assertIn("directory for backups is not there", rows[0]["fault"])
        self.assertIn("No backup has been made", self.page("/clients", "text/html"))


class Killed(Backups):
    """kill -9 at a random moment: what is there afterwards is whole, and the same command finishes."""

    def kill(self, args, within):
        p = subprocess.Popen([PROGRAM, *args], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(random.random() * within)
        p.kill()
        p.wait()

    def test_a_backup_that_is_killed_leaves_no_archive_that_does_not_restore(self):
        old = Place(self.dir, "old")
        archive = self.demo(old)
        started = time.monotonic()
        self.ok(run("backup", "--to", self.out, *old.where))
        within = time.monotonic() - started
        for _ in range(KILLS):
            self.kill(["backup", "--to", self.out, *old.where], within)
        self.holds(old)
        for i, found in enumerate(glob.glob(f"{self.out}/*.age")):
            place = Place(self.dir, f"new{i}")
            self.ok(self.restore(found, place))
            shutil.rmtree(place.dir)
        self.assertTrue(os.path.exists(archive))
        self.ok(run("backup", "--to", self.out, *old.where))
        self.assertEqual(glob.glob(f"{self.out}/.*"), [])

    def test_a_restore_that_is_killed_is_finished_by_the_same_command(self):
        old = Place(self.dir, "old")
        archive = self.demo(old)
        n = self.holds(old)
        started = time.monotonic()
        self.ok(self.restore(archive, Place(self.dir, "try")))
        within = time.monotonic() - started
        for i in range(KILLS):
            place = Place(self.dir, f"new{i}")
            self.kill(["restore", archive, "--recovery-kit", self.kit, *place.where], within)
            if os.path.exists(f"{place.dir}/data") and not os.path.exists(f"{place.dir}/data/restored"):
                self.assertEqual(self.holds(place), n)  # it was through already
            else:
                self.ok(self.restore(archive, place))
                self.assertEqual(self.holds(place), n)
            self.assertEqual(place.exists(), ["data", "db", "key"])
            shutil.rmtree(place.dir)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()

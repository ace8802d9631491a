#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A newer program at a practice's data, on both databases: all of it or nothing, with a copy from before.

    tests/test_upgrade.py build/entracte build/entracte-next        (KILLS: how many, 12 unless given)"""
import contextlib, json, os, random, shutil, sqlite3, subprocess, sys, tempfile, time, unittest

PROGRAM = NEXT = None
HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = int(os.environ.get("KILLS", "12"))
PSQL = "/usr/lib/postgresql/15/bin/psql"
EXIT_UPGRADE = 70


class OnSqlite(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="entracte-up-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        os.chmod(self.dir, 0o755)
        os.mkdir(f"{self.dir}/keys", mode=0o700)
        self.where = ["--db", self.database(), "--data", f"{self.dir}/data", "--key-file", f"{self.dir}/keys/key"]
        self.copy = f"{self.dir}/data/outgoing/before-upgrade.db"
        done = self.old("demo", "--clients", "8", "--years", "1", "--clinicians", "1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.before = self.rows()

    def database(self):
        return f"sqlite:{self.dir}/db"

    def sql(self, text):
        with contextlib.closing(sqlite3.connect(f"{self.dir}/db")) as db, db:
            return db.execute(text).fetchall()

    def run_it(self, program, *args, next=None):
        return subprocess.run([program, *args, *self.where], capture_output=True, text=True, timeout=120,
                              env={**os.environ, "NEXT": next or "good"})

    def old(self, *args):
        return self.run_it(PROGRAM, *args)

    def new(self, next, *args):
        return self.run_it(NEXT, *(args or ("migrate",)), next=next)

    def counted(self, sql):
        tables = sorted(r[0] for r in sql(self.list_tables))
        return {t: int(sql(f'SELECT COUNT(*) FROM "{t}"')[0][0]) for t in tables}

    list_tables = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"

    def rows(self):
        return self.counted(self.sql)

    def is_as_before(self):
        self.assertEqual(self.rows(), self.before)
        self.holds(self.old("check", "--json"))

    def holds(self, done):
        said = json.loads(done.stdout)
        self.assertEqual((said["ok"], said["violations"]), (True, []), done.stderr)

    def refused(self, done, words):
        self.assertEqual(done.returncode, EXIT_UPGRADE, done.stdout + done.stderr)
        said = [l for l in done.stderr.splitlines() if l.startswith("entracte: ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertRegex(said[0], words)
        self.assertRegex(said[0], "Nothing was changed")
        self.is_as_before()

    # --- what goes well ---

    def test_all_is_there_and_a_copy_from_before_beside(self):
        done = self.new("good")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.holds(self.new("good", "check", "--json"))
        self.assertEqual(self.rows()["next_thing"], 1)
        self.assertEqual(os.stat(self.copy).st_mode & 0o777, 0o600)
        with contextlib.closing(sqlite3.connect(self.copy)) as db:
            kept = self.counted_in(db)
        self.assertEqual(kept, self.before)
        self.assertEqual(os.listdir(os.path.dirname(self.copy)).count("before-upgrade.db.part"), 0)
        again = self.old("check")  # the version of before meets the newer database
        self.assertEqual(again.returncode, 78)
        self.assertIn("made by a newer version", again.stderr)

    def counted_in(self, db):
        tables = sorted(r[0] for r in db.execute(OnSqlite.list_tables))
        return {t: db.execute(f'SELECT COUNT(*) FROM "{t}"').fetchone()[0] for t in tables}

    def test_the_copy_alone_is_the_practice_of_before(self):
        self.assertEqual(self.new("good").returncode, 0)
        where = ["--db", f"sqlite:{self.copy}", *self.where[2:]]
        done = subprocess.run([PROGRAM, "check", "--json", *where], capture_output=True, text=True, timeout=120)
        self.holds(done)

    def test_rows_that_a_migration_says_go_may_go(self):
        done = self.new("says_so")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.rows()["task"], 0)

    def test_a_trial_keeps_nothing(self):
        done = self.new("good", "migrate", "--dry-run")
        self.assertEqual((done.returncode, done.stdout), (0, "It would work. Nothing was changed.\n"), done.stderr)
        self.is_as_before()
        self.assertFalse(os.path.exists(self.copy))
        self.refused(self.new("fails", "migrate", "--dry-run"), "9002_next")

    def test_of_several_that_start_at_once_one_does_it(self):
        many = [subprocess.Popen([NEXT, "migrate", *self.where], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env={**os.environ, "NEXT": "good"}) for _ in range(3)]
        for p in many:
            _, err = p.communicate(timeout=120)
            self.assertEqual(p.returncode, 0, err)
        self.assertEqual(self.rows()["next_thing"], 1)

    def test_a_backup_goes_into_a_newer_version_and_not_into_an_older_one(self):
        kit, out = f"{self.dir}/kit", f"{self.dir}/out"
        os.mkdir(out)
        self.assertEqual(self.old("recovery-kit", "--out", kit).returncode, 0)
        older = self.old("backup", "--to", out).stdout.strip()
        self.assertEqual(self.new("good").returncode, 0)
        newer = self.new("good", "backup", "--to", out).stdout.strip()

        def restored(program, archive, name):
            os.makedirs(f"{self.dir}/{name}/keys", mode=0o700)
            where = ["--db", f"sqlite:{self.dir}/{name}/db", "--data", f"{self.dir}/{name}/data",
                     "--key-file", f"{self.dir}/{name}/keys/key"]
            return where, subprocess.run([program, "restore", archive, "--recovery-kit", kit, *where], capture_output=True,
                                         text=True, timeout=120, env={**os.environ, "NEXT": "good"})
        _, done = restored(PROGRAM, newer, "back")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("made by a newer version", done.stderr)
        self.assertEqual((os.listdir(f"{self.dir}/back"), os.listdir(f"{self.dir}/back/keys")), (["keys"], []))
        where, done = restored(NEXT, older, "on")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.holds(subprocess.run([NEXT, "check", "--json", *where], capture_output=True, text=True, timeout=120,
                                  env={**os.environ, "NEXT": "good"}))

    # --- what does not ---

    def test_a_migration_that_fails(self):
        self.refused(self.new("fails"), "failed in its step 9002_next")
        self.refused(self.new("fails"), "failed in its step 9002_next")  # each start tries again
        done = self.new("good")  # and a mended version goes on
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_one_that_loses_rows(self):
        self.refused(self.new("loses"), "lost rows of the table task")

    def test_one_that_breaks_what_must_hold(self):
        self.refused(self.new("breaks"), "would not have been right")

    def test_a_server_does_the_same(self):
        self.refused(self.new("fails", "serve", "--listen", "127.0.0.1:1"), "failed in its step 9002_next")

    @unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "a small file system can be mounted by root alone")
    def test_no_room_for_the_copy(self):
        outgoing = os.path.dirname(self.copy)
        os.makedirs(outgoing, exist_ok=True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=100k", "tmpfs", outgoing], capture_output=True).returncode != 0:
            self.skipTest("this machine mounts nothing")
        try:
            self.refused(self.new("good"), "copy that is made before an upgrade could not be written")
            self.assertEqual(os.listdir(outgoing), [])
        finally:
            subprocess.run(["umount", "-l", outgoing], check=True)

    def test_killed_at_any_moment_it_is_as_before_or_done(self):
        saved = f"{self.dir}/saved"
        self.keep(saved)
        started = time.monotonic()
        self.assertEqual(self.new("long").returncode, 0)
        within = time.monotonic() - started
        for _ in range(KILLS):
            self.put_back(saved)
            p = subprocess.Popen([NEXT, "migrate", *self.where], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env={**os.environ, "NEXT": "long"})
            time.sleep(random.random() * within)
            p.kill()
            p.wait()
            self.settled()
            if "next_thing" in self.rows():
                self.assertEqual(self.rows()["next_thing"], 60000)
            else:
                self.is_as_before()
            done = self.new("long")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.rows()["next_thing"], 60000)
            self.holds(self.new("long", "check", "--json"))

    def settled(self):
        """The database knows that whoever was killed is gone."""

    def keep(self, saved):
        os.mkdir(saved)
        self.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(f"{self.dir}/db", saved)
        shutil.copytree(f"{self.dir}/data", f"{saved}/data")

    def put_back(self, saved):
        for end in ("", "-wal", "-shm"):
            with contextlib.suppress(FileNotFoundError):
                os.remove(f"{self.dir}/db{end}")
        shutil.copy(f"{saved}/db", f"{self.dir}/db")
        shutil.rmtree(f"{self.dir}/data")
        shutil.copytree(f"{saved}/data", f"{self.dir}/data")


@unittest.skipUnless(os.path.exists(PSQL), "PostgreSQL 15 is not installed")
class OnPostgres(OnSqlite):
    @classmethod
    def setUpClass(cls):
        cls.cluster_dir = tempfile.mkdtemp(prefix="entracte-uppg-", dir="/tmp")
        os.chmod(cls.cluster_dir, 0o755)
        cls.url = cls.cluster("start").splitlines()[-1]
        cls.n = 0

    @classmethod
    def tearDownClass(cls):
        cls.cluster("stop")
        shutil.rmtree(cls.cluster_dir, ignore_errors=True)

    @classmethod
    def cluster(cls, verb):
        return subprocess.run(["sh", f"{HERE}/pgcluster.sh", verb, f"{cls.cluster_dir}/pg", "--fast"], check=True,
                              capture_output=True, text=True).stdout.strip()

    @classmethod
    def psql(cls, text, url):
        done = subprocess.run([PSQL, "-X", "-A", "-t", "-q", "-v", "ON_ERROR_STOP=1", "-c", text, url], capture_output=True,
                              text=True, timeout=60)
        if done.returncode:
            raise AssertionError(done.stderr)
        return [line.split("|") for line in done.stdout.splitlines()]

    def named(self, name):
        return self.url.replace("/entracte?", f"/{name}?")

    def database(self):
        OnPostgres.n += 1
        self.name = f"up{OnPostgres.n}"
        self.psql(f"CREATE DATABASE {self.name} TEMPLATE template0 ENCODING 'UTF8'", self.url)
        return self.named(self.name)

    def sql(self, text):
        return self.psql(f"SET app.practice = '1'; {text}", self.named(self.name))

    list_tables = "SELECT relname FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"

    def keep(self, saved):
        super_data = f"{saved}/data"
        shutil.copytree(f"{self.dir}/data", super_data)
        self.psql(f"CREATE DATABASE {self.name}_saved TEMPLATE {self.name}", self.url)

    def put_back(self, saved):
        self.psql(f"DROP DATABASE {self.name}", self.url)
        self.psql(f"CREATE DATABASE {self.name} TEMPLATE {self.name}_saved", self.url)
        shutil.rmtree(f"{self.dir}/data")
        shutil.copytree(f"{saved}/data", f"{self.dir}/data")

    def settled(self):
        for _ in range(200):
            if self.psql(f"SELECT COUNT(*) FROM pg_stat_activity WHERE datname = '{self.name}'", self.url) == [["0"]]:
                return
            time.sleep(0.1)


if __name__ == "__main__":
    NEXT = os.path.abspath(sys.argv.pop(2))
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()

# SPDX-License-Identifier: AGPL-3.0-or-later
"""Start-up refusals as one table: exit 78, one plain sentence, and nothing served. tests/test_cli.py has those of
the command line; here is what a change of the machine or of the database must stop.

Positive control: what is refused by a check of the wall starts with that check seeded away."""
import os, shutil, socket, sqlite3, subprocess, tempfile, time, unittest

from practice import Practice, free_port, pgcluster

NO_DEMO = ("--clients", "1", "--years", "1", "--clinicians", "1")


class Refusing(unittest.TestCase):
    said = []

    def refused(self, p, words, *options, where=None):
        done = subprocess.run([p.program, "serve", *(where or p.where), "--listen", f"127.0.0.1:{p.port}", *options],
                              capture_output=True, text=True, timeout=60, env=p.env)
        self.assertEqual(done.returncode, 78, done.stderr)
        said = [line for line in done.stderr.splitlines() if line.startswith("entracte: ")]
        self.assertEqual(len(said), 1, done.stderr)
        self.assertRegex(said[0], words)
        self.assertRegex(said[0], r"\.$")
        self.assertNotIn("serving on", done.stderr)


class OfTheMachine(Refusing):
    @classmethod
    def setUpClass(cls):
        cls.made = Practice(demo=NO_DEMO)
        cls.addClassCleanup(cls.made.done)

    def setUp(self):
        self.p = Practice(demo=None)
        self.addCleanup(self.p.done)
        shutil.rmtree(self.p.dir)
        shutil.copytree(self.made.dir, self.p.dir)
        self.key = f"{self.p.dir}/key/boot"

    def test_it_starts_when_nothing_is_wrong(self):
        self.p.start()
        self.assertEqual(self.p.stop(), 0)

    def test_key_file_that_others_may_read(self):
        for mode in (0o440, 0o404, 0o644):
            os.chmod(self.key, mode)
            self.refused(self.p, "key file")

    def test_key_file_gone(self):
        os.remove(self.key)
        self.refused(self.p, "key file")

    def test_key_file_in_the_data_directory(self):
        inside = f"{self.p.dir}/data/boot"
        shutil.copy2(self.key, inside)
        self.refused(self.p, "key file", where=[*self.p.where[:-1], inside])

    def test_key_file_reached_through_a_link_into_the_data_directory(self):
        os.rename(self.key, f"{self.p.dir}/data/boot")
        os.symlink(f"{self.p.dir}/data/boot", self.key)
        self.refused(self.p, "key file")

    def test_another_installations_key_file(self):
        os.remove(self.key)
        other = Practice(demo=NO_DEMO)
        self.addCleanup(other.done)
        shutil.copy2(f"{other.dir}/key/boot", self.key)
        self.refused(self.p, "another installation|key file")

    def test_key_file_cut_short(self):
        os.chmod(self.key, 0o600)
        os.truncate(self.key, 12)
        os.chmod(self.key, 0o400)
        self.refused(self.p, "key file")

    def test_listening_beyond_this_machine(self):
        for listen in ("0.0.0.0:8099", "[::]:8099", "192.0.2.1:8099"):
            self.refused(self.p, "this machine|loopback|127.0.0.1", "--listen", listen)

    def test_public_address_without_https(self):
        for url in ("http://practice.example.org", "practice.example.org", "https://h.example/path", "ftp://h.example"):
            self.refused(self.p, "https", "--public-url", url)

    def test_port_taken(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            self.refused(self.p, "in use|taken", "--listen", f"127.0.0.1:{s.getsockname()[1]}")

    def test_unknown_setting(self):
        with open(f"{self.p.dir}/conf", "w", encoding="utf-8") as f:
            f.write("password = 12345\n")
        self.refused(self.p, "line 1|password", "--config", f"{self.p.dir}/conf")

    def alter(self, sql, *values):
        with sqlite3.connect(f"{self.p.dir}/db") as db:
            db.execute(sql, values)
        db.close()

    def test_schema_of_a_newer_version(self):
        self.alter("INSERT INTO schema_migration (number, name, checksum, applied_ms) VALUES (9999, '9999_x', 1, 1)")
        self.refused(self.p, "newer version")

    def test_schema_altered(self):
        self.alter("UPDATE schema_migration SET checksum = checksum + 1"
                   " WHERE number = (SELECT min(number) FROM schema_migration)")
        self.refused(self.p, "altered")

    def test_audit_log_altered(self):
        with open(f"{self.p.dir}/data/audit.log", "r+b") as f:
            f.seek(400)
            byte = f.read(1)
            f.seek(400)
            f.write(bytes([byte[0] ^ 1]))
        self.refused(self.p, "audit file was altered")

    def test_a_file_that_is_no_database(self):
        for suffix in ("-wal", "-shm"):
            if os.path.exists(f"{self.p.dir}/db{suffix}"):
                os.remove(f"{self.p.dir}/db{suffix}")
        with open(f"{self.p.dir}/db", "wb") as f:
            f.write(b"not a database " * 1000)
        self.refused(self.p, "database cannot")


@unittest.skipUnless(os.path.exists("/usr/lib/postgresql/15/bin/postgres"), "PostgreSQL 15 is not installed")
class OfTheDatabase(Refusing):
    @classmethod
    def setUpClass(cls):
        cls.pg = tempfile.mkdtemp(prefix="epg", dir="/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.pg, ignore_errors=True)
        cls.url = pgcluster("start", cls.pg, "--fast").splitlines()[-1]
        cls.addClassCleanup(pgcluster, "stop", cls.pg)
        cls.p = Practice(demo=NO_DEMO, db=cls.url)
        cls.addClassCleanup(cls.p.done)

    def as_owner(self, sql):
        command = ["psql", "-qX", "-v", "ON_ERROR_STOP=1", "-h", self.pg, "-U", "postgres", "-d", "entracte", "-c", sql]
        subprocess.run(command, check=True, capture_output=True, timeout=60)

    def during(self, sql, undo):
        self.as_owner(sql)
        self.addCleanup(self.as_owner, undo)

    def test_a_superuser(self):
        self.during("ALTER ROLE entracte SUPERUSER", "ALTER ROLE entracte NOSUPERUSER")
        self.refused(self.p, "superuser")

    def test_a_role_that_steps_over_the_wall(self):
        self.during("ALTER ROLE entracte BYPASSRLS", "ALTER ROLE entracte NOBYPASSRLS")
        self.refused(self.p, "bypasses")
        seeded = Practice(demo=None, db=self.url, folder=self.p.dir, bug="no_wall_check")
        seeded.start()
        self.assertEqual(seeded.stop(), 0)

    def test_a_table_without_the_wall(self):
        self.during("ALTER TABLE client NO FORCE ROW LEVEL SECURITY", "ALTER TABLE client FORCE ROW LEVEL SECURITY")
        self.refused(self.p, "table client")

    def test_a_database_on_the_network(self):
        for listen in ("0.0.0.0", "*", "::", "127.0.0.1, 0.0.0.0"):
            self.listen_on(listen)
            self.refused(self.p, "listens on the network")
        self.listen_on("127.0.0.1")
        self.p.start()
        self.assertEqual(self.p.stop(), 0)

    @unittest.skipUnless(shutil.which("faketime"), "faketime is not installed")
    def test_a_database_that_is_put_on_the_network_later(self):
        """Once an hour it is looked at again: the clock is put forward."""
        self.listen_on("127.0.0.1", free_port())
        port = self.p.where[1].split("port=")[1]
        clock = f"{self.p.dir}/data/clock"
        self.set_clock(clock, "+0")
        preload = subprocess.run(["faketime", "@0", "printenv", "LD_PRELOAD"], check=True, capture_output=True, text=True)
        self.p.start(env={"LD_PRELOAD": preload.stdout.strip(), "FAKETIME_TIMESTAMP_FILE": clock, "FAKETIME_NO_CACHE": "1",
                          "FAKETIME_DONT_FAKE_MONOTONIC": "1"})
        self.addCleanup(self.p.stop)
        self.listen_on("0.0.0.0", port)
        time.sleep(6)
        self.assertNotIn("alarm", self.p.log())
        self.set_clock(clock, "+3700s")
        for _ in range(300):
            if "alarm: The database server listens on the network" in self.p.log():
                return
            time.sleep(0.1)
        self.fail(self.p.log()[-1000:])

    @staticmethod
    def set_clock(path, offset):
        with open(path, "w", encoding="utf-8") as f:
            f.write(offset + "\n")

    def listen_on(self, addresses, port=None):
        """The cluster again, with these listen_addresses and a port of its own."""
        pgcluster("stop", self.pg)
        run = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        port = port or free_port()
        options = f"-c listen_addresses='{addresses}' -c port={port} -k '{self.pg}' -c fsync=off"
        subprocess.run([*run, "/usr/lib/postgresql/15/bin/pg_ctl", "-D", f"{self.pg}/data", "-w", "-l",
                        f"{self.pg}/server.log", "-o", options, "start"], check=True, capture_output=True, timeout=60,
                       cwd="/")
        self.p.where = [w.replace("port=5432", f"port={port}") if w.startswith("postgresql") else w
                        for w in Practice(demo=None, db=self.url, folder=self.p.dir).where]

    def tearDown(self):
        pgcluster("stop", self.pg)
        pgcluster("start", self.pg, "--fast")
        self.p.where = Practice(demo=None, db=self.url, folder=self.p.dir).where

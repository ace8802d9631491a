# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two instances of PostgreSQL, the second a synchronous standby; two servers of Entracte under load; the first
instance is killed and the standby promoted. No acknowledged write is lost, the servers go on by themselves, sessions
stay, and a token opens the clinical tier again without anybody typing a password.

Positive control: with an asynchronous standby that hears nothing for a while, acknowledged writes are missing."""
import os, shutil, signal, subprocess, tempfile, threading, time, unittest

from practice import Browser, Practice, pgcluster

BIN = "/usr/lib/postgresql/15/bin"


class Pair:
    """Primary and standby in folders of their own; both hosts are in one URL."""

    def __init__(self, synchronous):
        self.dir = tempfile.mkdtemp(prefix="epp", dir="/tmp")
        os.chmod(self.dir, 0o755)
        self.primary, self.standby = f"{self.dir}/a", f"{self.dir}/b"
        pgcluster("start", self.primary)
        os.makedirs(self.standby)
        if os.geteuid() == 0:
            shutil.chown(self.standby, "postgres")
        self.as_postgres(f"{BIN}/pg_basebackup", "-h", self.primary, "-U", "postgres", "-D", f"{self.standby}/data", "-R",
                         "-X", "stream", "--checkpoint=fast", "-d", f"host={self.primary} application_name=second")
        self.sql(self.primary, "ALTER SYSTEM SET synchronous_standby_names = '%s'" % ("second" if synchronous else ""))
        self.sql(self.primary, "SELECT pg_reload_conf()")
        self.as_postgres(f"{BIN}/pg_ctl", "-D", f"{self.standby}/data", "-w", "-l", f"{self.standby}/server.log", "-o",
                         f"-c listen_addresses= -c max_connections=200 -c shared_buffers=64MB -k '{self.standby}'", "start")
        for _ in range(100):
            if "streaming" in self.sql(self.primary, "SELECT state FROM pg_stat_replication"):
                break
            time.sleep(0.1)
        self.url = f"postgresql://entracte@/entracte?host={self.primary},{self.standby}&target_session_attrs=read-write"

    @staticmethod
    def as_postgres(*command, check=True):
        run = ["runuser", "-u", "postgres", "--"] if os.geteuid() == 0 else []
        return subprocess.run([*run, *command], check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                              timeout=120, cwd="/")

    @staticmethod
    def sql(host, text):
        command = ["psql", "-qAtX", "-h", host, "-U", "postgres", "-d", "entracte", "-c", text]
        return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout

    def kill_primary(self):
        """As a machine that loses its power: all of its processes at once."""
        with open(f"{self.primary}/data/postmaster.pid", encoding="utf-8") as f:
            pid = int(f.readline())
        children = subprocess.run(["pgrep", "-P", str(pid)], capture_output=True, text=True, check=False).stdout.split()
        for process in (pid, *map(int, children)):
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass

    def promote(self):
        self.as_postgres(f"{BIN}/pg_ctl", "-D", f"{self.standby}/data", "-w", "promote")

    def done(self):
        for folder in (self.primary, self.standby):
            self.as_postgres(f"{BIN}/pg_ctl", "-D", f"{folder}/data", "-m", "immediate", "stop", check=False)
        shutil.rmtree(self.dir, ignore_errors=True)


class Writer(threading.Thread):
    """Posts clients through one server; keeps (id, name) of what was acknowledged, and when each answer came."""

    def __init__(self, p, token, number):
        super().__init__(daemon=True)
        self.p, self.token, self.number = p, token, number
        self.acked, self.times, self.stopping = [], [], False

    def run(self):
        n = 0
        while not self.stopping:
            n += 1
            name = f"w{self.number}n{n}"
            try:
                status, said = self.p.call("POST", "/clients", {"given_name": "Kim", "family_name": name}, self.token)
            except OSError:
                status = 0
            if status == 201:
                self.acked.append((said["id"], name))
                self.times.append(time.monotonic())
            else:
                time.sleep(0.02)


@unittest.skipUnless(os.path.exists(f"{BIN}/postgres"), "PostgreSQL 15 is not installed")
class Failover(unittest.TestCase):
    def set_up(self, synchronous):
        self.pair = Pair(synchronous)
        self.addCleanup(self.pair.done)
        first = Practice(db=self.pair.url)
        self.addCleanup(first.done)
        second = Practice(db=self.pair.url, demo=None)
        self.addCleanup(second.done)
        shutil.copytree(f"{first.dir}/key", f"{second.dir}/key", dirs_exist_ok=True)
        second.sign_ins = first.sign_ins
        self.servers = [first.start(), second.start()]
        self.token = first.token()

    def run_over(self, seconds_before, deaf_s=0):
        """Load, kill, promote, load again; (acknowledged, missing, seconds from promotion to the first write)."""
        writers = [Writer(s, self.token, i * 2 + k) for i, s in enumerate(self.servers) for k in range(2)]
        for w in writers:
            w.start()
        time.sleep(seconds_before)
        if deaf_s:
            self.pair.sql(self.pair.standby, "ALTER SYSTEM SET primary_conninfo = 'host=/nonexistent'")
            self.pair.sql(self.pair.standby, "SELECT pg_reload_conf()")
            time.sleep(deaf_s)
        killed = time.monotonic()
        self.pair.kill_primary()
        self.pair.promote()
        promoted = time.monotonic()
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and not all(w.times and w.times[-1] > promoted for w in writers):
            time.sleep(0.1)
        time.sleep(1)
        for w in writers:
            w.stopping = True
        for w in writers:
            w.join(40)
        acked = [a for w in writers for a in w.acked]
        after = [t for w in writers for t in w.times if t > promoted]
        ids = set(self.pair.sql(self.pair.standby, "SET row_security = off; SELECT id FROM client").split())
        missing = [a for a in acked if a[0] not in ids]
        return acked, missing, (min(after) - promoted) if after else None

    def test_nothing_acknowledged_is_lost(self):
        self.set_up(synchronous=True)
        person = Browser(self.servers[0])
        note = self.note_of(self.servers[0])
        n, worst, rounds = 0, 0, 1
        for _ in range(rounds):
            acked, missing, gap_s = self.run_over(3)
            self.assertEqual(missing, [])
            self.assertIsNotNone(gap_s, self.servers[0].log()[-1500:])
            n, worst = n + len(acked), max(worst, gap_s)
        self.assertGreater(n, 50)
        self.assertLess(worst, 5)
        for server in self.servers:
            self.assertEqual(server.call("GET", note, token=self.token)[0], 200)
        self.assertEqual(person.get("/today")[0], 200)
        self.said = [f"{n} writes acknowledged, 0 lost, first write {worst:.1f} s after the promotion"]

    def note_of(self, server):
        for row in server.call("GET", "/clients", token=self.token)[1]["clients"]:
            notes = server.call("GET", f"/clients/{row['id']}/notes", token=self.token)[1].get("notes")
            if notes:
                return f"/notes/{notes[0]['id']}"
        raise AssertionError("the demo has no note")

    def test_a_standby_that_lags_is_caught(self):
        self.set_up(synchronous=False)
        _, missing, _ = self.run_over(1, deaf_s=2)
        self.assertGreater(len(missing), 0)

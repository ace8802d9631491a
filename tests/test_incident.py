#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a break-in leaves behind: the log and the database are altered between a stop and a start in twenty ways;
each must close the program to all but the page that says so, and name what was done.

    tests/test_incident.py build/entracte"""
import contextlib, http.client, json, os, shutil, signal, socket, sqlite3, subprocess, sys, tempfile, time, unittest

PROGRAM = None
SIZE = 320


def port_of():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Incident(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """A practice that was served, read, written to and stopped; and the same a day before."""
        cls.top = tempfile.mkdtemp(prefix="entracte-incident-")
        cls.place(f"{cls.top}/now")
        os.makedirs(f"{cls.top}/now/keys", 0o700)
        cls.program("demo", "--clients", "8", "--years", "1", "--clinicians", "1")
        cls.token = cls.program("token", "--email", "rosa.vela@example.org").strip()
        cls.owner = cls.program("token", "--email", cls.owner_mail()).strip()
        with cls.served() as port:
            cls.get(port, "/practice/rooms")
        shutil.copytree(f"{cls.top}/now", f"{cls.top}/before")
        with cls.served() as port:
            for _ in range(3):
                cls.get(port, "/practice/rooms")
            cls.post(port, "/clients", {"given_name": "Kim", "family_name": "New"})
        shutil.copytree(f"{cls.top}/now", f"{cls.top}/kept")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top)

    def setUp(self):
        shutil.rmtree(f"{self.top}/now")
        shutil.copytree(f"{self.top}/kept", f"{self.top}/now")

    @classmethod
    def place(cls, folder):
        cls.db, cls.data = f"{folder}/db", f"{folder}/data"
        cls.log, cls.key = f"{cls.data}/audit.log", f"{cls.data}/audit.key"
        cls.where = ["--db", f"sqlite:{cls.db}", "--data", cls.data, "--key-file", f"{folder}/keys/key"]

    @classmethod
    def owner_mail(cls):
        rows = cls.program("user", "list").splitlines()
        return next(r.split("\t")[0] for r in rows if "owner" in r.split("\t")[1])

    @classmethod
    def program(cls, *args):
        done = subprocess.run([PROGRAM, args[0], *cls.where, *args[1:]], check=True, capture_output=True, text=True)
        return done.stdout

    @classmethod
    @contextlib.contextmanager
    def served(cls, how=signal.SIGTERM):
        port = port_of()
        server = subprocess.Popen([PROGRAM, "serve", *cls.where, "--listen", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
        try:
            for _ in range(200):
                with contextlib.suppress(OSError):
                    socket.create_connection(("127.0.0.1", port)).close()
                    break
                time.sleep(0.05)
            yield port
        finally:
            server.send_signal(how)
            server.wait(20)

    @classmethod
    def call(cls, method, port, path, body=None, token=None):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        headers = {"Authorization": f"Bearer {token or cls.owner}", "Accept": "application/json", "Content-Type": "application/json"}
        c.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = c.getresponse()
        text = answer.read()
        c.close()
        return answer.status, json.loads(text) if text else {}

    @classmethod
    def get(cls, port, path):
        return cls.call("GET", port, path)

    @classmethod
    def post(cls, port, path, body):
        return cls.call("POST", port, path, body)

    def sql(self, *statements):
        with contextlib.closing(sqlite3.connect(self.db)) as db:
            for s in statements:
                db.execute(s)
            db.commit()
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def said(self):
        """What the open incident says; None: the program works."""
        with self.served() as port:
            status, _ = self.get(port, "/practice/rooms")
            shown = self.get(port, "/incidents")[1]["incidents"]
        if status == 200:
            return None
        self.assertEqual(status, 423)
        return " ".join(f["text"] for f in shown[0]["findings"])

    def says(self, words):
        said = self.said()
        self.assertIsNotNone(said, "nothing was noticed")
        self.assertIn(words, said)

    # --- what must not alarm -------------------------------------------------------------

    def test_a_start_after_a_stop_works(self):
        self.assertIsNone(self.said())
        self.assertIsNone(self.said())

    def test_a_start_after_a_kill_works(self):
        for _ in range(3):
            with self.served(signal.SIGKILL) as port:
                self.post(port, "/clients", {"given_name": "Kim", "family_name": "Killed"})
                self.get(port, "/clients")
        self.assertIsNone(self.said())

    # --- the log ---------------------------------------------------------------------------

    def test_a_log_that_was_cut_alarms(self):
        os.truncate(self.log, os.path.getsize(self.log) - 3 * SIZE)
        self.says("cut off")

    def test_a_log_that_was_emptied_alarms(self):
        os.truncate(self.log, 0)
        self.says("removed")

    def test_a_log_that_was_removed_alarms(self):
        os.remove(self.log)
        self.says("removed")

    def test_a_log_removed_with_its_key_alarms(self):
        os.remove(self.log)
        os.remove(self.key)
        self.says("not here")

    def test_a_data_directory_that_was_removed_alarms(self):
        shutil.rmtree(self.data)
        self.says("not here")

    def test_a_log_and_key_of_yesterday_alarm(self):
        shutil.copy(f"{self.top}/before/data/audit.log", self.log)
        shutil.copy(f"{self.top}/before/data/audit.key", self.key)
        self.says("older than the database")

    def test_an_altered_log_does_not_start(self):
        with open(self.log, "r+b") as f:
            f.seek(5 * SIZE + 45)
            f.write(b"x")
        done = subprocess.run([PROGRAM, "serve", *self.where, "--listen", f"127.0.0.1:{port_of()}"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 78)
        self.assertIn("altered", done.stderr)

    # --- the database --------------------------------------------------------------------------

    def test_a_database_of_yesterday_alarms(self):
        shutil.copy(f"{self.top}/before/db", self.db)
        self.says("older than the audit log")

    def test_database_log_and_key_of_yesterday_are_found_by_a_checkpoint_that_was_kept(self):
        with open(f"{self.top}/kept.txt", "w", encoding="ascii") as f:
            f.write(self.program("audit", "checkpoint"))
        shutil.rmtree(f"{self.top}/now")
        shutil.copytree(f"{self.top}/before", f"{self.top}/now")
        self.assertIsNone(self.said())  # from inside nothing tells
        done = subprocess.run([PROGRAM, "audit", "verify", *self.where, "--checkpoints", f"{self.top}/kept.txt"],
                              capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, "truncated|rolled-back")

    def test_a_note_of_ransom_alarms(self):
        self.sql("CREATE TABLE WARNING_READ_ME (text TEXT)")
        self.says("WARNING_READ_ME")

    def test_a_table_that_is_gone_alarms(self):
        self.sql("DROP TABLE task")
        self.says("missing: task")

    def test_a_renamed_table_alarms(self):
        self.sql("ALTER TABLE opening RENAME TO opening_2")
        self.says("missing: opening")

    def test_notes_that_are_gone_alarm(self):
        self.sql("DROP TRIGGER note_signed_kept", "DELETE FROM note WHERE rowid IN (SELECT rowid FROM note LIMIT 1)",
                 "CREATE TRIGGER note_signed_kept BEFORE DELETE ON note WHEN OLD.state = 1\n"
                 "BEGIN SELECT RAISE(ABORT, 'a signed note is kept'); END")
        self.says("note 1")

    def test_all_notes_gone_alarm(self):
        self.sql("DROP TRIGGER note_signed_kept", "DELETE FROM note")
        self.says("tables were altered")

    def test_payments_that_are_gone_alarm(self):
        self.sql("DROP TRIGGER payment_kept", "DELETE FROM payment",
                 "CREATE TRIGGER payment_kept BEFORE DELETE ON payment\n"
                 "BEGIN SELECT RAISE(ABORT, 'a payment is kept; a refund is a negative one'); END")
        self.says("payment")

    def test_clients_that_are_gone_alarm(self):
        self.sql("PRAGMA foreign_keys = OFF", "DELETE FROM client")
        self.says("client 1")

    def test_changes_that_are_gone_alarm(self):
        self.sql("DROP TRIGGER audit_change_kept", "DELETE FROM audit_change WHERE seq = (SELECT MAX(seq) FROM audit_change)",
                 "CREATE TRIGGER audit_change_kept BEFORE DELETE ON audit_change\n"
                 "BEGIN SELECT RAISE(ABORT, 'what was changed is kept'); END")
        self.says("audit_change 1")

    def test_a_trigger_that_is_gone_alarms(self):
        self.sql("DROP TRIGGER invoice_fixed")
        self.says("tables were altered")

    def test_a_new_trigger_alarms(self):
        self.sql("CREATE TRIGGER quiet AFTER INSERT ON client BEGIN UPDATE client SET status = status WHERE 0; END")
        self.says("tables were altered")

    def test_attestations_that_are_gone_alarm(self):
        self.sql("DELETE FROM audit_attest")
        self.says("older than the audit log")

    def test_an_altered_attestation_alarms(self):
        self.sql("UPDATE audit_attest SET said = replace(said, 'rows note', 'rows nota')")
        self.says("should hold was altered")

    def test_an_invoice_that_is_not_what_was_issued_is_found_by_check(self):
        trigger = sqlite3.connect(self.db).execute("SELECT sql FROM sqlite_schema WHERE name = 'invoice_fixed'").fetchone()[0]
        self.sql("DROP TRIGGER invoice_fixed", "UPDATE invoice SET sealed_identity = zeroblob(300) WHERE number = 1", trigger)
        done = subprocess.run([PROGRAM, "check", *self.where, "--full", "--json"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 1)
        found = {v["invariant"] for v in json.loads(done.stdout)["violations"]}
        self.assertIn("not what was signed or issued", found)

    # --- and on ------------------------------------------------------------------------------------

    def test_the_owner_notes_steps_and_goes_on(self):
        os.remove(self.log)
        self.says("removed")
        with self.served() as port:
            self.assertEqual(self.get(port, "/clients")[0], 423)
            incident = self.get(port, "/incidents")[1]["incidents"][0]["id"]
            status, _ = self.post(port, f"/incidents/{incident}/steps",
                                  {"step": "authority", "done": "2026-01-02T10:00Z", "words": "Told by telephone"})
            self.assertEqual(status, 201)
            self.assertEqual(self.call("POST", port, "/incidents/close", {"reason": "x"}, self.token)[0], 403)
            self.assertEqual(self.post(port, "/incidents/close", {"reason": ""})[0], 422)
            self.assertEqual(self.post(port, "/incidents/close", {"reason": "The disk was changed"})[0], 200)
            self.assertEqual(self.get(port, "/practice/rooms")[0], 200)
            told = self.get(port, "/incidents")[1]["incidents"][0]
            self.assertEqual((told["reason"], told["steps"][0]["words"]), ("The disk was changed", "Told by telephone"))
        self.assertIsNone(self.said())


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()

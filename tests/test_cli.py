#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The program as an administrator meets it: what it refuses, in one plain sentence with exit 78, and a life
from init to SIGTERM.

    tests/test_cli.py build/entracte"""
import http.client, json, os, shutil, signal, socket, sqlite3, subprocess, sys, tempfile, time, unittest

PROGRAM = None
PASSWORD = "fourteen blue umbrellas\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Place(unittest.TestCase):
    def setUp(self):
        self.dir = tempfile.mkdtemp(prefix="entracte-cli-")
        self.addCleanup(shutil.rmtree, self.dir, ignore_errors=True)
        self.key = f"{self.dir}/key"
        self.where = ["--db", f"sqlite:{self.dir}/db", "--data", f"{self.dir}/data", "--key-file", self.key]

    def run_it(self, *args, stdin=None):
        return subprocess.run([PROGRAM, *args], input=stdin, capture_output=True, text=True, timeout=60)

    def init(self):
        done = self.run_it("init", *self.where, "--email", "ada@example.org", "--name", "Ada Example", stdin=PASSWORD)
        self.assertEqual(done.returncode, 0, done.stderr)

    def refused(self, done, words):
        self.assertEqual(done.returncode, 78, done.stderr)
        sentences = [l for l in done.stderr.splitlines() if l.startswith("entracte: ")]
        self.assertEqual(len(sentences), 1, done.stderr)
        self.assertRegex(sentences[0], words)
        self.assertTrue(sentences[0].endswith("."), sentences[0])


class Refusals(Place):
    def test_a_key_file_that_others_may_read(self):
        self.init()
        os.chmod(self.key, 0o644)
        self.refused(self.run_it("check", *self.where), "key file")

    def test_a_key_file_inside_the_data_directory(self):
        os.mkdir(f"{self.dir}/data", 0o700)
        where = ["--db", f"sqlite:{self.dir}/db", "--data", f"{self.dir}/data", "--key-file", f"{self.dir}/data/key"]
        self.refused(self.run_it("check", *where), "key file")

    def test_no_key_file(self):
        self.refused(self.run_it("check", *self.where), "key file")

    def test_the_key_file_of_another_installation(self):
        self.init()
        os.remove(self.key)
        other = tempfile.mkdtemp(prefix="entracte-cli-")
        self.addCleanup(shutil.rmtree, other)
        subprocess.run([PROGRAM, "init", "--db", f"sqlite:{other}/db", "--data", f"{other}/data", "--key-file", self.key,
                        "--email", "b@example.org", "--name", "B C"], input=PASSWORD, text=True, check=True, capture_output=True)
        self.refused(self.run_it("check", *self.where), "another installation")

    def test_a_schema_newer_than_the_program(self):
        self.init()
        with sqlite3.connect(f"{self.dir}/db") as db:
            db.execute("INSERT INTO schema_migration (number, name, checksum, applied_ms) VALUES (9999, '9999_later', 1, 1)")
        self.refused(self.run_it("check", *self.where), "newer version")

    def test_plain_http_beyond_this_machine(self):
        self.init()
        for listen in ("0.0.0.0:8099", "[::]:8099", "192.0.2.1:8099"):
            self.refused(self.run_it("serve", *self.where, "--listen", listen), "loopback|127.0.0.1|this machine")

    def test_a_public_address_that_is_none(self):
        self.init()
        for url, words in (("practice.example.org", "https://HOST"), ("http://practice.example.org", "begin with https"),
                           ("https://practice.example.org/app", "without a path")):
            self.refused(self.run_it("serve", *self.where, "--public-url", url), words)

    def test_a_port_in_use(self):
        self.init()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            s.listen()
            self.refused(self.run_it("serve", *self.where, "--listen", f"127.0.0.1:{s.getsockname()[1]}"), "in use|taken")

    def test_a_database_that_cannot_be_reached(self):
        self.init()
        where = ["--db", "postgresql://nobody@/none?host=/nonexistent", "--data", f"{self.dir}/data", "--key-file", self.key]
        self.refused(self.run_it("check", *where), "cannot be opened")

    def test_an_unknown_line_in_the_config_file(self):
        with open(f"{self.dir}/conf", "w") as f:
            f.write("listen = 127.0.0.1:1\nfrobnicate = yes\n")
        self.refused(self.run_it("check", "--config", f"{self.dir}/conf"), "frobnicate|line 2")


class Help(Place):
    def test_every_command_has_help(self):
        for command in ("serve", "init", "demo", "migrate", "check", "doctor", "user", "token"):
            done = self.run_it(command, "--help")
            self.assertEqual(done.returncode, 0)
            self.assertIn(f"entracte {command}", done.stdout)
        self.assertRegex(self.run_it("version").stdout, r"^entracte \d")

    def test_unknown_commands_and_values_are_said(self):
        self.assertEqual(self.run_it("dance").returncode, 2)
        self.assertEqual(self.run_it("demo", *self.where, "--years", "many").returncode, 2)


class Demo(Place):
    def test_nobody_comes_after_the_treatment_has_ended(self):
        made = self.run_it("demo", *self.where, "--years", "1", "--clients", "12")
        self.assertEqual(made.returncode, 0, made.stderr)
        with sqlite3.connect(f"{self.dir}/db") as db:
            ended, to_come = (db.execute(query).fetchone()[0] for query in (
                "SELECT count(*) FROM client WHERE status = 3",
                "SELECT count(*) FROM client c JOIN appointment_client a ON a.client_id = c.id JOIN appointment p ON"
                " p.id = a.appointment_id WHERE c.status = 3 AND p.state < 3 AND p.start_ms > unixepoch() * 1000"))
        self.assertGreater(ended, 0)
        self.assertEqual(to_come, 0)


class Life(Place):
    def serve(self, *options):
        self.port = free_port()
        server = subprocess.Popen([PROGRAM, "serve", *self.where, "--listen", f"127.0.0.1:{self.port}", *options],
                                  stderr=subprocess.PIPE, text=True)
        self.addCleanup(server.stderr.close)
        self.addCleanup(server.wait)
        self.addCleanup(server.kill)
        for _ in range(200):
            try:
                if self.get("/healthz")[0] == 200:
                    return server
            except OSError:
                time.sleep(0.05)
        self.fail("it does not answer")

    def get(self, path, token=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        c.request("GET", path, headers={"Accept": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})})
        answer = c.getresponse()
        body = answer.read()
        c.close()
        return answer.status, json.loads(body) if body else None

    def test_the_first_owner_has_read_the_terminal(self):
        server = self.serve()
        said = next(line for line in server.stderr if "token=" in line)
        self.assertRegex(said, rf"http://localhost:{self.port}/set-up\?token=[\w-]{{22}}$")
        form = {"practice": "P", "given_name": "A", "family_name": "B", "email": "a@example.org", "currency": "EUR",
                "password": PASSWORD.strip(), "time_zone": "Europe/Madrid", "locale": "en-GB"}
        for token, status in (("", 422), ("x" * 22, 422), (said.strip().split("=")[1], 201), (said.strip().split("=")[1], 404)):
            c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
            c.request("POST", "/set-up", json.dumps({**form, "token": token}),
                      {"Content-Type": "application/json", "Accept": "application/json"})
            self.assertEqual(c.getresponse().status, status)
            c.close()

    def test_a_practice_that_exists_prints_no_token(self):
        self.init()
        server = self.serve()
        server.terminate()
        self.assertNotIn("token=", server.stderr.read())

    def status_as(self, host, path="/sign-in"):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        c.request("GET", path, headers={"Host": host})
        status = c.getresponse().status
        c.close()
        return status

    def test_only_its_own_name_is_served(self):
        self.init()
        self.serve("--public-url", "https://practice.example.org")
        for host, status in (("practice.example.org", 200), ("evil.example", 421), ("127.0.0.1", 421)):
            self.assertEqual(self.status_as(host), status, host)
        self.assertEqual(self.status_as("127.0.0.1", "/healthz"), 200)
        self.assertEqual(self.status_as("evil.example", "/healthz"), 421)

    def test_without_a_public_address_only_this_computer_is_answered(self):
        self.init()
        self.serve()
        for host, status in ((f"127.0.0.1:{self.port}", 200), ("localhost", 200), ("evil.example", 421)):
            self.assertEqual(self.status_as(host), status, host)

    def test_from_init_to_sigterm(self):
        self.init()
        token = self.run_it("token", *self.where, "--email", "ada@example.org").stdout.strip()
        self.assertRegex(token, r"^[\w-]{43}$")
        server = self.serve()
        self.assertEqual(self.get("/clients", token), (200, self.get("/clients", token)[1]))
        self.assertEqual(self.get("/clients")[0], 401)
        self.assertEqual(self.get("/clients", "A" * 43)[0], 401)
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(20), 0)
        self.assertEqual(json.loads(self.run_it("check", *self.where, "--json").stdout), {"ok": True, "notes": 0, "notes_opened": 0, "violations": []})
        self.assertTrue(json.loads(self.run_it("doctor", *self.where, "--json").stdout)["findings"])

    def test_another_operational_key_is_begun_once_and_the_practice_opens(self):
        self.init()
        for _ in range(2):
            done = self.run_it("keys", "rotate", "practice", *self.where)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertIn("In ten minutes", done.stdout)
        self.assertIn("All invariants hold", self.run_it("check", *self.where).stdout)
        self.assertEqual(self.run_it("keys", "rotate", "everything", *self.where).returncode, 2)

    def test_accounts_on_the_command_line(self):
        self.init()
        done = self.run_it("user", "add", *self.where, "--email", "r@example.org", "--name", "Rosa Vela", "--roles", "reception",
                           stdin=PASSWORD)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("r@example.org\treception\tactive", self.run_it("user", "list", *self.where).stdout)
        weak = self.run_it("user", "add", *self.where, "--email", "x@example.org", "--name", "X Y", stdin="short\n")
        self.assertEqual(weak.returncode, 1)
        self.assertIn("12 characters", weak.stderr)
        self.assertEqual(self.run_it("user", "close", *self.where, "--email", "r@example.org").returncode, 0)
        self.assertIn("reception\tclosed", self.run_it("user", "list", *self.where).stdout)
        self.assertEqual(self.run_it("token", *self.where, "--email", "r@example.org").returncode, 1)


class RecoveryKit(Place):
    def setUp(self):
        super().setUp()
        self.init()
        self.kit = f"{self.dir}/kit"
        self.ada = ["--email", "ada@example.org"]
        done = self.run_it("recovery-kit", *self.where, *self.ada, "--out", self.kit, stdin=PASSWORD)
        self.assertEqual(done.returncode, 0, done.stderr)

    def done(self, *args, stdin=None):
        done = self.run_it(*args, stdin=stdin)
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_its_words_are_the_first_line_of_a_private_file(self):
        with open(self.kit) as f:
            self.assertEqual(len(f.readline().split(" ")), 24)
        self.assertEqual(os.stat(self.kit).st_mode & 0o777, 0o600)
        again = self.run_it("recovery-kit", *self.where, *self.ada, "--out", self.kit, stdin=PASSWORD)
        self.assertEqual((again.returncode, again.stderr), (1, "entracte: There is such a file already.\n"))

    def test_it_needs_the_password(self):
        wrong = self.run_it("recovery-kit", *self.where, *self.ada, "--out", f"{self.dir}/other", stdin="not this one\n")
        self.assertEqual(wrong.returncode, 1)
        self.assertFalse(os.path.exists(f"{self.dir}/other"))

    def test_a_lost_key_file_is_made_anew(self):
        recover = ["recover-key", *self.where, "--recovery-kit", self.kit]
        refused = self.run_it(*recover)
        self.assertEqual(refused.returncode, 1)
        self.assertIn("already", refused.stderr)
        os.rename(self.key, f"{self.dir}/old")
        self.done(*recover)
        self.assertEqual(os.stat(self.key).st_mode & 0o777, 0o400)
        self.done("check", *self.where, "--full")
        self.assertIn("ada@example.org", self.run_it("user", "list", *self.where).stdout)
        os.rename(f"{self.dir}/old", self.key)
        self.refused(self.run_it("check", *self.where), "another installation")

    def test_the_kit_of_another_practice_makes_no_key_file(self):
        other = tempfile.mkdtemp(prefix="entracte-cli-")
        self.addCleanup(shutil.rmtree, other)
        where = ["--db", f"sqlite:{other}/db", "--data", f"{other}/data", "--key-file", f"{other}/key"]
        self.done("init", *where, "--email", "eva@example.org", "--name", "Eva Example", stdin=PASSWORD)
        self.done("recovery-kit", *where, "--email", "eva@example.org", "--out", f"{other}/kit", stdin=PASSWORD)
        os.remove(self.key)
        wrong = self.run_it("recover-key", *self.where, "--recovery-kit", f"{other}/kit")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("not one of this database", wrong.stderr)
        self.assertFalse(os.path.exists(self.key))
        self.done("recover-key", *self.where, "--recovery-kit", self.kit)

    def test_a_new_boot_key_takes_the_place_of_the_old_one_whenever_it_is_killed(self):
        shutil.copy(self.key, f"{self.dir}/first")
        rotate = [PROGRAM, "keys", "rotate", "boot", *self.where]
        for ms in range(2, 60, 4):
            p = subprocess.Popen(rotate, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(ms / 1000)
            p.kill()
            p.wait()
            self.done("user", "list", *self.where)
        self.done("keys", "rotate", "boot", *self.where)
        self.assertFalse(os.path.exists(f"{self.key}.next"))
        self.done("check", *self.where)
        os.rename(f"{self.dir}/first", self.key)
        self.refused(self.run_it("check", *self.where), "another installation")

    def test_a_forgotten_password_is_set_anew(self):
        new = "seventeen green kettles\n"
        self.done("user", "recover", *self.where, *self.ada, "--recovery-kit", self.kit, stdin=new)
        old = self.run_it("recovery-kit", *self.where, *self.ada, "--out", f"{self.dir}/other", stdin=PASSWORD)
        self.assertEqual(old.returncode, 1)
        self.done("recovery-kit", *self.where, *self.ada, "--out", f"{self.dir}/other", stdin=new)


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()

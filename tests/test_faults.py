#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A full disk and a lost database: 503 in the meantime, nothing acknowledged is lost, and it works again without
a restart.

    tests/test_faults.py build/entracte        (TEST_PG_DIR: where a PostgreSQL of the test's own may run)"""
import http.client, json, os, shutil, socket, subprocess, sys, tempfile, time, unittest

PROGRAM = None
HERE = os.path.dirname(os.path.abspath(__file__))


class Served(unittest.TestCase):
    def begin(self, db, data, key):
        self.where = ["--db", db, "--data", data, "--key-file", key]
        subprocess.run([PROGRAM, "demo", *self.where, "--clients", "6", "--years", "1", "--clinicians", "1"], check=True,
                       capture_output=True)
        self.token = subprocess.run([PROGRAM, "token", *self.where, "--email", "ines.robles@example.org"], check=True,
                                    capture_output=True, text=True).stdout.strip()
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.log = tempfile.TemporaryFile()
        self.addCleanup(self.log.close)
        self.server = subprocess.Popen([PROGRAM, "serve", *self.where, "--listen", f"127.0.0.1:{self.port}"],
                                       stderr=self.log)
        self.addCleanup(self.stop)
        self.until(200, "/healthz")

    def stop(self):
        self.server.terminate()
        code = self.server.wait(20)
        if code != 0:
            self.log.seek(0)
            self.fail(f"the server ended with {code}:\n" + self.log.read()[-6000:].decode(errors="replace"))

    def let_jobs_run(self):
        """The thread of the jobs wakes every five seconds; it outlives the fault too."""
        time.sleep(6)
        self.assertIsNone(self.server.poll())

    def call(self, method, path, body=None):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            c.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = c.getresponse()
            text = answer.read()
            return answer.status, json.loads(text) if text else {}
        finally:
            c.close()

    def until(self, status, path):
        for _ in range(300):
            try:
                got = self.call("GET", path)[0]
                if got == status:
                    return
            except OSError:
                got = "nothing"
            time.sleep(0.05)
        self.fail(f"{path} stays {got}, not {status}")

    def add(self, name):
        status, answer = self.call("POST", "/clients", {"given_name": "Kim", "family_name": name, "remark": "x" * 3900})
        if status == 201:
            self.acked.append((answer["id"], name))
        return status

    def all_there(self):
        for id, name in self.acked:
            self.assertEqual(self.call("GET", f"/clients/{id}")[1]["client"]["family_name"], name)
        done = subprocess.run([PROGRAM, "check", *self.where, "--json"], capture_output=True, text=True)
        said = json.loads(done.stdout)
        self.assertEqual((said["ok"], said["violations"]), (True, []))


@unittest.skipUnless(os.geteuid() == 0 and shutil.which("mount"), "a small file system can be mounted by root alone")
class FullDisk(Served):
    def refusals_are_written_down(self, log):
        """What is asked for is shown as long as there is more than the reserve, then refused; each refusal is in the log."""
        def refused():
            with open(log, "rb") as f:
                data = f.read()
            return sum(data[i + 1] == 2 and int.from_bytes(data[i + 4:i + 8], "little") == 503 for i in range(0, len(data), 320))
        before, n_refused = refused(), 0
        for _ in range(4000):
            n_refused += self.status("/practice/rooms") == 503
            if n_refused == 20:
                break
        self.assertEqual(n_refused, 20)
        self.assertGreaterEqual(refused() - before, 20)

    def status(self, path):
        """Of a plain answer too."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        c.request("GET", path, headers={"Authorization": f"Bearer {self.token}", "Accept": "application/json"})
        status = c.getresponse().status
        c.close()
        return status

    def test_writes_wait_and_go_on_when_there_is_room(self):
        keys, disk = tempfile.mkdtemp(), tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, keys)
        self.addCleanup(os.rmdir, disk)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=12m", "tmpfs", disk], capture_output=True).returncode != 0:
            self.skipTest("this machine mounts nothing")
        self.addCleanup(subprocess.run, ["umount", "-l", disk], check=True)
        self.acked = []
        self.begin(f"sqlite:{disk}/db", f"{disk}/data", f"{keys}/key")
        with open(f"{disk}/ballast", "wb") as f:
            try:
                while True:
                    f.write(b"x" * 65536)
                    f.flush()
            except OSError:
                pass
        self.let_jobs_run()
        self.refusals_are_written_down(f"{disk}/data/audit.log")
        said = [self.add(f"full{i}") for i in range(40)]
        self.assertIn(503, said)
        self.assertTrue(set(said) <= {201, 503}, said)
        os.remove(f"{disk}/ballast")
        self.assertEqual(self.add("roomy"), 201)
        self.until(200, "/clients")
        self.all_there()


@unittest.skipUnless(os.path.exists("/usr/lib/postgresql/15/bin/postgres"), "PostgreSQL 15 is not installed")
class LostDatabase(Served):
    def cluster(self, verb):
        return subprocess.run(["sh", f"{HERE}/pgcluster.sh", verb, self.pg], check=True, capture_output=True, text=True).stdout.strip()

    def test_it_answers_503_and_then_goes_on(self):
        self.acked = []
        place = tempfile.mkdtemp(prefix="entracte-pg-", dir="/tmp")
        os.chmod(place, 0o755)
        self.addCleanup(shutil.rmtree, place, ignore_errors=True)
        self.pg = f"{place}/pg"
        url = self.cluster("start").splitlines()[-1]
        self.addCleanup(self.cluster, "stop")
        self.begin(url, f"{place}/data", f"{place}/key")
        self.assertEqual(self.add("before"), 201)
        self.cluster("stop")
        self.assertEqual(self.call("GET", "/healthz")[0], 503)
        self.assertEqual(self.call("GET", "/clients")[0], 503)
        self.assertEqual(self.add("meanwhile"), 503)
        self.let_jobs_run()
        self.cluster("start")
        self.until(200, "/healthz")
        self.assertEqual(self.add("after"), 201)
        self.all_there()


if __name__ == "__main__":
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()

# SPDX-License-Identifier: AGPL-3.0-or-later
"""A demo practice of a test's own, and the program that serves it: what all rows of the battery stand on."""
import gzip, http.client, json, os, shutil, signal, socket, subprocess, tempfile, time, urllib.parse

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OWNER = "ines.robles@example.org"
PROGRAM = None  # build/entracte; set by run.py
SEEDED = None  # the same program with bugs that SEEDED_BUG chooses (seeded.c)
NIGHT = False  # longer, as `make night`


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def pgcluster(verb, folder, *options):
    """tests/pgcluster.sh; its URL when it started."""
    done = subprocess.run(["sh", f"{TOP}/tests/pgcluster.sh", verb, folder, *options], check=True, capture_output=True,
                          text=True, timeout=120)
    return done.stdout.strip()


class Practice:
    """bug: what SEEDED_BUG says, in every command and in the server; '': the program as it is."""

    def __init__(self, bug="", db=None, demo=("--clients", "6", "--years", "1", "--clinicians", "1"), folder=None):
        self.bug, self.server, self.port, self.timeout_s = bug, None, free_port(), 30
        self.dir = folder or tempfile.mkdtemp(prefix="entracte-proof-")
        os.makedirs(f"{self.dir}/key", mode=0o700, exist_ok=True)
        self.where = ["--db", db or f"sqlite:{self.dir}/db", "--data", f"{self.dir}/data", "--key-file",
                      f"{self.dir}/key/boot"]
        self.env = {**os.environ, "SEEDED_BUG": bug, "ASAN_OPTIONS": "detect_leaks=0"}
        self.sign_ins = self.run("demo", *demo) if demo else ""

    @property
    def program(self):
        return SEEDED if self.bug else PROGRAM

    def command(self, name, *args, stdin=None, timeout=120):
        return subprocess.run([self.program, name, *self.where, *args], input=stdin, capture_output=True, text=True,
                              timeout=timeout, env=self.env)

    def run(self, name, *args, stdin=None):
        done = self.command(name, *args, stdin=stdin)
        if done.returncode != 0:
            raise AssertionError(f"{name}: exit {done.returncode}: {done.stderr}")
        return done.stdout

    def token(self, email=OWNER):
        return self.run("token", "--email", email).strip()

    def password(self, email=OWNER):
        line = next(l for l in self.sign_ins.splitlines() if email in l)
        return line.split(email)[1].split()[0]

    def log(self):
        with open(f"{self.dir}/log", encoding="utf-8", errors="replace") as f:
            return f.read()

    def start(self, *options, prefix=(), where=None, env=None, wait_s=20):
        with open(f"{self.dir}/log", "a", encoding="utf-8") as log:
            self.server = subprocess.Popen(
                [*prefix, self.program, "serve", *(where or self.where), "--listen", f"127.0.0.1:{self.port}", *options],
                stdout=subprocess.DEVNULL, stderr=log, env={**self.env, **(env or {})})
        deadline = time.monotonic() + wait_s
        while time.monotonic() < deadline:
            try:
                if self.call("GET", "/healthz")[0] == 200:
                    return self
            except OSError:
                if self.server.poll() is not None:
                    break
            time.sleep(0.02)
        raise AssertionError(f"the server did not start: {self.log()[-800:]}")

    def stop(self):
        if self.server is None:
            return 0
        self.server.send_signal(signal.SIGTERM)
        try:
            return self.server.wait(30)
        finally:
            if self.server.poll() is None:
                self.server.kill()
            self.server = None

    def done(self):
        """For addCleanup."""
        self.stop()
        shutil.rmtree(self.dir, ignore_errors=True)

    def ask(self, method, path, body=None, headers=(), port=None):
        """(status, headers, bytes)."""
        c = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=self.timeout_s)
        try:
            c.request(method, path, body, dict(headers))
            answer = c.getresponse()
            return answer.status, answer.headers, answer.read()
        except http.client.HTTPException as e:
            raise OSError(str(e)) from e
        finally:
            c.close()

    def call(self, method, path, body=None, token=None, port=None):
        """As a program: JSON in and out; (status, object)."""
        headers = {"Accept": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        if body is not None:
            headers["Content-Type"] = "application/json"
        status, _, text = self.ask(method, path, json.dumps(body) if body is not None else None, headers, port)
        return status, json.loads(text) if text[:1] in (b"{", b"[") else {}


class Browser:
    """A person with a cookie and forms, no scripts."""

    def __init__(self, practice, email=OWNER):
        self.practice, self.cookie, self.location = practice, "", ""
        status, text = self.post("/sign-in", {"email": email, "password": practice.password(email), "next": "/"})
        if status != 303 or not self.cookie:
            raise AssertionError(f"sign-in: {status} {text[:300]}")

    def keep(self, headers):
        self.location = headers.get("Location") or ""
        for line in headers.get_all("Set-Cookie") or []:
            if line.startswith("entracte_s="):
                self.cookie = line.split(";")[0]

    def headers(self):
        return {"Cookie": self.cookie, "Accept": "text/html", "Sec-Fetch-Site": "same-origin",
                "Accept-Encoding": "gzip"}

    def get(self, path):
        status, headers, text = self.practice.ask("GET", path, None, self.headers())
        self.keep(headers)
        return status, self.text(headers, text)

    @staticmethod
    def text(headers, body):
        is_packed = headers.get("Content-Encoding") == "gzip"
        return (gzip.decompress(body) if is_packed else body).decode("utf-8", "replace")

    def csrf(self, path="/"):
        text = self.get(path)[1]
        return text.split('name="csrf" value="')[1].split('"')[0]

    def post(self, path, fields, csrf=""):
        body = urllib.parse.urlencode({**fields, **({"csrf": csrf} if csrf else {})})
        status, headers, text = self.practice.ask(
            "POST", path, body, {**self.headers(), "Content-Type": "application/x-www-form-urlencoded"})
        self.keep(headers)
        return status, self.text(headers, text)

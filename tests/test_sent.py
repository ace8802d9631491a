#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Checkpoints leave the computer: stamped by an authority (here `openssl ts`, behind TLS), mailed to the owners
(here a small server with TLS or STARTTLS), and nowhere else, whatever the other side tries.

    tests/test_sent.py build/entracte"""
import base64, contextlib, email, email.policy, os, shutil, signal, socket, ssl, subprocess, sys, tempfile, threading, time, unittest

PROGRAM = None
TSA_CONF = """
[tsa]
default_tsa = own
[own]
dir = {top}
serial = {top}/serial
crypto_device = builtin
signer_cert = {top}/tsa.pem
certs = {top}/ca.pem
signer_key = {top}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
ess_cert_id_alg = sha256
"""


def run(*args, **more):
    return subprocess.run(args, check=True, capture_output=True, **more)


def certificate(top, name, extensions):
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{top}/{name}.key", "-out", f"{top}/{name}.csr",
        "-subj", f"/CN={name}")
    with open(f"{top}/{name}.ext", "w") as f:
        f.write(extensions)
    run("openssl", "x509", "-req", "-in", f"{top}/{name}.csr", "-CA", f"{top}/ca.pem", "-CAkey", f"{top}/ca.key",
        "-CAcreateserial", "-days", "30", "-out", f"{top}/{name}.pem", "-extfile", f"{top}/{name}.ext")


class Server:
    """Accepts on a port of its own and hands each connection to a function, in a thread of its own."""

    def __init__(self, serve):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.n = 0
        self.serve = serve
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        with contextlib.suppress(OSError):
            while True:
                c = self.socket.accept()[0]
                self.n += 1
                threading.Thread(target=self.one, args=(c,), daemon=True).start()

    def one(self, c):
        with contextlib.suppress(OSError, ssl.SSLError), c:
            c.settimeout(20)
            self.serve(c)

    def close(self):
        self.socket.close()


class Sent(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.top = top = tempfile.mkdtemp(prefix="entracte-sent-")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{top}/ca.key", "-out", f"{top}/ca.pem",
            "-days", "30", "-subj", "/CN=Test CA", "-addext", "basicConstraints=critical,CA:TRUE")
        certificate(top, "tsa", "extendedKeyUsage=critical,timeStamping\nkeyUsage=critical,digitalSignature\n")
        certificate(top, "here", "subjectAltName=DNS:time.example.org,DNS:mail.example.org\n")
        certificate(top, "other", "subjectAltName=DNS:other.example.org\n")
        with open(f"{top}/tsa.cnf", "w") as f:
            f.write(TSA_CONF.format(top=top))
        with open(f"{top}/serial", "w") as f:
            f.write("01\n")
        os.makedirs(f"{top}/keys", 0o700)
        with open(f"{top}/password", "w") as f:
            f.write("a word for the mail server\n")
        os.chmod(f"{top}/password", 0o400)
        cls.where = ["--db", f"sqlite:{top}/db", "--data", f"{top}/data", "--key-file", f"{top}/keys/key"]
        run(PROGRAM, "demo", *cls.where, "--clients", "4", "--years", "1", "--clinicians", "1")

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.top)

    def setUp(self):
        self.mails, self.logins, self.behaviour = [], [], "good"
        self.tsa, self.smtp, self.elsewhere = Server(self.stamp), Server(self.mail), Server(lambda c: None)
        with contextlib.suppress(FileNotFoundError):
            os.remove(f"{self.top}/data/outgoing/sent")

    def tearDown(self):
        for s in self.tsa, self.smtp, self.elsewhere:
            s.close()

    # --- the other side ---------------------------------------------------------------------

    def tls(self, c, name="here"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(f"{self.top}/{name}.pem", f"{self.top}/{name}.key")
        return context.wrap_socket(c, server_side=True)

    def reply(self, query):
        with open(f"{self.top}/query", "wb") as f:
            f.write(query)
        run("openssl", "ts", "-reply", "-config", f"{self.top}/tsa.cnf", "-queryfile", f"{self.top}/query",
            "-out", f"{self.top}/reply")
        with open(f"{self.top}/reply", "rb") as f:
            return f.read()

    def stamp(self, c):
        """An HTTP server that answers as self.behaviour says."""
        how = self.behaviour
        if how == "silent":
            time.sleep(60)
        s = self.tls(c, "other" if how == "other name" else "here")
        head = b""
        while b"\r\n\r\n" not in head:
            head += s.recv(4096)
        head, body = head.split(b"\r\n\r\n", 1)
        length = int(next(x for x in head.split(b"\r\n") if x.lower().startswith(b"content-length:")).split(b":")[1])
        while len(body) < length:
            body += s.recv(4096)
        self.head = head
        answer = self.reply(body)
        if how == "altered":
            answer = answer[:-20] + bytes([answer[-20] ^ 1]) + answer[-19:]
        if how == "replayed":
            answer = self.kept
        self.kept = answer
        status, more = "200 OK", ""
        if how == "redirect":
            status, more = "302 Found", f"Location: https://time.example.org:{self.elsewhere.port}/\r\n"
        if how == "endless":
            answer = b"x" * (1 << 20)
        s.sendall(f"HTTP/1.1 {status}\r\nContent-Length: {len(answer)}\r\n{more}\r\n".encode() + answer)
        s.close()

    def mail(self, c):
        """An SMTP server; behaviour "tls" from the first byte on, "plain" without STARTTLS."""
        if self.behaviour == "tls":
            c = self.tls(c)
        f = c.makefile("rb")
        say = lambda s: c.sendall(s.encode() + b"\r\n")
        say("220 mail.example.org")
        to = []
        while line := f.readline().decode().strip():
            verb = line.split()[0].upper()
            if verb == "EHLO":
                say("250-mail.example.org" + ("" if self.behaviour in ("plain", "tls") or isinstance(c, ssl.SSLSocket)
                                              else "\r\n250-STARTTLS"))
                say("250 AUTH PLAIN")
                self.name = line.split()[1]
            elif verb == "STARTTLS":
                say("220 go")
                c = self.tls(c)
                f = c.makefile("rb")
            elif verb == "AUTH":
                part = line.split()[2:] or [None]
                if part[0] is None:
                    say("334 ")
                    part = [f.readline().decode().strip()]
                self.logins.append(base64.b64decode(part[0]).split(b"\0")[1:])
                say("235 good")
            elif verb == "RCPT":
                to.append(line.split(":")[1].strip("<> "))
                say("550 no" if self.behaviour == "refused" else "250 good")
            elif verb == "DATA":
                say("354 go")
                text = b""
                while (line := f.readline()) != b".\r\n":
                    text += line
                self.mails.append((to, email.message_from_bytes(text, policy=email.policy.default)))
                to = []
                say("250 good")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 good")

    # --- this side ----------------------------------------------------------------------------

    def config(self, *, here=True, **more):
        keys = {"ca-file": f"{self.top}/ca.pem"}
        if here:
            keys["reach-here"] = f"time.example.org:{self.tsa.port}@127.0.0.1 mail.example.org:{self.smtp.port}@127.0.0.1"
        keys.update({k.replace("_", "-"): v for k, v in more.items()})
        with open(f"{self.top}/config", "w") as f:
            f.writelines(f"{k} = {v}\n" for k, v in keys.items())

    def stamping(self, **more):
        self.config(**{"time-stamp-url": f"https://time.example.org:{self.tsa.port}/tsr",
                       "time-stamp-ca": f"{self.top}/ca.pem", **more})

    def program(self, *args):
        return subprocess.run([PROGRAM, *args, *self.where, "--config", f"{self.top}/config"],
                              capture_output=True, text=True, timeout=90)

    def refused(self, words):
        done = self.program("audit", "checkpoint", "--stamp")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(words, done.stderr)

    @contextlib.contextmanager
    def served(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        err = open(f"{self.top}/err", "w+")
        p = subprocess.Popen([PROGRAM, "serve", *self.where, "--config", f"{self.top}/config", "--listen", f"127.0.0.1:{port}"],
                             stderr=err)
        try:
            yield p
        finally:
            p.send_signal(signal.SIGTERM)
            p.wait(40)
            err.close()

    def until(self, what, seconds=20):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if what():
                return
            time.sleep(0.1)
        with open(f"{self.top}/err") as f:
            self.fail("it did not happen: " + f.read())

    def state(self):
        try:
            with open(f"{self.top}/data/outgoing/sent") as f:
                return {x.split()[0]: [int(n) for n in x.split()[1:]] for x in f}
        except FileNotFoundError:
            return {}

    @staticmethod
    def open_in(pid):
        return {os.readlink(f"/proc/{pid}/fd/{f}") for f in os.listdir(f"/proc/{pid}/fd")}

    # --- stamps -----------------------------------------------------------------------------------

    def test_a_checkpoint_is_stamped_and_anybody_can_check_it(self):
        self.stamping()
        done = self.program("audit", "checkpoint", "--stamp")
        self.assertEqual(done.returncode, 0, done.stderr)
        line, name = done.stdout.splitlines()
        stamp = f"{self.top}/data/{name}"
        with open(stamp.replace(".tsr", ".txt")) as f:
            self.assertEqual(f.read(), line)
        run("openssl", "ts", "-verify", "-data", stamp.replace(".tsr", ".txt"), "-in", stamp, "-CAfile", f"{self.top}/ca.pem")
        with self.assertRaises(subprocess.CalledProcessError):  # of another line it is none
            run("openssl", "ts", "-verify", "-data", f"{self.top}/config", "-in", stamp, "-CAfile", f"{self.top}/ca.pem")
        with open(f"{self.top}/lines", "w") as f:
            f.write(line + "\n")
        self.assertIn("good", self.program("audit", "verify", "--checkpoints", f"{self.top}/lines").stdout)
        for word in b"User-Agent", b"Cookie", b"Referer":  # it tells nothing of itself
            self.assertNotIn(word, self.head)

    def test_a_stamp_that_does_not_hold_is_not_kept(self):
        self.stamping()
        self.assertEqual(self.program("audit", "checkpoint", "--stamp").returncode, 0)
        for how in "altered", "replayed":
            with self.subTest(how=how):
                self.behaviour = how
                self.refused("no stamp of this checkpoint")
        self.behaviour = "good"
        self.stamping(**{"time-stamp-ca": f"{self.top}/other.pem"})
        self.refused("no stamp of this checkpoint")

    def test_a_certificate_that_does_not_hold_is_not_spoken_to(self):
        self.stamping()
        self.behaviour = "other name"
        self.refused("certificate does not hold")
        self.behaviour = "good"
        self.stamping(**{"ca-file": f"{self.top}/other.pem"})
        self.refused("certificate does not hold")

    def test_a_redirect_is_not_followed_and_an_endless_answer_not_read(self):
        self.stamping()
        self.behaviour = "redirect"
        self.refused("refused")
        self.assertEqual(self.elsewhere.n, 0)
        self.behaviour = "endless"
        self.refused("too long")

    def test_a_proxy_of_the_environment_is_not_used(self):
        self.stamping()
        proxy = f"http://127.0.0.1:{self.elsewhere.port}"
        with unittest.mock.patch.dict(os.environ, {"https_proxy": proxy, "ALL_PROXY": proxy, "HTTPS_PROXY": proxy}):
            self.assertEqual(self.program("audit", "checkpoint", "--stamp").returncode, 0)
        self.assertEqual(self.elsewhere.n, 0)

    def test_without_leave_this_computer_is_not_reached(self):
        for host in "localhost", "127.0.0.1", "0x7f000001", "2130706433", "127.1":
            with self.subTest(host=host):
                self.stamping(here=False, **{"time-stamp-url": f"https://{host}:{self.tsa.port}/tsr"})
                self.refused("not one of the public Internet")
        self.assertEqual(self.tsa.n, 0)

    def test_only_a_demo_may_have_that_leave(self):
        self.stamping()
        other = f"{self.top}/other"
        os.makedirs(f"{other}/keys", 0o700, exist_ok=True)
        where = ["--db", f"sqlite:{other}/db", "--data", f"{other}/data", "--key-file", f"{other}/keys/key"]
        run(PROGRAM, "init", *where, "--email", "o@example.org", "--name", "Olga Own", "--practice", "P",
            input=b"a long enough password 4711\n")
        for command in (["serve", "--listen", "127.0.0.1:0"], ["audit", "checkpoint", "--stamp"]):
            done = subprocess.run([PROGRAM, *command, *where, "--config", f"{self.top}/config"], capture_output=True, text=True,
                                  timeout=60)
            self.assertEqual((done.returncode, done.stderr), (78, "entracte: reach-here is for a demo practice alone.\n"))
        done = subprocess.run([PROGRAM, "netd", "--caller", f"{other}/s", "--config", f"{self.top}/config"],
                              capture_output=True, text=True, timeout=60)
        self.assertEqual(done.returncode, 78)

    # --- while it is served ---------------------------------------------------------------------------

    def test_owners_get_a_mail_and_what_was_sent_is_told(self):
        for behaviour, scheme in ("good", "smtp"), ("tls", "smtps"):
            with self.subTest(scheme=scheme):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(f"{self.top}/data/outgoing/sent")
                self.behaviour, self.mails, self.logins = behaviour, [], []
                self.stamping(**{"smtp-url": f"{scheme}://mail.example.org:{self.smtp.port}", "mail-from": "log@example.org",
                                 "smtp-user": "log", "smtp-password-file": f"{self.top}/password"})
                with self.served():
                    self.until(lambda: self.state().get("mail", [0])[0] > 0 and self.state()["stamp"][0] > 0)
                    time.sleep(6)  # a turn more: not again
                self.assertEqual(len(self.mails), 1)
                to, m = self.mails[0]
                owners = [x.split("\t")[0] for x in self.program("user", "list").stdout.splitlines() if "owner" in x.split("\t")[1]]
                self.assertEqual(to, owners)
                self.assertEqual(self.logins, [[b"log", b"a word for the mail server"]])
                self.assertEqual(self.name, "example.org")  # not the name of this computer
                text = m.get_content()
                line = next(x for x in text.splitlines() if x.startswith("entracte-checkpoint 1 "))
                with open(f"{self.top}/lines", "w") as f:
                    f.write(line + "\n")
                self.assertIn("good", self.program("audit", "verify", "--checkpoints", f"{self.top}/lines").stdout)
                self.assertTrue(m["Subject"].startswith("Entracte: "))
                said = self.program("doctor").stdout
                self.assertIn("good: Weekly mail to the owners", said)
                self.assertIn("good: Time stamp of an authority", said)

    def test_without_starttls_no_word_is_said_to_the_mail_server(self):
        self.behaviour = "plain"
        self.config(**{"smtp-url": f"smtp://mail.example.org:{self.smtp.port}", "mail-from": "log@example.org",
                       "smtp-user": "log", "smtp-password-file": f"{self.top}/password"})
        with self.served():
            self.until(lambda: self.state().get("mail", [0] * 5)[4] not in (0, 11))
        self.assertEqual((self.mails, self.logins), ([], []))
        said = self.program("doctor").stdout
        self.assertIn("mend: Weekly mail to the owners", said)
        self.assertIn("certificate does not hold", said)

    def test_what_fails_waits_longer_each_time_and_hinders_no_end(self):
        self.behaviour = "refused"
        self.config(**{"smtp-url": f"smtp://mail.example.org:{self.smtp.port}", "mail-from": "log@example.org"})
        with self.served():
            self.until(lambda: self.state().get("mail", [0] * 5)[3:] == [1, 9])
            n = self.smtp.n
            time.sleep(7)
            self.assertEqual(self.smtp.n, n)  # not before a minute has gone by
        self.behaviour = "silent"
        self.stamping()
        with self.served() as p:
            self.until(lambda: self.tsa.n == 1)
            began = time.monotonic()
            p.send_signal(signal.SIGTERM)
            p.wait(10)
            self.assertLess(time.monotonic() - began, 8)

    @unittest.skipIf(os.geteuid() != 0 or os.path.exists("/dev/log"), "this computer has a system log of its own")
    def test_each_checkpoint_is_a_line_of_the_system_log(self):
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as log:
            log.bind("/dev/log")
            try:
                log.settimeout(20)
                self.config(here=False, syslog="yes")
                with self.served():
                    line = log.recv(2000).decode()
                    self.until(lambda: self.state().get("syslog", [0])[0] > 0)
            finally:
                os.remove("/dev/log")
        self.assertTrue(line.startswith("<13>entracte: entracte-checkpoint 1 "), line)
        with open(f"{self.top}/lines", "w") as f:
            f.write(line.split(": ", 1)[1] + "\n")
        self.assertIn("good", self.program("audit", "verify", "--checkpoints", f"{self.top}/lines").stdout)

    def test_as_a_service_of_its_own_it_goes_nowhere_else_either(self):
        self.stamping(here=False, **{"time-stamp-url": f"https://127.0.0.1:{self.tsa.port}/tsr", "caller": f"{self.top}/socket"})
        self.assertIn("The caller is not there", self.program("audit", "checkpoint", "--stamp").stderr)
        caller = subprocess.Popen([PROGRAM, "netd", "--config", f"{self.top}/config"], stderr=subprocess.PIPE, text=True)
        try:
            self.assertIn("calling other computers", caller.stderr.readline())
            self.assertEqual(os.stat(f"{self.top}/socket").st_mode & 0o777, 0o600)
            with self.served():
                self.until(lambda: self.state().get("stamp", [0] * 5)[3:] == [1, 4])
            self.refused("not one of the public Internet")  # heard after the first one went
        finally:
            caller.terminate()
            caller.wait(10)
            caller.stderr.close()
        self.assertEqual(self.tsa.n, 0)

    def test_the_caller_ends_with_the_server_and_holds_nothing_of_it(self):
        self.stamping()
        with self.served() as p:
            self.until(lambda: self.state().get("stamp", [0])[0] > 0)
            children = run("pgrep", "-P", str(p.pid), text=True).stdout.split()
            names = {run("cat", f"/proc/{c}/comm", text=True).stdout.strip(): c for c in children}
            self.assertEqual(set(names), {"entracte-keyd", "entracte-netd"})
            if os.geteuid() == 0:  # they are not dumpable, so /proc/PID/fd is root's
                server, keyd, caller = (self.open_in(x) for x in (p.pid, names["entracte-keyd"], names["entracte-netd"]))
                self.assertTrue([x for x in server if x.startswith("socket:")])
                for one, other in (server, keyd), (server, caller), (keyd, caller):
                    self.assertFalse({x for x in one & other if x.startswith("socket:")})
                self.assertFalse([x for x in caller if self.top in x and not x.endswith("/err")])
        self.until(lambda: not os.path.exists(f"/proc/{names['entracte-netd']}/exe"), 3)


if __name__ == "__main__":
    import unittest.mock
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()

# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hostile HTTP: each request of src/web/tests/test_guard.c, sent to the program and through nginx with the shipped
configuration: never two answers to one request, never what follows it read as a request of its own. nginx and the
program must count alike: that is what smuggling needs to break.

Positive control: without the guard (SEEDED_BUG=no_guard) some of them are answered twice."""
import concurrent.futures, os, re, shutil, socket, subprocess, tempfile, time, unittest

import practice
from practice import Practice, free_port

WORDS = {"H": "Host: localhost\r\n", "END": "\r\n", "TE": "Transfer-Encoding: chunked\r\n"}
SECOND = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def text_of(literals):
    """The bytes of a C expression of string literals and the macros of that file."""
    out = b""
    for literal, call, number, word in re.findall(r'"((?:\\.|[^"\\])*)"|(CL)\((\d+)\)|(\w+)', literals):
        if call:
            out += f"Content-Length: {number}\r\n".encode()
        elif word:
            out += (SECOND if word == "SECOND" else WORDS[word]).encode()
        else:
            out += re.sub(rb"\\(x[0-9a-f]{2}|.)", lambda m: {b"r": b"\r", b"n": b"\n", b"t": b"\t", b"0": b"\0"}.get(
                m.group(1)) or (bytes([int(m.group(1)[1:], 16)]) if m.group(1)[:1] == b"x" else m.group(1)), literal.encode())
    return out


def vectors():
    with open(f"{practice.TOP}/src/web/tests/test_guard.c", encoding="utf-8") as f:
        table = f.read().split("} hostile[] = {")[1].split("\n};")[0]
    table = re.sub(r"/\*.*?\*/", "", table, flags=re.S)
    return [text_of(body) for body in re.findall(r"RAW\(((?:\"(?:\\.|[^\"\\])*\"|[^\"()]|CL\(\d+\))*)\)", table)]


def talk(port, data, host=None, seconds=3.0):
    """What comes back until the other side ends or is silent."""
    got = b""
    if host:
        data = data.replace(b"localhost", host)
    with socket.create_connection(("127.0.0.1", port), timeout=5) as s:
        s.settimeout(seconds)
        try:
            s.sendall(data)
            while part := s.recv(65536):
                got += part
                if len(re.findall(rb"^HTTP/1\.", got, re.M)) > 1:
                    break
                s.settimeout(0.4)  # a second answer would be there at once
        except OSError:
            pass
    return got


def is_smuggled(got):
    """One request with something behind it: two answers, or the answer that only the second would get."""
    n = len(re.findall(rb"^HTTP/1\.[01] \d", got, re.M))
    return n > 1 or b'{"ok":true}' in got


class Hostile(unittest.TestCase):
    def served(self, bug=""):
        p = Practice(bug=bug, demo=("--clients", "1", "--years", "1", "--clinicians", "1"))
        self.addCleanup(p.done)
        return p

    @staticmethod
    def taken(p, requests):
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            answers = pool.map(lambda v: talk(p.port, v), requests)
        return [v for v, got in zip(requests, answers) if is_smuggled(got)]

    def test_direct(self):
        p = self.served().start()
        all_of_them = vectors()
        self.assertGreaterEqual(len(all_of_them), 70)
        taken = self.taken(p, all_of_them)
        self.assertEqual(taken, [])
        self.assertEqual(p.ask("GET", "/healthz")[0], 200)
        self.said = [f"{len(all_of_them)} requests"]

    def test_without_the_guard_some_are_answered_twice(self):
        p = self.served("no_guard").start()
        taken = self.taken(p, vectors())
        self.assertGreaterEqual(len(taken), 5)
        self.said = [f"{len(taken)} answered twice without the guard"]

    @unittest.skipUnless(shutil.which("nginx"), "nginx is not installed")
    def test_through_nginx(self):
        p = self.served().start("--public-url", "https://practice.example.org")
        front = self.nginx(p.port)
        self.assertIn(b" 200 ", talk(front, SECOND.encode(), b"practice.example.org")[:20])
        wrong, asked_first, reached_first = [], self.asked, self.reached(p)
        for v in vectors():
            asked_before = self.asked
            n = len(re.findall(rb"^HTTP/1\.[01] \d", talk(front, v, b"practice.example.org"), re.M))
            for _ in range(40):  # nginx writes its line after the answer
                asked = self.asked - asked_before
                # of all so far: a line of the program may come late, and then belongs to one before
                more = self.reached(p) - reached_first - (self.asked - asked_first)
                if asked >= n and more <= 0:
                    break
                time.sleep(0.05)
            if n > asked or more > 0:
                wrong.append((v, f"{asked} requests for nginx, {more} more for the program, {n} answers"))
        n_through = self.reached(p) - reached_first
        self.assertEqual(wrong, [], "\n".join(map(repr, wrong)))
        self.assertGreater(n_through, 20)
        self.said = [f"{len(vectors())} through nginx, {n_through} requests passed on"]

    @property
    def asked(self):
        """Requests as nginx counts them."""
        with open(f"{self.front}/access", encoding="utf-8", errors="replace") as f:
            return len(f.readlines())

    @staticmethod
    def reached(p):
        return len(re.findall(r"^info: [A-Z]+ ", p.log(), re.M))

    def nginx(self, behind):
        """The shipped configuration on a port of its own, without TLS and as we are."""
        folder, port = tempfile.mkdtemp(prefix="engx"), free_port()
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        with open(f"{practice.TOP}/packaging/nginx.conf", encoding="utf-8") as f:
            site = f.read()
        site = re.sub(r"^\s*(ssl_|listen \[::\]|listen 80).*\n", "", site, flags=re.M)
        site, self.front = site.replace("access_log off;", ""), folder
        site = re.sub(r"listen 443 [^;]*;", f"listen 127.0.0.1:{port};", site).replace("127.0.0.1:8080", f"127.0.0.1:{behind}")
        with open(f"{folder}/conf", "w", encoding="utf-8") as f:
            f.write(f"pid {folder}/pid; error_log {folder}/err; daemon off; worker_processes 1;\nevents {{}}\n"
                    f"http {{ access_log {folder}/access; client_body_temp_path {folder}; proxy_temp_path {folder};"
                    f" fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};\n{site}\n}}\n")
        os.chmod(folder, 0o755)
        server = subprocess.Popen(["nginx", "-c", f"{folder}/conf", "-p", folder], stderr=subprocess.DEVNULL)
        self.addCleanup(server.wait, 20)
        self.addCleanup(server.terminate)
        for _ in range(100):
            try:
                socket.create_connection(("127.0.0.1", port), timeout=5).close()
                return port
            except OSError:
                time.sleep(0.05)
        raise AssertionError("nginx does not answer")

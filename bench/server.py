# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is measured: Entracte with a demo practice, and nginx with one file."""
import contextlib
import http.client
import os
import re
import socket
import subprocess
import time
import urllib.parse


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as s:
        return s.getsockname()[1]


def await_answer(port, process, path="/"):
    """Milliseconds until the server answers."""
    started = time.monotonic()
    while time.monotonic() - started < 60:
        with contextlib.suppress(OSError, http.client.HTTPException):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", path)
            connection.getresponse().read()
            return (time.monotonic() - started) * 1000
        if process.poll() is not None:
            break
        time.sleep(0.0005)
    raise SystemExit("the server does not answer")


class Server:
    """A running process that answers on a port of 127.0.0.1."""

    def __init__(self, command, port):
        self.port = port
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.start_ms = await_answer(port, self.process)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()

    def url(self, path):
        return f"http://127.0.0.1:{self.port}{path}"

    def _status_mib(self, key):
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as f:
            return int(re.search(rf"{key}:\s+(\d+)", f.read()).group(1)) / 1024

    def rss_mib(self):
        return self._status_mib("VmRSS")

    def peak_mib(self):
        return self._status_mib("VmHWM")

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="utf-8") as f:
            fields = f.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Program:
    def __init__(self, path):
        self.path = path

    def run(self, command, practice, *options):
        return subprocess.run([self.path, command, *practice.place, *options], check=True,
                              stdout=subprocess.PIPE, text=True).stdout

    def serve(self, practice, *options):
        port = free_port()
        return Server([self.path, "serve", *practice.place, "--listen", f"127.0.0.1:{port}", *options], port)


class Practice:
    """A demo practice made for this run; cookie after sign_in()."""

    def __init__(self, program, folder, db, size):
        self.folder, self.db, self.cookie, self.email = folder, db, "", ""
        os.mkdir(f"{folder}/keys", 0o700)
        self.place = ["--db", db, "--data", f"{folder}/files", "--key-file", f"{folder}/keys/boot.key"]
        started = time.monotonic()
        wishes = [f"--{name}={getattr(size, name)}"
                  for name in ("clinicians", "clients", "years", "seed")]
        self.said = program.run("demo", self, *wishes)
        self.made_s = time.monotonic() - started

    def sign_in(self, server):
        """As the first who is a clinician and nothing else, by the form, as a browser does."""
        self.email, password = re.search(r"^sign-in: (\S+) (\S+) clinician$", self.said, re.M).groups()
        connection = http.client.HTTPConnection("127.0.0.1", server.port)
        connection.request("POST", "/sign-in", urllib.parse.urlencode(
            {"email": self.email, "password": password, "next": ""}), {
                "Content-Type": "application/x-www-form-urlencoded",
                "Origin": f"http://127.0.0.1:{server.port}"})
        cookies = connection.getresponse().headers.get_all("Set-Cookie") or []
        self.cookie = "; ".join(c.split(";")[0] for c in cookies)
        if not self.cookie:
            raise SystemExit("nobody could be signed in")

    def token(self, program):
        """Of the same person, for programs."""
        return program.run("token", self, "--email", self.email).strip()

    def size_mib(self):
        files = (os.path.join(d, f) for d, _, names in os.walk(self.folder) for f in names)
        return sum(os.path.getsize(f) for f in files) / 2**20


NGINX = """daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; worker_processes auto;
{user}events {{ worker_connections 1024; }}
http {{ access_log off; sendfile on; tcp_nopush on; open_file_cache max=10; keepalive_requests 1000000;
  default_type text/html; client_body_temp_path {folder}; proxy_temp_path {folder};
  fastcgi_temp_path {folder}; uwsgi_temp_path {folder}; scgi_temp_path {folder};
  server {{ listen 127.0.0.1:{port}; root {folder}; }} }}
"""


class Nginx(Server):
    """Debian's nginx serving one file, set up in its favour."""

    def __init__(self, folder):
        self.root, self.n_pages, port = os.path.join(folder, "nginx"), 0, free_port()
        os.mkdir(self.root)
        with open(f"{self.root}/nginx.conf", "w", encoding="utf-8") as f:
            f.write(NGINX.format(folder=self.root, port=port,
                                 user="user root; " if os.geteuid() == 0 else ""))
        super().__init__(["/usr/sbin/nginx", "-c", f"{self.root}/nginx.conf"], port)

    def put(self, page):
        """A file of its own for each page, since open files are cached; returns its URL."""
        self.n_pages += 1
        with open(f"{self.root}/{self.n_pages}.html", "wb") as f:
            f.write(page)
        return self.url(f"/{self.n_pages}.html")

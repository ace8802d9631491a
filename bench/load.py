# SPDX-License-Identifier: AGPL-3.0-or-later
"""What loads a server: one request, wrk, and many connections that do nothing."""
import collections
import http.client
import re
import select
import socket
import subprocess
import time

Run = collections.namedtuple("Run", "per_s n_requests p50_ms p99_ms")
UNITS = {"us": 0.001, "ms": 1.0, "s": 1000.0, "m": 60000.0}


def get(server, path, cookie):
    """The bytes of a page; anything but 200 ends the run."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port)
    connection.request("GET", path, headers={"Cookie": cookie} if cookie else {})
    answer = connection.getresponse()
    body = answer.read()
    if answer.status != 200:
        raise SystemExit(f"{path} answered {answer.status}")
    return body


def latency(text, percent):
    value, unit = re.search(rf"^\s+{percent}%\s+([\d.]+)(us|ms|s|m)$", text, re.M).groups()
    return float(value) * UNITS[unit]


def wrk(url, n_connections, seconds, cookie=""):
    """One run of wrk; an answer that is not 2xx, or a broken socket, ends the benchmark."""
    command = ["wrk", f"-t{min(2, n_connections)}", f"-c{n_connections}", f"-d{seconds}s",
               "--latency", *(["-H", f"Cookie: {cookie}"] if cookie else []), url]
    text = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    if "Non-2xx" in text or "Socket errors" in text:
        raise SystemExit(f"{url}\n{text}")
    return Run(float(re.search(r"Requests/sec:\s+([\d.]+)", text).group(1)),
               int(re.search(r"(\d+) requests in", text).group(1)),
               latency(text, 50), latency(text, 99))


class IdleConnections:
    """Opens connections, has one answer on each, and holds them."""

    REQUEST = b"GET /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"

    def __init__(self, port, n):
        self.port, self.n = port, n
        self.sockets = []

    def __enter__(self):
        started = time.monotonic()
        for first in range(0, self.n, 100):
            batch = [self._connect() for _ in range(min(100, self.n - first))]
            self.sockets += [s for s in batch if s and self._answered(s)]
        self.seconds = time.monotonic() - started
        self.n_open = len(self.sockets)
        return self

    def __exit__(self, *_):
        for s in self.sockets:
            s.close()

    def _connect(self):
        try:
            s = socket.create_connection(("127.0.0.1", self.port), timeout=10)
            s.sendall(self.REQUEST)
            return s
        except OSError:
            return None

    @staticmethod
    def _answered(s):
        try:
            return s.recv(65536).startswith(b"HTTP/1.1 200")
        except OSError:
            return False

    def count_alive(self):
        """Those the server has not closed meanwhile."""
        poll = select.poll()
        for s in self.sockets:
            poll.register(s, select.POLLRDHUP)
        return len(self.sockets) - len(poll.poll(0))

# SPDX-License-Identifier: AGPL-3.0-or-later
"""Thousands of connections that say nothing, or begin a request and do not end it: everybody else is answered as
before, and the program's memory stays small.

Positive control: a server that may not hold so many (its limit of files is lowered) is caught."""
import resource, socket, time, unittest

import practice
from practice import Practice


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="utf-8") as f:
        return int(next(line for line in f if line.startswith("VmRSS")).split()[1]) / 1024


class Idle(unittest.TestCase):
    def held(self, p, n):
        """n connections, half of which have begun a request; those that were accepted and are still there."""
        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(hard, n + 200)), hard))
        connections = []
        for i in range(n):
            s = socket.socket()
            self.addCleanup(s.close)
            s.settimeout(5)
            try:
                s.connect(("127.0.0.1", p.port))
                if i % 2:
                    s.sendall(b"GET /healthz HTTP/1.1\r\nHost: lo")
            except OSError:
                break
            connections.append(s)
        return connections

    def latencies(self, p, token):
        times = []
        for _ in range(200):
            started = time.monotonic()
            status = p.call("GET", "/today", token=token)[0]
            times.append((time.monotonic() - started) * 1000)
            if status != 200:
                raise AssertionError(status)
        return sorted(times)

    def test_others_are_answered(self):
        p = Practice()
        self.addCleanup(p.done)
        p.start()
        token = p.token()
        before = self.latencies(p, token)
        n = 10000 if practice.NIGHT else 3000
        connections = self.held(p, n)
        self.assertEqual(len(connections), n)
        beside = self.latencies(p, token)
        mib = resident_mib(p.server.pid)
        self.assertLess(beside[197], 250)
        self.assertLess(mib, 200)
        self.said = [f"{n} held: p99 {beside[197]:.0f} ms beside {before[197]:.0f} ms without, {mib:.0f} MiB"]

    def test_a_server_that_cannot_hold_them_is_caught(self):
        p = Practice()
        self.addCleanup(p.done)
        p.start(prefix=("prlimit", "--nofile=200:200"))
        token, p.timeout_s = p.token(), 3
        with self.assertRaises((OSError, AssertionError, TimeoutError)):
            self.held(p, 600)
            self.latencies(p, token)

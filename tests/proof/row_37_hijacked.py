# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody runs code in the server's process, in a thread that answers requests: nothing of some sixty deeds that would
lead out of it (files, the key, the key holder's memory, programs, sockets, the kernel) comes to anything. hijack.c has
them; src/sandbox/tests/test_sandbox.c tries each kind of sandbox alone.

Positive control: the same without the sandbox, where most of them get as far as the kernel."""
import glob, os, re, unittest

from practice import Practice

CLOSED = (1, 13)  # EPERM, EACCES: before anything was looked at


class Hijacked(unittest.TestCase):
    def deeds(self, bare=""):
        """{deed: errno}, 0 when it worked."""
        p = Practice(bug="hijacked")
        self.addCleanup(p.done)
        p.env["HIJACK_KEY"] = f"{p.dir}/key/boot"
        if bare:
            p.env["SEEDED_BARE"] = bare
        p.start()
        for n in range(100):
            try:
                p.ask("GET", f"/hijack/{n}")
            except OSError:  # killed for it
                break
        found = {name: int(number) for name, number in re.findall(r"^hijack: (\w+) (\d+)", p.log(), re.M)}
        self.assertIsNone(p.server.poll(), p.log()[-500:])
        for path in glob.glob("/tmp/entracte-hijack*") + glob.glob("/dev/shm/entracte-hijack*") + glob.glob("/etc/hijack") \
                + glob.glob("/etc/cron.d/hijack"):
            (os.rmdir if os.path.isdir(path) and not os.path.islink(path) else os.remove)(path)
        return found

    def test_no_deed_comes_to_anything(self):
        found = self.deeds()
        self.assertGreaterEqual(len(found), 60)
        self.assertEqual({name: e for name, e in found.items() if e not in CLOSED}, {})
        self.said = [f"{len(found)} deeds, none came to anything"]

    @unittest.skipUnless(os.geteuid() == 0, "only root has something to lose")
    def test_without_the_sandbox_they_are_caught(self):
        found = self.deeds(bare="yes")
        self.assertGreater(len([e for e in found.values() if e not in CLOSED]), 40)

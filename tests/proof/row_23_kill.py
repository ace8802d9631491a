# SPDX-License-Identifier: AGPL-3.0-or-later
"""kill -9 while many write: tests/crash/run, which ./test runs as its part `crash` (500 kills); here a thousand at
night.

Positive control: a server that says yes to one write in four without keeping it (SEEDED_BUG=lost_commit)."""
import os, re, subprocess, sys, tempfile, unittest

import practice


def crash(program, kills, bug=""):
    with tempfile.TemporaryDirectory() as folder:  # it keeps what failed
        return subprocess.run([sys.executable, f"{practice.TOP}/tests/crash/run", program, str(kills)], text=True,
                              capture_output=True, timeout=1800, check=False,
                              env={**os.environ, "SEEDED_BUG": bug, "TMPDIR": folder})


class Kill(unittest.TestCase):
    @unittest.skipUnless(practice.NIGHT, "./test kills 500 times in its part `crash`")
    def test_a_thousand_kills(self):
        done = crash(practice.PROGRAM, 1000)
        self.assertEqual(done.returncode, 0, done.stdout[-2000:] + done.stderr[-500:])
        self.said = [re.search(r"seed.*", done.stdout).group()]

    def test_lost_writes_are_caught(self):
        done = crash(practice.SEEDED, 25, "lost_commit")
        self.assertEqual(done.returncode, 1, done.stdout[-2000:] + done.stderr[-500:])
        self.assertRegex(done.stdout + done.stderr, "acknowledged, then gone|did not start again")

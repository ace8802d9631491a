# SPDX-License-Identifier: AGPL-3.0-or-later
"""A full disk: tests/test_faults.py, which the parts `gcc` and `clang` run too.

Positive control: a server that takes a refused write for a kept one (SEEDED_BUG=blind_commit)."""
import os, subprocess, sys, unittest

import practice


def full_disk(program, bug=""):
    return subprocess.run([sys.executable, f"{practice.TOP}/tests/test_faults.py", program, "FullDisk"], text=True,
                          capture_output=True, timeout=300, check=False, env={**os.environ, "SEEDED_BUG": bug})


@unittest.skipUnless(os.geteuid() == 0, "a small file system can be mounted by root alone")
class FullDisk(unittest.TestCase):
    def test_writes_wait_and_go_on_when_there_is_room(self):
        done = full_disk(practice.PROGRAM)
        if "skipped" in done.stderr:
            self.skipTest("this machine mounts nothing")
        self.assertEqual(done.returncode, 0, done.stderr[-2000:])

    def test_a_write_that_was_not_kept_is_caught(self):
        done = full_disk(practice.SEEDED, "blind_commit")
        if "skipped" in done.stderr:
            self.skipTest("this machine mounts nothing")
        self.assertNotEqual(done.returncode, 0)

# SPDX-License-Identifier: AGPL-3.0-or-later
"""How exposed the shipped services are, by systemd's own reckoning: the web process at most 1.5, a unit of the key
holder at most 0.7, any other at most 2.0.

Positive control: the same unit without one of its walls is above the limit."""
import glob, os, re, subprocess, tempfile, unittest

import practice

LIMITS = {"entracte.service": 15, "entracte-keyd.service": 7}
UNITS = sorted(glob.glob(f"{practice.TOP}/packaging/**/*.service", recursive=True))


def exposure(path):
    """Ten times what systemd-analyze says, as it wants a threshold."""
    done = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager", path], capture_output=True,
                          text=True, timeout=60)
    found = re.search(r"exposure level for .*: ([\d.]+)", done.stdout)
    assert found, done.stdout + done.stderr
    return float(found.group(1)) * 10


class Units(unittest.TestCase):
    @unittest.skipUnless(UNITS, "no unit is shipped")
    def test_exposure_is_low(self):
        self.said = []
        for path in UNITS:
            name = os.path.basename(path)
            found = exposure(path)
            self.said.append(f"{name}: {found / 10}")
            self.assertLessEqual(found, LIMITS.get(name, 20), name)

    @unittest.skipUnless(UNITS, "no unit is shipped")
    def test_a_unit_without_its_walls_is_caught(self):
        for path in UNITS:
            name = os.path.basename(path)
            with open(path, encoding="utf-8") as f:
                text = f.read()
            weak = re.sub(r"^(SystemCallFilter|CapabilityBoundingSet|PrivateUsers|RestrictAddressFamilies|Protect\w+)=.*\n",
                          "", text, flags=re.M)
            with tempfile.TemporaryDirectory() as folder:
                with open(f"{folder}/{name}", "w", encoding="utf-8") as f:
                    f.write(weak)
                self.assertGreater(exposure(f"{folder}/{name}"), LIMITS.get(name, 20), name)

# SPDX-License-Identifier: AGPL-3.0-or-later
"""Somebody has a clinician's session and opens record after record: after at most 30 clients no more opens, the
server's log raises an alarm within five seconds, and the audit log has it.

Positive control: without the meter (SEEDED_BUG=no_meter) every record opens."""
import time, unittest

from practice import Practice

N_CLIENTS = 60
LIMIT = 30


class Exfiltration(unittest.TestCase):
    def drill(self, bug=""):
        """(clients whose clinical record opened, seconds from the first refusal to the alarm in the log)."""
        p = Practice(bug=bug, demo=("--clients", str(N_CLIENTS), "--years", "1", "--clinicians", "1"))
        self.addCleanup(p.done)
        p.start("--clients-per-hour", str(LIMIT))
        token, ids, path = p.token(), [], "/clients"
        while path:
            answer = p.call("GET", path, token=token)[1]
            ids += [row["id"] for row in answer["clients"]]
            path = answer.get("next")
        self.assertGreater(len(ids), LIMIT + 10)
        opened, alarm_s, refused_at = 0, None, None
        for client in ids:
            status, page = p.call("GET", f"/clients/{client}/notes", token=token)
            opened += status == 200 and len(page["notes"]) > 0
            if status == 403 and refused_at is None:
                refused_at = time.monotonic()
        while refused_at and alarm_s is None and time.monotonic() - refused_at < 10:
            if "more clients' records" in p.log():
                alarm_s = time.monotonic() - refused_at
            time.sleep(0.05)
        self.p = p
        return opened, alarm_s

    def test_after_thirty_clients_no_record_opens(self):
        opened, alarm_s = self.drill()
        self.assertLessEqual(opened, LIMIT)
        self.assertGreaterEqual(opened, 10)
        self.assertIsNotNone(alarm_s, self.p.log()[-2000:])
        self.assertLess(alarm_s, 5)
        with open(f"{self.p.dir}/data/audit.log", "rb") as f:
            self.assertIn(b"metered", f.read())
        self.said = [f"{opened} clients, then refused; alarm after {alarm_s:.1f} s"]

    def test_without_the_meter_every_record_opens(self):
        self.assertGreater(self.drill("no_meter")[0], LIMIT)

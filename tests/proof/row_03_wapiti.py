# SPDX-License-Identifier: AGPL-3.0-or-later
"""wapiti (a scanner of others) against the demo, as a signed-in owner who may reach every page: no finding.

Positive control: the program that escapes nothing (SEEDED_BUG=unescaped) and sends no headers is found out."""
import json, os, shutil, subprocess, tempfile, unittest

import practice
from practice import Browser, Practice

MODULES = "xss,sql,file,crlf,redirect,csp,csrf"
MODULES_AT_NIGHT = "xss,permanentxss,sql,blindsql,exec,file,crlf,redirect,csp,csrf,htaccess,methods,xxe,backup,shellshock"
LEAVES = ("/sign-out", "/lock", "/locked", "/account/", "/practice/staff", "/recovery-kit", "/api/openapi.json")

# Debian's wapiti 3.0.4 ends a pattern with flags, which its Python 3.11 takes at the beginning only.
SHIM = r"""
import re, runpy, sys
compiled = re.compile
def moved(p, flags=0):
    is_late = isinstance(p, str) and p.endswith("(?ms)")
    return compiled(p[:-5], flags | re.M | re.S) if is_late else compiled(p, flags)
re.compile = moved
sys.argv[0] = "wapiti"
runpy.run_path("/usr/bin/wapiti", run_name="__main__")
"""


@unittest.skipUnless(shutil.which("wapiti"), "wapiti is not installed")
class Scanner(unittest.TestCase):
    def scan(self, bug, modules, seconds, start="/", depth=3):
        """{kind: [path and parameter]}; how many requests it made."""
        p = Practice(bug=bug)
        self.addCleanup(p.done)
        p.start("--clients-per-hour", "0")
        home = tempfile.mkdtemp(prefix="entracte-wapiti-")
        self.addCleanup(shutil.rmtree, home, ignore_errors=True)
        url, person = f"http://127.0.0.1:{p.port}", Browser(p)
        n_before = len(p.log().splitlines())
        command = ["/usr/bin/python3", "-W", "ignore", "-c", SHIM, "-u", url + start, "--scope", "folder", "-m", modules,
                   "-H", f"Cookie: {person.cookie}", "-f", "json", "-o", f"{home}/report.json", "--flush-session",
                   "--no-bugreport", "--max-scan-time", str(seconds), "--max-attack-time",
                   str(seconds // 3), "-d", str(depth), "--max-links-per-page", "30", "--max-files-per-dir",
                   "12", "-t", "10", "--store-session", home, "--store-config", home]
        for path in LEAVES:
            command += ["-x", f"{url}{path}*"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds * 4 + 120, check=False,
                              env={**os.environ, "HOME": home}, stdin=subprocess.DEVNULL)
        self.assertTrue(os.path.exists(f"{home}/report.json"), done.stdout[-1500:] + done.stderr[-1500:])
        with open(f"{home}/report.json", encoding="utf-8") as f:
            said = json.load(f)
        self.assertIsNone(p.server.poll())
        self.assertEqual(person.get("/today")[0], 200, "the scanner lost its session: what it saw afterwards says nothing")
        found = {kind: sorted({f"{v['method']} {v['path']} {v['parameter']}" for v in some})
                 for part in ("vulnerabilities", "anomalies") for kind, some in said[part].items() if some}
        self.assertEqual([line for line in p.log().splitlines() if " 500 " in line and not bug], [])
        # wapiti compares two refusals of a form with a file, and takes the token for one that nobody looks at.
        forged = [what for what in found.pop("Cross Site Request Forgery", [])
                  if person.post(what.split()[1], {}, "not-the-token")[0] != 403]
        return {**found, **({"forged": forged} if forged else {})}, len(p.log().splitlines()) - n_before

    def test_it_finds_nothing(self):
        found, n = self.scan("", MODULES_AT_NIGHT if practice.NIGHT else MODULES, 120 if practice.NIGHT else 12)
        self.assertEqual(found, {})
        self.assertGreater(n, 300)
        self.said = [f"{n} requests, no finding"]

    def test_a_program_that_escapes_nothing_is_caught(self):
        found, _ = self.scan("unescaped", "xss", 24, "/clients?q=a", 1)
        self.assertIn("Cross Site Scripting", found)

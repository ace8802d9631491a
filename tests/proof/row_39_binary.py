# SPDX-License-Identifier: AGPL-3.0-or-later
"""Hardening of the programs as `readelf` shows it: PIE, full RELRO, NX, no writable code, stack canary, fortified
calls, marks for CET.

Positive control: a program that is compiled without any of it fails every line."""
import os, re, subprocess, tempfile, unittest

import practice

FORTIFIABLE = ("memcpy memmove memset strcpy strncpy strcat snprintf vsnprintf sprintf fprintf vfprintf printf read recv "
               "pread fgets realpath getcwd readlink explicit_bzero").split()


def readelf(path, *what):
    done = subprocess.run(["readelf", "-W", *what, path], capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def n_landing_marks(path):
    """endbr64. The note that switches CET on for the process is missing in every program of Debian 12, since its
    crt1.o has none; the marks are in our code for a system that has it."""
    with open(path, "rb") as f:
        return f.read().count(b"\xf3\x0f\x1e\xfa")


def weak_points(path):
    """Names of what is missing."""
    head, dynamic, symbols = readelf(path, "-hl"), readelf(path, "-d"), readelf(path, "--dyn-syms")
    stack = re.search(r"GNU_STACK.*", head)
    loads = re.findall(r"LOAD\s+(?:0x\w+\s+){5}([RWE ]{3})", head)
    plain = set(re.findall(r"UND (\w+)", symbols))
    fortified = {name for name in FORTIFIABLE if f"__{name}_chk" in plain}
    unfortified = {name for name in FORTIFIABLE if name in plain}
    faults = {
        "position independent": "DYN (Position-Independent" not in head,
        "RELRO": "GNU_RELRO" not in head,
        "all bound at start": "BIND_NOW" not in dynamic and "NOW" not in dynamic,
        "stack without code": stack is None or " RWE " in stack.group(),
        "no page writable and executable": any("W" in f and "E" in f for f in loads),
        "stack canary": "__stack_chk_fail" not in symbols,
        "fortified calls": len(fortified) < 4,
        "control flow marks": n_landing_marks(path) < 4,
        "no search path of its own": "RPATH" in dynamic or "RUNPATH" in dynamic,
    }
    return [name for name, is_bad in faults.items() if is_bad], len(fortified), sorted(unfortified)


class Binary(unittest.TestCase):
    def test_programs_are_hardened(self):
        folder = os.path.dirname(practice.PROGRAM)
        self.said = []
        for name in ("entracte", "entracte-verify"):
            path = os.path.join(folder, name)
            if not os.path.exists(path):
                continue
            faults, n, _ = weak_points(path)
            if name == "entracte-verify":  # it has few calls that could be fortified
                faults = [f for f in faults if f != "fortified calls"]
            self.assertEqual(faults, [], name)
            self.said.append(f"{name}: all of 9, {n} kinds of call fortified")

    def test_a_careless_program_is_caught(self):
        with tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/a.c", "w", encoding="utf-8") as f:
                f.write("#include <string.h>\n#include <stdio.h>\n"
                        "int main(int n, char **v) { char b[64]; strcpy(b, v[n - 1]); return puts(b); }\n")
            subprocess.run(["gcc", "-O1", "-no-pie", "-fno-stack-protector", "-fcf-protection=none", "-U_FORTIFY_SOURCE",
                            "-Wl,-z,norelro,-z,lazy,-z,execstack,-rpath,/tmp", "-o", f"{folder}/a", f"{folder}/a.c"],
                           check=True, timeout=60)
            self.assertGreaterEqual(len(weak_points(f"{folder}/a")[0]), 7)

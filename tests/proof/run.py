#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""The battery: each row a claim of SECURITY.md, and beside it a positive control, a bug that its test must catch.

    tests/proof/run.py build/entracte build/entracte-seeded [--night] [--note docs/proof.md] [ROW ...]

Rows are the files row_NN_*.py here. The last line is "N passed, N failed". --note puts today's date and what
was found into the last column of the table."""
import argparse, datetime, glob, importlib, os, re, sys, time, unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import practice  # noqa: E402


class Result(unittest.TextTestResult):
    """Knows what of which row went well; a skipped test proves nothing and is counted apart."""

    def __init__(self, *args):
        super().__init__(*args)
        self.rows = {}

    def stopTest(self, test):
        super().stopTest(test)
        bad = {id(t) for t, _ in self.failures + self.errors}
        skipped = {id(t) for t, _ in self.skipped}
        row = self.rows.setdefault(test.__class__.__module__.split("_")[1], {"ok": 0, "bad": 0, "skip": 0, "said": []})
        row["bad" if id(test) in bad else "skip" if id(test) in skipped else "ok"] += 1
        row["said"] += getattr(test, "said", [])


def note(path, rows, night):
    """The last column of each row that ran."""
    today = datetime.date.today().isoformat()
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    for i, line in enumerate(lines):
        cells = line.split(" | ")
        row = rows.get(cells[0].removeprefix("| ").strip()) if line.startswith("| ") else None
        if row is None or len(cells) < 5:
            continue
        word = "FAILED" if row["bad"] else "held" if row["ok"] else "not run"
        said = "; ".join(row["said"])
        cells[3] = f"{today}{' (night)' if night else ''}: {word}{': ' + said if said else ''}"
        lines[i] = " | ".join(cells)
    with open(path, "w", encoding="utf-8") as f:
        f.write("\n".join(lines))


def main():
    p = argparse.ArgumentParser()
    p.add_argument("program")
    p.add_argument("seeded")
    p.add_argument("--night", action="store_true")
    p.add_argument("--note")
    p.add_argument("rows", nargs="*")
    o = p.parse_intermixed_args()
    practice.PROGRAM, practice.SEEDED = os.path.abspath(o.program), os.path.abspath(o.seeded)
    practice.NIGHT = o.night
    suite = unittest.TestSuite()
    for path in sorted(glob.glob(f"{HERE}/row_*.py")):
        name = os.path.basename(path)[:-3]
        if not o.rows or any(name.startswith(f"row_{r}_") for r in o.rows):
            suite.addTests(unittest.defaultTestLoader.loadTestsFromModule(importlib.import_module(name)))
    started = time.monotonic()
    result = unittest.TextTestRunner(resultclass=Result, verbosity=2, stream=sys.stdout).run(suite)
    for number, row in sorted(result.rows.items()):
        print(f"row {number}: {row['ok']} held, {row['bad']} failed, {row['skip']} skipped  {'; '.join(row['said'])}")
    if o.note:
        note(o.note, result.rows, o.night)
    bad = sum(r["bad"] for r in result.rows.values())
    print(f"{time.monotonic() - started:.0f} s")
    print(f"{sum(r['ok'] for r in result.rows.values())} passed, {bad} failed")
    return 1 if bad or not result.rows else 0


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fails unless the source keeps the house style: check_style.py [ROOT]

C is as clang-format writes it, with comments between /* and */, without goto; functions have at most
60 lines and files 800; each file begins with its licence; nothing is left to do without a number
("TODO #12")."""
import pathlib
import re
import shutil
import subprocess
import sys

FOLDERS = ("src", "tests", "bench", "tools", "ui")
CODE = (".c", ".h", ".py", ".js", ".mjs", ".sh", ".css", ".html", ".sql")
LICENSED = (".c", ".h", ".py", ".js", ".mjs", ".sh")
FILE_LINES, FUNCTION_LINES = 800, 60
LEFT = re.compile(r"\b(TODO|FIXME|HACK)\b(?! #\d)")
UNSET = re.compile(r"^\s*(_cleanup_\w+_|CLEANUP\(\w+\)) [^=;]*;", re.M)
NO_CODE = re.compile(r'/\*.*?\*/|"(?:\\.|[^"\\])*"|\'(?:\\.|[^\'\\])*\'', re.S)


def code_of(text):
    """The same lines without what stands in strings and comments."""
    return NO_CODE.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)


def functions(lines):
    """(first line, number of lines) of each body that begins and ends at the margin."""
    begin = None
    for n, line in enumerate(lines, 1):
        if line == "{":
            begin = n
        elif line == "}" and begin is not None:
            yield begin, n - begin - 1
            begin = None


def check_c(text):
    for n, size in functions(text.split("\n")):
        if size > FUNCTION_LINES:
            yield n, f"a function of {size} lines; {FUNCTION_LINES} is the most"
    for n, line in enumerate(code_of(text).split("\n"), 1):
        if "//" in line:
            yield n, "a comment stands between /* and */"
        if re.search(r"\bgoto\b", line):
            yield n, "goto; use a cleanup attribute or a function"
        if UNSET.search(line):
            yield n, "cleaned up on return, so it begins with a value"


def check(name, text):
    """(line, sentence) of whatever is wrong with a file."""
    lines = text.split("\n")
    if len(lines) > FILE_LINES:
        yield FILE_LINES, f"the file has more than {FILE_LINES} lines; split it by noun"
    if name.endswith(LICENSED) and "SPDX-License-Identifier: AGPL-3.0-or-later" not in "".join(lines[:2]):
        yield 1, "the licence is missing in the first two lines"
    for n, line in enumerate(lines, 1):
        if line != line.rstrip():
            yield n, "blanks at the end of the line"
        if LEFT.search(line):
            yield n, "something is left to do and has no number"
    if name.endswith((".c", ".h")):
        yield from check_c(text)


def formatted(files):
    """The complaints of clang-format, which is the judge of all else."""
    if shutil.which("clang-format") is None:
        return ["clang-format is missing; tools/deps.sh test installs it"]
    done = subprocess.run(["clang-format", "--dry-run", "--Werror", *files],
                          capture_output=True, text=True, check=False)
    return [line for line in done.stderr.splitlines() if "error:" in line]


def main(args):
    root = pathlib.Path(args[0] if args else ".")
    own = pathlib.Path(__file__).resolve()
    files = sorted(p for f in FOLDERS for p in (root / f).rglob("*")
                   if p.suffix in CODE and "node_modules" not in p.parts and "fixtures" not in p.parts
                   and p.resolve() != own)
    bad = [f"{p.relative_to(root)}:{n}: {why}"
           for p in files for n, why in check(p.name, p.read_text(encoding="utf-8"))]
    bad += formatted([str(p) for p in files if p.suffix in (".c", ".h")])
    for line in bad:
        print(line)
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

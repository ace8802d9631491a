#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Runs the parts of the test suite one after the other and adds them up.

Each part prints one line (name, passed, failed, seconds) and, for what failed, the end of its log;
whole logs are in build-logs/. A part that cannot even be built counts as one failure and the
others still run. The last line is "N passed, N failed"; the exit status is 1 when anything failed.
"""
import concurrent.futures
import contextlib
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
LOGS = os.path.join(TOP, "build-logs")
SANITIZERS = ["-Db_sanitize=address,undefined", "-Db_lundef=false"]
TAIL = 40  # lines shown of a log
SHOWN = 8  # failures shown of a part
running = set()  # processes of the steps under way: ended when we are told to stop


class Tally:
    """What one part found: counts, and (name, log) of each failure."""

    def __init__(self):
        self.passed = self.failed = self.skipped = 0
        self.failures = []

    def fail(self, name, log, count=1):
        self.failed += count
        self.failures.append((name, log))


class CannotRun(Exception):
    """A step before the tests failed (configure, build); args: name, log."""


def step(name, command, env=None):
    """Runs a command with its output in build-logs/NAME.log; raises CannotRun when it fails."""
    path = os.path.join(LOGS, name.replace(" ", "-") + ".log")
    with open(path, "w", encoding="utf-8") as log, \
            subprocess.Popen(command, cwd=TOP, stdout=log, stderr=subprocess.STDOUT,
                             env={**os.environ, **(env or {})}) as process:
        running.add(process)
        code = process.wait()
        running.discard(process)
    text = read(path)
    if code:
        raise CannotRun(name, text)
    return text


def stop(*_):
    for process in list(running):
        process.terminate()
    sys.exit(143)


def read(path):
    with open(path, encoding="utf-8", errors="replace") as f:
        return f.read()


# --- meson -----------------------------------------------------------------------------

def configure(folder, options, env=None):
    """meson setup, or a change of the options when the folder was set up before."""
    if not os.path.exists(os.path.join(TOP, folder, "build.ninja")):
        shutil.rmtree(os.path.join(TOP, folder), ignore_errors=True)
        step(f"{folder} setup", ["meson", "setup", folder, *options], env)
        return
    now = {o["name"]: str(o["value"]).lower() for o in introspect(folder, "--buildoptions")}
    wrong = []
    for option in options:
        name, value = option[2:].split("=", 1)
        if name != "c_args" and now.get(name) != value.lower():
            wrong.append(option)
    if wrong:
        step(f"{folder} configure", ["meson", "configure", folder, *wrong])


def introspect(folder, what):
    out = subprocess.run(["meson", "introspect", folder, what], cwd=TOP, check=True,
                         stdout=subprocess.PIPE).stdout
    return json.loads(out)


def count_cmocka(text):
    """(passed, failed, skipped) test functions in the output of one cmocka program."""
    failed = set(re.findall(r"^\[  FAILED  \] (?!\d+ test\(s\))(\w+)", text, re.M))
    return (len(re.findall(r"^\[       OK \]", text, re.M)), len(failed),
            len(set(re.findall(r"^\[  SKIPPED \] (?!\d+ test\(s\))(\w+)", text, re.M))))


def add_meson_result(tally, line):
    """One line of meson's testlog.json."""
    test = json.loads(line)
    text = (test.get("stdout") or "") + (test.get("stderr") or "")
    ok, bad, skipped = count_cmocka(text)
    unittest = re.search(r"^Ran (\d+) tests? in", text, re.M)
    tally.skipped += skipped
    if test["result"] in ("OK", "EXPECTEDFAIL"):
        tally.passed += ok or (int(unittest.group(1)) if unittest else 1)
    elif test["result"] == "SKIP":
        tally.skipped += 1
    else:
        tally.passed += ok
        tally.fail(f"{test['name']} ({test['result']})", text, max(bad, 1))


def meson_part(folder, word, pg_url, env=None):
    tally = Tally()
    configure(folder, SANITIZERS + [f"-Dtest_pg={pg_url}"], env)
    names = [t["name"] for t in introspect(folder, "--tests") if word in t["name"]]
    if not names:
        return tally
    command = ["meson", "test", "-C", folder, "--print-errorlogs"]
    log = os.path.join(TOP, folder, "meson-logs", "testlog.json")
    with contextlib.suppress(FileNotFoundError):
        os.remove(log)
    try:
        if word:
            step(f"{folder} test", command + names)
        else:
            step(f"{folder} build", ["ninja", "-C", folder])
            step(f"{folder} test", command + ["--no-rebuild"])
    except CannotRun as e:
        if not e.args[0].endswith(" test"):
            raise
    if not os.path.exists(log):
        raise CannotRun(f"{folder} test", read(os.path.join(LOGS, f"{folder}-test.log")))
    for line in read(log).splitlines():
        add_meson_result(tally, line)
    return tally


def gcc(word, pg_url):
    return meson_part("build-asan", word, pg_url, {"CC": "gcc"})


def clang(word, pg_url):
    return meson_part("build-clang", word, pg_url, {"CC": "clang"})


def build_program():
    """As ./run builds it; the stories and the crash runs use it."""
    configure("build", [])
    step("build", ["ninja", "-C", "build", "entracte", "entracte-verify", "entracte-seeded"])


def release(_word, _pg_url):
    tally = Tally()
    build_program()
    tally.passed += 1
    return tally


# --- fuzzing ---------------------------------------------------------------------------

def fuzz_one(folder, name, source_dir, seconds):
    """Runs one target over its kept corpus and then for `seconds`; (name, log or None)."""
    found = os.path.join(TOP, folder, "findings", name) + "-"
    os.makedirs(os.path.dirname(found), exist_ok=True)
    grown = os.path.join(TOP, folder, "corpus", name)
    os.makedirs(grown, exist_ok=True)
    corpus = os.path.join(source_dir, "corpus", name)
    dictionary = os.path.join(source_dir, name + ".dict")
    command = [os.path.join(TOP, folder, name), f"-max_total_time={seconds}", "-timeout=10",
               "-rss_limit_mb=2048", "-print_final_stats=1", f"-artifact_prefix={found}",
               *([f"-dict={dictionary}"] if os.path.exists(dictionary) else []),
               grown, *([corpus] if os.path.isdir(corpus) else [])]
    try:
        step(f"{folder} {name}", command)
        return name, None
    except CannotRun as e:
        return name, e.args[1]


def fuzz(word, _pg_url):
    tally = Tally()
    folder, seconds = "build-fuzz", int(os.environ.get("FUZZ_SECONDS") or 20)
    configure(folder, SANITIZERS + ["-Dfuzz=true", "-Dc_args=-fsanitize=fuzzer-no-link"],
              {"CC": "clang"})
    targets = {t["name"]: os.path.dirname(t["target_sources"][0]["sources"][0])
               for t in introspect(folder, "--targets")
               if t["type"] == "executable" and t["name"].startswith("fuzz_") and word in t["name"]}
    if not targets:
        return tally
    step(f"{folder} build", ["ninja", "-C", folder, *targets])
    pool = concurrent.futures.ThreadPoolExecutor(os.cpu_count())
    try:
        runs = [pool.submit(fuzz_one, folder, n, d, seconds) for n, d in sorted(targets.items())]
        for name, log in (r.result() for r in runs):
            if log is None:
                tally.passed += 1
            else:
                tally.fail(name, log)
    finally:
        pool.shutdown(cancel_futures=True)
    return tally


# --- the whole program -----------------------------------------------------------------

def e2e(word, pg_url):
    """Browser stories on the release build."""
    tally = Tally()
    build_program()
    report = os.path.join(LOGS, "e2e.tap")
    command = ["node", "--test-reporter=tap", f"--test-reporter-destination={report}",
               "--test-reporter=spec", "--test-reporter-destination=stdout",
               *([f"--test-name-pattern={re.escape(word)}"] if word else []), "tests/e2e/all.mjs"]
    log = ""
    try:
        log = step("e2e", command, {"TEST_PG": pg_url})
    except CannotRun as e:
        log = e.args[1]
    counts = dict(re.findall(r"^# (pass|fail|cancelled|skipped) (\d+)", read(report), re.M))
    if not counts:
        raise CannotRun("e2e", log)
    tally.passed, tally.skipped = int(counts["pass"]), int(counts["skipped"])
    bad = int(counts["fail"]) + int(counts["cancelled"])
    if bad:
        tally.fail("stories", log, bad)
    table = os.path.join(LOGS, "klm.md")
    if os.path.exists(table):
        print(read(table))
    return tally


def crash(_word, _pg_url):
    """kill -9 while it writes, then its invariants; tests/crash/run says how many held."""
    return counted("crash", ["tests/crash/run", "build/entracte"])


def proof(_word, _pg_url):
    """The battery in its short form (docs/proof.md); each row with a bug that it must catch."""
    return counted("proof", ["tests/proof/run.py", "build/entracte", "build/entracte-seeded"])


def counted(name, command):
    """A program of ours on the release build, whose last line says what held."""
    tally = Tally()
    build_program()
    try:
        log = step(name, command)
    except CannotRun as e:
        log = e.args[1]
        tally.fail(name, log)
    said = re.findall(r"^(\d+) passed, (\d+) failed$", log, re.M)
    tally.passed = int(said[-1][0]) if said else int(not tally.failed)
    tally.failed = max(tally.failed, int(said[-1][1]) if said else 0)
    return tally


PARTS = [gcc, clang, release, fuzz, e2e, crash, proof]
NAMED_TESTS = [gcc, fuzz, e2e]  # where `./test WORD` looks for tests of that name


def run_part(part, word, pg_url):
    started = time.monotonic()
    try:
        tally = part(word, pg_url)
    except CannotRun as e:
        tally = Tally()
        tally.fail(*e.args)
    for name, log in tally.failures[:SHOWN]:
        print(f"--- {part.__name__}: {name}")
        print("\n".join(log.splitlines()[-TAIL:]))
    skipped = f", {tally.skipped} skipped" if tally.skipped else ""
    print(f"{part.__name__:8} {tally.passed} passed, {tally.failed} failed{skipped}"
          f"  ({time.monotonic() - started:.0f} s)", flush=True)
    return tally


@contextlib.contextmanager
def pg_cluster():
    """A PostgreSQL server of our own, gone when we are; its URL. Outside of the checkout, because
    its user may not enter every home and the path of a socket must be short."""
    script = os.path.join(TOP, "tests", "pgcluster.sh")
    folder = tempfile.mkdtemp(prefix="entracte-pg-", dir="/tmp")
    try:
        yield subprocess.run([script, "start", folder, "--fast"], check=True,
                             stdout=subprocess.PIPE, text=True).stdout.strip()
    finally:
        subprocess.run([script, "stop", folder], check=False)
        shutil.rmtree(folder, ignore_errors=True)


def main(word):
    shutil.rmtree(LOGS, ignore_errors=True)
    os.makedirs(LOGS)
    signal.signal(signal.SIGTERM, stop)
    parts = [p for p in PARTS if p.__name__ == word]
    if parts:
        word = ""
    elif word:
        parts = NAMED_TESTS
    else:
        parts = PARTS
    with pg_cluster() as pg_url:
        tallies = [run_part(part, word, pg_url) for part in parts]
    passed, failed = sum(t.passed for t in tallies), sum(t.failed for t in tallies)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))

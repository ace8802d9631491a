#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Measures build/entracte: signed-in pages against nginx serving the same bytes, start, memory, many
idle connections, a search, invoices on paper, and what twenty years do to a page. Prints Markdown.
bench/README.md says what each figure means."""
import argparse
import contextlib
import os
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import copies
import load
import work
from server import Nginx, Practice, Program

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SETTLE_S = 10  # how long connections are idle before their memory counts


def arguments():
    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--db", default="sqlite", help="sqlite, pgsql (a cluster of its own), or a URL")
    for name, default in (("clinicians", 3), ("clients", 120), ("years", 2), ("seed", 1)):
        p.add_argument(f"--{name}", type=int, default=default, help=f"of the demo ({default})")
    p.add_argument("--rounds", type=int, default=5, help="pairs of runs per page (5)")
    p.add_argument("--seconds", type=int, default=4, help="length of a run (4)")
    p.add_argument("--idle", type=int, default=10000, help="idle connections (10000)")
    p.add_argument("--only", default="", help="only pages whose name holds this")
    p.add_argument("--growth", action="store_true", help="only the pages of a practice of twenty years "
                   "against these; making it takes some minutes")
    p.add_argument("--holder", action="store_true", help="only what the key holder costs: the same pages "
                   "with and without it, by turns")
    p.add_argument("--wall", action="store_true", help="only what row-level security costs (PostgreSQL): the "
                   "same pages with and without its policies, by turns")
    p.add_argument("--copies", action="store_true", help="only backup, restore and export, beside the "
                   "database's own tools")
    return p.parse_args()


@contextlib.contextmanager
def database(wish, folder):
    """The URL for --db."""
    if wish == "sqlite":
        yield f"sqlite:{folder}/bench.db"
    elif wish == "pgsql":
        cluster, script = os.path.join(folder, "pg"), os.path.join(TOP, "tests", "pgcluster.sh")
        os.chmod(folder, 0o711)  # the server's user must reach its folder
        try:
            yield subprocess.run([script, "start", cluster], check=True, stdout=subprocess.PIPE,
                                 text=True).stdout.strip()
        finally:
            subprocess.run([script, "stop", cluster], check=False)
    else:
        yield wish


def second_database(url, name="old"):
    """Another one beside it: a file, or a database of the same cluster."""
    if url.startswith("sqlite:"):
        return url.replace("bench.db", f"{name}/bench.db")
    subprocess.run(["psql", "-X", "-q", url, "-c", f"CREATE DATABASE bench_{name}"], check=True)
    return re.sub(r"/\w+(?=\?|$)", f"/bench_{name}", url, count=1)


def pages(practice, server):
    """Name and path of what a clinician looks at all day; ids come from the pages themselves."""
    def first(page, pattern):
        found = re.search(pattern, load.get(server, page, practice.cookie).decode())
        return found.group(1) if found else None

    client = first("/clients", r'href="(/clients/[\w-]{22})"')
    session = first("/agenda", r'href="(/appointments/[\w-]{22})["/]')
    return [("Today", "/today"), ("Agenda, week", "/agenda"), ("Clients", "/clients"),
            ("Client file", client), ("Prepare", f"{session}/prepare")]


# --- the tables ------------------------------------------------------------------------------

def table(head, rows):
    print("| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def spread(values):
    """Median [least to most], whole numbers."""
    return f"{statistics.median(values):,.0f} [{min(values):,.0f} to {max(values):,.0f}]"


def measure_page(args, server, nginx, practice, name, path):
    """Alternates nginx and Entracte, so that a slow minute slows both."""
    page = load.get(server, path, practice.cookie)
    same_bytes = nginx.put(page)
    ours, theirs, cpu = [], [], []
    for _ in range(args.rounds):
        theirs.append(load.wrk(same_bytes, 16, args.seconds))
        spent = server.cpu_s()
        ours.append(load.wrk(server.url(path), 16, args.seconds, practice.cookie))
        cpu.append((server.cpu_s() - spent) / ours[-1].n_requests)
    alone = [load.wrk(server.url(path), 1, args.seconds, practice.cookie) for _ in range(3)]
    ratio = statistics.median(o.per_s / t.per_s for o, t in zip(ours, theirs))
    return (name, f"{len(page) / 1024:.1f}", spread([r.per_s for r in ours]),
            spread([r.per_s for r in theirs]), f"{ratio:.3f}", f"{statistics.median(cpu) * 1e3:.2f}",
            f"{statistics.median(r.p99_ms for r in ours):.1f}",
            f"{statistics.median(r.p50_ms for r in alone):.2f}",
            f"{statistics.median(r.p99_ms for r in alone):.2f}")


def measure_start(program, practice):
    """Milliseconds from exec to the first answer."""
    times = []
    for _ in range(7):
        with program.serve(practice) as server:
            times.append(server.start_ms)
    return times


def measure_idle(args, server, practice):
    """Holds connections that have each had one answer; what they cost and what they delay."""
    before = server.rss_mib()
    with load.IdleConnections(server.port, args.idle) as idle:
        opened = server.rss_mib()
        probe = load.wrk(server.url("/today"), 1, args.seconds, practice.cookie)
        time.sleep(SETTLE_S)
        return [(f"{idle.n_open:,} of {args.idle:,}", f"{idle.seconds:.1f}", f"{before:.1f}",
                 f"{opened:.1f}", f"{server.rss_mib():.1f}", f"{probe.p99_ms:.2f}",
                 f"{idle.count_alive():,}")]


# As many clients a clinician and as full a week, so that age and size alone differ.
YOUNG = {"clinicians": 3, "clients": 600, "years": 2, "seed": 1}
OLD = {"clinicians": 30, "clients": 6000, "years": 20, "seed": 1}


def measure_growth(args, program, folder, young, url):
    """The same pages in a practice of twenty years, and of a client with 2,000 sessions; by turns."""
    os.mkdir(f"{folder}/old")
    old = Practice(program, f"{folder}/old", url, argparse.Namespace(**OLD))
    print(f"The old practice: {OLD['clinicians']} clinicians, {OLD['clients']:,} clients, {OLD['years']} years, made in {old.made_s:.0f} s, "
          f"{old.size_mib():,.0f} MiB on disk.\n")
    with program.serve(young) as a, program.serve(old) as b:
        young.sign_in(a)
        old.sign_in(b)
        who, last = work.long_client(work.Api(b, old.token(program)))
        of_young, of_old = dict(pages(young, a)), dict(pages(old, b))
        pairs = [(name, path, of_old[name]) for name, path in of_young.items() if name in of_old]
        pairs += [("Client file, 2,000 sessions", of_young["Client file"], f"/clients/{who}"),
                  ("Prepare, 2,000 sessions", of_young["Prepare"], f"/appointments/{last}/prepare")]
        return [compare(args, name, (a, young, path), (b, old, old_path)) for name, path, old_path in pairs
                if args.only in name]


def compare(args, name, young, old):
    def run(server, practice, path):
        return load.wrk(server.url(path), 1, args.seconds, practice.cookie)
    runs = [(run(*young), run(*old)) for _ in range(args.rounds)]
    sizes = (len(load.get(server, path, practice.cookie)) for server, practice, path in (young, old))
    return (name, *(f"{size / 1024:.1f}" for size in sizes),
            *(f"{statistics.median(r[i].p50_ms for r in runs):.2f}" for i in (0, 1)),
            f"{statistics.median(b.p50_ms / a.p50_ms for a, b in runs):.2f}",
            *(f"{statistics.median(r[i].p99_ms for r in runs):.2f}" for i in (0, 1)))


def measure_holder(args, program, folder, practice, url):
    """The same pages of two equal practices, one served without a process for its keys; by turns."""
    os.mkdir(f"{folder}/old")
    other = Practice(program, f"{folder}/old", url, args)
    with program.serve(practice) as a, program.serve(other, "--without-key-holder") as b:
        practice.sign_in(a)
        other.sign_in(b)
        of_other = dict(pages(other, b))
        return [hold(args, name, (a, practice, path), (b, other, of_other[name]))
                for name, path in pages(practice, a) if args.only in name]


def hold(args, name, with_holder, without):
    def run(server, practice, path):
        return load.wrk(server.url(path), 16, args.seconds, practice.cookie).per_s
    runs = [(run(*with_holder), run(*without)) for _ in range(args.rounds)]
    return (name, spread([a for a, _ in runs]), spread([b for _, b in runs]),
            f"{statistics.median(a / b for a, b in runs):.2f}")


def measure_wall(args, program, practice, url):
    """The same pages of one practice; the policies are taken away and put back under the server."""
    tables = subprocess.run(["psql", "-X", "-At", url, "-c", "SELECT relname FROM pg_class WHERE relrowsecurity"],
                            check=True, stdout=subprocess.PIPE, text=True).stdout.split()

    def stand(verb):
        each = [f"--command=ALTER TABLE {table} {verb} ROW LEVEL SECURITY" for table in tables]
        subprocess.run(["psql", "-X", "-q", url, *each], check=True)  # one lock at a time beside the server

    with program.serve(practice) as server:
        practice.sign_in(server)
        rows = []
        for name, path in pages(practice, server):
            if args.only not in name:
                continue
            runs = []
            for _ in range(args.rounds):
                pair = []
                for verb in ("ENABLE", "DISABLE"):
                    stand(verb)
                    load.get(server, path, practice.cookie)
                    pair.append(load.wrk(server.url(path), 16, args.seconds, practice.cookie).per_s)
                runs.append(pair)
            rows.append((name, spread([a for a, _ in runs]), spread([b for _, b in runs]),
                         f"{statistics.median(a / b for a, b in runs):.2f}"))
        stand("ENABLE")
        return rows


def describe(size, practice):
    with open("/proc/cpuinfo", encoding="utf-8") as f:
        cpu = re.search(r"model name\s*: (.*)", f.read())
    print(f"{os.cpu_count()} cores of {cpu.group(1) if cpu else 'an unknown processor'}; "
          f"{size['clinicians']} clinicians, {size['clients']} clients, {size['years']} years, "
          f"made in {practice.made_s:.1f} s; {practice.db.split(':')[0]}, "
          f"{practice.size_mib():.1f} MiB on disk; load generator and server share the cores.\n")


def measure_all(args, program, folder, practice):
    starts = measure_start(program, practice)
    with program.serve(practice) as server, Nginx(folder) as nginx:
        practice.sign_in(server)
        rest = server.rss_mib()
        table(["page", "KiB", "requests/s, 16 connections", "nginx, same bytes", "ratio",
               "CPU ms each", "p99 ms", "p50 ms, 1 connection", "p99 ms, 1 connection"],
              [measure_page(args, server, nginx, practice, name, path)
               for name, path in pages(practice, server) if args.only in name])
        table(["start to first answer, ms", "RSS at rest, MiB", "highest under load, MiB"],
              [(spread(starts), f"{rest:.1f}", f"{server.peak_mib():.1f}")])
        table(["idle connections", "opened in s", "RSS before, MiB", "at once, MiB",
               f"{SETTLE_S} s later, MiB", "p99 ms of Today beside them", "open at the end"],
              measure_idle(args, server, practice))
    with program.serve(practice) as server:
        api = work.Api(server, practice.token(program))
        table(["invoices", "issued in s", "CPU s", "as PDF in s", "CPU s", "KiB each",
               "RSS before, MiB", "after, MiB", "highest, MiB"],
              work.measure_invoices(api, server))
        waiting, verifying = work.measure_audit(os.path.join(TOP, "build", "bench_audit"), f"{folder}/audit")
        table(["2,000 pages/s that wait for the log, by turns", "p50 ms", "p99 ms", "p99 over without", "p99 over the disk"], waiting)
        table(["records", "written in s", "verified in s", "with MACs", "b2sum, the same file", "ratio"], verifying)
        table(["search through notes of 2 KiB", "notes opened", "ms", "rg, the same words, ms", "ratio"],
              work.measure_search(api, folder))


def main(args):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, hard), hard))
    folder = tempfile.mkdtemp(prefix="entracte-bench-", dir="/tmp")
    program = Program(os.path.join(TOP, "build", "entracte"))
    try:
        with database(args.db, folder) as url:
            practice = Practice(program, folder, url, argparse.Namespace(**YOUNG) if args.growth else args)
            describe(YOUNG if args.growth else vars(args), practice)
            if args.growth:
                table(["page", "KiB", "old", "p50 ms", "old", "ratio", "p99 ms", "old"],
                      measure_growth(args, program, folder, practice, second_database(url)))
            elif args.holder:
                table(["page", "requests/s with the key holder", "without", "ratio"],
                      measure_holder(args, program, folder, practice, second_database(url)))
            elif args.copies:
                table(["what", "s", "of the processor", "MiB"],
                      copies.measure(program, practice, folder, second_database(url, "there"), second_database(url, "plain")))
            elif args.wall:
                table(["page", "requests/s with row-level security", "without", "ratio"],
                      measure_wall(args, program, practice, url))
            else:
                measure_all(args, program, folder, practice)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    sys.exit(main(arguments()))

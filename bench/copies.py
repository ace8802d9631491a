# SPDX-License-Identifier: AGPL-3.0-or-later
"""What it takes to copy a practice whole: backup (with its trial), restore, export; beside each what
the database's own tools take for the same rows, in the same minute."""
import os
import resource
import subprocess
import time


def timed(argv, **more):
    """Seconds of the clock and of the processor, and the output."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    out = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True, stdin=subprocess.DEVNULL, **more).stdout
    took, after = time.monotonic() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return took, cpu_s, out.strip()


def size_mib(path):
    files = [path] if os.path.isfile(path) else \
        [os.path.join(d, f) for d, _, names in os.walk(path) for f in names]
    return sum(os.path.getsize(f) for f in files) / 2**20


def row(name, took, cpu_s, path):
    return (name, f"{took:.1f}", f"{cpu_s:.1f}", f"{size_mib(path):.0f}")


def place(url, folder):
    return ["--db", url, "--data", f"{folder}/files", "--key-file", f"{folder}/keys/boot.key"]


def unbound(url):
    """As the superuser, whom row-level security does not bind."""
    return url.replace("//entracte@", "//postgres@")


def of_sqlite(practice, folder):
    source, copy = practice.db.removeprefix("sqlite:"), f"{folder}/plain.db"
    took, cpu_s, _ = timed(["sqlite3", source, f".backup {copy}"])
    yield row("sqlite3 .backup", took, cpu_s, copy)


def of_pgsql(practice, folder, url):
    dump = f"{folder}/plain.dump"
    took, cpu_s, _ = timed(["pg_dump", "-Fc", "-f", dump, unbound(practice.db)])
    yield row("pg_dump -Fc", took, cpu_s, dump)
    took, cpu_s, _ = timed(["pg_restore", "-d", unbound(url), dump])
    yield row("pg_restore", took, cpu_s, dump)


def measure(program, practice, folder, empty, plain):
    """`empty`, `plain`: databases beside it with nothing in them, for the restore and for pg_restore."""
    there, kit = f"{folder}/there", f"{folder}/kit.txt"
    for path in (there, f"{there}/keys", f"{folder}/backups"):
        os.mkdir(path, 0o700)
    timed([program.path, "recovery-kit", "--out", kit, *practice.place])
    took, cpu_s, archive = timed([program.path, "backup", "--to", f"{folder}/backups", *practice.place])
    yield row("backup, restored beside and checked", took, cpu_s, archive)
    took, cpu_s, _ = timed([program.path, "restore", archive, "--recovery-kit", kit, *place(empty, there)])
    yield row("restore with the kit", took, cpu_s, archive)
    took, cpu_s, _ = timed([program.path, "export", "--out", f"{folder}/export", *practice.place])
    yield row("export, opened", took, cpu_s, f"{folder}/export")
    yield from of_sqlite(practice, folder) if practice.db.startswith("sqlite:") else of_pgsql(practice, folder, plain)

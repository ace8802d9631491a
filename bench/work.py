# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is measured beside pages: a search through many notes, many invoices on paper, and a page of a
client who has come two thousand times. All of it is written through the JSON API, as a program would."""
import datetime
import http.client
import json
import os
import random
import re
import statistics
import subprocess
import time

N_NOTES, NOTE_BYTES, N_INVOICES, N_SESSIONS = 10000, 2048, 1000, 2000
WORDS = """session client reports feels week sleep better worse work home mother anger calm breath walk
plan homework agreed diary thought evidence partner argument repair morning energy appetite school child
boundary grief letter memory safe place body tension release practice exposure ladder step rating scale
values action notice name story pattern cycle pause return goal review next time friday alone together""".split()
RARE = "zephyranth"  # in one note alone


class Api:
    """A clinician's program, on one kept connection."""

    def __init__(self, server, token):
        self.port, self.token, self.connection = server.port, token, None

    def call(self, method, path, body=None):
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Authorization": f"Bearer {self.token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = "application/json"
        self.connection.request(method, path, json.dumps(body) if body is not None else None, headers)
        answer = self.connection.getresponse()
        data = answer.read()
        if answer.status not in (200, 201):
            raise SystemExit(f"{method} {path}: {answer.status} {data[:300]!r}")
        if answer.headers.get("Connection") == "close":
            self.connection = None
        return data

    def make(self, path, **body):
        return json.loads(self.call("POST", path, body))["id"]


def client(api, name):
    return api.make("/clients", given_name="Kim", family_name=name)


# --- search -------------------------------------------------------------------------------

def note_text(dice):
    words, size = [], 0
    while size < NOTE_BYTES:
        words.append(dice.choice(WORDS))
        size += len(words[-1]) + 1
    return " ".join(words)


def write_notes(api, folder):
    """The notes in the program, and the same words as plain files for rg."""
    os.mkdir(folder)
    dice, owner = random.Random(1), client(api, "Searched")
    for i in range(N_NOTES):
        text = note_text(dice) + (f" {RARE}" if i == N_NOTES // 2 else "")
        api.make("/notes", client=owner, version=0, note={"template": "free", "text": text})
        with open(f"{folder}/{i}.txt", "w", encoding="utf-8") as f:
            f.write(text)


def seconds(do, n):
    """Median of n runs."""
    times = []
    for _ in range(n):
        started = time.monotonic()
        do()
        times.append(time.monotonic() - started)
    return statistics.median(times)


def measure_search(api, folder):
    """Each word of a search opens every note of the author; rg reads the same words as they are."""
    write_notes(api, f"{folder}/notes")
    rows = []
    for what, word in (("in one note", RARE), ("in most notes", "mother")):
        ours = seconds(lambda w=word: api.call("POST", "/notes/search", {"q": w}), 7)
        rg = seconds(lambda w=word: subprocess.run(["rg", "-i", "-l", w, f"{folder}/notes"], check=True,
                                                   stdout=subprocess.DEVNULL), 7)
        said = json.loads(api.call("POST", "/notes/search", {"q": word}))
        rows.append((f"a word {what}", f"{said['n_opened']:,}", f"{ours * 1e3:.0f}", f"{rg * 1e3:.0f}",
                     f"{ours / rg:.1f}"))
    return rows


# --- invoices -----------------------------------------------------------------------------

def measure_invoices(api, server):
    """Issued one by one, then each asked for as PDF."""
    today, ids, before = datetime.date.today().isoformat(), [], server.rss_mib()
    for i in range(N_INVOICES):
        who = client(api, f"Billed {i}")
        api.make("/charges", client=who, service_days=today, description="Individual session",
                 amount_cents=7000)
        ids.append(who)
    started, cpu = time.monotonic(), server.cpu_s()
    invoices = [api.make("/invoices", client=who) for who in ids]
    issued, cpu_issued = time.monotonic(), server.cpu_s()
    size = sum(len(api.call("GET", f"/invoices/{invoice}/pdf")) for invoice in invoices)
    done, cpu_done = time.monotonic(), server.cpu_s()
    return [(f"{N_INVOICES:,}", f"{issued - started:.2f}", f"{cpu_issued - cpu:.2f}",
             f"{done - issued:.2f}", f"{cpu_done - cpu_issued:.2f}", f"{size / N_INVOICES / 1024:.1f}",
             f"{before:.1f}", f"{server.rss_mib():.1f}", f"{server.peak_mib():.1f}")]


# --- the audit log ---------------------------------------------------------------------------

def measure_audit(program, folder):
    """What bench_audit prints, and b2sum over the log it wrote."""
    os.mkdir(folder)
    said = [[cell.strip() for cell in line.split("|")] for line in subprocess.run(
        [program, folder], check=True, stdout=subprocess.PIPE, text=True).stdout.splitlines()]
    sum_s = seconds(lambda: subprocess.run(["b2sum", f"{folder}/audit.log"], check=True, stdout=subprocess.DEVNULL), 3)
    n, written, checked, with_macs = said[-1][1:]
    return said[:-1], [(f"{int(n):,}", written, checked, with_macs, f"{sum_s:.2f}", f"{float(checked) / sum_s:.2f}")]


# --- a client of many years ------------------------------------------------------------------

def first_id(api, path, pattern):
    """An id that a form offers."""
    connection = http.client.HTTPConnection("127.0.0.1", api.port)
    connection.request("GET", path, headers={"Authorization": f"Bearer {api.token}"})
    return re.search(pattern, connection.getresponse().read().decode()).group(1)


def long_client(api):
    """A client with N_SESSIONS sessions, one a day before anybody else is there; and the last of them."""
    who, form = client(api, "Long"), "/appointments/new"
    me = json.loads(api.call("GET", f"/notes/new?client={who}"))["note"]["author_id"]
    service = first_id(api, form, r'name="service".*?<option value="([\w-]{22})"')
    day = datetime.date.today() - datetime.timedelta(days=N_SESSIONS)
    for _ in range(N_SESSIONS):
        day += datetime.timedelta(days=1)
        last = api.make("/appointments", clinician=me, service=service, clients=[who],
                        modality="phone", start=f"{day}T03:30Z", end=f"{day}T04:00Z")
        if day < datetime.date.today():
            api.call("POST", f"/appointments/{last}/state", {"state": "held", "version": 1})
    return who, last

# SPDX-License-Identifier: AGPL-3.0-or-later
"""Ten thousand words that exist nowhere else, written into names, remarks, notes, process notes and tasks; then
looked for in the database and its log, every other file, the log of the server, the audit log, temporary files, and,
after the screen was locked, in all memory of the web process. tests/e2e/canary.story.mjs does the same with a browser,
one word in each field of each form, on both databases.

Positive controls: a word in a field that is not sealed is found on disk; a program that keeps what it showed
(SEEDED_BUG=hoards) is found out by its memory."""
import glob, os, re, secrets, tempfile, time, unittest

from practice import Browser, Practice

N_WORDS = 10000
OPENLY = "Kanarienvogel"  # the name of a template: not sealed


def disguises(word):
    """As it may lie in a file: as it is, hexadecimal, UTF-16, base64 at each offset."""
    import base64
    yield word.encode()
    yield word.encode().hex().encode()
    yield word.encode("utf-16-le")
    for i in range(3):
        yield base64.b64encode(b"\0" * i + word.encode())[(0, 2, 3)[i]:][:10]


def holds(data, root):
    low = data.lower()
    return [i for i, form in enumerate(disguises(root)) if (form in data if i > 2 else form.lower() in low)]


def memory_of(pid):
    """(region, bytes) of all that the process can write, and what it has mapped for itself alone."""
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb") as mem:
        for line in maps:
            span, flags, *_rest = line.split()
            if "w" not in flags or "[v" in line:
                continue
            begin, end = (int(x, 16) for x in span.split("-"))
            try:
                mem.seek(begin)
                yield line.strip(), mem.read(end - begin)
            except (OSError, ValueError):
                continue


class Canaries(unittest.TestCase):
    def practice(self, bug=""):
        self.p = Practice(bug=bug)
        self.addCleanup(self.p.done)
        self.root, self.n = f"zq{secrets.token_hex(4)}x", 0
        self.tmp = set(glob.glob("/tmp/*") + glob.glob("/var/tmp/*"))
        self.p.start()
        self.who = Browser(self.p)
        self.csrf = self.who.csrf()
        return self.p

    def words(self, n):
        """n further words, as a text."""
        self.n += n
        return " ".join(f"{self.root}{self.n - i:05d}" for i in range(n))

    def post(self, path, fields):
        status, text = self.who.post(path, fields, self.csrf)
        self.assertEqual(status, 303, f"{path}: {text[-1500:]}")

    def plant(self, n_words):
        """Through the forms, as a person does it; each client's page and notes are then looked at."""
        while self.n < n_words:
            self.post("/clients", {"given_name": self.words(1), "family_name": self.words(1), "city": self.words(1),
                                   "street": self.words(1), "profession": self.words(1), "remark": self.words(100)})
            client = self.who.location.split("/")[2]
            for _ in range(2):
                self.post("/notes", {"client": client, "version": "0", "note.template": "free", "note.use": "free",
                                     "note.text": self.words(700), "about": "2026-01-05T09:15"})
            self.post(f"/clients/{client}/process-notes", {"version": "0", "text": self.words(200)})
            self.post("/tasks", {"title": self.words(3), "kind": "follow_up"})
            for path in (f"/clients/{client}", f"/clients/{client}/notes",
                         f"/clients/{client}/process-notes", "/tasks", "/clients"):
                self.assertEqual(self.who.get(path)[0], 200, path)
        self.post("/notes/templates", {"name": OPENLY, "sections": "One | | "})

    def on_disk(self):
        """The files that hold a word."""
        found = []
        for folder, _, names in os.walk(self.p.dir):
            for name in names:
                with open(os.path.join(folder, name), "rb") as f:
                    data = f.read()
                if holds(data, self.root):
                    found.append(name)
                if OPENLY.encode() in data:
                    found.append("OPENLY")
        for path in set(glob.glob("/tmp/*") + glob.glob("/var/tmp/*")) - self.tmp:
            if os.path.isfile(path) and os.stat(path).st_size < 64 << 20:
                with open(path, "rb") as f:
                    if holds(f.read(), self.root):
                        found.append(path)
        return found

    def in_memory(self, pid):
        return [(line, len(re.findall(self.root.encode(), data, re.I)), holds(data, self.root))
                for line, data in memory_of(pid) if holds(data, self.root)]

    def lock(self):
        self.post("/lock", {})
        for _ in range(30):  # other requests come and go: what was free is not only what was last
            self.p.ask("GET", "/healthz")
        time.sleep(1)

    def test_no_word_lies_on_disk_or_in_memory_after_the_lock(self):
        p = self.practice()
        self.plant(N_WORDS)
        self.lock()
        with open(f"/proc/{p.server.pid}/limits", encoding="utf-8") as f:
            self.assertRegex(f.read(), r"Max core file size +0 +0 ")
        if os.geteuid() == 0:
            self.assertEqual(self.in_memory(p.server.pid), [])
        self.assertEqual([f for f in self.on_disk() if f != "OPENLY"], [])
        self.assertIn("OPENLY", self.on_disk())
        self.assertEqual(p.stop(), 0)
        self.assertEqual([f for f in self.on_disk() if f != "OPENLY"], [])
        self.said = [f"0 of {self.n} words"]

    @unittest.skipUnless(os.geteuid() == 0, "only root reads another process's memory")
    def test_a_program_that_keeps_what_it_showed_is_caught(self):
        p = self.practice("hoards")
        self.plant(800)
        self.lock()
        self.assertNotEqual(self.in_memory(p.server.pid), [])

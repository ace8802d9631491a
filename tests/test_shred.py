#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A client is erased after a backup was made: what the archives and what is restored of them still say.

    tests/test_shred.py build/entracte"""
import glob, json, os, shutil, socket, subprocess, sys, time, unittest, urllib.parse, urllib.request
import test_backup as backups


def text_of(path):
    with open(path, "rb") as f:
        return f.read()


WORDS = ("Zubizarreta", "Mandragora", "Quincunce", "Peridoto")  # of the erased client: name, process note, task, draft
OTHER = "Hipocampo"  # the name of one who stays


class Shred(backups.Backups):
    def setUp(self):
        super().setUp()
        self.old = backups.Place(self.dir, "old")
        self.server = None
        self.demo(self.old)
        for found in glob.glob(f"{self.out}/*"):
            os.unlink(found)
        done = subprocess.run([backups.PROGRAM, "user", "add", *self.old.where, "--email", "pia@example.org", "--name",
                               "Pia Ofic", "--roles", "privacy"], input="Clef-de-voute-2026\n", capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.tokens = {who: self.ok(backups.run("token", *self.old.where, "--email", who + "@example.org"))
                       for who in ("ines.robles", "pia")}

    def serve(self, *more):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            self.port = s.getsockname()[1]
        self.server = subprocess.Popen([backups.PROGRAM, "serve", *self.old.where, "--listen", f"127.0.0.1:{self.port}", *more],
                                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(self.stop)
        for _ in range(100):
            try:
                return socket.create_connection(("127.0.0.1", self.port), 1).close()
            except OSError:
                time.sleep(0.1)
        self.fail("the server does not answer")

    def stop(self):
        if self.server is not None:
            self.server.terminate()
            self.server.wait(20)
            self.server = None

    def ask(self, path, who="ines.robles", **fields):
        r = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}",
                                   data=urllib.parse.urlencode(fields).encode() if fields else None,
                                   headers={"Authorization": f"Bearer {self.tokens[who]}", "Accept": "application/json"})
        with urllib.request.urlopen(r, timeout=10) as answer:
            return json.load(answer)

    def two_clients(self):
        self.ask("/clients", given_name="Otra", family_name=OTHER)
        self.client = self.ask("/clients", given_name="Canarina", family_name=WORDS[0])["id"]
        self.ask(f"/clients/{self.client}/process-notes", version=0, text=WORDS[1])
        self.ask("/notes", **{"client": self.client, "version": 0, "note.template": "free", "note.use": "free",
                              "note.text": WORDS[3]})
        self.ask("/tasks", kind="homework", client=self.client, title=WORDS[2])

    def erase(self):
        self.ask(f"/clients/{self.client}/erase", "pia", reason="asked", is_early=1, words="A court says so")

    def backup(self, to=None):
        return self.ok(backups.run("backup", "--to", to or self.out, *self.old.where))

    def says(self, place):
        """Which of the words an export of the whole practice, process notes too, has."""
        folder = f"{place.dir}/export"
        self.ok(backups.run("export", "--out", folder, "--process-notes", *place.where))
        text = b"".join(text_of(os.path.join(at, n)) for at, _, names in os.walk(folder) for n in names)
        shutil.rmtree(folder)
        return {w for w in (*WORDS, OTHER) if w.encode() in text}

    def list_file(self):
        found = glob.glob(f"{self.out}/entracte-erased-*.txt")
        self.assertEqual(len(found), 1)
        return found[0]

    def restored(self, archive, name, db=None):
        place = backups.Place(self.dir, name, db)
        done = self.restore(archive, place)
        self.ok(done)
        self.holds(place)
        return place, done


class Lists(Shred):
    """The list beside the archives, of an archive that was copied away before."""

    def setUp(self):
        super().setUp()
        self.serve()
        self.two_clients()
        self.away = f"{self.dir}/away"
        os.mkdir(self.away)
        self.archive = self.backup(self.away)
        self.erase()
        self.stop()
        self.backup()

    def test_a_restore_with_the_list_beside_erases_again(self):
        without, done = self.restored(shutil.copy(self.archive, f"{self.dir}/alone.age"), "without")
        self.assertIn("no list of erased clients beside", done.stderr)
        self.assertEqual(self.says(without), {*WORDS, OTHER})  # the control: the archive has it all
        shutil.copy(self.list_file(), self.away)
        place, done = self.restored(self.archive, "new")
        self.assertIn("Erased again, as after this backup: 1", done.stdout)
        self.assertEqual(self.says(place), {OTHER})
        again = self.ok(backups.run("backup", "--to", self.away, *place.where))
        newer, done = self.restored(again, "newer")
        self.assertNotIn("Erased again", done.stdout)
        self.assertEqual(self.says(newer), {OTHER})

    @unittest.skipUnless(backups.HAS_PG, "PostgreSQL 15 is not installed")
    def test_the_same_on_the_other_database(self):
        def cluster(verb):
            return subprocess.run(["sh", f"{backups.HERE}/pgcluster.sh", verb, f"{self.dir}/pg", "--fast"], check=True,
                                  capture_output=True, text=True).stdout.strip().splitlines()
        url = cluster("start")[-1]
        self.addCleanup(cluster, "stop")
        shutil.copy(self.list_file(), self.away)
        place, done = self.restored(self.archive, "big", url)
        self.assertIn("Erased again, as after this backup: 1", done.stdout)
        self.assertEqual(self.says(place), {OTHER})

    def test_a_list_that_was_altered_or_is_anothers_is_refused_and_nothing_is_made(self):
        with open(self.list_file()) as f:
            lines = f.readlines()
        self.assertEqual(len(lines), 3)
        self.assertNotIn(self.client, "".join(lines))
        new = backups.Place(self.dir, "new")
        beside = f"{self.away}/{os.path.basename(self.list_file())}"
        for wrong in (lines[:1] + lines[2:], [lines[0], lines[1].replace("asked", "mistake"), lines[2]], lines[:2], [],
                      lines[:2] + [lines[2][:-1]], lines[:2] + [f"mac {64 * '0'}\n"], lines + ["\0\n"]):
            with open(beside, "w") as f:
                f.writelines(wrong)
            self.refused(self.restore(self.archive, new), "list of erased clients .* altered or damaged, or is another")
            self.assertEqual(new.exists(), [])

    def test_the_list_keeps_what_a_restored_practice_does_not_know(self):
        """Put back without the list, the practice goes on making backups where the list lies."""
        before = text_of(self.list_file())
        place, _ = self.restored(self.archive, "new")
        self.ok(backups.run("backup", "--to", self.out, *place.where))
        self.assertEqual(text_of(self.list_file()), before)


class Served(Shred):
    def test_a_server_writes_the_list_by_itself(self):
        self.serve("--backup-to", self.out)
        self.two_clients()
        self.erase()
        for _ in range(120):
            found = glob.glob(f"{self.out}/entracte-erased-*.txt")
            if found and b" asked\n" in text_of(found[0]):
                return
            time.sleep(0.25)
        self.fail("no list with the erased client in half a minute")


if __name__ == "__main__":
    backups.PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A log of some thousand entries, altered in every way: entracte-verify and verify_audit.py must find each,
name the first entry, and agree.

    tests/test_verify.py build/entracte build/entracte-verify [mutations of each kind, 200]"""
import concurrent.futures, contextlib, hashlib, http.client, json, os, random, re, shutil, socket, sqlite3, struct, subprocess, sys, tempfile, time, unittest

import verify_audit
from verify_audit import SIZE, blake

PROGRAM = VERIFIER = None
N_EACH = 200
N_READS = 2500


def reseal(data, number, end=None):
    """Hashes as a forger without keys can make them, from a record to `end` (None: to the last)."""
    for i in range(number, (end or len(data) // SIZE) + 1):
        r = bytearray(data[(i - 1) * SIZE:i * SIZE])
        r[224:256] = data[(i - 1) * SIZE - 32:(i - 1) * SIZE] if i > 1 else bytes(32)
        r[288:320] = blake(bytes(r[:288]))
        data[(i - 1) * SIZE:i * SIZE] = r


class Verify(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="entracte-verify-")
        os.mkdir(f"{cls.folder}/keys", 0o700)
        cls.where = ["--db", f"sqlite:{cls.folder}/db", "--data", f"{cls.folder}/data", "--key-file", f"{cls.folder}/keys/key"]
        cls.run_program("demo", "--clients", "20", "--years", "1", "--clinicians", "2")
        token = cls.run_program("token", "--email", "ines.robles@example.org").strip()
        cls.serve_and_read(token)
        cls.run_program("audit", "export", f"{cls.folder}/out")
        cls.key = cls.run_program("audit", "key").strip()
        with open(f"{cls.folder}/out/audit.log", "rb") as f:
            cls.log = f.read()
        cls.n = len(cls.log) // SIZE
        cls.dice = random.Random(7)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.folder)

    @classmethod
    def run_program(cls, *args):
        return subprocess.run([PROGRAM, args[0], *cls.where, *args[1:]], check=True, capture_output=True, text=True).stdout

    @classmethod
    def serve_and_read(cls, token):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
        server = subprocess.Popen([PROGRAM, "serve", *cls.where, "--listen", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL)
        try:
            cls.await_port(port)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                list(pool.map(lambda _: cls.read_some(port, token), range(8)))
            cls.clients = [cls.change_a_client(port, token) for _ in range(2)]
        finally:
            server.terminate()
            server.wait(20)

    @staticmethod
    def await_port(port):
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server does not come up")

    @staticmethod
    def read_some(port, token):
        c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        for _ in range(N_READS // 8):
            c.request("GET", "/practice/rooms", headers={"Authorization": f"Bearer {token}", "Accept": "application/json"})
            answer = c.getresponse()
            answer.read()
            assert answer.status == 200, answer.status
        c.close()

    @staticmethod
    def change_a_client(port, token):
        def post(path, what):
            c = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            c.request("POST", path, json.dumps(what), {"Authorization": f"Bearer {token}", "Accept": "application/json",
                                                       "Content-Type": "application/json"})
            answer = c.getresponse()
            body = answer.read()
            c.close()
            assert answer.status in (200, 201), (answer.status, body)
            return json.loads(body)
        made = post("/clients", {"given_name": "Sealed", "family_name": "Detail"})["id"]
        post(f"/clients/{made}/status", {"version": 1, "status": "closed"})
        return made

    # --- both verifiers, one verdict -------------------------------------------------------

    def says(self, data=None, kept="", **files):
        """What both say of the export with this log and these files; they must agree."""
        with tempfile.TemporaryDirectory(prefix="entracte-export-") as out:
            with open(f"{out}/audit.log", "wb") as f:
                f.write(self.log if data is None else data)
            for name in ("checkpoint", "details", "records"):
                with open(f"{out}/{name}.txt", "w", encoding="ascii") as f:
                    f.write(files.get(name, verify_audit.read(f"{self.folder}/out", f"{name}.txt")))
            with open(f"{out}/kept", "w", encoding="ascii") as f:
                f.write(kept)
            ours = subprocess.run([VERIFIER, out, "--key", self.key, "--checkpoints", f"{out}/kept"], capture_output=True, text=True)
            word, number = ours.stdout.split()[:2]
            theirs = verify_audit.verify(out, bytes.fromhex(self.key), kept)
            self.assertEqual((word, int(number)), theirs)
            self.assertEqual(ours.returncode, word != "good")
            return theirs

    def each(self, mutate):
        """mutate(number, data) alters data and returns what must be said."""
        for _ in range(N_EACH):
            number = self.dice.randrange(2, self.n - 1)
            data = bytearray(self.log)
            expected = mutate(number, data)
            self.assertEqual(self.says(bytes(data)), expected, f"at {number}")

    def kind(self, number):
        return self.log[(number - 1) * SIZE + 1]

    def test_the_export_is_good(self):
        self.assertGreater(self.n, N_READS)
        self.assertEqual(self.says(), ("good", self.n))

    def test_every_altered_byte_is_found(self):
        def flip(number, data):
            data[(number - 1) * SIZE + self.dice.randrange(SIZE)] ^= 1 << self.dice.randrange(8)
            return "altered", number
        self.each(flip)

    def test_an_entry_with_new_hashes_of_its_own_is_found(self):
        def rewrite(number, data):
            data[(number - 1) * SIZE + self.dice.randrange(40, 62)] ^= 1
            reseal(data, number, number)
            return "altered", number
        self.each(rewrite)

    def test_removed_entries_are_found(self):
        def remove(number, data):
            n = min(self.dice.randrange(1, 30), self.n - number)
            del data[(number - 1) * SIZE:(number - 1 + n) * SIZE]
            return "removed", number
        self.each(remove)

    def test_inserted_copies_and_forgeries_are_found(self):
        def insert(number, data):
            earlier = self.dice.randrange(1, number)
            copy = data[(earlier - 1) * SIZE:earlier * SIZE]
            data[(number - 1) * SIZE:(number - 1) * SIZE] = copy
            return "inserted", number - 1 if earlier == number - 1 else number

        def forge(number, data):
            forged = bytearray(data[(number - 1) * SIZE:number * SIZE])
            forged[1], forged[128] = 2, forged[128] ^ 1
            data[(number - 1) * SIZE:(number - 1) * SIZE] = forged
            reseal(data, number, number)
            return "inserted", number
        self.each(insert)
        self.each(forge)

    def test_exchanged_entries_are_found(self):
        def swap(number, data):
            other = self.dice.choice([i for i in (number + 1, number + 7, self.n) if number < i <= self.n])
            a, b = slice((number - 1) * SIZE, number * SIZE), slice((other - 1) * SIZE, other * SIZE)
            data[a], data[b] = data[b], data[a]
            return "reordered", number
        self.each(swap)

    def test_a_log_that_was_cut_is_found(self):
        def cut(number, data):
            if self.dice.random() < 0.5:
                del data[(number - 1) * SIZE:]
            else:
                del data[(number - 1) * SIZE + self.dice.randrange(1, SIZE):]
            return "truncated", number
        self.each(cut)

    def test_a_log_written_anew_to_its_end_is_found_by_its_checkpoints(self):
        def resign(number, data):
            data[(number - 1) * SIZE + 40] ^= 1
            reseal(data, number)
            good = [i for i in range(1, number) if self.kind(i) == verify_audit.CHECKPOINT]
            if self.kind(number) == verify_audit.CHECKPOINT:  # what it signs is as it was; the next one tells
                return "resigned", number + 1
            return "resigned", good[-1] + 1 if good else 1
        self.each(resign)

    def test_a_history_without_checkpoints_is_found_by_those_that_were_kept(self):
        lines = self.checkpoint_lines()
        for _ in range(N_EACH):
            number = self.dice.randrange(2, min(self.n, self.first_checkpoint()))
            data = bytearray(self.log[:SIZE * (self.first_checkpoint() - 1)])
            data[(number - 1) * SIZE + 40] ^= 1
            reseal(data, number)
            data += data[-SIZE:] * (self.n - len(data) // SIZE)  # goes on as somebody likes
            for i in range(self.first_checkpoint(), self.n + 1):
                struct.pack_into("<q", data, (i - 1) * SIZE + 8, i)
            reseal(data, self.first_checkpoint())
            self.assertEqual(self.says(bytes(data), lines, checkpoint=""), ("rolled-back", 1))

    def first_checkpoint(self):
        return next(i for i in range(1, self.n + 1) if self.kind(i) == verify_audit.CHECKPOINT)

    def checkpoint_lines(self):
        lines = []
        for i in range(1, self.n + 1):
            if self.kind(i) == verify_audit.CHECKPOINT:
                r = self.log[(i - 1) * SIZE:i * SIZE]
                lines.append(f"entracte-checkpoint 1 {self.log[64:80].hex()} {i - 1} {verify_audit.time(r)} "
                             f"{verify_audit.previous(r).hex()} {self.key} {r[104:168].hex()}\n")
        return "".join(lines)

    def test_lines_that_were_kept_agree_and_altered_lines_are_found(self):
        lines = self.checkpoint_lines()
        self.assertEqual(self.says(kept=lines), ("good", self.n))
        words = lines.splitlines()[0].split(" ")
        for i in (2, 4, 5, 7):
            other = words[:]
            other[i] = other[i][:-1] + ("1" if other[i][-1] == "0" else "0")
            self.assertEqual(self.says(kept=" ".join(other) + "\n")[0], "checkpoint")

    def test_altered_details_and_records_are_found(self):
        details = verify_audit.read(f"{self.folder}/out", "details.txt").splitlines()
        records = verify_audit.read(f"{self.folder}/out", "records.txt").splitlines()
        self.assertGreater(len(details), 20)
        self.assertGreater(len(records), 20)
        for _ in range(N_EACH // 4):
            lines, i = details[:], self.dice.randrange(len(details))
            w = lines[i].split(" ")
            at = self.dice.randrange(len(w[2]))
            w[2] = w[2][:at] + ("0" if w[2][at] != "0" else "1") + w[2][at + 1:]
            lines[i] = " ".join(w)
            self.assertEqual(self.says(details="\n".join(lines)), ("details", int(w[0])))

            lines, i = records[:], self.dice.randrange(len(records))
            w = lines[i].split(" ")
            at = self.dice.randrange(len(w[2]))
            w[2] = w[2][:at] + ("0" if w[2][at] != "0" else "1") + w[2][at + 1:]
            lines[i] = " ".join(w)
            self.assertEqual(self.says(records="\n".join(lines))[0], "record")

    def words_about(self, folder, client):
        """Names of changed fields that an export's details tell of a client."""
        lines = verify_audit.read(folder, "details.txt").splitlines()
        said = [verify_audit.fields(bytes.fromhex(line.split(" ")[2])) for line in lines]
        return [f[7] for f in said if f[0] == client.encode()]

    def export_of(self, name, *statements):
        """An export after these statements, on a copy of the database."""
        db, out = f"{self.folder}/{name}.db", f"{self.folder}/{name}"
        shutil.copy(f"{self.folder}/db", db)
        with contextlib.closing(sqlite3.connect(db)) as s, s:
            for words, values in statements:
                self.assertNotEqual(s.execute(words, values).rowcount, 0)
        subprocess.run([PROGRAM, "audit", "--db", f"sqlite:{db}", *self.where[2:], "export", out], check=True, capture_output=True)
        ours = subprocess.run([VERIFIER, out, "--key", self.key], capture_output=True, text=True).stdout.split()
        self.assertEqual((ours[0], int(ours[1])), verify_audit.verify(out, bytes.fromhex(self.key)))
        return out, ours[0], int(ours[1])

    def test_what_was_shredded_is_gone_and_the_log_stays_whole(self):
        gone, kept = self.clients
        self.assertEqual([self.words_about(f"{self.folder}/out", c) for c in (gone, kept)], [[b"status"], [b"status"]])
        with open(f"{self.folder}/db", "rb") as f:
            self.assertNotIn(b"changestatus", f.read())  # as SQLite would write the two columns
        for name, words in {"keyless": "DELETE FROM client_key WHERE client_id = ?",
                            "shredded": "UPDATE audit_change SET sealed = NULL WHERE client_id = ?"}.items():
            out, word, _ = self.export_of(name, (words, (gone,)))
            self.assertEqual([self.words_about(out, c) for c in (gone, kept)], [[], [b"status"]])
            self.assertEqual(word, "good")

    def test_words_that_were_exchanged_in_the_database_are_found(self):
        with contextlib.closing(sqlite3.connect(f"{self.folder}/db")) as s:
            seq, = s.execute("SELECT log_seq FROM audit_change WHERE client_id = ?", self.clients[:1]).fetchone()
        said = self.export_of("exchanged", ("DROP TRIGGER audit_change_shredded", ()), (
            "UPDATE audit_change SET sealed = (SELECT sealed FROM audit_change WHERE client_id = ?) WHERE client_id = ?",
            self.clients[::-1]))
        self.assertEqual(said[1:], ("details", seq))

    def test_one_entry_is_proven_without_the_rest(self):
        for number in self.dice.sample(range(1, self.n + 1), 8):
            proof = self.run_program("audit", "prove", str(number))
            self.assertEqual(self.proves(proof), ("good", number))
            self.assertNotEqual(self.proves(proof.replace("index ", "index 1", 1))[0], "good")
            path = [m.start() for m in re.finditer("path ", proof)]
            at = self.dice.choice(path) + 5 + self.dice.randrange(64)
            self.assertEqual(self.proves(proof[:at] + ("0" if proof[at] != "0" else "1") + proof[at + 1:]), ("altered", number))

    def proves(self, proof):
        path = f"{self.folder}/proof"
        with open(path, "w", encoding="ascii") as f:
            f.write(proof)
        ours = subprocess.run([VERIFIER, "--proof", path, "--key", self.key], capture_output=True, text=True).stdout.split()
        theirs = verify_audit.verify_proof(proof, bytes.fromhex(self.key))
        self.assertEqual((ours[0], int(ours[1])), theirs)
        return theirs


if __name__ == "__main__":
    PROGRAM, VERIFIER = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    if len(sys.argv) > 1 and sys.argv[1].isdecimal():
        N_EACH = int(sys.argv.pop(1))
    unittest.main()

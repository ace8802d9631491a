#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""A second verifier of exported audit logs, written from docs/audit-format.md alone, so that the page and
entracte-verify check each other.

    tests/verify_audit.py FOLDER [--key HEX] [--checkpoints FILE]
    tests/verify_audit.py --proof FILE [--key HEX]"""
import argparse
import hashlib
import os
import struct
import sys

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

SIZE = 320
BEGIN, CHANGE, CHECKPOINT = 1, 3, 4
ZERO = bytes(32)


def blake(data):
    return hashlib.blake2b(data, digest_size=32).digest()


def holds(key, signature, text):
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, text.encode())
        return True
    except (InvalidSignature, ValueError):
        return False


def seq(r):
    return struct.unpack_from("<q", r, 8)[0]


def time(r):
    return struct.unpack_from("<q", r, 16)[0]


def previous(r):
    return r[224:256]


def own_hash(r):
    return r[288:320]


def unhex(word, n=None):
    """Bytes of lower or upper case hex; None when it is none, or not of n bytes."""
    try:
        data = bytes.fromhex(word)
    except ValueError:
        return None
    return data if len(word) == 2 * len(data) and (n is None or len(data) == n) else None


class Log:
    def __init__(self, data):
        self.data, self.key, self.n, self.tail = data, None, 0, 0

    def at(self, number):
        return self.data[(number - 1) * SIZE:number * SIZE]

    def later(self, place, number):
        """Is there a record of this number from this place (counted from 0) on?"""
        return any(struct.unpack_from("<q", self.data, i * SIZE + 8)[0] == number
                   for i in range(place, len(self.data) // SIZE))

    def check(self, known_key):
        head, last_time, held = ZERO, None, 0
        for place in range((len(self.data) + SIZE - 1) // SIZE):
            e = place + 1
            r = self.at(e)
            if len(r) < SIZE:
                return "truncated", e
            if blake(r[:288]) != own_hash(r) or r[0] != 1 or not 1 <= r[1] <= 5:
                return "altered", e
            if seq(r) != e or previous(r) != head:
                return self.stranger(r, e)
            if (last_time is not None and time(r) < last_time) or (r[1] == BEGIN) != (e == 1):
                return "altered", e
            if e == 1:
                self.key = r[192:224]
                if known_key is not None and known_key != self.key:
                    return "key", 1
            if r[1] == CHECKPOINT:
                text = f"entracte-checkpoint 1 {self.at(1)[64:80].hex()} {e - 1} {time(r)} {head.hex()}"
                if not holds(self.key, r[104:168], text):
                    return "resigned", held + 1
                held = e
            head, last_time, self.n = own_hash(r), time(r), e
        self.tail = self.n - held
        return ("good", self.n) if self.n else ("truncated", 1)

    def stranger(self, r, e):
        following = self.at(e + 1)
        if seq(r) == e:
            knows = e > 1 and len(following) == SIZE and previous(following) == own_hash(r)
            return "altered", e - 1 if knows else e
        if seq(r) > e:
            return ("reordered" if self.later(e - 1, e) else "removed"), e
        twin = e > 1 and seq(r) == e - 1 and previous(r) == previous(self.at(e - 1))
        return "inserted", e - 1 if twin else e

    def check_checkpoints(self, text):
        agreed = 0
        for line in text.splitlines():
            w = line.split(" ")
            n = int(w[3]) if len(w) > 3 and w[3].isdecimal() else -1
            good = (len(w) == 8 and w[:2] == ["entracte-checkpoint", "1"] and n >= 0
                    and unhex(w[2], 16) == self.at(1)[64:80] and unhex(w[5], 32) is not None
                    and unhex(w[6], 32) == self.key and unhex(w[7], 64) is not None
                    and holds(self.key, unhex(w[7], 64), " ".join(w[:6])))
            if not good:
                return "checkpoint", max(n, 0)
            if n > self.n:
                return "truncated", self.n + 1
            if n > 0 and own_hash(self.at(n)) != unhex(w[5]):
                return "rolled-back", agreed + 1
            agreed = n
        return "good", self.n

    def check_details(self, details, records):
        contents = {}
        for line in details.splitlines():
            w = line.split(" ")
            number = int(w[0]) if w[0].isdecimal() else -1
            salt = unhex(w[1], 16) if len(w) == 3 else None
            body = unhex(w[2]) if len(w) == 3 else None
            if (salt is None or body is None or not 1 <= number <= self.n or self.at(number)[1] != CHANGE
                    or blake(salt + body) != self.at(number)[192:224]):
                return "details", max(number, 0)
            f = fields(body)
            if f is not None and len(f[8]) == 32:
                name = (f[4].decode(), f[5].decode())
                if name not in contents or contents[name][0] <= number:
                    contents[name] = (number, f[8])
        for line in records.splitlines():
            w = line.split(" ")
            number, content = contents.get(tuple(w[:2]), (0, None)) if len(w) == 3 else (0, None)
            stored = unhex(w[2]) if len(w) == 3 else None
            if content is None or stored is None or blake(stored) != content:
                return "record", number
        return "good", self.n


def fields(body):
    found, at = [], 0
    while at < len(body):
        if len(body) - at < 4:
            return None
        n = struct.unpack_from("<I", body, at)[0]
        if n > len(body) - at - 4:
            return None
        found.append(body[at + 4:at + 4 + n])
        at += 4 + n
    return found if len(found) == 9 else None


def read(folder, name):
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        return ""
    with open(path, encoding="ascii") as f:
        return f.read()


def verify(folder, key=None, kept=""):
    """The verdict on an exported folder: a word and a number."""
    with open(os.path.join(folder, "audit.log"), "rb") as f:
        log = Log(f.read())
    for check in (lambda: log.check(key), lambda: log.check_checkpoints(read(folder, "checkpoint.txt")),
                  lambda: log.check_checkpoints(kept),
                  lambda: log.check_details(read(folder, "details.txt"), read(folder, "records.txt"))):
        said = check()
        if said[0] != "good":
            return said
    return said


def tree(prefix, *parts):
    return hashlib.sha256(bytes([prefix]) + b"".join(parts)).digest()


def root_from(path, index, size, leaf):
    """The root that a path leads to, after the recursion of RFC 6962, 2.1.1; None when it has another length."""
    if size == 1:
        return leaf if not path else None
    if not path:
        return None
    k = 1
    while 2 * k < size:
        k *= 2
    below = root_from(path[:-1], index % k if index < k else index - k, k if index < k else size - k, leaf)
    if below is None:
        return None
    return tree(1, below, path[-1]) if index < k else tree(1, path[-1], below)


def verify_proof(text, key=None):
    lines = [line.split(" ") for line in text.splitlines()]
    if not lines or len(lines[0]) != 8 or lines[0][:2] != ["entracte-day", "1"]:
        return "resigned", 0
    w = lines[0]
    own, signature = unhex(w[6], 32), unhex(w[7], 64)
    if own is None or signature is None or (key or own) != own or not holds(own, signature, " ".join(w[:6])):
        return "resigned", 0
    if len(lines) < 3 or [len(x) for x in lines[1:]] != [2] * (len(lines) - 1) or lines[1][0] != "index" or lines[2][0] != "record":
        return "altered", 0
    leaf, path = unhex(lines[2][1], SIZE), [unhex(x[1], 32) if x[0] == "path" else None for x in lines[3:]]
    if leaf is None:
        return "altered", 0
    index, day, size = (int(x) if x.isdecimal() else -1 for x in (lines[1][1], w[3], w[4]))
    good = (0 <= index < size and time(leaf) // 86400000 == day and None not in path
            and root_from(path, index, size, tree(0, leaf)) == unhex(w[5]))
    return ("good" if good else "altered"), seq(leaf)


def main():
    p = argparse.ArgumentParser()
    p.add_argument("folder", nargs="?")
    p.add_argument("--proof")
    p.add_argument("--key")
    p.add_argument("--checkpoints")
    a = p.parse_args()
    key = bytes.fromhex(a.key) if a.key else None
    if a.proof:
        with open(a.proof, encoding="ascii") as f:
            said = verify_proof(f.read(), key)
    else:
        kept = ""
        if a.checkpoints:
            with open(a.checkpoints, encoding="ascii") as f:
                kept = f.read()
        said = verify(a.folder, key, kept)
    print(*said)
    return said[0] != "good"


if __name__ == "__main__":
    sys.exit(main())

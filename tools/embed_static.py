#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Embeds files into the program. Usage: embed_static.py out.c FILE_OR_FOLDER...

Writes `embedded_statics[]` (src/web/static.h), sorted by name. The URL of each file holds a hash
of its content, so browsers may keep it for ever; url(...) in stylesheets and names of other
embedded files in ES modules' imports are rewritten to the hashed ones. Text is stored a second
time as gzip (no time stamp: the same input gives the same program)."""
import gzip
import hashlib
import os
import re
import sys

TYPES = {
    ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml", ".woff2": "font/woff2", ".png": "image/png", ".ico": "image/x-icon",
    ".webmanifest": "application/manifest+json", ".json": "application/json", ".txt": "text/plain; charset=utf-8",
}
REFERENCES = {  # how a file names another one: group 2 is the name
    ".css": re.compile(rb"(url\(\s*[\"']?)(?:\./|/static/)?([\w.-]+?)([\"']?\s*\)|[?#])"),
    ".js": re.compile(rb"((?:from|import)\s*\(?\s*[\"'])(?:\./|/static/)([\w.-]+?)([\"'])"),
    ".webmanifest": re.compile(rb"(\"src\"\s*:\s*\")(?:\./|/static/)?([\w.-]+?)(\")"),
}


def collect(paths):
    files = {}
    for path in paths:
        names = [path]
        if os.path.isdir(path):
            names = [os.path.join(path, n) for n in sorted(os.listdir(path))]
        for name in names:
            base = os.path.basename(name)
            if os.path.splitext(base)[1] not in TYPES or not os.path.isfile(name):
                if os.path.isdir(path):
                    continue
                sys.exit(f"{name}: not a kind of file that is served")
            if base in files:
                sys.exit(f"{base}: given twice")
            with open(name, "rb") as f:
                files[base] = f.read()
    return files


class Statics:
    def __init__(self, files):
        self.files, self.content, self.urls = files, {}, {}

    def url(self, name, path=()):
        if name in path:
            sys.exit(f"{' > '.join(path + (name,))}: files refer to each other in a circle")
        if name not in self.urls:
            stem, ext = os.path.splitext(name)

            def rewrite(m):
                to = m.group(2).decode()
                if to not in self.files:
                    if ext == ".css" and m.group(1).lstrip().startswith(b"url") and to not in ("data",):
                        sys.exit(f"{name}: url({to}) is not among the embedded files")
                    return m.group(0)
                return m.group(1) + self.url(to, path + (name,)).encode() + m.group(3)

            data = self.files[name]
            if ext in REFERENCES:
                data = REFERENCES[ext].sub(rewrite, data)
            self.content[name] = data
            self.urls[name] = f"/static/{stem}.{hashlib.sha256(data).hexdigest()[:8]}{ext}"
        return self.urls[name]


def c_bytes(data):
    lines = [", ".join(str(b) for b in data[i:i + 32]) for i in range(0, len(data), 32)]
    return ",\n    ".join(lines) or "0"


def main(out, paths):
    statics = Statics(collect(paths))
    rows, arrays = [], []
    for i, name in enumerate(sorted(statics.files, key=lambda n: n.encode())):
        url, data = statics.url(name), statics.content[name]
        packed = b"" if name.endswith((".woff2", ".png")) else gzip.compress(data, 9, mtime=0)
        if len(packed) >= len(data):
            packed = b""
        arrays.append(f"static const unsigned char d{i}[] = {{\n    {c_bytes(data)}}};")
        if packed:
            arrays.append(f"static const unsigned char z{i}[] = {{\n    {c_bytes(packed)}}};")
        gz = f"{{z{i}, {len(packed)}}}" if packed else "{0}"
        kind = TYPES[os.path.splitext(name)[1]]
        rows.append(f'    {{"{name}", "{url}", "{kind}", {{d{i}, {len(data)}}}, {gz}}},')
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* made by tools/embed_static.py; do not edit */\n#include \"web/static.h\"\n\n")
        f.write("\n".join(arrays))
        f.write("\n\nconst struct embedded_static embedded_statics[] = {\n" + ("\n".join(rows) or "    {0},") + "\n};\n")
        f.write(f"const int n_embedded_statics = {len(rows)};\n")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main(sys.argv[1], sys.argv[2:])

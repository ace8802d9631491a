#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compiled catalogues to C: embed_mo.py OUT.c es=FILE.mo ...  defines embedded_mos[] and n_embedded_mos
of text/catalogue.h. English is the source and needs none."""
import sys


def main(out, *catalogues):
    rows, images = [], []
    for number, (language, path) in enumerate(c.split("=", 1) for c in catalogues):
        with open(path, "rb") as f:
            data = f.read()
        lines = (", ".join(map(str, data[i:i + 24])) for i in range(0, len(data), 24))
        images.append(f"static const unsigned char mo{number}[] = {{\n" + ",\n".join(lines) + "\n};\n")
        rows.append(f'    {{"{language}", {{mo{number}, sizeof(mo{number})}}}},\n')
    with open(out, "w", encoding="utf-8") as f:
        f.write("/* made by tools/embed_mo.py; do not edit */\n#include \"text/catalogue.h\"\n\n"
                + "".join(images)
                + "const struct embedded_mo embedded_mos[] = {\n" + "".join(rows or ["    {0},\n"]) + "};\n"
                + f"const int n_embedded_mos = {len(rows)};\n")


if __name__ == "__main__":
    main(*sys.argv[1:])

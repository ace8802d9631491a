#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""All .po files of a language to one .mo: make_mo.py OUT.mo DEPFILE po/es

One file per domain, so that people can work side by side; where two translate the same text, the
first in the alphabet holds. header.po comes before all and carries the plural rule."""
import glob, os, subprocess, sys


def po_files(folder):
    return sorted(glob.glob(os.path.join(folder, "*.po")), key=lambda p: (os.path.basename(p) != "header.po", p))


def merged(folder):
    return subprocess.run(["msgcat", "--use-first", "--force-po", "--to-code=UTF-8", "--output-file=-", *po_files(folder)],
                          check=True, stdout=subprocess.PIPE).stdout


def main(out, depfile, folder):
    done = subprocess.run(["msgfmt", "--check", "--output-file=" + out, "-"], input=merged(folder))
    with open(depfile, "w", encoding="utf-8") as f:  # the folder too: a new file makes it newer
        f.write(f"{out}: {' '.join([folder, *po_files(folder)])}\n")
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))

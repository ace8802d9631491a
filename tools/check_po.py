#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fails unless every text of the program is translated: check_po.py [ROOT]

Texts are N_("..."), tr, trn, trc, trf, trnf, refuse and refusef in C, and {{t "..."}} in templates.
Lists what lacks a Spanish translation, what is translated but no longer used, and translations
whose printf conversions or {names} differ from the text's.

    check_po.py --missing [FOLDER]   prints what lacks (only of texts in FOLDER), to be filled in
                                     and put at the end of po/es/<domain>.po; with a header when
                                     there is no such file"""
import glob, os, re, subprocess, sys, tempfile
from make_mo import po_files

KEYWORDS = ["N_", "tr:2", "trc:2", "trf:2", "trn:2,3", "trnf:2,3", "refuse:4", "refusef:4"]
PRINTF = ["tr:2:pass-c-format", "trc:2:pass-c-format", "trf:2:c-format", "refusef:4:c-format",
          "trn:2:pass-c-format", "trn:3:pass-c-format", "trnf:2:c-format", "trnf:3:c-format"]
NAME = re.compile(r"\{\w+\}")  # filled in by the browser's scripts
CONVERSION = re.compile(r"%(?:(\d+)\$)?[-+ #0]*(?:\*|\d+)?(?:\.(?:\*|\d+))?(?:hh|h|ll|l|j|z|t)?([diouxXeEfgGcsp%])")


class Entry:
    def __init__(self):
        self.id, self.plural, self.text = "", None, {}  # text: {plural form: translation}
        self.places, self.fuzzy, self.obsolete = [], False, False
        self.lines = []

    def is_translated(self):
        forms = {0, 1} if self.plural is not None else {0}
        return not self.fuzzy and not self.obsolete and forms <= {n for n, s in self.text.items() if s}


def unquote(s):
    escapes = {"n": "\n", "t": "\t", '"': '"', "\\": "\\"}
    return re.sub(r"\\(.)", lambda m: escapes.get(m.group(1), m.group(1)), s)


def read_po(text):
    """The entries of a .po, without its header."""
    entries = []
    for block in re.split(r"\n\s*\n", text):
        e, add = Entry(), None
        for line in block.splitlines():
            if line.startswith("#~"):
                e.obsolete, line = True, line[2:].strip()
            if line.startswith("#:"):
                e.places += line[2:].split()
            elif line.startswith("#,"):
                e.fuzzy |= "fuzzy" in line
            e.lines.append(line)
            m = re.match(r'(?:(msgid_plural|msgid|msgstr)(?:\[(\d+)\])? )?"(.*)"\s*$', line)
            if not m:
                continue
            add = (m.group(1), int(m.group(2) or 0)) if m.group(1) else add
            if add[0] == "msgid":
                e.id += unquote(m.group(3))
            elif add[0] == "msgid_plural":
                e.plural = (e.plural or "") + unquote(m.group(3))
            else:
                e.text[add[1]] = e.text.get(add[1], "") + unquote(m.group(3))
        if e.id:
            entries.append(e)
    return entries


def template_texts(root):
    """The texts of the templates as C that names their lines."""
    for path in sorted(glob.glob(os.path.join(root, "src/**/*.html"), recursive=True)):
        with open(path, encoding="utf-8") as f:
            text = f.read()
        for m in re.finditer(r'\{\{\s*t\s+"([^"]+)"\s*\}\}', text):
            number = text.count("\n", 0, m.start()) + 1
            msgid = " ".join(m.group(1).split()).replace("\\", "\\\\")  # as tools/tplc.py reads it
            yield f'#line {number} "{os.path.relpath(path, root)}"\nN_("{msgid}")\n'


def source_texts(root):
    sources = [os.path.relpath(p, root) for p in sorted(glob.glob(os.path.join(root, "src/**/*.[ch]"), recursive=True))
               if "/tests/" not in p]
    with tempfile.NamedTemporaryFile("w", suffix=".c", encoding="utf-8") as templates:
        templates.write("".join(template_texts(root)))
        templates.flush()
        command = (["xgettext", "--language=C", "--from-code=UTF-8", "--no-wrap", "--output=-", "--keyword"]
                   + ["--keyword=" + k for k in KEYWORDS] + ["--flag=" + p for p in PRINTF])
        done = subprocess.run(command + sources + [templates.name], cwd=root, stdout=subprocess.PIPE, check=True)
    return read_po(done.stdout.decode())


def conversions(s):
    """What printf would take, in the order of the arguments."""
    found = [(int(m.group(1) or 0), m.group(2)) for m in CONVERSION.finditer(s) if m.group(2) != "%"]
    if any(place for place, _ in found):
        found.sort()
    return [kind for _, kind in found]


def mismatches(e, where):
    for n, text in e.text.items():
        same_as = [e.plural or e.id]
        if e.plural is not None and n == 0:
            same_as += [e.id, ""]  # one may be written out: "a session"
        if text and conversions(text) not in map(conversions, same_as):
            yield f"{where}: conversions differ: {e.id!r} / {text!r}"
        if text and sorted(NAME.findall(text)) not in (sorted(NAME.findall(s)) for s in same_as):
            yield f"{where}: names in braces differ: {e.id!r} / {text!r}"


def print_missing(root, missing, folder):
    own = os.path.join(root, "po/es", os.path.basename(os.path.normpath(folder)) + ".po")
    if not os.path.exists(own) or os.path.getsize(own) == 0:  # a shell makes it before this prints
        with open(os.path.join(root, "po/es/header.po"), encoding="utf-8") as f:
            print(f.read())
    for e in missing:
        if any(place.startswith(folder) for place in e.places):
            print("\n".join(e.lines) + "\n")


def check(root, texts, translations):
    bad = [] if texts else ["no texts found below " + root]
    used = {e.id: e for e in texts}
    done = {e.id for _, e in translations if e.is_translated()}
    for e in texts:
        if e.id not in done:
            bad.append(f"{e.places[0] if e.places else '?'}: not in Spanish: {e.id!r}")
    for where, e in translations:
        if e.obsolete or e.id not in used:
            bad.append(f"{where}: no longer used: {e.id!r}")
        elif e.plural != used[e.id].plural:
            bad.append(f"{where}: another plural than in the source: {e.id!r}")
        else:
            bad += mismatches(e, where)
    return bad


def main(args):
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    missing_only = args[:1] == ["--missing"]
    root = here if missing_only else (args or [here])[0]
    texts = source_texts(root)
    translations = []
    for path in po_files(os.path.join(root, "po/es")):
        tidy = subprocess.run(["msgcat", "--no-wrap", "--force-po", path], stdout=subprocess.PIPE, check=True)
        translations += [(os.path.relpath(path, root), e) for e in read_po(tidy.stdout.decode())]
    if missing_only:
        done = {e.id for _, e in translations if e.is_translated()}
        print_missing(root, [e for e in texts if e.id not in done], (args[1:] or [""])[0])
        return 0
    bad = check(root, texts, translations)
    print("\n".join(bad + ([f"{len(bad)} in all"] if bad else [])))
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

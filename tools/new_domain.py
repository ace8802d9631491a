#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Makes a new domain by copying src/domains/example, a real one that is built and tested with the
rest, so the scaffold cannot rot. usage: new_domain.py NAME   (make domain NAME=waitlist)"""
import pathlib
import re
import shutil
import subprocess
import sys

NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
MODEL = re.compile(r"(?<!for )(example|Example|EXAMPLE)(?!\.(?:org|com|net)\b)")


def renamed(text, name):
    """example, Example and EXAMPLE become the name; example.org and "for example" stay."""
    if name[0] not in "aeiou":
        text = re.sub(r"\b([Aa])n (?=example)", r"\1 ", text)
    forms = {"example": name, "Example": name.replace("_", " ").capitalize(),
             "EXAMPLE": name.upper()}
    return MODEL.sub(lambda m: forms[m.group(1)], text)


def next_number(domains):
    """One above the highest migration number of the whole program."""
    files = domains.parent.glob("**/migrations/[0-9][0-9][0-9][0-9]_*.sql")
    return max((int(f.name[:4]) for f in files), default=0) + 1


def of_its_own(readme):
    """What is true of the model alone goes."""
    return re.sub(r" The model that .*?\.(?=\n\n)", "", readme, flags=re.S)


def new_domain(domains, name):
    """Writes domains/NAME and returns its files; ValueError says why not."""
    if not NAME.fullmatch(name) or name == "example":
        raise ValueError(f'"{name}" is no name: lower-case words with _ between, such as waitlist')
    model, made = domains / "example", domains / name
    if made.exists():
        raise ValueError(f"{made} is there already")
    number = next_number(domains)
    shutil.copytree(model, made)
    files, migrations = [], {}
    for path in sorted(p for p in made.rglob("*") if p.is_file()):
        path.write_text(renamed(path.read_text(encoding="utf-8"), name), encoding="utf-8")
        target = path.with_name(renamed(path.name, name))
        if path.parent.name == "migrations":
            numbered = target.with_name(f"{number:04}{target.name[4:]}")
            migrations[target.name], target = numbered.name, numbered
            number += 1
        files.append(path.rename(target))
    build = made / "meson.build"  # names the migrations
    if build.exists():
        text = build.read_text(encoding="utf-8")
        for old, new in migrations.items():
            text = text.replace(old, new)
        build.write_text(text, encoding="utf-8")
    readme = made / "README.md"
    if readme.exists():
        readme.write_text(of_its_own(readme.read_text(encoding="utf-8")), encoding="utf-8")
    if shutil.which("clang-format"):  # lines are longer or shorter now
        subprocess.run(["clang-format", "-i", *(f for f in files if f.suffix in (".c", ".h"))], check=True)
    return files


def main(args):
    domains = pathlib.Path(__file__).resolve().parents[1] / "src" / "domains"
    try:
        if len(args) != 1:
            raise ValueError("usage: make domain NAME=waitlist")
        files = new_domain(domains, args[0])
    except ValueError as e:
        print(e, file=sys.stderr)
        return 1
    for path in files:
        print(path.relative_to(domains.parents[1]))
    name = args[0]
    print(f"\nNow name it where the domains are listed, and it builds and passes its tests:\n"
          f"    src/domains/meson.build    '{name}' in the list of domains\n"
          f"    src/domains/domains.c      #include \"domains/{name}/{name}_view.h\" and &domain_{name},\n"
          f"    tools/check_layers.py      \"{name}\": the domains it uses\n"
          f"    src/domains/exports/tables.c  table {name}: what an export does with it (test_exported)\n\n"
          f"    ninja -C build test_{name} test_{name}_web && TEST_DB=sqlite build/test_{name}\n\n"
          f"Then its README.md, make fmt, make accept, and the Spanish:\n"
          f"    python3 tools/check_po.py --missing src/domains/{name} > po/es/{name}.po")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""Fails when a file includes a header its layer may not use, a third-party header its folder
does not own, another domain's private header, or when the domain graph has a cycle or is not what
the domain's README.md says."""
import os, re, sys

LOW = ["base"]
MAY = {  # folder: folders it may include, besides itself
    "base": [], "verify": [], "text": LOW, "seal": LOW, "db": LOW, "pdf": LOW, "interop": LOW,
    "auth": LOW + ["text"],
    "audit": LOW + ["seal"],
    "app": LOW + ["text", "seal", "db", "audit"],
    "record": LOW + ["text", "seal", "db", "app"],
    "web": LOW + ["text", "seal", "db", "audit", "app", "record"],
    "domains": LOW + ["text", "seal", "db", "pdf", "interop", "auth", "audit", "app", "record", "web"],
}
MAY["sandbox"] = LOW
MAY["arc"] = LOW + ["seal", "db"]
MAY["domains"] += ["arc"]
MAY["keyd"] = LOW + ["seal", "audit", "sandbox"]
MAY["netd"] = LOW + ["sandbox"]
MAY["domains"] += ["netd"]
MAY["app"] += ["netd"]
MAY["main"] = MAY["domains"] + ["domains", "verify", "keyd", "sandbox"]
DOMAIN_USES = {  # a domain may include <y>/<y>.h of those named here
    "example": [],
    "practice": [],
    "people": ["practice"],
    "clients": ["practice", "people"],
    "keys": ["practice", "people", "clients"],
    "agenda": ["practice", "people", "clients"],
    "notes": ["practice", "people", "clients", "agenda"],
    "tasks": ["practice", "people", "clients", "agenda"],
    "billing": ["practice", "people", "clients", "agenda"],
    "encounters": ["practice", "people", "clients", "agenda", "notes", "tasks", "billing"],
    "today": ["practice", "people", "clients", "agenda", "notes", "tasks", "billing", "encounters"],
    "imports": ["practice", "people", "clients", "agenda"],
    "access": ["practice", "people", "clients"],
    "retention": ["practice", "people", "clients", "access"],
    "trust": ["practice", "people", "clients"],
    "backup": ["practice", "people", "keys", "retention", "exports"],
    "exports": ["practice", "people", "clients", "agenda", "notes", "tasks", "billing", "access", "retention", "trust"],
    "demo": ["practice", "people", "clients", "agenda", "notes", "tasks", "billing", "encounters"],
}
OWNER = {  # third-party header prefix: folder that may include it
    "sqlite3.h": "db", "libpq-fe.h": "db", "sodium": "seal", "libgfshare.h": "seal", "microhttpd.h": "web", "zlib.h": "web",
    "unicode/": "text", "jansson.h": "text", "cairo": "pdf", "pango": "pdf", "libical": "interop", "archive.h": "arc", "archive_entry.h": "arc",
    "curl/": "netd", "openssl/ts": "netd", "seccomp.h": "sandbox", "linux/landlock.h": "sandbox", "qrencode.h": "auth", "liboath/": "auth", "fido": "auth",
}

def cycle(name, path=()):
    if name in path:
        return path + (name,)
    for to in DOMAIN_USES.get(name, []):
        found = cycle(to, path + (name,))
        if found:
            return found
    return None

def said_uses(readme):
    """What a domain's README.md says that it uses; None: nothing."""
    m = re.search(r"^Uses: ([^.]*)\.", readme, re.M)
    return m and ([] if m[1] == "nothing from other domains" else m[1].split(", "))

def main(root):
    bad = []
    for name, uses in DOMAIN_USES.items():
        path = os.path.join(root, "domains", name, "README.md")
        if os.path.exists(path) and said_uses(open(path, encoding="utf-8").read()) != uses:
            bad.append(f"domains/{name}/README.md: \"Uses:\" is not what DOMAIN_USES says")
    for name in DOMAIN_USES:
        if cycle(name):
            bad.append("domain graph has a cycle: " + " > ".join(cycle(name)))
    for folder, _, files in os.walk(root):
        for fn in sorted(files):
            if not fn.endswith((".c", ".h")):
                continue
            rel = os.path.relpath(os.path.join(folder, fn), root)
            top = rel.split("/")
            layer, is_test = top[0], "tests" in top
            if layer not in MAY:
                continue
            for n, line in enumerate(open(os.path.join(folder, fn), encoding="utf-8"), 1):
                where = f"{rel}:{n}"
                m = re.match(r'#include "([\w]+)/([\w]+)(?:/(\w+)\.h)?', line)
                if m and m.group(1) in MAY or m and m.group(1) == "main":
                    to, sub, header = m.groups()
                    if to != layer and to not in MAY[layer] and not is_test:
                        bad.append(f"{where}: {layer} may not include {to}")
                    if to == layer == "domains" and sub != top[1] and not is_test and len(top) > 2:
                        if sub not in DOMAIN_USES.get(top[1], []) or header != sub:
                            bad.append(f"{where}: {top[1]} may not include {sub}/{header}.h")
                    if to == "web" and layer == "domains" and not is_test:
                        stem = os.path.splitext(top[-1])[0]
                        if not stem.endswith(("_web", "_view")) and stem != "domains" and len(top) > 2 and fn.endswith(".c"):
                            bad.append(f"{where}: rules and storage never include web/ (only *_web.c, *_view.h)")
                m = re.match(r"#include <([\w./-]+)>", line)
                if m and not is_test:
                    for prefix, owner in OWNER.items():
                        if m.group(1).startswith(prefix) and layer != owner and (layer, owner) != ("verify", "seal"):
                            bad.append(f"{where}: <{m.group(1)}> belongs to {owner}/ alone")
    for line in bad:
        print(line)
    return 1 if bad else 0

if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "src"))

# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every route's answer, graded as Mozilla's Observatory grades, and its Content-Security-Policy judged by rules of
our own: no unsafe-*, no wildcard, no foreign host, and all of object-src, base-uri, frame-ancestors and form-action
closed.

Positive control: without the headers every route is a finding; each rule finds a policy that breaks it."""
import json, re, unittest

import practice
from practice import OWNER, Browser, Practice

PUBLIC_URL = "https://practice.example.org"
WANTED = {
    "X-Content-Type-Options": r"^nosniff$",
    "Referrer-Policy": r"^no-referrer$",
    "Cross-Origin-Opener-Policy": r"^same-origin$",
    "Cross-Origin-Resource-Policy": r"^same-origin$",
    "Permissions-Policy": r"camera=\(\)|camera=\(self\)",
    "Strict-Transport-Security": r"^max-age=(6307200\d|[6-9]\d{7,})",
}


def policy_faults(text):
    """Sentences about a Content-Security-Policy."""
    rules = {}
    for part in text.split(";"):
        name, *values = part.split() or [""]
        if name in rules:
            yield f"{name} is given twice"
        if name:
            rules[name] = values
    default = rules.get("default-src")
    if default is None:
        yield "no default-src"
    is_sandboxed = "sandbox" in rules and not rules["sandbox"]
    for name in ("script-src", "object-src", "style-src", "connect-src", "img-src", "font-src", "frame-src"):
        for value in rules.get(name, default or ["*"]):
            if value.startswith("'unsafe-") or "*" in value:
                yield f"{name} allows {value}"
            if value in ("data:", "blob:", "https:", "http:") and name in ("script-src", "object-src"):
                yield f"{name} allows {value}"
            if re.match(r"[\w.-]+\.[a-z]+|https?://", value):
                yield f"{name} allows another host: {value}"
    if rules.get("object-src", default) != ["'none'"]:
        yield "object-src is open"
    for name in () if is_sandboxed else ("base-uri", "frame-ancestors"):  # these do not fall back on default-src
        if rules.get(name) != ["'none'"]:
            yield f"{name} is not 'none'"
    if not is_sandboxed and rules.get("form-action") not in (["'self'"], ["'none'"]):
        yield "form-action is open"


def faults(path, headers, is_private):
    """Sentences about one answer."""
    for name, pattern in WANTED.items():
        if not re.search(pattern, headers.get(name) or ""):
            yield f"{name}: {headers.get(name)}"
    if len(headers.get_all("Content-Security-Policy") or []) != 1:
        yield "not exactly one Content-Security-Policy"
    else:
        yield from policy_faults(headers["Content-Security-Policy"])
    if is_private and headers.get("Cache-Control") != "no-store":
        yield f"Cache-Control: {headers.get('Cache-Control')}"
    for cookie in headers.get_all("Set-Cookie") or []:
        if not re.match(r"__Host-", cookie) or not all(w in cookie for w in ("Secure", "HttpOnly", "SameSite=Strict")):
            yield f"a cookie without its fences: {cookie.split('=')[0]}"
    if headers.get("Server"):
        yield "says which server it is"
    if "text/html" in (headers.get("Content-Type") or "") and "charset=utf-8" not in headers["Content-Type"].lower():
        yield "no charset"


def routes():
    """(method, path) of every row of docs/api.md."""
    with open(f"{practice.TOP}/docs/api.md", encoding="utf-8") as f:
        return re.findall(r"^\| (GET|POST) \| `([^`]+)`", f.read(), re.M)


class Headers(unittest.TestCase):
    def graded(self, bug):
        """(answers looked at, sentences about them): each route as its owner and as a stranger."""
        p = Practice(bug=bug)
        self.addCleanup(p.done)
        token = p.token()
        p.start("--public-url", PUBLIC_URL)
        ids = {"clients": p_first(p, token, "/clients", "clients"), "tasks": p_first(p, token, "/tasks", "tasks")}
        n, found = 0, []
        for method, path in routes():
            folder = path.split("/")[1]
            target = re.sub(r"\{\w+\}", ids.get(folder) or "AAAAAAAAAAAAAAAAAAAAAA", path)
            for who in ({"Authorization": f"Bearer {token}"}, {}):
                for accept in ("text/html", "application/json"):
                    headers = {"Host": "practice.example.org", "Accept": accept, **who}
                    body = "" if method == "POST" else None
                    status, got, _ = p.ask(method, target, body, headers)
                    n += 1
                    is_static = path.startswith("/static") or status == 304
                    found += [f"{method} {path} {status}: {s}" for s in faults(path, got, not is_static)]
        p.stop()
        return n, found

    def test_every_route_has_its_headers(self):
        n, found = self.graded("")
        self.assertEqual(sorted(set(found)), [])
        self.assertGreater(n, 400)
        self.said = [f"{n} answers, no finding"]

    def test_without_headers_every_answer_is_a_finding(self):
        n, found = self.graded("no_headers")
        self.assertGreaterEqual(len({f.split(": ")[0] for f in found}), n // 8)
        self.assertGreater(len(found), n * 4)

    def test_each_rule_of_a_policy_finds_what_breaks_it(self):
        good = "default-src 'none'; script-src 'self'; base-uri 'none'; frame-ancestors 'none'; form-action 'self'"
        self.assertEqual(list(policy_faults(good)), [])
        for bad in (good.replace("'self'", "'unsafe-inline'", 1), good.replace("script-src 'self'", "script-src *"),
                    good.replace("script-src 'self'", "script-src https://cdn.example.com"),
                    good.replace("script-src 'self'", "script-src 'self' data:"), good.replace("base-uri 'none'; ", ""),
                    good.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
                    good.replace("default-src 'none'; ", ""), good.replace("form-action 'self'", ""),
                    good + "; object-src 'self'", good + "; style-src 'unsafe-inline'", good + "; default-src *"):
            self.assertNotEqual(list(policy_faults(bad)), [], bad)


def p_first(p, token, path, member):
    status, _, text = p.ask("GET", path, None, {"Authorization": f"Bearer {token}", "Accept": "application/json",
                                                "Host": "practice.example.org"})
    rows = json.loads(text).get(member) if status == 200 else None
    return rows[0]["id"] if rows else None

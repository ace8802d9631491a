#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What embed_static.py makes of files, and what it refuses."""
import gzip
import os
import re
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), ".."))
import embed_static  # noqa: E402


def statics(**files):
    """Names have '_' for '.'; the urls by name, and the object."""
    s = embed_static.Statics({n.replace("_", "."): c for n, c in files.items()})
    return {n: s.url(n) for n in s.files}, s


class Embedding(unittest.TestCase):
    def test_the_url_changes_with_the_content(self):
        one, _ = statics(app_css=b"p{}")
        two, _ = statics(app_css=b"q{}")
        self.assertRegex(one["app.css"], r"^/static/app\.[0-9a-f]{8}\.css$")
        self.assertNotEqual(one, two)
        self.assertEqual(one, statics(app_css=b"p{}")[0])

    def test_references_are_rewritten_to_the_hashed_names(self):
        urls, s = statics(app_css=b"a{src:url('brand.woff2')}b{src:url(./brand.woff2)}c{src:url(\"/static/brand.woff2\")}",
                          brand_woff2=b"font", app_js=b"import x from './other.js'; import('./other.js')", other_js=b"1")
        self.assertEqual(s.content["app.css"].count(urls["brand.woff2"].encode()), 3)
        self.assertEqual(s.content["app.js"].count(urls["other.js"].encode()), 2)

    def test_a_changed_font_changes_the_url_of_its_stylesheet(self):
        one, _ = statics(app_css=b"a{src:url(b.woff2)}", b_woff2=b"1")
        two, _ = statics(app_css=b"a{src:url(b.woff2)}", b_woff2=b"2")
        self.assertNotEqual(one["app.css"], two["app.css"])

    def test_missing_references_and_circles_stop_the_build(self):
        with self.assertRaises(SystemExit):
            statics(app_css=b"a{src:url(gone.woff2)}")
        with self.assertRaises(SystemExit):
            statics(a_js=b"import './b.js'", b_js=b"import './a.js'")
        self.assertEqual(len(statics(app_css=b"a{background:url(#x)}b{background:url(\"data:image/png;base64,xx\")}")[0]), 1)

    def test_the_source_holds_every_file_in_order_with_its_gzip(self):
        with tempfile.TemporaryDirectory() as folder:
            for name, content in {"b.css": b"p{color:red}" * 50, "a.svg": b"<svg/>", "c.woff2": b"x" * 500, "skip.map": b"x"}.items():
                with open(os.path.join(folder, name), "wb") as f:
                    f.write(content)
            out = os.path.join(folder, "out.c")
            embed_static.main(out, [folder])
            with open(out, encoding="utf-8") as f:
                code = f.read()
            self.assertEqual(re.findall(r'\{"([\w.]+)", "/static/', code), ["a.svg", "b.css", "c.woff2"])
            self.assertIn("const int n_embedded_statics = 3;", code)
            packed = bytes(int(b) for b in re.search(r"z1\[\] = \{([^}]*)\}", code).group(1).split(","))
            self.assertEqual(gzip.decompress(packed), b"p{color:red}" * 50)
            self.assertNotIn("z0", code)  # too small to gain
            self.assertNotIn("z2", code)  # fonts are packed already

    def test_an_unknown_kind_of_file_is_refused_when_named(self):
        with tempfile.TemporaryDirectory() as folder:
            name = os.path.join(folder, "x.exe")
            with open(name, "wb") as f:
                f.write(b"x")
            with self.assertRaises(SystemExit):
                embed_static.collect([name])


if __name__ == "__main__":
    unittest.main()

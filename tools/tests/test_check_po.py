#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""check_po.py on small trees."""
import contextlib
import io
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
import check_po  # noqa: E402

HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\nLanguage: es\\n"\n'


class Po(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)
        self.put("po/es/header.po", HEADER)
        self.put("src/domains/rooms/rooms.c", 'refuse(cx, rc, NULL, N_("Choose a room."));\n')
        self.put("src/domains/rooms/html/list.html", '<h1>{{t "Rooms"}}</h1>\n')

    def put(self, path, text):
        path = self.root / path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def found(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            check_po.main([str(self.root)])
        return out.getvalue()

    def missing(self):
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            check_po.print_missing(str(self.root), check_po.source_texts(str(self.root)), "src/domains/rooms")
        return out.getvalue()

    def test_what_lacks_is_named_with_its_place(self):
        self.assertIn("src/domains/rooms/html/list.html:1: not in Spanish: 'Rooms'", self.found())
        self.assertIn("src/domains/rooms/rooms.c:1: not in Spanish: 'Choose a room.'", self.found())

    def test_what_is_translated_is_used(self):
        entry = 'msgid "Rooms"\nmsgstr "Salas"\n\nmsgid "Choose a room."\nmsgstr "Elige una sala."\n'
        self.put("po/es/rooms.po", entry)
        self.assertEqual(self.found().strip(), "")
        self.put("po/es/rooms.po", entry + '\nmsgid "Chairs"\nmsgstr "Sillas"\n')
        self.assertIn("no longer used: 'Chairs'", self.found())

    def test_a_header_is_printed_for_a_new_file_only(self):
        self.assertIn("Language: es", self.missing())
        self.put("po/es/rooms.po", "")  # as a shell's > leaves it
        self.assertIn("Language: es", self.missing())
        self.put("po/es/rooms.po", '\nmsgid "Rooms"\nmsgstr "Salas"\n')
        self.assertNotIn("Language: es", self.missing())
        self.assertIn('msgid "Choose a room."', self.missing())


if __name__ == "__main__":
    unittest.main()

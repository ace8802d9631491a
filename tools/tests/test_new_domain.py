#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""new_domain.py on a small model in a temporary folder."""
import pathlib
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from new_domain import new_domain, renamed  # noqa: E402

MODEL = {
    "example/example.c": "/* example.c */ int example_load(void); /* EXAMPLE_MAX */\n",
    "example/README.md": "# example\n\nThings with a name. The model that `make domain` copies; it\n"
                         "cannot rot.\n\n| what | where |\n",
    "example/html/list.html": "<h1>{{t \"Example\"}}</h1>\n",
    "example/migrations/0003_example.sql": "CREATE TABLE example (id TEXT);\n",
    "example/migrations/0007_example_colour.sql": "ALTER TABLE example ADD colour TEXT;\n",
    "example/meson.build": "domain_migrations += files('migrations/0003_example.sql')\n",
    "clients/migrations/0011_clients.sql": "CREATE TABLE client (id TEXT);\n",
    "../app/migrations/0012_job.sql": "CREATE TABLE job (id TEXT);\n",
}


class NewDomain(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.domains = pathlib.Path(folder.name) / "domains"
        for name, text in MODEL.items():
            path = self.domains / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def read(self, name):
        return (self.domains / name).read_text(encoding="utf-8")

    def test_names_and_contents_take_the_new_name(self):
        new_domain(self.domains, "wait_list")
        self.assertEqual(self.read("wait_list/wait_list.c"),
                         "/* wait_list.c */ int wait_list_load(void); /* WAIT_LIST_MAX */\n")
        self.assertEqual(self.read("wait_list/html/list.html"), "<h1>{{t \"Wait list\"}}</h1>\n")

    def test_the_article_fits_the_name(self):
        self.assertEqual(renamed("an example, An example", "waitlist"), "a waitlist, A waitlist")
        self.assertEqual(renamed("an example", "address"), "an address")

    def test_the_readme_is_no_longer_of_the_model(self):
        new_domain(self.domains, "waitlist")
        self.assertEqual(self.read("waitlist/README.md"),
                         "# waitlist\n\nThings with a name.\n\n| what | where |\n")

    def test_migrations_take_the_next_free_numbers_in_their_order(self):
        new_domain(self.domains, "waitlist")
        self.assertEqual(self.read("waitlist/migrations/0013_waitlist.sql"),
                         "CREATE TABLE waitlist (id TEXT);\n")
        self.assertEqual(self.read("waitlist/migrations/0014_waitlist_colour.sql"),
                         "ALTER TABLE waitlist ADD colour TEXT;\n")

    def test_the_build_names_the_migrations_by_their_new_numbers(self):
        new_domain(self.domains, "waitlist")
        self.assertEqual(self.read("waitlist/meson.build"),
                         "domain_migrations += files('migrations/0013_waitlist.sql')\n")

    def test_the_model_stays_as_it_is(self):
        new_domain(self.domains, "waitlist")
        for name, text in MODEL.items():
            self.assertEqual(self.read(name), text)

    def test_a_domain_that_exists_is_not_written_over(self):
        with self.assertRaisesRegex(ValueError, "there already"):
            new_domain(self.domains, "clients")

    def test_names_that_are_no_c_names_are_refused(self):
        for name in ("", "example", "Wait", "wait-list", "1st", "a__b", "_a", "../x", "é"):
            with self.subTest(name), self.assertRaisesRegex(ValueError, "is no name"):
                new_domain(self.domains, name)

    def test_addresses_and_idioms_are_not_the_model(self):
        text = "for example anna@example.org, example.com; the example"
        self.assertEqual(renamed(text, "x"), "for example anna@example.org, example.com; the x")


if __name__ == "__main__":
    unittest.main()

#!/usr/bin/env python3
# SPDX-License-Identifier: AGPL-3.0-or-later
"""What tplc.py makes of templates, and what it refuses."""
import os
import re
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
TOOLS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..")
sys.path.insert(0, TOOLS)
import tplc  # noqa: E402

HEAD = "{{! view: struct x }}\n"


def made(body):
    """The statements of the function, without #line directives."""
    code = tplc.Template("a.html", HEAD + body).compile("page", "x.h")
    inner = code[code.index("(void)v;\n") + 9:code.rindex("}")]
    return [line.strip() for line in inner.split("\n") if line.strip() and not line.startswith("#line")]


def refusal(body):
    """(line, sentence)"""
    template = tplc.Template("a.html", HEAD + body)
    try:
        template.compile("page", "x.h")
    except tplc.Error as e:
        return template.line(e.pos), str(e)
    return None


class Made(unittest.TestCase):
    def test_the_frame_of_the_function(self):
        code = tplc.Template("a.html", HEAD + "<p>x</p>\n").compile("page", "dom/x_view.h")
        self.assertIn('#include "dom/x_view.h"\n', code)
        self.assertIn("void page(struct html h, const struct x *v)\n{", code)

    def test_markup_is_passed_with_its_length_in_bytes(self):
        self.assertEqual(made("<p>é \"q\" \\</p>"), ['html_markup_(h, "<p>é \\"q\\" \\\\</p>", 15);'])

    def test_a_value_is_written_by_its_place(self):
        self.assertIn("html_put_text(h, v->a.b);", made("<p>{{v.a.b}}</p>"))
        self.assertIn("html_put_attr(h, v->a);", made('<p title="x {{v.a}}"></p>'))
        self.assertIn("html_put_url(h, v->a);", made('<a href="{{v.a}}"></a>'))
        self.assertIn("html_put_part(h, v->id);", made('<a href="/x/{{v.id}}/y"></a>'))
        self.assertIn("html_put_part(h, v->n);", made('<a href="tel:{{v.n}}"></a>'))
        self.assertIn("html_put_part(h, v->id);", made('<a href="{{v.path}}?id={{v.id}}"></a>'))

    def test_arrows_follow_pointers(self):
        self.assertIn("html_put_text(h, v->client->name);", made("{{v.client->name}}"))

    def test_texts_of_the_program_are_translated(self):
        self.assertIn('html_text(h, tr(h.cat, "A b."));', made('<p>{{t "A b."}}</p>'))
        self.assertIn('html_attr(h, tr(h.cat, "A b"));', made('<p title="{{t "A\n   b"}}"></p>'))

    def test_conditions(self):
        lines = made("{{#if v.a}}x{{else}}y{{/if}}{{#if not v.b}}z{{/if}}")
        self.assertIn("if (template_has(v->a)) {", lines)
        self.assertIn("} else {", lines)
        self.assertIn("if (!template_has(v->b)) {", lines)

    def test_lists(self):
        lines = made("{{#each v.rows r}}<i>{{r.name}}{{#each r.tags g}}{{g}}{{/each}}</i>{{/each}}")
        self.assertIn("for (int i0_ = 0; i0_ < v->n_rows; i0_++) {", lines)
        self.assertIn("const __typeof__(v->rows[0]) *r = &v->rows[i0_];", lines)
        self.assertIn("for (int i1_ = 0; i1_ < r->n_tags; i1_++) {", lines)
        self.assertIn("html_put_text(h, r->name);", lines)
        self.assertIn("html_put_text(h, (*g));", lines)
        self.assertIn("for (int i0_ = 0; i0_ < v->list.n_rows; i0_++) {", made("{{#each v.list.rows r}}{{/each}}"))

    def test_parts_call_functions(self):
        self.assertIn("frame_open(h, &v->page);", made("{{>frame_open &v.page}}"))
        self.assertIn('record_input(h, v->form, "birth_date");', made('{{>record_input v.form "birth_date"}}'))
        self.assertIn("part(h, v);", made("{{>part}}"))
        self.assertIn("row(h, r);", made("{{#each v.rows r}}{{>row r}}{{/each}}"))

    def test_lines_statics_and_icons(self):
        self.assertIn("html_lines(h, v->note);", made("<p>{{lines v.note}}</p>"))
        self.assertIn('html_attr(h, static_url("app.css"));', made('<link rel="stylesheet" href="{{static "app.css"}}">'))
        lines = "".join(made('{{icon "list-checks"}}'))
        self.assertIn('<svg class=\\"icon\\" aria-hidden=\\"true\\" focusable=\\"false\\"><use href=\\"', lines)
        self.assertIn("#list-checks", lines)

    def test_a_module_of_our_own_is_the_only_script(self):
        self.assertIsNone(refusal('<script type="module" src="{{static "app.js"}}"></script>'))
        self.assertIsNotNone(refusal("<script>alert(1)</script>"))
        self.assertIsNotNone(refusal('<script src="https://x/y.js"></script>'))
        self.assertIsNotNone(refusal('<script type="module" src="{{static "app.js"}}">x</script>'))
        self.assertIsNotNone(refusal('<script src="{{static "app.js"}}">{{v.a}}</script>'))
        self.assertIsNotNone(refusal('<script src="{{static "a.js"}}"></script><script>x</script>'))

    def test_indentation_is_left_out_but_not_where_it_is_content(self):
        self.assertEqual(made("<p>\n    <b>x</b>\n\n\n  </p>\n"), ['html_markup_(h, "<p>\\n<b>x</b>\\n</p>\\n", 18);'])
        self.assertEqual(made("<pre>\n  x\n  y</pre>"), ['html_markup_(h, "<pre>\\n  x\\n  y</pre>", 19);'])
        self.assertEqual(made('<p\n   title="a\n  b">'), ['html_markup_(h, "<p title=\\"a\\n  b\\">", 17);'])
        self.assertIn('html_markup_(h, " ", 1);', made("{{v.a}} {{v.b}}"))

    def test_attributes_may_be_conditional(self):
        self.assertIsNone(refusal('<option{{#if v.on}} selected{{/if}}>x</option>'))
        self.assertIsNone(refusal('<a class="x{{#if v.on}} on{{else}} off{{/if}}">x</a>'))
        self.assertIsNone(refusal('<a{{#if v.on}} title="{{v.t}}"{{/if}}>x</a>'))

    def test_a_whole_url_may_follow_an_empty_branch(self):
        self.assertIn("html_put_url(h, v->b);", made('<a href="{{#if v.a}}/x{{/if}}{{v.b}}">'))

    def test_errors_of_the_compiler_name_the_template(self):
        code = tplc.Template("dir/a.html", HEAD + "<p>\n\n{{v.nmae}}</p>").compile("page", "x.h")
        at = code.index("html_put_text(h, v->nmae)")
        self.assertEqual(code[:at].rstrip().split("\n")[-1], '#line 4 "dir/a.html"')


class Refused(unittest.TestCase):
    CASES = {
        "<p title={{v.a}}></p>": "attribute values must be double-quoted",
        "<p title='x'></p>": "attribute values must be double-quoted",
        "<p title=x></p>": "attribute values must be double-quoted",
        "<p {{v.a}}></p>": "a value may stand only in text or in a double-quoted attribute",
        "<{{v.a}}>": "a value may stand only in text or in a double-quoted attribute",
        '<p onclick="x"></p>': "the attribute onclick= is refused",
        '<p ONCLICK="{{v.a}}"></p>': "the attribute onclick= is refused",
        '<p style="color:red"></p>': "the attribute style= is refused",
        '<p x="1"style="color:red"></p>': "the attribute style= is refused",
        '<iframe srcdoc="x">': "<iframe> is refused",
        '<p srcdoc="x">': "the attribute srcdoc= is refused",
        '<meta http-equiv="refresh" content="0">': "the attribute http-equiv= is refused",
        "<style>p{}</style>": "<style> is refused",
        "<STYLE >": "<style> is refused",
        '<base href="/x">': "<base> is refused",
        '<object data="/x">': "<object> is refused",
        "<!-- x -->": "<!--> is refused",
        '<a href="javascript:x">': "no javascript: URLs",
        '<a href="{{v.a}}JAVASCRIPT:x">': "no javascript: URLs",
        '<a href="https://{{v.a}}">': "this href= does not start on our own site",
        '<a href="//{{v.a}}">': "this href= does not start on our own site",
        '<a href="x/{{v.a}}">': "this href= does not start on our own site",
        '<a href="{{t "x"}}">': "no translated text in a URL",
        '<p title="{{static "app.css"}}">': "{{static}} stands alone in href or src",
        '<p title="{{icon "x"}}">': "{{icon}} stands in text",
        '<p title="{{lines v.a}}">': "{{lines}} stands in text",
        '<p title="{{>part v}}">': "a part stands in text, not inside a tag",
        "{{w.a}}": "unknown name: w",
        "{{v.a()}}": "not a member path: v.a()",
        "{{v.a + 1}}": "not a member path: v.a + 1",
        "{{#each v.rows v}}{{/each}}": "the name v is taken",
        "{{#each v.rows h}}{{/each}}": "the name h is taken",
        "{{#each v r}}{{/each}}": "{{#each}} needs a member: it counts to n_<member>",
        "{{#each v.rows r}}{{/each}}{{r.a}}": "unknown name: r",
        "{{#if v.a}}": "missing {{/if}}",
        "{{/if}}": "unexpected {{/if}}",
        "{{#if v.a}}{{/each}}": "unexpected {{/each}}",
        "{{else}}": "{{else}} without {{#if}}",
        "{{#if v.a}}{{else}}{{else}}{{/if}}": "{{else}} without {{#if}}",
        "{{#unless v.a}}": "not understood: {{#unless v.a}}",
        "{{#if v.a}}<p{{/if}}>": "the branches of {{#if}} end at different places of a tag",
        '<p {{#if v.a}}title="{{/if}}x">': "the branches of {{#if}} end at different places of a tag",
        '<p {{#if v.a}}on{{/if}}click="x">': "a blank or the end of the tag must follow here",
        '<p {{#if v.a}}on{{else}} x="1"{{/if}}click="x">': "a blank or the end of the tag must follow here",
        '<scr{{#if v.a}} x{{/if}}ipt src="x">': "a blank or the end of the tag must follow here",
        '<style{{#if v.a}} x{{/if}}>': "<style> is refused",
        '<style{{#if v.a}}{{/if}}>': "<style> is refused",
        '<p on{{#if v.a}}click="x"{{/if}}>': "a blank must stand before this",
        '<p title={{#if v.a}}"x"{{/if}}>': "a blank must stand before this",
        "a {{ b": "unbalanced {{ }}",
        "a < b": None,
        "<p": "the template ends inside a tag",
        "<p>1 <2</p>": None,
    }

    def test_what_could_be_dangerous(self):
        for body, sentence in self.CASES.items():
            with self.subTest(body):
                found = refusal(body)
                self.assertIsNotNone(found, "passed")
                if sentence:
                    self.assertEqual(found[1], sentence)

    def test_a_template_names_its_view(self):
        with self.assertRaises(tplc.Error):
            tplc.Template("a.html", "<p>x</p>").compile("page", "x.h")

    def test_the_build_stops_with_file_and_line(self):
        with tempfile.TemporaryDirectory() as folder:
            source = os.path.join(folder, "bad.html")
            with open(source, "w", encoding="utf-8") as f:
                f.write(HEAD + "<p>\n<b onclick=\"x\">\n</p>")
            done = subprocess.run([sys.executable, os.path.join(TOOLS, "tplc.py"), source,
                                   os.path.join(folder, "out.c"), "page", "x.h"], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertRegex(done.stderr, re.escape(source) + r":3: the attribute onclick= is refused")
            self.assertFalse(os.path.exists(os.path.join(folder, "out.c")))


if __name__ == "__main__":
    unittest.main()

// SPDX-License-Identifier: AGPL-3.0-or-later
// check.mjs - do the templates use only what there is? Usage: node ui/check.mjs SRC
// Every {{icon "x"}} must be in icons.txt, every class in the stylesheets (or in a script).
import { readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const ui = dirname(fileURLToPath(import.meta.url));
const read = (...path) => readFileSync(join(...path), "utf8");
const under = (folder, end) => readdirSync(folder, { recursive: true }).filter((file) => file.endsWith(end)).sort().map((file) => join(folder, file));

const icons = new Set(read(ui, "icons.txt").split("\n"));
const styles = [...under(join(ui, "css"), ".css"), join(ui, "agenda.css")].map((file) => read(file)).join("\n");
const classes = new Set([...styles.matchAll(/\.([a-z][\w-]*)/g)].map(([, name]) => name));

let wrong = 0;
const complain = (file, what) => {
  console.error(`${file}: ${what}`);
  wrong++;
};
for (const file of under(process.argv[2], ".html")) {
  const template = read(file);
  for (const [, name] of template.matchAll(/\{\{icon "([^"]+)"\}\}/g)) if (!icons.has(name)) complain(file, `the icon ${name} is not in ui/icons.txt`);
  for (const [, value] of template.matchAll(/ class="((?:[^"{]|\{\{.*?\}\})*)"/g)) {
    for (const name of value.replace(/\{\{#if [^}]*\}\}|\{\{\/if\}\}|\{\{else\}\}/g, " ").split(/\s+/)) if (name && !name.includes("{{") && !name.includes("}}") && !classes.has(name)) complain(file, `no stylesheet knows the class ${name}`);
  }
}
process.exit(wrong ? 1 : 0);

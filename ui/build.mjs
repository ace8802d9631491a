// SPDX-License-Identifier: AGPL-3.0-or-later
// build.mjs - makes everything a browser loads. Usage: node ui/build.mjs OUT
//
// One stylesheet and one script for every page, a second pair for the agenda alone, the chosen
// icons as one sprite, and the fonts cut down to the letters and weights that are used.
// References between the files are relative and by plain name; the server adds the hashes.
import { build } from "esbuild";
import { copyFileSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import subset from "subset-font";

const ui = dirname(fileURLToPath(import.meta.url));
const modules = resolve(ui, "../node_modules");
const out = resolve(process.argv[2] ?? join(ui, "../build-ui"));
const target = ["chrome123", "firefox121", "safari17.5"]; // light-dark(), :has(), container queries
mkdirSync(out, { recursive: true });

/** Points from..to as one string, for the font subsetter. */
const letters = (...ranges) =>
  ranges.flatMap(([from, to]) => Array.from({ length: to - from + 1 }, (_, i) => String.fromCodePoint(from + i))).join("");

const latin = letters([0x20, 0x7e], [0xa0, 0xff], [0x2010, 0x2026], [0x2030, 0x203a], [0x2190, 0x2193]) + "ıŒœʼˆ˚˜€™−≠≤≥\u2009\u202f";
const latinExt = letters([0x100, 0x24f], [0x1e00, 0x1eff]);

const fonts = [
  // file made, font, its subset, letters, weights
  ["inter-latin", "inter", "latin", latin, { min: 400, max: 650 }],
  ["inter-latin-ext", "inter", "latin-ext", latinExt, { min: 400, max: 650 }],
  ["serif-latin", "source-serif-4", "latin", latin, 400],
  ["serif-latin-ext", "source-serif-4", "latin-ext", latinExt, 400],
  ["brand", "source-serif-4", "latin", "entr’acte", 600],
];

async function makeFonts() {
  for (const [name, font, part, text, wght] of fonts) {
    const from = join(modules, "@fontsource-variable", font, "files", `${font}-${part}-wght-normal.woff2`);
    const cut = await subset(readFileSync(from), text, { targetFormat: "woff2", variationAxes: { wght } });
    writeFileSync(join(out, `${name}.woff2`), cut);
  }
}

/** The sprite: <symbol id="clock"> for each name of icons.txt. An unknown name stops the build. */
function makeIcons() {
  const names = readFileSync(join(ui, "icons.txt"), "utf8").split("\n").filter((line) => line && !line.startsWith("#"));
  const symbols = names.map((name) => {
    const svg = readFileSync(join(modules, "lucide-static/icons", `${name}.svg`), "utf8");
    const shapes = svg.replace(/^[\s\S]*?<svg[^>]*>/, "").replace(/<\/svg>\s*$/, "").replace(/\s*\n\s*/g, "");
    return `<symbol id="${name}" viewBox="0 0 24 24">${shapes.replaceAll(" />", "/>")}</symbol>`;
  });
  writeFileSync(join(out, "icons.svg"), `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
}

async function makeStyle(name, files) {
  await build({
    stdin: { contents: files.map((file) => readFileSync(file, "utf8")).join("\n"), loader: "css", resolveDir: ui },
    outfile: join(out, `${name}.css`), bundle: true, minify: true, target, external: ["*.woff2"], legalComments: "none", logLevel: "warning",
  });
}

async function makeScripts() {
  await build({
    entryPoints: [join(ui, "src/app.js"), join(ui, "src/agenda.js")], outdir: out, bundle: true, minify: true,
    format: "esm", target, legalComments: "none", logLevel: "warning",
  });
}

const css = readdirSync(join(ui, "css")).filter((file) => file.endsWith(".css")).sort().map((file) => join(ui, "css", file));
await Promise.all([
  makeFonts(),
  makeStyle("app", [join(ui, "tokens.css"), ...css]),
  makeStyle("agenda", [createRequire(import.meta.url).resolve("@event-calendar/core/index.css"), join(ui, "agenda.css")]),
  makeScripts(),
]);
makeIcons();
for (const file of ["favicon.svg", "manifest.webmanifest", "example.html"]) copyFileSync(join(ui, file), join(out, file));

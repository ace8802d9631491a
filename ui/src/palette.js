// SPDX-License-Identifier: AGPL-3.0-or-later
// palette.js - Ctrl+K (Cmd+K): actions with their keys, pages, clients by name. The command field of
// the frame opens it; without script that field is a plain search for clients.
import { ask, icon, later, make, plain, text } from "./base.js";
import { toggleBlur } from "./blur.js";
import { actionName, actions, keyName } from "./shortcuts.js";

const MOST = 8; // of one kind

let dialog, input, list, wanted;

const entry = (name, symbol, run, extra = {}) => ({ name, symbol, run, ...extra });

/** What this page can do and where the frame leads, as entries. */
function known() {
  const own = actions().filter((element) => !element.closest(".rail, .palette"));
  const links = [...document.querySelectorAll(".rail li > a, .tabs a, .me .menu > :is(a:not(.phone), form)")];
  const symbolOf = (element) => element.querySelector("use")?.getAttribute("href").split("#")[1];
  return [
    ...own.map((element) => entry(actionName(element), symbolOf(element) ?? "command", () => element.click(), { group: "actions", key: element.dataset.key })),
    entry(text("blur"), "eye-off", toggleBlur, { group: "actions", key: "b" }),
    ...links.map((element) => {
      const target = element.matches("form") ? element.querySelector("button") : element;
      return entry(actionName(target), symbolOf(target) ?? "arrow-right", () => target.click(), { group: "pages", key: target.dataset.key });
    }),
  ];
}

/** Entries whose name has every word typed; those that begin with them first. */
function matching(query) {
  const words = plain(query).split(/\s+/).filter(Boolean);
  return known()
    .filter(({ name }) => words.every((word) => plain(name).includes(word)))
    .sort((a, b) => plain(b.name).startsWith(words[0] ?? "") - plain(a.name).startsWith(words[0] ?? ""));
}

async function clientsNamed(query) {
  const form = document.querySelector("form.cmd[action]");
  if (!form || query.trim().length < 2) return [];
  const answer = await ask(form.getAttribute("action"), { q: query.trim() });
  return (answer.data?.clients ?? []).slice(0, MOST).map((client) =>
    entry(client.name, "user-round", () => location.assign(`/clients/${client.id}`), { group: "clients", who: true, hint: client.hint }));
}

function choose(option) {
  for (const other of list.querySelectorAll('[aria-selected="true"]')) other.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  option?.scrollIntoView({ block: "nearest" });
  if (option) input.setAttribute("aria-activedescendant", option.id);
  else input.removeAttribute("aria-activedescendant");
}

function draw(entries) {
  list.replaceChildren();
  for (const group of ["clients", "actions", "pages"]) {
    const of = entries.filter((one) => one.group === group).slice(0, MOST);
    if (!of.length) continue;
    const options = of.map((one, i) => make("div", { role: "option", id: `palette-${group}-${i}`, "aria-selected": "false",
      onclick: () => { dialog.close(); one.run(); } },
      icon(one.symbol), make("span", { class: one.who ? "who" : null }, one.name), one.hint ? make("small", {}, one.hint) : null, one.key ? make("kbd", {}, keyName(one.key)) : null));
    list.append(make("div", { role: "group", "aria-labelledby": `palette-${group}` }, make("span", { id: `palette-${group}` }, text(group)), ...options));
  }
  if (!list.childElementCount) list.append(make("p", { class: "none" }, text("nothing")));
  choose(list.querySelector('[role="option"]'));
}

const fetchClients = later(async (query) => {
  const clients = await clientsNamed(query);
  if (query === wanted && clients.length) draw([...clients, ...matching(query)]);
}, 120);

function update() {
  wanted = input.value;
  draw(matching(wanted));
  fetchClients(wanted);
}

function onKey(event) {
  const options = [...list.querySelectorAll('[role="option"]')];
  const at = options.findIndex((option) => option.ariaSelected === "true");
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && options.length) choose(options[(at + step + options.length) % options.length]);
  else if (event.key === "Enter") options[at]?.click();
  else return;
  event.preventDefault();
}

function build() {
  input = make("input", { type: "text", role: "combobox", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list",
    "aria-label": text("palette"), placeholder: text("palette"), autocomplete: "off", spellcheck: "false", oninput: update, onkeydown: onKey });
  list = make("div", { role: "listbox", id: "palette-list", "aria-label": text("palette") });
  dialog = make("dialog", { class: "palette", "aria-label": text("palette") }, make("label", {}, icon("search"), input), list,
    make("footer", { "aria-hidden": "true" }, make("span", {}, "↑ ↓ ", text("move")), make("span", {}, "↵ ", text("open")), make("span", {}, "Esc ", text("close"))));
  document.body.append(dialog);
}

export function openPalette(query = "") {
  if (document.querySelector("dialog[open]")) return;
  if (!dialog) build();
  input.value = query;
  dialog.showModal();
  update();
}

export function startPalette() {
  if (!document.querySelector(".rail")) return;
  document.addEventListener("keydown", (event) => {
    if (!(event.ctrlKey || event.metaKey) || event.shiftKey || event.key.toLowerCase() !== "k") return;
    event.preventDefault();
    openPalette();
  });
  const field = document.querySelector(".cmd input");
  field?.addEventListener("click", () => openPalette());
  field?.addEventListener("input", () => {
    openPalette(field.value);
    field.value = "";
  });
  const key = document.querySelector(".cmd kbd");
  if (key) key.textContent = keyName(key.textContent);
}

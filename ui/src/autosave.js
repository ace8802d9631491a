// SPDX-License-Identifier: AGPL-3.0-or-later
// autosave.js - form[data-autosave="/url"]: every pause in writing is stored.
//
// One request at a time, always with the newest text and the version the server last told. What is
// not stored yet lives in the form and nowhere else: never on this device's disk. When another device
// was faster, both versions are shown and the person chooses.
import { ask, later, make, reason, relative, text } from "./base.js";
import { showDialog } from "./dialogs.js";

const PAUSE_MS = 800;
const RETRY_MS = 5000;
const KEEPALIVE_MAX_BYTES = 60000; // a browser lets at most 64 KiB outlive the page

const drafts = new Map(); // form -> Draft

class Draft {
  constructor(form) {
    this.form = form;
    this.url = form.dataset.autosave;
    this.isDirty = false;
    this.sending = null;
    this.savedAt = 0;
    this.isLeaving = false;
    this.soon = later(() => this.save(), PAUSE_MS);
    form.addEventListener("input", () => this.touch());
    form.addEventListener("change", ({ target }) => target.type === "hidden" && this.touch()); // a picker's choice
    form.addEventListener("submit", (event) => this.onSubmit(event));
  }

  touch() {
    this.isDirty = true;
    this.soon();
  }

  /** Shows where the words are: key of a text, class of the chip. */
  show(key, kind, values = {}) {
    const place = this.form.querySelector("[data-save-state]") ?? document.querySelector("[data-save-state]");
    if (!place) return;
    const words = text(key, values);
    if (place.textContent !== words) place.textContent = words;
    place.classList.remove("ok", "need", "risk");
    place.classList.add("chip", kind);
    place.setAttribute("role", "status");
    place.setAttribute("aria-live", kind === "ok" ? "off" : "polite"); // only troubles are read aloud
  }

  tick() {
    if (this.savedAt && !this.isDirty && !this.sending) this.show("saved", "ok", { ago: relative(this.savedAt - Date.now()) });
  }

  /** Stores what is there; resolves to true when everything is stored. */
  async save() {
    this.soon.cancel();
    if (this.sending) await this.sending;
    if (!this.isDirty) return true;
    this.isDirty = false;
    this.show("saving", "ok");
    const body = new URLSearchParams(new FormData(this.form));
    this.sending = ask(this.url, body, { keepalive: body.toString().length < KEEPALIVE_MAX_BYTES });
    const answer = await this.sending;
    this.sending = null;
    return this.take(answer);
  }

  take(answer) {
    if (answer.ok) {
      this.setVersion(answer.data.version);
      this.savedAt = Date.now();
      this.tick();
      return !this.isDirty || this.save();
    }
    this.isDirty = true;
    if (answer.status === 409) return this.compare(answer.data?.current ?? {});
    if (answer.status === 422 || answer.status === 413) this.show("refused", "risk", { reason: reason(answer) });
    else {
      if ([401, 403, 423].includes(answer.status) && answer.data) this.show("refused", "risk", { reason: reason(answer) }); // until it is given or unlocked
      else this.show("offline", "need");
      if ([401, 423].includes(answer.status)) document.dispatchEvent(new CustomEvent("shut", { detail: answer.status }));
      setTimeout(() => this.save(), RETRY_MS);
    }
    return false;
  }

  setVersion(version) {
    const field = this.form.elements.version;
    if (field && version !== undefined) field.value = version;
  }

  /** A form that is sent must carry the newest version, and must not be lost when nobody answers. */
  async onSubmit(event) {
    if (event.defaultPrevented) return;
    if (!this.isDirty && !this.sending) {
      this.isLeaving = true;
      return;
    }
    event.preventDefault();
    if (await this.save()) this.form.requestSubmit(event.submitter);
  }

  /** Resolves to true when only the version had moved and everything is stored after all. */
  async compare(current) {
    if (this.dialog?.open) return false;
    this.show("changed", "risk");
    const theirs = Object.entries(flatten(current)).filter(([name, value]) => isOther(this.form.elements[name], value));
    if (!theirs.length) { // the same words: only the version moved
      this.setVersion(find(current, "version"));
      return this.save();
    }
    const choices = theirs.map(([name, value], i) => versions(this.form.elements[name], value, i));
    this.dialog = showDialog(text("changed"), make("form", { method: "dialog", onsubmit: () => {
      choices.forEach(({ apply }) => apply());
      this.setVersion(find(current, "version"));
      this.touch();
    } }, make("p", { class: "sub" }, text("changedHelp")), make("div", { class: "versions" }, ...choices.map(({ element }) => element)),
      make("div", { class: "acts" }, make("button", { class: "btn primary" }, text("keep")))));
    this.dialog.classList.add("wide");
    this.dialog.toggleAttribute("data-stay", true);
    return false;
  }
}

/** Members of an answer by the names of the form's fields: {a: {b: 1}} has "a.b" and "b". */
function flatten(object, prefix = "", into = {}) {
  for (const [name, value] of Object.entries(object ?? {})) {
    if (value !== null && typeof value === "object") flatten(value, `${prefix}${name}.`, into);
    else for (const key of new Set([name, prefix + name])) into[key] ??= value ?? "";
  }
  return into;
}
const find = (object, name) => flatten(object)[name];

/** Can this field show the server's value, and does it show another one? */
function isOther(field, value) {
  if (!(field instanceof Element) || !field.matches('textarea, select, input:not([type="hidden"], [type="file"], [inputmode="decimal"])')) return false;
  if (field.type === "checkbox") return typeof value === "boolean" && field.checked !== value;
  return field.value.replaceAll("\r\n", "\n") !== String(value).replaceAll("\r\n", "\n");
}

/** The words that differ, marked: what both have at the beginning and the end is left plain. */
function marked(mine, theirs) {
  let start = 0, end = 0;
  const most = Math.min(mine.length, theirs.length);
  while (start < most && mine[start] === theirs[start]) start++;
  while (end < most - start && mine.at(-1 - end) === theirs.at(-1 - end)) end++;
  const part = (s) => [s.slice(0, start), make("mark", {}, s.slice(start, s.length - end)), s.slice(s.length - end)];
  return [part(mine), part(theirs)];
}

/** One field in both versions, side by side; long texts can also be kept both, one after the other. */
function versions(field, value, i) {
  const isCheck = field.type === "checkbox";
  const show = (v) => (isCheck ? text(v ? "yes" : "no") : field.matches("select") ? [...field.options].find((o) => o.value === String(v))?.text ?? String(v) : String(v));
  const mine = isCheck ? field.checked : field.value;
  const [a, b] = marked(show(mine), show(value));
  const option = (words, parts, result, checked) => {
    const radio = make("input", { type: "radio", name: `version-${i}`, checked });
    return { radio, result, element: make("label", {}, radio, make("span", {}, text(words)), make("p", { class: "read" }, ...parts)) };
  };
  const options = [option("mine", a, mine, true), option("theirs", b, value, false)];
  if (field.matches("textarea")) options.push(option("both", [text("bothHelp")], `${value}\n\n${mine}`, false));
  const label = field.labels?.[0]?.textContent ?? field.name;
  return {
    element: make("div", { role: "radiogroup", "aria-label": label }, make("span", { class: "label" }, label), ...options.map(({ element }) => element)),
    apply() {
      const { result } = options.find(({ radio }) => radio.checked);
      if (isCheck) field.checked = result;
      else field.value = result;
    },
  };
}

/** Stores every form of the page; true when nothing is left to store. */
export async function saveAll() {
  const stored = await Promise.all([...drafts.values()].map((draft) => draft.save()));
  return stored.every(Boolean);
}

export function startAutosave() {
  for (const form of document.querySelectorAll("form[data-autosave]")) drafts.set(form, new Draft(form));
  if (!drafts.size) return;
  const all = (f) => [...drafts.values()].forEach(f);
  setInterval(() => all((draft) => draft.tick()), 5000);
  addEventListener("online", () => all((draft) => draft.save()));
  document.addEventListener("visibilitychange", () => document.hidden && all((draft) => draft.save()));
  addEventListener("beforeunload", (event) => {
    if ([...drafts.values()].some((draft) => (draft.isDirty || draft.sending) && !draft.isLeaving)) event.preventDefault();
  });
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// shortcuts.js - keys declared in the markup: data-key="n" on a link, button or input ("g a": g, then a).
// ? lists them. They rest while somebody writes and can be switched off (WCAG 2.1.4).
import { isTyping, make, text } from "./base.js";
import { toggleBlur } from "./blur.js";
import { showDialog } from "./dialogs.js";

const OFF = "no-keys";
const SEQUENCE_MS = 1200;

const isOff = () => localStorage.getItem(OFF) !== null;
const isShown = (element) => element.checkVisibility() || element.closest("#actions, .me") !== null; // these wait unseen

/** "Ctrl K" or "⌘ K": how the reader's keyboard calls it. */
export const isApple = /Mac|iP/.test(navigator.platform);
export const keyName = (keys) => keys.split(" ").map((key) => (key === "Ctrl" && isApple ? "⌘" : key.length === 1 ? key.toUpperCase() : key)).join(" ");

/** What an action is called: its label without the key printed on it. */
export function actionName(element) {
  if (element.ariaLabel) return element.ariaLabel;
  const copy = element.cloneNode(true);
  copy.querySelectorAll("kbd, b.num, svg, .phone, small").forEach((part) => part.remove());
  return copy.textContent.trim();
}

/** Everything on this page that has a key and can be used now; the first of two equal keys wins. */
export function actions() {
  const seen = new Set();
  return [...document.querySelectorAll("[data-key]")].filter((element) => {
    if (seen.has(element.dataset.key) || !isShown(element) || element.disabled) return false;
    return seen.add(element.dataset.key);
  });
}

function use(element) {
  if (element.matches('input:not([type="radio"], [type="checkbox"]), textarea, select')) element.focus();
  else element.click();
}

function listKeys() {
  const rows = [["Ctrl K", text("palette")], ["Ctrl Enter", text("finish")], ["b", text("blur")], ["?", text("keys")]];
  for (const element of actions()) rows.push([element.dataset.key, actionName(element)]);
  const toggle = make("input", { type: "checkbox", onchange: () => (toggle.checked ? localStorage.removeItem(OFF) : localStorage.setItem(OFF, "1")) });
  toggle.checked = !isOff();
  showDialog(text("keys"), make("div", { class: "body" },
    make("label", { class: "check" }, toggle, make("span", {}, text("keysOn"))),
    make("dl", { class: "keys" }, ...rows.map(([key, name]) => make("div", {}, make("dt", {}, name), make("dd", {}, make("kbd", {}, keyName(key))))))));
}

/** Ctrl+Enter sends the form being written in, never another one; outside of forms the one that says so. */
function finish(event) {
  const own = event.target.closest?.("form:not([role=search])");
  const form = own ?? document.querySelector("form[data-ctrl-enter]");
  const button = form?.querySelector("button.primary") ?? form?.querySelector('button:not(.danger, [type="button"], [type="reset"])');
  if (!button) return;
  event.preventDefault();
  form.requestSubmit(button);
}

export function startShortcuts() {
  let before = "", at = 0;
  for (const element of document.querySelectorAll("[data-key]")) element.setAttribute("aria-keyshortcuts", element.dataset.key);
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") return finish(event);
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || isTyping(event.target)) return;
    if (document.querySelector("dialog[open]") || event.key.length !== 1) return;
    if (event.key === "?") return listKeys();
    if (isOff()) return;
    const sequence = event.timeStamp - at < SEQUENCE_MS ? `${before} ${event.key}` : "";
    const found = actions().find(({ dataset }) => dataset.key === sequence) ?? actions().find(({ dataset }) => dataset.key === event.key);
    [before, at] = [event.key, event.timeStamp];
    if (found) {
      event.preventDefault();
      use(found);
    } else if (event.key === "b") toggleBlur();
  });
}

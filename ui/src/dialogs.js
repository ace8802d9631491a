// SPDX-License-Identifier: AGPL-3.0-or-later
// dialogs.js - opening and closing: <dialog>s, and menus made of <details>.
import { icon, make, onClick, text } from "./base.js";

/** Shows a dialog made for one question, and removes it when it closes. Returns the dialog. */
export function showDialog(title, ...children) {
  const id = `dialog-${Math.random().toString(36).slice(2)}`;
  const dialog = make("dialog", { class: "dialog", "aria-labelledby": id, onclose: () => dialog.remove() },
    make("header", {}, make("h2", { id }, title),
      make("button", { type: "button", class: "btn quiet small icon-only", "aria-label": text("close"), "data-close": true }, icon("x"))),
    ...children);
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

function closeMenus(except) {
  for (const menu of document.querySelectorAll("details:is(.me, .more)[open]")) if (menu !== except) menu.open = false;
}

export function startDialogs() {
  onClick("[data-dialog]", (opener) => document.querySelector(opener.dataset.dialog)?.showModal());
  onClick("[data-close]", (closer) => closer.closest("dialog")?.close());
  document.addEventListener("click", ({ target }) => {
    if (target instanceof HTMLDialogElement && !target.matches(".cover, [data-stay]")) target.close(); // its backdrop
    closeMenus(target instanceof Element ? target.closest("details") : null);
  });
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && document.querySelector("details:is(.me, .more)[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
}

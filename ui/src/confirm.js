// SPDX-License-Identifier: AGPL-3.0-or-later
// confirm.js - what cannot be undone asks once, naming the thing: data-confirm="Erase ...?" on a
// form, on one of its buttons, or on a link. The answer that goes on carries the button's own words.
import { make, text } from "./base.js";
import { showDialog } from "./dialogs.js";
import { actionName } from "./shortcuts.js";

const agreed = new WeakSet();

function question(sentence, words, isDanger, goOn) {
  const yes = make("button", { type: "button", class: `btn primary${isDanger ? " danger" : ""}`, "data-close": true, onclick: goOn }, words);
  const no = make("button", { type: "button", class: "btn", "data-close": true, autofocus: true }, text("goBack"));
  showDialog(sentence, make("div", { class: "body" }, make("div", { class: "acts" }, no, yes)));
  no.focus();
}

export function startConfirm() {
  document.addEventListener("submit", (event) => {
    const { target: form, submitter } = event;
    const sentence = submitter?.dataset.confirm ?? form.dataset.confirm;
    if (!sentence || agreed.delete(form)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    question(sentence, submitter ? actionName(submitter) : text("yes"), submitter?.classList.contains("danger") ?? true, () => {
      agreed.add(form);
      form.requestSubmit(submitter);
    });
  }, { capture: true });
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a[data-confirm]") : null;
    if (!link) return;
    event.preventDefault();
    question(link.dataset.confirm, actionName(link), link.classList.contains("danger"), () => location.assign(link.href));
  });
}

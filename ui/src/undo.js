// SPDX-License-Identifier: AGPL-3.0-or-later
// undo.js - the sentence about what just happened, for ten seconds, with a way back. The server
// renders one in .flashes (data-seconds, a form to undo); scripts add theirs with say().
import { icon, make, text } from "./base.js";

const SECONDS = 10;

/** Counts down in whole seconds, resting while the pointer or the focus is on it. */
function expire(flash) {
  let left = Number(flash.dataset.seconds) || SECONDS;
  const timer = setInterval(() => {
    if (!flash.isConnected) clearInterval(timer);
    else if (!flash.matches(":hover, :focus-within") && --left <= 0) flash.remove();
  }, 1000);
}

function addClose(flash) {
  flash.append(make("button", { type: "button", class: "btn close-it icon-only small", "aria-label": text("close"), onclick: () => flash.remove() }, icon("x")));
}

/** Shows a sentence; undo is what its button does. Troubles stay until they are closed. */
export function say(sentence, { undo = null, isTrouble = false } = {}) {
  let region = document.querySelector(".flashes");
  if (!region) document.body.append((region = make("div", { class: "flashes", role: "status" })));
  const flash = make("div", { class: `flash${isTrouble ? " risk" : ""}`, role: isTrouble ? "alert" : null, "data-seconds": isTrouble ? null : SECONDS },
    icon(isTrouble ? "triangle-alert" : "check"), make("span", {}, sentence),
    undo ? make("button", { type: "button", class: "btn", onclick: () => { flash.remove(); undo(); } }, text("undo")) : null);
  addClose(flash);
  region.replaceChildren(flash);
  if (!isTrouble) expire(flash);
}

export function startUndo() {
  for (const flash of document.querySelectorAll(".flash")) {
    addClose(flash);
    if (flash.dataset.seconds) expire(flash);
  }
}

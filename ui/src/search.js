// SPDX-License-Identifier: AGPL-3.0-or-later
// search.js - form[data-search]: results while typing, and of buttons that sort or turn the page. Sends
// what the form would send and takes the answer's [data-results] into this page. The address stays
// what it is: words somebody looked for belong in no history.
import { fetchPage, later } from "./base.js";

let running;

async function update(form, submitter) {
  const here = document.querySelector("[data-results]");
  if (!here) return;
  here.setAttribute("aria-busy", "true");
  running?.abort();
  running = new XMLHttpRequest();
  const page = await fetchPage(form.getAttribute("action"), new URLSearchParams(new FormData(form, submitter)), running);
  const there = page?.querySelector("[data-results]");
  here.removeAttribute("aria-busy");
  if (!there) return;
  for (const { name, value } of page.querySelectorAll('search form[data-search] input[type="hidden"]'))
    document.querySelector(`search form[data-search] input[type="hidden"][name="${name}"]`).value = value;
  const wasInside = here.contains(document.activeElement);
  here.replaceWith(document.adoptNode(there));
  if (!wasInside) return;
  there.tabIndex = -1; // the button that was pressed is gone: go on from the results
  there.focus();
}

export function startSearch() {
  const soon = later(update, 180);
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, ({ target }) => {
      const form = target.form;
      if (form?.matches?.("form[data-search]")) soon(form);
    });
  }
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("form[data-search]")) return;
    event.preventDefault();
    soon.cancel();
    update(event.target, event.submitter);
  });
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// search.js - form[data-search]: results while typing. Fetches the page the form would lead to and
// takes its [data-results] into this one; the address follows, so that reload and back hold.
import { later } from "./base.js";

let running;

/** A page as a document. XMLHttpRequest parses it without running or trusting anything in it. */
function fetchPage(url) {
  running?.abort();
  return new Promise((done) => {
    running = new XMLHttpRequest();
    running.open("GET", url);
    running.responseType = "document";
    running.setRequestHeader("Accept", "text/html");
    running.onload = ({ target }) => done(target.status < 400 ? target.response : null);
    running.onerror = () => done(null);
    running.send();
  });
}

function addressOf(form) {
  const url = new URL(form.getAttribute("action") || location.pathname, location.href);
  for (const [name, value] of new FormData(form)) if (value !== "") url.searchParams.append(name, value);
  return url;
}

async function update(form) {
  const url = addressOf(form);
  const here = document.querySelector("[data-results]");
  if (!here || url.href === location.href) return;
  here.setAttribute("aria-busy", "true");
  const there = (await fetchPage(url))?.querySelector("[data-results]");
  here.removeAttribute("aria-busy");
  if (!there) return;
  here.replaceWith(document.adoptNode(there));
  history.replaceState(history.state, "", url);
}

export function startSearch() {
  const soon = later(update, 180);
  for (const kind of ["input", "change"]) {
    document.addEventListener(kind, ({ target }) => {
      const form = target.form;
      if (form?.matches?.("form[data-search]")) soon(form);
    });
  }
}

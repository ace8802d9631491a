// SPDX-License-Identifier: AGPL-3.0-or-later
// base.js - what the other modules share: texts, elements, requests, waiting.

/** A text of the program in the page's language: the frame renders them as data on #texts. */
export function text(key, values = {}) {
  const pattern = document.getElementById("texts")?.dataset[key] ?? "";
  return pattern.replace(/\{(\w+)\}/g, (_, name) => values[name] ?? "");
}

/** An element with attributes, listeners (onclick: f) and children (elements or plain text; never markup). */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

const SVG = "http://www.w3.org/2000/svg";

/** An icon of the sprite, whose address is taken from any icon that the page already has. */
export function icon(name) {
  const sprite = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0];
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  if (sprite) {
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `${sprite}#${name}`);
    svg.append(use);
  }
  return svg;
}

/** How dates and numbers are written here: as the server writes them, British where it only says English. */
export const language = () => ({ "": "en-GB", en: "en-GB" })[document.documentElement.lang] ?? document.documentElement.lang;

/** "3 seconds ago", "in 9 minutes", in the page's language. */
export function relative(ms) {
  const seconds = Math.round(ms / 1000);
  const size = Math.abs(seconds);
  const [amount, unit] =
    size < 60 ? [seconds, "second"] : size < 5400 ? [Math.round(seconds / 60), "minute"]
    : size < 129600 ? [Math.round(seconds / 3600), "hour"] : [Math.round(seconds / 86400), "day"];
  return new Intl.RelativeTimeFormat(language(), { numeric: "auto" }).format(amount, unit);
}

/** The session's token for writes: every signed-in page has it in the form that locks the screen. */
export const csrf = () => document.querySelector('input[name="csrf"]')?.value ?? "";

/**
 * A request that answers JSON. body: FormData or URLSearchParams (sent as a form), an object (sent as
 * JSON), or nothing (GET). Never throws: {ok, status, data}, status 0 when the server was not reached.
 */
export async function ask(url, body, options = {}) {
  const headers = { Accept: "application/json" };
  if (body instanceof FormData) body = new URLSearchParams(body);
  else if (body && !(body instanceof URLSearchParams)) {
    body = JSON.stringify(body);
    headers["Content-Type"] = "application/json";
  }
  if (body) headers["X-CSRF-Token"] = csrf();
  try {
    const answer = await fetch(url, { method: body ? "POST" : "GET", headers, body, credentials: "same-origin", ...options });
    const isJson = answer.headers.get("Content-Type")?.startsWith("application/json");
    return { ok: answer.ok && isJson, status: answer.status, data: isJson ? await answer.json() : null };
  } catch (error) {
    return { ok: false, status: 0, data: null, aborted: error.name === "AbortError" };
  }
}

/** A page as a document, null when there is none. XMLHttpRequest parses it without running or trusting anything in it. */
export function fetchPage(url, body = null, request = new XMLHttpRequest()) {
  return new Promise((done) => {
    request.open(body ? "POST" : "GET", url);
    request.responseType = "document";
    request.setRequestHeader("Accept", "text/html");
    request.onload = () => done(request.status < 400 ? request.response : null);
    request.onerror = () => done(null);
    request.send(body);
  });
}

/** The first sentence of a refusal. */
export const reason = (answer) => answer.data?.errors?.[0]?.message ?? text(answer.status === 0 ? "offline" : "failed");

/** Calls f once, ms after the last call. */
export function later(f, ms) {
  let timer;
  const call = (...args) => {
    clearTimeout(timer);
    timer = setTimeout(f, ms, ...args);
  };
  call.cancel = () => clearTimeout(timer);
  return call;
}

/** Letters only, without accents and case, so that "Garcia" finds "García". */
export const plain = (s) => s.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();

/** Is the person writing, so that letters are letters and not shortcuts? */
export const isTyping = (target) =>
  target instanceof Element && (target.isContentEditable || target.matches('textarea, select, input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"])'));

/** Runs f for clicks on what matches the selector, now or later in the page. */
export function onClick(selector, f) {
  document.addEventListener("click", (event) => {
    const target = event.target instanceof Element ? event.target.closest(selector) : null;
    if (target) f(target, event);
  });
}

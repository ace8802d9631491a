// SPDX-License-Identifier: AGPL-3.0-or-later
// lock.js - after <body data-lock-min="10"> idle minutes, or when asked: cover the page, store drafts,
// tell the server, go to the page that asks for the password. All tabs of the person share one idle
// clock and lock together. A page with words that are stored nowhere else stays, covered, and asks for
// the password itself; so does one whose session the server has locked or ended meanwhile.
import { ask, fetchPage, make, reason, text } from "./base.js";
import { saveAll } from "./autosave.js";

const CHECK_MS = 5000;
const OTHERS_SAVE_MS = 1500; // time for other tabs to store their drafts before the session locks

let lastUse = Date.now();
let cover = null;

const nameIn = (page) => page.querySelector(".me > summary")?.textContent;

function isChanged(field) {
  if (field.matches("select")) return field.selectedIndex > 0 && !field.selectedOptions[0].defaultSelected;
  return field.matches("[type=checkbox], [type=radio]") ? field.checked !== field.defaultChecked : field.value !== field.defaultValue;
}

/** What was typed outside of forms that store themselves would be gone with the page. */
const holdsWords = () => [...document.querySelectorAll("form:not([data-autosave], [role=search]) :is(textarea, select, input:not([type=hidden]))")].some(isChanged);

function coverPage() {
  if (cover) return;
  cover = make("dialog", { class: "cover", "aria-label": text("locked"), closedby: "none",
    onkeydown: (event) => event.key === "Escape" && event.preventDefault(), // a second one would close what only refuses the first
    oncancel: (event) => event.preventDefault(), onclose: () => cover?.showModal() },
    make("h1", {}, text("locked")), make("p", { class: "sub", role: "status" }));
  document.body.append(cover);
  for (const other of document.querySelectorAll("dialog[open]")) other.close();
  cover.showModal();
}

/** The password, asked for in place: the page beneath is as it was left. */
function unlockForm() {
  const password = make("input", { id: "cover-password", type: "password", autocomplete: "current-password", required: true });
  const problem = make("p", { class: "error", role: "alert" });
  const unlock = async (event) => {
    event.preventDefault();
    const answer = await ask("/locked", new URLSearchParams({ password: password.value }));
    password.value = "";
    problem.textContent = answer.ok ? "" : reason(answer);
    if (answer.ok) await goOn();
  };
  return make("form", { class: "form", method: "post", onsubmit: unlock }, make("div", { class: "field" },
    make("label", { for: password.id }, text("password")), password, problem), make("button", { class: "btn primary" }, text("unlock")));
}

/** Takes the cover away when the session is open again and the same person's: its token may be another one. */
async function goOn() {
  const page = cover && await fetchPage("/account");
  if (!page || !nameIn(page) || nameIn(page) !== nameIn(document)) return;
  const token = page.querySelector('input[name="csrf"]').value;
  for (const field of document.querySelectorAll('input[name="csrf"]')) field.value = token;
  clearInterval(cover.timer);
  cover.remove();
  cover = null;
  lastUse = Date.now();
  saveAll();
}

/** What is not stored stays in this tab, covered, until the person is back, here or in another tab. */
function waitForUnlock(isSignedOut = false) {
  cover.querySelector("p").textContent = text(isSignedOut ? "outKept" : "lockedKept");
  cover.append(isSignedOut ? make("a", { class: "btn primary", href: "/sign-in", target: "_blank" }, text("signIn")) : unlockForm());
  cover.querySelector("a, input").focus();
  cover.timer = setInterval(goOn, CHECK_MS);
}

/** Until the server has been told, the cover stays and this tab keeps trying. */
async function lock() {
  coverPage();
  const [isStored] = await Promise.all([saveAll(), new Promise((done) => setTimeout(done, OTHERS_SAVE_MS))]);
  const answer = await ask("/lock", new FormData(document.querySelector('form[action="/lock"]')));
  if (answer.status === 0) {
    cover.querySelector("p").textContent = text("lockedOffline");
    setTimeout(lock, CHECK_MS);
  } else if (isStored && !holdsWords()) location.replace(`/locked?next=${encodeURIComponent(location.pathname + location.search)}`);
  else waitForUnlock(answer.status === 401);
}

/** What the browser keeps for Back may be older than a lock: it is not shown again, but asked for anew. */
function forgetWhenLeft() {
  addEventListener("pagehide", ({ persisted }) => persisted && (document.body.hidden = true));
  addEventListener("pageshow", async ({ persisted }) => {
    if (!persisted) return;
    document.body.hidden = true;
    if (await saveAll()) return location.reload();
    coverPage();
    document.body.hidden = false;
    waitForUnlock();
  });
}

export function startLock() {
  const tabs = new BroadcastChannel("idle");
  if (document.querySelector('form[action="/locked"]')) tabs.postMessage("locking");
  const minutes = Number(document.body.dataset.lockMin);
  if (!minutes || !document.querySelector('form[action="/lock"]')) return;
  forgetWhenLeft();
  const used = () => {
    if (cover) return;
    if (Date.now() - lastUse > CHECK_MS) tabs.postMessage("used");
    lastUse = Date.now();
  };
  const lockAll = () => {
    tabs.postMessage("locking");
    lock();
  };
  const check = () => !cover && Date.now() - lastUse >= minutes * 60000 && lockAll();
  tabs.onmessage = ({ data }) => {
    if (data === "used") lastUse = Date.now();
    else if (!cover) lock();
  };
  for (const kind of ["pointerdown", "pointermove", "keydown", "scroll", "touchstart"]) addEventListener(kind, used, { passive: true, capture: true });
  document.addEventListener("shut", ({ detail }) => {
    if (cover) return;
    coverPage();
    waitForUnlock(detail === 401);
  });
  document.addEventListener("visibilitychange", check); // a laptop that was asleep locks before it shows anything
  document.addEventListener("submit", (event) => {
    if (!event.target.matches('form[action="/lock"]')) return;
    event.preventDefault();
    if (!cover) lockAll();
  });
  setInterval(check, CHECK_MS);
}

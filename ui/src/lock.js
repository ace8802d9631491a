// SPDX-License-Identifier: AGPL-3.0-or-later
// lock.js - after <body data-lock-min="10"> idle minutes, or when asked: cover the page, store drafts,
// tell the server, go to the page that asks for the password. All tabs of the person share one idle
// clock and lock together.
import { ask, make, text } from "./base.js";
import { isReached, saveAll } from "./autosave.js";

const CHECK_MS = 5000;
const OTHERS_SAVE_MS = 1500; // time for other tabs to store their drafts before the session locks

let lastUse = Date.now();
let cover = null;

function coverPage() {
  if (cover) return;
  cover = make("dialog", { class: "cover", "aria-label": text("locked"), oncancel: (event) => event.preventDefault() },
    make("h1", {}, text("locked")), make("p", { class: "sub", role: "status" }));
  document.body.append(cover);
  for (const other of document.querySelectorAll("dialog[open]")) other.close();
  cover.showModal();
}

/** What could not be stored stays in this tab, covered, until the session is unlocked in another one. */
async function waitForUnlock() {
  cover.querySelector("p").textContent = text("lockedKept");
  cover.append(make("a", { class: "btn primary", href: "/locked", target: "_blank" }, text("unlock")));
  const timer = setInterval(async () => {
    await saveAll();
    if (!isReached()) return;
    clearInterval(timer);
    cover.remove();
    cover = null;
    lastUse = Date.now();
  }, CHECK_MS);
}

/** Until the server has been told, the cover stays and this tab keeps trying. */
async function lock() {
  coverPage();
  const [isStored] = await Promise.all([saveAll(), new Promise((done) => setTimeout(done, OTHERS_SAVE_MS))]);
  const answer = await ask("/lock", new FormData(document.querySelector('form[action="/lock"]')));
  if (answer.status === 0) {
    cover.querySelector("p").textContent = text("lockedOffline");
    setTimeout(lock, CHECK_MS);
  } else if (isStored) location.replace(`/locked?next=${encodeURIComponent(location.pathname + location.search)}`);
  else waitForUnlock();
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
  document.addEventListener("visibilitychange", check); // a laptop that was asleep locks before it shows anything
  document.addEventListener("submit", (event) => {
    if (!event.target.matches('form[action="/lock"]')) return;
    event.preventDefault();
    if (!cover) lockAll();
  });
  setInterval(check, CHECK_MS);
}

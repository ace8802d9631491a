// SPDX-License-Identifier: AGPL-3.0-or-later
// blur.js - b: someone is looking. Blurs what names a person (class "who"), in this tab, until b again.
const KEY = "blur";

export const isBlurred = () => "blur" in document.documentElement.dataset;

export function toggleBlur() {
  const on = document.documentElement.toggleAttribute("data-blur");
  if (on) sessionStorage.setItem(KEY, "1");
  else sessionStorage.removeItem(KEY);
}

export function startBlur() {
  if (sessionStorage.getItem(KEY)) document.documentElement.toggleAttribute("data-blur", true);
}

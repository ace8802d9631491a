// SPDX-License-Identifier: AGPL-3.0-or-later
// tabs.js - a strip of tabs wider than the screen shows the open one.

export function startTabs() {
  const open = document.querySelector(".tabs [aria-current]");
  const strip = open?.closest(".tabs");
  if (strip) strip.scrollLeft = open.offsetLeft - strip.offsetLeft - (strip.clientWidth - open.offsetWidth) / 2;
}

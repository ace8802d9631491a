// SPDX-License-Identifier: AGPL-3.0-or-later
// time.js - <time datetime="..." data-relative>In 9 minutes</time> stays true while the page is open.
import { language, relative } from "./base.js";

function refresh() {
  for (const time of document.querySelectorAll("time[data-relative][datetime]")) {
    const ms = Date.parse(time.dateTime) - Date.now();
    if (Number.isNaN(ms)) continue;
    const words = relative(Math.abs(ms) < 60000 ? 0 : ms);
    const isStart = time.textContent[0] !== time.textContent[0]?.toLocaleLowerCase(language());
    time.textContent = isStart ? words[0].toLocaleUpperCase(language()) + words.slice(1) : words;
  }
}

export function startTime() {
  refresh();
  setInterval(refresh, 20000);
}

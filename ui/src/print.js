// SPDX-License-Identifier: AGPL-3.0-or-later
// print.js - button[data-print] prints the page; it is there only where a script can.
import { onClick } from "./base.js";

export function startPrint() {
  for (const button of document.querySelectorAll("button[data-print]")) button.hidden = false;
  onClick("button[data-print]", () => print());
}

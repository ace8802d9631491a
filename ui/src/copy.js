// SPDX-License-Identifier: AGPL-3.0-or-later
// copy.js - button[data-copy="#id"]: what stands in that field goes to the clipboard, for the reader's own device alone.
import { onClick, text } from "./base.js";

export function startCopy() {
  for (const button of document.querySelectorAll("button[data-copy]")) button.hidden = false;
  onClick("button[data-copy]", async (button) => {
    const field = document.querySelector(button.dataset.copy);
    field.select();
    const isCopied = await navigator.clipboard?.writeText(field.value).then(() => true, () => false);
    if (isCopied) button.textContent = text("copied"); // else it is marked: Ctrl C
  });
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// app.js - what every page loads. Each module listens on the document, so parts of a page that are
// replaced later need no new wiring; a page without script does the same work with full loads.
import { startAutosave } from "./autosave.js";
import { startBlur } from "./blur.js";
import { startCombo } from "./combo.js";
import { startConfirm } from "./confirm.js";
import { startCopy } from "./copy.js";
import { startDialogs } from "./dialogs.js";
import { startLock } from "./lock.js";
import { startPalette } from "./palette.js";
import { startPasskey } from "./passkey.js";
import { startPrint } from "./print.js";
import { startSearch } from "./search.js";
import { startShortcuts } from "./shortcuts.js";
import { startTabs } from "./tabs.js";
import { startTheme } from "./theme.js";
import { startTime } from "./time.js";
import { startUndo } from "./undo.js";

for (const start of [
  startBlur, startTheme, startDialogs, startShortcuts, startPalette, startAutosave, startSearch,
  startConfirm, startUndo, startLock, startTime, startCombo,
  startPasskey, startCopy, startPrint, startTabs,
]) start();

// SPDX-License-Identifier: AGPL-3.0-or-later
// theme.js - the server says which theme and density (<html data-theme data-density>); a form that
// changes them (inputs named theme, density) shows the choice before it is stored.
export function startTheme() {
  document.addEventListener("change", ({ target }) => {
    if (target.name === "theme" || target.name === "density") document.documentElement.dataset[target.name] = target.value;
  });
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// combo.js - a picker of clients: type a part of the name, choose from the list.
//
//   <div class="combo"><input id="f-client" data-combo="/clients/search" data-combo-new="#new-client">
//   <input type="hidden" name="client"></div>
//   <fieldset id="new-client" data-family-words="2" hidden>...</fieldset>
//
// The hidden input gets the id. "New client" shows the fieldset and puts the name typed into its
// first two inputs. Pattern: combobox with listbox, WAI-ARIA Authoring Practices.
import { ask, icon, later, make, text } from "./base.js";

const MOST = 8;

class Combo {
  constructor(input) {
    this.input = input;
    this.box = input.closest(".combo");
    this.id = this.box.querySelector('input[type="hidden"]');
    this.fresh = input.dataset.comboNew ? document.querySelector(input.dataset.comboNew) : null;
    this.list = make("ul", { class: "listbox", role: "listbox", id: `${input.id}-list`, hidden: true });
    this.list.setAttribute("aria-label", input.labels?.[0]?.textContent ?? "");
    this.box.append(this.list);
    for (const [name, value] of Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.list.id, autocomplete: "off" })) input.setAttribute(name, value);
    const soon = later(() => this.search(), 120);
    input.addEventListener("input", () => {
      this.id.value = "";
      soon();
    });
    input.addEventListener("keydown", (event) => this.onKey(event));
    input.addEventListener("blur", () => setTimeout(() => this.close(), 150));
    input.addEventListener("click", () => this.list.hidden && this.search());
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the input keeps the focus
    this.list.addEventListener("click", ({ target }) => this.take(target.closest('[role="option"]')));
  }

  async search() {
    const query = this.input.value.trim();
    const answer = await ask(this.input.dataset.combo, { q: query });
    if (query !== this.input.value.trim() || document.activeElement !== this.input) return;
    const found = (answer.data?.clients ?? []).slice(0, MOST);
    const options = found.map((client, i) => make("li", { role: "option", id: `${this.list.id}-${i}`, "aria-selected": "false", "data-id": client.id },
      make("span", { class: "who" }, client.name), client.hint ? make("small", {}, client.hint) : null));
    if (this.fresh && query) options.push(make("li", { role: "option", class: "new", id: `${this.list.id}-new`, "aria-selected": "false" }, icon("user-plus"), text("newClient", { name: query })));
    if (!options.length) options.push(make("li", { class: "none", role: "presentation" }, text("nothing")));
    this.list.replaceChildren(...options);
    this.open();
    this.point(options[0].matches('[role="option"]') ? options[0] : null);
  }

  open() {
    this.list.hidden = false;
    this.input.setAttribute("aria-expanded", "true");
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }

  point(option) {
    for (const other of this.list.children) if (other.ariaSelected) other.ariaSelected = String(other === option);
    if (option) this.input.setAttribute("aria-activedescendant", option.id);
    option?.scrollIntoView({ block: "nearest" });
  }

  take(option) {
    if (!option) return;
    const isNew = option.classList.contains("new");
    if (isNew) this.begin();
    else {
      this.id.value = option.dataset.id;
      this.input.value = option.querySelector(".who").textContent;
    }
    if (this.fresh && !isNew) this.fresh.hidden = this.fresh.disabled = true;
    this.id.dispatchEvent(new Event("change", { bubbles: true }));
    this.close();
  }

  /** A new client: the last words typed (one, or as many as a family name has where the practice
   *  is) are the family name, the others the given ones, of which there is always one. */
  begin() {
    const words = this.input.value.trim().split(/\s+/);
    const [given, family] = this.fresh.querySelectorAll('input:not([type="hidden"])');
    this.id.value = "";
    this.fresh.hidden = this.fresh.disabled = false;
    const from = Math.max(1, words.length - (Number(this.fresh.dataset.familyWords) || 1));
    if (given) given.value = words.slice(0, from).join(" ");
    if (family && words.length > 1) family.value = words.slice(from).join(" ");
    ([...this.fresh.querySelectorAll('input:not([type="hidden"])')].find((input) => !input.value) ?? given)?.focus();
  }

  onKey(event) {
    const options = [...this.list.querySelectorAll('[role="option"]')];
    const at = options.findIndex((option) => option.ariaSelected === "true");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && this.list.hidden) this.search();
    else if (step && options.length) this.point(options[(at + step + options.length) % options.length]);
    else if (event.key === "Enter" && !this.list.hidden && at >= 0) this.take(options[at]);
    else if (event.key === "Escape" && !this.list.hidden) this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

export function startCombo() {
  for (const input of document.querySelectorAll("input[data-combo]")) new Combo(input);
}

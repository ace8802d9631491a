// SPDX-License-Identifier: AGPL-3.0-or-later
// klm.mjs - counts a person's work in the Keystroke-Level Model while a story does it.
//
// Card, Moran, Newell (1980), "The keystroke-level model for user performance time with interactive
// systems": an expert without errors; the hand starts on the mouse. A story uses these verbs instead
// of the page's own clicks, so what is counted is what was done.
//
//   K 0.28 s a key (a shifted character is one, each key of a shortcut is one)
//   P 1.1 s pointing   B 0.1 s a press of the button (one click = one press)
//   H 0.4 s when the hand changes between mouse and keyboard
//   M 1.35 s before each decision: a click, a menu with the choice in it (one decision), a Save
//
// The words of a note cost nothing (dictated or pasted); entering its field does. Fields at most
// three Tabs apart are one group: no new M. A wait lasts from the first request an action causes to
// the end of the last. Loads are navigations of the page or a frame; redirects are not counted again.
import assert from 'node:assert/strict';

const SECONDS = { K: 0.28, P: 1.1, B: 0.1, H: 0.4, M: 1.35 };
const QUIET_MS = 120; // no request for so long: the action has had its effect
const rows = [];

const nothing = () => ({ K: 0, P: 0, B: 0, H: 0, M: 0, fields: 0, loads: 0, fetches: 0,
  scrolls: 0, waitMs: 0 });
const seconds = (n) => Object.entries(SECONDS).reduce((sum, [op, s]) => sum + n[op] * s, 0);

export class Klm {
  /** Starts counting on a page that is loaded; flow is the name in the table. */
  constructor(page, flow) {
    Object.assign(this, { page, flow, hand: 'mouse', counts: nothing(), inFlight: new Set(),
      firstMs: 0, lastMs: 0 });
    page.on('request', (request) => this.#began(request));
    page.on('requestfinished', (request) => this.#ended(request));
    page.on('requestfailed', (request) => this.#ended(request));
  }

  /** Points at something and clicks it: a decision. */
  async click(target) {
    this.#count({ M: 1 });
    await this.#press(target);
  }

  /** A menu, a drop-down or a picker: opened and chosen from, one decision, one field. */
  async choose(opener, option) {
    this.#count({ M: 1, fields: 1 });
    await this.#press(opener);
    await this.#press(option);
  }

  /** A native <select> by mouse: the same work, though the list itself is the browser's. */
  async select(target, label) {
    this.#count({ M: 1, P: 2, B: 2, fields: 1 });
    await this.#doing('mouse', async () => {
      await this.#scrolledTo(target);
      await target.selectOption({ label });
    });
  }

  /** Enters a field by mouse and types into it. */
  async field(target, text) {
    this.#count({ M: 1, fields: 1 });
    await this.#press(target);
    await this.#type(text, text.length);
  }

  /** Enters a field that already stands under the hand (autofocus): a decision, no pointing. */
  async here(target, text) {
    await this.#focused(target);
    this.#count({ M: 1, fields: 1 });
    await this.#type(text, text.length);
  }

  /** Types into the field that what came before has put the focus on: no decision of its own. */
  async on(target, text) {
    await this.#focused(target);
    this.#count({ fields: 1 });
    await this.#type(text, text.length);
  }

  /** Takes what a list offers, with a key: part of the decision that opened it. */
  async pick(key) {
    this.#count({ K: 1 });
    await this.#doing('keyboard', () => this.page.keyboard.press(key));
  }

  /** Goes on to a field of the same group by 1 to 3 Tabs and types into it. */
  async tab(n, target, text) {
    await this.#tabs(n, target);
    await this.#type(text, text.length);
  }

  /** More keys into the field that has the focus. */
  async type(text) {
    await this.#type(text, text.length);
  }

  /** The words of a note, free of charge: into `target` by mouse, or where the focus is. */
  async note(text, target) {
    if (target) {
      this.#count({ M: 1, fields: 1 });
      await this.#press(target);
    }
    await this.#type(text, 0);
  }

  /** The words of the next section of a note, 1 to 3 Tabs on. */
  async tabNote(n, target, text) {
    await this.#tabs(n, target);
    await this.#type(text, 0);
  }

  /** A key or shortcut as a decision: 'Enter', 'Control+Enter' (two keys). */
  async key(chord) {
    this.#count({ M: 1, K: chord.split('+').length });
    await this.#doing('keyboard', () => this.page.keyboard.press(chord));
  }

  /** The decision to save by the button that is the next Tab stop. */
  async tabEnter(button) {
    this.#count({ M: 1, K: 2 });
    await this.#doing('keyboard', async () => {
      await this.page.keyboard.press('Tab');
      await this.#focused(button);
      await this.page.keyboard.press('Enter');
    });
  }

  /** The row so far: the operators, and `seconds` without waits. */
  row() {
    return { flow: this.flow, ...this.counts, seconds: seconds(this.counts) };
  }

  /** Ends the flow: its row goes into the table and must not pass the goal (seconds, no waits). */
  done(goal) {
    const row = { ...this.row(), goal };
    rows.push(row);
    assert.ok(goal === undefined || row.seconds <= goal,
      `${this.flow} takes ${row.seconds.toFixed(1)} s, the goal is ${goal} s`);
  }

  #count(more) {
    for (const [what, n] of Object.entries(more)) this.counts[what] += n;
  }

  #began(request) {
    if (request.isNavigationRequest() && !request.redirectedFrom()) this.counts.loads++;
    if (['xhr', 'fetch'].includes(request.resourceType())) this.counts.fetches++;
    this.firstMs ||= performance.now();
    this.inFlight.add(request);
  }

  #ended(request) {
    this.inFlight.delete(request);
    this.lastMs = performance.now();
  }

  /** Does something with one hand and waits until the network is quiet. */
  async #doing(hand, action) {
    if (this.hand !== hand) this.#count({ H: 1 });
    this.hand = hand;
    this.firstMs = this.lastMs = 0;
    await action();
    for (let since = performance.now(); performance.now() - since < QUIET_MS;) {
      await new Promise((done) => setTimeout(done, 10));
      if (this.inFlight.size) since = performance.now();
    }
    if (this.lastMs) this.#count({ waitMs: this.lastMs - this.firstMs });
  }

  async #press(target) {
    this.#count({ P: 1, B: 1 });
    await this.#doing('mouse', async () => {
      await this.#scrolledTo(target);
      await target.click();
    });
  }

  async #scrolledTo(target) {
    const box = await target.boundingBox();
    const { height } = this.page.viewportSize();
    if (box && (box.y < 0 || box.y + box.height > height)) this.#count({ scrolls: 1 });
  }

  async #tabs(n, target) {
    assert.ok(n >= 1 && n <= 3, 'a group reaches three Tabs far; point at the field instead');
    this.#count({ K: n, fields: 1 });
    await this.#doing('keyboard', async () => {
      for (let i = 0; i < n; i++) await this.page.keyboard.press('Tab');
      await this.#focused(target);
    });
  }

  async #focused(target) {
    assert.ok(await target.evaluate((e) => e === document.activeElement), 'the focus is elsewhere');
  }

  async #type(text, nKeys) {
    this.#count({ K: nKeys });
    await this.#doing('keyboard', () => (nKeys ? this.page.keyboard.type(text)
      : this.page.keyboard.insertText(text)));
  }
}

/** All flows counted so far as a Markdown table, or "" without any. */
export function klmTable() {
  if (!rows.length) return '';
  return ['| flow | clicks | fields | keys | loads (fetches) | scrolls | M / P / B / H | **KLM s** | goal s | wait s |',
    '|---|---|---|---|---|---|---|---|---|---|',
    ...rows.map((r) => `| ${r.flow} | ${r.B} | ${r.fields} | ${r.K} | ${r.loads} (${r.fetches}) | ` +
      `${r.scrolls} | ${r.M} / ${r.P} / ${r.B} / ${r.H} | **${r.seconds.toFixed(1)}** | ` +
      `${r.goal ?? ''} | ${(r.waitMs / 1000).toFixed(2)} |`), ''].join('\n');
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// spanish.story.mjs - whoever chose Spanish meets no English sentence of the program on any page.
import { readdir, readFile } from 'node:fs/promises';
import { crawl } from './crawl.mjs';
import { sessionNow } from './practice.mjs';
import { assert, story } from './support.mjs';

const folder = new URL('../../po/es/', import.meta.url);

const unquote = (lines) => [...lines.matchAll(/"(.*)"/g)].map(([, part]) => JSON.parse(`"${part}"`)).join('');

/** [English, Spanish] of every text of the program. */
async function catalogue() {
  const pairs = [];
  for (const name of await readdir(folder)) {
    const po = await readFile(new URL(name, folder), 'utf8');
    for (const [, id, translations] of po.matchAll(/^msgid ((?:".*"\s+)+)((?:msg(?:id_plural|str).*\s+(?:".*"\s+)*)+)/gm))
      pairs.push([unquote(id), unquote(translations.match(/msgstr[^"]*((?:".*"\s*)+)/)[1])]);
  }
  return pairs.filter(([english, spanish]) => english && english !== spanish);
}

const letters = (text) => text.replace(/[^a-z]/gi, '').length;
const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Says whether a text is one of the program's English ones; "%d sessions" fits "12 sessions". */
function englishTest(pairs) {
  const spanish = new Set(pairs.map(([, es]) => es));
  const exact = new Set(pairs.map(([en]) => en).filter((en) => !spanish.has(en)));
  const patterns = [...exact].filter((en) => /%[ds]|\{\w+\}/.test(en) && letters(en.replace(/%[ds]|\{\w+\}/g, '')) > 5)
    .map((en) => new RegExp(`^${escape(en).replace(/%d/g, '\\d+').replace(/%s|\\\{\w+\\\}/g, '.+')}$`));
  return (text) => exact.has(text) || patterns.some((pattern) => pattern.test(text));
}

/** All that a page says: its text, node by node, and the attributes that are read or shown. */
const textsOf = (page) => page.evaluate(() => {
  const texts = [document.title];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode.data);
  for (const element of document.body.querySelectorAll('*'))
    for (const { name, value } of element.attributes)
      if (/^(placeholder|title|alt|aria-label|data-confirm|data-label)$/.test(name) || element.id === 'texts') texts.push(value);
  return texts.map((text) => text.replace(/\s+/g, ' ').trim()).filter(Boolean);
});

story('a Spanish reader meets no English on any page', {}, async ({ server, as }) => {
  const isEnglish = englishTest(await catalogue());
  const session = await sessionNow(server, 'ines.robles');
  const page = await as('ines.robles', { language: 'es' });
  const found = [];
  await crawl(page, async (_, kind) => {
    assert.equal(await page.locator('html').getAttribute('lang'), 'es');
    for (const text of new Set(await textsOf(page))) if (isEnglish(text)) found.push(`${kind}: ${text}`);
  }, { starts: ['/', `/appointments/${session.id}`], most: 2 });
  assert.equal(found.length, 0, found.join('\n'));
});

// SPDX-License-Identifier: AGPL-3.0-or-later
// all.mjs - every story of the project, one after the other, then what is asked of all their pages.
// Stories lie in tests/e2e/ and beside their subject in src/ and ui/, as *.story.mjs.
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { logs, pagesFolder, savePages } from './browser.mjs';
import { assertNone } from './check_page.mjs';
import { klmTable } from './klm.mjs';
import { checkHtml } from './nu.mjs';

const top = new URL('../..', import.meta.url).pathname;

async function storiesUnder(folder) {
  const found = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) found.push(...await storiesUnder(path));
    else if (entry.name.endsWith('.story.mjs')) found.push(path);
  }
  return found.sort();
}

for (const path of [...await storiesUnder(join(top, 'tests/e2e')),
  ...await storiesUnder(join(top, 'src')), ...await storiesUnder(join(top, 'ui'))]) await import(path);

test('all pages seen are valid HTML', { timeout: 300000 }, async (t) => {
  if (!await savePages()) return t.skip('no pages were seen');
  assertNone(await checkHtml(pagesFolder), 'the Nu HTML checker found errors');
});

after(async () => {
  const table = klmTable();
  if (table) {
    await writeFile(join(logs, 'klm.md'), table);
    console.log(table);
  }
});

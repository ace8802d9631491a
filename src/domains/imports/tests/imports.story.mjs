// SPDX-License-Identifier: AGPL-3.0-or-later
// imports.story.mjs - own data on the first day, from files that real programs wrote.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { assert, checkPage, story } from '../../../../tests/e2e/support.mjs';

const fixture = (name) =>
  fileURLToPath(new URL(`../../../../tests/fixtures/interop/${name}`, import.meta.url));

/** Chooses a file and goes to its preview. */
async function bring(page, name) {
  await page.goto('/imports');
  await page.getByLabel('The file').setInputFiles(fixture(name));
  await page.getByRole('button', { name: 'Look at the file' }).click();
  await page.getByRole('heading', { level: 1, name: /from a/ }).waitFor();
}

async function brings(page, check) {
  await page.goto('/imports');
  await check(page);
  await bring(page, 'google_contacts.csv');
  await check(page);
  assert.equal(await page.getByLabel('Last Name', { exact: true }).inputValue(), 'family_name');
  await page.getByRole('button', { name: 'Take 3 clients' }).click();
  await page.getByRole('heading', { name: '3 clients were taken' }).waitFor();

  await bring(page, 'vdirsyncer.vcf'); // the same people, from another program
  await page.getByText('Nothing can be taken this way.').waitFor();
  await page.getByRole('button', { name: 'Erase the file' }).click();

  await bring(page, 'radicale.ics');
  await page.getByLabel('From').fill('2026-01-01');
  await page.getByLabel('Until').fill('2026-12-31');
  await page.getByLabel('Whose appointments they are').selectOption({ index: 1 });
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('heading', { name: 'As they would be taken' }).waitFor();
  await check(page);
  await page.getByRole('button', { name: /^Take \d appointments$/ }).click();
  await page.getByRole('heading', { name: /were taken$/ }).waitFor();
  await page.getByText('The event is cancelled.').waitFor();
  await check(page);
}

/** A table made here: chosen, and its preview waited for. */
async function bringTable(page, name, text) {
  await page.goto('/imports');
  await page.getByLabel('The file').setInputFiles({ name, mimeType: 'text/csv', buffer: Buffer.from(text) });
  await page.getByRole('button', { name: 'Look at the file' }).click();
  await page.getByRole('heading', { level: 1, name: /from a/ }).waitFor();
}

/** The text of what a link gives to keep. */
async function kept(page, name) {
  const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('link', { name }).click()]);
  return readFile(await file.path(), 'utf8');
}

async function corrects(page, check) {
  await bringTable(page, 'list.csv', [
    'Who;Family;Born;Telephone;Shoe;Shoe',
    'Ines;Olmo;04/05/1985;+34 600 000 001;38;=1+1',
    'Jon;;06/07/1990;+34 600 000 002;;',
    ';Prat;soon;;;',
  ].join('\r\n'));
  await page.getByText('There is no name.').first().waitFor(); // "Who" and "Family" are no headings we know
  await page.getByLabel('Who').selectOption('given_name');
  await page.getByLabel('Family').selectOption('family_name');
  await page.getByLabel('Telephone').selectOption('phone');
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByText('can be read in two ways').waitFor(); // 04/05: asked, not guessed
  assert.equal(await page.getByRole('button', { name: /^Take/ }).count(), 0);
  await check(page);
  await page.getByLabel('Dates are written').selectOption('day_first');
  await page.getByRole('button', { name: 'Look again' }).click();
  await page.getByRole('button', { name: 'Take 1 client' }).click();
  await page.getByRole('heading', { name: '1 client was taken' }).waitFor();
  await check(page);

  const left = await kept(page, 'Rows left out, to correct');
  assert.match(left, /Jon,,06\/07\/1990,'\+34 600 000 002,,,The family name is missing\./);
  const mended = left.replace('Jon,,', 'Jon,Niubó,').replace('\r\n,Prat,soon', '\r\nMar,Prat,28/02/1991');
  for (const [taken, heading] of [['Take 2 clients', '2 clients were taken'], [null, null]]) {
    await bringTable(page, 'left-out.csv', mended);
    await page.getByLabel('Who').selectOption('given_name');
    await page.getByLabel('Family').selectOption('family_name');
    await page.getByLabel('Telephone').selectOption('phone');
    await page.getByRole('button', { name: 'Look again' }).click();
    if (taken === null) {
      await page.getByText('Nothing can be taken this way.').waitFor(); // the second time
      break;
    }
    await page.getByRole('button', { name: taken }).click();
    await page.getByRole('heading', { name: heading }).waitFor();
  }
}

story('what a table has wrong is corrected and brought again, without doubling',
  { demo: { clients: 10, years: 1 } }, async ({ as }) => corrects(await as('owner'), checkPage));

story('a practice brings its own clients and appointments', { demo: { clients: 10, years: 1 } },
  async ({ as }) => brings(await as('owner'), checkPage));

story('and without scripts', { demo: { clients: 10, years: 1 } },
  async ({ as }) => brings(await as('owner', { script: false }), () => {})); // axe is a script

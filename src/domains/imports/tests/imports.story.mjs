// SPDX-License-Identifier: AGPL-3.0-or-later
// imports.story.mjs - own data on the first day, from files that real programs wrote.
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

story('a practice brings its own clients and appointments', { demo: { clients: 10, years: 1 } },
  async ({ as }) => brings(await as('owner'), checkPage));

story('and without scripts', { demo: { clients: 10, years: 1 } },
  async ({ as }) => brings(await as('owner', { script: false }), () => {})); // axe is a script

// SPDX-License-Identifier: AGPL-3.0-or-later
// clients.story.mjs - reception and a clinician work on the same files.
import { assert, story } from '../../../../tests/e2e/support.mjs';

const demo = { clinicians: 1, clients: 60, years: 1 };

async function makeClient(page, given, family) {
  await page.goto('/clients/new');
  await page.getByLabel('Given name').fill(given);
  await page.getByLabel('Family name').fill(family);
  await page.getByRole('button', { name: 'Make the file' }).click();
  await page.getByRole('heading', { level: 1, name: `${given} ${family}` }).waitFor();
}

story('a client is made, found while typing, paused and taken back', { db: ['sqlite', 'pgsql'], demo }, async ({ as, checkPage }) => {
  const page = await as('reception');
  await page.goto('/clients/new');
  await checkPage(page);
  await makeClient(page, 'Ángela', 'Ñíguez');
  assert.equal(await page.title(), 'Client · Entracte');
  await checkPage(page);

  await page.getByLabel('Status').selectOption('Paused');
  await page.getByRole('button', { name: 'Change' }).click();
  await page.getByText('Status: Paused.').waitFor();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByText('Status: In treatment.').waitFor();
  assert.equal(await page.getByLabel('Status').inputValue(), 'active');

  await page.goto('/clients');
  await checkPage(page);
  await page.getByRole('searchbox', { name: 'Search by name' }).fill('niguez ang');
  await page.getByText('1 to 1 of 1').waitFor();
  await page.getByRole('link', { name: 'Ñíguez, Ángela' }).click();
  await page.getByRole('heading', { level: 1, name: 'Ángela Ñíguez' }).waitFor();
});

story('two people change one file: both versions are shown', { demo }, async ({ as, checkPage }) => {
  const first = await as('reception');
  await makeClient(first, 'Otto', 'Ordóñez');
  const edit = `${new URL(first.url()).pathname}/edit`;
  const second = await as('owner');
  await second.goto(edit);
  await checkPage(second);
  await first.goto(edit);
  await first.getByLabel('City').fill('Vic');
  await first.getByRole('button', { name: 'Save' }).click();
  await first.getByText('Saved.').waitFor();

  await second.getByLabel('City').fill('Olot');
  await second.getByLabel('Postal code').fill('17800');
  await second.getByRole('button', { name: 'Save' }).click();
  await second.getByRole('heading', { name: 'Two versions of this file' }).waitFor();
  await checkPage(second);
  await second.getByRole('group', { name: 'City' }).getByText('Vic').click();
  await second.getByRole('group', { name: 'Postal code' }).getByText('17800').click();
  await second.getByRole('button', { name: 'Store what is chosen' }).click();
  await second.getByText('Saved.').waitFor();
  const contact = second.getByRole('region', { name: 'Contact' });
  await contact.getByText('Vic').waitFor();
  await contact.getByText('17800').waitFor();
});

story('without script a client is found, made and edited', { demo }, async ({ as }) => {
  const page = await as('reception', { script: false });
  await makeClient(page, 'Marta', 'Quintana');
  await page.getByRole('link', { name: 'Edit the file' }).click();
  await page.getByLabel('Pronouns').fill('she / her');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('she / her').first().waitFor();
  await page.goto('/clients');
  await page.getByRole('searchbox', { name: 'Search by name' }).fill('quintana');
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('link', { name: 'Quintana, Marta' }).waitFor();
});

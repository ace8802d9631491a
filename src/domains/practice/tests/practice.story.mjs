// SPDX-License-Identifier: AGPL-3.0-or-later
// practice.story.mjs - the owner goes through everything under Practice; the others only look.
import { assert, story } from '../../../../tests/e2e/support.mjs';

const demo = { clinicians: 1, clients: 20, years: 1 };

story('the owner sets up a room, a service and a colleague', { demo }, async ({ as, checkPage, visitor }) => {
  const page = await as('owner');
  await page.goto('/practice');
  await checkPage(page);

  await page.getByRole('link', { name: 'Rooms' }).click();
  await page.getByLabel('Name').fill('Garden room');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The room is stored.').waitFor();
  await page.getByRole('link', { name: 'Garden room' }).click();
  await page.getByRole('heading', { name: 'Edit the room' }).waitFor();
  await checkPage(page);

  await page.getByRole('link', { name: 'Services' }).click();
  await page.getByLabel('Code').fill('INTRO');
  await page.getByLabel('Name').fill('First talk');
  await page.getByLabel('Fee').fill('45');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('row', { name: 'First talk' }).getByText('€45.00').waitFor();
  await checkPage(page);

  await page.getByRole('link', { name: 'Staff' }).click();
  await checkPage(page);
  await page.getByRole('link', { name: 'New account' }).click();
  await page.getByLabel('Given name').fill('Nora');
  await page.getByLabel('Family name').fill('Nadal');
  await page.getByLabel('E-mail').fill('nora.nadal@example.org');
  await page.getByLabel('Clinician').check();
  await page.getByLabel('First password').fill('seven quiet mornings');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByText('The account is made.').waitFor();
  await page.getByLabel('Mon, from').fill('09:00');
  await page.getByLabel('Mon, to').fill('14:00');
  await page.getByRole('button', { name: 'Save the hours' }).click();
  await page.getByText('The hours are saved.').waitFor();
  await checkPage(page);

  const gate = await visitor();
  await gate.goto('/practice/rooms');
  await checkPage(gate);
  await gate.getByLabel('E-mail').fill('nora.nadal@example.org');
  await gate.getByLabel('Password').fill('seven quiet mornings');
  await gate.getByRole('button', { name: 'Sign in', exact: true }).first().click();
  await gate.getByText('Garden room').waitFor();
  assert.equal(await gate.getByRole('button', { name: 'Save' }).count(), 0);
});

story('language, theme and lock are one\'s own', { demo }, async ({ as, checkPage }) => {
  const page = await as('reception');
  await page.goto('/account');
  await checkPage(page);
  await page.getByLabel('Language and region').selectOption('es-ES');
  await page.getByLabel('Theme').selectOption('Dark');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('heading', { name: 'Mi cuenta' }).waitFor();
  assert.equal(await page.locator('html').getAttribute('data-theme'), 'dark');
  await page.goto('/practice');
  await page.locator('.me > summary').click();
  await page.getByRole('button', { name: 'Bloquear la pantalla' }).click();
  await page.waitForURL('**/locked?**');
  await checkPage(page);
  await page.locator('input[name=password]').fill('entracte-demo-2026');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/practice');
});

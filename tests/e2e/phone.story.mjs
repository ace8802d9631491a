// SPDX-License-Identifier: AGPL-3.0-or-later
// phone.story.mjs - the whole flow on a telephone: prepare, close, invoice, client, appointment.
import { day, sessionNow } from './practice.mjs';
import { assert, signOut, story } from './support.mjs';

const CLINICIAN = 'tomas.gil';

/** The page of this address is as wide as the screen, and what is pressed is large enough for a finger. */
async function isHandy(page, address) {
  await page.waitForURL(address);
  const found = await page.evaluate(() => {
    const root = document.scrollingElement;
    const wide = root.scrollWidth > root.clientWidth ? [`scrolls sideways: ${root.scrollWidth} px`] : [];
    const small = [...document.querySelectorAll('button, .btn, select, main input:not([type=hidden], [type=checkbox], [type=radio])')]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().height < 24)
      .map((e) => `too small: ${e.outerHTML.slice(0, 100)}`);
    return [...wide, ...small];
  });
  assert.deepEqual(found, [], page.url());
}

story('a telephone is enough for a whole session', {}, async ({ server, as }) => {
  const session = await sessionNow(server, CLINICIAN);
  const page = await as(CLINICIAN, { phone: true });
  const main = page.getByRole('main');
  const menu = page.getByRole('navigation', { name: 'Main' });
  await isHandy(page, (url) => url.pathname === '/');
  await main.getByRole('link', { name: 'Prepare' }).tap();
  await page.getByRole('heading', { name: 'Last time' }).waitFor();
  await isHandy(page, '**/prepare');
  await main.getByRole('link', { name: 'Close session' }).tap();
  await page.waitForURL('**/close');
  const sections = page.locator('textarea[name^="note."]');
  for (const section of await sections.all()) await section.fill('Written on the phone.');
  await page.getByLabel('Paid').selectOption('Card');
  await isHandy(page, '**/close');
  await main.getByRole('button', { name: 'Sign note and close' }).tap();
  await page.getByText('Signed and closed.').waitFor();

  await menu.getByText('More').tap();
  await menu.getByRole('link', { name: 'Money' }).tap();
  await page.getByRole('heading', { level: 1, name: 'Money' }).waitFor();
  await isHandy(page, '**/money');
  await page.goto(`/clients/${session.client_id}/money`);
  await page.locator('#invoices').getByRole('link', { name: /\d/ }).first().tap();
  await page.locator('.chip', { hasText: 'paid' }).waitFor();
  await isHandy(page, '**/invoices/*');

  await menu.getByRole('link', { name: 'Clients' }).tap();
  await isHandy(page, '**/clients');
  await main.getByRole('link', { name: 'New client' }).tap();
  await page.getByLabel('Given name').fill('Ana');
  await page.getByLabel('Family name').fill('Phone');
  await isHandy(page, '**/clients/new');
  await main.getByRole('button', { name: 'Make the file' }).tap();
  await page.getByRole('heading', { name: 'Ana Phone' }).waitFor();
  await isHandy(page, /clients\/[\w-]{22}$/);
  await page.getByRole('navigation', { name: 'Client file' }).getByRole('link', { name: 'Agenda' }).tap();
  await main.getByRole('link', { name: 'New appointment' }).tap();
  await page.getByLabel('Start').fill(`${day(200)}T21:00`);
  await isHandy(page, /appointments\/new/);
  await main.getByRole('button', { name: 'Book' }).tap();
  await page.getByText('Booked.').waitFor();
  await page.goto(`/agenda?view=day&date=${day(200)}`);
  await page.getByText('Ana Phone').first().waitFor();
  await isHandy(page, /agenda/);
  await page.goto('/agenda');
  await page.waitForURL('**/agenda?view=day*');
  await main.getByRole('link', { name: 'Week' }).tap();
  await page.waitForURL('**/agenda?view=week*');
  await signOut(page);
});

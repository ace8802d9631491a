// SPDX-License-Identifier: AGPL-3.0-or-later
// klm.story.mjs - how much work a session makes, in the Keystroke-Level Model: prepare, close, a new
// client with a first appointment, the receipt.
import { day, nextMonday, sessionNow } from './practice.mjs';
import { assert, Klm, story } from './support.mjs';

const CLINICIAN = 'tomas.gil';

story('a session takes little work', {}, async ({ server, as }) => {
  const session = await sessionNow(server, CLINICIAN);
  const page = await as(CLINICIAN);
  const prepare = new Klm(page, 'A prepare: today to the last note');
  await prepare.click(page.getByRole('link', { name: 'Prepare' }));
  await page.getByRole('heading', { name: session.title }).waitFor();
  await page.getByRole('heading', { name: 'Last time' }).waitFor();
  prepare.done(2.6);

  const close = new Klm(page, 'B close: note, signature, fee, payment, next appointment');
  await close.click(page.getByRole('link', { name: 'Close session' }));
  const sections = page.locator('textarea[name^="note."]');
  await close.note('Words of the first section.', sections.first());
  for (let i = 1; i < await sections.count(); i++)
    await close.tabNote(1, sections.nth(i), 'Words of another section.');
  await close.select(page.getByLabel('Paid'), 'Cash');
  await close.key('Control+Enter');
  await page.getByText('Signed and closed.').waitFor();
  close.done(20);
  const entries = close.counts.B + close.counts.fields;
  assert.ok(entries <= 12, `closing takes ${entries} clicks and fields, the goal is 12`);

  const receipt = new Klm(page, 'D receipt: falls out of closing');
  receipt.done(0);
  const spent = [prepare, close, receipt].reduce((sum, klm) => sum + klm.row().seconds, 0);
  assert.ok(spent <= 30, `a session takes ${spent.toFixed(1)} s, the goal is 30 s`);
  await page.goto(`/clients/${session.client_id}/money`);
  await page.locator('#invoices').getByRole('link', { name: /\d/ }).first().click();
  await page.locator('.chip', { hasText: 'paid' }).waitFor();
  await page.goto(`/clients/${session.client_id}/appointments`);
  await page.getByRole('heading', { name: 'To come' }).waitFor();
});

story('a new client with a first appointment takes little work', {}, async ({ as }) => {
  const page = await as(CLINICIAN);
  const [year, month, date] = nextMonday().split('-');
  const klm = new Klm(page, 'C new client with first appointment');
  await klm.key('n');
  await klm.here(page.getByRole('combobox', { name: 'Name' }).first(), 'Laura Martinez');
  await page.getByRole('option', { name: 'New client: Laura Martinez' }).waitFor();
  await klm.pick('Enter');
  await klm.on(page.getByLabel('Phone'), '+34600123456');
  await klm.tab(1, page.getByLabel('E-mail'), 'laura.m@example.org');
  await klm.tab(1, page.getByLabel('Date of birth'), '05141990');
  await klm.tab(2, page.getByLabel('Start'), `${month}${date}`);
  if (!day().startsWith(year)) await klm.pick('ArrowUp'); // the last week of December
  await klm.pick('Tab');
  await klm.type('0200P');
  await klm.key('Control+Enter');
  await page.getByText('Booked.').waitFor();
  await page.goto(`/agenda?view=day&date=${year}-${month}-${date}`);
  await page.getByRole('link', { name: 'Laura Martinez' }).first().click();
  await page.getByText('14:00 to 14:50').waitFor();
  klm.done(25);
});

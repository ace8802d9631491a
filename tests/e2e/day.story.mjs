// SPDX-License-Identifier: AGPL-3.0-or-later
// day.story.mjs - the first day: a practice is set up in the browser, a client comes, the session is
// closed, the invoice is issued and paid.
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { PASSWORD, setUp } from './set_up.mjs';
import { assert, signOut, story } from './support.mjs';

const run = promisify(execFile);

/** Today where the practice is, as a date input wants it. */
const today = () => new Date().toLocaleDateString('sv', { timeZone: 'Europe/Madrid' });

const button = (page, name) => page.getByRole('main').getByRole('button', { name });

async function describePractice(page, checkPage) {
  await checkPage(page);
  await page.getByLabel('Legal name').fill('Ada Example Psychology');
  await page.getByLabel('Tax number').fill('12345678Z');
  await page.getByLabel('Street and number').fill('Calle Mayor 1');
  await page.getByLabel('Postal code').fill('28013');
  await page.getByLabel('City').fill('Madrid');
  await page.getByLabel('Country').fill('ES');
  await button(page, 'Save').click();
  await page.getByRole('link', { name: 'Add a service' }).click();
  await page.getByRole('heading', { name: 'No services yet' }).waitFor();
  await checkPage(page);
  await page.goto('/appointments/new');
  await page.getByText('None is offered yet').getByRole('link', { name: 'Services' }).click();
  await page.getByLabel('Code').fill('IND');
  await page.getByLabel('Name').fill('Individual session');
  await page.getByLabel('Minutes').fill('50');
  await page.getByLabel('Fee').fill('70.00');
  await button(page, 'Save').click();
  await page.getByRole('link', { name: 'Individual session' }).waitFor();
  await page.getByRole('link', { name: 'Rooms' }).click();
  await checkPage(page);
  await page.getByLabel('Name').fill('Garden room');
  await page.getByLabel('Places').fill('2');
  await button(page, 'Save').click();
  await page.getByRole('link', { name: 'Garden room' }).waitFor();
}

/** A new client from the list; ends on the file. */
async function addClient(page, checkPage) {
  await page.getByRole('link', { name: 'Clients', exact: true }).click();
  await page.getByRole('heading', { name: 'Nobody here yet' }).waitFor();
  await checkPage(page);
  await page.getByRole('link', { name: 'New client' }).first().click();
  await checkPage(page);
  await page.getByLabel('Given name').fill('Laura');
  await page.getByLabel('Family name').fill('Martínez');
  await page.getByLabel('Phone', { exact: true }).fill('+34 600 123 456');
  await page.getByLabel('Date of birth').fill('1990-05-14');
  await page.getByLabel('Status').selectOption('In treatment');
  await button(page, 'Make the file').click();
  await page.getByRole('heading', { name: 'Laura Martínez' }).waitFor();
  await checkPage(page);
}

/** Puts the appointment on the agenda from the client's file; ends on its page. */
async function book(page, checkPage) {
  const tabs = page.getByRole('navigation', { name: 'Client file' });
  await tabs.getByRole('link', { name: 'Agenda' }).click();
  await page.getByText('No appointment yet').first().waitFor();
  await page.getByRole('main').getByRole('link', { name: 'New appointment' }).click();
  await checkPage(page);
  await page.getByLabel('Start').fill(`${today()}T09:00`);
  await page.getByLabel('Room').selectOption('Garden room');
  await button(page, 'Book').click();
  await page.getByText('Booked.').waitFor();
  await page.goto(`/agenda?date=${today()}&view=day`);
  await page.getByRole('link', { name: 'Laura Martínez' }).first().click();
  await page.waitForURL('**/appointments/*');
  await checkPage(page);
}

async function closeSession(page, checkPage) {
  await page.getByRole('link', { name: 'Prepare' }).click();
  await page.getByText('There is no earlier note.').waitFor();
  await checkPage(page);
  await page.getByRole('link', { name: 'Close session' }).click();
  await checkPage(page);
  const sections = page.locator('textarea');
  const n = await sections.count();
  assert.ok(n >= 3, `the note has ${n} sections`);
  for (let i = 0; i < n; i++) await sections.nth(i).fill(`Words of section ${i + 1}.`);
  await page.getByLabel('Homework').first().fill('Write down three good moments');
  assert.ok(await page.getByRole('radiogroup', { name: 'Next appointment' })
    .getByRole('radio').first().isChecked(), 'the same time next week is suggested');
  assert.equal(await page.getByLabel('Fee').inputValue(), '70.00');
  await button(page, 'Sign note and close').click();
  await page.getByText('Signed and closed.').waitFor();
}

/** Issues the invoice of the session; ends on it. Returns its number. */
async function issueInvoice(page, checkPage) {
  await page.getByRole('link', { name: 'Money', exact: true }).click();
  await checkPage(page);
  await button(page, 'Issue invoice').click();
  await page.getByText('Everything is invoiced.').waitFor();
  await page.getByRole('row').nth(1).getByRole('link').click();
  await page.waitForURL('**/invoices/*');
  await checkPage(page);
  const heading = await page.getByRole('heading', { level: 1 }).textContent();
  return heading.replace(/^\s*Invoice\s+/, '').trim();
}

async function textOfPdf(page, link) {
  const answer = await page.request.get(await link.getAttribute('href'));
  assert.equal(answer.status(), 200);
  assert.equal(answer.headers()['content-type'], 'application/pdf');
  const pdf = await answer.body();
  assert.equal(pdf.subarray(0, 4).toString(), '%PDF');
  const reading = run('pdftotext', ['-layout', '-', '-']);
  reading.child.stdin.end(pdf);
  return (await reading).stdout;
}

async function recordPayment(page) {
  await button(page, 'Record payment').click();
  await page.getByText('The payment is recorded.').waitFor();
  await page.locator('.chip', { hasText: 'paid' }).waitFor();
}

async function leave(page) {
  const file = page.url();
  await signOut(page);
  await page.goBack();
  await page.waitForURL((url) => url.pathname === '/sign-in');
  assert.ok(!(await page.content()).includes('Martínez'), 'going back shows the client');
  await page.goto(file);
  await page.waitForURL((url) => url.pathname === '/sign-in');
}

story('the first day: from set-up to the paid invoice', { db: ['sqlite', 'pgsql'], practice: 'none' },
  async ({ visitor, checkPage, server }) => {
    const page = await visitor();
    await setUp(page, checkPage, server);
    await page.goto('/practice');
    await describePractice(page, checkPage);
    await addClient(page, checkPage);
    await book(page, checkPage);
    await closeSession(page, checkPage);
    const number = await issueInvoice(page, checkPage);
    const text = await textOfPdf(page, page.getByRole('link', { name: 'Open as PDF' }));
    for (const words of [number, 'Ada Example Psychology', 'Laura Martínez', 'Individual session', '70.00'])
      assert.ok(text.includes(words), `the invoice does not say "${words}":\n${text}`);
    await recordPayment(page);
    await leave(page);
  });

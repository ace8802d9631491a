// SPDX-License-Identifier: AGPL-3.0-or-later
// agenda.story.mjs - reception's morning: a new client is booked from the grid, moved, taken off, put back.
import { assert, story } from '../../../../tests/e2e/support.mjs';

const demo = { seed: 7, clients: 20 };
const FREE = '2030-11-27T07:00'; // far from what the demo has booked

story('reception books a new client, moves and cancels it', { demo }, async ({ as, checkPage }) => {
  const page = await as('reception');
  await page.goto('/agenda?view=day&by=clinician');
  await page.locator('[data-agenda].is-live').waitFor();
  await checkPage(page);

  await page.goto(`/appointments/new?start=${FREE}`);
  await page.locator('#f-clients').fill('Nora Gilabert');
  await page.getByRole('option', { name: 'New client: Nora Gilabert' }).click();
  await page.getByLabel('Phone').fill('600 123 456');
  await page.getByLabel('Clinician').selectOption({ index: 1 });
  await page.getByLabel('Weekly sessions').fill('2');
  await checkPage(page);
  await page.getByRole('button', { name: 'Book' }).click();
  await page.waitForURL(/\/agenda\?date=2030-11-27/);

  const event = page.locator('.ec-event', { hasText: 'Nora Gilabert' });
  await event.locator('a').focus();
  await page.keyboard.press('Alt+ArrowDown'); // a quarter of an hour later
  await page.getByText('Moved to').waitFor();
  await page.reload();
  await event.getByText('07:15').waitFor();
  await event.locator('a').click();

  await page.getByRole('heading', { name: 'Nora Gilabert' }).waitFor();
  await checkPage(page);
  await page.getByLabel('Late cancellation').check();
  await page.getByLabel('Reason').fill('ill');
  await page.getByRole('button', { name: 'Take it off the agenda' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await page.getByText('Confirmed').first().waitFor();

  await page.getByRole('link', { name: 'Nora Gilabert' }).click();
  await page.getByRole('link', { name: 'Agenda' }).last().click();
  await page.getByText('4 December 2030').waitFor();
  await checkPage(page);
});

story('what is in the way is named, without script too', { demo }, async ({ as }) => {
  const page = await as('ines', { script: false });
  const book = async (name) => {
    await page.goto(`/appointments/new?start=${FREE}`);
    await page.locator('#f-clients').fill(name);
    await page.getByRole('button', { name: 'Book' }).click();
  };
  const answer = await page.request.get('/clients', { headers: { accept: 'application/json' } });
  const [first, second] = (await answer.json()).clients.map(({ name }) => name);
  await book(first);
  await page.waitForURL(/\/agenda/);
  await page.getByText(first).first().waitFor();
  await book(second);
  await page.getByText('is already taken then').first().waitFor();
  assert.equal(await page.locator('input[name=start]').inputValue(), FREE);
});

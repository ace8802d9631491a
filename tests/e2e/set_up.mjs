// SPDX-License-Identifier: AGPL-3.0-or-later
// set_up.mjs - the first minutes of a practice: its owner, a second factor, the recovery kit.
import assert from 'node:assert/strict';
import { setUpApp } from './factor.mjs';

export const PASSWORD = 'a quiet room with two chairs';
export const EMAIL = 'ada@example.org';

const button = (page, name) => page.getByRole('main').getByRole('button', { name });

/** Makes the kit, reads its paper and types the two words that are asked; returns the words. */
export async function makeKit(page, checkPage) {
  await checkPage(page);
  await button(page, 'Make the recovery kit').click();
  await page.getByRole('heading', { name: 'First: print it' }).waitFor();
  await checkPage(page);
  await page.getByRole('link', { name: 'The kit on one sheet' }).click();
  await page.waitForURL('**/recovery-kit/print');
  await page.evaluate(() => { window.print = () => { document.body.dataset.printed = ''; }; });
  await button(page, 'Print').click();
  await page.locator('body[data-printed]').waitFor({ state: 'attached' });
  await checkPage(page);
  const words = await page.locator('.words li').allInnerTexts();
  await page.getByRole('link', { name: 'It is printed' }).click();
  for (const field of [page.locator('#f-word1'), page.locator('#f-word2')]) {
    const label = await field.evaluate((input) => input.labels[0].innerText);
    await field.fill(words[label.match(/\d+/)[0] - 1]);
  }
  await button(page, 'These are the words').click();
  await page.getByText('The recovery kit is complete.').waitFor();
  return words;
}

/** Ends on the settings of the practice; returns its words and the owner's app of one-time codes. */
export async function setUp(page, checkPage, server) {
  await page.goto('/');
  await page.waitForURL('**/set-up');
  await checkPage(page);
  await page.goto(server.log().match(/http:\/\/localhost:\d+(\/set-up\?token=\S+)/)[1]); // as the terminal says
  assert.equal(await page.getByLabel('Token').count(), 0, 'what is known is not asked for');
  await page.getByLabel('Name of the practice').fill('Two Chairs');
  await page.getByLabel('Your given name').fill('Ada');
  await page.getByLabel('Your family name').fill('Example');
  await page.getByLabel('Your e-mail').fill(EMAIL);
  await page.getByLabel('Password').fill(PASSWORD);
  await button(page, 'Begin').click();
  await page.getByText('Your practice is ready.').waitFor();
  await checkPage(page);
  const phone = await setUpApp(page);
  await page.waitForURL('**/recovery-kit');
  return { phone, words: await makeKit(page, checkPage) };
}

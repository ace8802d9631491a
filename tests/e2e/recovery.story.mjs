// SPDX-License-Identifier: AGPL-3.0-or-later
// recovery.story.mjs - a password is forgotten; the paper from the first day sets a new one.
import { EMAIL, setUp } from './set_up.mjs';
import { signOut, story } from './support.mjs';

story('the forgotten password: back in with the recovery kit', { practice: 'none' },
  async ({ visitor, checkPage, server }) => {
    const page = await visitor();
    const { phone, words } = await setUp(page, checkPage, server);
    await signOut(page);
    await page.getByRole('link', { name: 'Forgotten your password?' }).click();
    await checkPage(page);
    await page.getByRole('link', { name: 'Use the recovery kit' }).click();
    await checkPage(page);
    await page.getByLabel('Your e-mail').fill(EMAIL);
    await page.getByLabel('Words of the kit').fill(words.map((w, i) => `${i + 1}. ${w.toUpperCase()}`).join('\n'));
    await page.getByLabel('New password').fill('a new key for the same door');
    await page.getByRole('button', { name: 'Set the new password' }).click();
    await page.waitForURL('**/sign-in');
    await page.getByLabel('Your e-mail').or(page.locator('#f-email')).first().fill(EMAIL);
    await page.locator('#f-password').fill('a new key for the same door');
    await page.locator('#f-password').press('Enter');
    await page.waitForURL('**/second-factor**');
    await page.getByLabel('Code').or(page.locator('[name=code]')).first().fill(await phone.code());
    await page.getByRole('main').getByRole('button').first().click();
    await page.waitForURL((url) => !url.pathname.startsWith('/second-factor'));
    await page.goto('/recovery-kit');
    await page.getByRole('heading', { name: 'Have you still got it?' }).waitFor(); // the clinical tier is open
  });

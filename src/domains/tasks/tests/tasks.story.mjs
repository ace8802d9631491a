// SPDX-License-Identifier: AGPL-3.0-or-later
// tasks.story.mjs - a task is noted, answered in part with a word why, and taken back; also by
// keyboard alone and without scripts.
import { assert, story } from '../../../../tests/e2e/support.mjs';

story('a task is noted, answered in place and taken back', { demo: { seed: 7, clients: 20 } },
  async ({ as, checkPage }) => {
    const page = await as('clinician');
    await page.goto('/tasks');
    await page.locator('#f-title').fill('Llamar al seguro');
    await page.keyboard.press('Enter');
    const row = page.locator('.task', { hasText: 'Llamar al seguro' });
    await row.waitFor();
    await checkPage(page);
    await row.locator('summary').click();
    await row.locator('input[name=why]').fill('comunicaban');
    await row.locator('button[value=partly]').click();
    await page.locator('.task', { hasText: 'comunicaban' }).locator('button[value=open]').click();
    await row.locator('button[value=done]').waitFor();
    await row.locator('a').first().click();
    await checkPage(page);
  });

story('without scripts, a task is noted and done', { demo: { seed: 7, clients: 20 } }, async ({ as }) => {
  const page = await as('reception', { script: false });
  await page.goto('/tasks');
  await page.locator('#f-title').fill('Comprar papel');
  await page.locator('.form .btn.primary').click();
  await page.locator('.task', { hasText: 'Comprar papel' }).locator('button[value=done]').click();
  const done = page.locator('.task.done', { hasText: 'Comprar papel' });
  assert.equal(await done.count(), 1);
});

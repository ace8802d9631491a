// SPDX-License-Identifier: AGPL-3.0-or-later
// money.story.mjs - billing's work: a charge by hand, an invoice, a part paid, all taken back; with
// and without scripts, and every page as it must be.
import { assert, story } from '../../../../tests/e2e/support.mjs';

const open = (page) => page.locator('.figures dd').first().innerText();

story('billing invoices a report, is paid in part, and takes it back', { demo: { seed: 7, clients: 20 } },
  async ({ as, checkPage }) => {
    const page = await as('billing');
    await page.goto('/money?filter=all');
    await checkPage(page);
    await page.locator('a.row-link').first().click();
    await checkPage(page);
    await page.locator('a.back').click();
    await page.locator('#queue header a').click();
    await page.locator('#f-description').fill('Informe');
    await page.locator('#f-amount_cents').fill('50,00');
    if (await page.locator('html').getAttribute('lang') === 'en') await page.locator('#f-amount_cents').fill('50.00');
    await checkPage(page);
    await page.locator('.form .btn.primary').click();
    await checkPage(page);
    for (const box of await page.locator('input[name=charge][type=checkbox]').all()) await box.uncheck();
    await page.getByLabel('Informe').check();
    await page.locator('button[form=issue]').click();
    await page.waitForURL(/\/invoices\//);
    assert.match(await open(page), /50[.,]00/);
    await page.locator('#f-amount_cents').fill('20');
    await page.locator('#pay .btn.primary').click();
    await assert.doesNotReject(page.waitForFunction(() => /30[.,]00/.test(document.querySelector('.figures dd').innerText)));
    await page.locator('.btn.danger').click();
    await page.locator('dialog .btn.primary').click();
    await page.waitForFunction(() => /20[.,]00/.test(document.querySelector('.figures dd').innerText)); // to give back
    await checkPage(page);
    await page.locator('a[href$="/refund"]').click();
    await checkPage(page);
    await page.locator('.form .btn.primary').click();
    await page.waitForURL((url) => !url.pathname.endsWith('/refund'));
    assert.match(await open(page), /\b0[.,]00/);
  });

story('the invoice issued from the list is one step away', { demo: { seed: 7, clients: 20 } },
  async ({ as }) => {
    const page = await as('billing');
    await page.goto('/money');
    const who = await page.locator('#queue li .who').first().textContent();
    await page.locator('#queue li .btn').first().click();
    await page.getByRole('link', { name: 'See the invoice' }).click();
    await page.waitForURL('**/invoices/*');
    await page.getByRole('main').getByText(who).first().waitFor();
  });

story('without scripts, everybody is invoiced with one button', { demo: { seed: 7, clients: 20 } },
  async ({ as }) => {
    const page = await as('billing', { script: false });
    await page.goto('/money');
    assert.ok(await page.locator('#queue li').count() > 0);
    await page.locator('#queue header .btn.primary').click();
    await page.waitForURL((url) => url.pathname === '/money');
    assert.equal(await page.locator('#queue li').count(), 0);
  });

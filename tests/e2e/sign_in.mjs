// SPDX-License-Identifier: AGPL-3.0-or-later
// sign_in.mjs - a person signs in, has the pages in their language, and signs out.

/** The language belongs to the account, not to the browser: set on the account's own page. */
export async function speak(page, language) {
  await page.goto('/account');
  const field = page.locator('[name=locale]');
  const isSelect = await field.evaluate((e) => e.tagName === 'SELECT');
  const value = { en: 'en-GB', es: 'es-ES' }[language];
  await (isSelect ? field.selectOption(value) : field.fill(value));
  await page.locator('form[action="/account"] button').click();
  await page.locator(`html[lang^=${language}]`).waitFor();
}

/** Signs in with the form, as a person does; ends on their first page. */
export async function signIn(page, { email, password }, language = 'en') {
  await page.goto('/sign-in');
  await page.locator('#f-email').fill(email);
  await page.locator('#f-password').fill(password);
  await page.locator('#f-password').press('Enter');
  await page.waitForURL((url) => url.pathname !== '/sign-in');
  const first = page.url();
  if ((await page.locator('html').getAttribute('lang')).startsWith(language)) return;
  await speak(page, language);
  await page.goto(first);
}

/** Signs out with the menu of the frame; ends on the sign-in form. */
export async function signOut(page) {
  await page.locator('.me > summary').click();
  await page.locator('form[action="/sign-out"] button').click();
  await page.waitForURL((url) => url.pathname === '/sign-in');
}

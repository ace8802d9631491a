// SPDX-License-Identifier: AGPL-3.0-or-later
// factors.story.mjs - a practice that is no demo: passkeys by Chromium's virtual authenticator, an
// app of one-time codes without any script, recovery codes.
import { giveAuthenticator, Phone, setUpApp } from './factor.mjs';
import { assert, story } from './support.mjs';

const button = (page, name) => page.getByRole('button', { name });
const PRACTICE = { db: ['sqlite', 'pgsql'], practice: 'empty', host: 'localhost' };

async function password(page, { email, password: secret }) {
  await page.goto('/sign-in?next=/account');
  await page.getByLabel('E-mail').fill(email);
  await page.getByLabel('Password').fill(secret);
  await button(page, 'Sign in').first().click();
}

async function signOut(page) {
  await page.locator('.me > summary').click();
  await page.locator('.me form[action="/sign-out"] button').click();
  await page.waitForURL('**/sign-in');
}

story('a passkey is second factor, then first factor, then shown once more', PRACTICE,
  async ({ server, visitor, checkPage }) => {
    const [owner] = server.signIns;
    const page = await visitor();
    await password(page, owner);
    const authenticator = await giveAuthenticator(page, checkPage);
    await page.waitForURL('**/second-factor/new?next=%2Faccount');
    await authenticator.check();
    await page.goto('/practice/staff'); // nothing else is reached
    await page.waitForURL('**/second-factor/new?next=%2Fpractice%2Fstaff');

    await authenticator.verify(false); // a finger that is not the owner's
    await button(page, 'Make a passkey').click();
    await page.getByText('The browser did not give a passkey.').waitFor();
    await authenticator.verify(true);
    await page.getByLabel('What you call it').fill('Laptop');
    await button(page, 'Make a passkey').click();
    await page.getByRole('heading', { name: 'Your recovery codes' }).waitFor();
    assert.equal(await page.locator('.codes li').count(), 10);
    await authenticator.check();
    const [key] = await authenticator.keys();
    assert.equal(key.rpId, 'localhost');
    await page.getByRole('link', { name: 'I have them' }).click();
    await page.waitForURL('**/practice/staff');
    await page.goto('/account');
    await page.getByText('10 codes left').waitFor();
    await authenticator.check();

    await signOut(page);
    await password(page, owner);
    await page.waitForURL('**/second-factor?next=%2Faccount');
    await authenticator.check();
    await button(page, 'Use a passkey').click();
    await page.waitForURL('**/account');

    await signOut(page);
    await authenticator.check();
    await button(page, 'Sign in with a passkey').click(); // without a password
    await page.locator('.me').waitFor();
    assert.ok((await authenticator.keys())[0].signCount > key.signCount);

    await page.goto('/step-up?next=/account');
    await authenticator.check();
    await button(page, 'Use a passkey').click();
    await page.waitForURL('**/account');
    await page.getByText('Laptop').waitFor();
    page.on('dialog', (dialog) => dialog.accept());
    await button(page, 'Take away: Laptop').click();
    const yes = page.locator('dialog[open]').getByRole('button').last();
    if (await yes.isVisible().catch(() => false)) await yes.click();
    await page.getByText('This is your only second factor.').waitFor();
  });

story('an app of one-time codes needs no script; paper helps when it is lost', PRACTICE,
  async ({ server, visitor }) => {
    const [owner] = server.signIns;
    const page = await visitor({ script: false, phone: true });
    const phone = new Phone();
    await password(page, owner);
    await page.waitForURL('**/second-factor/new?next=%2Faccount');
    await phone.scan(page);
    await page.getByLabel('Six digits').fill('000000');
    await button(page, 'Use this app').click();
    await page.getByText('This is not the code that the app shows now.').waitFor();
    await page.getByLabel('Six digits').fill(await phone.code());
    await button(page, 'Use this app').click();
    const paper = await page.locator('.codes li').first().innerText();
    await page.getByRole('link', { name: 'I have them' }).click();
    await page.waitForURL('**/account');

    const other = await visitor({ script: false });
    await password(other, owner);
    await other.getByLabel('Code of your app').fill(paper.toUpperCase().replaceAll('-', ' '));
    await button(other, 'Go on').click();
    await other.waitForURL('**/account');
    await other.getByText('9 codes left').waitFor();
    await other.getByText('This browser is new here.').waitFor();
    await button(other, 'Sign out: ').first().click(); // the phone's session
    await other.getByText('This device is signed out.').waitFor();
    await page.reload();
    await page.waitForURL('**/sign-in?next=%2Faccount');
  });

story('an invited colleague chooses a password and a second factor by a link of one use', PRACTICE,
  async ({ server, visitor, checkPage }) => {
    const [owner] = server.signIns;
    const page = await visitor();
    await password(page, owner);
    await setUpApp(page);
    await page.goto('/practice/staff/new');
    await page.getByLabel('Given name').fill('Nina');
    await page.getByLabel('Family name').fill('Nueva');
    await page.getByLabel('E-mail').fill('nina@example.org');
    await page.getByLabel('Clinician').check();
    await button(page, 'Save').click();
    await page.getByText('Nothing was sent.').waitFor();
    await checkPage(page);
    await page.getByText('This link opens on this computer only.').waitFor();
    const link = await page.getByLabel('The link').inputValue();
    await page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
    await button(page, 'Copy').click();
    await button(page, 'Copied').waitFor();
    assert.equal(await page.evaluate(() => navigator.clipboard.readText()), link);

    const guest = await visitor({ script: false, phone: true, dark: true });
    await guest.goto(link);
    await guest.getByLabel('New password').fill('nine quiet lanterns');
    await button(guest, 'Go on').click();
    await guest.waitForURL('**/second-factor/new');
    await setUpApp(guest);
    await guest.goto('/account');
    await guest.getByText('10 codes left').waitFor();
    await guest.goto(link);
    await guest.getByText('This link was used already, or is too old.').waitFor();

    await page.goto('/account/tokens');
    await page.getByLabel('What it is for').fill('Calendar');
    await page.getByLabel('Read the agenda').check();
    await button(page, 'Make a token').click();
    await page.getByText('It is shown now and never again.').waitFor();
    await checkPage(page);
    const headers = { authorization: `Bearer ${await page.getByLabel('The token').inputValue()}` };
    const ask = async (path) => (await fetch(server.url + path, { headers })).status;
    assert.deepEqual([await ask('/agenda'), await ask('/clients'), await ask('/practice')], [200, 403, 403]);
  });

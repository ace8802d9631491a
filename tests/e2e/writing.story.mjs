// SPDX-License-Identifier: AGPL-3.0-or-later
// writing.story.mjs - what somebody writes is never lost: two devices, no network, a locked screen, a
// page without scripts, no mouse.
import { api, day, sessionNow } from './practice.mjs';
import { setUpApp } from './factor.mjs';
import { assert, signIn, story } from './support.mjs';

const CLINICIAN = 'tomas.gil';

const sectionsOf = (page) => page.locator('textarea[name^="note."]');
const state = (page, words) => page.locator('[data-save-state]', { hasText: words }).waitFor();

/** The first section of the session's draft, as the server has it. */
async function stored(server, session) {
  const me = await api(server, CLINICIAN);
  const { notes } = (await me.get(`/clients/${session.client_id}/notes`)).data;
  const draft = notes.find((n) => n.appointment_id === session.id);
  return (await me.get(`/notes/${draft.id}`)).data.note.sections[0].text;
}

story('two devices write one draft: both versions are shown, nothing is overwritten', {},
  async ({ server, as }) => {
    const session = await sessionNow(server, CLINICIAN);
    const close = `/appointments/${session.id}/close`;
    const [desk, tablet] = [await as(CLINICIAN), await as(CLINICIAN, { phone: true })];
    await desk.goto(close);
    await tablet.goto(close);
    await sectionsOf(desk).first().fill('Written at the desk.');
    await state(desk, 'Saved');
    await sectionsOf(tablet).first().fill('Written on the phone.');
    const both = tablet.getByRole('dialog', { name: 'Changed on another device' });
    await both.waitFor();
    await both.getByText('Written at the desk.').waitFor();
    await both.getByText('Written on the phone.').waitFor();
    assert.equal(await stored(server, session), 'Written at the desk.');
    await both.getByText('Both', { exact: true }).click();
    await both.getByRole('button', { name: 'Keep these' }).click();
    await state(tablet, 'Saved');
    const words = (await stored(server, session)).replaceAll('\r\n', '\n');
    assert.equal(words, 'Written at the desk.\n\nWritten on the phone.');
  });

story('a refusal while writing is told as it is, not as a lost network', {},
  async ({ server, as }) => {
    const session = await sessionNow(server, CLINICIAN);
    const page = await as(CLINICIAN);
    await page.goto(`/appointments/${session.id}/close`);
    const refuse = (route) => (route.request().method() === 'POST'
      ? route.fulfill({ status: 403, json: { errors: [{ field: null, message: 'Ask for the key.' }] } })
      : route.continue());
    await page.route('**/*', refuse);
    await sectionsOf(page).first().fill('After the eighth session.');
    await state(page, 'Not stored: Ask for the key.');
    await page.unroute('**/*', refuse);
    await state(page, 'Saved'); // it is tried again: meanwhile the key may have been given
    assert.equal(await stored(server, session), 'After the eighth session.');
  });

story('the lock holds when what was written could not be stored', {}, async ({ server, as }) => {
  const session = await sessionNow(server, CLINICIAN);
  const page = await as(CLINICIAN);
  await page.goto(`/appointments/${session.id}/close`);
  const refuse = (route) => (route.request().method() === 'POST' && !route.request().url().endsWith('/lock')
    ? route.fulfill({ status: 403, json: { errors: [{ field: null, message: 'Ask for the key.' }] } })
    : route.continue());
  await page.route('**/*', refuse);
  await sectionsOf(page).first().fill('Not for who passes by.');
  await state(page, 'Not stored: Ask for the key.');
  await page.locator('.me > summary').click();
  await page.getByRole('button', { name: 'Lock the screen' }).click();
  await page.getByText('What you wrote and is not stored yet is kept').waitFor();
  await page.unroute('**/*', refuse); // from here on the server itself says that the session is locked
  const told = () => page.waitForResponse((answer) => answer.status() === 423, { timeout: 20000 });
  for (let i = 0; i < 3; i++) await told(); // the draft asks every five seconds, and so does the cover
  assert.ok(await page.locator('dialog.cover').isVisible(), 'the cover went without a password');
});

story('the server locks or ends the session in the middle of a sentence: nothing typed is lost', {},
  async ({ server, as, checkPage }) => {
    const session = await sessionNow(server, CLINICIAN);
    const page = await as(CLINICIAN);
    await page.goto(`/appointments/${session.id}/close`);
    const send = async (path) => page.request.post(path, { headers: { 'sec-fetch-site': 'same-origin' },
      form: { csrf: await page.locator('[name=csrf]').first().inputValue() } });
    const cover = page.getByRole('dialog', { name: 'The screen is locked' });

    await send('/lock');
    await sectionsOf(page).first().fill('While a colleague changed something.');
    await cover.getByLabel('Password').waitFor();
    await checkPage(page);
    await cover.getByLabel('Password').fill('entracte-demo-2026');
    await cover.getByLabel('Password').press('Enter');
    await state(page, 'Saved');
    assert.equal(await stored(server, session), 'While a colleague changed something.');

    await send('/sign-out');
    await sectionsOf(page).first().fill('After the session had ended.');
    const [other] = await Promise.all([page.waitForEvent('popup'), cover.getByRole('link', { name: 'Sign in' }).click()]);
    await other.waitForLoadState();
    await signIn(other, server.signIns.find(({ line }) => line.includes(CLINICIAN)));
    await state(page, 'Saved');
    assert.equal(await cover.count(), 0);
    assert.equal(await stored(server, session), 'After the session had ended.');
  });

story('a colleague gives the key while somebody writes: the password, and the words are stored',
  { practice: 'empty', host: 'localhost' }, async ({ server, visitor }) => {
    const [owner] = server.signIns;
    const password = 'nine quiet lanterns';
    const giver = await visitor();
    await signIn(giver, owner);
    await setUpApp(giver);
    await giver.goto('/practice/staff/new');
    await giver.getByLabel('Given name').fill('Nina');
    await giver.getByLabel('Family name').fill('Nueva');
    await giver.getByLabel('E-mail').fill('nina@example.org');
    await giver.getByLabel('Clinician').check();
    await giver.getByRole('button', { name: 'Save' }).click();
    const link = await giver.getByLabel('The link').inputValue();

    const writer = await visitor();
    await writer.goto(link);
    await writer.getByLabel('New password').fill(password);
    await writer.getByRole('button', { name: 'Go on' }).click();
    await setUpApp(writer);
    await writer.goto('/clients/new');
    await writer.getByLabel('Given name').first().fill('Eva');
    await writer.getByLabel('Family name').first().fill('Riu');
    await writer.getByRole('button', { name: 'Make the file' }).click();
    await writer.waitForURL(/clients\/[\w-]{22}$/);
    const notes = `${writer.url()}/notes`;
    await writer.goto(notes);
    await writer.getByRole('button', { name: 'New note' }).click();
    await sectionsOf(writer).first().fill('Before anybody gave me the key.');
    await state(writer, 'Your account cannot open clinical records yet.');

    await giver.goto('/practice/staff');
    await giver.getByRole('button', { name: 'Give access to clinical records' }).click();
    await giver.locator('dialog[open]').getByRole('button', { name: 'Give access' }).click();
    const cover = writer.getByRole('dialog', { name: 'The screen is locked' });
    await cover.getByLabel('Password').fill(password);
    await cover.getByRole('button', { name: 'Unlock' }).click();
    await state(writer, 'Saved');
    await writer.goto(notes);
    await writer.getByText('Before anybody gave me the key.').waitFor();
  });

story('the network is lost while writing: it is said, kept, and sent when it is back', {},
  async ({ server, as }) => {
    const session = await sessionNow(server, CLINICIAN);
    const page = await as(CLINICIAN);
    await page.goto(`/appointments/${session.id}/close`);
    await sectionsOf(page).first().fill('Before the train.');
    await state(page, 'Saved');
    await page.context().setOffline(true);
    await sectionsOf(page).first().fill('Before the train. In the tunnel.');
    await state(page, 'Not connected');
    assert.equal(await stored(server, session), 'Before the train.');
    const kept = await page.evaluate(() => JSON.stringify([localStorage, sessionStorage]));
    assert.ok(!kept.includes('tunnel'), 'a draft is never on the disk of this device');
    await page.context().setOffline(false);
    await state(page, 'Saved');
    assert.equal(await stored(server, session), 'Before the train. In the tunnel.');
  });

story('a locked screen shows nothing and keeps the draft', {}, async ({ server, as, checkPage }) => {
  const session = await sessionNow(server, CLINICIAN);
  const page = await as(CLINICIAN);
  await page.goto(`/appointments/${session.id}/close`);
  await sectionsOf(page).first().fill('Not to be seen by the cleaner.');
  await state(page, 'Saved');
  await page.locator('.me > summary').click();
  await page.getByRole('button', { name: 'Lock the screen' }).click();
  await page.waitForURL((url) => url.pathname === '/locked');
  await page.getByRole('heading', { name: 'The screen is locked' }).waitFor();
  await checkPage(page);
  for (const way of [() => page.goBack(), () => page.goto('/clients')]) {
    await way();
    await page.waitForURL((url) => url.pathname === '/locked');
    assert.ok(!(await page.content()).includes(session.title), 'a locked screen names the client');
  }
  await page.goto(`/locked?next=/appointments/${session.id}/close`);
  await page.getByLabel('Password').fill('entracte-demo-2026');
  await page.getByRole('button', { name: 'Unlock' }).click();
  await page.waitForURL('**/close');
  assert.equal(await sectionsOf(page).first().inputValue(), 'Not to be seen by the cleaner.');
});

story('a session is prepared and closed without the mouse', {}, async ({ server, as }) => {
  await sessionNow(server, CLINICIAN);
  const page = await as(CLINICIAN);
  const press = (key) => page.keyboard.press(key);
  const isOn = (target) => target.evaluate((e) => e === document.activeElement);
  const tabTo = async (target) => {
    for (let i = 0; i < 40 && !await isOn(target); i++) await press('Tab');
    assert.ok(await isOn(target), 'Tab reaches it');
  };
  await press('p');
  await page.waitForURL('**/prepare');
  await page.getByRole('heading', { name: 'Last time' }).waitFor();
  await press('s');
  await page.waitForURL('**/close');
  await tabTo(page.getByRole('radio', { name: 'Held' }));
  await press('ArrowRight');
  assert.ok(await page.getByRole('radio', { name: 'No-show' }).isChecked());
  await press('ArrowLeft');
  const sections = sectionsOf(page);
  for (let i = 0; i < await sections.count(); i++) {
    await tabTo(sections.nth(i));
    await page.keyboard.type('By keyboard.');
  }
  await tabTo(page.getByLabel('Homework').first());
  await page.keyboard.type('Sleep diary');
  await press('Control+Enter');
  await page.getByText('Signed and closed.').waitFor();
});

story('reading, writing, booking and invoicing work without JavaScript', {},
  async ({ server, as }) => {
    const session = await sessionNow(server, CLINICIAN);
    const page = await as(CLINICIAN, { script: false });
    const button = (name) => page.getByRole('main').getByRole('button', { name });
    await page.goto(`/appointments/${session.id}/close`);
    for (const section of await sectionsOf(page).all()) await section.fill('Written without a script.');
    await page.getByLabel('Paid').selectOption('Cash');
    await button('Sign note and close').click();
    await page.getByText('Signed and closed.').waitFor();
    await page.goto(`/clients/${session.client_id}/notes`);
    await page.locator('.timeline a').first().click();
    await page.getByText('Written without a script.').first().waitFor();
    await page.goto(`/clients/${session.client_id}/money`);
    await page.locator('#invoices').getByRole('link', { name: /\d/ }).first().click();
    await page.locator('.chip', { hasText: 'paid' }).waitFor();
    await page.goto('/appointments/new');
    await page.getByLabel('Name').first().fill(session.title);
    await page.getByLabel('Start').fill(`${day(200)}T20:00`);
    await button('Book').click();
    await page.getByText('Booked.').waitFor();
    await page.goto('/clients');
    await page.getByLabel('Search by name, phone or tag').fill(session.title.split(' ')[0]);
    await button('Search').click();
    await page.getByRole('row').filter({ hasText: session.title.split(' ')[0] }).first().waitFor();
  });

// SPDX-License-Identifier: AGPL-3.0-or-later
// ui.story.mjs - every script of the browser side, in a browser, under the program's own policy.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { chromium } from 'playwright-core';
import { closeBrowser, openContext } from '../../tests/e2e/browser.mjs';
import { checkPage } from '../../tests/e2e/check_page.mjs';
import { startStub } from './stub.mjs';

let files, stub;
before(async () => {
  files = await mkdtemp(join(tmpdir(), 'ui-'));
  execFileSync(process.execPath, [new URL('../build.mjs', import.meta.url).pathname, files]);
  stub = await startStub(files);
});
after(async () => {
  stub.close();
  await closeBrowser();
  await rm(files, { recursive: true });
});

/** One visit; nothing may be refused by the policy or break. */
async function visit(path, work, wishes = {}) {
  stub.posts.length = stub.refusals.length = 0;
  stub.version = 1;
  stub.isLocked = false;
  const { context, complaints, settled } = await openContext(stub, { keepPages: false, ...wishes });
  try {
    const page = await context.newPage();
    await page.goto(path);
    await work(page, context);
    await settled();
    assert.equal(complaints.join('\n'), '');
  } finally {
    await context.close();
  }
}
const soon = async (check) => {
  for (let i = 0; ; i++) {
    try {
      return await check();
    } catch (error) {
      if (i === 50) throw error;
      await new Promise((done) => setTimeout(done, 100));
    }
  }
};

for (const phone of [false, true]) {
  test(`ui: every part in every state passes axe and fits 320 px (${phone ? 'phone' : 'desktop'})`,
    () => visit('/example.html', checkPage, { phone }));
}

test('ui: at twice the text size nothing sticks out', () => visit('/example.html', async (page) => {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send('Page.setFontSizes', { fontSizes: { standard: 32 } });
  assert.ok(await page.evaluate(() => getComputedStyle(document.documentElement).fontSize === '32px'));
  assert.ok(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
}));

test('ui: Ctrl K finds a client by name and opens the file', () => visit('/list', async (page) => {
  await page.keyboard.press('Control+k');
  await page.keyboard.type('mart');
  await page.getByRole('option', { name: 'Marta Serrano' }).waitFor();
  await page.keyboard.press('Enter');
  await page.waitForURL('**/clients/AAAAAAAAAAAAAAAAAAAAAA');
}));

test('ui: the palette has pages and actions with their keys, and says when nothing fits', () => visit('/erase', async (page) => {
  await page.keyboard.press('Control+k');
  await page.getByRole('option', { name: 'Agenda G A' }).waitFor();
  await page.getByRole('option', { name: 'The list L' }).waitFor();
  await page.keyboard.type('qqqq');
  await page.getByText('Nothing found').waitFor();
  await page.keyboard.press('Escape');
  assert.equal(await page.locator('dialog[open]').count(), 0);
}));

test('ui: keys act, sequences too, but letters written are letters', () => visit('/pick', async (page) => {
  await page.locator('#c').focus();
  await page.keyboard.type('ga');
  assert.equal(new URL(page.url()).pathname, '/pick');
  await page.locator('h1, main').first().click({ position: { x: 5, y: 5 } });
  await page.keyboard.press('Escape');
  await page.evaluate(() => document.activeElement.blur());
  await page.keyboard.type('ga');
  await page.waitForURL('**/agenda');
}));

test('ui: single keys can be switched off', () => visit('/erase', async (page) => {
  await page.keyboard.press('?');
  await page.getByRole('checkbox', { name: 'Single keys are shortcuts' }).uncheck();
  await page.keyboard.press('Escape');
  await page.keyboard.press('l');
  assert.equal(new URL(page.url()).pathname, '/erase');
}));

test('ui: b blurs names, and they stay blurred on the next page of this tab', () => visit('/erase', async (page) => {
  await page.keyboard.press('b');
  const filter = () => page.locator('.who').evaluate((e) => getComputedStyle(e).filter);
  assert.match(await filter(), /blur/);
  await page.reload();
  assert.match(await filter(), /blur/);
  await page.keyboard.press('b');
  assert.equal(await filter(), 'none');
}));

test('ui: what is written is stored after a pause, with the version that was told', () => visit('/draft', async (page) => {
  await page.locator('#t').fill('Second words');
  await page.getByText(/^Saved /).waitFor();
  await page.locator('#t').fill('Third words');
  await soon(() => assert.equal(stub.posts.length, 2));
  assert.deepEqual(stub.posts.map(({ body }) => body.version), ['1', '2']);
  assert.equal(stub.posts[1].body.data, 'Third words');
  assert.equal(stub.posts[1].csrf, 'token');
}));

test('ui: without connection the words are kept, and sent when it is back', () => visit('/draft', async (page, context) => {
  await context.setOffline(true);
  await page.locator('#t').fill('Written in the train');
  await page.getByText('Not connected: kept here, will be sent').waitFor();
  assert.equal(await page.evaluate(() => localStorage.length + sessionStorage.length), 0);
  await context.setOffline(false);
  await page.getByText(/^Saved /).waitFor();
  assert.equal(stub.posts.at(-1).body.data, 'Written in the train');
}));

test('ui: a version from another device is shown beside mine; one, the other or both are kept', () => visit('/draft', async (page) => {
  stub.refusals.push({ status: 409, data: { errors: [{ field: 'version', message: 'Changed.' }], current: { note: { version: 7, data: 'Theirs', mood: 'calm' } } } });
  await page.locator('#t').fill('Mine');
  const dialog = page.getByRole('dialog', { name: 'Changed on another device' });
  await dialog.getByText('Theirs').waitFor();
  assert.equal(await dialog.getByRole('radiogroup').count(), 1); // the mood is the same on both
  await dialog.getByText('The other version first, then mine.').click();
  await dialog.getByRole('button', { name: 'Keep these' }).click();
  await soon(() => assert.equal(stub.posts.at(-1).body.version, '7'));
  assert.equal(stub.posts.at(-1).body.data, 'Theirs\n\nMine');
}));

test('ui: a refusal says why', () => visit('/draft', async (page) => {
  stub.refusals.push({ status: 422, data: { errors: [{ field: 'data', message: 'The text is too long.' }] } });
  await page.locator('#t').fill('x');
  await page.getByText('Not stored: The text is too long.').waitFor();
}));

test('ui: Ctrl Enter stores what is open, then sends the form', () => visit('/draft', async (page) => {
  await page.locator('#t').fill('Last words');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL('**/list');
  assert.deepEqual(stub.posts.map(({ path, body }) => [path, body.version]), [['/draft/save', '1'], ['/done', '2']]);
}));

test('ui: Ctrl Enter sends the form although its version had moved under the same words', () => visit('/draft', async (page) => {
  stub.refusals.push({ status: 409, data: { errors: [{ field: 'version', message: 'Changed.' }], current: { note: { version: 7, data: 'Mine', mood: 'calm' } } } });
  await page.locator('#t').fill('Mine');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL('**/list');
  assert.equal(stub.posts.find(({ path, body }) => path === '/draft/save' && body.version === '7')?.body.data, 'Mine');
}));

test('ui: Ctrl Enter never sends another form than the one written in', () => visit('/two', async (page) => {
  await page.getByLabel('Reason').fill('Ill');
  await page.keyboard.press('Control+Enter');
  await page.getByLabel('Amount').fill('70');
  await page.keyboard.press('Control+Enter');
  await page.waitForURL((url) => url.pathname !== '/two');
  assert.deepEqual(stub.posts.map(({ path }) => path), ['/pay']);
}));

test('ui: results follow while typing, the focus stays, the address holds no word', () => visit('/list', async (page) => {
  const input = page.getByLabel('Name');
  await input.pressSequentially('mar');
  await page.getByText('Results for mar').waitFor();
  assert.ok(await input.evaluate((e) => document.activeElement === e));
  assert.equal(new URL(page.url()).search, '');
  await input.press('Enter');
  await page.getByText('Results for mar').waitFor();
  assert.equal(new URL(page.url()).search, '');
}));

test('ui: what cannot be undone asks once, naming the thing', () => visit('/erase', async (page) => {
  await page.getByRole('button', { name: 'Erase' }).click();
  const dialog = page.getByRole('dialog', { name: 'Erase the file of Marta Serrano?' });
  await dialog.getByRole('button', { name: 'Go back' }).click();
  assert.equal(stub.posts.length, 0);
  await page.getByRole('button', { name: 'Erase' }).click();
  await dialog.getByRole('button', { name: 'Erase' }).click();
  await page.waitForURL('**/list');
  assert.equal(stub.posts.length, 1);
}));

test('ui: a sentence about what happened leaves by itself; times stay true', () => visit('/erase', async (page) => {
  await page.getByText('Moved.').waitFor({ state: 'detached' });
  assert.match(await page.locator('time').textContent(), /^In [\d,]+ days$/);
}));

test('ui: the picker takes a client by keys', () => visit('/pick', async (page) => {
  await page.getByRole('combobox', { name: 'Client' }).pressSequentially('jon');
  await page.getByRole('option', { name: 'Jon Alonso' }).waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await page.locator('input[name=client]').inputValue(), 'BBBBBBBBBBBBBBBBBBBBBB');
  assert.equal(await page.locator('#c').inputValue(), 'Jon Alonso');
}));

test('ui: the picker begins a new client with the name typed', () => visit('/pick', async (page) => {
  await page.locator('#c').pressSequentially('Laura Martinez');
  await page.getByRole('option', { name: 'New client: Laura Martinez' }).waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await page.getByLabel('Given').inputValue(), 'Laura');
  assert.equal(await page.getByLabel('Family').inputValue(), 'Martinez');
  assert.ok(await page.getByLabel('Phone').evaluate((e) => document.activeElement === e));
}));

test('ui: where people have two surnames the last two words are the family name', () => visit('/pick', async (page) => {
  await page.locator('#c').pressSequentially('Berta Quiroga Tost');
  await page.getByRole('option', { name: 'New client: Berta Quiroga Tost' }).waitFor();
  await page.keyboard.press('Enter');
  assert.equal(await page.getByLabel('Given').inputValue(), 'Berta');
  assert.equal(await page.getByLabel('Family').inputValue(), 'Quiroga Tost');
}));

test('ui: after idle minutes the page is covered, drafts are stored, then the session locks', () => visit('/draft', async (page) => {
  await page.clock.install();
  await page.goto('/idle');
  await page.getByLabel('Note').fill('Not stored yet');
  await page.clock.runFor(11 * 60000);
  await page.waitForURL('**/locked?next=%2Fidle');
  assert.deepEqual(stub.posts.map(({ path }) => path), ['/draft/save', '/lock']);
}));

test('ui: a lock that cannot store keeps the words, covered, and sends them after unlocking', () => visit('/draft', async (page) => {
  await page.clock.install();
  await page.goto('/idle');
  stub.isLocked = true; // another tab was faster
  await page.getByLabel('Note').fill('Not stored yet');
  await page.clock.runFor(1000);
  const cover = page.getByRole('dialog', { name: 'The screen is locked' });
  await cover.getByLabel('Password').waitFor();
  for (let i = 0; i < 3; i++) await page.keyboard.press('Escape');
  assert.ok(await cover.isVisible());
  await cover.getByLabel('Password').fill('wrong');
  await cover.getByRole('button', { name: 'Unlock' }).click();
  await cover.getByText('Locked.').waitFor();
  stub.isLocked = false; // in another tab, or here
  await soon(async () => {
    await page.clock.runFor(5000);
    assert.equal(await page.locator('dialog.cover').count(), 0);
  });
  await soon(() => assert.equal(stub.posts.at(-1).body.data, 'Not stored yet'));
  assert.equal(await page.getByLabel('Note').inputValue(), 'Not stored yet');
}));

test('ui: a page with words in a form that does not store itself is covered, not left', () => visit('/two', async (page) => {
  await page.getByLabel('Reason').fill('Moved away');
  await page.evaluate(() => { document.body.dataset.lockMin = '10'; });
  await page.getByRole('button', { name: 'Lock' }).click();
  const cover = page.getByRole('dialog', { name: 'The screen is locked' });
  await cover.getByLabel('Password').fill('right');
  await cover.getByRole('button', { name: 'Unlock' }).click();
  await soon(async () => assert.equal(await page.locator('dialog.cover').count(), 0));
  assert.equal(await page.getByLabel('Reason').inputValue(), 'Moved away');
}));

test('ui: locking by hand stores drafts and locks the other tabs', () => visit('/idle', async (page, context) => {
  const other = await context.newPage();
  await other.goto('/idle');
  await other.getByLabel('Note').fill('In the other tab');
  await page.getByLabel('Note').fill('In this tab');
  await page.getByRole('button', { name: 'Lock' }).click();
  for (const tab of [page, other]) await tab.waitForURL('**/locked?next=%2Fidle');
  assert.deepEqual(stub.posts.map(({ path }) => path).sort(), ['/draft/save', '/draft/save', '/lock', '/lock']);
}));

test('ui: a tab that finds the session locked locks the others', () => visit('/idle', async (page, context) => {
  await (await context.newPage()).goto('/locked');
  await page.waitForURL('**/locked?next=%2Fidle');
}));

test('ui: Back asks the server again, whatever the browser kept', async () => {
  stub.isKept = true;
  const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'], ignoreDefaultArgs: ['--disable-back-forward-cache'] });
  try {
    const page = await browser.newPage({ baseURL: stub.url });
    await page.goto('/idle');
    await page.evaluate(() => {
      document.querySelector('main').append('Marta Serrano');
      addEventListener('pageshow', ({ persisted }) => sessionStorage.setItem('kept', `kept: ${persisted}, shown: ${document.querySelector('main').checkVisibility()}`));
    });
    await page.goto('/done');
    await page.evaluate(() => history.back());
    await page.waitForURL('**/idle');
    await soon(async () => assert.equal(await page.evaluate(() => sessionStorage.getItem('kept')), 'kept: true, shown: false'));
    await soon(async () => assert.ok(!(await page.content()).includes('Marta Serrano')));
    await soon(async () => assert.ok(await page.getByText('Somebody left the room.').isVisible()));
  } finally {
    stub.isKept = false;
    await browser.close();
  }
});

test('ui: without script the agenda of the server stands', () => visit('/agenda', (page) =>
  page.getByText('The agenda without script').waitFor(), { script: false }));

test('ui: the agenda shows the practice\'s time, not the browser\'s, and passes axe', () => visit('/agenda', async (page) => {
  await page.getByRole('link', { name: /^Monday,? (23 November|November 23) 09:00 Marta Serrano/ }).first().waitFor();
  assert.equal(await page.locator('.ec-event').count(), 3);
  await checkPage(page);
}));

test('ui: where several clinicians share a day, each appointment has the initials', () => visit('/agenda', async (page) => {
  await page.route(/\/agenda\?/, async (route) => {
    const data = await (await route.fetch()).json();
    Object.assign(data.appointments[1], { clinician_id: 'C2', clinician: 'Dr. Tomás Gil' });
    await route.fulfill({ json: data });
  });
  await page.reload();
  await page.getByRole('link', { name: /TG Jon Alonso/ }).waitFor();
  await page.getByRole('link', { name: /IR Marta Serrano/ }).first().waitFor();
}));

/** Drags by whole half hours. */
async function drag(page, name, hours) {
  const box = await page.locator('.ec-event', { hasText: name }).boundingBox();
  await page.mouse.move(box.x + 20, box.y + 8);
  await page.mouse.down();
  await page.mouse.move(box.x + 20, box.y + 8 + hours * 30, { steps: 5 });
  await page.mouse.move(box.x + 20, box.y + 8 + hours * 60, { steps: 5 });
  await page.mouse.up();
}

test('ui: dragging an appointment moves it, and it can be undone', () => visit('/agenda', async (page) => {
  await drag(page, 'Jon Alonso', -1);
  await page.getByText(/^Moved to Monday/).waitFor();
  assert.deepEqual(stub.posts[0], { path: '/appointments/a2/move', csrf: 'token',
    body: { start: '2026-11-23T18:00:00.000Z', end: '2026-11-23T18:50:00.000Z', version: 3 } });
  await page.getByRole('button', { name: 'Undo' }).click();
  await soon(() => assert.equal(stub.posts[1]?.body.start, '2026-11-23T19:00:00Z'));
  assert.equal(stub.posts[1].body.version, 2);
  await page.locator('.ec-event', { hasText: 'Jon Alonso' }).getByText('14:00').waitFor();
}));

test('ui: a move that is refused goes back and says why', () => visit('/agenda', async (page) => {
  stub.refusals.push({ status: 422, data: { errors: [{ field: 'start', message: 'Room 2 is taken then.' }] } });
  await drag(page, 'Jon Alonso', -1);
  await page.getByText('Room 2 is taken then.').waitFor();
  await page.locator('.ec-event', { hasText: 'Jon Alonso' }).getByText('14:00').waitFor();
}));

test('ui: Alt and the arrows move an appointment, with Shift they change its end', () => visit('/agenda', async (page) => {
  await page.locator('[data-appointment=a1]').focus();
  await page.keyboard.press('Alt+ArrowDown');
  await soon(() => assert.equal(stub.posts[0]?.body.start, '2026-11-23T14:15:00.000Z'));
  await soon(() => page.locator('[data-appointment=a1]:focus').waitFor({ timeout: 200 }));
  await page.keyboard.press('Alt+Shift+ArrowDown');
  await soon(() => assert.deepEqual(stub.posts[1]?.body, { start: '2026-11-23T14:15:00.000Z', end: '2026-11-23T15:20:00.000Z', version: 2 }));
}));

test('ui: a held session stays where it was', () => visit('/agenda', async (page) => {
  await page.locator('[data-appointment=a3]').focus();
  await page.keyboard.press('Alt+ArrowDown');
  await page.locator('[data-appointment=a1]').focus();
  await page.keyboard.press('Alt+ArrowRight');
  await soon(() => assert.equal(stub.posts.length, 1));
  assert.equal(stub.posts[0].path, '/appointments/a1/move');
}));

test('ui: a click in an empty place begins an appointment there, in that room', () => visit('/agenda?view=day&by=room', async (page) => {
  await page.getByText('Room 1').waitFor();
  const event = await page.locator('[data-appointment=a1]').boundingBox();
  const column = await page.getByText('Room 1').boundingBox();
  await page.mouse.click(column.x + 20, event.y - 55);
  await page.waitForURL('**/appointments/new?start=2026-11-23T08%3A00&room=R1');
}));

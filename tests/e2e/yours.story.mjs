// SPDX-License-Identifier: AGPL-3.0-or-later
// yours.story.mjs - your data: a records request, a clinician who leaves with a caseload, everything.
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { api, day } from './practice.mjs';
import { openContext } from './browser.mjs';
import { startServer } from './server.mjs';
import { assert, signIn, story } from './support.mjs';

const run = promisify(execFile);
const OWNER = 'ines.robles', LEAVER = 'clara.prat';

const passwordOf = (server, who) => server.signIns.find((s) => s.line.includes(who)).password;

/** The file of somebody whom the owner treats. */
async function ownClient(server) {
  const me = await api(server, OWNER);
  const { data } = await me.get(`/agenda?view=week&date=${day(-7)}`);
  return `/clients/${data.appointments.find((a) => a.is_closed && a.state === 'held' && a.may_open).client_id}`;
}

/** Saves the export that a page offers, unpacks it with a tool of others, and hands its folder to look(). */
async function takeAlong(page, look) {
  const folder = await mkdtemp(join(tmpdir(), 'entracte-yours-'));
  try {
    const [download] = await Promise.all([page.waitForEvent('download'),
      page.getByRole('link', { name: 'Save the file' }).click()]);
    assert.match(download.suggestedFilename(), /^entracte-export-\d{4}-\d\d-\d\d\.zip$/);
    await download.saveAs(join(folder, 'export.zip'));
    await run('python3', ['-m', 'zipfile', '-e', join(folder, 'export.zip'), folder]);
    await look(join(folder, 'entracte-export'));
  } finally {
    await rm(folder, { recursive: true });
  }
}

const json = async (folder, name) => JSON.parse(await readFile(join(folder, `${name}.json`), 'utf8'));

async function everythingIn(folder) {
  let text = '';
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true }))
    if (entry.isFile()) text += await readFile(join(entry.parentPath ?? entry.path, entry.name), 'latin1');
  return text;
}

story('a records request: one client\'s file, to read and to print', { db: ['sqlite', 'pgsql'] },
  async ({ as, checkPage, server }) => {
    const page = await as(OWNER);
    const href = await ownClient(server);
    await page.goto(href);
    const name = await page.getByRole('heading', { level: 1 }).innerText();
    await page.getByRole('link', { name: 'Records request' }).click();
    await checkPage(page);
    await page.getByRole('button', { name: 'Prepare it' }).click();
    await page.getByText('It is ready.').waitFor();
    await checkPage(page);
    await takeAlong(page, async (folder) => {
      const clients = await json(folder, 'json/clients');
      assert.equal(clients.length, 1);
      assert.equal((await json(folder, 'manifest')).client, href.split('/').pop());
      assert.equal((await readFile(join(folder, 'record.pdf'))).subarray(0, 5).toString(), '%PDF-');
      const reader = await page.context().browser().newPage();
      await reader.goto(pathToFileURL(join(folder, 'index.html')).href);
      await reader.getByRole('link', { name: clients[0].family_name }).click();
      await reader.getByRole('heading', { level: 2 }).first().waitFor();
      assert.ok(name.includes(clients[0].family_name));
      await reader.close();
    });
    await page.getByRole('button', { name: 'Discard it' }).click();
    await page.getByText('Nothing of the export is left.').waitFor();
  });

story('a clinician leaves with the clients whom the owner released', { db: ['sqlite', 'pgsql'] },
  async ({ as, checkPage, server }) => {
    const owner = await as(OWNER);
    await owner.goto('/your-data');
    await checkPage(owner);
    await owner.getByRole('link', { name: /Release: Clara Prat/ }).click();
    await checkPage(owner);
    const boxes = owner.locator('input[name=clients]');
    const all = await boxes.evaluateAll((inputs) => inputs.map((i) => [i.value, i.checked]));
    assert.ok(all.length > 1 && all.every(([, isOn]) => isOn));
    await boxes.first().uncheck();
    await owner.getByRole('button', { name: 'Release' }).click();
    await owner.getByText('It waits under Your data').waitFor();
    const kept = all[0][0], mine = new Set(all.slice(1).map(([id]) => id));

    const leaver = await as(LEAVER);
    await leaver.goto('/your-data');
    await checkPage(leaver);
    assert.equal(await leaver.getByRole('heading', { name: 'The whole practice' }).count(), 0);
    await leaver.getByLabel('Your password').fill('not the password');
    await leaver.getByRole('button', { name: 'Prepare my export' }).click();
    await leaver.getByText('The password is not right.').waitFor();
    await leaver.waitForTimeout(1500); // who guesses waits
    await leaver.goto('/your-data');
    await leaver.getByLabel('Your password').fill(passwordOf(server, LEAVER));
    await leaver.getByRole('button', { name: 'Prepare my export' }).click();
    await leaver.getByText('It is ready.').waitFor();
    const path = new URL(leaver.url()).pathname;
    await takeAlong(leaver, async (folder) => {
      const clients = await json(folder, 'json/clients');
      assert.deepEqual(new Set(clients.map((c) => c.id)), mine);
      const who = (await json(folder, 'manifest')).clinician;
      assert.ok((await json(folder, 'json/notes')).every((n) => n.author_id === who));
      const text = await everythingIn(folder);
      assert.ok(!text.includes(kept), 'who was not released is named nowhere');
    });
    const answer = await owner.goto(path); // somebody else's export is nobody's
    assert.equal(answer.status(), 404);
  });

story('the owner takes the whole practice along, without script and on a phone', { demo: { clients: 60 } },
  async ({ as, checkPage, server }) => {
    const phone = await as(OWNER, { phone: true });
    await phone.goto('/your-data');
    await checkPage(phone);
    const page = await as(OWNER, { script: false });
    await page.goto('/your-data');
    await page.getByLabel('Your password').first().fill(passwordOf(server, OWNER));
    await page.getByRole('button', { name: 'Prepare the export' }).click();
    await page.getByText('It is ready.').waitFor({ timeout: 60000 });
    await takeAlong(page, async (folder) => {
      const clients = await json(folder, 'json/clients');
      const manifest = await json(folder, 'manifest');
      assert.ok(clients.length >= 60 && manifest.client === null && manifest.damaged === 0);
    });
  });

story('a backup by the page, tried out, restored elsewhere and signed in to',
  { db: ['sqlite', 'pgsql'], backups: true },
  async ({ as, checkPage, server }) => {
    const kit = join(server.folder, 'keys', 'kit'), file = await ownClient(server);
    await server.cli('recovery-kit', '--out', kit);
    const page = await as(OWNER);
    await page.goto('/your-data');
    await page.getByRole('button', { name: 'Back up now' }).click();
    await page.getByText('The backup begins within a minute').waitFor();
    const proven = page.getByText('restored and checked', { exact: true });
    for (let i = 0; i < 60 && await proven.count() === 0; i++) {
      await page.waitForTimeout(1000);
      await page.goto('/your-data');
    }
    assert.equal(await proven.count(), 1);
    await checkPage(page);
    const archive = (await page.locator('td code').first().innerText()).trim();
    assert.ok(archive.startsWith(join(server.folder, 'backups')));
    const elsewhere = await startServer({ practice: 'none', restore: { archive, kit } });
    const { context } = await openContext(elsewhere, {});
    try {
      const there = await context.newPage();
      await signIn(there, server.signIns.find((s) => s.line.includes(OWNER)));
      await there.goto(`${file}/notes`);
      await there.getByRole('main').getByText(/signed/i).first().waitFor();
    } finally {
      await context.close();
      await elsewhere.stop();
    }
  });

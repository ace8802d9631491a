// SPDX-License-Identifier: AGPL-3.0-or-later
// reception.story.mjs - reception's day: books, moves, welcomes and cancels, and never meets a
// clinical word.
import { crawl } from './crawl.mjs';
import { api, day, sessionNow } from './practice.mjs';
import { assert, story } from './support.mjs';

const RECEPTION = 'rosa.vela';
const CLINICIAN = 'tomas.gil';

/** What only clinicians may read: sentences of notes, titles of tasks; and the addresses of it. */
async function clinical(server) {
  const me = await api(server, CLINICIAN);
  const { appointments } = (await me.get(`/agenda?view=week&date=${day(-7)}`)).data;
  const { id, client_id: client } = appointments.find((a) => a.is_closed && a.state === 'held');
  const { notes } = (await me.get(`/clients/${client}/notes`)).data;
  const note = (await me.get(`/notes/${notes[0].id}`)).data.note;
  const task = 'Ring the crisis team about the plan';
  assert.equal((await me.post('/tasks', { title: task, client, kind: 'follow_up', due_days: day() })).status, 201);
  const { self_note: selfNote } = (await me.get(`/appointments/${id}/prepare`)).data;
  const words = note.sections.flatMap((s) => s.text.split(/[.\n]/)).map((s) => s.trim())
    .filter((s) => s.length > 20);
  assert.ok(words.length > 0, 'the note has sentences');
  return {
    words: [...words, task, ...(selfNote ? [selfNote] : [])], client,
    paths: [`/clients/${client}/notes`, `/notes/${notes[0].id}`, `/notes/${notes[0].id}/pdf`, '/notes/search?q=plan',
      '/notes/templates', `/notes/new?client=${client}`, `/clients/${client}/tasks`,
      `/appointments/${id}/prepare`, `/appointments/${id}/close`],
  };
}

const button = (page, name) => page.getByRole('main').getByRole('button', { name });

async function book(page, client) {
  await page.goto('/appointments/new');
  await page.getByRole('combobox', { name: 'Name' }).fill(client.slice(0, 5));
  await page.getByRole('option', { name: client }).click();
  await page.getByLabel('Start').fill(`${day(200)}T21:00`);
  await page.getByLabel('Clinician').selectOption('Tomás Gil');
  await button(page, 'Book').click();
  await page.getByText('Booked.').waitFor();
  await page.goto(`/agenda?view=day&date=${day(200)}`);
  await page.getByRole('link', { name: client }).first().click();
  await page.waitForURL('**/appointments/*');
}

async function move(page) {
  await page.getByLabel('Start').fill(`${day(200)}T20:00`);
  await button(page, 'Save').click();
  await page.getByText('20:00').first().waitFor();
}

async function welcome(page) {
  await button(page, 'Has arrived').click();
  await page.locator('.chip', { hasText: 'Has arrived' }).first().waitFor();
}

async function cancel(page) {
  await page.getByRole('radio', { name: 'Cancelled' }).check({ force: true });
  await page.getByLabel('Reason').fill('Called in the morning');
  await button(page, 'Take it off the agenda').click();
  await page.locator('dd', { hasText: 'Called in the morning' }).waitFor();
}

story('reception books, moves, welcomes and cancels, and sees nothing clinical', {},
  async ({ server, as }) => {
    const secret = await clinical(server);
    const page = await as(RECEPTION);
    const found = [];
    const look = async (_, kind) => {
      const text = await page.evaluate(() => document.documentElement.innerHTML);
      for (const words of secret.words) if (text.includes(words)) found.push(`${kind}: ${words}`);
    };
    const kinds = await crawl(page, look, { starts: ['/', `/clients/${secret.client}`], most: 1 });
    assert.deepEqual(found, []);
    assert.deepEqual(kinds.filter((kind) => /notes|prepare|close/.test(kind)), []);
    for (const path of secret.paths) {
      const answer = await page.request.get(path);
      assert.ok([403, 404].includes(answer.status()), `${path} answered ${answer.status()}`);
    }
    await page.goto(`/clients/${secret.client}`);
    const client = (await page.getByRole('heading', { level: 1 }).textContent()).trim();
    await page.getByText('+34').first().waitFor();
    await book(page, client);
    await move(page);
    await welcome(page);
    await cancel(page);
    await sessionNow(server, CLINICIAN);
    await page.goto('/'); // whose each session is
    await page.locator('.day').getByText('Tomás Gil').first().waitFor();
  });

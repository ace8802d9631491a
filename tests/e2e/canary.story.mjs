// SPDX-License-Identifier: AGPL-3.0-or-later
// canary.story.mjs - every field that is sealed is filled through its form with a word that exists
// nowhere else; then all that lies on the disk, and the server's log, is searched for those words.
// Titles of note templates are not sealed: they are found, so the search can fail.
import { randomBytes } from 'node:crypto';
import { api, day, sessionNow } from './practice.mjs';
import { assert, story } from './support.mjs';

const OWNER = 'ines.robles';
const OPENLY = ['/notes/templates/new name', '/notes/templates/new sections'];
const OPEN = ['currency', 'country', 'note.use']; // not sealed, or too short for a canary

/** How a word may lie in a file: as it is, in hexadecimal, in UTF-16. */
const disguises = (word) => [word, Buffer.from(word).toString('hex'),
  Buffer.from(word, 'utf16le').toString('latin1')];

/** Fills forms with words of its own and remembers them: field -> word. */
class Canaries {
  words = new Map();
  root = `kanarie${randomBytes(6).toString('hex')}n`; // of all words
  digits = `882${100000000 + randomBytes(4).readUInt32LE() % 899999999}`; // of all telephones

  word(field, kind) {
    const n = 100 + this.words.size;
    const word = kind === 'tel' ? `${this.digits}${n}` : `${this.root}${n}`;
    this.words.set(field, word);
    return { email: `${word}@example.org`, tel: `+${word}` }[kind] ?? `K${word.slice(1)}`;
  }

  /** Fills every text of a form and sends it with its first button, or the one named. */
  async send(page, form, name) {
    const fields = form.locator('textarea, input:is(:not([type]), [type=text], [type=email], [type=tel])');
    for (const field of await fields.all()) {
      const [key, kind, mode, isOn] = await field.evaluate((e) =>
        [e.name, e.type, e.inputMode, e.checkVisibility() && !e.dataset.combo]);
      if (mode === 'decimal') await field.fill('12.00');
      else if (isOn && !mode && !OPEN.includes(key)) await field.fill(this.word(`${new URL(page.url()).pathname} ${key}`, kind));
    }
    const button = name ? form.getByRole('button', { name }) : form.getByRole('button').first();
    const [answer] = await Promise.all([
      page.waitForResponse((r) => r.request().method() === 'POST' && r.request().isNavigationRequest()),
      page.waitForEvent('load'),
      button.click()]);
    const path = new URL(answer.url()).pathname.replace(/[\w-]{22}/g, 'id');
    assert.equal(answer.status(), 303, `${path} did not take the canaries`);
  }

  /** The fields whose words are found in what was written down, in any case of letters. */
  foundIn(bytes) {
    const text = bytes.toString('latin1').toLowerCase();
    const holds = (word) => disguises(word).some((form) => text.includes(form));
    if (!holds(this.root) && !holds(this.digits)) return [];
    return [...this.words].filter(([, word]) => holds(word)).map(([field]) => field);
  }
}

const formAt = (page, action, name) => page.locator(`main form[method=post][action="${action}"]`)
  .filter({ has: page.getByRole('button', name && { name }) }).first();

/** All forms with sealed fields. `next`: the address of an appointment that will be cancelled. */
async function fillEverything(page, canaries, session, next, password) {
  const client = `/clients/${session.client_id}`;
  const at = async (path, action, name) => {
    await page.goto(path);
    await canaries.send(page, formAt(page, action, name), name);
  };
  await at(`${client}/edit`, `${client}/edit`);
  await at('/clients/new', '/clients');
  await at('/practice', '/practice');
  await page.goto('/account');
  await page.locator('form[action="/account"] input[name=old]').fill(password); // another address takes it
  await canaries.send(page, formAt(page, '/account'));
  await at('/notes/templates/new', '/notes/templates');
  await page.goto('/practice/staff/new');
  await page.getByLabel('Reception').check();
  await page.getByLabel('First password (leave').fill('three words and a comma');
  await canaries.send(page, formAt(page, '/practice/staff'));
  await at(`${client}/tasks`, '/tasks');
  await page.getByText('Partly or not').first().click();
  await page.getByLabel('A word why').first().fill(canaries.word('why'));
  await page.getByRole('button', { name: 'Not done' }).first().click();
  await at(`/charges/new?client=${session.client_id}`, '/charges');
  await page.goto(`${client}/money`);
  await page.getByRole('button', { name: 'Issue invoice' }).click();
  await page.getByText('Issued by').waitFor();
  await canaries.send(page, page.locator('#pay form'));
  await at(`/appointments/${session.id}`, `/appointments/${session.id}`);
  await at(`/notes/new?client=${session.client_id}&template=free`, '/notes', 'Save the draft');
  await page.goto(`/appointments/${session.id}/prepare`);
  await page.getByRole('textbox', { name: 'My note to self' }).fill(canaries.word('note to self'));
  await page.locator('[data-save-state]', { hasText: 'Saved' }).waitFor();
  await at(`/appointments/${session.id}/close`, `/appointments/${session.id}/close`, 'Sign note and close');
  await at(next, `${next}/state`, 'Take it off the agenda');
  await page.goto(`${client}/notes`);
  await page.locator('.timeline li', { hasText: 'signed' }).first().getByRole('link').first().click();
  await page.getByRole('button', { name: 'Write an addendum' }).click();
  await page.getByRole('heading', { name: 'Draft of an addendum' }).waitFor();
  await canaries.send(page, page.locator('form[data-autosave]'), 'Sign');
}

async function bookAnother(server, session) {
  const me = await api(server, OWNER);
  const { appointment } = (await me.get(`/appointments/${session.id}`)).data;
  const { status, text, data } = await me.post('/appointments', { clients: [session.client_id],
    service: appointment.service, clinician: appointment.clinician, start: `${day(200)}T21:00Z` });
  assert.equal(status, 201, text);
  return `/appointments/${data.id}`;
}

story('no sealed word lies on the disk or in the log', { db: ['sqlite', 'pgsql'] },
  async ({ server, as }) => {
    const session = await sessionNow(server, OWNER);
    const page = await as(OWNER);
    const canaries = new Canaries();
    await fillEverything(page, canaries, session, await bookAnother(server, session), server.signIns[0].password);
    assert.ok(canaries.words.size > 70, `only ${canaries.words.size} fields were filled`);
    assert.deepEqual(canaries.foundIn(await server.dump()), OPENLY);
    assert.deepEqual(canaries.foundIn(Buffer.from(server.log())), []);
  });

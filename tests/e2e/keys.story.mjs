// SPDX-License-Identifier: AGPL-3.0-or-later
// keys.story.mjs - somebody leaves: the practice's clinical key is changed, all by itself.
import { api, day } from './practice.mjs';
import { assert, story } from './support.mjs';

const OWNER = 'ines.robles', COLLEAGUE = 'tomas.gil', LEAVER = 'Clara Prat';

/** A client's page with a signed note of this clinician's. */
async function notesOf(server, who) {
  const me = await api(server, who);
  for (let week = 0; week < 8; week++) {
    const { data } = await me.get(`/agenda?view=week&date=${day(-7 * week)}`);
    const held = data.appointments.find((a) => a.is_closed && a.state === 'held' && a.may_open);
    if (held) return `/clients/${held.client_id}/notes`;
  }
  throw new Error(`${who} has no note`);
}

const note = (page) => page.getByRole('main').getByText(/signed|Signed/).first();

story('who leaves takes no key along: the others type their password again', { db: ['sqlite', 'pgsql'] },
  async ({ as, checkPage, server }) => {
    const [mine, theirs] = [await notesOf(server, OWNER), await notesOf(server, COLLEAGUE)];
    const [owner, colleague] = [await as(OWNER), await as(COLLEAGUE)];
    await colleague.goto(theirs);
    await note(colleague).waitFor();
    await owner.goto('/practice/staff');
    await owner.getByRole('main').getByRole('link', { name: LEAVER }).first().click();
    await owner.getByRole('link', { name: 'Prepare it' }).click();
    await checkPage(owner);
    await owner.locator('[name=to_all]').selectOption({ index: 1 });
    await owner.getByRole('button', { name: 'Hand over and close the account' }).click();
    await owner.locator('dialog[open]').getByRole('button').last().click();
    await owner.getByText('The account is closed').waitFor();
    await owner.goto('/recovery-kit');
    await checkPage(owner);
    assert.equal(await owner.getByText('to be changed').count(), 0);
    await owner.goto(mine); // goes on as if nothing had been
    await note(owner).waitFor();
    await colleague.goto(theirs);
    await colleague.waitForURL('**/locked**');
    await colleague.getByText('clinical key was changed').waitFor();
    await checkPage(colleague);
    await colleague.locator('#f-password').fill(server.signIns.find((s) => s.line.includes(COLLEAGUE)).password);
    await colleague.locator('#f-password').press('Enter');
    await note(colleague).waitFor();
    await owner.goto('/recovery-kit'); // pressed again, it goes on where there is anything left
    await owner.getByRole('button', { name: 'Change the clinical key' }).click();
    await owner.getByText('The clinical key is a new one.').waitFor();
  });

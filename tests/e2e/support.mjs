// SPDX-License-Identifier: AGPL-3.0-or-later
// support.mjs - all a story needs. tests/e2e/README.md shows one.
import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { closeBrowser, logs, openContext } from './browser.mjs';
import { assertNone, checkPage } from './check_page.mjs';
import { pgUrl, removeTemplates, startServer } from './server.mjs';
import { signIn, signOut } from './sign_in.mjs';

export { assert, checkPage, signIn, signOut };
export { Klm } from './klm.mjs';

after(async () => {
  await closeBrowser();
  await removeTemplates();
});

function findSignIn(server, who) {
  const found = server.signIns.find((s) => s.line.toLowerCase().includes(who.toLowerCase()));
  assert.ok(found, `the demo has no sign-in for "${who}"`);
  return found;
}

/** One telling of a story: its server, its people, and what must be true at the end. */
async function tell(name, options, body) {
  const server = await startServer(options);
  const people = [];
  const visitor = async (wishes = {}) => {
    const person = await openContext(server, wishes);
    people.push(person);
    return person.context.newPage();
  };
  const as = async (who, wishes = {}) => {
    const page = await visitor(wishes);
    await signIn(page, findSignIn(server, who), wishes.language);
    return page;
  };
  try {
    await body({ server, as, visitor, checkPage: options.isAgain ? async () => {} : checkPage });
    for (const person of people) await person.settled();
    assertNone(people.flatMap((p) => p.complaints), 'the browser complained');
  } catch (error) {
    await leaveTraces(name, people, server);
    throw error;
  } finally {
    for (const { context } of people) await context.close();
    await server.stop();
  }
}

async function leaveTraces(name, people, server) {
  await mkdir(logs, { recursive: true });
  const pages = people.flatMap((p) => p.context.pages());
  for (const [i, page] of pages.entries()) {
    const path = join(logs, `e2e-${name.replace(/\W+/g, '-')}-${i}.png`);
    await page.screenshot({ path }).then(() => console.error(`${page.url()}: see ${path}`), () => {});
  }
  console.error(server.log().split('\n').slice(-20).join('\n'));
}

/**
 * A story: one person or several do a whole piece of work in a real browser.
 *   options.db        'sqlite' (default), 'pgsql', or both: ['sqlite', 'pgsql']
 *   options.practice  'demo' (default), 'empty' (an owner alone) or 'none' (the first start)
 *   options.demo      options of `entracte demo`, such as { clients: 20 }
 *   body              async ({ server, as, visitor, checkPage }) => ...
 *       as(who, wishes)  a page signed in as the first demo sign-in whose line holds `who`
 *       visitor(wishes)  a page of somebody not signed in
 *       wishes           { phone, dark, script: false, language: 'es' }
 */
export function story(name, options, body) {
  for (const [i, db] of [options.db ?? 'sqlite'].flat().entries()) {
    const isAgain = i > 0; // looks do not depend on the database: they are checked the first time
    const skip = db === 'pgsql' && !pgUrl ? 'needs TEST_PG' : false;
    test(db === 'sqlite' ? name : `${name} (${db})`, { skip, timeout: 300000 },
      () => tell(name, { ...options, db, isAgain }, body));
  }
}

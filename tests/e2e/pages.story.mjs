// SPDX-License-Identifier: AGPL-3.0-or-later
// pages.story.mjs - every page that can be reached, as the owner who also treats: it is accessible in
// light and dark, fits a small screen, and neither its title nor its address names a client.
import { crawl } from './crawl.mjs';
import { api, sessionNow } from './practice.mjs';
import { assert, story } from './support.mjs';

const OWNER = 'ines.robles';

/** Words of the clients' names that cannot be anything else. */
async function names(server) {
  const { data } = await (await api(server, OWNER)).get('/clients');
  return data.clients.flatMap((c) => [c.given_name, c.family_name]).flatMap((name) => name.split(' '))
    .filter((word) => word.length > 4);
}

story('every page is accessible, fits and is discreet', {}, async ({ server, as, visitor, checkPage }) => {
  const session = await sessionNow(server, OWNER);
  const words = await names(server);
  const page = await as(OWNER);
  const wrong = [];
  await crawl(page, async (_, kind) => {
    const title = await page.title();
    for (const word of words)
      if (`${title} ${decodeURIComponent(page.url())}`.includes(word)) wrong.push(`${kind} names a client: ${title}`);
    await checkPage(page).catch((error) => wrong.push(error.message));
  }, { starts: ['/', `/appointments/${session.id}`] });
  for (const [who, path] of [[await visitor(), '/sign-in'], [await visitor(), '/how-your-words-are-kept'], [page, '/nowhere']]) {
    await who.goto(path);
    await checkPage(who).catch((error) => wrong.push(error.message));
  }
  assert.equal(wrong.length, 0, wrong.join('\n'));
});

// SPDX-License-Identifier: AGPL-3.0-or-later
// screenshots.mjs - `make screenshots`: the pictures of the manual, from a fresh demo practice on
// a Monday morning. Each page of the list as NAME.png; Today also on a phone, dark and in Spanish.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { closeBrowser, openContext } from './browser.mjs';
import { removeTemplates, startServer } from './server.mjs';
import { signIn, speak } from './sign_in.mjs';

const AT = '2026-11-23T08:51:00Z'; // 09:51 in Madrid, where the demo practice is
const folder = new URL('../../docs/manual/img', import.meta.url).pathname;

const FIRST_FILE = 'main .now h2 a'; // of the next session, on Today

// path: where to begin; links: the addresses to follow from there, by selector; press: keys.
const PAGES = [
  { name: 'today', path: '/' },
  { name: 'keys', path: '/', press: '?' },
  { name: 'prepare', path: '/', links: ['main a[href$="/prepare"]'] },
  { name: 'close', path: '/', links: ['main a[href$="/close"]'] },
  { name: 'agenda', path: '/agenda' },
  { name: 'book', path: '/appointments/new' },
  { name: 'clients', path: '/clients' },
  { name: 'client', path: '/', links: [FIRST_FILE] },
  { name: 'notes', path: '/', links: [FIRST_FILE, 'main .tabs a[href$="/notes"]'] },
  { name: 'note', path: '/', links: [FIRST_FILE, 'main .tabs a[href$="/notes"]', 'main .timeline li:has(.ok) a'] },
  { name: 'tasks', path: '/tasks' },
  { name: 'money', path: '/money' },
  { name: 'invoice', path: '/money?filter=overdue', links: ['main a[href^="/invoices/"]'] },
  { name: 'account', path: '/account' },
  { name: 'practice', path: '/practice' },
  { name: 'import', path: '/imports' },
  { name: 'your-data', path: '/your-data' },
  { name: 'records-request', path: '/', links: [FIRST_FILE, 'main a[href$="/export"]'] },
  { name: 'accesses', path: '/audit' },
  { name: 'reception', path: '/', who: 'reception' },
  { name: 'billing', path: '/', who: 'billing' },
];

const WAYS = [
  { suffix: '', pages: PAGES },
  { suffix: '-phone', pages: [PAGES[0]], phone: true },
  { suffix: '-dark', pages: [PAGES[0]], dark: true },
  { suffix: '-es', pages: [PAGES[0]], language: 'es' },
];

async function open(page, path) {
  const answer = await page.goto(path);
  if (answer.status() !== 200) throw new Error(`${path} answered ${answer.status()}`);
}

async function shoot(page, { name, path, links = [], press }, suffix) {
  await open(page, path);
  for (const link of links) await open(page, await page.locator(link).first().getAttribute('href'));
  await page.evaluate(() => document.fonts.ready);
  await page.waitForLoadState('networkidle');
  if (press) await page.keyboard.press(press);
  await page.screenshot({ path: join(folder, `${name}${suffix}.png`), animations: 'disabled' });
  console.log(`docs/manual/img/${name}${suffix}.png`);
}

const only = process.argv[2];
const server = await startServer({ demo: { seed: 4 }, at: AT });

/** The pages of one person, in one way of looking at them. */
async function sit(who, pages, suffix, wishes) {
  const { language = 'en' } = wishes;
  const { context } = await openContext(server, wishes);
  await context.clock.setFixedTime(AT);
  const page = await context.newPage();
  await signIn(page, server.signIns.find(({ line }) => line.includes(who)));
  await speak(page, language);
  for (const what of pages) await shoot(page, what, suffix);
  await context.close();
}

try {
  await mkdir(folder, { recursive: true });
  for (const { suffix, pages, ...wishes } of WAYS) {
    const wanted = pages.filter(({ name }) => !only || name === only);
    for (const who of new Set(wanted.map((p) => p.who ?? 'owner')))
      await sit(who, wanted.filter((p) => (p.who ?? 'owner') === who), suffix, wishes);
  }
} finally {
  await server.stop();
  await closeBrowser();
  await removeTemplates();
}

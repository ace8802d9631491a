// SPDX-License-Identifier: AGPL-3.0-or-later
// screenshots.mjs - `make screenshots`: the pictures of the manual, from a fresh demo practice.
// Every page of the list in four ways: NAME.png, NAME-phone.png, NAME-dark.png, NAME-es.png.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { closeBrowser, openContext } from './browser.mjs';
import { removeTemplates, startServer } from './server.mjs';
import { signIn } from './sign_in.mjs';

const folder = new URL('../../docs/manual/img', import.meta.url).pathname;

// A path, or the address of the first link on it that matches; then the first on that page.
const PAGES = [
  { name: 'today', path: '/today' },
  { name: 'prepare', path: '/today', link: 'a[href$="/prepare"]' },
  { name: 'close', path: '/today', link: 'a[href$="/prepare"]', then: 'a[href$="/close"]' },
  { name: 'agenda', path: '/agenda' },
  { name: 'clients', path: '/clients' },
  { name: 'client', path: '/clients', link: 'main a[href^="/clients/"]:not([href$="/new"])' },
];

const WAYS = [
  { suffix: '' },
  { suffix: '-phone', phone: true },
  { suffix: '-dark', dark: true },
  { suffix: '-es', language: 'es' },
];

async function open(page, path) {
  const answer = await page.goto(path);
  if (answer.status() !== 200) throw new Error(`${path} answered ${answer.status()}`);
}

async function shoot(page, { name, path, link, then }, suffix) {
  await open(page, path);
  for (const next of [link, then])
    if (next) await open(page, await page.locator(next).first().getAttribute('href'));
  await page.evaluate(() => document.fonts.ready);
  await page.waitForLoadState('networkidle');
  await page.screenshot({ path: join(folder, `${name}${suffix}.png`) });
  console.log(`docs/manual/img/${name}${suffix}.png`);
}

const only = process.argv[2];
const server = await startServer({ demo: { seed: 1 } });
try {
  await mkdir(folder, { recursive: true });
  const clinician = server.signIns.find((s) => /clinician/i.test(s.line)) ?? server.signIns[0];
  for (const { suffix, ...wishes } of WAYS) {
    const { context } = await openContext(server, wishes);
    const page = await context.newPage();
    await signIn(page, clinician, wishes.language);
    for (const what of PAGES)
      if (!only || what.name === only) await shoot(page, what, suffix);
    await context.close();
  }
} finally {
  await server.stop();
  await closeBrowser();
  await removeTemplates();
}

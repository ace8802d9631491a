// SPDX-License-Identifier: AGPL-3.0-or-later
// harness.story.mjs - the harness itself, on a server of a few pages that are wrong on purpose:
// a check that cannot fail is none.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { closeBrowser, openContext } from './browser.mjs';
import { checkPage } from './check_page.mjs';
import { Klm } from './klm.mjs';
import { checkHtml } from './nu.mjs';

const page = (main) => `<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Stub</title>
<link rel="stylesheet" href="/stub.css"></head><body><main><h1>Stub</h1>${main}</main></body></html>`;

const CSS = `body { background: #fff; color: #111 }
@media (prefers-color-scheme: dark) { body { background: #111; color: #eee } .faint { color: #333 } }
.wide { width: 500px; background: #ddd; color: #111 }`;

const PAGES = {
  '/good': page('<p>All is well.</p>'),
  '/faint': page('<p class="faint">Too dark in the dark.</p>'),
  '/unlabelled': page('<input type="text">'),
  '/wide': page('<p class="wide">Too wide.</p>'),
  '/inline': page('<script>document.title = "inline"</script>'),
  '/broken-image': page('<img src="/nowhere.png" alt="Nothing">'),
  '/bare': page('<p>Without headers.</p>'),
  '/stranger': page('<img src="http://127.0.0.1:9/x.png" alt="Elsewhere">'),
  '/form': page(`<form action="/good"><label>Given name <input name="given"></label>
    <label>Family name <input name="family"></label><label>Note <textarea name="note"></textarea></label>
    <button>Save</button></form>`),
};

function answer(request, response) {
  const path = request.url.split('?')[0];
  const headers = path === '/bare' ? {} : { 'x-content-type-options': 'nosniff',
    'cache-control': 'no-store', 'content-security-policy': "default-src 'self'" };
  if (path === '/stub.css') return response.writeHead(200, { 'content-type': 'text/css' }).end(CSS);
  if (path === '/favicon.ico') return response.writeHead(204).end();
  if (!PAGES[path]) return response.writeHead(404, { 'content-type': 'text/plain' }).end();
  return response.writeHead(200, { 'content-type': 'text/html', ...headers }).end(PAGES[path]);
}

let http, server;
before(async () => {
  http = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((done) => http.once('listening', done));
  server = { url: `http://127.0.0.1:${http.address().port}` };
});
after(async () => {
  await closeBrowser();
  http.closeAllConnections();
  http.close();
});

/** Visits one page; what the browser complained of. */
async function visit(path, inspect = () => {}) {
  const { context, complaints, settled } = await openContext(server, { keepPages: false });
  try {
    const tab = await context.newPage();
    await tab.goto(path);
    await inspect(tab);
    await settled();
    return complaints.join('\n');
  } finally {
    await context.close();
  }
}

test('harness: a page as it should be passes', async () => {
  assert.equal(await visit('/good', checkPage), '');
});

test('harness: a contrast too low only in the dark is found', async () => {
  await visit('/faint', (tab) => assert.rejects(checkPage(tab), /dark: color-contrast/));
});

test('harness: an input without a label is found', async () => {
  await visit('/unlabelled', (tab) => assert.rejects(checkPage(tab), /light: label/));
});

test('harness: a page that scrolls sideways on a small screen is found', async () => {
  await visit('/wide', (tab) => assert.rejects(checkPage(tab), /320 px: <p class="wide"><\/p> sticks out/));
});

test('harness: what the browser refuses, misses or should not ask for is a complaint', async () => {
  assert.match(await visit('/inline'), /CSP refused inline/);
  assert.match(await visit('/broken-image'), /nowhere\.png: image is missing/);
  assert.match(await visit('/bare'), /no Content-Security-Policy/);
  assert.match(await visit('/bare'), /may be stored by caches/);
  assert.match(await visit('/stranger'), /request to a stranger/);
});

test('harness: invalid HTML is found', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'entracte-nu-'));
  try {
    await writeFile(join(folder, 'good.html'), PAGES['/good']);
    await writeFile(join(folder, 'bad.html'), PAGES['/good'].replace('</p>', '</b>'));
    const found = await checkHtml(folder);
    assert.match(found.join('\n'), /bad\.html:.*Stray end tag/);
    assert.ok(!found.some((line) => line.startsWith('good.html')));
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('harness: work is counted by the rules of the Keystroke-Level Model', async () => {
  await visit('/form', async (tab) => {
    const klm = new Klm(tab, '');
    await klm.field(tab.getByLabel('Given name'), 'Laura'); // M P B H, 5 K
    await klm.tab(1, tab.getByLabel('Family name'), 'Martinez'); // 9 K
    await klm.tabNote(1, tab.getByLabel('Note'), 'Words of a note cost nothing.'); // 1 K
    await klm.tabEnter(tab.getByRole('button', { name: 'Save' })); // M, 2 K
    assert.ok(tab.url().includes('/good?given=Laura&family=Martinez&note=Words'));
    const row = klm.row();
    assert.deepEqual([row.M, row.P, row.B, row.H, row.K], [2, 1, 1, 1, 17]);
    assert.deepEqual([row.fields, row.loads, row.scrolls], [3, 1, 0]);
    assert.ok(Math.abs(row.seconds - (2 * 1.35 + 1.1 + 0.1 + 0.4 + 17 * 0.28)) < 1e-9);
    assert.ok(row.waitMs > 0);
  });
});

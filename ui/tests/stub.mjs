// SPDX-License-Identifier: AGPL-3.0-or-later
// stub.mjs - a server of small pages around the browser's files, with the program's own policy:
// enough of Entracte to try each script, and to make it fail.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const ui = new URL('..', import.meta.url).pathname;
const TYPES = { '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml', '.woff2': 'font/woff2',
  '.webmanifest': 'application/manifest+json', '.html': 'text/html; charset=utf-8' };
const CSP = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; " +
  "connect-src 'self'; manifest-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; " +
  "require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

/** The texts that the frame renders, in English. */
async function texts() {
  const frame = await readFile(join(ui, '../src/web/html/frame_close.html'), 'utf8');
  return frame.match(/<div id="texts"[^]*?<\/div>/)[0].replace(/\{\{t "([^"]*)"\}\}/g, '$1');
}

const frame = (texts, main, head = '', body = '') => `<!doctype html><html lang="en" data-theme="auto"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>Stub</title><link rel="stylesheet" href="/app.css">
<link rel="icon" href="/favicon.svg" type="image/svg+xml">${head}<script type="module" src="/app.js"></script></head><body ${body}><div class="app">
<nav class="rail" aria-label="Main"><details class="me"><summary>Inés</summary></details><ul><li><a href="/agenda" data-key="g a">Agenda</a></li></ul>
<form method="post" action="/lock"><input type="hidden" name="csrf" value="token"><button>Lock</button></form></nav>
<main class="main" id="main"><div class="bar"><form class="cmd" method="post" action="/clients/search" role="search"><input type="search" name="q" aria-label="Search"><kbd>Ctrl K</kbd></form></div>
${main}</main></div><div class="flashes" role="status"></div>${texts}</body></html>`;

const CLIENTS = [{ id: 'AAAAAAAAAAAAAAAAAAAAAA', name: 'Marta Serrano' }, { id: 'BBBBBBBBBBBBBBBBBBBBBB', name: 'Jon Alonso' }];
const DAY = '2026-11-23';
const appointment = (id, hour, more = {}) => ({ id, version: 3, start: `${DAY}T${hour}:00:00Z`, end: `${DAY}T${hour}:50:00Z`,
  title: 'Marta Serrano', state: 'booked', kind: 'individual', modality: 'in_person', room: 'Room 2', room_id: 'R2', clinician: 'Inés Robles', clinician_id: 'C1', ...more });

const PAGES = {
  '/draft': () => ['<form class="form" method="post" action="/done" data-autosave="/draft/save" data-ctrl-enter><span data-save-state></span>' +
    '<input type="hidden" name="version" value="1"><div class="field"><label for="t">Data</label><textarea id="t" name="data">First words</textarea></div>' +
    '<div class="field"><label for="m">Mood</label><input id="m" name="mood" value="calm"></div><button class="btn primary">Finish</button></form>'],
  '/two': () => ['<form method="post" action="/done" data-ctrl-enter><label>Start <input name="start"></label><button class="btn primary">Save</button></form>' +
    '<form method="post" action="/pay"><label>Amount <input name="amount"></label><button class="btn">Pay</button></form>' +
    '<form method="post" action="/end"><label>Reason <input name="reason"></label><button class="btn danger">Take it off</button></form>', '', 'data-lock-min="10"'],
  '/list': (query) => [`<search><form data-search method="post" action="/list"><label>Name <input name="q" value="${query.get('q') ?? ''}"></label></form></search>` +
    `<div data-results><p>Results for ${query.get('q') ?? 'nothing'}</p></div>`],
  '/erase': () => ['<form method="post" action="/done"><button class="btn danger" data-confirm="Erase the file of Marta Serrano?">Erase</button></form>' +
    '<a href="/list" data-key="l">The list</a><p class="who">Marta Serrano</p>' +
    '<div class="flash" data-seconds="2"><span>Moved.</span></div><p>Starts <time datetime="2099-01-01T00:00:00Z" data-relative>In 9 minutes</time></p>'],
  '/pick': () => ['<div class="combo"><label for="c">Client</label><input id="c" data-combo="/clients/search" data-combo-new="#new">' +
    '<input type="hidden" name="client"></div><fieldset id="new" data-family-words="2" hidden disabled><label>Given <input name="given"></label><label>Family <input name="family"></label><label>Phone <input name="phone"></label></fieldset>'],
  '/agenda': (query) => [`<h1>Agenda</h1><div class="card" data-agenda="/agenda" data-view="${query.get('view') ?? 'week'}" data-by="${query.get('by') ?? ''}" data-date="${DAY}" ` +
    'data-zone="America/New_York" data-new="/appointments/new" data-min="07:00" data-max="20:00" data-first-day="1"><p>The agenda without script</p></div>',
    '<link rel="stylesheet" href="/agenda.css"><script type="module" src="/agenda.js"></script>'],
  '/locked': () => ['<form method="post" action="/locked"><button>Unlock</button></form>'],
  '/idle': () => ['<p>Somebody left the room.</p><form data-autosave="/draft/save"><input type="hidden" name="version" value="1"><textarea aria-label="Note" name="data"></textarea></form>', '', 'data-lock-min="10"'],
};

/** A stub on a free port. `posts` collects what was sent; `refusals` are answered first, in order;
 * while `isLocked`, everything but the lock is refused; while `isKept`, the browser may keep pages for Back. */
export async function startStub(files) {
  const stub = { posts: [], refusals: [], version: 1 };
  const words = await texts();
  const json = (response, status, data) => response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(data));

  function read(request, response, url) {
    return json(response, 200, {
      appointments: [appointment('a1', '14'), appointment('a2', '19', { modality: 'video', title: 'Jon Alonso' }), appointment('a3', '16', { state: 'held', kind: 'couple' })],
      resources: url.searchParams.get('by') === 'room' ? [{ id: 'R1', name: 'Room 1' }, { id: 'R2', name: 'Room 2' }] : [{ id: 'C1', name: 'Inés Robles' }],
    });
  }

  const heads = () => ({ 'content-security-policy': CSP, 'x-content-type-options': 'nosniff', ...(!stub.isKept && { 'cache-control': 'no-store' }) });
  const page = (response, path, query) => response.writeHead(200, { ...heads(), 'content-type': TYPES['.html'] }).end(frame(words, ...PAGES[path](query)));

  async function write(request, response, url) {
    let body = '';
    for await (const chunk of request) body += chunk;
    const isJson = request.headers['content-type']?.startsWith('application/json');
    const has = ({ name }) => name.toLowerCase().includes(JSON.parse(body).q.toLowerCase());
    if (url.pathname === '/clients/search') return json(response, 200, { clients: CLIENTS.filter(has) });
    if (url.pathname === '/list' && !isJson) return page(response, url.pathname, new URLSearchParams(body));
    stub.posts.push({ path: url.pathname, csrf: request.headers['x-csrf-token'], body: isJson ? JSON.parse(body) : Object.fromEntries(new URLSearchParams(body)) });
    const refusal = stub.isLocked && url.pathname !== '/lock' ? { status: 423, data: { errors: [{ message: 'Locked.' }] } } : stub.refusals.shift();
    if (refusal?.status === 0) return request.socket.destroy();
    if (refusal) return json(response, refusal.status, refusal.data);
    if (request.headers.accept === 'application/json') return json(response, 200, { version: ++stub.version });
    return response.writeHead(303, { location: '/list' }).end();
  }

  async function answer(request, response) {
    const url = new URL(request.url, 'http://stub');
    if (request.method === 'POST') return write(request, response, url);
    if (request.headers.accept === 'application/json') return read(request, response, url);
    const head = heads();
    if (stub.isLocked) return response.writeHead(423, head).end();
    if (PAGES[url.pathname]) return page(response, url.pathname, url.searchParams);
    const file = await readFile(join(files, url.pathname)).catch(() => null);
    if (file) return response.writeHead(200, { ...head, 'content-type': TYPES[extname(url.pathname)] }).end(file);
    return response.writeHead(200, { ...head, 'content-type': TYPES['.html'] }).end(frame(words, `<p>At ${url.pathname}</p>`));
  }

  const http = createServer(answer).listen(0, '127.0.0.1');
  await new Promise((done) => http.once('listening', done));
  stub.url = `http://127.0.0.1:${http.address().port}`;
  stub.close = () => {
    http.closeAllConnections();
    http.close();
  };
  return stub;
}

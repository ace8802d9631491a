// SPDX-License-Identifier: AGPL-3.0-or-later
// crawl.mjs - follows every link a person is offered, so that no page is forgotten.

const isData = /(\/pdf|\.pdf|\.csv|\.ics|\.json|\/photo)$/;

/** /clients/x4Y.../edit is of the kind /clients/id/edit; views of the agenda are kinds of their own. */
function kindOf(url) {
  const { pathname, searchParams } = new URL(url);
  const view = ['view', 'by'].filter((key) => searchParams.get(key))
    .map((key) => `${key}=${searchParams.get(key)}`).join('&');
  return pathname.replace(/\/[\w-]{22}(?=\/|$)/g, '/id') + (view ? `?${view}` : '');
}

/** What can be done on the page: a draft and a signed note are different pages. */
async function faceOf(page, kind) {
  const actions = await page.evaluate(() =>
    [...document.querySelectorAll('main form')].map((f) => f.getAttribute('action')));
  return [kind, ...new Set(actions.map((action) => action.replace(/[\w-]{22}/g, 'id')))].sort().join(' ');
}

async function linksOf(page) {
  const hrefs = await page.evaluate(() => [...document.links].map((a) => a.href));
  const { origin } = new URL(page.url());
  return hrefs.map((href) => href.replace(/#.*/, ''))
    .filter((href) => href.startsWith(`${origin}/`) && !isData.test(new URL(href).pathname)
      && !new URL(href).pathname.startsWith('/static/'));
}

/**
 * Visits each kind of page that can be reached by links from `starts`, so many of each at most, and
 * calls look(page, kind) for each that looks different: drafts and signed notes do. Returns the kinds.
 */
export async function crawl(page, look, { starts = ['/'], most = 3 } = {}) {
  const base = new URL(page.url()).origin;
  const queue = starts.map((path) => base + path);
  const visits = new Map(), faces = new Set(), seen = new Set(queue);
  while (queue.length) {
    const url = queue.shift();
    const kind = kindOf(url);
    const n = visits.get(kind) ?? 0;
    if (n === most) continue;
    visits.set(kind, n + 1);
    const answer = await page.goto(url);
    if (answer.status() !== 200) throw new Error(`${kind} answered ${answer.status()}`);
    const face = await faceOf(page, kind);
    if (!faces.has(face)) await look(page, kind);
    faces.add(face);
    for (const link of await linksOf(page))
      if (!seen.has(link)) seen.add(link), queue.push(link);
  }
  return [...visits.keys()];
}

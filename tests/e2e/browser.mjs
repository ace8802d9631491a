// SPDX-License-Identifier: AGPL-3.0-or-later
// browser.mjs - Debian's Chromium, one for all stories, and what every visit with it must keep to.
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

export const logs = new URL('../../build-logs', import.meta.url).pathname;
export const pagesFolder = join(logs, 'e2e-pages');

const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync'];
const DESKTOP = { width: 1280, height: 800 };
const PHONE = { width: 390, height: 844 };

let browser;

export async function openBrowser() {
  browser ??= chromium.launch({ executablePath: '/usr/bin/chromium', args: FLAGS });
  return browser;
}

export async function closeBrowser() {
  if (browser) await (await browser).close();
  browser = undefined;
}

/** Documents seen, for the HTML checker: name of file -> HTML. The last of a kind stays. */
const documents = new Map();

export async function savePages() {
  await rm(pagesFolder, { recursive: true, force: true });
  await mkdir(pagesFolder, { recursive: true });
  for (const [name, html] of documents) await writeFile(join(pagesFolder, name), html);
  return documents.size;
}

/** One file per kind of page: ids of 22 characters become "id". */
function fileName(response, language) {
  const path = new URL(response.url()).pathname.replace(/\/[\w-]{22}(?=\/|$)/g, '/id');
  const method = response.request().method();
  return `${method}${path}-${response.status()}-${language}`.replace(/[^\w.-]+/g, '_') + '.html';
}

const RESOURCES = ['stylesheet', 'script', 'image', 'font', 'manifest', 'media'];

function complainAboutHeaders(headers, complain) {
  const csp = headers['content-security-policy'] ?? '';
  if (!csp) complain('no Content-Security-Policy');
  if (/unsafe-(inline|eval)/.test(csp)) complain(`weak Content-Security-Policy: ${csp}`);
  if (headers['x-content-type-options'] !== 'nosniff') complain('no X-Content-Type-Options: nosniff');
  if (!/no-store/.test(headers['cache-control'] ?? '')) complain('may be stored by caches');
}

/** The HTML of a page; "" when the next page came so quickly that the browser dropped it. */
async function bodyOf(response) {
  const dropped = new Promise((done) => setTimeout(done, 5000, '').unref());
  return Promise.race([response.text().catch(() => ''), dropped]);
}

async function watchDocument(response, language, keepPages, complain) {
  const status = response.status();
  if (status >= 300 && status < 400) return;
  if (!/^text\/html/.test(response.headers()['content-type'] ?? '')) return;
  complainAboutHeaders(response.headers(), complain);
  const html = await bodyOf(response);
  if (html && keepPages) documents.set(fileName(response, language), html);
}

/**
 * A browser context of its own in which nothing may go wrong unseen. `complaints` collects what the
 * browser itself found: violations of the CSP, errors in scripts and on the console, broken
 * resources, answers of 500 and above, requests to anybody but the server.
 *   phone, dark, script (false: JavaScript off), language ('en', 'es')
 *   keepPages  false: not for the HTML checker
 */
export async function openContext(server, { phone = false, dark = false, script = true,
  language = 'en', keepPages = true } = {}) {
  const complaints = [];
  const context = await (await openBrowser()).newContext({
    baseURL: server.url,
    viewport: phone ? PHONE : DESKTOP,
    isMobile: phone,
    hasTouch: phone,
    deviceScaleFactor: phone ? 2 : 1,
    colorScheme: dark ? 'dark' : 'light',
    reducedMotion: 'reduce',
    javaScriptEnabled: script,
    locale: language,
    timezoneId: 'Europe/Madrid',
  });
  const pending = new Set();
  context.setDefaultTimeout(15000);
  await context.addInitScript(() => document.addEventListener('securitypolicyviolation', (e) =>
    console.error(`CSP refused ${e.blockedURI || 'inline'} (${e.violatedDirective})`)));
  context.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (/^https?:$/.test(protocol) && origin !== server.url)
      complaints.push(`request to a stranger: ${request.url()}`);
  });
  context.on('response', (response) => {
    const kind = response.request().resourceType();
    const complain = (what) => complaints.push(
      `${response.request().method()} ${new URL(response.url()).pathname}: ${what}`);
    if (response.status() >= 500) complain(`answered ${response.status()}`);
    if (response.status() >= 400 && RESOURCES.includes(kind)) complain(`${kind} is missing`);
    if (kind !== 'document') return;
    const watch = watchDocument(response, language, keepPages, complain)
      .finally(() => pending.delete(watch));
    pending.add(watch);
  });
  context.on('console', (message) => {
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(`console: ${message.text()}`);
  });
  context.on('weberror', (error) => complaints.push(`script: ${error.error().message}`));
  const settled = () => Promise.all(pending);
  return { context, complaints, settled };
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// check_page.mjs - what holds on every page: axe finds nothing, in light and in dark, and nothing
// runs out of a screen of 320 px.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** What axe looks at; in the dark nothing but the colours can differ. */
const SCHEMES = { light: {}, dark: { runOnly: ['color-contrast'] } };

/** Fails with all that was found, a line each. */
export function assertNone(found, title) {
  assert.equal(found.length, 0, [title, ...found].join('\n'));
}

/** Runs axe in a world of its own beside the page's scripts, so our CSP stays as it is. */
async function violations(page, rules) {
  const cdp = await page.context().newCDPSession(page);
  try {
    const { frameTree } = await cdp.send('Page.getFrameTree');
    const { executionContextId: contextId } = await cdp.send('Page.createIsolatedWorld',
      { frameId: frameTree.frame.id, worldName: 'axe' });
    await cdp.send('Runtime.evaluate', { expression: axe, contextId });
    const { result, exceptionDetails } = await cdp.send('Runtime.evaluate', {
      expression: `axe.run(document, ${JSON.stringify({ resultTypes: ['violations'], ...rules })})
        .then(r => r.violations)`,
      contextId, awaitPromise: true, returnByValue: true,
    });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description);
    return result.value;
  } finally {
    await cdp.detach();
  }
}

const describe = (found, scheme) => found.map((v) => `${scheme}: ${v.id}: ${v.help}\n` +
  v.nodes.slice(0, 5).map((n) => `    ${n.target.join(' ')}: ${n.failureSummary}`).join('\n'));

/** What sticks out at 320 px, if the page then scrolls sideways. */
function stickingOut() {
  const root = document.scrollingElement;
  if (root.scrollWidth <= root.clientWidth) return [];
  return [...document.body.querySelectorAll('*')]
    .filter((e) => e.getBoundingClientRect().right > root.clientWidth + 1)
    .slice(0, 5).map((e) => `320 px: ${e.cloneNode(false).outerHTML.slice(0, 120)} sticks out`);
}

async function reflow(page) {
  const size = page.viewportSize();
  await page.setViewportSize({ width: 320, height: 640 });
  const found = await page.evaluate(stickingOut);
  await page.setViewportSize(size);
  return found;
}

/** Asserts all that holds on every page. The page is left as it was found. */
export async function checkPage(page) {
  const wrong = [];
  for (const [colorScheme, rules] of Object.entries(SCHEMES)) {
    await page.emulateMedia({ colorScheme });
    wrong.push(...describe(await violations(page, rules), colorScheme));
  }
  await page.emulateMedia({ colorScheme: null });
  wrong.push(...await reflow(page));
  assertNone(wrong, `${new URL(page.url()).pathname} is not as every page must be`);
}

// SPDX-License-Identifier: AGPL-3.0-or-later
// nu.mjs - the Nu HTML checker over every page the stories have seen.
import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename } from 'node:path';

const jar = createRequire(import.meta.url).resolve('vnu-jar/build/dist/vnu.jar');

/** The errors in the HTML files of a folder, as lines "file:line: message". */
export async function checkHtml(folder) {
  const report = await new Promise((done, failed) => execFile('java',
    ['-Xss1m', '-jar', jar, '--errors-only', '--format', 'json', '--stdout', folder],
    { maxBuffer: 64 << 20 },
    (error, stdout) => (stdout.startsWith('{') ? done(stdout) : failed(error))));
  return JSON.parse(report).messages
    .map((m) => `${basename(m.url)}:${m.lastLine}: ${m.message} ${m.extract?.trim() ?? ''}`);
}

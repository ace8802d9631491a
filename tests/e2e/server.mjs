// SPDX-License-Identifier: AGPL-3.0-or-later
// server.mjs - one Entracte of its own for each story: database, files, key and port.
//
// The demo practice is made once per kind and copied, because making it takes longer than a story.
import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = process.env.ENTRACTE ?? new URL('../../build/entracte', import.meta.url).pathname;

export const pgUrl = process.env.TEST_PG ?? '';
const cleanUps = []; // run by removeTemplates(): templates outlive the stories that use them
const templates = new Map(); // kind of demo -> promise of { folder, database, signIns }

const scratch = (name) => mkdtemp(join(tmpdir(), `entracte-${name}-`));

async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise((done) => probe.once('listening', done));
  const { port } = probe.address();
  await new Promise((done) => probe.close(done));
  return port;
}

// --- databases ---------------------------------------------------------------------------

let nDatabases = 0;

function urlOfDatabase(name) {
  const url = new URL(pgUrl);
  url.pathname = `/${name}`;
  return url.href;
}

async function newPgDatabase(template = 'template0') {
  const name = `e2e_${process.pid}_${++nDatabases}`;
  await run('psql', ['-qX', '-v', 'ON_ERROR_STOP=1', '-c',
    `CREATE DATABASE ${name} TEMPLATE ${template}`, pgUrl]);
  return name;
}

async function dropPgDatabase(name) {
  await run('psql', ['-qX', '-c', `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`, pgUrl]);
}

/** Where one practice lives: the arguments every command of the program takes. */
function place(folder, database) {
  return ['--db', database ? urlOfDatabase(database) : `sqlite:${join(folder, 'demo.db')}`,
    '--data', join(folder, 'files'), '--key-file', join(folder, 'keys', 'boot.key')];
}

// --- the demo practice -----------------------------------------------------------------------

/** Lines with an address, then a password: [{ email, password, line }]. */
function parseSignIns(text) {
  return [...text.matchAll(/^.*?(\S+@\S+)\s+(\S+).*$/gm)]
    .map(([line, email, password]) => ({ line, email, password }));
}

async function makeTemplate(db, options) {
  const folder = await scratch('demo');
  const database = db === 'pgsql' ? await newPgDatabase() : '';
  cleanUps.push(async () => {
    await rm(folder, { recursive: true, force: true });
    if (database) await dropPgDatabase(database);
  });
  const wishes = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { stdout } = await run(program, ['demo', ...place(folder, database), ...wishes]);
  await writeFile(join(folder, 'sign-ins.txt'), stdout, { mode: 0o600 });
  return { folder, database, signIns: parseSignIns(stdout) };
}

function demoTemplate(db, options) {
  const kind = JSON.stringify([db, options]);
  if (!templates.has(kind)) templates.set(kind, makeTemplate(db, options));
  return templates.get(kind);
}

export async function removeTemplates() {
  await Promise.all(cleanUps.splice(0).map((cleanUp) => cleanUp()));
}

// --- the server --------------------------------------------------------------------------

async function answers(url, child) {
  for (const end = Date.now() + 10000; Date.now() < end;) {
    if (child.exitCode !== null) break;
    const answer = await fetch(url, { redirect: 'manual' }).catch(() => null);
    if (answer) return true;
    await new Promise((done) => setTimeout(done, 20));
  }
  return false;
}

/**
 * Starts a server on a free port.
 *   db        'sqlite' or 'pgsql' (needs TEST_PG)
 *   practice  'demo' or 'empty'
 *   demo      options of `entracte demo`: { seed: 7, clients: 20 }
 * Returns { url, signIns, log(), cli(command, ...args), restart(), stop() }.
 */
export async function startServer({ db = 'sqlite', practice = 'demo', demo = {} } = {}) {
  const template = practice === 'demo' ? await demoTemplate(db, demo) : null;
  const folder = await scratch('story');
  if (template) await cp(template.folder, folder, { recursive: true });
  const database = db === 'pgsql' ? await newPgDatabase(template?.database) : '';
  const where = place(folder, database);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  let child, output = '';

  async function start() {
    child = spawn(program, ['serve', ...where, '--listen', `127.0.0.1:${port}`],
      { stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text) => { output += text; });
    if (!await answers(url, child)) {
      child.kill('SIGKILL');
      throw new Error(`the server did not start\n${output}`);
    }
  }

  /** Ends it as an administrator would; it must go in peace. */
  async function end() {
    if (child.exitCode !== null) throw new Error(`the server had ended by itself\n${output}`);
    const ended = new Promise((done) => child.once('exit', (code, sig) => done(code ?? sig)));
    child.kill('SIGTERM');
    const status = await ended;
    if (status !== 0) throw new Error(`the server ended with ${status}\n${output}`);
  }

  await start();
  return {
    url, folder, port,
    signIns: template?.signIns ?? [],
    log: () => output,
    cli: async (command, ...args) => (await run(program, [command, ...where, ...args])).stdout,
    restart: async () => { await end(); await start(); },
    stop: async () => {
      try {
        await end();
      } finally {
        await rm(folder, { recursive: true, force: true });
        if (database) await dropPgDatabase(database);
      }
    },
  };
}

/** For what has sign-ins in a file already: data/sign-ins.txt. */
export async function readSignIns(path) {
  return parseSignIns(await readFile(path, 'utf8'));
}

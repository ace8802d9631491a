// SPDX-License-Identifier: AGPL-3.0-or-later
// server.mjs - one Entracte of its own for each story: database, files, key and port.
//
// A practice is made once per kind and copied, because making the demo takes longer than a story.
import { execFile, spawn } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const program = process.env.ENTRACTE ?? new URL('../../build/entracte', import.meta.url).pathname;

export const pgUrl = process.env.TEST_PG ?? '';
const cleanUps = []; // run by removeTemplates(): templates outlive the stories that use them
const templates = new Map(); // kind of practice -> promise of { folder, database, signIns }

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

const urlOfDatabase = (name) => pgUrl.replace(/^(\w+:\/\/[^/]*)\/[^?]*/, `$1/${name}`);

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

/** The environment of a program for which it is `at` now (ISO 8601, UTC); the time goes on from there. */
async function clock(at) {
  if (!at) return process.env;
  const { stdout } = await run('faketime', ['@0', 'printenv', 'LD_PRELOAD']);
  return { ...process.env, LD_PRELOAD: stdout.trim(), TZ: 'UTC', FAKETIME_DONT_FAKE_MONOTONIC: '1',
    FAKETIME: `@${at.slice(0, 19).replace('T', ' ')}` };
}

/** Everything that lies on the disk: every file, and what PostgreSQL would give a thief. */
async function dump(folder, database) {
  const files = (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const parts = await Promise.all(files.map((path) => readFile(path)));
  if (database) {
    // the whole cluster is the thief's: no row is withheld
    const args = ['--inserts', urlOfDatabase(database).replace('//entracte@', '//postgres@')];
    parts.push((await run('pg_dump', args, { maxBuffer: 1 << 30, encoding: 'buffer' })).stdout);
  }
  return Buffer.concat(parts);
}

// --- the practice ----------------------------------------------------------------------------

/** Lines with an address, then a password: [{ email, password, line }]. */
function parseSignIns(text) {
  return [...text.matchAll(/^.*?(\S+@\S+)\s+(\S+).*$/gm)]
    .map(([line, email, password]) => ({ line, email, password }));
}

const OWNER = { email: 'owner@example.org', password: 'correct horse battery', line: 'owner' };

async function command(where, name, args = [], { input = '', env = process.env } = {}) {
  const running = run(program, [name, ...where, ...args], { maxBuffer: 64 << 20, env });
  running.child.stdin.end(input);
  return (await running).stdout;
}

/** Nothing at all, a practice with its owner and nothing else, or the demo. Returns its sign-ins. */
async function makePractice(where, practice, demo, env) {
  if (practice === 'none') return [];
  if (practice === 'empty') {
    await command(where, 'init', ['--email', OWNER.email, '--name', 'Olga Owner'],
      { input: OWNER.password, env });
    return [OWNER];
  }
  const wishes = Object.entries(demo).flatMap(([name, value]) => [`--${name}`, String(value)]);
  return parseSignIns(await command(where, 'demo', wishes, { env }));
}

async function makeTemplate({ db, practice, demo, at }) {
  const folder = await scratch('practice');
  await mkdir(join(folder, 'keys'));
  const database = db === 'pgsql' ? await newPgDatabase() : '';
  cleanUps.push(async () => {
    await rm(folder, { recursive: true, force: true });
    if (database) await dropPgDatabase(database);
  });
  const signIns = await makePractice(place(folder, database), practice, demo, await clock(at));
  return { folder, database, signIns };
}

function templateOf(kind) {
  const key = JSON.stringify(kind);
  if (!templates.has(key)) templates.set(key, makeTemplate(kind));
  return templates.get(key);
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
 *   practice  'demo'; 'empty': one owner and nothing else; 'none': not even that, the first start
 *   demo      options of `entracte demo`: { seed: 7, clients: 20 }
 *   host      by which name browsers come: 'localhost' when there are passkeys, which need one
 *   at        when it is, for the demo and the server: '2026-11-23T08:51:00Z' (needs faketime)
 *   backups   true: makes them in the folder's "backups"
 *   restore   { archive, kit }: what the practice is made of, which is 'none'
 * Returns { url, signIns, log(), dump(), cli(command, ...args), restart(), stop() }.
 */
export async function startServer({ db = 'sqlite', practice = 'demo', demo = {}, at,
  host = '127.0.0.1', backups = false, restore = null } = {}) {
  const template = await templateOf({ db, practice, demo, at });
  const env = await clock(at);
  const folder = await scratch('story');
  await cp(template.folder, folder, { recursive: true });
  const database = db === 'pgsql' ? await newPgDatabase(template.database) : '';
  const where = place(folder, database);
  const more = backups ? ['--backup-to', join(folder, 'backups')] : [];
  if (backups) await mkdir(join(folder, 'backups'));
  if (restore) await command(where, 'restore', [restore.archive, '--recovery-kit', restore.kit]);
  const port = await freePort();
  const url = `http://${host}:${port}`;
  let child, output = '';

  async function start() {
    child = spawn(program, ['serve', ...where, '--listen', `127.0.0.1:${port}`, ...more],
      { stdio: ['ignore', 'pipe', 'pipe'], env });
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
    signIns: template.signIns,
    log: () => output,
    dump: () => dump(folder, database),
    cli: (name, ...args) => command(where, name, args),
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

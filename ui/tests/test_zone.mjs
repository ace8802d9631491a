// SPDX-License-Identifier: AGPL-3.0-or-later
// test_zone.mjs - wall clocks and instants, above all on the two nights when clocks change.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantOf, offsetName, offsetOf, wallOf, wallPlus } from '../src/zone.js';

const iso = (wall, zone) => new Date(instantOf(wall, zone)).toISOString();

test('a wall time has its instant', () => {
  assert.equal(iso('2026-11-23T10:00', 'Europe/Madrid'), '2026-11-23T09:00:00.000Z');
  assert.equal(iso('2026-07-01T10:00', 'Europe/Madrid'), '2026-07-01T08:00:00.000Z');
  assert.equal(iso('2026-11-23T10:00', 'America/New_York'), '2026-11-23T15:00:00.000Z');
  assert.equal(iso('2026-11-23T00:00', 'Asia/Kathmandu'), '2026-11-22T18:15:00.000Z');
});

test('what the clock shows leads back to the instant, every hour of a year', () => {
  for (const zone of ['Europe/Madrid', 'America/St_Johns', 'Pacific/Apia', 'Australia/Lord_Howe']) {
    for (let ms = Date.UTC(2026, 0, 1); ms < Date.UTC(2027, 0, 1); ms += 3600000) {
      const back = instantOf(wallOf(ms, zone), zone);
      assert.ok(back === ms || (back < ms && wallOf(back, zone) === wallOf(ms, zone)), `${zone} ${new Date(ms).toISOString()}`);
    }
  }
});

test('of an hour that comes twice, the first is meant', () =>
  assert.equal(iso('2026-10-25T02:30', 'Europe/Madrid'), '2026-10-25T00:30:00.000Z'));

test('an hour that does not come is read as if the clock had not jumped', () =>
  assert.equal(iso('2026-03-29T02:30', 'Europe/Madrid'), '2026-03-29T01:30:00.000Z'));

test('offsets have names, and walls can be moved across midnight', () => {
  assert.equal(offsetName(offsetOf(Date.UTC(2026, 10, 23), 'America/St_Johns')), '-03:30');
  assert.equal(offsetName(offsetOf(Date.UTC(2026, 6, 1), 'Europe/Madrid')), '+02:00');
  assert.equal(wallPlus('2026-11-23T23:50', 15), '2026-11-24T00:05');
});

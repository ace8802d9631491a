// SPDX-License-Identifier: AGPL-3.0-or-later
// zone.js - instants and the clock on the practice's wall. A wall time is "2026-11-23T10:00".

const readers = new Map(); // zone -> Intl.DateTimeFormat

function reader(zone) {
  if (!readers.has(zone)) {
    readers.set(zone, new Intl.DateTimeFormat("en-GB", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" }));
  }
  return readers.get(zone);
}

/** What the clock in `zone` shows at an instant (ms, Date or ISO string). */
export function wallOf(instant, zone) {
  const part = Object.fromEntries(reader(zone).formatToParts(new Date(instant)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day}T${part.hour}:${part.minute}`;
}

/** Minutes that `zone` is ahead of UTC at an instant. */
export const offsetOf = (instant, zone) => Math.round((Date.parse(`${wallOf(instant, zone)}Z`) - Math.floor(new Date(instant) / 60000) * 60000) / 60000);

/** The first instant (ms) at which the clock shows `wall`; one the clock jumps over: as if it had not jumped. */
export function instantOf(wall, zone) {
  const asUtc = Date.parse(`${wall}Z`);
  const guesses = [asUtc - 86400000, asUtc + 86400000].map((near) => asUtc - offsetOf(near, zone) * 60000);
  return guesses.find((guess) => wallOf(guess, zone) === wall) ?? guesses[0];
}

const two = (n) => String(n).padStart(2, "0");

/** "+01:00" from minutes. */
export const offsetName = (minutes) => `${minutes < 0 ? "-" : "+"}${two(Math.floor(Math.abs(minutes) / 60))}:${two(Math.abs(minutes) % 60)}`;

/** A Date read by the browser's own clock, as a wall time. */
export const wallOfDate = (date) => `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}T${two(date.getHours())}:${two(date.getMinutes())}`;

/** A wall time some minutes later. */
export const wallPlus = (wall, minutes) => new Date(Date.parse(`${wall}Z`) + minutes * 60000).toISOString().slice(0, 16);

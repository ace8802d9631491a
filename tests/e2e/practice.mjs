// SPDX-License-Identifier: AGPL-3.0-or-later
// practice.mjs - what stories need of a practice besides the browser: its calendar, its API with a
// bearer token, and a session that is going on whatever the hour of the test.
import assert from 'node:assert/strict';

const ZONE = 'Europe/Madrid';
const MINUTE = 60000;

/** A day where the practice is, as a date input wants it: 2026-11-23. */
export const day = (daysAhead = 0) =>
  new Date(Date.now() + daysAhead * 1440 * MINUTE).toLocaleDateString('sv', { timeZone: ZONE });

/** The minutes since midnight where the practice is. */
function minuteOfDay() {
  const [h, m] = new Date().toLocaleTimeString('sv', { timeZone: ZONE }).split(':').map(Number);
  return 60 * h + m;
}

/** The next Monday after this week, as a date. */
export function nextMonday() {
  const weekday = new Date(`${day()}T12:00:00Z`).getUTCDay() || 7;
  return day(8 - weekday);
}

/** The API as a person of the practice: { get(path), post(path, object), email }. */
export async function api(server, who) {
  const { email } = server.signIns.find(({ line }) => line.includes(who));
  const token = (await server.cli('token', '--email', email)).trim();
  const headers = { authorization: `Bearer ${token}`, accept: 'application/json' };
  const ask = async (path, options) => {
    const answer = await fetch(server.url + path, options);
    const text = await answer.text();
    return { status: answer.status, text, data: text.startsWith('{') ? JSON.parse(text) : null };
  };
  return {
    email,
    get: (path) => ask(path, { headers }),
    post: (path, body) => ask(path, { method: 'POST', body: JSON.stringify(body),
      headers: { ...headers, 'content-type': 'application/json' } }),
  };
}

/** Clients of this clinician who have a signed note, newest agenda first: [{ id, name }]. */
async function treated(me) {
  const { data } = await me.get(`/agenda?view=week&date=${day(-7)}`);
  const held = data.appointments.filter((a) => a.is_closed && a.state === 'held' && a.may_open);
  return held.map((a) => ({ id: a.client_id, name: a.title, service: a.service_id, clinician: a.clinician_id }));
}

async function cancel(me, id) {
  const { version } = (await me.get(`/appointments/${id}`)).data;
  const { status, text } = await me.post(`/appointments/${id}/state`, { state: 'cancelled', version });
  assert.ok(status < 300, text);
}

/**
 * The appointment that is going on, one that is booked when there is none: a demo has free hours.
 * Returns { id, client_id, title }.
 */
export async function sessionNow(server, who) {
  const me = await api(server, who);
  const rows = (await me.get('/today')).data.rows;
  const now = Date.now();
  const isOpen = (r) => ['booked', 'confirmed', 'arrived'].includes(r.state_key);
  const going = rows.find((r) => isOpen(r) && Date.parse(r.start) <= now && Date.parse(r.end) > now);
  if (going) return going;
  const client = (await treated(me)).find((c) => !rows.some((r) => r.client_id === c.id));
  const taken = rows.filter((r) => isOpen(r) || r.state_key === 'held');
  const start = Math.max(now - Math.min(2, minuteOfDay()) * MINUTE,
    ...taken.map((r) => Date.parse(r.end)).filter((end) => end <= now));
  const tooClose = taken.find((r) => Date.parse(r.start) > now && Date.parse(r.start) < start + 5 * MINUTE);
  if (tooClose) await cancel(me, tooClose.id);
  const later = taken.filter((r) => r !== tooClose).map((r) => Date.parse(r.start)).filter((t) => t > now);
  const minutes = Math.min(50, Math.floor((Math.min(...later) - start) / MINUTE));
  const { status, text, data } = await me.post('/appointments', { clients: [client.id],
    service: client.service, clinician: client.clinician,
    start: new Date(start).toISOString().replace(/\d\d\.\d+Z/, '00Z'), minutes });
  assert.equal(status, 201, text);
  return { id: data.id, client_id: client.id, title: client.name };
}

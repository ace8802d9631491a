// SPDX-License-Identifier: AGPL-3.0-or-later
// agenda.js - the agenda as a grid of time: create by click or drag, move and resize by drag or keys.
//
// Enhances the server's own agenda, which stands when this does not run or nothing can be loaded:
//   <div data-agenda="/agenda" data-view="week" data-by="" data-date="2026-11-23" data-zone="Europe/Madrid"
//        data-new="/appointments/new" data-min="07:00" data-max="21:00" data-first-day="1"> ... </div>
// Turning pages and changing the view are links of the page. Only the calendar knows Event Calendar.
import { createCalendar, Interaction, ResourceTimeGrid, TimeGrid } from "@event-calendar/core";
import { ask, fetchPage, language, make, reason, text } from "./base.js";
import { say } from "./undo.js";
import { instantOf, offsetName, offsetOf, wallOf, wallOfDate, wallPlus } from "./zone.js";

const STEP_MIN = 15;
const MOVABLE = new Set(["booked", "confirmed"]);
const TABLE_ATTRIBUTES = ["role", "aria-colindex", "aria-rowindex", "aria-colcount", "aria-rowcount", "aria-colspan", "aria-rowspan"];
const GONE = new Set(["cancelled"]);

/** "Dr. Inés Robles": IR. */
const initials = (name) => name.split(/\s+/).filter((word) => !word.endsWith(".")).map((word) => word.charAt(0)).join("");

/** A week does not fit a telephone: there the day comes first, unless the person asked for another view. */
function showsDayInstead() {
  const asked = new URLSearchParams(location.search);
  const day = document.querySelector('.toolbar a[href*="view=day"]');
  if (!day || asked.has("view") || asked.has("by") || !matchMedia("(max-width: 37.5em)").matches) return false;
  location.replace(day.href);
  return true;
}

class Agenda {
  constructor(place) {
    this.place = place;
    this.data = place.dataset;
    this.zone = this.data.zone;
    this.by = this.data.by || "";
    this.days = this.data.view === "day" ? 1 : 7;
  }

  /** The day shown first, and the day after the last. */
  range() {
    const day = new Date(`${this.data.date}T00:00Z`);
    const first = Number(this.data.firstDay ?? 1);
    if (this.days === 7) day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() - first + 7) % 7));
    const end = new Date(day);
    end.setUTCDate(end.getUTCDate() + this.days);
    return [day, end].map((date) => date.toISOString().slice(0, 10));
  }

  load() {
    const [from, to] = this.range();
    const query = new URLSearchParams(location.search); // whose agenda is the page's choice
    for (const [name, value] of Object.entries({ from, to, view: this.data.view, by: this.by })) query.set(name, value);
    return ask(`${this.data.agenda}?${query}`);
  }

  /** One appointment as Event Calendar takes it: floating times of the practice's wall clock. */
  event(a) {
    const isMovable = MOVABLE.has(a.state) && a.may_move !== false;
    return {
      id: a.id, title: a.title, start: wallOf(a.start, this.zone), end: wallOf(a.end, this.zone),
      resourceIds: this.by === "room" ? [a.room_id ?? ""] : this.by ? [a.clinician_id] : [],
      startEditable: isMovable, durationEditable: isMovable,
      classNames: [`state-${a.state}`, `in-${a.modality}`, `kind-${a.kind}`, ...(a.may_open === false ? ["is-taken"] : []), ...(this.isShared ? ["is-shared", `by-${a.color}`] : [])].map((name) => name.replaceAll("_", "-")),
      extendedProps: { ...a },
    };
  }

  async start() {
    const answer = await this.load();
    if (!answer.ok) return;
    this.place.replaceChildren();
    this.place.classList.add("is-live");
    this.calendar = createCalendar(this.place, [TimeGrid, ResourceTimeGrid, Interaction], this.options(answer.data));
    document.addEventListener("visibilitychange", () => document.hidden || this.refresh());
  }

  async refresh() {
    const answer = await this.load();
    if (answer.ok) this.calendar.setOption("events", this.events(answer.data));
  }

  events(data) {
    this.isShared = this.by !== "clinician" && new Set(data.appointments.map((a) => a.clinician_id)).size > 1;
    return [...data.appointments.filter((a) => !GONE.has(a.state)).map((a) => this.event(a)),
      ...(data.closed ?? []).map((closed) => ({ display: "background", start: wallOf(closed.start, this.zone), end: wallOf(closed.end, this.zone),
        resourceIds: this.by === "clinician" && closed.clinician_id ? [closed.clinician_id] : [] }))];
  }

  options(data) {
    const isCompact = document.documentElement.dataset.density === "compact";
    const resources = (data.resources ?? []).map(({ id, name }) => ({ id: id ?? "", title: name })); // no id: without a room
    const isWeek = this.days === 7;
    const columns = (isWeek ? 7 : 1) * (this.by ? Math.max(resources.length, 1) : 1);
    const hour = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
    return {
      view: `${this.by ? "resourceTimeGrid" : "timeGrid"}${isWeek ? "Week" : "Day"}`,
      date: this.range()[0], firstDay: Number(this.data.firstDay ?? 1), locale: language(),
      timeZone: offsetName(offsetOf(Date.now(), this.zone)), // for the line of now; events float
      hiddenDays: this.hiddenDays(data.appointments),
      resources: this.by ? resources : [], datesAboveResources: true,
      events: this.events(data),
      headerToolbar: { start: "", center: "", end: "" }, allDaySlot: false, height: "100%",
      slotDuration: "00:30", slotLabelInterval: "01:00", snapDuration: { minutes: STEP_MIN }, slotHeight: isCompact ? 22 : 30,
      slotMinTime: this.data.min || "08:00", slotMaxTime: this.data.max || "20:00", flexibleSlotTimeLimits: true,
      columnWidth: columns > 2 ? "minmax(7.5rem, 1fr)" : undefined,
      slotLabelFormat: (date) => date.toLocaleTimeString(language(), hour), eventTimeFormat: hour, displayEventEnd: false,
      dayHeaderFormat: (date) => ({ domNodes: this.dayHead(date) }),
      nowIndicator: true, editable: true, eventResizableFromStart: false, selectable: Boolean(this.data.new), selectMinDistance: 8,
      longPressDelay: 350, pointer: Boolean(this.data.new), slotEventOverlap: false,
      eventContent: ({ event }) => ({ domNodes: event.display === "background" ? [] : this.content(event) }),
      eventAllUpdated: () => this.dropTableRoles(),
      eventDragStop: () => this.restClicks(), eventResizeStop: () => this.restClicks(),
      dateClick: ({ date, resource }) => this.create(wallOfDate(date), null, resource),
      select: ({ start, end, resource }) => this.create(wallOfDate(start), wallOfDate(end), resource),
      eventDrop: (info) => this.move(info.event, info.revert, info.newResource),
      eventResize: (info) => this.move(info.event, info.revert),
    };
  }

  /** A weekend with nothing in it leaves its room to the other days. */
  hiddenDays(appointments) {
    if (this.days === 1) return [];
    const used = new Set(appointments.map((a) => new Date(`${wallOf(a.start, this.zone)}Z`).getUTCDay()));
    const today = new Date(`${wallOf(Date.now(), this.zone)}Z`).getUTCDay();
    return [6, 0].filter((day) => !used.has(day) && day !== today);
  }

  dayHead(date) {
    return [make("span", {}, date.toLocaleDateString(language(), { weekday: "short" })), make("b", { class: "num" }, String(date.getDate()))];
  }

  /** A link with what can be seen and, for readers, the day; Alt and the arrows move it. */
  content(event) {
    const { extendedProps: a } = event;
    const day = event.start.toLocaleDateString(language(), { weekday: "long", day: "numeric", month: "long" });
    const where = [this.by === "room" ? "" : a.place ?? (a.modality === "video" ? text("video") : a.room), a.hint].filter(Boolean).join(" · ");
    const link = make("a", { href: a.may_open === false ? null : `/appointments/${event.id}`, draggable: "false", "data-appointment": event.id,
      "aria-description": event.startEditable === false ? null : text("agendaKeys"), onkeydown: (press) => this.onKey(press, event.id) },
      make("span", { class: "hide" }, `${day} `), make("span", { class: "num" }, `${wallOfDate(event.start).slice(11)} `),
      this.isShared ? make("abbr", { class: "num", title: a.clinician }, `${initials(a.clinician ?? "")} `) : null,
      make("b", { class: "who" }, a.title), make("small", {}, where));
    link.addEventListener("click", (click) => this.isResting && click.preventDefault());
    return [link];
  }

  /** The click that ends a drag opens nothing. */
  restClicks() {
    this.isResting = true;
    setTimeout(() => (this.isResting = false), 50);
  }

  onKey(press, id) {
    const step = { ArrowUp: -STEP_MIN, ArrowDown: STEP_MIN, ArrowLeft: -1440, ArrowRight: 1440 }[press.key];
    const event = this.calendar.getEventById(id);
    if (!press.altKey || !step || event.startEditable === false) return;
    press.preventDefault();
    const isResize = press.shiftKey && Math.abs(step) === STEP_MIN;
    const before = { start: wallOfDate(event.start), end: wallOfDate(event.end) };
    const after = { start: isResize ? before.start : wallPlus(before.start, step), end: wallPlus(before.end, step) };
    if (after.end <= after.start) return;
    this.put(event, after);
    this.move(this.calendar.getEventById(id), () => this.put(event, before)).then(() => this.focus(id));
  }

  focus(id) {
    requestAnimationFrame(() => this.place.querySelector(`[data-appointment="${id}"]`)?.focus());
  }

  /** Event Calendar calls itself a table, but its events are in no cell: for readers they are a list of links. */
  dropTableRoles() {
    for (const part of this.place.querySelectorAll("[role], [aria-colindex]")) {
      if (part.matches("a, button")) continue;
      for (const name of TABLE_ATTRIBUTES) part.removeAttribute(name);
    }
  }

  put(event, { start, end }) {
    this.calendar.updateEvent({ ...event, start, end });
  }

  create(start, end, resource) {
    if (!this.data.new) return;
    const query = new URLSearchParams({ start });
    if (end) query.set("end", end);
    if (resource?.id) query.set(this.by, resource.id);
    for (const name of ["clinician", "room"]) if (this.data[name] && !query.has(name)) query.set(name, this.data[name]);
    location.assign(`${this.data.new}?${query}`);
  }

  /** Tells the server; what it refuses goes back to its place with the reason. */
  async move(event, revert, resource) {
    const { extendedProps: was } = event;
    const wanted = { start: this.iso(event.start), end: this.iso(event.end), version: was.version };
    if (resource) wanted[this.by] = resource.id;
    const answer = await ask(`/appointments/${event.id}/move`, wanted);
    if (!answer.ok) {
      revert();
      say(reason(answer), { isTrouble: true });
      if (answer.status === 409) this.refresh();
      return;
    }
    this.keep(event, { ...wanted, version: answer.data.version });
    const back = { start: was.start, end: was.end, version: answer.data.version };
    if (resource) back[this.by] = was[`${this.by}_id`];
    const when = event.start.toLocaleString(language(), { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" });
    say(text("moved", { when }), { undo: () => this.undo(event.id, back) });
  }

  /** The list for the printer is the server's: it follows each change. */
  async renewPaper() {
    const here = document.querySelector(".paper");
    const there = (await fetchPage(location.href))?.querySelector(".paper");
    if (here && there) here.replaceWith(document.adoptNode(there));
  }

  keep(event, { start, end, version, clinician, room }) {
    const a = { ...event.extendedProps, start, end, version };
    if (clinician !== undefined) a.clinician_id = clinician;
    if (room !== undefined) a.room_id = room;
    this.calendar.updateEvent(this.event(a));
    this.renewPaper();
  }

  async undo(id, back) {
    const answer = await ask(`/appointments/${id}/move`, back);
    if (answer.ok) this.keep(this.calendar.getEventById(id), { ...back, version: answer.data.version });
    else say(reason(answer), { isTrouble: true });
  }

  iso(date) {
    return new Date(instantOf(wallOfDate(date), this.zone)).toISOString();
  }
}

if (!showsDayInstead()) for (const place of document.querySelectorAll("[data-agenda]")) new Agenda(place).start();

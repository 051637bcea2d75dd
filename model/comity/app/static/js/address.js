// The address holds the state. Every choice makes an entry, through which the browser goes back and forward; days that pass make none.

import { app, emit, on, open, today } from "./app.js";
import { keep, recall } from "./dom.js";
import { begun } from "./lock.js";

/** Keys in which two entries differ that are not worth going back for. */
const PASSING = ["day", "speed", "lang"];
const KEPT = "comity-day";

/** Whether the browser gave the address that is being opened. */
let given = true;
/** @type {{now: string, before: string}} what a slider moves, and moved in the entry that stands */
const slide = { now: "", before: "" };

/** The state in an address; that its controls are locked is no part of it. @param {string} hash @returns {Record<string, string>} */
function read(hash) {
  const { locked, ...state } = Object.fromEntries(new URLSearchParams(hash.replace(/^#/, "")));
  app.locked ||= locked === "yes";
  return locked === undefined || locked === "yes" ? state : { ...state, locked }; // which is then refused
}

/** The address of what is shown on a day. @param {number} [day] */
export function address(day = app.day) {
  const { day: _, ...rest } = app.state;
  const params = new URLSearchParams(app.opened && day !== app.opened.sight.day ? { ...rest, day: String(day) } : rest);
  if (app.locked) params.set("locked", "yes");
  return params.size ? `#${params}` : location.pathname;
}

/** What of a state makes an entry of its own. @param {Record<string, string>} state */
const weight = (state) => JSON.stringify(Object.entries(state).filter(([key]) => !PASSING.includes(key)).sort());

function write() {
  const fresh = !given && weight(app.state) !== weight(read(location.hash)) && !(slide.now && slide.now === slide.before);
  if (fresh) history.pushState(null, "", address());
  else history.replaceState(null, "", address());
  if (fresh) slide.before = slide.now;
  given = false;
}

/** What the browser went to: only what the page reads has changed, or another run is wanted. */
function go() {
  const { class: _, ...state } = begun(read(location.hash)), { day, ...rest } = state;
  given = true;
  const changed = [...new Set([...Object.keys(rest), ...Object.keys(app.state)])].filter((key) => rest[key] !== app.state[key]);
  const own = app.opened && changed.every((key) => Object.hasOwn(app.opened.choices, key) && (rest[key] === undefined || app.opened.choices[key].includes(rest[key]))); // else it is refused
  if (!own || Number(day ?? app.opened.sight.day) !== today()) {
    open(state, null);
    return;
  }
  app.state = rest;
  for (const key of changed) emit("page", key);
  write();
}

/** The state with which the page begins; after a reload in mid-play, with the day that was shown. */
export function first() {
  const kept = recall("sessionStorage", KEPT), state = read(location.hash);
  keep("sessionStorage", KEPT, null);
  return kept?.hash === location.hash ? { ...state, day: String(kept.day) } : state;
}

on("change", (key) => { slide.now = key; if (!key) slide.before = ""; });
on("opened", write);
on("cities", (frame) => !frame.playing && !frame.working && write());
on("page", () => !given && write());
addEventListener("popstate", go);
addEventListener("pagehide", () => app.playing && keep("sessionStorage", KEPT, { hash: location.hash, day: today() }));

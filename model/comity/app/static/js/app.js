// What the page knows, and the connection to the server.

import { $, el, isoDay, toast } from "./dom.js";
import { longDate, t } from "./language.js";
import { said } from "./said.js";
import { link, send } from "./source.js";

export { send };

/** @typedef {Record<string, string>} State */

const PAGE_DEFAULTS = { view: "city", colour: "risk", chart: "reporting", second: "trust", group: "hispanic", speed: "30", lesson: "0", tour: "0", range: "whole", lang: "browser" };

export const app = {
  /** @type {State} what differs from the standard page, without the day */ state: {},
  /** @type {State|null} the state that was asked for, until an answer comes: the next change is made to this one */ asked: null,
  /** @type {any} */ opened: null,
  /** @type {any} */ catalogue: null,
  /** @type {import("./frames.js").Frame|null} */ frame: null,
  /** @type {Float32Array[][]} lines by city and period */ history: [],
  /** @type {import("./frames.js").IntervalFrame|null} */ interval: null,
  epoch: 0,
  /** @type {any} what a page of a class says first */ hello: null,
  /** Whether a link locked the controls. */ locked: false,
  playing: false,
  /** @type {boolean|null} whether it shall play, until a frame says that it does: what is pressed meanwhile builds on it */ wish: null,
  /** The day that is shown when no day passes; the address has it. */ day: 0,
  /** @type {number|null} the day that a change asked for, until it is shown */ changed: null,
};

/** @type {Record<string, ((message: any) => void)[]>} */
const listeners = {};

/** @param {string} type @param {(message: any) => void} call */
export function on(type, call) {
  (listeners[type] ||= []).push(call);
}

/** @param {string} type @param {any} [message] */
export function emit(type, message) {
  for (const call of listeners[type] || []) call(message);
}

/** The value of a key of the page. @param {keyof typeof PAGE_DEFAULTS} key */
export const page = (key) => app.state[key] ?? PAGE_DEFAULTS[key];

/** What of a state makes the run, as a text. @param {State} state */
export const essence = (state) => JSON.stringify(Object.entries(state).filter(([key]) => !Object.hasOwn(app.opened.page, key) && key !== "day").sort());

/** Days lived in what is shown. */
export const today = () => (app.frame ? app.frame.today : app.day);

/**
 * Change keys of the state (null takes one back to its default) and live the run again from the start; `look` goes on to a day
 * on which a difference can be seen, `slide` says that more of the same will follow.
 * @param {Record<string, string|null>} patch @param {{day?: number, play?: boolean, look?: boolean, slide?: boolean}} [options]
 */
export function change(patch, options = {}) {
  emit("change", options.slide ? Object.keys(patch).join() : "");
  open({ ...(app.asked ?? app.state), ...patch }, options.day ?? today(), options.play ?? app.playing, options.look);
  app.changed = options.day ?? today();
}

/** Change a key that only the page reads. @param {keyof typeof PAGE_DEFAULTS} key @param {string} value */
export function setPage(key, value) {
  for (const state of app.asked ? [app.state, app.asked] : [app.state]) {
    if (value === PAGE_DEFAULTS[key]) delete state[key];
    else state[key] = value;
  }
  emit("page", key);
}

/** What is wanted counts from now on, though frames on their way say otherwise. @param {boolean} playing */
export function wish(playing) {
  app.playing = app.wish = playing;
}

/** @param {Record<string, string|null>} state @param {number|null} day @param {boolean} [play] @param {boolean} [look] */
export function open(state, day, play = false, look = false) {
  const sent = /** @type {State} */ (Object.fromEntries(Object.entries(state).filter(([, value]) => value !== null)));
  app.asked = { ...sent };
  if (day !== null) sent.day = String(day);
  app.epoch += 1;
  app.changed = null;
  wish(play);
  document.documentElement.dataset.asked = String(app.epoch);
  send({ type: "open", state: sent, epoch: app.epoch, play, look });
}

/** Open what is no change of what is shown, in the language that is spoken. @param {Record<string, string|null>} state @param {number|null} [day] */
export function enter(state, day = null) {
  open({ lang: app.state.lang ?? null, ...state }, day);
}

let wait = 500;

/** Connect, and open what the address says or, after a loss, what was shown. @param {State} first */
export function connect(first) {
  link({
    ready() {
      wait = 500;
      banner("");
      if (app.opened) open(app.asked ?? app.state, app.changed ?? today(), app.playing); // what was asked for meanwhile, too
      else open(first, null);
    },
    told: (message) => (message.epoch === undefined || message.epoch === app.epoch) && emit(message.type, message),
    shown,
    gone: (code) => lost(code, first),
  }, app.hello);
}

/** @param {number} code @param {State} first */
function lost(code, first) {
  emit("stopped");
  const again = () => connect(first);
  if (code === 4002) {
    wish(false);
    banner(t("idle"), { action: t("idle-again"), call: again });
  } else if (code === 4005) {
    emit("unseated");
  } else if (code === 4006) {
    banner(t("elsewhere"), { action: t("elsewhere-here"), call: again });
  } else if (code === 4001) {
    banner(t("full"), { action: t("full-again"), call: again });
  } else {
    banner(t("lost"));
    setTimeout(again, wait);
    wait = Math.min(wait * 1.6, 8000);
  }
}

/** @param {import("./frames.js").Frame|import("./frames.js").IntervalFrame} frame */
function shown(frame) {
  if (frame.kind === "cities") send({ type: "ack", frame: frame.frame });
  if (frame.epoch !== app.epoch) return;
  if (frame.kind === "interval") app.interval = frame;
  else keep(frame);
  emit(frame.kind, frame);
}

/** @param {import("./frames.js").Frame} frame */
function keep(frame) {
  app.frame = frame;
  if (app.wish === null || frame.playing === app.wish || frame.today >= app.opened.days) {
    app.playing = frame.playing;
    app.wish = null;
  }
  if (!frame.playing && !frame.working) app.day = frame.today;
  document.documentElement.dataset.shown = String(frame.epoch);
  frame.cities.forEach((city, n) => {
    app.history[n] ||= [];
    app.history[n].length = frame.from;
    app.history[n].push(...city.rows);
  });
}

/** What a run that was lived again has in common with the one before. @param {any} before @param {any} after */
function again(before, after) {
  const people = before.people === after.people, same = (/** @type {string} */ key) => before.scenario[key] === after.scenario[key];
  const dice = ["seed", "start", "scale"].every(same) && before.place === after.place;
  const shown = after.day > (app.changed ?? after.day) ? ` ${t("lived-again-shown", { day: longDate(isoDay(after.scenario.start, after.day - 1)) })}` : "";
  return t("lived-again", { people: people ? "same" : "other", dice: dice ? "same" : "other" }) + shown;
}

on("opened", (message) => {
  const { day: _, ...state } = message.state;
  if (app.opened && app.changed !== null) toast(again(app.opened, message));
  app.changed = null;
  app.asked = null;
  app.state = state;
  app.opened = message;
  app.frame = null;
  app.history = [];
  app.interval = null;
  if (!app.playing) app.day = message.day;
  banner("");
});
on("invalid", (message) => {
  app.asked = app.wish = null; // what there was goes on
  app.playing = app.frame?.playing ?? false;
  const list = el("ul", {}, message.problems.map((/** @type {any} */ p) => el("li", {}, el("b", {}, `${p.file ? `${p.file}: ` : ""}${p.key} = ${p.value}`), `: ${t("invalid-valid", { wrong: said(p.wrong), valid: said(p.expected) })}`)));
  const rest = app.opened ? { action: t("dismiss"), call: () => banner("") } : { action: t("open-standard"), call: () => enter({}) };
  banner(t("invalid"), { list, ...rest });
  if (app.opened) emit("restore", app.opened); // controls go back to what is shown
  else emit("stopped");
});
on("failed", (message) => {
  app.asked = app.wish = null;
  app.playing = false;
  emit("stopped");
  banner(t("model-failed", { error: message.error }), { bad: true, action: t("reset"), call: () => open(app.state, 0) });
});

/** @param {string} text @param {{list?: Node, action?: string, call?: () => void, bad?: boolean}} [more] */
export function banner(text, more = {}) {
  const node = $("banner");
  node.hidden = !text;
  node.className = `banner${more.bad ? " bad" : ""}`;
  node.replaceChildren(text, more.list || "", more.action ? el("button", { type: "button", onclick: more.call }, more.action) : "");
}

// What you should see, and why: after a change one sentence computed from the run, and the numbers behind it.

import { app, on, page, send, today } from "./app.js";
import { $, calm, el } from "./dom.js";
import { brief, longDate, num, signed } from "./language.js";
import { prose } from "./words.js";

const SEEDS = 5, LEAST = 3;
/** Least share of a difference that the sentence names, and how many carriers it names at most. */
const NAMED = 0.1, MOST = 3;

let asked = 0, about = "";
/** @type {Record<string, string>|null} the state before the last change */
let before = null;
/** @type {any} */
let last = null;

/** What of a state makes the run. @param {Record<string, string>} state */
const essence = (state) => JSON.stringify(Object.entries(state).filter(([key]) => !(key in app.opened.page) && key !== "day").sort());

/** Whether there are two runs to compare. */
function comparable() {
  const { cities } = app.opened;
  return cities.length > 1 ? cities[0].regime !== cities[1].regime : before !== null;
}

const ask = calm(900, () => {
  if (!app.opened || !app.frame || app.frame.working || app.playing || page("view") !== "city" || !today()) return;
  const column = app.opened.columns.indexOf(`${page("chart")}:${page("group")}`);
  const key = JSON.stringify([app.opened.state, before, today(), column, app.opened.cities.length]);
  if (key === about) return;
  about = key;
  asked += 1;
  $("why").hidden = !comparable();
  if (!comparable()) return;
  $("why").replaceChildren(el("p", { class: "note" }, "Why? Every mechanism is being switched off under the same dice…"));
  send({ type: "why", seeds: SEEDS, asked, day: today(), column, before });
});

/** @param {{outcome: string, group: string}} what */
function named({ outcome, group }) {
  const { name } = app.opened.outcomes[outcome];
  return `${name[0].toUpperCase()}${name.slice(1)} (${app.opened.groups[group]})`;
}

/** @param {{outcome: string, group: string, difference: number, half: number}} what */
const sized = (what) => `${signed(what.difference)} ± ${brief(what.half)} ${app.opened.outcomes[what.outcome].difference}`;

/** @param {number} share */
const percent = (share) => (share > 1.005 ? "all of it and more" : `${num(100 * share)} % of it`);

/** What a mechanism is called in a sentence. @param {string} name */
const phrase = (name) => app.catalogue.glossary[`mechanism_${name}`]?.phrase || name;

/** What carries the difference, as far as it can be told. @param {any} message */
function carriers({ moved, parts, rest }) {
  const main = parts.filter((/** @type {any} */ part) => part.share >= NAMED).slice(0, MOST), left = rest.difference / moved.difference;
  const lone = main.map((/** @type {any} */ part, /** @type {number} */ k) => `without ${phrase(part.mechanism)} ${percent(part.share)}${k ? "" : " would be gone"}`);
  const none = rest.told ? `without any reaction of people ${signed(rest.difference)} would be left${left > 0.9 ? ": it comes with the law itself, not with how people react" : ""}` : "without any reaction of people nothing would be left that can be told from chance";
  return [...lone, none].join(", ");
}

/** @param {any} message */
function sentence(message) {
  const { moved, wanted, same, seeds, end } = message, day = longDate(end);
  if (same) return `By ${day} not one number differs in any of ${seeds} seeds: what was changed has no effect here.`;
  if (!moved) return `By ${day} nothing differs by more than chance in ${seeds} seeds.`;
  const other = moved.outcome !== wanted.outcome || moved.group !== wanted.group ? `${named(wanted)} does not differ by more than chance. What does most: ` : "";
  const side = app.opened.cities.length > 1 ? "to the right" : "by the last change";
  return `${other}${named(moved)}: ${sized(moved)} ${side} by ${day}; ${carriers(message)}.`;
}

/** @param {any} message */
function details({ moved, parts, rest, states, seeds, scale, done, total }) {
  const unit = moved && app.opened.outcomes[moved.outcome].difference;
  const rows = parts.map((/** @type {any} */ part) => el("tr", {}, el("td", {}, phrase(part.mechanism)), el("td", {}, `${signed(part.carried)} ± ${brief(part.half)} ${unit}`), el("td", {}, `${num(100 * part.share)} %`)));
  const overlap = parts.reduce((/** @type {number} */ sum, /** @type {any} */ part) => sum + Math.max(part.share, 0), 0) > 1.05;
  return el("details", {}, el("summary", {}, "The numbers behind it"),
    moved && el("table", {}, el("thead", {}, el("tr", {}, ["Switched off in both", "goes with it", "share"].map((head) => el("th", { scope: "col" }, head)))),
      el("tbody", {}, rows, el("tr", {}, el("td", {}, "everything: what is left"), el("td", {}, `${signed(rest.difference)} ± ${brief(rest.half)} ${unit}`), el("td", {}, `${num(100 * rest.difference / moved.difference)} %`)))),
    overlap && el("p", { class: "note" }, "Shares overlap where one mechanism works through another. Those that cannot be told from chance are left out."),
    states.length > 0 && el("p", {}, `Also moved: ${states.map((/** @type {any} */ s) => `${named(s)} ${sized(s)}`).join("; ")}.`),
    el("p", { class: "note" }, `${num(seeds)} seeds, 95 % intervals${done < total ? `; ${done} of ${total} lived` : ""}${scale > 1 ? `; one agent for ${num(scale)} people` : ""}. Totals from the first day, rates of the last year, states at the end.`));
}

on("why", (message) => {
  if (message.asked !== asked) return;
  if (message.other) $("why").replaceChildren(el("p", { class: "note" }, "Place, days, dice or people per agent were changed: that is another history, and there is nothing to compare it with."));
  else if (message.absent) $("why").hidden = true;
  else if (message.done >= Math.min(LEAST, message.total)) $("why").replaceChildren(prose(sentence(message), { id: "because" }), details(message));
});
on("opened", (message) => {
  const { day: _, ...state } = message.state;
  if (last && essence(last) !== essence(state)) before = last;
  last = state;
  about = ""; // a newer run ended what was asked of the one before
});
on("cities", ask);
on("page", ask);

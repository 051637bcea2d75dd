// What you should see, and why: after a change one sentence computed from the run, and the numbers behind it.

import { app, essence, on, page, send, today } from "./app.js";
import { $, calm, el, isoDay } from "./dom.js";
import { longDate, num, signed, t, within } from "./language.js";
import { differenceUnit, groupName, outcomeName, phrase } from "./names.js";
import { prose } from "./words.js";

const SEEDS = 5, LEAST = 3;
/** Least share of a difference that the sentence names, and how many carriers it names at most. */
const NAMED = 0.1, MOST = 3;

let asked = 0, about = "";
/** @type {Record<string, string>|null} the state before the last change */
let before = null;
/** @type {any} */
let last = null;

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
  $("why").replaceChildren(el("p", { class: "note" }, t("why-asking")));
  send({ type: "why", seeds: SEEDS, asked, day: today(), column, before });
});

/** @param {{outcome: string, group: string}} what */
function named({ outcome, group }) {
  const name = outcomeName(outcome);
  return `${name[0].toUpperCase()}${name.slice(1)} (${groupName(group)})`;
}

/** @param {{outcome: string, group: string, difference: number, half: number}} what */
const sized = (what) => `${within(what.difference, what.half)} ${differenceUnit(what.outcome)}`;

/** @param {number} share */
const percent = (share) => (share > 1.005 ? t("why-all") : t("why-share", { share: num(100 * share) }));

/** Whether what mechanisms carry is more than there is: one works through another. @param {any[]} parts */
const overlap = (parts) => parts.reduce((sum, part) => sum + Math.max(part.share, 0), 0) > 1.05;

/** What carries the difference, as far as it can be told. @param {any} message */
function carriers({ moved, parts, rest }) {
  const main = parts.filter((/** @type {any} */ part) => part.share >= NAMED).slice(0, MOST), left = rest.difference / moved.difference;
  const lone = main.map((/** @type {any} */ part, /** @type {number} */ k) => t(k ? "why-without-next" : "why-without", { mechanism: phrase(part.mechanism), share: percent(part.share) }));
  const law = moved.outcome.startsWith("attribution") ? "why-rest-seen" : "why-rest-law";
  const none = rest.told ? t(left > 0.9 ? law : "why-rest", { left: signed(rest.difference) }) : t("why-rest-none");
  return [...lone, none].join(", ") + (overlap(parts) ? ` (${t("why-overlaps")})` : "");
}

/** @param {any} message */
function sentence(message) {
  const { moved, wanted, same, seeds, end, scale } = message, day = longDate(end);
  if (!moved && scale > app.opened.scenario.scale) return t("why-coarse", { day, seeds, people: num(scale), shown: num(app.opened.scenario.scale) });
  if (same) return t("why-same", { day, seeds });
  if (!moved) return t("why-chance", { day, seeds });
  const other = moved.outcome !== wanted.outcome || moved.group !== wanted.group ? `${t("why-other", { outcome: named(wanted) })} ` : "";
  const side = app.opened.cities.length > 1 ? "right" : "change";
  return other + t("why-sentence", { outcome: named(moved), difference: sized(moved), side, day, carriers: carriers(message) });
}

/** @param {any} message */
function details({ moved, parts, rest, states, seeds, scale, done, total }) {
  const unit = moved && differenceUnit(moved.outcome);
  const rows = parts.map((/** @type {any} */ part) => el("tr", {}, el("td", {}, phrase(part.mechanism)), el("td", {}, `${within(part.carried, part.half)} ${unit}`), el("td", {}, `${num(100 * part.share)} %`)));
  return el("details", {}, el("summary", {}, t("why-numbers")),
    moved && el("table", {}, el("thead", {}, el("tr", {}, ["why-off", "why-goes", "why-part"].map((head) => el("th", { scope: "col" }, t(head))))),
      el("tbody", {}, rows, el("tr", {}, el("td", {}, t("why-everything")), el("td", {}, `${within(rest.difference, rest.half)} ${unit}`), el("td", {}, `${num(100 * rest.difference / moved.difference)} %`)))),
    overlap(parts) && el("p", { class: "note" }, t("why-overlap")),
    states.length > 0 && el("p", {}, t("why-also", { states: states.map((/** @type {any} */ s) => `${named(s)} ${sized(s)}`).join("; ") })),
    el("p", { class: "note" }, t("why-about", { seeds, done: done < total ? `; ${t("why-lived", { done, total })}` : "", scale: scale > 1 ? `; ${t("agent-for", { people: num(scale) })}` : "" })));
}

/** A recording explains the last day of its run alone: where an earlier one is shown, that is said. @param {{end: string}} message */
function ahead({ end }) {
  const shown = isoDay(app.opened.scenario.start, Math.max(today() - 1, 0));
  return end > shown ? el("p", { class: "note" }, t("why-ahead", { end: longDate(end), shown: longDate(shown) })) : "";
}

/** @type {any} what was told last */
let told = null;

/** @param {any} message */
function tell(message) {
  told = message;
  if (message.other) $("why").replaceChildren(el("p", { class: "note" }, t("why-another")));
  else if (message.absent) $("why").hidden = true;
  else if (message.done >= Math.min(LEAST, message.total)) $("why").replaceChildren(prose(sentence(message), { id: "because" }), ahead(message), details(message));
}
on("why", (message) => message.asked === asked && tell(message));
on("language", () => told?.asked === asked && tell(told));
on("opened", (message) => {
  const { day: _, ...state } = message.state;
  if (last && essence(last) !== essence(state)) before = last;
  last = state;
  about = ""; // a newer run ended what was asked of the one before
  told = null; // and what was told of that one is not so of this one
  $("why").hidden = !comparable(); // its place is kept: what stands below would move away under a finger
  $("why").replaceChildren(el("p", { class: "note" }, t("why-later")));
});
on("stopped", () => { $("why").hidden = true; about = ""; });
on("cities", ask);
on("page", ask);

// Trials: what was tried in this tab with the numbers that were seen, a way back and forth between them, and two side by side.
// A trial is a run's part of an address. The tab keeps them until it is closed; they hold nothing about persons, and nobody is told.

import { app, essence, on, open, page } from "./app.js";
import { $, el, isoDay, keep, recall, say, toast } from "./dom.js";
import { brief, longDate, signed, t } from "./language.js";
import { line } from "./lines.js";
import { groupName, ofPeople, outcomeTitle, regimeTitle } from "./names.js";
import { command, notebook, python } from "./notebook.js";
import { copy, save } from "./share.js";

/** @typedef {{regime: string, title: string}} City */
/** @typedef {{state: Record<string, string>, day: number, name: string, cities: City[], end: string, seen: Record<string, (number|null)[]>}} Trial */

const KEPT = "comity-trials", MOST = 20, LONGEST = 80, MOST_CHARACTERS = 100000;
/** What a key that both cities share is called. @type {Record<string, string>} */
const SHARED = { place: "setup-place", start: "setup-from", end: "setup-to", seed: "setup-seed", scale: "setup-scale", hypotheses: "hypotheses-card" };

/** @type {Trial[]} in the order in which one led to another */
let trials = [];
/** Which one is shown; -1 before any is. */
let at = -1;
/** @type {Set<Trial>} */
let chosen = new Set();
/** What slider the change that is on its way moves, and what slider made the trial that is shown: it moves on in that trial. */
let slider = "", maker = "";

// ------------------------------------------------------------------ what is kept
/** @param {any} value */
const table = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** @param {any} value @param {number} longest */
const short = (value, longest) => typeof value === "string" && value.length <= longest;

/** @param {any} end */
const dated = (end) => end === "" || (/^\d{4}-\d\d-\d\d$/.test(end) && Number.isFinite(Date.parse(end)));

/** A trial that was kept, if it is one: anybody may have written it. @param {any} value @returns {Trial[]} */
function whole(value) {
  const { state, day, name, cities, end, seen } = value ?? {};
  const run = table(state) && Object.values(state).every((text) => typeof text === "string") && JSON.stringify(state).length <= MOST_CHARACTERS;
  const towns = Array.isArray(cities) && [1, 2].includes(cities.length) && cities.every((city) => short(city?.regime, 2000) && short(city.title, 2000));
  if (!run || !towns || !Number.isInteger(day) || day < 0 || day > 1e4 || !short(name, LONGEST) || !dated(end) || !table(seen)) return [];
  const keys = Object.keys(app.catalogue.trials.recipes), told = (/** @type {any} */ values) => Array.isArray(values) && values.length === cities.length && values.every((v) => v === null || Number.isFinite(v));
  if (!keys.every((key) => told(seen[key]))) return [];
  return [{ state, day, name, cities: cities.map(({ regime, title }) => ({ regime, title })), end, seen: Object.fromEntries(keys.map((key) => [key, seen[key]])) }];
}

function restore() {
  const kept = recall("sessionStorage", KEPT);
  trials = Array.isArray(kept) ? kept.slice(0, MOST).flatMap(whole) : [];
}

function forget() {
  [trials, at, maker] = [[], -1, ""];
  chosen.clear();
  $("trials-beside").replaceChildren();
  stand();
}

// ------------------------------------------------------------------ what is shown, as a trial
/** The keys of a state that make the run, or those that do not. @param {boolean} run */
const part = (run) => Object.fromEntries(Object.entries(app.state).filter(([key]) => run !== (key in app.opened.page)));

/** @returns {Trial} */
function taken() {
  const { scenario, ends, cities } = app.opened, periods = app.history[0]?.length ?? 0, over = periods > 0 && ends[periods - 1] > 1;
  const seen = Object.keys(app.catalogue.trials.recipes).map((key) => {
    const [outcome, group] = key.split(":"), values = app.history.map((_, n) => line(n, outcome, group).at(-1) ?? NaN);
    return [key, cities.map((/** @type {any} */ _, /** @type {number} */ n) => (Number.isFinite(values[n]) ? values[n] : null))];
  });
  return {
    state: part(true), day: app.frame?.today ?? 0, name: "", cities: cities.map((/** @type {City} */ { regime, title }) => ({ regime, title })),
    end: over ? isoDay(scenario.start, ends[periods - 1] - 1) : "", seen: Object.fromEntries(seen),
  };
}

/** @param {Trial} a @param {Trial} b */
const same = (a, b) => essence(a.state) === essence(b.state);

/** Put what is shown into its place: what is there already keeps its name, and a slider that goes on its trial. @param {Trial} now */
function put(now) {
  if (at >= 0 && same(trials[at], now)) {
    if (now.end || !trials[at].end) Object.assign(trials[at], { ...now, name: trials[at].name });
    return;
  }
  const known = trials.findIndex((trial) => same(trial, now));
  if (known >= 0) at = known;
  else if (at >= 0 && slider && slider === maker) Object.assign(trials[at], { ...now, name: trials[at].name });
  else trials.splice(++at, 0, now);
  maker = known >= 0 ? "" : slider;
  slider = "";
  while (trials.length > MOST) chosen.delete(/** @type {Trial} */ (at > MOST / 2 ? (at--, trials.shift()) : trials.pop()));
  if (known >= 0) put(now);
}

/** @param {import("./frames.js").Frame} frame */
function note(frame) {
  if (frame.working || page("tour") !== "0") return;
  put(taken());
  if (!frame.playing) stand();
}

/** Keep what there is, and show it. */
function stand() {
  keep("sessionStorage", KEPT, trials);
  draw();
}

// ------------------------------------------------------------------ going to one
/** @param {number} n */
function go(n) {
  open({ ...part(false), ...trials[n].state }, trials[n].day);
  toast(t("trial-shown", { trial: label(trials[n]) }));
}

/** The regime that a trial tries: to the right where there are two cities. @param {Trial} trial */
const tried = (trial) => trial.cities[trial.cities.length - 1].regime;

/** What of a state both cities share. @param {Trial} trial @returns {Record<string, string>} */
function shared({ state: { regime: _, against: __, ...rest } }) {
  return rest;
}

/** Show the numbers of two trials, and their regimes in two cities if they differ in nothing else. */
function compare() {
  const two = trials.filter((trial) => chosen.has(trial)).sort((a, b) => Number(tried(b) === "mandatory") - Number(tried(a) === "mandatory"));
  const [left, right] = two.map(shared), apart = [...new Set([...Object.keys(left), ...Object.keys(right)])].filter((key) => left[key] !== right[key]);
  const keys = apart.map(keyName).join(", "), alike = tried(two[0]) === tried(two[1]);
  const text = apart.length ? t("trials-apart", { keys }) : alike ? t("trials-alike") : t("trials-together");
  $("trials-beside").replaceChildren(el("p", {}, text), beside(two));
  if (apart.length || alike) return;
  const regime = tried(two[0]) === "mandatory" ? null : tried(two[0]); // as an address has it
  open({ ...part(false), ...left, regime, against: tried(two[1]) }, Math.max(two[0].day, two[1].day));
}

// ------------------------------------------------------------------ drawing
/** What a trial is called: by its own name, or by what it tries. @param {Trial} trial */
function label(trial) {
  const titles = trial.cities.map(({ regime, title }) => regimeTitle(regime, title));
  const more = Object.entries(shared(trial)).map(([key, value]) => `${keyName(key)} = ${value.slice(0, 24)}`);
  return trial.name || [titles.join(" | "), ...more.slice(0, 3), ...(more.length > 3 ? ["…"] : [])].join("; ");
}

/** What a key of the address is called; a parameter by its own name. @param {string} key */
const keyName = (key) => (SHARED[key] ? t(SHARED[key]) : key);

/** @param {string} key */
function numberName(key) {
  const [outcome, group] = key.split(":");
  return group === "all" ? outcomeTitle(outcome) : `${outcomeTitle(outcome)} (${groupName(group)})`;
}

/** A number of a trial: of its city, or of both and what they differ by. @param {Trial} trial @param {string} key */
function figure({ seen }, key) {
  const [left, right] = seen[key].map((value) => value ?? NaN), whole = ofPeople(key.split(":")[0]);
  return seen[key].length < 2 ? brief(left, whole) : `${brief(left, whole)} → ${brief(right, whole)} (${signed(right - left, whole)})`;
}

/** @param {Trial[]} two */
function beside(two) {
  const heads = two.map((trial) => el("th", { scope: "col" }, label(trial), trial.end && el("small", {}, ` ${t("trial-until", { day: longDate(trial.end) })}`)));
  const rows = Object.keys(two[0].seen).map((key) => el("tr", {}, el("th", { scope: "row" }, numberName(key)), two.map((trial) => el("td", {}, figure(trial, key)))));
  return el("div", { class: "tablewrap" }, el("table", {}, el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("trials-number")), heads)), el("tbody", {}, rows)));
}

/** @param {Trial} trial @param {number} n */
function card(trial, n) {
  const title = label(trial), tick = el("input", { type: "checkbox", id: `trial-tick-${n}`, checked: chosen.has(trial), "aria-label": t("trial-tick", { trial: title }), onchange: () => choose(trials[n], tick.checked) });
  return el("li", { class: n === at ? "now" : "" },
    el("button", { type: "button", id: `trial-${n}`, "aria-current": n === at ? "true" : null, onclick: () => go(n) }, title),
    trial.end ? el("ul", {}, Object.keys(trial.seen).map((key) => el("li", {}, `${numberName(key)}: `, el("b", {}, figure(trial, key))))) : el("p", { class: "note" }, t("trial-early")),
    el("div", { class: "foot" }, trial.end ? el("small", {}, t("trial-until", { day: longDate(trial.end) })) : "", el("label", {}, tick, ` ${t("trial-compare")}`)));
}

/** @param {Trial} trial @param {boolean} yes */
function choose(trial, yes) {
  if (yes) chosen.add(trial);
  else chosen.delete(trial);
  draw();
}

let drawn = "";
function draw() {
  const now = trials[at];
  $("trials").hidden = !now || page("tour") !== "0";
  $("undo").disabled = at < 1;
  $("redo").disabled = at >= trials.length - 1;
  if (!now || !app.opened) return;
  $("trials-compare").disabled = chosen.size !== 2;
  const content = trials.map(card), shown = content.map((item) => item.outerHTML).join("") + [...chosen].map((trial) => trials.indexOf(trial)).join();
  if (shown !== drawn) list(content);
  drawn = shown;
  if (document.activeElement !== $("trial-name")) $("trial-name").value = now.name;
  elsewhere(now);
}

/**
 * Put in place of a card what it is now, and leave alone those that are as they were: somebody may be pressing one.
 * What had the focus keeps it, and the card that is shown is in sight.
 * @param {HTMLElement[]} content
 */
function list(content) {
  const focused = document.activeElement?.id ?? "", box = $("trial-list"), cards = [...box.children];
  content.forEach((card, n) => {
    if (!cards[n]) box.append(card);
    else if (cards[n].outerHTML !== card.outerHTML) cards[n].replaceWith(card);
    $(`trial-tick-${n}`).checked = chosen.has(trials[n]);
  });
  for (const card of cards.slice(content.length)) card.remove();
  if (focused.startsWith("trial-")) $(focused)?.focus();
  const node = /** @type {HTMLElement} */ (box.children[at]);
  box.scrollLeft = Math.min(Math.max(box.scrollLeft, node.offsetLeft + node.offsetWidth - box.offsetLeft - box.clientWidth), node.offsetLeft - box.offsetLeft);
}

/** @param {Trial} now */
function elsewhere(now) {
  const there = Boolean(now.end && app.opened.elsewhere);
  say($("command"), there ? command(now) : t("trial-early"));
  for (const id of ["copy-command", "copy-python", "save-notebook"]) $(id).disabled = !there;
}

function rename() {
  if (!trials[at]) return;
  trials[at].name = $("trial-name").value.trim().slice(0, LONGEST);
  stand();
}

on("change", (key) => { slider = key; });
on("cities", note);
on("page", draw);
on("language", draw);
on("unseated", forget);

export function startTrials() {
  restore();
  $("trials").open = matchMedia("(min-width: 40rem)").matches; // on a phone charts are nearer
  $("undo").addEventListener("click", () => go(at - 1));
  $("redo").addEventListener("click", () => go(at + 1));
  $("trial-name").addEventListener("input", rename);
  $("trials-compare").addEventListener("click", compare);
  $("trials-forget").addEventListener("click", () => {
    forget();
    put(taken());
    stand();
  });
  $("copy-command").addEventListener("click", () => copy(command(trials[at]), t("copied-command"), t("copy-command-by-hand")));
  $("copy-python").addEventListener("click", () => copy(python(trials[at]), t("copied-python"), t("copy-python-by-hand")));
  $("save-notebook").addEventListener("click", () => save("comity.ipynb", new Blob([notebook(label(trials[at]), trials[at])], { type: "application/x-ipynb+json" })));
}

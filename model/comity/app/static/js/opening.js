// The opening: five scenes, stepped with buttons or arrow keys. Each is the running model in a state, and ends in the sandbox there.

import { app, enter, essence, on, page, send, setPage } from "./app.js";
import { $, el, isoDay, keep, recall, say } from "./dom.js";
import { parts } from "./funnel.js";
import { brief, known, longDate, num, signed, t } from "./language.js";
import { line } from "./lines.js";
import { groupName } from "./names.js";
import { tale } from "./story.js";
import { prose } from "./words.js";

const KEPT = "comity-opening";
const GROUPS = ["us_born", "immigrant", "unauthorized", "other"];
/** The scene that is shown, from 1; 0 if none is. */
let shown = 0;
/** Whether the story of this run was asked for. */
let asked = false;

/** The run that somebody saw who asked for nothing: a recorded page says of it what differs from the standard page. @type {string|undefined} */
let usual;

/** @param {number} stage */
const reached = (stage, n = 0) => num(parts(app.frame?.cities[n]?.funnel ?? new Float32Array(), stage, "level").reduce((a, b) => a + b, 0));

/** Value of a line in the recording period before a day, or in the last one. @param {number} n @param {string} outcome @param {string} group @param {number} [before] */
function worth(n, outcome, group, before = Infinity) {
  const values = line(n, outcome, group), at = app.opened.ends.findLastIndex((/** @type {number} */ end, /** @type {number} */ k) => end < before && k < values.length);
  return values[at] ?? NaN;
}

/** Mean of a line over the recording periods of the last year: one of four weeks is mostly chance. @param {number} n @param {string} outcome @param {string} group */
function yearly(n, outcome, group) {
  const values = line(n, outcome, group), last = app.opened.ends[values.length - 1] ?? 0;
  const kept = values.filter((value, k) => app.opened.ends[k] > last - 365 && Number.isFinite(value));
  return kept.reduce((a, b) => a + b, 0) / kept.length;
}

/** The day on which the programme comes, counted from the first. */
const switched = () => app.opened.cities[0].calendar.find((/** @type {any} */ e) => e.text.startsWith("Secure Communities"))?.day ?? 0;

/** What the run shows, by scene. @type {Record<string, () => string>} */
const SAYS = {
  print: () => t("says-print", { day: lived(), booked: reached(0), prints: reached(1), matches: reached(2), detainers: reached(4), custody: reached(5) }),
  life: () => "",
  switch: () => (app.frame && app.frame.today <= switched() + 7 ? t("says-switch-before", { day: longDate(isoDay(app.opened.scenario.start, switched())) })
    : t("says-switch", { groups: GROUPS.map((group) => `${groupName(group)} ${brief(worth(0, "risk", group, switched()))} → ${brief(worth(0, "risk", group))}`).join("; ") })),
  fork: () => t("says-fork", { day: lived(), prints: reached(1), printsRight: reached(1, 1), taken: reached(5), takenRight: reached(5, 1) }),
  bearers: () => t("says-bearers", { groups: GROUPS.map((group) => `${groupName(group)} ${signed(yearly(1, "reporting", group) - yearly(0, "reporting", group))}`).join("; ") }),
};

const lived = () => longDate(isoDay(app.opened.scenario.start, Math.max((app.frame?.today ?? 1) - 1, 0)));

/** @param {number} number */
function go(number) {
  const scene = app.catalogue.opening[number - 1];
  if (scene) enter({ ...scene.state, tour: String(number) });
  else leave();
}

function leave() {
  keep("localStorage", KEPT, true);
  shown = 0;
  setPage("tour", "0");
  draw();
}

function draw() {
  const scene = app.catalogue.opening[shown - 1], node = $("opening");
  node.hidden = !scene;
  if (!scene) return;
  const all = app.catalogue.opening.length;
  node.replaceChildren(el("h2", {}, t("opening-title", { number: shown, all, title: known(`scene-${scene.id}`, scene.title) })), ...scene.text.map((/** @type {string} */ text, /** @type {number} */ k) => prose(known(`scene-${scene.id}-${k + 1}`, text))),
    el("p", { class: "question", id: "opening-says", role: "status" }), el("div", { id: "opening-story", class: "story" }),
    el("div", { class: "pair" }, shown > 1 && el("button", { type: "button", id: "opening-back", onclick: () => go(shown - 1) }, t("opening-back")),
      shown < all && el("button", { type: "button", class: "primary", id: "opening-next", onclick: () => go(shown + 1) }, t("opening-next")),
      el("button", { type: "button", id: "opening-leave", onclick: leave }, t(shown < all ? "opening-skip" : "opening-leave"))));
}

on("opened", () => {
  asked = false;
  usual ??= essence(app.state);
  const first = shown === 1 && usual === essence(app.state);
  shown = Number(page("tour")) || (first ? 1 : 0);
  draw();
});
on("language", () => {
  asked = false;
  draw();
});
on("page", (key) => {
  if (key !== "tour" || Number(page("tour")) === shown) return;
  shown = Number(page("tour"));
  draw();
});
on("cities", (frame) => {
  const scene = app.catalogue.opening[shown - 1];
  if (!scene || frame.working) return;
  say($("opening-says"), SAYS[scene.id]());
  if (asked || frame.playing || !["life", "fork"].includes(scene.id)) return;
  asked = true;
  send({ type: "story" });
});
on("story", ({ resident, texts }) => {
  const scene = app.catalogue.opening[shown - 1];
  if (!scene || resident === null || !["life", "fork"].includes(scene.id)) return;
  $("opening-story").replaceChildren(tale(texts));
});

addEventListener("keydown", (event) => {
  const free = !(event.target instanceof Element) || !event.target.closest("input, select, textarea, [tabindex='0'], .plot, canvas");
  const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!shown || !by || !free || shown + by < 1 || event.altKey || event.ctrlKey || event.metaKey) return;
  event.preventDefault();
  go(shown + by);
});

/** Show the first scene to somebody who is here for the first time and asked for nothing else. @param {Record<string, string>} begin */
export function startOpening(begin) {
  if (!Object.keys(begin).length && !recall("localStorage", KEPT)) shown = 1;
  $("tour").addEventListener("click", () => go(1));
}

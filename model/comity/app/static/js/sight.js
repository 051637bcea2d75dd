// Whether there is a difference to see: when the regimes part, and what to do where the run is over before they do.

import { app, change, on, today } from "./app.js";
import { $, el, isoDay } from "./dom.js";
import { longDate } from "./language.js";

/** Whether the two cities have differed since the run began. */
let seen = false;

/** Whether two cities differ by what can be seen: a person, a shade of colour, the last digit of a number. @param {import("./frames.js").CityFrame} a @param {import("./frames.js").CityFrame} b */
function differ(a, b) {
  const apart = (/** @type {Float32Array} */ x, /** @type {Float32Array} */ y, /** @type {(k: number) => number} */ least) =>
    x.some((value, k) => Number.isNaN(value) !== Number.isNaN(y[k]) || Math.abs(value - y[k]) >= least(k));
  const shade = (/** @type {number} */ k) => (k % a.columns === 1 || k % a.columns === 2 ? 1 / 250 : 0.5); // trust and risk are means
  return apart(a.cells, b.cells, shade) || apart(a.funnel, b.funnel, () => 0.5) || a.rows.some((row, k) => apart(row, b.rows[k], () => 0.005));
}

/** What there is to say, or nothing where a difference is there to be seen. */
function words() {
  const { sight, scenario, cities } = app.opened, two = cities.length > 1;
  const titles = cities.map((/** @type {any} */ city) => `“${city.title}”`), last = longDate(scenario.end);
  const late = cities.flatMap((/** @type {any} */ _, /** @type {number} */ n) => (sight.starts[n] > scenario.end ? [`${titles[n]} begins on ${longDate(sight.starts[n])}`] : []));
  const lived = isoDay(scenario.start, today() - 1);
  if (two && cities[0].regime === cities[1].regime) return "";
  if (!sight.part) return two ? `In law ${titles.join(" and ")} never differ here.` : scenario.regime === "mandatory" ? "" : `In law ${titles[0]} changes nothing here.`;
  if (sight.part > scenario.end) return `${late.join("; ")}, after the last day of this run, ${last}. Until then there is nothing to see${two ? " between the two cities" : " of it"}.`;
  if (sight.part > lived) return two ? `The two cities part on ${longDate(sight.part)}; before that day nothing differs.` : `${titles[0]} begins to matter here on ${longDate(sight.part)}; before that day it changes nothing.`;
  return two && !seen ? `In law the two cities have differed since ${longDate(sight.part)}, but nothing that the page shows has differed yet.` : "";
}

/** @param {any} offer */
function button(offer) {
  const text = offer.kind === "longer" ? `Extend the run to ${longDate(offer.day)}` : `Start it on ${longDate(offer.day)}, ${offer.active ? "when the programme is switched on" : "the first day of the run"}`;
  return el("button", { type: "button", "data-offer": offer.kind, onclick: () => change(offer.patch, { look: true }) }, text);
}

let told = "";
function show() {
  if (!app.opened || !app.frame) return;
  const text = app.frame.working ? "" : words(), { sight } = app.opened;
  if (text === told) return;
  told = text;
  const forth = text && sight.day > today() && sight.part <= app.opened.scenario.end;
  $("sight").hidden = !text;
  $("sight").replaceChildren(text, ...sight.offers.map(button), forth ? el("button", { type: "button", "data-offer": "forth", onclick: () => change({}, { look: true }) }, "Go to a day on which it shows") : "");
}

on("opened", () => {
  seen = false;
  told = "-";
});
on("cities", ({ cities }) => {
  seen ||= cities.length > 1 && differ(cities[0], cities[1]);
  show();
});

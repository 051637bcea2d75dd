// Whether there is a difference to see: when the regimes part, and what to do where the run is over before they do.

import { app, change, on, today } from "./app.js";
import { $, el, isoDay, longDate } from "./dom.js";

/** Whether the two cities have differed since the run began. */
let seen = false;

/** @param {import("./frames.js").CityFrame} a @param {import("./frames.js").CityFrame} b */
function differ(a, b) {
  const same = (/** @type {Float32Array} */ x, /** @type {Float32Array} */ y) => x.every((value, k) => Object.is(value, y[k]));
  return !same(a.cells, b.cells) || !same(a.funnel, b.funnel) || !a.rows.every((row, k) => same(row, b.rows[k]));
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

// Whether there is a difference to see: when the regimes part, and what to do where the run is over before they do.

import { app, change, on, today } from "./app.js";
import { $, el, isoDay } from "./dom.js";
import { longDate, t } from "./language.js";
import { cityTitle } from "./names.js";

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
  const titles = cities.map((/** @type {any} */ _, /** @type {number} */ n) => `“${cityTitle(n)}”`), last = longDate(scenario.end);
  const late = cities.flatMap((/** @type {any} */ _, /** @type {number} */ n) => (sight.starts[n] > scenario.end ? [t("sight-begins", { regime: titles[n], day: longDate(sight.starts[n]) })] : []));
  const lived = isoDay(scenario.start, today() - 1);
  if (two && cities[0].regime === cities[1].regime) return "";
  if (!sight.part) return two ? t("sight-never", { one: titles[0], other: titles[1] }) : scenario.regime === "mandatory" ? "" : t("sight-nothing", { regime: titles[0] });
  if (sight.part > scenario.end) return t(two ? "sight-late-two" : "sight-late", { what: late.join("; "), last });
  if (sight.part > lived) return t(two ? "sight-part" : "sight-matters", { regime: titles[0], day: longDate(sight.part) });
  return two && !seen ? t("sight-unseen", { day: longDate(sight.part) }) : "";
}

/** @param {any} offer */
function button(offer) {
  const text = t(offer.kind === "longer" ? "offer-longer" : offer.active ? "offer-active" : "offer-first", { day: longDate(offer.day) });
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
  $("sight").replaceChildren(text, ...sight.offers.map(button), forth ? el("button", { type: "button", "data-offer": "forth", onclick: () => change({}, { look: true }) }, t("offer-forth")) : "");
}

on("opened", () => {
  seen = false;
  told = "-";
});
on("cities", ({ cities }) => {
  seen ||= cities.length > 1 && differ(cities[0], cities[1]);
  show();
});

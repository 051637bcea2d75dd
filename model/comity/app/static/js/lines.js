// Lines over time: the model's, and published counts of the same quantity, counties, days and law beside that of everybody.

import { app } from "./app.js";
import { brief, longDate, num, t } from "./language.js";
import { outcomeName } from "./names.js";
import { said } from "./said.js";

/** Column of an outcome and group. @param {string} outcome @param {string} group */
export const column = (outcome, group) => app.opened.columns.indexOf(`${outcome}:${group}`);

/** @param {number} n city @param {string} outcome @param {string} group @returns {number[]} */
export function line(n, outcome, group) {
  const at = column(outcome, group);
  return (app.history[n] || []).map((row) => row[at]);
}

/** The model's count of everybody by the morning of a day, or NaN if that day has not come. @param {number} n city @param {string} outcome @param {number} day */
function by(n, outcome, day) {
  const values = line(n, outcome, "all"), next = values.findIndex((_, k) => app.opened.ends[k] >= day);
  if (day === 0) return 0;
  if (next < 0) return NaN;
  const [since, low] = next ? [app.opened.ends[next - 1], values[next - 1]] : [0, 0];
  return low + ((values[next] - low) * (day - since)) / (app.opened.ends[next] - since);
}

/**
 * What to draw: from the model's line on the first day of the count up, by what was published, to its last day.
 * @param {string} outcome
 * @returns {{n: number, from: number, to: number, low: number, high: number, value: number, model: number, start: string, last: string, source: string}[]}
 */
export function beside(outcome) {
  return app.opened.cities.flatMap((/** @type {any} */ city, /** @type {number} */ n) => city.published
    .filter((/** @type {any} */ count) => count.outcome === outcome)
    .map((/** @type {any} */ count) => {
      const low = by(n, outcome, count.from);
      return { ...count, n, low, high: low + count.value, model: by(n, outcome, count.to) - low };
    })
    .filter((/** @type {any} */ count) => Number.isFinite(count.low)));
}

/** The groups of a chart, with everybody where something was published of them. @param {string} outcome @param {string[]} groups */
export const withEverybody = (outcome, groups) => (app.opened.cities.some((/** @type {any} */ city) => city.published.some((/** @type {any} */ count) => count.outcome === outcome)) ? [...groups, "all"] : groups);

/** The same in words. @param {string} outcome @returns {string[]} */
export const besideTexts = (outcome) => beside(outcome).map((count) => t(Number.isFinite(count.model) ? "published-beside" : "published-ahead", {
  outcome: outcomeName(outcome), start: longDate(count.start), last: longDate(count.last), value: num(count.value), model: brief(count.model), source: said(count.source),
}));

// Names of what the model has, in the page's language: outcomes, groups, units, regimes, hypotheses, parameters.
// Their English is the model's own, which the server sends; the catalogue has the others (`es/names.ftl`).

import { app } from "./app.js";
import { known, slug, unit } from "./language.js";

export { slug, unit };

/** @param {string} key */
export const outcomeName = (key) => known(`outcome-${key}`, app.opened.outcomes[key].name);

/** @param {string} key */
export const outcomeTitle = (key) => known(`outcome-${key}-title`, app.opened.outcomes[key].title);

/** @param {string} key */
export const outcomeUnit = (key) => unit(app.opened.outcomes[key].unit);

/** Whether an outcome counts people, who come in whole numbers. @param {string} key */
export const ofPeople = (key) => app.opened.outcomes[key].unit === "people";

/** The unit of a difference in an outcome. @param {string} key */
export const differenceUnit = (key) => unit(app.opened.outcomes[key].difference);

/** What a reader has to know of an outcome. @param {string} key */
export const caveat = (key) => app.opened.outcomes[key].caveat && known(`outcome-${key}-caveat`, app.opened.outcomes[key].caveat);

/** @param {string} key */
export const groupName = (key) => known(`group-${key}`, app.opened.groups[key]);

/** Title of a regime, or of several together. @param {string} spec @param {string} other the title where one of them is a reader's own */
export function regimeTitle(spec, other) {
  const keys = spec.split("+").map((part) => `regime-${part.split("@")[0].trim()}`), titles = keys.map((key) => known(key, ""));
  return titles.every(Boolean) ? titles.join(" + ") : other;
}

/** Title of the regime of a city that is shown. @param {number} n */
export const cityTitle = (n) => regimeTitle(app.opened.cities[n].regime, app.opened.cities[n].title);

/** What a mechanism is called in a sentence. @param {string} name */
export const phrase = (name) => known(`word-mechanism_${name}-phrase`, app.catalogue.glossary[`mechanism_${name}`]?.phrase || name);

/** @param {string} lever */
export const leverName = (lever) => known(`lever-${lever}`, lever.replaceAll("_", " "));

/** Who decides: federal, state, county, court. @param {string} decider */
export const deciderName = (decider) => known(`decider-${decider}`, decider);

/** What of a lesson is no text. */
const NO_TEXT = ["id", "state", "answers", "moves", "right", "kind", "outcome", "group", "since"];

/** A lesson with its texts in the page's language, each found by its place in the lesson. @param {any} part @param {string} key @returns {any} */
function spoken(part, key) {
  if (typeof part === "string") return known(key, part);
  if (Array.isArray(part)) return part.map((each, k) => spoken(each, `${key}-${each?.id ?? k + 1}`));
  if (!part || typeof part !== "object") return part;
  return Object.fromEntries(Object.entries(part).map(([name, each]) => [name, NO_TEXT.includes(name) ? each : spoken(each, `${key}-${name}`)]));
}

/** A lesson in the page's language, if there is one of this number, from 1. @param {number} number */
export const lessonOf = (number) => spoken(app.catalogue.lessons[number - 1], `lesson-${number}`);

/** All of them. @returns {any[]} */
export const lessonsNow = () => app.catalogue.lessons.map((/** @type {any} */ _, /** @type {number} */ k) => lessonOf(k + 1));

// Names of what the model has, in the page's language: outcomes, groups, units, regimes, hypotheses, parameters.
// Their English is the model's own, which the server sends; the catalogue has the others (`es/names.ftl`).

import { app } from "./app.js";
import { known } from "./language.js";

/** @param {string} text */
const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

/** @param {string} text */
export const unit = (text) => (slug(text) ? known(`unit-${slug(text)}`, text) : text);

/** @param {string} key */
export const outcomeName = (key) => known(`outcome-${key}`, app.opened.outcomes[key].name);

/** @param {string} key */
export const outcomeTitle = (key) => known(`outcome-${key}-title`, app.opened.outcomes[key].title);

/** @param {string} key */
export const outcomeUnit = (key) => unit(app.opened.outcomes[key].unit);

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

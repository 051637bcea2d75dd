// Words: terms of the field are buttons in the text that show their definition; all of them stand under About.

import { app, on } from "./app.js";
import { $, el } from "./dom.js";
import { known, language, t } from "./language.js";

/** @typedef {{term: string, meaning: string, also: string[], see: string[], everyday: boolean}} Term */

/** @type {Record<string, Term>} */
let glossary = {};
/** @type {Map<string, string>} spelling, in small letters, and the key of its entry */
const spelt = new Map();
/** @type {RegExp|null} */
let pattern = null;

/** @param {string} key */
const wordOf = (key) => known(`word-${key}`, glossary[key].term);

/** @param {string} key */
const meaningOf = (key) => known(`word-${key}-meaning`, glossary[key].meaning);

/** Other words for the same. @param {string} key @param {string[]} also in English */
const alsoOf = (key, also) => (language() === "en" ? also : known(`word-${key}-also`, "").split(", ").filter(Boolean));

/** Definition of a term, near what was pressed. @param {string} key @param {HTMLElement} at */
function define(key, at) {
  const { see } = glossary[key];
  const others = see.map((other) => el("button", { type: "button", class: "term", onclick: () => define(other, at) }, wordOf(other)));
  pop(at, el("p", {}, el("b", {}, wordOf(key)), ": ", meaningOf(key)), others.length ? el("p", { class: "note" }, `${t("word-see")} `, others.flatMap((button, k) => (k ? [", ", button] : [button]))) : "");
}

/** Show something near what was pressed, until anything else is. @param {HTMLElement} at @param {(string|HTMLElement)[]} content */
export function pop(at, ...content) {
  const box = $("definition"), place = at.getBoundingClientRect();
  box.replaceChildren(...content);
  if (!box.matches(":popover-open")) box.showPopover();
  box.style.left = `${Math.max(8, Math.min(place.left, innerWidth - box.offsetWidth - 8))}px`;
  box.style.top = `${place.bottom + box.offsetHeight + 12 > innerHeight ? Math.max(8, place.top - box.offsetHeight - 6) : place.bottom + 6}px`;
}

/** A text in which the first mention of every term can be pressed. @param {string} text @returns {(string|HTMLElement)[]} */
function marked(text) {
  if (!pattern) return [text];
  const known = new Set(), parts = text.split(pattern), /** @type {(string|HTMLElement)[]} */ out = [];
  parts.forEach((part, k) => {
    const key = k % 2 ? spelt.get(part.toLowerCase()) ?? "" : "";
    if (!key || known.has(key)) return out.push(part);
    known.add(key);
    const button = el("button", { type: "button", class: "term", "data-term": key, onclick: (/** @type {Event} */ event) => { event.preventDefault(); define(key, button); } }, part);
    // Brackets, a comma or an 's: no line may begin or end between them and the term.
    const [before] = /[^\s\p{L}\d]*$/u.exec(parts[k - 1]) ?? [""], [after] = /^(?:['’]\p{L}+)?[^\s\p{L}\d]*/u.exec(parts[k + 1]) ?? [""];
    out[out.length - 1] = parts[k - 1].slice(0, parts[k - 1].length - before.length);
    parts[k + 1] = parts[k + 1].slice(after.length);
    return out.push(before || after ? el("span", { class: "kept" }, before, button, after) : button);
  });
  return out;
}

/** A paragraph whose terms are defined in place. @param {string} text @param {Record<string, any>} [props] */
export const prose = (text, props = {}) => el("p", props, marked(text));

on("language", startWords);

export function startWords() {
  glossary = app.catalogue.glossary;
  spelt.clear();
  for (const [key, { also, everyday }] of Object.entries(glossary)) for (const word of everyday ? [] : [wordOf(key), ...alsoOf(key, also)]) spelt.set(word.toLowerCase(), key);
  const words = [...spelt.keys()].filter((word) => !/ \(mec[hanismo]+\)/.test(word)).sort((a, b) => b.length - a.length).map((word) => word.replace(/[()]/g, "\\$&"));
  pattern = new RegExp(`(?<![\\p{L}\\d_-])(${words.join("|")})(?![\\p{L}\\d_-])`, "giu");
  const entries = Object.entries(glossary).sort(([a], [b]) => wordOf(a).localeCompare(wordOf(b), language()));
  $("glossary").replaceChildren(...entries.flatMap(([key]) => [el("dt", { id: `word-${key}` }, wordOf(key)), el("dd", {}, meaningOf(key))]));
  for (const node of document.querySelectorAll("[data-words]")) node.replaceChildren(...marked(node.textContent ?? ""));
}

// Sentences that the model writes in English (storylines, the calendar, refusals), said in the page's language.
// The catalogue has them in English, too (`said.ftl`): a sentence that agrees with one of its messages is said by that message.

import { FluentResource, known, language, num, t, unit } from "./language.js";

/** What a variable may be, by the function that it is given to in English; others are any text. @type {Record<string, string>} */
const KINDS = { NUMBER: "([+−-]?[\\d.,]+(?:e[+-]?\\d+)?%?)", DATETIME: "(\\d{4}-\\d\\d-\\d\\d)", SIGN: "([<>]=?)" };

/** What is said in the most words comes first: what is little more than variables agrees with much. @type {{id: string, names: string[], form: RegExp, words: number}[]} */
let forms = [];

/** Learn what the model writes: sentences (`said-`), and what stands in pictures (`drawn-`). @param {string} english the catalogue in English */
export function learn(english) {
  const messages = new FluentResource(english).body.filter(({ id, value }) => /^(said|drawn)-/.test(id) && value);
  forms = messages.map(({ id, value }) => {
    const parts = typeof value === "string" ? [value] : /** @type {any[]} */ (value);
    const words = parts.reduce((sum, part) => sum + (typeof part === "string" ? part.length : 0), 0);
    const form = parts.map((part) => (typeof part === "string" ? part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&") : KINDS[part.name] ?? "(.+?)")).join("");
    return { id, names: parts.filter((part) => typeof part !== "string").map((part) => (part.type === "func" ? part.args[0] : part).name), form: new RegExp(`^${form}$`, "s"), words };
  }).sort((a, b) => b.words - a.words);
}

/** The message with which a sentence agrees, and what it is about. @param {string} sentence @param {string} [kind] of messages @param {(part: string) => string} [inWords] how its parts are said @returns {{id: string, values: Record<string, string>}|undefined} */
export function agreed(sentence, kind = "said", inWords = said) {
  for (const { id, names, form } of forms) {
    const found = id.startsWith(kind) && form.exec(sentence);
    if (found) return { id, values: Object.fromEntries(names.map((name, k) => [name, inWords(found[k + 1])])) };
  }
}

/** A sentence of the model in the page's language; as it is where the catalogue does not know it. @param {string} sentence @returns {string} */
export function said(sentence) {
  if (language() === "en" || !sentence) return sentence;
  const number = /^([+−-]?)([\d,]+)(?:\.(\d{1,3}))?$/.exec(sentence);
  if (number && /[,.]/.test(sentence)) return number[1] + num(Number(`${number[2].replaceAll(",", "")}.${number[3] ?? 0}`), number[3]?.length ?? 0);
  const found = agreed(sentence);
  return found ? t(found.id, found.values) : unit(sentence);
}

/** The same in few words, where there is little room and the catalogue has them: `bar-…` beside `said-…`. @param {string} sentence */
export function inShort(sentence) {
  const found = agreed(sentence);
  return found ? known(found.id.replace("said-", "bar-"), said(sentence), found.values) : said(sentence);
}

// What is written in pictures that the package draws, in the page's language: published numbers and verdicts, regimes, outcomes, dates,
// and whatever agrees with a message of `drawn.ftl`.

import { calendarNames, dated, known, num, t } from "./language.js";
import { regimeTitle, slug, unit } from "./names.js";
import { agreed, said } from "./said.js";
import { json } from "./source.js";

const NUMBER = /^[+−-]?\d[\d.,]*(e[+-]\d+)?%?$/;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** What each published number is of, in English, by its id. @type {Record<string, string>} */
let findings = {};

/** @type {Promise<void>|null} */
let learned = null;

/** Learn what published numbers are of, once; again if that failed. */
export const learnFindings = () => (learned ??= json("api/findings").then((found) => { findings = found; }, () => { learned = null; }));

/** The message of a verdict, a unit or a finding's id; other words where the catalogue does not know it. @param {"verdict"|"judged"|"measure"|"finding"} kind @param {string} text @param {string} [other] */
export const named = (kind, text, other = text) => known(`${kind}-${slug(text.replaceAll("%", "percent "))}`, other);

/** A number as the language writes it, with all its digits. @param {string} text */
function number(text) {
  const comma = num(1000)[1], point = num(0, 1)[1];
  return text.replace(/[.,]/g, (mark) => (mark === "." ? point : comma)).replace("%", " %");
}

/** What a text says if it is one thing that the page knows; nothing otherwise. @param {string} text @returns {string|null} */
export function one(text) {
  if (!text) return null;
  if (NUMBER.test(text)) return number(text);
  if (/^\d{4}-\d\d-\d\d$/.test(text)) return dated(text);
  const day = /^(?:(\d+) )?([A-Z][a-z]{2})(?: (\d{4}))?$/.exec(text);
  if (day && MONTHS.includes(day[2])) return [day[1], calendarNames().MMM[MONTHS.indexOf(day[2])], day[3]].filter(Boolean).join(" ");
  return row(text) ?? verdict(text) ?? regime(text) ?? measure(text) ?? message(text) ?? (/^\S*[\d_+≠✕]\S*$/.test(text) || known(`parameter-${text}`, "") ? text : null);
}

/** What a published number is of, cut where it was cut; an estimate's name is the same in every language. @param {string} text */
function row(text) {
  const [, id = "", rest = ""] = /^(\S+) (.+)$/.exec(text) ?? [], cut = rest.endsWith("…"), english = findings[id] ?? "";
  if (/^[a-z]+_\w+$/.test(rest)) return text;
  const words = english && (cut ? english.startsWith(rest.slice(0, -1)) : english === rest) && named("finding", id, "");
  return !words ? null : `${id} ${!cut || words.length <= rest.length ? words : `${words.slice(0, rest.length).replace(/[\s,;]+\S*$/, "")}…`}`;
}

/** @param {string} text */
function verdict(text) {
  const [all, published, model, of, found] = /^(\S+) \| (\S+)(?: (.+): ([^:]+))?$/.exec(text) ?? [];
  return !all || all === "published | model" ? null : `${number(published)} | ${number(model)}${of ? ` ${named("measure", of)}: ${named("judged", found)}` : ""}`;
}

/** The title of one of the package's regimes, with its date, or of several. @param {string} text their keys, or the words of these */
function regime(text) {
  const [, key, since] = /^([\w +]+?)(?:@(\S+))?$/.exec(text) ?? [], spec = key?.replace(/ (?!\+)(?<!\+ )/g, "_") ?? "";
  if (!spec || !spec.split("+").every((part) => known(`regime-${part.trim()}-explains`, ""))) return null;
  return regimeTitle(spec, "") + (since ? ` (${dated(since)})` : "");
}

/** The message of a text, or of one that begins with a small letter. @param {string} text */
function message(text) {
  const found = agreed(text, "drawn", inWords);
  if (found?.id === "drawn-against" && [...Object.values(found.values)].some((side) => text.includes(side))) return null; // anybody's words may have an "against"
  if (found) return t(found.id, found.values);
  const small = agreed(text[0].toLowerCase() + text.slice(1), "drawn", inWords);
  return small ? asLarge(t(small.id, small.values), text) : null;
}

/** @param {string} text */
function measure(text) {
  const words = /^[\w%]/.test(text) ? unit(text) : text;
  return words === text ? null : words;
}

/** What a text says, or what of its parts, which commas and colons make, is known; the rest is nobody's but the reader's own. @param {string} text @returns {string} */
export function inWords(text) {
  const whole = one(text);
  if (whole !== null || !text) return whole ?? "";
  const parts = [": ", ", "].flatMap((mark) => [...text.matchAll(RegExp(mark, "g"))].map(({ index }) => ({ mark, head: text.slice(0, index), tail: text.slice(index + mark.length) })).reverse());
  for (const { mark, head, tail } of parts) {
    const first = one(head);
    if (first !== null) return first + (NUMBER.test(head) && NUMBER.test(tail) ? "; " : mark) + inWords(tail); // a comma may be in a number
  }
  for (const { mark, head, tail } of parts) {
    const rest = one(tail);
    if (rest !== null) return head + mark + rest;
  }
  return said(text);
}

/** As large a first letter as a text has. @param {string} words @param {string} text */
export const asLarge = (words, text) => (/^\p{Lu}/u.test(text) ? words.slice(0, 1).toUpperCase() + words.slice(1) : words);

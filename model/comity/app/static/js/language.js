// The language that the page speaks: messages by name from its catalogue, numbers and dates in its form.

import "../vendor/fluent-bundle.js";

const { FluentBundle, FluentNumber } = globalThis.FluentBundle;
export const { FluentResource } = globalThis.FluentBundle;

/** How each language writes numbers and dates. @type {Record<string, {numbers: string, dates: string}>} */
const FORMS = { en: { numbers: "en-US", dates: "en-GB" }, es: { numbers: "es-ES", dates: "es-ES" } };

export const LANGUAGES = Object.keys(FORMS);

let spoken = "en", bundle = new FluentBundle("en");
/** @type {Intl.NumberFormat[]} by digits behind the point */
let numbers = [];
let dates = new Intl.DateTimeFormat("en-GB");

/** Speak a language from now on. @param {string} language @param {string} messages its catalogue, as Fluent writes it */
export function speak(language, messages) {
  const { numbers: form, dates: calendar } = FORMS[language];
  spoken = language;
  bundle = new FluentBundle(form, { useIsolating: false });
  bundle.addResource(new FluentResource(messages));
  numbers = [0, 1, 2, 3].map((digits) => new Intl.NumberFormat(form, { minimumFractionDigits: digits, maximumFractionDigits: digits, useGrouping: "always" }));
  dates = new Intl.DateTimeFormat(calendar, { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" });
  document.documentElement.lang = language;
  for (const node of document.querySelectorAll("[data-l10n]")) dress(/** @type {HTMLElement} */ (node));
}

/** Which language is spoken. */
export const language = () => spoken;

/**
 * A message by its name. Numbers are written in the language's form; texts stay as they are.
 * @param {string} key @param {Record<string, any>} [values] also `{id, values}`: other messages
 * @returns {string}
 */
export function t(key, values = {}) {
  const message = bundle.getMessage(key);
  return message?.value ? bundle.formatPattern(message.value, given(values)) : `{${key}}`;
}

/** @typedef {{id: string, values?: Record<string, any>}} Told a message that the server names, with what it is about */

/** What the server tells as a message's name and values; a text of its own stays as it is. @param {Told|string} what @returns {string} */
export const told = (what) => (typeof what === "string" ? what : t(what.id, what.values));

/** A message if the catalogue has it, else a text: extensions and regimes of a user speak for themselves. @param {string} key @param {string} other @param {Record<string, any>} [values] */
export const known = (key, other, values = {}) => (bundle.hasMessage(key) ? t(key, values) : other);

/** A text as a part of a message's name. @param {string} text */
export const slug = (text) => text.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");

/** A unit in the page's language. @param {string} text */
export const unit = (text) => (slug(text) ? known(`unit-${slug(text)}`, text) : text);

/** @param {Record<string, any>} values */
function given(values) {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, typeof value === "number" ? new FluentNumber(value, { useGrouping: /** @type {any} */ ("always") }) : value?.id ? told(value) : String(value)]));
}

/** Give an element of the frame its message, and the attributes that the message has. @param {HTMLElement} node */
function dress(node) {
  const message = bundle.getMessage(node.dataset.l10n ?? ""), values = given(JSON.parse(node.dataset.values ?? "{}"));
  if (message?.value) node.textContent = bundle.formatPattern(message.value, values);
  for (const [name, pattern] of Object.entries(message?.attributes ?? {})) node.setAttribute(name, bundle.formatPattern(pattern));
}

/** @param {number} n @param {number} [digits] up to 3 */
export function num(n, digits = 0) {
  return Number.isFinite(n) ? numbers[digits].format(n) : "–";
}

/** Two to three significant digits. @param {number} n @param {boolean} [whole] whether it is of what comes in whole numbers, as people do */
export function brief(n, whole = false) {
  if (!Number.isFinite(n)) return "–";
  const size = Math.abs(n);
  return num(n, whole || size >= 100 || n === 0 ? 0 : size >= 1 ? 1 : 2);
}

/** @param {number} n @param {boolean} [whole] */
export function signed(n, whole = false) {
  const size = brief(Math.abs(n), whole);
  return Number.isFinite(n) ? (/[1-9]/.test(size) ? (n > 0 ? "+" : "−") + size : "±0") : "–";
}

/** A difference and how sure it is: nothing at all is said once. @param {number} n @param {number} half @param {boolean} [whole] */
export function within(n, half, whole = false) {
  const middle = signed(n, whole), size = brief(half, whole), none = !/[1-9]/.test(size);
  return none && middle === "±0" ? middle : `${middle} ± ${none ? num(0) : size}`;
}

/** @param {string} iso */
export const longDate = (iso) => dates.format(new Date(`${iso}T00:00:00Z`));

/** A text that is a day or a moment in the language's form, as it is where it is none. @param {string} text @returns {string} */
export function dated(text) {
  const found = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d)(?::[\d.]+)?(?:Z|\+00:00))?$/.exec(text);
  if (!found || Number.isNaN(Date.parse(found[1]))) return text;
  return found[2] ? `${longDate(found[1])}, ${found[2]} UTC` : longDate(found[1]);
}

/** Names of months and days, as uPlot takes them. */
export function calendarNames() {
  const names = (/** @type {Intl.DateTimeFormatOptions} */ form, /** @type {(k: number) => number} */ day, /** @type {number} */ n) => {
    const { format } = new Intl.DateTimeFormat(FORMS[spoken].dates, { ...form, timeZone: "UTC" }); // which takes milliseconds to make
    return Array.from({ length: n }, (_, k) => format(day(k)));
  };
  const months = names({ month: "long" }, (k) => Date.UTC(2023, k, 1), 12);
  const days = names({ weekday: "long" }, (k) => Date.UTC(2023, 0, 1 + k), 7); // 1 January 2023 was a Sunday
  return { MMMM: months, MMM: months.map((name) => name.slice(0, 3)), WWWW: days, WWW: days.map((name) => name.slice(0, 3)) };
}

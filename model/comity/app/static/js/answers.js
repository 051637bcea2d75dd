// What lessons asked and somebody answered: kept in this browser in one form, and taken away as a file; docs/browser.md describes it.

import { emit } from "./app.js";
import { keep, recall } from "./dom.js";

/**
 * `guess` is what was said before anything was seen, `answer` what was said or done after; `hints` is how many were read.
 * @typedef {{lesson: string, question: string, guess: Given, answer: Given, right: boolean|null, hints: number}} Answer
 * @typedef {boolean|number|string|number[]|null} Given
 */

const FORM = "comity-answers", VERSION = 1, KEPT = "comity-answers";

/** Characters that a file of answers may have: thirty answers take about four thousand. */
export const LARGEST = 1 << 16;

const LONGEST = 2000, MOST = 200;

/** @param {any} value */
const isGiven = (value) => value === null || typeof value === "boolean" || (Array.isArray(value) ? value.length <= 500 && value.every(Number.isFinite) : Number.isFinite(value) || isText(value, LONGEST));

/** @param {any} value @param {number} longest */
const isText = (value, longest) => typeof value === "string" && value.length <= longest;

/** @param {any} entry */
const isAnswer = (entry) => Boolean(entry) && isText(entry.lesson, 60) && isText(entry.question, 60) && isGiven(entry.guess) && isGiven(entry.answer)
  && [true, false, null].includes(entry.right) && Number.isInteger(entry.hints) && entry.hints >= 0 && entry.hints <= 100;

/** The answers in what was kept or in a file; null if it has another form. @param {any} content @returns {Answer[]|null} */
function answersIn(content) {
  const { form, version, answers } = content ?? {};
  return form === FORM && version === VERSION && Array.isArray(answers) && answers.length <= MOST && answers.every(isAnswer) ? answers : null;
}

/** @type {Answer[]} */
let answers = answersIn(recall("localStorage", KEPT)) ?? [];

/** All answers of this browser. */
export const given = () => answers;

/** What was said to a question, if it was answered. @param {string} lesson @param {string} question */
export const said = (lesson, question) => answers.find((entry) => entry.lesson === lesson && entry.question === question);

/** @param {Answer[]} now */
function put(now) {
  answers = now;
  keep("localStorage", KEPT, { form: FORM, version: VERSION, answers });
  emit("answers", answers);
}

/** Keep an answer in place of an earlier one to the same question. @param {Answer} answer */
export const answer = (answer) => put([...answers.filter((entry) => entry.lesson !== answer.lesson || entry.question !== answer.question), answer]);

export const forget = () => put([]);

/** All answers as a file. */
export const file = () => JSON.stringify({ form: FORM, version: VERSION, answers }, null, 1);

/** The answers in a file, or null if there are none. @param {string} text @returns {Answer[]|null} */
export function read(text) {
  try {
    return text.length <= LARGEST ? answersIn(JSON.parse(text)) : null;
  } catch {
    return null;
  }
}

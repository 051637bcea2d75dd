// Lessons, step by step: a question, a guess, the run with the guess kept beside it, a task, and the question once more.
// Whether the task is done is read off the model by the server.

import { answer, forget, given, said } from "./answers.js";
import { app, enter, on, page, send, setPage } from "./app.js";
import { $, calm, el } from "./dom.js";
import { figure, input, judge, options, picture } from "./guess.js";
import { num, t } from "./language.js";
import { tools } from "./learned.js";
import { lessonOf, lessonsNow } from "./names.js";
import { said as inWords } from "./said.js";
import { prose } from "./words.js";

/** @type {{number: number, step: "before"|"guess"|"task", hints: number, told: any, verdict: import("./guess.js").Verdict|null}} */
let at = { number: 0, step: "before", hints: 0, told: null, verdict: null };
/** The lesson that was begun anew and is not open yet. */
let begun = 0;

const lesson = () => lessonOf(at.number);

/** @param {string} question @param {Partial<import("./answers.js").Answer>} entry */
const note = (question, entry) => answer({ lesson: lesson().id, question, guess: null, answer: null, right: null, hints: 0, ...entry });

/** @param {number} number */
function begin(number) {
  begun = number;
  enter({ ...app.catalogue.lessons[number - 1].state, lesson: String(number) });
  for (const button of document.querySelectorAll(`[data-lesson="${number}"]`)) button.textContent = t("learn-opening");
}

function list() {
  $("lesson-list").replaceChildren(...lessonsNow().map((/** @type {any} */ entry, /** @type {number} */ k) => el("article", { class: "card" },
    el("h2", {}, `${k + 1}. ${entry.title}`), el("p", {}, entry.text[0]), said(entry.id, "task")?.right && el("p", { class: "note" }, `✓ ${t("learn-answered")}`),
    el("button", { type: "button", class: "primary", "data-lesson": String(k + 1), onclick: () => begin(k + 1) }, t("learn-begin")))));
  $("answers").replaceChildren(...tools(given(), lessonsNow(), forget));
}

/** The question that is asked before and after. @param {string} name @param {(id: string) => void} then */
function concept(name, then) {
  const { ask, options: all } = lesson().concept, node = options(name, all);
  return form([el("legend", {}, ask), node], t("learn-go-on"), () => then(node.querySelector("input:checked").value));
}

/** @param {any[]} content @param {string} label @param {() => void} then */
function form(content, label, then) {
  return el("form", { onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); then(); } }, el("fieldset", {}, content), el("button", { class: "primary" }, label));
}

/** @param {"before"|"guess"|"task"} step */
function go(step) {
  at.step = step;
  scene();
  $("scene").querySelector("h2")?.focus();
  dispatchEvent(new Event("resize"));
}

/** What stands in the step that is shown. @returns {any[]} */
function body() {
  if (at.step === "before") {
    return [el("p", { class: "note" }, t("learn-before")),
      concept("before", (id) => {
        if (!said(lesson().id, "before")) note("before", { guess: id, right: id === lesson().concept.right }); // who comes back has seen the run
        go("guess");
      })];
  }
  if (at.step === "guess") return [prose(lesson().text[0]), at.told ? guess() : el("p", { role: "status" }, t("learn-waits"))];
  const shown = lesson().hints.slice(0, at.hints).map((/** @type {string} */ text) => prose(text));
  const text = lesson().text.slice(at.verdict ? 1 : 0).map((/** @type {string} */ text) => prose(text));
  return [el("div", { id: "guessed" }, guessed()), ...text, el("p", { class: "question" }, `☞ ${lesson().question}`), el("div", { id: "hints", role: "status" }, shown),
    at.hints < lesson().hints.length && el("button", { type: "button", id: "hint", onclick: hint }, t("learn-hint", { number: at.hints + 1, all: lesson().hints.length })),
    el("div", { class: "answer", id: "answer", role: "status" }, t("learn-waits")), el("div", { id: "after" })];
}

function hint() {
  at.hints += 1;
  scene();
  ($("hint") || $("hints")).focus();
  told(at.told);
}

function guess() {
  const asked = lesson().guess, taking = input(asked);
  const about = asked.given && el("p", {}, `${asked.given} ${num(at.told.given)}.`);
  if (asked.kind === "number" && !Number.isFinite(at.told.value)) return el("p", { role: "status" }, t("learn-waits"));
  return form([el("legend", {}, asked.ask), about, taking.node], t("guess-show"), () => {
    at.verdict = judge(asked, taking.read(), at.told.value);
    note("guess", { guess: at.verdict.guess, right: at.verdict.right });
    go("task");
  });
}

/** What was guessed, what came of it, and why. @returns {any[]} */
function guessed() {
  const { verdict } = at, asked = lesson().guess;
  if (!verdict) return [];
  const option = (/** @type {any} */ id) => asked.options.find((/** @type {any} */ o) => o.id === id), number = (/** @type {any} */ value) => figure(asked, Number(value));
  const found = asked.kind === "choice" ? t("guess-choice", { guess: option(verdict.guess).text, value: option(verdict.truth).text })
    : asked.kind === "number" ? t("guess-number", { guess: number(verdict.guess), value: number(verdict.truth) }) : t(verdict.right ? "guess-line-near" : "guess-line-far");
  const why = asked.kind === "choice" ? option(verdict.why).why : asked.why[verdict.why];
  return [el("p", { class: verdict.right ? "right" : "wrong", role: "status" }, `${verdict.right ? "✓" : "✗"} ${found} ${why}`), picture(asked, verdict)];
}

/** The question once more, and what was said before. */
function after() {
  const box = $("after"), { concept: asked } = lesson();
  if (!box || box.childElementCount) return;
  box.replaceChildren(el("p", { class: "note" }, t("learn-after")), concept("after", (id) => {
    note("after", { answer: id, right: id === asked.right });
    const option = asked.options.find((/** @type {any} */ o) => o.id === id), first = said(lesson().id, "before")?.guess, before = asked.options.find((/** @type {any} */ o) => o.id === first);
    box.replaceChildren(el("p", { class: id === asked.right ? "right" : "wrong", id: "concluded", role: "status", tabIndex: -1 }, `${id === asked.right ? "✓" : "✗"} ${option.text} ${option.why}`,
      before ? ` ${t("learn-said-before", { said: before.text })}` : ""));
    $("concluded").focus();
  }));
}

function scene() {
  $("scene").hidden = !lesson();
  document.documentElement.toggleAttribute("data-guessing", Boolean(lesson()) && at.step !== "task");
  if (!lesson()) return;
  const { number } = at;
  $("scene").replaceChildren(...[el("h2", { tabIndex: -1, ...(at.step === "task" ? {} : { role: "heading", "aria-level": "1" }) }, t("learn-title", { number, title: lesson().title })), ...body(),
    el("div", { class: "pair" }, at.step !== "task" && el("button", { type: "button", id: "skip-guess", onclick: () => go("task") }, t("learn-skip")),
      number < app.catalogue.lessons.length && el("button", { type: "button", id: "next-lesson", onclick: () => begin(number + 1) }, t("learn-next")),
      el("button", { type: "button", onclick: () => begin(number) }, t("learn-again")), el("button", { type: "button", id: "leave-lesson", onclick: () => setPage("lesson", "0") }, t("learn-leave")))].filter(Boolean));
  if (at.step === "task") ask();
}

const ask = calm(150, () => Number(page("lesson")) > 0 && !app.playing && !app.frame?.working && send({ type: "lesson", lesson: Number(page("lesson")) }));

/** What of the state is not the lesson's own. */
function changes() {
  const own = lesson().state, kept = Object.entries(app.state).filter(([key, value]) => !(key in app.opened.page) && own[key] !== value);
  return new URLSearchParams(kept).toString().slice(0, 2000);
}

/** @param {any} message */
function told(message) {
  if (!lesson() || message?.lesson !== at.number) return;
  const waited = !at.told;
  at.told = message;
  if (at.step === "guess" && waited) scene();
  const node = $("answer");
  if (!node) return;
  node.className = `answer${message.done ? " done" : ""}`;
  node.textContent = message.done ? `✓ ${inWords(message.text)} ${lesson().after}` : `${t("learn-not-yet", { text: inWords(message.text) })} ${lesson().wrong[message.why] ?? ""}`;
  if (!message.done) return;
  if (!said(lesson().id, "task")?.right) note("task", { answer: changes(), right: true, hints: at.hints });
  after();
}

/** Show the lesson that the address has: from its beginning, unless it is there already. */
function arrive() {
  const number = Number(page("lesson"));
  if (number !== at.number || begun === number) at = { number, step: "before", hints: 0, told: null, verdict: null };
  begun = 0;
  scene();
}

on("lesson", told);
on("opened", arrive);
on("stopped", list); // no lesson is being opened any more
on("language", () => {
  list();
  scene();
  told(at.told);
});
on("cities", (frame) => {
  if (at.step === "task" && at.verdict && !frame.working && lesson()) $("guessed")?.replaceChildren(...guessed());
  ask();
});
on("page", (key) => {
  if (key === "lesson") arrive();
  if (key === "view" && page("view") === "lessons") list();
});
on("answers", () => page("view") === "lessons" && list());

export function startLessons() {
  list();
}

// Guided scenes; whether a question is answered is read off the model by the server.

import { app, on, open, page, send, setPage } from "./app.js";
import { $, calm, el, keep, recall } from "./dom.js";
import { t } from "./language.js";
import { lessonOf, lessonsNow } from "./names.js";
import { said } from "./said.js";
import { prose } from "./words.js";

const KEPT = "comity-lessons";
/** @type {Record<string, boolean>} */
const done = recall("localStorage", KEPT) || {};

/** @param {number} number */
function begin(number) {
  open({ ...app.catalogue.lessons[number - 1].state, lesson: String(number) }, null);
  for (const button of document.querySelectorAll(`[data-lesson="${number}"]`)) button.textContent = t("lesson-opening");
}

function list() {
  $("lesson-list").replaceChildren(...lessonsNow().map((/** @type {any} */ lesson, /** @type {number} */ k) => el("article", { class: "card" },
    el("h2", {}, `${k + 1}. ${lesson.title}`), el("p", {}, lesson.text[0]), done[k + 1] && el("p", { class: "note" }, `✓ ${t("lesson-answered")}`),
    el("button", { type: "button", class: "primary", "data-lesson": String(k + 1), onclick: () => begin(k + 1) }, t("lesson-begin")))));
}

function scene() {
  const number = Number(page("lesson")), lesson = lessonOf(number);
  $("scene").hidden = !lesson;
  if (!lesson) return;
  const hint = el("details", {}, el("summary", {}, t("lesson-hint")), prose(lesson.hint));
  $("scene").replaceChildren(el("h2", {}, t("lesson-title", { number, title: lesson.title })), ...lesson.text.map((/** @type {string} */ text) => prose(text)),
    el("p", { class: "question" }, `☞ ${lesson.question}`), hint,
    el("div", { class: "answer", id: "answer", role: "status" }, "…"),
    el("div", { class: "pair" }, number < app.catalogue.lessons.length && el("button", { type: "button", id: "next-lesson", onclick: () => begin(number + 1) }, t("lesson-next")),
      el("button", { type: "button", onclick: () => begin(number) }, t("lesson-again")), el("button", { type: "button", id: "leave-lesson", onclick: () => setPage("lesson", "0") }, t("lesson-leave"))));
}

const ask = calm(150, () => Number(page("lesson")) > 0 && !app.playing && !app.frame?.working && send({ type: "lesson", lesson: Number(page("lesson")) }));

on("lesson", (message) => {
  const node = $("answer");
  if (!node || message.lesson !== Number(page("lesson"))) return;
  node.className = `answer${message.done ? " done" : ""}`;
  node.textContent = message.done ? `✓ ${said(message.text)} ${lessonOf(message.lesson).after}` : t("lesson-not-yet", { text: said(message.text) });
  if (message.done) keep("localStorage", KEPT, Object.assign(done, { [message.lesson]: true }));
});
on("opened", scene);
on("language", () => {
  list();
  scene();
});
on("cities", ask);
on("page", (key) => {
  if (key === "lesson") scene();
  if (key === "view" && page("view") === "lessons") list();
});

export function startLessons() {
  list();
}

// Guided scenes; whether a question is answered is read off the model by the server.

import { app, on, open, page, send, setPage } from "./app.js";
import { $, calm, el, keep, recall } from "./dom.js";
import { prose } from "./words.js";

const KEPT = "comity-lessons";
/** @type {Record<string, boolean>} */
const done = recall("localStorage", KEPT) || {};

/** @param {number} number */
function begin(number) {
  open({ ...app.catalogue.lessons[number - 1].state, lesson: String(number) }, null);
  for (const button of document.querySelectorAll(`[data-lesson="${number}"]`)) button.textContent = "Opening…";
}

function list() {
  $("lesson-list").replaceChildren(...app.catalogue.lessons.map((/** @type {any} */ lesson, /** @type {number} */ k) => el("article", { class: "card" },
    el("h2", {}, `${k + 1}. ${lesson.title}`), el("p", {}, lesson.text[0]), done[k + 1] && el("p", { class: "note" }, "✓ answered"),
    el("button", { type: "button", class: "primary", "data-lesson": String(k + 1), onclick: () => begin(k + 1) }, "Begin"))));
}

function scene() {
  const number = Number(page("lesson")), lesson = app.catalogue.lessons[number - 1];
  $("scene").hidden = !lesson;
  if (!lesson) return;
  const hint = el("details", {}, el("summary", {}, "A hint"), prose(lesson.hint));
  $("scene").replaceChildren(el("h2", {}, `Lesson ${number}: ${lesson.title}`), ...lesson.text.map((/** @type {string} */ t) => prose(t)),
    el("p", { class: "question" }, `☞ ${lesson.question}`), hint,
    el("div", { class: "answer", id: "answer", role: "status" }, "…"),
    el("div", { class: "pair" }, number < app.catalogue.lessons.length && el("button", { type: "button", id: "next-lesson", onclick: () => begin(number + 1) }, "Next lesson"),
      el("button", { type: "button", onclick: () => begin(number) }, "Start over"), el("button", { type: "button", id: "leave-lesson", onclick: () => setPage("lesson", "0") }, "Leave the lesson")));
}

const ask = calm(150, () => Number(page("lesson")) > 0 && !app.playing && !app.frame?.working && send({ type: "lesson", lesson: Number(page("lesson")) }));

on("lesson", (message) => {
  const node = $("answer");
  if (!node || message.lesson !== Number(page("lesson"))) return;
  node.className = `answer${message.done ? " done" : ""}`;
  node.textContent = message.done ? `✓ ${message.text} ${message.after}` : `Not yet. ${message.text}`;
  if (message.done) keep("localStorage", KEPT, Object.assign(done, { [message.lesson]: true }));
});
on("opened", scene);
on("cities", ask);
on("page", (key) => {
  if (key === "lesson") scene();
  if (key === "view" && page("view") === "lessons") list();
});

export function startLessons() {
  list();
}

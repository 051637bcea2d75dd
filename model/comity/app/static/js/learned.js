// What was learned: one's own answers as a file, and the files of a class side by side.

import { file, LARGEST, read } from "./answers.js";
import { el } from "./dom.js";
import { t } from "./language.js";
import { save } from "./share.js";

/** @typedef {import("./answers.js").Answer} Answer */

/** How many of several answered a question, and how many of them rightly. @param {Answer[][]} all @param {string} lesson @param {string} question */
function score(all, lesson, question) {
  const found = all.flat().filter((entry) => entry.lesson === lesson && entry.question === question);
  return found.length ? t("learned-score", { right: found.filter((entry) => entry.right).length, all: found.length }) : "–";
}

/** @param {Answer[][]} all @param {any[]} lessons */
function table(all, lessons) {
  const asked = ["before", "guess", "task", "after"];
  return el("div", { class: "tablewrap", tabIndex: 0, role: "region", "aria-label": t("learned-table") }, el("table", { id: "learned" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, t("learned-lesson")), asked.map((question) => el("th", { scope: "col" }, t(`learned-${question}`))))),
    el("tbody", {}, lessons.map((lesson) => el("tr", {}, el("th", { scope: "row" }, lesson.title), asked.map((question) => el("td", {}, score(all, lesson.id, question))))))));
}

/** @param {HTMLInputElement} input @param {HTMLElement} box @param {any[]} lessons */
async function compare(input, box, lessons) {
  const files = [...(input.files ?? [])], wrong = [], all = [];
  for (const one of files) {
    const answers = one.size > LARGEST ? null : read(await one.text());
    if (answers) all.push(answers);
    else wrong.push(t(one.size > LARGEST ? "learned-too-large" : "learned-other-form", { file: one.name, most: LARGEST / 1024 }));
  }
  input.value = "";
  box.replaceChildren(...wrong.map((text) => el("p", { class: "wrong" }, text)), ...(all.length ? [el("p", { class: "note" }, t("learned-files", { number: all.length })), table(all, lessons)] : []));
}

/** What stands below the lessons. @param {Answer[]} answers @param {any[]} lessons @param {() => void} forget */
export function tools(answers, lessons, forget) {
  const box = el("div", { id: "class", role: "status" }), input = el("input", { type: "file", id: "answers-files", multiple: true, accept: ".json,application/json", onchange: () => compare(input, box, lessons) });
  return [el("h2", {}, t("learned-title")), el("p", { class: "note" }, t("learned-note")), answers.length ? table([answers], lessons) : "",
    el("div", { class: "pair" }, answers.length ? el("button", { type: "button", id: "answers-save", onclick: () => save("comity-answers.json", new Blob([file()], { type: "application/json" })) }, t("learned-save")) : "",
      answers.length ? el("button", { type: "button", id: "answers-forget", onclick: forget }, t("learned-forget")) : "", el("label", { class: "filelike" }, t("learned-read"), input)), box];
}

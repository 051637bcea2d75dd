// One resident's story, in both cities.

import { app, on, send } from "./app.js";
import { $, el } from "./dom.js";

/** @param {string} text @param {Set<string>} shared lines that both cities tell */
function tale(text, shared) {
  const [who, ...events] = text.split("\n");
  const items = events.map((line) => {
    const dated = /^(\d{4}-\d\d-\d\d) {2}(.*)$/.exec(line);
    const props = shared.size && !shared.has(line) ? { class: "differs" } : {};
    return el("li", props, dated ? el("time", { dateTime: dated[1] }, dated[1]) : "", dated ? dated[2] : line);
  });
  return [el("p", {}, who), el("ol", {}, items)];
}

on("story", ({ resident, texts }) => {
  if (resident === null) {
    $("story").replaceChildren(el("p", {}, "Nothing has happened to anybody yet."));
    return;
  }
  $("resident").value = resident;
  const lines = texts.map((/** @type {string} */ text) => text.split("\n").slice(1));
  const shared = new Set(texts.length > 1 ? lines[0].filter((/** @type {string} */ l) => lines[1].includes(l)) : []);
  const two = texts.length > 1, alike = two && texts[0] === texts[1];
  $("story").replaceChildren(
    two && el("p", { class: "note" }, alike ? "The story is the same in both cities." : "Lines that differ are marked."),
    el("div", { class: "pair" }, texts.map((/** @type {string} */ text, /** @type {number} */ n) => el("article", { "data-city": String(n) }, el("h3", {}, two ? `${n ? "Right" : "Left"}: ${app.opened.cities[n].title}` : app.opened.cities[0].title), tale(text, alike ? new Set() : shared)))),
  );
  $("story").closest("section").scrollIntoView({ block: "nearest", behavior: "smooth" });
});
on("opened", () => $("story").replaceChildren());

export function startStory() {
  $("tell").addEventListener("click", () => send({ type: "story", resident: Number($("resident").value) }));
  $("somebody").addEventListener("click", () => send({ type: "story" }));
}

// One resident's story, in both cities.

import { app, on, page, send } from "./app.js";
import { $, el } from "./dom.js";

/** @param {string} text @param {Set<string>|null} shared lines that both cities tell, where the others are marked */
function events(text, shared) {
  const [who, ...lines] = text.split("\n");
  const items = lines.map((line) => {
    const dated = /^(\d{4}-\d\d-\d\d) {2}(.*)$/.exec(line);
    const props = shared && !shared.has(line) ? { class: "differs" } : {};
    return el("li", props, dated ? el("time", { dateTime: dated[1] }, dated[1]) : "", dated ? dated[2] : line);
  });
  return [el("p", {}, who), el("ol", {}, items)];
}

/** One life, in each city. @param {string[]} texts */
export function tale(texts) {
  const lines = texts.map((text) => text.split("\n").slice(1));
  const two = texts.length > 1, alike = two && texts[0] === texts[1];
  const shared = two && !alike ? new Set(lines[0].filter((l) => lines[1].includes(l))) : null;
  return el("div", {},
    two && el("p", { class: "note" }, alike ? "The story is the same in both cities." : "Lines that differ are marked."),
    el("div", { class: "pair" }, texts.map((text, n) => el("article", { "data-city": String(n) }, el("h3", {}, two ? `${n ? "Right" : "Left"}: ${app.opened.cities[n].title}` : app.opened.cities[0].title), events(text, shared)))));
}

on("story", ({ resident, texts }) => {
  if (resident === null) {
    $("story").replaceChildren(el("p", {}, "Nothing has happened to anybody yet."));
    return;
  }
  $("resident").value = resident;
  $("story").replaceChildren(tale(texts));
  if (page("tour") === "0") $("story").closest("section").scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
});
on("opened", () => $("story").replaceChildren());

export function startStory() {
  $("tell").addEventListener("click", () => send({ type: "story", resident: Number($("resident").value) }));
  $("somebody").addEventListener("click", () => send({ type: "story" }));
}

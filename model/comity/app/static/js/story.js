// One resident's story, in both cities.

import { app, on, page, send } from "./app.js";
import { $, el } from "./dom.js";
import { longDate, t } from "./language.js";
import { cityTitle } from "./names.js";
import { said } from "./said.js";

/** A line without how likely something was, which fear moves by a little: that is no fork. @param {string} line */
const essence = (line) => line.replace(/\d+ of 100/g, "of 100");

/** @param {string} text @param {Set<string>|null} shared lines that both cities tell, where the others are marked */
function events(text, shared) {
  const [who, ...lines] = text.split("\n");
  const items = lines.map((line) => {
    const dated = /^(\d{4}-\d\d-\d\d) {2}(.*)$/.exec(line);
    const props = shared && !shared.has(essence(line)) ? { class: "differs" } : {};
    return el("li", props, dated ? el("time", { dateTime: dated[1] }, longDate(dated[1])) : "", said(dated ? dated[2] : line));
  });
  return [el("p", {}, said(who)), el("ol", {}, items)];
}

/** One life, in each city. @param {string[]} texts */
export function tale(texts) {
  const lines = texts.map((text) => text.split("\n").slice(1));
  const two = texts.length > 1, alike = two && texts[0] === texts[1];
  const shared = two && !alike ? new Set(lines[0].map(essence).filter((l) => lines[1].map(essence).includes(l))) : null;
  return el("div", {},
    two && el("p", { class: "note" }, t(alike ? "story-alike" : "story-differs")),
    el("div", { class: "pair" }, texts.map((text, n) => el("article", { "data-city": String(n) }, el("h3", {}, two ? `${t(n ? "right" : "left")}: ${cityTitle(n)}` : cityTitle(0)), events(text, shared)))));
}

/** @type {{resident: number|null, texts: string[]}|null} what was told last */
let last = null;

function tell() {
  if (last) $("story").replaceChildren(last.resident === null ? el("p", {}, t("story-nobody")) : tale(last.texts));
}

on("story", ({ resident, texts }) => {
  last = { resident, texts };
  tell();
  if (resident === null) return;
  $("resident").value = resident;
  if (page("tour") === "0") $("story").closest("section").scrollIntoView({ block: "nearest", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
});
on("opened", () => {
  last = null;
  $("story").replaceChildren();
});
on("language", tell);

export function startStory() {
  $("tell").addEventListener("click", () => send({ type: "story", resident: Number($("resident").value) }));
  $("somebody").addEventListener("click", () => send({ type: "story" }));
}

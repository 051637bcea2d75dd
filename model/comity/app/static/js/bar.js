// On a phone a bar stays at the bottom: whether days pass, which day it is, and what the control that is on the screen changes.

import { app, on, page } from "./app.js";
import { $, say } from "./dom.js";
import { num, t } from "./language.js";
import { inShort } from "./said.js";
import { reached } from "./transport.js";

/** @type {any} what the server said of the lesson's question */
let told = null;

/** What the bar says: in a lesson how far its question is answered, otherwise what came of it so far. */
function says() {
  if (page("lesson") !== "0") return told ? `${told.done ? "✓ " : ""}${inShort(told.text)}` : t("learn-waits");
  const [left, right] = (app.frame?.cities ?? []).map((_, n) => num(reached(n, 5)));
  return $("subline").textContent || (right === undefined ? t("bar-one", { custody: left }) : t("bar-two", { custody: left, custodyRight: right }));
}

function show() {
  if (!app.frame) return;
  say($("bar-play"), app.playing ? "❚❚" : "▶");
  $("bar-play").setAttribute("aria-label", t(app.playing ? "bar-pause" : "bar-plays"));
  say($("bar-date"), $("date").textContent ?? "");
  say($("bar-says"), says());
}

on("lesson", (message) => {
  told = message;
  show();
});
on("opened", () => {
  told = null;
  $("bar").hidden = page("view") !== "city";
});
on("page", (key) => {
  $("bar").hidden = page("view") !== "city";
  if (key === "lesson") show();
});

export function startBar() {
  on("cities", show); // after those who write what the bar repeats
  $("bar").hidden = page("view") !== "city";
  $("bar-play").addEventListener("click", () => $("play").click());
}

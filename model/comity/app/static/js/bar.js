// On a phone a bar stays at the bottom: whether days pass, which day it is, and what the control that is on the screen changes.

import { app, on, page } from "./app.js";
import { $, say } from "./dom.js";
import { t } from "./language.js";
import { inShort } from "./said.js";

let answer = "";

/** What the bar says: in a lesson how far its question is answered, otherwise what came of it so far. */
function show() {
  if (!app.frame) return;
  const lesson = page("lesson") !== "0" && answer;
  say($("bar-play"), app.playing ? "❚❚" : "▶");
  $("bar-play").setAttribute("aria-label", t(app.playing ? "bar-pause" : "bar-plays"));
  say($("bar-date"), $("date").textContent ?? "");
  say($("bar-says"), lesson || $("subline").textContent || $("headline").textContent || "");
}

on("lesson", (message) => {
  answer = `${message.done ? "✓ " : ""}${inShort(message.text)}`;
  show();
});
on("opened", () => {
  answer = "";
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

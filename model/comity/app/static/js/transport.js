// Time: play, pause, step, speed, reset, the slider over the days, and the sentence above everything.

import { app, change, on, open, page, send, setPage, today } from "./app.js";
import { labels } from "./charts.js";
import { $, calm, el, isoDay, say } from "./dom.js";
import { line } from "./charts.js";
import { parts } from "./funnel.js";
import { brief, longDate, num } from "./language.js";

/** Number of people who came as far as a stage. @param {number} n @param {number} stage */
const reached = (n, stage) => (app.frame ? parts(app.frame.cities[n].funnel, stage, "level").reduce((a, b) => a + b, 0) : 0);

function clock() {
  if (!app.opened) return;
  const day = today(), lived = isoDay(app.opened.scenario.start, Math.max(day - 1, 0));
  say($("date"), longDate(lived));
  say($("pace"), app.frame?.working ? "catching up…" : app.playing && app.frame ? `${num(app.frame.pace)} days/s` : `day ${num(day)} of ${num(app.opened.days)}`);
  if (document.activeElement !== $("day") || app.playing) $("day").value = day;
  $("day").setAttribute("aria-valuetext", longDate(lived));
  const button = $("play"), over = day >= app.opened.days;
  say(button, app.playing ? "❚❚ Pause" : over ? "↺ Again" : "▶ Play");
  button.setAttribute("aria-pressed", String(app.playing));
  document.documentElement.dataset.day = String(day);
  document.documentElement.dataset.state = app.frame?.working ? "working" : app.playing ? "playing" : "paused";
}

/** What came of it so far, in a sentence or two. */
function headline() {
  if (!app.frame || !app.opened) return;
  const place = app.opened.place.replace(/ County, | city, /, ", "), lived = longDate(isoDay(app.opened.scenario.start, Math.max(today() - 1, 0)));
  const custody = app.frame.cities.map((_, n) => reached(n, 5)), prints = app.frame.cities.map((_, n) => reached(n, 1));
  if (app.frame.cities.length === 1) {
    say($("headline"), `By ${lived}, ${num(reached(0, 0))} people have been booked into jail in ${place}; the prints of ${num(prints[0])} reached immigration, and ICE took ${num(custody[0])} into custody.`);
    say($("subline"), calls(0));
    return;
  }
  const titles = app.opened.cities.map((/** @type {any} */ c) => c.title.toLowerCase());
  const same = app.opened.cities[0].regime === app.opened.cities[1].regime;
  say($("headline"), same ? `The same regime on both sides: by ${lived} nothing differs, because people, days and dice are the same.`
    : `By ${lived} in ${place}, ICE took ${num(custody[0])} people under “${titles[0]}” and ${num(custody[1])} under “${titles[1]}”; it received ${num(prints[0])} and ${num(prints[1])} sets of prints.`);
  const gap = (line(1, "reporting", "hispanic").at(-1) ?? NaN) - (line(0, "reporting", "hispanic").at(-1) ?? NaN);
  say($("subline"), !Number.isFinite(gap) ? "" : gap === 0 ? "Of Hispanic victims of crime, as many call the police to the right as to the left."
    : `Of 100 Hispanic victims of crime, ${brief(Math.abs(gap))} ${gap < 0 ? "fewer" : "more"} call the police to the right than to the left.`);
}

/** @param {number} n */
function calls(n) {
  const [fearful, others] = ["unauthorized", "other"].map((group) => line(n, "reporting", group).at(-1));
  if (fearful === undefined || others === undefined || !Number.isFinite(fearful)) return "";
  return `Of 100 victims of crime who are unauthorized and Hispanic, ${num(fearful)} call the police; of 100 who are not Hispanic, ${num(others)}.`;
}

/** @param {number} day */
function jump(day) {
  open(app.state, Math.min(Math.max(day, 0), app.opened.days), false);
}

on("opened", () => {
  $("day").max = app.opened.days;
  $("speed").value = page("speed");
  const { days } = app.opened, wide = $("marks").clientWidth || 300;
  $("marks").replaceChildren(...labels((day) => (day * wide) / days).map((mark) => el("span", { style: `left:${(100 * mark.day) / days}%`, title: mark.title }, mark.text)));
});
on("page", (key) => {
  if (key !== "speed") return;
  $("speed").value = page("speed");
  send({ type: "speed", speed: page("speed") });
});
on("cities", () => {
  clock();
  headline();
});
on("working", (message) => {
  document.documentElement.dataset.state = "working";
  say($("pace"), app.opened ? "living again…" : "getting ready…");
  if (!message.compiled && !app.frame) firstStart();
});

/** Say why nothing happens when the model is not machine code yet, which it soon is where it once was. */
function firstStart() {
  const begun = Date.now();
  const timer = setInterval(() => {
    if (app.frame) return clearInterval(timer);
    const seconds = Math.round((Date.now() - begun) / 1000);
    if (seconds < 3) return;
    $("headline").textContent = "Getting ready for the first time…";
    $("subline").textContent = `After an installation the model is compiled into machine code, once. That takes about a minute, on a busy machine longer; ${num(seconds)} seconds so far.`;
  }, 500);
}

function toggle() {
  if (!app.opened) return;
  if (!app.playing && today() >= app.opened.days) return change({}, { day: 0, play: true });
  send({ type: app.playing ? "pause" : "play" });
}

export function startTransport() {
  $("play").addEventListener("click", toggle);
  for (const button of document.querySelectorAll("[data-step]")) button.addEventListener("click", () => send({ type: "step", by: /** @type {HTMLElement} */ (button).dataset.step }));
  $("reset").addEventListener("click", () => change({}, { day: 0, play: false }));
  $("speed").addEventListener("change", () => setPage("speed", $("speed").value));
  $("day").addEventListener("input", () => app.opened && $("day").setAttribute("aria-valuetext", longDate(isoDay(app.opened.scenario.start, Math.max(Number($("day").value) - 1, 0)))));
  $("day").addEventListener("input", calm(120, () => jump(Number($("day").value))));
  addEventListener("keydown", (event) => {
    if (event.key === " " && (event.target === document.body || event.target === $("main"))) {
      event.preventDefault();
      toggle();
    }
  });
}

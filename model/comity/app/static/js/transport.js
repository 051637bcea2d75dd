// Time: play, pause, step, speed, reset, the slider over the days, and the sentence above everything.

import { app, change, on, open, page, send, setPage, today, wish } from "./app.js";
import { event, labels } from "./charts.js";
import { $, calm, el, isoDay, say } from "./dom.js";
import { parts } from "./funnel.js";
import { brief, longDate, num, t } from "./language.js";
import { line } from "./lines.js";
import { cityTitle } from "./names.js";
import { said } from "./said.js";

/** Number of people who came as far as a stage. @param {number} n @param {number} stage */
export const reached = (n, stage) => (app.frame ? parts(app.frame.cities[n].funnel, stage, "level").reduce((a, b) => a + b, 0) : 0);

function clock() {
  if (!app.opened) return;
  const day = today(), lived = isoDay(app.opened.scenario.start, Math.max(day - 1, 0));
  say($("date"), longDate(lived));
  say($("pace"), app.frame?.working ? t("catching-up") : app.playing && app.frame ? t("pace", { days: num(app.frame.pace) }) : t("day-of", { day: num(day), days: num(app.opened.days) }));
  if (document.activeElement !== $("day") || app.playing) $("day").value = day;
  $("day").setAttribute("aria-valuetext", longDate(lived));
  const button = $("play"), over = day >= app.opened.days;
  say(button, t(app.playing ? "pause" : over ? "again" : "play"));
  button.setAttribute("aria-pressed", String(app.playing));
  document.documentElement.dataset.day = String(day);
  document.documentElement.dataset.state = app.frame?.working ? "working" : app.frame?.playing ? "playing" : "paused";
}

/** What came of it so far, in a sentence or two. */
function headline() {
  if (!app.frame || !app.opened) return;
  const place = said(app.opened.place).replace(/ County, | city, /, ", "), lived = longDate(isoDay(app.opened.scenario.start, Math.max(today() - 1, 0)));
  const custody = app.frame.cities.map((_, n) => reached(n, 5)), prints = app.frame.cities.map((_, n) => reached(n, 1));
  if (app.frame.cities.length === 1) {
    say($("headline"), t("headline-one", { day: lived, place, booked: num(reached(0, 0)), prints: num(prints[0]), custody: num(custody[0]) }));
    say($("subline"), calls(0));
    return;
  }
  const titles = app.opened.cities.map((/** @type {any} */ _, /** @type {number} */ n) => cityTitle(n));
  const same = app.opened.cities[0].regime === app.opened.cities[1].regime;
  say($("headline"), t(same ? "headline-same" : "headline-two", {
    day: lived, place, custody: num(custody[0]), left: titles[0], custodyRight: num(custody[1]), right: titles[1], prints: num(prints[0]), printsRight: num(prints[1]),
  }));
  const gap = (line(1, "reporting", "hispanic").at(-1) ?? NaN) - (line(0, "reporting", "hispanic").at(-1) ?? NaN);
  say($("subline"), !Number.isFinite(gap) ? "" : gap === 0 ? t("subline-same") : t(gap < 0 ? "subline-fewer" : "subline-more", { victims: brief(Math.abs(gap)) }));
}

/** @param {number} n */
function calls(n) {
  const [fearful, others] = ["unauthorized", "other"].map((group) => line(n, "reporting", group).at(-1));
  if (fearful === undefined || others === undefined || !Number.isFinite(fearful)) return "";
  return t("subline-calls", { unauthorized: num(fearful), others: num(others) });
}

/** @param {number} day */
function jump(day) {
  open(app.state, Math.min(Math.max(day, 0), app.opened.days), false);
}

on("opened", () => {
  $("day").max = app.opened.days;
  $("speed").value = page("speed");
  scale();
});
on("language", () => app.opened && scale());

/** Where the calendar's entries stand over the slider. */
function scale() {
  const { days } = app.opened, wide = $("marks").clientWidth || 300;
  $("marks").replaceChildren(...labels((day) => (day * wide) / days).map((mark) => event(mark, `left:${(100 * mark.day) / days}%`)));
}

on("page", (key) => {
  if (key !== "speed") return;
  $("speed").value = page("speed");
  send({ type: "speed", speed: page("speed") });
});
on("cities", () => {
  clock();
  headline();
});
/** Nothing is on its way any more: what says that something is takes it back. */
on("stopped", () => {
  if (app.frame) return;
  document.documentElement.dataset.state = "stopped";
  $("headline").textContent = t("nothing-shown");
  $("subline").textContent = "";
  say($("pace"), "");
});
on("working", (message) => {
  document.documentElement.dataset.state = "working";
  say($("pace"), t(app.opened ? "living-again" : "getting-ready"));
  if (!message.compiled && !app.frame) firstStart();
});

/** Say why nothing happens when the model is not machine code yet, which it soon is where it once was. */
function firstStart() {
  const begun = Date.now();
  const timer = setInterval(() => {
    if (app.frame || document.documentElement.dataset.state === "stopped") return clearInterval(timer);
    const seconds = Math.round((Date.now() - begun) / 1000);
    if (seconds < 3) return;
    $("headline").textContent = t("first-start");
    $("subline").textContent = t("first-start-why", { seconds: num(seconds) });
  }, 500);
}

function toggle() {
  if (!app.opened) return;
  if (!app.playing && today() >= app.opened.days) return change({}, { day: 0, play: true });
  wish(!app.playing);
  send({ type: app.playing ? "play" : "pause" });
}

/** @param {string|undefined} by */
function step(by) {
  wish(false);
  send({ type: "step", by });
}

export function startTransport() {
  $("play").addEventListener("click", toggle);
  for (const button of document.querySelectorAll("[data-step]")) button.addEventListener("click", () => step(/** @type {HTMLElement} */ (button).dataset.step));
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

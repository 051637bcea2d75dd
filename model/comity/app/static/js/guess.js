// A guess: a line that is drawn, a number or a choice; what came of it; and the picture that keeps both.

import { app, today } from "./app.js";
import { css, el, isoDay, svg } from "./dom.js";
import { brief, longDate, t } from "./language.js";
import { line } from "./lines.js";
import { outcomeName } from "./names.js";

/**
 * @typedef {{kind: "line"|"number"|"choice", ask: string, low: number, high: number, near: number, unit?: string, outcome: string, group: string,
 *   city: number, since: string, right?: string, options?: {id: string, text: string, why: string}[]}} Asked
 * @typedef {{guess: string|number|number[], truth: string|number|number[], right: boolean, why: string}} Verdict `why`: what of the lesson says why
 */

const POINTS = 6, WIDTH = 640, HEIGHT = 210, LEFT = 52, RIGHT = 14, TOP = 12, BOTTOM = 24;

/** Days lived at which a line has its points. @param {Asked} asked */
function days(asked) {
  const first = (Date.parse(asked.since) - Date.parse(app.opened.scenario.start)) / 864e5, step = (today() - first) / POINTS;
  return Array.from({ length: POINTS + 1 }, (_, k) => Math.round(first + k * step));
}

/** The model's line at some days. @param {Asked} asked @param {number[]} at */
function values(asked, at) {
  const all = line(asked.city, asked.outcome, asked.group), { ends } = app.opened;
  return at.map((day) => all[Math.max(0, Math.min(ends.findLastIndex((/** @type {number} */ end) => end <= day), all.length - 1))]);
}

/** Where a line that is drawn begins: where the model's is on that day. @param {Asked} asked */
const start = (asked) => values(asked, days(asked).slice(0, 1))[0] ?? asked.low;

/** How a guess and the run compare. @param {Asked} asked @param {string|number|number[]} guess @param {number} [value] of the run @returns {Verdict} */
export function judge(asked, guess, value = NaN) {
  if (asked.kind === "choice") return { guess, truth: asked.right ?? "", right: guess === asked.right, why: String(guess) };
  const truth = asked.kind === "line" ? values(asked, days(asked).slice(1)) : value;
  const off = [guess].flat().map((each, k) => Number(each) - Number([truth].flat()[k]));
  const mean = (/** @type {number[]} */ all) => all.reduce((a, b) => a + b, 0) / all.length;
  const near = mean(off.map(Math.abs)) <= asked.near;
  return { guess, truth, right: near, why: near ? "near" : mean(off) < 0 ? "low" : "high" };
}

/** @param {Asked} asked @param {number} value */
const high = (asked, value) => TOP + (HEIGHT - TOP - BOTTOM) * (1 - (Math.max(asked.low, Math.min(value, asked.high)) - asked.low) / (asked.high - asked.low));

/** @param {number} day @param {number} last */
const wide = (day, last) => LEFT + ((WIDTH - LEFT - RIGHT) * day) / last;

/** @param {number[][]} points @param {string} colour @param {string} dash */
const path = (points, colour, dash) => svg("polyline", { points: points.map((p) => p.map((c) => c.toFixed(1)).join(",")).join(" "), fill: "none", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash });

/** The model's line, up to a day, and the line that somebody draws or drew. @param {Asked} asked @param {number[]} guess @param {boolean} shown whether the run may be seen after the day */
function drawn(asked, guess, shown) {
  const at = days(asked), last = Math.max(today(), at[POINTS]), all = line(asked.city, asked.outcome, asked.group), { ends } = app.opened, colour = css(asked.group);
  const known = all.map((value, k) => [ends[k], value]).filter(([day, value]) => Number.isFinite(value) && (shown || day <= at[0]));
  const mine = [[at[0], start(asked)], ...guess.map((value, k) => [at[k + 1], value])].map(([day, value]) => [wide(day, last), high(asked, value)]);
  const root = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "guess-picture", role: "img", "aria-label": t("guess-picture", { outcome: outcomeName(asked.outcome), guess: guess.map(brief).join(", "), model: shown ? values(asked, at.slice(1)).map(brief).join(", ") : "–" }) });
  for (const value of [asked.low, (asked.low + asked.high) / 2, asked.high]) {
    root.append(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: high(asked, value), y2: high(asked, value), stroke: css("line") }), svg("text", { x: LEFT - 6, y: high(asked, value) + 4, "text-anchor": "end" }, brief(value)));
  }
  root.append(svg("line", { x1: wide(at[0], last), x2: wide(at[0], last), y1: TOP, y2: HEIGHT - BOTTOM, stroke: css("muted"), "stroke-dasharray": "3 4" }),
    svg("text", { x: wide(at[0], last), y: HEIGHT - 6, "text-anchor": "middle" }, longDate(asked.since)), svg("text", { x: WIDTH - RIGHT, y: HEIGHT - 6, "text-anchor": "end" }, longDate(isoDay(app.opened.scenario.start, last - 1))),
    path(known.map(([day, value]) => [wide(day, last), high(asked, value)]), colour, "none"), path(mine, css("ink"), "2 5"), ...mine.slice(1).map(([cx, cy]) => svg("circle", { cx, cy, r: 4, fill: css("ink") })));
  return root;
}

/** A number that was guessed beside that of the run. @param {Asked} asked @param {number} guess @param {number} value */
function scale(asked, guess, value) {
  const x = (/** @type {number} */ v) => LEFT + ((WIDTH - LEFT - RIGHT) * (Math.max(asked.low, Math.min(v, asked.high)) - asked.low)) / (asked.high - asked.low);
  const mark = (/** @type {number} */ v, /** @type {number} */ y, /** @type {string} */ text, /** @type {string} */ colour) => [svg("line", { x1: x(v), x2: x(v), y1: 32, y2: 48, stroke: colour, "stroke-width": 3 }),
    svg("text", { x: Math.min(Math.max(x(v), 90), WIDTH - 90), y, "text-anchor": "middle", fill: colour }, text)];
  return svg("svg", { viewBox: `0 0 ${WIDTH} 76`, class: "guess-picture", role: "img", "aria-label": t("guess-number", { guess: brief(guess), value: brief(value) }) },
    svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: 40, y2: 40, stroke: css("muted") }), ...[asked.low, asked.high].map((v) => svg("text", { x: x(v), y: 70, "text-anchor": "middle" }, brief(v))),
    ...mark(guess, 24, t("guess-yours", { guess: brief(guess) }), css("ink")), ...mark(value, 70, t("guess-models", { value: brief(value) }), css("accent")));
}

/** What was guessed, and the run as it stands now. @param {Asked} asked @param {Verdict} verdict */
export function picture(asked, verdict) {
  if (asked.kind === "line" && Array.isArray(verdict.guess)) return el("div", {}, drawn(asked, verdict.guess, true), el("p", { class: "note" }, t("guess-key")));
  return asked.kind === "number" ? scale(asked, Number(verdict.guess), Number(verdict.truth)) : "";
}

/** Options of which one is chosen. @param {string} name @param {{id: string, text: string}[]} options */
export const options = (name, options) => el("div", { class: "options" }, options.map(({ id, text }) => el("label", {}, el("input", { type: "radio", name, value: id, required: true }), ` ${text}`)));

/** What takes a guess, and how it is read. @param {Asked} asked @returns {{node: HTMLElement, read: () => string|number|number[]}} */
export function input(asked) {
  if (asked.kind === "choice") {
    const node = options("guess", asked.options ?? []);
    return { node, read: () => node.querySelector("input:checked").value };
  }
  if (asked.kind === "number") {
    const box = el("input", { type: "number", name: "guess", min: asked.low, max: asked.high, step: "any", required: true });
    return { node: el("label", {}, t("guess-enter", { low: brief(asked.low), high: brief(asked.high), unit: asked.unit ?? "" }), " ", box), read: () => Number(box.value) };
  }
  return sketch(asked);
}

/** A line that is drawn with the pointer or with a slider per day. @param {Asked} asked */
function sketch(asked) {
  const at = days(asked), last = Math.max(today(), at[POINTS]), begin = Math.round(start(asked));
  const sliders = at.slice(1).map((day) => el("input", { type: "range", min: asked.low, max: asked.high, step: (asked.high - asked.low) / 100, value: begin, "aria-label": longDate(isoDay(app.opened.scenario.start, day - 1)) }));
  const read = () => sliders.map((slider) => Number(slider.value)), board = el("div", { class: "guess-board" });
  const show = () => {
    board.replaceChildren(drawn(asked, read(), false));
    for (const slider of sliders) slider.setAttribute("aria-valuetext", brief(Number(slider.value)));
  };
  const draw = (/** @type {PointerEvent} */ event) => {
    if (!event.buttons) return;
    const box = board.getBoundingClientRect(), x = ((event.clientX - box.left) * WIDTH) / box.width, y = ((event.clientY - box.top) * HEIGHT) / box.height;
    const near = at.slice(1).map((day) => Math.abs(wide(day, last) - x)), k = near.indexOf(Math.min(...near));
    sliders[k].value = String(asked.low + (asked.high - asked.low) * Math.max(0, Math.min(1, 1 - (y - TOP) / (HEIGHT - TOP - BOTTOM))));
    show();
  };
  for (const type of /** @type {const} */ (["pointerdown", "pointermove"])) board.addEventListener(type, draw);
  const node = el("div", {}, board, el("p", { class: "note" }, t("guess-draw")), el("div", { class: "guess-sliders" }, sliders.map((slider) => el("label", {}, slider.getAttribute("aria-label"), slider))));
  node.addEventListener("input", show);
  show();
  return { node, read };
}

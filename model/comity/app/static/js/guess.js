// A guess: a line that is drawn, a number or a choice; what came of it; and the picture that keeps both.

import { app, today } from "./app.js";
import { $, css, el, isoDay, svg } from "./dom.js";
import { brief, longDate, t } from "./language.js";
import { line } from "./lines.js";
import { ofPeople, outcomeName } from "./names.js";

/**
 * @typedef {{kind: "line"|"number"|"choice", ask: string, low: number, high: number, near: number, unit?: string, whole?: boolean, outcome: string, group: string,
 *   city: number, since: string, right?: string, options?: {id: string, text: string, why: string}[]}} Asked
 * @typedef {{guess: string|number|number[], truth: string|number|number[], right: boolean, why: string, at: number[]}} Verdict `why`: what of the lesson says why; `at`: days of the points of a line
 */

/** Pixels: a picture is drawn for the width that it has, so that its text is as large on a phone as elsewhere. `SIZE` is also in style.css. */
const POINTS = 6, WIDEST = 640, HIGH = 174, RIGHT = 14, TOP = 12, SIZE = 12, ROW = 18, GAP = 8, EDGE = 4;

/** Days lived at which a line has its points. @param {Asked} asked */
function days(asked) {
  const first = (Date.parse(asked.since) - Date.parse(app.opened.scenario.start)) / 864e5, step = Math.max((today() - first) / POINTS, 1);
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
  if (asked.kind === "choice") return { guess, truth: asked.right ?? "", right: guess === asked.right, why: String(guess), at: [] };
  const at = asked.kind === "line" ? days(asked) : [], truth = at.length ? values(asked, at.slice(1)) : value;
  const off = [guess].flat().map((each, k) => Number(each) - Number([truth].flat()[k]));
  const mean = (/** @type {number[]} */ all) => all.reduce((a, b) => a + b, 0) / all.length;
  const near = mean(off.map(Math.abs)) <= asked.near;
  return { guess, truth, right: near, why: near ? "near" : mean(off) < 0 ? "low" : "high", at };
}

/** A number of a lesson: counts of people, and what was guessed in whole numbers, have nothing behind the point. @param {Asked} asked @param {number} value */
export const figure = (asked, value) => brief(value, asked.whole || Number.isInteger(value) || (asked.kind === "line" && ofPeople(asked.outcome)));

// ------------------------------------------------------------------ pictures that fit
const ruler = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/** How wide a text is in a picture. @param {string} text */
function measured(text) {
  ruler.font = `${SIZE}px ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(ruler.measureText(text).width) + 2;
}

/** A text around a place, but within the picture. @param {number} x @param {number} y @param {string} text @param {number} width of the picture */
function label(x, y, text, width) {
  const half = measured(text) / 2 + EDGE;
  return svg("text", { x: Math.max(half, Math.min(x, width - half)), y, "text-anchor": "middle" }, text);
}

/** @param {number} width @param {number} height @param {string} says @param {any[]} parts */
const canvas = (width, height, says, parts) => svg("svg", { viewBox: `0 0 ${width} ${height}`, class: "guess-picture", role: "img", "aria-label": says }, ...parts);

/** How wide a picture was at last: the next one is in the same place. */
let room = 0;

/** Draw into a place for the width that it has, and anew whenever that changes. @param {HTMLElement} node @param {(width: number) => any} draw */
function fitted(node, draw) {
  const show = () => node.replaceChildren(draw(room || Math.min(WIDEST, $("scene").clientWidth - 30)));
  new ResizeObserver(([{ contentRect: { width } }]) => {
    if (!width || width === room) return;
    room = width;
    requestAnimationFrame(show); // what is observed must not change while it is told of
  }).observe(node);
  show();
  return show;
}

// ------------------------------------------------------------------ a line
/** @typedef {{asked: Asked, at: number[], last: number, left: number, width: number}} Frame `last`: day at its right end; `left`: where its first day is */

/** What is written beside the lines of the scale. @param {Asked} asked */
const ticks = (asked) => [asked.low, (asked.low + asked.high) / 2, asked.high];

/** @param {Asked} asked @param {number} width @param {number[]} at @returns {Frame} */
function frame(asked, width, at) {
  const left = EDGE + GAP + Math.max(...ticks(asked).map((value) => measured(figure(asked, value))));
  return { asked, at, last: Math.max(today(), at[POINTS]), left, width };
}

/** @param {Frame} frame @param {number} value */
const high = ({ asked: { low, high: most } }, value) => TOP + HIGH * (1 - (Math.max(low, Math.min(value, most)) - low) / (most - low));

/** @param {Frame} frame @param {number} day */
const wide = ({ left, width, last }, day) => left + ((width - left - RIGHT) * day) / last;

/** @param {number[][]} points @param {string} colour @param {string} dash */
const path = (points, colour, dash) => svg("polyline", { points: points.map((p) => p.map((c) => c.toFixed(1)).join(",")).join(" "), fill: "none", stroke: colour, "stroke-width": 2.5, "stroke-dasharray": dash });

/** The lines of the scale with their numbers. @param {Frame} frame */
const scaled = (frame) => ticks(frame.asked).flatMap((value) => [svg("line", { x1: frame.left, x2: frame.width - RIGHT, y1: high(frame, value), y2: high(frame, value), stroke: css("line") }),
  svg("text", { x: frame.left - GAP / 2, y: high(frame, value) + 4, "text-anchor": "end" }, figure(frame.asked, value))]);

/** The day from which on somebody draws, and the last one: a row lower where there is no room beside the first. @param {Frame} frame @returns {{parts: any[], height: number}} */
function dated(frame) {
  const x = wide(frame, frame.at[0]), first = longDate(frame.asked.since), end = longDate(isoDay(app.opened.scenario.start, frame.last - 1));
  const row = TOP + HIGH + ROW + GAP / 2, right = Math.max(EDGE + measured(first), x + measured(first) / 2), below = right + GAP > frame.width - EDGE - measured(end);
  const parts = [svg("line", { x1: x, x2: x, y1: TOP, y2: TOP + HIGH, stroke: css("muted"), "stroke-dasharray": "3 4" }), label(x, row, first, frame.width), label(frame.width, below ? row + ROW : row, end, frame.width)];
  return { parts, height: (below ? row + ROW : row) + GAP };
}

/** The model's line, up to a day, and the line that somebody draws or drew. @param {Frame} frame @param {number[]} guess @param {boolean} shown whether the run may be seen after the day */
function drawn(frame, guess, shown) {
  const { asked, at, width } = frame, all = line(asked.city, asked.outcome, asked.group), { ends } = app.opened, place = (/** @type {number[]} */ [day, value]) => [wide(frame, day), high(frame, value)];
  const known = all.map((value, k) => [ends[k], value]).filter(([day, value]) => Number.isFinite(value) && (shown || day <= at[0])).map(place);
  const mine = [[at[0], start(asked)], ...guess.map((value, k) => [at[k + 1], value])].map(place), told = (/** @type {number[]} */ values) => values.map((value) => figure(asked, value)).join(", ");
  const { parts, height } = dated(frame), says = t("guess-picture", { outcome: outcomeName(asked.outcome), guess: told(guess), model: shown ? told(values(asked, at.slice(1))) : "–" });
  return canvas(width, height, says, [...scaled(frame), ...parts, path(known, css(asked.group), "none"), path(mine, css("ink"), "2 5"), ...mine.slice(1).map(([cx, cy]) => svg("circle", { cx, cy, r: 4, fill: css("ink") }))]);
}

/** Which line is which, as they are drawn: the run may be black as well. @param {Asked} asked */
const key = (asked) => el("p", { class: "note" }, [[t("guess-key-run"), "solid", asked.group], [t("guess-key-yours"), "dotted", "ink"]].map(([text, form, colour]) => el("span", { class: "key" }, el("span", { class: "swatch", style: `border-top: 3px ${form} ${css(colour)}` }), text)));

// ------------------------------------------------------------------ a number
/** A number that was guessed beside that of the run: above and below a scale whose ends stand beside it. @param {Asked} asked @param {number} guess @param {number} value @param {number} width */
function scale(asked, guess, value, width) {
  const [low, most] = [asked.low, asked.high].map((v) => figure(asked, v)), left = EDGE + measured(low) + GAP, right = width - measured(most) - GAP - EDGE;
  const x = (/** @type {number} */ v) => left + ((right - left) * (Math.max(asked.low, Math.min(v, asked.high)) - asked.low)) / (asked.high - asked.low);
  const mark = (/** @type {number} */ v, /** @type {number} */ y, /** @type {string} */ text, /** @type {string} */ colour) => [svg("line", { x1: x(v), x2: x(v), y1: 30, y2: 46, stroke: css(colour), "stroke-width": 3 }), label(x(v), y, text, width)];
  return canvas(width, 76, t("guess-number", { guess: figure(asked, guess), value: figure(asked, value) }), [svg("line", { x1: left, x2: right, y1: 38, y2: 38, stroke: css("muted") }),
    svg("text", { x: left - GAP, y: 42, "text-anchor": "end" }, low), svg("text", { x: right + GAP, y: 42 }, most),
    ...mark(guess, 20, t("guess-yours", { guess: figure(asked, guess) }), "ink"), ...mark(value, 66, t("guess-models", { value: figure(asked, value) }), "accent")]);
}

/** What was guessed, and the run as it stands now. @param {Asked} asked @param {Verdict} verdict */
export function picture(asked, verdict) {
  const { guess, truth } = verdict, board = el("div", { class: "guess-fit" });
  if (asked.kind === "line" && Array.isArray(guess)) fitted(board, (width) => drawn(frame(asked, width, verdict.at), guess, true));
  else if (asked.kind === "number") fitted(board, (width) => scale(asked, Number(guess), Number(truth), width));
  else return "";
  return el("div", {}, board, asked.kind === "line" && key(asked));
}

// ------------------------------------------------------------------ what takes a guess
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
    return { node: el("label", {}, t("guess-enter", { low: figure(asked, asked.low), high: figure(asked, asked.high), unit: asked.unit ?? "" }), " ", box), read: () => Number(box.value) };
  }
  return sketch(asked);
}

/** A line that is drawn with the pointer or with a slider per day. @param {Asked} asked */
function sketch(asked) {
  const at = days(asked), begin = Math.round(start(asked)), step = (asked.high - asked.low) / 100;
  const sliders = at.slice(1).map((day) => el("input", { type: "range", min: asked.low, max: asked.high, step, value: begin, "aria-label": longDate(isoDay(app.opened.scenario.start, day - 1)) }));
  const read = () => sliders.map((slider) => Number(slider.value)), board = el("div", { class: "guess-fit guess-board" });
  let now = frame(asked, WIDEST, at);
  const redraw = fitted(board, (width) => {
    now = frame(asked, width, at);
    return drawn(now, read(), false);
  });
  const show = () => {
    redraw();
    for (const slider of sliders) slider.setAttribute("aria-valuetext", figure(asked, Number(slider.value)));
  };
  const draw = (/** @type {PointerEvent} */ event) => {
    if (!event.buttons) return;
    const box = board.getBoundingClientRect(), drawnAs = now.width / box.width, x = (event.clientX - box.left) * drawnAs, y = (event.clientY - box.top) * drawnAs;
    const near = at.slice(1).map((day) => Math.abs(wide(now, day) - x)), k = near.indexOf(Math.min(...near));
    sliders[k].value = String(asked.low + (asked.high - asked.low) * Math.max(0, Math.min(1, 1 - (y - TOP) / HIGH)));
    show();
  };
  for (const type of /** @type {const} */ (["pointerdown", "pointermove"])) board.addEventListener(type, draw);
  const node = el("div", {}, board, el("p", { class: "note" }, t("guess-draw")), el("div", { class: "guess-sliders" }, sliders.map((slider) => el("label", {}, slider.getAttribute("aria-label"), slider))));
  node.addEventListener("input", show);
  show();
  return { node, read };
}

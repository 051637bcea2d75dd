// The figure as a file: both outcomes and the difference, drawn once more as SVG.

import { app, page } from "./app.js";
import { eventText, labels, numbers } from "./charts.js";
import { css, svg } from "./dom.js";
import { brief, longDate, t } from "./language.js";
import { beside, besideTexts, line, withEverybody } from "./lines.js";
import { caveat, cityTitle, differenceUnit, groupName, outcomeName, outcomeUnit } from "./names.js";
import { said } from "./said.js";
import { axis, differenceAxis } from "./scales.js";

const WIDTH = 900, HEIGHT = 260, LEFT = 84, RIGHT = 20, TOP = 42, BOTTOM = 30, MARGIN = 20;
const GROUPS = ["us_born", "immigrant", "unauthorized", "other"];
const INK = "#1c2321", FAINT = "#5a6562", FONT = "Arial, Helvetica, sans-serif";
const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/** Width of a text. @param {string} text @param {number} size @param {number} [weight] */
function wide(text, size, weight = 400) {
  pen.font = `${weight} ${size}px ${FONT}`;
  return pen.measureText(text).width * 1.05; // other fonts of the family may be wider
}

/** A text in lines that fit. @param {string} text @param {number} size @param {number} [weight] @returns {string[]} */
function wrap(text, size, weight) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(" ")) {
    const longer = lines.length ? `${lines.at(-1)} ${word}` : word;
    if (lines.length && wide(longer, size, weight) <= WIDTH - 2 * MARGIN) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** Write lines below one another; returns where the next would stand. @param {any} root @param {string} text @param {number} top @param {number} size @param {string} fill @param {number} [weight] */
function write(root, text, top, size, fill, weight = 400) {
  const lines = wrap(text, size, weight), step = size * 1.35;
  lines.forEach((content, k) => root.append(svg("text", { x: MARGIN, y: top + size + k * step, "font-size": size, "font-weight": weight, fill }, content)));
  return top + lines.length * step;
}

/** The outcomes that are drawn. */
const shown = () => [page("chart"), page("second")];

/** The colours of the groups, in as many rows as they need. @param {any} root @param {number} top */
function legend(root, top) {
  let x = MARGIN;
  for (const group of new Set(shown().flatMap((outcome) => withEverybody(outcome, GROUPS)))) {
    const label = groupName(group), room = 25 + wide(label, 11) + 18;
    if (x + room > WIDTH - MARGIN) [x, top] = [MARGIN, top + 17];
    root.append(svg("rect", { x, y: top + 6, width: 18, height: 4, fill: css(group) }), svg("text", { x: x + 23, y: top + 12, "font-size": 11, fill: INK }, label));
    x += room;
  }
  return top + 20;
}

/** @param {any} content title, lines, published counts, and the axis for the values between two @param {number} top */
function panel({ title, lines, published, reach }, top) {
  const all = [...lines.flatMap((/** @type {any} */ l) => l.values), ...published.map((/** @type {any} */ p) => p.high)].filter(Number.isFinite);
  const [low, high] = reach(Math.min(...all), Math.max(...all));
  const { start, end } = app.opened.scenario, first = Date.parse(start), last = Date.parse(end) + 864e5;
  const x = (/** @type {number} */ ms) => LEFT + ((ms - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (/** @type {number} */ v) => top + HEIGHT - BOTTOM - ((v - low) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const group = svg("g", {}, svg("text", { x: LEFT, y: top + 20, "font-size": 15, "font-weight": 600, fill: "#1c2321" }, title));
  for (let k = 0; k <= 4 && all.length; k++) {
    const v = low + ((high - low) * k) / 4;
    group.append(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(v), y2: y(v), stroke: "#dde2df" }), svg("text", { x: LEFT - 6, y: y(v) + 4, "text-anchor": "end", "font-size": 11, fill: "#5a6562" }, brief(v)));
  }
  const at = (/** @type {number} */ day) => x(first + day * 864e5);
  for (const { day } of numbers()) group.append(svg("line", { x1: at(day), x2: at(day), y1: top + TOP - 12, y2: top + HEIGHT - BOTTOM, stroke: "#8a9490", "stroke-dasharray": "3 4" }));
  for (const { day, text } of labels(at)) group.append(svg("text", { x: at(day) + 3, y: top + TOP - 4, "font-size": 10, fill: FAINT }, text));
  for (let year = new Date(first).getUTCFullYear(); year <= new Date(last).getUTCFullYear(); year++) {
    const at = Date.UTC(year, 0, 1);
    if (at >= first && at < last) group.append(svg("text", { x: x(at), y: top + HEIGHT - 10, "font-size": 11, fill: "#5a6562" }, String(year)));
  }
  for (const { values, colour, dash } of lines) {
    const points = values.map((/** @type {number} */ v, /** @type {number} */ k) => [x(first + app.opened.ends[k] * 864e5), y(v)]).filter((/** @type {number[]} */ p) => Number.isFinite(p[1]));
    group.append(svg("polyline", { points: points.map((/** @type {number[]} */ p) => p.map((c) => c.toFixed(1)).join(",")).join(" "), fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": dash ? "7 4" : "none" }));
  }
  for (const { from, to, low, high } of published) {
    group.append(svg("line", { x1: at(from), x2: at(to), y1: y(low), y2: y(high), stroke: css("accent"), "stroke-width": 3, "stroke-dasharray": "2 3" }), svg("circle", { cx: at(to), cy: y(high), r: 4, fill: css("accent") }));
  }
  return group;
}

/** What is drawn: both outcomes, and the difference in the first if there are two cities. */
function panels() {
  const found = shown().map((outcome) => ({
    title: `${outcomeName(outcome)}, ${outcomeUnit(outcome)}`, reach: (/** @type {number} */ low, /** @type {number} */ high) => axis(outcome, low, high),
    lines: app.history.flatMap((_, n) => withEverybody(outcome, GROUPS).map((group) => ({ values: line(n, outcome, group), colour: css(group), dash: n > 0 }))),
    published: beside(outcome),
  }));
  if (app.history.length < 2) return found;
  const outcome = page("chart"), group = page("group"), left = line(0, outcome, group), level = Math.max(...left.filter(Number.isFinite));
  const values = line(1, outcome, group).map((v, k) => v - left[k]);
  found.push({
    title: t("figure-difference", { outcome: outcomeName(outcome), unit: differenceUnit(outcome), group: groupName(group) }),
    reach: (low, high) => differenceAxis(outcome, low, high, level), lines: [{ values, colour: css(group), dash: false }], published: [],
  });
  return found;
}

/** The figure of what is shown, as an SVG document. @returns {string} */
export function figure() {
  const root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", "font-family": FONT }), paper = svg("rect", { width: WIDTH, fill: "#ffffff" });
  const two = app.history.length > 1, titles = app.opened.cities.map((/** @type {any} */ _, /** @type {number} */ n) => (two ? t(n ? "figure-dashed" : "figure-solid", { title: cityTitle(n) }) : cityTitle(n)));
  root.append(paper);
  let top = legend(root, write(root, `${said(app.opened.place)}: ${titles.join("; ")}`, 10, 18, INK, 700) + 4) + 6;
  for (const content of panels()) {
    root.append(panel(content, top));
    top += HEIGHT;
  }
  numbers().forEach((event, k) => { top = write(root, `${k + 1}  ${longDate(event.date)}: ${eventText(event)}`, top, 10.5, FAINT); });
  for (const text of new Set(shown().flatMap(besideTexts))) top = write(root, text, top + 4, 10.5, INK);
  const caveats = shown().map(caveat);
  for (const text of new Set(caveats.filter(Boolean))) top = write(root, text, top + 4, 10.5, INK);
  const height = Math.ceil(write(root, t("figure-foot", { seed: String(app.opened.scenario.seed) }), top + 4, 10, FAINT)) + 8;
  paper.setAttribute("height", String(height));
  for (const [name, value] of Object.entries({ viewBox: `0 0 ${WIDTH} ${height}`, width: WIDTH, height })) root.setAttribute(name, String(value));
  return new XMLSerializer().serializeToString(root);
}

/** The figure as a picture. @param {string} text SVG @returns {Promise<Blob>} */
export async function picture(text) {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(text)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [image.width * 2, image.height * 2];
  canvas.getContext("2d")?.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/png"));
}

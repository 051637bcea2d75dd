// The figure as a file: both outcomes and the difference, drawn once more as SVG.

import { app, page } from "./app.js";
import { line, numbers } from "./charts.js";
import { brief, css, longDate, svg } from "./dom.js";

const WIDTH = 900, HEIGHT = 260, LEFT = 60, RIGHT = 20, TOP = 42, BOTTOM = 30;
const GROUPS = ["us_born", "immigrant", "unauthorized", "other"];

/** @param {string} title @param {{values: number[], colour: string, dash: boolean}[]} lines @param {number} top */
function panel(title, lines, top) {
  const all = lines.flatMap((l) => l.values).filter(Number.isFinite);
  const low = Math.min(...all, Infinity), high = Math.max(...all, -Infinity), pad = (high - low || 1) * 0.05;
  const { start, end, parameters } = app.opened.scenario, first = Date.parse(start), last = Date.parse(end) + 864e5;
  const x = (/** @type {number} */ ms) => LEFT + ((ms - first) / (last - first)) * (WIDTH - LEFT - RIGHT);
  const y = (/** @type {number} */ v) => top + HEIGHT - BOTTOM - ((v - low + pad) / (high - low + 2 * pad)) * (HEIGHT - TOP - BOTTOM);
  const group = svg("g", {}, svg("text", { x: LEFT, y: top + 20, "font-size": 15, "font-weight": 600, fill: "#1c2321" }, title));
  for (let k = 0; k <= 4 && all.length; k++) {
    const v = low + ((high - low) * k) / 4;
    group.append(svg("line", { x1: LEFT, x2: WIDTH - RIGHT, y1: y(v), y2: y(v), stroke: "#dde2df" }), svg("text", { x: LEFT - 6, y: y(v) + 4, "text-anchor": "end", "font-size": 11, fill: "#5a6562" }, brief(v)));
  }
  numbers().forEach((event, k) => {
    const at = x(Date.parse(event.date));
    group.append(svg("line", { x1: at, x2: at, y1: top + TOP - 6, y2: top + HEIGHT - BOTTOM, stroke: "#8a9490", "stroke-dasharray": "3 4" }), svg("text", { x: at + 3, y: top + TOP, "font-size": 10, fill: "#5a6562" }, String(k + 1)));
  });
  for (let year = new Date(first).getUTCFullYear(); year <= new Date(last).getUTCFullYear(); year++) {
    const at = Date.UTC(year, 0, 1);
    if (at >= first && at < last) group.append(svg("text", { x: x(at), y: top + HEIGHT - 10, "font-size": 11, fill: "#5a6562" }, String(year)));
  }
  for (const { values, colour, dash } of lines) {
    const points = values.map((v, k) => [x(Math.min(first + (k + 1) * parameters.recording_days * 864e5, last)), y(v)]).filter((p) => Number.isFinite(p[1]));
    group.append(svg("polyline", { points: points.map((p) => p.map((c) => c.toFixed(1)).join(",")).join(" "), fill: "none", stroke: colour, "stroke-width": 2, "stroke-dasharray": dash ? "7 4" : "none" }));
  }
  return group;
}

/** The figure of what is shown, as an SVG document. @returns {string} */
export function figure() {
  const titles = app.opened.outcomes, root = svg("svg", { xmlns: "http://www.w3.org/2000/svg", "font-family": "system-ui, sans-serif" });
  const two = app.history.length > 1;
  const panels = [page("chart"), page("second")].map((outcome) => ({
    title: `${titles[outcome].name}, ${titles[outcome].unit}`,
    lines: app.history.flatMap((_, n) => GROUPS.map((group) => ({ values: line(n, outcome, group), colour: css(group), dash: n > 0 }))),
  }));
  if (two) {
    const left = line(0, page("chart"), page("group")), values = line(1, page("chart"), page("group")).map((v, k) => v - left[k]);
    panels.push({ title: `right minus left: ${titles[page("chart")].name}, ${app.opened.groups[page("group")]}`, lines: [{ values, colour: css(page("group")), dash: false }] });
  }
  const head = 66, events = numbers(), height = head + panels.length * HEIGHT + 30 + events.length * 15;
  root.setAttribute("viewBox", `0 0 ${WIDTH} ${height}`);
  root.setAttribute("width", String(WIDTH));
  root.setAttribute("height", String(height));
  root.append(svg("rect", { width: WIDTH, height, fill: "#ffffff" }), svg("text", { x: 20, y: 26, "font-size": 18, "font-weight": 700, fill: "#1c2321" }, `${app.opened.place}: ${app.opened.cities.map((/** @type {any} */ c, /** @type {number} */ n) => `${c.title}${two ? (n ? " (dashed)" : " (solid)") : ""}`).join("; ")}`));
  GROUPS.forEach((group, k) => root.append(svg("rect", { x: 20 + k * 215, y: 42, width: 18, height: 4, fill: css(group) }), svg("text", { x: 43 + k * 215, y: 48, "font-size": 11, fill: "#1c2321" }, app.opened.groups[group])));
  panels.forEach((p, k) => root.append(panel(p.title, p.lines, head + k * HEIGHT)));
  events.forEach((event, k) => root.append(svg("text", { x: 20, y: head + panels.length * HEIGHT + 16 + k * 15, "font-size": 10.5, fill: "#5a6562" }, `${k + 1}  ${longDate(event.date)}: ${event.text}`.slice(0, 170))));
  root.append(svg("text", { x: 20, y: height - 8, "font-size": 10, fill: "#5a6562" }, `comity, seed ${app.opened.scenario.seed}: results of a model, not measurements`));
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

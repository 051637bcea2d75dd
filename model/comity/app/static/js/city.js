// The cities: hexagons for neighbourhoods in the order of their Hispanic share, dots for residents.

import { app, on, page, send, setPage } from "./app.js";
import { gradient, shade, whereabouts } from "./colours.js";
import { $, css, el, say } from "./dom.js";
import { cellOf } from "./frames.js";
import { language, num, t } from "./language.js";
import { cityTitle } from "./names.js";
import { fits } from "./scales.js";

const GOLDEN = Math.PI * (3 - Math.sqrt(5));
/** @type {any[]} */
let panels = [];
/** Range of the colours, the same in both cities: the whole scale, or what was there so far. @type {{low: number, high: number}} */
let range = { low: Infinity, high: -Infinity };

/** Where hexagons stand. @param {number} n @param {number} width @param {number} height */
function honeycomb(n, width, height) {
  let best = { r: 0, rows: 1 };
  for (let rows = 1; rows <= Math.min(n, 40); rows++) {
    const columns = Math.ceil(n / rows);
    const r = Math.min(width / (Math.sqrt(3) * (columns + (rows > 1 ? 0.5 : 0))), height / (1.5 * (rows - 1) + 2));
    if (r > best.r) best = { r, rows };
  }
  const { r, rows } = best, columns = Math.ceil(n / rows), step = Math.sqrt(3) * r;
  const left = (width - step * (columns + (rows > 1 ? 0.5 : 0))) / 2, top = (height - r * (1.5 * (rows - 1) + 2)) / 2;
  const x = new Float32Array(n), y = new Float32Array(n);
  for (let k = 0; k < n; k++) {
    const column = Math.floor(k / rows), row = k % rows;
    x[k] = left + step * (column + 0.5 + (row % 2 ? 0.5 : 0));
    y[k] = top + r * (1 + 1.5 * row);
  }
  return { r, x, y, rows };
}

/** @param {number} n @param {any} layout */
function build(n, layout) {
  const canvas = el("canvas", { tabIndex: 0, role: "img", "aria-label": "" });
  const card = el("section", { class: "city card", "aria-label": t(n ? "right-city" : "left-city") },
    el("h2", {}, cityTitle(n), el("b", {}, n ? t("city-dashed") : app.opened.cities.length > 1 ? t("city-solid") : "")),
    canvas,
    el("div", { class: "axis" }, el("span", {}, t("city-fewer")), el("span", {}, t("city-more"))),
    el("p", { class: "facts", "data-city": String(n) }));
  const panel = { n, layout, canvas, card, facts: card.querySelector(".facts"), chosen: -1, comb: null, places: null };
  canvas.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => hover(panel, e));
  canvas.addEventListener("pointerleave", () => document.activeElement !== canvas && choose(-1));
  canvas.addEventListener("blur", () => choose(-1));
  canvas.addEventListener("click", (/** @type {MouseEvent} */ e) => click(panel, e));
  canvas.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => keys(panel, e));
  return panel;
}

/** Size the canvas and settle where everything stands. @param {any} panel */
function fit(panel) {
  const { canvas, layout } = panel, ratio = Math.min(devicePixelRatio || 1, 2);
  const width = Math.max(240, panel.card.clientWidth - 30), height = Math.round(Math.min(width * (panels.length > 1 ? 0.62 : 0.42), 380));
  canvas.width = width * ratio;
  canvas.height = height * ratio;
  canvas.style.height = `${height}px`;
  panel.ratio = ratio;
  panel.comb = honeycomb(layout.share.length, width, height);
  panel.places = layout.dots ? sunflower(panel) : null;
}

/** Where every resident stands: Hispanic households, which come first, in the middle. @param {any} panel */
function sunflower(panel) {
  const { layout, comb } = panel, xy = new Float32Array(2 * layout.residents);
  layout.first.forEach((/** @type {number} */ first, /** @type {number} */ h) => {
    for (let k = 0; k < layout.count[h]; k++) place(comb, layout.cell[h], k, layout.count[h], xy, 2 * (first + k));
  });
  return xy;
}

/** @param {any} comb @param {number} cell @param {number} k @param {number} n @param {any} xy @param {number} at */
function place(comb, cell, k, n, xy, at) {
  const radius = comb.r * 0.82 * Math.sqrt((k + 0.5) / n), angle = k * GOLDEN;
  xy[at] = comb.x[cell] + radius * Math.cos(angle);
  xy[at + 1] = comb.y[cell] + radius * Math.sin(angle);
}

/** The neighbourhood of a resident. @param {any} layout @param {number} id */
function homeOf(layout, id) {
  let low = 0, high = layout.first.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (layout.first[middle] <= id) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The value by which a cell is coloured. @param {any} cell */
const valueOf = (cell) => (page("colour") === "trust" ? cell.trust : cell.risk);

function widen() {
  if (!app.frame) return;
  if (!fits()) {
    range = { low: 0, high: 1 };
    return;
  }
  for (const city of app.frame.cities) {
    for (let k = 0; k < city.n; k++) {
      const value = valueOf(cellOf(city, k));
      range.low = Math.min(range.low, value);
      range.high = Math.max(range.high, value);
    }
  }
  range = { low: Math.floor(range.low * 100) / 100, high: Math.ceil(range.high * 100) / 100 };
}

/** @param {any} panel @param {import("./frames.js").CityFrame} city */
function paint(panel, city) {
  const context = panel.canvas.getContext("2d"), { comb, ratio } = panel, colour = page("colour");
  const away = whereabouts();
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, panel.canvas.width, panel.canvas.height);
  for (let k = 0; k < city.n; k++) {
    const value = (valueOf(cellOf(city, k)) - range.low) / Math.max(range.high - range.low, 1e-9);
    hexagon(context, comb, k, comb.r * 0.95);
    context.fillStyle = city.dots || colour === "happened" ? away[0][1] : shade(colour, value);
    context.fill();
  }
  context.strokeStyle = css("card");
  context.lineWidth = 1;
  if (city.dots) paintPeople(context, panel, city, colour, away);
  else paintAway(context, panel, city, colour, away);
  if (panel.chosen >= 0 && panel.chosen < city.n) {
    hexagon(context, comb, panel.chosen, comb.r * 0.95);
    context.strokeStyle = getComputedStyle(panel.canvas).color;
    context.lineWidth = 2;
    context.stroke();
  }
}

/** @param {any} context @param {any} comb @param {number} k @param {number} r */
function hexagon(context, comb, k, r) {
  context.beginPath();
  for (let corner = 0; corner < 6; corner++) {
    const angle = (Math.PI / 3) * corner + Math.PI / 6;
    context.lineTo(comb.x[k] + r * Math.cos(angle), comb.y[k] + r * Math.sin(angle));
  }
  context.closePath();
}

/** @param {any} context @param {any} panel @param {any} city @param {string} colour @param {any[]} away */
function paintPeople(context, panel, city, colour, away) {
  /** @type {number[][]} */
  const groups = [];
  for (let i = 0; i < city.people.length; i++) (groups[city.people[i]] ||= []).push(i);
  const size = Math.max(1.3, panel.comb.r / Math.sqrt(panel.layout.residents / city.n) * 1.15);
  groups.forEach((ids, value) => {
    const gone = value > 250;
    context.fillStyle = gone ? away[value - 250][1] : colour === "happened" ? css("still") : shade(colour, (value / 249 - range.low) / (range.high - range.low));
    const side = gone ? Math.max(size * 1.7, 5) : size;
    for (const i of ids) mark(context, panel.places[2 * i], panel.places[2 * i + 1], side, gone);
  });
}

/** A square, set off from what it covers where it stands for somebody to whom something happened. @param {any} context @param {number} x @param {number} y @param {number} side @param {boolean} apart */
function mark(context, x, y, side, apart) {
  context.fillRect(x - side / 2, y - side / 2, side, side);
  if (apart) context.strokeRect(x - side / 2, y - side / 2, side, side);
}

const spot = [0, 0];

/** @param {any} context @param {any} panel @param {any} city @param {string} colour @param {any[]} away */
function paintAway(context, panel, city, colour, away) {
  const { layout, comb } = panel, all = colour === "happened", size = Math.min(5.5, Math.max(all ? 2.6 : 3.2, 90 / Math.sqrt(city.away.length)));
  for (let where = 1; where <= 4; where++) {
    if (!all && where !== 2 && where !== 3) continue;
    context.fillStyle = all ? away[where][1] : where === 2 ? "#ffffff" : "#101314";
    const side = where === 2 || where === 3 ? size * 1.2 : size;
    for (let k = 0; k < city.away.length; k++) {
      if (city.where[k] !== where) continue;
      spotOf(layout, comb, city.away[k]);
      mark(context, spot[0], spot[1], side, size > 4);
    }
  }
}

/** @param {any} layout @param {any} comb @param {number} id */
function spotOf(layout, comb, id) {
  const home = homeOf(layout, id);
  place(comb, layout.cell[home], id - layout.first[home], layout.count[home], spot, 0);
}

/** @param {any} panel @param {MouseEvent} event */
function pointer(panel, event) {
  const box = panel.canvas.getBoundingClientRect();
  return [((event.clientX - box.left) / box.width) * (panel.canvas.width / panel.ratio), ((event.clientY - box.top) / box.height) * (panel.canvas.height / panel.ratio)];
}

/** @param {any} comb @param {number} x @param {number} y */
function cellAt(comb, x, y) {
  let best = -1, near = comb.r * comb.r;
  for (let k = 0; k < comb.x.length; k++) {
    const d = (comb.x[k] - x) ** 2 + (comb.y[k] - y) ** 2;
    if (d < near) [best, near] = [k, d];
  }
  return best;
}

/** The resident who stands nearest to a point. @param {any} panel @param {number} x @param {number} y */
function residentAt(panel, x, y) {
  const city = app.frame?.cities[panel.n];
  if (!city) return -1;
  let best = -1, near = city.dots ? Infinity : 100;
  const count = city.dots ? panel.layout.residents : city.away.length;
  for (let k = 0; k < count; k++) {
    if (city.dots) [spot[0], spot[1]] = [panel.places[2 * k], panel.places[2 * k + 1]];
    else spotOf(panel.layout, panel.comb, city.away[k]);
    const d = (spot[0] - x) ** 2 + (spot[1] - y) ** 2;
    if (d < near) [best, near] = [city.dots ? k : city.away[k], d];
  }
  return best;
}

/** @param {any} panel @param {MouseEvent} event */
function hover(panel, event) {
  if (!event.movementX && !event.movementY) return; // the page moved, not the hand
  const [x, y] = pointer(panel, event);
  choose(cellAt(panel.comb, x, y));
}

/** @param {any} panel @param {MouseEvent} event */
function click(panel, event) {
  const [x, y] = pointer(panel, event), resident = residentAt(panel, x, y);
  const home = cellAt(panel.comb, x, y);
  if (resident >= 0) send({ type: "story", resident });
  else if (home >= 0) send({ type: "story", resident: panel.layout.first[panel.layout.cell.indexOf(home)] });
}

/** @param {any} panel @param {KeyboardEvent} event */
function keys(panel, event) {
  const move = { ArrowDown: 1, ArrowUp: -1, ArrowRight: panel.comb.rows, ArrowLeft: -panel.comb.rows }[event.key];
  if (move) {
    choose(Math.min(Math.max(panel.chosen + move, 0), panel.layout.share.length - 1));
    event.preventDefault();
  } else if (event.key === "Enter" && panel.chosen >= 0) {
    send({ type: "story", resident: panel.layout.first[panel.layout.cell.indexOf(panel.chosen)] });
  }
}

/** Choose a neighbourhood in all cities. @param {number} cell */
function choose(cell) {
  if (panels.every((panel) => panel.chosen === cell)) return;
  for (const panel of panels) panel.chosen = cell;
  draw();
}

let due = false;
export function draw() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => {
    due = false;
    const shown = app.frame?.cities;
    if (!shown || panels.length !== shown.length) return;
    widen();
    panels.forEach((panel, n) => {
      if (!panel.comb) fit(panel);
      paint(panel, shown[n]);
      facts(panel, shown[n]);
    });
    legend();
  });
}

/** The same in words. @param {any} panel @param {import("./frames.js").CityFrame} city */
function facts(panel, city) {
  const sum = { community: 0, jail: 0, ice: 0, removed: 0, moved: 0 };
  const scale = app.opened.scenario.scale;
  for (let k = 0; k < city.n; k++) {
    const cell = cellOf(city, k);
    for (const key of /** @type {(keyof typeof sum)[]} */ (Object.keys(sum))) sum[key] += cell[key];
  }
  const removed = city.where.filter((where) => where === 3).length, some = !city.dots && removed < sum.removed;
  const all = t("city-all", { jail: num(sum.jail * scale), ice: num(sum.ice * scale), removed: num(sum.removed * scale), moved: num(sum.moved * scale) }) + (some ? `; ${t("city-squares", { each: num(sum.removed / removed, 1) })}` : "");
  const k = panel.chosen;
  const one = k >= 0 && k < city.n ? cellOf(city, k) : null;
  const text = one ? t("city-neighbourhood", {
    number: num(k + 1), hispanic: num(panel.layout.share[k] * 100), trust: num(one.trust * 100, 1), risk: num(one.risk * 100, 1),
    jail: num(one.jail * scale), taken: num((one.ice + one.removed) * scale),
  }) : `${all}.`;
  say(panel.facts, text);
  panel.canvas.setAttribute("aria-label", `${t("city-summary", { title: cityTitle(panel.n), neighbourhoods: num(panel.layout.share.length) })} ${text}`);
}

function legend() {
  const colour = page("colour");
  const key = `${language()}|${colour}|${range.low.toFixed(3)}|${range.high.toFixed(3)}|${app.frame?.cities[0].dots}`;
  const node = $("scale-bar");
  if (node.dataset.key === key) return;
  node.dataset.key = key;
  const digits = range.high - range.low < 0.1 ? 1 : 0;
  const dots = app.frame?.cities[0].dots, cut = dots && fits() ? ["≤ ", "≥ "] : ["", ""];
  const bar = colour === "happened" ? [] : [cut[0] + num(range.low * 100, digits), el("span", { class: "bar", style: `background:${gradient(colour)}` }), `${cut[1]}${t("of-100", { value: num(range.high * 100, digits) })}`];
  const keys = whereabouts().slice(1).map(([name, fill], n) => {
    if (!dots && colour !== "happened") return n === 1 || n === 2 ? el("span", { class: "key" }, el("i", { class: "sq", style: `background:${n === 1 ? "#fff" : "#101314"};border:1px solid #888` }), name) : null;
    return el("span", { class: "key" }, el("i", { class: "sq", style: `background:${fill}` }), name);
  });
  node.replaceChildren(...bar, " ", ...keys.filter(Boolean));
}

function begin() {
  panels = app.opened.cities.map((/** @type {any} */ layout, /** @type {number} */ n) => build(n, layout));
  range = { low: Infinity, high: -Infinity };
  $("cities").replaceChildren(...panels.map((panel) => panel.card));
  $("colour").value = page("colour");
  $("fit").checked = fits();
  panels.forEach(fit);
}
on("opened", begin);
on("language", () => app.opened && begin());
on("cities", draw);
on("page", (key) => {
  if (key !== "colour" && key !== "range") return;
  range = { low: Infinity, high: -Infinity };
  $("colour").value = page("colour");
  $("fit").checked = fits();
  if (key === "colour") send({ type: "colour", colour: page("colour") });
  draw();
});
export function startCity() {
  $("colour").addEventListener("change", () => setPage("colour", $("colour").value));
  $("fit").addEventListener("change", () => setPage("range", $("fit").checked ? "fit" : "whole"));
  addEventListener("resize", () => {
    panels.forEach((panel) => { panel.comb = null; });
    draw();
  });
}

// From arrest to removal: how many got how far, by ICE's level or by status, in each city.

import { app, on } from "./app.js";
import { $, css, el, say } from "./dom.js";
import { num, t } from "./language.js";

const STAGES = ["booked", "prints", "match", "identified", "detainer", "custody", "removed"];
const STATUS = [[0, 3], [1, 4], [2, 5]];
const STATUSES = ["us-born", "immigrant", "unauthorized"];
/** @type {any[]} */
let rows = [];

/** Numbers of a stage by shade. @param {Float32Array} funnel level, group, stage @param {number} stage @param {string} by */
export function parts(funnel, stage, by) {
  const at = (/** @type {number} */ level, /** @type {number} */ group) => funnel[(level * 6 + group) * 7 + stage];
  const groups = [0, 1, 2, 3, 4, 5];
  if (by === "level") return [3, 2, 1, 0].map((level) => groups.reduce((sum, g) => sum + at(level, g), 0));
  return STATUS.map((pair) => pair.reduce((sum, g) => sum + [0, 1, 2, 3].reduce((s, level) => s + at(level, g), 0), 0));
}

const shades = (/** @type {string} */ by) => (by === "level" ? ["L1", "L2", "L3", "C0"].map((level) => [t(`level-${level}`), level]) : STATUSES.map((status, k) => [t(`status-${status}`), `s${k}`]));

function build() {
  const by = $("funnel-by").value, two = app.opened.cities.length > 1;
  rows = STAGES.map((name, stage) => {
    const tracks = app.opened.cities.map(() => el("div", { class: "track" }, shades(by).map(([, fill]) => el("span", { style: `background:${css(fill)};flex-grow:0` }))));
    const numbers = app.opened.cities.map((/** @type {any} */ _, /** @type {number} */ n) => el("div", { "data-stage": `${n}:${stage}` }));
    return { stage, tracks, numbers, nodes: [el("div", { class: "name" }, t(`stage-${name}`)), el("div", {}, tracks), el("div", { class: "n" }, numbers), el("div", { class: "gap" })] };
  });
  const keys = shades(by).map(([name, fill]) => el("span", { class: "key" }, el("i", { class: "sq", style: `background:${css(fill)}` }), name));
  $("funnel").replaceChildren(el("p", { class: "note" }, keys), el("div", { class: "funnel" }, rows.flatMap((row) => row.nodes)),
    el("p", { class: "note" }, `${two ? `${t("funnel-two")} ` : ""}${t("funnel-reading")}`));
}

function draw() {
  if (!app.frame || !rows.length) return;
  const by = $("funnel-by").value;
  const most = Math.max(10, ...app.frame.cities.map((city) => parts(city.funnel, 0, by).reduce((a, b) => a + b, 0)));
  for (const row of rows) {
    app.frame.cities.forEach((city, n) => {
      if (!row.tracks[n]) return;
      const values = parts(city.funnel, row.stage, by), sum = values.reduce((a, b) => a + b, 0);
      row.tracks[n].style.width = `${(100 * Math.log10(1 + sum)) / Math.log10(1 + most)}%`;
      values.forEach((value, k) => { row.tracks[n].children[k].style.flexGrow = value; });
      row.tracks[n].title = shades(by).map(([name], k) => `${name}: ${num(values[k])}`).join("\n");
      say(row.numbers[n], num(sum));
    });
  }
}

on("opened", build);
on("language", () => app.opened && build());
on("cities", draw);
export function startFunnel() {
  $("funnel-by").addEventListener("change", () => {
    build();
    draw();
  });
}

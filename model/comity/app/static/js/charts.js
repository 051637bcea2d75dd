// Lines over time: two outcomes by group with the policy calendar, and the difference with its interval.

import uPlot from "../vendor/uPlot.esm.js";
import { app, on, page, send, setPage } from "./app.js";
import { $, css, el, say, toast } from "./dom.js";
import { brief, calendarNames, longDate, num, signed, t } from "./language.js";
import { beside, besideTexts, column, line, withEverybody } from "./lines.js";
import { caveat, cityTitle, differenceUnit, groupName, ofPeople, outcomeName, outcomeTitle, outcomeUnit } from "./names.js";
import { said } from "./said.js";
import { axis, differenceAxis } from "./scales.js";
import { pop } from "./words.js";

const LINES = ["us_born", "immigrant", "unauthorized", "other"];
const TOTALS = ["prints", "detainers", "custody", "removals", "hold_days"];
const MOST = 240;
/** @type {Record<string, any>} */
const plots = {};

/** Every how many periods are drawn. @param {number} n */
const stride = (n) => Math.max(1, Math.ceil(n / MOST));

/** Ends of the recording periods, in seconds. */
function times() {
  const first = Date.parse(`${app.opened.scenario.start}T00:00:00Z`) / 1000;
  return (app.history[0] || []).map((_, k) => first + app.opened.ends[k] * 86400);
}

/** Values thinned to at most 240 points, the last one among them. @param {any[]} values */
function thin(values) {
  const every = stride(values.length);
  return values.filter((_, k) => (values.length - 1 - k) % every === 0).map((v) => (Number.isNaN(v) ? null : v));
}

/** A uPlot plugin that marks the days on which policy changes, and draws what was published. @param {string} [outcome] */
function marks(outcome) {
  const named = el("div", { class: "named" });
  return {
    hooks: {
      // Before the picture and not in it: what is in a picture nobody can press by keyboard.
      ready: (/** @type {any} */ u) => u.root.parentNode?.before(named), // it may be gone by then
      destroy: () => named.remove(),
      draw: (/** @type {any} */ u) => {
        const { ctx, bbox } = u;
        ctx.save();
        app.opened.cities[0].calendar.concat(app.opened.cities[1]?.calendar || []).forEach((/** @type {any} */ event) => {
          const x = u.valToPos(Date.parse(`${event.date}T00:00:00Z`) / 1000, "x", true);
          if (!(x > bbox.left && x < bbox.left + bbox.width)) return;
          ctx.strokeStyle = css(event.allowed ? "muted" : "warn");
          ctx.setLineDash([3 * devicePixelRatio, 4 * devicePixelRatio]);
          ctx.beginPath();
          ctx.moveTo(x, bbox.top + 13 * devicePixelRatio);
          ctx.lineTo(x, bbox.top + bbox.height);
          ctx.stroke();
        });
        const start = Date.parse(app.opened.scenario.start) / 1000, at = (/** @type {number} */ day) => u.valToPos(start + day * 86400, "x", true) / devicePixelRatio;
        const within = (/** @type {number} */ x) => x > bbox.left / devicePixelRatio && x < (bbox.left + bbox.width) / devicePixelRatio;
        named.replaceChildren(...labels(at).filter((mark) => within(at(mark.day))).map((mark) => event(mark, `left:${at(mark.day)}px;top:${bbox.top / devicePixelRatio}px`)));
        ctx.strokeStyle = ctx.fillStyle = css("accent");
        ctx.lineWidth = 3 * devicePixelRatio;
        ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
        for (const { from, to, low, high } of outcome ? beside(outcome) : []) {
          const [x, y] = [at(to) * devicePixelRatio, u.valToPos(high, "y", true)];
          ctx.beginPath();
          ctx.moveTo(at(from) * devicePixelRatio, u.valToPos(low, "y", true));
          ctx.lineTo(x, y);
          ctx.stroke();
          ctx.beginPath();
          ctx.arc(x, y, 4 * devicePixelRatio, 0, 2 * Math.PI);
          ctx.fill();
        }
        ctx.restore();
      },
    },
  };
}

/** The calendar of both cities, each entry once. @returns {any[]} */
export function numbers() {
  const seen = new Map();
  app.opened.cities.forEach((/** @type {any} */ city, /** @type {number} */ n) => city.calendar.forEach((/** @type {any} */ event) => {
    const key = event.date + event.text, entry = seen.get(key) || { ...event, cities: [] };
    entry.cities.push(n);
    seen.set(key, entry);
  }));
  return [...seen.values()].sort((a, b) => a.day - b.day);
}

/** What an entry of the calendar says. @param {any} event */
export const eventText = (event) => said(event.text);

/** Where the calendar's numbers stand: those that would overprint share a place. @param {(day: number) => number} at pixels of a day */
export function labels(at) {
  /** @type {{day: number, text: string, title: string}[]} */
  const found = [];
  numbers().forEach((event, k) => {
    const last = found.at(-1), title = `${longDate(event.date)}: ${eventText(event)}`, room = 8 * (last?.text.length ?? 0) + 4;
    if (last && at(event.day) - at(last.day) < room) Object.assign(last, { text: `${last.text.split("–")[0]}–${k + 1}`, title: `${last.title}\n${title}` });
    else found.push({ day: event.day, text: String(k + 1), title });
  });
  return found;
}

/** A number of the calendar as a button: what happened that day is read by pointing at it or pressing it. @param {{text: string, title: string}} mark @param {string} style */
export function event(mark, style) {
  const lines = () => mark.title.split("\n").map((line) => el("p", {}, line));
  const button = el("button", { type: "button", style, title: mark.title, "aria-label": mark.title, onclick: () => pop(button, ...lines()) }, mark.text);
  return button;
}

/** Numbers of an axis, without digits that it does not need. @param {number} value */
const tick = (value) => num(value, [0, 1, 2].find((digits) => Math.abs(value - Number(value.toFixed(digits))) < 1e-9) ?? 3);

/** Room for the numbers of an axis, the longest among them. @param {any} _ @param {string[]|null} texts */
const roomFor = (_, texts) => Math.max(44, 14 + 6.5 * Math.max(0, ...(texts ?? []).map((text) => text.length)));

/** How days of an axis are written. @param {string} form uPlot's template */
const dated = (form) => /** @type {any} */ (uPlot).fmtDate(form, /** @type {any} */ (calendarNames()));

/** @param {any[]} series @param {any} box @param {(low: number, high: number) => [number, number]} reach @param {{bands?: any, outcome?: string}} more @returns {any} */
function options(series, box, reach, { bands, outcome }) {
  const line = { stroke: css("muted"), grid: { stroke: css("line"), width: 1 }, ticks: { show: false }, font: "11px system-ui" };
  const { start, end } = app.opened.scenario;
  const range = [Date.parse(start) / 1000, Date.parse(end) / 1000 + 86400];
  return {
    width: Math.max(220, box.clientWidth), height: 190, series: [{}, ...series], bands, plugins: [marks(outcome)], legend: { show: false },
    cursor: { y: false, points: { size: 5 } }, axes: [line, { ...line, size: roomFor, values: (/** @type {any} */ _, /** @type {number[]} */ values) => values.map(tick) }], scales: { x: { time: true, range }, y: { range: (/** @type {any} */ _, /** @type {number} */ low, /** @type {number} */ high) => reach(low, high) } },
    fmtDate: dated, tzDate: (/** @type {number} */ ts) => uPlot.tzDate(new Date(ts * 1000), "UTC"),
  };
}

/** Redraw a plot, making it anew where its shape has changed. @param {string} id @param {string} shape @param {any[]} series @param {any[]} data @param {(low: number, high: number) => [number, number]} reach @param {{bands?: any, outcome?: string}} more whose published counts are drawn, if any */
function plot(id, shape, series, data, reach, more) {
  const box = $(id), kept = plots[id], key = `${shape}|${box.clientWidth}`;
  if (kept?.key === key) {
    kept.plot.setData(data);
    return;
  }
  kept?.plot.destroy();
  plots[id] = { key, plot: new uPlot(options(series, box, reach, more), data, box) };
}

const groupsOf = (/** @type {string} */ outcome) => withEverybody(outcome, TOTALS.includes(outcome) ? ["unauthorized", "immigrant", "us_born", "other"] : LINES);

/** What a chart shows, in words: where every line begins and where it is now. @param {string} outcome */
function summary(outcome) {
  const two = app.history.length > 1, whole = ofPeople(outcome);
  const lines = app.history.map((_, n) => groupsOf(outcome).map((group) => {
    const values = line(n, outcome, group).filter(Number.isFinite);
    return t("chart-line", { group: groupName(group), first: brief(values[0] ?? NaN, whole), now: brief(values.at(-1) ?? NaN, whole) });
  }).join("; "));
  return [t("chart-summary", { outcome: outcomeName(outcome), unit: outcomeUnit(outcome) }), ...lines.map((text, n) => `${two ? `${t(n ? "right" : "left")}: ` : ""}${text}.`), ...besideTexts(outcome)].join(" ");
}

/** @param {string} id @param {string} outcome */
function drawLines(id, outcome) {
  const series = [], data = [thin(times())];
  for (let n = 0; n < app.history.length; n++) {
    for (const group of groupsOf(outcome)) {
      series.push({ label: group, stroke: css(group), width: 2, dash: n ? [6, 4] : undefined, points: { show: false } });
      data.push(thin(line(n, outcome, group)));
    }
  }
  plot(id, `${outcome}|${app.history.length}|${app.epoch}`, series, data, (low, high) => axis(outcome, low, Math.max(high, ...beside(outcome).map((count) => count.high))), { outcome });
  $(id).setAttribute("role", "img");
  $(id).setAttribute("aria-label", summary(outcome));
}

function drawDifference() {
  if (app.history.length < 2) return;
  const outcome = page("chart"), group = page("group"), at = column(outcome, group), known = app.interval;
  const left = line(0, outcome, group), difference = line(1, outcome, group).map((v, k) => v - left[k]);
  const band = (/** @type {number} */ sign) => difference.map((_, k) => (known && k < known.periods ? known.mean[k * known.columns + at] + sign * known.half[k * known.columns + at] : NaN));
  const middle = difference.map((_, k) => (known && k < known.periods ? known.mean[k * known.columns + at] : NaN));
  const series = [
    { label: "high", stroke: "transparent", points: { show: false } }, { label: "low", stroke: "transparent", points: { show: false } },
    { label: "mean over seeds", stroke: css(group), width: 1, dash: [2, 3], points: { show: false } },
    { label: "difference", stroke: css(group), width: 2.5, points: { show: false } },
  ];
  const bands = [{ series: [1, 2], fill: `color-mix(in srgb, ${css(group)} 22%, transparent)` }];
  plot("plot-d", `${outcome}|${group}|${app.epoch}`, series, [times(), band(1), band(-1), middle, difference].map(thin),
    (low, high) => differenceAxis(outcome, low, high, Math.max(...line(0, outcome, group).filter(Number.isFinite))), { bands });
  $("plot-d").setAttribute("role", "img");
  $("plot-d").setAttribute("aria-label", differenceText(outcome, group, difference, at));
  say($("difference-text"), differenceText(outcome, group, difference, at));
}

/** @param {string} outcome @param {string} group @param {number[]} difference @param {number} at */
function differenceText(outcome, group, difference, at) {
  const known = app.interval, k = difference.length - 1;
  if (k < 0) return "";
  const values = { group: groupName(group), outcome: outcomeName(outcome), difference: signed(difference[k], ofPeople(outcome)), unit: differenceUnit(outcome) };
  if (!known || k >= known.periods) return t("difference-one", values);
  const mean = known.mean[k * known.columns + at], half = known.half[k * known.columns + at];
  return t("difference-seeds", { ...values, mean: signed(mean), half: brief(half), seeds: known.done });
}

/** What the lines say, as a table. */
function table() {
  const two = app.history.length > 1;
  const rows = (/** @type {string} */ outcome) => groupsOf(outcome).map((group) => {
    const values = app.history.map((_, n) => line(n, outcome, group).at(-1) ?? NaN), whole = ofPeople(outcome);
    const swatch = el("span", { class: "swatch", style: `border-color:${css(group)}` });
    return el("tr", { "data-row": `${outcome}:${group}` }, el("td", {}, swatch, groupName(group)), values.map((v) => el("td", {}, brief(v, whole))), two && el("td", {}, signed(values[1] - values[0], whole)));
  });
  const heads = (/** @type {string} */ outcome) => el("tr", {}, el("th", { scope: "col" }, `${outcomeTitle(outcome)}, ${outcomeUnit(outcome)}`),
    el("th", { scope: "col" }, two ? `${t("left-small")} ──` : t("now")), two && el("th", { scope: "col" }, `${t("right-small")} ╌╌`), two && el("th", { scope: "col" }, t("difference")));
  $("numbers").replaceChildren(el("table", {}, [page("chart"), page("second")].flatMap((outcome) => [el("thead", {}, heads(outcome)), el("tbody", {}, rows(outcome))])));
  $("published").replaceChildren(...[...new Set([page("chart"), page("second")])].flatMap(besideTexts).map((text) => el("p", { class: "note" }, el("span", { class: "swatch published" }), text)));
}

function calendar() {
  const two = app.opened.cities.length > 1;
  $("calendar").replaceChildren(...numbers().map((event) => el("li", { class: event.allowed ? "" : "refused" },
    el("time", { dateTime: event.date }, longDate(event.date)), " ", two && event.cities.length < 2 ? el("b", {}, `${t(event.cities[0] ? "right-small" : "left-small")}: `) : "", eventText(event))));
}

/** What can be chosen for the charts, and the calendar below them. */
function choices() {
  const outcomes = Object.keys(app.opened.outcomes), of = { chart: [outcomes, outcomeName], second: [outcomes, outcomeName], group: [Object.keys(app.opened.groups), groupName] };
  for (const [id, [keys, name]] of /** @type {[any, any][]} */ (Object.entries(of))) {
    $(id).replaceChildren(...keys.map((/** @type {string} */ key) => el("option", { value: key }, name(key))));
    $(id).value = page(id);
  }
  calendar();
}

let drawn = -1;
export function draw(force = false) {
  if (!app.opened || !app.frame || (!force && drawn === (app.history[0] || []).length)) return;
  drawn = (app.history[0] || []).length;
  drawLines("plot-a", page("chart"));
  drawLines("plot-b", page("second"));
  drawDifference();
  table();
  say($("caveat"), [...new Set([page("chart"), page("second")].map(caveat))].filter(Boolean).join(" "));
}

on("opened", () => {
  drawn = -1;
  $("difference-card").hidden = app.opened.cities.length < 2;
  $("seeds-progress").hidden = $("seeds-cancel").hidden = true;
  choices();
});
on("language", () => {
  if (!app.opened) return;
  for (const id of Object.keys(plots)) plots[id].key = "";
  choices();
  draw(true);
});
on("cities", () => draw());
on("interval", (message) => {
  $("seeds-progress").hidden = $("seeds-cancel").hidden = message.done === message.total;
  $("seeds-progress").value = message.done / message.total;
  drawDifference();
});
on("page", (key) => {
  if (key === "chart" || key === "second" || key === "group") $(key).value = page(key);
  draw(true);
});
on("note", ({ text }) => {
  toast(said(text));
  $("seeds-progress").hidden = $("seeds-cancel").hidden = true;
});

export function startCharts() {
  for (const id of /** @type {const} */ (["chart", "second", "group"])) $(id).addEventListener("change", () => setPage(id, $(id).value));
  $("seeds").addEventListener("click", () => {
    if (!$("seed-count").reportValidity()) return;
    send({ type: "seeds", seeds: Number($("seed-count").value) });
    $("seeds-progress").hidden = $("seeds-cancel").hidden = false;
    $("seeds-progress").value = 0;
  });
  $("seeds-cancel").addEventListener("click", () => {
    send({ type: "seeds", seeds: 0 });
    $("seeds-progress").hidden = $("seeds-cancel").hidden = true;
  });
  addEventListener("resize", () => draw(true));
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
    for (const id of Object.keys(plots)) plots[id].key = "";
    draw(true);
  });
}

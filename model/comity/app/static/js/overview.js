// All regimes at once: a row each, six outcomes as differences from the programme with their intervals, filled in the background.

import { app, change, on, page, send } from "./app.js";
import { $, css, el, svg } from "./dom.js";
import { brief, longDate, num, signed, t } from "./language.js";
import { differenceUnit, groupName, outcomeTitle, regimeTitle } from "./names.js";
import { said } from "./said.js";

const SEEDS = 8;
const WIDE = 110, LINE = 18;

/** @type {any} the table as far as it is filled */
let table = null;
/** What the table is of, and how often it was asked for. */
let about = "", asked = 0;
let sorted = { column: "", down: true }, grouped = true, narrow = "custody";

/** What of a run makes its table: everything but who is compared with whom. */
const subject = () => JSON.stringify({ ...app.opened.scenario, regime: "", against: "", compare: [] });

function ask() {
  if (!app.opened || page("view") !== "regimes" || about === subject()) return;
  about = subject();
  table = null;
  draw();
  send({ type: "overview", seeds: SEEDS, asked: ++asked });
}

/** Outcomes in order, with the columns of each: one by group has several. @returns {[string, number[]][]} */
function outcomes() {
  /** @type {Map<string, number[]>} */
  const found = new Map();
  table.columns.forEach((/** @type {string} */ column, /** @type {number} */ k) => {
    const outcome = column.split(":")[0];
    found.set(outcome, [...(found.get(outcome) ?? []), k]);
  });
  return [...found];
}

/** @param {number} k column */
const groupOf = (k) => table.columns[k].split(":")[1];

/** Half of the width of a column's axis: the same for all regimes, so that they can be compared. @param {number[]} columns */
const reach = (columns) => Math.max(1e-9, ...table.rows.flatMap((/** @type {any} */ row) => columns.map((k) => Math.abs(row.difference[k] ?? 0) + (row.half[k] ?? 0))));

/** @param {number|null} value */
const known = (value) => value ?? NaN;

/** @param {any} row @param {number} k */
function difference(row, k) {
  const half = known(row.half[k]);
  const middle = signed(known(row.difference[k])), width = half > 0 ? brief(half) : "0";
  return Number(width) === 0 ? middle : `${middle} ± ${width}`;
}

/** Whether what is known of a difference leaves its direction open, or it is too small to be told. @param {any} row @param {number} k */
const open = (row, k) => !(Math.abs(known(row.difference[k])) > known(row.half[k])) || signed(row.difference[k]) === "±0";

/** A line per group: where the difference lies, and its interval, on one axis for all regimes. @param {any} row @param {number[]} columns @param {number} most */
function picture(row, columns, most) {
  const x = (/** @type {number} */ value) => WIDE / 2 + (value / most) * (WIDE / 2 - 4), tall = LINE * columns.length;
  return svg("svg", { viewBox: `0 0 ${WIDE} ${tall}`, width: WIDE, height: tall, "aria-hidden": "true" },
    svg("path", { d: `M${WIDE / 2} 0V${tall}`, stroke: "var(--muted)", "stroke-width": 1 }),
    columns.flatMap((k, n) => {
      const middle = row.difference[k], half = row.half[k] ?? 0, y = LINE * (n + 0.5), colour = css(groupOf(k));
      if (middle === null) return [];
      return [svg("path", { d: `M${x(middle - half)} ${y}H${x(middle + half)}`, stroke: colour, "stroke-width": 2.5, "stroke-opacity": 0.45 }),
        svg("circle", { cx: x(middle), cy: y, r: 3, fill: open(row, k) ? "var(--card)" : colour, stroke: colour, "stroke-width": 1.5 })];
    }));
}

/** A phone has room for one outcome. @param {string} outcome */
const seen = (outcome) => (outcome === narrow ? "" : "wide");

/** @param {any} row @param {string} outcome @param {number[]} columns @param {number} most */
function cell(row, outcome, columns, most) {
  const several = columns.length > 1;
  const texts = columns.map((k) => el("span", { class: open(row, k) ? "open" : "" }, several && el("span", { class: "sr" }, `${groupName(groupOf(k))}: `), difference(row, k)));
  return el("td", { class: seen(outcome) }, el("div", { class: several ? "multiple" : "" }, picture(row, columns, most), el("div", { class: "values" }, texts)));
}

/** When a row's regime begins. @param {any} row */
function begins(row) {
  if (row.moved) return t("overview-moved", { day: longDate(row.since) });
  return row.since ? t("overview-from", { day: longDate(row.since) }) : t("overview-nothing");
}

/** @param {any} row @param {[string, number[]][]} shown @param {number[]} most */
function line(row, shown, most) {
  const chosen = app.opened.scenario.against === row.spec;
  const name = el("button", { type: "button", "data-spec": row.spec, "aria-pressed": String(chosen), title: t("overview-put"), onclick: () => change({ against: row.spec, view: null }, { look: true }) }, regimeTitle(row.spec, row.title));
  return el("tr", { class: chosen ? "chosen" : "" }, el("th", { scope: "row" }, name, el("small", {}, grouped ? "" : `${t(`layer-${row.layer}-short`)}; `, begins(row))), shown.map(([outcome, columns], n) => cell(row, outcome, columns, most[n])));
}

/** Rows in the order that was asked for. @param {any[]} rows */
function ordered(rows) {
  const column = outcomes().find(([outcome]) => outcome === sorted.column)?.[1].at(0);
  if (column === undefined) return rows;
  return [...rows].sort((a, b) => (known(b.difference[column]) - known(a.difference[column])) * (sorted.down ? 1 : -1));
}

/** @param {string} outcome @param {number[]} columns */
function head(outcome, columns) {
  const mine = sorted.column === outcome;
  const group = columns.length > 1 ? t("overview-by-group") : groupName(groupOf(columns[0]));
  const button = el("button", { type: "button", "data-sort": outcome, onclick: () => sort(outcome) }, outcomeTitle(outcome), mine ? (sorted.down ? " ▼" : " ▲") : "");
  return el("th", { scope: "col", class: seen(outcome), "aria-sort": mine ? (sorted.down ? "descending" : "ascending") : "none" }, button, el("small", {}, `${group}; ${differenceUnit(outcome)}`));
}

/** @param {string} outcome */
function sort(outcome) {
  sorted = { column: outcome, down: sorted.column === outcome ? !sorted.down : true };
  draw();
}

/** What the programme itself comes to: differences are from these. @param {any} row @param {[string, number[]][]} shown */
function level(row, shown) {
  return el("tr", { class: "level" }, el("th", { scope: "row" }, t("overview-programme"), el("small", {}, t("overview-programme-note"))),
    shown.map(([outcome, columns]) => el("td", { class: seen(outcome) }, columns.map((k) => el("div", {}, brief(known(row.level[k])))))));
}

/** @param {any[]} rows @param {[string, number[]][]} shown */
function bodies(rows, shown) {
  const most = shown.map(([, columns]) => reach(columns)), lines = (/** @type {any[]} */ some) => ordered(some).map((row) => line(row, shown, most));
  if (!grouped) return [el("tbody", {}, lines(rows))];
  return table.layers.map((/** @type {"police"} */ layer) => el("tbody", { "data-layer": layer },
    el("tr", {}, el("th", { scope: "rowgroup", colSpan: shown.length + 1, class: "layer" }, t(`layer-${layer}`))), lines(rows.filter((row) => row.layer === layer))));
}

function notes() {
  const { place, scale, start, end, seeds } = table.about;
  return [el("p", { class: "note", id: "overview-about" }, t("overview-about", {
    place: said(place), start: longDate(start), end: longDate(end), scale: scale > 1 ? `, ${t("agent-for", { people: num(scale) })}` : "",
    seeds, none: seeds < 2 ? ` ${t("overview-one")}` : "",
  })),
  el("p", { class: "note" }, table.columns.filter((/** @type {string} */ c) => c.startsWith("trust:")).map((/** @type {string} */ c) => el("span", { class: "key" }, el("span", { class: "swatch", style: `border-color:${css(c.split(":")[1])}` }), groupName(c.split(":")[1]))))];
}

/** Draw anew, and leave the reader where they are. */
function draw() {
  const at = document.activeElement instanceof HTMLElement ? document.activeElement : null, { spec, sort: by } = at?.dataset ?? {};
  const aside = document.querySelector(".overview")?.scrollLeft ?? 0;
  fill();
  const again = at?.id ? `#${at.id}` : spec !== undefined ? `[data-spec="${spec}"]` : by !== undefined ? `[data-sort="${by}"]` : "";
  if (again && !at?.isConnected) /** @type {any} */ (document.querySelector(again))?.focus({ preventScroll: true });
  document.querySelector(".overview")?.scrollTo({ left: aside });
}

function fill() {
  if (!app.opened) return;
  const title = [el("h1", {}, t("overview-title")), el("p", {}, t("overview-what"))];
  if (!table) {
    $("view-regimes").replaceChildren(...title, el("p", { role: "status" }, t("overview-waiting")));
    return;
  }
  const shown = outcomes(), [programme, ...rest] = table.rows;
  const groups = el("label", {}, el("input", { type: "checkbox", id: "overview-grouped", checked: grouped, onchange: (/** @type {any} */ e) => { grouped = e.target.checked; draw(); } }), ` ${t("overview-by-layer")}`);
  const which = el("label", { class: "narrow" }, `${t("overview-outcome")} `, el("select", { id: "overview-outcome", onchange: (/** @type {any} */ e) => { narrow = e.target.value; draw(); } }, shown.map(([outcome]) => el("option", { value: outcome, selected: outcome === narrow }, outcomeTitle(outcome)))));
  const progress = table.done < table.total && el("span", { role: "status" }, el("progress", { value: table.done, max: table.total, "aria-label": t("overview-lived") }), ` ${t("overview-done", { done: table.done, total: table.total })}`);
  $("view-regimes").replaceChildren(...title, el("div", { class: "map-tools" }, groups, which, progress), ...notes(),
    el("div", { class: "tablewrap overview", tabIndex: 0, role: "region", "aria-label": t("overview-table") }, el("table", {},
      el("thead", {}, el("tr", {}, el("th", { scope: "col" }, el("button", { type: "button", "data-sort": "", onclick: () => { sorted.column = ""; draw(); } }, t("overview-regime"))), shown.map(([outcome, columns]) => head(outcome, columns)))),
      el("tbody", {}, level(programme, shown)), bodies(rest, shown))));
}

on("overview", (message) => {
  if (message.asked !== asked) return;
  table = message;
  if (page("view") === "regimes") draw();
});
on("opened", () => {
  if (asked && about && about !== subject() && page("view") !== "regimes") {
    send({ type: "overview", seeds: 0, asked: ++asked });
    about = "";
  }
  ask();
  if (table) draw();
});
on("language", () => app.opened && asked && draw());
on("page", (key) => key === "view" && ask());
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => table && draw());

// Stored results: tables and figures of published experiments, local runs and sweeps.

import { $, el } from "./dom.js";
import { json, picture } from "./source.js";

export async function startResults() {
  const list = await json("api/results");
  $("view-results").replaceChildren(el("h1", {}, "Results"),
    el("p", { class: "note" }, "Tables and figures of the results folder: published experiments, and runs, comparisons and sweeps of this machine. They are results of a model, not measurements."),
    list.length ? el("div", {}, list.map(entry)) : el("p", {}, "The results folder is empty or not there. Start the program with --results FOLDER to show one."));
}

/** @param {any} result */
function entry(result) {
  const body = el("div");
  const about = Object.entries(result.about).slice(0, 8).map(([key, value]) => `${key.replaceAll("_", " ")}: ${value}`).join(" · ");
  const tables = result.tables.map((/** @type {string} */ name) => el("button", { type: "button", "data-table": name, onclick: () => table(result.name, name, body) }, name));
  return el("section", { class: "card results", style: "margin-bottom:.9rem", "data-result": result.name }, el("h2", {}, result.name), el("p", { class: "note" }, about),
    result.figures.map((/** @type {string} */ name) => el("img", { src: picture(address(result.name, name)), alt: `Figure ${name} of ${result.name}`, loading: "lazy" })),
    el("div", { class: "pair" }, tables), body);
}

/** @param {string} name @param {string} file */
const address = (name, file) => `api/result?${new URLSearchParams({ name, file })}`;

/** @param {string} name @param {string} file @param {HTMLElement} body */
async function table(name, file, body) {
  const { columns, rows, more, error } = await json(address(name, file));
  if (error) {
    body.replaceChildren(el("p", {}, error));
    return;
  }
  const short = (/** @type {string} */ text) => (/^-?\d+\.\d{5,}$/.test(text) ? Number(text).toPrecision(5) : text);
  body.replaceChildren(el("h3", {}, file), el("div", { class: "tablewrap", tabIndex: 0, role: "region", "aria-label": `Table ${file}` }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map((/** @type {string} */ c) => el("th", { scope: "col" }, c.replaceAll("_", " "))))),
    el("tbody", {}, rows.map((/** @type {string[]} */ row) => el("tr", {}, row.map((cell) => el("td", {}, short(cell)))))))),
    more ? el("p", { class: "note" }, `Only the first ${rows.length} rows are shown.`) : "");
}

// Stored results: tables and figures of published experiments, local runs and sweeps.

import { on, page } from "./app.js";
import { $, el } from "./dom.js";
import { num, t } from "./language.js";
import { said } from "./said.js";
import { json, picture } from "./source.js";

on("language", () => page("view") === "results" && startResults());

export async function startResults() {
  const list = await json("api/results");
  $("view-results").replaceChildren(el("h1", {}, t("view-results")),
    el("p", { class: "note" }, t("results-what")),
    list.length ? el("div", {}, list.map(entry)) : el("p", {}, t("results-none", { option: "--results FOLDER" })));
}

/** @param {any} result */
function entry(result) {
  const body = el("div");
  const about = Object.entries(result.about).slice(0, 8).map(([key, value]) => `${key.replaceAll("_", " ")}: ${value}`).join(" · ");
  const tables = result.tables.map((/** @type {string} */ name) => el("button", { type: "button", "data-table": name, translate: false, onclick: () => table(result.name, name, body) }, name));
  return el("section", { class: "card results", style: "margin-bottom:.9rem", "data-result": result.name }, el("h2", { translate: false }, result.name), el("p", { class: "note", translate: false }, about),
    result.figures.map((/** @type {string} */ name) => el("img", { src: picture(address(result.name, name)), alt: t("results-figure", { figure: name, result: result.name }), loading: "lazy", translate: false })),
    el("div", { class: "pair" }, tables), body);
}

/** @param {string} name @param {string} file */
const address = (name, file) => `api/result?${new URLSearchParams({ name, file })}`;

/** @param {string} name @param {string} file @param {HTMLElement} body */
async function table(name, file, body) {
  const { columns, rows, more, error } = await json(address(name, file));
  if (error) {
    body.replaceChildren(el("p", {}, said(error)));
    return;
  }
  const short = (/** @type {string} */ text) => (/^-?\d+\.\d{5,}$/.test(text) ? Number(text).toPrecision(5) : text);
  body.replaceChildren(el("h3", {}, file), el("div", { class: "tablewrap", tabIndex: 0, role: "region", "aria-label": t("results-table", { file }) }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map((/** @type {string} */ c) => el("th", { scope: "col" }, c.replaceAll("_", " "))))),
    el("tbody", {}, rows.map((/** @type {string[]} */ row) => el("tr", {}, row.map((cell) => el("td", {}, short(cell)))))))),
    more ? el("p", { class: "note" }, t("results-first", { rows: num(rows.length) })) : "");
}

// Stored results: tables and figures of published experiments, local runs and sweeps.

import { on, page } from "./app.js";
import { $, css, el, svg } from "./dom.js";
import { drawn } from "./drawn.js";
import { brief, dated, known, language, num, t } from "./language.js";
import { said } from "./said.js";
import { json, picture } from "./source.js";
import { inWords, named } from "./worded.js";

/** What is listed, as it came: the same list again leaves open what was opened in it. */
let listed = "";

on("language", () => {
  listed = "";
  if (page("view") === "results") startResults();
});

export async function startResults() {
  const list = await json("api/results"), text = JSON.stringify(list);
  if (text === listed) return;
  listed = text;
  for (const each of addresses.splice(0)) URL.revokeObjectURL(each);
  const quoted = language() !== "en" && list.some((/** @type {any} */ each) => each.figures.some((/** @type {any} */ figure) => !linesOf(figure)));
  $("view-results").replaceChildren(el("h1", {}, t("view-results")),
    el("p", { class: "note" }, t("results-what")), quoted ? el("p", { class: "note" }, t("results-quoted")) : "",
    list.length ? el("div", {}, list.map(entry)) : el("p", {}, t("results-none", { option: "--results FOLDER" })));
}

/** @param {any} result */
function entry(result) {
  const body = el("div");
  const about = Object.entries(result.about).map(([key, value]) => el("li", {}, `${key.replaceAll("_", " ")}: ${dated(String(value))}`));
  const tables = result.tables.map((/** @type {string} */ name) => el("button", { type: "button", "data-table": name, translate: false, onclick: () => table(result.name, name, body) }, name));
  return el("section", { class: "card results", style: "margin-bottom:.9rem", "data-result": result.name }, el("h2", { translate: false }, result.name), el("p", { class: "question" }, known(`question-${result.name}`, t("question-other"))),
    result.figures.map((/** @type {any} */ each) => figure(result.name, each)),
    result.verdicts?.length ? verdicts(result.name, result.verdicts) : "", el("div", { class: "pair" }, tables), body,
    el("details", { class: "note" }, el("summary", {}, t("results-about")), el("ul", { translate: false }, about)));
}

/**
 * A figure, with what it shows for who cannot see it: in English as the manifest says it, or in the page's language.
 * @param {string} result @param {{file: string, also: string[], told: string}} of
 */
function figure(result, { file, also, told }) {
  const stem = file.replace(/\.\w+$/, ""), question = known(`question-${result}`, t("question-other"));
  const composed = t("results-figure", { question, shown: known(`shows-${stem}`, t("shows-other")) });
  const words = told ? { alt: told, lang: "en", translate: false } : { alt: composed }, lines = linesOf({ file, also }), other = lines && language() !== "en";
  const image = el("img", { src: picture(address(result, file)), loading: "lazy", ...words });
  if (other) image.addEventListener("load", () => translated(image, address(result, lines), composed, told), { once: true }); // when it comes into sight
  return el("figure", told ? { "aria-label": composed } : {}, image,
    (other ? [file, ...also] : also).map((name) => el("figcaption", { class: "note" }, el("a", { href: picture(address(result, name)), download: `${result}-${name}` }, t("results-also", { form: form(name) })))));
}

/** The form of a figure in which words can be told from lines. @param {{file: string, also: string[]}} of */
const linesOf = ({ file, also }) => [file, ...also].find((name) => name.endsWith(".svg"));

/** Addresses of pictures in another language, until the list is made anew. @type {string[]} */
const addresses = [];

/** Put the words of a picture into the page's language, and say them to who cannot see it. @param {HTMLImageElement} image @param {string} path @param {string} composed @param {string} told */
async function translated(image, path, composed, told) {
  const found = await drawn(path).catch(() => null); // a picture in English is better than none
  if (!found) return;
  const words = found.texts.map((each) => each.words).filter((text) => /\p{L}{3}/u.test(text)).reverse(); // titles are drawn last
  const ends = [...told.matchAll(/(?:^|[;.] )([^;]+? from -?\d[\d.]*(?:e[+-]\d+)? to -?(?:e[+-]\d+|[\d.])*\d)/g)].map(([, end]) => inWords(end));
  addresses.push(found.address);
  Object.assign(image, { src: found.address, lang: language(), translate: false, alt: `${composed} ${[...new Set([...words, ...ends])].join("; ")}` });
}

/** How a file of a figure is called. @param {string} name */
const form = (name) => name.split(".").at(-1)?.toUpperCase();

/** What was found: in the page's language where the server has the id of these words, and as it stands in a table of anybody's own words. @param {any} row */
function finding({ finding: id, statement }) {
  const words = id && named("finding", id, "");
  return words ? el("span", {}, words) : el("span", { lang: "en", translate: false }, statement);
}

/** What was published beside what the model gives, with the verdict in words. @param {string} result @param {any[]} rows */
function verdicts(result, rows) {
  return el("div", {}, el("div", { class: "tablewrap", tabIndex: 0, role: "region", "aria-label": t("results-verdicts", { result: known(`question-${result}`, t("question-other")) }) }, el("table", { class: "verdicts" },
    el("thead", {}, el("tr", {}, ["results-finding", "results-published", "results-model", "results-picture", "results-verdict"].map((key) => el("th", { scope: "col" }, t(key))))),
    el("tbody", {}, rows.map((row) => el("tr", {}, el("th", { scope: "row" }, finding(row), el("small", {}, ` ${named("measure", row.unit)}`)), el("td", {}, range(row, "published")), el("td", {}, range(row, "model")), el("td", {}, beside(row)), el("td", {}, named("verdict", row.verdict))))))));
}

/** A number with its interval. @param {any} row @param {string} whose */
const range = (row, whose) => (row[whose] === null ? "–" : `${brief(row[whose])}${row[`${whose}_low`] === null || row[`${whose}_high`] === null ? "" : ` (${brief(row[`${whose}_low`])} … ${brief(row[`${whose}_high`])})`}`);

/** Both intervals on one scale, the published one above, where both are there; the vertical line is zero. @param {any} row */
function beside(row) {
  const ends = ["published", "model"].map((whose) => [row[whose], row[`${whose}_low`] ?? row[whose], row[`${whose}_high`] ?? row[whose]]), all = ends.flat();
  if (all.includes(null)) return "";
  const low = Math.min(0, ...all), high = Math.max(0, ...all), x = (/** @type {number} */ value) => 6 + (148 * (value - low)) / (high - low || 1);
  return svg("svg", { viewBox: "0 0 160 26", width: 160, height: 26, role: "img", "aria-label": t("results-beside", { published: range(row, "published"), model: range(row, "model") }) },
    svg("line", { x1: x(0), x2: x(0), y1: 0, y2: 26, stroke: css("line") }),
    ends.flatMap(([middle, from, to], k) => [svg("line", { x1: x(from), x2: x(to), y1: 8 + 10 * k, y2: 8 + 10 * k, stroke: css(k ? "accent" : "muted"), "stroke-width": 3 }), svg("circle", { cx: x(middle), cy: 8 + 10 * k, r: 4, fill: css(k ? "accent" : "muted") })]));
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
  const short = (/** @type {string} */ text) => (/^-?\d+\.\d{5,}$/.test(text) ? Number(text).toPrecision(5) : dated(text));
  body.replaceChildren(el("h3", {}, file), el("div", { class: "tablewrap", tabIndex: 0, role: "region", "aria-label": t("results-table", { file }) }, el("table", {},
    el("thead", {}, el("tr", {}, columns.map((/** @type {string} */ c) => el("th", { scope: "col" }, c.replaceAll("_", " "))))),
    el("tbody", {}, rows.map((/** @type {string[]} */ row) => el("tr", {}, row.map((cell) => el("td", {}, short(cell)))))))),
    more ? el("p", { class: "note" }, t("results-first", { rows: num(rows.length) })) : "");
}

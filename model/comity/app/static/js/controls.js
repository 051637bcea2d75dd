// What to simulate: place, days, dice, hypotheses, and parameters from the registry.

import { app, change, on } from "./app.js";
import { $, calm, el } from "./dom.js";
import { known, num, t } from "./language.js";
import { unit } from "./names.js";
import { json } from "./source.js";

const ROLES = ["policy", "uncertain", "data", "numerical"];
const SCALES = [1, 2, 4, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
/** @type {Record<string, any>} */
const fields = {};

/** @param {number} value people per agent */
const scaleName = (value) => (value === 1 ? t("scale-everybody") : num(value, value % 1 ? 1 : 0));

function startPlace() {
  json("api/places").then((names) => $("places").replaceChildren(...names.map((/** @type {string} */ value) => el("option", { value }))));
  $("place").addEventListener("change", () => change({ place: $("place").value, scale: null }));
  for (const id of ["start", "end"]) $(id).addEventListener("change", () => change({ [id]: $(id).value }));
  $("seed").addEventListener("change", () => change({ seed: $("seed").value }));
  $("scale").addEventListener("change", () => change({ scale: $("scale").value }));
}

on("opened", show);
on("restore", show);

/** Build the controls anew where the run has other extensions than they show. @param {string[]} wanted */
async function fit(wanted) {
  app.catalogue = await (await fetch(`api/catalogue?extensions=${encodeURIComponent(wanted.join())}`)).json();
  build();
}

/** Show what the run was made with. @param {any} opened */
async function show({ scenario, place, cities }) {
  const wanted = scenario.extensions || [];
  if (wanted.join() !== app.catalogue.extensions.on.join()) await fit(wanted);
  $("place").value = place;
  for (const id of ["start", "end", "seed"]) $(id).value = scenario[id];
  if (![...$("scale").options].some((o) => Number(o.value) === scenario.scale)) $("scale").append(el("option", { value: String(scenario.scale) }, scaleName(scenario.scale)));
  $("scale").value = String(scenario.scale);
  $("people").textContent = t(scenario.scale > 1 ? "people-scaled" : "people-each", { residents: num(cities[0].residents), scale: num(scenario.scale) }) + (cities[0].dots ? ` ${t("people-dots")}` : "");
  hypotheses(scenario.hypotheses.split("+"));
  parameters(scenario.parameters);
}

/** @param {string[]} active */
function hypotheses(active) {
  for (const box of $("hypotheses").querySelectorAll("input[value]")) box.checked = active.includes(box.value);
}

function startScales() {
  const { value } = $("scale");
  $("scale").replaceChildren(...SCALES.map((each) => el("option", { value: String(each) }, scaleName(each))));
  $("scale").value = value;
}

function startHypotheses() {
  const rows = app.catalogue.hypotheses.map((/** @type {any} */ h) => el("label", { class: "switch" }, el("input", { type: "checkbox", value: h.name, role: "switch" }),
    el("span", {}, el("b", {}, h.name), ` ${known(`hypothesis-${h.name}`, h.claim)}`, el("small", {}, h.mechanisms.length ? t("hypothesis-mechanisms", { mechanisms: h.mechanisms.map(mechanism).join(", ") }) : t("hypothesis-none")))));
  $("hypotheses").replaceChildren(...rows, el("p", { class: "note" }, t("mechanisms-off")), ...extensions());
}

/** @param {string} name */
const mechanism = (name) => known(`mechanism-${name}`, name);

/** Switches of the extensions that are installed, if there are any. */
function extensions() {
  const { on: active, there } = app.catalogue.extensions;
  const rows = there.map((/** @type {any} */ e) => el("label", { class: "switch" },
    el("input", { type: "checkbox", role: "switch", "data-extension": e.name, checked: active.includes(e.name), disabled: Boolean(e.wrong) }),
    el("span", {}, el("b", {}, e.name), ` ${e.explains}`, el("small", {}, e.wrong || t("extension-adds")))));
  return rows.length ? [el("p", { class: "note" }, t("extensions-installed")), ...rows] : [];
}

/** Begin again with the extensions that are switched on, all by their defaults. */
function extend() {
  const own = app.catalogue.parameters.filter((/** @type {any} */ p) => p.extension).map((/** @type {any} */ p) => [p.name, null]);
  const boxes = /** @type {HTMLInputElement[]} */ ([...$("hypotheses").querySelectorAll("[data-extension]")]);
  const names = boxes.filter((box) => box.checked).map((box) => box.dataset.extension);
  change({ ...Object.fromEntries(own), hypotheses: null, extensions: names.join() || null });
}

function listen() {
  $("hypotheses").addEventListener("change", (/** @type {any} */ event) => {
    if (event.target.dataset.extension) {
      extend();
      return;
    }
    const boxes = /** @type {HTMLInputElement[]} */ ([...$("hypotheses").querySelectorAll("input[value]")]);
    let names = boxes.filter((box) => box.checked).map((box) => box.value);
    if (event.target.value === "H0" && event.target.checked) names = ["H0"];
    else if (names.length > 1) names = names.filter((name) => name !== "H0");
    const spec = names.join("+") || "H0";
    change({ hypotheses: spec === app.catalogue.default_hypotheses ? null : spec });
  });
}

/** A bound of a parameter with all its digits. @param {number} value */
const figure = (value) => value.toLocaleString(document.documentElement.lang === "es" ? "es-ES" : "en-US", { maximumSignificantDigits: 12, useGrouping: false });

/** @param {any} p */
const meaning = (p) => known(`parameter-${p.name}`, p.meaning);

/** @param {any} p */
function parameter(p) {
  const row = el("div", { class: "parameter", "data-name": p.name });
  const undo = el("button", { type: "button", class: "undo", title: t("parameter-undo"), "aria-label": t("parameter-undo-which", { name: p.name }), hidden: true, onclick: () => change({ [p.name]: null }) }, "↺");
  const source = p.source.startsWith("assume") ? t("parameter-assumed") : p.source;
  const about = el("small", {}, t("parameter-about", { unit: unit(p.unit), low: figure(p.low), high: figure(p.high), source }));
  const name = el("span", { class: "what", id: `what-${p.name}` }, meaning(p), " ", el("code", {}, p.name));
  const inputs = p.elements ? many(p) : one(p);
  row.append(name, el("div", { class: p.elements ? "many" : "line" }, inputs, undo), about);
  fields[p.name] = { p, row, inputs: row.querySelectorAll("input"), undo };
  return row;
}

/** @param {any} p */
function one(p) {
  const step = p.whole ? 1 : niceStep((p.high - p.low) / 200);
  const bounds = { min: p.low, max: p.high };
  const slider = el("input", { type: "range", ...bounds, step, "aria-labelledby": `what-${p.name}` });
  const box = el("input", { type: "number", ...bounds, step: "any", "aria-labelledby": `what-${p.name}` });
  const send = calm(90, (/** @type {string} */ value) => change({ [p.name]: value }, { slide: true }));
  slider.addEventListener("input", () => {
    box.value = slider.value;
    send(slider.value);
  });
  box.addEventListener("change", () => change({ [p.name]: box.value }));
  return [slider, box];
}

/** @param {number} x */
function niceStep(x) {
  const power = 10 ** Math.floor(Math.log10(x));
  return power * (x / power >= 5 ? 5 : x / power >= 2 ? 2 : 1);
}

/** @param {string} name */
const element = (name) => known(`element-${name.replaceAll(" ", "-")}`, name);

/** @param {any} p */
function many(p) {
  return p.elements.map((/** @type {string} */ name) => {
    const box = el("input", { type: "number", min: p.low, max: p.high, step: "any", "aria-label": t("parameter-element", { name: p.name, element: element(name) }) });
    box.addEventListener("change", () => change({ [p.name]: `[${[...fields[p.name].inputs].map((i) => i.value || "0").join(", ")}]` }));
    return el("label", {}, element(name), box);
  });
}

function startParameters() {
  const groups = ROLES.map((role) => {
    const mine = app.catalogue.parameters.filter((/** @type {any} */ p) => p.role === role);
    return el("details", { "data-role": role }, el("summary", {}, `${t(`role-${role}`)} (${mine.length})`), mine.map(parameter));
  });
  $("parameters").replaceChildren(...groups);
}

/** @param {string} wanted */
function find(wanted) {
  for (const { p, row } of Object.values(fields)) row.hidden = wanted !== "" && !`${p.name} ${meaning(p)} ${t(`role-${p.role}`)}`.toLowerCase().includes(wanted);
  for (const group of $("parameters").querySelectorAll("details")) {
    const some = [...group.querySelectorAll(".parameter")].some((row) => !row.hidden);
    group.hidden = !some;
    if (wanted) group.open = some;
  }
}

/** Show the values of the run. @param {Record<string, any>} values */
function parameters(values) {
  for (const { p, row, inputs, undo } of Object.values(fields)) {
    const value = values[p.name];
    [value].flat().forEach((v, k) => {
      const pair = p.elements ? [inputs[k]] : inputs;
      for (const input of pair) if (document.activeElement !== input || Number(input.value) !== v) input.value = v;
    });
    const changed = JSON.stringify(value) !== JSON.stringify(p.default);
    row.classList.toggle("changed", changed);
    undo.hidden = !changed;
  }
}

function build() {
  for (const name of Object.keys(fields)) delete fields[name];
  startScales();
  startHypotheses();
  startParameters();
}

on("language", () => {
  build();
  if (app.opened) show(app.opened);
});

export function startControls() {
  startPlace();
  build();
  listen();
  $("find-parameter").addEventListener("input", () => find($("find-parameter").value.toLowerCase()));
}

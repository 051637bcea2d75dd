// The nation's map: when counties were switched on, and outcomes of a stored national run, by date.

import { on, setPage } from "./app.js";
import { $, calm, el, isoDay, svg } from "./dom.js";
import { brief, known, longDate, num, t } from "./language.js";
import { unit } from "./names.js";
import { said } from "./said.js";
import { fits } from "./scales.js";
import { json, script } from "./source.js";

const FIRST = "2008-10-01", DAYS = 1600;
/** Colours by year of activation, readable by colour-blind people (viridis), and for counties not yet on. */
const YEARS = ["#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"];
const OFF = "#d9dcda";
/** Colours of outcomes, from light to dark, and of counties with too few people in the model to tell. */
const HEAT = ["#fee8c8", "#fdcc8a", "#fc8d59", "#e34a33", "#b30000", "#5a0000"];
const FEW = "#bcc3c4";
/** @type {any} */
let map = null;

export async function startNation() {
  if (map) return;
  map = {};
  $("view-nation").replaceChildren(el("h1", {}, t("nation-drawing")));
  await script("static/vendor/d3-array.min.js");
  await script("static/vendor/d3-geo.min.js");
  await script("static/vendor/topojson-client.min.js");
  const [shapes, nation, results] = await Promise.all(["static/vendor/counties-10m.json", "api/nation", "api/results"].map(json));
  build(shapes, nation, results);
}

/** @param {any} shapes @param {any} nation @param {any[]} results */
function build(shapes, nation, results) {
  const { geoAlbersUsa, geoPath } = /** @type {any} */ (window).d3, { feature, mesh } = /** @type {any} */ (window).topojson;
  const counties = feature(shapes, shapes.objects.counties).features;
  const path = geoPath(geoAlbersUsa().scale(1280).translate([480, 300]));
  const root = svg("svg", { viewBox: "0 0 960 600", role: "img", tabindex: 0, "aria-label": t("nation-map") }), layer = svg("g");
  const rows = new Map(nation.fips.map((/** @type {string} */ code, /** @type {number} */ k) => [code, k]));
  const drawn = counties.map((/** @type {any} */ f) => ({ k: rows.get(nation.shapes[f.id] || f.id), d: path(f), centre: path.centroid(f) })).filter((/** @type {any} */ c) => c.d && c.k !== undefined);
  for (const county of drawn) {
    county.node = svg("path", { d: county.d, "data-k": county.k });
    layer.append(county.node);
  }
  layer.append(svg("path", { class: "state", d: path(mesh(shapes, shapes.objects.states, (/** @type {any} */ a, /** @type {any} */ b) => a !== b)) }));
  root.append(layer);
  const days = nation.activation.map(since);
  Object.assign(map, { nation, root, layer, drawn, days, outcome: null, zoom: { k: 1, x: 0, y: 0 } });
  map.runs = results.filter((r) => r.map);
  page(map.runs);
  gestures();
  paint();
}

/** @param {any[]} runs results that can be drawn */
function page(runs) {
  const groups = runs.map((run) => el("optgroup", { translate: false, label: t("nation-model", { run: run.name }) }, map.nation.outcomes.map((/** @type {string[]} */ [key, name]) => el("option", { value: `${run.name}|${key}` }, known(`map-${key}`, name)))));
  $("view-nation").replaceChildren(
    el("h1", { id: "nation-headline" }, "…"),
    el("p", { class: "note", id: "nation-note" }, t("nation-activation")),
    el("div", { class: "map-tools" },
      el("label", {}, `${t("nation-show")} `, el("select", { id: "nation-what", onchange: () => load($("nation-what").value) }, el("option", { value: "" }, t("nation-activations")), groups)),
      el("input", { type: "range", id: "nation-day", min: 0, max: DAYS, value: 583, "aria-label": t("nation-date"), oninput: paint }), el("output", { id: "nation-date" }),
      el("button", { type: "button", id: "nation-play", onclick: play }, t("play"))),
    el("div", { class: "map-tools" },
      el("label", {}, `${t("nation-find")} `, el("input", { type: "search", id: "nation-find", list: "places", oninput: calm(150, find) })),
      el("button", { type: "button", onclick: () => zoomBy(1.6), "aria-label": t("zoom-in") }, "+"), el("button", { type: "button", onclick: () => zoomBy(1 / 1.6), "aria-label": t("zoom-out") }, "−"),
      el("button", { type: "button", id: "nation-whole", onclick: () => zoomTo(1, 0, 0) }, t("nation-whole")), el("span", { id: "nation-key" }),
      el("label", { id: "nation-fit-label", hidden: true }, el("input", { type: "checkbox", id: "nation-fit", onchange: () => setPage("range", $("nation-fit").checked ? "fit" : "whole") }), ` ${t("nation-fit")}`)),
    el("p", { id: "nation-county", role: "status" }, t("nation-point")),
    el("div", { class: "map" }, map.root),
    runs.length ? "" : el("p", { class: "note" }, t("nation-none", { command: "comity run united-states --out results/nation" })));
}

const day = () => Number($("nation-day").value);

function paint() {
  const now = day(), { nation, days, drawn, outcome } = map;
  $("nation-date").textContent = longDate(isoDay(FIRST, now));
  $("nation-day").setAttribute("aria-valuetext", longDate(isoDay(FIRST, now)));
  if (outcome) {
    paintOutcome(outcome, Number(isoDay(FIRST, now).slice(0, 4)));
    return;
  }
  let on = 0, people = 0;
  const states = new Set();
  for (const county of drawn) county.node.setAttribute("fill", days[county.k] <= now ? YEARS[Math.min(Math.max(Number(nation.activation[county.k].slice(0, 4)) - 2008, 0), 4)] : OFF);
  days.forEach((/** @type {number} */ d, /** @type {number} */ k) => {
    if (d > now) return;
    on += 1;
    people += nation.population[k];
    states.add(nation.name[k].slice(-2));
  });
  const all = nation.population.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
  $("nation-headline").textContent = t("nation-on", { day: longDate(isoDay(FIRST, now)), on: num(on), counties: num(days.length), states: num(states.size), share: num((100 * people) / all) });
  $("nation-key").replaceChildren(...[[t("nation-not-yet"), OFF], ...YEARS.map((fill, k) => [String(2008 + k) + (k === 4 ? "–13" : ""), fill])].map(([name, fill]) => el("span", { class: "key" }, el("i", { class: "sq", style: `background:${fill}` }), name)));
}

/** @param {any} outcome @param {number} year */
function paintOutcome(outcome, year) {
  const at = Math.max(0, outcome.years.findLastIndex((/** @type {number} */ y) => y <= year));
  const [low, high] = (!fits() && outcome.whole) || [outcome.low, outcome.high], cut = low !== 0 || high !== outcome.whole?.[1];
  outcome.at = at;
  for (const county of map.drawn) {
    const value = outcome.values[at][outcome.place.get(map.nation.fips[county.k])];
    const step = Math.floor(((value - low) / (high - low || 1)) * HEAT.length);
    county.node.setAttribute("fill", typeof value === "number" ? HEAT[Math.min(Math.max(step, 0), HEAT.length - 1)] : FEW);
  }
  $("nation-headline").textContent = t("nation-outcome", { outcome: label(outcome), when: when(outcome), value: worth(outcome, outcome.mean[at]) });
  const square = (/** @type {string} */ fill, /** @type {string} */ name = "") => el("span", { class: "key" }, el("i", { class: "sq", style: `background:${fill}` }), name);
  $("nation-key").replaceChildren(`${low ? t("or-less", { value: brief(low) }) : brief(low)} `, ...HEAT.map((fill) => square(fill)), `${cut ? t("or-more", { value: brief(high) }) : brief(high)} `, square(FEW, said(outcome.few)));
  if (map.told !== undefined) tell(map.told);
}

/** @param {any} outcome */
const when = (outcome) => t(outcome.added_up ? "nation-from" : "nation-in", { first: String(outcome.years[0]), year: String(outcome.years[outcome.at]) });

/** @param {any} outcome */
const label = (outcome) => known(`map-${outcome.key}`, outcome.label);

/** @param {any} outcome @param {number|null|undefined} value */
const worth = (outcome, value) => (typeof value === "number" ? `${brief(value)}${outcome.unit === "%" ? "" : " "}${unit(outcome.unit)}` : t("nation-few"));

/** @param {string} choice @param {number} [before] the day that is shown */
async function load(choice, before = day()) {
  const slider = $("nation-day");
  const [name, measure] = choice.split("|");
  const outcome = choice ? await json(`api/outcomes?${new URLSearchParams({ name, measure })}`) : null;
  if ($("nation-what").value !== choice) return; // something else was chosen meanwhile
  map.outcome = outcome && !outcome.error ? { ...outcome, key: measure, at: 0, place: new Map(outcome.fips.map((/** @type {string} */ f, /** @type {number} */ k) => [f, k])) } : null;
  $("nation-fit").checked = fits();
  $("nation-fit-label").hidden = !map.outcome?.whole;
  slider.min = map.outcome ? since(`${outcome.years[0]}-01-01`) : 0;
  slider.max = map.outcome ? since(`${outcome.years.at(-1)}-12-31`) : DAYS;
  slider.value = Math.min(Math.max(before, Number(slider.min)), Number(slider.max));
  $("nation-note").textContent = outcome ? said(outcome.error || outcome.about) : t("nation-activation");
  paint();
  if (!map.outcome && map.told !== undefined) tell(map.told);
}

/** @param {string} iso */
const since = (iso) => Math.round((Date.parse(iso) - Date.parse(FIRST)) / 864e5);

/** @param {number} k */
function tell(k) {
  const { nation, outcome } = map;
  map.told = k;
  const value = outcome ? outcome.values[outcome.at][outcome.place.get(nation.fips[k])] : null;
  const text = outcome ? ` ${t("nation-outcome-here", { outcome: label(outcome), when: when(outcome), value: typeof value === "number" ? worth(outcome, value) : said(outcome.few) })}` : "";
  $("nation-county").textContent = t("nation-county", { county: nation.name[k], day: longDate(nation.activation[k]), source: nation.published[k] ? "published" : "modelled", residents: num(nation.population[k]), hispanic: num(nation.hispanic_share[k] * 100) }) + text;
}

async function find() {
  const wanted = $("nation-find").value.trim();
  for (const county of map.drawn) county.node.classList.remove("found");
  if (wanted.length < 3) return;
  const codes = new Set(await json(`api/find?${new URLSearchParams({ name: wanted })}`));
  if ($("nation-find").value.trim() !== wanted) return; // something else was typed meanwhile
  const hits = map.drawn.filter((/** @type {any} */ c) => codes.has(map.nation.fips[c.k]));
  hits.forEach((/** @type {any} */ c) => {
    c.node.classList.add("found");
    map.layer.insertBefore(c.node, map.layer.lastChild);
  });
  if (hits.length) {
    tell(hits[0].k);
    zoomTo(4, 480 - 4 * hits[0].centre[0], 300 - 4 * hits[0].centre[1]);
  } else $("nation-county").textContent = t("nation-unknown");
}

/** @param {number} k @param {number} x @param {number} y */
function zoomTo(k, x, y) {
  map.zoom = { k, x, y };
  map.layer.setAttribute("transform", `translate(${x} ${y}) scale(${k})`);
}

/** @param {number} by @param {number} [cx] @param {number} [cy] */
function zoomBy(by, cx = 480, cy = 300) {
  const { k, x, y } = map.zoom, next = Math.min(Math.max(k * by, 1), 20);
  if (next === 1) zoomTo(1, 0, 0);
  else zoomTo(next, cx - ((cx - x) * next) / k, cy - ((cy - y) * next) / k);
}

function gestures() {
  const { root } = map;
  let held = false;
  const factor = () => 960 / root.getBoundingClientRect().width;
  root.addEventListener("wheel", (/** @type {WheelEvent} */ e) => {
    e.preventDefault();
    const box = root.getBoundingClientRect();
    zoomBy(e.deltaY < 0 ? 1.25 : 0.8, (e.clientX - box.left) * factor(), (e.clientY - box.top) * factor());
  }, { passive: false });
  root.addEventListener("pointerdown", () => { held = true; });
  addEventListener("pointerup", () => { held = false; });
  root.addEventListener("pointermove", (/** @type {PointerEvent} */ e) => {
    const k = /** @type {Element} */ (e.target).getAttribute("data-k");
    if (k !== null) tell(Number(k));
    if (held && map.zoom.k > 1) zoomTo(map.zoom.k, map.zoom.x + e.movementX * factor(), map.zoom.y + e.movementY * factor());
  });
  root.addEventListener("keydown", (/** @type {KeyboardEvent} */ e) => {
    const move = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[e.key];
    if (e.key === "+" || e.key === "=") zoomBy(1.6);
    else if (e.key === "-") zoomBy(1 / 1.6);
    else if (move && map.zoom.k > 1) zoomTo(map.zoom.k, map.zoom.x + move[0], map.zoom.y + move[1]);
    else return;
    e.preventDefault();
  });
}

let timer = 0;
function play() {
  if (timer) {
    clearInterval(timer);
    timer = 0;
  } else {
    const { min, max } = $("nation-day");
    if (day() >= Number(max)) $("nation-day").value = min;
    timer = setInterval(() => {
      $("nation-day").value = day() + 7;
      paint();
      if (day() >= Number($("nation-day").max) || $("view-nation").hidden) play();
    }, 80);
  }
  $("nation-play").textContent = t(timer ? "pause" : "play");
}
on("language", () => {
  if (!map?.drawn) return;
  const { value: choice } = $("nation-what"), at = day();
  map.root.setAttribute("aria-label", t("nation-map"));
  page(map.runs);
  $("nation-what").value = choice;
  load(choice, at);
});
on("page", (key) => {
  if (key !== "range" || !map?.drawn || !$("nation-fit")) return;
  $("nation-fit").checked = fits();
  paint();
});

// The nation's map: when counties were switched on, and outcomes of a stored national run, by date.

import { $, brief, calm, el, isoDay, longDate, num, svg } from "./dom.js";

const FIRST = "2008-10-01", DAYS = 1600;
/** Colours by year of activation, readable by colour-blind people (viridis), and for counties not yet on. */
const YEARS = ["#fde725", "#5ec962", "#21918c", "#3b528b", "#440154"];
const OFF = "#d9dcda";
const HEAT = ["#fff7ec", "#fdd49e", "#fdbb84", "#ef6548", "#b30000", "#5a0000"];
/** @type {any} */
let map = null;

/** @param {string} src */
const script = (src) => new Promise((resolve, reject) => document.head.append(el("script", { src, onload: resolve, onerror: reject })));

export async function startNation() {
  if (map) return;
  map = {};
  $("view-nation").replaceChildren(el("h1", {}, "The nation is being drawn…"));
  await script("static/vendor/d3-array.min.js");
  await script("static/vendor/d3-geo.min.js");
  await script("static/vendor/topojson-client.min.js");
  const [shapes, nation, results] = await Promise.all(["static/vendor/counties-10m.json", "api/nation", "api/results"].map((url) => fetch(url).then((reply) => reply.json())));
  build(shapes, nation, results);
}

/** @param {any} shapes @param {any} nation @param {any[]} results */
function build(shapes, nation, results) {
  const { geoAlbersUsa, geoPath } = /** @type {any} */ (window).d3, { feature, mesh } = /** @type {any} */ (window).topojson;
  const counties = feature(shapes, shapes.objects.counties).features;
  const path = geoPath(geoAlbersUsa().scale(1280).translate([480, 300]));
  const root = svg("svg", { viewBox: "0 0 960 600", role: "img", tabindex: 0, "aria-label": "Map of counties" }), layer = svg("g");
  const rows = new Map(nation.fips.map((/** @type {string} */ code, /** @type {number} */ k) => [code, k]));
  const drawn = counties.map((/** @type {any} */ f) => ({ k: rows.get(nation.shapes[f.id] || f.id), d: path(f), centre: path.centroid(f) })).filter((/** @type {any} */ c) => c.d && c.k !== undefined);
  for (const county of drawn) {
    county.node = svg("path", { d: county.d, "data-k": county.k });
    layer.append(county.node);
  }
  layer.append(svg("path", { class: "state", d: path(mesh(shapes, shapes.objects.states, (/** @type {any} */ a, /** @type {any} */ b) => a !== b)) }));
  root.append(layer);
  const days = nation.activation.map((/** @type {string} */ iso) => Math.round((Date.parse(iso) - Date.parse(FIRST)) / 864e5));
  Object.assign(map, { nation, root, layer, drawn, days, outcome: null, zoom: { k: 1, x: 0, y: 0 } });
  page(results.filter((r) => r.map));
  gestures();
  paint();
}

/** @param {any[]} runs results that can be drawn */
function page(runs) {
  const measures = [["custody", "ICE custody"], ["removals", "removals"], ["submissions", "prints"]];
  const options = runs.flatMap((run) => measures.map(([key, name]) => el("option", { value: `${run.name}|${key}` }, `${name}, in ${run.name}`)));
  $("view-nation").replaceChildren(
    el("h1", { id: "nation-headline" }, "…"),
    el("p", { class: "note" }, "Colour: the year in which Secure Communities was switched on. Nearly all dates are modelled, since no county table of them may be shipped; published ones are named as such when you point at a county."),
    el("div", { class: "map-tools" },
      el("label", {}, "Show ", el("select", { id: "nation-what", onchange: () => load($("nation-what").value) }, el("option", { value: "" }, "activation"), options)),
      el("input", { type: "range", id: "nation-day", min: 0, max: DAYS, value: 583, "aria-label": "Date", oninput: paint }), el("output", { id: "nation-date" }),
      el("button", { type: "button", id: "nation-play", onclick: play }, "▶ Play")),
    el("div", { class: "map-tools" },
      el("label", {}, "Find a county ", el("input", { type: "search", id: "nation-find", list: "places", oninput: calm(150, find) })),
      el("button", { type: "button", onclick: () => zoomBy(1.6), "aria-label": "Zoom in" }, "+"), el("button", { type: "button", onclick: () => zoomBy(1 / 1.6), "aria-label": "Zoom out" }, "−"),
      el("button", { type: "button", id: "nation-whole", onclick: () => zoomTo(1, 0, 0) }, "Whole country"), el("span", { id: "nation-key" })),
    el("div", { class: "map" }, map.root), el("p", { id: "nation-county", role: "status" }, "Point at a county, or find one by name."),
    !runs.length && el("p", { class: "note" }, "Outcomes appear here when the results folder holds a run of many counties, such as one made with: comity run my-nation.toml --out results/nation"));
}

const day = () => Number($("nation-day").value);

function paint() {
  const now = day(), { nation, days, drawn, outcome } = map;
  $("nation-date").textContent = longDate(isoDay(FIRST, now));
  if (outcome) {
    paintOutcome(outcome, isoDay(FIRST, now).slice(0, 7));
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
  $("nation-headline").textContent = `On ${longDate(isoDay(FIRST, now))}, ${num(on)} of ${num(days.length)} counties in ${states.size} states are switched on, home to ${num((100 * people) / all)} % of all residents.`;
  $("nation-key").replaceChildren(...[["not yet", OFF], ...YEARS.map((fill, k) => [String(2008 + k) + (k === 4 ? "–13" : ""), fill])].map(([name, fill]) => el("span", { class: "key" }, el("i", { class: "sq", style: `background:${fill}` }), name)));
}

/** @param {any} outcome @param {string} month */
function paintOutcome(outcome, month) {
  const at = Math.max(0, outcome.months.findLastIndex((/** @type {string} */ m) => m <= month)), values = outcome.values[at];
  const most = outcome.most, place = new Map(outcome.fips.map((/** @type {string} */ f, /** @type {number} */ k) => [f, k]));
  for (const county of map.drawn) {
    const k = place.get(map.nation.fips[county.k]);
    county.node.setAttribute("fill", k === undefined ? OFF : HEAT[Math.min(HEAT.length - 1, Math.floor((values[k] / most) * HEAT.length))]);
  }
  $("nation-headline").textContent = `${outcome.label}, up to ${outcome.months[at]}: ${brief(values.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0) / values.length)} in the average county.`;
  $("nation-key").replaceChildren("0 ", ...HEAT.map((fill) => el("span", { class: "key" }, el("i", { class: "sq", style: `background:${fill}` }))), `${brief(most)} or more`);
}

/** @param {string} choice */
async function load(choice) {
  map.outcome = null;
  if (choice) {
    const [name, measure] = choice.split("|");
    const outcome = await fetch(`api/outcomes?${new URLSearchParams({ name, measure })}`).then((reply) => reply.json());
    const last = [...outcome.values.at(-1)].sort((a, b) => a - b);
    map.outcome = { ...outcome, most: last[Math.floor(last.length * 0.97)] || 1 };
    $("nation-day").value = DAYS;
  }
  paint();
}

/** @param {number} k */
function tell(k) {
  const { nation } = map;
  $("nation-county").textContent = `${nation.name[k]}: switched on ${longDate(nation.activation[k])} (${nation.published[k] ? "published" : "modelled"}); ${num(nation.population[k])} residents, ${num(nation.hispanic_share[k] * 100)} % Hispanic.`;
}

function find() {
  const wanted = $("nation-find").value.trim().toLowerCase();
  for (const county of map.drawn) county.node.classList.remove("found");
  if (wanted.length < 3) return;
  const hits = map.drawn.filter((/** @type {any} */ c) => map.nation.name[c.k].toLowerCase().includes(wanted));
  hits.forEach((/** @type {any} */ c) => {
    c.node.classList.add("found");
    map.layer.insertBefore(c.node, map.layer.lastChild);
  });
  if (hits.length) {
    tell(hits[0].k);
    zoomTo(4, 480 - 4 * hits[0].centre[0], 300 - 4 * hits[0].centre[1]);
  } else $("nation-county").textContent = "No county has this in its name.";
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
    if (day() >= DAYS) $("nation-day").value = 0;
    timer = setInterval(() => {
      $("nation-day").value = day() + 7;
      paint();
      if (day() >= DAYS || $("view-nation").hidden) play();
    }, 80);
  }
  $("nation-play").textContent = timer ? "❚❚ Pause" : "▶ Play";
}

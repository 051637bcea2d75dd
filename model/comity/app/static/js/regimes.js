// Regimes: which one left and right, a sentence, and a diagram of where it cuts, on which one can cut elsewhere.

import { app, change, on } from "./app.js";
import { eventText } from "./charts.js";
import { $, el, isoDay, svg } from "./dom.js";
import { known, longDate, t } from "./language.js";
import { cityTitle, deciderName, leverName, regimeTitle } from "./names.js";
import { said } from "./said.js";
import { prose } from "./words.js";

const STATIONS = ["jail", "bureau", "fbi", "ident", "detainer", "hold", "custody"];
/** Where a lever cuts: the gap after this station; negative: something is added at the station. */
const PLACES = { transmit: 0, share: 1, request: 1, join: 2, forward: 2, active: 2, mandate: 2, receive: 3.5, priority: 3, hold: 4, hold_hours: 4, notify: 5, access: 5, compel: 4, refer: -4, interview: -4, street: -6, no_inquiry: 0.5, pledge: 0.5, outreach: 0.5 };
const ADDS = ["refer", "interview", "street", "compel", "request", "mandate", "priority", "pledge", "outreach"];
const STEP = 34, BOX = 24, WIDE = 176;

/** @param {any[]} policies @param {any[]} refused levers whose attempts the law makes void */
function diagram(policies, refused) {
  const height = STEP * (STATIONS.length - 1) + BOX + 4;
  const root = svg("svg", { viewBox: `0 0 300 ${height}`, role: "group", "aria-label": words(policies, refused) });
  STATIONS.forEach((name, k) => {
    const y = 2 + k * STEP;
    if (k) root.append(svg("path", { d: `M${WIDE / 2} ${y - STEP + BOX}v${STEP - BOX}`, stroke: "var(--muted)", "stroke-width": 2 }));
    root.append(station(name, k, y));
  });
  /** @type {Record<number, number>} */
  const stack = {};
  for (const policy of policies) mark(root, policy, refused.includes(policy.lever), stack);
  return root;
}

/** A station, which can be touched to cut there if anybody can. @param {string} name @param {number} k @param {number} y */
function station(name, k, y) {
  const parts = [svg("rect", { x: 1, y, width: WIDE, height: BOX, rx: 6, fill: "var(--soft)", stroke: "var(--line)" }), text(WIDE / 2, y + 16.5, t(`station-${name}`), "var(--ink)", "middle")];
  if (!app.opened.cuts.some((/** @type {any} */ cut) => isOf(cut, k))) return svg("g", {}, ...parts);
  const node = svg("g", { role: "button", tabindex: 0, class: "station", "aria-label": t("cut-at", { station: t(`station-${name}`) }), "aria-controls": "cuts" }, ...parts);
  node.addEventListener("click", () => touch(k));
  node.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    touch(k);
  });
  return node;
}

/** @param {any} root @param {any} policy @param {boolean} refused @param {Record<number, number>} stack */
function mark(root, policy, refused, stack) {
  const at = /** @type {any} */ (PLACES)[policy.lever] ?? 0, add = ADDS.includes(policy.lever);
  const depth = (stack[at] = (stack[at] ?? -1) + 1), side = at < 0 || at % 1 !== 0;
  const y = 2 + Math.floor(Math.abs(at)) * STEP + (side ? BOX / 2 : BOX + (STEP - BOX) / 2);
  const colour = refused ? "var(--muted)" : add ? "var(--accent)" : "var(--bad)";
  if (!depth && side) root.append(svg("path", { d: at < 0 ? `M${WIDE + 16} ${y}h-12m4 -4l-4 4l4 4` : `M${WIDE + 2} ${y}h12m-9 5l6 -10`, stroke: colour, "stroke-width": 2, fill: "none" }));
  else if (!depth) root.append(svg("path", { d: `M${WIDE / 2 - 12} ${y}H${WIDE + 14}`, stroke: colour, "stroke-width": refused ? 2 : 4, "stroke-dasharray": refused ? "3 3" : "none" }));
  const label = refused ? t("lever-void", { lever: leverName(policy.lever) }) : leverName(policy.lever);
  root.append(text(WIDE + 18, y + 4 + 13 * depth, `${add ? "+" : "✕"} ${label}`, colour, "start"));
}

/** Whether a cut is one of a station: it stands just before or behind it, or adds there; what a state decides is its bureau's, too. @param {any} cut @param {number} k */
function isOf({ lever, decider }, k) {
  const at = /** @type {any} */ (PLACES)[lever] ?? 0, first = Math.floor(Math.abs(at));
  return k === first || (at >= 0 && at % 1 === 0 && !ADDS.includes(lever) && k === first + 1) || (decider === "state" && STATIONS[k] === "bureau" && at >= 0 && at < 3);
}

/** The station that was touched last, and the day for which it was said what can be cut there. @type {number|null} */
let touched = null;
let saidFor = "";

/** Show what can be cut at a station, or nothing if it was shown already. @param {number} k */
function touch(k) {
  touched = touched === k ? null : k;
  offer();
  $("cuts").firstElementChild?.focus();
}

const shownDay = () => isoDay(app.opened.scenario.start, Math.max((app.frame?.today ?? 1) - 1, 0));

/** Say of every regime that cuts at the station which was touched whether the law of the day that is shown allows it. */
function offer() {
  const day = saidFor = shownDay();
  const here = touched === null ? [] : app.opened.cuts.filter((/** @type {any} */ cut) => isOf(cut, /** @type {number} */ (touched)));
  $("cuts").replaceChildren(...(touched === null ? [] : [el("h3", { tabIndex: -1 }, t("cut-at-on", { station: t(`station-${STATIONS[touched]}`), day: longDate(day) })),
    ...here.map((/** @type {any} */ cut) => cutting(cut, day))]));
}

/** A cut that the law allows on a day as a button; else whose law forbids it, and what it would take. @param {any} cut @param {string} day */
function cutting(cut, day) {
  const title = regimeTitle(cut.regime, app.catalogue.regimes.find((/** @type {any} */ r) => r.id === cut.regime)?.title ?? cut.regime);
  const now = cut.spans.filter((/** @type {any} */ s) => s.start <= day && (!s.until || day < s.until)), may = cut.may.map(deciderName).join(", ");
  const span = now.find((/** @type {any} */ s) => s.allowed) ?? now[0]; // counties of one place may differ
  const line = { lever: leverName(cut.lever), decider: deciderName(cut.decider) };
  if (!span) return "";
  if (span.allowed) return el("p", {}, start(cut.regime, day, title), " ", el("span", { class: "note" }, t("cut-allowed", { ...line, why: sentence(said(span.reason)) })));
  const before = cut.spans.find((/** @type {any} */ s) => s.allowed && s.start <= day);
  return el("p", { class: "void-note" }, el("b", {}, title), ": ", t("cut-void", { ...line, why: sentence(said(span.reason)) }), " ",
    before ? t("cut-takes-earlier", { day: longDate(before.until) }) : t("cut-takes-law"), may ? ` ${t("cut-takes-others", { may })}` : "", " ",
    before && start(cut.regime, before.start, t("cut-from", { day: longDate(before.start) })));
}

/** A button that puts a regime into the right city from a day on; a recorded page has it from its own day. @param {string} regime @param {string} day @param {string} label */
const start = (regime, day, label) => el("button", { type: "button", class: "cut", onclick: () => change({ against: $("recording") ? regime : `${regime}@${day}` }, { look: true }) }, label);

/** @param {number} x @param {number} y @param {string} content @param {string} fill @param {string} anchor */
const text = (x, y, content, fill, anchor) => svg("text", { x, y, "text-anchor": anchor, "font-size": 12.5, fill }, content);

/** @param {any[]} policies @param {string[]} refused */
function words(policies, refused) {
  if (!policies.length) return t("pipeline-uncut");
  return t("pipeline", { moves: policies.map((p) => t(refused.includes(p.lever) ? "pipeline-moves-void" : "pipeline-moves", { decider: deciderName(p.decider), lever: leverName(p.lever) })).join("; ") });
}

/** @param {string} spec @returns {{id: string, day: string}} */
const split = (spec) => ({ id: spec.split("@")[0], day: spec.split("@")[1] || "" });

/** @param {string} side left or right @param {string} spec @param {string} key of the state */
function picker(side, spec, key) {
  const { id, day } = spec.includes("+") ? { id: spec, day: "" } : split(spec), mine = app.catalogue.regimes.find((/** @type {any} */ r) => r.id === id);
  const options = app.catalogue.regimes.map((/** @type {any} */ r) => el("option", { value: r.id }, since(r)));
  if (side === "right") options.unshift(el("option", { value: "" }, `– ${t("compare-nothing")} –`));
  if (spec && !mine) options.push(el("option", { value: id }, id));
  const choice = el("select", { id: `${side}-regime` }, options);
  const date = el("input", { type: "date", id: `${side}-from`, value: day, min: "1990-01-01", max: "2020-12-31" });
  choice.value = id;
  choice.addEventListener("change", () => change({ [key]: choice.value || (side === "left" ? "mandatory" : null) }, { look: true }));
  date.addEventListener("change", () => change({ [key]: date.value ? `${id}@${date.value}` : id }, { look: true }));
  const label = t(side === "left" ? (app.opened.cities.length > 1 ? "left-city" : "the-city") : "compare-with");
  return el("div", { class: "regime" }, el("label", {}, label, choice), ...(spec ? about(side, mine, date) : []));
}

/** A regime's title with the year in which it starts in history, if that is within the calendar. @param {any} regime */
function since(regime) {
  const first = regime.policies.map((/** @type {any} */ p) => p.start).sort()[0];
  const title = regimeTitle(regime.id, regime.title);
  return first < app.catalogue.days[0] ? title : `${title} (${first.slice(0, 4)})`;
}

/** When a regime begins to matter in the place. @param {string|null} start @param {boolean} late */
function begins(start, late) {
  if (!start) return el("p", { class: "note" }, t("regime-nothing"));
  return el("p", { class: late ? "void-note" : "note" }, t(late ? "regime-begins-late" : "regime-begins", { day: longDate(start) }));
}

/** @param {string} side @param {any} mine @param {any} date */
function about(side, mine, date) {
  const n = side === "left" ? 0 : 1, city = app.opened.cities[n], start = app.opened.sight.starts[n];
  const refused = city.calendar.filter((/** @type {any} */ e) => !e.allowed);
  const pulls = (/** @type {any} */ p, /** @type {boolean} */ allowed) => city.calendar.some((/** @type {any} */ e) => e.allowed === allowed && e.text.startsWith(`${cap(p.decider)}: ${p.lever.replace("_", " ")} `));
  const levers = (mine?.policies || []).filter((/** @type {any} */ p) => pulls(p, false) && !pulls(p, true)).map((/** @type {any} */ p) => p.lever);
  return [
    prose(mine ? known(`regime-${mine.id}-explains`, mine.explains) : cityTitle(n)), mine && diagram(mine.policies.filter((/** @type {any} */ p) => mine.id !== "mandatory" || p.lever !== "mandate"), levers),
    side === "left" && app.opened.cuts.length > 0 && el("p", { class: "note" }, t("cut-hint")),
    begins(start, start > app.opened.scenario.end),
    mine?.history && el("p", { class: "note" }, t("regime-history", { history: known(`regime-${mine.id}-history`, mine.history) })),
    ...refused.map((/** @type {any} */ e) => el("p", { class: "void-note" }, t("regime-void", { day: longDate(e.date), what: eventText(e) }))),
    mine && el("label", {}, t("regime-first-day"), date),
  ].filter(Boolean);
}

/** A text with one full stop at its end, and a capital at its beginning. @param {string} text */
const sentence = (text) => `${cap(text).replace(/\.+$/, "")}.`;

/** @param {string} word */
const cap = (word) => word[0].toUpperCase() + word.slice(1);

on("cities", (frame) => touched !== null && !frame.playing && !frame.working && saidFor !== shownDay() && offer());
on("opened", show);
on("restore", show);
on("language", () => app.opened && show(app.opened));

/** @param {any} opened */
function show({ scenario }) {
  const focused = document.activeElement?.id;
  $("regime-left").replaceChildren(picker("left", scenario.regime, "regime"));
  $("regime-right").replaceChildren(picker("right", scenario.against, "against"));
  if (focused && /^(left|right)-/.test(focused)) $(focused)?.focus();
  offer();
}

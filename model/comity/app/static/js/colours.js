// Colours: sequential scales that also read in grey, and the four ways of being away.

import { css } from "./dom.js";
import { t } from "./language.js";

const TRUST = ["#3a0f3d", "#5b2a74", "#46539b", "#2a7a9b", "#2f9e8f", "#7cc36f", "#e3e06a"];
const RISK = ["#f3ead7", "#f5d6a0", "#f0b26a", "#e2814a", "#c44f3d", "#8f2a42", "#541545"];

/** @param {string[]} stops @param {number} t */
function mix(stops, t) {
  const x = Math.min(Math.max(t, 0), 1) * (stops.length - 1), k = Math.min(Math.floor(x), stops.length - 2), f = x - k;
  const part = (/** @type {number} */ i) => {
    const a = parseInt(stops[k].slice(i, i + 2), 16), b = parseInt(stops[k + 1].slice(i, i + 2), 16);
    return Math.round(a + (b - a) * f);
  };
  return `rgb(${part(1)},${part(3)},${part(5)})`;
}

const STEPS = 96;
const tables = Object.fromEntries(Object.entries({ trust: TRUST, risk: RISK }).map(([name, stops]) => [name, Array.from({ length: STEPS + 1 }, (_, k) => mix(stops, k / STEPS))]));

/** @param {string} name trust or risk @param {number} t 0 to 1 */
export function shade(name, t) {
  return tables[name][Math.round(Math.min(Math.max(t, 0), 1) * STEPS)];
}

/** @param {string} name */
export function gradient(name) {
  return `linear-gradient(90deg, ${(name === "trust" ? TRUST : RISK).join(",")})`;
}

/** Name and colour of whereabouts 1 to 4. */
export function whereabouts() {
  return [[t("where-community"), css("cell")], [t("where-jail"), css("jail") || "#e69f00"], [t("where-ice"), css("ice") || "#d55e00"], [t("where-removed"), css("gone")], [t("where-moved"), css("moved")]];
}

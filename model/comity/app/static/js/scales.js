// Ranges of colours and axes. They hold still, over the whole scale where there is one, unless the page is asked to fit the data.

import { app, page } from "./app.js";

/** Least half-width of the axis of a difference: in points of 100, or as a share of the outcome itself. */
const POINTS = 10, SHARE = 0.1;

export const fits = () => page("range") === "fit";

/** The axis of an outcome whose values lie between two. @param {string} outcome @param {number} low @param {number} high @returns {[number, number]} */
export function axis(outcome, low, high) {
  if (!Number.isFinite(low) || !Number.isFinite(high)) [low, high] = [0, 1];
  const pad = (high - low || 1) * 0.05;
  if (fits()) return [low - pad, high + pad];
  return app.opened.outcomes[outcome].whole || [0, high * 1.05 || 1];
}

/** The axis of a difference: as far down as up, so that zero is in the middle. @param {string} outcome @param {number} low @param {number} high @param {number} level the largest value of the outcome itself @returns {[number, number]} */
export function differenceAxis(outcome, low, high, level) {
  const most = Math.max(Math.abs(low), Math.abs(high)) * 1.05;
  const least = fits() ? 1e-6 : app.opened.outcomes[outcome].whole ? POINTS : SHARE * level;
  const size = Math.max(Number.isFinite(most) ? most : 0, Number.isFinite(least) ? least : 0) || 1;
  return [-size, size];
}

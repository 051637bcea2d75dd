// Locked controls: a link with `locked=yes` leaves only the controls that its lesson asks to move. It keeps hands from slipping, not from editing the address.

import { app, on, page } from "./app.js";
import { $, el } from "./dom.js";
import { t } from "./language.js";

/** Controls, by what of a state they move. @type {Record<string, string[]>} */
const CARDS = { "setup": ["place", "start", "end", "seed", "scale"], "hypotheses-card": ["hypotheses", "extensions"] };

/** What a link may say beside the lesson or scene that it opens. */
const BESIDE = ["lesson", "tour", "lang", "view", "class", "seed", "scale", "place"];

/** A state that names a lesson or a scene of the opening, and nothing of what is compared there, is its beginning. @param {Record<string, string>} state @returns {Record<string, string>} */
export function begun(state) {
  const of = app.catalogue?.lessons[Number(state.lesson) - 1] ?? app.catalogue?.opening[Number(state.tour) - 1];
  return of && Object.keys(state).every((key) => BESIDE.includes(key)) ? { ...of.state, ...state } : state;
}

/** What may be moved. */
const free = () => new Set(app.catalogue.lessons[Number(page("lesson")) - 1]?.moves ?? []);

function lock() {
  if (!app.locked || !app.opened) return;
  const may = free(), numbers = [.../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("#parameters .parameter"))];
  document.documentElement.classList.add("locked");
  for (const [id, keys] of Object.entries(CARDS)) show($(id), keys.some((key) => may.has(key)));
  for (const row of numbers) row.hidden = !may.has(row.dataset.name);
  show($("parameters-card"), numbers.some((row) => !row.hidden));
  for (const group of $("parameters").querySelectorAll("details")) show(group, [...group.querySelectorAll(".parameter")].some((row) => !row.hidden));
  for (const [id, key] of [["left", "regime"], ["right", "against"]]) for (const control of document.querySelectorAll(`#regime-${id} select, #regime-${id} input`)) /** @type {HTMLInputElement} */ (control).disabled = !may.has(key);
  if (!$("locked-note")) $("setup").before(el("p", { id: "locked-note", class: "note" }));
  $("locked-note").textContent = t("locked-note");
}

/** @param {HTMLDetailsElement} card @param {boolean} yes */
function show(card, yes) {
  card.hidden = !yes;
  if (yes) card.open = true;
}

/** To be called when everything that makes controls listens already. */
export function startLock() {
  for (const event of ["opened", "restore", "language", "page"]) on(event, lock);
}

// A seat in a class: joining with a code, and telling the teacher's page which lesson is shown and what was answered.

import { forget, given } from "./answers.js";
import { app, banner, connect, emit, on, page } from "./app.js";
import { $, calm, el, keep, recall, say } from "./dom.js";
import { t } from "./language.js";

const KEPT = "comity-seat";

/** `before` are answers that were given elsewhere, before the class. @type {{seat: number, token: string, before: string[]}|null} */
let seat = null;
/** @type {any} */
let dialog = null;

/** Ask the class for something. @param {string} path @param {any} said @returns {Promise<any>} what it answers, or `refused` with the reason in a word */
async function ask(path, said) {
  const headers = { "content-type": "application/json", ...(seat ? { authorization: `Bearer ${seat.token}` } : {}) };
  try {
    return await (await fetch(path, { method: "POST", headers, body: JSON.stringify(said) })).json();
  } catch {
    return { refused: "lost", wait: 0 };
  }
}

/** @param {{refused: string, wait: number}} answer */
const why = ({ refused, wait }) => t(`refused-${refused}`, { wait });

/** @param {Record<string, string>} begin */
function sit(begin) {
  app.hello = { seat: seat?.token };
  dialog?.close();
  $("seat").hidden = false;
  connect(begin);
}

/** @param {string} code @param {Record<string, string>} begin */
async function join(code, begin) {
  const answer = await ask("class/join", { code });
  if (answer.token) {
    seat = { ...answer, before: given().map((entry) => JSON.stringify(entry)) };
    keep("sessionStorage", KEPT, seat);
    dress();
    return sit(begin);
  }
  say($("join-says"), why(answer));
  if (answer.refused === "busy") setTimeout(() => dialog.open && join(code, begin), 1000 * (answer.wait + Math.random()));
}

/** Ask for the code before anything else. @param {string} code @param {Record<string, string>} begin @param {string} [note] */
function door(code, begin, note = "") {
  const box = el("input", { id: "join-code", autocomplete: "off", autocapitalize: "characters", spellcheck: false, maxLength: 64, value: code });
  const form = el("form", { onsubmit: (/** @type {Event} */ event) => { event.preventDefault(); join(box.value, begin); } },
    el("h1", { id: "join-heading" }, t("join-heading")), el("label", {}, t("join-code"), " ", box), " ", el("button", { class: "primary" }, t("join-button")),
    el("p", { id: "join-says", role: "status" }, note), el("p", { class: "note" }, t("join-stored")));
  dialog?.remove();
  dialog = el("dialog", { class: "door", "aria-labelledby": "join-heading", oncancel: (/** @type {Event} */ event) => event.preventDefault() }, form);
  document.body.append(dialog);
  dialog.showModal();
}

/** The key of the address that has the code, where there is a class; elsewhere a page begins at once. @param {Record<string, string>} begin */
export function startSeat(begin) {
  const { class: code = "", ...rest } = begin;
  if (!document.documentElement.hasAttribute("data-class")) return connect(rest);
  seat = recall("sessionStorage", KEPT);
  dress();
  on("language", dress);
  on("unseated", () => {
    seat = null;
    keep("sessionStorage", KEPT, null);
    forget();
    $("seat").hidden = true;
    door(code, rest, t("join-again"));
  });
  for (const event of ["opened", "page", "answers"]) on(event, tell);
  if (seat) sit(rest);
  else door(code, rest);
}

function dress() {
  if (seat) say($("seat"), t("seat", { number: seat.seat }));
}

/** Say where this page is, and all that was answered in the class. */
const tell = calm(700, async () => {
  if (!seat || !app.opened) return;
  const answers = given().filter((entry) => !seat?.before.includes(JSON.stringify(entry)));
  const answer = await ask("class/report", { where: { view: page("view"), lesson: Number(page("lesson")) }, answers });
  if (answer.refused === "no_seat") emit("unseated");
  else if (answer.refused === "busy") setTimeout(tell, 1000 * answer.wait);
  else if (answer.refused && answer.refused !== "lost") banner(t("not-kept", { why: why(answer) }), { action: t("dismiss"), call: () => banner("") });
});

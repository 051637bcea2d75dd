// The teacher's page: who is where, what was answered, resetting seats, saving answers, and links to give.

import { $, el, keep, recall, say } from "./dom.js";
import { known, LANGUAGES, num, speak, t } from "./language.js";

const KEPT = "comity-teacher", EVERY = 2000;
/** Values that a question's summary shows, and their length. */
const MOST = 6, LONG = 40;

/** @type {string} */
let secret = decodeURIComponent(location.hash.slice(1)) || recall("sessionStorage", KEPT) || "";
/** @type {any} */
let last = null;
/** @type {any} */
let lessons = [];
let timer = 0;

history.replaceState(null, "", location.pathname); // so that a projector does not show it

/** @param {string} path @param {any} [said] @returns {Promise<Response>} */
function ask(path, said) {
  const headers = { authorization: `Bearer ${secret}`, ...(said ? { "content-type": "application/json" } : {}) };
  return fetch(`teacher/${path}`, said ? { method: "POST", headers, body: JSON.stringify(said) } : { headers });
}

/** What the class has now, again and again. */
async function look() {
  clearTimeout(timer);
  /** @type {any} */
  let answer;
  try {
    answer = await (await ask("seats")).json();
  } catch {
    answer = { refused: "lost", wait: 0 };
  }
  const inside = !answer.refused;
  $("enter").hidden = inside || answer.refused === "lost";
  $("class").hidden = !inside;
  say($("said"), inside ? "" : secret || answer.refused === "lost" ? t(`refused-${answer.refused}`, { wait: answer.wait }) : "");
  if (inside) {
    keep("sessionStorage", KEPT, secret);
    last = answer;
    draw();
  }
  if (inside || answer.refused === "lost") timer = setTimeout(look, EVERY);
}

/** @param {string[]} heads @param {any[][]} rows @param {string} none */
const table = (heads, rows, none) => (rows.length ? el("table", {}, el("thead", {}, el("tr", {}, heads.map((head) => el("th", { scope: "col" }, head)))),
  el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell) => el("td", {}, cell)))))) : el("p", { class: "note" }, none));

/** Draw again only what has changed, so that a button keeps the focus. @param {string} id @param {any} about @param {() => Node} make */
function put(id, about, make) {
  const key = JSON.stringify([about, document.documentElement.lang]);
  if ($(id).dataset.key === key) return;
  $(id).dataset.key = key;
  $(id).replaceChildren(make());
}

/** @param {number} number */
const lessonName = (number) => (lessons[number - 1] ? `${number}. ${known(`lesson-${number}-title`, lessons[number - 1].title)}` : "");

/** @param {any} where */
const place = ({ lesson, view }) => lessonName(lesson) || (view ? t(`view-${view}`) : "–");

function draw() {
  const { code, wrong, seats } = last, own = new URL(".", location.href).href;
  say($("code"), `${t("teacher-code", { code, address: `${own}#class=${code}` })}${wrong ? `. ${t("teacher-wrong", { wrong })}` : ""}`);
  put("seats", seats, () => table(["seat", "here", "where", "answered", "right", "heard"].map((head) => t(`teacher-${head}`)).concat(t("teacher-do")), seats.map(row), t("teacher-nobody")));
  put("questions", seats.map((/** @type {any} */ seat) => seat.answers), () => table(["lesson", "question", "guesses", "right"].map((head) => t(`teacher-${head}`)), questions(seats), t("teacher-no-answers")));
  put("links", [own, code, lessons.length], () => table(["lesson", "link"].map((head) => t(`teacher-${head}`)).concat(t("teacher-do")), lessons.map((/** @type {any} */ _, /** @type {number} */ k) => linked(k + 1, `${own}#class=${code}&lesson=${k + 1}&locked=yes`)), ""));
}

/** @param {any[]} answers */
const rights = (answers) => `${num(answers.filter((entry) => entry.right).length)} / ${num(answers.filter((entry) => entry.right !== null).length)}`;

/** @param {any} seat */
function row({ seat, here, where, answers, silent }) {
  const reset = el("button", { type: "button", "aria-label": t("teacher-reset-label", { seat }), onclick: () => confirm(t("teacher-reset-sure", { seat })) && ask("reset", { seat }).then(look) }, t("teacher-reset"));
  return [num(seat), t(here ? "teacher-yes" : "teacher-no"), place(where), num(answers.length), rights(answers), t("teacher-ago", { seconds: silent }), reset];
}

/** What somebody chose, as it stood there: of what else was said, what it was. @param {any} entry @param {any} said @returns {string} */
function inWords({ lesson, question }, said) {
  const number = lessons.findIndex((/** @type {any} */ each) => each.id === lesson) + 1, part = question === "guess" ? "guess" : "concept";
  const option = lessons[number - 1]?.[part].options?.find((/** @type {any} */ each) => each.id === said);
  return option ? known(`lesson-${number}-${part}-options-${said}-text`, option.text) : String(said ?? "–").slice(0, LONG);
}

/** What was said to every question, by how often. @param {any[]} seats */
function questions(seats) {
  /** @type {Record<string, any[]>} */
  const by = {};
  for (const entry of seats.flatMap((seat) => seat.answers)) (by[`${entry.lesson}\n${entry.question}`] ||= []).push(entry);
  return Object.entries(by).map(([key, answers]) => {
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const entry of answers) {
      const { guess, answer } = entry;
      const text = (Array.isArray(guess) ? "〰" : inWords(entry, answer ?? guess));
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    const most = [...counts].sort((a, b) => b[1] - a[1]).slice(0, MOST).map(([text, n]) => `${text} (${num(n)})`).join("; ");
    const number = lessons.findIndex((/** @type {any} */ lesson) => lesson.id === answers[0].lesson) + 1;
    const question = key.split("\n")[1];
    return [lessonName(number) || key.split("\n")[0], known(`learned-${question}`, question), most, rights(answers)];
  });
}

/** @param {number} number @param {string} address */
const linked = (number, address) => [lessonName(number), el("code", {}, address), el("button", { type: "button", "aria-label": `${t("teacher-copy")}: ${lessonName(number)}`, onclick: () => navigator.clipboard.writeText(address).then(() => say($("said"), t("teacher-copied"))) }, t("teacher-copy"))];

/** @param {string} name */
async function save(name) {
  const reply = await ask(name);
  if (!reply.ok) return look();
  const url = URL.createObjectURL(await reply.blob());
  el("a", { href: url, download: `comity-${name}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}

/** @param {string} language */
async function use(language) {
  const { messages } = await (await fetch(`api/messages?language=${language}`)).json();
  speak(language, messages);
  $("language").value = language;
  if (last) draw();
}

const usual = [recall("localStorage", "comity-language"), ...navigator.languages.map((tag) => tag.split("-")[0]), LANGUAGES[0]].find((tag) => LANGUAGES.includes(tag));
Promise.all([use(usual ?? LANGUAGES[0]), fetch("api/catalogue").then((reply) => reply.json())]).then(([, catalogue]) => {
  lessons = catalogue.lessons;
  $("language").addEventListener("change", () => use($("language").value));
  $("enter").addEventListener("submit", (/** @type {Event} */ event) => {
    event.preventDefault();
    secret = $("secret").value.trim();
    look();
  });
  $("csv").addEventListener("click", () => save("answers.csv"));
  $("json").addEventListener("click", () => save("answers.json"));
  $("reset-all").addEventListener("click", () => confirm(t("teacher-reset-all-sure")) && ask("reset", { seat: null }).then(look));
  look();
});

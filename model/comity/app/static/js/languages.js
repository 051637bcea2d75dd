// Which language is spoken: the address says, or what was chosen before, or the browser; a switch changes it while the run stands.

import { app, banner, emit, on, page, setPage } from "./app.js";
import { $, keep, recall } from "./dom.js";
import { language, LANGUAGES, speak, t } from "./language.js";
import { learn } from "./said.js";
import { json } from "./source.js";

const KEPT = "comity-language";
/** Catalogues that were asked for. @type {Map<string, Promise<string>>} */
const here = new Map();

/** The language for whoever asks for none. */
const usual = () => [recall("localStorage", KEPT), ...navigator.languages.map((tag) => tag.split("-")[0]), LANGUAGES[0]].find((tag) => LANGUAGES.includes(tag));

/** @param {string} name @returns {Promise<string>} */
function catalogue(name) {
  const found = here.get(name) ?? json(`api/messages?language=${name}`).then(({ messages }) => messages);
  here.set(name, found);
  return found;
}

/** @param {string} name */
async function use(name) {
  const [messages, english] = await Promise.all([name, LANGUAGES[0]].map(catalogue));
  learn(english);
  speak(name, messages);
  $("language").value = name;
}

/** Speak the language of an address, and say so if it is not there. @param {Record<string, string>} begin @returns {Promise<Record<string, string>>} what is left of it */
export async function startLanguages(begin) {
  const { lang, ...rest } = begin, there = lang === undefined || lang === "browser" || LANGUAGES.includes(lang);
  await use(LANGUAGES.includes(lang) ? lang : usual());
  $("language").addEventListener("change", () => {
    keep("localStorage", KEPT, $("language").value);
    setPage("lang", $("language").value);
  });
  if (there) return begin;
  let told = false;
  on("opened", () => {
    if (!told) banner(t("no-language", { asked: lang.slice(0, 20) }), { action: t("dismiss"), call: () => banner("") });
    told = true;
  });
  return rest;
}

/** What the page is to speak. */
const wanted = () => (LANGUAGES.includes(page("lang")) ? page("lang") : usual());

on("page", async (key) => {
  if (key !== "lang" || wanted() === language()) return;
  await use(wanted());
  emit("language");
  if (app.opened && app.frame) emit("cities", app.frame);
});

// Reads the recording in a page that stands alone. Each part has a line, and is packed with a checksum; the first holds the checksums of all others.

import { t } from "./language.js";

/** The form of the recording that this module reads: `FORM` of comity.app.standalone. */
const FORM = "2";
/** What a recording has of each kind where it was cut or edited. @type {Record<string, any>} */
const EMPTY = { title: "", base: {}, every: 14, cities: {}, overview: {} };

/** @typedef {{title: string, base: Record<string, string>, every: number, cities: Record<string, string[]>, overview: any, views: any[], parts: Map<string, string>}} Recording */

/** Names of parts that were cut or edited. @type {Set<string>} */
const lost = new Set();
let other = false;

/** @param {any} value @param {any} like */
const alike = (value, like) => value !== null && typeof value === typeof like && Array.isArray(value) === Array.isArray(like);

/** @param {string} text base64 of gzip, whose checksum is checked here @returns {Promise<ArrayBuffer>} */
const bytes = async (text) => unzipped(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));

/** @param {Uint8Array<ArrayBuffer>} packed */
const unzipped = (packed) => new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();

/** @param {string} text */
const unpackedJson = async (text) => JSON.parse(new TextDecoder().decode(await bytes(text)));

/** The checksum and the length with which gzip ends, of a packed part; nothing if it is none. @param {string} text */
function seal(text) {
  try {
    return Array.from(atob(text.slice(-16)).slice(-8), (c) => c.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  } catch {
    return "";
  }
}

/** What is left of the recording; nothing if there is none to read. @returns {Promise<Recording|null>} */
export async function recorded() {
  const lines = (document.getElementById("recording")?.textContent ?? "").split("\n").filter(Boolean);
  const written = new Map(lines.map((line) => /** @type {[string, string]} */ ([line.split(" ", 1)[0], line.slice(line.indexOf(" ") + 1)])));
  const parts = await checked(written), views = await viewsOf(parts);
  const form = written.get("form") ?? "";
  other = form !== FORM && /^\d+$/.test(form);
  if (form !== FORM && !other) lost.add("form");
  const found = await Promise.all(Object.keys(EMPTY).map(async (key) => [key, await small(parts, key, EMPTY[key])]));
  new MutationObserver(say).observe(document.documentElement, { attributeFilter: ["lang"] });
  say();
  return parts.size ? { ...Object.fromEntries(found), views, parts } : null;
}

/** The parts that are those of which the checksums were taken; others are noted. @param {Map<string, string>} written @returns {Promise<Map<string, string>>} */
async function checked(written) {
  const own = new Map([...written].filter(([name]) => name !== "form" && name !== "seals"));
  const seals = await unpackedJson(written.get("seals") ?? "").then((all) => new Map(Object.entries(all)), () => null);
  if (!seals) return lost.add("seals"), own;
  for (const name of seals.keys()) if (!own.has(name)) lost.add(name);
  for (const [name, text] of own) if (seals.get(name) !== seal(text)) lost.add(name);
  return new Map([...own].filter(([name]) => !lost.has(name)));
}

/** A part that is needed at once. @param {Map<string, string>} parts @param {string} name @param {any} instead */
async function small(parts, name, instead) {
  const found = await unpackedJson(parts.get(name) ?? "").catch(() => null);
  if (alike(found, instead)) return found;
  lost.add(name);
  return instead;
}

/** What can be opened, with the name of its parts. @param {Map<string, string>} parts */
async function viewsOf(parts) {
  const names = [...parts.keys()].filter((name) => /^views\/\d+\/about$/.test(name));
  const views = await Promise.all(names.map(async (name) => ({ ...await small(parts, name, {}), name: name.replace(/about$/, "") })));
  return views.filter((view) => alike(view.opened?.state, {}) && alike(view.opened.cities, []) && alike(view.cities, []));
}

/** A part that was packed, by its name; if it was cut or edited that is said, and there is none. @param {Recording} recording @param {string} name @returns {Promise<ArrayBuffer|null>} */
export const unpacked = (recording, name) => bytes(recording.parts.get(name) ?? "").catch(() => {
  lost.add(name);
  say();
  return null;
});

/** The same of JSON. @param {Recording} recording @param {string} name @returns {Promise<any>} */
export const unpackedPart = async (recording, name) => {
  const buffer = await unpacked(recording, name);
  return buffer && JSON.parse(new TextDecoder().decode(buffer));
};

/** Look over every part, one after the other: what was edited is named though nobody asked for it. @param {Recording|null} recording */
export async function lookOver(recording) {
  for (const name of recording?.parts.keys() ?? []) await unpacked(/** @type {Recording} */ (recording), name);
}

/** The kinds of parts that were lost, with which of them where there are several and few. */
function kinds() {
  /** @type {Map<string, Set<string>>} */
  const found = new Map();
  for (const name of lost) {
    const [kind, ...rest] = name.split("/"), which = kind === "views" ? rest[0] : rest.join("/");
    found.set(kind, (found.get(kind) ?? new Set()).add(which));
  }
  return [...found].map(([kind, which]) => {
    const all = [...which].filter(Boolean), key = Object.hasOwn(EMPTY, kind) || ["views", "files", "pieces", "seals", "form"].includes(kind) ? kind : "other";
    return t(`recorded-part-${key}`) + (kind === "views" || kind === "files" ? ` (${all.slice(0, 8).join(", ").slice(0, 200)}${all.length > 8 ? ", …" : ""})` : "");
  });
}

/** Say in the notice what is wrong with the recording, in the page's language. */
function say() {
  const node = document.getElementById("recorded-wrong"), parts = [...new Set(kinds())].join("; ");
  const text = [other ? t("recorded-other-version") : "", lost.size ? `${t("recorded-damaged")} ${t("recorded-left-out", { parts })}` : ""].filter(Boolean).join(" ");
  if (node && node.textContent !== text) node.textContent = text;
}

// Stored pictures with their words in the page's language. Beside the outlines of a text Matplotlib writes the text itself, as a comment.
// Words take the place of outlines: as high as these, lower where they would be too wide, or in a line more.

import { text as read } from "./source.js";
import { asLarge, inWords, learnFindings, one } from "./worded.js";

const FONT = '"DejaVu Sans", Verdana, sans-serif', SVG = "http://www.w3.org/2000/svg";
const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));

/** Of the height of letters: from one line to the next, and of capitals. */
const PITCH = 1.17, CAPITAL = 0.73;
/** How much lower letters may become before there is a line more. */
const LOW = 0.8;
/** Letters of a text that is looked up: the longest that the package writes has half as many. */
const LONGEST = 1000;

/** @typedef {{text: string, node: Element, x: number, y: number, wide: number}} Line where a line begins in the picture, and how wide it is in hundredths of its height */
/** @typedef {{lines: Line[], words: string, parted: string[]|null, align: "start"|"middle"|"end", group: unknown}} Text `parted` where each line says something by itself */

/** How wide words are, in hundredths of their height. @param {string} words */
function breadth(words) {
  pen.font = `100px ${FONT}`;
  return pen.measureText(words).width;
}

/** @param {Comment} comment @returns {Line|null} nothing if it is empty, or no outlines follow */
function lineOf(comment) {
  const node = comment.nextElementSibling, [, x, y] = /translate\((\S+) (\S+)\).*scale\(/.exec(node?.getAttribute("transform") ?? "") ?? [];
  const text = (comment.textContent ?? "").trim().slice(0, LONGEST).replace(/- (?=-)/g, "-").replace(/&(lt|gt|amp);/g, (_, name) => ({ lt: "<", gt: ">", amp: "&" })[/** @type {"lt"} */ (name)]);
  if (!node || !y || !text || /(^|[^\\])\$/.test(text)) return null; // what stands between dollars is a formula
  const last = [...node.children].filter((child) => child.localName === "use").at(-1), [, begins = 0] = /translate\((\S+)/.exec(last?.getAttribute("transform") ?? "") ?? [];
  return { text, node, x: Number(x), y: Number(y), wide: Number(begins) + breadth(text.slice(-1)) };
}

/** How many units of the picture a hundredth of a letter's height is. @param {Line} line */
const scaleOf = ({ node }) => Number(/scale\((\S+)/.exec(node.getAttribute("transform") ?? "")?.[1] ?? 1);

/** Lines as one text: a word may have been parted where it has a hyphen. @param {Line[]} lines */
const joined = (lines) => lines.map(({ text }) => text).join(" ").replace(/(\p{L}-) (?=\p{L})/gu, "$1");

/** What stands together: the names beside an axis, a key, notes one below the other. @param {Element} node @param {Line} line */
function groupOf(node, line) {
  const place = node.closest("[id^=xtick], [id^=ytick], [id^=legend]"), id = place?.id ?? "";
  return id.startsWith("legend") ? place : id ? place?.parentElement : `${Math.round(line.x)} ${scaleOf(line)}`;
}

/** Which end of a text stays where it is. @param {Element} node @param {Line[]} lines @returns {"start"|"middle"|"end"} */
function alignOf(node, lines) {
  const scale = scaleOf(lines[0]), near = (/** @type {number[]} */ ends) => Math.max(...ends) - Math.min(...ends) < 3;
  const id = node.closest("[id^=xtick], [id^=ytick], [id^=legend], [id^='matplotlib.axis']")?.id ?? "";
  if (id.startsWith("ytick")) return "end";
  if (id) return id.startsWith("legend") ? "start" : "middle";
  return near(lines.map(({ x }) => x)) ? "start" : near(lines.map(({ x, wide }) => x + wide * scale)) ? "end" : "middle";
}

/** The texts of a picture and what they say: each line for itself where all are known, otherwise all together. @param {Document} picture @returns {Text[]} */
function texts(picture) {
  /** @type {Map<Element, Line[]>} */
  const found = new Map(), walker = picture.createTreeWalker(picture, NodeFilter.SHOW_COMMENT);
  for (let comment = walker.nextNode(); comment; comment = walker.nextNode()) {
    const line = lineOf(/** @type {Comment} */ (comment)), over = /** @type {Element} */ (comment.parentNode);
    if (line) found.set(over, [...(found.get(over) ?? []), line]);
  }
  return [...found].map(([node, lines]) => {
    const each = lines.map(({ text }) => one(text)), parted = lines.length > 1 && each.every((words) => words !== null) ? /** @type {string[]} */ (each) : null;
    const text = joined(lines), words = parted?.join(" ") ?? inWords(text), group = groupOf(node, lines[0]), align = alignOf(node, lines);
    return { lines, words: align === "end" || text.length < 4 ? words : asLarge(words, text), parted, align, group }; // names of months are short
  });
}

/** Words in so many lines, as equally long as they can be. @param {string} words @param {number} lines @returns {string[]} */
function split(words, lines) {
  for (let most = Math.ceil(words.length / lines); ; most += 1) {
    const found = words.split(" ").reduce((/** @type {string[]} */ all, word) => {
      const longer = `${all.at(-1)} ${word}`;
      return all.length && longer.length <= most ? [...all.slice(0, -1), longer] : [...all, word];
    }, []);
    if (found.length <= lines || most > words.length) return found;
  }
}

/** Lines for the words of a text, and how high their letters can be, of the height that they had. @param {Text} text @param {number} room @param {boolean} more whether there is room for one line more */
function fitted({ lines, words, parted }, room, more) {
  const fit = (/** @type {string[]} */ rows) => ({ rows, size: Math.min(1, room / Math.max(...rows.map(breadth))) });
  const first = fit(parted ?? split(words, lines.length)), second = parted || !more || first.size >= LOW ? first : fit(split(words, lines.length + 1));
  return second.size > 1.2 * first.size ? second : first;
}

/** Put lines in the place of the outlines of a text. @param {Text} text @param {string[]} rows @param {number} size */
function write({ lines, align }, rows, size) {
  const [{ node, wide, x: left, y: top }] = lines, { x: right, y: bottom } = lines[lines.length - 1];
  const turned = (Math.PI / 180) * Number(/rotate\(([^)]+)\)/.exec(node.getAttribute("transform") ?? "")?.[1] ?? 0);
  const high = ((bottom - top) * Math.cos(turned) - (right - left) * Math.sin(turned)) / scaleOf(lines[0]);
  const pitch = rows.length > lines.length ? 100 * PITCH * size : high / Math.max(lines.length - 1, 1);
  for (const outline of lines.flatMap((line) => [...line.node.children])) if (outline.localName === "use") outline.remove();
  rows.forEach((row, k) => {
    const line = document.createElementNS(SVG, "text"), x = align === "start" ? 0 : align === "end" ? wide : wide / 2;
    const y = high / 2 + (k - (rows.length - 1) / 2) * pitch - 50 * CAPITAL * (1 - size);
    for (const [name, value] of Object.entries({ transform: "scale(1 -1)", x, y, "font-size": 100 * size, "font-family": FONT, "text-anchor": align })) line.setAttribute(name, String(value));
    line.textContent = row;
    node.append(line);
  });
}

/** Put texts that stand together into words as high as each other: below one another they share their room, beside one another each has its own. @param {Text[]} all */
function together(all) {
  const below = all.length > 1 && (all[0].align === "end" || all.every(({ lines }) => Math.abs(lines[0].x - all[0].lines[0].x) < 1));
  const key = all[0].group instanceof Element && all[0].align === "start", loose = all.length > 1 && key !== below; // a key has little room between its lines
  const rooms = all.map(({ lines }) => Math.max(...lines.map(({ wide }) => wide))), widest = below ? Math.max(...rooms) : 0;
  const fits = all.map((text, k) => fitted(text, Math.max(rooms[k], widest), loose)), size = Math.min(...fits.map((fit) => fit.size));
  all.forEach((text, k) => (size < 1 || text.words !== joined(text.lines)) && write(text, fits[k].rows, size));
}

/** Whether it is a picture that the package draws: at least one text of three words or more is known. @param {Text[]} found */
const ours = (found) => found.some(({ lines, words }) => joined(lines).split(" ").length > 2 && words !== joined(lines));

/**
 * A picture of lines with its words in the page's language, as an address, and the words; nothing if the package does not draw such a picture.
 * @param {string} path @returns {Promise<{address: string, texts: {english: string, words: string}[]}|null>}
 */
export async function drawn(path) {
  const [source] = await Promise.all([read(path), learnFindings()]), picture = new DOMParser().parseFromString(source, "image/svg+xml");
  const found = texts(picture);
  if (!ours(found)) return null;
  for (const group of new Set(found.map((text) => text.group))) {
    const all = found.filter((text) => text.group === group);
    if (all.some(({ lines, words }) => words !== joined(lines))) together(all);
  }
  const address = URL.createObjectURL(new Blob([new XMLSerializer().serializeToString(picture)], { type: "image/svg+xml" }));
  return { address, texts: found.map(({ lines, words }) => ({ english: joined(lines), words })) };
}

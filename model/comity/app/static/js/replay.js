// Where everything that is shown comes from, in a page that stands alone: a recording within it. It takes the place of `source.js`.

import { citiesIn } from "./frames.js";
import { t } from "./language.js";

/** @typedef {import("./frames.js").CityFrame} CityFrame */
/** @typedef {import("./source.js").Hearer} Hearer */

/** Days a second at which recorded frames follow each other; "max" is as fast as they can be drawn. @type {Record<string, number>} */
const SPEEDS = { 1: 1, 7: 7, 30: 30, 100: 100, max: 1e6 };
const alone = () => t("recorded-alone");

/** The form of the recording that this module reads: `FORM` of comity.app.standalone. */
const FORM = 1;
/** What a recording consists of, as it is where a part is missing. @type {Record<string, any>} */
const EMPTY = { pieces: {}, cities: {}, views: [], overview: {}, files: {}, pictures: {}, base: {}, page: {}, title: "", every: 14, form: 0 };

/** @param {any} value @param {any} like */
const alike = (value, like) => value !== null && typeof value === typeof like && Array.isArray(value) === Array.isArray(like);

const recording = read();
/** @type {Map<string, Promise<CityFrame[]>>} frames of cities that were asked for */
const unpacked = new Map();
/** @type {Hearer} */
let hearer;
/** @type {{epoch: number, view: any, verdicts: any[], cities: CityFrame[][], at: number, playing: boolean, speed: string, colour: string, sent: number}} */
const run = { epoch: 0, view: null, verdicts: [], cities: [], at: 0, playing: false, speed: "30", colour: "risk", sent: 0 };

/** The recording with the parts that it has, and what is wrong with it; nothing if it was cut or edited beyond reading. @returns {any} */
function read() {
  try {
    const content = JSON.parse(document.getElementById("recording")?.textContent ?? ""), keys = Object.keys(EMPTY), there = keys.filter((key) => alike(content[key], EMPTY[key]));
    const found = { ...EMPTY, ...Object.fromEntries(there.map((key) => [key, content[key]])) };
    const views = found.views.filter((/** @type {any} */ view) => alike(view?.opened?.state, {}) && alike(view.opened.cities, []) && alike(view.cities, []));
    const whole = there.length === keys.length && views.length === found.views.length;
    return { ...found, views, wrong: content.form !== undefined && content.form !== FORM ? "recorded-other-version" : whole ? "" : "recorded-damaged" };
  } catch {
    return null;
  }
}

/** @param {string} text base64 of gzip, whose checksum is checked here @returns {Promise<ArrayBuffer>} */
const bytes = (text) => unzipped(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)));

/** @param {Uint8Array<ArrayBuffer>} packed */
const unzipped = (packed) => new Response(new Blob([packed]).stream().pipeThrough(new DecompressionStream("gzip"))).arrayBuffer();

/** @param {string} text */
const unpackedJson = async (text) => JSON.parse(new TextDecoder().decode(await bytes(text)));

/** What the server would know under a path. @param {string} path @returns {Promise<any>} */
export async function json(path) {
  if (path.startsWith("api/messages")) return { messages: JSON.parse(document.getElementById("messages")?.textContent ?? "{}")[path.split("=")[1]] };
  if (!recording) throw new Error(t("recorded-broken"));
  if (path.startsWith("api/find")) return found(new URLSearchParams(path.split("?")[1]).get("name") ?? "");
  const text = recording.files[path];
  return text ? unpackedJson(text).catch(() => { throw new Error(t("recorded-broken")); }) : { error: `${t("recorded-not-here")} ${alone()}` };
}

/** @param {string} name */
async function found(name) {
  const nation = await json("api/nation"), wanted = name.toLowerCase();
  return nation.fips.filter((/** @type {string} */ _, /** @type {number} */ k) => nation.name[k].toLowerCase().includes(wanted));
}

/** @param {string} path */
export const picture = (path) => recording.pictures[path] ?? "";

/** Scripts of the page are in it already. @param {string} _ */
export const script = (_) => Promise.resolve();

/** @param {Hearer} given */
export function link(given) {
  hearer = given;
  if (recording?.wrong) document.querySelector(".recorded")?.append(" ", Object.assign(document.createElement("b"), { textContent: t(recording.wrong) }));
  setTimeout(() => hearer.ready(), 0);
}

/** @type {Record<string, (message: any) => any>} */
const COMMANDS = {
  play: () => play(true),
  pause: () => play(false),
  step: ({ by }) => {
    run.playing = false;
    go(run.at + Math.max(1, Math.round({ day: 1, week: 7, month: 30 }[/** @type {"day"} */ (by)] / recording.every)));
  },
  speed: ({ speed }) => { run.speed = speed; },
  colour: ({ colour }) => { run.colour = colour; show(); },
  story: ({ resident }) => told("story", resident === undefined ? run.view.story : { resident, texts: run.view.cities.map(() => t("recorded-no-story", { resident: String(resident) })) }),
  lesson: ({ lesson }) => told("lesson", run.verdicts[run.at]?.[lesson] ?? { lesson, done: false, text: t("recorded-no-answer"), after: "" }),
  seeds: ({ seeds }) => seeds > 0 && interval(),
  overview: ({ seeds, asked }) => seeds > 0 && told("overview", { ...recording.overview, asked }),
  why: ({ asked, column }) => why(asked, column),
  download: () => note(`${t("recorded-no-file")} ${alone()}`),
  upload: () => note(alone()),
  ack: () => {},
};

let opening = Promise.resolve();

/** Whatever else is asked for is asked of the run that is being opened, as on a server. @param {any} message */
export function send(message) {
  if (message.type === "open") opening = open(message);
  else opening.then(() => run.view && COMMANDS[message.type]?.(message));
}

/** @param {string} type @param {any} message */
const told = (type, message) => hearer.told({ type, epoch: run.epoch, ...message });

/** @param {string} text */
const note = (text) => told("note", { text });

/** What of a state makes the run, with what every run of the recording has. @param {Record<string, string>} state */
function essence(state) {
  const rest = { ...recording.base, ...state };
  return JSON.stringify(Object.entries(rest).filter(([key]) => key !== "day" && !(key in recording.page)).sort());
}

/** @param {{state: Record<string, string>, epoch: number, play: boolean, look: boolean}} message */
async function open({ state, epoch, play: playing, look }) {
  run.epoch = epoch;
  const view = recording.views.find((/** @type {any} */ each) => essence(each.opened.state) === essence(state));
  if (!view) return refuse(state);
  told("working", { compiled: true });
  try {
    const [verdicts, ...cities] = await Promise.all([unpackedJson(view.lessons), ...view.cities.map(city)]);
    if (run.epoch !== epoch) return;
    Object.assign(run, { view, cities, verdicts, colour: state.colour ?? recording.page.colour, speed: state.speed ?? recording.page.speed });
    const day = look ? Math.max(Number(state.day ?? 0), view.opened.sight.day) : Number(state.day ?? view.opened.day);
    const page = Object.fromEntries(Object.entries(state).filter(([key]) => key in recording.page));
    hearer.told({ ...view.opened, type: "opened", epoch, day, state: { ...view.opened.state, ...page } });
    run.playing = playing;
    go(nearest(day));
    if (playing) play(true);
  } catch {
    hearer.told({ type: "invalid", epoch, problems: [{ key: "recording", value: view.opened.cities.at(-1)?.title ?? "", wrong: t("recorded-cut"), expected: t("recorded-whole") }] });
  }
}

/** @param {Record<string, string>} state */
function refuse(state) {
  const known = new Set(recording.views.flatMap((/** @type {any} */ view) => Object.entries(view.opened.state).map(String)));
  const odd = Object.entries(state).filter((pair) => pair[0] !== "day" && !(pair[0] in recording.page) && !known.has(String(pair)));
  const problems = (odd.length ? odd : Object.entries(state).filter(([key]) => !(key in recording.page))).map(([key, value]) => ({ key, value: value.slice(0, 60), wrong: t("recorded-not-in"), expected: t("recorded-what-is") }));
  hearer.told({ type: "invalid", epoch: run.epoch, problems: [...problems, { key: "recording", value: recording.title, wrong: t("recorded-nothing-new"), expected: t("recorded-install") }] });
}

/** @param {string} name */
const piece = (name) => bytes(recording.pieces[name]);

/** @param {string} name */
function city(name) {
  if (!unpacked.has(name)) unpacked.set(name, Promise.all(recording.cities[name].map(piece)).then((pieces) => pieces.flatMap((each) => citiesIn(each))));
  return /** @type {Promise<CityFrame[]>} */ (unpacked.get(name));
}

/** @param {number} day */
const nearest = (day) => Math.min(Math.ceil(day / recording.every), run.cities[0].length - 1);

/** @param {number} at */
const dayOf = (at) => Math.min(at * recording.every, run.view.opened.days);

/** @param {number} at */
function go(at) {
  run.at = Math.min(Math.max(at, 0), run.cities[0].length - 1);
  if (run.at === run.cities[0].length - 1) run.playing = false;
  show();
}

/** Away are, unless colours say what happened, only those whom ICE holds or has removed, as the server sends them. @param {CityFrame} frame */
function drawn(frame) {
  if (run.colour === "happened") return frame;
  const kept = [...frame.where.keys()].filter((k) => frame.where[k] === 2 || frame.where[k] === 3);
  return { ...frame, away: Int32Array.from(kept, (k) => frame.away[k]), where: Uint8Array.from(kept, (k) => frame.where[k]) };
}

function show() {
  const cities = run.cities.map((frames) => ({ ...drawn(frames[run.at]), rows: frames.slice(0, run.at + 1).flatMap((frame) => frame.rows) }));
  const pace = run.playing ? Math.min(SPEEDS[run.speed], recording.every * 14) : 0;
  hearer.shown({ kind: "cities", epoch: run.epoch, frame: ++run.sent, playing: run.playing, working: false, pace, today: dayOf(run.at), from: 0, cities });
}

/** @param {boolean} on */
function play(on) {
  run.playing = on;
  show();
  if (on) later();
}

function later() {
  const { epoch } = run, wait = Math.max(1000 / 14, (1000 * recording.every) / SPEEDS[run.speed]);
  setTimeout(() => {
    if (!run.playing || run.epoch !== epoch) return;
    go(run.at + 1);
    if (run.playing) later();
  }, wait);
}

async function interval() {
  const text = run.view.interval, { epoch } = run;
  if (!text) return note(t("recorded-one-seed"));
  const buffer = await bytes(text).catch(() => null);
  if (!buffer) return note(t("recorded-damaged"));
  const [done, periods, columns] = new Uint32Array(buffer, 0, 3), size = periods * columns;
  if (run.epoch === epoch) hearer.shown({ kind: "interval", epoch, done, total: done, periods, columns, mean: new Float32Array(buffer, 12, size), half: new Float32Array(buffer, 12 + 4 * size, size) });
}

/** @param {number} asked @param {number} column */
async function why(asked, column) {
  const { epoch, view } = run, { columns } = view.opened, all = view.why ? await unpackedJson(view.why).catch(() => ({})) : {};
  const outcome = columns[column].split(":")[0], found = all[columns[column]] ?? all[`${outcome}:all`] ?? all[`${outcome}:hispanic`] ?? all["reporting:hispanic"];
  if (run.epoch === epoch) told("why", found ? { ...found, asked } : { asked, absent: true });
}

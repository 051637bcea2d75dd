// Where everything that is shown comes from, in a page that stands alone: a recording within it. It takes the place of `source.js`.

import { citiesIn } from "./frames.js";
import { t } from "./language.js";
import { objections } from "./objections.js";
import { lookOver, recorded, unpacked, unpackedPart } from "./recorded.js";

/** @typedef {import("./frames.js").CityFrame} CityFrame */
/** @typedef {import("./source.js").Hearer} Hearer */

/** Days a second at which recorded frames follow each other; "max" is as fast as they can be drawn. @type {Record<string, number>} */
const SPEEDS = { 1: 1, 7: 7, 30: 30, 100: 100, max: 1e6 };
const alone = () => t("recorded-alone");

/** @type {any} what there is of the recording; nothing until it is read, or if it cannot be */
let recording = null;
const reading = recorded().then((found) => { recording = found; });
/** @type {Map<string, Promise<CityFrame[]>>} frames of cities that were asked for */
const lived = new Map();
/** @type {Hearer} */
let hearer;
/** @type {{epoch: number, view: any, verdicts: any[], cities: CityFrame[][], at: number, playing: boolean, speed: string, colour: string, sent: number}} */
const run = { epoch: 0, view: null, verdicts: [], cities: [], at: 0, playing: false, speed: "30", colour: "risk", sent: 0 };

/** What the server would know under a path. @param {string} path @returns {Promise<any>} */
export async function json(path) {
  if (path.startsWith("api/messages")) return { messages: JSON.parse(document.getElementById("messages")?.textContent ?? "{}")[path.split("=")[1]] };
  await reading;
  if (!recording) throw new Error(t("recorded-broken"));
  if (path.startsWith("api/find")) return counties(new URLSearchParams(path.split("?")[1]).get("name") ?? "");
  if (!recording.parts.has(`files/${path}`)) return { error: `${t("recorded-not-here")} ${alone()}` };
  const found = await unpackedPart(recording, `files/${path}`);
  if (found === null) throw new Error(t("recorded-broken"));
  return found;
}

/** @param {string} name */
async function counties(name) {
  const nation = await json("api/nation"), wanted = name.toLowerCase();
  return nation.fips.filter((/** @type {string} */ _, /** @type {number} */ k) => nation.name[k].toLowerCase().includes(wanted));
}

/** There are none in a recording. @param {string} _ */
export const picture = (_) => "";

/** Nor are other files. @param {string} _ */
export const text = async (_) => "";

/** Scripts of the page are in it already. @param {string} _ */
export const script = (_) => Promise.resolve();

/** @param {Hearer} given */
export function link(given) {
  hearer = given;
  reading.then(() => hearer.ready());
  reading.then(() => setTimeout(() => lookOver(recording), 1500)); // what is seen first comes first
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
  overview: ({ seeds, asked }) => seeds > 0 && overview(asked),
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
  return JSON.stringify(ofRun(rest).sort());
}

/** What of a state makes the run, without what only the page reads. @param {Record<string, string>} state */
const ofRun = (state) => Object.entries(state).filter(([key]) => key !== "day" && !Object.hasOwn(choices(), key));

/** Keys that only the page reads, with the values that they may have: every recorded run knows them. @returns {Record<string, string[]>} */
const choices = () => recording.views[0]?.opened.choices ?? {};

/** @param {{state: Record<string, string>, epoch: number, play: boolean, look: boolean}} message */
async function open({ state, epoch, play: playing, look }) {
  run.epoch = epoch;
  const view = recording.views.find((/** @type {any} */ each) => essence(each.opened.state) === essence(state));
  const problems = [...objections(state, choices(), view?.opened.days), ...(view ? [] : absent(state))];
  if (problems.length) return refuse(problems);
  told("working", { compiled: true });
  const [verdicts, ...cities] = await Promise.all([unpackedPart(recording, `${view.name}lessons`), ...view.cities.map(city)]).catch(() => []);
  if (run.epoch !== epoch) return;
  if (!cities.length) return refuse([{ key: "recording", value: view.opened.cities.at(-1)?.title ?? "", wrong: t("recorded-cut"), expected: t("recorded-whole") }]);
  Object.assign(run, { view, cities, verdicts: verdicts ?? [], colour: state.colour ?? view.opened.page.colour, speed: state.speed ?? view.opened.page.speed });
  const asked = Math.min(Number(state.day ?? view.opened.day), view.opened.days), day = look ? Math.max(Number(state.day ?? 0), view.opened.sight.day) : asked;
  const page = Object.fromEntries(Object.entries(state).filter(([key]) => Object.hasOwn(choices(), key)));
  hearer.told({ ...view.opened, type: "opened", epoch, day, state: { ...view.opened.state, ...page } });
  run.playing = playing;
  go(nearest(day));
  if (playing) play(true);
}

/** Say why something is not opened, and go on with the run that was there. @param {any[]} problems */
function refuse(problems) {
  hearer.told({ type: "invalid", epoch: run.epoch, problems });
  if (run.view) play(run.playing);
}

/** What of a state is not in the recording. @param {Record<string, string>} state */
function absent(state) {
  const known = new Set(recording.views.flatMap((/** @type {any} */ view) => Object.entries(view.opened.state).map(String)));
  const own = ofRun(state), odd = own.filter((pair) => !known.has(String(pair)));
  const problems = (odd.length ? odd : own).map(([key, value]) => ({ key: key.slice(0, 60), value: value.slice(0, 60), wrong: t("recorded-not-in"), expected: t("recorded-what-is") }));
  return [...problems, { key: "recording", value: recording.title, wrong: t("recorded-nothing-new"), expected: t("recorded-install") }];
}

/** @param {string} name @returns {Promise<ArrayBuffer>} */
async function piece(name) {
  const found = await unpacked(recording, `pieces/${name}`);
  if (!found) throw new Error(t("recorded-cut"));
  return found;
}

/** @param {string} name */
async function framesOf(name) {
  const pieces = await Promise.all(recording.cities[name].map(piece));
  return pieces.flatMap((each) => citiesIn(each));
}

/** @param {string} name */
function city(name) {
  const found = lived.get(name) ?? framesOf(name);
  lived.set(name, found);
  return found;
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
  const name = `${run.view.name}interval`, { epoch } = run;
  if (!recording.parts.has(name)) return note(t("recorded-one-seed"));
  const buffer = await unpacked(recording, name);
  if (!buffer) return note(t("recorded-damaged"));
  const [done, periods, columns] = new Uint32Array(buffer, 0, 3), size = periods * columns;
  if (run.epoch === epoch) hearer.shown({ kind: "interval", epoch, done, total: done, periods, columns, mean: new Float32Array(buffer, 12, size), half: new Float32Array(buffer, 12 + 4 * size, size) });
}

/** @param {number} asked */
function overview(asked) {
  if (recording.overview.rows) told("overview", { ...recording.overview, asked });
  else note(`${t("recorded-not-here")} ${t("recorded-damaged")}`);
}

/** @param {number} asked @param {number} column */
async function why(asked, column) {
  const { epoch, view } = run, { columns } = view.opened, name = `${view.name}why`, all = (recording.parts.has(name) && await unpackedPart(recording, name)) || {};
  const outcome = columns[column].split(":")[0], found = all[columns[column]] ?? all[`${outcome}:all`] ?? all[`${outcome}:hispanic`] ?? all["reporting:hispanic"];
  if (run.epoch === epoch) told("why", found ? { ...found, asked } : { asked, absent: true });
}

// Reading the binary frames of the server; see comity/app/session.py and city.py for the other side.

const FUNNEL = 4 * 6 * 7;
const COLUMNS = 7;

/**
 * @typedef {{community: number, trust: number, risk: number, jail: number, ice: number, removed: number, moved: number}} Cell
 * @typedef {{dots: boolean, cells: Float32Array, columns: number, n: number, funnel: Float32Array, rows: Float32Array[],
 *   away: Int32Array, where: Uint8Array, people: Uint8Array}} CityFrame
 * @typedef {{kind: "cities", epoch: number, frame: number, playing: boolean, working: boolean, pace: number, today: number, from: number, cities: CityFrame[]}} Frame
 * @typedef {{kind: "interval", epoch: number, done: number, total: number, periods: number, columns: number, mean: Float32Array, half: Float32Array}} IntervalFrame
 */

/** @param {ArrayBuffer} buffer @returns {Frame|IntervalFrame} */
export function decode(buffer) {
  const view = new DataView(buffer);
  const epoch = view.getUint32(4, true);
  if (view.getUint8(0) === 2) return interval(buffer, view, epoch);
  const cities = citiesIn(buffer, 24);
  return {
    kind: "cities", epoch, cities, playing: view.getUint8(2) > 0, working: view.getUint8(3) > 0, frame: view.getUint32(8, true), pace: view.getFloat32(12, true),
    today: view.getUint32(16, true), from: view.getUint32(20, true),
  };
}

/** Cities, one behind the other up to the end. @param {ArrayBuffer} buffer @param {number} [at] @returns {CityFrame[]} */
export function citiesIn(buffer, at = 0) {
  const view = new DataView(buffer), cities = [];
  while (at < buffer.byteLength) {
    const [city, next] = cityAt(buffer, view, at);
    cities.push(city);
    at = next;
  }
  return cities;
}

/** @param {ArrayBuffer} buffer @param {DataView} view @param {number} epoch @returns {IntervalFrame} */
function interval(buffer, view, epoch) {
  const periods = view.getUint32(16, true), columns = view.getUint32(20, true);
  return {
    kind: "interval", epoch, done: view.getUint8(1), total: view.getUint8(2), periods, columns,
    mean: new Float32Array(buffer, 24, periods * columns), half: new Float32Array(buffer, 24 + 4 * periods * columns, periods * columns),
  };
}

/** @param {ArrayBuffer} buffer @param {DataView} view @param {number} at @returns {[CityFrame, number]} */
function cityAt(buffer, view, at) {
  const n = view.getUint16(at + 2, true), away = view.getUint32(at + 4, true);
  const rows = view.getUint16(at + 8, true), width = view.getUint16(at + 10, true), people = view.getUint32(at + 12, true);
  const head = { dots: view.getUint8(at) > 0, n, columns: COLUMNS };
  at += 16;
  const cells = new Float32Array(buffer, at, n * COLUMNS);
  at += 4 * n * COLUMNS;
  const funnel = new Float32Array(buffer, at, FUNNEL);
  at += 4 * FUNNEL;
  const lines = [];
  for (let k = 0; k < rows; k++, at += 4 * width) lines.push(new Float32Array(buffer, at, width));
  const ids = new Int32Array(buffer, at, away);
  at += 4 * away;
  const where = new Uint8Array(buffer, at, away);
  at += away;
  const dots = new Uint8Array(buffer, at, people);
  at += people;
  return [{ ...head, cells, funnel, rows: lines, away: ids, where, people: dots }, at + ((4 - (at % 4)) % 4)];
}

/** @param {CityFrame} city @param {number} k @returns {Cell} */
export function cellOf(city, k) {
  const [community, trust, risk, jail, ice, removed, moved] = city.cells.subarray(k * COLUMNS, (k + 1) * COLUMNS);
  return { community, trust, risk, jail, ice, removed, moved };
}

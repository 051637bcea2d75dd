// What a page that stands alone objects to in an address: the same as the server's `read_view`, in the same words.

/** Names and characters of a state, all in all. */
const MOST_KEYS = 300, MOST_CHARACTERS = 100_000;
/** Characters of a name or a value that are repeated. */
const LONGEST = 60;

/** @typedef {{key: string, value: string, wrong: string, expected: string}} Problem */

/** @param {string} text */
const short = (text) => (text.length > LONGEST ? `${text.slice(0, LONGEST - 3)}...` : text);

/** @param {string} text */
const shown = (text) => short(`'${text}'`);

/** What is wrong in an address with what only the page reads, and with its day; what makes the run is looked up.
 * @param {Record<string, string>} state @param {Record<string, string[]>} choices @param {number} [last] the run's last day, if there is such a run @returns {Problem[]} */
export function objections(state, choices, last = 10_000) {
  const pairs = Object.entries(state), size = pairs.reduce((sum, pair) => sum + pair[0].length + pair[1].length, 0);
  if (pairs.length > MOST_KEYS || size > MOST_CHARACTERS) return [large(pairs.length, size)];
  const odd = pairs.filter(([key, value]) => Object.hasOwn(choices, key) && !choices[key].includes(value));
  const problems = odd.map(([key, value]) => ({ key, value: shown(value), wrong: "unknown", expected: choices[key].join(", ") }));
  const whole = state.day === undefined || /^[0-9]{1,5}$/.test(state.day);
  return whole ? problems : [...problems, { key: "day", value: shown(state.day), wrong: "not a number of days", expected: `a whole number from 0 to ${last}` }];
}

/** @param {number} names @param {number} size */
function large(names, size) {
  const counted = (/** @type {number} */ n) => n.toLocaleString("en-US");
  return { key: "state", value: "(too long)", wrong: `${names} names of ${counted(size)} characters`, expected: `up to ${MOST_KEYS} names with values, of ${counted(MOST_CHARACTERS)} characters in all` };
}

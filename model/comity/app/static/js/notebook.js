// The same numbers elsewhere: the command line, the Python, and a notebook that lives what is shown and checks what was seen.

import { app } from "./app.js";
import { t } from "./language.js";

/** @typedef {{end: string, seen: Record<string, (number|null)[]>}} Seen the last day that the numbers count, and numbers by outcome and city */

/** The command line. @param {Seen} seen */
export const command = ({ end }) => `${app.opened.elsewhere.command} --set end=${end}`;

/** Texts and numbers as Python has them. @param {any} value */
const literal = (value) => (value === null ? 'float("nan")' : JSON.stringify(value));

/** What lives the runs. @param {Seen} seen */
export function python({ end }) {
  const { overrides, regimes } = app.opened.elsewhere, changes = [...overrides, `end=${end}`].map((text) => `    ${literal(text)},\n`).join("");
  return `import comity\n\nscenario = comity.Scenario.load("san-francisco", [\n${changes}])\nregimes = ${literal(regimes)}\nfound = comity.compare(scenario, regimes, seeds=1)  # more seeds say how sure a difference is\nfound`;
}

/** What reads the numbers of the page off the runs. */
function numbers() {
  const { recipes, reading } = app.catalogue.trials, rows = Object.entries(recipes).map(([name, recipe]) => `    ${literal(name)}: ${literal(recipe)},\n`).join("");
  return `${reading}\n\nrecipes = {\n${rows}}\nnumbers = pd.DataFrame({\n    regime: {name: seen(found.weekly.loc[regime], *recipe) for name, recipe in recipes.items()} for regime in regimes\n})\nnumbers`;
}

/** What compares them with those that were seen; the page has them in single precision. @param {Seen} seen */
function check({ seen }) {
  const { regimes, version } = app.opened.elsewhere;
  const columns = regimes.map((/** @type {string} */ regime, /** @type {number} */ n) => `    ${literal(regime)}: {${Object.entries(seen).map(([name, values]) => `${literal(name)}: ${literal(values[n])}`).join(", ")}},\n`).join("");
  return `# As the page showed them, with comity ${version}; another version may give others.\npage = pd.DataFrame({\n${columns}})\npd.testing.assert_frame_equal(numbers.loc[page.index], page, rtol=1e-5)\nprint("the numbers of the page")`;
}

/** Text that Markdown takes as it is. @param {string} text */
const plain = (text) => text.replace(/[!-/:-@[-`{-~]/g, "\\$&");

/** A notebook, as a file. @param {string} name of the trial @param {Seen} seen */
export function notebook(name, seen) {
  const cells = [`# ${plain(name)}\n\n${t("notebook-about", { version: app.opened.elsewhere.version })}`, python(seen), numbers(), check(seen)];
  const kernelspec = { display_name: "Python 3", language: "python", name: "python3" };
  return JSON.stringify({
    cells: cells.map((source, k) => ({ id: `cell-${k}`, metadata: {}, source, ...(k ? { cell_type: "code", execution_count: null, outputs: [] } : { cell_type: "markdown" }) })),
    metadata: { kernelspec, language_info: { name: "python" } }, nbformat: 4, nbformat_minor: 5,
  }, null, 1);
}

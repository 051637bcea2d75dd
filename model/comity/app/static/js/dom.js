// Small helpers for the page: elements, days, what the browser keeps.

/** @param {string} id @returns {any} */
export const $ = (id) => document.getElementById(id);

/**
 * Make an element.
 * @param {string} tag
 * @param {Record<string, any>} [props] properties; `class`, `style`, `aria-*`, `data-*` and `for` are set as attributes
 * @param {...any} children nodes, texts, lists of these; what is empty is left out
 * @returns {any}
 */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. @param {string} tag @param {Record<string, any>} [props] @param {...any} children @returns {any} */
export function svg(tag, props = {}, ...children) {
  const node = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(props)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value != null) node.setAttribute(name, String(value));
  }
  append(node, children);
  return node;
}

/** @param {any} node @param {Record<string, any>} props @param {any[]} children */
function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) {
    if (value == null) continue;
    if (/^(class|style|for|list|role)$|^(aria|data)-/.test(name)) node.setAttribute(name, value);
    else node[name] = value;
  }
  append(node, children);
  return node;
}

/** @param {Node} node @param {any[]} children */
function append(node, children) {
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== false) node.appendChild(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Set an element's text only if it changes. @param {Element} node @param {string} text */
export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** The day `days` after an ISO date, as ISO. @param {string} start @param {number} days */
export function isoDay(start, days) {
  return new Date(Date.parse(`${start}T00:00:00Z`) + days * 864e5).toISOString().slice(0, 10);
}

/** The value of a CSS variable. @param {string} name */
export const css = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** What was kept in the browser; null if it keeps nothing. @param {"localStorage"|"sessionStorage"} where @param {string} key */
export function recall(where, key) {
  try {
    return JSON.parse(window[where].getItem(key) || "null");
  } catch {
    return null;
  }
}

/** @param {"localStorage"|"sessionStorage"} where @param {string} key @param {any} value */
export function keep(where, key, value) {
  try {
    window[where].setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing forgets it with the page
  }
}

/** Call a function when there was no further call for a while. @param {number} ms @param {(...a: any[]) => void} call */
export function calm(ms, call) {
  let timer = 0;
  return (/** @type {any[]} */ ...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => call(...args), ms);
  };
}

/** Show a short message for a while. @param {string} text */
export function toast(text) {
  const node = $("toast");
  node.textContent = text;
  node.hidden = false;
  hide();
}
const hide = calm(4500, () => { $("toast").hidden = true; });

// Where everything that is shown comes from: the server. In a page that stands alone, `replay.js` takes the place of this module.

import { decode } from "./frames.js";

/**
 * @typedef {{ready: () => void, told: (message: any) => void, shown: (frame: any) => void, gone: (code: number) => void}} Hearer
 */

/** @type {WebSocket|null} */
let socket = null;

/** What the server knows under a path. @param {string} path @returns {Promise<any>} */
export const json = (path) => fetch(path).then((reply) => reply.json());

/** A file as text. @param {string} path @returns {Promise<string>} */
export const text = (path) => fetch(path).then((reply) => reply.text());

/** The address of a picture. @param {string} path */
export const picture = (path) => path;

/** Run a script that makes a global name. @param {string} src @returns {Promise<any>} */
export const script = (src) => new Promise((resolve, reject) => document.head.append(Object.assign(document.createElement("script"), { src, onload: resolve, onerror: reject })));

/** Ask the session for something. @param {any} message */
export function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

/** Open a session. @param {Hearer} hearer @param {any} hello what is said before anything else, if something is */
export function link(hearer, hello) {
  const url = new URL("session", location.href);
  url.protocol = url.protocol.replace("http", "ws");
  url.hash = "";
  socket = new WebSocket(url);
  socket.binaryType = "arraybuffer";
  socket.onopen = () => {
    if (hello) send(hello);
    hearer.ready();
  };
  socket.onmessage = ({ data }) => (typeof data === "string" ? hearer.told(JSON.parse(data)) : hearer.shown(decode(data)));
  socket.onclose = ({ code }) => hearer.gone(code);
}

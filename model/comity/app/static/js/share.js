// Taking things away, and bringing a scenario in.

import { address } from "./address.js";
import { app, banner, enter, on, send, today } from "./app.js";
import { $, el, toast } from "./dom.js";
import { figure, picture } from "./figure.js";
import { num, t } from "./language.js";

const LARGEST = 1 << 20;

/** @param {string} name @param {Blob} blob */
export function save(name, blob) {
  const link = el("a", { href: URL.createObjectURL(blob), download: name });
  document.body.append(link);
  link.click();
  link.remove();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  toast(t("saved", { name }));
}

/** @param {string} what */
async function download(what) {
  if (!app.opened) return;
  if (what === "svg") save("comity.svg", new Blob([figure()], { type: "image/svg+xml" }));
  else if (what === "png") save("comity.png", await picture(figure()));
  else send({ type: "download", what });
}

on("file", ({ name, mime, text }) => save(name, new Blob([text], { type: mime })));
on("uploaded", ({ state }) => {
  const { day, ...rest } = state;
  enter(rest, day === undefined ? null : Number(day));
  toast(t("uploaded"));
});

/** @param {any} input */
async function upload(input) {
  const file = input.files[0];
  input.value = "";
  if (!file) return;
  if (file.size > LARGEST) banner(t("upload-large", { bytes: num(file.size) }), { action: t("dismiss"), call: () => banner("") });
  else send({ type: "upload", text: await file.text() });
}

/** Copy a text, or show it to be copied by hand. @param {string} text @param {string} done @param {string} byHand */
export async function copy(text, done, byHand) {
  try {
    await navigator.clipboard.writeText(text);
    toast(done);
  } catch {
    banner(`${byHand} `, { list: el("code", {}, text), action: t("dismiss"), call: () => banner("") });
  }
}

export function startShare() {
  $("copy-link").addEventListener("click", () => copy(new URL(address(today()), location.href).href, t("copied"), t("copy-by-hand")));
  for (const button of document.querySelectorAll("[data-download]")) {
    button.addEventListener("click", () => {
      $("download-menu").open = false;
      download(/** @type {HTMLElement} */ (button).dataset.download || "");
    });
  }
  $("upload").addEventListener("change", () => {
    $("download-menu").open = false;
    upload($("upload"));
  });
}

// The page begins here: connect at once, load the catalogue beside it, and wire the views.

import { first } from "./address.js";
import { app, emit, on, page, setPage } from "./app.js";
import { startBar } from "./bar.js";
import { startCharts } from "./charts.js";
import { startCity } from "./city.js";
import { startControls } from "./controls.js";
import { $, el } from "./dom.js";
import { startFunnel } from "./funnel.js";
import { startLanguages } from "./languages.js";
import { begun, startLock } from "./lock.js";
import { startLessons } from "./lessons.js";
import "./overview.js";
import "./regimes.js";
import "./sight.js";
import { startSeat } from "./seat.js";
import { startShare } from "./share.js";
import { startOpening } from "./opening.js";
import { json } from "./source.js";
import { startStory } from "./story.js";
import { startTransport } from "./transport.js";
import { startTrials } from "./trials.js";
import "./why.js";
import { startWords } from "./words.js";

const VIEWS = ["city", "regimes", "lessons", "nation", "results", "about"];

function show() {
  const wanted = VIEWS.includes(page("view")) ? page("view") : "city";
  for (const view of VIEWS) {
    $(`view-${view}`).hidden = view !== wanted;
    const button = document.querySelector(`nav [data-view=${view}]`);
    if (view === wanted) button?.setAttribute("aria-current", "page");
    else button?.removeAttribute("aria-current");
  }
  if (wanted === "nation") import("./nation.js").then((module) => module.startNation());
  if (wanted === "results") import("./results.js").then((module) => module.startResults());
  if (wanted === "city") dispatchEvent(new Event("resize"));
}

for (const button of document.querySelectorAll("nav [data-view]")) button.addEventListener("click", () => setPage("view", /** @type {HTMLElement} */ (button).dataset.view || "city"));
on("page", (key) => key === "view" && show());
on("opened", () => show());

/** @type {HTMLElement} */ (document.querySelector(".skip")).addEventListener("click", (event) => {
  event.preventDefault(); // the address holds the state, so it cannot hold an anchor
  $("main").focus();
});

const begin = first();
if (begin.view && begin.view !== "city" && VIEWS.includes(begin.view)) {
  app.state.view = begin.view;
}
startCity();
startCharts();
startFunnel();
startTransport();
startStory();
startShare();
const known = json("api/catalogue");
known.catch(() => {}); // it is told below, once there is a language to tell it in
startLanguages(begin).then(async (asked) => [await known, asked]).then(([catalogue, asked]) => {
  app.catalogue = catalogue;
  startControls();
  startWords();
  startBar();
  startLessons();
  startOpening(asked);
  startTrials();
  show();
  startLock();
  startSeat(begun(asked));
}).catch((error) => {
  $("headline").textContent = $("no-answer").textContent;
  $("subline").replaceChildren(el("code", {}, String(error)));
});
emit("ready");

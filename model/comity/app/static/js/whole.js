// Says that a page that stands alone was cut. It is no module: it stands in the page's first lines, so that hardly any cut takes it away.

{
  /** What is said, by language: where something can be shown yet, and where nothing can. @type {Record<string, [string, string]>} */
  const said = JSON.parse(document.currentScript?.dataset.said ?? "{}");

  /** What the reader chose before, if the browser keeps it. */
  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem("comity-language") ?? "null");
    } catch {
      return null;
    }
  };

  /** The languages to say it in: the page's, or all of them if it is not known. */
  const spoken = () => {
    const wanted = [new URLSearchParams(location.hash.slice(1)).get("lang"), kept(), ...navigator.languages.map((tag) => tag.split("-")[0])];
    const known = wanted.find((name) => Object.hasOwn(said, String(name)));
    return known ? [known] : Object.keys(said);
  };

  addEventListener("DOMContentLoaded", () => {
    if (document.getElementById("whole")) return;
    const begun = document.getElementById("recording") !== null; // the page's program stands before it
    const lines = spoken().map((name) => Object.assign(document.createElement("p"), { lang: name, textContent: said[name][begun ? 0 : 1] }));
    const box = Object.assign(document.createElement("div"), { id: "cut-off", className: "banner bad" });
    box.setAttribute("role", "alert");
    box.append(...lines);
    document.body.prepend(box);
    for (const id of begun ? [] : ["headline", "subline"]) document.getElementById(id)?.replaceChildren(id === "headline" ? lines.map((line) => line.textContent).join(" ") : "");
  });
}

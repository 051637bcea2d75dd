"""Write the tables of docs/trust.md on what is met, from ``results/``: ``python tools/trust_scores.py`` from the checkout.

Hits and shares are counted by `comity.published.scorecard`, as those of README are; here they are of the findings on trust, the
police's time and visits alone. Sizes are those of ``results/trust-sizes``, beside what was expected before there was a model.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

import pandas as pd

from comity.analyse.intervals import interval
from comity.published import targets
from comity.published.scorecard import scorecard
from comity.published.targets import Target, within
from comity.report import markdown

ROOT: Final = Path(__file__).parents[1]
PAGE: Final = ROOT / "docs" / "trust.md"
BEGIN: Final = "<!-- made by tools/trust_scores.py from results/ -->"
END: Final = "<!-- end -->"

FAMILIES: Final = ("TR", "TT", "TO")
"""How findings on trust, on the time of the police and on visits to residents begin."""

FINDINGS: Final = (
    "Each number that may fit or select and that the model can express: at the defaults, and over draws of the posterior where "
    "the nation answers it; in brackets 95 %. A sign is *unsure* where the bracket holds 0."
)
COUNTED: Final = "How many are met, by use, counted as in README:"
SIZES: Final = (
    "What Secure Communities takes from trust by November 2012, in points of 100, at each `entanglement_weight` (the default is "
    "0.1), beside what was expected before there was a model:"
)

USES: Final = ("fitting", "selection")

EXPECTED: Final = {
    "all Hispanics": ("trust_effect_hispanic", False, -4.0, 0.0),
    "unauthorized Hispanics": ("trust_unauthorized", True, -15.0, -5.0),
    "US-born Hispanics with unauthorized family or friends": ("trust_us_born_exposed", True, -6.0, -2.0),
    "other US-born Hispanics": ("trust_us_born_unexposed", True, -2.0, 0.0),
    "everybody else": ("trust_effect_other", False, 0.0, 1.0),
}
"""Group -> outcome, whether regimes are to be compared for it, and the size in points of 100 that was elicited beforehand."""


def main() -> None:
    """Write the tables into the page."""
    before, after = (
        PAGE.read_text(encoding="utf-8").split(BEGIN)[0],
        PAGE.read_text(encoding="utf-8").split(END)[1],
    )
    PAGE.write_text(before + made() + after, encoding="utf-8")


def made() -> str:
    """Return the part of the page that this makes, with its marks."""
    chosen = [t for t in targets.published() if t.row.startswith(FAMILIES) and t.use in USES and t.estimate]
    ids = {target.id for target in chosen}
    tables = [
        table[table["target"].isin(ids)]
        for table in map(pd.read_csv, sorted(ROOT.glob("results/*/table.csv")))
    ]
    draws = pd.read_csv(ROOT / "results" / "predictive" / "predictive.csv")
    draws = draws[draws["id"].isin(ids)]
    ours = pd.concat([table for table in tables if len(table)])
    found = markdown.table(findings(chosen, ours, draws))
    counted = markdown.table(scorecard(tables, draws).query("use in @USES").rename(columns={"use": ""}))
    taken = markdown.table(sizes(pd.read_csv(ROOT / "results" / "trust-sizes" / "runs.csv")))
    return "\n\n".join((BEGIN, FINDINGS, found, COUNTED, counted, SIZES, taken, END))


def findings(chosen: list[Target], ours: Any, draws: Any) -> pd.DataFrame:
    """Return a row per published number: what was found, what the model has, and whether the sign is right."""
    rows = []
    for target in chosen:
        one = ours[ours["target"] == target.id].iloc[0]
        over = draws[draws["id"] == target.id]
        many = over.iloc[0] if len(over) else None
        rows.append(
            {
                "": target.id,
                "finding": target.statement.replace("Latinos less Anglos", "less Anglos"),
                "use": target.use,
                "published": _published(target),
                "model": _shown(one["model"], one["model_low"], one["model_high"]),
                "sign": sign(target, one["model"], one["model_low"], one["model_high"]),
                "verdict": one["verdict"],
                "posterior": "" if many is None else _shown(*_draw(many)),
                "sign there": "" if many is None else sign(target, *_draw(many)),
            }
        )
    return pd.DataFrame(rows)


def _draw(row: Any) -> tuple[float, float, float]:
    return row["predicted"], row["predicted_low"], row["predicted_high"]


def _published(target: Target) -> str:
    if target.value is None:
        return {"+": "rises", "-": "falls"}[target.sign]
    return f"{target.value:g} ({target.low:.3g} to {target.high:.3g})"


def _shown(value: float, low: float, high: float) -> str:
    return f"{value:.3g} ({low:.3g} to {high:.3g})"


def sign(target: Target, value: float, low: float, high: float) -> str:
    """Return whether the model has the sign of an effect; of a level, or a change about which no sign was claimed, nothing."""
    if target.sign not in {"+", "-"}:
        return ""
    right = (value > 0) == (target.sign == "+")
    return ("right" if right else "wrong") + (", unsure" if low <= 0 <= high else "")


def sizes(runs: Any) -> pd.DataFrame:
    """Return a row per group: the expected size, and the model's at each weight, marked where it is inside."""
    weights = sorted(runs["entanglement_weight"].unique())
    rows = []
    for group, (outcome, compared, low, high) in EXPECTED.items():
        row = {"group": group, "expected": f"{low:+g} to {high:+g}"}
        for weight in weights:
            cases = runs[runs["entanglement_weight"] == weight].set_index(["regime", "seed"])[outcome]
            effect = cases["historical"] - cases["inactive"] if compared else cases["historical"]
            mean, half = interval(effect.to_numpy())
            inside = bool(within([mean], low, high)[0])
            row[f"at {weight:g}"] = f"{mean:+.2f} ±{half:.2f}" + ", inside" * inside
        rows.append(row)
    return pd.DataFrame(rows)


if __name__ == "__main__":
    main()

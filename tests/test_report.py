"""The report: what is computed, what is named when it is missing, and that page and Markdown carry the same."""

from __future__ import annotations

import json
import math
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from typer.testing import CliRunner

from comity.cli import app
from comity.parameters import Parameters
from comity.problems import InputError
from comity.published import targets
from comity.report import markdown, report
from comity.tournament import plots, tournament

HOSTILE = (
    "<script>alert(1)</script> | [x](javascript:alert(1)) ![y](https://evil.example/z.png) `a` &lt;b&gt; \"'<"
)
PUBLISHED = targets.published()
NAMES = report.experiments(PUBLISHED)


def table_of(name: str) -> pd.DataFrame:
    """Return a table in which the model hits every number of an experiment."""
    own = [target for target in PUBLISHED if target.experiment == name]
    rows = [
        {
            "target": target.id,
            "statement": target.statement,
            "unit": target.unit,
            "published": target.value,
            "published_low": target.low,
            "published_high": target.high,
            "model": target.value if target.estimate else math.nan,
            "verdict": targets.verdict(target, target.value if target.value is not None else 1.0),
            "use": target.use,
        }
        for target in own
    ]
    return pd.DataFrame(
        rows or [{"target": "F01", "published": math.nan, "verdict": "right sign", "use": "holding out"}]
    )


COLUMNS = report.REPRODUCED.tables["table"]


def picture(path: Path) -> None:
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1])
    figure.savefig(path)


def contest() -> tournament.Outcome:
    """Return the outcome of a made-up tournament."""
    rng = np.random.default_rng(1)
    ids = [target.estimate for target in targets.fitting()]
    rows = [
        {"draws": "prior", "point": point, "hypotheses": name, "seed": 1}
        | dict(zip(ids, rng.normal(size=len(ids)), strict=True))
        for name in ("H0", "H1", "H4")
        for point in range(3)
    ]
    return tournament.judge(pd.DataFrame(rows), targets.fitting())


@pytest.fixture(scope="module")
def contested() -> tournament.Outcome:
    return contest()


@pytest.fixture
def root(tmp_path: Path, shelf: Path) -> Path:
    """Return a folder with results of everything, which a test may change."""
    return Path(shutil.copytree(shelf, tmp_path / "results"))


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory, contested: tournament.Outcome) -> Path:
    folder = tmp_path_factory.mktemp("results")
    for name in [*NAMES, report.CALIBRATION, report.PREDICTED, report.TOURNAMENT]:
        place = folder / name
        place.mkdir(parents=True)
        (place / "manifest.json").write_text(json.dumps({"seeds": [1, 2], "versions": {"python": "3.11.7"}}))
    for name in NAMES:
        table_of(name).reindex(columns=list(COLUMNS)).to_csv(folder / name / "table.csv", index=False)
        picture(folder / name / "figure.png")
    calibration = {
        "posterior": {"parameter": ["fear_weight"], "median": [1.1]},
        "predictive": {
            "id": ["T01", "T02", "T11", "T12c"],
            "use": ["fitting", "fitting", "selection", "selection"],
            "published": [0.152, -9.446, 0.017, math.nan],
            "published_low": [0.021, -16.627, -0.028, math.nan],
            "published_high": [0.283, -2.265, 0.062, math.nan],
            "predicted": [0.1, math.nan, 0.07, 0.4],
        },
        "recovery": {"parameter": ["fear_weight"], "coverage_90": [0.9]},
        "draws": {"fear_weight": [1.0, 1.2]},
    }
    for name, columns in calibration.items():
        pd.DataFrame(columns).to_csv(folder / report.CALIBRATION / f"{name}.csv", index=False)
    for name in report.CALIBRATED.pictures:
        picture(folder / report.CALIBRATION / f"{name}.png")
    lived = pd.DataFrame(calibration["predictive"]).assign(predicted_low=-20.0, predicted_high=0.3)
    lived.to_csv(folder / report.PREDICTED / "predictive.csv", index=False)
    picture(folder / report.PREDICTED / "predictive.png")
    for name, table in contested.tables.items():
        table.to_csv(folder / report.TOURNAMENT / f"{name}.csv", index=False)
    for name, figure in plots.figures(contested.tables):
        figure.savefig(folder / report.TOURNAMENT / f"{name}.png")
    return folder


def edit(path: Path, change: Any) -> None:
    table = pd.read_csv(path)
    change(table)
    table.to_csv(path, index=False)


class Page(HTMLParser):
    """What a page is made of: elements with their attributes, and the cells of its tables."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.tables: list[list[list[str]]] = []
        self.open: list[str] = []
        self.feed(text)

    def handle_starttag(  # noqa: D102 - what the parser calls
        self, tag: str, attrs: list[tuple[str, str | None]]
    ) -> None:
        self.elements.append((tag, dict(attrs)))
        self.open.append(tag)
        if tag == "table":
            self.tables.append([])
        elif tag == "tr":
            self.tables[-1].append([])
        elif tag in ("th", "td"):
            self.tables[-1][-1].append("")

    def handle_endtag(self, tag: str) -> None:  # noqa: D102
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:  # noqa: D102
        if {"th", "td"} & set(self.open):
            self.tables[-1][-1][-1] += data


def test_everything_there_is_said_to_be_there(root: Path) -> None:
    made = report.build(root, PUBLISHED)
    assert made.problems == []
    assert "Nothing: every result" in made.markdown()
    numeric = [
        t for t in PUBLISHED if t.estimate and t.value is not None and t.use in ("fitting", "selection")
    ]
    assert (
        made.summary[0]
        == f"{len(numeric)} of {len(numeric)} numeric fitting and selection targets lie inside their interval (100%)."
    )


def test_the_count_and_the_names_of_what_fails_follow_the_tables(root: Path) -> None:
    name = next(target.experiment for target in PUBLISHED if target.id == "T02")

    def miss(table: Any) -> None:
        table.loc[table["target"] == "T02", ["model", "verdict"]] = [7.0, "wrong"]

    edit(root / name / "table.csv", miss)
    made = report.build(root, PUBLISHED)
    found = re.match(r"(\d+) of (\d+) .*; failing are: (.*)\.$", made.summary[0])
    assert found
    assert int(found[2]) - int(found[1]) == 1
    assert found[3] == "T02 (wrong)"


def test_a_failed_number_is_shown_and_counted(root: Path) -> None:
    name = next(target.experiment for target in PUBLISHED if target.id == "T01")

    def fail(table: Any) -> None:
        table.loc[table["target"] == "T01", "model"] = math.nan
        table.loc[table["target"] == "T01", "verdict"] = "failed"

    edit(root / name / "table.csv", fail)
    made = report.build(root, PUBLISHED)
    assert "T01 (failed)" in made.summary[0]
    row = next(line for line in made.markdown().splitlines() if line.startswith("| T01 |"))
    assert f"| {markdown.NOTHING} | failed |" in row


def test_an_edited_target_makes_a_table_stale(root: Path) -> None:
    edited = [t.model_copy(update={"value": -9.445}) if t.id == "T02" else t for t in PUBLISHED]
    assert [p for p in report.build(root, edited).problems if "T02" in p and "other numbers" in p]


def test_a_target_that_no_table_has_is_named(root: Path) -> None:
    name = next(target.experiment for target in PUBLISHED if target.id == "T02")
    table = pd.read_csv(root / name / "table.csv")
    table[table["target"] != "T02"].to_csv(root / name / "table.csv", index=False)
    assert "Not in any table of results: T02." in report.build(root, PUBLISHED).summary


def cut(path: Path) -> None:
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def retable(change: Any) -> Any:
    return lambda path: change(pd.read_csv(path)).to_csv(path, index=False)


DAMAGE: dict[str, tuple[str, Any, str]] = {
    "no folder": ("alsan-yang", lambda path: path.rename(path.parent / "elsewhere"), ": there is no folder"),
    "no table": ("alsan-yang/table.csv", lambda path: path.unlink(), " is missing"),
    "empty table": ("alsan-yang/table.csv", lambda path: path.write_text(""), " cannot be read"),
    "no rows": ("alsan-yang/table.csv", retable(lambda table: table.head(0)), " has no rows"),
    "binary": ("alsan-yang/table.csv", lambda path: path.write_bytes(b"\xff\xfe\x00"), " cannot be read"),
    "column": (
        "alsan-yang/table.csv",
        retable(lambda table: table.drop(columns="verdict")),
        " has no column verdict",
    ),
    "text": (
        "alsan-yang/table.csv",
        retable(lambda table: table.assign(model="many")),
        " has text instead of numbers",
    ),
    "cut": ("alsan-yang/figure.png", cut, " is damaged"),
    "no picture": ("alsan-yang/figure.png", lambda path: path.unlink(), " is missing"),
    "manifest": ("alsan-yang/manifest.json", lambda path: path.write_text("{"), " cannot be read"),
    "list": ("alsan-yang/manifest.json", lambda path: path.write_text("[]"), " is not a table of keys"),
    "quick": (
        "alsan-yang/manifest.json",
        lambda path: path.write_text('{"quick": true}'),
        ": results of the quick form",
    ),
    "scores": ("tournament/scores.csv", lambda path: path.unlink(), " is missing"),
    "draws": ("calibration/draws.csv", lambda path: path.unlink(), " is missing"),
}


@pytest.mark.parametrize("how", DAMAGE)
def test_what_is_missing_or_damaged_is_named_at_the_top(root: Path, how: str) -> None:
    where, damage, words = DAMAGE[how]
    damage(root / where)
    made = report.build(root, PUBLISHED)
    folder, _, file = where.partition("/")
    said = [
        problem
        for problem in made.problems
        if problem.startswith(f"{folder}: ") and words.strip(": ") in problem
    ]
    assert said
    assert how == "quick" or file in said[0]
    assert f"- {said[0]}" in made.markdown().partition("## In short")[0].replace("\\", "")
    assert made.html()


def test_what_calibration_predicts_is_counted(root: Path) -> None:
    said = [line for line in report.build(root, PUBLISHED).summary if line.startswith("Calibration")]
    assert said == [
        "Calibration predicts 1 of 2 numeric fitting targets inside their interval (median); failing are: T02 (failed).",
        "Calibration predicts 0 of 1 numeric selection targets inside their interval (median); failing are: T11 (outside).",
    ]


def test_what_draws_of_the_posterior_predict_is_counted(root: Path) -> None:
    """One of the two fitted numbers was not predicted at all; the other two published numbers lie within -20 to 0.3."""
    said = [line for line in report.build(root, PUBLISHED).summary if line.startswith("Lived at draws")]
    words = (
        "Lived at draws of the posterior, {0}: 1 of 1 published numbers lie in the central 95 % of draws; "
    )
    words += "the mean of draws lies in {1} of 1 published intervals."
    assert said == [words.format("fitting", 1), words.format("selection", 0)]


def test_nothing_at_all_is_reported_too(tmp_path: Path) -> None:
    made = report.build(tmp_path / "nowhere", PUBLISHED)
    assert len(made.problems) == len(NAMES) + 3
    assert "There are no results to sum up." in made.markdown()
    assert made.html()


def test_the_page_needs_nothing_from_elsewhere(root: Path) -> None:
    page = Page(report.build(root, PUBLISHED).html())
    cited = {address for t in PUBLISHED for address in re.findall(r"https?://\S+", t.link)}
    for tag, attributes in page.elements:
        assert tag not in ("script", "link", "iframe", "object", "form")
        assert not any(key.startswith("on") for key in attributes)
        if source := attributes.get("src"):
            assert source.startswith("data:image/png;base64,")
        if target := attributes.get("href"):
            assert target.startswith(("#", "https://", "http://"))
            assert tag == "a"
    assert cited
    assert any((attributes.get("href") or "").startswith("http") for _, attributes in page.elements)


def test_page_and_markdown_carry_the_same_tables(root: Path) -> None:
    made = report.build(root, PUBLISHED)
    lines = [line for line in made.markdown().splitlines() if line.startswith("| ")]
    plain = [re.sub(r"<(https?:[^>]*)>", r"\1", line) for line in lines if not re.fullmatch(r"[|: -]+", line)]
    cells = [
        [re.sub(r"\\(.)", r"\1", cell).strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in plain
    ]
    rows = [[cell.strip() for cell in row] for table in Page(made.html()).tables for row in table]
    assert rows == cells
    assert len(rows) > len(Parameters.model_fields)


def test_every_parameter_and_every_finding_is_there(root: Path) -> None:
    rows = [row[0] for table in Page(report.build(root, PUBLISHED).html()).tables for row in table if row]
    assert set(Parameters.model_fields) <= set(rows)
    assert {target.id for target in PUBLISHED} <= set(rows)


def test_the_page_is_accessible(root: Path) -> None:
    page = Page(report.build(root, PUBLISHED).html())
    found: dict[str, list[dict[str, str | None]]] = {}
    for tag, attributes in page.elements:
        found.setdefault(tag, []).append(attributes)
    assert found["html"][0]["lang"] == "en"
    assert len(found["h1"]) == 1
    assert all(len(image["alt"] or "") > 20 for image in found["img"])
    assert {head["scope"] for head in found["th"]} == {"col", "row"}
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    inside = {(link["href"] or "")[1:] for link in found["a"] if (link["href"] or "").startswith("#")}
    assert inside <= set(ids)
    assert any(meta.get("name") == "viewport" for meta in found["meta"])


def test_hostile_text_is_shown_and_does_nothing(root: Path) -> None:
    def attack(table: Any) -> None:
        table["statement"] = HOSTILE

    edit(root / "alsan-yang" / "table.csv", attack)
    made = report.build(root, PUBLISHED)
    text, page = made.html(), Page(made.html())
    assert "<script" not in text
    assert not any((a.get("href") or "").startswith("javascript") for _, a in page.elements)
    assert not any("evil" in (a.get("src") or "") + (a.get("href") or "") for _, a in page.elements)
    assert " ".join(HOSTILE.split()) in {cell for table in page.tables for row in table for cell in row}


@pytest.mark.parametrize(
    "text",
    [
        HOSTILE,
        "# head",
        "- item",
        "1. item",
        "12) item",
        "---",
        "===",
        "_a_ *b* **c**",
        "a_b",
        "a\nb",
        "~~x~~",
        "\\|",
        "> q",
    ],
)
def test_escaped_text_reads_as_it_was(text: str) -> None:
    body, _ = markdown.to_html(str(markdown.escaped(text)), {})
    page = Page(f"<table><tr><td>{body}</td></tr></table>")
    assert page.tables[0][0][0].strip() == " ".join(text.split())
    assert {tag for tag, _ in page.elements} == {"table", "tr", "td", "p"}


def test_numbers_are_words_where_there_is_none() -> None:
    values = [
        markdown.number(value)
        for value in (math.nan, None, math.inf, -math.inf, 276181.0, 0.0170001, 3, True)
    ]
    assert values == ["none", "none", "infinite", "minus infinity", "276,181", "0.017", "3", "True"]


def test_the_same_results_give_the_same_files(root: Path, tmp_path: Path) -> None:
    places = [report.write(tmp_path / name, root)[0] for name in ("one", "two")]
    files = [
        {path.relative_to(place): path.read_bytes() for path in place.rglob("*") if path.is_file()}
        for place in places
    ]
    assert files[0] == files[1]
    names = re.findall(r"!\[[^\]]*\]\(([^)]*)\)", (places[0] / "report.md").read_text(encoding="utf-8"))
    assert names
    assert all((places[0] / name).is_file() for name in names)


def test_the_command_says_what_it_comes_to_and_overwrites_nothing(root: Path, tmp_path: Path) -> None:
    options = ["report", "--results", str(root), "--out", str(tmp_path / "out")]
    first = CliRunner().invoke(app, options)
    assert first.exit_code == 0, first.output
    assert "numeric fitting and selection targets lie inside" in first.output
    again = CliRunner().invoke(app, options)
    assert again.exit_code == 2
    assert "already holds files" in again.output


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None if name == "jinja2" else object())
    done = CliRunner().invoke(app, ["report"])
    assert done.exit_code == 1
    assert "the report needs jinja2: pip install 'comity[study]'" in done.output


def test_a_folder_of_results_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"nothing: folder = .*: is no folder"):
        report.write(tmp_path / "report", tmp_path / "nothing")
    assert not (tmp_path / "report").exists()

"""Published findings: the file agrees with the table it was made from, and nobody reads what he may not."""

from __future__ import annotations

import csv
import math
import re
from pathlib import Path
from typing import Any, get_args

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from comity.calibrate import defaults, infer
from comity.problems import InputError
from comity.published import targets
from comity.tournament import predict, scores

TABLE = Path(__file__).parents[2] / "shared" / "evidence" / "targets.csv"
COLUMNS = {
    "section": "section",
    "statement": "finding",
    "baseline": "baseline",
    "sample": "data",
    "estimator": "estimator",
    "citation": "citation",
    "url": "link",
    "status": "status",
}
NUMBERS = {"value": "value", "se": "se", "lo": "low", "hi": "high"}
TEXT = targets.default_file().read_text(encoding="utf-8")
PUBLISHED = {target.id: target for target in targets.published()}
ANSWERED = [target for target in PUBLISHED.values() if target.estimate]


@pytest.mark.skipif(not TABLE.exists(), reason="the collection of evidence is not beside the repository")
def test_every_row_of_the_table_is_there_with_its_numbers() -> None:
    with TABLE.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 45
    for row in rows:
        target = PUBLISHED[row["id"]]
        texts = {key: row[key] or "not stated" for key in COLUMNS}
        assert {key: getattr(target, name) for key, name in COLUMNS.items()} == texts
        numbers = {key: getattr(target, name) for key, name in NUMBERS.items() if row[key]}
        assert numbers == {key: float(row[key]) for key in numbers}


TRUST = TABLE.with_name("trust_targets.csv")
USE = {"fit": "fitting", "select": "selection"}


@pytest.mark.skipif(not TRUST.exists(), reason="the collection of evidence is not beside the repository")
def test_every_row_on_trust_is_there_with_its_numbers_and_its_use() -> None:
    with TRUST.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 37
    for row in rows:
        target = PUBLISHED[row["id"]]
        for key in ("citation", "link"):
            assert getattr(target, key) == row["citation" if key == "citation" else "url"]
        numbers = {key: getattr(target, name) for key, name in NUMBERS.items() if row[key]}
        assert numbers == {key: float(row[key]) for key in numbers}
        assert target.use == USE[row["use"]] or (target.use == "input" and target.silent)


def test_no_quantity_is_fitted_to_second_hand_numbers_alone() -> None:
    fitted = [target for target in ANSWERED if target.use == "fitting" and target.section.startswith("B2.")]
    assert fitted
    for experiment in {target.experiment for target in fitted}:
        own = [target.status for target in fitted if target.experiment == experiment]
        assert any(status.startswith("V1") for status in own)


def test_published_numbers_come_with_an_interval_and_its_origin() -> None:
    for target in ANSWERED:
        if target.value is None:
            assert target.sign in {"+", "-"}
            continue
        assert target.low is not None
        assert target.high is not None
        assert target.low <= target.value <= target.high
        if target.interval == "25 %":
            assert target.high - target.low == pytest.approx(0.5 * abs(target.value))
        if target.se is not None:
            assert target.high - target.low == pytest.approx(2 * 1.96 * target.se, rel=0.02)


def test_no_number_of_a_study_has_two_uses() -> None:
    seen: dict[tuple[str, float, str], str] = {}
    for target in ANSWERED:
        if target.value:
            assert seen.setdefault((target.citation, target.value, target.unit), target.id) == target.id


def test_uses_are_kept_apart() -> None:
    names = [{target.estimate for target in found} for found in (targets.fitting(), targets.selection())]
    held = {target.estimate for target in ANSWERED if target.use == "holding out"}
    assert all(names)
    assert held
    assert not names[0] & names[1]
    assert not held & (names[0] | names[1])


def _edited(folder: Path, name: str, key: str, text: str) -> Path:
    """Write the file with another value of a key of one target, which is added where it is not there."""
    head, found, rest = TEXT.partition(f'[[finding.target]]\nid = "{name}"\n')
    assert found
    own, end, others = rest.partition("\n\n")
    own = re.sub(rf"^{key} = .*\n?", "", own, flags=re.MULTILINE).rstrip("\n")
    path = folder / "edited.toml"
    path.write_text(head + found + own + f"\n{key} = {text}" + end + others, encoding="utf-8")
    return path


@pytest.mark.parametrize("nonsense", ["1e99", "'many'", "[1, 2]", "nan"])
@pytest.mark.parametrize("name", [t.id for t in ANSWERED if t.use == "holding out"])
def test_what_is_held_out_cannot_change_what_is_fitted(tmp_path: Path, name: str, nonsense: str) -> None:
    path = _edited(tmp_path, name, "value", nonsense)
    assert targets.fitting(path) == targets.fitting()
    assert targets.selection(path) == targets.selection()
    if nonsense != "1e99":
        with pytest.raises(InputError, match=f"{name}."):
            targets.published(path)


def test_no_target_of_another_use_is_ever_made(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def note(self: Any, **keys: Any) -> None:
        made.append(keys["use"])
        original(self, **keys)

    original = targets.Target.__init__
    monkeypatch.setattr(targets.Target, "__init__", note)
    targets.fitting()
    assert set(made) == {"fitting"}


@pytest.mark.parametrize(
    ("name", "old", "new", "model", "before", "after"),
    [
        ("T33", "2.73", "1.73", 2.5, "inside", "wrong"),
        ("T19", "20", "30", 20.5, "inside", "right sign"),
        ("I02", "-44", "-74", -50.0, "inside", "right sign"),
        ("I01", "71.8", "91.8", 65.0, "inside", "wrong"),
    ],
)
def test_one_digit_changes_the_verdict(
    tmp_path: Path, name: str, old: str, new: str, model: float, before: str, after: str
) -> None:
    assert PUBLISHED[name].value == float(old)
    edited = {target.id: target for target in targets.published(_edited(tmp_path, name, "value", new))}
    assert targets.verdict(PUBLISHED[name], model) == before
    assert targets.verdict(edited[name], model) == after
    changed = [key for key in PUBLISHED if edited[key] != PUBLISHED[key]]
    assert changed == [name]


@pytest.mark.parametrize(
    ("name", "value", "low", "high", "expected"),
    [
        ("T01", 0.021, 0.0, 0.1, "inside"),  # an end belongs to the interval
        ("T01", 0.284, 0.2, 0.4, "right sign"),
        ("T01", -0.001, -0.1, 0.1, "wrong"),
        ("T02", -20.0, -21.0, -19.0, "right sign"),
        ("T02", 1.0, -1.0, 3.0, "wrong"),
        ("T13", 0.05, -0.01, 0.11, "inside"),
        ("T13", 0.05, 0.04, 0.06, "inside, not null"),  # the model has an effect where the study found none
        ("T13", 0.05, float("nan"), float("nan"), "inside"),
        ("T12d", 9.1, 8.0, 10.0, "inside"),
        ("T13", 0.06, -0.01, 0.13, "right sign"),
        ("T13", 0.06, 0.01, 0.11, "wrong"),
        ("T13", 0.06, float("nan"), float("nan"), "wrong"),
        ("T33", 4.0, 3.9, 4.1, "wrong"),  # a level has no sign to get right
        ("T12c", 3.0, 2.0, 4.0, "right sign"),
        ("T12c", 0.0, 0.0, 0.0, "wrong"),
        ("T01", float("nan"), 0.0, 0.1, "failed"),
        ("T01", float("inf"), 0.0, 0.1, "failed"),
        ("T25c", 69.6, 69.0, 70.0, "silent"),
    ],
)
def test_verdicts(name: str, value: float, low: float, high: float, expected: str) -> None:
    assert targets.verdict(PUBLISHED[name], value, low, high) == expected


ENDS = [(t, end) for t in ANSWERED if t.low is not None for end in (t.low, t.high)]


@pytest.mark.parametrize(("target", "end"), ENDS, ids=[f"{t.id} {end:g}" for t, end in ENDS])
def test_everybody_who_counts_numbers_inside_agrees_at_the_ends(target: targets.Target, end: float) -> None:
    """Verdict, choice of defaults, predictions, claims: all say the same of an end, and of what is next to it."""
    assert target.low is not None
    outwards = -math.inf if end == target.low else math.inf
    for value, inside in ((end, True), (math.nextafter(end, outwards), False)):
        assert (targets.verdict(target, value) == "inside") is inside
        assert target.holds(value) == inside
        assert targets.within(value, target.low, target.high) == inside
        assert defaults._met(np.array([[value]]), [target]) == [inside]
        assert infer._predicted(target, np.full(3, value), np.full(3, value))["inside"] == inside
        runs = pd.DataFrame({target.estimate: [value, value]})
        runs = runs.assign(draws="posterior", hypotheses="H1", point=[0, 1], seed=1)
        assert scores.matrix(runs, [target])["inside"].iloc[0] == inside
        table = predict.judge(runs, [target]).tables["predictive"]
        assert (table["verdict"].iloc[0] == "inside") is (inside and (target.sign != "0" or value == 0))


def test_there_is_one_normal_quantile() -> None:
    package = Path(targets.__file__).parents[1]
    number = re.compile(r"(?<![\d.])1\.9(?:6|599\d*)(?![\d.])")
    assert [
        path.name
        for path in package.rglob("*.py")
        if number.search(path.read_text("utf-8").split('"""', 2)[-1])
    ] == []
    assert pytest.approx(1.959963984540054) == targets.Z95


def test_what_a_hit_rests_on() -> None:
    assert {t.basis for t in ANSWERED} == set(get_args(targets.Basis))
    for target in ANSWERED:
        assert (target.basis == "by construction") is bool(target.construction)
    told = {t.id for t in ANSWERED if t.construction}
    assert {
        "T01b",
        "I01",
        "T33",
        "B10b",
    } <= told  # a parameter of the registry is this number, or was set from it


BAD = """
other = 1
[[finding]]
id = "X1"
section = "A"
finding = "something"
baseline = "none"
experiment = ""
group = "all"
period = "always"
data = "some"
estimator = "a mean"
citation = "somebody"
link = "nowhere"
status = "V"
unit = "%"
[[finding.target]]
id = "X1"
statement = "one"
value = "1"
interval = "30 %"
sign = "up"
estimate = "gjw_peak"
use = "fitting"
valeu = 2
[[finding.target]]
id = "X2"
statement = "two"
value = 1.0
sign = "+"
estimate = "gjw_peak"
silent = "as well"
use = "fitted"
[[finding.target]]
id = "X2"
statement = "three"
value = 3.0
low = 4.0
high = 5.0
tolerance = "for nothing"
experiment = "miles-coks"
sign = "+"
estimate = "gjw_peek"
use = "holding out"
[[finding.target]]
id = "X4"
sign = "+"
se = -1.0
value = 1
use = "selection"
[[finding]]
id = "X5"
"""


def test_everything_wrong_is_said_at_once(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(BAD, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        targets.published(path)
    found = {(problem.key, problem.wrong) for problem in raised.value.problems}
    assert {problem.file for problem in raised.value.problems} == {str(path)}
    assert {key for key, _ in found} == {
        *("other", "id", "X2.use", "X1.value", "X1.interval", "X1.sign", "X1.valeu"),
        *("X2.low", "X2.tolerance", "X2.estimate", "X2.experiment", "X4.statement", "finding[1].target"),
    }
    assert "did you mean value?" in str(raised.value)
    assert "did you mean gjw_peak?" in str(raised.value)


@pytest.mark.parametrize(
    "text", ["", "finding = 3", "[finding]\nid = 'X'", "finding = []", "finding = [[]", "x = [1"]
)
def test_what_is_no_file_of_targets(tmp_path: Path, text: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as raised:
        targets.fitting(path)
    assert all(
        "[[finding]]" in problem.expected or problem.wrong == "unknown key"
        for problem in raised.value.problems
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="No such file"):
        targets.fitting(tmp_path / "none.toml")


@pytest.mark.parametrize("sign", ["+", "-"])
@pytest.mark.parametrize("size", [1e-12, 0.3, 1.0, 40.0])
def test_an_effect_outside_of_the_interval_is_judged_by_its_sign_however_small(
    sign: Any, size: float
) -> None:
    target = next(t for t in ANSWERED if t.sign == sign).model_copy(update={"low": 90.0, "high": 91.0})
    value = size if sign == "+" else -size
    assert targets.verdict(target, value) == "right sign"
    assert targets.verdict(target, -value) == targets.verdict(target, 0.0) == "wrong"


@pytest.mark.parametrize("end", ["low", "high"])
def test_half_an_interval_is_none(end: str) -> None:
    target = next(t for t in ANSWERED if t.low is not None and t.value is not None)
    assert list(target.objections()) == []
    objections = list(target.model_copy(update={end: None}).objections())
    assert ("interval", "missing") in [objection[:2] for objection in objections]


@pytest.mark.parametrize(("use", "wrong"), [("", "missing"), ('use = "guessing"\n', "unknown")])
def test_a_use_that_is_not_there_is_missing_and_another_unknown(tmp_path: Path, use: str, wrong: str) -> None:
    file = tmp_path / "targets.toml"
    file.write_text(re.sub(r"^use = .*\n", use, TEXT, count=1, flags=re.MULTILINE), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        targets.read(file)
    assert wrong in {problem.wrong for problem in caught.value.problems}


def test_what_runs_of_the_nation_are_fitted_to_is_not_local() -> None:
    fitted = targets.fitting()
    assert fitted
    assert not any(target.local for target in (*fitted, *targets.selection(), *targets.national()))
    assert len(targets.national()) == sum(not target.local for target in PUBLISHED.values()) < len(PUBLISHED)
    uses = {"fitting": fitted, "selection": targets.selection()}
    for use, found in uses.items():
        assert set(found) == {t for t in ANSWERED if t.use == use and not t.local}


def test_a_target_stays_as_it_was_published() -> None:
    with pytest.raises(ValueError, match="frozen"):
        ANSWERED[0].value = 0.0


@pytest.mark.parametrize("target", PUBLISHED.values(), ids=PUBLISHED)
def test_an_interval_stands_for_a_standard_error_where_none_was_published(target: targets.Target) -> None:
    if target.se is not None:
        assert target.error == target.se
    elif target.low is None or target.high is None:
        assert math.isnan(target.error)
    else:
        assert target.low + 2 * stats.norm.ppf(0.975) * target.error == pytest.approx(target.high, rel=1e-4)


def test_of_what_is_held_out_a_sealed_reading_has_what_is_asked_and_nothing_of_what_was_found() -> None:
    sealed, whole = targets.read(sealed=True), targets.read()
    assert [target.id for target in sealed] == [target.id for target in whole]
    for one, other in zip(sealed, whole, strict=True):
        if other.use != "holding out":
            assert one == other
            continue
        kept = {name: getattr(other, name) for name in targets.OPEN}
        found = {name: value for name, value in dict(one).items() if name not in kept and name != "sign"}
        assert {name: getattr(one, name) for name in kept} == kept
        assert not any(found.values())
        assert (one.sign == "") == (other.sign == "")

"""Notebooks: what shows itself, names in the place of objects, and the example, executed."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

import comity
from comity import warm
from comity.scenario import load

ROOT = Path(__file__).parents[1]
SMALL = {"scale": 2000.0, "start": "2010-05-01", "end": "2010-07-31"}


@pytest.fixture(scope="module")
def found():
    return comity.compare(load("san-francisco").with_(**SMALL), ["mandatory", "no_receive"], seeds=2)


def test_a_comparison_shows_its_table_and_what_belongs_beside_it(found):
    shown = found._repr_html_()
    assert shown.count("<tr>") == len(found.table()) + 1
    assert "trust" in shown
    assert "assumed, not estimated" in shown
    assert list(found.table().columns) == ["mandatory", "no receive"]
    assert found.plot().axes


def test_scenario_model_and_study_show_what_they_are(found):
    study = comity.Study(scenario=dict(found.setup), levers={"regimes": ("mandatory", "no_receive")})
    model = comity.CooperationModel(found.setup, fear_weight=0.5)
    model.step()
    for thing, part in ((found.setup, "Scenario"), (model, "1 of 92 days lived"), (study, "Study study")):
        assert part in thing._repr_html_()
        assert "06075" in thing._repr_html_()
    assert "fear_weight" in model._repr_html_()
    assert "fear_weight" not in found.setup._repr_html_()


def test_what_a_user_named_is_no_markup():
    regimes = {"<b>": {"policies": []}}
    with pytest.raises(comity.InputError):
        load("san-francisco").with_(regimes=regimes)
    assert comity.Study(name="a-b")._repr_html_().count("<table>") == 1
    from comity import notebook  # noqa: PLC0415

    assert "&lt;script&gt;" in notebook.keys("<script>", {"<script>": "<script>"})
    assert "<script>" not in notebook.keys("<script>", {"<script>": "<script>"})


def test_names_and_files_stand_for_scenarios(tmp_path, found):
    path = tmp_path / "small.toml"
    path.write_text(found.setup.as_toml())
    again = comity.compare(path, ["mandatory", "no_receive"], seeds=2)
    assert again.runs.equals(found.runs)
    for wrong, words in (
        ("san-fransisco", "did you mean san-francisco"),
        (found.setup.with_(compare=()), "nothing to compare"),
    ):
        with pytest.raises(comity.InputError, match=words):
            comity.compare(wrong)


def test_the_example_runs(monkeypatch):
    nbformat, nbclient = pytest.importorskip("nbformat"), pytest.importorskip("nbclient")
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'model'}{os.pathsep}{os.environ.get('PYTHONPATH', '')}")
    example = nbformat.read(ROOT / "docs" / "howto" / "notebook.ipynb", as_version=4)
    nbclient.NotebookClient(example, timeout=600, kernel_name="python3").execute()
    shown = [
        [*output.data] for cell in example.cells for output in cell.get("outputs", ()) if "data" in output
    ]
    assert [("text/html" in kinds, "image/png" in kinds) for kinds in shown] == [
        (True, False),
        (True, False),
        (True, False),
        (False, True),
        (True, False),
    ]


def test_a_bar_is_drawn_in_a_notebook_alone_and_once(monkeypatch, capsys, found):
    """Not by threads that live the histories of a comparison, and not where the caller watches."""
    import IPython  # noqa: PLC0415 - slow to import

    setup, seen = found.setup, []
    comity.CooperationModel(setup).run()
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=True))
    comity.CooperationModel(setup).run()
    assert capsys.readouterr().err.count("0day") == 1
    comity.compare(setup, ["mandatory", "no_receive"], seeds=2)
    assert "0run" in (drawn := capsys.readouterr().err)
    assert "day" not in drawn
    comity.CooperationModel(setup).run(lambda *told: seen.append(told))
    assert seen[-1] == (92, 92)
    assert capsys.readouterr().err == ""


def test_a_sweep_draws_its_bar_in_a_notebook(monkeypatch, capsys, tmp_path, found):
    import IPython  # noqa: PLC0415 - slow to import

    monkeypatch.setattr(IPython, "get_ipython", lambda: SimpleNamespace(kernel=True))
    study = comity.Study(scenario=dict(found.setup), levers={"regimes": ("mandatory", "no_receive")}, seeds=1)
    assert comity.sweep(study, tmp_path / "kept", workers=1).code == 0
    assert "0run" in capsys.readouterr().err


def test_whoever_writes_a_script_is_told_of_the_compiler_as_a_command_is(
    monkeypatch, capsys, tmp_path, found
):
    monkeypatch.setattr(warm, "up", lambda **_: sys.stderr.write(warm.MESSAGE))
    comity.compare(found.setup, ["mandatory", "no_receive"], seeds=1)
    assert capsys.readouterr().err == warm.MESSAGE
    study = comity.Study(scenario=dict(found.setup), levers={"regimes": ("mandatory", "no_receive")}, seeds=1)
    assert comity.sweep(study, tmp_path / "kept", workers=1).code == 0
    assert capsys.readouterr().err == warm.MESSAGE


def test_a_regime_that_begins_after_the_run_is_said_to_be_the_same(found):
    assert found.alike() == []
    late = comity.compare(
        load("san-francisco").with_(**SMALL),
        ["mandatory", "no_minor_holds", "no_minor_holds@2010-07-01"],
        seeds=1,
    )
    (said,) = late.alike()
    assert said.startswith("no_minor_holds: the same as mandatory to the last day, 2010-07-31")
    assert said in late._repr_html_()


@pytest.mark.parametrize("nobody", [0, 1, 2])
def test_a_seed_in_which_a_rate_is_of_nobody_is_left_out_and_counted(found, nobody):
    runs = found.runs.copy()
    name = "hispanic_victims_who_report"
    runs[name] = 40.0
    runs.loc[("no_receive", list(found.runs.index.unique("seed"))[:nobody]), name] = float("nan")
    row = replace(found, runs=runs).summary().set_index(["outcome", "regime"]).loc[(name, "no_receive")]
    assert row["n_missing"] == nobody
    assert (row["difference"] == 0) == (nobody < 2)
    assert (row["low"] == row["high"] == 0) == (nobody == 0)  # one pair has no interval

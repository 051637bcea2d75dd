"""What published estimators find in a national run: the numbers mean what they say, and asking changes nothing."""

import datetime as dt

import numpy as np
import pytest

import comity
from comity import CooperationModel, listing
from comity.agents.residents import Whereabouts
from comity.observe.measures import GROUPS, Measure, Stock
from comity.problems import InputError
from comity.published import estimates, funnel, panel, registry, stated, victimisation
from comity.sweeps.runner import sweep
from comity.sweeps.study import Study

ALL = estimates.at_home(registry.NATION)
COARSE = 2000
"""People per agent: about 150,000 agents, and few seconds a run; with fewer, hardly a county has crime in every month."""

NATION = {"scenario": "united-states", "outcomes": ["funnel_latino", "gjw_reporting_hispanic"]}


@pytest.fixture(scope="module")
def run() -> CooperationModel:
    return CooperationModel("united-states", scale=COARSE, hypotheses="H2+H2b+H4").run()


@pytest.fixture(scope="module")
def seen(run: CooperationModel) -> panel.Panel:
    return panel.Panel(run)


def test_a_panel_has_the_numbers_of_the_table(run, seen):
    table = run.table(by="state")
    rows = table[(table["measure"] == "detainers") & (table["state"] == "TX")]
    window = (rows["date"] >= "2010-01-01") & (rows["date"] < "2011-01-01")
    days = dt.date(2010, 1, 1), dt.date(2011, 1, 1)
    assert seen.total((Measure.DETAINERS,), *days, seen.state == "TX") == rows[window]["value"].sum() > 0
    people = table[(table["measure"] == "residents") & (table["group"] == GROUPS[2])]
    december = people[people["date"] == "2015-12-01"]["value"].sum()
    assert seen.stock(Stock.RESIDENTS)[-1, :, 2].sum() * COARSE == pytest.approx(december)


def test_counties_are_active_from_the_month_in_which_prints_begin_to_flow(seen):
    prints = seen.flow(Measure.SUBMISSIONS).sum(axis=-1)
    before = np.arange(len(prints))[:, None] < seen.active_from
    assert not prints[before].any()
    assert prints[~before].sum() > 0
    assert (seen.active_from < panel.NEVER).all()


WHO_LEFT = {
    "trust": 0,
    "awareness": 1,
    "status": 2,
    "seen_hispanic": 1,
    "exposed_ties": 9,
    "exposed_household": 3,
}


ASKED = [e for e in registry.ESTIMATORS.values() if not e.observe and (e.home == registry.NATION or e.on)]


@pytest.mark.parametrize("name", sorted({e.names[0] for e in ASKED}))
def test_nobody_answers_for_an_empty_home(run, monkeypatch, name):
    """Estimates do not depend on who lived in a home in which nobody lives."""
    each, found = registry.ESTIMATORS[name], []
    monkeypatch.setattr(run, "world", run.world.copy())
    people = run.world.residents
    empty = people["whereabouts"] == Whereabouts.MOVED_AWAY
    assert empty.mean() > 0.05
    for left in ({}, WHO_LEFT):
        for column, value in left.items():
            people[column][empty] = value
        made = each.made(run if each.on else panel.Panel(run), dict.fromkeys(each.after, 50.0))
        found.append([made[estimate] for estimate in each.names])
    assert np.array_equal(*found, equal_nan=True)
    assert each.sparse or each.home != registry.NATION or not np.isnan(found[0]).all()


def test_sums_over_quarters_and_years_are_those_of_their_months():
    months = np.arange(24.0).reshape(24, 1)
    assert panel.quarters(months)[:, 0].tolist() == [months[3 * q : 3 * q + 3].sum() for q in range(8)]
    assert panel.years(months)[:, 0].tolist() == [months[:12].sum(), months[12:].sum()]


@pytest.mark.parametrize("shape", [0.03, 0.5, 10.0])
def test_prevalence_is_the_share_of_people_with_at_least_one_incident(shape):
    """A million people with gamma distributed rates: five standard errors, so it fails by chance once in 1.7 million."""
    rng = np.random.default_rng(7)
    counts = rng.poisson(rng.gamma(shape, 0.05 / shape, 1_000_000))
    expected = float(victimisation.Prevalence(shape)(np.array(0.05)))
    assert abs((counts > 0).mean() - expected) < 5.0 * np.sqrt(expected / 1e6)


def test_the_slope_of_prevalence_is_its_derivative():
    seen = victimisation.Prevalence(0.03)
    mean, step = np.array(0.011), 1e-7
    assert seen.slope(mean) == pytest.approx(float(seen(mean + step) - seen(mean - step)) / 2e-7, rel=1e-6)


def test_every_estimate_is_made_and_is_a_number(run):
    found = estimates.of_run(run, ALL)
    assert tuple(found) == ALL
    watched = {name for name in ALL if registry.ESTIMATORS[name].observe}  # nobody had
    missing = {name for name, value in found.items() if np.isnan(value)} - watched
    assert [name for name in missing if not estimates.sparse(name)] == []


@pytest.mark.parametrize("taken", ALL[::9])
def test_two_functions_for_one_estimate_are_refused_where_they_are_defined(taken):
    by = registry.ESTIMATORS[taken].compute
    before = dict(registry.ESTIMATORS)
    with pytest.raises(ValueError, match=f"{taken} is computed by {by.__module__}.{by.__name__} already"):

        @registry.estimate("not_taken", taken)
        def second(_):
            return {}

    assert before == registry.ESTIMATORS


@pytest.mark.parametrize("made", [{}, {"one": 1.0}, {"one": 1.0, "two": 2.0, "three": 3.0}])
def test_a_function_that_computes_other_estimates_than_it_says_is_an_error(made):
    marked = registry.Estimator(("one", "two"), lambda _: made, registry.NATION, None, (), (), ())
    with pytest.raises(ValueError, match="computes other estimates than it says"):
        marked.made(None, {})


def test_every_estimate_comes_after_others_that_are_asked_before():
    for each in registry.ESTIMATORS.values():
        assert all(registry.ESTIMATORS[name].on < each.on for name in each.after)


@pytest.mark.parametrize("name", ["somebody_computes_this", "funnel_latino"])
def test_words_and_estimates_go_together(name):
    """Checked where both are first imported, `comity.listing`."""
    listing.together(estimates.ESTIMATES)
    with pytest.raises(ValueError, match=name):
        listing.together({*estimates.ESTIMATES} ^ {name})


def test_violent_offences_are_counted_by_who_watches_them():
    setup = comity.scenario.load("united-states").with_(scale=500, hypotheses="H0")
    found = estimates.live(setup, ["mc_log_violent", "mc_log_crime"])
    assert 0.0 < abs(found["mc_log_violent"]) < 0.5
    assert found["mc_log_violent"] != found["mc_log_crime"]


def test_where_the_programme_never_comes_there_is_no_effect_to_estimate():
    found = estimates.live(comity.scenario.load("united-states").with_(scale=20_000, regime="inactive"), ALL)
    effects = [name for name in ALL if name.startswith(("gjw_victimisation_h", "gjw_event", "mc_", "hp_"))]
    assert all(np.isnan(found[name]) for name in effects)
    assert found["gjw_reporting_level"] > 0.0


def test_who_asks_on_the_way_changes_nothing():
    asked = CooperationModel("united-states", scale=20_000)
    found = estimates.of_run(asked, ["survey_less_likely_all", "survey_less_likely_unauthorized"])
    alone = CooperationModel("united-states", scale=20_000).run()
    assert 0.0 < found["survey_less_likely_all"] < found["survey_less_likely_unauthorized"] < 100.0
    assert all(np.array_equal(a, b) for a, b in zip(asked.flows(), alone.flows(), strict=True))


def test_a_run_can_stop_in_the_morning_of_a_day():
    model = CooperationModel("san-francisco", scale=400)
    model.run(until=dt.date(2010, 6, 8))
    assert model.date == dt.date(2010, 6, 8)
    assert model.running
    whole = CooperationModel("san-francisco", scale=400).run()
    assert np.array_equal(np.array(model.run().flows()), np.array(whole.flows()))


def test_without_fear_nobody_says_less_likely():
    model = CooperationModel("united-states", scale=20_000, hypotheses="H0")
    model.run(until=stated.DAY)
    asked = stated.ask(model)
    assert {asked[name] for name in asked if not name.startswith("survey_stops_")} == {0.0}


def test_a_share_of_nothing_is_not_a_number(seen):
    nowhere = np.zeros(len(seen.codes), bool)
    days = dt.date(2010, 1, 1), dt.date(2011, 1, 1)
    assert np.isnan(funnel._ratio(seen, (Measure.HOLDS,), (Measure.DETAINERS,), days, nowhere))


def test_a_study_keeps_one_number_per_run_and_estimate(tmp_path):
    scenario = comity.scenario.load("united-states").with_(scale=20_000)
    study = Study(scenario=scenario, outcomes=NATION["outcomes"], seeds=2)
    report = sweep(study, tmp_path / "out", workers=1)
    assert (report.missing, report.tally.failed) == (0, 0)
    frame = comity.load(tmp_path / "out")
    assert frame["seed"].tolist() == [1, 2]
    expected = estimates.live(scenario.with_(seed=2), NATION["outcomes"])
    for name in NATION["outcomes"]:
        assert frame[name][1] == np.float32(expected[name])


def wrong(**keys) -> list[str]:
    with pytest.raises(InputError) as error:
        Study(**NATION | keys)
    return [str(problem) for problem in error.value.problems]


def test_a_study_of_estimates_says_what_it_needs():
    assert 'place = US; valid: scenario = "united-states"' in wrong(scenario="san-francisco")[0]
    assert 'place = 17031; valid: scenario = "chicago-2019"' in wrong(outcomes=["chicago_dip"])[0]
    assert "those of one of chicago-2019, united-states" in wrong(outcomes=["chicago_dip", "hp_crime"])[0]
    assert "in a study of its own" in wrong(outcomes=["removals", "funnel_latino"])[0]
    assert "did you mean funnel_latino" in wrong(outcomes=["funnel_latinos"])[0]
    weekly = comity.scenario.load("united-states").with_(recording_days=7)
    assert "calendar months" in wrong(scenario=weekly)[0]
    short = comity.scenario.load("united-states").with_(end=dt.date(2014, 12, 31))
    assert "2015-12-31" in wrong(scenario=short)[0]

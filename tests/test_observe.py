"""What a researcher could observe: each table against the truth of its run, and nobody changed by being watched.

Estimates are compared with the truth at 4.5 standard errors of the sampling design, which one right estimate in 150,000
misses; for a given version of the code the result is always the same.
"""

from __future__ import annotations

import copy
import datetime as dt
from functools import cache

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from comity import CooperationModel, InputError
from comity.agents.cases import CaseState, Found
from comity.agents.residents import Whereabouts
from comity.draws import Stream
from comity.observe.asking import CIRCUMSTANCES, ask_all, perceived, respond
from comity.observe.attitudes import ANSWERS, less_likely
from comity.observe.observers import OBSERVERS, PERSON, check
from comity.observe.victim_survey import bounded, person_months
from comity.parameters import INCIDENTS

ALL = tuple(OBSERVERS)
EVERYTHING = "H2+H2b+H3+H4+H5+H6+H7+H8+H10"
SF = {"place": "06075", "start": dt.date(2010, 1, 1), "end": dt.date(2011, 12, 31), "seed": 3}
BUSY = {"victimisation_hispanic": 0.08, "victimisation_other": 0.08, "minor_arrests": 0.5, "exit_rate": 0.5}
QUIET = {"minor_arrests": 0.0, "contacts": 0.0, "felony_charge": (0.0,) * 6, "stay_sentenced": 1.0}
"""Nobody is away for long, so that those who are interviewed are those who were there."""

SIGMAS = 4.5


PRINTED = BUSY | {
    "removed": 0.2,
    "minor_arrests": 1.0,
    "ident_unauthorized": 1.0,
    "ice_beds": 100.0,
    "pickup_capacity": 10.0,
}
"""People are booked again and again."""


def make(observe=ALL, *, scale=100, hypotheses=EVERYTHING, **keys) -> CooperationModel:
    return CooperationModel(observe=observe, **(SF | {"scale": scale, "hypotheses": hypotheses} | keys))


@cache
def busy() -> CooperationModel:
    """One busy run with everybody in the survey, and the event log."""
    return make(scale=50, survey_share=1.0, log=True, **BUSY).run()


@cache
def sample() -> CooperationModel:
    """One run in which nobody is away, with a tenth of the households in the survey, and the event log."""
    keys = {"victimisation_hispanic": 0.05, "victimisation_other": 0.05, "hypotheses": "H2+H2b+H4"}
    return make(("victim_survey",), scale=5, survey_share=0.1, log=True, **(keys | QUIET)).run()


def months(days) -> pd.Series:
    return pd.Series(pd.to_datetime(days)).dt.to_period("M").dt.to_timestamp()


def truth(model: CooperationModel) -> pd.DataFrame:
    """Return every incident of a run, from the event log: resident, month, date, type and whether it was reported."""
    events = model.events()
    incidents = events[events["kind"] == "incident"]
    reports = events[events["kind"] == "report"]
    return pd.DataFrame(
        {
            "person": 607500000000 + incidents["resident"].astype(np.int64),
            "date": incidents["date"],
            "month": months(incidents["date"].to_numpy()).to_numpy(),
            "type": np.array(INCIDENTS)[incidents["detail"]],
            "told_police": incidents["id"].isin(reports["parent"]),
        }
    ).reset_index(drop=True)


# ------------------------------------------------------------------------------------------------ one direction


@pytest.mark.portable
def test_observers_change_nothing():
    """Every array of the state, bit for bit, for all observers together."""
    plain, watched = make(()).run(), make().run()
    for name, a, b in zip(plain.world._fields, plain.world, watched.world, strict=True):
        assert name == "log" or np.array_equal(a, b), name
    pd.testing.assert_frame_equal(plain.table(), watched.table())
    pd.testing.assert_frame_equal(plain.funnel(), watched.funnel())


def test_observers_keep_no_log_unless_asked():
    model = make().run()
    assert model.events().empty
    logged = make(log=True).run()
    pd.testing.assert_frame_equal(logged.events(), make((), log=True).run().events())


def test_asking_leaves_no_trace():
    model = make((), **BUSY)
    model.run()
    w = model.world
    before = w.copy()
    rows = np.flatnonzero(w.residents["whereabouts"] == Whereabouts.COMMUNITY)
    answers = np.zeros((len(rows), len(CIRCUMSTANCES), 2))
    ask_all(w, rows, model.today - 1, answers)
    assert (w.residents["touched"][rows] < model.today - 1).any(), "somebody had to remember"
    assert all(perceived(w, i, model.today - 1) >= 0 for i in rows[:50])
    assert all(np.array_equal(a, b) for a, b in zip(w, before, strict=True))
    assert ((answers > 0) & (answers < 1)).all()


@pytest.mark.parametrize("name", ALL)
def test_an_observer_sees_the_same_alone(name):
    alone, together = make((name,), survey_share=0.3).run(), make(survey_share=0.3).run()
    assert alone.observed_tables == OBSERVERS[name][2]
    for table in alone.observed_tables:
        pd.testing.assert_frame_equal(alone.observed(table), together.observed(table))


def test_stepping_and_copying_see_what_running_sees():
    whole, halves = make(survey_share=0.3).run(), make(survey_share=0.3)
    for _ in range(400):
        halves.step()
    second = copy.deepcopy(halves).run()
    for table in whole.observed_tables:
        pd.testing.assert_frame_equal(whole.observed(table), second.observed(table))


def test_counties_are_observed_as_if_alone():
    """All but the weights, whose controls are those of the whole place, is the same when counties of other states are added."""
    keys = {"scale": 200, "survey_share": 0.5}
    alone, among = make(**keys).run(), make(**keys, place=["04013", "06075", "48201"]).run()
    for table in alone.observed_tables:
        a, b = alone.observed(table), among.observed(table)
        here = b[b["county"] == "06075"].reset_index(drop=True)
        assert len(a), table
        different = ["weight"] if table.startswith("victim") else []
        a, here = (f.drop(columns=different).assign(county="06075") for f in (a, here))
        pd.testing.assert_frame_equal(a, here)


# ------------------------------------------------------------------------------------------- the victim survey


def test_rotation():
    """Seven interviews six months apart, one group a month, and everybody's turn comes."""
    found = busy().observed("victim_interviews")
    month = months(found["date"]).to_numpy()
    index = month.astype("datetime64[M]").astype(int)
    entered = found["panel"].to_numpy("datetime64[M]").astype(int)
    assert found["interview"].between(1, 7).all()
    assert (index == entered + 6 * (found["interview"] - 1)).all()
    assert (found["rotation_group"] == index % 6 + 1).all()
    assert len(found[["household", "rotation_group"]].drop_duplicates()) == found["household"].nunique()
    assert found["date"].min() >= pd.Timestamp("2010-07-01")
    assert len(found.assign(month=month)[["month", "rotation_group"]].drop_duplicates()) == 18
    per_household = found.drop_duplicates(["household", "date"]).groupby("household").size()
    assert per_household.max() == 3
    assert (per_household == 3).mean() > 0.95, (
        "eighteen months of interviews are three, unless nobody is at home"
    )
    sizes = found.groupby(month)["household"].nunique()
    assert sizes.max() < 1.25 * sizes.min()
    by_number = found["interview"].value_counts(normalize=True)
    assert by_number.between(0.8 / 7, 1.2 / 7).all(), "the panel is in its steady state from the start"


def test_recall_windows():
    """An interview asks about the six months before its own: neither less nor more, and each incident once."""
    model = busy()
    interviews, incidents = model.observed("victim_interviews"), model.observed("victim_incidents")
    asked = months(interviews["date"])
    assert (interviews["recall_to"].to_numpy() == (asked - pd.DateOffset(months=1)).to_numpy()).all()
    assert (interviews["recall_from"].to_numpy() == (asked - pd.DateOffset(months=6)).to_numpy()).all()
    answered = interviews[interviews["answered"]]
    happened = truth(model).merge(answered[["person", "recall_from", "recall_to"]], on="person")
    expected = happened[happened["month"].between(happened["recall_from"], happened["recall_to"])]
    keys = ["person", "month", "type", "told_police"]
    told = incidents[keys].assign(type=incidents["type"].astype(str)).sort_values(keys).reset_index(drop=True)
    pd.testing.assert_frame_equal(
        told, expected[keys].sort_values(keys).reset_index(drop=True), check_dtype=False
    )
    assert incidents["months_ago"].between(1, 6).all()
    assert set(incidents["months_ago"]) == set(range(1, 7))


def test_who_reported():
    incidents = busy().observed("victim_incidents")
    assert (incidents["reported_by"].notna() == incidents["told_police"]).all()
    assert incidents["reported_by"].value_counts().gt(0).all()


def test_weights_add_up_to_the_population():
    """A month's respondents stand for a sixth of the people; a month of recall, asked about six times, for all."""
    model = busy()
    interviews, incidents = model.observed("victim_interviews"), model.observed("victim_incidents")
    assert (interviews.loc[~interviews["answered"], "weight"] == 0).all()
    people = interviews.groupby([months(interviews["date"]), "hispanic"])["weight"].sum() * 6
    stocks = model.table().query("measure == 'residents'")
    hispanic = stocks["group"].astype(str).str.startswith("Hispanic")
    truth_of = stocks.groupby([stocks["date"], hispanic])["value"].sum()
    for (month, group), weight in people.items():
        before = truth_of.xs(group, level="group")
        assert weight == pytest.approx(before[before.index <= month].iloc[-1], rel=0.01)
    panel = person_months(interviews, incidents)
    inner = panel[panel["month"].between("2010-06-01", "2011-06-01")].groupby("month")["weight"].sum()
    assert inner.to_numpy() == pytest.approx(people.groupby(level=0).sum().mean(), rel=0.05)


def test_bounding_leaves_out_first_interviews_and_keeps_the_people():
    interviews = busy().observed("victim_interviews")
    later = bounded(interviews)
    assert later["interview"].min() == 2
    keys = ["recall_to", "hispanic"]
    assert later.groupby(keys)["weight"].sum().to_numpy() == pytest.approx(
        interviews.groupby(keys)["weight"].sum().to_numpy()
    )
    panel = person_months(later, busy().observed("victim_incidents"))
    assert len(panel) == 6 * later["answered"].sum()


def test_estimates_are_unbiased():
    """Monthly victimisation and reporting: the sum of squared standardised errors is chi-squared, at 1 in 150,000."""
    model = sample()
    interviews, incidents = model.observed("victim_interviews"), model.observed("victim_incidents")
    assert interviews["answered"].all()
    panel = person_months(interviews, incidents)
    panel = panel[panel["month"].between("2010-06-01", "2011-06-01")]
    happened = truth(model)
    residents = len(model.world.residents)
    errors = []
    for month, rows in panel.groupby("month"):
        mine = happened[happened["month"] == month]
        share = mine["person"].nunique() / residents
        by_household = rows.groupby("household")["victimised"].agg(["sum", "size"])
        spread = np.sqrt(((by_household["sum"] - share * by_household["size"]) ** 2).sum()) / len(rows)
        errors.append((np.average(rows["victimised"], weights=rows["weight"]) - share) / spread)
        told = rows.loc[rows["victimised"]]
        rate = mine.groupby("person")["told_police"].mean().mean()
        spread = told["reported_share"].std() / np.sqrt(len(told))
        errors.append((np.average(told["reported_share"], weights=told["weight"]) - rate) / spread)
    z = np.array(errors)
    assert len(z) == 26
    assert (z**2).sum() < 26 + SIGMAS * np.sqrt(2 * 26)
    assert abs(z.mean()) * np.sqrt(len(z)) < SIGMAS * np.sqrt(6), "months of the same interviews go together"
    assert z.std() > 0.3, "a sample has an error"


def test_sample_is_the_share_asked_for():
    model = sample()
    found = model.observed("victim_interviews")
    w = model.world
    households = (w.residents["household"] == np.arange(len(w.residents))).sum()
    per_month = found.groupby(months(found["date"]))["household"].nunique()
    expected = 0.1 * households / 6
    assert per_month.to_numpy() == pytest.approx(expected, abs=SIGMAS * np.sqrt(expected))


def test_no_non_response_is_full_response():
    full = make(("victim_survey",), nonresponse=0.0, survey_share=1.0, **BUSY).run()
    assert full.observed("victim_interviews")["answered"].all()


def test_the_fearful_are_missed_by_the_survey_and_not_by_crime():
    """H7 lowers what is measured, and not what is true: the same incidents, fewer told by Hispanic residents."""
    seen = make(("victim_survey",), scale=20, hypotheses="H2", survey_share=1.0).run()
    missed = make(("victim_survey",), scale=20, hypotheses="H2+H7", nonresponse=1.0, survey_share=1.0).run()
    pd.testing.assert_frame_equal(
        *(model.table().query("measure in ['incidents', 'reported']") for model in (seen, missed))
    )
    answers = missed.observed("victim_interviews").groupby("hispanic")["answered"].mean()
    assert answers[True] < answers[False] - 0.1
    rows = [model.observed("victim_incidents").groupby("hispanic").size() for model in (seen, missed)]
    assert rows[1][True] < 0.95 * rows[0][True]
    exposed = missed.world.residents["status"] == 4
    found = missed.observed("victim_interviews")
    refusing = ~found["answered"].to_numpy()
    persons = (found["person"] % PERSON).to_numpy()
    assert exposed[persons[refusing]].mean() > 2 * exposed[persons[~refusing]].mean()


def test_refusals_are_in_proportion_to_risk():
    model = make((), scale=5, hypotheses="H2+H7", nonresponse=0.8).run()
    rows = np.flatnonzero(model.world.residents["hispanic"] > 0)
    answered, today = np.zeros(len(rows), np.uint8), model.today - 1
    respond(model.world, rows, Stream.SURVEY_RESPONSE, today, answered)
    refuse = 0.8 * np.array([perceived(model.world, i, today) for i in rows])
    spread = np.sqrt((refuse * (1 - refuse)).sum())
    assert abs((1 - answered.astype(int)).sum() - refuse.sum()) < SIGMAS * spread < 0.1 * refuse.sum()


def test_a_run_of_less_than_six_months_has_no_interviews():
    model = make(end=dt.date(2010, 6, 30), scale=500).run()
    assert model.observed("victim_interviews").empty
    assert model.observed("victim_incidents").empty
    assert model.observed("attitudes").empty
    assert person_months(model.observed("victim_interviews"), model.observed("victim_incidents")).empty
    assert len(model.observed("recorded_crime")) == 6 * 7


def test_a_run_that_starts_within_a_month_waits_for_six_full_ones():
    model = make(start=dt.date(2010, 1, 15), end=dt.date(2010, 8, 31), scale=500, survey_share=1.0).run()
    found = model.observed("victim_interviews")
    assert found["date"].min() >= pd.Timestamp("2010-08-01")
    assert found["recall_from"].min() == pd.Timestamp("2010-02-01")


# ----------------------------------------------------------------------------------------------------- records


def test_recorded_crime_is_what_was_reported():
    model = busy()
    crime = model.observed("recorded_crime")
    flows = model.table().groupby("measure", observed=True)["value"].sum()
    for column, measure in (("known", "reported"), ("cleared", "cleared"), ("arrests", "arrests")):
        assert crime[column].sum() == flows[measure]
    assert crime.loc[crime["offence"] == "other", "arrests"].sum() == flows["minor_arrests"]
    assert (crime["felony_arrests"] <= crime["arrests"]).all()
    assert crime["felony_arrests"].sum() > 0
    happened = truth(model).query("told_police").groupby(["month", "type"]).size() * 50.0
    known = crime[crime["offence"] != "other"].set_index(["month", "offence"])["known"]
    for key, count in happened.items():
        assert known[key] == count
    solved = crime[crime["offence"] != "other"]
    assert (solved["cleared"] == solved["arrests"]).all()
    assert (solved["cleared"] <= solved["known"]).all()


def test_calls_are_more_than_crimes_known():
    model = busy()
    calls, crime = model.observed("calls"), model.observed("recorded_crime")
    known = crime[crime["offence"] != "other"]
    assert calls["reported"].to_numpy() == pytest.approx(known["known"].to_numpy())
    assert (calls["calls"] == calls["by_victim"] + calls["by_witness"]).all()
    assert calls["calls"].sum() > calls["reported"].sum() > calls["by_victim"].sum() > 0
    assert calls["by_witness"].sum() > 0


def test_ice_statistics_are_the_funnel_of_matches():
    model = busy()
    ice = model.observed("ice_statistics")
    flows = model.table().groupby("measure", observed=True)["value"].sum()
    assert ice["submissions"].sum() == flows["submissions"]
    assert ice["matches"].sum() == flows["matches"]
    assert 0 < ice["match_removals"].sum() <= flows["removals"]
    assert 0 < ice["match_arrests"].sum() <= flows["transfers"] + flows["at_large_arrests"]
    levels = ("level_1", "level_2", "level_3", "noncriminal")
    for stage in ("matches", "match_arrests", "match_removals"):
        assert (ice[stage] == ice[[f"{stage}_{level}" for level in levels]].sum(axis=1)).all()
    funnel = model.funnel().query("stage == 'matched'").groupby("level", observed=True)["count"].sum()
    for level, name in zip(("L1", "L2", "L3", "C0"), levels, strict=True):
        assert ice[f"matches_{name}"].sum() == funnel[level]


def test_ice_counts_those_whose_prints_were_matched():
    """Against everybody's latest booking in the event log; interviews find people when prints are not shared."""
    # Prints are shared at first, and not any more in the second year.
    model = make(("ice_statistics",), scale=5, log=True, regime="no_transmit@2011-01-01+jail_287g", **PRINTED)
    begun = model.world.cases[model.world.cases["state"] != CaseState.FREE]
    before = set(begun["resident"][begun["identified"] == Found.MATCH].tolist())
    events = model.run().events()
    parent = dict(zip(events["id"], events["parent"], strict=True))
    kind = dict(zip(events["id"], events["kind"].astype(str), strict=True))

    def booking_of(event: int) -> int:
        while kind[event] != "booking":
            event = parent[event]
        return event

    matched = {booking_of(event) for event in events.loc[events["kind"] == "match", "id"]}
    booked = events[events["kind"] == "booking"].groupby("resident")["id"].apply(sorted).to_dict()

    def by_prints(event: int, resident: int) -> bool:
        earlier = [one for one in booked.get(resident, []) if one < event]
        return earlier[-1] in matched if earlier else resident in before

    ice = model.observed("ice_statistics")
    for column, kinds in (
        ("match_arrests", ("transfer", "at_large_arrest")),
        ("match_removals", ("removal",)),
    ):
        rows = events.loc[events["kind"].isin(kinds), ["id", "resident"]]
        found = [by_prints(*row) for row in rows.itertuples(index=False)]
        assert 0 < sum(found) < len(found)
        assert ice[column].sum() == 5 * sum(found)


def test_ice_lists_counties_from_activation():
    ice = busy().observed("ice_statistics")
    assert (ice["activated"] == pd.Timestamp("2010-06-08")).all()
    assert ice["month"].min() == pd.Timestamp("2010-06-01")
    later = make(("ice_statistics",), start=dt.date(2011, 1, 1), scale=500).run().observed("ice_statistics")
    assert (later["activated"] == pd.Timestamp("2010-06-08")).all(), "the date on record, before the run"
    never = make(("ice_statistics",), regime="inactive", scale=500).run().observed("ice_statistics")
    assert never.empty


# --------------------------------------------------------------------------------------------------- attitudes


def test_attitudes_follow_from_the_rule_of_the_model():
    """As the run is, what somebody answers is what the rule for victims and witnesses gives on that day."""
    found = make(("attitudes",), scale=5, survey_share=1.0).run().observed("attitudes")
    assert set(found["date"]) == {pd.Timestamp("2010-11-28"), pd.Timestamp("2011-11-28")}
    for role in ("victim", "witness"):
        assert (found[f"chance_{role}_now"] <= found[f"chance_{role}_unafraid"] + 1e-12).all()
        assert (found[f"chance_{role}_together"] <= found[f"chance_{role}_apart"] + 1e-12).all()
    asked = found[["chance_victim_now", "chance_victim_apart"]].mean()
    assert asked["chance_victim_now"] < asked["chance_victim_apart"], (
        "San Francisco takes part, and people believe so"
    )
    papers = found.groupby("undocumented")[list(ANSWERS)].mean()
    assert (papers.loc[True] > papers.loc[False] + 0.1).all()
    assert papers.loc[True, "ice_less_likely_witness"] > papers.loc[True, "ice_less_likely_victim"]
    expected = 1 - (found["chance_victim_now"] / found["chance_victim_unafraid"])
    spread = np.sqrt((expected * (1 - expected)).sum())
    assert abs(found["less_likely_victim"].sum() - expected.sum()) < SIGMAS * spread


def test_nobody_is_less_likely_to_call_without_fear():
    found = make(("attitudes",), hypotheses="H0", survey_share=1.0).run().observed("attitudes")
    assert len(found)
    assert not found[list(ANSWERS)].any().any()


@given(st.floats(1e-6, 1.0), st.floats(0.0, 1.0), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None, derandomize=True)
def test_share_of_less_likely_is_the_relative_fall(before, ratio, seed):
    dice = np.random.default_rng(seed).uniform(size=4000)
    said = less_likely(np.full(4000, before), np.full(4000, before * ratio), dice).mean()
    assert said == pytest.approx(1 - ratio, abs=SIGMAS * np.sqrt(ratio * (1 - ratio) / 4000) + 1e-9)


def test_attitudes_sample():
    model = make(("attitudes",), scale=5, hypotheses="H2", survey_share=0.2).run()
    found = model.observed("attitudes")
    hispanics = model.world.residents["hispanic"].sum()
    per_wave = found.groupby("date").size()
    assert per_wave.to_numpy() == pytest.approx(0.2 * hispanics, rel=0.1)
    assert found["weight"].iloc[0] == 25
    waves = [set(rows["person"]) for _, rows in found.groupby("date")]
    assert len(waves[0] & waves[1]) / len(waves[0]) == pytest.approx(0.2, abs=0.05), "each wave is drawn anew"


# --------------------------------------------------------------------------------------------------- wrong names


@pytest.mark.parametrize(
    "names", ["victims", ("calls", "victims"), "calls,", ("calls", 3), ("calls", ["calls"])]
)
def test_unknown_observers_are_refused(names):
    with pytest.raises(InputError, match="no such observer; valid: victim_survey, attitudes, trust_tracker"):
        make(names)


def test_names_come_without_repeats_in_one_order():
    assert check("calls, attitudes,calls") == check(("attitudes", "calls")) == ("attitudes", "calls")


def test_tables_that_nobody_keeps_are_refused():
    model = make(("calls",), scale=1000)
    with pytest.raises(InputError, match=r"not watched: make the model with observe=\('attitudes',\)"):
        model.observed("attitudes")
    with pytest.raises(InputError, match="no such table"):
        model.observed("crime")

"""The nation as a scenario: what happened, calendar months, populations, independence of counties, tables, summary and map."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from itertools import pairwise

import matplotlib as mpl
import matplotlib.image as mpimg
import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from comity import CooperationModel, Parameters
from comity.agents.residents import Status
from comity.observe.measures import GROUPS, MEASURES
from comity.output import maps, national, panels, run
from comity.output.pictures import Style, save, style
from comity.policy import regimes
from comity.problems import InputError
from comity.scenario import Scenario, load
from comity.sweeps.outcomes import of_run, wide
from comity.world import places

START, END = dt.date(2006, 1, 1), dt.date(2015, 12, 31)
SETTLED = 20_000  # persons per agent: the coarsest nation, in which most counties are one agent


@pytest.fixture(scope="module")
def nation() -> CooperationModel:
    """A coarse nation over the years in which the programme spread."""
    return CooperationModel(
        "united-states", scale=SETTLED, start=dt.date(2008, 7, 1), end=dt.date(2013, 3, 31)
    ).run()


@pytest.fixture(scope="module")
def day() -> CooperationModel:
    """The first morning of the nation at scale 100, with the residents of the census of 2010."""
    return CooperationModel(
        "united-states",
        end=dt.date(2006, 1, 2),
        parameters={"population": 0, "moves_arrive": 0, "reentry": 0},
    )


@pytest.fixture(scope="module")
def history() -> pd.DataFrame:
    """What was attempted, from the regime and the county table."""
    found = regimes.timeline(regimes.compose("historical"), places.select("US"), Parameters(), START, END)
    return run.attempts(found)


def policy(fips: str, day: dt.date) -> np.void:
    found = regimes.timeline(regimes.compose("historical"), places.select(fips), Parameters(), START, END)
    return found.changes[found.changes["day"] <= (day - START).days]["policy"][-1]


# ------------------------------------------------------------------------------------------------- what happened


def test_the_scenario_is_the_nation_on_the_real_calendar():
    setup = load("united-states")
    assert (setup.place, setup.start, setup.end, setup.scale) == ("US", START, END, 100)
    assert (setup.regime, setup.days, setup.parameters.recording_days) == ("historical", 3652, 0)


@pytest.mark.parametrize("state", ["IL", "NY", "MA"])
def test_exits_are_void_from_the_letter_on(history, state):
    own = history[(history["lever"] == "join") & (history["where"] == state)].set_index("allowed")
    assert own.loc[True, "until"] == own.loc[False, "start"] == "2011-08-05"
    assert own.loc[True, "start"] < "2011-06-07"


@pytest.mark.parametrize(
    ("fips", "before", "day", "levels"),
    [
        ("06075", "2011-05-31", "2011-06-01", (0.26, 0.26, 1, 1)),  # San Francisco: minor offences
        ("06075", "2013-11-07", "2013-11-08", (0, 0, 0, 0.04)),  # Due Process for All
        ("06075", "2014-05-28", "2014-05-29", (0, 0, 0, 0)),
        ("17031", "2011-09-06", "2011-09-07", (0, 0, 0, 0)),  # Cook
        ("06085", "2011-10-17", "2011-10-18", (0, 0, 0, 0)),  # Santa Clara
        ("11001", "2012-06-04", "2012-06-05", (0, 0, 0, 0)),
        ("06037", "2012-12-31", "2013-01-01", (0.86, 0.86, 1, 1)),
        (
            "06037",
            "2013-12-31",
            "2014-01-01",
            (0.07, 0.24, 1, 1),
        ),  # Los Angeles, from its own rule to the state's
        ("36061", "2014-12-13", "2014-12-14", (0, 0, 0, 0)),  # New York
        ("06019", "2013-12-31", "2014-01-01", (0.07, 0.24, 1, 1)),  # Fresno, by the TRUST act
        ("09001", "2013-12-31", "2014-01-01", (0, 0, 1, 1)),
        ("41051", "2014-04-13", "2014-04-14", (0, 0, 0, 0)),  # Multnomah
        ("42101", "2014-04-15", "2014-04-16", (0, 0, 0, 0)),  # Philadelphia
        ("08123", "2014-09-17", "2014-09-18", (0, 0, 0, 0)),  # Weld: the last of Colorado
    ],
)
def test_a_county_changes_on_its_day(fips, before, day, levels):
    then, now = (policy(fips, dt.date.fromisoformat(when))["hold"] for when in (before, day))
    assert now.tolist() == pytest.approx([*levels])
    assert then.tolist() != now.tolist()


def test_nothing_local_stops_a_match_after_the_letter():
    for fips in ("06075", "17031", "41051", "36061"):
        late = policy(fips, END)
        assert late["sharing"] == 1
        assert late["share_felony"] == 0


def test_most_places_did_nothing(history):
    assert policy("48215", END)["hold"].tolist() == [1, 1, 1, 1]
    named = {place for where in history.loc[history["lever"] == "hold", "where"] for place in where.split()}
    assert 70 < len(named) < 100


def test_every_policy_says_how_it_is_known():
    for entry in regimes.compose("historical").policies:
        assert entry.source.split(":")[0] in ("V", "V2", "U"), entry
        assert len(entry.basis) > 10


def test_it_composes_with_an_offer_that_nobody_took():
    assert len(regimes.compose("historical+no_receive@2010-10-01").policies) == 41


# ------------------------------------------------------------------------------------------------- calendar months


def test_periods_are_calendar_months():
    keys = {"place": "06003", "start": "2011-11-15", "end": "2012-03-10", "scale": 10}
    months = CooperationModel(**keys, recording_days=0).run()
    starts = ["2011-11-15", "2011-12-01", "2012-01-01", "2012-02-01", "2012-03-01"]
    assert months.starts().astype(str).tolist() == starts
    days = CooperationModel(**keys, recording_days=1).run().table()
    monthly = months.table()
    for measure in ("incidents", "bookings"):
        own = days[days["measure"] == measure]
        by_month = own.groupby(own["date"].dt.strftime("%Y-%m"))["value"].sum()
        ours = monthly[monthly["measure"] == measure].groupby("date")["value"].sum()
        assert ours.tolist() == by_month.tolist()


def test_a_period_has_the_name_of_what_it_is():
    assert [run.period_name(n) for n in (0, 1, 7, 28)] == ["monthly", "daily", "weekly", "every_28_days"]


# ------------------------------------------------------------------------------------------------- tables


def test_the_table_by_state_adds_counties_up():
    few = CooperationModel(place=["NV", "UT"], scale=500, end=dt.date(2009, 3, 1), recording_days=0).run()
    own, states = few.table(), few.table(by="state")
    assert list(states.columns) == ["date", "state", "group", "measure", "value"]
    own["state"] = np.where(own["county"].astype(str).str[:2] == "32", "NV", "UT")
    for measure in ("incidents", "residents", "person_years"):
        ours, theirs = (
            table[table["measure"] == measure]
            .groupby(["date", "state", "group"], observed=True)["value"]
            .sum()
            for table in (own, states)
        )
        np.testing.assert_allclose(ours.sort_index(), theirs.sort_index(), rtol=1e-12)
    spread = wide(own.drop(columns="state"))
    spread.columns = spread.columns.astype(str)
    pd.testing.assert_frame_equal(of_run(few), spread, check_names=False, check_like=True, rtol=1e-9)


def test_panels_hold_what_the_table_holds():
    few = CooperationModel(place="NV", scale=2000, end=dt.date(2010, 3, 1), recording_days=0).run()
    panel = pd.concat(few.panels(), ignore_index=True)
    long = panel.melt(["date", "county", "group"], var_name="measure")
    assert panel["incidents"].dtype == np.float32
    assert long["measure"].nunique() == len(MEASURES)
    keys = ["date", "county", "group", "measure"]
    ours = long.astype(dict.fromkeys(keys[1:], str)).set_index(keys)["value"]
    table = few.table().astype(dict.fromkeys(keys[1:], str)).set_index(keys)["value"]
    np.testing.assert_allclose(ours, table.loc[ours.index], rtol=1e-6)
    left_out = table.drop(ours.index)
    assert len(left_out) > 0
    assert (left_out.fillna(0) == 0).all()


def test_a_large_run_is_written_by_state_and_as_a_panel(monkeypatch, tmp_path):
    monkeypatch.setattr(panels, "LARGEST", 1000)
    few = CooperationModel(place="NV", scale=2000, end=dt.date(2010, 3, 1), recording_days=0).run()
    run.write_run(tmp_path / "out", few)
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    tables = ["funnel.parquet", "monthly.parquet", "monthly_counties.parquet"]
    assert names == [
        "attempts.csv",
        "counties.parquet",
        tables[0],
        "manifest.json",
        *tables[1:],
        "police.parquet",
        "ro-crate-metadata.json",
        "scenario.toml",
    ]
    panel = pd.read_parquet(tmp_path / "out" / "monthly_counties.parquet")
    pd.testing.assert_frame_equal(panel, pd.concat(few.panels(), ignore_index=True), check_dtype=False)
    states = pd.read_parquet(tmp_path / "out" / "monthly.parquet")
    pd.testing.assert_frame_equal(states, few.table(by="state"), check_dtype=False)


@pytest.mark.parametrize("by", ["county", "state"])
def test_a_table_of_some_periods_is_a_part_of_the_whole_one(by):
    model = CooperationModel(place=["06075", "06001", "32003"], scale=5000, end=dt.date(2009, 7, 1)).run()
    whole, parts = model.table(by), [range(2), range(2, 9), range(9, 9), range(9, len(model.starts()))]
    joined = pd.concat([model.table(by, part) for part in parts], ignore_index=True)
    pd.testing.assert_frame_equal(joined, whole)
    assert whole["date"].nunique() == len(model.starts()) > 9


@pytest.fixture
def large(monkeypatch):
    """A run whose table by county is written as a panel, three periods at a time."""
    monkeypatch.setattr(panels, "LARGEST", 1000)
    return CooperationModel(place="NV", scale=2000, end=dt.date(2009, 5, 1), recording_days=7).setup


@pytest.mark.parametrize("threads", [1, 2])
def test_a_panel_that_grows_while_the_run_is_lived_is_the_one_written_afterwards(large, tmp_path, threads):
    model, told, files = CooperationModel(large), [], ("weekly_counties.parquet", "weekly.parquet")
    folder = tmp_path / "while"
    folder.mkdir()

    def grow(day: int, days: int) -> None:
        panel.grow()
        panel._begun.result()
        told.append({path.name: path.stat().st_size for path in folder.iterdir()})

    with panels.Panel(folder, "weekly", model, over=True) as panel:
        model.run(grow, threads=threads)
        panel.finish()
    for name in files:
        sizes = [each.get(name, 0) for each in told]
        assert sum(a < b for a, b in pairwise(sizes)) >= 2, "it is written piece by piece"
    run.run(large, tmp_path / "run", threads=threads)
    run.write_run(tmp_path / "afterwards", CooperationModel(large).run())
    for name in files:
        ways = {(tmp_path / way / name).read_bytes() for way in ("while", "run", "afterwards")}
        assert len(ways) == 1, name


def test_a_panel_that_cannot_be_written_is_said_before_the_run_is_over(large, monkeypatch, tmp_path):
    told: list[int] = []

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(pq.ParquetWriter, "write_table", full)
    with pytest.raises(InputError, match="No space left"):
        run.run(large, tmp_path / "out", lambda day, _: (told.append(day), time.sleep(0.02)))
    assert max(told) < (large.end - large.start).days
    assert list(tmp_path.iterdir()) == []


def test_a_run_that_is_interrupted_leaves_no_panel(large, tmp_path):
    def stop(day: int, _: int) -> None:
        if day > 60:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run.run(large, tmp_path / "out", stop)
    assert list(tmp_path.iterdir()) == []
    assert not [each for each in threading.enumerate() if each.name.startswith("panel")]


# ------------------------------------------------------------------------------------------------- the first morning


def people(model: CooperationModel) -> pd.DataFrame:
    r = model.world.residents
    state = np.array(model.states)[model.world.counties["state"][r["county"]]]
    lawful = (r["status"] == Status.GREEN_CARD) | (r["status"] == Status.VISA)
    unauthorized = r["status"] == Status.UNAUTHORIZED
    columns = {"population": 1, "hispanic": r["hispanic"], "noncitizen": lawful | unauthorized}
    frame = pd.DataFrame(columns | {"unauthorized": unauthorized}, index=pd.Index(state, name="state"))
    return frame.astype(int).groupby("state").sum()


def test_people_per_state_are_those_of_the_tables(day):
    """Every county is rounded to whole agents, so a state may be off by half an agent a county, and more than that never."""
    table = places.counties()
    wanted = table.groupby("state")[["population", "hispanic", "noncitizen", "unauthorized"]].sum() / 100
    found, counties = people(day), table.groupby("state").size()
    assert ((found["population"] - wanted["population"]).abs() <= counties / 2).all()
    # Hispanic and noncitizen agents are rounded up or down by chance, county by county and status by status: five standard
    # deviations of a sum of such roundings (at most a half each), over 51 states: a false alarm once in 30,000 trials.
    for column, roundings in (("hispanic", 1), ("noncitizen", 4), ("unauthorized", 2)):
        slack = 5 * 0.5 * np.sqrt(roundings * counties) + 1
        assert ((found[column] - wanted[column]).abs() <= slack).all(), column


def test_shares_of_the_nation(day):
    found = people(day).sum()
    assert found["hispanic"] / found["population"] == pytest.approx(0.1635, abs=0.0005)
    assert found["noncitizen"] * 100 == pytest.approx(22.02e6, rel=0.01)


# ------------------------------------------------------------------------------------------------- independence


def test_a_county_does_not_notice_counties_far_away():
    """Harris County alone and among thirty counties of other states: its counts are equal to the last bit."""
    keys = {"start": dt.date(2010, 1, 1), "end": dt.date(2011, 9, 30), "scale": 500, "recording_days": 0}
    keys |= {"regime": "historical", "hypotheses": "H2+H2b+H3+H4+H5+H6+H7+H8+H10"}
    far = [f for f in places.counties().index if f[:2] in ("06", "53", "23")][::4][:30]
    assert not set(far) & set(places.adjacency()["48201"])
    alone = CooperationModel(place="48201", **keys).run().table()
    among = CooperationModel(place=["48201", *far], **keys).run().table()
    among = among[among["county"] == "48201"].reset_index(drop=True)
    assert alone.loc[alone["measure"] == "transfers", "value"].sum() > 0
    assert among["value"].equals(alone["value"])
    assert among["date"].equals(alone["date"])


# ------------------------------------------------------------------------------------------------- summary and map


def test_milestones_of_the_run_are_met_and_called_modelled(nation, tmp_path):
    table = national.rollout(nation).set_index("day")
    assert len(table) == 9
    assert table.loc["2008-12-31", "counties"] == 14
    assert table.loc["2010-05-04", "of_states"] == 20
    assert table.loc["2013-01-22", "counties"] == len(places.counties()) == 3143
    met = table.drop("2013-01-22")
    np.testing.assert_allclose(met["counties"], met["published"], rtol=0.05)
    run.write_run(tmp_path / "out", nation)
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert manifest["activation"]["modelled"] > 3000
    assert [row["counties"] for row in manifest["milestones"]] == table["counties"].tolist()
    assert mpimg.imread(tmp_path / "out" / "map.png").std() > 0.05


def test_the_map_can_be_printed(nation, tmp_path):
    with style(Style.PRINT):
        save(maps.draw(nation), tmp_path / "map")  # conftest looks at it
    assert (tmp_path / "map.pdf").exists()


@pytest.mark.parametrize("within", [0.0, 1.0, np.nan])
def test_a_county_within_another_has_its_own_colour(within):
    """Charlottesville is a hole in Albemarle, which is one path with all other counties of its colour."""
    figure = Figure(dpi=300)
    canvas, axes, counties = FigureCanvasAgg(figure), figure.subplots(), ["51540", "51003", "51015"]
    cmap = mpl.colormaps["PuOr"].with_extremes(bad=maps.GREY)
    meaning = maps._map(axes, np.array([within, 0.5, 0.5]), counties, cmap, Normalize(0, 1))
    canvas.draw()
    (city,) = (ring for ring, code in zip(*maps.rings(), strict=True) if code == 51540)
    centre, size = city.mean(axis=0), np.ptp(city, axis=0).max()
    around = [centre + size * np.array(way) for way in ((1, 0), (-1, 0), (0, 1), (0, -1))]
    for value, points in ((within, [centre]), (0.5, around)):
        x, y = axes.transData.transform(points).astype(int).T
        found = np.asarray(canvas.buffer_rgba())[::-1][y, x]
        wanted = 255 * meaning.to_rgba(np.ma.masked_invalid([value]))
        assert (found == np.round(wanted)).all(), value


def fake(measures: dict[str, float], state: str = "TX", group: str = GROUPS[0]) -> pd.DataFrame:
    rows = [(pd.Timestamp("2010-01-01"), state, group, name, value) for name, value in measures.items()]
    return pd.DataFrame(rows, columns=["date", "state", "group", "measure", "value"])


PUBLISHED = {
    "CA": {
        "submissions": 1_785_488,
        "match_arrests": 78_407,
        "match_removals": 38_828,
        "convicted_removals": 27_899,
    },
    "TX": {  # the rest of the nation
        "submissions": 7_225_393 - 1_785_488,
        "match_arrests": 197_302 - 78_407,
        "match_removals": 101_741 - 38_828,
        "convicted_removals": 72_445 - 27_899,
    },
}


def test_the_published_counts_give_the_published_ratios():
    table = pd.concat([fake(counts, state) for state, counts in PUBLISHED.items()])
    found = {ratio.name: national.value(table, ratio) for ratio in national.ratios()}
    for ratio in national.ratios()[:5]:
        assert found[ratio.name] == pytest.approx(ratio.published, rel=0.01), ratio.name
        assert ratio.low <= ratio.published <= ratio.high
        assert ratio.source[0] in "VD"
    assert np.isnan(found["custody per detainer, late 2008, %"])


def test_only_some_groups_and_periods_count():
    table = pd.concat(
        [fake({"match_arrests": 90.0}), fake({"match_arrests": 10.0}, group=GROUPS[3])], ignore_index=True
    )
    (latino,) = (r for r in national.ratios() if r.name.startswith("Latino"))
    assert national.value(table, latino) == 90.0
    late = table.assign(date=pd.Timestamp("2011-04-01"))
    assert np.isnan(national.value(late, latino))


def test_the_funnel_names_what_is_met(nation):
    table = national.funnel(nation)
    assert list(table.columns) == ["ratio", "published", "published_low", "published_high", "model", "within"]
    known = table["model"].notna()
    inside = table["model"].between(table["published_low"], table["published_high"])
    assert (table["within"][known] == np.where(inside, "yes", "no")[known]).all()
    assert (table["within"][~known] == "").all()


def test_every_county_is_on_the_map():
    outlines, codes = maps.rings()
    drawn = {f"{code:05d}" for code in codes if code >= 100}
    assert set(places.counties().index) - drawn == {"51515"}
    assert drawn < set(places.counties().index)
    assert {code for code in codes if code < 100} == {int(s) for s in places.counties()["state_fips"]}
    assert max(np.abs(ring).max() for ring in outlines) < 0.5


def test_the_projection_keeps_areas():
    """Two cells of a degree at different latitudes keep the ratio of their areas on the sphere."""

    def area(lat: float) -> float:
        edge = np.linspace(0, 1, 50)
        ring = np.concatenate(
            [
                np.column_stack([edge - 100, np.full(50, lat)]),
                np.column_stack([np.full(50, -99.0), edge + lat]),
                np.column_stack([-99 - edge, np.full(50, lat + 1)]),
                np.column_stack([np.full(50, -100.0), lat + 1 - edge]),
            ]
        )
        x, y = maps.albers(ring, (-96, 37.5), (29.5, 45.5)).T
        return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2

    sphere = np.diff(np.sin(np.radians([30, 31])))[0] / np.diff(np.sin(np.radians([45, 46])))[0]
    assert area(30) / area(45) == pytest.approx(sphere, rel=1e-4)
    assert area(30) == pytest.approx(np.radians(1) * np.diff(np.sin(np.radians([30, 31])))[0], rel=1e-4)


def test_alaska_is_in_one_piece():
    outlines, codes = maps.rings()
    own = [ring for ring, code in zip(outlines, codes, strict=True) if code == 2]
    assert max(ring[:, 0].max() for ring in own) - min(ring[:, 0].min() for ring in own) < 0.35


def test_the_change_in_reporting_is_that_of_the_table():
    keys = {"place": "48201", "start": dt.date(2008, 1, 1), "end": dt.date(2010, 6, 30), "scale": 200}
    model = CooperationModel(**keys, recording_days=0).run()
    day = maps.activations(model)[0]
    table = model.table()
    own = table[table["group"].astype(str).str.startswith("Hispanic")]
    sums = own.pivot_table("value", "date", "measure", "sum", observed=True)
    whole = day.astype("datetime64[M]").astype("datetime64[D]")
    after, before = sums[sums.index >= pd.Timestamp(day)], sums[sums.index < pd.Timestamp(whole)]
    rates = [part["chance_sum"].sum() / part["incidents"].sum() for part in (after, before)]
    assert maps.change(model)[0] == pytest.approx(100 * (rates[0] - rates[1]))
    other = CooperationModel(**keys, recording_days=0, regime="inactive").run()
    assert maps.change(model, other)[0] < 0.5
    assert np.isnan(maps.change(CooperationModel(**keys | {"scale": 50_000}).run())).all()


def test_a_scenario_may_not_record_by_negative_days():
    with pytest.raises(ValueError, match="recording_days"):
        Scenario.of(place="06003", recording_days=-1)

"""Maps of a run: when the programme began in each county, and how victims' reporting changed.

Outlines come from the Census Bureau through us-atlas (see ``SOURCES.md``); Alaska and Hawaii are drawn as insets.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from comity.observe.measures import GROUPS, Measure
from comity.output.national import bases

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.path import Path
    from numpy.typing import NDArray

    from comity.model import CooperationModel

    Floats = NDArray[np.float64]

ALASKA, HAWAII = 2, 15
"""State codes."""

FEWEST: Final = 100
"""Victims in the model, before and after, below which a county's change is not drawn: the chance of reporting varies by about
0.15 between victims, so that a change from fewer has a standard error of more than 2 points."""

FEWEST_PAIRED: Final = 30
"""The same beside a run of the same people with the same dice, in which most of that variation is shared."""

POINTS: Final = 8.0
"""Percentage points at either end of the scale of changes, at least: nine of ten counties that are coloured lie within."""

GREY: Final = "#e2e2e2"

_PANELS: Final = (0.01, 0.51)
"""Left ends of the two maps, in widths of the figure."""


def albers(degrees: Floats, centre: tuple[float, float], parallels: tuple[float, float]) -> Floats:
    """Project longitude and latitude (rows, degrees) onto a plane of true areas, in radii of the earth (Snyder 1987, p. 100)."""
    lon, lat = np.radians(degrees).T
    (lon_0, lat_0), (one, two) = np.radians(centre), np.radians(parallels)
    n = (np.sin(one) + np.sin(two)) / 2
    c = np.cos(one) ** 2 + 2 * n * np.sin(one)
    rho, rho_0 = (np.sqrt(c - 2 * n * np.sin(phi)) / n for phi in (lat, lat_0))
    theta = n * (lon - lon_0)
    return np.column_stack([rho * np.sin(theta), rho_0 - rho * np.cos(theta)])


def _placed(degrees: Floats, state: int) -> Floats:
    """Project a ring, and move Alaska (at a third of its size) and Hawaii below the southwest."""
    if state == ALASKA:
        west = np.where(degrees[:, :1] > 0, degrees - [[360, 0]], degrees)  # across the date line
        return np.asarray(albers(west, (-154, 50), (55, 65)) * 0.35 + np.array([-0.31, -0.24]))
    if state == HAWAII:
        return np.asarray(albers(degrees, (-157, 20), (8, 18)) + np.array([-0.17, -0.235]))
    return albers(degrees, (-96, 37.5), (29.5, 45.5))


def get_ready() -> None:
    """Import what drawing takes and read the outlines: a second for which a long run need not wait when it is over."""
    for name in ("figure", "backends.backend_agg", "backends.backend_svg"):
        import_module(f"matplotlib.{name}")
    rings()


@cache
def rings() -> tuple[list[Floats], NDArray[np.int64]]:
    """Return every ring of the map on the plane, and the code of its county in 2010, or of its state (below 100)."""
    with (
        files("comity.world").joinpath("data", "county_shapes.npz").open("rb") as stream,
        np.load(stream, allow_pickle=False) as found,
    ):
        points, ends, codes = found["points"] / 50.0, found["ends"], found["fips"]
    outlines = np.split(points, ends[:-1])
    state = np.where(codes < 100, codes, codes // 1000)
    kept = [not (s == HAWAII and ring[:, 0].max() < -161) for ring, s in zip(outlines, state, strict=True)]
    placed = [_placed(r, s) for r, s, k in zip(outlines, state, kept, strict=True) if k]
    return placed, codes[kept]


def activations(model: CooperationModel) -> NDArray[np.datetime64]:
    """Return the first day on which the programme operates in each county of a run; NaT if it never does."""
    days = np.full(len(model.counties), np.datetime64("NaT", "D"), "datetime64[D]")
    changes = model.timeline.changes
    rows = changes[changes["policy"]["active"] > 0]  # in the order of days
    counties, first = np.unique(rows["county"], return_index=True)
    days[counties] = np.datetime64(model.setup.start) + rows["day"][first].astype("timedelta64[D]")
    return days


def _victims(
    model: CooperationModel, active: NDArray[np.datetime64], *, after: bool
) -> tuple[Floats, Floats]:
    """Return Hispanic victims and the sum of their chances of reporting by county, before or after its activation.

    The recording period in which a county is activated counts for neither.
    """
    starts = model.starts()
    ends = np.append(starts[1:], np.datetime64(model.date))
    hispanic = [name.startswith("Hispanic") for name in GROUPS]
    sums = np.zeros((2, len(model.counties)))
    for start, end, flows in zip(starts, ends, model.flows(), strict=True):
        counts = (active <= start) if after else (active >= end)
        for k, measure in enumerate((Measure.INCIDENTS, Measure.CHANCE_SUM)):
            sums[k] += flows[..., measure][:, hispanic].sum(axis=1) * counts
    return sums[0], sums[1]


def change(model: CooperationModel, against: CooperationModel | None = None) -> Floats:
    """Return the change of Hispanic victims' chance of reporting by county, in points; NaN where it cannot be told.

    Args:
        model: a run.
        against: a run of the same scenario under another regime (such as ``inactive``): the change is then the difference
            from it after activation, not that from before to after.
    """
    active = activations(model)
    n, chance = _victims(model, active, after=True)
    m, before = _victims(against or model, active, after=against is not None)
    fewest = FEWEST_PAIRED if against else FEWEST
    with np.errstate(divide="ignore", invalid="ignore"):
        points = 100.0 * (chance / n - before / m)
    return np.where((n >= fewest) & (m >= fewest), points, np.nan)


def _map(axes: Any, values: Floats, counties: list[str], cmap: Any, norm: Any) -> Any:
    """Draw counties coloured by value, grey where there is none, and the borders of states; return what the colours mean.

    All counties of one colour are one path: a path for each takes four times as long, and is a larger file.
    """
    from matplotlib.cm import ScalarMappable  # noqa: PLC0415 - slow to import
    from matplotlib.collections import PathCollection  # noqa: PLC0415

    outlines, codes = rings()
    row = {int(fips): n for n, fips in enumerate(counties)}
    inside = [n for n, code in enumerate(codes) if int(code) in row]
    meaning = ScalarMappable(norm, cmap)
    colours = meaning.to_rgba(np.ma.masked_invalid(values[[row[int(codes[n])] for n in inside]]))
    shades, shade = np.unique(colours, axis=0, return_inverse=True)
    paths = [_path([outlines[inside[n]] for n in np.flatnonzero(shade == k)]) for k in range(len(shades))]
    axes.add_collection(PathCollection(paths, facecolors=shades, edgecolors="face", linewidth=0.15))
    here = {int(codes[n]) // 1000 for n in inside}
    borders = [r for r, code in zip(outlines, codes, strict=True) if int(code) in here]
    axes.add_collection(PathCollection([_path(borders)], facecolor="none", edgecolor="white", linewidth=0.5))
    axes.set_aspect("equal")
    axes.autoscale_view()
    axes.set_axis_off()
    return meaning


def _path(outlines: list[Floats]) -> Path:
    """Return rings as one path, each closed."""
    from matplotlib.path import Path  # noqa: PLC0415

    codes = np.full(sum(map(len, outlines)) + len(outlines), Path.LINETO)
    ends = np.cumsum([len(ring) + 1 for ring in outlines])
    codes[[0, *ends[:-1]]], codes[ends - 1] = Path.MOVETO, Path.CLOSEPOLY
    return Path(np.concatenate([part for ring in outlines for part in (ring, ring[:1])]), codes)


def draw(model: CooperationModel, against: CooperationModel | None = None) -> Figure:
    """Return a picture of when the programme began and how reporting changed, by county.

    Args:
        model: a run that is over.
        against: as in `change`.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415

    figure = Figure(figsize=(14, 5.4), dpi=130)
    # Places are given, for to find them takes as long as to draw.
    left, right = (figure.add_axes((x, 0.15, 0.48, 0.72)) for x in _PANELS)
    _draw_activation(left, model)
    _draw_change(right, model, against)
    figure.suptitle(
        f"{model.setup.regime}, {model.setup.start} to {model.setup.end}, one agent for {model.setup.scale:g} persons, "
        f"seed {model.setup.seed}. Model results, not measurements.",
        fontsize=11,
        x=0.01,
        ha="left",
    )
    return figure


def _bar(axes: Axes, meaning: Any, **keys: Any) -> Any:
    """Say below a map what its colours mean."""
    place = axes.figure.add_axes((axes.get_position(original=True).x0 + 0.03, 0.09, 0.42, 0.04))
    return axes.figure.colorbar(meaning, cax=place, orientation="horizontal", **keys)


def _draw_activation(axes: Axes, model: CooperationModel) -> None:
    import matplotlib as mpl  # noqa: PLC0415

    active = activations(model)
    first, last = np.datetime64("2008-07"), np.datetime64("2013-08")
    halves = np.arange(first, last, np.timedelta64(6, "M")).astype("datetime64[D]").astype(int)
    cmap = mpl.colormaps["viridis"].with_extremes(bad=GREY)
    norm = mpl.colors.BoundaryNorm(halves, cmap.N)
    days = np.where(np.isnat(active), np.nan, active.astype(int).astype(float))
    meaning = _map(axes, days, model.counties, cmap, norm)
    bar = _bar(axes, meaning, ticks=halves[1::2])
    bar.ax.set_xticklabels([f"1 Jan {2009 + n}" for n in range(len(halves[1::2]))])
    axes.set_title(f"Activation of Secure Communities. {_dates(bases(model))}", loc="left", fontsize=10)


def _draw_change(axes: Axes, model: CooperationModel, against: CooperationModel | None) -> None:
    import matplotlib as mpl  # noqa: PLC0415

    points, cmap = change(model, against), mpl.colormaps["PuOr"].with_extremes(bad=GREY)
    sizes = np.abs(points[~np.isnan(points)])
    most = max(POINTS, np.ceil(np.quantile(sizes, 0.9))) if len(sizes) else POINTS
    meaning = _map(axes, points, model.counties, cmap, mpl.colors.Normalize(-most, most))
    bar = _bar(axes, meaning, extend="both")
    bar.set_label("percentage points", fontsize=9)
    axes.set_title(_change_title(against, float(np.isnan(points).mean())), loc="left", fontsize=10)


def _dates(known: dict[str, int]) -> str:
    """Say how many of the dates are modelled."""
    modelled, total = known.get("modelled", 0), sum(known.values())
    return f"Modelled dates in {modelled:,} of {total:,} counties" if modelled else "Published dates"


def _change_title(against: CooperationModel | None, grey: float) -> str:
    how = (
        f"against {against.setup.regime}, the same people and dice"
        if against
        else "after activation against before"
    )
    few = FEWEST_PAIRED if against else FEWEST
    return (
        f"Hispanic victims' chance of reporting, {how}.\n"
        f"Grey: fewer than {few} victims in the model on either side ({grey:.0%} of counties)"
    )

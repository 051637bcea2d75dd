"""Counties by year, one run in a table small enough to be kept beside the code; the browser's map is drawn from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
import pandas as pd

from comity.observe.measures import GROUPS, Measure, Stock
from comity.writing import encoding

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from comity.model import CooperationModel

FILE: Final = "counties.parquet"

COUNTS: Final = {
    "prints": (Measure.SUBMISSIONS,),
    "matches": (Measure.MATCHES,),
    "detainers": (Measure.DETAINERS,),
    "ice_custody": (Measure.TRANSFERS, Measure.AT_LARGE_ARRESTS),
    "removals": (Measure.REMOVALS,),
}
"""Columns of persons counted in a year, of all groups."""

VICTIMS: Final = {"hispanic_victims": Measure.INCIDENTS, "hispanic_calls": Measure.CHANCE_SUM}
"""Incidents against Hispanic residents, and the calls to the police expected of them, which is the sum of victims' chances."""


def by_year(model: CooperationModel) -> pd.DataFrame:
    """Return one row per year and county of a run.

    Returns:
        ``year``, ``county`` (FIPS code), ``residents`` and ``hispanic_residents`` (persons in the community at the end of the
        year), the columns of `COUNTS` and `VICTIMS`, and ``hispanic_risk`` (mean perceived risk at the end of the year, 0 to 1,
        NaN where no Hispanic resident is). Persons are agents times scale. A period belongs to the year in which it begins.
    """
    years = model.starts().astype("datetime64[Y]").astype(int) + 1970
    names, last = np.unique(years[::-1], return_index=True)
    frames = [
        _year(model, model.flows(), np.flatnonzero(years == year), model.stocks()[len(years) - 1 - back])
        for year, back in zip(names, last, strict=True)
    ]
    table = pd.concat(frames, ignore_index=True).astype(np.float32)
    keys = {
        "year": names.astype(np.int16).repeat(len(model.counties)),
        "county": pd.Categorical(model.counties * len(names), categories=model.counties),
    }
    return pd.concat([pd.DataFrame(keys), table], axis=1)


def _year(
    model: CooperationModel,
    flows: list[NDArray[np.float64]],
    periods: NDArray[np.int64],
    end: NDArray[np.float64],
) -> pd.DataFrame:
    """Return the columns of one year, of which ``end`` holds the stocks at its end."""
    hispanic, scale = [name.startswith("Hispanic") for name in GROUPS], model.setup.scale
    total = np.zeros_like(flows[0])
    for period in periods:
        total += flows[period]
    people, risk = (end[:, hispanic, stock].sum(axis=1) for stock in (Stock.RESIDENTS, Stock.RISK))
    with np.errstate(invalid="ignore"):
        mean = risk / people
    return pd.DataFrame(
        {
            "residents": scale * end[..., Stock.RESIDENTS].sum(axis=1),
            "hispanic_residents": scale * people,
            **{name: scale * total[..., list(parts)].sum(axis=(1, 2)) for name, parts in COUNTS.items()},
            **{name: scale * total[:, hispanic, measure].sum(axis=1) for name, measure in VICTIMS.items()},
            "hispanic_risk": mean,
        }
    )


def write(model: CooperationModel, path: Path) -> None:
    """Write the table by year; of the nation over ten years 400 kB."""
    import pyarrow as pa  # noqa: PLC0415 - slow to import
    import pyarrow.parquet as pq  # noqa: PLC0415

    table = pa.Table.from_pandas(by_year(model), preserve_index=False)
    # Level 19 makes a file that is 6 % smaller, and takes fourteen times as long.
    pq.write_table(table, path, compression_level=9, **encoding(table.schema))

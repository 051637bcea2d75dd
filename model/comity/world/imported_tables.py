"""What imported tables change in the world: activation dates, noncitizens, 287(g) agreements, local policies.

A scenario names each table by its checksum (``[data]``, see ``docs/data.md``); without a name, the modelled values of
`comity.world.places` hold, and no agreements or local policies are in force but those of the regime.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.data import library
from comity.policy.policy import Policy
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from comity.data.kinds import Row

WITHOUT: Final = {
    "activation": "modelled",
    "noncitizens": "modelled",
    "agreements": "none",
    "policies": "none",
}
"""The kinds of tables on which a run can depend, and what holds where a scenario names none."""

_BASIS: Final = "Section 287(g) of the Immigration and Nationality Act"


def resolve(data: Mapping[str, str]) -> dict[str, str]:
    """Return for every kind of `WITHOUT` the whole checksum of the table that is meant, or what holds without one.

    Raises:
        ValueError: for the first table that is not here or not named by a checksum.
    """
    return {kind: _named(kind, data.get(kind, default)) for kind, default in WITHOUT.items()}


def _named(kind: str, value: str) -> str:
    return value if value == WITHOUT[kind] else library.find(kind, value)


def _rows(data: Mapping[str, str], kind: str) -> tuple[Row, ...]:
    name = data.get(kind, WITHOUT[kind])
    return () if name == WITHOUT[kind] else library.load(kind, name)


def require(data: Mapping[str, str]) -> None:
    """Read every table that is named.

    Raises:
        InputError: if one of them is not on this machine, or was altered.
    """
    for kind in WITHOUT:
        _rows(data, kind)


def counties(place: places.PlaceLike, data: Mapping[str, str]) -> pd.DataFrame:
    """Return the rows of `comity.world.places.counties` that make up a place, with imported dates and counts.

    Columns are the same, and one more, ``noncitizen_basis``, which like ``activation_basis`` is ``"imported"`` where
    the value is. Unauthorized residents are those of the table or, where it has none, as large a part of noncitizens
    as in the table that comes with the package, at most 95 %.

    Raises:
        UnknownPlaceError: if the place is unknown.
        InputError: if a table is not on this machine.
    """
    frame = places.select(place)
    frame["noncitizen_basis"] = "modelled"
    known, rows = _here(frame, _rows(data, "activation"))
    days = np.array([row["activation"] for row in rows], "datetime64[D]").astype("datetime64[s]")
    frame.loc[known, "activation"] = days
    frame.loc[known, "activation_basis"] = "imported"
    _put_noncitizens(frame, *_here(frame, _rows(data, "noncitizens")))
    return frame


def _here(frame: pd.DataFrame, rows: Iterable[Row]) -> tuple[list[str], list[Row]]:
    """Return codes and rows of those of a table's counties that are in the place."""
    inside = [row for row in rows if row["fips"] in frame.index]
    return [row["fips"] for row in inside], inside


def _put_noncitizens(frame: pd.DataFrame, known: list[str], rows: list[Row]) -> None:
    noncitizen = np.array([row["noncitizen"] for row in rows], np.int64)
    before = frame.loc[known, ["noncitizen", "unauthorized"]].to_numpy(float)
    part = np.minimum(before[:, 1] / np.maximum(before[:, 0], 1.0), places.UNAUTHORIZED_CEILING)
    usual = np.floor(part * noncitizen + 0.5).astype(np.int64)
    given = [row["unauthorized"] for row in rows]
    frame.loc[known, "noncitizen"] = noncitizen
    frame.loc[known, "unauthorized"] = [u if g is None else g for u, g in zip(usual, given, strict=True)]
    frame.loc[known, "noncitizen_basis"] = "imported"


def local(data: Mapping[str, str], where: pd.DataFrame) -> tuple[Policy, ...]:
    """Return imported agreements and policies that concern some of the counties, as the calendar has them.

    An agreement for the jail lets all who are booked be interviewed, one for the street makes status arrests, too, as
    the regimes ``jail_287g`` and ``task_force_287g`` do. Agreements of agencies of a whole state, which neither run the
    jails of counties nor patrol their streets, set no lever.

    Args:
        data: what the scenario names.
        where: rows of the county table.

    Raises:
        InputError: if a table is not on this machine.
    """
    from comity.data.kinds import policy  # noqa: PLC0415 - few scenarios name a table

    asked = [p for row in _rows(data, "agreements") if not row["fips"].endswith("000") for p in _levers(row)]
    asked += [policy(row) for row in _rows(data, "policies")]
    here = {*where.index, *where["state"]}
    return tuple(dict.fromkeys(p for p in asked if p.where[0] in here))


def _levers(row: Row) -> list[Policy]:
    """Return what an agreement comes to."""
    kind = row["model"] or "JEM"
    levers = {"interview": 1.0, "street": 1} if "TF" in kind else {"interview": 1.0}
    return [
        Policy(
            decider="county",
            lever=lever,
            value=value,
            start=row["start"],
            until=row["until"],
            where=(row["fips"],),
            basis=_BASIS,
            source=f"imported agreement, {row['agency']}",
        )
        for lever, value in levers.items()
    ]


def labels(data: Mapping[str, str]) -> dict[str, str]:
    """Return for every kind of `WITHOUT` what a person should read: modelled, none, or imported from which file."""
    return {kind: _label(kind, data.get(kind, default)) for kind, default in WITHOUT.items()}


def _label(kind: str, name: str) -> str:
    if name == WITHOUT[kind]:
        return name
    known = library.about(kind, name)
    source = f"{known['source']}, {known['covers']}; " if "source" in known else ""
    return f"imported ({source}sha256 {name})"

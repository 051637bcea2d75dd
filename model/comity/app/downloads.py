"""Downloads, which are files that a page takes away, and the one file that it may bring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import pandas as pd

from comity.app.view import ADDRESS, View, read_view, write_view
from comity.problems import InputError, Problem, shown
from comity.reading import parse
from comity.scenario import Scenario

if TYPE_CHECKING:
    from comity.app.city import City

UPLOAD: Final = "upload"
"""What a problem of an uploaded file names as its file: never a path."""


def make(what: str, view: View, cities: list[City]) -> dict[str, str]:
    """Return a file: its name, type and text.

    Args:
        what: ``data`` (everything that was counted so far, per regime, as CSV) or ``scenario`` (TOML).
        view: what the page was opened with.
        cities: as they stand.

    Raises:
        InputError: if there is no such file.
    """
    if what == "data":
        return {"name": "comity.csv", "mime": "text/csv", "text": _data(cities)}
    if what == "scenario":
        return {"name": "comity.toml", "mime": "application/toml", "text": scenario(view, cities)}
    raise InputError([Problem(ADDRESS, "download", shown(what), "unknown", "data or scenario")])


def _data(cities: list[City]) -> str:
    tables = {city.setup.regime: city.model.table() for city in cities}
    joined: pd.DataFrame = pd.concat(tables, names=["regime"]).reset_index("regime")
    return joined.to_csv(index=False, float_format="%.8g")


def scenario(view: View, cities: list[City]) -> str:
    """Return the scenario that lives the same history up to the day that is shown, with the commands to do so."""
    lived = cities[0].today if cities else view.setup.days
    setup = view.setup.with_(end=end) if (end := _last(view, lived)) else view.setup
    command = "comity compare comity.toml --seeds 1" if view.against else "comity run comity.toml"
    return (
        f"# What the page shows after {lived} days, from the command line:\n#   {command}\n{setup.as_toml()}"
    )


def _last(view: View, lived: int) -> Any:
    """Return the last day that was lived, if that leaves a run at all."""
    from datetime import timedelta  # noqa: PLC0415

    return view.setup.start + timedelta(days=lived - 1) if lived > 1 else None


def read_upload(text: object) -> View:
    """Return what an uploaded scenario asks for.

    Raises:
        InputError: with every problem, each in *upload*.
    """
    if not isinstance(text, str):
        raise InputError([Problem(UPLOAD, "file", shown(text), "not text", "a scenario in TOML")])
    keys = parse(text, UPLOAD)
    try:
        setup = Scenario(**keys)
    except InputError as error:
        raise error.placed(lambda _: UPLOAD) from None
    others = [regime for regime in setup.compare if regime != setup.regime]
    plain = setup.with_(compare=())
    # Read once more as an address, for the limits that hold in the browser.
    return read_view(write_view(View(plain, others[0] if others else "", 0, read_view({}).page)))

"""A checkpoint is a run saved half-way, to go on later: one file of plain arrays, checked before anything of it is used.

The file is a zip archive like those of `numpy.savez`: the resolved scenario as TOML, a header as JSON, and each array of
the state in numpy's own format without pickles. What follows from the scenario (layout, calendars, parameters) is not read
from the file but built anew, and every index in it is checked, because kernels do not check them.
"""

from __future__ import annotations

import json
import math
import os
import re
import zipfile
import zlib
from pathlib import Path
from tokenize import TokenError
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

import numpy as np

from comity.behaviour import behaviour
from comity.columns.views import ColumnAgent
from comity.observe.log import LOG, Event
from comity.problems import InputError, Problem, shown
from comity.reading import LARGEST_FILE, parse
from comity.scenario import Scenario
from comity.writing import new_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from comity.world.state import World


class Run(Protocol):
    """What of a run is kept, and how one is made anew; `comity.model.CooperationModel` is one."""

    world: World

    def __init__(self, *, setup: Scenario, log: bool, latecomers: int) -> None: ...

    @property
    def setup(self) -> Scenario:
        """The scenario, with every value resolved."""

    @property
    def observed_tables(self) -> tuple[str, ...]:
        """Names of the tables of observers."""

    def settle(self) -> None:
        """Let the rest of the state follow what somebody wrote."""

    @property
    def today(self) -> int:
        """Number of days lived."""

    @property
    def agents_by_type(self) -> Mapping[Any, Any]:
        """Agents by their class, as Mesa has them."""

    def kept(self) -> dict[str, NDArray[Any]]:
        """Return what the run holds beside the state."""

    def further(self) -> dict[str, NDArray[Any]]:
        """Return the arrays of extensions that change during a run."""

    def go_on(self, today: int, kept: dict[str, NDArray[Any]]) -> None:
        """Stand as after ``today`` days, with what `kept` returned then."""


R = TypeVar("R", bound=Run)

FORMAT: Final = 1
NOT_KEPT: Final = (
    *(
        "neighbourhoods",
        "neighbours",
        "crossing",
        "met",
        "change_days",
        "change_counties",
        "change_policies",
        "offenders",
    ),
    *(
        "calendar",
        "p",
        "act",
        "fade",
        "incidents",
        "arrests",
        "stories",
        "log",
        "ages",
        "age_shares",
        "by_age",
        "home_list",
        "homes",
        "quota",
        "pull",
    ),
)
"""Arrays that follow from the scenario, and tables of a day that is over."""

SAME: Final = {
    "residents": ("neighbourhood", "household", "household_size", "county", "hispanic", "offender"),
    "counties": (
        *("fips", "state", "office", "first", "residents", "settled", "hispanics"),
        *("neighbourhoods_first", "neighbourhoods", "offenders_first", "offenders_n"),
        *("neighbours_first", "neighbours"),
    ),
    **dict.fromkeys(("police", "jails"), ("county",)),
    "governments": ("level", "place"),
}
"""Columns that say how the world is laid out: they must be as the scenario has them."""

MOST_LATECOMERS: Final = 1_000_000
_DAMAGE: Final = (
    *(OSError, ValueError, TypeError, EOFError, RuntimeError, zipfile.BadZipFile, zlib.error),
    *(SyntaxError, TokenError),  # of numpy's reader of headers
)
"""What reading a damaged archive may raise."""

_VALID: Final = "a whole file that CooperationModel.save of this version wrote"


def _limits(w: World, today: int) -> dict[tuple[str, str], tuple[int, int]]:
    """Return the bounds, both inclusive, of everything in the state that kernels use as an index."""
    people, cases, levels = len(w.residents), len(w.cases), w.act.shape[1]
    small = {"status": 5, "whereabouts": 5, "conviction": levels, "seen_hispanic": 2, "ident": 2}
    return {
        ("residents", "touched"): (int(w.residents["touched"].min()), today),
        **{("residents", name): (0, below - 1) for name, below in small.items()},
        ("cases", "resident"): (0, people - 1),
        ("cases", "booked"): (-int(w.p["settling_days"][0]), today),
        ("cases", "level"): (0, levels - 1),
        ("cases", "charge"): (0, levels - 1),
        ("cases", "next_free"): (0, cases),
        ("clock", "free_case"): (0, cases - 1),
        ("police", "visits"): (0, people),
        ("clock", "next_change"): (0, len(w.change_days)),
        ("policies", "era"): (0, len(w.act) - 1),
        ("governments", "calendar"): (0, len(w.change_days) - 1),
        ("events", "kind"): (0, len(Event) - 1),
        **dict.fromkeys((("agenda_head", ""), ("agenda_link", "")), (-1, people - 1)),
        **dict.fromkeys((("case_head", ""), ("case_link", "")), (-1, cases - 1)),
    }


def save(model: Run, path: str | Path) -> None:
    """Write a run as it stands into a new file; see `comity.model.CooperationModel.save`."""
    target = Path(path)
    if os.path.lexists(target):
        raise _refused(path, "file", shown(str(path)), "is there already", "a new name")
    if model.observed_tables:
        names = ", ".join(model.observed_tables)
        raise _refused(path, "observe", names, "what observers saw is not saved", "a run without observers")
    if strange := [kind.__name__ for kind in model.agents_by_type if not issubclass(kind, ColumnAgent)]:
        wrong, valid = "agents of other kinds are not saved", "a run without them"
        raise _refused(path, "agents", ", ".join(strange), wrong, valid)
    model.settle()
    arrays, counties = _kept(model.world) | model.kept(), model.world.counties
    numbers = {"today": model.today, "log": len(model.world.log), "events": len(arrays["events"])}
    numbers["latecomers"] = int((counties["residents"] - counties["settled"]).sum())
    head = {"format": FORMAT, "behaviour": behaviour(extensions=model.setup.added), **numbers}
    try:
        with (
            new_file(target) as staging,
            zipfile.ZipFile(staging, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        ):
            archive.writestr("scenario.toml", model.setup.as_toml())
            archive.writestr("about.json", json.dumps(head))
            for name, array in arrays.items():
                with archive.open(f"{name}.npy", "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, array, allow_pickle=False)
    except OSError as error:
        raise _refused(
            path, "file", shown(str(path)), error.strerror or str(error), "a file you may write"
        ) from error


def load(path: str | Path, kind: type[R]) -> R:
    """Return the run that `save` wrote, as a model of a kind; see `comity.model.CooperationModel.load`."""
    try:
        with zipfile.ZipFile(path) as archive:
            setup = Scenario(**parse(_text(archive, "scenario.toml"), str(path)))
            head = _head(archive, setup, path)
            if not 0 <= head["today"] <= setup.days:
                raise _refused(path, "today", shown(head["today"]), "no day of the scenario")
            model = _made(kind, setup, head, path)
            kept = _read(archive, model, head, path)
    except InputError as error:
        raise error.placed(lambda _: str(path)) from None
    except KeyError as error:
        named = re.search(r"named '(.*)' in the archive", str(error))
        raise _refused(path, named[1] if named else shown(error.args[0]), "(none)", "missing") from None
    except _DAMAGE as error:
        raise _refused(path, "file", shown(str(path)), f"damaged or not there: {error}") from None
    for name, array in _kept(model.world).items():
        array[...] = kept[name]
    for passing in ("incidents", "arrests", "stories", "logged"):
        model.world.clock[passing] = 0
    model.go_on(head["today"], kept)
    return model


def _made(kind: type[R], setup: Scenario, head: dict[str, int], path: str | Path) -> R:
    """Return a model of the scenario on its first morning."""
    valid = "setup, log and latecomers go to CooperationModel as they are"
    try:
        model = kind(setup=setup, log=head["log"] > 0, latecomers=head["latecomers"])
    except TypeError as error:
        raise _refused(path, "model", kind.__name__, str(error), valid) from None
    if model.setup != setup:
        raise _refused(path, "model", kind.__name__, "makes another scenario of the one in the file", valid)
    return model


def _read(
    archive: zipfile.ZipFile, model: Run, head: dict[str, int], path: str | Path
) -> dict[str, NDArray[Any]]:
    """Return every array of the file, checked against a model on its first morning."""
    w, fresh = model.world, model.kept()
    periods = int(w.calendar["closes"][: head["today"]].sum())
    wanted = {name: (array.dtype, array.shape) for name, array in (_kept(w) | model.further()).items()}
    periodic = ("flows", "stocks", "duty")
    wanted |= {name: (fresh[name].dtype, (periods, *fresh[name].shape[1:])) for name in periodic}
    wanted["events"] = LOG, (head["events"],)
    kept = {name: _array(archive, name, *like, path) for name, like in wanted.items()}
    for name, array in kept.items():
        _check(w, name, array, head["today"], path)
    _check_attributes(model.setup, kept, path)
    return kept


def _check_attributes(setup: Scenario, kept: dict[str, NDArray[Any]], path: str | Path) -> None:
    """Refuse an attribute of an extension that is out of its bounds: its kernels may use it as an index."""
    for extension in setup.added:
        for table in ("residents", "counties"):
            for a in getattr(extension, table):
                values = kept[f"{extension.name}.{table}"][a.name]
                if not ((values >= a.low) & (values <= a.high)).all():
                    where, found = f"{extension.name}.{table}.{a.name}", f"{values.min()} to {values.max()}"
                    raise _refused(path, where, found, "out of bounds", f"{a.low:g} to {a.high:g}")


def _refused(path: str | Path, key: str, value: str, wrong: str, valid: str = _VALID) -> InputError:
    return InputError([Problem(str(path), key, value, wrong, valid)])


def _kept(w: World) -> dict[str, NDArray[Any]]:
    return {name: array for name, array in w._asdict().items() if name not in NOT_KEPT}


def _text(archive: zipfile.ZipFile, name: str) -> str:
    if archive.getinfo(name).file_size > LARGEST_FILE:
        raise ValueError(f"{name} is too large")
    return archive.read(name).decode()


def _head(archive: zipfile.ZipFile, setup: Scenario, path: str | Path) -> dict[str, Any]:
    """Return the header of a file that this version can continue."""
    head: Any = json.loads(_text(archive, "about.json"))
    for key, ours in {"format": FORMAT, "behaviour": behaviour(extensions=setup.added)}.items():
        if head[key] != ours:
            raise _refused(
                path, key, shown(head[key]), f"another version of the model; this one has {ours!r}"
            )
    for key in ("today", "log", "events", "latecomers"):
        if type(head[key]) is not int or not 0 <= head[key] < 1 << 40:
            raise _refused(path, key, shown(head[key]), "not a count")
    if head["latecomers"] > MOST_LATECOMERS:
        raise _refused(path, "latecomers", shown(head["latecomers"]), f"more than {MOST_LATECOMERS:,}")
    return dict(head)


def _array(
    archive: zipfile.ZipFile, name: str, dtype: Any, shape: tuple[int, ...], path: str | Path
) -> NDArray[Any]:
    """Return an array of the file once its header says that it has the expected type and shape."""
    with archive.open(f"{name}.npy") as stream:
        version = np.lib.format.read_magic(stream)
        reader = (
            np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        )
        found, fortran, kind = reader(stream)
        if (found, fortran, kind) != (shape, False, dtype):
            wrong = f"of another scenario or version: {shape} of {dtype.itemsize} bytes are expected"
            raise _refused(path, name, f"{found} of {kind.itemsize} bytes", wrong)
        data = stream.read(math.prod(shape) * dtype.itemsize)
        stream.read(1)  # the end, at which the checksum is compared
    return np.frombuffer(data, dtype).reshape(shape)


def _check(w: World, name: str, array: NDArray[Any], today: int, path: str | Path) -> None:
    """Refuse an array that is not laid out as the scenario has it, or that points outside another one."""
    for column in SAME.get(name, ()):
        if not np.array_equal(array[column], getattr(w, name)[column]):
            raise _refused(path, f"{name}.{column}", "(values)", "of another scenario")
    for column in array.dtype.names or ("",):
        values = array[column] if column else array
        least = 0.0 if column == "daily_pickups" else -math.inf  # a root is taken of it
        if values.dtype.kind == "f" and not (np.isfinite(values) & (values >= least)).all():
            raise _refused(
                path, f"{name}.{column}".rstrip("."), "(values)", "not all are numbers that can be"
            )
    for (table, column), (low, high) in _limits(w, today).items():
        values = array[column] if column and table == name else array
        if table == name and values.size and not low <= int(values.min()) <= int(values.max()) <= high:
            raise _refused(
                path,
                f"{name}.{column}".rstrip("."),
                f"{values.min()} to {values.max()}",
                "out of bounds",
                f"{low} to {high}",
            )

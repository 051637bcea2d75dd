"""The whole state of a run, as one tuple of arrays that goes to every phase of the day.

Nothing else is state: a copy of these arrays is a copy of the run.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Any, Final, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from comity.kernels import COMPILED, by_address
from comity.parameters import INCIDENTS

Table: TypeAlias = NDArray[np.void]
Vector: TypeAlias = NDArray[np.float64]

COUNTY: Final = np.dtype(
    [
        ("fips", "i8"),
        ("state", "i4"),  # row of the bureau table
        ("office", "i4"),  # row of the ICE office table
        ("place", "f8", (3,)),  # centroid, on a sphere of radius 1
        (
            "outside",
            "f8",
            (2,),
        ),  # pull of the counties that are not simulated, by [is Hispanic]: see `migration.destination`
        ("neighbours_first", "i4"),  # into the list of neighbours
        ("neighbours", "i4"),
        ("first", "i4"),  # its first resident
        ("residents", "i4"),  # all of them
        ("settled", "i4"),  # without latecomers
        ("hispanics", "i4"),  # of the settled
        ("neighbourhoods_first", "i4"),
        ("neighbourhoods", "i4"),
        ("offenders_first", "i4", (2,)),  # by [is Hispanic], into the list of offenders
        ("offenders_n", "i4", (2,)),
        ("headline", "f8"),  # 1 when today's change of policy is alarming, less if it came late, else 0
        ("news", "f8"),  # what salience would be if everybody had heard, 0..1
        ("awareness", "f8"),  # public awareness of enforcement, 0..1
        ("salience", "f8"),  # of immigration in the news, 0..1
        ("seen", "f8"),  # attribution without what the news adds, 0..1
        ("attribution", "f8"),  # how far calling these police is taken to lead to ICE, 0..1
        ("entanglement", "f8"),  # how far they are lastingly seen as ICE's, 0..1: follows attribution slowly
        ("taken", "f8"),  # residents taken by ICE, faded like trust
        ("unconvicted", "f8"),  # of these, without a conviction
        ("noncriminal", "f8"),  # share of these
        ("noncriminal_before", "f8"),  # before the first day
        ("learned_sum", "f8", (2,)),  # by [seen as Hispanic]: faded sum of victims' chances of reporting
        ("learned_n", "f8", (2,)),  # and of victims; the ratio is what offenders have learned
        ("learned_before", "f8", (2,)),  # the ratio before any programme
        ("lure", "f8", (2,)),  # so much more than then offenders target them there (`offending.size_up`)
    ],
    align=True,
)
"""One row per county: its place in the tables, and what the public and offenders there know."""

NEIGHBOURHOOD: Final = np.dtype(
    [
        ("county", "i4"),
        ("first", "i4"),  # its first resident; Hispanic households come first
        ("residents", "i4"),
        ("settled", "i4"),  # without latecomers
        ("hispanics", "i4"),  # of the settled
        ("hispanics_before", "i4"),  # Hispanic residents in earlier neighbourhoods of the county
    ],
    align=True,
)
"""One row per neighbourhood, about the size of a census tract."""

CLOCK: Final = np.dtype(
    [
        ("seed", "i8"),
        ("rate_hispanic", "f8"),  # incidents per year against a Hispanic resident of mean proneness
        ("rate_other", "f8"),
        ("peak", "f8"),  # the most crime of any day, relative to these rates
        ("scale", "f8"),  # persons per agent
        ("next_event", "i8"),
        ("next_change", "i8"),  # row of the calendar of policy
        ("incidents", "i8"),  # rows in use today
        ("arrests", "i8"),
        ("stories", "i8"),
        ("logged", "i8"),
        (
            "recount",
            "i8",
        ),  # 1 when rows of residents were changed from outside: everybody is counted anew before the next day
        ("free_case", "i8"),  # first free row of the case table
        ("lets", "i8"),  # 1 where a home that somebody leaves is taken by somebody else
        ("wanted", "i8"),  # cases pursued at large
        ("wanted_limit", "i8"),
        ("overflow", "i8"),  # 1 when a table of today was too small: the run is stopped
    ],
    align=True,
)

DAY: Final = np.dtype(
    [
        ("business", "i2"),  # whether it counts for a hold
        ("closes", "i2"),  # whether it ends a recording period
        ("month", "i2"),  # since the start
        ("beds", "f8"),  # of ICE, relative to its capacity
        ("officers", "f8"),  # of ICE likewise
        ("crime", "f8"),  # incidents, relative to the rates of the registry
        ("mix", "f8", (len(INCIDENTS),)),  # shares of their types
        ("readiness", "f8"),  # share of them that would be reported, relative to that of usual types
    ],
    align=True,
)
"""One row per day."""

KNOT: Final = 365.25 / 12
"""Days between two rows of `World.quota`."""

LONGEST_HOLD: Final = 14
"""More calendar days than any hold takes."""


class Movement(IntEnum):
    """How somebody comes to live in a county or ceases to, as `World.movements` counts it."""

    CAME = 0  # was born here, or came from abroad or from a county that is not simulated
    MOVED_IN = 1  # from a county that is
    RETURNED = 2  # after removal
    MOVED_OUT = 3
    REMOVED = 4
    LEFT = 5  # died, or left the country


class Memory(IntEnum):
    """What fades: the rows of ``World.fade``."""

    TRUST = 0
    CYNICISM = 1
    AWARENESS = 2
    SALIENCE = 3
    EXPERIENCE = 4  # of offenders


@by_address
class World(NamedTuple):
    """Every array of a run; see the dtypes for the columns.

    In a model, rows of agents are read-only: they are written through attributes of agents, see `Public`.
    """

    residents: Table
    police: Table
    jails: Table
    bureaus: Table
    offices: Table
    governments: Table
    counties: Table
    neighbourhoods: Table
    neighbours: NDArray[
        np.int32
    ]  # rows of the counties of the scenario that border on each county, county by county
    # (of `neighbours`, is Hispanic, types): share of incidents whose offender comes from there
    crossing: NDArray[np.float64]
    # (of `neighbours`, is Hispanic): the same by ethnicity of the victim, over types
    met: NDArray[np.float64]
    policies: Table  # what each county's policy is today
    change_days: NDArray[np.int32]  # the calendar of policy: day, county, new policy
    change_counties: NDArray[np.int32]
    change_policies: Table
    offenders: NDArray[np.int32]  # residents who offend, by county and ethnicity
    cases: Table
    agenda_head: NDArray[np.int32]  # (3 agendas, days), and one of returns after removal where there are any
    agenda_link: NDArray[np.int32]  # (3 agendas, residents), and one of returns
    case_head: NDArray[np.int32]  # (2 agendas, days)
    case_link: NDArray[np.int32]  # (cases,)
    incidents: Table  # today's
    arrests: Table
    stories: Table
    log: Table  # empty unless events are kept
    calendar: Table
    clock: Table
    p: Table  # the parameters
    act: NDArray[np.float64]  # (eras, levels): share of removable cases that ICE acts on
    fade: NDArray[np.float64]  # (`Memory`, days): what is left of it
    tally: NDArray[np.float64]  # (counties, groups, measures): flows of the current period
    stock: NDArray[np.float64]  # (counties, groups, stocks): states at the end of the last period
    # What stocks come to now: those in jail and custody, and how far trust and cynicism in the community are from the norm
    # (counties, groups, stocks and, in the last place, norms of trust)
    running: NDArray[np.float64]
    # Residents in the community by county, is Hispanic, status, in an exposed household, exposed ties, seen as Hispanic
    classes: NDArray[np.int32]
    ages: Table  # residents' age and sex; empty where all are alike
    age_shares: NDArray[np.float64]  # (cells, sexes x ages): of each ethnicity and status
    by_age: NDArray[np.float64]  # (`Rate`, statuses, sexes, ages): relative to the mean
    aware: NDArray[np.uint8]  # a bit per resident: whether personal awareness was ever raised
    # Homes: places in society that somebody lives in, each of one ethnicity and status (a cell)
    home_list: NDArray[np.int32]  # all, by cell and county; empty where none is let
    homes: NDArray[np.int64]  # (cells, counties + 1): where those of each county begin in that list
    quota: NDArray[
        np.float64
    ]  # (`KNOT` days, states, cells): residents that there are to be, in agents; no row if they only move
    present: NDArray[np.int64]  # (states, cells): residents in the community, in jail and in ICE custody
    movements: NDArray[np.int64]  # (counties, groups, `Movement`): so far
    pull: NDArray[np.float64]  # (counties,): of the destinations of one who moves
    funnel: NDArray[np.int64]  # (months, states, levels, groups, stages): bookings by how far they got

    def copy(self) -> World:
        """Return an independent copy of the run's state."""
        arrays: list[Any] = [copied(array) for array in self]
        return World(*arrays)

    def nbytes(self) -> dict[str, int]:
        """Return the memory of each array in bytes."""
        return {name: int(array.nbytes) for name, array in self._asdict().items()}


def copied(rows: NDArray[Any]) -> NDArray[Any]:
    """Return a copy of a table, with what is between its columns: numpy copies field by field, which takes six times as long."""
    return rows.view(f"V{rows.itemsize}").copy().view(rows.dtype) if rows.dtype.names else rows.copy()


AGENTS: Final = ("residents", "police", "jails", "bureaus", "offices", "governments")
"""Tables whose rows are agents."""


class Shown(np.ndarray):
    """The rows of a table as everybody may read them: agents are changed through their attributes, so that it is checked."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if not self.flags.writeable:
            raise ValueError(
                "rows of agents are read-only: set attributes, as in model.agents_by_type[Resident].set('trust', 0.2), where an "
                "array gives one value for each agent, or model.agents_by_type[Resident][5].trust = 0.2"
            )
        super().__setitem__(key, value)

    def __array_wrap__(self, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        """Return what is computed from rows as an array like any other."""
        return array[()] if return_scalar else np.asarray(array)


def shown(rows: NDArray[Any]) -> Shown:
    """Return the same rows, read-only."""
    view = rows.view(Shown)
    view.flags.writeable = False
    return view


class Public(World):
    """The state of a model as everybody sees it: rows of agents are read-only.

    What is recorded, believed and in force depends on them, and attributes of agents see to all of that. Kernels, which take
    fields by their position, write.
    """


def _reader(index: int) -> property:
    return property(lambda world: shown(world[index]))


for _table in AGENTS:
    setattr(Public, _table, _reader(World._fields.index(_table)))


def public(world: World) -> World:
    """Return the same state for everybody to see; where kernels are not compiled, Python must write and nothing changes."""
    return Public(*world) if COMPILED else world


def empty_link(shape: Any) -> NDArray[np.int32]:
    """Return an agenda array in which nobody is entered."""
    return np.full(shape, -1, np.int32)

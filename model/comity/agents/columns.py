"""Columnar Mesa agents: state lives in structured arrays and an agent is a view over one row.

A model carries ``world``, a named tuple of structured arrays. A :class:`ColumnAgent` subclass names one of
them (``table``) and gets an attribute per field. Agents of a small table can be registered one by one,
``Jail(model, row)``. A large table is :func:`install`-ed: ``model.agents_by_type[Resident]`` is then a
:class:`ColumnAgentSet`, which makes views when somebody asks, and ``model.agents`` includes its rows.
"""

from __future__ import annotations

import functools
import itertools
import math
import weakref
from collections.abc import MutableSet
from typing import TYPE_CHECKING, Any, ClassVar, Self

import mesa
import numpy as np

try:
    from mesa.agent import AgentSet, GroupBy
except ImportError:  # Mesa 3.5 moved them
    from mesa.agentset import AgentSet, GroupBy

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from enum import IntEnum
    from random import Random

    from numpy.typing import NDArray

FAMILY = 1_000_000_000  # row r of the k-th installed type has the unique_id k * FAMILY + r
_RESERVED = {"model", "unique_id", "pos", "row", "table", "scenario"}


class Column:
    """An attribute that is one field of a structured array, read and written at the agent's row."""

    def __init__(self, field: str, kind: type[IntEnum] | None = None) -> None:
        self.field, self.kind = field, kind

    def __get__(self, agent: ColumnAgent | None, owner: type) -> Any:
        if agent is None:
            return self
        return self.read(_records(agent), slice(agent.row, agent.row + 1))[0]

    def __set__(self, agent: ColumnAgent, value: Any) -> None:
        self.write(_records(agent), agent.row, value)

    def read(self, records: Any, rows: Any) -> list[Any]:
        """Return the Python values at these rows; sub-arrays stay arrays, of a slice they are views."""
        values = records[self.field][rows]
        plain = values.ndim == 1 and values.dtype.names is None
        read: list[Any] = values.tolist() if plain else list(values)
        return read if self.kind is None else list(map(self.kind, read))

    def write(self, records: Any, rows: Any, value: Any) -> None:
        """Store one value at these rows."""
        column = records[self.field]
        if self.kind is not None:
            value = int(self.kind[value] if isinstance(value, str) else self.kind(value))
        elif isinstance(value, np.number):
            value = value.item()  # so that NumPy checks whether it fits
        if column.dtype.kind in "iu" and isinstance(value, float) and not value.is_integer():
            raise ValueError(f"{self.field} holds whole numbers, which {value!r} is not")
        column[rows] = value


Coded = Column  # Coded(field, kind) reads as members of an IntEnum; set it to a member, a code or a name


class ColumnAgent(mesa.Agent):
    """A Mesa agent that is a view over one row of a structured array, ``getattr(model.world, table)``.

    ``class Resident(ColumnAgent, dtype=RESIDENT)`` gets a :class:`Column` for every field it does not define
    itself; fields that start with ``_`` are padding. Views of an installed type are made without ``__init__``
    and go when nobody holds them, unless they were given an attribute that is no column.
    """

    table: ClassVar[str]
    model: Any  # a mesa.Model that also has a ``world``
    row: int
    _family: _Family | None = None  # of a view; an agent that was registered has none

    def __init_subclass__(cls, dtype: np.dtype[Any] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for field in (dtype.names if dtype is not None else None) or ():
            if field in _RESERVED or hasattr(ColumnAgent, field):
                raise TypeError(f"{cls.__name__} cannot have a field {field!r}: agents use that name")
            if not (hasattr(cls, field) or field.startswith("_")):
                setattr(cls, field, Column(field))

    def __init__(self, model: Any, row: int) -> None:
        if isinstance(model.agents_by_type.get(type(self)), ColumnAgentSet):
            raise TypeError(f"{type(self).__name__} is installed: take views from model.agents_by_type")
        self.model = model
        self.row = range(len(_records(self)))[row]
        super().__init__(model)

    def __setattr__(self, name: str, value: Any) -> None:
        super().__setattr__(name, value)
        if self._family is not None and name in vars(self):
            self._family.kept[self.row] = self

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._family is not None:
            self._family.live.setdefault(self.row, self)

    def remove(self) -> None:
        """Leave the model, as only an agent that was registered can."""
        if self._family is not None:
            raise TypeError(f"row {self.row} of {self.table} is part of the world and cannot be removed")
        super().remove()


class _Family:
    """The views over one table of one model: at most one alive per row."""

    def __init__(self, model: Any, agent_type: type[ColumnAgent], base: int) -> None:
        self.model, self.agent_type, self.table, self.base = model, agent_type, agent_type.table, base
        self.kept: dict[int, ColumnAgent] = {}  # the views with attributes of their own

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in vars(self).items() if name != "live"}

    @functools.cached_property  # because an unpickled view asks for it before the rest is unpickled
    def live(self) -> weakref.WeakValueDictionary[int, ColumnAgent]:
        return weakref.WeakValueDictionary()

    def view(self, row: int) -> ColumnAgent:
        view = self.live.get(row)
        if view is None:
            view = self.live[row] = self.agent_type.__new__(self.agent_type)
            vars(view).update(model=self.model, unique_id=self.base + row, pos=None, row=row, _family=self)
        return view


def _records(owner: ColumnAgent | _Family) -> Any:
    return getattr(owner.model.world, owner.table)


def _joined(agents: Iterable[Any], random: Random) -> AgentSet:
    runs = itertools.groupby(dict.fromkeys(agents), lambda agent: getattr(agent, "_family", None))
    parts = [
        ColumnAgentSet(f, [a.row for a in run], random) if f else AgentSet(run, random) for f, run in runs
    ]
    return parts[0] if len(parts) == 1 else LazyAgentSet(parts, random)


def _members(part: AgentSet) -> Iterator[Any]:
    if isinstance(part, LazyAgentSet):
        return iter(part)
    agents = (ref() for ref in list(map(weakref.ref, part)))
    return (agent for agent in agents if agent is not None and agent in part)


class _GroupBy(GroupBy):
    def agg(self, attr_name: str, func: Callable[..., Any]) -> dict[Any, Any]:
        return {key: group.agg(attr_name, func) for key, group in self.groups.items()}


class LazyAgentSet(AgentSet):
    """Agent sets in a row, of Mesa and of columns, as one: ``model.agents``. Views are made on demand."""

    def __init__(self, parts: list[AgentSet], random: Random) -> None:
        self.parts, self.random = parts, random

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[Any]:
        return itertools.chain.from_iterable(map(_members, self.parts))

    def __contains__(self, agent: object) -> bool:
        return any(agent in part for part in self.parts)

    __getstate__ = object.__getstate__

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __getitem__(self, item: Any) -> Any:
        positions = range(len(self))[item]
        return list(self._take(positions)) if isinstance(item, slice) else next(iter(self._take([positions])))

    def _take(self, positions: Iterable[int]) -> Any:
        wanted = dict.fromkeys(map(int, positions))
        found = {position: agent for position, agent in enumerate(self) if position in wanted}
        return _joined([found[position] for position in wanted], self.random)

    def _settle(self, positions: Any, inplace: bool) -> Any:
        taken = self._take(positions)
        if inplace:
            vars(self).update(vars(taken) if isinstance(self, ColumnAgentSet) else {"parts": [taken]})
        return self if inplace else taken

    def _from_iterable(self, agents: Iterable[Any]) -> AgentSet:
        return _joined(agents, self.random)

    def _values(self, name: str, *default: Any) -> list[Any]:
        return [getattr(agent, name, *default) for agent in self]

    def to_list(self) -> list[Any]:
        """Return the agents as a list, which keeps them alive."""
        return list(self)

    def copy(self) -> Self:
        """Return an independent set of the same agents."""
        return self._take(range(len(self)))

    __copy__ = copy

    def select(
        self,
        filter_func: Callable[[Any], bool] | None = None,
        at_most: float = math.inf,
        inplace: bool = False,
        agent_type: Any = None,
        *,
        where: Callable[[Any], Any] | None = None,
    ) -> Any:
        """Select as Mesa does; ``where`` makes a mask of the structured rows of agents of one type."""
        limit = int(len(self) * at_most) if isinstance(at_most, float) and at_most <= 1.0 else at_most
        limit = max(0, math.ceil(min(limit, len(self))))
        found = (
            np.arange(len(self)) if agent_type is None else np.flatnonzero(self.map(isinstance, agent_type))
        )
        if where is not None:
            found = found[np.asarray(where(self._take(found).records()))]
        if filter_func is not None:
            passed = itertools.compress(found, map(filter_func, self._take(found)))
            found = np.fromiter(itertools.islice(passed, limit), np.int64)
        return self._settle(found[:limit], inplace)

    def get(self, attr_names: Any, handle_missing: Any = "error", default_value: Any = None) -> list[Any]:
        """Return the values of an attribute, or of several for each agent, as Mesa does."""
        if handle_missing not in {"error", "default"}:
            raise ValueError(f"handle_missing is 'error' or 'default', not {handle_missing!r}")
        default = () if handle_missing == "error" else (default_value,)
        if isinstance(attr_names, str):
            return self._values(attr_names, *default)
        columns = [self._values(name, *default) for name in attr_names]
        return list(map(list, zip(*columns, strict=True))) if columns else [[] for _ in range(len(self))]

    def groupby(self, by: Any, result_type: str = "agentset") -> GroupBy:
        """Group by an attribute or a function, as Mesa does."""
        seen: dict[Any, int] = {}
        keys = self.map(by) if callable(by) else self.get(by)
        codes = np.array([seen.setdefault(key, len(seen)) for key in keys], np.int64)
        parts = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
        groups = {key: self._take(part) for key, part in zip(seen, parts, strict=False)}
        if result_type == "agentset":
            return _GroupBy(groups)
        return GroupBy({key: list(group) for key, group in groups.items()})

    def map(self, method: Any, *args: Any, **kwargs: Any) -> list[Any]:
        """Return what a method or a function returns for each agent."""
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]

    def do(self, method: Any, *args: Any, **kwargs: Any) -> Self:
        """Call a method or a function for each agent."""
        self.map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: Any, *args: Any, **kwargs: Any) -> Self:
        """Call a method or a function for each agent in a shuffled order."""
        self.shuffle().do(method, *args, **kwargs)
        return self

    def shuffle(self, inplace: bool = False) -> Any:
        """Shuffle with ``self.random``, as Mesa does."""
        order = list(range(len(self)))
        self.random.shuffle(order)
        return self._settle(order, inplace)

    def sort(self, key: Any, ascending: bool = False, inplace: bool = False) -> Any:
        """Sort by an attribute or a function; agents with the same key keep their order."""
        keys = self.map(key) if callable(key) else self.get(key)
        order = sorted(range(len(keys)), key=keys.__getitem__, reverse=not ascending)
        return self._settle(order, inplace)

    def add(self, agent: mesa.Agent) -> None:
        """Add an agent at the end."""
        if self.parts and not isinstance(self.parts[-1], LazyAgentSet):
            self.parts[-1].add(agent)
        else:
            self.parts.append(AgentSet([agent], self.random))

    def discard(self, agent: mesa.Agent) -> None:
        """Take an agent out."""
        for part in self.parts:
            if agent in part:
                part.discard(agent)

    remove = MutableSet.remove


class ColumnAgentSet(LazyAgentSet):
    """The agents that are ``rows`` of one table, in order; what columns can do, they do."""

    def __init__(self, family: _Family, rows: Any, random: Random) -> None:
        self._family, self.rows, self.random = family, np.asarray(rows, np.int64), random

    def __len__(self) -> int:
        return len(self.rows)

    def __iter__(self) -> Iterator[Any]:
        return map(self._family.view, map(int, self.rows))

    def __contains__(self, agent: object) -> bool:
        row = agent.row if isinstance(agent, ColumnAgent) else -1
        return self._family.live.get(row) is agent and row in self.rows

    def _take(self, positions: Any) -> ColumnAgentSet:
        return ColumnAgentSet(self._family, self.rows[np.asarray(positions, np.int64)], self.random)

    def _column(self, name: str) -> Column | None:
        column = getattr(self._family.agent_type, name, None)
        return column if isinstance(column, Column) else None

    def _values(self, name: str, *default: Any) -> list[Any]:
        column = self._column(name)
        return column.read(_records(self._family), self.rows) if column else super()._values(name, *default)

    def records(self) -> NDArray[np.void]:
        """Return a copy of the structured rows."""
        records: NDArray[np.void] = _records(self._family)[self.rows]
        return records

    def set(self, attr_name: str, value: Any) -> Self:
        """Set an attribute of all agents to one value."""
        if (column := self._column(attr_name)) is None:
            return super().set(attr_name, value)
        column.write(_records(self._family), self.rows, value)
        return self

    def add(self, agent: mesa.Agent) -> None:
        """Refuse, as ``discard`` and ``remove`` do."""
        raise TypeError(
            f"{self._family.table} are rows of the world: they are not added or removed one by one"
        )

    discard = remove = add


def install(model: Any, agent_type: type[ColumnAgent]) -> ColumnAgentSet:
    """Make the rows of a table agents of the model, after any that it has; ``model.world`` must be there."""
    everyone = model.agents
    if not isinstance(everyone, LazyAgentSet):
        everyone = model._all_agents = LazyAgentSet([everyone], model.random)  # noqa: SLF001 (Mesa has no setter)
    if agent_type in model.agents_by_type:
        raise ValueError(f"the model has {agent_type.__name__} agents already")
    installed = sum(isinstance(agents, ColumnAgentSet) for agents in model.agents_by_type.values())
    family = _Family(model, agent_type, (installed + 1) * FAMILY)
    agents = ColumnAgentSet(family, np.arange(len(_records(family))), model.random)
    model.agents_by_type[agent_type] = agents
    everyone.parts.append(agents.copy())
    return agents


def release(model: mesa.Model) -> None:
    """Let a finished model go, which Mesa 3.3 keeps for ever in ``Agent._ids``."""
    getattr(mesa.Agent, "_ids", {}).pop(model, None)

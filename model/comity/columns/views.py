"""Columnar Mesa agents: state lives in structured arrays and an agent is a view over one row.

A model carries ``world``, a named tuple of structured arrays. Agents of a small table are registered one by
one, ``Jail(model, row)``. A large one is :func:`install`-ed: ``model.agents_by_type[Resident]`` is then a
:class:`ColumnAgentSet`, which makes views when somebody asks, and ``model.agents`` includes its rows.
"""

from __future__ import annotations

import functools
import itertools
import math
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableSet
from typing import TYPE_CHECKING, Any, ClassVar, Self

import numpy as np

from comity.agents.light_mesa import Agent, AgentSet, GroupBy, Model

if TYPE_CHECKING:
    from enum import IntEnum
    from random import Random

    from numpy.typing import NDArray

FAMILY = 1_000_000_000  # row r of the k-th installed type has the unique_id k * FAMILY + r
EXACT = 2**53  # whole numbers up to here are exact as floats too
RESERVED = {"model", "unique_id", "pos", "row", "table", "scenario"}
"""What every agent has of its own, so that no attribute can be called it."""


class Column:
    """An attribute that is one field of a structured array, read and written at the agent's row.

    Args:
        field: name of the field.
        kind: values are read as members of this enumeration, and set to a member, a code or a name.
        low: the least number it holds.
        high: the greatest.
        fixed: why it can be read only, if that is so.
    """

    def __init__(
        self,
        field: str,
        kind: type[IntEnum] | None = None,
        *,
        low: float = -math.inf,
        high: float = math.inf,
        fixed: str = "",
    ) -> None:
        self.field, self.kind, self.low, self.high, self.fixed = field, kind, low, high, fixed

    def __get__(self, agent: ColumnAgent | None, owner: type) -> Any:
        return self if agent is None else self.read(agent, slice(agent.row, agent.row + 1))[0]

    def __set__(self, agent: ColumnAgent, value: Any) -> None:
        self.write(agent, np.array([agent.row]), value)

    def read(self, owner: ColumnAgent | _Family, rows: Any) -> list[Any]:
        """Return the Python values at these rows; sub-arrays stay arrays, of a slice they are views."""
        values = self.records(owner)[self.field][rows]
        read: list[Any] = values.tolist() if values.ndim == 1 and not values.dtype.names else list(values)
        return read if self.kind is None else list(map(self.kind, read))

    def write(self, owner: ColumnAgent | _Family, rows: NDArray[np.int64], value: Any) -> None:
        """Store one value at these rows, or an array with a value for each; nothing is stored unless all are valid."""
        if self.fixed:
            raise AttributeError(f"{self.field} {self.fixed} and cannot be set")
        stored = self.valid(owner, rows, value)
        kind = owner.agent_type if isinstance(owner, _Family) else type(owner)
        kind.about_to_change(owner.model, self.field, rows)
        self.store(owner, rows, stored)
        kind.changed(owner.model.world)

    def store(self, owner: ColumnAgent | _Family, rows: NDArray[np.int64], stored: Any) -> None:
        """Store what is valid."""
        self.records(owner)[self.field][rows] = stored

    def records(self, owner: ColumnAgent | _Family) -> Any:
        """Return the rows of which this is a field."""
        return _records(owner)

    def most(self, owner: ColumnAgent | _Family, rows: NDArray[np.int64]) -> float:  # noqa: ARG002 - for subclasses
        """Return the greatest number that each of these rows may hold."""
        return self.high

    def valid(self, owner: ColumnAgent | _Family, rows: NDArray[np.int64], value: Any) -> Any:
        """Return values as they are stored.

        Raises:
            ValueError: if one is no number that the attribute may hold, or there are not as many as rows.
        """
        column = self.records(owner)[self.field]
        several = isinstance(value, np.ndarray) and value.ndim >= column.ndim == 1
        if several and value.shape != (len(rows),):
            given = " by ".join(map(str, value.shape))
            raise ValueError(f"{self.field} takes one value, or {len(rows)}, and not {given}")
        if self.kind is not None:
            return [self._code(each) for each in value] if several else self._code(value)
        return (
            self._number(column.dtype, value, self.most(owner, rows)) if column.dtype.kind in "iuf" else value
        )

    def _code(self, value: Any) -> int:
        kind: Any = self.kind
        value = value.item() if isinstance(value, np.ndarray) and value.ndim == 0 else value  # has no hash
        return int(kind[value] if isinstance(value, str) else kind(value))

    def _number(self, dtype: np.dtype[Any], value: Any, high: float) -> Any:
        numbers, low = np.asarray(value), self.low
        if numbers.dtype.kind not in "biuf":
            raise TypeError(f"{self.field} holds numbers, which {value!r} is not")
        if dtype.kind in "iu":
            low, high = max(low, np.iinfo(dtype).min), min(high, np.iinfo(dtype).max, EXACT)
            if len(wrong := numbers[np.floor(numbers) != numbers]):
                raise ValueError(f"{self.field} holds whole numbers, which {wrong.flat[0].item()!r} is not")
        else:
            high = min(high, float(np.finfo(dtype).max))
        compared = numbers.astype(float)
        if len(wrong := numbers[~((compared >= low) & (compared <= high))]):  # which is true of NaN
            raise ValueError(
                f"{self.field} is from {low:.10g} to {high:.10g}, which {wrong.flat[0].item()!r} is not"
            )
        return numbers


class ColumnAgent(Agent):
    """A Mesa agent that is a view over one row of a structured array, ``getattr(model.world, table)``.

    ``class Resident(ColumnAgent, dtype=RESIDENT)`` gets a :class:`Column` per field, but for ``_padding`` and
    what it defines itself. The model keeps a view of an installed type, which is made without ``__init__``,
    only if it was given an attribute that is no column.
    """

    table: ClassVar[str]
    layout: ClassVar[frozenset[str]] = frozenset()  # fields that say how the world is laid out, not to be set
    counted: ClassVar[frozenset[str]] = frozenset()  # fields that the model counts for itself, not to be set
    bounds: ClassVar[Mapping[str, tuple[float, float]]] = {}  # least and greatest number of the others
    model: Any  # a Mesa model that also has a ``world``
    row: int
    _view_of: _Family | None = None  # but for an agent that was registered

    def __init_subclass__(cls, dtype: np.dtype[Any] | None = None, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        for field in (dtype.names if dtype is not None else None) or ():
            if field in RESERVED or hasattr(ColumnAgent, field):
                raise TypeError(f"{cls.__name__} cannot have a field {field!r}: agents use that name")
            if not (hasattr(cls, field) or field.startswith("_")):
                setattr(cls, field, cls._column(field))

    @classmethod
    def _column(cls, field: str) -> Column:
        low, high = cls.bounds.get(field, (-math.inf, math.inf))
        why = "is part of how the world is laid out" if field in cls.layout else ""
        return Column(
            field, low=low, high=high, fixed=why or "is counted by the model" * (field in cls.counted)
        )

    def __init__(self, model: Any, row: int) -> None:
        if isinstance(model.agents_by_type.get(type(self)), ColumnAgentSet):
            raise TypeError(f"{type(self).__name__} is installed: take views from model.agents_by_type")
        self.row = range(len(getattr(model.world, self.table)))[row]
        super().__init__(model)

    def __getattr__(self, name: str) -> Any:
        own = _column(vars(self).get("model"), type(self), name)
        if own is None:
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return own.__get__(self, type(self))

    def __setattr__(self, name: str, value: Any) -> None:
        if (own := _column(vars(self).get("model"), type(self), name)) is not None:
            own.__set__(self, value)
            return
        super().__setattr__(name, value)
        if self._view_of is not None and name in vars(self):
            self._view_of.kept[self.row] = self

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        if self._view_of is not None:
            self._view_of.live.setdefault(self.row, self)

    @classmethod
    def about_to_change(cls, model: Any, field: str, rows: NDArray[np.int64]) -> None:
        """Tell a model that somebody is about to write to rows of this type."""

    @classmethod
    def changed(cls, world: Any) -> None:
        """Tell a world that somebody wrote to rows of this type; nothing depends on them unless a type says so."""

    def remove(self) -> None:
        """Leave the model, as only an agent that was registered can."""
        if self._view_of is not None:
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
            vars(view).update(model=self.model, unique_id=self.base + row, pos=None, row=row, _view_of=self)
        return view


def _column(model: Any, kind: type[ColumnAgent], name: str) -> Column | None:
    """Return a column that the agents of a model have besides those of their type, if there is one of this name."""
    further: Mapping[tuple[str, str], Column] = getattr(model, "further_columns", {})
    return further.get((kind.table, name)) if further else None


def _records(owner: ColumnAgent | _Family) -> Any:
    """Return the rows themselves, where ``world.residents`` may only show them."""
    world = owner.model.world
    return world[world._fields.index(owner.table)]


class _GroupBy(GroupBy):
    def agg(self, attr_name: str, func: Callable[..., Any]) -> dict[Any, Any]:
        return {key: group.agg(attr_name, func) for key, group in self}


class _LazyAgentSet(AgentSet):
    """Agent sets in a row, of Mesa and of columns, as one: ``model.agents``. Views are made on demand."""

    def __init__(self, parts: list[AgentSet], random: Random) -> None:
        self.parts, self.random = parts, random

    def __len__(self) -> int:
        return sum(map(len, self.parts))

    def __iter__(self) -> Iterator[Any]:
        for part in self.parts:
            if isinstance(part, _LazyAgentSet):
                yield from part
            else:  # an agent that leaves meanwhile is not visited
                refs = [weakref.ref(agent) for agent in part]
                yield from (agent for ref in refs if (agent := ref()) is not None and agent in part)

    def __contains__(self, agent: Any) -> bool:
        return any(agent in part for part in self.parts)

    def __getitem__(self, item: Any) -> Any:
        positions = range(len(self))[item]
        return list(self.take(positions)) if isinstance(item, slice) else next(iter(self.take([positions])))

    def __ror__(self, other: Iterable[Any]) -> Any:  # or Mesa's set, to the left, would not keep the views
        return self._from_iterable(itertools.chain(other, self))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def _join(self, parts: list[Any]) -> Any:
        return parts[0] if [*map(type, parts)] == [ColumnAgentSet] else _LazyAgentSet(parts, self.random)

    def _from_iterable(self, agents: Iterable[Any]) -> Any:  # type: ignore[override]  # keeps self.random
        runs = itertools.groupby(dict.fromkeys(agents), lambda agent: getattr(agent, "_view_of", None))
        parts = [
            ColumnAgentSet(f, [agent.row for agent in run], self.random) if f else AgentSet(run, self.random)
            for f, run in runs
        ]
        return self._join(parts)

    def take(self, positions: Iterable[int]) -> Any:
        wanted = dict.fromkeys(map(int, positions))
        found = {position: agent for position, agent in enumerate(self) if position in wanted}
        return self._from_iterable(found[position] for position in wanted)

    def _typed(self, agent_type: Any) -> Any:
        parts = (part.select(agent_type=agent_type) for part in self.parts)
        return self._join([part for part in parts if len(part)])

    def _settle(self, chosen: Any, inplace: bool) -> Any:
        if inplace:
            vars(self).update(vars(chosen) if isinstance(self, ColumnAgentSet) else {"parts": [chosen]})
        return self if inplace else chosen

    def records(self) -> Any:
        raise TypeError("only the agents of one installed type are rows of one table: give agent_type=")

    def _values(self, name: str, *default: Any) -> list[Any]:
        return [getattr(agent, name, *default) for agent in self]

    def to_list(self) -> list[Any]:
        return list(self)

    def copy(self) -> Any:
        return self.take(np.arange(len(self)))

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
        agents = self if agent_type is None else self._typed(agent_type)
        found = np.arange(len(agents))
        if where is not None:
            found = found[np.asarray(where(agents.records()), bool)]
        if filter_func is not None:
            passed = itertools.compress(found, map(filter_func, agents.take(found)))
            found = np.fromiter(itertools.islice(passed, limit), np.int64)
        return self._settle(agents.take(found[:limit]), inplace)

    def get(self, attr_names: Any, handle_missing: Any = "error", default_value: Any = None) -> list[Any]:
        default = {"error": (), "default": (default_value,)}.get(handle_missing)
        if default is None:
            raise ValueError(f"handle_missing is 'error' or 'default', not {handle_missing!r}")
        if isinstance(attr_names, str):
            return self._values(attr_names, *default)
        columns = [self._values(name, *default) for name in attr_names]
        return [[column[i] for column in columns] for i in range(len(self))]

    def groupby(self, by: Any, result_type: str = "agentset") -> GroupBy:
        seen: dict[Any, int] = {}
        keys = self.map(by) if callable(by) else self.get(by)
        codes = np.array([seen.setdefault(key, len(seen)) for key in keys], np.int64)
        parts = np.split(np.argsort(codes, kind="stable"), np.cumsum(np.bincount(codes))[:-1])
        sets = {key: self.take(part) for key, part in zip(seen, parts, strict=False)}
        return _GroupBy(sets) if result_type == "agentset" else GroupBy({k: list(sets[k]) for k in sets})

    def map(self, method: Any, *args: Any, **kwargs: Any) -> list[Any]:
        if isinstance(method, str):
            return [getattr(agent, method)(*args, **kwargs) for agent in self]
        return [method(agent, *args, **kwargs) for agent in self]

    def do(self, method: Any, *args: Any, **kwargs: Any) -> Self:
        for part in self.parts:
            if isinstance(part, _LazyAgentSet):
                part.do(method, *args, **kwargs)
            else:
                _LazyAgentSet([part], self.random).map(method, *args, **kwargs)
        return self

    def shuffle_do(self, method: Any, *args: Any, **kwargs: Any) -> Self:
        self.shuffle().do(method, *args, **kwargs)
        return self

    def shuffle(self, inplace: bool = False) -> Any:
        order = list(range(len(self)))
        self.random.shuffle(order)
        return self._settle(self.take(order), inplace)

    def sort(self, key: Any, ascending: bool = False, inplace: bool = False) -> Any:
        keys = self.map(key) if callable(key) else self.get(key)
        order = sorted(range(len(keys)), key=keys.__getitem__, reverse=not ascending)
        return self._settle(self.take(order), inplace)

    def add(self, agent: Agent) -> None:
        if self.parts and not isinstance(self.parts[-1], _LazyAgentSet):
            self.parts[-1].add(agent)
        else:
            self.parts.append(AgentSet([agent], self.random))

    def discard(self, agent: Agent) -> None:
        for part in self.parts:
            if agent in part:
                part.discard(agent)

    __copy__ = copy
    __getstate__ = object.__getstate__
    remove = MutableSet.remove  # type: ignore[assignment]  # Mesa's is narrower


class ColumnAgentSet(_LazyAgentSet):
    """The agents that are ``rows`` of one table, in order; what columns can do, they do."""

    def __init__(self, family: _Family, rows: Any, random: Random) -> None:
        self.family, self.random = family, random
        # A whole table is a range: a list of a nation's rows would take gigabytes.
        self._rows = rows if isinstance(rows, range) else np.asarray(rows, np.int64)

    @property
    def rows(self) -> NDArray[np.int64]:
        """The rows of the agents, in order."""
        return np.arange(len(self._rows)) if isinstance(self._rows, range) else self._rows

    def __len__(self) -> int:
        return len(self._rows)

    def __iter__(self) -> Iterator[Any]:
        return map(self.family.view, map(int, self._rows))

    def __contains__(self, agent: Any) -> bool:
        row = agent.row if isinstance(agent, ColumnAgent) else -1
        return self.family.live.get(row) is agent and row in self._rows

    def copy(self) -> ColumnAgentSet:
        """Return another set of the same agents."""
        return ColumnAgentSet(self.family, self._rows, self.random)

    __copy__ = copy

    def take(self, positions: Any) -> Any:
        """Return the set of the agents at these positions, in that order."""
        return ColumnAgentSet(self.family, self.rows[np.asarray(positions, np.int64)], self.random)

    def _typed(self, agent_type: Any) -> Any:
        return self if issubclass(self.family.agent_type, agent_type) else self.take([])

    def records(self) -> Any:
        """Return a copy of the structured rows."""
        return _records(self.family)[self.rows]

    def _column(self, name: str) -> Any:
        kind = self.family.agent_type
        return getattr(kind, name, None) or _column(self.family.model, kind, name)

    def _values(self, name: str, *default: Any) -> list[Any]:
        column = self._column(name)
        if isinstance(column, Column):
            return column.read(self.family, self.rows)
        return super()._values(name, *default)

    def do(self, method: Any, *args: Any, **kwargs: Any) -> Self:
        """Call a method of every agent; no views are made for a ``step`` that is Mesa's own, which does nothing."""
        if method != "step" or self.family.agent_type.step is not Agent.step:
            self.map(method, *args, **kwargs)
        return self

    def set(self, attr_name: str, value: Any) -> Any:
        """Set an attribute of all agents to one value, or to those of an array with one for each."""
        column = self._column(attr_name)
        if not isinstance(column, Column):
            return super().set(attr_name, value)
        column.write(self.family, self.rows, value)
        return self

    def add(self, agent: Agent) -> None:
        """Refuse, as ``discard`` and ``remove`` do."""
        raise TypeError(f"{agent}: these are rows of the world, which are not added or removed one by one")

    discard = remove = add


def install(model: Any, agent_type: type[ColumnAgent]) -> ColumnAgentSet:
    """Make the rows that a table of ``model.world`` has now agents of the model."""
    if agent_type in model.agents_by_type:
        raise ValueError(f"the model has {agent_type.__name__} agents already")
    if not isinstance(model.agents, _LazyAgentSet):
        model._all_agents = _LazyAgentSet([model.agents], model.random)  # noqa: SLF001  # there is no setter
    others = sum(isinstance(agents, ColumnAgentSet) for agents in model.agents_by_type.values())
    family = _Family(model, agent_type, FAMILY * (others + 1))
    agents = ColumnAgentSet(family, range(len(_records(family))), model.random)
    model.agents_by_type[agent_type] = agents
    model.agents.parts.append(agents.copy())
    return agents


def eventful(model: Model) -> bool:
    """Return whether anything but steps is scheduled with Mesa (from 3.5 on)."""
    return len(getattr(model, "_event_list", ())) > 1


def lived(model: Any, steps: int) -> None:
    """Tell Mesa how many steps a model has lived that did not go through ``step`` one by one.

    Mesa 3.5 also has a clock, by which it calls ``step``: it would make up for the days that it did not see.
    """
    model.steps = steps
    if (schedule := getattr(model, "_default_schedule", None)) is not None:
        schedule.pause()
        model.time = float(steps)
        schedule.resume()

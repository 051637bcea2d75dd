"""The view of a page, as text that fits in its address: read as input that may be anything, and written back."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from comity.app.languages import LANGUAGES
from comity.app.lessons import LESSONS
from comity.app.limits import MOST_AGENT_DAYS, MOST_AGENTS, fitting_scale
from comity.app.series import GROUPS, OUTCOMES
from comity.app.sight import first_sight
from comity.problems import InputError, Problem, one_of, shown
from comity.reading import assignments
from comity.scenario import Scenario
from comity.world import places

if TYPE_CHECKING:
    from collections.abc import Iterable

ADDRESS: Final = "address"
"""What a problem names as its file."""

MOST_KEYS: Final = 300
MOST_CHARACTERS: Final = 100_000
DEFAULTS: Final[dict[str, Any]] = {
    "place": "06075",
    "start": date(2010, 1, 1),
    "end": date(2012, 12, 31),
    "seed": 1,
    "regime": "mandatory",
}
"""The founding case."""

CHOICES: Final[dict[str, tuple[str, ...]]] = {
    "view": ("city", "regimes", "lessons", "nation", "results", "about"),
    "colour": ("trust", "risk", "happened"),
    "chart": tuple(OUTCOMES),
    "second": tuple(OUTCOMES),
    "group": tuple(GROUPS),
    "range": ("whole", "fit"),
    "speed": ("1", "7", "30", "100", "max"),
    "lesson": tuple(map(str, range(len(LESSONS) + 1))),
    "tour": ("0", "1", "2", "3", "4", "5"),
    "lang": ("browser", *LANGUAGES),
}
"""Keys that only the page reads, with their values; the first is the default."""

_FIRST: Final = {"group": "hispanic", "chart": "reporting", "colour": "risk", "speed": "30"}


@dataclass(frozen=True)
class View:
    """What one page shows.

    Attributes:
        setup: the scenario of the city to the left.
        against: the regime of the city to the right, or empty.
        day: days lived when the page opens.
        page: what only the page reads, see `CHOICES`.
    """

    setup: Scenario
    against: str
    day: int
    page: dict[str, str]

    @property
    def setups(self) -> list[Scenario]:
        """The scenarios of the cities, from left to right."""
        return [self.setup, *([self.setup.with_(regime=self.against)] if self.against else [])]


def read_view(raw: object) -> View:
    """Read the state that an address holds.

    Args:
        raw: names and values, both text; anything else is refused.

    Raises:
        InputError: with every problem that was found.
    """
    texts = _texts(raw)
    problems: list[Problem] = []
    page = {key: _choice(key, texts.pop(key, None), problems) for key in CHOICES}
    against, day = texts.pop("against", ""), texts.pop("day", None)
    if "compare" in texts:
        problems.append(
            Problem(ADDRESS, "compare", shown(texts.pop("compare")), "unknown key", "against = a regime")
        )
    setup = _scenario(texts, against, problems)
    lived = _day(day, setup, against, problems)
    if problems or setup is None:
        raise InputError(problems)
    return View(setup, against, lived, page)


def _texts(raw: object) -> dict[str, str]:
    """Return a table of texts, if it is one and not too large."""
    expected = f"up to {MOST_KEYS} names with values, of {MOST_CHARACTERS:,} characters in all"
    if not isinstance(raw, dict) or not all(isinstance(v, str) for pair in raw.items() for v in pair):
        raise InputError([Problem(ADDRESS, "state", shown(raw), "not names with values", expected)])
    size = sum(len(key) + len(value) for key, value in raw.items())
    if len(raw) > MOST_KEYS or size > MOST_CHARACTERS:
        wrong = f"{len(raw)} names of {size:,} characters"
        raise InputError([Problem(ADDRESS, "state", "(too long)", wrong, expected)])
    return dict(raw)


def _choice(key: str, value: str | None, problems: list[Problem]) -> str:
    default = _FIRST.get(key, CHOICES[key][0])
    if value is None or value in CHOICES[key]:
        return value or default
    problems.append(Problem(ADDRESS, key, shown(value), "unknown", one_of(value, CHOICES[key])))
    return default


def _scenario(texts: dict[str, str], against: str, problems: list[Problem]) -> Scenario | None:
    """Read the scenario, both regimes at once, and choose a scale where none is given."""
    changes, wrong = assignments([f"{key}={value}" for key, value in texts.items()])
    problems += [Problem(ADDRESS, p.key, p.value, p.wrong, p.expected) for p in wrong]
    keys = DEFAULTS | dict(changes)
    keys["compare"] = [keys["regime"], against] if against else []
    try:
        setup = Scenario.of(**keys)
        if "scale" not in keys:
            setup = setup.with_(scale=float(fitting_scale(setup)))
    except InputError as error:
        problems += _renamed(error.problems)
        return None
    agents = setup.residents / setup.scale
    if agents * setup.days > MOST_AGENT_DAYS or agents > MOST_AGENTS:
        valid = f"{fitting_scale(setup):,} or more for this place and these years, in the browser"
        problems.append(Problem(ADDRESS, "scale", f"{setup.scale:g}", "too many residents at once", valid))
    return setup


def _renamed(found: Iterable[Problem]) -> list[Problem]:
    """Return problems of a scenario by the names that the address has for its keys."""
    names = {"compare[1]": "against"}
    kept = [p for p in found if p.key != "compare[0]"]  # which `regime` says already
    return [replace(p, file=ADDRESS, key=names.get(p.key, p.key)) for p in kept]


def _day(text: str | None, setup: Scenario | None, against: str, problems: list[Problem]) -> int:
    if text is None:
        return first_sight(setup, against) if setup else 0
    last = setup.days if setup else 10_000
    if text.isascii() and text.isdigit() and len(text) < 6:
        return min(int(text), last)
    problems.append(
        Problem(ADDRESS, "day", shown(text), "not a number of days", f"a whole number from 0 to {last}")
    )
    return 0


def write_view(view: View) -> dict[str, str]:
    """Return the state for an address: only what differs from the page that opens without one."""
    setup = view.setup
    texts: dict[str, str] = {}
    standard = Scenario.of(**DEFAULTS, extensions=setup.extensions)
    if setup.extensions:
        texts["extensions"] = ",".join(setup.extensions)
    for key in ("place", "start", "end", "seed", "regime", "hypotheses", "regimes"):
        if getattr(setup, key) != getattr(standard, key):
            texts[key] = _plain(getattr(setup, key))
    if setup.scale != fitting_scale(setup):
        texts["scale"] = repr(setup.scale).removesuffix(".0")
    for name, value in setup.parameters:
        if value != getattr(standard.parameters, name):
            texts[name] = _plain(value)
    texts |= {"against": view.against} if view.against else {}
    texts |= {key: value for key, value in view.page.items() if value != _FIRST.get(key, CHOICES[key][0])}
    return texts | ({"day": str(view.day)} if view.day != first_sight(setup, view.against) else {})


def _plain(value: Any) -> str:
    """Return a value as TOML on one line, where text stands for itself."""
    return value if isinstance(value, str) else _inline(value)


def _inline(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(str(k))} = {_inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return value.isoformat() if isinstance(value, date) else json.dumps(value)


def place_name(setup: Scenario) -> str:
    """Return the name of a scenario's place for people."""
    rows = places.select(setup.place)
    if len(rows) == 1:
        return f"{rows['county'].iloc[0]}, {rows['state'].iloc[0]}"
    states = list(dict.fromkeys(rows["state"]))
    if len(rows) == len(places.counties()):
        return "United States"
    whole = len(states) == 1 and len(rows) == int((places.counties()["state"] == states[0]).sum())
    return (
        str(places.states()["name"][states[0]])
        if whole
        else f"{len(rows)} counties in {', '.join(states[:4])}"
    )

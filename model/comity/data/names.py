"""Which county of 2010 a code or a name in somebody's table means."""

from __future__ import annotations

import re
from functools import cache
from typing import Final

from comity.levers import STATES
from comity.problems import closest
from comity.world import places

RENAMED: Final = {
    "02158": "02270",  # Kusilvak, Wade Hampton until 2015
    "46102": "46113",  # Oglala Lakota, Shannon until 2015
    "12025": "12086",  # Dade, Miami-Dade since 1997
    "02063": "02261",  # Chugach and Copper River, Valdez-Cordova until 2019
    "02066": "02261",
}
"""Codes of other years, and the code of the same place in 2010."""

SPLIT: Final = {
    "02201": ("02198",),  # Prince of Wales-Outer Ketchikan, the rest of which went to Ketchikan
    "02232": ("02105", "02230"),  # Skagway-Hoonah-Angoon
    "02280": ("02195", "02275"),  # Wrangell-Petersburg
}
"""Places of Alaska that were divided before 2010: what is true of the whole is true of each part, but counts are not."""

ABSORBED: Final = {"51560": "51005", "51780": "51083"}
"""Cities of Virginia that had joined the county around them before 2010: Clifton Forge and South Boston."""

TERRITORIES: Final = {
    "60": ("AS", "american samoa"),
    "66": ("GU", "guam"),
    "69": ("MP", "northern mariana islands", "commonwealth of the northern mariana islands"),
    "72": ("PR", "puerto rico"),
    "78": ("VI", "virgin islands", "us virgin islands", "united states virgin islands"),
}

OTHER_NAMES: Final = {
    ("AK", "kusilvak"): "02270",
    ("AK", "prince of wales outer ketchikan"): "02201",
    ("AK", "skagway hoonah angoon"): "02232",
    ("AK", "wrangell petersburg"): "02280",
    ("DC", "washington"): "11001",
    ("FL", "dade"): "12086",
    ("SD", "oglala lakota"): "46113",
}
"""Names that are not in the table of 2010, tidy and without what kind of place it is."""

_KINDS: Final = (  # without *city*: Sioux City is not in Sioux County
    "city and borough",
    "census area",
    "county",
    "parish",
    "borough",
    "municipality",
    "co",
)
_CODE: Final = "five digits, such as 06075"
_ANY_STATE: Final = "the abbreviation or name of a state, such as CA or California"


def codes(text: str) -> tuple[str, ...]:
    """Return the codes of 2010 that a code stands for: one, several where a place was divided, none for territories.

    Raises:
        ValueError: If there is no such county; says which is meant, as far as can be told.
    """
    if not re.fullmatch(r"[0-9]{5}", text):
        raise ValueError(f"not a county code; valid: {_CODE}")
    code = RENAMED.get(text, text)
    if code[:2] in TERRITORIES:
        return ()
    if code in SPLIT:
        return SPLIT[code]
    if code not in _labels():
        raise ValueError(f"no county of 2010; valid: {_nearest(code)}")
    return (code,)


def state(text: str) -> str:
    """Return the postal abbreviation of a state or territory.

    Raises:
        ValueError: If there is no such state.
    """
    found = _states().get(_tidy(text))
    if found is None:
        raise ValueError(f"no state; valid: {_hint(closest(_tidy(text), _states()))}{_ANY_STATE}")
    return found


def named(county: str, postal: str) -> tuple[str, ...]:
    """Return the codes of the county with a name in a state, as `codes` does.

    Upper and lower case, accents, punctuation and blanks make no difference, nor do *Saint* and *St.*, or what kind of
    place it is called, as long as one place only can be meant.

    Raises:
        ValueError: If none or more than one has the name; suggests the nearest.
    """
    if any(postal == names[0] for names in TERRITORIES.values()):
        return ()
    for key in _keys(county):
        found = _names().get((postal, key), frozenset())
        if len(found) == 1:
            return codes(next(iter(found)))
        if found:
            labels = " or ".join(sorted(_labels()[code] for code in found))
            raise ValueError(f"more than one place; valid: {labels}")
    raise ValueError(
        f"no county of {postal} in 2010; valid: {_hint(_alike(county, postal))}a county, or its code"
    )


def label(code: str) -> str:
    """Return name and state of a county."""
    return _labels()[code]


def _hint(near: str | None) -> str:
    return f"did you mean {near!r}? " if near else ""


def _alike(county: str, postal: str) -> str | None:
    """Return the label of the county of a state whose name looks most like this one."""
    known = {key: min(found) for (where, key), found in _names().items() if where == postal}
    near = closest(_squash(county), known, 0.6)
    return _labels().get(known[near]) if near else None


def _nearest(code: str) -> str:
    if code.startswith("091"):
        return "codes of counties; Connecticut's planning regions of 2022 are none"
    if code[:2] not in STATES:
        return f"{_CODE}; no state has the number {code[:2]}"
    inside = [other for other in _labels() if other[:2] == code[:2]]
    near = min(inside, key=lambda other: (abs(int(other) - int(code)), other))
    return f"a county of {STATES[code[:2]]}; the nearest code is {near} ({_labels()[near]})"


def _tidy(text: str) -> str:
    return places.tidy(text).replace(",", " ").strip()


def _squash(text: str) -> str:
    """Reduce a name to letters and digits: *De Kalb* is *DeKalb*, *Ste. Genevieve* is *Sainte Genevieve*."""
    words = re.sub(r"\bsainte\b", "ste", _tidy(text).replace("&", " and "))
    return re.sub(r"[^a-z0-9]", "", words)


def _bare(text: str) -> str:
    """Return a tidy name without what kind of place it is."""
    for kind in _KINDS:
        if text.endswith(f" {kind}"):
            return text[: -len(kind) - 1]
    return text


def _keys(county: str) -> list[str]:
    """Return the forms in which a name is looked for: as it stands, a city turned round, and without its kind."""
    text = _tidy(county)
    turned = f"{text[8:]} city" if text.startswith("city of ") else text
    return [_squash(name) for name in (text, turned, _bare(turned))]


@cache
def _labels() -> dict[str, str]:
    frame = places.counties()
    return {
        str(code): f"{county}, {state}" for code, county, state in frame[["county", "state"]].itertuples()
    }


@cache
def _states() -> dict[str, str]:
    """Every tidy name and abbreviation of a state or territory, with the abbreviation."""
    table = places.states()["name"]
    known = {_tidy(str(name)): str(code) for code, name in table.items()}
    known |= {_tidy(str(code)): str(code) for code in table.index}
    return known | {_tidy(name): names[0] for names in TERRITORIES.values() for name in names}


@cache
def _names() -> dict[tuple[str, str], frozenset[str]]:
    """Squashed names by state, full and without the kind of place, each with the codes that have it."""
    found: dict[tuple[str, str], set[str]] = {}
    for code, text in _labels().items():
        county, _, postal = text.rpartition(", ")
        for name in {_squash(county), _squash(_bare(_tidy(county).removesuffix(" city")))}:
            found.setdefault((postal, name), set()).add(code)
    for (postal, name), code in OTHER_NAMES.items():
        found.setdefault((postal, _squash(name)), set()).add(code)
    return {key: frozenset(codes_) for key, codes_ in found.items()}

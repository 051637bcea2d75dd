"""Which counties of 2010 a name or a code means, as people, tables and other years write it.

`comity.world.places` has one `Gazetteer` of its counties, which scenarios, studies, imported tables, the page and
searches ask. A code of another year is brought to 2010, see `RENAMED`, `SPLIT` and `WITHIN`.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Final

from comity.problems import LIKENESS, RefusedError, closest

if TYPE_CHECKING:
    from collections.abc import Mapping

NATION: Final = ("us", "usa", "united states", "united states of america")
"""Names of the whole country, as `tidy` leaves them."""

RENAMED: Final = {
    "02158": "02270",  # Kusilvak, Wade Hampton until 2015
    "46102": "46113",  # Oglala Lakota, Shannon until 2015
    "12025": "12086",  # Dade, Miami-Dade since 1997
    "29193": "29186",  # Ste. Genevieve, in tables from before 1979
}
"""Codes of other years, and the code of the same place in 2010."""

SPLIT: Final = {
    "02201": ("02198",),  # Prince of Wales-Outer Ketchikan, the rest of which went to Ketchikan in 2008
    "02231": ("02105", "02230", "02282"),  # Skagway-Yakutat-Angoon, until 1992
    "02232": ("02105", "02230"),  # Skagway-Hoonah-Angoon, until 2007
    "02280": ("02195", "02275"),  # Wrangell-Petersburg, until 2008
}
"""Places of Alaska that were divided before 2010: what is true of the whole is true of each part, but counts are not."""

DIVIDED: Final = {"02261": ("02063", "02066")}
"""A county of 2010 that was divided since: Valdez-Cordova, in 2019, into Chugach and Copper River."""

ABSORBED: Final = {"51560": "51005", "51780": "51083"}
"""Cities of Virginia that had joined the county around them before 2010: Clifton Forge and South Boston."""

WITHIN: Final = {part: whole for whole, parts in DIVIDED.items() for part in parts} | ABSORBED
"""Places of other years that lie within one county of 2010, which has more people than they."""

TERRITORIES: Final = {
    "60": ("AS", "american samoa"),
    "66": ("GU", "guam"),
    "69": ("MP", "northern mariana islands", "commonwealth of the northern mariana islands"),
    "72": ("PR", "puerto rico"),
    "78": ("VI", "virgin islands", "us virgin islands", "united states virgin islands"),
}

PLANNING_REGIONS: Final = "Connecticut's planning regions of 2022 cross the borders of its counties"

_NEW_REGIONS: Final = (
    "capitol",                        "greater bridgeport",             "lower connecticut river valley",
    "naugatuck valley",               "northeastern connecticut",       "northwest hills",
    "south central connecticut",      "southeastern connecticut",       "western connecticut",
)  # fmt: skip

_OTHER_NAMES: Final = {
    ("AK", "chugach"): "02063", ("AK", "copper river"): "02066", ("AK", "kusilvak"): "02270",
    ("AK", "prince of wales outer ketchikan"): "02201", ("AK", "skagway hoonah angoon"): "02232",
    ("AK", "skagway yakutat angoon"): "02231", ("AK", "wrangell petersburg"): "02280",
    ("DC", "washington"): "11001", ("FL", "dade"): "12086", ("SD", "oglala lakota"): "46113",
    ("VA", "clifton forge city"): "51560", ("VA", "south boston city"): "51780",
}  # fmt: skip
"""Names that are not in the table of 2010, tidy."""

_IN_PRINT: Final = """
al ala, az ariz, ar ark, ca cal, ca calif, co colo, ct conn, de del, fl fla, il ill, in ind, ks kan, ks kans, ma mass, mi mich,
mn minn, ms miss, mt mont, ne neb, ne nebr, nv nev, nm nmex, nd ndak, ok okla, or ore, or oreg, pa penn, sd sdak,
tn tenn, tx tex, wa wash, wv wva, wi wis, wi wisc, wy wyo"""
"""States as newspapers and the Government Printing Office abbreviate them, where that is not the postal abbreviation."""

_KINDS: Final = (  # without *city*: Sioux City is not in Sioux County
    "city and borough", "census area", "county", "parish", "borough", "municipality", "cnty", "cty", "co",
)  # fmt: skip
_TURNED: Final = re.compile(
    r"(?:the )?(city and county|city and borough|census area|county|parish|borough|municipality|city) of "
)
_MARKS: Final = re.compile("[.'`\u00b4\u2018\u2019\u02bb\u02bc]")
_SPACES: Final = re.compile(r"[-_\u2010-\u2015\s]+")
_STOPS: Final = re.compile(r"\s*([,:])\s*")
_SAINT: Final = re.compile(r"\bsaint\b")
_SAINTE: Final = re.compile(r"\bsainte\b|\bste\b")
_OTHER: Final = re.compile(r"[\W_]+")
"""What is neither a letter nor a digit."""

_LEVELS: Final = {
    "060": "a part of a county",
    "140": "a census tract",
    "150": "a block group",
    "160": "a city or town",
    "310": "a metropolitan area",
    "500": "a congressional district",
    "860": "a ZIP code area",
    "970": "a school district",
}
"""What the first three digits of the Census Bureau's GEO_ID say that it is; 010, 040 and 050 are country, state, county."""

_COMBINED: Final = ("159", "519", "559")
"""How codes of the Bureau of Economic Analysis begin that stand for several counties: Hawaii, Virginia, Wisconsin."""

_GEO_ID: Final = re.compile(r"(?:([0-9]{3})[0-9A-Z]{2,6})?US([0-9]*)", re.IGNORECASE)
_COUNTY_CODE: Final = re.compile(
    r"([0-9]{4,5})(?:\.0+)?|([0-9]{2}-[0-9]{3})|G([0-9]{2})0([0-9]{3})0", re.IGNORECASE
)
_CODE: Final = "five digits, such as 06075"
ANY_PLACE: Final = "a county ('06075' or 'San Francisco, CA'), a state, 'US' or a list of these"
_ANY_STATE: Final = "the abbreviation or name of a state, such as CA or California"
_SUGGESTIONS: Final = 3
_CANDIDATES: Final = 10


class UnknownPlaceError(RefusedError):
    """No place has this name, or more than one does."""


@lru_cache(maxsize=8192)
def tidy(name: str) -> str:
    """Reduce a name to the form in which names are compared."""
    letters = _MARKS.sub("", name)
    if not letters.isascii():  # nearly all names are, and all counties are gone through
        plain = unicodedata.normalize("NFKD", letters)
        letters = "".join(c for c in plain if unicodedata.category(c) not in ("Mn", "Cf"))
    words = _SPACES.sub(" ", letters).strip().casefold()
    return _SAINT.sub("st", _STOPS.sub(r"\1 ", words))


def code(text: str) -> str | None:
    """Return the five digits of a county's code in whatever form, None for what is no code.

    Read are 06075, 6075, 6075.0, 06-075, a GEO_ID such as 0500000US06075, and NHGIS's G0600750. The code of a
    state, 0400000US06, is returned as 06000, and that of the country, 0100000US, as 00000.

    Raises:
        RefusedError: if it is the code of something else, such as a census tract.
    """
    text = text.strip()
    if found := _COUNTY_CODE.fullmatch(text):
        digits = found[1] or (found[2] or "").replace("-", "") or f"{found[3]}{found[4]}"
        return digits.zfill(5)
    if found := _GEO_ID.fullmatch(text):
        whole = {"010": 0, "040": 2, "050": 5, None: 5}.get(found[1])
        if whole == len(found[2]) and (whole or found[1]):
            return found[2].ljust(5, "0")
        if found[1]:
            wrong = _LEVELS.get(found[1], "another kind of place") if whole is None else "an incomplete code"
            raise RefusedError(f"the code of {wrong}", "that of a county, such as 0500000US06075")
    if re.fullmatch(r"[0-9]{10,12}|[0-9]{15}", text):
        raise RefusedError("the code of a census tract or block", f"that of a county, {_CODE}")
    return None


class Gazetteer:
    """Every name and code of every county and state.

    Args:
        counties: code of each county, its name and the abbreviation of its state.
        states: abbreviation and name of each state.
    """

    def __init__(self, counties: Mapping[str, tuple[str, str]], states: Mapping[str, str]) -> None:
        self._labels = {fips: f"{county}, {state}" for fips, (county, state) in counties.items()}
        self._postal = {fips[:2]: state for fips, (_, state) in counties.items()}
        self._inside: dict[str, list[str]] = {postal: [] for postal in states}
        for fips, (_, state) in counties.items():
            self._inside[state].append(fips)
        self._states = {_flat(key): str(postal) for postal, name in states.items() for key in (postal, name)}
        self._states |= {
            key: names[0] for names in TERRITORIES.values() for key in (names[0].casefold(), *names[1:])
        }
        self._states["washington dc"] = "DC"
        self._states |= {short: postal.upper() for postal, short in map(str.split, _IN_PRINT.split(","))}
        self._said = counties, states

    @cached_property
    def _names(self) -> dict[str, dict[str, set[str]]]:
        """The codes of every name in the form in which names are looked for, by state."""
        counties, states = self._said
        known: dict[str, dict[str, set[str]]] = {postal: {} for postal in states}
        for fips, (county, postal) in counties.items():
            flat = _flat(county)
            for name in (flat, _bare(flat.removesuffix(" city"))):
                known[postal].setdefault(_letters(name), set()).add(fips)
        for (postal, name), fips in _OTHER_NAMES.items():
            for form in (name, name.removesuffix(" city"), f"{name} county"):
                known[postal].setdefault(_squash(form), set()).add(fips)
        return known

    @cached_property
    def _shown(self) -> dict[str, str]:
        """Every name as it is shown, by its tidy form: what is suggested."""
        counties, states = self._said
        shown = {tidy(name): name for name in (*counties, *states.values(), *states, "US")}
        for label in self._labels.values():
            name, _, postal = label.rpartition(", ")
            shown |= {f"{tidy(form)}, {tidy(postal)}": label for form in (name, _bare(_flat(name)))}
        return shown

    def resolve(self, place: str) -> tuple[str, ...]:
        """Return the codes of the counties that make up a place, in ascending order.

        Args:
            place: name or code of a county, a state or the country.

        Raises:
            UnknownPlaceError: if it is unknown or ambiguous; the message says what could be meant.
        """
        try:
            found = self._by_code(place) or self._whole(place) or self._county(place)
        except UnknownPlaceError:
            raise
        except RefusedError as error:
            wrong, valid = error.objection.wrong, error.objection.valid
            raise UnknownPlaceError(f"unknown place {place!r}: {wrong}", valid, "place", place) from None
        return tuple(sorted(found))

    def codes(self, text: str) -> tuple[str, ...]:
        """Return the codes of 2010 that a code stands for: one, several where a place was divided, none for territories.

        What lies `WITHIN` a county of 2010 gives that county.

        Raises:
            RefusedError: If there is no such county; says which is meant, as far as can be told.
        """
        if not re.fullmatch(r"[0-9]{5}", text):
            raise RefusedError("not a county code", _CODE)
        fips = WITHIN.get(text, RENAMED.get(text, text))
        if fips[:2] in TERRITORIES:
            return ()
        if fips in SPLIT:
            return SPLIT[fips]
        if fips not in self._labels:
            raise RefusedError("no county of 2010", self._nearest(fips))
        return (fips,)

    def state(self, text: str) -> str:
        """Return the postal abbreviation of a state or territory, given by that, its name or its two digits.

        Raises:
            RefusedError: If there is no such state.
        """
        digits = text.strip().removesuffix(".0")
        found = self._state(f"0{digits}" if re.fullmatch("[0-9]", digits) else digits)
        if found is None:
            postal = self._states.get(closest(_flat(text), self._states) or "")
            raise RefusedError("no state", f"{_hint(self._said[1].get(postal or '', postal))}{_ANY_STATE}")
        return found

    def _state(self, text: str) -> str | None:
        if re.fullmatch("[0-9]{2}", text):
            return self._postal.get(text) or TERRITORIES.get(text, (None,))[0]
        name = _flat(text)
        return self._called(name) or self._called(re.sub("^(state|commonwealth) of ", "", name))

    def _called(self, name: str) -> str | None:
        """Return the state of a tidy name, which may be one in print: *N. Mex.* or *D. C.*."""
        return self._states.get(name) or (self._states.get(name.replace(" ", "")) if len(name) < 6 else None)

    def prefix(self, postal: str) -> str:
        """Return the two digits with which the codes of a state or territory begin."""
        territories = {names[0]: digits for digits, names in TERRITORIES.items()}
        return next((d for d, state in self._postal.items() if state == postal), "") or territories[postal]

    def divided(self, text: str) -> tuple[str, str | None]:
        """Split the state off a name that ends in one; None if it does not."""
        head, comma, tail = text.rpartition(",")
        if comma and (postal := self._called(_flat(tail))):
            return head, postal
        words = _flat(text).split()
        for n in () if comma else range(min(4, len(words) - 1), 0, -1):
            name, tail = " ".join(words[:-n]), " ".join(words[-n:])
            if (postal := self._called(tail)) and (
                tail != "co" or _bare(name) != name or _TURNED.match(name)
            ):
                return name, postal  # *Adams Co* is a county, *Adams County CO* is in Colorado
        return text, None

    def named(self, county: str, postal: str) -> str | None:
        """Return the code of the place with a name in a state, which may be one of another year; None for territories.

        Upper and lower case, accents, punctuation and blanks make no difference, nor do *Saint* and *St.*, *&* and
        *and*, or what kind of place it is called, as long as one place only can be meant. The name may end in the state.

        Raises:
            RefusedError: If none or more than one has the name; suggests the nearest.
        """
        if any(postal == names[0] for names in TERRITORIES.values()):
            return None
        head, said = self.divided(county)
        if "," not in county and (found := self._find(county, postal, exact=True)):
            head, said = county, None
        if said not in (None, postal):
            raise RefusedError(f"a place in {said}, but the row says {postal}", "a name and state that agree")
        found = self._find(head, postal)
        if len(found) == 1:
            return next(iter(found))
        if found:
            raise RefusedError("more than one place", " or ".join(sorted(map(self.label, found))))
        if postal == "CT" and _is_region(head):
            raise RefusedError(PLANNING_REGIONS, "a county, or its code")
        near = _hint(self._alike(head, postal))
        raise RefusedError(f"no county of {postal} in 2010", f"{near}a county, or its code")

    def label(self, fips: str) -> str:
        """Return name and state of a county, or of a place of another year."""
        if fips in self._labels:
            return self._labels[fips]
        other = {known: f"{name.title()}, {postal}" for (postal, name), known in _OTHER_NAMES.items()}
        return other.get(fips, fips)

    def search(self, text: str) -> tuple[str, ...]:
        """Return the codes of the counties that a text names, and of those that have it in code or name."""
        wanted = _squash(text)
        inside = [
            f for f, name in self._labels.items() if len(wanted) > 2 and wanted in _squash(f"{f} {name}")
        ]
        try:
            return tuple(sorted({*inside, *self.resolve(text)}))
        except UnknownPlaceError:
            return tuple(inside)

    def _by_code(self, place: str) -> tuple[str, ...]:
        fips = code(place)
        if fips is None:
            return ()
        if fips == "00000" and place.strip().upper().endswith("US"):
            return tuple(self._labels)
        if fips.endswith("000") and fips[:2] in self._postal:
            return tuple(self._inside[self._postal[fips[:2]]])
        found = self.codes(fips)
        if not found:
            raise RefusedError(
                "in a territory, which the model does not have", "a county of a state or of DC"
            )
        return found

    def _whole(self, place: str) -> tuple[str, ...]:
        """Return the counties of a state or of the country, none if it is neither."""
        name = tidy(place).removeprefix("state: ")
        if name in NATION:
            return tuple(self._labels)
        postal = self._state(name)
        if postal is not None and postal not in self._inside:
            raise RefusedError("a territory, which the model does not have", "a county or a state")
        return tuple(self._inside[postal]) if postal else ()

    def _county(self, place: str) -> tuple[str, ...]:
        """Return the county with a name, with or without its state."""
        whole = set() if "," in place else self._find(place, exact=True)
        head, postal = self.divided(place)
        if postal is not None and postal not in self._inside:
            raise RefusedError(
                "in a territory, which the model does not have", "a county of a state or of DC"
            )
        # *Cass IA* may be Cass in Iowa or Cassia in Idaho.
        found = whole | (self._find(head, postal) if postal or not whole else set())
        if not found:
            regions = f": {PLANNING_REGIONS}" if postal in (None, "CT") and _is_region(head) else ""
            said = f"unknown place {place!r}{regions or self._suggest(tidy(place))}"
            raise UnknownPlaceError(said, ANY_PLACE, "place", place)
        if len(found) > 1:
            labels = [self.label(fips) for fips in sorted(found)]
            more = f" and {len(labels) - _CANDIDATES} more" if len(labels) > _CANDIDATES else ""
            several = f"ambiguous place {place!r}: {'; '.join(labels[:_CANDIDATES])}{more}"
            raise UnknownPlaceError(several, ANY_PLACE, "place", place)
        return self.codes(next(iter(found)))

    def _find(self, county: str, postal: str | None = None, *, exact: bool = False) -> set[str]:
        """Return the codes of all that have a name, in one state or in any; ``exact``: with the kind that it says."""
        where = [self._names[postal]] if postal else self._names.values()
        for key in _keys(county)[: -1 if exact else None]:
            if key and (found := {fips for names in where for fips in names.get(key, ())}):
                return found
        return set()

    def _alike(self, county: str, postal: str) -> str | None:
        """Return the label of the county of a state whose name looks most like this one."""
        near = closest(_squash(county), self._names[postal])
        return self.label(min(self._names[postal][near])) if near else None

    def _nearest(self, fips: str) -> str:
        if fips.startswith("091"):
            return f"codes of counties; {PLANNING_REGIONS}"
        if fips[:2] not in self._postal:
            return f"{_CODE}; no state has the number {fips[:2]}"
        if fips[:3] in _COMBINED:
            return "codes of single counties; this is one of the Bureau of Economic Analysis for several"
        if fips[2:] == "999":
            return "codes of counties; 999 stands for people whose county is not known"
        if fips == "30113":
            return "30031 or 30067, which Yellowstone National Park joined in 1997"
        inside = self._inside[self._postal[fips[:2]]]
        near = sorted(inside, key=lambda other: (abs(int(other) - int(fips)), other))[:2]
        return f"a county of {self._postal[fips[:2]]}, such as {' or '.join(f'{n} ({self._labels[n]})' for n in near)}"

    def _suggest(self, key: str) -> str:
        """Say which names come closest to a tidy name that no place has."""
        close = difflib.get_close_matches(key[:80], self._shown, n=2 * _SUGGESTIONS, cutoff=LIKENESS)
        labels = list(dict.fromkeys(repr(self._shown[name]) for name in close))[:_SUGGESTIONS]
        return f"; did you mean {' or '.join(labels)}?" if labels else ""


def _hint(near: str | None) -> str:
    return f"did you mean {near!r}? " if near else ""


def _is_region(name: str) -> bool:
    """Return whether a name is one of Connecticut's planning regions of 2022."""
    flat = _flat(name)
    return flat.removesuffix(" planning region") in _NEW_REGIONS or flat.endswith("planning region")


def _flat(text: str) -> str:
    return " ".join(tidy(text).replace(",", " ").split())


def _squash(text: str) -> str:
    """Reduce a name to letters and digits: *De Kalb* is *DeKalb*, *Ste. Genevieve* is *Saint Genevieve*."""
    return _letters(_flat(text))


def _letters(flat: str) -> str:
    words = _SAINTE.sub("st", flat.replace("&", " and "))
    return _OTHER.sub("", words)


def _bare(text: str) -> str:
    """Return a tidy name without what kind of place it is."""
    for kind in _KINDS:
        if text.endswith(f" {kind}"):
            return text[: -len(kind) - 1]
    return text


def _keys(county: str) -> list[str]:
    """Return the forms in which a name is looked for: as it stands, its kind turned round, and without its kind."""
    text = re.sub(" (co|cnty)$", " county", _flat(county).replace("&", "and"))
    forms = [text]
    if found := _TURNED.match(text):
        name, kind = text[found.end() :], found[1]
        forms += [f"{name} {kind.replace('city and county', 'county')}"]
    return [_squash(name) for name in (*forms, _bare(forms[-1]))]

"""Storylines: one resident's path in plain words, from the event log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from comity.agents.residents import Status
from comity.observe.measures import GROUPS
from comity.observe.trust_told import account, heard, in_county, of_own
from comity.parameters import INCIDENTS
from comity.problems import InputError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator

    import pandas as pd

    from comity.model import CooperationModel

CHARGES: Final = ("no charge", "a misdemeanour", "a felony", "a serious felony")
RECORDS: Final = (
    "no conviction",
    "a misdemeanour conviction (L3)",
    "a felony conviction (L2)",
    "a serious conviction (L1)",
)
ENDS: Final = ("charge dropped", "on bail", "sentence served")
STATUSES: Final = (
    "a US-born citizen",
    "a naturalised citizen",
    "a green-card holder",
    "a visa holder",
    "unauthorized",
)
DEEPEST: Final = (
    "removal",
    "transfer",
    "at_large_arrest",
    "detainer",
    "match",
    "booking",
    "report",
    "incident",
)


def sentence(kind: str, detail: int, *, is_other: bool) -> str:
    """Return what an event means, in plain words."""
    if kind == "incident":
        incident = INCIDENTS[detail]
        return (
            f"commits an offence against somebody else ({incident})"
            if is_other
            else f"is the victim of an incident ({incident})"
        )
    words = {
        "report": "The police are told of the incident.",
        "stop": "An improper police stop.",
        "arrest": f"Arrested for {CHARGES[min(detail, 3)]}.",
        "citation": "Cited and released: no booking, no prints.",
        "booking": f"Booked into jail for {CHARGES[min(detail, 3)]}; fingerprints are taken at booking, before any court.",
        "print": "The state bureau forwards the prints to the FBI, and they reach the immigration database IDENT.",
        "match": "IDENT has a record of this person: a match.",
        "referral": "The locality names this person to ICE."
        if detail
        else "Found in jail by an immigration interview.",
        "detainer": f"ICE lodges a detainer ({RECORDS[min(detail, 3)]}).",
        "hold": "The jail honours the detainer and holds for ICE beyond release.",
        "refusal": "The jail declines the detainer.",
        "release": f"Released from jail ({ENDS[min(detail, 2)]}).",
        "transfer": "ICE collects this person from jail.",
        "at_large_arrest": "ICE arrests this person at home or in the street.",
        "removal": "Removed from the United States, or made to return.",
        "ice_release": "Released from ICE custody to the community.",
        "move": "Moves away.",
        "arrival": "Somebody new lives here." if detail else "Comes to live here from another county.",
        "departure": "Dies, or leaves the country.",
        "reentry": "Is back after removal.",
    }
    return words[kind]


def choose(events: pd.DataFrame) -> int | None:
    """Return the resident whose path went furthest, the first one among equals; None if nothing happened."""
    for kind in DEEPEST:
        found = events.loc[events["kind"] == kind, "resident"]
        if len(found):
            return int(found.iloc[0])
    return None


def _lineage(events: pd.DataFrame, resident: int) -> pd.DataFrame:
    """Return the events of a resident and those that led to them, in order."""
    own = (events["resident"] == resident) | ((events["other"] == resident) & (events["kind"] == "incident"))
    chosen = set(events.loc[own, "id"])
    parents = dict(zip(events["id"], events["parent"], strict=True))
    for event in list(chosen):
        while (event := parents.get(event, -1)) >= 0:
            chosen.add(event)
    return events[events["id"].isin(chosen)].sort_values("id")


def check_resident(model: CooperationModel, resident: int | None) -> None:
    """Refuse a resident who is not in the model.

    Raises:
        InputError: saying which numbers there are.
    """
    n = len(model.world.residents)
    if resident is not None and not 0 <= resident < n:
        raise InputError(
            [
                Problem(
                    "command line",
                    "resident",
                    str(resident),
                    "no such resident",
                    f"a number from 0 to {n - 1}",
                )
            ]
        )


def story(model: CooperationModel, resident: int | None = None) -> str:
    """Tell what happened to one resident.

    Args:
        model: a run that kept its event log.
        resident: row of the resident, or None for one that went far.

    Returns:
        A few lines of plain text: who the resident is, one line per event with its date and what it did to trust, and what
        trust consists of now.

    Raises:
        InputError: if there is no such resident.
    """
    check_resident(model, resident)
    events = model.events()
    chosen = choose(events) if resident is None else resident
    if chosen is None:
        return "Nothing happened to anybody in this run."
    lines = [*_own(model, events, chosen), *heard(model, events, chosen)]
    nothing = [] if lines else ["Nothing that the model follows happened to this resident."]
    dated = sorted([*lines, *in_county(model, events, chosen)], key=lambda line: line[0])
    told = [f"{date:%Y-%m-%d}  {text}" for date, text in dated]
    return "\n".join(filter(None, (_introduce(model, chosen), *told, *nothing, account(model, chosen))))


def _own(model: CooperationModel, events: pd.DataFrame, chosen: int) -> Iterator[tuple[Any, str]]:
    """Yield date and sentence of the events of a resident and those that led to them."""
    row: Any
    for row in _lineage(events, chosen).itertuples():
        mine = row.resident == chosen
        text = sentence(str(row.kind), int(row.detail), is_other=not mine)
        if row.kind == "incident":
            text = f"{'Is' if mine else 'Commits'}{text[text.index(' ') :]}."
        yield row.date, text + (of_own(model, str(row.kind)) if mine else "")


def _introduce(model: CooperationModel, resident: int) -> str:
    """Return one line on who a resident is, at the end of the run."""
    r = model.world.residents[resident]
    ethnicity = GROUPS[0 if r["hispanic"] else 3].split(",")[0]
    home = (
        "somebody at home is unauthorized"
        if r["exposed_household"]
        else "nobody else at home is unauthorized"
    )
    known = "known to DHS from before" if r["ident"] else "never met by DHS"
    where = model.world.residents["whereabouts"][resident]
    place = ("in the community", "in jail", "in ICE custody", "removed", "moved away")[where]
    return (
        f"Resident {resident}: {ethnicity if ethnicity == 'Hispanic' else 'not Hispanic'}, {STATUSES[Status(r['status'])]}, "
        f"{known}; household of {r['household_size']}, {home}; {r['exposed_ties']} of the ties unauthorized. "
        f"At the end: {place}."
    )

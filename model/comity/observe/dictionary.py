"""What every number that comity hands out means: one entry for each column of each table, each outcome, each line of the page.

Shares and means are from 0 to 1 in tables of a run, as the model holds them, so that columns can be multiplied and divided as
they are. Outcomes, which are made from tables to be read, compared and drawn, are in per cent (0 to 100) or per 1,000, and have
other names than what they are made from. docs/measures.md is made from here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from comity.observe.items import ITEMS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from comity.sweeps.outcomes import Outcome

SHARE: Final = "0 to 1"
PERCENT: Final = "0 to 100"
COUNT: Final = "0 or more"
NONE: Final = ""


@dataclass(frozen=True)
class Entry:
    """One number, or one key by which numbers are told apart.

    Attributes:
        name: of the column, outcome or line.
        table: where it stands; see `TABLES`.
        unit: of the value; empty for a key.
        span: which values it may have; empty for a key.
        of: what it is divided by, or averaged over; empty for counts.
        groups: whom it is about; empty if rows say so.
        meaning: in words.
    """

    name: str
    table: str
    unit: str
    span: str
    of: str
    groups: str
    meaning: str


TABLES: Final = {
    "periods": "what a run counts (weekly.parquet, monthly.csv ...), one row per measure, or one column in the nation's panel",
    "police": "what officers' time went into (police.csv), by recording period and county",
    "yearly": "printed after a run, by year and people",
    "funnel": "how far bookings got",
    "attempts": "what each decider tried",
    "counties": "a run by year and county",
    "comparison": "comity compare: differences between regimes",
    "histories": "comity compare: one row per regime and seed (runs.csv), and by week and group (weekly.parquet)",
    "sweep": "comity sweep: one row per run (runs.parquet), and per run and week (weekly.parquet)",
    "outcomes": "outcomes of comparisons and studies",
    "estimates": "estimates of published studies, as outcomes of a study",
    "page": "lines of the browser's charts",
    "map": "colours of the browser's map of the nation",
    "victim_interviews": "the victim survey: a row per person and interview",
    "victim_incidents": "the victim survey: a row per incident",
    "attitudes": "the attitude survey: a row per person asked",
    "trust_tracker": "the tracker of trust: a row per month, county and ethnicity",
    "recorded_crime": "police records by month, county and offence",
    "calls": "calls for service by month, county and type",
    "ice_statistics": "ICE's statistics by month and county",
}
"""Tables, and what they are."""

_FLOWS: Final = {
    "incidents": "victimisations",
    "reported": "incidents that reach the police, from anybody",
    "chance_sum": "victims' chances of calling the police, summed over incidents: the calls expected, without the noise",
    "cleared": "reported incidents cleared by arrest",
    "contacts": "police contacts apart from arrests",
    "bad_contacts": "of these, judged improper",
    "arrests": "arrests",
    "minor_arrests": "of these, for other than the six incident types",
    "bookings": "bookings into jail",
    "criminal_checks": "prints answered by the FBI",
    "submissions": "prints that reach IDENT",
    "answers": "matches reported back to the locality",
    "matches": "prints that match a record in IDENT",
    "referrals": "residents named to ICE by the locality",
    "interviews": "residents found by ICE or deputised officers in jail",
    "detainers": "detainers lodged",
    "holds": "detainers honoured",
    "refusals": "detainers declined",
    "transfers": "taken into ICE custody from jail",
    "at_large_arrests": "taken into ICE custody from the community",
    "removals": "removed",
    "ice_releases": "released from ICE custody to the community",
    "jail_days": "days in jail",
    "hold_days": "of these, on a detainer alone",
    "moved_away": "left because of enforcement",
    "surveyed": "incidents that a victim survey hears of: each counts the victim's chance of taking part",
    "survey_reported": "of these, told to have been reported",
    "match_arrests": "taken into ICE custody after a match",
    "match_removals": "removals after a match",
    "convicted_removals": "of these, of somebody with a conviction by then",
}
_TASKS: Final = {
    "calls": "answering calls for service",
    "investigation": "investigating",
    "patrol": "on discretionary patrol",
    "community_policing": "in community policing, visits among it",
    "immigration": "working for ICE: deputies in the jail, a task force; also that of officers hired or paid for it",
}
_DAYS: Final = ("jail_days", "hold_days")
_MEANS: Final = {
    "trust": "trust in the police",
    "cynicism": "cynicism about the law",
    "awareness": "awareness of enforcement, public and personal together",
    "risk": "perceived risk of enforcement",
    "salience": "salience of immigration in the county's news",
    "attribution": "how far calling the county's police is taken to lead to ICE",
    "entanglement": "how far they are lastingly seen as ICE's: follows attribution over months and years",
    "noncriminal": "share without a conviction of those taken from the county by ICE",
}
_STATES: Final = {
    "residents": "residents in the community at the end of the period",
    "in_jail": "residents in jail at the end of the period",
    "in_ice_custody": "residents in ICE custody at the end of the period",
}
_PEOPLE: Final = "residents in the community"
_END: Final = " at the end of the period"
SUM: Final = "_sum"
"""What is added to the name of a mean where a table holds the sum over residents, to be divided by ``residents``."""


def _keys(table: str, **meanings: str) -> Iterator[Entry]:
    return (Entry(name, table, NONE, NONE, NONE, NONE, meaning) for name, meaning in meanings.items())


def _counts(table: str, unit: str, groups: str = "", **meanings: str) -> Iterator[Entry]:
    return (Entry(name, table, unit, COUNT, NONE, groups, meaning) for name, meaning in meanings.items())


def _shares(table: str, of: str, groups: str = "", **meanings: str) -> Iterator[Entry]:
    return (Entry(name, table, "share", SHARE, of, groups, meaning) for name, meaning in meanings.items())


def _periods(table: str, *, sums: bool) -> Iterator[Entry]:
    """Yield what a run counts per period and group; means as means, or as sums over residents."""
    for name, meaning in _FLOWS.items():
        yield Entry(name, table, "person-days" if name in _DAYS else "persons", COUNT, NONE, NONE, meaning)
    for name, meaning in _MEANS.items():
        if sums:
            summed = f"{meaning}{_END}, summed over residents in the community"
            yield Entry(name + SUM, table, "persons", COUNT, NONE, NONE, summed)
        else:
            yield Entry(name, table, "mean", SHARE, _PEOPLE, NONE, meaning + _END)
    yield from _counts(table, "persons", **_STATES)
    yield from _counts(table, "person-years", person_years="residents times the length of the period")


_WHEN: Final = {"date": "first day of the period"}
_BY_GROUP: Final = _WHEN | {
    "group": "ethnicity by status: US-born, immigrant (naturalised, green card, visa), unauthorized"
}
_TRIED: Final = {
    "start": "first day",
    "until": "day on which it ends; empty if it does not",
    "decider": "who decides",
    "lever": "which policy",
    "value": "what it is set to",
    "where": "where it applies",
    "allowed": "whether the law of those days allowed it",
    "reason": "why not",
}
_LEVELS: Final = ("level_1", "level_2", "level_3", "noncriminal")


def _tables() -> Iterator[Entry]:
    yield from _keys(
        "periods",
        **_BY_GROUP,
        county="FIPS code",
        state="instead of county, where a table by county would be too large",
    )
    yield from _keys("periods", measure="which of the measures of this table", value="its value")
    yield from _periods("periods", sums=False)
    yield from _keys("police", **_WHEN, county="FIPS code")
    yield from _counts("police", "officer-hours", **_TASKS)
    yield from _counts("police", "persons", visits="residents whom officers visited (`outreach`)")
    yield from _keys("yearly", year="calendar year", people="Hispanic, or other")
    yield from _counts("yearly", "persons", incidents=_FLOWS["incidents"], bookings=_FLOWS["bookings"])
    yield from _counts(
        "yearly",
        "persons",
        ice_custody="taken into ICE custody, from jail or the community",
        removals="removed",
    )
    yield from _shares("yearly", "incidents", reporting_rate="incidents that reach the police, from anybody")
    yield from _shares(
        "yearly",
        _PEOPLE,
        trust="mean trust in the police over the year",
        risk="mean perceived risk over the year",
    )
    yield from _keys(
        "funnel",
        month="of the booking",
        state="postal code",
        level="worst conviction at booking",
        stage="how far",
    )
    yield from _keys("funnel", group=_BY_GROUP["group"])
    yield from _counts("funnel", "persons", count="bookings that came as far as the stage, or farther")
    yield from _keys("attempts", **_TRIED, regime="of a comparison")
    yield from _keys("counties", year="calendar year", county="FIPS code")
    yield from _counts(
        "counties",
        "persons",
        residents="in the community at the end of the year",
        prints=_FLOWS["submissions"],
    )
    yield from _counts(
        "counties", "persons", "Hispanic", hispanic_residents="in the community at the end of the year"
    )
    yield from _counts(
        "counties", "persons", matches=_FLOWS["matches"], detainers=_FLOWS["detainers"], removals="removed"
    )
    yield from _counts(
        "counties", "persons", ice_custody="taken into ICE custody, from jail or the community"
    )
    yield from _counts(
        "counties",
        "persons",
        "Hispanic",
        hispanic_victims="victimisations",
        hispanic_calls=_FLOWS["chance_sum"],
    )
    yield from _shares(
        "counties", _PEOPLE, "Hispanic", hispanic_risk="mean perceived risk at the end of the year"
    )


def _studies() -> Iterator[Entry]:
    yield from _keys("comparison", outcome="name of an outcome", unit="of the outcome", regime="which regime")
    numbers = {
        "mean": "mean over seeds",
        "difference": "mean over seeds of what differs from the baseline under the same dice",
        "low": "lower end of the 95 % interval of the difference, over seeds",
        "high": "upper end",
    }
    for name, meaning in numbers.items():
        yield Entry(name, "comparison", "of the outcome", NONE, "seeds", NONE, meaning)
    saved = "independent runs that one pair under the same dice is worth"
    yield Entry("replications_saved", "comparison", "ratio", COUNT, NONE, NONE, saved)
    yield from _keys("histories", **_BY_GROUP, regime="which regime", seed="of the history")
    yield from _periods("histories", sums=True)
    design = {
        "run": "number of the run",
        "key": "hash of the inputs of the run",
        "point": "number of the design's point",
        "place": "where",
        "regime": "which regime",
    }
    yield from _keys(
        "sweep",
        **design,
        hypotheses="which mechanisms are on",
        seed="of the run",
        date="first day of the period",
    )


def _observed() -> Iterator[Entry]:
    person = {"household": "number", "person": "number", "county": "FIPS code", "hispanic": "ethnicity"}
    interview = person | {"date": "of the interview", "interview": "1 to 7"}
    weight = "people for whom a respondent stands in a half-year of interviews; 0 without an answer"
    yield from _keys(
        "victim_interviews", **interview, panel="month of the first interview", rotation_group="1 to 6"
    )
    yield from _keys(
        "victim_interviews", recall_from="first month asked about", recall_to="last month asked about"
    )
    yield from _keys("victim_interviews", answered="whether the person took part")
    yield from _counts("victim_interviews", "persons", weight=weight)
    yield from _keys(
        "victim_incidents",
        **interview,
        month="of the incident",
        months_ago="before the interview",
        type="one of six",
    )
    yield from _keys(
        "victim_incidents",
        reported="whether police heard of it, from anybody",
        reported_by="respondent or somebody else",
    )
    yield from _counts("victim_incidents", "persons", weight=weight)
    yield from _keys("attitudes", person="number", county="FIPS code", date="of the interview")
    yield from _keys("attitudes", born_in_us="as asked", undocumented="as asked")
    yield from _counts("attitudes", "persons", weight="people for whom a respondent stands")
    for name in (
        "less_likely_victim",
        "less_likely_information",
        "ice_less_likely_victim",
        "ice_less_likely_witness",
    ):
        yield from _keys(
            "attitudes", **{name: "less likely to contact the police; docs/observation.md has the question"}
        )
    fear = "whether within a year fear kept the respondent from calling as victim or witness"
    yield from _keys("attitudes", avoided=fear)
    for item in ITEMS.values():
        yield from _keys("attitudes", **{item.name: f'whether somebody says yes to "{item.question}"'})
    for when, how in {
        "now": "today",
        "together": "if police work with ICE",
        "apart": "if they do not",
    }.items():
        yield from _shares(
            "attitudes", NONE, "respondents", **{f"trust_{when}": f"trust in the police {how}"}
        )
    for role in ("victim", "witness"):
        for name in ("now", "unafraid", "together", "apart"):
            yield from _shares(
                "attitudes",
                NONE,
                "respondents",
                **{f"chance_{role}_{name}": "chance of contacting the police"},
            )
    where = {"month": "first day of the month", "county": "FIPS code"}
    yield from _keys("trust_tracker", **where, hispanic="ethnicity")
    score = "mean of two answers from 0 to 10, times 10, on the last day of the month"
    yield Entry("score", "trust_tracker", "0 to 100", PERCENT, "respondents", NONE, score)
    yield from _counts("trust_tracker", "agents", respondents="who took part")
    yield from _keys("recorded_crime", **where, offence="one of six, or other")
    yield from _counts(
        "recorded_crime",
        "incidents",
        known="offences that police heard of",
        cleared="of these, cleared in the month",
    )
    yield from _counts(
        "recorded_crime",
        "persons",
        arrests="of people who live in the county",
        felony_arrests="of these, for a felony",
    )
    yield from _keys("calls", **where, type="one of six")
    yield from _counts(
        "calls", "calls", calls="by victims and witnesses", by_victim="by victims", by_witness="by witnesses"
    )
    yield from _counts("calls", "incidents", incidents="crimes that the calls are about")
    yield from _keys(
        "ice_statistics", **where, activated="first day on which prints of the county reach IDENT"
    )
    yield from _counts("ice_statistics", "persons", submissions=_FLOWS["submissions"])
    for name, meaning in {
        "matches": "matched prints",
        "arrests": "into ICE custody after a match",
        "removals": "after a match",
    }.items():
        yield from _counts("ice_statistics", "persons", **{name: meaning})
        for level in _LEVELS:
            yield from _counts(
                "ice_statistics",
                "persons",
                **{f"{name}_{level}": f"{meaning}, by the worst conviction at booking"},
            )


def of_outcome(outcome: Outcome, table: str, name: str = "") -> Entry:
    """Return the entry of an outcome, whose meaning follows from what it is made of."""
    above = " + ".join(outcome.numerator)
    over = "residents" if outcome.weight == "residents" else outcome.denominator
    shown = f"{outcome.factor:g} * " if outcome.factor != 1.0 else ""
    formula = f"{shown}({above}) / {over}" if over else above
    span = PERCENT if outcome.factor == 100.0 else COUNT
    return Entry(
        name or outcome.id, table, outcome.unit, span, over, outcome.groups, f"{outcome.name}: {formula}"
    )


def _outcomes() -> Iterator[Entry]:
    from comity.app import nation, series  # noqa: PLC0415 - a run needs nothing of the page
    from comity.published.estimates import ESTIMATES  # noqa: PLC0415 - nor of studies
    from comity.sweeps.outcomes import OUTCOMES  # noqa: PLC0415 - imports the compiler

    yield from (of_outcome(outcome, "outcomes") for outcome in OUTCOMES)
    yield from (of_outcome(outcome, "page", name) for name, outcome in series.OUTCOMES.items())
    for name, estimate in ESTIMATES.items():
        yield Entry(name, "estimates", estimate.unit, NONE, NONE, NONE, estimate.short)
    for name, shown in nation.OUTCOMES.items():
        span = PERCENT if shown.factor == 100.0 else COUNT
        formula = f"{shown.label}: {shown.factor:g} * {shown.column} of the table counties"
        yield Entry(name, "map", shown.unit, span, shown.per, NONE, formula)


def entries() -> tuple[Entry, ...]:
    """Return every entry, table by table."""
    found = [*_tables(), *_studies(), *_observed(), *_outcomes()]
    order = list(TABLES)
    return tuple(sorted(found, key=lambda entry: order.index(entry.table)))


def undefined(table: str, columns: Iterable[str]) -> list[str]:
    """Return the columns of a table that the dictionary does not define."""
    known = {entry.name for entry in entries() if entry.table == table}
    return [name for name in columns if name not in known]


def as_markdown() -> str:
    """Return docs/measures.md."""
    lines = [_HEAD]
    for table, what in TABLES.items():
        lines += [f"\n## {table}\n\n{what[0].upper()}{what[1:]}.\n"]
        lines += ["| name | unit | range | divided by | groups | meaning |", "|---|---|---|---|---|---|"]
        for e in entries():
            if e.table == table:
                cells = (f"`{e.name}`", e.unit, e.span, e.of, e.groups, e.meaning)
                lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


_HEAD: Final = """# Measures

What every column, outcome and line means. This page is made from `comity.observe.dictionary`; `comity show measures` prints
the same.

Shares and means are from 0 to 1 in the tables of a run, as the model holds them, so that columns can be multiplied and divided
as they are. Outcomes, which are made from tables to be read, compared and drawn, are in per cent (0 to 100) or per 1,000, and
have other names than what they are made from. Persons are agents times scale."""

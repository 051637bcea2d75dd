"""News: what people hear of enforcement, and what it does to awareness, trust and cynicism."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from comity.agents.homes import people_of
from comity.agents.public import hear_news, hearing_rate, judge
from comity.agents.residents import (
    Status,
    alarm,
    enrol,
    feel,
    identity,
    in_community,
    least_trust,
    recall,
)
from comity.draws import Stream, draw, probability
from comity.kernels import Int, Real, Row, kernel
from comity.observe.log import Event
from comity.world.agenda import NOBODY
from comity.world.state import Memory
from comity.world.ties import tie

if TYPE_CHECKING:
    from comity.world.state import World

STORY: Final = np.dtype(
    [
        ("event", "i8"),  # id of the event that is told
        ("resident", "i4"),  # whom it happened to
        ("kind", "u1"),  # Event: STOP (an improper one), TRANSFER or REMOVAL
        ("level", "u1"),
    ],
    align=True,
)
"""One row per event of today that people tell each other."""


@kernel
def tell(w: World, event: Int, i: Int, kind: Int, level: Int) -> None:
    """Hand something that happened to resident ``i`` to today's news."""
    now = w.clock[0]
    if now["stories"] == len(w.stories):
        now["overflow"] = 1
        return
    row = w.stories[now["stories"]]
    row["event"], row["resident"], row["kind"], row["level"] = event, i, kind, level
    now["stories"] += 1


@kernel
def hear(w: World, j: Int, story: Row, weight: float, today: Int) -> None:
    """Resident ``j`` hears a story; ``weight`` is 1 for one's own household and `vicarious` for ties."""
    if not in_community(w, j):
        return
    recall(w, j, today)
    r, p = w.residents[j], w.p[0]
    effect = p["bad_effect"] if story["kind"] == Event.STOP else p["custody_effect"]
    cynicism = np.float64(r["cynicism"])
    if story["kind"] != Event.TRANSFER and story["level"] <= 2:
        cynicism = 1.0 - (1.0 - cynicism) * (1.0 - p["cynicism_gain"] * weight)
    trust, least = np.float64(r["trust"]), least_trust(p)
    feel(w, j, least + (trust - least) * (1.0 - effect * weight), cynicism)
    if story["kind"] != Event.STOP:
        alarm(w, j, 1.0 - (1.0 - np.float64(r["awareness"])) * (1.0 - p["alarm"]))


@kernel
def forget(w: World, i: Int, j: Int, household: bool, today: Int) -> None:
    """Removal of ``i`` ends the exposure that ``j`` had through an unauthorized ``i``."""
    if w.residents[i]["status"] == Status.UNAUTHORIZED:
        r = w.residents[j]
        enrol(w, j, -1, today)
        if household:
            r["exposed_household"] -= min(r["exposed_household"], 1)
        else:
            r["exposed_ties"] -= min(r["exposed_ties"], 1)
        enrol(w, j, 1, today)


@kernel
def _tell_household(w: World, story: Row, today: Int) -> None:
    """Everybody at home hears; improper stops weigh as told events, custody and removal as one's own."""
    i = story["resident"]
    r = w.residents[i]
    weight = w.p[0]["vicarious"] if story["kind"] == Event.STOP else 1.0
    for j in range(r["household"], r["household"] + r["household_size"]):
        if j != i:
            hear(w, j, story, weight, today)
            if story["kind"] == Event.REMOVAL:
                forget(w, i, j, True, today)


@kernel
def tell_ties(w: World, story: Row, today: Int) -> None:
    """Each tie hears with a chance, drawn by the pair."""
    i, p = story["resident"], w.p[0]
    for k in range(p["neighbourhood_ties"] + p["ethnic_ties"]):
        who = identity(w, i) ^ (np.int64(k + 1) << 56) ^ (np.int64(story["kind"]) << 48)
        heard = draw(w.clock[0]["seed"], Stream.NEWS, today, who) < p["hearing"]
        if not heard and story["kind"] != Event.REMOVAL:
            continue  # to find out who that is takes longer than to draw
        j = tie(w, i, k)
        if j == NOBODY:
            continue
        if heard:
            hear(w, j, story, p["vicarious"], today)
        if story["kind"] == Event.REMOVAL:
            forget(w, i, j, False, today)


@kernel
def _print(county: Row, rise: Real, heard: bool) -> None:
    """Put a story into the news of a county; those whom it reaches are alarmed once they have ``heard`` it."""
    county["news"] += rise * (1.0 - county["news"])
    if heard:
        county["salience"] += rise * (1.0 - county["salience"])


@kernel
def _print_late(county: Row, left: Real, heard: bool) -> None:
    """Put news into a county that were put off, and of which so much would be ``left`` by now."""
    county["news"] = max(county["news"], left)
    if heard:
        county["salience"] = max(county["salience"], left)


@kernel
def stir(w: World, c: Int, rise: float, heard: bool) -> None:
    """Immigration is in the news of county ``c``; less of it reaches the counties around."""
    county, reach = w.counties[c], w.p[0]["news_reach"]
    _print(county, rise, heard)
    for n in range(county["neighbours_first"], county["neighbours_first"] + county["neighbours"]):
        _print(w.counties[w.neighbours[n]], reach * rise, heard)


@kernel
def announce(w: World, c: Int, left: float) -> None:
    """Something alarming came to county ``c``; what was put off comes with what would be ``left`` of its news by now.

    News then are at least what they would be, and not more because of the delay: what puts enforcement off is no alarm. Where
    news is learned people hear in time (`public.hear_news`); else salience rises at once, by `salience_policy`.
    """
    county, reach, heard = w.counties[c], w.p[0]["news_reach"], not w.p[0]["news_learned"]
    rise = w.p[0]["salience_policy"] if heard else 1.0
    if left >= 1.0:
        stir(w, c, rise, heard)
        return
    _print_late(county, rise * left, heard)
    for n in range(county["neighbours_first"], county["neighbours_first"] + county["neighbours"]):
        _print_late(w.counties[w.neighbours[n]], reach * rise * left, heard)


@kernel
def _publish(w: World, story: Row) -> None:
    """Media report custody transfers: salience rises per head of the Hispanic population."""
    if story["kind"] == Event.TRANSFER:
        c = w.residents[story["resident"]]["county"]
        _, hispanics = people_of(w, c)
        stir(w, c, min(1.0, w.p[0]["salience_transfers"] * 1000.0 / max(hispanics, 1)), True)


@kernel
def fade(w: World, c: Int) -> None:
    """One day of public memory in county ``c``: news and salience, public awareness and what offenders have learned."""
    county, policy, p = w.counties[c], w.policies[c], w.p[0]
    county["news"] *= w.fade[Memory.SALIENCE, 1]
    county["salience"] *= w.fade[Memory.SALIENCE, 1]
    hear_news(p, county)
    aware = county["awareness"]
    spread = (
        probability(hearing_rate(p, county), 1.0) * np.float64(policy["believed_residents"]) * (1.0 - aware)
    )
    county["awareness"] = (
        aware + spread - (1.0 - w.fade[Memory.AWARENESS, 1]) * max(0.0, aware - p["awareness"])
    )
    for seen in range(2):
        county["learned_sum"][seen] *= w.fade[Memory.EXPERIENCE, 1]
        county["learned_n"][seen] *= w.fade[Memory.EXPERIENCE, 1]


@kernel
def publish(w: World) -> None:
    """Media report what happened today."""
    for n in range(w.clock[0]["stories"]):
        _publish(w, w.stories[n])


@kernel
def tell_all(w: World, today: Int) -> None:
    """Tell at home and among ties what happened today, which depends on no county's news."""
    for n in range(w.clock[0]["stories"]):
        story = w.stories[n]
        _tell_household(w, story, today)
        tell_ties(w, story, today)
    w.clock[0]["stories"] = 0


@kernel
def fade_all(w: World) -> None:
    """Let the public memory of every county fade by a day."""
    for c in range(len(w.counties)):
        fade(w, c)


@kernel
def announce_all(w: World) -> None:
    """Announce what came to counties today."""
    for c in range(len(w.counties)):
        if w.counties[c]["headline"] > 0.0:
            announce(w, c, w.counties[c]["headline"])
            w.counties[c]["headline"] = 0.0


@kernel
def news(w: World, today: Int) -> None:
    """What happened is told at home, among ties and by the media; awareness, trust and cynicism follow."""
    publish(w)
    tell_all(w, today)
    fade_all(w)
    announce_all(w)
    judge(w, 0, len(w.counties))

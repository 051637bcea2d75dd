"""Rule by rule, kernels give what the plain Mesa model gives in the same state, whatever the state is.

`test_equivalence` compares what comes of whole years; here each rule stands alone, so that a test says which one differs. States
are drawn at random, dice are handed to both.
"""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

sys.path.append(str(Path(__file__).parents[1] / "benchmarks"))

from plain_mesa.county import Incident
from plain_mesa.institutions import Case
from scenes import SHARP

from comity.agents import bureaus, ice, jails, news, offending, police, public, residents
from comity.agents.cases import CaseState, Found, Plan, close_case, open_case
from comity.agents.residents import Whereabouts
from comity.kernels import COMPILED
from comity.observe.log import Event
from comity.observe.measures import GROUP_OF, Measure

pytestmark = [
    pytest.mark.uncompiled,
    pytest.mark.skipif(COMPILED, reason="hands its own dice to kernels, which are compiled with theirs"),
]

SHARES = ("awareness", "news", "salience", "seen", "attribution", "entanglement")
POLICIES = (
    "relief_street",
    "relief",
    "relief_hold",
    "relief_notice",
    "deputies",
    "believed_police",
    "believed_residents",
)
SOME = range(0, 1300, 37)
TODAY = 30


class Dice:
    """Numbers that are thrown in turn."""

    def __init__(self, *numbers: float) -> None:
        self.numbers = list(numbers)

    def random(self) -> float:
        """Return the next one."""
        return self.numbers.pop(0)

    def randint(self, low: int, high: int) -> int:
        """Return a whole number by the next one."""
        return low + int(self.random() * (high - low + 1))


@pytest.fixture(scope="module")
def built() -> Any:
    return SHARP.pair(1)


@pytest.fixture(params=range(4))
def pair(built: Any, request: Any) -> Any:
    """Both models in the same random state."""
    model, plain = built
    w, rng = model.world.copy(), np.random.default_rng(request.param)
    w.policies[:] = w.change_policies[: len(w.policies)]
    for c, county in enumerate(plain.counties):
        w.counties["learned_n"][c], w.counties["learned_before"][c] = (
            rng.uniform(5, 9, 2),
            rng.uniform(0.4, 0.6, 2),
        )
        w.counties["learned_sum"][c] = w.counties["learned_n"][c] * rng.uniform(0.2, 0.7, 2)
        for name in SHARES:
            w.counties[name][c] = rng.random()
            setattr(county, name, float(w.counties[name][c]))
        county.learned_sum, county.learned_n, county.learned_before = (
            w.counties[f"learned_{name}"][c].tolist() for name in ("sum", "n", "before")
        )
        w.counties["taken"][c], w.counties["unconvicted"][c] = county.taken, county.unconvicted = 30.0, 11.0
        w.counties["noncriminal"][c] = county.noncriminal()
        for name in POLICIES:
            w.policies[name][c] = rng.random()
        w.police["presence"][c] = county.police.presence = rng.uniform(0.3, 1.0)
        w.police["response"][c] = county.police.response = rng.uniform(1.0, 3.0)
        county.policy = SimpleNamespace(
            **{name: w.policies[name][c].tolist() for name in w.policies.dtype.names}
        )
    where = rng.integers(0, 3, len(plain.residents))
    for i, resident in enumerate(plain.residents):
        r = w.residents[i]
        r["trust"], r["cynicism"], r["awareness"], r["touched"] = *rng.uniform(0.3, 0.9, 3), TODAY
        r["exposed_household"], r["exposed_ties"] = rng.integers(0, 3, 2)
        r["whereabouts"] = Whereabouts.COMMUNITY if where[i] else Whereabouts.JAIL
        resident.encounters, resident.cynicism = float(r["trust"]) - resident.norm, float(r["cynicism"])
        resident.awareness, resident.whereabouts = float(r["awareness"]), Whereabouts(r["whereabouts"])
        resident.exposed_household, resident.exposed_ties = (
            int(r["exposed_household"]),
            int(r["exposed_ties"]),
        )
        resident.has_ident_record = bool(r["ident"])
    w.fade[:, 0], plain.today = 1.0, TODAY
    offending.size_up(w, 0, len(w.counties))
    return w, plain


def test_what_people_feel(pair):
    w, plain = pair
    for i in SOME:
        r, p = plain.residents[i], plain.p
        found = [residents.risk(w, i), residents.threat(w, i), residents.estranged(w, i)]
        found += [residents.inclination(w, i, fear, TODAY) for fear in (0.0, p.fear_weight)]
        expected = [r.risk(), r.threat(), r.estrangement(), r.inclination(0.0), r.inclination(p.fear_weight)]
        assert found == pytest.approx(expected, rel=1e-6), i
        whole = np.zeros(1)
        residents.look_up(w, TODAY, np.array([i]), whole)
        assert whole[0] == pytest.approx(r.trust, rel=1e-6)
        without = -np.expm1(-p.risk_scale * p.awareness * (p.background_risk + p.attribution) * r.exposure())
        assert residents.calm(w, i) == pytest.approx(
            without * r.county.fear_counts(p.background_attribution), rel=1e-6
        )


def test_rates(pair):
    w, plain = pair
    for i in SOME:
        r = plain.residents[i]
        found = [offending.victim_rate(w, i), police.minor_rate(w, i), sum(police.contact_rates(w, i))]
        assert found == pytest.approx([r.victim_rate, r.minor_rate, r.encounter_rate], rel=1e-6)
        both = offending.targeting(w, i) * offending.unguarded(w, w.residents[i]["county"])
        assert min(both, plain.p.targeting_cap) == pytest.approx(r.county.targeting(r), rel=1e-9)


def test_who_is_victimised(pair, monkeypatch):
    w, plain = pair
    for i in SOME:
        r = plain.residents[i]
        r.whereabouts = Whereabouts.COMMUNITY
        for share in np.linspace(0.02, 0.98, 13):
            plain.random = Dice(share * r.victim_ceiling)
            monkeypatch.setattr(offending, "draw_of", lambda *_, share=share: share)
            assert offending.happens(w, i, TODAY) == r.is_victimised()


def test_no_empty_home_offends(built, monkeypatch):
    """Whichever offender of a county moved away, the first too, another one takes the place; if none can, nobody does."""
    w = built[0].world.copy()
    w.clock["lets"], w.crossing[:] = 1, 0.0
    for c, hispanic in np.argwhere(w.counties["offenders_n"] > 1).tolist():
        first, n = (w.counties[f"offenders_{key}"][c, hispanic] for key in ("first", "n"))
        offenders, victim = w.offenders[first : first + n], np.flatnonzero(w.residents["county"] == c)[0]
        for k in range(n):
            w.residents["whereabouts"][offenders] = Whereabouts.COMMUNITY
            w.residents["whereabouts"][offenders[k]] = Whereabouts.MOVED_AWAY
            picked = iter([k, (k + 1) % n])
            monkeypatch.setattr(offending, "pick", lambda *_, picked=picked: next(picked))
            assert offending.offender_for(w, victim, 0, 0, TODAY, 1.0 - hispanic) == offenders[(k + 1) % n]
        monkeypatch.setattr(offending, "pick", lambda *_: -1)
        assert offending.offender_for(w, victim, 0, 0, TODAY, 1.0 - hispanic) == -1


@pytest.mark.parametrize("learned", [0, 1])
def test_a_day_of_the_public(pair, learned, monkeypatch):
    w, plain = pair
    w.p["news_learned"] = learned
    monkeypatch.setattr(plain, "p", plain.p.model_copy(update={"news_learned": learned}))
    for c, county in enumerate(plain.counties):
        news.fade(w, c)
        public.judge(w, c, c + 1)
        county.fade()
        county.judge_police()
        for name in (*SHARES, "taken", "unconvicted"):
            assert w.counties[name][c] == pytest.approx(getattr(county, name), rel=1e-6), name
        assert w.counties["noncriminal"][c] == pytest.approx(county.noncriminal())
        assert w.counties["learned_sum"][c] == pytest.approx(county.learned_sum)
        assert w.counties["learned_n"][c] == pytest.approx(county.learned_n)
        county.police.brief()
        assert police.pretext_here(w, c) == pytest.approx(county.police.pretext, rel=1e-6)
    for c, county in enumerate(plain.counties):
        news.stir(w, c, 0.3, heard=c == 0)
        county.stir(0.3, heard=c == 0)
    for name in ("news", "salience"):
        assert w.counties[name] == pytest.approx([getattr(county, name) for county in plain.counties])


def test_what_offenders_learn(pair):
    w, plain = pair
    for c, county in enumerate(plain.counties):
        for seen, chance in ((0, 0.3), (1, 0.8), (1, 0.1)):
            residents.learn(w.counties[c], seen, chance)
            county.learn(bool(seen), chance)
        assert w.counties["learned_sum"][c] == pytest.approx(county.learned_sum)
        assert w.counties["learned_n"][c] == pytest.approx(county.learned_n)


@pytest.mark.parametrize("kind", [Event.STOP, Event.TRANSFER, Event.REMOVAL])
@pytest.mark.parametrize("level", [2, 3])
def test_what_is_heard(pair, kind, level):
    w, plain = pair
    story = np.zeros(1, news.STORY)[0]
    story["kind"], story["level"] = kind, level
    for i in SOME:
        news.hear(w, i, story, 0.4, TODAY)
        r = plain.residents[i]
        r.hear(kind, level, 0.4)
        row = w.residents[i]
        assert float(row["trust"]) == pytest.approx(r.norm + r.encounters, rel=1e-6)
        assert (row["cynicism"], row["awareness"]) == pytest.approx((r.cynicism, r.awareness), rel=1e-6)


def test_clearance_and_who_is_arrested(pair, monkeypatch):
    w, plain = pair
    w.clock["incidents"], w.clock["arrests"] = 1, 0
    here = [i for i, r in enumerate(plain.residents) if r.whereabouts is Whereabouts.COMMUNITY]
    for by_victim, by_witness in ((1, 0), (0, 1), (0, 3), (1, 2), (0, 0)):
        for u in np.linspace(0.01, 0.99, 25):
            for kind, v in ((0, 0.1), (2, 0.4), (4, 0.9)):
                row, victim, offender = w.incidents[0], here[3], here[-3]
                row["victim"], row["offender"], row["kind"] = victim, offender, kind
                row["by_victim"], row["by_witness"] = by_victim, by_witness
                monkeypatch.setattr(police, "draws_of", lambda *_, u=u, v=v: (u, v, 0.5, 0.5))
                incident = Incident(
                    *(plain.residents[n] for n in (victim, offender)), kind, 0, bool(by_victim), by_witness
                )
                police.clear(w, TODAY)
                made = None
                if incident.reported:
                    plain.random = Dice(u, v)
                    made = plain.residents[victim].county.police.clear(incident)
                assert w.clock[0]["arrests"] == (made is not None)
                if made:
                    assert (w.arrests[0]["charge"], w.arrests[0]["minor"]) == (made.charge, made.minor)
                    assert w.arrests[0]["resident"] == offender


def counts(w: Any, i: int) -> np.ndarray:
    """Return what is counted where a resident belongs."""
    r = w.residents[i]
    return w.tally[r["county"], GROUP_OF[r["hispanic"], r["status"]]].copy()


def test_encounters(pair, monkeypatch):
    w, plain = pair
    w.police["community_time"], w.police["community_policing"] = w.police["presence"], 0.6
    for i in SOME:
        r = plain.residents[i]
        department = r.county.police
        department.community_policing = 0.6 * department.presence
        w.police["pretext"] = department.pretext = 1.7
        for u in np.linspace(0.01, 0.99, 21):
            before, w.clock["arrests"], w.clock["stories"] = counts(w, i), 0, 0
            trust = float(w.residents[i]["trust"])
            plain.random = SimpleNamespace(
                random=Dice(u, 0.3, (0.3 - bad_share(plain, r)) / (1 - bad_share(plain, r))).random,
                choices=lambda *_: [1],
            )
            r.encounters = trust - r.norm
            monkeypatch.setattr(police, "draws_of", lambda *_, u=u: (u, 0.3, 0.5, 0.5))
            police.follow_up(w, i, police.encounter(w, i, TODAY), TODAY)
            made = department.encounter(r)
            assert w.clock[0]["arrests"] == (made is not None)
            assert float(w.residents[i]["trust"]) == pytest.approx(r.norm + r.encounters, rel=1e-6)
            assert (counts(w, i) - before)[Measure.ARRESTS] == (made is not None)
            w.residents[i]["trust"] = trust


def bad_share(plain: Any, r: Any) -> float:
    return plain.p.bad_contacts_hispanic if r.seen_hispanic else plain.p.bad_contacts


def opened(w: Any, plain: Any, i: int, **facts: int) -> tuple[int, Case]:
    """Open the same case in both models; the resident is in jail."""
    case, r = open_case(w, i, facts.get("charge", 1), 5), plain.residents[i]
    c = w.cases[case]
    w.residents[i]["whereabouts"], r.whereabouts = Whereabouts.JAIL, Whereabouts.JAIL
    r.conviction = int(w.residents[i]["conviction"])
    for name, value in facts.items():
        c[name] = value
    other = Case(
        r,
        int(c["charge"]),
        int(c["level"]),
        5,
        Plan(c["plan"]),
        bool(c["printed"]),
        0.5,
        CaseState(c["state"]),
    )
    other.identified, other.detainer = Found(c["identified"]), bool(c["detainer"])
    return case, other


@pytest.mark.parametrize("lodged", [0, 2, 12])
def test_whom_ice_wants(pair, monkeypatch, lodged):
    w, plain = pair
    for i in SOME:
        for level in range(4):
            for u, selected in ((0.2, 0.2), (0.2, 0.85), (0.7, 0.6), (0.95, 0.1)):
                case, other = opened(w, plain, i, level=level, identified=Found.MATCH)
                office, ours = plain.residents[i].county.office, ice.office_of(w, i)
                ours["detained"], ours["lodged"], ours["beds"] = (
                    office.detained,
                    office.lodged,
                    office.beds,
                ) = 5, lodged, 9
                dice = [u] if other.resident.status <= 1 or level >= 2 else []
                plain.random = Dice(*dice, selected)
                monkeypatch.setattr(ice, "draws_of", lambda *_, u=u, s=selected: (u, s, 0.5, 0.5))
                before = counts(w, i)
                ice.decide(w, case, TODAY)
                office.decide(other)
                assert w.cases[case]["detainer"] == other.detainer
                assert ours["lodged"] == office.lodged
                assert (counts(w, i) - before)[Measure.DETAINERS] == other.detainer
                close_case(w, case)


@pytest.mark.parametrize("refer", [0, 1, 2])
def test_what_prints_lead_to(pair, monkeypatch, refer):
    w, plain = pair
    w.policies["refer"] = refer
    for plain_county in plain.counties:
        plain_county.policy.refer = refer
    for i in SOME:
        county = w.counties[w.residents[i]["county"]]

        def bureau(state: int = county["state"]) -> Any:
            return w.bureaus[state]

        for charge in range(1, 4):
            for printed, u, detected in ((1, 0.3, 0.3), (0, 0.3, 0.3), (0, 0.3, 0.99), (0, 0.7, 0.1)):
                case, other = opened(w, plain, i, charge=charge, printed=printed)
                monkeypatch.setattr(bureaus, "draws_of", lambda *_, u=u, d=detected: (u, d, 0.5, 0.5))
                r = other.resident
                asks = r.county.policy.access
                plain.random = Dice(*([u] if asks else []), detected)
                before, backlog = counts(w, i), w.police[w.residents[i]["county"]]["backlog"]
                kept, sent = r.county.police.backlog, bureau().copy()
                plain.tally.clear()
                bureaus.forward(w, case, TODAY)
                bureaus.screen(w, case, TODAY)
                r.county.bureau.forward(other)
                r.county.bureau.screen(other)
                assert w.cases[case]["identified"] == other.identified
                found = {m: n for m, n in zip(Measure, counts(w, i) - before, strict=False) if n}
                assert found == {key[2]: n for key, n in plain.tally.items()}
                told = [bureau()[name] - sent[name] for name in sent.dtype.names if name != "state"]
                assert told == [
                    found.get(m, 0) for m in (Measure.CRIMINAL_CHECKS, Measure.SUBMISSIONS, Measure.ANSWERS)
                ]
                more = w.police[w.residents[i]["county"]]["backlog"] - backlog
                assert more == pytest.approx(r.county.police.backlog - kept)
                close_case(w, case)


@pytest.mark.parametrize("pickups", [0.5, 3.0])
@pytest.mark.parametrize("detained", [3, 9])
def test_arrests_at_large_and_ends_of_custody(pair, monkeypatch, pickups, detained):
    w, plain = pair
    for i in SOME:
        for u in (0.05, 0.2, 0.6, 0.95):
            case, other = opened(w, plain, i, identified=Found.MATCH, state=CaseState.WANTED)
            r, office, ours = other.resident, other.resident.county.office, ice.office_of(w, i)
            if i % 2:
                w.residents[i]["whereabouts"] = r.whereabouts = Whereabouts.COMMUNITY
            ours["detained"], ours["beds"], ours["pickups"] = office.detained, office.beds, office.pickups = (
                detained,
                9,
                pickups,
            )
            w.clock["wanted"] = plain.wanted = 4
            w.clock["stories"] = 0
            plain.stories.clear()
            plain.ice_agenda.clear()
            monkeypatch.setattr(ice, "draw_of", lambda *_, u=u: u)
            monkeypatch.setattr(ice, "draws_of", lambda *_, u=u: (u, 0.4, 0.5, 0.5))
            plain.random = SimpleNamespace(
                random=Dice(u, u, 1.0 - 0.4, u).random, randint=lambda _, high: 1 + int(0.4 * high)
            )
            before = counts(w, i)
            plain.tally.clear()
            ice.arrest_at_large(w, case, TODAY)
            office.arrest_at_large(other)
            assert (w.cases[case]["state"] == CaseState.DETAINED) == (other.state is CaseState.DETAINED)
            assert (ours["detained"], ours["pickups"]) == (office.detained, office.pickups)
            county = w.counties[w.residents[i]["county"]]
            assert (county["taken"], county["unconvicted"]) == (r.county.taken, r.county.unconvicted)
            assert w.clock[0]["wanted"] == plain.wanted
            if other.state is CaseState.DETAINED:
                (day,) = [day for day, due in plain.ice_agenda.items() if due]
                assert w.case_head[1, day] == case
                plain.random = Dice(u)
                ice.finish(w, case, day)
                office.finish(other)
                assert ours["detained"] == office.detained
            assert w.residents[i]["whereabouts"] == r.whereabouts
            assert w.clock[0]["stories"] == len(plain.stories)
            found = {m: n for m, n in zip(Measure, counts(w, i) - before, strict=False) if n}
            assert found == {key[2]: n for key, n in plain.tally.items() if n}
            w.case_head[1, :] = -1
            if w.cases[case]["state"] != CaseState.FREE:
                close_case(w, case)


@pytest.mark.parametrize("plan", list(Plan))
@pytest.mark.parametrize(
    ("u", "v", "x"), [(0.2, 0.2, 0.5), (0.6, 0.2, 0.0), (0.95, 0.6, 0.9), (0.95, 0.1, 0.1)]
)
def test_what_a_jail_does_with_a_detainer(pair, monkeypatch, plan, u, v, x):
    w, plain = pair
    for i in SOME:
        for charge in (1, 3):
            case, other = opened(
                w,
                plain,
                i,
                identified=Found.MATCH,
                detainer=1,
                plan=plan,
                charge=charge,
                state=CaseState.JAILED,
            )
            r, jail, office = other.resident, other.resident.county.jail, other.resident.county.office
            row, ours = w.jails[w.residents[i]["county"]], ice.office_of(w, i)
            row["inmates"] = jail.inmates = 7
            ours["lodged"] = office.lodged = 4
            ours["detained"], ours["beds"], ours["pickups"] = office.detained, office.beds, office.pickups = (
                3,
                9,
                1.5,
            )
            plain.wanted = 0
            w.clock["wanted"], w.clock["stories"] = 0, 0
            w.case_head[:] = -1
            plain.jail_agenda.clear()
            plain.ice_agenda.clear()
            plain.tally.clear()
            before = counts(w, i)
            hold = r.county.policy.hold[max(other.level, charge) if plan is Plan.SENTENCED else other.level]
            thrown = [u] if u < hold else [u, v]
            # Then: guilty if bailed, how long a stay, or whether ICE goes on looking; all by the same number.
            plain.random = SimpleNamespace(
                random=Dice(*thrown, *[0.45] * 5).random,
                randint=lambda low, high: low + int(x * (high - low + 1)) if low else 1 + int(0.45 * high),
            )
            other.luck = 0.45
            monkeypatch.setattr(jails, "draws_of", lambda *_: (u, v, x, 0.5))
            monkeypatch.setattr(jails, "draw_of", lambda *_: 0.45)
            monkeypatch.setattr(ice, "draw_of", lambda *_: 0.45)
            monkeypatch.setattr(ice, "draws_of", lambda *_: (0.45, 0.45, 0.5, 0.5))
            jails.answer(w, case, TODAY)
            jail.answer(other)
            assert row["inmates"] == jail.inmates
            assert (ours["lodged"], ours["detained"], ours["pickups"]) == (
                office.lodged,
                office.detained,
                office.pickups,
            )
            assert w.residents[i]["whereabouts"] == r.whereabouts
            assert w.residents[i]["conviction"] == r.conviction
            found = {m: n for m, n in zip(Measure, counts(w, i) - before, strict=False) if n}
            assert found == {key[2]: n for key, n in plain.tally.items() if n}
            if other.state is CaseState.HELD and r.whereabouts is Whereabouts.JAIL:
                assert (w.cases[case]["due"], w.cases[case]["until"]) == (other.due, other.until)
                assert w.case_head[0, TODAY + 1] == case
            row["held"] = row["sentenced"] = 0
            w.case_head[:] = -1
            if w.cases[case]["state"] != CaseState.FREE:
                close_case(w, case)

"""What docs/architecture.md says it takes to add something is what it takes: it is applied to a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
RECIPES = dict(
    re.findall(r"^### ([^\n]+)\n(?:(?!^###).)*?^```diff\n(.*?)^```", PAGE, flags=re.MULTILINE | re.DOTALL)
)
SMALL = 'place="06075", scale=400, start="2010-06-01", end="2010-06-20"'

SHOWS = {
    "A parameter, and the mechanism that it drives": f"""
from comity import CooperationModel, show
from comity.output.terminal import say
say(show.topic("parameters", "heat"), show.topic("hypotheses", "HH"))
def victims(**keys):
    return CooperationModel({SMALL}, seed=3, **keys).run().totals()["incidents"].sum()
off, on = victims(hypotheses="H2", heat=1.0), victims(hypotheses="H2+HH", heat=1.0)
assert victims(hypotheses="H2") == off < on, (off, on)
""",
    "A measure": f"""
from comity import CooperationModel, show
from comity.output.terminal import say
say(show.topic("measures", "good_contacts"))
found = CooperationModel({SMALL}).run().totals()
assert 0 < found["good_contacts"].sum() < found["contacts"].sum()
""",
    "A regime": f"""
from comity import CooperationModel, show
from comity.output.terminal import say
say(show.topic("regimes", "no_holds_at_night"))
assert CooperationModel({SMALL}, regime="no_holds_at_night").run().timeline.attempts
""",
    "A phase": f"""
from comity import CooperationModel, show
from comity.output.terminal import say
say(show.topic("day", "close_on_holidays"))
model = CooperationModel({SMALL}).run()
assert model.world.calendar["business"][model.days - 1] == model.world.police["community_time"][0] == 0.0
""",
    "An estimate": f"""
from comity import CooperationModel
from comity.published import estimates
model = CooperationModel({SMALL.replace("2010-06-20", "2011-03-31")}, recording_days=0)
found = estimates.of_run(model, ["funnel_latino", "funnel_other"])
assert abs(sum(found.values()) - 100) < 1e-9, found
""",
    "A target": """
from comity.published import targets
(found,) = [target for target in targets.published() if target.id == "X01"]
assert (found.value, found.low, found.estimate) == (7.0, 5.25, "funnel_latino")
""",
    "An experiment": """
from comity.scenario import load
from comity.sweeps.files import load_study
assert load("two-beds").parameters.ice_beds == 6.0
assert load_study("two-beds").size == 40
""",
    "A lesson": """
from comity.app import lessons
from comity.app.city import City
from comity.app.sharing import STARTS
from comity.app.view import read_view
number = [lesson.title for lesson in lessons.LESSONS].index("A week of silence") + 1
view = read_view(lessons.LESSONS[number - 1].state | {"lesson": str(number), "scale": "2000"})
city = City(view.setup, STARTS.of(view.setup))
for days, done in ((1, False), (7, True)):
    for _ in range(days):
        city.step()
    assert lessons.check(number, [city])["done"] is done
read_view({"lesson": str(len(lessons.LESSONS))})
""",
    "An extension": f"""
from comity import CooperationModel
from days_apart import days_apart
assert CooperationModel({SMALL}, extensions=[days_apart]).run().totals()["days_apart"].sum() > 0
""",
}
"""What shows each thing, in a process that imports the copy."""


def apply(recipe: str, root: Path) -> None:
    """Change files as a recipe says; what it takes out, and what it stands beside, must be there once."""
    for part in re.split(r"^\+\+\+ ", recipe, flags=re.MULTILINE)[1:]:
        name, _, body = part.partition("\n")
        for hunk in re.split(r"^@@.*\n", body, flags=re.MULTILINE)[1:]:
            lines = [(line[:1], line[1:]) for line in hunk.splitlines(keepends=True)]
            before = "".join(text for mark, text in lines if mark in "- \n")
            after = "".join(text for mark, text in lines if mark in "+ \n")
            path = root / name
            text = path.read_text(encoding="utf-8") if before else ""
            assert not before or f"\n{text}".count(f"\n{before}") == 1, f"{name} has not once:\n{before}"
            path.parent.mkdir(exist_ok=True)
            path.write_text(
                f"\n{text}".replace(f"\n{before}", f"\n{after}")[1:] if before else after, encoding="utf-8"
            )


def test_there_is_a_recipe_for_everything() -> None:
    assert list(RECIPES) == list(SHOWS)


@pytest.mark.parametrize("thing", SHOWS)
def test_what_the_page_says_is_what_it_takes(thing: str, tmp_path: Path) -> None:
    for folder in ("model", "experiments"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=shutil.ignore_patterns("__pycache__"))
    apply(RECIPES[thing], tmp_path)
    path = os.pathsep.join((str(tmp_path / "model"), str(tmp_path)))
    done = subprocess.run(  # noqa: S603 - this Python, and the text above
        [sys.executable, "-c", SHOWS[thing]],
        env=os.environ | {"PYTHONPATH": path, "NUMBA_DISABLE_JIT": "1", "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]

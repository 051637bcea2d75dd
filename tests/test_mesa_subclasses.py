"""What Mesa's users write: models with a step of their own, agents of their own, batches of runs."""

# ruff: noqa: D102 (models as users write them)

from __future__ import annotations

import copy
import datetime as dt
import pickle
import subprocess
import sys
import textwrap
import warnings

import mesa
import pytest

from comity import CooperationModel, InputError, Resident, Scenario, batches

pytestmark = pytest.mark.portable

SMALL = {"place": "48301", "start": dt.date(2010, 1, 1), "end": dt.date(2010, 2, 28)}
DAYS = 59


class Witness(mesa.Agent):
    """An agent of a user: it watches one resident, and leaves after twenty days."""

    def __init__(self, model: mesa.Model, row: int) -> None:
        super().__init__(model)
        self.resident = model.agents_by_type[Resident][row]
        self.age, self.seen = 0, 0.0

    def step(self) -> None:
        self.age += 1
        self.seen = self.resident.trust
        if self.age == 20:
            self.remove()
            Witness(self.model, self.resident.row + 1)


class Watched(CooperationModel):
    """A model of a user: a step of its own, a collector, agents of its own that step too."""

    def __init__(self, **keys: object) -> None:
        super().__init__(**SMALL | keys)
        self.calls = 0
        Witness(self, 3)
        self.datacollector = mesa.DataCollector(
            model_reporters={"seed": seed_of, "today": "today", "trust": trust},
            agenttype_reporters={Witness: {"age": "age", "seen": "seen"}},
        )

    def step(self) -> None:
        self.calls += 1
        super().step()
        self.agents.do("step")
        self.agents_by_type[Witness].shuffle_do("step")
        self.datacollector.collect(self)


def seed_of(model: CooperationModel) -> int:
    return model.setup.seed


def trust(model: CooperationModel) -> float:
    return float(sum(model.world.residents["trust"].astype(float) * model.world.residents["touched"]))


@pytest.mark.parametrize("run", [lambda model: model.run(), lambda model: model.run_model()])
def test_running_goes_through_the_step_of_a_subclass(run):
    model = Watched()
    run(model)
    assert (model.calls, model.today, model.steps, model.running) == (DAYS, DAYS, DAYS, False)
    collected = model.datacollector.get_model_vars_dataframe()
    assert collected["today"].tolist() == list(range(1, DAYS + 1))
    plain = CooperationModel(**SMALL).run()
    assert model.table().equals(plain.table())


def test_own_agents_step_leave_and_come():
    model = Watched().run()
    witnesses = model.agents_by_type[Witness]
    assert len(witnesses) == 1
    assert witnesses[0].resident.row == 3 + 2 * DAYS // 20
    assert witnesses[0] in model.agents
    seen = model.datacollector.get_agenttype_vars_dataframe(Witness)
    assert seen.groupby(level="Step").size().eq(1).all()
    assert seen["seen"].between(0.0, 1.0).all()
    del model.datacollector  # which Mesa made of functions that cannot be pickled
    twin = pickle.loads(pickle.dumps(model))  # noqa: S301 - our own bytes
    assert twin.agents_by_type[Witness][0].model is twin


def test_residents_without_a_step_cost_nothing():
    model = CooperationModel(**SMALL)
    witness = Witness(model, 0)
    assert model.agents.do("step") is model.agents
    assert witness.age == 1
    assert list(model.agents_by_type[Resident].family.live) == [0]  # the witness's


def test_a_step_may_end_a_run_and_live_several_days():
    class Weekly(CooperationModel):
        def step(self) -> None:
            for _ in range(7):
                super().step()
            self.running = self.running and self.today < 21

    model = Weekly(**SMALL).run()
    assert (model.today, model.running) == (21, False)


def test_a_step_that_lives_no_day_is_refused():
    class Forgetful(CooperationModel):
        def step(self) -> None:
            pass

    with pytest.raises(RuntimeError, match=r"Forgetful.step\(\) lived no day: it must call super"):
        Forgetful(**SMALL).run()


def test_a_step_after_a_run_is_one_day():
    model = CooperationModel(**SMALL).run(until=dt.date(2010, 1, 20))
    for day in (20, 21):
        model.step()
        assert (model.today, model.steps) == (day, day)
    copied = copy.deepcopy(model)
    copied.step()
    assert copied.today == 22


@pytest.mark.skipif(not hasattr(mesa.Model, "schedule_event"), reason="Mesa 3.5 has events")
def test_events_of_mesa_happen_on_their_day_while_it_runs():
    model, days = CooperationModel(**SMALL), []

    def note() -> None:
        days.append(model.today)

    model.schedule_event(note, at=10)
    model.run()
    assert days in ([9], [10])
    assert model.today == DAYS


class Counting(CooperationModel):
    """A model of a user that counts its steps."""

    def step(self) -> None:
        self.calls = getattr(self, "calls", 0) + 1
        super().step()


def test_a_saved_run_goes_on_as_what_it_was(tmp_path):
    Counting(**SMALL).run(until=dt.date(2010, 1, 20)).save(tmp_path / "run")
    model = Counting.load(tmp_path / "run").run()
    assert (type(model), model.calls, model.steps) == (Counting, DAYS - 19, DAYS)
    with pytest.raises(InputError, match="model = FromAFile: "):
        FromAFile.load(tmp_path / "run")
    with pytest.raises(InputError, match="agents of other kinds are not saved"):
        Watched().save(tmp_path / "another")


# -------------------------------------------------------------------------------------------- batches of runs


def batch(parameters: dict[str, object], model: type[CooperationModel] = Watched, **options: object) -> list:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # Mesa 3.5 has another word for iterations
        return mesa.batch_run(model, parameters, display_progress=False, **options)


SHORT = {"end": "2010-01-10"}


class FromAFile(Watched):
    """A model of a user that begins from a scenario with a seed of its own."""

    def __init__(self, **keys: object) -> None:
        CooperationModel.__init__(self, Scenario.of(**SMALL | SHORT, seed=5), **keys)
        CooperationModel(self.setup, seed=5)  # another model, for which nobody asked in iterations
        self.datacollector = mesa.DataCollector({"seed": seed_of})

    def step(self) -> None:
        CooperationModel.step(self)
        self.datacollector.collect(self)


class WithSeed(Watched):
    """A model of a user that has an argument for the seed, as most of Mesa's have."""

    def __init__(self, seed: int | None = None, **keys: object) -> None:
        super().__init__(seed=seed, **keys)


@pytest.mark.parametrize(
    ("model", "more", "seeds"),
    [
        (Watched, SHORT, [1, 2, 3]),
        (Watched, SHORT | {"fear_weight": [0.5, 1.0]}, [1, 1, 2, 2, 3, 3]),
        (FromAFile, {}, [5, 6, 7]),
        (WithSeed, SHORT, [1, 2, 3]),
    ],
)
def test_iterations_are_different_histories(model, more, seeds):
    rows = batch(more, model, iterations=3)
    assert [row["seed"] for row in rows] == seeds
    assert [row["iteration"] for row in rows] == sorted(row["iteration"] for row in rows)


def test_iterations_live_what_their_seed_lives():
    rows = batch({"end": "2010-02-28"}, iterations=2)
    for row in rows:
        alone = Watched(seed=row["seed"]).run()
        assert alone.datacollector.model_vars["trust"][-1] == row["trust"]
    assert rows[0]["trust"] != rows[1]["trust"]


def test_one_seed_for_all_iterations_is_refused():
    with pytest.raises(InputError, match=r"mesa.batch_run: seed = 4: given for all iterations") as caught:
        batch(SHORT | {"seed": [4]}, iterations=2)
    assert len(caught.value.problems) == 1


def test_seeds_may_be_parameters():
    rows = batch(SHORT | {"seed": [4, 9]})
    assert [row["seed"] for row in rows] == [4, 9]


@pytest.mark.skipif(not batches.seeds_by_mesa(), reason="Mesa 3.5 gives seeds")
@pytest.mark.parametrize("model", [Watched, WithSeed])
def test_seeds_of_mesa_are_the_seeds(model):
    assert [row["seed"] for row in batch(SHORT, model, rng=[7, 3])] == [7, 3]


def test_both_words_for_a_seed_are_one_too_many():
    assert CooperationModel(**SMALL, rng=6).setup.seed == 6
    assert CooperationModel(**SMALL, seed=None, rng=None).setup.seed == 1
    with pytest.raises(InputError, match="seed is given too"):
        CooperationModel(**SMALL, rng=6, seed=7)
    with pytest.raises(InputError, match="seed = 'x': wrong type"):
        CooperationModel(**SMALL, rng="x")


def test_a_batch_in_processes_has_the_same_seeds(tmp_path):
    script = tmp_path / "script.py"
    script.write_text(
        textwrap.dedent("""\
            import mesa
            from comity import CooperationModel


            class Small(CooperationModel):
                def __init__(self, **keys):
                    super().__init__(place="48301", start="2010-01-01", end="2010-01-10", **keys)
                    self.datacollector = mesa.DataCollector({"seed": lambda model: model.setup.seed})

                def step(self):
                    super().step()
                    self.datacollector.collect(self)


            if __name__ == "__main__":
                rows = mesa.batch_run(Small, {}, iterations=3, number_processes=2, display_progress=False)
                print(sorted(row["seed"] for row in rows))
        """),
        encoding="utf-8",
    )
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=True)  # noqa: S603
    assert done.stdout == "[1, 2, 3]\n"

"""The toys of `peers.py`: ``python benchmarks/toys.py LIBRARY AGENTS STEPS`` checks each and prints its CPU seconds as JSON.

A toy is a function of agents, steps and a seed. *wealth* returns what everybody has; *walk* returns positions (agents, 2), each
step being -1, 0 or 1 in either direction; *sir* returns S, I and R after every step: at first one in a hundred is infected, a
susceptible is infected with the chance 1 - exp(-0.4 I / N), and an infected recovers with the chance 0.1.
"""

# ruff: noqa: C901, D103, NPY002 - a toy is its own words, and numba has the older random numbers only
from __future__ import annotations

import json
import sys
import time
from typing import Any

import numpy as np

BETA, GAMMA, SEEDED = 0.4, 0.1, 100


# ---------------------------------------------------------------- Mesa: an object an agent
def mesa() -> dict[str, Any]:
    from mesa import Agent, Model  # noqa: PLC0415

    class Person(Agent):
        def __init__(self, model: Model, state: int = 0) -> None:
            super().__init__(model)
            self.wealth, self.x, self.y, self.state = 1, 0, 0, state

        def give(self) -> None:
            if self.wealth:
                self.wealth -= 1
                self.random.choice(self.model.people).wealth += 1

        def walk(self) -> None:
            self.x += self.random.randint(-1, 1)
            self.y += self.random.randint(-1, 1)

        def live(self) -> None:
            if self.state == 0 and self.random.random() < self.model.risk:
                self.state = 1
            elif self.state == 1 and self.random.random() < GAMMA:
                self.state = 2

    def crowd(n: int, seed: int) -> Model:
        model = Model(rng=seed)
        model.people = [Person(model, int(k < n // SEEDED)) for k in range(n)]
        return model

    def wealth(n: int, steps: int, seed: int) -> Any:
        model = crowd(n, seed)
        for _ in range(steps):
            model.agents.shuffle_do("give")
        return np.array([p.wealth for p in model.people])

    def walk(n: int, steps: int, seed: int) -> Any:
        model = crowd(n, seed)
        for _ in range(steps):
            model.agents.do("walk")
        return np.array([(p.x, p.y) for p in model.people])

    def sir(n: int, steps: int, seed: int) -> Any:
        model, found = crowd(n, seed), []
        infected = n // SEEDED
        for _ in range(steps):
            model.risk = 1 - np.exp(-BETA * infected / n)
            model.agents.do("live")
            counts = np.bincount([p.state for p in model.people], minlength=3)
            infected = counts[1]
            found.append(counts)
        return np.array(found)

    return {"wealth": wealth, "walk": walk, "sir": sir}


# ---------------------------------------------------------------- numpy: a column at a time
def numpy() -> dict[str, Any]:
    def wealth(n: int, steps: int, seed: int) -> Any:
        rng, has = np.random.default_rng(seed), np.ones(n, np.int64)
        for _ in range(steps):
            givers = np.flatnonzero(has)
            has[givers] -= 1
            has += np.bincount(rng.integers(n, size=len(givers)), minlength=n)
        return has

    def walk(n: int, steps: int, seed: int) -> Any:
        rng, at = np.random.default_rng(seed), np.zeros((n, 2), np.int64)
        for _ in range(steps):
            at += rng.integers(-1, 2, (n, 2))
        return at

    def sir(n: int, steps: int, seed: int) -> Any:
        rng, state, found = np.random.default_rng(seed), (np.arange(n) < n // SEEDED).astype(np.int64), []
        infected = n // SEEDED
        for _ in range(steps):
            luck, risk = rng.random(n), 1 - np.exp(-BETA * infected / n)
            state += ((state == 0) & (luck < risk)) | ((state == 1) & (luck < GAMMA))
            counts = np.bincount(state, minlength=3)
            infected = counts[1]
            found.append(counts)
        return np.array(found)

    return {"wealth": wealth, "walk": walk, "sir": sir}


# ---------------------------------------------------------------- polars: a data frame of agents, expressions on its columns
def polars() -> dict[str, Any]:
    import polars as pl  # noqa: PLC0415

    def wealth(n: int, steps: int, seed: int) -> Any:
        rng = np.random.default_rng(seed)
        frame = pl.DataFrame({"id": np.arange(n), "wealth": np.ones(n, np.int64)})
        for _ in range(steps):
            givers = frame.select((pl.col("wealth") > 0).sum()).item()
            got = pl.DataFrame({"id": rng.integers(n, size=givers)}).group_by("id").len("got")
            paid = pl.col("wealth") - (pl.col("wealth") > 0).cast(pl.Int64) + pl.col("got").fill_null(0)
            frame = frame.join(got, on="id", how="left", maintain_order="left").select("id", wealth=paid)
        return frame["wealth"].to_numpy()

    def walk(n: int, steps: int, seed: int) -> Any:
        rng, frame = (
            np.random.default_rng(seed),
            pl.DataFrame({"x": np.zeros(n, np.int64), "y": np.zeros(n, np.int64)}),
        )
        for _ in range(steps):
            moved = rng.integers(-1, 2, (2, n))
            frame = frame.with_columns(pl.col("x") + pl.Series(moved[0]), pl.col("y") + pl.Series(moved[1]))
        return frame.to_numpy()

    def sir(n: int, steps: int, seed: int) -> Any:
        rng, found = np.random.default_rng(seed), []
        frame, infected = pl.DataFrame({"state": (np.arange(n) < n // SEEDED).astype(np.int64)}), n // SEEDED
        for _ in range(steps):
            luck, state = pl.Series(rng.random(n)), pl.col("state")
            risk = 1 - np.exp(-BETA * infected / n)
            changes = ((state == 0) & (luck < risk)) | ((state == 1) & (luck < GAMMA))
            frame = frame.with_columns(state + changes.cast(pl.Int64))
            counts = [frame.select((state == k).sum()).item() for k in range(3)]
            infected = counts[1]
            found.append(counts)
        return np.array(found)

    return {"wealth": wealth, "walk": walk, "sir": sir}


# ---------------------------------------------------------------- starsim: its own disease on its own network
def starsim() -> dict[str, Any]:
    import starsim as ss  # noqa: PLC0415

    def sir(n: int, steps: int, seed: int) -> Any:
        disease = ss.SIR(
            beta=ss.perday(BETA / 4), init_prev=1 / SEEDED, dur_inf=ss.expon(ss.days(1 / GAMMA)), p_death=0
        )
        sim = ss.Sim(
            n_agents=n, networks=ss.RandomNet(n_contacts=4), diseases=disease, rand_seed=seed, verbose=0,
            dt=ss.days(1), start=ss.days(0), dur=ss.days(steps - 1),
        )  # fmt: skip
        sim.run()
        found = sim.results.sir
        return np.column_stack([found.n_susceptible, found.n_infected, found.n_recovered]).astype(int)

    return {"sir": sir}


# ---------------------------------------------------------------- numba: loops over columns
def numba() -> dict[str, Any]:
    from numba import njit  # noqa: PLC0415

    @njit
    def wealth(n: int, steps: int, seed: int) -> Any:
        np.random.seed(seed)
        has = np.ones(n, np.int64)
        for _ in range(steps):
            for i in range(n):
                if has[i] > 0:
                    has[i] -= 1
                    has[np.random.randint(n)] += 1
        return has

    @njit
    def walk(n: int, steps: int, seed: int) -> Any:
        np.random.seed(seed)
        at = np.zeros((n, 2), np.int64)
        for _ in range(steps):
            for i in range(n):
                at[i, 0] += np.random.randint(-1, 2)
                at[i, 1] += np.random.randint(-1, 2)
        return at

    @njit
    def sir(n: int, steps: int, seed: int) -> Any:
        np.random.seed(seed)
        state, found = (np.arange(n) < n // SEEDED).astype(np.int64), np.zeros((steps, 3), np.int64)
        infected = n // SEEDED
        for step in range(steps):
            risk = 1 - np.exp(-BETA * infected / n)
            for i in range(n):
                if (state[i] == 0 and np.random.random() < risk) or (
                    state[i] == 1 and np.random.random() < GAMMA
                ):
                    state[i] += 1
                found[step, state[i]] += 1
            infected = found[step, 1]
        return found

    return {"wealth": wealth, "walk": walk, "sir": sir}


# ---------------------------------------------------------------- comity: kernels over rows, draws by seed, stream, step, person
def comity() -> dict[str, Any]:
    from comity.draws import draw, pick, words  # noqa: PLC0415
    from comity.kernels import kernel  # noqa: PLC0415

    person = np.dtype([("wealth", "i4"), ("x", "i4"), ("y", "i4"), ("state", "i1")], align=True)

    @kernel
    def give(rows: Any, seed: int, steps: int) -> None:
        for step in range(steps):
            for i in range(len(rows)):
                if rows[i]["wealth"] > 0:
                    rows[i]["wealth"] -= 1
                    rows[pick(seed, 1, step, i, len(rows))]["wealth"] += 1

    @kernel
    def move(rows: Any, seed: int, steps: int) -> None:
        for step in range(steps):
            for i in range(len(rows)):
                a, b, _, _ = words(seed, 2, step, i)
                rows[i]["x"] += np.int64(a * np.uint64(3) >> np.uint64(32)) - 1
                rows[i]["y"] += np.int64(b * np.uint64(3) >> np.uint64(32)) - 1

    @kernel
    def infect(rows: Any, seed: int, found: Any, infected: int) -> None:
        for step in range(len(found)):
            risk = 1 - np.exp(-0.4 * infected / len(rows))
            for i in range(len(rows)):
                state = rows[i]["state"]
                if state < 2 and draw(seed, 3, step, i) < (risk if state == 0 else 0.1):
                    rows[i]["state"] = state + 1
                found[step, rows[i]["state"]] += 1
            infected = found[step, 1]

    def crowd(n: int) -> Any:
        rows = np.zeros(n, person)
        rows["wealth"], rows["state"] = 1, np.arange(n) < n // SEEDED
        return rows

    def wealth(n: int, steps: int, seed: int) -> Any:
        give(rows := crowd(n), seed, steps)
        return rows["wealth"]

    def walk(n: int, steps: int, seed: int) -> Any:
        move(rows := crowd(n), seed, steps)
        return np.column_stack([rows["x"], rows["y"]])

    def sir(n: int, steps: int, seed: int) -> Any:
        infect(crowd(n), seed, found := np.zeros((steps, 3), np.int64), n // SEEDED)
        return found

    return {"wealth": wealth, "walk": walk, "sir": sir}


# ---------------------------------------------------------------- what must hold of every toy
def check(task: str, found: Any, n: int, steps: int) -> None:
    """Refuse a toy that does not do what it should."""
    if task == "wealth":
        wrong = found.sum() != n or found.min() < 0 or len(found) != n or (found == 1).all()
    elif task == "walk":
        spread = float((found.astype(float) ** 2).sum(axis=1).mean()) / steps
        wrong = (
            found.shape != (n, 2)
            or np.abs(found).max() > steps
            or abs(spread / (4 / 3) - 1) > (0.05 if n >= 10_000 else 0.2)
        )
    else:
        taken = (
            1 - found[-1, 0] / n
        )  # solves taken = 1 - exp(-4 taken), 0.98, where nobody is left who infects
        wrong = (found.sum(axis=1) != n).any() or (np.diff(found[:, 2]) < 0).any() or abs(taken - 0.98) > 0.03
    if wrong:
        raise SystemExit(f"{task}: an invariant does not hold")


def main(library: str, n: int, steps: int) -> None:
    """Check and time every toy of a library."""
    seconds = {}
    for task, toy in globals()[library]().items():
        check(task, toy(n, steps, 1), n, steps)
        begun = time.process_time()
        toy(n, steps, 2)
        seconds[task] = time.process_time() - begun
    print(json.dumps(seconds))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))

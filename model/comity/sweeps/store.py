"""A store: the folder in which the runs of one study are kept, whatever happens to those who compute them.

``store.json`` says which study it is and which version of the model's behaviour computed it. ``runs/`` has one file per
run, named after a hash of everything that determines its result; ``failures/`` has what is known of runs that failed;
``claims/`` says who is at work on which run. What is done is read off the files and written down nowhere else, so
that no list can disagree with them. Whoever reads results writes, moves and removes nothing here. Files that
were damaged are moved to ``altered/`` by the next sweep; nothing that cannot be read is moved or removed.
"""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

from comity.behaviour import behaviour
from comity.problems import InputError, Problem, shown
from comity.sweeps import identity, runfile
from comity.sweeps.files import load_study, revive, studies
from comity.sweeps.written import keys_in, stems
from comity.writing import LOCAL, new_file
from comity.writing import objections as folder_objections

if TYPE_CHECKING:
    from collections.abc import Iterator

    from comity.scenario import Scenario
    from comity.sweeps.study import Run, Study

ABANDONED: Final = 3600.0
"""Seconds after which a temporary file that nobody finished is removed, where file systems know no locks."""


LATELY: Final = 64
"""Scenarios that are kept while runs are handed out, which differ in their seeds."""


class Job(NamedTuple):
    """A run of the study and the key under which its result is kept."""

    run: Run
    key: str


@dataclass
class Ledger:
    """What is done, what failed, and what is still to do, as the files have it; runs that are the same stand here once.

    Attributes:
        done: runs with a whole file.
        failed: runs that were tried and failed; they are tried again.
        pending: runs without a file, failed ones last.
        damaged: keys of files that were cut or altered, and why we think so; the files were set aside.
        rows: how many runs of the study a key stands for.
    """

    done: list[Job] = field(default_factory=list)
    failed: list[Job] = field(default_factory=list)
    pending: list[Job] = field(default_factory=list)
    damaged: dict[str, str] = field(default_factory=dict)
    rows: Counter[str] = field(default_factory=Counter)


class Store:
    """The results of one study in one folder.

    Args:
        folder: where.
        study: the study, as large as the store has it.
    """

    def __init__(self, folder: Path, study: Study) -> None:
        self.folder, self.study = folder, study
        self.version = version(study)

    @classmethod
    def create(cls, study: Study, folder: Path, *, expand: bool = False) -> Store:
        """Open the store of a study, or make it.

        Args:
            study: the study; if the store is larger, the store's size holds.
            folder: where.
            expand: whether the store may grow to the size of the study.

        Raises:
            InputError: if the folder holds something else, or results of another version or study.
        """
        if not (folder / "store.json").exists():
            _make(folder, study)
        store = cls.open(folder)
        fitted = store.fitted(study, expand=expand)
        if fitted is not store:
            _write_json(folder / "store.json", _about(fitted.study))
        return fitted

    @classmethod
    def open(cls, folder: Path) -> Store:
        """Open the store in a folder.

        Raises:
            InputError: if there is none, or one of another version of the model.
        """
        try:
            about = json.loads((folder / "store.json").read_text(encoding="utf-8"))
            written, study = about["version"], revive(about["study"])
        except FileNotFoundError:
            raise _refused(folder, "no results here", "'comity sweep STUDY' makes them") from None
        except OSError as error:
            raise refusal(folder, error) from None
        except InputError as error:
            raise error.placed(lambda _: str(folder / "store.json")) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            raise _refused(folder, "store.json cannot be read", "the folder of a sweep") from None
        store = cls(folder, study)
        if written != store.version:
            wrong = f"computed by another version of the model ({written}, this is {store.version})"
            raise _refused(folder, wrong, "that version of comity, or another --out")
        return store

    def require(self, study: Study) -> None:
        """Refuse to be the store of another study, however many runs of it are asked for.

        Raises:
            InputError: if it is.
        """
        if self.study.digest() != study.digest():
            raise _refused(
                self.folder, "holds the results of another study", "another --out, or another name"
            )

    def fitted(self, study: Study, *, expand: bool) -> Store:
        """Return the store as large as a study asks for, if it may grow; nothing is written.

        Raises:
            InputError: if it is the store of another study, or smaller and may not grow.
        """
        self.require(study)
        ours, wanted = self.study.extent(), study.extent()
        if all(wanted[name] <= ours[name] for name in ours):
            return self
        if not expand:
            more = " ".join(f"--expand {name}={n}" for name, n in wanted.items() if n > ours[name])
            raise _refused(self.folder, "the study asks for more than this store was made for", more)
        size = {name: max(n, ours[name]) for name, n in wanted.items()}
        fixed = size["points"] == ours["points"]
        return Store(self.folder, self.study.expanded(size["seeds"], None if fixed else size["points"]))

    def path(self, key: str) -> Path:
        """Return where the result of a run is kept."""
        return runfile.place(self.folder, key)

    def failure(self, key: str) -> Path:
        """Return where it is kept why a run failed."""
        return self.folder / "failures" / f"{key}.json"

    def claim(self, key: str) -> Path:
        """Return where it is kept who is at work on a run."""
        return self.folder / "claims" / key

    @cached_property
    def jobs(self) -> list[Job]:
        """Every run of the study with its key, in the fixed order."""
        return [Job(*pair) for pair in identity.keys(self.study, self.version)]

    @cached_property
    def points(self) -> dict[Any, dict[Any, Any]]:
        """The points of the design by number."""
        return self.study.points().to_dict("index")

    def scenarios(self, jobs: list[Job]) -> Iterator[tuple[Job, Scenario]]:
        """Yield jobs with their scenarios, which are too large to have all of them at once."""
        resolved = lru_cache(LATELY)(lambda n, case: self.study.resolved(self.points[n], case))
        for job in jobs:
            setup = resolved(job.run.point, job.run.case)
            yield (
                job,
                setup.model_copy(update={"seed": self.study.dice(self.points[job.run.point], job.run.seed)}),
            )

    def part(self, shard: tuple[int, int]) -> list[Job]:
        """Return every n-th run from the i-th on."""
        return self.jobs[shard[0] - 1 :: shard[1]]

    def ledger(self, shard: tuple[int, int] = (1, 1)) -> Ledger:
        """Return what is done and what is not, after comparing every file with its checksum; damaged files are set aside.

        Args:
            shard: which part, and of how many.

        Raises:
            OSError: if a file cannot be read, which is no reason to think ill of it.
        """
        present, failed = self.present(), set(stems(self.folder / "failures", ".json"))
        ledger = Ledger(rows=Counter(job.key for job in self.part(shard)))
        for job in distinct(self.part(shard)):
            if job.key in present and not (wrong := self._damage(job.key)):
                ledger.done.append(job)
                continue
            if job.key in present:
                ledger.damaged[job.key] = wrong
            (ledger.failed if job.key in failed else ledger.pending).append(job)
        ledger.pending += ledger.failed
        return ledger

    def _damage(self, key: str) -> str:
        """Return what is wrong with a run's file, which is then set aside, or an empty text."""
        try:
            runfile.verified(self.path(key))
        except FileNotFoundError:
            return "gone"
        except runfile.DamagedError as error:
            self.set_aside(key)
            return str(error)
        return ""

    def set_aside(self, key: str) -> None:
        """Move a run's file, which was read and is not what was written, out of the way; nothing is removed."""
        folder = self.folder / "altered"
        folder.mkdir(exist_ok=True)
        with suppress(FileNotFoundError):
            self.path(key).rename(folder / f"{key}-{uuid4().hex[:8]}.parquet")

    def missing(self) -> int:
        """Return how many runs have no file, without reading the files."""
        present = self.present()
        return sum(job.key not in present for job in self.jobs)

    def count(self) -> int:
        """Return how many runs have a file."""
        return self.study.size - self.missing()

    def failures(self) -> list[str]:
        """Return the keys of runs that failed and were not done since."""
        return sorted(set(stems(self.folder / "failures", ".json")) - self.present())

    def present(self) -> set[str]:
        """Return the keys for which there are files."""
        with explained(self.folder):
            return keys_in(self.folder)

    def tidy(self) -> None:
        """Remove temporary files that somebody left who was killed."""
        for path in self.folder.rglob(".*.partial"):
            try:
                if time.time() - path.stat().st_mtime > ABANDONED:
                    path.unlink()
            except FileNotFoundError:
                pass


def version(study: Study) -> str:
    """Return which behaviour of the model, and which meaning of the outcomes, stored numbers have."""
    who = study.measurer
    return behaviour(who.modules, who.libraries, study.scenario.added)


def locate(source: str | Path, out: Path | None = None) -> Path:
    """Return the folder of a study's results.

    Args:
        source: the folder itself, or a study: a built-in name or a file.
        out: the folder, if it was not the usual one.
    """
    if out is not None:
        return out
    if os.path.exists(Path(source) / "store.json"):  # noqa: PTH110 - False for what can be no path at all, too
        return Path(source)
    return default_folder(load_study(source))


def opened(source: str | Path, out: Path | None = None) -> Store:
    """Open the results of a study, or those in a folder.

    Raises:
        InputError: if there are none, or the folder holds those of another study than the one that is named.
    """
    store = Store.open(locate(source, out))
    if str(source) in studies() or Path(source).is_file():
        store.require(load_study(source))
    return store


def default_folder(study: Study) -> Path:
    """Return where the results of a study go when nobody says otherwise."""
    return LOCAL / study.name


def families(jobs: list[Job]) -> list[list[Job]]:
    """Return jobs by what they share but for their regimes, in the order of the first of each."""
    found: dict[Any, list[Job]] = {}
    for job in jobs:
        alike = job.run.point, job.run.case._replace(regime=""), job.run.seed
        found.setdefault(alike, []).append(job)
    return list(found.values())


def distinct(jobs: list[Job]) -> list[Job]:
    """Return the first of all jobs that have the same key."""
    return list({job.key: job for job in reversed(jobs)}.values())[::-1]


def _about(study: Study) -> dict[str, Any]:
    return {"version": version(study), "study": study.as_json()}


def objection(folder: Path) -> list[Problem]:
    """Return what speaks against keeping a sweep in a folder, without reading what it holds."""
    if not folder.is_dir():
        return folder_objections(folder)
    try:
        names = {path.name for path in folder.iterdir() if path.name[0] != "."}
    except OSError as error:
        return list(refusal(folder, error).problems)
    if "store.json" in names or names <= {"runs", "claims", "failures", "altered"}:
        return []
    wrong = "holds files that are not the results of a sweep"
    return list(_refused(folder, wrong, "a new or an empty folder, or that of this study").problems)


def _make(folder: Path, study: Study) -> None:
    """Make a new store; another process may be making the same one."""
    if problems := objection(folder):
        raise InputError(problems)
    with explained(folder):
        for room in ("runs", "claims", "failures"):
            (folder / room).mkdir(parents=True, exist_ok=True)
        if not (folder / "store.json").exists():
            _write_json(folder / "store.json", _about(study))


@contextmanager
def explained(folder: Path) -> Iterator[None]:
    """Turn what the system objects to into a problem of the folder, such as a full disk or a file that nobody may read."""
    try:
        yield
    except (OSError, MemoryError) as error:
        raise refusal(folder, error) from error


def refusal(folder: Path, error: OSError | MemoryError) -> InputError:
    """Return what the system objects to as a problem of the folder."""
    reason = (getattr(error, "strerror", None) or str(error) or "out of memory").lower()
    name = getattr(error, "filename", None)
    where = f": {os.path.relpath(name, folder)}" if isinstance(name, str | Path) else ""
    valid = (
        "files that may be read, in a folder where you may write, with room; the same command then continues"
    )
    return _refused(folder, reason + where, valid)


def _refused(folder: Path, wrong: str, valid: str) -> InputError:
    return InputError([Problem("results", "out", shown(str(folder)), wrong, valid)])


def _write_json(path: Path, value: dict[str, Any]) -> None:
    """Write a file whole or not at all; nothing could make up for it after a power failure."""
    with new_file(path, durable=True) as staging:
        staging.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def write_failure(path: Path, about: dict[str, Any]) -> None:
    """Record a failure, counting how often the run has failed."""
    try:
        attempts = int(json.loads(path.read_text(encoding="utf-8"))["attempts"])
    except (OSError, ValueError, KeyError, TypeError):
        attempts = 0
    path.parent.mkdir(parents=True, exist_ok=True)
    _write_json(path, about | {"attempts": attempts + 1})

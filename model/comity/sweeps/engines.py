"""Engines that compute runs: processes of this machine, or the workers of a Dask cluster."""

from __future__ import annotations

import gc
import os
import sys
import threading
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor
from contextlib import contextmanager, suppress
from multiprocessing import current_process, get_context, parent_process
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from comity.problems import InputError, Problem, shown
from comity.reading import COMMAND_LINE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from multiprocessing.process import BaseProcess

THREADS: Final = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "ARROW_NUM_THREADS",
    "POLARS_MAX_THREADS",
)
"""Each worker is one process on one core: libraries that start threads of their own would fight over it."""

UNGUARDED: Final = 78
"""How a worker ends that imports the script of its driver, and finds the driver's call at its top level."""

PATIENCE: Final = "10s"


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def objections() -> list[Problem]:
    """Return what keeps this system from sweeping in processes: Windows has no server for them, a browser none at all."""
    if system := {"win32": "Windows", "emscripten": "a browser"}.get(sys.platform):
        valid = "Linux, macOS or the Windows Subsystem for Linux; run, compare, show, story and the page work on Windows"
        return [Problem(COMMAND_LINE, "sweep", system, "cannot serve processes", valid)]
    return []


class _Pool(ProcessPoolExecutor):
    """A pool that is broken, and says so, when the server that starts its processes is; it remembers its processes."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.started: set[BaseProcess] = set()

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        try:
            return super().submit(fn, *args, **kwargs)
        except (EOFError, OSError) as error:
            raise BrokenExecutor("no process can be started") from error
        finally:
            self.started.update((self._processes or {}).values())

    def end(self) -> None:
        """Let the processes go; those of a broken pool are ended, whatever they do.

        A pool that finds itself broken ends its processes once and then waits for all, also for one that was started in
        between, which waits in turn for something to do.
        """
        if self._broken:
            for process in self.started:
                with suppress(ValueError):  # it is closed already
                    process.kill()
        self.shutdown(wait=True, cancel_futures=True)


class Local:
    """Processes of this machine; a pool whose worker died is replaced by a new one."""

    def __init__(self, workers: int | None) -> None:
        if getattr(current_process(), "_inheriting", False):  # as multiprocessing asks itself
            os._exit(UNGUARDED)
        if wrong := objections():
            raise InputError(wrong)
        self.width = workers or cores()
        self._start()

    def _start(self) -> None:
        """Make a pool, whose processes start when there is something to do."""
        context = get_context("forkserver")
        context.set_forkserver_preload(["comity.model", "comity.sweeps.worker"])
        self.executor = _Pool(self.width, context, initializer=_prepare)

    @property
    def readers(self) -> Executor | None:
        """Who may read many files at the end."""
        return self.executor

    def rebuild(self) -> None:
        """Start new workers after one has died.

        Raises:
            SystemExit: if none can begin, because the script that called would call again in each of them.
        """
        self.executor.end()
        if any(child.exitcode == UNGUARDED for child in self.executor.started):
            raise SystemExit(
                "comity: workers import this script, and would sweep again: put the sweep under "
                'if __name__ == "__main__":'
            )
        self._start()

    def recall(self, _: Iterable[Future[Any]]) -> None:
        """Take back what no worker has begun; the pool ends with what they have.

        The pool's own thread does it: to it, futures that others cancelled are an error when workers die meanwhile.
        """
        self.executor.shutdown(wait=False, cancel_futures=True)

    def close(self) -> None:
        """Let the workers go."""
        self.executor.end()


class Cluster:
    """The workers of a running Dask cluster, through its standard executor.

    Raises:
        InputError: if nobody answers at the address, or the library is not installed.
    """

    def __init__(self, address: str) -> None:
        self._address, self._client = address, _connect(address)
        # Where nobody works yet, workers may join later; the scheduler keeps the runs for them.
        self.width = max(1, sum(self._client.nthreads().values()))
        self.executor: Executor = self._client.get_executor(pure=False)

    readers: Executor | None = None
    """Nobody: the tables would travel over the network, where the files are no further away."""

    def rebuild(self) -> None:
        """See whether the scheduler is still there; it gives the runs of a dead worker to others by itself.

        Raises:
            InputError: if it is not.
        """
        try:
            self._client.scheduler_info()
            if self._client.status == "running":
                return
        except (OSError, RuntimeError, ValueError, TimeoutError):
            pass
        raise _no_cluster(
            self._address, "the connection was lost", "start it; the same command then continues"
        )

    def recall(self, futures: Iterable[Future[Any]]) -> None:
        """Take back what no worker has begun."""
        for future in futures:
            future.cancel()

    def close(self) -> None:
        """Leave the cluster, which goes on."""
        self.executor.shutdown(wait=False)
        self._client.close()


def _connect(address: str) -> Any:
    try:
        from distributed import Client  # noqa: PLC0415 - an extra

        made: Any = Client
        return made(address, timeout=PATIENCE, set_as_default=False)
    except ImportError:
        raise _no_cluster(address, "needs distributed", "pip install 'comity[cluster]'") from None
    except (OSError, ValueError, TypeError) as error:
        reason = "nobody answers" if isinstance(error, OSError) else str(error)
        raise _no_cluster(
            address, reason, "the address of a running Dask scheduler, tcp://host:8786"
        ) from None


def _no_cluster(address: str, wrong: str, valid: str) -> InputError:
    return InputError([Problem(COMMAND_LINE, "--cluster", shown(address), wrong, valid)])


@contextmanager
def engine(workers: int | None, cluster: str | None) -> Iterator[Local | Cluster]:
    """Yield workers, and let them go afterwards."""
    with _one_thread_each(), _no_script():
        made = Cluster(cluster) if cluster else Local(workers)
        try:
            yield made
        finally:
            made.close()


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Set what libraries read when they are imported, for the processes that are started meanwhile."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _no_script() -> Iterator[None]:
    """Let workers start that would look in vain for their driver's script, as it came from standard input."""
    main = sys.modules["__main__"]
    file = getattr(main, "__file__", None)
    if file is None or Path(file).exists():
        yield
        return
    main.__file__ = None
    try:
        yield
    finally:
        main.__file__ = file


def _prepare() -> None:
    """Make a worker ready: it leaves Ctrl-C and a closed terminal to the driver, and does not outlive it."""
    import signal  # noqa: PLC0415

    import pyarrow as pa  # noqa: PLC0415 - slow to import; only workers need it here

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    pa.set_cpu_count(1)
    pa.set_io_thread_count(1)
    threading.Thread(target=_follow, daemon=True).start()
    gc.freeze()  # what was imported stays: no need to look through it again and again


def _follow() -> None:
    """End this process as soon as the driver is gone, or the server that started it, without which nobody hears of it."""
    parent, server = parent_process(), os.getppid()
    if parent is not None:
        while parent.is_alive() and os.getppid() == server:
            parent.join(1.0)
        os._exit(1)

"""Panels: the tables of a run that is too large for rows by county, written while the run is lived.

Instead of a table of more than `LARGEST` rows there are two Parquet files: by county with a column per measure, and by state
with rows. Packing them takes as long as a third of the living, so a thread packs the periods that are over while the next
ones are lived: kernels let go of Python's lock. It also imports what the nation's map takes.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from comity.model import CooperationModel

LARGEST: Final = 3_000_000
"""Rows of a tidy table by county, above which a run writes a panel instead."""


class Panel:
    """The files of one run, which grow as its periods end; they have the same bytes whenever they are written.

    Args:
        folder: where they are written.
        name: of the file by state, without its ending; the other one's goes on ``_counties``.
        model: the run.
        over: whether it will be lived to its end before they are written, or as it stands.

    Attributes:
        needed: whether the table by county would be as large as that.
    """

    def __init__(self, folder: Path, name: str, model: CooperationModel, *, over: bool = False) -> None:
        self._folder, self._model, self._packer = folder, model, ThreadPoolExecutor(1, "panel")
        self.needed = model.rows(over=over) > LARGEST
        self._files = f"{name}_counties.parquet", f"{name}.parquet"
        self._writers: dict[str, Any] = {}
        self._written = 0
        self._begun: Future[None] = Future()
        self._begun.set_result(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._packer.shutdown()
        for writer in self._writers.values():
            with suppress(OSError):  # what was not finished is thrown away
                writer.close()

    def grow(self) -> None:
        """Let a thread write the periods that are over, if it is needed and the thread has nothing to do.

        Raises:
            OSError: if what it wrote before failed.
        """
        from comity.observe.tables import BATCH  # noqa: PLC0415 - imports the compiler

        if self.needed and self._begun.done():
            self._begun.result()
            over = len(self._model.flows())
            with suppress(RuntimeError):  # no thread is to be had: all is written at the end
                self._begun = self._packer.submit(self._write, over - over % BATCH)

    def finish(self) -> None:
        """Write what is left of a run that is over, and close the files.

        Raises:
            OSError: if this fails, or something before did.
        """
        self._begun.result()
        self._write(len(self._model.flows()))
        for writer in self._writers.values():
            writer.close()

    def _write(self, until: int) -> None:
        """Write the periods before ``until`` that are not written yet, each batch as it is made: all would not fit in memory."""
        from comity.observe.tables import BATCH  # noqa: PLC0415 - imports the compiler
        from comity.output import maps, national  # noqa: PLC0415 - likewise

        if not self._writers and national.is_nation(self._model):
            maps.get_ready()
        for first in range(self._written, until, BATCH):
            periods = range(first, min(first + BATCH, until))
            (by_county,) = self._model.panels(periods)
            for name, frame in zip(
                self._files, (by_county, self._model.table("state", periods)), strict=True
            ):
                self._add(name, frame)
        self._written = max(self._written, until)

    def _add(self, name: str, frame: pd.DataFrame) -> None:
        """Write a group of rows into a file, with which it begins."""
        import pyarrow as pa  # noqa: PLC0415 - slow to import
        import pyarrow.parquet as pq  # noqa: PLC0415

        table = pa.Table.from_pandas(frame, preserve_index=False)
        if name not in self._writers:
            self._writers[name] = pq.ParquetWriter(self._folder / name, table.schema, compression="zstd")
        self._writers[name].write_table(table)

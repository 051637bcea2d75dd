"""Panels: the table by county of a run that is too large for rows, written while the run is lived.

A table of more than `LARGEST` rows has a column per measure and is a Parquet file. Packing it takes as long as a third of the
living, so a thread packs the periods that are over while the next ones are lived: kernels let go of Python's lock. It also
imports what the nation's map takes.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final, Self

if TYPE_CHECKING:
    from pathlib import Path

    from comity.model import CooperationModel

LARGEST: Final = 3_000_000
"""Rows of a tidy table by county, above which a run writes a panel instead."""


class Panel:
    """The file of one run, which grows as its periods end; it has the same bytes whenever they are written.

    Args:
        path: the file.
        model: the run.
        over: whether it will be lived to its end before it is written, or as it stands.

    Attributes:
        path: the file.
        needed: whether the table is as large as that.
    """

    def __init__(self, path: Path, model: CooperationModel, *, over: bool = False) -> None:
        self.path, self._model, self._packer = path, model, ThreadPoolExecutor(1, "panel")
        self.needed = model.rows(over=over) > LARGEST
        self._writer: Any = None
        self._written = 0
        self._begun: Future[None] = Future()
        self._begun.set_result(None)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._packer.shutdown()
        if self._writer is not None:
            with suppress(OSError):  # what was not finished is thrown away
                self._writer.close()

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
        """Write what is left of a run that is over, and close the file.

        Raises:
            OSError: if this fails, or something before did.
        """
        self._begun.result()
        self._write(len(self._model.flows()))
        self._writer.close()
        self._writer = None

    def _write(self, until: int) -> None:
        """Write the periods before ``until`` that are not written yet, each batch as it is made: all would not fit in memory."""
        import pyarrow as pa  # noqa: PLC0415 - slow to import
        import pyarrow.parquet as pq  # noqa: PLC0415

        from comity.output import maps, national  # noqa: PLC0415 - imports the compiler

        if self._writer is None and national.is_nation(self._model):
            maps.get_ready()
        for frame in self._model.panels(range(self._written, until)):
            table = pa.Table.from_pandas(frame, preserve_index=False)
            if self._writer is None:
                self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
            self._writer.write_table(table)
        self._written = max(self._written, until)

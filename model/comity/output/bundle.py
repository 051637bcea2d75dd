"""A bundle: tables, pictures and a manifest that belong together, and become one folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from comity.writing import explained, new_folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd
    from matplotlib.figure import Figure

DIGITS: Final = {"runs": 8}
"""Digits of the numbers of a table; what people read has six, what others are computed from has more."""

PLAIN: Final = {"Software": None}
"""Nothing in a picture's file but the picture, so that the same runs give the same file."""


@dataclass(frozen=True)
class Bundle:
    """What a command writes into one folder.

    Attributes:
        manifest: how it came about; becomes ``manifest.json``, the last file that is written.
        tables: by name; each becomes a CSV file, or a Parquet file if its name ends in ``.parquet``.
        pictures: by name; each becomes a PNG file.
        files: texts and bytes, by the name of the file, with its folder if it has one.
    """

    manifest: Mapping[str, Any] = field(default_factory=dict)
    tables: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    pictures: Mapping[str, Figure] = field(default_factory=dict)
    files: Mapping[str, str | bytes] = field(default_factory=dict)

    def write(self, folder: Path) -> Path:
        """Write it into a new folder, whole or not at all, and return the folder.

        Raises:
            ScenarioError: if the folder holds anything, or cannot be written.
        """
        with new_folder(folder) as staging, explained(folder):
            self.put(staging)
        return folder

    def put(self, staging: Path) -> None:
        """Write the files into a folder that is there."""
        for name, table in self.tables.items():
            if name.endswith(".parquet"):
                table.to_parquet(staging / name, index=False, compression="zstd")
            else:
                digits = f"%.{DIGITS.get(name, 6)}g"
                table.to_csv(staging / f"{name}.csv", index=False, float_format=digits)
        for name, figure in self.pictures.items():
            figure.savefig(staging / f"{name}.png", metadata=PLAIN)
        for name, content in self.files.items():
            path = staging / name
            if not path.parent.is_dir():
                path.parent.mkdir()
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        if self.manifest:
            text = json.dumps(self.manifest, indent=2, ensure_ascii=False)
            (staging / "manifest.json").write_bytes(f"{text}\n".encode())

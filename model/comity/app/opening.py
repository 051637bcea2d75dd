"""The opening: five scenes that tell what the page is about, each of them the running model in a state."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from importlib.resources import files
from typing import Final


@dataclass(frozen=True)
class Scene:
    """One scene, as ``opening.toml`` tells it.

    Attributes:
        id: under which the page knows what to compute.
        title: of the scene.
        text: paragraphs.
        state: with what the page opens, as an address has it.
    """

    id: str
    title: str
    text: list[str]
    state: dict[str, str]


SCENES: Final = tuple(
    Scene(**entry)
    for entry in tomllib.loads(files("comity.app").joinpath("opening.toml").read_text(encoding="utf-8"))[
        "scene"
    ]
)

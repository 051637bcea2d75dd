"""Small changes at random: of trees of tables and lists, of texts and of bytes."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, time
from typing import Any

Dice = random.Random

ODD: list[Any] = [
    *(0, 1, -1, 2, 10**9, 2**31, 2**63, -(2**63), 10**400),
    *(0.0, -0.0, 0.5, 1.0, 1e-320, 1e308, float("inf"), float("nan")),
    *(
        "",
        " ",
        "mandatory",
        "06075",
        "H2",
        "H1+H1",
        "a" * 300,
        "é\u202e",
        "\x1b[31m",
        "x\ny",
        "__class__",
        "../..",
        "{0}",
        "%s",
    ),
    *(
        True,
        False,
        date(1, 1, 1),
        date(9999, 12, 31),
        date(2010, 6, 8),
        datetime(2010, 6, 8, 1, tzinfo=UTC),
        time(1),
    ),
    *([], {}, [[]], [0, -1], {"": 0}, [1, "a"], {"low": 0}, ["mandatory"] * 50),
]
WORDS = [
    "0",
    "-1",
    "1e999",
    "nan",
    "",
    ",",
    ";",
    "=",
    '"',
    "'",
    "[",
    "{",
    "]]",
    "\t",
    "\r\n",
    "#",
    "\ufeff",
    "ß",
    "2010-02-30",
]


def places(tree: Any) -> list[tuple[Any, Any]]:
    """Every place of a tree of tables and lists: what holds it, and under which key."""
    keys = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    return [pair for key in keys for pair in [(tree, key), *places(tree[key])]]


def changed(tree: Any, dice: Dice) -> Any:
    """A tree with one to three changes: values of other kinds, of other places, gone, doubled, or under another name."""
    tree = _copied(tree)
    for _ in range(dice.choice((1, 1, 2, 3))):
        if not (every := places(tree)):
            break
        holder, key = dice.choice(every)
        how = dice.randrange(6)
        if how == 0:
            del holder[key]
        elif how == 1 and isinstance(holder, dict):
            holder[str(key) + dice.choice(("x", "", "_", " "))] = holder.pop(key)
        elif how == 2:
            other, name = dice.choice(every)
            holder[key] = _copied(other[name]) if name in _keys(other) else dice.choice(ODD)
        elif how == 3 and isinstance(holder, list):
            holder.append(_copied(holder[key]))
        elif how == 4 and isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
            holder[key] = holder[key] * dice.choice((-1, 0, 2, 10, 1e6)) + dice.choice((0, 1, 0.5))
        else:
            holder[key] = _copied(dice.choice(ODD))
    return tree


def _keys(tree: Any) -> Any:
    return tree if isinstance(tree, dict) else range(len(tree))


def _copied(tree: Any) -> Any:
    if isinstance(tree, dict):
        return {key: _copied(value) for key, value in tree.items()}
    return [_copied(value) for value in tree] if isinstance(tree, list) else tree


def cut(text: str, dice: Dice) -> str:
    """A text with one to three pieces changed: cut out, doubled, moved, or replaced by what means something."""
    for _ in range(dice.choice((1, 1, 2, 3))):
        at = sorted(dice.randrange(len(text) + 1) for _ in "ab")
        at[1] = min(at[1], at[0] + dice.choice((1, 3, 10, 80)))
        piece = text[at[0] : at[1]]
        new = dice.choice((piece * 2, "", dice.choice(WORDS), dice.choice(WORDS) + piece))
        text = text[: at[0]] + new + text[at[1] :]
    return text


def cut_bytes(content: bytes, dice: Dice) -> bytes:
    """Bytes with one to three changed, or the end cut off."""
    if dice.random() < 0.2:
        return content[: dice.randrange(len(content) + 1)]
    edited = bytearray(content)
    for _ in range(dice.choice((1, 1, 2, 3))):
        edited[dice.randrange(len(edited))] = dice.randrange(256)
    return bytes(edited)

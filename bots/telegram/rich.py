"""The words of a rich message (Bot API 10.3), nothing of how it looks. Pure."""

from collections.abc import Iterator
from typing import Any

from core.masking import clean

#: Blocks lie in blocks, marked words in marked words; nobody writes deeper.
_DEPTH = 20
_TEXTS = ("summary", "text", "expression", "caption", "credit")


def words_of(rich: Any) -> str:
    """A line for each block, item of a list and row of a table; empty where nothing is written."""
    blocks = rich.get("blocks") if isinstance(rich, dict) else None
    return "\n".join(_lines(blocks, _DEPTH)).strip()


def _lines(blocks: Any, depth: int) -> Iterator[str]:
    for block in blocks if isinstance(blocks, list) and depth else ():
        if isinstance(block, list):  # a row
            yield " | ".join(filter(None, (_marked(cell, depth - 1) for cell in block)))
        elif isinstance(block, dict):
            label = clean(block["label"]) + " " if isinstance(block.get("label"), str) else ""
            for line in filter(None, _block(block, depth - 1)):
                yield label + line
                label = ""


def _block(block: dict[str, Any], depth: int) -> Iterator[str]:
    for name, value in block.items():
        if name in _TEXTS:
            yield _marked(value, depth)
        elif name in ("blocks", "items", "cells"):
            yield from _lines(value, depth)


def _marked(text: Any, depth: int) -> str:
    """Words with marks inside: a text, a list of such, or an object around them."""
    if isinstance(text, str):
        return clean(text)
    if isinstance(text, list) and depth:
        return "".join(_marked(part, depth - 1) for part in text)
    if isinstance(text, dict) and depth:
        names = ("text", "expression", "alternative_text")
        return next((_marked(text[name], depth - 1) for name in names if name in text), "")
    return ""

"""The words by which customers choose a language; a table beside this file."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

_SIGNS = " .,!?«»\"'()\t\n"


@cache
def _table() -> Mapping[str, str]:
    source = files("core.scenario").joinpath("languages.toml").read_text("utf-8")
    table: dict[str, list[str]] = tomllib.loads(source)
    return {text: lang for lang, texts in table.items() for text in texts}


def language_named(text: str) -> str:
    """The language that a text asks for and nothing else, as two letters; empty for none."""
    if len(text) > 40:  # longer than any wording of the table
        return ""
    return _table().get(text.lower().strip(_SIGNS), "")

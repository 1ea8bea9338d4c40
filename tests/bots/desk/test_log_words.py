"""Whatever is written into the log can be looked for on the page, and has words there."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from bots.desk.page import FOLDER

_ROOT = Path(__file__).parents[3]
_WRITERS = frozenset({"audit", "_audited", "_changed"})


def _written() -> Iterator[str]:
    """The action of every call that writes into the log."""
    for folder in ("bots/desk", "handlers"):
        for path in (_ROOT / folder).glob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and _name(node.func) in _WRITERS:
                    texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant)]
                    yield from (text for text in texts[:1] if isinstance(text, str))


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def test_every_action_of_the_log_can_be_chosen_and_is_said_in_words() -> None:
    page = (FOLDER / "desk" / "views" / "audit.js").read_text("utf-8")
    listed = re.findall(r'"([a-z_.]+)"', page.split("ACTIONS = [")[1].split("]")[0])
    assert sorted(listed) == sorted(set(_written()))
    for language in ("en", "ru"):
        words = (FOLDER / "desk" / "i18n" / f"{language}.js").read_text("utf-8")
        assert [one for one in listed if f'"audit.{one}": ' not in words] == []

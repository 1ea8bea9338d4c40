"""What becomes of a made-up bot when its author goes on: steps go, slots change, names too."""

import json
import random
import re
from collections.abc import Callable, Mapping
from typing import Any

from core.scenario.bundle import build
from tests.fakes.made_up_words import CALLED, SERVICES, TEXTS, TOPICS

Files = Mapping[str, str]
Edit = Callable[[Files, random.Random], dict[str, str]]
_RENAMED = ("kind", "plan", "person", *TOPICS[1:], *CALLED)


def renamed(files: Files) -> dict[str, str]:
    """Every step, and slots and scenarios of many kinds, under another name everywhere."""
    made = {}
    for path, text in files.items():
        text = re.sub(r"(?<![\w~])([ackirs])(\d+)\b", r"\1x\2", text)
        made[_other_names(path)] = _other_names(text)
    return made


def _other_names(text: str) -> str:
    for name in _RENAMED:
        text = re.sub(rf"\b{name}\b", f"{name}x", text)
    return text


def old_names(text: str) -> str:
    """A text of the renamed bot as the first one says it."""
    for name in _RENAMED:
        text = re.sub(rf"\b{name}x\b", name, text)
    return re.sub(r"\b([ackirs])x(\d+)\b", r"\1\2", text)


def with_stranger(files: Files) -> dict[str, str]:
    """The bot with one more scenario that nobody speaks of."""
    tree = {
        "format": 1,
        "scenario": "zeta",
        "title": "Чужая",
        "internal": True,
        "data": {"shoe": {"type": "digits", "length": 2, "title": "размер"}},
        "steps": [
            {"ask": "shoe", "id": "zz", "text": "Размер?", "wrong": "Нет.", "on_fail": []},
            {"return": {}},
        ],
    }
    return {**files, "ru/zeta.yaml": json.dumps(tree, ensure_ascii=False)}


def _tree(files: Files, name: str) -> Any:
    return json.loads(files[f"ru/{name}.yaml"])


def _with_tree(files: Files, name: str, tree: Any) -> dict[str, str]:
    return {**files, f"ru/{name}.yaml": json.dumps(tree, ensure_ascii=False)}


def _without_step(files: Files, rng: random.Random) -> dict[str, str]:
    name = rng.choice([*TOPICS, *CALLED])
    tree = _tree(files, name)
    del tree["steps"][rng.randrange(len(tree["steps"]))]
    return _with_tree(files, name, tree)


def _step_renamed(files: Files, rng: random.Random) -> dict[str, str]:
    known = sorted({found for text in files.values() for found in re.findall(r'"s\d+"', text)})
    old = rng.choice(known)
    return {path: text.replace(old, f'"new{old[1:]}') for path, text in files.items()}


def _emptied(files: Files, rng: random.Random) -> dict[str, str]:
    name = rng.choice([*TOPICS, *CALLED])
    tree = {**_tree(files, name), "steps": [{"say": "Пусто."}, {"return": {"given": "'Пётр'"}}]}
    tree.pop("requires", None)
    tree["data"] = {"note": tree["data"]["note"]} if "note" in tree["data"] else {}
    return _with_tree(files, name, tree)


def _retyped(files: Files, rng: random.Random) -> dict[str, str]:
    slot, old = rng.choice([("note", "text"), ("person", "name"), ("email", "email")])
    other = rng.choice([kind for kind in ("text", "name", "email") if kind != old])
    was = f'"title": "поле {slot}", "type": "{old}"'
    now = f'"title": "поле {slot}", "type": "{other}"'
    return {path: text.replace(was, now) for path, text in files.items()}


def _option_gone(files: Files, rng: random.Random) -> dict[str, str]:
    """One option or one button less somewhere."""
    name = rng.choice([*TOPICS, *CALLED])
    tree = _tree(files, name)
    lists = [one[key] for one in tree["steps"] for key in ("options", "buttons") if key in one]
    if lists:
        chosen = rng.choice(lists)
        del chosen[rng.randrange(len(chosen))]
    return _with_tree(files, name, tree)


EDITS: tuple[Edit, ...] = (
    _without_step, _step_renamed, _emptied, _retyped, _option_gone, _option_gone,
)  # fmt: skip


def republished(files: Files, rng: random.Random) -> dict[str, str]:
    """The files after one to three edits that leave them right."""
    made = dict(files)
    for _ in range(rng.randint(1, 3)):
        for _ in range(5):
            edited = rng.choice(EDITS)(made, rng)
            if build(edited, TEXTS, SERVICES).bundle is not None:
                made = edited
                break
    return made

"""What customers write first, in words that are in no scenario, and where it leads.

messages.tsv: language, what a sensible person would do with it (several by `/`; `people`: to
operators, by whatever topic; `nothing`: no topic), the message. Never add one of these messages to
the examples of a scenario: they would measure nothing then.
"""

import csv
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import pytest

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.model import EscalateStep
from core.scenario.place import Suggest
from core.scenario.rehearsal import Rehearsal
from core.understanding.reader import reader_of
from tests.stories import shipped

_NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
_CAPABILITIES = Capabilities(
    platform="test", text=4096, label=40, inline_row=3, inline_rows=20, inline_total=60
)


class Said(NamedTuple):
    """One message. wanted: the outcomes that are right."""

    lang: str
    wanted: frozenset[str]
    text: str


def messages() -> list[Said]:
    """All of them."""
    with Path(__file__).with_name("messages.tsv").open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Said(lang, frozenset(wanted.split("/")), text) for lang, wanted, text in rows]


def judged(said: Said) -> str:
    """right, among (the right topic stands among the suggested ones), wrong, or not understood
    where something was to be."""
    talk = Rehearsal(
        shipped.bundle(),
        capabilities=_CAPABILITIES,
        policy=Policy(),
        meaning=shipped.meaning(),
        services={},
        now=_NOW,
        lang=said.lang,
    )
    talk.listen()
    talk.write(said.text)
    dialog = talk.dialog
    begun = _people_or(dialog.place.first_scenario) if dialog.place else ""
    if dialog.state == "queued":  # by its wish, or by a service that is not there
        return _right((begun or "people") in said.wanted)
    if dialog.state != "bot":
        return _right("thanks" in said.wanted)
    if dialog.place and isinstance(dialog.place.waiting, Suggest):
        topics = {_people_or(option.key) for option in talk.shown()}
        return "among" if topics & said.wanted or "nothing" in said.wanted else "wrong"
    if begun:
        return _right(begun in said.wanted)
    return "right" if "nothing" in said.wanted else "not understood"


def _right(is_right: bool) -> str:
    return "right" if is_right else "wrong"


def _people_or(topic: str) -> str:
    """Topics that go to people at once are people."""
    made = shipped.bundle().scenarios.get(topic)
    at_once = made is not None and isinstance(made.steps[made.start], EscalateStep)
    return "people" if topic == "operator" or at_once else topic


@pytest.fixture(scope="module")
def found() -> Counter[str]:
    return Counter(map(judged, messages()))


def test_no_message_is_an_example() -> None:
    reader = reader_of(shipped.bundle())
    known = {phrase.text for phrase in reader.phrases}
    assert not [said.text for said in messages() if reader.normal(said.text) in known]


def test_most_messages_reach_what_they_are_about(found: Counter[str]) -> None:
    total = found.total()
    assert found["right"] >= 0.59 * total, found
    assert found["right"] + found["among"] >= 0.89 * total, found
    assert found["wrong"] <= 0.02 * total, found

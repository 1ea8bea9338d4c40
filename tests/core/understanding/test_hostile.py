"""No text makes a search raise or take long."""

import time
from datetime import date
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.scenario.model import Choice, City, Slot, SlotType
from core.understanding import entities
from core.understanding.correction import is_correction
from core.understanding.reader import Reader
from tests.core.understanding.build import bundle

_READER = Reader(bundle(cities={"spb": City(label={"ru": "Петербург"}, names=("питер", "спб"))}))
_TYPES = get_args(SlotType)
_CHOICES = (Choice(key="a", label="Первый"), ("b", "Второй"))
_WORDS = (
    "25 ноября . , - + пять тысяч сто из 10 / 5 руб 2026 не а да ⭐ 👍 @ a.ru через дня гиг зовут"
)
_TEXTS = st.text(alphabet=st.characters(exclude_categories=()), max_size=60) | st.lists(
    st.sampled_from([*_WORDS.split(), " ", "\ud800", "٣", "²", "①", "99999999999999999999"]),
    max_size=12,
).map(" ".join)
_PIECES = (
    "1 |1|+7|пять |1 000 |не |а |a@|@a.|⭐|25.|/5 |-|тысяч |через |.|\u200b|ﷺ|Аб |меня зовут |"
    "1.200.|1,200|не 77001234 |минус -5 руб "
)


def _read(text: str, today: date) -> None:
    for kind in _TYPES:
        slot = Slot(type=kind, title="")
        value = _READER.find(slot, text, today=today, choices=_CHOICES)
        assert value is None or isinstance(value, str | int | float | bool)
    assert entities.rating(text, 0, 10) in {None, *range(11)}
    assert entities.rating(text, 1, 5) in {None, *range(1, 6)}
    is_correction(text)
    _READER.similar(_READER.normal(text), "первый")


@settings(deadline=None)  # the first meaning trains the classifier
@given(_TEXTS, st.dates())
def test_no_search_raises_on_any_text(text: str, today: date) -> None:
    _read(text, today)
    assert _READER.meaning(text).zone in {"answer", "suggest", "rephrase"}


@pytest.mark.parametrize("piece", _PIECES.split("|"))
def test_a_hostile_text_takes_no_time(piece: str) -> None:
    text = piece * (10_000 // len(piece))
    started = time.process_time()
    _read(text, date(2026, 11, 24))
    _READER.meaning(text)
    assert time.process_time() - started < 2

"""Buttons that are typed in the words of their wordings, but not quite as these stand there."""

import pytest

from core.scenario.model import Ask, Button, Choose, Return, Say, Slot
from core.scenario.rehearsal import Rehearsal
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import scenario
from tests.fakes.talk import said, stage, surely, tell

BUTTONS = (
    Button(key="again", label="Прислать ещё раз", also=("код не пришёл", "отправьте ещё раз"),
           go="sent"),
    Button(key="phone", label="Номер уже не мой", also=("I don't know", "сменил номер", "мигают"),
           go="old"),
)  # fmt: skip
WAYS = (Say(id="sent", text="<again>", next="end"), Say(id="old", text="<phone>", next="end"))


def _asked(question: Ask | Choose) -> Rehearsal:
    made = scenario(
        "offer",
        question,
        *WAYS,
        Return(id="end"),
        data={"code": Slot(type="digits", length=6, title="код из СМС")},
    )
    talk = stage({"начнём": surely("offer")}, bundle=small_bundle(made, mark=question.id))
    tell(talk, "начнём")
    return talk


def _choosing() -> Rehearsal:
    return _asked(Choose(id="free", text="Что?", buttons=BUTTONS))


def _asking() -> Rehearsal:
    return _asked(
        Ask(id="ask", slot="code", text="Код?", wrong="?", on_fail="end", buttons=BUTTONS)
    )


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("не пришёл код", "again"),
        ("ну блин, код не пришёл", "again"),
        ("ещё раз отправь пожалуйста", "again"),
        ("ещё раз прислать", "again"),
        ("код мне уже опять не пришёл", "again"),
        ("у меня номер сменился", ""),
        ("номер сменил я", "phone"),
        ("dont know", "phone"),
        ("мигают блять", "phone"),
        ("мигают обе", ""),
        ("не мигают", ""),
        ("I dont know", "phone"),
    ],
)
def test_a_wording_may_stand_in_another_order_among_words_of_no_weight(text: str, key: str) -> None:
    assert (f"<{key}>" in tell(_choosing(), text)) is bool(key)


@pytest.mark.parametrize(
    "text",
    ["код пришёл", "не раз прислать ещё", "не пришёл код?", "раз", "номер мой", "мой номер не уже",
     "отправьте ещё раз баланс", "не отправляйте ещё раз", "код не тот пришёл"],
)  # fmt: skip
def test_other_words_or_another_not_press_nothing(text: str) -> None:
    said_then = tell(_choosing(), text)
    assert "<again>" not in said_then
    assert "<phone>" not in said_then


def test_the_title_of_what_is_asked_for_has_no_weight_at_its_question() -> None:
    talk = _asking()
    tell(talk, "пришлите")
    assert "<again>" in tell(talk, "отправьте код ещё раз")
    talk = _asking()
    tell(talk, "i don't know the код")
    assert "<phone>" in said(talk)

"""Ends of scenarios, silence, and the ways back to the bot."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.policy import Policy
from core.scenario import interpreter
from core.scenario.handoff import handoff
from core.scenario.model import (
    AnyStep,
    Ask,
    Choice,
    Choose,
    Done,
    Go,
    Return,
    Run,
    Say,
    Silence,
    Slot,
)
from core.scenario.rehearsal import Rehearsal
from core.turn import TurnDraft
from core.updates import (
    ButtonPressed,
    CallReturned,
    CustomerMessage,
    OperatorReturnedToBot,
    OperatorTook,
    TimerFired,
)
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import BALANCE, PHONE, scenario
from tests.fakes.talk import perhaps, said, stage, surely, tell

SCENES = {
    "баланс": surely("balance"),
    "тарифы в питере": surely("tariffs"),
    "какие тарифы": surely("tariffs"),
    "справка": surely("help"),
    "сверху": surely("upper"),
}
MINUTE = timedelta(minutes=1)


def scenarios_of(talk: Rehearsal) -> list[str]:
    assert talk.dialog.place is not None
    return [frame.scenario for frame in talk.dialog.place.stack]


# -- the table of ends


def test_return_of_a_scenario_started_by_words_asks_for_more() -> None:
    assert "Ещё вопрос?" in tell(stage(SCENES), "справка")


def test_done_of_a_scenario_started_by_words_closes_with_its_result() -> None:
    talk = stage(SCENES)
    tell(talk, "тарифы в питере", "[enough]")
    assert (talk.dialog.state, talk.dialog.result) == ("rating", "solved")


def test_return_of_a_called_scenario_goes_on_in_its_caller_with_what_it_gave() -> None:
    upper = scenario(
        "upper",
        Run(id="look", scenario="find", save={"account": "account"}),
        Say(id="told", text="Счёт {account}"),
        Return(id="end"),
        data=BALANCE.data,
    )
    talk = stage(SCENES, bundle=small_bundle(upper, mark="upper"))
    assert "Счёт 77001234" in tell(talk, "сверху", "8 921 123-45-67")


def test_done_of_a_called_scenario_closes_its_callers_too() -> None:
    talk = stage(SCENES, level="verified")
    tell(talk, "меню", "[balance]", "[no]")
    assert talk.dialog.result == "solved"


@pytest.mark.parametrize(
    "end", [Done(id="end", result="solved"), Return(id="end"), Go(id="end", target="")]
)
def test_what_a_caller_is_to_remember_is_kept_however_the_called_scenario_ends(
    end: AnyStep,
) -> None:
    remembered = replace(PHONE, remember=timedelta(days=30))
    upper = scenario(
        "upper",
        Ask(id="ask_phone", slot="phone", text="Телефон?", wrong="?", on_fail=""),
        Run(id="finish", scenario="last"),
        Return(id="over"),
        data={"phone": remembered},
    )
    last = scenario("last", Say(id="thanks", text="Спасибо."), end, internal=True)
    talk = stage(SCENES, bundle=small_bundle(upper, last, mark="last"))
    tell(talk, "сверху", "8 921 123-45-67")
    assert talk.remembered["phone"] == "+79211234567"


def test_done_and_return_of_an_interrupting_scenario_lead_back_to_the_question() -> None:
    talk = stage(SCENES, level="verified")
    text = tell(talk, "тарифы в питере", "баланс", "[no]")
    assert text.index("Пожалуйста!") < text.index("<back_to>") < text.index("О каком")
    assert talk.dialog.state == "bot"
    assert "О каком" in tell(talk, "справка")


def test_interrupted_question_is_not_asked_again_when_its_answer_is_known_by_then() -> None:
    upper = scenario(
        "upper",
        Run(id="pick", scenario="find", given={"phone": "'+79211234567'"}),
        Return(id="end"),
        data=BALANCE.data,
    )
    talk = stage(SCENES, bundle=small_bundle(upper, mark="known"))
    talk.grants["77001234"] = "verified"
    talk.grants["77009999"] = "verified"
    assert "На счёте 77001234" in tell(talk, "баланс", "сверху")


def test_escalation_freezes_the_place_and_tells_people_what_is_known() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234", "оператор")
    escalation = talk.dialog.escalation
    assert escalation is not None
    assert (escalation.scenario, escalation.step) == ("confirm", "ask_code")
    assert escalation.slots == (("номер счёта", "77001234"),)
    assert (escalation.intent, escalation.confidence) == ("balance", 0.95)
    assert scenarios_of(talk) == ["balance", "confirm"]


def test_people_read_labels_of_cities_and_choices() -> None:
    talk = stage(SCENES)
    tell(talk, "тарифы в питере", "гигабит", "оператор")
    assert talk.dialog.escalation is not None
    assert dict(talk.dialog.escalation.slots) == {"город": "Санкт-Петербург", "тариф": "Гигабит"}


@pytest.mark.parametrize(
    ("kind", "said_once", "kept"),
    [
        ("text", "Побыстрее", "Побыстрее"),
        ("name", "Анна", "Анна"),
        ("email", "a@isp.example", "a@isp.example"),
        ("money", "500 рублей", 500.0),
        ("yes_no", "нет", False),
        ("rating", "4", 4),
        ("digits", "123456", "123456"),
        ("choice", "Второй", "b"),
    ],
)
def test_a_value_of_any_kind_is_remembered_for_the_next_dialog(
    kind: Any, said_once: str, kept: Any
) -> None:
    length = 6 if kind == "digits" else None
    slot = Slot(type=kind, title="x", length=length, remember=timedelta(days=30))
    options = (Choice(key="a", label="Первый"), Choice(key="b", label="Второй"))
    asks = Ask(
        id="ask",
        slot="wish",
        text="Что улучшить?",
        wrong="Напишите.",
        on_fail="",
        options=options if kind == "choice" else (),
    )
    told = Say(id="told", text="Записал: {wish}")
    made = scenario("wishes", asks, told, Return(id="end"), data={"wish": slot})
    bundle = small_bundle(made, mark=f"wishes-{kind}")
    first = stage({"мысль": surely("wishes")}, bundle=bundle)
    assert "Записал" in tell(first, "мысль", said_once)
    assert first.remembered["wish"] == kept
    later = stage({"мысль": surely("wishes")}, bundle=bundle)
    later.remembered["wish"] = kept
    text = tell(later, "мысль")
    assert "Что улучшить?" not in text
    assert "Записал" in text
    if kind == "choice":
        assert "Записал: Второй" in text


def test_a_kind_that_is_only_an_answer_is_not_looked_for_in_the_first_message() -> None:
    talk = stage({"меня зовут Анна": surely("wishes")})
    assert "Что улучшить?" in tell(talk, "меня зовут Анна")


def test_handoff_of_a_dialog_that_never_had_a_place_is_empty() -> None:
    talk = stage(SCENES)
    draft = TurnDraft(talk.dialog, talk.bundle, Policy(), talk.facts(), talk.now)
    assert tuple(handoff(draft)) == ("", "", (), "", 0.0, 0)


# -- silence


def test_silence_is_reminded_of_and_then_closes_without_a_rating() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    talk.listen()
    talk.wait(15 * MINUTE)
    assert said(talk) == "Вы ещё здесь?"
    talk.wait(59 * MINUTE)
    assert talk.dialog.state == "bot"
    talk.wait(MINUTE)
    assert (talk.dialog.state, talk.dialog.result) == ("closed", "silence")
    assert not talk.asked_rating


def test_silence_of_a_question_takes_missing_fields_from_the_wider_settings() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234")
    talk.listen()
    talk.wait(5 * MINUTE)
    assert said(talk) == "Код ещё действует."
    talk.wait(60 * MINUTE)
    assert talk.dialog.result == "silence"


def test_any_sign_of_the_customer_starts_silence_anew() -> None:
    talk = stage(SCENES)
    tell(talk, "меню")
    token = talk.shown()[0].token
    talk.receive(ButtonPressed(token=token))
    talk.wait(14 * MINUTE)
    talk.receive(ButtonPressed(token=token))  # ignored, yet somebody is there
    talk.listen()
    talk.wait(14 * MINUTE)
    assert said(talk) == ""
    talk.wait(MINUTE)
    assert said(talk) == "Вы ещё здесь?"


def test_reminder_is_said_once_more_after_the_customer_came_back() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    talk.wait(15 * MINUTE)
    tell(talk, "эээ")
    talk.listen()
    talk.wait(15 * MINUTE)
    assert said(talk) == "Вы ещё здесь?"


def test_silence_may_lead_to_people_and_without_a_reminder_at_once() -> None:
    quiet = scenario(
        "upper",
        Choose(
            id="wait",
            text="Ждём?",
            buttons=BALANCE.steps["next"].buttons[3:],  # type: ignore[union-attr]  # is a Choose
            silence=Silence(say="", then="escalate"),
        ),
        *[BALANCE.steps["finish"]],
    )
    talk = stage(SCENES, bundle=small_bundle(quiet, mark="quiet"))
    tell(talk, "сверху")
    talk.wait(15 * MINUTE)
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "silence"


def test_silence_runs_at_more_and_after_a_text_nobody_understood() -> None:
    for text in ("справка", "ыыыы"):
        talk = stage(SCENES)
        tell(talk, text)
        talk.wait(75 * MINUTE)
        assert talk.dialog.result == "silence"


# -- back to the bot


def waiting(*lines: str) -> Rehearsal:
    talk = stage(SCENES)
    tell(talk, *lines, "оператор")
    talk.listen()
    return talk


def test_waiting_customer_who_wants_the_bot_back_gets_the_interrupted_question() -> None:
    talk = waiting("баланс")
    text = tell(talk, "отмена")
    assert "<back_to>" in text
    assert "Номер счёта?" in text
    assert "Код из СМС?" in tell(talk, "77001234")


@pytest.mark.parametrize("calls", ["оператор", "[operator]"])
def test_waiting_customer_gets_the_question_below_a_suggestion_too(calls: str) -> None:
    talk = stage({**SCENES, "про деньги": perhaps("balance", "operator")})
    assert "<suggest>" in tell(talk, "меню", "про деньги")
    tell(talk, calls)
    assert talk.dialog.state == "queued"
    assert "Чем помочь?" in tell(talk, "[bot]")


def test_waiting_customer_who_was_at_no_question_is_asked_what_else() -> None:
    talk = waiting()
    assert "Ещё вопрос?" in tell(talk, "[bot]")


@pytest.mark.parametrize("way", ["отмена", "[bot]", "<return_to_bot>"])
def test_plain_no_after_a_wait_for_people_was_given_up_closes_as_left(way: str) -> None:
    talk = waiting()
    tell(talk, way, "нет")
    assert talk.dialog.result == "left"
    assert not talk.asked_rating


@pytest.mark.parametrize("way", ["отмена", "[bot]"])
def test_wait_given_up_leaves_what_was_solved_before_solved(way: str) -> None:
    talk = waiting("справка")
    assert "Ещё вопрос?" in tell(talk, way)
    tell(talk, "нет")
    assert talk.dialog.result == "solved"


def test_question_after_an_operator_returned_the_dialog_closes_it_as_solved() -> None:
    talk = waiting("баланс")
    returned(talk, OperatorReturnedToBot(operator="o1", name="Анна"))
    tell(talk, "нет")
    assert talk.dialog.result == "solved"


def test_waiting_customer_may_have_the_menu() -> None:
    talk = waiting("баланс")
    assert "Чем помочь?" in tell(talk, "меню")
    assert scenarios_of(talk) == ["menu"]


def returned(talk: Rehearsal, update: OperatorReturnedToBot) -> str:
    talk.receive(OperatorTook(operator="o1", name="Анна"))
    talk.listen()
    talk.receive(update)
    return said(talk)


def test_operator_returns_the_dialog_to_an_entry_with_values_the_bot_then_knows() -> None:
    talk = waiting("какие тарифы")
    update = OperatorReturnedToBot(
        operator="o1",
        name="Анна",
        scenario="balance",
        step="ask_account",
        slots={"account": "7700-4321", "code": "123456"},
    )
    assert "Код из СМС?" in returned(talk, update)
    assert talk.slots()["account"] == "77004321"
    assert "code" not in talk.slots()
    assert scenarios_of(talk) == ["balance", "confirm"]


def test_entry_at_a_question_asks_it_even_when_its_answer_was_known() -> None:
    talk = waiting("баланс", "77001234")
    update = OperatorReturnedToBot(
        operator="o1", name="Анна", scenario="balance", step="ask_account"
    )
    assert "Номер счёта?" in returned(talk, update)


def test_operator_returns_the_dialog_without_a_scenario() -> None:
    talk = waiting("баланс")
    assert "Ещё вопрос?" in returned(talk, OperatorReturnedToBot(operator="o1", name="Анна"))


def test_updates_the_bot_has_no_rule_for_change_nothing() -> None:
    talk = stage(SCENES)
    draft = TurnDraft(talk.dialog, talk.bundle, Policy(), talk.facts(), talk.now)
    interpreter.converse(draft, OperatorTook(operator="o", name="n"))
    interpreter.converse(draft, TimerFired(kind="silence", gen=1))
    interpreter.converse(draft, CallReturned(key="x"))
    assert draft.dialog is talk.dialog
    assert draft.effects == []


def test_empty_message_is_answered_too() -> None:
    talk = stage(SCENES)
    talk.receive(CustomerMessage())
    assert said(talk) == "<not_understood>"

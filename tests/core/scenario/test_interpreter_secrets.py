"""Secrets written while a service is at work: before their question is asked."""

from itertools import product
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from core.dialog import advance
from core.scenario.ahead import secret_questions
from core.scenario.index import Index
from core.scenario.model import (
    AnyStep,
    Ask,
    Button,
    CallStep,
    Choose,
    Done,
    EscalateStep,
    If,
    Level,
    Return,
    Run,
    Scenario,
    SetStep,
)
from core.scenario.place import Calling, Frame, Place
from core.scenario.rehearsal import Rehearsal
from core.scenario.walk import Walk
from core.turn import TurnDraft
from core.updates import CustomerEdited, CustomerMessage, OperatorTook
from tests.fakes.bundles import ITEMS, small_bundle
from tests.fakes.small_scenarios import CITY, CODE, HELP, PHONE, scenario
from tests.fakes.talk import SlowServices, slowly, stage, surely, tell

CANARY = "864209"
SCENES = {
    "баланс": surely("balance"),
    "тарифы в питере": surely("tariffs"),
    "справка": surely("help"),
    "сверху": surely("upper"),
}


def place_of(talk: Rehearsal) -> Place:
    assert talk.dialog.place is not None
    return talk.dialog.place


def everything(talk: Rehearsal) -> str:
    """The dialog as it is stored and as it is logged, its transcript and its timers."""
    stored = msgspec.json.encode(talk.dialog).decode()
    return stored + repr((talk.dialog, talk.talk, talk.timers, talk.labels))


def sending() -> SlowServices:
    """A dialog whose code is being sent."""
    talk = slowly(SCENES)
    tell(talk, "баланс", "77001234")
    assert talk.under_way.service == "auth.send"
    return talk


@pytest.mark.parametrize("text", [CANARY, "864 209", f"код {CANARY}", f"вот: {CANARY}!"])
def test_code_written_while_it_is_sent_is_sealed_and_answers_its_question(text: str) -> None:
    talk = sending()
    assert talk.dialog.secret
    assert tell(talk, text) == "<busy>"
    assert "••••••" in talk.talk[-2].text
    assert talk.talk[-2].masked
    talk.answer()
    assert talk.under_way.service == "auth.check"
    assert talk.under_way.sealed == ("code",)
    assert CANARY not in everything(talk).replace(" ", "")
    sent = talk.under_way.arguments["code"]
    fresh = sending()
    fresh.answer()
    tell(fresh, CANARY)
    assert fresh.under_way.arguments["code"] == sent
    talk.answer()
    assert "На счёте 77001234" in talk.answer({"amount": 1})
    assert not talk.dialog.secret


def test_turn_of_a_code_written_too_early_holds_it_sealed_only() -> None:
    talk = sending()
    update = CustomerMessage(text=f"мой код {CANARY}")
    turn = advance(talk.dialog, update, talk.setting, talk.policy, talk.facts(), talk.now)
    assert CANARY.encode() not in msgspec.json.encode(turn)
    assert CANARY not in repr(turn)
    waiting = turn.dialog.place and turn.dialog.place.waiting
    assert isinstance(waiting, Calling)
    assert (waiting.held, list(waiting.sealed)) == ("", ["code"])


def test_code_written_while_it_is_sent_again_is_sealed_too() -> None:
    talk = sending()
    talk.answer()
    tell(talk, "[again]", CANARY)
    assert CANARY not in everything(talk)
    talk.answer()
    assert talk.under_way.service == "auth.check"


@pytest.mark.parametrize("text", ["86420", "8642091", f"{CANARY} {CANARY}", "8642 или 0986"])
def test_what_is_no_code_is_not_kept_in_the_clear_either(text: str) -> None:
    talk = sending()
    tell(talk, text)
    assert text not in everything(talk)
    talk.answer()
    assert place_of(talk).stack[-1].tries == 0


def test_words_written_while_a_code_is_sent_are_held_as_ever() -> None:
    talk = sending()
    tell(talk, CANARY, "прислать ещё раз")
    talk.answer()
    assert talk.under_way.service == "auth.send"


def test_code_is_forgotten_when_people_take_over_or_the_customer_turns_away() -> None:
    for word in ("оператор", "меню", "отмена", "назад"):
        talk = sending()
        tell(talk, CANARY, word)
        assert "sealed-" not in everything(talk)
        assert CANARY not in everything(talk)


@pytest.mark.parametrize("is_sent", [True, False], ids=["question", "call"])
@pytest.mark.parametrize("text", [CANARY, "86 42 09", f"77001234 {CANARY}", f"код {CANARY}"])
def test_code_written_to_people_who_took_over_its_question_is_not_for_them(
    text: str, is_sent: bool
) -> None:
    talk = sending()
    if is_sent:
        talk.answer()
    tell(talk, "оператор", text)
    assert talk.dialog.secret
    talk.receive(OperatorTook(operator="anna", name="Анна"))
    tell(talk, text)
    talk.receive(CustomerEdited(platform_id="1", text=text))
    assert CANARY not in everything(talk).replace(" ", "")
    assert [line.masked for line in talk.talk if "••••••" in line.text] == [True, True]


def test_other_numbers_written_to_people_stay_readable_and_the_question_opens_again() -> None:
    talk = sending()
    talk.answer()
    tell(talk, "оператор", "счёт 77001234, тел. 8 921 123 45 67, дом 12")
    assert talk.talk[-1].text == "счёт 77001234, тел. 8 921 123 45 67, дом 12"
    assert not talk.talk[-1].masked
    assert "Код из СМС?" in tell(talk, "отмена")
    tell(talk, CANARY)
    assert talk.under_way.service == "auth.check"


def test_number_written_to_people_who_took_over_another_question_is_for_them() -> None:
    talk = slowly(SCENES)
    tell(talk, "баланс", "оператор", CANARY)
    assert not talk.dialog.secret
    assert CANARY in everything(talk)


def test_code_written_while_it_is_checked_is_kept_nowhere() -> None:
    talk = sending()
    talk.answer()
    tell(talk, "111111", CANARY)
    assert CANARY not in everything(talk)
    talk.answer(error="wrong_code")
    assert place_of(talk).stack[-1].step == "ask_code"


def test_call_with_no_secret_behind_it_holds_numbers_as_ever() -> None:
    talk = slowly(SCENES)
    tell(talk, "тарифы в питере", "77001234")
    assert not talk.dialog.secret
    waiting = place_of(talk).waiting
    assert isinstance(waiting, Calling)
    assert waiting.held == "77001234"
    assert "О каком рассказать?" in talk.answer({"items": ITEMS})


# -- which calls have a secret behind them

LOOK = CallStep(id="look", service="catalog.tariffs", errors={"any": "failed"})
ASK = Ask(id="ask_code", slot="code", text="Код?", wrong="Код!", on_fail="")
PHONED = Ask(id="ask_phone", slot="phone", text="Телефон?", wrong="?", on_fail="")
CALM = replace(LOOK, errors={})
FAILED = EscalateStep(id="failed", reason="failed")
DATA: dict[str, Any] = {"code": CODE, "phone": PHONE, "city": CITY}
WAIT = Choose(id="wait", text="Ну?", buttons=(Button(key="a", label="А", go="ask_code"),))
SUB = scenario("sub", Return(id="over"), internal=True)


def upper(*steps: AnyStep, **more: Any) -> Scenario:
    return scenario("upper", *steps, FAILED, data=DATA, **more)


def is_marked(
    *scenarios: Scenario, words: tuple[str, ...] = ("сверху",), level: Level = "anonymous"
) -> bool:
    """Whether the dialog is secret while the call is under way."""
    talk = slowly(SCENES, bundle=small_bundle(*scenarios, mark="upper"), level=level)
    tell(talk, *words)
    assert isinstance(place_of(talk).waiting, Calling)
    return talk.dialog.secret


@pytest.mark.parametrize(
    "scenarios",
    [
        (upper(LOOK, ASK),),
        (upper(LOOK, If(id="if", cond="level == 'linked'", then="out", otherwise="ask_code"),
               EscalateStep(id="out", reason="x"), ASK),),
        (upper(LOOK, replace(LOOK, id="look_again"), ASK),),
        (upper(LOOK, SetStep(id="set", values={"phone": "'+79211234567'"}), PHONED, ASK),),
        (upper(replace(LOOK, errors={"any": "ask_code"}), EscalateStep(id="x", reason="x"), ASK),),
        # in a scenario that is run next, or in the caller
        (upper(LOOK, Run(id="run", scenario="sub")), scenario("sub", ASK, internal=True)),
        (upper(LOOK, Run(id="run", scenario="sub"), ASK), SUB),
        (upper(Run(id="run", scenario="sub"), ASK), scenario("sub", CALM, internal=True)),
    ],
    ids=range(8),
)  # fmt: skip
def test_call_that_a_secret_question_may_follow_makes_the_dialog_secret(
    scenarios: tuple[Scenario, ...],
) -> None:
    assert is_marked(*scenarios)


@pytest.mark.parametrize(
    "scenarios",
    [
        (upper(LOOK, WAIT, ASK),),
        (upper(LOOK, PHONED, ASK),),
        (upper(LOOK, Done(id="done", result="x"), ASK),),
        (upper(LOOK, Run(id="run", scenario="sub"), ASK), scenario("sub", PHONED, internal=True)),
        (upper(Run(id="run", scenario="sub"), ASK), scenario("sub", CALM, PHONED, internal=True)),
    ],
    ids=range(5),
)
def test_call_that_another_question_follows_first_does_not(
    scenarios: tuple[Scenario, ...],
) -> None:
    assert not is_marked(*scenarios)


@pytest.mark.parametrize("end", [Return(id="end"), Done(id="end", result="solved")])
def test_call_of_a_scenario_that_came_between_a_secret_question_makes_the_dialog_secret(
    end: AnyStep,
) -> None:
    between = replace(HELP, **_steps(scenario("help", CALM, end)))
    for question, secret in ((ASK, True), (PHONED, False)):
        assert is_marked(upper(question), between, words=("сверху", "справка")) is secret


def test_call_that_the_access_scenario_may_follow_makes_the_dialog_secret() -> None:
    look = CallStep(id="balance", service="billing.balance", arguments={"account": "account"})
    made = upper(LOOK, look, Return(id="end"))
    assert is_marked(made)
    assert not is_marked(made, level="linked")
    assert is_marked(replace(made, requires="verified"), level="linked")


def test_code_is_held_through_a_second_call_that_follows_at_once() -> None:
    check = CallStep(id="check", service="auth.check", arguments={"code": "code"})
    made = upper(LOOK, replace(CALM, id="look_again"), ASK, check, Return(id="end"))
    for text, service in ((CANARY, "auth.check"), ("не скажу", "catalog.tariffs")):
        talk = slowly(SCENES, bundle=small_bundle(made, mark="upper"))
        tell(talk, "сверху", text)
        talk.answer()
        assert CANARY not in everything(talk)
        assert "Код?" in talk.answer()
        assert talk.under_way.service == service


def _steps(made: Scenario) -> dict[str, Any]:
    return {"steps": made.steps, "start": made.start}


def test_secret_of_words_is_sealed_and_a_button_of_its_question_is_none() -> None:
    word = replace(CODE, type="text", length=None)
    asked = replace(ASK, buttons=(Button(key="no", label="Не помню", do="failed"),))
    check = CallStep(id="check", service="auth.check", arguments={"code": "code"})
    bundle = small_bundle(
        scenario(
            "upper", LOOK, asked, check, Done(id="e", result="x"), FAILED, data={"code": word}
        ),
        without="confirm",
        mark="word",
    )
    bundle = replace(bundle, bot=replace(bundle.bot, access_by=""))
    talk = slowly(SCENES, bundle=bundle)
    tell(talk, "сверху", "ромашка")
    assert "ромашка" not in msgspec.json.encode(place_of(talk)).decode()
    talk.answer()
    assert talk.under_way.service == "auth.check"
    talk = slowly(SCENES, bundle=bundle)
    tell(talk, "сверху", "не помню")
    talk.answer()
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "failed"


# -- what is kept of a bundle from one dialog to the next


def test_secrets_ahead_are_those_of_the_place_whoever_asked_before() -> None:
    bundle = small_bundle(
        upper(Run(id="run", scenario="sub"), ASK),
        scenario("sub", CALM, PHONED, internal=True),
        mark="kept",
    )
    talk = stage(bundle=bundle)
    walk = Walk(TurnDraft(talk.dialog, bundle, talk.policy, talk.facts(), talk.now))
    kept, found = walk.index, set()
    places = [(name, step) for name, made in bundle.scenarios.items() for step in made.steps]
    below = Frame(scenario="upper", step="run")
    ways: tuple[Any, ...] = ("start", "run", "interrupt", "access")
    levels: tuple[Level, ...] = ("anonymous", "verified")
    for callers, (name, step), via, known, level in product(
        [(), (below,)], places, ways, ("", "account", "phone"), levels
    ):
        walk.stack = [*callers, Frame(scenario=name, step=step, via=via)]
        walk.slots = {known: "77001234"} if known else {}
        walk.granted = {"77001234": level}
        walk.index = kept
        answer = secret_questions(walk)
        walk.index = Index(bundle)
        assert answer == secret_questions(walk)
        found.add(answer)
    assert len(found) > 2

"""Back to what was asked in a scenario that has ended: by «back», by a correction, by `go`."""

from datetime import timedelta
from typing import Any

import pytest

from core.scenario.model import (
    Ask,
    Button,
    CallStep,
    Choose,
    Go,
    If,
    Return,
    Run,
    Say,
    Scenario,
    SetStep,
    Slot,
)
from core.scenario.rehearsal import Rehearsal
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import CITY, CODE, PHONE, WISH, scenario
from tests.fakes.talk import stage, surely, tell

DAY = Slot(type="date", title="день")
SCENES = {"визит": surely("visit"), "баланс": surely("balance")}


def ask(slot: str, text: str) -> Ask:
    return Ask(id=f"ask_{slot}", slot=slot, text=text, wrong=f"Не понял {slot}.", on_fail="")


ADDRESS = scenario(
    "address",
    ask("city", "Какой город?"),
    ask("wish", "Какая улица?"),
    Return(id="end"),
    internal=True,
    data={"city": CITY, "wish": WISH},
)
#: Finds the phone's owner by a code, as the shipped `find_account` does.
PROVEN = scenario(
    "proven",
    ask("phone", "Телефон?"),
    CallStep(id="send", service="auth.send", arguments={"account": "phone"}),
    ask("code", "Код?"),
    CallStep(id="check", service="auth.check", arguments={"account": "phone", "code": "code"}),
    Return(id="end"),
    internal=True,
    data={"phone": PHONE, "code": CODE},
)


def visit(*steps: Any) -> Scenario:
    data = {"city": CITY, "phone": PHONE, "day": DAY, "wish": WISH}
    return scenario("visit", *steps, Return(id="end"), data=data)


ASKS_DAY = (
    ask("day", "Когда?"),
    Choose(
        id="sure",
        text="Город {city|или: ?}, {day|date}. Верно?",
        buttons=(Button(key="yes", label="Да", go="end"),),
    ),
)


def on(*scenarios: Scenario, **more: Any) -> Rehearsal:
    return stage(SCENES, bundle=small_bundle(*scenarios, mark="back"), **more)


@pytest.mark.parametrize("text", ["ой, не тот номер", "неверный счёт", "ошибся номером"])
def test_who_takes_an_answer_back_is_asked_for_it_again(text: str) -> None:
    talk = stage({"баланс": surely("balance")})
    tell(talk, "баланс", "77001234")
    assert "Номер счёта?" in tell(talk, text)


@pytest.mark.parametrize(
    "text",
    ["не тот код", "не то", "не тот город", "ошибся", "ошибка номер 651", "почему счёт другой?"],
)
def test_what_takes_back_nothing_that_was_asked_stays_an_answer(text: str) -> None:
    talk = stage({"баланс": surely("balance")})
    tell(talk, "баланс", "77001234")
    assert "Номер счёта?" not in tell(talk, text)


def test_a_correction_reaches_what_a_scenario_that_has_ended_asked_for() -> None:
    talk = on(ADDRESS, visit(Run(id="where", scenario="address"), *ASKS_DAY))
    assert "Когда?" in tell(talk, "визит", "питер", "Ленина 5")
    text = tell(talk, "ошибся, город Москва")
    assert "Исправил: город — Москва." in text.replace("moscow", "Москва")
    assert "Какая улица?" in text
    assert talk.slots() == {"city": "moscow"}
    assert "Когда?" in tell(talk, "Мира 1")


def test_a_correction_keeps_what_was_asked_before_it_in_the_same_scenario() -> None:
    called = scenario(
        "address",
        ask("wish", "Какая улица?"),
        ask("city", "Какой город?"),
        Return(id="end"),
        internal=True,
        data={"city": CITY, "wish": WISH},
    )
    talk = on(called, visit(Run(id="where", scenario="address"), *ASKS_DAY))
    assert "Когда?" in tell(talk, "визит", "Ленина 5", "питер")
    assert "Когда?" in tell(talk, "ошибся, москва")
    assert talk.slots() == {"wish": "Ленина 5", "city": "moscow"}


def test_a_corrected_phone_is_proven_anew() -> None:
    talk = on(PROVEN, visit(Run(id="who", scenario="proven"), *ASKS_DAY))
    assert "Когда?" in tell(talk, "визит", "8 921 000-12-34", "123456")
    text = tell(talk, "не тот номер, 8 921 000-56-78")
    assert "Код?" in text
    assert talk.calls["auth.send"] == 2
    assert talk.calls["auth.check"] == 1
    assert "Когда?" in tell(talk, "654321")
    assert talk.slots() == {"phone": "+79210005678"}
    assert "Телефон?" in tell(talk, "назад")


def test_a_correction_reaches_what_the_scenario_of_a_button_asked_for() -> None:
    start = Choose(
        id="how",
        text="Как найти вас?",
        buttons=(Button(key="phone", label="По телефону", run="proven"),),
    )
    talk = on(PROVEN, visit(start, *ASKS_DAY))
    assert "Когда?" in tell(talk, "визит", "[phone]", "8 921 000-12-34", "123456")
    assert "Код?" in tell(talk, "не тот номер, 8 921 000-56-78")
    assert "Когда?" in tell(talk, "654321")
    assert "Как найти вас?" in tell(talk, "назад")


def test_a_correction_reaches_two_runs_deep() -> None:
    between = scenario(
        "between",
        Run(id="where", scenario="address"),
        Return(id="end"),
        internal=True,
    )
    talk = on(ADDRESS, between, visit(Run(id="deep", scenario="between"), *ASKS_DAY))
    assert "Когда?" in tell(talk, "визит", "питер", "Ленина 5")
    assert "Какая улица?" in tell(talk, "ошибся, москва")
    assert "Город Москва" in tell(talk, "Мира 1", "завтра").replace("moscow", "Москва")


def test_a_value_the_caller_gives_is_not_corrected_where_it_was_given() -> None:
    run = Run(id="where", scenario="address", given={"city": "'spb'"})
    talk = on(ADDRESS, visit(run, *ASKS_DAY))
    assert "Когда?" in tell(talk, "визит", "Ленина 5")
    assert "Не понял day." in tell(talk, "ошибся, москва")


def test_back_leads_to_the_last_question_of_a_scenario_that_has_ended() -> None:
    talk = on(ADDRESS, visit(Run(id="where", scenario="address"), *ASKS_DAY))
    tell(talk, "визит", "питер", "Ленина 5")
    assert "Какая улица?" in tell(talk, "назад")
    assert talk.slots() == {"city": "spb"}
    assert "Какой город?" in tell(talk, "назад")
    assert talk.slots() == {}


def test_back_never_leads_to_a_secret_but_to_the_question_before_it() -> None:
    talk = on(PROVEN, visit(Run(id="who", scenario="proven"), *ASKS_DAY))
    tell(talk, "визит", "8 921 000-12-34", "123456")
    assert "Телефон?" in tell(talk, "назад")
    assert talk.slots() == {}


def test_back_passes_over_a_scenario_that_asked_nothing() -> None:
    silent = scenario("address", SetStep(id="set", values={"city": "'spb'"}), Return(id="end"))
    talk = on(silent, visit(ask("wish", "Зачем?"), Run(id="where", scenario="address"), *ASKS_DAY))
    assert "Когда?" in tell(talk, "визит", "Смотреть")
    assert "Зачем?" in tell(talk, "назад")
    assert talk.slots() == {}


def test_back_after_a_change_in_a_scenario_that_has_ended_stays() -> None:
    paying = scenario(
        "address",
        ask("wish", "Зачем?"),
        CallStep(id="pay", service="billing.pay", arguments={"account": "'77001234'"}),
        Return(id="end"),
        data={"wish": WISH},
    )
    talk = on(paying, visit(Run(id="where", scenario="address"), *ASKS_DAY), level="verified")
    assert "Когда?" in tell(talk, "визит", "Смотреть")
    assert "Когда?" in tell(talk, "назад")


def test_a_correction_after_a_change_in_a_scenario_that_has_ended_goes_to_people() -> None:
    paying = scenario(
        "address",
        ask("city", "Какой город?"),
        CallStep(id="pay", service="billing.pay", arguments={"account": "'77001234'"}),
        Return(id="end"),
        data={"city": CITY},
    )
    talk = on(paying, visit(Run(id="where", scenario="address"), *ASKS_DAY), level="verified")
    tell(talk, "визит", "питер", "ошибся, москва")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "correction_after_change"


def circling(*, remember: bool = False) -> tuple[Scenario, Scenario]:
    """We do not go to Petersburg: another address is asked for until it is elsewhere."""
    city = Slot(type="city", title="город", remember=timedelta(days=1)) if remember else CITY
    called = scenario(
        "address",
        ask("city", "Какой город?"),
        Return(id="end"),
        internal=True,
        data={"city": city},
    )
    caller = visit(
        Run(id="where", scenario="address"),
        If(id="far", cond="city == 'spb'", then="sorry", otherwise="ask_day"),
        Say(id="sorry", text="Туда не ездим."),
        Go(id="other", target="where"),
        *ASKS_DAY,
    )
    return called, caller


def test_go_to_a_run_asks_anew_for_what_was_asked_there() -> None:
    talk = on(*circling())
    text = tell(talk, "визит", "питер")
    assert text.count("Туда не ездим.") == 1
    assert "Какой город?" in text
    assert talk.slots() == {}
    assert "Туда не ездим." in tell(talk, "питер")
    assert "Когда?" in tell(talk, "москва")


def test_go_to_a_run_forgets_what_was_known_before_it_ran() -> None:
    talk = on(*circling())
    talk.meaning = lambda text: surely("tariffs" if "тарифы" in text else "visit")
    text = tell(talk, "тарифы в питере", "меню", "визит")
    assert text.count("Туда не ездим.") == 1
    assert "Какой город?" in text


def test_go_to_a_run_asks_in_spite_of_the_message_that_started_it() -> None:
    talk = on(*circling())
    talk.meaning = lambda text: surely("visit")
    text = tell(talk, "визит в питер")
    assert text.count("Туда не ездим.") == 1
    assert "Какой город?" in text


def test_go_to_a_run_asks_in_spite_of_what_is_remembered_of_the_person() -> None:
    talk = on(*circling(remember=True))
    talk.remembered["city"] = "spb"
    text = tell(talk, "визит")
    assert text.count("Туда не ездим.") == 1
    assert "Какой город?" in text


def test_a_button_that_goes_to_a_run_asks_anew() -> None:
    sure = Choose(
        id="sure",
        text="Город {city}?",
        buttons=(
            Button(key="yes", label="Да", go="end"),
            Button(key="other", label="Нет, другой адрес", go="where"),
        ),
    )
    talk = on(ADDRESS, visit(Run(id="where", scenario="address"), sure))
    tell(talk, "визит", "питер", "Ленина 5")
    assert "Какой город?" in tell(talk, "[other]")
    assert "Город Москва?" in tell(talk, "москва", "Мира 1").replace("moscow", "Москва")

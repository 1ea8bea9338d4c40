"""Calls, levels and secrets: what leaves as a Call and what its answer does."""

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from core.dialog import advance
from core.effects import Write
from core.scenario.interpreter import late_call
from core.scenario.model import Ask, Button, CallStep, Choose, Done, EscalateStep, Say, Slot
from core.scenario.place import Calling, Place
from core.scenario.rehearsal import Rehearsal
from core.state import Turn
from core.turn import TurnDraft
from core.updates import (
    ButtonPressed,
    CallFailed,
    CallReturned,
    CustomerMessage,
)
from tests.fakes.bundles import ITEMS, small_bundle
from tests.fakes.small_scenarios import CONFIRM, scenario
from tests.fakes.talk import said, slowly, stage, surely, tell

SCENES = {
    "баланс": surely("balance"),
    "тарифы в питере": surely("tariffs"),
    "волчок": surely("spin"),
    "повтор": surely("repeat"),
}


def place_of(talk: Rehearsal) -> Place:
    assert talk.dialog.place is not None
    return talk.dialog.place


def test_wait_is_said_only_when_the_service_takes_longer_than_two_seconds() -> None:
    talk = slowly(SCENES, level="verified")
    assert tell(talk, "баланс") == ""
    talk.wait(timedelta(seconds=1))
    assert said(talk) == ""
    talk.wait(timedelta(seconds=2))
    assert said(talk) == "Секунду…"


def test_wait_is_not_said_after_the_answer() -> None:
    talk = slowly(SCENES, level="verified")
    tell(talk, "баланс")
    talk.answer({"amount": 5})
    talk.listen()
    talk.wait(timedelta(seconds=5))
    assert said(talk) == ""


def test_timeout_of_the_step_goes_before_that_of_the_service() -> None:
    talk = slowly(SCENES, level="verified")
    tell(talk, "баланс")
    assert talk.under_way.timeout == 8
    assert talk.under_way.arguments == {"account": "77001234"}


def test_text_during_a_call_is_held_and_answers_the_question_that_follows() -> None:
    talk = slowly(SCENES)
    tell(talk, "тарифы в питере")
    assert tell(talk, "гигабит") == "<busy>"
    assert "до 1 Гбит/с" in talk.answer({"items": ITEMS})


def test_held_text_that_does_not_fit_counts_no_try_and_busy_is_said_once() -> None:
    talk = slowly(SCENES)
    tell(talk, "тарифы в питере")
    assert tell(talk, "ну что там", "эй") == ""
    text = talk.answer({"items": ITEMS})
    assert text == "О каком рассказать?"
    assert place_of(talk).stack[-1].tries == 0


def test_words_work_while_a_call_is_under_way_and_its_late_answer_is_ignored() -> None:
    talk = slowly(SCENES)
    tell(talk, "тарифы в питере")
    assert "Чем помочь?" in tell(talk, "меню")
    assert talk.answer({"items": ITEMS}) == ""
    assert place_of(talk).stack[-1].scenario == "menu"


def test_late_answer_of_an_abandoned_change_is_a_line_for_people() -> None:
    talk = slowly(SCENES, level="verified")
    tell(talk, "баланс")
    talk.answer({"amount": -10})
    tell(talk, "[pay]", "[yes]")
    tell(talk, "меню")
    talk.answer({})
    assert [m.text for m in talk.talk if m.kind == "service"] == ["billing.pay: returned"]
    assert place_of(talk).abandoned == {}


def test_answer_with_another_key_is_ignored() -> None:
    talk = slowly(SCENES, level="verified")
    tell(talk, "баланс")
    talk.receive(CallReturned(key="somebody:else:1", result={"amount": 1}))
    assert isinstance(place_of(talk).waiting, Calling)


def test_failure_without_a_branch_is_told_and_goes_to_people() -> None:
    talk = stage(SCENES, level="verified", services={"billing.balance": [{"error": "timeout"}]})
    text = tell(talk, "баланс")
    assert "<unavailable>" in text
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "service_unavailable"
    assert talk.dialog.escalation.summary == "billing.balance: timeout"


def test_declared_failure_takes_its_branch_with_the_text_of_the_service() -> None:
    refused = {"billing.pay": [{"error": "refused", "text": "лимит"}]}
    talk = stage(SCENES, level="verified", services=refused)
    assert "Не вышло: лимит." in tell(talk, "баланс", "[pay]", "[yes]")
    talk = stage(SCENES, level="verified", services={"billing.pay": [{"error": "refused"}]})
    assert "Не вышло: причину знает оператор." in tell(talk, "баланс", "[pay]", "[yes]")


def test_declared_failure_of_a_change_changed_nothing_so_back_is_possible() -> None:
    refused = {"billing.pay": [{"error": "refused"}]}
    talk = stage(SCENES, level="verified", services=refused)
    tell(talk, "баланс", "[pay]", "[yes]")
    assert "Списать долг?" in tell(talk, "назад")


@pytest.mark.parametrize("text", ["волчок", "повтор"])
def test_loop_without_the_customer_ends_at_people(text: str) -> None:
    talk = stage(SCENES)
    tell(talk, text)
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "engine_loop"
    assert talk.calls["catalog.tariffs"] <= 2


def test_calls_before_the_wait_for_people_count_no_more_once_the_customer_is_back() -> None:
    asks = [
        CallStep(id=name, service="catalog.tariffs", arguments={"city": "'spb'"})
        for name in ("one", "two")
    ]
    menu = scenario("menu", *asks, EscalateStep(id="over", reason="no_menu"), title="Меню")
    talk = stage(SCENES, bundle=small_bundle(menu))
    tell(talk, "меню", "меню")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "no_menu"
    assert talk.calls["catalog.tariffs"] == 4


def test_state_that_grows_beyond_its_limit_goes_to_people_without_what_made_it_grow() -> None:
    huge = {"items": [{"code": "x", "name": "x" * 70_000, "about": ""}]}
    talk = stage(SCENES, services={"catalog.tariffs": [huge]})
    tell(talk, "тарифы в питере")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "engine_loop"


# -- levels


def test_protected_call_is_preceded_by_the_access_scenario_once() -> None:
    talk = stage(SCENES)
    assert "Код из СМС?" in tell(talk, "баланс", "77001234")
    assert talk.calls["billing.balance"] == 0
    assert "На счёте 77001234" in tell(talk, "123456")
    assert talk.level() == "verified"
    assert tell(talk, "[pay]", "[yes]").startswith("Списано.")
    assert talk.calls["auth.send"] == 1


def test_higher_of_service_and_scenario_is_required() -> None:
    talk = stage(SCENES, level="linked")
    assert "Код из СМС?" in tell(talk, "баланс")


def test_somebody_verified_for_one_account_is_nobody_for_another() -> None:
    talk = stage(SCENES | {"баланс 77004321": surely("balance")}, level="verified")
    assert "Код из СМС?" in tell(talk, "баланс 77004321")
    assert talk.calls["billing.balance"] == 0


def test_own_account_is_taken_from_the_grant_and_not_asked_for() -> None:
    talk = stage(SCENES, level="verified")
    assert "На счёте 77001234" in tell(talk, "баланс")


def test_own_account_is_asked_for_when_there_are_several() -> None:
    talk = stage(SCENES, level="verified")
    talk.grants["77009999"] = "verified"
    assert "Номер счёта?" in tell(talk, "баланс")


def test_remembered_account_is_not_asked_for_again() -> None:
    talk = stage(SCENES)
    talk.remembered["account"] = "77001234"
    assert "Код из СМС?" in tell(talk, "баланс")


def test_account_is_remembered_when_the_scenario_is_done() -> None:
    talk = stage(SCENES, level="verified")
    tell(talk, "баланс")
    assert "account" not in talk.remembered
    tell(talk, "[no]")
    assert talk.remembered["account"] == "77001234"


def test_access_scenario_that_returns_without_the_level_leads_to_people() -> None:
    powerless = scenario("confirm", Say(id="hi", text="Верю."), internal=True)
    talk = stage(SCENES, bundle=small_bundle(powerless, mark="powerless"))
    tell(talk, "баланс", "77001234")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "not_identified"


def test_new_level_counts_in_the_same_dialog_before_the_facts_show_it() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234")
    talk.grants = _Frozen()
    assert "На счёте 77001234" in tell(talk, "123456")
    assert place_of(talk).granted == {"77001234": "verified"}


class _Frozen(dict[str, Any]):
    """Grants as a batch of updates sees them: read once, before it."""

    def __setitem__(self, key: str, value: Any) -> None:
        return


# -- secrets


def test_secret_leaves_sealed_and_is_nowhere_else() -> None:
    talk = slowly(SCENES)
    tell(talk, "баланс", "77001234")
    talk.answer()
    assert talk.dialog.secret
    tell(talk, "654321")
    assert talk.under_way.service == "auth.check"
    assert talk.under_way.sealed == ("code",)
    assert str(talk.under_way.arguments["code"]).startswith("sealed-")
    everything = repr((talk.dialog, talk.talk, talk.under_way, talk.timers))
    assert "654321" not in everything
    assert place_of(talk).secrets == {}


def test_secret_question_marks_the_dialog_only_while_it_is_open() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234")
    assert talk.dialog.secret
    tell(talk, "123456")
    assert not talk.dialog.secret


def test_secret_is_asked_again_after_a_wrong_one() -> None:
    talk = stage(SCENES, services={"auth.check": [{"error": "wrong_code"}, {}]})
    text = tell(talk, "баланс", "77001234", "000000")
    assert "Код не подошёл." in text
    assert "Код из СМС?" in text
    assert "На счёте" in tell(talk, "123456")


def test_code_typed_again_while_it_is_checked_is_not_kept_in_the_place() -> None:
    talk = slowly(SCENES)
    tell(talk, "баланс", "77001234")
    talk.answer()
    assert tell(talk, "654321", "654321") == "<busy>"
    assert "654321" not in repr(talk.dialog)


CHECK = CallStep(id="check", service="auth.check", arguments={"account": "account", "code": "code"})
LINGERING = scenario(
    "confirm",
    replace(CONFIRM.steps["ask_code"], next=""),
    Choose(id="sure", text="Точно?", buttons=(Button(key="yes", label="Да", go="check"),)),
    CHECK,
    Done(id="lost", result="solved"),
    internal=True,
    data=CONFIRM.data,
)


def test_secret_that_lies_unused_is_wiped_after_a_quarter_of_an_hour_and_asked_again() -> None:
    talk = stage(SCENES, bundle=small_bundle(LINGERING, mark="lingering"))
    tell(talk, "баланс", "77001234", "123456")
    assert list(place_of(talk).secrets) == ["code"]
    assert "***" in repr(place_of(talk).secrets)
    talk.wait(timedelta(minutes=15))
    assert place_of(talk).secrets == {}
    assert "Код из СМС?" in tell(talk, "[yes]")


def test_secret_that_was_wiped_is_asked_for_by_its_own_question() -> None:
    names = Ask(id="ask_name", slot="name", text="Имя?", wrong="Нет.", on_fail="", next="ask_code")
    asks = {"ask_name": names, **LINGERING.steps}
    data = {**LINGERING.data, "name": Slot(type="text", title="имя")}
    confirm = replace(LINGERING, start="ask_name", steps=asks, data=data)
    talk = stage(SCENES, bundle=small_bundle(confirm))
    tell(talk, "баланс", "77001234", "Анна", "123456")
    talk.wait(timedelta(minutes=15))
    assert tell(talk, "[yes]") == "Код из СМС?"
    assert talk.slots()["name"] == "Анна"


def test_secret_ends_with_its_frame_and_its_timer_too() -> None:
    talk = stage(SCENES, bundle=small_bundle(LINGERING, mark="lingering"))
    tell(talk, "баланс", "77001234", "123456")
    assert "secret" in talk.timers
    tell(talk, "меню")
    assert place_of(talk).secrets == {}
    assert "secret" not in talk.timers


# -- purity


def test_same_update_gives_the_same_turn() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    update = CustomerMessage(text="77001234")
    turns: list[Turn] = [
        advance(talk.dialog, update, talk.setting, talk.policy, talk.facts(), talk.now)
        for _ in range(2)
    ]
    assert turns[0] == turns[1]
    assert turns[0].dialog.version == talk.dialog.version + 1


def test_turn_leaves_the_dialog_it_was_given_as_it_was() -> None:
    talk = stage(SCENES, level="verified")
    tell(talk, "баланс")
    before = repr(talk.dialog)
    pressed = ButtonPressed(token=talk.shown()[0].token)
    advance(talk.dialog, pressed, talk.setting, talk.policy, talk.facts(), talk.now)
    assert repr(talk.dialog) == before


@pytest.mark.parametrize("words", [("оператор",), ("меню", "оператор")])
def test_change_that_comes_back_while_people_have_the_dialog_is_told_to_them(
    words: tuple[str, ...],
) -> None:
    talk = slowly(SCENES, level="verified")
    tell(talk, "баланс")
    talk.answer({"amount": -10})
    tell(talk, "[pay]", "[yes]", *words)
    draft = TurnDraft(talk.dialog, talk.bundle, talk.policy, talk.facts(), talk.now)
    for _ in range(2):
        late_call(draft, CallFailed(key=talk.under_way.key, name="timeout"))
    lines = [e.message.text for e in draft.effects if isinstance(e, Write)]
    assert lines == ["billing.pay: timeout"]

"""Bundles that change while people talk: SCENARIOS 12.3."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from core.dialog import rescue
from core.effects import Write
from core.policy import Policy
from core.scenario.model import Ask, Bundle, Scenario, Slot
from core.scenario.rehearsal import Rehearsal
from core.state import Setting
from core.updates import ButtonPressed, CallReturned, CustomerMessage
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import BALANCE, CONFIRM, TARIFFS, WISH
from tests.fakes.talk import said, stage, surely, tell

SCENES = {"баланс": surely("balance"), "тарифы в питере": surely("tariffs")}


def renamed(source: Scenario, old: str, new: str) -> Scenario:
    """The scenario with one step under another id; texts and order stay."""
    steps = {}
    for name, step in source.steps.items():
        made = replace(step, id=new if name == old else name)
        made = replace(made, next=new if made.next == old else made.next)
        steps[made.id] = made
    start = new if source.start == old else source.start
    return replace(source, steps=steps, start=start)


def publish(talk: Rehearsal, bundle: Bundle) -> None:
    """The dialog's own bundle is gone; another one is active."""
    talk.setting = Setting(active=bundle, bundle=None)


def scenarios_of(talk: Rehearsal) -> list[str]:
    assert talk.dialog.place is not None
    return [frame.scenario for frame in talk.dialog.place.stack]


def test_place_that_fits_the_new_bundle_moves_without_a_word() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    newer = small_bundle(mark="two")
    publish(talk, newer)
    assert tell(talk, "77001234") == "Код из СМС?"
    assert talk.dialog.place is not None
    assert talk.dialog.place.bundle == newer.hash


def test_button_shown_under_the_old_bundle_still_works_when_its_step_is_the_same() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    publish(talk, small_bundle(mark="two"))
    assert "Телефон?" in tell(talk, "[unknown]")


@pytest.mark.parametrize("answer", ["[moscow]", "Москва"])
def test_option_that_the_new_bundle_does_not_have_is_no_answer(answer: str) -> None:
    asked = TARIFFS.steps["ask_city"]
    assert isinstance(asked, Ask)
    kinds = replace(asked, slot="kind", options=asked.options)
    kind = {"kind": Slot(type="choice", title="вид")}
    first = replace(
        TARIFFS, steps={**TARIFFS.steps, "ask_city": kinds}, data={**TARIFFS.data, **kind}
    )
    fewer = replace(kinds, options=asked.options[:1])
    second = replace(first, steps={**first.steps, "ask_city": fewer})
    talk = stage(SCENES, bundle=small_bundle(first))
    tell(talk, "тарифы в питере")
    publish(talk, small_bundle(second, mark="two"))
    assert tell(talk, answer) == "Какой город?"
    assert [option.key for option in talk.shown()] == ["spb"]
    assert tell(talk, "Москва") == "Нет такого города."
    assert "kind" not in talk.slots()


def test_dialog_stays_on_its_bundle_for_a_day_and_moves_after_it() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    asked = BALANCE.steps["ask_account"]
    assert isinstance(asked, Ask)
    changed = replace(
        BALANCE, steps={**BALANCE.steps, "ask_account": replace(asked, wrong="По-новому: 8 цифр.")}
    )
    own = talk.bundle
    talk.setting = Setting(active=small_bundle(changed, mark="two"), bundle=own)
    assert "Нужно 8 цифр." in tell(talk, "эээ")
    talk.now += timedelta(hours=25)
    assert "По-новому" in tell(talk, "эээ")


def test_vanished_step_starts_its_scenario_anew_with_what_is_known() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234")
    publish(talk, small_bundle(renamed(CONFIRM, "ask_code", "code_again"), mark="two"))
    text = tell(talk, "123456")
    assert "<changed>" in text
    assert "Код из СМС?" in text
    assert talk.slots()["account"] == "77001234"
    assert talk.calls["auth.send"] == 2


def test_answer_that_met_the_change_is_offered_to_the_question_asked_anew() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    publish(talk, small_bundle(renamed(BALANCE, "ask_account", "account_please"), mark="two"))
    text = tell(talk, "77001234")
    assert "<changed>" in text
    assert "Код из СМС?" in text


def test_code_that_met_the_change_is_the_answer_to_no_other_question() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234")
    wish = Ask(id="ask_wish", slot="wish", text="Что?", wrong="Что?", on_fail="", next="")
    asks = replace(BALANCE, steps={"ask_wish": wish}, start="ask_wish", data={"wish": WISH})
    publish(talk, small_bundle(asks, mark="two"))
    assert "Что?" in tell(talk, "123456")
    assert "123456" not in repr(talk.dialog)


def test_a_message_is_rescued_whatever_became_of_the_secret_question_behind_it() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234", "оператор")
    for newer in (
        small_bundle(renamed(CONFIRM, "ask_code", "code_again"), mark="two"),
        small_bundle(mark="three", without="confirm"),
    ):
        publish(talk, newer)
        update = CustomerMessage(text="123456")
        made = rescue(talk.dialog, update, talk.setting, Policy(), talk.facts(), talk.now)
        (heard, *_) = [one.message for one in made.effects if isinstance(one, Write)]
        assert (heard.text, heard.masked) == ("••••••", True)


def test_answer_that_fits_nothing_after_a_change_costs_no_try() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    publish(talk, small_bundle(renamed(BALANCE, "ask_account", "account_please"), mark="two"))
    text = tell(talk, "эээ")
    assert "Номер счёта?" in text
    assert "Нужно 8 цифр." not in text


def test_press_that_met_the_change_gets_the_question_asked_anew() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    token = talk.shown()[0].token
    publish(talk, small_bundle(renamed(BALANCE, "ask_account", "account_please"), mark="two"))
    talk.listen()
    talk.receive(ButtonPressed(token=token))
    assert "<changed>" in said(talk)
    assert "Номер счёта?" in said(talk)


def test_vanished_scenario_leads_to_the_menu() -> None:
    talk = stage(SCENES)
    tell(talk, "тарифы в питере")
    publish(talk, small_bundle(mark="two", without="tariffs"))
    text = tell(talk, "гигабит")
    assert "<changed>" in text
    assert "Чем помочь?" in text


@pytest.mark.parametrize(
    "kind",
    [
        Slot(type="phone", title="счёт"),
    ],
)
def test_slot_of_another_type_starts_anew_and_its_old_value_is_dropped(kind: Slot) -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234")
    confirm = replace(CONFIRM, data={**CONFIRM.data, "account": kind})
    find = small_bundle().scenarios["find"]
    find = replace(find, data={**find.data, "account": kind})
    balance = replace(BALANCE, data={"account": kind})
    publish(talk, small_bundle(balance, confirm, find, mark="two"))
    text = tell(talk, "123456")
    assert "<changed>" in text
    assert "Номер счёта?" in text
    assert "account" not in talk.slots()


def test_question_of_another_slot_under_the_same_id_starts_anew() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    asked = BALANCE.steps["ask_account"]
    assert isinstance(asked, Ask)
    other = replace(
        BALANCE,
        data={**BALANCE.data, "phone": Slot(type="phone", title="телефон")},
        steps={**BALANCE.steps, "ask_account": replace(asked, slot="phone", text="Телефон!")},
    )
    publish(talk, small_bundle(other, mark="two"))
    assert "Телефон!" in tell(talk, "77001234")


def test_step_with_an_automatic_name_never_matches() -> None:
    automatic = {
        name: replace(step, automatic=name == "pick") for name, step in TARIFFS.steps.items()
    }
    talk = stage(SCENES)
    tell(talk, "тарифы в питере")
    publish(talk, small_bundle(replace(TARIFFS, steps=automatic), mark="two"))
    text = tell(talk, "гигабит")
    assert "<changed>" in text


def test_words_operator_and_menu_need_no_restart() -> None:
    for word, state in (("оператор", "queued"), ("меню", "bot")):
        talk = stage(SCENES)
        tell(talk, "баланс")
        publish(talk, small_bundle(renamed(BALANCE, "ask_account", "x"), mark="two"))
        assert "<changed>" not in tell(talk, word)
        assert talk.dialog.state == state
    assert talk.dialog.place is not None
    assert not talk.dialog.place.outdated


def test_waiting_customer_comes_back_to_a_restarted_scenario() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "оператор")
    publish(talk, small_bundle(renamed(BALANCE, "ask_account", "x"), mark="two"))
    talk.wait(timedelta(minutes=6))
    text = tell(talk, "отмена")
    assert "<changed>" in text
    assert "Номер счёта?" in text


def test_silence_under_a_changed_bundle_reminds_and_closes_as_ever() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    publish(talk, small_bundle(renamed(BALANCE, "ask_account", "x"), mark="two"))
    talk.listen()
    talk.wait(timedelta(minutes=75))
    assert "Вы ещё здесь?" in said(talk)
    assert talk.dialog.result == "silence"


def test_answer_of_a_call_whose_step_vanished_starts_its_scenario_anew() -> None:
    talk = stage(SCENES, level="verified")
    tell(talk, "баланс", "[pay]")
    token = next(option.token for option in talk.shown() if option.key == "yes")
    talk.services["billing.pay"].clear()
    talk._answered = lambda call: CallReturned(key="not yet")  # type: ignore[method-assign]  # slow
    talk.receive(ButtonPressed(token=token))
    key = talk.dialog.place.waiting.key  # type: ignore[union-attr]  # a call is under way
    publish(talk, small_bundle(renamed(BALANCE, "paid", "paid_now"), mark="two"))
    del talk._answered
    talk.listen()
    talk.receive(CallReturned(key=key))
    assert "<changed>" in said(talk)
    assert "billing.pay: returned" in [m.text for m in talk.talk if m.kind == "service"]
    assert scenarios_of(talk)[0] == "balance"

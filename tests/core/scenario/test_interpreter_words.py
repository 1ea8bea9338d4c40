"""Whose words are these: rules of SCENARIOS 7, one by one."""

import pytest

from core.content import Media
from core.scenario.interpreter import is_closing_words, word_group
from core.scenario.model import Ask, Return, Run, Scenario, Slot
from core.updates import ButtonPressed, CustomerMessage, CustomerStarted
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import CITY, PHONE, WISH, scenario
from tests.fakes.talk import perhaps, said, stage, surely, tell

SCENES = {
    "баланс": surely("balance"),
    "тарифы в питере": surely("tariffs"),
    "тарифы": surely("tariffs"),
    "справка": surely("help"),
    "человека мне": surely("operator"),
    "огромное вам": surely("thanks"),
    "визит": surely("visit"),
}


def test_word_operator_calls_people_wherever_the_dialog_stands() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "Оператор!")
    assert talk.dialog.state == "queued"
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "customer_request"
    assert talk.dialog.escalation.step == "ask_account"


def test_class_operator_in_answer_zone_calls_people_even_at_a_code_question() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234", "человека мне")
    assert talk.dialog.state == "queued"


@pytest.mark.parametrize("before", [("баланс",), ("баланс", "77001234"), ("ыыы",), ()])
def test_who_asks_to_wait_is_waited_for_without_a_try_or_a_miss(before: tuple[str, ...]) -> None:
    talk = stage(SCENES)
    tell(talk, *before)
    for text in ("подождите", "щас найду договор", "минутку", "hold on", "5 минут"):
        assert tell(talk, text) == "<waiting>"
    assert talk.dialog.state == "bot"


@pytest.mark.parametrize("text", ["the second one", "дайте код сейчас", "hold my contract"])
def test_words_of_who_waits_may_ask_for_something(text: str) -> None:
    talk = stage(SCENES)
    assert "<waiting>" not in tell(talk, "баланс", text)


@pytest.mark.parametrize("text", ["оператор не помог", "никак оператора не дождусь"])
def test_who_complains_of_people_does_not_refuse_them(text: str) -> None:
    talk = stage({text: surely("operator")})
    tell(talk, "баланс", text)
    assert talk.dialog.state == "queued"


@pytest.mark.parametrize(
    "text",
    ["не надо оператора", "оператор не нужен", "без оператора", "не хочу говорить с оператором"],
)
def test_who_refuses_people_is_not_sent_to_them(text: str) -> None:
    talk = stage({"баланс": surely("balance"), text: surely("operator")})
    assert "Номер счёта?" in tell(talk, "баланс", text)
    assert talk.dialog.state == "bot"


def test_who_refuses_people_is_shown_what_the_bot_can_do() -> None:
    text = "не хочу говорить с оператором"
    talk = stage({"туда": perhaps("operator", "balance"), text: perhaps("operator")})
    assert "Чем помочь?" in tell(talk, text)
    talk = stage({"туда": perhaps("operator", "balance"), text: perhaps("operator")})
    assert "Чем помочь?" in tell(talk, "туда", text)


def test_word_menu_drops_everything() -> None:
    talk = stage(SCENES)
    assert "Чем помочь?" in tell(talk, "баланс", "меню")
    assert talk.dialog.place is not None
    assert [frame.scenario for frame in talk.dialog.place.stack] == ["menu"]


def test_word_cancel_stops_and_a_plain_no_after_it_closes_as_left() -> None:
    talk = stage(SCENES)
    text = tell(talk, "баланс", "отмена")
    assert "<cancelled>" in text
    assert "Ещё вопрос?" in text
    assert "Всего!" in tell(talk, "нет")
    assert talk.dialog.result == "left"
    assert not talk.asked_rating


def test_word_cancel_in_an_interrupting_scenario_leads_back_to_the_question() -> None:
    talk = stage(SCENES)
    tell(talk, "тарифы в питере", "баланс")
    text = tell(talk, "отмена")
    assert "<cancelled>" in text
    assert "О каком рассказать?" in text


def test_word_cancel_forgets_what_was_told_within_what_it_stops() -> None:
    named = {"баланс по счёту 77001234": surely("balance")}
    for told in (("баланс", "77001234"), ("баланс по счёту 77001234",)):
        talk = stage({**SCENES, **named})
        assert "Код из СМС?" in tell(talk, *told)
        tell(talk, "отмена")
        assert talk.slots() == {}
        assert "Номер счёта?" in tell(talk, "баланс")


def test_word_cancel_keeps_the_account_a_person_is_known_for() -> None:
    talk = stage(SCENES, level="verified")
    tell(talk, "баланс", "отмена")
    assert talk.slots() == {"account": "77001234"}
    assert "На счёте 77001234" in tell(talk, "баланс")


def test_word_cancel_keeps_what_was_told_before_and_what_the_interrupted_topic_knows() -> None:
    talk = stage(SCENES)
    tell(talk, "тарифы в питере", "баланс", "77001234", "отмена")
    assert talk.slots() == {"city": "spb"}
    tell(talk, "спасибо", "5", "тарифы", "отмена")
    assert talk.slots() == {"city": "spb"}


def test_word_back_asks_the_last_answered_question_again() -> None:
    talk = stage(SCENES)
    tell(talk, "тарифы в питере", "гигабит")
    assert "О каком рассказать?" in tell(talk, "назад")
    assert "tariff" not in talk.slots()


def test_word_back_in_a_called_scenario_rewinds_its_caller() -> None:
    talk = stage(SCENES)
    assert "Телефон?" in tell(talk, "баланс", "[unknown]")
    assert "Номер счёта?" in tell(talk, "назад")


def test_word_back_empties_what_a_called_scenario_filled_that_has_ended() -> None:
    talk = stage(SCENES, level="verified")
    talk.grants["77009999"] = "verified"  # two accounts: none of them is known at once
    assert "На счёте 77001234" in tell(talk, "баланс", "[unknown]", "8 921 123-45-67")
    assert "Номер счёта?" in tell(talk, "назад")
    assert talk.slots() == {}
    assert "Телефон?" in tell(talk, "[unknown]")


def test_correction_empties_what_a_called_scenario_has_filled_so_far() -> None:
    talk = stage(SCENES, bundle=small_bundle(*visits(), mark="visits"))
    tell(talk, "визит", "питер", "8 921 123-45-67")
    assert talk.slots() == {"city": "spb", "wish": "срочно", "phone": "+79211234567"}
    assert "Телефон?" in tell(talk, "ой, ошибся, москва")
    assert talk.slots() == {"city": "moscow", "wish": "срочно"}


def test_word_back_empties_what_a_called_scenario_was_given() -> None:
    talk = stage(SCENES, bundle=small_bundle(*visits(), mark="visits"))
    tell(talk, "визит", "питер")
    assert "Какой город?" in tell(talk, "назад")
    assert talk.slots() == {}


def visits() -> tuple[Scenario, Scenario]:
    """A scenario that asks for a city and runs another, which asks for a phone and for a date."""
    caller = scenario(
        "visit",
        Ask(id="ask_city", slot="city", text="Какой город?", wrong="?", on_fail=""),
        Run(id="plan", scenario="plan", given={"wish": "'срочно'"}),
        Return(id="end"),
        data={"city": CITY},
    )
    called = scenario(
        "plan",
        Ask(id="ask_phone", slot="phone", text="Телефон?", wrong="?", on_fail=""),
        Ask(id="ask_day", slot="day", text="Когда?", wrong="?", on_fail=""),
        internal=True,
        data={"phone": PHONE, "wish": WISH, "day": Slot(type="date", title="день")},
    )
    return caller, called


def test_word_back_at_the_first_question_asks_it_again() -> None:
    talk = stage(SCENES)
    assert "Номер счёта?" in tell(talk, "баланс", "назад")


def test_word_back_after_a_change_asks_the_same_question_again() -> None:
    talk = stage(SCENES, level="verified")
    tell(talk, "баланс", "[pay]", "[yes]")
    assert "Показать ещё?" in tell(talk, "назад")
    assert talk.calls["billing.pay"] == 1


def test_pressing_the_same_button_twice_does_nothing_the_second_time() -> None:
    talk = stage(SCENES)
    tell(talk, "меню")
    token = next(option.token for option in talk.shown() if option.key == "balance")
    for _ in range(2):
        talk.listen()
        talk.receive(ButtonPressed(token=token))
    assert said(talk) == ""
    assert talk.dialog.state == "bot"


def test_button_of_an_older_question_is_told_so_and_the_open_question_follows() -> None:
    talk = stage(SCENES)
    tell(talk, "меню")
    old = next(option.token for option in talk.shown() if option.key == "help")
    tell(talk, "[balance]")
    talk.listen()
    talk.receive(ButtonPressed(token=old))
    assert "<old_button>" in said(talk)
    assert "Номер счёта?" in said(talk)


def test_unknown_button_with_nothing_open_brings_the_menu() -> None:
    talk = stage(SCENES)
    talk.receive(ButtonPressed(token="nobody-knows"))
    assert "<old_button>" in said(talk)
    assert "Чем помочь?" in said(talk)


def test_correction_sets_the_value_right_and_goes_on_from_its_question() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234")
    text = tell(talk, "ой, ошибся, счёт 77004321")
    assert "Исправил: номер счёта — 77004321." in text
    assert "Код из СМС?" in text
    assert talk.slots()["account"] == "77004321"
    assert talk.calls["auth.send"] == 2


def test_correction_after_a_change_goes_to_people() -> None:
    talk = stage(SCENES, level="verified")
    tell(talk, "баланс", "[pay]", "[yes]", "ошибся, счёт 77004321")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "correction_after_change"


def test_closing_words_press_the_closing_button() -> None:
    talk = stage(SCENES)
    assert "Рад помочь!" in tell(talk, "тарифы в питере", "спасибо")
    assert talk.dialog.result == "solved"
    assert talk.asked_rating


@pytest.mark.parametrize("text", ["спасибо", "👍", "❤️", "👍🏽", "👍!", "❤️…", "огромное вам"])
def test_thanks_at_a_choice_without_a_closing_button_close_as_left(text: str) -> None:
    talk = stage(SCENES)
    assert "Всего!" in tell(talk, "меню", text)
    assert talk.dialog.result == "left"


def test_thanks_at_a_question_are_answered_and_it_stays_open() -> None:
    talk = stage(SCENES)
    assert tell(talk, "баланс", "спасибо") == "<welcome>"
    assert "Код из СМС?" in tell(talk, "77001234")


def test_enough_at_a_question_is_as_cancel() -> None:
    talk = stage(SCENES)
    assert "<cancelled>" in tell(talk, "баланс", "хватит")


def test_sticker_is_a_closing_word() -> None:
    talk = stage(SCENES)
    tell(talk, "меню")
    talk.receive(CustomerMessage(media=(Media(kind="sticker"),)))
    assert talk.dialog.result == "left"


@pytest.mark.parametrize(
    ("payload", "words"),
    [("", "Чем помочь?"), ("tariffs", "Какой город?"), ("confirm", "Чем помочь?")],
)
def test_start_shows_the_menu_or_the_scenario_its_link_names(payload: str, words: str) -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    talk.listen()
    talk.receive(CustomerStarted(payload=payload))
    assert words in said(talk)


def test_closing_words_in_a_new_dialog_close_it_as_left() -> None:
    talk = stage(SCENES)
    assert "Всего!" in tell(talk, "спасибо")
    assert talk.dialog.result == "left"


@pytest.mark.parametrize(("text", "result"), [("пока нет", "solved"), ("нет", "solved")])
def test_plain_no_after_a_scenario_closes_as_solved(text: str, result: str) -> None:
    talk = stage(SCENES)
    assert "Ещё вопрос?" in tell(talk, "справка")
    assert "Всего!" in tell(talk, text)
    assert talk.dialog.result == result


def test_closing_words_that_begin_with_a_yes_want_nothing_more() -> None:
    talk = stage(SCENES)
    assert "Всего!" in tell(talk, "справка", "Да, это всё!")
    assert talk.dialog.result == "solved"
    assert "Чем помочь?" in tell(stage(SCENES), "справка", "да")


def test_yes_after_a_scenario_brings_the_menu_and_a_question_is_understood() -> None:
    talk = stage(SCENES)
    assert "Чем помочь?" in tell(talk, "справка", "[yes]")
    assert "Номер счёта?" in tell(stage(SCENES), "справка", "баланс")


def test_groups_and_closing_words_are_known_outside_dialogs_too() -> None:
    bundle = small_bundle()
    assert word_group("Меню!", bundle) == "menu"
    assert word_group("меню сегодня", bundle) is None
    assert is_closing_words(CustomerMessage(text="Пока нет)"), bundle)
    assert not is_closing_words(CustomerMessage(text="нет"), bundle)


def test_a_yes_to_several_suggested_topics_asks_which_and_a_no_is_for_none() -> None:
    talk = stage({"туда": perhaps("balance", "help"), "сюда": perhaps("balance")})
    shown = tell(talk, "туда")
    assert tell(talk, "да") == shown
    assert "<not_understood>" in tell(talk, "нет, не то")
    tell(talk, "сюда")
    assert "Номер счёта?" in tell(talk, "да")


@pytest.mark.parametrize("text", ["хватит", "да, это всё", "пока нет"])
def test_closing_words_choose_none_of_the_suggested_topics(text: str) -> None:
    talk = stage({"сюда": perhaps("balance")})
    assert "Всего!" in tell(talk, "сюда", text)
    assert talk.dialog.result == "left"

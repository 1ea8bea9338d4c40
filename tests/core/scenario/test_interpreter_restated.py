"""The running topic with another value, without any word of a correction."""

from core.scenario.model import Ask, Button, Choose, Return, Run, Slot
from core.scenario.rehearsal import Rehearsal
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import CITY, WISH, scenario
from tests.fakes.talk import stage, surely, tell

SCENES = {
    "тарифы в питере": surely("tariffs"),
    "а какая скорость в москве": surely("tariffs"),
    "тарифы": surely("tariffs"),
    "баланс": surely("balance"),
    "баланс 77004321": surely("balance"),
    "баланс 77001234": surely("balance"),
    "справка": surely("help"),
    "визит": surely("visit"),
    "визит в москву": surely("visit"),
}


def verified() -> Rehearsal:
    return stage(SCENES, level="verified")


def test_the_same_topic_about_another_city_is_answered() -> None:
    talk = stage(SCENES)
    text = tell(talk, "тарифы в питере", "а какая скорость в москве")
    assert "О каком рассказать?" in text
    assert "Исправил" not in text
    assert talk.slots() == {"city": "moscow"}
    assert talk.calls["catalog.tariffs"] == 2


def test_what_was_answered_about_the_old_value_is_forgotten() -> None:
    talk = stage(SCENES)
    tell(talk, "тарифы в питере", "гигабит", "а какая скорость в москве")
    assert talk.slots() == {"city": "moscow"}


def test_another_account_is_confirmed_anew() -> None:
    talk = verified()
    assert "На счёте 77001234" in tell(talk, "баланс")
    text = tell(talk, "баланс 77004321")
    assert "Код из СМС?" in text
    assert "На счёте" not in text
    assert "На счёте 77004321" in tell(talk, "123456")


def test_another_account_at_the_code_question_does_not_skip_it() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс", "77001234")
    assert "Код — 6 цифр." in tell(talk, "баланс 77004321")
    assert talk.slots()["account"] == "77001234"


def test_a_payment_that_is_being_confirmed_is_not_left() -> None:
    talk = verified()
    tell(talk, "баланс", "[pay]")
    assert "Списать долг?" in tell(talk, "баланс 77004321")
    assert "Списать долг?" in tell(talk, "77004321")
    assert talk.slots()["account"] == "77001234"


def test_after_a_change_the_topic_starts_anew_instead_of_being_a_correction() -> None:
    talk = verified()
    tell(talk, "баланс", "[pay]", "[yes]")
    assert "Код из СМС?" in tell(talk, "баланс 77004321")
    assert talk.dialog.state == "bot"


def test_a_bare_value_after_a_change_goes_to_people() -> None:
    talk = verified()
    tell(talk, "баланс", "[pay]", "[yes]", "77004321")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "correction_after_change"


def test_the_same_topic_and_the_same_value_show_the_choice_again() -> None:
    talk = verified()
    tell(talk, "баланс")
    for _ in range(3):
        text = tell(talk, "баланс 77001234")
        assert "Показать ещё?" in text
        assert "На счёте" not in text
    assert talk.dialog.state == "bot"


def test_a_topic_that_came_between_leads_back_with_its_other_value_too() -> None:
    talk = verified()
    tell(talk, "тарифы в питере", "баланс", "баланс 77004321")
    text = tell(talk, "123456", "[no]")
    assert "О каком рассказать?" in text


def test_a_value_that_was_never_asked_for_starts_the_topic_anew() -> None:
    asks = scenario(
        "visit",
        Choose(id="sure", text="Едем?", buttons=(Button(key="yes", label="Да", go="end"),)),
        Return(id="end"),
        data={"city": CITY},
    )
    talk = stage(SCENES, bundle=small_bundle(asks, mark="restated"))
    tell(talk, "визит")
    talk.meaning = lambda text: surely("visit")
    tell(talk, "визит в питер")
    assert talk.slots() == {}, "nothing is known yet, so nothing differs"
    tell(talk, "меню", "визит в питер")
    assert "Едем?" in tell(talk, "визит в москву")
    assert talk.slots() == {"city": "moscow"}


def test_a_bare_value_at_a_choice_is_set_right() -> None:
    talk = stage(SCENES)
    text = tell(talk, "тарифы в питере", "а москва?")
    assert "Исправил: город — Москва." in text.replace("moscow", "Москва")
    assert "О каком рассказать?" in text


def test_a_value_among_other_words_is_no_answer() -> None:
    talk = stage(SCENES)
    assert "Выберите тариф." in tell(talk, "тарифы в питере", "моя сестра из москвы")
    assert talk.slots()["city"] == "spb"


def test_a_bare_value_at_a_question_without_options_is_a_bad_answer() -> None:
    asks = scenario(
        "visit",
        Ask(id="ask_city", slot="city", text="Город?", wrong="?", on_fail=""),
        Ask(id="ask_day", slot="day", text="Когда?", wrong="Не понял день.", on_fail=""),
        Return(id="end"),
        data={"city": CITY, "day": Slot(type="date", title="день")},
    )
    talk = stage(SCENES, bundle=small_bundle(asks, mark="restated"))
    assert "Не понял день." in tell(talk, "визит", "питер", "москва")
    assert "Когда?" in tell(talk, "визит в москву")
    assert talk.slots() == {"city": "moscow"}


def test_a_value_asked_in_a_scenario_that_was_run_is_set_right_there() -> None:
    where = scenario(
        "where",
        Ask(id="ask_city", slot="city", text="Город?", wrong="?", on_fail=""),
        Ask(id="ask_wish", slot="wish", text="Улица?", wrong="?", on_fail=""),
        Return(id="end"),
        internal=True,
        data={"city": CITY, "wish": WISH},
    )
    asks = scenario(
        "visit",
        Run(id="run", scenario="where"),
        Choose(id="sure", text="Едем?", buttons=(Button(key="yes", label="Да", go="end"),)),
        Return(id="end"),
        data={"city": CITY},
    )
    talk = stage(SCENES, bundle=small_bundle(asks, where, mark="restated"))
    assert "Едем?" in tell(talk, "визит", "питер", "Ленина 5")
    assert "Улица?" in tell(talk, "визит в москву")
    assert "Едем?" in tell(talk, "Мира 1")


def test_being_answered_about_another_value_begins_the_count_of_misses_anew() -> None:
    talk = verified()
    tell(talk, "баланс", "ыыыы", "баланс 77004321", "123456", "ъъъъ")
    assert talk.dialog.state == "bot"

"""Questions: what is asked, what counts as an answer, what happens to a bad one."""

from typing import cast

import pytest
from msgspec.structs import replace

from core.channel import Capabilities
from core.scenario.model import (
    AnyStep,
    Ask,
    Button,
    CallStep,
    Choice,
    Choose,
    EscalateStep,
    OptionsFrom,
    Return,
    Say,
    Scenario,
    SetStep,
    Slot,
    Translation,
)
from core.scenario.place import Question
from core.updates import ButtonPressed
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import BALANCE, TARIFFS, scenario
from tests.fakes.talk import BUTTONS, NO_BUTTONS, perhaps, said, stage, surely, tell


def test_new_dialog_with_a_clear_question_starts_its_scenario_and_asks_what_it_needs() -> None:
    talk = stage({"сколько я должен": surely("balance")})
    assert "Номер счёта?" in tell(talk, "сколько я должен")
    assert talk.dialog.topic == "Баланс"


def test_value_named_in_the_first_message_is_not_asked_for() -> None:
    talk = stage({"тарифы в питере": surely("tariffs")})
    assert "О каком рассказать?" in tell(talk, "тарифы в питере")
    assert talk.slots()["city"] == "spb"


def test_value_named_anew_replaces_the_one_known_from_before() -> None:
    talk = stage({"тарифы в питере": surely("tariffs"), "тарифы в москве": surely("tariffs")})
    tell(talk, "тарифы в питере", "[enough]", "тарифы в москве")
    assert talk.slots()["city"] == "moscow"


def test_bad_answers_are_told_so_until_the_tries_are_used_up() -> None:
    talk = stage({"баланс": surely("balance")})
    assert "Нужно 8 цифр." in tell(talk, "баланс", "не скажу")
    assert "Нужно 8 цифр." in tell(talk, "и не просите")
    tell(talk, "нет")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "not_identified"
    assert talk.dialog.escalation.summary == "Счёт не назван"


@pytest.mark.parametrize("text", ["Не знаю номер", "не помню", "не знаю номер!", "не знаю номера"])
def test_button_may_be_typed_by_label_by_another_wording_or_nearly(text: str) -> None:
    talk = stage({"баланс": surely("balance")})
    assert "Телефон?" in tell(talk, "баланс", text)


@pytest.mark.parametrize("text", ["хочу базовый", "Базовый", "[b1]"])
def test_option_is_taken_by_press_by_label_or_as_whole_words_of_a_short_text(text: str) -> None:
    talk = stage({"тарифы в питере": surely("tariffs")})
    assert "до 100 Мбит/с" in tell(talk, "тарифы в питере", text)


def test_yes_and_no_press_the_buttons_that_begin_so() -> None:
    talk = stage({"баланс": surely("balance")}, level="verified")
    assert "Списать долг?" in tell(talk, "баланс", "[pay]")
    assert "Списано." in tell(talk, "да")
    assert talk.calls["billing.pay"] == 1


def test_number_presses_where_options_are_a_numbered_list() -> None:
    talk = stage({"тарифы в питере": surely("tariffs")}, capabilities=NO_BUTTONS)
    tell(talk, "тарифы в питере")
    assert talk.is_numbered()
    assert "до 100 Мбит/с" in tell(talk, "2")


def test_number_is_no_press_while_a_number_is_asked_for() -> None:
    talk = stage({"баланс": surely("balance")}, capabilities=NO_BUTTONS)
    assert "Нужно 8 цифр." in tell(talk, "баланс", "1")


def days(*labels: str) -> Scenario:
    """A choice of labels without letters; the first has another wording, `365`."""
    buttons = [Button(key=f"b{at}", label=text, do=f"b{at}") for at, text in enumerate(labels)]
    buttons[0] = replace(buttons[0], also=("365", "🎉"))
    told = [Say(id=button.key, text=f"Нажато {button.label}", next="end") for button in buttons]
    choose = Choose(id="days", text="Сколько?", buttons=tuple(buttons))
    return scenario("days", choose, *told, Return(id="end"))


@pytest.mark.parametrize("capabilities", [BUTTONS, NO_BUTTONS])
@pytest.mark.parametrize(
    ("text", "pressed"),
    [("25", "25"), (" 25. ", "25"), ("365", "25"), ("🎉", "25"), ("24/7", "24/7"), ("👍", "👍🏻")],
)
def test_label_without_letters_may_be_typed_too(
    text: str, pressed: str, capabilities: Capabilities
) -> None:
    bundle = small_bundle(days("25", "24/7", "👍🏻"), mark="days")
    talk = stage({"дни": surely("days")}, bundle=bundle, capabilities=capabilities)
    assert f"Нажато {pressed}" in tell(talk, "дни", text)


def test_number_is_a_label_first_and_else_a_place_in_the_list() -> None:
    bundle = small_bundle(days("30", "1", "90"), mark="days")
    for text, pressed in (("1", "1"), ("3", "90"), ("3!", "90"), ("3,", "90"), ("[b0]", "30")):
        talk = stage({"дни": surely("days")}, bundle=bundle, capabilities=NO_BUTTONS)
        assert f"Нажато {pressed}" in tell(talk, "дни", text)


@pytest.mark.parametrize("text", ["7", "…", "?!", "🙂"])
def test_signs_and_numbers_that_are_no_label_press_nothing(text: str) -> None:
    talk = stage({"дни": surely("days")}, bundle=small_bundle(days("25", "🎈"), mark="days"))
    assert "<choose_again>" in tell(talk, "дни", text)


def test_button_of_a_question_for_a_number_may_be_typed_by_a_label_of_digits() -> None:
    bundle = small_bundle(replace(BALANCE, steps={**BALANCE.steps, "ask_account": OLD}), mark="old")
    talk = stage({"баланс": surely("balance")}, bundle=bundle, capabilities=NO_BUTTONS)
    assert "Телефон?" in tell(talk, "баланс", "000")
    talk = stage({"баланс": surely("balance")}, bundle=bundle, capabilities=NO_BUTTONS)
    assert "Код из СМС?" in tell(talk, "баланс", "77001234")


OLD = replace(
    cast(Ask, BALANCE.steps["ask_account"]),
    buttons=(Button(key="old", label="000", run="find"),),
)


def test_button_whose_condition_does_not_hold_is_not_shown() -> None:
    talk = stage(
        {"баланс": surely("balance")},
        level="verified",
        services={"billing.balance": [{"amount": 10}]},
    )
    tell(talk, "баланс")
    assert "pay" not in [option.key for option in talk.shown()]


def test_buttons_of_a_question_asked_again_after_a_bad_answer_all_work() -> None:
    talk = stage({"какие тарифы": surely("tariffs")})
    tell(talk, "какие тарифы")
    first = next(option for option in talk.shown() if option.key == "spb")
    tell(talk, "в лондоне")
    assert isinstance(talk.dialog.place and talk.dialog.place.waiting, Question)
    second = next(option for option in talk.shown() if option.key == "spb")
    assert second.token != first.token
    talk.listen()
    talk.receive(ButtonPressed(token=first.token))
    assert "О каком рассказать?" in said(talk)


def test_known_choice_that_is_no_longer_on_offer_is_asked_anew() -> None:
    talk = stage(
        {"тарифы в питере": surely("tariffs")},
        services={
            "catalog.tariffs": [
                {"items": [{"code": "g1", "name": "Гигабит", "about": "быстро"}]},
                {"items": [{"code": "x1", "name": "Новый", "about": "новый"}]},
            ]
        },
    )
    tell(talk, "тарифы в питере", "гигабит", "[enough]")
    assert "О каком рассказать?" in tell(talk, "тарифы в питере")
    assert talk.shown()[0].label == "Новый"


def test_every_option_of_a_list_is_its_own_element() -> None:
    unkeyed = [{"name": "Пустой", "about": "пустой"}, {"code": None, "name": "Никакой"}]
    twins = [
        {"code": "g1", "name": "Гигабит", "about": "быстро"},
        {"code": "g1", "name": "Двойник", "about": "двойник"},
        {"code": "b1", "name": "Базовый", "about": "до 100 Мбит/с"},
    ]
    talk = stage(
        {"тарифы в питере": surely("tariffs")},
        services={"catalog.tariffs": [{"items": [*unkeyed, *twins]}]},
    )
    tell(talk, "тарифы в питере")
    options = [option for option in talk.shown() if option.kind == "option"]
    assert [option.label for option in options] == ["Гигабит", "Базовый"]
    assert "до 100 Мбит/с" in tell(talk, "базовый")


def pets(name: str, *options: Choice) -> Scenario:
    """A scenario that asks for the choice `kind`, which is shared by name."""
    question = Ask(
        id="ask_kind", slot="kind", text=f"Что из {name}?", wrong="?", on_fail="", options=options
    )
    kind = Slot(type="choice", title=name)
    return scenario(name, question, Say(id="told", text="{kind}!"), data={"kind": kind})


def test_known_choice_of_another_scenario_is_no_answer_where_it_is_no_option() -> None:
    router = pets("router", Choice(key="big", label="Большой"), Choice(key="s", label="Малый"))
    dog = pets("dog", Choice(key="pug", label="Мопс"), Choice(key="big", label="Большой пёс"))
    cat = pets("cat", Choice(key="sphynx", label="Сфинкс"))
    talk = stage(
        {name: surely(name) for name in ("router", "dog", "cat")},
        bundle=small_bundle(router, dog, cat, mark="pets"),
    )
    assert "Большой!" in tell(talk, "router", "большой")
    assert "Большой!" in tell(talk, "dog")
    assert "Что из cat?" in tell(talk, "cat")
    assert "kind" not in talk.slots()
    assert "Сфинкс!" in tell(talk, "сфинкс")


def test_city_that_is_none_of_the_shortcuts_is_still_known() -> None:
    question = TARIFFS.steps["ask_city"]
    assert isinstance(question, Ask)
    spb_only = replace(question, options=question.options[:1])
    steps = {**TARIFFS.steps, "ask_city": spb_only}
    talk = stage(
        {"тарифы в москве": surely("tariffs")},
        bundle=small_bundle(replace(TARIFFS, steps=steps), mark="shortcuts"),
    )
    assert "О каком рассказать?" in tell(talk, "тарифы в москве")


def test_text_slot_takes_anything_but_words_and_buttons() -> None:
    talk = stage({"идея": surely("wishes"), "какой у меня баланс": surely("balance")})
    assert "Записал: какой у меня баланс" in tell(talk, "идея", "какой у меня баланс")


def test_unclear_question_offers_titles_and_a_press_is_a_labelled_phrase() -> None:
    talk = stage({"про деньги": perhaps("balance", "help", "operator", "tariffs")})
    assert "<suggest>" in tell(talk, "про деньги")
    assert [option.key for option in talk.shown()] == ["balance", "help", "operator", "other"]
    assert "Номер счёта?" in tell(talk, "[balance]")
    assert talk.labels == [("про деньги", "balance")]


def test_none_of_the_suggestions_is_a_miss_and_the_second_miss_calls_people() -> None:
    talk = stage({"про деньги": perhaps("balance")})
    assert "<not_understood>" in tell(talk, "про деньги", "[other]")
    tell(talk, "абракадабра")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "not_understood"
    assert talk.dialog.escalation.summary == "«абракадабра»"


def test_customer_may_choose_the_language_and_it_is_kept_for_later_dialogs() -> None:
    talk = stage({"какие тарифы": surely("tariffs")})
    tell(talk, "какие тарифы")
    assert "Which city?" in tell(talk, "English!")
    assert talk.remembered["lang"] == "en"
    assert "О каком рассказать?" in tell(talk, "st pete")


def test_remembered_language_is_spoken_from_the_first_word() -> None:
    talk = stage({"какие тарифы": surely("tariffs")})
    talk.remembered["lang"] = "en"
    assert "Which city?" in tell(talk, "какие тарифы")


@pytest.mark.parametrize("words", [("по-русски",), ("english", "english"), ("english", "русский")])
def test_words_of_a_language_are_no_bad_answer_even_of_the_one_that_is_spoken(
    words: tuple[str, ...],
) -> None:
    talk = stage({"баланс": surely("balance")})
    assert "Номер счёта?" in tell(talk, "баланс", *words, *words, *words)
    assert talk.dialog.state == "bot"


KIND = Slot(type="choice", title="вид")


def copies(*steps: AnyStep) -> Scenario:
    """A scenario that fills the choices `kind` and `copy`, and asks for both in the end."""
    options = (Choice(key="a", label="Первый"), Choice(key="b", label="Второй"))
    asks = (
        Ask(id="ask_kind", slot="kind", text="Вид?", wrong="?", on_fail="", options=options),
        Ask(id="ask_copy", slot="copy", text="Копия?", wrong="?", on_fail="", options=options),
    )
    told = Say(id="told", text="{kind|или: -}, {copy|или: -}, {bare|или: -}")
    data = {"kind": KIND, "copy": KIND, "bare": KIND}
    people = EscalateStep(id="end", reason="x", summary="{kind}, {copy}")
    return scenario("copies", *steps, *asks, told, people, data=data)


@pytest.mark.parametrize(
    ("steps", "told"),
    [
        ((SetStep(id="s", values={"kind": "'a'", "copy": "'b'"}),), "Первый, Второй, -"),
        ((SetStep(id="s", values={"kind": "'b'"}), SetStep(id="c", values={"copy": "kind"})),
         "Второй, Второй, -"),
        # nobody asks for `bare`: it is called as what it was copied from
        ((SetStep(id="s", values={"kind": "'a'", "copy": "'a'"}),
          SetStep(id="c", values={"bare": "kind"})), "Первый, Первый, Первый"),
        ((SetStep(id="s", values={"kind": "'a'", "copy": "'a'", "bare": "'a'"}),),
         "Первый, Первый, a"),
    ],
)  # fmt: skip
def test_a_choice_that_was_set_is_printed_as_its_label(
    steps: tuple[AnyStep, ...], told: str
) -> None:
    bundle = small_bundle(copies(*steps), mark="copies")
    talk = stage({"старт": surely("copies")}, bundle=bundle)
    assert told in tell(talk, "старт")
    assert talk.dialog.escalation is not None
    assert told.startswith(talk.dialog.escalation.summary)


def test_a_choice_that_was_set_is_printed_in_the_language_of_the_dialog() -> None:
    bundle = small_bundle(copies(SetStep(id="s", values={"kind": "'a'"})), mark="copies")
    english = Translation(texts={"ask_kind.options.a": "First"})
    bundle = replace(bundle, translations={"en": {"copies": english}}, hash="copies-en")
    talk = stage({"start it": surely("copies")}, bundle=bundle, lang="en")
    assert "First, Второй" in tell(talk, "start it", "Второй")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.summary == "Первый, Второй"
    assert {value for _, value in talk.dialog.escalation.slots} == {"Первый", "Второй"}


def test_a_copied_pick_of_a_list_is_called_as_in_the_list() -> None:
    chosen = OptionsFrom(of="offer.items", key="code", label="{item.name}")
    asks = Ask(id="pick", slot="tariff", text="?", wrong="?", on_fail="", options_from=chosen)
    made = scenario(
        "picks",
        CallStep(id="offers", service="catalog.tariffs", arguments={"city": "'spb'"}, save="offer"),
        SetStep(id="s", values={"tariff": "'b1'"}),
        asks,
        Say(id="told", text="Выбран {tariff}."),
        data={"tariff": KIND},
    )
    talk = stage({"старт": surely("picks")}, bundle=small_bundle(made, mark="picks"))
    assert "Выбран Базовый." in tell(talk, "старт")


def test_a_fixed_option_beside_a_list_is_known_like_one_of_the_list() -> None:
    chosen = OptionsFrom(of="offer.items", key="code", label="{item.name}", save_item="picked")
    asks = Ask(
        id="pick",
        slot="tariff",
        text="?",
        wrong="?",
        on_fail="",
        options=(Choice(key="any", label="Любой"),),
        options_from=chosen,
    )
    made = scenario(
        "picks",
        CallStep(id="offers", service="catalog.tariffs", arguments={"city": "'spb'"}, save="offer"),
        SetStep(id="s", values={"tariff": "'any'"}),
        asks,
        Say(id="told", text="Выбран {tariff}."),
        data={"tariff": KIND},
    )
    talk = stage({"старт": surely("picks")}, bundle=small_bundle(made, mark="fixed"))
    assert "Выбран Любой." in tell(talk, "старт")

"""Buttons that are typed instead of pressed: what presses them, and what is something else."""

from functools import cache

import pytest

from core.content import Media
from core.scenario.index import index_of
from core.scenario.model import Ask, Button, Choice, Choose, Done, Return, Say, Scenario, Slot
from core.scenario.rehearsal import Rehearsal
from core.updates import CustomerMessage
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import CITY, scenario
from tests.fakes.talk import perhaps, stage, surely, tell

SCENES = {
    "баланс": surely("balance"),
    "справка": surely("help"),
    "заявка": surely("order"),
    "да, какой баланс": surely("balance"),
    "нет, какой баланс": surely("balance"),
    "не работает интернет": surely("balance"),
    "no internet": surely("balance"),
}


SURE = ("сходится", "вижу справа", "хотя нет улицы")


@cache
def order() -> Scenario:
    """A day and a city are asked, then confirmed."""
    return scenario(
        "order",
        Ask(id="ask_city", slot="city", text="Какой город?", wrong="?", on_fail="left"),
        Ask(id="ask_day", slot="day", text="Какой день?", wrong="?", on_fail="left"),
        Choose(
            id="sure",
            text="Верно?",
            buttons=(
                Button(key="yes", label="Да, верно", also=SURE, go="done"),
                Button(key="no", label="Нет, другой адрес", go="ask_city"),
            ),
        ),
        Done(id="done", result="ordered", say="Записал: {city}."),
        Return(id="left"),
        data={"city": CITY, "day": Slot(type="date", title="день")},
    )


def at_more() -> Rehearsal:
    """«Anything else?» is open."""
    talk = stage(SCENES)
    assert "Ещё вопрос?" in tell(talk, "справка")
    return talk


def confirming() -> Rehearsal:
    """«Right?» is open."""
    talk = stage(SCENES, bundle=small_bundle(order(), mark="order"))
    assert "Верно?" in tell(talk, "заявка", "питер", "завтра")
    return talk


@pytest.mark.parametrize("text", ["да, сходится", "Ага, вижу, спасибо"])
def test_other_wordings_of_a_button_may_stand_beside_its_yes(text: str) -> None:
    assert "Записал" in tell(confirming(), text)


@pytest.mark.parametrize(
    "text", ["сходится, вижу справа", "Да. Сходится!", "да, вижу", "да, хотя нет улицы"]
)
def test_wordings_of_one_button_may_follow_each_other(text: str) -> None:
    assert "Записал" in tell(confirming(), text)


def test_what_customers_write_is_not_kept_among_the_labels() -> None:
    bundle = small_bundle(order(), mark="order")
    tell(stage(SCENES, bundle=bundle), "заявка", "питер", "завтра", "мой код, 123456")
    assert not any("123456" in label for label in index_of(bundle)._normal)


@pytest.mark.parametrize(
    "text", ["да, не сходится", "да, послезавтра", "сходится, нет", "нет, сходится"]
)
def test_what_denies_them_or_says_more_presses_nothing(text: str) -> None:
    assert "Записал" not in tell(confirming(), text)


@pytest.mark.parametrize("text", ["не работает интернет", "no internet", "да, какой баланс"])
def test_a_new_question_after_a_scenario_is_understood(text: str) -> None:
    talk = at_more()
    assert "Номер счёта?" in tell(talk, text)


@pytest.mark.parametrize("text", ["нет интернета", "нет связи", "не получается оплатить"])
def test_a_problem_nobody_understood_does_not_end_the_dialog(text: str) -> None:
    talk = at_more()
    assert "<not_understood>" in tell(talk, text)
    assert talk.dialog.state == "bot"


@pytest.mark.parametrize("text", ["нет", "нет, не надо", "no", "-", "👎", "нет, всё работает"])
def test_a_no_after_a_scenario_closes_the_dialog(text: str) -> None:
    talk = at_more()
    tell(talk, text)
    assert talk.dialog.result == "solved"


@pytest.mark.parametrize(
    ("text", "state"), [("нет", "rating"), ("да", "bot"), ("[operator]", "queued")]
)
def test_files_after_a_scenario_leave_its_question_open_beside_people(
    text: str, state: str
) -> None:
    talk = at_more()
    for _ in range(3):
        talk.receive(CustomerMessage(media=(Media(kind="image"),)))
    assert [option.key for option in talk.shown()] == ["yes", "no", "operator"]
    tell(talk, text)
    assert talk.dialog.state == state


@pytest.mark.parametrize("text", ["да", "ага, спасибо", "yes", "+"])
def test_a_yes_after_a_scenario_brings_the_menu(text: str) -> None:
    assert "Чем помочь?" in tell(at_more(), text)


@pytest.mark.parametrize("text", ["👍", "❤️", "👍!"])
def test_a_thumb_after_a_scenario_is_thanks(text: str) -> None:
    talk = at_more()
    tell(talk, text)
    assert talk.dialog.result == "solved"


@pytest.mark.parametrize("text", ["+", "👍", "👍🏽", "✅", "да 👍"])
def test_a_sign_of_consent_presses_yes(text: str) -> None:
    talk = stage(SCENES, level="verified")
    assert "Списано." in tell(talk, "баланс", "[pay]", text)


@pytest.mark.parametrize("text", ["-", "👎", "❌"])
def test_a_sign_of_refusal_presses_no(text: str) -> None:
    talk = stage(SCENES, level="verified")
    assert "Показать ещё?" in tell(talk, "баланс", "[pay]", text)
    assert "billing.pay" not in talk.calls


def test_a_sticker_consents_to_nothing() -> None:
    talk = stage(SCENES, level="verified")
    tell(talk, "баланс", "[pay]")
    talk.receive(CustomerMessage(media=(Media(kind="sticker"),)))
    assert "billing.pay" not in talk.calls


def test_a_no_with_another_value_is_a_correction() -> None:
    talk = confirming()
    assert "Исправил: день" in tell(talk, "нет, послезавтра")
    assert "Исправил: город" in tell(talk, "нет, в москве")


@pytest.mark.parametrize("text", ["нет", "неа", "нет, спасибо", "нет, не так", "нет, дорого", "no"])
def test_a_no_presses_its_button_whatever_stands_beside(text: str) -> None:
    assert "Какой город?" in tell(confirming(), text)


@pytest.mark.parametrize("text", ["нет, дорого", "нет, опять ошибка", "нет, неверный пароль"])
@pytest.mark.parametrize("labels", [("Да", "Нет"), ("Да, вышло", "Нет, не вышло", "Другой город")])
def test_a_no_with_a_reason_presses_no_at_any_question(text: str, labels: tuple[str, ...]) -> None:
    talk = offering(*labels)
    assert "<choose_again>" not in tell(talk, text)


def test_a_no_with_another_topic_is_that_topic() -> None:
    assert "Номер счёта?" in tell(confirming(), "нет, какой баланс")


@pytest.mark.parametrize("text", ["да", "верно", "ok", "yes, please", "да-да", "да, спасибо"])
def test_a_yes_presses_its_button(text: str) -> None:
    assert "Записал" in tell(confirming(), text)


@pytest.mark.parametrize("text", ["да, только попозже", "да какая разница", "да пошли вы"])
def test_a_yes_with_other_words_presses_nothing(text: str) -> None:
    talk = confirming()
    assert "<choose_again>" in tell(talk, text)
    assert talk.dialog.state == "bot"


def offering(*labels: str, options: tuple[str, ...] = ()) -> Rehearsal:
    """A question with these buttons, or with these options and buttons, is open."""
    buttons = tuple(Button(key=label, label=label, go="end") for label in labels)
    choices = tuple(Choice(key=label, label=label) for label in options)
    question = (
        Ask(id="q", slot="kit", text="Что?", wrong="?", on_fail="end", options=choices, tries=5,
            buttons=buttons)
        if options
        else Choose(id="q", text="Что?", buttons=buttons)
    )  # fmt: skip
    kit = {"kit": Slot(type="choice", title="комплект")}
    made = scenario("offer", question, Return(id="end"), data=kit)
    mark = "|".join((*labels, "/", *options))
    talk = stage({"начнём": surely("offer")}, bundle=small_bundle(made, mark=mark))
    assert "Что?" in tell(talk, "начнём")
    return talk


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Ссылка не пришла", "нет, ссылка не пришла"),
        ("Другой день", "нет, другой день"),
        ("Другой день", "лучше другой день, пожалуйста"),
        ("Вернуть", "хочу вернуть"),
        ("Вернуть", "да, вернуть"),
        ("Подключить", "мне надо подключить, спасибо"),
        ("Нет, не надо", "да нет, не надо, спасибо"),
        ("Another city", "no, another city"),
        ("Get connected", "i want to get connected, please"),
    ],
)
def test_a_button_is_pressed_by_its_label_in_a_sentence(label: str, text: str) -> None:
    assert "Ещё вопрос?" in tell(offering(label, "Остальное"), text)


@pytest.mark.parametrize(
    ("label", "text"),
    [
        ("Подключить", "не подключить"),
        ("Подключить", "не хочу подключить"),
        ("Подключить", "не надо подключить"),
        ("Подключить", "нет, подключить"),
        ("Подключить", "подключить нет"),
        ("Подключить", "подключить не надо"),
        ("Подключить", "нельзя подключить"),
        ("Подключить", "да, подключить завтра"),
        ("Подключить", "я передумал подключить"),
        ("Подключить", "а можно подключить?"),
        ("Подключить", "что за подключить"),
        ("Вернуть", "получилось вернуть"),
        ("Get connected", "i don't want to get connected"),
        ("Get connected", "do not get connected"),
        ("Get connected", "never get connected"),
        ("Get connected", "what of get connected"),
    ],
)
def test_a_label_in_a_sentence_that_does_not_ask_for_it_presses_nothing(
    label: str, text: str
) -> None:
    assert "<choose_again>" in tell(offering(label, "Остальное"), text)


@pytest.mark.parametrize(
    ("text", "kit"),
    [
        ("нужны роутер и приставка", "Роутер и приставка"),
        ("мне бы только роутер", "Роутер"),
        ("возьму роутер, другой тариф не нужен", "Роутер"),
        ("роутер или приставка", None),
    ],
)
def test_the_longest_option_in_a_sentence_is_meant(text: str, kit: str | None) -> None:
    kits = ("Роутер", "Приставка", "Роутер и приставка")
    talk = offering("Другой тариф", options=kits)
    tell(talk, text)
    assert talk.slots().get("kit") == kit


@pytest.mark.parametrize(
    ("text", "picked"),
    [
        ("100", "до 100 Мбит/с"),
        ("а расскажите про первый", "до 1 Гбит/с"),
        ("второй?", "до 100 Мбит/с"),
        ("последний, пожалуйста", "до 100 Мбит/с"),
        ("не гигабит, а базовый 100", "до 100 Мбит/с"),
        ("нет, базовый 100", "до 100 Мбит/с"),
        ("не надо базовый", ""),
        ("базовый мне не нужен", ""),
        ("не 100", ""),
        ("за 100 рублей", ""),
        ("есть дешевле 100", ""),
        ("100 мегабит", "до 100 Мбит/с"),
        ("второй раз спрашиваю", ""),
        ("третий", ""),
    ],
)
def test_an_option_is_named_in_many_ways_and_denied_in_some(text: str, picked: str) -> None:
    items = [
        {"code": "g1", "name": "Гигабит", "about": "до 1 Гбит/с"},
        {"code": "b1", "name": "Базовый 100", "about": "до 100 Мбит/с"},
    ]
    talk = stage(
        {"тарифы в питере": surely("tariffs")}, services={"catalog.tariffs": [{"items": items}]}
    )
    tell(talk, "тарифы в питере")
    said = tell(talk, text)
    assert (picked in said) if picked else ("до 1" not in said)


@pytest.mark.parametrize("text", ["сходитса", "вижу справо"])
def test_another_wording_of_a_button_may_have_a_slip(text: str) -> None:
    assert "Записал" in tell(confirming(), text)


def _pressed(text: str, labels: tuple[str, ...]) -> str:
    """The button of a question that a text presses, by its label."""
    ways = [Say(id=f"way{n}", text=f"<{label}>", next="end") for n, label in enumerate(labels)]
    buttons = [Button(key=f"b{n}", label=label, go=f"way{n}") for n, label in enumerate(labels)]
    made = scenario(
        "offer", Choose(id="q", text="Что?", buttons=tuple(buttons)), *ways, Return(id="end")
    )
    talk = stage({"начнём": surely("offer")}, bundle=small_bundle(made, mark="|".join(labels)))
    tell(talk, "начнём")
    said = tell(talk, text)
    return next((label for label in labels if f"<{label}>" in said), "")


LABELS = ("Скачать чек", "Сверка", "Прислать копию", "Справка")


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("первый", "Скачать чек"),
        ("второе пожалуйста", "Сверка"),
        ("давайте третью", "Прислать копию"),
        ("мне последнее", "Справка"),
        ("2-й", "Сверка"),
        ("the second one", "Сверка"),
        ("last", "Справка"),
    ],
)
def test_a_place_word_presses_the_button_that_stands_there(text: str, label: str) -> None:
    assert _pressed(text, LABELS) == label


@pytest.mark.parametrize(
    "text",
    [
        "пятый", "второй?", "не второй", "второй раз", "второй или третий", "что за второй",
        "второй тариф", "second", "give me a second", "первого числа", "нет, второй",
    ],
)  # fmt: skip
def test_a_place_word_in_other_words_presses_nothing(text: str) -> None:
    assert _pressed(text, LABELS) == ""


@pytest.mark.parametrize(
    ("labels", "text", "label"),
    [
        (("Второй этаж", "Первый этаж"), "первый", "Первый этаж"),
        (("Второй этаж", "Первый этаж"), "последний", ""),
        (("Последний чек", "Все чеки"), "последний", "Последний чек"),
        (("2 дня", "1 день"), "первый", ""),
        (("Договор 1", "Договор 2"), "второй", "Договор 2"),
        (("На 100", "На 500"), "второй", "На 500"),
        (("Да", "Нет"), "да, второй", ""),
    ],
)
def test_labels_that_are_counted_themselves_are_no_places(
    labels: tuple[str, ...], text: str, label: str
) -> None:
    assert _pressed(text, labels) == label


def test_places_are_not_counted_where_a_link_stands_among_the_buttons() -> None:
    assert "<choose_again>" in tell(stage(SCENES), "меню", "третий")


def test_at_a_question_only_its_options_have_places() -> None:
    talk = offering("Другой тариф", options=("Роутер", "Приставка"))
    assert "Что?" not in tell(talk, "последний")
    assert talk.slots() == {"kit": "Приставка"}
    assert tell(stage(SCENES), "баланс", "первый") == "Нужно 8 цифр."


@pytest.mark.parametrize("text", ["второе", "the second one"])
def test_a_place_word_picks_one_of_the_suggested_topics(text: str) -> None:
    talk = stage({"туда": perhaps("tariffs", "balance")})
    tell(talk, "туда")
    assert "Номер счёта?" in tell(talk, text)

"""What a text means, and how little it costs to ask."""

import subprocess
import sys
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from core.scenario.model import (
    Button,
    Choice,
    Choose,
    City,
    Scenario,
    Slot,
    Thresholds,
    Translation,
)
from core.understanding import corpus, model
from core.understanding.encoders import Ngrams
from core.understanding.reader import Reader, packed_model, reader_of
from core.understanding.training import trained
from tests.core.understanding.build import COMMON, EXAMPLES, bot, bundle, scenario

_LIMITS = {"ngram": Thresholds(answer_from=0.45, suggest_from=0.2)}
_BUNDLE = bundle(hash="a" * 64, thresholds=_LIMITS)
_READER = Reader(_BUNDLE)
_DAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("забыл пароль", "password"),
        ("ПАРОЛЬ НЕ ПОДХОДИТ!!!", "password"),
        ("pf,sk gfhjkm", "password"),
        ("zabyl parol", "password"),
        ("сколько стоит интернет в месяц", "tariffs"),
        ("позовите оператора пожалуйста", "operator"),
        ("спасибо!", "thanks"),
    ],
)
def test_a_clear_question_is_answered_at_once(text: str, best: str) -> None:
    meaning = _READER.meaning(text)
    assert (meaning.zone, meaning.best) == ("answer", best)
    assert meaning.ranked[0][0] == best
    assert meaning.answer_from == 0.45


@pytest.mark.parametrize(
    ("text", "best"),
    [
        ("ну короче блин забыл пароль блять", "password"),
        ("hey guys забыл пароль", "password"),
        ("вчера весь вечер сидел и вспоминал ничего не вышло забыл пароль а завтра на работу",
         "password"),
        ("мы тут с женой решили и хотим узнать сколько стоит интернет и можно ли без телевизора",
         "tariffs"),
    ],
)  # fmt: skip
def test_what_is_said_without_any_sentence_is_heard_all_the_same(text: str, best: str) -> None:
    meaning = _READER.meaning(text)
    assert (meaning.zone, meaning.best) == ("answer", best)


def test_who_speaks_of_two_topics_at_a_time_is_asked_which() -> None:
    meaning = _READER.meaning(
        "я вчера забыл пароль от кабинета и хочу знать сколько стоит интернет"
    )
    assert meaning.zone == "suggest"
    assert {name for name, _ in meaning.ranked[:2]} == {"password", "tariffs"}


@pytest.mark.parametrize(
    "text",
    [
        "вчера весь вечер сидел и варил борщ по бабушкиному рецепту а потом пришли гости",
        "расскажи мне на ночь длинную сказку про кота и собаку которые жили у моря",
    ],
)
def test_a_long_story_of_something_else_is_none_of_our_topics(text: str) -> None:
    assert _READER.meaning(text).zone == "rephrase"


def test_what_is_not_ours_is_not_understood() -> None:
    meaning = _READER.meaning("какой сегодня курс доллара")
    assert (meaning.zone, meaning.best) == ("rephrase", "oos")
    assert all(name != "oos" for name, _ in meaning.ranked)


@pytest.mark.parametrize(
    "text", ["фывапролдж", "asdfgh", "77001234", "👍", "?", "", "\ud800"], ids=ascii
)
def test_a_text_without_a_known_word_is_not_understood(text: str) -> None:
    assert _READER.meaning(text).zone == "rephrase"


def test_another_form_of_a_known_word_is_known() -> None:
    assert _READER.is_known("тарифов")
    assert _READER.is_known("кабинетом")
    assert not _READER.is_known("холодильник")


def test_a_careful_scenario_needs_a_surer_word() -> None:
    limits = {"ngram": Thresholds(answer_from=0.0, suggest_from=0.0)}
    text = "пароль от интернета"
    usual = Reader(bundle(thresholds=limits)).meaning(text)
    assert usual.zone == "answer"
    sure = usual.ranked[0][1]
    limits = {"ngram": Thresholds(answer_from=sure - 0.05, suggest_from=0.0)}
    scenarios = dict(bundle().scenarios)
    assert Reader(bundle(thresholds=limits)).meaning(text).zone == "answer"
    scenarios[usual.best] = replace(scenarios[usual.best], careful=True)
    careful = Reader(bundle(thresholds=limits, scenarios=scenarios)).meaning(text)
    assert careful.zone == "suggest"


def test_two_topics_alike_are_offered_not_started() -> None:
    limits = {"ngram": Thresholds(answer_from=0.25, suggest_from=0.2)}
    twins = {name: scenario(name, *EXAMPLES["tariffs"]) for name in ("one", "two")}
    meaning = Reader(bundle(scenarios=twins, thresholds=limits)).meaning("какие у вас тарифы")
    assert meaning.zone == "suggest"
    assert {name for name, _ in meaning.ranked[:2]} == {"one", "two"}


@pytest.mark.parametrize(
    "text",
    [
        "Добрый день! Уже второй час сижу. Не могу войти в личный кабинет. Спасибо большое!",
        "Добрый день вам\nНе могу войти в личный кабинет\nСпасибо большое",
        "Не могу войти в личный кабинет; благодарю за помощь заранее…",
    ],
)
def test_the_surest_sentence_of_a_long_message_decides(text: str) -> None:
    meaning = _READER.meaning(text)
    assert (meaning.zone, meaning.best) == ("answer", "password")


def test_thanks_decide_when_nothing_else_is_said() -> None:
    assert _READER.meaning("Добрый вечер дорогие. Спасибо большое за помощь!").best == "thanks"


def test_not_examples_are_foreign_unless_they_are_examples_elsewhere() -> None:
    own = scenario("a", "Первая фраза", not_examples=("Вторая фраза", "Третья фраза"))
    other = scenario("b", "Вторая фраза!")
    inner = scenario("c", "Внутренняя фраза", internal=True)
    face = Translation(examples=("First phrase",), not_examples=("Third phrase",))
    made = bundle(
        scenarios={"a": own, "b": other, "c": inner},
        common={},
        translations={"en": {"a": face}},
    )
    labels = {phrase.text: phrase.label for phrase in Reader(made).phrases}
    assert labels == {
        "первая фраза": "a",
        "first phrase": "a",
        "вторая фраза": "b",
        "третья фраза": "oos",
        "third phrase": "oos",
    }


def test_words_of_labels_cities_and_settings_are_known_and_foreign_ones_are_not() -> None:
    button = Button(key="k", label="Подключиться", also=("оформить",), go="x")
    step = Choose(id="q", text="Выберите", buttons=(button,))
    asking = Scenario(id="s", title="s", start="q", steps={"q": step})
    face = Translation(texts={"q.buttons.k": "Connect", "q.choose": "Pick one"})
    made = bundle(
        bot=bot(words={"menu": ("в меню",)}, synonyms={"инет": "интернет"}),
        scenarios={"s": asking},
        common={"oos": ("Сварить борщ",), "thanks": ("Благодарю",)},
        translations={"en": {"s": face}},
    )
    known = corpus.known_words(made)
    assert known == {
        *("подключиться", "оформить", "connect"),
        *("в", "меню"),
        *("инет", "интернет"),
        "благодарю",
    }


def test_a_bundle_without_phrases_understands_nothing_and_does_not_fail() -> None:
    empty = Reader(bundle(scenarios={}, common={}))
    assert empty.meaning("привет").zone == "rephrase"
    assert packed_model(bundle(scenarios={}, common={})) == b""


def test_a_bundle_of_one_topic_works() -> None:
    one = Reader(bundle(scenarios={"a": scenario("a", "Привет", "Здравствуйте")}, common={}))
    assert one.meaning("привет").best == "a"


# -- the stored model


def test_a_stored_model_says_the_same_as_a_trained_one() -> None:
    raw = packed_model(_BUNDLE)
    restored = Reader(_BUNDLE, raw)
    for texts in (*EXAMPLES.values(), *COMMON.values()):
        for text in texts:
            assert restored.meaning(text + " пожалуйста") == _READER.meaning(text + " пожалуйста")


@pytest.mark.parametrize("damage", [b"", b"nonsense", b"\x80", b"\xc1"], ids=str)
def test_a_damaged_store_is_ignored(damage: bytes) -> None:
    assert Reader(_BUNDLE, damage).meaning("забыл пароль").best == "password"


def test_a_truncated_store_is_ignored() -> None:
    stored = trained(_READER.phrases, Ngrams()).stored
    for name in ("features", "df", "rows", "bias", "classes"):
        shorter = replace(stored, **{name: getattr(stored, name)[:-1]})
        assert model.unpacked(model.packed(model.Model(shorter))) is None


def test_a_model_of_other_phrases_is_ignored() -> None:
    raw = packed_model(bundle(scenarios={"x": scenario("x", "Забыл пароль")}))
    assert Reader(_BUNDLE, raw).meaning("забыл пароль").best == "password"


def test_a_stored_model_needs_no_numpy() -> None:
    code = (
        "import sys; from core.understanding.reader import Reader, packed_model;"
        "from tests.core.understanding.build import bundle;"
        "from core.scenario.model import Thresholds;"
        "made = bundle(thresholds={'ngram': Thresholds(answer_from=0.45, suggest_from=0.2)});"
        "raw = bytes.fromhex(sys.stdin.read());"
        "assert Reader(made, raw).meaning('забыл пароль').best == 'password';"
        "assert 'numpy' not in sys.modules"
    )
    raw = packed_model(bundle(thresholds=_LIMITS)).hex()
    subprocess.run([sys.executable, "-c", code], input=raw, text=True, check=True)


def test_training_twice_gives_the_same_bytes() -> None:
    first = model.packed(trained(_READER.phrases, Ngrams()))
    assert model.packed(trained(_READER.phrases, Ngrams())) == first


# -- readers are kept


def test_the_reader_of_a_hash_is_kept_and_of_no_hash_is_not() -> None:
    assert reader_of(_BUNDLE) is reader_of(_BUNDLE)
    assert reader_of(bundle()) is not reader_of(bundle())


def test_texts_with_numbers_of_accounts_and_codes_are_not_kept_in_memory() -> None:
    reader = Reader(_BUNDLE)
    reader.meaning("мой код 12 34 56")
    reader.normal("счёт 77001234")
    reader.normal("код один два три четыре пять шесть")
    assert reader._meaning.cache_info().currsize == 0
    assert reader._normal.cache_info().currsize == 0
    reader.meaning("забыл пароль")
    reader.meaning("забыл пароль")
    assert reader._meaning.cache_info().hits == 1


# -- values


def _found(kind: str, text: str, **more: object) -> object:
    slot = Slot(type=kind, title="", **more)  # type: ignore[arg-type]  # kinds of the test below
    return _READER.find(slot, text, today=_DAY)


def test_every_type_of_slot_is_searched_in_its_own_way() -> None:
    assert _found("account", "счёт 770012", length=6) == "770012"
    assert _found("account", "счёт 77001234") == "77001234"
    assert _found("digits", "12 34", length=4) == "1234"
    assert _found("date", "завтра") == "2026-11-25"
    assert _found("yes_no", "нет") is False
    assert _found("rating", "отлично") == 5
    assert _found("text", "  что угодно \n") == "что угодно"
    assert _found("text", "  ") is None
    assert _found("name", "Тариф") == "Тариф"
    assert _found("name", "тариф") is None
    assert _found("city", "казань") is None


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("Гигабит", "g"),
        ("давайте гигабит", "g"),
        ("самый быстрый", "g"),
        ("сто мегабит", "m"),
        ("100 Мбит", "m"),
        ("гигобит", "g"),
        ("Стартовый!", "s"),
        ("стартавый", "s"),
        ("гигабит или стартовый", None),
        ("что-то другое", None),
        ("", None),
        ("я вам уже писал вчера что хочу гигабит", None),
    ],
)
def test_a_choice_is_one_of_the_options_shown(text: str, key: str | None) -> None:
    options = (
        Choice(key="g", label="Гигабит", also=("самый быстрый", "гигобит")),
        Choice(key="m", label="100 мегабит", also=("сто мегабит",)),
        ("s", "Стартовый"),
    )
    assert _READER.find(Slot(type="choice", title=""), text, today=_DAY, choices=options) == key


def test_options_without_words_are_told_apart() -> None:
    options = (("up", "👍"), ("down", "👎"))
    slot = Slot(type="choice", title="")
    assert _READER.find(slot, "👎", today=_DAY, choices=options) == "down"


# -- likeness and corrections


@pytest.mark.parametrize(
    ("one", "two", "alike"),
    [
        ("обещанный платеж", "обещаный платеж", True),
        ("обещанный платеж", "обещанный платеж", True),
        ("прислать еще раз", "присалть еще раз", True),
        ("интернет не работает", "интернет работает", False),
        ("да получилось", "не получилось", False),
        ("тариф 100", "тариф 500", False),
        ("баланс", "тариф", False),
        ("а" * 500, "а" * 499, False),
    ],
)
def test_likeness_forgives_errors_and_no_change_of_sense(one: str, two: str, alike: bool) -> None:
    assert (_READER.similar(one, two) >= 0.85) is alike
    assert _READER.similar(one, two) == _READER.similar(two, one)
    assert _READER.similar(one, one) == 1


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("ой, ошибся, счёт 77004321", True),
        ("не тот город", True),
        ("не так, Казань", True),
        ("точнее 77004321", True),
        ("Вернее, Москва", True),
        ("другой счёт: 77004321", True),
        ("исправьте на 77004321", True),
        ("нет, 77004321", True),
        ("не 77001234, а 77004321", True),
        ("no, I meant Kazan", True),
        ("that's not my account", True),
        ("77004321", False),
        ("какой у меня баланс", False),
        ("не знаю", False),
        ("а у меня интернет не работает", False),
        ("", False),
    ],
)
def test_a_correction_is_known_by_its_marker(text: str, is_one: bool) -> None:
    assert _READER.corrects(text) is is_one


@pytest.mark.parametrize(
    ("kind", "text", "is_bare"),
    [
        ("city", "казань", True),
        ("city", "а в Казани?", True),
        ("city", "что насчёт города Казань", True),
        ("city", "пришлите мастера в казань", False),
        ("city", "не казань", False),
        ("account", "77004321", True),
        ("account", "а на номер 7700 4321?", True),
        ("account", "спишите с 77004321", False),
        ("speed", "а сто мегабит?", True),
        ("speed", "у меня не сто мегабит", False),
        ("date", "а на 25 ноября?", True),
        ("date", "мастер пришёл и ушёл 25 ноября", False),
    ],
)
def test_a_text_names_a_value_and_nothing_else(kind: Any, text: str, is_bare: bool) -> None:
    slot = Slot(type=kind, title="город" if kind == "city" else "номер")
    cities = {"kazan": City(label={"ru": "Казань"}, names=("казань",))}
    reader = Reader(replace(_BUNDLE, cities=cities))
    value = reader.find(slot, text, today=_DAY)
    assert value is not None
    assert reader.names_only(slot, text, value) is is_bare

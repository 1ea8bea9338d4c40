"""The rules about constants, labels and plurals: what can never be true, pressed or right."""

import pytest

from core.scenario.bundle import build
from core.scenario.findings import message
from tests.core.scenario.small_bot import CONFIRM, FILES, SERVICES
from tests.core.scenario.small_rules import (
    ACCOUNT,
    CITIES,
    CITY,
    DONE,
    HEAD,
    LOOK,
    TEXTS,
    codes,
    found,
)

_KINDS = (
    ACCOUNT.replace("account", "tariff")
    + "    options: [{key: one, label: Первый}, {key: two, label: Второй, also: [дважды]}]\n"
)


@pytest.mark.parametrize(
    ("condition", "meant"),
    [
        ("city == 'Питер'", "spb"),
        ("city != 'sbp'", "spb"),
        ("city in ['paris']", ""),
        ("'paris' == city", ""),
        ("tariff == 'zzz'", ""),
        ("tariff in ['Первый']", "one"),
        ("tariff not in ['one', 'дважды']", "two"),
        ("level == 'verifed'", "verified"),
        ("lang != 'eng'", "en"),
        ("desk_open and not (level == 'guest')", ""),
    ],
)
def test_a_condition_that_can_never_be_true_is_a_finding(condition: str, meant: str) -> None:
    steps = CITY + _KINDS + f'  - if: "{condition}"\n    then: []\n' + DONE
    files = {**FILES, "cities.yaml": CITIES, "ru/debt.yaml": HEAD + steps}
    findings = [f for f in build(files, TEXTS, SERVICES).findings if f.is_error]
    assert [(f.code, f.close) for f in findings] == [("E014", meant)]
    assert message(findings[0], "en") != message(findings[0], "ru")


@pytest.mark.parametrize(
    "condition",
    [
        "city == 'spb' and tariff in ['one', 'two']",
        "level in ['anonymous', 'linked', 'verified'] and lang == 'ru'",
        "city == '' or city == null",
        "account == 'zzz'",
        "b.title == 'zzz'",
    ],
)
def test_a_condition_that_can_be_true_is_no_finding(condition: str) -> None:
    steps = ACCOUNT + LOOK + CITY + _KINDS + f'  - if: "{condition}"\n    then: []\n' + DONE
    assert found(steps) == []


def test_a_choice_may_be_what_another_scenario_offers_or_a_service_gives() -> None:
    other = CONFIRM.replace("scenario: confirm", "scenario: other").replace(
        "data:", "data:\n  tariff: {type: choice, title: тариф}"
    )
    asks = _KINDS.replace("key: one", "key: three")
    condition = "  - if: tariff == 'three'\n    then: []\n" + DONE
    offering = {"ru/other.yaml": other.replace("steps:\n", "steps:\n" + asks)}
    assert codes(_KINDS + condition, **offering) == []
    picked = ACCOUNT.replace("account", "tariff") + (
        "    options_from: {of: b.items, key: name, label: Да}\n"
    )
    assert codes(ACCOUNT + LOOK + picked + condition) == []
    assert codes(_KINDS + condition, **{"ru/other.yaml": "format: 1\n"})[0] == "E002"
    assert "E014" not in codes(_KINDS + condition, **{"ru/other.yaml": "format: 1\n"})


@pytest.mark.parametrize("value", ["zzz", "Первый"])
def test_a_choice_is_not_set_to_what_is_no_option(value: str) -> None:
    assert codes(_KINDS + f"  - set: {{tariff: \"'{value}'\"}}\n" + DONE) == ["E014"]
    assert codes(_KINDS + "  - set: {tariff: \"'two'\"}\n" + DONE) == []


_TWO = (
    "  - choose: Ну?\n    id: c\n    buttons:\n      - {key: a, label: Да, %sgo: end}\n"
    "      - {key: b, label: %s, %sgo: end}\n" + DONE
)


@pytest.mark.parametrize(
    ("more", "label", "other", "wrong"),
    [
        ("", "Нет", "", False),
        ("", "Да", "", True),
        ("", "да.", "", True),
        ("also: [ага], ", "Ага", "", True),
        ("", "Нет", "also: [неа, ДА], ", True),
        ("also: [ага], ", "Нет", "also: [ага], ", True),
        ("also: [да], ", "Нет", "", False),
        # one stands for the other
        ("show_if: desk_open, ", "Да", "show_if: not desk_open, ", False),
        ("show_if: desk_open, ", "Да", "", True),
    ],
)
def test_a_wording_presses_one_button_of_a_step(
    more: str, label: str, other: str, wrong: bool
) -> None:
    assert codes(_TWO % (more, label, other)) == (["E010"] if wrong else [])


def test_an_option_and_a_button_may_not_have_one_label() -> None:
    steps = ACCOUNT.replace("account", "tariff") + (
        "    options: [{key: one, label: Первый}, {key: two, label: Второй}]\n"
        "    buttons: [{key: b, label: второй, go: end}]\n"
    )
    assert found(steps + DONE) == [
        (
            "E010",
            "«второй» — надпись или другое название и другой кнопки этого шага: "
            "напишут это, и нажмётся первая",
        )
    ]


def test_translated_labels_are_told_apart_too() -> None:
    files = {
        "i18n/en/debt.yaml": "format: 1\ntranslates: debt\nlanguage: en\ntexts:\n"
        '  c.buttons.a: {from: "", text: Yes}\n  c.buttons.b: {from: "", text: "No", also: [yes]}\n'
    }
    assert "E010" in codes(_TWO % ("", "Нет", ""), **files)
    right = {name: text.replace("also: [yes]", "also: [nope]") for name, text in files.items()}
    assert "E010" not in codes(_TWO % ("", "Нет", ""), **right)


def test_a_plural_has_as_many_forms_as_its_language() -> None:
    say = ACCOUNT + LOOK + "  - say: '{b.amount|plural: %s}'\n    id: told\n" + DONE
    assert codes(say % "рубль, рубля, рублей") == []
    assert codes(say % "рубль, рубля") == ["E015"]
    english = (
        "format: 1\ntranslates: debt\nlanguage: en\ntexts:\n"
        "  told.say: {from: '', text: '{b.amount|plural: rouble, roubles}'}\n"
    )
    assert codes(say % "рубль, рубля, рублей", **{"i18n/en/debt.yaml": english}) == []
    three = english.replace("language: en", "language: uk").replace("rouble,", "rouble, rouble,")
    bot = FILES["ru/bot.yaml"].replace("[ru, en]", "[ru, uk]")
    files = {"ru/bot.yaml": bot, "i18n/uk/debt.yaml": three}
    assert "E015" not in codes(say % "рубль, рубля, рублей", **files)


@pytest.mark.parametrize(
    ("text", "strange"),
    [
        ("Вы {place}-й", ""),
        ("Вы {plac}-й", "plac"),
        ("Вы {}-й", "{}"),
        ("Вы {place!r}-й", "place!r"),
        ("Вы {place:d}-й", "place:d"),
        ("Вы {{place}-й", "{"),
    ],
)
def test_a_sentence_of_the_engine_has_no_values_but_its_own(text: str, strange: str) -> None:
    bot = FILES["ru/bot.yaml"].replace("texts: {welcome: Рады помочь}", f'texts: {{at: "{text}"}}')
    built = build({**FILES, "ru/bot.yaml": bot}, {"ru": {"at": "{place}"}, "en": {}}, SERVICES)
    told = [(one.code, one.values.get("name")) for one in built.findings if one.is_error]
    assert told == ([("E014", strange)] if strange else [])

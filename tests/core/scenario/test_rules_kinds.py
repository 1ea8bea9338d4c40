"""The rules about kinds, secrets and names: what compares, what may be told, what is taken."""

import pytest

from tests.core.scenario.small_bot import CONFIRM
from tests.core.scenario.small_rules import ACCOUNT, DONE, HEAD, LOOK, codes, found


@pytest.mark.parametrize(
    ("condition", "fits"),
    [
        ("b.amount < 5", True),
        ("b.amount == null", True),
        ("b.title == 'x'", True),
        ("b.title in ['x', 'y']", True),
        ("b.until != null and b.until > '2026-12-01'", True),
        ("b.amount < '5'", False),
        ("b.title == 5", False),
        ("b.amount in ['x']", False),
        ("sure != null and sure > 1", False),
        ("b.title in b.amount", False),
        ("'x' in b.title", True),
    ],
)
def test_kinds_are_compared_at_load(condition: str, fits: bool) -> None:
    steps = ACCOUNT + LOOK + f'  - if: "{condition}"\n    then: []\n' + DONE
    assert ("E018" in codes(steps)) is not fits, found(steps)


@pytest.mark.parametrize(
    "steps",
    [
        ACCOUNT.replace("account", "code") + "  - if: code == '1'\n    then: []\n" + DONE,
        ACCOUNT.replace("account", "code") + "  - set: {account: code}\n" + DONE,
        ACCOUNT.replace("account", "code")
        + "  - escalate: {reason: x, summary: 'код {code|или: нет}'}\n",
        ACCOUNT.replace("account", "code") + "  - run: confirm\n    with: {account: code}\n" + DONE,
    ],
)
def test_a_secret_goes_to_a_service_and_nowhere_else(steps: str) -> None:
    assert codes(steps) == ["E028"]


def test_a_secret_in_with_of_a_call_is_allowed_only_whole() -> None:
    ask = ACCOUNT + ACCOUNT.replace("account", "code")
    call = "  - call: auth.check\n    id: check\n    with: {account: account, code: %s}\n"
    errors = "    errors: {any: []}\n"
    assert codes(ask + call % "code" + errors + DONE) == []
    assert codes(ask + call % "'code and account'" + errors + DONE)[-1] == "E028"


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ("  - set: {city: 5}\n", "E018"),
        ("  - set: {sure: 5}\n", "E018"),
        ("  - set: {city: true}\n", "E018"),
        ("  - set: {sum: true}\n", "E018"),
        ("  - set: {city: -0.5}\n", "E018"),
        ("  - set: {city: \"'atlantis'\"}\n", "E014"),
        ("  - run: confirm\n    with: {account: 5}\n", "E018"),
        ("  - run: confirm\n    with: {account: sum == 1}\n", "E018"),
        ("  - run: find\n    with: {city: \"'atlantis'\"}\n", "E014"),
        ("  - run: find\n    with: {city: 5}\n", "E018"),
        (LOOK.replace("account: account", "account: 5"), "E018"),
        (LOOK.replace("account: account", "account: \"'1'\", months: true"), "E018"),
    ],
)
def test_a_constant_of_another_kind_is_a_finding(steps: str, code: str) -> None:
    own = HEAD.replace("data:", "data:\n  sum: {type: money, title: сумма}")
    steps = "  - set: {sum: 7}\n" + steps
    find = CONFIRM.replace("scenario: confirm", "scenario: find").replace(
        "data:", "data:\n  city: {type: city, title: город}"
    )
    files = {"ru/debt.yaml": own + steps + DONE, "ru/find.yaml": find}
    assert codes("", **files) == [code]


@pytest.mark.parametrize(
    "steps",
    [
        "  - set: {city: \"'spb'\", sure: true, tariff: null}\n",
        "  - run: confirm\n    with: {account: \"'77001234'\"}\n",
        LOOK.replace("account: account", "account: \"'1'\", months: 3"),
        LOOK.replace("account: account", "account: \"'1'\", months: null"),
    ],
)
def test_a_constant_of_the_right_kind_is_no_finding(steps: str) -> None:
    assert found(steps + DONE) == []


@pytest.mark.parametrize(
    ("of", "key", "wrong"),
    [
        ("b.items", "name", []),
        ("b.items", "code", ["E014"]),
        # a list that is itself wrong is told once
        ("b.itms", "name", ["E014"]),
        ("b.title", "code", ["E018"]),
    ],
)
def test_the_key_of_options_is_a_field_of_their_list(of: str, key: str, wrong: list[str]) -> None:
    pick = ACCOUNT.replace("account", "tariff") + (
        f"    options_from: {{of: {of}, key: {key}, label: Да, save_item: picked}}\n"
    )
    assert codes(ACCOUNT + LOOK + pick + DONE) == wrong


_OWN_WORDS = ["level", "lang", "desk_open", "error", "item", "links", "null", "none", "true", "and"]


@pytest.mark.parametrize("name", [*_OWN_WORDS, "in", "pass", "class"])
def test_no_slot_takes_a_word_of_the_language(name: str) -> None:
    own = HEAD.replace("data:", f"data:\n  {name}: {{type: text, title: слово}}")
    ask = ACCOUNT.replace("ask: account", f"ask: '{name}'")
    sentence = f"«{name}» — слово самого языка сценариев, дайте слоту другое имя"
    assert found("", **{"ru/debt.yaml": own + ask + DONE}) == [("E010", sentence)]


def test_what_the_name_of_a_slot_makes_unreadable_is_told_at_the_slot() -> None:
    own = HEAD.replace("data:", "data:\n  class: {type: text, title: класс}")
    ask = ACCOUNT.replace("account", "class")
    condition = "  - if: class == 'a' and city == null\n    then: []\n"
    assert codes("", **{"ru/debt.yaml": own + ask + condition + DONE}) == ["E010"]
    assert codes(condition + DONE) == ["E015"]


@pytest.mark.parametrize("name", ["class", "not"])
def test_no_result_takes_a_word_of_the_language(name: str) -> None:
    assert codes(ACCOUNT + LOOK.replace("save: b", f"save: {name}") + DONE) == ["E010"]


@pytest.mark.parametrize("name", ["level", "lang", "error", "item", "links"])
def test_what_a_sub_scenario_returns_may_not_take_the_name_of_a_fact(name: str) -> None:
    finds = CONFIRM.replace("return: {}", "return: {known: account}")
    steps = f"  - run: confirm\n    save: {{{name}: known}}\n" + DONE
    assert codes(steps, **{"ru/confirm.yaml": finds}) == ["E010"]


def test_what_a_sub_scenario_returns_may_fill_a_slot() -> None:
    finds = CONFIRM.replace("return: {}", "return: {known: account}")
    steps = "  - run: confirm\n    save: {account: known, found: known}\n" + DONE
    assert found(steps, **{"ru/confirm.yaml": finds}) == []


SILENCE = "  - choose: А?\n    id: a\n    silence: {after: 15}\n    buttons: []\n"


@pytest.mark.parametrize(
    ("steps", "code", "remedy"),
    [
        ("  - if: city == spb\n    then: []\n", "E014", "в одинарные кавычки: 'spb'"),
        ("  - set: {city: spb}\n", "E014", "в одинарные кавычки: 'spb'"),
        ("  - if: city = 'spb'\n    then: []\n", "E015", "двумя знаками =="),
        (SILENCE, "E002", "30s, 15m, 2h"),
    ],
)
def test_a_slip_of_a_beginner_is_told_with_its_remedy(steps: str, code: str, remedy: str) -> None:
    assert any(told == code and remedy in words for told, words in found(steps + DONE))


def test_quotes_are_no_remedy_for_a_misspelt_name() -> None:
    assert all("кавычки" not in words for _, words in found("  - set: {city: citi}\n" + DONE))


def test_a_number_in_quotes_is_told_to_be_a_number() -> None:
    quoted = HEAD.replace("format: 1", 'format: "1"') + DONE
    ((code, words),) = found("", **{"ru/debt.yaml": quoted})
    assert (code, words) == ("E002", "здесь нужно число, а написан текст «1»: уберите кавычки")

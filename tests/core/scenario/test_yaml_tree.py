"""YAML 1.2 as a tree in which everything knows its place."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.scenario.yaml_tree import LARGEST, Spot, YamlProblem, read


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("yes", "yes"),
        ("no", "no"),
        ("12:30", "12:30"),
        ("2026-11-20", "2026-11-20"),
        ("+7 921", "+7 921"),
        ("007", "007"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        (".inf", ".inf"),
        ("true", True),
        ("null", None),
        ("", None),
        ("77001234", 77001234),
        ("-350.5", -350.5),
        ("'77001234'", "77001234"),
        ('"да"', "да"),
    ],
)
def test_only_plain_words_of_json_are_no_text(source: str, value: Any) -> None:
    assert read(f"a: {source}").plain() == {"a": value}


def test_keys_are_text() -> None:
    assert read("true: 1\nnull: 2\n3: 4").plain() == {"true": 1, "null": 2, "3": 4}


TREE = """\
steps:
  - ask: city   # which
    buttons:
      - {key: a, label: "Да"}
      - key: b
"""


def test_a_field_is_shown_at_its_key_and_an_element_at_its_start() -> None:
    tree = read(TREE)
    assert tree.at("steps") == Spot(1, 1, 6)
    assert tree.at("steps", 0) == Spot(2, 5, 8)
    assert tree.at("steps", 0, "buttons", 0, "label") == Spot(4, 18, 23)
    assert tree.at("steps", 0, "buttons", 1, "key") == Spot(5, 9, 12)


def test_what_does_not_exist_is_shown_at_the_nearest_thing_that_does() -> None:
    tree = read(TREE)
    assert tree.at("steps", 0, "text") == tree.at("steps", 0)
    assert tree.at("steps", 7) == tree.at("steps")


def test_aliases_are_allowed_under_tests_only() -> None:
    shared = read("tests:\n  - a: &x {b: 1}\n  - a: *x\n").plain()
    assert shared == {"tests": [{"a": {"b": 1}}, {"a": {"b": 1}}]}
    with pytest.raises(YamlProblem) as caught:
        read("steps:\n  - a: &x {b: 1}\n")
    assert (caught.value.code, caught.value.spot.line) == ("E004", 2)


def test_a_laughing_file_is_too_large() -> None:
    lines = ["tests:", "  - &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"  - &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]
    with pytest.raises(YamlProblem) as caught:
        read("\n".join(lines))
    assert (caught.value.code, caught.value.key) == ("E004", "large")


def test_an_alias_of_itself_is_refused() -> None:
    with pytest.raises(YamlProblem):
        read("tests: &x [*x]")


@pytest.mark.parametrize("text", ["[" * 100_000, "- " * 5_000, "{a: " * 5_000])
def test_a_deep_file_is_a_finding_and_no_crash(text: str) -> None:
    with pytest.raises(YamlProblem) as caught:
        read(text)
    assert caught.value.key == "deep"


def test_a_file_over_256_kilobytes_is_not_read() -> None:
    with pytest.raises(YamlProblem) as caught:
        read("a: " + "я" * LARGEST)
    assert caught.value.key == "large"


@pytest.mark.parametrize(
    "text",
    [
        "{account} принят",
        "{account}, спасибо",
        "{b.amount|abs|money}. Оплатите",
        "{picked.name|или: не выбран} — ваш тариф",
        "{n|plural: день, дня, дней} до оплаты",
        "{account}{city}",
        "{account}! Готово",
        "{account}? Да",
        "{account} & {city}",
        "{account} - ваш счёт",
        "{account}'s",
        "{city}%",
        "{{account}}",
    ],
)
def test_a_text_that_begins_with_a_value_wants_quotes(text: str) -> None:
    with pytest.raises(YamlProblem) as caught:
        read(f"steps:\n  - say: {text}\n    id: x\n")
    problem = caught.value
    assert (problem.code, problem.key, problem.what) == ("E001", "start", "{")
    assert (problem.spot.line, problem.spot.column) == (2, 10)


@pytest.mark.parametrize("text", ["{account} принят", "{account}: принят", "{{account}}"])
@pytest.mark.parametrize("holder", ["- {key: a, label: %s, go: b}", "- %s", "[x, %s]"])
def test_so_does_one_in_braces_or_in_a_list(holder: str, text: str) -> None:
    with pytest.raises(YamlProblem) as caught:
        read(f"steps:\n  {holder % text}\n")
    problem = caught.value
    assert (problem.key, problem.what) == ("start", "{")
    assert (problem.spot.line, problem.spot.column) == (2, 3 + holder.index("%"))


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('"{account}" принят', "after"),
        ("Счёт {account}: принят", "colon"),
        ("{key: a, label: Да} принят", "after"),
        ("{key: a, {label: Да}}", "braces"),
        ("{account", "braces"),
    ],
)
def test_another_slip_near_a_brace_is_told_as_what_it_is(text: str, key: str) -> None:
    with pytest.raises(YamlProblem) as caught:
        read(f"steps:\n  - say: {text}\n    id: x\n")
    assert caught.value.key == key


@pytest.mark.parametrize(
    ("source", "key", "place"),
    [
        ("a:\n  - ask: city\n    id: x\n      text: В каком?\n", "indent", (4, 7)),
        ("format: 1\n  scenario: x\n", "indent", (2, 3)),
        ("a:\n  - ask: city\n\u00a0\u00a0 id: x\n    text: y\n", "character", (3, 1)),
        ('a:\n  - text: "Где?\n    wrong: x\n  - say: "{b}: c"\n', "quote", (2, 11)),
        ("a:\n  - text: 'Где?\n    wrong: 'x'\n", "quote", (2, 11)),
        ('a: "Где\n  и как" x\n', "after", (2, 10)),
        ("format: 1\ntitle:Часы\nexamples:\n", "missing_colon", (2, 1)),
        ("format: 1\ntitle:Часы\n", "missing_colon", (2, 1)),
        ("a:\n  - b: c\n  -return: {}\n", "space", (3, 3)),
        ("a:\n  - b\n  -c\n  - d\n", "space", (3, 3)),
        ("a:\n  b: ? Когда приедет мастер\n", "start", (2, 6)),
        ("a:\n  b: !Срочно\n", "start", (2, 6)),
        ("a:\n  b: | Текст\n", "block", (2, 6)),
        ("a:\n  b: > Текст\n", "block", (2, 6)),
        ('a:\n  b: "C:\\x"\n', "escape", (2, 11)),
    ],
)
def test_a_slip_of_a_beginner_is_shown_where_it_is_mended(
    source: str, key: str, place: tuple[int, int]
) -> None:
    with pytest.raises(YamlProblem) as caught:
        read(source)
    spot = caught.value.spot
    assert (caught.value.key, spot.line, spot.column) == (key, *place)


@given(st.text(alphabet="ab:-{}[]'\"&*!|>#%@`,?~ \n\t\r\u2028я0", max_size=60))
def test_any_text_is_a_tree_or_a_problem_within_it(text: str) -> None:
    spot = Spot()
    try:
        read(text).plain()
    except YamlProblem as problem:
        spot = problem.spot
    assert 1 <= spot.line <= len(text.splitlines()) + 1
    assert spot.column >= 1

"""The runner of inline tests: what fails a test, what it prints, what it records."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.doubles import misfit
from core.scenario.model import Signature
from core.scenario.stories import Expect, Identity, Line, ScenarioTest
from core.scenario.tests_report import lines, record, summary, why
from core.scenario.tests_runner import Report, run
from core.scenario.trace import Mark
from core.updates import Meaning
from tests.fakes.bundles import SERVICES, small_bundle
from tests.fakes.talk import BUTTONS, NOTHING, stage, surely, tell

MEANINGS = {"баланс": surely("balance"), "тарифы в питере": surely("tariffs")}


def meaning(text: str) -> Meaning:
    return MEANINGS.get(text, NOTHING)


def played(
    *talk: tuple[str, str],
    expect: Expect | None = None,
    services: Mapping[str, Any] | None = None,
    level: str = "anonymous",
    capabilities: Capabilities = BUTTONS,
) -> Report:
    test = ScenarioTest(
        name="Проба",
        scenario="balance",
        talk=tuple(
            Line(kind=kind, time=timedelta(minutes=15))  # type: ignore[arg-type]  # a kind
            if kind == "silence"
            else Line(kind=kind, text=text)  # type: ignore[arg-type]  # a kind
            for kind, text in talk
        ),
        identity=Identity(level=level, account="77001234"),  # type: ignore[arg-type]  # a level
        services={
            name: tuple(answers)
            for name, answers in (SERVICES if services is None else services).items()
        },
        expect=expect or Expect(),
    )
    return run(small_bundle(), [test], capabilities=capabilities, policy=Policy(), meaning=meaning)


def reason(report: Report) -> str:
    assert len(report.failed) == 1, report
    return why(report.failed[0])


def test_test_whose_lines_all_hold_passes() -> None:
    report = played(
        ("user", "баланс"),
        ("bot", "на СЧЁТЕ 77001234   — -350,50 ₽"),
        ("bot", "Показать ещё?"),
        ("not_bot", "код"),
        ("silence", ""),
        ("bot", "Вы ещё здесь?"),
        ("press", "no"),
        ("bot", "Пожалуйста"),
        expect=Expect(
            result="solved",
            closed=True,
            rating=True,
            scenario="balance",
            not_scenario="tariffs",
            level="verified",
            reopened=False,
            data={"account": "77001234"},
            calls={"billing.balance": 1, "auth.send": 0},
        ),
        level="verified",
    )
    assert report.failed == ()


@pytest.mark.parametrize(
    ("talk", "text"),
    [
        ([("user", "баланс"), ("bot", "Погода")], "бот не сказал «Погода»"),
        ([("user", "баланс"), ("not_bot", "номер")], "бот сказал «номер», а не должен был"),
        ([("user", "баланс"), ("press", "x")], "сейчас нет кнопки «x»; есть: unknown"),
    ],
)
def test_line_that_does_not_hold_fails_the_test(talk: list[tuple[str, str]], text: str) -> None:
    assert reason(played(*talk)) == text


def test_words_are_expected_in_the_order_in_which_they_are_said() -> None:
    talk = [("user", "баланс"), ("bot", "Показать ещё?"), ("bot", "На счёте")]
    assert played(*talk, level="verified").failed == ()  # one message holds both
    apart = [("user", "баланс"), ("user", "77001234"), ("bot", "Код"), ("bot", "Номер счёта")]
    assert reason(played(*apart)) == "бот не сказал «Номер счёта»"


@pytest.mark.parametrize(
    "expect",
    [
        Expect(result="solved"),
        Expect(escalated="anything"),
        Expect(queue="sales"),
        Expect(closed=True),
        Expect(scenario="tariffs"),
        Expect(not_scenario="balance"),
        Expect(data={"account": "1"}),
        Expect(calls={"billing.balance": 3}),
        Expect(rating=True),
        Expect(level="verified"),
        Expect(reopened=True),
    ],
)
def test_expectation_that_does_not_hold_fails_the_test(expect: Expect) -> None:
    assert "ждали" in reason(played(("user", "баланс"), expect=expect))


def test_of_many_expected_values_only_the_wrong_ones_are_told() -> None:
    expect = Expect(data={"account": "77001234", "code": "1"})
    told = reason(played(("user", "баланс"), ("user", "77001234"), expect=expect))
    assert told == "data: ждали code: 1, получилось code: —"


def test_called_service_that_is_not_listed_fails_the_test() -> None:
    assert "billing.balance" in reason(played(("user", "баланс"), services={}, level="verified"))


def test_press_is_a_typed_number_where_there_are_no_buttons() -> None:
    report = played(
        ("user", "тарифы в питере"),
        ("press", "b1"),
        ("bot", "до 100 Мбит/с"),
        ("press", "enough"),
        ("bot", "Рад помочь"),
        capabilities=Capabilities(platform="plain", text=4096),
    )
    assert report.failed == ()


def test_press_types_the_label_where_a_number_would_be_an_answer() -> None:
    report = played(
        ("user", "баланс"),
        ("press", "unknown"),
        ("bot", "Телефон?"),
        capabilities=Capabilities(platform="plain", text=4096),
    )
    assert report.failed == ()


def test_failed_test_is_printed_with_its_whole_talk() -> None:
    printed = lines(played(("user", "баланс"), ("press", "unknown"), ("bot", "Погода")))
    assert printed[0] == "balance: Проба"
    assert "    человек: баланс" in printed
    assert "    бот: Номер счёта?" in printed
    assert "        [unknown]" in printed
    assert "    нажал: Не знаю номер" in printed
    assert "  ✗ бот не сказал «Погода»" in printed
    assert printed[-2] == "не прошло: 1"
    assert printed[-1].startswith("1 тест, шагов ")


def test_report_speaks_english_too() -> None:
    report = played(("user", "баланс"), ("bot", "weather"))
    assert "  ✗ the bot did not say «weather»" in lines(report, "en")
    assert summary(report, "en").startswith("1 test, steps ")


def test_coverage_counts_steps_and_ways_and_names_those_nobody_took() -> None:
    report = played(("user", "баланс"), ("press", "unknown"))
    missed = report.coverage.missed
    assert Mark("balance", "ask_account") not in missed
    assert Mark("balance", "ask_account", "button.unknown") not in missed
    assert Mark("balance", "ask_account", "answer") in missed
    assert Mark("balance", "ask_account", "on_fail") in missed
    assert Mark("balance", "paid", "error.refused") in missed
    assert Mark("balance", "look") in report.coverage.missed_steps
    assert not any("site" in mark.branch for mark in missed)  # a link comes back as nothing
    assert report.coverage.seen_steps == 2
    assert report.coverage.seen_branches == 1
    assert 0 < report.coverage.percent < 10
    assert any("balance.look" in line for line in lines(report, uncovered=True))


HISTORY = Signature(
    name="billing.history",
    errors=("not_allowed",),
    result={
        "items": "list",
        "items.*.title": "text",
        "items.*.amount": "number",
        "items.*.note": "text?",
        "until": "date?",
    },
)


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        ({"items": []}, True),
        ({"items": [{"title": "т", "amount": 1.5}]}, True),
        ({"items": [{"title": "т", "amount": 1, "note": None}], "until": "2026-12-01"}, True),
        ({"error": "not_allowed"}, True),
        ({"error": "timeout"}, True),
        ({"error": "no_such"}, False),
        ({}, False),
        ({"items": "x"}, False),
        ({"items": [{"title": 5, "amount": 1}]}, False),
        ({"items": [{"title": "т"}]}, False),
        ({"items": [], "until": "soon"}, False),
        ({"items": [], "strange": 1}, False),
    ],
)
def test_answer_of_a_double_must_be_one_the_service_could_give(
    answer: dict[str, Any], fits: bool
) -> None:
    assert (misfit(answer, HISTORY) == "") is fits


def test_recorded_dialog_becomes_a_test_that_passes_again() -> None:
    talk = stage(MEANINGS, level="verified")
    tell(talk, "баланс", "[no]")
    written = record(
        talk.talk,
        name="Записано: «баланс»",
        services={"billing.balance": [{"amount": -350.5}]},
        result="solved",
    )
    assert written.splitlines() == [
        '  - name: "Записано: «баланс»"',
        "    services:",
        '      billing.balance: {"amount": -350.5}',
        "    talk:",
        '      - user: "баланс"',
        '      - bot: "На счёте 77001234 — -350,50\u00a0₽"',
        '      - press: "no"',
        '      - bot: "Пожалуйста!"',
        '    expect: {"result": "solved"}',
    ]

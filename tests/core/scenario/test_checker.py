"""Every code of the checker: a broken file yields it at the right line and column."""

import json
import re

import pytest

from core.channel import Capabilities
from core.scenario.bundle import build, signatures_of
from core.scenario.checker import Inputs, check, untested
from core.scenario.checker_phrases import Confusion
from core.scenario.findings import (
    Finding,
    codes,
    explain,
    format_findings,
    hint,
    message,
    summary,
)
from tests.core.scenario.broken import BROKEN, Broken
from tests.core.scenario.small_bot import FILES, MENU, SERVICES

TEXTS = {"ru": {"welcome": "Пожалуйста!"}, "en": {"welcome": "You're welcome!"}}
CHANNELS = {
    "tiny": Capabilities(platform="tiny", text=250, label=12, inline_total=4),
    "wide": Capabilities(platform="wide"),
}
MEDIA = {"text.png": b"not a picture", "yes.png": b"\x89PNG\r\n\x1a\n"}
#: Codes that no broken file yields by itself: from the classifier and from the tests' runner.
ELSEWHERE = {"W027"}


def checked(**changed: str) -> tuple[Finding, ...]:
    files = {**FILES, **changed}
    return check(Inputs(files, TEXTS, signatures_of(SERVICES), MEDIA), CHANNELS)


def mark_of(text: str) -> tuple[int, int, str]:
    """Line and column of the mark, and the text without it."""
    before, after = text.split("§")
    return before.count("\n") + 1, len(before) - before.rfind("\n"), before + after


def test_the_right_files_have_no_finding() -> None:
    assert checked() == ()


@pytest.mark.parametrize(
    "broken", BROKEN, ids=[f"{n}-{item.code}" for n, item in enumerate(BROKEN)]
)
def test_a_broken_file_is_told_at_its_line_and_column(broken: Broken) -> None:
    line, column, text = mark_of(broken.text)
    found = checked(**{broken.file: text})
    told = format_findings(found, {**FILES, broken.file: text}, "ru")
    places = [(f.code, f.file, f.line, f.column) for f in found]
    assert (broken.code, broken.file, line, column) in places, told
    finding = found[places.index((broken.code, broken.file, line, column))]
    if broken.hint:
        assert broken.hint in hint(finding, "ru")
    for lang in ("ru", "en"):
        assert message(finding, lang)
        assert "{" not in hint(finding, lang)
    if finding.is_error:
        assert build({**FILES, broken.file: text}, TEXTS, SERVICES, media=MEDIA).bundle is None or (
            broken.file == "ru/bot.yaml"
        )


def test_every_code_has_a_broken_file_and_an_explanation_in_both_languages() -> None:
    assert {broken.code for broken in BROKEN} | ELSEWHERE == set(codes())
    for code in codes():
        assert explain(code, "ru") != explain(code, "en")
    with pytest.raises(KeyError):
        explain("E999", "ru")


def test_a_broken_file_hides_references_to_it() -> None:
    found = checked(**{"ru/debt.yaml": "format: 1\nscenario: debt\n"})
    assert {finding.code for finding in found} == {"E002"}
    assert {finding.file for finding in found} == {"ru/debt.yaml"}


def test_a_broken_bot_yaml_hides_what_it_would_tell() -> None:
    steps = FILES["ru/menu.yaml"].replace("Чем помочь?", "'{links.pay}'")
    found = checked(**{"ru/bot.yaml": "format: [", "ru/menu.yaml": steps})
    assert {finding.file for finding in found} == {"ru/bot.yaml", "i18n/en/menu.yaml"}


def test_what_a_broken_scenario_would_have_filled_is_not_missed() -> None:
    text = FILES["ru/debt.yaml"].replace(
        "  - ask: account", "  - run: confirm\n  - say: '{account}'\n  - ask: account"
    )
    found = checked(**{"ru/confirm.yaml": "format: 1", "ru/debt.yaml": text})
    assert {finding.file for finding in found} == {"ru/confirm.yaml"}


def test_options_of_a_city_are_keys_of_the_directory() -> None:
    cities = "format: 1\ncities: {spb: {label: {ru: Питер}, names: [питер]}}\n"
    text = FILES["ru/debt.yaml"].replace("steps:", "  city: {type: city, title: город}\nsteps:")
    text = text.replace(
        "steps:\n",
        "steps:\n  - ask: city\n    id: where\n    text: Где?\n    wrong: Нет.\n"
        "    on_fail: []\n    options: [{key: spp, label: Питер}]\n",
    )
    (finding,) = checked(**{"cities.yaml": cities, "ru/debt.yaml": text})
    assert message(finding, "ru") == "города «spp» нет в cities.yaml"
    assert finding.close == "spb"


def test_a_city_is_asked_for_only_where_there_is_a_directory() -> None:
    text = FILES["ru/debt.yaml"].replace("steps:", "  city: {type: city, title: город}\nsteps:")
    text = text.replace(
        "steps:\n",
        "steps:\n  - ask: city\n    id: where\n    text: Где?\n    wrong: Нет.\n    on_fail: []\n",
    )
    without = {name: file for name, file in FILES.items() if name != "cities.yaml"}
    findings = [f for f in checked(**{**without, "ru/debt.yaml": text}) if f.code == "E014"]
    assert [message(finding, "ru") for finding in findings] == [
        "«city» — город, а справочника cities.yaml нет"
    ]


def test_a_run_of_unreachable_steps_is_one_message() -> None:
    text = FILES["ru/debt.yaml"] + "  - say: Никому\n  - say: И никому\n  - done: {result: x}\n"
    assert [f.code for f in checked(**{"ru/debt.yaml": text})] == ["W021"]


def test_the_classifier_is_asked_only_for_a_deep_check() -> None:
    inputs = Inputs(FILES, TEXTS, signatures_of(SERVICES), MEDIA)
    asked = [Confusion("debt", "долг три", "menu", 0.7)]
    (finding,) = check(inputs, CHANNELS, lambda: asked)
    assert (finding.code, finding.file, finding.line) == ("W025", "ru/debt.yaml", 5)
    assert message(finding, "ru") == "бот понимает свой пример как «Меню»"


_TYPO = FILES["ru/menu.yaml"].replace("run: debt", "go: mneu")


def test_text_shows_the_line_a_caret_and_a_hint() -> None:
    files = {**FILES, "ru/menu.yaml": _TYPO}
    found = [f for f in checked(**{"ru/menu.yaml": _TYPO}) if f.code == "E011"]
    assert format_findings(found, files, "ru").splitlines() == [
        "scenarios/ru/menu.yaml:9:34: E011 нет шага «mneu»",
        "    9 |       - {key: debt, label: Долг, go: mneu}",
        "      |                                  ^^",
        "   подсказка: может быть, «menu»?   (otklik check --explain E011)",
    ]
    assert "hint: perhaps «menu»?" in format_findings(found, files, "en")
    assert summary(found[0], "en") == "scenarios/ru/menu.yaml:9:34: E011 no step «mneu»"


def test_json_and_github_formats_name_place_code_and_severity() -> None:
    files = {**FILES, "ru/menu.yaml": _TYPO}
    found = [f for f in checked(**{"ru/menu.yaml": _TYPO}) if f.code == "E011"]
    (row,) = json.loads(format_findings(found, files, "en", "json"))
    assert row == {
        "file": "scenarios/ru/menu.yaml",
        "line": 9,
        "column": 34,
        "end_column": 36,
        "code": "E011",
        "severity": "error",
        "message": "no step «mneu»",
        "hint": "perhaps «menu»?",
    }
    assert format_findings(found, files, "en", "github") == (
        "::error file=scenarios/ru/menu.yaml,line=9,col=34,title=E011::"
        "no step «mneu» (perhaps «menu»?)"
    )


def test_steps_that_no_test_came_through_are_told_by_the_runner() -> None:
    (finding,) = untested(FILES, [("debt", "told"), ("debt", "nowhere"), ("gone", "x")])
    assert (finding.code, finding.file) == ("W027", "ru/debt.yaml")
    assert "id: told" in FILES["ru/debt.yaml"].splitlines()[finding.line]
    assert message(finding, "en") == "no test passes through this step"


def test_files_in_other_encodings_and_with_other_endings_are_told() -> None:
    found = checked(**{"ru/more.yml": "x", "ru/broken.yaml": "format: 1\nscenario: \ufffd"})
    assert [(f.code, f.variant, f.file) for f in found] == [
        ("E001", "encoding", "ru/broken.yaml"),
        ("E003", "suffix", "ru/more.yml"),
    ]


@pytest.mark.parametrize("path", ["more.yaml", "en/more.yaml", "i18n/more.yaml", "ru2/x/more.yaml"])
def test_a_file_that_nobody_reads_is_told(path: str) -> None:
    (finding,) = checked(**{path: MENU})
    assert (finding.code, finding.variant, finding.file) == ("W033", "", path)
    assert "сценариям — ru/" in message(finding, "ru")
    assert "scenarios belong in ru/" in message(finding, "en")
    assert checked(**{f".hidden/{path}": MENU}) == ()


def test_without_bot_yaml_there_is_one_finding_that_says_so() -> None:
    files = {name: text for name, text in FILES.items() if name != "ru/bot.yaml"}
    found = check(Inputs(files, TEXTS, signatures_of(SERVICES), MEDIA), CHANNELS)
    assert "нет файла bot.yaml" in message(found[0], "ru")
    assert build(files, TEXTS, SERVICES).bundle is None


def test_a_long_line_is_cut_around_the_place() -> None:
    files = {"ru/a.yaml": "x" * 300}
    finding = Finding(code="W021", variant="", file="ru/a.yaml", line=1, column=250, end_column=251)
    line, carets = format_findings([finding], files, "en").splitlines()[1:3]
    assert len(line) < 130
    assert carets.index("^") < 130


@pytest.mark.parametrize(
    ("step", "meant"),
    [
        ("escalte: {reason: no}", "escalate"),
        ("chose: Ну?\n    id: c\n    buttons: []", "choose"),
        ("retrun: {}", "return"),
        ("sai: Да", "say"),
        ("id: x\n    sya: Да\n    entry: Вход", "say"),
        ("then: []", ""),
        ("say: Да\n    go: menu", ""),
        ("zzz: 1", ""),
        ("5: 1", ""),
        ("[]", ""),
    ],
)
def test_a_mistyped_verb_gets_a_hint(step: str, meant: str) -> None:
    text = MENU.replace("return: {}", step)
    found = [f for f in checked(**{"ru/menu.yaml": text}) if f.code == "E002"]
    assert [finding.close for finding in found] == [meant]


def told(**changed: str) -> list[tuple[str, str]]:
    """Codes and Russian sentences of the errors, and of steps that nothing leads to."""
    found = checked(**changed)
    return [(f.code, message(f, "ru")) for f in found if f.is_error or f.code == "W021"]


@pytest.mark.parametrize(
    ("written", "sentence"),
    [
        ("{title}", 'текст, который начинается с «{», возьмите в кавычки: "{title}"'),
        ("{b.x|или: нет}", 'текст, который начинается с «{», возьмите в кавычки: "{b.x|или: нет}"'),
        (
            "{n|plural: день, дня, 5}",
            'текст, который начинается с «{», возьмите в кавычки: "{n|plural: день, дня, 5}"',
        ),
        (
            "{say: Да}",
            "здесь нужен текст, а написано «набор полей»; если это текст, возьмите его в кавычки",
        ),
        (
            "{a, b: [Да]}",
            "здесь нужен текст, а написано «набор полей»; если это текст, возьмите его в кавычки",
        ),
        (
            "\n  title:",
            "здесь нужен текст, а написано «набор полей»; если это текст, возьмите его в кавычки",
        ),
        (
            "[Да]",
            "здесь нужен текст, а написано «список»; если это текст, возьмите его в кавычки",
        ),
        ("", "здесь нужен текст, а он пуст"),
    ],
)
def test_what_stands_in_place_of_a_text_is_told_as_it_is_written(
    written: str, sentence: str
) -> None:
    text = MENU.replace("title: Меню", f"title: {written}")
    assert told(**{"ru/menu.yaml": text}) == [("E002", sentence)]


@pytest.mark.parametrize(
    ("file", "here"),
    [
        ("ru/menu.yaml", "title: Меню"),
        ("ru/menu.yaml", "examples: [раз, два, три, четыре, пять, шесть, семь, восемь]"),
        ("ru/menu.yaml", "choose: Чем помочь?"),
        ("ru/menu.yaml", "id: menu"),
        ("ru/menu.yaml", "return: {}"),
        ("ru/menu.yaml", "run: debt"),
        ("ru/confirm.yaml", "internal: true"),
        ("ru/confirm.yaml", "length: 6"),
        ("ru/debt.yaml", "requires: verified"),
        ("ru/debt.yaml", "with: {account: account}"),
        ("ru/debt.yaml", "account: account"),
        ("ru/debt.yaml", "call: billing.balance"),
        ("ru/bot.yaml", "channels: [tiny]"),
        ("ru/bot.yaml", "timezone: Europe/Moscow"),
        ("ru/bot.yaml", "access: {by: confirm}"),
        ("i18n/en/menu.yaml", "language: en"),
        ("i18n/en/menu.yaml", "text: Menu"),
    ],
)
def test_no_sentence_speaks_python(file: str, here: str) -> None:
    key = here.split(":", maxsplit=1)[0]
    for written in ("{x}", "{x: 1}", "[x]", "[]", "{}", "null", "~x", "'~x'"):
        text = FILES[file].replace(here, f"{key}: {written}", 1)
        for finding in checked(**{file: text}):
            for lang in ("ru", "en"):
                said = message(finding, lang) + hint(finding, lang)
                assert not re.search(r"None|True|False|\[\]|\['|\{'|\{\}", said), said


def test_a_value_that_begins_with_a_tilde_is_told_like_any_other() -> None:
    text = MENU.replace("id: menu", "id: ~menu")
    assert "значение «~menu» не подходит" in told(**{"ru/menu.yaml": text})[0][1]


def test_a_step_id_given_twice_says_nothing_of_ways_that_nobody_can_know() -> None:
    steps = "  - say: А\n    id: menu\n  - say: Б\n    id: two\n  - go: menu\n"
    text = MENU.replace("  - return: {}\n", steps)
    assert told(**{"ru/menu.yaml": text}) == [("E010", "шаг «menu» уже есть выше, в строке 6")]


def test_a_place_for_operators_needs_an_id() -> None:
    text = MENU.replace("return: {}", "say: Да\n    entry: Вход\n  - return: {}")
    assert told(**{"ru/menu.yaml": text}) == [("E002", "не хватает поля «id»")]


@pytest.mark.parametrize(
    ("limits", "right"),
    [
        ("answer_from: 0.2, suggest_from: 0.6", False),
        ("answer_from: 0.6, suggest_from: 0.2", True),
        ("answer_from: 0.4, suggest_from: 0.4", True),
        ("answer_from: 0.2", True),
        ("answer_from: auto, suggest_from: 0.6", True),
    ],
)
def test_an_answer_needs_no_less_than_a_suggestion(limits: str, right: bool) -> None:
    bot = FILES["ru/bot.yaml"] + f"understand: {{{limits}}}\n"
    sentence = "значение «0.2» не подходит; можно: ≥ suggest_from (0.6)"
    assert told(**{"ru/bot.yaml": bot}) == ([] if right else [("E002", sentence)])


def test_a_broken_directory_of_cities_hides_references_to_it() -> None:
    debt = FILES["ru/debt.yaml"].replace("type: account", "type: city")
    cities = "format: 1\ncities: {spb: {labl: {ru: Питер}, names: [питер]}}\n"
    found = checked(**{"cities.yaml": cities, "ru/debt.yaml": debt})
    assert "E002" in {finding.code for finding in found}
    assert "E014" not in {finding.code for finding in found}
    assert "E014" in {finding.code for finding in checked(**{"ru/debt.yaml": debt})}


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ("{amount: много}", "в ответе услуги billing.balance для «amount» ожидается число"),
        ("{error: [closed]}", "нет ошибки «список» у услуги billing.balance"),
        ("{amount: 1, title: А, items: 5}", "для «items» ожидается список"),
        ("{amount: 1, title: А}", "в ответе услуги billing.balance не хватает «items»"),
        (
            "{amount: 1, title: А, items: [{nmae: Б}]}",
            "нет поля «items.*.nmae» в ответе услуги billing.balance",
        ),
    ],
)
def test_a_wrong_answer_in_a_test_is_told_in_the_readers_language(
    answer: str, sentence: str
) -> None:
    test = f"  - name: т\n    services: {{billing.balance: {answer}}}\n    talk: [{{user: а}}]\n"
    ((_, said),) = told(**{"ru/debt.yaml": FILES["ru/debt.yaml"] + "tests:\n" + test})
    assert sentence in said


def test_what_is_wanted_is_told_in_good_russian() -> None:
    text = FILES["ru/debt.yaml"].replace("{account: account}", "{account: 5}")
    sentence = "здесь ожидается текст, а «5» — число"
    assert told(**{"ru/debt.yaml": text}) == [("E018", sentence)]

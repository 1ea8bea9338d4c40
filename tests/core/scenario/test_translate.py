"""Keeping translations complete, and comparing two bundles."""

import pytest

from core.errors import ScenarioError
from core.scenario.bundle import build
from core.scenario.difference import TextChange, diff
from core.scenario.faces import mark
from core.scenario.model import Bundle
from core.scenario.translate import Accepted, translate
from tests.core.scenario.small_bot import DEBT, EN, FILES, MENU, SERVICES

TEXTS = {"ru": {"welcome": "Пожалуйста!"}, "en": {"welcome": "Welcome!"}}


def built(**changed: str) -> Bundle:
    made = build({**FILES, **changed}, TEXTS, SERVICES)
    assert made.bundle is not None, made.findings
    return made.bundle


def english(old: str = "", new: str = "") -> dict[str, str]:
    """All keys are there, and the menu's translation says `new` instead of `old`."""
    made = {**FILES, **translate(FILES, "en").changed}
    return {**made, "i18n/en/menu.yaml": made["i18n/en/menu.yaml"].replace(old, new)}


def left(files: dict[str, str], *, accept: bool = False) -> set[str]:
    """What is to be done in the menu's translation, as `line variant key`."""
    return {
        f"{finding.line} {finding.variant} {finding.values['key']}"
        for finding in translate(files, "en", accept=accept).left
        if finding.file == "i18n/en/menu.yaml"
    }


def test_missing_files_are_made_and_every_new_key_is_reported_until_translated() -> None:
    made = translate(FILES, "en").changed
    assert sorted(made) == ["i18n/en/bot.yaml", "i18n/en/confirm.yaml", "i18n/en/debt.yaml"]
    assert 'ask_account.text: {from: "", text: "Номер?"}' in made["i18n/en/debt.yaml"]
    after = build({**FILES, **made}, TEXTS, SERVICES)
    assert after.bundle is not None
    assert {finding.variant for finding in after.findings} == {"missing", "no_id"}
    assert translate({**FILES, **made}, "en").changed == {}


@pytest.mark.parametrize("sign", ["\u2028", "\u2029", "\x85"])
def test_a_title_with_a_line_end_of_its_own_makes_a_readable_file(sign: str) -> None:
    before, found, after = FILES["ru/debt.yaml"].partition("title: ")
    files = FILES | {"ru/debt.yaml": f"{before}{found}А{sign}{after}"}
    made = translate(files, "en").changed["i18n/en/debt.yaml"]
    assert made.splitlines()[1].startswith("format: ")


def test_what_is_left_to_translate_is_what_the_checker_says() -> None:
    again = translate(english(), "en")
    assert again.changed == {}
    assert again.left == build(english(), TEXTS, SERVICES).findings


def test_keys_are_added_and_comments_survive() -> None:
    old = EN.replace('  menu.buttons.debt: {from: "d63b11ae", text: Debt}\n', "  # the end\n")
    made = translate({**FILES, "i18n/en/menu.yaml": old}, "en").changed["i18n/en/menu.yaml"]
    assert 'menu.buttons.debt: {from: "", text: "Долг"}' in made
    assert "# the end" in made


def test_a_stale_translation_stays_stale_until_a_person_accepts_it() -> None:
    stale = english("489aa65e", "00000000")
    assert translate(stale, "en").changed == {}
    assert left(stale) == {"6 stale menu.choose"}
    made = translate(stale, "en", accept=True)
    text = made.changed["i18n/en/menu.yaml"]
    assert f'menu.choose: {{from: "{mark("Чем помочь?")}", text: How can I help?}}' in text
    assert made.accepted == (Accepted("i18n/en/menu.yaml", 6, "menu.choose"),)
    assert left(stale, accept=True) == set()


def test_a_text_that_nobody_has_translated_is_never_accepted() -> None:
    empty = english('"d63b11ae", text: Debt', '"", text: Долг')
    assert translate(empty, "en", accept=True).changed == {}
    assert left(empty, accept=True) == {"7 missing menu.buttons.debt"}
    done = english('"d63b11ae", text: Debt', '"", text: Debts')
    assert left(done, accept=True) == set()


def test_texts_of_the_bot_itself_are_accepted_too() -> None:
    own = english()["i18n/en/bot.yaml"].replace('text: "Ещё?"', 'text: "Anything else?"')
    made = translate({**FILES, "i18n/en/bot.yaml": own}, "en", accept=True)
    assert [one.key for one in made.accepted] == ["more.ask"]


def test_a_complete_translation_and_a_broken_one_are_left_alone() -> None:
    broken = {**FILES, "i18n/en/menu.yaml": "format: [", "ru/debt.yaml": "steps: ["}
    made = translate(broken, "en")
    assert sorted(made.changed) == ["i18n/en/bot.yaml", "i18n/en/confirm.yaml"]
    assert ("i18n/en/menu.yaml", "E001") in {(found.file, found.code) for found in made.left}
    assert "i18n/en/menu.yaml" not in translate(FILES, "en").changed


def test_equal_bundles_do_not_differ() -> None:
    assert diff(built(), built(**{"ru/menu.yaml": "# к\n" + MENU})) == ()


def test_steps_and_texts_that_changed_are_listed() -> None:
    text = DEBT.replace("text: Номер?", "text: Какой номер?").replace("id: told", "id: said")
    (found,) = diff(built(), built(**{"ru/debt.yaml": text}))
    assert (found.scenario, found.state) == ("debt", "changed")
    assert found.added == ("said",)
    assert found.vanished == ("told",)
    assert found.changed == ("ask_account", "look", "~1.errors.closed.0")
    assert TextChange(key="ask_account.text", old="Номер?", new="Какой номер?") in found.texts


def test_new_and_removed_scenarios_are_named() -> None:
    old = built()
    menu = MENU.replace(
        "      - {key: debt, label: Долг, run: debt}",
        "      - {key: a, label: А, url: 'https://a.example'}",
    )
    files = {
        name: text
        for name, text in FILES.items()
        if name not in ("ru/debt.yaml", "i18n/en/menu.yaml")
    }
    new = build({**files, "ru/menu.yaml": menu}, TEXTS, SERVICES).bundle
    assert new is not None
    states = {item.scenario: item.state for item in diff(old, new)}
    assert states["debt"] == "removed"
    assert {item.scenario: item.state for item in diff(new, old)}["debt"] == "added"


def test_changed_sentences_of_the_engine_stand_under_bot() -> None:
    other = build(FILES, {**TEXTS, "en": {"welcome": "Any time!"}}, SERVICES).bundle
    assert other is not None
    (found,) = diff(built(), other)
    assert found.scenario == "bot"
    assert found.texts == (TextChange(key="welcome", old="Welcome!", new="Any time!", lang="en"),)


@pytest.mark.parametrize(
    ("lang", "told"), [("xx", "does not list"), ("ru", "are written in"), ("", "does not list")]
)
def test_only_a_language_that_bot_yaml_lists_is_translated_into(lang: str, told: str) -> None:
    with pytest.raises(ScenarioError, match=told):
        translate(FILES, lang)


def test_without_a_readable_bot_yaml_no_language_is_known() -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        translate({**FILES, "ru/bot.yaml": "format: ["}, "en")

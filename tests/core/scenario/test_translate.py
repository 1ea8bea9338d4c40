"""Keeping translations complete, and comparing two bundles."""

import pytest

from core.errors import ScenarioError
from core.scenario.bundle import build
from core.scenario.difference import TextChange, diff
from core.scenario.faces import mark
from core.scenario.model import Bundle
from core.scenario.translate import translate
from tests.core.scenario.small_bot import DEBT, EN, FILES, MENU, SERVICES

TEXTS = {"ru": {"welcome": "Пожалуйста!"}, "en": {"welcome": "Welcome!"}}


def built(**changed: str) -> Bundle:
    made = build({**FILES, **changed}, TEXTS, SERVICES)
    assert made.bundle is not None, made.findings
    return made.bundle


def test_missing_files_are_made_and_every_new_key_is_reported_until_translated() -> None:
    made = translate(FILES, "en")
    assert sorted(made) == ["i18n/en/bot.yaml", "i18n/en/confirm.yaml", "i18n/en/debt.yaml"]
    assert 'ask_account.text: {from: "", text: "Номер?"}' in made["i18n/en/debt.yaml"]
    after = build({**FILES, **made}, TEXTS, SERVICES)
    assert after.bundle is not None
    assert {finding.variant for finding in after.findings} == {"missing", "no_id"}
    assert translate({**FILES, **made}, "en") == {}


def test_marks_are_refreshed_keys_are_added_and_comments_survive() -> None:
    old = EN.replace("489aa65e", "00000000").replace(
        '  menu.buttons.debt: {from: "d63b11ae", text: Debt}\n', "  # the end\n"
    )
    made = translate({**FILES, "i18n/en/menu.yaml": old}, "en")["i18n/en/menu.yaml"]
    assert f'menu.choose: {{from: "{mark("Чем помочь?")}", text: How can I help?}}' in made
    assert 'menu.buttons.debt: {from: "", text: "Долг"}' in made
    assert "# the end" in made


def test_a_complete_translation_and_a_broken_one_are_left_alone() -> None:
    broken = {**FILES, "i18n/en/menu.yaml": "format: [", "ru/debt.yaml": "steps: ["}
    assert sorted(translate(broken, "en")) == ["i18n/en/bot.yaml", "i18n/en/confirm.yaml"]
    assert "i18n/en/menu.yaml" not in translate(FILES, "en")


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

"""Bundles: canonical, complete, and never half made."""

import unicodedata
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.scenario.bundle import build, digest
from core.scenario.model import Bundle, Go, Thresholds, packed, unpacked
from tests.core.scenario.small_bot import BOT, DEBT, EN, FILES, MENU, SERVICES

TEXTS = {
    "ru": {"welcome": "Пожалуйста!", "other": "Другое"},
    "en": {"welcome": "You're welcome!", "other": "Something else"},
}


def built(**changed: str) -> Bundle:
    made = build({**FILES, **changed}, TEXTS, SERVICES)
    assert made.bundle is not None, made.findings
    return made.bundle


@settings(deadline=None)  # the first bundle of a process is made slowly
@given(st.permutations(sorted(FILES)))
def test_the_order_of_files_does_not_matter(order: list[str]) -> None:
    made = build({name: FILES[name] for name in order}, TEXTS, SERVICES)
    assert made.bundle is not None
    assert made.bundle.hash == built().hash
    assert packed(made.bundle) == packed(built())


def test_a_comment_more_or_another_unicode_form_is_no_other_bundle() -> None:
    commented = MENU.replace("steps:", "# кнопки\n\nsteps:   # и шаги")
    assert built(**{"ru/menu.yaml": commented}).hash == built().hash
    decomposed = unicodedata.normalize("NFD", MENU.replace("Чем помочь?", "Чем помочь? Йод"))
    composed = unicodedata.normalize("NFC", decomposed)
    assert decomposed != composed
    one, two = built(**{"ru/menu.yaml": decomposed}), built(**{"ru/menu.yaml": composed})
    assert one.hash == two.hash


def test_a_test_more_is_no_other_bundle_but_a_word_more_is() -> None:
    tested = MENU + "tests:\n  - name: т\n    talk:\n      - user: раз\n"
    assert built(**{"ru/menu.yaml": tested}).hash == built().hash
    assert built(**{"ru/menu.yaml": MENU.replace("Чем помочь?", "Чем?")}).hash != built().hash


def test_a_bundle_survives_its_canonical_json() -> None:
    bundle = built()
    assert unpacked(packed(bundle)) == bundle
    assert digest(unpacked(packed(bundle))) == bundle.hash


def test_an_error_makes_no_bundle_and_a_warning_does() -> None:
    broken = build(
        {**FILES, "ru/menu.yaml": MENU.replace("run: debt", "run: dept")}, TEXTS, SERVICES
    )
    assert broken.bundle is None
    assert [finding.code for finding in broken.findings] == ["E013"]
    few = MENU.replace("раз, два, три, ", "")
    warned = build({**FILES, "ru/menu.yaml": few}, TEXTS, SERVICES)
    assert warned.bundle is not None
    assert [finding.code for finding in warned.findings] == ["W024"]


def test_nested_lists_become_flat_steps_that_lead_on() -> None:
    text = DEBT.replace(
        "  - done: {result: solved",
        "  - if: b.amount < 0\n    then:\n      - say: Долг\n      - go: told\n"
        "    else: [{say: Плюс}]\n  - done: {result: solved",
    )
    steps = built(**{"ru/debt.yaml": text}).scenarios["debt"].steps
    assert steps["look"].next == "~2"
    branch = steps["~2"]
    assert (branch.then, branch.otherwise, branch.next) == ("~2.then.0", "~2.else.0", "told")  # type: ignore[union-attr]  # an If
    assert steps["~2.then.0"].next == "~2.then.1"
    assert steps["~2.then.1"] == Go(
        id="~2.then.1", next="told", automatic=True, target="told", line=steps["~2.then.1"].line
    )
    assert steps["~2.else.0"].next == "told"
    assert steps["~1.errors.closed.0"].line == 21


def test_bot_yaml_is_made_complete() -> None:
    bot = built(**{"ru/bot.yaml": BOT + "silence: {after: 5m, say: Вы тут?}\n"}).bot
    assert bot.silence.after == timedelta(minutes=5)
    assert bot.silence.close_after == timedelta(minutes=60)
    assert bot.silence.then == "close"
    assert bot.access_keep == timedelta(days=30)
    assert bot.rating_after == ("solved",)
    assert bot.answer_from is None


def test_own_sentences_of_bot_yaml_stand_before_those_of_the_engine() -> None:
    bundle = built()
    assert bundle.texts["ru"]["welcome"] == "Рады помочь"
    assert bundle.texts["ru"]["other"] == "Другое"
    assert bundle.texts["en"]["welcome"] == "You're welcome!"


BOT_EN = """\
format: 1
translates: bot
language: en
words: {operator: [operator]}
texts:
  texts.welcome: {from: "%s", text: Glad to help}
"""


def test_bot_yaml_is_translated_and_words_of_all_languages_work_together() -> None:
    words = BOT + "words: {operator: [оператор]}\n"
    files = {"ru/bot.yaml": words, "i18n/en/bot.yaml": BOT_EN % "0b26d0a2"}
    bundle = built(**files)
    assert bundle.bot.words["operator"] == ("оператор", "operator")
    stale = bundle.texts["en"]["welcome"]
    from core.scenario.faces import mark

    files["i18n/en/bot.yaml"] = BOT_EN % mark("Рады помочь")
    assert built(**files).texts["en"]["welcome"] == "Glad to help"
    assert stale == "You're welcome!"


def test_a_stale_translation_is_left_out() -> None:
    texts = built().translations["en"]["menu"].texts
    assert texts["menu.choose"] == "How can I help?"
    changed = built(**{"i18n/en/menu.yaml": EN.replace("489aa65e", "00000000")})
    assert "menu.choose" not in changed.translations["en"]["menu"].texts


def test_thresholds_are_tuned_for_the_new_bundle_unless_bot_yaml_sets_them() -> None:
    tuned = {"ngram": Thresholds(answer_from=0.4, suggest_from=0.2)}
    seen: list[str] = []

    def tune(bundle: Bundle) -> dict[str, Thresholds]:
        seen.append(bundle.hash)
        return tuned

    free = build(FILES, TEXTS, SERVICES, tune=tune).bundle
    assert free is not None
    assert free.thresholds == tuned
    assert seen == [free.hash]
    by_hand = {**FILES, "ru/bot.yaml": BOT + "understand: {answer_from: 0.7}\n"}
    fixed = build(by_hand, TEXTS, SERVICES, tune=tune).bundle
    assert fixed is not None
    assert fixed.thresholds == {"ngram": Thresholds(answer_from=0.7, suggest_from=0.2)}


STORY = """\
tests:
  - name: Разговор
    identity: {level: verified, account: "77001234"}
    now: 2026-11-20T09:00
    services:
      billing.balance: &ok {amount: 1, title: т, items: []}
      auth.check: [{error: wrong_code}, {}]
    talk:
      - user: долг
      - silence: 15m
      - press: yes
      - bot: "12:30"
    expect: {result: solved, data: {account: "77001234"}, rating: true}
  - name: Ещё
    services: {billing.balance: *ok}
    talk: [{user: а}]
"""


def test_tests_in_the_file_are_read_as_values() -> None:
    made = build({**FILES, "ru/debt.yaml": DEBT + STORY}, TEXTS, SERVICES)
    assert made.findings == ()
    first, second = made.tests["debt"]
    assert (first.identity.level, first.identity.account) == ("verified", "77001234")
    assert first.now == "2026-11-20T09:00"
    assert [(line.kind, line.text) for line in first.talk] == [
        ("user", "долг"),
        ("silence", "15m"),
        ("press", "yes"),
        ("bot", "12:30"),
    ]
    assert first.talk[1].time == timedelta(minutes=15)
    assert first.services["auth.check"] == ({"error": "wrong_code"}, {})
    assert second.services["billing.balance"] == first.services["billing.balance"]
    assert first.expect.data == {"account": "77001234"}
    assert first.line == DEBT.count("\n") + 2
    assert first.talk[0].line == first.line + 7


@pytest.mark.parametrize(
    "text",
    ["", "- a", "a: b", "\ufeff" + MENU, "{" * 100, "format: 1\n" * 3, "%YAML 9.9\n---\na: 1"],
)
def test_odd_files_are_findings_or_bundles_and_never_raise(text: str) -> None:
    build({**FILES, "ru/menu.yaml": text}, TEXTS, SERVICES)


def test_no_files_at_all_are_one_finding() -> None:
    assert [finding.code for finding in build({}, {}, ()).findings] == ["E002"]

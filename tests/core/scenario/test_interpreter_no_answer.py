"""What answers no open question: another topic, a text nobody understands, a file."""

from itertools import pairwise

import pytest

from core.content import Media
from core.scenario.interpreter import needs_meaning
from core.scenario.model import AnyStep, Ask, CallStep, Return, Run, Say, Scenario
from core.updates import ButtonPressed, CustomerMessage
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import ACCOUNT, scenario
from tests.fakes.talk import perhaps, said, stage, surely, tell

SCENES = {
    "баланс": surely("balance"),
    "тарифы в питере": surely("tariffs"),
    "справка": surely("help"),
    "какие тарифы": surely("tariffs"),
}


def test_another_topic_at_a_question_comes_between_and_the_question_returns() -> None:
    talk = stage(SCENES)
    text = tell(talk, "тарифы в питере", "справка")
    assert text.index("Платите картой") < text.index("<back_to>") < text.rindex("О каком")


def test_another_topic_must_be_surer_to_break_into_a_question() -> None:
    talk = stage({**SCENES, "хм, платить": surely("help", 0.6)})
    assert "Нужно 8 цифр." in tell(talk, "баланс", "хм, платить")


def test_another_topic_at_a_choice_replaces_what_ran() -> None:
    talk = stage({**SCENES, "хм, платить": surely("help", 0.6)}, level="verified")
    assert "Ещё вопрос?" in tell(talk, "меню", "хм, платить")


def test_another_topic_presses_the_button_that_runs_it() -> None:
    talk = stage(SCENES, level="verified")
    text = tell(talk, "баланс", "справка")
    assert "Платите картой" in text
    assert "Показать ещё?" in text


def test_question_that_must_not_be_interrupted_takes_another_topic_for_a_bad_answer() -> None:
    talk = stage(SCENES)
    assert "Код — 6 цифр." in tell(talk, "баланс", "77001234", "справка")


def test_fourth_topic_in_a_row_replaces_the_stack() -> None:
    talk = stage({**SCENES, "пожелание": surely("wishes")})
    tell(talk, "какие тарифы", "баланс", "какие тарифы", "баланс")
    assert talk.dialog.place is not None
    assert [frame.via for frame in talk.dialog.place.stack].count("interrupt") == 3
    tell(talk, "какие тарифы")
    assert [frame.via for frame in talk.dialog.place.stack] == ["start"]


def chain(name: str, length: int, *last: AnyStep) -> list[Scenario]:
    """Scenarios that run each other, as deep as that; the last one consists of these steps."""
    names = [name, *(f"{name}{number}" for number in range(1, length))]
    runs = [
        scenario(one, Run(id="on", scenario=other), Return(id="end"))
        for one, other in pairwise(names)
    ]
    return [*runs, scenario(names[-1], *last, Return(id="end"), data={"account": ACCOUNT})]


def test_the_deepest_scenario_allowed_may_ask_who_it_is() -> None:
    look = CallStep(id="look", service="billing.balance", arguments={"account": "'77001234'"})
    talk = stage({"вглубь": surely("deep")}, bundle=small_bundle(*chain("deep", 6, look)))
    assert tell(talk, "вглубь") == "Код из СМС?"


@pytest.mark.parametrize(("length", "via"), [(2, "interrupt"), (3, "start")])
def test_another_topic_that_runs_too_deep_for_the_stack_replaces_it(length: int, via: str) -> None:
    asks = Ask(id="ask", slot="account", text="Номер?", wrong="Нет.", on_fail="end")
    wish = Say(id="told", text="Глубоко.")
    below = [*chain("deep", 4, asks), *chain("other", length, wish)]
    scenes = {"вглубь": surely("deep"), "ещё": surely("other")}
    talk = stage(scenes, bundle=small_bundle(*below))
    tell(talk, "вглубь")
    assert "Глубоко." in tell(talk, "ещё")
    assert ("<back_to>" in said(talk)) == (via == "interrupt")
    assert talk.dialog.state == "bot"


def test_text_nobody_understands_at_a_choice_is_told_so_twice_and_then_people_take_over() -> None:
    talk = stage(SCENES)
    text = tell(talk, "меню", "ыыыы")
    assert "<choose_again>" in text
    assert "Чем помочь?" in text
    tell(talk, "ъъъъ")
    assert talk.dialog.escalation is not None
    assert talk.dialog.escalation.reason == "not_understood"


def test_being_understood_begins_the_count_of_misses_anew() -> None:
    talk = stage(SCENES)
    tell(talk, "меню", "ыыыы", "[balance]", "меню", "ыыыы")
    assert talk.dialog.state == "bot"


def test_doubtful_text_at_a_choice_gets_suggestions() -> None:
    talk = stage({**SCENES, "про деньги": perhaps("balance")})
    assert "<suggest>" in tell(talk, "меню", "про деньги")
    assert "Номер счёта?" in tell(talk, "Баланс")


def test_question_under_a_suggestion_still_understands_its_buttons() -> None:
    talk = stage({**SCENES, "про деньги": perhaps("balance")})
    assert "Платите картой" in tell(talk, "меню", "про деньги", "Справка")


def test_file_is_kept_and_the_question_asked_again_and_the_second_one_offers_people() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    file = CustomerMessage(media=(Media(kind="image"),))
    talk.listen()
    talk.receive(file)
    assert "<attachment>" in said(talk)
    assert "Номер счёта?" in said(talk)
    talk.listen()
    talk.receive(file)
    assert "<attachment>" in said(talk)
    assert "operator" in [option.key for option in talk.shown()]
    tell(talk, "[operator]")
    assert talk.dialog.state == "queued"


@pytest.mark.parametrize("blank", ["", "   ", "\n", "\u00a0", "\u200b"])
def test_a_text_with_nothing_in_it_is_no_file_but_not_understood(blank: str) -> None:
    talk = stage(SCENES)
    text = tell(talk, "баланс", blank)
    assert "<attachment>" not in text
    assert "Нужно 8 цифр." in text
    assert "<not_understood>" in tell(stage(SCENES), blank)
    talk.listen()
    talk.receive(CustomerMessage(text=" ", media=(Media(kind="image"),)))
    assert "<attachment>" in said(talk)
    offered = [option.key for option in talk.shown()]
    assert "operator" not in offered, "it is the first file"


def test_files_that_were_sent_as_one_are_answered_once() -> None:
    talk = stage(SCENES)
    tell(talk, "баланс")
    talk.listen()
    for number in range(4):
        photo = Media(kind="image", platform_file=f"p{number}")
        talk.receive(CustomerMessage(media=(photo,), album="a1"))
    assert said(talk).count("<attachment>") == 1
    assert talk.dialog.last_customer_n, "each of them is in the transcript"
    assert talk.dialog.album == "a1"
    talk.listen()
    talk.receive(CustomerMessage(media=(Media(kind="image"),), album="a1", text="балансы"))
    assert said(talk), "words beside a picture are heard"


def test_a_question_with_a_button_for_people_gets_no_second_one() -> None:
    talk = stage(SCENES)
    tell(talk, "меню")
    before = sum("operator" in option.key or option.key == "human" for option in talk.shown())
    file = CustomerMessage(media=(Media(kind="file"),))
    talk.receive(file)
    talk.receive(file)
    after = sum("operator" in option.key or option.key == "human" for option in talk.shown())
    assert (before, after) == (1, 1)


def test_files_in_a_new_dialog_end_in_the_menu_and_then_in_an_offer_of_people() -> None:
    talk = stage(SCENES)
    file = CustomerMessage(media=(Media(kind="voice"),))
    talk.receive(file)
    assert "Чем помочь?" in said(talk)
    talk.receive(file)
    tell(talk, "[human]")
    assert talk.dialog.state == "queued"


def test_classifier_is_asked_only_where_its_answer_could_matter() -> None:
    talk = stage(SCENES)
    bundle = talk.bundle
    assert needs_meaning(talk.dialog, CustomerMessage(text="вопрос"), bundle)
    assert not needs_meaning(talk.dialog, CustomerMessage(text="меню"), bundle)
    assert not needs_meaning(talk.dialog, ButtonPressed(token="x"), bundle)
    tell(talk, "баланс")
    assert not needs_meaning(talk.dialog, CustomerMessage(text="77001234"), bundle)
    assert not needs_meaning(talk.dialog, CustomerMessage(text="не помню"), bundle)
    assert needs_meaning(talk.dialog, CustomerMessage(text="какие тарифы"), bundle)


def test_text_about_the_very_question_that_is_open_is_no_miss() -> None:
    talk = stage({**SCENES, "привет": surely("menu"), "что ты умеешь": surely("menu")})
    tell(talk, "привет")
    for greeting in ("что ты умеешь", "привет", "что ты умеешь"):
        text = tell(talk, greeting)
        assert "Чем помочь?" in text
        assert "<choose_again>" not in text
    assert talk.dialog.state == "bot"


def test_misses_around_a_text_about_the_open_question_still_call_people() -> None:
    talk = stage({**SCENES, "что ты умеешь": surely("menu")})
    tell(talk, "меню", "абракадабра", "что ты умеешь", "тарабарщина")
    assert talk.dialog.state == "queued"

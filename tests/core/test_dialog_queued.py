"""A customer who waits for people: what they write in the meantime."""

from datetime import timedelta

import pytest
from msgspec.structs import replace

from core.channel import Capabilities
from core.content import Outgoing
from core.dialog import advance
from core.policy import Policy
from core.scenario.model import EscalateStep
from core.state import Facts, QueueInfo
from core.updates import (
    AnyUpdate,
    ButtonPressed,
    OperatorGone,
    OperatorReplied,
    OperatorTook,
    OperatorTransferred,
)
from tests.core.rated import Stage, talk
from tests.fakes.bundles import small_bundle
from tests.fakes.small_scenarios import scenario
from tests.fakes.talk import BUTTONS, NO_BUTTONS, NOW, said, surely
from tests.stories.shipped import texts

RETURN = texts()["ru"]["return_to_bot"]


@pytest.mark.parametrize("capabilities", [BUTTONS, NO_BUTTONS], ids=["buttons", "numbers"])
@pytest.mark.parametrize("typed", [RETURN, RETURN.lower(), f"{RETURN}!"])
def test_label_of_the_way_back_may_be_typed(capabilities: Capabilities, typed: str) -> None:
    stage = talk(capabilities=capabilities)
    stage.write("оператор")
    stage.write(typed)
    assert stage.dialog.state == "bot"


@pytest.mark.parametrize("typed", ["1", "1.", " 1) "])
def test_number_of_the_way_back_may_be_typed_where_numbers_are_shown(typed: str) -> None:
    stage = talk(capabilities=NO_BUTTONS)
    stage.write("оператор")
    assert f"1. {RETURN}" in stage.sent[-1].text
    stage.write(typed)
    assert stage.dialog.state == "bot"


def test_a_number_beside_real_buttons_waits_for_the_operator() -> None:
    stage = talk(capabilities=BUTTONS)
    stage.write("оператор")
    stage.write("1")
    assert stage.dialog.state == "queued"


@pytest.mark.parametrize(
    "text", ["2", "11", "да", "вернуться", "бот мне не помог", "1 рубль списали"]
)
@pytest.mark.parametrize("capabilities", [BUTTONS, NO_BUTTONS], ids=["buttons", "numbers"])
def test_other_words_wait_for_the_operator(capabilities: Capabilities, text: str) -> None:
    stage = talk(capabilities=capabilities)
    stage.write("оператор")
    stage.write(text)
    assert stage.dialog.state == "queued"


def tap_twice(stage: Stage, key: str) -> str:
    """Presses a button two times in a row; what the second time brings."""
    (token,) = (option.token for option in stage.shown() if option.key == key)
    stage.receive(ButtonPressed(token=token))
    stage.listen()
    stage.receive(ButtonPressed(token=token))
    return said(stage)


def test_second_tap_on_the_button_that_calls_people_is_ignored() -> None:
    stage = talk()
    stage.write("меню")
    assert tap_twice(stage, "human") == ""
    assert stage.dialog.state == "queued"


def test_second_tap_on_the_way_back_is_ignored() -> None:
    stage = talk()
    stage.write("оператор")
    assert tap_twice(stage, "bot") == ""
    assert stage.dialog.state == "bot"


@pytest.mark.parametrize(("last", "state"), [("справка", "rating"), ("отмена", "closed")])
def test_second_tap_on_the_last_no_is_ignored_once_the_dialog_is_closed(
    last: str, state: str
) -> None:
    stage = talk()
    stage.write("меню")
    stage.write(last)
    assert tap_twice(stage, "no") == ""
    assert stage.dialog.state == state


def test_any_other_button_of_the_past_is_told_so() -> None:
    stage = talk()
    stage.write("меню")
    old = next(option.token for option in stage.shown() if option.key == "balance")
    stage.write("оператор")
    stage.listen()
    stage.receive(ButtonPressed(token=old))
    assert texts()["ru"]["old_button"] in said(stage)


def test_a_language_may_be_chosen_while_waiting() -> None:
    stage = talk()
    stage.write("оператор")
    stage.listen()
    stage.write("english")
    assert (stage.dialog.state, stage.dialog.lang) == ("queued", "en")
    assert said(stage) == texts()["en"]["still_waiting"].format(place=1)
    assert [option.label for option in stage.shown()] == [texts()["en"]["return_to_bot"]]


@pytest.mark.parametrize("supervisor", [False, True])
def test_who_takes_what_has_just_gone_back_to_the_bot_is_late(supervisor: bool) -> None:
    stage = talk()
    stage.write("оператор")
    seen = stage.dialog.state_rev
    stage.write(RETURN)
    took = OperatorTook(operator="anna", name="Анна", supervisor=supervisor, state_rev=seen)
    turn = advance(stage.dialog, took, stage.setting, stage.policy, stage.facts(), stage.now)
    assert turn.refusal is not None
    assert turn.refusal.code == "stale"


def test_force_takes_nothing_that_went_to_somebody_else_in_the_meantime() -> None:
    stage = talk()
    stage.write("оператор")
    seen = stage.dialog.state_rev
    stage.receive(OperatorTook(operator="anna", name="Анна", state_rev=seen))
    for rev, code in ((seen, "stale"), (stage.dialog.state_rev, None)):
        took = OperatorTook(
            operator="vera", name="Вера", supervisor=True, how="forced", state_rev=rev
        )
        turn = advance(stage.dialog, took, stage.setting, stage.policy, stage.facts(), stage.now)
        assert (turn.refusal and turn.refusal.code) == code


LEAVES = {
    "gone": (OperatorGone(operator="anna"), "operator_left"),
    "transferred": (
        OperatorTransferred(operator="anna", name="Анна", to_queue="sales", undo="u"),
        "transferred",
    ),
}


class Second(Stage):
    """Others wait too: whoever waits again is the second."""

    def facts(self) -> Facts:
        queues = {name: QueueInfo(id=name, waiting=5) for name in ("first_line", "sales")}
        place = 2 if self.dialog.state == "queued" else 0
        return replace(super().facts(), queues=queues, place=place)


@pytest.mark.parametrize("is_answered", [False, True])
@pytest.mark.parametrize(("update", "key"), LEAVES.values(), ids=LEAVES)
def test_who_waits_again_has_the_way_back_and_learns_the_place_they_really_have(
    update: AnyUpdate, key: str, is_answered: bool
) -> None:
    stage = talk(kind=Second)
    taken_from_anna(stage, update, is_answered=is_answered)
    own = texts()["ru"]
    assert said(stage) == own[key], "the place follows from the waits of all"
    assert [option.label for option in stage.shown()] == [RETURN]
    stage.listen()
    stage.wait(timedelta(seconds=10))
    assert said(stage) == own["queue_place"].format(place=2), "the first word of it is no reminder"
    stage.write(RETURN)
    assert stage.dialog.state == "bot"


@pytest.mark.parametrize(("update", "key"), LEAVES.values(), ids=LEAVES)
def test_who_waits_again_at_night_is_told_when_people_are_back(update: AnyUpdate, key: str) -> None:
    stage = talk(kind=Nobody)
    taken_from_anna(stage, update, is_answered=False)
    own = texts()["ru"]
    assert said(stage) == f"{own[key]}\n\n{own['operators_away_long']}"
    assert [option.label for option in stage.shown()] == [RETURN]


def taken_from_anna(stage: Stage, update: AnyUpdate, *, is_answered: bool) -> None:
    """Anna has the dialog, then she has not."""
    stage.write("оператор")
    stage.receive(OperatorTook(operator="anna", name="Анна"))
    if is_answered:
        stage.receive(
            OperatorReplied(
                operator="anna", name="Анна", client_id="1", content=Outgoing(text="Смотрю.")
            )
        )
    stage.listen()
    stage.receive(update)


class Nobody(Stage):
    """The desk is closed."""

    def facts(self) -> Facts:
        queues = {
            name: QueueInfo(id=name, open_now=False) for name in ("first_line", "first", "sales")
        }
        return replace(super().facts(), queues=queues)


class Changing(Stage):
    """A desk that opens and closes; nobody is before the customer."""

    is_open = True

    def facts(self) -> Facts:
        queue = QueueInfo(id="first_line", open_now=self.is_open)
        return replace(super().facts(), queues={"first_line": queue}, place=1)


def test_who_waits_when_the_desk_closes_is_told_so_once_and_of_the_place_in_the_morning() -> None:
    stage = Changing(
        replace(small_bundle(), texts=texts()),
        capabilities=BUTTONS,
        policy=Policy(),
        meaning=lambda _: surely("operator"),
        now=NOW,
        lang="ru",
    )
    stage.write("оператор")
    own, minutes = texts()["ru"], timedelta(minutes=6)
    for is_open, word in ((False, own["operators_away_long"]), (True, own["queue_place"])):
        stage.is_open = is_open
        stage.listen()
        stage.wait(minutes)
        assert said(stage) == word.format(place=1)
        assert [option.label for option in stage.shown()] == [RETURN]
        stage.listen()
        stage.wait(timedelta(hours=8))
        assert said(stage) == "", "nothing changed"
    stage.write(RETURN)
    assert stage.dialog.state == "bot"


@pytest.mark.parametrize("say", ["", "Передаю заявку специалисту."])
def test_a_closed_desk_hears_of_the_handover_once(say: str) -> None:
    handed = scenario(
        "help", EscalateStep(id="people", reason="asked", queue="first", say=say), title="Справка"
    )
    stage = Nobody(
        replace(small_bundle(handed, mark=f"handed {say}"), texts=texts()),
        capabilities=BUTTONS,
        policy=Policy(),
        meaning=lambda _: surely("help"),
        now=NOW,
        lang="ru",
    )
    stage.write("справка")
    own = texts()["ru"]
    told = [line for message in stage.said for line in message.text.split("\n\n")]
    assert told == [say or own["to_operator"], own["operators_away_long"]]
    stage.listen()
    stage.wait(timedelta(hours=1))
    stage.write("у меня ещё вопрос")
    assert said(stage) == own["operators_away_long"], "and it is not handed over again"


def test_a_value_that_only_a_translation_names_breaks_nothing() -> None:
    russian = texts()["ru"]
    known = {"ru": russian, "en": {**russian, "queue_place": "You are {number} of {place}."}}
    stage = talk(sentences=known)
    stage.write("english")
    stage.listen()
    stage.write("оператор")
    assert stage.dialog.state == "queued"
    assert said(stage).endswith("You are {number} of 1.")

"""The customer ends the dialog, or can no longer be reached."""

from collections.abc import Callable
from typing import Any

import pytest

from core.content import Outgoing
from core.dialog import advance
from core.effects import KeepUndo
from core.policy import Policy
from core.state import Dialog
from core.updates import (
    AnyUpdate,
    CustomerClosed,
    CustomerGone,
    OperatorClosed,
    OperatorOpened,
    OperatorReplied,
    OperatorReturnedToBot,
    OperatorTook,
    OperatorUndid,
)
from tests.core.rated import Stage, talk

ANNA: dict[str, Any] = {"operator": "anna", "name": "Анна"}


def answered() -> Stage:
    """An operator has written to the customer."""
    stage = talk()
    stage.write("оператор")
    stage.receive(OperatorTook(**ANNA))
    content = Outgoing(text="Добрый день")
    stage.receive(OperatorReplied(**ANNA, client_id="1", content=content))
    return stage


def waiting() -> Stage:
    """The customer waits for an operator."""
    stage = talk()
    stage.write("оператор")
    return stage


def at_a_question() -> Stage:
    """The bot has asked something."""
    stage = talk()
    stage.write("баланс")
    return stage


def end_of(dialog: Dialog) -> tuple[str, str, str]:
    assert dialog.closing is not None
    return dialog.state, dialog.closing.result, dialog.closing.closed_by


@pytest.mark.parametrize("stage", [at_a_question, waiting])
def test_a_customer_who_ends_it_before_anybody_helped_has_left(stage: Callable[[], Stage]) -> None:
    made = stage()
    made.receive(CustomerClosed())
    assert end_of(made.dialog) == ("closed", "left", "customer")


def test_a_customer_who_ends_it_with_an_operator_is_asked_for_a_mark() -> None:
    stage = answered()
    stage.receive(CustomerClosed())
    assert end_of(stage.dialog) == ("rating", "closed_by_customer", "customer")


def test_nobody_talks_on_to_a_customer_who_blocked_the_bot() -> None:
    stage = at_a_question()
    stage.receive(CustomerGone())
    assert end_of(stage.dialog) == ("closed", "left", "customer")
    assert stage.ratings[1].not_asked == "unreachable"


@pytest.mark.parametrize(("stage", "state"), [(waiting, "queued"), (answered, "with_operator")])
def test_people_are_told_that_the_customer_is_gone_and_keep_the_dialog(
    stage: Callable[[], Stage], state: str
) -> None:
    made = stage()
    made.receive(CustomerGone(reason="blocked"))
    assert made.dialog.state == state
    last = made.talk[-1]
    assert (last.kind, last.code, last.text) == ("service", "customer_gone", "blocked")


def test_a_wait_that_nobody_answered_stays_missed_when_an_operator_writes_first_later() -> None:
    stage = waiting()
    stage.receive(CustomerClosed())
    missed = stage.dialog.escalation
    content = Outgoing(text="Добрый день")
    stage.receive(OperatorOpened(**ANNA, client_id="1", content=content))
    assert stage.dialog.state == "with_operator"
    assert stage.dialog.human
    assert stage.dialog.escalation == missed


@pytest.mark.parametrize(
    "move", [OperatorClosed(**ANNA, say="Готово!"), OperatorReturnedToBot(**ANNA, say="Готово!")]
)
def test_a_word_with_which_an_operator_lets_go_answers_the_wait(move: AnyUpdate) -> None:
    stage = waiting()
    stage.receive(OperatorTook(**ANNA))
    stage.listen()
    stage.receive(move)
    said = next(line for line in stage.talk if line.text == "Готово!")
    dialog = stage.dialog
    assert dialog.human
    assert dialog.escalation is not None
    assert dialog.holding is not None
    assert dialog.escalation.first_n == dialog.holding.first_n == said.n
    assert dialog.escalation.first_operator == "anna"
    assert "idle" not in stage.timers


def test_a_word_that_was_taken_back_answered_nothing() -> None:
    stage = waiting()
    stage.receive(OperatorTook(**ANNA))
    before = stage.dialog
    update = OperatorClosed(**ANNA, say="Готово!", undo="u1")
    made = advance(before, update, stage.setting, stage.policy, stage.facts(), stage.now)
    (kept,) = [effect for effect in made.effects if isinstance(effect, KeepUndo)]
    stage.receive(update)
    stage.receive(OperatorUndid(**ANNA, undo="u1", before=kept.before))
    after = stage.dialog
    assert (after.human, after.escalation, after.holding) == (
        *(before.human, before.escalation, before.holding),
    )


def test_a_customer_who_answers_an_operator_no_more_is_asked_nothing_a_day_later() -> None:
    stage = answered()
    stage.wait(Policy().auto_close)
    assert end_of(stage.dialog) == ("closed", "no_answer", "timer")
    assert stage.ratings[1].not_asked == "silence"

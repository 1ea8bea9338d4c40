"""The customer ends the dialog, or can no longer be reached."""

from collections.abc import Callable

import pytest

from core.content import Outgoing
from core.state import Dialog
from core.updates import (
    CustomerClosed,
    CustomerGone,
    OperatorOpened,
    OperatorReplied,
    OperatorTook,
)
from tests.core.rated import Stage, talk


def answered() -> Stage:
    """An operator has written to the customer."""
    stage = talk()
    stage.write("оператор")
    stage.receive(OperatorTook(operator="anna", name="Анна"))
    content = Outgoing(text="Добрый день")
    stage.receive(OperatorReplied(operator="anna", name="Анна", client_id="1", content=content))
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
    stage.receive(OperatorOpened(operator="anna", name="Анна", client_id="1", content=content))
    assert stage.dialog.state == "with_operator"
    assert stage.dialog.human
    assert stage.dialog.escalation == missed

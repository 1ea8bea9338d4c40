"""Who sees how much of which dialog."""

from typing import Any

import pytest

from core.access import Person, Whose, actions, may_act, view


def person(*roles: str, queues: str = "sales", id_: str = "me") -> Person:
    return Person(
        id=id_, name=id_, roles=frozenset(roles), queues=frozenset(queues.split()), limit=5
    )


def dialog(state: str, queue: str = "", operator: str = "", **facts: Any) -> Whose:
    return Whose(state=state, queue=queue, operator=operator, **facts)


OPERATOR = person("operator")
SUPERVISOR = person("supervisor")
HEAD = person("supervisor", queues="")
ADMIN = person("admin", queues="")


@pytest.mark.parametrize(
    ("whose", "operator", "supervisor", "head"),
    [
        (dialog("queued", "sales"), "full", "full", "full"),
        (dialog("queued", "tech"), "none", "none", "full"),
        (dialog("with_operator", "sales", "me"), "full", "full", "full"),
        (dialog("with_operator", "tech", "me"), "full", "full", "full"),
        (dialog("with_operator", "sales", "other"), "row", "full", "full"),
        (dialog("with_operator", "tech", "other"), "none", "none", "full"),
        (dialog("queued", "tech", stays={"sales"}), "row", "row", "full"),
        (dialog("queued", "tech", held_by={"me"}), "row", "row", "full"),
        (dialog("bot"), "none", "full", "full"),
        (dialog("bot", stays={"sales"}), "row", "full", "full"),
        (dialog("bot", stays={"tech"}), "none", "none", "full"),
        (dialog("closed"), "none", "full", "full"),
        (dialog("closed", stays={"sales"}), "full", "full", "full"),
        (dialog("closed", held_by={"me"}), "full", "full", "full"),
        (dialog("closed", stays={"tech"}), "none", "none", "full"),
        (dialog("closed", near=True), "full", "full", "full"),
    ],
)
def test_view_of_a_dialog(whose: Whose, operator: str, supervisor: str, head: str) -> None:
    assert [view(one, whose) for one in (OPERATOR, SUPERVISOR, HEAD)] == [
        operator,
        supervisor,
        head,
    ]
    assert view(ADMIN, whose) == "none"


def test_only_the_owner_and_a_supervisor_act() -> None:
    whose = dialog("with_operator", "sales", "other")
    assert not may_act(OPERATOR, whose)
    assert may_act(SUPERVISOR, whose)
    assert may_act(person("operator", id_="other"), whose)


def test_waiting_dialog_offers_take_and_nothing_that_needs_an_owner() -> None:
    assert actions(OPERATOR, dialog("queued", "sales")) == ["take", "note"]


def test_own_dialog_offers_everything() -> None:
    assert actions(OPERATOR, dialog("with_operator", "sales", "me")) == [
        *("reply", "note", "transfer", "return_to_bot", "close", "resend", "arrived")
    ]


def test_supervisor_is_offered_to_take_over() -> None:
    assert "force_take" in actions(SUPERVISOR, dialog("with_operator", "sales", "other"))
    assert "force_take" not in actions(OPERATOR, dialog("with_operator", "sales", "other"))


def test_nothing_is_offered_for_a_row() -> None:
    assert actions(OPERATOR, dialog("with_operator", "sales", "other")) == []

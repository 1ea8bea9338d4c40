"""Locks on PostgreSQL are taken in one order, or two transactions would wait for each other."""

from contextlib import suppress

import pytest
from msgspec.structs import replace

from core.content import Outgoing
from core.storage import sql_intake, sql_turn
from core.storage.plan_begin import Begin, begin
from core.storage.plan_chats import lock_chats
from core.storage.plan_delivery import Settle, settle
from core.store_values import ChatClaim, OutboxRow
from core.updates import OperatorOpened
from tests.storage.build import NOW, sent
from tests.storage.conftest import rules_for


def claim(chat: str) -> ChatClaim:
    row = OutboxRow(
        id=int(chat),
        dialog=f"d{chat}",
        n=1,
        part=0,
        kind="answer",
        priority=0,
        content=Outgoing(text="x"),
        since=NOW,
    )
    return ChatClaim(channel="tg", chat=chat, address=chat, epoch=1, rows=(row,))


def test_chats_of_a_settlement_are_locked_by_one_question_in_key_order() -> None:
    jobs = [
        Settle(worker="w", chat=chat, outcomes=(sent(chat.rows[0]),), release=True, now=NOW)
        for chat in (claim("5"), claim("2"))
    ]
    jobs.append(replace(jobs[0], chat=claim("3"), outcomes=(), release=True))
    plan = settle(rules_for(str), jobs)
    locking = []
    with suppress(StopIteration):
        statement, parameters = next(plan)
        while True:
            if "FOR UPDATE" in statement.postgres:
                locking.append([row[1] for row in parameters])
            statement, parameters = plan.send([])
    assert locking == [["2", "3", "5"]]


def test_whether_a_dialog_is_closed_is_asked_under_its_lock() -> None:
    first = OperatorOpened(operator="o", name="О", client_id="1", content=Outgoing(text="x"))
    plan = begin(rules_for(str), Begin(identity="i", update=first, now=NOW, dedup_key="k"))
    assert next(plan) == (sql_intake.CHAT_OF, ["i"])
    assert plan.send([("tg", "5", "c", "ru", "")]) == (sql_intake.LOCK_CHAT, [("tg", "5")])
    assert plan.send([("tg", "5", "d1", "", "i", "5", 3, True, 77)])[0] == sql_turn.LOOK_UP
    assert plan.send([]) == (sql_intake.IS_OVER, ("d1",))
    # the customer's word was turned while we waited for the lock
    assert plan.send([(False,)]) == (sql_intake.LOCK_RUNS, [["d1"]])


def test_a_dialog_that_was_opened_while_its_chat_was_waited_for_is_locked_too() -> None:
    plan = lock_chats([("tg", "5")], is_whole=True)
    assert next(plan) == (sql_intake.LOCK_BOTH, [("tg", "5")])
    chat = ("tg", "5", "d2", "", "i", "5", 3, True)
    assert plan.send([(*chat, *[None] * 6)]) == (sql_intake.LOCK_RUNS, [["d2"]])
    with pytest.raises(StopIteration) as end:
        plan.send([("d2", 4, False, 2, True, 77)])
    chats, runs = end.value.value
    assert runs["d2"].seq_in == 4
    assert chats["tg", "5"].closed_at == 77

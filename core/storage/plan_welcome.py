"""How the first answer to an update is handed to whoever answers the platform's request."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from core.storage import sql_delivery, sql_welcome
from core.storage.plan_delivery import CONTENT, OpenRow, files_of, outbox_row, settle_rows
from core.storage.plan_hold import take_row
from core.storage.rules import Rules
from core.storage.statement import Plan, micros
from core.store_values import ChatClaim, Delivered, FirstAnswer, Welcome

#: By so much the clocks of two machines may differ.
_SKEW = timedelta(seconds=1) // timedelta(microseconds=1)
#: A refusal that proves that nothing was sent, and that only this way leads to the person.
_NOT_ALLOWED = "not_allowed"


class Ask(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `first_answer`."""

    welcome: Welcome
    now: datetime


class Give(msgspec.Struct, frozen=True, kw_only=True):
    """One call of `settle_answer`."""

    welcome: Welcome
    claim: ChatClaim
    outcome: Delivered | None
    now: datetime


def first_answer(rules: Rules, job: Ask) -> Plan[FirstAnswer]:
    """Looks for the answer; while it is not there, or not given yet, the chat stays held."""
    welcome = job.welcome
    took = yield (
        sql_welcome.TAKE_CHAT,
        [take_row(welcome.channel, welcome.chat, welcome.mark, job.now)],
    )
    rows = yield sql_welcome.SAID_SINCE, (welcome.dialog, welcome.seq, _SKEW)
    state, row = _meant(rows, welcome.mark, micros(job.now))
    if state == "ready" and not took:
        state = "none"
    found = []
    if row is not None and state in ("ready", "sent"):
        content = CONTENT.decode(row.content)
        files = yield from files_of(rules, [content])
        found = [outbox_row(row, content, files, in_doubt=False)]
    address, epoch = (took[0][2], took[0][3]) if took else (welcome.chat, 0)
    claim = ChatClaim(
        channel=welcome.channel, chat=welcome.chat, address=address, epoch=epoch, rows=tuple(found)
    )
    return FirstAnswer(state=state, claim=claim, held=bool(took))


def _meant(rows: Sequence[Any], mark: str, now: int) -> tuple[Any, OpenRow | None]:
    """Which row is the answer, and what can be done with it."""
    said = [(OpenRow(*row[:15]), *row[15:]) for row in rows]
    for row, platform_id, _, _ in said:
        if platform_id == mark:
            return "sent", row
    for row, _, code, received_at in said:
        is_free = row.state == "new" and (row.not_before is None or row.not_before <= now)
        if is_free or (row.state == "failed" and code == _NOT_ALLOWED):
            return "ready", row
        if row.state != "new" and row.since >= received_at:
            return "over", None
    return "none", None


def settle_answer(rules: Rules, job: Give) -> Plan[bool]:
    """Writes what became of the answer, if the chat is still held, and lets the chat go."""
    claim, welcome, now = job.claim, job.welcome, micros(job.now)
    held = yield (
        sql_delivery.HOLD_CHAT,
        [(claim.channel, claim.chat, welcome.mark, claim.epoch)],
    )
    if not held:
        return False
    if job.outcome is not None:
        yield from settle_rows([(claim, job.outcome)])
    if claim.rows:
        rest = (claim.channel, claim.chat, welcome.dialog, welcome.seq, now)
        yield sql_welcome.REST_CHAT, [rest]
    else:
        yield sql_delivery.RELEASE_CHAT, [(claim.channel, claim.chat, now)]
    return True

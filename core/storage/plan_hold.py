"""How chats are kept from delivery while their first answer may travel another way."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.storage import sql_welcome
from core.storage.plan_chats import Chat, Intake, Key
from core.storage.statement import Plan, micros
from core.store_values import WELCOME_WITHIN, welcome_mark

#: A little longer than anybody waits, so that a chat is let go on purpose, not by its lease.
HOLD = WELCOME_WITHIN + timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


def hold(jobs: Sequence[Intake], chats: Mapping[Key, Chat]) -> Plan[None]:
    """Takes the chats of updates whose first answer travels in the answer to their request."""
    rows = []
    for job in jobs:
        for item in job.received:
            if item.welcome:
                rows.append(take_row(job.channel, item.chat, welcome_mark(item), job.now))
                if (chat := chats.get((job.channel, item.chat))) is not None:
                    chat.is_free = False
    if rows:
        yield sql_welcome.TAKE_CHAT, sorted(rows)


def take_row(channel: str, chat: str, mark: str, now: datetime) -> tuple[Any, ...]:
    """Parameters of sql_welcome.TAKE_CHAT."""
    return (channel, chat, mark, micros(now), HOLD // _MICROSECOND)

"""How chats are kept from delivery while their first answer may travel another way."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from core.storage import sql_welcome
from core.storage.statement import Plan, micros
from core.store_values import WELCOME_WITHIN, welcome_mark
from core.updates import Received

#: A little longer than anybody waits, so that a chat is let go on purpose, not by its lease.
HOLD = WELCOME_WITHIN + timedelta(seconds=1)
_MICROSECOND = timedelta(microseconds=1)


def hold(filed: Iterable[tuple[str, Received, datetime]]) -> Plan[None]:
    """Takes the chats of updates whose first answer travels in the answer to their request."""
    rows = [
        take_row(channel, item.chat, welcome_mark(item), now)
        for channel, item, now in filed
        if item.welcome
    ]
    if rows:
        yield sql_welcome.TAKE_CHAT, sorted(rows)


def take_row(channel: str, chat: str, mark: str, now: datetime) -> tuple[Any, ...]:
    """Parameters of sql_welcome.TAKE_CHAT."""
    return (channel, chat, mark, micros(now), HOLD // _MICROSECOND)

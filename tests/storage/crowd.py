"""A crowd at the door: thousands of open dialogs written as turns would have left them."""

from datetime import timedelta
from typing import Any

from sqlalchemy import insert, select

from core.storage.desk_base import table
from tests.fakes.workplace import Workplace

#: Columns that tell one dialog from another; the rest is copied from the one that real turns wrote.
_OWN = ("id", "chat", "waiting_since", "updated_at", "opened_at", "customer_name")
_LINES = 6


async def crowd(place: Workplace, count: int, model: str, first: int = 0) -> list[str]:
    """So many dialogs like `model`, each with a wait of its own, the oldest first and all of them
    after the model's. first: number of the first one."""
    ids = [f"crowd-{number:05d}" for number in range(first, first + count)]
    async with place.desk._database.writing() as connection:
        dialog = await _row(connection, "dialog", id=model)
        others = {name: await _row(connection, name, dialog=model) for name in _RECORDS}
        line = await _row(connection, "message", dialog=model, n=1)
        dialogs, lines = [], []
        records: dict[str, list[dict[str, Any]]] = {name: [] for name in others}
        for number, id_ in enumerate(ids, first):
            at = place.now + timedelta(seconds=number + 1)
            own = (id_, f"chat-{number}", at, at, at, f"Клиент {number}")
            ended = {"closed_at": dialog["closed_at"] and at}
            said = {"last_n": _LINES}
            dialogs.append({**dialog, **dict(zip(_OWN, own, strict=True)), **ended, **said})
            lines += [
                {**line, "dialog": id_, "n": n, "platform_id": f"{id_}:{n}"}
                for n in range(1, _LINES + 1)
            ]
            for name, found in others.items():
                records[name].append({**found, "dialog": id_})
        await connection.execute(insert(table("dialog")), dialogs)
        await connection.execute(insert(table("message")), lines)
        for name, rows in records.items():
            await connection.execute(insert(table(name)), rows)
    return ids


_RECORDS = ("escalation", "queue_stay")


async def _row(connection: Any, name: str, **where: Any) -> dict[str, Any]:
    own = table(name)
    statement = select(own).where(*(own.c[key] == value for key, value in where.items()))
    return dict((await connection.execute(statement)).mappings().first())

"""Reads what a run of desk events says, once for everybody who is to be told."""

from collections.abc import Iterable, Sequence

from bots.desk.feed import OVERLAP
from bots.desk.live_frames import STATE, Change
from bots.desk.live_socket import Connection
from core.access import Person
from core.desk_store import DeskStore
from core.store_values import DeskEvent

#: Lines changed by a turn are marked with its moment; the turn's event is saved a little later.
_EDITED_WITHIN = OVERLAP
_NOBODY = Person(id="", name="", roles=frozenset())


async def changes_of(
    store: DeskStore, events: Iterable[DeskEvent], to: Sequence[Connection]
) -> list[Change]:
    """Dialogs that changed, in the order of their last change; each is read once for all."""
    grouped: dict[str, list[DeskEvent]] = {}
    for event in events:
        if event.topic == "dialog":
            found = [*grouped.pop(event.dialog, ()), event]
            grouped[event.dialog] = found
    if not grouped or not to:
        return []
    ids = list(grouped)
    rows = await store.rows(ids, _NOBODY)
    readers = sorted({one.person.id for one in to if one.person.is_operator})
    facts = await store.reader_facts(ids, readers)
    changes = []
    for id_, own in grouped.items():
        if id_ not in rows:
            continue
        change = Change(row=rows[id_], events=own, readers=facts.get(id_, {}))
        if any(id_ in one.subscribed for one in to):
            await _add_lines(store, change)
        changes.append(change)
    return changes


async def _add_lines(store: DeskStore, change: Change) -> None:
    first = min((one.first_n for one in change.moves if one.first_n), default=0)
    states = [one.first_n for one in change.events if one.kind == STATE]
    silent = [one.at for one in change.moves if not one.first_n]
    edited_since = min(silent) - _EDITED_WITHIN if silent else None
    lines = await store.changed_lines(change.row.id, states, first, edited_since)
    change.lines = {line.n: line for line in lines}
    if edited_since is not None:
        change.edited = [
            line.n
            for line in lines
            if (line.edited_at or line.deleted_at) and not (first and line.n >= first)
        ]

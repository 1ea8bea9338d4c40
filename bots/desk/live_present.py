"""The fleeting side of the desk: who looks at which dialog, and counters merged to one a second."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec

from bots.desk.context import DeskContext
from bots.desk.live_socket import Connection, Frame
from bots.desk.rows import operator_shape
from bots.desk.schemas import Named, rfc3339
from core.access import Person
from core.bus.topics import PRESENCE
from core.desk_accounts import Account
from core.desk_values import QueueNow
from core.store_values import DeskEvent

#: A tab repeats that it looks at a dialog; without that it is forgotten.
REPEAT = timedelta(seconds=20)
FORGET = timedelta(seconds=60)

Sees = Callable[[Person], bool]


class Viewers:
    """Dialog -> who has it on the screen, over all processes."""

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._seen: dict[str, dict[str, tuple[str, datetime]]] = {}
        self._said_at: datetime | None = None

    def of(self, dialog: str) -> list[Named]:
        """Who looks at it, by name."""
        now = self._context.clock()
        people = self._seen.get(dialog, {})
        fresh = [(name, id_) for id_, (name, at) in people.items() if now - at < FORGET]
        return [Named(id=id_, name=name) for name, id_ in sorted(fresh)]

    def say(self, person: Person, dialog: str, *, is_there: bool) -> None:
        """Tells every process."""
        if dialog:
            said = {
                "t": "viewing",
                "dialog": dialog,
                "id": person.id,
                "name": person.name,
                "is_there": is_there,
            }
            self._context.bus.publish(PRESENCE, msgspec.json.encode(said))

    def refresh(self, connections: Iterable[Connection]) -> None:
        """Repeats what the tabs of this process look at, now and then, and forgets old news."""
        now = self._context.clock()
        if self._said_at is not None and now - self._said_at < REPEAT:
            return
        self._said_at = now
        for one in connections:
            self.say(one.person, one.viewing, is_there=True)
        for dialog in list(self._seen):
            if not self.of(dialog):
                del self._seen[dialog]

    def heard(self, said: Mapping[str, Any]) -> list[str]:
        """Takes what a process told; the dialogs whose viewers are others now."""
        dialog, id_, name = said.get("dialog"), said.get("id"), said.get("name")
        if not (isinstance(dialog, str) and isinstance(id_, str) and isinstance(name, str)):
            return []
        before = self.of(dialog)
        people = self._seen.setdefault(dialog, {})
        if said.get("is_there"):
            people[id_] = (name, self._context.clock())
        else:
            people.pop(id_, None)
        return [dialog] if self.of(dialog) != before else []


class Merged:
    """Counters of queues and load of operators: what changed, at most once a second.

    A process that begins tells everything: it does not know what others told before."""

    def __init__(self, context: DeskContext) -> None:
        self._context = context
        self._is_dirty = True
        self._told: dict[str, tuple[Frame, Sees]] = {}
        self._queues: dict[str, QueueNow] = {}
        self._operators: dict[str, dict[str, Any]] = {}

    def mark(self, events: Sequence[DeskEvent]) -> None:
        """Something happened that may move a counter."""
        if any(event.topic in ("dialog", "operator", "queue") for event in events):
            self._is_dirty = True

    async def frames(self, seq: int) -> list[tuple[Frame, Sees]]:
        """What changed since the last call, each with who may see it."""
        if not self._is_dirty:
            return []
        self._is_dirty = False
        try:
            queues = dict(await self._context.store.queues_now(waits=False))
            accounts = await self._context.store.accounts()
        except BaseException:
            self._is_dirty = True  # nothing was told yet
            raise
        found = [*self._of_queues(seq, queues), *self._of_operators(seq, accounts)]
        for frame, sees in found:
            self._told[f"{frame['t']}:{frame[frame['t']]['id']}"] = (frame, sees)
        if found:
            found.append(({"t": "board", "seq": seq}, lambda person: person.is_supervisor))
        return found

    def since(self, position: int, person: Person) -> list[Frame]:
        """What was told from a position on, for a tab that was away."""
        return [
            frame
            for frame, sees in self._told.values()
            if frame["seq"] >= position and sees(person)
        ]

    def _of_queues(self, seq: int, now: dict[str, QueueNow]) -> list[tuple[Frame, Sees]]:
        gone = {id_: QueueNow(id=id_) for id_ in self._queues if id_ not in now}
        found: list[tuple[Frame, Sees]] = []
        for id_, queue in {**now, **gone}.items():
            if self._queues.get(id_) != queue:
                found.append(
                    ({"t": "queue", "seq": seq, "queue": queue_counters(queue)}, _serves(id_))
                )
        self._queues = now
        return found

    def _of_operators(self, seq: int, accounts: Sequence[Account]) -> list[tuple[Frame, Sees]]:
        now = {one.id: operator_shape(one).model_dump(mode="json") for one in accounts}
        changed = [shape for id_, shape in now.items() if self._operators.get(id_) != shape]
        self._operators = now
        return [({"t": "operator", "seq": seq, "operator": shape}, _anybody) for shape in changed]


def queue_counters(queue: QueueNow) -> dict[str, Any]:
    """Counters of a queue as JSON."""
    return {
        "id": queue.id,
        "waiting": queue.waiting,
        "oldest_at": rfc3339(queue.oldest_at) if queue.oldest_at else None,
        "in_hand": queue.in_hand,
        "online": queue.online,
        "free": queue.free,
    }


def _serves(queue: str) -> Sees:
    return lambda person: person.is_operator and person.serves(queue)


def _anybody(person: Person) -> bool:
    return True

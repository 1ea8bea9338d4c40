"""Rings when a promised moment of an answer comes near or passes, and stops when it is given."""

from bots.desk.context import DeskContext
from bots.desk.live_frames import notice
from bots.desk.live_present import Sees
from bots.desk.live_socket import Frame
from bots.desk.surroundings import SurroundingsSource
from core.access import Person
from core.desk_values import OpenWait
from core.queue import deadline

_KIND = {"soon": "deadline_soon", "late": "deadline_late"}


class Deadlines:
    """Each process rings for its own sockets; what had come near before it began stays quiet."""

    def __init__(self, context: DeskContext, around: SurroundingsSource) -> None:
        self._context = context
        self._around = around
        self._states: dict[str, str] | None = None

    async def frames(self, seq: int) -> list[tuple[Frame, Sees]]:
        """What came near, passed or was answered since the last call, with whom it concerns."""
        waits = {wait.dialog: wait for wait in await self._waits()}
        states = {id_: await self._state(wait) for id_, wait in waits.items()}
        before, self._states = self._states, states
        if before is None:
            return []
        found: list[tuple[Frame, Sees]] = []
        for id_, was in before.items():
            if was in _KIND and states.get(id_) != was:
                stop = {"t": "notice_stop", "id": f"{_KIND[was]}:{id_}"}
                found.append((stop, _anybody_at_work))
        for id_, state in states.items():
            if state in _KIND and before.get(id_) != state:
                found += _rings(seq, waits[id_], _KIND[state])
        return found

    async def _waits(self) -> tuple[OpenWait, ...]:
        around = await self._around()
        promising = [one.id for one in around.queues.values() if one.answer_within_s > 0]
        return await self._context.store.open_waits(promising) if promising else ()

    async def _state(self, wait: OpenWait) -> str:
        around = await self._around()
        known = around.queues[wait.queue]
        due = deadline(
            around.hours_of(wait.queue),
            wait.since,
            known.answer_within_s,
            known.warn_before_s,
            self._context.clock(),
        )
        return due.state if due else ""


def _rings(seq: int, wait: OpenWait, kind: str) -> list[tuple[Frame, Sees]]:
    """The owner hears it as theirs; who may take it, or watches, as the queue's."""
    id_ = f"{kind}:{wait.dialog}"

    def queue(person: Person) -> bool:
        if person.id == wait.operator or not person.is_operator:
            return False
        return person.serves(wait.queue) and (not wait.operator or person.is_supervisor)

    found: list[tuple[Frame, Sees]] = [
        (notice(seq, id_, kind, wait.dialog, "queue"), queue),
    ]
    if wait.operator:
        mine = notice(seq, id_, kind, wait.dialog)
        found.append((mine, lambda person: person.id == wait.operator))
    return found


def _anybody_at_work(person: Person) -> bool:
    return person.is_operator

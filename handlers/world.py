"""What turns depend on outside their dialog: the desk, bundles, the classifier, the rules."""

from collections.abc import Callable, Mapping
from datetime import UTC, tzinfo
from typing import Protocol

from msgspec.structs import replace

from core.channel import Capabilities
from core.policy import Policy
from core.scenario.model import Bundle
from core.state import Dialog, QueueInfo
from core.updates import Meaning


class DeskFacts:
    """What turns know of queues and operators; a snapshot that is seconds old at most.

    Kept up with the turns made on this snapshot, so that of people who come within the same second
    each is told a place of their own, and no more come back to an operator than there is room for.
    available: operators on the line with room."""

    def __init__(
        self, queues: Mapping[str, QueueInfo], room: Mapping[str, int] | None = None
    ) -> None:
        """room: of operators on the line, how many more dialogs they would take."""
        self.queues = dict(queues)
        self._room = dict(room or {})
        self.available = self._with_room()

    def moved(self, before: Dialog, after: Dialog) -> None:
        """A dialog went through a turn: it may have left one queue or operator for another."""
        for dialog, step in ((before, -1), (after, 1)):
            if dialog.state == "queued":
                info = self.queues.get(dialog.queue) or QueueInfo(id=dialog.queue, online=0)
                self.queues[info.id] = replace(info, waiting=max(info.waiting + step, 0))
            elif dialog.state == "with_operator" and dialog.operator in self._room:
                self._room[dialog.operator] -= step
        if "with_operator" in (before.state, after.state):
            self.available = self._with_room()

    def _with_room(self) -> frozenset[str]:
        return frozenset(operator for operator, room in self._room.items() if room > 0)


class Desk(Protocol):
    """Where turns learn of queues and operators."""

    async def __call__(self) -> DeskFacts:
        """The facts as of now."""

    def at_hand(self) -> DeskFacts | None:
        """The same where they need not be read first."""


class FixedDesk:
    """Facts that never change: where nobody is at the desk, or it does not matter."""

    def __init__(self, facts: DeskFacts | None = None) -> None:
        self._facts = facts or DeskFacts({})

    async def __call__(self) -> DeskFacts:
        """The facts."""
        return self._facts

    def at_hand(self) -> DeskFacts | None:
        """The facts."""
        return self._facts


class Bundles(Protocol):
    """Where turns find the bundle of a dialog that began under an older one."""

    async def of(self, name: str) -> Bundle | None:
        """A bundle by its hash, None when it is gone or broken."""

    def at_hand(self, name: str) -> Bundle | None:
        """The same where it need not be read first; asked from any thread."""


class Meanings(Protocol):
    """The classifier."""

    async def __call__(self, bundle: Bundle, text: str) -> Meaning:
        """What a text means under a bundle; it may be slow and is asked only when needed."""

    def at_hand(self, bundle: Bundle, text: str) -> Meaning | None:
        """The same where it takes no time worth mentioning; asked from any thread."""


class World:
    """Everything outside the dialog that turns depend on, given by the composition root.

    active: the bundle of new dialogs. capabilities: of a channel. seal: (dialog, value) -> sealed
    text. zone: of the organisation, whose days count. What `bundles`, `desk` and `meaning` do not
    have at hand makes a turn wait: it is made later then.
    """

    def __init__(  # one name for each kind of knowledge; always given by name
        self,
        *,
        active: Callable[[], Bundle],
        bundles: Bundles,
        capabilities: Callable[[str], Capabilities],
        seal: Callable[[str, str], str],
        desk: Desk,
        meaning: Meanings,
        policy: Policy,
        zone: tzinfo = UTC,
    ) -> None:
        self.active = active
        self.bundles = bundles
        self.capabilities = capabilities
        self.seal = seal
        self.desk = desk
        self.meaning = meaning
        self.policy = policy
        self.zone = zone

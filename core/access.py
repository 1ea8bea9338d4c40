"""Who may see and do what: one pure rule for lists, commands and the live feed (DESK section 6)."""

from collections.abc import Set as AbstractSet
from typing import Literal

import msgspec

Role = Literal["operator", "supervisor", "admin"]
ROLES: tuple[Role, ...] = ("operator", "supervisor", "admin")

#: `full`: the dialog with its texts. `row`: that it exists and who has it. `none`: nothing, 404.
View = Literal["full", "row", "none"]


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody signed in. queues: whose dialogs they serve.

    A supervisor without queues watches all of them: a queue that a scenario named and nobody made
    must not be invisible to everybody.
    """

    id: str
    name: str
    roles: frozenset[str]
    queues: frozenset[str] = frozenset()
    limit: int = 0

    @property
    def is_operator(self) -> bool:
        """May work with dialogs; a supervisor has all of an operator."""
        return bool(self.roles & {"operator", "supervisor"})

    @property
    def is_supervisor(self) -> bool:
        """May act on dialogs of others."""
        return "supervisor" in self.roles

    @property
    def is_admin(self) -> bool:
        """May change the configuration, and nothing else by that."""
        return "admin" in self.roles

    @property
    def sees_all_queues(self) -> bool:
        """No queue is foreign to them."""
        return self.is_supervisor and not self.queues

    def serves(self, queue: str) -> bool:
        """The queue is one of theirs."""
        return self.sees_all_queues or queue in self.queues

    def own_of(self, queues: frozenset[str] | None) -> frozenset[str] | None:
        """Those of the queues that they serve. None: all there are."""
        if self.sees_all_queues:
            return queues
        return self.queues if queues is None else self.queues & queues


class Whose(msgspec.Struct, frozen=True, kw_only=True):
    """What decides who sees a dialog. stays: queues it ever stood in. held_by: everybody who ever
    had it. near: its customer's other dialog is in this person's hands now."""

    state: str
    queue: str
    operator: str
    stays: AbstractSet[str] = frozenset()
    held_by: AbstractSet[str] = frozenset()
    near: bool = False


def view(person: Person, whose: Whose) -> View:
    """How much of a dialog a person may see."""
    if not person.is_operator:
        return "none"
    if whose.state == "with_operator" and whose.operator == person.id:
        return "full"
    queues = whose.stays | ({whose.queue} if whose.queue else frozenset())
    knew = person.id in whose.held_by or any(person.serves(queue) for queue in queues)
    if person.is_supervisor:
        here = person.serves(whose.queue) if whose.queue else not whose.stays or knew
        return "full" if here or person.sees_all_queues else ("row" if knew else "none")
    if whose.state == "queued" and person.serves(whose.queue):
        return "full"
    if whose.state in ("rating", "closed") and (knew or whose.near):
        return "full"
    return "row" if knew else "none"


def may_act(person: Person, whose: Whose) -> bool:
    """The dialog is theirs, or they supervise it."""
    if whose.operator == person.id and whose.state == "with_operator":
        return True
    return person.is_supervisor and view(person, whose) == "full"


def actions(person: Person, whose: Whose) -> list[str]:
    """What the desk offers for a dialog, in the order of its buttons."""
    if view(person, whose) != "full":
        return []
    mine = may_act(person, whose)
    found = []
    if whose.state == "queued":
        found.append("take")
    if person.is_supervisor and (
        whose.state == "bot" or (whose.state == "with_operator" and whose.operator != person.id)
    ):
        found.append("force_take")
    if whose.state == "with_operator" and mine:
        found.append("reply")
    found.append("note")
    if mine and whose.state in ("queued", "with_operator"):
        found += ["transfer", "return_to_bot", "close"]
    if mine:
        found += ["resend", "arrived"]
    return found

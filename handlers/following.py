"""Workers of one process follow its writes: what a write made ready is not looked for again."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from core.store import Follower, Store
from handlers.calls import Calls
from handlers.delivery import Delivery
from handlers.dispatch import Dispatcher
from handlers.worker import Worker


class Following(NamedTuple):
    """Who follows; None where the role of this process has no such worker."""

    dispatcher: Dispatcher | None = None
    delivery: Delivery | None = None
    calls: Calls | None = None


def follow(
    store: Store,
    who: Following,
    turns: Worker | None = None,
    delivery: Worker | None = None,
    calls: Worker | None = None,
) -> None:
    """Lets the store hand work over; the workers are woken for what it could not hand over."""
    store.follow(
        turns=_turns(who.dispatcher, turns) if who.dispatcher and turns else None,
        chats=_at_once(who.delivery, delivery) if who.delivery and delivery else None,
        calls=_at_once(who.calls, calls) if who.calls and calls else None,
    )


def _turns(dispatcher: Dispatcher, worker: Worker) -> Follower:
    def take(claims: Sequence[Any], left: bool) -> None:
        dispatcher.take(claims)
        if left:
            worker.wake()
        else:
            worker.nudge()

    return Follower(dispatcher.worker, dispatcher.lease, dispatcher.room, take)


def _at_once(who: Delivery | Calls, worker: Worker) -> Follower:
    give: Callable[[Sequence[Any]], None] = who.take

    def take(claims: Sequence[Any], left: bool) -> None:
        give(claims)
        if left:
            worker.wake()

    return Follower(who.worker, who.lease, who.room, take)

"""Workers of one process follow its writes: what a write made ready is not looked for again."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from core.store import Follower, Store, Turner
from handlers.calls import Calls
from handlers.delivery import Delivery
from handlers.dispatch import Dispatcher


class Following(NamedTuple):
    """Who follows; None where the role of this process has no such worker."""

    dispatcher: Dispatcher | None = None
    delivery: Delivery | None = None
    calls: Calls | None = None


def follow(
    store: Store,
    who: Following,
    *,
    nudge: Callable[[], None],
    wake: Callable[[str], None],
) -> None:
    """Lets the store hand work over.

    nudge: the loop of turns has something to do that it knows of. wake: somebody should look for
    what could not be handed over, by topic of the bus (`dialogs`, `chats`, `calls`)."""
    store.follow(
        turner=Turner(who.dispatcher.ready, who.dispatcher.saved) if who.dispatcher else None,
        turns=_turns(who.dispatcher, nudge, wake) if who.dispatcher else None,
        chats=_at_once(who.delivery, lambda: wake("chats")) if who.delivery else None,
        calls=_at_once(who.calls, lambda: wake("calls")) if who.calls else None,
    )


def _turns(
    dispatcher: Dispatcher, nudge: Callable[[], None], wake: Callable[[str], None]
) -> Follower:
    def take(claims: Sequence[Any], left: bool) -> None:
        dispatcher.take(claims)
        if claims:
            nudge()
        if left:
            wake("dialogs")

    return Follower(dispatcher.worker, dispatcher.lease, dispatcher.room, take)


def _at_once(who: Delivery | Calls, look: Callable[[], None]) -> Follower:
    give: Callable[[Sequence[Any]], None] = who.take

    def take(claims: Sequence[Any], left: bool) -> None:
        give(claims)
        if left:
            look()

    channels = tuple(who.channels) if isinstance(who, Delivery) else None
    return Follower(who.worker, who.lease, who.room, take, channels)

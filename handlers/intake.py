"""What every customer's update passes before it is stored: cleaning, masking, filing, waking."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime

from msgspec.structs import replace

from core.masking import clean, mask
from core.store import Store
from core.store_values import Accepted
from core.updates import (
    CustomerCommented,
    CustomerEdited,
    CustomerMessage,
    CustomerStarted,
    CustomerTyping,
    RatingGiven,
    Received,
)

_NOWHERE = Accepted(dialog="", seq=0)

Intake = Callable[[str, Sequence[Received]], Awaitable[tuple[Accepted, ...]]]


def prepared(received: Received) -> Received:
    """The update without characters databases refuse and without card numbers and passwords."""
    update = received.update
    if isinstance(update, (CustomerMessage, CustomerCommented, CustomerEdited)):
        text, masked = mask(clean(update.text))
        if text != update.text or masked:
            update = replace(update, text=text, masked=masked)
        if received.album and isinstance(update, CustomerMessage):
            update = replace(update, album=received.album)
        if received.order_key and isinstance(update, CustomerEdited):
            update = replace(update, order_key=received.order_key)
    elif isinstance(update, CustomerStarted):
        update = replace(update, payload=clean(update.payload))
    elif isinstance(update, RatingGiven):
        update = replace(update, comment=mask(clean(update.comment))[0])
    sender = received.sender
    name, handle = clean(sender.name), clean(sender.handle)
    if (name, handle) != (sender.name, sender.handle):
        sender = replace(sender, name=name, handle=handle)
    if update is received.update and sender is received.sender:
        return received
    return replace(received, update=update, sender=sender)


def intake(store: Store, clock: Callable[[], datetime], wake: Callable[[], None]) -> Intake:
    """The way in for all channels: durable when it returns, then the dispatcher is woken.

    That somebody is typing is not stored, it went nowhere: it is news for a few seconds, and opens
    no dialog (handlers.typing tells the desks)."""

    async def take_in(channel: str, received: Sequence[Received]) -> tuple[Accepted, ...]:
        lasting = [
            prepared(item) for item in received if not isinstance(item.update, CustomerTyping)
        ]
        if not lasting:
            return (_NOWHERE,) * len(received)
        accepted = await store.accept(channel, lasting, clock())
        wake()
        if len(lasting) == len(received):
            return accepted
        rest = iter(accepted)
        return tuple(
            _NOWHERE if isinstance(item.update, CustomerTyping) else next(rest) for item in received
        )

    return take_in

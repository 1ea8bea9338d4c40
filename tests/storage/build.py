"""Short ways to say what comes in and what a turn decided."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from msgspec.structs import replace

from core.content import Outgoing
from core.effects import AnyEffect, NotifyDesk, Send, StartTimer, Write
from core.records import Author, Message
from core.state import Dialog, Turn
from core.store import Store
from core.store_values import Claimed, Delivered, Done, OutboxRow
from core.updates import AnyUpdate, CustomerMessage, Received, Sender

NOW = datetime(2027, 3, 1, 10, 0, tzinfo=UTC)
LEASE = timedelta(seconds=30)
SECOND = timedelta(seconds=1)
HOUR = timedelta(hours=1)
BOT = Author(kind="bot")


def later(seconds: float) -> datetime:
    """So many seconds after the test began."""
    return NOW + timedelta(seconds=seconds)


def text(words: str, *, chat: str = "7", key: str = "", user: str = "") -> Received:
    """A customer's message; the key follows from chat and words unless given."""
    return Received(
        chat=chat,
        sender=Sender(user=user or f"u{chat}", name="Анна", lang="ru"),
        update=CustomerMessage(text=words),
        dedup_key=key or f"{chat}:{words}",
    )


def event(update: AnyUpdate, *, chat: str = "7", key: str) -> Received:
    """Something else of the same customer."""
    return Received(
        chat=chat, sender=Sender(user=f"u{chat}", name="Анна"), update=update, dedup_key=key
    )


def turn(
    dialog: Dialog,
    *,
    heard: str = "вопрос",
    said: Sequence[str] = ("ответ",),
    kind: Any = "answer",
    timer: datetime | None = None,
    effects: Sequence[AnyEffect] = (),
    now: datetime = NOW,
    **changes: Any,
) -> Turn:
    """A turn that writes what it heard and said, sends the latter, and tells the desk."""
    n = dialog.last_n
    out: list[AnyEffect] = []
    if heard:
        n += 1
        author = Author(kind="customer", id=dialog.identity)
        out.append(Write(message=Message(n=n, at=now, author=author, text=heard)))
    for words in said:
        n += 1
        message = Message(n=n, at=now, author=BOT, text=words, delivery="new")
        out.append(Write(message=message))
        out.append(Send(n=n, part=0, content=Outgoing(text=words), kind=kind))
    if timer is not None:
        gen = dialog.gens.get("silence", 0) + 1
        changes["gens"] = {**dialog.gens, "silence": gen}
        out.append(StartTimer(timer="silence", gen=gen, due_at=timer))
    out += effects
    out.append(NotifyDesk(why="changed", first_n=dialog.last_n + 1))
    changed = replace(dialog, version=dialog.version + 1, last_n=n, **changes)
    return Turn(dialog=changed, effects=tuple(out))


def done(claimed: Claimed, *turns: Turn, **changes: Any) -> Done:
    """All updates of a claim turned: by `turns`, one each, or by turns that change nothing."""
    dialog = claimed.dialog
    made = list(turns) + [Turn(dialog=turns[-1].dialog if turns else dialog)] * (
        len(claimed.updates) - len(turns)
    )
    pairs = tuple((pending.seq, each) for pending, each in zip(claimed.updates, made, strict=True))
    seq = claimed.updates[-1].seq if claimed.updates else 0
    return Done(
        **{"dialog": dialog.id, "epoch": claimed.epoch, "seq": seq, "turns": pairs, **changes}
    )


async def only(store: Store, worker: str = "w", *, now: datetime = NOW) -> Claimed:
    """The one dialog that is ready."""
    claimed = await store.claim(worker, now, 64, LEASE)
    assert len(claimed) == 1
    return claimed[0]


async def answered(store: Store, words: str = "вопрос", **how: Any) -> Dialog:
    """A customer wrote and the turn was saved; the dialog after it."""
    await store.accept("tg", [text(words)], NOW)
    claimed = await only(store)
    made = turn(claimed.dialog, **how)
    assert await store.save("w", [done(claimed, made)], NOW) == ()
    return made.dialog


def sent(row: OutboxRow, **changes: Any) -> Delivered:
    """The platform took it."""
    return Delivered(
        **{
            "row": row.id,
            "state": "sent",
            "at": NOW,
            "tries": row.tries + 1,
            "platform_id": f"p{row.id}",
            **changes,
        }
    )

"""An outbox with messages of every class, on its way to a platform's double."""

from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import closing
from datetime import datetime
from pathlib import Path

from core.storage.apsw_driver import Connection as SqliteConnection
from core.store import Store
from tests.storage.build import LEASE, done, text, turn

#: Classes of messages, one chat each.
CLASSES = ("answer", "operator", "notice", "answer", "secret")
#: Numbers of the messages in each chat; they say `<chat>:<number>`.
WORDS = range(6)
_STATES = "SELECT json_extract(content, '$.text'), state FROM outbox"


async def fill(store: Store, channel: str, kinds: Mapping[str, str], now: datetime) -> None:
    """Puts messages into it. kinds: chat -> the class of all its messages."""
    await store.accept(channel, [text("?", chat=chat) for chat in kinds], now)
    turns = []
    for claimed in await store.claim("w", now, 64, LEASE):
        chat = claimed.dialog.chat
        said = [f"{chat}:{n}" for n in WORDS]
        turns.append(done(claimed, turn(claimed.dialog, said=said, kind=kinds[chat])))
    assert await store.save("w", turns, now) == ()


def states(folder: Path, query: str = _STATES) -> dict[str, str]:
    """Text of each row -> its state."""
    with closing(SqliteConnection(str(folder / "otklik.db"))) as connection:
        return {str(words): str(state) for words, state in connection.execute(query).fetchall()}


def check_promises(
    found: Mapping[str, str], kinds: Mapping[str, str], heard: Callable[[str], list[str]]
) -> None:
    """After whatever went wrong: nothing out of order, only answers twice, and what never arrived
    is not called sent. found: as states gives it. heard: texts that a chat was shown."""
    assert set(found.values()) == {"sent", "unknown"}
    for chat, kind in kinds.items():
        words = heard(chat)
        assert words == sorted(words)
        most = 2 if kind == "answer" else 1
        assert all(count <= most for count in Counter(words).values())
    silent = {words for words in found if words not in heard(words.partition(":")[0])}
    assert all(found[words] == "unknown" for words in silent)

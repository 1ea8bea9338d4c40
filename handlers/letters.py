"""Rows of the outbox as letters: what an adapter wants of them, and what it takes to send one."""

from collections.abc import Callable
from datetime import datetime

from msgspec.structs import replace

from core.channel import Capabilities, Letter, StoredFile
from core.store_values import ChatClaim, OutboxRow
from handlers.paces import Wish

#: What a platform may count apart from other messages.
_PLAYS = frozenset({"video", "audio", "voice"})


def wish_of(capabilities: Capabilities, row: OutboxRow, letter: Letter) -> Wish:
    """What it takes to send a letter: its own call, and those for files that go for the first
    time."""
    if not letter.content.media:
        return Wish(letter.chat, row.priority)
    price, plays = 1, any(media.kind in _PLAYS for media in letter.content.media)
    if capabilities.counts_calls:
        price += capabilities.upload_calls * sum(
            not file.platform_file for file in letter.files.values()
        )
    return Wish(letter.chat, row.priority, price, plays)


def letter_of(
    claim: ChatClaim,
    row: OutboxRow,
    pictures: Callable[[str], StoredFile | None],
    known_from: datetime | None = None,
) -> Letter:
    """A row as the adapter wants it: with its attachments, and the pictures its scenario names.

    known_from: files that the platform got before are forgotten there; None: it forgets none."""
    files = row.files
    if row.content.media:
        named = {media.path: pictures(media.path) for media in row.content.media if media.path}
        own = {key: _remembered(file, known_from) for key, file in row.files.items()}
        files = {**own, **{path: file for path, file in named.items() if file is not None}}
    return Letter(
        id=row.id,
        chat=claim.chat,
        address=claim.address,
        content=row.content,
        files=files,
        kind=row.kind,
    )


def _remembered(file: StoredFile, known_from: datetime | None) -> StoredFile:
    if known_from is None or file.kept_at is None or file.kept_at > known_from:
        return file
    return replace(file, platform_file="")

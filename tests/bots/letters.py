"""Letters for tests of channels, and what every channel does with them."""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from core.channel import Channel, Letter, MessageClass, StoredFile
from core.content import Outgoing
from core.errors import ChannelError, DeliveryUnknown
from tests.fakes import faults
from tests.fakes.faults import Fault
from tests.fakes.server import PlatformServer

#: What goes wrong below the platform's own words: a fault, what it is, how many messages arrived.
COMMON_FAULTS: Sequence[tuple[Fault, type[ChannelError], int]] = (
    (faults.PAGE, DeliveryUnknown, 0),
    (faults.GARBAGE, DeliveryUnknown, 1),
    (faults.EMPTY, DeliveryUnknown, 1),
    (faults.TIMEOUT, DeliveryUnknown, 1),
    (faults.DROP, DeliveryUnknown, 1),
    (faults.REFUSE, DeliveryUnknown, 0),
)
NO_FILE = StoredFile(path="/nowhere/x", name="x", mime="", size=1)


def letter(
    text: str = "Здравствуйте!",
    files: Mapping[str, StoredFile] | None = None,
    *,
    chat: str,
    address: str = "",
    row: int = 1,
    kind: MessageClass = "answer",
    **content: Any,
) -> Letter:
    """One row of the outbox on its way. address: unlike the chat's name on some platforms."""
    return Letter(
        id=row,
        chat=chat,
        address=address or chat,
        content=Outgoing(text=text, **content),
        files=files or {},
        kind=kind,
    )


def stored(
    folder: Path,
    name: str = "схема.png",
    *,
    content: bytes = b"picture",
    mime: str = "image/png",
    size: int | None = None,
    platform_file: str = "",
) -> StoredFile:
    """A file of ours. size: as if it were so large."""
    path = folder / name
    path.write_bytes(content)
    size = len(content) if size is None else size
    return StoredFile(path=str(path), name=name, mime=mime, size=size, platform_file=platform_file)


async def check_error(
    channel: Channel, server: PlatformServer[Any], fault: Fault, error: type[Exception], row: Letter
) -> list[str]:
    """A fault becomes the error it stands for; the calls that were made until then."""
    server.fail(fault)
    with pytest.raises(error):
        await channel.send(row)
    return server.calls


async def check_silence(
    caplog: pytest.LogCaptureFixture, row: Letter, *channels: Channel, most: int = 5
) -> None:
    """No log line and no error of these sends holds the token, which says CANARY."""
    caplog.set_level(logging.DEBUG)
    for channel in channels:
        try:
            await channel.send(row)
        except ChannelError:
            logging.getLogger("test").exception("sending failed")
    assert len(caplog.records) > most
    assert "CANARY" not in caplog.text.upper()

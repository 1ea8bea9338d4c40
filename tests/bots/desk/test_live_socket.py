"""One tab's socket by itself: whatever happens to it, it is written to or closed."""

import asyncio
import json
from decimal import Decimal
from typing import Any

import pytest

from bots.desk.live_socket import Connection
from core.access import Person

ANNA = Person(id="anna", name="Anna", roles=frozenset({"operator"}))
WELCOME = {"t": "welcome", "seq": 1}
BEAT = {"t": "beat"}


class Line:
    """What Connection needs of a websocket. fault: raised by every frame. sent: frames that went
    through. code: it was closed with. over: closed, or a beat went through."""

    def __init__(self, fault: Exception | None = None) -> None:
        self._fault = fault
        self.sent: list[Any] = []
        self.code: int | None = None
        self.over = asyncio.Event()

    @property
    def closed(self) -> bool:
        """Nothing goes through any more."""
        return self.code is not None

    async def send_str(self, text: str) -> None:
        """A frame on its way to the tab."""
        if self._fault is not None:
            raise self._fault
        self.sent.append(json.loads(text))
        if self.sent[-1] == BEAT:
            self.over.set()

    async def close(self, *, code: int, message: bytes) -> None:
        """The end."""
        self.code = code
        self.over.set()


async def sent(line: Line, *frames: dict[str, Any]) -> None:
    """Writes frames behind a welcome, the last of them a beat, until it went through or the line
    is closed."""
    one = Connection(line, ANNA, "session")  # type: ignore[arg-type]  # of a websocket it needs no more
    for frame in (*frames, BEAT):
        one.push(frame)
    one.open(WELCOME)
    sending = asyncio.create_task(one.send())
    async with asyncio.timeout(10):
        await line.over.wait()
    sending.cancel()
    await asyncio.gather(sending, return_exceptions=True)


async def test_a_frame_that_cannot_be_written_silences_nobody() -> None:
    line = Line()
    await sent(line, {"t": "queue", "free": Decimal(5)})
    assert line.sent == [WELCOME, {"t": "resync", "why": "failed"}, BEAT]
    assert not line.closed


@pytest.mark.parametrize("fault", [ConnectionResetError(), RuntimeError("no more")], ids=repr)
async def test_a_line_that_takes_nothing_is_closed(fault: Exception) -> None:
    line = Line(fault)
    await sent(line)
    assert line.code == 1011

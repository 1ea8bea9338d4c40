"""A tab of the desk: a real websocket, and the list as a page would keep it from frames alone."""

import asyncio
import contextlib
import json
from types import TracebackType
from typing import Any, Self

from aiohttp import ClientWebSocketResponse, WSMsgType

from tests.fakes.desk import Browser

#: Seconds after which a frame that does not come fails the test.
PATIENCE = 5.0


class Tab:
    """rows: dialogs by id, as the frames tell them. told: every frame but beats, in order."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.socket: ClientWebSocketResponse
        self.rows: dict[str, Any] = {}
        self.told: list[dict[str, Any]] = []
        self.seq = 0
        self.code = 0
        self._read = 0

    async def __aenter__(self) -> Self:
        self.socket = await self.browser.live()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.socket.close()

    async def say(self, kind: str, **fields: Any) -> None:
        """A client's frame."""
        await self.socket.send_str(json.dumps({"t": kind, **fields}))

    async def hello(self, since: int | None = None, *dialogs: str) -> dict[str, Any]:
        """The first frame, and the welcome that answers it."""
        opened = [{"dialog": dialog, "version": 0} for dialog in dialogs]
        await self.say("hello", since=since, build="0", open=opened)
        return await self.next("welcome")

    async def next(self, kind: str, /, **fields: Any) -> dict[str, Any]:
        """The next frame of a kind with these fields; others on the way are applied as well."""
        async with asyncio.timeout(PATIENCE):
            while True:
                while self._read < len(self.told):
                    frame = self.told[self._read]
                    self._read += 1
                    if frame["t"] == kind and fields.items() <= frame.items():
                        return frame
                await self._receive()

    async def settled(self, position: int) -> None:
        """Waits until a beat says that everything up to a position was told."""
        async with asyncio.timeout(PATIENCE):
            while self.seq < position:
                await self._receive()

    async def closed(self) -> int:
        """Waits for the end of the socket; its code."""
        async with asyncio.timeout(PATIENCE):
            with contextlib.suppress(ConnectionError):
                while True:
                    await self._receive()
        return self.code or self.socket.close_code or 0

    async def caught_up(self, position: int) -> None:
        """As `settled`; what was told until then is forgotten."""
        await self.settled(position)
        self.told.clear()
        self._read = 0

    def kinds(self) -> list[str]:
        """Kinds of frames so far."""
        return [frame["t"] for frame in self.told]

    async def _receive(self) -> None:
        message = await self.socket.receive()
        if message.type is WSMsgType.CLOSE:
            self.code = message.data  # close_code forgets it when the connection is gone already
        if message.type is not WSMsgType.TEXT:
            raise ConnectionError(f"the socket was closed with {self.socket.close_code}")
        frame = json.loads(message.data)
        if frame["t"] == "beat":
            self.seq = max(self.seq, frame["seq"])
            return
        self.told.append(frame)
        if frame["t"] == "dialog":
            known = self.rows.get(frame["dialog"], {"version": -1})
            if frame["version"] >= known["version"]:
                self.rows[frame["dialog"]] = frame["row"]
        elif frame["t"] == "gone":
            self.rows.pop(frame["dialog"], None)

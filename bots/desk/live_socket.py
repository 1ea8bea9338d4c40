"""One tab's socket: what it is subscribed to, and its outgoing frames."""

import asyncio
import contextlib
import json
import logging
from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aiohttp import web

from core.access import Person

log = logging.getLogger(__name__)

PROTOCOL = "otklik.v1"
#: A tab that takes its frames slower than this many is told to start anew.
WAITING = 1000

FAILED = 1011
DEPLOY, SESSION_OVER, NO_HELLO, TOO_OLD, TOO_MANY = 1001, 4401, 4408, 4409, 4429

Frame = Mapping[str, Any]


class Connection:
    """person: as of now, replaced when their scope changes. subscribed: dialogs whose messages
    it wants. viewing: the dialog on its screen, empty for none. is_ready: it is told
    events. is_caught_up: and was told all it had missed."""

    def __init__(self, socket: web.WebSocketResponse, person: Person, session: str) -> None:
        self.socket = socket
        self.person = person
        self.session = session
        self.subscribed: set[str] = set()
        self.viewing = ""
        self.is_ready = False
        self.is_caught_up = False
        self.typed_at: datetime | None = None
        self._frames: deque[Frame] = deque()
        self._arrived = asyncio.Event()
        self._opened = asyncio.Event()

    @property
    def is_behind(self) -> bool:
        """Frames wait to be sent."""
        return bool(self._frames)

    def push(self, frame: Frame) -> None:
        """Sends a frame as soon as the tab takes it. Never blocks."""
        if len(self._frames) >= WAITING:
            self._frames.clear()
            frame = {"t": "resync", "why": "slow_client"}
        self._frames.append(frame)
        self._arrived.set()

    def open(self, welcome: Frame) -> None:
        """The first frame; what was pushed before it follows it."""
        self._frames.appendleft(welcome)
        self._opened.set()
        self._arrived.set()

    async def send(self) -> None:
        """Sends what is pushed until the socket closes, from when `open` was called.

        A socket that nobody writes to any more is closed: its tab comes back with another."""
        await self._opened.wait()
        try:
            while not self.socket.closed:
                await self._arrived.wait()
                while self._frames:
                    await self.socket.send_str(_text(self._frames.popleft()))
                self._arrived.clear()
        except ConnectionError:
            await self.close(FAILED, "the line broke")
        except Exception:
            log.exception("a desk's socket failed")
            await self.close(FAILED, "failed")

    async def close(self, code: int, reason: str = "", last: Frame | None = None) -> None:
        """Ends the socket; `last` is sent before, past everything that waits."""
        with contextlib.suppress(ConnectionError, TimeoutError, RuntimeError):
            async with asyncio.timeout(3):
                if last is not None and not self.socket.closed:
                    await self.socket.send_str(json.dumps(last))
                await self.socket.close(code=code, message=reason.encode())


def _text(frame: Frame) -> str:
    """A frame that cannot be written, by a mistake of ours, is no reason to fall silent."""
    try:
        return json.dumps(frame, ensure_ascii=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        log.error("a frame %r cannot be written: %s", frame.get("t"), error)  # noqa: TRY400  a traceback would hold customers' words
        return json.dumps({"t": "resync", "why": "failed"})


def parsed(text: str) -> dict[str, Any] | None:
    """A client's frame; None for anything that is not one."""
    try:
        frame = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return frame if isinstance(frame, dict) and isinstance(frame.get("t"), str) else None


def dialog_of(frame: Mapping[str, Any]) -> str:
    """The dialog a frame names; empty for none."""
    dialog = frame.get("dialog")
    return dialog if isinstance(dialog, str) and len(dialog) <= 120 else ""


def number_of(frame: Mapping[str, Any], name: str) -> int | None:
    """A whole number of a frame that a database can hold, None for anything else."""
    value = frame.get(name)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**62:
        return None
    return value

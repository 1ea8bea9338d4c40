"""Files of ours on their way to MAX: an address, the bytes, a token that stands for them.

What was uploaded is remembered until the message is taken, so a message that MAX puts off because
it still digests the file does not bring the file anew. A failure here proves that no message was
sent: it is tried again for a minute, and its chat alone waits.
"""

import asyncio
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, BinaryIO

import msgspec
from aiohttp import ClientTimeout, FormData

from bots.max.capabilities import NOT_READY_MOST
from bots.max.client import Client
from bots.transport import Replied
from core.channel import Letter, StoredFile
from core.errors import (
    ChannelError,
    ChannelUnavailable,
    DeliveryUnknown,
    MessageRejected,
    RateLimited,
)

_ADDRESS = ClientTimeout(total=8, sock_connect=5)
#: Seconds for all the files of one message, below the time delivery gives an adapter.
_TOTAL = 23.0
#: When uploading took longer, too little of that time is left to send the message as well.
_SPENT = 8.0
_AGAIN = 5.0
_PATIENCE = timedelta(seconds=NOT_READY_MOST)
_REMEMBERED = 1000
#: What the host says of a type it does not take (dev.max.ru/docs-api/methods/POST/uploads).
_FORBIDDEN = b"File extension is forbidden"
#: What a server on the way says with a status of success; the host itself answers with a short
#: `<retval>` or with JSON.
_PAGE = re.compile(rb"\s*<(?:!doctype|html)", re.IGNORECASE)

#: (key of a file in a letter, type of the attachment it becomes)
Wanted = tuple[str, str]


class _Waiting(msgspec.Struct):
    """A letter whose files are under way. since: of its first trouble."""

    tokens: dict[str, str] = {}
    since: datetime | None = None


class Uploads:
    """The files of one account's messages. total, spent: see above, in seconds."""

    def __init__(
        self,
        client: Client,
        clock: Callable[[], datetime],
        *,
        total: float = _TOTAL,
        spent: float = _SPENT,
    ) -> None:
        self._client = client
        self._clock = clock
        self._total = total
        self._spent = spent
        self._waiting: dict[int, _Waiting] = {}

    async def tokens(
        self, letter: Letter, wanted: Sequence[Wanted], *, fresh: bool = False
    ) -> tuple[Mapping[str, str], Mapping[str, str]]:
        """Tokens for all the wanted files, and those of them that are new.

        fresh: cached ids were refused. Raises ChannelError, never DeliveryUnknown."""
        held = self._waiting.get(letter.id)
        made = held.tokens if held is not None else {}
        # what was uploaded in the place of a refused token must not give way to that one again
        cached = {} if fresh else _cached(letter.files)
        known = {key: cached[key] for key, _ in wanted if key in cached and key not in made}
        missing = [(key, kind) for key, kind in wanted if key not in known and key not in made]
        if missing:
            made = self._letter(letter.id).tokens
            await self._upload(letter, missing, made)
        own = {key: made[key] for key, _ in wanted if key in made}
        return {**known, **own}, own

    async def _upload(
        self, letter: Letter, missing: Sequence[Wanted], made: dict[str, str]
    ) -> None:
        files = [(key, kind, _file(letter, key)) for key, kind in missing]
        loop = asyncio.get_running_loop()
        started = loop.time()

        async def upload(key: str, kind: str, file: StoredFile) -> None:
            made[key] = await self._one(kind, file)  # at once: the time may run out for another

        try:
            async with asyncio.timeout(self._total):
                outcomes = await asyncio.gather(
                    *(upload(*file) for file in files), return_exceptions=True
                )
        except TimeoutError:
            raise self.put_off(letter, RateLimited(_AGAIN, "chat"), "upload_failed") from None
        self._raise(letter, outcomes)
        if loop.time() - started > self._spent:
            raise RateLimited(0.1, "chat")

    def _raise(self, letter: Letter, outcomes: Iterable[object]) -> None:
        for outcome in outcomes:
            if isinstance(outcome, DeliveryUnknown):
                raise self.put_off(letter, RateLimited(_AGAIN, "chat"), "upload_failed")
            if isinstance(outcome, MessageRejected):
                self.forget(letter)
            if isinstance(outcome, BaseException):
                raise outcome

    async def _one(self, kind: str, file: StoredFile) -> str:
        place = await self._client.call("POST", "/uploads", query={"type": kind}, timeout=_ADDRESS)
        url = place.get("url")
        if not isinstance(url, str) or not url:
            raise DeliveryUnknown("no address for the upload")
        opened = await asyncio.to_thread(_open, file.path)
        try:
            reply = await self._client.uploaded(url, _form(file, opened))
        except ChannelUnavailable as error:
            # the host that takes files is not the one that takes messages
            raise DeliveryUnknown(f"upload {error.detail}") from None
        finally:
            await asyncio.to_thread(opened.close)
        return _token(kind, place, reply)

    def put_off(self, letter: Letter, error: RateLimited, code: str) -> ChannelError:
        """The error to raise: try again, or give up when it has been too long."""
        waiting = self._letter(letter.id)
        now = self._clock()
        waiting.since = waiting.since or now
        if now - waiting.since < _PATIENCE:
            return error
        self.forget(letter)
        return MessageRejected(code, f"still so after {NOT_READY_MOST:.0f} seconds")

    def forget(self, letter: Letter) -> None:
        """The letter was taken or will never be."""
        self._waiting.pop(letter.id, None)

    def _letter(self, id_: int) -> _Waiting:
        if id_ not in self._waiting:
            while len(self._waiting) >= _REMEMBERED:
                del self._waiting[next(iter(self._waiting))]
            self._waiting[id_] = _Waiting()
        return self._waiting[id_]


def _cached(files: Mapping[str, StoredFile]) -> dict[str, str]:
    return {key: file.platform_file for key, file in files.items() if file.platform_file}


def _file(letter: Letter, key: str) -> StoredFile:
    if key not in letter.files:
        raise MessageRejected("no_file", "the file is gone")
    return letter.files[key]


def _open(path: str) -> BinaryIO:
    try:
        return open(path, "rb")
    except OSError:
        raise MessageRejected("no_file", "the file is gone") from None


def _form(file: StoredFile, opened: BinaryIO) -> FormData:
    name = "".join(sign for sign in file.name if sign.isprintable()) or "file"
    # the names of files are shown to the customer, so they go as they are
    form = FormData(quote_fields=False)
    mime = file.mime or "application/octet-stream"
    form.add_field("data", opened, filename=name, content_type=mime)
    return form


def _token(kind: str, place: Mapping[str, Any], reply: Replied) -> str:
    """Where the token is: in the first answer for moving pictures and sounds, in the second for
    files, one per size of a picture in the second for pictures."""
    if reply.status == 413:
        raise MessageRejected("413", "too large for the platform")
    if _FORBIDDEN in reply.body:
        raise MessageRejected("bad_type", _FORBIDDEN.decode())
    if reply.status >= 300:
        raise DeliveryUnknown(f"upload http {reply.status}")
    answer = reply.json()
    answer = answer if isinstance(answer, dict) else {}
    if "error_code" in answer or _PAGE.match(reply.body):
        raise DeliveryUnknown("the upload was refused")
    if kind in ("video", "audio"):
        token = place.get("token")
    else:
        photos = answer.get("photos")
        if kind == "image" and isinstance(photos, dict) and photos:
            answer = next(iter(photos.values()))
        token = answer.get("token") if isinstance(answer, dict) else None
    if not isinstance(token, str) or not token:
        raise DeliveryUnknown("the upload gave no token")
    return token

"""Links to files of ours for platforms that fetch them by themselves.

Such a platform has no session with us, so the signed and expiring link alone must do. It opens one
file and nothing else, and is never logged: the access log names routes.
"""

import mimetypes
import re
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from aiohttp import web

from bots.desk.tokens import micros, moment, opened, signed
from core.channel import StoredFile
from core.errors import StoreUnavailable
from core.store_values import StoredAttachment

#: A message waits up to two weeks for a phone that is off, and its picture is fetched only then.
LIFE = timedelta(days=14)
_PURPOSE = "public file"
#: Links of one day are equal, so that a message rendered again is the same message.
_STEP = timedelta(days=1)
_ENDING = re.compile(r"\.[a-z0-9]{1,8}")
#: What a browser may show; whatever else is served is downloaded.
_SHOWN = frozenset({"image/jpeg", "image/png", "image/gif", "image/webp", "video/mp4"})
_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "private, max-age=3600",
}


class Shelves(NamedTuple):
    """Where files of ours lie. attachment: the row of one by its id; raises StoreUnavailable.

    folder: of attachments. pictures: of scenarios, by path below media/."""

    attachment: Callable[[str], Awaitable[StoredAttachment | None]]
    folder: Path
    pictures: Callable[[str], StoredFile | None]


class Links:
    """Makes links and knows its own again. key: of this installation, the same in every process."""

    def __init__(self, key: bytes, clock: Callable[[], datetime]) -> None:
        self._key = key
        self._clock = clock

    def link(self, base: str, key: str, file: StoredFile) -> str:
        """A public address of the file that ends with an ending, as platforms want it.

        base: address of this installation. key: as in core.channel.Letter.files."""
        until = micros(self._clock() + LIFE) // _micros(_STEP) * _micros(_STEP)
        token = signed(self._key, _PURPOSE, [key, until])
        return f"{base.rstrip('/')}/media/{token}/file{_ending(file)}"

    def key_of(self, token: str) -> str | None:
        """The key of the file a link opens; None when it is not ours or its time is over."""
        try:
            key, until = opened(self._key, _PURPOSE, token)
        except ValueError:
            return None
        return str(key) if self._clock() < moment(until) else None


def attach_links(app: web.Application, links: Links, shelves: Shelves) -> None:
    """Adds GET /media/{token}/{name}."""

    async def content(request: web.Request) -> web.StreamResponse:
        key = links.key_of(request.match_info["token"])
        if key is None:
            raise web.HTTPNotFound(text="no such file\n")
        try:
            file = await _found(shelves, key)
        except StoreUnavailable:
            raise web.HTTPServiceUnavailable(headers={"Retry-After": "30"}) from None
        if file is None:
            raise web.HTTPNotFound(text="no such file\n")
        kind = "inline" if file.mime in _SHOWN else "attachment"
        headers = _HEADERS | {
            "Content-Type": file.mime,
            "Content-Disposition": f"{kind}; filename*=UTF-8''{quote(file.name, safe='')}",
        }
        return web.FileResponse(file.path, headers=headers)

    # the last segment is for the platform's eyes only
    app.router.add_get("/media/{token:[A-Za-z0-9_-]{1,500}}/{name:[a-z0-9.]{1,20}}", content)


async def _found(shelves: Shelves, key: str) -> StoredFile | None:
    """The file of a key; a row that points outside the folder is not followed."""
    stored = await shelves.attachment(key)
    if stored is None:
        return shelves.pictures(key)
    folder = shelves.folder.resolve()
    path = (folder / stored.storage_key).resolve()
    if stored.state != "ready" or not path.is_relative_to(folder) or not path.is_file():
        return None
    return StoredFile(path=str(path), name=stored.name, mime=stored.media_type, size=stored.size)


def _ending(file: StoredFile) -> str:
    own = Path(file.name).suffix.lower()
    return own if _ENDING.fullmatch(own) else (mimetypes.guess_extension(file.mime) or ".bin")


def _micros(time: timedelta) -> int:
    return time // timedelta(microseconds=1)
